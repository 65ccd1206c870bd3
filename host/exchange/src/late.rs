//! Answers that came after whoever asked had given up.
//!
//! Each is told to a person, once: what a bulk request became, for instance, stands in it. The files
//! stay where they are; nothing but a person's look says what they are worth. A document that came
//! after its message was taken is one of them.

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

impl Folders {
    /// Names of answers to requests of ours that nobody waits for any more and that were not told
    /// yet ([`Folders::late_told`]). `waited` says of which requests (file names) a job may still want the answer; it
    /// is asked only where an answer lies there that was not told yet.
    pub fn late(
        &self,
        waited: impl FnOnce() -> Result<BTreeSet<String>, Fault>,
    ) -> Result<Vec<String>, Fault> {
        let (res, state) = (self.res(), self.state_folder());
        let failed = |e: io::Error| fault::io("回答フォルダーを確認", "list", res, &e);
        let told = told(state);
        let mut open = Vec::new();
        for entry in fs::read_dir(res).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            if let Some(name) = name.to_str()
                && !told.contains(name)
                && let Some(request) = RequestName::of_answer(name)
                && self.is_ours(&request)?
            {
                open.push((request.base(), name.to_owned()));
            }
        }
        if open.is_empty() {
            return Ok(Vec::new());
        }
        let waited = waited()?;
        let waited: BTreeSet<&str> = waited.iter().map(|name| base(name)).collect();
        open.retain(|(request, _)| !waited.contains(request.as_str()));
        let mut new: Vec<String> = open.into_iter().map(|(_, name)| name).collect();
        new.sort();
        Ok(new)
    }

    /// These were told: they are not told again, in this process or a later one.
    pub fn late_told(&self, names: &[String]) -> Result<(), Fault> {
        let state = self.state_folder();
        let mut told = told(state);
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
fn told(state: &Path) -> BTreeSet<String> {
    fs::read(state.join(TOLD))
        .ok()
        .and_then(|text| serde_json::from_slice(&text).ok())
        .unwrap_or_default()
}
