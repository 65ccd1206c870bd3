//! A month over the gateway, from the check to the 受領書, and what is found on the way.

use super::{FEDERATION, FUND, Hands, Office, WHO, names, no_disease, texts, wrong_days};
use crate::demo::events;
use reseplug_sandbox::gateway::GatewayOptions;
use serde_json::{Value, json as value};
use std::fs;

/// Of a list of filings the one of a payer.
fn of<'v>(list: &'v Value, payer: &str) -> &'v Value {
    let all = list.as_array().unwrap();
    let own = |one: &&Value| {
        let key = one["key"].as_str().or(one["sent"]["key"].as_str()).unwrap();
        key.split('/').nth(1) == Some(payer)
    };
    all.iter().find(own).unwrap_or_else(|| panic!("{list}"))
}

#[test]
fn a_month_is_checked_approved_sent_corrected_sent_again_confirmed_and_acknowledged() {
    let office = Office::small(4);
    // The host's own checker would name both faults before anything leaves.
    let without_checker = |text: String| text.replace("[\"basic-checker\"]", "[]");
    office.desk.settings(without_checker);
    let right = fs::read(office.document(FUND)).unwrap();
    office.product(FUND, |file| {
        wrong_days(file, 0);
        no_disease(file, 1);
    });
    let people = names(&office.made(FUND));
    let world = office.world();

    // Nobody's coverage was looked up: nothing is approved until somebody says what they saw.
    let (exit, report) = office.claim("check", &[]);
    assert_eq!(exit, 1, "{report}");
    assert_eq!(report["files"].as_array().unwrap().len(), 2);
    // What asks for it is named, as long as it has not been run.
    assert_eq!(report["fill_not_run"], true, "{report}");
    let (_, ja, en) = office.reads("check", &[]);
    assert!(
        ja.contains("`reseplug fill`") && en.contains("`reseplug fill`"),
        "{ja}{en}"
    );
    office.stops("approve", &[], 3, "claim/unanswered");
    office.stops("submit", &[], 3, "claim/not-approved");
    office.approve(&[]);

    // It leaves once per payer, and a colleague who says it again is told that it left.
    let sent = office.does("submit", &[]);
    for payer in [FUND, FEDERATION] {
        let one = of(&sent["filings"], payer);
        assert_eq!(
            (&one["state"], &one["sequence"]),
            (&"sent".into(), &1.into()),
            "{one}"
        );
        assert_eq!(
            (&one["by"], &one["receipts"]),
            (&WHO.into(), &4.into()),
            "{one}"
        );
    }
    let again = office.does("submit", &[]);
    assert_eq!(
        of(&again["filings"], FUND)["already_by"],
        of(&sent["filings"], FUND)["job"]
    );

    // What 受付・事務点検 found stands beside the receipt, the record and the field, with what to do.
    let (exit, status) = office.claim("status", &[]);
    assert_eq!(exit, 0, "{status}");
    let fund = of(&status["gateway"], FUND);
    let counts = ["normal", "attention", "rejected"].map(|name| fund["counts"][name].clone());
    assert_eq!(
        counts,
        [2.into(), 1.into(), 1.into()].map(|n: Value| n),
        "{fund}"
    );
    let found = fund["findings"].as_array().unwrap();
    for (code, receipt, record, field) in [("R-HO-04", 1, "HO", "5"), ("R-SY-01", 2, "SY", "4")] {
        let one = found.iter().find(|f| f["code"] == code).unwrap();
        assert_eq!(one["receipt"], receipt, "{one}");
        assert_eq!(
            (&one["place"]["record"], &one["place"]["field"]),
            (&record.into(), &field.into()),
            "{one}"
        );
        assert!(!one["action_ja"].as_str().unwrap().is_empty(), "{one}");
    }
    let federation = of(&status["gateway"], FEDERATION);
    assert_eq!(federation["counts"]["normal"], 4, "{federation}");
    let (_, ja, en) = office.reads("status", &[]);
    for text in ["R-HO-04", &people[0], "R-SY-01", &people[1], "受付不能 1"] {
        assert!(ja.contains(text), "{text}: {ja}");
    }
    assert!(en.contains("rejected 1") && en.contains("checked"), "{en}");

    // The product's corrected file does not go beside the wrong one.
    fs::write(office.document(FUND), &right).unwrap();
    office.approve(&[]);
    let text = office.stops("submit", &[], 3, "claim/other-content");
    assert!(text.contains("claim withdraw"), "{text}");
    // Which payer's did not go is said; the other's stands.
    let (exit, told) = office.by("submit", &[]);
    assert_eq!(exit, 3, "{told}");
    assert_eq!(told["error"], told["errors"][0]);
    let errors = told["errors"].as_array().unwrap();
    assert_eq!(texts(errors, "payer"), ["social-insurance-fund"], "{told}");
    assert_eq!(
        of(&told["filings"], FEDERATION)["state"],
        "checked",
        "{told}"
    );
    let (_, ja, en) = office.reads("submit", &["--by", WHO]);
    assert!(ja.contains("エラー: 支払基金: "), "{ja}");
    assert!(en.contains("error: 支払基金: "), "{en}");
    let taken = office.does("withdraw", &["--payer", FUND]);
    assert_eq!(of(&taken["filings"], FUND)["state"], "withdrawn");
    let sent = office.does("submit", &[]);
    let (second, stays) = (of(&sent["filings"], FUND), of(&sent["filings"], FEDERATION));
    assert_eq!(
        (&second["sequence"], &second["already_by"]),
        (&2.into(), &Value::Null)
    );
    assert_eq!(stays["sequence"], 1);
    assert_ne!(stays["already_by"], Value::Null);

    let rehearsal = office.does("confirm", &["--dry-run"]);
    // What it would be: nothing was sent.
    assert_eq!(of(&rehearsal["filings"], FUND)["state"], "confirmed");
    let done = office.does("confirm", &[]);
    assert_eq!(done["filings"].as_array().unwrap().len(), 2, "{done}");
    for payer in [FUND, FEDERATION] {
        let one = of(&done["filings"], payer);
        assert_eq!(
            (&one["state"], &one["filed"]["receipts"]),
            (&"confirmed".into(), &4.into()),
            "{one}"
        );
    }
    // What is confirmed is neither confirmed twice nor taken back here.
    let again = office.does("confirm", &[]);
    assert_eq!(of(&again["filings"], FUND)["state"], "confirmed");
    let text = office.stops("withdraw", &["--payer", FUND], 3, "claim/confirmed");
    assert!(text.contains("take-down"), "{text}");
    let (exit, told) = office.by("withdraw", &[]);
    // In the order in which they left: the fund's was sent anew after the federation's.
    let errors = told["errors"].as_array().unwrap();
    assert_eq!(
        (exit, texts(errors, "payer")),
        (
            3,
            vec!["national-health-federation", "social-insurance-fund"]
        ),
        "{told}"
    );
    let (_, week) = office.claim("week", &[]);
    assert!(
        week["payers"][0]["next_ja"]
            .as_str()
            .unwrap()
            .contains("claim ack"),
        "{week}"
    );

    let (exit, acknowledged) = office.claim("ack", &[]);
    assert_eq!(exit, 0, "{acknowledged}");
    let both = acknowledged["acknowledgements"].as_array().unwrap();
    assert_eq!(both.len(), 2, "{acknowledged}");
    for one in both {
        assert_eq!(
            (&one["receipts"], &one["total"]),
            (&4.into(), &one["sent"]["total"]),
            "{one}"
        );
        for output in one["outputs"].as_array().unwrap() {
            assert!(
                fs::metadata(output["path"].as_str().unwrap())
                    .unwrap()
                    .len()
                    > 0
            );
        }
    }
    let (exit, week) = office.claim("week", &[]);
    assert_eq!((exit, &week["urgency"]), (0, &"quiet".into()), "{week}");
    for payer in week["payers"].as_array().unwrap() {
        assert_eq!(payer["done"], true, "{payer}");
        assert!(
            payer["next_ja"].as_str().unwrap().contains("済んで"),
            "{payer}"
        );
    }

    // Who did what, when, and how it is known.
    let told = office.history(FUND);
    let steps = |sequence: &str| -> Vec<&str> {
        let own = |one: &&Value| {
            let key = one["filing"].as_str().unwrap_or_default();
            key.split('/').nth(4) == Some(sequence)
        };
        told.iter()
            .filter(own)
            .map(|one| one["event"].as_str().unwrap())
            .collect()
    };
    assert_eq!(
        steps("1"),
        ["begun", "submitted", "judged", "findings", "withdrawn"]
    );
    assert_eq!(
        steps("2"),
        [
            "begun",
            "submitted",
            "findings",
            "judged",
            "confirmed",
            "acknowledged"
        ]
    );
    let kinds = texts(&told, "event");
    let approvals = kinds.iter().filter(|kind| **kind == "approved").count();
    assert_eq!(approvals, 2, "{kinds:?}");
    for one in &told {
        assert!(one["at"].as_str().unwrap().contains("+09:00"), "{one}");
        let how = match one["event"].as_str().unwrap() {
            "findings" | "judged" | "acknowledged" => "answered",
            _ => "acted",
        };
        assert_eq!(one["how"], how, "{one}");
        if matches!(
            one["event"].as_str(),
            Some("approved" | "begun" | "withdrawn" | "confirmed")
        ) {
            assert_eq!(one["by"], WHO, "{one}");
        }
    }
    let (_, ja, _) = office.reads("history", &["--payer", FUND]);
    assert!(
        ja.contains("提出先の回答") && ja.contains("請求取消"),
        "{ja}"
    );

    // One page that a manager prints.
    let (exit, summary) = office.claim("summary", &["-o", "総括.html"]);
    assert_eq!(exit, 0, "{summary}");
    let page = fs::read_to_string(office.desk.home.join("総括.html")).unwrap();
    for text in [
        "ひだまり",
        "支払基金",
        "国保連",
        "受領書あり",
        "取消済み",
        WHO,
    ] {
        assert!(page.contains(text), "{text} is not on the page");
    }
    for one in both {
        let number = one["number"].as_str().unwrap();
        assert!(
            !number.is_empty() && page.contains(&format!(">{number}<")),
            "{number}"
        );
    }

    // Once with each payer, as the gateway's own books say.
    let filed = world.gateway().filed_receipts();
    assert_eq!(filed.len(), 8);
    assert!(filed.iter().all(|one| !one.automatic));
    let (exit, receipts) = office.desk.json(&["claim", "receipts"]);
    assert_eq!(
        (exit, &receipts["claimed_twice"]),
        (0, &value!([])),
        "{receipts}"
    );
    // Once the coverage was asked for, nobody is told to ask; looking at what is at hand is no asking.
    let not_run = || office.claim("check", &[]).1["fill_not_run"].clone();
    assert!(office.desk.json(&["fill", "--offline"]).0 < 2);
    assert_eq!(not_run(), true);
    let (exit, told) = office.desk.json(&["fill"]);
    assert!(exit < 2, "{told}");
    assert_eq!(not_run(), Value::Null);
    world.stop();
    let ledger = office.desk.ledger();
    assert_eq!(events(&ledger, "gateway.accepted").len(), 3);
    assert_eq!(events(&ledger, "gateway.confirmed").len(), 2);
    office.audit_is_intact();
}

#[test]
fn a_trial_is_called_one_everywhere_and_counts_nowhere() {
    let office = Office::small(2);
    office.approve(&[]);
    let hands = Hands::at("2024-11-25T10:00:00");
    let calendar = GatewayOptions {
        calendar: true,
        ..GatewayOptions::default()
    };
    let world = office.world_with(calendar, &hands);
    // Nothing is filed on the 25th, and a trial is still taken.
    let sent = office.does("submit", &["--trial"]);
    for one in sent["filings"].as_array().unwrap() {
        assert_eq!(one["trial"], true, "{one}");
    }
    let (_, ja, en) = office.reads("status", &[]);
    assert_eq!(
        ja.matches("確認試験・請求ではありません").count(),
        2,
        "{ja}"
    );
    assert!(en.contains("TRIAL, no claim"), "{en}");
    let (_, told_ja, told_en) = office.reads("history", &[]);
    assert!(told_ja.contains("試験1"), "{told_ja}");
    assert!(told_en.contains("trial-1"), "{told_en}");
    assert!(
        ja.contains("請求確定はありません") && !ja.contains("請求確定待ち"),
        "{ja}"
    );
    // It is never confirmed, has no 受領書, and the month is as open as before.
    let text = office.stops("confirm", &[], 2, "claim/nothing-filed");
    assert!(text.contains("確認試験"), "{text}");
    let (_, acknowledged) = office.claim("ack", &[]);
    assert_eq!(acknowledged["acknowledgements"], value!([]));
    assert_eq!(office.receipts(), Vec::<Value>::new());
    // By this machine's clock the month is over: everybody approved waits to be filed still.
    let late = office.late();
    assert_eq!(late.len(), 4, "{late:?}");
    assert!(
        late.iter().all(|one| one["place"] == "not-sent"),
        "{late:?}"
    );
    let (_, week) = office.claim("week", &[]);
    assert_eq!(week["payers"][0]["done"], false, "{week}");
    assert_eq!(week["payers"][0]["sendings"], value!([]));
    // At night it is closed, too.
    hands.turn("2024-11-25T22:00:00");
    office.does("withdraw", &["--trial"]);
    let (exit, told) = office.by("submit", &["--trial"]);
    assert_ne!(exit, 0, "{told}");
    assert_eq!(told["error"]["code"], "gateway/outside-hours", "{told}");

    // In claim week the same content goes as a claim, as if nothing had been sent before.
    hands.turn("2024-11-06T10:00:00");
    let sent = office.does("submit", &[]);
    for one in sent["filings"].as_array().unwrap() {
        assert_eq!(
            (&one["trial"], &one["sequence"]),
            (&false.into(), &1.into()),
            "{one}"
        );
    }
    office.does("confirm", &[]);
    assert_eq!(world.gateway().filed_receipts().len(), 4);

    // Over the other channel a trial lies in a folder of that name.
    let handed = office.does("handover", &["--trial", "--payer", FUND]);
    let file = handed["filings"][0]["files"][0].as_str().unwrap();
    assert!(file.contains("確認試験-請求ではありません"), "{file}");
    let confirmed = ["confirmed", "--trial", "--payer", FUND];
    let (exit, told) = office.by("report", &confirmed);
    assert_eq!(
        (exit, &told["error"]["code"]),
        (3, &"claim/trial".into()),
        "{told}"
    );
    world.stop();
}
