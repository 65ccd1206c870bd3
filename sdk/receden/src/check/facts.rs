//! What the rules ask of a receipt's repeated records again and again, read once.

use reseplug_model::{Date, InsurerNumber, Month, Period, Yen};

use crate::cells::Cells;
use crate::edition::{Edition, RecordSpec, Trade, charge_code};
use crate::era::{day, month};
use crate::fields::Text;
use crate::payers::{PayerSet, PayerSlot};
use crate::receipt::ReFields;
use crate::receipt_type::ReceiptType;
use crate::record::RecordRef;

/// Facts of the receipt under check. Kept and filled again for the next receipt.
#[derive(Debug, Default)]
pub(super) struct Facts<'a> {
    pub(super) re: Re<'a>,
    pub(super) ho: Option<Ho<'a>>,
    pub(super) charges: Vec<Charge<'a>>,
    pub(super) day_tables: Vec<DayTable>,
    pub(super) instructions: Vec<Instruction<'a>>,
    pub(super) rj: Option<Rj<'a>>,
    /// Records that explain the charges: TJ, TZ, KS.
    pub(super) explaining: usize,
    /// CO コメント
    pub(super) comments: usize,
    /// Payers present: HO and each KO.
    pub(super) payers: PayerSet,
    /// Number of KO.
    pub(super) publics: usize,
}

/// RE レセプト共通; what cannot be read is as if it were not there.
#[derive(Debug, Default)]
pub(super) struct Re<'a> {
    pub(super) index: usize,
    pub(super) number: Option<u32>,
    pub(super) kind: Option<ReceiptType>,
    pub(super) month: Option<Month>,
    pub(super) birth: Option<Date>,
    pub(super) name: Option<Text<'a>>,
    pub(super) kana: Option<Text<'a>>,
    /// 給付割合 as recorded.
    pub(super) benefit: &'a [u8],
    /// レセプト特記 as recorded.
    pub(super) remarks: &'a [u8],
    /// 一部負担金区分 as recorded.
    pub(super) copay_kind: &'a [u8],
    /// 検索番号 as recorded.
    pub(super) search: &'a [u8],
}

/// The first HO 保険者.
#[derive(Debug)]
pub(super) struct Ho<'a> {
    pub(super) index: usize,
    /// 保険者番号 as recorded.
    pub(super) recorded: &'a [u8],
    pub(super) number: Option<InsurerNumber>,
    /// 記号 as recorded.
    pub(super) symbol: &'a [u8],
    /// 番号 as recorded.
    pub(super) card: &'a [u8],
    /// 実日数
    pub(super) days: Option<u8>,
    /// 合計金額
    pub(super) total: Option<Yen>,
}

/// KA 訪問看護療養費
#[derive(Debug, Clone, Copy)]
pub(super) struct Charge<'a> {
    pub(super) index: usize,
    pub(super) day: Option<Date>,
    pub(super) payers: Option<PayerSet>,
    pub(super) code: &'a [u8],
    /// The code, where it has the form of one.
    pub(super) number: Option<u32>,
    pub(super) quantity: &'a [u8],
    pub(super) amount: Option<Yen>,
    /// 職種等 as recorded.
    pub(super) staff: &'a [u8],
    /// 同日訪問回数; empty where there is none.
    pub(super) visits: &'a [u8],
    /// 指示区分; empty where there is none.
    pub(super) instruction: &'a [u8],
}

/// Charges in whose records nothing was found, by what stands behind their day. Most records of a month
/// are charges, and of these most differ from others in nothing but the day.
#[derive(Debug)]
pub(super) struct KnownCharges<'a>(Vec<Option<Known<'a>>>);

#[derive(Debug, Clone, Copy)]
struct Known<'a> {
    /// Which edition's KA it was judged by.
    spec: &'a RecordSpec,
    rest: &'a [u8],
    charge: Charge<'a>,
}

/// The day of a KA record and what stands behind it.
fn day_and_rest(record: RecordRef<'_>) -> Option<(Date, &[u8])> {
    let (day, rest) = record.bytes().strip_prefix(b"KA,")?.split_at_checked(8)?;
    Some((Date::from_compact(day)?, rest))
}

impl<'a> KnownCharges<'a> {
    pub(super) fn new() -> Self {
        Self(vec![None; 256])
    }

    fn slot(&mut self, rest: &[u8]) -> Option<&mut Option<Known<'a>>> {
        let mut hash = rest.len() as u64;
        let (words, odd) = rest.as_chunks::<8>();
        let mut last = [0; 8];
        for (slot, byte) in last.iter_mut().zip(odd) {
            *slot = *byte;
        }
        for word in words.iter().chain(std::iter::once(&last)) {
            hash = (hash ^ u64::from_le_bytes(*word)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            hash ^= hash >> 29;
        }
        let slots = self.0.len() as u64;
        self.0.get_mut(usize::try_from(hash % slots).unwrap_or(0))
    }

    /// The charge of a record, when all but its day was seen before and found good.
    pub(super) fn find(
        &mut self,
        spec: &RecordSpec,
        index: usize,
        record: RecordRef<'a>,
    ) -> Option<Charge<'a>> {
        let (day, rest) = day_and_rest(record)?;
        let known = (*self.slot(rest)?)?;
        (std::ptr::eq(known.spec, spec) && known.rest == rest).then_some(Charge {
            index,
            day: Some(day),
            ..known.charge
        })
    }

    /// Keeps a charge in whose record nothing was found.
    pub(super) fn keep(&mut self, spec: &'a RecordSpec, record: RecordRef<'a>, charge: Charge<'a>) {
        if let Some((_, rest)) = day_and_rest(record)
            && let Some(slot) = self.slot(rest)
        {
            *slot = Some(Known { spec, rest, charge });
        }
    }
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
    pub(super) kind: &'a [u8],
    pub(super) period: Period,
}

/// The first RJ 利用者情報; days as recorded.
#[derive(Debug)]
pub(super) struct Rj<'a> {
    pub(super) index: usize,
    /// 訪問開始, 場所２ and 場所３ 変更, 訪問終了, 死亡: field and text.
    pub(super) days: [(usize, &'a [u8]); 5],
    /// 利用者情報コード
    pub(super) codes: &'a [u8],
}

impl<'a> Facts<'a> {
    /// Begins another receipt with its RE record.
    pub(super) fn begin(&mut self, index: usize, cells: &Cells<'a>, trade: Trade) {
        let at = ReFields::of(trade);
        let old = trade == Trade::Medical;
        self.re = Re {
            index,
            number: Yen::from_digits(cells.raw(2)).and_then(|n| u32::try_from(n.0).ok()),
            kind: ReceiptType::of(cells.raw(3)),
            month: month(cells.raw(4), old),
            birth: day(cells.raw(at.birth), old),
            name: Text::of(cells.raw(at.name)),
            kana: Text::of(cells.raw(at.kana)),
            benefit: cells.raw(at.benefit),
            remarks: cells.raw(at.remarks),
            copay_kind: cells.raw(at.copay_kind),
            search: cells.raw(at.search),
        };
        self.ho = None;
        self.charges.clear();
        self.day_tables.clear();
        self.instructions.clear();
        self.rj = None;
        self.explaining = 0;
        self.comments = 0;
        self.payers = PayerSet::EMPTY;
        self.publics = 0;
    }

    pub(super) fn take(
        &mut self,
        edition: &Edition,
        letters: [u8; 2],
        index: usize,
        cells: &Cells<'a>,
    ) {
        match &letters {
            b"HO" => {
                self.payers = self.payers.with(PayerSlot::INSURER);
                self.ho.get_or_insert_with(|| Ho {
                    index,
                    recorded: cells.raw(2),
                    number: std::str::from_utf8(cells.raw(2))
                        .ok()
                        .and_then(|text| InsurerNumber::parse(text).ok()),
                    symbol: cells.raw(3),
                    card: cells.raw(4),
                    days: Yen::from_digits(cells.raw(5)).and_then(|n| u8::try_from(n.0).ok()),
                    total: Yen::from_digits(cells.raw(6)),
                });
            }
            b"KO" => {
                if let Some(slot) = PayerSlot::public(self.publics) {
                    self.payers = self.payers.with(slot);
                }
                self.publics += 1;
            }
            b"RJ" => {
                self.rj.get_or_insert_with(|| Rj {
                    index,
                    days: [2, 5, 8, 11, 15].map(|field| (field, cells.raw(field))),
                    codes: cells.raw(19),
                });
            }
            b"TJ" | b"TZ" | b"KS" => self.explaining += 1,
            b"CO" => self.comments += 1,
            b"JD" => self.day_tables.push(day_table(index, cells)),
            b"HJ" => {
                let day = |field| Date::from_compact(cells.raw(field));
                self.instructions.push(Instruction {
                    index,
                    kind: cells.raw(2),
                    period: Period::new(day(3), day(4)),
                });
            }
            b"KA" => self.charges.push(Charge {
                index,
                day: Date::from_compact(cells.raw(2)),
                payers: edition.burden_of(cells.raw(3)),
                code: cells.raw(4),
                number: charge_code(cells.raw(4)),
                quantity: cells.raw(5),
                amount: Yen::from_digits(cells.raw(6)),
                staff: cells.raw(7),
                visits: cells.raw(8),
                instruction: cells.raw(9),
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
        payer: PayerSlot::from_bytes(cells.raw(2)),
        marked,
        counted,
    }
}
