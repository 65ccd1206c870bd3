use std::borrow::Cow;
use std::ops::Range;

use reseplug_model::has_missing_glyph;
use thiserror::Error;

use crate::edition::Edition;
use crate::repertoire::{self, DecodeError, EncodeError};

/// How a record ends in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Separator {
    /// 0x0D 0x0A, the only permitted one.
    #[default]
    CrLf,
    /// 0x0A alone, as some products write.
    Lf,
    /// Nothing: the file ends, or EOF follows at once.
    None,
}

impl Separator {
    /// The bytes.
    #[must_use]
    pub fn bytes(self) -> &'static [u8] {
        match self {
            Self::CrLf => b"\r\n",
            Self::Lf => b"\n",
            Self::None => b"",
        }
    }
}

/// One record (レコード) of a file, borrowed from it: its exact bytes and how it ends.
///
/// Fields are counted from 1 as the specification counts them; field 1 is the record id.
/// No byte of a two-byte character can be a comma or a line end, so splitting works on bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordRef<'a> {
    body: &'a [u8],
    separator: Separator,
}

impl<'a> RecordRef<'a> {
    /// The bytes without the separator.
    #[must_use]
    pub fn bytes(self) -> &'a [u8] {
        self.body
    }

    /// How the record ends.
    #[must_use]
    pub fn separator(self) -> Separator {
        self.separator
    }

    /// Bytes of the record with its line end.
    pub(crate) fn size(self) -> usize {
        self.body.len() + self.separator.bytes().len()
    }

    /// The record id (`RE`, `HO` …); empty when field 1 is not plain ASCII.
    #[must_use]
    pub fn id(self) -> &'a str {
        match self.body {
            // All ids but `8` have two letters: the common case without a search.
            [a @ b'!'..=b'~', b @ b'!'..=b'~'] | [a @ b'!'..=b'~', b @ b'!'..=b'~', b',', ..]
                if *a != b',' && *b != b',' =>
            {
                self.body.get(..2)
            }
            _ => self.raw(1),
        }
        .and_then(|raw| std::str::from_utf8(raw).ok())
        .unwrap_or_default()
    }

    /// The two letters of the id in front of the first comma, to compare quickly; `None` for an id
    /// of another length.
    pub(crate) fn letters(self) -> Option<[u8; 2]> {
        match self.body {
            [a, b] | [a, b, b',', ..] if *a != b',' && *b != b',' => Some([*a, *b]),
            _ => None,
        }
    }

    /// Whether this is the record's id, without making a text of it.
    pub(crate) fn is(self, id: &str) -> bool {
        match (id.as_bytes(), self.letters()) {
            ([a, b], letters) => letters == Some([*a, *b]),
            _ => self.id() == id,
        }
    }

    /// Number of fields: commas + 1.
    #[must_use]
    pub fn field_count(self) -> usize {
        memchr::memchr_iter(b',', self.body).count() + 1
    }

    /// The raw bytes of all fields in order.
    pub fn fields(self) -> impl Iterator<Item = &'a [u8]> {
        self.body.split(|byte| *byte == b',')
    }

    /// The raw bytes of a field counted from 1; `None` when the record is shorter.
    #[must_use]
    pub fn raw(self, field: usize) -> Option<&'a [u8]> {
        self.fields().nth(field.checked_sub(1)?)
    }

    /// Where a field's bytes lie in [`bytes`](Self::bytes).
    #[must_use]
    pub fn range_of(self, field: usize) -> Option<Range<usize>> {
        let mut start = 0;
        for (index, raw) in self.fields().enumerate() {
            if index + 1 == field {
                return Some(start..start + raw.len());
            }
            start += raw.len() + 1;
        }
        None
    }

    /// The text of a field: `None` when it is empty or missing. Read leniently, so that a name with
    /// a character outside the permitted set can be shown; [`check`](mod@crate::check) names that character.
    pub fn text(self, field: usize) -> Result<Option<Cow<'a, str>>, DecodeError> {
        match self.raw(field) {
            None | Some([]) => Ok(None),
            Some(raw) => repertoire::decode_lenient(raw).map(Some),
        }
    }

    /// A field that holds half-width text (numbers, codes): `None` when empty, missing or not ASCII.
    #[must_use]
    pub fn ascii(self, field: usize) -> Option<&'a str> {
        self.raw(field)
            .filter(|raw| !raw.is_empty() && raw.is_ascii())
            .and_then(|raw| std::str::from_utf8(raw).ok())
    }

    /// The record with bytes of its own, to change it or to put it elsewhere.
    #[must_use]
    pub fn to_record(self) -> Record {
        Record {
            body: self.body.to_vec(),
            separator: self.separator,
        }
    }
}

/// The records of a run of bytes, in order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lines<'a> {
    rest: &'a [u8],
}

impl<'a> Lines<'a> {
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = RecordRef<'a>;

    fn next(&mut self) -> Option<RecordRef<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let Some((line, rest)) = memchr::memchr(b'\n', self.rest)
            .and_then(|at| Some((self.rest.get(..at)?, self.rest.get(at + 1..)?)))
        else {
            let body = std::mem::take(&mut self.rest);
            return Some(RecordRef {
                body,
                separator: Separator::None,
            });
        };
        self.rest = rest;
        Some(match line {
            [body @ .., b'\r'] => RecordRef {
                body,
                separator: Separator::CrLf,
            },
            body => RecordRef {
                body,
                separator: Separator::Lf,
            },
        })
    }
}

/// One record with bytes of its own: a new one, or one taken out of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    body: Vec<u8>,
    separator: Separator,
}

/// Why a text cannot become a field.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WriteError {
    /// A character outside the permitted set.
    #[error("record {record}, field {field}: {source}")]
    Character {
        /// Record id.
        record: String,
        /// Field number from 1.
        field: usize,
        /// Which character and where.
        source: EncodeError,
    },
    /// A comma or a quotation mark, which レセ電 cannot express in a text.
    #[error("record {record}, field {field}: `{character}` cannot be part of a text in レセ電")]
    Delimiter {
        /// Record id.
        record: String,
        /// Field number from 1.
        field: usize,
        /// `,` or `"`.
        character: char,
    },
    /// A name with ●, which stands for a character that somebody could not show. What stands in a file
    /// already stays; written it is never.
    #[error(
        "`{name}` holds ● in place of a character and is not written as a name; write the real one"
    )]
    MissingGlyph {
        /// The name.
        name: String,
    },
    /// The record has no such field.
    #[error("record {record} has {fields} fields, there is no field {field}")]
    NoSuchField {
        /// Record id.
        record: String,
        /// Field number asked for.
        field: usize,
        /// Fields the record has.
        fields: usize,
    },
    /// The file has no such record.
    #[error("the file has no record number {index} (counted from 0)")]
    NoSuchRecord {
        /// Index asked for.
        index: usize,
    },
    /// The edition has no record of that id.
    #[error("`{id}` is no record of edition {edition}")]
    UnknownRecord {
        /// Record id.
        id: String,
        /// Edition asked.
        edition: String,
    },
    /// Field 1 is the record id and is not set like the others.
    #[error("field 1 of a record is its id ({record}) and cannot be changed")]
    RecordId {
        /// Record id.
        record: String,
    },
}

impl Record {
    /// A new record from its id and *all* further fields in order, strictly encoded.
    pub fn new<T: AsRef<str>>(id: &str, fields: &[T]) -> Result<Self, WriteError> {
        let mut body = encode_field(id, 1, id)?;
        for (index, text) in fields.iter().enumerate() {
            body.push(b',');
            body.extend(encode_field(id, index + 2, text.as_ref())?);
        }
        Ok(Self {
            body,
            separator: Separator::CrLf,
        })
    }

    /// A new record with as many fields as the edition says, all empty but those given by number.
    ///
    /// ```
    /// use receden::{Edition, Record};
    /// let record = Record::build(Edition::r0606(), "SN", &[(2, "1"), (3, "01"), (7, "03")])?;
    /// assert_eq!(record.bytes(), b"SN,1,01,,,,03,,");
    /// # Ok::<(), receden::WriteError>(())
    /// ```
    pub fn build<T: AsRef<str>>(
        edition: &Edition,
        id: &str,
        fields: &[(usize, T)],
    ) -> Result<Self, WriteError> {
        let spec = edition
            .record(id)
            .ok_or_else(|| WriteError::UnknownRecord {
                id: id.to_owned(),
                edition: edition.id.clone(),
            })?;
        let mut record = Self::new::<&str>(id, &vec![""; spec.fields.len().saturating_sub(1)])?;
        for (field, text) in fields {
            record.set(*field, text.as_ref())?;
        }
        Ok(record)
    }

    /// The record to read from.
    #[must_use]
    pub fn view(&self) -> RecordRef<'_> {
        RecordRef {
            body: &self.body,
            separator: self.separator,
        }
    }

    /// See [`RecordRef::bytes`].
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.body
    }

    /// See [`RecordRef::separator`].
    #[must_use]
    pub fn separator(&self) -> Separator {
        self.separator
    }

    /// See [`RecordRef::id`].
    #[must_use]
    pub fn id(&self) -> &str {
        self.view().id()
    }

    /// See [`RecordRef::fields`].
    pub fn fields(&self) -> impl Iterator<Item = &[u8]> {
        self.view().fields()
    }

    /// See [`RecordRef::raw`].
    #[must_use]
    pub fn raw(&self, field: usize) -> Option<&[u8]> {
        self.view().raw(field)
    }

    /// See [`RecordRef::ascii`].
    #[must_use]
    pub fn ascii(&self, field: usize) -> Option<&str> {
        self.view().ascii(field)
    }

    /// See [`RecordRef::text`].
    pub fn text(&self, field: usize) -> Result<Option<Cow<'_, str>>, DecodeError> {
        self.view().text(field)
    }

    pub(crate) fn set_separator(&mut self, separator: Separator) {
        self.separator = separator;
    }

    /// Replaces one field's bytes and nothing else. The text is strictly encoded; its form (mode,
    /// length, code table) is for [`check`](mod@crate::check) to judge.
    pub fn set(&mut self, field: usize, text: &str) -> Result<(), WriteError> {
        let encoded = encode_field(self.id(), field, text)?;
        self.set_bytes(field, &encoded)
    }

    /// Like [`set`](Self::set) with bytes that stood in a field before.
    pub(crate) fn set_bytes(&mut self, field: usize, bytes: &[u8]) -> Result<(), WriteError> {
        if field == 1 {
            return Err(WriteError::RecordId {
                record: self.id().to_owned(),
            });
        }
        let range = self
            .view()
            .range_of(field)
            .ok_or_else(|| WriteError::NoSuchField {
                record: self.id().to_owned(),
                field,
                fields: self.view().field_count(),
            })?;
        self.body.splice(range, bytes.iter().copied());
        Ok(())
    }

    /// Another record id in front of the same fields: header and footer of return files become
    /// those of claim files (`HH` → `HM`).
    pub(crate) fn with_id(mut self, id: &str) -> Self {
        if let Some(range) = self.view().range_of(1) {
            self.body.splice(range, id.bytes());
        }
        self
    }
}

pub(crate) fn encode_field(record: &str, field: usize, text: &str) -> Result<Vec<u8>, WriteError> {
    if let Some(character) = text.chars().find(|c| matches!(c, ',' | '"')) {
        return Err(WriteError::Delimiter {
            record: record.to_owned(),
            field,
            character,
        });
    }
    // 氏名 stands in the fifth field in both trades.
    if record == "RE" && field == 5 && has_missing_glyph(text) {
        return Err(WriteError::MissingGlyph {
            name: text.to_owned(),
        });
    }
    repertoire::encode(text).map_err(|source| WriteError::Character {
        record: record.to_owned(),
        field,
        source,
    })
}
