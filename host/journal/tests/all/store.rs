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
        .pragma_update(None, "user_version", 5)
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
        .execute_batch("DROP TABLE claim_events; DROP TABLE claim_receipts; DROP TABLE facts; DROP INDEX audit_of_claims; DROP INDEX audit_of_receipts; PRAGMA user_version = 1;")
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

/// What becomes of a store with a good many rows when somebody or something damages its file.
fn damaged(damage: impl Fn(&std::path::Path)) -> Fault {
    let store = Store::new();
    let journal = store.open();
    for at in 0..200 {
        let body = format!("{at}").repeat(2_000);
        journal
            .put_document("a.uke", body.as_bytes(), crate::support::start())
            .unwrap();
    }
    drop(journal);
    damage(store.path());
    let told = SqliteJournal::open(store.path()).and_then(|journal| journal.verify_audit());
    Fault::from(told.unwrap_err())
}

#[test]
fn a_damaged_store_is_told_as_one_and_not_as_a_full_disk() {
    use std::io::{Seek, SeekFrom, Write};
    let write = |path: &std::path::Path, at: u64, bytes: &[u8]| {
        let mut file = std::fs::File::options().write(true).open(path).unwrap();
        file.seek(SeekFrom::Start(at)).unwrap();
        file.write_all(bytes).unwrap();
    };
    let half = |path: &std::path::Path| {
        let file = std::fs::File::options().write(true).open(path).unwrap();
        file.set_len(file.metadata().unwrap().len() / 2).unwrap();
    };
    let drop_table = |path: &std::path::Path| {
        let raw = Connection::open(path).unwrap();
        raw.execute_batch("DROP TABLE claim_receipts").unwrap();
    };
    let version = |path: &std::path::Path| {
        let raw = Connection::open(path).unwrap();
        raw.pragma_update(None, "user_version", 1).unwrap();
    };
    for (what, fault) in [
        ("half of it", damaged(half)),
        ("a hole", damaged(|path| write(path, 40_960, &[0; 40_960]))),
        (
            "another header",
            damaged(|path| write(path, 0, b"junkjunkjunk")),
        ),
        ("an older version", damaged(version)),
        ("a table less", damaged(drop_table)),
    ] {
        assert_eq!(fault.code, "journal/corrupt", "{what}: {fault:?}");
        assert_eq!(fault.retry, reseplug_effect::RetryAdvice::Never, "{what}");
        assert!(
            fault.message_ja.contains("バックアップ"),
            "{what}: {fault:?}"
        );
    }
}

#[test]
fn a_store_is_not_begun_anew_beside_what_only_a_used_one_has() {
    let store = Store::new();
    let identities = store.path().with_file_name("identities");
    let remains = [identities.as_path()];
    let open = || SqliteJournal::open_beside(store.path(), &remains);
    // A folder that somebody made and nothing lies in says nothing.
    std::fs::create_dir(&identities).unwrap();
    open().unwrap();
    std::fs::write(identities.join("store.key"), b"key").unwrap();
    open().unwrap();
    let gone = || {
        let fault = Fault::from(open().unwrap_err());
        assert_eq!(fault.code, "journal/gone");
        assert!(
            fault.message_ja.contains("identities") && fault.message_ja.contains("バックアップ"),
            "{fault:?}"
        );
    };
    std::fs::write(store.path(), b"").unwrap();
    gone();
    std::fs::remove_file(store.path()).unwrap();
    gone();
    assert!(!store.path().exists(), "nothing was made");
    // The locks of jobs say the same.
    std::fs::remove_dir_all(&identities).unwrap();
    open().unwrap();
    let journal = open().unwrap();
    drop(journal.hold("a").unwrap());
    drop(journal);
    std::fs::write(store.path(), b"").unwrap();
    let fault = Fault::from(open().unwrap_err());
    assert_eq!(fault.code, "journal/gone", "{fault:?}");
}

/// A file beside the store, such as its log.
fn beside(store: &Store, end: &str) -> std::path::PathBuf {
    let mut path = store.path().as_os_str().to_owned();
    path.push(end);
    path.into()
}

#[test]
fn a_store_on_a_disk_that_takes_nothing_more_can_be_looked_at() {
    let (store, full) = (Store::new(), Store::new());
    let journal = store.open();
    let at = crate::support::start();
    let digest = journal.put_document("a.uke", b"a month", at).unwrap();
    // As after a power cut: what was committed last stands in the log only. There is no room for
    // the log's index.
    for end in ["", "-wal"] {
        std::fs::copy(beside(&store, end), beside(&full, end)).unwrap();
    }
    std::fs::create_dir(beside(&full, "-shm")).unwrap();
    let looked = full.open();
    assert!(looked.is_only_looked_at() && !journal.is_only_looked_at());
    assert_eq!(looked.pseudonym("0000123"), journal.pseudonym("0000123"));
    let body = looked.document(&digest).unwrap();
    assert_eq!(body.as_deref(), Some(&b"a month"[..]));
    assert!(looked.verify_audit().is_ok());

    // Nothing is written, and staff are told why in their own words.
    let fault = Fault::from(looked.put_document("b.uke", b"b", at).unwrap_err());
    assert_eq!(
        (fault.code.as_str(), fault.retry),
        ("journal/store", reseplug_effect::RetryAdvice::Later)
    );
    assert!(fault.message_ja.contains("ディスクの空き"), "{fault:?}");
    assert!(
        !fault.message_ja.contains(|c: char| c.is_ascii_alphabetic()),
        "{fault:?}"
    );
    assert!(
        fault.message_en.contains(&fault.extra[0].1) && fault.extra[0].0 == "step",
        "{fault:?}"
    );
    drop(looked);

    // With room again it is the store it was.
    std::fs::remove_dir(beside(&full, "-shm")).unwrap();
    let again = full.open();
    assert!(!again.is_only_looked_at());
    assert!(again.document(&digest).unwrap().is_some());
    again.put_document("b.uke", b"b", at).unwrap();
}
