//! Forgetting what a job was told: what must be looked at and must not be kept.
//!
//! That the job ran, what it asked and how it ended stays, in its rows and in the audit record;
//! what it was answered goes, out of the database and its log. Refusals and failures stay.

use crate::audit;
use crate::error::{Doing, JournalError};
use crate::jobs;
use crate::jobs::Outcome;
use crate::text::json;
use jiff::Timestamp;
use rusqlite::{Connection, Transaction, params};
use serde_json::json as value;

/// The job and its children.
const FAMILY: &str = "WITH RECURSIVE family(id) AS (
    SELECT ?1 UNION SELECT jobs.id FROM jobs JOIN family ON jobs.parent = family.id)";

/// What stands in the place of something forgotten.
fn forgotten() -> Result<(String, String), JournalError> {
    let mark = value!({ "forgotten": true });
    Ok((json(&mark)?, json(&Outcome::Done(mark))?))
}

/// Whether the job or a child of it still holds an answer.
pub(crate) fn holds(connection: &Connection, id: &str) -> Result<bool, JournalError> {
    let (mark, answer) = forgotten()?;
    connection
        .prepare_cached(&format!(
            "{FAMILY}
             SELECT 1 FROM steps JOIN family ON steps.job = family.id
              WHERE answer LIKE '{{\"done\":%' AND answer <> ?2
             UNION ALL
             SELECT 1 FROM jobs JOIN family USING (id) WHERE state = 'done' AND outcome <> ?3"
        ))
        .and_then(|mut s| s.exists(params![id, answer, mark]))
        .doing("looking at a job's answers")
}

/// Forgets what an ended job and its children were answered.
pub(crate) fn forget(tx: &Transaction<'_>, id: &str, at: Timestamp) -> Result<(), JournalError> {
    let job = jobs::existing(tx, id)?;
    if !job.state.is_closed() {
        return Err(JournalError::JobOpen { id: id.to_owned() });
    }
    let (mark, answer) = forgotten()?;
    tx.prepare_cached(&format!(
        "{FAMILY}
         UPDATE steps SET answer = ?2 WHERE answer LIKE '{{\"done\":%' AND job IN (SELECT id FROM family)"
    ))
    .and_then(|mut s| s.execute(params![id, answer]))
    .doing("forgetting a job's answers")?;
    tx.prepare_cached(&format!(
        "{FAMILY}
         UPDATE jobs SET outcome = ?2 WHERE state = 'done' AND id IN (SELECT id FROM family)"
    ))
    .and_then(|mut s| s.execute(params![id, mark]))
    .doing("forgetting a job's answers")?;
    audit::append(tx, &job.event(at, "job.forgotten"))
}
