//! Check and approval: the claim files of a month, every checker's findings, and the guard.

use crate::accept::{Answers, PaperEvidence};
use crate::base::Carried;
use crate::claim::compose::Refiled;
use crate::claim::record::receipts_of;
use crate::claim::{contract_payer, model_payer, payer_ja};
use crate::documents::Stored;
use crate::fill::no_documents;
use crate::guard::{self, About, EligibilityReason, GuardedReceipt, Verdict};
use crate::host::{Ended, Host, Loaded};
use crate::people::{Person, Picture};
use reseplug_claims::{Book, Duplicate, Event, How, Late, Place, Receipt, Recorded};
use reseplug_effect::{Fault, RepeatClass, jst};
use reseplug_engine::contract::{ClaimFile, Document, Finding, Payer, Severity};
use reseplug_journal::{
    Decision, Flow, FlowError, Job, JobFilter, JobState, Journal, document_digest,
};
use reseplug_model::Month;
use reseplug_policy::Name;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Which month to check.
#[derive(Debug, Clone, Default)]
pub struct CheckRequest {
    /// 請求年月; absent: this month.
    pub claim_month: Option<Month>,
    /// Adapter, unless the station file's.
    pub adapter: Option<Name>,
    /// The month's documents and the register, unless the station file's.
    pub documents: Vec<PathBuf>,
}

/// A claim file, exactly as it would leave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClaimLine {
    /// Where it is filed.
    pub payer: Payer,
    /// Its bytes in the store; the digest is the file's SHA-256.
    pub file: Stored,
    /// 件数
    pub receipts: u32,
    /// 合計金額
    pub total: u64,
}

/// A checker's finding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The checker.
    pub checker: String,
    /// What it found.
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
        "{} {}（{}請求分 {} 第{}回 {}番 {}）",
        duplicate.receipt.service_month,
        duplicate.receipt.name,
        key.month,
        payer_ja(contract_payer(key.payer)),
        key.sequence,
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

/// Who approves which month.
#[derive(Debug, Clone)]
pub struct ApproveRequest {
    /// The job's id; absent: made of the request.
    pub job: Option<String>,
    /// What to approve.
    pub check: CheckRequest,
    /// Who approves, and why unconfirmed receipts are filed all the same.
    pub answers: Answers,
    /// Show what would be approved, approve nothing.
    pub dry_run: bool,
}

/// A month approved for filing by a named person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Approval {
    /// The job that holds it.
    pub job: String,
    /// Who approved.
    pub by: String,
    /// When, ISO 8601.
    pub at: String,
    /// What exactly.
    pub report: CheckReport,
}

impl Host {
    /// Makes the claim files of a month, has every checker look at them and compares each
    /// receipt with the evidence. Asks nothing, changes nothing, needs no network.
    ///
    /// # Errors
    /// Faults of the station file, the documents and the adapter. A checker that fails is
    /// stopped and named in the report; the others go on.
    pub fn check(&self, request: &CheckRequest) -> Result<CheckReport, Fault> {
        let inputs = self.inputs(&request.documents, true);
        if inputs.is_empty() {
            return Err(no_documents(&self.station().file));
        }
        let adapter = self.adapter(request.adapter.as_ref())?;
        let stored = self.take_in(&inputs)?;
        let month = self.claim_month(request)?;
        self.check_documents(&adapter, &stored, month, &Answers::default())
    }

    fn claim_month(&self, request: &CheckRequest) -> Result<Month, Fault> {
        match request.claim_month {
            Some(month) => Ok(month),
            None => Ok(self.today()?.month()),
        }
    }

    fn check_documents(
        &self,
        adapter: &Loaded,
        stored: &[Stored],
        claim_month: Month,
        answers: &Answers,
    ) -> Result<CheckReport, Fault> {
        let documents = &self.documents(stored)?;
        self.say("請求ファイルを作っています", "making the claim files");
        let mut claims: Vec<ClaimFile> =
            adapter
                .plugin
                .claim(&adapter.context, documents, &claim_month.to_string())?;
        for claim in &claims {
            self.own_file(claim, claim_month)?;
        }
        let book = self.book()?;
        let composed = self.compose(&mut claims, &book, claim_month, answers)?;
        let mut duplicates = Vec::new();
        let mut held_from = BTreeMap::new();
        let mut facts: Vec<Receipt> = Vec::new();
        let month = self.read_month(adapter, documents)?;
        let picture = self.picture(&month.people)?;
        let mut receipts = Vec::new();
        let mut held = Vec::new();
        let mut lines = Vec::new();
        let mut files: Vec<Document> = Vec::new();
        for claim in claims {
            let mut own = Vec::new();
            let mut out = Vec::new();
            for (at, receipt) in guard::read(&claim.document.name, &claim.document.bytes)?
                .into_iter()
                .enumerate()
            {
                let station = &self.station().station.institution_code;
                let verdict = verdict(&receipt, &month.people, &picture, station);
                let guarded = guard_line(receipt, verdict, answers);
                match holding(&guarded, answers) {
                    Some(reason) => out.push((at, guarded, reason)),
                    None => own.push(guarded),
                }
            }
            if !out.is_empty() {
                let whole = self.keep(&claim.document, PathBuf::new())?.digest;
                held_from.extend(
                    out.iter()
                        .map(|(_, one, _)| (one.id.clone(), whole.clone())),
                );
            }
            let claim = without(claim, &mut own, &out)?;
            held.extend(
                out.into_iter()
                    .map(|(_, guarded, reason)| (guarded, reason)),
            );
            receipts.extend(own);
            if let Some(claim) = claim {
                let own = receipts_of(&claim.document.name, &claim.document.bytes)?;
                let sha256 = document_digest(&claim.document.bytes);
                duplicates.extend(twice(&book, &claim, &sha256, claim_month, &own, answers));
                facts.extend(own);
                lines.push(ClaimLine {
                    payer: claim.payer,
                    file: self.keep(&claim.document, PathBuf::new())?,
                    receipts: claim.receipts,
                    total: claim.total,
                });
                files.push(claim.document);
            }
        }
        let mut findings = Vec::new();
        let mut stopped = Vec::new();
        self.say("請求ファイルを点検しています", "checking the claim files");
        for id in &self.station().connectors.checkers {
            let found = self.plugin(id).and_then(|checker| {
                checker
                    .plugin
                    .check(&checker.context, &files)
                    .map_err(Fault::from)
            });
            match found {
                Ok(found) => findings.extend(found.into_iter().map(|finding| Found {
                    checker: id.to_string(),
                    finding,
                })),
                Err(fault) => stopped.push((id.to_string(), fault)),
            }
        }
        Ok(CheckReport {
            claim_month,
            files: lines,
            findings,
            stopped,
            receipts,
            held,
            cannot_show: EligibilityReason::hidden().collect(),
            duplicates,
            refiled: composed.refiled,
            late: waiting(self.late_of(&book)?, claim_month, &facts),
            carried: composed.carried,
            held_from,
            not_imported: self.not_imported(stored),
        })
    }

    /// A claim file is of this station and this month, or it is not filed under its name.
    fn own_file(&self, claim: &ClaimFile, claim_month: Month) -> Result<(), Fault> {
        let name = &claim.document.name;
        let station = &self.station().station;
        let Ok(file) = receden::ClaimFile::parse(&claim.document.bytes) else {
            // What cannot be read is told where the receipts are.
            return Ok(());
        };
        let header = file.header();
        let code = header.as_ref().and_then(|h| h.station_code().ok());
        let month = header.as_ref().and_then(|h| h.claim_month().ok());
        if let Some(code) = code
            && code.to_string() != station.code
        {
            return Err(Fault::new(
                "claim/other-station",
                format!(
                    "請求ファイル「{name}」は訪問看護ステーションコード {code} のもので、この事業所（{}）のものではありません。書類と設定を確かめてください。",
                    station.code
                ),
                format!(
                    "the claim file {name} is of station {code}, this one is {}",
                    station.code
                ),
            ));
        }
        match month {
            Some(month) if month != claim_month => Err(Fault::new(
                "claim/other-month",
                format!(
                    "請求ファイル「{name}」の請求年月は {month} で、{claim_month} ではありません。この書類の月なら --month {month} を付けてください。"
                ),
                format!("the claim file {name} is of {month}, not {claim_month}"),
            )),
            _ => Ok(()),
        }
    }

    /// Checks a month and records that a named person approves exactly these files.
    ///
    /// # Errors
    /// `claim/rejects` while the payer would not take a file, `claim/unanswered` while a
    /// receipt that is not confirmed has no reason and paper evidence; both name the receipts.
    /// `claim/unknown-receipt` when an answer is about a receipt that this month does not have.
    pub fn approve(&self, request: &ApproveRequest) -> Result<Ended<Approval>, Fault> {
        let inputs = self.inputs(&request.check.documents, true);
        if inputs.is_empty() {
            return Err(no_documents(&self.station().file));
        }
        self.is_approver(&request.answers.by)?;
        let adapter = self.adapter(request.check.adapter.as_ref())?;
        let month = self.claim_month(&request.check)?;
        if request.dry_run {
            let stored = self.take_in(&inputs)?;
            let report = self.check_documents(&adapter, &stored, month, &request.answers)?;
            approvable(&report, &request.answers)?;
            return Ok(Ended::Done(Approval {
                job: String::new(),
                by: request.answers.by.clone(),
                at: jst(self.now()),
                report,
            }));
        }
        let args = json!({ "documents": inputs, "claim_month": month, "answers": request.answers });
        let digests = self.digests(&inputs)?;
        let of = json!([args, digests]);
        let given = request.job.as_deref();
        let mut id = self.job_id(given, "approve", &of, false)?;
        // The last approval counts: what was approved before another is approved anew.
        if self.approval(month).is_ok_and(|last| last.job != id) {
            id = self.job_id(given, "approve", &of, true)?;
        }
        let closed = self.journal().job(&id)?.map(|job| job.state.is_closed());
        if closed == Some(true) {
            // The same was approved before. What was filed under another month since stands against
            // it now.
            let stored = self.take_in(&inputs)?;
            let report = self.check_documents(&adapter, &stored, month, &request.answers)?;
            let elsewhere = |one: &Twice| one.duplicate.standing.filing.month != month;
            if report.twice().any(elsewhere) {
                approvable(&report, &request.answers)?;
            }
        }
        let new = self.new_job(&id, "approve", args, &[&adapter]);
        self.run(&new, |flow| {
            let stored = self.read_step(flow, &inputs)?;
            let report: CheckReport = flow.step("check", &(), RepeatClass::Safe, || {
                self.check_documents(&adapter, &stored, month, &request.answers)
            })?;
            approvable(&report, &request.answers)?;
            self.overrides_step(flow, &report, &request.answers.by)?;
            let told = self.approved(&report, &request.answers.by)?;
            self.record_step(flow, "approved", told)?;
            let at = jst(flow.now()?);
            Ok(Approval {
                job: flow.id().to_owned(),
                by: request.answers.by.clone(),
                at,
                report,
            })
        })
    }

    /// What an approval is in the claim record: drafted, checked and approved by payer, receipts
    /// that are held, and duplicates that were overruled.
    fn approved(&self, report: &CheckReport, by: &str) -> Result<Vec<Recorded>, Fault> {
        let at = jst(self.now());
        let tell = |payer: reseplug_model::Payer, event| {
            Recorded::beside(
                report.claim_month,
                payer,
                event,
                How::Acted,
                by,
                at.as_str(),
            )
        };
        let mut told = Vec::new();
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        for line in &report.files {
            let payer = model_payer(line.payer);
            let (sha256, receipts, total) = (line.file.digest.clone(), line.receipts, line.total);
            let unconfirmed = report.receipts.iter();
            let unconfirmed = unconfirmed
                .filter(|one| one.receipt.payer == payer && one.verdict.needs_person())
                .count();
            told.push(tell(
                payer,
                Event::Drafted {
                    sha256: sha256.clone(),
                    receipts,
                    total,
                },
            ));
            told.push(tell(
                payer,
                Event::Checked {
                    sha256: sha256.clone(),
                    findings: count(report.findings.len()),
                    unconfirmed: count(unconfirmed),
                },
            ));
            told.push(tell(
                payer,
                Event::Approved {
                    sha256,
                    receipts,
                    total,
                },
            ));
        }
        for (one, reason) in &report.held {
            let Some(source) = report.held_from.get(&one.id) else {
                continue;
            };
            let whole = receipts_of(&one.receipt.document, &self.bytes(source)?)?;
            let receipt = whole.into_iter().find(|r| r.number == one.receipt.number);
            if let Some(receipt) = receipt {
                let event = Event::Held {
                    receipt: Box::new(receipt),
                    reason: reason.clone(),
                };
                told.push(Recorded {
                    source: Some(source.clone()),
                    ..tell(one.receipt.payer, event)
                });
            }
        }
        for one in &report.duplicates {
            if let Some(reason) = &one.reason {
                let event = Event::Overruled {
                    what: one.say_ja(),
                    reason: reason.clone(),
                };
                told.push(tell(one.duplicate.standing.filing.payer, event));
            }
        }
        Ok(told)
    }

    /// Records for each receipt that is filed without confirmation who answers for it, why and
    /// on what evidence, beside what the guard said.
    fn overrides_step(
        &self,
        flow: &mut Flow<'_>,
        report: &CheckReport,
        by: &str,
    ) -> Result<(), FlowError> {
        let at = flow.now()?;
        let job = flow.id().to_owned();
        let decisions: Vec<Decision> = report
            .receipts
            .iter()
            .filter_map(|one| {
                let paper = one.file_anyway.as_ref()?;
                let receipt = &one.receipt;
                let sources: BTreeSet<&str> = one
                    .verdict
                    .findings
                    .iter()
                    .filter_map(|f| Some(f.shown_by.as_ref()?.evidence.as_str()))
                    .collect();
                Some(Decision {
                    id: format!("{job}/{}/filing", one.id),
                    station: self.code().to_owned(),
                    person_key: receipt.person_key.clone().unwrap_or_default(),
                    group: "filing".to_owned(),
                    as_of: receipt
                        .days
                        .last()
                        .copied()
                        .unwrap_or_else(|| receipt.service_month.last_day())
                        .to_string(),
                    before: serde_json::to_value(&one.verdict).unwrap_or_default(),
                    after: serde_json::to_value(paper).unwrap_or_default(),
                    source: sources.into_iter().collect::<Vec<_>>().join(" "),
                    by: by.to_owned(),
                    at,
                    undone: None,
                })
            })
            .collect();
        let ids: Vec<&str> = decisions.iter().map(|d| d.id.as_str()).collect();
        flow.step("record-overrides", &ids, RepeatClass::Safe, || {
            self.journal().record_decisions(&decisions)?;
            Ok(())
        })
    }

    /// The latest approval of a month.
    ///
    /// # Errors
    /// `claim/not-approved` when there is none.
    pub fn approval(&self, claim_month: Month) -> Result<Approval, Fault> {
        let heads = self.journal().job_heads(&JobFilter {
            station: Some(self.code().to_owned()),
            kind: Some("flow.approve".to_owned()),
            state: Some("done".to_owned()),
            ..JobFilter::default()
        })?;
        // Newest first; what is asked for is almost always the newest.
        for head in heads {
            let Some(Job {
                state: JobState::Done { value },
                ..
            }) = self.journal().job(&head.id)?
            else {
                continue;
            };
            let approval: Approval =
                serde_json::from_value(value).map_err(|e| crate::host::not_json(&head.id, &e))?;
            if approval.report.claim_month == claim_month {
                return Ok(approval);
            }
        }
        Err(Fault::new(
            "claim/not-approved",
            format!(
                "{claim_month} 請求分は、まだ承認されていません。`reseplug claim check` で内容を確かめ、`reseplug claim approve` で承認してください。"
            ),
            format!(
                "the month {claim_month} is not approved; see `reseplug claim check`, then `reseplug claim approve`"
            ),
        ))
    }
}

/// Whatever is answered is about a receipt of this month: a mistyped one that is passed over would
/// file what was meant to be held.
fn about_known_receipts(report: &CheckReport, answers: &Answers) -> Result<(), Fault> {
    let held = report.held.iter().map(|(guarded, _)| guarded);
    let all: Vec<&Guarded> = report.receipts.iter().chain(held).collect();
    let receipt = |id: &str| all.iter().any(|one| one.id == id);
    let person = |key: &str| {
        all.iter()
            .any(|one| one.receipt.person_key.as_deref() == Some(key))
    };
    let held = answers.hold.keys().filter(|id| !receipt(id));
    let filed = answers
        .file_anyway
        .keys()
        .filter(|id| !receipt(id) && !person(id));
    let again = answers.again.keys().filter(|id| !receipt(id));
    let carried = answers.carry.iter().filter(|id| {
        !report.carried.contains(id) && !report.late.iter().any(|late| late.id == **id)
    });
    let unknown: Vec<String> = held
        .map(|id| format!("hold {id}"))
        .chain(again.map(|id| format!("again {id}")))
        .chain(carried.map(|id| format!("carry {id}")))
        .chain(filed.map(|id| format!("file_anyway {id}")))
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let list = shortened(&unknown);
    let there = shortened(&all.iter().map(|one| one.id.clone()).collect::<Vec<_>>());
    Err(Fault::new(
        "claim/unknown-receipt",
        format!(
            "この月にないレセプトへの指示があります: {list}。受入れファイルか --receipt の番号を直してください（この月のレセプト: {there}）。何も承認していません。"
        ),
        format!(
            "no receipt of this month is meant by: {list}; correct the accept file or --receipt (the month has {there}). Nothing was approved"
        ),
    ))
}

fn approvable(report: &CheckReport, answers: &Answers) -> Result<(), Fault> {
    about_known_receipts(report, answers)?;
    let rejects: Vec<String> = report
        .rejects()
        .map(|f| {
            format!(
                "{} {}",
                f.finding.code,
                reseplug_effect::Place::from(f.finding.place.clone())
            )
        })
        .collect();
    if !rejects.is_empty() {
        let list = shortened(&rejects);
        return Err(Fault::new(
            "claim/rejects",
            format!(
                "受付不能になる誤りがあるため承認できません: {list}。製品で直して作り直してください。"
            ),
            format!(
                "the payer would not take this: {list}. Correct it in the product and make the files again"
            ),
        ));
    }
    let twice: Vec<String> = report
        .twice()
        .map(|one| format!("{} {}", one.id, one.say_ja()))
        .collect();
    if !twice.is_empty() {
        let list = shortened(&twice);
        return Err(Fault::new(
            "claim/claimed-before",
            format!(
                "すでに請求しているレセプトがあります: {list}。製品で外すか、保留にするか、それでも請求する理由を --again に書いてください。"
            ),
            format!(
                "some receipts stand as claimed already: {list}. Leave them out in the product, hold them, or say with --again why they are filed again"
            ),
        ));
    }
    let open: Vec<String> = report
        .unanswered()
        .map(|r| format!("{} {}", r.id, r.receipt.name))
        .collect();
    if !open.is_empty() {
        let list = shortened(&open);
        return Err(Fault::new(
            "claim/unanswered",
            format!(
                "資格を確認できていないレセプトがあります: {list}。製品を直すか、--despite に請求する理由、--seen に見たもの（資格確認書など）を書いてください。レセプトごとに分けるときは、受入れファイルの file_anyway に書きます。"
            ),
            format!(
                "these receipts are not confirmed: {list}. Correct the product, or say with --despite why they are filed all the same and with --seen what was seen; for each receipt apart under file_anyway in the accept file"
            ),
        ));
    }
    Ok(())
}

fn guard_line(receipt: GuardedReceipt, verdict: Verdict, answers: &Answers) -> Guarded {
    let id = format!("{}#{}", receipt.document, receipt.number);
    let anyway = &answers.file_anyway;
    Guarded {
        file_anyway: anyway
            .get(&id)
            .or_else(|| anyway.get(receipt.person_key.as_deref()?))
            .or(answers.file_all.as_ref())
            .filter(|_| verdict.needs_person())
            .cloned(),
        id,
        receipt,
        verdict,
    }
}

/// Receipts of a file that stand as claimed: in another month, or confirmed in this one under another
/// content. What is under way this month is asked about when the file leaves.
fn twice(
    book: &Book,
    claim: &ClaimFile,
    sha256: &str,
    claim_month: Month,
    receipts: &[Receipt],
    answers: &Answers,
) -> Vec<Twice> {
    book.duplicates(receipts, None)
        .into_iter()
        .filter(|one| {
            let key = &one.standing.filing;
            key.month != claim_month || (one.standing.place == Place::Filed && key.sha256 != sha256)
        })
        .map(|duplicate| {
            let id = format!("{}#{}", claim.document.name, duplicate.receipt.number);
            Twice {
                reason: answers.again(&id).cloned(),
                id,
                duplicate,
            }
        })
        .collect()
}

/// Receipts that wait from earlier months and are in none of the files.
fn waiting(mut late: Vec<Late>, claim_month: Month, receipts: &[Receipt]) -> Vec<Late> {
    late.retain(|one| {
        one.since < claim_month && !receipts.iter().any(|own| own.overlaps(&one.receipt))
    });
    late
}

/// Why a receipt is left for a later month, if somebody said so.
fn holding(guarded: &Guarded, answers: &Answers) -> Option<String> {
    answers.hold.get(&guarded.id).cloned()
}

/// The claim file without the receipts that are held: taken out whole, the others numbered
/// anew and otherwise untouched. A file without receipts does not leave at all.
fn without(
    claim: ClaimFile,
    stay: &mut [Guarded],
    out: &[(usize, Guarded, String)],
) -> Result<Option<ClaimFile>, Fault> {
    if out.is_empty() {
        return Ok(Some(claim));
    }
    if stay.is_empty() {
        return Ok(None);
    }
    let name = &claim.document.name;
    let unwritable = |error: &dyn std::fmt::Display| {
        Fault::new(
            "claim/hold",
            format!(
                "請求ファイル「{name}」からレセプトを外せません（{error}）。製品で外して作り直してください。"
            ),
            format!(
                "a receipt cannot be taken out of {name}: {error}; leave it out in the product"
            ),
        )
    };
    let mut file = receden::ClaimFile::parse(&claim.document.bytes).map_err(|e| unwritable(&e))?;
    for (at, _, _) in out.iter().rev() {
        file.remove_receipt(*at).map_err(|e| unwritable(&e))?;
    }
    file.renumber().map_err(|e| unwritable(&e))?;
    let mut total: u64 = 0;
    for (number, guarded) in (1_u32..).zip(stay.iter_mut()) {
        guarded.receipt.number = number;
        total = total
            .checked_add(guarded.receipt.total.0)
            .ok_or_else(|| unwritable(&"the total is too large"))?;
    }
    let bytes = file.to_bytes();
    Ok(Some(ClaimFile {
        receipts: u32::try_from(stay.len()).unwrap_or(u32::MAX),
        total,
        document: Document {
            bytes,
            ..claim.document
        },
        ..claim
    }))
}

/// At most ten entries of a list, and how many more.
pub(crate) fn shortened(entries: &[String]) -> String {
    const SHOWN: usize = 10;
    let mut text = entries
        .iter()
        .take(SHOWN)
        .cloned()
        .collect::<Vec<_>>()
        .join("、");
    if entries.len() > SHOWN {
        text.push_str(&format!(" ほか{}件", entries.len().saturating_sub(SHOWN)));
    }
    text
}

/// The guard's word on one receipt, by what is known of its person.
fn verdict(
    receipt: &GuardedReceipt,
    people: &[Person],
    picture: &Picture,
    station: &str,
) -> Verdict {
    let person = people
        .iter()
        .find(|p| receipt.person_key.as_deref() == Some(p.key.as_str()))
        .or_else(|| {
            let mut alike = people.iter().filter(|p| {
                p.identity.birth_date == receipt.birth_date && p.identity.name == receipt.name
            });
            // Two of the same name and birth date: neither for sure.
            match (alike.next(), alike.next()) {
                (Some(one), None) => Some(one),
                _ => None,
            }
        });
    let about = person.map_or_else(About::default, |p| About {
        also: &p.identity.also,
        ..picture.about(&p.key)
    });
    guard::judge(receipt, About { station, ..about })
}
