//! An approved month leaves, once: by hand-over or over the gateway.

use super::{
    ACKNOWLEDGED, Channel, IN_DOUBT, SendRequest, Sent, payer_code, payer_ja, state_ja, state_word,
};
use crate::check::{Approval, ClaimLine};
use crate::documents::Stored;
use crate::host::{Ended, Host, Loaded};
use reseplug_effect::{Fault, RepeatClass, RetryAdvice};
use reseplug_engine::Call;
use reseplug_engine::contract::{Document, DocumentKind, Filing, FilingKind, Payer, Submission};
use reseplug_journal::{Claim, Flow, FlowError, Journal, filing_state};
use serde_json::{Value, json};
use std::sync::Arc;

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
        let args = self.begun_with(&id, args)?;
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

    /// What a job began with, or what it begins with now. Somebody else who gives the same
    /// command takes up the job, or sees what it came to; it stays that of who began it.
    pub(super) fn begun_with(&self, id: &str, args: Value) -> Result<Value, Fault> {
        Ok(self.journal().job(id)?.map_or(args, |job| job.new.args))
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

    pub(super) fn state_step(
        &self,
        flow: &mut Flow<'_>,
        key: &str,
        state: &str,
    ) -> Result<(), FlowError> {
        flow.step("note-state", &[key, state], RepeatClass::Safe, || {
            let journal = self.journal();
            let filings = journal.filings(self.code())?;
            let known = filings.iter().find(|filing| filing.key == key);
            // A confirmation that was cut off and is taken up again knows less than its 受領書.
            if state == "confirmed" && known.is_some_and(|known| known.state == ACKNOWLEDGED) {
                return Ok(());
            }
            Ok(journal.set_filing(key, state, self.actor(), self.now())?)
        })
    }

    pub(super) fn filing(&self, sent: &Sent, file: &Stored) -> Result<Filing, Fault> {
        Ok(Filing {
            key: sent.key.clone(),
            payer: sent.payer,
            claim_month: sent.claim_month.to_string(),
            kind: if sent.trial {
                FilingKind::Trial
            } else {
                FilingKind::Claim
            },
            sequence: 1,
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
}
