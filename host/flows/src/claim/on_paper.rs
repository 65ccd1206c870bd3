//! Receipts that come back on paper, which no file tells of.

use super::report::{OfReceipt, missing};
use crate::host::Host;
use reseplug_claims::{Event, How, Place, Standing};
use reseplug_effect::Fault;

/// A 返戻 that came on paper (after a 再審査, say), or that this was said by mistake.
#[derive(Debug, Clone)]
pub struct PaperReturn {
    /// Which receipt.
    pub of: OfReceipt,
    /// The payer's words, or why the record is taken back.
    pub reason: String,
    /// Takes back what was recorded so.
    pub undo: bool,
    /// Who records it.
    pub by: String,
    /// Record nothing.
    pub dry_run: bool,
}

impl Host {
    /// Records that a receipt came back on paper: it waits from then on, is never put into a file by
    /// itself, and is filed again on paper.
    ///
    /// # Errors
    /// `claim/unknown-receipt` when no confirmed filing of the month has it, or, to be taken back, none
    /// that came back on paper; `claim/which-sending` when several have.
    pub fn returned_on_paper(&self, request: &PaperReturn) -> Result<Standing, Fault> {
        self.is_sender(&request.by)?;
        let reason = request.reason.clone();
        let (wanted, event) = match request.undo {
            false => (
                Place::Filed,
                Event::Returned {
                    reasons: vec![reason],
                    search_number: None,
                    processed: None,
                    paper: true,
                },
            ),
            true => (Place::Returned, Event::NotReturned { reason }),
        };
        let fits = |one: &Standing| one.place == wanted && (!request.undo || one.on_paper);
        let one = request.of.find(&*self.book()?, fits)?;
        let one = one.ok_or_else(|| missing(&request.of))?;
        let told = self
            .told(&one.filing, event, How::Reported, &request.by)
            .on(request.of.receipt);
        if request.dry_run {
            return Ok(one);
        }
        self.record(&self.fresh_id("on-paper"), None, &[told])?;
        let book = self.book()?;
        let now = book
            .receipts()
            .find(|now| now.filing == one.filing && now.receipt.number == one.receipt.number);
        Ok(now.unwrap_or(one))
    }
}
