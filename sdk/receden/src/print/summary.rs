//! Counts and totals of a month by kind of receipt.

use std::collections::BTreeMap;

use reseplug_model::{InsurerKind, Yen};

use crate::document::ClaimFile;
use crate::receipt::Receipt;
use crate::receipt_type::{PersonKind, System};

/// What a receipt counts as on the cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// 医保: 協会けんぽ, 組合, 共済 and the like.
    Employees,
    /// 国保
    NationalHealth,
    /// 後期高齢者医療
    Elderly,
    /// 公費 without insurance.
    PublicOnly,
    /// レセプト種別 or 保険者番号 cannot be read.
    Unreadable,
}

impl Kind {
    /// 医療保険, 国民健康保険, 後期高齢者医療, 公費単独.
    #[must_use]
    pub fn name_ja(self) -> &'static str {
        match self {
            Self::Employees => "医療保険",
            Self::NationalHealth => "国民健康保険",
            Self::Elderly => "後期高齢者医療",
            Self::PublicOnly => "公費（保険なし）",
            Self::Unreadable => "種別を読めないもの",
        }
    }
}

/// Receipts of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    /// Who pays first.
    pub kind: Kind,
    /// 公費 take part beside the first payer (併用).
    pub joint: bool,
    /// 本人, 家族 …; `None` where the type cannot be read.
    pub person: Option<PersonKind>,
    /// 件数.
    pub receipts: usize,
    /// 実日数 of the first payer, where it can be read.
    pub days: u64,
    /// 合計金額: the sum of the charges.
    pub total: Yen,
}

/// What one 公費 takes part in. These receipts are part of the groups, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicTotal {
    /// 法別番号, `？` where the number cannot be read.
    pub law: String,
    /// Records of it.
    pub receipts: usize,
    /// 合計金額 as recorded.
    pub total: Yen,
}

/// Counts and totals of a file. The groups add up to the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// By kind of receipt.
    pub groups: Vec<Group>,
    /// By 公費.
    pub public: Vec<PublicTotal>,
    /// All receipts.
    pub receipts: usize,
    /// Sum of all charges that can be read.
    pub total: Yen,
    /// Index from 0 of receipts with an amount that cannot be read: counted, and not in any total.
    pub without_total: Vec<usize>,
}

impl Summary {
    /// Adds up a file.
    #[must_use]
    pub fn of(file: &ClaimFile) -> Self {
        let mut groups: BTreeMap<(Kind, bool, Option<PersonKind>), Group> = BTreeMap::new();
        let mut public: BTreeMap<String, PublicTotal> = BTreeMap::new();
        let mut summary = Self {
            groups: Vec::new(),
            public: Vec::new(),
            receipts: 0,
            total: Yen::ZERO,
            without_total: Vec::new(),
        };
        for (index, receipt) in file.receipts().enumerate() {
            summary.receipts += 1;
            let (kind, joint, person) = kind_of(&receipt);
            let group = groups.entry((kind, joint, person)).or_insert(Group {
                kind,
                joint,
                person,
                receipts: 0,
                days: 0,
                total: Yen::ZERO,
            });
            group.receipts += 1;
            group.days += days_of(&receipt);
            // Both or neither, so that groups and whole stay equal.
            let sums = receipt.total().ok().and_then(|total| {
                let of_group = group.total.checked_add(total)?;
                Some((of_group, summary.total.checked_add(total)?))
            });
            match sums {
                Some((of_group, whole)) => (group.total, summary.total) = (of_group, whole),
                None => summary.without_total.push(index),
            }
            for expense in receipt.public_expenses() {
                let law = expense
                    .payer_number()
                    .map_or_else(|_| "？".to_owned(), |number| number.law_number().to_owned());
                let entry = public.entry(law.clone()).or_insert(PublicTotal {
                    law,
                    receipts: 0,
                    total: Yen::ZERO,
                });
                entry.receipts += 1;
                let recorded = expense.total().ok();
                if let Some(sum) = recorded.and_then(|yen| entry.total.checked_add(yen)) {
                    entry.total = sum;
                }
            }
        }
        summary.groups = groups.into_values().collect();
        summary.public = public.into_values().collect();
        summary
    }
}

fn kind_of(receipt: &Receipt<'_>) -> (Kind, bool, Option<PersonKind>) {
    let Ok(of) = receipt.receipt_type() else {
        return (Kind::Unreadable, false, None);
    };
    let kind = match of.system {
        System::Elderly => Kind::Elderly,
        System::PublicOnly => Kind::PublicOnly,
        System::Medical => match receipt.insurer().map(|insurer| insurer.number()) {
            Some(Ok(number)) => match number.kind() {
                InsurerKind::NationalHealth | InsurerKind::NationalHealthRetired => {
                    Kind::NationalHealth
                }
                _ => Kind::Employees,
            },
            _ => Kind::Unreadable,
        },
    };
    (kind, of.payers > 1, Some(of.person))
}

fn days_of(receipt: &Receipt<'_>) -> u64 {
    let days = match receipt.insurer() {
        Some(insurer) => insurer.days(),
        None => match receipt.public_expenses().next() {
            Some(expense) => expense.days(),
            None => return 0,
        },
    };
    days.map_or(0, u64::from)
}
