//! What a rehearsal says would be asked, and about whom.

use crate::ask::Question;
use crate::change::Planned;
use crate::decide::Reason;
use crate::directory::Directory;
use crate::people::Person;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A question that a run would ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intended {
    /// The product's key of the person.
    pub person_key: String,
    /// 氏名 on file.
    pub name: String,
    /// 資格確認日, ISO 8601.
    pub as_of: String,
    /// 保険者番号
    pub insurer_number: String,
    /// 記号
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
    /// 番号
    pub number: String,
    /// 枝番
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// 生年月日, ISO 8601.
    pub birth_date: String,
    /// Whether the consent to have 限度額 told is stated.
    pub income_consent: bool,
    /// Whether it is a message of its own, the only way to be told 限度額.
    pub singly: bool,
}

/// The questions as a person reads them.
pub(crate) fn intended(people: &[Person], questions: &[Question], singly: bool) -> Vec<Intended> {
    let directory = Directory::of(people);
    questions
        .iter()
        .map(|Question { key, query }| Intended {
            person_key: key.clone(),
            name: directory
                .get(key)
                .map_or_else(String::new, |person| person.identity.name.clone()),
            as_of: query.as_of.clone(),
            insurer_number: query.insurer_number.clone(),
            symbol: query.symbol.clone(),
            number: query.number.clone(),
            branch: query.branch.clone(),
            birth_date: query.birth_date.clone(),
            income_consent: query.income_consent,
            singly,
        })
        .collect()
}

/// Leaves out of a rehearsal's proposals that somebody was never asked about, where a run would ask.
pub(crate) fn without_those_asked(planned: &mut Vec<Planned>, would_ask: &[Intended]) {
    let asked: BTreeSet<&str> = would_ask
        .iter()
        .map(|one| one.person_key.as_str())
        .collect();
    planned.retain(|one| {
        let proposal = &one.proposal;
        proposal.reason != Some(Reason::NeverAsked) || !asked.contains(proposal.person_key.as_str())
    });
}
