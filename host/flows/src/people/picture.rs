//! Everything the evidence says, sorted by person.

use super::likely::likely;
use super::told::{answer, card_expires, caution_of, insurances, source};
use super::{Likely, Person, Told, identity_told};
use crate::answers::{Answer, Method, Validity};
use crate::coverage::parse_period;
use crate::decide::Reason;
use crate::directory::Directory;
use crate::guard::About;
use crate::income::{Income, LimitConsent, ToldIncome, asked_singly};
use crate::matching::{Candidate, Identity, Known, Match};
use crate::notices::{Noticed, Whose, noticed, whose};
use crate::proposal::Source;
use crate::welfare::{Expense, Ticket};
use reseplug_effect::Fault;
use reseplug_engine::contract;
use reseplug_journal::{Evidence, Fact};
use reseplug_model::{Date, Month, Period};
use reseplug_policy::LossDay;
use std::collections::{BTreeMap, BTreeSet, HashMap};

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
    /// Collected answers that do not say of whom they are.
    pub nameless: Vec<Answer>,
    /// Everything by id of the evidence, for naming sources.
    pub sources: BTreeMap<String, Source>,
    /// Questions that were asked, by person: day and numbers.
    pub asked: BTreeMap<String, Vec<Asked>>,
    /// Each answer's place in the order of recording, by id of the evidence.
    pub(crate) recorded: BTreeMap<String, u64>,
    /// The place of what is not in the store yet: after everything that is.
    pub(crate) next: u64,
}

/// A question that was asked and answered before.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
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
        let mut index = Index::of(people);
        let mut sorter = Sorter::new(Self::default(), people, &mut index, loss_day);
        evidence.iter().try_for_each(|row| sorter.add(row))?;
        Ok(sorter.done())
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

    /// Answers by the day they are about, then as they came: an order that does not depend on which
    /// evidence was sorted first.
    fn put_in_order(&mut self) {
        fn answers<T>(lists: &mut BTreeMap<String, Vec<T>>, of: impl Fn(&T) -> &Answer) {
            for list in lists.values_mut() {
                list.sort_by(|a, b| of(a).in_order().cmp(&of(b).in_order()));
            }
        }
        answers(&mut self.answers, |answer| answer);
        answers(&mut self.cautioned, |one| &one.answer);
        self.nameless
            .sort_by(|a, b| a.in_order().cmp(&b.in_order()));
        self.unmatched
            .sort_by(|a, b| a.answer.in_order().cmp(&b.answer.in_order()));
        let (sources, recorded) = (&self.sources, &self.recorded);
        let place = |id: &str| {
            sources
                .get(id)
                .map(|s| (s.as_of, s.answered_at.clone(), recorded.get(id).copied()))
        };
        for list in self.tickets.values_mut() {
            list.sort_by_cached_key(|ticket| place(&ticket.evidence));
        }
        for list in self.incomes.values_mut() {
            list.sort_by_cached_key(|income| place(&income.evidence));
        }
        for list in self.certificates.values_mut() {
            list.sort_by_cached_key(|(id, _)| place(id));
        }
        for list in self.notices.values_mut() {
            list.sort_by_cached_key(|n| (n.as_of, n.answered_at.clone(), n.recorded));
        }
        self.limit_consents
            .values_mut()
            .for_each(|list| list.sort());
        self.asked.values_mut().for_each(|list| list.sort());
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
            let own = self.notices.entry(known.key.clone()).or_default();
            if own.iter().all(|known| known.id != one.id) {
                own.push(one);
            }
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
            // What may be said of somebody else is not used, whatever it says.
            Some(reason) if answer.validity == Validity::Valid || reason.may_be_anothers() => self
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
                        recorded: answer.recorded,
                        income,
                    });
            }
        }
    }
}

/// The people of the documents, folded, and whose the answers to questions about them were judged to
/// be: the same answer comes every month.
pub(crate) struct Index {
    known: Known,
    judged: HashMap<usize, Vec<(Identity, bool)>>,
}

impl Index {
    pub(crate) fn of(people: &[Person]) -> Self {
        Self {
            known: Known::new(people.iter().map(|p| &p.identity)),
            judged: HashMap::new(),
        }
    }

    /// [`Known::may_be_anothers`], once for each thing that is answered.
    fn may_be_anothers(&mut self, at: usize, on_file: &Identity, answered: Identity) -> bool {
        let judged = self.judged.entry(at).or_default();
        if let Some((_, may_be)) = judged.iter().find(|(one, _)| *one == answered) {
            return *may_be;
        }
        let may_be = self.known.may_be_anothers(at, on_file, &answered);
        judged.push((answered, may_be));
        may_be
    }
}

/// Sorts evidence, row by row, among the people of the documents.
pub(crate) struct Sorter<'p> {
    picture: Picture,
    people: &'p [Person],
    directory: Directory<'p>,
    index: &'p mut Index,
    loss_day: LossDay,
}

impl<'p> Sorter<'p> {
    /// On top of what was sorted among the same people before.
    pub(crate) fn new(
        picture: Picture,
        people: &'p [Person],
        index: &'p mut Index,
        loss_day: LossDay,
    ) -> Self {
        Self {
            picture,
            people,
            directory: Directory::of(people),
            index,
            loss_day,
        }
    }

    /// Takes a row in, once.
    pub(crate) fn add(&mut self, row: &Evidence) -> Result<(), Fault> {
        let picture = &mut self.picture;
        if picture.sources.contains_key(&row.id) {
            return Ok(());
        }
        let told = Told::of(row)?;
        let recorded = row.recorded.unwrap_or(picture.next);
        picture.next = picture.next.max(recorded.saturating_add(1));
        if let Some(mut one) = noticed(row, &told) {
            one.recorded = recorded;
            picture.notice(one, &row.person_key, self.people, &self.index.known);
            return Ok(());
        }
        picture.recorded.insert(row.id.clone(), recorded);
        let answer = answer(row, &told.answer, self.loss_day, recorded);
        picture.sources.insert(row.id.clone(), source(row, &answer));
        let person = told.answer.found.first().map(|f| &f.person);
        if let Some((at, known)) = self.directory.placed(&row.person_key) {
            // The question named nobody but a number.
            let shared = told.asked.is_some()
                && person.is_some_and(|person| {
                    let answered = identity_told(person, &told.answer);
                    self.index.may_be_anothers(at, &known.identity, answered)
                });
            picture.take(known, answer, person, &told, shared);
            return Ok(());
        }
        let Some(person) = person else {
            if row.person_key.is_empty() {
                picture.nameless.push(answer);
            }
            return Ok(());
        };
        match self.index.known.find(&identity_told(person, &told.answer)) {
            Match::One(one) => {
                if let Some(known) = self.people.get(one.at) {
                    picture.take(known, answer, Some(person), &told, false);
                }
            }
            // Asked about somebody who is in none of these documents.
            _ if !row.person_key.is_empty() => {}
            Match::Nobody => picture.leave(answer, person, Vec::new(), &told.answer),
            Match::Unsure(candidates) => {
                if let Some(one) =
                    but_for_a_glyph(&candidates, self.people, person, &answer, &told.answer)
                {
                    picture.take(one, answer, Some(person), &told, false);
                    return Ok(());
                }
                let likely = candidates
                    .iter()
                    .filter_map(|c| likely(self.people.get(c.at)?, c, person).into())
                    .collect();
                picture.leave(answer, person, likely, &told.answer);
            }
        }
        Ok(())
    }

    /// Everything that was taken in.
    pub(crate) fn done(mut self) -> Picture {
        self.picture.put_in_order();
        self.picture
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
