//! Handing in, and what is done when nobody knows what became of it.

use super::*;

#[test]
fn a_filing_travels_under_its_key_with_exact_bytes() {
    let host = Host::scripted(
        Script::new()
            .expect_send("gateway", "POST", "submissions")
            .with_header("idempotency-key", "9999998:1:2024-11")
            .with_header("content-sha256", sha256(CLAIM))
            .with_header("x-payer", "1")
            .with_header("x-claim-month", "2024-11")
            .with_header("x-kind", "claim")
            .with_body(CLAIM.to_vec())
            .answers(Response::new(201, submission("checking").to_string()))
            .expect_send("gateway", "GET", FIND)
            .answers(ok(&json!({"submissions": [submission("checking")]}))),
    );
    let submitted = ClaimsGateway::submit(&ctx(), &host, &filing()).unwrap();
    assert_eq!(
        (submitted.reference.as_str(), submitted.state),
        ("s-000001", State::Checking)
    );
}

#[test]
fn an_unknown_outcome_is_asked_for_and_not_sent_again_when_it_is_there() {
    let host = Host::scripted(
        Script::new()
            .clock(NOW)
            .expect_send("gateway", "POST", "submissions")
            .refuses(in_doubt())
            .expect_sleep_until(SETTLED)
            .expect_send("gateway", "GET", FIND)
            .answers(ok(&json!({"submissions": [submission("checked")]})))
            .expect_send("gateway", "GET", FIND)
            .answers(ok(&json!({"submissions": [submission("checked")]}))),
    );
    let submitted = ClaimsGateway::submit(&ctx(), &host, &filing()).unwrap();
    assert_eq!(submitted.reference, "s-000001");
}

#[test]
fn only_when_the_gateway_knows_nothing_of_it_is_it_sent_again_under_the_same_key() {
    let host = Host::scripted(
        Script::new()
            .clock(NOW)
            .expect_send("gateway", "POST", "submissions")
            .refuses(in_doubt())
            .expect_sleep_until(SETTLED)
            .expect_send("gateway", "GET", FIND)
            .refuses(Fault::new("egress/connection-refused", "不通", "down").later())
            .expect_sleep_until(SETTLED)
            .expect_send("gateway", "GET", FIND)
            .answers(ok(&json!({"submissions": []})))
            .expect_send("gateway", "POST", "submissions")
            .with_header("idempotency-key", "9999998:1:2024-11")
            .answers(ok(&submission("checked")))
            .expect_send("gateway", "GET", FIND)
            .answers(ok(&json!({"submissions": [submission("checked")]}))),
    );
    ClaimsGateway::submit(&ctx(), &host, &filing()).unwrap();
}

#[test]
fn when_asking_brings_nothing_a_person_is_told_to_ask() {
    let mut script = Script::new()
        .clock(NOW)
        .expect_send("gateway", "POST", "submissions")
        .answers(Response::new(504, "<html>bad gateway</html>"));
    for _ in 0..3 {
        script = script
            .expect_sleep_until(SETTLED)
            .expect_send("gateway", "GET", FIND)
            .refuses(Fault::new("egress/dns", "不通", "down").later());
    }
    let fault = ClaimsGateway::submit(&ctx(), &Host::scripted(script), &filing()).unwrap_err();
    assert_eq!(
        (fault.code.as_str(), fault.retry),
        ("gateway/outcome-unknown", RetryAdvice::AskFirst)
    );
}

#[test]
fn when_it_is_never_there_after_all_rounds_it_is_said_to_be_undone() {
    let mut script = Script::new().clock(NOW);
    for _ in 0..3 {
        script = script
            .expect_send("gateway", "POST", "submissions")
            .answers(problem(500, "simulated-error"))
            .expect_sleep_until(SETTLED)
            .expect_send("gateway", "GET", FIND)
            .answers(ok(&json!({"submissions": []})));
    }
    let fault = ClaimsGateway::submit(&ctx(), &Host::scripted(script), &filing()).unwrap_err();
    assert_eq!(
        (fault.code.as_str(), fault.retry),
        ("gateway/not-done", RetryAdvice::Later)
    );
}

#[test]
fn what_was_certainly_not_sent_is_not_asked_for() {
    let host = Host::scripted(
        Script::new()
            .expect_send("gateway", "POST", "submissions")
            .refuses(Fault::new("egress/connection-refused", "不通", "down").later()),
    );
    let fault = ClaimsGateway::submit(&ctx(), &host, &filing()).unwrap_err();
    assert_eq!(
        (fault.code.as_str(), fault.retry),
        ("egress/connection-refused", RetryAdvice::Later)
    );
}

#[test]
fn a_refusal_keeps_its_code_its_words_and_its_text() {
    let refused = |response: Response| {
        let host = Host::scripted(
            Script::new()
                .expect_send("gateway", "POST", "submissions")
                .answers(response),
        );
        ClaimsGateway::submit(&ctx(), &host, &filing()).unwrap_err()
    };
    let fault = refused(problem(409, "key-with-other-content"));
    assert_eq!(
        (fault.code.as_str(), fault.retry),
        ("gateway/key-with-other-content", RetryAdvice::Never)
    );
    assert!(fault.message_ja.contains("理由") && fault.message_en.contains("why"));
    assert!(
        fault
            .extra
            .iter()
            .any(|(name, text)| name == "body" && text.contains("detail_ja"))
    );
    assert_eq!(
        refused(problem(503, "outside-hours")).retry,
        RetryAdvice::Later
    );
    let outside = refused(Response {
        headers: vec![("Retry-After".into(), "39600".into())],
        ..problem(503, "outside-hours")
    });
    assert!(
        outside
            .extra
            .contains(&("retry-after".into(), "39600".into()))
    );
    assert_eq!(
        refused(problem(403, "certificate-revoked")).retry,
        RetryAdvice::Never
    );
    assert_eq!(
        refused(problem(409, "still-checking")).retry,
        RetryAdvice::Later
    );
    assert_eq!(refused(Response::new(429, "")).retry, RetryAdvice::Later);
    assert_eq!(
        refused(problem(400, "Strange Code")).code,
        "gateway/http-400"
    );
}

#[test]
fn what_cannot_be_filed_is_not_sent() {
    let wrong_digest = Filing {
        sha256: "0".repeat(64),
        ..filing()
    };
    let wrong_key = Filing {
        key: "a\r\nb".into(),
        ..filing()
    };
    for (filing, code) in [
        (wrong_digest, "claims/file-differs"),
        (wrong_key, "gateway/key"),
    ] {
        let fault =
            ClaimsGateway::submit(&ctx(), &Host::scripted(Script::new()), &filing).unwrap_err();
        assert_eq!(fault.code, code);
    }
    for reference in ["", "../x", "a/b", "s?x", "あ", "."] {
        let fault = ClaimsGateway::get_status(&ctx(), &Host::scripted(Script::new()), reference)
            .unwrap_err();
        assert_eq!(fault.code, "gateway/reference", "{reference}");
    }
}

#[test]
fn an_answer_about_another_file_under_the_same_key_is_not_taken() {
    let mut other = submission("checked");
    other["sha256"] = json!("0".repeat(64));
    let host = Host::scripted(
        Script::new()
            .expect_send("gateway", "POST", "submissions")
            .answers(ok(&other)),
    );
    let fault = ClaimsGateway::submit(&ctx(), &host, &filing()).unwrap_err();
    assert_eq!(fault.code, "gateway/other-submission");
}

#[test]
fn after_an_answer_about_another_key_the_own_one_is_asked_for() {
    let mut other = submission("checked");
    other["key"] = json!("another-key");
    let host = Host::scripted(
        Script::new()
            .clock(NOW)
            .expect_send("gateway", "POST", "submissions")
            .answers(ok(&other))
            .expect_sleep_until(SETTLED)
            .expect_send("gateway", "GET", FIND)
            .answers(ok(&json!({"submissions": [submission("checked")]})))
            .expect_send("gateway", "GET", FIND)
            .answers(ok(&json!({"submissions": [submission("checked")]}))),
    );
    let submitted = ClaimsGateway::submit(&ctx(), &host, &filing()).unwrap();
    assert_eq!(submitted.reference, "s-000001");
}

#[test]
fn of_a_key_taken_twice_the_first_counts_and_the_others_are_named_to_be_withdrawn() {
    let other = |id: &str, state: &str| {
        let mut other = submission(state);
        other["id"] = json!(id);
        other
    };
    let listed = json!({"submissions": [
        submission("checked"), other("s-000002", "checked"), other("s-000003", "withdrawn"),
    ]});
    let host = Host::scripted(
        Script::new()
            .expect_send("gateway", "POST", "submissions")
            .answers(ok(&other("s-000002", "checked")))
            .expect_send("gateway", "GET", FIND)
            .answers(ok(&listed)),
    );
    let submitted = ClaimsGateway::submit(&ctx(), &host, &filing()).unwrap();
    assert_eq!(submitted.reference, "s-000001");
    assert_eq!(
        submitted.extra,
        [("twice".to_owned(), "s-000002".to_owned())]
    );
}

#[test]
fn what_was_taken_counts_as_taken_when_nobody_can_be_asked_for_others() {
    let host = Host::scripted(
        Script::new()
            .expect_send("gateway", "POST", "submissions")
            .answers(ok(&submission("checked")))
            .expect_send("gateway", "GET", FIND)
            .refuses(Fault::new("egress/dns", "不通", "down").later()),
    );
    let submitted = ClaimsGateway::submit(&ctx(), &host, &filing()).unwrap();
    assert_eq!(
        (submitted.reference.as_str(), submitted.extra),
        (
            "s-000001",
            vec![("not-asked-for-others".to_owned(), "egress/dns".to_owned())]
        )
    );
}

fn elsewhere(status: u16) -> Response {
    Response {
        headers: vec![("location".into(), "https://login.invalid/".into())],
        ..Response::new(status, "")
    }
}

#[test]
fn a_redirection_is_not_followed_and_leaves_the_outcome_open() {
    // The gateway itself answers when asked: nothing had arrived.
    let host = Host::scripted(
        Script::new()
            .clock(NOW)
            .expect_send("gateway", "POST", "submissions")
            .answers(elsewhere(302))
            .expect_sleep_until(SETTLED)
            .expect_send("gateway", "GET", FIND)
            .answers(ok(&json!({"submissions": []})))
            .expect_send("gateway", "POST", "submissions")
            .answers(ok(&submission("checked")))
            .expect_send("gateway", "GET", FIND)
            .answers(ok(&json!({"submissions": [submission("checked")]}))),
    );
    ClaimsGateway::submit(&ctx(), &host, &filing()).unwrap();
    // Everything is redirected: a person has to look, and to ask before anything is sent again.
    let host = Host::scripted(
        Script::new()
            .clock(NOW)
            .expect_send("gateway", "POST", "submissions")
            .answers(elsewhere(307))
            .expect_sleep_until(SETTLED)
            .expect_send("gateway", "GET", FIND)
            .answers(elsewhere(307)),
    );
    let fault = ClaimsGateway::submit(&ctx(), &host, &filing()).unwrap_err();
    assert_eq!(
        (fault.code.as_str(), fault.retry),
        ("gateway/redirect", RetryAdvice::AskFirst)
    );
    assert!(
        fault
            .extra
            .contains(&("location".into(), "https://login.invalid/".into()))
    );
    // What only reads changed nothing.
    let host = Host::scripted(
        Script::new()
            .expect_send("gateway", "GET", "submissions/s-000001")
            .answers(elsewhere(301)),
    );
    let fault = ClaimsGateway::get_status(&ctx(), &host, "s-000001").unwrap_err();
    assert_eq!(
        (fault.code.as_str(), fault.retry),
        ("gateway/redirect", RetryAdvice::Never)
    );
}
