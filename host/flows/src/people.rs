//! The people of a station's documents, and what the evidence says about them.

mod likely;
mod picture;
mod so_far;
mod told;

pub use likely::Likely;
pub use picture::{Asked, Cautioned, Picture, Unmatched};
pub(crate) use so_far::SoFar;
pub use told::Told;
pub(crate) use told::{CARD_EXPIRES, blank_answer, evidence, evidence_by};

use crate::coverage::Coverage;
use crate::income::Income;
use crate::matching::{CardNumber, Identity, Spelling};
use crate::welfare::Expense;
use reseplug_effect::Fault;
use reseplug_engine::contract;
use reseplug_model::{Date, Sex};
use std::collections::BTreeMap;

/// Somebody the product knows.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    /// The product's key.
    pub key: String,
    /// What identifies them.
    pub identity: Identity,
    /// Their coverage periods; of a product without a register those of its receipts.
    pub coverages: Vec<Coverage>,
    /// 限度額適用区分 on file.
    pub incomes: Vec<Income>,
    /// 公費 on file.
    pub public_expenses: Vec<Expense>,
    /// Whether the product holds 負担割合 of anybody: where it does not, none can be filled in.
    pub burden_place: bool,
}

/// The numbers that a question is asked by.
pub(crate) fn numbers_of(coverage: &contract::Coverage) -> [String; 4] {
    [
        coverage.insurer_number.clone(),
        coverage.symbol.clone().unwrap_or_default(),
        coverage.number.clone(),
        coverage.branch.clone().unwrap_or_default(),
    ]
}

/// What identifies the person of an answer, the numbers it answered with included.
pub(crate) fn identity_told(person: &contract::Person, told: &contract::Verification) -> Identity {
    Identity {
        numbers: told
            .found
            .iter()
            .map(|f| card_number(&f.coverage))
            .collect(),
        ..identity(person)
    }
}

fn card_number(coverage: &contract::Coverage) -> CardNumber {
    let [insurer, symbol, number, branch] = numbers_of(coverage);
    CardNumber {
        insurer,
        symbol,
        number,
        branch,
    }
}

/// What identifies a person, without any number.
pub(crate) fn identity(person: &contract::Person) -> Identity {
    Identity {
        reference_number: person.reference_number.clone(),
        name: person.name.clone(),
        kana: person.kana.clone(),
        also: person
            .other_name
            .iter()
            .map(|name| Spelling {
                name: Some(name.clone()),
                kana: None,
            })
            .collect(),
        // An unreadable day is nobody's: it matches no one on file.
        birth_date: Date::parse(&person.birth_date).unwrap_or(NOBODY),
        sex: sex(&person.sex),
        numbers: Vec::new(),
    }
}

fn sex(of: &contract::Sex) -> Sex {
    match of {
        contract::Sex::Male => Sex::Male,
        contract::Sex::Female => Sex::Female,
        contract::Sex::Unset => Sex::Unset,
        contract::Sex::Other(code) => Sex::Other(code.clone()),
    }
}

/// A birth date that nobody on file has.
const NOBODY: Date = Date::MIN;

/// The people of a register.
pub(crate) fn of_register(entries: &[contract::RegisterEntry]) -> Result<Vec<Person>, Fault> {
    let burden_place = entries
        .iter()
        .flat_map(|entry| &entry.coverages)
        .any(|coverage| coverage.burden_percent.is_some());
    entries
        .iter()
        .map(|entry| {
            let place = entry.place.clone().map(Into::into);
            let coverages = entry
                .coverages
                .iter()
                .map(|c| Coverage::parse(c, place.clone()))
                .collect::<Result<Vec<_>, _>>()?;
            Ok(Person {
                burden_place,
                incomes: entry.incomes.iter().filter_map(Income::parse).collect(),
                public_expenses: entry
                    .public_expenses
                    .iter()
                    .filter_map(Expense::parse)
                    .collect(),
                ..person(&entry.person, coverages, place)?
            })
        })
        .collect()
}

/// The people of a month's receipts, for a product without a register.
pub(crate) fn of_receipts(receipts: &[contract::Receipt]) -> Result<Vec<Person>, Fault> {
    let mut found: Vec<Person> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for receipt in receipts {
        let place = reseplug_effect::Place::from(receipt.place.clone());
        let coverage = receipt
            .coverage
            .as_ref()
            .map(|c| Coverage::parse(c, Some(place.clone())))
            .transpose()?;
        let key = person_key(receipt);
        match places.get(&key).and_then(|at| found.get_mut(*at)) {
            Some(known) => {
                for number in coverage.iter().map(|c| card_number(&c.to_contract())) {
                    if !known.identity.numbers.contains(&number) {
                        known.identity.numbers.push(number);
                    }
                }
                known.coverages.extend(coverage);
            }
            None => {
                places.insert(key.clone(), found.len());
                found.push(Person {
                    key,
                    ..person(&receipt.person, coverage.into_iter().collect(), Some(place))?
                });
            }
        }
    }
    Ok(found)
}

/// The key of a receipt's person: the product's own, or, in a file that has none, the name
/// and birth date.
pub(crate) fn person_key(receipt: &contract::Receipt) -> String {
    if receipt.person.key.is_empty() {
        format!("{}/{}", receipt.person.name, receipt.person.birth_date)
    } else {
        receipt.person.key.clone()
    }
}

fn person(
    from: &contract::Person,
    coverages: Vec<Coverage>,
    place: Option<reseplug_effect::Place>,
) -> Result<Person, Fault> {
    let birth_date = Date::parse(&from.birth_date).map_err(|e| {
        let fault = Fault::new(
            "person/birth-date",
            format!(
                "「{}」さんの生年月日「{}」が読めません（{e}）。製品で直してください。",
                from.name, from.birth_date
            ),
            format!("a birth date cannot be read: {e}; correct it in the product"),
        );
        match place {
            Some(place) => fault.at(place),
            None => fault,
        }
    })?;
    Ok(Person {
        key: from.key.clone(),
        identity: Identity {
            birth_date,
            numbers: coverages
                .iter()
                .map(|c| card_number(&c.to_contract()))
                .collect(),
            ..identity(from)
        },
        coverages,
        incomes: Vec::new(),
        public_expenses: Vec::new(),
        burden_place: false,
    })
}

#[cfg(test)]
mod tests;
