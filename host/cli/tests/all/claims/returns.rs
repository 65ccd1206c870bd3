//! 返戻: fetched or brought by hand, explained, tied to the corrected receipt, filed again.

use super::{FEDERATION, FUND, MONTH, Office, WHO, names};
use receden::ClaimFile;
use serde_json::{Value, json as value};
use std::fs;

/// The records of a receipt's history in a file, byte for byte.
fn history(file: &ClaimFile, search_number: &str) -> Vec<Vec<u8>> {
    let own = file.receipts().find(|receipt| {
        let own = receipt.search_number().unwrap().map(String::from);
        own.as_deref() == Some(search_number)
    });
    let own = own.unwrap_or_else(|| panic!("no receipt {search_number}"));
    own.records_of("8")
        .map(|(_, r)| r.bytes().to_vec())
        .collect()
}

#[test]
fn what_came_back_is_explained_tied_to_the_corrected_receipt_and_filed_again_once() {
    let office = Office::small(3);
    office.approve(&[]);
    let world = office.world();
    office.does("submit", &[]);
    office.does("confirm", &[]);
    let submissions = world.gateway().submissions();
    let of = |payer: &str| {
        submissions
            .iter()
            .find(|s| s.payer == payer)
            .unwrap()
            .id
            .clone()
    };
    let gateway = world.gateway();
    gateway
        .return_receipt(&of(FUND), 1, "記号・番号の誤り")
        .unwrap();
    gateway
        .return_receipt(&of(FUND), 2, "資格喪失後の受診")
        .unwrap();
    let people = names(&office.made(FUND));

    let fetch = || office.desk.json(&["claim", "fetch", "--by", WHO]);
    let (exit, told) = fetch();
    assert_eq!(exit, 0, "{told}");
    let brought = told["brought_in"].as_array().unwrap();
    assert_eq!(brought.len(), 2, "{told}");
    for (one, name) in brought.iter().zip(&people) {
        let row = &one["rows"][0];
        assert_eq!(
            (&row["what"], &row["name"]),
            (&"returned".into(), &name.as_str().into()),
            "{one}"
        );
        assert_ne!(row["filing"], Value::Null, "{one}");
        assert!(!row["action_ja"].as_str().unwrap().is_empty(), "{one}");
        assert!(
            fs::metadata(one["outputs"][0]["path"].as_str().unwrap())
                .unwrap()
                .len()
                > 0
        );
    }
    // Nothing comes twice.
    let (exit, told) = fetch();
    assert_eq!((exit, &told["brought_in"]), (0, &value!([])), "{told}");
    let late = office.late();
    assert_eq!(late.len(), 2, "{late:?}");
    assert!(
        late.iter().all(|one| one["place"] == "returned"),
        "{late:?}"
    );
    let text = crate::stdout(&crate::run(
        &office.desk.home,
        &["claim", "receipts", "--lang", "ja"],
    ));
    assert!(
        text.contains("返戻 ") && text.contains("記号・番号の誤り"),
        "{text}"
    );

    // The product corrects both. One stays with its payer; the other's payer has changed.
    let federation = ClaimFile::parse(&office.whole[1].1).unwrap();
    let insurer = (0..federation.receipts().count())
        .map(|at| super::record(&federation, at, "HO").1)
        .find_map(|record| {
            Some(record.split(',').nth(1)?.to_owned()).filter(|n| n.starts_with(' '))
        })
        .unwrap();
    let corrected = office.made(FUND);
    office.people(6..7, "2024-12");
    let records = |at: usize| -> Vec<receden::Record> {
        corrected
            .receipt(at)
            .unwrap()
            .records()
            .map(|(_, r)| r.to_record())
            .collect()
    };
    office.product(FUND, |file| {
        file.append_receipt(records(0)).unwrap();
        file.renumber().unwrap();
    });
    office.product(FEDERATION, |file| {
        file.append_receipt(records(1)).unwrap();
        let at = file.receipts().count() - 1;
        let (line, _) = super::record(file, at, "HO");
        file.set_field(line, 2, &insurer).unwrap();
        file.renumber().unwrap();
    });

    let approval = office.approve_of("2024-12", &[]);
    let refiled = approval["report"]["refiled"].as_array().unwrap();
    let as_first = |name: &str| {
        let one = refiled.iter().find(|one| one["name"] == name);
        one.unwrap_or_else(|| panic!("{name}: {refiled:?}"))["as_first"].clone()
    };
    assert_eq!(as_first(&people[0]), false);
    assert_eq!(as_first(&people[1]), true);
    assert_eq!(office.claim_of("2024-12", "write", &["-o", "十二月"]).0, 0);
    let read =
        |path: &str| ClaimFile::parse(&fs::read(office.desk.home.join(path)).unwrap()).unwrap();
    let (fund, federation) = (read("十二月/1/RECEIPTH.UKE"), read("十二月/2/RECEIPTH.UKE"));
    let again = fund.receipt(1).unwrap();
    let search = String::from(again.search_number().unwrap().unwrap());
    // The history block is that of the return file, byte for byte; the reason is not filed.
    let (_, kept) = office.desk.json(&["claim", "downloads"]);
    let sha256 = kept["downloads"][0]["sha256"].as_str().unwrap().to_owned();
    let save = ["claim", "downloads", "--sha256", &sha256, "-o", "返戻.HEN"];
    assert_eq!(office.desk.json(&save).0, 0);
    let returned = read("返戻.HEN");
    let lines = history(&returned, &search);
    assert!(lines.len() > 3, "{lines:?}");
    assert_eq!(history(&fund, &search), lines);
    assert_eq!(again.records_of("HR").count(), 0);
    // With another payer it is a first filing: nothing of the other one's numbers.
    let first = federation.receipt(1).unwrap();
    assert_eq!(first.search_number().unwrap().map(String::from), None);
    assert_eq!(first.records_of("8").count(), 0);

    for (verb, more) in [("submit", &[][..]), ("confirm", &["--include-errors"])] {
        let args = [&["--by", WHO][..], more].concat();
        let (exit, told) = office.claim_of("2024-12", verb, &args);
        assert_eq!(exit, 0, "{verb}: {told}");
    }
    assert_eq!(office.late(), Vec::<Value>::new());
    let filed = gateway.filed_receipts();
    let again: Vec<_> = filed
        .iter()
        .filter(|one| one.files_again.is_some())
        .collect();
    assert_eq!(again.len(), 1, "{again:?}");
    assert_eq!(again[0].files_again, Some((of(FUND), 1)));
    let (exit, receipts) = office.desk.json(&["claim", "receipts"]);
    assert_eq!(
        (exit, &receipts["claimed_twice"]),
        (0, &value!([])),
        "{receipts}"
    );
    world.stop();

    // The same file brought by hand to a store that has filed nothing fits nothing there.
    let other = Office::small(3);
    let file = office.desk.home.join("返戻.HEN");
    let file = file.to_str().unwrap();
    let (exit, told) = other.by("import", &[file]);
    assert_eq!(exit, 1, "{told}");
    assert_eq!(
        told["brought_in"][0]["rows"][0]["filing"],
        Value::Null,
        "{told}"
    );
    let told = other
        .desk
        .json(&["claim", "history", "--month", "2024-12"])
        .1
        .to_string()
        + &other
            .desk
            .json(&["claim", "history", "--month", MONTH])
            .1
            .to_string();
    assert!(
        told.contains("stranger") || !told.contains("\"returned\""),
        "{told}"
    );

    // Cut off, of another station, of the other payer, or no return file at all: nothing is recorded of
    // it and nothing kept, neither as a claim's nor as a notice.
    let whole = fs::read(file).unwrap();
    let kept = other.desk.json(&["claim", "downloads"]).1;
    let half = whole.len() * 2 / 3;
    let mut foreign = ClaimFile::parse(&whole).unwrap();
    foreign.set_field(0, 5, "1234567").unwrap();
    let claim = fs::read(other.document("2")).unwrap();
    for (bytes, more, exit, fault) in [
        (&whole[..half], &[][..], 2, "claim/cut-off"),
        (&foreign.to_bytes(), &[], 3, "claim/other-station"),
        (&whole, &["--payer", "2"], 2, "claim/other-payer"),
        (&claim, &["--kind", "returns"], 2, "claim/not-returns"),
    ] {
        let path = other.desk.dir.path().join("違う.HEN");
        fs::write(&path, bytes).unwrap();
        let path = path.to_str().unwrap();
        let (ended, told) = other.by("import", &[&[path], more].concat());
        assert_eq!(
            (ended, &told["error"]["code"]),
            (exit, &fault.into()),
            "{told}"
        );
        if matches!(fault, "claim/cut-off" | "claim/other-station") {
            let (ended, told) = other.desk.json(&["notices", "import", path, "--by", WHO]);
            assert_eq!(
                (ended, &told["error"]["code"]),
                (exit, &fault.into()),
                "{told}"
            );
        }
    }
    assert_eq!(other.desk.json(&["claim", "downloads"]).1, kept);

    // What came back was not sent.
    let sent = ["sent", "--payer", FUND, "--file", file];
    other.stops("report", &sent, 2, "claim/not-a-claim");

    // Handed over and reported as confirmed, it is that receipt.
    other.approve(&[]);
    other.does("handover", &[]);
    other.does("report", &["confirmed", "--payer", FUND]);
    let copy = other.desk.dir.path().join("ダウンロード.HEN");
    fs::copy(file, &copy).unwrap();
    let (exit, told) = other.by("import", &[copy.to_str().unwrap(), "-o", "返戻"]);
    assert_eq!(exit, 0, "{told}");
    let row = &told["brought_in"][0]["rows"][0];
    assert_eq!(
        (&row["receipt"], &row["name"]),
        (&1.into(), &people[0].as_str().into()),
        "{told}"
    );
    assert_eq!(other.late().len(), 1);
}
