//! Days and hours, as a station meets them.

use super::*;

fn kept(clock: &Turned) -> GatewayOptions {
    GatewayOptions {
        calendar: true,
        ..turned(clock)
    }
}

#[test]
fn checking_takes_its_time() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Turned::at(DAY);
    let slow = GatewayOptions {
        checking: Duration::from_secs(60),
        ..kept(&clock)
    };
    let gateway = Gateway::start(folder.path(), slow).unwrap();
    let station = Station::new(&gateway, OWN);
    let (_, submission) = station.submit("k", &claim());
    assert_eq!(submission["state"], "checking");
    assert_eq!(
        submission["counts"],
        json!({"normal": 0, "attention": 0, "rejected": 0})
    );
    for (code, answer) in [
        ("findings", station.get("submissions/s-000001/findings").1),
        (
            "confirm",
            station
                .post("submissions/s-000001/confirm?errors=include")
                .1,
        ),
    ] {
        assert_eq!(answer["code"], "still-checking", "{code}");
    }
    clock.turn("2024-11-07T10:01:00+09:00");
    assert_eq!(station.get("submissions/s-000001").1["state"], "checked");
}

#[test]
fn a_drawn_check_is_done_by_noon_of_the_day_after_at_the_latest() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Turned::at(DAY);
    let drawn = GatewayOptions {
        checking_seed: Some(5),
        ..turned(&clock)
    };
    let gateway = Gateway::start(folder.path(), drawn).unwrap();
    let station = Station::new(&gateway, OWN);
    for number in 0..30 {
        let file = changed("P0002", &format!("Q{number:04}"));
        assert_eq!(station.submit(&format!("k{number}"), &file).0, 201);
    }
    let done: Vec<i64> = gateway.submissions().iter().map(|s| s.checked).collect();
    let at = |text: &str| text.parse::<Timestamp>().unwrap().as_second();
    let (sent, noon) = (at(DAY), at("2024-11-08T12:00:00+09:00"));
    assert!(done.iter().all(|done| (sent..=noon).contains(done)));
    let within_an_hour = done.iter().filter(|done| **done <= sent + 3600).count();
    assert!((10..30).contains(&within_an_hour), "{within_an_hour}");
}

#[test]
fn outside_the_hours_nothing_is_taken_or_confirmed_and_the_next_opening_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Turned::at(DAY);
    let gateway = Gateway::start(folder.path(), kept(&clock)).unwrap();
    let station = Station::new(&gateway, OWN);
    station.submit("k", &claim());
    clock.turn("2024-11-07T21:00:00+09:00");
    let (status, problem) = station.submit("k2", &claim());
    assert_eq!((status, &problem["code"]), (503, &json!("outside-hours")));
    let after = station.header(station.submission("k2", &claim()), "retry-after");
    assert_eq!(after.as_deref(), Some("39600"), "8:00 of the 8th");
    assert_eq!(
        station
            .post("submissions/s-000001/confirm?errors=include")
            .1["code"],
        "outside-hours"
    );
    // What is known already is told at any hour.
    assert_eq!(station.submit("k", &claim()).0, 200);
    // The 8th to the 10th are open until midnight.
    clock.turn("2024-11-10T23:59:59+09:00");
    assert_eq!(
        station
            .post("submissions/s-000001/confirm?errors=include")
            .1["state"],
        "confirmed"
    );
}

#[test]
fn a_file_of_another_month_is_not_taken_in_claim_week() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Turned::at("2024-12-07T10:00:00+09:00");
    let gateway = Gateway::start(folder.path(), kept(&clock)).unwrap();
    let station = Station::new(&gateway, OWN);
    assert_eq!(station.submit("k", &claim()).1["code"], "other-month");
}

#[test]
fn trials_have_hours_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Turned::at("2024-11-20T20:59:59+09:00");
    let gateway = Gateway::start(folder.path(), kept(&clock)).unwrap();
    let station = Station::new(&gateway, OWN);
    let trial = |key| station.json(station.handing(key, &claim(), "2024-11", "trial"));
    assert_eq!(trial("a").0, 201);
    assert_eq!(station.submit("b", &claim()).1["code"], "outside-hours");
    clock.turn("2024-11-20T21:00:00+09:00");
    assert_eq!(trial("c").1["code"], "outside-hours");
}

#[test]
fn downloads_are_listed_at_any_hour_and_fetched_in_theirs() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Turned::at(DAY);
    let gateway = Gateway::start(folder.path(), kept(&clock)).unwrap();
    let station = Station::new(&gateway, OWN);
    station.submit("k", &claim());
    station.post("submissions/s-000001/confirm?errors=include");
    let id = gateway.return_receipt("s-000001", 1, "該当者なし").unwrap();
    let path = format!("downloads/{id}");
    clock.turn("2024-12-04T10:00:00+09:00");
    assert_eq!(station.get("downloads").1["downloads"][0]["id"], json!(id));
    assert_eq!(station.get(&path).1["code"], "outside-hours");
    clock.turn("2024-12-05T08:00:00+09:00");
    assert!(!station.bytes(&path).is_empty());
}

#[test]
fn after_the_tenth_only_receipts_that_were_sent_by_then_are_corrected() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Turned::at("2024-11-10T23:00:00+09:00");
    let gateway = Gateway::start(folder.path(), kept(&clock)).unwrap();
    let station = Station::new(&gateway, OWN);
    station.submit("k", &claim());
    clock.turn("2024-11-11T08:00:00+09:00");
    // Left out by the automatic confirmation: the one with a finding.
    let confirmation = &station.get("submissions/s-000001").1["confirmation"];
    assert_eq!(
        (&confirmation["automatic"], &confirmation["receipts"]),
        (&json!(true), &json!(1))
    );
    let (status, problem) = station.submit("new", &changed("P0002", "P0009"));
    assert_eq!((status, &problem["code"]), (422, &json!("not-sent-before")));
    assert!(
        problem["detail_en"]
            .as_str()
            .unwrap()
            .contains("receipts 2 ")
    );
    let (status, corrected) = station.submit("corrected", &changed("13220", "13230"));
    assert_eq!(status, 201, "{corrected}");
    let id = corrected["id"].as_str().unwrap();
    let confirm = format!("submissions/{id}/confirm?errors=include");
    assert_eq!(station.post(&confirm).1["state"], "confirmed");
    clock.turn("2024-11-12T21:00:00+09:00");
    assert_eq!(
        station.submit("late", &changed("13220", "13240")).1["code"],
        "outside-hours"
    );
}

#[test]
fn what_is_still_being_checked_when_the_month_closes_is_confirmed_when_the_check_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Turned::at("2024-11-10T23:59:59+09:00");
    let gateway = Gateway::start(folder.path(), kept(&clock)).unwrap();
    let station = Station::new(&gateway, OWN);
    gateway.arm(Mischief::ChecksLong).unwrap();
    station.submit("k", &claim());
    clock.turn("2024-11-11T11:59:59+09:00");
    assert_eq!(station.get("submissions/s-000001").1["state"], "checking");
    clock.turn("2024-11-11T12:00:00+09:00");
    let confirmed = station.get("submissions/s-000001").1;
    assert_eq!(confirmed["confirmation"]["at"], "2024-11-11T12:00:00+09:00");
    assert_eq!(confirmed["confirmation"]["receipts"], 1);
}

#[test]
fn an_announced_extension_is_one_payers_and_moves_the_automatic_confirmation() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Turned::at(DAY);
    let gateway = Gateway::start(folder.path(), kept(&clock)).unwrap();
    let station = Station::new(&gateway, OWN);
    station.submit("k", &claim());
    let extension = Announced {
        payer: Some(reseplug_model::Payer::SocialInsuranceFund),
        claim_month: "2024-11".parse().unwrap(),
        closes: "2024-11-12T00:00:00+09:00".parse().unwrap(),
        source: "架空のお知らせ".into(),
        noted_by: "事務".into(),
    };
    gateway.announce(extension).unwrap();
    clock.turn("2024-11-11T09:00:00+09:00");
    assert_eq!(station.get("submissions/s-000001").1["state"], "checked");
    let now_new = changed("P0002", "P0009");
    assert_eq!(station.submit("new", &now_new).0, 201, "the month is open");
    let calendar = station.get("calendar").1;
    assert_eq!(calendar["now"], "2024-11-11T09:00:00+09:00");
    let of = |place: usize| &calendar["payers"][place];
    assert_eq!(of(0)["closes"], "2024-11-12T00:00:00+09:00");
    assert_eq!(of(0)["claims"]["open"], true);
    assert_eq!(of(0)["announced"][0]["source"], "架空のお知らせ");
    assert_eq!(of(1)["closes"], "2024-11-11T00:00:00+09:00");
    assert_eq!(of(1)["claims"]["open"], false);
    assert_eq!(of(1)["corrections"]["open"], true);
    gateway.stop();
    let gateway = Gateway::start(folder.path(), kept(&clock)).unwrap();
    clock.turn("2024-11-12T00:00:00+09:00");
    let station = Station::new(&gateway, OWN);
    assert_eq!(
        station.get("submissions/s-000001").1["confirmation"]["at"],
        "2024-11-12T00:00:00+09:00"
    );
}
