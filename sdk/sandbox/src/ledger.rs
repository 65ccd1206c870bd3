//! The sandbox's ledger (台帳): what the simulated outside world was made to do, in order.
//!
//! A test proves "exactly once" by counting here, not in its own memory. One JSON object a line,
//! appended in one write and flushed to the disk before the simulated system answers, so a kill
//! loses nothing that was answered. A last line cut short by a power cut is dropped when the
//! ledger is opened.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// What kind of thing: `gateway.accepted`, `terminal.answered`.
    pub kind: String,
    /// The particulars, by kind.
    pub detail: Value,
}

/// An append-only file of [`Event`]s, `ledger.jsonl` in the sandbox folder.
#[derive(Debug)]
pub struct Ledger {
    path: PathBuf,
    file: Mutex<File>,
    /// How many entries were written.
    written: AtomicU64,
    /// How many of them are known to be on the disk: those who wait while one flush goes on share
    /// the next.
    flushed: Mutex<u64>,
}

impl Ledger {
    /// File name in the sandbox folder.
    pub const FILE_NAME: &'static str = "ledger.jsonl";

    /// Opens or begins the ledger of a sandbox folder.
    pub fn open(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let path = folder.join(Self::FILE_NAME);
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .read(true)
            .open(&path)?;
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(0))?;
        file.read_to_end(&mut bytes)?;
        let whole = bytes
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at.saturating_add(1));
        if whole < bytes.len() {
            file.set_len(u64::try_from(whole).unwrap_or(0))?;
            file.sync_all()?;
        }
        Ok(Self {
            path,
            file: Mutex::new(file),
            written: AtomicU64::new(0),
            flushed: Mutex::new(0),
        })
    }

    /// Appends one event and flushes it to the disk.
    pub fn append(&self, kind: &str, detail: Value) -> io::Result<()> {
        let event = Event {
            kind: kind.to_owned(),
            detail,
        };
        let mut line = serde_json::to_vec(&event)?;
        line.push(b'\n');
        let (own, handle) = {
            let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            file.write_all(&line)?;
            let before = self.written.fetch_add(1, Ordering::SeqCst);
            (before.saturating_add(1), file.try_clone()?)
        };
        let mut flushed = self.flushed.lock().unwrap_or_else(PoisonError::into_inner);
        if *flushed < own {
            let written = self.written.load(Ordering::SeqCst);
            handle.sync_data()?;
            *flushed = written;
        }
        Ok(())
    }

    /// What was appended after the first `offset` bytes, and how far the file reaches now. A line
    /// that is being written counts once it is whole.
    pub fn events_from(&self, offset: u64) -> io::Result<(Vec<Event>, u64)> {
        let mut file = File::open(&self.path)?;
        if file.metadata()?.len() <= offset {
            return Ok((Vec::new(), offset));
        }
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let whole = bytes
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at.saturating_add(1));
        let events = bytes
            .get(..whole)
            .unwrap_or_default()
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).map_err(io::Error::from))
            .collect::<io::Result<_>>()?;
        let read = u64::try_from(whole).unwrap_or(u64::MAX);
        Ok((events, offset.saturating_add(read)))
    }

    /// Everything that happened, oldest first.
    pub fn events(&self) -> io::Result<Vec<Event>> {
        let text = std::fs::read_to_string(&self.path)?;
        text.lines()
            .map(|line| serde_json::from_str(line).map_err(io::Error::from))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn events_survive_reopening_and_a_line_cut_short_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        Ledger::open(folder.path())
            .unwrap()
            .append("a", json!({"n": 1}))
            .unwrap();
        let path = folder.path().join(Ledger::FILE_NAME);
        OpenOptions::new()
            .append(true)
            .open(path)
            .unwrap()
            .write_all(br#"{"kind":"b","det"#)
            .unwrap();
        let ledger = Ledger::open(folder.path()).unwrap();
        ledger.append("c", json!(null)).unwrap();
        let kinds: Vec<String> = ledger
            .events()
            .unwrap()
            .into_iter()
            .map(|event| event.kind)
            .collect();
        assert_eq!(kinds, ["a", "c"]);
    }
}
