//! Somebody on file who could be an answer's person.

use super::Person;
use crate::matching::{Agreement, Candidate, Doubt, Spelling};
use reseplug_engine::contract;
use serde::{Deserialize, Serialize};

/// Somebody on file who could be an answer's person, and why a person has to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Likely {
    /// The product's key.
    pub key: String,
    /// 氏名 on file.
    pub name: String,
    /// What agrees and what does not.
    pub agreement: Agreement,
    /// What is in doubt; absent where nothing is but that others could be meant too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<Doubt>,
    /// The spelling that would settle it, if somebody accepts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spelling: Option<Spelling>,
}

impl Likely {
    /// The verb that accepts the spelling.
    pub fn accept_command(&self) -> Option<String> {
        let spelling = self.spelling.as_ref()?;
        let mut command = format!("reseplug match alias accept {}", quoted(&self.key));
        for (option, value) in [("--name", &spelling.name), ("--kana", &spelling.kana)] {
            if let Some(value) = value {
                command.push_str(&format!(" {option} {}", quoted(value)));
            }
        }
        command.push_str(" --by NAME");
        Some(command)
    }
}

/// For a shell, in quotes where a shell would take it apart.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '●');
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("\"{}\"", text.replace(['"', '\\', '$', '`'], ""))
    }
}

/// Somebody who could be meant, with the spelling that would settle it.
pub(super) fn likely(
    on_file: &Person,
    candidate: &Candidate,
    answered: &contract::Person,
) -> Likely {
    let agreement = candidate.agreement;
    let spelling = candidate
        .doubt
        .filter(|doubt| doubt.settled_by_spelling())
        .map(|_| Spelling {
            name: Some(answered.name.clone()),
            kana: answered
                .kana
                .clone()
                .filter(|_| agreement.kana.contradicts()),
        });
    Likely {
        key: on_file.key.clone(),
        name: on_file.identity.name.clone(),
        agreement,
        doubt: candidate.doubt,
        spelling,
    }
}
