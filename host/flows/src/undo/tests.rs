//! What can be taken back, and what is said of what cannot.

use super::*;
use crate::invented::station;

const MORNING: &str = "2024-11-01T09:00:00+09:00";

fn refused(host: &Host, job: &str) -> Fault {
    let request = UndoRequest {
        job: job.to_owned(),
        proposals: Vec::new(),
        by: "架空 花子".to_owned(),
        dry_run: false,
    };
    host.undo(&request).unwrap_err()
}

#[test]
fn a_job_that_changed_no_documents_says_what_to_do_in_its_stead() {
    let (_folder, host, _clock) = station(MORNING);
    for (kind, way) in [
        ("handover", "公式の端末"),
        ("gateway", "reseplug claim withdraw"),
        ("approve", "reseplug claim approve"),
        ("withdraw-consents", "消せません"),
    ] {
        let new = host.new_job(kind, kind, json!({}), &[]);
        let ended = host.run(&new, |_| Ok(json!({ "files": [] })));
        assert!(matches!(ended.unwrap(), Ended::Done(_)));
        let fault = refused(&host, kind);
        assert_eq!(fault.code, "undo/not-of-documents");
        for part in [way, "intake・recheck・fill", "reseplug undo 処理 --by 氏名"] {
            assert!(fault.message_ja.contains(part), "{}", fault.message_ja);
        }
    }
}

#[test]
fn a_job_that_only_recorded_something_has_nothing_to_take_back() {
    let (_folder, host, _clock) = station(MORNING);
    let new = host.new_job("certificate-1", "certificate", json!({}), &[]);
    let ended = host.run(&new, |flow| {
        Ok(Report::of(flow.id(), Vec::new(), Base::default()))
    });
    assert!(matches!(ended.unwrap(), Ended::Done(_)));
    let fault = refused(&host, "certificate-1");
    assert_eq!(fault.code, "undo/no-change");
    assert!(!fault.message_ja.contains("「」") && fault.message_ja.contains("jobs list"));
}

#[test]
fn a_change_that_is_not_there_is_answered_with_a_whole_command() {
    let fault = no_change("intake-1", "p9", &BTreeSet::from(["p1", "p2"]));
    for part in ["p1, p2", "reseplug undo intake-1 p1 --by 氏名"] {
        assert!(fault.message_ja.contains(part), "{}", fault.message_ja);
    }
}
