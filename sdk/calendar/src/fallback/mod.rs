//! When the line is out: what may be filed on paper or media, as the rules of the day say.
//!
//! The rules are data (`fallback/rules.toml`), each with its days, its source and how sure it is
//! for 訪問看護. Nothing here is a promise: whether a payer takes paper, the payer says. What this
//! program can always do is to print the month and to write its files.
//!
//! ```
//! use reseplug_calendar::{Grade, fallback};
//! use reseplug_model::Date;
//!
//! let today = fallback::on(Date::parse("2026-11-10")?);
//! let line = today.iter().find(|rule| rule.id == "line-failure-now").unwrap();
//! assert_eq!(line.grade, Grade::Unconfirmed);
//! assert!(!line.promised);
//! // ② ended in June 2025.
//! assert!(!today.iter().any(|rule| rule.number.as_deref() == Some("②")));
//! # Ok::<(), reseplug_model::DateError>(())
//! ```

mod notice;
mod sheet;

use std::sync::LazyLock;

use reseplug_model::{Date, Grade};
use serde::{Deserialize, Serialize};

pub use notice::Notice;
pub use sheet::sheet_ja;

/// What a claim is filed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Medium {
    /// 紙
    Paper,
    /// 光ディスク等
    Disk,
}

/// How the exemption is notified (届出).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Notification {
    /// Not at all.
    None,
    /// 医療機関等向け総合ポータルサイト
    Portal,
    /// A paper 猶予届出書 to both the 支払基金 and the 国保連, with the claim.
    PaperToBoth,
}

/// A rule about filing other than online.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Name of the rule.
    pub id: String,
    /// ①–⑥ of the exemptions (経過措置).
    #[serde(default)]
    pub number: Option<String>,
    /// What may be filed on.
    pub media: Vec<Medium>,
    /// How it is notified.
    pub notice: Notification,
    /// First day; absent where none is known.
    #[serde(default)]
    pub valid_from: Option<Date>,
    /// Last day; absent where none is known.
    #[serde(default)]
    pub valid_to: Option<Date>,
    /// Heading, Japanese.
    pub title_ja: String,
    /// Heading, English.
    pub title_en: String,
    /// For whom and how, Japanese.
    pub text_ja: String,
    /// For whom and how, English.
    pub text_en: String,
    /// Until when, in words, Japanese.
    pub until_ja: String,
    /// Until when, in words, English.
    pub until_en: String,
    /// Who says so.
    pub source: String,
    /// How sure that is for 訪問看護.
    pub grade: Grade,
    /// Never: what a payer accepts, the payer says. The data cannot set it.
    #[serde(default, skip_deserializing)]
    pub promised: bool,
}

impl Rule {
    /// Whether the rule is for a day.
    #[must_use]
    pub fn is_for(&self, day: Date) -> bool {
        self.valid_from.is_none_or(|from| from <= day) && self.valid_to.is_none_or(|to| day <= to)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rule: Vec<Rule>,
}

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    #[expect(
        clippy::expect_used,
        reason = "the file is part of the program and every test reads it: it cannot be malformed here"
    )]
    toml::from_str::<File>(include_str!("../../fallback/rules.toml"))
        .expect("rules of the program")
        .rule
});

/// All rules, also those that ended.
#[must_use]
pub fn all() -> &'static [Rule] {
    &RULES
}

/// The rules of a day.
#[must_use]
pub fn on(day: Date) -> Vec<&'static Rule> {
    all().iter().filter(|rule| rule.is_for(day)).collect()
}

/// The rules of a day under which a 猶予届出書 goes to both payers, on paper: the cases that a
/// [`Notice`] is for.
#[must_use]
pub fn notified_on_paper(day: Date) -> Vec<&'static Rule> {
    let mut rules = on(day);
    rules.retain(|rule| rule.notice == Notification::PaperToBoth);
    rules
}
