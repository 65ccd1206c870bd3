//! Approval: a named person says that exactly these files are filed.

use super::{CheckReport, CheckRequest, ClaimLine, Guarded, Twice, shortened};
use crate::accept::Answers;
use crate::claim::record::{damaged, receipts_of};
use crate::fill::no_documents;
use crate::host::{Ended, Host};
use reseplug_claims::{Event, How, Recorded};
use reseplug_effect::{Fault, RepeatClass, jst};
use reseplug_journal::{Decision, Flow, FlowError, Job, JobFilter, JobState, Journal};
use reseplug_model::Month;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;

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
        // The last approval counts: what was approved before another is approved anew, as is what
        // is not as it was approved.
        let anew = match self.approval(month) {
            Ok(last) => last.job != id,
            Err(fault) => fault.code == DAMAGED,
        };
        if anew {
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
            let payer = line.payer;
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
                    findings: count(report.findings_of(line)),
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
    /// `claim/not-approved` when there is none; `claim/record-damaged` when it is not what the claim
    /// record says was approved.
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
                self.as_recorded(&approval)?;
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

    /// An approval lies in the job that made it, and each of its files in the claim record as well,
    /// which is compared with the audit record: a file that was put into the one behind its back is
    /// not in the other.
    fn as_recorded(&self, approval: &Approval) -> Result<(), Fault> {
        let book = self.book()?;
        let report = &approval.report;
        let approved = |line: &ClaimLine| {
            let of_line = |told: &&Recorded| {
                told.month == report.claim_month
                    && told.payer == line.payer
                    && told.by == approval.by
            };
            book.beside().iter().filter(of_line).any(|told| {
                matches!(&told.event, Event::Approved { sha256, receipts, total }
                    if *sha256 == line.file.digest
                        && (*receipts, *total) == (line.receipts, line.total))
            })
        };
        match report.files.iter().all(approved) {
            true => Ok(()),
            false => Err(damaged(&format!("approval {}", approval.job), "files")),
        }
    }
}

/// What is not as it was written.
const DAMAGED: &str = "claim/record-damaged";

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
