//! What happens to a PC in the middle of its work: the power fails between two commits, the disk is
//! full, or a second PC gives a command at that very moment. Where, follows from the seed.

use reseplug_journal::{CrashPoint, Verdict};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

type Other = Box<dyn FnOnce() + Send>;

/// The plug of one PC.
#[derive(Default)]
pub(super) struct Plug {
    left: AtomicI64,
    pulled: AtomicBool,
    disk: AtomicU8,
    other: Mutex<Option<Other>>,
}

/// There is room.
const ROOM: u8 = 0;
/// Somebody else's files are about to fill the disk.
const FILLING: u8 = 1;
/// Nothing can be written.
const FULL: u8 = 2;

/// What happened during a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Happened {
    /// The plug was pulled.
    pub(super) pulled: bool,
    /// A write found the disk full.
    pub(super) full: bool,
}

impl std::fmt::Debug for Plug {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plug").finish_non_exhaustive()
    }
}

impl Plug {
    /// Pulls it at the `nth` moment from now, from 1.
    pub(super) fn pull_at(&self, nth: u64) {
        self.left
            .store(i64::try_from(nth).unwrap_or(1), Ordering::SeqCst);
    }

    /// At the `nth` moment from now somebody else does something at another PC.
    pub(super) fn other_at(&self, nth: u64, other: Other) {
        *self.other.lock().unwrap_or_else(PoisonError::into_inner) = Some(other);
        self.pull_at(nth);
    }

    /// From the `nth` write from now on the disk is full, until [`Self::calm`].
    pub(super) fn full_at(&self, nth: u64) {
        self.disk.store(FILLING, Ordering::SeqCst);
        self.pull_at(nth);
    }

    /// Nothing happens any more, and there is room on the disk; says what happened.
    pub(super) fn calm(&self) -> Happened {
        self.left.store(0, Ordering::SeqCst);
        Happened {
            pulled: self.pulled.swap(false, Ordering::SeqCst),
            full: self.disk.swap(ROOM, Ordering::SeqCst) == FULL,
        }
    }

    /// Whether the second PC has not come yet.
    pub(super) fn forget_other(&self) -> bool {
        let mut other = self.other.lock().unwrap_or_else(PoisonError::into_inner);
        other.take().is_some()
    }

    fn at(&self, point: CrashPoint) -> Verdict {
        let waits = |other: &Mutex<Option<Other>>| {
            let other = other.lock().unwrap_or_else(PoisonError::into_inner);
            other.is_some()
        };
        // A second PC cannot come in the middle of a transaction: it would wait for its end.
        let writes = matches!(point, CrashPoint::BeforeCommit(_));
        if waits(&self.other) && writes {
            return Verdict::GoOn;
        }
        match self.disk.load(Ordering::SeqCst) {
            FULL => return Verdict::DiskFull,
            FILLING if !writes => return Verdict::GoOn,
            _ => {}
        }
        let left = self.left.load(Ordering::SeqCst);
        if left <= 0 {
            return Verdict::GoOn;
        }
        self.left.store(left - 1, Ordering::SeqCst);
        if left > 1 {
            return Verdict::GoOn;
        }
        if self.disk.load(Ordering::SeqCst) == FILLING {
            self.disk.store(FULL, Ordering::SeqCst);
            return Verdict::DiskFull;
        }
        let other = {
            let mut other = self.other.lock().unwrap_or_else(PoisonError::into_inner);
            other.take()
        };
        match other {
            Some(other) => {
                other();
                Verdict::GoOn
            }
            None => {
                self.pulled.store(true, Ordering::SeqCst);
                Verdict::Stop
            }
        }
    }

    /// What the store asks at each moment.
    pub(super) fn hook(self: &Arc<Self>) -> reseplug::CrashHook {
        let plug = Arc::clone(self);
        Arc::new(move |point| plug.at(point))
    }
}
