//! `reseplug sandbox`

mod requery;

use crate::{json, run, stdout};
use reseplug_policy::StationFile;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

#[test]
fn it_prints_where_things_are_and_writes_a_station_file_that_is_accepted() {
    let dir = tempfile::tempdir().unwrap();
    let (exit, value) = json(dir.path(), &["sandbox", "up", "--until-stdin-closes"]);
    assert_eq!(exit, 0);
    assert!(
        value["phone"]["url"]
            .as_str()
            .unwrap()
            .starts_with("http://127.0.0.1:")
    );
    let stations = value["stations"].as_array().unwrap();
    assert_eq!(stations.len(), 2);
    for station in stations {
        let path = station["station_file"].as_str().unwrap();
        let file = StationFile::parse(path, &fs::read_to_string(path).unwrap()).unwrap();
        assert_eq!(file.station.code, station["code"].as_str().unwrap());
        let gateway = &file.endpoints["gateway"];
        assert_eq!(
            gateway.url.as_str(),
            value["gateway"]["url"].as_str().unwrap()
        );
        assert!(gateway.roots.is_file());
        // As at a real station, whose layouts nobody has copied from the official sheet.
        assert!(file.exchange["terminal"].extra_prefixes.is_empty());
        assert!(!Path::new(path).with_file_name("layouts.toml").exists());
        for document in station["documents"].as_array().unwrap() {
            assert!(fs::metadata(document.as_str().unwrap()).unwrap().len() > 0);
        }
        assert!(!station["people"].as_array().unwrap().is_empty());
    }
    let people = stdout(&run(dir.path(), &["sandbox", "up", "--until-stdin-closes"]));
    assert!(people.contains("暗証番号") && people.contains("station.toml"));
}

#[test]
fn invented_layouts_are_used_where_they_are_wanted_and_say_what_they_are() {
    let dir = tempfile::tempdir().unwrap();
    let up = [
        "sandbox",
        "up",
        "--until-stdin-closes",
        "--invented-layouts",
    ];
    let (exit, value) = json(dir.path(), &up);
    assert_eq!(exit, 0);
    for station in value["stations"].as_array().unwrap() {
        let path = station["station_file"].as_str().unwrap();
        let file = StationFile::parse(path, &fs::read_to_string(path).unwrap()).unwrap();
        let layouts = fs::read_to_string(Path::new(path).with_file_name("layouts.toml")).unwrap();
        assert!(layouts.starts_with("# INVENTED FOR THE SANDBOX"));
        assert!(layouts.contains("本番のステーションには使わないでください"));
        let read: onshi::Layouts = toml::from_str(&layouts).unwrap();
        assert!(read.sheet().contains("INVENTED"));
        let prefixes: Vec<&str> = read.prefixes().into_iter().map(|(_, p)| p).collect();
        assert_eq!(file.exchange["terminal"].extra_prefixes, prefixes);
    }
    // One that was there already stays as it is, and that is said.
    let other = tempfile::tempdir().unwrap();
    json(other.path(), &up[..3]);
    let text = stdout(&run(other.path(), &up));
    assert!(
        text.contains("--invented-layouts は設定ファイルを新しく書くときだけ"),
        "{text}"
    );
    // The file that is written for a real station never names any.
    let init = ["init", "--code", "9999998", "--prefecture", "13"];
    let name = ["--name", "架空", "-o", "real.toml"];
    let (exit, told) = json(dir.path(), &[&init[..], &name].concat());
    assert_eq!(exit, 0, "{told}");
    let real = fs::read_to_string(dir.path().join("real.toml")).unwrap();
    assert!(!real.contains("layouts") && !real.contains("INV"), "{real}");
}

#[test]
fn started_again_it_keeps_what_was_changed() {
    let dir = tempfile::tempdir().unwrap();
    let up = [
        "sandbox",
        "up",
        "--station",
        "aozora",
        "--until-stdin-closes",
    ];
    let (_, first) = json(dir.path(), &up);
    let station = &first["stations"][0];
    let register = station["documents"][0].as_str().unwrap();
    let settings = station["station_file"].as_str().unwrap();
    fs::write(register, b"changed").unwrap();
    let edited = fs::read_to_string(settings).unwrap() + "# edited\n";
    fs::write(settings, &edited).unwrap();
    let (_, second) = json(dir.path(), &up);
    assert_eq!(second, first);
    assert_eq!(fs::read(register).unwrap(), b"changed");
    assert_eq!(fs::read_to_string(settings).unwrap(), edited);
}

#[test]
fn a_station_file_of_a_folder_that_was_moved_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let up = |folder: &str| {
        let args = [
            "sandbox",
            "up",
            "--station",
            "hidamari",
            "--until-stdin-closes",
            "--folder",
        ];
        json(dir.path(), &[&args[..], &[folder]].concat()).1
    };
    let elsewhere =
        |value: &serde_json::Value| value["stations"][0]["station_file_points_elsewhere"].clone();
    assert_eq!(elsewhere(&up("first")), false);
    assert_eq!(elsewhere(&up("first")), false);
    fs::rename(dir.path().join("first"), dir.path().join("second")).unwrap();
    let moved = up("second");
    assert_eq!(elsewhere(&moved), true);
    fs::remove_file(moved["stations"][0]["station_file"].as_str().unwrap()).unwrap();
    assert_eq!(elsewhere(&up("second")), false);
}

#[test]
fn it_runs_until_standard_input_closes() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = Command::new(assert_cmd::cargo::cargo_bin("reseplug"))
        .current_dir(dir.path())
        .args([
            "sandbox",
            "up",
            "--station",
            "hidamari",
            "--until-stdin-closes",
            "--json",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    // The object ends with a brace in the first column.
    while line.trim_end() != "}" {
        line.clear();
        assert!(out.read_line(&mut line).unwrap() > 0);
    }
    std::thread::sleep(Duration::from_millis(100));
    assert!(child.try_wait().unwrap().is_none());
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_station_nobody_knows_is_told_with_those_there_are() {
    let dir = tempfile::tempdir().unwrap();
    let (exit, value) = json(
        dir.path(),
        &[
            "sandbox",
            "up",
            "--station",
            "kumoma",
            "--until-stdin-closes",
        ],
    );
    assert_eq!(exit, 2);
    assert!(
        value["error"]["message_ja"]
            .as_str()
            .unwrap()
            .contains("hidamari")
    );
}
