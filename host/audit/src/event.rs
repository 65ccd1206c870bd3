//! One thing that was done.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One thing that was done, for people who review it later.
///
/// No field may hold a name, a number of a card or anything else of a person; `subject` is a
/// [`pseudonym`](crate::pseudonym).
///
/// ```
/// let event = reseplug_audit::Event::new("2024-10-03T09:12:00+09:00", "管理者", "evidence.recorded")
///     .about("p:5be1")
///     .note("message", "OQSsiquc01");
/// assert!(event.canonical().starts_with("{\"at\":\"2024-10-03"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When, ISO 8601 with seconds and Japan's offset.
    pub at: String,
    /// Who: a person of the station by role or account, or `host`.
    pub actor: String,
    /// What: `area.verb`, for instance `effect.intent`.
    pub action: String,
    /// Whom or what it concerns: the pseudonym of a person, the id of a job, a filing key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Id of the plugin that asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin: Option<String>,
    /// Digest of that plugin, `sha256:…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Logical folder or endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
    /// Identity (certificate) it was done under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// TLS version, `TLSv1.3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<String>,
    /// How it ended: `done`, `not-done`, `in-doubt` or a fault's code. Absent for an intent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// Anything else worth reviewing, name and value, sorted by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub detail: BTreeMap<String, String>,
}

impl Event {
    /// An event with its three necessary facts.
    pub fn new(at: impl Into<String>, actor: impl Into<String>, action: impl Into<String>) -> Self {
        Self {
            at: at.into(),
            actor: actor.into(),
            action: action.into(),
            subject: None,
            plugin: None,
            digest: None,
            destination: None,
            identity: None,
            tls: None,
            outcome: None,
            detail: BTreeMap::new(),
        }
    }

    /// The same event, concerning `subject`.
    #[must_use]
    pub fn about(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// The same event with its outcome.
    #[must_use]
    pub fn ended(mut self, outcome: impl Into<String>) -> Self {
        self.outcome = Some(outcome.into());
        self
    }

    /// The same event with a further detail.
    #[must_use]
    pub fn note(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.detail.insert(name.into(), value.into());
        self
    }

    /// The event's one written form: JSON without blanks, fields in the order of this struct,
    /// absent ones left out, details sorted by name. This text is what is stored and hashed.
    pub fn canonical(&self) -> String {
        // A struct of strings always serialises; an empty text would be found by `verify`.
        serde_json::to_string(self).unwrap_or_default()
    }
}
