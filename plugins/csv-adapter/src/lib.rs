//! Adapter for products that export their register and the month they computed as CSV.
//!
//! **For:** old receipt software whose only way in and out is CSV in Shift_JIS. It reads the register
//! (利用者台帳) as people with coverage periods, carries decided changes into it cell by cell, and makes
//! claim files (RECEIPTH.UKE) of the computed month (算定結果) and the register.
//!
//! **Refuses:** to compute a fee (amounts are the product's, this adapter adds them up), to change
//! anything but the cells of a decided operation (every other byte of the register stays: quotes,
//! line endings, unknown columns), to write a character the product or the payer cannot hold, to
//! write a name with `●`, to write any 公費 but 医療扶助, to write 限度額適用区分 where the settings name no
//! column for it. `apply-month` is unsupported: the register is the place to
//! correct, and the claim is made from it anew.
//!
//! **Where it sits:** `cells` keeps the file byte for byte, `table` adds titles and text, `register` and
//! `month` know what the columns mean, `receden` knows what a claim file is. Which column is what, and
//! how the product writes dates and codes, are [`Settings`]; their defaults fit the files in
//! `cases/`.
//!
//! A person's charges are gathered into receipts by month of service and by the coverage that holds
//! on their day, so a change of insurer within the month makes two receipts. A day that no coverage
//! holds is no fault for `read-month` (somebody has to ask about it) and one for `claim`.

mod accept;
mod cells;
mod charset;
mod dates;
mod faults;
mod month;
mod register;
mod settings;
mod table;
#[cfg(test)]
mod tests;

pub use charset::Encoding;
pub use dates::DateFormat;
pub use settings::{
    ChargeColumns, Codes, IncomeColumns, MonthColumns, NewKey, Only, PublicColumns, Quoting,
    RecordColumns, RegisterColumns, Results, Settings,
};

use reseplug_sdk::adapter::{Applied, ClaimFile, Receipt, ReceiptOutcome, RegisterOperation};
use reseplug_sdk::{Adapter, Context, Document, DocumentKind, Fault, Place, Plugin, RegisterEntry};

/// The plugin.
#[derive(Debug)]
pub struct CsvAdapter;

impl Plugin for CsvAdapter {
    type Settings = Settings;

    const SUMMARY_JA: &'static str =
        "利用者台帳と算定結果の CSV を読み、決定された資格を台帳に反映し、請求ファイルを作ります。";
    const SUMMARY_EN: &'static str = "Reads register and computed month as CSV, carries decided coverage into the register and makes claim files.";

    fn unsupported() -> &'static [&'static str] {
        &["adapter.apply-month"]
    }
}

impl Adapter for CsvAdapter {
    fn read_register(
        ctx: &Context<Settings>,
        documents: &[Document],
    ) -> Result<Vec<RegisterEntry>, Fault> {
        register::Register::open(&ctx.settings, documents)?.entries(&ctx.settings)
    }

    fn apply_register(
        ctx: &Context<Settings>,
        documents: &[Document],
        operations: &[RegisterOperation],
    ) -> Result<Applied, Fault> {
        register::apply(&ctx.settings, documents, operations)
    }

    fn read_month(ctx: &Context<Settings>, documents: &[Document]) -> Result<Vec<Receipt>, Fault> {
        month::month(&ctx.settings, documents)
    }

    fn claim(
        ctx: &Context<Settings>,
        documents: &[Document],
        claim_month: &str,
    ) -> Result<Vec<ClaimFile>, Fault> {
        month::claim(ctx, documents, claim_month)
    }

    fn accept(
        ctx: &Context<Settings>,
        _: &[Document],
        outcomes: &[ReceiptOutcome],
    ) -> Result<Vec<Document>, Fault> {
        accept::results(&ctx.settings, outcomes)
    }
}

reseplug_sdk::export_adapter!(CsvAdapter);

/// The one document of a kind.
fn one_document(documents: &[Document], kind: DocumentKind) -> Result<&Document, Fault> {
    let (ja, en) = match kind {
        DocumentKind::Register => ("利用者台帳", "register"),
        DocumentKind::Month => ("算定結果", "computed month"),
        DocumentKind::Claim => ("請求ファイル", "claim file"),
        DocumentKind::Other => ("書類", "document"),
    };
    let mut found = documents.iter().filter(|document| document.kind == kind);
    let Some(document) = found.next() else {
        return Err(Fault::new(
            "csv/missing-document",
            format!("{ja}の CSV がありません。製品から出力して一緒に渡してください。"),
            format!("There is no {en}. Have the product write it and hand it over together."),
        ));
    };
    if let Some(second) = found.next() {
        return Err(Fault::new(
            "csv/two-documents",
            format!(
                "{ja}の CSV が二つあります（「{}」と「{}」）。一つだけ渡してください。",
                document.name, second.name
            ),
            format!(
                "There are two documents of the kind {en}: `{}` and `{}`. Hand over one.",
                document.name, second.name
            ),
        )
        .at(Place::document(&second.name)));
    }
    Ok(document)
}
