//! A simulated eligibility terminal and claims gateway for authors, tests and the demo

pub mod gateway;
pub mod ledger;
pub mod phone;
pub mod station;
pub mod terminal;
