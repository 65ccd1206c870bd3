use reseplug_model::{BranchNumber, Date, InsurerNumber, PublicPayerNumber, RecipientNumber, Yen};

use crate::fields::{FieldResult, Row, Text};
use crate::payers::{PayerSet, PayerSlot};
use crate::record::RecordRef;

fn days(text: &str) -> Result<u8, std::num::ParseIntError> {
    text.parse()
}

/// HO 保険者
#[derive(Debug, Clone, Copy)]
pub struct Insurer<'a>(pub(crate) Row<'a>);

impl<'a> Insurer<'a> {
    /// Line in the file, from 1.
    #[must_use]
    pub fn line(self) -> usize {
        self.0.line
    }

    /// 保険者番号 without its padding.
    pub fn number(self) -> FieldResult<InsurerNumber> {
        self.0.need(2, "保険者番号", InsurerNumber::parse)
    }

    /// 記号; `None` where the card has none.
    pub fn symbol(self) -> FieldResult<Option<Text<'a>>> {
        self.0.text(3, "記号")
    }

    /// 番号 or 被保険者番号, as written.
    pub fn card_number(self) -> FieldResult<Text<'a>> {
        self.0.need_text(4, "番号")
    }

    /// 実日数
    pub fn days(self) -> FieldResult<u8> {
        self.0.need(5, "実日数", days)
    }

    /// 合計金額
    pub fn total(self) -> FieldResult<Yen> {
        self.0.need(6, "合計金額", str::parse::<Yen>)
    }

    /// 一部負担金額
    pub fn copay(self) -> FieldResult<Option<Yen>> {
        self.0.parse(9, "一部負担金額", str::parse::<Yen>)
    }

    /// The record itself.
    #[must_use]
    pub fn record(self) -> RecordRef<'a> {
        self.0.record
    }
}

/// KO 公費
#[derive(Debug, Clone, Copy)]
pub struct PublicExpense<'a> {
    pub(crate) row: Row<'a>,
    pub(crate) position: usize,
}

impl<'a> PublicExpense<'a> {
    /// Line in the file, from 1.
    #[must_use]
    pub fn line(self) -> usize {
        self.row.line
    }

    /// 第１公費 … 第４公費; `None` for a fifth, which no file may hold.
    #[must_use]
    pub fn slot(self) -> Option<PayerSlot> {
        PayerSlot::public(self.position)
    }

    /// 負担者番号
    pub fn payer_number(self) -> FieldResult<PublicPayerNumber> {
        self.row.need(2, "負担者番号", PublicPayerNumber::parse)
    }

    /// 受給者番号; absent for 法別30.
    pub fn recipient_number(self) -> FieldResult<Option<RecipientNumber>> {
        self.row.parse(3, "受給者番号", RecipientNumber::parse)
    }

    /// 実日数
    pub fn days(self) -> FieldResult<u8> {
        self.row.need(5, "実日数", days)
    }

    /// 合計金額
    pub fn total(self) -> FieldResult<Yen> {
        self.row.need(6, "合計金額", str::parse::<Yen>)
    }

    /// 一部負担金額
    pub fn copay(self) -> FieldResult<Option<Yen>> {
        self.row.parse(7, "一部負担金額", str::parse::<Yen>)
    }

    /// The record itself.
    #[must_use]
    pub fn record(self) -> RecordRef<'a> {
        self.row.record
    }
}

/// SN 資格確認
#[derive(Debug, Clone, Copy)]
pub struct Confirmation<'a>(pub(crate) Row<'a>);

impl<'a> Confirmation<'a> {
    /// Line in the file, from 1.
    #[must_use]
    pub fn line(self) -> usize {
        self.0.line
    }

    /// 負担者種別; `None` when the code is none of 1–5.
    #[must_use]
    pub fn payer(self) -> Option<PayerSlot> {
        PayerSlot::from_code(self.0.record.ascii(2).unwrap_or_default())
    }

    /// 確認区分 (別表24): a station writes `01` only.
    pub fn kind(self) -> FieldResult<Text<'a>> {
        self.0.need_text(3, "確認区分")
    }

    /// 枝番
    pub fn branch(self) -> FieldResult<Option<BranchNumber>> {
        self.0.parse(7, "枝番", BranchNumber::parse)
    }
}

/// JD 受診日等: one payer's days of the month.
#[derive(Debug, Clone, Copy)]
pub struct DayTable<'a>(pub(crate) Row<'a>);

impl<'a> DayTable<'a> {
    /// Line in the file, from 1.
    #[must_use]
    pub fn line(self) -> usize {
        self.0.line
    }

    /// 負担者種別; `None` when the code is none of 1–5.
    #[must_use]
    pub fn payer(self) -> Option<PayerSlot> {
        PayerSlot::from_code(self.0.record.ascii(2).unwrap_or_default())
    }

    /// Marked days of the month (1–31) with whether they count into 実日数 (code 1).
    pub fn days(self) -> impl Iterator<Item = (u8, bool)> + use<'a> {
        self.0
            .record
            .fields()
            .skip(2)
            .take(31)
            .zip(1u8..)
            .filter(|(code, _)| !code.is_empty())
            .map(|(code, day)| (day, code == b"1"))
    }
}

/// KA 訪問看護療養費
#[derive(Debug, Clone, Copy)]
pub struct Charge<'a>(pub(crate) Row<'a>);

impl<'a> Charge<'a> {
    /// Line in the file, from 1.
    #[must_use]
    pub fn line(self) -> usize {
        self.0.line
    }

    /// 算定年月日
    pub fn date(self) -> FieldResult<Date> {
        self.0.need(2, "算定年月日", Date::parse_compact)
    }

    /// 負担区分 decoded to the payers it stands for; `None` for an unknown code.
    #[must_use]
    pub fn payers(self) -> Option<PayerSet> {
        PayerSet::from_code(self.0.record.ascii(3).unwrap_or_default())
    }

    /// 訪問看護療養費コード, nine digits.
    #[must_use]
    pub fn code(self) -> &'a str {
        self.0.record.ascii(4).unwrap_or_default()
    }

    /// 数量データ as recorded.
    #[must_use]
    pub fn quantity(self) -> Option<&'a str> {
        self.0.record.ascii(5)
    }

    /// 金額
    pub fn amount(self) -> FieldResult<Yen> {
        self.0.need(6, "金額", str::parse::<Yen>)
    }

    /// 職種等: codes of 別表20.
    pub fn staff(self) -> impl Iterator<Item = &'a str> {
        self.0.code_list(7, 2)
    }

    /// 同日訪問回数 (別表19)
    #[must_use]
    pub fn visits(self) -> Option<&'a str> {
        self.0.record.ascii(8)
    }

    /// 指示区分 (別表12)
    #[must_use]
    pub fn instruction(self) -> Option<&'a str> {
        self.0.record.ascii(9)
    }
}
