//! Notices: what a payer says about a receipt's eligibility after it was filed.
//!
//! **For:** the next month. A 資格確認結果連絡書 tells that a receipt was addressed to another insurer
//! (振替), divided (分割) or given its branch number (枝番特定); a 返戻 tells that it was sent back and
//! why. Each becomes evidence of its own method, `notice`, with the file it was read from, and
//! where it states a coverage from a day on, a proposal for the register.
//!
//! **Refuses:** calling a notice an electronic confirmation; guessing a day that it does not
//! state; guessing a layout. 返戻 files are read as `receden` reads them; the tables of the
//! 資格確認結果連絡書 are not published, so the station file names their columns
//! ([`reseplug_policy::NoticeLayout`]).
//!
//! **Where it sits:** beside intake, with the same acceptance, documents and record.

mod day;
mod evidence;
mod import;
mod list;
mod plan;
mod returned;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use evidence::noticed;
pub use import::{Imported, NoticesReport, NoticesRequest};
pub use list::Listed;
pub(crate) use plan::{Whose, whose};

use crate::answers::{Answer, Method, Validity};
use crate::coverage::Coverage;
use receden::EligibilityReason;
use reseplug_model::{BranchNumber, Date, Month, Period};
use reseplug_policy::NoticeKind;
use serde::{Deserialize, Serialize};

/// The method of evidence that a notice is. Never electronic.
pub const METHOD: &str = "notice";

/// What a notice says of one receipt, or of one part of a divided one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What it is called: 資格確認結果連絡書, 返戻.
    pub title: String,
    /// What was done with the receipt.
    pub kind: Kind,
    /// 訪問看護記録番号等, as filed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person_key: Option<String>,
    /// 氏名
    pub name: String,
    /// カナ
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kana: Option<String>,
    /// 生年月日
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<Date>,
    /// 指定訪問看護年月
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_month: Option<Month>,
    /// レセプト番号 in the file it stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt_number: Option<u32>,
    /// The coverage under which it was filed; absent where the notice does not repeat it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filed: Option<Coverage>,
    /// The coverage that holds, as stated; absent where none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stated: Option<Coverage>,
    /// What of the coverage its layout has no column for: unknown, and not absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub untold: Vec<Untold>,
    /// 枝番, where it stands without the rest of the coverage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<BranchNumber>,
    /// From and to which day; open where no day is stated.
    #[serde(default)]
    pub period: Period,
    /// The visit days of the receipt, where it stands in the notice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<Date>,
    /// Which of the twelve reasons, of a 返戻.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<EligibilityReason>,
    /// The payer's own words.
    pub text: String,
    /// Day or month of processing, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processed: Option<String>,
}

/// A part of a coverage that a table may have no column for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Untold {
    /// 記号
    Symbol,
    /// 枝番
    Branch,
}

impl Untold {
    /// Its name on the card.
    pub(crate) fn name_ja(self) -> &'static str {
        match self {
            Self::Symbol => "記号",
            Self::Branch => "枝番",
        }
    }
}

/// What was done with a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// 振替
    Transfer,
    /// 分割
    Split,
    /// 枝番特定
    Branch,
    /// 資格喪失（証回収後）
    Loss,
    /// 返戻
    Returned,
    /// 変更なし
    Unchanged,
    /// 確認不能
    NotConfirmed,
    /// レセプト記載の保険者等に請求
    AsFiled,
    /// Words or a code that nobody has given a meaning.
    Unknown,
}

impl Kind {
    fn of(known: Option<NoticeKind>) -> Self {
        match known {
            Some(NoticeKind::Transfer) => Self::Transfer,
            Some(NoticeKind::Split) => Self::Split,
            Some(NoticeKind::Branch) => Self::Branch,
            Some(NoticeKind::Loss) => Self::Loss,
            Some(NoticeKind::Returned) => Self::Returned,
            Some(NoticeKind::Unchanged) => Self::Unchanged,
            Some(NoticeKind::NotConfirmed) => Self::NotConfirmed,
            Some(NoticeKind::AsFiled) => Self::AsFiled,
            None => Self::Unknown,
        }
    }

    fn known(self) -> Option<NoticeKind> {
        Some(match self {
            Self::Transfer => NoticeKind::Transfer,
            Self::Split => NoticeKind::Split,
            Self::Branch => NoticeKind::Branch,
            Self::Loss => NoticeKind::Loss,
            Self::Returned => NoticeKind::Returned,
            Self::Unchanged => NoticeKind::Unchanged,
            Self::NotConfirmed => NoticeKind::NotConfirmed,
            Self::AsFiled => NoticeKind::AsFiled,
            Self::Unknown => return None,
        })
    }

    /// The word for machines.
    pub fn word(self) -> &'static str {
        self.known().map_or("unknown", NoticeKind::word)
    }

    /// The trade's word.
    pub fn name_ja(self) -> &'static str {
        self.known().map_or("区分不明", NoticeKind::name_ja)
    }
}

/// A notice that stands in the record, about somebody on file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noticed {
    /// What it says.
    pub notice: Notice,
    /// Id of the evidence.
    pub id: String,
    /// The day it is about.
    pub as_of: Date,
    /// When it became known here, ISO 8601.
    pub answered_at: String,
    /// Its place in the order of recording.
    pub recorded: u64,
}

impl Noticed {
    /// As an origin of a finding: labelled a notice, whatever it states.
    pub(crate) fn as_answer(&self) -> Answer {
        Answer {
            id: self.id.clone(),
            as_of: self.as_of,
            answered_at: self.answered_at.clone(),
            message: evidence::message(self.notice.kind),
            validity: Validity::Valid,
            coverage: self.notice.stated.clone(),
            text: Some(self.notice.text.clone()),
            method: Method::Notice,
            name: None,
            loss: None,
            welfare: false,
            income_changed: None,
            person: None,
            recorded: self.recorded,
        }
    }
}
