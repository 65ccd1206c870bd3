use std::fmt;
use std::str::FromStr;

use jiff::ToSpan as _;
use jiff::civil;
use thiserror::Error;

use crate::serde_as_text;

/// Text that is not a day or a month of the Gregorian calendar.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DateError {
    /// The text does not have the form asked for.
    #[error("`{text}` is not of the form {form}: digits and separators exactly as shown")]
    Form {
        /// The text as given.
        text: String,
        /// The form that was asked for, for instance `YYYY-MM-DD`.
        form: &'static str,
    },
    /// The form is right, but the calendar has no such day or month.
    #[error("`{text}` does not exist in the calendar")]
    NotInCalendar {
        /// The text as given.
        text: String,
    },
}

/// A day (年月日), Gregorian, in Japan. Years 1 to 9999.
///
/// Displayed, parsed and serialised as ISO 8601 `YYYY-MM-DD`; レセ電 and オンライン資格確認 write
/// the [`compact`](Date::compact) form `YYYYMMDD`. 和暦 is display only: see [`EraDate`](crate::EraDate).
///
/// ```
/// use reseplug_model::Date;
/// let day = Date::parse_compact("20241003")?;
/// assert_eq!(day.to_string(), "2024-10-03");
/// assert_eq!(day.month().compact(), "202410");
/// # Ok::<(), reseplug_model::DateError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(civil::Date);

impl Date {
    /// The earliest day there is, 0001-01-01.
    pub const MIN: Self = Self(civil::date(1, 1, 1));

    /// The day of a year (1–9999), month (1–12) and day of the month, if the calendar has it.
    #[must_use]
    #[inline]
    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        if year < 1 {
            return None;
        }
        civil::Date::new(year, month, day).ok().map(Self)
    }

    /// Reads ISO 8601 `YYYY-MM-DD`, exactly.
    pub fn parse(text: &str) -> Result<Self, DateError> {
        const FORM: &str = "YYYY-MM-DD";
        let parts: Vec<&str> = text.split('-').collect();
        match parts.as_slice() {
            [year, month, day] => Self::from_parts(text, FORM, year, month, day),
            _ => Err(form(text, FORM)),
        }
    }

    /// Reads the form of レセ電 and オンライン資格確認, `YYYYMMDD`, exactly.
    pub fn parse_compact(text: &str) -> Result<Self, DateError> {
        if let Some(date) = Self::from_compact(text.as_bytes()) {
            return Ok(date);
        }
        const FORM: &str = "YYYYMMDD";
        match (text.get(..4), text.get(4..6), text.get(6..)) {
            (Some(year), Some(month), Some(day)) => Self::from_parts(text, FORM, year, month, day),
            _ => Err(form(text, FORM)),
        }
    }

    /// Reads the bytes of `YYYYMMDD`; `None` for anything else, without a reason.
    #[must_use]
    #[inline]
    pub fn from_compact(bytes: &[u8]) -> Option<Self> {
        let [y1, y2, y3, y4, m1, m2, d1, d2] = bytes else {
            return None;
        };
        Self::new(
            number(&[*y1, *y2, *y3, *y4])?,
            i8::try_from(number(&[*m1, *m2])?).ok()?,
            i8::try_from(number(&[*d1, *d2])?).ok()?,
        )
    }

    fn from_parts(
        text: &str,
        expected: &'static str,
        year: &str,
        month: &str,
        day: &str,
    ) -> Result<Self, DateError> {
        let year = digits::<i16>(year, 4).ok_or_else(|| form(text, expected))?;
        let month = digits::<i8>(month, 2).ok_or_else(|| form(text, expected))?;
        let day = digits::<i8>(day, 2).ok_or_else(|| form(text, expected))?;
        Self::new(year, month, day).ok_or_else(|| DateError::NotInCalendar {
            text: text.to_owned(),
        })
    }

    /// `YYYYMMDD`, the form of レセ電 and オンライン資格確認.
    #[must_use]
    pub fn compact(self) -> String {
        format!("{:04}{:02}{:02}", self.year(), self.0.month(), self.0.day())
    }

    /// The month this day lies in (年月).
    #[must_use]
    pub fn month(self) -> Month {
        Month {
            year: self.0.year(),
            month: self.0.month(),
        }
    }

    /// Gregorian year.
    #[must_use]
    pub fn year(self) -> i16 {
        self.0.year()
    }

    /// Day of the month, 1–31.
    #[must_use]
    pub fn day_of_month(self) -> u8 {
        self.0.day().unsigned_abs()
    }

    /// The day after, `None` after 9999-12-31.
    #[must_use]
    pub fn next_day(self) -> Option<Self> {
        self.0.tomorrow().ok().map(Self)
    }

    /// The day before, `None` before 0001-01-01.
    #[must_use]
    pub fn prev_day(self) -> Option<Self> {
        self.0
            .yesterday()
            .ok()
            .filter(|day| day.year() >= 1)
            .map(Self)
    }

    /// This day moved by a number of days, `None` outside years 1–9999.
    #[must_use]
    pub fn plus_days(self, days: i32) -> Option<Self> {
        self.0
            .checked_add(days.days())
            .ok()
            .filter(|day| day.year() >= 1)
            .map(Self)
    }

    /// The same month and day in another year; 29 February becomes 1 March where there is none.
    #[must_use]
    pub fn same_day_in(self, year: i16) -> Option<Self> {
        Self::new(year, self.0.month(), self.0.day()).or_else(|| {
            (self.0.month() == 2 && self.0.day() == 29)
                .then(|| Self::new(year, 3, 1))
                .flatten()
        })
    }

    /// The same day as a value of the calendar library.
    #[must_use]
    pub fn civil(self) -> civil::Date {
        self.0
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:04}-{:02}-{:02}",
            self.0.year(),
            self.0.month(),
            self.0.day()
        )
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Date {
    type Err = DateError;
    fn from_str(text: &str) -> Result<Self, DateError> {
        Self::parse(text)
    }
}

/// A month (年月), for instance a 指定訪問看護年月 or a 請求年月.
///
/// Displayed, parsed and serialised as ISO 8601 `YYYY-MM`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i16,
    month: i8,
}

impl Month {
    /// The month of a year (1–9999) and a number 1–12.
    #[must_use]
    #[inline]
    pub fn new(year: i16, month: i8) -> Option<Self> {
        ((1..=9999).contains(&year) && (1..=12).contains(&month)).then_some(Self { year, month })
    }

    /// Reads ISO 8601 `YYYY-MM`, exactly.
    pub fn parse(text: &str) -> Result<Self, DateError> {
        match text.split_once('-') {
            Some((year, month)) => Self::from_parts(text, "YYYY-MM", year, month),
            None => Err(form(text, "YYYY-MM")),
        }
    }

    /// Reads the form of レセ電, `YYYYMM`, exactly.
    pub fn parse_compact(text: &str) -> Result<Self, DateError> {
        if let Some(month) = Self::from_compact(text.as_bytes()) {
            return Ok(month);
        }
        match (text.get(..4), text.get(4..)) {
            (Some(year), Some(month)) => Self::from_parts(text, "YYYYMM", year, month),
            _ => Err(form(text, "YYYYMM")),
        }
    }

    /// Reads the bytes of `YYYYMM`; `None` for anything else, without a reason.
    #[must_use]
    #[inline]
    pub fn from_compact(bytes: &[u8]) -> Option<Self> {
        let [y1, y2, y3, y4, m1, m2] = bytes else {
            return None;
        };
        Self::new(
            number(&[*y1, *y2, *y3, *y4])?,
            i8::try_from(number(&[*m1, *m2])?).ok()?,
        )
    }

    fn from_parts(
        text: &str,
        expected: &'static str,
        year: &str,
        month: &str,
    ) -> Result<Self, DateError> {
        let year = digits::<i16>(year, 4).ok_or_else(|| form(text, expected))?;
        let month = digits::<i8>(month, 2).ok_or_else(|| form(text, expected))?;
        Self::new(year, month).ok_or_else(|| DateError::NotInCalendar {
            text: text.to_owned(),
        })
    }

    /// `YYYYMM`, the form of レセ電.
    #[must_use]
    pub fn compact(self) -> String {
        format!("{:04}{:02}", self.year, self.month)
    }

    /// Gregorian year.
    #[must_use]
    pub fn year(self) -> i16 {
        self.year
    }

    /// Number of the month in the year, 1–12.
    #[must_use]
    pub fn number(self) -> u8 {
        self.month.unsigned_abs()
    }

    /// The 1st.
    #[must_use]
    pub fn first_day(self) -> Date {
        // Every month of years 1-9999 has a 1st; the constructor allows no others.
        Date(civil::date(self.year, self.month, 1))
    }

    /// The 28th to 31st, whichever is last.
    #[must_use]
    pub fn last_day(self) -> Date {
        Date(self.first_day().0.last_of_month())
    }

    /// The n-th day, if the month has it.
    #[must_use]
    pub fn day(self, day: u8) -> Option<Date> {
        Date::new(self.year, self.month, i8::try_from(day).ok()?)
    }

    /// Number of days, 28–31.
    #[must_use]
    pub fn days(self) -> u8 {
        self.last_day().day_of_month()
    }

    /// Whether the day lies in this month.
    #[must_use]
    pub fn contains(self, day: Date) -> bool {
        day.month() == self
    }

    /// The month after, `None` after 9999-12.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        if self.month == 12 {
            Self::new(self.year.checked_add(1)?, 1)
        } else {
            Self::new(self.year, self.month.checked_add(1)?)
        }
    }

    /// The month before, `None` before 0001-01.
    #[must_use]
    pub fn previous(self) -> Option<Self> {
        if self.month == 1 {
            Self::new(self.year.checked_sub(1)?, 12)
        } else {
            Self::new(self.year, self.month.checked_sub(1)?)
        }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl fmt::Debug for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Month {
    type Err = DateError;
    fn from_str(text: &str) -> Result<Self, DateError> {
        Self::parse(text)
    }
}

serde_as_text!(Date, Month);

fn form(text: &str, form: &'static str) -> DateError {
    DateError::Form {
        text: text.to_owned(),
        form,
    }
}

/// The number that at most four ASCII digits stand for.
fn number<const N: usize>(digits: &[u8; N]) -> Option<i16> {
    digits.iter().try_fold(0i16, |number, byte| {
        let digit = i16::from(byte.wrapping_sub(b'0'));
        (digit < 10)
            .then(|| number.checked_mul(10)?.checked_add(digit))
            .flatten()
    })
}

/// A number written with exactly so many ASCII digits.
fn digits<T: FromStr>(text: &str, length: usize) -> Option<T> {
    (text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(crate) fn any_date() -> impl Strategy<Value = Date> {
        (1i16..=9998, 1i8..=12, 1i8..=28).prop_map(|(y, m, d)| Date::new(y, m, d).unwrap())
    }

    proptest! {
        #[test]
        fn both_written_forms_lead_back_to_the_day(day in any_date()) {
            prop_assert_eq!(Date::parse(&day.to_string()), Ok(day));
            prop_assert_eq!(Date::parse_compact(&day.compact()), Ok(day));
            prop_assert_eq!(Month::parse(&day.month().to_string()), Ok(day.month()));
            prop_assert_eq!(Month::parse_compact(&day.month().compact()), Ok(day.month()));
            prop_assert!(day.month().contains(day));
        }

        #[test]
        fn the_day_after_the_day_before_is_the_day(day in any_date()) {
            let after = day.next_day().unwrap();
            prop_assert!(after > day);
            prop_assert_eq!(after.prev_day(), Some(day));
            prop_assert_eq!(day.plus_days(1), Some(after));
        }

        #[test]
        fn no_text_makes_parsing_panic(text in ".*") {
            let _ = Date::parse(&text);
            let _ = Date::parse_compact(&text);
            let _ = Month::parse(&text);
            let _ = Month::parse_compact(&text);
        }
    }

    #[test]
    fn days_outside_the_calendar_are_named_as_such() {
        assert!(matches!(
            Date::parse("2023-02-29"),
            Err(DateError::NotInCalendar { .. })
        ));
        assert!(matches!(
            Date::parse("2023/02/28"),
            Err(DateError::Form { .. })
        ));
        assert!(matches!(
            Date::parse_compact("2024103"),
            Err(DateError::Form { .. })
        ));
        assert!(matches!(
            Date::parse_compact("２０２４１００３"),
            Err(DateError::Form { .. })
        ));
        assert!(matches!(
            Month::parse_compact("202413"),
            Err(DateError::NotInCalendar { .. })
        ));
    }

    #[test]
    fn a_month_knows_its_ends_and_neighbours() {
        let february = Month::parse("2024-02").unwrap();
        assert_eq!(february.last_day().to_string(), "2024-02-29");
        assert_eq!(february.next().unwrap().to_string(), "2024-03");
        assert_eq!(
            Month::parse("2024-01")
                .unwrap()
                .previous()
                .unwrap()
                .to_string(),
            "2023-12"
        );
        assert_eq!(february.day(30), None);
    }

    #[test]
    fn days_are_serialised_as_iso_text() {
        let day = Date::parse("2024-10-03").unwrap();
        assert_eq!(serde_json::to_string(&day).unwrap(), "\"2024-10-03\"");
        assert_eq!(serde_json::from_str::<Date>("\"2024-10-03\"").unwrap(), day);
        assert!(serde_json::from_str::<Date>("\"2024-13-03\"").is_err());
    }
}
