//! Each awkward answer by its name, through the whole program: what becomes of a recheck, and that
//! nothing of it is left when the same is asked again.

use crate::station::{Desk, quick};
use reseplug_sandbox::phone::{Identified, Kind, record_consent};
use reseplug_sandbox::terminal::{Mischief, TerminalOptions, Troubles};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What a fault does to the recheck of a month.
#[derive(Debug, Clone, Copy)]
enum Seen {
    /// Nothing: the answer is read as it is meant.
    Nothing,
    /// One person is left to somebody, for this reason.
    Person(&'static str),
    /// No answer can be used: the exit code and the fault's code.
    Whole(i32, &'static str),
}

use Seen::{Nothing, Person, Whole};

const FAULTS: &[(Mischief, Seen)] = &[
    (Mischief::Slow, Nothing),
    (Mischief::Processing, Nothing),
    (Mischief::Err, Whole(2, "onshi/refused")),
    (Mischief::ErrEmpty, Whole(2, "onshi/refused")),
    (Mischief::HalfWritten, Nothing),
    (Mischief::Zip, Nothing),
    (Mischief::EncryptedZip, Whole(2, "exchange/encrypted")),
    (Mischief::WrongEncoding, Nothing),
    (Mischief::OtherEncoding, Nothing),
    (Mischief::Bom, Nothing),
    (Mischief::Shuffled, Nothing),
    (Mischief::UnknownCode, Person("validity-unknown")),
    (Mischief::ConfirmationKey, Nothing),
    (Mischief::Unpadded, Nothing),
    (Mischief::Burst, Nothing),
    (Mischief::ForeignAnswers, Nothing),
    (Mischief::NoQuestion, Nothing),
    (Mischief::TwoAnswers, Whole(4, "exchange/two-answers")),
    (
        Mischief::OtherInstitution,
        Whole(2, "exchange/other-institution"),
    ),
    (Mischief::OtherIdentifier, Whole(2, "onshi/mismatch")),
    (Mischief::OtherPerson, Person("birth-date-differs")),
    (Mischief::SeveralResults, Person("several-results")),
    (Mischief::MissingUnit, Person("not-answered")),
    (Mischief::DoubleUnit, Person("not-answered")),
    (Mischief::ReorderedUnits, Nothing),
    (Mischief::MissingGlyph, Person("missing-glyph")),
    (Mischief::SexUnset, Person("sex-unset")),
    (Mischief::SpecialCard, Person("special-card")),
    (Mischief::OldCardClass, Nothing),
    (Mischief::Invalid, Person("not-valid")),
    (Mischief::InvalidNew, Person("new-card-needed")),
    (Mischief::NotFound, Person("not-valid")),
    (Mischief::Several, Person("several-results")),
    (Mischief::Unregistered, Person("not-valid")),
    (Mischief::WholeError, Whole(4, "onshi/failed")),
    (Mischief::PersonError, Person("answer-is-error")),
    (Mischief::SuccessNote, Nothing),
    (Mischief::ClockAhead, Nothing),
    (Mischief::ClockBehind, Nothing),
    (Mischief::PresentBefore, Nothing),
    (Mischief::Crowded, Nothing),
    (Mischief::ResVanishes, Whole(4, "exchange/io")),
];

/// Those that a statement of their own is about.
const ELSEWHERE: &[Mischief] = &[
    // Below.
    Mischief::CutOff,
    Mischief::ExpiredConsent,
    Mischief::NoResults,
    Mischief::Padded,
    // `station`: a terminal that does not answer in time.
    Mischief::Late,
    Mischief::Offline,
];

/// A small station that has collected everybody's consent.
struct Rig {
    desk: Desk,
    world: reseplug_sandbox::RunningSandbox,
    troubles: Troubles,
}

impl Rig {
    fn new(seed: &str) -> Self {
        let desk = Desk::among("60", "12", seed);
        desk.settings(|text| text.replace("settle_ms = 300", "settle_ms = 20"));
        let terminal = TerminalOptions {
            // Also how long a folder stays away: longer than the program takes to look for it.
            slow: Duration::from_secs(3),
            ..quick()
        };
        // Moments are told in seconds. A minute a second keeps two answers apart, whichever came first.
        let start = jiff::Timestamp::now();
        let fast = move || start + (jiff::Timestamp::now() - start).checked_mul(60).unwrap();
        let world = desk.world_at(terminal, Arc::new(fast));
        let args = ["intake", "--from", "2024-09-01", "--to", "2024-09-30"];
        let (exit, report) = desk.json(&args);
        assert!(exit < 2, "{report}");
        let troubles = Troubles::of(&desk.dir.path().join("sandbox"), "minori");
        Self {
            desk,
            world,
            troubles,
        }
    }

    fn recheck(&self, day: &str) -> (i32, Value) {
        self.desk.json(&["recheck", "--again", "--as-of", day])
    }

    /// A0001 agrees to have drugs viewed, now.
    fn a_card_is_read(&self) {
        let page = self.world.phone().url();
        let now = Some(jiff::Timestamp::now());
        let kinds = [Kind::Drugs];
        record_consent(page, "minori", "A0001", now, &kinds, Identified::Pin).unwrap();
    }

    /// What lies in the answer folder.
    fn res(&self) -> BTreeMap<String, Vec<u8>> {
        let entries = fs::read_dir(self.desk.folder("res")).into_iter().flatten();
        entries
            .map(|entry| {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_str().unwrap().to_owned();
                (name, fs::read(path).unwrap())
            })
            .collect()
    }
}

fn until(what: &str, there: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !there() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// How each person's groups ended, and why they did not.
fn ends(report: &Value) -> BTreeMap<(String, String), (String, Value)> {
    let proposals = report["proposals"].as_array();
    let proposals = proposals.unwrap_or_else(|| panic!("no report: {report}"));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    proposals
        .iter()
        .map(|one| {
            let place = (text(&one["person_key"]), text(&one["group"]));
            (place, (text(&one["outcome"]), one["reason"].clone()))
        })
        .collect()
}

/// People of whom the first one agreed to have 限度額 told, so that a single question follows.
const AGREED: &str = "5";
/// People of whom the first one did not.
const NOT_AGREED: &str = "8";

/// Plays some of the faults, each on a day of its own.
fn play(seed: &str, faults: &[(Mischief, Seen)]) {
    let rig = Rig::new(seed);
    let res = rig.desk.folder("res");
    // Nothing happens to anybody in November: every day is like this one, but that who died before is
    // told of once and not asked about again.
    rig.recheck("2024-11-30");
    let quiet = ends(&rig.recheck("2024-11-30").1);
    let mut lying = BTreeMap::new();
    for (day, (fault, seen)) in (1..).zip(faults) {
        let day = format!("2024-11-{day:02}");
        let away = *fault == Mischief::ResVanishes;
        rig.troubles.arm(*fault).unwrap();
        if away {
            until("the folder stays", || !res.exists());
        }
        let (exit, told) = rig.recheck(&day);
        until("the folder is away", || res.exists());
        // Nothing of others' is touched, and what could not be used stays where it is.
        let there = rig.res();
        for (name, bytes) in &lying {
            assert!(there.get(name) == Some(bytes), "{fault}: {name}");
        }
        lying = there;
        let (_, open) = rig.desk.json(&["jobs", "list", "--open"]);
        assert_eq!(open["jobs"], Value::Array(Vec::new()), "{fault}");
        if let Nothing = seen {
            assert_eq!(ends(&told), quiet, "{fault}");
            continue;
        }
        let (_, later) = rig.recheck(&day);
        let after = ends(&later);
        assert_eq!(after, quiet, "{fault}");
        match seen {
            Nothing => {}
            Person(reason) => {
                let changed: Vec<_> = ends(&told)
                    .into_iter()
                    .filter(|(place, end)| after.get(place) != Some(end))
                    .collect();
                let [((key, group), (outcome, why))] = &changed[..] else {
                    panic!("{fault}: {changed:?}");
                };
                assert_eq!(
                    (exit, group.as_str(), outcome.as_str(), why),
                    (1, "coverage", "no-answer", &(*reason).into()),
                    "{fault}"
                );
                // Nothing of it is left: the next answer stands for itself.
                let place = (key.clone(), group.clone());
                assert_eq!(after[&place], ("same".to_owned(), Value::Null), "{fault}");
            }
            Whole(expected, code) => {
                assert_eq!(
                    (exit, &told["error"]["code"]),
                    (*expected, &(*code).into()),
                    "{fault}: {told}"
                );
            }
        }
    }
    assert_eq!(rig.desk.json(&["audit", "verify"]).0, 0);
    rig.world.stop();
}

#[test]
fn every_fault_has_a_statement() {
    let all: Vec<&str> = FAULTS
        .iter()
        .map(|(fault, _)| fault.name())
        .chain(ELSEWHERE.iter().map(|fault| fault.name()))
        .collect();
    for fault in Mischief::ALL {
        let times = all.iter().filter(|name| **name == fault.name()).count();
        assert_eq!(times, 1, "{fault}");
    }
}

#[test]
fn faults_of_transport_and_encoding_are_overcome_or_told() {
    play(AGREED, &FAULTS[..20]);
}

#[test]
fn faults_of_content_leave_one_person_to_somebody_and_nothing_behind() {
    play(AGREED, &FAULTS[20..]);
}

#[test]
fn valid_without_any_coverage_confirms_nobody_unless_a_single_question_tells_it() {
    play(
        NOT_AGREED,
        &[(Mischief::NoResults, Person("nothing-stated"))],
    );
    play(AGREED, &[(Mischief::NoResults, Nothing)]);
}

#[test]
fn an_answer_that_stays_cut_off_is_told_and_asked_for_anew_by_the_next_recheck() {
    play(AGREED, &[(Mischief::CutOff, Whole(2, "onshi/unreadable"))]);
}

#[test]
fn blanks_around_numbers_are_nothing_and_zeros_in_front_are_for_a_person() {
    let rig = Rig::new(AGREED);
    rig.troubles.arm(Mischief::Padded).unwrap();
    let (exit, told) = rig.recheck("2024-11-01");
    assert_eq!(exit, 1, "{told}");
    let (_, later) = rig.recheck("2024-11-01");
    let after = ends(&later);
    let mut zeros = 0;
    for one in told["proposals"].as_array().unwrap() {
        let place = |name: &str| one[name].as_str().unwrap().to_owned();
        if one["group"] != "coverage" || after[&(place("person_key"), place("group"))].0 != "same" {
            continue;
        }
        let differences = one["differences"].as_array().unwrap();
        let [difference] = &differences[..] else {
            panic!("{one}");
        };
        assert_eq!(difference["field"], "番号", "{one}");
        let number = |side: &str| difference[side].as_str().unwrap().to_owned();
        assert_eq!(number("answered"), format!("00{}", number("on_file")));
        assert_eq!(one["done"]["state"], "left", "{one}");
        zeros += 1;
    }
    assert!(zeros > 3, "{after:?}");
    rig.world.stop();
}

#[test]
fn viewing_under_a_consent_that_the_centre_calls_expired_is_refused_whatever_its_date() {
    let rig = Rig::new(AGREED);
    rig.a_card_is_read();
    let state = || {
        let (_, told) = rig.desk.json(&["consents", "list", "--person", "A0001"]);
        let consents = told["consents"].as_array().unwrap().clone();
        let drugs = consents.into_iter().find(|one| one["scope"] == "drugs");
        drugs.unwrap_or_else(|| panic!("{told}"))["state"].clone()
    };
    let look = [
        "view",
        "drugs",
        "A0001",
        "--for",
        "before-visit",
        "--by",
        "架空 花子",
    ];
    rig.troubles.arm(Mischief::ExpiredConsent).unwrap();
    assert!(rig.desk.json(&["intake"]).0 < 2);
    assert_eq!(state(), "expired");
    let (exit, told) = rig.desk.json(&look);
    assert_eq!(
        (exit, &told["error"]["code"]),
        (3, &"consent/expired".into())
    );
    // The same reading without the fault is live.
    assert!(rig.desk.json(&["intake", "--again"]).0 < 2);
    assert_eq!(state(), "live");
    rig.world.stop();
}

#[test]
fn an_error_about_one_person_among_the_consents_is_shown_though_it_names_nobody() {
    let rig = Rig::new(AGREED);
    rig.a_card_is_read();
    rig.troubles.arm(Mischief::PersonError).unwrap();
    let (exit, report) = rig.desk.json(&["intake"]);
    assert_eq!(exit, 1, "{report}");
    let [one] = &report["proposals"].as_array().unwrap()[..] else {
        panic!("{report}");
    };
    assert_eq!(one["reason"], "answer-is-error", "{one}");
    assert!(one["notes"].to_string().contains("SANDBOX-P900"), "{one}");
    // Collected again without the fault, it is what it is.
    let (exit, report) = rig.desk.json(&["intake", "--again"]);
    assert_eq!(exit, 0, "{report}");
    assert_eq!(report["proposals"][0]["person_key"], "A0001");
    rig.world.stop();
}
