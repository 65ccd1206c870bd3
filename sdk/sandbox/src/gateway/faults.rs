//! Faults by name and by seed, kept in `faults.json` so that they survive a restart and can be
//! armed from another process:
//!
//! ```json
//! { "next": ["accept-then-cut"], "seed": 7, "one_in": 5, "gets": false, "among": ["slow"], "count": 12 }
//! ```
//!
//! A fault waits for the first request that it can strike: the loss of an acknowledgement, for
//! instance, for a request for one.

use super::{GatewayError, io_error, routes::Route, store::write_whole};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, VecDeque},
    fmt, fs,
    path::{Path, PathBuf},
    str::FromStr,
    sync::{Mutex, PoisonError},
};

/// What can go wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mischief {
    /// Does the work, then closes the connection before answering: the caller cannot know.
    AcceptThenCut,
    /// Closes the connection before it reads the body: to the caller it looks the same.
    CutBefore,
    /// Reads half of the body and closes the connection.
    CutInRequest,
    /// Does the work, sends the headers and half of the answer, and closes the connection.
    CutInAnswer,
    /// Answers 500 and does nothing, once.
    #[serde(rename = "500-once")]
    ServerErrorOnce,
    /// Answers 503 with `retry-after` and does nothing.
    #[serde(rename = "503")]
    Busy,
    /// Answers 302 to another host and does nothing.
    #[serde(rename = "302")]
    Redirect,
    /// Does the work and takes its time to answer.
    Slow,
    /// Does the work and answers about another submission.
    OtherSubmission,
    /// Takes the same key twice: two submissions.
    AcceptsTwice,
    /// Says that there is no acknowledgement although there is one.
    AcknowledgementLost,
    /// Names a receipt that the file does not have among the findings.
    StrangeFinding,
    /// The check takes until noon of the day after.
    ChecksLong,
}

impl Mischief {
    /// Every fault, in a fixed order.
    pub const ALL: [Self; 13] = [
        Self::AcceptThenCut,
        Self::CutBefore,
        Self::CutInRequest,
        Self::CutInAnswer,
        Self::ServerErrorOnce,
        Self::Busy,
        Self::Redirect,
        Self::Slow,
        Self::OtherSubmission,
        Self::AcceptsTwice,
        Self::AcknowledgementLost,
        Self::StrangeFinding,
        Self::ChecksLong,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AcceptThenCut => "accept-then-cut",
            Self::CutBefore => "cut-before",
            Self::CutInRequest => "cut-in-request",
            Self::CutInAnswer => "cut-in-answer",
            Self::ServerErrorOnce => "500-once",
            Self::Busy => "503",
            Self::Redirect => "302",
            Self::Slow => "slow",
            Self::OtherSubmission => "other-submission",
            Self::AcceptsTwice => "accepts-twice",
            Self::AcknowledgementLost => "acknowledgement-lost",
            Self::StrangeFinding => "strange-finding",
            Self::ChecksLong => "checks-long",
        }
    }

    /// Whether it can strike a request of that route. `gets`: also one that only reads.
    fn strikes(self, route: Route, gets: bool) -> bool {
        match self {
            Self::AcceptsTwice | Self::ChecksLong => route == Route::Submit,
            Self::AcknowledgementLost => route == Route::Acknowledgement,
            Self::StrangeFinding => route == Route::Findings,
            Self::OtherSubmission => route.is_post() || (gets && route == Route::Status),
            // Without a body there is nothing to cut in the middle of.
            Self::CutInRequest => matches!(route, Route::Submit | Route::TakeDown),
            _ => route.is_post() || gets,
        }
    }

    /// Whether it strikes only where the work was done: an answer about something else tells
    /// nothing beside an error, and a file that was refused is neither taken twice nor checked.
    pub(super) const fn needs_work(self) -> bool {
        matches!(
            self,
            Self::OtherSubmission | Self::StrangeFinding | Self::AcceptsTwice | Self::ChecksLong
        )
    }

    /// What it changes in the work itself.
    pub(super) const fn extra(self) -> Extra {
        match self {
            Self::AcceptsTwice => Extra::Twice,
            Self::ChecksLong => Extra::Long,
            _ => Extra::None,
        }
    }
}

/// What a fault changes in the handing in of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extra {
    None,
    Twice,
    Long,
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

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Plan {
    next: VecDeque<Mischief>,
    seed: u64,
    /// 0: none by seed.
    one_in: u32,
    /// Whether requests that only read meet faults, too.
    gets: bool,
    /// What the seed draws from; empty for everything.
    among: Vec<Mischief>,
    /// Requests met so far under the seed: `POST`s, with `gets` all.
    count: u64,
}

pub(super) struct Faults {
    path: PathBuf,
    lock: Mutex<()>,
    struck: Mutex<BTreeMap<Mischief, u64>>,
}

impl Faults {
    pub(super) fn new(folder: &Path) -> Self {
        Self {
            path: folder.join("faults.json"),
            lock: Mutex::new(()),
            struck: Mutex::default(),
        }
    }

    /// Notes that a fault struck.
    pub(super) fn strike(&self, mischief: Mischief) {
        let mut struck = self.struck.lock().unwrap_or_else(PoisonError::into_inner);
        let times = struck.entry(mischief).or_default();
        *times = times.saturating_add(1);
    }

    /// How often each fault struck since this gateway was started.
    pub(super) fn struck(&self) -> BTreeMap<Mischief, u64> {
        let struck = self.struck.lock().unwrap_or_else(PoisonError::into_inner);
        struck.clone()
    }

    pub(super) fn arm(&self, mischief: Mischief) -> Result<(), GatewayError> {
        self.change(|plan| plan.next.push_back(mischief))
    }

    pub(super) fn seed(
        &self,
        seed: u64,
        one_in: u32,
        gets: bool,
        among: &[Mischief],
    ) -> Result<(), GatewayError> {
        self.change(|plan| {
            (plan.seed, plan.one_in, plan.gets, plan.count) = (seed, one_in, gets, 0);
            plan.among = among.to_vec();
        })
    }

    /// The fault that a request meets, taken off the plan.
    pub(super) fn take(&self, route: Route) -> Result<Option<Mischief>, GatewayError> {
        if !self.path.exists() {
            return Ok(None);
        }
        self.change(|plan| {
            let armed = plan
                .next
                .iter()
                .position(|armed| armed.strikes(route, plan.gets));
            if let Some(armed) = armed {
                return plan.next.remove(armed);
            }
            if plan.one_in == 0 || !(route.is_post() || plan.gets) {
                return None;
            }
            let among = if plan.among.is_empty() {
                &Mischief::ALL[..]
            } else {
                &plan.among
            };
            let drawn = draw(plan.seed, plan.one_in, plan.count, among);
            plan.count = plan.count.saturating_add(1);
            let drawn = drawn?;
            if drawn.strikes(route, plan.gets) {
                return Some(drawn);
            }
            plan.next.push_back(drawn);
            None
        })
    }

    fn change<T>(&self, change: impl FnOnce(&mut Plan) -> T) -> Result<T, GatewayError> {
        let _guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        let damaged = |e: serde_json::Error| GatewayError::Damaged {
            file: self.path.display().to_string(),
            detail: e.to_string(),
        };
        let before: Plan = match fs::read(&self.path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(damaged)?,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Plan::default(),
            Err(e) => return Err(io_error("read", self.path.display())(e)),
        };
        let mut plan = before.clone();
        let answer = change(&mut plan);
        if plan != before {
            write_whole(&self.path, &serde_json::to_vec(&plan).map_err(damaged)?)?;
        }
        Ok(answer)
    }
}

/// The fault of the `count`-th request under a seed: from the seed alone, so a run repeats.
fn draw(seed: u64, one_in: u32, count: u64, among: &[Mischief]) -> Option<Mischief> {
    let hash = Sha256::new()
        .chain_update(seed.to_be_bytes())
        .chain_update(count.to_be_bytes())
        .finalize();
    let (when, which) = (hash.first_chunk::<4>()?, hash.last()?);
    if u32::from_be_bytes(*when).checked_rem(one_in)? != 0 {
        return None;
    }
    among
        .get(usize::from(*which).checked_rem(among.len())?)
        .copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_draws_the_same_faults_each_time_about_as_often_as_asked() {
        let drawn = |one_in, among: &[Mischief]| -> Vec<Mischief> {
            (0..1000)
                .filter_map(|count| draw(7, one_in, count, among))
                .collect()
        };
        assert_eq!(drawn(5, &Mischief::ALL), drawn(5, &Mischief::ALL));
        assert!(drawn(0, &Mischief::ALL).is_empty());
        let only = [Mischief::Slow, Mischief::Busy];
        assert!(
            drawn(5, &only)
                .iter()
                .all(|mischief| only.contains(mischief))
        );
        let drawn = drawn(5, &Mischief::ALL);
        assert!((150..250).contains(&drawn.len()), "{}", drawn.len());
        assert!(
            Mischief::ALL
                .iter()
                .all(|mischief| drawn.contains(mischief))
        );
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
        let take = || faults.take(Route::Submit).unwrap();
        assert_eq!(take(), Some(Mischief::AcceptThenCut));
        assert_eq!(take(), Some(Mischief::ServerErrorOnce));
        assert_eq!(take(), None);
        for mischief in Mischief::ALL {
            let written = serde_json::to_value(mischief).unwrap();
            assert_eq!(written, mischief.name());
            assert_eq!(mischief.name().parse(), Ok(mischief));
        }
    }

    #[test]
    fn a_fault_waits_for_the_request_it_can_strike() {
        let folder = tempfile::tempdir().unwrap();
        let faults = Faults::new(folder.path());
        faults.arm(Mischief::AcknowledgementLost).unwrap();
        faults.arm(Mischief::Slow).unwrap();
        assert_eq!(faults.take(Route::Status).unwrap(), None);
        assert_eq!(faults.take(Route::Confirm).unwrap(), Some(Mischief::Slow));
        assert_eq!(
            faults.take(Route::Acknowledgement).unwrap(),
            Some(Mischief::AcknowledgementLost)
        );
    }

    #[test]
    fn reading_meets_faults_only_on_request() {
        let folder = tempfile::tempdir().unwrap();
        let faults = Faults::new(folder.path());
        let met = || {
            (0..50)
                .filter(|_| faults.take(Route::Status).unwrap().is_some())
                .count()
        };
        faults.seed(3, 2, false, &[]).unwrap();
        assert_eq!(met(), 0);
        faults.seed(3, 2, true, &[]).unwrap();
        assert!(met() > 5);
    }
}
