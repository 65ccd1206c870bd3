//! An append-only, hash-chained record of what was done.
//!
//! Each [`Event`] says who did what to which record, by which plugin, towards which
//! destination, under which identity, and how it ended. The record is kept apart from logs
//! because it answers another question: not "what went wrong" but "who was told what".
//!
//! Every row carries the hash of the row before it ([`chain`]), so that a row that was
//! changed, removed or moved is found by [`verify`]. What a chain cannot show by itself is
//! that its *end* was cut off: for that keep a [`Verified`] elsewhere and compare with
//! [`verify_up_to`].
//!
//! What it refuses: personal data. People appear under a [`pseudonym`] only.
//!
//! This crate is pure. The journal (`reseplug-journal`) stores the rows, each in the same
//! transaction as the row it speaks of.

mod chain;
mod event;
mod pseudonym;

pub use chain::{Broken, Hash, Verified, chain, chain_text, genesis, verify, verify_up_to};
pub use event::Event;
pub use pseudonym::pseudonym;
