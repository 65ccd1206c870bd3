//! Errors of files that people write: they name file, line, column and key, and say what to do.

use reseplug_effect::{Fault, Place};
use std::ops::Range;

/// Something in `station.toml` or `plugin.toml` that cannot be accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {message_en}")]
pub struct ConfigError {
    /// Stable code, `config/…`.
    pub code: &'static str,
    /// Name of the file as the caller gave it.
    pub file: String,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// Dotted key: `endpoints.gateway.url`. Empty where the text is no TOML.
    pub key: String,
    /// What is wrong and what to write, in Japanese.
    pub message_ja: String,
    /// The same in English.
    pub message_en: String,
}

impl ConfigError {
    /// The text is no TOML.
    pub const SYNTAX: &'static str = "config/syntax";
    /// A key nobody reads.
    pub const UNKNOWN_KEY: &'static str = "config/unknown-key";
    /// A key that must be there.
    pub const MISSING_KEY: &'static str = "config/missing-key";
    /// A value that cannot be used.
    pub const VALUE: &'static str = "config/value";
}

impl From<ConfigError> for Fault {
    fn from(error: ConfigError) -> Self {
        let place = Place {
            document: error.file.clone(),
            line: u32::try_from(error.line).ok(),
            record: None,
            field: (!error.key.is_empty()).then(|| error.key.clone()),
        };
        let (file, line, column) = (&error.file, error.line, error.column);
        Fault::new(
            error.code,
            format!("{file} の {line} 行 {column} 列: {}", error.message_ja),
            format!("{file}:{line}:{column}: {}", error.message_en),
        )
        .at(place)
    }
}

/// A refusal of one value, before it is known where the value stands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{en}")]
pub struct Refused {
    /// Why and what to write instead, in Japanese.
    pub ja: String,
    /// The same in English.
    pub en: String,
}

impl Refused {
    pub(crate) fn new(ja: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            ja: ja.into(),
            en: en.into(),
        }
    }
}

/// Line and column, both from 1, of a byte position.
pub(crate) fn position(text: &str, span: &Range<usize>) -> (usize, usize) {
    let before = text.get(..span.start).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count()
        + 1;
    (line, column)
}
