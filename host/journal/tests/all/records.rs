//! Evidence, decisions, filings, documents.

use crate::support::start;
use reseplug_journal::{
    Claim, ClaimEvent, Decision, Evidence, Fact, FiledReceipt, Journal, NewJob, SqliteJournal,
    document_digest, filing_state,
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
    raw.execute_batch("DROP TRIGGER claim_events_are_not_removed; DELETE FROM claim_events")
        .unwrap();
    assert_eq!(journal.differing_claims().unwrap(), ["e", "f"]);
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
