//! Filings: a key that can be claimed once, so that nothing is filed twice.

use crate::audit;
use crate::claims::{self, FiledReceipt};
use crate::error::{Doing, JournalError};
use crate::jobs;
use crate::text::{from_json, json, moment, parse_moment};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde_json::Value;

/// States of a filing that the store itself knows. Others are those that events give it
/// ([`crate::ClaimEvent::state`]).
pub mod filing_state {
    /// A job holds the key and has not reported yet.
    pub const CLAIMED: &str = "claimed";
    /// It certainly was not filed: the key may be claimed again.
    pub const RELEASED: &str = "released";
}

/// A filing as the store knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Filing {
    /// Made of what is filed: station, payer, month, kind, content.
    pub key: String,
    /// Job that claimed it.
    pub job: String,
    /// Station code.
    pub station: String,
    /// Payer, month, totals …, as the flow wrote them.
    pub detail: Value,
    /// Where it stands ([`filing_state`], or what its last event said).
    pub state: String,
    /// When it was claimed.
    pub claimed_at: Timestamp,
    /// When its state changed last.
    pub changed_at: Timestamp,
}

/// Whether a key could be claimed.
#[derive(Debug, Clone, PartialEq)]
pub enum Claim {
    /// The job holds it now, or did already.
    Claimed,
    /// Another job holds it.
    AlreadyBy(Filing),
}

const COLUMNS: &str = "key, job, station, detail, state, claimed_at, changed_at";

fn raw(row: &Row<'_>) -> rusqlite::Result<[String; 7]> {
    Ok([
        row.get(0)?,
        row.get(1)?,
        row.get(2)?,
        row.get(3)?,
        row.get(4)?,
        row.get(5)?,
        row.get(6)?,
    ])
}

fn read(
    [key, job, station, detail, state, claimed_at, changed_at]: [String; 7],
) -> Result<Filing, JournalError> {
    let what = format!("filing {key}");
    Ok(Filing {
        job,
        station,
        detail: from_json(&detail, &what)?,
        state,
        claimed_at: parse_moment(&claimed_at, &what)?,
        changed_at: parse_moment(&changed_at, &what)?,
        key,
    })
}

pub(crate) fn find(connection: &Connection, key: &str) -> Result<Option<Filing>, JournalError> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM filings WHERE key = ?1"))
        .and_then(|mut s| s.query_row([key], raw).optional())
        .doing("reading a filing")?
        .map(read)
        .transpose()
}

pub(crate) fn list(connection: &Connection, station: &str) -> Result<Vec<Filing>, JournalError> {
    let rows: Vec<_> = connection
        .prepare_cached(&format!(
            // In the order in which they were claimed first, whatever the PC's clock said then.
            "SELECT {COLUMNS} FROM filings WHERE station = ?1 ORDER BY rowid"
        ))
        .and_then(|mut s| s.query_map([station], raw)?.collect())
        .doing("reading filings")?;
    rows.into_iter().map(read).collect()
}

pub(crate) fn claim(
    tx: &Transaction<'_>,
    key: &str,
    job: &str,
    detail: &Value,
    receipts: &[FiledReceipt],
    at: Timestamp,
) -> Result<Claim, JournalError> {
    let owner = jobs::existing(tx, job)?;
    if let Some(old) = find(tx, key)?
        && old.state != filing_state::RELEASED
    {
        return Ok(if old.job == job {
            Claim::Claimed
        } else {
            Claim::AlreadyBy(old)
        });
    }
    tx.prepare_cached(&format!(
        "INSERT INTO filings ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
         ON CONFLICT (key) DO UPDATE SET job = excluded.job, detail = excluded.detail,
             state = excluded.state, claimed_at = excluded.claimed_at, changed_at = excluded.changed_at"
    ))
    .doing("claiming a filing")?
    .execute(params![key, job, owner.new.station, json(detail)?, filing_state::CLAIMED, moment(at)])
    .doing("claiming a filing")?;
    let digest = claims::put_receipts(tx, key, &owner.new.station, receipts)?;
    let event = owner.event(at, "filing.claimed").about(key);
    audit::append(tx, &event.note("receipts-sha256", digest))?;
    Ok(Claim::Claimed)
}

/// Gives a filing that was entered without its receipts those that were learned since.
pub(crate) fn complete(
    tx: &Transaction<'_>,
    key: &str,
    job: &str,
    receipts: &[FiledReceipt],
    at: Timestamp,
) -> Result<(), JournalError> {
    let owner = jobs::existing(tx, job)?;
    if find(tx, key)?.is_none() {
        return Err(JournalError::NoRecord {
            what: "filing",
            id: key.to_owned(),
        });
    }
    if !claims::receipts(tx, key)?.is_empty() {
        return Ok(());
    }
    let digest = claims::put_receipts(tx, key, &owner.new.station, receipts)?;
    let event = owner.event(at, "filing.completed").about(key);
    audit::append(tx, &event.note("receipts-sha256", digest))
}
