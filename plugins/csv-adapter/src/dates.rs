//! How the product writes days.

use reseplug_model::{Date, ERAS, EraDate, Month};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Form of a day in the product's files. Reading accepts days and months without leading zeros
/// in every form that has separators; writing uses exactly the form named.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DateFormat {
    /// `2024/04/01`
    #[default]
    #[serde(rename = "yyyy/mm/dd")]
    Slash,
    /// `2024/4/1`
    #[serde(rename = "yyyy/m/d")]
    SlashShort,
    /// `2024-04-01`
    #[serde(rename = "yyyy-mm-dd")]
    Hyphen,
    /// `20240401`
    #[serde(rename = "yyyymmdd")]
    Compact,
    /// 和暦: `R06.04.01`, `S25.10.15`
    #[serde(rename = "gyy.mm.dd")]
    Era,
}

impl DateFormat {
    /// Reads a day; `None` when it has not this form or does not exist.
    pub(crate) fn read(self, text: &str) -> Option<Date> {
        match self {
            Self::Slash | Self::SlashShort => separated(text, '/'),
            Self::Hyphen => separated(text, '-'),
            Self::Compact => Date::parse_compact(text).ok(),
            Self::Era => {
                let (letter, rest) = text.split_at_checked(1)?;
                let era = ERAS
                    .iter()
                    .find(|era| letter.eq_ignore_ascii_case(&era.letter.to_string()))?;
                let [year, month, day] = parts(rest, '.')?;
                EraDate::new(
                    era.code,
                    year.parse().ok()?,
                    month.parse().ok()?,
                    day.parse().ok()?,
                )
                .map(EraDate::gregorian)
            }
        }
    }

    /// Writes a day; `None` for a day before 明治 in 和暦.
    pub(crate) fn write(self, day: Date) -> Option<String> {
        let (year, month, number) = (day.year(), day.month().number(), day.day_of_month());
        Some(match self {
            Self::Slash => format!("{year:04}/{month:02}/{number:02}"),
            Self::SlashShort => format!("{year}/{month}/{number}"),
            Self::Hyphen => day.to_string(),
            Self::Compact => day.compact(),
            Self::Era => {
                let era = EraDate::of(day)?;
                format!(
                    "{}{:02}.{month:02}.{number:02}",
                    era.era().letter,
                    era.year()
                )
            }
        })
    }

    /// Reads a month: the form without its day.
    pub(crate) fn read_month(self, text: &str) -> Option<Month> {
        let first = match self {
            Self::Slash | Self::SlashShort => format!("{text}/1"),
            Self::Hyphen => format!("{text}-1"),
            Self::Compact => format!("{text}01"),
            Self::Era => format!("{text}.1"),
        };
        self.read(&first).map(Date::month)
    }

    /// Writes a month; `None` for a month before 明治 in 和暦.
    pub(crate) fn write_month(self, month: Month) -> Option<String> {
        let (year, number) = (month.year(), month.number());
        Some(match self {
            Self::Slash => format!("{year:04}/{number:02}"),
            Self::SlashShort => format!("{year}/{number}"),
            Self::Hyphen => month.to_string(),
            Self::Compact => month.compact(),
            // The era of a month is that of its last day: 令和 began on the 1st of May 2019.
            Self::Era => {
                let era = EraDate::of(month.last_day())?;
                format!("{}{:02}.{number:02}", era.era().letter, era.year())
            }
        })
    }
}

fn parts(text: &str, separator: char) -> Option<[&str; 3]> {
    let parts: Vec<&str> = text.split(separator).collect();
    let parts: [&str; 3] = parts.try_into().ok()?;
    parts
        .iter()
        .all(|part| (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit()))
        .then_some(parts)
}

fn separated(text: &str, separator: char) -> Option<Date> {
    let [year, month, day] = parts(text, separator)?;
    (year.len() == 4)
        .then(|| Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?))
        .flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [DateFormat; 5] = [
        DateFormat::Slash,
        DateFormat::SlashShort,
        DateFormat::Hyphen,
        DateFormat::Compact,
        DateFormat::Era,
    ];

    proptest! {
        #[test]
        fn a_day_written_in_any_form_reads_back(days in 0i32..60_000) {
            let day = Date::new(1880, 1, 1).unwrap().plus_days(days).unwrap();
            for format in ALL {
                prop_assert_eq!(format.read(&format.write(day).unwrap()), Some(day));
            }
        }

        #[test]
        fn no_text_makes_reading_panic(text in ".{0,12}") {
            for format in ALL {
                let _ = (format.read(&text), format.read_month(&text));
            }
        }
    }

    #[test]
    fn days_without_leading_zeros_are_read() {
        assert_eq!(DateFormat::Slash.read("1950/1/5"), Date::new(1950, 1, 5));
        assert_eq!(DateFormat::Era.read("S25.1.5"), Date::new(1950, 1, 5));
        assert_eq!(
            DateFormat::Era
                .write(Date::new(2019, 5, 1).unwrap())
                .unwrap(),
            "R01.05.01"
        );
        assert_eq!(DateFormat::Slash.read("1950/13/5"), None);
        assert_eq!(DateFormat::Slash.read("19500105"), None);
        assert_eq!(
            DateFormat::Slash.read_month("2024/10"),
            Month::new(2024, 10)
        );
        assert_eq!(
            DateFormat::Compact.read_month("202410"),
            Month::new(2024, 10)
        );
    }
}
