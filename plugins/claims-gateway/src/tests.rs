use super::*;
use reseplug_sdk::claims::{FilingKind, State};
use reseplug_sdk::imports::Response;
use reseplug_sdk::testing::{self, Pattern, Script};
use reseplug_sdk::{DocumentKind, Payer, RetryAdvice, Severity};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const NOW: &str = "2024-11-07T10:00:00+09:00";
const SETTLED: &str = "2024-11-07T10:00:10+09:00";
/// Only the gateway reads the file; any bytes will do here.
const CLAIM: &[u8] = b"HM,1\r\nGO\r\n\x1a";

fn ctx() -> Context<Settings> {
    testing::context(Settings::default())
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn filing() -> Filing {
    Filing {
        key: "9999998:1:2024-11".into(),
        payer: Payer::SocialInsuranceFund,
        claim_month: "2024-11".into(),
        kind: FilingKind::Claim,
        sequence: 1,
        sha256: sha256(CLAIM),
        receipts: 2,
        total: 32_960,
        document: Document::new("RECEIPTH.UKE", DocumentKind::Claim, CLAIM),
    }
}

fn submission(state: &str) -> Value {
    json!({
        "id": "s-000001", "key": "9999998:1:2024-11", "sha256": sha256(CLAIM), "kind": "claim", "payer": "1",
        "claim_month": "2024-11", "state": state, "receipts": 2, "total": 32_960,
        "counts": {"normal": 1, "attention": 1, "rejected": 0},
        "received_at": NOW, "updated_at": NOW, "confirmation": null, "news": [1],
    })
}

fn confirmed(include_errors: bool) -> Value {
    let mut submission = submission("confirmed");
    submission["confirmation"] = json!({
        "include_errors": include_errors, "automatic": false, "at": NOW, "receipts": 2, "total": 32_960, "number": "N-1",
    });
    submission
}

fn ok(body: &Value) -> Response {
    Response::new(200, body.to_string())
}

fn problem(status: u16, code: &str) -> Response {
    let body = json!({
        "type": "about:blank", "title": "x", "status": status, "code": code, "detail_ja": "理由", "detail_en": "why",
    });
    Response::new(status, body.to_string())
}

fn in_doubt() -> Fault {
    Fault::new("effect/in-doubt", "不明", "unknown").ask_first()
}

const FIND: &str = "submissions?key=9999998%3A1%3A2024-11";

#[test]
fn the_plugin_describes_itself_truly() {
    testing::check_description::<ClaimsGateway>();
    testing::check_claims::<ClaimsGateway>();
}

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
            .answers(Response::new(201, submission("checking").to_string())),
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
            .answers(ok(&submission("checked"))),
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
    assert_eq!(refused(Response::new(302, "")).code, "gateway/http-302");
    assert_eq!(
        refused(problem(400, "Strange Code")).code,
        "gateway/http-400"
    );
}

#[test]
fn an_answer_about_another_file_is_not_taken() {
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
fn a_status_carries_the_three_counts_and_bears_new_words() {
    let host = Host::scripted(
        Script::new()
            .expect_send("gateway", "GET", "submissions/s-000001")
            .answers(ok(&submission("on-hold"))),
    );
    let status = ClaimsGateway::get_status(&ctx(), &host, "s-000001").unwrap();
    assert_eq!(
        (status.normal, status.attention, status.rejected),
        (1, 1, 0)
    );
    assert_eq!(status.state, State::Other("on-hold".into()));
}

#[test]
fn findings_keep_code_basis_place_and_receipt() {
    let row = json!({
        "code": "R-HO-01", "severity": "attention", "grade": "official", "basis": "記録条件仕様 HO2", "line": 17,
        "record": "HO", "field": 2, "receipt": 2, "byte": 700, "message_ja": "検証番号", "message_en": "check digit",
        "action_ja": "確認", "action_en": "look",
    });
    let mut strange = row.clone();
    strange["severity"] = json!("grave");
    strange["line"] = Value::Null;
    let host = Host::scripted(
        Script::new()
            .expect_send("gateway", "GET", "submissions/s-000001/findings")
            .answers(ok(&json!({"findings": [row, strange]}))),
    );
    let findings = ClaimsGateway::findings(&ctx(), &host, "s-000001").unwrap();
    assert_eq!(
        (findings[0].place.line, findings[0].place.field.as_deref()),
        (Some(17), Some("2"))
    );
    assert_eq!(
        (findings[0].receipt, findings[0].byte),
        (Some(2), Some(700))
    );
    assert_eq!(findings[1].severity, Severity::Attention);
    assert_eq!(
        findings[1].extra,
        [("severity".to_owned(), "grave".to_owned())]
    );
}

#[test]
fn a_confirmation_in_doubt_is_read_from_the_state_and_not_repeated() {
    let host = Host::scripted(
        Script::new()
            .clock(NOW)
            .expect_send(
                "gateway",
                "POST",
                "submissions/s-000001/confirm?errors=include",
            )
            .refuses(in_doubt())
            .expect_sleep_until(SETTLED)
            .expect_send("gateway", "GET", "submissions/s-000001")
            .answers(ok(&confirmed(true))),
    );
    let status = ClaimsGateway::confirm(&ctx(), &host, "s-000001", true).unwrap();
    assert_eq!(status.state, State::Confirmed);
    assert_eq!(status.confirmation.unwrap().number, "N-1");
}

#[test]
fn a_withdrawal_that_did_not_happen_is_tried_again_after_asking() {
    let host = Host::scripted(
        Script::new()
            .clock(NOW)
            .expect_send("gateway", "POST", "submissions/s-000001/withdraw")
            .refuses(in_doubt())
            .expect_sleep_until(SETTLED)
            .expect_send("gateway", "GET", "submissions/s-000001")
            .answers(ok(&submission("checked")))
            .expect_send("gateway", "POST", "submissions/s-000001/withdraw")
            .answers(problem(409, "confirmed")),
    );
    let fault = ClaimsGateway::withdraw(&ctx(), &host, "s-000001").unwrap_err();
    assert_eq!(fault.code, "gateway/confirmed");
}

#[test]
fn an_acknowledgement_is_absent_until_there_is_one_and_is_kept_as_it_came() {
    let body = json!({
        "submission": "s-000001", "number": "N-1", "payer": "1", "claim_month": "2024-11", "receipts": 2,
        "total": 32_960, "at": NOW, "automatic": true,
    });
    let path = "submissions/s-000001/acknowledgement";
    let host = Host::scripted(
        Script::new()
            .expect_send("gateway", "GET", path)
            .answers(problem(404, "acknowledgement-not-yet"))
            .expect_send("gateway", "GET", path)
            .with_header("accept", Pattern::containing(["json"]))
            .answers(ok(&body))
            .expect_send("gateway", "GET", path)
            .answers(problem(404, "not-found")),
    );
    let ask = || ClaimsGateway::get_acknowledgement(&ctx(), &host, "s-000001");
    assert_eq!(ask().unwrap(), None);
    let acknowledgement = ask().unwrap().unwrap();
    assert_eq!(
        (acknowledgement.receipts, acknowledgement.total),
        (2, 32_960)
    );
    assert_eq!(acknowledgement.payer, Payer::SocialInsuranceFund);
    assert_eq!(
        acknowledgement.document.bytes,
        body.to_string().into_bytes()
    );
    assert_eq!(ask().unwrap_err().code, "gateway/not-found");
}

#[test]
fn returns_are_fetched_whole_in_the_order_of_the_gateway() {
    let listed = |sha256: String| {
        ok(
            &json!({"returns": [{"id": "r-000001", "name": "r-000001.HEN", "sha256": sha256, "size": 3}]}),
        )
    };
    let host = Host::scripted(
        Script::new()
            .expect_send("gateway", "GET", "returns")
            .answers(listed(sha256(b"HH\x1a")))
            .expect_send("gateway", "GET", "returns/r-000001")
            .answers(Response::new(200, b"HH\x1a".to_vec()))
            .expect_send("gateway", "GET", "returns")
            .answers(listed(sha256(b"HH\x1a")))
            .expect_send("gateway", "GET", "returns/r-000001")
            .answers(Response::new(200, b"HH".to_vec())),
    );
    let documents = ClaimsGateway::downloads(&ctx(), &host, &[]).unwrap();
    assert_eq!(
        (
            documents[0].document.name.as_str(),
            documents[0].document.bytes.as_slice()
        ),
        ("r-000001.HEN", &b"HH\x1a"[..])
    );
    assert_eq!(
        ClaimsGateway::downloads(&ctx(), &host, &[])
            .unwrap_err()
            .code,
        "gateway/other-submission"
    );
}
