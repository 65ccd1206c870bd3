//! The audit record inside the store: a row is written in the transaction it speaks of.

use crate::error::{Doing, JournalError};
use reseplug_audit::{Event, Verified, chain_text, genesis, verify_up_to};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

/// A row of the audit record as it stands in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// From 1.
    pub row: u64,
    /// The event as canonical JSON ([`Event::canonical`]).
    pub event: String,
    /// Its link.
    pub hash: String,
}

pub(crate) fn append(tx: &Transaction<'_>, event: &Event) -> Result<(), JournalError> {
    let last: Option<(i64, String)> = tx
        .prepare_cached("SELECT row, hash FROM audit ORDER BY row DESC LIMIT 1")
        .and_then(|mut s| s.query_row([], |r| Ok((r.get(0)?, r.get(1)?))).optional())
        .doing("reading the audit record")?;
    let (row, head) = last.unwrap_or_else(|| (0, genesis()));
    let row = row.saturating_add(1);
    let text = event.canonical();
    let hash = chain_text(&head, &text);
    tx.prepare_cached("INSERT INTO audit (row, event, hash) VALUES (?1, ?2, ?3)")
        .and_then(|mut s| s.execute(params![row, text, hash]))
        .doing("writing the audit record")?;
    // The head beside the rows shows a cut-off end. Somebody who cuts both is found only by
    // a checkpoint kept elsewhere.
    tx.prepare_cached(
        "INSERT INTO meta (name, value) VALUES ('audit-head', ?1)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )
    .and_then(|mut s| s.execute([format!("{row} {hash}").into_bytes()]))
    .map(drop)
    .doing("writing the audit record's head")
}

pub(crate) fn rows(connection: &Connection) -> Result<Vec<AuditRow>, JournalError> {
    connection
        .prepare_cached("SELECT row, event, hash FROM audit ORDER BY row")
        .and_then(|mut s| {
            s.query_map([], |r| {
                Ok(AuditRow {
                    row: r.get(0)?,
                    event: r.get(1)?,
                    hash: r.get(2)?,
                })
            })?
            .collect()
        })
        .doing("reading the audit record")
}

pub(crate) fn verify(connection: &Connection) -> Result<Verified, JournalError> {
    let head: Option<Vec<u8>> = connection
        .query_row(
            "SELECT value FROM meta WHERE name = 'audit-head'",
            [],
            |r| r.get(0),
        )
        .optional()
        .doing("reading the audit record's head")?;
    let checkpoint = match &head {
        None => Verified {
            count: 0,
            head: genesis(),
        },
        Some(bytes) => std::str::from_utf8(bytes)
            .ok()
            .and_then(|text| text.split_once(' '))
            .and_then(|(count, head)| {
                Some(Verified {
                    count: count.parse().ok()?,
                    head: head.to_owned(),
                })
            })
            .ok_or_else(|| JournalError::Corrupt {
                what: "the audit record's head".to_owned(),
                reason: "not a count and a link".to_owned(),
            })?,
    };
    let rows = rows(connection)?;
    Ok(verify_up_to(
        rows.iter().map(|r| (&r.event, &r.hash)),
        &checkpoint,
    )?)
}
