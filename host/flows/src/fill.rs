//! Fill: the month's receipts against what is known of their charge days.
//!
//! The register is the normal target: what differs there is corrected there, and the claim is
//! made from it anew. Where a product shows nothing but its finished claim files, those are
//! patched, which is the last resort.

use crate::accept::Answers;
use crate::answers::{known_on, stretches};
use crate::ask::{Question, Served, first_round, income_round, second_round};
use crate::base::Base;
use crate::change::{
    Operations, Planned, group_id, left, month_operation, nothing, register_plan, sources,
};
use crate::claim::model_payer;
use crate::continuity::{Basis, served};
use crate::coverage::Coverage;
use crate::decide::{
    GroupOutcome, Reason, ReceiptChange, ReceiptDecision, judge_receipt, only_burden,
};
use crate::desk::Desk;
use crate::directory::Directory;
use crate::documents::Stored;
use crate::expiry::{Expiry, expiries};
use crate::group::Group;
use crate::host::{Ended, Host, Loaded};
use crate::income::told_on;
use crate::intake::{Report, foresee, has_register, unmatched_plan};
use crate::not_ours::{self, NotOurs};
use crate::people::{Person, Picture, SoFar, person_key};
use crate::proposal::Done;
use crate::rehearsal::{Intended, intended, without_those_asked};
use crate::welfare::Expense;
use reseplug_effect::{Fault, Place, RepeatClass};
use reseplug_engine::contract::{self, Document};
use reseplug_journal::{Fact, Flow, FlowError};
use reseplug_model::{Date, Month};
use reseplug_policy::Name;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// What to fill.
#[derive(Debug, Clone, Default)]
pub struct FillRequest {
    /// The job's id; absent: made of the request.
    pub job: Option<String>,
    /// Adapter, unless the station file's.
    pub adapter: Option<Name>,
    /// The month's documents and the register, unless the station file's.
    pub documents: Vec<PathBuf>,
    /// Folder for the documents as they are afterwards; absent: `out` beside the station file.
    pub output: Option<PathBuf>,
    /// A person's answers.
    pub answers: Option<Answers>,
    /// Use the evidence at hand, show what would become of the documents, ask and write nothing.
    pub dry_run: bool,
    /// Use the evidence at hand and ask nothing: the terminal is away, the 10th is not.
    pub offline: bool,
    /// Run again even if the same was done today.
    pub anew: bool,
}

/// The month as the host reads it.
pub(crate) struct MonthRead {
    pub(crate) register: bool,
    pub(crate) people: Vec<Person>,
    pub(crate) receipts: Vec<contract::Receipt>,
    pub(crate) served: Vec<Served>,
}

impl Host {
    /// Verifies the month's receipts as of their charge days and carries accepted corrections
    /// into the product's documents.
    ///
    /// # Errors
    /// Faults of the station file, the documents, the connector and the adapter.
    pub fn fill(&self, request: &FillRequest) -> Result<Ended<Report>, Fault> {
        let adapter = self.adapter(request.adapter.as_ref())?;
        let asking = !request.dry_run && !request.offline;
        let eligibility = asking.then(|| self.eligibility()).transpose()?;
        if let Some(eligibility) = &eligibility {
            self.ready(eligibility)?;
        }
        let inputs = self.inputs(&request.documents, true);
        if inputs.is_empty() {
            return Err(no_documents(&self.station().file));
        }
        let output = self.output(request.output.as_ref());
        if request.dry_run {
            let base = self.base(&inputs, &output)?;
            return self.fill_dry(request, &adapter, base).map(Ended::Done);
        }
        let args = json!({ "documents": inputs, "output": output, "answers": request.answers,
            "offline": request.offline });
        let base = self.base(&inputs, &output)?;
        let id = self.document_job(
            request.job.as_deref(),
            "fill",
            &base,
            |digests| json!([args, digests]),
            request.anew,
        )?;
        let plugins: Vec<&Loaded> = std::iter::once(&*adapter)
            .chain(eligibility.as_deref())
            .collect();
        let new = self.new_job(&id, "fill", args, &plugins);
        self.run_over_documents(&new, |flow| {
            let mut base = self.base_step(flow, &inputs, &base)?;
            let documents = self.documents(&base.read())?;
            let month = self.read_month(&adapter, &documents)?;
            let answered = match &eligibility {
                Some(eligibility) => {
                    let tickets =
                        self.collect_tickets(flow, eligibility, &welfare_months(&month)?)?;
                    tickets.saturating_add(self.ask_about(flow, eligibility, &month)?)
                }
                None => 0,
            };
            self.say("照らし合わせています", "comparing");
            let seen: Seen = flow.step("decide", &(), RepeatClass::Safe, || {
                self.fill_plan(&adapter, &documents, &month, request.answers.as_ref())
            })?;
            self.facts_step(flow, &self.served_facts(&month)?)?;
            let mut planned = seen.planned;
            let outputs =
                self.change_documents(flow, &adapter, &mut base, &mut planned, &output)?;
            Ok(Report {
                answered,
                receipts: month.receipts.len(),
                outputs,
                warnings: seen.warnings,
                not_ours: seen.not_ours,
                late: self.late_step(flow)?,
                ..Report::of(flow.id(), planned, base)
            })
        })
        .map(|ended| self.told_late(ended))
    }

    fn fill_dry(
        &self,
        request: &FillRequest,
        adapter: &Loaded,
        base: Base,
    ) -> Result<Report, Fault> {
        let documents = self.documents(&base.read())?;
        let month = self.read_month(adapter, &documents)?;
        let seen = self.fill_plan(adapter, &documents, &month, request.answers.as_ref())?;
        let mut planned = seen.planned;
        let (would_ask, would_collect) = if request.offline {
            (Vec::new(), BTreeSet::new())
        } else {
            (self.would_ask(&month)?, welfare_months(&month)?)
        };
        without_those_asked(&mut planned, &would_ask);
        self.carry_out(adapter, &documents, &mut planned)?;
        Ok(Report {
            receipts: month.receipts.len(),
            dry_run: true,
            would_ask,
            would_collect: would_collect.into_iter().collect(),
            warnings: seen.warnings,
            not_ours: seen.not_ours,
            ..Report::of("", planned, base)
        })
    }

    /// The questions a run would begin with. What it would ask after them, the answers say.
    fn would_ask(&self, month: &MonthRead) -> Result<Vec<Intended>, Fault> {
        let mut so_far = SoFar::new(self, month.people.clone());
        let consented = so_far.agreed_to_limit()?;
        let (people, picture) = so_far.look()?;
        let today = self.today()?;
        let round = |round: Round| round(people, &month.served, picture, today, &consented);
        let mut all = intended(people, &round(first_round), false);
        all.extend(intended(people, &round(income_round), true));
        Ok(all)
    }

    /// Reads the month, its people and the days each coverage on file was charged on.
    pub(crate) fn read_month(
        &self,
        adapter: &Loaded,
        documents: &[Document],
    ) -> Result<MonthRead, Fault> {
        let register = has_register(adapter, documents);
        let receipts = adapter.plugin.read_month(&adapter.context, documents)?;
        let people = if register {
            self.register_people(adapter, documents)?
        } else {
            self.receipts_people(&receipts)?
        };
        let mut served = Vec::new();
        for receipt in &receipts {
            if let Some(coverage) = coverage_of(receipt)? {
                served.push(Served {
                    key: person_key(receipt),
                    coverage,
                    days: days_of(receipt)?,
                });
            }
        }
        Ok(MonthRead {
            register,
            people,
            receipts,
            served,
        })
    }

    /// Asks in two rounds about the charge days, and singly for what only a single answer tells: see
    /// [`crate::ask`].
    fn ask_about(
        &self,
        flow: &mut Flow<'_>,
        eligibility: &Loaded,
        month: &MonthRead,
    ) -> Result<usize, FlowError> {
        let mut answered: usize = 0;
        let mut so_far = SoFar::new(self, month.people.clone());
        for (name, round) in [
            ("questions-1", first_round as Round),
            ("questions-2", second_round as Round),
            ("questions-single", income_round as Round),
        ] {
            let questions: Vec<Question> = flow.step(name, &(), RepeatClass::Safe, || {
                let consented = so_far.agreed_to_limit()?;
                let (people, picture) = so_far.look()?;
                Ok(round(
                    people,
                    &month.served,
                    picture,
                    self.today()?,
                    &consented,
                ))
            })?;
            let heard = if name == "questions-single" {
                self.ask_singly(flow, eligibility, &questions)?
            } else {
                self.ask(flow, eligibility, &questions)?
            };
            so_far.heard(&heard.rows)?;
            answered = answered.saturating_add(heard.rows.len());
        }
        Ok(answered)
    }

    /// That the people of the receipts were served in the receipts' months: what continuity of care
    /// is shown by.
    fn served_facts(&self, month: &MonthRead) -> Result<Vec<Fact>, Fault> {
        let directory = Directory::of(&month.people);
        let mut facts: BTreeMap<String, Fact> = BTreeMap::new();
        for receipt in &month.receipts {
            let Some(person) = directory.get(&person_key(receipt)) else {
                continue;
            };
            let fact = served(
                self.code(),
                person,
                service_month(receipt)?,
                Basis::Receipt,
                self.now(),
            );
            facts.insert(fact.id.clone(), fact);
        }
        Ok(facts.into_values().collect())
    }

    fn fill_plan(
        &self,
        adapter: &Loaded,
        documents: &[Document],
        month: &MonthRead,
        answers: Option<&Answers>,
    ) -> Result<Seen, Fault> {
        let picture = self.picture(&month.people)?;
        let desk = self.desk(&picture);
        let mut people: Vec<Person> = month.people.clone();
        let places: BTreeMap<String, usize> = people
            .iter()
            .enumerate()
            .rev()
            .map(|(at, person)| (person.key.clone(), at))
            .collect();
        let mut seen = Seen::default();
        let mut ids: BTreeSet<String> = BTreeSet::new();
        for receipt in &month.receipts {
            let key = person_key(receipt);
            let Some(person) = places.get(&key).and_then(|at| people.get_mut(*at)) else {
                continue;
            };
            let planned = receipt_plan(person, receipt, &desk, month.register)?;
            // Somebody with several receipts has one income category and one register entry.
            seen.planned
                .extend(planned.into_iter().filter(|p| match p.proposal.group {
                    Group::Coverage | Group::Burden => true,
                    Group::Income | Group::Welfare => ids.insert(p.proposal.id.clone()),
                }));
            seen.not_ours.extend(checked(person, receipt, &picture)?);
        }
        // Cards read since the month began whose person is not certain.
        let first = month
            .receipts
            .iter()
            .flat_map(|r| r.days.first())
            .min()
            .cloned()
            .unwrap_or_default();
        let recent = picture
            .unmatched
            .iter()
            .filter(|u| u.answer.as_of.to_string() >= first);
        seen.planned
            .extend(recent.map(|u| unmatched_plan(&picture, u, month.register)));
        if month.register {
            self.settle_places(adapter, documents, &mut seen.planned)?;
        }
        self.settle_acceptance(&mut seen.planned, answers);
        seen.warnings = expiries(&month.people, &picture, self.today()?);
        Ok(seen)
    }
}

/// The months for which somebody has 医療扶助: those whose tickets are looked for.
fn welfare_months(month: &MonthRead) -> Result<BTreeSet<Month>, Fault> {
    let directory = Directory::of(&month.people);
    let mut months = BTreeSet::new();
    for receipt in &month.receipts {
        let served = service_month(receipt)?;
        let on_receipt = receipt.public_expenses.iter().filter_map(Expense::parse);
        let on_file = directory
            .get(&person_key(receipt))
            .into_iter()
            .flat_map(|person| person.public_expenses.iter().cloned());
        if on_receipt.chain(on_file).any(|own| own.is_welfare()) {
            months.insert(served);
        }
    }
    Ok(months)
}

/// What a month came to, before anything is carried out.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Seen {
    planned: Vec<Planned>,
    warnings: Vec<Expiry>,
    not_ours: Vec<NotOurs>,
}

type Round = fn(&[Person], &[Served], &Picture, Date, &BTreeSet<String>) -> Vec<Question>;

/// What of a receipt is never written, checked against what is known as of its last charge day.
fn checked(
    person: &Person,
    receipt: &contract::Receipt,
    picture: &Picture,
) -> Result<Vec<NotOurs>, Fault> {
    let Some(last) = days_of(receipt)?.last().copied() else {
        return Ok(Vec::new());
    };
    let told = picture
        .incomes
        .get(&person.key)
        .and_then(|told| told_on(told, last))
        .map(|told| &told.income);
    let burden = known_on(picture.of(&person.key), last)
        .coverage()
        .and_then(|c| c.burden_percent)
        .or(receipt.coverage.as_ref().and_then(|c| c.burden_percent));
    Ok(not_ours::look(receipt, person, told, burden, last))
}

/// What becomes of one receipt, or of the register entry behind it: each group by itself.
fn receipt_plan(
    person: &mut Person,
    receipt: &contract::Receipt,
    desk: &Desk<'_>,
    register: bool,
) -> Result<Vec<Planned>, Fault> {
    let days = days_of(receipt)?;
    let Some(last) = days.last().copied() else {
        return Ok(Vec::new());
    };
    let month = service_month(receipt)?;
    let mut planned = match coverage_of(receipt)? {
        Some(on_file) => coverage_plan(person, receipt, &on_file, &days, desk, register)?,
        None if register => uncovered_plan(person, &days, desk.picture),
        None => Vec::new(),
    };
    let welfare = if register {
        planned.extend(desk.income(person, last));
        desk.welfare(person, month, last)
    } else {
        // The category is the insurer's: it is looked at once the coverage is right.
        let settled = planned
            .iter()
            .all(|p| p.proposal.outcome == GroupOutcome::Same);
        if let (true, Some(on_file)) = (settled, coverage_of(receipt)?) {
            planned.extend(desk.receipt_income(person, receipt, &on_file.insurer, last));
        }
        desk.receipt_welfare(person, receipt, month, last)
    };
    planned.extend(welfare);
    if planned.is_empty() {
        // 公費単独 of another kind, or days that nothing covers: nothing an answer could confirm.
        let mut base = nothing(person, last, Vec::new());
        if !register {
            base.proposal.id = crate::change::proposal_id(&receipt.id, last);
        }
        planned.push(left(base, GroupOutcome::NoAnswer, Reason::NeverAsked, None));
    }
    Ok(planned)
}

/// Days that no coverage on file holds, and answers about them.
fn uncovered_plan(person: &mut Person, days: &[Date], picture: &Picture) -> Vec<Planned> {
    let found: Vec<(Coverage, Date, String)> = stretches(picture.of(&person.key), days)
        .into_iter()
        .filter_map(|stretch| {
            let answer = stretch.known.answer()?;
            let day = stretch.days.last()?;
            Some((stretch.known.coverage()?.clone(), *day, answer.id.clone()))
        })
        .collect();
    let mut planned = Vec::new();
    for (coverage, day, id) in found {
        let one = register_plan(person, &coverage, day, sources(picture, &[id]));
        foresee(person, &one);
        planned.push(one);
    }
    planned
}

/// What becomes of the coverage of one receipt.
fn coverage_plan(
    person: &mut Person,
    receipt: &contract::Receipt,
    on_file: &Coverage,
    days: &[Date],
    desk: &Desk<'_>,
    register: bool,
) -> Result<Vec<Planned>, Fault> {
    let picture = desk.picture;
    let (Some(raw), Some(last)) = (&receipt.coverage, days.last().copied()) else {
        return Ok(Vec::new());
    };
    let base = |person: &Person, sources| {
        let mut base = nothing(person, last, sources);
        if !register {
            base.proposal.id = crate::change::proposal_id(&receipt.id, last);
        }
        base
    };
    let on_file = on_file.clone();
    let decision = judge_with_cautions(person, &on_file, receipt, days, picture)?;
    let mut base = base(person, sources(picture, &decision.sources));
    let answer = known_on(picture.of(&person.key), last).answer();
    if let Some(answer) = answer {
        base = desk.told(base, person, Some(&on_file), answer);
    }
    if let Some(reason) = decision.reason {
        return Ok(vec![left(
            Planned {
                proposal: crate::proposal::Proposal {
                    before: Some(on_file),
                    ..base.proposal
                },
                operations: Operations::None,
            },
            decision.outcome,
            reason,
            None,
        )]);
    }
    if decision.change == ReceiptChange::None {
        return Ok(vec![base]);
    }
    if register {
        return Ok(register_plans(person, &decision, days, picture));
    }
    if only_burden(&decision.differences) {
        base.proposal.group = Group::Burden;
        base.proposal.id = group_id(&receipt.id, Group::Burden, last);
    }
    let operations = month_operation(&base.proposal.id, receipt, raw, &decision.change);
    let after = match &decision.change {
        ReceiptChange::InPlace(after) | ReceiptChange::Move(after) => Some(after.clone()),
        ReceiptChange::Split(parts) => parts.last().map(|(_, after)| after.clone()),
        ReceiptChange::None => None,
    };
    Ok(vec![Planned {
        proposal: crate::proposal::Proposal {
            outcome: decision.outcome,
            before: Some(on_file),
            after,
            differences: decision.differences,
            done: Done::Left,
            ..base.proposal
        },
        operations,
    }])
}

/// The decision about a receipt; an answer that only a person may use, about one of its days,
/// outweighs everything else.
pub(crate) fn judge_with_cautions(
    person: &Person,
    on_file: &Coverage,
    receipt: &contract::Receipt,
    days: &[Date],
    picture: &Picture,
) -> Result<ReceiptDecision, Fault> {
    let decision = judge_receipt(
        on_file,
        model_payer(receipt.payer),
        days,
        picture.of(&person.key),
    );
    let cautioned = picture
        .cautioned
        .get(&person.key)
        .into_iter()
        .flatten()
        .find(|c| {
            c.answer.coverage.as_ref().is_some_and(|k| {
                // The same coverage as on file contradicts nothing; that it was doubted says why
                // it does not confirm.
                days.iter().any(|d| k.period.contains(*d))
                    && (!on_file.is_same(k) || decision.reason == Some(Reason::NeverAsked))
            })
        });
    Ok(match cautioned {
        Some(cautioned) if decision.reason.is_some() => ReceiptDecision {
            outcome: GroupOutcome::NoAnswer,
            reason: Some(cautioned.reason),
            sources: vec![cautioned.answer.id.clone()],
            ..decision
        },
        _ => decision,
    })
}

/// A receipt of the register's product is corrected in the register: each coverage that holds
/// on some charge day as of the last such day.
fn register_plans(
    person: &mut Person,
    decision: &ReceiptDecision,
    days: &[Date],
    picture: &Picture,
) -> Vec<Planned> {
    let parts: Vec<Coverage> = match &decision.change {
        ReceiptChange::None => Vec::new(),
        ReceiptChange::InPlace(after) | ReceiptChange::Move(after) => vec![after.clone()],
        ReceiptChange::Split(parts) => parts.iter().map(|(_, c)| c.clone()).collect(),
    };
    let mut planned = Vec::new();
    for coverage in parts {
        let Some(day) = days.iter().rfind(|d| coverage.period.contains(**d)) else {
            continue;
        };
        let one = register_plan(person, &coverage, *day, sources(picture, &decision.sources));
        foresee(person, &one);
        planned.push(one);
    }
    planned
}

fn service_month(receipt: &contract::Receipt) -> Result<Month, Fault> {
    Month::parse(&receipt.service_month)
        .map_err(|e| field_fault(receipt, "指定訪問看護年月", &receipt.service_month, &e))
}

pub(crate) fn coverage_of(receipt: &contract::Receipt) -> Result<Option<Coverage>, Fault> {
    receipt
        .coverage
        .as_ref()
        .map(|c| Coverage::parse(c, Some(receipt.place.clone().into())))
        .transpose()
}

pub(crate) fn days_of(receipt: &contract::Receipt) -> Result<Vec<Date>, Fault> {
    receipt
        .days
        .iter()
        .map(|day| Date::parse(day).map_err(|e| field_fault(receipt, "訪問日", day, &e)))
        .collect()
}

fn field_fault(
    receipt: &contract::Receipt,
    field: &str,
    value: &str,
    error: &dyn std::fmt::Display,
) -> Fault {
    Fault::new(
        "month/field",
        format!("レセプトの「{field}」（{value}）が読めません（{error}）。アダプターの開発元に連絡してください。"),
        format!("the adapter answered `{value}` as {field}: {error}; tell its vendor"),
    )
    .at(Place {
        field: Some(field.to_owned()),
        ..receipt.place.clone().into()
    })
}

pub(crate) fn no_documents(file: &str) -> Fault {
    Fault::new(
        "documents/none",
        format!(
            "書類がありません。コマンドでファイルを指定するか、{file} の [product] に month（と register）を書いてください。"
        ),
        format!(
            "no documents: name files on the command, or write month (and register) under [product] in {file}"
        ),
    )
}

/// Documents a report wrote, by name.
pub fn outputs_by_name(outputs: &[Stored]) -> Vec<(String, PathBuf)> {
    outputs
        .iter()
        .map(|o| (o.name.clone(), o.path.clone()))
        .collect()
}
