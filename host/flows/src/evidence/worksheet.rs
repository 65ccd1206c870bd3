//! The worksheet for 訪問看護医療DX情報活用加算: which of its conditions the record can show,
//! and what it shows of each person in a month. It never says that the addition may be claimed.

use super::{Condition, Confirmation, Shown, basis, page, people};
use crate::consents::{ConsentState, Scope};
use crate::group::Note;
use crate::host::Host;
use crate::view::LOOKED;
use reseplug_audit::Event;
use reseplug_effect::{Fault, jst};
use reseplug_journal::Journal;
use reseplug_model::Month;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One person's month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The product's key.
    pub person_key: String,
    /// 氏名
    pub name: String,
    /// Whether a visit of the month is on record.
    pub served: bool,
    /// Valid electronic confirmations as of a day of the month.
    pub confirmed: Vec<Confirmation>,
    /// Consents to viewing as they stand now.
    pub consents: Vec<(Scope, ConsentState)>,
    /// How often information was viewed in the month.
    pub looks: u32,
}

/// A month's worksheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worksheet {
    /// The month.
    pub month: Month,
    /// When it was made.
    pub made_at: String,
    /// Each condition with what the record shows of it; empty where it shows nothing.
    pub conditions: Vec<(Condition, String)>,
    /// Everybody with a visit, a confirmation or a look in the month.
    pub people: Vec<Line>,
    /// Why the month's document is not in it, where it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<Note>,
}

impl Worksheet {
    /// The worksheet as a page to print.
    pub fn html(&self, station: &str, code: &str) -> String {
        page::worksheet(self, station, code)
    }
}

impl Host {
    /// The worksheet of a month; absent: this month.
    ///
    /// # Errors
    /// Faults of the documents and the store.
    pub fn evidence_worksheet(&self, month: Option<Month>) -> Result<Worksheet, Fault> {
        let month = self.month_or_this(month)?;
        let (evidence, roster) = self.everybody()?;
        let facts = self.journal().facts(self.code(), None, None)?;
        let consents = self.consent_lines(&evidence, &roster, self.now())?;
        let looks = self.looks(month)?;
        let mut lines: Vec<Line> = people(&evidence, &facts, &roster, month)?
            .into_iter()
            .map(|person| {
                let pseudonym = self.journal().pseudonym(&person.person_key);
                let of_person = consents
                    .iter()
                    .filter(|c| c.person_key == person.person_key)
                    .filter(|c| {
                        !matches!(c.state, ConsentState::Superseded | ConsentState::Declined)
                    });
                let mut states: Vec<(Scope, ConsentState)> = of_person
                    .filter_map(|c| Some((c.scope.filter(|s| s.is_viewing())?, c.state)))
                    .collect();
                states.dedup();
                Line {
                    served: person.served.contains(&month),
                    confirmed: person
                        .in_month
                        .into_iter()
                        .filter(|c| c.valid && c.method.is_electronic())
                        .collect(),
                    consents: states,
                    looks: looks.get(&pseudonym).copied().unwrap_or_default(),
                    person_key: person.person_key,
                    name: person.name,
                }
            })
            .collect();
        lines.retain(|l| l.served || !l.confirmed.is_empty() || l.looks > 0);
        let acknowledged = match month.next() {
            Some(claim_month) => self
                .filed(claim_month, None, None)?
                .iter()
                .filter(|s| s.state == reseplug_claims::Stage::Acknowledged.word() && !s.trial)
                .count(),
            None => 0,
        };
        let conditions = basis::of_addition()?
            .into_iter()
            .map(|condition| {
                let shows = match condition.shown {
                    Shown::Person => String::new(),
                    Shown::Data | Shown::Partly => observed(&condition.id, &lines, acknowledged),
                };
                (condition, shows)
            })
            .collect();
        Ok(Worksheet {
            month,
            made_at: jst(self.now()),
            conditions,
            people: lines,
            left_out: roster.left_out,
        })
    }

    /// How often information of whom was viewed in a month, by pseudonym, from the audit record.
    fn looks(&self, month: Month) -> Result<BTreeMap<String, u32>, Fault> {
        let mut found: BTreeMap<String, u32> = BTreeMap::new();
        let month = month.to_string();
        for row in self.journal().audit_rows()? {
            // A row of a newer program is none of ours.
            let Ok(event) = serde_json::from_str::<Event>(&row.event) else {
                continue;
            };
            let shown = event.action == LOOKED && event.outcome.as_deref() == Some("shown");
            if let (true, true, Some(subject)) =
                (shown, event.at.starts_with(&month), event.subject)
            {
                let count = found.entry(subject).or_default();
                *count = count.saturating_add(1);
            }
        }
        Ok(found)
    }
}

/// What the record shows of a condition.
fn observed(id: &str, lines: &[Line], acknowledged: usize) -> String {
    use super::Method;
    let confirmed = lines.iter().filter(|l| !l.confirmed.is_empty()).count();
    match id {
        "claims-online" => {
            format!("受領書のある請求 {acknowledged}件（この月の訪問分）")
        }
        "electronic" => {
            let cards = lines
                .iter()
                .flat_map(|l| &l.confirmed)
                .filter(|c| c.method == Method::Card)
                .count();
            format!("電子資格確認のある方 {confirmed}人、うちカードの読み取り {cards}件")
        }
        "home-consent" => {
            let people = lines.iter().filter(|l| l.looks > 0).count();
            let looks: u32 = lines.iter().fold(0, |sum, l| sum.saturating_add(l.looks));
            format!("同意のもとで閲覧した方 {people}人、{looks}回")
        }
        "per-person" => format!("下の表。訪問の記録がある方 {}人", {
            lines.iter().filter(|l| l.served).count()
        }),
        _ => String::new(),
    }
}
