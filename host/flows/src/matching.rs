//! Finding the person an answer speaks of. When unsure, the machine lists and a person decides.

use reseplug_model::{Date, fold};
use serde::{Deserialize, Serialize};

/// What identifies somebody, on file or in an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// 照会番号
    pub reference_number: Option<String>,
    /// 氏名
    pub name: String,
    /// フリガナ
    pub kana: Option<String>,
    /// 生年月日
    pub birth_date: Date,
    /// 番号 of each coverage, as written.
    pub numbers: Vec<String>,
}

/// Who of the known people an answer speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match {
    /// Exactly this one: index into the known people.
    One(usize),
    /// Nobody is similar.
    Nobody,
    /// These could be meant; a person decides.
    Unsure(Vec<usize>),
}

/// Finds the person among the known ones.
///
/// The station's own 照会番号 decides, if the birth date agrees. Otherwise the birth date
/// must be the same and either kana, name or a coverage number too. More than one such
/// person, a birth date that agrees with a number alone, or a name alone: unsure.
pub fn find(known: &[Identity], answer: &Identity) -> Match {
    if let Some(reference) = answer.reference_number.as_deref().filter(|r| !r.is_empty()) {
        let by_reference = indices(known, |k| k.reference_number.as_deref() == Some(reference));
        match by_reference.as_slice() {
            [] => {}
            [one]
                if known
                    .get(*one)
                    .is_some_and(|k| k.birth_date == answer.birth_date) =>
            {
                return Match::One(*one);
            }
            _ => return Match::Unsure(by_reference),
        }
    }
    let named =
        |k: &Identity| same_kana(k, answer) || fold::name(&k.name) == fold::name(&answer.name);
    let born = |k: &Identity| k.birth_date == answer.birth_date;
    let candidates = indices(known, |k| born(k) && (named(k) || shares_number(k, answer)));
    match candidates.as_slice() {
        [one] if known.get(*one).is_some_and(named) => Match::One(*one),
        [] => {
            let name_only = indices(known, |k| {
                fold::name(&k.name) == fold::name(&answer.name) && shares_number(k, answer)
            });
            if name_only.is_empty() {
                Match::Nobody
            } else {
                Match::Unsure(name_only)
            }
        }
        _ => Match::Unsure(candidates),
    }
}

fn indices(known: &[Identity], keep: impl Fn(&Identity) -> bool) -> Vec<usize> {
    known
        .iter()
        .enumerate()
        .filter(|(_, k)| keep(k))
        .map(|(i, _)| i)
        .collect()
}

fn same_kana(a: &Identity, b: &Identity) -> bool {
    match (&a.kana, &b.kana) {
        (Some(a), Some(b)) => !fold::kana(a).is_empty() && fold::kana(a) == fold::kana(b),
        _ => false,
    }
}

fn shares_number(a: &Identity, b: &Identity) -> bool {
    a.numbers.iter().any(|x| {
        let x = fold::number(x);
        !x.is_empty() && b.numbers.iter().any(|y| fold::number(y) == x)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn somebody(name: &str, kana: &str, born: &str, number: &str) -> Identity {
        Identity {
            reference_number: None,
            name: name.into(),
            kana: Some(kana.into()),
            birth_date: Date::parse(born).unwrap(),
            numbers: vec![number.into()],
        }
    }

    #[test]
    fn half_width_kana_finds_the_person_whose_insurer_changed() {
        let known = [
            somebody("架空　花子", "カクウ　ハナコ", "1950-01-01", "１２３４"),
            somebody("架空　太郎", "カクウ　タロウ", "1948-05-05", "９９"),
        ];
        let answer = somebody("架空　花子", "ｶｸｳ ﾊﾅｺ", "1950-01-01", "777");
        assert_eq!(find(&known, &answer), Match::One(0));
    }

    #[test]
    fn two_people_with_one_birth_date_and_one_reading_go_to_a_person() {
        let known = [
            somebody("斉藤　和子", "サイトウ　カズコ", "1944-02-03", "1"),
            somebody("斎藤　和子", "サイトウ　カズコ", "1944-02-03", "2"),
        ];
        let answer = somebody("齋藤　和子", "ｻｲﾄｳ ｶｽﾞｺ", "1944-02-03", "3");
        assert_eq!(find(&known, &answer), Match::Unsure(vec![0, 1]));
    }

    #[test]
    fn a_number_alone_is_not_enough() {
        let known = [somebody(
            "架空　一郎",
            "カクウ　イチロウ",
            "1950-01-01",
            "1234",
        )];
        let answer = somebody("別名　次郎", "ﾍﾞﾂﾒｲ ｼﾞﾛｳ", "1950-01-01", "1234");
        assert_eq!(find(&known, &answer), Match::Unsure(vec![0]));
    }

    #[test]
    fn a_name_with_another_birth_date_is_somebody_else_unless_the_number_says_otherwise() {
        let known = [somebody(
            "架空　一郎",
            "カクウ　イチロウ",
            "1950-01-01",
            "1234",
        )];
        let other = somebody("架空　一郎", "ｶｸｳ ｲﾁﾛｳ", "1951-01-01", "9");
        assert_eq!(find(&known, &other), Match::Nobody);
        let typo = somebody("架空　一郎", "ｶｸｳ ｲﾁﾛｳ", "1951-01-01", "1234");
        assert_eq!(find(&known, &typo), Match::Unsure(vec![0]));
    }

    #[test]
    fn the_stations_own_number_decides_only_with_the_birth_date() {
        let mut known = [somebody(
            "架空　一郎",
            "カクウ　イチロウ",
            "1950-01-01",
            "1",
        )];
        known[0].reference_number = Some("U0001".into());
        let mut answer = somebody("架空　壱郎", "ｶｸｳ ｲﾁﾛｳ", "1950-01-01", "2");
        answer.reference_number = Some("U0001".into());
        assert_eq!(find(&known, &answer), Match::One(0));
        answer.birth_date = Date::parse("1960-01-01").unwrap();
        assert_eq!(find(&known, &answer), Match::Unsure(vec![0]));
    }
}
