//! Where a test may pull the plug, or fill the disk.

use std::fmt;

/// A moment at which a power cut would matter. A hook set with
/// [`crate::SqliteJournal::on_crash_point`] is called at each, and may stop the run there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrashPoint {
    /// Before a transaction commits; what it would have written is lost.
    BeforeCommit(&'static str),
    /// After a transaction committed; what it wrote stays.
    AfterCommit(&'static str),
    /// Before an effect is performed.
    BeforePerform {
        /// Step.
        seq: u64,
    },
    /// After an effect was performed; nobody remembers its answer yet.
    AfterPerform {
        /// Step.
        seq: u64,
    },
    /// After a step was settled.
    AfterSettle {
        /// Step.
        seq: u64,
    },
}

impl fmt::Display for CrashPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BeforeCommit(what) => write!(f, "before the commit of {what}"),
            Self::AfterCommit(what) => write!(f, "after the commit of {what}"),
            Self::BeforePerform { seq } => write!(f, "before step {seq} was performed"),
            Self::AfterPerform { seq } => write!(f, "after step {seq} was performed"),
            Self::AfterSettle { seq } => write!(f, "after step {seq} was settled"),
        }
    }
}

/// What a hook says: go on, stop as if the power had failed, or fail as if the disk were full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing happens.
    GoOn,
    /// Everything from here on fails with `journal/interrupted`.
    Stop,
    /// At [`CrashPoint::BeforeCommit`] this transaction fails as on a full disk, and the store
    /// works on; anywhere else nothing happens.
    DiskFull,
}
