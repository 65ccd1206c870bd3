//! 返戻: receipts that come back, with their history.
//!
//! The shape (HH, receipt with 検索番号, HR, history lines prefixed `8`, HG) follows the published
//! examples of the handbook; the record specification of return files for 訪問看護 is not public, so
//! field values that no example explains are made up (grade: unconfirmed).

use super::{
    Shared, calendar,
    desk::Desk,
    downloads::{self, DownloadKind, Named, Ready},
    review::Returning,
    steps,
    store::lock,
    submission::{State, Submission},
};
use receden::{ClaimFile, Receipt, repertoire};
use reseplug_model::Month;

/// Why a receipt could not be sent back.
#[derive(Debug, thiserror::Error)]
pub enum ReturnError {
    /// Nothing confirmed under that name.
    #[error("{0} is not a confirmed submission")]
    NotConfirmed(String),
    /// No such receipt in it.
    #[error("submission {submission} has no receipt {number}")]
    NoReceipt {
        /// Which submission.
        submission: String,
        /// レセプト番号 asked for.
        number: u32,
    },
    /// The file or the reason cannot be written as レセ電.
    #[error("the return file could not be written: {0}")]
    Write(String),
}

fn write(detail: impl std::fmt::Display) -> ReturnError {
    ReturnError::Write(detail.to_string())
}

/// Puts the return of one receipt ready and notes it in the ledger.
pub(super) fn make(
    shared: &Shared,
    submission: &str,
    number: u32,
    reason: &str,
) -> Result<String, ReturnError> {
    let now = (shared.options.clock)();
    for desk in shared.store.desks() {
        let mut desk = lock(&desk);
        steps::settle(shared, &mut desk, now).map_err(|e| write(format!("{e:?}")))?;
        let confirmed = |known: &&Submission| known.state == State::Confirmed;
        let Some(of) = desk.get(submission).filter(confirmed) else {
            continue;
        };
        let payer = of.payer.clone();
        let returning = Returning {
            submission: submission.to_owned(),
            number,
            reason: reason.to_owned(),
        };
        let month = calendar::month_of(now).ok_or_else(|| write("month"))?;
        let (bytes, receipts) = file(shared, &desk, &[returning], month)?;
        let made = |download: &&downloads::Download| download.id.starts_with("r-");
        let count = desk.downloads().iter().filter(made).count();
        let id = format!("r-{:06}", count.saturating_add(1));
        let ready = Ready {
            id: id.clone(),
            kind: DownloadKind::Returns,
            payer,
            name: format!("{id}.HEN"),
            at: now,
            receipts,
            bytes,
        };
        downloads::put(shared, &mut desk, ready).map_err(|e| write(format!("{e:?}")))?;
        return Ok(id);
    }
    Err(ReturnError::NotConfirmed(submission.to_owned()))
}

/// The file of several receipts, and what it is about.
pub(super) fn file(
    shared: &Shared,
    desk: &Desk,
    returning: &[Returning],
    month: Month,
) -> Result<(Vec<u8>, Vec<Named>), ReturnError> {
    let mut lines: Vec<Vec<u8>> = Vec::new();
    let mut named = Vec::new();
    for one in returning {
        let of = desk
            .get(&one.submission)
            .ok_or_else(|| ReturnError::NotConfirmed(one.submission.clone()))?;
        let body = shared.store.body(of).map_err(write)?;
        let file = ClaimFile::parse(&body).map_err(write)?;
        if lines.is_empty() {
            let header = file.record(0).ok_or_else(|| write("HM"))?;
            lines.push([b"HH", header.bytes().get(2..).unwrap_or_default()].concat());
        }
        let nobody = || ReturnError::NoReceipt {
            submission: one.submission.clone(),
            number: one.number,
        };
        let verdict = of
            .filed()
            .find(|receipt| receipt.number == one.number)
            .ok_or_else(nobody)?;
        let receipt = file
            .receipts()
            .find(|receipt| receipt.number() == Ok(one.number))
            .ok_or_else(nobody)?;
        let search = search_number(of, one.number);
        lines.extend(returned(receipt, &search, &one.reason, month)?);
        named.push(Named {
            submission: of.id.clone(),
            number: one.number,
            person: verdict.person.clone(),
            service_month: verdict.service_month.clone(),
            amount: i64::try_from(verdict.total).unwrap_or(i64::MAX),
            search_number: Some(search),
        });
    }
    let count = lines.len();
    lines.push(format!("HG,{},{count}", named.len()).into_bytes());
    let mut bytes: Vec<u8> = lines
        .into_iter()
        .flat_map(|line| [line, b"\r\n".to_vec()].concat())
        .collect();
    bytes.push(receden::EOF);
    Ok((bytes, named))
}

/// 18 digits that no other receipt has (17 to 30 are allowed; how payers number them is not public).
fn search_number(of: &Submission, number: u32) -> String {
    format!(
        "{}{}{:0>6}{number:05}",
        of.payer,
        of.claim_month.replace('-', ""),
        of.id.trim_start_matches("s-"),
    )
}

/// The receipt as filed with its 検索番号, why, and the history: what earlier returns left, then
/// this one.
fn returned(
    receipt: Receipt<'_>,
    search: &str,
    reason: &str,
    month: Month,
) -> Result<Vec<Vec<u8>>, ReturnError> {
    let mut lines: Vec<Vec<u8>> = Vec::new();
    let (mut own, mut before) = (Vec::new(), Vec::new());
    for (_, record) in receipt.records() {
        if record.id() == "8" {
            before.push(record.bytes().to_vec());
            continue;
        }
        own.push(record.bytes().to_vec());
        let mut record = record.to_record();
        if record.id() == "RE" {
            record.set(15, search).map_err(write)?;
        }
        lines.push(record.bytes().to_vec());
    }
    let why = repertoire::encode(&format!("HR,{},1,{reason}", month.compact())).map_err(write)?;
    lines.push(why.clone());
    let earlier = before.len();
    lines.extend(before);
    let history = own.into_iter().chain([why, b"RC,Ver0000".to_vec()]);
    for (place, line) in history.enumerate() {
        let place = place.saturating_add(earlier).saturating_add(1);
        lines.push([format!("8,{place},0,").as_bytes(), &line].concat());
    }
    Ok(lines)
}
