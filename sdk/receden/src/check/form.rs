use std::collections::BTreeSet;

use reseplug_model::{Date, Month};

use super::Rule;
use super::subject::{At, Subject};
use crate::edition::{Edition, FieldSpec, Mode, Need, ValueKind};
use crate::repertoire;

/// Judges the form of one record's fields. `refiled`: the receipt carries a 検索番号, so the payer's
/// own fields may be filled.
pub(super) fn check(subject: &mut Subject<'_>, edition: &Edition, index: usize, refiled: bool) {
    let Some(record) = subject.record(index) else {
        return;
    };
    let Some(spec) = edition.record(record.id()) else {
        return;
    };
    let count = record.field_count();
    if count != spec.fields.len() {
        // With another number of fields nobody can say which one is which.
        subject.report(
            Rule::FieldCount,
            At::Record(index),
            &[("value", &count), ("wanted", &spec.fields.len())],
        );
        return;
    }
    for (position, (raw, field)) in record.fields().zip(&spec.fields).enumerate().skip(1) {
        let at = At::Field(index, position + 1);
        match (raw.is_empty(), field.need) {
            (true, Need::Required) => subject.report(Rule::Required, at, &[]),
            (true, _) => {}
            (false, Need::Omitted) if !refiled => subject.report(Rule::Omitted, at, &[]),
            (false, _) => check_field(subject, edition, at, field, raw),
        }
    }
}

fn check_field(
    subject: &mut Subject<'_>,
    edition: &Edition,
    at: At,
    field: &FieldSpec,
    raw: &[u8],
) {
    if raw.contains(&b'"') {
        subject.report(Rule::Quotation, at, &[]);
    }
    if !characters(subject, at, raw) {
        return;
    }
    let length = raw.len();
    if field.fixed && length != field.bytes {
        subject.report(
            Rule::FixedLength,
            at,
            &[("length", &length), ("wanted", &field.bytes)],
        );
    } else if length > field.bytes {
        subject.report(
            Rule::TooLong,
            at,
            &[("length", &length), ("wanted", &field.bytes)],
        );
    }
    if let Some((ja, en)) = wrong_mode(field.mode, raw) {
        subject.report(Rule::Mode, at, &[("wanted", &ja), ("wanted_en", &en)]);
        return;
    }
    if !field.fixed && (raw.ends_with(b" ") || raw.ends_with(b"\x81\x40")) {
        subject.report(Rule::TrailingBlank, at, &[]);
    }
    let Ok(text) = std::str::from_utf8(raw) else {
        return;
    };
    if let Some(table) = field.table.as_deref().and_then(|id| edition.table(id)) {
        let mut seen = BTreeSet::new();
        for chunk in raw.chunks(table.width) {
            let code = std::str::from_utf8(chunk).unwrap_or_default();
            if table.meaning(code).is_none() {
                subject.report(
                    Rule::NoSuchCode,
                    at,
                    &[
                        ("code", &code),
                        ("table", &format!("別表{}（{}）", table.id, table.name)),
                    ],
                );
            } else if !seen.insert(code) && field.distinct {
                subject.report(Rule::CodeTwice, at, &[("code", &code)]);
            }
        }
    }
    let zero = text.len() > 1 && text.starts_with('0');
    match field.value {
        ValueKind::Day if Date::parse_compact(text).is_err() => {
            subject.report(
                Rule::NoDate,
                at,
                &[("wanted", &"年月日"), ("wanted_en", &"day YYYYMMDD")],
            );
        }
        ValueKind::Month if Month::parse_compact(text).is_err() => {
            subject.report(
                Rule::NoDate,
                at,
                &[("wanted", &"年月"), ("wanted_en", &"month YYYYMM")],
            );
        }
        ValueKind::Time if !is_time(text) => {
            subject.report(
                Rule::NoDate,
                at,
                &[("wanted", &"時刻"), ("wanted_en", &"time hhmm")],
            );
        }
        ValueKind::Count | ValueKind::Yen if zero => subject.report(Rule::LeadingZero, at, &[]),
        ValueKind::Percent if zero => subject.report(Rule::PercentZero, at, &[]),
        _ => {}
    }
}

/// Reports each character that may not stand in a claim file; true when all may.
fn characters(subject: &mut Subject<'_>, at: At, raw: &[u8]) -> bool {
    let mut good = true;
    let mut reported = BTreeSet::new();
    for (_, code) in repertoire::codes(raw) {
        if code.is_ascii()
            && code
                .first()
                .is_some_and(|byte| (0x20..=0x7E).contains(byte))
        {
            continue;
        }
        let Err(error) = repertoire::decode(code) else {
            continue;
        };
        good = false;
        if !reported.insert(code.to_vec()) {
            continue;
        }
        let hex = hex(code);
        match error.character {
            None => subject.report(Rule::BrokenBytes, at, &[("code", &hex)]),
            Some(character) => {
                let (ja, en) = match error.proposal {
                    Some(to) => (
                        format!("通常は「{to}」に置き換えます。"),
                        format!("It is usually replaced by `{to}`."),
                    ),
                    None => (String::new(), String::new()),
                };
                subject.report(
                    Rule::Character,
                    at,
                    &[
                        ("character", &character),
                        ("code", &hex),
                        ("proposal", &ja),
                        ("proposal_en", &en),
                    ],
                );
            }
        }
    }
    good
}

fn hex(code: &[u8]) -> String {
    code.iter().map(|byte| format!("{byte:02X}")).collect()
}

fn wrong_mode(mode: Mode, raw: &[u8]) -> Option<(&'static str, &'static str)> {
    let mut half = false;
    let mut full = false;
    for (_, code) in repertoire::codes(raw) {
        if code.len() == 1 {
            half = true
        } else {
            full = true
        }
    }
    match mode {
        Mode::Digits if !raw.iter().all(u8::is_ascii_digit) => {
            Some(("半角数字", "half-width digits"))
        }
        Mode::Half if full => Some(("半角", "half width")),
        Mode::Full if half => Some(("全角", "full width")),
        Mode::HalfOrFull if half && full => Some((
            "半角か全角のどちらか一方",
            "either half or full width, not both",
        )),
        _ => None,
    }
}

fn is_time(text: &str) -> bool {
    let number = |part: Option<&str>| part.and_then(|part| part.parse::<u8>().ok());
    text.len() == 4
        && number(text.get(..2)).is_some_and(|hour| hour < 24)
        && number(text.get(2..)).is_some_and(|minute| minute < 60)
}
