//! A proposed change, from the answer it rests on to what became of it.

use crate::accept::Accepted;
use crate::coverage::{Coverage, Difference};
use crate::decide::{GroupOutcome, Reason};
use crate::group::{Group, Happened, Note};
use crate::people::Likely;
use reseplug_effect::Fault;
use reseplug_model::Date;
use reseplug_policy::NoticeKind;
use serde::{Deserialize, Serialize};

/// Where a value comes from: shown beside every value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Id of the evidence.
    pub evidence: String,
    /// The message that answered.
    pub message: String,
    /// 資格確認日
    pub as_of: Date,
    /// When it was answered.
    pub answered_at: String,
}

impl Source {
    /// The message as staff know it: a notice by what it is, an official message by its own name.
    pub fn message_ja(&self) -> String {
        match self.message.strip_prefix("notice:") {
            Some(word) => format!("通知（{}）", notice_ja(word)),
            None => self.message.clone(),
        }
    }
}

/// What a kind of notice is called, by the word evidence keeps.
fn notice_ja(word: &str) -> &str {
    NoticeKind::ALL
        .into_iter()
        .find(|(_, known, ..)| *known == word)
        .map_or(word, |(.., name)| name)
}

/// One group of one person or receipt, decided, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// `<person or receipt>/<group>/<as-of>`; the same question has the same id.
    pub id: String,
    /// The product's key; empty for somebody not on file.
    pub person_key: String,
    /// 氏名
    pub name: String,
    /// What it is about.
    #[serde(default)]
    pub group: Group,
    /// How the group ends.
    pub outcome: GroupOutcome,
    /// The day the decision is about.
    pub as_of: Date,
    /// As it stands; absent for a group that is no coverage: its values stand in `differences`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Coverage>,
    /// As the answer has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Coverage>,
    /// The fields that differ.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
    /// What is seen to have happened.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub happened: Vec<Happened>,
    /// What a person should know beside it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// The answers it rests on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
    /// Why a person is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// Whom on file the answer could mean, and what speaks for and against each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<Likely>,
    /// Whether accepting it says that it is none of them but another person, who is added.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub as_new: bool,
    /// Who accepted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Accepted>,
    /// What became of it.
    pub done: Done,
}

impl Proposal {
    /// Whether it waits for somebody's yes.
    pub fn is_open(&self) -> bool {
        self.done == Done::Left && (self.reason == Some(Reason::NotAccepted) || self.as_new)
    }

    /// Notes what accepting it, or not, makes of it.
    pub(crate) fn settle(&mut self) {
        match (&self.accepted, self.as_new) {
            (Some(_), true) => {
                self.outcome = GroupOutcome::Fill;
                self.reason = None;
            }
            (Some(_), false) => {}
            (None, as_new) => {
                if !as_new {
                    self.reason = Some(Reason::NotAccepted);
                }
                self.done = Done::Left;
            }
        }
    }
}

/// What became of a proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Done {
    /// Nothing had to be done.
    Nothing,
    /// Listed for a person.
    Left,
    /// Carried out; the fields as the adapter changed them.
    Applied {
        /// How ([`kind`]).
        kind: String,
        /// Field, before, after.
        fields: Vec<Difference>,
    },
    /// Accepted, but the adapter refused.
    Refused {
        /// Why.
        fault: Fault,
    },
}

/// How a change was carried out.
pub mod kind {
    /// A person was added to the register, with a first coverage.
    pub const PERSON_ADDED: &str = "person-added";
    /// A coverage was written where none was on file.
    pub const FILLED: &str = "filled";
    /// A further period stands beside the earlier ones.
    pub const PERIOD_ADDED: &str = "period-added";
    /// The period on file ends on a day.
    pub const PERIOD_CLOSED: &str = "period-closed";
    /// The group was replaced where it stands.
    pub const IN_PLACE: &str = "in-place";
    /// The receipt stands in the other payer's file.
    pub const MOVED: &str = "moved";
    /// The receipt became several.
    pub const SPLIT: &str = "split";
    /// The period on file ends on a day.
    pub const CLOSED: &str = "closed";
    /// 負担割合 was written.
    pub const BURDEN: &str = "burden";
    /// 限度額適用区分 was written.
    pub const INCOME: &str = "income";
    /// 医療扶助 was written.
    pub const WELFARE: &str = "welfare";
}

/// How many proposals ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// People added to the register.
    pub people_added: u32,
    /// Periods added to people on file.
    pub periods_added: u32,
    /// Groups written where there was nothing, those of added people included.
    pub groups_filled: u32,
    /// Groups on file replaced: in place, moved or split.
    pub groups_corrected: u32,
    /// 負担割合 written.
    #[serde(default)]
    pub burdens_set: u32,
    /// 限度額適用区分 written.
    #[serde(default)]
    pub incomes_set: u32,
    /// 医療扶助 written.
    #[serde(default)]
    pub welfare_set: u32,
    /// Left for a person.
    pub left_for_person: u32,
    /// Refused by the adapter.
    pub refused: u32,
}

impl Counts {
    /// Counts the proposals.
    pub fn of<'p>(proposals: impl IntoIterator<Item = &'p Proposal>) -> Self {
        let mut counts = Self::default();
        for proposal in proposals {
            let slots: [Option<&mut u32>; 2] = match &proposal.done {
                Done::Nothing => continue,
                Done::Left => [Some(&mut counts.left_for_person), None],
                Done::Refused { .. } => [Some(&mut counts.refused), None],
                Done::Applied { kind, .. } => match kind.as_str() {
                    kind::PERSON_ADDED => [
                        Some(&mut counts.people_added),
                        Some(&mut counts.groups_filled),
                    ],
                    kind::FILLED => [Some(&mut counts.groups_filled), None],
                    kind::PERIOD_ADDED => [Some(&mut counts.periods_added), None],
                    kind::BURDEN => [Some(&mut counts.burdens_set), None],
                    kind::INCOME => [Some(&mut counts.incomes_set), None],
                    kind::WELFARE => [Some(&mut counts.welfare_set), None],
                    _ => [Some(&mut counts.groups_corrected), None],
                },
            };
            for slot in slots.into_iter().flatten() {
                *slot = slot.saturating_add(1);
            }
        }
        counts
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        let add = |a: &mut u32, b: u32| *a = a.saturating_add(b);
        add(&mut self.people_added, other.people_added);
        add(&mut self.periods_added, other.periods_added);
        add(&mut self.groups_filled, other.groups_filled);
        add(&mut self.groups_corrected, other.groups_corrected);
        add(&mut self.burdens_set, other.burdens_set);
        add(&mut self.incomes_set, other.incomes_set);
        add(&mut self.welfare_set, other.welfare_set);
        add(&mut self.left_for_person, other.left_for_person);
        add(&mut self.refused, other.refused);
    }
}
