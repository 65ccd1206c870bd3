//! `reseplug plugin`

use crate::{code, json, run, stderr, stdout};
use std::fs;
use std::path::Path;

/// A station file with one plugin.
fn station_file(folder: &Path, plugin: &str) {
    let text = format!(
        "[station]\ncode = \"9999998\"\nprefecture = \"13\"\nname = \"ひだまり\"\n[store]\npath = \"store\"\n{plugin}"
    );
    fs::write(folder.join("station.toml"), text).unwrap();
}

#[test]
fn a_shipped_plugin_says_what_it_needs_and_how_it_is_set() {
    let dir = tempfile::tempdir().unwrap();
    let (exit, value) = json(dir.path(), &["plugin", "inspect", "builtin:onshi-terminal"]);
    assert_eq!(exit, 0);
    assert_eq!(value["roles"][0], "eligibility");
    assert_eq!(value["capabilities"][0], "exchange:terminal");
    assert!(value["settings_schema"]["properties"]["poll_seconds"].is_object());
    assert_eq!(value["example_faults"].as_array().unwrap().len(), 0);
    let ja = stdout(&run(
        dir.path(),
        &["plugin", "inspect", "builtin:onshi-terminal"],
    ));
    assert!(
        ja.contains("poll_seconds (integer 1–3600)") && ja.contains("秒数"),
        "{ja}"
    );
}

#[test]
fn every_shipped_plugin_has_an_example_that_fits_its_own_schema() {
    let dir = tempfile::tempdir().unwrap();
    let (_, list) = json(dir.path(), &["plugin", "list"]);
    let plugins = list["plugins"].as_array().unwrap();
    assert!(plugins.len() >= 6);
    for plugin in plugins {
        let name = format!("builtin:{}", plugin["id"].as_str().unwrap());
        let (exit, value) = json(dir.path(), &["plugin", "inspect", &name]);
        assert_eq!(exit, 0, "{value}");
        assert!(!value["summary_ja"].as_str().unwrap().is_empty());
    }
}

#[test]
fn a_file_that_is_no_plugin_is_told_from_one_that_asks_for_too_much() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(
        dir.path().join("garbage.wasm"),
        b"MZ\x90\x00this is a program",
    )
    .unwrap();
    let (exit, value) = json(dir.path(), &["plugin", "inspect", "garbage.wasm"]);
    assert_eq!(exit, 2);
    assert_eq!(value["error"]["code"], "plugin/not-a-component");
    let unknown = run(
        dir.path(),
        &["plugin", "inspect", "builtin:nothing", "--lang", "en"],
    );
    assert_eq!(code(&unknown), 2);
    assert!(stderr(&unknown).contains("onshi-terminal"));

    // A component whose import is in another contract: the version of its own is in the bytes.
    let mut bytes = reseplug_cli::SHIPPED
        .iter()
        .find(|(id, _)| *id == "onshi-terminal")
        .unwrap()
        .1
        .to_vec();
    let needle = b"reseplug:plugin/timer@0.1.0";
    for at in 0..bytes.len() - needle.len() {
        if &bytes[at..at + needle.len()] == needle {
            bytes[at..at + needle.len()].copy_from_slice(b"reseplug:plugin/clock@0.1.0");
        }
    }
    fs::write(dir.path().join("newer.wasm"), bytes).unwrap();
    let newer = run(
        dir.path(),
        &["plugin", "inspect", "newer.wasm", "--lang", "en"],
    );
    assert_eq!(code(&newer), 2);
    let text = stderr(&newer);
    assert!(
        text.contains("needs `reseplug:plugin/clock@0.1.0`") && text.contains("this host offers"),
        "{text}"
    );
}

#[test]
fn a_setting_with_an_unknown_name_is_told_with_the_nearest_one() {
    let dir = tempfile::tempdir().unwrap();
    station_file(
        dir.path(),
        "[plugins.onshi-terminal]\nfile = \"builtin:onshi-terminal\"\n[plugins.onshi-terminal.settings]\npol_seconds = 5\n",
    );
    let args = [
        "plugin",
        "inspect",
        "builtin:onshi-terminal",
        "--config",
        "station.toml",
    ];
    let (exit, value) = json(dir.path(), &args);
    assert_eq!(exit, 1);
    let faults = value["station"]["settings_faults"].as_array().unwrap();
    assert!(
        faults[0]["message_en"]
            .as_str()
            .unwrap()
            .contains("did you mean `poll_seconds`")
    );
    assert!(stdout(&run(dir.path(), &args)).contains("「poll_seconds」ではありませんか"));
    // The key of the station file itself as well.
    station_file(dir.path(), "[plugin.onshi-terminal]\n");
    let output = run(dir.path(), &args);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("「plugins」ではありませんか"));
}

#[test]
fn what_is_not_granted_is_listed_with_the_lines_to_add() {
    let dir = tempfile::tempdir().unwrap();
    let args = [
        "plugin",
        "inspect",
        "builtin:onshi-terminal",
        "--config",
        "station.toml",
    ];
    station_file(dir.path(), "");
    let (exit, value) = json(dir.path(), &args);
    assert_eq!(exit, 1);
    let add = value["station"]["add"].as_str().unwrap();
    assert!(add.contains("file = \"builtin:onshi-terminal\""));

    station_file(dir.path(), add);
    let (exit, value) = json(dir.path(), &args);
    assert_eq!(exit, 1);
    let missing = value["station"]["missing"][0]["message_ja"]
        .as_str()
        .unwrap();
    assert!(
        missing.contains("[plugins.onshi-terminal.approved]"),
        "{missing}"
    );

    station_file(
        dir.path(),
        &format!(
            "{add}\n[plugins.onshi-terminal.approved]\ndigest = \"builtin\"\nby = \"管理者\"\nat = \"2024-10-01T09:00:00+09:00\"\ncapabilities = [\"exchange:terminal\"]\n[exchange.terminal]\nkind = \"terminal\"\nreq = \"req\"\nres = \"res\"\n"
        ),
    );
    let (exit, value) = json(dir.path(), &args);
    assert_eq!((exit, &value["station"]["ready"]), (0, &true.into()));
}
