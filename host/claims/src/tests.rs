//! The laws of a claim, as the office would say them.

mod found;

use super::*;
use proptest::prelude::*;
use reseplug_model::{Month, Payer};
use std::collections::BTreeMap;

fn month(text: &str) -> Month {
    Month::parse(text).unwrap()
}

fn key(claim: &str, sequence: u32) -> FilingKey {
    FilingKey {
        station: "9999998".to_owned(),
        payer: Payer::SocialInsuranceFund,
        month: month(claim),
        kind: Kind::Claim,
        sequence,
        sha256: format!("{claim}-{sequence}"),
    }
}

fn receipt(number: u32, person: &str, service: &str, days: &[u8]) -> Receipt {
    Receipt {
        number,
        person_key: Some(person.to_owned()),
        name: format!("見本　{person}"),
        birth_date: "1950-01-01".to_owned(),
        service_month: month(service),
        days: days.to_vec(),
        total: 10_000,
        insurer: Some("01130012".to_owned()),
        search_number: None,
    }
}

fn filing(key: FilingKey, receipts: Vec<Receipt>, events: Vec<(Event, How)>) -> Filing {
    let told = |(event, how)| Recorded::of(&key, event, how, "管理者", "2024-11-07T10:00:00+09:00");
    Filing {
        channel: Channel::Gateway,
        receipts,
        events: events.into_iter().map(told).collect(),
        key: key.clone(),
    }
}

fn totals(receipts: u32, total: u64) -> Option<Totals> {
    Some(Totals { receipts, total })
}

fn confirmed(include_errors: bool) -> Event {
    Event::Confirmed(Confirmation {
        include_errors: Some(include_errors),
        automatic: false,
        receipts: None,
        total: None,
        number: String::new(),
        at: String::new(),
    })
}

fn findings(verdicts: &[(u32, Verdict)]) -> Event {
    Event::Findings {
        verdicts: verdicts.iter().copied().collect::<BTreeMap<_, _>>(),
        findings: serde_json::Value::Null,
    }
}

#[test]
fn what_the_check_found_is_counted_apart_from_mere_notes() {
    let of = |verdicts: &[(u32, Verdict)], severities: &[&str]| {
        let findings = severities
            .iter()
            .map(|one| serde_json::json!({ "severity": one }));
        let event = Event::Findings {
            verdicts: verdicts.iter().copied().collect(),
            findings: findings.collect(),
        };
        (event.detail_ja(), event.detail_en())
    };
    let one = [(3, Verdict::Attention)];
    for (told, ja, en) in [
        (of(&[], &[]), "なし", "none"),
        (
            of(&[], &["note", "note"]),
            "要確認以上なし（参考2件）",
            "nothing to attend to (2 notes)",
        ),
        (
            of(&one, &["attention", "note"]),
            "1件のレセプト（参考1件）",
            "on 1 receipts (1 notes)",
        ),
        (of(&one, &[]), "1件のレセプト", "on 1 receipts"),
        (
            of(&[], &["attention"]),
            "ファイル全体について1件",
            "1 on the file as a whole",
        ),
    ] {
        assert_eq!(told, (ja.to_owned(), en.to_owned()));
    }
}

#[test]
fn a_key_reads_back_as_it_was_written_and_nothing_else_is_one() {
    let key = key("2024-11", 2);
    assert_eq!(key.to_string().parse::<FilingKey>().unwrap(), key);
    for text in [
        "",
        "9999998/3/2024-11/claim/1/ab",
        "9999998/1/2024-13/claim/1/ab",
        "9999998/1/2024-11/claim/0/ab",
        "9999998/1/2024-11/claim/01/ab",
        "9999998/1/2024-11/other/1/ab",
        "9999998/1/2024-11/claim/1/ab/x",
    ] {
        assert!(text.parse::<FilingKey>().is_err(), "{text}");
    }
}

#[test]
fn what_staff_report_moves_a_handed_over_file_on_in_any_order_until_more_is_known() {
    let handed = (
        Event::HandedOver {
            reference: "f".into(),
            files: vec![],
        },
        How::Acted,
    );
    let mut one = filing(key("2024-11", 1), vec![], vec![handed]);
    one.channel = Channel::Handover;
    let report = |one: &mut Filing, event| {
        let told = Recorded::of(
            &one.key,
            event,
            How::Reported,
            "職員",
            "2024-11-08T09:00:00+09:00",
        );
        one.events.push(told);
    };
    report(&mut one, confirmed(false));
    assert_eq!((one.stage(), one.is_hearsay()), (Stage::Confirmed, true));
    let sent = || Event::Sent {
        at: String::new(),
        number: String::new(),
    };
    // A confirmation cannot be cancelled: it counts, and which of both was so "sent" does not say.
    let said = one.confirmation();
    for event in [Event::Withdrawn {}, sent()] {
        report(&mut one, event);
        assert_eq!(
            (one.stage(), one.contradiction(), one.confirmation()),
            (
                Stage::Confirmed,
                Some(Contradiction::CancelledAfterConfirmed),
                said.clone()
            )
        );
    }
    // Said once more, it is cancelled, and the same file may be sent anew.
    report(&mut one, Event::Withdrawn {});
    assert_eq!(one.contradiction(), None);
    report(&mut one, sent());
    assert_eq!((one.stage(), one.confirmation()), (Stage::Sent, None));
    report(&mut one, Event::Withdrawn {});
    let acknowledged = Event::Acknowledged(Confirmation {
        include_errors: None,
        automatic: false,
        receipts: Some(0),
        total: Some(0),
        number: "A-1".into(),
        at: String::new(),
    });
    one.events.push(Recorded::of(
        &one.key.clone(),
        acknowledged,
        How::Imported,
        "職員",
        "2024-11-09T09:00:00+09:00",
    ));
    assert_eq!(
        (one.stage(), one.is_hearsay()),
        (Stage::Acknowledged, false)
    );
    assert_eq!(one.contradiction(), Some(Contradiction::CancelledYetFiled));
}

#[test]
fn an_older_answer_recorded_later_takes_nothing_back() {
    let one = filing(
        key("2024-11", 1),
        vec![],
        vec![
            (
                Event::Submitted {
                    reference: "s".into(),
                },
                How::Acted,
            ),
            (confirmed(true), How::Acted),
            (
                Event::Judged {
                    normal: 1,
                    attention: 0,
                    rejected: 0,
                },
                How::Answered,
            ),
        ],
    );
    assert_eq!(one.stage(), Stage::Confirmed);
    assert_eq!(one.may(Action::Withdraw), Err(Refused::Confirmed));
    assert_eq!(one.may(Action::Confirm), Err(Refused::Done));
    assert_eq!(one.may(Action::TakeDown), Ok(()));
}

#[test]
fn nothing_is_done_to_a_filing_of_which_nobody_knows_whether_it_arrived() {
    let one = filing(
        key("2024-11", 1),
        vec![],
        vec![(
            Event::InDoubt {
                code: "effect/in-doubt".into(),
            },
            How::Acted,
        )],
    );
    for action in [
        Action::Confirm,
        Action::Withdraw,
        Action::TakeDown,
        Action::Acknowledge,
    ] {
        assert_eq!(one.may(action), Err(Refused::Unknown));
    }
}

#[test]
fn a_trial_is_never_confirmed() {
    let mut one = filing(
        key("2024-11", 1),
        vec![],
        vec![(
            Event::Judged {
                normal: 1,
                attention: 0,
                rejected: 0,
            },
            How::Answered,
        )],
    );
    one.key.kind = Kind::Trial;
    assert_eq!(one.may(Action::Confirm), Err(Refused::Trial));
    assert_eq!(one.may(Action::Withdraw), Ok(()));
}

#[test]
fn what_is_confirmed_without_errors_leaves_receipts_behind_that_wait() {
    let receipts = vec![
        receipt(1, "A", "2024-10", &[1]),
        receipt(2, "B", "2024-10", &[2]),
        receipt(3, "C", "2024-10", &[3]),
    ];
    let told = |include| {
        vec![
            (
                Event::Submitted {
                    reference: "s".into(),
                },
                How::Acted,
            ),
            (
                findings(&[(2, Verdict::Attention), (3, Verdict::Rejected)]),
                How::Answered,
            ),
            (confirmed(include), How::Acted),
        ]
    };
    let without = filing(key("2024-11", 1), receipts.clone(), told(false));
    assert_eq!(without.filed(), totals(1, 10_000));
    let waiting = |filing: Filing| -> Vec<String> {
        let late = Book::new(vec![filing], vec![]).late();
        late.into_iter().map(|one| one.receipt.name).collect()
    };
    assert_eq!(waiting(without), ["見本　B", "見本　C"]);
    assert_eq!(
        waiting(filing(key("2024-11", 1), receipts, told(true))),
        ["見本　C"]
    );
}

#[test]
fn a_receipt_that_is_filed_again_no_longer_waits_and_a_third_time_is_a_duplicate() {
    let submitted = || {
        (
            Event::Submitted {
                reference: "s".into(),
            },
            How::Acted,
        )
    };
    let first = filing(
        key("2024-11", 1),
        vec![receipt(1, "A", "2024-10", &[1, 5])],
        vec![submitted(), (confirmed(true), How::Acted)],
    );
    let again = receipt(7, "A", "2024-10", &[1, 5]);
    let book = Book::new(vec![first.clone()], vec![]);
    assert_eq!(book.duplicates(std::slice::from_ref(&again), None).len(), 1);
    assert_eq!(
        book.duplicates(std::slice::from_ref(&again), Some(&first.key)),
        []
    );
    // The other part of a receipt that was divided within the month.
    assert_eq!(
        book.duplicates(&[receipt(8, "A", "2024-10", &[20])], None),
        []
    );

    let mut returned = first;
    let back = Event::Returned {
        reasons: vec!["資格喪失後の受診".into()],
        search_number: Some("12345678901234567".into()),
        processed: None,
        paper: false,
    };
    let told = Recorded::of(
        &returned.key,
        back,
        How::Imported,
        "x",
        "2024-12-05T09:00:00+09:00",
    );
    returned.events.push(told.on(1));
    let book = Book::new(vec![returned.clone()], vec![]);
    assert_eq!(book.duplicates(std::slice::from_ref(&again), None), []);
    assert_eq!(book.late().len(), 1);
    let second = filing(key("2024-12", 1), vec![again.clone()], vec![submitted()]);
    let book = Book::new(vec![returned, second], vec![]);
    assert_eq!((book.late(), book.claimed_twice().len()), (vec![], 0));
    assert_eq!(book.duplicates(std::slice::from_ref(&again), None).len(), 1);

    // Before it came back it stood twice: that is the matter of both months, and of no other.
    let filed = |claim: &str, receipt: &Receipt| {
        filing(key(claim, 1), vec![receipt.clone()], vec![submitted()])
    };
    let both = vec![filed("2024-11", &again), filed("2024-12", &again)];
    let book = Book::new(both, vec![]);
    let twice = |claim: &str, payer| book.claimed_twice_in(month(claim), payer).len();
    assert_eq!((twice("2024-11", None), twice("2024-12", None)), (1, 1));
    assert_eq!(twice("2025-01", None), 0);
    assert_eq!(twice("2024-12", Some(Payer::SocialInsuranceFund)), 1);
    assert_eq!(twice("2024-12", Some(Payer::NationalHealthFederation)), 0);
}

#[test]
fn a_held_receipt_waits_until_it_is_filed_or_given_up() {
    let held = |event| Recorded {
        filing: None,
        source: Some("sha".into()),
        ..Recorded::of(
            &key("2024-11", 1),
            event,
            How::Acted,
            "管理者",
            "2024-11-08T09:00:00+09:00",
        )
    };
    let one = Box::new(receipt(1, "A", "2024-10", &[1]));
    let hold = held(Event::Held {
        receipt: one.clone(),
        reason: "指示書待ち".into(),
    });
    let book = Book::new(vec![], vec![hold.clone()]);
    assert_eq!(book.late()[0].id, "2024-11/1/hold#1");
    let drop = held(Event::Dropped {
        id: String::new(),
        receipt: one,
        reason: "自費".into(),
    });
    assert_eq!(Book::new(vec![], vec![hold.clone(), drop]).late(), []);

    // One that was taken back, and is put into the next month and held there, waits once.
    let taken_back = filing(
        key("2024-10", 1),
        vec![receipt(4, "A", "2024-10", &[1])],
        vec![(Event::Withdrawn {}, How::Acted)],
    );
    let waits = Book::new(vec![taken_back.clone()], vec![]).late();
    assert_eq!(waits.len(), 1);
    let waits = Book::new(vec![taken_back], vec![hold]).late();
    let ids: Vec<&str> = waits.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["2024-11/1/hold#1"]);
}

#[test]
fn what_was_given_up_and_turns_out_to_be_filed_is_named() {
    let receipts = vec![
        receipt(1, "A", "2024-10", &[1]),
        receipt(2, "B", "2024-10", &[2]),
    ];
    let cancelled = filing(
        key("2024-11", 1),
        receipts.clone(),
        vec![(Event::Withdrawn {}, How::Reported)],
    );
    let drop = |at: &str| {
        let event = Event::Dropped {
            id: String::new(),
            receipt: Box::new(receipt(1, "A", "2024-10", &[1])),
            reason: "自費".into(),
        };
        Recorded::beside(
            month("2024-11"),
            Payer::SocialInsuranceFund,
            event,
            How::Reported,
            "管理者",
            at,
        )
    };
    let given_up = drop("2024-11-08T09:00:00+09:00");
    let book = Book::new(vec![cancelled.clone()], vec![given_up.clone()]);
    assert_eq!((book.given_up_yet_filed(), book.late().len()), (vec![], 1));

    // It had been confirmed after all.
    let acknowledged = Filing {
        events: [
            cancelled.events.clone(),
            vec![Recorded::of(
                &cancelled.key,
                confirmed(true),
                How::Imported,
                "管理者",
                "2024-11-12T09:00:00+09:00",
            )],
        ]
        .concat(),
        ..cancelled
    };
    let book = Book::new(vec![acknowledged.clone()], vec![given_up]);
    let odd = book.given_up_yet_filed();
    assert_eq!(odd.len(), 1);
    assert_eq!(
        (odd[0].receipt.number, odd[0].given_up.as_deref()),
        (1, Some("自費"))
    );
    // What was sent after it had been given up was sent on purpose.
    let before = drop("2024-11-06T09:00:00+09:00");
    assert_eq!(
        Book::new(vec![acknowledged], vec![before]).given_up_yet_filed(),
        []
    );
}

fn any_event() -> impl Strategy<Value = (Event, How)> {
    let how = prop_oneof![
        Just(How::Acted),
        Just(How::Answered),
        Just(How::Imported),
        Just(How::Reported)
    ];
    let event = prop_oneof![
        Just(Event::Submitted {
            reference: "s".into()
        }),
        Just(Event::InDoubt { code: "c".into() }),
        Just(Event::Sent {
            at: String::new(),
            number: String::new()
        }),
        Just(Event::Checking {}),
        Just(Event::Judged {
            normal: 1,
            attention: 0,
            rejected: 0
        }),
        Just(Event::Withdrawn {}),
        Just(Event::Findings {
            verdicts: [(1, Verdict::Attention), (12, Verdict::Rejected)].into(),
            findings: serde_json::json!([{ "code": "R-HO-05" }]),
        }),
        Just(Event::Confirmed(Confirmation {
            include_errors: Some(true),
            automatic: true,
            receipts: Some(2),
            total: Some(150),
            number: "0001".into(),
            at: "2024-11-11T00:00:00+09:00".into(),
        })),
        Just(confirmed(true)),
        Just(confirmed(false)),
    ];
    (event, how)
}

proptest! {
    #[test]
    fn what_is_known_only_grows(events in proptest::collection::vec(any_event(), 0..12)) {
        let mut one = filing(key("2024-11", 1), vec![], vec![]);
        let mut before = one.known();
        for (event, how) in events {
            let told = Recorded::of(&one.key, event, how, "x", "2024-11-07T10:00:00+09:00");
            one.events.push(told);
            prop_assert!(one.known() >= before);
            before = one.known();
            // A report never stands above a confirmation or a withdrawal that is known.
            if before >= Stage::Withdrawn {
                prop_assert_eq!(one.stage(), before);
            }
        }
    }

    #[test]
    fn a_recorded_event_reads_back(events in proptest::collection::vec(any_event(), 1..4)) {
        for (event, how) in events {
            let told = Recorded::of(&key("2024-11", 3), event, how, "x", "2024-11-07T10:00:00+09:00").on(2);
            // In the store the event stands by itself.
            let alone = serde_json::to_string(&told.event).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Event>(&alone).unwrap(), &told.event);
            let text = serde_json::to_string(&told).unwrap();
            prop_assert_eq!(serde_json::from_str::<Recorded>(&text).unwrap(), told);
        }
    }
}

#[test]
fn a_receipt_that_is_held_or_given_up_reads_back_beside_whom_it_is_about() {
    let receipt = Box::new(receipt(7, "A1", "2024-10", &[3, 10]));
    let reason = "指示書待ち".to_owned();
    for event in [
        Event::Held {
            receipt: receipt.clone(),
            reason: reason.clone(),
        },
        Event::Dropped {
            id: String::new(),
            receipt: receipt.clone(),
            reason: reason.clone(),
        },
    ] {
        let told = Recorded::of(
            &key("2024-11", 1),
            event,
            How::Reported,
            "x",
            "2024-11-07T10:00:00+09:00",
        );
        let text = serde_json::to_string(&told).unwrap();
        assert_eq!(serde_json::from_str::<Recorded>(&text).unwrap(), told);
    }
}

#[test]
fn a_sending_of_an_earlier_month_that_nobody_followed_up_is_named() {
    let handed = filing(
        key("2024-11", 1),
        vec![receipt(1, "A", "2024-10", &[1])],
        vec![(
            Event::HandedOver {
                reference: "f".into(),
                files: vec![],
            },
            How::Acted,
        )],
    );
    let book = Book::new(vec![handed.clone()], vec![]);
    assert_eq!(book.open_before(month("2024-11")).len(), 0);
    assert_eq!(book.open_before(month("2024-12")).len(), 1);
    assert!(book.is_settled(&receipt(9, "A", "2024-10", &[1]), month("2024-11")));
    let mut reported = handed;
    let told = Recorded::of(
        &reported.key,
        confirmed(true),
        How::Reported,
        "職員",
        "2024-11-09T09:00:00+09:00",
    );
    reported.events.push(told);
    let book = Book::new(vec![reported], vec![]);
    assert_eq!(book.open_before(month("2024-12")).len(), 0);
}

#[test]
fn a_sending_that_is_reported_after_its_confirmation_takes_nothing_back() {
    let handed = Event::HandedOver {
        reference: "2024-11/1".into(),
        files: vec![],
    };
    let mut one = filing(
        key("2024-11", 1),
        vec![],
        vec![
            (handed, How::Acted),
            (confirmed(true), How::Reported),
            (
                Event::Sent {
                    at: String::new(),
                    number: String::new(),
                },
                How::Reported,
            ),
        ],
    );
    assert_eq!((one.stage(), one.is_hearsay()), (Stage::Confirmed, true));
    // A cancellation is another matter: said once more, it counts.
    let told = |event| {
        Recorded::of(
            &key("2024-11", 1),
            event,
            How::Reported,
            "x",
            "2024-11-07T11:00:00+09:00",
        )
    };
    one.events.push(told(Event::Withdrawn {}));
    assert_eq!(one.stage(), Stage::Confirmed);
    assert_eq!(
        one.contradiction(),
        Some(Contradiction::CancelledAfterConfirmed)
    );
    one.events.push(told(Event::Withdrawn {}));
    assert_eq!((one.stage(), one.contradiction()), (Stage::Withdrawn, None));
}

#[test]
fn what_the_other_side_counted_tells_whether_errors_were_left_out() {
    let counted = |receipts: u32| {
        Event::Acknowledged(Confirmation {
            include_errors: None,
            automatic: false,
            receipts: Some(receipts),
            total: Some(u64::from(receipts) * 10_000),
            number: String::new(),
            at: String::new(),
        })
    };
    let filed = |events| {
        let receipts = [("P1", 1), ("P2", 2), ("P3", 3)]
            .map(|(person, number)| receipt(number, person, "2024-10", &[1]));
        filing(key("2024-11", 1), receipts.to_vec(), events).filed()
    };
    let found = || {
        let verdicts = [(2, Verdict::Attention), (3, Verdict::Rejected)];
        (findings(&verdicts), How::Imported)
    };
    // Nobody said how it was confirmed, or said the wrong thing: the 受領書 tells it.
    for said in [true, false] {
        let report = || (confirmed(said), How::Reported);
        let without = filed(vec![found(), report(), (counted(1), How::Imported)]);
        assert_eq!(without, totals(1, 10_000));
        let with = filed(vec![found(), report(), (counted(2), How::Imported)]);
        assert_eq!(with, totals(2, 20_000));
        // One that fits neither says nothing: what was said counts, and both are shown.
        let strange = filed(vec![found(), report(), (counted(3), How::Imported)]);
        assert_eq!(
            strange,
            totals(1 + u32::from(said), 10_000 + 10_000 * u64::from(said))
        );
    }
    assert_eq!(
        filed(vec![found(), (counted(1), How::Imported)]),
        totals(1, 10_000)
    );
}

#[test]
fn the_other_side_is_asked_about_every_month_that_may_hold_what_is_not_known() {
    let leaving = key("2025-04", 1);
    let ordinary = [receipt(1, "a", "2025-03", &[1])];
    let late = [
        receipt(1, "a", "2025-03", &[1]),
        receipt(2, "b", "2025-01", &[1]),
    ];
    let of = |filings: Vec<Filing>, receipts: &[Receipt]| -> Vec<String> {
        let months =
            Book::new(filings, Vec::new()).months_to_ask(leaving.payer, leaving.month, receipts);
        months.iter().map(ToString::to_string).collect()
    };
    let known = |month: &str| vec![filing(key(month, 1), Vec::new(), Vec::new())];
    assert_eq!(of(known("2025-03"), &ordinary), ["2025-03", "2025-04"]);
    // The store is from before the sending of March.
    assert_eq!(
        of(known("2025-02"), &ordinary),
        ["2025-02", "2025-03", "2025-04"]
    );
    // A receipt of January may have been filed from February on.
    assert_eq!(
        of(known("2025-04"), &late),
        ["2025-02", "2025-03", "2025-04"]
    );
    // Nothing is known.
    assert_eq!(
        of(Vec::new(), &ordinary),
        ["2025-01", "2025-02", "2025-03", "2025-04"]
    );
    // A wrong year asks for two years, not for all.
    let wrong = [receipt(1, "a", "1925-03", &[1])];
    assert_eq!(of(known("2025-03"), &wrong).len(), 25);
}

#[test]
fn a_sending_whose_receipts_nobody_knows_may_hold_any_receipt_of_before_it() {
    let leaving = key("2025-04", 1);
    let sent = || Event::Submitted {
        reference: "s-1".to_owned(),
    };
    let told = vec![(sent(), How::Answered)];
    let book = Book::new(
        vec![filing(key("2025-03", 1), Vec::new(), told.clone())],
        Vec::new(),
    );
    let unread = |service: &str| {
        book.unread_before(&leaving, &[receipt(1, "a", service, &[1])])
            .len()
    };
    assert_eq!((unread("2025-02"), unread("2025-03")), (1, 0));
    let gone = vec![told[0].clone(), (Event::Withdrawn {}, How::Answered)];
    let book = Book::new(
        vec![filing(key("2025-03", 1), Vec::new(), gone)],
        Vec::new(),
    );
    assert!(
        book.unread_before(&leaving, &[receipt(1, "a", "2025-02", &[1])])
            .is_empty()
    );
}
