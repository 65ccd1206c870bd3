//! 請求確定, 請求取消 and 取下げ.

use super::*;

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
fn an_answer_about_another_submission_is_no_answer_and_the_own_one_is_asked_for() {
    let mut other = confirmed(true);
    other["id"] = json!("s-999999");
    let host = Host::scripted(
        Script::new()
            .clock(NOW)
            .expect_send(
                "gateway",
                "POST",
                "submissions/s-000001/confirm?errors=include",
            )
            .answers(ok(&other))
            .expect_sleep_until(SETTLED)
            .expect_send("gateway", "GET", "submissions/s-000001")
            .answers(ok(&confirmed(true))),
    );
    let status = ClaimsGateway::confirm(&ctx(), &host, "s-000001", true).unwrap();
    assert_eq!(status.reference, "s-000001");
}

const TAKE_DOWN: &str = "submissions/s-000001/take-down";

fn taken_down(receipts: &[u32]) -> Value {
    let mut submission = confirmed(true);
    submission["taken_down"] = json!([{"receipts": receipts, "reason": "誤り", "at": NOW}]);
    submission
}

#[test]
fn a_take_down_names_receipts_and_reason_and_the_status_says_what_was_asked_back() {
    let host = Host::scripted(
        Script::new()
            .expect_send("gateway", "POST", TAKE_DOWN)
            .with_header("content-type", "application/json")
            .with_body(r#"{"reason":"誤り","receipts":[2]}"#.as_bytes().to_vec())
            .answers(ok(&taken_down(&[2]))),
    );
    let status = ClaimsGateway::take_down(&ctx(), &host, "s-000001", &[2], "誤り").unwrap();
    assert_eq!(status.state, State::Confirmed);
    assert_eq!(status.extra, [("taken-down".to_owned(), "2".to_owned())]);
}

#[test]
fn a_take_down_in_doubt_is_asked_for_before_it_is_repeated() {
    let host = Host::scripted(
        Script::new()
            .clock(NOW)
            .expect_send("gateway", "POST", TAKE_DOWN)
            .refuses(in_doubt())
            .expect_sleep_until(SETTLED)
            .expect_send("gateway", "GET", "submissions/s-000001")
            .answers(ok(&taken_down(&[1])))
            .expect_send("gateway", "POST", TAKE_DOWN)
            .answers(Response::new(502, ""))
            .expect_sleep_until(SETTLED)
            .expect_send("gateway", "GET", "submissions/s-000001")
            .answers(ok(&taken_down(&[1, 2]))),
    );
    let status = ClaimsGateway::take_down(&ctx(), &host, "s-000001", &[1, 2], "誤り").unwrap();
    assert_eq!(status.extra, [("taken-down".to_owned(), "1,2".to_owned())]);
}

#[test]
fn nothing_and_without_a_reason_is_not_taken_down() {
    for (receipts, reason) in [(&[][..], "誤り"), (&[1][..], " ")] {
        let host = Host::scripted(Script::new());
        let fault =
            ClaimsGateway::take_down(&ctx(), &host, "s-000001", receipts, reason).unwrap_err();
        assert_eq!(fault.code, "gateway/take-down");
    }
    let host = Host::scripted(
        Script::new()
            .expect_send("gateway", "POST", TAKE_DOWN)
            .answers(problem(409, "reviewed")),
    );
    let fault = ClaimsGateway::take_down(&ctx(), &host, "s-000001", &[1], "誤り").unwrap_err();
    assert_eq!(
        (fault.code.as_str(), fault.retry),
        ("gateway/reviewed", RetryAdvice::Never)
    );
}
