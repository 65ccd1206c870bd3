//! Consents, evidence, medical information and reference numbers at a station of its own.

use crate::station::{Desk, quick};
use crate::{code, run, stdout};
use serde_json::{Value, json as value};
use std::fs;

const SEPTEMBER: [&str; 5] = ["intake", "--from", "2024-09-01", "--to", "2024-09-30"];
const BY: [&str; 2] = ["--by", "架空 花子"];

/// A station that collected September's card readings.
fn collected() -> (Desk, reseplug_sandbox::RunningSandbox) {
    let desk = Desk::new("hidamari");
    let world = desk.world(quick());
    let (exit, told) = desk.json(&SEPTEMBER);
    assert_eq!(exit, 0, "{told}");
    (desk, world)
}

/// The consents of one person, by kind.
fn consent<'l>(list: &'l Value, kind: &str) -> &'l Value {
    list["consents"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["kind"] == kind)
        .unwrap_or_else(|| panic!("{kind}: {list}"))
}

#[test]
fn who_agreed_to_what_is_listed_with_the_answer_that_says_so() {
    let (desk, _world) = collected();
    let (exit, list) = desk.json(&["consents", "list", "--person", "H0003"]);
    assert_eq!(exit, 0);
    // 限度額・薬剤・診療 of people.toml; 健診 and 手術 were declined.
    assert_eq!(list["consents"].as_array().unwrap().len(), 3, "{list}");
    let limit = consent(&list, "limit");
    assert_eq!(limit["state"], "live");
    let drugs = consent(&list, "PharmacistsInfo");
    // Given in 2024; the sandbox lets it end after three months.
    assert_eq!(drugs["state"], "expired");
    assert_eq!(drugs["kind_ja"], "薬剤情報");
    assert_eq!(drugs["source"]["message"], "OQSmuhvq02res");
    assert!(
        drugs["given_at"]
            .as_str()
            .unwrap()
            .starts_with("2024-09-05")
    );

    let (_, all) = desk.json(&["consents", "list", "--person", "H0003", "--all"]);
    assert_eq!(consent(&all, "OperationInfo")["state"], "declined");
    let text = stdout(&run(&desk.home, &["consents", "list", "--lang", "ja"]));
    for word in ["沢口", "期限切れ", "有効"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    let (exit, told) = desk.json(&["consents", "list", "--person", "X9"]);
    assert_eq!(
        (exit, &told["error"]["code"]),
        (2, &"person/unknown".into())
    );
}

#[test]
fn a_withdrawn_consent_is_recorded_at_once_and_no_later_collection_brings_it_back() {
    let (desk, _world) = collected();
    let withdraw = [
        &["consents", "withdraw", "H0003", "--kinds", "限度額"][..],
        &BY,
        &["--reason", "電話で申し出"],
    ]
    .concat();
    let state = || {
        consent(
            &desk.json(&["consents", "list", "--person", "H0003"]).1,
            "limit",
        )["state"]
            .clone()
    };
    let (exit, told) = desk.json(&[&withdraw[..], &["--dry-run"]].concat());
    assert_eq!((exit, &told["dry_run"]), (0, &true.into()), "{told}");
    // How it would stand, and that the centre could not be told; as it stands, it is untouched.
    assert_eq!(told["ended"][0]["state"], "withdrawn", "{told}");
    assert_eq!(told["centre"]["centre"], "could-not-be-told", "{told}");
    assert_eq!(state(), "live");

    let (exit, told) = desk.json(&withdraw);
    // Staff have to act in the official screen themselves.
    assert_eq!(exit, 1, "{told}");
    assert_eq!(told["centre"]["centre"], "not-told");
    assert_eq!(told["ended"][0]["kind"], "limit");
    assert_eq!(told["ended"][0]["state"], "withdrawn");
    assert_eq!(state(), "withdrawn");
    // The same once more is the same withdrawal.
    let (_, again) = desk.json(&withdraw);
    assert_eq!(again["withdrawals"], told["withdrawals"]);

    let (exit, _) = desk.json(&[&SEPTEMBER[..], &["--again"]].concat());
    assert_eq!(exit, 0);
    assert_eq!(state(), "withdrawn");
    for (more, fault) in [
        (&["--reason", " "][..], "consents/by"),
        (&["--reason", "x", "--kinds", "薬"], "consents/kind"),
    ] {
        let kinds: &[&str] = if more.contains(&"--kinds") {
            &[]
        } else {
            &["--kinds", "薬剤"]
        };
        let args = [&["consents", "withdraw", "H0003"][..], kinds, &BY, more].concat();
        let (exit, told) = desk.json(&args);
        assert_eq!((exit, &told["error"]["code"]), (2, &fault.into()));
    }
    assert_eq!(desk.json(&["audit", "verify"]).0, 0);
}

#[test]
fn a_withdrawal_counts_at_once_although_the_register_is_gone_or_broken() {
    let desk = Desk::new("aozora");
    let _world = desk.world(quick());
    desk.json(&["intake", "--from", "2024-09-01", "--to", "2024-10-31"]);
    let (_, list) = desk.json(&["consents", "list"]);
    let own = |c: &&Value| c["person_key"].as_str().unwrap().starts_with('A');
    let consents = list["consents"].as_array().unwrap();
    let [one, other] = ["limit", "PharmacistsInfo"].map(|kind| {
        let mut own = consents.iter().filter(own);
        own.find(|c| c["kind"] == kind).unwrap()["person_key"]
            .as_str()
            .unwrap()
    });
    let path = desk.home.join("RIYOSHA.CSV");
    let register = fs::read(&path).unwrap();
    let withdraw = |person: &str, kinds: &str| {
        let what = ["consents", "withdraw", person, "--kinds", kinds];
        desk.json(&[&what[..], &BY, &["--reason", "電話"]].concat())
    };
    fs::remove_file(&path).unwrap();
    let (exit, told) = withdraw(one, "限度額");
    assert_eq!(exit, 1, "{told}");
    assert_eq!(told["ended"][0]["state"], "withdrawn", "{told}");
    let why = told["unread"]["ja"].as_str().unwrap();
    assert!(why.contains("RIYOSHA.CSV"), "{why}");
    fs::write(&path, "これは台帳ではない").unwrap();
    let (exit, told) = withdraw(other, "薬剤");
    assert_eq!((exit, told["unread"].is_null()), (1, false), "{told}");
    // Whom nobody has on record may stand in the register: that is what has to be set right.
    let (exit, told) = withdraw("X9", "薬剤");
    assert_eq!(exit, 2);
    assert_ne!(told["error"]["code"], "person/unknown");
    fs::write(&path, register).unwrap();
    for (person, kind) in [(one, "limit"), (other, "PharmacistsInfo")] {
        let (_, list) = desk.json(&["consents", "list", "--person", person]);
        assert_eq!(consent(&list, kind)["state"], "withdrawn", "{person}");
    }
}

#[test]
fn the_first_confirmation_and_the_months_since_are_listed_and_printed() {
    let (desk, _world) = collected();
    let html = desk.home.join("記録.html");
    let (exit, list) = desk.json(&[
        "evidence",
        "list",
        "--month",
        "2024-10",
        "--html",
        html.to_str().unwrap(),
    ]);
    assert_eq!(exit, 0, "{list}");
    let one = list["people"]
        .as_array()
        .unwrap()
        .iter()
        .find(|p| p["person_key"] == "H0003")
        .unwrap();
    assert_eq!(one["first"]["method"], "card");
    assert_eq!(one["first"]["as_of"], "2024-09-05");
    // The card was read at a visit in September; October's receipt lies there.
    assert_eq!(one["served"], value!(["2024-09", "2024-10"]));
    assert_eq!(one["continuity"], "every-month");
    assert_eq!(one["in_month"], value!([]));
    let page = fs::read_to_string(&html).unwrap();
    for word in ["沢口", "2024年9月5日", "第8条第3号", "未確認", "size: A4"] {
        assert!(page.contains(word), "{word}");
    }

    // Printed again, the page gives way to its like; what else lies there does not.
    let register = b"somebody's";
    fs::write(desk.home.join("RIYOSHA.CSV"), register).unwrap();
    let print = |file: &str| {
        let month = ["evidence", "worksheet", "--month", "2024-09", "--html"];
        desk.json(&[&month[..], &[file]].concat())
    };
    assert_eq!(print(html.to_str().unwrap()).0, 0);
    let of_a_person = ["--by", "架空 花子", "--for", "before-visit", "--pdf"];
    let look = [&["view", "checkup", "H0003"][..], &of_a_person].concat();
    let page = ["consents", "page", "--qr"];
    for (args, file) in [(&look[..], "RIYOSHA.CSV"), (&page, "page.pdf")] {
        fs::write(desk.home.join("page.pdf"), b"ours").unwrap();
        let (exit, told) = desk.json(&[args, &[file]].concat());
        let fault = &told["error"]["code"];
        assert_eq!((exit, fault), (2, &"file/exists".into()), "{told}");
    }
    for file in ["RIYOSHA.CSV", "new/../RIYOSHA.CSV"] {
        let (exit, told) = print(file);
        let fault = &told["error"]["code"];
        assert_eq!((exit, fault), (2, &"file/exists".into()), "{told}");
    }
    assert_eq!(fs::read(desk.home.join("RIYOSHA.CSV")).unwrap(), register);

    let (exit, sheet) = desk.json(&["evidence", "worksheet", "--month", "2024-09"]);
    assert_eq!(exit, 0);
    let shown = |id: &str| {
        sheet["conditions"]
            .as_array()
            .unwrap()
            .iter()
            .find(|c| c[0]["id"] == id)
            .unwrap()
            .clone()
    };
    assert_eq!(shown("notice-web")[0]["shown"], "person");
    assert_eq!(shown("notice-web")[1], "");
    assert!(shown("electronic")[1].as_str().unwrap().contains("カード"));
}

#[test]
fn the_text_of_the_app_is_a_note_and_no_confirmation() {
    let desk = Desk::new("hidamari");
    let file = desk.dir.path().join("text.txt");
    fs::write(
        &file,
        "氏名：沢口　浩二\n生年月日：昭和44年7月20日\n番号：2163\n確認日：令和6年10月2日\n",
    )
    .unwrap();
    let note = [
        &[
            "evidence",
            "note",
            "H0003",
            "--file",
            file.to_str().unwrap(),
        ][..],
        &BY,
    ]
    .concat();
    let (exit, told) = desk.json(&[&note[..], &["--dry-run"]].concat());
    assert_eq!(exit, 0, "{told}");
    for _ in 0..2 {
        let (exit, told) = desk.json(&note);
        assert_eq!(exit, 0, "{told}");
        assert_eq!(told["note"]["day"], "2024-10-02");
    }
    let (_, list) = desk.json(&["evidence", "list", "--month", "2024-10"]);
    let one = list["people"]
        .as_array()
        .unwrap()
        .iter()
        .find(|p| p["person_key"] == "H0003")
        .unwrap();
    assert_eq!(one["notes"].as_array().unwrap().len(), 1, "{one}");
    assert_eq!(one["first"], Value::Null);
    assert!(!one.to_string().contains("2163"), "{one}");

    // Somebody else's text.
    let other = [
        &[
            "evidence",
            "note",
            "H0004",
            "--file",
            file.to_str().unwrap(),
        ][..],
        &BY,
    ]
    .concat();
    let (exit, told) = desk.json(&other);
    assert_eq!(
        (exit, &told["error"]["code"]),
        (2, &"note/other-person".into())
    );
}

#[test]
fn medical_information_is_refused_under_an_expired_consent_and_the_refusal_is_audited() {
    let (desk, _world) = collected();
    let look = [
        &["view", "drugs", "H0003", "--for", "before-visit"][..],
        &BY,
    ]
    .concat();
    let (_, before) = desk.json(&["audit", "verify"]);
    let (exit, told) = desk.json(&look);
    assert_eq!(
        (exit, &told["error"]["code"]),
        (3, &"consent/expired".into())
    );
    let message = told["error"]["message_ja"].as_str().unwrap();
    assert!(message.contains("期限が切れました"), "{message}");
    let (exit, after) = desk.json(&["audit", "verify"]);
    assert_eq!(exit, 0);
    assert_eq!(
        after["rows"].as_u64().unwrap(),
        before["rows"].as_u64().unwrap() + 1
    );
    // Who gave no consent to checkups is refused for that.
    let checkup = [&["view", "checkup", "H0002", "--for", "urgent"][..], &BY].concat();
    let (exit, told) = desk.json(&checkup);
    assert_eq!(
        (exit, &told["error"]["code"]),
        (3, &"consent/declined".into())
    );
    assert!(!desk.ledger().contains("YZKsiquc"));
}

#[test]
fn reference_numbers_are_registered_only_where_the_station_wants_it_and_once() {
    let (desk, _world) = collected();
    let (exit, told) = desk.json(&["register"]);
    assert_eq!(
        (exit, &told["error"]["code"]),
        (3, &"references/off".into())
    );
    assert!(
        told["error"]["message_ja"]
            .as_str()
            .unwrap()
            .contains("上書き")
    );
    let output = run(&desk.home, &["register", "--lang", "en"]);
    assert_eq!(code(&output), 3);

    desk.settings(|text| text + "\n[references]\nenabled = true\nby = \"所長\"\n");
    let count = |report: &Value, outcome: &str| {
        report["people"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|p| p["outcome"] == outcome)
            .count()
    };
    let (exit, rehearsal) = desk.json(&["register", "--dry-run"]);
    assert_eq!(exit, 0, "{rehearsal}");
    let due = count(&rehearsal, "due");
    assert!(due > 40, "{rehearsal}");
    assert!(!desk.ledger().contains("imm01req"));

    let (exit, one) = desk.json(&["register", "--person", "H0003"]);
    assert_eq!(exit, 0, "{one}");
    assert_eq!(count(&one, "registered"), 1, "{one}");
    assert!(desk.ledger().contains("OQSsiimm01req"));

    let (exit, all) = desk.json(&["register"]);
    assert_eq!(exit, 0, "{all}");
    assert_eq!(count(&all, "registered"), due - 1, "{all}");
    assert_eq!(count(&all, "unchanged"), 1);
    let ledger = desk.ledger();
    assert!(ledger.contains("OQSmuimm01req"));

    let (exit, again) = desk.json(&["register"]);
    assert_eq!(exit, 0);
    assert_eq!(count(&again, "unchanged"), due, "{again}");
    assert_eq!(desk.ledger(), ledger, "the centre was bothered again");
    assert_eq!(desk.json(&["audit", "verify"]).0, 0);
}

#[test]
fn somebody_with_the_name_of_a_user_is_added_as_new_by_a_named_persons_word_alone() {
    let desk = Desk::new("aozora");
    // On file is a namesake, born the day before.
    let path = desk.home.join("RIYOSHA.CSV");
    let register = fs::read(&path).unwrap();
    let born = b"1951/04/18";
    let at = register
        .windows(born.len())
        .position(|window| window == born)
        .unwrap();
    let other = [&register[..at], b"1951/04/17", &register[at + born.len()..]].concat();
    fs::write(&path, other).unwrap();
    let _world = desk.world(quick());
    let intake = ["intake", "--from", "2024-10-08", "--to", "2024-10-08"];
    let (exit, told) = desk.json(&intake);
    assert_eq!(exit, 1, "{told}");
    let proposals = told["proposals"].as_array().unwrap();
    let one = proposals.iter().find(|p| p["as_new"] == true).unwrap();
    assert_eq!(
        (&one["outcome"], &one["reason"]),
        (&"unmatched".into(), &"not-certain".into())
    );
    assert_eq!(one["candidates"][0]["key"], "A0058");
    assert_eq!(told["counts"]["people_added"], 0, "no policy adds them");
    let id = one["id"].as_str().unwrap();
    let text = stdout(&run(&desk.home, &[&intake[..], &["--lang", "ja"]].concat()));
    assert!(text.contains("別の方なら") && text.contains(id), "{text}");

    let file = desk.home.join("accept.json");
    let yes = value!({ "by": "架空 花子", "proposals": { id: true } });
    fs::write(&file, yes.to_string()).unwrap();
    let accept = ["--accept", file.to_str().unwrap()];
    let (_, told) = desk.json(&[&intake[..], &accept].concat());
    assert_eq!(told["counts"]["people_added"], 1, "{told}");
    let added = told["proposals"].as_array().unwrap();
    let one = added.iter().find(|p| p["id"] == id).unwrap();
    assert_eq!(one["accepted"]["by"], "架空 花子");
    let written = fs::read(desk.home.join("out/RIYOSHA.CSV")).unwrap();
    assert_eq!(
        written.split(|b| *b == b'\n').count(),
        register.split(|b| *b == b'\n').count() + 1
    );
}
