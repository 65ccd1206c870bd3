//! What a check of a month says.

use super::ClaimLine;
use crate::accept::PaperEvidence;
use crate::base::Carried;
use crate::claim::compose::Refiled;
use crate::guard::{EligibilityReason, GuardedReceipt, Verdict};
use reseplug_claims::{Duplicate, Late};
use reseplug_effect::Fault;
use reseplug_engine::contract::{Finding, Severity};
use reseplug_model::Month;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A checker's finding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The checker.
    pub checker: String,
    /// What it found.
    #[serde(with = "crate::words::findings")]
    pub finding: Finding,
}

/// What the guard says of a receipt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Guarded {
    /// `<file>#<レセプト番号>`
    pub id: String,
    /// The receipt.
    pub receipt: GuardedReceipt,
    /// Whether its coverage is confirmed.
    pub verdict: Verdict,
    /// Why a named person files it all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_anyway: Option<PaperEvidence>,
}

/// Everything somebody has to know before approving.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckReport {
    /// 請求年月
    pub claim_month: Month,
    /// One per payer.
    pub files: Vec<ClaimLine>,
    /// Findings of all checkers.
    pub findings: Vec<Found>,
    /// Checkers that were stopped, and why.
    pub stopped: Vec<(String, Fault)>,
    /// Each receipt that leaves.
    pub receipts: Vec<Guarded>,
    /// Each receipt left for a later month, with the reason.
    pub held: Vec<(Guarded, String)>,
    /// Reasons for a return that no answer can show, whatever was verified.
    #[serde(default)]
    pub cannot_show: Vec<EligibilityReason>,
    /// Receipts that stand as claimed already, with the reason why they are filed again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub duplicates: Vec<Twice>,
    /// Receipts of these files that came back before, tied to what came back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refiled: Vec<Refiled>,
    /// Receipts that wait from earlier months and are in none of these files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub late: Vec<Late>,
    /// Ids of waiting receipts that were put into these files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carried: Vec<String>,
    /// SHA-256 of the file that a held receipt was taken out of, by receipt id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub held_from: BTreeMap<String, String>,
    /// Accepted changes that the product has not imported yet: nothing here contains them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_imported: Vec<Carried>,
    /// The product's documents of the month (`[product] month`) that were not read, where a payer has
    /// no file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_aside: Vec<PathBuf>,
}

impl CheckReport {
    /// That a payer has no file while documents were left aside, in words; nothing otherwise.
    pub fn aside_ja(&self) -> Option<String> {
        let list = self.aside()?;
        Some(format!(
            "設定にある製品の書類を読んでいません: {list}。請求ファイルのない提出先があるため、請求もれでないか確かめ、両方の書類で承認してください"
        ))
    }

    /// The same in English.
    pub fn aside_en(&self) -> Option<String> {
        let list = self.aside()?;
        Some(format!(
            "documents of the product that the station file names were not read: {list}. A payer has no claim file: approve the documents of both together"
        ))
    }

    fn aside(&self) -> Option<String> {
        let names = self
            .left_aside
            .iter()
            .map(|path| path.display().to_string());
        let names: Vec<String> = names.collect();
        (!names.is_empty()).then(|| names.join("、"))
    }
}

/// A receipt that stands as claimed already.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Twice {
    /// `<file>#<レセプト番号>`
    pub id: String,
    /// It and the one that stands.
    pub duplicate: Duplicate,
    /// Why a named person files it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A receipt and where it stands as claimed, in words.
pub(crate) fn duplicate_ja(duplicate: &Duplicate) -> String {
    let standing = &duplicate.standing;
    let key = &standing.filing;
    format!(
        "{} {}（{} {}番 {}）",
        duplicate.receipt.service_month,
        duplicate.receipt.name,
        key.name_ja(),
        standing.receipt.number,
        standing.place.name_ja()
    )
}

impl Twice {
    /// It in words, for staff.
    pub fn say_ja(&self) -> String {
        duplicate_ja(&self.duplicate)
    }
}

impl CheckReport {
    /// How many findings a payer's file has; those of all files where their names do not tell.
    pub(crate) fn findings_of(&self, line: &ClaimLine) -> usize {
        let name = &line.file.name;
        let alone = self
            .files
            .iter()
            .filter(|one| one.file.name == *name)
            .count()
            == 1;
        let own = |found: &&Found| {
            !alone
                || found.finding.place.document.is_empty()
                || found.finding.place.document == *name
        };
        self.findings.iter().filter(own).count()
    }

    /// Findings with which the payer would not take the file (受付不能).
    pub fn rejects(&self) -> impl Iterator<Item = &Found> {
        self.findings
            .iter()
            .filter(|f| f.finding.severity == Severity::Reject)
    }

    /// Receipts for whose filing a named person has to answer and nobody does yet.
    pub fn unanswered(&self) -> impl Iterator<Item = &Guarded> {
        self.receipts
            .iter()
            .filter(|r| r.verdict.needs_person() && r.file_anyway.is_none())
    }

    /// Receipts that stand as claimed and of which nobody says why they are filed again.
    pub fn twice(&self) -> impl Iterator<Item = &Twice> {
        self.duplicates.iter().filter(|one| one.reason.is_none())
    }

    /// Whether it may be approved as it is.
    pub fn ready(&self) -> bool {
        self.rejects().next().is_none()
            && self.unanswered().next().is_none()
            && self.twice().next().is_none()
    }
}
