//! A kill anywhere, then a resume: every effect exactly once.

use crate::support::{Fake, Store, call};
use proptest::prelude::*;
use reseplug_effect::Clock;
use reseplug_journal::{
    CrashPoint, Driven, Journal, JournalError, NewJob, SqliteJournal, Verdict, drive_call,
};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

fn run(journal: &SqliteJournal, world: &Fake) -> Result<Driven, JournalError> {
    let clock = world.clock.clone();
    let mut new = NewJob::new("job-1", "call.test", "9999998", json!({ "people": 1 }));
    new.pins = vec![("onshi-terminal".into(), "sha256:1".into())];
    journal.begin(&new, clock.now())?;
    let mut patience = clock.clone();
    drive_call(
        journal,
        &clock,
        "job-1",
        &mut call,
        &mut world.clone(),
        &mut patience,
    )
}

fn expected(never: &str) -> Value {
    json!({ "answers": 1, "body": { "text": "<XmlMsg/>" }, "status": 201, "never": never })
}

/// What must be true of the world and the store, however often the run was killed. Returns
/// whether the unrepeatable effect ended in doubt.
fn check(world: &Fake, store: &Store, driven: &Driven) -> bool {
    let Driven::Done(value) = driven else {
        panic!("{driven:?}")
    };
    let in_doubt = value["never"] == "effect/in-doubt";
    assert_eq!(
        *value,
        expected(if in_doubt { "effect/in-doubt" } else { "sent" })
    );
    let ledger = world.ledger();
    assert_eq!(ledger.published.len(), 1, "published once: {ledger:?}");
    assert!(
        ledger.answers.is_empty(),
        "the answer was removed: {ledger:?}"
    );
    assert_eq!(
        ledger.keyed.len(),
        1,
        "one filing, however often it was sent: {ledger:?}"
    );
    assert!(
        ledger.never <= 1 && (in_doubt || ledger.never == 1),
        "{ledger:?}"
    );
    assert_eq!(ledger.placed.len(), 1);

    let journal = store.open();
    let steps = journal.steps("job-1").unwrap();
    assert!(
        steps
            .iter()
            .enumerate()
            .all(|(i, s)| s.seq == i as u64 && s.answer.is_some())
    );
    assert_eq!(steps.len(), 9);
    let rows = journal.audit_rows().unwrap();
    assert_eq!(journal.verify_audit().unwrap().count, rows.len() as u64);
    let results = rows
        .iter()
        .filter(|r| r.event.contains("\"step.result\""))
        .count();
    assert_eq!(results, 5, "one audit row for each outward effect");
    in_doubt
}

#[test]
fn a_run_nobody_kills_does_everything_once() {
    let (store, world) = (Store::new(), Fake::new());
    let driven = run(&store.open(), &world).unwrap();
    assert!(!check(&world, &store, &driven));
    let ledger = world.ledger();
    assert_eq!(ledger.keyed.values().sum::<u32>(), 1);
    assert!(ledger.temps.is_empty());
    assert_eq!(
        run(&store.open(), &world).unwrap(),
        driven,
        "and again it is only told"
    );
    assert_eq!(world.ledger(), ledger);
}

#[test]
fn a_kill_at_every_point_loses_nothing_and_repeats_nothing() {
    let mut points = 0;
    let mut doubts = Vec::new();
    loop {
        let (store, world) = (Store::new(), Fake::new());
        let stopped_at = Arc::new(Mutex::new(None));
        let journal = {
            let (at, note) = (points, Arc::clone(&stopped_at));
            let seen = Mutex::new(0);
            store.open().on_crash_point(move |point: CrashPoint| {
                let mut seen = seen.lock().unwrap();
                *seen += 1;
                if *seen - 1 < at {
                    return Verdict::GoOn;
                }
                *note.lock().unwrap() = Some(point);
                Verdict::Stop
            })
        };
        let first = run(&journal, &world);
        drop(journal);
        let Some(point) = *stopped_at.lock().unwrap() else {
            check(&world, &store, &first.unwrap());
            break;
        };
        assert!(
            matches!(first, Err(JournalError::Interrupted { .. })),
            "{point}: {first:?}"
        );
        let driven = run(&store.open(), &world).unwrap();
        if check(&world, &store, &driven) {
            doubts.push(point.to_string());
        }
        points += 1;
    }
    assert_eq!(
        doubts,
        [
            "after the commit of intent",
            "before step 7 was performed",
            "after step 7 was performed",
            "before the commit of result",
        ],
        "only between its intent and its result is an unrepeatable effect in doubt"
    );
    assert!(points > 30, "only {points} points were tried");
}

#[test]
fn a_disk_that_is_full_at_any_write_loses_nothing_and_repeats_nothing() {
    let mut writes = 0;
    loop {
        let (store, world) = (Store::new(), Fake::new());
        let seen = Mutex::new(0);
        let journal = store.open().on_crash_point(move |point: CrashPoint| {
            if !matches!(point, CrashPoint::BeforeCommit(_)) {
                return Verdict::DiskFull;
            }
            let mut seen = seen.lock().unwrap();
            *seen += 1;
            match *seen - 1 == writes {
                true => Verdict::DiskFull,
                false => Verdict::GoOn,
            }
        });
        let first = run(&journal, &world);
        // Room is made, and the same store goes on.
        let driven = run(&journal, &world).unwrap();
        check(&world, &store, &driven);
        let Err(error) = first else { break };
        assert!(matches!(error, JournalError::Store { .. }), "{error}");
        writes += 1;
    }
    assert!(writes > 10, "only {writes} writes were tried");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn kills_during_resumes_change_nothing(kills in prop::collection::vec(0usize..20, 1..6)) {
        let (store, world) = (Store::new(), Fake::new());
        for at in kills {
            let (journal, _) = store.open_to_crash(at);
            let _ = run(&journal, &world);
        }
        let driven = run(&store.open(), &world).unwrap();
        check(&world, &store, &driven);
    }
}
