//! A durable call is a function of its history.

use crate::{ctx, plugin};
use reseplug_effect::{Answer, Arrival, Effect, Fault, Recorded};
use reseplug_engine::contract::{
    Holder, MedicalFormat, MedicalInformation, MedicalKind, MedicalQuery, PageRequest, QrFormat,
    Query, Verification,
};
use reseplug_engine::{Call, CallError, FailureKind, LogLine, Step};
use reseplug_policy::{Limit, LimitOverrides};
use std::sync::{Arc, Mutex};

fn query(id: &str) -> Query {
    Query {
        id: id.to_owned(),
        as_of: "2024-10-03".to_owned(),
        insurer_number: "01990011".to_owned(),
        symbol: None,
        number: "1".to_owned(),
        branch: None,
        birth_date: "1940-01-01".to_owned(),
        income_consent: false,
        extra: Vec::new(),
    }
}

fn call(settings: &str) -> Call {
    Call::VerifyEach {
        ctx: ctx(settings),
        queries: vec![query("q-1")],
    }
}

/// A world in which everything works.
fn world(effect: &Effect) -> Answer {
    match effect {
        Effect::TimerNow => Answer::Now {
            at: "2024-10-03T09:00:00+09:00".to_owned(),
        },
        Effect::ExchangePut { prefix, .. } => Answer::Published {
            name: format!("{prefix}_1.xml"),
        },
        Effect::ExchangeWait { requests, .. } => Answer::Arrivals {
            arrivals: requests
                .iter()
                .map(|request| Arrival {
                    request: request.clone(),
                    name: request.replace("req", "res"),
                    refused: false,
                    body: b"<XmlMsg/>".as_slice().into(),
                })
                .collect(),
        },
        Effect::RandomBytes { length } => Answer::Random {
            bytes: vec![7; *length as usize].into(),
        },
        Effect::TimerSleepUntil { .. } => Answer::Slept,
        other => panic!("{other:?}"),
    }
}

/// Steps until the call is over.
fn run(call: &Call) -> (Step, Vec<Recorded>) {
    let mut history = Vec::new();
    loop {
        match plugin().step(call, &history) {
            Step::Need(effect) => {
                let answer = world(&effect);
                history.push(Recorded { effect, answer });
            }
            over => return (over, history),
        }
    }
}

#[test]
fn a_call_is_stepped_to_its_end_and_every_run_asks_the_same() {
    let call = call(r#"{"amount":20}"#);
    let (step, history) = run(&call);
    let Step::Return(value) = &step else {
        panic!("{step:?}")
    };
    let answers: Vec<Verification> = serde_json::from_value(value.clone()).unwrap();
    let [verification] = answers.as_slice() else {
        panic!("{answers:?}")
    };
    assert_eq!(
        (verification.text.as_deref(), verification.message.as_str()),
        (Some("140"), "TESTres_1.xml")
    );
    assert_eq!(history.len(), 24);
    // From anywhere on the way the same thing is asked, as after a power cut.
    for length in 0..history.len() {
        assert_eq!(
            plugin().step(&call, &history[..length]),
            Step::Need(history[length].effect.clone())
        );
    }
    assert_eq!(plugin().step(&call, &history), step);
}

#[test]
fn a_call_survives_the_journal() {
    let call = call(r#"{"amount":3}"#);
    let text = serde_json::to_string(&call).unwrap();
    assert_eq!(serde_json::from_str::<Call>(&text).unwrap(), call);
    let (step, history) = run(&call);
    let history: Vec<Recorded> =
        serde_json::from_str(&serde_json::to_string(&history).unwrap()).unwrap();
    assert_eq!(plugin().step(&call, &history), step);
}

#[test]
fn a_call_that_asks_something_else_than_recorded_has_diverged() {
    let (_, history) = run(&call(r#"{"word":"first"}"#));
    let Step::Diverged {
        index: 1,
        recorded,
        now: Some(now),
    } = plugin().step(&call(r#"{"word":"second"}"#), &history)
    else {
        panic!()
    };
    assert_eq!(recorded, history[1].effect);
    assert!(matches!(now, Effect::ExchangePut { body, .. } if body.as_slice() == b"second"));
}

#[test]
fn history_left_over_at_the_end_is_a_divergence() {
    let (_, mut history) = run(&call(r#"{"amount":2}"#));
    let extra = Effect::RandomBytes { length: 1 };
    history.push(Recorded {
        answer: world(&extra),
        effect: extra.clone(),
    });
    let step = plugin().step(&call(r#"{"amount":2}"#), &history);
    assert_eq!(
        step,
        Step::Diverged {
            index: history.len() - 1,
            recorded: extra,
            now: None
        }
    );
}

#[test]
fn a_refusal_of_the_world_is_the_plugins_to_handle() {
    let call = call("{}");
    let mut history = run(&call).1;
    history.truncate(2);
    history[1].answer = Answer::Fault {
        fault: Fault::new("policy/denied", "許可がありません", "not granted"),
    };
    let Step::Fault(fault) = plugin().step(&call, &history) else {
        panic!()
    };
    assert_eq!(fault.code, "policy/denied");
}

#[test]
fn an_answer_that_no_such_effect_can_have_is_the_hosts_failure() {
    let call = call("{}");
    let history = [Recorded {
        effect: Effect::TimerNow,
        answer: Answer::Slept,
    }];
    let Step::Failed(CallError::Failure(failure)) = plugin().step(&call, &history) else {
        panic!()
    };
    assert!(
        matches!(failure.kind, FailureKind::Host { .. }),
        "{failure}"
    );
    assert_eq!(failure.call, "eligibility.verify-each");
}

#[test]
fn an_answer_to_another_question_is_nonsense() {
    let (step, _) = run(&call(r#"{"misbehave":"nonsense"}"#));
    let Step::Failed(error) = step else {
        panic!("{step:?}")
    };
    assert_eq!(Fault::from(error).code, "plugin/nonsense");
}

#[test]
fn a_call_that_fails_after_some_effects_says_how() {
    let (step, history) = run(&call(r#"{"misbehave":"panic"}"#));
    let Step::Failed(CallError::Failure(failure)) = step else {
        panic!("{step:?}")
    };
    assert!(matches!(failure.kind, FailureKind::Panic { .. }));
    assert_eq!(history.len(), 3);
}

#[test]
fn each_log_line_is_heard_once_and_a_panic_always() {
    let lines: Arc<Mutex<Vec<LogLine>>> = Arc::default();
    let sink = Arc::clone(&lines);
    let plugin = plugin().with_log(Arc::new(move |new: &[LogLine]| {
        sink.lock().unwrap().extend_from_slice(new)
    }));
    let call = call(r#"{"amount":3}"#);
    let (step, history) = run(&call);
    for length in 0..=history.len() {
        plugin.step(&call, &history[..length]);
    }
    assert!(matches!(step, Step::Return(_)));
    let heard: Vec<_> = lines
        .lock()
        .unwrap()
        .drain(..)
        .map(|line| line.message)
        .collect();
    assert_eq!(heard, ["begin", "published", "step 0", "step 1", "step 2"]);

    let call = self::call(r#"{"misbehave":"panic"}"#);
    let history = run(&call).1;
    plugin.step(&call, &history);
    let heard: Vec<_> = lines
        .lock()
        .unwrap()
        .drain(..)
        .map(|line| line.message)
        .collect();
    assert_eq!(heard, ["panic: nobody is there"]);
}

#[test]
fn a_history_larger_than_the_limit_is_refused() {
    let call = call("{}");
    let (_, mut history) = run(&call);
    let Answer::Arrivals { arrivals } = &mut history[2].answer else {
        panic!()
    };
    arrivals[0].body = vec![b' '; (1 << 20) + 1].into();
    let plugin = plugin().with_limits(LimitOverrides(vec![(Limit::InputMib, 1)]));
    let Step::Failed(CallError::Failure(failure)) = plugin.step(&call, &history) else {
        panic!()
    };
    assert!(matches!(
        failure.kind,
        FailureKind::Limit {
            limit: Limit::InputMib,
            ..
        }
    ));
}

fn recheck(settings: &str) -> Call {
    Call::RecheckMany {
        ctx: ctx(settings),
        queries: vec![query("q-1"), query("q-2")],
    }
}

fn medical(settings: &str) -> Call {
    Call::FetchMedical {
        ctx: ctx(settings),
        query: MedicalQuery {
            id: "m-1".to_owned(),
            kind: MedicalKind::Drug,
            format: MedicalFormat::Xml,
            holder: Holder {
                insurer_number: "01990011".to_owned(),
                symbol: None,
                number: "0012".to_owned(),
                branch: None,
                birth_date: "1940-01-01".to_owned(),
                extra: Vec::new(),
            },
            from: Some("2024-08".to_owned()),
            to: None,
            with_diagnoses: false,
            extra: Vec::new(),
        },
    }
}

#[test]
fn calls_of_home_visit_are_stepped_like_any_other_durable_call() {
    let (step, history) = run(&recheck("{}"));
    let Step::Return(value) = step else {
        panic!("{step:?}")
    };
    let answers: Vec<Verification> = serde_json::from_value(value).unwrap();
    let ids: Vec<&str> = answers.iter().map(|a| a.query_id.as_str()).collect();
    assert_eq!(ids, ["q-1", "q-2"]);
    assert_eq!(history.len(), 8);

    let call = medical("{}");
    // A journal keeps the call as text and steps it again.
    let kept: Call = serde_json::from_str(&serde_json::to_string(&call).unwrap()).unwrap();
    assert_eq!(kept, call);
    let (step, _) = run(&kept);
    let Step::Return(value) = step else {
        panic!("{step:?}")
    };
    let answer: MedicalInformation = serde_json::from_value(value).unwrap();
    assert_eq!(answer.query_id, "m-1");
    assert_eq!(answer.entries[0].date.as_deref(), Some("2024-08"));
    assert_eq!(answer.entries[0].values[0].1, "0012");
    assert_eq!(answer.document.unwrap().bytes, b"<XmlMsg/>");
}

#[test]
fn answers_of_home_visit_that_belong_to_other_questions_are_refused() {
    for call in [
        recheck(r#"{"misbehave":"nonsense"}"#),
        medical(r#"{"misbehave":"nonsense"}"#),
    ] {
        let (step, _) = run(&call);
        let Step::Failed(CallError::Failure(failure)) = &step else {
            panic!("{step:?}")
        };
        assert!(
            matches!(failure.kind, FailureKind::Nonsense { .. }),
            "{failure}"
        );
    }
}

#[test]
fn a_plugin_without_home_visit_loads_and_says_that_it_does_not_offer_it() {
    let bytes = crate::without_home_visit();
    assert!(!reseplug_engine::inspect(&bytes).unwrap().home_visit);
    let plugin = crate::engine().load(&bytes).unwrap();
    let inspection = plugin.inspection();
    assert!(inspection.exports_interface_of("eligibility.verify-many"));
    assert!(!inspection.exports_interface_of("home-visit.recheck-many"));
    let page = Call::VisitPage {
        ctx: ctx("{}"),
        request: PageRequest {
            qr: QrFormat::Png,
            change_url: false,
            extra: Vec::new(),
        },
    };
    for call in [recheck("{}"), medical("{}"), page] {
        let Step::Fault(fault) = plugin.step(&call, &[]) else {
            panic!()
        };
        assert_eq!(fault.code, "plugin/unsupported");
        assert!(fault.message_en.contains(call.name()), "{fault:?}");
    }
}

#[test]
fn a_role_that_the_plugin_has_not_is_unsupported() {
    let call = Call::Downloads {
        ctx: ctx("{}"),
        known: Vec::new(),
    };
    let Step::Fault(fault) = plugin().step(&call, &[]) else {
        panic!()
    };
    assert_eq!(fault.code, "plugin/unsupported");
}
