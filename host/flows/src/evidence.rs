//! Evidence of having confirmed (指定訪問看護の基準 第8条): per person the first electronic
//! confirmation, how it went on, and the last one, each with its method and message.
//!
//! It shows what is on record and judges nothing: what counts as 継続 and which method is an
//! 電子資格確認 stands beside the list with its source and grade (`basis.toml`).

mod basis;
mod note;
mod page;
mod worksheet;

pub use basis::{Basis, Condition, Shown};
pub use note::{NoteRequest, Noted, Wrote, parse as parse_note};
pub use worksheet::{Line as WorksheetLine, Worksheet};

use crate::answers::{Method, Validity};
use crate::group::Note;
use crate::host::Host;
use crate::roster::Roster;
use reseplug_effect::{Fault, jst};
use reseplug_journal::{Evidence, Fact, Journal};
use reseplug_model::{Date, Month};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One time that a coverage was confirmed, or was not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// How.
    pub method: Method,
    /// 資格確認日
    pub as_of: Date,
    /// When the answer came.
    pub answered_at: String,
    /// The message it was, for what it is; empty for paper.
    pub message: String,
    /// 有効, or why not.
    pub validity: String,
    /// Whether it confirmed a coverage.
    pub valid: bool,
    /// Id of the evidence.
    pub evidence: String,
}

/// What the record says of the months since the first electronic confirmation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Continuity {
    /// There is no electronic confirmation.
    NotConfirmed,
    /// Confirmed, and no month served is on record.
    NoRecord,
    /// Served in every month since.
    EveryMonth,
    /// Some months since have no visit on record.
    Gaps,
}

impl Continuity {
    /// For staff.
    pub fn name_ja(self) -> &'static str {
        match self {
            Self::NotConfirmed => "電子資格確認なし",
            Self::NoRecord => "訪問した月の記録なし",
            Self::EveryMonth => "毎月の記録あり",
            Self::Gaps => "記録のない月あり",
        }
    }

    /// The same in English.
    pub fn name_en(self) -> &'static str {
        match self {
            Self::NotConfirmed => "never confirmed electronically",
            Self::NoRecord => "no month on record",
            Self::EveryMonth => "every month on record",
            Self::Gaps => "months missing",
        }
    }
}

/// One person's evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonEvidence {
    /// The product's key; name and birth date of somebody the product does not know.
    pub person_key: String,
    /// 氏名
    pub name: String,
    /// The first valid electronic confirmation.
    pub first: Option<Confirmation>,
    /// The first valid reading of the card, where that was another.
    pub first_card: Option<Confirmation>,
    /// The last valid confirmation, electronic or not.
    pub last: Option<Confirmation>,
    /// Those as of a day of the month, oldest first, also those that did not confirm.
    pub in_month: Vec<Confirmation>,
    /// Months with a visit on record, up to the month.
    pub served: Vec<Month>,
    /// Months between the first confirmation and the month without one.
    pub gaps: Vec<Month>,
    /// What these say together.
    pub continuity: Continuity,
    /// Texts of マイナ資格確認アプリ: kept, never counted as electronic confirmation.
    pub notes: Vec<Noted>,
}

/// The list of a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceList {
    /// The month.
    pub month: Month,
    /// When it was made.
    pub made_at: String,
    /// By the product's key.
    pub people: Vec<PersonEvidence>,
    /// Why the month's document is not in it, where it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<Note>,
    /// What it rests on.
    pub basis: Vec<Basis>,
}

impl EvidenceList {
    /// The list as a page to print.
    pub fn html(&self, station: &str, code: &str) -> String {
        page::list(self, station, code)
    }
}

impl Host {
    /// Everybody's evidence as it stands for a month; absent: this month.
    ///
    /// # Errors
    /// Faults of the documents and the store.
    pub fn evidence(&self, month: Option<Month>) -> Result<EvidenceList, Fault> {
        let month = self.month_or_this(month)?;
        let (evidence, roster) = self.everybody()?;
        let facts = self.journal().facts(self.code(), None, None)?;
        Ok(EvidenceList {
            month,
            made_at: jst(self.now()),
            people: people(&evidence, &facts, &roster, month)?,
            left_out: roster.left_out,
            basis: basis::of_list()?,
        })
    }

    pub(crate) fn month_or_this(&self, month: Option<Month>) -> Result<Month, Fault> {
        month.map_or_else(|| Ok(self.today()?.month()), Ok)
    }
}

/// Each person's evidence for a month.
fn people(
    evidence: &[Evidence],
    facts: &[Fact],
    roster: &Roster,
    month: Month,
) -> Result<Vec<PersonEvidence>, Fault> {
    let mut confirmations: BTreeMap<&str, Vec<Confirmation>> = BTreeMap::new();
    for row in evidence {
        if let (Some(person), Ok(as_of)) = (roster.certain(&row.id), Date::parse(&row.as_of)) {
            confirmations
                .entry(&person.key)
                .or_default()
                .push(confirmation(row, as_of));
        }
    }
    let mut notes = note::read(facts)?;
    roster
        .people
        .iter()
        .map(|person| {
            let mut of = confirmations
                .remove(person.key.as_str())
                .unwrap_or_default();
            of.sort_by(|a, b| (a.as_of, &a.answered_at).cmp(&(b.as_of, &b.answered_at)));
            let served = served(&person.key, facts, &of, roster);
            Ok(PersonEvidence {
                notes: notes.remove(&person.key).unwrap_or_default(),
                ..judged(
                    person.key.clone(),
                    person.identity.name.clone(),
                    of,
                    served,
                    month,
                )
            })
        })
        .collect()
}

fn confirmation(row: &Evidence, as_of: Date) -> Confirmation {
    let validity = Validity::from_word(&row.validity);
    Confirmation {
        method: Method::from_word(&row.method),
        as_of,
        answered_at: row.answered_at.clone(),
        message: row.message.clone(),
        validity: validity.name_ja(),
        valid: validity == Validity::Valid,
        evidence: row.id.clone(),
    }
}

/// Months with a visit: stated by a fact, by a receipt at hand, or by a card read at home.
fn served(key: &str, facts: &[Fact], of: &[Confirmation], roster: &Roster) -> BTreeSet<Month> {
    let stated = facts
        .iter()
        .filter(|f| f.kind == "served" && f.person_key == key)
        .filter_map(|f| Month::parse(f.day.get(..7)?).ok());
    let receipts = roster
        .served
        .iter()
        .filter(|(who, _)| who == key)
        .map(|(_, month)| *month);
    let cards = of
        .iter()
        .filter(|c| c.method == Method::Card)
        .map(|c| c.as_of.month());
    stated.chain(receipts).chain(cards).collect()
}

/// What the confirmations and the months served say together, up to a month.
fn judged(
    person_key: String,
    name: String,
    of: Vec<Confirmation>,
    served: BTreeSet<Month>,
    month: Month,
) -> PersonEvidence {
    let last_day = month.last_day();
    let known: Vec<Confirmation> = of.into_iter().filter(|c| c.as_of <= last_day).collect();
    let valid = |c: &&Confirmation| c.valid;
    let first = known
        .iter()
        .filter(valid)
        .find(|c| c.method.is_electronic())
        .cloned();
    let first_card = known
        .iter()
        .filter(valid)
        .find(|c| c.method == Method::Card)
        .filter(|card| Some(*card) != first.as_ref())
        .cloned();
    let served: Vec<Month> = served.into_iter().filter(|m| *m <= month).collect();
    let mut gaps = Vec::new();
    let mut at = first.as_ref().map(|c| c.as_of.month());
    while let Some(next) = at.filter(|m| *m < month) {
        if !served.contains(&next) {
            gaps.push(next);
        }
        at = next.next();
    }
    let continuity = match &first {
        None => Continuity::NotConfirmed,
        Some(_) if served.is_empty() => Continuity::NoRecord,
        Some(_) if gaps.is_empty() => Continuity::EveryMonth,
        Some(_) => Continuity::Gaps,
    };
    PersonEvidence {
        person_key,
        name,
        first,
        first_card,
        last: known.iter().rfind(valid).cloned(),
        in_month: known
            .into_iter()
            .filter(|c| month.contains(c.as_of))
            .collect(),
        served,
        gaps,
        continuity,
        notes: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
