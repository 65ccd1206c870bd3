//! Plugins that loop, trap, hoard, recurse, flood and talk nonsense.

use crate::{ctx, document, plugin};
use reseplug_effect::Fault;
use reseplug_engine::contract::{Coverage, OpenPeriod, Period, RegisterOperation};
use reseplug_engine::{CallError, Failure, FailureKind, LogLine};
use reseplug_policy::{Limit, LimitOverrides};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

fn misbehave(how: &str, limits: &[(Limit, u64)]) -> Failure {
    let plugin = plugin().with_limits(LimitOverrides(limits.to_vec()));
    let ctx = ctx(&format!(r#"{{"misbehave":"{how}"}}"#));
    match plugin.read_register(&ctx, &[]).unwrap_err() {
        CallError::Failure(failure) => {
            assert_eq!(
                (failure.plugin.as_str(), failure.call.as_str()),
                ("test-guest", "adapter.read-register")
            );
            *failure
        }
        CallError::Fault(fault) => panic!("{fault}"),
    }
}

#[test]
fn an_honest_call_returns_its_value_and_the_instance_after_it_knows_nothing_of_it() {
    for _ in 0..2 {
        let entries = plugin()
            .read_register(&ctx("{}"), &[document("a.csv", "青空花子".as_bytes())])
            .unwrap();
        assert_eq!(entries.len(), 1);
        assert_eq!(
            (
                entries[0].person.key.as_str(),
                entries[0].person.name.as_str()
            ),
            ("a.csv", "青空花子")
        );
    }
    let description = plugin().describe().unwrap();
    assert!(description.settings_schema.contains("misbehave"));
    assert!(
        reseplug_policy::settings::check(
            &description.settings_schema,
            &description.settings_example
        )
        .is_ok()
    );
}

#[test]
fn an_endless_loop_ends_at_the_limit_of_compute_time() {
    let began = Instant::now();
    let failure = misbehave("loop", &[(Limit::ComputeMs, 50)]);
    assert!(began.elapsed() < Duration::from_secs(5));
    let FailureKind::Limit {
        limit: Limit::ComputeMs,
        used: Some(used),
        most: 50,
    } = failure.kind
    else {
        panic!("{failure:?}")
    };
    assert!(used >= 50, "{used}");
    assert_eq!(failure.code(), "plugin/limit");
    assert!(
        failure.message_ja().contains("計算時間の上限"),
        "{}",
        failure.message_ja()
    );
    assert!(!failure.backtrace.is_empty());
}

#[test]
fn hoarding_memory_ends_at_the_limit_of_memory() {
    let failure = misbehave("allocate", &[(Limit::MemoryMib, 16)]);
    assert!(
        matches!(
            failure.kind,
            FailureKind::Limit {
                limit: Limit::MemoryMib,
                used: Some(17..),
                most: 16
            }
        ),
        "{failure}"
    );
}

#[test]
fn endless_recursion_is_named_a_stack_overflow() {
    let failure = misbehave("recurse", &[]);
    assert!(
        matches!(
            failure.kind,
            FailureKind::Limit {
                limit: Limit::StackKib,
                ..
            }
        ),
        "{failure:?}"
    );
}

#[test]
fn a_trap_is_a_failure_with_a_backtrace() {
    let failure = misbehave("trap", &[]);
    assert!(
        matches!(failure.kind, FailureKind::Trap { .. }),
        "{failure:?}"
    );
    assert!(
        failure.backtrace.contains("test_guest::misbehave"),
        "{}",
        failure.backtrace
    );
}

#[test]
fn a_panic_is_named_by_its_message_and_place() {
    let failure = misbehave("panic", &[]);
    let FailureKind::Panic { message, place } = &failure.kind else {
        panic!("{failure:?}")
    };
    assert_eq!(message, "nobody is there");
    assert!(place.contains("lib.rs:"), "{place}");
    let fault = Fault::from(failure);
    assert_eq!(fault.code, "plugin/panic");
    assert!(fault.message_en.contains("nobody is there"));
}

#[test]
fn a_pure_call_has_no_effects() {
    let failure = misbehave("effect", &[]);
    assert!(
        matches!(&failure.kind, FailureKind::Nonsense { what } if what.contains("TimerNow")),
        "{failure:?}"
    );
}

#[test]
fn a_fault_of_the_plugin_is_its_own() {
    let error = plugin()
        .read_register(&ctx(r#"{"misbehave":"fault"}"#), &[])
        .unwrap_err();
    let CallError::Fault(fault) = error else {
        panic!("{error}")
    };
    assert_eq!(
        (fault.code.as_str(), fault.place.unwrap().line),
        ("test/refused", Some(3))
    );
}

#[test]
fn settings_that_do_not_fit_are_a_fault_not_a_failure() {
    let error = plugin().read_register(&ctx("not json"), &[]).unwrap_err();
    assert!(matches!(error, CallError::Fault(_)), "{error}");
}

#[test]
fn operations_that_are_not_answered_are_nonsense() {
    let period = || Period {
        from: Some("2024-10-01".to_owned()),
        to: None,
    };
    let coverage = Coverage {
        insurer_number: "01990011".to_owned(),
        insurer_name: None,
        symbol: None,
        number: "1".to_owned(),
        branch: None,
        relationship: None,
        card_class: None,
        burden_percent: None,
        elderly_certificate: None,
        period: period(),
        extra: Vec::new(),
    };
    let operation = RegisterOperation::OpenPeriod(OpenPeriod {
        id: "op-1".to_owned(),
        person_key: "1".to_owned(),
        coverage,
    });
    let error = plugin()
        .apply_register(&ctx("{}"), &[], &[operation])
        .unwrap_err();
    assert!(error.to_string().contains("op-1"), "{error}");
}

#[test]
fn an_unconfirmed_rule_cannot_reject_a_claim() {
    assert_eq!(plugin().check(&ctx("{}"), &[]).unwrap().len(), 1);
    let error = plugin()
        .check(&ctx(r#"{"misbehave":"nonsense"}"#), &[])
        .unwrap_err();
    assert_eq!(Fault::from(error).code, "plugin/nonsense");
}

#[test]
fn what_goes_in_and_what_comes_out_is_limited() {
    let small = plugin().with_limits(LimitOverrides(vec![
        (Limit::InputMib, 1),
        (Limit::OutputMib, 1),
    ]));
    let error = small
        .read_register(&ctx("{}"), &[document("a", &vec![b'a'; (1 << 20) + 1])])
        .unwrap_err();
    let CallError::Failure(failure) = error else {
        panic!("{error}")
    };
    assert_eq!(
        failure.kind,
        FailureKind::Limit {
            limit: Limit::InputMib,
            used: Some(2),
            most: 1
        }
    );
    let flood = ctx(r#"{"misbehave":"flood","amount":2000000}"#);
    let error = small.apply_register(&flood, &[], &[]).unwrap_err();
    let CallError::Failure(failure) = error else {
        panic!("{error}")
    };
    assert_eq!(
        failure.kind,
        FailureKind::Limit {
            limit: Limit::OutputMib,
            used: None,
            most: 1
        }
    );
    assert!(plugin().apply_register(&flood, &[], &[]).is_ok());
}

#[test]
fn too_few_instances_are_named() {
    let failure = misbehave("no", &[(Limit::Instances, 1)]);
    assert!(
        matches!(
            failure.kind,
            FailureKind::Limit {
                limit: Limit::Instances,
                most: 1,
                ..
            }
        ),
        "{failure}"
    );
}

#[test]
fn log_lines_are_capped_and_cannot_forge_others() {
    let lines: Arc<Mutex<Vec<LogLine>>> = Arc::default();
    let sink = Arc::clone(&lines);
    let plugin = plugin()
        .with_limits(LimitOverrides(vec![(Limit::LogLines, 3)]))
        .with_log(Arc::new(move |new: &[LogLine]| {
            sink.lock().unwrap().extend_from_slice(new)
        }));
    plugin
        .read_register(&ctx(r#"{"misbehave":"log","amount":10}"#), &[])
        .unwrap();
    let lines = lines.lock().unwrap();
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[0].message, "line 0[2J forged");
    assert!(
        lines[3].message.contains("7 more lines"),
        "{}",
        lines[3].message
    );
    assert!(
        lines.iter().all(
            |line| line.plugin.as_str() == "test-guest" && line.call == "adapter.read-register"
        )
    );
}

#[test]
fn calls_side_by_side_have_their_own_time() {
    let plugin = plugin().with_limits(LimitOverrides(vec![(Limit::ComputeMs, 200)]));
    let endless = std::thread::spawn({
        let plugin = plugin.clone();
        move || {
            plugin
                .read_register(&ctx(r#"{"misbehave":"loop"}"#), &[])
                .is_err()
        }
    });
    while !endless.is_finished() {
        plugin.read_register(&ctx("{}"), &[]).unwrap();
    }
    assert!(endless.join().unwrap());
}

/// Set where this very test runs again, as a user whose files may not be large.
#[cfg(target_os = "linux")]
const LIMITED: &str = "RESEPLUG_TEST_LIMITED";

#[cfg(target_os = "linux")]
#[test]
fn a_machine_that_has_no_room_to_run_a_plugin_is_not_the_plugins_fault() {
    use reseplug_effect::RetryAdvice;
    if std::env::var_os(LIMITED).is_some() {
        let failure = misbehave("loop", &[(Limit::ComputeMs, 50)]);
        assert!(
            matches!(failure.kind, FailureKind::Machine { .. }),
            "{failure:?}"
        );
        let fault = Fault::from(failure);
        assert_eq!(
            (fault.code.as_str(), fault.retry),
            ("host/machine", RetryAdvice::Later)
        );
        assert!(
            fault.message_ja.contains("プラグインの誤りではありません"),
            "{fault:?}"
        );
        return;
    }
    // Compiled and kept before the limit is there.
    plugin();
    let name = "hostile::a_machine_that_has_no_room_to_run_a_plugin_is_not_the_plugins_fault";
    let output = std::process::Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", name])
        .env(LIMITED, "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}"
    );
}
