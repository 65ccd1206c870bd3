//! Changes of a finished claim file: another coverage on a receipt ([`replace_coverage`]), a receipt
//! divided because the insurer changed within the month ([`split`]), and files divided, joined and
//! receipts moved by payer ([`by_payer`], [`join`], [`move_receipt`]). All are pure.
//!
//! Changing a finished claim file is the last resort; the register of the product is the normal
//! place. So these refuse, with a reason, whatever they cannot do exactly: no fee is computed here,
//! no total changes, and money the answer does not hold (HO9, RE13, MF, reductions) is never
//! touched or divided.
//!
//! How an adapter uses them:
//!
//! ```text
//! in place:  let edited = replace_coverage(receipt, &coverage)?;
//!            file.replace_receipt(n, vec![edited.records])?;
//! move:      let edited = replace_coverage(receipt, &coverage)?;
//!            file.remove_receipt(n)?;
//!            other.append_receipt(first_submission(edited.records)?)?;   // other = file.empty_for(payer)?
//!            file.renumber()?; other.renumber()?;
//! split:     let parts = split(receipt, &[(period, coverage), …])?;
//!            file.replace_receipt(n, parts of this payer)?; other.append_receipt(part of the other)?;
//! ```

mod coverage;
mod payers;
mod remarks;
mod split;

pub use coverage::{Coverage, Edited, FieldChange, first_submission, replace_coverage};
pub(crate) use payers::assembled;
pub use payers::{FilingError, by_payer, join, move_receipt, payer_of};
pub(crate) use remarks::INCOME;
pub use remarks::{income_remark, replace_income_remark};
pub use split::{SPLIT_COMMENT_CODE, split};

use thiserror::Error;

use crate::fields::FieldError;
use crate::record::WriteError;

/// Why a change of a finished receipt was not made. The receipt is as if nobody had asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The receipt has no insurer (公費 alone).
    #[error("the receipt has no insurer (公費単独), so there is no insurer to replace")]
    NoInsurer,
    /// A field that has to be read cannot be.
    #[error(transparent)]
    Unreadable(#[from] FieldError),
    /// A value that cannot be written.
    #[error(transparent)]
    Unwritable(#[from] WriteError),
    /// 本人・家族 or the burden is not known, so レセプト種別 cannot be told.
    #[error("the receipt type cannot be told: {0}")]
    Kind(#[from] crate::receipt_type::PersonKindError),
    /// 記号 and 番号 do not fit into the record.
    #[error(
        "symbol and number together have {bytes} bytes, 38 (19 full-width characters) are allowed"
    )]
    TooLong {
        /// Bytes of both.
        bytes: usize,
    },
    /// A 特記 that is no income code, or one too many.
    #[error(
        "`{code}` cannot be recorded as the income code of RE field 12: it is none, or five others stand there"
    )]
    Remark {
        /// The code.
        code: String,
    },
    /// Money or a certificate on the receipt belongs to the old insurer or cannot be divided.
    #[error("record {record}, field {field} ({name_ja}) holds `{value}`, which {why}")]
    Money {
        /// Record id.
        record: &'static str,
        /// Field number, from 1.
        field: usize,
        /// Name of the field.
        name_ja: &'static str,
        /// What stands there.
        value: String,
        /// Why that stops the change.
        why: &'static str,
    },
    /// The receipt contradicts itself, so its parts could not be told apart.
    #[error("the receipt does not add up before the split: {0}")]
    Inconsistent(String),
    /// A day with a charge is in no part, or in several.
    #[error("the charges of {day} belong to {parts} parts of the split, they must belong to one")]
    DayNotInOnePart {
        /// The day.
        day: reseplug_model::Date,
        /// Parts that contain it.
        parts: usize,
    },
    /// A part would be a receipt without a charge.
    #[error("no charge lies in part {part} of the split ({days})")]
    EmptyPart {
        /// Position of the part, from 1.
        part: usize,
        /// Its days.
        days: reseplug_model::Period,
    },
    /// A split into less than two parts.
    #[error("a split needs at least two parts")]
    TooFewParts,
}

impl Refusal {
    /// Stable word for machines: the last part of a fault code.
    #[must_use]
    pub fn what(&self) -> &'static str {
        match self {
            Self::NoInsurer => "no-insurer",
            Self::Unreadable(_) => "unreadable",
            Self::Unwritable(_) => "unwritable",
            Self::Kind(_) => "kind-unknown",
            Self::Remark { .. } => "remark",
            Self::TooLong { .. } => "too-long",
            Self::Money { .. } => "money",
            Self::Inconsistent(_) => "inconsistent",
            Self::DayNotInOnePart { .. } => "day-not-in-one-part",
            Self::EmptyPart { .. } => "empty-part",
            Self::TooFewParts => "too-few-parts",
        }
    }

    /// What happened and what to do, in Japanese, for the station's staff.
    #[must_use]
    pub fn message_ja(&self) -> String {
        let what = match self {
            Self::NoInsurer => "公費単独のレセプトで、保険者がありません。".to_owned(),
            Self::Unreadable(error) => format!(
                "{}レコードの項目{}（{}）を読み取れません。",
                error.record, error.field, error.name_ja
            ),
            Self::Unwritable(error) => {
                format!("レセ電に記録できない値があります（{error}）。")
            }
            Self::Kind(_) => {
                "本人・家族の別または負担割合が分からず、レセプト種別を決められません。".to_owned()
            }
            Self::Remark { code } => {
                format!(
                    "レセプト特記に適用区分「{code}」を記録できません（適用区分のコードでないか、ほかの特記が5つあります）。"
                )
            }
            Self::TooLong { bytes } => {
                format!("記号と番号が合わせて{bytes}バイトあり、38バイト（全角19文字）を超えます。")
            }
            Self::Money {
                record,
                name_ja,
                value,
                ..
            } => format!(
                "{record}レコードの「{name_ja}」に「{value}」があり、機械的に引き継いだり分けたりできません。"
            ),
            Self::Inconsistent(_) => {
                "実日数・合計金額・受診日等が算定内容と合っておらず、分割できません。".to_owned()
            }
            Self::DayNotInOnePart { day, parts } => format!(
                "{day}の算定が、分割後のレセプトの{parts}件に当てはまります（1件でなければなりません）。"
            ),
            Self::EmptyPart { part, .. } => {
                format!("分割後の{part}件目に算定がありません。")
            }
            Self::TooFewParts => "分割の内訳が2件に足りません。".to_owned(),
        };
        format!(
            "{what}レセプトは変更していません。レセプトソフトの利用者情報を直し、請求データを作り直してください。"
        )
    }
}
