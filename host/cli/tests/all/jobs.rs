//! `reseplug jobs`

use crate::{code, json, run, stdout};
use reseplug_journal::{Journal, NewJob, SqliteJournal};
use serde_json::json as value;
use std::fs;
use std::path::Path;

/// A station with one job of each kind: a call that diverged, in the flow it belongs to, and
/// one that ended.
fn station(folder: &Path) {
    let run = run(
        folder,
        &[
            "init",
            "--code",
            "9999998",
            "--prefecture",
            "13",
            "--name",
            "ひだまり",
        ],
    );
    assert_eq!(code(&run), 0);
    fs::create_dir(folder.join("store")).unwrap();
    let journal = SqliteJournal::open(&folder.join("store/reseplug.db")).unwrap();
    let at = "2024-11-01T00:00:00Z".parse().unwrap();
    let new = |id: &str, kind: &str| NewJob::new(id, kind, "9999998", value!({}));
    journal.begin(&new("fill-1", "flow.fill"), at).unwrap();
    journal
        .finish("fill-1", &Ok(value!("done")).into(), at)
        .unwrap();
    journal
        .begin(&new("recheck-1", "flow.recheck"), at)
        .unwrap();
    let child = NewJob {
        parent: Some("recheck-1".into()),
        ..new("recheck-1/2", "call.eligibility.verify-many")
    };
    journal.begin(&child, at).unwrap();
    let why = value!({
        "kind": "divergence", "step": 0,
        "message_ja": "手順 0 が前回の実行と異なるため、停止しました。", "message_en": "Step 0 is not what the run before asked for.",
        "recorded": { "effect": "exchange-put", "prefix": "OQSsiquc01req" },
        "asked": { "effect": "exchange-put", "prefix": "OQSmuquc01req" },
    });
    journal.park("recheck-1/2", &why, at).unwrap();
    let why = value!({
        "kind": "child-parked", "child": "recheck-1/2", "reason": why,
        "message_ja": "この処理の一部が停止しました。", "message_en": "A part of this job is parked.",
    });
    journal.park("recheck-1", &why, at).unwrap();
}

#[test]
fn a_divergence_is_shown_as_what_was_recorded_against_what_was_asked() {
    let dir = tempfile::tempdir().unwrap();
    station(dir.path());
    let output = run(dir.path(), &["jobs", "show", "recheck-1/2"]);
    assert_eq!(code(&output), 1);
    let text = stdout(&output);
    assert!(
        text.contains("\n-   \"prefix\": \"OQSsiquc01req\""),
        "{text}"
    );
    assert!(
        text.contains("\n+   \"prefix\": \"OQSmuquc01req\""),
        "{text}"
    );
    assert!(
        text.contains("\n    \"effect\": \"exchange-put\""),
        "{text}"
    );
    let (exit, value) = json(dir.path(), &["jobs", "show", "recheck-1/2"]);
    assert_eq!(exit, 1);
    assert_eq!(value["reason"]["kind"], "divergence");
    assert!(value["diff"].as_array().unwrap().len() > 4);
    let parent = stdout(&run(dir.path(), &["jobs", "show", "recheck-1"]));
    assert!(
        parent.contains("reseplug jobs show recheck-1/2"),
        "{parent}"
    );
}

#[test]
fn resuming_a_part_resumes_the_whole_and_says_what_to_run() {
    let dir = tempfile::tempdir().unwrap();
    station(dir.path());
    let args = ["jobs", "resume", "recheck-1/2", "--by", "管理者 青空花子"];
    let (exit, value) = json(dir.path(), &[&args[..], &["--dry-run"]].concat());
    assert_eq!((exit, &value["resumed"]), (0, &false.into()));
    assert_eq!(
        json(dir.path(), &["jobs", "show", "recheck-1"]).1["state"],
        "parked"
    );

    let (exit, value) = json(dir.path(), &args);
    assert_eq!((exit, &value["id"]), (0, &"recheck-1".into()));
    assert!(
        value["command"]
            .as_str()
            .unwrap()
            .starts_with("reseplug recheck")
    );
    for id in ["recheck-1", "recheck-1/2"] {
        assert_eq!(
            json(dir.path(), &["jobs", "show", id]).1["state"],
            "running"
        );
    }
    let (exit, value) = json(dir.path(), &args);
    assert_eq!(exit, 2);
    assert_eq!(value["error"]["code"], "jobs/not-parked");
    assert_eq!(json(dir.path(), &["audit", "verify"]).0, 0);
}

#[test]
fn a_parked_job_that_cannot_go_on_is_given_up_by_a_named_person_with_a_reason() {
    let dir = tempfile::tempdir().unwrap();
    station(dir.path());
    let reason = "設定を元に戻せない";
    let args = [
        "jobs",
        "give-up",
        "recheck-1/2",
        "--by",
        "管理者 青空花子",
        "--reason",
        reason,
    ];
    let (exit, value) = json(dir.path(), &[&args[..], &["--dry-run"]].concat());
    assert_eq!((exit, &value["given_up"]), (0, &false.into()));
    let state = |id: &str| json(dir.path(), &["jobs", "show", id]).1["state"].clone();
    assert_eq!(state("recheck-1"), "parked");

    let (exit, value) = json(dir.path(), &args);
    assert_eq!((exit, &value["id"]), (0, &"recheck-1".into()));
    for id in ["recheck-1", "recheck-1/2"] {
        assert_eq!(state(id), "failed");
    }
    let fault = json(dir.path(), &["jobs", "show", "recheck-1"]).1["fault"].clone();
    assert_eq!(fault["code"], "job/given-up");
    assert!(fault["message_ja"].as_str().unwrap().contains(reason));
    assert_eq!(
        json(dir.path(), &args).1["error"]["code"],
        "jobs/not-parked"
    );
    assert_eq!(json(dir.path(), &["audit", "verify"]).0, 0);
}

#[test]
fn jobs_are_listed_by_kind_and_an_unknown_one_is_told() {
    let dir = tempfile::tempdir().unwrap();
    station(dir.path());
    let (_, all) = json(dir.path(), &["jobs", "list"]);
    assert_eq!(all["jobs"].as_array().unwrap().len(), 3);
    let (_, fills) = json(dir.path(), &["jobs", "list", "--kind", "flow.fill"]);
    assert_eq!(fills["jobs"][0]["id"], "fill-1");
    assert_eq!(fills["jobs"].as_array().unwrap().len(), 1);
    let (exit, value) = json(dir.path(), &["jobs", "show", "nothing"]);
    assert_eq!((exit, &value["error"]["code"]), (2, &"jobs/unknown".into()));
}

#[test]
fn a_station_that_shares_a_store_sees_its_own_jobs_only() {
    let dir = tempfile::tempdir().unwrap();
    station(dir.path());
    let other = dir.path().join("other");
    fs::create_dir(&other).unwrap();
    let text = fs::read_to_string(dir.path().join("station.toml")).unwrap();
    let shared = text
        .replace("9999998", "9999972")
        .replace("path = \"store\"", "path = \"../store\"");
    assert!(shared.contains("../store"), "{shared}");
    fs::write(other.join("station.toml"), shared).unwrap();
    let (exit, all) = json(&other, &["jobs", "list"]);
    assert_eq!((exit, &all["jobs"]), (0, &value!([])));
    for args in [
        &["jobs", "show", "recheck-1"][..],
        &["jobs", "show", "recheck-1/2"],
        &["jobs", "resume", "recheck-1", "--by", "架空"],
        &[
            "jobs",
            "give-up",
            "recheck-1",
            "--by",
            "架空",
            "--reason",
            "x",
        ],
    ] {
        let (exit, told) = json(&other, args);
        let code = &told["error"]["code"];
        assert_eq!((exit, code), (2, &"jobs/unknown".into()), "{args:?}");
        assert!(told.get("args").is_none(), "{told}");
    }
    let (_, own) = json(dir.path(), &["jobs", "show", "recheck-1"]);
    assert_eq!(own["state"], "parked");
    // What belongs to no station is everybody's.
    let journal = SqliteJournal::open(&dir.path().join("store/reseplug.db")).unwrap();
    let at = "2024-11-01T00:00:00Z".parse().unwrap();
    let new = NewJob::new("sweep-1", "flow.sweep", "", value!({}));
    journal.begin(&new, at).unwrap();
    let (_, all) = json(&other, &["jobs", "list"]);
    assert_eq!(all["jobs"][0]["id"], "sweep-1");
    assert_eq!(json(&other, &["jobs", "show", "sweep-1"]).0, 0);
}
