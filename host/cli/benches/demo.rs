//! How long the program takes, process start included: `cargo bench -p reseplug-cli`.
//!
//! The demo runs twice in folders of its own: once with nothing compiled yet, and once with the
//! plugins' compiled code from the first run. What the sandbox took (its start, with keys and
//! certificates, the readings on its phone page, and the waits for its answers) is told apart.
//! The reference, measured in the same run, is the start of the program.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark fails loudly and prints"
)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const STATIONS: [&str; 2] = ["hidamari", "aozora"];

/// How long a run takes, and what of it the sandbox took.
fn program(args: &[&str]) -> (Duration, Duration) {
    let began = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_reseplug"))
        .args(args)
        .stderr(Stdio::null())
        .output()
        .unwrap();
    let time = began.elapsed();
    assert!(output.status.success(), "{args:?}");
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let sandbox = said["sandbox_seconds"].as_f64().unwrap_or_default();
    (time, Duration::from_secs_f64(sandbox))
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn main() {
    let start = (0..20).map(|_| program(&["--version"]).0).min().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let demo = |name: &str| {
        let path = folder.path().join(name);
        program(&["demo", "--json", "--folder", path.to_str().unwrap()])
    };
    let cold = demo("cold");
    let warm = (0..5)
        .map(|n| {
            let name = format!("warm{n}");
            for station in STATIONS {
                let cache = Path::new(station).join("store/cache");
                copy(
                    &folder.path().join("cold").join(&cache),
                    &folder.path().join(&name).join(&cache),
                );
            }
            demo(&name)
        })
        .min()
        .unwrap();
    let again = demo("cold");
    let ms = |d: Duration| d.as_secs_f64() * 1000.0;
    println!("program start (reference)         {:8.1} ms", ms(start));
    for (what, (time, sandbox)) in [
        ("demo, two stations, cold cache  ", cold),
        ("demo, two stations, warm cache  ", warm),
        ("demo, nothing left to do        ", again),
    ] {
        let own = time.saturating_sub(sandbox);
        println!(
            "{what}  {:8.1} ms  {:6.0} x start  {:8.1} ms a station without the sandbox",
            ms(time),
            ms(time) / ms(start),
            ms(own) / 2.0
        );
    }
}
