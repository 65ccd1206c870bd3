//! Files of the interface as a person of the trade would write them, read and written.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod layouts;
mod medical;
mod reader;
mod refusals;
mod samples;

/// The bytes of a case file.
macro_rules! case {
    ($name:literal) => {
        include_bytes!(concat!("cases/", $name))
    };
}
pub(crate) use case;
