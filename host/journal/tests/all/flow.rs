//! Native flows over the same steps.

use crate::support::{Fake, Guest, Store, call, start};
use jiff::SignedDuration;
use reseplug_effect::{Clock, Effect, Fault, Recorded, RepeatClass, codes, jst};
use reseplug_journal::{
    Claim, Driven, Evidence, Flow, FlowError, JobFilter, JobState, Journal, JournalError, NewJob,
    NoPatience, SqliteJournal, StepResult, SubCall, drive_call, run_flow,
};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;

const STATION: &str = "9999998";

fn new(id: &str) -> NewJob {
    NewJob::new(id, "flow.test", STATION, json!({ "month": "2024-10" }))
}

/// Read, ask, record, claim, hand over: the shape of a real flow.
fn everything(flow: &mut Flow<'_>, world: &Fake) -> Result<Value, FlowError> {
    let journal = flow.journal();
    let now = flow.now()?;
    let people: Vec<String> = flow.step("read", &"register.csv", RepeatClass::Safe, || {
        Ok(vec!["0000123".into()])
    })?;
    let pins = vec![("onshi-terminal".to_owned(), "sha256:1".to_owned())];
    let verify = SubCall::new("call.eligibility.verify", json!(people), pins);
    let clock = world.clock.clone();
    let answer = flow.sub_call(verify, |child| {
        drive_call(
            journal,
            &clock,
            child,
            &mut call,
            &mut world.clone(),
            &mut clock.clone(),
        )
    })?;
    flow.step("record", &people, RepeatClass::Safe, || {
        let evidence = Evidence {
            id: "e1".into(),
            station: STATION.into(),
            person_key: "0000123".into(),
            as_of: "2024-10-01".into(),
            answered_at: jst(now),
            method: "single".into(),
            message: "OQSsiquc01".into(),
            validity: "valid".into(),
            coverage: "{}".into(),
            job: None,
            step: None,
            source: None,
            recorded: None,
        };
        Ok(journal.record_evidence(&[evidence], now)?)
    })?;
    let id = flow.id().to_owned();
    let claimed: bool = flow.step("claim", &"key", RepeatClass::Safe, || {
        Ok(journal.claim_key("key", &id, &json!({}), &[], now)? == Claim::Claimed)
    })?;
    let sent: Result<u32, FlowError> = flow.step("send", &(), RepeatClass::Never, || {
        let mut ledger = world.ledger.lock().unwrap();
        ledger.never += 1;
        Ok(ledger.never)
    });
    let sent = match sent {
        Ok(_) => "sent".to_owned(),
        Err(FlowError::Fault(fault)) => fault.code,
        Err(other) => return Err(other),
    };
    Ok(json!({ "answer": answer, "claimed": claimed, "sent": sent }))
}

fn run(journal: &dyn Journal, world: &Fake) -> Result<Driven, JournalError> {
    run_flow(journal, &world.clock, &new("f"), |flow| {
        everything(flow, world)
    })
}

#[test]
fn a_kill_at_every_point_of_a_flow_ends_as_if_there_had_been_none() {
    let mut doubts = 0;
    for at in 0.. {
        let (store, world) = (Store::new(), Fake::new());
        let (journal, seen) = store.open_to_crash(at);
        let first = run(&journal, &world);
        drop(journal);
        let killed = seen.load(Ordering::SeqCst) > at;
        let driven = if killed {
            run(&store.open(), &world)
        } else {
            first
        };
        let Driven::Done(value) = driven.unwrap() else {
            panic!("point {at}")
        };
        let ledger = world.ledger();
        assert_eq!(value["claimed"], true);
        assert_eq!(value["answer"]["body"]["text"], "<XmlMsg/>");
        assert_eq!(
            (ledger.published.len(), ledger.keyed.len()),
            (1, 1),
            "point {at}: {ledger:?}"
        );
        assert!(
            ledger.never <= 2,
            "the child's and the flow's own, each at most once"
        );
        let in_doubt = [&value["sent"], &value["answer"]["never"]]
            .iter()
            .filter(|v| **v == codes::IN_DOUBT)
            .count();
        assert!(ledger.never as usize + in_doubt >= 2, "{value} {ledger:?}");
        doubts += in_doubt;
        let journal = store.open();
        assert_eq!(journal.evidence_all(STATION).unwrap().len(), 1);
        assert_eq!(journal.filings(STATION).unwrap().len(), 1);
        journal.verify_audit().unwrap();
        let child = JobFilter {
            parent: Some("f".into()),
            ..JobFilter::default()
        };
        let children = journal.jobs(&child).unwrap();
        assert_eq!(children.len(), 1);
        assert_eq!(children[0].id(), "f/2");
        assert!(children[0].state.is_closed());
        if !killed {
            assert_eq!(doubts, 8, "four points in each of two unrepeatable effects");
            assert!(at > 50, "only {at} points were tried");
            return;
        }
    }
}

#[test]
fn a_flow_that_ended_is_not_run_again() {
    let (journal, world) = (SqliteJournal::in_memory().unwrap(), Fake::new());
    let driven = run(&journal, &world).unwrap();
    let again = run_flow(
        &journal,
        &world.clock,
        &new("f"),
        |_| -> Result<(), FlowError> { panic!("run again") },
    );
    assert_eq!(again.unwrap(), driven);
}

#[test]
fn a_fault_of_a_step_is_remembered_and_ends_the_flow_unless_it_goes_another_way() {
    let (journal, world) = (SqliteJournal::in_memory().unwrap(), Fake::new());
    let driven = run_flow(&journal, &world.clock, &new("f"), |flow| {
        let missing = flow.step::<u32>("read", &(), RepeatClass::Safe, || {
            Err(Fault::new("adapter/missing", "無い", "missing"))
        });
        assert!(matches!(missing, Err(FlowError::Fault(_))));
        flow.step::<u32>("read", &(), RepeatClass::Safe, || {
            Err(Fault::new("adapter/bad", "", ""))
        })
    });
    let Driven::Fault(fault) = driven.unwrap() else {
        panic!()
    };
    assert_eq!(fault.code, "adapter/bad");
    assert_eq!(
        journal.job("f").unwrap().unwrap().state,
        JobState::Failed { fault }
    );
}

#[test]
fn a_flow_whose_child_waits_waits_and_goes_on_with_it() {
    let (journal, world) = (SqliteJournal::in_memory().unwrap(), Fake::new());
    let hour = start() + SignedDuration::from_hours(1);
    let once = || {
        run_flow(&journal, &world.clock, &new("f"), |flow| {
            flow.sub_call(SubCall::new("call.sleep", json!({}), vec![]), |child| {
                let mut stepper = |history: &[Recorded]| {
                    let until = jst(hour);
                    Guest::new(history)
                        .ask(Effect::TimerSleepUntil { until })
                        .map_or_else(|need| need, |_| StepResult::Return(json!("awake")))
                };
                let clock = &world.clock;
                drive_call(
                    &journal,
                    clock,
                    child,
                    &mut stepper,
                    &mut world.clone(),
                    &mut NoPatience,
                )
            })
        })
        .unwrap()
    };
    assert_eq!(once(), Driven::Waiting { until: hour });
    assert_eq!(
        journal.job("f").unwrap().unwrap().state,
        JobState::Waiting { until: hour }
    );
    let due = JobFilter {
        due_by: Some(hour),
        roots: true,
        ..JobFilter::default()
    };
    assert_eq!(journal.jobs(&due).unwrap().len(), 1);
    world.clock.pass(SignedDuration::from_hours(2));
    assert_eq!(once(), Driven::Done(json!("awake")));
}

#[test]
fn a_flow_whose_child_is_parked_is_parked_and_resumed_with_it() {
    let (journal, world) = (SqliteJournal::in_memory().unwrap(), Fake::new());
    let once = |digest: &str, sleeping: bool| {
        run_flow(&journal, &world.clock, &new("f"), |flow| {
            let pins = vec![("p".to_owned(), digest.to_owned())];
            flow.sub_call(SubCall::new("call.x", json!({}), pins), |child| {
                let until = jst(world.clock.now() + SignedDuration::from_secs(1));
                let mut stepper = |_: &[Recorded]| match sleeping {
                    true => StepResult::Need(Effect::TimerSleepUntil {
                        until: until.clone(),
                    }),
                    false => StepResult::Return(json!(1)),
                };
                let clock = &world.clock;
                drive_call(
                    &journal,
                    clock,
                    child,
                    &mut stepper,
                    &mut world.clone(),
                    &mut NoPatience,
                )
            })
        })
        .unwrap()
    };
    assert!(matches!(once("sha256:1", true), Driven::Waiting { .. }));
    let Driven::Parked { reason } = once("sha256:2", false) else {
        panic!()
    };
    assert_eq!(
        (reason["child"].as_str(), reason["reason"]["kind"].as_str()),
        (Some("f/0"), Some("plugin-changed"))
    );
    assert!(matches!(once("sha256:1", false), Driven::Parked { .. }));
    journal.resume("f", "管理者", start()).unwrap();
    assert_eq!(once("sha256:1", false), Driven::Done(json!(1)));
}

#[test]
fn a_flow_that_does_something_else_than_before_is_parked() {
    let (journal, world) = (SqliteJournal::in_memory().unwrap(), Fake::new());
    let run = |file: &'static str| {
        run_flow(&journal, &world.clock, &new("f"), |flow| {
            flow.step("read", &file, RepeatClass::Safe, || Ok(1))?;
            Err::<(), _>(FlowError::Waiting { until: start() })
        })
        .unwrap()
    };
    assert_eq!(run("a.csv"), Driven::Waiting { until: start() });
    let Driven::Parked { reason } = run("b.csv") else {
        panic!()
    };
    assert_eq!(
        reason["difference"],
        json!(["/args: \"a.csv\" → \"b.csv\""])
    );
    // No plugin is to blame, and the job is to be driven to its end.
    let (ja, en) = (&reason["message_ja"], &reason["message_en"]);
    let says = |text: &Value, word: &str| text.as_str().unwrap().contains(word);
    assert!(
        says(ja, "プログラム自身") && !says(ja, "プラグイン"),
        "{ja}"
    );
    assert!(
        says(en, "jobs resume f --by") && !says(en, "plugin"),
        "{en}"
    );
}

#[test]
fn a_flow_is_not_run_twice_at_once() {
    let (journal, world) = (SqliteJournal::in_memory().unwrap(), Fake::new());
    let _first = Flow::begin(&journal, &world.clock, &new("f")).unwrap();
    let second = Flow::begin(&journal, &world.clock, &new("f")).unwrap_err();
    assert_eq!(second.code(), "journal/driven-elsewhere");
}

#[test]
fn a_flow_past_its_deadline_begins_nothing_more() {
    let (journal, world) = (SqliteJournal::in_memory().unwrap(), Fake::new());
    let new = NewJob {
        deadline: Some(start() + SignedDuration::from_mins(1)),
        ..new("f")
    };
    let driven = run_flow(&journal, &world.clock, &new, |flow| {
        flow.step("one", &(), RepeatClass::Safe, || Ok(1))?;
        world.clock.pass(SignedDuration::from_mins(2));
        flow.step("two", &(), RepeatClass::Safe, || Ok(2))
    });
    let Driven::Fault(fault) = driven.unwrap() else {
        panic!()
    };
    assert_eq!(fault.code, "job/deadline");
}

#[test]
fn a_store_that_fails_within_a_step_leaves_the_step_open_and_a_later_run_goes_on_there() {
    let journal = SqliteJournal::in_memory().unwrap();
    let new = NewJob::new("a", "flow.test", "9999998", json!({}));
    let done = std::cell::Cell::new(0);
    let run = |full: bool| {
        run_flow(&journal, &reseplug_effect::SystemClock, &new, |flow| {
            flow.step("first", &(), RepeatClass::Safe, || {
                done.set(done.get() + 1);
                Ok(())
            })?;
            flow.step("record", &(), RepeatClass::Safe, || match full {
                true => Err(Fault::later("journal/store", "満杯", "the disk is full")),
                false => Ok(1),
            })
        })
    };
    let fault = Fault::from(run(true).unwrap_err());
    assert_eq!(
        (fault.code.as_str(), fault.message_ja.as_str()),
        ("journal/store", "満杯")
    );
    let state = || journal.job("a").unwrap().unwrap().state;
    assert!(!state().is_closed(), "{:?}", state());
    assert_eq!(run(false).unwrap(), Driven::Done(json!(1)));
    assert_eq!(done.get(), 1, "what was done is not done again");
}
