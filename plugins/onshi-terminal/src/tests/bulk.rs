//! `OQSmuquc01` / `02`: many people.

use super::*;
use crate::verify::many;
use onshi::{BulkAnswer, ConfirmUnit, SearchInfo};
use reseplug_sdk::RetryAdvice;
use reseplug_sdk::eligibility::Validity as V;
use reseplug_sdk::testing::Pattern;

fn unit(id: &str, validity: &str) -> ConfirmUnit {
    ConfirmUnit {
        search: Some(SearchInfo {
            identifier: Some(id.into()),
            ..SearchInfo::default()
        }),
        status: Some(ProcessingResultStatus::Done),
        validity: Some(validity.into()),
        results: vec![qualification()],
        ..ConfirmUnit::default()
    }
}

fn result(reception: &str, units: Vec<ConfirmUnit>) -> Vec<u8> {
    file(&BulkAnswer {
        header: AnswerHeader {
            reception_number: Some(reception.into()),
            ..header()
        },
        units,
        ..BulkAnswer::default()
    })
}

fn working(reception: &str) -> Vec<u8> {
    file(&BulkAnswer {
        header: AnswerHeader {
            reception_number: Some(reception.into()),
            segment: Some(SegmentOfResult::Processing),
            ..header()
        },
        ..BulkAnswer::default()
    })
}

const UP: &str = "OQSmuquc01req_1.xml";
const DOWN: &str = "OQSmuquc02req_2.xml";

fn upload(script: Script, name: &str, texts: &[&str]) -> Script {
    script
        .expect_put(
            "terminal",
            "OQSmuquc01req",
            "xml",
            Pattern::containing(texts.to_vec()),
        )
        .answers(name)
}

fn download(script: Script, name: &str, reception: &str) -> Script {
    let number = format!("<ReceptionNumber>{reception}<");
    script
        .expect_put(
            "terminal",
            "OQSmuquc02req",
            "xml",
            Pattern::containing([number]),
        )
        .answers(name)
}

fn arrives(script: Script, waited: &[&str], request: &str, body: Vec<u8>) -> Script {
    script
        .expect_wait("terminal", waited, UNTIL)
        .answers(answered(request, body))
}

/// The same for a result, which is waited for round by round.
fn fetches(script: Script, waited: &[&str], request: &str, body: Vec<u8>) -> Script {
    script
        .expect_wait("terminal", waited, ROUND)
        .answers(answered(request, body))
}

/// One message about one day, answered at once with these bytes.
fn once(body: Vec<u8>) -> Host {
    let script = upload(script(), UP, &["<QualificationConfirmationDate>20241001<"]);
    let script = arrives(script, &[UP], UP, accepted("R1"));
    let script = download(script, DOWN, "R1");
    Host::scripted(fetches(script, &[DOWN], DOWN, body))
}

fn two() -> [Query; 2] {
    [query("Q1", "2024-10-01"), query("Q2", "2024-10-01")]
}

#[test]
fn answers_are_matched_by_identifier_and_given_in_the_order_of_the_queries() {
    let host = once(result("R1", vec![unit("Q2", "3"), unit("Q1", "1")]));
    let answers = many(&ctx(), &host, &two()).unwrap();
    let ids: Vec<&str> = answers.iter().map(|a| a.query_id.as_str()).collect();
    assert_eq!(ids, ["Q1", "Q2"]);
    assert_eq!(answers[0].validity, Some(V::Valid));
    assert_eq!(answers[1].validity, Some(V::InvalidNewExists));
    assert_eq!(answers[0].message, "OQSmuquc02res");
    assert_eq!(answers[0].as_of.as_deref(), Some("2024-10-01"));
    assert_eq!(extra(&answers[0].extra, "ReceptionNumber"), Some("R1"));
    assert_eq!(extra(&answers[0].extra, "layout-grade"), None);
}

#[test]
fn a_result_in_a_zip_is_read_all_the_same() {
    let body = zipped(
        "a.xml",
        &result("R1", vec![unit("Q1", "1"), unit("Q2", "1")]),
    );
    let answers = many(&ctx(), &once(body), &two()).unwrap();
    assert!(answers.iter().all(|a| a.validity == Some(V::Valid)));
}

#[test]
fn nobody_is_guessed_who_is_missing_or_there_twice() {
    let mut nameless = unit("", "1");
    nameless.search = None;
    let host = once(result(
        "R1",
        vec![unit("Q1", "1"), unit("Q1", "1"), nameless],
    ));
    let answers = many(&ctx(), &host, &two()).unwrap();
    for (answer, code) in answers
        .iter()
        .zip(["onshi/ambiguous", "onshi/not-in-answer"])
    {
        assert!(answer.is_error && answer.validity.is_none() && answer.found.is_empty());
        assert_eq!(answer.message, "");
        assert_eq!(extra(&answer.extra, "fault-code"), Some(code));
    }
}

#[test]
fn while_the_centre_works_a_new_request_goes_out_later_and_later() {
    let script = upload(script(), UP, &[]);
    let script = arrives(script, &[UP], UP, accepted("R1"));
    let script = download(script, "OQSmuquc02req_2.xml", "R1");
    let script = fetches(
        script,
        &["OQSmuquc02req_2.xml"],
        "OQSmuquc02req_2.xml",
        working("R1"),
    );
    let script = script.expect_sleep_until("2024-10-03T09:00:10+09:00");
    let script = download(script, "OQSmuquc02req_3.xml", "R1");
    let script = fetches(
        script,
        &["OQSmuquc02req_3.xml"],
        "OQSmuquc02req_3.xml",
        working("R1"),
    );
    let script = script.expect_sleep_until("2024-10-03T09:00:20+09:00");
    let script = download(script, "OQSmuquc02req_4.xml", "R1");
    let script = fetches(
        script,
        &["OQSmuquc02req_4.xml"],
        "OQSmuquc02req_4.xml",
        result("R1", vec![unit("Q1", "1")]),
    );
    let answers = many(
        &ctx(),
        &Host::scripted(script),
        &[query("Q1", "2024-10-01")],
    )
    .unwrap();
    assert_eq!(answers[0].validity, Some(V::Valid));
}

#[test]
fn a_centre_that_works_beyond_the_deadline_is_left_with_its_reception_number() {
    let script = Script::new().expect_now(NOW);
    let script = upload(script, UP, &[]);
    let script = arrives(script, &[UP], UP, accepted("R1")).expect_now(NOW);
    let script = download(script, DOWN, "R1");
    let script = fetches(script, &[DOWN], DOWN, working("R1"));
    let script = script.expect_now("2024-10-03T09:29:55+09:00");
    let fault = many(
        &ctx(),
        &Host::scripted(script),
        &[query("Q1", "2024-10-01")],
    )
    .unwrap_err();
    assert_eq!(
        (fault.code.as_str(), fault.retry),
        ("onshi/timeout", RetryAdvice::Later)
    );
    assert_eq!(extra(&fault.extra, "reception-number"), Some("R1"));
}

#[test]
fn a_terminal_that_is_off_for_a_day_answers_when_it_is_on_again() {
    const MORNING: &str = "2024-10-04T09:00:00+09:00";
    const LAST: &str = "2024-10-06T09:00:00+09:00";
    let ctx = testing::context(Settings {
        deadline_minutes: 3 * 24 * 60,
        ..Settings::default()
    });
    let script = Script::new().expect_now(NOW);
    let script = upload(script, UP, &[])
        .expect_wait("terminal", &[UP], LAST)
        .answers(answered(UP, accepted("R1")))
        .expect_now(MORNING);
    // Off again before it fetched the result: what was asked stays asked, and a new request
    // under a new name goes out. Whichever is answered counts.
    let script = download(script, "d1", "R1")
        .expect_wait("terminal", &["d1"], "2024-10-04T09:05:00+09:00")
        .answers(vec![])
        .expect_now("2024-10-04T09:05:00+09:00")
        .expect_now("2024-10-04T09:05:00+09:00");
    let script = download(script, "d2", "R1")
        .expect_wait("terminal", &["d1", "d2"], "2024-10-04T09:15:00+09:00")
        .answers(answered("d1", result("R1", vec![unit("Q1", "1")])));
    let answers = many(&ctx, &Host::scripted(script), &[query("Q1", "2024-10-01")]).unwrap();
    assert_eq!(answers[0].validity, Some(V::Valid));
}

#[test]
fn an_answer_of_another_institution_is_named_and_not_used() {
    let foreign = AnswerHeader {
        institution_code: Some("1319999991".into()),
        ..header()
    };
    let acceptance = file(&Acceptance {
        header: foreign.clone(),
        reception_number: Some("R1".into()),
        ..Acceptance::default()
    });
    let script = arrives(upload(script(), UP, &[]), &[UP], UP, acceptance);
    let fault = many(&ctx(), &Host::scripted(script), &two()).unwrap_err();
    assert_eq!(fault.code, "onshi/other-institution");
    assert!(fault.message_ja.contains("1319999991"), "{fault:?}");
    assert_eq!(extra(&fault.extra, "institution"), Some("1319999991"));

    let host = once(file(&BulkAnswer {
        header: foreign,
        units: vec![unit("Q1", "1")],
        ..BulkAnswer::default()
    }));
    let fault = many(&ctx(), &host, &two()).unwrap_err();
    assert_eq!(fault.code, "onshi/other-institution");
}

#[test]
fn half_a_result_is_a_fault_that_names_the_reception_number() {
    let whole = result("R1", vec![unit("Q1", "1")]);
    let host = once(whole[..whole.len() / 2].to_vec());
    let fault = many(&ctx(), &host, &two()).unwrap_err();
    assert_eq!(fault.code, "onshi/unreadable");
    assert_eq!(extra(&fault.extra, "reception-number"), Some("R1"));
}

#[test]
fn an_upload_whose_acceptance_never_came_is_not_sent_again() {
    let script = upload(script(), UP, &[]);
    let script = script.expect_wait("terminal", &[UP], UNTIL).answers(vec![]);
    let fault = many(
        &ctx(),
        &Host::scripted(script),
        &[query("Q1", "2024-10-01")],
    )
    .unwrap_err();
    assert_eq!(
        (fault.code.as_str(), fault.retry),
        ("onshi/timeout", RetryAdvice::AskFirst)
    );
    assert_eq!(fault.place.unwrap().document, UP);
}

#[test]
fn each_day_travels_in_messages_of_its_own_that_overlap() {
    let settings = Settings {
        max_people_per_message: 2,
        ..Settings::default()
    };
    let queries = [
        query("Q1", "2024-10-31"),
        query("Q2", "2024-10-01"),
        query("Q3", "2024-10-31"),
        query("Q4", "2024-10-31"),
    ];
    let day = |d: &str| format!("<QualificationConfirmationDate>{d}<");
    let script = upload(script(), "a", &[&day("20241001"), ">Q2<"]);
    let script = upload(script, "b", &[&day("20241031"), ">Q1<", ">Q3<"]);
    let script = upload(script, "c", &[&day("20241031"), ">Q4<"]);
    let script = arrives(script, &["a", "b", "c"], "b", accepted("RB"));
    let script = script
        .expect_wait("terminal", &["a", "c"], UNTIL)
        .answers(vec![
            Arrival::answer("c", "c", accepted("RC")),
            Arrival::answer("a", "a", accepted("RA")),
        ]);
    let script = download(script, "a2", "RA");
    let script = download(script, "b2", "RB");
    let script = download(script, "c2", "RC");
    let script = script
        .expect_wait("terminal", &["a2", "b2", "c2"], ROUND)
        .answers(vec![
            Arrival::answer("a2", "a2", result("RA", vec![unit("Q2", "1")])),
            Arrival::answer(
                "b2",
                "b2",
                result("RB", vec![unit("Q1", "4"), unit("Q3", "1")]),
            ),
            Arrival::answer("c2", "c2", result("RC", vec![unit("Q4", "5")])),
        ]);
    let answers = many(
        &testing::context(settings),
        &Host::scripted(script),
        &queries,
    )
    .unwrap();
    let said: Vec<_> = answers
        .into_iter()
        .map(|a| (a.query_id, a.validity.unwrap()))
        .collect();
    assert_eq!(
        said,
        [
            ("Q1".to_owned(), V::NotFound),
            ("Q2".to_owned(), V::Valid),
            ("Q3".to_owned(), V::Valid),
            ("Q4".to_owned(), V::Several)
        ]
    );
}

#[test]
fn a_refused_message_does_not_cost_the_answers_of_the_others() {
    let queries = [query("Q1", "2024-10-01"), query("Q2", "2024-10-31")];
    let script = upload(script(), "a", &[]);
    let script = upload(script, "b", &[]);
    let script = script
        .expect_wait("terminal", &["a", "b"], UNTIL)
        .answers(vec![
            Arrival::refused("a", "a.err", "?"),
            Arrival::answer("b", "b", accepted("RB")),
        ]);
    let script = download(script, "b2", "RB");
    let script = fetches(script, &["b2"], "b2", result("RB", vec![unit("Q2", "1")]));
    let answers = many(&ctx(), &Host::scripted(script), &queries).unwrap();
    assert!(answers[0].is_error);
    assert_eq!(
        extra(&answers[0].extra, "fault-code"),
        Some("onshi/refused")
    );
    assert_eq!(extra(&answers[0].extra, "content"), Some("?"));
    assert_eq!(answers[0].as_of.as_deref(), Some("2024-10-01"));
    assert_eq!(answers[1].validity, Some(V::Valid));
}

#[test]
fn a_person_who_cannot_be_asked_about_does_not_cost_the_others() {
    let queries = [
        Query {
            number: String::new(),
            ..query("Q1", "2024-10-01")
        },
        query("Q2", "2024-10-01"),
    ];
    let host = once(result("R1", vec![unit("Q2", "1")]));
    let answers = many(&ctx(), &host, &queries).unwrap();
    assert!(answers[0].is_error);
    assert_eq!(
        extra(&answers[0].extra, "fault-code"),
        Some("onshi/bad-query")
    );
    assert_eq!(answers[1].validity, Some(V::Valid));
}

#[test]
fn a_result_of_another_reception_number_or_day_is_not_used() {
    let host = once(result("R9", vec![unit("Q1", "1"), unit("Q2", "1")]));
    assert_eq!(
        many(&ctx(), &host, &two()).unwrap_err().code,
        "onshi/mismatch"
    );

    let host = once(file(&BulkAnswer {
        header: AnswerHeader {
            confirmation_date: Some("20241003".into()),
            ..header()
        },
        units: vec![unit("Q1", "1"), unit("Q2", "1")],
        ..BulkAnswer::default()
    }));
    let answers = many(&ctx(), &host, &two()).unwrap();
    assert!(answers.iter().all(|a| a.is_error && a.found.is_empty()));
}

#[test]
fn a_bulk_request_that_is_not_accepted_is_a_fault_in_the_centres_words() {
    let refusal = Acceptance {
        status: Some(ProcessingResultStatus::Error),
        code: Some("DEMO-B001".into()),
        text: Some("件数が多すぎます（架空）".into()),
        ..Acceptance::default()
    };
    let script = arrives(upload(script(), UP, &[]), &[UP], UP, file(&refusal));
    let fault = many(&ctx(), &Host::scripted(script), &two()).unwrap_err();
    assert_eq!(fault.code, "onshi/not-accepted");
    assert_eq!(
        extra(&fault.extra, "ProcessingResultCode"),
        Some("DEMO-B001")
    );
}

#[test]
fn two_queries_of_one_id_are_refused_before_anything_is_sent() {
    let queries = [query("Q1", "2024-10-01"), query("Q1", "2024-10-02")];
    let fault = many(&ctx(), &Host::scripted(script()), &queries).unwrap_err();
    assert_eq!(fault.code, "onshi/bad-query");
}
