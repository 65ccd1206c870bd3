//! Facts: what a person or this program states about somebody, and no central answer says.

use crate::audit;
use crate::error::{Doing, JournalError};
use crate::text::{from_json, json, moment, parse_moment};
use jiff::Timestamp;
use reseplug_audit::{Event, pseudonym};
use reseplug_effect::jst;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde_json::Value;

/// One statement about one person: a spelling that was accepted, a month in which they were
/// served, a consent they withdrew on paper. Never changed, only added to: a later fact of the
/// same kind and person outweighs an earlier one.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// Made by the caller from what it states; the same id is the same fact.
    pub id: String,
    /// Station code.
    pub station: String,
    /// The product's key of the person.
    pub person_key: String,
    /// What kind of statement: `alias`, `served`, `note`, `withdrawal`, `reference`.
    pub kind: String,
    /// ISO 8601 day it is about.
    pub day: String,
    /// What is stated, as the kind's own JSON.
    pub value: Value,
    /// Who states it: a named person, or the host.
    pub by: String,
    /// When it was stated.
    pub at: Timestamp,
    /// SHA-256 of the document it was read from ([`crate::Journal::put_document`]).
    pub source: Option<String>,
    /// Job that recorded it.
    pub job: Option<String>,
}

const COLUMNS: &str = "id, station, person_key, kind, day, value, by, at, source, job";

fn texts(row: &Row<'_>) -> rusqlite::Result<Vec<Option<String>>> {
    (0..10).map(|i| row.get(i)).collect()
}

fn read(columns: Vec<Option<String>>) -> Result<Fact, JournalError> {
    let mut columns = columns.into_iter();
    let mut next = || columns.next().flatten();
    let mut text = || next().unwrap_or_default();
    let (id, station, person_key, kind) = (text(), text(), text(), text());
    let (day, value, by, at) = (text(), text(), text(), text());
    let what = format!("fact {id}");
    Ok(Fact {
        station,
        person_key,
        kind,
        day,
        value: from_json(&value, &what)?,
        by,
        at: parse_moment(&at, &what)?,
        source: next(),
        job: next(),
        id,
    })
}

/// Whether this very fact is there already; other content under its id is refused. When it was
/// stated does not count: a flow that runs again states the same later.
pub(crate) fn known(connection: &Connection, new: &Fact) -> Result<bool, JournalError> {
    let found = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM facts WHERE id = ?1"))
        .and_then(|mut s| s.query_row([&new.id], texts).optional())
        .doing("reading a fact")?
        .map(read)
        .transpose()?;
    let Some(old) = found else {
        return Ok(false);
    };
    if (Fact { at: new.at, ..old }) == *new {
        Ok(true)
    } else {
        Err(JournalError::RecordDiffers {
            what: "fact",
            id: new.id.clone(),
        })
    }
}

pub(crate) fn insert(tx: &Transaction<'_>, new: &Fact, secret: &[u8]) -> Result<(), JournalError> {
    tx.prepare_cached(&format!(
        "INSERT INTO facts ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
    ))
    .doing("writing a fact")?
    .execute(params![
        new.id,
        new.station,
        new.person_key,
        new.kind,
        new.day,
        json(&new.value)?,
        new.by,
        moment(new.at),
        new.source,
        new.job,
    ])
    .doing("writing a fact")?;
    let mut event = Event::new(jst(new.at), &new.by, "fact.recorded")
        .about(pseudonym(secret, &new.person_key))
        .ended(&new.kind)
        .note("day", &new.day);
    if let Some(job) = &new.job {
        event = event.note("job", job);
    }
    audit::append(tx, &event)
}

pub(crate) fn list(
    connection: &Connection,
    station: &str,
    kind: Option<&str>,
    person_key: Option<&str>,
) -> Result<Vec<Fact>, JournalError> {
    let rows: Vec<_> = connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM facts
             WHERE station = ?1 AND (?2 IS NULL OR kind = ?2) AND (?3 IS NULL OR person_key = ?3)
             ORDER BY at, rowid"
        ))
        .and_then(|mut s| {
            s.query_map(params![station, kind, person_key], texts)?
                .collect()
        })
        .doing("reading facts")?;
    rows.into_iter().map(read).collect()
}
