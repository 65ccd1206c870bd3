//! How money and moments are written for people: thousands separated, a clock in Japan. What machines
//! read keeps its numbers and ISO 8601.

use jiff::{Timestamp, Zoned, civil::Date, tz};
use std::borrow::Cow;

/// `1,108,190`
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && digits.len().saturating_sub(at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A change: `-1,234`, `+500`, `0`.
pub fn signed(yen: i64) -> String {
    let sign = match yen {
        0 => "",
        yen if yen < 0 => "-",
        _ => "+",
    };
    format!("{sign}{}", thousands(yen.unsigned_abs()))
}

/// A day and a time as the trade writes them, or the text as it is: `11/5 21:05`; the end of a day
/// is `11/10 24:00`, not `11/11 00:00`.
pub fn short(moment: &str) -> Cow<'_, str> {
    here(moment).map_or(Cow::Borrowed(moment), |at| {
        let (day, time) = to_the_end_of_the_day(&at);
        Cow::Owned(format!("{}/{} {time}", day.month(), day.day()))
    })
}

/// The same with its year, for pages: `2024年11月5日 21:05`. A moment of a record: midnight begins
/// a day.
pub fn moment_ja(moment: &str) -> Cow<'_, str> {
    here(moment).map_or(Cow::Borrowed(moment), |at| {
        Cow::Owned(in_full(at.date(), &at.strftime("%H:%M").to_string()))
    })
}

/// The same of a limit (締切), which ends a day: `2024年11月10日 24:00`.
pub fn limit_ja(moment: &str) -> Cow<'_, str> {
    here(moment).map_or(Cow::Borrowed(moment), |at| {
        let (day, time) = to_the_end_of_the_day(&at);
        Cow::Owned(in_full(day, &time))
    })
}

fn in_full(day: Date, time: &str) -> String {
    format!("{}年{}月{}日 {time}", day.year(), day.month(), day.day())
}

/// In Japan, whose offset has not changed since 1951.
fn here(moment: &str) -> Option<Zoned> {
    let at: Timestamp = moment.parse().ok()?;
    Some(at.to_zoned(tz::TimeZone::fixed(tz::offset(9))))
}

fn to_the_end_of_the_day(at: &Zoned) -> (Date, String) {
    match at.date().yesterday() {
        Ok(before) if at.hour() == 0 && at.minute() == 0 => (before, "24:00".to_owned()),
        _ => (at.date(), at.strftime("%H:%M").to_string()),
    }
}

/// How long something is, to its two largest units: `54日`, `1時間5分`, `40秒`.
pub fn span_ja(seconds: u64) -> String {
    span(seconds, ["日", "時間", "分", "秒"], "")
}

/// The same in English: `54 d`, `1 h 5 min`, `40 s`.
pub fn span_en(seconds: u64) -> String {
    span(seconds, [" d", " h", " min", " s"], " ")
}

fn span(seconds: u64, units: [&str; 4], between: &str) -> String {
    let [days, hours, minutes, rest] = [
        seconds / 86_400,
        seconds / 3_600 % 24,
        seconds / 60 % 60,
        seconds % 60,
    ];
    let [.., second] = units;
    let told: Vec<String> = [days, hours, minutes, rest]
        .into_iter()
        .zip(units)
        .skip_while(|(number, _)| *number == 0)
        .take(2)
        .filter(|(number, _)| *number > 0)
        .map(|(number, unit)| format!("{number}{unit}"))
        .collect();
    match told.is_empty() {
        true => format!("0{second}"),
        false => told.join(between),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_read_by_its_thousands() {
        for (yen, text) in [(0, "0"), (999, "999"), (1_108_190, "1,108,190")] {
            assert_eq!(thousands(yen), text);
        }
        for (yen, text) in [(0, "0"), (-5_000, "-5,000"), (500, "+500")] {
            assert_eq!(signed(yen), text);
        }
    }

    #[test]
    fn a_limit_at_midnight_ends_the_day_before() {
        let closes = "2024-11-11T00:00:00+09:00";
        assert_eq!(short(closes), "11/10 24:00");
        assert_eq!(limit_ja(closes), "2024年11月10日 24:00");
        assert_eq!(moment_ja(closes), "2024年11月11日 00:00");
    }

    #[test]
    fn a_moment_of_any_zone_is_one_on_a_clock_in_japan() {
        assert_eq!(short("2024-11-05T12:05:00Z"), "11/5 21:05");
        assert_eq!(moment_ja("2024-11-05T12:05:00.5Z"), "2024年11月5日 21:05");
        // What somebody wrote themselves stays as they wrote it.
        assert_eq!(short("11/9 10:20"), "11/9 10:20");
    }

    #[test]
    fn a_clock_that_is_weeks_off_is_said_in_days() {
        for (seconds, ja, en) in [
            (4_665_511, "53日23時間", "53 d 23 h"),
            (3_900, "1時間5分", "1 h 5 min"),
            (40, "40秒", "40 s"),
            (0, "0秒", "0 s"),
        ] {
            assert_eq!(
                (span_ja(seconds).as_str(), span_en(seconds).as_str()),
                (ja, en)
            );
        }
    }
}
