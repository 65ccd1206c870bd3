//! The twelve reasons of eligibility for which receipts come back (資格返戻), as the Ministry counts them.
//!
//! The words stand in `editions/returns.toml`; here is what a program branches on.

use std::fmt;

use reseplug_model::Grade;
use serde::{Deserialize, Serialize};

use crate::returns::explanations;

/// Why a receipt comes back for its eligibility.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EligibilityReason {
    /// 記号・番号の誤り
    WrongNumber,
    /// 認定外家族
    NotADependant,
    /// 該当者なし
    NoSuchPerson,
    /// 旧証によるもの
    OldCard,
    /// 本人・家族等誤り
    WrongRelationship,
    /// 資格喪失後の受診
    AfterLoss,
    /// 給付期間満了
    BenefitEnded,
    /// 患者氏名の誤り
    WrongName,
    /// 後期高齢者該当
    ElderlySystem,
    /// 性別の誤り
    WrongSex,
    /// 国保該当
    NationalHealth,
    /// 生年月日の誤り
    WrongBirthDate,
}

/// What is known about one of the twelve.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Eligibility {
    /// Which one.
    pub reason: EligibilityReason,
    /// The Ministry's word for it.
    pub name_ja: String,
    /// In English.
    pub name_en: String,
    /// What an answer of オンライン資格確認 can show of it; `None`: no answer can. Inferred from what an
    /// answer holds.
    #[serde(default)]
    pub shown_ja: Option<String>,
    /// The same in English.
    #[serde(default)]
    pub shown_en: Option<String>,
    /// What to do before the receipt is filed, in Japanese.
    pub before_ja: String,
    /// The same in English.
    pub before_en: String,
    /// Where the reason is stated.
    pub source: String,
    /// How sure it is that payers count by it.
    pub grade: Grade,
}

impl EligibilityReason {
    /// All twelve, in the Ministry's order.
    pub const ALL: [Self; 12] = [
        Self::WrongNumber,
        Self::NotADependant,
        Self::NoSuchPerson,
        Self::OldCard,
        Self::WrongRelationship,
        Self::AfterLoss,
        Self::BenefitEnded,
        Self::WrongName,
        Self::ElderlySystem,
        Self::WrongSex,
        Self::NationalHealth,
        Self::WrongBirthDate,
    ];

    /// What is known about it.
    #[must_use]
    pub fn info(self) -> &'static Eligibility {
        #[expect(
            clippy::expect_used,
            reason = "the table is part of the program and a test asks it for each of the twelve"
        )]
        explanations()
            .iter()
            .filter_map(|known| known.eligibility.as_ref())
            .find(|known| known.reason == self)
            .expect("editions/returns.toml names each of the twelve")
    }

    /// Whether an answer can show it before the receipt is filed.
    #[must_use]
    pub fn can_be_shown(self) -> bool {
        self.info().shown_ja.is_some()
    }

    /// Those that no answer can show: whatever was verified, receipts may come back for them.
    pub fn hidden() -> impl Iterator<Item = Self> {
        Self::ALL
            .into_iter()
            .filter(|reason| !reason.can_be_shown())
    }
}

/// The Ministry's word: 資格喪失後の受診.
impl fmt::Display for EligibilityReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.info().name_ja)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_of_each_of_the_twelve_what_it_is_and_what_to_do() {
        let told: Vec<&Eligibility> = explanations()
            .iter()
            .filter_map(|known| known.eligibility.as_ref())
            .collect();
        assert_eq!(told.len(), EligibilityReason::ALL.len());
        for reason in EligibilityReason::ALL {
            let info = reason.info();
            assert_eq!(info.reason, reason);
            assert_eq!(info.shown_ja.is_some(), info.shown_en.is_some(), "{reason}");
            for text in [
                &info.name_ja,
                &info.name_en,
                &info.before_ja,
                &info.before_en,
            ] {
                assert!(!text.is_empty(), "{reason}");
            }
            assert_eq!(info.grade, Grade::Official);
        }
    }

    #[test]
    fn no_answer_can_show_an_unrecognised_dependant_or_the_end_of_a_benefit() {
        let hidden: Vec<String> = EligibilityReason::hidden().map(|r| r.to_string()).collect();
        assert_eq!(hidden, ["認定外家族", "給付期間満了"]);
    }

    #[test]
    fn each_reason_is_found_again_by_the_words_of_a_return() {
        for reason in EligibilityReason::ALL {
            let word = &reason.info().name_ja;
            let line = format!(
                "HH,1,13,6,9999998,A,202411,\r\nRE,1,6112,202410,A,,1,19680412\r\nHR,202412,1,{word}\r\n"
            );
            let (bytes, _, _) = encoding_rs::SHIFT_JIS.encode(&line);
            let file = crate::ClaimFile::parse(&bytes).unwrap();
            let found: Vec<_> = crate::returns::returned(&file)
                .flat_map(|one| one.reasons().map(|r| r.eligibility()).collect::<Vec<_>>())
                .collect();
            assert_eq!(found, [Some(reason)], "{word}");
        }
    }
}
