//! What the journal promises, as statements.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says so; what supports it is test code, too"
)]

mod crash;
mod drive;
mod flow;
mod forget;
mod jobs;
mod records;
mod store;
mod support;
