//! What is known about a person's coverage, day by day.
//!
//! An answer speaks as of one day. It confirms a charge day when its coverage holds on that
//! day and it was asked as of that day or a later one; an answer from before the day only
//! states what was true then (grade: inferred from the meaning of 資格確認日; the official
//! texts do not define how far back an answer reaches).

use crate::coverage::Coverage;
use reseplug_model::{Date, Sex};
use serde::{Deserialize, Serialize};

/// One answer about one person, with where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Id of the evidence.
    pub id: String,
    /// 資格確認日
    pub as_of: Date,
    /// ISO 8601 moment of the answer.
    pub answered_at: String,
    /// The message it was, for what it is: `OQSmuhvq02res`.
    pub message: String,
    /// How it was obtained, as the evidence has it.
    pub method: Method,
    /// `valid`, or the reason why not.
    pub validity: Validity,
    /// The coverage it states; absent where it states none.
    pub coverage: Option<Coverage>,
    /// The central system's own words.
    pub text: Option<String>,
    /// 氏名 of the answer.
    pub name: Option<String>,
    /// 資格喪失, where the answer states one.
    pub loss: Option<Loss>,
    /// Whether it also states 医療扶助.
    pub welfare: bool,
    /// Whether 限度額 has changed (OQSCD014), where the answer says so: only a plain 0 says that it
    /// has not.
    pub income_changed: Option<bool>,
    /// The person as it has them; absent where it states none.
    pub person: Option<Stated>,
    /// Its place in the order of recording. The moment of an answer is told by the second, and two
    /// within one second are common.
    #[serde(default)]
    pub recorded: u64,
}

impl Answer {
    /// The 資格喪失日 for death, where the answer says that the person died. A coverage that is valid all
    /// the same says otherwise.
    pub fn died(&self) -> Option<Date> {
        let loss = self.loss.as_ref().filter(|loss| loss.is_death())?;
        (self.validity != Validity::Valid).then_some(loss.on)
    }

    /// The order in which answers came: the greater one is the later one, and outweighs.
    pub(crate) fn came(&self) -> (&str, u64) {
        (&self.answered_at, self.recorded)
    }

    /// Answers stand by the day they are about, then as they came.
    pub(crate) fn in_order(&self) -> (Date, &str, u64) {
        (self.as_of, &self.answered_at, self.recorded)
    }
}

/// A person exactly as an answer has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stated {
    /// 氏名
    pub name: String,
    /// 性別
    pub sex: Sex,
    /// 生年月日; absent where it cannot be read.
    pub birth_date: Option<Date>,
}

/// How an answer was obtained.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// マイナンバーカードの読み取り (電子資格確認)
    Card,
    /// 番号による照会
    Number,
    /// 再照会
    Recheck,
    /// 資格確認書, seen by a person
    Certificate,
    /// 資格確認結果連絡書
    Notice,
    /// Something else, by its word.
    Other(String),
}

impl Method {
    /// The word the evidence keeps.
    pub fn word(&self) -> &str {
        match self {
            Self::Card => "card",
            Self::Number => "number",
            Self::Recheck => "recheck",
            Self::Certificate => "certificate",
            Self::Notice => "notice",
            Self::Other(word) => word,
        }
    }

    /// Reads the word back.
    pub fn from_word(word: &str) -> Self {
        match word {
            "card" => Self::Card,
            "number" => Self::Number,
            "recheck" => Self::Recheck,
            "certificate" => Self::Certificate,
            "notice" => Self::Notice,
            other => Self::Other(other.to_owned()),
        }
    }

    /// For staff.
    pub fn name_ja(&self) -> &str {
        match self {
            Self::Card => "カード",
            Self::Number => "番号による照会",
            Self::Recheck => "再照会",
            Self::Certificate => "資格確認書",
            Self::Notice => "連絡書",
            Self::Other(word) => word,
        }
    }

    /// The same in English.
    pub fn name_en(&self) -> &str {
        match self {
            Self::Card => "card",
            Self::Number => "by numbers",
            Self::Recheck => "re-query",
            Self::Certificate => "certificate",
            Self::Notice => "notice",
            Self::Other(word) => word,
        }
    }

    /// Whether the central system itself was asked. What a person saw on paper or the payer wrote
    /// later never counts as that.
    pub fn is_electronic(&self) -> bool {
        matches!(self, Self::Card | Self::Number | Self::Recheck)
    }
}

/// 資格喪失 as an answer states it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// 資格喪失日
    pub on: Date,
    /// 資格喪失事由 (OQSCD008)
    pub reason: Option<String>,
}

impl Loss {
    /// Whether the person died.
    pub fn is_death(&self) -> bool {
        self.reason.as_deref() == Some("01")
    }

    /// Whether 生活保護 began.
    pub fn is_welfare(&self) -> bool {
        self.reason.as_deref() == Some("02")
    }

    /// The reason in the trade's words; a code of unknown meaning stays as it is.
    pub fn reason_ja(&self) -> Option<String> {
        self.reason.as_deref().map(|code| match code {
            "01" => "死亡".to_owned(),
            "02" => "生活保護受給開始".to_owned(),
            "03" => "医療保険等の資格取得".to_owned(),
            "99" => "その他".to_owned(),
            other => format!("不明なコード {other}"),
        })
    }
}

/// 資格有効性. Only [`Validity::Valid`] ever fills anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Validity {
    /// 有効
    Valid,
    /// 無効
    Invalid,
    /// 無効（新しい資格あり）
    InvalidNewExists,
    /// 該当資格なし
    NotFound,
    /// 複数該当
    Several,
    /// 有効（未登録）
    ValidUnregistered,
    /// The person's part of the answer is an error.
    Error,
    /// A code of unknown meaning.
    Other(String),
}

impl Validity {
    /// The word the evidence keeps.
    pub fn word(&self) -> &str {
        match self {
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::InvalidNewExists => "invalid-new-exists",
            Self::NotFound => "not-found",
            Self::Several => "several",
            Self::ValidUnregistered => "valid-unregistered",
            Self::Error => "error",
            Self::Other(code) => code,
        }
    }

    /// Reads the word back.
    pub fn from_word(word: &str) -> Self {
        match word {
            "valid" => Self::Valid,
            "invalid" => Self::Invalid,
            "invalid-new-exists" => Self::InvalidNewExists,
            "not-found" => Self::NotFound,
            "several" => Self::Several,
            "valid-unregistered" => Self::ValidUnregistered,
            "error" => Self::Error,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The trade's words.
    pub fn name_ja(&self) -> String {
        match self {
            Self::Valid => "有効".into(),
            Self::Invalid => "無効".into(),
            Self::InvalidNewExists => "無効（新しい資格あり）".into(),
            Self::NotFound => "該当資格なし".into(),
            Self::Several => "複数該当".into(),
            Self::ValidUnregistered => "有効（未登録）".into(),
            Self::Error => "照会エラー".into(),
            Self::Other(code) => format!("不明なコード {code}"),
        }
    }
}

/// What is known about one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known<'a> {
    /// Covered so, by an answer as of this day or later.
    Confirmed(&'a Answer, &'a Coverage),
    /// Covered so when it was last asked, before this day.
    Stated(&'a Answer, &'a Coverage),
    /// Asked as of this day or later, and not valid.
    Denied(&'a Answer),
    /// Nothing.
    Nothing,
}

impl<'a> Known<'a> {
    /// The coverage, confirmed or stated.
    pub fn coverage(self) -> Option<&'a Coverage> {
        match self {
            Self::Confirmed(_, coverage) | Self::Stated(_, coverage) => Some(coverage),
            Self::Denied(_) | Self::Nothing => None,
        }
    }

    /// The answer behind it.
    pub fn answer(self) -> Option<&'a Answer> {
        match self {
            Self::Confirmed(answer, _) | Self::Stated(answer, _) | Self::Denied(answer) => {
                Some(answer)
            }
            Self::Nothing => None,
        }
    }
}

/// What the answers say about a day. A later answer outweighs an earlier one, so a denial
/// since takes back what was only stated before the day.
pub fn known_on(answers: &[Answer], day: Date) -> Known<'_> {
    let latest = |keep: &dyn Fn(&Answer) -> bool| {
        answers
            .iter()
            .filter(|a| keep(a))
            .max_by(|a, b| a.came().cmp(&b.came()))
    };
    let holds = |a: &Answer| {
        a.validity == Validity::Valid && a.coverage.as_ref().is_some_and(|c| c.period.contains(day))
    };
    if let Some(answer) = latest(&|a| holds(a) && a.as_of >= day)
        && let Some(coverage) = &answer.coverage
    {
        return Known::Confirmed(answer, coverage);
    }
    let denied = latest(&|a| a.validity != Validity::Valid && a.as_of >= day);
    let stated = latest(&holds).and_then(|a| a.coverage.as_ref().map(|c| (a, c)));
    match (stated, denied) {
        (Some((answer, _)), Some(denied)) if denied.came() > answer.came() => Known::Denied(denied),
        (Some((answer, coverage)), _) => Known::Stated(answer, coverage),
        (None, Some(denied)) => Known::Denied(denied),
        (None, None) => Known::Nothing,
    }
}

/// Neighbouring days that are covered alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch<'a> {
    /// The days, ascending.
    pub days: Vec<Date>,
    /// What is known of them, from the last day's answer.
    pub known: Known<'a>,
}

/// Groups the days by what is known of them, in order.
pub fn stretches<'a>(answers: &'a [Answer], days: &[Date]) -> Vec<Stretch<'a>> {
    let mut found: Vec<Stretch<'a>> = Vec::new();
    for &day in days {
        let known = known_on(answers, day);
        match found.last_mut() {
            Some(last) if alike(last.known, known) => {
                last.days.push(day);
                last.known = known;
            }
            _ => found.push(Stretch {
                days: vec![day],
                known,
            }),
        }
    }
    found
}

fn alike(a: Known<'_>, b: Known<'_>) -> bool {
    match (a, b) {
        (Known::Confirmed(_, x), Known::Confirmed(_, y))
        | (Known::Stated(_, x), Known::Stated(_, y)) => x.is_same(y),
        (Known::Denied(x), Known::Denied(y)) => x.validity == y.validity,
        (Known::Nothing, Known::Nothing) => true,
        _ => false,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::coverage::tests::coverage;

    pub(crate) fn day(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    pub(crate) fn answer(
        as_of: &str,
        answered: &str,
        validity: Validity,
        coverage: Option<Coverage>,
    ) -> Answer {
        Answer {
            id: format!("{as_of}/{answered}"),
            as_of: day(as_of),
            answered_at: format!("{answered}T18:00:00+09:00"),
            message: "OQSmuquc02res".into(),
            method: Method::Number,
            validity,
            coverage,
            text: None,
            name: None,
            loss: None,
            welfare: false,
            income_changed: None,
            person: None,
            recorded: 0,
        }
    }

    #[test]
    fn an_answer_confirms_the_days_up_to_its_own_and_only_states_later_ones() {
        let old = coverage("01990011", "12", "34", "2020-04-01");
        let answers = [answer(
            "2024-10-03",
            "2024-10-03",
            Validity::Valid,
            Some(old),
        )];
        assert!(matches!(
            known_on(&answers, day("2024-10-01")),
            Known::Confirmed(..)
        ));
        assert!(matches!(
            known_on(&answers, day("2024-10-24")),
            Known::Stated(..)
        ));
    }

    #[test]
    fn a_change_on_the_16th_makes_two_stretches() {
        let mut old = coverage("01990011", "12", "34", "2020-04-01");
        let new = coverage("990010", "5", "6", "2024-10-16");
        let september = answer(
            "2024-09-10",
            "2024-09-10",
            Validity::Valid,
            Some(old.clone()),
        );
        let card = answer(
            "2024-10-18",
            "2024-10-18",
            Validity::Valid,
            Some(new.clone()),
        );
        old.period.to = Some(day("2024-10-15"));
        let first = answer("2024-10-09", "2024-11-05", Validity::Valid, Some(old));
        let last = answer("2024-10-28", "2024-11-05", Validity::Valid, Some(new));
        let answers = [september, card, first, last];
        let days = ["2024-10-02", "2024-10-09", "2024-10-18", "2024-10-28"].map(day);
        let found = stretches(&answers, &days);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].days.len() + found[1].days.len(), days.len());
        assert_eq!(found[1].days, [day("2024-10-18"), day("2024-10-28")]);
        assert_eq!(
            found[1].known.coverage().unwrap().insurer.to_string(),
            "990010"
        );
    }

    #[test]
    fn a_change_on_the_first_of_november_leaves_october_alone() {
        let mut old = coverage("01990011", "12", "34", "2020-04-01");
        old.period.to = Some(day("2024-10-31"));
        let new = coverage("990010", "5", "6", "2024-11-01");
        let answers = [
            answer("2024-10-30", "2024-11-05", Validity::Valid, Some(old)),
            answer("2024-11-02", "2024-11-02", Validity::Valid, Some(new)),
        ];
        let found = stretches(&answers, &["2024-10-02", "2024-10-30"].map(day));
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].known.coverage().unwrap().insurer.to_string(),
            "01990011"
        );
    }

    #[test]
    fn a_denial_since_outweighs_an_older_statement() {
        let old = coverage("01990011", "12", "34", "2020-04-01");
        let answers = [
            answer("2024-09-10", "2024-09-10", Validity::Valid, Some(old)),
            answer("2024-10-28", "2024-11-05", Validity::InvalidNewExists, None),
        ];
        assert!(matches!(
            known_on(&answers, day("2024-10-20")),
            Known::Denied(_)
        ));
    }
}
