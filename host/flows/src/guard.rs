//! Before filing: each receipt against the evidence, as of each charge day.
//!
//! **For:** whoever approves a month. What an answer contradicts is named by the reason for
//! which the payer would send the receipt back ([`EligibilityReason`]), with the days, the
//! value on the receipt and the one answered, where that comes from, and what to do.
//!
//! **Refuses:** changing a document, asking anybody, stopping a filing. "Not confirmed" is not
//! "not covered": it is a standing of its own, and a named person may file with a reason and
//! the paper evidence seen. The two reasons that no answer can show
//! ([`EligibilityReason::hidden`]) stand under every report.
//!
//! **Where it sits:** a pure function of a receipt and what is known about its person.

mod compare;
mod judge;
mod notice;
mod read;
#[cfg(test)]
pub(crate) mod tests;
mod words;

pub use judge::judge;
pub use read::read;
pub use receden::EligibilityReason;

use crate::answers::Answer;
use crate::coverage::{Coverage, Difference};
use crate::decide::Reason;
use crate::matching::Spelling;
use crate::notices::Noticed;
use crate::people::Cautioned;
use crate::welfare::Ticket;
use receden::PersonKind;
use reseplug_model::{Date, Month, Payer, Sex, Yen};
use serde::{Deserialize, Serialize};

/// A receipt of a claim file, as the guard sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuardedReceipt {
    /// Claim file it stands in.
    pub document: String,
    /// レセプト番号
    pub number: u32,
    /// First line of the receipt, from 1.
    pub line: u32,
    /// Where it is filed.
    pub payer: Payer,
    /// 訪問看護記録番号等 (RE14); absent where the file has none.
    pub person_key: Option<String>,
    /// 氏名
    pub name: String,
    /// 男女区分
    pub sex: Sex,
    /// 生年月日
    pub birth_date: Date,
    /// 本人・家族等: last digit of レセプト種別; absent where that code cannot be read.
    pub kind: Option<PersonKind>,
    /// 指定訪問看護年月
    pub service_month: Month,
    /// Coverage of HO and SN; absent for 公費単独.
    pub coverage: Option<Coverage>,
    /// 法別 of each KO, in order.
    pub public_laws: Vec<String>,
    /// Days with a charge.
    pub days: Vec<Date>,
    /// Sum of the charges.
    pub total: Yen,
}

/// Everything the evidence says about one person.
#[derive(Debug, Clone, Copy, Default)]
pub struct About<'a> {
    /// Usable answers.
    pub answers: &'a [Answer],
    /// Answers that only a person may use.
    pub cautioned: &'a [Cautioned],
    /// 医療券
    pub tickets: &'a [Ticket],
    /// Notices of payers: shown as such, never a confirmation.
    pub notices: &'a [Noticed],
    /// Spellings of the name that somebody accepted.
    pub also: &'a [Spelling],
    /// 医療機関コード of the station, which a 医療券 has to name.
    pub station: &'a str,
}

/// How serious a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Worth knowing; nobody has to answer for it.
    Note,
    /// No answer confirms the days. That is not "not covered".
    NotConfirmed,
    /// The evidence says otherwise than the receipt.
    Contradicted,
}

/// Where a finding comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// Id of the evidence.
    pub evidence: String,
    /// `card`, `number`, `recheck`, `certificate`, `notice`.
    pub method: String,
    /// The message it was.
    pub message: String,
    /// 資格確認日
    pub as_of: Date,
    /// When it was answered, ISO 8601.
    pub answered_at: String,
}

/// One thing the guard says about a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// How serious.
    pub level: Level,
    /// For which reason the receipt would come back; absent where none of the twelve is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<EligibilityReason>,
    /// Why the days are not confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Reason>,
    /// The charge days it is about.
    pub days: Vec<Date>,
    /// On the receipt, and as answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Difference>,
    /// The answer behind it; absent where nothing was answered, or it follows from the age.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown_by: Option<Shown>,
}

/// How a receipt stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Every charge day is covered as the receipt says, by an answer as of that day or later.
    Confirmed,
    /// Some day is not confirmed, none is contradicted.
    NotConfirmed,
    /// Some day is covered otherwise, or the person is another than the receipt says.
    Contradicted,
}

/// What the guard says of one receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The worst of the findings.
    #[serde(rename = "verdict")]
    pub standing: Standing,
    /// Each with its days, the worst first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

impl Verdict {
    fn of(mut findings: Vec<Finding>) -> Self {
        findings.sort_by_key(|f| {
            (
                std::cmp::Reverse(f.level),
                f.reason,
                f.days.first().copied(),
            )
        });
        let standing = match findings.first().map(|f| f.level) {
            Some(Level::Contradicted) => Standing::Contradicted,
            Some(Level::NotConfirmed) => Standing::NotConfirmed,
            Some(Level::Note) | None => Standing::Confirmed,
        };
        Self { standing, findings }
    }

    /// Whether a named person has to answer for filing this receipt.
    pub fn needs_person(&self) -> bool {
        self.standing != Standing::Confirmed
    }
}
