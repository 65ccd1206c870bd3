//! 振込額: what is paid for a month, in all and by receipt.

use reseplug_sdk::claims::{Filing, Payment, PaymentRow, Reading};
use reseplug_sdk::{Document, Fault, Payer};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::nothing;
use crate::layout::{PayerColumn, ReceiptColumns, RowFilter, TableLayout};
use crate::table::{Column, Kind, Row, Table, YEN};
use crate::values;

pub(crate) const KIND: Kind = Kind {
    name_ja: "振込額の通知",
    key: "payments",
    example: r#"{ table = { title_line = 1, rows = { column = "区分", equals = "合計" } }, amount = "振込額", receipts = "件数", paid_on = "振込日", claim_month = "請求年月", payer = { column = "支払機関" } }"#,
};

/// Which cells of the 振込額 notice say what. Rows of one payer and 請求年月 are added up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentsLayout {
    /// 表の書き方と、合計額を読み取る行。
    #[serde(default)]
    pub table: TableLayout,
    /// 振込額の列。
    #[schemars(example = &"振込額")]
    pub amount: String,
    /// 件数の列。
    #[serde(default)]
    pub receipts: Option<String>,
    /// 振込日の列。
    #[serde(default)]
    pub paid_on: Option<String>,
    /// 請求年月の列。なければ、取り込むときに指定した請求の年月です。
    #[serde(default)]
    pub claim_month: Option<String>,
    /// 審査支払機関の列。なければ、取り込むときに指定した請求の提出先です。
    #[serde(default)]
    pub payer: Option<PayerColumn>,
    /// レセプトごとの支払額の行（ある場合）。
    #[serde(default)]
    pub by_receipt: Option<ByReceipt>,
}

/// Rows that say what is paid for one receipt. They are not part of the total's rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ByReceipt {
    /// レセプトごとの行。
    pub rows: RowFilter,
    /// 支払額の列。
    pub amount: String,
    /// どのレセプトかを示す列。
    #[serde(default)]
    pub receipt: ReceiptColumns,
}

/// Whose payment a row belongs to.
struct Owner<'c> {
    payer: Option<(Column<'c>, &'c PayerColumn)>,
    month: Option<Column<'c>>,
    filing: Option<&'c Filing>,
}

impl Owner<'_> {
    fn of(&self, table: &Table<'_>, row: &Row) -> Result<(Payer, String), Fault> {
        let payer = match self.payer {
            Some((column, of)) => Some(table.payer(row, column, of)?),
            None => self.filing.map(|filing| filing.payer),
        };
        let month = table
            .maybe(row, self.month, ("年月", "a month"), values::month)?
            .map(|month| month.to_string())
            .or_else(|| self.filing.map(|filing| filing.claim_month.clone()));
        payer
            .zip(month)
            .ok_or_else(|| table.ownerless().at(table.place(row)))
    }
}

pub(crate) fn read(
    layout: &PaymentsLayout,
    filing: Option<&Filing>,
    download: &Document,
) -> Result<Reading, Fault> {
    let mut table = Table::all(KIND, &layout.table, download)?;
    let by_receipt = match &layout.by_receipt {
        Some(by) => table.matching(&by.rows)?,
        None => Vec::new(),
    };
    let totals = match &layout.table.rows {
        Some(filter) => table.matching(filter)?,
        None => std::mem::take(&mut table.rows),
    };
    let owner = Owner {
        payer: layout
            .payer
            .as_ref()
            .map(|of| Ok::<_, Fault>((table.column(&of.column)?, of)))
            .transpose()?,
        month: table.optional(layout.claim_month.as_ref())?,
        filing,
    };
    if owner.filing.is_none() && (owner.payer.is_none() || owner.month.is_none()) {
        return Err(table.ownerless());
    }
    let mut reading = nothing();
    let amount = table.column(&layout.amount)?;
    let receipts = table.optional(layout.receipts.as_ref())?;
    let paid_on = table.optional(layout.paid_on.as_ref())?;
    for row in &totals {
        let one = || -> Result<Payment, Fault> {
            let (payer, claim_month) = owner.of(&table, row)?;
            Ok(Payment {
                payer,
                claim_month,
                amount: table.value(row, amount, YEN, positive)?,
                receipts: table.maybe(row, receipts, ("件数", "a count"), |text| {
                    values::count(text).and_then(|count| u32::try_from(count).ok())
                })?,
                paid_on: table
                    .maybe(row, paid_on, ("日付", "a day"), values::day)?
                    .map(|day| day.to_string()),
                rows: Vec::new(),
                extra: Vec::new(),
            })
        };
        match one() {
            Ok(payment) => add(&mut reading.payments, payment).ok_or_else(|| {
                table.unreadable("合計額が大きすぎます", "the total is too large")
            })?,
            Err(fault) => reading.unreadable.push(fault),
        }
    }
    if let Some(by) = &layout.by_receipt {
        let amount = table.column(&by.amount)?;
        let cells = table.receipt(&by.receipt)?;
        for row in &by_receipt {
            let one = || -> Result<(Payer, String, PaymentRow), Fault> {
                let (payer, month) = owner.of(&table, row)?;
                let paid = PaymentRow {
                    receipt: cells.read(&table, row, Some(&month))?,
                    amount: table.value(row, amount, YEN, positive)?,
                    line: Some(row.line),
                };
                Ok((payer, month, paid))
            };
            match one() {
                // Without a total there is no payment that the row could be part of.
                Ok((payer, month, paid)) => match reading
                    .payments
                    .iter_mut()
                    .find(|known| known.payer == payer && known.claim_month == month)
                {
                    Some(payment) => payment.rows.push(paid),
                    None => reading.unreadable.push(
                        table
                            .unreadable(
                                &format!("{month}請求分の合計額の行がないため、この行の支払額を取り込めません"),
                                &format!("the row with the total of {month} is missing, so this row has no place"),
                            )
                            .at(table.place(row)),
                    ),
                },
                Err(fault) => reading.unreadable.push(fault),
            }
        }
    }
    Ok(reading)
}

fn positive(text: &str) -> Option<u64> {
    values::amount(text).and_then(|yen| u64::try_from(yen).ok())
}

/// Adds a total to the one of its payer and month; `None` when the sum does not fit.
fn add(payments: &mut Vec<Payment>, more: Payment) -> Option<()> {
    let known = payments
        .iter_mut()
        .find(|known| known.payer == more.payer && known.claim_month == more.claim_month);
    let Some(known) = known else {
        payments.push(more);
        return Some(());
    };
    known.amount = known.amount.checked_add(more.amount)?;
    known.receipts = match (known.receipts, more.receipts) {
        (Some(a), Some(b)) => Some(a.checked_add(b)?),
        (a, b) => a.or(b),
    };
    known.paid_on = known.paid_on.take().or(more.paid_on);
    Some(())
}
