//! The people of a station's documents, and what the evidence says about them.

use crate::answers::{Answer, Loss, Method, Stated, Validity};
use crate::coverage::{Coverage, parse_period};
use crate::decide::{Reason, Signs, caution};
use crate::directory::Directory;
use crate::group::last_covered_day;
use crate::guard::About;
use crate::income::{Income, LimitConsent, ToldIncome, asked_singly};
use crate::matching::{Agreement, Candidate, CardNumber, Doubt, Identity, Known, Match, Spelling};
use crate::notices::{Notice, Noticed, Whose, noticed, whose};
use crate::proposal::Source;
use crate::welfare::{Expense, Ticket};
use reseplug_effect::Fault;
use reseplug_engine::contract;
use reseplug_journal::{Evidence, Fact, document_digest};
use reseplug_model::{Date, Month, Period, Sex};
use reseplug_policy::LossDay;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

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

/// What an evidence row keeps: the question, where there was one, and the answer, both as the
/// contract has them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// The question; absent for a card read at home.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<contract::Query>,
    /// The answer.
    pub answer: contract::Verification,
    /// What a payer's notice says; then there is no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<Notice>,
}

/// No answer: what a row holds that rests on something else.
pub(crate) fn blank_answer(message: &str, at: &str) -> contract::Verification {
    contract::Verification {
        query_id: String::new(),
        as_of: None,
        answered_at: at.to_owned(),
        message: message.to_owned(),
        reference_class: None,
        validity: None,
        found: Vec::new(),
        code: None,
        text: None,
        is_error: false,
        extra: Vec::new(),
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
    /// 限度額適用区分 that answers stated.
    pub incomes: BTreeMap<String, Vec<ToldIncome>>,
    /// Consents to have it told, from cards read at home.
    pub limit_consents: BTreeMap<String, Vec<LimitConsent>>,
    /// 資格確認書 that were seen: evidence id and the day it is valid until.
    pub certificates: BTreeMap<String, Vec<(String, Date)>>,
    /// Notices of payers: never an electronic confirmation, so never among the answers.
    pub notices: BTreeMap<String, Vec<Noticed>>,
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
    /// Whether it was asked singly, the only way to be told a 限度額.
    pub singly: bool,
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

    /// Everything that is known about one person.
    pub fn about(&self, key: &str) -> About<'_> {
        About {
            answers: self.of(key),
            cautioned: self.cautioned.get(key).map_or(&[], Vec::as_slice),
            tickets: self.tickets.get(key).map_or(&[], Vec::as_slice),
            notices: self.notices.get(key).map_or(&[], Vec::as_slice),
            ..About::default()
        }
    }

    /// Sorts the evidence by the people of the documents. `loss_day` is how the station reads a
    /// 資格喪失日.
    ///
    /// # Errors
    /// `journal/not-json` when a row of the store is not what this program writes.
    pub fn of_evidence(
        evidence: &[Evidence],
        people: &[Person],
        loss_day: LossDay,
    ) -> Result<Self, Fault> {
        let known_people = Known::new(people.iter().map(|p| &p.identity));
        let directory = Directory::of(people);
        let mut picture = Self::default();
        for row in evidence {
            let told = Told::deserialize(&row.coverage)
                .map_err(|e| crate::host::not_json(&format!("evidence {}", row.id), &e))?;
            if let Some(one) = noticed(row, &told) {
                picture.notice(one, &row.person_key, people, &known_people);
                continue;
            }
            let answer = answer(row, &told.answer, loss_day);
            picture.sources.insert(row.id.clone(), source(row, &answer));
            let person = told.answer.found.first().map(|f| f.person.clone());
            let mut shared = false;
            let known = match (directory.placed(&row.person_key), &person) {
                (Some((at, known)), person) => {
                    // The question named nobody but a number.
                    shared = told.asked.is_some()
                        && person.as_ref().is_some_and(|person| {
                            let answered = identity_told(person, &told.answer);
                            known_people.may_be_anothers(at, &known.identity, &answered)
                        });
                    Some(known)
                }
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
                            if let Some(one) =
                                but_for_a_glyph(&candidates, people, person, &answer, &told.answer)
                            {
                                picture.take(one, answer, Some(person), &told, false);
                                continue;
                            }
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
                picture.take(known, answer, person.as_ref(), &told, shared);
            }
        }
        Ok(picture)
    }

    /// Takes consents back that somebody withdrew since they gave them: facts of the kind
    /// `withdrawal`, of all kinds of information unless the fact names some.
    pub fn withdraw(&mut self, facts: &[Fact]) {
        for fact in facts.iter().filter(|fact| fact.kind == "withdrawal") {
            if !withdraws_limit(&fact.value) {
                continue;
            }
            if let Some(given) = self.limit_consents.get_mut(&fact.person_key) {
                given.retain(|consent| {
                    consent
                        .given_at
                        .as_deref()
                        .and_then(|at| at.get(..10))
                        .is_some_and(|day| day > fact.day.as_str())
                });
            }
        }
    }

    /// Whether a consent to have the 限度額 told is on record and has not run out at that moment
    /// (ISO 8601, Japan's time).
    pub fn agreed_to_limit(&self, key: &str, now: &str) -> bool {
        self.limit_consents.get(key).is_some_and(|given| {
            given
                .iter()
                .any(|consent| consent.until.as_deref().is_none_or(|until| until >= now))
        })
    }

    /// Everybody of whom that is so.
    pub fn all_agreed_to_limit(&self, now: &str) -> BTreeSet<String> {
        self.limit_consents
            .keys()
            .filter(|key| self.agreed_to_limit(key, now))
            .cloned()
            .collect()
    }

    /// A notice of nobody for sure is listed where it was brought in, and nowhere else.
    fn notice(&mut self, one: Noticed, key: &str, people: &[Person], index: &Known) {
        let known = people.iter().find(|p| p.key == key).or_else(|| {
            match whose(&one.notice, people, index) {
                Whose::One(at) => people.get(at),
                Whose::Nobody | Whose::Unsure(_) => None,
            }
        });
        if let Some(known) = known {
            self.notices.entry(known.key.clone()).or_default().push(one);
        }
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

    /// `shared`: asked for by a number that somebody else may have as well.
    fn take(
        &mut self,
        known: &Person,
        answer: Answer,
        person: Option<&contract::Person>,
        told: &Told,
        shared: bool,
    ) {
        let key = &known.key;
        let own = Some(known.identity.birth_date);
        let reason = match person.and_then(|p| caution_of(p, &told.answer, own)) {
            Some(Reason::BirthDateDiffers) => Some(Reason::BirthDateDiffers),
            other => shared.then_some(Reason::SharedNumber).or(other),
        };
        let tickets = told.answer.found.iter().flat_map(|found| {
            found
                .tickets
                .iter()
                .map(|ticket| medical_ticket(&answer, found, ticket))
        });
        for ticket in tickets.filter(|_| !reason.is_some_and(Reason::may_be_anothers)) {
            self.tickets.entry(key.clone()).or_default().push(ticket);
        }
        if let Some(query) = &told.asked {
            self.asked.entry(key.clone()).or_default().push(Asked {
                as_of: answer.as_of,
                singly: asked_singly(&answer),
                on: answer.answered_at.chars().take(10).collect(),
                numbers: [
                    query.insurer_number.clone(),
                    query.symbol.clone().unwrap_or_default(),
                    query.number.clone(),
                    query.branch.clone().unwrap_or_default(),
                ],
            });
        }
        match reason {
            Some(reason) if answer.validity == Validity::Valid => self
                .cautioned
                .entry(key.clone())
                .or_default()
                .push(Cautioned { answer, reason }),
            _ => {
                self.take_income(key, &answer, &told.answer);
                if answer.method == Method::Certificate
                    && let Some(until) = card_expires(&told.answer)
                {
                    self.certificates
                        .entry(key.clone())
                        .or_default()
                        .push((answer.id.clone(), until));
                }
                self.answers.entry(key.clone()).or_default().push(answer);
            }
        }
    }

    /// The category and the consent of an answer about somebody who is certain.
    fn take_income(&mut self, key: &str, answer: &Answer, told: &contract::Verification) {
        for found in insurances(told) {
            // Only the card's own answer shows that the person agreed; another one echoes what
            // this station claimed when it asked.
            let agreed = found
                .consents
                .iter()
                .find(|c| c.kind == "limit" && c.flag == "1");
            if let Some(consent) = agreed
                && answer.method == Method::Card
            {
                self.limit_consents
                    .entry(key.to_owned())
                    .or_default()
                    .push(LimitConsent {
                        given_at: consent.given_at.clone(),
                        until: consent.available_until.clone(),
                    });
            }
            if agreed.is_some()
                && answer.validity == Validity::Valid
                && asked_singly(answer)
                && let Some(income) = found.income.as_ref().and_then(Income::parse)
            {
                self.incomes
                    .entry(key.to_owned())
                    .or_default()
                    .push(ToldIncome {
                        evidence: answer.id.clone(),
                        answered_at: answer.answered_at.clone(),
                        income,
                    });
            }
        }
    }
}

/// Whether a withdrawal is of the consent to have the 限度額 told.
fn withdraws_limit(value: &serde_json::Value) -> bool {
    let named: Vec<&str> = ["kind", "kinds"]
        .iter()
        .filter_map(|field| value.get(field))
        .flat_map(|kinds| match kinds {
            serde_json::Value::Array(list) => list.iter().filter_map(|k| k.as_str()).collect(),
            one => one.as_str().into_iter().collect::<Vec<_>>(),
        })
        .collect();
    named.is_empty() || named.iter().any(|kind| ["limit", "all"].contains(kind))
}

fn medical_ticket(
    answer: &Answer,
    found: &contract::Found,
    ticket: &contract::MedicalTicket,
) -> Ticket {
    let month = ticket
        .treatment_month
        .as_deref()
        .and_then(|m| Month::parse(m).ok());
    let days = parse_period(&ticket.period).unwrap_or(Period::ALWAYS);
    Ticket {
        evidence: answer.id.clone(),
        validity: answer.validity.clone(),
        expense: Expense {
            payer: found.coverage.insurer_number.clone(),
            recipient: Some(found.coverage.number.clone()).filter(|n| !n.is_empty()),
            period: match month {
                Some(month) => days.intersect(Period::from(month)),
                None => days,
            },
        },
        valid: days,
        month,
        ticket_type: ticket.ticket_type.clone(),
        treatment: ticket.treatment_type.clone(),
        institution_code: ticket.institution_code.clone(),
        institution_flag: ticket.institution_flag.clone(),
        consistency: ticket.consistency_flag.clone(),
    }
}

/// 有効期限 of the card an answer or a 資格確認書 is about.
fn card_expires(told: &contract::Verification) -> Option<Date> {
    insurances(told)
        .flat_map(|found| &found.coverage.extra)
        .find(|(name, _)| name == CARD_EXPIRES)
        .and_then(|(_, day)| Date::parse_compact(day).or_else(|_| Date::parse(day)).ok())
}

/// Element name of the last day of a card or 資格確認書.
pub(crate) const CARD_EXPIRES: &str = "InsuredCardExpirationDate";

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

/// What an answer states without the blanks that some systems put around symbol and number. Zeros in
/// front stay: they are part of what stands on the card.
fn unpadded(stated: &contract::Coverage) -> contract::Coverage {
    let trimmed = |text: &Option<String>| text.as_ref().map(|text| text.trim().to_owned());
    contract::Coverage {
        symbol: trimmed(&stated.symbol),
        number: stated.number.trim().to_owned(),
        branch: trimmed(&stated.branch),
        ..stated.clone()
    }
}

fn answer(row: &Evidence, told: &contract::Verification, loss_day: LossDay) -> Answer {
    let first = insurances(told).next();
    let loss = first.and_then(|found| {
        Some(Loss {
            on: Date::parse(found.disqualified_on.as_deref()?).ok()?,
            reason: found.reason_of_loss.clone(),
        })
    });
    let coverage = first.map(|found| {
        Coverage::parse(&unpadded(&found.coverage), None).map(|mut coverage| {
            if let Some(loss) = &loss {
                coverage.period.to = last_covered_day(loss.on, loss_day);
            }
            coverage
        })
    });
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
        method: Method::from_word(&row.method),
        validity,
        coverage: coverage.and_then(Result::ok),
        text: match (&told.code, &told.text) {
            (Some(code), Some(text)) => Some(format!("{code} {text}")),
            (code, text) => text.clone().or_else(|| code.clone()),
        },
        name: told
            .found
            .first()
            .map(|found| found.person.name.clone())
            .filter(|name| !name.is_empty()),
        loss,
        welfare: told.found.iter().any(is_welfare),
        income_changed: told
            .found
            .iter()
            .flat_map(|found| &found.extra)
            .any(|(name, value)| name == "LimitApplicationCertificateChanged" && value == "1"),
        person: told.found.first().map(|found| Stated {
            name: found.person.name.clone(),
            sex: sex(&found.person.sex),
            birth_date: Date::parse(&found.person.birth_date).ok(),
        }),
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
    let method = if asked.is_some() {
        Method::Number
    } else {
        Method::Card
    };
    evidence_by(&method, station, person_key, asked, told, job)
}

/// The same, obtained in another way than by a card or by numbers.
pub(crate) fn evidence_by(
    method: &Method,
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
    }
    if asked.is_none() && *method == Method::Card {
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
        notice: None,
    })
    .map_err(|e| crate::host::not_json("evidence", &e))?;
    Ok(Evidence {
        id: format!("ev-{}", digest.get(..16).unwrap_or(&digest)),
        station: station.to_owned(),
        person_key: person_key.to_owned(),
        as_of,
        answered_at: told.answered_at.clone(),
        method: method.word().to_owned(),
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

/// The one person on file from whom only a glyph that the centre lacks (●) separates a valid answer:
/// shown at that person, never filled ([`Reason::MissingGlyph`]).
fn but_for_a_glyph<'p>(
    candidates: &[Candidate],
    people: &'p [Person],
    person: &contract::Person,
    answer: &Answer,
    told: &contract::Verification,
) -> Option<&'p Person> {
    let [one] = candidates else {
        return None;
    };
    let known = people.get(one.at)?;
    let caution = caution_of(person, told, Some(known.identity.birth_date));
    (answer.validity == Validity::Valid && caution == Some(Reason::MissingGlyph)).then_some(known)
}

#[cfg(test)]
mod tests;
