//! レセ電 (receipt computer-processing) files of 訪問看護: a lossless reader and writer, editions as
//! data, every rule that can be told from a file, returns and re-filing.
//!
//! **For:** everything that touches a `RECEIPTH.UKE`. [`ClaimFile`] keeps every byte and changes only
//! what an edit names; [`Receipt`] and its friends read typed values out of it; [`check`](check::check)
//! judges it by the edition of each receipt's own month and, where one was imported, by the
//! [`master`] of charges; [`fix`] repairs what follows from a rule alone; [`edit`] changes a coverage,
//! divides a receipt, and divides and joins files by payer; [`returns`] reads receipts that came back
//! and files them again; [`diff`] tells two files apart; [`show`] shows a receipt to people, and [`print`](print::month) is a whole month on paper.
//! `RECEIPTC.UKE` of 医科 is read, shown and checked by record and field with [`ClaimFile::parse_any`].
//!
//! **Refuses:** I/O but the reading of one source; computing fees; writing a character a payer might
//! not take; calling a rule 受付不能 whose basis is not confirmed. The published master is no part of it:
//! which charge costs what is imported, or remains the product's.
//!
//! **Where it sits:** above `reseplug-model`, below adapters, the checker plugin and the host's flows. It
//! builds for wasm and native.
//!
//! Basis: 記録条件仕様（訪問看護用）令和6年6月版 and the 手引き of the 支払基金, as `editions/r0606.toml`; 記録条件仕様
//! （医科用）令和4年4月版, as `editions/m0404.toml`. Visits from 2026-06 on fall under an edition that has not
//! been compared yet; [`check`](check::check) says so, and [`edition`] tells how anyone adds it.
//!
#![doc = include_str!("../RULES.md")]

mod cells;
pub mod check;
pub mod diff;
mod document;
pub mod edit;
pub mod edition;
pub mod eligibility;
mod era;
mod fields;
pub mod fix;
mod leaves;
pub mod master;
mod parts;
mod payers;
pub mod print;
mod receipt;
mod receipt_type;
mod record;
pub mod repertoire;
pub mod returns;
pub mod show;

pub use check::{CheckOptions, Checker, Finding, Severity, check};
pub use document::{ClaimFile, EOF, FileKind, HeaderFields, ReadError};
pub use edition::{Edition, EditionError, Editions, Trade};
pub use eligibility::EligibilityReason;
pub use fields::{FieldError, FieldResult, Text};
pub use master::{Master, MasterError, Masters};
pub use parts::{Charge, Confirmation, DayTable, Insurer, PublicExpense};
pub use payers::{PayerSet, PayerSlot};
pub use receipt::{Header, Receipt};
pub use receipt_type::{PersonKind, PersonKindError, ReceiptType, ReceiptTypeError, System};
pub use record::{Record, RecordRef, Separator, WriteError};
pub use reseplug_model::Grade;
