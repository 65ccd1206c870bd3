//! Nothing is filed twice by mistake; a named person may say why it goes out all the same.

use super::{FEDERATION, FUND, MONTH, Office, WHO, texts};
use crate::demo::events;
use crate::{code, run, stdout};
use serde_json::{Value, json as value};
use std::process::{Command, Stdio};

#[test]
fn the_same_content_leaves_once_whatever_the_channel_and_again_only_with_a_reason() {
    let office = Office::small(2);
    office.approve(&[]);
    let world = office.world();
    office.does("submit", &[]);
    let text = office.stops("handover", &[], 3, "claim/left-before");
    assert!(text.contains("--again"), "{text}");
    assert!(!office.desk.home.join("handover/2024-11").exists());

    // Cancelled, the same is legally sent once more; the program asks why, once.
    office.does("withdraw", &[]);
    office.stops("submit", &[], 3, "claim/left-before");
    office.stops("submit", &["--again", "  "], 2, "accept/no-reason");
    let why = "国保連の指示で取り消した。内容は同じ";
    let sent = office.does("submit", &["--again", why]);
    for one in sent["filings"].as_array().unwrap() {
        assert_eq!(
            (&one["sequence"], &one["state"]),
            (&2.into(), &"sent".into()),
            "{one}"
        );
    }
    // Given again without a reason it is that sending, not a third.
    let same = office.does("submit", &[]);
    for one in same["filings"].as_array().unwrap() {
        assert_eq!(one["sequence"], 2, "{one}");
        assert_ne!(one["already_by"], Value::Null, "{one}");
    }
    let told = office.history(FUND);
    let overruled: Vec<&Value> = told.iter().filter(|e| e["event"] == "overruled").collect();
    assert_eq!(overruled.len(), 1, "{told:?}");
    assert_eq!(
        (&overruled[0]["reason"], &overruled[0]["by"]),
        (&why.into(), &WHO.into())
    );
    let (_, ja, _) = office.reads("history", &[]);
    assert!(ja.contains("重複と知って続行"), "{ja}");

    // After the confirmation an additional file goes only on purpose.
    office.does("confirm", &[]);
    office.people(2..4, MONTH);
    office.approve(&[]);
    office.stops("submit", &["--payer", FUND], 3, "claim/other-content");
    let more = ["--again", "追加分。前回に入れ忘れた二名", "--payer", FUND];
    let sent = office.does("submit", &more);
    assert_eq!(sent["filings"][0]["sequence"], 3);
    office.does("confirm", &["--payer", FUND]);
    let (exit, receipts) = office.desk.json(&["claim", "receipts"]);
    assert_eq!((exit, &receipts["claimed_twice"]), (0, &value!([])));
    let filed = receipts["receipts"].as_array().unwrap();
    let filed = filed.iter().filter(|one| one["place"] == "filed").count();
    assert_eq!(filed, 2 + 2 + 2);

    // A confirmed receipt that stands in a file anew is named before the approval.
    office.people(1..3, MONTH);
    let reasons = ["--despite", "書面で確認した", "--seen", "資格確認書"];
    let text = office.stops("approve", &reasons, 3, "claim/claimed-before");
    assert!(text.contains("請求済み"), "{text}");
    world.stop();
    let accepted = events(&office.desk.ledger(), "gateway.accepted");
    assert_eq!(accepted.len(), 5, "{accepted:?}");
}

#[test]
fn last_months_receipts_under_another_month_are_stopped_at_the_approval_and_at_the_sending() {
    let office = Office::small(2);
    let world = office.world();
    // Both months approved before anything is filed: the second is stopped when it is sent.
    office.people(0..2, "2024-12");
    office.approve_of("2024-12", &[]);
    office.people(0..2, MONTH);
    office.approve(&[]);
    office.does("submit", &[]);
    office.does("confirm", &[]);
    let december = |more: &[&str]| {
        office.claim_of(
            "2024-12",
            "submit",
            &[more, &["--payer", FUND, "--by", WHO]].concat(),
        )
    };
    let (exit, told) = december(&[]);
    assert_eq!(
        (exit, &told["error"]["code"]),
        (3, &"claim/claimed-before".into()),
        "{told}"
    );
    assert!(
        told["error"]["message_ja"]
            .as_str()
            .unwrap()
            .contains("2024-11請求分"),
        "{told}"
    );

    office.people(0..2, "2024-12");
    let reasons = [
        "--despite",
        "書面で確認した",
        "--seen",
        "資格確認書",
        "--by",
        WHO,
    ];
    let (exit, told) = office.claim_of("2024-12", "approve", &reasons);
    assert_eq!(
        (exit, &told["error"]["code"]),
        (3, &"claim/claimed-before".into()),
        "{told}"
    );
    let (_, check) = office.claim_of("2024-12", "check", &[]);
    assert_eq!(check["duplicates"].as_array().unwrap().len(), 4, "{check}");

    // With a reason it goes, the reason is on record, and the double stays in view.
    let why = "11月分は取下げを依頼済み";
    let approval = office.approve_of("2024-12", &["--again", why]);
    assert_eq!(approval["report"]["duplicates"][0]["reason"], why);
    let (exit, told) = december(&[]);
    let twice = told["claimed_twice"].as_array().unwrap().len();
    assert_eq!((exit, twice), (1, 2), "{told}");
    let (_, told) = office.claim_of("2024-12", "history", &[]);
    let told = told["events"].as_array().unwrap();
    assert!(
        told.iter()
            .any(|e| e["event"] == "overruled" && e["reason"] == why),
        "{told:?}"
    );
    let (exit, receipts) = office.desk.json(&["claim", "receipts"]);
    assert_eq!(exit, 1, "{receipts}");
    assert_eq!(
        receipts["claimed_twice"].as_array().unwrap().len(),
        2,
        "{receipts}"
    );
    let shown = run(&office.desk.home, &["claim", "receipts", "--lang", "ja"]);
    let (exit, ja) = (code(&shown), stdout(&shown));
    assert!(
        exit == 1 && ja.contains("別の送信にも入っています（確定すると二重請求）"),
        "{ja}"
    );

    // Wherever the office looks at either month, it is told, and what to do.
    for month in [MONTH, "2024-12"] {
        for (verb, more) in [
            ("week", &[][..]),
            ("settle", &[]),
            ("summary", &["-o", "総括.html"]),
        ] {
            let (exit, told) = office.claim_of(month, verb, more);
            let twice = told["claimed_twice"].as_array().unwrap();
            assert_eq!((exit, twice.len()), (1, 2), "{month} {verb}: {told}");
        }
        let page = std::fs::read_to_string(office.desk.home.join("総括.html")).unwrap();
        assert!(
            page.contains("請求済みで、別の送信にも入っているレセプト（確定すると二重請求）　2件")
                && page.contains("2024-11請求分 支払基金 第1回 1番")
                && page.contains("2024-12請求分 支払基金 第1回 1番"),
            "{page}"
        );
    }
    for verb in ["week", "settle"] {
        let (exit, ja, en) = office.reads(verb, &[]);
        assert_eq!(exit, 1);
        assert!(
            ja.contains("別の送信にも入っています") && ja.contains("claim take-down"),
            "{ja}"
        );
        assert!(
            en.contains("confirmed, it would be filed twice") && en.contains("claim take-down"),
            "{en}"
        );
    }
    // With the other payer, and in a month that has nothing to do with it, nothing is twice.
    let none = |month: &str, verb: &str, more: &[&str]| {
        let (_, told) = office.claim_of(month, verb, more);
        assert_eq!(told["claimed_twice"], value!([]), "{month} {verb}: {told}");
    };
    none("2024-12", "week", &["--payer", FEDERATION]);
    none("2024-12", "settle", &["--payer", FEDERATION]);
    none("2025-01", "settle", &[]);
    world.stop();
}

#[test]
fn the_last_approval_counts_even_when_it_is_of_what_was_approved_before_another() {
    let office = Office::small(2);
    let first = office.approve(&[]);
    office.people(0..3, MONTH);
    let second = office.approve(&[]);
    assert_ne!(first["report"]["files"], second["report"]["files"]);
    // The third person is to wait after all: the office goes back to the first file.
    office.people(0..2, MONTH);
    let third = office.approve(&[]);
    assert_eq!(first["report"]["files"], third["report"]["files"]);
    let handed = office.does("handover", &["--dry-run"]);
    assert_eq!(handed["filings"][0]["receipts"], 2, "{handed}");
    assert_eq!(
        handed["filings"][0]["sha256"],
        first["report"]["files"][0]["file"]["digest"]
    );
}

#[test]
fn a_payer_for_whom_nothing_was_approved_is_named() {
    let office = Office::small(1);
    let (_, check) = office.claim("check", &[]);
    let all = check["receipts"].as_array().unwrap();
    let payer = "national-health-federation";
    let held = all.iter().find(|one| one["receipt"]["payer"] == payer);
    let id = held.unwrap()["id"].as_str().unwrap();
    let accept = office.desk.dir.path().join("hold.json");
    let hold = value!({ "by": WHO, "hold": { id: "指示書を待っている" } });
    std::fs::write(&accept, hold.to_string()).unwrap();
    office.approve(&["--accept", accept.to_str().unwrap()]);
    let text = office.stops(
        "handover",
        &["--payer", FEDERATION],
        2,
        "claim/nothing-for-payer",
    );
    assert!(text.contains("国保連"), "{text}");
    let handed = office.does("handover", &[]);
    assert_eq!(handed["filings"].as_array().unwrap().len(), 1, "{handed}");
    let (_, week) = office.claim("week", &["--payer", FEDERATION]);
    assert_eq!(week["payers"][0]["done"], true, "{week}");
}

#[test]
fn two_pcs_that_send_at_once_file_once() {
    let office = Office::small(2);
    office.approve(&[]);
    let world = office.world();
    let start = |verb: &str| {
        Command::new(env!("CARGO_BIN_EXE_reseplug"))
            .current_dir(&office.desk.home)
            .args(["claim", verb, "--month", MONTH, "--by", WHO, "--json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    for verb in ["submit", "confirm"] {
        let both = [start(verb), start(verb), start(verb)];
        for one in both {
            let output = one.wait_with_output().unwrap();
            let told = String::from_utf8_lossy(&output.stdout).into_owned();
            // Whoever comes second is told that it left, or to try again shortly.
            let exit = output.status.code().unwrap();
            assert!([0, 4].contains(&exit), "{verb} {exit}: {told}");
        }
        office.does(verb, &[]);
    }
    for payer in [FUND, FEDERATION] {
        let told = office.history(payer);
        let kinds = texts(&told, "event");
        for kind in ["submitted", "confirmed"] {
            let times = kinds.iter().filter(|k| **k == kind).count();
            assert_eq!(times, 1, "{kinds:?}");
        }
    }
    assert_eq!(world.gateway().filed_receipts().len(), 4);
    world.stop();
    let ledger = office.desk.ledger();
    for kind in ["gateway.accepted", "gateway.confirmed"] {
        assert_eq!(events(&ledger, kind).len(), 2, "{kind}");
    }
    office.audit_is_intact();
}

#[test]
fn what_was_filed_in_the_official_terminal_is_not_confirmed_over_the_gateway_unasked() {
    let office = Office::small(2);
    office.approve(&[]);
    let world = office.world();
    office.does("submit", &["--payer", FUND]);
    // Another program's file with the same people was filed in the official terminal.
    let mut other = office.made(FUND);
    super::wrong_days(&mut other, 0);
    let path = office.desk.dir.path().join("RECEIPTH.UKE");
    std::fs::write(&path, other.to_bytes()).unwrap();
    let file = ["--file", path.to_str().unwrap()];
    let args = [&["confirmed", "--payer", FUND], &file[..]].concat();
    office.by("report", &args);
    let text = office.stops("confirm", &["--payer", FUND], 3, "claim/two-sendings");
    assert!(
        text.contains("すでに請求確定しています") && text.contains("claim withdraw"),
        "{text}"
    );
    assert_ne!(office.sent(FUND)[0]["state"], "confirmed");
    world.stop();
}

#[test]
fn a_receipt_that_was_given_up_after_the_approval_does_not_leave_unasked() {
    let office = Office::small(2);
    office.approve(&[]);
    let late = office.late();
    let id = late[0]["id"].as_str().unwrap();
    let (exit, told) =
        office
            .desk
            .json(&["claim", "drop", id, "--reason", "自費にした", "--by", WHO]);
    assert_eq!(exit, 0, "{told}");
    let world = office.world();
    let payer = match late[0]["payer"].as_str() {
        Some("social-insurance-fund") => FUND,
        _ => "2",
    };
    let text = office.stops("submit", &["--payer", payer], 3, "claim/given-up");
    assert!(
        text.contains("自費にした") && text.contains("drop --undo"),
        "{text}"
    );
    assert_eq!(world.gateway().submissions().len(), 0);
    let (exit, told) = office.desk.json(&[
        "claim",
        "drop",
        id,
        "--undo",
        "--reason",
        "やはり請求する",
        "--by",
        WHO,
    ]);
    assert_eq!(exit, 0, "{told}");
    office.does("submit", &["--payer", payer]);
    world.stop();
}

#[test]
fn what_was_refused_once_is_held_against_the_record_when_it_goes_again() {
    let office = Office::small(2);
    office.approve(&[]);
    // Somebody's file lies in the folder: nothing is handed over.
    let name = format!("handover/{MONTH}/1-支払基金/RECEIPTH.UKE");
    let path = office.desk.home.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, "HM,").unwrap();
    let (exit, told) = office.by("handover", &["--payer", FUND]);
    assert_ne!(exit, 0, "{told}");
    let late = office.late();
    let own = |one: &&Value| one["payer"] == "social-insurance-fund";
    let id = late.iter().find(own).unwrap()["id"].as_str().unwrap();
    let by = ["--reason", "自費にした", "--by", WHO];
    let (exit, told) = office
        .desk
        .json(&[&["claim", "drop", id], &by[..]].concat());
    assert_eq!(exit, 0, "{told}");
    std::fs::remove_file(&path).unwrap();
    office.stops("handover", &["--payer", FUND], 3, "claim/given-up");
    // A reason for sending is none for what was decided by name.
    let again = ["--payer", FUND, "--again", "急ぐ"];
    office.stops("handover", &again, 3, "claim/given-up");
    assert!(!path.exists());
    let undo = [&["claim", "drop", id, "--undo"], &by[..]].concat();
    assert_eq!(office.desk.json(&undo).0, 0);
    office.does("handover", &["--payer", FUND]);
    assert!(path.exists());
}

#[test]
fn a_reported_confirmation_that_was_cancelled_once_stands_against_another_file() {
    let office = Office::small(2);
    office.approve(&[]);
    office.does("handover", &["--payer", FUND]);
    office.does("report", &["confirmed", "--payer", FUND]);
    let (exit, told) = office.by("report", &["cancelled", "--payer", FUND]);
    assert_eq!(exit, 1, "{told}");
    office.people(0..1, MONTH);
    let reasons = ["--despite", "書面", "--seen", "資格確認書"];
    office.stops("approve", &reasons, 3, "claim/claimed-before");
    // Said once more, it was cancelled, and the other file leaves.
    office.does("report", &["cancelled", "--payer", FUND]);
    office.does("approve", &reasons);
    office.does("handover", &["--payer", FUND]);
}
