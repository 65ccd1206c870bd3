//! The flows of a station: intake, recheck, fill, guard, claim.
//!
//! **For:** whoever embeds reseplug in a program: the command line does, and later the
//! service. A flow reads like the sentence that describes it; I/O stands at its edges, and
//! what it decides is decided by the pure modules here ([`matching`], [`answers`], [`decide`]).
//!
//! **Refuses:** knowing a product's documents (adapters do), a central system's messages
//! (connectors do) or keys and sockets (`reseplug-identity`, `reseplug-egress`).
//!
//! **Where it sits:** on top of the host's crates, below the program.

pub mod accept;
pub mod aliases;
pub mod answers;
mod as_of;
mod ask;
mod base;
mod certificate;
pub mod change;
mod check;
mod claim;
pub mod consents;
pub mod continuity;
pub mod coverage;
pub mod decide;
mod desk;
mod directory;
pub mod documents;
mod doors;
pub mod evidence;
pub mod expiry;
mod fill;
pub mod group;
pub mod guard;
mod host;
pub mod income;
mod intake;
#[cfg(test)]
mod invented;
mod late;
pub mod matching;
mod mediation;
pub mod not_ours;
pub mod notices;
pub mod people;
pub mod proposal;
mod recheck;
pub mod register;
mod rehearsal;
pub mod report;
mod return_file;
mod roster;
mod schedule;
mod superseded;
mod undo;
pub mod view;
pub mod welfare;
mod words;

pub use base::{Carried, Gone};
pub use certificate::{CertificateRequest, SeenCertificate};
pub use check::{
    Approval, ApproveRequest, CheckReport, CheckRequest, ClaimLine, Found, Guarded, Twice,
};
pub use claim::{
    Acknowledged, Brought, BroughtIn, Channel, ClaimWeek, Counts, DropRequest, Fetched,
    ImportRequest, Kept, LeftOut, OTHER_SIDE, OfPayer, OfReceipt, PaperReturn, PayerWeek, Refiled,
    ReportRequest, RetractRequest, ReviewRequest, SendRequest, Sendings, Sent, Skew, Standing,
    TakenDown, Told, kind_ja, short, state_ja, why_ja,
};
pub use consents::{ConsentList, ConsentsRequest, WithdrawRequest, Withdrawn};
pub use coverage::{Coverage, Difference};
pub use doors::Doors;
pub use fill::{FillRequest, outputs_by_name};
pub use host::{CrashHook, Ended, Host, HostOptions, Progress, read_station, text_file};
pub use intake::{IntakeRequest, Report};
pub use late::{AskedBefore, LateAnswer};
pub use mediation::Mediation;
pub use notices::{NoticesReport, NoticesRequest};
pub use recheck::RecheckRequest;
pub use register::{RegisterReport, RegisterRequest};
pub use rehearsal::Intended;
pub use schedule::{Due, last_due, next_due};
pub use undo::UndoRequest;
pub use view::{ViewRequest, Viewed};
