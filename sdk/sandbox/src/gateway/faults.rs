//! Faults by name and by seed, kept in `faults.json` so that they survive a restart and can be
//! armed from another process:
//!
//! ```json
//! { "next": ["accept-then-cut"], "seed": 7, "one_in": 5, "count": 12 }
//! ```

use super::{GatewayError, io_error, state::write_whole};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    collections::VecDeque,
    fmt, fs,
    path::{Path, PathBuf},
    str::FromStr,
    sync::{Mutex, PoisonError},
};

/// What can go wrong with a `POST`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mischief {
    /// Does the work, then closes the connection before answering: the caller cannot know.
    AcceptThenCut,
    /// Closes the connection before doing anything: to the caller it looks the same.
    CutBefore,
    /// Answers 500 and does nothing, once.
    #[serde(rename = "500-once")]
    ServerErrorOnce,
    /// Does the work and takes its time to answer.
    Slow,
}

impl Mischief {
    /// Every fault, in a fixed order.
    pub const ALL: [Self; 4] = [
        Self::AcceptThenCut,
        Self::CutBefore,
        Self::ServerErrorOnce,
        Self::Slow,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AcceptThenCut => "accept-then-cut",
            Self::CutBefore => "cut-before",
            Self::ServerErrorOnce => "500-once",
            Self::Slow => "slow",
        }
    }
}

impl fmt::Display for Mischief {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Mischief {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|mischief| mischief.name() == text)
            .ok_or_else(|| {
                let names: Vec<&str> = Self::ALL.iter().map(|mischief| mischief.name()).collect();
                format!("no fault is named {text:?}; there are {}", names.join(", "))
            })
    }
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Plan {
    next: VecDeque<Mischief>,
    seed: u64,
    /// 0: none by seed.
    one_in: u32,
    /// `POST`s met so far under the seed.
    count: u64,
}

pub(super) struct Faults {
    path: PathBuf,
    lock: Mutex<()>,
}

impl Faults {
    pub(super) fn new(folder: &Path) -> Self {
        Self {
            path: folder.join("faults.json"),
            lock: Mutex::new(()),
        }
    }

    pub(super) fn arm(&self, mischief: Mischief) -> Result<(), GatewayError> {
        self.change(|plan| plan.next.push_back(mischief))
    }

    pub(super) fn seed(&self, seed: u64, one_in: u32) -> Result<(), GatewayError> {
        self.change(|plan| (plan.seed, plan.one_in, plan.count) = (seed, one_in, 0))
    }

    /// The fault the next `POST` meets, taken off the plan.
    pub(super) fn take(&self) -> Result<Option<Mischief>, GatewayError> {
        if !self.path.exists() {
            return Ok(None);
        }
        self.change(|plan| {
            if let Some(armed) = plan.next.pop_front() {
                return Some(armed);
            }
            let drawn = draw(plan.seed, plan.one_in, plan.count);
            plan.count = plan.count.saturating_add(1);
            drawn
        })
    }

    fn change<T>(&self, change: impl FnOnce(&mut Plan) -> T) -> Result<T, GatewayError> {
        let _guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        let damaged = |e: serde_json::Error| GatewayError::Damaged {
            file: self.path.display().to_string(),
            detail: e.to_string(),
        };
        let mut plan: Plan = match fs::read(&self.path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(damaged)?,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Plan::default(),
            Err(e) => return Err(io_error("read", self.path.display())(e)),
        };
        let answer = change(&mut plan);
        write_whole(&self.path, &serde_json::to_vec(&plan).map_err(damaged)?)?;
        Ok(answer)
    }
}

/// The fault of the `count`-th request under a seed: from the seed alone, so a run repeats.
fn draw(seed: u64, one_in: u32, count: u64) -> Option<Mischief> {
    let hash = Sha256::new()
        .chain_update(seed.to_be_bytes())
        .chain_update(count.to_be_bytes())
        .finalize();
    let (when, which) = (hash.first_chunk::<4>()?, hash.last()?);
    if u32::from_be_bytes(*when).checked_rem(one_in)? != 0 {
        return None;
    }
    Mischief::ALL
        .get(usize::from(*which) % Mischief::ALL.len())
        .copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_draws_the_same_faults_each_time_about_as_often_as_asked() {
        let drawn: Vec<_> = (0..1000).filter_map(|count| draw(7, 5, count)).collect();
        assert_eq!(
            drawn,
            (0..1000)
                .filter_map(|count| draw(7, 5, count))
                .collect::<Vec<_>>()
        );
        assert!((150..250).contains(&drawn.len()), "{}", drawn.len());
        assert!(
            Mischief::ALL
                .iter()
                .all(|mischief| drawn.contains(mischief))
        );
        assert!((0..1000).all(|count| draw(7, 0, count).is_none()));
    }

    #[test]
    fn armed_faults_come_in_order_survive_a_restart_and_have_names() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["accept-then-cut", "500-once"] {
            Faults::new(folder.path())
                .arm(name.parse().unwrap())
                .unwrap();
        }
        let faults = Faults::new(folder.path());
        assert_eq!(faults.take().unwrap(), Some(Mischief::AcceptThenCut));
        assert_eq!(faults.take().unwrap(), Some(Mischief::ServerErrorOnce));
        assert_eq!(faults.take().unwrap(), None);
        let written = serde_json::to_string(&Mischief::ALL).unwrap();
        assert_eq!(
            written,
            r#"["accept-then-cut","cut-before","500-once","slow"]"#
        );
    }
}
