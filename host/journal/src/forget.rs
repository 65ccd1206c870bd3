//! Forgetting what a job was told: what must be looked at and must not be kept.
//!
//! That the job ran, what it asked and how it ended stays, in its rows and in the audit record;
//! what it was answered goes, out of the database and its log. Refusals and failures stay.

use crate::audit;
use crate::error::{Doing, JournalError};
use crate::jobs;
use crate::jobs::Outcome;
use crate::schema;
use crate::text::json;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde_json::json as value;
use std::time::Duration;

/// Stands in `meta` from when something was forgotten until its bytes are off the disk.
const UNFINISHED: &str = "forgotten-bytes";

/// How long writing the store anew waits for another process that reads or writes. What is not done
/// then is done at the next opening: nobody is kept from what they want to do.
const PATIENCE: Duration = Duration::from_secs(1);

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
    tx.execute(
        "INSERT OR REPLACE INTO meta (name, value) VALUES (?1, randomblob(16))",
        [UNFINISHED],
    )
    .doing("noting that bytes are to go")?;
    audit::append(tx, &job.event(at, "job.forgotten"))
}

/// Takes what was forgotten off the disk, where that was not done yet; left for the next time where
/// another process has the store in use or the disk is too full for it.
///
/// The bytes would stay in freed pages, and in used ones where rows were moved about:
/// `secure_delete` reaches only what is freed from now on. Written anew, the file holds what it says
/// and nothing else; and out of the log they go as well, which would be emptied later by itself. Rare
/// enough to be worth it.
pub(crate) fn clear(connection: &Connection) -> Result<(), JournalError> {
    // Each forgetting leaves a mark of its own: one that comes while the store is written anew stays.
    let mark: Option<Vec<u8>> = connection
        .query_row(
            "SELECT value FROM meta WHERE name = ?1",
            [UNFINISHED],
            |row| row.get(0),
        )
        .optional()
        .doing("looking for bytes that are to go")?;
    let Some(mark) = mark else {
        return Ok(());
    };
    connection
        .busy_timeout(PATIENCE)
        .doing("setting the busy time-out")?;
    let cleared = written_anew(connection).unwrap_or(false);
    connection
        .busy_timeout(schema::BUSY)
        .doing("setting the busy time-out")?;
    if cleared {
        connection
            .execute(
                "DELETE FROM meta WHERE name = ?1 AND value = ?2",
                params![UNFINISHED, mark],
            )
            .doing("noting that the bytes are gone")?;
    }
    Ok(())
}

/// Whether all of it was done.
fn written_anew(connection: &Connection) -> rusqlite::Result<bool> {
    connection.execute_batch("VACUUM")?;
    let busy: i64 =
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    Ok(busy == 0)
}
