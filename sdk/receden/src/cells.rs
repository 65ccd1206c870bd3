use crate::record::RecordRef;

/// Fields of the longest record of any edition (TO of 医科).
const MOST: usize = 48;

/// The fields of one record, found once. Kept and filled again for the next record.
#[derive(Debug)]
pub(crate) struct Cells<'a> {
    body: &'a [u8],
    /// Where each field ends; fields beyond the longest record are only counted.
    ends: [usize; MOST],
    count: usize,
    /// All bytes are printable ASCII.
    plain: bool,
    quoted: bool,
}

impl<'a> Cells<'a> {
    pub(crate) fn new() -> Self {
        Self {
            body: &[],
            ends: [0; MOST],
            count: 0,
            plain: true,
            quoted: false,
        }
    }

    pub(crate) fn fill(&mut self, record: RecordRef<'a>) {
        self.body = record.bytes();
        let (mut count, mut strange, mut quoted) = (0, false, false);
        for (at, byte) in self.body.iter().enumerate() {
            // Written for every byte, counted for a comma: no branch to guess.
            if let Some(slot) = self.ends.get_mut(count) {
                *slot = at;
            }
            count += usize::from(*byte == b',');
            strange |= !(0x20..=0x7E).contains(byte);
            quoted |= *byte == b'"';
        }
        if let Some(slot) = self.ends.get_mut(count) {
            *slot = self.body.len();
        }
        self.count = count + 1;
        self.plain = !strange;
        self.quoted = quoted;
    }

    /// Whether a quotation mark stands in the record.
    pub(crate) fn quoted(&self) -> bool {
        self.quoted
    }

    /// Whether all bytes of the record are printable ASCII.
    pub(crate) fn plain(&self) -> bool {
        self.plain
    }

    /// The fields in order, as far as the longest record of any edition goes.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &'a [u8]> {
        let body = self.body;
        let mut start = 0;
        self.ends.iter().take(self.count).map(move |end| {
            let field = body.get(start..*end).unwrap_or_default();
            start = end + 1;
            field
        })
    }

    /// Number of fields of the record.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// A field counted from 1; empty when the record is shorter.
    pub(crate) fn raw(&self, field: usize) -> &'a [u8] {
        let at = |n: usize| self.ends.get(n).copied().filter(|_| n < self.count);
        let start = match field.checked_sub(2) {
            None => Some(0),
            Some(before) => at(before).map(|end| end + 1),
        };
        match (start, field.checked_sub(1).and_then(at)) {
            (Some(start), Some(end)) => self.body.get(start..end).unwrap_or_default(),
            _ => &[],
        }
    }
}
