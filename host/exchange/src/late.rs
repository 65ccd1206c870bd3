//! Answers that came after whoever asked had given up.
//!
//! Each is told to a person, once: what a bulk request became, for instance, stands in it. The files
//! stay where they are; nothing but a person's look says what they are worth. A document that came
//! after its message was taken is one of them. What was used and could not be removed is told as what
//! it is.

use crate::folders::Folders;
use crate::names::RequestName;
use crate::{durable, fault};
use reseplug_effect::Fault;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

/// Which were told, in the host's own folder.
const TOLD: &str = "late-answers.json";

/// Which were used and could not be removed, in the host's own folder.
const USED: &str = "used-answers.json";

/// An answer that lies there and that nobody waits for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Left {
    /// Name of the file.
    pub name: String,
    /// Whether it was used, and only could not be removed.
    pub used: bool,
}

impl Folders {
    /// Answers to requests of ours that nobody waits for any more and that were not told
    /// yet ([`Folders::late_told`]). `waited` says of which requests (file names) a job may still want the answer; it
    /// is asked only where an answer lies there that was not told yet.
    ///
    /// Of those that were used removing is tried once more; what goes then is not told.
    pub fn late(
        &self,
        waited: impl FnOnce() -> Result<BTreeSet<String>, Fault>,
    ) -> Result<Vec<Left>, Fault> {
        let mut used = listed(self.state_folder(), USED);
        used.retain(|name| self.finish(name).is_err());
        let (res, state) = (self.res(), self.state_folder());
        let failed = |e: io::Error| fault::io("回答フォルダーを確認", "list", res, &e);
        let told = listed(state, TOLD);
        let mut found = Vec::new();
        let mut open = Vec::new();
        for entry in fs::read_dir(res).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            if let Some(name) = name.to_str()
                && !told.contains(name)
                && let Some(request) = RequestName::of_answer(name)
                && self.is_ours(&request)?
            {
                if used.contains(name) {
                    found.push(Left {
                        name: name.to_owned(),
                        used: true,
                    });
                } else {
                    open.push((request.base(), name.to_owned()));
                }
            }
        }
        if open.is_empty() {
            found.sort();
            return Ok(found);
        }
        let waited = waited()?;
        let waited: BTreeSet<&str> = waited.iter().map(|name| base(name)).collect();
        open.retain(|(request, _)| !waited.contains(request.as_str()));
        found.extend(open.into_iter().map(|(_, name)| Left { name, used: false }));
        found.sort();
        Ok(found)
    }

    /// This was used and could not be removed, or now it could. A record that cannot be written only
    /// makes it be told as an answer that came late.
    pub(crate) fn note_used(&self, name: &str, stays: bool) {
        let state = self.state_folder();
        let mut used = listed(state, USED);
        let changed = if stays {
            used.insert(name.to_owned())
        } else {
            used.remove(name)
        };
        if changed {
            let text = serde_json::to_vec(&used).unwrap_or_default();
            let _ = durable::replace(state, USED, &text);
        }
    }

    /// These were told: they are not told again, in this process or a later one.
    pub fn late_told(&self, names: &[String]) -> Result<(), Fault> {
        let state = self.state_folder();
        let mut told = listed(state, TOLD);
        let before = told.len();
        told.extend(names.iter().cloned());
        if told.len() == before {
            return Ok(());
        }
        let text = serde_json::to_vec(&told).unwrap_or_default();
        durable::replace(state, TOLD, &text)
    }
}

fn base(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(base, _)| base)
}

/// A record that cannot be read only makes something be told twice.
fn listed(state: &Path, list: &str) -> BTreeSet<String> {
    fs::read(state.join(list))
        .ok()
        .and_then(|text| serde_json::from_slice(&text).ok())
        .unwrap_or_default()
}
