//! The start of a month at a station whose people lived on: jobs, marriages, birthdays, moves,
//! losses and 生活保護 that no product has heard of.

use crate::station::{Desk, quick};
use reseplug_sandbox::population::{Member, Population, PopulationOptions, Story};
use serde_json::{Value, json as value};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

const BY: [&str; 2] = ["--by", "架空 花子"];
const AS_OF: &str = "2024-11-01";

/// How the group that a story is about ends.
#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    /// Nothing to do.
    Same,
    /// The register gets a period from the day of the change on; the old one ends the day before.
    Split,
    /// Something within the period is proposed, for somebody to accept.
    Proposed(&'static str, &'static str),
    /// Somebody has to look, for this reason.
    Left(&'static str),
    /// No certain confirmation to go on: a card visit, for this reason.
    CardVisit(&'static str),
}

use End::{CardVisit, Left, Proposed, Same, Split};

/// By 再照会, which follows the person.
fn of_the_person(story: Story) -> End {
    match story {
        Story::JobChange
        | Story::Retirement
        | Story::Dependent
        | Story::Turns75
        | Story::Move
        | Story::LateRegistration => Split,
        Story::Turns70 | Story::CertificateChange => Proposed("burden", "new-period"),
        Story::RatioDown | Story::RatioUp => Proposed("burden", "differs"),
        Story::NewBranch => Proposed("coverage", "differs"),
        Story::WelfareBeside => Proposed("welfare", "fill"),
        Story::Marriage | Story::LimitChange => Same,
        Story::Loss => Left("not-valid"),
        Story::Death => Left("died"),
        Story::Welfare => Left("only-welfare"),
        Story::SpecialCard => Left("special-card"),
        Story::Twins => Left("several-results"),
        Story::MissingGlyph | Story::SexUnset => CardVisit("not-certain"),
    }
}

/// By the numbers on file, which stay with the old card.
fn of_the_numbers(story: Story) -> End {
    match of_the_person(story) {
        Split => Left("new-card-needed"),
        Left("only-welfare") => Left("not-valid"),
        end => end,
    }
}

/// The station's people by key, with what happened to them.
fn people(desk: &Desk) -> BTreeMap<String, Member> {
    let folder = desk.dir.path().join("sandbox");
    let options = PopulationOptions::recall(&folder).unwrap().unwrap();
    let all = Population::grow(options).unwrap().people;
    (1..)
        .map(|nth| format!("A{nth:04}"))
        .zip(all)
        .take(options.users)
        .collect()
}

fn recheck(desk: &Desk, more: &[&str]) -> Value {
    let args = [&["recheck", "--again", "--as-of", AS_OF][..], more].concat();
    let (exit, report) = desk.json(&args);
    assert_eq!(exit, 1, "somebody always has to look: {}", report["error"]);
    report
}

/// The product imports the register that was written.
fn import(desk: &Desk) {
    let from = desk.home.join("out/RIYOSHA.CSV");
    fs::copy(from, desk.home.join("RIYOSHA.CSV")).unwrap();
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}

/// Reads a report beside what happened, and returns the stories that it was about.
fn compare(
    report: &Value,
    people: &BTreeMap<String, Member>,
    expected: fn(Story) -> End,
) -> BTreeSet<Story> {
    let visits: BTreeMap<&str, &str> = report["card_visits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|visit| (text(visit, "key"), text(visit, "reason")))
        .collect();
    let mut groups: BTreeMap<(&str, &str), &Value> = BTreeMap::new();
    for one in report["proposals"].as_array().unwrap() {
        let before = groups.insert((text(one, "person_key"), text(one, "group")), one);
        assert!(before.is_none(), "{one}");
    }
    let mut seen = BTreeSet::new();
    for (key, member) in people {
        let end = member.happening.map_or(Same, |one| expected(one.story));
        if let Some(why) = visits.get(key.as_str()) {
            // Whoever was never confirmed is not asked about, whatever happened.
            let told = matches!(end, CardVisit(expected) if expected == *why);
            let twin = *why == "not-certain" && member.happening.is_none();
            assert!(*why == "never-read" || twin || told, "{key}: {why}");
            if *why == "never-read" || twin {
                continue;
            }
        } else {
            check(key, member, end, &groups);
        }
        seen.extend(member.happening.map(|one| one.story));
    }
    seen
}

fn check(key: &str, member: &Member, end: End, groups: &BTreeMap<(&str, &str), &Value>) {
    let group = |name| groups.get(&(key, name)).copied();
    let coverage = group("coverage").or_else(|| group("burden"));
    let coverage = coverage.unwrap_or_else(|| panic!("{key} is in no group"));
    let story = member.happening.map(|one| one.story.name());
    match end {
        Same => {
            assert_eq!(
                text(coverage, "outcome"),
                "same",
                "{key} {story:?}: {coverage}"
            );
        }
        Split => {
            let after = member.insured.coverages.last().unwrap();
            let from = after.period.from.unwrap();
            assert_eq!(
                text(coverage, "outcome"),
                "new-period",
                "{story:?}: {coverage}"
            );
            let new = &coverage["after"];
            assert_eq!(
                text(new, "insurer"),
                after.insurer.to_string(),
                "{coverage}"
            );
            assert_eq!(new["period"]["from"], from.to_string(), "{coverage}");
            // The old period ends the day before, the new one is open.
            let dates: Vec<&str> = coverage["done"]["fields"]
                .as_array()
                .unwrap_or_else(|| panic!("{coverage}"))
                .iter()
                .filter(|field| text(field, "field").starts_with("有効"))
                .map(|field| text(field, "answered"))
                .collect();
            let slashed = |day: reseplug_model::Date| day.to_string().replace('-', "/");
            let eve = slashed(from.prev_day().unwrap());
            assert_eq!(dates, [&eve, &slashed(from), "9999/12/31"], "{coverage}");
        }
        Proposed(name, outcome) => {
            let one = group(name).unwrap_or_else(|| panic!("{key} {story:?}: {coverage}"));
            assert_eq!(
                (text(one, "outcome"), text(one, "reason")),
                (outcome, "not-accepted"),
                "{key} {story:?}: {one}"
            );
        }
        Left(reason) => {
            assert_eq!(
                (text(coverage, "outcome"), text(coverage, "reason")),
                ("no-answer", reason),
                "{key} {story:?}: {coverage}"
            );
            assert_eq!(coverage["done"]["state"], "left");
        }
        CardVisit(why) => panic!("{key} {story:?} is not listed for a card visit: {why}"),
    }
    // Each answer is called the message that it was.
    let message = text(&coverage["sources"][0], "message");
    let known = ["INVmuhvr02res", "OQSmuquc02res", "OQSsiquc01res"];
    assert!(known.contains(&message), "{coverage}");
}

/// Some of the proposals that wait, by why they exist; everybody's word for them.
fn accept(desk: &Desk, report: &Value) -> usize {
    let ids: BTreeMap<&str, bool> = report["proposals"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["reason"] == "not-accepted")
        .map(|one| (text(one, "id"), true))
        .collect();
    let file = desk.home.join("accept.json");
    fs::write(&file, value!({ "by": BY[1], "proposals": ids }).to_string()).unwrap();
    ids.len()
}

#[test]
fn at_the_start_of_a_month_every_change_is_found_and_each_becomes_what_it_is() {
    let desk = Desk::requerying("900", "200", "7");
    let people = people(&desk);
    let world = desk.world(quick());
    let (exit, report) = desk.json(&["intake", "--from", "2024-09-01", "--to", "2024-09-30"]);
    assert!(exit < 2, "{}", report["error"]);

    let report = recheck(&desk, &[]);
    let seen = compare(&report, &people, of_the_person);
    let all: BTreeSet<Story> = Story::ALL.iter().copied().collect();
    assert_eq!(seen, all, "every kind of change is among the people");
    // A loss is never assumed silently: which day counts as the last one is told, with its grade.
    let losses: Vec<&Value> = report["proposals"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["happened"].to_string().contains("\"lost\""))
        .collect();
    assert!(losses.len() > 3);
    for one in losses {
        let notes = one["notes"].to_string();
        assert!(
            notes.contains("loss_day") && notes.contains("推定です"),
            "{one}"
        );
    }

    // Imported, the new periods are what is on file; accepted, so are the other changes.
    import(&desk);
    let report = recheck(&desk, &[]);
    let waiting = accept(&desk, &report);
    assert!(waiting > 10, "{waiting}");
    let report = recheck(
        &desk,
        &["--accept", desk.home.join("accept.json").to_str().unwrap()],
    );
    assert_eq!(report["by"], Value::Null);
    import(&desk);
    let report = recheck(&desk, &[]);
    assert_eq!(report["counts"]["periods_added"], 0);
    assert_eq!(accept(&desk, &report), 0, "nothing is proposed twice");

    // The month's list: who was confirmed, how, and as of which day.
    let (_, list) = desk.json(&["evidence", "list", "--month", "2024-11"]);
    let listed = list["people"].as_array().unwrap();
    assert!(listed.len() > 150, "{}", listed.len());
    world.stop();
    assert_eq!(desk.json(&["audit", "verify"]).0, 0);
}

#[test]
fn without_the_layout_of_the_requery_the_numbers_are_asked_and_a_new_card_is_read_at_a_visit() {
    let desk = Desk::among("900", "200", "7");
    let people = people(&desk);
    let world = desk.world(quick());
    let intake = |from: &str, to: &str| {
        let (exit, report) = desk.json(&["intake", "--from", from, "--to", to]);
        assert!(exit < 2, "{}", report["error"]);
        report
    };
    intake("2024-09-01", "2024-09-30");
    compare(&recheck(&desk, &[]), &people, of_the_numbers);

    // Cards read again at visits in the month: a change within it becomes two periods.
    let report = intake("2024-10-01", "2024-10-31");
    let mut within = 0;
    for one in report["proposals"].as_array().unwrap() {
        if one["outcome"] != "new-period" || one["group"] != "coverage" {
            continue;
        }
        let member = &people[text(one, "person_key")];
        let happening = member.happening.unwrap();
        assert!(happening.story.other_numbers(), "{one}");
        check(
            text(one, "person_key"),
            member,
            Split,
            &BTreeMap::from([((text(one, "person_key"), "coverage"), &card(one))]),
        );
        within += usize::from(!happening.day.unwrap().to_string().ends_with("-01"));
    }
    assert!(within > 2, "{within}");
    world.stop();
}

/// The proposal without its source, which is a card's.
fn card(one: &Value) -> Value {
    assert_eq!(one["sources"][0]["message"], "OQSmuhvq02res");
    let mut one = one.clone();
    one["sources"][0]["message"] = "OQSsiquc01res".into();
    one
}
