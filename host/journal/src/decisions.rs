//! Decisions: who accepted which change of which group, and what was undone.

use crate::audit;
use crate::error::{Doing, JournalError};
use crate::text::{from_json, json, moment, parse_moment};
use jiff::Timestamp;
use reseplug_audit::{Event, pseudonym};
use reseplug_effect::jst;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde_json::Value;

/// A change that was accepted, by a person or by a standing rule of a person.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// Made by the caller from what it is; the same id is the same decision.
    pub id: String,
    /// Station code.
    pub station: String,
    /// The product's key of the person.
    pub person_key: String,
    /// The group it is about: `coverage`, `income-category` … Never a single field.
    pub group: String,
    /// 資格確認日, ISO 8601 day.
    pub as_of: String,
    /// The group before; null where there was nothing.
    pub before: Value,
    /// The group after.
    pub after: Value,
    /// What it rests on: the id of the evidence.
    pub source: String,
    /// Who accepted it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Who took it back, and when.
    pub undone: Option<Undone>,
}

/// That a decision was taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undone {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

const COLUMNS: &str = "id, station, person_key, grp, as_of, before, after, source, by, at, \
                       undone_by, undone_at";

fn texts(row: &Row<'_>) -> rusqlite::Result<Vec<Option<String>>> {
    (0..12).map(|i| row.get(i)).collect()
}

fn read(columns: Vec<Option<String>>) -> Result<Decision, JournalError> {
    let mut columns = columns.into_iter();
    let mut next = || columns.next().flatten();
    let id = next().unwrap_or_default();
    let what = format!("decision {id}");
    let mut text = || next().unwrap_or_default();
    let (station, person_key, group, as_of) = (text(), text(), text(), text());
    let (before, after, source, by, at) = (text(), text(), text(), text(), text());
    let undone = match (next(), next()) {
        (Some(by), Some(at)) => Some(Undone {
            by,
            at: parse_moment(&at, &what)?,
        }),
        _ => None,
    };
    Ok(Decision {
        station,
        person_key,
        group,
        as_of,
        before: from_json(&before, &what)?,
        after: from_json(&after, &what)?,
        source,
        by,
        at: parse_moment(&at, &what)?,
        undone,
        id,
    })
}

pub(crate) fn find(connection: &Connection, id: &str) -> Result<Option<Decision>, JournalError> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM decisions WHERE id = ?1"))
        .and_then(|mut s| s.query_row([id], texts).optional())
        .doing("reading a decision")?
        .map(read)
        .transpose()
}

/// Whether this decision is there already. Its moment and its undoing do not count: a flow
/// that runs again makes the same decision later.
pub(crate) fn known(connection: &Connection, new: &Decision) -> Result<bool, JournalError> {
    let Some(old) = find(connection, &new.id)? else {
        return Ok(false);
    };
    if (Decision {
        at: new.at,
        undone: new.undone.clone(),
        ..old
    }) == *new
    {
        Ok(true)
    } else {
        Err(JournalError::RecordDiffers {
            what: "decision",
            id: new.id.clone(),
        })
    }
}

fn event(decision: &Decision, secret: &[u8], at: Timestamp, by: &str, action: &str) -> Event {
    Event::new(jst(at), by, action)
        .about(pseudonym(secret, &decision.person_key))
        .note("decision", &decision.id)
        .note("group", &decision.group)
        .note("as-of", &decision.as_of)
        .note("source", &decision.source)
}

pub(crate) fn insert(
    tx: &Transaction<'_>,
    new: &Decision,
    secret: &[u8],
) -> Result<(), JournalError> {
    tx.prepare_cached(&format!(
        "INSERT INTO decisions ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, NULL, NULL)"
    ))
    .doing("writing a decision")?
    .execute(params![
        new.id,
        new.station,
        new.person_key,
        new.group,
        new.as_of,
        json(&new.before)?,
        json(&new.after)?,
        new.source,
        new.by,
        moment(new.at),
    ])
    .doing("writing a decision")?;
    audit::append(tx, &event(new, secret, new.at, &new.by, "decision.made"))
}

pub(crate) fn undo(
    tx: &Transaction<'_>,
    decision: &Decision,
    secret: &[u8],
    by: &str,
    at: Timestamp,
) -> Result<(), JournalError> {
    tx.prepare_cached(
        "UPDATE decisions SET undone_by = ?2, undone_at = ?3 WHERE id = ?1 AND undone_at IS NULL",
    )
    .and_then(|mut s| s.execute(params![decision.id, by, moment(at)]))
    .doing("undoing a decision")?;
    audit::append(tx, &event(decision, secret, at, by, "decision.undone"))
}

pub(crate) fn list(
    connection: &Connection,
    station: &str,
    person_key: Option<&str>,
) -> Result<Vec<Decision>, JournalError> {
    let rows: Vec<_> = connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM decisions
             WHERE station = ?1 AND (?2 IS NULL OR person_key = ?2) ORDER BY at, rowid"
        ))
        .and_then(|mut s| s.query_map(params![station, person_key], texts)?.collect())
        .doing("reading decisions")?;
    rows.into_iter().map(read).collect()
}
