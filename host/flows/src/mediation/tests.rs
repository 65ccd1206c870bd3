//! What becomes of each effect, and that none happens twice.

mod driven;
mod https;

use super::*;
use crate::doors::scene::{Scene, UNTIL, WHOLE, place, published, put, put_as, wait};
use reseplug_effect::codes;
use serde_json::json;
use std::fs;

fn arrivals(performed: Performed<Answer>) -> Vec<Arrival> {
    match performed {
        Performed::Done(Answer::Arrivals { arrivals }) => arrivals,
        other => panic!("{other:?}"),
    }
}

fn not_done(performed: Performed<Answer>) -> Fault {
    match performed {
        Performed::NotDone(fault) => fault,
        other => panic!("{other:?}"),
    }
}

/// The name that a prepared request will have.
fn name_of(prepared: Option<&Value>) -> String {
    prepared.unwrap()["name"].as_str().unwrap().to_owned()
}

// ----- put --------------------------------------------------------------------------------

#[test]
fn a_request_is_published_once_whatever_side_of_the_rename_the_crash_was_on() {
    let scene = Scene::new();
    let grants = scene.grants();
    let prepared = {
        let doors = scene.doors();
        Mediation::new(&doors, &grants).prepare(&put()).unwrap()
    };
    let name = name_of(prepared.as_ref());
    // Killed before the rename.
    {
        let doors = scene.doors();
        let mut world = Mediation::new(&doors, &grants);
        assert_eq!(
            world.recover(&put(), prepared.as_ref()),
            Recovered::Redo,
            "it was not published"
        );
        world.perform(&put(), prepared.as_ref());
        assert_eq!(scene.list("req"), [name.as_str()]);
    }
    // Killed after it, and the terminal has taken the request meanwhile.
    scene.answer(&name);
    let doors = scene.doors();
    let mut world = Mediation::new(&doors, &grants);
    assert_eq!(
        world.recover(&put(), prepared.as_ref()),
        Recovered::Done(Answer::Published { name })
    );
    assert!(scene.list("req").is_empty());
}

#[test]
fn a_prepared_value_that_cannot_be_read_leaves_the_outcome_unknown() {
    let scene = Scene::new();
    let (doors, grants) = (scene.doors(), scene.grants());
    let mut world = Mediation::new(&doors, &grants);
    let garbled = json!({ "nom": "x" });
    assert_eq!(world.recover(&put(), Some(&garbled)), Recovered::Unknown);
    assert!(matches!(
        world.perform(&put(), Some(&garbled)),
        Performed::Unknown(_)
    ));
    assert!(matches!(world.perform(&put(), None), Performed::Unknown(_)));
}

#[test]
fn a_name_that_another_product_took_meanwhile_is_left_to_it() {
    let scene = Scene::new();
    let (doors, grants) = (scene.doors(), scene.grants());
    let mut world = Mediation::new(&doors, &grants);
    let prepared = world.prepare(&put()).unwrap();
    let theirs = scene.path("req").join(name_of(prepared.as_ref()));
    fs::write(&theirs, b"theirs").unwrap();
    let fault = not_done(world.perform(&put(), prepared.as_ref()));
    assert_eq!(fault.code, "exchange/name-taken");
    assert_eq!(fs::read(&theirs).unwrap(), b"theirs");
}

// ----- wait -------------------------------------------------------------------------------

#[test]
fn an_answer_is_waited_for_and_its_file_removed_once_it_is_settled() {
    let scene = Scene::new();
    let (doors, grants) = (scene.doors(), scene.grants());
    let mut world = Mediation::new(&doors, &grants);
    let request = published(&mut world);
    let wait = wait(&request);
    let now = doors.now();
    // Often at first, for a quick terminal; seldom later, for the folder's sake.
    for pause in [50, 100, 200, 400, 500, 500] {
        let until = now + SignedDuration::from_millis(pause);
        assert_eq!(world.perform(&wait, None), Performed::Pending { until });
    }
    let name = scene.answer(&request);
    let found = arrivals(world.perform(&wait, None));
    assert_eq!(found[0].request, request);
    assert_eq!(found[0].name, name);
    assert_eq!(found[0].body.as_slice(), WHOLE);
    assert_eq!(scene.list("res"), [name], "not removed before it is safe");
    let answer = Answer::Arrivals { arrivals: found };
    for _ in 0..2 {
        world.settle(&wait, &answer);
        assert!(scene.list("res").is_empty());
    }
}

#[test]
fn whoever_waits_at_the_screen_is_told_what_for_and_until_when() {
    use std::sync::{Arc, Mutex};
    let scene = Scene::new();
    let (doors, grants) = (scene.doors(), scene.grants());
    let said: Arc<Mutex<Vec<String>>> = Arc::default();
    let listener = Arc::clone(&said);
    let mut world = Mediation::new(&doors, &grants).telling(Arc::new(move |ja: &str, _: &str| {
        listener.lock().unwrap().push(ja.to_owned());
    }));
    let request = published(&mut world);
    let wait = wait(&request);
    let mut told = Vec::new();
    for _ in 0..70 {
        let _ = world.perform(&wait, None);
        told.push(said.lock().unwrap().len());
        scene.clock.pass(SignedDuration::from_secs(1));
    }
    // Nothing for a quick terminal; after 3 seconds, and then each half minute.
    assert_eq!(
        [told[2], told[3], told[32], told[33], told[63]],
        [0, 1, 1, 2, 3]
    );
    let until = reseplug_effect::jst(UNTIL.parse().unwrap()).replace('T', " ");
    for words in [request.as_str(), &until[..19]] {
        assert!(said.lock().unwrap()[0].contains(words), "{words}: {said:?}");
    }
}

#[test]
fn whoever_waits_for_an_answer_of_which_half_lies_there_is_told_that_and_since_when() {
    use std::sync::{Arc, Mutex};
    let scene = Scene::new();
    let (doors, grants) = (scene.doors(), scene.grants());
    let said: Arc<Mutex<Vec<String>>> = Arc::default();
    let listener = Arc::clone(&said);
    let mut world = Mediation::new(&doors, &grants).telling(Arc::new(move |ja: &str, en: &str| {
        listener
            .lock()
            .unwrap()
            .extend([ja.to_owned(), en.to_owned()]);
    }));
    let request = published(&mut world);
    let name = scene.answer(&request);
    fs::write(scene.path("res").join(&name), &WHOLE[..WHOLE.len() / 2]).unwrap();
    let wait = wait(&request);
    for _ in 0..4 {
        assert!(matches!(
            world.perform(&wait, None),
            Performed::Pending { .. }
        ));
        scene.clock.pass(SignedDuration::from_secs(1));
    }
    let said = said.lock().unwrap();
    let since = reseplug_effect::jst(doors.now());
    for told in said.iter() {
        for words in [name.as_str(), &since[..10], "fill --offline"] {
            assert!(told.contains(words), "{words}: {told}");
        }
    }
    assert!(said[0].contains("途中まで") && !said[0].contains("電源"));
    assert_eq!(said.len(), 2);
}

#[test]
fn a_wait_that_is_over_brings_an_empty_answer() {
    let scene = Scene::new();
    let (doors, grants) = (scene.doors(), scene.grants());
    let mut world = Mediation::new(&doors, &grants);
    let wait = wait(&published(&mut world));
    let end: Timestamp = UNTIL.parse().unwrap();
    scene
        .clock
        .pass(SignedDuration::from_hours(1) - SignedDuration::from_millis(1));
    assert_eq!(
        world.perform(&wait, None),
        Performed::Pending { until: end },
        "never beyond the end"
    );
    scene.clock.pass(SignedDuration::from_millis(1));
    assert!(arrivals(world.perform(&wait, None)).is_empty());
}

#[test]
fn an_answer_that_is_there_when_the_time_is_over_is_still_taken() {
    let scene = Scene::new();
    let (doors, grants) = (scene.doors(), scene.grants());
    let mut world = Mediation::new(&doors, &grants);
    let request = published(&mut world);
    scene.clock.pass(SignedDuration::from_hours(5));
    scene.answer(&request);
    assert_eq!(arrivals(world.perform(&wait(&request), None)).len(), 1);
}

#[test]
fn a_request_named_twice_is_answered_once() {
    let scene = Scene::new();
    let (doors, grants) = (scene.doors(), scene.grants());
    let mut world = Mediation::new(&doors, &grants);
    let request = published(&mut world);
    scene.answer(&request);
    let twice = Effect::ExchangeWait {
        folder: "terminal".into(),
        requests: vec![request.clone(), request],
        until: UNTIL.into(),
    };
    assert_eq!(arrivals(world.perform(&twice, None)).len(), 1);
}

#[test]
fn an_answered_request_is_not_answered_again_even_if_its_file_cannot_be_removed() {
    let scene = Scene::new();
    let (doors, grants) = (scene.doors(), scene.grants());
    let mut world = Mediation::new(&doors, &grants);
    let request = published(&mut world);
    let name = scene.answer(&request);
    let found = arrivals(world.perform(&wait(&request), None));
    // A folder in its place stands for a file that somebody holds open.
    let path = scene.path("res").join(&name);
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    world.settle(&wait(&request), &Answer::Arrivals { arrivals: found });

    // Another call of the same process.
    let mut world = Mediation::new(&doors, &grants);
    assert!(matches!(
        world.perform(&wait(&request), None),
        Performed::Pending { .. }
    ));
    // It is let go, and the next look removes it.
    fs::remove_dir(&path).unwrap();
    fs::write(&path, WHOLE).unwrap();
    assert!(matches!(
        world.perform(&wait(&request), None),
        Performed::Pending { .. }
    ));
    assert!(scene.list("res").is_empty());
}

#[test]
fn an_answer_that_must_not_be_read_is_a_fault_of_the_wait() {
    let scene = Scene::new();
    let (doors, grants) = (scene.doors(), scene.grants());
    let mut world = Mediation::new(&doors, &grants);
    let request = published(&mut world);
    let path = scene.path("res").join(scene.answer(&request));
    for (body, code) in [
        (
            b"PK\x03\x04\x14\0\x01\0\x08\0 PK\x05\x06".to_vec(),
            "exchange/encrypted",
        ),
        (vec![b'>'; 1001], "exchange/too-large"),
    ] {
        fs::write(&path, body).unwrap();
        let fault = not_done(world.perform(&wait(&request), None));
        assert_eq!(fault.code, code);
    }
    assert!(path.exists());
}

#[test]
fn a_share_that_is_gone_for_a_moment_does_not_end_a_wait() {
    let scene = Scene::new();
    let (doors, grants) = (scene.doors(), scene.grants());
    let mut world = Mediation::new(&doors, &grants);
    let request = published(&mut world);
    fs::rename(scene.path("res"), scene.path("gone")).unwrap();
    fs::write(scene.path("res"), b"no folder").unwrap();
    assert!(matches!(
        world.perform(&wait(&request), None),
        Performed::Pending { .. }
    ));
    fs::remove_file(scene.path("res")).unwrap();
    fs::rename(scene.path("gone"), scene.path("res")).unwrap();
    scene.answer(&request);
    assert_eq!(arrivals(world.perform(&wait(&request), None)).len(), 1);
}

#[test]
fn a_moment_that_cannot_be_read_is_a_fault() {
    let scene = Scene::new();
    let (doors, grants) = (scene.doors(), scene.grants());
    let wait = Effect::ExchangeWait {
        folder: "terminal".into(),
        requests: Vec::new(),
        until: "tomorrow".into(),
    };
    let fault = not_done(Mediation::new(&doors, &grants).perform(&wait, None));
    assert_eq!(fault.code, "exchange/not-a-moment");
}

// ----- place ------------------------------------------------------------------------------

#[test]
fn a_file_is_placed_where_the_station_file_says_and_placing_it_again_changes_nothing() {
    let scene = Scene::new();
    let (doors, grants) = (scene.doors(), scene.grants());
    let mut world = Mediation::new(&doors, &grants);
    let effect = place("2024-11/RECEIPTH.UKE", b"HM");
    assert_eq!(world.class(&effect).unwrap(), RepeatClass::Safe);
    let expected = scene.folder().join("handover").join("2024-11/RECEIPTH.UKE");
    for _ in 0..2 {
        let Performed::Done(Answer::Placed { path }) = world.perform(&effect, None) else {
            panic!("it is placed")
        };
        assert_eq!(std::path::Path::new(&path), expected);
        assert!(expected.is_absolute());
        assert_eq!(fs::read(&expected).unwrap(), b"HM");
    }
    let other = place("2024-11/RECEIPTH.UKE", b"other");
    assert_eq!(
        not_done(world.perform(&other, None)).code,
        "exchange/other-content"
    );
}

// ----- what is not granted ----------------------------------------------------------------

#[test]
fn what_is_not_granted_is_denied_and_touches_nothing() {
    let scene = Scene::new();
    let doors = scene.doors();
    let (approved, unapproved) = (scene.grants(), scene.grants_of(false));
    let somebody_elses = wait("OQSmuhvq01req_202410030001.xml");
    let cases = [
        (&unapproved, put()),
        (&unapproved, wait("OQSsiquc01req_202410030001.xml")),
        (&unapproved, place("a.txt", b"")),
        (
            &unapproved,
            Effect::IdentityFacts {
                name: "station".into(),
            },
        ),
        (&approved, put_as("OQSmuhvq01req", WHOLE)),
        (&approved, somebody_elses),
        (
            &approved,
            Effect::IdentityFacts {
                name: "other".into(),
            },
        ),
    ];
    for (grants, effect) in cases {
        let mut world = Mediation::new(&doors, grants);
        let fault = world.class(&effect).unwrap_err();
        assert_eq!(fault.code, codes::DENIED, "{effect:?}");
        assert_eq!(not_done(world.perform(&effect, None)).code, codes::DENIED);
        assert!(world.facts(&effect).destination.is_some());
    }
    assert!(!scene.path("store").exists());
    assert!(scene.list("req").is_empty());
}

#[test]
fn a_file_larger_than_the_folder_takes_is_not_written() {
    let scene = Scene::new();
    let (doors, grants) = (scene.doors(), scene.grants());
    let mut world = Mediation::new(&doors, &grants);
    let large = [b' '; 1001];
    let fault = world.prepare(&put_as("OQSsiquc01req", &large)).unwrap_err();
    assert_eq!(fault.code, "exchange/too-large-to-write");
    let fault = not_done(world.perform(&place("a.txt", &large), None));
    assert_eq!(fault.code, "exchange/too-large-to-write");
    assert!(scene.list("req").is_empty());
}
