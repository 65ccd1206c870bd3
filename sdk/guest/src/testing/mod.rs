//! The test kit: a scripted host, an example station, checks of what a plugin says of itself.
//! Native only; nothing of it is in a component.

mod honest;
mod pattern;
pub(crate) mod script;

pub use honest::{
    check_adapter, check_claims, check_description, check_eligibility, check_home_visit,
};
pub use pattern::Pattern;
pub use script::{Expectation, Script};

use crate::Context;
use crate::types::Station;

/// A fictional station: ひだまり訪問看護ステーション, 9999998.
pub fn station() -> Station {
    Station {
        code: "9999998".into(),
        prefecture: "13".into(),
        name: "ひだまり訪問看護ステーション".into(),
        phone: Some("03-0000-0000".into()),
        institution_code: "1369999998".into(),
    }
}

/// A context of the fictional station with these settings.
pub fn context<S>(settings: S) -> Context<S> {
    Context {
        settings,
        station: station(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imports::{Arrival, Response};
    use crate::{Fault, Host, Moment};
    use std::panic::{AssertUnwindSafe, catch_unwind};

    fn message(run: impl FnOnce()) -> String {
        let panic = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
        panic.downcast_ref::<String>().cloned().unwrap_or_default()
    }

    #[test]
    fn a_script_answers_in_order() {
        let until: Moment = "2024-10-03T09:10:00+09:00".parse().unwrap();
        let host = Host::scripted(
            Script::new()
                .clock("2024-10-03T09:00:00+09:00")
                .expect_put("terminal", "OQSsiquc01req", "xml", "<a/>")
                .answers("OQSsiquc01req_1.xml")
                .expect_sleep_until("2024-10-03T09:05:00+09:00")
                .expect_wait("terminal", &["OQSsiquc01req_1.xml"], until)
                .answers(vec![Arrival::refused("OQSsiquc01req_1.xml", "x.err", "")])
                .expect_send("gateway", "POST", "submissions")
                .with_header("Idempotency-Key", "k1")
                .with_body("{}")
                .refuses(Fault::new("effect/in-doubt", "不明", "unknown").ask_first())
                .expect_random([1, 2, 3]),
        );
        let folder = host.exchange("terminal");
        let name = folder.put("OQSsiquc01req", "xml", b"<a/>").unwrap();
        host.sleep_until(host.now().unwrap().plus_seconds(300));
        assert_eq!(folder.wait(&[name], until).unwrap().len(), 1);
        let request = crate::imports::Request::new("POST", "submissions")
            .header("idempotency-key", "k1")
            .body("{}");
        let fault = host.endpoint("gateway").send(&request).unwrap_err();
        assert_eq!(fault.retry, crate::RetryAdvice::AskFirst);
        assert_eq!(host.random(3), [1, 2, 3]);
    }

    #[test]
    fn a_difference_is_shown_line_by_line_with_the_place_of_the_expectation() {
        let text = message(|| {
            let host = Host::scripted(
                Script::new()
                    .expect_place("out", "a.txt", "one\ntwo\n")
                    .answers("a.txt"),
            );
            let _ = host.exchange("out").place("a.txt", b"one\nzwei\n");
        });
        assert!(text.contains("line 2 - \"two\""), "{text}");
        assert!(text.contains("line 2 + \"zwei\""), "{text}");
        assert!(!text.contains("line 1"), "{text}");
        assert!(text.contains("mod.rs"), "{text}");
    }

    #[test]
    fn a_header_that_is_not_sent_is_missed() {
        let text = message(|| {
            let host = Host::scripted(
                Script::new()
                    .expect_send("gateway", "GET", "state")
                    .with_header("accept", Pattern::Any)
                    .answers(Response::new(200, "")),
            );
            let _ = host.endpoint("gateway").get("state");
        });
        assert!(
            text.contains("header accept") && text.contains("absent"),
            "{text}"
        );
    }

    #[test]
    fn a_call_that_nobody_expects_fails() {
        let text = message(|| {
            let _ = Host::scripted(Script::new()).identity("station");
        });
        assert!(
            text.contains("not in the script") && text.contains("station"),
            "{text}"
        );
    }

    #[test]
    fn an_expectation_left_over_fails() {
        let text = message(|| {
            drop(Host::scripted(
                Script::new().expect_now("2024-10-03T09:00:00+09:00"),
            ));
        });
        assert!(text.contains("timer.now"), "{text}");
    }

    struct Silent;

    impl crate::Plugin for Silent {
        type Settings = crate::NoSettings;
        const SUMMARY_JA: &'static str = "何もしません。";
        const SUMMARY_EN: &'static str = "Does nothing.";
        fn unsupported() -> &'static [&'static str] {
            &["claims.submit", "claims.downloads"]
        }
    }

    impl crate::Claims for Silent {}

    #[test]
    fn a_function_that_is_not_offered_must_be_listed() {
        check_description::<Silent>();
        let text = message(check_claims::<Silent>);
        assert!(text.contains("claims.get-status is not offered"), "{text}");
    }

    #[test]
    fn describe_carries_the_schema_and_an_example() {
        let description = crate::describe::<Silent>();
        assert_eq!(description.settings_example, "{}");
        let schema: serde_json::Value = serde_json::from_str(&description.settings_schema).unwrap();
        assert_eq!(
            schema["$schema"],
            "https://json-schema.org/draft/2020-12/schema"
        );
        assert_eq!(schema["additionalProperties"], false);
    }
}
