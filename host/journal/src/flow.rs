//! Native flows: host code that is a durable call, too.

use crate::drive::{ended, limit};
use crate::execute::{Performed, Performer, Run, StepEnd};
use crate::{
    Driven, Hold, Job, Journal, JournalError, NewJob, Outcome, STEP_LIMIT, document_digest,
};
use jiff::Timestamp;
use reseplug_effect::{Clock, Fault, RepeatClass};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Why a flow does not go on. All but [`FlowError::Fault`] are passed up with `?`.
#[derive(Debug, thiserror::Error)]
pub enum FlowError {
    /// A step was refused or failed; the flow may go another way, or end with it.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// Nothing to do before that moment.
    #[error("waiting until {until}")]
    Waiting {
        /// When to look next.
        until: Timestamp,
    },
    /// The job waits for a person.
    #[error("parked: {reason}")]
    Parked {
        /// Why.
        reason: Value,
    },
    /// The store failed; the job stands where it stood.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// A native flow in the middle of a run: straight-line code whose steps are remembered, so
/// that a run after a crash goes through the same code and finds what was done already.
///
/// ```
/// use reseplug_effect::{RepeatClass, SystemClock};
/// use reseplug_journal::{Driven, FlowError, NewJob, SqliteJournal, run_flow};
///
/// let journal = SqliteJournal::in_memory().unwrap();
/// let new = NewJob::new("job-1", "flow.example", "9999998", serde_json::json!({}));
/// let driven = run_flow(&journal, &SystemClock, &new, |flow| {
///     let number: u32 = flow.step("count", &"receipts", RepeatClass::Safe, || Ok(3))?;
///     Ok::<_, FlowError>(number + 1)
/// });
/// assert_eq!(driven.unwrap(), Driven::Done(serde_json::json!(4)));
/// ```
pub struct Flow<'j> {
    journal: &'j dyn Journal,
    clock: &'j dyn Clock,
    job: Job,
    seq: u64,
    _hold: Hold,
}

impl std::fmt::Debug for Flow<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Flow")
            .field("job", &self.job)
            .field("seq", &self.seq)
            .finish_non_exhaustive()
    }
}

/// A connector call that belongs to a flow.
#[derive(Debug, Clone, PartialEq)]
pub struct SubCall {
    /// What it is: `call.eligibility.verify-many`.
    pub kind: String,
    /// Its arguments.
    pub args: Value,
    /// The plugin it runs, id and digest.
    pub pins: Vec<(String, String)>,
    /// Moment after which it begins no further effect. Kept from the first run on.
    pub deadline: Option<Timestamp>,
    /// How many steps it may take.
    pub step_limit: u32,
}

impl SubCall {
    /// A call with the default step limit and no deadline.
    pub fn new(kind: impl Into<String>, args: Value, pins: Vec<(String, String)>) -> Self {
        Self {
            kind: kind.into(),
            args,
            pins,
            deadline: None,
            step_limit: STEP_LIMIT,
        }
    }
}

impl<'j> Flow<'j> {
    /// Begins a flow, or takes up the one with this id. A flow that has ended already is
    /// returned too: see [`Flow::ended`].
    pub fn begin(
        journal: &'j dyn Journal,
        clock: &'j dyn Clock,
        new: &NewJob,
    ) -> Result<Self, JournalError> {
        let hold = journal.hold(&new.id)?;
        let job = journal.begin(new, clock.now())?;
        Ok(Self {
            journal,
            clock,
            job,
            seq: 0,
            _hold: hold,
        })
    }

    /// How the job ended, or that it is parked, if it needs no run.
    pub fn ended(&self) -> Option<Driven> {
        ended(&self.job.state)
    }

    /// The job's id.
    pub fn id(&self) -> &str {
        self.job.id()
    }

    /// The job.
    pub fn job(&self) -> &Job {
        &self.job
    }

    /// The store.
    pub fn journal(&self) -> &'j dyn Journal {
        self.journal
    }

    /// The clock. A moment that decides anything must come from [`Flow::now`].
    pub fn clock(&self) -> &'j dyn Clock {
        self.clock
    }

    /// The moment this was first asked: the same in every run. Costs a commit of its own,
    /// because the very next step may write records that hold it.
    pub fn now(&mut self) -> Result<Timestamp, FlowError> {
        let now = self.clock.now().to_string();
        let text: String = self.step("now", &(), RepeatClass::Safe, || Ok(now))?;
        let what = format!("the moment of job {}", self.id());
        Ok(crate::text::parse_moment(&text, &what)?)
    }

    /// Carries out one step by `perform`, or answers it from the journal. `args` is what the
    /// step depends on: a later run that brings other arguments is parked.
    ///
    /// For a step of the class `never` a crash while it is performed ends as the fault
    /// `effect/in-doubt`; `safe` and `keyed` steps are performed again.
    pub fn step<T: Serialize + DeserializeOwned>(
        &mut self,
        name: &str,
        args: &(impl Serialize + ?Sized),
        class: RepeatClass,
        perform: impl FnOnce() -> Result<T, Fault>,
    ) -> Result<T, FlowError> {
        let args = to_value(name, args)?;
        let mut native = Native {
            perform: Some(|| to_result(perform()?)),
            name,
            clock: self.clock,
            broken: None,
        };
        let answer = self.perform(name, args, class, &mut native);
        if let Some(fault) = native.broken {
            return Err(FlowError::Journal(JournalError::Unable(Box::new(fault))));
        }
        let answer = answer?;
        serde_json::from_value(answer).map_err(|e| {
            FlowError::Journal(JournalError::Corrupt {
                what: format!("answer of step {name} of job {}", self.id()),
                reason: e.to_string(),
            })
        })
    }

    /// Carries out one step by a [`Performer`]: for effects that prepare, recover or settle.
    pub fn perform(
        &mut self,
        name: &str,
        args: Value,
        class: RepeatClass,
        performer: &mut dyn Performer,
    ) -> Result<Value, FlowError> {
        if let Some(Driven::Parked { reason }) = self.ended() {
            return Err(FlowError::Parked { reason });
        }
        if self.journal.step(self.id(), self.seq)?.is_none()
            && let Some(fault) = limit(&self.job, self.seq, self.clock.now())
        {
            return Err(FlowError::Fault(fault));
        }
        let run = Run {
            journal: self.journal,
            clock: self.clock,
            job: &self.job,
            seq: self.seq,
            name,
            args,
            class,
        };
        let end = run.execute(performer, &mut Vec::new())?;
        match end {
            StepEnd::Done(value) => {
                self.seq = self.seq.saturating_add(1);
                Ok(value)
            }
            StepEnd::Fault(fault) => {
                self.seq = self.seq.saturating_add(1);
                Err(FlowError::Fault(fault))
            }
            StepEnd::Pending { until } => Err(FlowError::Waiting { until }),
            StepEnd::Parked { reason } => Err(FlowError::Parked { reason }),
        }
    }

    /// Runs a connector call as a child job with the id `<job>/<seq>`. `drive` is given the
    /// child's id and drives it, usually by [`crate::drive_call`].
    ///
    /// The child's steps make it durable, so this step itself writes no intent. If the child
    /// waits, so does the flow; if it is parked, so is the flow.
    pub fn sub_call(
        &mut self,
        call: SubCall,
        drive: impl FnOnce(&str) -> Result<Driven, JournalError>,
    ) -> Result<Value, FlowError> {
        let new = NewJob {
            id: format!("{}/{}", self.id(), self.seq),
            kind: call.kind,
            station: self.job.new.station.clone(),
            parent: Some(self.id().to_owned()),
            actor: self.job.new.actor.clone(),
            args: call.args,
            pins: call.pins,
            deadline: match (call.deadline, self.job.new.deadline) {
                (Some(own), Some(flow)) => Some(own.min(flow)),
                (own, flow) => own.or(flow),
            },
            step_limit: call.step_limit,
        };
        // The arguments themselves stand in the child; here a digest is enough to see that
        // they are the same.
        let digest = document_digest(new.args.to_string().as_bytes());
        let args = json!({ "child": new.id, "kind": new.kind, "args-sha256": digest });
        let name = format!("call {}", new.kind);
        let mut child = Child {
            journal: self.journal,
            clock: self.clock,
            new: &new,
            drive: Some(drive),
            error: None,
            parked: None,
        };
        let result = self.perform(&name, args, RepeatClass::Safe, &mut child);
        match (child.error, child.parked) {
            (Some(error), _) => Err(FlowError::Journal(error)),
            (_, Some(why)) => {
                let reason = json!({
                    "kind": "child-parked",
                    "message_ja": "この処理の一部が停止しました。理由を確認してください。",
                    "message_en": "A part of this job is parked; see why.",
                    "child": new.id,
                    "reason": why,
                });
                self.journal.park(self.id(), &reason, self.clock.now())?;
                Err(FlowError::Parked { reason })
            }
            _ => result,
        }
    }

    /// Ends the flow with its value.
    pub fn finish(&self, value: &(impl Serialize + ?Sized)) -> Result<Value, FlowError> {
        let value = to_value("finish", value)?;
        self.journal
            .finish(self.id(), &Outcome::Done(value.clone()), self.clock.now())?;
        Ok(value)
    }

    /// Ends the flow with a fault.
    pub fn fail(&self, fault: &Fault) -> Result<(), JournalError> {
        self.journal
            .finish(self.id(), &Outcome::Fault(fault.clone()), self.clock.now())
    }
}

/// Runs a flow from its beginning to where it ends, waits or is parked, and notes which.
/// The same function, called again with the same id, takes it up.
pub fn run_flow<T: Serialize>(
    journal: &dyn Journal,
    clock: &dyn Clock,
    new: &NewJob,
    body: impl FnOnce(&mut Flow<'_>) -> Result<T, FlowError>,
) -> Result<Driven, JournalError> {
    let mut flow = Flow::begin(journal, clock, new)?;
    if let Some(driven) = flow.ended() {
        return Ok(driven);
    }
    let result = body(&mut flow).and_then(|value| flow.finish(&value));
    match result {
        Ok(value) => Ok(Driven::Done(value)),
        Err(FlowError::Fault(fault)) => {
            flow.fail(&fault)?;
            Ok(Driven::Fault(fault))
        }
        Err(FlowError::Waiting { until }) => {
            journal.wait(flow.id(), until, &[], clock.now())?;
            Ok(Driven::Waiting { until })
        }
        Err(FlowError::Parked { reason }) => Ok(Driven::Parked { reason }),
        Err(FlowError::Journal(error)) => Err(error),
    }
}

fn to_value(name: &str, value: &(impl Serialize + ?Sized)) -> Result<Value, FlowError> {
    to_result(value).map_err(|fault| {
        FlowError::Fault(Fault {
            message_en: format!("{name}: {}", fault.message_en),
            ..fault
        })
    })
}

fn to_result<T: Serialize>(value: T) -> Result<Value, Fault> {
    serde_json::to_value(value).map_err(|e| {
        Fault::new(
            "journal/not-json",
            "手順の値を記録できません。開発元に連絡してください。",
            format!("A value of a step cannot be written as JSON: {e}. Tell the vendor."),
        )
    })
}

/// Faults of the store itself, as a full disk has them.
const STORE_FAILED: [&str; 3] = ["journal/store", "journal/file", "journal/interrupted"];

/// A closure as a step.
struct Native<'a, F> {
    perform: Option<F>,
    name: &'a str,
    clock: &'a dyn Clock,
    /// The store failed meanwhile.
    broken: Option<Fault>,
}

impl<F: FnOnce() -> Result<Value, Fault>> Performer for Native<'_, F> {
    fn perform(&mut self, _prepared: Option<&Value>) -> Performed {
        match self.perform.take() {
            Some(perform) => match perform() {
                Ok(value) => Performed::Done(value),
                // A failing store is no answer: the step stays open, and a later run goes on here.
                Err(fault) if STORE_FAILED.contains(&fault.code.as_str()) => {
                    self.broken = Some(fault);
                    Performed::Pending {
                        until: self.clock.now(),
                    }
                }
                Err(fault) => Performed::NotDone(fault),
            },
            None => Performed::Unknown(format!("{} was performed once already", self.name)),
        }
    }
}

/// A child job as a step.
struct Child<'a, F> {
    journal: &'a dyn Journal,
    clock: &'a dyn Clock,
    new: &'a NewJob,
    drive: Option<F>,
    error: Option<JournalError>,
    parked: Option<Value>,
}

impl<F: FnOnce(&str) -> Result<Driven, JournalError>> Performer for Child<'_, F> {
    fn perform(&mut self, _prepared: Option<&Value>) -> Performed {
        // Neither a failing store nor a parked child is an answer; both leave the step open.
        let open = Performed::Pending {
            until: self.clock.now(),
        };
        let Some(drive) = self.drive.take() else {
            return open;
        };
        let driven = self
            .journal
            .begin(self.new, self.clock.now())
            .and_then(|job| ended(&job.state).map_or_else(|| drive(&self.new.id), Ok));
        match driven {
            Ok(Driven::Done(value)) => Performed::Done(value),
            Ok(Driven::Fault(fault)) => Performed::NotDone(fault),
            Ok(Driven::Waiting { until }) => Performed::Pending { until },
            Ok(Driven::Parked { reason }) => {
                self.parked = Some(reason);
                open
            }
            Err(error) => {
                self.error = Some(error);
                open
            }
        }
    }
}
