use reseplug_model::{Date, Period, check_digit};

use super::Rule;
use super::subject::{At, Subject};
use crate::edition::Edition;
use crate::parts::Charge;
use crate::receipt::Receipt;
use crate::record::Record;

/// Rules about the charges and what they ask for elsewhere: KA, HJ, JS, SY, RJ, TJ, IH.
pub(super) fn check(subject: &mut Subject<'_>, receipt: &Receipt<'_>) {
    instructions(subject, receipt);
    let mut latest: Option<Date> = None;
    for charge in receipt.charges() {
        let ka = charge.line() - 1;
        charge_itself(subject, receipt, charge, ka);
        charge_needs(subject, receipt, charge, ka);
        if let Ok(day) = charge.date() {
            if latest.is_some_and(|latest| day < latest) {
                subject.report(Rule::ChargeOrder, At::Field(ka, 2), &[]);
            }
            latest = latest.max(Some(day));
        }
    }
    for (index, record) in receipt.records() {
        match record.id() {
            "JS" => condition(subject, index, record),
            "SY" => disease(subject, index, record),
            "RJ" => person_information(subject, index, record),
            "IH" => institution(subject, index, record),
            _ => {}
        }
    }
}

fn charge_itself(subject: &mut Subject<'_>, receipt: &Receipt<'_>, charge: Charge<'_>, ka: usize) {
    if let Some(payers) = charge.payers()
        && !receipt.payers().contains_all(payers)
    {
        subject.report(
            Rule::ChargeOfNobody,
            At::Field(ka, 3),
            &[("payers", &payers)],
        );
    }
    if let (Ok(day), Ok(month)) = (charge.date(), receipt.service_month())
        && !month.contains(day)
    {
        subject.report(
            Rule::ChargeDay,
            At::Field(ka, 2),
            &[("value", &day), ("wanted", &month)],
        );
    }
    let code = charge.code();
    if !(code.len() == 9 && code.starts_with('5') && code.bytes().all(|b| b.is_ascii_digit())) {
        subject.report(Rule::ChargeCode, At::Field(ka, 4), &[]);
    }
    if charge.quantity() == Some("0") {
        subject.report(Rule::Quantity, At::Field(ka, 5), &[]);
    }
    let wanted = match charge.visits() {
        Some("02") => 2,
        Some("03") => 3,
        _ => 0,
    };
    if !charge.staff().is_empty() && charge.staff().len() < wanted {
        subject.report(
            Rule::VisitStaff,
            At::Field(ka, 7),
            &[("value", &charge.visits().unwrap_or_default())],
        );
    }
}

fn charge_needs(subject: &mut Subject<'_>, receipt: &Receipt<'_>, charge: Charge<'_>, ka: usize) {
    let groups = &Edition::r0606().charges;
    let code = charge.code();
    let at = At::Field(ka, 4);
    let any = |id: &str, holds: &dyn Fn(&Record) -> bool| {
        receipt.records_of(id).any(|(_, record)| holds(record))
    };
    let filled = |record: &Record, fields: &[usize]| {
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
            codes(js, 3, 2).contains(&"02") && codes(js, 4, 3).iter().any(is_table_8)
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
    if groups.percentage.contains(code) && charge.amount().is_ok_and(|yen| yen.0 != 0) {
        subject.report(Rule::Percentage, At::Field(ka, 6), &[("value", &code)]);
    }
}

/// HJ: periods, their order, and each charge inside one of its kind.
fn instructions(subject: &mut Subject<'_>, receipt: &Receipt<'_>) {
    let mut periods: Vec<(&str, Period)> = Vec::new();
    for (index, record) in receipt.records_of("HJ") {
        let kind = record.ascii(2).unwrap_or_default();
        let day = |field| {
            record
                .ascii(field)
                .and_then(|text| Date::parse_compact(text).ok())
        };
        let period = Period::new(day(3), day(4));
        if period.is_empty() {
            subject.report(Rule::InstructionPeriod, At::Field(index, 4), &[]);
        }
        if periods
            .iter()
            .any(|(other, earlier)| *other == kind && earlier.from > period.from)
        {
            subject.report(Rule::InstructionOrder, At::Field(index, 3), &[]);
        }
        periods.push((kind, period));
    }
    for charge in receipt.charges() {
        let (Some(kind), Ok(day)) = (charge.instruction(), charge.date()) else {
            continue;
        };
        if !periods
            .iter()
            .any(|(other, period)| *other == kind && period.contains(day))
        {
            subject.report(
                Rule::ChargeInstruction,
                At::Field(charge.line() - 1, 9),
                &[("value", &day), ("wanted", &kind)],
            );
        }
    }
}

fn condition(subject: &mut Subject<'_>, index: usize, record: &Record) {
    let kinds = codes(record, 3, 2);
    let diseases = codes(record, 4, 3);
    if kinds.contains(&"03") && kinds.len() > 1 {
        subject.report(Rule::NoneStandsAlone, At::Field(index, 3), &[]);
    }
    let table_7 = diseases.iter().any(|code| *code <= "020");
    let table_8 = diseases.iter().any(is_table_8);
    // 091 and 092 (超重症児・準超重症児) may stand with 02 although they are not of 別表8.
    let others = diseases.iter().any(|code| matches!(*code, "091" | "092"));
    let named = (kinds.contains(&"01"), kinds.contains(&"02"));
    if named.0 != table_7 || (named.1 && !table_8 && !others) || (!named.1 && table_8) {
        subject.report(
            Rule::Diseases,
            At::Field(index, 4),
            &[("value", &kinds.join("・"))],
        );
    }
}

fn disease(subject: &mut Subject<'_>, index: usize, record: &Record) {
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

fn person_information(subject: &mut Subject<'_>, index: usize, record: &Record) {
    let filled = |field: usize| record.raw(field).is_some_and(|raw| !raw.is_empty());
    let kinds = codes(record, 19, 2);
    for (kind, wanted, fields) in [("01", "1", 20..=24), ("02", "1・2", 20..=29)] {
        if kinds.contains(&kind) && !fields.clone().all(filled) {
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
fn institution(subject: &mut Subject<'_>, index: usize, record: &Record) {
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

fn codes(record: &Record, field: usize, width: usize) -> Vec<&str> {
    record
        .ascii(field)
        .map(|text| {
            text.as_bytes()
                .chunks(width)
                .filter_map(|chunk| std::str::from_utf8(chunk).ok())
                .collect()
        })
        .unwrap_or_default()
}

fn is_table_8(code: &&str) -> bool {
    ("041"..="059").contains(code)
}
