//! `read-month` and `claim`: claim files as values, never changed.

use receden::{FieldResult, Receipt, edit};
use reseplug_sdk::adapter::{ClaimFile, Receipt as Entry};
use reseplug_sdk::{Document, DocumentKind, Fault, Place};

use crate::convert;
use crate::faults;
use crate::files::{File, Files};

/// The receipts of all claim files.
pub(crate) fn month(documents: &[Document]) -> Result<Vec<Entry>, Fault> {
    let files = Files::open(documents)?;
    let mut entries = Vec::new();
    for file in files.claims() {
        for (id, receipt) in file.receipts() {
            entries.push(entry(file, id, &receipt).map_err(|e| file.unreadable(&e))?);
        }
    }
    Ok(entries)
}

fn entry(file: &File, id: &str, receipt: &Receipt<'_>) -> FieldResult<Entry> {
    let (first, _) = receipt.lines();
    Ok(Entry {
        id: id.to_owned(),
        document: file.name.clone(),
        number: receipt.number()?,
        payer: convert::payer(file.payer),
        service_month: receipt.service_month()?.to_string(),
        receipt_type: receipt.receipt_type()?.to_string(),
        person: convert::person(receipt)?,
        coverage: convert::coverage(receipt)?,
        public_expenses: convert::public_expenses(receipt)?,
        income: edit::income_remark(&receipt.remarks()?.collect::<String>()).map(str::to_owned),
        days: receipt
            .charge_days()?
            .iter()
            .map(ToString::to_string)
            .collect(),
        total: receipt.total()?.0,
        place: Place::document(&file.name)
            .line(u32::try_from(first).unwrap_or(u32::MAX))
            .record("RE"),
        extra: money(receipt)?,
    })
}

/// What depends on money the adapter does not compute: for the host to check against evidence.
fn money(receipt: &Receipt<'_>) -> FieldResult<Vec<(String, String)>> {
    let mut extra = Vec::new();
    let mut add = |name: &str, value: String| {
        if !value.is_empty() {
            extra.push((name.to_owned(), value));
        }
    };
    add("レセプト特記", receipt.remarks()?.collect());
    add(
        "一部負担金区分",
        receipt.copay_kind()?.unwrap_or_default().into(),
    );
    if let Some((_, kind)) = receipt.copay_tables().next() {
        add("窓口負担額区分", kind.to_owned());
    }
    if let Some(insurer) = receipt.insurer() {
        add(
            "一部負担金額",
            insurer
                .copay()?
                .map_or_else(String::new, |yen| yen.to_string()),
        );
    }
    for (n, expense) in (1..).zip(receipt.public_expenses()) {
        add(
            &format!("公費{n}一部負担金額"),
            expense
                .copay()?
                .map_or_else(String::new, |yen| yen.to_string()),
        );
    }
    add(
        "検索番号",
        receipt.search_number()?.unwrap_or_default().into(),
    );
    Ok(extra)
}

/// The claim files as they are: the product already made them.
pub(crate) fn claim(documents: &[Document], claim_month: &str) -> Result<Vec<ClaimFile>, Fault> {
    let files = Files::open(documents)?;
    let mut claims: Vec<ClaimFile> = Vec::new();
    for file in files.claims() {
        let unreadable = |e: &receden::FieldError| file.unreadable(e);
        let Some(header) = file.claim.header() else {
            continue;
        };
        let month = header
            .claim_month()
            .map_err(|e| unreadable(&e))?
            .to_string();
        if month != claim_month {
            return Err(other_month(&file.name, &month, claim_month));
        }
        let payer = convert::payer(file.payer);
        if let Some(other) = claims.iter().find(|claim| claim.payer == payer) {
            return Err(two_files(
                &other.document.name,
                &file.name,
                file.payer.name_ja(),
            ));
        }
        let mut receipts = 0u32;
        let mut total = reseplug_model::Yen::ZERO;
        for (id, receipt) in file.receipts() {
            receipts = receipts.saturating_add(1);
            let amount = receipt.total().map_err(|e| unreadable(&e))?;
            total = total.checked_add(amount).ok_or_else(|| {
                faults::refuse(
                    "too-large",
                    id,
                    "金額の合計が大きすぎます。",
                    "The total is too large.",
                )
            })?;
        }
        if receipts == 0 {
            if file.is_said_to_be_empty() {
                continue;
            }
            return Err(faults::no_receipts(&file.name));
        }
        claims.push(ClaimFile {
            payer,
            claim_month: month,
            receipts,
            total: total.0,
            document: Document::new(&file.name, DocumentKind::Claim, file.claim.to_bytes()),
        });
    }
    Ok(claims)
}

fn other_month(document: &str, found: &str, asked: &str) -> Fault {
    Fault::new(
        "uke/other-claim-month",
        format!(
            "「{document}」の請求年月は {found} で、請求しようとしている {asked} と違います。この書類の月を請求するなら --month {found} を付け、{asked} を請求するなら、製品でその請求年月のファイルを出力してください。"
        ),
        format!(
            "The header of `{document}` says claim month {found}, asked was {asked}. Say --month {found} to file that month, or have the product write {asked}."
        ),
    )
    .at(Place::document(document).line(1).record("HM").field("7"))
}

fn two_files(first: &str, second: &str, payer: &str) -> Fault {
    Fault::new(
        "uke/two-files-for-one-payer",
        format!(
            "「{first}」と「{second}」はどちらも{payer}あてです。提出先ごとに一つのファイルにまとめて製品から出力してください。"
        ),
        format!(
            "`{first}` and `{second}` are both for {payer}. A month has one file per payer: have the product write one."
        ),
    )
    .at(Place::document(second))
}
