//! Fill: the month's receipts against what is known of their charge days.
//!
//! The register is the normal target: what differs there is corrected there, and the claim is
//! made from it anew. Where a product shows nothing but its finished claim files, those are
//! patched, which is the last resort.

use crate::accept::Answers;
use crate::ask::{Question, Served, first_round, limit_consents, second_round};
use crate::change::{Operations, Planned, left, month_operation, nothing, register_plan, sources};
use crate::coverage::Coverage;
use crate::decide::{GroupOutcome, Reason, ReceiptChange, ReceiptDecision, judge_receipt};
use crate::documents::Stored;
use crate::host::{Ended, Host, Loaded};
use crate::intake::{Report, foresee, has_register, unmatched_plan};
use crate::people::{self, Person, Picture, person_key};
use crate::proposal::Done;
use reseplug_effect::{Fault, Place, RepeatClass};
use reseplug_engine::contract::{self, Document};
use reseplug_journal::{Flow, FlowError, Journal};
use reseplug_model::{Date, Month, Payer};
use reseplug_policy::Name;
use serde_json::json;
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
            return self.fill_dry(request, &adapter, &inputs).map(Ended::Done);
        }
        let args = json!({ "documents": inputs, "output": output, "answers": request.answers,
            "offline": request.offline });
        let digests = self.digests(&inputs)?;
        let id = self.job_id(
            request.job.as_deref(),
            "fill",
            &json!([args, digests]),
            request.anew,
        )?;
        let plugins: Vec<&Loaded> = std::iter::once(&*adapter)
            .chain(eligibility.as_deref())
            .collect();
        let new = self.new_job(&id, "fill", args, &plugins);
        self.run(&new, |flow| {
            let stored = self.read_step(flow, &inputs)?;
            let documents = self.documents(&stored)?;
            let month = self.read_month(&adapter, &documents)?;
            let answered = match &eligibility {
                Some(eligibility) => self.ask_about(flow, eligibility, &month)?,
                None => 0,
            };
            self.say("照らし合わせています", "comparing");
            let mut planned: Vec<Planned> = flow.step("decide", &(), RepeatClass::Safe, || {
                self.fill_plan(&month, request.answers.as_ref())
            })?;
            let outputs =
                self.change_documents(flow, &adapter, &documents, &stored, &mut planned, &output)?;
            Ok(Report {
                answered,
                receipts: month.receipts.len(),
                outputs,
                ..Report::of(flow.id(), planned, stored)
            })
        })
    }

    fn fill_dry(
        &self,
        request: &FillRequest,
        adapter: &Loaded,
        inputs: &[crate::documents::Input],
    ) -> Result<Report, Fault> {
        let stored = self.take_in(inputs)?;
        let documents = self.documents(&stored)?;
        let month = self.read_month(adapter, &documents)?;
        let mut planned = self.fill_plan(&month, request.answers.as_ref())?;
        self.carry_out(adapter, &documents, &mut planned)?;
        Ok(Report {
            receipts: month.receipts.len(),
            dry_run: true,
            ..Report::of("", planned, stored)
        })
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
            people::of_receipts(&receipts)?
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

    /// Asks in two rounds: see [`crate::ask`].
    fn ask_about(
        &self,
        flow: &mut Flow<'_>,
        eligibility: &Loaded,
        month: &MonthRead,
    ) -> Result<usize, FlowError> {
        let mut answered: usize = 0;
        for (name, round) in [
            ("questions-1", first_round as Round),
            ("questions-2", second_round as Round),
        ] {
            let questions: Vec<Question> = flow.step(name, &(), RepeatClass::Safe, || {
                let evidence = self.journal().evidence_all(self.code())?;
                let picture = Picture::of_evidence(&evidence, &month.people)?;
                let consented = limit_consents(&evidence, &month.people, self.now())?;
                Ok(round(
                    &month.people,
                    &month.served,
                    &picture,
                    self.today()?,
                    &consented,
                ))
            })?;
            answered = answered.saturating_add(self.ask(flow, eligibility, &questions)?);
        }
        Ok(answered)
    }

    fn fill_plan(
        &self,
        month: &MonthRead,
        answers: Option<&Answers>,
    ) -> Result<Vec<Planned>, Fault> {
        let picture = self.picture(&month.people)?;
        let mut planned = Vec::new();
        let mut people: Vec<Person> = month.people.clone();
        for receipt in &month.receipts {
            let key = person_key(receipt);
            let Some(person) = people.iter_mut().find(|p| p.key == key) else {
                continue;
            };
            planned.extend(receipt_plan(person, receipt, &picture, month.register)?);
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
        planned.extend(recent.map(|u| unmatched_plan(&picture, u, month.register)));
        self.settle_acceptance(&mut planned, answers);
        Ok(planned)
    }
}

type Round =
    fn(&[Person], &[Served], &Picture, Date, &std::collections::BTreeSet<String>) -> Vec<Question>;

/// What becomes of one receipt, or of the register entry behind it.
fn receipt_plan(
    person: &mut Person,
    receipt: &contract::Receipt,
    picture: &Picture,
    register: bool,
) -> Result<Vec<Planned>, Fault> {
    let days = days_of(receipt)?;
    let Some(last) = days.last().copied() else {
        return Ok(Vec::new());
    };
    let base = |sources| {
        let mut base = nothing(person, last, sources);
        if !register {
            base.proposal.id = crate::change::proposal_id(&receipt.id, last);
        }
        base
    };
    let (Some(raw), Some(on_file)) = (&receipt.coverage, coverage_of(receipt)?) else {
        return Ok(vec![welfare_plan(
            person,
            receipt,
            picture,
            base(Vec::new()),
        )?]);
    };
    let decision = judge_with_cautions(person, &on_file, receipt, &days, picture)?;
    let base = base(sources(picture, &decision.sources));
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
        return Ok(register_plans(person, &decision, &days, picture));
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
    let decision = judge_receipt(on_file, payer_of(receipt), days, picture.of(&person.key));
    let cautioned = picture
        .cautioned
        .get(&person.key)
        .into_iter()
        .flatten()
        .find(|c| {
            c.answer
                .coverage
                .as_ref()
                .is_some_and(|k| days.iter().any(|d| k.period.contains(*d)) && !on_file.is_same(k))
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

/// 公費単独: nothing on file that an answer could fill. A 医療券 that fits is shown.
fn welfare_plan(
    person: &Person,
    receipt: &contract::Receipt,
    picture: &Picture,
    base: Planned,
) -> Result<Planned, Fault> {
    let month = Month::parse(&receipt.service_month)
        .map_err(|e| field_fault(receipt, "指定訪問看護年月", &receipt.service_month, &e))?;
    let tickets = picture.tickets.get(&person.key);
    let ids: Vec<String> = tickets
        .into_iter()
        .flatten()
        .map(|t| t.evidence.clone())
        .collect();
    let base = Planned {
        proposal: crate::proposal::Proposal {
            sources: sources(picture, &ids),
            ..base.proposal
        },
        ..base
    };
    if tickets.is_some_and(|t| t.iter().any(|t| t.fits(month))) {
        return Ok(Planned {
            proposal: crate::proposal::Proposal {
                outcome: GroupOutcome::NotOurs,
                done: Done::Nothing,
                ..base.proposal
            },
            ..base
        });
    }
    Ok(left(
        base,
        GroupOutcome::NoAnswer,
        Reason::TicketDoesNotFit,
        None,
    ))
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

fn payer_of(receipt: &contract::Receipt) -> Payer {
    match receipt.payer {
        contract::Payer::SocialInsuranceFund => Payer::SocialInsuranceFund,
        contract::Payer::NationalHealthFederation => Payer::NationalHealthFederation,
    }
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
