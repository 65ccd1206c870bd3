//! Whether a store that is not there is new, or lost.

use crate::error::JournalError;
use std::path::{Path, PathBuf};

/// What lies only beside a store that was in use.
pub(crate) struct Remains<'a> {
    store: &'a Path,
    of_it: Vec<PathBuf>,
}

impl<'a> Remains<'a> {
    /// Of a database: its locks, and what the caller names. Nothing counts where the caller names
    /// nothing.
    pub(crate) fn of(store: &'a Path, locks: &Path, named: &[&Path]) -> Self {
        let mut of_it: Vec<PathBuf> = named.iter().map(|path| path.to_path_buf()).collect();
        if !of_it.is_empty() {
            of_it.push(locks.to_owned());
        }
        Self { store, of_it }
    }

    /// Refuses to begin anew beside them.
    pub(crate) fn none(&self) -> Result<(), JournalError> {
        match self.of_it.iter().find(|path| holds_something(path)) {
            None => Ok(()),
            Some(found) => Err(JournalError::Gone {
                path: self.store.display().to_string(),
                beside: found.display().to_string(),
            }),
        }
    }
}

/// A file, or a folder that is not empty.
fn holds_something(path: &Path) -> bool {
    match std::fs::read_dir(path) {
        Ok(mut folder) => folder.next().is_some(),
        Err(_) => path.is_file(),
    }
}
