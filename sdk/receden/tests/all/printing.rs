//! The month on paper.

use receden::print::{Kind, PrintOptions, Summary, month};
use receden::{ClaimFile, Masters};
use reseplug_model::{Date, Yen};

use proptest::prelude::*;

use crate::{claim_file, masters, medical, parsed};

fn printed(file: &ClaimFile) -> String {
    month(file, &PrintOptions::default())
}

/// A page as a person reads it.
fn unescaped(page: &str) -> String {
    page.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

#[test]
fn the_cover_adds_up_to_the_file() {
    for case in ["october", "variants-1", "variants-2"] {
        let file = parsed(case);
        let summary = Summary::of(&file);
        let totals: Vec<Yen> = file
            .receipts()
            .map(|receipt| receipt.total().unwrap())
            .collect();
        assert_eq!(Some(summary.total), Yen::checked_sum(totals), "{case}");
        assert_eq!(summary.receipts, file.receipts().count(), "{case}");
        let groups = || summary.groups.iter();
        assert_eq!(
            groups().map(|group| group.receipts).sum::<usize>(),
            summary.receipts
        );
        assert_eq!(
            Yen::checked_sum(groups().map(|group| group.total)),
            Some(summary.total)
        );
        assert_eq!(summary.without_total, Vec::<usize>::new());
    }
}

#[test]
fn october_is_one_insured_one_joint_and_one_of_public_expense_alone() {
    let file = parsed("october");
    let summary = Summary::of(&file);
    let found: Vec<_> = summary
        .groups
        .iter()
        .map(|group| {
            (
                group.kind,
                group.joint,
                group.receipts,
                group.days,
                group.total.0,
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            (Kind::Employees, false, 1, 5, 53_940),
            (Kind::Employees, true, 1, 3, 30_320),
            (Kind::PublicOnly, false, 1, 2, 21_770),
        ]
    );
    let public: Vec<_> = summary
        .public
        .iter()
        .map(|p| (p.law.as_str(), p.receipts, p.total.0))
        .collect();
    assert_eq!(public, [("12", 1, 21_770), ("54", 1, 30_320)]);
    let page = printed(&file);
    let cover = page.split("<article>").next().unwrap();
    for said in [
        "支払基金",
        "令和6年11月",
        "3件",
        "106,030円",
        "13 東京",
        "03-0000-0000",
    ] {
        assert!(cover.contains(said), "{said}: {cover}");
    }
}

#[test]
fn every_receipt_has_its_sheet_and_every_field_is_on_it() {
    for case in ["october", "variants-1", "variants-2"] {
        let file = parsed(case);
        let page = printed(&file);
        let sheets: Vec<String> = page.split("<article>").skip(1).map(unescaped).collect();
        assert_eq!(sheets.len(), file.receipts().count());
        for (receipt, sheet) in file.receipts().zip(&sheets) {
            for (index, record) in receipt.records() {
                // Days are in the table of days; MF has no content but its code.
                if matches!(record.id(), "JD" | "8") {
                    continue;
                }
                for field in 2..=record.field_count() {
                    let Some(text) = record.text(field).unwrap() else {
                        continue;
                    };
                    let text = text.trim();
                    // What is a day, a month or an amount is printed in the words of people.
                    let day = Date::parse_compact(text)
                        .ok()
                        .and_then(reseplug_model::EraDate::of)
                        .map(|d| d.to_string());
                    let month = reseplug_model::Month::parse_compact(text)
                        .ok()
                        .map(|m| format!("年{}月", m.number()));
                    let plain = text.len() <= 20 && text.bytes().all(|b| b.is_ascii_digit());
                    let yen = plain.then(|| grouped(text));
                    // Codes side by side are told apart.
                    let codes = plain
                        && text
                            .as_bytes()
                            .chunks(2)
                            .all(|code| sheet.contains(std::str::from_utf8(code).unwrap()));
                    let there = sheet.contains(text)
                        || codes
                        || [day, month, yen]
                            .into_iter()
                            .flatten()
                            .any(|said| sheet.contains(&said))
                        || (record.id() == "RE" && field == 7)
                        || (record.id() == "KA" && field == 3);
                    assert!(
                        there,
                        "{case} line {} {} field {field}: {text}",
                        index + 1,
                        record.id()
                    );
                }
            }
            assert!(sheet.contains(&format!(
                "{}円",
                grouped(&receipt.total().unwrap().to_string())
            )));
            for day in receipt.charge_days().unwrap() {
                assert!(
                    sheet.contains(&reseplug_model::EraDate::of(day).unwrap().to_string()),
                    "{day}"
                );
            }
        }
    }
}

fn grouped(digits: &str) -> String {
    let mut out = String::new();
    for (n, digit) in digits.trim_start_matches('0').chars().enumerate() {
        if n > 0 && (digits.trim_start_matches('0').len() - n).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[test]
fn every_sheet_says_that_it_is_not_the_official_form_and_needs_nothing_from_outside() {
    let page = printed(&parsed("october"));
    assert_eq!(
        page.matches("国の定める様式ではなく").count(),
        4,
        "the cover and three receipts"
    );
    assert!(page.contains("size: A4") && page.contains("page-break-after: always"));
    for outside in ["http", "src=", "<script", "<link", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn what_people_wrote_is_escaped() {
    let mut file = parsed("october");
    file.set_field(1, 5, "<b>&").unwrap();
    file.set_field(1, 14, "'><i>").unwrap();
    let page = printed(&file);
    assert!(page.contains("&lt;b&gt;&amp;") && page.contains("'&gt;&lt;i&gt;"));
    assert!(!page.contains("<b>") && !page.contains("<i>"));
}

#[test]
fn a_trial_cannot_be_taken_for_a_claim() {
    let file = parsed("october");
    let page = month(
        &file,
        &PrintOptions {
            trial: true,
            ..PrintOptions::default()
        },
    );
    assert_eq!(page.matches("確認試験 ― 請求ではありません").count(), 4);
    assert!(!printed(&file).contains("確認試験"));
}

#[test]
fn the_print_says_of_which_file_and_day_it_is_and_names_the_charges() {
    let masters = masters::masters();
    let options = PrintOptions {
        masters: &masters,
        printed_on: Date::new(2024, 11, 9),
        sha256: Some("abc123"),
        note: Some("名称の<ない>印刷"),
        ..PrintOptions::default()
    };
    let page = month(&parsed("october"), &options);
    for said in ["令和6年11月9日", "abc123", "510000110 基本療養費１"] {
        assert!(page.contains(said), "{said}");
    }
    assert_eq!(
        page.matches("名称の&lt;ない&gt;印刷").count(),
        1,
        "on the cover alone"
    );
    let nameless = month(
        &parsed("october"),
        &PrintOptions {
            masters: Masters::none(),
            ..options
        },
    );
    assert!(nameless.contains("510000110") && !nameless.contains("基本療養費１"));
}

#[test]
fn a_receipt_whose_amount_cannot_be_read_is_printed_counted_and_left_out_of_the_total() {
    let mut file = parsed("october");
    file.set_field(11, 6, "").unwrap();
    let summary = Summary::of(&file);
    assert_eq!((summary.receipts, summary.total), (3, Yen(30_320 + 21_770)));
    assert_eq!(summary.without_total, [0]);
    let page = printed(&file);
    assert!(page.contains("合計金額に入っていません（1件目）"));
    assert_eq!(page.matches("<article>").count(), 3);
    assert!(page.contains("【読めません"));
}

#[test]
fn a_recorded_total_that_is_not_the_sum_of_its_charges_is_shown_beside_it() {
    let mut file = parsed("october");
    assert!(!printed(&file).contains("明細の計"));
    file.set_field(2, 6, "53941").unwrap();
    let page = printed(&file);
    assert!(page.contains("53,941円") && page.contains("明細の計 53,940円"));
}

#[test]
fn a_receipt_of_another_trade_is_printed_by_its_fields() {
    let page = printed(&medical::sample());
    assert!(page.contains("診療報酬明細書（控え）") && page.contains("111000110"));
}

#[test]
fn a_field_that_is_missing_takes_no_receipt_off_the_print() {
    let whole = parsed("october");
    for record in 1..whole.record_count() - 1 {
        for field in 2..=whole.record(record).unwrap().field_count().min(9) {
            let mut file = whole.clone();
            file.set_field(record, field, "").unwrap();
            let page = printed(&file);
            assert_eq!(
                page.matches("<article>").count(),
                3,
                "record {record} field {field}"
            );
            let summary = Summary::of(&file);
            assert_eq!(summary.groups.iter().map(|g| g.receipts).sum::<usize>(), 3);
        }
    }
}

proptest! {
    #[test]
    fn whatever_the_bytes_are_the_print_holds_every_receipt_and_adds_up(
        changes in proptest::collection::vec((0usize..4000, any::<u8>()), 0..30)
    ) {
        let mut bytes = claim_file("october");
        for (at, byte) in changes {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        if let Ok(file) = ClaimFile::parse_any(&bytes) {
            let page = printed(&file);
            prop_assert_eq!(page.matches("<article>").count(), file.receipts().count());
            let summary = Summary::of(&file);
            prop_assert_eq!(Yen::checked_sum(summary.groups.iter().map(|g| g.total)), Some(summary.total));
        }
    }
}
