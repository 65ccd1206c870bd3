//! Domain values of home-visit nursing claims (訪問看護): days, coverage numbers, money, people, kana.
//!
//! **For:** everything that carries a value of the trade, on the host and inside plugins. Each type
//! parses once at the edge and cannot be wrong inside: an [`InsurerNumber`] has 6 or 8 digits, a
//! [`Date`] exists in the calendar, a sum of [`Yen`] never wraps.
//!
//! **Refuses:** I/O, clocks, formats of files and messages (those are `receden` and `onshi`), and
//! deciding equality by folding. [`fold`] helps to *find* somebody, never to call two values the same.
//!
//! **Where it sits:** at the bottom. It depends on no other crate of the workspace and builds for
//! wasm and native alike.
//!
//! A check digit that does not fit is a *fact* a value can tell (`check_digit_ok`), not a reason to
//! refuse it: published example numbers and municipal numbers fail it.
//!
//! ```
//! use reseplug_model::{Date, InsurerNumber, Payer, Period};
//!
//! let number: InsurerNumber = "  138057".parse()?;
//! assert_eq!(number.payer(), Payer::NationalHealthFederation);
//! assert_eq!(number.padded(), "  138057");
//!
//! let day = Date::parse_compact("20241003")?;
//! assert!(Period::from(Date::parse("2024-10-01")?).contains(day));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod age;
mod check_digit;
mod date;
mod era;
pub mod fold;
mod grade;
mod income;
mod number;
mod period;
mod person;
mod yen;

pub use age::{age_on, elderly_recipient_from, preschool_in, preschool_until, turns_75_on};
pub use check_digit::check_digit;
pub use date::{Date, DateError, Month};
pub use era::{ERAS, Era, EraDate};
pub use fold::has_missing_glyph;
pub use grade::Grade;
pub use income::{INCOME_CATEGORIES, IncomeCategory};
pub use number::{
    BranchNumber, InsurerKind, InsurerNumber, NumberError, Payer, PublicPayerNumber,
    RecipientNumber, StationCode,
};
pub use period::Period;
pub use person::{Relationship, Sex};
pub use yen::{Yen, YenError};

/// Gives a value that is written as text `Serialize`/`Deserialize` through `Display`/`FromStr`.
macro_rules! serde_as_text {
    ($($name:ty),+) => {$(
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}
pub(crate) use serde_as_text;
