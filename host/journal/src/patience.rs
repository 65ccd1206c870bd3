//! How long a run stays with a job that waits.

use jiff::Timestamp;
use std::time::{Duration, Instant};

/// Decides whether a run waits for the next look or leaves the job to a later run.
pub trait Patience {
    /// Waits some time, at most until `until`, and says whether to go on; false leaves the
    /// job waiting. The loop asks the clock again afterwards, so a short sleep is enough.
    fn wait(&mut self, now: Timestamp, until: Timestamp) -> bool;
}

/// Leaves a job as soon as it has to wait: for a service that looks again when it is due.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoPatience;

impl Patience for NoPatience {
    fn wait(&mut self, _now: Timestamp, _until: Timestamp) -> bool {
        false
    }
}

/// Stays for at most some time of this machine, whatever the job's clock says.
#[derive(Debug, Clone, Copy)]
pub struct AtMost {
    end: Option<Instant>,
}

/// A rehearsal's clock may jump, so no sleep is longer than this.
const NAP: Duration = Duration::from_millis(200);

impl AtMost {
    /// Counted from now.
    pub fn new(time: Duration) -> Self {
        Self {
            end: Instant::now().checked_add(time),
        }
    }
}

impl Patience for AtMost {
    fn wait(&mut self, now: Timestamp, until: Timestamp) -> bool {
        // No end: further away than the machine can count.
        let rest = match self.end {
            Some(end) => end.saturating_duration_since(Instant::now()),
            None => NAP,
        };
        if rest.is_zero() {
            return false;
        }
        let due = Duration::try_from(until.duration_since(now)).unwrap_or(Duration::ZERO);
        std::thread::sleep(due.min(rest).min(NAP));
        true
    }
}
