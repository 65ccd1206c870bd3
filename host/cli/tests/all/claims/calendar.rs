//! Days and hours: what the other side keeps, what this host keeps, and what is said about it.

use super::{FEDERATION, FUND, Hands, MONTH, Office, wrong_days};
use reseplug::{Channel, Host, HostOptions, SendRequest};
use reseplug_model::{Month, Payer};
use reseplug_sandbox::gateway::{Announced, GatewayOptions};
use serde_json::Value;
use std::sync::Arc;

fn kept() -> GatewayOptions {
    GatewayOptions {
        calendar: true,
        ..GatewayOptions::default()
    }
}

#[test]
fn what_is_not_confirmed_by_the_10th_is_confirmed_by_the_other_side_without_its_errors() {
    let office = Office::small(3);
    office.product(FUND, |file| wrong_days(file, 2));
    office.approve(&[]);
    let hands = Hands::at("2024-11-05T07:59:00");
    let world = office.world_with(kept(), &hands);
    let closed = |verb: &str| {
        let (exit, told) = office.by(verb, &[]);
        let error = &told["error"];
        assert_ne!(exit, 0, "{told}");
        assert_eq!(error["code"], "gateway/outside-hours", "{told}");
        error["message_ja"].as_str().unwrap().to_owned()
    };
    let text = closed("submit");
    assert!(
        text.contains("8:00") || text.contains("08:00"),
        "it says when it opens: {text}"
    );
    hands.turn("2024-11-07T21:30:00");
    closed("submit");
    // From the 8th it is open until midnight.
    hands.turn("2024-11-10T23:59:00");
    office.does("submit", &[]);

    // Nobody confirms. At 24:00 the other side does, and leaves out what has errors.
    hands.turn("2024-11-11T09:00:00");
    let (exit, status) = office.claim("status", &[]);
    assert_eq!(exit, 0, "{status}");
    let sent = office.sent(FUND);
    assert_eq!(
        (&sent[0]["state"], &sent[0]["filed"]["receipts"]),
        (&"confirmed".into(), &2.into()),
        "{sent:?}"
    );
    assert_eq!(sent[0]["contradiction"], Value::Null, "{sent:?}");
    let (_, ja, en) = office.reads("status", &[]);
    assert!(ja.contains("    自動確定（締切のとき"), "{ja}");
    assert!(en.contains("confirmed automatically"), "{en}");
    let told = office.history(FUND);
    let confirmed = told.iter().find(|one| one["event"] == "confirmed").unwrap();
    assert_eq!(
        (&confirmed["automatic"], &confirmed["how"]),
        (&true.into(), &"answered".into()),
        "{confirmed}"
    );
    assert!(
        confirmed["confirmed_at"]
            .as_str()
            .unwrap()
            .starts_with("2024-11-11T00:00"),
        "{confirmed}"
    );
    let late = office.late();
    assert_eq!(late.len(), 1, "{late:?}");
    assert_eq!(
        late[0]["place"],
        serde_json::json!({ "left-out": "attention" })
    );
    assert_eq!(world.gateway().filed_receipts().len(), 5);

    // The 11th and 12th are for corrections of what was sent, not for anybody new.
    office.people(3..5, MONTH);
    office.approve(&[]);
    let more = ["--again", "入れ忘れ", "--payer", FUND];
    let (exit, told) = office.by("submit", &more);
    assert_ne!(exit, 0, "{told}");
    assert_eq!(told["error"]["code"], "gateway/not-sent-before", "{told}");
    // After that the month is over, but for the payer that announced otherwise.
    hands.turn("2024-11-13T10:00:00");
    let notice = Announced {
        payer: Some(Payer::NationalHealthFederation),
        claim_month: Month::new(2024, 11).unwrap(),
        closes: "2024-11-14T21:00:00+09:00".parse().unwrap(),
        source: "架空のお知らせ".to_owned(),
        noted_by: "模擬".to_owned(),
    };
    world.gateway().announce(notice).unwrap();
    let (exit, told) = office.by("submit", &more);
    assert_ne!(exit, 0, "{told}");
    let more = ["--again", "入れ忘れ", "--payer", FEDERATION];
    let (exit, told) = office.by("submit", &more);
    assert_eq!(exit, 0, "{told}");
    world.stop();
}

#[test]
fn the_host_keeps_the_days_itself_where_the_station_file_says_so() {
    let office = Office::small(1);
    office.approve(&[]);
    office
        .desk
        .settings(|text| text.replace("hours = \"ignore\"", "hours = \"keep\""));
    // By this machine's clock 2024年11月 is over for good: nothing is sent, nobody is asked.
    for more in [&[][..], &["--dry-run"]] {
        let text = office.stops("submit", more, 3, "claim/month-is-over");
        assert!(
            text.contains("[[claims.extensions]]") && text.contains("月遅れ"),
            "{text}"
        );
    }
    let (exit, week) = office.claim("week", &[]);
    assert_eq!(exit, 0, "what is over is not shouted about: {week}");
    for payer in week["payers"].as_array().unwrap() {
        assert_eq!(
            (&payer["phase"], &payer["loud"]),
            (&"over".into(), &false.into()),
            "{payer}"
        );
        assert_eq!(payer["closes"], "2024-11-11T00:00:00+09:00", "{payer}");
        assert_eq!(
            payer["corrections_close"], "2024-11-12T21:00:00+09:00",
            "{payer}"
        );
        // The result of the check is there by noon of the next day.
        let safe = payer["safe_to_send"].as_str().unwrap();
        assert!(safe < payer["closes"].as_str().unwrap(), "{payer}");
    }
    // Announced for one payer, by whom and where is shown; the other stays as it is.
    office.desk.settings(|text| {
        text + "\n[[claims.extensions]]\npayer = \"2\"\nmonth = \"2024-11\"\n\
                closes = \"2024-11-14T21:00:00+09:00\"\nsource = \"国保連のお知らせ\"\nby = \"架空 花子\"\n"
    });
    let (_, week) = office.claim("week", &[]);
    let (fund, federation) = (&week["payers"][0], &week["payers"][1]);
    assert_eq!(fund["extension"], Value::Null, "{fund}");
    assert_eq!(
        federation["closes"], "2024-11-14T21:00:00+09:00",
        "{federation}"
    );
    let (_, ja, en) = office.reads("week", &[]);
    assert!(
        ja.contains("延長: 国保連のお知らせ（架空 花子）") && ja.contains("締切後"),
        "{ja}"
    );
    // As the trade writes the end of a day; safe times are not said where nobody can act any more.
    assert!(
        ja.contains("締切 11/10 24:00  訂正の締切 11/12 21:00") && !ja.contains("安全な期限"),
        "{ja}"
    );
    assert!(
        en.contains("extended: 国保連のお知らせ (entered by 架空 花子)") && en.contains("  over  "),
        "{en}"
    );
    // Files can be placed at any time; that the official terminal takes none of them is said loudly.
    let (exit, told) = office.by("handover", &[]);
    assert_eq!(
        (exit, told["filings"].as_array().unwrap().len()),
        (1, 2),
        "{told}"
    );
    let closed = told["month_closed"].as_array().unwrap();
    assert_eq!(closed.len(), 2, "{told}");
    assert_eq!(
        closed[0]["closed_at"], "2024-11-11T00:00:00+09:00",
        "{told}"
    );
    let (exit, ja, en) = office.reads("handover", &["--by", super::WHO]);
    assert!(
        exit == 1 && ja.contains("!!! 支払基金") && ja.contains("もう受け付けません"),
        "{ja}"
    );
    // Nothing was sent in time, so that there are no others beside these.
    assert!(
        ja.contains("このファイルのレセプトは、次の月の請求に"),
        "{ja}"
    );
    assert!(en.contains("takes no claim of this month any more"), "{en}");
}

#[test]
fn only_those_whom_the_station_file_names_approve_and_send() {
    let office = Office::small(1);
    office.desk.settings(|text| {
        text.replace(
            "hours = \"ignore\"",
            "hours = \"ignore\"\napprovers = [\"架空 管理者\"]\nsenders = [\"架空 事務\"]",
        )
    });
    let reasons = ["--despite", "書面", "--seen", "確認書"];
    let text = office.stops("approve", &reasons, 3, "claim/not-an-approver");
    assert!(text.contains("架空 管理者"), "{text}");
    let (exit, told) = office.claim(
        "approve",
        &[&reasons[..], &["--by", "架空 管理者"]].concat(),
    );
    assert_eq!(exit, 0, "{told}");
    for verb in ["submit", "handover", "confirm", "withdraw"] {
        office.stops(verb, &[], 3, "claim/not-a-sender");
    }
    let (exit, told) = office.claim("handover", &["--by", "架空 事務"]);
    assert_eq!(exit, 0, "{told}");
}

#[test]
fn a_clock_that_is_off_is_shown_and_matters() {
    let office = Office::small(1);
    office.approve(&[]);
    let ahead = jiff::Timestamp::now() - jiff::SignedDuration::from_mins(10);
    let hands = Hands::of(ahead);
    let world = office.world_with(GatewayOptions::default(), &hands);
    office.does("submit", &["--payer", FUND]);
    let (_, status) = office.claim("status", &["--payer", FUND]);
    assert_eq!(status["error"], Value::Null, "{status}");
    let (exit, week) = office.claim("week", &[]);
    let off = week["clock"]["ahead_seconds"].as_i64().unwrap();
    assert!((590..700).contains(&off), "{week}");
    assert_eq!(exit, 1, "{week}");
    let (_, ja, en) = office.reads("week", &[]);
    assert!(ja.contains("!! このPCの時計がずれています"), "{ja}");
    assert!(en.contains("clock is off; set it right"), "{en}");
    world.stop();
}

/// The days and hours of the program, as a station may have them in a file of its own.
const PUBLISHED: &str = include_str!("../../../../../sdk/calendar/calendar.toml");

/// The station keeps the hours by this file.
fn goes_by(office: &Office, calendar: &str) {
    std::fs::write(office.desk.home.join("calendar.toml"), calendar).unwrap();
    office.desk.settings(|text| {
        let keep = "hours = \"keep\"\ncalendar = \"calendar.toml\"";
        text.replace("hours = \"ignore\"", keep)
    });
}

#[test]
fn a_station_whose_own_file_closes_a_day_earlier_is_refused_then_and_another_in_the_store_is_not() {
    let office = Office::small(1);
    office.approve(&[]);
    let home = &office.desk.home;
    let station = home.join("station.toml");
    let before = std::fs::read_to_string(&station).unwrap();
    let earlier = PUBLISHED.replace("day = 10\nhour = 24", "day = 9\nhour = 24");
    goes_by(&office, &earlier);
    let hands = Hands::at("2024-11-09T23:59:59");
    let open = |name: &str, text: &str| {
        std::fs::write(home.join(name), text).unwrap();
        let options = HostOptions {
            builtin: reseplug_cli::SHIPPED,
            clock: Arc::new(hands.clone()),
            ..HostOptions::default()
        };
        Host::open(&home.join(name), options).unwrap()
    };
    let request = SendRequest {
        claim_month: Month::parse(MONTH).unwrap(),
        channel: Channel::Gateway,
        trial: false,
        payer: None,
        by: super::WHO.to_owned(),
        again: None,
        dry_run: true,
    };
    let first = |host: &Host| match host.send(&request) {
        Ok(mut all) => all.remove(0).ended.map(drop),
        Err(fault) => Err(fault),
    };
    let own = hands.host(&office);
    first(&own).unwrap();
    hands.turn("2024-11-10T10:00:00");
    let fault = first(&own).unwrap_err();
    assert_eq!(fault.code, "claim/only-corrections", "{fault:?}");
    // The same month by the program's days.
    let keep = before.replace("hours = \"ignore\"", "hours = \"keep\"");
    first(&open("plain.toml", &keep)).unwrap();
    // Another station of the store has days of its own.
    let code = office.desk.told["code"].as_str().unwrap();
    let other = open("other.toml", &keep.replace(code, "9999990"));
    let week = |host: &Host| host.claim_week(request.claim_month).unwrap();
    let (own, other) = (week(&own), week(&other));
    assert_eq!(own.payers[0].closes, "2024-11-10T00:00:00+09:00");
    assert_eq!(other.payers[0].closes, "2024-11-11T00:00:00+09:00");
    assert_eq!(
        (own.payers[0].phase.as_str(), other.payers[0].phase.as_str()),
        ("correcting", "open")
    );
    assert!(own.calendar_file.is_some() && other.calendar_file.is_none());
    // Where the days come from is said.
    let (_, ja, en) = office.reads("week", &[]);
    assert!(
        ja.contains("日程はこのステーションのファイルによります") && ja.contains("calendar.toml"),
        "{ja}"
    );
    assert!(en.contains("the station's own file"), "{en}");
    let (_, told) = office.claim("week", &[]);
    let file = told["calendar_file"].as_str().unwrap();
    assert!(file.ends_with("calendar.toml"), "{told}");
}

#[test]
fn a_calendar_that_cannot_be_read_stops_the_station_and_is_never_replaced_by_the_programs() {
    let office = Office::small(1);
    goes_by(&office, PUBLISHED);
    let week = ["claim", "week", "--month", MONTH];
    let file = office.desk.home.join("calendar.toml");
    let says = |text: &str, names: &[&str]| {
        std::fs::write(&file, text).unwrap();
        office.desk.refuses(&week, 2, "config/calendar", names);
    };
    let line = PUBLISHED.lines().position(|one| one == "to_hour = 21");
    let misspelt = PUBLISHED.replacen("to_hour = 21", "to_hours = 21", 1);
    let (_, told) = {
        std::fs::write(&file, &misspelt).unwrap();
        office.desk.json(&week)
    };
    assert_eq!(told["error"]["place"]["line"], line.unwrap() + 1, "{told}");
    says(&misspelt, &["calendar.toml", "to_hours"]);
    let hours = PUBLISHED.replacen("to_hour = 21", "to_hour = 25", 1);
    says(&hours, &["calendar.toml", "claim-early"]);
    std::fs::remove_file(&file).unwrap();
    let (exit, told) = office.desk.json(&week);
    assert_eq!(
        (exit, &told["error"]["code"]),
        (2, &"file/unreadable".into()),
        "{told}"
    );
}

#[test]
fn a_station_that_only_hands_over_is_told_that_its_clock_is_not_measured() {
    let office = Office::small(1);
    let unmeasured = |told: &Value| {
        let week = told.as_object().unwrap();
        assert_eq!(week.get("clock"), Some(&Value::Null), "{told}");
    };
    unmeasured(&office.claim("week", &[]).1);
    let (_, ja, _) = office.reads("week", &[]);
    assert!(ja.contains("まだ測っていません"), "{ja}");
    office
        .desk
        .settings(|text| text.replace("gateway = \"claims-gateway\"\n", ""));
    let (exit, told) = office.claim("week", &[]);
    unmeasured(&told);
    let (read, ja, en) = office.reads("week", &[]);
    assert_eq!((exit, read), (0, 0), "nobody has to act on it: {ja}");
    assert!(
        ja.contains("時計のずれ: 測れません") && ja.contains("日時の設定"),
        "{ja}"
    );
    assert!(en.contains("not measured"), "{en}");
}
