//! The people of a station's documents, and what the evidence says about them.

use crate::answers::{Answer, Validity};
use crate::coverage::Coverage;
use crate::decide::{Reason, Signs, caution};
use crate::matching::{Agreement, Candidate, CardNumber, Doubt, Identity, Known, Match, Spelling};
use crate::proposal::Source;
use reseplug_effect::Fault;
use reseplug_engine::contract;
use reseplug_journal::{Evidence, document_digest};
use reseplug_model::{Date, Month, Sex};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// Somebody the product knows.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    /// The product's key.
    pub key: String,
    /// What identifies them.
    pub identity: Identity,
    /// Their coverage periods; of a product without a register those of its receipts.
    pub coverages: Vec<Coverage>,
}

/// What an evidence row keeps: the question, where there was one, and the answer, both as the
/// contract has them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// The question; absent for a card read at home.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<contract::Query>,
    /// The answer.
    pub answer: contract::Verification,
}

/// One 医療券 that an answer carried.
#[derive(Debug, Clone, PartialEq)]
pub struct Ticket {
    /// Id of the evidence.
    pub evidence: String,
    /// 診療年月
    pub month: Option<Month>,
    /// 診療別 `05` is 訪問看護.
    pub treatment: Option<String>,
    /// 0 一致, 1 不一致
    pub institution_flag: Option<String>,
}

impl Ticket {
    /// Whether it is for a month of home-visit nursing by this station.
    pub fn fits(&self, month: Month) -> bool {
        self.month == Some(month)
            && self.treatment.as_deref().is_none_or(|t| t == "05")
            && self.institution_flag.as_deref() != Some("1")
    }
}

/// An answer that no machine may act on, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Cautioned {
    /// The answer.
    pub answer: Answer,
    /// Why.
    pub reason: Reason,
}

/// An answer whose person is not certain.
#[derive(Debug, Clone, PartialEq)]
pub struct Unmatched {
    /// The answer.
    pub answer: Answer,
    /// 氏名 of the answer.
    pub name: String,
    /// The people who could be meant, the likeliest first; empty: nobody.
    pub candidates: Vec<Likely>,
    /// The person as the answer has them.
    pub person: contract::Person,
    /// Why it must not be used even if the person were certain.
    pub caution: Option<Reason>,
}

/// Somebody on file who could be an answer's person, and why a person has to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Likely {
    /// The product's key.
    pub key: String,
    /// 氏名 on file.
    pub name: String,
    /// What agrees and what does not.
    pub agreement: Agreement,
    /// What is in doubt; absent where nothing is but that others could be meant too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<Doubt>,
    /// The spelling that would settle it, if somebody accepts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spelling: Option<Spelling>,
}

impl Likely {
    /// The verb that accepts the spelling.
    pub fn accept_command(&self) -> Option<String> {
        let spelling = self.spelling.as_ref()?;
        let mut command = format!("reseplug match alias accept {}", quoted(&self.key));
        for (option, value) in [("--name", &spelling.name), ("--kana", &spelling.kana)] {
            if let Some(value) = value {
                command.push_str(&format!(" {option} {}", quoted(value)));
            }
        }
        command.push_str(" --by NAME");
        Some(command)
    }
}

/// For a shell, in quotes where a shell would take it apart.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '●');
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("\"{}\"", text.replace(['"', '\\', '$', '`'], ""))
    }
}

/// Everything the evidence says, sorted by person.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Picture {
    /// Usable answers by the product's key.
    pub answers: BTreeMap<String, Vec<Answer>>,
    /// Answers that only a person may use.
    pub cautioned: BTreeMap<String, Vec<Cautioned>>,
    /// 医療券
    pub tickets: BTreeMap<String, Vec<Ticket>>,
    /// Answers of nobody for sure.
    pub unmatched: Vec<Unmatched>,
    /// Everything by id of the evidence, for naming sources.
    pub sources: BTreeMap<String, Source>,
    /// Questions that were asked, by person: day and numbers.
    pub asked: BTreeMap<String, Vec<Asked>>,
}

/// A question that was asked and answered before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// 資格確認日
    pub as_of: Date,
    /// Day of the answer, ISO 8601.
    pub on: String,
    /// 保険者番号, 記号, 番号, 枝番
    pub numbers: [String; 4],
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

impl Picture {
    /// The answers about one person.
    pub fn of(&self, key: &str) -> &[Answer] {
        self.answers.get(key).map_or(&[], Vec::as_slice)
    }

    /// Sorts the evidence by the people of the documents.
    ///
    /// # Errors
    /// `journal/not-json` when a row of the store is not what this program writes.
    pub fn of_evidence(evidence: &[Evidence], people: &[Person]) -> Result<Self, Fault> {
        let known_people = Known::new(people.iter().map(|p| &p.identity));
        let by_key: HashMap<&str, &Person> =
            people.iter().rev().map(|p| (p.key.as_str(), p)).collect();
        let mut picture = Self::default();
        for row in evidence {
            let told: Told = serde_json::from_value(row.coverage.clone())
                .map_err(|e| crate::host::not_json(&format!("evidence {}", row.id), &e))?;
            let answer = answer(row, &told.answer);
            picture.sources.insert(row.id.clone(), source(row, &answer));
            let person = told.answer.found.first().map(|f| f.person.clone());
            let known = by_key.get(row.person_key.as_str()).copied();
            let known = match (known, &person) {
                (Some(known), _) => Some(known),
                (None, None) => continue,
                (None, Some(person)) => {
                    match known_people.find(&identity_told(person, &told.answer)) {
                        Match::One(one) => people.get(one.at),
                        // Asked about somebody who is in none of these documents.
                        _ if !row.person_key.is_empty() => continue,
                        Match::Nobody => {
                            picture.leave(answer, person, Vec::new(), &told.answer);
                            continue;
                        }
                        Match::Unsure(candidates) => {
                            let likely = candidates
                                .iter()
                                .filter_map(|c| likely(people.get(c.at)?, c, person).into())
                                .collect();
                            picture.leave(answer, person, likely, &told.answer);
                            continue;
                        }
                    }
                }
            };
            if let Some(known) = known {
                picture.take(known, answer, person.as_ref(), &told);
            }
        }
        Ok(picture)
    }

    fn leave(
        &mut self,
        answer: Answer,
        person: &contract::Person,
        candidates: Vec<Likely>,
        told: &contract::Verification,
    ) {
        self.unmatched.push(Unmatched {
            caution: caution_of(person, told, None),
            name: person.name.clone(),
            person: person.clone(),
            answer,
            candidates,
        });
    }

    fn take(
        &mut self,
        known: &Person,
        answer: Answer,
        person: Option<&contract::Person>,
        told: &Told,
    ) {
        let key = &known.key;
        for found in &told.answer.found {
            for ticket in &found.tickets {
                self.tickets.entry(key.clone()).or_default().push(Ticket {
                    evidence: answer.id.clone(),
                    month: ticket
                        .treatment_month
                        .as_deref()
                        .and_then(|m| Month::parse(m).ok()),
                    treatment: ticket.treatment_type.clone(),
                    institution_flag: ticket.institution_flag.clone(),
                });
            }
        }
        if let Some(query) = &told.asked {
            self.asked.entry(key.clone()).or_default().push(Asked {
                as_of: answer.as_of,
                on: answer.answered_at.chars().take(10).collect(),
                numbers: [
                    query.insurer_number.clone(),
                    query.symbol.clone().unwrap_or_default(),
                    query.number.clone(),
                    query.branch.clone().unwrap_or_default(),
                ],
            });
        }
        let reason =
            person.and_then(|p| caution_of(p, &told.answer, Some(known.identity.birth_date)));
        match reason {
            Some(reason) if answer.validity == Validity::Valid => self
                .cautioned
                .entry(key.clone())
                .or_default()
                .push(Cautioned { answer, reason }),
            _ => self.answers.entry(key.clone()).or_default().push(answer),
        }
    }
}

/// 医療扶助 stands beside 医療保険 in an answer; it is told by its tickets and its 法別.
fn is_welfare(found: &contract::Found) -> bool {
    !found.tickets.is_empty()
        || (found.coverage.insurer_number.len() == 8
            && ["12", "25"].contains(&found.coverage.insurer_number.get(..2).unwrap_or_default()))
}

fn insurances(told: &contract::Verification) -> impl Iterator<Item = &contract::Found> {
    told.found.iter().filter(|f| !is_welfare(f))
}

fn caution_of(
    person: &contract::Person,
    told: &contract::Verification,
    on_file: Option<Date>,
) -> Option<Reason> {
    let Ok(birth_date) = Date::parse(&person.birth_date) else {
        return Some(Reason::BirthDateDiffers);
    };
    let sex = sex(&person.sex);
    caution(
        &Signs {
            name: &person.name,
            sex: &sex,
            birth_date,
            insurances: insurances(told).count(),
            card_class: insurances(told)
                .next()
                .and_then(|f| f.coverage.card_class.as_deref()),
        },
        on_file,
    )
}

/// Somebody who could be meant, with the spelling that would settle it.
fn likely(on_file: &Person, candidate: &Candidate, answered: &contract::Person) -> Likely {
    let agreement = candidate.agreement;
    let spelling = candidate
        .doubt
        .filter(|doubt| doubt.settled_by_spelling())
        .map(|_| Spelling {
            name: Some(answered.name.clone()),
            kana: answered
                .kana
                .clone()
                .filter(|_| agreement.kana.contradicts()),
        });
    Likely {
        key: on_file.key.clone(),
        name: on_file.identity.name.clone(),
        agreement,
        doubt: candidate.doubt,
        spelling,
    }
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

fn source(row: &Evidence, answer: &Answer) -> Source {
    Source {
        evidence: row.id.clone(),
        message: row.message.clone(),
        as_of: answer.as_of,
        answered_at: row.answered_at.clone(),
    }
}

fn answer(row: &Evidence, told: &contract::Verification) -> Answer {
    let coverage = insurances(told)
        .next()
        .map(|found| Coverage::parse(&found.coverage, None));
    let validity = match (&coverage, &told.validity) {
        (Some(Err(_)), _) => Validity::Error,
        _ if told.is_error => Validity::Error,
        (_, None) => Validity::Error,
        (_, Some(said)) => match said {
            contract::Validity::Valid => Validity::Valid,
            contract::Validity::Invalid => Validity::Invalid,
            contract::Validity::InvalidNewExists => Validity::InvalidNewExists,
            contract::Validity::NotFound => Validity::NotFound,
            contract::Validity::Several => Validity::Several,
            contract::Validity::ValidUnregistered => Validity::ValidUnregistered,
            contract::Validity::Other(code) => Validity::Other(code.clone()),
        },
    };
    Answer {
        id: row.id.clone(),
        as_of: Date::parse(&row.as_of).unwrap_or(NOBODY),
        answered_at: row.answered_at.clone(),
        message: row.message.clone(),
        validity,
        coverage: coverage.and_then(Result::ok),
        text: told.text.clone(),
    }
}

/// An answer as evidence. The same answer fetched twice is the same evidence: a card read at
/// home is told by whose it is, when they agreed, and what it says, not by when it was
/// fetched.
pub(crate) fn evidence(
    station: &str,
    person_key: &str,
    asked: Option<&contract::Query>,
    told: &contract::Verification,
    job: &str,
) -> Result<Evidence, Fault> {
    let as_of = match (&told.as_of, asked) {
        (Some(day), _) => day.clone(),
        (None, Some(query)) => query.as_of.clone(),
        // A card read at home: the day of the reading, which the consents tell; collected on a
        // later day it speaks of no later one (inferred: no public text says which day it is).
        (None, None) => told
            .found
            .iter()
            .flat_map(|f| &f.consents)
            .filter_map(|c| c.given_at.as_deref())
            .max()
            .unwrap_or(&told.answered_at)
            .chars()
            .take(10)
            .collect(),
    };
    let mut same = told.clone();
    if asked.is_none() {
        same.answered_at = String::new();
        same.as_of = None;
        // Reception numbers and the like differ from fetch to fetch.
        same.extra = Vec::new();
    }
    let what = serde_json::json!([
        station,
        person_key,
        asked.map(|q| (&q.as_of, numbers_asked(q))),
        same
    ]);
    let digest = document_digest(what.to_string().as_bytes());
    let value = serde_json::to_value(Told {
        asked: asked.cloned(),
        answer: told.clone(),
    })
    .map_err(|e| crate::host::not_json("evidence", &e))?;
    Ok(Evidence {
        id: format!("ev-{}", digest.get(..16).unwrap_or(&digest)),
        station: station.to_owned(),
        person_key: person_key.to_owned(),
        as_of,
        answered_at: told.answered_at.clone(),
        method: if asked.is_some() { "number" } else { "card" }.to_owned(),
        message: told.message.clone(),
        validity: validity_word(told),
        coverage: value,
        job: Some(job.to_owned()),
        step: None,
        source: None,
    })
}

fn numbers_asked(query: &contract::Query) -> [&str; 4] {
    [
        &query.insurer_number,
        query.symbol.as_deref().unwrap_or_default(),
        &query.number,
        query.branch.as_deref().unwrap_or_default(),
    ]
}

fn validity_word(told: &contract::Verification) -> String {
    let word = match &told.validity {
        Some(contract::Validity::Valid) => Validity::Valid,
        Some(contract::Validity::Invalid) => Validity::Invalid,
        Some(contract::Validity::InvalidNewExists) => Validity::InvalidNewExists,
        Some(contract::Validity::NotFound) => Validity::NotFound,
        Some(contract::Validity::Several) => Validity::Several,
        Some(contract::Validity::ValidUnregistered) => Validity::ValidUnregistered,
        Some(contract::Validity::Other(code)) => Validity::Other(code.clone()),
        None => Validity::Error,
    };
    word.word().to_owned()
}

/// The people of a register.
pub(crate) fn of_register(entries: &[contract::RegisterEntry]) -> Result<Vec<Person>, Fault> {
    entries
        .iter()
        .map(|entry| {
            let place = entry.place.clone().map(Into::into);
            let coverages = entry
                .coverages
                .iter()
                .map(|c| Coverage::parse(c, place.clone()))
                .collect::<Result<Vec<_>, _>>()?;
            person(&entry.person, coverages, place)
        })
        .collect()
}

/// The people of a month's receipts, for a product without a register.
pub(crate) fn of_receipts(receipts: &[contract::Receipt]) -> Result<Vec<Person>, Fault> {
    let mut found: Vec<Person> = Vec::new();
    for receipt in receipts {
        let place = reseplug_effect::Place::from(receipt.place.clone());
        let coverage = receipt
            .coverage
            .as_ref()
            .map(|c| Coverage::parse(c, Some(place.clone())))
            .transpose()?;
        let key = person_key(receipt);
        match found.iter_mut().find(|p| p.key == key) {
            Some(known) => {
                for number in coverage.iter().map(|c| card_number(&c.to_contract())) {
                    if !known.identity.numbers.contains(&number) {
                        known.identity.numbers.push(number);
                    }
                }
                known.coverages.extend(coverage);
            }
            None => found.push(Person {
                key,
                ..person(&receipt.person, coverage.into_iter().collect(), Some(place))?
            }),
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
    })
}
