//! 返戻 files of オンライン請求, as `receden` reads them.

use super::{Kind, Notice};
use crate::guard;
use receden::ClaimFile;
use receden::returns::returned;
use reseplug_effect::Fault;
use reseplug_model::Period;

/// Whether the bytes begin as a return file does.
pub(super) fn is_return_file(bytes: &[u8]) -> bool {
    bytes.starts_with(b"HH,")
}

/// Every receipt that came back for its eligibility, and every other one as what it is.
pub(super) fn read(name: &str, bytes: &[u8]) -> Result<Vec<Notice>, Fault> {
    let receipts = guard::read(name, bytes)?;
    let file = ClaimFile::parse(bytes).map_err(|error| {
        Fault::new(
            "claim/not-readable",
            format!("返戻ファイル「{name}」を読めません。{}", error.message_ja()),
            format!("the return file {name} cannot be read: {error}"),
        )
    })?;
    let mut found = Vec::new();
    for (receipt, back) in receipts.into_iter().zip(returned(&file)) {
        let texts: Vec<String> = back.reasons().map(|r| r.text()).collect();
        let processed = back.reasons().find_map(|r| r.month());
        let known: Vec<_> = back.reasons().filter_map(|r| r.eligibility()).collect();
        let notice = Notice {
            title: "返戻".to_owned(),
            kind: Kind::Returned,
            person_key: receipt.person_key,
            name: receipt.name,
            kana: None,
            birth_date: Some(receipt.birth_date),
            service_month: Some(receipt.service_month),
            receipt_number: Some(receipt.number),
            filed: receipt.coverage,
            stated: None,
            untold: Vec::new(),
            branch: None,
            period: Period::ALWAYS,
            days: receipt.days,
            reason: known.first().copied(),
            text: texts.join(" / "),
            processed: processed.map(|m| m.to_string()),
        };
        // A receipt may come back for several of the twelve: each stands for itself.
        for reason in known.iter().skip(1) {
            found.push(Notice {
                reason: Some(*reason),
                ..notice.clone()
            });
        }
        found.push(notice);
    }
    Ok(found)
}
