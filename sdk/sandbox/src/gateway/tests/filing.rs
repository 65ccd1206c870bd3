//! From handing in to the acknowledgement.

use super::*;

#[test]
fn a_key_is_one_submission_whatever_is_sent_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = start(folder.path());
    let station = Station::new(&gateway, OWN);
    let file = claim();
    let (status, first) = station.submit("key-1", &file);
    assert_eq!((status, &first["id"]), (201, &json!("s-000001")), "{first}");
    assert_eq!(
        (&first["receipts"], &first["total"]),
        (&json!(2), &json!(32_960))
    );
    assert_eq!(
        first["counts"],
        json!({"normal": 1, "attention": 1, "rejected": 0})
    );
    let (status, again) = station.submit("key-1", &file);
    assert_eq!((status, again), (200, first));
    let (status, other) = station.submit("key-1", &changed("P0002", "P0003"));
    assert_eq!(
        (status, &other["code"]),
        (409, &json!("key-with-other-content"))
    );
    assert_eq!(kinds(&gateway), ["gateway.accepted", "gateway.repeated"]);
}

#[test]
fn a_station_does_not_see_anothers_submissions() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = start(folder.path());
    let (station, other) = (Station::new(&gateway, OWN), Station::new(&gateway, OTHER));
    station.submit("key-1", &claim());
    assert_eq!(other.get("submissions").1["submissions"], json!([]));
    for path in [
        "submissions/s-000001",
        "submissions/s-000001/file",
        "submissions/s-000001/findings",
        "submissions/s-000001/acknowledgement",
    ] {
        assert_eq!(
            (other.get(path).0, other.get(path).1["code"].clone()),
            (404, json!("not-found")),
            "{path}"
        );
    }
    assert_eq!(other.post("submissions/s-000001/withdraw").0, 404);
    // Its own key of the same name is its own; but the file is the other station's.
    assert_eq!(other.submit("key-1", &claim()).1["code"], "other-station");
}

#[test]
fn a_station_gets_its_file_back_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = start(folder.path());
    let station = Station::new(&gateway, OWN);
    station.submit("key-1", &claim());
    station.post("submissions/s-000001/withdraw");
    assert_eq!(station.bytes("submissions/s-000001/file"), claim());
}

#[test]
fn what_the_request_says_must_be_what_the_file_says() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = start(folder.path());
    let station = Station::new(&gateway, OWN);
    let code = |request: RequestBuilder| station.json(request).1["code"].clone();
    let file = claim();
    assert_eq!(
        code(station.submission("k", &changed("HM,1", "HM,2"))),
        "other-payer"
    );
    assert_eq!(
        code(station.submission("k", b"not a claim")),
        "not-a-claim-file"
    );
    assert_eq!(
        code(station.submission("k", &file).body("x")),
        "hash-differs"
    );
    assert_eq!(
        code(station.submission("k", &file).header("x-kind", "claim")),
        "bad-header"
    );
    assert_eq!(code(station.submission("", &file)), "bad-header");
    assert_eq!(code(station.ask(Method::POST, "submissions")), "bad-header");
    assert_eq!(
        code(station.ask(Method::POST, "submissions/x/confirm?errors=maybe")),
        "bad-query"
    );
    assert!(gateway.submissions().is_empty());
}

#[test]
fn a_submission_goes_from_checking_to_an_acknowledgement() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = start(folder.path());
    let station = Station::new(&gateway, OWN);
    let (_, submission) = station.submit("key/1", &claim());
    let id = submission["id"].as_str().unwrap().to_owned();
    let findings = station.get(&format!("submissions/{id}/findings")).1;
    assert!(
        findings["findings"]
            .as_array()
            .unwrap()
            .iter()
            .all(|finding| finding["basis"].is_string())
    );
    assert_eq!(
        station.get(&format!("submissions/{id}/acknowledgement")).1["code"],
        "acknowledgement-not-yet"
    );

    let (status, confirmed) = station.post(&format!("submissions/{id}/confirm?errors=include"));
    assert_eq!(
        (status, &confirmed["state"]),
        (200, &json!("confirmed")),
        "{confirmed}"
    );
    assert_eq!(
        station
            .post(&format!("submissions/{id}/confirm?errors=include"))
            .1,
        confirmed
    );
    assert_eq!(
        station
            .post(&format!("submissions/{id}/confirm?errors=exclude"))
            .1["code"],
        "confirmed-otherwise"
    );
    assert_eq!(
        station.post(&format!("submissions/{id}/withdraw")).1["code"],
        "confirmed"
    );

    let acknowledgement = station.get(&format!("submissions/{id}/acknowledgement")).1;
    assert_eq!(
        (&acknowledgement["receipts"], &acknowledgement["total"]),
        (&json!(2), &json!(32_960))
    );
    let request = station
        .ask(Method::GET, &format!("submissions/{id}/acknowledgement"))
        .header("accept", "text/csv");
    let (_, csv) = station.text(request).unwrap();
    assert!(
        csv.starts_with("送信番号,受付番号,") && csv.contains(",1,2024-11,2,32960,"),
        "{csv}"
    );
    assert_eq!(kinds(&gateway), ["gateway.accepted", "gateway.confirmed"]);
    // Found again by its key, percent-encoded.
    let found = station.get("submissions?key=key%2F1").1;
    assert_eq!(found["submissions"][0]["id"], json!(id));
}

#[test]
fn a_file_that_cannot_be_taken_has_nothing_to_confirm_and_can_be_withdrawn() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = start(folder.path());
    let station = Station::new(&gateway, OWN);
    let mut file = claim();
    file.pop(); // No EOF: 受付不能 as a whole.
    let (_, submission) = station.submit("k", &file);
    assert_eq!(
        submission["counts"],
        json!({"normal": 0, "attention": 0, "rejected": 2})
    );
    assert_eq!(
        station
            .post("submissions/s-000001/confirm?errors=include")
            .1["code"],
        "nothing-to-confirm"
    );
    assert_eq!(
        station.post("submissions/s-000001/withdraw").1["state"],
        "withdrawn"
    );
    assert_eq!(station.post("submissions/s-000001/withdraw").0, 200);
    assert_eq!(kinds(&gateway), ["gateway.accepted", "gateway.withdrawn"]);
}

#[test]
fn a_trial_is_checked_and_never_confirmed() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = start(folder.path());
    let station = Station::new(&gateway, OWN);
    let file = claim();
    let request = station
        .ask(Method::POST, "submissions")
        .header("idempotency-key", "t")
        .header("content-sha256", hex::encode(Sha256::digest(&file)))
        .header("x-payer", "1")
        .header("x-claim-month", "2024-11")
        .header("x-kind", "trial")
        .body(file);
    assert_eq!(station.json(request).0, 201);
    assert_eq!(
        station
            .post("submissions/s-000001/confirm?errors=include")
            .1["code"],
        "trial"
    );
}

#[test]
fn the_state_and_the_address_survive_a_restart_and_the_tenth_confirms_without_errors() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = start(folder.path());
    let url = gateway.url().to_owned();
    Station::new(&gateway, OWN).submit("key-1", &claim());
    gateway.stop();
    // As if killed between the submission and its ledger entry.
    std::fs::write(folder.path().join(Ledger::FILE_NAME), "").unwrap();

    let gateway = Gateway::start(folder.path(), options("2024-11-11T00:00:00+09:00")).unwrap();
    assert_eq!(gateway.url(), url);
    assert_eq!(
        gateway.ledger().events().unwrap()[0].detail["recovered"],
        true
    );
    let station = Station::new(&gateway, OWN);
    let (_, found) = station.get("submissions?key=key-1");
    let confirmation = &found["submissions"][0]["confirmation"];
    assert_eq!(
        (&confirmation["automatic"], &confirmation["receipts"]),
        (&json!(true), &json!(1))
    );
    assert_eq!(confirmation["at"], "2024-11-11T00:00:00+09:00");
}
