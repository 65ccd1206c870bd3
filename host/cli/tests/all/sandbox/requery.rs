//! Asked again without a card, by the invented layouts: 再照会, taking a consent back at the centre,
//! and medical information under a live consent.

use crate::demo::copy_compiled_plugins;
use crate::station::{Desk, quick};
use crate::{json, run, stdout};
use reseplug_sandbox::phone::{Identified, Kind, record_consent};
use reseplug_sandbox::terminal::TerminalOptions;
use reseplug_sandbox::{RunningSandbox, station::Station};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

const BY: [&str; 2] = ["--by", "架空 花子"];

/// A station with the invented layouts, nothing running.
fn desk(station: &str) -> Desk {
    let dir = tempfile::tempdir().unwrap();
    let up = [
        "sandbox",
        "up",
        "--until-stdin-closes",
        "--invented-layouts",
    ];
    let (exit, up) = json(dir.path(), &[&up[..], &["--station", station]].concat());
    assert_eq!(exit, 0, "{up}");
    let told = up["stations"][0].clone();
    let home = PathBuf::from(told["products"].as_str().unwrap());
    copy_compiled_plugins(station, &home);
    Desk { dir, home, told }
}

/// As a station is to which nobody has given the official sheet.
fn without_layouts(desk: &Desk) {
    let named = "[plugins.onshi-terminal.settings_files]\nlayouts = \"layouts.toml\"\n";
    desk.settings(|text| text.replace(named, ""));
}

/// The station あおぞら, whose product has a register, after September's cards were collected, and
/// that of its one new person, whom the product has taken over.
fn collected() -> (Desk, RunningSandbox) {
    let desk = desk("aozora");
    let world = desk.world(quick());
    for (from, to) in [("2024-09-01", "2024-09-30"), ("2024-10-03", "2024-10-03")] {
        let (exit, told) = desk.json(&["intake", "--from", from, "--to", to]);
        // A new branch number, and a 医療券 of another month, are for a person.
        assert_eq!((exit, &told["counts"]["left_for_person"]), (1, &1.into()));
    }
    fs::copy(
        desk.home.join("out/RIYOSHA.CSV"),
        desk.home.join("RIYOSHA.CSV"),
    )
    .unwrap();
    (desk, world)
}

/// A person of the station ひだまり.
const READ: &str = "H0003";

/// A station where that one card was read today, and collected.
fn read_today(terminal: TerminalOptions, kinds: &[Kind]) -> (Desk, RunningSandbox) {
    let desk = desk("hidamari");
    let world = desk.world(terminal);
    let url = world.phone().url();
    record_consent(url, "hidamari", READ, None, kinds, Identified::Pin).unwrap();
    // From yesterday: the day may end while this runs.
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(9));
    let today = jiff::Timestamp::now().to_zoned(zone).date();
    let (from, to) = (today.yesterday().unwrap().to_string(), today.to_string());
    let (exit, told) = desk.json(&["intake", "--from", &from, "--to", &to]);
    assert_eq!(exit, 0, "{told}");
    (desk, world)
}

fn person(case: &str) -> String {
    let station = Station::load("aozora").unwrap();
    station.case(case).next().unwrap().key.clone()
}

/// What was decided about somebody's coverage.
fn of<'r>(report: &'r Value, key: &str) -> &'r Value {
    let all = report["proposals"].as_array().unwrap();
    all.iter()
        .find(|p| p["person_key"] == key)
        .unwrap_or_else(|| panic!("nothing about {key}: {report}"))
}

/// Somebody's line in the evidence of a month.
fn evidence(desk: &Desk, month: &str, key: &str) -> Value {
    let (exit, list) = desk.json(&["evidence", "list", "--month", month]);
    assert_eq!(exit, 0, "{list}");
    let people = list["people"].as_array().unwrap();
    people
        .iter()
        .find(|p| p["person_key"] == key)
        .unwrap()
        .clone()
}

fn audited(desk: &Desk) -> u64 {
    let (exit, verified) = desk.json(&["audit", "verify"]);
    assert_eq!(exit, 0, "{verified}");
    verified["rows"].as_u64().unwrap()
}

#[test]
fn people_confirmed_by_card_are_asked_again_and_a_new_insurer_becomes_a_new_period() {
    let (desk, world) = collected();
    let (_, report) = desk.json(&["recheck", "--as-of", "2024-10-16"]);
    let ledger = desk.ledger();
    for (message, asked) in [("INVmuhvr01req", true), ("OQSmuquc01req", false)] {
        assert_eq!(ledger.contains(message), asked, "{message}");
    }

    // Nothing happened to A0001; it was asked all the same, without a card.
    let same = of(&report, "A0001");
    assert_eq!(same["outcome"], "same", "{same}");
    assert_eq!(same["sources"][0]["message"], "INVmuhvr02res");
    let listed = evidence(&desk, "2024-10", "A0001");
    assert_eq!(listed["first"]["method"], "card", "{listed}");
    let methods: Vec<_> = listed["in_month"].as_array().unwrap().iter().collect();
    assert_eq!(methods.len(), 1, "{listed}");
    assert_eq!(methods[0]["method"], "recheck");
    assert_eq!(methods[0]["as_of"], "2024-10-16");

    // A job change that day: asked by the old numbers, answered about the person.
    let changed = person("insurer-changed-16th");
    let new = of(&report, &changed);
    assert_eq!(new["outcome"], "new-period", "{new}");
    assert_eq!(new["after"]["insurer"], "990036", "{new}");
    assert_eq!(new["before"]["insurer"], "06990105");
    assert_eq!(new["done"]["state"], "applied", "{new}");

    // Nobody read these people's cards: they are listed for one and not asked about.
    let unread = person("not-found");
    let visits = report["card_visits"].as_array().unwrap();
    let visit = visits.iter().find(|v| v["key"] == *unread).unwrap();
    assert_eq!(visit["reason"], "never-read");
    let all = report["proposals"].as_array().unwrap();
    assert!(all.iter().all(|p| p["person_key"] != *unread));
    assert_eq!(evidence(&desk, "2024-10", &unread)["first"], Value::Null);
    world.stop();
    audited(&desk);
}

#[test]
fn without_a_layout_file_they_are_asked_by_their_numbers_and_it_is_recorded_so() {
    let (desk, world) = collected();
    without_layouts(&desk);
    let (_, report) = desk.json(&["recheck", "--as-of", "2024-10-16"]);
    assert!(desk.ledger().contains("OQSmuquc01req"));
    let listed = evidence(&desk, "2024-10", "A0001");
    assert_eq!(listed["in_month"][0]["method"], "number", "{listed}");
    // Whoever knows only the old numbers is not told the new ones.
    let changed = of(&report, &person("insurer-changed-16th")).clone();
    assert_eq!(changed["reason"], "new-card-needed", "{changed}");
    assert_eq!(changed["after"], Value::Null);
    world.stop();
}

#[test]
fn a_consent_taken_back_reaches_the_centre_and_nothing_is_told_any_more() {
    let kinds = [Kind::Limit, Kind::Drugs, Kind::Checkup];
    let (desk, world) = read_today(quick(), &kinds);
    let look = [&["view", "drugs", READ, "--for", "medication"][..], &BY].concat();
    let (exit, seen) = desk.json(&look);
    assert_eq!(exit, 0, "{seen}");
    // A product without a register: people are known by name and birth date.
    let asked_again = |more: &[&str]| {
        let (exit, report) = desk.json(&[&["recheck"], more].concat());
        assert_eq!(report["answered"], 1, "{report}");
        (exit, report["proposals"][0].clone())
    };
    let (exit, same) = asked_again(&[]);
    assert_eq!(
        (exit, &same["sources"][0]["message"]),
        (0, &"INVmuhvr02res".into())
    );

    let withdraw = [
        &["consents", "withdraw", READ, "--kinds", "薬剤,健診"][..],
        &BY,
        &["--reason", "電話で申し出"],
    ]
    .concat();
    let rehearsal = [&withdraw[..], &["--dry-run"]].concat();
    assert_eq!(desk.json(&rehearsal).0, 0);
    assert!(!desk.ledger().contains("OQSsihvd01req"));
    let (exit, told) = desk.json(&withdraw);
    assert_eq!(exit, 0, "{told}");
    assert_eq!(told["centre"]["centre"], "told", "{told}");
    assert!(desk.ledger().contains("OQSsihvd01req"));
    // At the centre it is the station's own withdrawal (医療機関による取消).
    let book = fs::read_to_string(desk.dir.path().join("sandbox/phone/ledger.jsonl")).unwrap();
    assert_eq!(book.matches("phone.withdrawal").count(), 1, "{book}");
    assert!(book.contains("institution"));

    let asked = desk.ledger().matches("YZKsiquc01req").count();
    let (exit, refused) = desk.json(&look);
    assert_eq!(
        (exit, &refused["error"]["code"]),
        (3, &"consent/withdrawn".into()),
        "{refused}"
    );
    assert_eq!(desk.ledger().matches("YZKsiquc01req").count(), asked);
    // Asked again all the same, the centre refuses, and a person is told in its words.
    let (exit, left) = asked_again(&["--again"]);
    assert_eq!(exit, 1, "{left}");
    assert_eq!(left["outcome"], "no-answer", "{left}");
    assert_eq!(left["reason"], "answer-is-error", "{left}");
    assert_eq!(left["sources"][0]["message"], "INVmuhvr02res");
    let said = &left["notes"][0];
    assert_eq!(said["code"], "centre-says", "{left}");
    assert!(
        said["ja"].as_str().unwrap().contains("取り消され"),
        "{said}"
    );
    world.stop();
    audited(&desk);
}

#[test]
fn drugs_and_checkups_are_shown_under_a_live_consent_as_xml_zip_and_pdf_and_every_look_is_audited()
{
    for zip_answers in [false, true] {
        let terminal = TerminalOptions {
            zip_answers,
            ..quick()
        };
        let kinds = [Kind::Drugs, Kind::Diagnosis, Kind::Checkup];
        let (desk, world) = read_today(terminal, &kinds);
        let rows = || audited(&desk);
        for (what, message) in [("drugs", "YZKsiquc01res"), ("checkup", "TKKsiquc01res")] {
            let look = [&["view", what, READ, "--for", "care-plan"][..], &BY].concat();
            let rehearsal = [&look[..], &["--dry-run"]].concat();
            let before = rows();
            let (exit, told) = desk.json(&rehearsal);
            assert_eq!((exit, &told["entries"]), (0, &Value::Array(vec![])));
            assert_eq!(rows(), before, "nobody looked");
            let (exit, told) = desk.json(&look);
            assert_eq!(exit, 0, "{told}");
            assert_eq!(told["message"], message);
            let entries = told["entries"].as_array().unwrap();
            assert!(!entries.is_empty(), "{told}");
            assert_eq!(told["with_diagnoses"], what == "drugs");
            // That somebody asked for it, what was sent and came, and that it was shown.
            let a_look = rows() - before;
            assert!(a_look > 2, "{a_look}");

            let text = stdout(&run(&desk.home, &[&look[..], &["--lang", "ja"]].concat()));
            let title = entries[0]["title"].as_str().unwrap();
            assert!(
                text.contains(title) && text.contains("保存していません"),
                "{text}"
            );
            let pdf = desk.home.join(format!("{what}.pdf"));
            let to_file = [&look[..], &["--pdf", pdf.to_str().unwrap()]].concat();
            let (exit, told) = desk.json(&to_file);
            assert_eq!((exit, &told["entries"]), (0, &Value::Array(vec![])));
            assert!(fs::read(&pdf).unwrap().starts_with(b"%PDF-"));
            assert_eq!(
                rows() - before,
                3 * a_look,
                "each look leaves the same trace"
            );
        }
        world.stop();
    }
}

#[test]
fn what_somebody_did_not_agree_to_is_refused_with_the_reason_before_anything_is_asked() {
    let (desk, world) = read_today(quick(), &[Kind::Drugs]);
    let rows = audited(&desk);
    let look = |what| [&["view", what, READ, "--for", "urgent"][..], &BY].concat();
    let (exit, told) = desk.json(&look("checkup"));
    assert_eq!(
        (exit, &told["error"]["code"]),
        (3, &"consent/declined".into()),
        "{told}"
    );
    assert_eq!(audited(&desk), rows + 1);
    assert!(!desk.ledger().contains("TKKsiquc01req"));
    // A PDF that could not be written is asked for by nobody.
    let nowhere = desk.home.join("missing").join("drugs.pdf");
    for (unusable, code) in [(&desk.home, "file/exists"), (&nowhere, "file/unwritable")] {
        let to = ["--pdf", unusable.to_str().unwrap()];
        let (exit, told) = desk.json(&[&look("drugs")[..], &to].concat());
        assert_eq!((exit, &told["error"]["code"]), (2, &code.into()));
    }
    assert!(!desk.ledger().contains("YZKsiquc01req"));
    // Drugs alone, without the consultations that were not agreed to.
    let (exit, told) = desk.json(&look("drugs"));
    assert_eq!(exit, 0, "{told}");
    assert_eq!(told["with_diagnoses"], false);
    let (exit, told) = desk.json(&["view", "drugs", "H0004", "--for", "urgent", BY[0], BY[1]]);
    assert_eq!(
        (exit, &told["error"]["code"]),
        (3, &"consent/none".into()),
        "{told}"
    );
    world.stop();
}

#[test]
fn where_only_the_single_layout_is_known_each_is_asked_about_alone() {
    let (desk, world) = collected();
    let path = desk.home.join("layouts.toml");
    let text = fs::read_to_string(&path).unwrap();
    let (from, to) = ("[recheck-many.request]", "[revoke-consent.request]");
    let (from, to) = (text.find(from).unwrap(), text.find(to).unwrap());
    fs::write(&path, [&text[..from], &text[to..]].concat()).unwrap();
    let (_, report) = desk.json(&["recheck", "--as-of", "2024-10-16"]);
    let new = of(&report, &person("insurer-changed-16th"));
    assert_eq!(new["outcome"], "new-period", "{new}");
    assert_eq!(new["sources"][0]["message"], "OQSsihvq01res");
    let listed = evidence(&desk, "2024-10", "A0001");
    assert_eq!(listed["in_month"][0]["method"], "recheck", "{listed}");
    let ledger = desk.ledger();
    assert!(!ledger.contains("INVmuhvr01req") && !ledger.contains("OQSmuquc01req"));
    world.stop();
}

#[test]
fn the_page_for_visits_is_told_with_a_code_to_print_and_without_a_layout_what_is_missing() {
    let desk = desk("hidamari");
    let world = desk.world(quick());
    let code = |ending: &str| desk.home.join(format!("code.{ending}"));
    for (ending, first) in [("pdf", &b"%PDF-"[..]), ("png", b"\x89PNG")] {
        let file = code(ending);
        let args = ["consents", "page", "--qr", file.to_str().unwrap()];
        let (exit, told) = desk.json(&args);
        assert_eq!(exit, 0, "{told}");
        let url = format!("{}hidamari", world.phone().url());
        assert_eq!(told["page"]["url"], url, "{told}");
        assert!(fs::read(file).unwrap().starts_with(first));
    }
    // It is said by which sheet: an invented one.
    let text = stdout(&run(&desk.home, &["consents", "page"]));
    assert!(
        text.contains("INVENTED") && text.contains("OQSsiurl01res"),
        "{text}"
    );
    let svg = code("svg");
    let (exit, told) = desk.json(&["consents", "page", "--qr", svg.to_str().unwrap()]);
    assert_eq!(
        (exit, &told["error"]["code"]),
        (2, &"consents/qr-file".into())
    );
    without_layouts(&desk);
    let (exit, told) = desk.json(&["consents", "page"]);
    assert_eq!(
        (exit, &told["error"]["code"]),
        (2, &"onshi/layout-unknown".into()),
        "{told}"
    );
    world.stop();
}
