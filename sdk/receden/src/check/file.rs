use std::collections::{BTreeMap, BTreeSet};

use reseplug_model::StationCode;

use super::subject::{At, Subject};
use super::{Rule, form};
use crate::document::{EOF, FileKind};
use crate::edition::{Edition, Need, Place};
use crate::receipt::Receipt;
use crate::record::{Record, Separator};

/// Rules of the file as a whole and of the form and order of its records.
pub(super) fn check(subject: &mut Subject<'_>) {
    frame(subject);
    header(subject);
    outside_receipts(subject);
    let receipts: Vec<Receipt<'_>> = subject.file.receipts().collect();
    for (position, receipt) in receipts.iter().enumerate() {
        let month = receipt.service_month().ok();
        let edition = month.map_or_else(Edition::r0606, Edition::of);
        if let Some(month) = month.filter(|month| !edition.is_compared_for(*month)) {
            subject.report(
                Rule::EditionUnknown,
                At::Field(receipt.record_range().start, 4),
                &[("value", &month), ("wanted", &edition.title)],
            );
        }
        let refiled = matches!(receipt.search_number(), Ok(Some(_)));
        order(subject, edition, receipt, refiled);
        for index in receipt.record_range() {
            form::check(subject, edition, index, refiled);
        }
        numbering(subject, receipt, position);
    }
    duplicates(subject, &receipts);
}

fn frame(subject: &mut Subject<'_>) {
    let records = subject.file.records();
    if subject.file.kind() == FileKind::Return {
        subject.report(Rule::FileIsReturn, At::Record(0), &[]);
    }
    let last = records.len().saturating_sub(1);
    if subject.file.kind() == FileKind::Claim && records.last().map(Record::id) != Some("GO") {
        subject.report(Rule::NoFooter, At::Record(last), &[]);
    }
    match subject.file.tail() {
        [] => subject.report(Rule::NoEof, At::File, &[]),
        [EOF] => {}
        tail => {
            let behind = tail.len().saturating_sub(1);
            subject.report(Rule::BehindEof, At::File, &[("value", &behind)]);
        }
    }
    let mut wrong = records
        .iter()
        .enumerate()
        .filter(|(_, record)| record.separator() != Separator::CrLf);
    if let Some((index, _)) = wrong.next() {
        let more = wrong.count();
        subject.report(Rule::LineEnd, At::Record(index), &[("more", &more)]);
    }
    if subject.file.receipts().next().is_none() {
        subject.report(Rule::NoReceipt, At::File, &[]);
    }
}

fn header(subject: &mut Subject<'_>) {
    let Some(header) = subject.file.header() else {
        return;
    };
    if let (Ok(code), Ok(prefecture)) = (header.station_code(), header.prefecture())
        && !StationCode::check_digit_ok(&code, &prefecture)
    {
        subject.report_check_digit(Rule::StationDigit, At::Field(0, 5), &code);
    }
}

/// HM, GO and whatever stands outside of receipts.
fn outside_receipts(subject: &mut Subject<'_>) {
    let edition = Edition::r0606();
    let inside: BTreeSet<usize> = subject
        .file
        .receipt_ranges()
        .into_iter()
        .flatten()
        .collect();
    let records = subject.file.records();
    for (index, record) in records.iter().enumerate() {
        if inside.contains(&index) {
            continue;
        }
        let at = At::Record(index);
        match edition
            .record(record.id())
            .map(|spec| (spec.place, spec.max))
        {
            None if matches!(record.id(), "HH" | "HG")
                && subject.file.kind() == FileKind::Return => {}
            None => subject.report(Rule::UnknownRecord, at, &[]),
            Some((Place::Receipt, _)) => subject.report(Rule::OutsideReceipt, at, &[]),
            Some((place, max)) => {
                let count = records
                    .iter()
                    .filter(|other| other.id() == record.id())
                    .count();
                let first = records.iter().position(|other| other.id() == record.id());
                if max.is_some_and(|max| count > max) && first != Some(index) {
                    subject.report(
                        Rule::TooManyRecords,
                        at,
                        &[("value", &count), ("wanted", &1)],
                    );
                }
                if place == Place::Footer && index + 1 != records.len() {
                    subject.report(Rule::NoFooter, at, &[]);
                }
                form::check(subject, edition, index, false);
            }
        }
    }
}

/// Which records a receipt holds, how many, and in what order.
fn order(subject: &mut Subject<'_>, edition: &Edition, receipt: &Receipt<'_>, refiled: bool) {
    let start = receipt.record_range().start;
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut furthest: Option<(usize, &str)> = None;
    for (index, record) in receipt.records() {
        let Some(spec) = edition.record(record.id()) else {
            let history = record.id() == "8" || matches!(record.id(), "HR" | "RC");
            let kept = match subject.file.kind() {
                FileKind::Return => history,
                FileKind::Claim => refiled && record.id() == "8",
            };
            if !kept {
                subject.report(Rule::UnknownRecord, At::Record(index), &[]);
            }
            continue;
        };
        *counts.entry(&spec.id).or_default() += 1;
        match furthest {
            Some((order, after)) if spec.order < order => {
                subject.report(Rule::RecordOrder, At::Record(index), &[("after", &after)]);
            }
            _ => furthest = Some((spec.order, &spec.id)),
        }
    }
    let kind = receipt.receipt_type().ok();
    for spec in edition
        .records
        .iter()
        .filter(|spec| spec.place == Place::Receipt)
    {
        let count = counts.get(spec.id.as_str()).copied().unwrap_or_default();
        if let Some(max) = spec.max.filter(|max| count > *max) {
            let index = receipt
                .records_of(&spec.id)
                .nth(max)
                .map_or(start, |(index, _)| index);
            subject.report(
                Rule::TooManyRecords,
                At::Record(index),
                &[("value", &count), ("wanted", &max)],
            );
        }
        let insurer = (spec.id == "HO")
            .then_some(())
            .and(kind)
            .map(|kind| kind.has_insurer());
        if count == 0 && (spec.need == Need::Required || insurer == Some(true)) {
            subject.report(
                Rule::MissingRecord,
                At::Record(start),
                &[("wanted", &spec.id), ("wanted_name", &spec.name)],
            );
        }
        let allowed = match (spec.id.as_str(), kind) {
            ("HO", _) => insurer != Some(false),
            ("KO", Some(kind)) => kind.public_expenses() > 0,
            _ => true,
        };
        if count > 0
            && !allowed
            && let (Some((index, _)), Some(kind)) = (receipt.records_of(&spec.id).next(), kind)
        {
            subject.report(
                Rule::RecordNotAllowed,
                At::Record(index),
                &[("value", &kind)],
            );
        }
    }
    for id in ["SN", "JD", "MF"] {
        ascending(subject, receipt, id);
    }
}

fn ascending(subject: &mut Subject<'_>, receipt: &Receipt<'_>, id: &str) {
    let mut before: Option<&[u8]> = None;
    for (index, record) in receipt.records_of(id) {
        let this = record.raw(2);
        if before.is_some() && before >= this {
            subject.report(Rule::Ascending, At::Field(index, 2), &[]);
        }
        before = this;
    }
}

fn numbering(subject: &mut Subject<'_>, receipt: &Receipt<'_>, position: usize) {
    let wanted = position + 1;
    if let Ok(number) = receipt.number()
        && usize::try_from(number) != Ok(wanted)
    {
        subject.report(
            Rule::ReceiptNumber,
            At::Field(receipt.record_range().start, 2),
            &[("value", &number), ("wanted", &wanted)],
        );
    }
}

/// Two receipts of the same person, payers and month.
fn duplicates(subject: &mut Subject<'_>, receipts: &[Receipt<'_>]) {
    let mut seen: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    for (position, receipt) in receipts.iter().enumerate() {
        let (Ok(month), Ok(birth), Ok(name)) = (
            receipt.service_month(),
            receipt.birth_date(),
            receipt.name(),
        ) else {
            continue;
        };
        let mut key = vec![month.to_string(), birth.to_string(), name];
        for (_, record) in receipt.records() {
            let card = match record.id() {
                "HO" => 2..=4,
                "KO" => 2..=3,
                _ => continue,
            };
            key.extend(card.map(|field| hex_of(record.raw(field))));
        }
        if let Some(first) = seen.insert(key, position + 1) {
            subject.report(
                Rule::Duplicate,
                At::Record(receipt.record_range().start),
                &[("other", &first)],
            );
        }
    }
}

fn hex_of(raw: Option<&[u8]>) -> String {
    raw.unwrap_or_default()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
