//! Documents: exact bytes under their own digest.

use crate::audit;
use crate::error::{Doing, JournalError};
use crate::text::moment;
use jiff::Timestamp;
use reseplug_audit::Event;
use reseplug_effect::jst;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use sha2::{Digest, Sha256};

/// SHA-256 of a document, lower-case hexadecimal: what it is stored and found under.
pub fn document_digest(body: &[u8]) -> String {
    hex::encode(Sha256::digest(body))
}

pub(crate) fn known(connection: &Connection, digest: &str) -> Result<bool, JournalError> {
    connection
        .prepare_cached("SELECT 1 FROM documents WHERE sha256 = ?1")
        .and_then(|mut s| s.exists([digest]))
        .doing("looking for a document")
}

pub(crate) fn insert(
    tx: &Transaction<'_>,
    digest: &str,
    name: &str,
    body: &[u8],
    at: Timestamp,
) -> Result<(), JournalError> {
    let new = tx
        .prepare_cached(
            "INSERT OR IGNORE INTO documents (sha256, name, at, body) VALUES (?1, ?2, ?3, ?4)",
        )
        .and_then(|mut s| s.execute(params![digest, name, moment(at), body]))
        .doing("writing a document")?;
    if new == 0 {
        return Ok(());
    }
    // Not its name, which may hold a person's. One that is gone is missed by this.
    let event = Event::new(jst(at), "host", "document.kept").about(digest);
    audit::append(tx, &event)
}

/// The bytes, checked against the digest they are stored under.
pub(crate) fn find(connection: &Connection, digest: &str) -> Result<Option<Vec<u8>>, JournalError> {
    let body: Option<Vec<u8>> = connection
        .prepare_cached("SELECT body FROM documents WHERE sha256 = ?1")
        .and_then(|mut s| s.query_row([digest], |r| r.get(0)).optional())
        .doing("reading a document")?;
    match body {
        Some(body) if document_digest(&body) != digest => Err(JournalError::Corrupt {
            what: format!("document {digest}"),
            reason: "its bytes have another digest".to_owned(),
        }),
        other => Ok(other),
    }
}
