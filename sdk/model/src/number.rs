use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::check_digit::ends_with_its_check_digit;
use crate::serde_as_text;

/// Text that is not the number it should be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NumberError {
    /// There is nothing.
    #[error("{what} is empty")]
    Empty {
        /// Name of the number.
        what: &'static str,
    },
    /// Something else than the half-width digits 0–9.
    #[error("{what} `{text}` holds `{character}`: only the half-width digits 0-9 are allowed")]
    NotDigits {
        /// Name of the number.
        what: &'static str,
        /// The text as given.
        text: String,
        /// The first character that is no digit.
        character: char,
    },
    /// Too short or too long.
    #[error("{what} `{text}` has {found} digits, expected {expected}")]
    Length {
        /// Name of the number.
        what: &'static str,
        /// The text as given.
        text: String,
        /// Digits found.
        found: usize,
        /// Digits expected, in words.
        expected: &'static str,
    },
}

/// At most eight digits, in place: numbers are read by the million.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Digits {
    bytes: [u8; 8],
    length: u8,
}

impl Digits {
    fn as_str(&self) -> &str {
        self.bytes
            .get(..usize::from(self.length))
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .unwrap_or_default()
    }
}

fn digits(
    what: &'static str,
    text: &str,
    lengths: &[usize],
    expected: &'static str,
) -> Result<Digits, NumberError> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(NumberError::Empty { what });
    }
    if let Some(character) = trimmed.chars().find(|c| !c.is_ascii_digit()) {
        return Err(NumberError::NotDigits {
            what,
            text: text.to_owned(),
            character,
        });
    }
    let mut bytes = [0; 8];
    match (bytes.get_mut(..trimmed.len()), u8::try_from(trimmed.len())) {
        (Some(slots), Ok(length)) if lengths.contains(&trimmed.len()) => {
            slots.copy_from_slice(trimmed.as_bytes());
            Ok(Digits { bytes, length })
        }
        _ => Err(NumberError::Length {
            what,
            text: text.to_owned(),
            found: trimmed.len(),
            expected,
        }),
    }
}

macro_rules! text_number {
    ($($name:ident),+) => {$(
        impl $name {
            /// The digits, without blanks.
            #[must_use]
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.as_str())
            }
        }
        impl FromStr for $name {
            type Err = NumberError;
            fn from_str(text: &str) -> Result<Self, NumberError> {
                Self::parse(text)
            }
        }
        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.0.as_str()
            }
        }
    )+ serde_as_text!($($name),+);};
}

/// 審査支払機関: where a receipt is filed (レセ電 別表1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Payer {
    /// 1 社会保険診療報酬支払基金
    SocialInsuranceFund,
    /// 2 国民健康保険団体連合会
    NationalHealthFederation,
}

impl Payer {
    /// Both, in the order of 別表1.
    pub const ALL: [Self; 2] = [Self::SocialInsuranceFund, Self::NationalHealthFederation];

    /// Reads the code of 別表1.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "1" => Some(Self::SocialInsuranceFund),
            "2" => Some(Self::NationalHealthFederation),
            _ => None,
        }
    }

    /// Code of 別表1.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::SocialInsuranceFund => "1",
            Self::NationalHealthFederation => "2",
        }
    }

    /// Short Japanese name: 支払基金, 国保連.
    #[must_use]
    pub fn name_ja(self) -> &'static str {
        match self {
            Self::SocialInsuranceFund => "支払基金",
            Self::NationalHealthFederation => "国保連",
        }
    }
}

/// What scheme a 保険者番号 belongs to, as far as its 法別番号 tells.
///
/// Which 法別番号 is which scheme is common knowledge of the trade, not restated in 記録条件仕様
/// （訪問看護用）: secondary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InsurerKind {
    /// 国民健康保険: six digits, no 法別番号.
    NationalHealth,
    /// 退職者医療 (67), filed with the 国保連; no new members since 2015.
    NationalHealthRetired,
    /// 後期高齢者医療 (39).
    Elderly,
    /// 全国健康保険協会 (01, and 03/04 日雇特例).
    HealthInsuranceAssociation,
    /// 船員保険 (02).
    Seafarers,
    /// 健康保険組合 (06, and 63 特例退職).
    HealthInsuranceSociety,
    /// 自衛官等 (07).
    SelfDefense,
    /// 共済組合 (31–34, and 72–75 特例退職).
    MutualAid,
    /// A 法別番号 this table does not know.
    Other,
}

/// 保険者番号: 8 digits (法別2 + 都道府県2 + 保険者別3 + 検証1) or, for 国保, 6 (都道府県2 + 3 + 1).
///
/// ```
/// use reseplug_model::{InsurerNumber, Payer};
/// let number = InsurerNumber::parse("06132013")?;
/// assert!(number.check_digit_ok());
/// assert_eq!(number.payer(), Payer::SocialInsuranceFund);
/// # Ok::<(), reseplug_model::NumberError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InsurerNumber(Digits);

impl InsurerNumber {
    /// Reads 6 or 8 half-width digits; blanks around them are dropped, because レセ電 and
    /// オンライン資格確認 both pad 国保 numbers with blanks in front.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        digits("保険者番号", text, &[6, 8], "6 or 8").map(Self)
    }

    /// Whether the last digit is the check digit of the others (検証番号).
    #[must_use]
    pub fn check_digit_ok(&self) -> bool {
        ends_with_its_check_digit(self.as_str())
    }

    /// Eight bytes with blanks in front, the form of HO field 2 (記録条件仕様（訪問看護用）).
    #[must_use]
    pub fn padded(&self) -> String {
        format!("{:>8}", self.as_str())
    }

    /// 法別番号, the first two of eight digits; `None` for 国保.
    #[must_use]
    pub fn law_number(&self) -> Option<&str> {
        if self.as_str().len() == 8 {
            self.as_str().get(..2)
        } else {
            None
        }
    }

    /// The scheme, as far as the number tells.
    #[must_use]
    pub fn kind(&self) -> InsurerKind {
        match self.law_number() {
            None => InsurerKind::NationalHealth,
            Some("39") => InsurerKind::Elderly,
            Some("67") => InsurerKind::NationalHealthRetired,
            Some("01" | "03" | "04") => InsurerKind::HealthInsuranceAssociation,
            Some("02") => InsurerKind::Seafarers,
            Some("06" | "63") => InsurerKind::HealthInsuranceSociety,
            Some("07") => InsurerKind::SelfDefense,
            Some("31" | "32" | "33" | "34" | "72" | "73" | "74" | "75") => InsurerKind::MutualAid,
            Some(_) => InsurerKind::Other,
        }
    }

    /// Where receipts of this insurer are filed: 国保 (6 digits, or 67) and 後期 (39) with the
    /// 国保連, everybody else with the 支払基金. Unconfirmed: 記録条件仕様 gives the field, not the split.
    #[must_use]
    pub fn payer(&self) -> Payer {
        match self.kind() {
            InsurerKind::NationalHealth
            | InsurerKind::NationalHealthRetired
            | InsurerKind::Elderly => Payer::NationalHealthFederation,
            _ => Payer::SocialInsuranceFund,
        }
    }

    /// Whether this is 後期高齢者医療 (39).
    #[must_use]
    pub fn is_elderly_system(&self) -> bool {
        self.kind() == InsurerKind::Elderly
    }
}

/// 公費負担者番号: 8 digits, 法別2 + 都道府県2 + 実施機関3 + 検証1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicPayerNumber(Digits);

impl PublicPayerNumber {
    /// Reads 8 half-width digits; blanks around them are dropped.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        digits("公費負担者番号", text, &[8], "8").map(Self)
    }

    /// 法別番号, for instance `54` 難病 or `12` 生活保護.
    #[must_use]
    pub fn law_number(&self) -> &str {
        self.as_str().get(..2).unwrap_or_default()
    }

    /// Whether this is 生活保護 (12), the only 公費 whose 資格確認 is recorded.
    #[must_use]
    pub fn is_welfare(&self) -> bool {
        self.law_number() == "12"
    }

    /// Whether the last digit is the check digit of the others.
    #[must_use]
    pub fn check_digit_ok(&self) -> bool {
        ends_with_its_check_digit(self.as_str())
    }
}

/// 受給者番号 of a 公費: 7 digits, 6 + 検証1. Municipal numbers may ignore the check digit (unconfirmed).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecipientNumber(Digits);

impl RecipientNumber {
    /// Reads 7 half-width digits; blanks around them are dropped.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        digits("受給者番号", text, &[7], "7").map(Self)
    }

    /// Whether the last digit is the check digit of the others (secondary).
    #[must_use]
    pub fn check_digit_ok(&self) -> bool {
        ends_with_its_check_digit(self.as_str())
    }
}

/// 訪問看護ステーションコード: 7 digits. Not the 介護事業所番号, which is a different number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StationCode(Digits);

impl StationCode {
    /// Reads 7 half-width digits; blanks around them are dropped.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        digits("訪問看護ステーションコード", text, &[7], "7").map(Self)
    }

    /// The 10-digit form: 都道府県 (two digits of 別表2) + 点数表 `6` + the code.
    #[must_use]
    pub fn with_prefecture(&self, prefecture: &str) -> String {
        format!("{prefecture}6{}", self.as_str())
    }

    /// Whether the last digit is the check digit over the 10-digit form. Secondary, and not tried on
    /// a real station: a failure is for a person to look at, never an error.
    #[must_use]
    pub fn check_digit_ok(&self, prefecture: &str) -> bool {
        prefecture.len() == 2 && ends_with_its_check_digit(&self.with_prefecture(prefecture))
    }
}

/// 枝番: 2 digits. Absent for 後期高齢者 and for 公費.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BranchNumber(Digits);

impl BranchNumber {
    /// Reads 2 half-width digits; blanks around them are dropped.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        digits("枝番", text, &[2], "2").map(Self)
    }
}

text_number!(
    InsurerNumber,
    PublicPayerNumber,
    RecipientNumber,
    StationCode,
    BranchNumber
);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::check_digit;

    #[test]
    fn blanks_in_front_of_a_national_health_number_do_not_count() {
        let number = InsurerNumber::parse("  138057").unwrap();
        assert_eq!(number.as_str(), "138057");
        assert_eq!(number.padded(), "  138057");
        assert_eq!(number.kind(), InsurerKind::NationalHealth);
        assert_eq!(number.payer(), Payer::NationalHealthFederation);
    }

    #[test]
    fn the_payer_follows_the_scheme() {
        for (text, payer) in [
            ("06132013", Payer::SocialInsuranceFund),
            ("33130030", Payer::SocialInsuranceFund),
            ("39990015", Payer::NationalHealthFederation),
            ("67990012", Payer::NationalHealthFederation),
        ] {
            assert_eq!(InsurerNumber::parse(text).unwrap().payer(), payer, "{text}");
        }
        assert!(
            InsurerNumber::parse("39990015")
                .unwrap()
                .is_elderly_system()
        );
    }

    #[test]
    fn what_is_wrong_with_a_number_is_said() {
        assert_eq!(
            InsurerNumber::parse("  "),
            Err(NumberError::Empty {
                what: "保険者番号"
            })
        );
        let error = InsurerNumber::parse("1234567").unwrap_err();
        assert_eq!(
            error.to_string(),
            "保険者番号 `1234567` has 7 digits, expected 6 or 8"
        );
        assert!(matches!(
            InsurerNumber::parse("０６１３２０１３"),
            Err(NumberError::NotDigits {
                character: '０',
                ..
            })
        ));
        assert!(BranchNumber::parse("1").is_err());
    }

    #[test]
    fn welfare_is_known_by_its_law_number() {
        assert!(PublicPayerNumber::parse("12130019").unwrap().is_welfare());
        let rare = PublicPayerNumber::parse("54136015").unwrap();
        assert!(rare.check_digit_ok() && !rare.is_welfare());
        assert!(!RecipientNumber::parse("0001234").unwrap().check_digit_ok());
    }

    #[test]
    fn a_station_code_is_checked_together_with_prefecture_and_table() {
        let code = StationCode::parse("9999998").unwrap();
        assert_eq!(code.with_prefecture("13"), "1369999998");
        assert!(code.check_digit_ok("13"));
        assert!(!code.check_digit_ok("14"));
    }

    proptest! {
        #[test]
        fn insurer_numbers_round_trip_through_text_and_padding(body in "[0-9]{7}|[0-9]{5}") {
            let text = format!("{body}{}", check_digit(&body).unwrap());
            let number = InsurerNumber::parse(&text).unwrap();
            prop_assert!(number.check_digit_ok());
            prop_assert_eq!(number.padded().len(), 8);
            prop_assert_eq!(InsurerNumber::parse(&number.padded()), Ok(number));
            let json = serde_json::to_string(&number).unwrap();
            prop_assert_eq!(serde_json::from_str::<InsurerNumber>(&json).unwrap(), number);
        }

        #[test]
        fn no_text_makes_parsing_panic(text in ".*") {
            let _ = InsurerNumber::parse(&text);
            let _ = PublicPayerNumber::parse(&text);
            let _ = StationCode::parse(&text);
        }
    }
}
