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
}

impl<'a> Cells<'a> {
    pub(crate) fn new() -> Self {
        Self {
            body: &[],
            ends: [0; MOST],
            count: 0,
            plain: true,
        }
    }

    pub(crate) fn fill(&mut self, record: RecordRef<'a>) {
        self.body = record.bytes();
        self.count = 0;
        self.plain = self.body.iter().all(|byte| (0x20..=0x7E).contains(byte));
        for at in memchr::memchr_iter(b',', self.body) {
            self.end(at);
        }
        self.end(self.body.len());
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

    fn end(&mut self, at: usize) {
        if let Some(slot) = self.ends.get_mut(self.count) {
            *slot = at;
        }
        self.count += 1;
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

    /// A field of half-width text; `None` when empty, missing or not ASCII.
    pub(crate) fn ascii(&self, field: usize) -> Option<&'a str> {
        let raw = self.raw(field);
        (!raw.is_empty() && raw.is_ascii())
            .then(|| std::str::from_utf8(raw).ok())
            .flatten()
    }
}
