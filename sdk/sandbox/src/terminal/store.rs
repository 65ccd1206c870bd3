//! What the terminal must not forget: which requests it took, the receptions, the 照会番号.
//!
//! One line an event in `work/ledger.jsonl`, flushed **before** a request is consumed. An answer
//! waits in `work/outbox` and goes to `res` by one rename, so after a crash an answer that is still
//! in the outbox has not been given, and one that is gone has.

use super::TerminalError;
use crate::ledger::Ledger;
use crate::phone::Withdrawal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    collections::{BTreeMap, HashMap},
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// 照会番号 by coverage.
pub(super) type References = BTreeMap<String, String>;

/// A request that was taken, with everything that follows from it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Taken {
    /// File name of the request.
    pub(super) request: String,
    /// SHA-256 of its bytes.
    pub(super) sha256: String,
    /// Files in the outbox that answer it.
    pub(super) answers: Vec<String>,
    /// Whether the answer shows first half-written.
    #[serde(default)]
    pub(super) half_first: bool,
    /// For the ledger, when it is answered.
    pub(super) event: (String, Value),
    /// A bulk request was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) accepted: Option<Accepted>,
    /// A result was asked for and is 処理中: the reception.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) still_working: Option<String>,
    /// 照会番号 that were registered, by coverage.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) registered: References,
    /// Consents that it withdraws, written into the book of consents when it is answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) withdrawn: Option<Withdrawal>,
}

/// An accepted bulk request.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Accepted {
    /// 受付番号
    pub(super) reception: String,
    /// File name of the request; its bytes are kept in `work/jobs`.
    pub(super) request: String,
}

/// A reception with how often its result was asked for in vain.
#[derive(Debug, Clone)]
pub(super) struct Reception {
    pub(super) request: String,
    pub(super) rounds: u32,
}

const TAKEN: &str = "taken";
const GIVEN: &str = "given";

pub(super) struct Store {
    work: PathBuf,
    res: PathBuf,
    lines: Ledger,
    /// Requests by name, with the digest of what they held.
    taken: HashMap<String, String>,
    receptions: BTreeMap<String, Reception>,
    references: References,
}

impl Store {
    /// Opens a work folder; returns what was taken and not given yet.
    pub(super) fn open(
        work: &Path,
        res: &Path,
        public: &Ledger,
    ) -> Result<(Self, Vec<Taken>), TerminalError> {
        for folder in ["outbox", "jobs"] {
            let folder = work.join(folder);
            fs::create_dir_all(&folder).map_err(TerminalError::io("create", &folder))?;
        }
        let lines = Ledger::open(work).map_err(TerminalError::io("open", work))?;
        let mut store = Self {
            work: work.to_owned(),
            res: res.to_owned(),
            lines,
            taken: HashMap::new(),
            receptions: BTreeMap::new(),
            references: References::new(),
        };
        let mut open: BTreeMap<usize, Taken> = BTreeMap::new();
        let events = store
            .lines
            .events()
            .map_err(TerminalError::io("read", work))?;
        for (at, event) in events.into_iter().enumerate() {
            match event.kind.as_str() {
                TAKEN => {
                    let taken: Taken = serde_json::from_value(event.detail)
                        .map_err(|e| TerminalError::io("read", work)(e.into()))?;
                    store.remember(&taken);
                    open.insert(at, taken);
                }
                GIVEN => {
                    open.retain(|_, taken| Some(taken.request.as_str()) != event.detail.as_str())
                }
                _ => {}
            }
        }
        let mut pending = Vec::new();
        for taken in open.into_values() {
            if taken
                .answers
                .iter()
                .any(|answer| store.outbox(answer).exists())
            {
                pending.push(taken);
            } else {
                // Given just before a crash: only the notes are missing.
                store
                    .note_given_once(&taken, public)
                    .map_err(TerminalError::io("write", work))?;
            }
        }
        Ok((store, pending))
    }

    fn remember(&mut self, taken: &Taken) {
        self.taken
            .insert(taken.request.clone(), taken.sha256.clone());
        if let Some(accepted) = &taken.accepted {
            let reception = Reception {
                request: accepted.request.clone(),
                rounds: 0,
            };
            self.receptions
                .insert(accepted.reception.clone(), reception);
        }
        if let Some(reception) = taken
            .still_working
            .as_ref()
            .and_then(|n| self.receptions.get_mut(n))
        {
            reception.rounds = reception.rounds.saturating_add(1);
        }
        self.references.extend(taken.registered.clone());
    }

    pub(super) fn digest_of(&self, request: &str) -> Option<&str> {
        self.taken.get(request).map(String::as_str)
    }

    pub(super) fn reception(&self, number: &str) -> Option<&Reception> {
        self.receptions.get(number)
    }

    pub(super) fn references(&self) -> &References {
        &self.references
    }

    /// 受付番号 of the next bulk request: the day and a number that never repeats.
    pub(super) fn next_reception(&self, day: &str) -> String {
        format!("R{day}{:09}", self.receptions.len().saturating_add(1))
    }

    /// The bytes of an accepted bulk request.
    pub(super) fn job(&self, reception: &Reception) -> io::Result<Vec<u8>> {
        fs::read(self.work.join("jobs").join(&reception.request))
    }

    /// Notes a request with its answers. When this returns, a crash loses nothing.
    pub(super) fn take(
        &mut self,
        taken: Taken,
        request: &[u8],
        answers: &[(String, Vec<u8>)],
    ) -> io::Result<Taken> {
        for (name, bytes) in answers {
            write_flushed(&self.outbox(name), bytes)?;
        }
        if taken.accepted.is_some() {
            write_flushed(&self.work.join("jobs").join(&taken.request), request)?;
        }
        self.lines.append(TAKEN, serde_json::to_value(&taken)?)?;
        self.remember(&taken);
        Ok(taken)
    }

    /// Shows the first half of an answer in `res`, as a slow writer would.
    pub(super) fn show_half(&self, taken: &Taken) -> io::Result<()> {
        for answer in &taken.answers {
            let bytes = fs::read(self.outbox(answer))?;
            let half = bytes.get(..bytes.len() / 2).unwrap_or_default();
            fs::write(self.res.join(answer), half)?;
        }
        Ok(())
    }

    /// Gives the answers: one rename each.
    pub(super) fn give(&self, taken: &Taken, public: &Ledger) -> io::Result<()> {
        for answer in &taken.answers {
            let waiting = self.outbox(answer);
            match fs::rename(&waiting, self.res.join(answer)) {
                // Gone from the outbox: given before a crash. Still there: `res` is away.
                Err(e) if e.kind() != io::ErrorKind::NotFound || waiting.exists() => return Err(e),
                _ => {}
            }
        }
        flush_folder(&self.res)?;
        let (kind, detail) = &taken.event;
        public.append(kind, detail.clone())?;
        self.note_given(taken)
    }

    /// The public ledger gets each request once, also when a crash came between the two notes.
    fn note_given_once(&self, taken: &Taken, public: &Ledger) -> io::Result<()> {
        let (kind, detail) = &taken.event;
        let known = |event: crate::ledger::Event| event.kind == *kind && event.detail == *detail;
        if !public.events()?.into_iter().any(known) {
            public.append(kind, detail.clone())?;
        }
        self.note_given(taken)
    }

    fn note_given(&self, taken: &Taken) -> io::Result<()> {
        self.lines
            .append(GIVEN, Value::from(taken.request.as_str()))
    }

    fn outbox(&self, answer: &str) -> PathBuf {
        self.work.join("outbox").join(answer)
    }
}

pub(super) fn write_flushed(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(unix)]
fn flush_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Elsewhere a folder cannot be opened as a file.
#[cfg(not(unix))]
fn flush_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
