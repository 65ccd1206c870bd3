//! Evidence, decisions, filings, documents.

use crate::support::start;
use reseplug_journal::{
    Claim, ClaimEvent, Decision, DifferingDocument, Evidence, Fact, FiledReceipt, Journal, NewJob,
    SqliteJournal, document_digest, filing_state,
};
use serde_json::json;

const STATION: &str = "9999998";

fn store() -> SqliteJournal {
    let journal = SqliteJournal::in_memory().unwrap();
    for id in ["a", "b"] {
        journal
            .begin(&NewJob::new(id, "flow.test", STATION, json!({})), start())
            .unwrap();
    }
    journal
}

fn evidence(id: &str, person: &str, as_of: &str) -> Evidence {
    Evidence {
        id: id.into(),
        station: STATION.into(),
        person_key: person.into(),
        as_of: as_of.into(),
        answered_at: "2024-10-03T09:12:00+09:00".into(),
        method: "bulk".into(),
        message: "OQSmuquc02".into(),
        validity: "valid".into(),
        coverage: json!({ "insurer-number": "01990011" }).to_string(),
        job: Some("a".into()),
        step: Some(3),
        source: None,
        recorded: None,
    }
}

#[test]
fn evidence_is_recorded_once_and_found_by_person_and_day() {
    let journal = store();
    let digest = journal
        .put_document("res.xml", b"<XmlMsg/>", start())
        .unwrap();
    let with_source = Evidence {
        source: Some(digest),
        ..evidence("3", "0000123", "2024-10-01")
    };
    for e in [
        &evidence("1", "0000123", "2024-11-01"),
        &evidence("2", "0000456", "2024-10-01"),
        &with_source,
    ] {
        journal
            .record_evidence(std::slice::from_ref(e), start())
            .unwrap();
        journal
            .record_evidence(std::slice::from_ref(e), start())
            .unwrap();
    }
    // In the order of recording, whatever day they are about.
    let found = journal.evidence_for(STATION, "0000123").unwrap();
    let places: Vec<u64> = found.iter().filter_map(|e| e.recorded).collect();
    assert!(
        matches!(places[..], [first, second] if first < second),
        "{places:?}"
    );
    let found: Vec<Evidence> = found
        .into_iter()
        .map(|e| Evidence {
            recorded: None,
            ..e
        })
        .collect();
    assert_eq!(found, [evidence("1", "0000123", "2024-11-01"), with_source]);
    assert_eq!(journal.evidence_all(STATION).unwrap().len(), 3);
    let other = Evidence {
        validity: "lost".into(),
        ..evidence("1", "0000123", "2024-11-01")
    };
    assert_eq!(
        journal
            .record_evidence(&[other], start())
            .unwrap_err()
            .code(),
        "journal/record-differs"
    );
}

fn fact(id: &str, person: &str, kind: &str, name: &str) -> Fact {
    Fact {
        id: id.into(),
        station: STATION.into(),
        person_key: person.into(),
        kind: kind.into(),
        day: "2024-10-03".into(),
        value: json!({ "name": name }),
        by: "架空 花子".into(),
        at: start(),
        source: None,
        job: None,
    }
}

#[test]
fn a_fact_is_stated_once_and_stands_in_the_audit_record() {
    let journal = store();
    let alias = fact("1", "0000123", "alias", "髙橋　花子");
    let served = fact("2", "0000123", "served", "");
    let other = fact("3", "0000456", "alias", "浜田　太郎");
    let all = [alias.clone(), served.clone(), other.clone()];
    journal.record_facts(&all).unwrap();
    let rows = journal.audit_rows().unwrap().len();
    let later = Fact {
        at: start() + jiff::SignedDuration::from_secs(60),
        ..alias.clone()
    };
    journal.record_facts(&[later]).unwrap();
    assert_eq!(journal.audit_rows().unwrap().len(), rows);
    assert_eq!(journal.facts(STATION, None, None).unwrap(), all);
    assert_eq!(
        journal.facts(STATION, Some("alias"), None).unwrap(),
        [alias.clone(), other]
    );
    assert_eq!(
        journal.facts(STATION, None, Some("0000123")).unwrap(),
        [alias.clone(), served]
    );
    assert_eq!(journal.facts("1111111", None, None).unwrap(), []);
    let changed = Fact {
        by: "別人".into(),
        ..alias
    };
    assert_eq!(
        journal.record_facts(&[changed]).unwrap_err().code(),
        "journal/record-differs"
    );
}

#[test]
fn evidence_of_a_document_nobody_stored_is_refused() {
    let journal = store();
    let e = Evidence {
        source: Some(document_digest(b"?")),
        ..evidence("1", "p", "2024-10-01")
    };
    assert_eq!(
        journal.record_evidence(&[e], start()).unwrap_err().code(),
        "journal/store"
    );
}

#[test]
fn the_audit_record_names_nobody() {
    let journal = store();
    journal
        .record_evidence(&[evidence("1", "0000123", "2024-10-01")], start())
        .unwrap();
    let rows = journal.audit_rows().unwrap();
    let last = &rows.last().unwrap().event;
    assert!(
        !last.contains("0000123") && !last.contains("01990011"),
        "{last}"
    );
    assert!(last.contains(&journal.pseudonym("0000123")), "{last}");
}

#[test]
fn a_decision_is_undone_once_and_kept() {
    let journal = store();
    let decision = Decision {
        id: "d1".into(),
        station: STATION.into(),
        person_key: "0000123".into(),
        group: "coverage".into(),
        as_of: "2024-10-01".into(),
        before: json!(null),
        after: json!({ "insurer-number": "01990011" }),
        source: "1".into(),
        by: "管理者".into(),
        at: start(),
        undone: None,
    };
    journal
        .record_decisions(std::slice::from_ref(&decision))
        .unwrap();
    let again = Decision {
        at: start() + jiff::SignedDuration::from_hours(1),
        ..decision.clone()
    };
    journal
        .record_decisions(std::slice::from_ref(&again))
        .unwrap();
    let differs = Decision {
        by: "別の人".into(),
        ..decision.clone()
    };
    assert_eq!(
        journal
            .record_decisions(std::slice::from_ref(&differs))
            .unwrap_err()
            .code(),
        "journal/record-differs"
    );

    let undone = journal.undo_decision("d1", "担当者", start()).unwrap();
    assert_eq!(journal.undo_decision("d1", "他", start()).unwrap(), undone);
    assert_eq!(
        journal.decisions(STATION, Some("0000123")).unwrap(),
        std::slice::from_ref(&undone)
    );
    assert_eq!(undone.undone.unwrap().by, "担当者");
    assert_eq!(
        journal
            .undo_decision("d2", "他", start())
            .unwrap_err()
            .code(),
        "journal/no-record"
    );
    let made = journal
        .audit_rows()
        .unwrap()
        .iter()
        .filter(|r| r.event.contains("decision."))
        .count();
    assert_eq!(made, 2);
}

fn told(id: &str, state: Option<&str>) -> ClaimEvent {
    ClaimEvent {
        id: id.to_owned(),
        station: STATION.to_owned(),
        claim_month: "2024-11".to_owned(),
        payer: "2".to_owned(),
        filing: Some("k".to_owned()),
        receipt: None,
        kind: "reported-sent".to_owned(),
        how: "reported".to_owned(),
        value: json!({ "at": "2024-11-07" }),
        by: "管理者".to_owned(),
        at: start(),
        source: None,
        job: None,
        state: state.map(str::to_owned),
    }
}

#[test]
fn a_filing_belongs_to_one_job_until_it_certainly_did_not_leave() {
    let journal = store();
    let detail = json!({ "payer": "national-health-federation" });
    let receipts = [FiledReceipt {
        filing: "k".to_owned(),
        number: 1,
        service_month: "2024-10".to_owned(),
        facts: json!({ "name": "見本　太郎" }),
    }];
    let claim = |job: &str| {
        journal
            .claim_key("k", job, &detail, &receipts, start())
            .unwrap()
    };
    assert_eq!(claim("a"), Claim::Claimed);
    assert_eq!(claim("a"), Claim::Claimed);
    let Claim::AlreadyBy(filing) = claim("b") else {
        panic!()
    };
    assert_eq!(
        (filing.job.as_str(), filing.detail, filing.state.as_str()),
        ("a", detail.clone(), "claimed")
    );
    for state in ["handed-over", "withdrawn"] {
        journal.record_claims(&[told(state, Some(state))]).unwrap();
        assert!(matches!(claim("b"), Claim::AlreadyBy(_)));
    }
    journal
        .record_claims(&[told("never left", Some(filing_state::RELEASED))])
        .unwrap();
    assert_eq!(claim("b"), Claim::Claimed);
    assert!(matches!(claim("a"), Claim::AlreadyBy(_)));
    assert_eq!(journal.filings(STATION).unwrap().len(), 1);
    assert_eq!(journal.filing("k").unwrap().unwrap().job, "b");
    let elsewhere = ClaimEvent {
        filing: Some("x".to_owned()),
        ..told("x", Some("checked"))
    };
    assert!(journal.record_claims(&[elsewhere]).is_err());
    assert_eq!(
        journal
            .claim_key("y", "nobody", &detail, &[], start())
            .unwrap_err()
            .code(),
        "journal/no-job"
    );
    assert_eq!(journal.filed_receipts("k").unwrap(), receipts);
    assert_eq!(journal.filed_receipts("y").unwrap(), []);
    // What is there is not replaced, and a receipt that is taken out behind the store's back shows.
    journal.complete_filing("k", "b", &[], start()).unwrap();
    assert_eq!(journal.filed_receipts("k").unwrap(), receipts);
}

#[test]
fn filings_stand_in_the_order_in_which_they_were_claimed_whatever_the_clock_said() {
    let folder = tempfile::tempdir().unwrap();
    let journal = SqliteJournal::open(&folder.path().join("reseplug.db")).unwrap();
    // The clock ran a day ahead, and was put right.
    let ahead = start() + jiff::SignedDuration::from_hours(24);
    for (key, job, at) in [("z", "a", ahead), ("b", "b", start())] {
        let new = NewJob::new(job, "flow.handover", STATION, json!({}));
        journal.begin(&new, at).unwrap();
        journal.claim_key(key, job, &json!({}), &[], at).unwrap();
    }
    let filings = journal.filings(STATION).unwrap();
    let keys: Vec<_> = filings.iter().map(|one| one.key.as_str()).collect();
    assert_eq!(keys, ["z", "b"]);
}

#[test]
fn what_happened_to_a_claim_is_recorded_once_and_never_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("reseplug.db");
    let journal = SqliteJournal::open(&path).unwrap();
    let new = NewJob::new("a", "flow.gateway", STATION, json!({}));
    journal.begin(&new, start()).unwrap();
    journal
        .claim_key("k", "a", &json!({}), &[], start())
        .unwrap();
    let event = told("e", Some("sent"));
    let later = ClaimEvent {
        at: start() + jiff::SignedDuration::from_secs(5),
        ..event.clone()
    };
    journal.record_claims(std::slice::from_ref(&event)).unwrap();
    journal.record_claims(&[later]).unwrap();
    let other = ClaimEvent {
        value: json!({ "at": "2024-11-08" }),
        ..event.clone()
    };
    assert_eq!(
        journal.record_claims(&[other]).unwrap_err().code(),
        "journal/record-differs"
    );
    let recorded = journal.claim_events(STATION, 0).unwrap();
    let [(number, only)] = recorded.as_slice() else {
        panic!("{recorded:?}");
    };
    assert_eq!(*only, event);
    // Who has read it reads on from there.
    assert_eq!(journal.claim_events(STATION, *number).unwrap(), []);
    journal.record_claims(&[told("f", None)]).unwrap();
    let news = journal.claim_events(STATION, *number).unwrap();
    assert_eq!(
        news.iter().map(|(_, e)| e.id.as_str()).collect::<Vec<_>>(),
        ["f"]
    );
    assert_eq!(journal.differing_claims().unwrap(), Vec::<String>::new());

    // Somebody who goes behind the store's back.
    let raw = rusqlite::Connection::open(&path).unwrap();
    let change = "UPDATE claim_events SET by = 'x'";
    assert!(raw.execute(change, []).is_err());
    raw.execute_batch("DROP TRIGGER claim_events_are_not_changed")
        .unwrap();
    raw.execute(change, []).unwrap();
    assert_eq!(journal.differing_claims().unwrap(), ["e", "f"]);
    let key = "UPDATE filings SET station = '9999972'";
    assert_eq!(raw.execute(key, []).unwrap(), 1);
    assert_eq!(journal.differing_claims().unwrap(), ["e", "f", "k"]);
    raw.execute("UPDATE filings SET station = '9999998'", [])
        .unwrap();
    // Nobody files by such a record.
    let refused = |after: i64| journal.claim_events(STATION, after).unwrap_err();
    assert_eq!(refused(0).code(), "claim/record-damaged");
    assert_eq!(refused(*number).code(), "claim/record-damaged");
    assert_eq!(journal.claim_events("9999972", 0).unwrap(), []);
    raw.execute_batch("DROP TRIGGER claim_events_are_not_removed; DELETE FROM claim_events")
        .unwrap();
    assert_eq!(journal.differing_claims().unwrap(), ["e", "f"]);
    assert_eq!(refused(0).code(), "claim/record-damaged");
}

#[test]
fn receipts_of_a_filing_that_are_not_those_that_were_written_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("reseplug.db");
    let journal = SqliteJournal::open(&path).unwrap();
    let new = NewJob::new("a", "flow.gateway", STATION, json!({}));
    journal.begin(&new, start()).unwrap();
    let receipt = |number: u32| FiledReceipt {
        filing: "k".to_owned(),
        number,
        service_month: "2024-10".to_owned(),
        facts: json!({ "name": "見本　太郎", "total": 75570 }),
    };
    let both = [receipt(1), receipt(2)];
    let claim = |receipts: &[FiledReceipt]| {
        journal
            .claim_key("k", "a", &json!({}), receipts, start())
            .unwrap()
    };
    claim(&[]);
    assert_eq!(journal.filed_receipts("k").unwrap(), []);
    journal.complete_filing("k", "a", &both, start()).unwrap();
    assert_eq!(journal.filed_receipts("k").unwrap(), both);
    let raw = rusqlite::Connection::open(&path).unwrap();
    for change in [
        "UPDATE claim_receipts SET facts = replace(facts, '75570', '1') WHERE number = 1",
        "DELETE FROM claim_receipts WHERE number = 2",
        "DELETE FROM claim_receipts",
    ] {
        assert!(raw.execute(change, []).unwrap() > 0);
        let error = journal.filed_receipts("k").unwrap_err();
        assert_eq!(error.code(), "claim/record-damaged", "{change}");
    }
}

#[test]
fn comparing_with_the_audit_record_does_not_read_all_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("reseplug.db");
    drop(SqliteJournal::open(&path).unwrap());
    let raw = rusqlite::Connection::open(&path).unwrap();
    for (query, index) in [
        (
            "SELECT json_extract(event, '$.detail.sha256') FROM audit
              WHERE json_extract(event, '$.detail.station') = 'a'
                AND json_extract(event, '$.detail.event') = 'b'",
            "audit_of_claims",
        ),
        (
            "SELECT 1 FROM audit WHERE json_extract(event, '$.detail.station') = 'a'
                AND json_extract(event, '$.detail.event') IS NOT NULL",
            "audit_of_claims",
        ),
        (
            "SELECT 1 FROM audit WHERE json_extract(event, '$.subject') = 'a'
                AND json_extract(event, '$.detail.\"receipts-sha256\"') IS NOT NULL
              ORDER BY row DESC LIMIT 1",
            "audit_of_receipts",
        ),
    ] {
        let plan: Vec<String> = raw
            .prepare(&format!("EXPLAIN QUERY PLAN {query}"))
            .unwrap()
            .query_map([], |row| row.get(3))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        let plan = plan.join("\n");
        assert!(plan.contains(&format!("INDEX {index}")), "{query}\n{plan}");
    }
}

#[test]
fn a_document_that_is_gone_or_was_changed_is_named_with_what_is_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("reseplug.db");
    let journal = SqliteJournal::open(&path).unwrap();
    let new = NewJob::new("a", "flow.gateway", STATION, json!({}));
    journal.begin(&new, start()).unwrap();
    let [whole, cut, gone] = [&b"whole"[..], b"cut off", b"gone"]
        .map(|body| journal.put_document("RECEIPTH.UKE", body, start()).unwrap());
    let key = format!("9999998/1/2024-11/claim/1/{cut}");
    journal
        .claim_key(&key, "a", &json!({}), &[], start())
        .unwrap();
    let read = ClaimEvent {
        filing: None,
        source: Some(gone.clone()),
        ..told("e", None)
    };
    journal.record_claims(&[read]).unwrap();
    let differing = || {
        let mut heard = Vec::new();
        let found = journal.differing_documents(&mut |at, of| heard.push((at, of)));
        (found.unwrap(), heard)
    };
    assert_eq!(differing(), (vec![], vec![(0, 3), (1, 3), (2, 3)]));
    let raw = rusqlite::Connection::open(&path).unwrap();
    raw.pragma_update(None, "foreign_keys", "OFF").unwrap();
    let behind = |sql: &str, digest: &str| assert_eq!(raw.execute(sql, [digest]).unwrap(), 1);
    behind(
        "UPDATE documents SET body = substr(body, 1, 3) WHERE sha256 = ?1",
        &cut,
    );
    behind("DELETE FROM documents WHERE sha256 = ?1", &gone);
    let (mut found, _) = differing();
    found.sort_by_key(|one| one.name.clone());
    assert_eq!(
        found,
        [
            DifferingDocument {
                sha256: gone,
                name: None,
                of: vec!["e".to_owned()],
            },
            DifferingDocument {
                sha256: cut,
                name: Some("RECEIPTH.UKE".to_owned()),
                of: vec![key],
            },
        ]
    );
    assert_eq!(journal.document(&whole).unwrap().unwrap(), b"whole");
}

#[test]
fn a_document_is_found_by_its_bytes() {
    let journal = store();
    let digest = journal.put_document("a.xml", b"one", start()).unwrap();
    assert_eq!(
        journal.put_document("b.xml", b"one", start()).unwrap(),
        digest
    );
    assert_eq!(journal.document(&digest).unwrap().unwrap(), b"one");
    assert_eq!(journal.document(&document_digest(b"two")).unwrap(), None);
}
