//! The phone at the visit: a page that imitates マイナ在宅受付Web, and the consents it records.
//!
//! Staff hand the phone over, the person's card is read, the PIN is entered (or staff compare the
//! face: 目視確認), and the person ticks what the station may see. Here the card is chosen from a list
//! of fictional people, and what was agreed to can be withdrawn there, too. What is recorded is what the simulated terminal answers home-visit batches
//! from. The page is labelled 模擬 everywhere; it is this project's own and looks like nothing
//! official. It listens on 127.0.0.1 only.

mod address;
mod book;
mod client;
mod page;
mod qr;
mod server;
mod standing;
#[cfg(test)]
mod tests;

pub(crate) use address::{QrForm, last_address, page_of};
pub use book::{ConsentBook, Entries, Withdrawal};
pub use client::{PhoneClientError, record_consent, withdraw_consent};
pub use server::{PhoneError, PhoneOptions, PhonePage, RunningPhone};
pub use standing::{Ended, Standing, Viewing};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a person can consent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// 限度額適用認定証
    Limit,
    /// 特定疾病療養受療証
    SpecificDisease,
    /// 特定健診情報
    Checkup,
    /// 薬剤情報
    Drugs,
    /// 診療情報
    Diagnosis,
    /// 手術情報
    Operation,
}

impl Kind {
    /// All kinds, in the order of the page.
    pub const ALL: [Self; 6] = [
        Self::Limit,
        Self::SpecificDisease,
        Self::Checkup,
        Self::Drugs,
        Self::Diagnosis,
        Self::Operation,
    ];

    /// Its name in forms and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Limit => "limit",
            Self::SpecificDisease => "specific-disease",
            Self::Checkup => "checkup",
            Self::Drugs => "drugs",
            Self::Diagnosis => "diagnosis",
            Self::Operation => "operation",
        }
    }

    /// Its short name in the trade: `限度額`.
    pub fn name_ja(self) -> &'static str {
        match self {
            Self::Limit => "限度額",
            Self::SpecificDisease => "特定疾病",
            Self::Checkup => "健診",
            Self::Drugs => "薬剤",
            Self::Diagnosis => "診療",
            Self::Operation => "手術",
        }
    }

    /// What the person is asked.
    pub fn question_ja(self) -> &'static str {
        match self {
            Self::Limit => "限度額適用認定証の情報を提供する",
            Self::SpecificDisease => "特定疾病療養受療証の情報を提供する",
            Self::Checkup => "過去の健診情報を提供する",
            Self::Drugs => "過去のお薬の情報を提供する",
            Self::Diagnosis => "過去の診療の情報を提供する",
            Self::Operation => "過去の手術の情報を提供する",
        }
    }

    /// The kind of a short name in the trade.
    pub fn from_name_ja(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name_ja() == name)
    }

    /// Element name of the consent in an answer, without its suffix.
    pub fn element(self) -> &'static str {
        match self {
            Self::Limit => onshi::LIMIT,
            Self::SpecificDisease => onshi::SPECIFIC_DISEASES,
            Self::Checkup => "SpecificHealthCheckupsInfo",
            Self::Drugs => "PharmacistsInfo",
            Self::Diagnosis => "DiagnosisInfo",
            Self::Operation => "OperationInfo",
        }
    }

    /// 閲覧同意情報種別 (OQSCD036); nothing for 限度額, which is told and not viewed.
    pub fn information(self) -> Option<onshi::ConsentInformation> {
        use onshi::ConsentInformation as Code;
        Some(match self {
            Self::Limit => return None,
            Self::SpecificDisease => Code::SpecificDisease,
            Self::Checkup => Code::Checkup,
            Self::Drugs => Code::Drugs,
            Self::Diagnosis => Code::Consultation,
            Self::Operation => Code::Operation,
        })
    }

    /// Whether the consent is to viewing, which ends some day, or only to telling the station.
    pub fn is_viewing(self) -> bool {
        !matches!(self, Self::Limit | Self::SpecificDisease)
    }
}

/// How the person was identified.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Identified {
    /// 暗証番号
    #[default]
    Pin,
    /// 目視確認
    Sight,
}

/// A card read at home.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Station's name: `hidamari`.
    pub station: String,
    /// The person's key there.
    pub person: String,
    /// When.
    #[serde(with = "moment")]
    pub at: Timestamp,
    /// To what the person consented.
    pub kinds: Vec<Kind>,
    /// How the person was identified.
    #[serde(default)]
    pub identified: Identified,
}

/// A moment as RFC 3339.
mod moment {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(
        at: &Timestamp,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(at)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Timestamp, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}
