//! Payments against what was filed, receipt by receipt.

use crate::book::Book;
use crate::event::{Event, Recorded};
use crate::key::{FilingKey, Kind};
use crate::receipt::{Place, Standing, Totals};
use reseplug_model::{Month, Payer};
use serde::{Deserialize, Serialize};

/// How a filed receipt and what was paid go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Settled {
    /// Paid, and not more than what was filed less 査定.
    Paid,
    /// More was paid than was filed less 査定.
    TooMuch,
    /// Came back, and nothing was paid.
    Returned,
    /// Came back, and yet something was paid.
    ReturnedYetPaid,
    /// The payer's file has rows by receipt and none for this one.
    NoRow,
    /// Nobody has told amounts by receipt.
    Unknown,
}

impl Settled {
    /// What staff read.
    pub fn name_ja(self) -> &'static str {
        match self {
            Self::Paid => "支払あり",
            Self::TooMuch => "支払額が、請求額に増減点を加えた額を超えています",
            Self::Returned => "返戻（支払なし）",
            Self::ReturnedYetPaid => "返戻なのに支払があります",
            Self::NoRow => "支払の行がありません",
            Self::Unknown => "レセプトごとの金額は不明",
        }
    }

    /// The same in English.
    pub fn name_en(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::TooMuch => "more was paid than was filed and adjusted",
            Self::Returned => "returned, not paid",
            Self::ReturnedYetPaid => "returned, and yet paid",
            Self::NoRow => "no row of a payment",
            Self::Unknown => "amount by receipt not known",
        }
    }

    /// Whether a person should look.
    pub fn needs_person(self) -> bool {
        matches!(self, Self::TooMuch | Self::ReturnedYetPaid | Self::NoRow)
    }
}

/// A filed receipt, and how it and what was paid go together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettledReceipt {
    /// Where it stands.
    #[serde(flatten)]
    pub standing: Standing,
    /// How it is settled.
    pub settled: Settled,
}

/// What a month brought from one payer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// 請求年月
    pub month: Month,
    /// 審査支払機関
    pub payer: Payer,
    /// Receipts filed and their yen.
    pub filed: Totals,
    /// Of these, returned.
    pub returned: Totals,
    /// 査定 and 再審査, yen.
    pub adjusted: i64,
    /// 振込額 as told; absent where none was.
    pub paid: Option<u64>,
    /// Sum of the amounts told by receipt.
    pub paid_by_receipt: Option<u64>,
    /// Each filed receipt.
    pub receipts: Vec<SettledReceipt>,
    /// Rows that fit no receipt here.
    pub strangers: Vec<serde_json::Value>,
    /// Sendings of the month whose receipts nobody here knows: they are in none of the sums.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<FilingKey>,
}

impl Settlement {
    /// Whether more was paid than was filed, less what came back and 査定.
    pub fn paid_too_much(&self) -> bool {
        let most = self
            .filed
            .total
            .saturating_sub(self.returned.total)
            .saturating_add_signed(self.adjusted);
        self.paid.is_some_and(|paid| paid > most)
    }

    /// Whether a person should look: a receipt, a stranger, or sums that differ.
    pub fn needs_person(&self) -> bool {
        self.receipts.iter().any(|one| one.settled.needs_person())
            || !self.strangers.is_empty()
            || self.paid_too_much()
            || !self.unread.is_empty()
            || matches!((self.paid, self.paid_by_receipt), (Some(all), Some(rows)) if all != rows)
    }
}

impl Book {
    /// What was filed in a month with a payer beside what was paid for it. The share that the
    /// insurer pays is not known here, so a payment below the filed amount is no difference.
    pub fn settlement(&self, month: Month, payer: Payer) -> Settlement {
        let of_month = |told: &&Recorded| told.month == month && told.payer == payer;
        let payments: Vec<u64> = self
            .beside()
            .iter()
            .filter(of_month)
            .filter_map(|told| match &told.event {
                Event::Payment { amount, .. } => Some(*amount),
                _ => None,
            })
            .collect();
        let strangers = self
            .strangers()
            .filter(of_month)
            .filter_map(|told| match &told.event {
                Event::Stranger { row } => Some(row.clone()),
                _ => None,
            })
            .collect();
        let own: Vec<Standing> = self
            .receipts()
            .filter(|one| {
                (one.filing.month, one.filing.payer, one.filing.kind) == (month, payer, Kind::Claim)
                    && matches!(one.place, Place::Filed | Place::Returned)
            })
            .collect();
        let told = own.iter().any(|one| one.paid.is_some());
        let mut all = Settlement {
            month,
            payer,
            filed: Totals::default(),
            returned: Totals::default(),
            adjusted: 0,
            paid: payments
                .iter()
                .copied()
                .reduce(u64::saturating_add)
                .filter(|_| !payments.is_empty()),
            paid_by_receipt: told.then_some(0),
            receipts: Vec::new(),
            strangers,
            unread: self
                .unread()
                .map(|filing| filing.key.clone())
                .filter(|key| (key.month, key.payer) == (month, payer))
                .collect(),
        };
        for one in own {
            add(&mut all.filed, one.receipt.total);
            all.adjusted = all.adjusted.saturating_add(one.adjusted);
            if one.place == Place::Returned {
                add(&mut all.returned, one.receipt.total);
            }
            if let (Some(sum), Some(paid)) = (&mut all.paid_by_receipt, one.paid) {
                *sum = sum.saturating_add(paid);
            }
            let most = one.receipt.total.saturating_add_signed(one.adjusted);
            let how = match (one.place, one.paid) {
                (Place::Returned, None | Some(0)) => Settled::Returned,
                (Place::Returned, Some(_)) => Settled::ReturnedYetPaid,
                (_, Some(paid)) if paid > most => Settled::TooMuch,
                (_, Some(_)) => Settled::Paid,
                (_, None) if told => Settled::NoRow,
                (_, None) => Settled::Unknown,
            };
            all.receipts.push(SettledReceipt {
                standing: one,
                settled: how,
            });
        }
        all
    }
}

fn add(sum: &mut Totals, yen: u64) {
    sum.receipts = sum.receipts.saturating_add(1);
    sum.total = sum.total.saturating_add(yen);
}
