//! The one way a step is carried out.
//!
//! ```text
//! recorded answer ─────────────────────────────────────────────▶ answer
//! intent, no answer ──▶ recover ──┬─ done ──▶ record ──▶ settle ─▶ answer
//!                                 ├─ redo, or unknown and repeatable ──┐
//!                                 └─ unknown, never ──▶ record in-doubt │
//! nothing ──▶ prepare ──▶ commit intent ──▶ perform ◀──────────────────┘
//!                                             └──▶ commit result ──▶ settle ──▶ answer
//! ```

use crate::{CrashPoint, Job, JobState, Journal, JournalError, Outcome, Step, StepWrite};
use jiff::Timestamp;
use reseplug_audit::Event;
use reseplug_effect::{Clock, Fault, RepeatClass};
use serde_json::{Value, json};

/// How often a repeatable effect is tried when its outcome stays unknown. The caller may
/// wait and ask again; this only bridges a connection that broke once.
const ATTEMPTS: u32 = 3;

/// What an attempt at an effect came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Performed<T = Value> {
    /// It happened, and this is the answer.
    Done(T),
    /// Nothing has been done yet and nothing was sent; look again then.
    Pending {
        /// When to look next.
        until: Timestamp,
    },
    /// It certainly did not happen.
    NotDone(Fault),
    /// It may have happened. The text says what is known, in English, for the fault.
    Unknown(String),
}

/// What is known of an effect whose intent was written by a run that ended there.
#[derive(Debug, Clone, PartialEq)]
pub enum Recovered<T = Value> {
    /// It certainly did not happen: perform it.
    Redo,
    /// It happened, and this is the answer.
    Done(T),
    /// It may have happened: the repeat class decides.
    Unknown,
}

/// What the audit record says of a step besides its name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Pseudonym of the person it concerns ([`Journal::pseudonym`]).
    pub subject: Option<String>,
    /// Logical folder or endpoint.
    pub destination: Option<String>,
    /// Identity it is done under.
    pub identity: Option<String>,
    /// TLS version, known once it was done.
    pub tls: Option<String>,
}

/// Carries out one step. Every method may be called again after a crash.
pub trait Performer {
    /// Makes whatever has to be known before the intent is written, such as the name of a
    /// file; the value is stored with the intent. A fault ends the step as not done.
    fn prepare(&mut self) -> Result<Option<Value>, Fault> {
        Ok(None)
    }

    /// Does it.
    fn perform(&mut self, prepared: Option<&Value>) -> Performed;

    /// Finds out what became of an earlier attempt.
    fn recover(&mut self, prepared: Option<&Value>) -> Recovered {
        let _ = prepared;
        Recovered::Unknown
    }

    /// Cleans up once the answer is safely recorded: deletes an answer file. Must bear being
    /// called again; what it cannot do is left.
    fn settle(&mut self, answer: &Value) {
        let _ = answer;
    }

    /// Facts for the audit record; asked before the intent and again after the effect.
    fn facts(&self) -> Facts {
        Facts::default()
    }
}

/// How a step stands after [`execute`].
#[derive(Debug, Clone, PartialEq)]
pub enum StepEnd {
    /// Done, now or earlier.
    Done(Value),
    /// Refused, failed or in doubt, now or earlier.
    Fault(Fault),
    /// Not yet; look again then.
    Pending {
        /// When to look next.
        until: Timestamp,
    },
    /// The job was parked: this run asks for something else than the run before it.
    Parked {
        /// The difference, for a person to read.
        reason: Value,
    },
}

impl From<Outcome> for StepEnd {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done(value) => Self::Done(value),
            Outcome::Fault(fault) => Self::Fault(fault),
        }
    }
}

/// Carries out step `seq` of a job, or answers it from the journal.
///
/// Connector calls and native flows both come through here; see the module's picture for
/// the order of things. A safe step with nothing to prepare writes no intent and costs one
/// commit; every other costs two.
#[allow(
    clippy::too_many_arguments,
    reason = "each is one noun of the step; a struct would only rename them"
)]
pub fn execute(
    journal: &dyn Journal,
    clock: &dyn Clock,
    job: &str,
    seq: u64,
    name: &str,
    args: Value,
    class: RepeatClass,
    performer: &mut dyn Performer,
) -> Result<StepEnd, JournalError> {
    let job = journal
        .job(job)?
        .ok_or_else(|| JournalError::NoJob { id: job.to_owned() })?;
    if let JobState::Parked { reason } = &job.state {
        return Ok(StepEnd::Parked {
            reason: reason.clone(),
        });
    }
    let step = Run {
        journal,
        clock,
        job: &job,
        seq,
        name,
        args,
        class,
    };
    step.execute(performer, &mut Vec::new())
}

/// One step about to be carried out.
pub(crate) struct Run<'a> {
    pub(crate) journal: &'a dyn Journal,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) job: &'a Job,
    pub(crate) seq: u64,
    pub(crate) name: &'a str,
    pub(crate) args: Value,
    pub(crate) class: RepeatClass,
}

impl Run<'_> {
    /// `held` are whole steps before this one that wait for a commit to travel with; it is
    /// empty once one has taken them.
    pub(crate) fn execute(
        &self,
        performer: &mut dyn Performer,
        held: &mut Vec<Step>,
    ) -> Result<StepEnd, JournalError> {
        let Some(row) = self.journal.step(self.job.id(), self.seq)? else {
            return self.begin(performer, held);
        };
        if row.name != self.name || row.args != self.args {
            return self.diverged(&row);
        }
        match row.answer {
            Some(outcome) => {
                // A crash between the result and settling leaves settling to us; the last
                // step is the only one that can be in that state.
                if self.journal.last_step(self.job.id())? == Some(self.seq) {
                    self.settle(performer, &outcome)?;
                }
                Ok(outcome.into())
            }
            None => self.recover(performer, row.prepared.as_ref(), held),
        }
    }

    fn begin(
        &self,
        performer: &mut dyn Performer,
        held: &mut Vec<Step>,
    ) -> Result<StepEnd, JournalError> {
        let prepared = match performer.prepare() {
            Ok(prepared) => prepared,
            Err(fault) => return self.record(performer, false, Outcome::Fault(fault), held),
        };
        let intent = self.class != RepeatClass::Safe || prepared.is_some();
        if intent {
            let now = self.clock.now();
            let step = Step {
                prepared: prepared.clone(),
                ..self.row(None, Some(now))
            };
            let writes = writes(held, StepWrite::Insert(step));
            let event = self.event(performer, now, "step.intent");
            self.journal
                .write_steps("intent", self.job.id(), &writes, &[event])?;
            held.clear();
        }
        self.perform(performer, prepared.as_ref(), intent, false, held)
    }

    /// `in_question`: an earlier attempt may have happened. A keyed step that is refused after
    /// that has not been "not done": the refusal is about the repeat, not about the first.
    fn perform(
        &self,
        performer: &mut dyn Performer,
        prepared: Option<&Value>,
        intent: bool,
        mut in_question: bool,
        held: &mut Vec<Step>,
    ) -> Result<StepEnd, JournalError> {
        let mut attempt = 1;
        loop {
            self.journal
                .crash_point(CrashPoint::BeforePerform { seq: self.seq })?;
            let performed = performer.perform(prepared);
            self.journal
                .crash_point(CrashPoint::AfterPerform { seq: self.seq })?;
            let outcome = match performed {
                Performed::Done(value) => Outcome::Done(value),
                Performed::NotDone(fault) if in_question && self.class == RepeatClass::Keyed => {
                    Outcome::Fault(self.unknown(&fault.message_en))
                }
                Performed::NotDone(fault) => Outcome::Fault(fault),
                Performed::Pending { until } => {
                    if intent && self.class == RepeatClass::Never {
                        self.withdraw(performer)?;
                    }
                    return Ok(StepEnd::Pending { until });
                }
                Performed::Unknown(_) if self.class != RepeatClass::Never && attempt < ATTEMPTS => {
                    attempt = attempt.saturating_add(1);
                    in_question = true;
                    continue;
                }
                Performed::Unknown(known) => Outcome::Fault(self.unknown(&known)),
            };
            return self.record(performer, intent, outcome, held);
        }
    }

    fn recover(
        &self,
        performer: &mut dyn Performer,
        prepared: Option<&Value>,
        held: &mut Vec<Step>,
    ) -> Result<StepEnd, JournalError> {
        match performer.recover(prepared) {
            Recovered::Done(value) => self.record(performer, true, Outcome::Done(value), held),
            Recovered::Unknown if self.class == RepeatClass::Never => {
                let fault = self.unknown("the program stopped between asking and being answered");
                self.record(performer, true, Outcome::Fault(fault), held)
            }
            Recovered::Redo => self.perform(performer, prepared, true, false, held),
            Recovered::Unknown => self.perform(performer, prepared, true, true, held),
        }
    }

    fn record(
        &self,
        performer: &mut dyn Performer,
        intent: bool,
        outcome: Outcome,
        held: &mut Vec<Step>,
    ) -> Result<StepEnd, JournalError> {
        let now = self.clock.now();
        let write = if intent {
            StepWrite::Result {
                seq: self.seq,
                answer: outcome.clone(),
                done_at: now,
            }
        } else {
            StepWrite::Insert(Step {
                done_at: Some(now),
                ..self.row(Some(outcome.clone()), None)
            })
        };
        let event = self
            .event(performer, now, "step.result")
            .ended(outcome.word());
        self.journal
            .write_steps("result", self.job.id(), &writes(held, write), &[event])?;
        held.clear();
        self.settle(performer, &outcome)?;
        Ok(outcome.into())
    }

    fn settle(&self, performer: &mut dyn Performer, outcome: &Outcome) -> Result<(), JournalError> {
        if let Outcome::Done(answer) = outcome {
            performer.settle(answer);
            self.journal
                .crash_point(CrashPoint::AfterSettle { seq: self.seq })?;
        }
        Ok(())
    }

    /// A never-repeated step that was postponed must not look like one that was begun.
    fn withdraw(&self, performer: &dyn Performer) -> Result<(), JournalError> {
        let event = self.event(performer, self.clock.now(), "step.postponed");
        let write = StepWrite::Withdraw { seq: self.seq };
        self.journal
            .write_steps("postponement", self.job.id(), &[write], &[event])
    }

    pub(crate) fn diverged(&self, row: &Step) -> Result<StepEnd, JournalError> {
        let recorded = json!({ "name": row.name, "args": row.args });
        let asked = json!({ "name": self.name, "args": self.args });
        let reason = divergence(self.job, self.seq, &recorded, &asked);
        self.journal
            .park(self.job.id(), &reason, self.clock.now())?;
        Ok(StepEnd::Parked { reason })
    }

    fn row(&self, answer: Option<Outcome>, intent_at: Option<Timestamp>) -> Step {
        Step {
            seq: self.seq,
            name: self.name.to_owned(),
            args: self.args.clone(),
            class: self.class,
            prepared: None,
            answer,
            intent_at,
            done_at: None,
        }
    }

    fn event(&self, performer: &dyn Performer, at: Timestamp, action: &str) -> Event {
        let facts = performer.facts();
        let mut event = self
            .job
            .event(at, action)
            .note("step", self.name)
            .note("seq", self.seq.to_string());
        event.subject = facts.subject;
        event.destination = facts.destination;
        event.identity = facts.identity;
        event.tls = facts.tls;
        event
    }

    fn unknown(&self, known: &str) -> Fault {
        let (job, name) = (self.job.id(), self.name);
        if self.class == RepeatClass::Safe {
            return Fault::later(
                "effect/failed",
                format!(
                    "「{name}」の結果を得られませんでした（処理 {job}）。相手側と回線の状態を確認し、時間をおいてやり直してください。詳細: {known}"
                ),
                format!(
                    "{name} of job {job} got no result: {known}. Check the other side and the line, then try again later."
                ),
            );
        }
        Fault::in_doubt(
            format!(
                "「{name}」が相手側に届いたかどうか不明です（処理 {job}）。二重送信を避けるため、自動ではやり直しません。相手側の状態を確認してください。詳細: {known}"
            ),
            format!(
                "{name} of job {job} may or may not have happened: {known}. It is not repeated; ask the other side for the state first."
            ),
        )
    }
}

fn writes(held: &[Step], last: StepWrite) -> Vec<StepWrite> {
    held.iter()
        .cloned()
        .map(StepWrite::Insert)
        .chain([last])
        .collect()
}

/// The reason of a job that was parked because a run asked for something else than the run
/// before it.
pub(crate) fn divergence(job: &Job, seq: u64, recorded: &Value, asked: &Value) -> Value {
    let id = job.id();
    // A flow is this program's own; only a call is a plugin's.
    let (ja, en) = match job.new.kind.starts_with("flow.") {
        true => (
            format!(
                "手順 {seq} が前回の実行と異なるため、停止しました。このプログラム自身が、同じ仕事で前回と違うことをしようとしています（書類・設定・記録がその間に変わったか、プログラムが新しくなりました）。`reseplug jobs show {id}` の差異を見て前のとおりに戻し、`reseplug jobs resume {id} --by 氏名` のあと同じ命令をもう一度行うと、続きから進み、仕事が終わります。戻せないときは、`reseplug jobs give-up {id} --by 氏名 --reason 理由` でやめにし、差異を開発元に伝えてください。"
            ),
            format!(
                "Step {seq} is not what the run before asked for; this program itself asks differently for the same job: documents, settings or records have changed since, or the program has. See the difference with `reseplug jobs show {id}` and put back what it names; then `reseplug jobs resume {id} --by NAME` and the same command again drive the job to its end. If it cannot be put back, end it with `reseplug jobs give-up {id} --by NAME --reason WHY` and send the difference to the developers."
            ),
        ),
        false => (
            format!(
                "手順 {seq} が前回の実行と異なるため、停止しました。プラグインが同じ入力に対して別の動きをしています。差異を開発元に伝えてください。"
            ),
            format!(
                "Step {seq} is not what the run before asked for; the plugin does not do the same for the same input. Send the difference to its vendor."
            ),
        ),
    };
    json!({
        "kind": "divergence",
        "message_ja": ja,
        "message_en": en,
        "step": seq,
        "difference": difference(recorded, asked),
        "recorded": recorded,
        "asked": asked,
    })
}

/// Each place where two values differ, as `path: recorded → asked`.
fn difference(recorded: &Value, asked: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    walk("", Some(recorded), Some(asked), &mut lines);
    lines
}

/// More lines than this tell a person nothing more.
const LINES: usize = 50;
/// Longer values are cut; the whole of both stands beside.
const WIDTH: usize = 120;

fn walk(path: &str, recorded: Option<&Value>, asked: Option<&Value>, lines: &mut Vec<String>) {
    if recorded == asked || lines.len() >= LINES {
        return;
    }
    match (recorded, asked) {
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            let keys: std::collections::BTreeSet<_> = a.keys().chain(b.keys()).collect();
            for key in keys {
                walk(&format!("{path}/{key}"), a.get(key), b.get(key), lines);
            }
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) => {
            for i in 0..a.len().max(b.len()) {
                walk(&format!("{path}/{i}"), a.get(i), b.get(i), lines);
            }
        }
        _ => lines.push(format!("{path}: {} → {}", short(recorded), short(asked))),
    }
}

fn short(value: Option<&Value>) -> String {
    let Some(value) = value else {
        return "(none)".to_owned();
    };
    let text = value.to_string();
    if text.chars().count() <= WIDTH {
        return text;
    }
    text.chars().take(WIDTH).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_names_the_place_and_both_values() {
        let recorded =
            json!({ "name": "exchange.put", "args": { "prefix": "OQSsiquc01req", "n": [1, 2] } });
        let asked =
            json!({ "name": "exchange.put", "args": { "prefix": "OQSmuquc01req", "n": [1] } });
        assert_eq!(
            difference(&recorded, &asked),
            [
                "/args/n/1: 2 → (none)",
                "/args/prefix: \"OQSsiquc01req\" → \"OQSmuquc01req\"",
            ]
        );
    }
}
