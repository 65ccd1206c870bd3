//! The calendar of オンライン請求 (online claims) as data: what may be done when, until when, and what
//! is safe by when.
//!
//! **For:** whoever has to know whether a month can still be filed: the host's flows and reminders,
//! the sandbox, the printed checklist.
//!
//! **Refuses:** clocks and I/O. Every function is pure; the moment asked about is an argument.
//! What the data does not say it does not invent: a month without a rule has no windows.
//!
//! **Where it sits:** above `reseplug-model`, native only. The rules are `calendar.toml`; each
//! carries the months it is valid for, its source and how sure it is ([`Grade`]).
//!
//! Days and hours are Japan's (`+09:00`, no daylight saving), whatever the zone of the machine.
//! All spans are half-open: 24:00 of the 10th no longer belongs to the 10th. Weekends and
//! holidays do not matter.
//!
//! A payer may announce that a month closes later (after a fault of the system, say). That is an
//! [`Announced`] in the station's settings, with its source and who noted it; it only ever moves
//! ends later.
//!
//! ```
//! use jiff::Timestamp;
//! use reseplug_calendar::{Activity, Calendar, Phase, Urgency};
//! use reseplug_model::{Month, Payer};
//!
//! let calendar = Calendar::published();
//! let (payer, month) = (Payer::SocialInsuranceFund, Month::parse("2026-12")?);
//!
//! let evening: Timestamp = "2026-12-10T23:59:59+09:00".parse()?;
//! assert!(calendar.open(Activity::Claim, payer, evening).is_some());
//! assert_eq!(calendar.urgency(payer, month, evening), Urgency::Alarm);
//!
//! let midnight: Timestamp = "2026-12-11T00:00:00+09:00".parse()?;
//! assert_eq!(calendar.closes(payer, month), Some(midnight));
//! assert!(matches!(calendar.phase(payer, month, midnight), Phase::Correcting { .. }));
//!
//! // The result of the check is certain to be there before the month closes.
//! let safe = calendar.safe_by(payer, month).unwrap();
//! assert_eq!(safe.send, "2026-12-10T00:00:00+09:00".parse::<Timestamp>()?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod announced;
mod calendar;
pub mod fallback;
mod phase;
mod rule;
mod text;
mod urgency;

pub use announced::Announced;
pub use calendar::{Calendar, Window};
pub use phase::{Phase, SafeBy};
pub use reseplug_model::Grade;
pub use rule::{Activity, Advice, Asp, CalendarError, Closing, Rule};
pub use text::{end_ja, japan, rfc3339, start_ja};
pub use urgency::Urgency;
