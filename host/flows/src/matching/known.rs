//! The people on file, folded once and indexed, so that a thousand answers find their people
//! without comparing each with everybody.

use super::agreement::{NumberSign, Sign};
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
    let similar =
        rival.kana.agrees() || rival.name.supports() || rival.name == super::NameSign::CouldBe;
    similar && !outweighed
}
