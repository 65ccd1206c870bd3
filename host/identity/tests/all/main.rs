//! The identity store as its users meet it: containers in, facts and signing keys out.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot be set up must fail loudly"
)]

mod fixtures;
mod import;
mod openssl;
mod store;
