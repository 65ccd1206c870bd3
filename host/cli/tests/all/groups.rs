//! A certificate on paper, whom a recheck lists for a card visit, and consents collected at set
//! times.

use crate::station::{Desk, quick};
use crate::{run, stderr};
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

#[test]
fn what_was_accepted_and_not_imported_yet_is_named_before_an_output_takes_its_place() {
    let desk = Desk::new("aozora");
    let (exit, report) = desk.json(&seen_on("2024-10-03"));
    assert_eq!(exit, 0, "{report}");
    let job = report["job"].as_str().unwrap();
    let another = |birth: &'static str| {
        let mut args = CERTIFICATE;
        let at = |name: &str| args.iter().position(|a| *a == name).unwrap() + 1;
        let (key, name, number) = (at("--key"), at("--name"), at("--number"));
        let born = at("--birth-date");
        (args[key], args[name], args[number], args[born]) =
            ("A0005", "川端　由美", "６７８", birth);
        [&args[..], &["--seen-on", "2024-10-03"]].concat()
    };
    let told = run(&desk.home, &another("1961-02-11"));
    let text = stderr(&told);
    assert!(text.contains("まだ製品に取り込まれていません"), "{text}");
    assert!(text.contains(job), "{text}");

    // Once the product has imported what was written, there is nothing to say.
    let out = desk.home.join("out/RIYOSHA.CSV");
    std::fs::copy(out, desk.home.join("RIYOSHA.CSV")).unwrap();
    let text = stderr(&run(&desk.home, &seen_on("2024-10-03")));
    assert!(!text.contains("取り込まれていません"), "{text}");
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
fn consents_are_collected_when_a_time_has_passed_and_once_for_it() {
    let desk = Desk::new("aozora");
    let (exit, none) = desk.json(&["intake", "--if-due"]);
    assert_eq!((exit, &none["due"]), (0, &false.into()), "{none}");
    assert_eq!(none["next"], Value::Null);

    desk.settings(|text| text + "\n[intake]\ntimes = [\"12:30\", \"17:30\"]\nlook_back_days = 3\n");
    let world = desk.world(quick());
    let (exit, report) = desk.json(&["intake", "--if-due"]);
    assert_eq!(exit, 0, "{report}");
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
