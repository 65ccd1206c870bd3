//! Jobs, steps, evidence and documents; the loop that drives a durable call.
//!
//! A durable call is run as a pure function of its history: it is asked for its next step,
//! the step is carried out and remembered, and the call runs again from its start. Waiting
//! six hours, a power cut, a reboot and normal progress are then the same loop. This crate
//! is the memory and the loop:
//!
//! - [`Journal`] is the store, [`SqliteJournal`] the embedded one;
//! - [`execute`] is the one way a step is carried out: intent, effect, result, with what a
//!   crash in between means decided by the step's repeat class;
//! - [`drive_call`] drives a connector's call, [`Flow`] native host code, both over it.
//!
//! What it refuses: to guess. An effect that may have happened and must not be repeated is
//! recorded as `effect/in-doubt`; a run that asks for something else than the run before it
//! is parked with the difference; a job whose plugins changed is parked.
//!
//! It sits below the flows and above nothing but values: it knows no plugin engine, opens
//! no connection and touches no exchange folder. Those come in as [`World`] and stepper.

mod audit;
mod claims;
mod crash;
mod decisions;
mod differing;
mod documents;
mod drive;
mod error;
mod evidence;
mod execute;
mod facts;
mod filings;
mod flow;
mod forget;
mod hold;
mod jobs;
mod journal;
mod patience;
mod remains;
mod schema;
mod sqlite;
mod steps;
mod text;
mod world;

pub use audit::AuditRow;
pub use claims::{ClaimEvent, FiledReceipt};
pub use crash::{CrashPoint, Verdict};
pub use decisions::{Decision, Undone};
pub use differing::DifferingDocument;
pub use documents::document_digest;
pub use drive::{Driven, StepResult, drive_call};
pub use error::JournalError;
pub use evidence::Evidence;
pub use execute::{Facts, Performed, Performer, Recovered, StepEnd, execute};
pub use facts::Fact;
pub use filings::{Claim, Filing, filing_state};
pub use flow::{Flow, FlowError, SubCall, run_flow};
pub use hold::Hold;
pub use jobs::{Job, JobFilter, JobHead, JobState, NewJob, Outcome, STEP_LIMIT};
pub use journal::Journal;
pub use patience::{AtMost, NoPatience, Patience};
pub use reseplug_effect::Recorded;
pub use sqlite::SqliteJournal;
pub use steps::{Step, StepWrite};
pub use world::World;
