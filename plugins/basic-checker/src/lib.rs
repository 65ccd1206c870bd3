//! Checker `basic-checker`: the structural rules of a 訪問看護 claim file, as `receden` knows them.
//!
//! It says what can be told from the file and the 記録条件仕様 alone: form and order of records, code
//! tables, check digits, sums and days against each other. It knows no master of charges, asks
//! nobody, and a clean result never means that a payer will take the file. Documents that are not
//! claim files are passed over; one that claims to be and cannot be read is a fault.

use receden::{CheckOptions, ClaimFile, check};
use reseplug_sdk::{
    Checker, Context, Document, DocumentKind, Fault, Finding, Grade, Place, Plugin, Severity,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of the check.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// 検証番号: 保険者番号・公費負担者番号の検証番号が合わないときの扱い。
    /// How grave a check digit is that does not fit, for insurer and 公費 numbers. The numbers whose
    /// rule is not official (station, institution and recipient numbers) stay milder by themselves.
    pub check_digits: CheckDigits,
}

/// How grave a check digit is that does not fit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CheckDigits {
    /// 受付不能: the payer will not take it.
    Reject,
    /// 返戻のおそれ
    ReturnRisk,
    /// 要確認: a person should look.
    #[default]
    Attention,
    /// 参考
    Note,
    /// No check digit is looked at.
    Off,
}

impl From<CheckDigits> for Option<receden::Severity> {
    fn from(setting: CheckDigits) -> Self {
        match setting {
            CheckDigits::Reject => Some(receden::Severity::Reject),
            CheckDigits::ReturnRisk => Some(receden::Severity::ReturnRisk),
            CheckDigits::Attention => Some(receden::Severity::Attention),
            CheckDigits::Note => Some(receden::Severity::Note),
            CheckDigits::Off => None,
        }
    }
}

/// The plugin.
#[derive(Debug)]
pub struct BasicChecker;

impl Plugin for BasicChecker {
    type Settings = Settings;

    const SUMMARY_JA: &'static str =
        "訪問看護の請求データ（RECEIPTH.UKE）を記録条件仕様に照らして点検します。";
    const SUMMARY_EN: &'static str =
        "Checks 訪問看護 claim files (RECEIPTH.UKE) against the structural rules of 記録条件仕様.";
}

impl Checker for BasicChecker {
    fn check(ctx: &Context<Settings>, documents: &[Document]) -> Result<Vec<Finding>, Fault> {
        let options = CheckOptions {
            check_digits: ctx.settings.check_digits.into(),
            ..CheckOptions::default()
        };
        let mut findings = Vec::new();
        for document in documents
            .iter()
            .filter(|document| document.kind == DocumentKind::Claim)
        {
            let file = ClaimFile::parse(&document.bytes).map_err(|error| {
                Fault::new(
                    &format!("basic-checker/{}", error.what()),
                    error.message_ja(),
                    error.to_string(),
                )
                .at(Place::document(&document.name))
            })?;
            findings.extend(
                check(&file, &options)
                    .into_iter()
                    .map(|found| finding(&document.name, found)),
            );
        }
        Ok(findings)
    }
}

/// A finding in the contract's words.
fn finding(document: &str, found: receden::Finding) -> Finding {
    let mut place = Place::document(document);
    if let Some(line) = found.line.and_then(|line| u32::try_from(line).ok()) {
        place = place.line(line);
    }
    if let Some(record) = found.record {
        place = place.record(record);
    }
    if let Some(field) = found.field {
        place = place.field(field.to_string());
    }
    Finding {
        code: found.code.to_owned(),
        severity: match found.severity {
            receden::Severity::Reject => Severity::Reject,
            receden::Severity::ReturnRisk => Severity::ReturnRisk,
            receden::Severity::Attention => Severity::Attention,
            receden::Severity::Note => Severity::Note,
        },
        basis: found.basis.to_owned(),
        grade: match found.grade {
            receden::Grade::Official => Grade::Official,
            receden::Grade::Secondary => Grade::Secondary,
            receden::Grade::Inferred => Grade::Inferred,
            receden::Grade::Unconfirmed => Grade::Unconfirmed,
        },
        place,
        receipt: found.receipt,
        byte: found.byte,
        message_ja: found.message_ja,
        message_en: found.message_en,
        action_ja: found.action_ja,
        action_en: found.action_en,
        extra: found
            .asp_hint
            .map(|hint| ("asp-hint".to_owned(), hint.to_owned()))
            .into_iter()
            .collect(),
    }
}

reseplug_sdk::export_checker!(BasicChecker);

#[cfg(test)]
mod tests {
    use reseplug_sdk::testing;

    use super::*;

    fn claim(name: &str, text: &str) -> Document {
        let mut bytes = receden::repertoire::encode(&text.replace('\n', "~")).unwrap();
        let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'~').collect();
        bytes = lines.join(&b"\r\n"[..]);
        bytes.push(receden::EOF);
        Document::new(name, DocumentKind::Claim, bytes)
    }

    const SAMPLE: &str = "HM,2,13,6,9999998,ひだまり訪問看護ステーション,202411,\n\
        RE,1,6114,202410,青空　花子,アオゾラハナコ,2,19400101,,,,,,P1,\n\
        HO,39990014,,１２３,1,5550,,,,,,\nJD,1,1,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,\n\
        KA,20241001,1,510000110,,5550,03,01,01\nGO\n";

    fn found(settings: Settings) -> Vec<Finding> {
        let documents = [
            Document::new("list.csv", DocumentKind::Register, "not a claim file"),
            claim("RECEIPTH.UKE", SAMPLE),
        ];
        BasicChecker::check(&testing::context(settings), &documents).unwrap()
    }

    #[test]
    fn findings_name_document_line_record_field_and_receipt() {
        let found = found(Settings::default());
        let system = found
            .iter()
            .find(|finding| finding.code == "R-RE-02")
            .unwrap();
        assert_eq!(
            system.place,
            Place::document("RECEIPTH.UKE")
                .line(2)
                .record("RE")
                .field("3")
        );
        assert_eq!(system.receipt, Some(1));
        assert_eq!(system.grade, Grade::Inferred);
        let child = found
            .iter()
            .find(|finding| finding.code == "R-RE-03")
            .unwrap();
        assert_eq!(child.extra, [("asp-hint".to_owned(), "L3129".to_owned())]);
        assert!(
            found
                .iter()
                .any(|f| f.code == "R-REC-04" && f.severity == Severity::Reject)
        );
    }

    #[test]
    fn check_digits_are_as_grave_as_the_station_wants() {
        let of = |check_digits| {
            found(Settings { check_digits })
                .into_iter()
                .find(|finding| finding.code == "R-HO-01")
                .map(|finding| finding.severity)
        };
        assert_eq!(of(CheckDigits::default()), Some(Severity::Attention));
        assert_eq!(of(CheckDigits::Reject), Some(Severity::Reject));
        assert_eq!(of(CheckDigits::Off), None);
        let settings: Settings =
            serde_json::from_str(r#"{"check_digits": "return-risk"}"#).unwrap();
        assert_eq!(settings.check_digits, CheckDigits::ReturnRisk);
    }

    #[test]
    fn a_claim_file_that_cannot_be_read_is_a_fault_that_says_why() {
        let utf8 = Document::new("RECEIPTH.UKE", DocumentKind::Claim, SAMPLE);
        let fault =
            BasicChecker::check(&testing::context(Settings::default()), &[utf8]).unwrap_err();
        assert_eq!(fault.code, "basic-checker/wrong-encoding");
        assert!(fault.message_ja.contains("UTF-8"));
    }

    #[test]
    fn the_plugin_describes_itself_honestly() {
        testing::check_description::<BasicChecker>();
    }
}
