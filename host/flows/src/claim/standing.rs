//! Where the gateway's filings stand, and what is done about it: confirm, withdraw.

use super::{ACKNOWLEDGED, Channel, Sent, Standing, payer_ja, state_ja, state_word};
use crate::host::{Ended, Host};
use reseplug_effect::{Fault, RetryAdvice};
use reseplug_engine::Call;
use reseplug_engine::contract::{Finding, Payer, Status};
use reseplug_journal::{FlowError, Journal, filing_state};
use reseplug_model::Month;
use serde_json::json;
use std::collections::BTreeSet;

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
        let mut found = self.everything_filed()?;
        found.retain(|sent| {
            sent.claim_month == claim_month
                && channel.is_none_or(|c| c == sent.channel)
                && payer.is_none_or(|p| p == sent.payer)
        });
        Ok(found)
    }

    /// The months of which something left, by whatever channel, ascending.
    ///
    /// # Errors
    /// Faults of the store.
    pub fn filed_months(&self) -> Result<BTreeSet<Month>, Fault> {
        let all = self.everything_filed()?;
        Ok(all.into_iter().map(|sent| sent.claim_month).collect())
    }

    fn everything_filed(&self) -> Result<Vec<Sent>, Fault> {
        let mut found = Vec::new();
        for filing in self.journal().filings(self.code())? {
            let job = self.journal().job(&filing.job)?;
            let value = match job.map(|j| j.state) {
                Some(reseplug_journal::JobState::Done { value }) => value,
                _ => filing.detail.clone(),
            };
            let sent: Sent = serde_json::from_value(value)
                .map_err(|e| crate::host::not_json(&filing.key, &e))?;
            found.push(Sent {
                state: filing.state,
                job: filing.job,
                ..sent
            });
        }
        Ok(found)
    }

    /// The gateway's filings of a month to do something about, or `claim/nothing-filed` with what
    /// there is instead.
    fn over_gateway(
        &self,
        claim_month: Month,
        payer: Option<Payer>,
        also_trials: bool,
    ) -> Result<Vec<Sent>, Fault> {
        let of_month = self.filed(claim_month, None, payer)?;
        let (there, beside): (Vec<Sent>, Vec<Sent>) = of_month.into_iter().partition(|s| {
            s.channel == Channel::Gateway && !s.reference.is_empty() && (also_trials || !s.trial)
        });
        if !there.is_empty() {
            return Ok(there);
        }
        let (beside_ja, beside_en) = match beside.is_empty() {
            true => (String::new(), String::new()),
            false => {
                let said: Vec<String> = beside
                    .iter()
                    .map(|s| {
                        let trial = if s.trial { "確認試験 " } else { "" };
                        let (name, state) = (s.channel.name_ja(), state_ja(&s.state));
                        format!("{} {trial}{name} {state}", payer_ja(s.payer))
                    })
                    .collect();
                (
                    format!("この月にあるもの: {}。", said.join("、")),
                    format!(" There are {} others of that month.", beside.len()),
                )
            }
        };
        let months = self.filed_months()?;
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
        Err(Fault::new(
            "claim/nothing-filed",
            format!(
                "{claim_month} 請求分で、ゲートウェイに送ったものはありません。何もしていません。{beside_ja}{others_ja}引渡しで請求したものは、公式の端末で確定・取消をしてください。"
            ),
            format!(
                "nothing of {claim_month} was filed over the gateway; nothing was done.{beside_en}{others_en} What was handed over is confirmed and withdrawn in the official terminal"
            ),
        ))
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
    /// `claim/nothing-filed`; faults of the connector; when nobody knows whether a confirmation arrived, its state is
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
        let filings = self.over_gateway(claim_month, payer, false)?;
        filings
            .into_iter()
            .map(|sent| {
                let of = json!({ "key": sent.key, "include_errors": include_errors });
                let id = self.job_id(None, "confirm", &of, false)?;
                let confirmed = ["confirmed", ACKNOWLEDGED].contains(&sent.state.as_str());
                if dry_run || (confirmed && !self.is_open(&id)?) {
                    return Ok(Ended::Done(sent));
                }
                let args = json!({ "key": sent.key, "include_errors": include_errors, "by": by });
                let args = self.begun_with(&id, args)?;
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

    /// Whether a job was cut off. Asking where a filing stands may have told its outcome in the
    /// meantime; it is taken up all the same, so that no effect stays without a result.
    fn is_open(&self, id: &str) -> Result<bool, Fault> {
        let job = self.journal().job(id)?;
        Ok(job.is_some_and(|job| !job.state.is_closed()))
    }

    /// 請求取消 of the gateway's filings of a month.
    ///
    /// # Errors
    /// `claim/nothing-filed`; faults of the connector.
    pub fn withdraw(
        &self,
        claim_month: Month,
        payer: Option<Payer>,
        by: &str,
        dry_run: bool,
    ) -> Result<Vec<Ended<Sent>>, Fault> {
        let connector = self.claims_plugin(Channel::Gateway)?;
        let filings = self.over_gateway(claim_month, payer, true)?;
        filings
            .into_iter()
            .map(|sent| {
                let of = json!({ "key": sent.key, "job": sent.job });
                let id = self.job_id(None, "withdraw", &of, false)?;
                let withdrawn = sent.state == filing_state::WITHDRAWN;
                if dry_run || (withdrawn && !self.is_open(&id)?) {
                    return Ok(Ended::Done(sent));
                }
                let args = json!({ "key": sent.key, "job": sent.job, "by": by });
                let args = self.begun_with(&id, args)?;
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
}
