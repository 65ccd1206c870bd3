//! Documents of the protocol as the contract has them: オンライン受領書 (JSON and CSV), findings,
//! 増減点連絡書 and 振込額. Rows are read one by one; one that cannot be read is named and left out.

use crate::{faults, wire};
use reseplug_sdk::claims::{
    Acknowledgement, Adjustment, DownloadKind, FindingRow, Payment, PaymentRow, Reading, ReceiptRef,
};
use reseplug_sdk::{Document, Fault, Payer};
use serde::Deserialize;
use serde_json::Value;

/// The title line of the CSV (`gateway-v1.yaml`).
const TITLE: &str = "送信番号,受付番号,審査支払機関,請求年月,件数,合計金額,確定日時,自動確定,備考";

/// Reads a file that came back. 返戻 and what the protocol does not define say nothing here.
pub(crate) fn read(kind: &DownloadKind, document: &Document) -> Result<Reading, Fault> {
    match kind {
        DownloadKind::Acknowledgement => acknowledgement(document),
        DownloadKind::Findings => findings(document),
        DownloadKind::Adjustments => adjustments(document),
        DownloadKind::Payments => payments(document),
        DownloadKind::Returns | DownloadKind::Other(_) => Ok(nothing()),
    }
}

fn nothing() -> Reading {
    Reading {
        acknowledgement: None,
        findings: Vec::new(),
        adjustments: Vec::new(),
        payments: Vec::new(),
        unreadable: Vec::new(),
    }
}

// ----- オンライン受領書 ---------------------------------------------------------------

fn acknowledgement(document: &Document) -> Result<Reading, Fault> {
    let bad = |why: &str| faults::not_readable(&document.name, "受領書", why);
    let text = text(document, "受領書")?;
    let read = if text.trim_start().starts_with('{') {
        serde_json::from_str(text).map_err(|e| bad(&e.to_string()))?
    } else {
        csv(text).ok_or_else(|| bad("CSV"))?
    };
    let reference = read.submission.clone().ok_or_else(|| bad("submission"))?;
    let acknowledgement = acknowledged(read, &reference, document.clone())?;
    Ok(Reading {
        acknowledgement: Some(acknowledgement),
        ..nothing()
    })
}

/// The contract's acknowledgement, with the document as it came.
pub(crate) fn acknowledged(
    read: wire::Acknowledgement,
    reference: &str,
    document: Document,
) -> Result<Acknowledgement, Fault> {
    Ok(Acknowledgement {
        reference: reference.to_owned(),
        payer: wire::payer(&read.payer).ok_or_else(|| faults::unknown_payer(&read.payer))?,
        claim_month: read.claim_month,
        receipts: read.receipts,
        total: read.total,
        number: read.number,
        at: read.at,
        document,
        extra: vec![("automatic".to_owned(), read.automatic.to_string())],
    })
}

/// One title line, one line. No field of it holds a comma.
fn csv(text: &str) -> Option<wire::Acknowledgement> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = text.lines();
    if lines.next()? != TITLE {
        return None;
    }
    let fields: Vec<&str> = lines.next()?.split(',').collect();
    let [
        submission,
        number,
        payer,
        claim_month,
        receipts,
        total,
        at,
        automatic,
        _,
    ] = fields.as_slice()
    else {
        return None;
    };
    let rest = lines.all(|line| line.trim().is_empty());
    rest.then_some(())?;
    Some(wire::Acknowledgement {
        submission: Some((*submission).to_owned()),
        number: (*number).to_owned(),
        payer: (*payer).to_owned(),
        claim_month: (*claim_month).to_owned(),
        receipts: receipts.parse().ok()?,
        total: total.parse().ok()?,
        at: (*at).to_owned(),
        automatic: match *automatic {
            "0" => false,
            "1" => true,
            _ => return None,
        },
    })
}

// ----- 受付・事務点検 -----------------------------------------------------------------

fn findings(document: &Document) -> Result<Reading, Fault> {
    #[derive(Deserialize)]
    struct File {
        findings: Vec<Value>,
    }
    let file: File = json(document, "点検結果")?;
    let mut reading = nothing();
    each::<wire::FindingRow>(
        document,
        file.findings,
        &mut reading.unreadable,
        |row, _| {
            let finding = row.finding(&document.name);
            let receipt = ReceiptRef {
                number: finding.receipt,
                ..nobody()
            };
            reading.findings.push(FindingRow { receipt, finding });
        },
    );
    Ok(reading)
}

fn nobody() -> ReceiptRef {
    ReceiptRef {
        claim_month: None,
        number: None,
        search_number: None,
        person_key: None,
        name: None,
        service_month: None,
        total: None,
    }
}

// ----- 増減点連絡書 -------------------------------------------------------------------

#[derive(Deserialize)]
struct Receipt {
    #[serde(default)]
    submission: Option<String>,
    #[serde(default)]
    claim_month: Option<String>,
    #[serde(default)]
    number: Option<u32>,
    #[serde(default)]
    search_number: Option<String>,
    #[serde(default)]
    person_key: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    service_month: Option<String>,
    #[serde(default)]
    total: Option<u64>,
}

impl Receipt {
    fn named(self) -> ReceiptRef {
        ReceiptRef {
            claim_month: self.claim_month,
            number: self.number,
            search_number: self.search_number,
            person_key: self.person_key,
            name: self.name,
            service_month: self.service_month,
            total: self.total,
        }
    }
}

fn adjustments(document: &Document) -> Result<Reading, Fault> {
    #[derive(Deserialize)]
    struct File {
        document: String,
        payer: String,
        adjustments: Vec<Value>,
    }
    #[derive(Deserialize)]
    struct Row {
        receipt: Receipt,
        change: i64,
        #[serde(default)]
        code: Option<String>,
        reason: String,
    }
    let file: File = json(document, "増減点連絡書")?;
    must_be("adjustments", &file.document, document)?;
    let payer = file.payer;
    let mut reading = nothing();
    each::<Row>(
        document,
        file.adjustments,
        &mut reading.unreadable,
        |row, place| {
            let mut extra = vec![("payer".to_owned(), payer.clone())];
            if let Some(submission) = &row.receipt.submission {
                extra.push(("submission".to_owned(), submission.clone()));
            }
            reading.adjustments.push(Adjustment {
                receipt: row.receipt.named(),
                change: row.change,
                code: row.code,
                reason: row.reason,
                line: Some(place),
                extra,
            });
        },
    );
    Ok(reading)
}

// ----- 振込額 -------------------------------------------------------------------------

fn payments(document: &Document) -> Result<Reading, Fault> {
    #[derive(Deserialize)]
    struct File {
        document: String,
        payer: String,
        payments: Vec<Value>,
    }
    #[derive(Deserialize)]
    struct Month {
        claim_month: String,
        amount: u64,
        #[serde(default)]
        receipts: Option<u32>,
        #[serde(default)]
        paid_on: Option<String>,
        rows: Vec<Value>,
    }
    #[derive(Deserialize)]
    struct Row {
        receipt: Receipt,
        amount: u64,
    }
    let file: File = json(document, "振込額")?;
    must_be("payments", &file.document, document)?;
    let payer: Payer =
        wire::payer(&file.payer).ok_or_else(|| faults::unknown_payer(&file.payer))?;
    let mut reading = nothing();
    let mut unreadable = Vec::new();
    each::<Month>(
        document,
        file.payments,
        &mut reading.unreadable,
        |month, _| {
            let mut rows = Vec::new();
            each::<Row>(document, month.rows, &mut unreadable, |row, place| {
                rows.push(PaymentRow {
                    receipt: row.receipt.named(),
                    amount: row.amount,
                    line: Some(place),
                });
            });
            reading.payments.push(Payment {
                payer,
                claim_month: month.claim_month,
                amount: month.amount,
                receipts: month.receipts,
                paid_on: month.paid_on,
                rows,
                extra: Vec::new(),
            });
        },
    );
    reading.unreadable.append(&mut unreadable);
    Ok(reading)
}

// ----- common -------------------------------------------------------------------------

fn text<'d>(document: &'d Document, what: &str) -> Result<&'d str, Fault> {
    std::str::from_utf8(&document.bytes)
        .map_err(|e| faults::not_readable(&document.name, what, &e.to_string()))
}

fn json<T: for<'de> Deserialize<'de>>(document: &Document, what: &str) -> Result<T, Fault> {
    serde_json::from_slice(&document.bytes)
        .map_err(|e| faults::not_readable(&document.name, what, &e.to_string()))
}

fn must_be(wanted: &str, said: &str, document: &Document) -> Result<(), Fault> {
    if wanted == said {
        return Ok(());
    }
    Err(faults::not_readable(&document.name, wanted, said))
}

/// Reads rows one by one, counted from 1.
fn each<T: for<'de> Deserialize<'de>>(
    document: &Document,
    rows: Vec<Value>,
    unreadable: &mut Vec<Fault>,
    mut take: impl FnMut(T, u32),
) {
    for (row, place) in rows.into_iter().zip(1_u32..) {
        match serde_json::from_value(row) {
            Ok(row) => take(row, place),
            Err(why) => unreadable.push(faults::row(&document.name, place, &why.to_string())),
        }
    }
}
