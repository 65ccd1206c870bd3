//! How long the program takes, process start included: `cargo bench -p reseplug-cli`.
//!
//! The demo runs twice in folders of its own: once with nothing compiled yet, and once with the
//! plugins' compiled code from the first run. Its sandbox answers at once; what its threads
//! take is part of the time. The reference, measured in the same run, is the start of the
//! program.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark fails loudly and prints"
)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const STATIONS: [&str; 2] = ["hidamari", "aozora"];

fn program(args: &[&str]) -> Duration {
    let began = Instant::now();
    let status = Command::new(env!("CARGO_BIN_EXE_reseplug"))
        .args(args)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "{args:?}");
    began.elapsed()
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
    let start = (0..20).map(|_| program(&["--version"])).min().unwrap();
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
    for (what, time) in [
        ("demo, two stations, cold cache  ", cold),
        ("demo, two stations, warm cache  ", warm),
        ("demo, nothing left to do        ", again),
    ] {
        println!(
            "{what}  {:8.1} ms  {:6.0} x start  {:8.1} ms a station",
            ms(time),
            ms(time) / ms(start),
            ms(time) / 2.0
        );
    }
}
