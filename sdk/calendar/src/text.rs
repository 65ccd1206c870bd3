//! Moments between Japan's days and hours, and as text.

use jiff::civil::{DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use reseplug_model::Date;

/// Japan's offset. It has had no daylight saving since 1952.
const JAPAN: Offset = Offset::constant(9);

/// Japan's zone.
#[must_use]
pub fn japan() -> TimeZone {
    TimeZone::fixed(JAPAN)
}

/// The full hour of a day in Japan; hour 24 is midnight after it. `None` at the end of time.
pub(crate) fn moment_of(day: Date, hour: u8) -> Option<Timestamp> {
    let midnight = JAPAN
        .to_timestamp(DateTime::from_parts(day.civil(), Time::midnight()))
        .ok()?;
    midnight
        .checked_add(SignedDuration::from_hours(i64::from(hour)))
        .ok()
}

fn civil(at: Timestamp) -> DateTime {
    JAPAN.to_datetime(at)
}

/// The day in Japan; `None` outside years 1–9999.
pub(crate) fn day_of(at: Timestamp) -> Option<Date> {
    let day = civil(at);
    Date::new(day.year(), day.month(), day.day())
}

/// The hour in Japan.
pub(crate) fn hour_of(at: Timestamp) -> u8 {
    civil(at).hour().unsigned_abs()
}

/// The last day that lies before a moment: the 10th for 10日24時.
pub(crate) fn last_day_before(end: Timestamp) -> Option<Date> {
    day_of(end.checked_sub(SignedDuration::from_nanos(1)).ok()?)
}

/// A moment with Japan's offset, to the second: `2026-12-10T23:59:59+09:00`.
#[must_use]
pub fn rfc3339(at: Timestamp) -> String {
    at.display_with_offset(JAPAN).to_string()
}

/// When something begins, in the words of staff: `12月5日8時`, `12月8日8時30分`.
#[must_use]
pub fn start_ja(at: Timestamp) -> String {
    let at = civil(at);
    written(at, at.hour())
}

/// When something ends, in the words of staff: midnight is 24時 of the day before,
/// `12月10日24時`.
#[must_use]
pub fn end_ja(at: Timestamp) -> String {
    let civil_at = civil(at);
    if civil_at.time() != Time::midnight() {
        return start_ja(at);
    }
    match civil_at.yesterday() {
        Ok(before) => written(before, 24),
        Err(_) => start_ja(at),
    }
}

fn written(at: DateTime, hour: i8) -> String {
    let (month, day) = (at.month(), at.day());
    match at.minute() {
        0 => format!("{month}月{day}日{hour}時"),
        minute => format!("{month}月{day}日{hour}時{minute}分"),
    }
}

/// English counterpart of [`end_ja`]: `24:00 on the 10th` is written `12-10 24:00`.
pub(crate) fn end_en(at: Timestamp) -> String {
    let civil_at = civil(at);
    let (day, hour) = match civil_at.yesterday() {
        Ok(before) if civil_at.time() == Time::midnight() => (before, 24),
        _ => (civil_at, civil_at.hour()),
    };
    format!(
        "{:04}-{:02}-{:02} {hour:02}:{:02}",
        day.year(),
        day.month(),
        day.day(),
        civil_at.minute()
    )
}

/// A moment in settings: RFC 3339 with an offset.
pub(crate) mod moment {
    use jiff::Timestamp;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(crate) fn serialize<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&super::rfc3339(*at))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(|_| {
            D::Error::custom(format!(
                "`{text}` is no moment with its offset, like `2026-10-13T00:00:00+09:00` for 24:00 of 12 October"
            ))
        })
    }
}
