//! The income code among the レセプト特記.

use super::*;
use reseplug_sdk::adapter::SetReceiptIncome;

fn set(receipt: &str, before: Option<&str>, after: &str) -> MonthOperation {
    MonthOperation::SetReceiptIncome(SetReceiptIncome {
        id: "op".into(),
        receipt: receipt.into(),
        before: before.map(str::to_owned),
        after: after.into(),
    })
}

#[test]
fn the_income_code_is_read_and_replaced_and_nothing_else_changes() {
    let receipts = read(&documents());
    assert_eq!(receipts[2].income.as_deref(), Some("29"));
    assert_eq!(receipts[0].income, None);
    let applied = apply(
        &documents(),
        &[
            set("SHAHO.UKE#3", Some("29"), "30"),
            MonthOperation::SetReceiptIncome(SetReceiptIncome {
                id: "op2".into(),
                receipt: "SHAHO.UKE#1".into(),
                before: None,
                after: "28".into(),
            }),
        ],
    );
    assert_eq!(applied.refusals, []);
    assert_eq!(applied.changes[0].kind, ChangeKind::InPlace);
    assert_eq!(applied.changes[1].kind, ChangeKind::Added);
    let change = &applied.changes[0].fields[0];
    assert_eq!(
        (
            change.place.record.as_deref(),
            change.place.field.as_deref()
        ),
        (Some("RE"), Some("12"))
    );
    assert_eq!(
        (change.before.as_str(), change.after.as_str()),
        ("29", "30")
    );
    let after = text(&applied.documents[0]);
    assert_eq!(
        after,
        SOCIAL
            .replace("19750903,,,,29,,P0003", "19750903,,,,30,,P0003")
            .replace("19680412,,,,,,P0001", "19680412,,,,28,,P0001")
    );
    assert_eq!(applied.documents[1], documents()[1]);
}

#[test]
fn other_remarks_stay_beside_the_income_code() {
    let with_more = SOCIAL.replace("19750903,,,,29,,P0003", "19750903,,,,0229,,P0003");
    let documents = [claim_document("SHAHO.UKE", &with_more)];
    assert_eq!(read(&documents)[2].income.as_deref(), Some("29"));
    let applied = apply(&documents, &[set("SHAHO.UKE#3", Some("29"), "30")]);
    assert!(text(&applied.documents[0]).contains("19750903,,,,0230,,P0003"));
}

#[test]
fn an_income_code_that_changed_meanwhile_or_is_none_is_refused() {
    assert_eq!(
        refused(set("SHAHO.UKE#3", None, "30")).code,
        "uke/changed-meanwhile"
    );
    assert_eq!(
        refused(set("SHAHO.UKE#3", Some("29"), "10")).code,
        "uke/remark"
    );
    assert_eq!(
        refused(set("SHAHO.UKE#9", None, "30")).code,
        "uke/unknown-receipt"
    );
}
