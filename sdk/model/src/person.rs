use serde::{Deserialize, Serialize};

/// Sex (性別). Codes 1 男, 2 女 of レセ電 別表5; 3 未設定 exists only in オンライン資格確認
/// (OQSCD007), and a person must look at it. Unknown codes survive.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sex {
    /// 1 男
    Male,
    /// 2 女
    Female,
    /// 3 未設定
    Unset,
    /// Any other code, as the source wrote it.
    Other(String),
}

impl Sex {
    /// Reads the one-digit code.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        match code {
            "1" => Self::Male,
            "2" => Self::Female,
            "3" => Self::Unset,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The code this was read from.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Male => "1",
            Self::Female => "2",
            Self::Unset => "3",
            Self::Other(code) => code,
        }
    }

    /// 男, 女, 未設定, or the unknown code.
    #[must_use]
    pub fn name_ja(&self) -> &str {
        match self {
            Self::Male => "男",
            Self::Female => "女",
            Self::Unset => "未設定",
            Self::Other(code) => code,
        }
    }
}

/// 本人・家族の別 (OQSCD009).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Relationship {
    /// 1 本人 (世帯主 for 国保 receipts)
    Insured,
    /// 2 家族
    Family,
}

impl Relationship {
    /// Reads the one-digit code 1 or 2.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "1" => Some(Self::Insured),
            "2" => Some(Self::Family),
            _ => None,
        }
    }

    /// 1 or 2.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Insured => "1",
            Self::Family => "2",
        }
    }

    /// 本人 or 家族.
    #[must_use]
    pub fn name_ja(self) -> &'static str {
        match self {
            Self::Insured => "本人",
            Self::Family => "家族",
        }
    }
}
