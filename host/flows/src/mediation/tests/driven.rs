//! The whole way, driven by the journal, with the power failing.

use super::super::*;
use crate::doors::scene::{Scene, put, wait};
use reseplug_effect::{Clock, Recorded};
use reseplug_journal::{
    CrashPoint, Driven, Journal, JournalError, NewJob, Patience, SqliteJournal, StepResult,
    Verdict, drive_call,
};
use serde_json::json;
use std::sync::atomic::{AtomicU32, Ordering};

/// A call that asks once and waits for the answer.
fn ask(history: &[Recorded]) -> StepResult {
    match history {
        [] => StepResult::Need(put()),
        [
            Recorded {
                answer: Answer::Published { name },
                ..
            },
        ] => StepResult::Need(wait(name)),
        [
            _,
            Recorded {
                answer: Answer::Arrivals { arrivals },
                ..
            },
        ] => StepResult::Return(json!(arrivals)),
        other => panic!("{other:?}"),
    }
}

/// While the job waits, the terminal works.
struct Terminal<'s> {
    scene: &'s Scene,
    seen: &'s AtomicU32,
}

impl Patience for Terminal<'_> {
    fn wait(&mut self, _now: Timestamp, _until: Timestamp) -> bool {
        for request in self.scene.list("req") {
            if !request.starts_with('.') {
                self.scene.answer(&request);
                self.seen.fetch_add(1, Ordering::SeqCst);
            }
        }
        self.scene.clock.pass(SignedDuration::from_secs(1));
        true
    }
}

fn drive(scene: &Scene, journal: &SqliteJournal, seen: &AtomicU32) -> Result<Driven, JournalError> {
    let new = NewJob::new("j", "call.test", "9999998", json!(null));
    journal.begin(&new, scene.clock.now())?;
    let (doors, grants) = (scene.doors(), scene.grants());
    doors.sweep_before(journal).unwrap();
    drive_call(
        journal,
        &*scene.clock,
        "j",
        &mut ask,
        &mut Mediation::new(&doors, &grants),
        &mut Terminal { scene, seen },
    )
}

#[test]
fn the_terminal_is_asked_once_wherever_the_power_fails() {
    let mut crashes = 0u32;
    loop {
        let scene = Scene::new();
        let seen = AtomicU32::new(0);
        let file = scene.path("journal.db");
        let countdown = AtomicU32::new(crashes);
        let plug = move |_: CrashPoint| {
            if countdown.fetch_sub(1, Ordering::SeqCst) == 0 {
                Verdict::Stop
            } else {
                Verdict::GoOn
            }
        };
        let journal = SqliteJournal::open(&file).unwrap().on_crash_point(plug);
        let first = drive(&scene, &journal, &seen);
        drop(journal);
        let survived = first.is_ok();
        let driven = drive(&scene, &SqliteJournal::open(&file).unwrap(), &seen).unwrap();
        let Driven::Done(answers) = driven else {
            panic!("{driven:?} after crash point {crashes}")
        };
        assert_eq!(answers.as_array().unwrap().len(), 1, "{crashes}");
        assert_eq!(seen.load(Ordering::SeqCst), 1, "crash point {crashes}");
        assert!(scene.list("req").is_empty(), "crash point {crashes}");
        assert!(scene.list("res").is_empty(), "crash point {crashes}");
        if survived {
            break;
        }
        crashes += 1;
    }
    assert!(crashes > 10, "the plug was pulled {crashes} times");
}
