//! オンライン受領書: what was filed, in counts and totals.

use reseplug_sdk::claims::{Acknowledgement, Filing, FilingKind};
use reseplug_sdk::{Document, Fault, Moment, Place};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::differs;
use crate::layout::{Kept, PayerColumn, TableLayout};
use crate::table::{Kind, Table, YEN};
use crate::{files, values};

pub(crate) const KIND: Kind = Kind {
    name_ja: "オンライン受領書",
    key: "acknowledgement",
    example: r#"{ table = { title_line = 2, rows = { column = "区分", equals = "合計" } }, receipts = "件数", total = "金額", number = "受付番号" }"#,
};

/// Which cells of the オンライン受領書 say what. Counts and totals of all rows are added up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcknowledgementLayout {
    /// 表の書き方と読み取る行。
    #[serde(default)]
    pub table: TableLayout,
    /// 件数の列。
    #[schemars(example = &"件数")]
    pub receipts: String,
    /// 合計金額の列。
    #[schemars(example = &"金額")]
    pub total: String,
    /// 受付番号などの列。
    #[serde(default)]
    pub number: Option<String>,
    /// 審査支払機関の列。あれば、提出先と違う受領書を断ります。
    #[serde(default)]
    pub payer: Option<PayerColumn>,
    /// 請求年月の列。あれば、請求年月の違う受領書を断ります。
    #[serde(default)]
    pub claim_month: Option<String>,
    /// そのまま控えておく列。
    /// Further columns to keep verbatim.
    #[serde(default)]
    pub keep: Vec<Kept>,
}

/// Reads `download`, which must be about `filing`. Fewer receipts than were handed over are no
/// error here: receipts with errors may have been left out (エラー分除く); the host compares.
///
/// A cell that cannot be read is a fault of the whole: a sum without it would be wrong.
pub(crate) fn read(
    layout: &AcknowledgementLayout,
    filing: Option<&Filing>,
    download: &Document,
    now: Moment,
) -> Result<Acknowledgement, Fault> {
    let place = || Place::document(&download.name);
    let Some(filing) = filing else {
        return Err(Fault::new(
            "claims/which-filing",
            "受領書は、どの請求のものかを指定して取り込んでください（請求年月・提出先・送信回）。",
            "Say which filing the acknowledgement is about: 請求年月, payer and sending.",
        )
        .at(place()));
    };
    if filing.kind == FilingKind::Trial {
        return Err(Fault::new(
            "claims/trial-has-no-acknowledgement",
            "確認試験には受領書がありません。請求用の送信と取り違えていないか確かめてください。",
            "A trial has no acknowledgement. Check that it was not taken for a claim.",
        )
        .at(place()));
    }
    let table = Table::read(KIND, &layout.table, download)?;
    if table.broken {
        return Err(table.unreadable(
            "この文字コードでは読めない文字があります",
            "a byte has no character in this encoding",
        ));
    }
    if table.rows.is_empty() {
        return Err(table.unreadable("読み取る行がありません", "there is no row to read"));
    }
    let (receipts, total) = (
        table.column(&layout.receipts)?,
        table.column(&layout.total)?,
    );
    let number = table.optional(layout.number.as_ref())?;
    let payer = layout
        .payer
        .as_ref()
        .map(|of| Ok::<_, Fault>((table.column(&of.column)?, of)))
        .transpose()?;
    let month = table.optional(layout.claim_month.as_ref())?;
    let kept = table.kept(&layout.keep)?;
    let (mut counted, mut summed) = (0_u32, 0_u64);
    let mut found_number = String::new();
    let mut extra: Vec<(String, String)> = Vec::new();
    for row in &table.rows {
        if let Some((column, of)) = payer
            && table.payer(row, column, of)? != filing.payer
        {
            let found = table.text(row, column)?;
            return Err(differs(download, filing, "審査支払機関", "payer", &found));
        }
        if let Some(found) = table.maybe(row, month, ("年月", "a month"), values::month)?
            && found.to_string() != filing.claim_month
        {
            let found = found.to_string();
            return Err(differs(
                download,
                filing,
                "請求年月",
                "month of claim",
                &found,
            ));
        }
        // A sum that does not fit is no count either.
        counted = table.value(row, receipts, ("件数", "a count"), |text| {
            counted.checked_add(u32::try_from(values::count(text)?).ok()?)
        })?;
        summed = table.value(row, total, YEN, |text| {
            summed.checked_add(u64::try_from(values::amount(text)?).ok()?)
        })?;
        if let Some(number) = number
            && found_number.is_empty()
        {
            found_number = table.text(row, number)?;
        }
        for (name, value) in table.extra(row, &kept)? {
            if !value.is_empty() && !extra.iter().any(|(known, _)| *known == name) {
                extra.push((name, value));
            }
        }
    }
    // What `at` is: the moment somebody imported the file. The layout says nothing dependable
    // about the moment of filing.
    extra.insert(0, ("at".to_owned(), "import".to_owned()));
    Ok(Acknowledgement {
        reference: files::folder(filing),
        payer: filing.payer,
        claim_month: filing.claim_month.clone(),
        receipts: counted,
        total: summed,
        number: found_number,
        at: now.to_string(),
        document: download.clone(),
        extra,
    })
}
