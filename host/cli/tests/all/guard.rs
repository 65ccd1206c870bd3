//! After filing: what a payer's notice makes of the next month.

use crate::station::{Desk, quick};
use crate::{run, stdout};
use serde_json::{Value, json as value};
use std::fs;

const LAYOUT: &str = r#"
[notices.kekka]
title = "資格確認結果連絡書"
encoding = "utf-8"
[notices.kekka.columns]
kind = "処理区分"
person_key = "記録番号"
name = "氏名"
birth_date = "生年月日"
service_month = "年月"
insurer = "保険者番号"
symbol = "記号"
number = "番号"
branch = "枝番"
from = "資格取得日"
"#;
const TABLE: &str = "処理区分,記録番号,氏名,生年月日,年月,保険者番号,記号,番号,枝番,資格取得日
振替,A0005,川端　由美,昭和36年2月11日,令和6年10月,990010,,5550001,01,令和6年10月16日
振替,A9999,架空　次郎,昭和36年2月11日,令和6年10月,990010,,5550002,01,令和6年10月16日
";
const TRANSFER: &str = "A0005/coverage/2024-10-16";

/// The station with a table of notices that its settings know how to read.
fn desk() -> Desk {
    let desk = Desk::new("aozora");
    desk.settings(|text| format!("{text}{LAYOUT}"));
    fs::write(desk.home.join("kekka.csv"), TABLE).unwrap();
    desk
}

fn import(desk: &Desk, more: &[&str]) -> (i32, Value) {
    desk.json(&[&["notices", "import", "kekka.csv"], more].concat())
}

#[test]
fn a_transfer_becomes_a_period_of_the_register_once_and_only_when_somebody_accepts_it() {
    let desk = desk();
    let (exit, rehearsal) = import(&desk, &["--dry-run"]);
    assert_eq!(exit, 1, "{rehearsal}");
    let (_, none) = desk.json(&["notices", "list"]);
    assert_eq!(none["notices"], value!([]), "a rehearsal records nothing");

    let accept = desk.home.join("accept.json");
    let yes = value!({ "by": "架空 花子", "proposals": { TRANSFER: true } });
    fs::write(&accept, yes.to_string()).unwrap();
    let with = ["--accept", accept.to_str().unwrap()];
    let (exit, report) = import(&desk, &with);
    assert_eq!(
        exit, 1,
        "somebody nobody knows waits for a person: {report}"
    );
    assert_eq!(report["by"], "架空 花子");
    let proposals = report["proposals"].as_array().unwrap();
    let transfer = proposals.iter().find(|p| p["id"] == TRANSFER).unwrap();
    assert_eq!(transfer["done"]["state"], "applied", "{transfer}");
    assert_eq!(transfer["sources"][0]["message"], "notice:transfer");
    let stranger = proposals
        .iter()
        .find(|p| p["name"] == "架空　次郎")
        .unwrap();
    assert_eq!(stranger["done"]["state"], "left");
    let register = fs::read(desk.home.join("out/RIYOSHA.CSV")).unwrap();
    let register = encoding_rs::SHIFT_JIS.decode(&register).0.into_owned();
    let rows: Vec<&str> = register.lines().filter(|l| l.contains("A0005")).collect();
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(rows.iter().any(|r| r.contains("2024/10/15")), "{rows:?}");
    assert!(
        rows.iter()
            .any(|r| r.contains("990010") && r.contains("2024/10/16"))
    );

    // The same once more, whoever gives it: brought in already, nothing new.
    let (exit, again) = import(&desk, &[&with[..], &["--by", "別の職員"]].concat());
    assert_eq!(exit, 1, "{again}");
    let known = |n: &Value| n["known"] == true;
    assert!(again["notices"].as_array().unwrap().iter().all(known));
    assert_eq!(
        (&again["job"], &again["by"]),
        (&report["job"], &report["by"])
    );
    assert!(again["imported_at"].is_string() && report["imported_at"].is_null());
    let args = [
        &["notices", "import", "kekka.csv", "--lang", "ja"][..],
        &with,
    ]
    .concat();
    let text = stdout(&run(&desk.home, &args));
    for words in [
        "取り込み済み",
        "新しい通知 0件",
        "架空 花子",
        "通知（振替）",
        "新しい資格の期間を加えました",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    for code in ["notice:transfer", "period-added"] {
        assert!(!text.contains(code), "a code instead of its words: {text}");
    }
    let jobs = stdout(&run(&desk.home, &["jobs", "list", "--lang", "ja"]));
    assert!(
        jobs.contains("通知の取り込み") && jobs.contains("完了"),
        "{jobs}"
    );

    // The same notice in another file, too, is the same notice.
    fs::write(desk.home.join("kekka.csv"), format!("{TABLE}\n")).unwrap();
    let (_, again) = import(&desk, &with);
    assert!(
        again["notices"].as_array().unwrap().iter().all(known),
        "{again}"
    );
    let (_, listed) = desk.json(&["notices", "list"]);
    assert_eq!(listed["notices"].as_array().unwrap().len(), 2);
    // Symbols and numbers are masked unless somebody asks for them.
    assert!(!listed.to_string().contains("5550001"));
    let (_, full) = desk.json(&["notices", "list", "--unmask", "--person", "A0005"]);
    assert_eq!(full["notices"][0]["notice"]["stated"]["number"], "5550001");
}

#[test]
fn a_table_that_nobody_described_is_refused_with_the_lines_to_add() {
    let desk = Desk::new("aozora");
    fs::write(desk.home.join("kekka.csv"), TABLE).unwrap();
    let args = ["notices", "import", "kekka.csv"];
    desk.refuses(&args, 2, "notice/no-layout", &["kekka.csv", "[notices."]);
}

#[test]
fn the_guard_shows_a_notice_as_what_it_is_and_files_only_on_somebodys_word() {
    let desk = desk();
    let world = desk.world(quick());
    // The month visits somebody whom the register learns of by the card.
    let (exit, report) = desk.json(&["intake", "--from", "2024-09-01", "--to", "2024-10-31"]);
    assert!(exit < 2, "{report}");
    world.stop();
    fs::copy(
        desk.home.join("out/RIYOSHA.CSV"),
        desk.home.join("RIYOSHA.CSV"),
    )
    .unwrap();
    import(&desk, &[]);

    let month = ["--month", "2024-11"];
    let (exit, check) = desk.json(&[&["claim", "check"][..], &month].concat());
    assert_eq!(exit, 1, "{}", check["error"]);
    let receipts = check["receipts"].as_array().unwrap();
    let of = |key: &str| {
        let of = |r: &&Value| r["receipt"]["person_key"] == key;
        receipts.iter().find(of).unwrap()
    };
    let receipt = of("A0005");
    let found = &receipt["verdict"]["findings"][0];
    assert_eq!(found["reason"], "national-health", "{found}");
    assert_eq!(found["shown_by"]["method"], "notice");
    let days = ["17", "21", "24", "28", "31"].map(|day| format!("2024-10-{day}"));
    assert_eq!(found["days"], value!(days), "the visits since the transfer");
    let shown = check["cannot_show"].as_array().unwrap();
    assert!(!shown.is_empty(), "what no answer can show is listed");

    // Nobody's word: nothing is approved. The word for one receipt is none for the others.
    let by = ["--by", "架空 花子"];
    let approve = [&["claim", "approve"][..], &month, &by].concat();
    let (exit, told) = desk.json(&approve);
    assert_eq!(
        (exit, &told["error"]["code"]),
        (3, &"claim/unanswered".into()),
        "{told}"
    );
    let word = [
        "--despite",
        "保険者に電話で確かめた",
        "--seen",
        "資格確認書",
    ];
    let one = ["--receipt", receipt["id"].as_str().unwrap()];
    let (exit, told) = desk.json(&[&approve[..], &word, &one].concat());
    assert_eq!(exit, 3, "{told}");
    let names = told["error"]["message_ja"].as_str().unwrap();
    assert!(!names.contains("川端　由美"), "{names}");

    let (exit, approval) = desk.json(&[&approve[..], &word].concat());
    assert_eq!(exit, 0, "{}", approval["error"]);
    let (_, job) = desk.json(&["jobs", "show", approval["job"].as_str().unwrap()]);
    assert!(job.to_string().contains("保険者に電話で確かめた"), "{job}");
    assert_eq!(desk.json(&["audit", "verify"]).0, 0);
}
