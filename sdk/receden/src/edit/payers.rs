use std::collections::BTreeMap;

use reseplug_model::Payer;
use thiserror::Error;

use crate::document::{ClaimFile, EOF, FileKind};
use crate::edition::Edition;
use crate::fields::FieldError;
use crate::receipt::Receipt;
use crate::record::{Record, RecordRef, Separator, WriteError};

/// Why files were not divided, joined, or a receipt not moved. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FilingError {
    /// The insurer's number cannot be read, so nobody can say where the receipt goes.
    #[error("receipt {position} (line {line}): {error}")]
    Receipt {
        /// Place in the file, from 1.
        position: usize,
        /// Its line.
        line: usize,
        /// What cannot be read.
        error: FieldError,
    },
    /// The file has no such receipt.
    #[error("the file has {count} receipts, there is no receipt {position}")]
    NoSuchReceipt {
        /// Place in the file asked for, from 1.
        position: usize,
        /// Receipts of the file.
        count: usize,
    },
    /// No claim file, or one without a header.
    #[error("file {file} is no claim file with a header HM")]
    NoClaim {
        /// Which one, from 1.
        file: usize,
    },
    /// The headers differ.
    #[error("file {file} does not belong to the first one: {name_ja} differs")]
    OtherHeader {
        /// Which one, from 1.
        file: usize,
        /// The field of HM that differs.
        name_ja: String,
    },
    /// A value that cannot be written.
    #[error(transparent)]
    Unwritable(#[from] WriteError),
}

impl FilingError {
    /// Stable word for machines: the last part of a fault code.
    #[must_use]
    pub fn what(&self) -> &'static str {
        match self {
            Self::Receipt { .. } => "unreadable",
            Self::NoSuchReceipt { .. } => "no-receipt",
            Self::NoClaim { .. } => "no-claim",
            Self::OtherHeader { .. } => "other-file",
            Self::Unwritable(_) => "unwritable",
        }
    }

    /// What happened and what to do, in Japanese.
    #[must_use]
    pub fn message_ja(&self) -> String {
        match self {
            Self::Receipt {
                position,
                line,
                error,
            } => format!(
                "{position}件目（{line}行目）のレセプトの{}が読めず、請求先が分かりません。レセプトソフトで直してください。",
                error.name_ja
            ),
            Self::NoSuchReceipt { position, count } => {
                format!("{position}件目のレセプトはありません（{count}件あります）。")
            }
            Self::NoClaim { file } => {
                format!("{file}番目のファイルは、HMレコードで始まる請求データではありません。")
            }
            Self::OtherHeader { file, name_ja } => {
                format!("{file}番目のファイルは{name_ja}が最初のファイルと違い、まとめられません。")
            }
            Self::Unwritable(error) => format!("レセ電に記録できない値があります（{error}）。"),
        }
    }
}

/// Where a receipt is filed: 国保 and 後期 to 国保連, everything else and 公費 alone to 支払基金.
/// (Unconfirmed; that 公費 alone goes to 支払基金 is of secondary sources.)
///
/// # Errors
/// The insurer's number cannot be read.
pub fn payer_of(receipt: &Receipt<'_>) -> Result<Payer, FieldError> {
    Ok(match receipt.insurer() {
        Some(insurer) => insurer.number()?.payer(),
        None => Payer::SocialInsuranceFund,
    })
}

fn records(receipt: &Receipt<'_>) -> impl Iterator<Item = Record> {
    receipt.records().map(|(_, record)| record.to_record())
}

/// Header, receipts and footer as a well-formed file, numbered from 1.
pub(crate) fn assembled(header: Record, receipts: Vec<Record>) -> Result<ClaimFile, WriteError> {
    let mut all = vec![header];
    all.extend(receipts);
    all.push(Record::build::<&str>(Edition::r0606(), "GO", &[])?);
    for record in &mut all {
        record.set_separator(Separator::CrLf);
    }
    let mut file = ClaimFile::of_records(&all, vec![EOF]);
    file.renumber()?;
    Ok(file)
}

fn header(file: &ClaimFile, number: usize) -> Result<Record, FilingError> {
    file.record(0)
        .filter(|record| record.id() == "HM" && file.kind() == FileKind::Claim)
        .map(RecordRef::to_record)
        .ok_or(FilingError::NoClaim { file: number })
}

/// One file for each payer that a month's receipts go to, each numbered from 1.
///
/// # Errors
/// [`FilingError`] names the receipt whose insurer cannot be read.
pub fn by_payer(file: &ClaimFile) -> Result<BTreeMap<Payer, ClaimFile>, FilingError> {
    let header = header(file, 1)?;
    let mut of_payer: BTreeMap<Payer, Vec<Record>> = BTreeMap::new();
    for (n, receipt) in file.receipts().enumerate() {
        let payer = payer_of(&receipt).map_err(|error| FilingError::Receipt {
            position: n + 1,
            line: receipt.lines().0,
            error,
        })?;
        of_payer.entry(payer).or_default().extend(records(&receipt));
    }
    let mut files = BTreeMap::new();
    for (payer, receipts) in of_payer {
        let mut header = header.clone();
        header.set(2, payer.code())?;
        files.insert(payer, assembled(header, receipts)?);
    }
    Ok(files)
}

/// One file of several of the same station, payer and month: the receipts in the order of the files.
///
/// # Errors
/// [`FilingError::OtherHeader`] names the file and the field in which it differs from the first.
pub fn join(files: &[&ClaimFile]) -> Result<ClaimFile, FilingError> {
    let mut all = Vec::new();
    let mut first: Option<Record> = None;
    for (n, file) in files.iter().enumerate() {
        let this = header(file, n + 1)?;
        match &first {
            None => first = Some(this),
            Some(first) => {
                // Payer, station and month; a phone number may be written in one of them only.
                if let Some(field) = [2, 3, 4, 5, 7]
                    .into_iter()
                    .find(|field| first.raw(*field) != this.raw(*field))
                {
                    let name = Edition::r0606().field("HM", field);
                    return Err(FilingError::OtherHeader {
                        file: n + 1,
                        name_ja: name.map(|spec| spec.name.clone()).unwrap_or_default(),
                    });
                }
            }
        }
        for receipt in file.receipts() {
            all.extend(records(&receipt));
        }
    }
    let first = first.ok_or(FilingError::NoClaim { file: 1 })?;
    Ok(assembled(first, all)?)
}

/// Takes the n-th receipt (from 0) out of one file and puts it behind the last of another; both are
/// numbered anew. Moved to another payer it is a first filing: see
/// [`first_submission`](super::first_submission).
///
/// # Errors
/// [`FilingError`]; both files are as before then.
pub fn move_receipt(from: &mut ClaimFile, n: usize, to: &mut ClaimFile) -> Result<(), FilingError> {
    let (mut left, mut right) = (from.clone(), to.clone());
    if left.receipt(n).is_none() {
        return Err(FilingError::NoSuchReceipt {
            position: n + 1,
            count: left.receipts().count(),
        });
    }
    header(&left, 1)?;
    header(&right, 2)?;
    let moved = left.remove_receipt(n)?;
    right.append_receipt(moved)?;
    left.renumber()?;
    right.renumber()?;
    (*from, *to) = (left, right);
    Ok(())
}
