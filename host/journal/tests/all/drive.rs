//! The loop that drives a connector's call.

use crate::support::{Fake, Guest, Store, call, put, send, start};
use jiff::SignedDuration;
use reseplug_effect::{
    Answer, Clock, Effect, Fault, Recorded, RepeatClass, RetryAdvice, codes, jst,
};
use reseplug_journal::{
    CrashPoint, Driven, JobState, Journal, JournalError, NewJob, NoPatience, Outcome, Performed,
    Performer, Recovered, SqliteJournal, StepEnd, StepResult, Verdict, World, drive_call, execute,
};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

fn begun(journal: &dyn Journal, change: impl FnOnce(&mut NewJob)) {
    let mut new = NewJob::new("j", "call.test", "9999998", json!({}));
    change(&mut new);
    journal.begin(&new, start()).unwrap();
}

fn patiently(
    journal: &dyn Journal,
    world: &Fake,
    call: impl Fn(&mut Guest<'_>) -> Result<StepResult, StepResult>,
) -> Driven {
    let clock = world.clock.clone();
    let mut stepper = |history: &[Recorded]| call(&mut Guest::new(history)).unwrap_or_else(|r| r);
    drive_call(
        journal,
        &clock,
        "j",
        &mut stepper,
        &mut world.clone(),
        &mut clock.clone(),
    )
    .unwrap()
}

fn sleep_until(moment: jiff::Timestamp) -> Effect {
    Effect::TimerSleepUntil { until: jst(moment) }
}

#[test]
fn an_effect_costs_two_commits_and_the_time_and_randomness_none() {
    let commits = Arc::new(Mutex::new(Vec::new()));
    let journal = {
        let commits = Arc::clone(&commits);
        SqliteJournal::in_memory()
            .unwrap()
            .on_crash_point(move |point| {
                if let CrashPoint::AfterCommit(what) = point {
                    commits.lock().unwrap().push(what);
                }
                Verdict::GoOn
            })
    };
    begun(&journal, |_| ());
    let world = Fake::new();
    let mut patience = world.clock.clone();
    drive_call(
        &journal,
        &world.clock,
        "j",
        &mut call,
        &mut world.clone(),
        &mut patience,
    )
    .unwrap();
    assert_eq!(
        *commits.lock().unwrap(),
        [
            "job begun",
            "intent", // put, and the moment and random bytes before it
            "result",
            "job waiting", // once, however often it looks
            "result",
            "intent", // keyed, and the moment before it
            "result",
            "job waiting", // the sleep
            "intent",      // never, and the end of the sleep
            "result",
            "result", // place: safe, nothing to prepare
            "job ended",
        ]
    );
}

#[test]
fn a_call_without_patience_is_left_waiting_and_taken_up_when_it_is_due() {
    let store = Store::new();
    let world = Fake::new();
    begun(&store.open(), |_| ());
    let once = || {
        let journal = store.open();
        let mut world_now = world.clone();
        drive_call(
            &journal,
            &world.clock,
            "j",
            &mut call,
            &mut world_now,
            &mut NoPatience,
        )
        .unwrap()
    };
    let mut looks = 0;
    let value = loop {
        match once() {
            Driven::Waiting { until } => {
                let state = store.open().job("j").unwrap().unwrap().state;
                assert_eq!(state, JobState::Waiting { until });
                assert_eq!(
                    once(),
                    Driven::Waiting {
                        until: until.max(world.clock.now())
                    }
                );
                world.clock.pass(until.duration_since(world.clock.now()));
                looks += 1;
            }
            Driven::Done(value) => break value,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(looks, 4, "three looks at the folder and one sleep");
    assert_eq!(value["never"], "sent");
    assert_eq!(world.ledger().published.len(), 1);
}

#[test]
fn a_sleep_begins_only_once_however_often_the_call_is_taken_up() {
    let journal = SqliteJournal::in_memory().unwrap();
    let world = Fake::new();
    begun(&journal, |_| ());
    let call = |guest: &mut Guest<'_>| {
        let Answer::Now { at } = guest.ask(Effect::TimerNow)? else {
            panic!()
        };
        let began: jiff::Timestamp = at.parse().unwrap();
        guest.ask(sleep_until(began + SignedDuration::from_hours(6)))?;
        Ok(StepResult::Return(json!(at)))
    };
    for _ in 0..3 {
        let mut stepper = |h: &[Recorded]| call(&mut Guest::new(h)).unwrap_or_else(|r| r);
        let driven = drive_call(
            &journal,
            &world.clock,
            "j",
            &mut stepper,
            &mut world.clone(),
            &mut NoPatience,
        );
        let until = start() + SignedDuration::from_hours(6);
        assert_eq!(driven.unwrap(), Driven::Waiting { until });
        world.clock.pass(SignedDuration::from_hours(1));
    }
    assert_eq!(
        patiently(&journal, &world, call),
        Driven::Done(json!(jst(start())))
    );
}

#[test]
fn a_call_that_asks_for_something_else_is_parked_with_the_difference() {
    let journal = SqliteJournal::in_memory().unwrap();
    let world = Fake::new();
    begun(&journal, |_| ());
    let ask = |body: &'static str| {
        move |guest: &mut Guest<'_>| {
            guest.ask(put(body))?;
            guest.ask(sleep_until(start() + SignedDuration::from_hours(1)))?;
            Ok(StepResult::Return(json!(null)))
        }
    };
    let mut first = |h: &[Recorded]| ask("one")(&mut Guest::new(h)).unwrap_or_else(|r| r);
    drive_call(
        &journal,
        &world.clock,
        "j",
        &mut first,
        &mut world.clone(),
        &mut NoPatience,
    )
    .unwrap();
    let Driven::Parked { reason } = patiently(&journal, &world, ask("two")) else {
        panic!()
    };
    assert_eq!(
        reason["difference"],
        json!(["/body/text: \"one\" → \"two\""])
    );
    assert_eq!(
        patiently(&journal, &world, ask("one")),
        Driven::Parked { reason }
    );
    journal.resume("j", "管理者", start()).unwrap();
    assert_eq!(
        patiently(&journal, &world, ask("one")),
        Driven::Done(json!(null))
    );
    assert_eq!(world.ledger().published.len(), 1);
}

#[test]
fn a_call_that_ends_before_its_history_does_is_parked() {
    let journal = SqliteJournal::in_memory().unwrap();
    begun(&journal, |_| ());
    let ended = StepResult::Diverged {
        seq: 0,
        recorded: put("one"),
        asked: None,
    };
    let driven = patiently(&journal, &Fake::new(), |_| Ok(ended.clone()));
    let Driven::Parked { reason } = driven else {
        panic!()
    };
    assert_eq!(reason["asked"], Value::Null);
    assert_eq!(reason["difference"].as_array().unwrap().len(), 1);
}

#[test]
fn a_begun_effect_is_not_confused_with_another() {
    for other in [put("two"), Effect::TimerNow] {
        let store = Store::new();
        let world = Fake::new();
        begun(&store.open(), |_| ());
        let journal = store.open().on_crash_point(|point| match point {
            CrashPoint::BeforePerform { .. } => Verdict::Stop,
            _ => Verdict::GoOn,
        });
        let mut stepper = |_: &[Recorded]| StepResult::Need(put("one"));
        let mut patience = world.clock.clone();
        drive_call(
            &journal,
            &world.clock,
            "j",
            &mut stepper,
            &mut world.clone(),
            &mut patience,
        )
        .unwrap_err();
        drop(journal);
        let driven = patiently(&store.open(), &world, |_| {
            Ok(StepResult::Need(other.clone()))
        });
        assert!(matches!(driven, Driven::Parked { .. }), "{driven:?}");
        assert!(world.ledger().published.is_empty());
    }
}

#[test]
fn a_call_that_never_ends_reaches_its_step_limit() {
    let journal = SqliteJournal::in_memory().unwrap();
    begun(&journal, |new| new.step_limit = 5);
    let driven = patiently(&journal, &Fake::new(), |guest| {
        loop {
            guest.ask(Effect::TimerNow)?;
        }
    });
    let Driven::Fault(fault) = driven else {
        panic!("{driven:?}")
    };
    assert_eq!(fault.code, "job/step-limit");
    assert_eq!(
        journal.steps("j").unwrap().len(),
        5,
        "what was held is written at the end"
    );
}

#[test]
fn a_deadline_ends_a_call_that_waits() {
    let journal = SqliteJournal::in_memory().unwrap();
    let world = Fake::new();
    let deadline = start() + SignedDuration::from_mins(10);
    begun(&journal, |new| new.deadline = Some(deadline));
    let call = |guest: &mut Guest<'_>| {
        guest.ask(sleep_until(start() + SignedDuration::from_hours(1)))?;
        Ok(StepResult::Return(json!(null)))
    };
    let mut stepper = |h: &[Recorded]| call(&mut Guest::new(h)).unwrap_or_else(|r| r);
    let driven = drive_call(
        &journal,
        &world.clock,
        "j",
        &mut stepper,
        &mut world.clone(),
        &mut NoPatience,
    );
    assert_eq!(driven.unwrap(), Driven::Waiting { until: deadline });
    world.clock.pass(SignedDuration::from_mins(11));
    let Driven::Fault(fault) = patiently(&journal, &world, call) else {
        panic!()
    };
    assert_eq!(fault.code, "job/deadline");
}

#[test]
fn what_the_station_did_not_grant_is_an_answer() {
    let journal = SqliteJournal::in_memory().unwrap();
    let world = Fake::new();
    begun(&journal, |_| ());
    let driven = patiently(&journal, &world, |guest| {
        match guest.ask(send("elsewhere", "k"))? {
            Answer::Fault { fault } => Ok(StepResult::Fault(fault)),
            other => panic!("{other:?}"),
        }
    });
    let Driven::Fault(fault) = driven else {
        panic!()
    };
    assert_eq!(fault.code, codes::DENIED);
    let rows = journal.audit_rows().unwrap();
    assert!(
        rows.iter()
            .any(|r| r.event.contains("\"outcome\":\"policy/denied\""))
    );
    assert!(
        rows.iter()
            .any(|r| r.event.contains("\"destination\":\"elsewhere\""))
    );
}

#[test]
fn a_trap_and_a_moment_that_is_none_end_the_job() {
    for (result, code) in [
        (
            StepResult::Trap(Fault::new("plugin/trap", "", "")),
            "plugin/trap",
        ),
        (
            StepResult::Need(Effect::TimerSleepUntil {
                until: "soon".into(),
            }),
            "timer/not-a-moment",
        ),
        (
            StepResult::Need(Effect::RandomBytes { length: u32::MAX }),
            "random/too-many",
        ),
    ] {
        let journal = SqliteJournal::in_memory().unwrap();
        begun(&journal, |_| ());
        let Driven::Fault(fault) = patiently(&journal, &Fake::new(), |_| Ok(result.clone())) else {
            panic!()
        };
        assert_eq!(fault.code, code);
        let state = journal.job("j").unwrap().unwrap().state;
        assert_eq!(state, JobState::Failed { fault });
    }
}

#[test]
fn a_job_is_not_driven_twice_at_once() {
    let store = Store::new();
    let (here, there) = (store.open(), store.open());
    begun(&here, |_| ());
    let world = Fake::new();
    let mut stepper = |_: &[Recorded]| {
        let mut inner = |_: &[Recorded]| -> StepResult { panic!("driven twice") };
        let mut patience = NoPatience;
        let second = drive_call(
            &there,
            &world.clock,
            "j",
            &mut inner,
            &mut world.clone(),
            &mut patience,
        );
        assert!(matches!(second, Err(JournalError::DrivenElsewhere { .. })));
        StepResult::Return(json!(1))
    };
    drive_call(
        &here,
        &world.clock,
        "j",
        &mut stepper,
        &mut world.clone(),
        &mut NoPatience,
    )
    .unwrap();
}

/// Answers with what it was given, in order.
struct Script {
    performed: Vec<Performed>,
    recovered: Recovered,
    times: usize,
}

impl Performer for Script {
    fn perform(&mut self, _prepared: Option<&Value>) -> Performed {
        self.times += 1;
        self.performed.remove(0)
    }
    fn recover(&mut self, _prepared: Option<&Value>) -> Recovered {
        self.recovered.clone()
    }
}

fn step(journal: &SqliteJournal, class: RepeatClass, script: &mut Script) -> StepEnd {
    execute(
        journal,
        &Fake::new().clock,
        "j",
        0,
        "send",
        json!({}),
        class,
        script,
    )
    .unwrap()
}

fn script(performed: Vec<Performed>) -> Script {
    Script {
        performed,
        recovered: Recovered::Unknown,
        times: 0,
    }
}

fn unknown() -> Performed {
    Performed::Unknown("the connection broke after the request was sent".into())
}

#[test]
fn an_unknown_outcome_is_tried_again_only_where_the_binding_allows() {
    for (class, times, code, retry) in [
        (
            RepeatClass::Never,
            1,
            codes::IN_DOUBT,
            RetryAdvice::AskFirst,
        ),
        (
            RepeatClass::Keyed,
            3,
            codes::IN_DOUBT,
            RetryAdvice::AskFirst,
        ),
        (RepeatClass::Safe, 3, "effect/failed", RetryAdvice::Later),
    ] {
        let journal = SqliteJournal::in_memory().unwrap();
        begun(&journal, |_| ());
        let mut attempts = script(vec![unknown(); 3]);
        let StepEnd::Fault(fault) = step(&journal, class, &mut attempts) else {
            panic!()
        };
        assert_eq!(
            (attempts.times, fault.code.as_str(), fault.retry),
            (times, code, retry)
        );
        let again = step(&journal, class, &mut script(vec![]));
        assert_eq!(
            again,
            StepEnd::Fault(fault),
            "the doubt is the recorded result"
        );
    }
    let journal = SqliteJournal::in_memory().unwrap();
    begun(&journal, |_| ());
    let mut second = script(vec![unknown(), Performed::Done(json!(1))]);
    assert_eq!(
        step(&journal, RepeatClass::Keyed, &mut second),
        StepEnd::Done(json!(1))
    );
}

#[test]
fn a_postponed_effect_is_not_in_doubt() {
    let journal = SqliteJournal::in_memory().unwrap();
    begun(&journal, |_| ());
    let until = start() + SignedDuration::from_secs(30);
    let mut later = script(vec![Performed::Pending { until }]);
    assert_eq!(
        step(&journal, RepeatClass::Never, &mut later),
        StepEnd::Pending { until }
    );
    assert_eq!(journal.steps("j").unwrap(), []);
    let mut now = script(vec![Performed::Done(json!(1))]);
    assert_eq!(
        step(&journal, RepeatClass::Never, &mut now),
        StepEnd::Done(json!(1))
    );
    assert_eq!(
        journal.steps("j").unwrap()[0].answer,
        Some(Outcome::Done(json!(1)))
    );
}

#[test]
fn an_effect_that_is_found_to_have_happened_is_not_performed() {
    let store = Store::new();
    begun(&store.open(), |_| ());
    let journal = store.open().on_crash_point(|point| match point {
        CrashPoint::AfterPerform { .. } => Verdict::Stop,
        _ => Verdict::GoOn,
    });
    let clock = Fake::new().clock;
    let mut first = script(vec![Performed::Done(json!(1))]);
    execute(
        &journal,
        &clock,
        "j",
        0,
        "send",
        json!({}),
        RepeatClass::Never,
        &mut first,
    )
    .unwrap_err();
    drop(journal);
    let mut second = Script {
        recovered: Recovered::Done(json!(1)),
        ..script(vec![])
    };
    assert_eq!(
        step(&store.open(), RepeatClass::Never, &mut second),
        StepEnd::Done(json!(1))
    );
}

#[test]
fn a_world_says_where_an_effect_goes_unless_it_says_otherwise() {
    let facts = Fake::new().facts(&send("keyed", "k"));
    assert_eq!(facts.destination.as_deref(), Some("keyed"));
}

#[test]
fn a_keyed_repeat_that_is_refused_says_nothing_about_the_first_attempt() {
    let refused = || Performed::NotDone(Fault::new("https/refused", "拒否", "refused"));
    let journal = SqliteJournal::in_memory().unwrap();
    begun(&journal, |_| ());
    let mut attempts = script(vec![unknown(), refused()]);
    let StepEnd::Fault(fault) = step(&journal, RepeatClass::Keyed, &mut attempts) else {
        panic!()
    };
    assert_eq!(
        (fault.code.as_str(), fault.retry),
        (codes::IN_DOUBT, RetryAdvice::AskFirst)
    );
    let journal = SqliteJournal::in_memory().unwrap();
    begun(&journal, |_| ());
    let mut at_once = script(vec![refused()]);
    let StepEnd::Fault(fault) = step(&journal, RepeatClass::Keyed, &mut at_once) else {
        panic!()
    };
    assert_eq!(fault.code, "https/refused");
}
