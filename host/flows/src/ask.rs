//! Which questions to ask, and keeping the answers as evidence.

use crate::answers::{Known, Validity, known_on};
use crate::coverage::Coverage;
use crate::host::{Host, Loaded};
use crate::matching::{self, Match};
use crate::people::{self, Asked, Person, Picture, Told, numbers_of};
use reseplug_effect::{Fault, RepeatClass, jst};
use reseplug_engine::Call;
use reseplug_engine::contract::{Query, Verification};
use reseplug_journal::{Evidence, Flow, FlowError, Journal};
use reseplug_model::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One question about somebody the product knows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Question {
    /// The product's key.
    pub(crate) key: String,
    /// What is asked.
    pub(crate) query: Query,
}

/// The days on which somebody was charged under one coverage on file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Served {
    /// The product's key.
    pub(crate) key: String,
    /// The coverage on file.
    pub(crate) coverage: Coverage,
    /// The days, ascending.
    pub(crate) days: Vec<Date>,
}

/// A question about a coverage as of a day.
pub(crate) fn question(
    person: &Person,
    coverage: &Coverage,
    as_of: Date,
    income_consent: bool,
) -> Question {
    let contract = coverage.to_contract();
    Question {
        key: person.key.clone(),
        query: Query {
            // Given when the whole list is known.
            id: String::new(),
            as_of: as_of.to_string(),
            insurer_number: contract.insurer_number,
            symbol: contract.symbol,
            number: contract.number,
            branch: contract.branch,
            birth_date: person.identity.birth_date.to_string(),
            income_consent,
            extra: Vec::new(),
        },
    }
}

/// First questions about charge days: each coverage on file as of the last day it was charged,
/// because an answer reaches back and never forward. What is confirmed already is not asked.
pub(crate) fn first_round(
    people: &[Person],
    served: &[Served],
    picture: &Picture,
    today: Date,
    consented: &BTreeSet<String>,
) -> Vec<Question> {
    let mut list = List::new(picture, today, consented);
    for one in served {
        let Some(person) = people.iter().find(|p| p.key == one.key) else {
            continue;
        };
        if let Some(last) = one.days.last()
            && !all_confirmed(picture, one)
        {
            list.ask(person, &one.coverage, *last);
        }
    }
    list.questions
}

/// Further questions where the first answers leave days open: every coverage that an answer
/// stated for one of the days, as of the last day of its stretch, and the coverage on file as
/// of the last day before that.
pub(crate) fn second_round(
    people: &[Person],
    served: &[Served],
    picture: &Picture,
    today: Date,
    consented: &BTreeSet<String>,
) -> Vec<Question> {
    let mut list = List::new(picture, today, consented);
    for one in served {
        let Some(person) = people.iter().find(|p| p.key == one.key) else {
            continue;
        };
        if all_confirmed(picture, one) {
            continue;
        }
        let stated = picture
            .of(&one.key)
            .iter()
            .filter(|a| a.validity == Validity::Valid)
            .filter_map(|a| a.coverage.as_ref());
        for coverage in stated {
            let within = |day: &&Date| coverage.period.contains(**day);
            if let Some(last) = one.days.iter().rfind(within) {
                list.ask(person, coverage, *last);
            }
            let before = |day: &&Date| coverage.period.from.is_some_and(|from| **day < from);
            if let Some(last) = one.days.iter().rfind(before) {
                list.ask(person, &one.coverage, *last);
            }
        }
    }
    list.questions
}

fn all_confirmed(picture: &Picture, one: &Served) -> bool {
    one.days
        .iter()
        .all(|day| matches!(known_on(picture.of(&one.key), *day), Known::Confirmed(..)))
}

/// Questions without repetition: neither within the list nor of what was answered today.
struct List<'a> {
    picture: &'a Picture,
    today: String,
    consented: &'a BTreeSet<String>,
    seen: BTreeSet<(String, String, [String; 4])>,
    questions: Vec<Question>,
}

impl<'a> List<'a> {
    fn new(picture: &'a Picture, today: Date, consented: &'a BTreeSet<String>) -> Self {
        Self {
            picture,
            today: today.to_string(),
            consented,
            seen: BTreeSet::new(),
            questions: Vec::new(),
        }
    }

    fn ask(&mut self, person: &Person, coverage: &Coverage, as_of: Date) {
        let numbers = numbers_of(&coverage.to_contract());
        let answered = |a: &Asked| a.as_of == as_of && a.on == self.today && a.numbers == numbers;
        let asked = self.picture.asked.get(&person.key);
        if asked.is_some_and(|asked| asked.iter().any(answered)) {
            return;
        }
        let consent = self.consented.contains(&person.key);
        if self
            .seen
            .insert((person.key.clone(), as_of.to_string(), numbers))
        {
            self.questions
                .push(question(person, coverage, as_of, consent));
        }
    }
}

/// People whose consent to have the 限度額 looked up is on record and has not run out.
pub(crate) fn limit_consents(
    evidence: &[Evidence],
    people: &[Person],
    now: jiff::Timestamp,
) -> Result<BTreeSet<String>, Fault> {
    let now = jst(now);
    let known = matching::Known::new(people.iter().map(|p| &p.identity));
    let mut found = BTreeSet::new();
    for row in evidence {
        let told: Told = serde_json::from_value(row.coverage.clone())
            .map_err(|e| crate::host::not_json(&format!("evidence {}", row.id), &e))?;
        let agreed = told.answer.found.iter().any(|f| {
            f.consents.iter().any(|c| {
                c.kind == "limit"
                    && c.flag == "1"
                    && c.available_until.as_ref().is_none_or(|until| *until >= now)
            })
        });
        if !agreed {
            continue;
        }
        let key = if row.person_key.is_empty() {
            let person = told.answer.found.first().map(|f| &f.person);
            match person.map(|p| known.find(&people::identity_told(p, &told.answer))) {
                Some(Match::One(one)) => people.get(one.at).map(|p| p.key.clone()),
                _ => None,
            }
        } else {
            Some(row.person_key.clone())
        };
        found.extend(key);
    }
    Ok(found)
}

impl Host {
    /// What the evidence says about these people.
    pub(crate) fn picture(&self, people: &[Person]) -> Result<Picture, Fault> {
        Picture::of_evidence(&self.journal().evidence_all(self.code())?, people)
    }

    /// Asks, and keeps the answers as evidence. Returns how many were answered by a message.
    pub(crate) fn ask(
        &self,
        flow: &mut Flow<'_>,
        eligibility: &Loaded,
        questions: &[Question],
    ) -> Result<usize, FlowError> {
        if questions.is_empty() {
            return Ok(0);
        }
        let count = questions.len();
        self.say(
            &format!("資格を確認しています（{count}件）"),
            &format!("verifying eligibility ({count})"),
        );
        let queries: Vec<Query> = questions
            .iter()
            .enumerate()
            .map(|(n, question)| Query {
                id: format!("q{n}"),
                ..question.query.clone()
            })
            .collect();
        let call = Call::VerifyMany {
            ctx: eligibility.context.clone(),
            queries,
        };
        let answers: Vec<Verification> = self.call(flow, eligibility, &call)?;
        let rows = questions
            .iter()
            .zip(&answers)
            // An empty message: nothing answered, which is no evidence of anything.
            .filter(|(_, answer)| !answer.message.is_empty())
            .map(|(question, answer)| {
                people::evidence(
                    self.code(),
                    &question.key,
                    Some(&question.query),
                    answer,
                    flow.id(),
                )
            })
            .collect::<Result<Vec<_>, _>>()?;
        self.evidence_step(flow, &rows)?;
        Ok(rows.len())
    }

    /// Records evidence, once.
    pub(crate) fn evidence_step(
        &self,
        flow: &mut Flow<'_>,
        rows: &[Evidence],
    ) -> Result<(), FlowError> {
        let ids: Vec<&str> = rows.iter().map(|r| r.id.as_str()).collect();
        flow.step("record-evidence", &ids, RepeatClass::Safe, || {
            let known: BTreeSet<String> = self
                .journal()
                .evidence_all(self.code())?
                .into_iter()
                .map(|e| e.id)
                .collect();
            let mut written = BTreeSet::new();
            let new: Vec<Evidence> = rows
                .iter()
                .filter(|row| !known.contains(&row.id) && written.insert(&row.id))
                .cloned()
                .collect();
            self.journal().record_evidence(&new, self.now())?;
            Ok(())
        })
    }
}
