//! What comes back from a payer: 受領書, ASP結果, 返戻, 増減点連絡書, 振込額. Kept as it came, read,
//! laid beside the filed receipts, and brought into the product's own format.

mod amounts;
mod beside;
mod brought;
mod kind;
mod named;
mod outcomes;

pub use brought::{Brought, BroughtIn};
pub use kind::kind_ja;
pub(super) use kind::{kind_of_word, kind_word};

use super::{Acknowledged, Channel, Sent};
use crate::documents::{Input, Stored, absolute};
use crate::host::{Ended, Host, Loaded};
use beside::Beside;
use reseplug_claims::{Confirmation, Event, Filing, FilingKey, How, Kind, Recorded, Stage};
use reseplug_effect::{Fault, RepeatClass};
use reseplug_engine::Call;
use reseplug_engine::contract::{
    Acknowledgement, Document, DocumentKind, DownloadKind, Reading, ReceiptOutcome,
};
use reseplug_journal::{Fact, Flow, FlowError, Journal};
use reseplug_model::{Month, Payer};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Files that staff downloaded in the official terminal.
#[derive(Debug, Clone)]
pub struct ImportRequest {
    /// What they are; absent: told from the file where that is certain.
    pub kind: Option<DownloadKind>,
    /// The files, as they were saved.
    pub files: Vec<PathBuf>,
    /// 請求年月 of the filing they are about; absent: this month.
    pub claim_month: Month,
    /// 審査支払機関; needed for a 受領書 and an ASP結果リスト.
    pub payer: Option<Payer>,
    /// 送信回 that a 受領書 or an ASP結果リスト is about; absent: the last one that was sent.
    pub sequence: Option<u32>,
    /// Folder for the copies and the product's documents; absent: `out` beside the station file.
    pub output: Option<PathBuf>,
    /// Who brings them in.
    pub by: String,
}

/// A file to bring in.
pub(super) struct Item {
    pub(super) kind: DownloadKind,
    pub(super) document: Stored,
    pub(super) how: How,
    pub(super) by: String,
    pub(super) filing: Option<Filing>,
    pub(super) payer: Option<reseplug_model::Payer>,
    /// 請求年月 that whoever brings it names: that of rows which name none.
    pub(super) month: Option<Month>,
}

/// A file's rows laid beside what was filed.
#[derive(Serialize, Deserialize)]
struct Laid {
    events: Vec<Recorded>,
    rows: Vec<Brought>,
    odd: Vec<Fault>,
}

/// How its content is read.
pub(super) enum Source<'a> {
    /// By the connector.
    Connector(&'a Loaded),
    /// It was told with the file.
    Told(Box<Acknowledgement>),
}

impl Host {
    /// Brings in files that staff downloaded in the official terminal: keeps each as it came,
    /// records what it says beside the filed receipts, and hands it to the product.
    ///
    /// # Errors
    /// `claim/nothing-handed-over`, `claim/which-kind`, `claim/payer`, `claim/too-large`; faults of the connector,
    /// which reads by the layout that its settings give, and of the adapter.
    pub fn import_claims(&self, request: &ImportRequest) -> Result<Vec<Ended<BroughtIn>>, Fault> {
        let connector = self.claims_plugin(Channel::Handover)?;
        let adapter = self.adapter(None)?;
        let output = self.output(request.output.as_ref());
        for path in &request.files {
            amounts::not_too_large(path)?;
        }
        request
            .files
            .iter()
            .map(|path| {
                let inputs = [Input {
                    path: absolute(path),
                    kind: DocumentKind::Other,
                }];
                let stored = self.take_in(&inputs)?;
                let Some(document) = stored.into_iter().next() else {
                    return Err(which_kind(path));
                };
                let kind = match &request.kind {
                    Some(kind) => kind.clone(),
                    None => self.kind_of(&document)?.ok_or_else(|| which_kind(path))?,
                };
                let about = matches!(kind, DownloadKind::Acknowledgement | DownloadKind::Findings);
                let filing = match (about, request.payer) {
                    (false, _) => None,
                    (true, None) => return Err(which_payer()),
                    (true, Some(payer)) => {
                        Some(self.handed_over(request.claim_month, payer, request.sequence)?)
                    }
                };
                let args = json!({ "kind": kind_word(&kind), "sha256": document.digest,
                    "filing": filing.as_ref().map(|f| &f.key), "output": output,
                    "payer": request.payer.map(Payer::code), "by": request.by });
                let of = json!([
                    kind_word(&kind),
                    document.digest,
                    output,
                    filing.as_ref().map(|f| &f.key)
                ]);
                // What fitted nothing when it was brought in may fit what is known since, and a 受領書
                // that is brought in again after a wrong one puts that right. What was said before
                // is not recorded twice.
                let id = self.job_id(None, "import", &of, true)?;
                let args = self.begun_with(&id, args)?;
                let by = super::send::began_by(&args, &request.by);
                let new = self.new_job(&id, "import", args, &[&connector, &adapter]);
                let item = Item {
                    kind,
                    document,
                    how: How::Imported,
                    by,
                    filing,
                    payer: request.payer,
                    month: Some(request.claim_month),
                };
                self.run(&new, |flow| {
                    self.bring_in(
                        flow,
                        &adapter,
                        &item,
                        Source::Connector(&connector),
                        &output,
                    )
                })
            })
            .collect()
    }

    /// What a file is, where its content says so.
    fn kind_of(&self, document: &Stored) -> Result<Option<DownloadKind>, Fault> {
        let bytes = self.bytes(&document.digest)?;
        Ok(bytes.starts_with(b"HH,").then_some(DownloadKind::Returns))
    }

    /// The handed-over filing that a 受領書 or a result list is about: the one that is named, or the last
    /// one that was sent as far as anybody said, or the last one that was not taken back.
    fn handed_over(
        &self,
        month: Month,
        payer: Payer,
        sequence: Option<u32>,
    ) -> Result<Filing, Fault> {
        let (book, jobs) = self.book_and_jobs()?;
        let sendings = book.sendings(month, payer, Kind::Claim);
        let own = || {
            sendings
                .iter()
                .filter(|f| f.channel == Channel::Handover && f.reference().is_some())
        };
        if let Some(number) = sequence {
            let named = own().rfind(|f| f.key.sequence == number);
            return named.map(|filing| (*filing).clone()).ok_or_else(|| {
                let there: Vec<Sent> = own().map(|filing| self.sent(filing, &jobs)).collect();
                super::standing::no_such_sending(month, number, &there)
            });
        }
        own()
            .rfind(|f| !matches!(f.stage(), Stage::Withdrawn | Stage::HandedOver))
            .or_else(|| own().rfind(|f| f.stage() != Stage::Withdrawn))
            .or_else(|| own().next_back())
            .map(|filing| (*filing).clone())
            .ok_or_else(|| {
                if sendings.iter().any(|f| f.channel == Channel::Gateway) {
                    return Fault::new(
                        "claim/ask-instead",
                        format!(
                            "{month} 請求分の{}はゲートウェイで送っています。受領書は `reseplug claim ack`、点検結果は `reseplug claim status` が提出先から受け取ります。何も取り込んでいません。",
                            payer.name_ja()
                        ),
                        format!(
                            "{month} went over the gateway for this payer: `reseplug claim ack` fetches the acknowledgement and `reseplug claim status` the findings. Nothing was brought in"
                        ),
                    );
                }
                Fault::new(
                    "claim/nothing-handed-over",
                    format!(
                        "{month} 請求分の{}のファイルは、まだ引き渡していません。",
                        payer.name_ja()
                    ),
                    format!("no file of {month} was handed over for this payer"),
                )
            })
    }

    /// Reads one file, records what it says, and hands it to the product.
    pub(super) fn bring_in(
        &self,
        flow: &mut Flow<'_>,
        adapter: &Loaded,
        item: &Item,
        source: Source<'_>,
        output: &Path,
    ) -> Result<BroughtIn, FlowError> {
        let document = self.documents(std::slice::from_ref(&item.document))?;
        let Some(document) = document.into_iter().next() else {
            return Err(FlowError::Fault(which_kind(&item.document.path)));
        };
        // A file that somebody takes for returns is kept once it is seen to be that.
        let keeps_later = item.kind == DownloadKind::Returns && item.how == How::Imported;
        if !keeps_later {
            self.keep_download(flow, item)?;
        }
        let mut reading = match (&item.kind, source) {
            (_, Source::Told(found)) => Reading {
                acknowledgement: Some(*found),
                ..nothing_read()
            },
            (DownloadKind::Returns | DownloadKind::Other(_), _) => nothing_read(),
            (kind, Source::Connector(connector)) => {
                let filing = match &item.filing {
                    Some(filing) => {
                        let file = Stored {
                            name: "RECEIPTH.UKE".to_owned(),
                            kind: DocumentKind::Claim,
                            path: PathBuf::new(),
                            digest: filing.key.sha256.clone(),
                        };
                        Some(self.handed(&filing.key, &file, &filing.receipts)?)
                    }
                    None => None,
                };
                let call = Call::ReadDownload {
                    ctx: connector.context.clone(),
                    kind: kind.clone(),
                    filing,
                    download: document.clone(),
                };
                self.call(flow, connector, &call)?
            }
        };
        let absurd = amounts::sift(&mut reading, &document.name);
        // Decided once: what is recorded since must not change what this file meant.
        let Laid { events, rows, odd } = flow.step(
            "lay-beside",
            &item.document.digest,
            RepeatClass::Safe,
            || self.lay_beside(item, &document, &reading),
        )?;
        if keeps_later {
            self.keep_download(flow, item)?;
        }
        // One run may bring in several files.
        let name = format!("brought {}", item.document.digest);
        self.record_step(flow, &name, events)?;
        let month = item.filing.as_ref().map(|filing| filing.key.month);
        let folder = folder(output, item, month);
        let outcomes: Vec<ReceiptOutcome> =
            flow.step("outcomes", &item.document.digest, RepeatClass::Safe, || {
                self.outcomes_of(item, &reading, &rows)
            })?;
        let returns: Vec<Document> = match item.kind {
            DownloadKind::Returns => vec![document.clone()],
            _ => Vec::new(),
        };
        let mut outputs = vec![self.keep(&document, folder.join(&document.name))?];
        if (!outcomes.is_empty() || !returns.is_empty()) && adapter.offers("adapter.accept") {
            let made = adapter
                .plugin
                .accept(&adapter.context, &returns, &outcomes)
                .map_err(Fault::from)?;
            for one in &made {
                outputs.push(self.keep(one, folder.join(&one.name))?);
            }
        }
        self.write_step(flow, &outputs, &[])?;
        let acknowledgement = match (&reading.acknowledgement, &item.filing) {
            (Some(found), Some(filing)) => Some(self.acknowledged(filing, found, &outputs)?),
            _ => None,
        };
        let contradicted = match item.filing {
            Some(_) => Vec::new(),
            None => self.contradicted(&rows)?,
        };
        Ok(BroughtIn {
            contradicted,
            file: item.document.name.clone(),
            kind: item.kind.clone(),
            sha256: item.document.digest.clone(),
            acknowledgement,
            rows,
            unreadable: reading
                .unreadable
                .into_iter()
                .map(Fault::from)
                .chain(absurd)
                .chain(odd)
                .collect(),
            outputs,
        })
    }

    /// The file stays here: the official side keeps it for three months only.
    fn keep_download(&self, flow: &mut Flow<'_>, item: &Item) -> Result<(), FlowError> {
        let day = self.today()?;
        let job = flow.id().to_owned();
        let of = &item.document;
        flow.step("keep-download", &of.digest, RepeatClass::Safe, || {
            let id = format!("download/{}/{}", self.code(), of.digest);
            let known = self.journal().facts(self.code(), Some("download"), None)?;
            if known.iter().any(|fact| fact.id == id) {
                return Ok(());
            }
            Ok(self.journal().record_facts(&[Fact {
                id,
                station: self.code().to_owned(),
                person_key: String::new(),
                kind: "download".to_owned(),
                day: day.to_string(),
                value: json!({
                    "kind": kind_word(&item.kind),
                    "name": of.name,
                    "payer": item.payer.map(reseplug_model::Payer::code),
                }),
                by: item.by.clone(),
                at: self.now(),
                source: Some(of.digest.clone()),
                job: Some(job.clone()),
            }])?)
        })
    }

    /// What the file says, beside what was filed.
    fn lay_beside(
        &self,
        item: &Item,
        document: &Document,
        reading: &Reading,
    ) -> Result<Laid, Fault> {
        let book = self.book()?;
        let mut beside = Beside {
            host: self,
            book: &book,
            item,
            events: Vec::new(),
            rows: Vec::new(),
            odd: Vec::new(),
        };
        if let (Some(found), Some(filing)) = (&reading.acknowledgement, &item.filing) {
            beside.tell(
                &filing.key,
                None,
                Event::Acknowledged(Confirmation {
                    include_errors: None,
                    automatic: found
                        .extra
                        .iter()
                        .any(|(name, value)| name == "automatic" && value == "true"),
                    receipts: Some(found.receipts),
                    total: Some(found.total),
                    number: found.number.clone(),
                    at: said_at(found),
                }),
            );
        }
        if let (DownloadKind::Findings, Some(filing)) = (&item.kind, &item.filing) {
            beside.findings(filing, reading)?;
        }
        if item.kind == DownloadKind::Returns {
            beside.returns(document)?;
        }
        for row in &reading.adjustments {
            let event = Event::Adjusted {
                change: row.change,
                code: row.code.clone(),
                reason: row.reason.clone(),
            };
            beside.row(
                &row.receipt,
                None,
                event,
                "adjusted",
                "増減点（査定）",
                Some(row.change),
                &row.reason,
            )?;
        }
        for payment in &reading.payments {
            beside.payment(payment)?;
        }
        Ok(Laid {
            events: beside.events,
            rows: beside.rows,
            odd: beside.odd,
        })
    }

    /// The filings of these rows of which something else was reported.
    fn contradicted(&self, rows: &[Brought]) -> Result<Vec<Sent>, Fault> {
        let keys: BTreeSet<&FilingKey> =
            rows.iter().filter_map(|row| row.filing.as_ref()).collect();
        let (book, jobs) = self.book_and_jobs()?;
        let filings = keys.into_iter().filter_map(|key| book.filing(key));
        Ok(filings
            .filter(|filing| filing.contradiction().is_some())
            .map(|filing| self.sent(filing, &jobs))
            .collect())
    }

    fn acknowledged(
        &self,
        filing: &Filing,
        found: &Acknowledgement,
        outputs: &[Stored],
    ) -> Result<Acknowledged, Fault> {
        let (book, jobs) = self.book_and_jobs()?;
        let filing = book.filing(&filing.key).unwrap_or(filing);
        let sent: Sent = self.sent(filing, &jobs);
        Ok(Acknowledged {
            sent,
            number: found.number.clone(),
            receipts: found.receipts,
            total: found.total,
            at: said_at(found),
            outputs: outputs.to_vec(),
        })
    }
}

/// When the other side says that it was confirmed. A list that staff saved says nothing of it, and its
/// connector gives the moment of the import instead, marked so.
fn said_at(found: &Acknowledgement) -> String {
    let of_import = |(name, value): &(String, String)| name == "at" && value == "import";
    match found.extra.iter().any(of_import) {
        true => String::new(),
        false => found.at.clone(),
    }
}

fn folder(output: &Path, item: &Item, month: Option<Month>) -> PathBuf {
    let mut folder = output.join("受領");
    if let Some(month) = month {
        folder.push(month.to_string());
    } else {
        // Each file has a folder of its own: the next one of that kind must not replace it.
        folder.push(kind_ja(&item.kind));
        folder.push(item.document.digest.get(..8).unwrap_or_default());
    }
    if let Some(payer) = item.payer {
        folder.push(payer.code());
    }
    folder
}

fn nothing_read() -> Reading {
    Reading {
        acknowledgement: None,
        findings: Vec::new(),
        adjustments: Vec::new(),
        payments: Vec::new(),
        unreadable: Vec::new(),
    }
}

fn which_kind(path: &Path) -> Fault {
    Fault::new(
        "claim/which-kind",
        format!(
            "「{}」が何のファイルか分かりません。--kind で ack（受領書）、findings（ASP結果）、returns（返戻）、adjustments（増減点連絡書）、payments（振込）のどれかを指定してください。",
            path.display()
        ),
        format!(
            "say with --kind what {} is: ack, findings, returns, adjustments or payments",
            path.display()
        ),
    )
}

fn which_payer() -> Fault {
    Fault::new(
        "claim/payer",
        "どちらの提出先のものか、--payer 1（支払基金）か --payer 2（国保連）で指定してください。",
        "say with --payer 1 or --payer 2 whose it is",
    )
}
