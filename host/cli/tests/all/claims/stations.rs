//! Two stations of one company in one store: what is one's is never the other's.

use super::{MONTH, WHO};
use crate::demo::copy_compiled_plugins;
use crate::{code, json, reseplug};
use reseplug_sandbox::station::STATIONS;
use reseplug_sandbox::{Sandbox, SandboxOptions};
use serde_json::{Value, json as value};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The company: its stations by name, with the folder of each and what the sandbox says of it.
struct Company {
    dir: tempfile::TempDir,
    stations: BTreeMap<String, (PathBuf, Value)>,
}

impl Company {
    /// Both stations keep their record where ひだまり keeps its own.
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (exit, up) = json(dir.path(), &["sandbox", "up", "--until-stdin-closes"]);
        assert_eq!(exit, 0, "{up}");
        let stations = up["stations"].as_array().unwrap().iter().map(|told| {
            let home = PathBuf::from(told["products"].as_str().unwrap());
            (
                told["key"].as_str().unwrap().to_owned(),
                (home, told.clone()),
            )
        });
        let stations: BTreeMap<String, (PathBuf, Value)> = stations.collect();
        for key in STATIONS {
            copy_compiled_plugins(key, &stations["hidamari"].0);
        }
        let company = Self { dir, stations };
        company.settings("aozora", |text| {
            text.replace("path = \"store\"", "path = \"../hidamari/store\"")
                .replace(
                    "[identities.station]\nfile = \"station\"",
                    "[identities.station]\nfile = \"aozora\"",
                )
        });
        // Somebody who is not registered yet is another story.
        let path = company.home("aozora").join("JISSEKI202410.CSV");
        let text = fs::read(&path).unwrap();
        let lines = text.split_inclusive(|byte| *byte == b'\n');
        let known: Vec<&[u8]> = lines.filter(|line| !line.starts_with(b"A0060")).collect();
        assert!(known.concat().len() < text.len());
        fs::write(&path, known.concat()).unwrap();
        for (key, name) in [("hidamari", "station"), ("aozora", "aozora")] {
            company.import(key, key, name);
        }
        company
    }

    fn settings(&self, key: &str, change: impl FnOnce(String) -> String) {
        let path = self.stations[key].0.join("station.toml");
        let before = fs::read_to_string(&path).unwrap();
        let after = change(before.clone());
        assert_ne!(after, before);
        fs::write(path, after).unwrap();
    }

    /// The certificate of a station goes into the store of another under a name.
    fn import(&self, into: &str, of: &str, name: &str) {
        let told = &self.stations[of].1;
        let output = reseplug(&self.stations[into].0)
            .args([
                "identity",
                "import",
                told["certificate"].as_str().unwrap(),
                "--name",
                name,
            ])
            .write_stdin(format!("{}\n", told["password"].as_str().unwrap()))
            .output()
            .unwrap();
        assert_eq!(code(&output), 0, "{}", crate::stderr(&output));
    }

    fn home(&self, key: &str) -> &Path {
        &self.stations[key].0
    }

    fn claim(&self, key: &str, verb: &str, more: &[&str]) -> (i32, Value) {
        json(
            self.home(key),
            &[&["claim", verb, "--month", MONTH], more].concat(),
        )
    }

    fn approve(&self, key: &str) -> (i32, Value) {
        let reasons = ["--despite", "書面", "--seen", "確認書", "--by", WHO];
        self.claim(key, "approve", &reasons)
    }
}

#[test]
fn each_station_has_its_own_book_and_none_files_with_the_certificate_or_the_file_of_another() {
    let company = Company::new();
    let sandbox = Sandbox::start(
        &company.dir.path().join("sandbox"),
        SandboxOptions::default(),
    );
    let sandbox = sandbox.unwrap();
    for key in STATIONS {
        let (exit, told) = company.approve(key);
        assert_eq!(exit, 0, "{key}: {told}");
        let (exit, told) = company.claim(key, "submit", &["--by", WHO]);
        assert_eq!(exit, 0, "{key}: {told}");
    }
    // One confirms; the other's month is as open as before.
    let (exit, told) = company.claim("hidamari", "confirm", &["--by", WHO]);
    assert_eq!(exit, 0, "{told}");
    let state = |key: &str| {
        let (_, week) = company.claim(key, "week", &[]);
        let sent = &week["payers"][0]["sendings"];
        assert_eq!(sent.as_array().unwrap().len(), 1, "{week}");
        let code = company.stations[key].1["code"].as_str().unwrap();
        assert!(sent[0]["key"].as_str().unwrap().starts_with(code), "{week}");
        sent[0]["state"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        (state("hidamari").as_str(), state("aozora").as_str()),
        ("confirmed", "checked")
    );
    let filed = sandbox.gateway().filed_receipts();
    let institution = company.stations["hidamari"].1["institution"]
        .as_str()
        .unwrap();
    assert!(!filed.is_empty() && filed.iter().all(|one| one.institution == institution));
    for key in STATIONS {
        let (_, receipts) = json(company.home(key), &["claim", "receipts"]);
        assert_eq!(receipts["claimed_twice"], value!([]), "{key}");
        let people = receipts["receipts"].as_array().unwrap();
        let initial = if key == "hidamari" { "H" } else { "A" };
        let own = |one: &Value| {
            let person = one["receipt"]["person_key"].as_str().unwrap_or(initial);
            person.starts_with(initial)
        };
        assert!(
            people.iter().all(own),
            "{key} shows somebody else's receipt"
        );
    }

    // あおぞら bound to the certificate of ひだまり by mistake: nothing is sent.
    company.settings("aozora", |text| {
        text.replace("file = \"aozora\"", "file = \"station\"")
    });
    let before = sandbox.gateway().submissions().len();
    for verb in ["submit", "confirm", "withdraw"] {
        let more = ["--by", WHO, "--again", "試し"];
        let more = if verb == "submit" {
            &more[..]
        } else {
            &more[..2]
        };
        let (exit, told) = company.claim("aozora", verb, more);
        let quiet = exit == 0 && told["filings"][0]["already_by"] != Value::Null;
        let refused = exit == 3 && told["error"]["code"] == "claim/other-certificate";
        assert!(refused || quiet, "{verb}: {told}");
        assert!(refused || verb == "submit", "{verb}: {told}");
    }
    // Nor is anything asked in the other one's name: what came back would be read as its own.
    let (exit, told) = company.claim("aozora", "ack", &[]);
    assert_eq!(
        (exit, &told["error"]["code"]),
        (3, &"claim/other-certificate".into()),
        "{told}"
    );
    let (exit, told) = company.claim("aozora", "status", &[]);
    assert_eq!(
        (exit, &told["error"]["code"]),
        (3, &"claim/other-certificate".into()),
        "{told}"
    );
    let (exit, told) = json(company.home("aozora"), &["claim", "fetch", "--by", WHO]);
    assert_eq!(
        (exit, &told["error"]["code"]),
        (3, &"claim/other-certificate".into()),
        "{told}"
    );
    assert_eq!(sandbox.gateway().submissions().len(), before);
    assert_eq!(state("aozora"), "checked");

    // ひだまり given the claim file of another station: not checked, not approved.
    let path = company.home("hidamari").join("SHAHO/RECEIPTH.UKE");
    let mut file = receden::ClaimFile::parse(&fs::read(&path).unwrap()).unwrap();
    let code = company.stations["aozora"].1["code"].as_str().unwrap();
    file.set_field(0, 5, code).unwrap();
    fs::write(&path, file.to_bytes()).unwrap();
    let (exit, told) = company.approve("hidamari");
    assert_eq!(
        (exit, &told["error"]["code"]),
        (3, &"claim/other-station".into()),
        "{told}"
    );
    sandbox.stop();
    for key in STATIONS {
        let (exit, told) = json(company.home(key), &["audit", "verify"]);
        assert_eq!(exit, 0, "{told}");
    }
}
