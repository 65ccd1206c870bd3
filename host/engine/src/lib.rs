//! Runs plugin components: inspects, compiles, caches, limits, calls and steps them.
//!
//! It is the only crate that knows wasmtime. Above it, flows call adapters and checkers and the
//! journal steps connectors; beside it, `reseplug-policy` says what the limits are. Nothing
//! here touches network, folders or clock: a connector's effects come out as values
//! ([`Step::Need`]) and their answers come back as history.
//!
//! It refuses, before compiling anything, a component that imports what the contract does not
//! offer or its manifest does not ask for, whose manifest disagrees with its exports, or that
//! was built for another contract ([`inspect()`]). Compiled code is run only if this machine's
//! key authenticates it. Each call has a fresh instance that nothing outlives; traps, limits and
//! panics are values that name plugin, call and limit ([`Failure`]).
//!
//! # Durable calls
//!
//! A connector is straight-line code. [`Plugin::step`] runs it from its start as a function of
//! its history: every effect is compared with the recorded one and answered from there; the
//! first beyond the history leaves the guest and comes out as [`Step::Need`].
//!
//! ```no_run
//! use reseplug_effect::Recorded;
//! use reseplug_engine::{Call, Engine, EngineOptions, Step};
//! # fn perform(_: &reseplug_effect::Effect) -> reseplug_effect::Answer { reseplug_effect::Answer::Slept }
//! # fn example(component: &[u8], call: &Call) -> Result<(), Box<dyn std::error::Error>> {
//! let plugin = Engine::new(EngineOptions::default())?.load(component)?;
//! let mut history = Vec::new();
//! let value = loop {
//!     match plugin.step(call, &history) {
//!         Step::Need(effect) => {
//!             let answer = perform(&effect); // the journal stands around this
//!             history.push(Recorded { effect, answer });
//!         }
//!         over => break over,
//!     }
//! };
//! # let _ = value; Ok(()) }
//! ```

mod bindings;
mod cache;
mod call;
mod compiler;
mod config;
pub mod contract;
mod convert;
mod engine;
mod error;
mod imports;
mod inspect;
mod log;
mod machine_key;
mod plugin;
mod roles;
mod run;
mod sense;
mod state;
mod ticker;

pub use cache::CodeOrigin;
pub use call::{Call, Step};
pub use engine::{Engine, EngineError, EngineOptions};
pub use error::{CallError, Failure, FailureKind, LoadError};
pub use inspect::{Inspection, MANIFEST_SECTION, MAX_COMPONENT_BYTES, digest, inspect};
pub use log::{LogLevel, LogLine, LogSink};
pub use plugin::Plugin;

pub(crate) use roles::Roles;
