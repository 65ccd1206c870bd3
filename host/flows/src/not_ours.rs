//! What is never written, checked instead: money the answers do not hold, and 公費 but 医療扶助.

use crate::income::Income;
use crate::people::Person;
use reseplug_claims::written::thousands;
use reseplug_engine::contract;
use reseplug_model::{Date, IncomeCategory};
use serde::{Deserialize, Serialize};

/// A value of a receipt that only the product may change, as it stands against what is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotOurs {
    /// The receipt.
    pub receipt: String,
    /// The product's key of the person.
    pub person_key: String,
    /// 氏名
    pub name: String,
    /// What it is.
    pub what: Untouched,
    /// As it stands.
    pub value: String,
    /// What would go with the answers; empty where they say nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub expected: String,
    /// How the two go together.
    pub standing: Standing,
}

/// What only the product may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Untouched {
    /// 一部負担金区分 (RE13)
    CopayKind,
    /// 窓口負担額区分 (MF)
    CopayTable,
    /// 一部負担金額 (HO9)
    Copay,
    /// 公費の受給者証
    PublicExpense,
    /// 自己負担上限額 (KO7)
    Limit,
}

impl Untouched {
    /// The words staff read.
    pub fn name_ja(self) -> &'static str {
        match self {
            Self::CopayKind => "一部負担金区分",
            Self::CopayTable => "窓口負担額区分",
            Self::Copay => "一部負担金額",
            Self::PublicExpense => "公費の受給者証",
            Self::Limit => "自己負担上限額",
        }
    }

    /// The same in English.
    pub fn name_en(self) -> &'static str {
        match self {
            Self::CopayKind => "kind of copayment",
            Self::CopayTable => "table of copayments",
            Self::Copay => "copayment",
            Self::PublicExpense => "public-expense card",
            Self::Limit => "limit of the person's own payment",
        }
    }
}

/// How a value goes with what is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It goes with the answers.
    Agrees,
    /// It does not: a person has to look.
    Differs,
    /// No answer says anything about it.
    Unknown,
}

/// Looks at one receipt. `told` is the category that holds on its last day, `burden` the percentage
/// of its coverage.
pub fn look(
    receipt: &contract::Receipt,
    person: &Person,
    told: Option<&Income>,
    burden: Option<u32>,
    last: Date,
) -> Vec<NotOurs> {
    let value = |name: &str| {
        receipt
            .extra
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
            .filter(|v| !v.is_empty())
    };
    let mut found = Vec::new();
    let mut say = |what, value: &str, expected: String, standing| {
        found.push(NotOurs {
            receipt: receipt.id.clone(),
            person_key: person.key.clone(),
            name: person.identity.name.clone(),
            what,
            value: value.to_owned(),
            expected,
            standing,
        });
    };
    let category = told.and_then(|income| IncomeCategory::of(&income.code));
    if let Some(kind) = value("一部負担金区分") {
        let expected = category.and_then(|c| c.copay_kind_in_kind);
        let standing = match category {
            None => Standing::Unknown,
            Some(_) if expected == Some(kind) => Standing::Agrees,
            Some(_) => Standing::Differs,
        };
        say(
            Untouched::CopayKind,
            kind,
            expected.unwrap_or_default().to_owned(),
            standing,
        );
    }
    if let Some(kind) = value("窓口負担額区分").filter(|kind| *kind != "00") {
        // Paid in kind needs a category; which of the two kinds depends on earlier months.
        let standing = if told.is_some() {
            Standing::Agrees
        } else {
            Standing::Unknown
        };
        say(Untouched::CopayTable, kind, String::new(), standing);
    }
    if let Some(yen) = value("一部負担金額") {
        let most = burden.map(|percent| most_copay(receipt.total, percent));
        let paid = yen.replace(',', "").parse::<u64>().ok();
        let standing = match (paid, most) {
            (Some(paid), Some(most)) if paid > most => Standing::Differs,
            (Some(_), Some(_)) => Standing::Agrees,
            _ => Standing::Unknown,
        };
        let expected = match (standing, most) {
            (Standing::Differs, Some(most)) => format!("{}円以下", thousands(most)),
            _ => String::new(),
        };
        say(Untouched::Copay, yen, expected, standing);
    }
    for expense in &receipt.public_expenses {
        if expense.payer_number.starts_with("12") {
            continue;
        }
        let own: Vec<_> = person
            .public_expenses
            .iter()
            .filter(|own| own.payer == expense.payer_number)
            .collect();
        let standing = if own.is_empty() {
            Standing::Unknown
        } else if own.iter().any(|own| own.period.contains(last)) {
            Standing::Agrees
        } else {
            Standing::Differs
        };
        let until = own.iter().filter_map(|own| own.period.to).max();
        say(
            Untouched::PublicExpense,
            &expense.payer_number,
            until.map_or_else(String::new, |to| format!("〜{to}")),
            standing,
        );
    }
    for (name, limit) in &receipt.extra {
        if name.starts_with("公費") && name.ends_with("一部負担金額") {
            let value = format!("{name} {limit}");
            say(Untouched::Limit, &value, String::new(), Standing::Unknown);
        }
    }
    found
}

/// The most that a share of the total comes to, the next ten yen up.
fn most_copay(total: u64, percent: u32) -> u64 {
    total
        .saturating_mul(u64::from(percent))
        .div_ceil(1000)
        .saturating_mul(10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answers::tests::day;
    use crate::invented;
    use crate::welfare::Expense;
    use reseplug_model::Period;

    fn person() -> Person {
        Person {
            public_expenses: vec![Expense {
                payer: "54990015".into(),
                recipient: None,
                period: Period::new(None, Some(day("2024-10-20"))),
            }],
            ..invented::person()
        }
    }

    fn receipt(extra: &[(&str, &str)], expenses: &[&str]) -> contract::Receipt {
        contract::Receipt {
            id: "A.UKE#1".into(),
            document: "A.UKE".into(),
            number: 1,
            payer: contract::Payer::NationalHealthFederation,
            service_month: "2024-10".into(),
            receipt_type: String::new(),
            person: contract::Person {
                key: "P1".into(),
                reference_number: None,
                name: "架空　花子".into(),
                kana: None,
                other_name: None,
                sex: contract::Sex::Female,
                birth_date: "1950-01-01".into(),
                extra: Vec::new(),
            },
            coverage: None,
            public_expenses: expenses
                .iter()
                .map(|payer| contract::PublicExpense {
                    payer_number: (*payer).into(),
                    recipient_number: None,
                    period: contract::Period {
                        from: None,
                        to: None,
                    },
                    extra: Vec::new(),
                })
                .collect(),
            income: None,
            days: vec!["2024-10-31".into()],
            total: 100_000,
            place: contract::Place {
                document: "A.UKE".into(),
                line: None,
                record: None,
                field: None,
            },
            extra: extra
                .iter()
                .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
                .collect(),
        }
    }

    fn b05() -> Income {
        Income {
            code: "B05".into(),
            period: Period::ALWAYS,
        }
    }

    fn seen(extra: &[(&str, &str)], told: Option<&Income>) -> Vec<(Untouched, Standing)> {
        look(
            &receipt(extra, &[]),
            &person(),
            told,
            Some(20),
            day("2024-10-31"),
        )
        .into_iter()
        .map(|one| (one.what, one.standing))
        .collect()
    }

    #[test]
    fn the_kind_of_copayment_goes_with_the_income_category_or_is_shown() {
        let kind = |value| [("一部負担金区分", value)];
        assert_eq!(
            seen(&kind("1"), Some(&b05())),
            [(Untouched::CopayKind, Standing::Agrees)]
        );
        assert_eq!(
            seen(&kind("3"), Some(&b05())),
            [(Untouched::CopayKind, Standing::Differs)]
        );
        assert_eq!(
            seen(&kind("3"), None),
            [(Untouched::CopayKind, Standing::Unknown)]
        );
        assert_eq!(seen(&[], Some(&b05())), []);
    }

    #[test]
    fn a_copayment_above_the_share_of_the_burden_is_shown() {
        assert_eq!(
            seen(&[("一部負担金額", "20000")], None),
            [(Untouched::Copay, Standing::Agrees)]
        );
        assert_eq!(
            seen(&[("一部負担金額", "20010")], None),
            [(Untouched::Copay, Standing::Differs)]
        );
        assert_eq!(
            seen(&[("窓口負担額区分", "01")], None),
            [(Untouched::CopayTable, Standing::Unknown)]
        );
        assert_eq!(seen(&[("窓口負担額区分", "00")], None), []);
    }

    #[test]
    fn a_card_of_public_expenses_that_ended_before_the_visit_is_shown_and_welfare_is_not() {
        let receipt = receipt(&[("公費1一部負担金額", "2500")], &["54990015", "12990016"]);
        let found = look(&receipt, &person(), None, None, day("2024-10-31"));
        let told: Vec<_> = found.iter().map(|one| (one.what, one.standing)).collect();
        assert_eq!(
            told,
            [
                (Untouched::PublicExpense, Standing::Differs),
                (Untouched::Limit, Standing::Unknown)
            ]
        );
        assert_eq!(found[0].expected, "〜2024-10-20");
    }
}
