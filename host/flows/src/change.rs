//! From decisions to operations, and carrying them out.

use crate::accept::{Answers, accepted};
use crate::answers::Answer;
use crate::coverage::{Coverage, Difference, period_to_contract};
use crate::decide::{
    GroupOutcome, Reason, ReceiptChange, RegisterChange, only_burden, register_change,
};
use crate::group::Group;
use crate::host::{Host, Loaded};
use crate::people::{Person, Picture, Unmatched};
use crate::proposal::{Done, Proposal, Source, kind};
use reseplug_effect::{Fault, RepeatClass};
use reseplug_engine::contract::{
    self, AddPerson, Applied, ChangeKind, ClosePeriod, Document, MonthOperation, OpenPeriod,
    RegisterOperation, ReplaceCoverage, ReplaceReceiptCoverage, SplitPart, SplitReceipt,
};
use reseplug_journal::{Decision, Flow, FlowError, Journal};
use reseplug_model::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A proposal with the operations that carry it out, if it is accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    /// The proposal.
    pub proposal: Proposal,
    /// What it takes.
    pub operations: Operations,
}

/// The operations of one proposal: all of them or none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Operations {
    /// Nothing is to be done.
    None,
    /// On the register.
    Register {
        /// How the change is called once it is done.
        kind: String,
        /// In this order.
        operations: Vec<RegisterOperation>,
    },
    /// On a finished claim file.
    Month(Box<MonthOperation>),
}

/// The id of a proposal about a coverage: the same question has the same id.
pub(crate) fn proposal_id(about: &str, as_of: Date) -> String {
    group_id(about, Group::Coverage, as_of)
}

/// The id of a proposal about any group.
pub(crate) fn group_id(about: &str, group: Group, as_of: Date) -> String {
    format!("{about}/{}/{as_of}", group.word())
}

/// A proposal about somebody on file that says nothing has to be done.
pub(crate) fn nothing(person: &Person, as_of: Date, sources: Vec<Source>) -> Planned {
    Planned {
        proposal: Proposal {
            id: proposal_id(&person.key, as_of),
            person_key: person.key.clone(),
            name: person.identity.name.clone(),
            group: Group::Coverage,
            outcome: GroupOutcome::Same,
            as_of,
            before: None,
            after: None,
            differences: Vec::new(),
            happened: Vec::new(),
            notes: Vec::new(),
            sources,
            reason: None,
            candidates: Vec::new(),
            as_new: false,
            accepted: None,
            done: Done::Nothing,
        },
        operations: Operations::None,
    }
}

/// A proposal that goes to a person.
pub(crate) fn left(
    base: Planned,
    outcome: GroupOutcome,
    reason: Reason,
    after: Option<Coverage>,
) -> Planned {
    Planned {
        proposal: Proposal {
            outcome,
            reason: Some(reason),
            after,
            done: Done::Left,
            ..base.proposal
        },
        operations: Operations::None,
    }
}

/// What the register should become for one valid coverage of somebody on file.
pub(crate) fn register_plan(
    person: &Person,
    coverage: &Coverage,
    as_of: Date,
    sources: Vec<Source>,
) -> Planned {
    let (outcome, change) =
        register_change(&person.coverages, coverage, as_of, person.burden_place);
    let mut base = nothing(person, as_of, sources);
    let group = group_of(&change);
    if group == Group::Burden {
        base.proposal.id = group_id(&person.key, group, as_of);
        base.proposal.group = group;
    }
    let id = base.proposal.id.clone();
    let key = person.key.clone();
    let (before, after, kind, operations) = match change {
        RegisterChange::None => return base,
        RegisterChange::Open(after) => {
            let operation = RegisterOperation::OpenPeriod(OpenPeriod {
                id,
                person_key: key,
                coverage: after.to_contract(),
            });
            let kind = match outcome {
                GroupOutcome::Fill => kind::FILLED,
                _ => kind::PERIOD_ADDED,
            };
            (None, after, kind, vec![operation])
        }
        RegisterChange::CloseAndOpen {
            before,
            last_day,
            after,
        } => {
            let mut operations = Vec::new();
            if let Some(last_day) = last_day
                && before.period.to.is_none_or(|to| to > last_day)
            {
                operations.push(RegisterOperation::ClosePeriod(ClosePeriod {
                    id: format!("{id}#close"),
                    person_key: key.clone(),
                    before: before.to_contract(),
                    last_day: last_day.to_string(),
                }));
            }
            operations.push(RegisterOperation::OpenPeriod(OpenPeriod {
                id,
                person_key: key,
                coverage: after.to_contract(),
            }));
            let kind = match group {
                Group::Burden => kind::BURDEN,
                _ => kind::PERIOD_ADDED,
            };
            (Some(before), after, kind, operations)
        }
        RegisterChange::Replace { before, after } => {
            let operation = RegisterOperation::ReplaceCoverage(ReplaceCoverage {
                id,
                person_key: key,
                before: before.to_contract(),
                after: after.to_contract(),
            });
            let kind = match group {
                Group::Burden => kind::BURDEN,
                _ => kind::IN_PLACE,
            };
            (Some(before), after, kind, vec![operation])
        }
    };
    Planned {
        proposal: Proposal {
            outcome,
            differences: before
                .as_ref()
                .map(|b| b.differences(&after))
                .unwrap_or_default(),
            before,
            after: Some(after),
            done: Done::Left,
            ..base.proposal
        },
        operations: Operations::Register {
            kind: kind.to_owned(),
            operations,
        },
    }
}

/// Whether a change is one of 負担割合 alone: a group of its own.
fn group_of(change: &RegisterChange) -> Group {
    let (before, after) = match change {
        RegisterChange::CloseAndOpen { before, after, .. }
        | RegisterChange::Replace { before, after } => (before, after),
        RegisterChange::None | RegisterChange::Open(_) => return Group::Coverage,
    };
    let filled = before.burden_percent.is_none() && after.burden_percent.is_some();
    if only_burden(&before.differences(after)) || (filled && before.is_same(after)) {
        Group::Burden
    } else {
        Group::Coverage
    }
}

/// Somebody who is not in the register, with a first coverage.
pub(crate) fn add_plan(unmatched: &Unmatched, coverage: &Coverage, source: Source) -> Planned {
    let answer = &unmatched.answer;
    let base = stranger(unmatched, vec![source]);
    let operation = RegisterOperation::AddPerson(AddPerson {
        id: base.proposal.id.clone(),
        person: unmatched.person.clone(),
        coverage: coverage.to_contract(),
    });
    Planned {
        proposal: Proposal {
            outcome: GroupOutcome::Fill,
            as_of: answer.as_of,
            after: Some(coverage.clone()),
            done: Done::Left,
            ..base.proposal
        },
        operations: Operations::Register {
            kind: kind::PERSON_ADDED.to_owned(),
            operations: vec![operation],
        },
    }
}

/// Somebody who resembles others on file: a person may say that it is another one, who is new.
/// Nothing but that word adds them.
pub(crate) fn another_person_plan(
    unmatched: &Unmatched,
    coverage: &Coverage,
    source: Source,
    reason: Reason,
) -> Planned {
    let added = add_plan(unmatched, coverage, source);
    Planned {
        proposal: Proposal {
            outcome: GroupOutcome::Unmatched,
            reason: Some(reason),
            as_new: true,
            ..added.proposal
        },
        ..added
    }
}

/// A proposal about somebody who is nobody on file for sure.
pub(crate) fn stranger(unmatched: &Unmatched, sources: Vec<Source>) -> Planned {
    let mut planned = nameless(&unmatched.answer, sources);
    planned.proposal.name.clone_from(&unmatched.name);
    planned
        .proposal
        .candidates
        .clone_from(&unmatched.candidates);
    planned
}

/// A proposal about an answer that does not even say of whom it is.
pub(crate) fn nameless(answer: &Answer, sources: Vec<Source>) -> Planned {
    Planned {
        proposal: Proposal {
            id: proposal_id(&answer.id, answer.as_of),
            person_key: String::new(),
            name: String::new(),
            group: Group::Coverage,
            outcome: GroupOutcome::Unmatched,
            as_of: answer.as_of,
            before: None,
            after: answer.coverage.clone(),
            differences: Vec::new(),
            happened: Vec::new(),
            notes: Vec::new(),
            sources,
            reason: None,
            candidates: Vec::new(),
            as_new: false,
            accepted: None,
            done: Done::Left,
        },
        operations: Operations::None,
    }
}

/// What a finished receipt should become.
pub(crate) fn month_operation(
    id: &str,
    receipt: &contract::Receipt,
    before: &contract::Coverage,
    change: &ReceiptChange,
) -> Operations {
    let replace = |after: &Coverage| ReplaceReceiptCoverage {
        id: id.to_owned(),
        receipt: receipt.id.clone(),
        before: before.clone(),
        after: after.to_contract(),
    };
    match change {
        ReceiptChange::None => Operations::None,
        ReceiptChange::InPlace(after) => Operations::Month(Box::new(
            MonthOperation::ReplaceReceiptCoverage(replace(after)),
        )),
        ReceiptChange::Move(after) => {
            Operations::Month(Box::new(MonthOperation::MoveReceipt(replace(after))))
        }
        ReceiptChange::Split(parts) => {
            Operations::Month(Box::new(MonthOperation::SplitReceipt(SplitReceipt {
                id: id.to_owned(),
                receipt: receipt.id.clone(),
                before: before.clone(),
                parts: parts
                    .iter()
                    .map(|(days, coverage)| SplitPart {
                        days: period_to_contract(*days),
                        coverage: coverage.to_contract(),
                    })
                    .collect(),
            })))
        }
    }
}

/// The sources of a decision by the ids of the answers it rests on.
pub(crate) fn sources(picture: &Picture, ids: &[String]) -> Vec<Source> {
    let mut seen = BTreeSet::new();
    ids.iter()
        .filter(|id| seen.insert(id.as_str()))
        .filter_map(|id| picture.sources.get(id).cloned())
        .collect()
}

/// The source of one answer.
pub(crate) fn source_of(picture: &Picture, answer: &Answer) -> Source {
    picture
        .sources
        .get(&answer.id)
        .cloned()
        .unwrap_or_else(|| Source {
            evidence: answer.id.clone(),
            message: answer.message.clone(),
            as_of: answer.as_of,
            answered_at: answer.answered_at.clone(),
        })
}

impl Host {
    /// Notes who accepts which proposal; what nobody accepts goes to a person.
    pub(crate) fn settle_acceptance(&self, planned: &mut [Planned], answers: Option<&Answers>) {
        for one in planned.iter_mut() {
            if matches!(one.operations, Operations::None) {
                continue;
            }
            let new_person = one.proposal.person_key.is_empty();
            one.proposal.accepted = accepted(
                one.proposal.group,
                one.proposal.outcome,
                &one.proposal.id,
                new_person,
                self.station().accept.as_ref(),
                answers,
            );
            one.proposal.settle();
        }
        let asked_for = answers.into_iter().flat_map(|a| a.proposals.keys());
        for id in asked_for {
            let is_it = |one: &Planned| {
                one.proposal.id == *id && !matches!(one.operations, Operations::None)
            };
            if !planned.iter().any(is_it) {
                self.say(
                    &format!("受け入れるファイルの「{id}」は、この処理で受け入れられる変更にありません"),
                    &format!("the accept file names `{id}`, which is no change of this run that could be accepted"),
                );
            }
        }
    }

    /// Carries out what was accepted and returns the documents as they are then. What the
    /// adapter refuses is noted in its proposal; a proposal of several operations is carried
    /// out as a whole or not at all.
    pub(crate) fn carry_out(
        &self,
        adapter: &Loaded,
        documents: &[Document],
        planned: &mut [Planned],
    ) -> Result<Vec<Document>, Fault> {
        loop {
            let refused_before = count_refused(planned);
            let register: Vec<RegisterOperation> = pending(planned)
                .filter_map(|p| match &p.operations {
                    Operations::Register { operations, .. } => Some(operations.clone()),
                    _ => None,
                })
                .flatten()
                .collect();
            let month: Vec<MonthOperation> = pending(planned)
                .filter_map(|p| match &p.operations {
                    Operations::Month(operation) => Some((**operation).clone()),
                    _ => None,
                })
                .collect();
            let mut now = documents.to_vec();
            let mut changes = Vec::new();
            let mut refusals = Vec::new();
            let mut note = |applied: Applied, now: &mut Vec<Document>| {
                *now = applied.documents;
                changes.extend(applied.changes);
                refusals.extend(applied.refusals);
            };
            if !register.is_empty() {
                let applied = adapter
                    .plugin
                    .apply_register(&adapter.context, &now, &register)?;
                note(applied, &mut now);
            }
            if !month.is_empty() {
                let applied = adapter.plugin.apply_month(&adapter.context, &now, &month)?;
                note(applied, &mut now);
            }
            let refused: BTreeMap<&str, &contract::Fault> = refusals
                .iter()
                .map(|r| (r.operation.as_str(), &r.reason))
                .collect();
            for one in planned.iter_mut().filter(|p| is_pending(p)) {
                let ids = ids(&one.operations);
                if let Some(reason) = ids.iter().find_map(|id| refused.get(id)) {
                    one.proposal.done = Done::Refused {
                        fault: contract::Fault::clone(reason).into(),
                    };
                }
            }
            if count_refused(planned) > refused_before
                && planned.iter().any(|p| {
                    matches!(p.proposal.done, Done::Refused { .. }) && ids(&p.operations).len() > 1
                })
            {
                // Half of a refused proposal may stand in the documents: again without it.
                continue;
            }
            let changed: BTreeMap<&str, &contract::Change> =
                changes.iter().map(|c| (c.operation.as_str(), c)).collect();
            for one in planned.iter_mut().filter(|p| is_pending(p)) {
                let own: Vec<&contract::Change> = ids(&one.operations)
                    .iter()
                    .filter_map(|id| changed.get(id).copied())
                    .collect();
                let fields = own
                    .iter()
                    .flat_map(|c| &c.fields)
                    .map(|f| Difference {
                        field: f.name.clone(),
                        on_file: f.before.clone(),
                        answered: f.after.clone(),
                    })
                    .collect();
                let kind = match &one.operations {
                    Operations::Register { kind, .. } => kind.clone(),
                    _ if one.proposal.group == Group::Income => kind::INCOME.to_owned(),
                    _ => own
                        .first()
                        .map_or(kind::IN_PLACE, |c| match c.kind {
                            ChangeKind::Added => kind::FILLED,
                            ChangeKind::InPlace => kind::IN_PLACE,
                            ChangeKind::Moved => kind::MOVED,
                            ChangeKind::Split => kind::SPLIT,
                        })
                        .to_owned(),
                };
                if one.proposal.person_key.is_empty()
                    && let Some(key) = own
                        .iter()
                        .flat_map(|c| &c.extra)
                        .find(|(name, _)| name == "person-key")
                {
                    one.proposal.person_key = key.1.clone();
                }
                one.proposal.done = Done::Applied { kind, fields };
            }
            return Ok(now);
        }
    }

    /// Records each change that was carried out as a decision.
    pub(crate) fn decisions_step(
        &self,
        flow: &mut Flow<'_>,
        planned: &[Planned],
    ) -> Result<(), FlowError> {
        let at = flow.now()?;
        let job = flow.id().to_owned();
        let decisions: Vec<Decision> = planned
            .iter()
            .filter_map(|one| {
                let proposal = &one.proposal;
                let accepted = proposal.accepted.as_ref()?;
                matches!(proposal.done, Done::Applied { .. }).then(|| Decision {
                    id: format!("{job}/{}", proposal.id),
                    station: self.code().to_owned(),
                    person_key: proposal.person_key.clone(),
                    group: proposal.group.word().to_owned(),
                    as_of: proposal.as_of.to_string(),
                    before: side(proposal, proposal.before.as_ref(), |d| &d.on_file),
                    after: side(proposal, proposal.after.as_ref(), |d| &d.answered),
                    source: proposal
                        .sources
                        .iter()
                        .map(|s| s.evidence.as_str())
                        .collect::<Vec<_>>()
                        .join(" "),
                    by: accepted.by.clone(),
                    at,
                    undone: None,
                })
            })
            .collect();
        let ids: Vec<&str> = decisions.iter().map(|d| d.id.as_str()).collect();
        flow.step("record-decisions", &ids, RepeatClass::Safe, || {
            self.journal().record_decisions(&decisions)?;
            Ok(())
        })
    }

    /// What the product has no place for is shown instead of proposed: asked of the adapter, which
    /// alone knows. Nothing is changed by asking.
    pub(crate) fn settle_places(
        &self,
        adapter: &Loaded,
        documents: &[Document],
        planned: &mut [Planned],
    ) -> Result<(), Fault> {
        let own = |p: &&Planned| matches!(p.proposal.group, Group::Income | Group::Welfare);
        let asked: Vec<RegisterOperation> = planned
            .iter()
            .filter(own)
            .filter_map(|p| match &p.operations {
                Operations::Register { operations, .. } => Some(operations.clone()),
                _ => None,
            })
            .flatten()
            .collect();
        if asked.is_empty() {
            return Ok(());
        }
        let applied = adapter
            .plugin
            .apply_register(&adapter.context, documents, &asked)?;
        let placeless: BTreeSet<&str> = applied
            .refusals
            .iter()
            .filter(|r| r.reason.code.ends_with("/no-place"))
            .map(|r| r.operation.as_str())
            .collect();
        for one in planned {
            if ids(&one.operations).iter().any(|id| placeless.contains(id)) {
                one.operations = Operations::None;
                one.proposal.outcome = GroupOutcome::NotOurs;
                one.proposal.reason = Some(Reason::NoPlace);
                one.proposal.accepted = None;
                one.proposal.done = Done::Nothing;
            }
        }
        Ok(())
    }
}

/// One side of a decided group, for the record: the coverage, or the fields of another group.
fn side(
    proposal: &Proposal,
    coverage: Option<&Coverage>,
    text: impl Fn(&Difference) -> &String,
) -> serde_json::Value {
    match proposal.group {
        Group::Coverage | Group::Burden => serde_json::to_value(coverage).unwrap_or_default(),
        Group::Income | Group::Welfare => proposal
            .differences
            .iter()
            .map(|d| (d.field.clone(), serde_json::Value::String(text(d).clone())))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    }
}

fn is_pending(one: &Planned) -> bool {
    one.proposal.accepted.is_some()
        && !matches!(one.operations, Operations::None)
        && !matches!(one.proposal.done, Done::Refused { .. })
}

fn pending(planned: &[Planned]) -> impl Iterator<Item = &Planned> {
    planned.iter().filter(|p| is_pending(p))
}

fn count_refused(planned: &[Planned]) -> usize {
    planned
        .iter()
        .filter(|p| matches!(p.proposal.done, Done::Refused { .. }))
        .count()
}

/// The ids of a proposal's operations.
fn ids(operations: &Operations) -> Vec<&str> {
    match operations {
        Operations::None => Vec::new(),
        Operations::Register { operations, .. } => operations
            .iter()
            .map(|operation| match operation {
                RegisterOperation::AddPerson(o) => o.id.as_str(),
                RegisterOperation::OpenPeriod(o) => &o.id,
                RegisterOperation::ClosePeriod(o) => &o.id,
                RegisterOperation::ReplaceCoverage(o) => &o.id,
                RegisterOperation::SetIncome(o) => &o.id,
                RegisterOperation::AddPublicExpense(o) => &o.id,
            })
            .collect(),
        Operations::Month(operation) => vec![match &**operation {
            MonthOperation::ReplaceReceiptCoverage(o) | MonthOperation::MoveReceipt(o) => &o.id,
            MonthOperation::SplitReceipt(o) => &o.id,
            MonthOperation::SetReceiptIncome(o) => &o.id,
        }],
    }
}
