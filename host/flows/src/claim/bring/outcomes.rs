//! What the product is told of each receipt.

use super::super::contract_payer;
use super::{Brought, Item};
use crate::host::Host;
use reseplug_claims::{Filing, Place, Receipt};
use reseplug_effect::Fault;
use reseplug_engine::contract::{Reading, ReceiptOutcome};

impl Host {
    /// What the product is told of each receipt.
    pub(super) fn outcomes_of(
        &self,
        item: &Item,
        reading: &Reading,
        rows: &[Brought],
    ) -> Result<Vec<ReceiptOutcome>, Fault> {
        let book = self.book()?;
        if let (Some(_), Some(filing)) = (&reading.acknowledgement, &item.filing) {
            let filing = book.filing(&filing.key).unwrap_or(filing);
            let own = book.receipts().filter(|one| one.filing == filing.key);
            return Ok(own
                .map(|one| {
                    let messages = messages(filing, one.receipt.number);
                    // A remark of the check does not keep a receipt from being filed.
                    let state = match one.place {
                        Place::Filed => "accepted",
                        _ => "error",
                    };
                    outcome(filing, &one.receipt, state, messages)
                })
                .collect());
        }
        Ok(rows
            .iter()
            .filter(|row| row.what == "returned")
            .filter_map(|row| {
                let filing = book.filing(row.filing.as_ref()?)?;
                let number = row.receipt?;
                let receipt = filing.receipts.iter().find(|r| r.number == number)?;
                Some(outcome(filing, receipt, "returned", vec![row.text.clone()]))
            })
            .collect())
    }
}

/// Findings of a receipt, as the product is told them.
fn messages(filing: &Filing, number: u32) -> Vec<String> {
    filing
        .findings()
        .and_then(|findings| findings.as_array())
        .into_iter()
        .flatten()
        .filter(|finding| finding["receipt"].as_u64() == Some(number.into()))
        .map(|finding| {
            let text = |key: &str| finding[key].as_str().unwrap_or_default();
            format!("{} {}", text("code"), text("message_ja"))
        })
        .collect()
}

fn outcome(
    filing: &Filing,
    receipt: &Receipt,
    state: &str,
    messages: Vec<String>,
) -> ReceiptOutcome {
    ReceiptOutcome {
        payer: contract_payer(filing.key.payer),
        number: receipt.number,
        person_key: receipt.person_key.clone().unwrap_or_default(),
        name: receipt.name.clone(),
        service_month: receipt.service_month.to_string(),
        total: receipt.total,
        state: state.to_owned(),
        messages,
    }
}
