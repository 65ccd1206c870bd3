//! Receipts that wait: 保留, left out, returned, taken back or never sent.

use crate::book::Book;
use crate::event::{Event, Recorded};
use crate::key::FilingKey;
use crate::receipt::{Place, Receipt, Standing};
use reseplug_model::{Month, Payer};
use serde::{Deserialize, Serialize};

/// Why a receipt waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum Why {
    /// 保留: a person left it for a later month.
    Held {
        /// Their reason.
        reason: String,
    },
    /// It is in a filing that did not file it.
    Place {
        /// Where it is.
        place: Place,
    },
}

/// A receipt that is filed nowhere and waits (月遅れ if its month is over).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Late {
    /// Stable name: what `--carry` and `claim drop` take.
    pub id: String,
    /// It.
    pub receipt: Receipt,
    /// 請求年月 in which it was left.
    pub since: Month,
    /// Where it was to be filed.
    pub payer: Payer,
    /// The filing that holds its bytes; absent for one that was held before any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filing: Option<FilingKey>,
    /// SHA-256 of the claim file that holds its bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Why it waits.
    #[serde(flatten)]
    pub why: Why,
    /// Why it came back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub returned_for: Vec<String>,
    /// It came back on paper and is filed again on paper.
    #[serde(default)]
    pub on_paper: bool,
    /// The 請求年月 with which it was approved since and has not left yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_in: Option<Month>,
}

impl Book {
    /// Receipts that wait: held, left out, returned, taken back or never sent, and claimed by no
    /// later filing. The last state of each, oldest service month first.
    pub fn late(&self) -> Vec<Late> {
        let all: Vec<(usize, Standing)> = self
            .filings()
            .iter()
            .enumerate()
            .filter(|(_, filing)| !filing.is_trial())
            .flat_map(|(order, filing)| Self::standings(filing).map(move |one| (order, one)))
            .collect();
        let held: Vec<(&Recorded, &Receipt, &String)> = self
            .beside()
            .iter()
            .filter_map(|told| match &told.event {
                Event::Held { receipt, reason } => Some((told, &**receipt, reason)),
                _ => None,
            })
            .collect();
        let claimed = |receipt: &Receipt| {
            all.iter()
                .any(|(_, other)| other.place.stands() && other.receipt.overlaps(receipt))
        };
        let given_up = |receipt, since| self.given_up(receipt, since).is_some();
        // Put into a later month and held there, or held after it had been taken back, it waits as held,
        // and once.
        let begun = |order: usize| {
            self.filings()
                .get(order)?
                .events
                .first()
                .map(|told| &told.at)
        };
        let held_since = |receipt: &Receipt, order: usize, since: Month| {
            held.iter().any(|(told, other, _)| {
                let later = told.month > since
                    || (told.month == since && begun(order).is_some_and(|at| told.at > *at));
                later && other.overlaps(receipt)
            })
        };
        let mut late: Vec<Late> = Vec::new();
        for (order, one) in &all {
            let receipt = &one.receipt;
            let later = all
                .iter()
                .any(|(other, next)| other > order && next.receipt.overlaps(receipt));
            if one.place.stands()
                || claimed(receipt)
                || later
                || held_since(receipt, *order, one.filing.month)
                || given_up(receipt, one.filing.month)
            {
                continue;
            }
            late.push(Late {
                id: format!(
                    "{}/{}/{}#{}",
                    one.filing.month,
                    one.filing.payer.code(),
                    one.filing.sequence,
                    receipt.number
                ),
                receipt: receipt.clone(),
                since: one.filing.month,
                payer: one.filing.payer,
                filing: Some(one.filing.clone()),
                source: Some(one.filing.sha256.clone()),
                why: Why::Place { place: one.place },
                returned_for: one.returned_for.clone(),
                on_paper: one.on_paper,
                approved_in: None,
            });
        }
        for (at, (told, receipt, reason)) in held.iter().enumerate() {
            let again = held
                .iter()
                .skip(at.saturating_add(1))
                .any(|(_, other, _)| other.overlaps(receipt));
            let filed_since = all.iter().any(|(order, other)| {
                let later = other.filing.month > told.month
                    || (other.filing.month == told.month
                        && begun(*order).is_none_or(|at| *at >= told.at));
                later && other.receipt.overlaps(receipt)
            });
            if again || filed_since || claimed(receipt) || given_up(receipt, told.month) {
                continue;
            }
            late.push(Late {
                id: format!(
                    "{}/{}/hold#{}",
                    told.month,
                    told.payer.code(),
                    receipt.number
                ),
                receipt: (*receipt).clone(),
                since: told.month,
                payer: told.payer,
                filing: None,
                source: told.source.clone(),
                why: Why::Held {
                    reason: (*reason).clone(),
                },
                returned_for: Vec::new(),
                on_paper: false,
                approved_in: None,
            });
        }
        late.sort_by(|a, b| {
            (a.receipt.service_month, &a.id).cmp(&(b.receipt.service_month, &b.id))
        });
        late
    }
}
