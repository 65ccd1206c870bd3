//! Receipts that wait across months, and those that a person gives up.

use crate::host::Host;
use reseplug_claims::{Event, How, Late, Recorded};
use reseplug_effect::{Fault, jst};

/// Which waiting receipts are not filed any more.
#[derive(Debug, Clone)]
pub struct DropRequest {
    /// Their ids, as `claim late` names them.
    pub ids: Vec<String>,
    /// Why.
    pub reason: String,
    /// Who decides.
    pub by: String,
    /// Record nothing.
    pub dry_run: bool,
}

impl Host {
    /// Receipts that are filed nowhere and wait: held, left out, returned, taken back.
    ///
    /// # Errors
    /// `journal/…`
    pub fn late(&self) -> Result<Vec<Late>, Fault> {
        Ok(self.book()?.late())
    }

    /// Records that a named person gives receipts up: they no longer stand in the list of those that
    /// wait.
    ///
    /// # Errors
    /// `claim/unknown-late` when an id is not in the list.
    pub fn drop_late(&self, request: &DropRequest) -> Result<Vec<Late>, Fault> {
        let all = self.late()?;
        let mut dropped = Vec::new();
        for id in &request.ids {
            let one = all.iter().find(|late| late.id == *id).ok_or_else(|| {
                let there: Vec<String> = all.iter().map(|late| late.id.clone()).collect();
                let there = crate::check::shortened(&there);
                Fault::new(
                    "claim/unknown-late",
                    format!("「{id}」という月遅れ・保留のレセプトはありません（あるのは: {there}）。`reseplug claim late` で確かめてください。"),
                    format!("no receipt waits under `{id}` (there are: {there}); see `reseplug claim late`"),
                )
            })?;
            dropped.push(one.clone());
        }
        if request.dry_run {
            return Ok(dropped);
        }
        let events: Vec<Recorded> = dropped
            .iter()
            .map(|one| Recorded {
                month: one.since,
                payer: one.payer,
                filing: None,
                receipt: None,
                event: Event::Dropped {
                    receipt: Box::new(one.receipt.clone()),
                    reason: request.reason.clone(),
                },
                how: How::Reported,
                by: request.by.clone(),
                at: jst(self.now()),
                source: one.source.clone(),
            })
            .collect();
        self.record(&self.fresh_id("drop"), None, &events)?;
        Ok(dropped)
    }
}
