//! A month's start of a thousand users, process start included:
//! `cargo bench -p reseplug-cli --bench recheck`.
//!
//! The station of a population of 5,000 collected everybody's consent; then it rechecks all of
//! them. The first run also asks one by one for the 限度額 that no answer tells; the runs after it,
//! on the same day, ask everybody in bulk, and singly only those of whom the bulk answer says that
//! it changed or may have changed. The sandbox answers at once.
//!
//! The reference, measured in the same run, is a bare client: it puts the very requests that the
//! program had accepted into the folder and reads the answers' bytes, waiting as briefly as it can.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark fails loudly and prints"
)]

use reseplug_sandbox::population::{Population, PopulationOptions};
use reseplug_sandbox::terminal::TerminalOptions;
use reseplug_sandbox::{Sandbox, SandboxOptions};
use serde_json::Value;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const USERS: usize = 1_000;
const AS_OF: &str = "2024-11-01";

/// One run of the program.
struct Run {
    time: Duration,
    /// The largest resident set that was seen, in MiB; absent where the system does not tell.
    peak: Option<f64>,
    said: Value,
}

fn program(home: &Path, args: &[&str]) -> Run {
    let began = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_reseplug"))
        .current_dir(home)
        .args(args)
        .arg("--json")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut out = child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        let mut text = Vec::new();
        out.read_to_end(&mut text).unwrap();
        text
    });
    let status = format!("/proc/{}/status", child.id());
    let mut peak = None;
    let exit = loop {
        // The high-water mark only grows; the last one that can be read counts.
        if let Ok(status) = fs::read_to_string(&status) {
            let mark = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kib = mark.and_then(|mark| mark.trim().trim_end_matches(" kB").parse::<f64>().ok());
            peak = kib.map(|kib| kib / 1024.0).or(peak);
        }
        if let Some(exit) = child.try_wait().unwrap() {
            break exit;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let time = began.elapsed();
    let said = serde_json::from_slice(&reader.join().unwrap()).unwrap();
    // 1: something is left for a person.
    assert!(matches!(exit.code(), Some(0 | 1)), "{args:?}: {said}");
    Run { time, peak, said }
}

/// Puts one request and reads the answer as soon as it is there.
fn bare(terminal: &Path, name: &str, request: &[u8]) -> Vec<u8> {
    let temp = terminal.join("req").join(format!(".{name}.tmp"));
    fs::write(&temp, request).unwrap();
    fs::rename(temp, terminal.join("req").join(name)).unwrap();
    let answer = terminal.join("res").join(name.replace("req_", "res_"));
    loop {
        if let Ok(bytes) = fs::read(&answer) {
            fs::remove_file(answer).unwrap();
            return bytes;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The bare client's time for the bulk requests of the last of so many runs, and the bytes of their
/// answers.
fn reference(terminal: &Path, institution: &str, runs: usize) -> (Duration, usize) {
    let mut uploads: Vec<_> = fs::read_dir(terminal.join("work/jobs"))
        .unwrap()
        .map(|job| job.unwrap().path())
        .filter(|job| {
            let name = job.file_name().unwrap().to_str().unwrap();
            name.starts_with("OQSmuquc01req")
        })
        .collect();
    uploads.sort();
    assert_eq!(uploads.len() % runs, 0, "each run asked as often");
    let last = uploads.split_off(uploads.len() - uploads.len() / runs);
    let uploads: Vec<Vec<u8>> = last.iter().map(|path| fs::read(path).unwrap()).collect();
    let began = Instant::now();
    let mut bytes = 0;
    for (nth, upload) in uploads.iter().enumerate() {
        let accepted = bare(
            terminal,
            &format!("OQSmuquc01req_2024110190{nth:02}.xml"),
            upload,
        );
        let accepted: onshi::Acceptance = onshi::read(
            "OQSmuquc01res_202411019000.xml",
            &accepted,
            &onshi::ReadOptions::default(),
        )
        .unwrap()
        .message;
        let reception = accepted.reception_number.unwrap();
        let download = onshi::DownloadRequest::new(institution, &reception);
        let download = onshi::write("OQSmuquc02req", &download, onshi::Charset::Utf8).unwrap();
        let name = format!("OQSmuquc02req_2024110191{nth:02}.xml");
        bytes += bare(terminal, &name, &download).len();
    }
    (began.elapsed(), bytes)
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let users = USERS.to_string();
    let up = [
        "sandbox",
        "up",
        "--population",
        "5000",
        "--users",
        &users,
        "--seed",
        "7",
        "--month",
        "2024-10",
        "--until-stdin-closes",
    ];
    let up = program(folder.path(), &up).said;
    let of = |station: &&Value| station["key"] == Population::STATION;
    let station = up["stations"].as_array().unwrap().iter().find(of).unwrap();
    let home = Path::new(station["products"].as_str().unwrap()).to_owned();
    let sandbox = folder.path().join("sandbox");
    let world = Sandbox::start(
        &sandbox,
        SandboxOptions {
            stations: Vec::new(),
            population: PopulationOptions::recall(&sandbox).unwrap(),
            terminal: TerminalOptions {
                poll: Duration::from_millis(1),
                ..TerminalOptions::default()
            },
            ..SandboxOptions::default()
        },
    )
    .unwrap();
    let start = (0..20)
        .map(|_| {
            let began = Instant::now();
            let program = Command::new(env!("CARGO_BIN_EXE_reseplug"))
                .arg("--version")
                .output();
            assert!(program.unwrap().status.success());
            began.elapsed()
        })
        .min()
        .unwrap();

    program(
        &home,
        &["intake", "--from", "2024-09-01", "--to", "2024-10-31"],
    );
    let recheck = ["recheck", "--as-of", AS_OF, "--again"];
    let first = program(&home, &recheck);
    let mut runs: Vec<Run> = (0..5).map(|_| program(&home, &recheck)).collect();
    runs.sort_by_key(|run| run.time);
    let (best, worst) = (&runs[0], &runs[runs.len() - 1]);
    let terminal = sandbox.join("terminal").join(Population::STATION);
    let institution = station["institution"].as_str().unwrap();
    let (bare, bytes) = reference(&terminal, institution, runs.len() + 1);
    world.stop();

    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    let mib = |run: &Run| run.peak.map_or("?".to_owned(), |peak| format!("{peak:.0}"));
    let asked = best.said["answered"].as_u64().unwrap();
    println!("program start                     {:8.1} ms", ms(start));
    println!(
        "bare client (reference)           {:8.1} ms  {:.1} MB of answer",
        ms(bare),
        bytes as f64 / 1e6
    );
    for (what, run) in [
        ("first recheck, with single asking", &first),
        ("recheck in bulk, best of 5       ", best),
        ("recheck in bulk, worst of 5      ", worst),
    ] {
        println!(
            "{what} {:8.1} ms  {:6.1} x reference  {} answers  peak {} MiB",
            ms(run.time),
            ms(run.time) / ms(bare),
            run.said["answered"],
            mib(run)
        );
    }
    println!(
        "{USERS} users: {asked} asked about, {} listed for a card visit",
        best.said["card_visits"].as_array().unwrap().len()
    );
}
