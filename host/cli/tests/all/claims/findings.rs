//! What 受付・事務点検 found: beside the receipt and the field that it concerns. A row of an
//! ASP結果リスト that staff bring in is a receipt's, or nobody's and shown.

use super::handover::{handed_over, import, last};
use super::{FUND, Hands, Office, names, wrong_days};
use reseplug_sandbox::gateway::GatewayOptions;
use serde_json::Value;

#[test]
fn a_row_with_the_number_of_one_and_the_name_of_another_is_nobodys() {
    let office = handed_over(3);
    office.does("report", &["sent", "--payer", FUND]);
    let people = names(&office.made(FUND));
    let list = |number: u32, name: &str| {
        format!(
            "エラーコード,エラー内容,区分,レセプト番号,氏名\nL2129,架空,受付不能,{number},{name}\n"
        )
    };
    // A list of an earlier sending, whose numbers were others.
    let (exit, told) = import(&office, "findings", FUND, &list(2, &people[0]));
    let row = &told["brought_in"][0]["rows"][0];
    assert_eq!(
        (exit, &row["filing"], &row["name"], &row["receipt"]),
        (1, &Value::Null, &people[0].as_str().into(), &2.into()),
        "{told}"
    );
    let text = row["action_ja"].as_str().unwrap();
    assert!(text.contains("見つかりません"), "{text}");
    let (_, ja, _) = office.reads("settle", &["--payer", FUND]);
    assert!(
        ja.contains("相手のない行") && ja.contains(&people[0]),
        "{ja}"
    );

    // The right list, in which the name has blanks of its own.
    let spaced: String = people[1].chars().flat_map(|c| [c, '　']).collect();
    let (exit, told) = import(&office, "findings", FUND, &list(2, spaced.trim_end()));
    let row = &told["brought_in"][0]["rows"][0];
    assert_eq!(
        (exit, &row["name"], &row["receipt"]),
        (0, &people[1].as_str().into(), &2.into()),
        "{told}"
    );
    office.does(
        "report",
        &["confirmed", "--payer", FUND, "--errors", "exclude"],
    );
    assert_eq!(last(&office, FUND)["filed"]["receipts"], 2);
}

/// The page of the month, and its section about findings with its tag.
fn summary(office: &Office) -> (String, String) {
    let _ = office.claim("summary", &["-o", "総括.html"]);
    let page = std::fs::read_to_string(office.desk.home.join("総括.html")).unwrap();
    let mut sections = page.split("<section").skip(1);
    let own = sections.find(|section| section.contains("受付・事務点検の指摘　"));
    let own = own.unwrap().split("</section>").next().unwrap().to_owned();
    (page, own)
}

#[test]
fn a_finding_stands_beside_its_receipt_and_its_field_by_name() {
    let office = Office::small(2);
    office.product(FUND, |file| wrong_days(file, 1));
    let person = &names(&office.made(FUND))[1];
    office.approve(&[]);
    let world = office.world();
    office.does("submit", &["--payer", FUND]);
    let (_, ja, en) = office.reads("status", &["--payer", FUND]);
    let line = ja.lines().find(|line| line.contains("実日数")).unwrap();
    let whose = format!("#2 {person}  RECEIPTH.UKE ");
    for text in ["[要確認", &whose, "行目 HO 5項目「実日数」"] {
        assert!(line.contains(text), "{text}\n{ja}");
    }
    assert!(en.contains("HO field 5 (実日数)"), "{en}");
    assert!(!ja.contains("s-000001:"), "{ja}");

    let (page, section) = summary(&office);
    assert!(section.starts_with(" class=\"todo\">"), "{section}");
    assert!(section.contains("要確認・受付不能 1件"), "{section}");
    for cell in ["区分", "場所", "要確認", "行目 HO 5項目「実日数」", person] {
        assert!(section.contains(cell), "{cell}\n{section}");
    }
    assert!(page.contains("1件のレセプト"), "so says the record, too");
    world.stop();
}

#[test]
fn what_is_only_there_to_be_read_raises_no_alarm_on_the_page_and_the_record_says_the_same() {
    let office = Office::new("hidamari");
    // 川端, whose branch number the product does not know.
    office.people(20..21, super::MONTH);
    office.approve(&[]);
    let world = office.world();
    office.does("submit", &["--payer", FUND]);
    let (_, ja, _) = office.reads("status", &["--payer", FUND]);
    assert!(ja.contains("[参考] R-SN-06 #1 "), "{ja}");
    let (page, section) = summary(&office);
    assert!(!section.contains("class=\"todo\""), "{section}");
    let said = "要確認以上なし（参考1件）";
    assert!(section.contains(said), "{section}");
    let record = page.rsplit("<h2>記録</h2>").next().unwrap();
    assert!(record.contains(said), "{record}");
    let (_, ja, en) = office.reads("history", &["--payer", FUND]);
    assert!(ja.contains(said), "{ja}");
    assert!(en.contains("nothing to attend to (1 notes)"), "{en}");
    world.stop();
}

#[test]
fn the_page_of_the_month_says_how_far_the_clock_is_off() {
    let office = Office::small(1);
    office.approve(&[]);
    let page = || {
        let _ = office.claim("summary", &["-o", "総括.html"]);
        std::fs::read_to_string(office.desk.home.join("総括.html")).unwrap()
    };
    assert!(page().contains("このPCの時計のずれ: 測っていません"));
    let behind = jiff::Timestamp::now() - jiff::SignedDuration::from_mins(10);
    let world = office.world_with(GatewayOptions::default(), &Hands::of(behind));
    office.does("submit", &["--payer", FUND]);
    let _ = office.claim("status", &["--payer", FUND]);
    let page = page();
    assert!(
        page.contains("<h2>このPCの時計がずれています</h2>"),
        "{page}"
    );
    assert!(
        page.contains("10分") && page.contains("進んでいます"),
        "{page}"
    );
    world.stop();
}
