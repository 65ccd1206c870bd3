//! Sendings of which nobody knows whether they arrived, looked for at the gateway.

use super::{Channel, told_by};
use crate::host::{Host, Loaded};
use reseplug_claims::{Book, Event, Filing, FilingKey, How, Stage};
use reseplug_effect::Fault;
use reseplug_engine::contract::{KnownSubmission, Payer, State};
use reseplug_journal::{Flow, FlowError};
use reseplug_model::Month;
use serde_json::json;
use std::collections::BTreeMap;

impl Host {
    /// Looks at the gateway for sendings of which nobody knows whether they arrived. One that is not
    /// there and that nobody is sending now did not leave.
    pub(super) fn look_for(
        &self,
        connector: &Loaded,
        claim_month: Month,
        payer: Option<Payer>,
    ) -> Result<(), Fault> {
        let (book, jobs) = self.book_and_jobs()?;
        let unsure: Vec<&Filing> = book
            .filings()
            .iter()
            .filter(|f| f.key.month == claim_month && f.channel == Channel::Gateway)
            .filter(|f| payer.is_none_or(|p| super::model_payer(p) == f.key.payer))
            .filter(|f| matches!(f.stage(), Stage::Begun | Stage::InDoubt))
            .collect();
        if unsure.is_empty() || !connector.offers("claims.submissions") {
            return Ok(());
        }
        let keys: Vec<&FilingKey> = unsure.iter().map(|f| &f.key).collect();
        let args = json!({ "month": claim_month, "keys": keys });
        let id = self.job_id(None, "look-for", &args, true)?;
        let new = self.new_job(&id, "look-for", args, &[connector]);
        self.run(&new, |flow| {
            let there = self.submissions(flow, connector, claim_month)?;
            let mut events = Vec::new();
            for filing in &unsure {
                let key = filing.key.to_string();
                let tell = |event| self.told(&filing.key, event, How::Answered, self.actor());
                let mut own = there.iter().filter(|one| one.key == key);
                if let Some(first) = own.next() {
                    events.push(tell(Event::Submitted {
                        reference: first.status.reference.clone(),
                    }));
                    events.extend(told_by(&first.status).map(tell));
                    self.take_others_back(flow, connector, own)?;
                } else if self.nobody_sends(filing, &jobs)? {
                    events.push(tell(Event::Released {
                        code: "claim/not-there".to_owned(),
                    }));
                }
            }
            self.record_step(flow, "looked-for", events)
        })?;
        Ok(())
    }

    /// A key that was taken twice is filed once: what can still be taken back of the others is.
    fn take_others_back<'k>(
        &self,
        flow: &mut Flow<'_>,
        connector: &Loaded,
        others: impl Iterator<Item = &'k KnownSubmission>,
    ) -> Result<(), FlowError> {
        let twins: Vec<String> = others
            .filter(|other| matches!(other.status.state, State::Checking | State::Checked))
            .map(|other| other.status.reference.clone())
            .collect();
        self.take_back_twins(flow, connector, &twins)
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
