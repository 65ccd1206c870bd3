//! One terminal's folders, opened when first used, and what was answered already.

use reseplug_effect::{Arrival, Clock, Fault};
use reseplug_exchange::{Binding, Folders, Host, Prepared};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Folders that are opened when first used.
pub(super) struct TerminalDoor {
    binding: Binding,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    opened: Option<Arc<Terminal>>,
    /// An effect was let in: from then on a temporary file may be one whose intent is about
    /// to be written.
    used: bool,
}

impl TerminalDoor {
    pub(super) fn new(binding: Binding) -> Self {
        Self {
            binding,
            state: Mutex::default(),
        }
    }

    pub(super) fn max_bytes(&self) -> u64 {
        self.binding.max_bytes
    }

    /// Where answers come.
    pub(super) fn res(&self) -> &Path {
        &self.binding.res
    }

    /// The folders, if they are open.
    pub(super) fn is_open(&self) -> Option<Arc<Terminal>> {
        self.state().opened.clone()
    }

    /// Opens the folders without using them.
    pub(super) fn open(
        &self,
        host: impl FnOnce() -> Result<Host, Fault>,
        clock: &Arc<dyn Clock>,
    ) -> Result<(), Fault> {
        self.opened(&mut self.state(), host, clock).map(drop)
    }

    /// The folders, for an effect.
    pub(super) fn enter(
        &self,
        host: impl FnOnce() -> Result<Host, Fault>,
        clock: &Arc<dyn Clock>,
    ) -> Result<Arc<Terminal>, Fault> {
        let mut state = self.state();
        let terminal = self.opened(&mut state, host, clock)?;
        state.used = true;
        Ok(terminal)
    }

    /// Removes temporary files that `known` does not name. Nothing is let in meanwhile, so
    /// that what is asked about and what is removed belong to one moment.
    pub(super) fn sweep(
        &self,
        host: impl FnOnce() -> Result<Host, Fault>,
        clock: &Arc<dyn Clock>,
        known: impl FnOnce() -> Result<Vec<Prepared>, Fault>,
    ) -> Result<usize, Fault> {
        let mut state = self.state();
        if state.used || !self.has_temporary() {
            return Ok(0);
        }
        let Ok(terminal) = self.opened(&mut state, host, clock) else {
            return Ok(0);
        };
        Ok(terminal.folders.sweep(&known()?).unwrap_or(0))
    }

    /// Whether a file lies there that may be a request of ours under its temporary name. A
    /// false yes costs an opening; whose the file is, is for [`Folders::sweep`] to say.
    fn has_temporary(&self) -> bool {
        std::fs::read_dir(&self.binding.req).is_ok_and(|entries| {
            entries.flatten().any(|entry| {
                let name = entry.file_name();
                name.to_str()
                    .is_some_and(|name| name.starts_with(".reseplug-") && name.ends_with(".tmp"))
            })
        })
    }

    fn opened(
        &self,
        state: &mut State,
        host: impl FnOnce() -> Result<Host, Fault>,
        clock: &Arc<dyn Clock>,
    ) -> Result<Arc<Terminal>, Fault> {
        if let Some(terminal) = &state.opened {
            return Ok(Arc::clone(terminal));
        }
        let host = host()?;
        let mut binding = self.binding.clone();
        binding.first = Binding::first_of(&host);
        let folders = Folders::open(binding, &host, Arc::clone(clock))?;
        let terminal = Arc::new(Terminal {
            folders,
            answered: Mutex::default(),
        });
        state.opened = Some(Arc::clone(&terminal));
        Ok(terminal)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One terminal's folders, open.
pub(crate) struct Terminal {
    pub(crate) folders: Folders,
    answered: Mutex<Answered>,
}

#[derive(Default)]
struct Answered {
    /// Requests whose answers are in the journal.
    requests: BTreeSet<String>,
    /// Answer files that could not be removed so far.
    left: BTreeSet<String>,
}

impl Terminal {
    /// Looks once for answers to requests that were not answered yet.
    pub(crate) fn poll(&self, requests: &[String]) -> Result<Vec<Arrival>, Fault> {
        let open: Vec<String> = {
            let mut answered = self.answered();
            self.remove_left(&mut answered);
            let mut seen = BTreeSet::new();
            requests
                .iter()
                .filter(|request| !answered.requests.contains(*request) && seen.insert(*request))
                .cloned()
                .collect()
        };
        self.folders.poll(&open, open.len())
    }

    /// An answer is safe in the journal. Its file is removed, now or when the next look finds
    /// that it can be; and its request is not answered again by this process even if the file
    /// stays. Later processes know it by the file that is gone.
    pub(crate) fn settle(&self, arrivals: &[Arrival]) {
        let mut answered = self.answered();
        for arrival in arrivals {
            answered.requests.insert(arrival.request.clone());
            answered.left.insert(arrival.name.clone());
        }
        self.remove_left(&mut answered);
    }

    fn remove_left(&self, answered: &mut Answered) {
        answered
            .left
            .retain(|name| self.folders.finish(name).is_err());
    }

    fn answered(&self) -> MutexGuard<'_, Answered> {
        self.answered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
