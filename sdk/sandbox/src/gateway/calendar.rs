//! Days and hours of filing, as data. Off unless the gateway is asked to keep them.

use super::submission::Kind;
use jiff::{Timestamp, ToSpan, civil::Date, tz};

struct Window {
    kind: Kind,
    days: std::ops::RangeInclusive<i8>,
    /// Hours in Japan; 24 is midnight.
    hours: std::ops::Range<i8>,
}

/// 請求: days 5–7 8–21, 8–10 8–24; 確認試験: day 5 to the end of the month 8–21. Weekends and
/// holidays included. Stated by several payers for their region (grade: secondary).
const WINDOWS: [Window; 3] = [
    Window {
        kind: Kind::Claim,
        days: 5..=7,
        hours: 8..21,
    },
    Window {
        kind: Kind::Claim,
        days: 8..=10,
        hours: 8..24,
    },
    Window {
        kind: Kind::Trial,
        days: 5..=31,
        hours: 8..21,
    },
];

/// Japan's zone.
pub(super) fn japan() -> tz::TimeZone {
    tz::TimeZone::fixed(tz::offset(9))
}

/// Whether files of that kind are taken at `now`.
pub(super) fn open(kind: Kind, now: Timestamp) -> bool {
    let now = now.to_zoned(japan());
    WINDOWS.iter().any(|window| {
        window.kind == kind
            && window.days.contains(&now.day())
            && window.hours.contains(&now.hour())
    })
}

/// 10日24時 of the month of filing (`2024-11`): what is unconfirmed then is confirmed
/// automatically, leaving out receipts with errors.
pub(super) fn deadline(claim_month: &str) -> Option<Timestamp> {
    let first: Date = format!("{claim_month}-01").parse().ok()?;
    Some(
        first
            .checked_add(10.days())
            .ok()?
            .to_zoned(japan())
            .ok()?
            .timestamp(),
    )
}

/// A moment as the protocol writes it.
pub(super) fn text(moment: Timestamp) -> String {
    moment
        .to_zoned(japan())
        .strftime("%Y-%m-%dT%H:%M:%S+09:00")
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hours_of_claim_week_are_kept() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        for (moment, claim, trial) in [
            ("2024-11-04T12:00:00+09:00", false, false),
            ("2024-11-05T08:00:00+09:00", true, true),
            ("2024-11-07T21:00:00+09:00", false, false),
            ("2024-11-10T23:59:59+09:00", true, false),
            ("2024-11-11T00:00:00+09:00", false, false),
            ("2024-11-20T09:00:00+09:00", false, true),
        ] {
            assert_eq!(
                (open(Kind::Claim, at(moment)), open(Kind::Trial, at(moment))),
                (claim, trial),
                "{moment}"
            );
        }
        assert_eq!(deadline("2024-11"), Some(at("2024-11-11T00:00:00+09:00")));
    }
}
