//! Evidence: what the central system answered about whom, as of which day.

use crate::audit;
use crate::error::{Doing, JournalError};
use crate::text::from_json;
use jiff::Timestamp;
use reseplug_audit::{Event, pseudonym};
use reseplug_effect::jst;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// One confirmed answer about one person (資格確認の結果). Never changed, only added to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Made by the caller from what it is; the same id is the same evidence.
    pub id: String,
    /// Station code.
    pub station: String,
    /// The product's key of the person.
    pub person_key: String,
    /// 資格確認日, ISO 8601 day: the day the answer is about.
    pub as_of: String,
    /// When the central system answered, ISO 8601 with offset.
    pub answered_at: String,
    /// How it was asked: `single`, `bulk`, `consent`, `card`, `paper` …
    pub method: String,
    /// Message it was asked by (`OQSmuquc02`); empty where there was none.
    pub message: String,
    /// 資格有効性 as the connector reported it: `valid` or a reason why not.
    pub validity: String,
    /// What was asked and what was answered, as the caller's JSON text; kept whole, so that it can
    /// be judged again by a later program.
    pub coverage: String,
    /// Job that obtained it.
    pub job: Option<String>,
    /// Step of that job.
    pub step: Option<u64>,
    /// SHA-256 of the document it was read from ([`crate::Journal::put_document`]).
    pub source: Option<String>,
    /// Its place in the order of recording, which decides which of two answers within one second is
    /// the later one. Given by the store; absent in what was not read from there.
    #[serde(skip)]
    pub recorded: Option<u64>,
}

const COLUMNS: &str = "id, station, person_key, as_of, answered_at, method, message, validity, \
                       coverage, job, step, source";

fn read(row: &Row<'_>) -> rusqlite::Result<Evidence> {
    Ok(Evidence {
        id: row.get(0)?,
        station: row.get(1)?,
        person_key: row.get(2)?,
        as_of: row.get(3)?,
        answered_at: row.get(4)?,
        method: row.get(5)?,
        message: row.get(6)?,
        validity: row.get(7)?,
        coverage: row.get(8)?,
        job: row.get(9)?,
        step: row.get(10)?,
        source: row.get(11)?,
        recorded: row.get(12)?,
    })
}

/// Whether two rows are the same evidence, however their JSON is written.
fn same(old: &Evidence, new: &Evidence) -> Result<bool, JournalError> {
    let said = |one: &Evidence| -> Result<Value, JournalError> {
        from_json(&one.coverage, &format!("evidence {}", one.id))
    };
    let besides = |one: &Evidence| Evidence {
        coverage: String::new(),
        recorded: None,
        ..one.clone()
    };
    Ok(besides(old) == besides(new) && (old.coverage == new.coverage || said(old)? == said(new)?))
}

/// Whether this very evidence is there already; other content under its id is refused.
pub(crate) fn known(connection: &Connection, new: &Evidence) -> Result<bool, JournalError> {
    let found = connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS}, rowid FROM evidence WHERE id = ?1"
        ))
        .and_then(|mut s| s.query_row([&new.id], read).optional())
        .doing("reading evidence")?;
    match found {
        None => Ok(false),
        Some(old) if same(&old, new)? => Ok(true),
        Some(_) => Err(JournalError::RecordDiffers {
            what: "evidence",
            id: new.id.clone(),
        }),
    }
}

pub(crate) fn insert(
    tx: &Transaction<'_>,
    new: &Evidence,
    secret: &[u8],
    at: Timestamp,
) -> Result<(), JournalError> {
    tx.prepare_cached(&format!(
        "INSERT INTO evidence ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
    ))
    .doing("writing evidence")?
    .execute(params![
        new.id,
        new.station,
        new.person_key,
        new.as_of,
        new.answered_at,
        new.method,
        new.message,
        new.validity,
        new.coverage,
        new.job,
        new.step,
        new.source,
    ])
    .doing("writing evidence")?;
    let mut event = Event::new(jst(at), "host", "evidence.recorded")
        .about(pseudonym(secret, &new.person_key))
        .ended(&new.validity)
        .note("as-of", &new.as_of)
        .note("method", &new.method)
        .note("message", &new.message);
    if let Some(job) = &new.job {
        event = event.note("job", job);
    }
    audit::append(tx, &event)
}

pub(crate) fn ids(
    connection: &Connection,
    station: &str,
) -> Result<BTreeSet<String>, JournalError> {
    connection
        .prepare_cached("SELECT id FROM evidence WHERE station = ?1")
        .and_then(|mut s| s.query_map([station], |row| row.get(0))?.collect())
        .doing("reading the ids of evidence")
}

/// Hands over the evidence of one person or of everybody in the order in which it was recorded, row by
/// row, so that no more than one is in memory. Rows are never removed, so their numbers grow.
pub(crate) fn each(
    connection: &Connection,
    station: &str,
    person_key: Option<&str>,
    visit: &mut dyn FnMut(Evidence),
) -> Result<(), JournalError> {
    let of = match person_key {
        Some(_) => "station = ?1 AND person_key = ?2",
        None => "station = ?1 AND ?2 IS NULL",
    };
    let mut statement = connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS}, rowid FROM evidence WHERE {of} ORDER BY rowid"
        ))
        .doing("reading evidence")?;
    let rows = statement
        .query_map(params![station, person_key], read)
        .doing("reading evidence")?;
    for row in rows {
        visit(row.doing("reading evidence")?);
    }
    Ok(())
}
