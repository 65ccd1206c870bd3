//! The story's own time: it stands still until a scene sets it or somebody waits.

use jiff::{SignedDuration, Timestamp};
use reseplug_effect::Clock;
use reseplug_journal::Patience;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

/// A clock that is set, shared by the hosts and the sandbox.
#[derive(Debug, Default)]
pub(crate) struct StoryClock {
    now: AtomicI64,
    /// Real time given to the sandbox, in microseconds.
    given: AtomicI64,
}

impl StoryClock {
    pub(crate) fn set(&self, now: Timestamp) {
        self.now.store(now.as_microsecond(), Ordering::SeqCst);
    }

    pub(crate) fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        let _ = self
            .now
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |now| {
                now.checked_add(by)
            });
    }
}

impl StoryClock {
    /// Notes real time that went to the sandbox.
    pub(crate) fn give(&self, time: Duration) {
        let time = i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
        self.given.fetch_add(time, Ordering::SeqCst);
    }

    /// Real time that went to the sandbox: starting it, the readings on its phone page, and
    /// waiting for it.
    pub(crate) fn given(&self) -> Duration {
        Duration::from_micros(u64::try_from(self.given.load(Ordering::SeqCst)).unwrap_or(0))
    }
}

impl Clock for StoryClock {
    fn now(&self) -> Timestamp {
        // Only moments that were set or lie a wait behind one are ever stored.
        Timestamp::from_microsecond(self.now.load(Ordering::SeqCst))
            .unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// Waits a moment of real time for the sandbox's threads, then lets the story's time pass.
#[derive(Debug)]
pub(crate) struct StoryPatience(pub(crate) Arc<StoryClock>);

/// What the sandbox gets of real time for each wait.
const NAP: Duration = Duration::from_millis(2);

impl Patience for StoryPatience {
    fn wait(&mut self, now: Timestamp, until: Timestamp) -> bool {
        let began = Instant::now();
        std::thread::sleep(NAP);
        self.0.give(began.elapsed());
        let rest = until.duration_since(now).max(SignedDuration::ZERO);
        self.0
            .advance(Duration::try_from(rest).unwrap_or(Duration::ZERO));
        true
    }
}
