use std::fmt;

use crate::Date;

/// An era (元号) of the Japanese calendar, for display and for the comment form `ＧＹＹＭＭＤＤ`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Era {
    /// Code G of 記録条件仕様: 1 明治 … 5 令和.
    pub code: u8,
    /// Name as written, for instance `令和`.
    pub name: &'static str,
    /// Latin letter of forms and cards: M T S H R.
    pub letter: char,
    /// First day as (year, month, day), Gregorian.
    start: (i16, i8, i8),
}

/// The five eras, oldest first. 明治 counts from 1868-01-25 (慶応4年1月1日), to which it was made
/// retroactive; the Gregorian calendar came into use in 明治6年 only, so days before 1873 are
/// converted, never copied from a document.
pub const ERAS: [Era; 5] = [
    Era {
        code: 1,
        name: "明治",
        letter: 'M',
        start: (1868, 1, 25),
    },
    Era {
        code: 2,
        name: "大正",
        letter: 'T',
        start: (1912, 7, 30),
    },
    Era {
        code: 3,
        name: "昭和",
        letter: 'S',
        start: (1926, 12, 25),
    },
    Era {
        code: 4,
        name: "平成",
        letter: 'H',
        start: (1989, 1, 8),
    },
    Era {
        code: 5,
        name: "令和",
        letter: 'R',
        start: (2019, 5, 1),
    },
];

impl Era {
    /// The era a day lies in; `None` before 明治.
    #[must_use]
    pub fn of(day: Date) -> Option<Self> {
        ERAS.into_iter()
            .rev()
            .find(|era| era.start().is_some_and(|start| start <= day))
    }

    /// First day.
    #[must_use]
    pub fn start(self) -> Option<Date> {
        Date::new(self.start.0, self.start.1, self.start.2)
    }
}

/// A day in the Japanese calendar (和暦). Display only: record fields of レセ電 are Gregorian.
///
/// ```
/// use reseplug_model::{Date, EraDate};
/// let day = EraDate::of(Date::parse("2024-06-15")?).unwrap();
/// assert_eq!(day.to_string(), "令和6年6月15日");
/// assert_eq!(day.comment_form(), "５０６０６１５");
/// # Ok::<(), reseplug_model::DateError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EraDate {
    era: Era,
    day: Date,
}

impl EraDate {
    /// The day in its era; `None` before 明治.
    #[must_use]
    pub fn of(day: Date) -> Option<Self> {
        Era::of(day).map(|era| Self { era, day })
    }

    /// Reads an era's code (1–5), the year in it, month and day; `None` when that day does not
    /// exist or lies outside the era.
    #[must_use]
    pub fn new(code: u8, year: u8, month: i8, day: i8) -> Option<Self> {
        let era = ERAS.into_iter().find(|era| era.code == code)?;
        let gregorian = era.start.0.checked_add(i16::from(year))?.checked_sub(1)?;
        let found = Self::of(Date::new(gregorian, month, day)?)?;
        (found.era.code == code).then_some(found)
    }

    /// The era.
    #[must_use]
    pub fn era(self) -> Era {
        self.era
    }

    /// Year in the era, from 1 (元年).
    #[must_use]
    pub fn year(self) -> i16 {
        self.day.year() - self.era.start.0 + 1
    }

    /// The Gregorian day.
    #[must_use]
    pub fn gregorian(self) -> Date {
        self.day
    }

    /// Full-width `ＧＹＹＭＭＤＤ`, the date inside comment texts of pattern 50
    /// (電子レセプトの作成手引き－訪問看護－, コメントパターン).
    #[must_use]
    pub fn comment_form(self) -> String {
        let half = format!(
            "{}{:02}{:02}{:02}",
            self.era.code,
            self.year(),
            self.day.month().number(),
            self.day.day_of_month()
        );
        half.chars()
            .map(|c| char::from_u32(u32::from(c) + 0xFEE0).unwrap_or(c))
            .collect()
    }
}

impl fmt::Display for EraDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.era.name)?;
        match self.year() {
            1 => f.write_str("元")?,
            year => write!(f, "{year}")?,
        }
        write!(
            f,
            "年{}月{}日",
            self.day.month().number(),
            self.day.day_of_month()
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_day_since_meiji_has_exactly_one_era_date_that_leads_back(days in 0i32..70_000) {
            let start = Date::new(1868, 1, 25).unwrap();
            let day = start.plus_days(days).unwrap();
            let era = EraDate::of(day).unwrap();
            prop_assert!(era.year() >= 1);
            let back = EraDate::new(
                era.era().code,
                u8::try_from(era.year()).unwrap(),
                i8::try_from(day.month().number()).unwrap(),
                i8::try_from(day.day_of_month()).unwrap(),
            );
            prop_assert_eq!(back.map(EraDate::gregorian), Some(day));
        }
    }

    #[test]
    fn eras_change_on_their_first_day() {
        for (before, on) in [
            ("明治45年7月29日", "大正元年7月30日"),
            ("大正15年12月24日", "昭和元年12月25日"),
            ("昭和64年1月7日", "平成元年1月8日"),
            ("平成31年4月30日", "令和元年5月1日"),
        ] {
            let era = ERAS
                .into_iter()
                .find(|era| on.starts_with(era.name))
                .unwrap();
            let start = era.start().unwrap();
            assert_eq!(EraDate::of(start).unwrap().to_string(), on);
            assert_eq!(
                EraDate::of(start.prev_day().unwrap()).unwrap().to_string(),
                before
            );
        }
        assert!(EraDate::of(Date::new(1868, 1, 24).unwrap()).is_none());
        assert!(EraDate::new(3, 65, 1, 1).is_none());
    }
}
