//! What runs out soon: cards and certificates that a person has to see anew.

use crate::income::told_on;
use crate::people::{Person, Picture};
use reseplug_model::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// So many days ahead, and after, something that runs out is shown: two months, so that what ends
/// on 31 July is seen by the recheck of June.
const DAYS: i32 = 62;

/// Something that runs out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expiry {
    /// The product's key of the person.
    pub person_key: String,
    /// 氏名
    pub name: String,
    /// What.
    pub what: Card,
    /// Which one: 公費負担者番号, 適用区分.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// Its last day.
    pub ends: Date,
    /// Whether it has ended on the day it was looked at.
    pub ended: bool,
}

/// What runs out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Card {
    /// 公費の受給者証
    PublicExpense,
    /// 高齢受給者証
    Elderly,
    /// 限度額適用区分
    Income,
    /// 資格確認書
    Certificate,
}

impl Card {
    /// The words staff read.
    pub fn name_ja(self) -> &'static str {
        match self {
            Self::PublicExpense => "公費の受給者証",
            Self::Elderly => "高齢受給者証",
            Self::Income => "限度額適用区分",
            Self::Certificate => "資格確認書",
        }
    }

    /// The same in English.
    pub fn name_en(self) -> &'static str {
        match self {
            Self::PublicExpense => "public-expense card",
            Self::Elderly => "elderly recipient's certificate",
            Self::Income => "income category",
            Self::Certificate => "certificate of eligibility",
        }
    }
}

/// What of these people runs out around a day, the earliest first. Something that is continued by
/// another of its kind does not count.
pub fn expiries(people: &[Person], picture: &Picture, day: Date) -> Vec<Expiry> {
    let (Some(from), Some(until)) = (day.plus_days(-DAYS), day.plus_days(DAYS)) else {
        return Vec::new();
    };
    let mut found: BTreeMap<(Date, String, Card, String), Expiry> = BTreeMap::new();
    for person in people {
        for (what, detail, ends) in ends_of(person, picture, day) {
            if ends < from || ends > until {
                continue;
            }
            found.insert(
                (ends, person.key.clone(), what, detail.clone()),
                Expiry {
                    person_key: person.key.clone(),
                    name: person.identity.name.clone(),
                    what,
                    detail,
                    ends,
                    ended: ends < day,
                },
            );
        }
    }
    found.into_values().collect()
}

/// The last day of the latest of each kind.
fn ends_of(person: &Person, picture: &Picture, day: Date) -> Vec<(Card, String, Date)> {
    let mut ends = Vec::new();
    // By law number: another one of the same law continues it. A 医療券 is monthly and comes with
    // the answers, so it is no card that runs out.
    let mut expenses: BTreeMap<&str, (Option<Date>, &str)> = BTreeMap::new();
    for expense in person.public_expenses.iter().filter(|e| !e.is_welfare()) {
        let law = expense.payer.get(..2).unwrap_or(&expense.payer);
        let to = expense.period.to;
        let latest = expenses.entry(law).or_insert((to, &expense.payer));
        if latest.0.is_some_and(|known| to.is_none_or(|to| to > known)) {
            *latest = (to, &expense.payer);
        }
    }
    for (to, payer) in expenses.into_values() {
        ends.extend(to.map(|to| (Card::PublicExpense, payer.to_owned(), to)));
    }
    let answers = picture.of(&person.key);
    let latest = answers
        .iter()
        .filter(|a| a.coverage.is_some())
        .max_by(|a, b| a.in_order().cmp(&b.in_order()));
    let certificate = latest
        .and_then(|a| a.coverage.as_ref())
        .and_then(|c| c.elderly_certificate);
    ends.extend(
        certificate
            .and_then(|days| days.to)
            .map(|to| (Card::Elderly, String::new(), to)),
    );
    let told = picture
        .incomes
        .get(&person.key)
        .and_then(|told| told_on(told, day).or_else(|| told.last()))
        .map(|told| &told.income);
    let income = told
        .into_iter()
        .chain(&person.incomes)
        .max_by_key(|income| (income.period.to.is_none(), income.period.to));
    ends.extend(
        income.and_then(|income| Some((Card::Income, income.to_string(), income.period.to?))),
    );
    let paper = picture.certificates.get(&person.key);
    ends.extend(
        paper
            .into_iter()
            .flatten()
            .map(|(_, until)| *until)
            .max()
            .map(|until| (Card::Certificate, String::new(), until)),
    );
    ends
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answers::Validity;
    use crate::answers::tests::{answer, day};
    use crate::coverage::tests::coverage;
    use crate::invented;
    use crate::welfare::Expense;
    use reseplug_model::Period;

    fn person(expenses: &[(&str, &str)]) -> Person {
        Person {
            public_expenses: expenses
                .iter()
                .map(|(payer, to)| Expense {
                    payer: (*payer).into(),
                    recipient: None,
                    period: Period::new(None, Some(day(to))),
                })
                .collect(),
            ..invented::person()
        }
    }

    #[test]
    fn a_card_that_ends_within_two_months_is_shown_unless_another_continues_it() {
        let october = day("2024-10-10");
        let picture = Picture::default();
        let ending = person(&[("54990015", "2024-11-30")]);
        let found = expiries(&[ending], &picture, october);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].what, found[0].ends, found[0].ended),
            (Card::PublicExpense, day("2024-11-30"), false)
        );
        let renewed = person(&[("54990015", "2024-11-30"), ("54990015", "2025-11-30")]);
        assert_eq!(expiries(&[renewed], &picture, october), []);
        let ended = person(&[("54990015", "2024-09-30")]);
        assert!(expiries(&[ended], &picture, october)[0].ended);
        let ticket = person(&[("12990016", "2024-10-31")]);
        assert_eq!(expiries(&[ticket], &picture, october), []);
    }

    #[test]
    fn the_certificate_of_the_latest_answer_is_what_runs_out() {
        let told = |as_of: &str, to: &str| {
            let mut one = coverage("990010", "1", "2", "2020-04-01");
            one.elderly_certificate = Some(Period::new(None, Some(day(to))));
            answer(as_of, as_of, Validity::Valid, Some(one))
        };
        let picture = Picture {
            answers: BTreeMap::from([(
                "P1".to_owned(),
                vec![
                    told("2025-08-01", "2026-07-31"),
                    told("2025-06-01", "2025-07-31"),
                ],
            )]),
            ..Picture::default()
        };
        assert_eq!(expiries(&[person(&[])], &picture, day("2025-08-01")), []);
        let found = expiries(&[person(&[])], &picture, day("2026-06-01"));
        assert_eq!(
            (found[0].what, found[0].ends),
            (Card::Elderly, day("2026-07-31"))
        );
    }
}
