//! The plan of which faults come next.

use super::Mischief;
use crate::terminal::{TerminalError, asked::Asked, store::write_flushed};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    collections::VecDeque,
    fs, io,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

#[derive(Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Plan {
    next: VecDeque<Mischief>,
    /// What is to happen at once.
    now: VecDeque<Mischief>,
    offline: bool,
    seed: u64,
    /// 0: none by seed.
    one_in: u32,
    /// Requests met so far under the seed.
    count: u64,
}

pub(crate) struct Faults {
    path: PathBuf,
    lock: Mutex<()>,
}

impl Faults {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self {
            path,
            lock: Mutex::new(()),
        }
    }

    /// Whether a plan was ever made here.
    pub(crate) fn planned(&self) -> bool {
        self.path.exists()
    }

    pub(crate) fn arm(&self, mischief: Mischief) -> Result<(), TerminalError> {
        self.change(|plan| match mischief {
            Mischief::Offline => plan.offline = true,
            other if other.is_now() => plan.now.push_back(other),
            other => plan.next.push_back(other),
        })
    }

    pub(crate) fn online(&self) -> Result<(), TerminalError> {
        self.change(|plan| plan.offline = false)
    }

    pub(crate) fn seed(&self, seed: u64, one_in: u32) -> Result<(), TerminalError> {
        self.change(|plan| (plan.seed, plan.one_in, plan.count) = (seed, one_in, 0))
    }

    pub(crate) fn is_offline(&self) -> Result<bool, TerminalError> {
        if !self.planned() {
            return Ok(false);
        }
        let _guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(self.read()?.offline)
    }

    /// What is to happen at once, taken off the plan.
    pub(crate) fn take_now(&self) -> Result<Vec<Mischief>, TerminalError> {
        if !self.planned() {
            return Ok(Vec::new());
        }
        let _guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        let mut plan = self.read()?;
        if plan.now.is_empty() {
            return Ok(Vec::new());
        }
        let acts = std::mem::take(&mut plan.now).into();
        self.write(&plan)?;
        Ok(acts)
    }

    /// What is to come, in order, and whether the terminal is offline.
    pub(crate) fn coming(&self) -> Result<(Vec<Mischief>, bool), TerminalError> {
        let _guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        let plan = self.read()?;
        let all = plan.now.iter().chain(&plan.next).copied().collect();
        Ok((all, plan.offline))
    }

    /// Forgets every fault that is to come, and puts the terminal online.
    pub(crate) fn clear(&self) -> Result<(), TerminalError> {
        self.change(|plan| *plan = Plan::default())
    }

    /// The fault that such a request meets, taken off the plan.
    pub(crate) fn take(&self, asked: Asked) -> Result<Option<Mischief>, TerminalError> {
        if !self.planned() {
            return Ok(None);
        }
        self.change(|plan| {
            if let Some(at) = plan
                .next
                .iter()
                .position(|mischief| mischief.befalls(asked))
            {
                return plan.next.remove(at);
            }
            let drawn = draw(plan.seed, plan.one_in, plan.count);
            if plan.one_in > 0 {
                plan.count = plan.count.saturating_add(1);
            }
            drawn.filter(|mischief| mischief.befalls(asked))
        })
    }

    fn read(&self) -> Result<Plan, TerminalError> {
        match fs::read(&self.path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|e| TerminalError::io("read", &self.path)(e.into())),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Plan::default()),
            Err(e) => Err(TerminalError::io("read", &self.path)(e)),
        }
    }

    fn change<T>(&self, change: impl FnOnce(&mut Plan) -> T) -> Result<T, TerminalError> {
        let _guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        let mut plan = self.read()?;
        let before = serde_json::to_vec(&plan).unwrap_or_default();
        let answer = change(&mut plan);
        let after = serde_json::to_vec(&plan).unwrap_or_default();
        if before != after || !self.planned() {
            self.write(&plan)?;
        }
        Ok(answer)
    }

    fn write(&self, plan: &Plan) -> Result<(), TerminalError> {
        let bytes = serde_json::to_vec(plan)
            .map_err(|e| TerminalError::io("write", &self.path)(e.into()))?;
        let temp = self.path.with_extension("tmp");
        write_flushed(&temp, &bytes)
            .and_then(|()| fs::rename(&temp, &self.path))
            .map_err(TerminalError::io("write", &self.path))
    }
}

/// The fault of the `count`-th request under a seed: from the seed alone, so a run repeats. What
/// happens at once is never drawn, because no request meets it and nothing would end it.
fn draw(seed: u64, one_in: u32, count: u64) -> Option<Mischief> {
    let hash: [u8; 32] = Sha256::new()
        .chain_update(seed.to_be_bytes())
        .chain_update(count.to_string())
        .finalize()
        .into();
    let (when, which) = (hash.first_chunk::<4>()?, hash.last()?);
    if u32::from_be_bytes(*when).checked_rem(one_in)? != 0 {
        return None;
    }
    let drawable: Vec<Mischief> = Mischief::ALL
        .iter()
        .copied()
        .filter(|mischief| !mischief.is_now())
        .collect();
    drawable
        .get(usize::from(*which).checked_rem(drawable.len())?)
        .copied()
}
