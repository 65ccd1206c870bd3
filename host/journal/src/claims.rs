//! The claim record: what happened to a month's claim, event by event, and which receipts a
//! filing holds. Append-only; what it means is decided elsewhere.

use crate::audit;
use crate::documents::document_digest;
use crate::error::{Doing, JournalError};
use crate::text::{from_json, json, moment, parse_moment};
use jiff::Timestamp;
use reseplug_audit::Event;
use reseplug_effect::jst;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde_json::Value;

/// One thing that happened to a claim, or became known of it. Never changed.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimEvent {
    /// Made by the caller from what it is; the same id is the same event.
    pub id: String,
    /// Station code.
    pub station: String,
    /// 請求年月, `2024-11`.
    pub claim_month: String,
    /// 審査支払機関 (別表1), `1` or `2`; empty where nobody says.
    pub payer: String,
    /// Key of the filing it is about; absent before there is one.
    pub filing: Option<String>,
    /// レセプト番号 in that filing's file, where it is about one receipt.
    pub receipt: Option<u32>,
    /// What: `approved`, `submitted`, `confirmed` …
    pub kind: String,
    /// How it is known: `acted`, `answered`, `imported`, `reported`.
    pub how: String,
    /// The kind's own JSON.
    pub value: Value,
    /// Who did or said it.
    pub by: String,
    /// When it was recorded.
    pub at: Timestamp,
    /// SHA-256 of the document it was read from ([`crate::Journal::put_document`]).
    pub source: Option<String>,
    /// Job that recorded it.
    pub job: Option<String>,
    /// Where its filing stands from now on, if it moves it.
    pub state: Option<String>,
}

/// A receipt of a filing.
#[derive(Debug, Clone, PartialEq)]
pub struct FiledReceipt {
    /// Key of the filing.
    pub filing: String,
    /// レセプト番号 in its file.
    pub number: u32,
    /// 指定訪問看護年月, `2024-10`.
    pub service_month: String,
    /// Person, days, amount …, as the flow wrote them.
    pub facts: Value,
}

const COLUMNS: &str = "id, station, claim_month, payer, filing, receipt, kind, how, value, by, at, source, job, state";

struct Raw {
    texts: Vec<Option<String>>,
    receipt: Option<u32>,
}

fn raw(row: &Row<'_>) -> rusqlite::Result<Raw> {
    const RECEIPT: usize = 5;
    Ok(Raw {
        texts: (0..14)
            .filter(|at| *at != RECEIPT)
            .map(|at| row.get(at))
            .collect::<Result<_, _>>()?,
        receipt: row.get(RECEIPT)?,
    })
}

fn read(raw: Raw) -> Result<ClaimEvent, JournalError> {
    let mut columns = raw.texts.into_iter();
    let mut next = || columns.next().flatten();
    let id = next().unwrap_or_default();
    let what = format!("claim event {id}");
    let mut text = || next().unwrap_or_default();
    let (station, claim_month, payer) = (text(), text(), text());
    let filing = next();
    let mut text = || next().unwrap_or_default();
    let (kind, how, value, by, at) = (text(), text(), text(), text(), text());
    Ok(ClaimEvent {
        station,
        claim_month,
        payer,
        filing,
        receipt: raw.receipt,
        kind,
        how,
        value: from_json(&value, &what)?,
        by,
        at: parse_moment(&at, &what)?,
        source: next(),
        job: next(),
        state: next(),
        id,
    })
}

/// Whether this very event is there already; other content under its id is refused. When and in
/// which job it was recorded does not count: a flow that runs again records the same later.
pub(crate) fn known(connection: &Connection, new: &ClaimEvent) -> Result<bool, JournalError> {
    let found = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM claim_events WHERE id = ?1"))
        .and_then(|mut s| s.query_row([&new.id], raw).optional())
        .doing("reading a claim event")?
        .map(read)
        .transpose()?;
    let Some(old) = found else {
        return Ok(false);
    };
    if (ClaimEvent {
        at: new.at,
        job: new.job.clone(),
        ..old
    }) == *new
    {
        Ok(true)
    } else {
        Err(JournalError::RecordDiffers {
            what: "claim event",
            id: new.id.clone(),
        })
    }
}

pub(crate) fn insert(tx: &Transaction<'_>, new: &ClaimEvent) -> Result<(), JournalError> {
    tx.prepare_cached(&format!(
        "INSERT INTO claim_events ({COLUMNS})
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"
    ))
    .doing("writing a claim event")?
    .execute(params![
        new.id,
        new.station,
        new.claim_month,
        new.payer,
        new.filing,
        new.receipt,
        new.kind,
        new.how,
        json(&new.value)?,
        new.by,
        moment(new.at),
        new.source,
        new.job,
        new.state,
    ])
    .doing("writing a claim event")?;
    if let (Some(key), Some(state)) = (&new.filing, &new.state) {
        let changed = tx
            .prepare_cached("UPDATE filings SET state = ?2, changed_at = ?3 WHERE key = ?1")
            .and_then(|mut s| s.execute(params![key, state, moment(new.at)]))
            .doing("changing a filing's state")?;
        if changed == 0 {
            return Err(JournalError::NoRecord {
                what: "filing",
                id: key.clone(),
            });
        }
    }
    audit::append(tx, &audited(new)?)
}

/// The audit row of an event. It carries the event's digest, so that a change in the table beside
/// it shows.
fn audited(new: &ClaimEvent) -> Result<Event, JournalError> {
    let about = new
        .filing
        .clone()
        .unwrap_or_else(|| format!("{}/{}/{}", new.station, new.payer, new.claim_month));
    let mut event = Event::new(jst(new.at), &new.by, format!("claim.{}", new.kind))
        .about(about)
        .note("event", &new.id)
        .note("station", &new.station)
        .note("how", &new.how)
        .note("sha256", digest(new)?);
    if let Some(state) = &new.state {
        event = event.ended(state);
    }
    if let Some(number) = new.receipt {
        event = event.note("receipt", number.to_string());
    }
    if let Some(job) = &new.job {
        event = event.note("job", job);
    }
    Ok(event)
}

fn digest(event: &ClaimEvent) -> Result<String, JournalError> {
    let text = json(&serde_json::json!([
        event.id,
        event.station,
        event.claim_month,
        event.payer,
        event.filing,
        event.receipt,
        event.kind,
        event.how,
        event.value,
        event.by,
        moment(event.at),
        event.source,
        event.job,
        event.state,
    ]))?;
    Ok(document_digest(text.as_bytes()))
}

/// What the audit record says of an event; found by the index `audit_of_claims`.
const SAID: &str = "SELECT json_extract(event, '$.detail.sha256') FROM audit
    WHERE json_extract(event, '$.detail.station') = claim_events.station
      AND json_extract(event, '$.detail.event') = claim_events.id";

/// The events of a station that were recorded after the one of that number, in the order of
/// recording, each with its number. One that is not what the audit record says it was is refused:
/// who files by it may file twice.
pub(crate) fn list(
    connection: &Connection,
    station: &str,
    after: i64,
) -> Result<Vec<(i64, ClaimEvent)>, JournalError> {
    let rows: Vec<(Raw, i64, Option<String>)> = connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS}, rowid, ({SAID}) FROM claim_events
             WHERE station = ?1 AND rowid > ?2 ORDER BY rowid"
        ))
        .and_then(|mut s| {
            s.query_map(params![station, after], |row| {
                Ok((raw(row)?, row.get(14)?, row.get(15)?))
            })?
            .collect()
        })
        .doing("reading claim events")?;
    if after == 0 {
        all_there(connection, station)?;
    }
    rows.into_iter()
        .map(|(raw, number, said)| {
            let event = read(raw)?;
            if said != Some(digest(&event)?) {
                return Err(altered("claim event", &event.id));
            }
            Ok((number, event))
        })
        .collect()
}

/// Whether every event that the audit record speaks of is there.
fn all_there(connection: &Connection, station: &str) -> Result<(), JournalError> {
    let gone: Option<String> = connection
        .prepare_cached(
            "SELECT json_extract(event, '$.detail.event') AS id FROM audit
             WHERE json_extract(event, '$.detail.station') = ?1
               AND json_extract(event, '$.detail.event') IS NOT NULL
               AND NOT EXISTS (SELECT 1 FROM claim_events AS there
                                WHERE there.id = json_extract(audit.event, '$.detail.event')
                                  AND there.station = ?1)
             LIMIT 1",
        )
        .and_then(|mut s| s.query_row([station], |row| row.get(0)).optional())
        .doing("looking for claim events")?;
    match gone {
        Some(id) => Err(altered("claim event", &id)),
        None => Ok(()),
    }
}

fn altered(what: &'static str, id: &str) -> JournalError {
    JournalError::Altered {
        what,
        id: id.to_owned(),
    }
}

/// Every event's id and the digest of its row as it stands; none where the row cannot even be read.
pub(crate) fn digests(
    connection: &Connection,
) -> Result<Vec<(String, Option<String>)>, JournalError> {
    let rows: Vec<Raw> = connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM claim_events ORDER BY rowid"
        ))
        .and_then(|mut s| s.query_map([], raw)?.collect())
        .doing("reading claim events")?;
    rows.into_iter()
        .map(|raw| {
            let id = raw.texts.first().cloned().flatten().unwrap_or_default();
            let digest = read(raw).and_then(|event| digest(&event));
            Ok((id, digest.ok()))
        })
        .collect()
}

/// Writes the receipts of a filing; the digest of what was written is for the audit record.
pub(crate) fn put_receipts(
    tx: &Transaction<'_>,
    filing: &str,
    station: &str,
    receipts: &[FiledReceipt],
) -> Result<String, JournalError> {
    let mut insert = tx
        .prepare_cached(
            "INSERT OR REPLACE INTO claim_receipts (filing, number, station, service_month, facts)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )
        .doing("writing the receipts of a filing")?;
    for one in receipts {
        insert
            .execute(params![
                filing,
                one.number,
                station,
                one.service_month,
                json(&one.facts)?
            ])
            .doing("writing the receipts of a filing")?;
    }
    receipts_digest(tx, filing)
}

/// The rows of a filing's receipts, by number: number, service month, facts.
fn receipt_rows(
    connection: &Connection,
    filing: &str,
) -> Result<Vec<(u32, String, String)>, JournalError> {
    connection
        .prepare_cached(
            "SELECT number, service_month, facts FROM claim_receipts
             WHERE filing = ?1 ORDER BY number",
        )
        .and_then(|mut s| {
            s.query_map([filing], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                .collect()
        })
        .doing("reading the receipts of a filing")
}

/// The digest of a filing's receipts as they stand.
pub(crate) fn receipts_digest(
    connection: &Connection,
    filing: &str,
) -> Result<String, JournalError> {
    let text = json(&serde_json::json!(receipt_rows(connection, filing)?))?;
    Ok(document_digest(text.as_bytes()))
}

/// The receipts of a filing, by number, refused where they are not those that were written.
pub(crate) fn checked_receipts(
    connection: &Connection,
    filing: &str,
) -> Result<Vec<FiledReceipt>, JournalError> {
    // One look at both: somebody may just be writing them.
    let look = connection
        .unchecked_transaction()
        .doing("reading the receipts of a filing")?;
    let said: Option<String> = look
        .prepare_cached(
            "SELECT json_extract(event, '$.detail.\"receipts-sha256\"') FROM audit
             WHERE json_extract(event, '$.subject') = ?1
               AND json_extract(event, '$.detail.\"receipts-sha256\"') IS NOT NULL
             ORDER BY row DESC LIMIT 1",
        )
        .and_then(|mut s| s.query_row([filing], |row| row.get(0)).optional())
        .doing("reading the receipts of a filing")?;
    let there = receipts(&look, filing)?;
    let as_written = match said {
        Some(digest) => receipts_digest(&look, filing)? == digest,
        None => there.is_empty(),
    };
    match as_written {
        true => Ok(there),
        false => Err(altered("receipts of the filing", filing)),
    }
}

/// The same, whatever they are.
pub(crate) fn receipts(
    connection: &Connection,
    filing: &str,
) -> Result<Vec<FiledReceipt>, JournalError> {
    receipt_rows(connection, filing)?
        .into_iter()
        .map(|(number, service_month, facts)| {
            let what = format!("receipt {number} of {filing}");
            Ok(FiledReceipt {
                facts: from_json(&facts, &what)?,
                filing: filing.to_owned(),
                number,
                service_month,
            })
        })
        .collect()
}
