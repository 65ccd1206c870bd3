//! The protocol's own documents: 増減点連絡書 and 振込額 as JSON (`gateway-v1.yaml`, `Adjustments` and
//! `Payments`). The payers' own layouts for 訪問看護 are not public and are not imitated.

use super::{
    calendar,
    review::{Adjusting, Filed},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Which receipt a row is about.
fn receipt(filed: &Filed<'_>) -> Value {
    let (submission, receipt) = (filed.submission, filed.receipt);
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    json!({
        "submission": submission.id,
        "claim_month": submission.claim_month,
        "number": receipt.number,
        "search_number": receipt.search_number,
        "person_key": some(&receipt.person),
        "name": some(&receipt.name),
        "service_month": some(&receipt.service_month),
        "total": receipt.total,
    })
}

/// 増減点連絡書
pub(super) fn adjustments(
    payer: &str,
    at: Timestamp,
    rows: &[(&Filed<'_>, &Adjusting)],
) -> Vec<u8> {
    let rows: Vec<Value> = rows
        .iter()
        .map(|(filed, one)| {
            json!({
                "receipt": receipt(filed), "change": one.change, "code": one.code, "reason": one.reason,
            })
        })
        .collect();
    document(&json!({
        "document": "adjustments", "payer": payer, "at": calendar::text(at), "adjustments": rows,
        "simulated": true,
    }))
}

/// 振込額, one payment a 請求年月.
pub(super) fn payments(payer: &str, at: Timestamp, rows: &[(&Filed<'_>, u64)]) -> Vec<u8> {
    let mut months: BTreeMap<&str, (u64, Vec<Value>)> = BTreeMap::new();
    for (filed, amount) in rows {
        let month = months
            .entry(filed.submission.claim_month.as_str())
            .or_default();
        month.0 = month.0.saturating_add(*amount);
        month
            .1
            .push(json!({ "receipt": receipt(filed), "amount": amount }));
    }
    let at = calendar::text(at);
    let paid_on = at.get(..10).unwrap_or_default();
    let payments: Vec<Value> = months
        .into_iter()
        .map(|(month, (amount, rows))| {
            json!({
                "claim_month": month, "amount": amount, "receipts": rows.len(), "paid_on": paid_on, "rows": rows,
            })
        })
        .collect();
    document(&json!({
        "document": "payments", "payer": payer, "at": at, "payments": payments, "simulated": true,
    }))
}

fn document(value: &Value) -> Vec<u8> {
    let mut bytes = value.to_string().into_bytes();
    bytes.push(b'\n');
    bytes
}
