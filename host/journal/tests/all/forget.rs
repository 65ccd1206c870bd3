//! What was looked at and must not be kept.

use crate::support::Store;
use reseplug_effect::RepeatClass;
use reseplug_journal::{
    Driven, FlowError, Journal, JournalError, NewJob, Outcome, SubCall, run_flow,
};
use serde_json::json;
use std::fs;

const TOLD: &str = "forget-me-pharmacy";

fn at() -> jiff::Timestamp {
    "2024-10-03T00:12:00Z".parse().unwrap()
}

/// Whether the bytes stand anywhere in the database or its log.
fn on_disk(store: &Store) -> bool {
    let mut found = false;
    for suffix in ["", "-wal"] {
        let mut path = store.path().as_os_str().to_owned();
        path.push(suffix);
        let bytes = fs::read(path).unwrap_or_default();
        found |= bytes
            .windows(TOLD.len())
            .any(|window| window == TOLD.as_bytes());
    }
    found
}

#[test]
fn what_a_job_was_told_is_gone_from_the_disk_and_what_it_asked_stays() {
    let store = Store::new();
    let journal = store.open();
    let new = NewJob::new("view-1", "flow.view", "9999998", json!({ "person": "P1" }));
    let driven = run_flow(&journal, &reseplug_effect::SystemClock, &new, |flow| {
        let call = SubCall::new("call.fetch", json!({ "kind": "drugs" }), Vec::new());
        let told: serde_json::Value = flow.sub_call(call, |child| {
            let value = json!({ "place": TOLD.repeat(400) });
            journal.finish(child, &Outcome::Done(value.clone()), at())?;
            Ok(Driven::Done(value))
        })?;
        flow.step("keep", "nothing", RepeatClass::Safe, || Ok(TOLD.to_owned()))?;
        Ok::<_, FlowError>(told)
    });
    assert!(matches!(driven.unwrap(), Driven::Done(_)));
    assert!(on_disk(&store));

    assert!(journal.forget("view-1", at()).unwrap());
    assert!(!on_disk(&store));
    // The second time there is nothing left to forget.
    let rows = journal.audit_rows().unwrap().len();
    assert!(!journal.forget("view-1", at()).unwrap());
    assert_eq!(journal.audit_rows().unwrap().len(), rows);

    let job = journal.job("view-1").unwrap().unwrap();
    assert_eq!(job.new.args, json!({ "person": "P1" }));
    let steps = journal.steps("view-1").unwrap();
    assert_eq!(steps.len(), 2);
    for step in steps {
        let mark = Outcome::Done(json!({ "forgotten": true }));
        assert_eq!(step.answer, Some(mark));
    }
    journal.verify_audit().unwrap();
    // A store opened anew reads all of it.
    drop(journal);
    assert!(store.open().job("view-1/0").unwrap().is_some());
}

#[test]
fn a_job_that_goes_on_forgets_nothing_and_a_refusal_stays_as_the_reason() {
    let store = Store::new();
    let journal = store.open();
    let new = NewJob::new("view-1", "flow.view", "9999998", json!({}));
    let driven = run_flow(&journal, &reseplug_effect::SystemClock, &new, |flow| {
        flow.step("ask", "once", RepeatClass::Safe, || Ok(TOLD.to_owned()))?;
        let refused = reseplug_effect::Fault::new("view/refused", "", "");
        Err::<(), _>(FlowError::Fault(refused))
    });
    assert!(matches!(driven.unwrap(), Driven::Fault(_)));
    let open = NewJob::new("view-2", "flow.view", "9999998", json!({}));
    journal.begin(&open, at()).unwrap();
    // Nothing was told yet.
    assert!(!journal.forget("view-2", at()).unwrap());
    journal
        .write_steps(
            "a step",
            "view-2",
            &[reseplug_journal::StepWrite::Insert(
                journal.step("view-1", 0).unwrap().unwrap(),
            )],
            &[],
        )
        .unwrap();
    let error = journal.forget("view-2", at()).unwrap_err();
    assert!(matches!(error, JournalError::JobOpen { .. }), "{error}");

    assert!(journal.forget("view-1", at()).unwrap());
    let job = journal.job("view-1").unwrap().unwrap();
    let reseplug_journal::JobState::Failed { fault } = job.state else {
        panic!("{job:?}");
    };
    assert_eq!(fault.code, "view/refused");
}

#[test]
fn bytes_that_another_process_keeps_on_the_disk_are_gone_after_the_next_opening() {
    let store = Store::new();
    let journal = store.open();
    let new = NewJob::new("view-1", "flow.view", "9999998", json!({}));
    let driven = run_flow(&journal, &reseplug_effect::SystemClock, &new, |flow| {
        flow.step(
            "keep",
            "nothing",
            RepeatClass::Safe,
            || Ok(TOLD.repeat(400)),
        )?;
        Ok::<_, FlowError>(())
    });
    assert!(matches!(driven.unwrap(), Driven::Done(_)));

    // Somebody reads the store as it was.
    let reader = rusqlite::Connection::open(store.path()).unwrap();
    reader
        .execute_batch("BEGIN; SELECT count(*) FROM steps;")
        .unwrap();
    assert!(journal.forget("view-1", at()).unwrap(), "it is forgotten");
    assert!(on_disk(&store), "the reader still needs the old pages");
    drop(journal);
    let opened = store.open();
    assert!(on_disk(&store), "nobody is kept from opening it meanwhile");
    assert!(!opened.forget("view-1", at()).unwrap());
    drop(opened);

    reader.execute_batch("COMMIT").unwrap();
    let opened = store.open();
    assert!(!on_disk(&store));
    opened.verify_audit().unwrap();
}
