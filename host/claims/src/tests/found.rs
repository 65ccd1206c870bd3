//! Which filed receipt a payer's file is about, and what that says of its filing.

use super::*;

#[test]
fn payments_are_laid_beside_each_filed_receipt() {
    let receipts = vec![
        receipt(1, "A", "2024-10", &[1]),
        receipt(2, "B", "2024-10", &[2]),
        receipt(3, "C", "2024-10", &[3]),
    ];
    let mut one = filing(
        key("2024-11", 1),
        receipts,
        vec![(confirmed(true), How::Acted)],
    );
    let key = one.key.clone();
    let tell =
        |event, number| Recorded::of(&key, event, How::Imported, "x", "2025-01-21").on(number);
    let cut = Event::Adjusted {
        change: -4_000,
        code: None,
        reason: "過剰".into(),
    };
    one.events.push(tell(cut, 1));
    one.events.push(tell(Event::Paid { amount: 7_000 }, 1));
    one.events.push(tell(Event::Paid { amount: 7_000 }, 2));
    let payment = Recorded {
        filing: None,
        ..Recorded::of(
            &key,
            Event::Payment {
                amount: 14_001,
                receipts: Some(2),
                paid_on: None,
            },
            How::Imported,
            "x",
            "2025-01-21",
        )
    };
    let book = Book::new(vec![one], vec![payment]);
    let settled = book.settlement(month("2024-11"), Payer::SocialInsuranceFund);
    let how: Vec<Settled> = settled.receipts.iter().map(|one| one.settled).collect();
    assert_eq!(how, [Settled::TooMuch, Settled::Paid, Settled::NoRow]);
    assert_eq!(
        (settled.paid, settled.paid_by_receipt),
        (Some(14_001), Some(14_000))
    );
    assert!(settled.needs_person());
}

#[test]
fn a_row_of_a_payers_file_finds_its_receipt_or_none() {
    let book = Book::new(
        vec![filing(
            key("2024-11", 1),
            vec![
                receipt(1, "A", "2024-10", &[1]),
                receipt(2, "A", "2024-10", &[20]),
            ],
            vec![(confirmed(true), How::Acted)],
        )],
        vec![],
    );
    let by_person = Wanted {
        person_key: Some("A"),
        service_month: Some(month("2024-10")),
        ..Wanted::default()
    };
    assert_eq!(
        book.find(&by_person),
        None,
        "two parts: nobody can tell which"
    );
    let by_number = Wanted {
        number: Some(2),
        claim_month: Some(month("2024-11")),
        ..by_person
    };
    assert_eq!(book.find(&by_number).unwrap().1, 2);
    assert_eq!(book.find(&Wanted::default()), None);
}

#[test]
fn a_row_that_fitted_nothing_is_settled_once_its_file_fits() {
    let told = |event| {
        Recorded::beside(
            month("2024-11"),
            Payer::SocialInsuranceFund,
            event,
            How::Answered,
            "管理者",
            "2024-12-05T10:00:00+09:00",
        )
        .from("file".to_owned())
    };
    let row = serde_json::json!({ "adjusted": { "number": 1 } });
    let stranger = told(Event::Stranger { row: row.clone() });
    let strangers = |events: Vec<Recorded>| {
        let book = Book::new(Vec::new(), events);
        book.settlement(month("2024-11"), Payer::SocialInsuranceFund)
            .strangers
            .len()
    };
    assert_eq!(strangers(vec![stranger.clone()]), 1);
    assert_eq!(
        strangers(vec![
            stranger.clone(),
            told(Event::Tied { row: row.clone() })
        ]),
        0
    );
    let elsewhere = told(Event::Tied { row }).from("another file".to_owned());
    assert_eq!(strangers(vec![stranger, elsewhere]), 1);
}

fn back(search_number: &str, processed: &str) -> (Receipt, Event) {
    let receipt = Receipt {
        search_number: Some(search_number.to_owned()),
        ..receipt(1, "A", "2024-09", &[1])
    };
    let event = Event::Returned {
        reasons: vec!["架空の理由".into()],
        search_number: Some(search_number.to_owned()),
        processed: Some(processed.to_owned()),
        paper: false,
    };
    (receipt, event)
}

/// November, with a receipt of September that had come back in October, before anything is known here.
fn november(channel: Channel, events: Vec<(Event, How)>) -> Filing {
    let held = vec![receipt(1, "A", "2024-09", &[1])];
    Filing {
        channel,
        ..filing(key("2024-11", 1), held, events)
    }
}

fn handed_over() -> Event {
    Event::HandedOver {
        reference: "2024-11".into(),
        files: vec![],
    }
}

#[test]
fn what_came_back_before_a_month_was_filed_is_no_receipt_of_that_month() {
    let (returned, _) = back("1", "2024-10");
    let fund = Payer::SocialInsuranceFund;
    let book = Book::new(
        vec![november(
            Channel::Handover,
            vec![(handed_over(), How::Acted)],
        )],
        vec![],
    );
    let find = |processed: Option<&str>, came: &str| {
        book.find_returned(fund, &returned, processed.map(month), month(came))
    };
    assert_eq!(find(Some("2024-10"), "2024-11"), None);
    assert_eq!(find(Some("2024-10"), "2024-12"), None, "imported late");
    assert_eq!(
        find(None, "2024-11"),
        None,
        "nothing comes back in its month"
    );
    // A month later it had been sent, whatever nobody said.
    let (own, _) = find(Some("2024-11"), "2024-12").unwrap();
    assert_eq!(own, key("2024-11", 1));
    let adjusted = Wanted {
        person_key: Some("A"),
        service_month: Some(month("2024-09")),
        came: Some(month("2024-11")),
        ..Wanted::default()
    };
    assert_eq!(book.find(&adjusted), None);
    let later = Wanted {
        came: Some(month("2024-12")),
        ..adjusted
    };
    assert_eq!(book.find(&later).unwrap().1, 1);
}

#[test]
fn of_two_filings_the_one_of_before_the_return_came_back() {
    let fund = Payer::SocialInsuranceFund;
    let held = || vec![receipt(1, "A", "2024-09", &[1])];
    let filed = || vec![(confirmed(true), How::Acted)];
    let months = ["2024-10", "2024-11"];
    let filings = months.map(|month| filing(key(month, 1), held(), filed()));
    let book = Book::new(filings.into(), vec![]);
    let find = |processed: Option<&str>| {
        let (returned, _) = back("1", "2024-10");
        let found = book.find_returned(fund, &returned, processed.map(month), month("2024-12"));
        found.map_or_else(|| key("2024-01", 9), |(key, _)| key)
    };
    assert_eq!(find(Some("2024-10")), key("2024-10", 1));
    assert_eq!(find(Some("2024-11")), key("2024-11", 1));
    assert_eq!(
        find(None),
        key("2024-11", 1),
        "the last, where nothing tells"
    );
    assert_eq!(find(Some("2024-09")), key("2024-01", 9), "of before both");
}

#[test]
fn what_was_filed_again_because_of_a_return_is_not_what_came_back() {
    let fund = Payer::SocialInsuranceFund;
    let first = receipt(1, "A", "2024-09", &[1]);
    let again = Receipt {
        search_number: Some("1".into()),
        ..first.clone()
    };
    let filed = |month: &str, held: &Receipt| {
        let confirmed = vec![(confirmed(true), How::Answered)];
        filing(key(month, 1), vec![held.clone()], confirmed)
    };
    let (returned, _) = back("1", "2024-11");
    let find = |filings: Vec<Filing>, processed: &str| {
        let book = Book::new(filings, vec![]);
        let processed = Some(month(processed));
        let found = book.find_returned(fund, &returned, processed, month("2024-12"));
        found.map(|(key, _)| key.month)
    };
    // A store that was restored after both is told of the return once more.
    let both = vec![filed("2024-10", &first), filed("2024-11", &again)];
    assert_eq!(find(both, "2024-11"), Some(month("2024-10")));
    // Once more with the same number: the first one has come back with it already.
    let mut first_back = filed("2024-10", &first);
    let event = back("1", "2024-10").1;
    let told = Recorded::of(&first_back.key, event, How::Answered, "a", "b");
    first_back.events.push(told.on(1));
    let both = vec![first_back, filed("2024-11", &again)];
    assert_eq!(find(both, "2024-11"), Some(month("2024-11")));
    // Filed and returned before anything was known here: the return fits nothing.
    assert_eq!(find(vec![filed("2024-11", &again)], "2024-11"), None);
    // Once more, later.
    assert_eq!(
        find(vec![filed("2024-11", &again)], "2024-12"),
        Some(month("2024-11"))
    );
}

#[test]
fn what_is_proven_to_be_filed_holds_no_receipt_that_was_rejected() {
    let held = vec![
        receipt(1, "A", "2024-09", &[1]),
        receipt(2, "B", "2024-09", &[1]),
    ];
    let events = vec![
        (handed_over(), How::Acted),
        (findings(&[(2, Verdict::Rejected)]), How::Imported),
    ];
    let mut one = Filing {
        channel: Channel::Handover,
        ..filing(key("2024-11", 1), held, events)
    };
    let paid = Recorded::of(&one.key, Event::Paid { amount: 1 }, How::Imported, "a", "b");
    one.events.push(paid.on(1));
    assert_eq!(one.stage(), Stage::Confirmed);
    let places: Vec<_> = Book::standings(&one).map(|one| one.place).collect();
    assert_eq!(places, [Place::Filed, Place::LeftOut(Verdict::Rejected)]);
}

#[test]
fn what_staff_say_was_left_out_is_what_they_said_last_beside_what_is_known() {
    let held = (1..4).map(|n| receipt(n, &n.to_string(), "2024-09", &[1]));
    let said = |numbers: &[u32]| {
        let all: Vec<_> = numbers.iter().map(|n| (*n, Verdict::Attention)).collect();
        (findings(&all), How::Reported)
    };
    let events = vec![
        (findings(&[(1, Verdict::Attention)]), How::Answered),
        said(&[2]),
        said(&[3]),
        (confirmed(false), How::Reported),
    ];
    let one = Filing {
        channel: Channel::Handover,
        ..filing(key("2024-11", 1), held.collect(), events)
    };
    let out: Vec<u32> = one.left_behind().map(|one| one.number).collect();
    assert_eq!(out, [1, 3]);
}

#[test]
fn a_receipt_that_a_gateway_has_open_is_not_looked_for_in_what_was_cancelled() {
    let fund = Payer::SocialInsuranceFund;
    let held = || vec![receipt(1, "A", "2024-09", &[1])];
    let cancelled = november(
        Channel::Handover,
        vec![
            (handed_over(), How::Acted),
            (Event::Withdrawn {}, How::Reported),
        ],
    );
    let (returned, _) = back("1", "2024-11");
    let find = |more: Vec<Filing>| {
        let all = std::iter::once(cancelled.clone()).chain(more).collect();
        let book = Book::new(all, vec![]);
        let processed = Some(month("2024-11"));
        book.find_returned(fund, &returned, processed, month("2024-12"))
    };
    assert_eq!(find(vec![]).unwrap().0, cancelled.key);
    let open = filing(
        key("2024-11", 2),
        held(),
        vec![(Event::Checking {}, How::Answered)],
    );
    assert_eq!(find(vec![open]), None);
    // One of a later month, or of the other payer, is none of it.
    let mut later = key("2024-12", 2);
    let events = || vec![(Event::Checking {}, How::Answered)];
    let open = filing(later.clone(), held(), events());
    assert_eq!(find(vec![open]).unwrap().0, cancelled.key);
    later.month = month("2024-11");
    later.payer = Payer::NationalHealthFederation;
    let open = filing(later, held(), events());
    assert_eq!(find(vec![open]).unwrap().0, cancelled.key);
}

#[test]
fn a_gateway_says_itself_what_it_filed_and_a_return_says_nothing_against_it() {
    let (returned, event) = back("1", "2024-11");
    let fund = Payer::SocialInsuranceFund;
    for (last, stage) in [
        (Event::Checking {}, Stage::Checking),
        (Event::Withdrawn {}, Stage::Withdrawn),
    ] {
        let mut one = november(Channel::Gateway, vec![(last, How::Answered)]);
        let book = Book::new(vec![one.clone()], vec![]);
        let found = book.find_returned(fund, &returned, None, month("2024-12"));
        assert_eq!(found, None);
        // Laid beside it all the same, it moves the filing nowhere.
        let told = Recorded::of(&one.key, event.clone(), How::Imported, "a", "b").on(1);
        one.events.push(told.clone());
        assert_eq!(one.stage(), stage);
        one.channel = Channel::Handover;
        assert_eq!(one.stage(), Stage::Confirmed, "nobody else can say it");
    }
}

#[test]
fn a_confirmation_that_is_answered_to_be_cancelled_is_for_the_payer_to_explain() {
    let answers = |last| vec![(confirmed(true), How::Answered), (last, How::Answered)];
    let odd = november(Channel::Gateway, answers(Event::Withdrawn {}));
    assert_eq!(odd.contradiction(), Some(Contradiction::AnswersDiffer));
    let plain = november(Channel::Gateway, answers(Event::Checking {}));
    assert_eq!(plain.contradiction(), None);
}

#[test]
fn what_is_paid_in_parts_is_paid_together() {
    let key = key("2024-11", 1);
    let mut one = november(Channel::Gateway, vec![(confirmed(true), How::Acted)]);
    for (amount, file) in [(6_000, "a"), (1_000, "b")] {
        let told = Recorded::of(&key, Event::Paid { amount }, How::Imported, "a", "b");
        one.events.push(told.on(1).from(file));
    }
    let book = Book::new(vec![one], vec![]);
    let paid: Vec<_> = book.receipts().map(|one| one.paid).collect();
    assert_eq!(paid, [Some(7_000)]);
    let settled = book.settlement(key.month, key.payer);
    assert_eq!(settled.receipts[0].settled, Settled::Paid);
}

#[test]
fn a_receipt_that_was_given_up_by_mistake_waits_again() {
    let one = november(Channel::Gateway, vec![(Event::Withdrawn {}, How::Answered)]);
    let (payer, claim) = (one.key.payer, one.key.month);
    let say = |event| Recorded::beside(claim, payer, event, How::Reported, "a", "b");
    let dropped = say(Event::Dropped {
        id: "2024-11/1/1#1".into(),
        receipt: Box::new(receipt(1, "A", "2024-09", &[1])),
        reason: "自費".into(),
    });
    let resumed = |id: &str| {
        say(Event::Resumed {
            id: id.into(),
            reason: "誤り".into(),
        })
    };
    let late = |events: Vec<Recorded>| Book::new(vec![one.clone()], events).late().len();
    assert_eq!(late(vec![dropped.clone()]), 0);
    assert_eq!(late(vec![dropped.clone(), resumed("2024-11/1/1#1")]), 1);
    assert_eq!(late(vec![dropped.clone(), resumed("2024-11/1/1#2")]), 0);
    // Given up once more, it does not.
    let again = vec![dropped.clone(), resumed("2024-11/1/1#1"), dropped];
    assert_eq!(late(again), 0);
}
