//! Steps: what a job asked of the world, in order, and what it was answered.

use crate::error::{Doing, JournalError};
use crate::jobs::{self, Outcome};
use crate::text::{from_json, json, moment, parse_moment};
use jiff::Timestamp;
use reseplug_effect::RepeatClass;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde_json::Value;

/// One step of a job.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Position in the job, from 0.
    pub seq: u64,
    /// What it does: the effect's name, or the flow's own word.
    pub name: String,
    /// With what. A later run must ask the same.
    pub args: Value,
    /// Who may repeat it.
    pub class: RepeatClass,
    /// What was prepared before the intent was written: the name a file will have.
    pub prepared: Option<Value>,
    /// How it ended; absent between intent and result.
    pub answer: Option<Outcome>,
    /// When the intent was written; absent where none was needed.
    pub intent_at: Option<Timestamp>,
    /// When the result was written.
    pub done_at: Option<Timestamp>,
}

/// A change of a job's steps, written together with others in one commit.
#[derive(Debug, Clone, PartialEq)]
pub enum StepWrite {
    /// A whole step that needed no intent, or an intent whose answer is still absent.
    Insert(Step),
    /// The result of a step whose intent is there.
    Result {
        /// Which step.
        seq: u64,
        /// How it ended.
        answer: Outcome,
        /// When.
        done_at: Timestamp,
    },
    /// The step was not begun after all: its intent is taken back.
    Withdraw {
        /// Which step.
        seq: u64,
    },
}

const COLUMNS: &str = "seq, name, args, class, prepared, answer, intent_at, done_at";

type Raw = (
    u64,
    String,
    String,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
);

fn raw(row: &Row<'_>) -> rusqlite::Result<Raw> {
    Ok((
        row.get(0)?,
        row.get(1)?,
        row.get(2)?,
        row.get(3)?,
        row.get(4)?,
        row.get(5)?,
        row.get(6)?,
        row.get(7)?,
    ))
}

fn read(job: &str, raw: Raw) -> Result<Step, JournalError> {
    let (seq, name, args, class, prepared, answer, intent_at, done_at) = raw;
    let what = format!("step {seq} of job {job}");
    Ok(Step {
        seq,
        name,
        args: from_json(&args, &what)?,
        class: from_json(&format!("\"{class}\""), &what)?,
        prepared: prepared.map(|t| from_json(&t, &what)).transpose()?,
        answer: answer.map(|t| from_json(&t, &what)).transpose()?,
        intent_at: intent_at.map(|t| parse_moment(&t, &what)).transpose()?,
        done_at: done_at.map(|t| parse_moment(&t, &what)).transpose()?,
    })
}

fn class_word(class: RepeatClass) -> &'static str {
    match class {
        RepeatClass::Safe => "safe",
        RepeatClass::Keyed => "keyed",
        RepeatClass::Never => "never",
    }
}

pub(crate) fn list(connection: &Connection, job: &str) -> Result<Vec<Step>, JournalError> {
    let rows: Vec<Raw> = connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM steps WHERE job = ?1 ORDER BY seq"
        ))
        .and_then(|mut s| s.query_map([job], raw)?.collect())
        .doing("reading steps")?;
    rows.into_iter().map(|r| read(job, r)).collect()
}

pub(crate) fn find(
    connection: &Connection,
    job: &str,
    seq: u64,
) -> Result<Option<Step>, JournalError> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM steps WHERE job = ?1 AND seq = ?2"
        ))
        .and_then(|mut s| s.query_row(params![job, seq], raw).optional())
        .doing("reading a step")?
        .map(|r| read(job, r))
        .transpose()
}

pub(crate) fn last(connection: &Connection, job: &str) -> Result<Option<u64>, JournalError> {
    connection
        .prepare_cached("SELECT max(seq) FROM steps WHERE job = ?1")
        .and_then(|mut s| s.query_row([job], |r| r.get(0)))
        .doing("reading the last step")
}

/// Carries out the changes. A step that another run has written meanwhile is an error, never
/// overwritten: its effect may have happened.
pub(crate) fn write(
    tx: &Transaction<'_>,
    job: &str,
    writes: &[StepWrite],
) -> Result<(), JournalError> {
    if writes.is_empty() {
        return Ok(());
    }
    for change in writes {
        let (seq, changed) = match change {
            StepWrite::Insert(step) => (step.seq, insert(tx, job, step)?),
            StepWrite::Result {
                seq,
                answer,
                done_at,
            } => {
                let sql = "UPDATE steps SET answer = ?3, done_at = ?4
                           WHERE job = ?1 AND seq = ?2 AND answer IS NULL";
                let answer = json(answer)?;
                let changed = tx
                    .prepare_cached(sql)
                    .and_then(|mut s| s.execute(params![job, seq, answer, moment(*done_at)]))
                    .doing("writing a step's result")?;
                (*seq, changed)
            }
            StepWrite::Withdraw { seq } => {
                let sql = "DELETE FROM steps WHERE job = ?1 AND seq = ?2 AND answer IS NULL";
                let changed = tx
                    .prepare_cached(sql)
                    .and_then(|mut s| s.execute(params![job, seq]))
                    .doing("taking back an intent")?;
                (*seq, changed)
            }
        };
        if changed != 1 {
            return Err(JournalError::StepConflict {
                job: job.to_owned(),
                seq,
            });
        }
    }
    jobs::touch(tx, job)
}

fn insert(tx: &Transaction<'_>, job: &str, step: &Step) -> Result<usize, JournalError> {
    let args = json(&step.args)?;
    let prepared = step.prepared.as_ref().map(json).transpose()?;
    let answer = step.answer.as_ref().map(json).transpose()?;
    tx.prepare_cached(&format!(
        "INSERT INTO steps (job, {COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT (job, seq) DO NOTHING"
    ))
    .and_then(|mut s| {
        s.execute(params![
            job,
            step.seq,
            step.name,
            args,
            class_word(step.class),
            prepared,
            answer,
            step.intent_at.map(moment),
            step.done_at.map(moment),
        ])
    })
    .doing("writing a step")
}
