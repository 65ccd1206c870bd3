use crate::host::{Ended, Host};
use crate::invented::station;
use reseplug_effect::{Fault, RepeatClass};
use reseplug_journal::{JobState, Journal, NewJob};
use serde_json::{Value, json};

/// A job and its question, as a run that was cut off leaves them.
fn cut_off(host: &Host, id: &str, kind: &str, args: &Value) {
    let root = NewJob::new(id, kind, host.code(), args.clone());
    let child = NewJob {
        parent: Some(id.to_owned()),
        ..NewJob::new(format!("{id}/0"), "call.verify", host.code(), json!({}))
    };
    for new in [&root, &child] {
        host.journal().begin(new, host.now()).unwrap();
    }
}

fn run(host: &Host, id: &str, kind: &str, args: &Value) {
    let new = host.new_job(id, kind, args.clone(), &[]);
    let ended = host.run(&new, |flow| {
        flow.step("nothing", &(), RepeatClass::Safe, || Ok::<_, Fault>(1))
    });
    assert!(matches!(ended, Ok(Ended::Done(1))), "{ended:?}");
}

fn code(host: &Host, id: &str) -> Option<String> {
    match host.journal().job(id).unwrap().unwrap().state {
        JobState::Failed { fault } => Some(fault.code),
        _ => None,
    }
}

#[test]
fn the_same_command_over_changed_documents_ends_the_job_that_was_cut_off_and_its_question() {
    let (_folder, host, _clock) = station("2024-11-01T09:00:00+09:00");
    let args = json!({ "as_of": "2024-11-01" });
    cut_off(&host, "before", "flow.recheck", &args);
    cut_off(
        &host,
        "other-day",
        "flow.recheck",
        &json!({ "as_of": "2024-10-01" }),
    );
    cut_off(&host, "other-command", "flow.fill", &args);
    run(&host, "after", "recheck", &args);
    for ended in ["before", "before/0"] {
        assert_eq!(
            code(&host, ended).as_deref(),
            Some("job/superseded"),
            "{ended}"
        );
    }
    for open in ["other-day", "other-day/0", "other-command"] {
        assert_eq!(code(&host, open), None, "{open}");
    }
}

#[test]
fn what_is_being_driven_elsewhere_is_left_and_so_is_a_filing() {
    let (_folder, host, _clock) = station("2024-11-01T09:00:00+09:00");
    let args = json!({});
    cut_off(&host, "driven", "flow.recheck", &args);
    cut_off(&host, "filing", "flow.submit", &args);
    let hold = host.journal().hold("driven").unwrap();
    run(&host, "another", "recheck", &args);
    run(&host, "another-filing", "submit", &args);
    drop(hold);
    assert_eq!(code(&host, "driven"), None);
    assert_eq!(code(&host, "filing"), None);
}
