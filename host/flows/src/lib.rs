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
pub mod answers;
pub mod coverage;
pub mod decide;
pub mod guard;
pub mod matching;
pub mod proposal;

pub use coverage::{Coverage, Difference};
