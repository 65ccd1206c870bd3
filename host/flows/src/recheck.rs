//! Recheck: at the start of a month, the people this station confirmed electronically before.

use crate::accept::Answers;
use crate::answers::{Answer, Method, Validity};
use crate::as_of::asked_as_of;
use crate::ask::{Question, Served, income_round, question};
use crate::change::{Operations, Planned, left, nothing, register_plan, sources};
use crate::continuity::{Basis, CardVisit, Died, NotAsked, Presence, ask_again, served};
use crate::coverage::{Coverage, period_to_contract};
use crate::decide::{GroupOutcome, Reason};
use crate::desk::Desk;
use crate::directory::Directory;
use crate::expiry::expiries;
use crate::group::Note;
use crate::host::{Ended, Host};
use crate::intake::{Report, foresee, has_register, without_coverage};
use crate::people::{Person, Picture, SoFar};
use crate::proposal::{Done, Proposal, kind};
use crate::rehearsal::intended;
use reseplug_effect::{Fault, RepeatClass};
use reseplug_engine::contract::{ClosePeriod, RegisterOperation};
use reseplug_journal::{Fact, Journal};
use reseplug_model::Date;
use reseplug_policy::Name;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Whom to ask about, as of which day.
#[derive(Debug, Clone, Default)]
pub struct RecheckRequest {
    /// The job's id; absent: made of the request.
    pub job: Option<String>,
    /// 資格確認日; absent: the first day of this month. Neither a day that nobody can know yet nor
    /// one that nobody claims any more.
    pub as_of: Option<Date>,
    /// Adapter, unless the station file's.
    pub adapter: Option<Name>,
    /// Register documents, unless the station file's.
    pub documents: Vec<PathBuf>,
    /// Folder for the changed register; absent: `out` beside the station file.
    pub output: Option<PathBuf>,
    /// A person's answers.
    pub answers: Option<Answers>,
    /// Say whom it would ask about; ask nothing, change nothing.
    pub dry_run: bool,
    /// Run again even if the same was done today.
    pub anew: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct Round {
    questions: Vec<Question>,
    card_visits: Vec<CardVisit>,
    died: Vec<Died>,
}

impl Host {
    /// Asks again about everybody whose coverage this station has confirmed electronically
    /// before and whom it serves since, as of the first of the month; others are listed for a
    /// card reading, with the reason.
    ///
    /// # Errors
    /// `recheck/as-of` for a day that cannot be asked about; faults of the station file, the
    /// documents, the connector and the adapter.
    pub fn recheck(&self, request: &RecheckRequest) -> Result<Ended<Report>, Fault> {
        let eligibility = self.eligibility()?;
        let adapter = self.adapter(request.adapter.as_ref())?;
        let as_of = match request.as_of {
            Some(day) => asked_as_of(day, self.today()?)?,
            None => self.today()?.month().first_day(),
        };
        if !request.dry_run {
            self.ready(&eligibility)?;
        }
        let inputs = self.inputs(&request.documents, false);
        let output = self.output(request.output.as_ref());
        let args = json!({ "as_of": as_of, "documents": inputs, "output": output,
            "answers": request.answers, "dry_run": request.dry_run });
        let base = self.base(&inputs, &output)?;
        let id = self.document_job(
            request.job.as_deref(),
            "recheck",
            &base,
            |digests| json!([args, digests]),
            request.anew,
        )?;
        let new = self.new_job(&id, "recheck", args, &[&adapter, &eligibility]);
        self.run_over_documents(&new, |flow| {
            let mut base = self.base_step(flow, &inputs, &base)?;
            let documents = self.documents(&base.read())?;
            let register = has_register(&adapter, &documents);
            let on_file = self.register_people(&adapter, &documents)?;
            let people = if register {
                on_file.clone()
            } else {
                seen_before(&self.picture(&[])?)
            };
            let mut so_far = SoFar::new(self, people);
            let round: Round = flow.step("whom-to-ask", &(), RepeatClass::Safe, || {
                self.whom_to_ask(&mut so_far, as_of)
            })?;
            if request.dry_run {
                let (people, _) = so_far.look()?;
                return Ok(Report {
                    would_ask: intended(people, &round.questions, false),
                    card_visits: round.card_visits,
                    died: round.died,
                    answered: round.questions.len(),
                    dry_run: true,
                    ..Report::of(flow.id(), Vec::new(), base)
                });
            }
            let asked = self.ask_again(flow, &eligibility, &round.questions)?;
            so_far.heard(&asked.rows)?;
            let singly: Vec<Question> =
                flow.step("questions-single", &(), RepeatClass::Safe, || {
                    let consented = so_far.agreed_to_limit()?;
                    let (people, picture) = so_far.look()?;
                    let served = asked_about(people, &round, as_of);
                    Ok(income_round(
                        people,
                        &served,
                        picture,
                        self.today()?,
                        &consented,
                    ))
                })?;
            let told = self.ask_singly(flow, &eligibility, &singly)?;
            so_far.heard(&told.rows)?;
            let answered = asked.rows.len().saturating_add(told.rows.len());
            let (mut planned, warnings) = flow.step("decide", &(), RepeatClass::Safe, || {
                let (people, picture) = so_far.look()?;
                let desk = self.desk(picture);
                let mut planned =
                    recheck_plan(people, &desk, &round, as_of, register, &asked.silent);
                if register {
                    self.settle_places(&adapter, &documents, &mut planned)?;
                }
                self.settle_acceptance(&mut planned, request.answers.as_ref());
                Ok((planned, expiries(people, picture, as_of)))
            })?;
            if register {
                let asked: BTreeSet<&str> =
                    round.questions.iter().map(|q| q.key.as_str()).collect();
                let month = as_of.month();
                let here = |p: &&Person| asked.contains(p.key.as_str());
                let facts: Vec<Fact> = on_file
                    .iter()
                    .filter(here)
                    .map(|p| served(self.code(), p, month, Basis::Register, self.now()))
                    .collect();
                self.facts_step(flow, &facts)?;
            }
            let outputs =
                self.change_documents(flow, &adapter, &mut base, &mut planned, &output)?;
            Ok(Report {
                answered,
                outputs,
                card_visits: round.card_visits,
                died: round.died,
                warnings,
                late: self.late_step(flow)?,
                ..Report::of(flow.id(), planned, base)
            })
        })
        .map(|ended| self.told_late(ended))
    }

    /// Everybody whose coverage was confirmed before and who is served since; and whose card has to be
    /// read instead.
    fn whom_to_ask(&self, so_far: &mut SoFar<'_>, as_of: Date) -> Result<Round, Fault> {
        let presence = Presence::of(&self.journal().facts(self.code(), Some("served"), None)?);
        let consented = so_far.agreed_to_limit()?;
        let (people, picture) = so_far.look()?;
        let mut round = Round {
            questions: Vec::new(),
            card_visits: Vec::new(),
            died: Vec::new(),
        };
        for person in people {
            match ask_again(person, picture, &presence, as_of) {
                Ok(coverage) => round.questions.push(question(
                    person,
                    coverage,
                    as_of,
                    consented.contains(&person.key),
                )),
                Err(NotAsked::Card(visit)) => round.card_visits.push(visit),
                Err(NotAsked::Died(died)) => round.died.push(died),
            }
        }
        Ok(round)
    }
}

/// What was asked about whom, as days under a coverage.
fn asked_about(people: &[Person], round: &Round, as_of: Date) -> Vec<Served> {
    let directory = Directory::of(people);
    round
        .questions
        .iter()
        .filter_map(|q| {
            let person = directory.get(&q.key)?;
            Some(Served {
                key: q.key.clone(),
                coverage: person
                    .coverages
                    .iter()
                    .rfind(|c| c.period.contains(as_of))?
                    .clone(),
                days: vec![as_of],
            })
        })
        .collect()
}

fn recheck_plan(
    people: &[Person],
    desk: &Desk<'_>,
    round: &Round,
    as_of: Date,
    register: bool,
    silent: &BTreeMap<String, Note>,
) -> Vec<Planned> {
    let asked: BTreeSet<&str> = round.questions.iter().map(|q| q.key.as_str()).collect();
    let mut planned = Vec::new();
    for person in people.iter().filter(|p| asked.contains(p.key.as_str())) {
        let mut person = person.clone();
        let on_file = person
            .coverages
            .iter()
            .rfind(|c| c.period.contains(as_of))
            .cloned();
        let silence = silent.get(&person.key);
        let one = coverage_plan(&person, desk, on_file.as_ref(), as_of, register, silence);
        foresee(&mut person, &one);
        planned.push(one);
        if register {
            planned.extend(desk.income(&person, as_of));
            planned.extend(desk.welfare(&person, as_of.month(), as_of));
        }
    }
    planned
}

/// What becomes of somebody's coverage by the answer as of the day.
fn coverage_plan(
    person: &Person,
    desk: &Desk<'_>,
    on_file: Option<&Coverage>,
    as_of: Date,
    register: bool,
    silence: Option<&Note>,
) -> Planned {
    let picture = desk.picture;
    let latest = picture
        .of(&person.key)
        .iter()
        // What a person saw on paper is no answer to the question.
        .filter(|a| a.as_of == as_of && a.method.is_electronic())
        .max_by(|a, b| a.came().cmp(&b.came()));
    let cautioned = picture
        .cautioned
        .get(&person.key)
        .into_iter()
        .flatten()
        .filter(|c| c.answer.as_of == as_of)
        .max_by(|a, b| a.answer.came().cmp(&b.answer.came()))
        // A doubt is over when a later answer to the question leaves none.
        .filter(|c| latest.is_none_or(|later| later.came() < c.answer.came()));
    let ids: Vec<String> = latest
        .iter()
        .map(|a| a.id.clone())
        .chain(cautioned.iter().map(|c| c.answer.id.clone()))
        .collect();
    let base = nothing(person, as_of, sources(picture, &ids));
    if let Some(cautioned) = cautioned {
        let one = left(
            base,
            GroupOutcome::NoAnswer,
            cautioned.reason,
            cautioned.answer.coverage.clone(),
        );
        return desk.told(one, person, on_file, &cautioned.answer);
    }
    let Some(answer) = latest else {
        let mut one = left(base, GroupOutcome::NoAnswer, Reason::NotAnswered, None);
        one.proposal.notes.extend(silence.cloned());
        return one;
    };
    let one = match (&answer.validity, &answer.coverage) {
        (Validity::Valid, Some(coverage)) if register => {
            match ending(person, on_file, answer, coverage, &base) {
                Some(ending) => ending,
                None => register_plan(person, coverage, as_of, base.proposal.sources),
            }
        }
        (Validity::Valid, Some(_)) => base,
        _ => without_coverage(base, on_file, answer),
    };
    desk.told(one, person, on_file, answer)
}

/// A coverage that is valid on the day and known to end: its last day is proposed, for a person to
/// accept, because what comes after it is not known.
fn ending(
    person: &Person,
    on_file: Option<&Coverage>,
    answer: &Answer,
    coverage: &Coverage,
    base: &Planned,
) -> Option<Planned> {
    let on_file = on_file.filter(|own| own.is_same(coverage))?;
    let last_day = coverage.period.to.filter(|_| answer.loss.is_some())?;
    if on_file.period.to.is_some_and(|to| to <= last_day) {
        return None;
    }
    let after = Coverage {
        period: coverage.period,
        ..on_file.clone()
    };
    let operation = RegisterOperation::ClosePeriod(ClosePeriod {
        id: base.proposal.id.clone(),
        person_key: person.key.clone(),
        before: on_file.to_contract(),
        last_day: period_to_contract(after.period).to?,
    });
    Some(Planned {
        proposal: Proposal {
            outcome: GroupOutcome::Differs,
            before: Some(on_file.clone()),
            after: Some(Coverage {
                period: reseplug_model::Period::new(on_file.period.from, after.period.to),
                ..after
            }),
            done: Done::Left,
            ..base.proposal.clone()
        },
        operations: Operations::Register {
            kind: kind::CLOSED.to_owned(),
            operations: vec![operation],
        },
    })
}

/// The people this station read a card of, for a product that shows no register: each with
/// the coverages their answers stated. Their key is made of name and birth date.
fn seen_before(picture: &Picture) -> Vec<Person> {
    let mut people: Vec<Person> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for unmatched in &picture.unmatched {
        let (Some(coverage), Validity::Valid, None, Method::Card) = (
            &unmatched.answer.coverage,
            &unmatched.answer.validity,
            unmatched.caution,
            &unmatched.answer.method,
        ) else {
            continue;
        };
        let identity = crate::people::identity(&unmatched.person);
        let key = format!("{}/{}", identity.name, identity.birth_date);
        match places.get(&key).and_then(|at| people.get_mut(*at)) {
            Some(known) if known.coverages.iter().any(|c| c.is_same(coverage)) => {}
            Some(known) => known.coverages.push(coverage.clone()),
            None => {
                places.insert(key.clone(), people.len());
                people.push(Person {
                    key,
                    identity,
                    coverages: vec![coverage.clone()],
                    incomes: Vec::new(),
                    public_expenses: Vec::new(),
                    burden_place: false,
                });
            }
        }
    }
    people
}
