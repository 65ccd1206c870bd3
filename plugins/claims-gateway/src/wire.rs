//! The protocol's JSON (`gateway-v1.yaml`). Fields nobody here knows are borne.

use reseplug_sdk::claims::{
    Confirmation as Confirmed, DownloadKind, FilingKind, KnownSubmission, State, Status,
    Submission as Submitted,
};
use reseplug_sdk::{Fault, Finding, Grade, Payer, Place, Severity};
use serde::Deserialize;

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Submission {
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) sha256: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    payer: String,
    #[serde(default)]
    receipts: u32,
    #[serde(default)]
    total: u64,
    pub(crate) state: String,
    #[serde(default)]
    pub(crate) counts: Counts,
    pub(crate) updated_at: String,
    #[serde(default)]
    pub(crate) confirmation: Option<Confirmation>,
    #[serde(default)]
    taken_down: Vec<TakeDown>,
}

#[derive(Debug, Clone, Deserialize)]
struct TakeDown {
    receipts: Vec<u32>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(crate) struct Counts {
    pub(crate) normal: u32,
    pub(crate) attention: u32,
    pub(crate) rejected: u32,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Confirmation {
    pub(crate) include_errors: bool,
    pub(crate) automatic: bool,
    at: String,
    pub(crate) receipts: u32,
    pub(crate) total: u64,
    pub(crate) number: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Submissions {
    pub(crate) submissions: Vec<Submission>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Findings {
    pub(crate) findings: Vec<FindingRow>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct FindingRow {
    code: String,
    severity: String,
    grade: String,
    basis: String,
    #[serde(default)]
    line: Option<u32>,
    #[serde(default)]
    record: Option<String>,
    #[serde(default)]
    field: Option<u32>,
    #[serde(default)]
    receipt: Option<u32>,
    #[serde(default)]
    byte: Option<u64>,
    message_ja: String,
    message_en: String,
    action_ja: String,
    action_en: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Acknowledgement {
    #[serde(default)]
    pub(crate) submission: Option<String>,
    pub(crate) number: String,
    pub(crate) payer: String,
    pub(crate) claim_month: String,
    pub(crate) receipts: u32,
    pub(crate) total: u64,
    pub(crate) at: String,
    #[serde(default)]
    pub(crate) automatic: bool,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Listed {
    pub(crate) downloads: Vec<Download>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Download {
    pub(crate) id: String,
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) payer: Option<String>,
    pub(crate) name: String,
    pub(crate) sha256: String,
    #[serde(default)]
    pub(crate) at: Option<String>,
}

/// What a file is, by the protocol's word.
pub(crate) fn download_kind(word: &str) -> DownloadKind {
    match word {
        "returns" => DownloadKind::Returns,
        "adjustments" => DownloadKind::Adjustments,
        "payments" => DownloadKind::Payments,
        other => DownloadKind::Other(other.to_owned()),
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Problem {
    pub(crate) code: String,
    pub(crate) detail_ja: String,
    pub(crate) detail_en: String,
}

impl Submission {
    pub(crate) fn state(&self) -> State {
        match self.state.as_str() {
            "checking" => State::Checking,
            "checked" => State::Checked,
            "confirmed" => State::Confirmed,
            "withdrawn" => State::Withdrawn,
            other => State::Other(other.to_owned()),
        }
    }

    /// Whether the gateway has a 取下げ of that receipt.
    pub(crate) fn is_taken_down(&self, number: u32) -> bool {
        self.taken_down
            .iter()
            .any(|asked| asked.receipts.contains(&number))
    }

    /// Receipts that were asked back, in the order of their numbers.
    fn taken_down(&self) -> String {
        let mut numbers: Vec<u32> = self
            .taken_down
            .iter()
            .flat_map(|asked| asked.receipts.iter().copied())
            .collect();
        numbers.sort_unstable();
        let numbers: Vec<String> = numbers.iter().map(u32::to_string).collect();
        numbers.join(",")
    }

    pub(crate) fn status(&self) -> Status {
        let taken_down = self.taken_down();
        let taken_down = (!taken_down.is_empty()).then(|| ("taken-down".to_owned(), taken_down));
        Status {
            reference: self.id.clone(),
            state: self.state(),
            at: self.updated_at.clone(),
            normal: self.counts.normal,
            attention: self.counts.attention,
            rejected: self.counts.rejected,
            confirmation: self.confirmation.as_ref().map(Confirmation::confirmed),
            extra: taken_down.into_iter().collect(),
        }
    }

    pub(crate) fn known(self) -> Result<KnownSubmission, Fault> {
        Ok(KnownSubmission {
            payer: payer(&self.payer).ok_or_else(|| crate::faults::unknown_payer(&self.payer))?,
            kind: match self.kind.as_str() {
                "trial" => FilingKind::Trial,
                _ => FilingKind::Claim,
            },
            receipts: self.receipts,
            total: self.total,
            status: self.status(),
            key: self.key,
            sha256: self.sha256,
        })
    }

    pub(crate) fn submitted(&self) -> Submitted {
        Submitted {
            reference: self.id.clone(),
            state: self.state(),
            at: self.updated_at.clone(),
            files: Vec::new(),
            extra: Vec::new(),
        }
    }
}

impl Confirmation {
    fn confirmed(&self) -> Confirmed {
        Confirmed {
            include_errors: self.include_errors,
            automatic: self.automatic,
            at: self.at.clone(),
            receipts: self.receipts,
            total: self.total,
            number: self.number.clone(),
        }
    }
}

/// 審査支払機関 by its code (別表1).
pub(crate) fn payer(code: &str) -> Option<Payer> {
    match code {
        "1" => Some(Payer::SocialInsuranceFund),
        "2" => Some(Payer::NationalHealthFederation),
        _ => None,
    }
}

impl FindingRow {
    /// The contract's finding. A severity of no known name is something a person should look at.
    pub(crate) fn finding(self, document: &str) -> Finding {
        let mut extra = Vec::new();
        let severity = match self.severity.as_str() {
            "reject" => Severity::Reject,
            "return-risk" => Severity::ReturnRisk,
            "attention" => Severity::Attention,
            "note" => Severity::Note,
            other => {
                extra.push(("severity".to_owned(), other.to_owned()));
                Severity::Attention
            }
        };
        let grade = match self.grade.as_str() {
            "official" => Grade::Official,
            "secondary" => Grade::Secondary,
            "inferred" => Grade::Inferred,
            _ => Grade::Unconfirmed,
        };
        Finding {
            code: self.code,
            severity,
            basis: self.basis,
            grade,
            place: Place {
                document: document.to_owned(),
                line: self.line,
                record: self.record,
                field: self.field.map(|field| field.to_string()),
            },
            receipt: self.receipt,
            byte: self.byte,
            message_ja: self.message_ja,
            message_en: self.message_en,
            action_ja: self.action_ja,
            action_en: self.action_en,
            extra,
        }
    }
}
