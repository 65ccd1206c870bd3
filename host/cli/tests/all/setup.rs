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
fn a_code_that_is_none_is_refused_where_it_is_given_and_no_file_is_blamed() {
    let dir = tempfile::tempdir().unwrap();
    let args = [
        "init",
        "--code",
        "999999",
        "--prefecture",
        "13",
        "--name",
        "架空",
    ];
    let (exit, told) = json(dir.path(), &args);
    assert_eq!((exit, &told["error"]["code"]), (2, &"config/value".into()));
    let message = told["error"]["message_ja"].as_str().unwrap();
    assert!(
        message.contains("--code") && message.contains("7桁"),
        "{message}"
    );
    assert!(!message.contains("station.toml"), "{message}");
}

#[test]
fn without_a_station_file_every_command_says_how_to_come_by_one() {
    let dir = tempfile::tempdir().unwrap();
    for verb in [&["intake"][..], &["jobs", "list"], &["identity", "list"]] {
        let (exit, told) = json(dir.path(), verb);
        let code = &told["error"]["code"];
        assert_eq!((exit, code), (2, &"config/no-station-file".into()));
        for lang in ["message_ja", "message_en"] {
            let message = told["error"][lang].as_str().unwrap();
            for word in ["station.toml", "reseplug init", "--config", "sandbox up"] {
                assert!(message.contains(word), "{verb:?}: {message}");
            }
        }
    }
}

#[test]
fn an_import_without_a_password_says_so_and_does_not_call_it_wrong() {
    let desk = crate::station::Desk::new("hidamari");
    let certificate = desk.told["certificate"].as_str().unwrap().to_owned();
    let (exit, told) = desk.json(&["identity", "import", &certificate]);
    let code = &told["error"]["code"];
    assert_eq!((exit, code), (2, &"identity/no-password".into()), "{told}");
}

#[test]
fn nothing_is_asked_one_by_one_without_a_screen_to_ask_on() {
    let desk = crate::station::Desk::new("aozora");
    let interactive = ["fill", "--offline", "--interactive", "--by", "架空 花子"];
    desk.refuses(&interactive, 2, "accept/no-terminal", &["--accept"]);
}

#[test]
fn consents_of_days_that_end_before_they_begin_are_not_asked_for() {
    let desk = crate::station::Desk::new("aozora");
    let args = ["intake", "--from", "2024-10-02", "--to", "2024-10-01"];
    desk.refuses(&args, 2, "intake/period", &["2024-10-02", "2024-10-01"]);
}

#[test]
fn a_second_sandbox_in_a_folder_is_refused_with_the_first_ones_address() {
    let desk = crate::station::Desk::new("hidamari");
    let world = desk.world(crate::station::quick());
    let (exit, told) = json(desk.dir.path(), &["sandbox", "up", "--until-stdin-closes"]);
    let code = &told["error"]["code"];
    assert_eq!((exit, code), (2, &"sandbox/running".into()), "{told}");
    let message = told["error"]["message_ja"].as_str().unwrap();
    assert!(message.contains(world.phone().url()), "{message}");
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
