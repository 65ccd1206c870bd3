use crate::record::RecordRef;

/// Fields of the longest record of any edition (TO of 医科).
pub(crate) const MOST: usize = 48;

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
        self.count = 0;
        let (mut strange, mut quoted) = (0, 0);
        let mut words = self.body.chunks_exact(8);
        let mut start = 0;
        for word in words.by_ref() {
            let word = Word::of(word);
            strange |= word.strange();
            quoted |= word.holding(b'"');
            self.ends_in(word, start);
            start += 8;
        }
        // The rest, filled up with blanks.
        let mut last = [b' '; 8];
        for (slot, byte) in last.iter_mut().zip(words.remainder()) {
            *slot = *byte;
        }
        let word = Word::of(&last);
        self.ends_in(word, start);
        self.end(self.body.len());
        self.plain = strange | word.strange() == 0;
        self.quoted = quoted | word.holding(b'"') != 0;
    }

    fn ends_in(&mut self, word: Word, start: usize) {
        let mut commas = word.holding(b',');
        while commas != 0 {
            self.end(start + (commas.trailing_zeros() / 8) as usize);
            commas &= commas - 1;
        }
    }

    fn end(&mut self, at: usize) {
        if let Some(slot) = self.ends.get_mut(self.count) {
            *slot = at;
        }
        self.count += 1;
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

/// Eight bytes looked at together. The answers have the highest bit of each byte set that is meant.
#[derive(Debug, Clone, Copy)]
struct Word(u64);

impl Word {
    const LOW: u64 = u64::from_ne_bytes([0x7F; 8]);
    const HIGH: u64 = !Self::LOW;

    fn of(bytes: &[u8]) -> Self {
        Self(bytes.try_into().map_or(0, u64::from_le_bytes))
    }

    /// Bytes that are this one.
    fn holding(self, byte: u8) -> u64 {
        let differing = self.0 ^ u64::from_ne_bytes([byte; 8]);
        !(((differing & Self::LOW) + Self::LOW) | differing) & Self::HIGH
    }

    /// Bytes that are not printable ASCII (0x20–0x7E).
    fn strange(self) -> u64 {
        let low = self.0 & Self::LOW;
        let from_blank = low + u64::from_ne_bytes([0x60; 8]);
        let is_delete = low + u64::from_ne_bytes([0x01; 8]);
        (self.0 | !from_blank | is_delete) & Self::HIGH
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::Lines;

    proptest! {
        #[test]
        fn fields_are_what_lies_between_commas(body in "[ -~\u{7f}\u{1}\t]{0,60}|[,a]{0,200}") {
            let bytes = body.as_bytes();
            if bytes.is_empty() { return Ok(()) }
            let record = Lines::of(bytes).next().unwrap();
            let mut cells = Cells::new();
            cells.fill(record);
            let fields: Vec<&[u8]> = bytes.split(|b| *b == b',').collect();
            prop_assert_eq!(cells.count(), fields.len());
            prop_assert!(cells.iter().eq(fields.iter().take(MOST).copied()));
            for (number, field) in (1..=MOST).zip(&fields) {
                prop_assert_eq!(cells.raw(number), *field);
            }
            prop_assert_eq!(cells.raw(fields.len() + 1), b"");
            prop_assert_eq!(cells.quoted(), bytes.contains(&b'"'));
            prop_assert_eq!(cells.plain(), bytes.iter().all(|b| (0x20..=0x7E).contains(b)));
        }

        #[test]
        fn every_byte_is_seen_for_what_it_is(bytes in any::<[u8; 8]>(), wanted in any::<u8>()) {
            let word = Word::of(&bytes);
            for (n, byte) in bytes.iter().enumerate() {
                let bit = 0x80 << (8 * n);
                prop_assert_eq!(word.holding(wanted) & bit != 0, *byte == wanted);
                prop_assert_eq!(word.strange() & bit != 0, !(0x20..=0x7E).contains(byte));
            }
        }
    }
}
