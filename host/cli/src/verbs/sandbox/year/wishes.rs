//! What staff wanted to file, and when nothing kept it from leaving. Pure.
//!
//! The record behind *missed*: a receipt that the product listed without a mistake, that staff did
//! not hold, and that was to leave at a moment at which the window was open, the other side was up,
//! the certificate good, and no fault struck between staff's first command and their last. It has to
//! be filed in that month unless staff took the sending back afterwards, or wanted it no more.

use jiff::Timestamp;
use reseplug_model::{Month, Payer};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A receipt of a payer's month: person and 指定訪問看護年月.
pub(super) type Own = (String, Month);

/// Why a receipt was expected to be filed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Because {
    /// It was approved and nothing kept it from leaving.
    NothingInTheWay,
    /// Nothing stood against its approval, and it was refused.
    ApprovalRefused,
    /// A later month that put everything in was sent, and it still waits.
    PassedOver,
    /// The product produced it, and the program neither filed nor names it.
    NotNamed,
}

/// A receipt that has to be filed, since when, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) month: Month,
    pub(super) payer: Payer,
    pub(super) own: Own,
    pub(super) because: Because,
    pub(super) at: Timestamp,
}

#[derive(Debug, Clone, Default)]
struct Wish {
    wanted: BTreeSet<Own>,
    chances: BTreeMap<Own, (Timestamp, Because)>,
}

/// Everything that a station's staff wanted to file.
#[derive(Debug, Clone, Default)]
pub(super) struct Wishes(BTreeMap<(Month, Payer), Wish>);

impl Wishes {
    /// Staff ask for the approval of these receipts, which stand in place of what they wanted before.
    pub(super) fn want(&mut self, month: Month, payer: Payer, wanted: BTreeSet<Own>) {
        self.0.entry((month, payer)).or_default().wanted = wanted;
    }

    /// What they asked for was approved: that an approval was refused before is past.
    pub(super) fn approved(&mut self, month: Month) {
        for (_, wish) in self.0.iter_mut().filter(|((of, _), _)| *of == month) {
            wish.chances
                .retain(|_, (_, because)| *because != Because::ApprovalRefused);
        }
    }

    /// Nothing kept what they want now from leaving.
    pub(super) fn chance(&mut self, month: Month, payer: Payer, at: Timestamp, because: Because) {
        if let Some(wish) = self.0.get_mut(&(month, payer)) {
            for own in &wish.wanted {
                wish.chances.entry(own.clone()).or_insert((at, because));
            }
        }
    }

    /// Staff took back what was sent, or tried to: what was a chance before says nothing any more.
    pub(super) fn taken_back(&mut self, month: Month, payer: Payer) {
        if let Some(wish) = self.0.get_mut(&(month, payer)) {
            wish.chances.clear();
        }
    }

    /// What has to be filed: wanted to the end, with a chance since it was last taken back.
    pub(super) fn due(&self) -> impl Iterator<Item = Due> {
        self.0.iter().flat_map(|((month, payer), wish)| {
            wish.chances
                .iter()
                .filter(|(own, _)| wish.wanted.contains(*own))
                .map(|(own, (at, because))| Due {
                    month: *month,
                    payer: *payer,
                    own: own.clone(),
                    because: *because,
                    at: *at,
                })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month() -> Month {
        Month::new(2024, 11).unwrap()
    }

    fn own(person: &str) -> Own {
        (person.to_owned(), Month::new(2024, 10).unwrap())
    }

    fn wishes(people: &[&str]) -> Wishes {
        let mut wishes = Wishes::default();
        let wanted = people.iter().map(|person| own(person)).collect();
        wishes.want(month(), Payer::SocialInsuranceFund, wanted);
        wishes
    }

    fn chance(wishes: &mut Wishes, because: Because) {
        let at = Timestamp::UNIX_EPOCH;
        wishes.chance(month(), Payer::SocialInsuranceFund, at, because);
    }

    fn due(wishes: &Wishes) -> Vec<String> {
        wishes.due().map(|due| due.own.0).collect()
    }

    #[test]
    fn what_is_wanted_is_due_once_nothing_is_in_its_way() {
        let mut wishes = wishes(&["P1", "P2"]);
        assert!(due(&wishes).is_empty());
        chance(&mut wishes, Because::NothingInTheWay);
        assert_eq!(due(&wishes), ["P1", "P2"]);
    }

    #[test]
    fn what_staff_hold_or_take_back_afterwards_is_not_due() {
        let mut wishes = wishes(&["P1", "P2"]);
        chance(&mut wishes, Because::NothingInTheWay);
        let fewer = [own("P2")].into();
        wishes.want(month(), Payer::SocialInsuranceFund, fewer);
        assert_eq!(due(&wishes), ["P2"]);
        wishes.taken_back(month(), Payer::NationalHealthFederation);
        assert_eq!(due(&wishes), ["P2"]);
        wishes.taken_back(month(), Payer::SocialInsuranceFund);
        assert!(due(&wishes).is_empty());
        // Sent again, it is due again.
        chance(&mut wishes, Because::NothingInTheWay);
        assert_eq!(due(&wishes), ["P2"]);
    }

    #[test]
    fn a_refused_approval_counts_until_there_is_one() {
        let mut wishes = wishes(&["P1"]);
        chance(&mut wishes, Because::ApprovalRefused);
        assert_eq!(due(&wishes), ["P1"]);
        wishes.approved(month());
        assert!(due(&wishes).is_empty());
    }
}
