//! Recheck: at the start of a month, the people this station confirmed electronically before.

use crate::accept::Answers;
use crate::answers::Validity;
use crate::ask::{Question, limit_consents, question};
use crate::change::{Planned, left, nothing, register_plan, sources};
use crate::decide::GroupOutcome;
use crate::host::{Ended, Host};
use crate::intake::{Report, foresee, has_register, not_valid};
use crate::people::{Person, Picture};
use reseplug_effect::{Fault, RepeatClass};
use reseplug_journal::Journal;
use reseplug_model::Date;
use reseplug_policy::Name;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::path::PathBuf;

/// Whom to ask about, as of which day.
#[derive(Debug, Clone, Default)]
pub struct RecheckRequest {
    /// The job's id; absent: made of the request.
    pub job: Option<String>,
    /// 資格確認日; absent: the first day of this month.
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
    card_visits: Vec<(String, String)>,
    people: Vec<(String, String)>,
}

impl Host {
    /// Asks again about everybody whose coverage this station has confirmed electronically
    /// before, as of the first of the month; others are listed for a card reading.
    ///
    /// # Errors
    /// Faults of the station file, the documents, the connector and the adapter.
    pub fn recheck(&self, request: &RecheckRequest) -> Result<Ended<Report>, Fault> {
        let eligibility = self.eligibility()?;
        let adapter = self.adapter(request.adapter.as_ref())?;
        let as_of = match request.as_of {
            Some(day) => day,
            None => self.today()?.month().first_day(),
        };
        if !request.dry_run {
            self.ready(&eligibility)?;
        }
        let inputs = self.inputs(&request.documents, false);
        let output = self.output(request.output.as_ref());
        let args = json!({ "as_of": as_of, "documents": inputs, "output": output,
            "answers": request.answers, "dry_run": request.dry_run });
        let digests = self.digests(&inputs)?;
        let id = self.job_id(
            request.job.as_deref(),
            "recheck",
            &json!([args, digests]),
            request.anew,
        )?;
        let new = self.new_job(&id, "recheck", args, &[&adapter, &eligibility]);
        self.run(&new, |flow| {
            let stored = self.read_step(flow, &inputs)?;
            let documents = self.documents(&stored)?;
            let register = has_register(&adapter, &documents);
            let on_file = self.register_people(&adapter, &documents)?;
            let round: Round = flow.step("whom-to-ask", &(), RepeatClass::Safe, || {
                let evidence = self.journal().evidence_all(self.code())?;
                let people = if register {
                    on_file.clone()
                } else {
                    seen_before(&evidence)?
                };
                let picture = Picture::of_evidence(&evidence, &people)?;
                let consented = limit_consents(&evidence, &people, self.now())?;
                let mut round = Round {
                    questions: Vec::new(),
                    card_visits: Vec::new(),
                    people: Vec::new(),
                };
                for person in &people {
                    let confirmed = picture
                        .of(&person.key)
                        .iter()
                        .any(|a| a.validity == Validity::Valid && a.coverage.is_some());
                    let coverage = person.coverages.iter().rfind(|c| c.period.contains(as_of));
                    match (confirmed, coverage) {
                        (true, Some(coverage)) => {
                            let consent = consented.contains(&person.key);
                            round
                                .questions
                                .push(question(person, coverage, as_of, consent));
                            round
                                .people
                                .push((person.key.clone(), person.identity.name.clone()));
                        }
                        _ => round
                            .card_visits
                            .push((person.key.clone(), person.identity.name.clone())),
                    }
                }
                Ok(round)
            })?;
            if request.dry_run {
                return Ok(Report {
                    card_visits: round.card_visits,
                    answered: round.questions.len(),
                    dry_run: true,
                    ..Report::of(flow.id(), Vec::new(), stored)
                });
            }
            let answered = self.ask(flow, &eligibility, &round.questions)?;
            let mut planned: Vec<Planned> = flow.step("decide", &(), RepeatClass::Safe, || {
                let evidence = self.journal().evidence_all(self.code())?;
                let people = if register {
                    on_file.clone()
                } else {
                    seen_before(&evidence)?
                };
                let picture = Picture::of_evidence(&evidence, &people)?;
                let mut planned = recheck_plan(&people, &picture, &round, as_of, register);
                self.settle_acceptance(&mut planned, request.answers.as_ref());
                Ok(planned)
            })?;
            let outputs =
                self.change_documents(flow, &adapter, &documents, &stored, &mut planned, &output)?;
            Ok(Report {
                answered,
                outputs,
                card_visits: round.card_visits,
                ..Report::of(flow.id(), planned, stored)
            })
        })
    }
}

fn recheck_plan(
    people: &[Person],
    picture: &Picture,
    round: &Round,
    as_of: Date,
    register: bool,
) -> Vec<Planned> {
    let mut planned = Vec::new();
    for person in people {
        if !round.people.iter().any(|(key, _)| *key == person.key) {
            continue;
        }
        let mut person = person.clone();
        let latest = picture
            .of(&person.key)
            .iter()
            .filter(|a| a.as_of == as_of)
            .max_by(|a, b| a.answered_at.cmp(&b.answered_at));
        let cautioned = picture
            .cautioned
            .get(&person.key)
            .into_iter()
            .flatten()
            .find(|c| c.answer.as_of == as_of);
        let ids: Vec<String> = latest
            .iter()
            .map(|a| a.id.clone())
            .chain(cautioned.iter().map(|c| c.answer.id.clone()))
            .collect();
        let base = nothing(&person, as_of, sources(picture, &ids));
        match (latest, cautioned) {
            (_, Some(cautioned)) => planned.push(left(
                base,
                GroupOutcome::NoAnswer,
                cautioned.reason,
                cautioned.answer.coverage.clone(),
            )),
            (None, None) => planned.push(left(
                base,
                GroupOutcome::NoAnswer,
                crate::decide::Reason::NeverAsked,
                None,
            )),
            (Some(answer), None) => match (&answer.validity, &answer.coverage) {
                (Validity::Valid, Some(coverage)) if register => {
                    let one = register_plan(&person, coverage, as_of, base.proposal.sources);
                    foresee(&mut person, &one);
                    planned.push(one);
                }
                (Validity::Valid, _) => planned.push(base),
                (validity, _) => planned.push(left(
                    base,
                    GroupOutcome::NoAnswer,
                    not_valid(validity),
                    None,
                )),
            },
        }
    }
    planned
}

/// The people this station read a card of, for a product that shows no register: each with
/// the coverages their answers stated. Their key is made of name and birth date.
fn seen_before(evidence: &[reseplug_journal::Evidence]) -> Result<Vec<Person>, Fault> {
    let picture = Picture::of_evidence(evidence, &[])?;
    let mut people: Vec<Person> = Vec::new();
    for unmatched in &picture.unmatched {
        let (Some(coverage), Validity::Valid, None) = (
            &unmatched.answer.coverage,
            &unmatched.answer.validity,
            unmatched.caution,
        ) else {
            continue;
        };
        let identity = crate::people::identity(&unmatched.person);
        let key = format!("{}/{}", identity.name, identity.birth_date);
        match people.iter_mut().find(|p| p.key == key) {
            Some(known) if known.coverages.iter().any(|c| c.is_same(coverage)) => {}
            Some(known) => known.coverages.push(coverage.clone()),
            None => people.push(Person {
                key,
                identity,
                coverages: vec![coverage.clone()],
            }),
        }
    }
    Ok(people)
}
