//! The filed receipt that a payer's file is about.

use crate::book::Book;
use crate::event::Event;
use crate::key::FilingKey;
use crate::receipt::{Place, Receipt, Standing};
use reseplug_model::{Month, Payer};

impl Book {
    /// The filed receipt that came back: it stands in the return file as it was filed. A return
    /// that was recorded before, by its 検索番号 and processing, is that one, whatever was filed since.
    pub fn find_returned(
        &self,
        payer: Payer,
        back: &Receipt,
        processed: Option<&str>,
    ) -> Option<(FilingKey, u32)> {
        let before = self.filings().iter().find_map(|filing| {
            filing.events.iter().find_map(|told| match &told.event {
                Event::Returned {
                    search_number: Some(number),
                    processed: at,
                    ..
                } if Some(number) == back.search_number.as_ref() && at.as_deref() == processed => {
                    Some((filing.key.clone(), told.receipt?))
                }
                _ => None,
            })
        });
        if before.is_some() {
            return before;
        }
        let fits: Vec<Standing> = self
            .receipts()
            .filter(|one| one.filing.payer == payer && !matches!(one.place, Place::NotSent))
            .filter(|one| one.receipt.overlaps(back))
            .collect();
        let filed: Vec<&Standing> = fits
            .iter()
            .filter(|one| matches!(one.place, Place::Filed | Place::Returned))
            .collect();
        let among: Vec<&Standing> = match filed.is_empty() {
            true => fits.iter().collect(),
            false => filed,
        };
        let exact = |one: &&&Standing| {
            one.receipt.total == back.total && one.receipt.insurer == back.insurer
        };
        let found = among.iter().rfind(exact).or_else(|| among.last())?;
        Some((found.filing.clone(), found.receipt.number))
    }

    /// The filing and receipt that a row of a payer's file is about: by 検索番号, by number within
    /// a filing, or by person and service month, where exactly one fits among the filed ones (the
    /// latest where the same was filed again).
    pub fn find(&self, wanted: &Wanted<'_>) -> Option<(FilingKey, u32)> {
        // What somebody said was cancelled may have been filed all the same.
        let rank = |one: &Standing| match one.place {
            Place::Filed | Place::Returned => Some(2),
            Place::Underway => Some(1),
            Place::Withdrawn if one.hearsay => Some(0),
            _ => None,
        };
        let mut fits: Vec<Standing> = self.receipts().filter(|one| wanted.fits(one)).collect();
        let best = fits.iter().filter_map(rank).max()?;
        fits.retain(|one| rank(one) == Some(best));
        let last = fits.last()?;
        // Without a payer, receipts of both may fit: nobody can tell whose it is.
        if fits.iter().any(|one| one.filing.payer != last.filing.payer) {
            return None;
        }
        // Parts of a divided receipt fit alike: the amount tells them apart, or nothing does.
        let alike = fits.iter().filter(|one| one.filing == last.filing).count();
        (alike == 1).then(|| (last.filing.clone(), last.receipt.number))
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
