//! When a certificate's end must be mentioned. Pure: no clock, no store.
//!
//! A certificate that lapses between two claim months does no harm on the day it lapses; it
//! does on the 10th, when nobody can file. So besides the fixed distances, a certificate that
//! will not live to the end of the next 10th (請求の締切) is always mentioned.

use jiff::{Timestamp, ToSpan, civil::Date};
use reseplug_effect::{jst, jst_zone};

/// Days before the end at which a warning begins, farthest first (DESIGN §6).
pub(crate) const DISTANCES: [i64; 6] = [90, 60, 30, 14, 7, 1];

/// What to say about a certificate's end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiryWarning {
    /// Whole days left; negative when it has ended.
    pub days_left: i64,
    /// The nearest of 90, 60, 30, 14, 7 and 1 that has been reached. A new value is a new
    /// warning; the same value has been said before. Absent when only the 10th is in danger.
    pub distance: Option<i64>,
    /// It ends before the next filing deadline (10日24時).
    pub before_deadline: bool,
    /// It has ended.
    pub expired: bool,
    /// For the station.
    pub message_ja: String,
    /// The same in English.
    pub message_en: String,
}

/// The warning due at `now` for a certificate that ends at `not_after`, if any.
///
/// ```
/// use reseplug_identity::expiry_warning;
/// let now = "2024-10-20T00:00:00Z".parse().unwrap();
/// let fresh = "2027-10-20T00:00:00Z".parse().unwrap();
/// assert_eq!(expiry_warning(fresh, now), None);
/// let november = "2024-11-09T00:00:00Z".parse().unwrap();
/// let warning = expiry_warning(november, now).unwrap();
/// assert_eq!(warning.distance, Some(30));
/// assert!(warning.before_deadline);
/// ```
pub fn expiry_warning(not_after: Timestamp, now: Timestamp) -> Option<ExpiryWarning> {
    let days_left = days_between(now, not_after);
    let expired = not_after < now;
    let distance = DISTANCES
        .iter()
        .copied()
        .filter(|distance| days_left <= *distance)
        .min();
    let before_deadline = next_filing_deadline(now).is_some_and(|deadline| not_after < deadline);
    if !expired && distance.is_none() && !before_deadline {
        return None;
    }
    let end = jst(not_after);
    let (message_ja, message_en) = if expired {
        (
            format!(
                "証明書の有効期限が{end}に切れました。新しい証明書を取り込むまで送信できません。"
            ),
            format!(
                "the certificate expired at {end}; nothing can be sent until a new one is imported"
            ),
        )
    } else if before_deadline {
        (
            format!(
                "証明書があと{days_left}日（{end}）で切れます。次の請求締切（10日）より前です。今すぐ更新してください。"
            ),
            format!(
                "the certificate ends in {days_left} days ({end}), before the next filing deadline (the 10th); renew it now"
            ),
        )
    } else {
        (
            format!("証明書があと{days_left}日（{end}）で切れます。更新の手続きを始めてください。"),
            format!("the certificate ends in {days_left} days ({end}); begin its renewal"),
        )
    };
    Some(ExpiryWarning {
        days_left,
        distance,
        before_deadline,
        expired,
        message_ja,
        message_en,
    })
}

/// The next 10日24時 in Japan after `now`; absent only beyond the calendar's end.
pub fn next_filing_deadline(now: Timestamp) -> Option<Timestamp> {
    let today = now.to_zoned(jst_zone()).date();
    let this_month = Date::new(today.year(), today.month(), 11).ok()?;
    let day = if today < this_month {
        this_month
    } else {
        this_month.checked_add(1.month()).ok()?
    };
    Some(day.to_zoned(jst_zone()).ok()?.timestamp())
}

/// Whole days from `now` to `then`, rounded down.
pub(crate) fn days_between(now: Timestamp, then: Timestamp) -> i64 {
    then.as_second()
        .saturating_sub(now.as_second())
        .div_euclid(86_400)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn each_distance_begins_on_its_day() {
        let end = at("2025-06-30T00:00:00+09:00");
        for (now, distance) in [
            ("2025-03-30T00:00:00+09:00", None),
            ("2025-04-01T00:00:00+09:00", Some(90)),
            ("2025-05-01T00:00:00+09:00", Some(60)),
            ("2025-05-31T00:00:00+09:00", Some(30)),
            ("2025-06-16T00:00:00+09:00", Some(14)),
            ("2025-06-23T00:00:00+09:00", Some(7)),
            ("2025-06-29T00:00:00+09:00", Some(1)),
        ] {
            assert_eq!(
                expiry_warning(end, at(now)).and_then(|w| w.distance),
                distance,
                "{now}"
            );
        }
    }

    #[test]
    fn a_certificate_that_ends_before_the_tenth_is_mentioned_even_far_ahead() {
        // 26 days ahead the distance says 30; the deadline is what matters.
        let warning = expiry_warning(
            at("2024-12-09T12:00:00+09:00"),
            at("2024-11-13T09:00:00+09:00"),
        )
        .unwrap();
        assert!(warning.before_deadline);
        let warning = expiry_warning(
            at("2024-12-11T00:00:00+09:00"),
            at("2024-11-13T09:00:00+09:00"),
        )
        .unwrap();
        assert!(!warning.before_deadline);
    }

    #[test]
    fn the_deadline_is_the_end_of_the_tenth_in_japan() {
        assert_eq!(
            next_filing_deadline(at("2024-11-10T23:59:59+09:00")),
            Some(at("2024-11-11T00:00:00+09:00"))
        );
        assert_eq!(
            next_filing_deadline(at("2024-11-11T00:00:00+09:00")),
            Some(at("2024-12-11T00:00:00+09:00"))
        );
        assert_eq!(
            next_filing_deadline(at("2024-12-20T00:00:00+09:00")),
            Some(at("2025-01-11T00:00:00+09:00"))
        );
    }

    #[test]
    fn an_ended_certificate_says_so() {
        let warning =
            expiry_warning(at("2024-01-01T00:00:00Z"), at("2024-01-02T00:00:01Z")).unwrap();
        assert!(warning.expired);
        assert_eq!(warning.days_left, -2);
    }
}
