use reseplug_model::{Date, Month, check_digit};

use super::Rule;
use super::facts::{Charge, Facts};
use super::subject::{At, Subject, shown};
use crate::cells::Cells;
use crate::edition::Edition;
use crate::fields::codes;
use crate::payers::PayerSet;
use crate::receipt::Receipt;
use crate::record::RecordRef;

/// Rules about the charges and what they ask for elsewhere: KA, HJ, JS, RJ, TJ.
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

/// Rules of one record by itself. Codes of a 別表 are held to their width by the rules of form.
pub(super) fn record(subject: &mut Subject<'_>, letters: [u8; 2], index: usize, cells: &Cells<'_>) {
    match &letters {
        b"JS" => condition(subject, index, cells),
        b"SY" => disease(subject, index, cells),
        b"RJ" => person_information(subject, index, cells),
        b"IH" => institution(subject, index, cells),
        _ => {}
    }
}

fn condition(subject: &mut Subject<'_>, index: usize, cells: &Cells<'_>) {
    let (kinds, diseases) = (cells.raw(3), cells.raw(4));
    let named = |wanted: &[u8]| kinds.chunks(2).any(|kind| kind == wanted);
    if kinds.len() > 2 && named(b"03") {
        subject.report(Rule::NoneStandsAlone, At::Field(index, 3), &[]);
    }
    // 091 and 092 (超重症児・準超重症児) may stand with 02 although they are not of 別表8.
    let (mut table_7, mut table_8, mut others) = (false, false, false);
    for code in diseases.chunks(3) {
        table_7 |= code <= b"020".as_slice();
        table_8 |= is_table_8(code);
        others |= matches!(code, b"091" | b"092");
    }
    let named = (named(b"01"), named(b"02"));
    if named.0 != table_7 || (named.1 && !table_8 && !others) || (!named.1 && table_8) {
        let kinds = kinds.chunks(2).map(shown).collect::<Vec<_>>().join("・");
        subject.report(Rule::Diseases, At::Field(index, 4), &[("value", &kinds)]);
    }
}

fn disease(subject: &mut Subject<'_>, index: usize, cells: &Cells<'_>) {
    let uncoded = cells.raw(2) == b"0000999";
    let named = !cells.raw(4).is_empty();
    let modifiers = cells.raw(3);
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

fn person_information(subject: &mut Subject<'_>, index: usize, cells: &Cells<'_>) {
    let filled = |field: usize| !cells.raw(field).is_empty();
    let kinds = cells.raw(19);
    for (kind, wanted, fields) in [("01", "1", 20..=24), ("02", "1・2", 20..=29)] {
        let named = kinds.chunks(2).any(|code| code == kind.as_bytes());
        if named && !fields.clone().all(filled) {
            subject.report(
                Rule::OtherStation,
                At::Field(index, *fields.start()),
                &[("value", &kind), ("wanted", &wanted)],
            );
        }
    }
    for code in [3, 6, 9, 13, 17] {
        if cells.raw(code) == b"99" && !filled(code + 1) {
            subject.report(Rule::TextOfOther, At::Field(index, code + 1), &[]);
        }
    }
}

/// The check digit of the 医療機関コード over its 10-digit form; `9999999` and `0000000` stand for others.
fn institution(subject: &mut Subject<'_>, index: usize, cells: &Cells<'_>) {
    let ([p1, p2], [table @ (b'1' | b'3')], [c1, c2, c3, c4, c5, c6, last]) =
        (cells.raw(2), cells.raw(3), cells.raw(4))
    else {
        return;
    };
    if matches!(cells.raw(4), b"9999999" | b"0000000") {
        return;
    }
    let body = [*p1, *p2, *table, *c1, *c2, *c3, *c4, *c5, *c6];
    let expected = std::str::from_utf8(&body).ok().and_then(check_digit);
    if expected.is_some_and(|digit| u32::from(*last) != u32::from(b'0') + u32::from(digit)) {
        let code = shown(cells.raw(4));
        subject.report_check_digit(Rule::InstitutionDigit, At::Field(index, 4), &code);
    }
}

fn is_table_8(code: &[u8]) -> bool {
    (b"041".as_slice()..=b"059".as_slice()).contains(&code)
}
