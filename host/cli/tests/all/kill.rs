//! A power cut at any moment: the demo is killed, started again, and comes to the same end.

use crate::demo::{
    copy_compiled_plugins, documents_of, events, files, fresh, ledger, played, story,
};
use crate::json;
use reseplug_sandbox::station::STATIONS;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Numbers that look random and are the same each time (splitmix64).
struct Moments(u64);

impl Moments {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A duration below another.
    fn below(&mut self, most: Duration) -> Duration {
        let most = u64::try_from(most.as_micros()).unwrap().max(1);
        Duration::from_micros(self.next() % most)
    }
}

/// Scenes of the story, as the progress lines on standard error.
const SCENES: usize = 15;

fn start(folder: &Path) -> (Child, Receiver<()>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_reseplug"))
        .args(["demo", "--json", "--folder"])
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let (scene, scenes) = channel();
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            if line.starts_with('…') && scene.send(()).is_err() {
                break;
            }
        }
    });
    (child, scenes)
}

/// Starts the demo, waits until it has come to a scene and then this long, and kills it.
/// Whether there was something left to kill.
fn kill_in(folder: &Path, scene: usize, after: Duration) -> bool {
    let (mut child, scenes) = start(folder);
    for _ in 0..scene {
        // It ends where the program does.
        if scenes.recv().is_err() {
            break;
        }
    }
    std::thread::sleep(after);
    let alive = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    alive
}

/// Spares the story the compiler.
fn with_compiled_plugins(folder: &Path) {
    for station in STATIONS {
        copy_compiled_plugins(station, &folder.join(station));
    }
}

/// About how long a scene takes on this machine just now.
fn a_scene() -> Duration {
    let all = played().summary["seconds"].as_f64().unwrap();
    Duration::from_secs_f64(all / SCENES as f64)
}

/// How often each of some things happened.
fn tally(values: impl IntoIterator<Item = String>) -> BTreeMap<String, usize> {
    let mut tally = BTreeMap::new();
    for value in values {
        *tally.entry(value).or_default() += 1;
    }
    tally
}

fn of_the_phone(folder: &Path) -> BTreeMap<String, usize> {
    let book = fs::read_to_string(folder.join("sandbox/phone/ledger.jsonl")).unwrap();
    tally(
        events(&book, "phone.consent")
            .iter()
            .map(|e| format!("{} {} {}", e["station"], e["person"], e["at"])),
    )
}

/// Runs the demo to its end and holds everything against the run that nobody disturbed.
fn ends_like_the_undisturbed_run(folder: &Path, why: &str) {
    let undisturbed = played();
    let (exit, summary) = json(
        folder.parent().unwrap(),
        &["demo", "--folder", folder.to_str().unwrap()],
    );
    assert_eq!(exit, 0, "{why}: {summary}");
    assert_eq!(story(&summary), story(&undisturbed.summary), "{why}");
    same_documents(folder, &undisturbed.folder, why);

    // What left the house left once.
    let ledger = ledger(folder);
    for kind in ["gateway.accepted", "gateway.confirmed"] {
        let filings = |ledger: &str| {
            tally(
                events(ledger, kind)
                    .iter()
                    .map(|e| format!("{} {} {}", e["institution"], e["payer"], e["sha256"])),
            )
        };
        let filed = filings(&ledger);
        assert!(filed.values().all(|times| *times == 1), "{why}: {filed:?}");
        assert_eq!(filed, filings(&undisturbed.ledger), "{why}");
    }
    // So did each request to the terminal; and nothing was asked under a second name.
    let asked = |ledger: &str| {
        tally(
            events(ledger, "terminal.answered")
                .iter()
                .filter(|e| e["message"].as_str().unwrap().ends_with("01req"))
                .map(|e| format!("{} {} {}", e["station"], e["message"], e["identifier"])),
        )
    };
    assert_eq!(asked(&ledger), asked(&undisturbed.ledger), "{why}");
    let files_taken = tally(
        events(&ledger, "terminal.answered")
            .iter()
            .map(|e| format!("{} {}", e["station"], e["request"])),
    );
    assert!(
        files_taken.values().all(|n| *n == 1),
        "{why}: {files_taken:?}"
    );
    // And each card was read once.
    let read = of_the_phone(folder);
    assert!(read.values().all(|times| *times == 1), "{why}: {read:?}");
    assert_eq!(read, of_the_phone(&undisturbed.folder), "{why}");

    for station in STATIONS {
        let home = folder.join(station);
        let terminal = folder.join("sandbox/terminal").join(station);
        for below in ["product", "out", "handover"] {
            no_half_written(&home.join(below), why);
        }
        no_half_written(&terminal.join("res"), why);
        let left = files(&terminal.join("req"));
        assert!(left.is_empty(), "{why}: {left:?}");
        let config = home.join("station.toml");
        let config = config.to_str().unwrap();
        let (exit, value) = json(folder, &["audit", "verify", "--config", config]);
        assert_eq!(exit, 0, "{why}: {value}");
        let (exit, open) = json(folder, &["jobs", "list", "--open", "--config", config]);
        assert_eq!(
            (exit, &open["jobs"]),
            (0, &Value::Array(Vec::new())),
            "{why}"
        );
    }
}

/// Registers, claim files, hand-over and acknowledgements are those of the other run. Only the
/// moment of a confirmation may be a wait later: story time passes while somebody waits.
fn same_documents(folder: &Path, undisturbed: &Path, why: &str) {
    let acknowledgement = |path: &Path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with("acknowledgement-") && name.ends_with(".json")
    };
    let (mut found, mut expected) = (documents_of(folder), documents_of(undisturbed));
    let timeless = |path: &Path| {
        let mut value: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        value.as_object_mut().unwrap().remove("at").unwrap();
        value.to_string()
    };
    for (documents, root) in [(&mut found, folder), (&mut expected, undisturbed)] {
        for (path, digest) in documents.iter_mut().filter(|(p, _)| acknowledgement(p)) {
            *digest = timeless(&root.join(path));
        }
    }
    assert_eq!(found, expected, "{why}");
}

fn no_half_written(folder: &Path, why: &str) {
    for file in files(folder) {
        let name = file.file_name().unwrap().to_str().unwrap();
        let half = name.ends_with(".part") || name.contains(".tmp");
        assert!(!half, "{why}: {}", file.display());
    }
}

#[test]
fn killed_at_twenty_moments_of_its_story_the_demo_ends_as_if_nothing_had_happened() {
    const SEED: u64 = 20_241_110;
    const KILLS: usize = 20;
    let mut moments = Moments(SEED);
    let folder = fresh("killed-twenty-times");
    with_compiled_plugins(&folder);
    let mut done = Vec::new();
    for n in 0..KILLS {
        // The first ones while it begins, the others one after the other along the story.
        let scene = n.saturating_sub(2) * SCENES / (KILLS - 2);
        let after = moments.below(a_scene());
        let alive = kill_in(&folder, scene, after);
        done.push(format!(
            "scene {scene} + {after:?}{}",
            if alive { "" } else { " (over)" }
        ));
    }
    ends_like_the_undisturbed_run(&folder, &format!("seed {SEED}: {done:?}"));
}

/// One kill in a folder of its own.
fn killed_once(name: &str, seed: u64, scene: usize, compiled: bool) {
    let mut moments = Moments(seed);
    let folder = fresh(name);
    if compiled {
        with_compiled_plugins(&folder);
    }
    let after = moments.below(a_scene() * 2);
    kill_in(&folder, scene, after);
    let why = format!("seed {seed}: scene {scene} + {after:?}");
    ends_like_the_undisturbed_run(&folder, &why);
}

#[test]
fn killed_once_while_plugins_are_compiled_it_ends_the_same() {
    killed_once("killed-early", 1, 0, false);
}

#[test]
fn killed_once_while_the_month_is_filled_it_ends_the_same() {
    // The ninth scene.
    killed_once("killed-filling", 2, 9, true);
}

#[test]
fn killed_once_while_claims_are_filed_it_ends_the_same() {
    // The thirteenth scene.
    killed_once("killed-filing", 3, 13, true);
}
