//! Days and months as tables of the trade write them: 20241016, 2024/10/16, 令和6年10月16日,
//! R6.10.16, 5061016.

use reseplug_model::{Date, ERAS, EraDate, Month};

/// Half width, without blanks.
fn plain(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            '！'..='～' => u32::from(c)
                .checked_sub(0xFEE0)
                .and_then(char::from_u32)
                .unwrap_or(c),
            c => c,
        })
        .collect()
}

/// The numbers of a text, and the era in front of them. `None` for anything else.
fn parts(text: &str) -> Option<(Option<u8>, Vec<&str>)> {
    let era = ERAS.iter().find_map(|era| {
        let rest = text
            .strip_prefix(era.name)
            .or_else(|| text.strip_prefix(era.letter))?;
        Some((era.code, rest))
    });
    let (code, rest) = match era {
        Some((code, rest)) => (Some(code), rest),
        None => (None, text),
    };
    let parts: Vec<&str> = rest
        .split(['年', '月', '日', '/', '-', '.'])
        .filter(|p| !p.is_empty())
        .collect();
    let numeric = |p: &&str| *p == "元" || p.bytes().all(|b| b.is_ascii_digit());
    parts.iter().all(numeric).then_some((code, parts))
}

fn number<T: std::str::FromStr>(part: &str) -> Option<T> {
    if part == "元" {
        return "1".parse().ok();
    }
    part.parse().ok()
}

/// Reads a day; `None` for what is none.
pub(super) fn day(text: &str) -> Option<Date> {
    let text = plain(text);
    let (era, parts) = parts(&text)?;
    match (era, parts.as_slice()) {
        (Some(code), [y, m, d]) => {
            EraDate::new(code, number(y)?, number(m)?, number(d)?).map(EraDate::gregorian)
        }
        (Some(code), [one]) => packed(&format!("{code}{one}")),
        (None, [y, m, d]) if y.len() == 4 => Date::new(number(y)?, number(m)?, number(d)?),
        (None, [one]) if one.len() == 8 => Date::parse_compact(one).ok(),
        (None, [one]) => packed(one),
        _ => None,
    }
}

/// `GYYMMDD`
fn packed(text: &str) -> Option<Date> {
    if text.len() != 7 {
        return None;
    }
    let part = |range: std::ops::Range<usize>| text.get(range);
    EraDate::new(
        number(part(0..1)?)?,
        number(part(1..3)?)?,
        number(part(3..5)?)?,
        number(part(5..7)?)?,
    )
    .map(EraDate::gregorian)
}

/// Reads a month; of a day, its month. `None` for what is none.
pub(super) fn month(text: &str) -> Option<Month> {
    if let Some(day) = day(text) {
        return Some(day.month());
    }
    let text = plain(text);
    let (era, parts) = parts(&text)?;
    // A month of a year is a day of it, too: the last, since an era may begin within a month.
    let in_era = |code: u8, year: u8, month: i8| {
        (1..=28_i8)
            .rev()
            .find_map(|day| EraDate::new(code, year, month, day))
            .map(|day| day.gregorian().month())
    };
    match (era, parts.as_slice()) {
        (Some(code), [y, m]) => in_era(code, number(y)?, number(m)?),
        (None, [y, m]) if y.len() == 4 => Month::new(number(y)?, number(m)?),
        (None, [one]) if one.len() == 6 => Month::parse_compact(one).ok(),
        (None, [one]) if one.len() == 5 => in_era(
            number(one.get(0..1)?)?,
            number(one.get(1..3)?)?,
            number(one.get(3..5)?)?,
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_in_every_dress_of_the_trade() {
        let wanted = Date::parse("2024-10-16").unwrap();
        for dress in [
            "20241016",
            "2024-10-16",
            "2024/10/16",
            "2024年10月16日",
            "令和6年10月16日",
            "令和 ６年１０月１６日",
            "R6.10.16",
            "R06/10/16",
            "5061016",
        ] {
            assert_eq!(day(dress), Some(wanted), "{dress}");
        }
        assert_eq!(day("令和元年5月1日"), Date::new(2019, 5, 1));
        for none in [
            "",
            "0",
            "20241332",
            "2024-10",
            "24-10-16",
            "令和6年",
            "A",
            "9061016",
        ] {
            assert_eq!(day(none), None, "{none}");
        }
    }

    #[test]
    fn a_month_is_read_in_every_dress_of_the_trade() {
        let wanted = Month::parse("2024-10");
        for dress in [
            "202410",
            "2024-10",
            "令和6年10月",
            "R6.10",
            "50610",
            "20241003",
        ] {
            assert_eq!(month(dress), wanted.clone().ok(), "{dress}");
        }
        assert_eq!(month("H31.4"), Month::new(2019, 4));
        assert_eq!(month("10"), None);
    }
}
