//! What differs between two files, by receipt and field.
//!
//! Receipts are matched by whose they are (month, name, birth date, the product's own identifier), and
//! only where that fails by their number, so that a receipt put in front does not make all others
//! differ. Within a receipt, records are matched in their order.

use std::collections::BTreeMap;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::document::ClaimFile;
use crate::edition::{Edition, Editions};
use crate::receipt::{ReFields, Receipt};
use crate::record::RecordRef;
use crate::repertoire;

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Place of the receipt in the first and in the second file, from 1; nothing in neither for the
    /// header, the footer and the bytes around the records.
    pub receipts: (Option<usize>, Option<usize>),
    /// Whose receipt it is: month and name, as far as they can be read.
    pub whose: String,
    /// What differs.
    pub what: What,
}

/// What differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The receipt stands in one of the files only.
    Receipt,
    /// A record stands in one of the files only.
    Record {
        /// Record id.
        record: String,
        /// Line in the first or in the second file, from 1.
        lines: (Option<usize>, Option<usize>),
        /// The record.
        text: String,
    },
    /// A field.
    Field {
        /// Record id.
        record: String,
        /// Lines, from 1.
        lines: (usize, usize),
        /// Field number, from 1.
        field: usize,
        /// 項目名
        name_ja: String,
        /// Text in the first file.
        before: String,
        /// Text in the second.
        after: String,
    },
    /// The line ends or what stands behind the last record.
    Frame,
}

/// All differences, in the order of the second file; what is only in the first stands last.
#[must_use]
pub fn files(before: &ClaimFile, after: &ClaimFile) -> Vec<Difference> {
    let mut differences = Vec::new();
    let outside = |file| Side {
        edition: edition_of(file, None),
        records: outside(file),
    };
    let whole = Pair {
        receipts: (None, None),
        whose: String::new(),
    };
    whole.compare(&outside(before), &outside(after), &mut differences);

    let old: Vec<Receipt<'_>> = before.receipts().collect();
    let new: Vec<Receipt<'_>> = after.receipts().collect();
    let (matches, gone) = matched(&old, &new);
    for (n, (receipt, found)) in new.iter().zip(&matches).enumerate() {
        let pair = Pair {
            receipts: (found.map(|at| at + 1), Some(n + 1)),
            whose: whose(receipt),
        };
        let Some(earlier) = found.and_then(|at| old.get(at)) else {
            differences.push(pair.differs(What::Receipt));
            continue;
        };
        let side = |file, receipt: &Receipt<'_>| edition_of(file, Some(receipt));
        pair.compare(
            &Side {
                edition: side(before, earlier),
                records: earlier.records().collect(),
            },
            &Side {
                edition: side(after, receipt),
                records: receipt.records().collect(),
            },
            &mut differences,
        );
    }
    for (n, (receipt, gone)) in old.iter().zip(gone).enumerate() {
        if gone {
            let pair = Pair {
                receipts: (Some(n + 1), None),
                whose: whose(receipt),
            };
            differences.push(pair.differs(What::Receipt));
        }
    }
    let ends = |file: &ClaimFile| {
        let mut ends: Vec<_> = file.records().map(RecordRef::separator).collect();
        ends.dedup();
        (ends, file.tail().to_vec())
    };
    if ends(before) != ends(after) {
        differences.push(whole.differs(What::Frame));
    }
    differences
}

/// Records of one receipt, or those outside of receipts, with their indexes.
struct Side<'a> {
    edition: &'static Edition,
    records: Vec<(usize, RecordRef<'a>)>,
}

struct Pair {
    receipts: (Option<usize>, Option<usize>),
    whose: String,
}

/// The earlier receipt of each later one: first whose it is in every respect, then whoever the product
/// says it is, then the one of the same number and month, whose name or birth date was corrected. And
/// which of the earlier ones are nobody's.
fn matched(old: &[Receipt<'_>], new: &[Receipt<'_>]) -> (Vec<Option<usize>>, Vec<bool>) {
    let mut matches = vec![None; new.len()];
    let mut free: Vec<bool> = vec![true; old.len()];
    for key in [whole_key, product_key, number_key] {
        let mut earlier: BTreeMap<Vec<Vec<u8>>, Vec<usize>> = BTreeMap::new();
        for (n, receipt) in old.iter().enumerate().rev() {
            if free.get(n) == Some(&true)
                && let Some(key) = key(receipt)
            {
                earlier.entry(key).or_default().push(n);
            }
        }
        for (receipt, slot) in new.iter().zip(&mut matches) {
            if slot.is_none()
                && let Some(n) = key(receipt).and_then(|key| earlier.get_mut(&key)?.pop())
            {
                *slot = Some(n);
                if let Some(free) = free.get_mut(n) {
                    *free = false;
                }
            }
        }
    }
    (matches, free)
}

/// Fields of RE as bytes, readable or not; nothing when one of them is empty.
fn fields(receipt: &Receipt<'_>, numbers: &[usize]) -> Option<Vec<Vec<u8>>> {
    let (_, re) = receipt.records().next()?;
    numbers
        .iter()
        .map(|field| {
            re.raw(*field)
                .filter(|raw| !raw.is_empty())
                .map(<[u8]>::to_vec)
        })
        .collect()
}

fn whole_key(receipt: &Receipt<'_>) -> Option<Vec<Vec<u8>>> {
    let at = ReFields::of(receipt.trade());
    let (_, re) = receipt.records().next()?;
    let fields = [4, at.name, at.birth, at.person_key];
    Some(
        fields
            .map(|field| re.raw(field).unwrap_or_default().to_vec())
            .to_vec(),
    )
}

fn product_key(receipt: &Receipt<'_>) -> Option<Vec<Vec<u8>>> {
    fields(receipt, &[4, ReFields::of(receipt.trade()).person_key])
}

fn number_key(receipt: &Receipt<'_>) -> Option<Vec<Vec<u8>>> {
    fields(receipt, &[4, 2])
}

fn whose(receipt: &Receipt<'_>) -> String {
    let month = receipt.service_month().map(|month| month.to_string());
    let name = receipt.name().map(|name| name.to_string());
    format!(
        "{} {}",
        month.unwrap_or_else(|_| "？".to_owned()),
        name.unwrap_or_else(|_| "？".to_owned())
    )
}

fn edition_of(file: &ClaimFile, receipt: Option<&Receipt<'_>>) -> &'static Edition {
    let month = receipt.and_then(|receipt| receipt.service_month().ok());
    match month {
        Some(month) => Editions::known().of(file.trade(), month),
        None => Editions::known().newest(file.trade()),
    }
}

fn outside(file: &ClaimFile) -> Vec<(usize, RecordRef<'_>)> {
    file.parts()
        .filter_map(|part| match part {
            crate::receipt::Part::Outside(index, record) => Some((index, record)),
            crate::receipt::Part::Receipt(_) => None,
        })
        .collect()
}

impl Pair {
    fn differs(&self, what: What) -> Difference {
        Difference {
            receipts: self.receipts,
            whose: self.whose.clone(),
            what,
        }
    }

    fn compare(&self, before: &Side<'_>, after: &Side<'_>, to: &mut Vec<Difference>) {
        // Records are first matched by their bytes; what differs then, by its id in order.
        let bytes = |side: &Side<'_>| -> Vec<Vec<u8>> {
            let records = side.records.iter();
            records.map(|(_, record)| record.bytes().to_vec()).collect()
        };
        let ops = capture_diff_slices(Algorithm::Myers, &bytes(before), &bytes(after));
        let (mut old, mut new) = (Vec::new(), Vec::new());
        for op in ops {
            if let DiffOp::Equal { .. } = op {
                self.changed(before, after, &mut old, &mut new, to);
                continue;
            }
            old.extend(op.old_range());
            new.extend(op.new_range());
        }
        self.changed(before, after, &mut old, &mut new, to);
    }

    /// A run of records that differ.
    fn changed(
        &self,
        before: &Side<'_>,
        after: &Side<'_>,
        old: &mut Vec<usize>,
        new: &mut Vec<usize>,
        to: &mut Vec<Difference>,
    ) {
        let mut old: Vec<_> = old
            .drain(..)
            .filter_map(|at| before.records.get(at).copied())
            .collect();
        for at in new.drain(..) {
            let Some((index, record)) = after.records.get(at).copied() else {
                continue;
            };
            match old.iter().position(|(_, other)| other.id() == record.id()) {
                Some(at) => {
                    let (earlier_index, earlier) = old.remove(at);
                    self.fields(after.edition, (earlier_index, earlier), (index, record), to);
                }
                None => to.push(self.differs(What::Record {
                    record: record.id().to_owned(),
                    lines: (None, Some(index + 1)),
                    text: repertoire::shown(record.bytes()).into_owned(),
                })),
            }
        }
        for (index, record) in old {
            to.push(self.differs(What::Record {
                record: record.id().to_owned(),
                lines: (Some(index + 1), None),
                text: repertoire::shown(record.bytes()).into_owned(),
            }));
        }
    }

    fn fields(
        &self,
        edition: &Edition,
        (old_index, old): (usize, RecordRef<'_>),
        (new_index, new): (usize, RecordRef<'_>),
        to: &mut Vec<Difference>,
    ) {
        let count = old.field_count().max(new.field_count());
        let (mut left, mut right) = (old.fields(), new.fields());
        for field in 1..=count {
            let (before, after) = (left.next(), right.next());
            if before == after {
                continue;
            }
            let name = edition.field(new.id(), field).map(|spec| spec.name.clone());
            to.push(
                self.differs(What::Field {
                    record: new.id().to_owned(),
                    lines: (old_index + 1, new_index + 1),
                    field,
                    name_ja: name.unwrap_or_default(),
                    before: before
                        .map(repertoire::shown)
                        .unwrap_or_default()
                        .into_owned(),
                    after: after
                        .map(repertoire::shown)
                        .unwrap_or_default()
                        .into_owned(),
                }),
            );
        }
    }
}
