//! The bytes of a file in leaves: short runs of whole records, cut in front of receipts, so that no
//! receipt lies across two of them and an edit moves few bytes.

use std::ops::Range;

use crate::record::{Lines, RecordRef};

/// Bytes of a leaf, as near as the next receipt lets it be.
const SIZE: usize = 1 << 16;

/// How a receipt begins inside a file.
const RECEIPT: &[u8] = b"\nRE,";

/// A run of whole records. Only the file's last one may end without a line end.
#[derive(Debug, Clone)]
pub(crate) struct Leaf {
    bytes: Vec<u8>,
    records: usize,
}

impl Leaf {
    fn new(bytes: Vec<u8>) -> Self {
        let ends = memchr::memchr_iter(b'\n', &bytes).count();
        let open = usize::from(bytes.last().is_some_and(|byte| *byte != b'\n'));
        Self {
            bytes,
            records: ends + open,
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Number of records.
    pub(crate) fn records(&self) -> usize {
        self.records
    }
}

/// Where a record begins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spot {
    pub(crate) leaf: usize,
    /// Byte in the leaf.
    pub(crate) at: usize,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Leaves(Vec<Leaf>);

/// Where the bytes are cut is of no meaning.
impl PartialEq for Leaves {
    fn eq(&self, other: &Self) -> bool {
        let bytes = |leaves: &Self| leaves.0.iter().map(|leaf| leaf.bytes.len()).sum::<usize>();
        bytes(self) == bytes(other)
            && self
                .iter()
                .flat_map(Leaf::bytes)
                .eq(other.iter().flat_map(Leaf::bytes))
    }
}

impl Leaves {
    pub(crate) fn of(mut bytes: &[u8]) -> Self {
        let mut leaves = Self::default();
        while let Some((leaf, rest)) = cut(bytes, SIZE).and_then(|at| bytes.split_at_checked(at)) {
            leaves.0.push(Leaf::new(leaf.to_vec()));
            bytes = rest;
        }
        leaves.push(bytes.to_vec());
        leaves
    }

    /// Appends what is left of a file.
    pub(crate) fn push(&mut self, bytes: Vec<u8>) {
        if !bytes.is_empty() {
            let mut bytes = bytes;
            bytes.shrink_to_fit();
            self.0.push(Leaf::new(bytes));
        }
    }

    /// Takes all leaves that are whole off the front of `pending`.
    pub(crate) fn take_whole(&mut self, pending: &mut Vec<u8>) {
        // Nothing that was searched before is searched again but its last bytes.
        let mut from = 0;
        while let Some(at) = pending.get(from..).and_then(|rest| cut(rest, SIZE)) {
            let leaf = pending.get(from..from + at).unwrap_or_default();
            self.0.push(Leaf::new(leaf.to_vec()));
            from += at;
        }
        pending.drain(..from);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn get(&self, n: usize) -> Option<&Leaf> {
        self.0.get(n)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Leaf> + Clone {
        self.0.iter()
    }

    /// Where the record of an index stands.
    pub(crate) fn locate(&self, index: usize) -> Option<(Spot, RecordRef<'_>)> {
        let mut rest = index;
        for (n, leaf) in self.0.iter().enumerate() {
            if rest >= leaf.records {
                rest -= leaf.records;
                continue;
            }
            let at = match rest.checked_sub(1) {
                None => 0,
                Some(before) => memchr::memchr_iter(b'\n', &leaf.bytes).nth(before)? + 1,
            };
            let record = Lines::of(leaf.bytes.get(at..)?).next()?;
            return Some((Spot { leaf: n, at }, record));
        }
        None
    }

    /// Behind the last record: leaf and byte.
    pub(crate) fn end(&self) -> (usize, usize) {
        let last = self.0.len().saturating_sub(1);
        (last, self.0.get(last).map_or(0, |leaf| leaf.bytes.len()))
    }

    /// Puts other bytes in the place of a range of one leaf. Both must be whole records or lie inside
    /// of one.
    pub(crate) fn splice(&mut self, leaf: usize, range: Range<usize>, with: &[u8]) {
        if self.0.is_empty() {
            self.0.push(Leaf::new(Vec::new()));
        }
        // A receipt must not lie across two leaves: what no longer begins with one, or is put
        // before the one it begins with, belongs to the leaf before.
        let first = if range.start == 0 {
            leaf.saturating_sub(1)
        } else {
            leaf
        };
        let mut bytes = Vec::new();
        let mut shift = 0;
        for (n, part) in self.0.iter().enumerate().take(leaf + 1).skip(first) {
            if n == leaf {
                shift = bytes.len();
            }
            bytes.extend_from_slice(&part.bytes);
        }
        bytes.splice(range.start + shift..range.end + shift, with.iter().copied());
        let parts = Self::of(&bytes).0;
        self.0.splice(first..leaf + 1, parts);
    }
}

/// Where to cut bytes in front of a receipt, not before `size`; `None` when they are not long enough.
fn cut(bytes: &[u8], size: usize) -> Option<usize> {
    let found = memchr::memmem::find(bytes.get(size..)?, RECEIPT)?;
    Some(size + found + 1)
}
