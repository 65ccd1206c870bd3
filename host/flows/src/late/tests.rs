//! Answers that come too late, at a station on a disk of its own.

use super::*;
use crate::HostOptions;
use crate::doors::scene::WHOLE;
use reseplug_journal::{NewJob, Outcome, Step, StepWrite};
use reseplug_policy::Name;
use serde_json::json;
use std::fs;

const STATION: &str = r#"
[station]
code = "9999998"
prefecture = "13"
name = "ひだまり訪問看護ステーション"
[store]
path = "store"
[exchange.terminal]
kind = "terminal"
req = "req"
res = "res"
settle_ms = 0
"#;

fn station() -> (tempfile::TempDir, Host) {
    let folder = tempfile::tempdir().unwrap();
    for name in ["req", "res"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    let config = folder.path().join("station.toml");
    fs::write(&config, STATION).unwrap();
    let host = Host::open(&config, HostOptions::default()).unwrap();
    (folder, host)
}

/// A question of a job that is still open, and the name its answer will have.
fn ask(host: &Host, job: &str) -> String {
    let terminal = host.doors().terminal("terminal").unwrap();
    let prepared = terminal
        .folders
        .prepare_put("OQSsiquc01req", "xml", WHOLE)
        .unwrap();
    terminal.folders.publish(&prepared).unwrap();
    let root = NewJob::new(job, "flow.recheck", host.code(), json!({ "of": job }));
    let child = NewJob {
        parent: Some(job.to_owned()),
        ..NewJob::new(format!("{job}/0"), "call.verify", host.code(), json!({}))
    };
    for new in [&root, &child] {
        host.journal().begin(new, host.now()).unwrap();
    }
    let step = Step {
        seq: 0,
        name: "exchange.put".into(),
        args: json!({}),
        class: RepeatClass::Safe,
        prepared: Some(json!(prepared)),
        answer: None,
        intent_at: Some(host.now()),
        done_at: None,
    };
    host.journal()
        .write_steps("a step", &child.id, &[StepWrite::Insert(step)], &[])
        .unwrap();
    prepared.name.replace("req_", "res_")
}

fn give_up(host: &Host, job: &str) {
    for id in [format!("{job}/0"), job.to_owned()] {
        let fault = Fault::new("test/given-up", "", "");
        host.journal()
            .finish(&id, &Outcome::Fault(fault), host.now())
            .unwrap();
    }
}

/// A run's report.
fn run(host: &Host, id: &str) -> Report {
    let new = host.new_job(id, "recheck", json!({}), &[]);
    let ended = host.run(&new, |flow| {
        Ok(Report {
            late: host.late_step(flow)?,
            ..Report::of(flow.id(), Vec::new(), crate::base::Base::default())
        })
    });
    match host.told_late(ended.unwrap()) {
        Ended::Done(report) => report,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_answer_to_a_question_that_was_given_up_is_told_once_with_its_question_and_stays() {
    let (folder, host) = station();
    let answer = ask(&host, "asked");
    let lies = folder.path().join("res").join(&answer);
    fs::write(&lies, WHOLE).unwrap();
    assert_eq!(run(&host, "first").late, [], "the job may still want it");

    give_up(&host, "asked");
    let report = run(&host, "second");
    let [late] = report.late.as_slice() else {
        panic!("{report:?}");
    };
    assert!(report.needs_person());
    let asked = late.asked.as_ref().unwrap();
    assert_eq!(
        (asked.job.as_str(), asked.call.as_str()),
        ("asked", "call.verify")
    );
    for text in [&late.message_ja, &late.message_en] {
        assert!(text.contains(&answer) && text.contains("asked"), "{text}");
    }
    assert!(
        late.message_ja.contains("資格確認結果"),
        "{}",
        late.message_ja
    );

    assert_eq!(run(&host, "third").late, [], "told once");
    assert_eq!(run(&host, "second").late.len(), 1, "its report keeps it");
    assert!(lies.exists(), "nothing is removed");
}

#[test]
fn an_answer_is_told_again_where_the_run_that_found_it_never_ended() {
    let (folder, host) = station();
    let answer = ask(&host, "asked");
    give_up(&host, "asked");
    fs::write(folder.path().join("res").join(&answer), WHOLE).unwrap();
    let new = host.new_job("broken", "recheck", json!({}), &[]);
    let ended: Result<Ended<Report>, Fault> = host.run(&new, |flow| {
        host.late_step(flow)?;
        Err(FlowError::Fault(Fault::new("test/broken", "", "")))
    });
    assert!(ended.is_err());
    assert_eq!(run(&host, "next").late.len(), 1);
}

#[test]
fn an_answer_that_was_used_and_could_not_be_removed_is_told_as_used_at_once() {
    let (folder, host) = station();
    let answer = ask(&host, "asked");
    // A folder in the file's place cannot be removed as a file, by nobody.
    let lies = folder.path().join("res").join(&answer);
    fs::create_dir(&lies).unwrap();
    let terminal = host.doors().terminal("terminal").unwrap();
    terminal.settle(&[reseplug_effect::Arrival {
        request: answer.replace("res_", "req_"),
        name: answer.clone(),
        refused: false,
        body: WHOLE.to_vec().into(),
    }]);
    let report = run(&host, "first");
    let [left] = report.late.as_slice() else {
        panic!("{report:?}");
    };
    assert!(left.used && report.needs_person());
    assert!(
        left.message_ja.contains("手で消してください"),
        "{}",
        left.message_ja
    );
    assert!(
        !left.message_ja.contains("使っていません"),
        "{}",
        left.message_ja
    );
    assert_eq!(run(&host, "second").late, [], "told once");
}

#[test]
fn each_kind_of_late_answer_has_its_own_advice() {
    let told = |file: &str| {
        let late = LateFile {
            folder: Name::parse("terminal").unwrap(),
            file: file.to_owned(),
            path: PathBuf::from(file),
            used: false,
        };
        LateAnswer::new(late, None).message_ja
    };
    assert!(told("YZKsiquc01res_202411010001.xml").contains("開かずに消して"));
    assert!(told("TKKsiquc01res_202411010001.xml").contains("開かずに消して"));
    let withdrawal = told("OQSsihvd01res_202411010001.xml");
    assert!(
        withdrawal.contains("もう一度行う必要はありません"),
        "{withdrawal}"
    );
    assert!(told("OQSmutic02res_202411010001.xml").contains("もう一度行い"));
}
