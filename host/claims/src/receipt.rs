//! A receipt across its filings.

use crate::event::Verdict;
use crate::key::FilingKey;
use reseplug_model::Month;
use serde::{Deserialize, Serialize};

/// A receipt as a filing holds it: enough to find it again in what comes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// レセプト番号 in its file.
    pub number: u32,
    /// 訪問看護記録番号等 (RE14).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person_key: Option<String>,
    /// 氏名
    pub name: String,
    /// 生年月日, ISO 8601.
    pub birth_date: String,
    /// 指定訪問看護年月
    pub service_month: Month,
    /// Days of the month that carry a charge, ascending.
    #[serde(default)]
    pub days: Vec<u8>,
    /// 合計金額, yen.
    pub total: u64,
    /// 保険者番号; absent for 公費単独.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub insurer: Option<String>,
    /// 検索番号 (RE15) of a re-filed receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search_number: Option<String>,
}

impl Receipt {
    /// Whether a list means this person: names are compared without the blanks that lists put between
    /// them.
    pub fn is_named(&self, name: &str) -> bool {
        let plain =
            |text: &str| -> String { text.chars().filter(|c| !c.is_whitespace()).collect() };
        plain(name) == plain(&self.name)
    }

    /// Whether both are of the same person and service month: by the product's number, or by name
    /// and birth date, because a product that was changed numbers its people anew.
    pub fn same_person_month(&self, other: &Self) -> bool {
        if self.service_month != other.service_month {
            return false;
        }
        let numbered = self.person_key.is_some() && self.person_key == other.person_key;
        numbered || (self.name == other.name && self.birth_date == other.birth_date)
    }

    /// Whether both claim the same: same person and month, and a day in common. Parts of a receipt
    /// that was divided within the month have none. One without days stands for the whole month.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.same_person_month(other)
            && (self.days.is_empty()
                || other.days.is_empty()
                || self.days.iter().any(|day| other.days.contains(day)))
    }
}

/// How many receipts, and their yen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// 件数
    pub receipts: u32,
    /// 合計金額, yen.
    pub total: u64,
}

impl Totals {
    /// One receipt more; nothing where the sum does not fit.
    pub fn with(self, yen: u64) -> Option<Self> {
        Some(Self {
            receipts: self.receipts.checked_add(1)?,
            total: self.total.checked_add(yen)?,
        })
    }
}

/// Where a receipt of a filing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// Its filing left and is not decided: handed over, being checked, in doubt.
    Underway,
    /// 請求確定
    Filed,
    /// Left out when its filing was confirmed: 要確認 or 受付不能.
    LeftOut(Verdict),
    /// 返戻
    Returned,
    /// Its filing was taken back before the confirmation.
    Withdrawn,
    /// Its filing never left.
    NotSent,
}

impl Place {
    /// Whether it counts as claimed: another filing of the same would be the second.
    pub fn stands(self) -> bool {
        matches!(self, Self::Underway | Self::Filed)
    }

    /// What staff read.
    pub fn name_ja(self) -> &'static str {
        match self {
            Self::Underway => "請求の途中",
            Self::Filed => "請求済み",
            Self::LeftOut(Verdict::Rejected) => "受付不能で請求されていません",
            Self::LeftOut(_) => "エラー分として除かれました",
            Self::Returned => "返戻",
            Self::Withdrawn => "取消済み",
            Self::NotSent => "送っていません",
        }
    }

    /// The same in English.
    pub fn name_en(self) -> &'static str {
        match self {
            Self::Underway => "under way",
            Self::Filed => "filed",
            Self::LeftOut(Verdict::Rejected) => "rejected, not filed",
            Self::LeftOut(_) => "left out with errors",
            Self::Returned => "returned",
            Self::Withdrawn => "withdrawn",
            Self::NotSent => "not sent",
        }
    }
}

/// A receipt of one filing, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The filing.
    pub filing: FilingKey,
    /// It.
    pub receipt: Receipt,
    /// Where it is.
    pub place: Place,
    /// Whether that is only what somebody reported.
    pub hearsay: bool,
    /// Why it came back, in the payer's words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub returned_for: Vec<String>,
    /// 検索番号 for filing it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search_number: Option<String>,
    /// It came back on paper and is filed again on paper.
    #[serde(default)]
    pub on_paper: bool,
    /// Why a named person gave it up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_up: Option<String>,
    /// Whether 取下げ was asked for.
    #[serde(default)]
    pub take_down_asked: bool,
    /// 査定 and its 再審査, yen.
    #[serde(default)]
    pub adjusted: i64,
    /// Whether 再審査 was asked for and is not decided.
    #[serde(default)]
    pub in_review: bool,
    /// What was paid, yen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid: Option<u64>,
}

impl Standing {
    /// Which receipt of which filing it is, for staff.
    pub fn filed_as_ja(&self) -> String {
        let key = &self.filing;
        let (payer, sequence) = (key.payer.name_ja(), key.sequence);
        format!(
            "{}請求分 {payer} 第{sequence}回 {}番",
            key.month, self.receipt.number
        )
    }

    /// The same in English.
    pub fn filed_as_en(&self) -> String {
        let key = &self.filing;
        let (payer, sequence) = (key.payer.name_ja(), key.sequence);
        format!(
            "{} {payer} sending {sequence} no. {}",
            key.month, self.receipt.number
        )
    }
}
