//! What was filed, receipt by receipt, and what became of it: for tests that compare it with what
//! a host believes.

use super::{Shared, desk::Desk, downloads::DownloadKind, steps, store::lock};
use std::collections::HashMap;

/// A receipt that was filed (請求確定).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FiledReceipt {
    /// Id of the submission.
    pub submission: String,
    /// Its idempotency key.
    pub key: String,
    /// 医療機関コード.
    pub institution: String,
    /// 審査支払機関, `1` or `2`.
    pub payer: String,
    /// 請求年月.
    pub claim_month: String,
    /// レセプト番号.
    pub number: u32,
    /// 訪問看護記録番号等; empty where the file had none.
    pub person: String,
    /// 指定訪問看護年月.
    pub service_month: String,
    /// 合計金額, yen.
    pub total: u64,
    /// When it was confirmed, ISO 8601 in Japan's time.
    pub confirmed_at: String,
    /// Confirmed by the gateway at 10日24時.
    pub automatic: bool,
    /// 検索番号 it was filed with: a re-filing.
    pub search_number: Option<String>,
    /// The returned receipt it files again: submission and number.
    pub files_again: Option<(String, u32)>,
    /// Whether its station asked for it back (取下げ).
    pub taken_down: bool,
    /// Id of the download it came back in (返戻).
    pub returned: Option<String>,
    /// The 検索番号 it came back with.
    pub returned_as: Option<String>,
    /// Yen that the review changed (査定).
    pub adjusted: i64,
    /// Yen paid; absent until then.
    pub paid: Option<i64>,
}

/// Every receipt that was filed, as of the gateway's clock.
pub(super) fn all(shared: &Shared) -> Vec<FiledReceipt> {
    let now = (shared.options.clock)();
    let mut found = Vec::new();
    for desk in shared.store.desks() {
        let mut desk = lock(&desk);
        // A view for tests: what cannot be stored shows in the next request.
        let _ = steps::settle(shared, &mut desk, now);
        of_desk(&desk, &mut found);
    }
    found
}

fn of_desk(desk: &Desk, found: &mut Vec<FiledReceipt>) {
    let mut fates: HashMap<(&str, u32), Vec<(&super::Download, &super::Named)>> = HashMap::new();
    for download in desk.downloads() {
        for receipt in &download.receipts {
            fates
                .entry((receipt.submission.as_str(), receipt.number))
                .or_default()
                .push((download, receipt));
        }
    }
    for submission in desk.all() {
        let Some(confirmation) = &submission.confirmation else {
            continue;
        };
        for receipt in submission.filed() {
            let fates = fates.get(&(submission.id.as_str(), receipt.number));
            let of = |kind| {
                fates
                    .into_iter()
                    .flatten()
                    .filter(move |(download, _)| download.kind == kind)
            };
            let returned = of(DownloadKind::Returns).next();
            let again = receipt.search_number.as_ref();
            found.push(FiledReceipt {
                submission: submission.id.clone(),
                key: submission.key.clone(),
                institution: submission.institution.clone(),
                payer: submission.payer.clone(),
                claim_month: submission.claim_month.clone(),
                number: receipt.number,
                person: receipt.person.clone(),
                service_month: receipt.service_month.clone(),
                total: receipt.total,
                confirmed_at: confirmation.at.clone(),
                automatic: confirmation.automatic,
                search_number: receipt.search_number.clone(),
                files_again: again.and_then(|number| desk.returned(number).cloned()),
                taken_down: submission.take_down_of(receipt.number).is_some(),
                returned: returned.map(|(download, _)| download.id.clone()),
                returned_as: returned.and_then(|(_, named)| named.search_number.clone()),
                adjusted: of(DownloadKind::Adjustments)
                    .map(|(_, named)| named.amount)
                    .fold(0, i64::saturating_add),
                paid: of(DownloadKind::Payments)
                    .map(|(_, named)| named.amount)
                    .next(),
            });
        }
    }
}

/// All submissions, oldest first, as of the gateway's clock.
pub(super) fn submissions(shared: &Shared) -> Vec<super::Submission> {
    let now = (shared.options.clock)();
    let mut found = Vec::new();
    for desk in shared.store.desks() {
        let mut desk = lock(&desk);
        let _ = steps::settle(shared, &mut desk, now);
        found.extend(desk.all().map(|submission| super::Submission {
            state: submission.state_at(now),
            ..submission.clone()
        }));
    }
    found.sort_by(|a, b| a.id.cmp(&b.id));
    found
}
