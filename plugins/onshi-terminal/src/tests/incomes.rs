//! 限度額 after a bulk query: asked singly only where the bulk answer leaves it open.

use super::*;
use crate::verify::many;
use onshi::{BulkAnswer, ConfirmUnit, ConsentFlag, LimitCertificate, SearchInfo, ViewingConsent};
use reseplug_sdk::eligibility::{Validity as V, Verification};
use reseplug_sdk::testing::Pattern;

const UP: &str = "OQSmuquc01req_1.xml";
const DOWN: &str = "OQSmuquc02req_2.xml";
const SINGLE: &str = "OQSsiquc01req_3.xml";

/// A bulk answer about Q1 whose 限度額適用認定証等の変更 stands so.
fn bulk(changed: Option<&str>, validity: Validity) -> Vec<u8> {
    file(&BulkAnswer {
        header: AnswerHeader {
            reception_number: Some("R1".into()),
            ..header()
        },
        units: vec![ConfirmUnit {
            search: Some(SearchInfo {
                identifier: Some("Q1".into()),
                ..SearchInfo::default()
            }),
            status: Some(ProcessingResultStatus::Done),
            validity: Some(validity),
            results: vec![Qualification {
                limit_changed: changed.map(str::to_owned),
                ..qualification()
            }],
            ..ConfirmUnit::default()
        }],
        ..BulkAnswer::default()
    })
}

/// The single answer with the category that the bulk answer cannot carry.
fn with_income() -> Vec<u8> {
    let mut one = qualification();
    one.consents
        .set(ViewingConsent {
            kind: onshi::LIMIT.into(),
            flag: Some(ConsentFlag::Yes),
            ..ViewingConsent::default()
        })
        .unwrap();
    one.limit = Some(LimitCertificate {
        category: Some("B05".into()),
        ..LimitCertificate::default()
    });
    file(&SingleAnswer {
        results: vec![one],
        ..single_answer()
    })
}

fn asked_in_bulk(body: Vec<u8>) -> Script {
    script()
        .expect_put("terminal", "OQSmuquc01req", "xml", Pattern::Any)
        .answers(UP)
        .expect_wait("terminal", &[UP], UNTIL)
        .answers(answered(UP, accepted("R1")))
        .expect_put("terminal", "OQSmuquc02req", "xml", Pattern::Any)
        .answers(DOWN)
        .expect_wait("terminal", &[DOWN], ROUND)
        .answers(answered(DOWN, body))
}

fn and_singly(script: Script, arrivals: Vec<Arrival>) -> Script {
    script
        .expect_put(
            "terminal",
            "OQSsiquc01req",
            "xml",
            Pattern::containing(["<LimitApplicationCertificateRelatedConsFlg>1<", ">Q1<"]),
        )
        .answers(SINGLE)
        .expect_wait("terminal", &[SINGLE], UNTIL)
        .answers(arrivals)
}

fn ask(script: Script, consents: bool, settings: Settings) -> Verification {
    let query = Query {
        income_consent: consents,
        ..query("Q1", "2024-10-01")
    };
    let ctx = testing::context(settings);
    many(&ctx, &Host::scripted(script), &[query])
        .unwrap()
        .remove(0)
}

#[test]
fn who_consented_and_may_have_changed_is_asked_about_singly() {
    for changed in [Some("1"), None, Some("9")] {
        let script = and_singly(
            asked_in_bulk(bulk(changed, Validity::Valid)),
            answered(SINGLE, with_income()),
        );
        let answer = ask(script, true, Settings::default());
        assert_eq!(answer.message, "OQSsiquc01res", "recorded for what it is");
        assert_eq!(extra(&answer.extra, "asked-after"), Some("OQSmuquc02res"));
        assert_eq!(answer.found[0].income.as_ref().unwrap().code, "B05");
    }
}

#[test]
fn nobody_is_asked_about_singly_without_need() {
    for (changed, validity, consents) in [
        (Some("0"), Validity::Valid, true),
        (Some("1"), Validity::Valid, false),
        (Some("1"), Validity::Invalid, true),
    ] {
        let answer = ask(
            asked_in_bulk(bulk(changed, validity)),
            consents,
            Settings::default(),
        );
        assert_eq!(answer.message, "OQSmuquc02res");
    }
    let off = Settings {
        income_singly: false,
        ..Settings::default()
    };
    let answer = ask(asked_in_bulk(bulk(Some("1"), Validity::Valid)), true, off);
    assert_eq!(answer.message, "OQSmuquc02res");
}

#[test]
fn a_single_answer_that_does_not_come_costs_nothing_of_the_bulk_answer() {
    let refused = vec![Arrival::refused(SINGLE, "OQSsiquc01req_3.err", "?")];
    for (arrivals, code) in [(vec![], "onshi/timeout"), (refused, "onshi/refused")] {
        let script = and_singly(asked_in_bulk(bulk(Some("1"), Validity::Valid)), arrivals);
        let answer = ask(script, true, Settings::default());
        assert_eq!(answer.message, "OQSmuquc02res");
        assert_eq!(answer.validity, Some(V::Valid));
        assert_eq!(extra(&answer.extra, "income-fault-code"), Some(code));
    }
}
