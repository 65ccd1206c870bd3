//! Sendings of which nobody knows whether they arrived, looked for at the gateway.

use super::Channel;
use crate::host::{Host, Loaded};
use reseplug_claims::{Book, Event, Filing, FilingKey, How, Stage};
use reseplug_effect::{Fault, RepeatClass};
use reseplug_model::{Month, Payer};
use serde_json::json;
use std::collections::BTreeMap;

impl Host {
    /// Looks at the gateway for sendings of which nobody knows whether they arrived, and for what it
    /// has beside those that are known. One that is not there and that nobody is sending now did not
    /// leave.
    pub(super) fn look_for(
        &self,
        connector: &Loaded,
        claim_month: Month,
        payer: Option<Payer>,
    ) -> Result<(), Fault> {
        let (book, jobs) = self.book_and_jobs()?;
        let own: Vec<&Filing> = book
            .filings()
            .iter()
            .filter(|f| f.key.month == claim_month && f.channel == Channel::Gateway)
            .filter(|f| payer.is_none_or(|p| p == f.key.payer))
            .collect();
        if !connector.offers("claims.submissions") {
            return Ok(());
        }
        let unsure: Vec<&Filing> = own
            .into_iter()
            .filter(|f| matches!(f.stage(), Stage::Begun | Stage::InDoubt))
            .collect();
        let keys: Vec<&FilingKey> = unsure.iter().map(|f| &f.key).collect();
        let args = json!({ "month": claim_month, "payer": payer, "keys": keys });
        let id = self.job_id(None, "look-for", &args, true)?;
        let new = self.new_job(&id, "look-for", args, &[connector]);
        self.run(&new, |flow| {
            let mut there = self.submissions(flow, connector, claim_month)?;
            there.retain(|one| payer.is_none_or(|p| p == super::model_payer(one.payer)));
            let gone: Vec<FilingKey> = flow.step("not-there", &(), RepeatClass::Safe, || {
                let mut gone = Vec::new();
                for filing in &unsure {
                    let key = filing.key.to_string();
                    if !there.iter().any(|one| one.key == key)
                        && self.nobody_sends(filing, &jobs)?
                    {
                        gone.push(filing.key.clone());
                    }
                }
                Ok(gone)
            })?;
            let released = |key: &FilingKey| {
                let code = "claim/not-there".to_owned();
                self.told(key, Event::Released { code }, How::Answered, self.actor())
            };
            self.record_step(flow, "looked-for", gone.iter().map(released).collect())?;
            self.learn(flow, connector, &there, None, self.actor())?;
            self.take_back_of(flow, connector, &there)
        })?;
        Ok(())
    }

    /// Whether no run can be at a sending now: its job has ended, or nothing may be sent any more.
    fn nobody_sends(
        &self,
        filing: &Filing,
        jobs: &BTreeMap<FilingKey, String>,
    ) -> Result<bool, Fault> {
        let open = match jobs.get(&filing.key) {
            Some(job) => self.is_open(job)?,
            None => false,
        };
        let closed = || {
            let key = &filing.key;
            self.may_send(key.kind, key.payer, key.month, &[], &Book::default())
                .is_err()
        };
        Ok(!open || closed())
    }
}
