//! The story's own time: it stands still until a scene sets it or somebody waits.

use jiff::{SignedDuration, Timestamp};
use reseplug_effect::Clock;
use reseplug_journal::Patience;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// A clock that is set, shared by the hosts and the sandbox.
#[derive(Debug, Default)]
pub(super) struct StoryClock(AtomicI64);

impl StoryClock {
    pub(super) fn set(&self, now: Timestamp) {
        self.0.store(now.as_microsecond(), Ordering::SeqCst);
    }

    pub(super) fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        let _ = self
            .0
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |now| {
                now.checked_add(by)
            });
    }
}

impl Clock for StoryClock {
    fn now(&self) -> Timestamp {
        // Only moments that were set or lie a wait behind one are ever stored.
        Timestamp::from_microsecond(self.0.load(Ordering::SeqCst)).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// Waits a moment of real time for the sandbox's threads, then lets the story's time pass.
#[derive(Debug)]
pub(super) struct StoryPatience(pub(super) Arc<StoryClock>);

/// What the sandbox gets of real time for each wait.
const NAP: Duration = Duration::from_millis(2);

impl Patience for StoryPatience {
    fn wait(&mut self, now: Timestamp, until: Timestamp) -> bool {
        std::thread::sleep(NAP);
        let rest = until.duration_since(now).max(SignedDuration::ZERO);
        self.0
            .advance(Duration::try_from(rest).unwrap_or(Duration::ZERO));
        true
    }
}
