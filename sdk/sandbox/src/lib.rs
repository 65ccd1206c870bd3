//! The sandbox: a simulated 資格確認端末, a phone page for visits, and a claims gateway, for authors,
//! tests and the demo.
//!
//! **For:** trying a whole month without anything official: the exchange folders of two fictional
//! stations ([`station`], [`terminal`]) and, on request, of a third among thousands of insured people
//! to whom things happen ([`population`]), the page on which cards are read at home ([`phone`]), and an
//! endpoint with client certificates ([`gateway`]), started together by [`Sandbox`]. All are as
//! awkward as the real ones on request, by named faults and by seed. The [`ledger`] counts what they
//! were made to do, so that a test can prove "exactly once".
//!
//! **Refuses:** any address but 127.0.0.1, real data, and to be taken for the real thing: every
//! page says 模擬, every error code begins `SANDBOX-`.
//!
//! **Where it sits:** product code beside the SDK. It knows `onshi` and `receden`, nothing of the host.
//! State lies in the sandbox's folder and survives `kill -9`.

pub mod gateway;
pub mod ledger;
mod pdf;
pub mod phone;
pub mod population;
mod sandbox;
pub mod station;
pub mod terminal;

pub use sandbox::{RunningSandbox, Sandbox, SandboxError, SandboxOptions};
