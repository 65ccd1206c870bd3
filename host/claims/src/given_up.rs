//! Receipts that a person gave up, and that are filed all the same.

use crate::book::Book;
use crate::event::Event;
use crate::receipt::{Place, Standing};

impl Book {
    /// Receipts that a named person gave up and that stand as filed all the same: what was known of
    /// their filing then has turned out otherwise, as when it was reported as cancelled and its 受領書
    /// came. One that was sent anew since was sent on purpose.
    pub fn given_up_yet_filed(&self) -> Vec<Standing> {
        let given_up: Vec<_> = self
            .dropped()
            .filter_map(|told| match &told.event {
                Event::Dropped {
                    receipt, reason, ..
                } => Some((told, receipt, reason)),
                _ => None,
            })
            .collect();
        let mut odd = Vec::new();
        if given_up.is_empty() {
            return odd;
        }
        let filed = |filing: &&crate::Filing| !filing.is_trial() && filing.stage().is_filed();
        for filing in self.filings().iter().filter(filed) {
            let begun = filing.events.first().map_or("", |told| told.at.as_str());
            for one in Self::standings(filing).filter(|one| one.place == Place::Filed) {
                let reason = given_up.iter().find(|(told, receipt, _)| {
                    told.at.as_str() >= begun && receipt.overlaps(&one.receipt)
                });
                if let Some((_, _, reason)) = reason {
                    odd.push(Standing {
                        given_up: Some((*reason).clone()),
                        ..one
                    });
                }
            }
        }
        odd
    }
}
