use reseplug_model::check_digit;

use super::Rule;
use super::subject::{At, Subject, shown};
use crate::cells::Cells;

/// Rules of one record by itself. Codes of a 別表 are held to their width by the rules of form.
pub(super) fn check(subject: &mut Subject<'_>, letters: [u8; 2], index: usize, cells: &Cells<'_>) {
    match &letters {
        b"JS" => condition(subject, index, cells),
        b"SY" => disease(subject, index, cells),
        b"RJ" => person_information(subject, index, cells),
        b"IH" => institution(subject, index, cells),
        b"HO" => insurer(subject, index, cells),
        b"KO" => public_expense(subject, index, cells),
        b"GI" => disaster(subject, index, cells),
        b"TJ" => information(subject, index, cells),
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
    let named = |wanted: &[u8]| kinds.chunks(2).any(|code| code == wanted);
    let others = [
        ("1", 20..=24, named(b"01") || named(b"02")),
        ("2", 25..=29, named(b"02")),
    ];
    for (wanted, fields, told) in others {
        if !told && let Some(field) = fields.into_iter().find(|field| filled(*field)) {
            subject.report(
                Rule::StationOfNobody,
                At::Field(index, field),
                &[("wanted", &wanted)],
            );
        }
    }
    let places = [(5, 6), (8, 9)];
    for (day, code) in places {
        if filled(day) != filled(code) {
            subject.report(Rule::PlaceChange, At::Field(index, day), &[]);
        }
    }
    if filled(8) && !filled(5) {
        subject.report(Rule::PlaceChange, At::Field(index, 8), &[]);
    }
    if filled(11) != filled(13) || (filled(12) && !filled(11)) {
        subject.report(Rule::EndOfService, At::Field(index, 11), &[]);
    }
    let death = [15, 16, 17].map(filled);
    if death.contains(&true) && death.contains(&false) {
        subject.report(Rule::Death, At::Field(index, 15), &[]);
    }
    for code in [3, 6, 9, 13, 17] {
        if cells.raw(code) == b"99" && !filled(code + 1) {
            subject.report(Rule::TextOfOther, At::Field(index, code + 1), &[]);
        }
    }
}

/// HO fields that only some insurers have.
fn insurer(subject: &mut Subject<'_>, index: usize, cells: &Cells<'_>) {
    let filled = |field: usize| !cells.raw(field).is_empty();
    let number = cells.raw(2);
    let law = match number {
        [a, b, rest @ ..] if rest.len() == 6 && [*a, *b] != *b"  " => Some([*a, *b]),
        _ => None,
    };
    if filled(7) && law.is_some_and(|law| law != *b"02") {
        subject.report(Rule::SeamenOnly, At::Field(index, 7), &[]);
    }
    if filled(8) && law.is_some() {
        subject.report(Rule::CertificateNational, At::Field(index, 8), &[]);
    }
    if (filled(11) || filled(12)) && cells.raw(10) != b"1" {
        subject.report(Rule::ReductionKind, At::Field(index, 10), &[]);
    }
}

fn public_expense(subject: &mut Subject<'_>, index: usize, cells: &Cells<'_>) {
    if cells.raw(2).starts_with(b"30") && !cells.raw(3).is_empty() {
        subject.report(Rule::RecipientOf30, At::Field(index, 3), &[]);
    }
}

fn disaster(subject: &mut Subject<'_>, index: usize, cells: &Cells<'_>) {
    subject.report(Rule::DisasterRecord, At::Record(index), &[]);
    if !cells.raw(8).is_empty() && cells.raw(3) != b"02" {
        subject.report(Rule::DisasterCopay, At::Field(index, 8), &[]);
    }
}

/// TJ field 4 belongs to 情報提供療養費2 (情報提供先 10–13).
fn information(subject: &mut Subject<'_>, index: usize, cells: &Cells<'_>) {
    if !cells.raw(4).is_empty() && !matches!(cells.raw(2), [b'1', b'0'..=b'3']) {
        subject.report(Rule::PreviousMonth, At::Field(index, 4), &[]);
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

/// 041–059: conditions of 別表8.
pub(super) fn is_table_8(code: &[u8]) -> bool {
    (b"041".as_slice()..=b"059".as_slice()).contains(&code)
}
