//! Bad input and bad luck at a station of its own: what is said, how it ends, what stays.

use crate::demo::{copy_compiled_plugins, events, files};
use crate::{code, json, reseplug, run, stderr};
use reseplug_effect::SystemClock;
use reseplug_exchange::{Binding, Folders, Host as Owner};
use reseplug_sandbox::gateway::{Clock, GatewayOptions};
use reseplug_sandbox::population::{Population, PopulationOptions};
use reseplug_sandbox::station::Station;
use reseplug_sandbox::terminal::TerminalOptions;
use reseplug_sandbox::{RunningSandbox, Sandbox, SandboxOptions};
use serde_json::{Value, json as value};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// 請求年月 of both stations.
const MONTH: [&str; 2] = ["--month", "2024-11"];
const BY: [&str; 2] = ["--by", "架空 花子"];

/// A station as `sandbox up` leaves it: documents and station file written, nothing running.
pub(crate) struct Desk {
    /// Everything.
    pub(crate) dir: tempfile::TempDir,
    /// The station file's folder.
    pub(crate) home: PathBuf,
    /// What `sandbox up` says of the station.
    pub(crate) told: Value,
}

impl Desk {
    pub(crate) fn new(station: &str) -> Self {
        Self::set_up(station, station, &["--station", station])
    }

    /// The station that visits some of a population: 2024年10月 is the month in which things happen.
    pub(crate) fn among(people: &str, users: &str, seed: &str) -> Self {
        Self::visiting(people, users, seed, &[])
    }

    /// The same with the messages whose layout is not public, by an invented one.
    pub(crate) fn requerying(people: &str, users: &str, seed: &str) -> Self {
        Self::visiting(people, users, seed, &["--invented-layouts"])
    }

    fn visiting(people: &str, users: &str, seed: &str, more: &[&str]) -> Self {
        let population = [
            "--station",
            "aozora",
            "--population",
            people,
            "--users",
            users,
            "--seed",
            seed,
            "--month",
            "2024-10",
        ];
        let which = [&population[..], more].concat();
        Self::set_up(Population::STATION, "aozora", &which)
    }

    /// Takes the compiled plugins of a station with the same product.
    fn set_up(station: &str, alike: &str, which: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        // Standard input is closed already: it starts, prints and ends.
        let up = [&["sandbox", "up", "--until-stdin-closes"][..], which].concat();
        let (exit, up) = json(dir.path(), &up);
        assert_eq!(exit, 0, "{up}");
        let of = |told: &&Value| told["key"] == station;
        let told = up["stations"].as_array().unwrap().iter().find(of);
        let told = told.unwrap().clone();
        let home = PathBuf::from(told["products"].as_str().unwrap());
        copy_compiled_plugins(alike, &home);
        Self { dir, home, told }
    }

    /// The world outside, running until it is dropped.
    pub(crate) fn world(&self, terminal: TerminalOptions) -> RunningSandbox {
        self.world_at(terminal, Arc::new(jiff::Timestamp::now))
    }

    /// The same by another clock.
    pub(crate) fn world_at(&self, terminal: TerminalOptions, clock: Clock) -> RunningSandbox {
        self.world_of(terminal, GatewayOptions::default(), clock)
    }

    /// The same with a gateway of one's own.
    pub(crate) fn world_of(
        &self,
        terminal: TerminalOptions,
        gateway: GatewayOptions,
        clock: Clock,
    ) -> RunningSandbox {
        let folder = self.dir.path().join("sandbox");
        let options = SandboxOptions {
            // The population brings its own.
            stations: Some(self.told["key"].as_str().unwrap().to_owned())
                .filter(|key| key != Population::STATION)
                .into_iter()
                .collect(),
            terminal,
            gateway,
            clock,
            population: PopulationOptions::recall(&folder).unwrap(),
            ..SandboxOptions::default()
        };
        Sandbox::start(&folder, options).unwrap()
    }

    pub(crate) fn json(&self, args: &[&str]) -> (i32, Value) {
        json(&self.home, args)
    }

    pub(crate) fn settings(&self, change: impl FnOnce(String) -> String) {
        let path = self.home.join("station.toml");
        let before = fs::read_to_string(&path).unwrap();
        let after = change(before.clone());
        assert_ne!(after, before);
        fs::write(path, after).unwrap();
    }

    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        PathBuf::from(self.told[name].as_str().unwrap())
    }

    /// Digests of everything at the station but the store, which may note what was tried.
    pub(crate) fn everything(&self) -> BTreeMap<PathBuf, String> {
        let mut all = files(&self.home);
        all.retain(|path| !path.starts_with(self.home.join("store")));
        all.into_iter()
            .map(|path| {
                let digest = hex::encode(Sha256::digest(fs::read(&path).unwrap()));
                (path, digest)
            })
            .collect()
    }

    /// The command fails in both languages: with this exit and code, naming these things, and
    /// nothing at the station is touched.
    pub(crate) fn refuses(&self, args: &[&str], exit: i32, fault: &str, names: &[&str]) {
        let before = self.everything();
        let (ended, value) = self.json(args);
        assert_eq!(
            (ended, &value["error"]["code"]),
            (exit, &fault.into()),
            "{value}"
        );
        for (lang, sure) in [("ja", "エラー: "), ("en", "error: ")] {
            let output = run(&self.home, &[args, &["--lang", lang]].concat());
            let text = stderr(&output);
            assert_eq!(code(&output), exit, "{text}");
            assert!(output.stdout.is_empty());
            assert!(text.contains(sure) && text.contains(fault), "{text}");
            for name in names {
                assert!(text.contains(name), "{name} is not named: {text}");
            }
        }
        assert_eq!(self.everything(), before);
    }

    /// Fills from what is on record (nothing) and has somebody approve every receipt on paper.
    fn approve(&self) {
        let (exit, _) = self.json(&["fill", "--offline"]);
        assert_eq!(exit, 1);
        let accept = self.accept_file();
        let (exit, approval) = self.json(
            &[
                &["claim", "approve", "--accept", accept.to_str().unwrap()][..],
                &MONTH,
            ]
            .concat(),
        );
        assert_eq!(exit, 0, "{approval}");
    }

    /// An accept file with paper evidence for every receipt that needs it.
    fn accept_file(&self) -> PathBuf {
        let (_, report) = self.json(&[&["claim", "check"][..], &MONTH].concat());
        let anyway: BTreeMap<&str, Value> = report["receipts"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|receipt| receipt["verdict"]["verdict"] != "confirmed")
            .map(|receipt| {
                let why = value!({ "reason": "書面で確認した", "seen": "資格確認書" });
                (receipt["id"].as_str().unwrap(), why)
            })
            .collect();
        let path = self.dir.path().join("accept.json");
        let text = value!({ "by": BY[1], "file_anyway": anyway }).to_string();
        fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn import_certificate(&self) {
        let output = reseplug(&self.home)
            .args([
                "identity",
                "import",
                self.told["certificate"].as_str().unwrap(),
            ])
            .write_stdin(format!("{}\n", self.told["password"].as_str().unwrap()))
            .output()
            .unwrap();
        assert_eq!(code(&output), 0, "{}", stderr(&output));
    }

    /// What the outside world was made to do; empty where it was never asked. A terminal notes an
    /// answer just after it gave it, so this waits until none is still to be noted.
    pub(crate) fn ledger(&self) -> String {
        let sandbox = self.dir.path().join("sandbox");
        let read = |path: PathBuf| fs::read_to_string(path).unwrap_or_default();
        let noted = || {
            let stations = fs::read_dir(sandbox.join("terminal")).into_iter();
            stations
                .flatten()
                .map(|station| read(station.unwrap().path().join("work/ledger.jsonl")))
                .all(|own| events(&own, "taken").len() == events(&own, "given").len())
        };
        let end = std::time::Instant::now() + std::time::Duration::from_secs(20);
        while !noted() {
            assert!(std::time::Instant::now() < end, "an answer is never noted");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        read(sandbox.join("ledger.jsonl"))
    }
}

fn submit(more: &[&'static str]) -> Vec<&'static str> {
    [&["claim", "submit"][..], &MONTH, &BY, more].concat()
}

pub(crate) fn quick() -> TerminalOptions {
    TerminalOptions {
        poll: std::time::Duration::from_millis(5),
        ..TerminalOptions::default()
    }
}

#[test]
fn a_claim_file_that_is_none_is_named_and_nothing_is_written() {
    let desk = Desk::new("hidamari");
    fs::write(desk.home.join("SHAHO/RECEIPTH.UKE"), "氏名,番号\r\n").unwrap();
    for args in [
        &["fill", "--offline"][..],
        &["claim", "check", "--month", "2024-11"],
    ] {
        desk.refuses(args, 2, "uke/not-a-claim-file", &["SHAHO/RECEIPTH.UKE"]);
    }
    let text = stderr(&run(&desk.home, &["fill", "--offline"]));
    assert!(text.contains("HMレコードで始まっていません"), "{text}");
    assert!(!desk.home.join("out").exists());
}

#[test]
fn a_register_cut_short_in_a_line_is_told_with_line_and_column() {
    let desk = Desk::new("aozora");
    let path = desk.home.join("RIYOSHA.CSV");
    let original = fs::read(&path).unwrap();
    // The second person's line ends within the day from which the coverage holds.
    let mut lines: Vec<&[u8]> = original.split_inclusive(|b| *b == b'\n').collect();
    let text = lines[2].to_vec();
    let commas: Vec<usize> = (0..text.len()).filter(|at| text[*at] == b',').collect();
    let cut = &text[..commas[13] + 5];
    lines[2] = cut;
    fs::write(
        &path,
        [&lines[..3].concat(), &b"\r\n"[..], &lines[3..].concat()].concat(),
    )
    .unwrap();
    desk.refuses(
        &["fill", "--offline"],
        2,
        "csv/unreadable-cell",
        &["RIYOSHA.CSV:3", "有効開始"],
    );
}

#[test]
fn a_register_without_a_column_of_the_settings_is_told_with_the_column_and_the_setting() {
    let desk = Desk::new("aozora");
    let path = desk.home.join("RIYOSHA.CSV");
    let original = fs::read(&path).unwrap();
    // 枝番 in Shift_JIS.
    let title = [0x8E, 0x7D, 0x94, 0xD4];
    let at = original.windows(4).position(|w| w == title).unwrap();
    let renamed = [&original[..at], &b"EDA"[..], &original[at + 4..]].concat();
    fs::write(&path, renamed).unwrap();
    desk.refuses(
        &["fill", "--offline"],
        2,
        "csv/missing-column",
        &["RIYOSHA.CSV", "枝番", "register.branch", "EDA"],
    );
}

#[test]
fn a_key_nobody_knows_in_the_station_file_is_told_with_the_nearest_one_and_its_line() {
    let desk = Desk::new("hidamari");
    desk.settings(|text| text.replace("settle_ms", "setle_ms"));
    let text = fs::read_to_string(desk.home.join("station.toml")).unwrap();
    let line = text.lines().position(|l| l.contains("setle_ms")).unwrap() + 1;
    desk.refuses(
        &["fill", "--offline"],
        2,
        "config/unknown-key",
        &["settle_ms", &format!("station.toml:{line}")],
    );
    assert!(!desk.home.join("store/reseplug.db").exists());
}

#[test]
fn a_request_folder_that_is_not_there_is_named_before_anything_is_asked() {
    let desk = Desk::new("hidamari");
    let req = desk.folder("req");
    fs::remove_dir_all(&req).unwrap();
    let args = ["intake", "--from", "2024-09-01", "--to", "2024-09-30"];
    // It may be a share that comes back.
    desk.refuses(&args, 4, "exchange/io", &[req.to_str().unwrap()]);
    assert!(
        !req.exists(),
        "the folder of the terminal is not ours to make"
    );
    let (_, jobs) = desk.json(&["jobs", "list", "--open"]);
    assert_eq!(jobs["jobs"], value!([]));
}

#[test]
fn while_the_gateway_is_down_nothing_counts_as_filed_and_later_the_same_command_files_it() {
    let desk = Desk::new("hidamari");
    desk.approve();
    desk.import_certificate();

    for _ in 0..2 {
        let (exit, told) = desk.json(&submit(&[]));
        assert_eq!(exit, 4, "{told}");
        assert_eq!(told["error"]["code"], "egress/connection-refused");
        assert_eq!(told["filings"], value!([]));
    }
    let (_, status) = desk.json(&[&["claim", "status"][..], &MONTH].concat());
    for filing in status["filings"].as_array().unwrap() {
        assert_eq!(filing["reference"], "", "{filing}");
        assert_eq!(filing["state"], "released", "{filing}");
    }
    assert!(events(&desk.ledger(), "gateway.accepted").is_empty());

    let world = desk.world(quick());
    for _ in 0..2 {
        let (exit, told) = desk.json(&submit(&[]));
        assert_eq!(exit, 0, "{told}");
        let filings = told["filings"].as_array().unwrap();
        assert_eq!(filings.len(), 2);
        for filing in filings {
            // The sending alone does not tell what the check found; the second time the list may.
            let state = filing["state"].as_str().unwrap();
            assert!(["sent", "checked"].contains(&state), "{filing}");
            assert_ne!(filing["reference"], "");
        }
    }
    // A colleague who gives the command again is told the same.
    let colleague = [&["claim", "submit"][..], &MONTH, &["--by", "架空 太郎"]].concat();
    let (exit, told) = desk.json(&colleague);
    assert_eq!(exit, 0, "{told}");
    assert_eq!(told["filings"].as_array().unwrap().len(), 2);
    world.stop();
    let accepted = events(&desk.ledger(), "gateway.accepted");
    assert_eq!(accepted.len(), 2, "{accepted:?}");
    assert_eq!(desk.json(&["audit", "verify"]).0, 0);
}

#[test]
fn a_terminal_that_does_not_answer_in_time_leaves_its_upload_in_doubt_and_works_again_later() {
    let desk = Desk::new("hidamari");
    desk.settings(|text| {
        text.replace("poll_seconds = 1", "poll_seconds = 1\ndeadline_minutes = 1")
    });
    let before = desk.everything();
    let args = ["intake", "--from", "2024-09-01", "--to", "2024-09-30"];
    let (exit, told) = desk.json(&args);
    // An upload that nobody acknowledged may have been taken: that is not "try again later".
    assert_eq!((exit, &told["error"]["code"]), (5, &"onshi/timeout".into()));
    assert_eq!(told["error"]["retry"], "ask-first");
    let request = told["error"]["place"]["document"].as_str().unwrap();
    assert!(
        told["error"]["message_ja"]
            .as_str()
            .unwrap()
            .contains(request)
    );
    assert_eq!(desk.everything(), before);
    // What was asked still lies there for the terminal, whole and under its name.
    let left = files(&desk.folder("req"));
    assert_eq!(left, [desk.folder("req").join(request)]);

    let world = desk.world(quick());
    let (exit, told) = desk.json(&args);
    // Done; and the answer to the earlier upload, which came too late, is for somebody to see.
    assert_eq!(exit, 1, "{told}");
    assert_eq!(told["counts"]["left_for_person"], 0, "{told}");
    let late = told["late"].as_array().unwrap();
    assert_eq!(late.len(), 1, "{late:?}");
    let answer = request.replace("req_", "res_");
    assert_eq!(late[0]["file"], answer.as_str(), "{late:?}");
    world.stop();
    assert!(files(&desk.folder("req")).is_empty());
    assert!(desk.folder("res").join(answer).exists(), "it was not taken");
}

#[test]
fn an_encrypted_exchange_folder_is_told_as_a_setting_of_the_terminal() {
    let desk = Desk::new("hidamari");
    let world = desk.world(TerminalOptions {
        encrypted: true,
        ..quick()
    });
    let before = desk.everything();
    let (exit, told) = desk.json(&["fill"]);
    let text = told["error"]["message_ja"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert_eq!(exit, 2, "{told}");
    assert!(text.contains("暗号化"), "{told}");
    assert!(
        told["error"]["message_en"]
            .as_str()
            .unwrap()
            .contains("encrypt")
    );
    assert_eq!(desk.everything(), before);
    world.stop();
}

#[test]
fn a_second_host_on_the_same_folders_is_refused_with_the_name_of_the_first() {
    let desk = Desk::new("hidamari");
    let binding = Binding::new(
        desk.folder("req"),
        desk.folder("res"),
        desk.dir.path().join("other-store"),
    );
    let first = Owner {
        id: "0123456789abcdef0123456789abcdef".to_owned(),
        name: "受付のPC".to_owned(),
    };
    let folders = Folders::open(binding, &first, Arc::new(SystemClock)).unwrap();
    let args = ["intake", "--from", "2024-09-01", "--to", "2024-09-30"];
    desk.refuses(&args, 3, "exchange/owned", &["受付のPC"]);
    assert!(files(&desk.folder("req")).is_empty());
    // It goes when the first one is gone.
    drop(folders);
    let world = desk.world(quick());
    assert_eq!(desk.json(&args).0, 0);
    world.stop();
}

/// The guest that misbehaves as its settings say, as a plugin file.
fn guest() -> Vec<u8> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/guests");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guests");
    reseplug_pack::build::pack_crate(&source, &target).unwrap()
}

#[test]
fn a_checker_that_traps_is_named_and_the_month_goes_on_without_it() {
    let desk = Desk::new("hidamari");
    let bytes = guest();
    fs::write(desk.home.join("guest.wasm"), &bytes).unwrap();
    let digest = hex::encode(Sha256::digest(&bytes));
    desk.settings(|text| {
        text.replace(
            "checkers = [\"basic-checker\"]",
            "checkers = [\"test-guest\", \"basic-checker\"]",
        ) + &format!(
            "\n[plugins.test-guest]\nfile = \"guest.wasm\"\n[plugins.test-guest.settings]\nmisbehave = \"trap\"\n\
             [plugins.test-guest.approved]\ndigest = \"sha256:{digest}\"\nby = \"管理者\"\n\
             at = \"2024-10-01T09:00:00+09:00\"\ncapabilities = [\"exchange:terminal\"]\n"
        )
    });
    let accept = desk.accept_file();
    let (exit, approval) = desk.json(
        &[
            &["claim", "approve", "--accept", accept.to_str().unwrap()][..],
            &MONTH,
        ]
        .concat(),
    );
    assert_eq!(exit, 0, "{approval}");
    let stopped = approval["report"]["stopped"].as_array().unwrap();
    assert_eq!(stopped.len(), 1, "{stopped:?}");
    assert_eq!(stopped[0][0], "test-guest");
    assert_eq!(stopped[0][1]["code"], "plugin/trap");
    assert!(
        stopped[0][1]["message_ja"]
            .as_str()
            .unwrap()
            .contains("test-guest")
    );
    assert_eq!(approval["report"]["files"].as_array().unwrap().len(), 2);
    let text = run(&desk.home, &[&["claim", "check"][..], &MONTH].concat());
    assert!(crate::stdout(&text).contains("test-guest"));
}

#[test]
fn a_rehearsal_of_any_step_sends_nothing_and_writes_nothing() {
    let desk = Desk::new("hidamari");
    let world = desk.world(quick());
    desk.import_certificate();
    let accept = desk.accept_file();
    let accept = accept.to_str().unwrap();
    let approve: Vec<&str> = [
        &["claim", "approve", "--accept", accept][..],
        &MONTH,
        &["--dry-run"],
    ]
    .concat();
    let silent = |args: &[&str], expected: i32| {
        let (before, ledger) = (desk.everything(), desk.ledger());
        let (exit, told) = desk.json(args);
        assert_eq!(exit, expected, "{args:?}: {told}");
        assert_eq!(desk.everything(), before, "{args:?}");
        assert_eq!(desk.ledger(), ledger, "{args:?}");
        assert!(files(&desk.folder("req")).is_empty(), "{args:?}");
        let (_, jobs) = desk.json(&["jobs", "list"]);
        jobs["jobs"].as_array().map_or(0, Vec::len)
    };
    let intake = [
        "intake",
        "--from",
        "2024-09-01",
        "--to",
        "2024-09-30",
        "--dry-run",
    ];
    assert_eq!(silent(&intake, 0), 0);
    // Whom a run would ask about, and by what: not that nobody asked about them yet.
    assert_eq!(silent(&["fill", "--dry-run"], 1), 0);
    let (_, rehearsal) = desk.json(&["fill", "--dry-run"]);
    let whom = rehearsal["would_ask"].as_array().unwrap();
    let one = whom.iter().find(|q| q["person_key"] == "H0001").unwrap();
    assert!(
        one["insurer_number"].is_string() && one["as_of"].is_string(),
        "{one}"
    );
    let never = |p: &&Value| p["person_key"] == "H0001" && p["reason"] == "never-asked";
    let left = rehearsal["proposals"].as_array().unwrap();
    assert_eq!(left.iter().find(never), None);
    let text = crate::stdout(&run(&desk.home, &["fill", "--dry-run", "--lang", "ja"]));
    assert!(
        text.contains("実行すると照会する方") && text.contains("（H0001）"),
        "{text}"
    );
    let (_, offline) = desk.json(&["fill", "--dry-run", "--offline"]);
    assert_eq!(offline["would_ask"], Value::Null, "offline nobody is asked");
    assert_eq!(silent(&approve, 0), 0);

    desk.approve();
    let (_, jobs) = desk.json(&["jobs", "list"]);
    let jobs = jobs["jobs"].as_array().unwrap().len();
    let handover = [&["claim", "handover"][..], &MONTH, &BY, &["--dry-run"]].concat();
    assert_eq!(silent(&handover, 0), jobs);
    assert_eq!(silent(&submit(&["--dry-run"]), 0), jobs);
    let (_, status) = desk.json(&[&["claim", "status"][..], &MONTH].concat());
    assert_eq!(status["filings"], value!([]));
    world.stop();
}

#[test]
fn what_was_accepted_and_is_taken_back_leaves_the_bytes_of_before_wherever_it_is_called_from() {
    let desk = Desk::new("hidamari");
    let world = desk.world(quick());
    let (exit, first) = desk.json(&["fill"]);
    assert_eq!(exit, 1);
    let station = Station::load("hidamari").unwrap();
    let open: Vec<&str> = ["missing-branch", "leading-zeros"]
        .iter()
        .map(|case| {
            let key = &station.case(case).next().unwrap().key;
            first["proposals"]
                .as_array()
                .unwrap()
                .iter()
                .find(|p| p["person_key"] == **key && p["reason"] == "not-accepted")
                .unwrap()["id"]
                .as_str()
                .unwrap()
        })
        .collect();
    let written = desk.home.join("out/SHAHO/RECEIPTH.UKE");
    let original = fs::read(desk.home.join("SHAHO/RECEIPTH.UKE")).unwrap();
    assert!(fs::read(&written).unwrap() == original);

    let accept = |ids: &[&str]| {
        let yes: BTreeMap<&str, bool> = ids.iter().map(|id| (*id, true)).collect();
        let path = desk.dir.path().join("yes.json");
        fs::write(&path, value!({ "by": BY[1], "proposals": yes }).to_string()).unwrap();
        let (_, report) = desk.json(&["fill", "--accept", path.to_str().unwrap()]);
        // What was accepted before stands already.
        assert_eq!(report["counts"]["groups_corrected"], 1, "{report}");
        (
            report["job"].as_str().unwrap().to_owned(),
            fs::read(&written).unwrap(),
        )
    };
    let (earlier, with_first) = accept(&open[..1]);
    let (job, with_both) = accept(&open);
    assert!(original != with_first && with_first != with_both);
    world.stop();

    // From another folder, and the rehearsal first.
    let config = desk.home.join("station.toml");
    let undo = [
        "undo",
        &job,
        open[1],
        BY[0],
        BY[1],
        "--config",
        config.to_str().unwrap(),
    ];
    // What a later one was built on is not taken back under it.
    let under = ["undo", &earlier, BY[0], BY[1]];
    desk.refuses(&under, 2, "undo/built-upon", &[&job]);
    let before = desk.everything();
    let (_, told) = json(desk.dir.path(), &[&undo[..], &["--dry-run"]].concat());
    assert_eq!(told["dry_run"], true, "{told}");
    assert_eq!(desk.everything(), before);
    let (_, told) = json(desk.dir.path(), &undo);
    assert!(told["job"].as_str().unwrap().starts_with("undo"), "{told}");
    assert!(fs::read(&written).unwrap() == with_first);
    assert!(!desk.dir.path().join("out").exists());

    let rest = ["undo", &earlier, open[0], BY[0], BY[1]];
    let (_, told) = desk.json(&rest);
    assert!(fs::read(&written).unwrap() == original, "{told}");
    assert!(fs::read(desk.home.join("SHAHO/RECEIPTH.UKE")).unwrap() == original);
    assert_eq!(desk.json(&["audit", "verify"]).0, 0);
}

#[test]
fn an_answer_about_a_receipt_that_the_month_does_not_have_is_named_and_nothing_is_approved() {
    let desk = Desk::new("hidamari");
    let accept = desk.accept_file();
    let original: Value = serde_json::from_slice(&fs::read(&accept).unwrap()).unwrap();
    let approve = [
        &["claim", "approve", "--accept", accept.to_str().unwrap()][..],
        &MONTH,
    ]
    .concat();
    let paper = value!({ "reason": "書面で確認した", "seen": "資格確認書" });
    for (list, id, reason) in [
        ("hold", "SHAHO/RECEIPTH.UKE#99", value!("翌月に請求する")),
        ("file_anyway", "RECEIPTH.UKE#1", paper),
    ] {
        let mut wrong = original.clone();
        wrong[list][id] = reason;
        fs::write(&accept, wrong.to_string()).unwrap();
        desk.refuses(&approve, 2, "claim/unknown-receipt", &[list, id]);
        let rehearsal = [&approve[..], &["--dry-run"]].concat();
        desk.refuses(&rehearsal, 2, "claim/unknown-receipt", &[id]);
    }
    let mistyped = [
        &[
            "claim",
            "approve",
            "--despite",
            "確認した",
            "--seen",
            "確認書",
        ][..],
        &["--receipt", "X#1"],
        &MONTH,
        &BY,
    ]
    .concat();
    desk.refuses(&mistyped, 2, "claim/unknown-receipt", &["X#1"]);
}

#[test]
fn what_is_to_be_done_about_a_month_of_which_nothing_left_names_the_month_and_what_there_is() {
    let desk = Desk::new("hidamari");
    for verb in ["confirm", "withdraw"] {
        let args = [&["claim", verb, "--month", "2024-12"][..], &BY].concat();
        desk.refuses(&args, 2, "claim/nothing-filed", &["2024-12"]);
    }
    desk.approve();
    let (exit, handed) = desk.json(&[&["claim", "handover"][..], &MONTH, &BY].concat());
    assert_eq!(exit, 0, "{handed}");
    let withdraw = [&["claim", "withdraw"][..], &MONTH, &BY].concat();
    desk.refuses(&withdraw, 2, "claim/nothing-filed", &["2024-11"]);
    let status = ["claim", "status", "--month", "2024-12"];
    let text = crate::stdout(&run(&desk.home, &status));
    assert!(
        text.contains("2024-12") && text.contains("2024-11"),
        "{text}"
    );
    let (_, told) = desk.json(&status);
    assert_eq!(told["filed_months"], value!(["2024-11"]), "{told}");
}
