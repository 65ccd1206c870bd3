//! 資格確認日 that can be asked about.

use reseplug_effect::Fault;
use reseplug_model::Date;

/// How many years back: no older month can be claimed any more (請求権の時効、5年).
const YEARS_BACK: i16 = 5;

/// How many days ahead of time the first days of a month may be asked about: the round of the 1st,
/// done on the last working day before it. An answer about a later day would be recorded as what
/// held on that day although nobody can know yet.
const DAYS_AHEAD: i32 = 7;

/// The earliest and the latest day, seen from today.
pub(crate) fn askable(today: Date) -> (Date, Date) {
    let month = today.month().first_day();
    let earliest = month
        .same_day_in(today.year().saturating_sub(YEARS_BACK))
        .unwrap_or(month);
    let ahead = today.plus_days(DAYS_AHEAD).unwrap_or(today);
    (earliest, ahead.max(today.month().last_day()))
}

/// A 資格確認日 that can be asked about, or `recheck/as-of` with the days that can.
pub(crate) fn asked_as_of(as_of: Date, today: Date) -> Result<Date, Fault> {
    let (earliest, latest) = askable(today);
    if earliest <= as_of && as_of <= latest {
        return Ok(as_of);
    }
    Err(Fault::new(
        "recheck/as-of",
        format!(
            "資格確認日 {as_of} には照会できません。指定できるのは {earliest} から {latest} までです（{YEARS_BACK}年前の今月から、今月の末日または{DAYS_AHEAD}日先まで。今日は {today}）。日付を確かめてください。何も照会していません。"
        ),
        format!(
            "nothing is asked as of {as_of}: the day lies between {earliest} and {latest} (today is {today}). Nothing was asked"
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    #[test]
    fn a_day_nobody_can_know_yet_or_nobody_claims_any_more_is_refused_with_the_days_there_are() {
        let today = date("2026-11-28");
        for day in [
            "2026-11-01",
            "2026-11-30",
            "2026-12-01",
            "2021-11-01",
            "2024-10-01",
        ] {
            assert_eq!(asked_as_of(date(day), today), Ok(date(day)));
        }
        for day in ["2030-01-01", "2026-12-06", "1990-01-01", "2021-10-31"] {
            let refused = asked_as_of(date(day), today).unwrap_err();
            assert_eq!(refused.code, "recheck/as-of");
            for word in [day, "2021-11-01", "2026-12-05"] {
                assert!(refused.message_ja.contains(word), "{}", refused.message_ja);
                assert!(refused.message_en.contains(word), "{}", refused.message_en);
            }
        }
    }

    #[test]
    fn next_month_is_asked_about_in_the_last_days_of_this_one_alone() {
        let first = date("2026-12-01");
        assert!(asked_as_of(first, date("2026-11-23")).is_err());
        assert!(asked_as_of(first, date("2026-11-24")).is_ok());
    }
}
