use std::ops::Range;

use reseplug_model::{Month, Payer, StationCode};
use thiserror::Error;

use crate::edition::Edition;
use crate::receipt::{Header, Receipt};
use crate::record::{Record, Separator, WriteError};
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
    /// `HM`: a claim file (請求データ, RECEIPTH.UKE).
    Claim,
    /// `HH`: a file of returned receipts (返戻). Its full specification for 訪問看護 is not
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
/// ```
/// use receden::ClaimFile;
/// let bytes = b"HM,1,13,6,9999998,ABC,202411,\r\nGO\r\n\x1a";
/// let file = ClaimFile::parse(bytes)?;
/// assert_eq!(file.to_bytes(), bytes);
/// assert_eq!(file.receipts().count(), 0);
/// # Ok::<(), receden::ReadError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimFile {
    records: Vec<Record>,
    /// From the EOF byte to the end of the source.
    tail: Vec<u8>,
}

impl ClaimFile {
    /// Reads a file. Only what is no 訪問看護 claim or return file in Shift_JIS at all is an error.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReadError> {
        refuse_foreign_encoding(bytes)?;
        refuse_foreign_content(bytes)?;
        let end = bytes
            .iter()
            .position(|byte| *byte == EOF)
            .unwrap_or(bytes.len());
        let (mut rest, tail) = bytes.split_at_checked(end).unwrap_or((bytes, &[]));
        let mut records = Vec::new();
        while !rest.is_empty() {
            let (line, separator, next) = match rest.iter().position(|byte| *byte == b'\n') {
                None => (rest, Separator::None, &[][..]),
                Some(at) => {
                    let (line, next) = rest.split_at_checked(at).unwrap_or((rest, &[]));
                    let next = next.get(1..).unwrap_or_default();
                    match line.strip_suffix(b"\r") {
                        Some(line) => (line, Separator::CrLf, next),
                        None => (line, Separator::Lf, next),
                    }
                }
            };
            records.push(Record::from_line(line.to_vec(), separator));
            rest = next;
        }
        Ok(Self {
            records,
            tail: tail.to_vec(),
        })
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
        Ok(Self {
            records: vec![
                Record::build(edition, "HM", &fields)?,
                Record::build::<&str>(edition, "GO", &[])?,
            ],
            tail: vec![EOF],
        })
    }

    /// Records without a file around them, to read receipts from.
    pub(crate) fn of_records(records: Vec<Record>) -> Self {
        Self {
            records,
            tail: Vec::new(),
        }
    }

    /// A new file without receipts for another payer, with the same station and month: where
    /// receipts go whose insurer changed between 支払基金 and 国保連. A file without a header gives
    /// `NoSuchRecord`.
    pub fn empty_for(&self, payer: Payer) -> Result<Self, WriteError> {
        let header = self
            .records
            .first()
            .cloned()
            .ok_or(WriteError::NoSuchRecord { index: 0 })?;
        let mut header = header.with_id("HM");
        header.set(2, payer.code())?;
        header.set_separator(Separator::CrLf);
        Ok(Self {
            records: vec![header, Record::build::<&str>(Edition::r0606(), "GO", &[])?],
            tail: vec![EOF],
        })
    }

    /// The exact bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let size: usize = self.records.iter().map(|r| r.bytes().len() + 2).sum();
        let mut bytes = Vec::with_capacity(size + self.tail.len());
        for record in &self.records {
            bytes.extend_from_slice(record.bytes());
            bytes.extend_from_slice(record.separator().bytes());
        }
        bytes.extend_from_slice(&self.tail);
        bytes
    }

    /// Whether this is a claim or a return file.
    #[must_use]
    pub fn kind(&self) -> FileKind {
        match self.records.first().map(Record::id) {
            Some("HH") => FileKind::Return,
            _ => FileKind::Claim,
        }
    }

    /// All records in order; a record's line is its index + 1.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// One record by its index from 0.
    #[must_use]
    pub fn record(&self, index: usize) -> Option<&Record> {
        self.records.get(index)
    }

    /// From the EOF byte to the end; `[0x1A]` in a well-formed file.
    #[must_use]
    pub fn tail(&self) -> &[u8] {
        &self.tail
    }

    /// The header (HM), or `HH` of a return file; `None` when the first record is neither.
    #[must_use]
    pub fn header(&self) -> Option<Header<'_>> {
        self.records
            .first()
            .filter(|r| matches!(r.id(), "HM" | "HH"))
            .map(Header::new)
    }

    /// The receipts (明細書) in order.
    pub fn receipts(&self) -> impl Iterator<Item = Receipt<'_>> {
        self.receipt_ranges()
            .into_iter()
            .map(|range| Receipt::new(self, range))
    }

    /// The n-th receipt counted from 0 in file order (not by レセプト番号).
    #[must_use]
    pub fn receipt(&self, n: usize) -> Option<Receipt<'_>> {
        self.receipts().nth(n)
    }

    /// Record indexes of each receipt: from its RE to before the next RE or the footer. A history
    /// block of a re-filed receipt (lines beginning `8,`) belongs to the receipt before it.
    #[must_use]
    pub fn receipt_ranges(&self) -> Vec<Range<usize>> {
        let mut ranges: Vec<Range<usize>> = Vec::new();
        let mut open: Option<usize> = None;
        for (index, record) in self.records.iter().enumerate() {
            if matches!(record.id(), "RE" | "GO" | "HG" | "HM" | "HH") {
                ranges.extend(open.take().map(|start| start..index));
                if record.id() == "RE" {
                    open = Some(index);
                }
            }
        }
        ranges.extend(open.map(|start| start..self.records.len()));
        ranges
    }

    // ----- edits: each changes only what it names ------------------------------------------

    /// Replaces one field's bytes. Record index from 0, field number from 1.
    pub fn set_field(&mut self, record: usize, field: usize, text: &str) -> Result<(), WriteError> {
        self.record_mut(record)?.set(field, text)
    }

    /// Puts a record before the one at `index` (at the end when `index` is the number of records).
    /// It takes over the line end of its neighbour.
    pub fn insert_record(&mut self, index: usize, mut record: Record) -> Result<(), WriteError> {
        if index > self.records.len() {
            return Err(WriteError::NoSuchRecord { index });
        }
        record.set_separator(self.usual_separator());
        if index == self.records.len()
            && let Some(last) = self.records.last_mut()
            && last.separator() == Separator::None
        {
            last.set_separator(record.separator());
        }
        self.records.insert(index, record);
        Ok(())
    }

    /// Takes a record out.
    pub fn remove_record(&mut self, index: usize) -> Result<Record, WriteError> {
        if index >= self.records.len() {
            return Err(WriteError::NoSuchRecord { index });
        }
        Ok(self.records.remove(index))
    }

    /// Takes the n-th receipt (from 0) out and returns its records. レセプト番号 of the others stay:
    /// see [`renumber`](Self::renumber).
    pub fn remove_receipt(&mut self, n: usize) -> Result<Vec<Record>, WriteError> {
        let range = self.range_of_receipt(n)?;
        Ok(self.records.drain(range).collect())
    }

    /// Puts a receipt behind the last one, before the footer.
    pub fn append_receipt(&mut self, receipt: Vec<Record>) -> Result<(), WriteError> {
        let at = self
            .records
            .iter()
            .rposition(|record| matches!(record.id(), "GO" | "HG"))
            .unwrap_or(self.records.len());
        self.insert_all(at, receipt)
    }

    /// Puts other records in the place of the n-th receipt (from 0): one receipt edited, or several
    /// that it was split into.
    pub fn replace_receipt(
        &mut self,
        n: usize,
        receipts: Vec<Vec<Record>>,
    ) -> Result<(), WriteError> {
        let range = self.range_of_receipt(n)?;
        self.records.drain(range.clone());
        self.insert_all(range.start, receipts.into_iter().flatten().collect())
    }

    /// Numbers the receipts 1, 2, 3 … in file order (RE field 2). Only fields that differ change;
    /// returns how many did.
    pub fn renumber(&mut self) -> Result<usize, WriteError> {
        let mut changed = 0;
        for (position, range) in self.receipt_ranges().into_iter().enumerate() {
            let number = (position + 1).to_string();
            let record = self.record_mut(range.start)?;
            if record.raw(2) != Some(number.as_bytes()) {
                record.set(2, &number)?;
                changed += 1;
            }
        }
        Ok(changed)
    }

    pub(crate) fn range_of_receipt(&self, n: usize) -> Result<Range<usize>, WriteError> {
        self.receipt_ranges()
            .into_iter()
            .nth(n)
            .ok_or(WriteError::NoSuchRecord { index: n })
    }

    fn insert_all(&mut self, at: usize, records: Vec<Record>) -> Result<(), WriteError> {
        for (offset, record) in records.into_iter().enumerate() {
            self.insert_record(at + offset, record)?;
        }
        Ok(())
    }

    fn record_mut(&mut self, index: usize) -> Result<&mut Record, WriteError> {
        self.records
            .get_mut(index)
            .ok_or(WriteError::NoSuchRecord { index })
    }

    fn usual_separator(&self) -> Separator {
        match self.records.first().map(Record::separator) {
            Some(Separator::Lf) => Separator::Lf,
            _ => Separator::CrLf,
        }
    }
}

fn refuse_foreign_encoding(bytes: &[u8]) -> Result<(), ReadError> {
    let encoding = |encoding, byte: usize| {
        let before = bytes.get(..byte).unwrap_or_default();
        let line = before.iter().filter(|b| **b == b'\n').count() + 1;
        Err(ReadError::Encoding {
            encoding,
            line,
            byte,
        })
    };
    match bytes {
        [] => return Err(ReadError::Empty),
        [0xEF, 0xBB, 0xBF, ..] => return encoding("UTF-8", 0),
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [0, _, ..] | [_, 0, ..] => {
            return encoding("UTF-16", 0);
        }
        _ => {}
    }
    if let Some(at) = bytes
        .windows(2)
        .position(|pair| matches!(pair, b"\x1b$" | b"\x1b("))
    {
        return encoding("ISO-2022-JP", at);
    }
    // Text that is valid UTF-8 with three-byte characters and is *not* valid Shift_JIS throughout.
    let Some(first) = bytes.iter().position(|byte| !byte.is_ascii()) else {
        return Ok(());
    };
    if let Ok(text) = std::str::from_utf8(bytes)
        && text.chars().any(|c| c.len_utf8() >= 3)
        && bytes
            .split(|byte| *byte < 0x20)
            .any(|line| repertoire::decode(line).is_err())
    {
        return encoding("UTF-8", first);
    }
    Ok(())
}

fn refuse_foreign_content(bytes: &[u8]) -> Result<(), ReadError> {
    let line = bytes
        .split(|byte| matches!(byte, b'\r' | b'\n' | &EOF))
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
        b"IR" => foreign("医科・歯科 (IR)"),
        b"YK" => foreign("調剤 (YK)"),
        b"HI" => foreign("返戻 of 医科・歯科 (HI)"),
        _ => Err(ReadError::NotReceden {
            found: String::from_utf8_lossy(line.get(..16).unwrap_or(line)).into_owned(),
        }),
    }
}
