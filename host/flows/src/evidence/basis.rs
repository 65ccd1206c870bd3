//! The rules that the list and the worksheet rest on, as data: `basis.toml`.

use reseplug_effect::Fault;
use reseplug_model::{Date, Grade};
use serde::{Deserialize, Serialize};

/// A rule with its source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    /// Stable name.
    pub id: String,
    /// The rule in this project's words.
    pub text_ja: String,
    /// Where it is stated.
    pub source: String,
    /// How sure.
    pub grade: Grade,
    /// Since when, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Date>,
}

/// Whether the data can show that a condition is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shown {
    /// The record shows it.
    Data,
    /// The record shows a part of it.
    Partly,
    /// Only a person can tell.
    Person,
}

impl Shown {
    /// For staff.
    pub fn name_ja(self) -> &'static str {
        match self {
            Self::Data => "データで示せる",
            Self::Partly => "一部をデータで示せる",
            Self::Person => "人が確かめる",
        }
    }

    /// The same in English.
    pub fn name_en(self) -> &'static str {
        match self {
            Self::Data => "shown by the data",
            Self::Partly => "partly shown",
            Self::Person => "a person has to tell",
        }
    }
}

/// A condition of 訪問看護医療DX情報活用加算.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Stable name.
    pub id: String,
    /// The condition in this project's words.
    pub text_ja: String,
    /// Whether the data can show it.
    pub shown: Shown,
    /// By what it is shown, or how to make sure.
    pub how_ja: String,
    /// Where it is stated.
    pub source: String,
    /// How sure.
    pub grade: Grade,
    /// Since when, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Date>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    basis: Vec<Basis>,
    condition: Vec<Condition>,
}

fn table() -> Result<Table, Fault> {
    toml::from_str(include_str!("basis.toml")).map_err(|error| {
        Fault::new(
            "evidence/basis",
            "根拠の表がこのプログラムの版と合いません。開発元に連絡してください。",
            format!("the table of rules in this build cannot be read: {error}"),
        )
    })
}

/// What the list of evidence rests on.
pub(super) fn of_list() -> Result<Vec<Basis>, Fault> {
    Ok(table()?.basis)
}

/// The conditions of 訪問看護医療DX情報活用加算.
pub(super) fn of_addition() -> Result<Vec<Condition>, Fault> {
    Ok(table()?.condition)
}

/// For staff.
pub(super) fn grade_ja(grade: Grade) -> &'static str {
    match grade {
        Grade::Official => "公式",
        Grade::Secondary => "公開情報",
        Grade::Inferred => "推定",
        Grade::Unconfirmed => "未確認",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_names_its_source_and_none_is_called_official() {
        let table = table().unwrap();
        for (id, source, grade) in table
            .basis
            .iter()
            .map(|b| (&b.id, &b.source, b.grade))
            .chain(table.condition.iter().map(|c| (&c.id, &c.source, c.grade)))
        {
            assert!(!source.is_empty(), "{id}");
            assert_ne!(grade, Grade::Official, "{id}");
        }
    }
}
