use std::ops::Range;

use reseplug_model::{BranchNumber, Date, Month, Payer, Sex, StationCode, Yen};

use crate::edition::Trade;
use crate::era::{day, month};
use crate::fields::{FieldError, FieldResult, Row, Text};
use crate::parts::{Charge, Confirmation, DayTable, Insurer, PublicExpense};
use crate::payers::{PayerSet, PayerSlot};
use crate::receipt_type::ReceiptType;
use crate::record::{Lines, RecordRef};

/// HM 訪問看護ステーション情報, in 医科 IR 医療機関情報 (or that of a return file).
#[derive(Debug, Clone, Copy)]
pub struct Header<'a>(Row<'a>);

impl<'a> Header<'a> {
    pub(crate) fn new(record: RecordRef<'a>) -> Self {
        Self(Row { record, line: 1 })
    }

    /// Place of a field from 名称 on; 医科 has one more in front of it.
    fn at(self, field: usize) -> usize {
        match self.0.record.id() {
            "IR" | "HI" => field + 1,
            _ => field,
        }
    }

    /// 審査支払機関
    pub fn payer(self) -> FieldResult<Payer> {
        self.0.need(2, "審査支払機関", |t| {
            Payer::from_code(t).ok_or("neither 1 nor 2")
        })
    }

    /// 都道府県, two digits.
    pub fn prefecture(self) -> FieldResult<Text<'a>> {
        self.0.need_text(3, "都道府県")
    }

    /// 訪問看護ステーションコード, in 医科 医療機関コード.
    pub fn station_code(self) -> FieldResult<StationCode> {
        self.0
            .need(5, "訪問看護ステーションコード", StationCode::parse)
    }

    /// 名称
    pub fn name(self) -> FieldResult<Text<'a>> {
        self.0.need_text(self.at(6), "名称")
    }

    /// 請求年月: the month of filing.
    pub fn claim_month(self) -> FieldResult<Month> {
        self.0.need(self.at(7), "請求年月", Month::parse_compact)
    }

    /// 電話番号
    pub fn phone(self) -> FieldResult<Option<Text<'a>>> {
        let field = match self.at(8) {
            8 => 8,
            // Behind the number of the volume.
            _ => 10,
        };
        self.0.text(field, "電話番号")
    }
}

/// Where the fields of RE stand that both trades have, from 1.
#[derive(Debug)]
pub(crate) struct ReFields {
    pub(crate) name: usize,
    pub(crate) kana: usize,
    pub(crate) sex: usize,
    pub(crate) birth: usize,
    pub(crate) benefit: usize,
    pub(crate) remarks: usize,
    pub(crate) copay_kind: usize,
    pub(crate) person_key: usize,
    pub(crate) search: usize,
}

impl ReFields {
    pub(crate) fn of(trade: Trade) -> &'static Self {
        match trade {
            Trade::Nursing => &Self {
                name: 5,
                kana: 6,
                sex: 7,
                birth: 8,
                benefit: 11,
                remarks: 12,
                copay_kind: 13,
                person_key: 14,
                search: 15,
            },
            Trade::Medical => &Self {
                name: 5,
                kana: 37,
                sex: 6,
                birth: 7,
                benefit: 8,
                remarks: 12,
                copay_kind: 11,
                person_key: 14,
                search: 19,
            },
        }
    }
}

/// The records a receipt may hold, by id, in the order of the specification.
const KINDS: [[u8; 2]; 17] = [
    *b"RE", *b"HO", *b"KO", *b"SN", *b"JD", *b"MF", *b"GI", *b"IH", *b"HJ", *b"JS", *b"SY", *b"RJ",
    *b"TJ", *b"TZ", *b"KS", *b"CO", *b"KA",
];

/// Where the records of one id stand in a receipt.
#[derive(Debug, Clone, Copy, Default)]
struct Kind {
    /// Byte and number of the first one, counted from the receipt's RE.
    first: (usize, usize),
    count: usize,
}

/// One receipt (明細書): a typed view that borrows from the file.
///
/// Every accessor reads its field anew and says what is wrong with it; a malformed field spoils
/// nothing else, and none allocates for what it reads. The service month is the receipt's own, so
/// late receipts (月遅れ) in the same file are read as what they are.
#[derive(Debug, Clone)]
pub struct Receipt<'a> {
    bytes: &'a [u8],
    /// Index of the RE record in the file, and of its first byte.
    start: (usize, usize),
    count: usize,
    kinds: [Kind; KINDS.len()],
    trade: Trade,
}

/// A piece of a file.
#[derive(Debug, Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "one at a time passes through an iterator, none is kept"
)]
pub(crate) enum Part<'a> {
    /// A record outside of receipts, with its index in the file.
    Outside(usize, RecordRef<'a>),
    Receipt(Receipt<'a>),
}

/// The receipts of a run of whole records, and what stands between them.
#[derive(Debug, Clone)]
pub(crate) struct Parts<'a> {
    rest: &'a [u8],
    /// Index and byte in the file of what comes next.
    at: (usize, usize),
    trade: Trade,
}

impl<'a> Parts<'a> {
    pub(crate) fn of(bytes: &'a [u8], index: usize, byte: usize, trade: Trade) -> Self {
        Self {
            rest: bytes,
            at: (index, byte),
            trade,
        }
    }

    fn skip(&mut self, records: usize, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
        self.at = (self.at.0 + records, self.at.1 + bytes);
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        let first = Lines::of(self.rest).next()?;
        if first.letters() != Some(*b"RE") {
            let index = self.at.0;
            self.skip(1, first.size());
            return Some(Part::Outside(index, first));
        }
        let mut kinds = [Kind::default(); KINDS.len()];
        let (mut count, mut bytes) = (0, 0);
        // Records mostly come in the order of the kinds: the search begins where the last ended.
        let mut near = 0;
        for record in Lines::of(self.rest) {
            let letters = record.letters();
            match letters.as_ref() {
                Some(b"GO" | b"HG" | b"HM" | b"HH" | b"IR" | b"HI") => break,
                Some(b"RE") if count > 0 => break,
                _ => {}
            }
            let known = letters.and_then(|letters| {
                (near..KINDS.len())
                    .chain(0..near)
                    .find(|n| KINDS.get(*n) == Some(&letters))
            });
            if let Some(kind) = known.and_then(|n| kinds.get_mut(n)) {
                if kind.count == 0 {
                    kind.first = (bytes, count);
                }
                kind.count += 1;
            }
            near = known.unwrap_or(near);
            count += 1;
            bytes += record.size();
        }
        let receipt = Receipt {
            bytes: self.rest.get(..bytes).unwrap_or_default(),
            start: self.at,
            count,
            kinds,
            trade: self.trade,
        };
        self.skip(count, bytes);
        Some(Part::Receipt(receipt))
    }
}

impl<'a> Receipt<'a> {
    /// The receipt's bytes in the file, line ends included.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Position of its first byte in the file, from 0.
    #[must_use]
    pub fn byte(&self) -> usize {
        self.start.1
    }

    /// Record indexes in the file, from the RE record on.
    #[must_use]
    pub fn record_range(&self) -> Range<usize> {
        self.start.0..self.start.0 + self.count
    }

    /// First and last line in the file, from 1.
    #[must_use]
    pub fn lines(&self) -> (usize, usize) {
        (self.start.0 + 1, self.start.0 + self.count)
    }

    /// The receipt's records with their index in the file.
    pub fn records(&self) -> impl Iterator<Item = (usize, RecordRef<'a>)> + use<'a> {
        (self.start.0..).zip(Lines::of(self.bytes))
    }

    /// The records of one id with their index in the file.
    pub fn records_of<'i>(
        &self,
        id: &'i str,
    ) -> impl Iterator<Item = (usize, RecordRef<'a>)> + use<'a, 'i> {
        let kind = KINDS
            .iter()
            .position(|known| known.as_slice() == id.as_bytes())
            .and_then(|n| self.kinds.get(n));
        let (byte, number, count) = match kind {
            Some(kind) => (kind.first.0, kind.first.1, kind.count),
            None => (0, 0, usize::MAX),
        };
        let from = self.bytes.get(byte..).unwrap_or_default();
        (self.start.0 + number..)
            .zip(Lines::of(if count == 0 { &[] } else { from }))
            .filter(move |(_, record)| record.is(id))
            .take(count)
    }

    fn rows(&self, id: &'static str) -> impl Iterator<Item = Row<'a>> + use<'a> {
        self.records_of(id).map(|(index, record)| Row {
            record,
            line: index + 1,
        })
    }

    /// Whose receipt it is.
    #[must_use]
    pub fn trade(&self) -> Trade {
        self.trade
    }

    fn at(&self) -> &'static ReFields {
        ReFields::of(self.trade)
    }

    fn re(&self) -> FieldResult<Row<'a>> {
        self.rows("RE").next().ok_or_else(|| FieldError {
            record: "RE".to_owned(),
            line: self.start.0 + 1,
            field: 1,
            name_ja: "レセプト共通レコード",
            reason: "the record is missing".to_owned(),
        })
    }

    /// レセプト番号
    pub fn number(&self) -> FieldResult<u32> {
        self.re()?.need(2, "レセプト番号", str::parse::<u32>)
    }

    /// レセプト種別, decoded.
    pub fn receipt_type(&self) -> FieldResult<ReceiptType> {
        self.re()?
            .need(3, "レセプト種別", str::parse::<ReceiptType>)
    }

    /// 指定訪問看護年月
    pub fn service_month(&self) -> FieldResult<Month> {
        let old = self.trade == Trade::Medical;
        self.re()?.need(4, "指定訪問看護年月", |text| {
            month(text.as_bytes(), old).map_or_else(|| Month::parse_compact(text), Ok)
        })
    }

    /// 氏名
    pub fn name(&self) -> FieldResult<Text<'a>> {
        self.re()?.need_text(self.at().name, "氏名")
    }

    /// カタカナ（氏名）
    pub fn kana(&self) -> FieldResult<Option<Text<'a>>> {
        self.re()?.text(self.at().kana, "カタカナ（氏名）")
    }

    /// 男女区分
    pub fn sex(&self) -> FieldResult<Sex> {
        Ok(Sex::from_code(
            &self.re()?.need_text(self.at().sex, "男女区分")?.decode(),
        ))
    }

    /// 生年月日
    pub fn birth_date(&self) -> FieldResult<Date> {
        let old = self.trade == Trade::Medical;
        self.re()?.need(self.at().birth, "生年月日", |text| {
            day(text.as_bytes(), old).map_or_else(|| Date::parse_compact(text), Ok)
        })
    }

    /// 給付割合 in percent (国保 only).
    pub fn benefit_percent(&self) -> FieldResult<Option<u32>> {
        self.re()?
            .parse(self.at().benefit, "給付割合", str::parse::<u32>)
    }

    /// レセプト特記: codes of 別表6.
    pub fn remarks(&self) -> FieldResult<impl Iterator<Item = &'a str> + use<'a>> {
        Ok(self.re()?.code_list(self.at().remarks, 2))
    }

    /// 一部負担金区分 (別表7)
    pub fn copay_kind(&self) -> FieldResult<Option<Text<'a>>> {
        self.re()?.text(self.at().copay_kind, "一部負担金区分")
    }

    /// 訪問看護記録番号等: the product's own identifier of the person.
    pub fn person_key(&self) -> FieldResult<Option<Text<'a>>> {
        self.re()?.text(self.at().person_key, "訪問看護記録番号等")
    }

    /// 検索番号: written by the payer into a returned receipt. Present means re-filing.
    pub fn search_number(&self) -> FieldResult<Option<Text<'a>>> {
        self.re()?.text(self.at().search, "検索番号")
    }

    /// The insurer; `None` for 公費 alone.
    #[must_use]
    pub fn insurer(&self) -> Option<Insurer<'a>> {
        self.rows("HO").next().map(Insurer)
    }

    /// The 公費 in recorded order, at most four in a valid file.
    pub fn public_expenses(&self) -> impl Iterator<Item = PublicExpense<'a>> + use<'a> {
        self.rows("KO")
            .enumerate()
            .map(|(position, row)| PublicExpense { row, position })
    }

    /// 資格確認 records.
    pub fn confirmations(&self) -> impl Iterator<Item = Confirmation<'a>> + use<'a> {
        self.rows("SN").map(Confirmation)
    }

    /// 枝番 of the insurer's 資格確認 record; `None` where there is none.
    pub fn branch(&self) -> FieldResult<Option<BranchNumber>> {
        match self
            .confirmations()
            .find(|sn| sn.payer() == Some(PayerSlot::INSURER))
        {
            Some(confirmation) => confirmation.branch(),
            None => Ok(None),
        }
    }

    /// 受診日等 records.
    pub fn day_tables(&self) -> impl Iterator<Item = DayTable<'a>> + use<'a> {
        self.rows("JD").map(DayTable)
    }

    /// 窓口負担額区分 of the MF records (別表26).
    pub fn copay_tables(&self) -> impl Iterator<Item = (usize, &'a str)> + use<'a> {
        self.rows("MF")
            .map(|row| (row.line, row.record.ascii(2).unwrap_or_default()))
    }

    /// The charges (訪問看護療養費) in recorded order.
    pub fn charges(&self) -> impl Iterator<Item = Charge<'a>> + use<'a> {
        self.rows("KA").map(Charge)
    }

    /// Distinct days with a charge, ascending.
    pub fn charge_days(&self) -> FieldResult<Vec<Date>> {
        let mut days = self
            .charges()
            .map(|charge| charge.date())
            .collect::<FieldResult<Vec<_>>>()?;
        days.sort_unstable();
        days.dedup();
        Ok(days)
    }

    /// 合計金額 over the receipt: the sum of its charges.
    pub fn total(&self) -> FieldResult<Yen> {
        self.sum(|_| true)
    }

    /// Sum of the charges that a payer takes part in.
    pub fn total_of(&self, payer: PayerSlot) -> FieldResult<Yen> {
        self.sum(|payers| payers.contains(payer))
    }

    fn sum(&self, wanted: impl Fn(PayerSet) -> bool) -> FieldResult<Yen> {
        let mut total = Yen::ZERO;
        for charge in self.charges() {
            if wanted(charge.payers().unwrap_or_default()) {
                total = total.checked_add(charge.amount()?).ok_or_else(|| {
                    charge
                        .0
                        .error(6, "金額", "the sum of the amounts is too large")
                })?;
            }
        }
        Ok(total)
    }

    /// The payers present on the receipt: HO and each KO.
    #[must_use]
    pub fn payers(&self) -> PayerSet {
        let publics = (0..self.rows("KO").count())
            .filter_map(PayerSlot::public)
            .collect::<PayerSet>();
        if self.insurer().is_some() {
            publics.with(PayerSlot::INSURER)
        } else {
            publics
        }
    }
}
