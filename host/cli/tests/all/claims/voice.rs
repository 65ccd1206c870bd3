//! Claim week by the day: what the host keeps itself, and how loudly it says what is left.

use super::{FUND, Hands, MONTH, Office, WHO};
use reseplug::{Channel, ClaimWeek, Ended, SendRequest, Sent};
use reseplug_effect::{Fault, RetryAdvice};
use reseplug_model::Month;
use reseplug_sandbox::gateway::GatewayOptions;

fn month() -> Month {
    Month::parse(MONTH).unwrap()
}

/// Both payers' files of the month.
fn request(channel: Channel) -> SendRequest {
    SendRequest {
        claim_month: month(),
        channel,
        trial: false,
        payer: None,
        by: WHO.to_owned(),
        again: None,
        dry_run: false,
    }
}

/// Sends the month, and says of the first payer's file what became of it.
fn send(office: &Office, hands: &Hands, trial: bool) -> Result<Sent, Fault> {
    let request = SendRequest {
        trial,
        ..request(Channel::Gateway)
    };
    let mut all = hands.host(office).send(&request)?;
    match all.remove(0).ended? {
        Ended::Done(sent) => Ok(sent),
        other => panic!("{other:?}"),
    }
}

/// On the 11th the first payer's file is corrected and sent once more.
fn correct(office: &Office, hands: &Hands) {
    hands.turn("2024-11-11T09:00:00");
    office.product(FUND, |file| super::wrong_days(file, 0));
    office.approve(&["--again", "訂正"]);
    let request = SendRequest {
        payer: Some(reseplug_model::Payer::SocialInsuranceFund),
        again: Some("訂正".to_owned()),
        ..request(Channel::Gateway)
    };
    for one in hands.host(office).send(&request).unwrap() {
        one.ended.unwrap();
    }
}

fn refused(office: &Office, hands: &Hands, trial: bool) -> Fault {
    send(office, hands, trial).unwrap_err()
}

#[test]
fn the_voice_is_raised_from_the_8th_until_both_payers_are_done() {
    let office = Office::small(1);
    let hands = Hands::at("2024-11-04T12:00:00");
    let week = |at: &str| -> ClaimWeek {
        hands.turn(at);
        hands.host(&office).claim_week(month()).unwrap()
    };
    let loud = |week: &ClaimWeek| (week.needs_person(), week.urgency.clone());
    let phase = |week: &ClaimWeek| week.payers[0].phase.clone();

    let before = week("2024-11-04T12:00:00");
    assert_eq!(
        (phase(&before).as_str(), before.needs_person()),
        ("before", false)
    );
    let quiet = week("2024-11-07T20:59:59");
    assert_eq!(
        (phase(&quiet).as_str(), quiet.needs_person()),
        ("open", false)
    );
    assert!(quiet.payers[0].next_ja.contains("claim check"), "{quiet:?}");
    assert_eq!(phase(&week("2024-11-07T21:00:00")), "night");
    let eighth = week("2024-11-08T08:00:00");
    assert!(
        eighth.needs_person() && eighth.payers.iter().all(|one| one.loud),
        "{eighth:?}"
    );
    let fund = &eighth.payers[0];
    assert!(fund.phase_ja.contains("今日は") && fund.phase_en.contains("today until"));
    assert!(fund.safe_ja.contains("自動で確定") && fund.safe_en.contains("confirms by itself"));
    let last = week("2024-11-10T23:59:59");
    assert_eq!(loud(&last), (true, "alarm".to_owned()));
    assert_eq!(last.payers[0].closes, "2024-11-11T00:00:00+09:00");
    // The result of what is sent late on the 9th is certain to come in time; later it is not.
    assert!(
        last.payers[0].safe_to_send.starts_with("2024-11-"),
        "{last:?}"
    );
    assert!(last.payers[0].safe_to_send < last.payers[0].closes);
    // A second later it is too late, and nothing was filed: that does not go quiet before the month does.
    let over = week("2024-11-11T00:00:00");
    assert_eq!(
        (phase(&over).as_str(), loud(&over)),
        ("correcting", (true, "voice".to_owned()))
    );
    let fund = &over.payers[0];
    assert!(
        fund.next_ja.contains("何も請求していません") && fund.next_ja.contains("月遅れ"),
        "{fund:?}"
    );
    // Nothing waits in the list, so that nobody is sent there.
    assert!(
        over.late.is_empty() && !fund.next_ja.contains("claim late"),
        "{fund:?}"
    );
    let over = week("2024-11-30T23:59:59");
    assert_eq!((phase(&over).as_str(), over.needs_person()), ("over", true));
    assert!(!week("2024-12-01T00:00:00").needs_person());

    // One payer done: the other is still shouted about. Both done: quiet, on the 10th, too.
    hands.turn("2024-11-10T10:00:00");
    office.approve(&[]);
    office.does("handover", &[]);
    office.does("report", &["confirmed", "--payer", FUND]);
    let half = week("2024-11-10T11:00:00");
    let done: Vec<bool> = half.payers.iter().map(|one| one.done).collect();
    assert_eq!((done, half.needs_person()), (vec![true, false], true));
    office.does("report", &["confirmed", "--payer", "2"]);
    assert_eq!(
        loud(&week("2024-11-10T12:00:00")),
        (false, "quiet".to_owned())
    );
}

#[test]
fn outside_the_hours_the_host_asks_nobody_and_says_when_it_opens() {
    let office = Office::small(1);
    office.approve(&[]);
    office
        .desk
        .settings(|text| text.replace("hours = \"ignore\"", "hours = \"keep\""));
    let hands = Hands::at("2024-11-05T07:59:59");
    let kept = GatewayOptions {
        calendar: true,
        ..GatewayOptions::default()
    };
    let world = office.world_with(kept, &hands);
    let early = refused(&office, &hands, false);
    assert_eq!(
        (early.code.as_str(), early.retry),
        ("claim/outside-hours", RetryAdvice::Later)
    );
    assert!(
        early.message_ja.contains("2024-11-05T08:00:00"),
        "{early:?}"
    );
    // It begins nothing, and what may still be sent is not late.
    let host = hands.host(&office);
    assert_eq!(host.book().unwrap().filings(), []);
    assert_eq!(host.late().unwrap(), []);
    drop(host);
    // A trial has hours of its own: the 6th at ten in the evening is too late for both.
    hands.turn("2024-11-06T22:00:00");
    for trial in [false, true] {
        assert_eq!(refused(&office, &hands, trial).code, "claim/outside-hours");
    }
    // The 13th is too late for the month, and not for a trial.
    hands.turn("2024-11-13T09:00:00");
    let over = refused(&office, &hands, false);
    assert_eq!(
        (over.code.as_str(), over.retry),
        ("claim/month-is-over", RetryAdvice::Never)
    );
    assert!(send(&office, &hands, true).unwrap().trial);
    // Between the 11th and the 12th only what was sent before, and not before eight.
    hands.turn("2024-11-11T00:00:00");
    let week = hands.host(&office).claim_week(month()).unwrap();
    for one in &week.payers {
        assert_eq!(one.phase, "correcting");
        assert!(
            one.phase_ja.contains("11/11 08:00 から") && one.phase_en.contains("from 11/11 08:00"),
            "{one:?}"
        );
    }
    hands.turn("2024-11-11T09:00:00");
    let fresh = refused(&office, &hands, false);
    assert_eq!(fresh.code, "claim/only-corrections");
    assert_eq!(
        world.gateway().submissions().len(),
        2,
        "the trial alone was sent"
    );

    // In the last second it is taken; and corrected on the 11th.
    hands.turn("2024-11-10T23:59:59");
    let sent = send(&office, &hands, false).unwrap();
    assert_eq!((sent.state.as_str(), sent.trial), ("sent", false));
    let confirm = |include: bool| {
        let mut all = hands.host(&office).confirm(
            month(),
            reseplug::Sendings::default(),
            include,
            WHO,
            false,
        )?;
        all.remove(0).ended
    };
    hands.turn("2024-11-10T23:59:59");
    let Ended::Done(done) = confirm(false).unwrap() else {
        panic!("it waits");
    };
    assert_eq!(done.state, "confirmed");
    hands.turn("2024-11-13T09:00:00");
    assert_eq!(world.gateway().filed_receipts().len(), 2);
    world.stop();
}

#[test]
fn what_the_gateway_refuses_for_the_hours_waits_for_the_next_day_and_is_late_with_the_month() {
    let office = Office::small(1);
    office.approve(&[]);
    let hands = Hands::at("2024-11-06T22:00:00");
    let kept = GatewayOptions {
        calendar: true,
        ..GatewayOptions::default()
    };
    let world = office.world_with(kept, &hands);
    // Both payers' files were tried, and neither left.
    assert_eq!(
        refused(&office, &hands, false).code,
        "gateway/outside-hours"
    );
    assert_eq!(hands.host(&office).late().unwrap(), []);
    assert_eq!(world.gateway().submissions().len(), 0);
    // Nobody sends it any more: from the closing on it waits.
    hands.turn("2024-11-11T00:00:00");
    let late = hands.host(&office).late().unwrap();
    assert_eq!(late.len(), 2, "{late:?}");
    hands.turn("2024-11-10T09:00:00");
    assert_eq!(send(&office, &hands, false).unwrap().sequence, 1);
    world.stop();
}

#[test]
fn a_correction_of_the_11th_is_to_be_confirmed_and_is_freed_when_it_was_not() {
    let office = Office::small(1);
    office
        .desk
        .settings(|text| text.replace("hours = \"ignore\"", "hours = \"keep\""));
    office.approve(&[]);
    let hands = Hands::at("2024-11-06T10:00:00");
    let world = office.world_with(GatewayOptions::default(), &hands);
    send(&office, &hands, false).unwrap();
    let withdraw = || {
        let host = hands.host(&office);
        host.withdraw(month(), None, WHO, false).unwrap();
    };
    withdraw();
    correct(&office, &hands);
    let next = |at: &str| {
        hands.turn(at);
        let week = hands.host(&office).claim_week(month()).unwrap();
        week.payers[0].next_ja.clone()
    };
    let open = next("2024-11-11T14:00:00");
    assert!(open.contains("11/12 21:00 までに請求確定"), "{open}");
    let over = next("2024-11-13T09:00:00");
    assert!(
        over.contains("claim withdraw") && over.contains("claim late"),
        "{over}"
    );
    withdraw();
    assert_eq!(hands.host(&office).late().unwrap().len(), 2);
    world.stop();
}

#[test]
fn a_correction_that_was_forgotten_with_a_restored_store_is_none_that_was_confirmed_by_itself() {
    let office = Office::small(1);
    office
        .desk
        .settings(|text| text.replace("hours = \"ignore\"", "hours = \"keep\""));
    office.approve(&[]);
    let hands = Hands::at("2024-11-06T10:00:00");
    let world = office.world_with(GatewayOptions::default(), &hands);
    send(&office, &hands, false).unwrap();
    hands
        .host(&office)
        .withdraw(month(), None, WHO, false)
        .unwrap();
    let store = office.desk.home.join("store");
    let backup = office.desk.dir.path().join("backup");
    super::copy(&store, &backup);
    correct(&office, &hands);
    std::fs::remove_dir_all(&store).unwrap();
    super::copy(&backup, &store);
    hands.turn("2024-11-13T09:00:00");
    let host = hands.host(&office);
    host.standing(month(), None).unwrap();
    let next = host.claim_week(month()).unwrap().payers[0].next_ja.clone();
    assert!(
        next.contains("訂正の締切までに請求確定していません"),
        "{next}"
    );
    world.stop();
}

#[test]
fn what_is_handed_over_on_the_11th_for_the_first_time_is_no_correction() {
    let office = Office::small(1);
    office.approve(&[]);
    let hands = Hands::at("2024-11-11T09:00:00");
    for one in hands
        .host(&office)
        .send(&request(Channel::Handover))
        .unwrap()
    {
        one.ended.unwrap();
    }
    let week = hands.host(&office).claim_week(month()).unwrap();
    let next = &week.payers[0].next_ja;
    assert!(
        next.contains("締切前に送信していたなら") && !next.contains("訂正は"),
        "{next}"
    );
}

#[test]
fn what_was_approved_after_a_filing_and_never_left_is_late_with_the_month() {
    let office = Office::small(1);
    office.approve(&[]);
    let hands = Hands::at("2024-11-06T10:00:00");
    let world = office.world_with(GatewayOptions::default(), &hands);
    assert_eq!(send(&office, &hands, false).unwrap().sequence, 1);
    office.people(0..2, MONTH);
    office.approve(&["--again", "入れ忘れた方がいる"]);
    assert_eq!(hands.host(&office).late().unwrap(), []);
    hands.turn("2024-11-11T00:00:00");
    let late = hands.host(&office).late().unwrap();
    let numbers: Vec<u32> = late.iter().map(|one| one.receipt.number).collect();
    assert_eq!(numbers, [2, 2], "one of each payer: {late:?}");
    // Approved with the next month they are on their way, and still said to wait.
    office.people(3..4, "2024-12");
    office.approve_of("2024-12", &["--carry", "all"]);
    let next = hands.host(&office).late().unwrap();
    let with: Vec<_> = next.iter().map(|one| one.approved_in).collect();
    assert_eq!(with, [Month::parse("2024-12").ok(); 2], "{next:?}");
    world.stop();
}

/// A calendar by which this month is open to its last day and the voice is raised all the time.
fn always_loud() -> String {
    let today = jiff::Timestamp::now().to_zoned(reseplug_effect::jst_zone());
    let last = today.date().last_of_month().day();
    let of = "payers = [\"social-insurance-fund\", \"national-health-federation\"]\n\
              valid_from = \"2024-07\"\nsource = \"架空\"\ngrade = \"unconfirmed\"\n";
    format!(
        "[[rule]]\nid = \"claim\"\nactivity = \"claim\"\nfrom_day = 1\nfrom_hour = 0\nto_hour = 24\n{of}\
         [[closing]]\nday = {last}\nhour = 24\n{of}\
         [asp]\nresult_days_after = 1\nresult_hour = 12\nbusy_days = []\nbusy_hours = []\n\
         source = \"架空\"\ngrade = \"unconfirmed\"\n\
         [advice]\nconfirm_hours_before_closing = 3\nsource = \"架空\"\ngrade = \"unconfirmed\"\n\
         [[urgency]]\nlevel = \"voice\"\nfrom_day = 1\n"
    )
}

#[test]
fn from_the_8th_the_voice_is_heard_at_every_claim_verb_and_changes_nothing_else() {
    let office = Office::small(1);
    let heard = |verb: &str, more: &[&str]| {
        let args = [&["claim", verb, "--lang", "ja"][..], more].concat();
        let output = crate::run(&office.desk.home, &args);
        let text = crate::stderr(&output);
        let lines: Vec<String> = text
            .lines()
            .filter(|line| line.contains("済んでいません。締切"))
            .map(str::to_owned)
            .collect();
        (crate::code(&output), crate::stdout(&output), lines)
    };
    let month = ["--month", MONTH];
    let verbs = [
        ("receipts", &[][..]),
        ("late", &[]),
        ("history", &month),
        ("settle", &month),
    ];
    // Where hours are not kept nobody here says until when.
    let calm = verbs.map(|(verb, more)| heard(verb, more));
    assert!(
        calm.iter().all(|(_, _, lines)| lines.is_empty()),
        "{calm:?}"
    );

    std::fs::write(office.desk.home.join("calendar.toml"), always_loud()).unwrap();
    office.desk.settings(|text| {
        let keep = "hours = \"keep\"\ncalendar = \"calendar.toml\"";
        text.replace("hours = \"ignore\"", keep)
    });
    for ((verb, more), (exit, shown, _)) in verbs.into_iter().zip(calm) {
        let (ended, text, lines) = heard(verb, more);
        assert_eq!((ended, text), (exit, shown), "{verb}");
        assert_eq!(lines.len(), 2, "{verb}: {lines:?}");
        for (line, payer) in lines.iter().zip(["!! 支払基金 ", "!! 国保連 "]) {
            assert!(
                line.starts_with(payer)
                    && line.contains(" 24:00")
                    && line.ends_with("（reseplug claim week）"),
                "{verb}: {line}"
            );
        }
        // One object on standard output all the same.
        let args = [&["claim", verb][..], more].concat();
        assert_eq!(office.desk.json(&args).0, exit, "{verb}");
    }
    // The week says all of it itself.
    assert!(heard("week", &[]).2.is_empty());
    // A calendar that cannot be read is told by the verb, and once.
    std::fs::write(office.desk.home.join("calendar.toml"), "x").unwrap();
    assert!(heard("late", &[]).2.is_empty());
}
