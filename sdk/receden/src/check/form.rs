use std::collections::BTreeSet;

use reseplug_model::{Date, Month};

use super::Rule;
use super::subject::{At, Subject};
use crate::cells::Cells;
use crate::edition::{CodeTable, Edition, FieldSpec, Mode, Need, RecordSpec, ValueKind};
use crate::era;
use crate::repertoire;

/// The record whose form is judged.
#[derive(Clone, Copy)]
pub(super) struct Form<'f> {
    pub(super) edition: &'f Edition,
    pub(super) spec: &'f RecordSpec,
    /// Index in the file.
    pub(super) index: usize,
    /// The receipt carries a 検索番号, so the payer's own fields may be filled.
    pub(super) refiled: bool,
}

impl Form<'_> {
    /// Judges the form of one record's fields.
    pub(super) fn check(self, subject: &mut Subject<'_>, cells: &Cells<'_>) {
        let count = cells.count();
        if count != self.spec.fields.len() {
            // With another number of fields nobody can say which one is which.
            subject.report(
                Rule::FieldCount,
                At::Record(self.index),
                &[("value", &count), ("wanted", &self.spec.fields.len())],
            );
            return;
        }
        for number in &self.spec.required {
            if cells.raw(*number).is_empty() {
                subject.report(Rule::Required, At::Field(self.index, *number), &[]);
            }
        }
        for (n, raw) in cells.iter().enumerate().skip(1) {
            // Most fields of most records are empty.
            if raw.is_empty() {
                continue;
            }
            let Some(field) = self.spec.fields.get(n) else {
                break;
            };
            let at = At::Field(self.index, n + 1);
            if field.need == Need::Omitted && !self.refiled {
                subject.report(Rule::Omitted, at, &[]);
                continue;
            }
            let plain = cells.plain() || is_plain(raw);
            if plain && is_surely_good(self.edition, field, raw) {
                continue;
            }
            if plain && cells.quoted() && raw.contains(&b'"') {
                subject.report(Rule::Quotation, at, &[]);
            }
            check_field(subject, self.edition, at, field, raw, plain);
        }
    }
}

/// The common case at once: a day, or one code of the field's table. What is neither is looked at
/// closely; what is so breaks no rule of form.
fn is_surely_good(edition: &Edition, field: &FieldSpec, raw: &[u8]) -> bool {
    let fits = raw.len() == field.bytes || (!field.fixed && raw.len() < field.bytes);
    let good = match (field.value, &field.table) {
        (ValueKind::Day, None) => Date::from_compact(raw).is_some(),
        (ValueKind::Text, Some(table)) => edition
            .table_at(table)
            .is_some_and(|table| table.contains(raw)),
        _ => false,
    };
    fits && good
}

fn is_plain(raw: &[u8]) -> bool {
    raw.iter().all(|byte| (0x20..=0x7E).contains(byte))
}

fn check_field(
    subject: &mut Subject<'_>,
    edition: &Edition,
    at: At,
    field: &FieldSpec,
    raw: &[u8],
    plain: bool,
) {
    let widths = if plain {
        Widths {
            half: true,
            full: false,
        }
    } else {
        match widths(raw) {
            Some(widths) => widths,
            None => return characters(subject, at, raw),
        }
    };
    let length = raw.len();
    let old = old_date(edition, field.value, raw);
    if let Some(day) = &old {
        subject.report(Rule::OldDate, at, &[("wanted", day)]);
    }
    let old = old.is_some();
    if old {
        // Shorter than today's form.
    } else if field.fixed && length != field.bytes {
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
    if let Some((ja, en)) = wrong_mode(field, raw, widths) {
        subject.report(Rule::Mode, at, &[("wanted", &ja), ("wanted_en", &en)]);
        return;
    }
    if old {
        return;
    }
    if !field.fixed && (raw.ends_with(b" ") || raw.ends_with(b"\x81\x40")) {
        subject.report(Rule::TrailingBlank, at, &[]);
    }
    if !plain {
        return;
    }
    if let Some(table) = field
        .table
        .as_ref()
        .and_then(|table| edition.table_at(table))
    {
        codes(subject, at, field, table, raw);
    }
    value(subject, at, field.value, raw);
}

/// The codes of a field against its 別表. What is beyond the field's length is not looked at again.
fn codes(subject: &mut Subject<'_>, at: At, field: &FieldSpec, table: &CodeTable, raw: &[u8]) {
    let raw = raw.get(..field.bytes).unwrap_or(raw);
    for (n, code) in raw.chunks(table.width).enumerate() {
        let known = table.contains(code);
        if known && !(field.distinct && raw.chunks(table.width).take(n).any(|c| c == code)) {
            continue;
        }
        let code = String::from_utf8_lossy(code);
        if known {
            subject.report(Rule::CodeTwice, at, &[("code", &code)]);
        } else {
            let table = format!("別表{}（{}）", table.id, table.name);
            subject.report(Rule::NoSuchCode, at, &[("code", &code), ("table", &table)]);
        }
    }
}

fn value(subject: &mut Subject<'_>, at: At, kind: ValueKind, raw: &[u8]) {
    let zero = matches!(raw, [b'0', _, ..]);
    let wanted = match kind {
        ValueKind::Day if Date::from_compact(raw).is_none() => ["年月日", "day YYYYMMDD"],
        ValueKind::Month if Month::from_compact(raw).is_none() => ["年月", "month YYYYMM"],
        ValueKind::Time if !is_time(raw) => ["時刻", "time hhmm"],
        ValueKind::Count | ValueKind::Yen if zero => {
            return subject.report(Rule::LeadingZero, at, &[]);
        }
        ValueKind::Decimal if !is_decimal(raw) => {
            return subject.report(Rule::DecimalZero, at, &[]);
        }
        ValueKind::Percent if zero => return subject.report(Rule::PercentZero, at, &[]),
        _ => return,
    };
    let [ja, en] = wanted;
    subject.report(Rule::NoDate, at, &[("wanted", &ja), ("wanted_en", &en)]);
}

/// Which widths the characters of a field have.
#[derive(Debug, Clone, Copy)]
struct Widths {
    half: bool,
    full: bool,
}

/// `None` when a character may not stand in a claim file.
fn widths(raw: &[u8]) -> Option<Widths> {
    let mut widths = Widths {
        half: false,
        full: false,
    };
    for (_, code) in repertoire::codes(raw) {
        if !repertoire::code_is_permitted(code) {
            return None;
        }
        match code {
            [_] => widths.half = true,
            _ => widths.full = true,
        }
    }
    Some(widths)
}

/// Reports each character that may not stand in a claim file.
fn characters(subject: &mut Subject<'_>, at: At, raw: &[u8]) {
    let mut reported = BTreeSet::new();
    for (_, code) in repertoire::codes(raw) {
        if repertoire::code_is_permitted(code) {
            continue;
        }
        let Err(error) = repertoire::decode(code) else {
            continue;
        };
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
}

fn hex(code: &[u8]) -> String {
    code.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// What the field should hold when it holds something else.
fn wrong_mode(
    field: &FieldSpec,
    raw: &[u8],
    widths: Widths,
) -> Option<(&'static str, &'static str)> {
    let Widths { half, full } = widths;
    let point = field.value == ValueKind::Decimal;
    let digit = |byte: &u8| byte.is_ascii_digit() || (point && *byte == b'.');
    match field.mode {
        Mode::Digits if !raw.iter().all(digit) => Some(("半角数字", "half-width digits")),
        Mode::Half if full => Some(("半角", "half width")),
        Mode::Full if half => Some(("全角", "full width")),
        Mode::HalfOrFull if half && full => Some((
            "半角か全角のどちらか一方",
            "either half or full width, not both",
        )),
        _ => None,
    }
}

/// `0`, `12`, `0.5`, `1.25`.
fn is_decimal(raw: &[u8]) -> bool {
    let (whole, part) = match memchr::memchr(b'.', raw).map(|at| raw.split_at(at)) {
        None => (raw, None),
        Some((whole, part)) => (whole, part.get(1..)),
    };
    let digits = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    digits(whole)
        && !matches!(whole, [b'0', _, ..])
        && part.is_none_or(|part| digits(part) && !part.ends_with(b"0"))
}

/// What a date of the old form says, where the edition has them.
fn old_date(edition: &Edition, kind: ValueKind, raw: &[u8]) -> Option<String> {
    edition.old_dates_until?;
    match kind {
        ValueKind::Day => era::old_day(raw).map(|day| day.to_string()),
        ValueKind::Month => era::old_month(raw).map(|month| month.to_string()),
        _ => None,
    }
}

fn is_time(raw: &[u8]) -> bool {
    match raw {
        [h1, h2, m1, m2] if raw.iter().all(u8::is_ascii_digit) => {
            [h1, h2] < [&b'2', &b'4'] && [m1, m2] < [&b'6', &b'0']
        }
        _ => false,
    }
}
