//! What comes back: the 受領書, and what the adapter makes of it for the product.

use super::{ACKNOWLEDGED, Acknowledged, Channel, Sent, payer_code, payer_ja};
use crate::documents::{Stored, absolute};
use crate::guard;
use crate::host::{Ended, Host, Loaded};
use reseplug_effect::Fault;
use reseplug_engine::Call;
use reseplug_engine::contract::{
    Acknowledgement, DocumentKind, DownloadKind, Finding, Payer, Reading, ReceiptOutcome,
};
use reseplug_journal::{Flow, FlowError};
use reseplug_model::Month;
use serde_json::json;
use std::path::PathBuf;

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
            let call = Call::ReadDownload {
                ctx: connector.context.clone(),
                kind: DownloadKind::Acknowledgement,
                filing: Some(self.filing(&sent, &file)?),
                download: document.clone(),
            };
            let read: Reading = self.call(flow, &connector, &call)?;
            let found = read.acknowledgement.ok_or_else(|| {
                Fault::new(
                    "claim/no-acknowledgement",
                    format!("「{}」から受領書を読み取れません。", document.name),
                    format!("{} holds no acknowledgement", document.name),
                )
            })?;
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
    /// plugin, folder or network. What lies there already is replaced by the rule of every output.
    ///
    /// # Errors
    /// `claim/not-approved`, `output/is-input`, `output/exists`, `file/unwritable`.
    pub fn write_claims(
        &self,
        claim_month: Month,
        folder: &std::path::Path,
    ) -> Result<Vec<PathBuf>, Fault> {
        let approval = self.approval(claim_month)?;
        let at = |payer| folder.join(payer_code(payer)).join("RECEIPTH.UKE");
        let outputs: Vec<Stored> = approval
            .report
            .files
            .iter()
            .map(|line| Stored {
                path: absolute(&at(line.payer)),
                ..line.file.clone()
            })
            .collect();
        self.write_out(&outputs, &[])?;
        let files = &approval.report.files;
        Ok(files.iter().map(|line| at(line.payer)).collect())
    }
}
