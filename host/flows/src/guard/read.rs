//! The receipts of a claim file, as far as the guard looks at them.

use super::GuardedReceipt;
use crate::claim::record::Said;
use crate::coverage::Coverage;
use receden::{ClaimFile, FieldError, Receipt};
use reseplug_effect::{Fault, Place};
use reseplug_model::{Payer, Period};

/// Reads the receipts of a claim file.
///
/// # Errors
/// `claim/not-readable` when the file is not レセ電, `claim/field` when a field the guard needs
/// is not what the specification says, with line, record and field.
pub fn read(document: &str, bytes: &[u8]) -> Result<Vec<GuardedReceipt>, Fault> {
    let file = ClaimFile::parse(bytes).map_err(|error| {
        Fault::new(
            "claim/not-readable",
            format!(
                "請求ファイル「{document}」をレセ電として読めません。{}",
                error.message_ja()
            ),
            format!("the claim file {document} cannot be read: {error}"),
        )
    })?;
    let payer = file
        .header()
        .ok_or_else(|| {
            Fault::new(
                "claim/no-header",
                format!(
                    "請求ファイル「{document}」の先頭に訪問看護ステーション情報（HM）がありません。"
                ),
                format!("the claim file {document} does not begin with an HM record"),
            )
        })?
        .payer()
        .map_err(|e| field_fault(document, &e))?;
    file.receipts()
        .map(|receipt| guarded(document, payer, &receipt).map_err(|e| field_fault(document, &e)))
        .collect()
}

fn guarded(
    document: &str,
    payer: Payer,
    receipt: &Receipt<'_>,
) -> Result<GuardedReceipt, FieldError> {
    let coverage = receipt
        .insurer()
        .map(|insurer| {
            Ok(Coverage {
                insurer: insurer.number()?,
                insurer_name: None,
                symbol: insurer.symbol()?.map(String::from),
                number: insurer.card_number()?.into(),
                branch: receipt.branch()?,
                relationship: None,
                card_class: None,
                burden_percent: None,
                elderly_certificate: None,
                period: Period::ALWAYS,
                extra: Vec::new(),
            })
        })
        .transpose()?;
    Ok(GuardedReceipt {
        document: document.to_owned(),
        number: receipt.number()?,
        line: u32::try_from(receipt.lines().0).unwrap_or(u32::MAX),
        payer,
        person_key: receipt.person_key()?.map(String::from),
        name: receipt.name()?.into(),
        sex: receipt.sex()?,
        birth_date: receipt.birth_date()?,
        // What the type of the receipt says wrongly, the checkers say.
        kind: receipt.receipt_type().ok().map(|t| t.person),
        service_month: receipt.service_month()?,
        coverage,
        public_laws: receipt
            .public_expenses()
            .map(|ko| ko.payer_number().map(|n| n.law_number().to_owned()))
            .collect::<Result<_, _>>()?,
        days: receipt.charge_days()?,
        total: receipt.total()?,
    })
}

fn field_fault(document: &str, error: &FieldError) -> Fault {
    Fault::new(
        "claim/field",
        format!("請求ファイル「{document}」に読めない項目があります。{}作成元のソフトで直してください。", error.say_ja()),
        format!("a field of {document} cannot be read: {error}; correct it in the product"),
    )
    .at(Place { document: document.to_owned(), ..Place::default() })
}
