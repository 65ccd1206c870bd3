//! The 受領書 of the gateway's confirmed filings, and exact copies of approved files.

use super::bring::{Item, Source};
use super::standing::may_be_acknowledged;
use super::{Acknowledged, Channel, OfPayer};
use crate::documents::{Stored, absolute};
use crate::host::{Ended, Host, Loaded};
use reseplug_claims::{Filing, How};
use reseplug_effect::{Fault, RepeatClass};
use reseplug_engine::Call;
use reseplug_engine::contract::{Acknowledgement, DownloadKind, State};
use reseplug_model::{Month, Payer};
use serde_json::json;
use std::path::{Path, PathBuf};

impl Host {
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
    ) -> Result<Vec<OfPayer<Option<Acknowledged>>>, Fault> {
        let connector = self.claims_plugin(Channel::Gateway)?;
        let adapter = self.adapter(None)?;
        let output = self.output(output);
        // What the other side has beside what is known here would be acknowledged, too.
        let looked = self.look_for(&connector, claim_month, payer);
        let book = self.book()?;
        let own: Vec<&Filing> = book
            .filings()
            .iter()
            .filter(|f| f.key.month == claim_month && f.channel == Channel::Gateway)
            .filter(|f| payer.is_none_or(|p| p == f.key.payer))
            .filter(|f| may_be_acknowledged(f))
            .collect();
        if own.is_empty() {
            looked?;
        }
        Ok(own
            .into_iter()
            .map(|filing| OfPayer {
                payer: filing.key.payer,
                ended: self
                    .acknowledge_one(&connector, &adapter, filing, &output)
                    .and_then(|ended| self.as_it_stands(filing, ended)),
            })
            .collect())
    }

    fn acknowledge_one(
        &self,
        connector: &Loaded,
        adapter: &Loaded,
        filing: &Filing,
        output: &Path,
    ) -> Result<Ended<Option<Acknowledged>>, Fault> {
        let args = json!({ "key": filing.key, "output": output });
        // One that found nothing yet is asked again.
        let open = filing.stage() != reseplug_claims::Stage::Acknowledged;
        let id = self.job_id(None, "ack", &args, open)?;
        let new = self.new_job(&id, "ack", args, &[connector, adapter]);
        let reference = filing.reference().unwrap_or_default().to_owned();
        self.run(&new, |flow| {
            // As it stood when the job was begun, also when it is taken up again.
            let confirmed = flow.step("is-filed", &(), RepeatClass::Safe, || {
                Ok(filing.stage().is_filed())
            })?;
            if !confirmed {
                // The other side may have confirmed by itself; what it left out is asked.
                let (status, _) = self.ask_standing(flow, connector, filing, &reference)?;
                if status.state != State::Confirmed {
                    return Ok(None);
                }
            }
            let call = Call::Acknowledgement {
                ctx: connector.context.clone(),
                reference: reference.clone(),
            };
            let found: Option<Acknowledgement> = self.call(flow, connector, &call)?;
            let Some(found) = found else {
                return Ok(None);
            };
            let item = Item {
                kind: DownloadKind::Acknowledgement,
                document: self.keep(&found.document, PathBuf::new())?,
                how: How::Answered,
                by: super::OTHER_SIDE.to_owned(),
                filing: Some(filing.clone()),
                payer: Some(filing.key.payer),
                month: None,
            };
            let brought =
                self.bring_in(flow, adapter, &item, Source::Told(Box::new(found)), output)?;
            Ok(brought.acknowledgement)
        })
    }

    /// The filing as it stands now, also where the 受領書 was fetched before.
    fn as_it_stands(
        &self,
        filing: &Filing,
        ended: Ended<Option<Acknowledged>>,
    ) -> Result<Ended<Option<Acknowledged>>, Fault> {
        let Ended::Done(Some(found)) = ended else {
            return Ok(ended);
        };
        let (book, jobs) = self.book_and_jobs()?;
        let sent = book.filing(&filing.key).map(|now| self.sent(now, &jobs));
        Ok(Ended::Done(Some(Acknowledged {
            sent: sent.unwrap_or_else(|| found.sent.clone()),
            ..found
        })))
    }

    /// Writes copies of an approved month's files into a folder: always possible, with no
    /// plugin, folder or network. What lies there already is replaced by the rule of every output.
    ///
    /// # Errors
    /// `claim/not-approved`, `output/is-input`, `output/exists`, `file/unwritable`.
    pub fn write_claims(
        &self,
        claim_month: Month,
        payer: Option<Payer>,
        folder: &std::path::Path,
    ) -> Result<Vec<PathBuf>, Fault> {
        let approval = self.approval(claim_month)?;
        let at = |payer: Payer| folder.join(payer.code()).join("RECEIPTH.UKE");
        let files: Vec<_> = approval
            .report
            .files
            .iter()
            .filter(|line| payer.is_none_or(|p| p == line.payer))
            .collect();
        let outputs: Vec<Stored> = files
            .iter()
            .map(|line| Stored {
                path: absolute(&at(line.payer)),
                ..line.file.clone()
            })
            .collect();
        self.write_out(&outputs, &[])?;
        Ok(files.iter().map(|line| at(line.payer)).collect())
    }
}
