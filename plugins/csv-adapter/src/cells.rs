//! A CSV file as the cells it is made of, byte for byte.
//!
//! A register belongs to the product. Whoever reads it with a CSV library and writes it again
//! changes quotes, line endings and blank lines that nobody asked to change, and some products
//! refuse such a file. So this module keeps every byte: a cell is the raw text between two
//! separators, and writing puts the same bytes back. Only a cell that is set gets new bytes.
//!
//! Comma, quote, CR and LF never occur inside a two-byte character of Shift_JIS (trail bytes are
//! 0x40 and above) nor of UTF-8, so cells are cut before anything is decoded.

use std::ops::Range;

/// What cannot be cut into cells.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CellsError {
    /// A quote that opens a cell is never closed.
    #[error("the quote opened on line {line} is never closed")]
    UnclosedQuote {
        /// Line of the opening quote, from 1.
        line: u32,
    },
    /// Text stands behind the quote that closes a cell: most often a quote is missing before it,
    /// and rows would silently be swallowed.
    #[error("line {line}: text stands behind a closing quote")]
    TextBehindQuote {
        /// Line of the closing quote, from 1.
        line: u32,
    },
}

/// Which cells are written in quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quoting {
    /// As the cell was; a cell that was empty, and a cell of a new row, as the others of its column are.
    AsFound,
    /// Every cell that is set.
    Always,
    /// Only cells that need it.
    WhenNeeded,
}

/// The whole file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cells {
    /// A byte order mark, kept.
    mark: Vec<u8>,
    rows: Vec<Row>,
    /// What stands behind the last row: the EOF byte 0x1A of old products, or nothing.
    tail: Vec<u8>,
}

/// One record. It may span several lines when a quoted cell holds a line break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    cells: Vec<Vec<u8>>,
    /// `\r\n`, `\n`, `\r`, or nothing behind the last row.
    ending: Vec<u8>,
    /// Line where the row began when the file was read, from 1; absent for a new row.
    line: Option<u32>,
}

const MARK: &[u8] = b"\xEF\xBB\xBF";
const EOF: u8 = 0x1A;

impl Cells {
    /// Cuts bytes into rows and cells.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, CellsError> {
        let (mark, rest) = match bytes.strip_prefix(MARK) {
            Some(rest) => (MARK.to_vec(), rest),
            None => (Vec::new(), bytes),
        };
        let end = rest
            .iter()
            .rposition(|byte| *byte != EOF)
            .map_or(0, |last| last + 1);
        let (body, tail) = rest.split_at_checked(end).unwrap_or((rest, &[]));
        let mut rows = Vec::new();
        let mut cutter = Cutter {
            bytes: body,
            at: 0,
            line: 1,
        };
        while cutter.at < body.len() {
            rows.push(cutter.row()?);
        }
        Ok(Self {
            mark,
            rows,
            tail: tail.to_vec(),
        })
    }

    /// The bytes of the file.
    pub(crate) fn write(&self) -> Vec<u8> {
        let mut bytes = self.mark.clone();
        for row in &self.rows {
            for (index, cell) in row.cells.iter().enumerate() {
                if index > 0 {
                    bytes.push(b',');
                }
                bytes.extend_from_slice(cell);
            }
            bytes.extend_from_slice(&row.ending);
        }
        bytes.extend_from_slice(&self.tail);
        bytes
    }

    /// The rows, blank ones included.
    pub(crate) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Whether the file ends within a row: the last one has no line end and fewer cells than there
    /// are titles.
    pub(crate) fn is_cut_off(&self, width: usize) -> bool {
        let last = self.rows.iter().rev().find(|row| !row.is_blank());
        last.is_some_and(|row| row.ending.is_empty() && row.cells.len() < width)
            && self.tail.is_empty()
    }

    /// Replaces the content of one cell. Cells that the row does not have are added, because
    /// products leave out empty cells at the end of a row. Returns the place in the row, or
    /// `None` when there is no such row.
    pub(crate) fn set(
        &mut self,
        row: usize,
        column: usize,
        value: &[u8],
        quoting: Quoting,
    ) -> Option<()> {
        let quoted = match quoting {
            Quoting::Always => true,
            Quoting::WhenNeeded => false,
            Quoting::AsFound => {
                let found = self.rows.get(row)?.cells.get(column);
                match found {
                    Some(cell) if !cell.is_empty() => is_quoted(cell),
                    _ => self.habit(column),
                }
            }
        };
        let cells = &mut self.rows.get_mut(row)?.cells;
        if cells.len() <= column {
            cells.resize(column + 1, Vec::new());
        }
        *cells.get_mut(column)? = raw(value, quoted);
        Some(())
    }

    /// Puts a new row at a place, its cells in the style of their columns. The file's line
    /// ending is used; a file without one behind its last row stays so.
    pub(crate) fn insert(&mut self, at: usize, values: &[Vec<u8>], quoting: Quoting) {
        let at = at.min(self.rows.len());
        let cells = values
            .iter()
            .enumerate()
            .map(|(column, value)| {
                let quoted = match quoting {
                    Quoting::Always => true,
                    Quoting::WhenNeeded => false,
                    Quoting::AsFound => self.habit_of_data(column, value.is_empty()),
                };
                raw(value, quoted)
            })
            .collect();
        let usual = self
            .rows
            .first()
            .map(|row| row.ending.clone())
            .filter(|ending| !ending.is_empty())
            .unwrap_or_else(|| b"\r\n".to_vec());
        let mut ending = usual.clone();
        if at == self.rows.len()
            && let Some(last) = self.rows.last_mut()
            && last.ending.is_empty()
        {
            last.ending = usual;
            ending = Vec::new();
        }
        self.rows.insert(
            at,
            Row {
                cells,
                ending,
                line: None,
            },
        );
    }

    /// Whether filled cells of a column stand in quotes: what the last filled one does.
    fn habit(&self, column: usize) -> bool {
        self.habit_of_data(column, false)
    }

    /// The same, or for empty cells: whether empty cells stand in quotes.
    fn habit_of_data(&self, column: usize, empty: bool) -> bool {
        let cells = || {
            self.rows
                .iter()
                .skip(1)
                .rev()
                .filter_map(|row| row.cells.get(column))
        };
        let same_kind = cells().find(|cell| content(cell).is_empty() == empty);
        same_kind
            .or_else(|| cells().next())
            .is_some_and(|cell| is_quoted(cell))
    }
}

impl Row {
    /// What the cell says, without quotes. A cell the row does not have is empty.
    pub(crate) fn content(&self, column: usize) -> Vec<u8> {
        self.cells
            .get(column)
            .map(|cell| content(cell))
            .unwrap_or_default()
    }

    /// Number of cells.
    pub(crate) fn len(&self) -> usize {
        self.cells.len()
    }

    /// Line where the row began when the file was read; absent for a new row.
    pub(crate) fn line(&self) -> Option<u32> {
        self.line
    }

    /// Whether the row is a blank line.
    pub(crate) fn is_blank(&self) -> bool {
        self.cells
            .iter()
            .all(|cell| cell.iter().all(u8::is_ascii_whitespace))
            && self.cells.len() <= 1
    }
}

fn is_quoted(cell: &[u8]) -> bool {
    cell.first() == Some(&b'"')
}

/// The content of a raw cell.
fn content(cell: &[u8]) -> Vec<u8> {
    let Some(inner) = cell.strip_prefix(b"\"") else {
        return cell.to_vec();
    };
    let mut content = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter().peekable();
    while let Some(byte) = bytes.next() {
        if *byte == b'"' {
            if bytes.next_if(|next| **next == b'"').is_some() {
                content.push(b'"');
            } else {
                // The closing quote: reading let nothing stand behind it.
                break;
            }
        } else {
            content.push(*byte);
        }
    }
    content
}

/// The raw cell of a content.
fn raw(content: &[u8], quoted: bool) -> Vec<u8> {
    let needed = content
        .iter()
        .any(|byte| matches!(byte, b',' | b'"' | b'\r' | b'\n'));
    if !quoted && !needed {
        return content.to_vec();
    }
    let mut cell = vec![b'"'];
    for byte in content {
        if *byte == b'"' {
            cell.push(b'"');
        }
        cell.push(*byte);
    }
    cell.push(b'"');
    cell
}

struct Cutter<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u32,
}

impl Cutter<'_> {
    fn row(&mut self) -> Result<Row, CellsError> {
        let line = self.line;
        let mut cells = Vec::new();
        loop {
            let range = self.cell()?;
            cells.push(self.bytes.get(range).unwrap_or_default().to_vec());
            if self.peek() == Some(b',') {
                self.at += 1;
            } else {
                break;
            }
        }
        let start = self.at;
        if self.peek() == Some(b'\r') {
            self.at += 1;
        }
        if self.peek() == Some(b'\n') {
            self.at += 1;
        }
        let ending = self.bytes.get(start..self.at).unwrap_or_default().to_vec();
        self.line = self.line.saturating_add(1);
        Ok(Row {
            cells,
            ending,
            line: Some(line),
        })
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn cell(&mut self) -> Result<Range<usize>, CellsError> {
        let start = self.at;
        if self.peek() == Some(b'"') {
            let line = self.line;
            self.at += 1;
            loop {
                match self.peek() {
                    None => return Err(CellsError::UnclosedQuote { line }),
                    Some(b'"') => {
                        self.at += 1;
                        if self.peek() != Some(b'"') {
                            break;
                        }
                    }
                    Some(b'\n') => self.line = self.line.saturating_add(1),
                    Some(_) => {}
                }
                self.at += 1;
            }
            return match self.peek() {
                None | Some(b',' | b'\r' | b'\n') => Ok(start..self.at),
                Some(_) => Err(CellsError::TextBehindQuote { line: self.line }),
            };
        }
        while !matches!(self.peek(), None | Some(b',' | b'\r' | b'\n')) {
            self.at += 1;
        }
        Ok(start..self.at)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).unwrap()
    }

    proptest! {
        #[test]
        fn writing_gives_the_bytes_that_were_read(bytes in "[a\", \r\n]{0,40}\u{1A}{0,2}") {
            if let Ok(cells) = Cells::read(bytes.as_bytes()) {
                prop_assert_eq!(text(cells.write()), bytes);
            }
        }

        #[test]
        fn no_bytes_make_reading_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            if let Ok(cells) = Cells::read(&bytes) {
                prop_assert_eq!(cells.write(), bytes);
            }
        }

        #[test]
        fn a_cell_that_is_set_says_what_was_set_and_the_others_what_they_said(
            value in "[a\",\r\n]{0,8}", quoting in prop_oneof![
                Just(Quoting::AsFound), Just(Quoting::Always), Just(Quoting::WhenNeeded)],
            row in 0usize..3, column in 0usize..3,
        ) {
            let mut cells = Cells::read(b"a,\"b\",c\r\n1,\"\",3\r\n\"x\",y,\"z\"").unwrap();
            let before = cells.clone();
            cells.set(row, column, value.as_bytes(), quoting).unwrap();
            let back = Cells::read(&cells.write()).unwrap();
            for r in 0..3 {
                for c in 0..3 {
                    let said = back.rows()[r].content(c);
                    if (r, c) == (row, column) {
                        prop_assert_eq!(said, value.as_bytes());
                    } else {
                        prop_assert_eq!(said, before.rows()[r].content(c));
                    }
                }
            }
        }
    }

    #[test]
    fn a_set_cell_keeps_its_quotes_and_an_empty_one_follows_its_column() {
        let mut cells = Cells::read(b"h,h,h\r\n\"a\",b,\r\n\"c\",d,\"e\"\r\n").unwrap();
        cells.set(1, 0, b"x", Quoting::AsFound).unwrap();
        cells.set(1, 1, b"y", Quoting::AsFound).unwrap();
        cells.set(1, 2, b"z", Quoting::AsFound).unwrap();
        assert_eq!(
            text(cells.write()),
            "h,h,h\r\n\"x\",y,\"z\"\r\n\"c\",d,\"e\"\r\n"
        );
    }

    #[test]
    fn a_new_row_looks_like_the_others_and_the_end_of_the_file_stays_as_it_was() {
        for (before, after) in [
            ("h,h\n\"a\",1\n", "h,h\n\"a\",1\n\"b\",2\n"),
            ("h,h\r\n\"a\",1", "h,h\r\n\"a\",1\r\n\"b\",2"),
            (
                "h,h\r\na,\"1\"\r\n\u{1A}",
                "h,h\r\na,\"1\"\r\nb,\"2\"\r\n\u{1A}",
            ),
        ] {
            let mut cells = Cells::read(before.as_bytes()).unwrap();
            let end = cells.rows().len();
            cells.insert(end, &[b"b".to_vec(), b"2".to_vec()], Quoting::AsFound);
            assert_eq!(text(cells.write()), after);
        }
    }

    #[test]
    fn a_quoted_cell_may_hold_separators_and_lines_are_counted_through_it() {
        let cells = Cells::read(b"\"a\r\nb,\"\"c\"\"\",d\r\n\r\ne\r\n").unwrap();
        assert_eq!(text(cells.rows()[0].content(0)), "a\r\nb,\"c\"");
        assert!(cells.rows()[1].is_blank());
        assert_eq!(cells.rows()[2].line(), Some(4));
        assert_eq!(
            Cells::read(b"a\r\n\"b\r\n"),
            Err(CellsError::UnclosedQuote { line: 2 })
        );
        assert_eq!(
            Cells::read(b"a,\"b\r\nc,\"d\"\r\n"),
            Err(CellsError::TextBehindQuote { line: 2 })
        );
    }
}
