//! What the rules ask of a receipt's repeated records again and again, read once.

use reseplug_model::{Date, Period, Yen};

use crate::cells::Cells;
use crate::payers::{PayerSet, PayerSlot};

/// Facts of the receipt under check. Kept and filled again for the next receipt.
#[derive(Debug, Default)]
pub(super) struct Facts<'a> {
    pub(super) charges: Vec<Charge<'a>>,
    pub(super) day_tables: Vec<DayTable>,
    pub(super) instructions: Vec<Instruction<'a>>,
    /// Payers present: HO and each KO.
    pub(super) payers: PayerSet,
    publics: usize,
}

/// KA 訪問看護療養費
#[derive(Debug)]
pub(super) struct Charge<'a> {
    pub(super) index: usize,
    pub(super) day: Option<Date>,
    pub(super) payers: Option<PayerSet>,
    pub(super) code: &'a str,
    pub(super) quantity: &'a [u8],
    pub(super) amount: Option<Yen>,
    /// Codes of 職種等.
    pub(super) staff: usize,
    pub(super) visits: Option<&'a str>,
    pub(super) instruction: Option<&'a str>,
}

/// JD 受診日等
#[derive(Debug)]
pub(super) struct DayTable {
    pub(super) index: usize,
    pub(super) payer: Option<PayerSlot>,
    /// Marked days, bit 0 the first of the month.
    pub(super) marked: u32,
    /// Days that count into 実日数 (code 1).
    pub(super) counted: u32,
}

/// HJ 訪問看護指示
#[derive(Debug)]
pub(super) struct Instruction<'a> {
    pub(super) index: usize,
    pub(super) kind: &'a str,
    pub(super) period: Period,
}

impl<'a> Facts<'a> {
    pub(super) fn clear(&mut self) {
        self.charges.clear();
        self.day_tables.clear();
        self.instructions.clear();
        self.payers = PayerSet::EMPTY;
        self.publics = 0;
    }

    pub(super) fn take(&mut self, letters: [u8; 2], index: usize, cells: &Cells<'a>) {
        match &letters {
            b"HO" => self.payers = self.payers.with(PayerSlot::INSURER),
            b"KO" => {
                if let Some(slot) = PayerSlot::public(self.publics) {
                    self.payers = self.payers.with(slot);
                }
                self.publics += 1;
            }
            b"JD" => self.day_tables.push(day_table(index, cells)),
            b"HJ" => {
                let day = |field| Date::from_compact(cells.raw(field));
                self.instructions.push(Instruction {
                    index,
                    kind: cells.ascii(2).unwrap_or_default(),
                    period: Period::new(day(3), day(4)),
                });
            }
            b"KA" => self.charges.push(Charge {
                index,
                day: Date::from_compact(cells.raw(2)),
                payers: cells.ascii(3).and_then(PayerSet::from_code),
                code: cells.ascii(4).unwrap_or_default(),
                quantity: cells.raw(5),
                amount: cells.ascii(6).and_then(|t| t.parse().ok()),
                staff: cells.raw(7).len().div_ceil(2),
                visits: cells.ascii(8),
                instruction: cells.ascii(9),
            }),
            _ => {}
        }
    }

    /// The first table of a payer.
    pub(super) fn days_of(&self, payer: PayerSlot) -> Option<&DayTable> {
        self.day_tables
            .iter()
            .find(|table| table.payer == Some(payer))
    }

    /// The charges a payer takes part in.
    pub(super) fn charges_of(&self, payer: PayerSlot) -> impl Iterator<Item = &Charge<'a>> {
        self.charges
            .iter()
            .filter(move |charge| charge.payers.is_some_and(|payers| payers.contains(payer)))
    }

    /// Sum of a payer's charges; `None` when an amount cannot be read.
    pub(super) fn total_of(&self, payer: PayerSlot) -> Option<Yen> {
        self.charges_of(payer)
            .try_fold(Yen::ZERO, |sum, charge| sum.checked_add(charge.amount?))
    }
}

fn day_table(index: usize, cells: &Cells<'_>) -> DayTable {
    let (mut marked, mut counted) = (0, 0);
    for (bit, field) in cells.iter().skip(2).take(31).enumerate() {
        match field {
            [] => continue,
            b"1" => counted |= 1 << bit,
            _ => {}
        }
        marked |= 1 << bit;
    }
    DayTable {
        index,
        payer: cells.ascii(2).and_then(PayerSlot::from_code),
        marked,
        counted,
    }
}
