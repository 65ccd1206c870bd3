//! 限度額適用区分 and 医療扶助 in the register.

use super::*;
use crate::settings::IncomeColumns;
use reseplug_sdk::adapter::{AddPublicExpense, SetIncome};
use reseplug_sdk::types::{IncomeCategory, PublicExpense};

/// The case's register with three columns for 適用区分 at its end.
fn with_income_columns() -> (Vec<Document>, reseplug_sdk::Context<Settings>) {
    let mut lines = REGISTER.lines();
    let titles = format!("{},適用区分,適用開始,適用終了", lines.next().unwrap());
    let rows = lines.map(|line| format!("{line},,,"));
    let text: Vec<String> = std::iter::once(titles).chain(rows).collect();
    let mut settings = Settings::default();
    settings.register.income = IncomeColumns {
        category: "適用区分".into(),
        from: "適用開始".into(),
        to: "適用終了".into(),
    };
    settings.codes.income = [("A03", "ウ"), ("A04", "エ"), ("B05", "低2")]
        .map(|(code, own)| (code.to_owned(), own.to_owned()))
        .into();
    (vec![register(&text.join("\n"))], testing::context(settings))
}

fn category(code: &str, from: &str, to: &str) -> IncomeCategory {
    IncomeCategory {
        code: code.into(),
        period: Period::between(from, to),
    }
}

fn set(key: &str, before: Option<IncomeCategory>, after: IncomeCategory) -> RegisterOperation {
    RegisterOperation::SetIncome(SetIncome {
        id: "op".into(),
        person_key: key.into(),
        before,
        after,
    })
}

fn welfare(key: &str, payer: &str) -> RegisterOperation {
    RegisterOperation::AddPublicExpense(AddPublicExpense {
        id: "op".into(),
        person_key: key.into(),
        expense: PublicExpense {
            payer_number: payer.into(),
            recipient_number: Some("7654320".into()),
            period: Period::between("2024-10-01", "2024-10-31"),
            extra: Vec::new(),
        },
    })
}

#[test]
fn an_income_category_stands_beside_the_coverage_under_which_it_begins() {
    let (documents, ctx) = with_income_columns();
    let first = category("A04", "2024-10-16", "2025-07-31");
    let operation = set("0002", None, first.clone());
    let applied = CsvAdapter::apply_register(&ctx, &documents, &[operation]).unwrap();
    assert_eq!(applied.refusals, []);
    assert_eq!(applied.changes[0].kind, ChangeKind::Added);
    let after = text(&applied.documents[0]);
    let lines: Vec<&str> = after
        .lines()
        .filter(|line| line.starts_with("0002"))
        .collect();
    assert!(
        lines[0].ends_with(",,,"),
        "the ended coverage is left alone"
    );
    assert!(lines[1].ends_with(",エ,2024/10/16,2025/07/31"), "{after}");
    let read = CsvAdapter::read_register(&ctx, &applied.documents).unwrap();
    assert_eq!(read[1].incomes, std::slice::from_ref(&first));
    assert_eq!(read[0].incomes, []);

    // Next August's takes the place of the one that has ended; one in force does not give way.
    let next = category("A03", "2025-08-01", "2026-07-31");
    let changed =
        CsvAdapter::apply_register(&ctx, &applied.documents, &[set("0002", None, next.clone())])
            .unwrap();
    assert_eq!(changed.changes[0].kind, ChangeKind::InPlace);
    let overlapping = category("A03", "2025-01-01", "2025-12-31");
    let refused = CsvAdapter::apply_register(
        &ctx,
        &applied.documents,
        &[set("0002", None, overlapping.clone())],
    )
    .unwrap();
    assert_eq!(refused.refusals[0].reason.code, "csv/income-exists");
    assert_eq!(refused.documents, applied.documents);
    let replaced = CsvAdapter::apply_register(
        &ctx,
        &applied.documents,
        &[set("0002", Some(first), overlapping)],
    )
    .unwrap();
    assert_eq!(replaced.refusals, []);
    let stale = set(
        "0002",
        Some(category("A01", "2024-10-16", "2025-07-31")),
        next,
    );
    let refused = CsvAdapter::apply_register(&ctx, &applied.documents, &[stale]).unwrap();
    assert_eq!(refused.refusals[0].reason.code, "csv/changed-meanwhile");
}

#[test]
fn a_product_without_a_place_for_the_income_category_refuses_it_with_the_setting() {
    let fault = refused(set(
        "0001",
        None,
        category("A04", "2024-08-01", "2025-07-31"),
    ));
    assert_eq!(fault.code, "csv/no-place");
    assert!(fault.message_ja.contains("register.income.category"));
    let (documents, ctx) = with_income_columns();
    let unknown = set("0001", None, category("A01", "2024-08-01", "2025-07-31"));
    let applied = CsvAdapter::apply_register(&ctx, &documents, &[unknown]).unwrap();
    assert_eq!(applied.refusals[0].reason.code, "csv/no-code");
    assert_eq!(applied.documents, documents);
}

#[test]
fn a_medical_ticket_becomes_the_first_free_public_expense_and_no_other_expense_does() {
    let applied = apply(&documents(), &[welfare("0001", "12990016")]);
    assert_eq!(applied.refusals, []);
    let entry = &people(&applied.documents)[0];
    assert_eq!(entry.public_expenses[0].payer_number, "12990016");
    assert_eq!(
        entry.public_expenses[0].period,
        Period::between("2024-10-01", "2024-10-31")
    );
    assert_eq!(
        only_in(&text(&applied.documents[0]), REGISTER).len(),
        1,
        "nobody else's row"
    );
    // A person of two rows has it in both.
    let applied = apply(&documents(), &[welfare("0002", "12990016")]);
    assert_eq!(only_in(&text(&applied.documents[0]), REGISTER).len(), 2);

    assert_eq!(refused(welfare("0001", "54990015")).code, "csv/not-welfare");
    assert_eq!(
        refused(welfare("0004", "12990016")).code,
        "csv/public-expense-exists"
    );
}

#[test]
fn a_receipt_tells_the_income_code_of_its_remarks() {
    let month_text = MONTH
        .lines()
        .enumerate()
        .map(|(n, line)| {
            let more = if n == 0 { "特記" } else { "0229" };
            format!("{line},{more}")
        })
        .collect::<Vec<_>>()
        .join("\n");
    let mut settings = Settings::default();
    settings.month.records.push(crate::RecordColumns {
        id: "RE".into(),
        fields: [(12, "特記".to_owned())].into(),
        only: None,
    });
    let documents = [register(REGISTER), month(&month_text)];
    let receipts = CsvAdapter::read_month(&testing::context(settings), &documents).unwrap();
    assert_eq!(receipts[0].income.as_deref(), Some("29"));
    assert!(
        receipts[0]
            .extra
            .contains(&("レセプト特記".into(), "0229".into()))
    );
    assert_eq!(super::receipts(&super::documents())[0].income, None);
}

#[test]
fn many_changes_in_one_call_each_see_the_ones_before_them() {
    let mut operations = Vec::new();
    for n in 0..3 {
        let mut person = stranger(&format!("星空　みらい{n}"));
        person.birth_date = format!("1950-01-0{}", n + 1);
        operations.push(RegisterOperation::AddPerson(AddPerson {
            id: format!("add-{n}"),
            person,
            coverage: new_coverage("06990022", "１", "２３", "2024-10-01"),
        }));
    }
    let old = on_file("0002", 1);
    operations.push(RegisterOperation::ClosePeriod(ClosePeriod {
        id: "close".into(),
        person_key: "0002".into(),
        before: old.clone(),
        last_day: "2024-10-20".into(),
    }));
    operations.push(open(
        "0002",
        new_coverage("06990022", "１", "９", "2024-10-21"),
    ));
    // The row behind the new one has moved down and is still found.
    operations.push(RegisterOperation::ReplaceCoverage(ReplaceCoverage {
        id: "replace".into(),
        person_key: "0003".into(),
        before: on_file("0003", 0),
        after: Coverage {
            burden_percent: Some(20),
            ..on_file("0003", 0)
        },
    }));
    let applied = apply(&documents(), &operations);
    assert_eq!(applied.refusals, []);
    let all = people(&applied.documents);
    assert_eq!(all.len(), 9);
    let keys: Vec<&str> = all.iter().map(|e| e.person.key.as_str()).collect();
    assert_eq!(keys[6..], ["0007", "0008", "0009"]);
    assert_eq!(all[1].coverages.len(), 3);
    assert_eq!(all[1].coverages[1].period.to.as_deref(), Some("2024-10-20"));
    assert_eq!(all[2].coverages[0].burden_percent, Some(20));
}
