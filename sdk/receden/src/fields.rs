use thiserror::Error;

use crate::record::Record;

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
    pub(crate) record: &'a Record,
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

    pub(crate) fn text(self, field: usize, name: &'static str) -> FieldResult<Option<String>> {
        let text = self
            .record
            .text(field)
            .map_err(|e| self.error(field, name, e))?;
        Ok(text.map(|text| text.into_owned()))
    }

    pub(crate) fn need_text(self, field: usize, name: &'static str) -> FieldResult<String> {
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
            Some(text) => parse(&text)
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
    pub(crate) fn code_list(self, field: usize, width: usize) -> Vec<&'a str> {
        self.record
            .ascii(field)
            .map(|text| {
                text.as_bytes()
                    .chunks(width)
                    .filter_map(|chunk| std::str::from_utf8(chunk).ok())
                    .collect()
            })
            .unwrap_or_default()
    }
}
