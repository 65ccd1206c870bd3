//! The program as its users see it: what it prints, where, and how it ends.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking; helpers outside test functions do so, too"
)]

mod browser;
mod claims;
mod day;
mod demo;
mod groups;
mod guard;
mod jobs;
mod kill;
mod month;
mod onshi;
mod people;
mod pitfalls;
mod plugins;
mod receden;
mod sandbox;
mod setup;
mod station;
mod year;

use assert_cmd::Command;
use reseplug_sandbox::station::Station;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Output;

/// The program, in a folder of its own, without a word about language in its environment.
pub(crate) fn reseplug(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("reseplug").unwrap();
    command.current_dir(folder);
    for name in ["LC_ALL", "LC_MESSAGES", "LANG"] {
        command.env_remove(name);
    }
    command
}

/// Runs it with arguments and nothing on standard input.
pub(crate) fn run(folder: &Path, args: &[&str]) -> Output {
    reseplug(folder).args(args).output().unwrap()
}

/// Runs it with `--json`: standard output is one JSON value and nothing else.
pub(crate) fn json(folder: &Path, args: &[&str]) -> (i32, Value) {
    let output = reseplug(folder).args(args).arg("--json").output().unwrap();
    let value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!(
            "{error}: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )
    });
    (output.status.code().unwrap(), value)
}

pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The 支払基金 claim file of the station ひだまり, as its product writes it.
pub(crate) fn claim_file(folder: &Path) -> PathBuf {
    let station = Station::load("hidamari").unwrap();
    station.write_documents(folder).unwrap();
    folder.join("SHAHO/RECEIPTH.UKE")
}
