//! Amounts, months and days as people write them in lists.

use reseplug_model::{Date, EraDate, Month};

/// Full-width digits and signs as the half-width ones.
pub(crate) fn folded(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{3000}' => ' ',
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            '￥' => '¥',
            '−' | '‐' | '–' => '-',
            c => c,
        })
        .collect::<String>()
        .trim()
        .to_owned()
}

/// A whole number of yen with its sign: `12,340`, `１２，３４０円`, `△500`, `-500`.
pub(crate) fn amount(text: &str) -> Option<i64> {
    let text = folded(text);
    let (negative, text) = match text.strip_prefix(['△', '▲', '-']) {
        Some(rest) => (true, rest.trim_start()),
        None => (false, text.strip_prefix('+').unwrap_or(&text)),
    };
    let text = text.strip_prefix(['¥', '\\']).unwrap_or(text);
    let text = text.strip_suffix('円').unwrap_or(text).trim();
    let number = i64::try_from(grouped(text)?).ok()?;
    if negative {
        number.checked_neg()
    } else {
        Some(number)
    }
}

/// A number that is not negative: `1,234`, `12件`.
pub(crate) fn count(text: &str) -> Option<u64> {
    let text = folded(text);
    grouped(text.strip_suffix('件').unwrap_or(&text).trim())
}

/// Digits, plain or in groups of three: a comma elsewhere means that columns are shifted.
fn grouped(text: &str) -> Option<u64> {
    let mut groups = text.split(',');
    let first = groups.next()?;
    let mut digits = first.to_owned();
    let mut is_grouped = false;
    for group in groups {
        if group.len() != 3 {
            return None;
        }
        is_grouped = true;
        digits.push_str(group);
    }
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !plain || (is_grouped && !(1..=3).contains(&first.len())) {
        return None;
    }
    digits.parse().ok()
}

/// A month: `2024-11`, `202411`, `2024年11月`, `令和6年11月`, `R6.11`, `50611`.
pub(crate) fn month(text: &str) -> Option<Month> {
    let text = folded(text);
    if text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Month::parse_compact(&text).ok();
    }
    if let [g, y1, y2, m1, m2] = text.as_bytes()
        && let (Some(era), Some(year), Some(month)) = (two(b'0', *g), two(*y1, *y2), two(*m1, *m2))
    {
        return of_era(era, year, month);
    }
    match Written::read(&text)? {
        Written { era: None, numbers } => match numbers.as_slice() {
            [year, month] => Month::new(i16::try_from(*year).ok()?, i8::try_from(*month).ok()?),
            _ => None,
        },
        Written {
            era: Some(era),
            numbers,
        } => match numbers.as_slice() {
            [year, month] => of_era(era, u8::try_from(*year).ok()?, u8::try_from(*month).ok()?),
            _ => None,
        },
    }
}

/// The month of an era: its last day lies in it, though the first may not.
fn of_era(era: u8, year: u8, month: u8) -> Option<Month> {
    let month = i8::try_from(month).ok()?;
    [1, 28]
        .into_iter()
        .find_map(|day| EraDate::new(era, year, month, day).map(|found| found.gregorian().month()))
}

/// A day: `2024-12-20`, `20241220`, `2024/12/20`, `令和6年12月20日`, `R6.12.20`, `5061220`.
pub(crate) fn day(text: &str) -> Option<Date> {
    let text = folded(text);
    if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Date::parse_compact(&text).ok();
    }
    if let [g, y1, y2, m1, m2, d1, d2] = text.as_bytes()
        && let (Some(era), Some(year), Some(month), Some(day)) =
            (two(b'0', *g), two(*y1, *y2), two(*m1, *m2), two(*d1, *d2))
    {
        let found = EraDate::new(
            era,
            year,
            i8::try_from(month).ok()?,
            i8::try_from(day).ok()?,
        );
        return found.map(EraDate::gregorian);
    }
    let written = Written::read(&text)?;
    let [year, month, day] = written.numbers.as_slice() else {
        return None;
    };
    let (month, day) = (i8::try_from(*month).ok()?, i8::try_from(*day).ok()?);
    match written.era {
        None => Date::new(i16::try_from(*year).ok()?, month, day),
        Some(era) => {
            EraDate::new(era, u8::try_from(*year).ok()?, month, day).map(EraDate::gregorian)
        }
    }
}

fn two(tens: u8, ones: u8) -> Option<u8> {
    let digit = |byte: u8| byte.is_ascii_digit().then(|| byte - b'0');
    Some(digit(tens)? * 10 + digit(ones)?)
}

/// Numbers with what people write between them, and the era before them.
struct Written {
    era: Option<u8>,
    numbers: Vec<u32>,
}

impl Written {
    fn read(text: &str) -> Option<Self> {
        let eras = reseplug_model::ERAS;
        let (era, rest) = eras
            .iter()
            .find_map(|era| {
                let rest = text
                    .strip_prefix(era.name)
                    .or_else(|| text.strip_prefix(era.letter))
                    .or_else(|| text.strip_prefix(era.letter.to_ascii_lowercase()))?;
                Some((Some(era.code), rest))
            })
            .unwrap_or((None, text));
        let rest = rest.replacen('元', "1", 1);
        let apart = |c: char| matches!(c, '-' | '/' | '.' | '年' | '月' | '日' | ' ' | '度' | '分');
        let numbers: Option<Vec<u32>> = rest
            .split(apart)
            .filter(|part| !part.is_empty())
            .map(|part| {
                let digits = part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_digit());
                digits.then(|| part.parse().ok()).flatten()
            })
            .collect();
        Some(Self {
            era,
            numbers: numbers?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_as_people_write_them() {
        for (text, yen) in [
            ("0", 0),
            ("12340", 12_340),
            ("12,340", 12_340),
            ("１２，３４０円", 12_340),
            ("￥1,234,567", 1_234_567),
            ("△500", -500),
            ("▲ 1,500円", -1_500),
            ("－500", -500),
            ("−500", -500),
            ("-500", -500),
            ("+500", 500),
        ] {
            assert_eq!(amount(text), Some(yen), "{text}");
        }
        for text in [
            "",
            "円",
            "二",
            "1,23",
            "1,2345",
            ",123",
            "12,",
            "1234,567",
            "1.5",
            "--5",
            "99999999999999999999",
        ] {
            assert_eq!(amount(text), None, "{text}");
        }
        assert_eq!(count("1,234件"), Some(1_234));
        assert_eq!(count("-1"), None);
    }

    #[test]
    fn months_and_days_as_people_write_them() {
        for text in [
            "2024-11",
            "202411",
            "2024/11",
            "2024年11月",
            "令和6年11月",
            "令和６年１１月分",
            "R6.11",
            "50611",
        ] {
            assert_eq!(
                month(text).map(|m| m.to_string()).as_deref(),
                Some("2024-11"),
                "{text}"
            );
        }
        assert_eq!(month("令和元年5月"), Month::new(2019, 5));
        assert_eq!(month("平成31年4月"), Month::new(2019, 4));
        for text in [
            "2024-12-20",
            "20241220",
            "2024/12/20",
            "2024年12月20日",
            "令和6年12月20日",
            "R6.12.20",
            "5061220",
        ] {
            assert_eq!(
                day(text).map(|d| d.to_string()).as_deref(),
                Some("2024-12-20"),
                "{text}"
            );
        }
        for text in ["", "11", "2024-13", "平成40年1月", "合計", "2024-11-07-01"] {
            assert_eq!((month(text), day(text)), (None, None), "{text}");
        }
    }
}
