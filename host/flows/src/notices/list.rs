//! The notices that stand in the record.

use super::evidence::noticed;
use super::{METHOD, Notice};
use crate::host::Host;
use crate::people::Told;
use reseplug_effect::Fault;
use reseplug_journal::Journal;
use serde::Serialize;

/// A notice of the record.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Listed {
    /// Id of the evidence.
    pub evidence: String,
    /// The product's key of the person; empty where nobody was certain.
    pub person_key: String,
    /// The day it is about.
    pub as_of: String,
    /// When it became known here, ISO 8601.
    pub known_at: String,
    /// SHA-256 of the file it was read from.
    pub source: Option<String>,
    /// What it says.
    pub notice: Notice,
}

impl Host {
    /// The notices of the record, by person and day.
    ///
    /// # Errors
    /// `journal/…`
    pub fn notices(&self) -> Result<Vec<Listed>, Fault> {
        let mut found = Vec::new();
        for row in self.journal().evidence_all(self.code())? {
            if row.method != METHOD {
                continue;
            }
            let told = Told::of(&row)?;
            if let Some(one) = noticed(&row, &told) {
                found.push(Listed {
                    evidence: one.id,
                    person_key: row.person_key,
                    as_of: row.as_of,
                    known_at: one.answered_at,
                    source: row.source,
                    notice: one.notice,
                });
            }
        }
        Ok(found)
    }
}
