//! Who accepts what: the station's standing policy, or a person's answer to one proposal.

use crate::decide::GroupOutcome;
use crate::group::Group;
use reseplug_effect::{Fault, Place};
use reseplug_policy::Accept;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A person's answers, read from the file given with `--accept` or collected at the terminal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    /// Who answers: the name that stands in the record.
    pub by: String,
    /// Answers by proposal id.
    #[serde(default)]
    pub proposals: BTreeMap<String, bool>,
    /// Receipts to file although they are not confirmed, by receipt id (`RECEIPTH.UKE#12`).
    #[serde(default)]
    pub file_anyway: BTreeMap<String, PaperEvidence>,
    /// The reason and the evidence for every receipt that is not confirmed and not named above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_all: Option<PaperEvidence>,
    /// Receipts to leave for a later month (月遅れ), by receipt id, with the reason.
    #[serde(default)]
    pub hold: BTreeMap<String, String>,
    /// Receipts to file although they stand as claimed already, by receipt id, with the reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub again: BTreeMap<String, String>,
    /// The reason for every such receipt that is not named above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again_all: Option<String>,
    /// Waiting receipts (月遅れ, 返戻) to put into the month's files, by their id.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub carry: BTreeSet<String>,
    /// Whether all that wait are put in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub carry_all: bool,
}

/// Why a receipt is filed without electronic confirmation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaperEvidence {
    /// The reason in the person's words.
    pub reason: String,
    /// What was seen: 資格確認書, 医療券, a telephone call to the insurer …
    pub seen: String,
}

/// Who accepted a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// The named person.
    pub by: String,
    /// Whether for this one change or by the station's standing policy.
    pub how: How,
}

/// How a change was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// The station file's `[accept]`.
    Policy,
    /// This one change, by a person.
    Person,
}

impl Answers {
    /// Reads the file given with `--accept`.
    ///
    /// # Errors
    /// `accept/unreadable` naming the place; `accept/nobody` when nobody answers.
    pub fn parse(file: &str, text: &str) -> Result<Self, Fault> {
        let answers: Self = serde_json::from_str(text).map_err(|error| {
            Fault::new(
                "accept/unreadable",
                format!(
                    "受入れファイル「{file}」が読めません（{}）。README の例と見比べて直してください。",
                    reason_ja(&error)
                ),
                format!("the accept file {file} cannot be read: {error}"),
            )
            .at(Place {
                document: file.to_owned(),
                line: u32::try_from(error.line()).ok(),
                ..Place::default()
            })
        })?;
        if answers.by.trim().is_empty() {
            return Err(Fault::new(
                "accept/nobody",
                format!(
                    "受入れファイル「{file}」の by が空です。判断した方の名前を書いてください。"
                ),
                format!("`by` is empty in {file}: name the person who decided"),
            ));
        }
        if let Some(empty) = answers.without_reason() {
            return Err(Fault::new(
                "accept/no-reason",
                format!(
                    "受入れファイル「{file}」の {empty} に理由（または見たもの）がありません。言葉で書いてください。"
                ),
                format!("{empty} in {file} lacks its reason or what was seen; say it in words"),
            )
            .at(Place {
                document: file.to_owned(),
                ..Place::default()
            }));
        }
        Ok(answers)
    }

    /// Whether a waiting receipt is to be put into the month's files.
    pub fn carries(&self, id: &str) -> bool {
        self.carry_all || self.carry.contains(id)
    }

    /// Why a receipt is filed although it stands as claimed.
    pub fn again(&self, id: &str) -> Option<&String> {
        self.again.get(id).or(self.again_all.as_ref())
    }

    /// Where a reason or the evidence is left blank.
    fn without_reason(&self) -> Option<String> {
        let blank = |text: &str| text.trim().is_empty();
        let lacking = |paper: &PaperEvidence| blank(&paper.reason) || blank(&paper.seen);
        let held = self.hold.iter().find(|(_, reason)| blank(reason));
        let filed = self.file_anyway.iter().find(|(_, paper)| lacking(paper));
        let again = self.again.iter().find(|(_, reason)| blank(reason));
        held.map(|(id, _)| format!("hold「{id}」"))
            .or_else(|| again.map(|(id, _)| format!("again「{id}」")))
            .or_else(|| {
                let all = self.again_all.as_ref().filter(|reason| blank(reason));
                all.map(|_| "again_all".to_owned())
            })
            .or_else(|| filed.map(|(id, _)| format!("file_anyway「{id}」")))
            .or_else(|| {
                let all = self.file_all.as_ref().filter(|paper| lacking(paper));
                all.map(|_| "file_all".to_owned())
            })
    }
}

/// Why the file is none, in Japanese: the reader of JSON speaks English.
fn reason_ja(error: &serde_json::Error) -> String {
    let said = error.to_string();
    let said = said.split(" at line ").next().unwrap_or_default();
    let mut quoted = said.split('`').skip(1).step_by(2);
    let what = match error.classify() {
        serde_json::error::Category::Eof => "途中で切れています".to_owned(),
        serde_json::error::Category::Syntax => "JSON の書き方が正しくありません".to_owned(),
        _ if said.starts_with("missing field") => {
            format!("項目 {} がありません", quoted.next().unwrap_or_default())
        }
        _ if said.starts_with("unknown field") => {
            let name = quoted.next().unwrap_or_default();
            let known: Vec<&str> = quoted.collect();
            format!(
                "項目 {name} はありません。使えるのは {} です",
                known.join("、")
            )
        }
        _ if said.starts_with("duplicate field") => {
            format!("項目 {} が2回あります", quoted.next().unwrap_or_default())
        }
        _ => "値の種類が違います".to_owned(),
    };
    match error.line() {
        0 => what,
        line => format!("{line}行 {}列: {what}", error.column()),
    }
}

/// Whether a change is accepted, and by whom. A person's answer outweighs the policy, both
/// ways; identity and public expenses but 医療扶助 are never asked about.
pub fn accepted(
    group: Group,
    outcome: GroupOutcome,
    id: &str,
    new_person: bool,
    policy: Option<&Accept>,
    answers: Option<&Answers>,
) -> Option<Accepted> {
    if let Some(answers) = answers
        && let Some(yes) = answers.proposals.get(id)
    {
        return yes.then(|| Accepted {
            by: answers.by.clone(),
            how: How::Person,
        });
    }
    let policy = policy?;
    // Of the groups that have a policy of their own a difference needs both.
    let own = match group {
        Group::Coverage => None,
        Group::Burden => Some(policy.burden),
        Group::Income => Some(policy.income),
        Group::Welfare => Some(policy.welfare),
    };
    let allowed = match outcome {
        GroupOutcome::Fill if new_person => policy.add_person,
        GroupOutcome::Fill => own.unwrap_or(policy.fill),
        GroupOutcome::NewPeriod => own.unwrap_or(policy.new_period),
        GroupOutcome::Differs => policy.differs && own.unwrap_or(true),
        GroupOutcome::Same
        | GroupOutcome::NoAnswer
        | GroupOutcome::Unmatched
        | GroupOutcome::NotOurs => false,
    };
    allowed.then(|| Accepted {
        by: policy.by.clone(),
        how: How::Policy,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> Accept {
        Accept {
            by: "管理者".into(),
            add_person: true,
            new_period: true,
            fill: true,
            differs: false,
            burden: false,
            income: true,
            welfare: false,
        }
    }

    #[test]
    fn a_difference_waits_for_a_person_unless_the_policy_says_otherwise() {
        assert_eq!(
            accepted(
                Group::Coverage,
                GroupOutcome::Differs,
                "P1",
                false,
                Some(&policy()),
                None
            ),
            None
        );
        let answers = Answers::parse(
            "a.json",
            r#"{"by":"所長","proposals":{"P1":true,"P2":false}}"#,
        )
        .unwrap();
        let yes = accepted(
            Group::Coverage,
            GroupOutcome::Differs,
            "P1",
            false,
            Some(&policy()),
            Some(&answers),
        )
        .unwrap();
        assert_eq!((yes.by.as_str(), yes.how), ("所長", How::Person));
        assert_eq!(
            accepted(
                Group::Coverage,
                GroupOutcome::NewPeriod,
                "P2",
                false,
                Some(&policy()),
                Some(&answers)
            ),
            None
        );
    }

    #[test]
    fn each_group_has_a_policy_of_its_own_and_a_difference_needs_both() {
        let ask =
            |group, outcome| accepted(group, outcome, "P1", false, Some(&policy()), None).is_some();
        assert!(ask(Group::Income, GroupOutcome::Fill));
        assert!(!ask(Group::Income, GroupOutcome::Differs));
        assert!(!ask(Group::Burden, GroupOutcome::NewPeriod));
        assert!(!ask(Group::Welfare, GroupOutcome::Fill));
        assert!(ask(Group::Coverage, GroupOutcome::NewPeriod));
    }

    #[test]
    fn what_is_not_confirmed_is_never_accepted_by_a_policy() {
        for outcome in [
            GroupOutcome::NoAnswer,
            GroupOutcome::Unmatched,
            GroupOutcome::NotOurs,
        ] {
            assert_eq!(
                accepted(Group::Coverage, outcome, "P1", false, Some(&policy()), None),
                None
            );
        }
    }

    #[test]
    fn an_accept_file_without_a_name_is_refused() {
        assert_eq!(
            Answers::parse("a.json", r#"{"by":" "}"#).unwrap_err().code,
            "accept/nobody"
        );
        let unknown = Answers::parse("a.json", "{\"by\":\"x\",\n\"acept\":{}}").unwrap_err();
        assert_eq!(unknown.place.unwrap().line, Some(2));
    }

    #[test]
    fn what_is_wrong_with_an_accept_file_is_said_in_japanese() {
        for (text, words) in [
            (
                "{\"by\":\"x\",\n\"acept\":{}}",
                "2行 7列: 項目 acept はありません",
            ),
            ("{}", "項目 by がありません"),
            (r#"{"by":"x""#, "途中で切れています"),
            ("by: x", "JSON の書き方が正しくありません"),
            (r#"{"by":1}"#, "値の種類が違います"),
        ] {
            let said = Answers::parse("a.json", text).unwrap_err().message_ja;
            assert!(said.contains(words), "{said}");
        }
    }

    #[test]
    fn nothing_is_held_or_filed_for_no_reason() {
        for text in [
            r#"{"by":"x","hold":{"A#1":" "}}"#,
            r#"{"by":"x","file_anyway":{"A#1":{"reason":"r","seen":""}}}"#,
            r#"{"by":"x","file_all":{"reason":"","seen":"s"}}"#,
        ] {
            let refused = Answers::parse("a.json", text).unwrap_err();
            assert_eq!(refused.code, "accept/no-reason", "{text}");
        }
    }
}
