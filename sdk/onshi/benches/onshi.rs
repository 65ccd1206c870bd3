//! How fast a large bulk answer is read: `cargo bench -p onshi`.
//!
//! The reference, measured in the same run on the same bytes, is what any reader of XML has to do
//! at the least: decode the file (`encoding_rs`) and walk over its events (`quick_xml`).

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark fails loudly and prints"
)]

use onshi::*;
use quick_xml::Reader;
use quick_xml::events::Event;
use std::borrow::Cow;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// People of an answer. A station has a hundred, a fleet asks for thousands.
const PEOPLE: usize = 5_000;
/// What the reader has to reach at the least.
const BUDGET: f64 = 50.0;

/// One person as the bulk answer by numbers tells.
fn covered(number: usize) -> Qualification {
    let text = |text: &str| Some(text.to_owned());
    Qualification {
        card_class: text("01"),
        insurer_number: text("  999995"),
        symbol: text("空・１２"),
        number: Some(format!("{number:07}")),
        branch: text("01"),
        personal_family: Some(PersonalFamily::Insured),
        name: text("空野　春子"),
        name_kana: text("ｿﾗﾉ ﾊﾙｺ"),
        sex: Some(Sex::Female),
        birthdate: text("19501224"),
        address: text("架空県架空市一丁目２－３　架空荘１０１"),
        post_number: text("999-9999"),
        qualification_date: text("20200401"),
        card_valid_date: text("20240801"),
        card_expiration_date: text("20250731"),
        insurer_name: text("架空市"),
        elderly: Some(ElderlyCertificate {
            valid_from: text("20240801"),
            valid_to: text("20250731"),
            contribution_ratio: text("020"),
            ..ElderlyCertificate::default()
        }),
        limit_changed: text("0"),
        ..Qualification::default()
    }
}

/// The same with what a consent given at home adds.
fn consented(number: usize) -> Qualification {
    let mut one = covered(number);
    one.limit = Some(LimitCertificate {
        classification: Some("02".to_owned()),
        category: Some("B05".to_owned()),
        valid_from: Some("20240801".to_owned()),
        valid_to: Some("20250731".to_owned()),
        ..LimitCertificate::default()
    });
    for kind in CONSENT_KINDS {
        let consent = ViewingConsent {
            kind: kind.element.to_owned(),
            flag: Some(ConsentFlag::Yes),
            given_at: Some("20241003091200".to_owned()),
            available_until: Some("20250103235959".to_owned()),
        };
        one.consents.set(consent).unwrap();
    }
    one
}

fn answer(of: fn(usize) -> Qualification, echo: bool) -> BulkAnswer {
    let unit = |number: usize| ConfirmUnit {
        search: echo.then(|| SearchInfo {
            insurer_number: Some("  999995".to_owned()),
            symbol: Some("空・１２".to_owned()),
            number: Some(format!("{number:07}")),
            birthdate: Some("19501224".to_owned()),
            identifier: Some(format!("U{number:05}")),
            ..SearchInfo::default()
        }),
        status: Some(ProcessingResultStatus::Done),
        validity: Some(Validity::Valid),
        reference_numbers: vec![format!("U{number:05}")],
        results: vec![of(number)],
        ..ConfirmUnit::default()
    };
    BulkAnswer {
        header: AnswerHeader {
            execution_time: Some("20241001103000".to_owned()),
            institution_code: Some("1369999998".to_owned()),
            reception_number: Some("R20241001000000002".to_owned()),
            segment: Some(SegmentOfResult::Done),
            results: Some(PEOPLE.to_string()),
            ..AnswerHeader::default()
        },
        units: (0..PEOPLE).map(unit).collect(),
        ..BulkAnswer::default()
    }
}

fn reference(bytes: &[u8], charset: Charset) -> usize {
    let text: Cow<'_, str> = match charset {
        Charset::Utf8 => std::str::from_utf8(bytes).unwrap().into(),
        Charset::ShiftJis => encoding_rs::SHIFT_JIS
            .decode_without_bom_handling_and_without_replacement(bytes)
            .unwrap(),
    };
    let mut reader = Reader::from_str(&text);
    let mut events = 0;
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => return events,
            event => {
                black_box(&event);
                events += 1;
            }
        }
    }
}

fn ours(bytes: &[u8]) -> usize {
    let read = read::<BulkAnswer>("bench", bytes, &ReadOptions::default()).unwrap();
    read.message.units.len()
}

/// The shortest of some runs of each, turn by turn: whatever else the machine does hits both.
fn best(runs: [&dyn Fn() -> usize; 2]) -> [Duration; 2] {
    let mut best = [Duration::MAX; 2];
    for _ in 0..7 {
        for (run, best) in runs.iter().zip(&mut best) {
            let began = Instant::now();
            black_box(run());
            *best = began.elapsed().min(*best);
        }
    }
    best
}

fn main() {
    for (name, of, echo) in [
        ("OQSmuquc02res", covered as fn(usize) -> Qualification, true),
        ("OQSmuhvq02res", consented, false),
    ] {
        for charset in [Charset::Utf8, Charset::ShiftJis] {
            let bytes = write(name, &answer(of, echo), charset).unwrap();
            assert_eq!(ours(&bytes), PEOPLE);
            let [reference, ours] = best([&|| reference(&bytes, charset), &|| ours(&bytes)]);
            let size = bytes.len() as f64 / 1e6;
            let speed = size / ours.as_secs_f64();
            println!(
                "{name} of {PEOPLE} people, {size:.1} MB {charset}: {speed:6.1} MB/s ({:.1} ms), \
                 reference {:6.1} MB/s, {:5.1} % of it{}",
                ours.as_secs_f64() * 1e3,
                size / reference.as_secs_f64(),
                reference.as_secs_f64() / ours.as_secs_f64() * 100.0,
                if speed < BUDGET {
                    " — BELOW THE BUDGET"
                } else {
                    ""
                },
            );
        }
    }
}
