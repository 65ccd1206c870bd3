//! 増減点連絡書: what the review (審査) took off or added.

use reseplug_sdk::claims::{Adjustment, Filing, Reading};
use reseplug_sdk::{Document, Fault};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::nothing;
use crate::layout::{Kept, ReceiptColumns, TableLayout};
use crate::table::{Kind, Table, YEN};
use crate::values;

pub(crate) const KIND: Kind = Kind {
    name_ja: "増減点連絡書",
    key: "adjustments",
    example: r#"{ table = { title_line = 1 }, change = "増減金額", code = "事由コード", reason = "事由", receipt = { service_month = "診療年月", name = "氏名", person_key = "記録番号" } }"#,
};

/// How a change is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeSign {
    /// 減は「△」「-」を付けて書かれている。
    #[default]
    Signed,
    /// 符号がなく、減らした額が書かれている。
    TakenOff,
}

/// Which cells of the 増減点連絡書 say what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdjustmentsLayout {
    /// 表の書き方と読み取る行。
    #[serde(default)]
    pub table: TableLayout,
    /// 増減した金額（円）の列。
    #[schemars(example = &"増減金額")]
    pub change: String,
    /// その書き方。
    #[serde(default)]
    pub sign: ChangeSign,
    /// 増減点事由のコードの列。
    #[serde(default)]
    pub code: Option<String>,
    /// 増減点事由の列。
    #[schemars(example = &"事由")]
    pub reason: String,
    /// どのレセプトかを示す列。
    #[serde(default)]
    pub receipt: ReceiptColumns,
    /// そのまま控えておく列。
    #[serde(default)]
    pub keep: Vec<Kept>,
}

pub(crate) fn read(
    layout: &AdjustmentsLayout,
    filing: Option<&Filing>,
    download: &Document,
) -> Result<Reading, Fault> {
    let table = Table::read(KIND, &layout.table, download)?;
    let (change, reason) = (table.column(&layout.change)?, table.column(&layout.reason)?);
    let code = table.optional(layout.code.as_ref())?;
    let cells = table.receipt(&layout.receipt)?;
    let kept = table.kept(&layout.keep)?;
    let filed = filing.map(|filing| filing.claim_month.as_str());
    let mut reading = nothing();
    for row in &table.rows {
        let one = || -> Result<Adjustment, Fault> {
            Ok(Adjustment {
                receipt: cells.read(&table, row, filed)?,
                change: table.value(row, change, YEN, |text| {
                    let yen = values::amount(text)?;
                    match layout.sign {
                        ChangeSign::Signed => Some(yen),
                        ChangeSign::TakenOff => yen.checked_neg(),
                    }
                })?,
                code: table.maybe(row, code, ("文字", "text"), |text| Some(text.to_owned()))?,
                reason: table.text(row, reason)?,
                line: Some(row.line),
                extra: table.extra(row, &kept)?,
            })
        };
        match one() {
            Ok(adjustment) => reading.adjustments.push(adjustment),
            Err(fault) => reading.unreadable.push(fault),
        }
    }
    Ok(reading)
}
