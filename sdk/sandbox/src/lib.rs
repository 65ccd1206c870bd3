//! A simulated claims gateway for authors, tests and the demo, with a ledger that proves
//! what happened exactly once.
//!
//! **For:** trying a connector without a payer: [`gateway::Gateway`] speaks the open gateway
//! protocol over mutual TLS with a test CA of its own, and [`ledger::Ledger`] remembers every
//! filing it took.
//!
//! **Refuses:** being taken for the real thing: everything it answers is labelled simulated,
//! and its certificates are its own.
//!
//! **Where it sits:** beside the SDK. Tests and the program use it; plugins never do.

pub mod gateway;
pub mod ledger;
