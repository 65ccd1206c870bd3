//! A file that was brought in by mistake is taken back: what was read from it does not count any more.

use crate::host::Host;
use reseplug_claims::{Event, How, Recorded};
use reseplug_effect::{Fault, jst};
use reseplug_model::{Month, Payer};
use std::collections::BTreeSet;

/// Which file was brought in by mistake.
#[derive(Debug, Clone)]
pub struct RetractRequest {
    /// SHA-256 under which it is kept, or the beginning of it.
    pub sha256: String,
    /// Why.
    pub reason: String,
    /// Who takes it back.
    pub by: String,
    /// Record nothing.
    pub dry_run: bool,
}

impl Host {
    /// Takes back what staff brought in from a wrong file: a notice of payment of another month, say. It
    /// stays on record and in the history, and counts no more; the file stays kept, and brought in
    /// again it counts again. Answers with what was taken back.
    ///
    /// # Errors
    /// `claim/no-download` when no such file was brought in, `claim/nothing-retracted` when nothing of it
    /// counts: what a gateway sent is what the payer says, and is not taken back here.
    pub fn retract_import(&self, request: &RetractRequest) -> Result<Vec<Recorded>, Fault> {
        self.is_sender(&request.by)?;
        let kept = self.kept_as(&request.sha256)?;
        let book = self.book()?;
        let read: Vec<Recorded> = book.read_from(&kept.sha256).cloned().collect();
        if read.is_empty() {
            return Err(Fault::new(
                "claim/nothing-retracted",
                format!(
                    "「{}」から取り込まれて、いま数えられているものはありません。ゲートウェイから届いたものは取り消せません。",
                    kept.name
                ),
                format!(
                    "nothing that was brought in from {} counts; what a gateway sent is not taken back here",
                    kept.name
                ),
            ));
        }
        // In the record of each month and payer that it had said something of.
        let of: BTreeSet<(Month, Payer)> =
            read.iter().map(|told| (told.month, told.payer)).collect();
        let (by, at) = (request.by.as_str(), jst(self.now()));
        let told: Vec<Recorded> = of
            .into_iter()
            .map(|(month, payer)| {
                let event = Event::Retracted {
                    sha256: kept.sha256.clone(),
                    reason: request.reason.clone(),
                };
                Recorded::beside(month, payer, event, How::Reported, by, at.as_str())
            })
            .collect();
        if !request.dry_run {
            self.record(&self.fresh_id("retract"), None, &told)?;
        }
        Ok(read)
    }
}
