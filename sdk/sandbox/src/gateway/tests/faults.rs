//! What goes wrong with a request, and what is true afterwards.

use super::*;

#[test]
fn a_cut_after_the_work_is_found_by_asking_and_a_cut_before_it_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = start(folder.path());
    let station = Station::new(&gateway, OWN);
    let file = many(60);
    let there = || {
        let found = station.get("submissions?key=k").1;
        found["submissions"].as_array().unwrap().len()
    };
    for mischief in [Mischief::CutBefore, Mischief::CutInRequest] {
        gateway.arm(mischief).unwrap();
        assert!(
            station.text(station.submission("k", &file)).is_none(),
            "{mischief}"
        );
        assert_eq!(there(), 0, "{mischief}");
    }
    for mischief in [Mischief::AcceptThenCut, Mischief::CutInAnswer] {
        gateway.arm(mischief).unwrap();
        assert!(
            station.text(station.submission("k", &file)).is_none(),
            "{mischief}"
        );
        assert_eq!(there(), 1, "{mischief}");
    }
    assert_eq!(kinds(&gateway), ["gateway.accepted", "gateway.repeated"]);
}

#[test]
fn what_answers_without_doing_anything_did_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = start(folder.path());
    let station = Station::new(&gateway, OWN);
    for (mischief, status) in [
        (Mischief::ServerErrorOnce, 500),
        (Mischief::Busy, 503),
        (Mischief::Redirect, 302),
    ] {
        gateway.arm(mischief).unwrap();
        assert_eq!(
            station.text(station.submission("k", &claim())).unwrap().0,
            status
        );
    }
    assert!(gateway.submissions().is_empty());
    gateway.arm(Mischief::Slow).unwrap();
    assert_eq!(station.submit("k", &claim()).0, 201);
    gateway.arm(Mischief::Busy).unwrap();
    let withdraw = station.ask(Method::POST, "submissions/s-000001/withdraw");
    assert_eq!(
        station.header(withdraw, "retry-after").as_deref(),
        Some("1")
    );
}

#[test]
fn a_fault_is_counted_when_it_strikes_and_not_when_it_is_armed() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = start(folder.path());
    let station = Station::new(&gateway, OWN);
    for mischief in [Mischief::AcknowledgementLost, Mischief::CutBefore] {
        gateway.arm(mischief).unwrap();
    }
    assert!(gateway.struck().is_empty());
    assert!(station.text(station.submission("k", &claim())).is_none());
    assert_eq!(gateway.struck(), [(Mischief::CutBefore, 1)].into());
    // A key that is there already is not checked anew.
    assert_eq!(station.submit("k", &claim()).0, 201);
    gateway.arm(Mischief::ChecksLong).unwrap();
    assert_eq!(station.submit("k", &claim()).0, 200);
    assert_eq!(gateway.struck(), [(Mischief::CutBefore, 1)].into());
}

#[test]
fn a_key_taken_twice_is_listed_twice() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = start(folder.path());
    let station = Station::new(&gateway, OWN);
    gateway.arm(Mischief::AcceptsTwice).unwrap();
    assert_eq!(station.submit("k", &claim()).1["id"], "s-000001");
    let found = station.get("submissions?key=k").1;
    let ids: Vec<&Value> = found["submissions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|submission| &submission["id"])
        .collect();
    assert_eq!(ids, ["s-000001", "s-000002"]);
    assert_eq!(station.post("submissions/s-000002/withdraw").0, 200);
}

#[test]
fn an_answer_may_be_about_another_submission_while_the_right_one_was_changed() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = start(folder.path());
    let station = Station::new(&gateway, OWN);
    station.submit("k", &claim());
    gateway.arm(Mischief::OtherSubmission).unwrap();
    let told = station.post("submissions/s-000001/withdraw").1;
    assert_eq!(told["id"], "s-999999");
    assert_eq!(station.get("submissions/s-000001").1["state"], "withdrawn");
}

#[test]
fn an_acknowledgement_can_be_lost_for_a_while_and_a_finding_can_name_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = start(folder.path());
    let station = Station::new(&gateway, OWN);
    station.submit("k", &claim());
    gateway.arm(Mischief::StrangeFinding).unwrap();
    let findings = station.get("submissions/s-000001/findings").1;
    let strange = findings["findings"]
        .as_array()
        .unwrap()
        .last()
        .unwrap()
        .clone();
    assert_eq!(strange["receipt"], 999_999);
    station.post("submissions/s-000001/confirm?errors=include");
    for _ in 0..2 {
        gateway.arm(Mischief::AcknowledgementLost).unwrap();
    }
    let codes: Vec<Value> = (0..3)
        .map(|_| station.get("submissions/s-000001/acknowledgement").1["code"].clone())
        .collect();
    assert_eq!(
        codes,
        [
            json!("acknowledgement-not-yet"),
            json!("acknowledgement-not-yet"),
            Value::Null
        ]
    );
}

#[test]
fn under_seeded_faults_everywhere_asking_and_repeating_files_each_key_once() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = start(folder.path());
    let station = Station::new(&gateway, OWN);
    gateway.seed_faults_everywhere(11, 3).unwrap();
    for number in 0..12 {
        let key = format!("k{number}");
        let file = changed("P0002", &format!("Q{number:04}"));
        let sent = (0..50).any(|_| {
            let answer = station.text(station.submission(&key, &file));
            answer.is_some_and(|(status, text)| {
                (status == 200 || status == 201) && text.contains(&key)
            })
        });
        assert!(sent, "{key}");
    }
    gateway.seed_faults(0, 0).unwrap();
    let mut keys: Vec<String> = gateway.submissions().into_iter().map(|s| s.key).collect();
    let taken_twice = keys.len() - 12;
    keys.dedup();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 12);
    let accepted = kinds(&gateway)
        .iter()
        .filter(|kind| *kind == "gateway.accepted")
        .count();
    assert_eq!(accepted, 12 + taken_twice);
}
