//! ASP結果リスト that staff bring in: each row is a receipt's, or nobody's and shown.

use super::handover::{handed_over, import, last};
use super::{FUND, names};
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
