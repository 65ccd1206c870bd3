//! Jobs.

use crate::support::start;
use jiff::SignedDuration;
use reseplug_effect::Fault;
use reseplug_journal::{JobFilter, JobState, Journal, NewJob, Outcome, SqliteJournal};
use serde_json::json;

fn new(id: &str) -> NewJob {
    NewJob::new(id, "flow.recheck", "9999998", json!({ "month": "2024-10" }))
}

#[test]
fn a_job_is_begun_once() {
    let journal = SqliteJournal::in_memory().unwrap();
    let mut wanted = new("a");
    wanted.deadline = Some(start() + SignedDuration::from_hours(6));
    wanted.pins = vec![("p".into(), "sha256:1".into())];
    let job = journal.begin(&wanted, start()).unwrap();
    assert_eq!(job.new, wanted);
    let later = start() + SignedDuration::from_hours(1);
    assert_eq!(journal.begin(&wanted, later).unwrap(), job);
    assert_eq!(journal.audit_rows().unwrap().len(), 1);
}

#[test]
fn an_id_cannot_be_used_for_something_else() {
    let journal = SqliteJournal::in_memory().unwrap();
    journal.begin(&new("a"), start()).unwrap();
    let other = NewJob {
        args: json!({ "month": "2024-11" }),
        ..new("a")
    };
    let fault = Fault::from(journal.begin(&other, start()).unwrap_err());
    assert_eq!(fault.code, "journal/job-differs");
}

#[test]
fn a_job_whose_plugins_changed_is_parked_until_somebody_resumes_it() {
    let journal = SqliteJournal::in_memory().unwrap();
    let with = |digest: &str| NewJob {
        pins: vec![("p".into(), digest.into())],
        ..new("a")
    };
    journal.begin(&with("sha256:1"), start()).unwrap();
    let job = journal.begin(&with("sha256:2"), start()).unwrap();
    let JobState::Parked { reason } = &job.state else {
        panic!("{job:?}")
    };
    assert_eq!(reason["pinned"], json!([["p", "sha256:1"]]));
    assert_eq!(reason["offered"], json!([["p", "sha256:2"]]));
    journal.resume("a", "管理者", start()).unwrap();
    assert_eq!(
        journal.begin(&with("sha256:1"), start()).unwrap().state,
        JobState::Running
    );
}

#[test]
fn a_job_that_ended_stays_ended() {
    let journal = SqliteJournal::in_memory().unwrap();
    journal.begin(&new("a"), start()).unwrap();
    let outcome = Outcome::Done(json!(1));
    journal.finish("a", &outcome, start()).unwrap();
    journal.finish("a", &outcome, start()).unwrap();
    for error in [
        journal
            .finish("a", &Outcome::Done(json!(2)), start())
            .unwrap_err(),
        journal.park("a", &json!({}), start()).unwrap_err(),
        journal.resume("a", "管理者", start()).unwrap_err(),
        journal.wait("a", start(), &[], start()).unwrap_err(),
    ] {
        assert_eq!(error.code(), "journal/job-closed");
    }
    assert_eq!(
        journal.job("a").unwrap().unwrap().state,
        JobState::Done { value: json!(1) }
    );
    assert_eq!(
        journal.finish("b", &outcome, start()).unwrap_err().code(),
        "journal/no-job"
    );
}

#[test]
fn jobs_are_found_by_a_text_of_what_they_ended_with() {
    let journal = SqliteJournal::in_memory().unwrap();
    for (id, digest) in [("one", "ab12"), ("other", "cd34")] {
        journal.begin(&new(id), start()).unwrap();
        let value = json!({ "outputs": [{ "digest": digest }] });
        journal.finish(id, &Outcome::Done(value), start()).unwrap();
    }
    journal.begin(&new("open"), start()).unwrap();
    let found = |text: &str| -> Vec<String> {
        let filter = JobFilter {
            outcome_holds: Some(text.to_owned()),
            ..JobFilter::default()
        };
        let jobs = journal.jobs(&filter).unwrap();
        jobs.iter().map(|job| job.id().to_owned()).collect()
    };
    assert_eq!(found("cd34"), ["other"]);
    assert_eq!(found("outputs").len(), 2);
    assert_eq!(found("ef56"), [""; 0]);
}

#[test]
fn jobs_are_listed_by_what_is_due() {
    let journal = SqliteJournal::in_memory().unwrap();
    for id in ["run", "wait", "late", "park", "end"] {
        journal.begin(&new(id), start()).unwrap();
    }
    let child = NewJob {
        parent: Some("run".into()),
        ..new("run/0")
    };
    journal.begin(&child, start()).unwrap();
    let hour = SignedDuration::from_hours(1);
    journal.wait("wait", start() + hour, &[], start()).unwrap();
    journal
        .wait("late", start() + hour * 9, &[], start())
        .unwrap();
    journal
        .park("park", &json!({ "kind": "test" }), start())
        .unwrap();
    journal
        .finish("end", &Outcome::Fault(Fault::new("a/b", "", "")), start())
        .unwrap();
    let ids = |filter: JobFilter| -> Vec<String> {
        journal
            .jobs(&filter)
            .unwrap()
            .iter()
            .map(|j| j.id().to_owned())
            .collect()
    };
    let due = JobFilter {
        due_by: Some(start() + hour),
        roots: true,
        ..JobFilter::default()
    };
    assert_eq!(ids(due), ["wait", "run"]);
    assert_eq!(
        ids(JobFilter {
            open: true,
            roots: true,
            ..JobFilter::default()
        })
        .len(),
        4
    );
    assert_eq!(
        ids(JobFilter {
            parent: Some("run".into()),
            ..JobFilter::default()
        }),
        ["run/0"]
    );
    assert_eq!(
        ids(JobFilter {
            state: Some("failed".into()),
            ..JobFilter::default()
        }),
        ["end"]
    );
    assert_eq!(
        ids(JobFilter {
            limit: Some(2),
            ..JobFilter::default()
        })
        .len(),
        2
    );
    assert!(
        ids(JobFilter {
            station: Some("x".into()),
            ..JobFilter::default()
        })
        .is_empty()
    );
}
