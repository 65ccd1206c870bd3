//! What the author of a reseplug plugin depends on: the contract's types, one trait a role,
//! the export macros, and a test kit.
//!
//! A plugin is a type that implements [`Plugin`] and one or more roles ([`Adapter`],
//! [`Checker`], [`Eligibility`] with or without [`HomeVisit`], [`Claims`]), exported by a macro. It is ordinary Rust in a
//! library crate: `cargo test` runs its tests natively, `reseplug plugin pack` makes the one
//! file that a station installs. The crate works from outside this repository, by path or by
//! git.
//!
//! The SDK hides the bindings, keeps the world behind [`Host`] (only connectors get one),
//! reads the settings, describes itself from them and brings panics to the author's eyes. It
//! refuses everything the contract does not offer: there are no files, no sockets, no clock
//! and no environment in a plugin; `std::time::SystemTime::now()` would panic.
//!
//! # A whole adapter
//!
//! `src/lib.rs` of a plugin that reads the register from a list with one name a line. Beside
//! it lies `plugin.toml` with id, version, roles and names.
//!
//! ```
//! use reseplug_sdk::schemars::JsonSchema;
//! use reseplug_sdk::serde::{Deserialize, Serialize};
//! use reseplug_sdk::{
//!     Adapter, Context, Document, Fault, Person, Place, Plugin, RegisterEntry, Sex,
//! };
//!
//! /// Settings of the list. Doc comments become descriptions in the schema.
//! #[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
//! #[serde(crate = "reseplug_sdk::serde", default, deny_unknown_fields)]
//! #[schemars(crate = "reseplug_sdk::schemars")]
//! struct Settings {
//!     /// Lines to skip at the top.
//!     skip: u32,
//! }
//!
//! struct NameList;
//!
//! impl Plugin for NameList {
//!     type Settings = Settings;
//!     const SUMMARY_JA: &'static str = "一行に一人の名簿を読みます。";
//!     const SUMMARY_EN: &'static str = "Reads a list with one name a line.";
//!
//!     fn unsupported() -> &'static [&'static str] {
//!         &[
//!             "adapter.apply-register",
//!             "adapter.read-month",
//!             "adapter.apply-month",
//!             "adapter.claim",
//!             "adapter.accept",
//!         ]
//!     }
//! }
//!
//! impl Adapter for NameList {
//!     fn read_register(
//!         ctx: &Context<Settings>,
//!         documents: &[Document],
//!     ) -> Result<Vec<RegisterEntry>, Fault> {
//!         let mut people = Vec::new();
//!         for document in documents {
//!             let text = std::str::from_utf8(&document.bytes).map_err(|_| {
//!                 Fault::new(
//!                     "name-list/not-utf8",
//!                     "名簿が UTF-8 ではありません。UTF-8 で保存し直してください。",
//!                     "The list is not UTF-8. Save it as UTF-8.",
//!                 )
//!                 .at(Place::document(&document.name))
//!             })?;
//!             for (line, name) in (1..).zip(text.lines()).skip(ctx.settings.skip as usize) {
//!                 people.push(RegisterEntry {
//!                     person: Person {
//!                         key: line.to_string(),
//!                         reference_number: None,
//!                         name: name.to_owned(),
//!                         kana: None,
//!                         other_name: None,
//!                         sex: Sex::Unset,
//!                         birth_date: "1950-01-01".to_owned(),
//!                         extra: Vec::new(),
//!                     },
//!                     coverages: Vec::new(),
//!                     public_expenses: Vec::new(),
//!                     incomes: Vec::new(),
//!                     place: Some(Place::document(&document.name).line(line)),
//!                 });
//!             }
//!         }
//!         Ok(people)
//!     }
//! }
//!
//! # mod exported { // The macro stands at the crate's root; a doc test has none.
//! # use super::NameList;
//! reseplug_sdk::export_adapter!(NameList);
//! # }
//!
//! # fn main() {
//! // Its test, natively:
//! use reseplug_sdk::{DocumentKind, testing};
//!
//! let list = Document::new("list.txt", DocumentKind::Register, "利用者\n青空 花子\n");
//! let people = NameList::read_register(&testing::context(Settings { skip: 1 }), &[list]).unwrap();
//! assert_eq!(people[0].person.name, "青空 花子");
//! testing::check_description::<NameList>();
//! testing::check_adapter::<NameList>();
//! # }
//! ```
//!
//! # A connector
//!
//! gets a [`Host`] and is written as if it ran once from top to bottom: put a request, wait,
//! read, ask again. The host remembers every answer, so waiting six hours, a crash and normal
//! progress are the same thing to it: it runs the function again from its start and answers
//! what was answered before. Two rules follow. A function keeps no state outside its
//! variables. And it asks the same things in the same order when it is given the same
//! answers: **no iteration over hash maps or hash sets**, whose order may change from build to
//! build (use `BTreeMap`, `BTreeSet` or `Vec`). Copy this into the plugin's `clippy.toml`:
//!
//! ```toml
//! disallowed-types = [
//!     { path = "std::collections::HashMap", reason = "its order may change from build to build; use BTreeMap" },
//!     { path = "std::collections::HashSet", reason = "its order may change from build to build; use BTreeSet" },
//! ]
//! ```
//!
//! [`testing::Script`] shows how a connector is tested.

#[doc(hidden)]
pub mod bindings;
mod construct;
mod context;
mod contract;
#[doc(hidden)]
pub mod export;
mod host;
mod moment;
mod roles;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;

pub use context::{Context, Log};
pub use contract::{adapter, claims, eligibility, home_visit, imports, types};
pub use export::describe;
pub use host::{Endpoint, Exchange, Host};
pub use moment::Moment;
pub use roles::{Adapter, Checker, Claims, Eligibility, HomeVisit, NoSettings, Plugin};
pub use types::{
    Coverage, Document, DocumentKind, Fault, Finding, Grade, IncomeCategory, Payer, Period, Person,
    Place, PublicExpense, RegisterEntry, Relationship, RetryAdvice, Severity, Sex, Station,
};
pub use {schemars, serde, serde_json};

/// The adapter of the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
pub struct Readme;
