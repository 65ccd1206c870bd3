//! A proposed change, from the answer it rests on to what became of it.

use crate::accept::Accepted;
use crate::coverage::{Coverage, Difference};
use crate::decide::{GroupOutcome, Reason};
use reseplug_effect::Fault;
use reseplug_model::Date;
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

/// One group of one person or receipt, decided, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// `<person or receipt>/<group>/<as-of>`; the same question has the same id.
    pub id: String,
    /// The product's key; empty for somebody not on file.
    pub person_key: String,
    /// 氏名
    pub name: String,
    /// How the group ends.
    pub outcome: GroupOutcome,
    /// The day the decision is about.
    pub as_of: Date,
    /// As it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Coverage>,
    /// As the answer has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Coverage>,
    /// The fields that differ.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
    /// The answers it rests on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
    /// Why a person is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// Who accepted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Accepted>,
    /// What became of it.
    pub done: Done,
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
        /// How: `added`, `in-place`, `moved`, `split`.
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

/// How many proposals ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// People added to the register.
    pub people_added: u32,
    /// Periods added to people on file.
    pub periods_added: u32,
    /// Groups filled where there was nothing.
    pub groups_filled: u32,
    /// Groups on file replaced: in place, moved or split.
    pub groups_corrected: u32,
    /// Left for a person.
    pub left_for_person: u32,
    /// Refused by the adapter.
    pub refused: u32,
}

impl Counts {
    /// Counts the proposals.
    pub fn of(proposals: &[Proposal]) -> Self {
        let mut counts = Self::default();
        for proposal in proposals {
            let slot = match &proposal.done {
                Done::Nothing => continue,
                Done::Left => &mut counts.left_for_person,
                Done::Refused { .. } => &mut counts.refused,
                Done::Applied { .. } => match (proposal.outcome, proposal.person_key.is_empty()) {
                    (GroupOutcome::Fill, true) => &mut counts.people_added,
                    (GroupOutcome::Fill, false) => &mut counts.groups_filled,
                    (GroupOutcome::NewPeriod, _) if proposal.before.is_none() => {
                        &mut counts.periods_added
                    }
                    _ => &mut counts.groups_corrected,
                },
            };
            *slot = slot.saturating_add(1);
        }
        counts
    }
}
