//! The computed month: charges as the product wrote them, gathered into receipts, written as レセ電.
//!
//! [`read`] knows the columns, [`plan`] decides which charges make which receipt, [`form`] brings a text
//! into the form of a field, [`compose`] writes the records. `read-month` stops at the plan, so that
//! people whose coverage is missing can be asked about before anything is claimed.

mod answer;
mod compose;
mod form;
mod plan;
mod read;

pub(crate) use answer::{claim, month};
pub(crate) use read::keys;
