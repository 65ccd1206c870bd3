//! What a filing is: the key under which it can leave once.

use reseplug_model::{Month, Payer};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// 請求 or 確認試験.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// 請求
    Claim,
    /// 確認試験: never counts as a filing.
    Trial,
}

impl Kind {
    /// The word in a key.
    pub fn word(self) -> &'static str {
        match self {
            Self::Claim => "claim",
            Self::Trial => "trial",
        }
    }
}

/// What is filed: station, payer, month, kind, number of the sending and content. The same key is
/// the same filing, in every store and on every side; what sends the same content once more on
/// purpose has the next sequence number. The channel is no part of it: what was handed over and
/// goes over a gateway, too, would be filed twice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FilingKey {
    /// 訪問看護ステーションコード
    pub station: String,
    /// 審査支払機関
    pub payer: Payer,
    /// 請求年月
    pub month: Month,
    /// 請求 or 確認試験.
    pub kind: Kind,
    /// 送信回, from 1.
    pub sequence: u32,
    /// SHA-256 of the file, lower-case hexadecimal.
    pub sha256: String,
}

/// Text that is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no key of a filing: station/payer/month/kind/sequence/sha256")]
pub struct KeyError(pub String);

impl FilingKey {
    /// What people call it: 請求年月, payer and 送信回, without its content.
    ///
    /// ```
    /// use reseplug_claims::FilingKey;
    ///
    /// let key: FilingKey = "1360001/1/2026-10/claim/2/9f86d0".parse()?;
    /// assert_eq!(key.name_ja(), "2026-10請求分 支払基金 第2回");
    /// # Ok::<(), reseplug_claims::KeyError>(())
    /// ```
    pub fn name_ja(&self) -> String {
        let kind = match self.kind {
            Kind::Claim => "請求分",
            Kind::Trial => "確認試験",
        };
        let payer = self.payer.name_ja();
        format!("{}{kind} {payer} 第{}回", self.month, self.sequence)
    }

    /// The same for those who read English.
    pub fn name_en(&self) -> String {
        let kind = match self.kind {
            Kind::Claim => "",
            Kind::Trial => "trial ",
        };
        let payer = self.payer.name_ja();
        format!("{} {payer} {kind}sending {}", self.month, self.sequence)
    }
}

impl fmt::Display for FilingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}/{}/{}/{}/{}/{}",
            self.station,
            self.payer.code(),
            self.month,
            self.kind.word(),
            self.sequence,
            self.sha256
        )
    }
}

impl FromStr for FilingKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let bad = || KeyError(text.to_owned());
        let parts: Vec<&str> = text.split('/').collect();
        let [station, payer, month, kind, sequence, sha256] = parts.as_slice() else {
            return Err(bad());
        };
        if station.is_empty() || sha256.is_empty() {
            return Err(bad());
        }
        Ok(Self {
            station: (*station).to_owned(),
            payer: Payer::from_code(payer).ok_or_else(bad)?,
            month: Month::parse(month).map_err(|_| bad())?,
            kind: match *kind {
                "claim" => Kind::Claim,
                "trial" => Kind::Trial,
                _ => return Err(bad()),
            },
            sequence: sequence
                .parse()
                .ok()
                .filter(|number: &u32| *number > 0 && number.to_string() == *sequence)
                .ok_or_else(bad)?,
            sha256: (*sha256).to_owned(),
        })
    }
}

impl Serialize for FilingKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FilingKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <String as Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
