//! The loop that drives a connector's call.

use crate::execute::{Run, StepEnd, divergence};
use crate::world::{Outward, World, is_own, name, value};
use crate::{Job, JobState, Journal, JournalError, Outcome, Patience, Step, StepWrite};
use jiff::Timestamp;
use reseplug_effect::{Answer, Bytes, Clock, Effect, Fault, Recorded, RepeatClass, jst};
use serde_json::{Value, json};

/// What one run of a call came to (the engine's answer, without the engine).
#[derive(Debug, Clone, PartialEq)]
pub enum StepResult {
    /// The call returned.
    Return(Value),
    /// The call returned its own fault.
    Fault(Fault),
    /// The call asks for an effect that is not in its history yet.
    Need(Effect),
    /// The call asked for something else than its history holds.
    Diverged {
        /// Position in the history, from 0.
        seq: u64,
        /// What the history holds.
        recorded: Effect,
        /// What the call asked for; absent where it was over.
        asked: Option<Effect>,
    },
    /// The call broke off: a trap or a limit. An outcome, not a step.
    Trap(Fault),
    /// The call could not be run now, for a reason that is not its own. No outcome: the job stands
    /// where it stood.
    Unable(Fault),
}

/// Where a job stands after a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Driven {
    /// It ended with a value.
    Done(Value),
    /// It ended with a fault.
    Fault(Fault),
    /// There is nothing to do before that moment.
    Waiting {
        /// When to look next.
        until: Timestamp,
    },
    /// It waits for a person.
    Parked {
        /// Why.
        reason: Value,
    },
}

/// The most random bytes one call of `random.bytes` may have: enough for any key or
/// identifier, too little to fill a journal.
const RANDOM_LIMIT: u32 = 64 * 1024;

/// Drives a job until it ends, has to wait longer than `patience` allows, or is parked.
///
/// `stepper` runs the call once over the history it is given. The job must have been begun
/// ([`Journal::begin`]) by the caller, with the digests of the plugins that `stepper` runs:
/// that is where a job whose plugins changed is parked.
///
/// `timer.now`, `random.bytes` and sleeps that are over cost no commit: they are written with
/// the next step's, with the note that the job waits, or with the job's end.
pub fn drive_call(
    journal: &dyn Journal,
    clock: &dyn Clock,
    job: &str,
    stepper: &mut dyn FnMut(&[Recorded]) -> StepResult,
    world: &mut dyn World,
    patience: &mut dyn Patience,
) -> Result<Driven, JournalError> {
    let _hold = journal.hold(job)?;
    let job = journal
        .job(job)?
        .ok_or_else(|| JournalError::NoJob { id: job.to_owned() })?;
    if let Some(driven) = ended(&job.state) {
        return Ok(driven);
    }
    let mut call = Call::load(journal, clock, &job)?;
    call.settle_last(world)?;
    loop {
        let driven = match stepper(&call.history) {
            StepResult::Return(value) => Some(call.end(Outcome::Done(value))?),
            StepResult::Fault(fault) | StepResult::Trap(fault) => {
                Some(call.end(Outcome::Fault(fault))?)
            }
            StepResult::Unable(fault) => return Err(JournalError::Unable(Box::new(fault))),
            StepResult::Diverged {
                seq,
                recorded,
                asked,
            } => Some(call.park_diverged(seq, &recorded, asked.as_ref())?),
            StepResult::Need(effect) => call.effect(effect, world, patience)?,
        };
        if let Some(driven) = driven {
            return Ok(driven);
        }
    }
}

/// The outcome of a job that needs no driving.
pub(crate) fn ended(state: &JobState) -> Option<Driven> {
    match state {
        JobState::Running | JobState::Waiting { .. } => None,
        JobState::Done { value } => Some(Driven::Done(value.clone())),
        JobState::Failed { fault } => Some(Driven::Fault(fault.clone())),
        JobState::Parked { reason } => Some(Driven::Parked {
            reason: reason.clone(),
        }),
    }
}

/// Why a job may not begin a further step.
pub(crate) fn limit(job: &Job, seq: u64, now: Timestamp) -> Option<Fault> {
    let id = job.id();
    if seq >= u64::from(job.new.step_limit) {
        let limit = job.new.step_limit;
        return Some(Fault::new(
            "job/step-limit",
            format!(
                "処理 {id} は手順の上限（{limit}）に達したため終了しました。プラグインの不具合の可能性があります。開発元に連絡してください。"
            ),
            format!(
                "Job {id} reached its limit of {limit} steps and was ended. The plugin probably loops; tell its vendor."
            ),
        ));
    }
    let deadline = job.new.deadline.filter(|deadline| now > *deadline)?;
    let when = jst(deadline);
    Some(Fault::later(
        "job/deadline",
        format!(
            "処理 {id} は期限（{when}）を過ぎたため終了しました。相手側の状態を確認し、新しい処理としてやり直してください。"
        ),
        format!(
            "Job {id} was ended because its deadline ({when}) has passed. Check the other side, then begin a new job."
        ),
    ))
}

/// A call in the middle of being driven.
struct Call<'a> {
    journal: &'a dyn Journal,
    clock: &'a dyn Clock,
    job: &'a Job,
    history: Vec<Recorded>,
    /// The last entries of `history`, if they are not in the store yet.
    held: Vec<Step>,
    /// The step whose intent is there without an answer.
    unanswered: Option<Step>,
    /// The moment the store knows this job to wait for.
    waiting: Option<Timestamp>,
    /// The last recorded step may not have been settled.
    unsettled: bool,
}

impl<'a> Call<'a> {
    fn load(
        journal: &'a dyn Journal,
        clock: &'a dyn Clock,
        job: &'a Job,
    ) -> Result<Self, JournalError> {
        let mut call = Self {
            journal,
            clock,
            job,
            history: Vec::new(),
            held: Vec::new(),
            unanswered: None,
            waiting: match job.state {
                JobState::Waiting { until } => Some(until),
                _ => None,
            },
            unsettled: false,
        };
        for mut step in journal.steps(job.id())? {
            let Some(outcome) = step.answer.take() else {
                call.unanswered = Some(step);
                break;
            };
            let answer = match outcome {
                Outcome::Done(value) => call.read(value, "answer")?,
                Outcome::Fault(fault) => Answer::Fault { fault },
            };
            call.history.push(Recorded {
                effect: call.read(step.args, "effect")?,
                answer,
            });
        }
        call.unsettled = call.unanswered.is_none() && !call.history.is_empty();
        Ok(call)
    }

    fn read<T: serde::de::DeserializeOwned>(
        &self,
        value: Value,
        what: &str,
    ) -> Result<T, JournalError> {
        serde_json::from_value(value).map_err(|e| JournalError::Corrupt {
            what: format!(
                "{what} of step {} of job {}",
                self.history.len(),
                self.job.id()
            ),
            reason: e.to_string(),
        })
    }

    fn seq(&self) -> u64 {
        self.history.len() as u64
    }

    /// A crash may have come between the last result and its settling.
    fn settle_last(&mut self, world: &mut dyn World) -> Result<(), JournalError> {
        if let Some(Recorded { effect, answer }) = self.history.last()
            && std::mem::take(&mut self.unsettled)
            && !is_own(effect)
        {
            world.settle(effect, answer);
            let seq = self.seq().saturating_sub(1);
            self.journal
                .crash_point(crate::CrashPoint::AfterSettle { seq })?;
        }
        Ok(())
    }

    fn tail(&self) -> Vec<StepWrite> {
        self.held.iter().cloned().map(StepWrite::Insert).collect()
    }

    fn end(&mut self, outcome: Outcome) -> Result<Driven, JournalError> {
        self.journal
            .close(self.job.id(), &outcome, &self.tail(), self.clock.now())?;
        Ok(match outcome {
            Outcome::Done(value) => Driven::Done(value),
            Outcome::Fault(fault) => Driven::Fault(fault),
        })
    }

    fn park_diverged(
        &self,
        seq: u64,
        recorded: &Effect,
        asked: Option<&Effect>,
    ) -> Result<Driven, JournalError> {
        let reason = divergence(self.job, seq, &json!(recorded), &json!(asked));
        self.journal
            .park(self.job.id(), &reason, self.clock.now())?;
        Ok(Driven::Parked { reason })
    }

    /// Carries out one effect; `None` when its answer is in the history and the call can
    /// run on.
    fn effect(
        &mut self,
        effect: Effect,
        world: &mut dyn World,
        patience: &mut dyn Patience,
    ) -> Result<Option<Driven>, JournalError> {
        if let Some(step) = &self.unanswered
            && is_own(&effect)
        {
            let recorded: Effect = self.read(step.args.clone(), "effect")?;
            return self
                .park_diverged(self.seq(), &recorded, Some(&effect))
                .map(Some);
        }
        loop {
            // What was begun is brought to its end even past the deadline.
            if self.unanswered.is_none()
                && let Some(fault) = limit(self.job, self.seq(), self.clock.now())
            {
                return self.end(Outcome::Fault(fault)).map(Some);
            }
            let until = match self.look(&effect, world)? {
                Looked::Answered => return Ok(None),
                Looked::Ended(driven) => return Ok(Some(driven)),
                Looked::Pending(until) => match self.job.new.deadline {
                    Some(deadline) => until.min(deadline),
                    None => until,
                },
            };
            if !self.pause(until, patience)? {
                return Ok(Some(Driven::Waiting { until }));
            }
        }
    }

    /// Waits until then, or notes that the job waits and says no.
    fn pause(
        &mut self,
        until: Timestamp,
        patience: &mut dyn Patience,
    ) -> Result<bool, JournalError> {
        // Noted once before the first pause, so that a moment the call asked for is not
        // asked for again by the next run, and its waiting does not begin anew.
        if self.waiting.is_none() || !self.held.is_empty() {
            self.note_waiting(until)?;
        }
        loop {
            let now = self.clock.now();
            if now >= until {
                // A world that is pending until now would otherwise spin.
                std::thread::yield_now();
                return Ok(true);
            }
            if !patience.wait(now, until) {
                if self.waiting != Some(until) {
                    self.note_waiting(until)?;
                }
                return Ok(false);
            }
        }
    }

    fn note_waiting(&mut self, until: Timestamp) -> Result<(), JournalError> {
        self.journal
            .wait(self.job.id(), until, &self.tail(), self.clock.now())?;
        self.held.clear();
        self.waiting = Some(until);
        Ok(())
    }

    fn look(&mut self, effect: &Effect, world: &mut dyn World) -> Result<Looked, JournalError> {
        match effect {
            Effect::TimerNow => {
                let at = jst(self.clock.now());
                self.hold(effect, Answer::Now { at })
            }
            Effect::RandomBytes { length } => self.random(effect, *length),
            Effect::TimerSleepUntil { until } => match until.parse::<Timestamp>() {
                Ok(until) if self.clock.now() < until => Ok(Looked::Pending(until)),
                Ok(_) => self.hold(effect, Answer::Slept),
                Err(e) => self.fail(Fault::new(
                    "timer/not-a-moment",
                    format!("プラグインが待つ時刻「{until}」を読み取れません。プラグインの開発元に連絡してください。"),
                    format!("The plugin sleeps until {until:?}, which is no ISO 8601 moment with offset ({e}). Tell its vendor."),
                )),
            },
            _ => self.outward(effect, world),
        }
    }

    fn random(&mut self, effect: &Effect, length: u32) -> Result<Looked, JournalError> {
        if length > RANDOM_LIMIT {
            return self.fail(Fault::new(
                "random/too-many",
                format!("プラグインが一度に {length} バイトの乱数を求めました（上限 {RANDOM_LIMIT}）。プラグインの開発元に連絡してください。"),
                format!("The plugin asked for {length} random bytes at once; {RANDOM_LIMIT} is the limit. Tell its vendor."),
            ));
        }
        let mut bytes = vec![0u8; length as usize];
        if let Err(e) = getrandom::fill(&mut bytes) {
            return self.fail(Fault::later(
                "random/unavailable",
                "このPCの乱数を使用できません。PCを再起動してください。",
                format!("This machine has no randomness: {e}. Restart it."),
            ));
        }
        self.hold(
            effect,
            Answer::Random {
                bytes: Bytes::from(bytes),
            },
        )
    }

    fn fail(&mut self, fault: Fault) -> Result<Looked, JournalError> {
        self.end(Outcome::Fault(fault)).map(Looked::Ended)
    }

    /// Keeps an answer in memory until a commit passes by.
    fn hold(&mut self, effect: &Effect, answer: Answer) -> Result<Looked, JournalError> {
        self.held.push(Step {
            seq: self.seq(),
            name: name(effect).to_owned(),
            args: value(effect)?,
            class: RepeatClass::Safe,
            prepared: None,
            answer: Some(Outcome::Done(value(&answer)?)),
            intent_at: None,
            done_at: Some(self.clock.now()),
        });
        self.history.push(Recorded {
            effect: effect.clone(),
            answer,
        });
        Ok(Looked::Answered)
    }

    fn outward(&mut self, effect: &Effect, world: &mut dyn World) -> Result<Looked, JournalError> {
        // What was begun keeps the class it was begun under.
        let begun = self.unanswered.as_ref().map(|step| step.class);
        let (class, refused) = match begun.map_or_else(|| world.class(effect), Ok) {
            Ok(class) => (class, None),
            Err(fault) => (RepeatClass::Safe, Some(fault)),
        };
        let run = Run {
            journal: self.journal,
            clock: self.clock,
            job: self.job,
            seq: self.seq(),
            name: name(effect),
            args: value(effect)?,
            class,
        };
        let mut performer = Outward {
            effect,
            world,
            refused,
            unreadable: None,
        };
        let end = run.execute(&mut performer, &mut self.held)?;
        if let Some(reason) = performer.unreadable {
            return Err(JournalError::Corrupt {
                what: format!("answer to {}", name(effect)),
                reason,
            });
        }
        let answer = match end {
            StepEnd::Done(value) => self.read(value, "answer")?,
            StepEnd::Fault(fault) => Answer::Fault { fault },
            StepEnd::Parked { reason } => return Ok(Looked::Ended(Driven::Parked { reason })),
            StepEnd::Pending { until } => {
                self.unanswered = self.journal.step(self.job.id(), self.seq())?;
                return Ok(Looked::Pending(until));
            }
        };
        self.unanswered = None;
        // Writing a step has set the job running again.
        self.waiting = None;
        self.history.push(Recorded {
            effect: effect.clone(),
            answer,
        });
        Ok(Looked::Answered)
    }
}

/// What one look at an effect came to.
enum Looked {
    Answered,
    Pending(Timestamp),
    Ended(Driven),
}
