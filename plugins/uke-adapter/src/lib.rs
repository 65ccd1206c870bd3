//! Adapter for products that emit the claim file itself: `RECEIPTH.UKE` (レセ電, 訪問看護).
//!
//! **For:** receipt software that can do nothing but write its finished claim files, one per
//! 審査支払機関. The files are read as the month, handed on unchanged as the claim, and changed only
//! where the host has decided so: one receipt's coverage replaced, a receipt moved to the other
//! payer's file, a receipt split because the insurer changed within the month.
//!
//! **Refuses:** to know the register (the product keeps it to itself: `read-register` and
//! `apply-register` are unsupported) and to touch money. MF 窓口負担額, RE13 一部負担金区分, HO9 一部負担金額 and
//! everything in KO is never written, except the counted days and added-up totals of a split's
//! parts; a receipt on which such a value was decided under the insurer before is refused with the
//! reason, and the product has to write its file again. The one thing of income it writes is the code
//! among the レセプト特記 (RE12). Correcting the product's own register
//! first is always better.
//!
//! **Where it sits:** over [`receden`], which holds the files byte for byte and knows what a receipt
//! may become. A document of the kind `register` or `month` is refused, for what is passed
//! over is not filed.
//!
//! Ids: a receipt is `<document>#<レセプト番号>`, and keeps that id through all operations of one call
//! although numbers change; a change's `extra` says where it is read from then on (`receipt`), and
//! which documents were made (`new-document`) or dropped because no receipt is left in them
//! (`dropped-document`).

mod accept;
mod apply;
mod convert;
mod diff;
mod faults;
mod files;
mod read;
mod settings;
#[cfg(test)]
mod tests;

pub use settings::{Encoding, NewFiles, Settings};

use reseplug_sdk::adapter::{Applied, ClaimFile, MonthOperation, Receipt, ReceiptOutcome};
use reseplug_sdk::{Adapter, Context, Document, Fault, Plugin};

/// The plugin.
#[derive(Debug)]
pub struct UkeAdapter;

impl Plugin for UkeAdapter {
    type Settings = Settings;

    const SUMMARY_JA: &'static str =
        "製品が出力した請求ファイル（RECEIPTH.UKE）を読み、決定された資格の訂正だけを反映します。";
    const SUMMARY_EN: &'static str = "Reads the claim files (RECEIPTH.UKE) that a product writes and carries out decided corrections of coverage in them.";

    fn unsupported() -> &'static [&'static str] {
        &["adapter.read-register", "adapter.apply-register"]
    }
}

impl Adapter for UkeAdapter {
    fn read_month(_: &Context<Settings>, documents: &[Document]) -> Result<Vec<Receipt>, Fault> {
        read::month(documents)
    }

    fn apply_month(
        ctx: &Context<Settings>,
        documents: &[Document],
        operations: &[MonthOperation],
    ) -> Result<Applied, Fault> {
        apply::month(&ctx.settings.new_files, documents, operations)
    }

    fn claim(
        _: &Context<Settings>,
        documents: &[Document],
        claim_month: &str,
    ) -> Result<Vec<ClaimFile>, Fault> {
        read::claim(documents, claim_month)
    }

    fn accept(
        ctx: &Context<Settings>,
        _: &[Document],
        outcomes: &[ReceiptOutcome],
    ) -> Result<Vec<Document>, Fault> {
        accept::list(&ctx.settings, outcomes)
    }
}

reseplug_sdk::export_adapter!(UkeAdapter);
