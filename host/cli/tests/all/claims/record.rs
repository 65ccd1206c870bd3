//! The record of what happened is kept so that a change shows.

use super::{FEDERATION, FUND, Office};
use crate::{code, run, stdout};
use rusqlite::Connection;
use std::fs;
use std::path::PathBuf;

#[test]
fn an_event_of_a_claim_that_somebody_changed_or_removed_is_named_by_the_audit() {
    let office = Office::small(2);
    office.approve(&[]);
    office.does("handover", &["--payer", FUND]);
    let report = ["confirmed", "--payer", FUND, "--number", "0001"];
    office.does("report", &report);
    let (exit, told) = office.desk.json(&["audit", "verify"]);
    assert_eq!((exit, told["intact"].as_bool()), (0, Some(true)), "{told}");
    assert_eq!(told["differing_claims"], serde_json::json!([]));

    // Somebody goes behind the store's back.
    let store = office.desk.home.join("store/reseplug.db");
    let raw = rusqlite::Connection::open(store).unwrap();
    raw.execute_batch(
        "DROP TRIGGER claim_events_are_not_changed; DROP TRIGGER claim_events_are_not_removed",
    )
    .unwrap();
    let id: String = raw
        .query_row(
            "SELECT id FROM claim_events WHERE kind = 'confirmed'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    for change in [
        "UPDATE claim_events SET by = '別の人' WHERE kind = 'confirmed'",
        "DELETE FROM claim_events WHERE kind = 'confirmed'",
    ] {
        assert_eq!(raw.execute(change, []).unwrap(), 1);
        let (exit, told) = office.desk.json(&["audit", "verify"]);
        assert_eq!((exit, told["intact"].as_bool()), (3, Some(false)), "{told}");
        assert_eq!(told["differing_claims"], serde_json::json!([id]), "{told}");
        let read = run(&office.desk.home, &["audit", "verify", "--lang", "ja"]);
        let text = stdout(&read);
        assert_eq!(code(&read), 3, "{text}");
        assert!(
            text.contains(&id) && text.contains("バックアップ"),
            "{text}"
        );
    }
}

/// The store, for somebody who goes behind its back.
fn behind(office: &Office) -> Connection {
    let raw = Connection::open(database(office)).unwrap();
    raw.execute_batch(
        "PRAGMA foreign_keys = OFF;
         DROP TRIGGER IF EXISTS claim_events_are_not_changed;
         DROP TRIGGER IF EXISTS claim_events_are_not_removed",
    )
    .unwrap();
    raw
}

fn database(office: &Office) -> PathBuf {
    office.desk.home.join("store/reseplug.db")
}

#[test]
fn documents_that_are_gone_or_cut_are_named_by_the_audit() {
    let office = Office::small(2);
    office.approve(&[]);
    office.does("handover", &[]);
    office.audit_is_intact();
    let raw = behind(&office);
    let claim = |payer: &str| -> String {
        let key = format!("9999998/{payer}/%");
        let key: String = raw
            .query_row("SELECT key FROM filings WHERE key LIKE ?1", [key], |row| {
                row.get(0)
            })
            .unwrap();
        key.rsplit('/').next().unwrap().to_owned()
    };
    let (cut, gone) = (claim(FUND), claim(FEDERATION));
    for (sql, digest) in [
        (
            "UPDATE documents SET body = substr(body, 1, 300) WHERE sha256 = ?1",
            &cut,
        ),
        ("DELETE FROM documents WHERE sha256 = ?1", &gone),
    ] {
        assert_eq!(raw.execute(sql, [digest]).unwrap(), 1);
    }
    let (exit, told) = office.desk.json(&["audit", "verify"]);
    assert_eq!((exit, told["intact"].as_bool()), (3, Some(false)), "{told}");
    let all = told["differing_documents"].as_array().unwrap();
    assert_eq!(all.len(), 2, "{told}");
    for (digest, is_gone) in [(&cut, false), (&gone, true)] {
        let one = all.iter().find(|one| one["sha256"] == **digest).unwrap();
        assert_eq!(one["gone"], is_gone, "{one}");
        assert!(one["of"].to_string().contains(digest.as_str()), "{one}");
    }
    let text = stdout(&run(
        &office.desk.home,
        &["audit", "verify", "--lang", "ja"],
    ));
    assert!(
        text.contains("消えています") && text.contains("内容が変わっています"),
        "{text}"
    );
}

#[test]
fn nothing_is_done_by_rows_that_are_not_what_was_recorded() {
    let office = Office::small(2);
    office.approve(&[]);
    let world = office.world();
    office.does("submit", &[]);
    let raw = behind(&office);
    let refused = |what: &str, verbs: &[&str]| {
        for verb in verbs {
            let text = office.stops(verb, &[], 2, "claim/record-damaged");
            assert!(text.contains("バックアップ"), "{what} {verb}: {text}");
        }
        let (exit, told) = office.claim("week", &[]);
        let code = &told["error"]["code"];
        assert_eq!((exit, code), (2, &"claim/record-damaged".into()), "{what}");
    };
    // The reference of each payer's sending in the other's place.
    let mut swap = raw
        .prepare(
            "UPDATE claim_events SET value = replace(replace(replace(value, 's-000001', 's-x'),
                's-000002', 's-000001'), 's-x', 's-000002') WHERE kind = 'submitted'",
        )
        .unwrap();
    assert_eq!(swap.execute([]).unwrap(), 2);
    refused("swapped", &["confirm", "withdraw", "submit", "handover"]);
    assert_eq!(swap.execute([]).unwrap(), 2);
    drop(swap);
    let (_, week) = office.claim("week", &[]);
    assert!(week.get("error").is_none(), "put right again: {week}");
    for change in [
        "DELETE FROM claim_receipts WHERE number = 2",
        "DELETE FROM claim_events WHERE kind = 'submitted'",
    ] {
        assert!(raw.execute(change, []).unwrap() > 0);
        refused(change, &["confirm", "submit"]);
    }
    let gateway = world.gateway();
    assert_eq!(gateway.filed_receipts().len(), 0, "nothing was confirmed");
    world.stop();
}

#[test]
fn an_approval_whose_files_were_exchanged_serves_nobody_until_somebody_approves_anew() {
    let office = Office::small(2);
    office.approve(&[]);
    let raw = behind(&office);
    let digest =
        |payer: &str| reseplug_journal::document_digest(&fs::read(office.document(payer)).unwrap());
    let (fund, federation) = (digest(FUND), digest(FEDERATION));
    let changed = raw
        .execute(
            "UPDATE jobs SET outcome = replace(replace(replace(outcome, ?1, '##'), ?2, ?1), '##', ?2)
              WHERE kind = 'flow.approve'",
            [&fund, &federation],
        )
        .unwrap();
    assert_eq!(changed, 1);
    office.stops("handover", &[], 2, "claim/record-damaged");
    office.approve(&[]);
    office.does("handover", &[]);
}

#[test]
fn a_store_whose_record_is_lost_is_not_begun_anew_unless_somebody_means_it() {
    let office = Office::small(2);
    office.approve(&[]);
    office.does("handover", &[]);
    for file in ["reseplug.db-wal", "reseplug.db-shm"] {
        let _ = fs::remove_file(office.desk.home.join("store").join(file));
    }
    let lost = || {
        let text = office.stops("handover", &[], 3, "journal/gone");
        assert!(
            text.contains("バックアップ") && text.contains("新しく始める"),
            "{text}"
        );
        for args in [&["jobs", "list"][..], &["audit", "verify"]] {
            let (exit, told) = office.desk.json(args);
            assert_eq!(
                (exit, &told["error"]["code"]),
                (3, &"journal/gone".into()),
                "{told}"
            );
        }
    };
    fs::write(database(&office), b"").unwrap();
    lost();
    fs::remove_file(database(&office)).unwrap();
    lost();
    assert!(!database(&office).exists());
    // Somebody who means it moves what is left away, and imports the certificate again.
    let store = office.desk.home.join("store");
    fs::rename(&store, store.with_file_name("store-before")).unwrap();
    office.desk.import_certificate();
    office.approve(&[]);
}

#[test]
fn a_store_that_something_broke_is_told_as_broken() {
    let office = Office::small(2);
    office.approve(&[]);
    let whole = fs::read(database(&office)).unwrap();
    fs::write(database(&office), &whole[..whole.len() / 2]).unwrap();
    for file in ["reseplug.db-wal", "reseplug.db-shm"] {
        let _ = fs::remove_file(office.desk.home.join("store").join(file));
    }
    for args in [
        &["audit", "verify"][..],
        &["claim", "week"],
        &["claim", "handover", "--by", super::WHO],
    ] {
        let (exit, told) = office.desk.json(args);
        let error = &told["error"];
        assert_eq!(
            (exit, &error["code"]),
            (2, &"journal/corrupt".into()),
            "{args:?}: {told}"
        );
        let text = error["message_ja"].as_str().unwrap();
        assert!(
            text.contains("バックアップ") && !text.contains("空き容量"),
            "{text}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_device_or_pipe_is_no_file_to_bring_in() {
    let office = Office::small(1);
    let pipe = office.desk.home.join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    for path in ["/dev/zero", "pipe"] {
        let args = [path, "--kind", "ack", "--payer", FUND];
        let text = office.stops("import", &args, 2, "file/no-file");
        assert!(text.contains(path), "{text}");
    }
}
