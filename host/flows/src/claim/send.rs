//! An approved month leaves, once: by hand-over or over the gateway.

mod leaving;
mod refused;

use leaving::Leaving;
use refused::{beside, cut_off, may, nothing_for};

use super::record::{detail, receipts_of, rows};
use super::there::UNKNOWN;
use super::{Channel, OfPayer, SendRequest, Sent, told_by};
use crate::check::{Approval, ClaimLine};
use crate::documents::{Stored, absolute};
use crate::host::{Ended, Host, Loaded};
use reseplug_claims::{Event, Filing, FilingKey, How, Kind, Receipt, Stage};
use reseplug_effect::{Fault, RepeatClass, RetryAdvice};
use reseplug_engine::Call;
use reseplug_engine::contract::{
    Document, DocumentKind, Filing as Handed, FilingKind, State, Status, Submission,
};
use reseplug_journal::{Claim, Flow, FlowError, JobFilter, JobState, Journal};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

impl Host {
    /// Hands over or files an approved month, one job per payer. What left before, by whatever
    /// job and channel, does not leave again unless a named person says why.
    ///
    /// # Errors
    /// `claim/not-approved`, `claim/nothing-for-payer`, `claim/not-a-sender`, `claim/other-content` when another content of the
    /// same month left already, `claim/left-before` when the very same did, `claim/claimed-before`
    /// when receipts of it stand as claimed, `claim/unknown-submission` when the gateway has sendings
    /// that this store lacked, `claim/receipts-unknown` when nobody can tell what an earlier sending
    /// held, `claim/outside-hours`, `claim/other-certificate`, faults of the connector. A fault of one payer's file leaves the other's alone.
    pub fn send(&self, request: &SendRequest) -> Result<Vec<OfPayer>, Fault> {
        self.is_sender(&request.by)?;
        let approval = self.approval(request.claim_month)?;
        let connector = self.claims_plugin(request.channel)?;
        self.ready(&connector)?;
        let lines: Vec<&ClaimLine> = approval
            .report
            .files
            .iter()
            .filter(|line| request.payer.is_none_or(|p| p == line.payer))
            .collect();
        if let (Some(payer), true) = (request.payer, lines.is_empty()) {
            return Err(nothing_for(payer, request.claim_month));
        }
        let mut sent = Vec::new();
        let mut named: BTreeSet<FilingKey> = BTreeSet::new();
        for line in lines {
            let ended = self.send_one(request, &approval, line, &connector);
            if ended.as_ref().is_err_and(|fault| fault.code == UNKNOWN) {
                let book = self.book()?;
                named.extend(book.untold().map(|filing| filing.key.clone()));
            }
            sent.push(OfPayer {
                payer: line.payer,
                ended,
            });
        }
        self.told_of(named, &request.by)?;
        if !request.dry_run {
            self.end_cut_off(request)?;
        }
        Ok(sent)
    }

    /// Ends sendings of the month that were cut off before they claimed a key: nothing of them left, and
    /// this command was given in their place.
    fn end_cut_off(&self, request: &SendRequest) -> Result<(), Fault> {
        let (_, owners) = self.book_and_jobs()?;
        let open = self.journal().jobs(&JobFilter {
            station: Some(self.code().to_owned()),
            kind: Some(format!("flow.{}", request.channel.word())),
            roots: true,
            open: true,
            ..JobFilter::default()
        })?;
        for job in open {
            let key = job.new.args.get("key").and_then(Value::as_str);
            let key = key.and_then(|key| key.parse::<FilingKey>().ok());
            let meant = key.is_some_and(|key| {
                key.month == request.claim_month
                    && (key.kind == Kind::Trial) == request.trial
                    && request.payer.is_none_or(|payer| payer == key.payer)
            });
            let parked = matches!(job.state, JobState::Parked { .. });
            if meant && !parked && !owners.values().any(|owner| owner == job.id()) {
                self.end_family(&job, &cut_off(job.id()))?;
            }
        }
        Ok(())
    }

    /// Records that a person was told of sendings that had been entered from what the other side has.
    ///
    /// # Errors
    /// `journal/…`
    pub fn told_of(
        &self,
        named: impl IntoIterator<Item = FilingKey>,
        by: &str,
    ) -> Result<(), Fault> {
        let book = self.book()?;
        let untold = |key: &FilingKey| book.filing(key).is_some_and(Filing::is_untold);
        let told: Vec<_> = named
            .into_iter()
            .filter(untold)
            .map(|key| self.told(&key, Event::Told {}, How::Acted, by))
            .collect();
        match told.is_empty() {
            true => Ok(()),
            false => self.record(&self.fresh_id("told"), None, &told),
        }
    }

    /// The connector of a channel; the gateway only under a certificate of this station.
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
            Channel::Gateway => {
                // Whatever is asked there is asked in the name of the certificate's owner.
                self.own_certificate()?;
                self.serving(
                    None,
                    configured.gateway.as_ref(),
                    "connectors",
                    "gateway",
                    "claims-gateway",
                )
            }
        }
    }

    /// Whether somebody may send, where the station file says who.
    pub(super) fn is_sender(&self, by: &str) -> Result<(), Fault> {
        may(
            by,
            &self.station().claims.senders,
            "claim/not-a-sender",
            "送信",
        )
    }

    /// Whether somebody may approve, where the station file says who.
    pub(crate) fn is_approver(&self, by: &str) -> Result<(), Fault> {
        may(
            by,
            &self.station().claims.approvers,
            "claim/not-an-approver",
            "承認",
        )
    }

    fn send_one(
        &self,
        request: &SendRequest,
        approval: &Approval,
        line: &ClaimLine,
        connector: &Arc<Loaded>,
    ) -> Result<Ended<Sent>, Fault> {
        let ended = self.send_known(request, approval, line, connector);
        let closed = |fault: &Fault| {
            matches!(
                fault.code.as_str(),
                "claim/only-corrections" | "claim/month-is-over"
            )
        };
        // What is late as far as is known here may have been sent, and forgotten with a restored store.
        if request.channel == Channel::Gateway
            && !request.dry_run
            && ended.as_ref().is_err_and(closed)
        {
            let before = self.book()?.filings().len();
            let looked = self.look_for(connector, request.claim_month, None);
            if looked.is_ok() && self.book()?.filings().len() != before {
                return self.send_known(request, approval, line, connector);
            }
        }
        ended
    }

    fn send_known(
        &self,
        request: &SendRequest,
        approval: &Approval,
        line: &ClaimLine,
        connector: &Arc<Loaded>,
    ) -> Result<Ended<Sent>, Fault> {
        let receipts = receipts_of(&line.file.name, &self.bytes(&line.file.digest)?)?;
        let (book, jobs) = self.book_and_jobs()?;
        let leaving = self.leaving(request, approval, line, receipts, (&book, &jobs))?;
        // A job that was cut off after the sending was recorded is taken up all the same, so that it
        // ends.
        let open = match jobs.get(&leaving.key) {
            Some(job) => self.is_open(job)?,
            None => false,
        };
        if let Some(filing) = book.filing(&leaving.key)
            && !open
            && filing.channel == request.channel
            && !matches!(
                filing.stage(),
                Stage::Begun | Stage::InDoubt | Stage::Released
            )
        {
            let sent = self.sent(filing, &jobs);
            let restores = !sent.gone.is_empty() && !request.dry_run;
            if !restores {
                return Ok(Ended::Done(Sent {
                    already_by: Some(sent.job.clone()),
                    ..sent
                }));
            }
            return self.restore(request, line, &leaving, sent, connector);
        }
        let (payer, month) = (leaving.key.payer, leaving.key.month);
        if request.channel == Channel::Gateway {
            self.may_send(leaving.key.kind, payer, month, &leaving.receipts, &book)?;
        }
        let mut filing = Filing::new(
            leaving.key.clone(),
            request.channel,
            leaving.receipts.clone(),
        );
        if request.dry_run {
            let sent = Sent {
                state: "approved".to_owned(),
                ..self.seen(&filing, "", Vec::new())
            };
            return Ok(Ended::Done(sent));
        }
        let key = leaving.key.to_string();
        let args = json!({ "key": key, "approval": approval.job, "by": request.by,
            "channel": request.channel, "overruled": leaving.overruled, "again": request.again });
        let kind = request.channel.word();
        let id = self.job_id(None, kind, &json!({ "key": key }), false)?;
        let args = self.begun_with(&id, args)?;
        let by = began_by(&args, &request.by);
        // What was overruled is what stood against it when the job was begun, not what stands now.
        let overruled: Vec<String> = args
            .get("overruled")
            .and_then(|all| serde_json::from_value(all.clone()).ok())
            .unwrap_or_default();
        let again = args
            .get("again")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let asked = self.before_leaving(request.channel, connector);
        // A certificate of another station is put right; it is no line that failed.
        if let Err(fault) = &asked
            && fault.code == "claim/other-certificate"
        {
            return Err(fault.clone());
        }
        let mut pinned: Vec<&Loaded> = vec![connector];
        if let Ok(Some(gateway)) = &asked
            && gateway.id != connector.id
        {
            pinned.push(gateway);
        }
        let new = self.new_job(&id, kind, args, &pinned);
        // Made before the key is claimed: what cannot be handed over claims nothing.
        let handed = self.handed(&leaving.key, &line.file, &leaving.receipts)?;
        self.run(&new, |flow| {
            let own = (&leaving.key, leaving.receipts.as_slice());
            let unasked = self.nothing_unknown(flow, &asked, request.channel, own, &by)?;
            if let Some(owner) = self.claim_step(flow, &leaving, request.channel)? {
                let (book, jobs) = self.book_and_jobs()?;
                let known = book.filing(&leaving.key).unwrap_or(&filing);
                // The other way was faster: that is no sending of this one.
                if known.channel != request.channel {
                    return Err(FlowError::Fault(beside(known)));
                }
                return Ok(Sent {
                    already_by: Some(owner),
                    ..self.sent(known, &jobs)
                });
            }
            let tell = |event| self.told(&leaving.key, event, How::Acted, &by);
            let mut begun: Vec<_> = overruled
                .iter()
                .map(|what| {
                    tell(Event::Overruled {
                        what: what.clone(),
                        reason: again.clone(),
                    })
                })
                .collect();
            begun.push(tell(Event::Begun {
                channel: request.channel,
            }));
            begun.extend(unasked.map(|code| tell(Event::Unasked { code })));
            self.record_step(flow, "begun", begun)?;
            self.say(
                &format!("{}のファイルを渡しています", line.payer.name_ja()),
                "sending a claim file",
            );
            let by_hand = self.by_hand_step(flow, &leaving.key, request.channel)?;
            let call = Call::Submit {
                ctx: connector.context.clone(),
                filing: by_hand.with(handed),
            };
            let result: Result<Submission, FlowError> = self.call(flow, connector, &call);
            let submission = match result {
                Ok(submission) => submission,
                Err(FlowError::Fault(fault)) => {
                    let code = fault.code.clone();
                    let event = match fault.retry {
                        RetryAdvice::AskFirst => Event::InDoubt { code },
                        RetryAdvice::Never | RetryAdvice::Later => Event::Released { code },
                    };
                    self.record_step(flow, "failed", vec![tell(event)])?;
                    return Err(FlowError::Fault(fault));
                }
                Err(other) => return Err(other),
            };
            let twins = super::there::twins(&submission);
            let event = match request.channel {
                Channel::Handover => Event::HandedOver {
                    reference: submission.reference.clone(),
                    files: self.placed(&submission.files),
                },
                Channel::Gateway => Event::Submitted {
                    reference: submission.reference.clone(),
                },
            };
            let mut events = vec![tell(event)];
            let status = Status {
                reference: submission.reference,
                state: submission.state,
                at: submission.at,
                normal: 0,
                attention: 0,
                rejected: 0,
                confirmation: None,
                extra: Vec::new(),
            };
            // Counts are not told with a submission, so `checked` is learned by asking.
            if !matches!(status.state, State::Checked)
                && let Some(event) = told_by(&status)
            {
                events.push(self.told(&leaving.key, event, How::Answered, &by));
            }
            filing.events.extend(events.iter().cloned());
            self.record_step(flow, "sent", events)?;
            self.take_back_twins(flow, connector, &twins)?;
            // It was there before, and this store had forgotten: what became of it is asked.
            if request.channel == Channel::Gateway
                && matches!(status.state, State::Confirmed | State::Withdrawn)
            {
                self.ask_standing(flow, connector, &filing, &status.reference)?;
                let (book, jobs) = self.book_and_jobs()?;
                let now = book.filing(&leaving.key).unwrap_or(&filing);
                return Ok(self.sent(now, &jobs));
            }
            Ok(self.seen(&filing, flow.id(), Vec::new()))
        })
    }

    /// What a job began with, or what it begins with now. Somebody else who gives the same
    /// command takes up the job, or sees what it came to; it stays that of who began it.
    pub(super) fn begun_with(&self, id: &str, args: Value) -> Result<Value, Fault> {
        Ok(self.journal().job(id)?.map_or(args, |job| job.new.args))
    }

    /// Claims the key; if another job holds it, who.
    fn claim_step(
        &self,
        flow: &mut Flow<'_>,
        leaving: &Leaving,
        channel: Channel,
    ) -> Result<Option<String>, FlowError> {
        let job = flow.id().to_owned();
        let key = leaving.key.to_string();
        let receipts = rows(&leaving.key, &leaving.receipts)?;
        flow.step("claim-key", &key, RepeatClass::Safe, || {
            let journal = self.journal();
            for _ in 0..2 {
                match journal.claim_key(&key, &job, &detail(channel), &receipts, self.now())? {
                    Claim::Claimed => return Ok(None),
                    // The gateway answers the same key with the same submission, and the
                    // hand-over the same file with the same file: asking again settles it.
                    Claim::AlreadyBy(filing) if self.may_be_taken_up(&filing)? => {
                        let event = Event::Released {
                            code: "claim/taken-up".to_owned(),
                        };
                        let told = self.told(&leaving.key, event, How::Acted, self.actor());
                        self.record(&format!("{job}/taken-up"), Some(&job), &[told])?;
                    }
                    Claim::AlreadyBy(filing) if filing.state == Stage::Begun.word() && filing.job.starts_with("entered-") => {
                        return Err(Fault::new(
                            "claim/half-entered",
                            "このファイルは `claim report sent --file` で記録している途中で止まっています。先に同じ `claim report` をもう一度実行してください。何も渡していません。",
                            "this file was being entered with `claim report sent --file`, and that was cut off: give the same `claim report` once more first. Nothing was handed over",
                        ));
                    }
                    Claim::AlreadyBy(filing) => return Ok(Some(filing.job)),
                }
            }
            Err(Fault::later(
                "claim/busy",
                "ほかの処理が同じ請求を扱っています。少し待ってからやり直してください。",
                "another job is at the same filing; try again shortly",
            ))
        })
    }

    /// Whether a key is held by nobody any more: its outcome is in doubt, or its job ended before
    /// it could tell one.
    fn may_be_taken_up(&self, filing: &reseplug_journal::Filing) -> Result<bool, Fault> {
        if filing.state == Stage::InDoubt.word() {
            return Ok(true);
        }
        if filing.state != Stage::Begun.word() {
            return Ok(false);
        }
        let owner = self.journal().job(&filing.job)?;
        Ok(owner.is_none_or(|job| job.state.is_closed()))
    }

    /// Places the files of a hand-over again that are gone. One that somebody changed stays, and
    /// the connector says so.
    fn restore(
        &self,
        request: &SendRequest,
        line: &ClaimLine,
        leaving: &Leaving,
        sent: Sent,
        connector: &Loaded,
    ) -> Result<Ended<Sent>, Fault> {
        let args = json!({ "key": sent.key, "by": request.by });
        let id = self.job_id(None, "restore", &json!({ "key": sent.key }), true)?;
        let new = self.new_job(&id, "restore", args, &[connector]);
        self.run(&new, |flow| {
            let handed = self.handed(&leaving.key, &line.file, &leaving.receipts)?;
            let by_hand = self.by_hand_step(flow, &leaving.key, request.channel)?;
            let call = Call::Submit {
                ctx: connector.context.clone(),
                filing: by_hand.with(handed),
            };
            let _: Submission = self.call(flow, connector, &call)?;
            Ok(Sent {
                gone: Vec::new(),
                ..sent.clone()
            })
        })
    }

    /// Where a person finds the files of a hand-over. What lies in the station's folder is named
    /// relative to it: whoever moves that folder finds its files there still.
    fn placed(&self, files: &[String]) -> Vec<String> {
        let base = self
            .station()
            .exchange
            .values()
            .find_map(|binding| match &binding.folder {
                reseplug_policy::Folder::Handover { path } => Some(self.folder().join(path)),
                reseplug_policy::Folder::Terminal { .. } => None,
            });
        files
            .iter()
            .map(|file| match &base {
                Some(base) => {
                    let path = absolute(&base.join(file));
                    match path.strip_prefix(self.folder()) {
                        Ok(inside) => plain(inside),
                        Err(_) => path.display().to_string(),
                    }
                }
                None => file.clone(),
            })
            .collect()
    }

    /// What the connector is given.
    pub(super) fn handed(
        &self,
        key: &FilingKey,
        file: &Stored,
        receipts: &[Receipt],
    ) -> Result<Handed, Fault> {
        Ok(Handed {
            key: key.to_string(),
            payer: super::contract_payer(key.payer),
            claim_month: key.month.to_string(),
            kind: match key.kind {
                Kind::Trial => FilingKind::Trial,
                Kind::Claim => FilingKind::Claim,
            },
            sequence: key.sequence,
            sha256: key.sha256.clone(),
            receipts: u32::try_from(receipts.len()).unwrap_or(u32::MAX),
            total: receipts
                .iter()
                .map(|r| r.total)
                .fold(0, u64::saturating_add),
            document: Document {
                name: file.name.clone(),
                kind: DocumentKind::Claim,
                bytes: self.bytes(&file.digest)?,
            },
            replaces: None,
            before: None,
            calendar: Vec::new(),
        })
    }
}

/// A relative path as it stands in the store, the same on every system.
fn plain(inside: &Path) -> String {
    let parts = inside.components().map(|part| part.as_os_str());
    let parts: Vec<_> = parts.map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

/// Who began a job.
pub(super) fn began_by(args: &Value, now: &str) -> String {
    let by = args.get("by").and_then(Value::as_str);
    by.unwrap_or(now).to_owned()
}
