//! Where a month's claim (請求) stands, and what may be done about it.
//!
//! **For:** the flows that file, and every page that tells the office what was sent. What
//! happened is a list of [`Recorded`] events; a [`Filing`] is what follows from its own, and the
//! [`Book`] what follows from all of a station's: which receipts are filed, which wait, which came
//! back, which would be filed twice.
//!
//! **Refuses:** knowing more than was said. What staff did in the official browser is what they
//! reported ([`How::Reported`]); it moves a filing on, and gives way to what was answered or
//! imported. Where both contradict each other, that is shown and not resolved.
//!
//! **Where it sits:** pure, below the flows: no clock, no store, no network.
//!
//! ```
//! use reseplug_claims::{Channel, Event, Filing, FilingKey, How, Kind, Recorded, Stage};
//! use reseplug_model::{Month, Payer};
//! let key = FilingKey {
//!     station: "9999998".to_owned(),
//!     payer: Payer::SocialInsuranceFund,
//!     month: Month::new(2024, 11).unwrap(),
//!     kind: Kind::Claim,
//!     sequence: 1,
//!     sha256: "ab12".to_owned(),
//! };
//! assert_eq!(key.to_string(), "9999998/1/2024-11/claim/1/ab12");
//! let mut filing = Filing::new(key.clone(), Channel::Handover, Vec::new());
//! let tell = |event, how| Recorded::of(&key, event, how, "管理者", "2024-11-07T10:00:00+09:00");
//! filing.events.push(tell(Event::HandedOver { reference: "2024-11".into(), files: vec![] }, How::Acted));
//! filing.events.push(tell(Event::Sent { at: String::new(), number: String::new() }, How::Reported));
//! assert_eq!((filing.stage(), filing.known()), (Stage::Sent, Stage::HandedOver));
//! ```

mod action;
mod book;
mod event;
mod filing;
mod find;
mod given_up;
mod key;
mod late;
mod receipt;
mod said;
mod settle;
#[cfg(test)]
mod tests;
pub mod written;

pub use action::{Action, Refused};
pub use book::{Book, Duplicate, Relation};
pub use event::{Confirmation, Event, How, Recorded, Verdict};
pub use filing::{Channel, Contradiction, Filing, Stage};
pub use find::Wanted;
pub use key::{FilingKey, KeyError, Kind};
pub use late::{Late, Why};
pub use receipt::{Place, Receipt, Standing, Totals};
pub use settle::{Settled, SettledReceipt, Settlement};
