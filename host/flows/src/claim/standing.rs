//! Where the gateway's filings stand, and what is done about it: confirm, withdraw, take down.

use super::{Channel, OfPayer, Sendings, Sent, Standing, payer_ja, told_by};
use crate::host::{Ended, Host, Loaded};
use reseplug_claims::{Action, Event, Filing, FilingKey, How, Refused, Stage, Verdict};
use reseplug_effect::{Fault, RetryAdvice};
use reseplug_engine::Call;
use reseplug_engine::contract::{Finding, Payer, Severity, State, Status};
use reseplug_journal::{Flow, FlowError, Journal};
use reseplug_model::Month;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// What 受付・事務点検 made of each receipt: the worst of its findings. One that is about the file as
/// a whole and rejects it takes every receipt along.
pub(super) fn verdicts(findings: &[Finding], filing: &Filing) -> BTreeMap<u32, Verdict> {
    let of = |severity: Severity| match severity {
        Severity::Reject => Verdict::Rejected,
        Severity::ReturnRisk | Severity::Attention => Verdict::Attention,
        Severity::Note => Verdict::Normal,
    };
    let mut all = BTreeMap::new();
    let whole = findings
        .iter()
        .any(|f| f.receipt.is_none() && f.severity == Severity::Reject);
    if whole {
        all.extend(
            filing
                .receipts
                .iter()
                .map(|r| (r.number, Verdict::Rejected)),
        );
    }
    for finding in findings {
        let (Some(number), verdict) = (finding.receipt, of(finding.severity)) else {
            continue;
        };
        if verdict > Verdict::Normal {
            let worst = all.entry(number).or_insert(verdict);
            *worst = verdict.max(*worst);
        }
    }
    all
}

impl Host {
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
        let (book, jobs) = self.book_and_jobs()?;
        let own = book.filings().iter().filter(|filing| {
            filing.key.month == claim_month
                && channel.is_none_or(|c| c == filing.channel)
                && payer.is_none_or(|p| super::model_payer(p) == filing.key.payer)
        });
        Ok(own.map(|filing| self.sent(filing, &jobs)).collect())
    }

    /// The months of which something left, by whatever channel, ascending.
    ///
    /// # Errors
    /// Faults of the store.
    pub fn filed_months(&self) -> Result<BTreeSet<Month>, Fault> {
        Ok(self.book()?.filings().iter().map(|f| f.key.month).collect())
    }

    /// The gateway's filings of a month to do something about, or `claim/nothing-filed` with what
    /// there is instead.
    fn over_gateway(
        &self,
        claim_month: Month,
        wanted: Sendings,
    ) -> Result<Vec<(Filing, Sent)>, Fault> {
        let (book, jobs) = self.book_and_jobs()?;
        let (there, beside): (Vec<&Filing>, Vec<&Filing>) = book
            .filings()
            .iter()
            .filter(|f| f.key.month == claim_month)
            .filter(|f| {
                wanted
                    .payer
                    .is_none_or(|p| super::model_payer(p) == f.key.payer)
            })
            .partition(|f| {
                f.channel == Channel::Gateway
                    && f.reference().is_some()
                    && f.is_trial() == wanted.trial
                    && wanted.sequence.is_none_or(|n| n == f.key.sequence)
            });
        if !there.is_empty() {
            let with_sent = |filing: &Filing| (filing.clone(), self.sent(filing, &jobs));
            return Ok(there.into_iter().map(with_sent).collect());
        }
        let beside: Vec<Sent> = beside
            .iter()
            .map(|filing| self.sent(filing, &jobs))
            .collect();
        Err(nothing_filed(claim_month, &beside, &self.filed_months()?))
    }

    /// Asks the gateway where its filings of a month stand, with the findings of those that
    /// are checked. A sending of which nobody knows whether it arrived is looked for there.
    ///
    /// # Errors
    /// Faults of the connector.
    pub fn standing(
        &self,
        claim_month: Month,
        payer: Option<Payer>,
    ) -> Result<Vec<Ended<Standing>>, Fault> {
        let connector = self.claims_plugin(Channel::Gateway)?;
        self.look_for(&connector, claim_month, payer)?;
        let (book, jobs) = self.book_and_jobs()?;
        book.filings()
            .iter()
            .filter(|f| f.key.month == claim_month && f.channel == Channel::Gateway)
            .filter(|f| payer.is_none_or(|p| super::model_payer(p) == f.key.payer))
            .filter_map(|filing| Some((filing, filing.reference()?)))
            .map(|(filing, reference)| {
                // What is asked now is another question than what was asked before.
                let of = json!({ "key": filing.key });
                let id = self.job_id(None, "status", &of, true)?;
                let new = self.new_job(&id, "status", of, &[&connector]);
                self.run(&new, |flow| {
                    let (status, findings) =
                        self.ask_standing(flow, &connector, filing, reference)?;
                    let now = self.book()?;
                    let known = now.filing(&filing.key).unwrap_or(filing);
                    Ok(Standing {
                        sent: self.sent(known, &jobs),
                        status,
                        findings,
                    })
                })
            })
            .collect()
    }

    /// Asks where a filing stands and what was found, and records both.
    pub(super) fn ask_standing(
        &self,
        flow: &mut Flow<'_>,
        connector: &Loaded,
        filing: &Filing,
        reference: &str,
    ) -> Result<(Status, Vec<Finding>), FlowError> {
        let status: Status = self.call(
            flow,
            connector,
            &Call::Status {
                ctx: connector.context.clone(),
                reference: reference.to_owned(),
            },
        )?;
        let findings: Vec<Finding> = match status.state {
            State::Checking => Vec::new(),
            _ => self.call(
                flow,
                connector,
                &Call::Findings {
                    ctx: connector.context.clone(),
                    reference: reference.to_owned(),
                },
            )?,
        };
        let mut events = Vec::new();
        if !matches!(status.state, State::Checking) {
            events.push(Event::Findings {
                verdicts: verdicts(&findings, filing),
                findings: serde_json::to_value(&findings)
                    .map_err(|e| crate::host::not_json(reference, &e))?,
            });
        }
        events.extend(told_by(&status));
        let tell = |event| self.told(&filing.key, event, How::Answered, super::OTHER_SIDE);
        let name = format!("status {}", filing.key);
        self.record_step(flow, &name, events.into_iter().map(tell).collect())?;
        Ok((status, findings))
    }

    /// 請求確定 of the gateway's filings of a month. With `include_errors` 要確認 receipts are
    /// filed too. One that is confirmed already stays as it is; one that was taken back is passed
    /// over.
    ///
    /// # Errors
    /// `claim/nothing-filed`, `claim/not-a-sender`, `claim/outside-hours`, `claim/still-checking`;
    /// faults of the connector; when nobody knows whether a confirmation arrived, its state is
    /// asked for.
    pub fn confirm(
        &self,
        claim_month: Month,
        wanted: impl Into<Sendings>,
        include_errors: bool,
        by: &str,
        dry_run: bool,
    ) -> Result<Vec<OfPayer>, Fault> {
        self.is_sender(by)?;
        let wanted = wanted.into();
        let connector = self.claims_plugin(Channel::Gateway)?;
        let mut filings = self.over_gateway(claim_month, wanted)?;
        if filings.len() > 1 {
            filings.retain(|(filing, _)| !filing.stage().is_gone());
        }
        let all: Vec<Filing> = filings.iter().map(|(filing, _)| filing.clone()).collect();
        Ok(filings
            .into_iter()
            .map(|(filing, sent)| {
                let twin = all.iter().find(|other| overlap(&filing, other));
                OfPayer {
                    payer: sent.payer,
                    ended: match (twin, wanted.sequence) {
                        (Some(twin), None) => Err(two_sendings(&filing, twin)),
                        _ => {
                            self.confirm_one(&connector, &filing, sent, include_errors, by, dry_run)
                        }
                    },
                }
            })
            .collect())
    }

    fn confirm_one(
        &self,
        connector: &Loaded,
        filing: &Filing,
        sent: Sent,
        include_errors: bool,
        by: &str,
        dry_run: bool,
    ) -> Result<Ended<Sent>, Fault> {
        let of = json!({ "key": sent.key, "include_errors": include_errors });
        let id = self.job_id(None, "confirm", &of, false)?;
        let open = self.is_open(&id)?;
        if !open {
            // Whether the check is over is asked by the job itself.
            match filing.may(Action::Confirm) {
                Ok(()) | Err(Refused::Checking) => {}
                Err(Refused::Done) => return Ok(Ended::Done(sent)),
                Err(why) => return Err(refused(why)),
            }
            self.may_confirm(filing.key.payer, filing.key.month)?;
            self.own_certificate()?;
        }
        if dry_run {
            let mut would = filing.clone();
            let event = Event::Confirmed(reseplug_claims::Confirmation {
                include_errors: Some(include_errors),
                automatic: false,
                receipts: None,
                total: None,
                number: String::new(),
                at: String::new(),
            });
            would
                .events
                .push(self.told(&filing.key, event, How::Acted, by));
            return Ok(Ended::Done(Sent::of(&would, &sent.job, Vec::new())));
        }
        let reference = sent.reference.clone();
        let args = json!({ "key": sent.key, "include_errors": include_errors, "by": by });
        let args = self.begun_with(&id, args)?;
        let new = self.new_job(&id, "confirm", args, &[connector]);
        self.run(&new, |flow| {
            // What the check found is asked for first: it tells which receipts are left out.
            let (before, _) = self.ask_standing(flow, connector, filing, &reference)?;
            let status = match before.state {
                State::Checking => return Err(FlowError::Fault(refused(Refused::Checking))),
                State::Withdrawn => return Err(FlowError::Fault(refused(Refused::Withdrawn))),
                State::Confirmed => before,
                _ => {
                    self.take_strays_back(flow, connector, filing.key.month)?;
                    let confirm = Call::Confirm {
                        ctx: connector.context.clone(),
                        reference: reference.clone(),
                        include_errors,
                    };
                    match self.call(flow, connector, &confirm) {
                        Err(FlowError::Fault(fault)) if fault.retry == RetryAdvice::AskFirst => {
                            self.call(
                                flow,
                                connector,
                                &Call::Status {
                                    ctx: connector.context.clone(),
                                    reference: reference.clone(),
                                },
                            )?
                        }
                        other => other?,
                    }
                }
            };
            let event: Vec<_> = told_by(&status)
                .map(|event| self.told(&filing.key, event, How::Acted, by))
                .into_iter()
                .collect();
            self.record_step(flow, "confirmed", event)?;
            self.as_known(&filing.key, &sent)
        })
    }

    /// A filing as the book has it now.
    fn as_known(&self, key: &FilingKey, sent: &Sent) -> Result<Sent, FlowError> {
        let (book, jobs) = self.book_and_jobs()?;
        Ok(book
            .filing(key)
            .map_or_else(|| sent.clone(), |filing| self.sent(filing, &jobs)))
    }

    /// Whether a job was cut off. Asking where a filing stands may have told its outcome in the
    /// meantime; it is taken up all the same, so that no effect stays without a result.
    pub(super) fn is_open(&self, id: &str) -> Result<bool, Fault> {
        let job = self.journal().job(id)?;
        Ok(job.is_some_and(|job| !job.state.is_closed()))
    }

    /// 請求取消 of the gateway's filings of a month.
    ///
    /// # Errors
    /// `claim/nothing-filed`, `claim/confirmed`; faults of the connector.
    pub fn withdraw(
        &self,
        claim_month: Month,
        wanted: impl Into<Sendings>,
        by: &str,
        dry_run: bool,
    ) -> Result<Vec<OfPayer>, Fault> {
        self.is_sender(by)?;
        let connector = self.claims_plugin(Channel::Gateway)?;
        let filings = to_take_back(self.over_gateway(claim_month, wanted.into())?);
        Ok(filings
            .into_iter()
            .map(|(filing, sent)| OfPayer {
                payer: sent.payer,
                ended: self.withdraw_one(&connector, &filing, sent, by, dry_run),
            })
            .collect())
    }

    fn withdraw_one(
        &self,
        connector: &Loaded,
        filing: &Filing,
        sent: Sent,
        by: &str,
        dry_run: bool,
    ) -> Result<Ended<Sent>, Fault> {
        let of = json!({ "key": sent.key, "job": sent.job });
        let id = self.job_id(None, "withdraw", &of, false)?;
        if !self.is_open(&id)? {
            match filing.may(Action::Withdraw) {
                Ok(()) => {}
                Err(Refused::Done) => return Ok(Ended::Done(sent)),
                Err(why) => return Err(refused(why)),
            }
            self.own_certificate()?;
        }
        if dry_run {
            return Ok(Ended::Done(sent));
        }
        let args = json!({ "key": sent.key, "job": sent.job, "by": by });
        let args = self.begun_with(&id, args)?;
        let new = self.new_job(&id, "withdraw", args, &[connector]);
        self.run(&new, |flow| {
            let call = Call::Withdraw {
                ctx: connector.context.clone(),
                reference: sent.reference.clone(),
            };
            let status: Status = self.call(flow, connector, &call)?;
            let event: Vec<_> = told_by(&status)
                .map(|event| self.told(&filing.key, event, How::Acted, by))
                .into_iter()
                .collect();
            self.record_step(flow, "withdrawn", event)?;
            self.take_strays_back(flow, connector, filing.key.month)?;
            self.as_known(&filing.key, &sent)
        })
    }

    /// 取下げ: asks the payer for receipts of a confirmed filing. With a gateway the request goes
    /// there; what was handed over is asked for by staff, and this records that they do.
    ///
    /// # Errors
    /// `claim/nothing-filed`, `claim/not-confirmed`, `claim/unknown-receipt`; faults of the connector.
    pub fn take_down(
        &self,
        claim_month: Month,
        payer: Payer,
        receipts: &[u32],
        reason: &str,
        by: &str,
        dry_run: bool,
    ) -> Result<Ended<Sent>, Fault> {
        self.is_sender(by)?;
        let (book, jobs) = self.book_and_jobs()?;
        let filing = book
            .filings()
            .iter()
            .rfind(|f| {
                f.key.month == claim_month
                    && f.key.payer == super::model_payer(payer)
                    && !f.is_trial()
                    && f.stage().is_filed()
            })
            .ok_or_else(|| refused(Refused::NotConfirmed))?;
        filing.may(Action::TakeDown).map_err(refused)?;
        let sent = self.sent(filing, &jobs);
        let missing: Vec<String> = receipts
            .iter()
            .filter(|number| !filing.receipts.iter().any(|r| r.number == **number))
            .map(u32::to_string)
            .collect();
        if receipts.is_empty() || !missing.is_empty() {
            return Err(Fault::new(
                "claim/unknown-receipt",
                format!(
                    "取下げるレセプト番号を確かめてください（ない番号: {}）。`reseplug claim receipts` で番号が分かります。",
                    missing.join("、")
                ),
                format!(
                    "name receipts of the filing; these are none of it: {}. See `reseplug claim receipts`",
                    missing.join(", ")
                ),
            ));
        }
        if dry_run {
            return Ok(Ended::Done(sent));
        }
        let event = Event::TakeDownAsked {
            receipts: receipts.to_vec(),
            reason: reason.to_owned(),
        };
        if filing.channel == Channel::Handover {
            let told = self.told(&filing.key, event, How::Reported, by);
            self.record(&self.fresh_id("take-down"), None, &[told])?;
            return Ok(Ended::Done(sent));
        }
        let connector = self.claims_plugin(Channel::Gateway)?;
        let args = json!({ "key": sent.key, "receipts": receipts, "reason": reason });
        let id = self.job_id(None, "take-down", &args, false)?;
        let new = self.new_job(&id, "take-down", args, &[&connector]);
        self.run(&new, |flow| {
            let call = Call::TakeDown {
                ctx: connector.context.clone(),
                reference: sent.reference.clone(),
                receipts: receipts.to_vec(),
                reason: reason.to_owned(),
            };
            let _: Status = self.call(flow, &connector, &call)?;
            let told = self.told(&filing.key, event.clone(), How::Acted, by);
            self.record_step(flow, "take-down", vec![told])?;
            self.as_known(&filing.key, &sent)
        })
    }
}

/// What a withdrawal is about: whatever can still be taken back. A sending that was confirmed before
/// is no reason to refuse it for the one that came after. Where nothing can be taken back, the last
/// sending says why.
fn to_take_back(filings: Vec<(Filing, Sent)>) -> Vec<(Filing, Sent)> {
    let whose = |filing: &Filing| (filing.key.payer, filing.key.kind);
    let open =
        |filing: &Filing| matches!(filing.may(Action::Withdraw), Ok(()) | Err(Refused::Unknown));
    let mut wanted: BTreeMap<_, (bool, usize)> = BTreeMap::new();
    for (at, (filing, _)) in filings.iter().enumerate() {
        let one = wanted.entry(whose(filing)).or_default();
        *one = (one.0 || open(filing), at);
    }
    let mut at = 0_usize..;
    let mut filings = filings;
    filings.retain(|(filing, _)| {
        let (any, last) = wanted.get(&whose(filing)).copied().unwrap_or_default();
        let here = at.next();
        match any {
            true => open(filing),
            false => here == Some(last),
        }
    });
    filings
}

/// Whether two sendings hold the same receipts, and confirming both would file them twice.
fn overlap(one: &Filing, other: &Filing) -> bool {
    one.key != other.key
        && !one.stage().is_filed()
        && one
            .receipts
            .iter()
            .any(|receipt| other.receipts.iter().any(|twin| twin.overlaps(receipt)))
}

fn two_sendings(one: &Filing, other: &Filing) -> Fault {
    let (first, second) = (
        one.key.sequence.min(other.key.sequence),
        one.key.sequence.max(other.key.sequence),
    );
    let payer = payer_ja(super::contract_payer(one.key.payer));
    Fault::new(
        "claim/two-sendings",
        format!(
            "{payer}には、同じレセプトを含む送信が2つあります（第{first}回と第{second}回）。両方を確定すると二重請求になるため、確定していません。使わないほうを claim withdraw --sequence で取り消すか、--sequence で確定する回を指定してください。"
        ),
        format!(
            "two sendings ({first} and {second}) hold the same receipts, and confirming both would file them twice; nothing was confirmed. Withdraw one with --sequence, or name with --sequence the one to confirm"
        ),
    )
}

/// Why a step is not done as things stand.
pub(super) fn refused(why: Refused) -> Fault {
    let fault = Fault::new(&format!("claim/{}", why.word()), why.say_ja(), why.say_en());
    match why {
        Refused::Checking => Fault {
            retry: RetryAdvice::Later,
            ..fault
        },
        Refused::Unknown => Fault {
            retry: RetryAdvice::AskFirst,
            ..fault
        },
        _ => fault,
    }
}

fn nothing_filed(claim_month: Month, beside: &[Sent], months: &BTreeSet<Month>) -> Fault {
    let said: Vec<String> = beside
        .iter()
        .map(|s| {
            let trial = if s.trial { "確認試験 " } else { "" };
            let name = s.channel.name_ja();
            format!("{} {trial}{name} {}", payer_ja(s.payer), s.state_ja())
        })
        .collect();
    let (beside_ja, beside_en) = match said.as_slice() {
        [] => (String::new(), String::new()),
        said => (
            format!("この月にあるもの: {}。", said.join("、")),
            format!(" There are {} others of that month.", said.len()),
        ),
    };
    let others: Vec<String> = months
        .iter()
        .filter(|month| **month != claim_month)
        .map(ToString::to_string)
        .collect();
    let (others_ja, others_en) = match others.as_slice() {
        [] => (String::new(), String::new()),
        some => (
            format!(
                "渡したものがある月: {}（--month で指定します）。",
                some.join("、")
            ),
            format!(" Something left for {}; say with --month.", some.join(", ")),
        ),
    };
    Fault::new(
        "claim/nothing-filed",
        format!(
            "{claim_month} 請求分で、ゲートウェイに送ったものはありません。何もしていません。{beside_ja}{others_ja}引渡しで請求したものは、公式の端末で確定・取消をし、`reseplug claim report` で記録してください。"
        ),
        format!(
            "nothing of {claim_month} was filed over the gateway; nothing was done.{beside_en}{others_en} What was handed over is confirmed and withdrawn in the official terminal and recorded with `reseplug claim report`"
        ),
    )
}

/// Whether a filing may have a 受領書: it was sent and not taken back. The other side confirms by
/// itself at 10日24時.
pub(super) fn may_be_acknowledged(filing: &Filing) -> bool {
    !filing.is_trial()
        && filing.reference().is_some()
        && !matches!(filing.stage(), Stage::Withdrawn | Stage::Released)
}
