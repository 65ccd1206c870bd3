//! The way out, against a real TLS server.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot be set up must fail loudly"
)]

mod admission;
mod handshake;
mod outcome;
mod sandbox;
mod scene;
mod server;
