//! Which questions to ask, and keeping the answers as evidence.

use crate::answers::{Known, Method, Validity, known_on};
use crate::coverage::Coverage;
use crate::directory::Directory;
use crate::group::Note;
use crate::host::{Host, Loaded};
use crate::income::{leaves_income_open, told_on};
use crate::people::{self, Asked, Person, Picture, numbers_of};
use reseplug_effect::RepeatClass;
use reseplug_engine::Call;
use reseplug_engine::contract::{Context, Query, Verification};
use reseplug_journal::{Evidence, Fact, Flow, FlowError, Journal};
use reseplug_model::{Date, Month};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A connector's word for a message whose layout nobody has given it.
const LAYOUT_UNKNOWN: &str = "onshi/layout-unknown";

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
    let directory = Directory::of(people);
    for one in served {
        let Some(person) = directory.get(&one.key) else {
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
    let directory = Directory::of(people);
    for one in served {
        let Some(person) = directory.get(&one.key) else {
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

/// Questions that only a single message answers: the 限度額 of those who agreed to have it told,
/// where no answer tells it for the last charge day, or a bulk answer since says that it may have
/// changed.
pub(crate) fn income_round(
    people: &[Person],
    served: &[Served],
    picture: &Picture,
    today: Date,
    consented: &BTreeSet<String>,
) -> Vec<Question> {
    let today = today.to_string();
    let directory = Directory::of(people);
    let mut asked: BTreeSet<&str> = BTreeSet::new();
    let mut questions = Vec::new();
    for one in served.iter().filter(|one| consented.contains(&one.key)) {
        let (Some(person), Some(last)) = (directory.get(&one.key), one.days.last().copied()) else {
            continue;
        };
        let told = picture.incomes.get(&one.key).map_or(&[][..], Vec::as_slice);
        let known = told_on(told, last).is_some_and(|known| {
            !picture
                .of(&one.key)
                .iter()
                .any(|a| leaves_income_open(a) && a.came() > known.came())
        });
        let asked_today = picture.asked.get(&one.key).is_some_and(|asked| {
            asked
                .iter()
                .any(|a| a.singly && a.as_of == last && a.on == today)
        });
        if known || asked_today || !asked.insert(&one.key) {
            continue;
        }
        let coverage = known_on(picture.of(&one.key), last)
            .coverage()
            .unwrap_or(&one.coverage);
        questions.push(question(person, coverage, last, true));
    }
    questions
}

/// Whether the central system has confirmed every day. A 資格確認書 that somebody saw does not
/// count: the question is asked all the same.
fn all_confirmed(picture: &Picture, one: &Served) -> bool {
    let electronic: Vec<_> = picture
        .of(&one.key)
        .iter()
        .filter(|answer| answer.method.is_electronic())
        .cloned()
        .collect();
    one.days
        .iter()
        .all(|day| matches!(known_on(&electronic, *day), Known::Confirmed(..)))
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

/// What became of a round of questions.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    /// What was answered, one for each message that did.
    pub(crate) rows: Vec<Evidence>,
    /// Whom none answered, and what is known of why.
    pub(crate) silent: BTreeMap<String, Note>,
}

/// Why nothing answered a question, in the connector's words.
fn silence(answer: &Verification) -> Note {
    let en = answer
        .extra
        .iter()
        .find(|(name, _)| name == "fault-message-en")
        .map(|(_, text)| text.clone())
        .or_else(|| answer.text.clone());
    Note::new(
        "not-answered",
        answer.text.clone().unwrap_or_default(),
        en.unwrap_or_default(),
    )
}

impl Host {
    /// Asks by numbers, and keeps the answers as evidence.
    pub(crate) fn ask(
        &self,
        flow: &mut Flow<'_>,
        eligibility: &Loaded,
        questions: &[Question],
    ) -> Result<Heard, FlowError> {
        self.say_asking(questions);
        self.ask_numbers(flow, eligibility, questions)
    }

    fn say_asking(&self, questions: &[Question]) {
        let count = questions.len();
        if count > 0 {
            self.say(
                &format!("資格を確認しています（{count}件）"),
                &format!("verifying eligibility ({count})"),
            );
        }
    }

    fn ask_numbers(
        &self,
        flow: &mut Flow<'_>,
        eligibility: &Loaded,
        questions: &[Question],
    ) -> Result<Heard, FlowError> {
        let call = |ctx, queries| Call::VerifyMany { ctx, queries };
        self.ask_by(&Method::Number, &call, flow, eligibility, questions)
    }

    fn ask_by(
        &self,
        method: &Method,
        call: &dyn Fn(Context, Vec<Query>) -> Call,
        flow: &mut Flow<'_>,
        eligibility: &Loaded,
        questions: &[Question],
    ) -> Result<Heard, FlowError> {
        if questions.is_empty() {
            return Ok(Heard::default());
        }
        let queries: Vec<Query> = questions
            .iter()
            .enumerate()
            .map(|(n, question)| Query {
                id: format!("q{n}"),
                ..question.query.clone()
            })
            .collect();
        let call = call(eligibility.context.clone(), queries);
        let answers: Vec<Verification> = self.call(flow, eligibility, &call)?;
        let rows = questions
            .iter()
            .zip(&answers)
            // An empty message: nothing answered, which is no evidence of anything.
            .filter(|(_, answer)| !answer.message.is_empty())
            .map(|(question, answer)| {
                people::evidence_by(
                    method,
                    self.code(),
                    &question.key,
                    Some(&question.query),
                    answer,
                    flow.id(),
                )
            })
            .collect::<Result<Vec<_>, _>>()?;
        self.evidence_step(flow, &rows)?;
        let silent = questions
            .iter()
            .zip(&answers)
            .filter(|(_, answer)| answer.message.is_empty())
            .map(|(question, answer)| (question.key.clone(), silence(answer)))
            .collect();
        Ok(Heard { rows, silent })
    }

    /// Asks again about people confirmed before: by 再照会 where the connector knows its layout, else
    /// by numbers. Each answer is recorded as what it was.
    pub(crate) fn ask_again(
        &self,
        flow: &mut Flow<'_>,
        eligibility: &Loaded,
        questions: &[Question],
    ) -> Result<Heard, FlowError> {
        self.say_asking(questions);
        if eligibility.offers("home-visit.recheck-many") && !questions.is_empty() {
            let call = |ctx, queries| Call::RecheckMany { ctx, queries };
            match self.ask_by(&Method::Recheck, &call, flow, eligibility, questions) {
                Err(FlowError::Fault(fault)) if fault.code == LAYOUT_UNKNOWN => {}
                result => return result,
            }
        }
        self.ask_numbers(flow, eligibility, questions)
    }

    /// Collects the 医療券 of a month, where the connector can: a connector that cannot leaves the
    /// tickets that cards and other answers brought.
    pub(crate) fn collect_tickets(
        &self,
        flow: &mut Flow<'_>,
        eligibility: &Loaded,
        months: &BTreeSet<Month>,
    ) -> Result<usize, FlowError> {
        if !eligibility.offers("home-visit.collect-tickets") {
            return Ok(0);
        }
        let mut rows = Vec::new();
        for month in months {
            let call = Call::CollectTickets {
                ctx: eligibility.context.clone(),
                treatment_month: month.to_string(),
            };
            let told: Vec<Verification> = match self.call(flow, eligibility, &call) {
                Ok(told) => told,
                Err(FlowError::Fault(fault)) => {
                    self.say(&fault.message_ja, &fault.message_en);
                    continue;
                }
                Err(error) => return Err(error),
            };
            for one in told.iter().filter(|t| !t.message.is_empty()) {
                let method = Method::Other("ticket".to_owned());
                rows.push(people::evidence_by(
                    &method,
                    self.code(),
                    "",
                    None,
                    one,
                    flow.id(),
                )?);
            }
        }
        self.evidence_step(flow, &rows)?;
        Ok(rows.len())
    }

    /// Records facts, once.
    pub(crate) fn facts_step(&self, flow: &mut Flow<'_>, facts: &[Fact]) -> Result<(), FlowError> {
        if facts.is_empty() {
            return Ok(());
        }
        let ids: Vec<&str> = facts.iter().map(|f| f.id.as_str()).collect();
        flow.step("record-facts", &ids, RepeatClass::Safe, || {
            Ok(self.journal().record_facts(facts)?)
        })
    }

    /// Asks about each by a message of their own, and keeps the answers as evidence. One that is
    /// not answered leaves its person as they are: what was asked is beside the point of the flow.
    pub(crate) fn ask_singly(
        &self,
        flow: &mut Flow<'_>,
        eligibility: &Loaded,
        questions: &[Question],
    ) -> Result<Heard, FlowError> {
        if questions.is_empty() || !eligibility.offers("eligibility.verify-each") {
            return Ok(Heard::default());
        }
        let count = questions.len();
        self.say(
            &format!("限度額を一人ずつ確認しています（{count}件）"),
            &format!("verifying income categories one by one ({count})"),
        );
        let call = |ctx, queries| Call::VerifyEach { ctx, queries };
        match self.ask_by(&Method::Number, &call, flow, eligibility, questions) {
            Ok(heard) => {
                if let Some(note) = heard.silent.values().next() {
                    let silent = heard.silent.len();
                    self.say(
                        &format!("{silent}件は回答を得られませんでした（{}）", note.ja),
                        &format!("{silent} were not answered: {}", note.en),
                    );
                }
                Ok(heard)
            }
            Err(FlowError::Fault(fault)) => {
                self.say(&fault.message_ja, &fault.message_en);
                Ok(Heard::default())
            }
            Err(error) => Err(error),
        }
    }

    /// Records evidence, once.
    pub(crate) fn evidence_step(
        &self,
        flow: &mut Flow<'_>,
        rows: &[Evidence],
    ) -> Result<(), FlowError> {
        let ids: Vec<&str> = rows.iter().map(|r| r.id.as_str()).collect();
        flow.step("record-evidence", &ids, RepeatClass::Safe, || {
            let known = self.journal().evidence_ids(self.code())?;
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
