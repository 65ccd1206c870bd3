//! Receipts that wait across months, and those that a person gives up.

use super::record::receipts_of;
use crate::host::Host;
use reseplug_claims::{Book, Event, Filing, How, Kind, Late, Place, Recorded, Why};
use reseplug_effect::{Fault, jst};
use reseplug_model::{Month, Payer};
use std::collections::{BTreeMap, BTreeSet};

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
        self.late_of(&*self.book()?)
    }

    /// The same, of a book that was read already. What was approved and had not left when its month
    /// closed waits, too. What was refused (for the hours, say) and may still be sent this month does
    /// not: it is no more late than what was only approved.
    pub(crate) fn late_of(&self, book: &Book) -> Result<Vec<Late>, Fault> {
        let mut late = book.late();
        let (calendar, now) = (self.calendar(), self.now());
        late.retain(|one| {
            let not_sent = matches!(
                one.why,
                Why::Place {
                    place: Place::NotSent
                }
            );
            let open = calendar
                .closes(one.payer, one.since)
                .is_some_and(|at| now < at);
            let left = !book
                .standing_of(one.since, one.payer, Kind::Claim)
                .is_empty();
            !(not_sent && open && !left)
        });
        let mut approved: BTreeMap<(Month, Payer), &str> = BTreeMap::new();
        for told in book.beside() {
            if let Event::Approved { sha256, .. } = &told.event {
                approved.insert((told.month, told.payer), sha256);
            }
        }
        for ((month, payer), sha256) in approved {
            let sendings = book.sendings(month, payer, Kind::Claim);
            // All of it left, and is told by its filing.
            let whole = |filing: &&Filing| filing.key.sha256 == *sha256 && !filing.is_unread();
            if sendings.iter().any(whole) {
                continue;
            }
            let closed = calendar.closes(payer, month).is_none_or(|at| at <= now);
            if !closed {
                // What waits and was approved with it is on its way.
                if late.iter().any(|one| one.payer == payer) {
                    let approved = receipts_of("RECEIPTH.UKE", &self.bytes(sha256)?)?;
                    let own = late.iter_mut().filter(|one| one.payer == payer);
                    for one in own.filter(|one| one.since < month) {
                        let with = approved.iter().any(|other| other.overlaps(&one.receipt));
                        one.approved_in = with.then_some(month);
                    }
                }
                continue;
            }
            for receipt in receipts_of("RECEIPTH.UKE", &self.bytes(sha256)?)? {
                // What left is told by its filing, also where this approval came after it.
                let left = sendings
                    .iter()
                    .any(|one| one.receipts.iter().any(|sent| sent.overlaps(&receipt)));
                let listed = late.iter().any(|one| one.receipt.overlaps(&receipt));
                if left || listed || book.is_settled(&receipt, month) {
                    continue;
                }
                late.push(Late {
                    id: format!("{month}/{}/approved#{}", payer.code(), receipt.number),
                    receipt,
                    since: month,
                    payer,
                    filing: None,
                    source: Some(sha256.to_owned()),
                    why: Why::Place {
                        place: Place::NotSent,
                    },
                    returned_for: Vec::new(),
                    on_paper: false,
                    approved_in: None,
                });
            }
        }
        late.sort_by(|a, b| {
            (a.receipt.service_month, &a.id).cmp(&(b.receipt.service_month, &b.id))
        });
        Ok(late)
    }

    /// Records that a named person gives receipts up: they no longer stand in the list of those that
    /// wait.
    ///
    /// # Errors
    /// `claim/unknown-late` when an id is not in the list.
    pub fn drop_late(&self, request: &DropRequest) -> Result<Vec<Late>, Fault> {
        let all = self.late()?;
        let mut dropped = Vec::new();
        for id in unique(&request.ids) {
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
            .map(|one| {
                let event = Event::Dropped {
                    id: one.id.clone(),
                    receipt: Box::new(one.receipt.clone()),
                    reason: request.reason.clone(),
                };
                let at = jst(self.now());
                Recorded {
                    source: one.source.clone(),
                    ..Recorded::beside(
                        one.since,
                        one.payer,
                        event,
                        How::Reported,
                        request.by.as_str(),
                        at,
                    )
                }
            })
            .collect();
        self.record(&self.fresh_id("drop"), None, &events)?;
        Ok(dropped)
    }

    /// Takes such a decision back: the receipts wait again, unless they are filed. Answers with what was
    /// decided.
    ///
    /// # Errors
    /// `claim/not-dropped` when an id was not given up.
    pub fn resume_dropped(&self, request: &DropRequest) -> Result<Vec<Recorded>, Fault> {
        let book = self.book()?;
        let mut resumed: Vec<Recorded> = Vec::new();
        for wanted in unique(&request.ids) {
            let same = |told: &&Recorded| matches!(&told.event, Event::Dropped { id, .. } if *id == *wanted);
            let one = book.dropped().filter(same).last().ok_or_else(|| {
                let there: Vec<String> = book
                    .dropped()
                    .filter_map(|told| match &told.event {
                        Event::Dropped { id, .. } => Some(id.clone()),
                        _ => None,
                    })
                    .collect();
                let (ja, en) = match there.is_empty() {
                    true => ("ありません".to_owned(), "none".to_owned()),
                    false => {
                        let there = crate::check::shortened(&there);
                        (there.clone(), there)
                    }
                };
                Fault::new(
                    "claim/not-dropped",
                    format!("「{wanted}」は、請求しないと決めたレセプトではありません（決めてあるもの: {ja}）。何も記録していません。"),
                    format!("`{wanted}` was not given up (given up: {en}); nothing was recorded"),
                )
            })?;
            resumed.push(one.clone());
        }
        if request.dry_run {
            return Ok(resumed);
        }
        let at = jst(self.now());
        let events: Vec<Recorded> = resumed
            .iter()
            .zip(unique(&request.ids))
            .map(|(one, id)| {
                let event = Event::Resumed {
                    id: id.clone(),
                    reason: request.reason.clone(),
                };
                let by = request.by.as_str();
                Recorded::beside(one.month, one.payer, event, How::Reported, by, at.as_str())
            })
            .collect();
        self.record(&self.fresh_id("resume"), None, &events)?;
        Ok(resumed)
    }
}

/// Each id once, in the order in which they were named.
fn unique(ids: &[String]) -> Vec<&String> {
    let mut seen = BTreeSet::new();
    ids.iter().filter(|id| seen.insert(*id)).collect()
}
