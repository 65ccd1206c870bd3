//! What differs between the files before and after an operation, field by field.
//!
//! Computed by comparing, not by remembering what was meant: whatever an operation did to a
//! receipt, its renumbered neighbours included, is in the list.

use std::collections::BTreeMap;

use receden::{Edition, Receipt, RecordRef, repertoire};
use reseplug_sdk::Place;
use reseplug_sdk::adapter::FieldChange;

use crate::files::Files;

/// Stands between the id of a split receipt and the number of the part.
pub(crate) const PART: char = '/';

/// Each field that differs in the files `after`, in document order.
pub(crate) fn fields(before: &Files, after: &Files) -> Vec<FieldChange> {
    let old: BTreeMap<&str, Receipt<'_>> =
        before.claims().flat_map(|file| file.receipts()).collect();
    let mut changes = Vec::new();
    for file in after.claims() {
        for (id, receipt) in file.receipts() {
            let origin = old.get(id).or_else(|| old.get(id.rsplit_once(PART)?.0));
            if let Some(origin) = origin {
                compare(&file.name, origin, &receipt, &mut changes);
            }
        }
    }
    changes
}

/// Records that a receipt has once, or once per payer, by what makes them the same one.
fn keyed<'a>(receipt: &Receipt<'a>) -> BTreeMap<(String, String), (usize, RecordRef<'a>)> {
    let mut publics = 0usize;
    receipt
        .records()
        .filter_map(|(index, record)| {
            let key = match record.id() {
                id @ ("RE" | "HO") => (id.to_owned(), String::new()),
                "KO" => {
                    publics += 1;
                    ("KO".to_owned(), publics.to_string())
                }
                id @ ("SN" | "JD" | "MF") => (
                    id.to_owned(),
                    record.ascii(2).unwrap_or_default().to_owned(),
                ),
                _ => return None,
            };
            Some((key, (index, record)))
        })
        .collect()
}

fn compare(
    document: &str,
    before: &Receipt<'_>,
    after: &Receipt<'_>,
    changes: &mut Vec<FieldChange>,
) {
    let mut old = keyed(before);
    let new = keyed(after);
    let mut found: Vec<(usize, usize, FieldChange)> = Vec::new();
    for (key, (index, record)) in &new {
        match old.remove(key) {
            None => found.push((*index, 0, whole(document, *index, *record, true))),
            Some((_, was)) => {
                for field in 2..=record.field_count().max(was.field_count()) {
                    if record.raw(field).unwrap_or_default() != was.raw(field).unwrap_or_default() {
                        found.push((*index, field, one(document, *index, field, was, *record)));
                    }
                }
            }
        }
    }
    // Records of the other kinds are kept, left out or added, never edited.
    let mut rest: Vec<&[u8]> = before.records().map(|(_, record)| record.bytes()).collect();
    for (index, record) in after.records() {
        if new.values().any(|(known, _)| *known == index) {
            continue;
        }
        match rest.iter().position(|bytes| *bytes == record.bytes()) {
            Some(at) => {
                rest.swap_remove(at);
            }
            None => found.push((index, 0, whole(document, index, record, true))),
        }
    }
    let end = after.record_range().end;
    for (_, record) in old.values() {
        let mut change = whole(document, end, *record, false);
        change.place.line = None;
        found.push((end, 0, change));
    }
    found.sort_by_key(|(index, field, _)| (*index, *field));
    changes.extend(found.into_iter().map(|(_, _, change)| change));
}

fn place(document: &str, index: usize, record: RecordRef<'_>) -> Place {
    Place::document(document)
        .line(u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1))
        .record(record.id())
}

fn one(
    document: &str,
    index: usize,
    field: usize,
    was: RecordRef<'_>,
    is: RecordRef<'_>,
) -> FieldChange {
    FieldChange {
        place: place(document, index, is).field(field.to_string()),
        name: Edition::r0606()
            .record(is.id())
            .and_then(|spec| spec.fields.get(field.checked_sub(1)?))
            .map(|spec| spec.name.clone())
            .unwrap_or_default(),
        before: show(was.raw(field).unwrap_or_default()),
        after: show(is.raw(field).unwrap_or_default()),
    }
}

/// A record that was added or left out.
fn whole(document: &str, index: usize, record: RecordRef<'_>, added: bool) -> FieldChange {
    let text = show(record.bytes());
    let name = Edition::r0606().record(record.id()).map_or_else(
        || record.id().to_owned(),
        |spec| format!("{}レコード", spec.name),
    );
    let (before, after) = if added {
        (String::new(), text)
    } else {
        (text, String::new())
    };
    FieldChange {
        place: place(document, index, record),
        name,
        before,
        after,
    }
}

fn show(raw: &[u8]) -> String {
    repertoire::decode_lenient(raw).map_or_else(|_| format!("{raw:02X?}"), |text| text.into_owned())
}
