//! A certificate on paper, whom a recheck lists for a card visit, and consents collected at set
//! times.

use crate::station::{Desk, quick};
use crate::{run, stdout};
use serde_json::Value;
use std::collections::BTreeMap;

/// What somebody at あおぞら reads off a child's new 資格確認書.
const CERTIFICATE: [&str; 25] = [
    "certificate",
    "--key",
    "A0001",
    "--name",
    "岩瀬　結",
    "--sex",
    "2",
    "--birth-date",
    "2017-01-15",
    "--insurer",
    "990028",
    "--symbol",
    "１２",
    "--number",
    "３４５",
    "--branch",
    "02",
    "--relationship",
    "family",
    "--since",
    "2024-10-01",
    "--valid-until",
    "2025-07-31",
    "--seen-by",
    "架空 看護",
];

fn seen_on(day: &'static str) -> Vec<&'static str> {
    [&CERTIFICATE[..], &["--seen-on", day]].concat()
}

fn reasons(report: &Value) -> BTreeMap<String, String> {
    report["card_visits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|visit| {
            (
                visit["key"].as_str().unwrap().to_owned(),
                visit["reason"].as_str().unwrap().to_owned(),
            )
        })
        .collect()
}

#[test]
fn a_certificate_seen_on_paper_proposes_a_period_and_does_not_count_as_electronic() {
    let desk = Desk::new("aozora");
    let (_, before) = desk.json(&["recheck", "--dry-run"]);
    assert_eq!(before["answered"], 0);
    let all = reasons(&before);
    assert!(!all.is_empty());
    assert!(all.values().all(|why| why == "never-read"), "{all:?}");

    let (exit, report) = desk.json(&seen_on("2024-10-03"));
    assert_eq!(exit, 0, "{report}");
    let proposal = &report["proposals"][0];
    assert_eq!(proposal["person_key"], "A0001", "{report}");
    assert_eq!(proposal["outcome"], "new-period");
    assert_eq!(proposal["done"]["kind"], "period-added");
    assert_eq!(proposal["sources"][0]["message"], "資格確認書");
    assert_eq!(proposal["sources"][0]["as_of"], "2024-10-03");
    let register = std::fs::read(desk.home.join("out/RIYOSHA.CSV")).unwrap();
    let original = std::fs::read(desk.home.join("RIYOSHA.CSV")).unwrap();
    assert!(register.len() > original.len());

    // The same paper shown again is the same record.
    let (_, again) = desk.json(&[&seen_on("2024-10-03")[..], &["--again"]].concat());
    assert_eq!(
        again["proposals"][0]["sources"][0]["evidence"],
        proposal["sources"][0]["evidence"]
    );
    let (_, after) = desk.json(&["recheck", "--dry-run", "--again"]);
    let all = reasons(&after);
    assert_eq!(all["A0001"], "paper-only");
    assert_eq!(after["answered"], 0);
}

/// A 資格確認書 of somebody who is not in the register.
fn of_a_new_user(
    name: &'static str,
    born: &'static str,
    number: &'static str,
) -> Vec<&'static str> {
    let mut args = seen_on("2024-10-03");
    for (option, value) in [
        ("--name", name),
        ("--birth-date", born),
        ("--number", number),
    ] {
        let at = args.iter().position(|a| *a == option).unwrap();
        args[at + 1] = value;
    }
    let key = args.iter().position(|a| *a == "--key").unwrap();
    args.drain(key..key + 2);
    args
}

fn lines(register: &[u8]) -> usize {
    register.split(|b| *b == b'\n').count()
}

#[test]
fn two_new_users_in_a_row_get_two_numbers_and_both_stand_in_the_output() {
    let desk = Desk::new("aozora");
    let original = std::fs::read(desk.home.join("RIYOSHA.CSV")).unwrap();
    let out = desk.home.join("out/RIYOSHA.CSV");
    let new_user = |args: &[&str]| {
        let (exit, report) = desk.json(args);
        assert_eq!(exit, 0, "{report}");
        assert_eq!(report["counts"]["people_added"], 1, "{report}");
        let key = report["proposals"][0]["person_key"].as_str().unwrap();
        let job = report["job"].as_str().unwrap();
        (key.to_owned(), job.to_owned(), report["carried"].clone())
    };
    let (first, second) = (
        of_a_new_user("架空　一子", "1950-01-02", "６７８"),
        of_a_new_user("仮名　二郎", "1951-03-04", "９０１"),
    );
    let (one, job, carried) = new_user(&first);
    assert_eq!(carried, Value::Null);
    let (two, _, carried) = new_user(&second);
    assert_ne!(one, two);
    assert_eq!(carried[0]["document"], "RIYOSHA.CSV");
    assert_eq!(carried[0]["job"], job.as_str());
    assert_eq!(carried[0]["path"], out.to_str().unwrap());
    let register = std::fs::read(&out).unwrap();
    assert_eq!(lines(&register), lines(&original) + 2);

    // Neither is a number of the month, in which stand users whom the register does not know yet.
    let month = std::fs::read(desk.home.join("JISSEKI202410.CSV")).unwrap();
    for key in [one.as_bytes(), two.as_bytes()] {
        assert!(!month.windows(key.len()).any(|w| w == key));
    }

    // Whatever comes next is made with them, and says so in both languages.
    let third = of_a_new_user("仮想　三枝", "1952-05-06", "２３４");
    for (lang, word) in [
        ("ja", "まだ製品に取り込まれていない変更"),
        ("en", "not imported yet"),
    ] {
        let told = run(
            &desk.home,
            &[&third[..], &["--again", "--lang", lang]].concat(),
        );
        assert!(stdout(&told).contains(word), "{}", stdout(&told));
        let register = std::fs::read(&out).unwrap();
        assert_eq!(lines(&register), lines(&original) + 3);
    }

    // Once the product has imported what was written, there is nothing to say.
    std::fs::copy(&out, desk.home.join("RIYOSHA.CSV")).unwrap();
    let (_, report) = desk.json(&second);
    assert_eq!(
        (&report["carried"], &report["replaced"]),
        (&Value::Null, &Value::Null),
        "{report}"
    );
    // A register exported without them is what is built on, and the job left out is named.
    let born = b"1951/04/18";
    let at = original
        .windows(born.len())
        .position(|w| w == born)
        .unwrap();
    let exported = [&original[..at], b"1951/04/17", &original[at + born.len()..]].concat();
    std::fs::write(desk.home.join("RIYOSHA.CSV"), exported).unwrap();
    let (_, report) = desk.json(&first);
    assert_eq!(report["carried"], Value::Null, "{report}");
    assert!(report["replaced"][0]["job"].is_string(), "{report}");
    let register = std::fs::read(&out).unwrap();
    assert_eq!(lines(&register), lines(&original) + 1);
}

#[test]
fn an_output_that_was_discarded_or_edited_is_neither_built_on_nor_overwritten() {
    let desk = Desk::new("aozora");
    let out = desk.home.join("out/RIYOSHA.CSV");
    let first = of_a_new_user("架空　一子", "1950-01-02", "６７８");
    let second = of_a_new_user("仮名　二郎", "1951-03-04", "９０１");
    let (_, report) = desk.json(&first);
    let job = report["job"].clone();
    std::fs::remove_file(&out).unwrap();
    let (exit, report) = desk.json(&first);
    assert_eq!((exit, &report["job"]), (1, &job), "{report}");
    assert_eq!(report["gone"][0]["path"], out.to_str().unwrap());
    let text = stdout(&run(&desk.home, &[&first[..], &["--lang", "ja"]].concat()));
    assert!(
        text.contains("--again") && !text.contains("書き出し:"),
        "{text}"
    );

    let (_, report) = desk.json(&second);
    assert_eq!(report["carried"], Value::Null, "{report}");
    let original = std::fs::read(desk.home.join("RIYOSHA.CSV")).unwrap();
    let mut edited = std::fs::read(&out).unwrap();
    assert_eq!(lines(&edited), lines(&original) + 1);
    edited.extend(b"\r\n");
    std::fs::write(&out, &edited).unwrap();
    desk.refuses(&first, 2, "output/exists", &["out/RIYOSHA.CSV"]);
    desk.refuses(&["recheck"], 2, "output/exists", &["out/RIYOSHA.CSV"]);
}

#[test]
fn a_certificate_that_had_run_out_or_belongs_to_nobody_is_refused() {
    let desk = Desk::new("aozora");
    let (exit, told) = desk.json(&seen_on("2025-08-01"));
    assert_eq!(exit, 2);
    assert_eq!(told["error"]["code"], "certificate/expired", "{told}");
    let mut stranger = seen_on("2024-10-03");
    stranger[2] = "A9999";
    let (exit, told) = desk.json(&stranger);
    assert_eq!(exit, 2);
    assert_eq!(
        told["error"]["code"], "certificate/unknown-person",
        "{told}"
    );
    // What was copied wrong, and what belongs to somebody else: refused with what would settle it.
    let changed = |option: &str, value: &'static str| {
        let mut args = seen_on("2024-10-03");
        let at = args.iter().position(|a| *a == option).unwrap();
        args[at + 1] = value;
        args
    };
    for (option, value, code, named) in [
        ("--insurer", "990029", "certificate/check-digit", "「8」"),
        (
            "--name",
            "水谷　千代",
            "certificate/other-person",
            "match alias accept A0001",
        ),
        (
            "--birth-date",
            "2017-01-25",
            "certificate/not-certain",
            "岩瀬",
        ),
        ("--sex", "1", "certificate/not-certain", "岩瀬"),
    ] {
        let (exit, told) = desk.json(&changed(option, value));
        assert_eq!(exit, 2, "{option}");
        assert_eq!(told["error"]["code"], code, "{told}");
        let message = told["error"]["message_ja"].as_str().unwrap();
        assert!(message.contains(named), "{message}");
    }
    assert!(!desk.home.join("out").exists());
    let (_, after) = desk.json(&["recheck", "--dry-run"]);
    assert_eq!(reasons(&after)["A0001"], "never-read");

    // A named person may say that it is the same person under another name.
    let accept = [
        "match",
        "alias",
        "accept",
        "A0001",
        "--name",
        "水谷　結",
        "--by",
        "架空 花子",
    ];
    assert_eq!(desk.json(&accept).0, 0);
    let (_, listed) = desk.json(&["match", "alias", "list"]);
    assert_eq!(listed["aliases"][0]["person"], "A0001", "{listed}");
    let (exit, report) = desk.json(&changed("--name", "水谷　結"));
    assert_eq!(exit, 0, "{report}");
    assert_eq!(report["proposals"][0]["person_key"], "A0001", "{report}");
}

#[test]
fn a_rehearsal_of_a_certificate_records_nothing() {
    let desk = Desk::new("aozora");
    let rehearsal = [&seen_on("2024-10-03")[..], &["--dry-run"]].concat();
    let (_, report) = desk.json(&rehearsal);
    assert_eq!(report["proposals"][0]["outcome"], "new-period", "{report}");
    assert!(!desk.home.join("out").exists());
    let (_, after) = desk.json(&["recheck", "--dry-run"]);
    assert_eq!(reasons(&after)["A0001"], "never-read");
}

#[test]
fn a_recheck_as_of_a_day_that_nobody_can_know_is_refused_with_the_days_there_are() {
    let desk = Desk::new("aozora");
    for day in ["2099-01-01", "1990-01-01"] {
        desk.refuses(&["recheck", "--as-of", day], 2, "recheck/as-of", &[day]);
    }
}

#[test]
fn consents_are_collected_when_a_time_has_passed_and_once_for_it() {
    let desk = Desk::new("aozora");
    // A task that never collects anything must not look like one that had nothing to do.
    for never in ["--if-due", "--watch"] {
        desk.refuses(&["intake", never], 2, "intake/no-times", &["times"]);
    }

    desk.settings(|text| text + "\n[intake]\ntimes = [\"12:30\", \"17:30\"]\nlook_back_days = 3\n");
    let world = desk.world(quick());
    let (exit, report) = desk.json(&["intake", "--if-due"]);
    assert_eq!(exit, 0, "{report}");
    let day = |end: &str| reseplug_model::Date::parse(report["consented"][end].as_str().unwrap());
    let (from, to) = (day("from").unwrap(), day("to").unwrap());
    assert_eq!(from.plus_days(3), Some(to), "{report}");
    let job = report["job"].as_str().unwrap().to_owned();
    let (exit, not_yet) = desk.json(&["intake", "--if-due"]);
    assert_eq!((exit, &not_yet["due"]), (0, &false.into()), "{not_yet}");
    assert!(not_yet["last_run"].is_string() && not_yet["next"].is_string());

    // Somebody who gives the command all the same collects anew, from the last run's day on.
    let (exit, report) = desk.json(&["intake"]);
    assert_eq!(exit, 0, "{report}");
    assert_ne!(report["job"], job.as_str());
    world.stop();
    let days = |job: &str| {
        let (_, shown) = desk.json(&["jobs", "show", job]);
        let args = &shown["args"];
        (args["from"].clone(), args["to"].clone())
    };
    let (first, second) = (days(&job), days(report["job"].as_str().unwrap()));
    assert_eq!(first, second, "the same day, looking back as far");
    assert_ne!(first.0, first.1);
}
