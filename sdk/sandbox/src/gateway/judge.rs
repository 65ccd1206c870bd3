//! 受付・事務点検 as far as public rules go: `receden::check`, mapped to the three counts.

use super::{
    problem::{Code, Problem},
    submission::{ReceiptVerdict, Verdict},
};
use receden::{CheckOptions, ClaimFile, Finding, Receipt, Severity};
use reseplug_model::{Month, Payer};
use serde_json::{Value, json};

/// What the file says of itself must be what the request says.
pub(super) struct Claimed<'a> {
    pub(super) institution: &'a str,
    pub(super) payer: Payer,
    pub(super) claim_month: Month,
}

/// Receipts with their verdicts, and the findings as the protocol writes them.
pub(super) type Judgement = (Vec<ReceiptVerdict>, Vec<Value>);

/// Reads and checks a file, or says why it is not taken at all.
pub(super) fn judge(bytes: &[u8], claimed: &Claimed<'_>) -> Result<Judgement, Problem> {
    let file = ClaimFile::parse(bytes)
        .map_err(|e| Problem::new(Code::NotAClaimFile, e.message_ja(), e.to_string()))?;
    header_agrees(&file, claimed)?;
    let findings = receden::check(&file, &CheckOptions::default());
    let whole = worst(findings.iter().filter(|finding| finding.receipt.is_none()));
    let receipts = file
        .receipts()
        .zip(1_u32..)
        .map(|(receipt, place)| {
            let number = receipt.number().unwrap_or(place);
            let own = worst(
                findings
                    .iter()
                    .filter(|finding| finding.receipt == Some(number)),
            );
            // A file that cannot be taken takes its receipts along; a remark on it does not.
            let verdict = if whole == Verdict::Rejected {
                whole
            } else {
                own
            };
            read(receipt, number, verdict)
        })
        .collect();
    Ok((receipts, findings.iter().map(view).collect()))
}

fn read(receipt: Receipt<'_>, number: u32, verdict: Verdict) -> ReceiptVerdict {
    let person = receipt.person_key().ok().flatten();
    let search_number = receipt.search_number().ok().flatten();
    ReceiptVerdict {
        number,
        total: receipt.total().map_or(0, |yen| yen.0),
        verdict,
        person: person.map(String::from).unwrap_or_default(),
        name: receipt.name().map(String::from).unwrap_or_default(),
        service_month: receipt
            .service_month()
            .map(|month| month.to_string())
            .unwrap_or_default(),
        search_number: search_number.map(String::from),
    }
}

fn worst<'a>(findings: impl Iterator<Item = &'a Finding>) -> Verdict {
    findings
        .map(|finding| match finding.severity {
            Severity::Reject => Verdict::Rejected,
            Severity::ReturnRisk | Severity::Attention => Verdict::Attention,
            Severity::Note => Verdict::Normal,
        })
        .max()
        .unwrap_or(Verdict::Normal)
}

fn header_agrees(file: &ClaimFile, claimed: &Claimed<'_>) -> Result<(), Problem> {
    let unreadable = |detail: String| {
        Problem::new(
            Code::HeaderUnreadable,
            format!("HMレコードを読み取れません（{detail}）。"),
            format!("the HM record cannot be read: {detail}"),
        )
    };
    let header = file.header().ok_or_else(|| unreadable("HM".into()))?;
    let payer = header.payer().map_err(|e| unreadable(e.to_string()))?;
    let month = header
        .claim_month()
        .map_err(|e| unreadable(e.to_string()))?;
    let prefecture = header.prefecture().map_err(|e| unreadable(e.to_string()))?;
    let station = header
        .station_code()
        .map_err(|e| unreadable(e.to_string()))?;
    if payer != claimed.payer {
        return Err(Problem::new(
            Code::OtherPayer,
            format!(
                "ファイルの審査支払機関（{}）がx-payer（{}）と違います。",
                payer.code(),
                claimed.payer.code()
            ),
            format!(
                "the file is for payer {}, the request says {}",
                payer.code(),
                claimed.payer.code()
            ),
        ));
    }
    if month != claimed.claim_month {
        return Err(Problem::new(
            Code::OtherMonth,
            format!(
                "ファイルの請求年月（{month}）がx-claim-month（{}）と違います。",
                claimed.claim_month
            ),
            format!(
                "the file is of {month}, the request says {}",
                claimed.claim_month
            ),
        ));
    }
    // 都道府県 + 6 (訪問看護) + ステーションコード; grade: unconfirmed.
    let institution = format!("{prefecture}6{station}");
    if institution != claimed.institution {
        return Err(Problem::new(
            Code::OtherStation,
            format!(
                "ファイルの事業所（{institution}）が証明書の事業所（{}）と違います。",
                claimed.institution
            ),
            format!(
                "the file is of {institution}, the certificate of {}",
                claimed.institution
            ),
        ));
    }
    Ok(())
}

fn view(finding: &Finding) -> Value {
    json!({
        "code": finding.code,
        "severity": finding.severity,
        "grade": finding.grade,
        "basis": finding.basis,
        "line": finding.line,
        "record": finding.record,
        "field": finding.field,
        "receipt": finding.receipt,
        "byte": finding.byte,
        "message_ja": finding.message_ja,
        "message_en": finding.message_en,
        "action_ja": finding.action_ja,
        "action_en": finding.action_en,
    })
}
