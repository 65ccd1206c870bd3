//! 返戻: receipts that come back, why, and how they are filed again (再請求).
//!
//! A return file is `HH`, then each receipt as it was filed (with a 検索番号 in RE) followed by the reason
//! (`HR`) and its history (lines beginning `8,`), then `HG`. For filing again HR is taken out, the
//! history stays byte for byte, the 検索番号 stays, numbers begin anew, header and footer become those of a
//! claim file (手引き 別紙1). The full layout for 訪問看護 is not published: what this module does not
//! know of HR, it shows as it stands.
//!
//! A receipt whose payer changed, or that must be split, is no re-filing: it becomes a first filing
//! without 検索番号 and history ([`Refiling::as_first`]).

use std::sync::LazyLock;

use reseplug_model::Month;
use serde::Deserialize;
use thiserror::Error;

use crate::document::{ClaimFile, FileKind};
use crate::edit::{assembled, first_submission};
use crate::eligibility::{Eligibility, EligibilityReason};
use crate::fields::{FieldError, Row, Text};
use crate::receipt::Receipt;
use crate::record::{RecordRef, WriteError};

/// What is known about a reason.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Explanation {
    /// Number of 受付・事務点検ASP.
    #[serde(default)]
    pub code: Option<String>,
    #[serde(default)]
    text: Vec<String>,
    /// What it means, in Japanese.
    pub ja: String,
    /// What it means, in English.
    pub en: String,
    /// What to do, in Japanese.
    pub action_ja: String,
    /// What to do, in English.
    pub action_en: String,
    /// Of the twelve reasons of eligibility: what an answer can show of it beforehand.
    #[serde(default)]
    pub eligibility: Option<Eligibility>,
}

static EXPLANATIONS: LazyLock<Vec<Explanation>> = LazyLock::new(|| {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        reason: Vec<Explanation>,
    }
    #[expect(
        clippy::expect_used,
        reason = "the file is part of the program and every test reads it: it cannot be malformed here"
    )]
    let file: File =
        toml::from_str(include_str!("../editions/returns.toml")).expect("editions/returns.toml");
    file.reason
});

/// Which of the twelve reasons of eligibility a payer's words name, if they name one.
#[must_use]
pub fn eligibility_of_text(text: &str) -> Option<EligibilityReason> {
    explanations()
        .iter()
        .find(|known| known.text.iter().any(|words| text.contains(words.as_str())))
        .and_then(|known| Some(known.eligibility.as_ref()?.reason))
}

/// All reasons that can be explained.
#[must_use]
pub fn explanations() -> &'static [Explanation] {
    &EXPLANATIONS
}

/// One reason (HR) of a return.
#[derive(Debug, Clone, Copy)]
pub struct Reason<'a> {
    record: RecordRef<'a>,
    line: usize,
}

impl<'a> Reason<'a> {
    /// Line in the file, from 1.
    #[must_use]
    pub fn line(self) -> usize {
        self.line
    }

    /// The record as it stands.
    #[must_use]
    pub fn record(self) -> RecordRef<'a> {
        self.record
    }

    /// The month in field 2 (the month of processing: inferred from the published example).
    #[must_use]
    pub fn month(self) -> Option<Month> {
        Month::from_compact(self.record.raw(2).unwrap_or_default())
    }

    /// What the payer wrote: all fields behind the third that hold something.
    #[must_use]
    pub fn text(self) -> String {
        let texts: Vec<String> = self
            .record
            .fields()
            .skip(3)
            .filter_map(|raw| Text::of(raw).map(String::from))
            .collect();
        texts.join(" ")
    }

    /// The number of 受付・事務点検ASP in the text, in half width: `L3129`.
    #[must_use]
    pub fn code(self) -> Option<String> {
        let narrow: Vec<char> = self
            .text()
            .chars()
            .map(|c| match c {
                '！'..='～' => u32::from(c)
                    .checked_sub(0xFEE0)
                    .and_then(char::from_u32)
                    .unwrap_or(c),
                c => c,
            })
            .collect();
        narrow
            .windows(5)
            .find(|window| {
                matches!(window, ['L', digits @ ..] if digits.iter().all(char::is_ascii_digit))
            })
            .map(|window| window.iter().collect())
    }

    /// What is known about it: by its number, else by its words. `None` leaves the payer's own text.
    #[must_use]
    pub fn explanation(self) -> Option<&'static Explanation> {
        let (code, text) = (self.code(), self.text());
        explanations()
            .iter()
            .find(|known| known.code.is_some() && known.code == code)
            .or_else(|| {
                explanations()
                    .iter()
                    .find(|known| known.text.iter().any(|words| text.contains(words.as_str())))
            })
    }

    /// Which of the twelve reasons of eligibility it is, if it is one.
    #[must_use]
    pub fn eligibility(self) -> Option<EligibilityReason> {
        Some(self.explanation()?.eligibility.as_ref()?.reason)
    }

    /// What the class of its number means (受付・事務点検ASP に係るチェック一覧, 医科).
    #[must_use]
    pub fn class_ja(self) -> Option<&'static str> {
        let code = self.code()?;
        Some(match code.get(..3)? {
            "L48" => "参考（正常として扱われる）",
            class => match class.get(..2)? {
                "L1" => "受付不能（ファイル全体）",
                "L2" => "受付不能（レセプト）",
                "L3" => "要確認（返戻になるもの）",
                "L4" => "要確認（査定・返戻・訂正になるもの）",
                _ => return None,
            },
        })
    }
}

/// A receipt that came back.
#[derive(Debug, Clone)]
pub struct Returned<'a> {
    /// The receipt as it was filed, with its reasons and its history among its records.
    pub receipt: Receipt<'a>,
}

impl<'a> Returned<'a> {
    /// Why it came back.
    pub fn reasons(&self) -> impl Iterator<Item = Reason<'a>> + use<'a> {
        self.receipt.records_of("HR").map(|(index, record)| Reason {
            record,
            line: index + 1,
        })
    }

    /// Lines of its history (履歴管理ブロック).
    pub fn history(&self) -> impl Iterator<Item = (usize, RecordRef<'a>)> + use<'a> {
        self.receipt.records_of("8")
    }
}

/// The receipts of a return file.
pub fn returned(file: &ClaimFile) -> impl Iterator<Item = Returned<'_>> {
    file.receipts().map(|receipt| Returned { receipt })
}

/// 件数 of the footer HG; `None` where it is missing or cannot be read. That the second field is the
/// number of receipts is inferred from the published example.
#[must_use]
pub fn stated_count(file: &ClaimFile) -> Option<usize> {
    file.records()
        .filter(|record| record.id() == "HG")
        .last()?
        .ascii(2)?
        .parse()
        .ok()
}

/// Why no file for filing again was made. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RefileError {
    /// The file is no return file.
    #[error("the file holds no returned receipts: it does not begin with HH")]
    NoReturn,
    /// The file has no such receipt.
    #[error("the file has {count} receipts, there is no receipt {position}")]
    NoSuchReceipt {
        /// Place in the file asked for, from 1.
        position: usize,
        /// Receipts of the file.
        count: usize,
    },
    /// A receipt without 検索番号 cannot be told from a first filing.
    #[error(
        "receipt {position} (line {line}) has no search number (RE field 15) and cannot be filed again as a return; make it a first filing if that is meant"
    )]
    NoSearchNumber {
        /// Place in the file, from 1.
        position: usize,
        /// Its line.
        line: usize,
    },
    /// The file that the receipts shall join is another station's or another payer's, or no claim file.
    #[error("the files do not belong together: {name_ja} is `{first}` and `{second}`")]
    OtherFile {
        /// Which field of the header.
        name_ja: &'static str,
        /// What the return file says.
        first: String,
        /// What the other file says.
        second: String,
    },
    /// A header that cannot be read.
    #[error(transparent)]
    Unreadable(#[from] FieldError),
    /// A value that cannot be written.
    #[error(transparent)]
    Unwritable(#[from] WriteError),
    /// A first filing could not be made of a receipt.
    #[error(transparent)]
    Refused(#[from] crate::edit::Refusal),
}

impl RefileError {
    /// Stable word for machines: the last part of a fault code.
    #[must_use]
    pub fn what(&self) -> &'static str {
        match self {
            Self::NoReturn => "no-return",
            Self::NoSuchReceipt { .. } => "no-receipt",
            Self::NoSearchNumber { .. } => "no-search-number",
            Self::OtherFile { .. } => "other-file",
            Self::Unreadable(_) => "unreadable",
            Self::Unwritable(_) => "unwritable",
            Self::Refused(refusal) => refusal.what(),
        }
    }

    /// What happened and what to do, in Japanese.
    #[must_use]
    pub fn message_ja(&self) -> String {
        match self {
            Self::NoReturn => "返戻データではありません（HHレコードで始まっていません）。返戻ファイルを選んでください。".to_owned(),
            Self::NoSuchReceipt { position, count } => {
                format!("{position}件目のレセプトはありません（{count}件あります）。")
            }
            Self::NoSearchNumber { position, line } => format!(
                "{position}件目（{line}行目）のレセプトに検索番号がなく、再請求にできません。初回の請求にする場合はそのように指定してください。"
            ),
            Self::OtherFile {
                name_ja,
                first,
                second,
            } => format!(
                "{name_ja}が「{first}」と「{second}」で、同じファイルにできません。同じ事業所・同じ請求先のファイルを選んでください。"
            ),
            Self::Unreadable(error) => format!(
                "{}レコードの項目{}（{}）を読み取れません。",
                error.record, error.field, error.name_ja
            ),
            Self::Unwritable(error) => format!("レセ電に記録できない値があります（{error}）。"),
            Self::Refused(refusal) => refusal.message_ja(),
        }
    }
}

/// What shall become of returned receipts.
#[derive(Debug, Clone)]
pub struct Refiling<'a> {
    /// 請求年月 of the new file; that of `together_with` where one is given.
    pub claim_month: Month,
    /// Places in the return file, from 0, of the receipts to file again.
    pub receipts: Vec<usize>,
    /// Those of them that become first filings: their payer changed, or they were split.
    pub as_first: Vec<usize>,
    /// First-time receipts of the same station and payer to stand before them.
    pub together_with: Option<&'a ClaimFile>,
}

impl Refiling<'_> {
    /// All receipts of a file, as re-filings.
    #[must_use]
    pub fn all(file: &ClaimFile, claim_month: Month) -> Self {
        Self {
            claim_month,
            receipts: (0..file.receipts().count()).collect(),
            as_first: Vec::new(),
            together_with: None,
        }
    }
}

/// Makes the file that files returned receipts again. The return file stays as it is.
///
/// ```
/// use receden::ClaimFile;
/// use receden::returns::{Refiling, refile};
/// let returned = b"HH,1,13,6,9999998,ABC,202411,\r\n\
///     RE,1,6112,202410,A B,,1,19680412,,,,,,,12345678901234567\r\n\
///     HR,202412,1,L3129\r\n8,1,0,RE,1\r\nHG,1,5\r\n\x1a";
/// let returned = ClaimFile::parse(returned)?;
/// let month = reseplug_model::Month::new(2024, 12).unwrap();
/// let again = refile(&returned, &Refiling::all(&returned, month))?;
/// assert_eq!(
///     again.to_bytes(),
///     b"HM,1,13,6,9999998,ABC,202412,\r\n\
///     RE,1,6112,202410,A B,,1,19680412,,,,,,,12345678901234567\r\n\
///     8,1,0,RE,1\r\nGO\r\n\x1a"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`RefileError`]; no file is made then.
pub fn refile(returned: &ClaimFile, wanted: &Refiling<'_>) -> Result<ClaimFile, RefileError> {
    if returned.kind() != FileKind::Return {
        return Err(RefileError::NoReturn);
    }
    let header = returned.record(0).ok_or(RefileError::NoReturn)?;
    let mut records = Vec::new();
    let header = match wanted.together_with {
        Some(other) => {
            records.extend(
                other
                    .records()
                    .skip(1)
                    .filter(|record| record.id() != "GO")
                    .map(RecordRef::to_record),
            );
            same_header(header, other)?.to_record()
        }
        None => {
            let mut header = header.to_record().with_id("HM");
            header.set(7, &wanted.claim_month.compact())?;
            header
        }
    };
    let all: Vec<Receipt<'_>> = returned.receipts().collect();
    for position in &wanted.receipts {
        let receipt = all.get(*position).ok_or(RefileError::NoSuchReceipt {
            position: position + 1,
            count: all.len(),
        })?;
        let first = wanted.as_first.contains(position);
        if !first && receipt.search_number()?.is_none() {
            return Err(RefileError::NoSearchNumber {
                position: position + 1,
                line: receipt.lines().0,
            });
        }
        let kept = receipt
            .records()
            .filter(|(_, record)| record.id() != "HR")
            .map(|(_, record)| record.to_record())
            .collect();
        records.extend(if first { first_submission(kept)? } else { kept });
    }
    Ok(assembled(header, records)?)
}

/// The other file's header, when it is of the same payer and station.
fn same_header<'o>(
    header: RecordRef<'_>,
    other: &'o ClaimFile,
) -> Result<RecordRef<'o>, RefileError> {
    let row = Row {
        record: header,
        line: 1,
    };
    let first = other
        .header()
        .filter(|_| other.kind() == FileKind::Claim)
        .and_then(|_| other.record(0));
    let second = first.map(|record| Row { record, line: 1 });
    for (field, name_ja) in [
        (2, "審査支払機関"),
        (3, "都道府県"),
        (4, "点数表"),
        (5, "訪問看護ステーションコード"),
    ] {
        let here = row.need_text(field, name_ja)?;
        let there = match second {
            Some(row) => Some(row.need_text(field, name_ja)?),
            None => None,
        };
        if Some(here) != there {
            return Err(RefileError::OtherFile {
                name_ja,
                first: here.to_string(),
                second: there.map(String::from).unwrap_or_default(),
            });
        }
    }
    first.ok_or(RefileError::NoReturn)
}
