//! Claim: an approved month leaves, once, and what comes back is kept.

use crate::check::{Approval, ClaimLine};
use crate::documents::{Stored, write_whole};
use crate::guard;
use crate::host::{Ended, Host, Loaded};
use reseplug_effect::{Fault, RepeatClass, RetryAdvice};
use reseplug_engine::Call;
use reseplug_engine::contract::{
    Acknowledgement, Document, DocumentKind, Filing, FilingKind, Finding, Payer, ReceiptOutcome,
    State, Status, Submission,
};
use reseplug_journal::{Claim, Flow, FlowError, Journal, filing_state};
use reseplug_model::Month;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;

/// How a month leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// Exact files for people to file in the official terminal. Never "filed".
    Handover,
    /// A gateway that takes them.
    Gateway,
}

impl Channel {
    /// What staff read.
    pub fn name_ja(self) -> &'static str {
        match self {
            Self::Handover => "引渡し",
            Self::Gateway => "ゲートウェイ",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Handover => "handover",
            Self::Gateway => "gateway",
        }
    }
}

/// State of a filing whose outcome nobody knows yet.
const IN_DOUBT: &str = "in-doubt";
/// State of a filing whose 受領書 is here.
const ACKNOWLEDGED: &str = "acknowledged";

/// Which approved month leaves how.
#[derive(Debug, Clone)]
pub struct SendRequest {
    /// 請求年月
    pub claim_month: Month,
    /// How.
    pub channel: Channel,
    /// 確認試験: never counts as a filing.
    pub trial: bool,
    /// Only this payer's file.
    pub payer: Option<Payer>,
    /// Who sends.
    pub by: String,
    /// Show what would leave, send nothing.
    pub dry_run: bool,
}

/// One payer's file and where it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sent {
    /// The job; empty in a rehearsal.
    pub job: String,
    /// The filing's key: unique in the store.
    pub key: String,
    /// How it left.
    pub channel: Channel,
    /// Where it is filed.
    pub payer: Payer,
    /// 請求年月
    pub claim_month: Month,
    /// Whether a 確認試験.
    pub trial: bool,
    /// 件数
    pub receipts: u32,
    /// 合計金額
    pub total: u64,
    /// SHA-256 of the file.
    pub sha256: String,
    /// The contract's word: `handed-over`, `checking`, `checked`, `confirmed` …
    pub state: String,
    /// The other side's reference.
    pub reference: String,
    /// When, ISO 8601.
    pub at: String,
    /// Files written, for a hand-over.
    pub files: Vec<String>,
    /// Another job that sent exactly this before; then nothing was sent now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub already_by: Option<String>,
}

/// What the other side says of a filing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// The filing.
    pub sent: Sent,
    /// Its state now.
    pub status: Status,
    /// 受付・事務点検 findings, once it is checked.
    pub findings: Vec<Finding>,
}

/// A 受領書 and what was made of it for the product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// The filing.
    pub sent: Sent,
    /// As received.
    pub number: String,
    /// 件数
    pub receipts: u32,
    /// 合計金額
    pub total: u64,
    /// When, ISO 8601.
    pub at: String,
    /// The 受領書 and the adapter's documents for the product.
    pub outputs: Vec<Stored>,
}

impl Host {
    /// Hands over or files an approved month, one job per payer. What left before, by whatever
    /// job, does not leave again.
    ///
    /// # Errors
    /// `claim/not-approved`, `claim/other-content` when another content of the same month left
    /// already, faults of the connector. A fault of one payer's file leaves the other's alone.
    pub fn send(&self, request: &SendRequest) -> Result<Vec<Result<Ended<Sent>, Fault>>, Fault> {
        let approval = self.approval(request.claim_month)?;
        let connector = self.claims_plugin(request.channel)?;
        self.ready(&connector)?;
        let lines = approval
            .report
            .files
            .iter()
            .filter(|line| request.payer.is_none_or(|p| p == line.payer));
        Ok(lines
            .map(|line| self.send_one(request, &approval, line, &connector))
            .collect())
    }

    pub(crate) fn claims_plugin(&self, channel: Channel) -> Result<Arc<Loaded>, Fault> {
        let configured = &self.station().connectors;
        match channel {
            Channel::Handover => self.serving(
                None,
                configured.handover.as_ref(),
                "connectors",
                "handover",
                "claims-handover",
            ),
            Channel::Gateway => self.serving(
                None,
                configured.gateway.as_ref(),
                "connectors",
                "gateway",
                "claims-gateway",
            ),
        }
    }

    /// `<channel>/<station>/<payer>/<month>/<kind>/`, without the content.
    fn key_stem(&self, request: &SendRequest, payer: Payer) -> String {
        format!(
            "{}/{}/{}/{}/{}/",
            request.channel.word(),
            self.code(),
            payer_code(payer),
            request.claim_month,
            if request.trial { "trial" } else { "claim" },
        )
    }

    fn send_one(
        &self,
        request: &SendRequest,
        approval: &Approval,
        line: &ClaimLine,
        connector: &Loaded,
    ) -> Result<Ended<Sent>, Fault> {
        let stem = self.key_stem(request, line.payer);
        let key = format!("{stem}{}", line.file.digest);
        let sent = Sent {
            job: String::new(),
            key: key.clone(),
            channel: request.channel,
            payer: line.payer,
            claim_month: request.claim_month,
            trial: request.trial,
            receipts: line.receipts,
            total: line.total,
            sha256: line.file.digest.clone(),
            state: "approved".to_owned(),
            reference: String::new(),
            at: String::new(),
            files: Vec::new(),
            already_by: None,
        };
        if !request.trial {
            self.refuse_other_content(&stem, &key)?;
        }
        if request.dry_run {
            return Ok(Ended::Done(sent));
        }
        let args = json!({ "key": key, "approval": approval.job, "by": request.by });
        let kind = request.channel.word();
        let id = self.job_id(None, kind, &json!({ "key": key }), false)?;
        let new = self.new_job(&id, kind, args, &[connector]);
        self.run(&new, |flow| {
            let detail =
                serde_json::to_value(&sent).map_err(|e| crate::host::not_json(&key, &e))?;
            if let Some(by) = self.claim_step(flow, &key, &detail)? {
                return Ok(Sent {
                    already_by: Some(by.0),
                    state: by.1,
                    ..sent.clone()
                });
            }
            let filing = self.filing(&sent, &line.file)?;
            self.say(
                &format!("{}のファイルを渡しています", payer_ja(line.payer)),
                "sending a claim file",
            );
            let call = Call::Submit {
                ctx: connector.context.clone(),
                filing,
            };
            let result: Result<Submission, FlowError> = self.call(flow, connector, &call);
            let submission = match result {
                Ok(submission) => submission,
                Err(FlowError::Fault(fault)) => {
                    let state = match fault.retry {
                        RetryAdvice::AskFirst => IN_DOUBT,
                        RetryAdvice::Never | RetryAdvice::Later => filing_state::RELEASED,
                    };
                    self.state_step(flow, &key, state)?;
                    return Err(FlowError::Fault(fault));
                }
                Err(other) => return Err(other),
            };
            let state = state_word(&submission.state);
            self.state_step(flow, &key, &state)?;
            Ok(Sent {
                job: flow.id().to_owned(),
                state,
                reference: submission.reference,
                at: submission.at,
                files: submission.files,
                ..sent.clone()
            })
        })
    }

    /// Another content of the same month and payer that left and was not taken back.
    fn refuse_other_content(&self, stem: &str, key: &str) -> Result<(), Fault> {
        let gone = |state: &str| [filing_state::RELEASED, filing_state::WITHDRAWN].contains(&state);
        let filings = self.journal().filings(self.code())?;
        let other = filings
            .iter()
            .find(|f| f.key.starts_with(stem) && f.key != key && !gone(&f.state));
        match other {
            None => Ok(()),
            Some(other) => Err(Fault::new(
                "claim/other-content",
                format!(
                    "この月のこの提出先には、別の内容のファイルをすでに渡しています（状態: {}、処理 {}）。取り下げてから、もう一度行ってください。`reseplug claim status` で確かめられます。",
                    state_ja(&other.state),
                    other.job
                ),
                format!(
                    "another content of this month left for this payer already ({}, job {}); withdraw it first",
                    other.state, other.job
                ),
            )),
        }
    }

    /// Claims the key; if another job holds it, who and in which state.
    fn claim_step(
        &self,
        flow: &mut Flow<'_>,
        key: &str,
        detail: &Value,
    ) -> Result<Option<(String, String)>, FlowError> {
        let job = flow.id().to_owned();
        flow.step("claim-key", key, RepeatClass::Safe, || {
            let journal = self.journal();
            for _ in 0..2 {
                match journal.claim_key(key, &job, detail, self.now())? {
                    Claim::Claimed => return Ok(None),
                    // The gateway answers the same key with the same submission, and the
                    // hand-over the same file with the same file: asking again settles it.
                    Claim::AlreadyBy(filing) if filing.state == IN_DOUBT => {
                        journal.set_filing(
                            key,
                            filing_state::RELEASED,
                            self.actor(),
                            self.now(),
                        )?;
                    }
                    Claim::AlreadyBy(filing) => return Ok(Some((filing.job, filing.state))),
                }
            }
            Err(Fault::later(
                "claim/busy",
                "ほかの処理が同じ請求を扱っています。少し待ってからやり直してください。",
                "another job is at the same filing; try again shortly",
            ))
        })
    }

    fn state_step(&self, flow: &mut Flow<'_>, key: &str, state: &str) -> Result<(), FlowError> {
        flow.step("note-state", &[key, state], RepeatClass::Safe, || {
            Ok(self
                .journal()
                .set_filing(key, state, self.actor(), self.now())?)
        })
    }

    fn filing(&self, sent: &Sent, file: &Stored) -> Result<Filing, Fault> {
        Ok(Filing {
            key: sent.key.clone(),
            payer: sent.payer,
            claim_month: sent.claim_month.to_string(),
            kind: if sent.trial {
                FilingKind::Trial
            } else {
                FilingKind::Claim
            },
            sha256: sent.sha256.clone(),
            receipts: sent.receipts,
            total: sent.total,
            document: Document {
                name: file.name.clone(),
                kind: DocumentKind::Claim,
                bytes: self.bytes(&file.digest)?,
            },
        })
    }

    /// What left in a month, as far as this host knows, oldest first. `channel` and `payer`
    /// narrow it.
    ///
    /// # Errors
    /// Faults of the store.
    pub fn filed(
        &self,
        claim_month: Month,
        channel: Option<Channel>,
        payer: Option<Payer>,
    ) -> Result<Vec<Sent>, Fault> {
        let mut found = Vec::new();
        for filing in self.journal().filings(self.code())? {
            let job = self.journal().job(&filing.job)?;
            let value = match job.map(|j| j.state) {
                Some(reseplug_journal::JobState::Done { value }) => value,
                _ => filing.detail.clone(),
            };
            let sent: Sent = serde_json::from_value(value)
                .map_err(|e| crate::host::not_json(&filing.key, &e))?;
            if sent.claim_month == claim_month
                && channel.is_none_or(|c| c == sent.channel)
                && payer.is_none_or(|p| p == sent.payer)
            {
                found.push(Sent {
                    state: filing.state,
                    job: filing.job,
                    ..sent
                });
            }
        }
        Ok(found)
    }

    /// Asks the gateway where its filings of a month stand, with the findings of those that
    /// are checked.
    ///
    /// # Errors
    /// Faults of the connector.
    pub fn standing(
        &self,
        claim_month: Month,
        payer: Option<Payer>,
    ) -> Result<Vec<Ended<Standing>>, Fault> {
        let connector = self.claims_plugin(Channel::Gateway)?;
        let filings = self.filed(claim_month, Some(Channel::Gateway), payer)?;
        filings
            .into_iter()
            .filter(|s| !s.reference.is_empty())
            .map(|sent| {
                // What is asked now is another question than what was asked before.
                let of = json!({ "key": sent.key });
                let id = self.job_id(None, "status", &of, true)?;
                let new = self.new_job(&id, "status", of, &[&connector]);
                self.run(&new, |flow| {
                    let status: Status = self.call(
                        flow,
                        &connector,
                        &Call::Status {
                            ctx: connector.context.clone(),
                            reference: sent.reference.clone(),
                        },
                    )?;
                    let state = state_word(&status.state);
                    let findings: Vec<Finding> = if state == "checking" {
                        Vec::new()
                    } else {
                        self.call(
                            flow,
                            &connector,
                            &Call::Findings {
                                ctx: connector.context.clone(),
                                reference: sent.reference.clone(),
                            },
                        )?
                    };
                    if sent.state != ACKNOWLEDGED {
                        self.state_step(flow, &sent.key, &state)?;
                    }
                    Ok(Standing {
                        sent: Sent {
                            state,
                            ..sent.clone()
                        },
                        status,
                        findings,
                    })
                })
            })
            .collect()
    }

    /// 請求確定 of the gateway's filings of a month. With `include_errors` 要確認 receipts are
    /// filed too. One that is confirmed already stays as it is.
    ///
    /// # Errors
    /// Faults of the connector; when nobody knows whether a confirmation arrived, its state is
    /// asked for.
    pub fn confirm(
        &self,
        claim_month: Month,
        payer: Option<Payer>,
        include_errors: bool,
        by: &str,
        dry_run: bool,
    ) -> Result<Vec<Ended<Sent>>, Fault> {
        let connector = self.claims_plugin(Channel::Gateway)?;
        let filings = self.filed(claim_month, Some(Channel::Gateway), payer)?;
        filings
            .into_iter()
            .filter(|s| !s.trial && !s.reference.is_empty())
            .map(|sent| {
                if ["confirmed", ACKNOWLEDGED].contains(&sent.state.as_str()) || dry_run {
                    return Ok(Ended::Done(sent));
                }
                let args = json!({ "key": sent.key, "include_errors": include_errors, "by": by });
                let id = self.job_id(None, "confirm", &args, false)?;
                let new = self.new_job(&id, "confirm", args, &[&connector]);
                self.run(&new, |flow| {
                    let confirm = Call::Confirm {
                        ctx: connector.context.clone(),
                        reference: sent.reference.clone(),
                        include_errors,
                    };
                    let result: Result<Status, FlowError> = self.call(flow, &connector, &confirm);
                    let status = match result {
                        Err(FlowError::Fault(fault)) if fault.retry == RetryAdvice::AskFirst => {
                            self.call(
                                flow,
                                &connector,
                                &Call::Status {
                                    ctx: connector.context.clone(),
                                    reference: sent.reference.clone(),
                                },
                            )?
                        }
                        other => other?,
                    };
                    let state = state_word(&status.state);
                    self.state_step(flow, &sent.key, &state)?;
                    Ok(Sent {
                        state,
                        at: status.at,
                        ..sent.clone()
                    })
                })
            })
            .collect()
    }

    /// 請求取消 of the gateway's filings of a month.
    ///
    /// # Errors
    /// Faults of the connector.
    pub fn withdraw(
        &self,
        claim_month: Month,
        payer: Option<Payer>,
        by: &str,
        dry_run: bool,
    ) -> Result<Vec<Ended<Sent>>, Fault> {
        let connector = self.claims_plugin(Channel::Gateway)?;
        let filings = self.filed(claim_month, Some(Channel::Gateway), payer)?;
        filings
            .into_iter()
            .filter(|s| !s.reference.is_empty())
            .map(|sent| {
                if sent.state == filing_state::WITHDRAWN || dry_run {
                    return Ok(Ended::Done(sent));
                }
                let args = json!({ "key": sent.key, "job": sent.job, "by": by });
                let id = self.job_id(None, "withdraw", &args, false)?;
                let new = self.new_job(&id, "withdraw", args, &[&connector]);
                self.run(&new, |flow| {
                    let call = Call::Withdraw {
                        ctx: connector.context.clone(),
                        reference: sent.reference.clone(),
                    };
                    let status: Status = self.call(flow, &connector, &call)?;
                    let state = state_word(&status.state);
                    self.state_step(flow, &sent.key, &state)?;
                    Ok(Sent {
                        state,
                        ..sent.clone()
                    })
                })
            })
            .collect()
    }

    /// Fetches the 受領書 of the gateway's confirmed filings, keeps it, and brings the outcome
    /// into the product's own format. What has no 受領書 yet is left out.
    ///
    /// # Errors
    /// Faults of the connector and the adapter.
    pub fn acknowledge(
        &self,
        claim_month: Month,
        payer: Option<Payer>,
        output: Option<&PathBuf>,
    ) -> Result<Vec<Ended<Option<Acknowledged>>>, Fault> {
        let connector = self.claims_plugin(Channel::Gateway)?;
        let adapter = self.adapter(None)?;
        let output = self.output(output);
        let filings = self.filed(claim_month, Some(Channel::Gateway), payer)?;
        filings
            .into_iter()
            .filter(|s| !s.trial && !s.reference.is_empty())
            .filter(|s| ["confirmed", ACKNOWLEDGED].contains(&s.state.as_str()))
            .map(|sent| {
                let args = json!({ "key": sent.key, "output": output });
                // One that found nothing yet is asked again.
                let id = self.job_id(None, "ack", &args, sent.state != ACKNOWLEDGED)?;
                let new = self.new_job(&id, "ack", args, &[&connector, &adapter]);
                self.run(&new, |flow| {
                    let call = Call::Acknowledgement {
                        ctx: connector.context.clone(),
                        reference: sent.reference.clone(),
                    };
                    let found: Option<Acknowledgement> = self.call(flow, &connector, &call)?;
                    let Some(found) = found else {
                        return Ok(None);
                    };
                    let findings: Vec<Finding> = self.call(
                        flow,
                        &connector,
                        &Call::Findings {
                            ctx: connector.context.clone(),
                            reference: sent.reference.clone(),
                        },
                    )?;
                    self.bring_back(flow, &adapter, &sent, &found, &findings, &output)
                        .map(Some)
                })
            })
            .collect()
    }

    /// Reads a 受領書 that staff downloaded in the official terminal, for a file that was
    /// handed over.
    ///
    /// # Errors
    /// `claim/nothing-handed-over`, faults of the connector, for instance when the download is
    /// about another file.
    pub fn read_acknowledgement(
        &self,
        claim_month: Month,
        payer: Payer,
        download: &std::path::Path,
        output: Option<&PathBuf>,
    ) -> Result<Ended<Acknowledged>, Fault> {
        let connector = self.claims_plugin(Channel::Handover)?;
        let adapter = self.adapter(None)?;
        let output = self.output(output);
        let filings = self.filed(claim_month, Some(Channel::Handover), Some(payer))?;
        let sent = filings
            .into_iter()
            .rfind(|s| !s.trial && !s.reference.is_empty())
            .ok_or_else(|| {
                Fault::new(
                    "claim/nothing-handed-over",
                    format!(
                        "{claim_month} 請求分の{}のファイルは、まだ引き渡していません。",
                        payer_ja(payer)
                    ),
                    format!("no file of {claim_month} was handed over for this payer"),
                )
            })?;
        let inputs = [crate::documents::Input {
            path: download.to_owned(),
            kind: DocumentKind::Other,
        }];
        let args = json!({ "key": sent.key, "documents": inputs, "output": output });
        let digests = self.digests(&inputs)?;
        let id = self.job_id(None, "ack", &json!([args, digests]), false)?;
        let new = self.new_job(&id, "ack", args, &[&connector, &adapter]);
        self.run(&new, |flow| {
            let stored = self.read_step(flow, &inputs)?;
            let documents = self.documents(&stored)?;
            let [document] = documents.as_slice() else {
                return Err(FlowError::Fault(crate::fill::no_documents(
                    &self.station().file,
                )));
            };
            let file = Stored {
                name: "RECEIPTH.UKE".to_owned(),
                kind: DocumentKind::Claim,
                path: PathBuf::new(),
                digest: sent.sha256.clone(),
            };
            let call = Call::ReadAcknowledgement {
                ctx: connector.context.clone(),
                filing: self.filing(&sent, &file)?,
                download: document.clone(),
            };
            let found: Acknowledgement = self.call(flow, &connector, &call)?;
            self.bring_back(flow, &adapter, &sent, &found, &[], &output)
        })
    }

    /// Keeps the 受領書, has the adapter make its documents, and writes both.
    fn bring_back(
        &self,
        flow: &mut Flow<'_>,
        adapter: &Loaded,
        sent: &Sent,
        found: &Acknowledgement,
        findings: &[Finding],
        output: &std::path::Path,
    ) -> Result<Acknowledged, FlowError> {
        let folder = output
            .join("受領")
            .join(sent.claim_month.to_string())
            .join(payer_code(sent.payer));
        let outcomes = self.outcomes(sent, findings)?;
        let made = adapter
            .plugin
            .accept(&adapter.context, &[], &outcomes)
            .map_err(Fault::from)?;
        let outputs = std::iter::once(&found.document)
            .chain(&made)
            .map(|d| self.keep(d, folder.join(&d.name)))
            .collect::<Result<Vec<_>, _>>()?;
        self.write_step(flow, &outputs, &[])?;
        self.state_step(flow, &sent.key, ACKNOWLEDGED)?;
        Ok(Acknowledged {
            sent: Sent {
                state: ACKNOWLEDGED.to_owned(),
                ..sent.clone()
            },
            number: found.number.clone(),
            receipts: found.receipts,
            total: found.total,
            at: found.at.clone(),
            outputs,
        })
    }

    /// What became of each receipt of a filed file.
    fn outcomes(&self, sent: &Sent, findings: &[Finding]) -> Result<Vec<ReceiptOutcome>, Fault> {
        let receipts = guard::read("RECEIPTH.UKE", &self.bytes(&sent.sha256)?)?;
        Ok(receipts
            .into_iter()
            .map(|receipt| {
                let messages: Vec<String> = findings
                    .iter()
                    .filter(|f| f.receipt == Some(receipt.number))
                    .map(|f| format!("{} {}", f.code, f.message_ja))
                    .collect();
                ReceiptOutcome {
                    payer: sent.payer,
                    number: receipt.number,
                    person_key: receipt.person_key.unwrap_or_default(),
                    name: receipt.name,
                    service_month: receipt.service_month.to_string(),
                    total: receipt.total.0,
                    state: if messages.is_empty() {
                        "accepted"
                    } else {
                        "error"
                    }
                    .to_owned(),
                    messages,
                }
            })
            .collect())
    }

    /// Writes copies of an approved month's files into a folder: always possible, with no
    /// plugin, folder or network.
    ///
    /// # Errors
    /// `claim/not-approved`, `file/unwritable`.
    pub fn write_claims(
        &self,
        claim_month: Month,
        folder: &std::path::Path,
    ) -> Result<Vec<PathBuf>, Fault> {
        let approval = self.approval(claim_month)?;
        approval
            .report
            .files
            .iter()
            .map(|line| {
                let path = folder.join(payer_code(line.payer)).join("RECEIPTH.UKE");
                write_whole(&path, &self.bytes(&line.file.digest)?)?;
                Ok(path)
            })
            .collect()
    }
}

/// 審査支払機関 code of the HM record.
pub(crate) fn payer_code(payer: Payer) -> &'static str {
    match payer {
        Payer::SocialInsuranceFund => "1",
        Payer::NationalHealthFederation => "2",
    }
}

/// The payer's name.
pub fn payer_ja(payer: Payer) -> &'static str {
    match payer {
        Payer::SocialInsuranceFund => "支払基金",
        Payer::NationalHealthFederation => "国保連",
    }
}

/// The contract's word for a state.
fn state_word(state: &State) -> String {
    match state {
        State::HandedOver => "handed-over",
        State::Checking => "checking",
        State::Checked => "checked",
        State::Confirmed => "confirmed",
        State::Withdrawn => filing_state::WITHDRAWN,
        State::Other(word) => word,
    }
    .to_owned()
}

/// What staff read for a filing's state. A hand-over is never "filed".
pub fn state_ja(state: &str) -> &str {
    match state {
        "approved" => "承認済み（まだ渡していません）",
        filing_state::CLAIMED => "送り始め（結果待ち）",
        filing_state::RELEASED => "送っていません",
        IN_DOUBT => "結果不明（確かめるまで送り直しません）",
        "handed-over" => "引渡し済み（まだ請求していません）",
        "checking" => "受付・事務点検中",
        "checked" => "点検済み（請求確定待ち）",
        "confirmed" => "請求確定",
        filing_state::WITHDRAWN => "取消済み",
        ACKNOWLEDGED => "受領書あり",
        other => other,
    }
}
