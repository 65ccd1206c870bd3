//! The record of what happened is kept so that a change shows.

use super::{FUND, Office};
use crate::{code, run, stdout};

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
