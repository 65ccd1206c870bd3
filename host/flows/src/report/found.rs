//! A finding beside the receipt and the field that it concerns, in words.

use receden::Edition;
use reseplug_claims::{Filing, Receipt};
use reseplug_engine::contract::{Finding, Severity};
use reseplug_model::Month;

/// Name of a claim file (記録条件仕様), whatever a gateway calls the sending that it was.
const CLAIM_FILE: &str = "RECEIPTH.UKE";

/// The severities as the office reads them, the gravest first.
pub fn severity_ja(severity: Severity) -> &'static str {
    match severity {
        Severity::Reject => "受付不能",
        // 受付・事務点検 knows one word for both.
        Severity::ReturnRisk => "要確認（返戻のおそれ）",
        Severity::Attention => "要確認",
        Severity::Note => "参考",
    }
}

/// The gravest first.
pub(super) fn rank(severity: Severity) -> u8 {
    match severity {
        Severity::Reject => 0,
        Severity::ReturnRisk => 1,
        Severity::Attention => 2,
        Severity::Note => 3,
    }
}

/// Whether somebody has to attend to it: 参考 is there to be read.
pub(super) fn matters(finding: &Finding) -> bool {
    finding.severity != Severity::Note
}

/// The receipt of a filing that a finding is about.
pub fn receipt<'f>(finding: &Finding, filing: &'f Filing) -> Option<&'f Receipt> {
    let mut all = filing.receipts.iter();
    all.find(|one| Some(one.number) == finding.receipt)
}

/// Where a finding of 受付・事務点検 is. What a gateway calls by its own reference is the file that was
/// sent; a list that staff brought in keeps its name.
pub fn place(finding: &Finding, filing: &Filing) -> Found {
    let month = receipt(finding, filing).map(|one| one.service_month);
    let found = Found::of(finding, month);
    match filing.reference() == Some(found.document.as_str()) {
        true => Found {
            document: CLAIM_FILE.to_owned(),
            ..found
        },
        false => found,
    }
}

/// Where a finding is, as people look for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The file.
    pub document: String,
    /// Its line, from 1.
    pub line: Option<u32>,
    /// レコード識別情報
    pub record: Option<String>,
    /// 項目 by its number in the record, from 1, or what the finding calls it.
    pub field: Option<String>,
    /// 項目名 of 記録条件仕様, where the number is one of the record's.
    pub field_name: Option<&'static str>,
}

impl Found {
    /// With the field's name by the edition of the month of the visits.
    pub(super) fn of(finding: &Finding, service_month: Option<Month>) -> Self {
        let place = &finding.place;
        let edition = service_month.map_or(Edition::r0606(), Edition::of);
        let name = || {
            let number = place.field.as_deref()?.parse().ok()?;
            edition.field(place.record.as_deref()?, number)
        };
        Self {
            document: place.document.clone(),
            line: place.line,
            record: place.record.clone(),
            field: place.field.clone(),
            field_name: name().map(|spec| spec.name.as_str()),
        }
    }

    /// `RECEIPTH.UKE 781行目 RE 12項目「レセプト特記」`
    pub fn say_ja(&self) -> String {
        let line = self.line.map(|line| format!("{line}行目"));
        let field = self.field.as_ref().map(|field| match self.field_name {
            Some(name) => format!("{field}項目「{name}」"),
            None => format!("項目「{field}」"),
        });
        self.joined(line, field)
    }

    /// The same in English. A field's name stays as it stands in 記録条件仕様.
    pub fn say_en(&self) -> String {
        let line = self.line.map(|line| format!("line {line}"));
        let field = self.field.as_ref().map(|field| match self.field_name {
            Some(name) => format!("field {field} ({name})"),
            None => format!("field {field}"),
        });
        self.joined(line, field)
    }

    fn joined(&self, line: Option<String>, field: Option<String>) -> String {
        let parts = [
            Some(self.document.clone()),
            line,
            self.record.clone(),
            field,
        ];
        let said: Vec<String> = parts.into_iter().flatten().collect();
        said.join(" ")
    }
}
