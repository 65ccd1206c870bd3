//! A claim file that left without this record: sent before a backup was taken back, or by another
//! program.

use super::record::{detail, receipts_in, rows, unreadable};
use super::{Channel, ReportRequest};
use crate::documents::{Input, absolute};
use crate::host::Host;
use receden::FileKind;
use reseplug_claims::{Event, Filing, FilingKey, How, Kind, Receipt};
use reseplug_effect::Fault;
use reseplug_engine::contract::DocumentKind;
use reseplug_journal::{Journal, NewJob, Outcome};
use serde_json::json;
use std::path::Path;

/// What is known of such a file.
pub(super) struct Left {
    pub(super) key: FilingKey,
    receipts: Vec<Receipt>,
    /// It stands in this record already.
    pub(super) known: bool,
}

impl Left {
    /// It as a filing, before anything is recorded of it.
    pub(super) fn filing(&self) -> Filing {
        Filing::new(self.key.clone(), Channel::Handover, self.receipts.clone())
    }
}

impl Host {
    /// Reads a file that somebody says was sent: of this station, this month and this payer, or it
    /// is refused.
    pub(super) fn left(&self, request: &ReportRequest, path: &Path) -> Result<Left, Fault> {
        let inputs = [Input {
            path: absolute(path),
            kind: DocumentKind::Claim,
        }];
        let stored = self.take_in(&inputs)?;
        let name = path.display().to_string();
        let Some(document) = stored.into_iter().next() else {
            return Err(unreadable(&name, &receden::ReadError::Empty));
        };
        let bytes = self.bytes(&document.digest)?;
        let file = receden::ClaimFile::parse(&bytes).map_err(|e| unreadable(&name, &e))?;
        if file.kind() != FileKind::Claim {
            return Err(Fault::new(
                "claim/not-a-claim",
                format!(
                    "「{name}」は請求ファイルではありません（返戻ファイルは `reseplug claim import` で取り込みます）。何も記録していません。"
                ),
                format!(
                    "{name} is no claim file (a return file is brought in with `reseplug claim import`). Nothing was recorded"
                ),
            ));
        }
        let receipts = receipts_in(&name, &file)?;
        self.own(&name, &file, request.claim_month)?;
        let payer = file.header().and_then(|header| header.payer().ok());
        if payer != Some(request.payer) {
            return Err(Fault::new(
                "claim/other-payer",
                format!(
                    "「{name}」は{}への請求ファイルではありません。--payer を確かめてください。何も記録していません。",
                    request.payer.name_ja()
                ),
                format!(
                    "{name} is no claim file for that payer; see --payer. Nothing was recorded"
                ),
            ));
        }
        let kind = match request.trial {
            true => Kind::Trial,
            false => Kind::Claim,
        };
        let (month, payer) = (request.claim_month, request.payer);
        let book = self.book()?;
        let known = book
            .sendings(month, payer, kind)
            .into_iter()
            .rfind(|filing| {
                // What was handed over and reported as cancelled is the same file still.
                let may_be = filing.channel == Channel::Handover || !filing.stage().is_gone();
                filing.key.sha256 == document.digest && may_be
            });
        let key = match known {
            Some(filing) => filing.key.clone(),
            None => FilingKey {
                station: self.code().to_owned(),
                payer,
                month,
                kind,
                sequence: book.next_sequence(month, payer, kind),
                sha256: document.digest,
            },
        };
        // A run that was cut off may have claimed the key and no more.
        let recorded =
            |filing: &Filing| filing.channel != Channel::Handover || filing.reference().is_some();
        Ok(Left {
            known: known.is_some_and(recorded),
            key,
            receipts,
        })
    }

    /// Enters it, as somebody said it.
    pub(super) fn enter_left(&self, left: &Left, path: &Path, by: &str) -> Result<(), Fault> {
        let job = format!("entered-{}", self.job_base("claim", &json!(left.key)));
        if left.known && !self.is_open(&job)? {
            return Ok(());
        }
        let args = json!({ "key": left.key, "file": path.display().to_string(), "by": by });
        let new = NewJob::new(&job, "flow.entered", self.code(), args);
        self.journal().begin(&new, self.now())?;
        self.journal().claim_key(
            &left.key.to_string(),
            &job,
            &detail(Channel::Handover),
            &rows(&left.key, &left.receipts)?,
            self.now(),
        )?;
        // Where the file lies now says nothing of what was sent, so that nobody watches it.
        let event = Event::HandedOver {
            reference: path.display().to_string(),
            files: Vec::new(),
        };
        let told = self.told(&left.key, event, How::Reported, by);
        self.record(&job, Some(&job), &[told])?;
        Ok(self
            .journal()
            .finish(&job, &Outcome::Done(json!(null)), self.now())?)
    }
}
