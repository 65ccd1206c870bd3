//! The people on file, folded once and indexed, so that a thousand answers find their people
//! without comparing each with everybody.

use super::agreement::{Agreement, NameSign, NumberSign, Sign};
use super::folded::{Folded, NO_DAY};
use super::judge::{Verdict, judge};
use super::{Candidate, Doubt, Identity, Match};
use reseplug_model::Date;
use std::collections::{BTreeSet, HashMap};

/// The people on file, ready to be searched.
#[derive(Debug, Clone, Default)]
pub struct Known {
    people: Vec<Folded>,
    by_reference: HashMap<String, Vec<usize>>,
    by_birth_date: HashMap<Date, Vec<usize>>,
    by_number: HashMap<String, Vec<usize>>,
    by_name: HashMap<String, Vec<usize>>,
}

impl Known {
    /// Folds and indexes. Positions in the result are those of `people`.
    pub fn new<'p>(people: impl IntoIterator<Item = &'p Identity>) -> Self {
        let mut known = Self::default();
        for (at, identity) in people.into_iter().enumerate() {
            let one = Folded::new(identity, true);
            if let Some(reference) = &one.reference {
                known
                    .by_reference
                    .entry(reference.clone())
                    .or_default()
                    .push(at);
            }
            if one.birth_date != NO_DAY {
                known
                    .by_birth_date
                    .entry(one.birth_date)
                    .or_default()
                    .push(at);
            }
            for number in &one.numbers {
                known
                    .by_number
                    .entry(number.number.clone())
                    .or_default()
                    .push(at);
            }
            for name in &one.names {
                known
                    .by_name
                    .entry(name.mixed.clone())
                    .or_default()
                    .push(at);
            }
            known.people.push(one);
        }
        known
    }

    /// Finds the person an answer speaks of.
    pub fn find(&self, answer: &Identity) -> Match {
        let answer = Folded::new(answer, false);
        let mut certain = Vec::new();
        let mut doubtful = Vec::new();
        for at in self.similar(&answer) {
            let Some(one) = self.people.get(at) else {
                continue;
            };
            let agreement = one.compare(&answer);
            let candidate = |doubt: Option<Doubt>| Candidate {
                at,
                agreement,
                doubt,
            };
            match judge(&agreement) {
                Verdict::Same => certain.push(candidate(None)),
                Verdict::Perhaps(doubt) => doubtful.push(candidate(Some(doubt))),
                Verdict::Other => {}
            }
        }
        decide(certain, doubtful)
    }

    /// How the person at `at` and an answer agree, sign by sign.
    pub fn agreement(&self, at: usize, answer: &Identity) -> Option<Agreement> {
        Some(self.people.get(at)?.compare(&Folded::new(answer, false)))
    }

    /// Whether the answer to a question by the numbers of the person at `at` may be somebody else's:
    /// twins and others of one birth date may share 記号・番号. It is this person's own where the
    /// name says so and nobody on file under the same numbers could be meant, or where the 枝番
    /// does.
    pub fn may_be_anothers(&self, at: usize, on_file: &Identity, answer: &Identity) -> bool {
        let born_so = self
            .by_birth_date
            .get(&answer.birth_date)
            .map_or(&[][..], Vec::as_slice);
        if on_file.birth_date != answer.birth_date
            || (on_file.name == answer.name && born_so.len() == 1)
        {
            return false;
        }
        let Some(asked) = self.people.get(at) else {
            return false;
        };
        let answer = Folded::new(answer, false);
        let own = asked.compare(&answer);
        if own.name == NameSign::Accepted {
            return false;
        }
        let named = own.kana.agrees() || own.name.supports();
        if own.other_given_name() || (own.sex == Sign::Differs && !named) {
            return true;
        }
        born_so.iter().filter(|rival| **rival != at).any(|rival| {
            let Some(rival) = self.people.get(*rival) else {
                return false;
            };
            let pair = rival.compare(&answer);
            let shared = match (own.number, pair.number) {
                (NumberSign::Person, other) => other == NumberSign::Person,
                (_, other) => other.agrees() || other == NumberSign::Digits,
            };
            shared && pair.sex != Sign::Differs && !(named && pair.other_given_name())
        })
    }

    /// Everybody who shares anything with the answer that could make a candidate.
    fn similar(&self, answer: &Folded) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        if let Some(reference) = &answer.reference {
            found.extend(self.by_reference.get(reference).into_iter().flatten());
        }
        found.extend(
            self.by_birth_date
                .get(&answer.birth_date)
                .into_iter()
                .flatten(),
        );
        for number in &answer.numbers {
            found.extend(self.by_number.get(&number.number).into_iter().flatten());
        }
        for name in &answer.names {
            found.extend(self.by_name.get(&name.mixed).into_iter().flatten());
        }
        found
    }
}

/// One is certain, and nobody else could be meant.
fn decide(certain: Vec<Candidate>, doubtful: Vec<Candidate>) -> Match {
    if let [one] = certain.as_slice() {
        let by_reference = one.agreement.reference == Sign::Same;
        let rivals = doubtful
            .iter()
            .any(|rival| is_rival(rival, one, by_reference));
        if !rivals {
            return Match::One(*one);
        }
    }
    let by_likelihood = |list: &mut Vec<Candidate>| list.sort_by_key(|c| (c.agreement, c.at));
    let (mut all, mut rest) = (certain, doubtful);
    by_likelihood(&mut all);
    by_likelihood(&mut rest);
    all.extend(rest);
    if all.is_empty() {
        Match::Nobody
    } else {
        Match::Unsure(all)
    }
}

/// Whether somebody who is in doubt could be meant beside somebody who is certain. A twin whose
/// given name is clearly another could not; a namesake or the holder of our number could.
fn is_rival(rival: &Candidate, one: &Candidate, by_reference: bool) -> bool {
    let (rival, one) = (&rival.agreement, &one.agreement);
    let own_number = |pair: &super::Agreement| pair.number == NumberSign::Person;
    if rival.reference == Sign::Same || (own_number(rival) && !own_number(one)) {
        return true;
    }
    if by_reference || rival.birth_date != Sign::Same || rival.sex == Sign::Differs {
        return false;
    }
    // Who agrees in everything outweighs who agrees in the name alone.
    let outweighed =
        one.kana.agrees() && one.name.agrees() && one.number.agrees() && !rival.number.agrees();
    let similar = rival.kana.agrees() || rival.name.supports() || rival.name == NameSign::CouldBe;
    similar && !outweighed
}
