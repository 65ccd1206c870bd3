//! What was sent is taken back: 請求取消 before it is confirmed, 取下げ after.

use super::send::began_by;
use super::standing::refused;
use super::{Channel, OfPayer, Sendings, Sent, told_by};
use crate::host::{Ended, Host, Loaded};
use reseplug_claims::{Action, Event, Filing, How, Refused};
use reseplug_effect::Fault;
use reseplug_engine::Call;
use reseplug_engine::contract::Status;
use reseplug_model::{Month, Payer};
use serde_json::json;
use std::collections::BTreeMap;

impl Host {
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
        let by = &began_by(&args, by);
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
                    && f.key.payer == payer
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
