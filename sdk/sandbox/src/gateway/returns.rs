//! 返戻: a receipt that comes back, with its history.
//!
//! The shape (HH, receipt with 検索番号, HR, history lines prefixed `8`, HG) follows the published
//! examples of the handbook; the record specification of return files for 訪問看護 is not public, so
//! field values that no example explains are made up (grade: unconfirmed).

use super::{Shared, calendar, state::write_whole, submission::State};
use receden::{ClaimFile, repertoire};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::{fs, path::PathBuf};

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

/// A return that lies ready for its station.
pub(super) struct Returned {
    pub(super) id: String,
    pub(super) path: PathBuf,
}

fn folder(shared: &Shared, institution: &str) -> PathBuf {
    shared.store.folder().join("returns").join(institution)
}

/// A station's returns, oldest first.
pub(super) fn list(shared: &Shared, institution: &str) -> std::io::Result<Vec<Returned>> {
    let entries = match fs::read_dir(folder(shared, institution)) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(e),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if let (Some(id), Some("HEN")) =
            (path.file_stem(), path.extension().and_then(|e| e.to_str()))
        {
            found.push(Returned {
                id: id.to_string_lossy().into_owned(),
                path,
            });
        }
    }
    found.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(found)
}

/// Writes the return file of one receipt and notes it in the ledger.
pub(super) fn make(
    shared: &Shared,
    submission: &str,
    number: u32,
    reason: &str,
) -> Result<String, ReturnError> {
    let write = |detail: &dyn std::fmt::Display| ReturnError::Write(detail.to_string());
    let of = shared
        .store
        .all(&shared.options)
        .into_iter()
        .find(|known| known.id == submission && known.state == State::Confirmed)
        .ok_or_else(|| ReturnError::NotConfirmed(submission.to_owned()))?;
    let body = shared.store.body(&of).map_err(|e| write(&e))?;
    let file = ClaimFile::parse(&body).map_err(|e| write(&e))?;
    let bytes =
        compose(&file, &of.claim_month, number, reason)?.ok_or_else(|| ReturnError::NoReceipt {
            submission: submission.to_owned(),
            number,
        })?;

    let existing = list(shared, &of.institution).map_err(|e| write(&e))?;
    let id = format!("r-{:06}", existing.len().saturating_add(1));
    let folder = folder(shared, &of.institution);
    fs::create_dir_all(&folder).map_err(|e| write(&e))?;
    write_whole(&folder.join(format!("{id}.HEN")), &bytes).map_err(|e| write(&e))?;
    let detail = json!({
        "id": id, "submission": of.id, "institution": of.institution, "receipt": number,
        "sha256": hex::encode(Sha256::digest(&bytes)), "at": calendar::text((shared.options.clock)()),
    });
    shared
        .store
        .ledger()
        .append("gateway.returned", detail)
        .map_err(|e| write(&e))?;
    Ok(id)
}

/// The file; nothing when there is no such receipt.
fn compose(
    file: &ClaimFile,
    month: &str,
    number: u32,
    reason: &str,
) -> Result<Option<Vec<u8>>, ReturnError> {
    let write = |detail: &dyn std::fmt::Display| ReturnError::Write(detail.to_string());
    let Some(receipt) = file
        .receipts()
        .find(|receipt| receipt.number() == Ok(number))
    else {
        return Ok(None);
    };
    let encode = |text: &str| repertoire::encode(text).map_err(|e| write(&e));
    let mut lines: Vec<Vec<u8>> = Vec::new();
    let Some(header) = file.record(0) else {
        return Ok(None);
    };
    lines.push([b"HH", header.bytes().get(2..).unwrap_or_default()].concat());
    // The receipt as filed, its 検索番号 (RE15) filled.
    for (_, record) in receipt.records() {
        let mut record = record.to_record();
        if record.id() == "RE" {
            record
                .set(15, &format!("SIM{}{number:06}", month.replace('-', "")))
                .map_err(|e| write(&e))?;
        }
        lines.push(record.bytes().to_vec());
    }
    let why = encode(&format!("HR,{},1,{reason}", month.replace('-', "")))?;
    lines.push(why.clone());
    let filed = receipt.records().map(|(_, record)| record.bytes().to_vec());
    let history = filed.chain([why, b"RC,Ver0000".to_vec()]);
    for (place, line) in history.enumerate() {
        lines.push(
            [
                format!("8,{},0,", place.saturating_add(1)).as_bytes(),
                &line,
            ]
            .concat(),
        );
    }
    let count = lines.len();
    lines.push(format!("HG,1,{count}").into_bytes());
    let mut bytes: Vec<u8> = lines
        .into_iter()
        .flat_map(|line| [line, b"\r\n".to_vec()].concat())
        .collect();
    bytes.push(receden::EOF);
    Ok(Some(bytes))
}
