//! All claims of a station: which receipts are filed, wait, came back, or would be filed twice.

use crate::event::{Event, How, Recorded};
use crate::filing::{Channel, Filing, Stage};
use crate::key::{FilingKey, Kind};
use crate::receipt::{Place, Receipt, Standing};
use reseplug_model::{Month, Payer};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What a submission of the other side is to a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation<'b> {
    /// This filing.
    Known(&'b Filing),
    /// The other side took the key of this filing once more: left alone, it would be filed twice.
    Twin(&'b Filing),
    /// The book lacks it.
    Unknown,
}

/// Months that a book without any sending asks about, before the one that is filed: files are kept
/// by the official side for three months.
const LOOK_BACK: usize = 3;

/// Months beyond which nobody asks, so that a receipt with a wrong year does not ask for ever.
const FARTHEST: usize = 24;

/// Every filing of a station, and what is recorded beside them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Book {
    /// In the order in which they were begun.
    filings: Vec<Filing>,
    /// What is about no filing: approvals, held receipts, payments.
    beside: Vec<Recorded>,
    /// What was read from files that were brought in by mistake, in the order of recording.
    retracted: Vec<Recorded>,
}

/// A receipt that stands as claimed already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duplicate {
    /// The receipt that would be claimed again.
    pub receipt: Receipt,
    /// The one that stands.
    pub standing: Standing,
}

impl Book {
    /// Puts filings, in the order in which they were begun, and events, in the order of recording,
    /// together.
    pub fn new(filings: Vec<Filing>, events: Vec<Recorded>) -> Self {
        Self {
            filings,
            ..Self::default()
        }
        .with(events)
    }

    /// Adds what was recorded since.
    pub fn with(mut self, events: Vec<Recorded>) -> Self {
        let at: BTreeMap<FilingKey, usize> = self
            .filings
            .iter()
            .enumerate()
            .map(|(at, filing)| (filing.key.clone(), at))
            .collect();
        for told in events {
            if let Event::Retracted { sha256, .. } = &told.event {
                self.retract(sha256);
            }
            let at = told.filing.as_ref().and_then(|key| at.get(key));
            match at.and_then(|at| self.filings.get_mut(*at)) {
                Some(filing) => filing.events.push(told),
                None => self.beside.push(told),
            }
        }
        self
    }

    /// What was read from a file until now counts no more; what is read from it later does.
    fn retract(&mut self, sha256: &str) {
        let read = |told: &mut Recorded| {
            told.how == How::Imported && told.source.as_deref() == Some(sha256)
        };
        for filing in &mut self.filings {
            self.retracted.extend(filing.events.extract_if(.., read));
        }
        self.retracted.extend(self.beside.extract_if(.., read));
    }

    /// The same with other filings: those that are here keep what was recorded of them.
    pub fn regrouped(self, regroup: impl FnOnce(Vec<Filing>) -> Vec<Filing>) -> Self {
        Self {
            filings: regroup(self.filings),
            ..self
        }
    }

    /// What was read from a file that was brought in, and counts.
    pub fn read_from<'b>(&'b self, sha256: &'b str) -> impl Iterator<Item = &'b Recorded> {
        self.filings
            .iter()
            .flat_map(|filing| &filing.events)
            .chain(&self.beside)
            .filter(move |told| told.how == How::Imported && told.source.as_deref() == Some(sha256))
    }

    /// The files from which something that counts was read, by SHA-256.
    pub fn counted_sources(&self) -> BTreeSet<&str> {
        let filed = self.filings.iter().flat_map(|filing| &filing.events);
        filed
            .chain(&self.beside)
            .filter_map(|told| told.source.as_deref())
            .collect()
    }

    /// The files that were taken back as brought in by mistake, by SHA-256.
    pub fn retracted_sources(&self) -> BTreeSet<&str> {
        self.retracted
            .iter()
            .filter_map(|told| told.source.as_deref())
            .collect()
    }

    /// All filings, oldest first.
    pub fn filings(&self) -> &[Filing] {
        &self.filings
    }

    /// One filing.
    pub fn filing(&self, key: &FilingKey) -> Option<&Filing> {
        self.filings.iter().find(|filing| filing.key == *key)
    }

    /// What is recorded about no filing, in the order of recording.
    pub fn beside(&self) -> &[Recorded] {
        &self.beside
    }

    /// Rows of the payers' files that fit no receipt, and still fit none since.
    pub fn strangers(&self) -> impl Iterator<Item = &Recorded> {
        self.beside.iter().filter(|told| {
            let Event::Stranger { row } = &told.event else {
                return false;
            };
            let tied = |later: &Recorded| {
                later.source == told.source
                    && matches!(&later.event, Event::Tied { row: same } if same == row)
            };
            !self.beside.iter().any(tied)
        })
    }

    /// What a submission of the other side is to this book, by its key and the other side's reference.
    pub fn relation(&self, key: &FilingKey, reference: &str) -> Relation<'_> {
        let over_gateway = |filing: &&Filing| filing.channel == Channel::Gateway;
        let mut own = self.filings.iter().filter(over_gateway);
        if let Some(known) = own.find(|filing| filing.reference() == Some(reference)) {
            return Relation::Known(known);
        }
        match self.filing(key).filter(over_gateway) {
            Some(filing) if filing.reference().is_some() => Relation::Twin(filing),
            _ => Relation::Unknown,
        }
    }

    /// The key under which a submission that is not known is entered: its own, unless something else
    /// that left stands under it here.
    pub fn key_to_enter(&self, key: &FilingKey) -> FilingKey {
        // A number is one sending's, whatever that held.
        let sendings = self.sendings(key.month, key.payer, key.kind);
        let mut same = sendings
            .iter()
            .filter(|filing| filing.key.sequence == key.sequence);
        let free = same.all(|filing| {
            filing.key == *key
                && (filing.stage() == Stage::Released
                    || (filing.channel == Channel::Gateway && filing.reference().is_none()))
        });
        let sequence = match free {
            true => key.sequence,
            false => self.next_sequence(key.month, key.payer, key.kind),
        };
        FilingKey {
            sequence,
            ..key.clone()
        }
    }

    /// Months with sendings over a gateway of which nobody knows whether they arrived, ascending.
    pub fn months_in_doubt(&self) -> BTreeSet<Month> {
        let unsure = |filing: &&Filing| {
            filing.channel == Channel::Gateway
                && matches!(filing.stage(), Stage::Begun | Stage::InDoubt)
        };
        let all = self.filings.iter().filter(unsure);
        all.map(|filing| filing.key.month).collect()
    }

    /// Filings that were entered from what the other side has and of which nobody was told yet.
    pub fn untold(&self) -> impl Iterator<Item = &Filing> {
        self.filings.iter().filter(|filing| filing.is_untold())
    }

    /// Filings that stand and whose receipts nobody here knows.
    pub fn unread(&self) -> impl Iterator<Item = &Filing> {
        self.filings.iter().filter(|filing| filing.is_unread())
    }

    /// Whether something that is recorded was read from a file that does not count any more.
    pub fn is_retracted_event(&self, told: &Recorded) -> bool {
        self.retracted.iter().any(|one| std::ptr::eq(one, told))
    }

    /// Everything recorded about a 請求年月, by filing and then beside them.
    pub fn history(&self, month: Month, payer: Option<Payer>) -> Vec<&Recorded> {
        let mut all: Vec<&Recorded> = self
            .filings
            .iter()
            .flat_map(|filing| &filing.events)
            .chain(&self.beside)
            .chain(&self.retracted)
            .filter(|told| told.month == month && payer.is_none_or(|p| p == told.payer))
            .collect();
        all.sort_by(|a, b| a.at.cmp(&b.at));
        all
    }

    /// The sendings of a month to a payer, oldest first.
    pub fn sendings(&self, month: Month, payer: Payer, kind: Kind) -> Vec<&Filing> {
        let own = |filing: &&Filing| {
            (filing.key.month, filing.key.payer, filing.key.kind) == (month, payer, kind)
        };
        self.filings.iter().filter(own).collect()
    }

    /// The sequence number of the next sending.
    pub fn next_sequence(&self, month: Month, payer: Payer, kind: Kind) -> u32 {
        let last = self.sendings(month, payer, kind);
        let last = last.iter().map(|filing| filing.key.sequence).max();
        last.unwrap_or(0).saturating_add(1)
    }

    /// The sendings of a month that count: they left, or may have, and were not taken back.
    pub fn standing_of(&self, month: Month, payer: Payer, kind: Kind) -> Vec<&Filing> {
        let mut sendings = self.sendings(month, payer, kind);
        sendings.retain(|filing| !filing.stage().is_gone());
        sendings
    }

    /// The months, ascending, in which the other side may have sendings to that payer that this book
    /// lacks, up to one: from the last one it knows on, and from the first in which a receipt that is to
    /// leave could have been filed, which is the one after its 指定訪問看護年月. A book that knows nothing
    /// looks [`LOOK_BACK`] months back.
    pub fn months_to_ask(&self, payer: Payer, upto: Month, receipts: &[Receipt]) -> Vec<Month> {
        let known = self
            .filings
            .iter()
            // Of what was handed over nobody could be asked, so it says nothing of the months before.
            .filter(|filing| filing.channel == Channel::Gateway && !filing.is_trial())
            .filter(|filing| filing.key.payer == payer)
            .map(|filing| filing.key.month)
            .filter(|month| *month <= upto)
            .max();
        let back = |count: usize| {
            let before = |month: &Month| month.previous();
            std::iter::successors(Some(upto), before)
                .take(count.saturating_add(1))
                .last()
        };
        let possible = receipts
            .iter()
            .filter_map(|receipt| receipt.service_month.next())
            .min();
        let from = [known.or_else(|| back(LOOK_BACK)), possible]
            .into_iter()
            .flatten()
            .chain([upto])
            .min()
            .max(back(FARTHEST));
        std::iter::successors(from, |month| month.next())
            .take_while(|month| *month <= upto)
            .collect()
    }

    /// Sendings that nobody can compare with a leaving file: their receipts are not known, and one of
    /// the file's could be among them. Another sending of the same month to the same payer is told
    /// anyway.
    pub fn unread_before(&self, leaving: &FilingKey, receipts: &[Receipt]) -> Vec<&Filing> {
        let possible = |month: Month| receipts.iter().any(|one| one.service_month < month);
        let same = |key: &FilingKey| (key.month, key.payer) == (leaving.month, leaving.payer);
        self.unread()
            .filter(|one| one.key.month <= leaving.month && possible(one.key.month))
            .filter(|one| !same(&one.key))
            .collect()
    }

    /// Each receipt of a filing and what became of it.
    pub(crate) fn standings(filing: &Filing) -> impl Iterator<Item = Standing> + '_ {
        let (stage, hearsay) = (filing.stage(), filing.is_hearsay());
        let worst = filing.filed_up_to();
        filing.receipts.iter().map(move |receipt| {
            let verdict = filing.verdict(receipt.number);
            let place = match stage {
                Stage::Released => Place::NotSent,
                Stage::Withdrawn => Place::Withdrawn,
                Stage::Confirmed | Stage::Acknowledged => match worst {
                    Some(worst) if verdict > worst => Place::LeftOut(verdict),
                    _ => Place::Filed,
                },
                _ => Place::Underway,
            };
            Self::standing(filing, receipt, place, hearsay)
        })
    }

    /// A receipt of a filing, and what events of its own made of it.
    fn standing(filing: &Filing, receipt: &Receipt, place: Place, hearsay: bool) -> Standing {
        let mut standing = Standing {
            filing: filing.key.clone(),
            receipt: receipt.clone(),
            place,
            hearsay,
            returned_for: Vec::new(),
            search_number: None,
            on_paper: false,
            given_up: None,
            take_down_asked: false,
            adjusted: 0,
            in_review: false,
            paid: None,
        };
        let mut asked = false;
        for told in &filing.events {
            if let Event::TakeDownAsked { receipts, .. } = &told.event
                && receipts.contains(&receipt.number)
            {
                asked = true;
                standing.take_down_asked = true;
            }
            if told.receipt != Some(receipt.number) {
                continue;
            }
            match &told.event {
                Event::Returned {
                    reasons,
                    search_number,
                    paper,
                    ..
                } => {
                    standing.place = Place::Returned;
                    standing.take_down_asked = false;
                    standing.hearsay = told.how == How::Reported;
                    standing.returned_for.clone_from(reasons);
                    standing.search_number.clone_from(search_number);
                    standing.on_paper = *paper;
                }
                Event::NotReturned { .. } => {
                    standing.place = place;
                    standing.take_down_asked = asked;
                    standing.hearsay = hearsay;
                    standing.returned_for.clear();
                    standing.search_number = None;
                    standing.on_paper = false;
                }
                Event::Adjusted { change, .. } => {
                    standing.adjusted = standing.adjusted.saturating_add(*change);
                }
                Event::ReviewAsked { .. } => standing.in_review = true,
                Event::ReviewDecided { change, .. } => {
                    standing.in_review = false;
                    standing.adjusted = standing.adjusted.saturating_add(*change);
                }
                // In parts, perhaps: each file says what it brought.
                Event::Paid { amount } => {
                    standing.paid = Some(standing.paid.unwrap_or(0).saturating_add(*amount));
                }
                _ => {}
            }
        }
        standing
    }

    /// Every receipt of every 請求 (no 確認試験), by filing.
    pub fn receipts(&self) -> impl Iterator<Item = Standing> + '_ {
        self.filings
            .iter()
            .filter(|filing| !filing.is_trial())
            .flat_map(Self::standings)
            .map(|mut one| {
                if !one.place.stands() {
                    one.given_up = self.given_up(&one.receipt, one.filing.month);
                }
                one
            })
    }

    /// Whether a receipt came back on paper, so that it is filed again on paper.
    pub fn came_back_on_paper(&self, receipt: &Receipt) -> bool {
        self.receipts().any(|one| {
            one.on_paper && one.place == Place::Returned && one.receipt.overlaps(receipt)
        })
    }

    /// Why a receipt was given up in that month or later, unless that was taken back since.
    pub fn given_up(&self, receipt: &Receipt, since: Month) -> Option<String> {
        self.beside.iter().rev().find_map(|told| match &told.event {
            Event::Dropped {
                receipt: other,
                reason,
                ..
            } if told.month >= since && other.overlaps(receipt) && !self.is_resumed(told) => {
                Some(reason.clone())
            }
            _ => None,
        })
    }

    /// Whether the decision to give a receipt up was taken back.
    pub(crate) fn is_resumed(&self, dropped: &Recorded) -> bool {
        let Event::Dropped { id, .. } = &dropped.event else {
            return false;
        };
        let after = self
            .beside
            .iter()
            .skip_while(|told| !std::ptr::eq(*told, dropped));
        // An id names another receipt once a month was approved anew: what is taken back is what was
        // decided last under it.
        let mut since = 0usize;
        for told in after.skip(1) {
            match &told.event {
                Event::Dropped { id: same, .. } if same == id => since = since.saturating_add(1),
                Event::Resumed { id: same, .. } if same == id => match since.checked_sub(1) {
                    Some(left) => since = left,
                    None => return true,
                },
                _ => {}
            }
        }
        false
    }

    /// Receipts that were given up and stay so, by the id under which they waited, and why.
    pub fn dropped(&self) -> impl Iterator<Item = &Recorded> {
        self.beside
            .iter()
            .filter(|told| matches!(told.event, Event::Dropped { .. }) && !self.is_resumed(told))
    }

    /// Which of these receipts stand as claimed already, in another filing than `except`.
    pub fn duplicates(&self, candidates: &[Receipt], except: Option<&FilingKey>) -> Vec<Duplicate> {
        let standing: Vec<Standing> = self
            .receipts()
            .filter(|one| Some(&one.filing) != except && one.place.stands())
            .collect();
        candidates
            .iter()
            .filter_map(|receipt| {
                let twice = standing.iter().find(|one| one.receipt.overlaps(receipt))?;
                Some(Duplicate {
                    receipt: receipt.clone(),
                    standing: twice.clone(),
                })
            })
            .collect()
    }

    /// Whether a receipt stands as claimed.
    pub fn is_claimed(&self, receipt: &Receipt) -> bool {
        self.receipts()
            .any(|one| one.place.stands() && one.receipt.overlaps(receipt))
    }

    /// Whether a receipt stands as claimed, or was given up in this month or later.
    pub fn is_settled(&self, receipt: &Receipt, since: Month) -> bool {
        self.is_claimed(receipt) || self.given_up(receipt, since).is_some()
    }

    /// Sendings of earlier months of which nobody knows how they ended: neither confirmed nor taken
    /// back, or told in two ways.
    pub fn open_before(&self, month: Month) -> Vec<&Filing> {
        let open = |filing: &&Filing| {
            let stage = filing.stage();
            let ended = stage.is_gone() || stage.is_filed();
            filing.key.month < month
                && !filing.is_trial()
                && (!ended || filing.contradiction().is_some())
        };
        self.filings.iter().filter(open).collect()
    }

    /// Receipts that are claimed twice as things stand: pairs of two filings.
    pub fn claimed_twice(&self) -> Vec<(Standing, Standing)> {
        // Only receipts of one service month can be the same, so years of them are no more work each.
        let mut of_month: BTreeMap<Month, Vec<Standing>> = BTreeMap::new();
        let mut twice = Vec::new();
        for other in self.receipts().filter(|one| one.place.stands()) {
            let before = of_month.entry(other.receipt.service_month).or_default();
            let alike = before
                .iter()
                .filter(|one| one.receipt.overlaps(&other.receipt));
            twice.extend(alike.map(|one| (one.clone(), other.clone())));
            before.push(other);
        }
        twice
    }

    /// Those of [`Book::claimed_twice`] that one of both filings is of this month, and this payer
    /// where one is named.
    pub fn claimed_twice_in(
        &self,
        month: Month,
        payer: Option<Payer>,
    ) -> Vec<(Standing, Standing)> {
        let of = |one: &Standing| {
            one.filing.month == month && payer.is_none_or(|p| p == one.filing.payer)
        };
        let mut twice = self.claimed_twice();
        twice.retain(|(one, other)| of(one) || of(other));
        twice
    }
}
