//! The one shape of a refusal or failure (`wit/types.wit`, record `fault`).

use serde::{Deserialize, Serialize};
use std::fmt;

/// A refusal or failure, for people and for machines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub struct Fault {
    /// Stable code, lower case, `area/what`.
    pub code: String,
    /// What happened and what to do, in Japanese.
    pub message_ja: String,
    /// The same in English.
    pub message_en: String,
    /// Whether asking again can help.
    pub retry: RetryAdvice,
    /// Where in the input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Anything else, name and value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extra: Vec<(String, String)>,
}

/// Whether asking again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RetryAdvice {
    /// The same call will fail the same way.
    Never,
    /// A later call may succeed.
    Later,
    /// The outcome is unknown: ask for the state before doing anything again.
    AskFirst,
}

/// A place in a document or message.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Place {
    /// File or message name.
    pub document: String,
    /// Line, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Record id or element name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
    /// Field number counted from 1, or a column name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

/// Codes that more than one crate branches on.
pub mod codes {
    /// The outcome of an effect is unknown.
    pub const IN_DOUBT: &str = "effect/in-doubt";
    /// The station has not granted what the plugin asked for.
    pub const DENIED: &str = "policy/denied";
    /// A plugin does not offer this function.
    pub const UNSUPPORTED: &str = "plugin/unsupported";
}

impl Fault {
    /// A fault that asking again will not mend.
    pub fn new(code: &str, message_ja: impl Into<String>, message_en: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message_ja: message_ja.into(),
            message_en: message_en.into(),
            retry: RetryAdvice::Never,
            place: None,
            extra: Vec::new(),
        }
    }

    /// A fault that may pass.
    pub fn later(code: &str, message_ja: impl Into<String>, message_en: impl Into<String>) -> Self {
        Self {
            retry: RetryAdvice::Later,
            ..Self::new(code, message_ja, message_en)
        }
    }

    /// An effect that may or may not have happened.
    pub fn in_doubt(message_ja: impl Into<String>, message_en: impl Into<String>) -> Self {
        Self {
            retry: RetryAdvice::AskFirst,
            ..Self::new(codes::IN_DOUBT, message_ja, message_en)
        }
    }

    /// The same fault with a place.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message_en)?;
        if let Some(place) = &self.place {
            write!(f, " ({place})")?;
        }
        Ok(())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.document)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(record) = &self.record {
            write!(f, " {record}")?;
        }
        if let Some(field) = &self.field {
            write!(f, " [{field}]")?;
        }
        Ok(())
    }
}
