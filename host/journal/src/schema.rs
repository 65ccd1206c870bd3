//! The tables, and how the store is opened so that a commit means something.

use crate::error::{Doing, JournalError, damaged};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension};
use std::time::Duration;

/// Version of the tables below, kept in `PRAGMA user_version`.
pub(crate) const VERSION: i64 = 4;

/// How long a write waits for another process's write. A station's hard disk needs some
/// 60 ms a commit, so this is a queue of a hundred.
pub(crate) const BUSY: Duration = Duration::from_secs(10);

/// Moments are written `2024-10-03T00:12:00.000000Z`: fixed width, so that text order is
/// time order and a person can read them. Values are JSON text for the same reason.
const TABLES: &str = "
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;

CREATE TABLE jobs (
    id         TEXT PRIMARY KEY,
    kind       TEXT NOT NULL,
    station    TEXT NOT NULL,
    parent     TEXT,
    actor      TEXT NOT NULL,
    args       TEXT NOT NULL,
    pins       TEXT NOT NULL,
    deadline   TEXT,
    step_limit INTEGER NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('running', 'waiting', 'done', 'failed', 'parked')),
    until      TEXT,
    outcome    TEXT,
    begun_at   TEXT NOT NULL,
    changed_at TEXT NOT NULL
) STRICT;
CREATE INDEX jobs_open ON jobs (station, state, until);

CREATE TABLE steps (
    job       TEXT NOT NULL REFERENCES jobs (id),
    seq       INTEGER NOT NULL,
    name      TEXT NOT NULL,
    args      TEXT NOT NULL,
    class     TEXT NOT NULL,
    prepared  TEXT,
    answer    TEXT,
    intent_at TEXT,
    done_at   TEXT,
    PRIMARY KEY (job, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE filings (
    key        TEXT PRIMARY KEY,
    job        TEXT NOT NULL REFERENCES jobs (id),
    station    TEXT NOT NULL,
    detail     TEXT NOT NULL,
    state      TEXT NOT NULL,
    claimed_at TEXT NOT NULL,
    changed_at TEXT NOT NULL
) STRICT;

CREATE TABLE documents (
    sha256 TEXT PRIMARY KEY,
    name   TEXT NOT NULL,
    at     TEXT NOT NULL,
    body   BLOB NOT NULL
) STRICT;

CREATE TABLE evidence (
    id          TEXT PRIMARY KEY,
    station     TEXT NOT NULL,
    person_key  TEXT NOT NULL,
    as_of       TEXT NOT NULL,
    answered_at TEXT NOT NULL,
    method      TEXT NOT NULL,
    message     TEXT NOT NULL,
    validity    TEXT NOT NULL,
    coverage    TEXT NOT NULL,
    job         TEXT REFERENCES jobs (id),
    step        INTEGER,
    source      TEXT REFERENCES documents (sha256)
) STRICT;
-- Both in the order of recording, so that reading everybody's evidence sorts nothing.
CREATE INDEX evidence_station ON evidence (station);
CREATE INDEX evidence_person ON evidence (station, person_key);

CREATE TABLE decisions (
    id         TEXT PRIMARY KEY,
    station    TEXT NOT NULL,
    person_key TEXT NOT NULL,
    grp        TEXT NOT NULL,
    as_of      TEXT NOT NULL,
    before     TEXT NOT NULL,
    after      TEXT NOT NULL,
    source     TEXT NOT NULL,
    by         TEXT NOT NULL,
    at         TEXT NOT NULL,
    undone_by  TEXT,
    undone_at  TEXT
) STRICT;
CREATE INDEX decisions_person ON decisions (station, person_key);

CREATE TABLE audit (
    row   INTEGER PRIMARY KEY,
    event TEXT NOT NULL,
    hash  TEXT NOT NULL
) STRICT;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit record is append-only'); END;
CREATE TRIGGER audit_is_not_removed BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit record is append-only'); END;
";

/// What version 2 added to version 1.
const FACTS: &str = "
CREATE TABLE facts (
    id         TEXT PRIMARY KEY,
    station    TEXT NOT NULL,
    person_key TEXT NOT NULL,
    kind       TEXT NOT NULL,
    day        TEXT NOT NULL,
    value      TEXT NOT NULL,
    by         TEXT NOT NULL,
    at         TEXT NOT NULL,
    source     TEXT REFERENCES documents (sha256),
    job        TEXT REFERENCES jobs (id)
) STRICT;
CREATE INDEX facts_kind ON facts (station, kind, person_key);
";

/// What version 3 added to version 2.
const CLAIMS: &str = "
CREATE TABLE claim_events (
    id          TEXT PRIMARY KEY,
    station     TEXT NOT NULL,
    claim_month TEXT NOT NULL,
    payer       TEXT NOT NULL,
    filing      TEXT REFERENCES filings (key),
    receipt     INTEGER,
    kind        TEXT NOT NULL,
    how         TEXT NOT NULL CHECK (how IN ('acted', 'answered', 'imported', 'reported')),
    value       TEXT NOT NULL,
    by          TEXT NOT NULL,
    at          TEXT NOT NULL,
    source      TEXT REFERENCES documents (sha256),
    job         TEXT REFERENCES jobs (id),
    state       TEXT
) STRICT;
CREATE INDEX claim_events_station ON claim_events (station);
CREATE TRIGGER claim_events_are_not_changed BEFORE UPDATE ON claim_events
BEGIN SELECT RAISE(ABORT, 'the claim record is append-only'); END;
CREATE TRIGGER claim_events_are_not_removed BEFORE DELETE ON claim_events
BEGIN SELECT RAISE(ABORT, 'the claim record is append-only'); END;

CREATE TABLE claim_receipts (
    filing        TEXT NOT NULL REFERENCES filings (key),
    number        INTEGER NOT NULL,
    station       TEXT NOT NULL,
    service_month TEXT NOT NULL,
    facts         TEXT NOT NULL,
    PRIMARY KEY (filing, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS jobs_kind ON jobs (station, kind);
";

/// What version 4 added to version 3: what the audit record says of a row is found without reading
/// all of it, so that every row of the claim record is compared when it is read.
const AUDITED: &str = r#"
CREATE INDEX audit_of_claims ON audit
    (json_extract(event, '$.detail.station'), json_extract(event, '$.detail.event'))
    WHERE json_extract(event, '$.detail.event') IS NOT NULL;
CREATE INDEX audit_of_receipts ON audit (json_extract(event, '$.subject'))
    WHERE json_extract(event, '$.detail."receipts-sha256"') IS NOT NULL;
"#;

/// Sets and asserts the pragmas, makes the tables of a new store, and returns the station's
/// secret for pseudonyms. No tables are made where `used` finds what only a used store has.
pub(crate) fn prepare(
    connection: &mut Connection,
    on_disk: bool,
    used: &dyn Fn() -> Result<(), JournalError>,
) -> Result<Vec<u8>, JournalError> {
    connection
        .busy_timeout(BUSY)
        .doing("setting the busy time-out")?;
    if on_disk {
        // WAL for two commits per effect without rewriting pages; FULL because WAL with
        // NORMAL may roll back a commit after a power cut, and a rolled back result is a
        // repeated effect.
        connection
            .pragma_update(None, "journal_mode", "WAL")
            .doing("setting WAL")?;
    }
    connection
        .pragma_update(None, "synchronous", "FULL")
        .doing("setting synchronous")?;
    connection
        .pragma_update(None, "foreign_keys", "ON")
        .doing("setting foreign keys")?;
    assert_pragmas(connection, on_disk)?;
    migrate(connection, used)?;
    secret(connection)
}

/// Makes a store that cannot be written to readable, and returns the station's secret. Only one of
/// this version that was in use: nothing is made, brought up to date or emptied here.
///
/// Beside a full disk there is no room for the index of the log that processes share. Held by one
/// process alone, the index stays in memory; another that opens the store meanwhile waits.
pub(crate) fn look(connection: &Connection) -> Result<Vec<u8>, JournalError> {
    const DOING: &str = "opening the store to look at it";
    connection.busy_timeout(BUSY).doing(DOING)?;
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
        .doing(DOING)?;
    connection
        .pragma_update(None, "locking_mode", "EXCLUSIVE")
        .doing(DOING)?;
    connection
        .pragma_update(None, "query_only", "ON")
        .doing(DOING)?;
    let version: i64 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .doing("reading the version")?;
    if version != VERSION {
        return Err(JournalError::Newer {
            found: version,
            known: VERSION,
        });
    }
    all_there(connection)?;
    connection
        .query_row("SELECT value FROM meta WHERE name = 'secret'", [], |row| {
            row.get(0)
        })
        .doing("reading the station's secret")
}

/// SQLite answers a pragma it cannot honour (WAL on a network share) with what it did
/// instead, so each is read back.
fn assert_pragmas(connection: &Connection, on_disk: bool) -> Result<(), JournalError> {
    let journal_mode = if on_disk { "wal" } else { "memory" };
    let expected = [journal_mode, "2", "1"];
    for ((name, found), expected) in pragmas(connection)?.into_iter().zip(expected) {
        if found != expected {
            return Err(JournalError::NotDurable {
                name,
                expected,
                found,
            });
        }
    }
    Ok(())
}

/// The pragmas that make a commit durable, as they are.
pub(crate) fn pragmas(
    connection: &Connection,
) -> Result<[(&'static str, String); 3], JournalError> {
    let text = |name| {
        connection
            .pragma_query_value(None, name, |row| {
                Ok(match row.get_ref(0)? {
                    rusqlite::types::ValueRef::Integer(n) => n.to_string(),
                    other => other.as_str().map(str::to_owned).unwrap_or_default(),
                })
            })
            .doing("reading a pragma")
            .map(|value| (name, value))
    };
    // `synchronous` 2 is FULL.
    Ok([
        text("journal_mode")?,
        text("synchronous")?,
        text("foreign_keys")?,
    ])
}

fn migrate(
    connection: &mut Connection,
    used: &dyn Fn() -> Result<(), JournalError>,
) -> Result<(), JournalError> {
    let tx = connection
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .doing("beginning a migration")?;
    let found: i64 = tx
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .doing("reading the version")?;
    let missing = match found {
        0 => {
            // Asked here, where nobody else can be making them at this moment.
            used()?;
            [TABLES, FACTS, CLAIMS, AUDITED].concat()
        }
        1 => [FACTS, CLAIMS, AUDITED].concat(),
        2 => [CLAIMS, AUDITED].concat(),
        3 => AUDITED.to_owned(),
        VERSION => return all_there(&tx),
        found => {
            return Err(JournalError::Newer {
                found,
                known: VERSION,
            });
        }
    };
    tx.execute_batch(&missing).doing("making the tables")?;
    tx.pragma_update(None, "user_version", VERSION)
        .doing("writing the version")?;
    tx.commit().doing("making the tables")
}

/// Every table of a store.
const NAMES: [&str; 11] = [
    "audit",
    "claim_events",
    "claim_receipts",
    "decisions",
    "documents",
    "evidence",
    "facts",
    "filings",
    "jobs",
    "meta",
    "steps",
];

/// Whether no table is missing: without one, what it said would pass for nothing said.
fn all_there(connection: &Connection) -> Result<(), JournalError> {
    const DOING: &str = "reading the tables";
    let there: Vec<String> = connection
        .prepare("SELECT name FROM sqlite_master WHERE type = 'table'")
        .and_then(|mut s| s.query_map([], |row| row.get(0))?.collect())
        .doing(DOING)?;
    match NAMES.iter().find(|name| !there.iter().any(|t| t == *name)) {
        Some(name) => Err(damaged(DOING, format!("no such table: {name}"))),
        None => Ok(()),
    }
}

fn secret(connection: &Connection) -> Result<Vec<u8>, JournalError> {
    let read = || {
        connection
            .query_row("SELECT value FROM meta WHERE name = 'secret'", [], |row| {
                row.get(0)
            })
            .optional()
            .doing("reading the station's secret")
    };
    if let Some(secret) = read()? {
        return Ok(secret);
    }
    let mut fresh = vec![0u8; 32];
    getrandom::fill(&mut fresh).map_err(|e| JournalError::Corrupt {
        what: "the system's randomness".to_owned(),
        reason: e.to_string(),
    })?;
    connection
        .execute(
            "INSERT OR IGNORE INTO meta (name, value) VALUES ('secret', ?1)",
            [&fresh],
        )
        .doing("writing the station's secret")?;
    // Another process may have been first.
    Ok(read()?.unwrap_or(fresh))
}
