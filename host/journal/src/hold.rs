//! One run per job: a second one would take the first one's intent for a crash.

use crate::error::JournalError;
use fs4::{FileExt, TryLockError};
use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Lock files beside the store. Jobs share them by a hash of their root's id, so there is
/// no file to remove when a job ends (removing lock files races). Two processes that run
/// different jobs meet on one file once in 256 times; the later is asked to wait.
const LAST: u8 = u8::MAX;

/// The jobs this process is driving, and the OS locks that tell other processes so. A lock
/// goes with its process, so nothing is left over after a crash.
#[derive(Debug)]
pub(crate) struct Holds {
    /// Absent for a store in memory, which no other process can see.
    folder: Option<PathBuf>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    jobs: HashSet<String>,
    files: HashMap<u8, (File, usize)>,
}

impl Holds {
    pub(crate) fn new(folder: Option<PathBuf>) -> Arc<Self> {
        Arc::new(Self {
            folder,
            state: Mutex::default(),
        })
    }

    pub(crate) fn take(self: &Arc<Self>, job: &str) -> Result<Hold, JournalError> {
        let elsewhere = || JournalError::DrivenElsewhere { id: job.to_owned() };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.jobs.contains(job) {
            return Err(elsewhere());
        }
        let bucket = bucket(job);
        if let Some((_, count)) = state.files.get_mut(&bucket) {
            *count = count.saturating_add(1);
        } else if let Some(folder) = &self.folder {
            let path = folder.join(format!("{bucket:02x}.lock"));
            let failed = |source| JournalError::File {
                path: path.display().to_string(),
                source,
            };
            fs::create_dir_all(folder).map_err(failed)?;
            let file = File::options()
                .create(true)
                .truncate(false)
                .write(true)
                .open(&path)
                .map_err(failed)?;
            match FileExt::try_lock(&file) {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(elsewhere()),
                Err(TryLockError::Error(source)) => return Err(failed(source)),
            }
            state.files.insert(bucket, (file, 1));
        }
        state.jobs.insert(job.to_owned());
        Ok(Hold {
            holds: Arc::clone(self),
            job: job.to_owned(),
        })
    }
}

/// Children share their root's file: whoever drives the root drives them.
fn bucket(job: &str) -> u8 {
    let root = job.split('/').next().unwrap_or(job);
    let digest = crate::documents::document_digest(root.as_bytes());
    digest
        .get(..2)
        .and_then(|hex| u8::from_str_radix(hex, 16).ok())
        .unwrap_or(LAST)
}

/// The right to drive one job, given back when dropped.
#[derive(Debug)]
pub struct Hold {
    holds: Arc<Holds>,
    job: String,
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut state = self
            .holds
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        state.jobs.remove(&self.job);
        let bucket = bucket(&self.job);
        if let Some((_, count)) = state.files.get_mut(&bucket) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                state.files.remove(&bucket);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_driven_by_one_run_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let here = Holds::new(Some(folder.path().to_owned()));
        let there = Holds::new(Some(folder.path().to_owned()));
        let hold = here.take("job-1").unwrap();
        assert!(here.take("job-1").is_err());
        assert!(there.take("job-1").is_err());
        let child = here.take("job-1/3").unwrap();
        drop(hold);
        assert!(there.take("job-1").is_err(), "a child is still driven here");
        drop(child);
        assert!(there.take("job-1").is_ok());
    }
}
