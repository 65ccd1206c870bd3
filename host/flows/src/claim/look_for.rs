//! Sendings of which nobody knows whether they arrived, looked for at the gateway.

use super::{Channel, told_by};
use crate::host::{Host, Loaded};
use reseplug_claims::{Book, Event, Filing, FilingKey, How, Stage};
use reseplug_effect::Fault;
use reseplug_engine::contract::Payer;
use reseplug_model::Month;
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
            .filter(|f| payer.is_none_or(|p| super::model_payer(p) == f.key.payer))
            .collect();
        if own.is_empty() || !connector.offers("claims.submissions") {
            return Ok(());
        }
        let unsure: Vec<&Filing> = own
            .into_iter()
            .filter(|f| matches!(f.stage(), Stage::Begun | Stage::InDoubt))
            .collect();
        let keys: Vec<&FilingKey> = unsure.iter().map(|f| &f.key).collect();
        let args = json!({ "month": claim_month, "keys": keys });
        let id = self.job_id(None, "look-for", &args, true)?;
        let new = self.new_job(&id, "look-for", args, &[connector]);
        self.run(&new, |flow| {
            if !unsure.is_empty() {
                let there = self.submissions(flow, connector, claim_month)?;
                let mut events = Vec::new();
                for filing in &unsure {
                    let key = filing.key.to_string();
                    let tell = |event| self.told(&filing.key, event, How::Answered, self.actor());
                    if let Some(first) = there.iter().find(|one| one.key == key) {
                        events.push(tell(Event::Submitted {
                            reference: first.status.reference.clone(),
                        }));
                        events.extend(told_by(&first.status).map(tell));
                    } else if self.nobody_sends(filing, &jobs)? {
                        events.push(tell(Event::Released {
                            code: "claim/not-there".to_owned(),
                        }));
                    }
                }
                self.record_step(flow, "looked-for", events)?;
            }
            self.take_strays_back(flow, connector, claim_month)
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
