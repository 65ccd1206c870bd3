use reseplug_model::{Date, Month, check_digit};

use super::Rule;
use super::facts::{Charge, Facts};
use super::subject::{At, Subject, shown};
use crate::edition::Edition;
use crate::fields::codes;
use crate::payers::PayerSet;
use crate::receipt::Receipt;
use crate::record::RecordRef;

/// Rules about the charges and what they ask for elsewhere: KA, HJ, JS, SY, RJ, TJ, IH.
pub(super) fn check(subject: &mut Subject<'_>, receipt: &Receipt<'_>, facts: &Facts<'_>) {
    instructions(subject, facts);
    let month = facts.re.month;
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
    for (id, rule) in [
        (
            "JS",
            condition as fn(&mut Subject<'_>, usize, RecordRef<'_>),
        ),
        ("SY", disease),
        ("RJ", person_information),
        ("IH", institution),
    ] {
        for (index, record) in receipt.records_of(id) {
            rule(subject, index, record);
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
    if charge.staff > 0 && charge.staff < wanted {
        let visits = shown(charge.visits);
        subject.report(Rule::VisitStaff, at(7), &[("value", &visits)]);
    }
}

fn charge_needs(subject: &mut Subject<'_>, receipt: &Receipt<'_>, charge: &Charge<'_>) {
    let groups = &Edition::r0606().charges;
    let Some(code) = charge.number else { return };
    let at = At::Field(charge.index, 4);
    let any = |id: &str, holds: &dyn Fn(RecordRef<'_>) -> bool| {
        receipt.records_of(id).any(|(_, record)| holds(record))
    };
    let filled = |record: RecordRef<'_>, fields: &[usize]| {
        fields
            .iter()
            .all(|field| record.raw(*field).is_some_and(|raw| !raw.is_empty()))
    };
    if groups.information.contains(code) && !any("TJ", &|_| true) {
        subject.report(Rule::Information, at, &[]);
    }
    if groups.terminal.contains(code) && !any("RJ", &|rj| filled(rj, &[15, 16, 17])) {
        subject.report(Rule::Terminal, at, &[]);
    }
    if groups.special_care.contains(code)
        && !any("JS", &|js| {
            codes(js, 3, 2).any(|kind| kind == "02") && codes(js, 4, 3).any(is_table_8)
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

fn condition(subject: &mut Subject<'_>, index: usize, record: RecordRef<'_>) {
    let kinds = || codes(record, 3, 2);
    let mut diseases = codes(record, 4, 3);
    if kinds().any(|kind| kind == "03") && kinds().count() > 1 {
        subject.report(Rule::NoneStandsAlone, At::Field(index, 3), &[]);
    }
    // 091 and 092 (超重症児・準超重症児) may stand with 02 although they are not of 別表8.
    let (mut table_7, mut table_8, mut others) = (false, false, false);
    diseases.by_ref().for_each(|code| {
        table_7 |= code <= "020";
        table_8 |= is_table_8(code);
        others |= matches!(code, "091" | "092");
    });
    let named = |wanted| kinds().any(|kind| kind == wanted);
    let named = (named("01"), named("02"));
    if named.0 != table_7 || (named.1 && !table_8 && !others) || (!named.1 && table_8) {
        let kinds = kinds().collect::<Vec<_>>().join("・");
        subject.report(Rule::Diseases, At::Field(index, 4), &[("value", &kinds)]);
    }
}

fn disease(subject: &mut Subject<'_>, index: usize, record: RecordRef<'_>) {
    let uncoded = record.ascii(2) == Some("0000999");
    let named = record.raw(4).is_some_and(|raw| !raw.is_empty());
    let modifiers = record.raw(3).unwrap_or_default();
    if uncoded && !named {
        subject.report(Rule::DiseaseName, At::Field(index, 4), &[]);
    }
    if (named && !uncoded) || (uncoded && !modifiers.is_empty()) {
        subject.report(Rule::DiseaseNameOnly, At::Field(index, 2), &[]);
    }
    if !modifiers.len().is_multiple_of(4) {
        subject.report(Rule::Modifiers, At::Field(index, 3), &[]);
    }
}

fn person_information(subject: &mut Subject<'_>, index: usize, record: RecordRef<'_>) {
    let filled = |field: usize| record.raw(field).is_some_and(|raw| !raw.is_empty());
    for (kind, wanted, fields) in [("01", "1", 20..=24), ("02", "1・2", 20..=29)] {
        if codes(record, 19, 2).any(|code| code == kind) && !fields.clone().all(filled) {
            subject.report(
                Rule::OtherStation,
                At::Field(index, *fields.start()),
                &[("value", &kind), ("wanted", &wanted)],
            );
        }
    }
    for code in [3, 6, 9, 13, 17] {
        if record.ascii(code) == Some("99") && !filled(code + 1) {
            subject.report(Rule::TextOfOther, At::Field(index, code + 1), &[]);
        }
    }
}

/// The check digit of the 医療機関コード over its 10-digit form; `9999999` and `0000000` stand for others.
fn institution(subject: &mut Subject<'_>, index: usize, record: RecordRef<'_>) {
    let (Some(prefecture), Some(table @ ("1" | "3")), Some(code)) =
        (record.ascii(2), record.ascii(3), record.ascii(4))
    else {
        return;
    };
    if matches!(code, "9999999" | "0000000") || code.len() != 7 {
        return;
    }
    let Some((body, last)) = code.split_at_checked(6) else {
        return;
    };
    let expected = check_digit(&format!("{prefecture}{table}{body}"));
    if expected.is_some_and(|digit| digit.to_string() != last) {
        subject.report_check_digit(Rule::InstitutionDigit, At::Field(index, 4), &code);
    }
}

fn is_table_8(code: &str) -> bool {
    ("041"..="059").contains(&code)
}
