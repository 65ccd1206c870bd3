use std::borrow::Cow;
use std::fmt;

use thiserror::Error;

use crate::record::RecordRef;
use crate::repertoire;

/// A field that cannot be read as what it should be. Never a panic, never a guess.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("record {record}, field {field} ({name_ja}): {reason}")]
pub struct FieldError {
    /// Record id.
    pub record: String,
    /// Line of the record in the file, from 1; 0 for a record outside a file.
    pub line: usize,
    /// Field number, from 1.
    pub field: usize,
    /// Name of the field in the trade.
    pub name_ja: &'static str,
    /// What is wrong.
    pub reason: String,
}

/// Result of reading one field.
pub type FieldResult<T> = Result<T, FieldError>;

/// A record with its line, to read typed fields from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'a> {
    pub(crate) record: RecordRef<'a>,
    pub(crate) line: usize,
}

impl<'a> Row<'a> {
    pub(crate) fn error(
        self,
        field: usize,
        name_ja: &'static str,
        reason: impl ToString,
    ) -> FieldError {
        FieldError {
            record: self.record.id().to_owned(),
            line: self.line,
            field,
            name_ja,
            reason: reason.to_string(),
        }
    }

    pub(crate) fn text(self, field: usize, name: &'static str) -> FieldResult<Option<Text<'a>>> {
        match self.record.raw(field) {
            None | Some([]) => Ok(None),
            Some(raw) => repertoire::readable(raw)
                .map(|()| Some(Text(raw)))
                .map_err(|e| self.error(field, name, e)),
        }
    }

    pub(crate) fn need_text(self, field: usize, name: &'static str) -> FieldResult<Text<'a>> {
        self.text(field, name)?
            .ok_or_else(|| self.error(field, name, "the field is empty"))
    }

    /// An optional value made from text by `parse`.
    pub(crate) fn parse<T, E: ToString>(
        self,
        field: usize,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> FieldResult<Option<T>> {
        match self.text(field, name)? {
            None => Ok(None),
            Some(text) => parse(&text.decode())
                .map(Some)
                .map_err(|e| self.error(field, name, e.to_string())),
        }
    }

    pub(crate) fn need<T, E: ToString>(
        self,
        field: usize,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> FieldResult<T> {
        self.parse(field, name, parse)?
            .ok_or_else(|| self.error(field, name, "the field is empty"))
    }

    /// Fixed-width codes set side by side.
    pub(crate) fn code_list(self, field: usize, width: usize) -> impl Iterator<Item = &'a str> {
        codes(self.record, field, width)
    }
}

/// Fixed-width codes set side by side in a field; none where the field is not half width.
pub(crate) fn codes(
    record: RecordRef<'_>,
    field: usize,
    width: usize,
) -> impl Iterator<Item = &str> {
    record
        .ascii(field)
        .unwrap_or_default()
        .as_bytes()
        .chunks(width)
        .filter_map(|chunk| std::str::from_utf8(chunk).ok())
}

/// The text of one field, borrowed from the file and known to be readable.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Text<'a>(&'a [u8]);

impl<'a> Text<'a> {
    /// The text of a field; `None` when it is empty or not readable.
    pub(crate) fn of(raw: &'a [u8]) -> Option<Self> {
        (!raw.is_empty() && repertoire::readable(raw).is_ok()).then_some(Self(raw))
    }

    /// The bytes as they stand in the file.
    #[must_use]
    pub fn bytes(self) -> &'a [u8] {
        self.0
    }

    /// The text in Unicode: borrowed where it is ASCII, made anew where it is not.
    #[must_use]
    pub fn decode(self) -> Cow<'a, str> {
        match std::str::from_utf8(self.0) {
            Ok(text) if text.is_ascii() => Cow::Borrowed(text),
            // It was seen to be readable when it was made.
            _ => repertoire::decode_lenient(self.0).unwrap_or_default(),
        }
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.decode().fmt(f)
    }
}

impl From<Text<'_>> for String {
    fn from(text: Text<'_>) -> Self {
        text.decode().into_owned()
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.decode(), f)
    }
}

impl PartialEq<str> for Text<'_> {
    fn eq(&self, other: &str) -> bool {
        self.decode() == other
    }
}

impl PartialEq<&str> for Text<'_> {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}
