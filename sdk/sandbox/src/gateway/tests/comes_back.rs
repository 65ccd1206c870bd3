//! 取下げ, 返戻, 増減点連絡書 and 振込額.

use super::*;

fn reviewing(clock: &Turned) -> GatewayOptions {
    GatewayOptions {
        review: Some(Review {
            seed: 4,
            return_one_in: 8,
            adjust_one_in: 5,
            ..Review::default()
        }),
        ..turned(clock)
    }
}

#[test]
fn a_return_comes_back_with_its_history() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = start(folder.path());
    let (station, other) = (Station::new(&gateway, OWN), Station::new(&gateway, OTHER));
    station.submit("k", &claim());
    let back = |number| gateway.return_receipt("s-000001", number, "資格喪失後の受診");
    assert!(back(1).is_err(), "before the confirmation");
    station.post("submissions/s-000001/confirm?errors=include");
    assert!(back(9).is_err(), "no such receipt");
    let id = back(1).unwrap();
    let listed = station.get("downloads").1;
    let first = &listed["downloads"][0];
    assert_eq!(
        (&first["id"], &first["kind"]),
        (&json!(id), &json!("returns"))
    );
    assert_eq!((&first["payer"], &first["at"]), (&json!("1"), &json!(DAY)));
    let bytes = station.bytes(&format!("downloads/{id}"));
    assert_eq!(first["sha256"], hex::encode(Sha256::digest(&bytes)));
    let file = receden::ClaimFile::parse(&bytes).unwrap();
    assert_eq!(file.kind(), receden::FileKind::Return);
    let receipt = file.receipt(0).unwrap();
    assert!(receipt.search_number().unwrap().is_some());
    assert_eq!(other.get("downloads").1["downloads"], json!([]));
    assert_eq!(other.get(&format!("downloads/{id}")).0, 404);
}

#[test]
fn a_receipt_is_taken_down_once_after_the_confirmation_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Turned::at(DAY);
    let gateway = Gateway::start(folder.path(), reviewing(&clock)).unwrap();
    let station = Station::new(&gateway, OWN);
    station.submit("k", &claim());
    let wanted = json!({"receipts": [2], "reason": "保険者の誤り"});
    let code = |body: &Value| station.take_down("s-000001", body).1["code"].clone();
    assert_eq!(code(&wanted), "not-confirmed");
    station.post("submissions/s-000001/confirm?errors=include");
    assert_eq!(
        code(&json!({"receipts": [9], "reason": "x"})),
        "no-such-receipt"
    );
    for bad in [
        json!({"receipts": [], "reason": "x"}),
        json!({"receipts": [2], "reason": " "}),
        json!([2]),
    ] {
        assert_eq!(code(&bad), "bad-body", "{bad}");
    }
    let (status, asked) = station.take_down("s-000001", &wanted);
    assert_eq!((status, &asked["state"]), (200, &json!("confirmed")));
    assert_eq!(asked["taken_down"][0]["receipts"], json!([2]));
    assert_eq!(station.take_down("s-000001", &wanted).1, asked);
    let asked_for = |kinds: &[String]| kinds.iter().filter(|k| *k == "gateway.taken-down").count();
    assert_eq!(asked_for(&kinds(&gateway)), 1);

    clock.turn("2024-12-05T08:00:00+09:00");
    let filed = gateway.filed_receipts();
    assert!(
        filed[1].taken_down && filed[1].returned.is_some(),
        "{filed:?}"
    );
    assert_eq!(code(&json!({"receipts": [1], "reason": "x"})), "reviewed");
    assert_eq!(
        station.take_down("s-000001", &wanted).0,
        200,
        "the same again"
    );
}

#[test]
fn what_was_confirmed_is_reviewed_and_paid_to_the_yen() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Turned::at(DAY);
    let gateway = Gateway::start(folder.path(), reviewing(&clock)).unwrap();
    let station = Station::new(&gateway, OWN);
    station.submit("k", &many(60));
    station.post("submissions/s-000001/confirm?errors=include");
    clock.turn("2024-12-05T07:59:59+09:00");
    assert_eq!(station.get("downloads").1["downloads"], json!([]));
    clock.turn("2024-12-21T09:00:00+09:00");
    let listed = station.get("downloads").1;
    let kinds_of = |listed: &Value| -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let rows = listed["downloads"].as_array().unwrap();
        rows.iter()
            .map(|row| (text(&row["kind"]), text(&row["at"])))
            .collect()
    };
    let (review, payment) = ("2024-12-05T08:00:00+09:00", "2024-12-21T09:00:00+09:00");
    assert_eq!(
        kinds_of(&listed),
        [
            ("adjustments", review),
            ("returns", review),
            ("payments", payment)
        ]
        .map(|(kind, at)| (kind.to_owned(), at.to_owned()))
    );
    let document = |id: &str| -> Value {
        serde_json::from_slice(&station.bytes(&format!("downloads/{id}"))).unwrap()
    };
    let adjusted = document("202412-1-adjustments");
    let rows = adjusted["adjustments"].as_array().unwrap();
    assert!(rows.iter().all(|row| row["change"].as_i64().unwrap() < 0));
    let off: i64 = rows.iter().map(|row| row["change"].as_i64().unwrap()).sum();
    let returns = station.bytes("downloads/202412-1-returns");
    let returns = receden::ClaimFile::parse(&returns).unwrap();
    let back: u64 = returns
        .receipts()
        .map(|receipt| receipt.total().unwrap().0)
        .sum();
    assert!(receden::returns::returned(&returns).all(|one| one.reasons().count() == 1));
    let paid = document("202412-1-payments");
    let total: u64 = gateway
        .filed_receipts()
        .iter()
        .map(|receipt| receipt.total)
        .sum();
    let month = &paid["payments"][0];
    assert_eq!(
        (&month["claim_month"], &month["paid_on"]),
        (&json!("2024-11"), &json!("2024-12-21"))
    );
    assert_eq!(month["amount"], total.saturating_add_signed(off) - back);

    // The same facts, receipt by receipt.
    let filed = gateway.filed_receipts();
    assert_eq!(filed.len(), 60);
    for receipt in &filed {
        let due = i64::try_from(receipt.total).unwrap() + receipt.adjusted;
        let expected = receipt.returned.is_none().then_some(due);
        assert_eq!(receipt.paid, expected, "{receipt:?}");
    }
    // Nothing is decided or put ready a second time, also after a kill before the ledger was written.
    let before = (listed, kinds(&gateway).len());
    gateway.stop();
    std::fs::write(folder.path().join(Ledger::FILE_NAME), "").unwrap();
    let gateway = Gateway::start(folder.path(), reviewing(&clock)).unwrap();
    let station = Station::new(&gateway, OWN);
    assert_eq!((station.get("downloads").1, kinds(&gateway).len()), before);
    assert_eq!(gateway.filed_receipts(), filed);
}

#[test]
fn a_file_lost_between_the_decision_and_the_disk_is_made_again_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Turned::at(DAY);
    let gateway = Gateway::start(folder.path(), reviewing(&clock)).unwrap();
    let station = Station::new(&gateway, OWN);
    station.submit("k", &many(60));
    station.post("submissions/s-000001/confirm?errors=include");
    clock.turn("2024-12-05T08:00:00+09:00");
    let before = station.get("downloads").1;
    gateway.stop();
    let lost = folder.path().join("gateway/downloads").join(OWN);
    std::fs::remove_file(lost.join("202412-1-returns.json")).unwrap();
    let gateway = Gateway::start(folder.path(), reviewing(&clock)).unwrap();
    assert_eq!(Station::new(&gateway, OWN).get("downloads").1, before);
}

#[test]
fn a_receipt_filed_again_is_recognised_by_its_search_number() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Turned::at(DAY);
    let gateway = Gateway::start(folder.path(), turned(&clock)).unwrap();
    let station = Station::new(&gateway, OWN);
    station.submit("k", &claim());
    station.post("submissions/s-000001/confirm?errors=include");
    let id = gateway
        .return_receipt("s-000001", 2, "記号・番号の誤り")
        .unwrap();
    clock.turn("2024-12-06T10:00:00+09:00");
    let returned = station.bytes(&format!("downloads/{id}"));
    let returned = receden::ClaimFile::parse(&returned).unwrap();
    let month = reseplug_model::Month::parse("2024-12").unwrap();
    let refiling = receden::returns::Refiling::all(&returned, month);
    let again = receden::returns::refile(&returned, &refiling)
        .unwrap()
        .to_bytes();
    let (status, handed) = station.json(station.handing("k2", &again, "2024-12", "claim"));
    assert_eq!(status, 201, "{handed}");
    station.post("submissions/s-000002/confirm?errors=include");
    let filed = gateway.filed_receipts();
    let second = &filed[2];
    assert_eq!(second.files_again, Some(("s-000001".to_owned(), 2)));
    assert_eq!(filed[1].returned_as, second.search_number);
    let events = gateway.ledger().events().unwrap();
    let noted = &events.last().unwrap().detail["filed"][0];
    assert_eq!(
        noted["files_again"],
        json!({"submission": "s-000001", "number": 2})
    );
    // Returned once more, it carries both histories in one numbering.
    let id = gateway.return_receipt("s-000002", 1, "該当者なし").unwrap();
    let text = station.bytes(&format!("downloads/{id}"));
    let numbers: Vec<usize> = text
        .split(|byte| *byte == b'\n')
        .filter_map(|line| {
            std::str::from_utf8(line.strip_prefix(b"8,")?.split(|b| *b == b',').next()?)
                .ok()?
                .parse()
                .ok()
        })
        .collect();
    assert_eq!(numbers, (1..=numbers.len()).collect::<Vec<_>>());
}
