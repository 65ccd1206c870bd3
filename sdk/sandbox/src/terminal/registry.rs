//! Everybody the centre knows, found by number.

use crate::population::{Insured, Lived, Named, Population};
use crate::station::{Coverage, Person, Station};
use reseplug_model::{Date, Period, fold};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

/// Insurer or payer, and a number as it is compared.
type Numbers = (String, String);

/// Everybody, with where to find them.
pub(super) struct Registry {
    people: Vec<Arc<Insured>>,
    by_card: HashMap<Numbers, Vec<usize>>,
    by_ticket: HashMap<Numbers, Vec<usize>>,
    /// The station's own users, by the station's key.
    users: BTreeMap<String, usize>,
}

impl Registry {
    /// The people of a population and those of a station, who may be the same.
    pub(super) fn new(station: &Station, population: Option<&Population>) -> Self {
        let mut people: Vec<Arc<Insured>> = population
            .iter()
            .flat_map(|population| &population.people)
            .map(|member| member.insured.clone())
            .collect();
        let known: HashMap<String, usize> = people
            .iter()
            .enumerate()
            .map(|(at, one)| (one.key.clone(), at))
            .collect();
        let mut users = BTreeMap::new();
        for person in &station.people {
            let known = person.insured.as_ref().and_then(|one| known.get(&one.key));
            let at = known.copied().unwrap_or(people.len());
            if known.is_none() {
                people.push(insured(person));
            }
            users.insert(person.key.clone(), at);
        }
        let (mut by_card, mut by_ticket) = (HashMap::new(), HashMap::new());
        for (at, one) in people.iter().enumerate() {
            let cards: HashSet<Numbers> = one
                .coverages
                .iter()
                .map(|card| (card.insurer.to_string(), fold::number(&card.number)))
                .collect();
            for card in cards {
                by_card.entry(card).or_insert_with(Vec::new).push(at);
            }
            for welfare in &one.welfare {
                let numbers = (
                    welfare.payer.to_string(),
                    fold::number(welfare.recipient.as_str()),
                );
                by_ticket.entry(numbers).or_insert_with(Vec::new).push(at);
            }
        }
        Self {
            people,
            by_card,
            by_ticket,
            users,
        }
    }

    fn at<'r>(&'r self, list: Option<&'r Vec<usize>>) -> impl Iterator<Item = &'r Insured> {
        list.into_iter()
            .flatten()
            .filter_map(|at| self.people.get(*at))
            .map(AsRef::as_ref)
    }

    /// Everybody who ever had such a number of that insurer.
    pub(super) fn with_card(&self, insurer: &str, number: &str) -> impl Iterator<Item = &Insured> {
        self.at(self
            .by_card
            .get(&(insurer.to_owned(), fold::number(number))))
    }

    /// Everybody who ever had that 受給者番号 of that payer.
    pub(super) fn with_ticket(
        &self,
        payer: &str,
        recipient: &str,
    ) -> impl Iterator<Item = &Insured> {
        self.at(self
            .by_ticket
            .get(&(payer.to_owned(), fold::number(recipient))))
    }

    /// The station's users, by their keys.
    pub(super) fn users(&self) -> impl Iterator<Item = &Insured> {
        self.users
            .values()
            .filter_map(|at| self.people.get(*at))
            .map(AsRef::as_ref)
    }

    /// A user of the station, by its key.
    pub(super) fn user(&self, key: &str) -> Option<&Insured> {
        self.people.get(*self.users.get(key)?).map(AsRef::as_ref)
    }
}

/// Somebody of a station's own file, as the centre knows them.
fn insured(person: &Person) -> Arc<Insured> {
    if let Some(insured) = &person.insured {
        return insured.clone();
    }
    Arc::new(Insured {
        key: person.key.clone(),
        names: vec![Named {
            from: None,
            name: person.central_name.clone(),
            kana: person.kana.clone(),
        }],
        sex: person.sex.clone(),
        born: person.born,
        homes: vec![Lived {
            from: None,
            post_number: "000-0000".to_owned(),
            address: "架空県ひなた市１－２－３".to_owned(),
        }],
        coverages: person.truth.clone(),
        welfare: person.welfare.clone(),
        disease: person.care.disease.clone(),
    })
}

/// A coverage as far as the centre knows it today.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) person: &'a Insured,
    pub(super) coverage: &'a Coverage,
    /// When the row holds; its end only once that is past.
    pub(super) period: Period,
    /// When the card holds: over all neighbouring rows under the same numbers.
    pub(super) card: Period,
}

/// What the centre knows of somebody today: coverage that has begun and is registered.
pub(super) fn known_of(person: &Insured, today: Date) -> Vec<Known<'_>> {
    let rows: Vec<(&Coverage, Period)> = person
        .coverages
        .iter()
        .filter(|row| row.period.from.is_none_or(|from| from <= today))
        .filter(|row| row.registered.is_none_or(|from| from <= today))
        .map(|row| {
            let to = row.period.to.filter(|to| *to < today);
            (row, Period::new(row.period.from, to))
        })
        .collect();
    rows.iter()
        .map(|(row, period)| Known {
            person,
            coverage: row,
            period: *period,
            card: card_period(&rows, row, *period),
        })
        .collect()
}

fn card_period(rows: &[(&Coverage, Period)], row: &Coverage, own: Period) -> Period {
    let joins = |before: Period, after: Period| {
        before.to.and_then(Date::next_day) == after.from && after.from.is_some()
    };
    let mut whole = own;
    for (other, period) in rows.iter().rev().filter(|(other, _)| other.same_card(row)) {
        if joins(*period, Period::new(whole.from, None)) && other.period.from < whole.from {
            whole.from = period.from;
        }
    }
    for (_, period) in rows.iter().filter(|(other, _)| other.same_card(row)) {
        if joins(Period::new(None, whole.to), *period) {
            whole.to = period.to;
        }
    }
    whole
}
