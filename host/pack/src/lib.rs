//! Makes a plugin: a core module or component with its manifest (`plugin.toml`) inside, in
//! one file.
//!
//! It serves the build script of the program (which embeds the shipped plugins),
//! `reseplug plugin pack` and tests. It refuses a module that imports anything but the
//! contract (naming the import and how to build without it), a manifest whose roles or
//! capabilities differ from what the code exports and calls, and a file that already has a
//! manifest. It never runs a plugin and holds no engine; whether a plugin is granted what it
//! asks for is decided elsewhere (`host/policy`).
//!
//! [`build`] drives cargo: it turns a plugin crate, of this workspace or of another, into
//! the core module that [`pack`] takes. The same sources give the same bytes, wherever they
//! lie.

pub mod build;
mod encode;
mod error;
mod scan;

pub use encode::{manifest_text, pack, read_manifest};
pub use error::PackError;
pub use scan::{Surface, surface};

/// Name of the custom section that holds the manifest as UTF-8 TOML.
pub const MANIFEST_SECTION: &str = "reseplug:manifest";
