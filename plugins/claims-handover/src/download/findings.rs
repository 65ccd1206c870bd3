//! 受付・事務点検ASP結果リスト: what the check of the payer found.

use std::collections::BTreeMap;

use reseplug_sdk::claims::{Filing, FindingRow, Reading};
use reseplug_sdk::{Document, Fault, Finding, Grade, Place, Severity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{differs, nothing};
use crate::layout::{Kept, PayerColumn, ReceiptColumns, TableLayout};
use crate::table::{Kind, Table};
use crate::values;

pub(crate) const KIND: Kind = Kind {
    name_ja: "受付・事務点検ASP結果リスト",
    key: "findings",
    example: r#"{ table = { title_line = 1 }, code = "エラーコード", message = "エラー内容", class = "区分", classes = { "受付不能" = "reject", "要確認" = "attention" }, receipt = { number = "レセプト番号", name = "氏名" } }"#,
};

/// How a class of the list weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// 受付不能
    Reject,
    /// 返戻のおそれ
    ReturnRisk,
    /// 要確認
    Attention,
    /// 参考（正常として扱われる）
    Note,
}

/// Which cells of the 受付・事務点検ASP結果リスト say what. A code of the form `L3129` weighs
/// by its class (L1, L2 受付不能; L3 返戻になるもの; L4 要確認; L48 参考); what has none by
/// `classes`; what has neither is 要確認.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FindingsLayout {
    /// 表の書き方と読み取る行。
    #[serde(default)]
    pub table: TableLayout,
    /// エラーコードの列。
    #[schemars(example = &"エラーコード")]
    pub code: String,
    /// エラー内容の列。
    #[schemars(example = &"エラー内容")]
    pub message: String,
    /// 区分（受付不能・要確認など）の列。
    #[serde(default)]
    pub class: Option<String>,
    /// 区分の文字と重さ。
    /// What the class column's texts weigh.
    #[serde(default)]
    pub classes: BTreeMap<String, Weight>,
    /// どのレセプトかを示す列。
    #[serde(default)]
    pub receipt: ReceiptColumns,
    /// 審査支払機関の列。あれば、提出先と違うリストを断ります。
    #[serde(default)]
    pub payer: Option<PayerColumn>,
    /// そのまま控えておく列。
    #[serde(default)]
    pub keep: Vec<Kept>,
}

pub(crate) fn read(
    layout: &FindingsLayout,
    filing: Option<&Filing>,
    download: &Document,
) -> Result<Reading, Fault> {
    let table = Table::read(KIND, &layout.table, download)?;
    let (code, message) = (table.column(&layout.code)?, table.column(&layout.message)?);
    let class = table.optional(layout.class.as_ref())?;
    let cells = table.receipt(&layout.receipt)?;
    let kept = table.kept(&layout.keep)?;
    let payer = layout
        .payer
        .as_ref()
        .map(|of| Ok::<_, Fault>((table.column(&of.column)?, of)))
        .transpose()?;
    let mut reading = nothing();
    for row in &table.rows {
        let one = || -> Result<(Option<Fault>, FindingRow), Fault> {
            let receipt = cells.read(&table, row, None)?;
            let mut other = None;
            if let Some(filing) = filing {
                if let Some((column, of)) = payer
                    && table.payer(row, column, of)? != filing.payer
                {
                    let found = table.text(row, column)?;
                    other = Some(differs(download, filing, "審査支払機関", "payer", &found));
                }
                if let Some(found) = &receipt.claim_month
                    && *found != filing.claim_month
                {
                    other = Some(differs(
                        download,
                        filing,
                        "請求年月",
                        "month of claim",
                        found,
                    ));
                }
            }
            let code = table.text(row, code)?;
            // A row that names neither is no finding: columns are shifted, or it is a remark.
            let message = table.value(row, message, ("エラー内容", "a message"), |text| {
                (!text.is_empty() || !code.is_empty()).then(|| text.to_owned())
            })?;
            let class = class.map(|column| table.text(row, column)).transpose()?;
            let mut extra = table.extra(row, &kept)?;
            let weight = of_code(&code)
                .or_else(|| layout.classes.get(class.as_deref()?).copied())
                .unwrap_or_else(|| {
                    extra.push(("severity".to_owned(), "unknown".to_owned()));
                    Weight::Attention
                });
            if let Some(class) = class.filter(|class| !class.is_empty()) {
                extra.push(("class".to_owned(), class));
            }
            let (severity, action_ja, action_en) = advice(weight);
            let finding = Finding {
                code,
                severity,
                basis: KIND.name_ja.to_owned(),
                // The payer's own system says so of these very receipts.
                grade: Grade::Official,
                place: Place::document(&download.name).line(row.line),
                receipt: receipt.number,
                byte: None,
                // In the payer's words; there are no English ones.
                message_en: message.clone(),
                message_ja: message,
                action_ja: action_ja.to_owned(),
                action_en: action_en.to_owned(),
                extra,
            };
            Ok((other, FindingRow { receipt, finding }))
        };
        match one() {
            Ok((Some(other), _)) => return Err(other),
            Ok((None, row)) => reading.findings.push(row),
            Err(fault) => reading.unreadable.push(fault),
        }
    }
    Ok(reading)
}

/// The weight of `L3129` and the like, full width or half width.
fn of_code(code: &str) -> Option<Weight> {
    let folded = values::folded(code);
    let digits = folded.strip_prefix(['L', 'l'])?;
    if digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    match digits.as_bytes() {
        [b'1' | b'2', ..] => Some(Weight::Reject),
        [b'3', ..] => Some(Weight::ReturnRisk),
        [b'4', b'8', ..] => Some(Weight::Note),
        [b'4', ..] => Some(Weight::Attention),
        _ => None,
    }
}

/// Severity and what to do, in the words of the official screens.
fn advice(weight: Weight) -> (Severity, &'static str, &'static str) {
    match weight {
        Weight::Reject => (
            Severity::Reject,
            "受付されていません。直して作り直し、請求取消をしてから送り直してください。直さなければこのレセプトは請求されず、翌月以後の月遅れになります。",
            "It was not accepted. Correct it, withdraw the sending and send again; otherwise it is not filed this month.",
        ),
        Weight::ReturnRisk => (
            Severity::ReturnRisk,
            "このまま請求すると返戻になります。直して送り直すか、今月の請求から除いてください。",
            "It would be returned. Correct it and send again, or leave it out this month.",
        ),
        Weight::Attention => (
            Severity::Attention,
            "内容を確かめてください。正しければ「請求確定（エラー分含む）」で請求できます。",
            "Look at it. If it is right, it can be filed with 請求確定（エラー分含む）.",
        ),
        Weight::Note => (
            Severity::Note,
            "正常として扱われます。念のため内容を確かめてください。",
            "It is treated as normal. Look at it all the same.",
        ),
    }
}
