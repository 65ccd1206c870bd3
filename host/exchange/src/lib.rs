//! The folders shared with a 資格確認端末, and folders handed to people.
//!
//! [`Folders`] is one terminal's pair of folders (`req`, `res`): it makes file names,
//! publishes requests whole or not at all, finds the answers to them, and removes those
//! answers once they are safe elsewhere. [`Handover`] is one folder in which a person finds
//! exactly named files.
//!
//! What it refuses: to touch a file it did not make or ask for (several products share
//! these folders), to use a name twice, to take a file that is still being written, to follow
//! links, to read encrypted answers, and to share the folders with a second host.
//!
//! It knows names, bytes and moments of files, and of messages nothing but the one element that says
//! whose an answer is ([`Owner`]). Publishing is split
//! into steps ([`Folders::prepare_put`], [`Folders::publish`]) so that the journal can write
//! its intent in between; after a crash [`Folders::is_published`] tells which side of the
//! rename it was on.
//!
//! Everything here is polled. Events of a file system are lost over SMB, in bursts, and for
//! files that were there before.

mod durable;
mod fault;
mod folders;
mod handover;
mod late;
mod lease;
mod names;
mod take;
mod temporary;

pub use folders::{Binding, Folders, Found, Owner, Prepared, UNFINISHED};
pub use handover::Handover;
pub use late::Left;
pub use lease::{Host, Lease, OpenError, Owned};
