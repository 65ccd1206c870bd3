//! What is proposed for somebody besides the coverage itself: each other group, what happened, and
//! what a person should know.

use crate::answers::Answer;
use crate::change::{Operations, Planned, group_id, left, nothing, sources};
use crate::coverage::{Coverage, Difference};
use crate::decide::{GroupOutcome, Reason};
use crate::group::{Group, Happened, happened, loss_note, name_note, words_note};
use crate::host::Host;
use crate::income::{Income, ToldIncome, income_change, remark_change, told_on};
use crate::people::{Person, Picture};
use crate::proposal::{Done, Proposal, kind};
use crate::welfare::{self, Expense, WelfareDecision};
use reseplug_effect::jst;
use reseplug_engine::contract::{
    self, AddPublicExpense, MonthOperation, RegisterOperation, SetIncome, SetReceiptIncome,
};
use reseplug_model::{Date, InsurerNumber, Month, Period};
use reseplug_policy::LossDay;

/// Where proposals are made: the evidence, and how this station reads it.
pub(crate) struct Desk<'a> {
    pub(crate) picture: &'a Picture,
    /// 10-digit 医療機関コード
    station: &'a str,
    loss_day: LossDay,
    now: String,
}

impl Host {
    pub(crate) fn desk<'a>(&'a self, picture: &'a Picture) -> Desk<'a> {
        Desk {
            picture,
            station: &self.station().station.institution_code,
            loss_day: self.station().eligibility.loss_day,
            now: jst(self.now()),
        }
    }
}

impl Desk<'_> {
    /// The proposal with what its answer shows to have happened and how it was read.
    pub(crate) fn told(
        &self,
        mut planned: Planned,
        person: &Person,
        on_file: Option<&Coverage>,
        answer: &Answer,
    ) -> Planned {
        let identity = &person.identity;
        let seen = happened(identity, on_file, answer);
        if let Some(words) = &answer.text {
            planned.proposal.notes.push(words_note(words));
        }
        if let Some(loss) = &answer.loss {
            planned.proposal.notes.push(loss_note(loss, self.loss_day));
        }
        if seen.contains(&Happened::NameChanged)
            && let Some(name) = &answer.name
        {
            planned.proposal.notes.push(name_note(&identity.name, name));
        }
        planned.proposal.happened = seen;
        planned
    }

    fn told_income(&self, key: &str, day: Date) -> Option<&ToldIncome> {
        told_on(self.picture.incomes.get(key)?, day)
    }

    fn base(
        &self,
        person: &Person,
        group: Group,
        about: &str,
        day: Date,
        evidence: &str,
    ) -> Planned {
        let mut base = nothing(person, day, sources(self.picture, &[evidence.to_owned()]));
        base.proposal.group = group;
        base.proposal.id = group_id(about, group, day);
        base
    }

    /// 限度額適用区分 of somebody in the register; nothing where no answer tells one for the day.
    pub(crate) fn income(&self, person: &Person, day: Date) -> Option<Planned> {
        let told = self.told_income(&person.key, day)?;
        let base = self.base(person, Group::Income, &person.key, day, &told.evidence);
        let (outcome, change) = income_change(&person.incomes, &told.income, day);
        let Some((before, after)) = change else {
            return Some(base);
        };
        let differences = income_fields(before.as_ref(), &after);
        if !self.picture.agreed_to_limit(&person.key, &self.now) {
            return Some(with(
                left(base, GroupOutcome::NoAnswer, Reason::NoConsent, None),
                differences,
            ));
        }
        let operation = RegisterOperation::SetIncome(SetIncome {
            id: base.proposal.id.clone(),
            person_key: person.key.clone(),
            before: before.as_ref().map(Income::to_contract),
            after: after.to_contract(),
        });
        Some(proposed(
            base,
            outcome,
            differences,
            Operations::Register {
                kind: kind::INCOME.to_owned(),
                operations: vec![operation],
            },
        ))
    }

    /// The income code among the 特記 of a finished receipt.
    pub(crate) fn receipt_income(
        &self,
        person: &Person,
        receipt: &contract::Receipt,
        insurer: &InsurerNumber,
        day: Date,
    ) -> Option<Planned> {
        let told = self.told_income(&person.key, day)?;
        let code = told.income.remark(insurer)?;
        let base = self.base(person, Group::Income, &receipt.id, day, &told.evidence);
        let own = receipt.income.as_deref();
        let outcome = remark_change(own, code);
        if outcome == GroupOutcome::Same {
            return Some(base);
        }
        let differences = vec![Difference {
            field: "レセプト特記（適用区分）".to_owned(),
            on_file: own.unwrap_or_default().to_owned(),
            answered: format!("{code}（{}）", told.income),
        }];
        if !self.picture.agreed_to_limit(&person.key, &self.now) {
            return Some(with(
                left(base, GroupOutcome::NoAnswer, Reason::NoConsent, None),
                differences,
            ));
        }
        let operation = MonthOperation::SetReceiptIncome(SetReceiptIncome {
            id: base.proposal.id.clone(),
            receipt: receipt.id.clone(),
            before: receipt.income.clone(),
            after: code.to_owned(),
        });
        Some(proposed(
            base,
            outcome,
            differences,
            Operations::Month(Box::new(operation)),
        ))
    }

    fn judge_welfare(
        &self,
        key: &str,
        on_file: &[Expense],
        month: Month,
    ) -> Option<WelfareDecision<'_>> {
        let tickets = self.picture.tickets.get(key).map_or(&[][..], Vec::as_slice);
        welfare::judge(on_file, tickets, month, self.station)
    }

    /// 医療扶助 of somebody in the register for a month; nothing where there is neither one on file
    /// nor a ticket.
    pub(crate) fn welfare(&self, person: &Person, month: Month, day: Date) -> Option<Planned> {
        let judged = self.judge_welfare(&person.key, &person.public_expenses, month)?;
        let base = self.welfare_base(person, &person.key, day, &judged);
        let differences = welfare_fields(&person.public_expenses, month, &judged);
        match (judged.outcome, judged.reason, judged.ticket) {
            (GroupOutcome::Fill, None, Some(ticket)) => {
                let operation = RegisterOperation::AddPublicExpense(AddPublicExpense {
                    id: base.proposal.id.clone(),
                    person_key: person.key.clone(),
                    expense: ticket.expense.to_contract(),
                });
                Some(proposed(
                    base,
                    GroupOutcome::Fill,
                    differences,
                    Operations::Register {
                        kind: kind::WELFARE.to_owned(),
                        operations: vec![operation],
                    },
                ))
            }
            (outcome, Some(reason), _) => {
                Some(with(left(base, outcome, reason, None), differences))
            }
            _ => Some(base),
        }
    }

    /// The same of a finished receipt, into which no 公費 is written.
    pub(crate) fn receipt_welfare(
        &self,
        person: &Person,
        receipt: &contract::Receipt,
        month: Month,
        day: Date,
    ) -> Option<Planned> {
        let own: Vec<Expense> = receipt
            .public_expenses
            .iter()
            .filter_map(Expense::parse)
            .collect();
        let judged = self.judge_welfare(&person.key, &own, month)?;
        let base = self.welfare_base(person, &receipt.id, day, &judged);
        let differences = welfare_fields(&own, month, &judged);
        let reason = match (judged.outcome, judged.reason) {
            (GroupOutcome::Fill, None) => Some(Reason::WelfareMissing),
            (_, reason) => reason,
        };
        let outcome = match judged.outcome {
            GroupOutcome::Fill => GroupOutcome::Differs,
            other => other,
        };
        Some(match reason {
            Some(reason) => with(left(base, outcome, reason, None), differences),
            None => base,
        })
    }

    fn welfare_base(
        &self,
        person: &Person,
        about: &str,
        day: Date,
        judged: &WelfareDecision<'_>,
    ) -> Planned {
        let evidence = judged.ticket.map_or("", |ticket| &ticket.evidence);
        self.base(person, Group::Welfare, about, day, evidence)
    }
}

fn with(planned: Planned, differences: Vec<Difference>) -> Planned {
    Planned {
        proposal: Proposal {
            differences,
            ..planned.proposal
        },
        ..planned
    }
}

fn proposed(
    base: Planned,
    outcome: GroupOutcome,
    differences: Vec<Difference>,
    operations: Operations,
) -> Planned {
    Planned {
        proposal: Proposal {
            outcome,
            differences,
            done: Done::Left,
            ..base.proposal
        },
        operations,
    }
}

/// `2024-08-01〜2025-07-31`
fn days(period: Period) -> String {
    let day = |day: Option<Date>| day.map(|d| d.to_string()).unwrap_or_default();
    match (period.from, period.to) {
        (None, None) => String::new(),
        (from, to) => format!("{}〜{}", day(from), day(to)),
    }
}

fn income_fields(before: Option<&Income>, after: &Income) -> Vec<Difference> {
    fields([
        (
            "適用区分",
            before.map(ToString::to_string).unwrap_or_default(),
            after.to_string(),
        ),
        (
            "適用区分の有効期間",
            before.map(|own| days(own.period)).unwrap_or_default(),
            days(after.period),
        ),
    ])
}

fn welfare_fields(
    on_file: &[Expense],
    month: Month,
    judged: &WelfareDecision<'_>,
) -> Vec<Difference> {
    let held = on_file
        .iter()
        .find(|own| own.is_welfare() && own.period.overlaps(Period::from(month)));
    let Some(ticket) = judged.ticket else {
        return Vec::new();
    };
    fields([
        (
            "公費負担者番号・受給者番号",
            held.map(ToString::to_string).unwrap_or_default(),
            ticket.expense.to_string(),
        ),
        (
            "医療券の有効期間",
            held.map(|own| days(own.period)).unwrap_or_default(),
            days(ticket.expense.period),
        ),
    ])
}

fn fields(all: [(&str, String, String); 2]) -> Vec<Difference> {
    all.into_iter()
        .filter(|(_, before, after)| before != after)
        .map(|(field, on_file, answered)| Difference {
            field: field.to_owned(),
            on_file,
            answered,
        })
        .collect()
}
