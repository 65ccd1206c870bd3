use std::collections::BTreeSet;

use reseplug_model::Date;

use super::Rule;
use super::facts::{Facts, Rj};
use super::subject::{At, Subject, shown};
use crate::receipt::Receipt;
use crate::record::RecordRef;
use crate::repertoire;

/// Rules about what explains the charges: TJ, TZ, KS, CO, and the days of RJ.
pub(super) fn check(subject: &mut Subject<'_>, receipt: &Receipt<'_>, facts: &Facts<'_>) {
    if facts.explaining > 0 {
        without_charge(subject, receipt, facts);
        let mut special = Special::default();
        for (index, record) in receipt.records_of("TZ") {
            special.take(record);
            comment(subject, index, record, (3, 4));
        }
        special.report(subject, receipt, facts);
    }
    if facts.comments > 0 {
        for (index, record) in receipt.records_of("CO") {
            comment(subject, index, record, (2, 3));
        }
    }
    if let Some(rj) = &facts.rj {
        days(subject, rj, facts);
    }
}

/// Records that stand for a charge nobody claims.
fn without_charge(subject: &mut Subject<'_>, receipt: &Receipt<'_>, facts: &Facts<'_>) {
    let edition = subject.edition;
    for need in edition.needs.iter().filter(|need| need.only) {
        let claimed = |code: &str| {
            edition
                .needs
                .iter()
                .filter(|other| other.record == need.record)
                .filter(|other| other.codes.iter().any(|known| known == code))
                .any(|other| {
                    let mut charges = facts.charges.iter().filter_map(|charge| charge.number);
                    charges.any(|number| other.charges.contains(number))
                })
        };
        for (index, record) in receipt.records_of(&need.record) {
            let Some(code) = record.ascii(need.field) else {
                continue;
            };
            if need.codes.iter().any(|known| known == code) && !claimed(code) {
                subject.report(
                    Rule::RecordWithoutCharge,
                    At::Field(index, need.field),
                    &[("code", &code)],
                );
            }
        }
    }
}

/// 特記事項 of a receipt, counted.
#[derive(Debug, Default)]
struct Special {
    /// First record of 特地, and whether address and minutes stand.
    area: bool,
    address: bool,
    minutes: bool,
    /// Dates and reasons of 緊急訪問看護の理由.
    dates: usize,
    reasons: usize,
}

impl Special {
    fn take(&mut self, record: RecordRef<'_>) {
        match (record.raw(2), record.raw(3)) {
            (Some(b"04"), comment) => {
                self.area = true;
                self.address |= comment == Some(b"830500002");
                self.minutes |= comment == Some(b"852500001");
            }
            (Some(b"10"), Some(b"850500016")) => self.dates += 1,
            (Some(b"10"), Some(b"830500003")) => self.reasons += 1,
            _ => {}
        }
    }

    fn report(&self, subject: &mut Subject<'_>, receipt: &Receipt<'_>, facts: &Facts<'_>) {
        let first = |code: &[u8]| {
            receipt
                .records_of("TZ")
                .find(|(_, record)| record.raw(2) == Some(code))
        };
        if self.area
            && !(self.address && self.minutes)
            && let Some((index, _)) = first(b"04")
        {
            subject.report(Rule::AreaComments, At::Record(index), &[]);
        }
        let emergency = &subject.edition.charges.emergency;
        let days: BTreeSet<Date> = facts
            .charges
            .iter()
            .filter(|charge| charge.number.is_some_and(|code| emergency.contains(code)))
            .filter_map(|charge| charge.day)
            .collect();
        if let Some((index, _)) = first(b"10")
            && (self.dates != days.len() || self.reasons != days.len())
        {
            subject.report(
                Rule::EmergencyComments,
                At::Record(index),
                &[
                    ("wanted", &days.len()),
                    ("days", &self.dates),
                    ("reasons", &self.reasons),
                ],
            );
        }
        let named = facts.rj.as_ref().map_or(&[][..], |rj| rj.codes);
        let told = |codes: &[&[u8]]| named.chunks(2).any(|code| codes.contains(&code));
        for (remark, codes, wanted) in [
            (b"01", &[b"01".as_slice()][..], "01"),
            (b"02", &[b"02"], "02"),
            (b"07", &[b"01", b"02"], "01・02"),
        ] {
            if let Some((index, _)) = first(remark)
                && !told(codes)
            {
                subject.report(
                    Rule::OtherStationRemark,
                    At::Field(index, 2),
                    &[("wanted", &wanted)],
                );
            }
        }
    }
}

/// What the text of a comment has to be, by its パターン (digits 2 and 3 of the code).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pattern {
    /// 10, 30: any text.
    Free,
    /// 20: none.
    None,
    /// 31, 40, 90: digits.
    Digits,
    /// 42: digits with ．－＋.
    Number,
    /// 50: a day `ＧＹＹＭＭＤＤ`.
    Day,
    /// 51: a time `ｈｈｍｍ`.
    Time,
    /// 52: minutes, five digits.
    Minutes,
}

impl Pattern {
    fn of(code: &[u8]) -> Option<Self> {
        let [b'8', a, b, rest @ ..] = code else {
            return None;
        };
        if rest.len() != 6 || !rest.iter().all(u8::is_ascii_digit) {
            return None;
        }
        Some(match [a, b] {
            [b'1' | b'3', b'0'] => Self::Free,
            [b'2', b'0'] => Self::None,
            [b'3', b'1'] | [b'4' | b'9', b'0'] => Self::Digits,
            [b'4', b'2'] => Self::Number,
            [b'5', b'0'] => Self::Day,
            [b'5', b'1'] => Self::Time,
            [b'5', b'2'] => Self::Minutes,
            _ => return None,
        })
    }

    fn wanted(self) -> [&'static str; 2] {
        match self {
            Self::Free => ["文章", "a text"],
            Self::None => ["なし", "nothing"],
            Self::Digits => ["全角数字", "full-width digits"],
            Self::Number => [
                "全角の数字・小数点・正負の符号",
                "full-width digits, point and signs",
            ],
            Self::Day => [
                "全角の元号付き年月日（例：５０６０６１５）",
                "full-width day with its era, such as ５０６０６１５",
            ],
            Self::Time => ["全角4桁の時刻", "time of four full-width digits"],
            Self::Minutes => [
                "全角5桁の分（例：０００９０）",
                "number of minutes of five full-width digits, such as ０００９０",
            ],
        }
    }

    /// `text`: the comment in half width where it is digits and signs.
    fn fits(self, text: &[u8]) -> bool {
        let digits = text.iter().all(u8::is_ascii_digit);
        match self {
            Self::Free | Self::None => true,
            Self::Digits => digits,
            Self::Number => text
                .iter()
                .all(|byte| byte.is_ascii_digit() || b".-+".contains(byte)),
            Self::Day => crate::era::old_day(text).is_some(),
            Self::Time => {
                digits && text.len() == 4 && text < b"2400".as_slice() && text.get(2) < Some(&b'6')
            }
            Self::Minutes => digits && text.len() == 5,
        }
    }
}

/// Full-width digits and signs as half-width ones; any other character as a space.
fn narrow(text: &[u8]) -> Vec<u8> {
    repertoire::codes(text)
        .map(|(_, code)| match code {
            [0x82, digit @ 0x4F..=0x58] => digit - 0x4F + b'0',
            b"\x81\x44" => b'.',
            b"\x81\x7C" => b'-',
            b"\x81\x7B" => b'+',
            _ => b' ',
        })
        .collect()
}

/// A comment's code and text; `at` says where they stand in the record.
fn comment(subject: &mut Subject<'_>, index: usize, record: RecordRef<'_>, at: (usize, usize)) {
    let code = record.raw(at.0).unwrap_or_default();
    let text = record.raw(at.1).unwrap_or_default();
    // Without a code a 特記事項 stands for itself.
    if code.is_empty() && text.is_empty() {
        return;
    }
    let Some(pattern) = Pattern::of(code) else {
        subject.report(Rule::CommentForm, At::Field(index, at.0), &[]);
        return;
    };
    if let Some(known) = subject
        .edition
        .comments
        .iter()
        .find(|known| known.code.as_bytes() == code)
    {
        let with = known.with.as_deref();
        let fits =
            known.record == record.id() && with.is_none_or(|with| record.ascii(2) == Some(with));
        if !fits {
            let wanted = format!("{} {}", known.record, with.unwrap_or_default());
            subject.report(
                Rule::CommentPlace,
                At::Field(index, at.0),
                &[("comment", &known.name), ("wanted", &wanted.trim_end())],
            );
        }
    }
    let number = shown(code.get(1..3).unwrap_or_default());
    let code = shown(code);
    let [ja, en] = pattern.wanted();
    let field = At::Field(index, at.1);
    match (pattern, text.is_empty()) {
        (Pattern::None, true) => {}
        (Pattern::None, false) => subject.report(Rule::CommentNoText, field, &[("value", &code)]),
        (_, true) => subject.report(
            Rule::CommentText,
            field,
            &[
                ("value", &code),
                ("pattern", &number),
                ("wanted", &ja),
                ("wanted_en", &en),
            ],
        ),
        (_, false) if pattern.fits(&narrow(text)) => {}
        (_, false) => subject.report(
            Rule::CommentTextForm,
            field,
            &[
                ("value", &code),
                ("pattern", &number),
                ("text", &shown(text)),
                ("wanted", &ja),
                ("wanted_en", &en),
            ],
        ),
    }
}

/// The days of RJ against the month and the visits.
fn days(subject: &mut Subject<'_>, rj: &Rj<'_>, facts: &Facts<'_>) {
    let Some(month) = facts.re.month else { return };
    let [start, second, third, end, death] =
        rj.days.map(|(field, raw)| (field, Date::from_compact(raw)));
    let mut wrong = |field, ja: &str, en: &str| {
        subject.report(
            Rule::PersonDays,
            At::Field(rj.index, field),
            &[("wanted", &ja), ("wanted_en", &en)],
        );
    };
    let first_visit = facts.charges.iter().filter_map(|charge| charge.day).min();
    if let (Some(from), Some(first)) = (start.1, first_visit)
        && from > first
    {
        wrong(
            start.0,
            "最初の算定日より後です",
            "it is after the first charge",
        );
    }
    for (field, day) in [second, third, end] {
        if day.is_some_and(|day| !month.contains(day)) {
            wrong(
                field,
                "指定訪問看護年月の中の日を記録します",
                "a day of the service month is wanted",
            );
        }
    }
    if let (Some(before), Some(day)) = (second.1, third.1)
        && day < before
    {
        wrong(
            third.0,
            "場所２の変更より前です",
            "it is before the change to the second place",
        );
    }
    if let (Some(from), Some(day)) = (start.1, death.1)
        && day < from
    {
        wrong(
            death.0,
            "訪問開始より前です",
            "it is before the first visit",
        );
    }
}

#[cfg(test)]
mod tests {
    use reseplug_model::EraDate;

    use super::*;

    #[test]
    fn the_text_of_a_comment_is_held_to_the_pattern_of_its_code() {
        let fits = |code: &[u8], text: &str| {
            Pattern::of(code)
                .unwrap()
                .fits(&narrow(&repertoire::encode(text).unwrap()))
        };
        let day: Date = "2024-06-15".parse().unwrap();
        assert!(fits(
            b"850500016",
            &EraDate::of(day).unwrap().comment_form()
        ));
        assert!(!fits(b"850500016", "５０６１３１５"));
        assert!(!fits(b"850500016", "２０２４０６１５"));
        assert!(fits(b"852500001", "０００９０"));
        assert!(!fits(b"852500001", "９０"));
        assert!(fits(b"851000001", "２３５９"));
        assert!(!fits(b"851000001", "２４００"));
        assert!(!fits(b"851000001", "１２６０"));
        assert!(fits(b"842000001", "－１．５"));
        assert!(!fits(b"840000001", "1２"));
        for none in [b"710000001".as_slice(), b"81000001", b"860000001", b""] {
            assert_eq!(Pattern::of(none), None);
        }
    }
}
