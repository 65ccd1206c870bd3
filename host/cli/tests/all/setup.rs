//! `reseplug init`, `reseplug identity`

use crate::{json, reseplug, run, stderr};
use std::fs;

#[test]
fn init_writes_a_file_once_and_never_over_another() {
    let dir = tempfile::tempdir().unwrap();
    let args = [
        "init",
        "--code",
        "9999998",
        "--prefecture",
        "13",
        "--name",
        "ひだまり訪問看護ステーション",
    ];
    let (exit, value) = json(dir.path(), &args);
    assert_eq!((exit, &value["written"]), (0, &true.into()));
    let path = dir.path().join("station.toml");
    fs::write(&path, "# mine").unwrap();
    let (exit, value) = json(dir.path(), &args);
    assert_eq!(exit, 2);
    assert_eq!(value["error"]["code"], "init/exists");
    assert_eq!(fs::read_to_string(&path).unwrap(), "# mine");
    let en = run(dir.path(), &[&args[..], &["--lang", "en"]].concat());
    assert!(stderr(&en).contains("is not replaced"));
}

#[test]
fn a_prefecture_that_is_none_is_refused_with_those_there_are() {
    let dir = tempfile::tempdir().unwrap();
    let init = [
        "init",
        "--code",
        "9999998",
        "--name",
        "架空",
        "--prefecture",
    ];
    let (exit, told) = json(dir.path(), &[&init[..], &["99"]].concat());
    assert_eq!((exit, &told["error"]["code"]), (2, &"config/value".into()));
    let message = told["error"]["message_ja"].as_str().unwrap();
    assert!(
        message.contains("01 から 47") && message.contains("13 東京"),
        "{message}"
    );
    assert!(!dir.path().join("station.toml").exists());
}

#[test]
fn arguments_that_cannot_be_read_are_an_error_like_any_other() {
    let dir = tempfile::tempdir().unwrap();
    for wrong in [
        &["intake", "--form", "2024-10-01"][..],
        &["fil"],
        &["view", "drugs"],
    ] {
        let (exit, told) = json(dir.path(), wrong);
        assert_eq!(
            (exit, &told["error"]["code"]),
            (2, &"command/arguments".into())
        );
    }
    let output = run(
        dir.path(),
        &["intake", "--form", "2024-10-01", "--lang", "ja"],
    );
    let text = stderr(&output);
    assert!(text.contains("「--from」ではありませんか"), "{text}");
    let output = run(dir.path(), &["intake", "--form", "2024-10-01", "--lang=en"]);
    assert!(stderr(&output).contains("unexpected argument"));
    // Help is an answer, not an error.
    let help = run(dir.path(), &["intake", "--help", "--json"]);
    assert!(help.status.success());
}

#[test]
fn a_misspelt_adapter_is_told_the_nearest_name_and_those_there_are() {
    let desk = crate::station::Desk::new("aozora");
    let (exit, told) = desk.json(&["recheck", "--adapter", "csv-adaptor"]);
    assert_eq!(
        (exit, &told["error"]["code"]),
        (2, &"plugin/not-configured".into())
    );
    let message = told["error"]["message_ja"].as_str().unwrap();
    assert!(
        message.contains("「csv-adapter」ではありませんか"),
        "{message}"
    );
    assert!(!message.contains("builtin:csv-adaptor"), "{message}");
}

#[test]
fn a_wrong_password_leaves_no_identity_behind() {
    let dir = tempfile::tempdir().unwrap();
    let (_, sandbox) = json(
        dir.path(),
        &[
            "sandbox",
            "up",
            "--station",
            "hidamari",
            "--until-stdin-closes",
        ],
    );
    let station = &sandbox["stations"][0];
    let p12 = station["certificate"].as_str().unwrap();
    let config = station["station_file"].as_str().unwrap();
    let import = |password: &str| {
        let output = reseplug(dir.path())
            .args(["identity", "import", p12, "--config", config, "--json"])
            .write_stdin(format!("{password}\n"))
            .output()
            .unwrap();
        let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code().unwrap(), value)
    };
    let list = || json(dir.path(), &["identity", "list", "--config", config]).1;

    let (exit, value) = import("not the password");
    assert_eq!(exit, 2);
    assert_eq!(value["error"]["code"], "identity/wrong-password");
    assert_eq!(list()["identities"].as_array().unwrap().len(), 0);

    let (exit, value) = import(station["password"].as_str().unwrap());
    assert_eq!(exit, 0, "{value}");
    assert_eq!(list()["identities"].as_array().unwrap().len(), 1);
}
