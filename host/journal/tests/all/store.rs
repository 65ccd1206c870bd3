//! How the store is opened.

use crate::support::Store;
use reseplug_effect::Fault;
use reseplug_journal::{Journal, SqliteJournal};
use rusqlite::Connection;

#[test]
fn a_commit_survives_a_power_cut_because_of_wal_and_full() {
    // Opening asserts its own pragmas; another connection sees what is kept in the file.
    let store = Store::new();
    let _journal = store.open();
    let other = Connection::open(store.path()).unwrap();
    let mode: String = other
        .pragma_query_value(None, "journal_mode", |r| r.get(0))
        .unwrap();
    assert_eq!(mode, "wal");
    let journal = store.open();
    let pragmas = journal.pragmas().unwrap();
    assert_eq!(
        pragmas,
        [
            ("journal_mode", "wal".to_owned()),
            ("synchronous", "2".to_owned()),
            ("foreign_keys", "1".to_owned())
        ]
    );
}

#[test]
fn a_store_of_a_newer_version_is_refused() {
    let store = Store::new();
    drop(store.open());
    Connection::open(store.path())
        .unwrap()
        .pragma_update(None, "user_version", 4)
        .unwrap();
    let fault = Fault::from(SqliteJournal::open(store.path()).unwrap_err());
    assert_eq!(fault.code, "journal/newer");
}

#[test]
fn a_store_of_the_first_version_keeps_what_it_holds_and_learns_facts() {
    let store = Store::new();
    let journal = store.open();
    let event = reseplug_audit::Event::new("2024-10-03T09:12:00+09:00", "管理者", "view.opened");
    journal.append_audit(&event).unwrap();
    drop(journal);
    Connection::open(store.path())
        .unwrap()
        .execute_batch("DROP TABLE claim_events; DROP TABLE claim_receipts; DROP TABLE facts; PRAGMA user_version = 1;")
        .unwrap();
    let journal = store.open();
    assert_eq!(journal.verify_audit().unwrap().count, 1);
    assert_eq!(journal.facts("9999998", None, None).unwrap(), []);
}

#[test]
fn the_secret_of_pseudonyms_stays_with_the_store() {
    let (one, two) = (Store::new(), Store::new());
    let first = one.open().pseudonym("0000123");
    assert_eq!(one.open().pseudonym("0000123"), first);
    assert_ne!(two.open().pseudonym("0000123"), first);
}

#[test]
fn the_audit_record_cannot_be_changed_by_sql_and_a_change_behind_it_is_found() {
    let store = Store::new();
    let journal = store.open();
    for action in ["view.opened", "view.closed", "grant.approved"] {
        let event = reseplug_audit::Event::new("2024-10-03T09:12:00+09:00", "管理者", action);
        journal.append_audit(&event).unwrap();
    }
    assert_eq!(journal.verify_audit().unwrap().count, 3);
    let other = Connection::open(store.path()).unwrap();
    assert!(
        other
            .execute("UPDATE audit SET event = '{}' WHERE row = 2", [])
            .is_err()
    );
    assert!(
        other
            .execute("DELETE FROM audit WHERE row = 3", [])
            .is_err()
    );

    other
        .execute_batch("DROP TRIGGER audit_is_not_removed; DELETE FROM audit WHERE row = 3")
        .unwrap();
    assert_eq!(
        journal.verify_audit().unwrap_err().code(),
        "audit/broken",
        "the end was cut off"
    );
    other
        .execute_batch("DELETE FROM audit WHERE row = 1")
        .unwrap();
    assert_eq!(journal.verify_audit().unwrap_err().code(), "audit/broken");
}
