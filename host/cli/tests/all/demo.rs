//! `reseplug demo`: what becomes of two stations whose people were written for it.
//!
//! What should become of them is computed from the stations' own data (`people.toml`), never
//! stated a second time here.

mod documents;

use crate::{code, json, run};
use receden::{CheckOptions, ClaimFile, Severity, check};
use reseplug_model::Payer;
use reseplug_sandbox::station::{Change, Person, STATIONS, Station, lines};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::OnceLock;

/// The demo, played twice in one folder.
pub(crate) struct Played {
    pub(crate) folder: PathBuf,
    pub(crate) summary: Value,
    output: Output,
    /// The gateway's and the terminals' ledger after the first run.
    pub(crate) ledger: String,
    /// Digests of the stations' documents after the first run.
    pub(crate) documents: BTreeMap<PathBuf, String>,
    again: Value,
    ledger_again: String,
    documents_again: BTreeMap<PathBuf, String>,
}

/// Plays it once for all tests.
pub(crate) fn played() -> &'static Played {
    static PLAYED: OnceLock<Played> = OnceLock::new();
    PLAYED.get_or_init(|| {
        let folder = fresh("demo");
        let play = || {
            let output = run(
                folder.parent().unwrap(),
                &["demo", "--folder", folder.to_str().unwrap(), "--json"],
            );
            let text = String::from_utf8_lossy(&output.stderr);
            assert_eq!(code(&output), 0, "{text}");
            let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
            (output, summary, ledger(&folder), documents_of(&folder))
        };
        let (output, summary, ledger, documents) = play();
        let (_, again, ledger_again, documents_again) = play();
        Played {
            folder,
            summary,
            output,
            ledger,
            documents,
            again,
            ledger_again,
            documents_again,
        }
    })
}

/// A folder of this test program, empty. It stays for whoever wants to look at a failure.
pub(crate) fn fresh(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => panic!("{error}"),
        _ => folder,
    }
}

/// Gives a station the compiled plugins of the demo's: compiling takes longer than most tests.
pub(crate) fn copy_compiled_plugins(station: &str, home: &Path) {
    let to = home.join("store/cache");
    fs::create_dir_all(&to).unwrap();
    for file in files(&played().folder.join(station).join("store/cache")) {
        fs::copy(&file, to.join(file.file_name().unwrap())).unwrap();
    }
}

/// What the sandbox was made to do.
pub(crate) fn ledger(folder: &Path) -> String {
    fs::read_to_string(folder.join("sandbox/ledger.jsonl")).unwrap()
}

/// Digests of everything under the stations' `product`, `out` and `handover`.
pub(crate) fn documents_of(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    for station in STATIONS {
        for below in ["product", "out", "handover"] {
            for file in files(&folder.join(station).join(below)) {
                let digest = hex::encode(Sha256::digest(fs::read(&file).unwrap()));
                found.insert(file.strip_prefix(folder).unwrap().to_owned(), digest);
            }
        }
    }
    found
}

/// All files below a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// The summary without what is of the run and not of the story.
pub(crate) fn story(summary: &Value) -> Value {
    let mut story = summary.clone();
    let fields = story.as_object_mut().unwrap();
    for of_the_run in ["seconds", "sandbox_seconds", "folder", "reports"] {
        fields.remove(of_the_run).unwrap();
    }
    story
}

fn stations() -> [Station; 2] {
    STATIONS.map(|name| Station::load(name).unwrap())
}

/// The case of somebody in the summary.
fn told<'s>(summary: &'s Value, station: &Station, person: &Person) -> &'s Value {
    let case = person.case.as_deref().unwrap();
    summary["cases"][case]
        .as_array()
        .unwrap()
        .iter()
        .find(|told| told["station"] == *station.key && told["person"] == *person.key)
        .unwrap_or_else(|| panic!("{case} of {} is missing", person.key))
}

fn change(change: Change) -> &'static str {
    match change {
        Change::None => "none",
        Change::Added => "person-added",
        Change::Opened => "period-added",
        Change::InPlace => "in-place",
        Change::Moved => "moved",
        Change::Split => "split",
        Change::Refused => "refused",
    }
}

fn yen(person: &Person) -> u64 {
    lines(person).iter().map(|line| line.charge.yen.0).sum()
}

/// How many receipts the month of somebody is in the end: one for each coverage that holds on
/// a visit day, where the product knows both or the claim file could be divided.
fn receipts(person: &Person) -> usize {
    let coverages: BTreeSet<usize> = person
        .visits
        .iter()
        .filter_map(|day| person.truth.iter().position(|c| c.period.contains(*day)))
        .collect();
    match person.expect.change {
        Change::Split => coverages.len(),
        Change::Opened => coverages.len().max(1),
        _ => 1,
    }
}

#[test]
fn standard_output_is_one_json_object_and_nothing_else() {
    let output = &played().output;
    // Anything before or after the object would not parse.
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(value.is_object());
    assert_eq!(value["simulated"], true);
    assert!(output.stdout.ends_with(b"}\n"));
}

#[test]
fn everybody_with_a_case_ends_as_people_toml_says() {
    let summary = &played().summary;
    let mut seen = 0;
    for station in stations() {
        for person in station.people.iter().filter(|p| p.case.is_some()) {
            let told = told(summary, &station, person);
            let expect = &person.expect;
            let who = format!("{} {}: {told}", station.key, person.key);
            assert_eq!(
                told["outcome"],
                serde_json::to_value(expect.outcome).unwrap(),
                "{who}"
            );
            assert_eq!(told["change"], change(expect.change), "{who}");
            let reason = match (&expect.reason, expect.change) {
                // The adapter's own code.
                (Some(reason), Change::Refused) => Value::from(format!("uke/{reason}")),
                (Some(reason), _) => Value::from(reason.clone()),
                (None, _) => Value::Null,
            };
            assert_eq!(told["reason"], reason, "{who}");
            // Of people newly met at home the consent's end is a state on the way: the product
            // knows them by the time the story is over.
            if expect.reason.as_deref() == Some("several-people") {
                let consent = serde_json::to_value(expect.consent.unwrap()).unwrap();
                assert_eq!(told["consent"], consent, "{who}");
            }
            seen += 1;
        }
    }
    let all: usize = summary["cases"]
        .as_object()
        .unwrap()
        .values()
        .map(|people| people.as_array().unwrap().len())
        .sum();
    assert_eq!(seen, all, "a case that nobody has");
}

#[test]
fn the_receipts_of_a_case_add_up_to_what_the_product_computed() {
    for station in stations() {
        for person in station.people.iter().filter(|p| p.case.is_some()) {
            let told = told(&played().summary, &station, person);
            let word = match (&person.expect.paper, person.expect.change) {
                (_, Change::Refused) => "held",
                (Some(_), _) => "filed-with-paper",
                (None, _) => "filed",
            };
            let amounts: Vec<u64> = told["receipts"]
                .as_array()
                .unwrap()
                .iter()
                .map(|receipt| {
                    let (how, yen) = receipt.as_str().unwrap().split_once(':').unwrap();
                    assert_eq!(how, word, "{told}");
                    yen.parse().unwrap()
                })
                .collect();
            assert_eq!(amounts.len(), receipts(person), "{told}");
            assert_eq!(amounts.iter().sum::<u64>(), yen(person), "{told}");
            assert!(!amounts.contains(&0), "{told}");
        }
    }
}

/// The counts that people.toml makes of one station.
fn expected(station: &Station) -> BTreeMap<&'static str, u64> {
    let counts = station.counts();
    let changes = |change: Change| u64::from(counts.changes.get(&change).copied().unwrap_or(0));
    let filed: usize = station
        .people
        .iter()
        .filter(|p| p.expect.change != Change::Refused)
        .map(receipts)
        .sum();
    let extra: usize = station.people.iter().map(|p| receipts(p) - 1).sum();
    let as_the_product_has_them =
        u64::from(counts.fund.receipts) + u64::from(counts.federation.receipts);
    let refused = changes(Change::Refused);
    assert_eq!(
        filed as u64,
        as_the_product_has_them + extra as u64 - refused
    );
    BTreeMap::from([
        ("receipts", filed as u64),
        ("held", refused),
        ("yen", counts.yen()),
        ("people_added", changes(Change::Added)),
        ("periods_added", changes(Change::Opened)),
        ("groups_filled", changes(Change::Added)),
        (
            "groups_corrected",
            changes(Change::InPlace) + changes(Change::Moved) + changes(Change::Split),
        ),
        ("left_for_person", u64::from(counts.for_person) - refused),
        ("refused", refused),
        // What these stations' cards show of burden, income and 医療扶助 stands in their documents.
        ("burdens_set", 0),
        ("incomes_set", 0),
        ("welfare_set", 0),
        // One file for each payer.
        ("handed_over", 2),
        ("claims_filed", 2),
        ("acknowledged", 2),
        ("filed_twice", 0),
    ])
}

#[test]
fn the_counts_are_those_of_people_toml_for_each_station_and_for_both() {
    let summary = &played().summary;
    let mut both: BTreeMap<&str, u64> = BTreeMap::new();
    for station in stations() {
        let told = &summary["stations"][&station.key];
        let expected = expected(&station);
        for (name, count) in &expected {
            assert_eq!(told[name], *count, "{name} of {}", station.key);
            *both.entry(name).or_default() += count;
        }
        assert_eq!(told.as_object().unwrap().len(), expected.len());
    }
    for (name, count) in both {
        assert_eq!(summary[name], count, "{name} of both");
    }
}

#[test]
fn what_was_handed_over_is_whole_has_no_reject_and_adds_up_to_the_summary() {
    let played = played();
    for station in stations() {
        let month = played
            .folder
            .join(&station.key)
            .join("handover")
            .join(station.claim_month.to_string());
        let (mut receipts, mut yen) = (0, 0);
        let mut payers = Vec::new();
        for entry in fs::read_dir(&month).unwrap() {
            let folder = entry.unwrap().path();
            let bytes = fs::read(folder.join("RECEIPTH.UKE")).unwrap();
            let manifest: Value =
                serde_json::from_slice(&fs::read(folder.join("manifest.json")).unwrap()).unwrap();
            let digest = hex::encode(Sha256::digest(&bytes));
            let sums = fs::read_to_string(folder.join("SHA256SUMS")).unwrap();
            assert_eq!(sums.trim_end(), format!("{digest}  RECEIPTH.UKE"));
            assert_eq!(manifest["sha256"], digest);
            assert_eq!(manifest["bytes"], bytes.len());
            assert_eq!(manifest["state"], "handed-over");

            let file = ClaimFile::parse(&bytes).unwrap();
            assert_eq!(file.to_bytes(), bytes);
            let rejected: Vec<_> = check(&file, &CheckOptions::default())
                .into_iter()
                .filter(|finding| finding.severity == Severity::Reject)
                .collect();
            assert!(rejected.is_empty(), "{rejected:?}");

            let header = file.header().unwrap();
            let payer = header.payer().unwrap();
            assert_eq!(manifest["payer_code"], payer.code());
            let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
            assert!(name.starts_with(payer.code()), "{name}");
            assert_eq!(header.station_code().unwrap(), station.code);
            assert_eq!(header.claim_month().unwrap(), station.claim_month);

            let own: u64 = file.receipts().map(|r| r.total().unwrap().0).sum();
            assert_eq!(manifest["receipts"], file.receipts().count());
            assert_eq!(manifest["total_yen"], own);
            for receipt in file.receipts() {
                let of = receipt
                    .insurer()
                    .map_or(Payer::SocialInsuranceFund, |insurer| {
                        insurer.number().unwrap().payer()
                    });
                assert_eq!(of, payer);
            }
            receipts += file.receipts().count();
            yen += own;
            payers.push(payer);
        }
        assert_eq!(payers.len(), 2, "{}", station.key);
        let told = &played.summary["stations"][&station.key];
        assert_eq!(told["receipts"], receipts);
        let held: u64 = station
            .people
            .iter()
            .filter(|p| p.expect.change == Change::Refused)
            .map(self::yen)
            .sum();
        assert_eq!(told["yen"], yen + held);
    }
}

#[test]
fn the_gateway_accepted_what_was_handed_over_and_each_file_once() {
    let played = played();
    let mut handed: Vec<String> = played
        .documents
        .iter()
        .filter(|(path, _)| path.ends_with("RECEIPTH.UKE") && path.iter().any(|p| p == "handover"))
        .map(|(_, digest)| digest.clone())
        .collect();
    handed.sort();
    for kind in ["gateway.accepted", "gateway.confirmed"] {
        let mut filed: Vec<String> = events(&played.ledger, kind)
            .iter()
            .map(|event| event["sha256"].as_str().unwrap().to_owned())
            .collect();
        filed.sort();
        assert_eq!(filed, handed, "{kind}");
    }
}

#[test]
fn what_was_handed_over_is_given_up_on_record_before_it_goes_over_the_gateway() {
    let played = played();
    for station in stations() {
        let home = played.folder.join(&station.key);
        let config = home.join("station.toml");
        let month = station.claim_month.to_string();
        let of = |verb: &str, more: &[&str]| {
            let config = ["--config", config.to_str().unwrap()];
            json(&home, &[&["claim", verb][..], more, &config].concat())
        };
        let (_, told) = of("history", &["--month", &month]);
        let told = told["events"].as_array().unwrap();
        let kinds: Vec<&str> = told
            .iter()
            .filter_map(|one| one["event"].as_str())
            .collect();
        let at = |kind: &str| kinds.iter().position(|one| *one == kind).unwrap();
        assert!(at("handed-over") < at("withdrawn"), "{kinds:?}");
        assert!(at("withdrawn") < at("submitted"), "{kinds:?}");
        let given_up: Vec<_> = told
            .iter()
            .filter(|one| one["event"] == "withdrawn")
            .collect();
        // Played twice, said once of each payer, by the manager.
        assert_eq!(given_up.len(), 2, "{told:?}");
        for one in given_up {
            assert_eq!(one["how"], "reported", "{one}");
            assert!(one["by"].as_str().unwrap().contains("架空 花子"), "{one}");
        }
        // Nobody hears of a double.
        let page = home.join("総括.html");
        let page = page.to_str().unwrap();
        for (verb, more) in [
            ("week", &["--month", &month][..]),
            ("receipts", &[]),
            ("summary", &["--month", &month, "-o", page]),
        ] {
            let (exit, told) = of(verb, more);
            assert_eq!(exit, 0, "{verb}: {told}");
            assert_eq!(told["claimed_twice"], Value::Array(Vec::new()), "{verb}");
        }
    }
}

/// The ledger's events of one kind.
pub(crate) fn events(ledger: &str, kind: &str) -> Vec<Value> {
    ledger
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|event| event["kind"] == kind)
        .map(|event| event["detail"].clone())
        .collect()
}

#[test]
fn played_again_it_says_the_same_asks_nothing_files_nothing_and_writes_nothing() {
    let played = played();
    assert_eq!(story(&played.again), story(&played.summary));
    assert_eq!(
        played.ledger_again, played.ledger,
        "the outside world was bothered again"
    );
    assert_eq!(played.documents_again, played.documents);
}

#[test]
fn the_audit_record_of_both_stations_verifies() {
    for station in STATIONS {
        let config = played().folder.join(station).join("station.toml");
        let config = config.to_str().unwrap();
        let (exit, value) = json(&played().folder, &["audit", "verify", "--config", config]);
        assert_eq!(exit, 0, "{value}");
    }
}
