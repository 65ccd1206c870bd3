//! The product's texts in the form that a field of レセ電 asks for.
//!
//! Only the dress changes, never the value: days and months from the product's form, width to the
//! field's mode, separators out of amounts, zeros in front of codes that a spreadsheet took away.

use receden::Edition;
use receden::edition::{FieldSpec, Mode, ValueKind};
use unicode_normalization::UnicodeNormalization as _;

use crate::dates::DateFormat;

/// A text that cannot be brought into a field's form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NotInForm {
    /// What the field holds.
    pub(crate) expected: &'static str,
}

/// Brings a text into the form of a field.
pub(crate) fn dress(field: &FieldSpec, dates: DateFormat, text: &str) -> Result<String, NotInForm> {
    let wrong = |expected| NotInForm { expected };
    match field.value {
        ValueKind::Day => {
            return dates
                .read(text)
                .map(reseplug_model::Date::compact)
                .ok_or_else(|| wrong("日付"));
        }
        ValueKind::Month => {
            return dates
                .read_month(text)
                .map(reseplug_model::Month::compact)
                .ok_or_else(|| wrong("年月"));
        }
        ValueKind::Time => {
            let digits = half(text).replace(':', "");
            return Ok(format!("{digits:0>4}"));
        }
        ValueKind::Count | ValueKind::Yen => {
            let number: u64 = half(text)
                .replace(',', "")
                .parse()
                .map_err(|_| wrong("数"))?;
            return Ok(number.to_string());
        }
        ValueKind::Percent | ValueKind::Decimal | ValueKind::Id | ValueKind::Text => {}
    }
    Ok(match field.mode {
        Mode::Digits | Mode::Half => pad_code(field, half(text)),
        Mode::Full => full(text),
        Mode::HalfOrFull => one_mode(text),
    })
}

/// A code that lost its leading zeros gets them back: 別表 codes have a fixed width.
fn pad_code(field: &FieldSpec, text: String) -> String {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text;
    }
    let width = match &field.table {
        Some(table) => Edition::r0606()
            .table_at(table)
            .map_or(0, |table| table.width),
        None if field.fixed && field.mode == Mode::Digits => field.bytes,
        None => 0,
    };
    format!("{text:0>width$}")
}

/// Half width: full-width letters, digits and blanks become ASCII.
fn half(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
            '\u{3000}' => ' ',
            other => other,
        })
        .collect()
}

/// Full width: ASCII and half-width katakana become their full-width selves.
pub(crate) fn full(text: &str) -> String {
    // Composing joins a half-width kana with the voiced mark behind it.
    let kana: String = if text.chars().any(is_half_kana) {
        join_half_kana(text)
    } else {
        text.to_owned()
    };
    kana.chars()
        .map(|c| match c {
            ' ' => '\u{3000}',
            '!'..='~' => char::from_u32(u32::from(c) + 0xFEE0).unwrap_or(c),
            other => other,
        })
        .collect()
}

/// Runs of half-width katakana composed, everything else as it is.
fn join_half_kana(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    let mut run = String::new();
    for c in text.chars() {
        if is_half_kana(c) {
            run.push(c);
        } else {
            joined.extend(run.nfkc());
            run.clear();
            joined.push(c);
        }
    }
    joined.extend(run.nfkc());
    joined
}

fn is_half_kana(c: char) -> bool {
    matches!(c, '\u{FF61}'..='\u{FF9F}')
}

fn is_half(c: char) -> bool {
    c.is_ascii() || is_half_kana(c)
}

/// One mode: a text that mixes widths becomes full width, one that does not stays as it is.
pub(crate) fn one_mode(text: &str) -> String {
    if text.chars().any(is_half) && !text.chars().all(is_half) {
        full(text)
    } else {
        text.to_owned()
    }
}

/// カタカナ（氏名）: full width, without blanks, separate voiced marks joined.
pub(crate) fn kana(text: &str) -> String {
    full(text).chars().filter(|c| !c.is_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(record: &str, number: usize) -> &'static FieldSpec {
        &Edition::r0606().record(record).unwrap().fields[number - 1]
    }

    #[test]
    fn texts_get_the_dress_of_their_field() {
        let dates = DateFormat::Slash;
        for (record, number, text, dressed) in [
            ("HJ", 2, "1", "01"),
            ("HJ", 3, "2024/4/1", "20240401"),
            ("KA", 7, "3", "03"),
            ("KA", 7, "0111", "0111"),
            ("KA", 8, "０１", "01"),
            ("SY", 4, "2型糖尿病", "２型糖尿病"),
            ("JS", 2, "ｶﾞｰｾﾞ交換", "ガーゼ交換"),
            ("IH", 4, "123456", "0123456"),
            ("IH", 6, "日向 太郎", "日向　太郎"),
            ("IH", 6, "ﾋﾅﾀ ﾀﾛｳ", "ﾋﾅﾀ ﾀﾛｳ"),
            ("RJ", 12, "9:05", "0905"),
            ("KA", 6, "5,550", "5550"),
        ] {
            assert_eq!(
                dress(field(record, number), dates, text).unwrap(),
                dressed,
                "{record}{number} {text}"
            );
        }
        assert_eq!(
            dress(field("HJ", 3), dates, "4月1日").unwrap_err().expected,
            "日付"
        );
        assert_eq!(kana("ｱｵｿﾞﾗ ﾊﾅｺ"), "アオゾラハナコ");
        assert_eq!(kana("アオゾラ　ハナコ"), "アオゾラハナコ");
    }
}
