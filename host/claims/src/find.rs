//! The filed receipt that a payer's file is about.

use crate::book::Book;
use crate::event::Event;
use crate::filing::{Channel, Filing};
use crate::key::FilingKey;
use crate::receipt::{Place, Receipt, Standing};
use reseplug_model::{Month, Payer};

impl Book {
    /// How surely a receipt was filed, or nothing where it was not. What a gateway has, it tells itself;
    /// what was handed over may have been sent although nobody said so, but not before its month, and a
    /// payer answers in the month after at the earliest.
    fn rank(&self, one: &Standing, came: Option<Month>) -> Option<u8> {
        if matches!(one.place, Place::Filed | Place::Returned) {
            return Some(2);
        }
        let possible =
            came.is_none_or(|came| one.filing.month < came) && self.left_by(one, Channel::Handover);
        match one.place {
            Place::Underway if possible => Some(1),
            // What somebody said was cancelled may have been filed all the same.
            Place::Withdrawn if possible && one.hearsay => Some(0),
            _ => None,
        }
    }

    fn left_by(&self, one: &Standing, channel: Channel) -> bool {
        let filing = self.filing(&one.filing);
        filing.is_some_and(|filing| filing.channel == channel)
    }

    /// Whether a gateway has a receipt in a sending of which nobody knows yet how it ended: it may be that
    /// which was filed.
    fn is_open_there(&self, receipt: &Receipt, may_be: impl Fn(&Standing) -> bool) -> bool {
        self.receipts().any(|one| {
            one.place == Place::Underway
                && one.receipt.overlaps(receipt)
                && self.left_by(&one, Channel::Gateway)
                && may_be(&one)
        })
    }

    /// The filed receipt that came back, in a file that came in that month: it stands in the return file
    /// as it was filed. A return that was recorded before, by its 検索番号 and processing, is that one,
    /// whatever was filed since.
    pub fn find_returned(
        &self,
        payer: Payer,
        back: &Receipt,
        processed: Option<Month>,
        came: Month,
    ) -> Option<(FilingKey, u32)> {
        let before = self.recorded_return(payer, back, processed);
        if before.is_some() {
            return before;
        }
        let left_out = |one: &Standing| {
            matches!(one.place, Place::LeftOut(_)) && self.left_by(one, Channel::Handover)
        };
        // One that was processed before a month was filed is none of that month.
        let rank = |one: &Standing| match self.rank(one, Some(came)) {
            None if left_out(one) => Some(0),
            perhaps => perhaps,
        };
        let possible = |one: &Standing| processed.is_none_or(|at| one.filing.month <= at);
        let fits: Vec<Standing> = self
            .receipts()
            .filter(|one| one.filing.payer == payer && one.receipt.overlaps(back))
            .filter(possible)
            .collect();
        let best = fits.iter().filter_map(rank).max()?;
        let mut among: Vec<&Standing> = fits.iter().filter(|one| rank(one) == Some(best)).collect();
        by_search_number(&mut among, back, processed);
        let exact = |one: &&&Standing| {
            one.receipt.total == back.total && one.receipt.insurer == back.insurer
        };
        let found = among.iter().rfind(exact).or_else(|| among.last())?;
        let there =
            |one: &Standing| one.filing.payer == payer && one.filing.month < came && possible(one);
        if best < 2 && self.is_open_there(&found.receipt, there) {
            return None;
        }
        Some((found.filing.clone(), found.receipt.number))
    }

    /// The filed receipt of which this very return, by its 検索番号 and processing, is on record.
    fn recorded_return(
        &self,
        payer: Payer,
        back: &Receipt,
        processed: Option<Month>,
    ) -> Option<(FilingKey, u32)> {
        let wanted = back.search_number.as_ref()?;
        let processed = processed.map(|month| month.to_string());
        let own = |filing: &&Filing| filing.key.payer == payer;
        self.filings().iter().filter(own).find_map(|filing| {
            let same = |number: &u32| {
                let mut receipts = filing.receipts.iter();
                receipts.any(|one| one.number == *number && one.overlaps(back))
            };
            let number = filing.events.iter().find_map(|told| match &told.event {
                Event::Returned {
                    search_number,
                    processed: at,
                    ..
                } if search_number.as_ref() == Some(wanted) && *at == processed => {
                    told.receipt.filter(same)
                }
                _ => None,
            })?;
            Some((filing.key.clone(), number))
        })
    }

    /// The filing and receipt that a row of a payer's file is about: by 検索番号, by number within
    /// a filing, or by person and service month, where exactly one fits among the filed ones (the
    /// latest where the same was filed again).
    pub fn find(&self, wanted: &Wanted<'_>) -> Option<(FilingKey, u32)> {
        let rank = |one: &Standing| self.rank(one, wanted.came);
        let mut fits: Vec<Standing> = self.receipts().filter(|one| wanted.fits(one)).collect();
        let best = fits.iter().filter_map(rank).max()?;
        fits.retain(|one| rank(one) == Some(best));
        let last = fits.last()?;
        let there = |one: &Standing| {
            one.filing.payer == last.filing.payer
                && wanted
                    .claim_month
                    .is_none_or(|month| one.filing.month == month)
                && wanted.came.is_none_or(|came| one.filing.month < came)
        };
        if best < 2 && self.is_open_there(&last.receipt, there) {
            return None;
        }
        // Without a payer, receipts of both may fit: nobody can tell whose it is.
        if fits.iter().any(|one| one.filing.payer != last.filing.payer) {
            return None;
        }
        // Parts of a divided receipt fit alike: the amount tells them apart, or nothing does.
        let alike = fits.iter().filter(|one| one.filing == last.filing).count();
        (alike == 1).then(|| (last.filing.clone(), last.receipt.number))
    }
}

/// Leaves those of a return's candidates that it can be, by its 検索番号.
fn by_search_number(among: &mut Vec<&Standing>, back: &Receipt, processed: Option<Month>) {
    // The one that carries the return's 検索番号 was filed again because of it, so that it is another
    // one that came back; alone, it may have come back once more, but in a later month.
    let again = |one: &&Standing| {
        let number = one.receipt.search_number.as_ref();
        number.is_some() && number == back.search_number.as_ref()
    };
    // What has come back with that number before does not come back with it anew.
    let had = |one: &&Standing| {
        one.search_number.as_ref() == back.search_number.as_ref()
            && one.place == Place::Returned
            && back.search_number.is_some()
    };
    if among.iter().all(again) {
        among.retain(|one| processed.is_some_and(|at| one.filing.month < at));
    } else if !among.iter().filter(|one| !again(one)).all(had) {
        among.retain(|one| !again(one));
    } else if among.iter().any(again) {
        among.retain(again);
    }
}

/// What a row of a payer's file says of the receipt it is about.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// 審査支払機関
    pub payer: Option<Payer>,
    /// 請求年月 under which it was filed.
    pub claim_month: Option<Month>,
    /// レセプト番号 in the filed document.
    pub number: Option<u32>,
    /// 訪問看護記録番号等
    pub person_key: Option<&'a str>,
    /// 氏名
    pub name: Option<&'a str>,
    /// 指定訪問看護年月
    pub service_month: Option<Month>,
    /// 合計金額 as filed.
    pub total: Option<u64>,
    /// The month in which the file came.
    pub came: Option<Month>,
}

impl Wanted<'_> {
    fn fits(&self, one: &Standing) -> bool {
        let receipt = &one.receipt;
        let says = self.person_key.is_some()
            || self.name.is_some()
            || (self.number.is_some() && self.claim_month.is_some());
        let key = match (self.person_key, receipt.person_key.as_deref()) {
            (Some(said), Some(own)) => said == own,
            (Some(_), None) => self.name.is_some(),
            (None, _) => true,
        };
        says && key
            && self.payer.is_none_or(|p| p == one.filing.payer)
            && self.claim_month.is_none_or(|m| m == one.filing.month)
            && self
                .service_month
                .is_none_or(|m| m == receipt.service_month)
            && self.total.is_none_or(|t| t == receipt.total)
            && self
                .number
                .is_none_or(|n| self.claim_month.is_none() || n == receipt.number)
            && self.name.is_none_or(|name| receipt.is_named(name))
    }
}
