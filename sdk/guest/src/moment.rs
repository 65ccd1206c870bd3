//! Moments of the contract: seconds and Japan's offset.

use crate::types::Fault;
use std::fmt;
use std::str::FromStr;

/// A moment. Written as the contract writes it: `2024-10-03T09:12:00+09:00`, whatever the
/// offset it was read with. Finer than seconds is cut off.
///
/// ```
/// use reseplug_sdk::Moment;
/// let asked: Moment = "2024-10-31T23:59:30+09:00".parse()?;
/// assert_eq!(asked.plus_seconds(45).to_string(), "2024-11-01T00:00:15+09:00");
/// assert_eq!(asked.plus_seconds(45).date(), "2024-11-01");
/// # Ok::<(), reseplug_sdk::Fault>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(jiff::Timestamp);

impl Moment {
    /// That many seconds later, or earlier when negative. Stops at the ends of the calendar.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        let moved = self.0.as_second().saturating_add(seconds);
        let end = if seconds < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        };
        Self(jiff::Timestamp::from_second(moved).unwrap_or(end))
    }

    /// Seconds from this moment to `later`; negative when it lies before.
    pub fn seconds_until(self, later: Self) -> i64 {
        later.0.as_second().saturating_sub(self.0.as_second())
    }

    /// The day in Japan, `YYYY-MM-DD`.
    pub fn date(self) -> String {
        self.to_string().chars().take(10).collect()
    }

    /// The month in Japan, `YYYY-MM`.
    pub fn month(self) -> String {
        self.to_string().chars().take(7).collect()
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A fixed offset since 1951: no zone database is needed.
        let t = self
            .0
            .to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(9)));
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}+09:00",
            t.year(),
            t.month(),
            t.day(),
            t.hour(),
            t.minute(),
            t.second()
        )
    }
}

impl FromStr for Moment {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        text.parse::<jiff::Timestamp>()
            .ok()
            .and_then(|t| jiff::Timestamp::from_second(t.as_second()).ok())
            .map(Self)
            .ok_or_else(|| {
                Fault::new(
                    "plugin/not-a-moment",
                    format!("「{text}」は時刻（例 2024-10-03T09:12:00+09:00）として読めません。"),
                    format!("`{text}` is not a moment such as 2024-10-03T09:12:00+09:00."),
                )
            })
    }
}

impl From<Moment> for String {
    fn from(moment: Moment) -> Self {
        moment.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_offset_is_the_same_moment_in_japan() {
        let m: Moment = "2024-10-03T00:12:00.75Z".parse().unwrap();
        assert_eq!(m.to_string(), "2024-10-03T09:12:00+09:00");
        assert_eq!(m.month(), "2024-10");
    }

    #[test]
    fn a_text_without_offset_is_refused() {
        let fault = "2024-10-03T09:12:00".parse::<Moment>().unwrap_err();
        assert_eq!(fault.code, "plugin/not-a-moment");
    }

    #[test]
    fn adding_stops_at_the_end_of_the_calendar() {
        let m: Moment = "2024-10-03T09:12:00+09:00".parse().unwrap();
        assert!(m.plus_seconds(i64::MAX) > m);
        assert!(m.plus_seconds(i64::MIN) < m);
    }
}
