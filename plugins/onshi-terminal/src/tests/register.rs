//! `OQSsiimm01`, `OQSmuimm01` / `02`: reference numbers.

use super::*;
use crate::register::references;
use onshi::{BulkReferenceAnswer, ReferenceAnswer, ReferenceInfo, RegistrationUnit};
use reseplug_sdk::RetryAdvice;
use reseplug_sdk::eligibility::Registration;
use reseplug_sdk::testing::Pattern;

fn registration(number: &str) -> Registration {
    Registration {
        reference_number: number.into(),
        insurer_number: "999995".into(),
        symbol: None,
        number: "0001234".into(),
        branch: None,
    }
}

fn unit(number: &str, status: &str) -> RegistrationUnit {
    RegistrationUnit {
        registration: Some(ReferenceInfo {
            reference_number: Some(number.into()),
            ..ReferenceInfo::default()
        }),
        status: Some(status.into()),
        code: (status != "1").then(|| "DEMO-P002".into()),
        ..RegistrationUnit::default()
    }
}

const ONE: &str = "OQSsiimm01req_1.xml";

fn single(arrivals: Vec<Arrival>) -> Host {
    Host::scripted(
        script()
            .expect_put(
                "terminal",
                "OQSsiimm01req",
                "xml",
                Pattern::containing(["<ReferenceNumber>U1<", "<InsurerNumber>  999995<"]),
            )
            .answers(ONE)
            .expect_wait("terminal", &[ONE], UNTIL)
            .answers(arrivals),
    )
}

#[test]
fn one_person_is_registered_by_the_single_message() {
    let answer = ReferenceAnswer {
        header: header(),
        status: Some(ProcessingResultStatus::Done),
        ..ReferenceAnswer::default()
    };
    let host = single(answered(ONE, file(&answer)));
    let results = references(&ctx(), &host, &[registration("U1")]).unwrap();
    assert!(results[0].registered);
    assert_eq!(results[0].reference_number, "U1");
}

#[test]
fn an_answer_without_a_status_registers_nobody() {
    let answer = ReferenceAnswer {
        header: header(),
        ..ReferenceAnswer::default()
    };
    let host = single(answered(ONE, file(&answer)));
    assert!(!references(&ctx(), &host, &[registration("U1")]).unwrap()[0].registered);
}

#[test]
fn a_registration_that_nobody_answered_is_never_repeated_by_itself() {
    let fault = references(&ctx(), &single(vec![]), &[registration("U1")]).unwrap_err();
    assert_eq!(
        (fault.code.as_str(), fault.retry),
        ("onshi/timeout", RetryAdvice::AskFirst)
    );
}

#[test]
fn several_people_are_registered_in_bulk_each_with_a_result_of_their_own() {
    let (up, down) = ("OQSmuimm01req_1.xml", "OQSmuimm02req_2.xml");
    let answer = BulkReferenceAnswer {
        header: header(),
        units: vec![unit("U2", "2"), unit("U1", "1")],
        ..BulkReferenceAnswer::default()
    };
    let host = Host::scripted(
        script()
            .expect_put(
                "terminal",
                "OQSmuimm01req",
                "xml",
                Pattern::containing([">U1<", ">U3<"]),
            )
            .answers(up)
            .expect_wait("terminal", &[up], UNTIL)
            .answers(answered(up, accepted("R3")))
            .expect_put(
                "terminal",
                "OQSmuimm02req",
                "xml",
                Pattern::containing([">R3<"]),
            )
            .answers(down)
            .expect_wait("terminal", &[down], ROUND)
            .answers(answered(down, file(&answer))),
    );
    let people = ["U1", "U2", "U3"].map(registration);
    let results = references(&ctx(), &host, &people).unwrap();
    let registered: Vec<bool> = results.iter().map(|r| r.registered).collect();
    assert_eq!(registered, [true, false, false]);
    assert_eq!(results[1].code.as_deref(), Some("DEMO-P002"));
    assert!(
        results[2].text.is_some(),
        "says that the answer leaves the person out"
    );
}

#[test]
fn a_bulk_registration_without_a_result_may_have_happened() {
    let (up, down) = ("OQSmuimm01req_1.xml", "OQSmuimm02req_2.xml");
    let host = Host::scripted(
        script()
            .expect_put("terminal", "OQSmuimm01req", "xml", Pattern::Any)
            .answers(up)
            .expect_wait("terminal", &[up], UNTIL)
            .answers(answered(up, accepted("R3")))
            .expect_put("terminal", "OQSmuimm02req", "xml", Pattern::Any)
            .answers(down)
            .expect_wait("terminal", &[down], UNTIL)
            .answers(vec![]),
    );
    let ctx = testing::context(Settings {
        reask_minutes: 240,
        ..Settings::default()
    });
    let fault = references(&ctx, &host, &["U1", "U2"].map(registration)).unwrap_err();
    assert_eq!(fault.retry, RetryAdvice::AskFirst);
    assert_eq!(extra(&fault.extra, "reception-number"), Some("R3"));
}

#[test]
fn one_number_for_two_people_is_refused() {
    let host = Host::scripted(script());
    let fault = references(&ctx(), &host, &["U1", "U1"].map(registration)).unwrap_err();
    assert_eq!(fault.code, "onshi/bad-query");
}
