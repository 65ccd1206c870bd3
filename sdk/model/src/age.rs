use crate::{Date, Month};

/// Completed years (満年齢) on a day; `None` before birth. Counted up on the birthday; somebody
/// born on 29 February turns a year older on 1 March of ordinary years.
#[must_use]
pub fn age_on(birth: Date, day: Date) -> Option<u16> {
    if day < birth {
        return None;
    }
    let years = day.year().checked_sub(birth.year())?;
    let birthday = birth.same_day_in(day.year())?;
    u16::try_from(if day < birthday {
        years.checked_sub(1)?
    } else {
        years
    })
    .ok()
}

/// The last day of being a preschooler (未就学者): the 31 March on or after the day on which the
/// sixth year of age is completed. By law a year of age is completed the day *before* the birthday
/// (年齢計算ニ関する法律), so a child born on 1 April is one school year ahead of one born on the 2nd.
#[must_use]
pub fn preschool_until(birth: Date) -> Option<Date> {
    let completed = birth
        .same_day_in(birth.year().checked_add(6)?)?
        .prev_day()?;
    let end = Month::new(completed.year(), 3)?.last_day();
    if completed <= end {
        Some(end)
    } else {
        Some(Month::new(completed.year().checked_add(1)?, 3)?.last_day())
    }
}

/// Whether the person is a preschooler (未就学者, last digit 4 of レセプト種別) in a month.
/// The state always lasts to the end of a month, so a month is never of both kinds.
#[must_use]
pub fn preschool_in(birth: Date, month: Month) -> bool {
    birth.month() <= month && preschool_until(birth).is_some_and(|end| month.first_day() <= end)
}

/// The day on which 後期高齢者医療 begins by age: the 75th birthday. For people born on
/// 29 February 1 March is taken (inferred).
#[must_use]
pub fn turns_75_on(birth: Date) -> Option<Date> {
    birth.same_day_in(birth.year().checked_add(75)?)
}

/// The first month as 高齢受給者 (70–74): the month after the one in which the 70th year is
/// completed, that is the birthday's own month for those born on the 1st and the next one otherwise.
#[must_use]
pub fn elderly_recipient_from(birth: Date) -> Option<Month> {
    birth
        .same_day_in(birth.year().checked_add(70)?)?
        .prev_day()?
        .month()
        .next()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn a_child_born_on_the_first_of_april_leaves_preschool_a_year_earlier() {
        assert_eq!(
            preschool_until(date("2018-04-01")),
            Some(date("2024-03-31"))
        );
        assert_eq!(
            preschool_until(date("2018-04-02")),
            Some(date("2025-03-31"))
        );
        assert!(preschool_in(date("2018-04-02"), "2025-03".parse().unwrap()));
        assert!(!preschool_in(
            date("2018-04-02"),
            "2025-04".parse().unwrap()
        ));
    }

    #[test]
    fn age_counts_up_on_the_birthday() {
        assert_eq!(age_on(date("1950-10-15"), date("2024-10-14")), Some(73));
        assert_eq!(age_on(date("1950-10-15"), date("2024-10-15")), Some(74));
        assert_eq!(age_on(date("2000-02-29"), date("2001-02-28")), Some(0));
        assert_eq!(age_on(date("2000-02-29"), date("2001-03-01")), Some(1));
        assert_eq!(age_on(date("2024-10-15"), date("2024-10-14")), None);
    }

    #[test]
    fn elderly_certificates_start_the_month_after_the_seventieth_year_is_completed() {
        assert_eq!(
            elderly_recipient_from(date("1954-10-01"))
                .unwrap()
                .to_string(),
            "2024-10"
        );
        assert_eq!(
            elderly_recipient_from(date("1954-10-02"))
                .unwrap()
                .to_string(),
            "2024-11"
        );
        assert_eq!(turns_75_on(date("1949-11-20")), Some(date("2024-11-20")));
    }

    proptest! {
        #[test]
        fn preschool_always_ends_on_the_31_march_between_six_and_seven(n in 0i32..40_000) {
            let birth = date("1920-01-01").plus_days(n).unwrap();
            let end = preschool_until(birth).unwrap();
            prop_assert_eq!((end.month().number(), end.day_of_month()), (3, 31));
            let next = end.next_day().unwrap();
            prop_assert_eq!(age_on(birth, next), Some(6));
        }
    }
}
