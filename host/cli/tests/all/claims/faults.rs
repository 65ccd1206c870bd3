//! Whatever breaks between the station and the other side: filed once, and the person is told.

use super::{FUND, Hands, MONTH, Office, WHO};
use crate::demo::events;
use crate::reseplug;
use reseplug_sandbox::gateway::{Gateway, GatewayOptions, Mischief};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Gives a command until it is done, as a person does who is told what is known and what is not.
/// How often it did not go well.
fn until_done(office: &Office, hands: &Hands, verb: &str, more: &[&str], what: &str) -> usize {
    for failed in 0..6 {
        let (exit, told) = office.by(verb, &[more, &["--payer", FUND]].concat());
        if exit == 0 {
            return failed;
        }
        let error = &told["error"];
        for text in ["code", "message_ja", "message_en"] {
            assert!(
                !error[text].as_str().unwrap_or_default().is_empty(),
                "{what}: {told}"
            );
        }
        // Never "refused for good", and never a crash.
        assert!([1, 2, 3, 4, 5].contains(&exit), "{what}: {exit} {told}");
        // The check may take until tomorrow.
        if error["code"] == "claim/still-checking" {
            hands.forward();
        }
    }
    panic!("{what}: {verb} {more:?} never went well");
}

/// One person's month for each fault: sent, taken back, sent again and confirmed, each of it hit.
fn each_fault_at_each_step(mischiefs: &[Mischief]) {
    let office = Office::new("hidamari");
    let hands = Hands::at("2024-11-05T10:00:00");
    let gateway = GatewayOptions {
        slow: Duration::from_millis(300),
        ..GatewayOptions::default()
    };
    let world = office.world_with(gateway, &hands);
    for (at, mischief) in mischiefs.iter().enumerate() {
        let what = mischief.name();
        office.some(FUND, at..at + 1, MONTH);
        office.approve(&[]);
        let arm = || world.gateway().arm(*mischief).unwrap();
        let again = ["--again", "追加分"];
        arm();
        until_done(&office, &hands, "submit", &again, what);
        arm();
        until_done(&office, &hands, "withdraw", &[], what);
        until_done(
            &office,
            &hands,
            "submit",
            &["--again", "取り消して送り直す"],
            what,
        );
        arm();
        until_done(&office, &hands, "confirm", &["--include-errors"], what);
        // What is armed and was not met must not meet the next one.
        fs::remove_file(office.desk.dir.path().join("sandbox/gateway/faults.json")).unwrap();

        let filed = world.gateway().filed_receipts();
        assert_eq!(filed.len(), at + 1, "{what}: {filed:?}");
        let here = office.receipts();
        let here: Vec<&Value> = here.iter().filter(|one| one["place"] == "filed").collect();
        assert_eq!(here.len(), at + 1, "{what}: {here:?}");
    }
    // Both books agree on every receipt.
    let filed = world.gateway().filed_receipts();
    for one in &filed {
        let own = |here: &&Value| {
            here["place"] == "filed" && here["receipt"]["person_key"] == one.person.as_str()
        };
        let here = office.receipts();
        let here: Vec<&Value> = here.iter().filter(own).collect();
        assert_eq!(here.len(), 1, "{one:?}");
        assert_eq!(here[0]["filing"], one.key.as_str());
        assert_eq!(here[0]["receipt"]["total"], one.total);
    }
    let (exit, told) = office.desk.json(&["claim", "receipts"]);
    assert_eq!(exit, 0, "{}", told["claimed_twice"]);
    // Nobody of this payer waits; the other's file was approved and is not part of the story.
    let late = office.late();
    let own = |one: &&Value| one["id"].as_str().unwrap().starts_with("2024-11/1/");
    assert_eq!(late.iter().find(own), None);
    world.stop();
    office.audit_is_intact();
}

#[test]
fn a_connection_cut_anywhere_files_once() {
    each_fault_at_each_step(&Mischief::ALL[..4]);
}

#[test]
fn an_answer_that_is_an_error_or_about_something_else_files_once() {
    each_fault_at_each_step(&Mischief::ALL[4..9]);
}

#[test]
fn a_key_taken_twice_and_a_check_that_says_odd_things_or_takes_long_file_once() {
    each_fault_at_each_step(&Mischief::ALL[9..]);
}

#[test]
fn with_the_gateway_off_what_is_known_here_is_shown_beside_the_error() {
    let office = Office::small(1);
    office.approve(&[]);
    let world = office.world();
    office.does("submit", &[]);
    world.stop();
    let (exit, told) = office.claim("status", &[]);
    assert_eq!(
        (exit, &told["error"]["code"]),
        (4, &"egress/connection-refused".into()),
        "{told}"
    );
    assert_eq!(told["filings"].as_array().unwrap().len(), 2);
    let (exit, ja, _) = office.reads("status", &[]);
    assert!(
        exit == 4 && ja.contains("送信済み") && ja.contains("egress/connection-refused"),
        "{ja}"
    );
    for (verb, more) in [("confirm", &[][..]), ("withdraw", &[])] {
        let (exit, told) = office.by(verb, more);
        assert_eq!(exit, 4, "{told}");
        assert_eq!(told["error"]["retry"], "later", "{told}");
    }
    // Back again, the same commands go on.
    let world = office.world();
    office.does("withdraw", &[]);
    world.stop();
}

#[test]
fn an_acknowledgement_that_is_lost_twice_is_not_there_yet_and_the_third_ack_brings_it_once() {
    let office = Office::small(2);
    office.approve(&[]);
    let world = office.world();
    let own = ["--payer", FUND];
    office.does("submit", &own);
    office.does("confirm", &own);
    for _ in 0..2 {
        let lost = Mischief::AcknowledgementLost;
        world.gateway().arm(lost).unwrap();
    }
    let before = office.history(FUND);
    let there = |events: &[Value]| {
        let own = events.iter().filter(|one| one["event"] == "acknowledged");
        own.count()
    };
    for lost in 1..=2 {
        // Nothing failed: it is filed, and its 受領書 is not there yet.
        let (exit, told) = office.claim("ack", &own);
        assert_eq!(exit, 0, "{told}");
        assert_eq!(told["acknowledgements"], serde_json::json!([]), "{told}");
        assert_eq!(told["error"], Value::Null, "{told}");
        let struck = [(Mischief::AcknowledgementLost, lost)].into();
        assert_eq!(world.gateway().struck(), struck);
        // Nothing was recorded of it, and what comes next is the same command.
        assert_eq!(office.history(FUND), before);
        assert_eq!(office.sent(FUND)[0]["state"], "confirmed");
        let (_, week) = office.claim("week", &own);
        let next = week["payers"][0]["next_ja"].as_str().unwrap();
        assert!(next.contains("claim ack"), "{week}");
    }
    let (exit, told) = office.claim("ack", &own);
    assert_eq!(exit, 0, "{told}");
    let found = told["acknowledgements"].as_array().unwrap();
    assert_eq!(found.len(), 1, "{told}");
    assert_eq!(found[0]["receipts"], 2, "{told}");
    assert_eq!(office.sent(FUND)[0]["state"], "acknowledged");
    // Once more is the same 受領書, recorded once.
    let (exit, told) = office.claim("ack", &own);
    assert_eq!(exit, 0, "{told}");
    assert_eq!(there(&office.history(FUND)), 1);
    assert_eq!(office.sent(FUND).len(), 1);
    assert_eq!(world.gateway().filed_receipts().len(), 2);
    world.stop();
    assert_eq!(events(&office.desk.ledger(), "gateway.confirmed").len(), 1);
    office.audit_is_intact();
}

/// Imports a certificate.
fn import(office: &Office, file: &Path) -> i32 {
    let output = reseplug(&office.desk.home)
        .args(["identity", "import", file.to_str().unwrap()])
        .write_stdin("sandbox\n")
        .output()
        .unwrap();
    crate::code(&output)
}

#[test]
fn a_certificate_that_is_wrong_expired_or_revoked_sends_nothing_and_a_good_one_goes_on() {
    let office = Office::small(1);
    office.approve(&[]);
    let world = office.world();
    let gateway = world.gateway();
    let institution = office.desk.told["institution"].as_str().unwrap().to_owned();
    let taken = || events(&office.desk.ledger(), "gateway.accepted").len();
    let own = gateway.client_p12_path_of(&institution);

    // Another station's certificate is refused before any connection is made.
    let elsewhere = tempfile::tempdir().unwrap();
    let others = GatewayOptions {
        institutions: vec!["1369999972".to_owned()],
        quick_keys: true,
        ..GatewayOptions::default()
    };
    let other = Gateway::start(elsewhere.path(), others).unwrap();
    assert_eq!(import(&office, &other.client_p12_path()), 0);
    let before = office.desk.ledger();
    for verb in ["submit", "submit"] {
        let text = office.stops(verb, &[], 3, "claim/other-certificate");
        assert!(
            text.contains("1369999972") && text.contains(&institution),
            "{text}"
        );
    }
    assert_eq!(office.desk.ledger(), before);
    assert_eq!(import(&office, &own), 0);

    // A gateway under another authority is not the gateway.
    let right = office.desk.folder("station_file");
    let settings = fs::read_to_string(&right).unwrap();
    let roots = gateway.ca_pem_path();
    let wrong = settings.replace(
        roots.to_str().unwrap(),
        other.ca_pem_path().to_str().unwrap(),
    );
    assert_ne!(wrong, settings);
    fs::write(&right, wrong).unwrap();
    let (exit, told) = office.by("submit", &[]);
    assert_ne!(exit, 0, "{told}");
    assert!(
        told["error"]["code"]
            .as_str()
            .unwrap()
            .starts_with("egress/"),
        "{told}"
    );
    fs::write(&right, &settings).unwrap();
    assert_eq!(taken(), 0);

    // Revoked in mid-week: nothing leaves; the person is told about the certificate.
    gateway.revoke_client(&institution).unwrap();
    let (exit, told) = office.by("submit", &[]);
    assert_ne!(exit, 0, "{told}");
    let text = told["error"]["message_ja"].as_str().unwrap().to_owned();
    assert!(text.contains("証明書"), "{text}");
    assert_eq!(taken(), 0);

    // One that ended in 2021 does not get far either.
    let expired = gateway.expired_p12_path(&institution).unwrap();
    if import(&office, &expired) == 0 {
        let (exit, told) = office.by("submit", &[]);
        assert_ne!(exit, 0, "{told}");
    }
    assert_eq!(taken(), 0);

    // With the new one the same command goes on.
    let new = gateway.reissue_client(&institution, None).unwrap();
    assert_eq!(import(&office, &new), 0);
    office.does("submit", &[]);
    office.does("confirm", &[]);
    assert_eq!((taken(), gateway.filed_receipts().len()), (2, 2));
    other.stop();
    world.stop();
}

#[test]
fn what_is_handed_over_because_the_line_is_down_waits_for_no_answer_of_the_gateway() {
    let office = Office::small(2);
    office.approve(&[]);
    office.world().stop();
    let (exit, ja, en) = office.reads("handover", &["--payer", FUND, "--by", WHO]);
    assert_eq!(exit, 0, "{ja}");
    assert!(ja.contains("ゲートウェイに尋ねられない"), "{ja}");
    assert!(!en.is_empty());
    // It stays to be seen until it is known to be filed.
    let told = office.history(FUND);
    assert!(told.iter().any(|e| e["event"] == "unasked"), "{told:?}");
    let (_, ja, _) = office.reads("week", &[]);
    assert!(ja.contains("確かめないまま引き渡しました"), "{ja}");
    let done = ["confirmed", "--errors", "include", "--payer", FUND];
    office.does("report", &done);
    let (_, ja, _) = office.reads("week", &[]);
    assert!(!ja.contains("確かめないまま"), "{ja}");
}

/// The command where every file may grow to so many blocks of 512 bytes, as if the disk were full
/// behind them: how it ended, its object, and what it said besides.
fn within(office: &Office, blocks: u32, args: &[&str]) -> (Option<i32>, String, String) {
    let line = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    let output = Command::new("sh")
        .current_dir(&office.desk.home)
        .args(["-c", &line, env!("CARGO_BIN_EXE_reseplug")])
        .args(args)
        .arg("--json")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    (
        output.status.code(),
        crate::stdout(&output),
        crate::stderr(&output),
    )
}

#[test]
fn on_a_full_disk_a_hand_over_waits_for_room_and_what_is_on_record_can_still_be_looked_at() {
    let office = Office::small(1);
    office.approve(&[]);
    let told = |args: &[&str]| {
        let (exit, told, text) = within(&office, 1, args);
        let exit = exit.unwrap_or_else(|| panic!("{args:?}: ended by a signal: {text}"));
        let told: Value =
            serde_json::from_str(&told).unwrap_or_else(|e| panic!("{e}: {told} {text}"));
        (exit, told, text)
    };
    let handover = ["claim", "handover", "--month", MONTH, "--by", WHO];
    let sent = [
        "claim", "report", "sent", "--payer", FUND, "--month", MONTH, "--by", WHO,
    ];
    for args in [&handover[..], &sent] {
        let (exit, refused, _) = told(args);
        assert!(exit > 1, "{args:?}: {refused}");
        assert_ne!(refused["error"]["code"], Value::Null, "{args:?}: {refused}");
        let (exit, week, said) = told(&["claim", "week", "--month", MONTH]);
        assert!(exit <= 1, "{week}");
        assert_eq!(week["payers"].as_array().unwrap().len(), 2, "{week}");
        assert!(
            !said.contains("エラー") && !said.contains("error"),
            "{said}"
        );
        let (exit, receipts, _) = told(&["claim", "receipts"]);
        assert!(exit <= 1 && receipts["receipts"].is_array(), "{receipts}");
        // There is room again: the same command goes on.
        let (exit, done) = office.desk.json(args);
        assert_eq!(exit, 0, "{args:?}: {done}");
    }
    assert_eq!(office.sent(FUND)[0]["state"], "sent");
    office.audit_is_intact();
}

#[test]
fn a_full_disk_is_told_and_the_same_command_goes_on_later() {
    let office = Office::small(2);
    let world = office.world();
    let within = |blocks: u32, args: &[&str]| within(&office, blocks, args);
    let approve = [
        "claim",
        "approve",
        "--month",
        MONTH,
        "--by",
        WHO,
        "--despite",
        "書面",
        "--seen",
        "確認書",
    ];
    let submit = ["claim", "submit", "--month", MONTH, "--by", WHO];
    let confirm = ["claim", "confirm", "--month", MONTH, "--by", WHO];
    for args in [&approve[..], &submit, &confirm] {
        let mut failed = 0;
        for blocks in [1, 16, 96] {
            let (exit, told, text) = within(blocks, args);
            let exit =
                exit.unwrap_or_else(|| panic!("{args:?} {blocks}: ended by a signal: {text}"));
            if exit != 0 {
                failed += 1;
                let told: Value =
                    serde_json::from_str(&told).unwrap_or_else(|e| panic!("{e}: {told} {text}"));
                let code = told["error"]["code"].as_str().unwrap_or_default();
                assert!(!code.is_empty(), "{args:?} {blocks}: {told}");
            }
            // The store opens, and what it has is whole.
            let (exit, told) = office.desk.json(&["audit", "verify"]);
            assert!(
                exit == 0 || told["error"]["code"] == "journal/none",
                "{told}"
            );
        }
        assert!(failed > 0, "{args:?} needed no room at all");
        let (exit, told) = office.desk.json(args);
        assert_eq!(exit, 0, "{args:?}: {told}");
    }
    assert_eq!(world.gateway().filed_receipts().len(), 4);
    world.stop();
    assert_eq!(events(&office.desk.ledger(), "gateway.confirmed").len(), 2);
    office.audit_is_intact();
}

#[test]
fn killed_at_any_moment_the_same_command_ends_with_one_filing() {
    let office = Office::new("hidamari");
    let world = office.world();
    let mut people = 0;
    for round in 0..3 {
        office.some(FUND, round..round + 1, MONTH);
        office.approve(&[]);
        let again = ["--again", "追加分", "--payer", FUND];
        for (verb, more) in [("submit", &again[..]), ("confirm", &["--payer", FUND])] {
            for after in [40, 130, 260] {
                let mut child = Command::new(env!("CARGO_BIN_EXE_reseplug"))
                    .current_dir(&office.desk.home)
                    .args(["claim", verb, "--month", MONTH, "--by", WHO])
                    .args(more)
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .spawn()
                    .unwrap();
                std::thread::sleep(Duration::from_millis(after + round as u64 * 35));
                child.kill().unwrap();
                child.wait().unwrap();
            }
            office.does(verb, more);
        }
        people += 1;
        assert_eq!(
            world.gateway().filed_receipts().len(),
            people,
            "round {round}"
        );
    }
    let here = office.receipts();
    assert_eq!(
        here.iter().filter(|one| one["place"] == "filed").count(),
        people
    );
    world.stop();
    let confirmed = events(&office.desk.ledger(), "gateway.confirmed");
    assert_eq!(confirmed.len(), people, "{confirmed:?}");
    let (_, open) = office.desk.json(&["jobs", "list", "--open"]);
    assert_eq!(open["jobs"], serde_json::json!([]));
    office.audit_is_intact();
}
