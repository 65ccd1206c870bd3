//! 限度額適用区分: written only with a consent on record, never from a bulk answer, and only its code.

use crate::answers::{Answer, Validity};
use crate::coverage::{parse_period, period_to_contract};
use crate::decide::GroupOutcome;
use reseplug_engine::contract;
use reseplug_model::{Date, IncomeCategory, InsurerNumber, Period};
use serde::{Deserialize, Serialize};

/// A category with the days it holds on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Income {
    /// OQSCD012: `A01` … `B10`
    pub code: String,
    /// 有効期間
    #[serde(default)]
    pub period: Period,
}

/// A category that an answer stated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldIncome {
    /// Id of the evidence.
    pub evidence: String,
    /// When it was answered.
    pub answered_at: String,
    /// Its answer's place in the order of recording.
    pub recorded: u64,
    /// The category.
    pub income: Income,
}

impl ToldIncome {
    /// The order in which answers came, as of [`crate::answers::Answer`].
    pub(crate) fn came(&self) -> (&str, u64) {
        (&self.answered_at, self.recorded)
    }
}

/// A consent to have the category told, as a card read at home left it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LimitConsent {
    /// When it was given, ISO 8601; absent where the answer does not say.
    pub given_at: Option<String>,
    /// When it runs out; absent where it does not.
    pub until: Option<String>,
}

impl Income {
    /// Reads the contract's record; nothing where its days cannot be read.
    pub(crate) fn parse(from: &contract::IncomeCategory) -> Option<Self> {
        Some(Self {
            code: Some(from.code.trim().to_owned()).filter(|code| !code.is_empty())?,
            period: parse_period(&from.period).ok()?,
        })
    }

    /// The contract's record.
    pub(crate) fn to_contract(&self) -> contract::IncomeCategory {
        contract::IncomeCategory {
            code: self.code.clone(),
            period: period_to_contract(self.period),
        }
    }

    /// The code of レセプト特記 (別表6) that a receipt under this insurer carries for it; nothing for
    /// a code that is not known, or that does not exist there.
    pub fn remark(&self, insurer: &InsurerNumber) -> Option<&'static str> {
        IncomeCategory::of(&self.code)
            .filter(|category| !category.elderly_system_only || insurer.is_elderly_system())
            .map(|category| category.tokki)
    }
}

/// `A04 区分エ`
impl std::fmt::Display for Income {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.code)?;
        match IncomeCategory::of(&self.code) {
            Some(category) => write!(f, " {}", category.meaning_ja),
            None => Ok(()),
        }
    }
}

/// Whether a message may carry a category at all. The bulk answer says only that something may
/// have changed (OQSCD014): a category in one would be somebody's invention.
pub fn tells_income(message: &str) -> bool {
    !message.starts_with("OQSmuquc")
}

/// The category that holds on a day, by the latest answer.
pub fn told_on(told: &[ToldIncome], day: Date) -> Option<&ToldIncome> {
    told.iter()
        .filter(|one| one.income.period.contains(day))
        .max_by(|a, b| a.came().cmp(&b.came()))
}

/// What the register should become: the entry that gives way, if one does, and the new one.
pub type IncomeChange = Option<(Option<Income>, Income)>;

/// Compares a told category with those on file.
pub fn income_change(on_file: &[Income], told: &Income, day: Date) -> (GroupOutcome, IncomeChange) {
    let current = on_file.iter().find(|own| own.period.contains(day));
    match current {
        Some(own) if own.code == told.code => (GroupOutcome::Same, None),
        Some(own) => (
            GroupOutcome::Differs,
            Some((Some(own.clone()), told.clone())),
        ),
        None if on_file.is_empty() => (GroupOutcome::Fill, Some((None, told.clone()))),
        None => (GroupOutcome::NewPeriod, Some((None, told.clone()))),
    }
}

/// Compares a told category with the income code on a receipt.
pub fn remark_change(on_receipt: Option<&str>, told: &str) -> GroupOutcome {
    match on_receipt {
        Some(own) if own == told => GroupOutcome::Same,
        Some(_) => GroupOutcome::Differs,
        None => GroupOutcome::Fill,
    }
}

/// Whether an answer to many people at once leaves it open what the category is now: it says that
/// it changed, or says nothing.
pub(crate) fn leaves_income_open(answer: &Answer) -> bool {
    match answer.income_changed {
        Some(changed) => changed,
        None => answer.validity == Validity::Valid && !tells_income(&answer.message),
    }
}

/// Whether an answer was asked for singly, the only kind of question that is answered with one.
pub(crate) fn asked_singly(answer: &Answer) -> bool {
    tells_income(&answer.message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answers::tests::day;

    fn income(code: &str, from: &str, to: &str) -> Income {
        Income {
            code: code.into(),
            period: Period::new(Some(day(from)), Some(day(to))),
        }
    }

    #[test]
    fn next_augusts_category_is_a_new_period_and_another_one_within_the_year_differs() {
        let own = income("A04", "2023-08-01", "2024-07-31");
        let told = income("A03", "2024-08-01", "2025-07-31");
        let october = day("2024-10-10");
        assert_eq!(
            income_change(&[], &told, october),
            (GroupOutcome::Fill, Some((None, told.clone())))
        );
        assert_eq!(
            income_change(std::slice::from_ref(&own), &told, october),
            (GroupOutcome::NewPeriod, Some((None, told.clone())))
        );
        let within = income("A04", "2024-08-01", "2025-07-31");
        assert_eq!(
            income_change(std::slice::from_ref(&within), &told, october),
            (
                GroupOutcome::Differs,
                Some((Some(within.clone()), told.clone()))
            )
        );
        assert_eq!(
            income_change(std::slice::from_ref(&told), &told, october),
            (GroupOutcome::Same, None)
        );
    }

    #[test]
    fn a_category_of_the_elderly_system_is_none_of_another_insurers() {
        let elderly = InsurerNumber::parse("39990015").unwrap();
        let city = InsurerNumber::parse("990010").unwrap();
        let b09 = income("B09", "2024-08-01", "2025-07-31");
        assert_eq!(b09.remark(&elderly), Some("41"));
        assert_eq!(b09.remark(&city), None);
        let unknown = income("Z99", "2024-08-01", "2025-07-31");
        assert_eq!(unknown.remark(&elderly), None);
        assert_eq!(b09.to_string(), "B09 一般Ⅱ（後期高齢者）");
    }

    #[test]
    fn a_bulk_answer_never_tells_a_category() {
        assert!(!tells_income("OQSmuquc02res"));
        assert!(tells_income("OQSsiquc01res") && tells_income("OQSmuhvq02res"));
    }

    #[test]
    fn the_latest_answer_whose_days_hold_counts() {
        let told = |code: &str, at: &str, from: &str, to: &str| ToldIncome {
            evidence: code.into(),
            answered_at: at.into(),
            recorded: 0,
            income: income(code, from, to),
        };
        let all = [
            told("A04", "2024-10-01", "2024-08-01", "2025-07-31"),
            told("A03", "2024-10-20", "2024-08-01", "2025-07-31"),
            told("A02", "2024-10-30", "2025-08-01", "2026-07-31"),
        ];
        assert_eq!(told_on(&all, day("2024-10-25")).unwrap().evidence, "A03");
        assert_eq!(told_on(&all, day("2024-07-25")), None);
    }
}
