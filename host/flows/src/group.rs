//! What is decided about as a whole, what is seen to have happened, and what a person should
//! know beside it.

use crate::answers::{Answer, Loss, Validity};
use crate::coverage::Coverage;
use crate::matching::Identity;
use reseplug_model::{Date, Month, elderly_recipient_from, fold, turns_75_on};
use reseplug_policy::LossDay;
use serde::{Deserialize, Serialize};

/// The unit of decision: never a single field.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// 資格
    #[default]
    Coverage,
    /// 負担割合, where nothing but it differs
    Burden,
    /// 限度額適用区分
    Income,
    /// 医療扶助
    Welfare,
}

impl Group {
    /// The word in a proposal's id and in a decision.
    pub fn word(self) -> &'static str {
        match self {
            Self::Coverage => "coverage",
            Self::Burden => "burden",
            Self::Income => "income",
            Self::Welfare => "welfare",
        }
    }

    /// The word staff read.
    pub fn name_ja(self) -> &'static str {
        match self {
            Self::Coverage => "資格",
            Self::Burden => "負担割合",
            Self::Income => "限度額適用区分",
            Self::Welfare => "医療扶助",
        }
    }

    /// The same in English.
    pub fn name_en(self) -> &'static str {
        match self {
            Self::Coverage => "coverage",
            Self::Burden => "burden",
            Self::Income => "income category",
            Self::Welfare => "medical assistance",
        }
    }
}

/// What an answer shows to have happened to somebody since the product's record was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Happened {
    /// 保険者が変わった
    InsurerChanged,
    /// 枝番が付いた
    BranchNew,
    /// 枝番が変わった
    BranchChanged,
    /// 記号・番号が変わった
    NumberChanged,
    /// 本人・家族の別が変わった
    RelationshipChanged,
    /// 被保険者証区分が変わった
    CardClassChanged,
    /// 負担割合が変わった
    BurdenChanged,
    /// 氏名が変わった
    NameChanged,
    /// 70歳になった (高齢受給者)
    Turned70,
    /// 75歳になった (後期高齢者医療)
    Turned75,
    /// 資格を喪失した
    Lost,
    /// 生活保護になった
    WelfareBegan,
    /// 限度額の情報が変わったかもしれない
    IncomeMayHaveChanged,
    /// 変わりなし
    Unchanged,
    /// 確認できなかった
    NotConfirmed,
}

impl Happened {
    /// The words staff read.
    pub fn name_ja(self) -> &'static str {
        match self {
            Self::InsurerChanged => "保険者の変更",
            Self::BranchNew => "枝番の追加",
            Self::BranchChanged => "枝番の変更",
            Self::NumberChanged => "記号・番号の変更",
            Self::RelationshipChanged => "本人・家族の変更",
            Self::CardClassChanged => "被保険者証区分の変更",
            Self::BurdenChanged => "負担割合の変更",
            Self::NameChanged => "氏名の変更",
            Self::Turned70 => "70歳到達",
            Self::Turned75 => "75歳到達",
            Self::Lost => "資格の喪失",
            Self::WelfareBegan => "生活保護の開始",
            Self::IncomeMayHaveChanged => "限度額の変更の可能性",
            Self::Unchanged => "変わりなし",
            Self::NotConfirmed => "確認できず",
        }
    }

    /// The same in English.
    pub fn name_en(self) -> &'static str {
        match self {
            Self::InsurerChanged => "insurer changed",
            Self::BranchNew => "branch number new",
            Self::BranchChanged => "branch number changed",
            Self::NumberChanged => "symbol or number changed",
            Self::RelationshipChanged => "insured or family changed",
            Self::CardClassChanged => "card class changed",
            Self::BurdenChanged => "burden changed",
            Self::NameChanged => "name changed",
            Self::Turned70 => "turned 70",
            Self::Turned75 => "turned 75",
            Self::Lost => "coverage lost",
            Self::WelfareBegan => "welfare began",
            Self::IncomeMayHaveChanged => "income category may have changed",
            Self::Unchanged => "unchanged",
            Self::NotConfirmed => "not confirmed",
        }
    }
}

/// Something a person should know beside a proposal, in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Stable code.
    pub code: String,
    /// For staff.
    pub ja: String,
    /// For developers.
    pub en: String,
}

impl Note {
    pub(crate) fn new(code: &str, ja: String, en: String) -> Self {
        Self {
            code: code.to_owned(),
            ja,
            en,
        }
    }
}

/// The last covered day of a 資格喪失日 under the station's reading of it.
pub fn last_covered_day(lost: Date, reading: LossDay) -> Option<Date> {
    match reading {
        LossDay::DayItself => lost.prev_day(),
        LossDay::DayAfter => Some(lost),
    }
}

/// Says how a 資格喪失日 was read: it is never assumed silently.
pub fn loss_note(loss: &Loss, reading: LossDay) -> Note {
    let last = last_covered_day(loss.on, reading).map_or_else(String::new, |day| day.to_string());
    let reason = loss
        .reason_ja()
        .map_or_else(String::new, |r| format!("、事由 {r}"));
    Note::new(
        "loss-day",
        format!(
            "資格喪失日 {}{reason}。資格があるのは {last} までとみなしました（設定 [eligibility] loss_day = \"{}\"。公表資料に明記がなく、推定です）。",
            loss.on,
            reading.word()
        ),
        format!(
            "lost on {}; the last covered day is taken to be {last} ([eligibility] loss_day = \"{}\"; inferred, no public text says so)",
            loss.on,
            reading.word()
        ),
    )
}

/// Says that the answer has another name, which is never written by the machine.
pub fn name_note(on_file: &str, told: &str) -> Note {
    Note::new(
        "name-differs",
        format!(
            "回答の氏名「{told}」が台帳の「{on_file}」と違います（改姓など）。氏名は機械では変えません。本人に確かめ、製品で直してください。"
        ),
        format!(
            "the answer has the name `{told}`, the file `{on_file}`; a name is never changed by the machine"
        ),
    )
}

/// The central system's own words about a person, which nobody should have to look for.
pub fn words_note(words: &str) -> Note {
    Note::new(
        "centre-says",
        format!("回答に付いていた言葉：{words}"),
        format!("the answer says: {words}"),
    )
}

/// What an answer shows to have happened, against the coverage on file.
pub fn happened(person: &Identity, on_file: Option<&Coverage>, answer: &Answer) -> Vec<Happened> {
    let birth = person.birth_date;
    let mut found = Vec::new();
    let mut say = |one: Happened| {
        if !found.contains(&one) {
            found.push(one);
        }
    };
    let valid = answer.validity == Validity::Valid;
    if let (Some(before), Some(after), true) = (on_file, &answer.coverage, valid) {
        compared(before, after, birth, answer.as_of, &mut say);
    }
    if let Some(loss) = &answer.loss {
        say(Happened::Lost);
        if loss.is_welfare() {
            say(Happened::WelfareBegan);
        }
        if turns_75_on(birth).is_some_and(|day| day == loss.on) {
            say(Happened::Turned75);
        }
    }
    if answer.welfare && answer.coverage.is_none() {
        say(Happened::WelfareBegan);
    }
    if answer
        .name
        .as_deref()
        .is_some_and(|told| !goes_by(person, told))
    {
        say(Happened::NameChanged);
    }
    if answer.income_changed == Some(true) {
        say(Happened::IncomeMayHaveChanged);
    }
    if !valid || (answer.coverage.is_none() && !answer.welfare) {
        say(Happened::NotConfirmed);
    }
    if found.is_empty() {
        found.push(Happened::Unchanged);
    }
    found
}

/// Whether somebody on file is written so, or in other forms of the same characters, or in a
/// spelling that was accepted for them.
fn goes_by(person: &Identity, told: &str) -> bool {
    let told = fold::name_variants(told);
    let also = person.also.iter().filter_map(|s| s.name.as_deref());
    std::iter::once(person.name.as_str())
        .chain(also)
        .any(|own| fold::name_variants(own) == told)
}

fn compared(
    before: &Coverage,
    after: &Coverage,
    birth: Date,
    as_of: Date,
    say: &mut dyn FnMut(Happened),
) {
    if before.insurer != after.insurer {
        say(
            if after.insurer.is_elderly_system() && !before.insurer.is_elderly_system() {
                Happened::Turned75
            } else {
                Happened::InsurerChanged
            },
        );
    } else {
        if before.symbol != after.symbol || before.number != after.number {
            say(Happened::NumberChanged);
        }
        match (&before.branch, &after.branch) {
            (None, Some(_)) => say(Happened::BranchNew),
            (Some(old), Some(new)) if old != new => say(Happened::BranchChanged),
            _ => {}
        }
    }
    if let (Some(old), Some(new)) = (before.relationship, after.relationship)
        && old != new
    {
        say(Happened::RelationshipChanged);
    }
    if let (Some(old), Some(new)) = (&before.card_class, &after.card_class)
        && old != new
    {
        say(Happened::CardClassChanged);
    }
    if let (Some(old), Some(new)) = (before.burden_percent, after.burden_percent)
        && old != new
    {
        say(Happened::BurdenChanged);
        if recipient_since(birth, as_of) {
            say(Happened::Turned70);
        }
    }
}

/// Whether somebody has become a 高齢受給者 in this month or the one before.
fn recipient_since(birth: Date, as_of: Date) -> bool {
    let month: Month = as_of.month();
    elderly_recipient_from(birth).is_some_and(|first| first == month || first.next() == Some(month))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answers::tests::{answer, day};
    use crate::coverage::tests::coverage;

    fn told(after: Coverage) -> Answer {
        answer("2024-11-01", "2024-11-01", Validity::Valid, Some(after))
    }

    fn born(on: &str) -> Identity {
        Identity {
            reference_number: None,
            name: "斎藤　花子".into(),
            kana: None,
            also: Vec::new(),
            birth_date: day(on),
            sex: reseplug_model::Sex::Female,
            numbers: Vec::new(),
        }
    }

    fn seen(before: &Coverage, after: Coverage) -> Vec<Happened> {
        happened(&born("1950-01-01"), Some(before), &told(after))
    }

    #[test]
    fn each_kind_of_change_is_named() {
        let before = coverage("01990011", "12", "34", "2020-04-01");
        assert_eq!(seen(&before, before.clone()), [Happened::Unchanged]);
        assert_eq!(
            seen(&before, coverage("990010", "5", "6", "2024-11-01")),
            [Happened::InsurerChanged]
        );
        assert_eq!(
            seen(&before, coverage("01990011", "12", "99", "2020-04-01")),
            [Happened::NumberChanged]
        );
        let branch = Coverage {
            branch: Some("01".parse().unwrap()),
            ..before.clone()
        };
        assert_eq!(seen(&before, branch), [Happened::BranchNew]);
        assert_eq!(
            seen(&before, coverage("39990015", "", "12345678", "2024-11-01")),
            [Happened::Turned75]
        );
    }

    #[test]
    fn a_burden_that_changes_when_somebody_turns_seventy_says_both() {
        let mut before = coverage("990010", "1", "2", "2020-04-01");
        before.burden_percent = Some(30);
        let after = Coverage {
            burden_percent: Some(20),
            ..before.clone()
        };
        let found = happened(&born("1954-10-10"), Some(&before), &told(after));
        assert_eq!(found, [Happened::BurdenChanged, Happened::Turned70]);
    }

    #[test]
    fn a_loss_for_welfare_and_another_name_are_named() {
        let before = coverage("990010", "1", "2", "2020-04-01");
        let mut lost = answer("2024-11-01", "2024-11-01", Validity::Invalid, None);
        lost.loss = Some(Loss {
            on: day("2024-10-20"),
            reason: Some("02".into()),
        });
        lost.name = Some("見本　花子".into());
        assert_eq!(
            happened(&born("1950-01-01"), Some(&before), &lost),
            [
                Happened::Lost,
                Happened::WelfareBegan,
                Happened::NameChanged,
                Happened::NotConfirmed
            ]
        );
    }

    #[test]
    fn another_form_of_a_character_or_an_accepted_spelling_is_no_change_of_name() {
        let mut known = born("1950-01-01");
        known.also = vec![crate::matching::Spelling {
            name: Some("見本　花子".into()),
            kana: None,
        }];
        let coverage = coverage("01990011", "12", "34", "2020-04-01");
        let named = |name: &str| Answer {
            name: Some(name.into()),
            ..told(coverage.clone())
        };
        for name in ["斎藤 花子", "齋藤　花子", "見本　花子"] {
            assert_eq!(
                happened(&known, Some(&coverage), &named(name)),
                [Happened::Unchanged],
                "{name}"
            );
        }
        assert_eq!(
            happened(&known, Some(&coverage), &named("架空　花子")),
            [Happened::NameChanged]
        );
    }

    #[test]
    fn the_last_covered_day_follows_the_stations_reading_and_says_that_it_is_inferred() {
        let lost = Loss {
            on: day("2024-10-16"),
            reason: None,
        };
        assert_eq!(
            last_covered_day(lost.on, LossDay::DayItself),
            Some(day("2024-10-15"))
        );
        assert_eq!(
            last_covered_day(lost.on, LossDay::DayAfter),
            Some(day("2024-10-16"))
        );
        let note = loss_note(&lost, LossDay::DayAfter);
        assert!(
            note.ja.contains("2024-10-16") && note.ja.contains("推定"),
            "{}",
            note.ja
        );
        assert!(note.en.contains("day-after") && note.en.contains("inferred"));
    }
}
