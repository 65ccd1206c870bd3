use std::fmt;
use std::str::FromStr;

use reseplug_model::{
    Date, InsurerNumber, Month, Relationship, elderly_recipient_from, preschool_in,
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Who pays first: second digit of レセプト種別.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum System {
    /// 1 医保・国保
    Medical,
    /// 2 公費 alone or combined, without insurance
    PublicOnly,
    /// 3 後期高齢者医療
    Elderly,
}

/// 本人・家族 and age: last digit of レセプト種別.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PersonKind {
    /// 2 本人・世帯主 (also the fixed last digit of 公費 alone)
    Insured,
    /// 4 未就学者
    Preschool,
    /// 6 家族・その他
    Family,
    /// 8 高齢受給者 or 後期, 一般・低所得
    ElderlyGeneral,
    /// 0 高齢受給者 or 後期, 7割 (burden of 30 %)
    ElderlyHigh,
}

impl PersonKind {
    fn digit(self) -> char {
        match self {
            Self::Insured => '2',
            Self::Preschool => '4',
            Self::Family => '6',
            Self::ElderlyGeneral => '8',
            Self::ElderlyHigh => '0',
        }
    }

    /// 本人, 未就学者, 家族, 高齢一般, 高齢7割.
    #[must_use]
    pub fn name_ja(self) -> &'static str {
        match self {
            Self::Insured => "本人・世帯主",
            Self::Preschool => "未就学者",
            Self::Family => "家族・その他",
            Self::ElderlyGeneral => "高齢一般・低所得",
            Self::ElderlyHigh => "高齢７割",
        }
    }

    /// The kind that an insurance gives a person in a month.
    ///
    /// Preschool and the elderly kinds go by age; the burden (percent, of the 高齢受給者証 or the
    /// 後期 card) decides between 8 and 0. Inferred from 別表4 and the rules of age.
    pub fn of(
        insurer: &InsurerNumber,
        relationship: Option<Relationship>,
        birth: Date,
        month: Month,
        burden_percent: Option<u32>,
    ) -> Result<Self, PersonKindError> {
        let elderly = insurer.is_elderly_system()
            || elderly_recipient_from(birth).is_some_and(|from| from <= month);
        if elderly {
            return match burden_percent {
                Some(30) => Ok(Self::ElderlyHigh),
                Some(_) => Ok(Self::ElderlyGeneral),
                None => Err(PersonKindError::BurdenUnknown),
            };
        }
        if preschool_in(birth, month) {
            return Ok(Self::Preschool);
        }
        match relationship {
            Some(Relationship::Insured) => Ok(Self::Insured),
            Some(Relationship::Family) => Ok(Self::Family),
            None => Err(PersonKindError::RelationshipUnknown),
        }
    }
}

/// What is missing to tell the kind of person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PersonKindError {
    /// From 70 on the burden decides.
    #[error(
        "the burden ratio (負担割合) is not known, and from the age of 70 it decides the receipt type"
    )]
    BurdenUnknown,
    /// 本人 or 家族 is not known.
    #[error("it is not known whether the person is 本人 or 家族")]
    RelationshipUnknown,
}

/// レセプト種別 (RE field 3, 別表4): `6` + system + number of payers + kind of person.
///
/// ```
/// use receden::{ReceiptType, System};
/// let kind: ReceiptType = "6126".parse()?;
/// assert_eq!((kind.system, kind.payers), (System::Medical, 2));
/// assert_eq!(kind.to_string(), "6126");
/// # Ok::<(), receden::ReceiptTypeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ReceiptType {
    /// Who pays first.
    pub system: System,
    /// Number of payers on the receipt: insurer and 公費 together, 1–5 (公費 alone 1–4).
    pub payers: u8,
    /// Kind of person.
    pub person: PersonKind,
}

/// A code that 別表4 does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{code}` is no レセプト種別 of 別表4")]
pub struct ReceiptTypeError {
    /// The text as given.
    pub code: String,
}

impl ReceiptType {
    /// Whether an insurer (HO) belongs on the receipt.
    #[must_use]
    pub fn has_insurer(self) -> bool {
        self.system != System::PublicOnly
    }

    /// Number of 公費 that belong on the receipt.
    #[must_use]
    pub fn public_expenses(self) -> u8 {
        if self.has_insurer() {
            self.payers.saturating_sub(1)
        } else {
            self.payers
        }
    }
}

impl FromStr for ReceiptType {
    type Err = ReceiptTypeError;
    fn from_str(code: &str) -> Result<Self, ReceiptTypeError> {
        Self::of(code.as_bytes()).ok_or_else(|| ReceiptTypeError {
            code: code.to_owned(),
        })
    }
}

impl ReceiptType {
    /// Reads the bytes of a code; `None` for one that 別表4 does not hold.
    pub(crate) fn of(code: &[u8]) -> Option<Self> {
        let [b'6', system, payers @ b'1'..=b'5', person] = code else {
            return None;
        };
        let system = match system {
            b'1' => System::Medical,
            b'2' => System::PublicOnly,
            b'3' => System::Elderly,
            _ => return None,
        };
        let person = match person {
            b'2' => PersonKind::Insured,
            b'4' => PersonKind::Preschool,
            b'6' => PersonKind::Family,
            b'8' => PersonKind::ElderlyGeneral,
            b'0' => PersonKind::ElderlyHigh,
            _ => return None,
        };
        let payers = payers - b'0';
        let exists = match system {
            System::Medical => true,
            System::PublicOnly => person == PersonKind::Insured && payers <= 4,
            System::Elderly => {
                matches!(person, PersonKind::ElderlyGeneral | PersonKind::ElderlyHigh)
            }
        };
        exists.then_some(Self {
            system,
            payers,
            person,
        })
    }
}

impl fmt::Display for ReceiptType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let system = match self.system {
            System::Medical => 1,
            System::PublicOnly => 2,
            System::Elderly => 3,
        };
        write!(f, "6{system}{}{}", self.payers, self.person.digit())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_25_medical_4_public_and_10_elderly_types() {
        let count = |prefix: &str| {
            (0..=9999u16)
                .map(|n| format!("{n:04}"))
                .filter(|code| code.starts_with(prefix))
                .filter(|code| {
                    code.parse::<ReceiptType>()
                        .is_ok_and(|t| t.to_string() == *code)
                })
                .count()
        };
        assert_eq!(
            (count("61"), count("62"), count("63"), count("")),
            (25, 4, 10, 39)
        );
    }

    #[test]
    fn the_kind_of_person_goes_by_age_before_relationship() {
        let society = InsurerNumber::parse("06132013").unwrap();
        let elderly = InsurerNumber::parse("39990015").unwrap();
        let month = "2024-10".parse().unwrap();
        let kind = |insurer, relationship, birth: &str, burden| {
            PersonKind::of(insurer, relationship, birth.parse().unwrap(), month, burden)
        };
        let family = Some(Relationship::Family);
        assert_eq!(
            kind(&society, family, "1975-09-03", None),
            Ok(PersonKind::Family)
        );
        assert_eq!(
            kind(&society, family, "2020-01-01", None),
            Ok(PersonKind::Preschool)
        );
        assert_eq!(
            kind(&society, family, "1950-01-01", Some(20)),
            Ok(PersonKind::ElderlyGeneral)
        );
        assert_eq!(
            kind(&elderly, None, "1940-01-01", Some(30)),
            Ok(PersonKind::ElderlyHigh)
        );
        assert_eq!(
            kind(&elderly, None, "1940-01-01", None),
            Err(PersonKindError::BurdenUnknown)
        );
        assert_eq!(
            kind(&society, None, "1975-09-03", None),
            Err(PersonKindError::RelationshipUnknown)
        );
    }
}
