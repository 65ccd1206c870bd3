use std::ops::Range;

use reseplug_model::{BranchNumber, Date, Month, Payer, Sex, StationCode, Yen};

use crate::document::ClaimFile;
use crate::fields::{FieldError, FieldResult, Row};
use crate::parts::{Charge, Confirmation, DayTable, Insurer, PublicExpense};
use crate::payers::{PayerSet, PayerSlot};
use crate::receipt_type::ReceiptType;
use crate::record::Record;

/// HM 訪問看護ステーション情報 (or `HH` of a return file).
#[derive(Debug, Clone, Copy)]
pub struct Header<'a>(Row<'a>);

impl<'a> Header<'a> {
    pub(crate) fn new(record: &'a Record) -> Self {
        Self(Row { record, line: 1 })
    }

    /// 審査支払機関
    pub fn payer(self) -> FieldResult<Payer> {
        self.0.need(2, "審査支払機関", |t| {
            Payer::from_code(t).ok_or("neither 1 nor 2")
        })
    }

    /// 都道府県, two digits.
    pub fn prefecture(self) -> FieldResult<String> {
        self.0.need_text(3, "都道府県")
    }

    /// 訪問看護ステーションコード
    pub fn station_code(self) -> FieldResult<StationCode> {
        self.0
            .need(5, "訪問看護ステーションコード", StationCode::parse)
    }

    /// 名称
    pub fn name(self) -> FieldResult<String> {
        self.0.need_text(6, "名称")
    }

    /// 請求年月: the month of filing.
    pub fn claim_month(self) -> FieldResult<Month> {
        self.0.need(7, "請求年月", Month::parse_compact)
    }

    /// 電話番号
    pub fn phone(self) -> FieldResult<Option<String>> {
        self.0.text(8, "電話番号")
    }
}

/// One receipt (明細書): a typed view that borrows from the file.
///
/// Every accessor reads its field anew and says what is wrong with it; a malformed field spoils
/// nothing else. The service month is the receipt's own, so late receipts (月遅れ) in the same file are
/// read as what they are.
#[derive(Debug, Clone)]
pub struct Receipt<'a> {
    file: &'a ClaimFile,
    range: Range<usize>,
}

impl<'a> Receipt<'a> {
    pub(crate) fn new(file: &'a ClaimFile, range: Range<usize>) -> Self {
        Self { file, range }
    }

    /// Record indexes in the file, from the RE record on.
    #[must_use]
    pub fn record_range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// First and last line in the file, from 1.
    #[must_use]
    pub fn lines(&self) -> (usize, usize) {
        (self.range.start + 1, self.range.end)
    }

    /// The receipt's records with their index in the file.
    pub fn records(&self) -> impl Iterator<Item = (usize, &'a Record)> + use<'a> {
        let records = self
            .file
            .records()
            .get(self.range.clone())
            .unwrap_or_default();
        let start = self.range.start;
        records
            .iter()
            .enumerate()
            .map(move |(offset, record)| (start + offset, record))
    }

    /// The records of one id with their index in the file.
    pub fn records_of<'i>(
        &self,
        id: &'i str,
    ) -> impl Iterator<Item = (usize, &'a Record)> + use<'a, 'i> {
        self.records().filter(move |(_, record)| record.id() == id)
    }

    fn rows(&self, id: &'static str) -> impl Iterator<Item = Row<'a>> + use<'a> {
        self.records_of(id).map(|(index, record)| Row {
            record,
            line: index + 1,
        })
    }

    fn re(&self) -> FieldResult<Row<'a>> {
        self.rows("RE").next().ok_or_else(|| FieldError {
            record: "RE".to_owned(),
            line: self.range.start + 1,
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
        self.re()?.need(4, "指定訪問看護年月", Month::parse_compact)
    }

    /// 氏名
    pub fn name(&self) -> FieldResult<String> {
        self.re()?.need_text(5, "氏名")
    }

    /// カタカナ（氏名）
    pub fn kana(&self) -> FieldResult<Option<String>> {
        self.re()?.text(6, "カタカナ（氏名）")
    }

    /// 男女区分
    pub fn sex(&self) -> FieldResult<Sex> {
        Ok(Sex::from_code(&self.re()?.need_text(7, "男女区分")?))
    }

    /// 生年月日
    pub fn birth_date(&self) -> FieldResult<Date> {
        self.re()?.need(8, "生年月日", Date::parse_compact)
    }

    /// 給付割合 in percent (国保 only).
    pub fn benefit_percent(&self) -> FieldResult<Option<u32>> {
        self.re()?.parse(11, "給付割合", str::parse::<u32>)
    }

    /// レセプト特記: codes of 別表6.
    pub fn remarks(&self) -> FieldResult<Vec<&'a str>> {
        Ok(self.re()?.code_list(12, 2))
    }

    /// 一部負担金区分 (別表7)
    pub fn copay_kind(&self) -> FieldResult<Option<String>> {
        self.re()?.text(13, "一部負担金区分")
    }

    /// 訪問看護記録番号等: the product's own identifier of the person.
    pub fn person_key(&self) -> FieldResult<Option<String>> {
        self.re()?.text(14, "訪問看護記録番号等")
    }

    /// 検索番号: written by the payer into a returned receipt. Present means re-filing.
    pub fn search_number(&self) -> FieldResult<Option<String>> {
        self.re()?.text(15, "検索番号")
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
