//! What in the store is not what the audit record says was written: claim events, the receipts of
//! filings, documents, and the file itself.

use crate::audit;
use crate::claims;
use crate::documents;
use crate::error::{Doing, JournalError, damaged};
use reseplug_audit::Event;
use rusqlite::{Connection, OptionalExtension};
use std::collections::{BTreeMap, BTreeSet};

/// A document that is gone, or whose bytes are not those that were kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DifferingDocument {
    /// SHA-256 of the bytes that were kept.
    pub sha256: String,
    /// Its name; absent where the row is gone.
    pub name: Option<String>,
    /// Keys of filings that are of it, and ids of claim events, evidence and facts read from it.
    pub of: Vec<String>,
}

/// Every document that was ever kept, or that something in the store was read from.
const DOCUMENTS: &str = "
    SELECT json_extract(event, '$.subject') FROM audit
     WHERE json_extract(event, '$.action') = 'document.kept'
    UNION SELECT sha256 FROM documents
    UNION SELECT source FROM claim_events WHERE source IS NOT NULL
    UNION SELECT source FROM evidence WHERE source IS NOT NULL
    UNION SELECT source FROM facts WHERE source IS NOT NULL";

/// What speaks of a document.
const OF: &str = "
    SELECT key FROM filings WHERE instr(key, ?1) > 0
    UNION ALL SELECT id FROM claim_events WHERE source = ?1
    UNION ALL SELECT id FROM evidence WHERE source = ?1
    UNION ALL SELECT id FROM facts WHERE source = ?1
    LIMIT 5";

/// Reads every document and compares it with its digest. `tell` hears how many of how many are read.
pub(crate) fn documents(
    connection: &Connection,
    tell: &mut dyn FnMut(usize, usize),
) -> Result<Vec<DifferingDocument>, JournalError> {
    let all: Vec<String> = connection
        .prepare(DOCUMENTS)
        .and_then(|mut s| s.query_map([], |row| row.get(0))?.collect())
        .doing("listing the documents")?;
    let mut differing = Vec::new();
    for (at, sha256) in all.iter().enumerate() {
        tell(at, all.len());
        let found: Option<(String, Vec<u8>)> = connection
            .prepare_cached("SELECT name, body FROM documents WHERE sha256 = ?1")
            .and_then(|mut s| {
                s.query_row([sha256], |row| Ok((row.get(0)?, row.get(1)?)))
                    .optional()
            })
            .doing("reading a document")?;
        if let Some((_, body)) = &found
            && documents::document_digest(body) == *sha256
        {
            continue;
        }
        differing.push(DifferingDocument {
            name: found.map(|(name, _)| name),
            of: connection
                .prepare_cached(OF)
                .and_then(|mut s| s.query_map([sha256], |row| row.get(0))?.collect())
                .doing("looking for what is of a document")?,
            sha256: sha256.clone(),
        });
    }
    Ok(differing)
}

/// Events whose row is not what the audit record says it was, and those it speaks of that are not
/// there, by id; filings that are gone or whose receipts are not those that were written, by key.
pub(crate) fn claims(connection: &Connection) -> Result<Vec<String>, JournalError> {
    let mut said: BTreeMap<String, String> = BTreeMap::new();
    let mut receipts_said: BTreeMap<String, String> = BTreeMap::new();
    for row in audit::rows(connection)? {
        let Ok(event) = serde_json::from_str::<Event>(&row.event) else {
            continue;
        };
        if let (Some(filing), Some(digest)) = (&event.subject, event.detail.get("receipts-sha256"))
        {
            receipts_said.insert(filing.clone(), digest.clone());
        }
        if !event.action.starts_with("claim.") {
            continue;
        }
        if let (Some(id), Some(sha256)) = (event.detail.get("event"), event.detail.get("sha256")) {
            said.insert(id.clone(), sha256.clone());
        }
    }
    let mut differing = Vec::new();
    for (id, digest) in claims::digests(connection)? {
        if said.remove(&id) != digest {
            differing.push(id);
        }
    }
    differing.extend(said.into_keys());
    // A filing that is another station's now is missing from its own record.
    let strayed: BTreeSet<String> = connection
        .prepare_cached(
            "SELECT key FROM filings JOIN claim_events ON filing = key
              WHERE filings.station <> claim_events.station",
        )
        .and_then(|mut s| s.query_map([], |row| row.get(0))?.collect())
        .doing("reading filings")?;
    for (filing, digest) in receipts_said {
        let there = crate::filings::find(connection, &filing);
        let there = matches!(there, Ok(Some(_))) && !strayed.contains(&filing);
        if !there || claims::receipts_digest(connection, &filing)? != digest {
            differing.push(filing);
        }
    }
    Ok(differing)
}

/// Lets SQLite look through its file.
pub(crate) fn file(connection: &Connection) -> Result<(), JournalError> {
    const DOING: &str = "looking through the store";
    let found: String = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .doing(DOING)?;
    match found.as_str() {
        "ok" => Ok(()),
        _ => Err(damaged(DOING, found)),
    }
}
