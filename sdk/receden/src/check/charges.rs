use reseplug_model::{Date, Month};

use super::Rule;
use super::facts::{Charge, Facts};
use super::record::is_table_8;
use super::subject::{At, Subject, shown};
use crate::edition::is_addition;
use crate::fields::codes;
use crate::payers::PayerSet;
use crate::receipt::Receipt;
use crate::record::RecordRef;

/// Rules about the charges and what they ask for elsewhere: KA, HJ, JS, RJ, TJ, KS, TZ.
pub(super) fn check(subject: &mut Subject<'_>, receipt: &Receipt<'_>, facts: &Facts<'_>) {
    instructions(subject, facts);
    let month = facts.re.month;
    day_order(subject, facts);
    let mut latest: Option<Date> = None;
    for charge in &facts.charges {
        charge_itself(subject, month, facts.payers, charge);
        charge_needs(subject, receipt, charge);
        if let Some(day) = charge.day {
            if latest.is_some_and(|latest| day < latest) {
                subject.report(Rule::ChargeOrder, At::Field(charge.index, 2), &[]);
            }
            latest = latest.max(Some(day));
        }
    }
}

fn charge_itself(
    subject: &mut Subject<'_>,
    month: Option<Month>,
    present: PayerSet,
    charge: &Charge<'_>,
) {
    let at = |field| At::Field(charge.index, field);
    if let Some(payers) = charge.payers
        && !present.contains_all(payers)
    {
        subject.report(Rule::ChargeOfNobody, at(3), &[("payers", &payers)]);
    }
    if let (Some(day), Some(month)) = (charge.day, month)
        && !month.contains(day)
    {
        subject.report(
            Rule::ChargeDay,
            at(2),
            &[("value", &day), ("wanted", &month)],
        );
    }
    if charge.number.is_none() {
        subject.report(Rule::ChargeCode, at(4), &[]);
    }
    if charge.quantity == b"0" {
        subject.report(Rule::Quantity, at(5), &[]);
    }
    let wanted = match charge.visits {
        b"02" => 2,
        b"03" => 3,
        _ => 0,
    };
    // Whose codes an addition for several visits holds is not known.
    let base = !charge.number.is_some_and(is_addition);
    let staff = charge.staff.len().div_ceil(2);
    if base && staff > 0 && staff < wanted {
        let visits = shown(charge.visits);
        subject.report(Rule::VisitStaff, at(7), &[("value", &visits)]);
    }
}

fn charge_needs(subject: &mut Subject<'_>, receipt: &Receipt<'_>, charge: &Charge<'_>) {
    let edition = subject.edition;
    let groups = &edition.charges;
    let Some(code) = charge.number.filter(|code| edition.speaks_of(*code)) else {
        return;
    };
    let at = At::Field(charge.index, 4);
    let any = |id: &str, holds: &dyn Fn(RecordRef<'_>) -> bool| {
        receipt.records_of(id).any(|(_, record)| holds(record))
    };
    let filled = |record: RecordRef<'_>, fields: &[usize]| {
        fields
            .iter()
            .all(|field| record.raw(*field).is_some_and(|raw| !raw.is_empty()))
    };
    for need in edition
        .needs
        .iter()
        .filter(|need| need.charges.contains(code))
    {
        let known = |record: RecordRef<'_>| {
            record
                .ascii(need.field)
                .is_some_and(|code| need.codes.iter().any(|known| known == code))
        };
        if !any(&need.record, &known)
            && let Some(rule) = Rule::of(&need.rule)
        {
            let wanted = need.codes.join("・");
            subject.report(rule, at, &[("wanted", &wanted)]);
        }
    }
    if groups.several_visits.contains(code)
        && !any("JS", &|js| {
            codes(js, 3, 2).any(|kind| matches!(kind, "01" | "02"))
        })
        && !any("HJ", &|hj| matches!(hj.ascii(2), Some("02" | "04" | "06")))
    {
        subject.report(Rule::SeveralVisits, at, &[]);
    }
    if groups.terminal.contains(code) && !any("RJ", &|rj| filled(rj, &[15, 16, 17])) {
        subject.report(Rule::Terminal, at, &[]);
    }
    if groups.special_care.contains(code)
        && !any("JS", &|js| {
            codes(js, 3, 2).any(|kind| kind == "02")
                && codes(js, 4, 3).any(|code| is_table_8(code.as_bytes()))
        })
    {
        subject.report(Rule::SpecialCare, at, &[]);
    }
    if groups.psychiatric.contains(code)
        && !any("JS", &|js| {
            js.ascii(5)
                .is_some_and(|gaf| gaf == "20" || filled(js, &[6]))
        })
    {
        subject.report(Rule::Psychiatric, at, &[]);
    }
    if groups.percentage.contains(code) && charge.amount.is_some_and(|yen| yen.0 != 0) {
        subject.report(
            Rule::Percentage,
            At::Field(charge.index, 6),
            &[("value", &shown(charge.code))],
        );
    }
}

/// Charges of one kind (療養費区分): their codes begin alike, and those of 医療観察 by themselves.
fn kind(code: u32) -> u32 {
    if code / 1_000_000 == 588 {
        588
    } else {
        code / 10_000_000
    }
}

/// Within a day and a kind the base stands before what is added to it, and a charge by percentage
/// directly under its base.
fn day_order(subject: &mut Subject<'_>, facts: &Facts<'_>) {
    let groups = &subject.edition.charges;
    let mut from = 0;
    for (n, charge) in facts.charges.iter().enumerate() {
        let before = n.checked_sub(1).and_then(|n| facts.charges.get(n));
        if before.is_some_and(|before| before.day != charge.day) {
            from = n;
        }
        let Some(code) = charge.number.filter(|code| is_addition(*code)) else {
            continue;
        };
        let at = At::Field(charge.index, 4);
        let is_base = |other: &Charge<'_>| {
            other
                .number
                .is_some_and(|other| kind(other) == kind(code) && !is_addition(other))
        };
        if groups.percentage.contains(code) {
            let under_base =
                before.is_some_and(|before| before.day == charge.day && is_base(before));
            if !under_base {
                subject.report(Rule::PercentagePlace, at, &[]);
            }
        } else if !groups.addition_alone.contains(code) {
            let mut earlier = facts.charges.iter().skip(from).take(n - from);
            let later = || {
                let behind = facts.charges.iter().skip(n);
                behind
                    .take_while(|other| other.day == charge.day)
                    .any(is_base)
            };
            if !earlier.any(is_base) && later() {
                subject.report(Rule::AdditionFirst, at, &[]);
            }
        }
    }
}

/// HJ: periods, their order, and each charge inside one of its kind.
fn instructions(subject: &mut Subject<'_>, facts: &Facts<'_>) {
    for (n, this) in facts.instructions.iter().enumerate() {
        if this.period.is_empty() {
            subject.report(Rule::InstructionPeriod, At::Field(this.index, 4), &[]);
        }
        let mut before = facts.instructions.iter().take(n);
        if before.any(|it| it.kind == this.kind && it.period.from > this.period.from) {
            subject.report(Rule::InstructionOrder, At::Field(this.index, 3), &[]);
        }
    }
    for charge in &facts.charges {
        let (kind, Some(day)) = (charge.instruction, charge.day) else {
            continue;
        };
        if kind.is_empty() {
            continue;
        }
        let mut covering = facts.instructions.iter();
        if !covering.any(|it| it.kind == kind && it.period.contains(day)) {
            subject.report(
                Rule::ChargeInstruction,
                At::Field(charge.index, 9),
                &[("value", &day), ("wanted", &shown(kind))],
            );
        }
    }
}
