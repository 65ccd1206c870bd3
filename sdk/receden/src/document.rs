use std::io::Read;

use reseplug_model::{Month, Payer, StationCode};
use thiserror::Error;

use crate::edition::{Edition, Trade};
use crate::leaves::{Leaf, Leaves};
use crate::receipt::{Header, Part, Parts, Receipt};
use crate::record::{Lines, Record, RecordRef, Separator, WriteError};
use crate::repertoire;

/// The end-of-file byte behind the last record.
pub const EOF: u8 = 0x1A;

/// Why bytes are not a claim file at all. Everything short of this is kept and judged by
/// [`check`](mod@crate::check).
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReadError {
    /// Nothing to read.
    #[error("the file is empty")]
    Empty,
    /// The source failed while it was read.
    #[error("the file cannot be read: {0}")]
    Io(std::io::ErrorKind),
    /// The text is in another encoding. レセ電 is Shift_JIS.
    #[error(
        "the file is written in {encoding}, a claim file is Shift_JIS: have the product write it again (first seen at line {line}, byte {byte})"
    )]
    Encoding {
        /// What it seems to be: `UTF-8`, `UTF-16`, `ISO-2022-JP`.
        encoding: &'static str,
        /// Line of the first telling byte, from 1.
        line: usize,
        /// The first telling byte, from 0.
        byte: usize,
    },
    /// A claim file of another trade (医科, 歯科 …).
    #[error("the file begins with a `{id}` record: {trade}, not 訪問看護 (which begins with HM)")]
    OtherTrade {
        /// Id of the first record.
        id: String,
        /// Which trade writes that.
        trade: &'static str,
    },
    /// No レセ電.
    #[error(
        "the file is not レセ電: line 1 begins with {found:?}, a claim file begins with the record HM"
    )]
    NotReceden {
        /// The first bytes as far as they can be shown.
        found: String,
    },
}

impl ReadError {
    /// Stable word for machines: the last part of a fault code.
    #[must_use]
    pub fn what(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Io(_) => "unreadable",
            Self::Encoding { .. } => "wrong-encoding",
            Self::OtherTrade { .. } => "other-trade",
            Self::NotReceden { .. } => "not-a-claim-file",
        }
    }

    /// What happened and what to do, in Japanese, for the station's staff.
    #[must_use]
    pub fn message_ja(&self) -> String {
        match self {
            Self::Empty => {
                "請求データのファイルが空です。レセプトソフトで作り直してください。".to_owned()
            }
            Self::Io(kind) => format!("ファイルを読み取れません（{kind}）。"),
            Self::Encoding { encoding, line, .. } => format!(
                "ファイルの文字コードが{encoding}です（{line}行目）。請求データはShift_JISでなければなりません。レセプトソフトの出力のまま、ほかのソフトで開いて保存し直していないファイルを使ってください。"
            ),
            Self::OtherTrade { id, trade } => format!(
                "このファイルは{trade}のもので、訪問看護の請求データではありません（先頭が{id}レコード）。RECEIPTH.UKEを選んでください。"
            ),
            Self::NotReceden { .. } => "このファイルはレセプト電算の請求データではありません（HMレコードで始まっていません）。RECEIPTH.UKEを選んでください。".to_owned(),
        }
    }
}

/// What stands in the first record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// `HM`, in 医科 `IR`: a claim file (請求データ, RECEIPTH.UKE).
    Claim,
    /// `HH`, in 医科 `HI`: a file of returned receipts (返戻). Its full specification for 訪問看護 is not
    /// published (unconfirmed); records are kept as they are.
    Return,
}

/// The header of a new file (HM 訪問看護ステーション情報).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderFields {
    /// 審査支払機関
    pub payer: Payer,
    /// 都道府県, two digits of 別表2.
    pub prefecture: String,
    /// 訪問看護ステーションコード
    pub station_code: StationCode,
    /// 名称, full width.
    pub name: String,
    /// 請求年月: the month of filing, not of service.
    pub claim_month: Month,
    /// 電話番号
    pub phone: Option<String>,
}

/// A claim file (レセプト電算ファイル), held byte for byte.
///
/// Every byte of the source is kept: record separators, a missing EOF, bytes behind it, unknown
/// records, extra fields. [`to_bytes`](Self::to_bytes) of an unchanged file is the source, and each
/// edit changes only what it names.
///
/// The bytes lie in leaves of some ten thousand bytes, cut in front of receipts, so an edit moves
/// one leaf and not the file, and no record costs memory beyond its bytes.
///
/// ```
/// use receden::ClaimFile;
/// let bytes = b"HM,1,13,6,9999998,ABC,202411,\r\nGO\r\n\x1a";
/// let file = ClaimFile::parse(bytes)?;
/// assert_eq!(file.to_bytes(), bytes);
/// assert_eq!(file.receipts().count(), 0);
/// # Ok::<(), receden::ReadError>(())
/// ```
#[derive(Debug, Clone)]
pub struct ClaimFile {
    leaves: Leaves,
    /// From the EOF byte to the end of the source.
    tail: Vec<u8>,
}

/// Two files are equal when their bytes are.
impl PartialEq for ClaimFile {
    fn eq(&self, other: &Self) -> bool {
        self.tail == other.tail && self.leaves == other.leaves
    }
}

impl Eq for ClaimFile {}

impl ClaimFile {
    /// Reads a file. Only what is no 訪問看護 claim or return file in Shift_JIS at all is an error.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReadError> {
        Self::parse_any(bytes)?.of_nursing()
    }

    /// Like [`parse`](Self::parse), and takes a file of 医科 as well: see [`trade`](Self::trade).
    pub fn parse_any(bytes: &[u8]) -> Result<Self, ReadError> {
        let (body, tail) = at_eof(bytes);
        Self::of_leaves(Leaves::of(body), tail.to_vec())
    }

    fn of_nursing(self) -> Result<Self, ReadError> {
        match self.trade() {
            Trade::Nursing => Ok(self),
            Trade::Medical => Err(ReadError::OtherTrade {
                id: self
                    .record(0)
                    .map(RecordRef::id)
                    .unwrap_or_default()
                    .to_owned(),
                trade: Trade::Medical.name_ja(),
            }),
        }
    }

    /// Reads a file piece by piece: never more memory than the file and one piece. For files too
    /// large to stand in memory twice.
    ///
    /// # Errors
    /// [`ReadError::Io`] when the source fails, else as [`parse`](Self::parse).
    pub fn read(source: impl Read) -> Result<Self, ReadError> {
        Self::read_any(source)?.of_nursing()
    }

    /// Like [`read`](Self::read), and takes a file of 医科 as well: see [`trade`](Self::trade).
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_any(mut source: impl Read) -> Result<Self, ReadError> {
        const PIECE: u64 = 1 << 20;
        let mut leaves = Leaves::default();
        let mut pending = Vec::new();
        loop {
            let from = pending.len();
            // A record without end is taken in ever larger pieces, so that it is searched once.
            let piece = PIECE.max(from as u64 / 4);
            let read = Read::take(&mut source, piece)
                .read_to_end(&mut pending)
                .map_err(|error| ReadError::Io(error.kind()))?;
            let fresh = pending.get(from..).unwrap_or_default();
            if let Some(at) = memchr::memchr(EOF, fresh) {
                let mut tail = pending.split_off(from + at);
                leaves.push(pending);
                source
                    .read_to_end(&mut tail)
                    .map_err(|error| ReadError::Io(error.kind()))?;
                return Self::of_leaves(leaves, tail);
            }
            if read == 0 {
                leaves.push(pending);
                return Self::of_leaves(leaves, Vec::new());
            }
            leaves.take_whole(&mut pending);
        }
    }

    fn of_leaves(leaves: Leaves, tail: Vec<u8>) -> Result<Self, ReadError> {
        if leaves.is_empty() && tail.is_empty() {
            return Err(ReadError::Empty);
        }
        refuse_foreign_encoding(&leaves)?;
        refuse_foreign_content(&leaves)?;
        Ok(Self { leaves, tail })
    }

    /// A new, well-formed file without receipts: header, footer, EOF.
    pub fn new(header: &HeaderFields) -> Result<Self, WriteError> {
        let edition = Edition::r0606();
        let mut fields = vec![
            (2, header.payer.code().to_owned()),
            (3, header.prefecture.clone()),
            (4, "6".to_owned()),
            (5, header.station_code.to_string()),
            (6, header.name.clone()),
            (7, header.claim_month.compact()),
        ];
        fields.extend(header.phone.clone().map(|phone| (8, phone)));
        Ok(Self::of_records(
            &[
                Record::build(edition, "HM", &fields)?,
                Record::build::<&str>(edition, "GO", &[])?,
            ],
            vec![EOF],
        ))
    }

    /// Records without a check of what they are.
    pub(crate) fn of_records(records: &[Record], tail: Vec<u8>) -> Self {
        Self {
            leaves: Leaves::of(&joined(records)),
            tail,
        }
    }

    /// A new file without receipts for another payer, with the same station and month: where
    /// receipts go whose insurer changed between 支払基金 and 国保連. A file without a header gives
    /// `NoSuchRecord`.
    pub fn empty_for(&self, payer: Payer) -> Result<Self, WriteError> {
        let header = self
            .record(0)
            .ok_or(WriteError::NoSuchRecord { index: 0 })?
            .to_record();
        let mut header = header.with_id("HM");
        header.set(2, payer.code())?;
        header.set_separator(Separator::CrLf);
        let footer = Record::build::<&str>(Edition::r0606(), "GO", &[])?;
        Ok(Self::of_records(&[header, footer], vec![EOF]))
    }

    /// The exact bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.len());
        for piece in self.pieces() {
            bytes.extend_from_slice(piece);
        }
        bytes
    }

    /// The exact bytes in pieces, to write them without a second copy.
    pub fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.leaves
            .iter()
            .map(Leaf::bytes)
            .chain(std::iter::once(self.tail.as_slice()))
    }

    /// Size in bytes.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "no file is empty")]
    pub fn len(&self) -> usize {
        self.pieces().map(<[u8]>::len).sum()
    }

    /// Whether this is a claim or a return file.
    #[must_use]
    pub fn kind(&self) -> FileKind {
        match self.record(0).map(RecordRef::id) {
            Some("HH" | "HI") => FileKind::Return,
            _ => FileKind::Claim,
        }
    }

    /// Whose receipts the file holds.
    #[must_use]
    pub fn trade(&self) -> Trade {
        match self.record(0).map(RecordRef::id) {
            Some("IR" | "HI") => Trade::Medical,
            _ => Trade::Nursing,
        }
    }

    /// All records in order; a record's line is its index + 1.
    pub fn records(&self) -> impl Iterator<Item = RecordRef<'_>> {
        self.leaves.iter().flat_map(|leaf| Lines::of(leaf.bytes()))
    }

    /// Number of records.
    #[must_use]
    pub fn record_count(&self) -> usize {
        self.leaves.iter().map(Leaf::records).sum()
    }

    /// One record by its index from 0.
    #[must_use]
    pub fn record(&self, index: usize) -> Option<RecordRef<'_>> {
        self.leaves.locate(index).map(|(_, record)| record)
    }

    /// Position of a record's first byte in the file, from 0.
    #[must_use]
    pub fn byte_of(&self, index: usize) -> Option<usize> {
        let (spot, _) = self.leaves.locate(index)?;
        let before = self.leaves.iter().take(spot.leaf);
        Some(before.map(|leaf| leaf.bytes().len()).sum::<usize>() + spot.at)
    }

    /// From the EOF byte to the end; `[0x1A]` in a well-formed file.
    #[must_use]
    pub fn tail(&self) -> &[u8] {
        &self.tail
    }

    /// The header (HM, in 医科 IR), or that of a return file; `None` when the first record is neither.
    #[must_use]
    pub fn header(&self) -> Option<Header<'_>> {
        self.record(0)
            .filter(|record| matches!(record.id(), "HM" | "HH" | "IR" | "HI"))
            .map(Header::new)
    }

    /// The receipts (明細書) in order: each from its RE to before the next RE or the footer. A history
    /// block of a re-filed receipt (lines beginning `8,`) belongs to the receipt before it.
    pub fn receipts(&self) -> impl Iterator<Item = Receipt<'_>> {
        self.parts().filter_map(|part| match part {
            Part::Receipt(receipt) => Some(receipt),
            Part::Outside(..) => None,
        })
    }

    /// The receipts, and the records outside of them, in order.
    pub(crate) fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        let trade = self.trade();
        self.leaves
            .iter()
            .scan((0, 0), move |(index, byte), leaf| {
                let parts = Parts::of(leaf.bytes(), *index, *byte, trade);
                *index += leaf.records();
                *byte += leaf.bytes().len();
                Some(parts)
            })
            .flatten()
    }

    /// The n-th receipt counted from 0 in file order (not by レセプト番号).
    #[must_use]
    pub fn receipt(&self, n: usize) -> Option<Receipt<'_>> {
        self.receipts().nth(n)
    }

    // ----- edits: each changes only what it names ------------------------------------------

    /// Replaces one field's bytes. Record index from 0, field number from 1.
    pub fn set_field(&mut self, record: usize, field: usize, text: &str) -> Result<(), WriteError> {
        let (spot, old) = self
            .leaves
            .locate(record)
            .ok_or(WriteError::NoSuchRecord { index: record })?;
        let mut new = old.to_record();
        new.set(field, text)?;
        let range = spot.at..spot.at + old.bytes().len();
        self.leaves.splice(spot.leaf, range, new.bytes());
        Ok(())
    }

    /// Puts a record before the one at `index` (at the end when `index` is the number of records).
    /// It takes over the line end of its neighbour.
    pub fn insert_record(&mut self, index: usize, record: Record) -> Result<(), WriteError> {
        self.insert_all(index, vec![record])
    }

    /// Takes a record out.
    pub fn remove_record(&mut self, index: usize) -> Result<Record, WriteError> {
        let (spot, record) = self
            .leaves
            .locate(index)
            .ok_or(WriteError::NoSuchRecord { index })?;
        let taken = record.to_record();
        let range = spot.at..spot.at + record.size();
        self.leaves.splice(spot.leaf, range, &[]);
        Ok(taken)
    }

    /// Takes the n-th receipt (from 0) out and returns its records. レセプト番号 of the others stay:
    /// see [`renumber`](Self::renumber).
    pub fn remove_receipt(&mut self, n: usize) -> Result<Vec<Record>, WriteError> {
        let receipt = self
            .receipt(n)
            .ok_or(WriteError::NoSuchRecord { index: n })?;
        let taken = receipt
            .records()
            .map(|(_, record)| record.to_record())
            .collect();
        let (first, bytes) = (receipt.record_range().start, receipt.bytes().len());
        let (spot, _) = self
            .leaves
            .locate(first)
            .ok_or(WriteError::NoSuchRecord { index: first })?;
        self.leaves.splice(spot.leaf, spot.at..spot.at + bytes, &[]);
        Ok(taken)
    }

    /// Puts a receipt behind the last one, before the footer.
    pub fn append_receipt(&mut self, receipt: Vec<Record>) -> Result<(), WriteError> {
        let at = self
            .records()
            .enumerate()
            .filter(|(_, record)| matches!(record.id(), "GO" | "HG"))
            .last()
            .map_or_else(|| self.record_count(), |(index, _)| index);
        self.insert_all(at, receipt)
    }

    /// Puts other records in the place of the n-th receipt (from 0): one receipt edited, or several
    /// that it was split into.
    pub fn replace_receipt(
        &mut self,
        n: usize,
        receipts: Vec<Vec<Record>>,
    ) -> Result<(), WriteError> {
        let start = self
            .receipt(n)
            .ok_or(WriteError::NoSuchRecord { index: n })?
            .record_range()
            .start;
        self.remove_receipt(n)?;
        self.insert_all(start, receipts.into_iter().flatten().collect())
    }

    /// Numbers the receipts 1, 2, 3 … in file order (RE field 2). Only fields that differ change;
    /// returns how many did.
    pub fn renumber(&mut self) -> Result<usize, WriteError> {
        let mut wrong = Vec::new();
        for (position, receipt) in self.receipts().enumerate() {
            let number = (position + 1).to_string();
            let re = receipt.record_range().start;
            let stands = receipt.records().next().and_then(|(_, re)| re.raw(2));
            if stands != Some(number.as_bytes()) {
                wrong.push((re, number));
            }
        }
        for (re, number) in &wrong {
            self.set_field(*re, 2, number)?;
        }
        Ok(wrong.len())
    }

    /// Ends every record with CR LF and the file with the EOF byte, and drops what stands behind it.
    pub(crate) fn frame_well(&mut self, line_ends: bool, eof: bool) {
        if line_ends {
            let records: Vec<Record> = self
                .records()
                .map(|record| {
                    let mut record = record.to_record();
                    record.set_separator(Separator::CrLf);
                    record
                })
                .collect();
            self.leaves = Leaves::of(&joined(&records));
        }
        if eof {
            self.tail = vec![EOF];
        }
    }

    /// Puts records before the one at `at`, with the line end the file uses.
    fn insert_all(&mut self, at: usize, mut records: Vec<Record>) -> Result<(), WriteError> {
        let usual = self.usual_separator();
        for record in &mut records {
            record.set_separator(usual);
        }
        let mut bytes = joined(&records);
        let (leaf, byte) = match self.leaves.locate(at) {
            Some((spot, _)) => (spot.leaf, spot.at),
            None if at == self.record_count() => {
                // The last record of a file may have no line end: now it needs one.
                if self.records().last().map(RecordRef::separator) == Some(Separator::None) {
                    bytes.splice(0..0, usual.bytes().iter().copied());
                }
                self.leaves.end()
            }
            None => return Err(WriteError::NoSuchRecord { index: at }),
        };
        self.leaves.splice(leaf, byte..byte, &bytes);
        Ok(())
    }

    fn usual_separator(&self) -> Separator {
        match self.record(0).map(RecordRef::separator) {
            Some(Separator::Lf) => Separator::Lf,
            _ => Separator::CrLf,
        }
    }
}

fn joined(records: &[Record]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for record in records {
        bytes.extend_from_slice(record.bytes());
        bytes.extend_from_slice(record.separator().bytes());
    }
    bytes
}

/// What stands before the EOF byte, and the rest.
fn at_eof(bytes: &[u8]) -> (&[u8], &[u8]) {
    memchr::memchr(EOF, bytes)
        .and_then(|at| bytes.split_at_checked(at))
        .unwrap_or((bytes, &[]))
}

fn refuse_foreign_encoding(leaves: &Leaves) -> Result<(), ReadError> {
    // Position in the file of a byte in one of the leaves, and its line.
    let found = |encoding, leaf: usize, at: usize| {
        let before = leaves.iter().take(leaf);
        let byte = before.clone().map(|leaf| leaf.bytes().len()).sum::<usize>() + at;
        let here = leaves.get(leaf).map(Leaf::bytes).unwrap_or_default();
        let lines = memchr::memchr_iter(b'\n', here.get(..at).unwrap_or_default()).count();
        let line = before.map(Leaf::records).sum::<usize>() + lines + 1;
        Err(ReadError::Encoding {
            encoding,
            line,
            byte,
        })
    };
    match leaves.get(0).map(Leaf::bytes).unwrap_or_default() {
        [0xEF, 0xBB, 0xBF, ..] => return found("UTF-8", 0, 0),
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [0, _, ..] | [_, 0, ..] => {
            return found("UTF-16", 0, 0);
        }
        _ => {}
    }
    for (n, leaf) in leaves.iter().enumerate() {
        let bytes = leaf.bytes();
        let escape = memchr::memchr_iter(0x1B, bytes)
            .find(|at| matches!(bytes.get(at + 1), Some(b'$' | b'(')));
        if let Some(at) = escape {
            return found("ISO-2022-JP", n, at);
        }
    }
    // Text that is valid UTF-8 with three-byte characters and is *not* valid Shift_JIS throughout.
    // Leaves end with a record, so no character lies across two.
    let mut first = None;
    let mut wide = false;
    let mut broken = false;
    for (n, leaf) in leaves.iter().enumerate() {
        let Ok(text) = std::str::from_utf8(leaf.bytes()) else {
            return Ok(());
        };
        if text.is_ascii() {
            continue;
        }
        if first.is_none() {
            first = text.bytes().position(|b| !b.is_ascii()).map(|at| (n, at));
        }
        wide = wide || text.chars().any(|c| c.len_utf8() >= 3);
        broken = broken
            || text
                .as_bytes()
                .split(|byte| *byte < 0x20)
                .any(|line| repertoire::decode(line).is_err());
    }
    match first {
        Some((leaf, at)) if wide && broken => found("UTF-8", leaf, at),
        _ => Ok(()),
    }
}

fn refuse_foreign_content(leaves: &Leaves) -> Result<(), ReadError> {
    let line = leaves
        .get(0)
        .map(Leaf::bytes)
        .unwrap_or_default()
        .split(|byte| matches!(byte, b'\r' | b'\n'))
        .next()
        .unwrap_or_default();
    let id = line.split(|byte| *byte == b',').next().unwrap_or_default();
    let foreign = |trade| {
        Err(ReadError::OtherTrade {
            id: String::from_utf8_lossy(id).into_owned(),
            trade,
        })
    };
    match id {
        b"HM" | b"HH" => Ok(()),
        // 歯科 begins alike and is told apart by its 点数表; its layout is not known here.
        b"IR" | b"HI" => match line.split(|byte| *byte == b',').nth(3) {
            Some(b"3") => foreign("歯科"),
            _ => Ok(()),
        },
        b"YK" => foreign("調剤"),
        _ => Err(ReadError::NotReceden {
            found: String::from_utf8_lossy(line.get(..16).unwrap_or(line)).into_owned(),
        }),
    }
}
