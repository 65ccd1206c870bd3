//! Who may open what, when, and what is cleaned away.

use super::scene::{Scene, is_leased, published, put};
use super::*;
use crate::Mediation;
use reseplug_effect::RepeatClass;
use reseplug_journal::{NewJob, SqliteJournal, Step, StepWrite, World};
use serde_json::{Value, json};

fn is_shareable<T: Send + Sync + std::fmt::Debug>() {}

#[test]
fn doors_may_be_shared_between_threads() {
    is_shareable::<Doors>();
}

#[test]
fn nothing_is_touched_before_it_is_used() {
    let scene = Scene::new();
    let doors = scene.doors();
    assert!(!scene.path("store").exists());
    assert!(!scene.path("handover").exists());
    doors.identities().unwrap();
    assert!(scene.path("store/identities").is_dir());
    assert!(!is_leased(&scene.path("res")));
}

#[test]
fn a_second_host_is_refused_with_the_name_of_the_first() {
    let scene = Scene::new();
    let first = scene.doors();
    first.check(&scene.grants()).unwrap();
    let second = scene.doors_of("other-store");
    let fault = second.check(&scene.grants()).unwrap_err();
    assert_eq!(fault.code, "exchange/owned");
    assert!(
        fault.message_ja.contains(&host_id::machine()),
        "{}",
        fault.message_ja
    );
    // It may open them once the first is gone.
    drop(first);
    second.check(&scene.grants()).unwrap();
    drop(second);
    scene.doors().check(&scene.grants()).unwrap();
}

#[test]
fn a_second_process_of_the_same_host_is_told_to_wait() {
    let scene = Scene::new();
    let _first = {
        let doors = scene.doors();
        doors.check(&scene.grants()).unwrap();
        doors
    };
    let fault = scene.doors().check(&scene.grants()).unwrap_err();
    assert_eq!(fault.code, "exchange/owned");
    assert!(
        fault
            .message_en
            .contains("Another run of reseplug on this PC")
    );
}

#[test]
fn only_granted_folders_are_checked() {
    let scene = Scene::new();
    scene.doors().check(&scene.grants_of(false)).unwrap();
    assert!(!scene.path("store").exists());
    std::fs::remove_dir(scene.path("res")).unwrap();
    let fault = scene.doors().check(&scene.grants()).unwrap_err();
    assert_eq!(fault.code, "exchange/io");
    assert!(fault.message_ja.contains("res"), "{}", fault.message_ja);
}

#[test]
fn a_folder_that_was_not_there_is_tried_again() {
    let scene = Scene::new();
    std::fs::remove_dir(scene.path("res")).unwrap();
    let doors = scene.doors();
    doors.check(&scene.grants()).unwrap_err();
    std::fs::create_dir(scene.path("res")).unwrap();
    doors.check(&scene.grants()).unwrap();
}

/// A journal with an open job whose only step has prepared this and has no answer.
fn journal(prepared: Option<Value>) -> SqliteJournal {
    let journal = SqliteJournal::in_memory().unwrap();
    let at = "2024-10-03T00:12:00Z".parse().unwrap();
    journal
        .begin(&NewJob::new("j", "call.test", "9999998", json!(null)), at)
        .unwrap();
    let step = Step {
        seq: 0,
        name: "exchange.put".into(),
        args: json!(put()),
        class: RepeatClass::Safe,
        prepared,
        answer: None,
        intent_at: Some(at),
        done_at: None,
    };
    journal
        .write_steps("intent", "j", &[StepWrite::Insert(step)], &[])
        .unwrap();
    journal
}

fn prepare(doors: &Doors, scene: &Scene) -> Value {
    let grants = scene.grants();
    let mut world = Mediation::new(doors, &grants);
    world.prepare(&put()).unwrap().unwrap()
}

#[test]
fn a_request_of_a_crash_is_removed_unless_a_job_knows_it() {
    let scene = Scene::new();
    let doors = scene.doors();
    let known = prepare(&doors, &scene);
    let kept = known["temp"].as_str().unwrap().to_owned();
    prepare(&doors, &scene);
    drop(doors);
    assert_eq!(scene.list("req").len(), 2);

    let doors = scene.doors();
    assert_eq!(doors.sweep_before(&journal(Some(known))).unwrap(), 1);
    assert_eq!(scene.list("req"), [kept.as_str()]);
    // What was prepared for another kind of step is no reason to keep anything.
    let other = journal(Some(json!({ "path": "x" })));
    assert_eq!(doors.sweep_before(&other).unwrap(), 1);
    assert!(scene.list("req").is_empty());
}

#[test]
fn a_request_whose_intent_is_about_to_be_written_is_left_alone() {
    let scene = Scene::new();
    let doors = scene.doors();
    prepare(&doors, &scene);
    assert_eq!(doors.sweep_before(&journal(None)).unwrap(), 0);
    assert_eq!(scene.list("req").len(), 1);
}

#[test]
fn folders_are_not_taken_for_sweeping_when_nothing_lies_there() {
    let scene = Scene::new();
    let doors = scene.doors();
    {
        let grants = scene.grants();
        published(&mut Mediation::new(&doors, &grants));
    }
    drop(doors);
    let doors = scene.doors();
    assert_eq!(doors.sweep_before(&journal(None)).unwrap(), 0);
    assert!(!is_leased(&scene.path("res")));
}

#[test]
fn sweeping_does_not_stand_in_the_way_of_work_without_a_terminal() {
    let scene = Scene::new();
    let owner = scene.doors();
    prepare(&owner, &scene);
    let other = scene.doors_of("other-store");
    assert_eq!(other.sweep_before(&journal(None)).unwrap(), 0);
    drop(owner);
    // Nor does it touch what another host has left.
    assert_eq!(other.sweep_before(&journal(None)).unwrap(), 0);
    assert_eq!(scene.list("req").len(), 1);
    drop(other);
    std::fs::remove_dir_all(scene.path("req")).unwrap();
    assert_eq!(scene.doors().sweep_before(&journal(None)).unwrap(), 0);
}
