//! The claim record of the station: read as a [`Book`], and added to.

use super::Sent;
use crate::host::{Host, not_json};
use receden::ClaimFile;
use reseplug_claims::{
    Book, Channel, Confirmation, Event, Filing, FilingKey, How, Receipt, Recorded,
};
use reseplug_effect::{Fault, Place, RepeatClass, jst};
use reseplug_journal::{ClaimEvent, FiledReceipt, Flow, FlowError, Journal};
use reseplug_model::{Month, Payer};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};

/// The receipts of a claim file as the book keeps them.
pub(crate) fn receipts_of(document: &str, bytes: &[u8]) -> Result<Vec<Receipt>, Fault> {
    let file = ClaimFile::parse(bytes).map_err(|error| unreadable(document, &error))?;
    receipts_in(document, &file)
}

/// The same of one that was read already.
pub(super) fn receipts_in(document: &str, file: &ClaimFile) -> Result<Vec<Receipt>, Fault> {
    file.receipts()
        .map(|receipt| facts(&receipt).map_err(|error| unreadable(document, &error)))
        .collect()
}

/// A receipt of a claim or return file as the book keeps it.
pub(crate) fn facts(receipt: &receden::Receipt<'_>) -> Result<Receipt, receden::FieldError> {
    let days = receipt.charge_days()?;
    Ok(Receipt {
        number: receipt.number()?,
        person_key: receipt
            .person_key()?
            .map(String::from)
            .filter(|key| !key.is_empty()),
        name: receipt.name()?.into(),
        birth_date: receipt.birth_date()?.to_string(),
        service_month: receipt.service_month()?,
        days: days.into_iter().map(|day| day.day_of_month()).collect(),
        total: receipt.total()?.0,
        insurer: receipt
            .insurer()
            .and_then(|insurer| insurer.number().ok())
            .map(|number| number.to_string()),
        search_number: receipt.search_number()?.map(String::from),
    })
}

/// What is wrong with a file, as staff read it; its [`Display`](std::fmt::Display) is the English.
pub(crate) trait Said: std::fmt::Display {
    /// A whole sentence.
    fn say_ja(&self) -> String;
}

impl Said for receden::ReadError {
    fn say_ja(&self) -> String {
        self.message_ja()
    }
}

impl Said for receden::FieldError {
    fn say_ja(&self) -> String {
        let (record, field, name) = (&self.record, self.field, self.name_ja);
        let line = match self.line {
            0 => String::new(),
            line => format!("{line}行目、"),
        };
        format!("{line}{record}レコードの項目{field}（{name}）を読み取れません。")
    }
}

pub(super) fn unreadable(document: &str, error: &dyn Said) -> Fault {
    Fault::new(
        "claim/not-readable",
        format!(
            "請求ファイル「{document}」を読めません。{}作成元のソフトで直してください。",
            error.say_ja()
        ),
        format!("the claim file {document} cannot be read: {error}; correct it in the product"),
    )
    .at(Place {
        document: document.to_owned(),
        ..Place::default()
    })
}

/// An event as it stands in the store.
fn recorded(row: ClaimEvent) -> Result<Recorded, Fault> {
    let what = format!("claim event {}", row.id);
    let key = |text: &str| {
        text.parse::<FilingKey>()
            .map_err(|_| damaged(&what, "filing"))
    };
    Ok(Recorded {
        month: Month::parse(&row.claim_month).map_err(|_| damaged(&what, "claim_month"))?,
        payer: Payer::from_code(&row.payer).ok_or_else(|| damaged(&what, "payer"))?,
        filing: row.filing.as_deref().map(key).transpose()?,
        receipt: row.receipt,
        event: serde_json::from_value(row.value).map_err(|e| not_json(&what, &e))?,
        how: How::parse(&row.how).ok_or_else(|| damaged(&what, "how"))?,
        by: row.by,
        at: jst(row.at),
        source: row.source,
    })
}

/// Something in the store is not what this program wrote: whoever files by it may file twice.
pub(crate) fn damaged(what: &str, column: &str) -> Fault {
    Fault::new(
        "claim/record-damaged",
        format!(
            "請求の記録が壊れています（{what} の {column}）。二重請求を防ぐため、何もしていません。`reseplug audit verify` で確かめ、バックアップから戻してください。"
        ),
        format!(
            "the claim record is damaged ({column} of {what}); nothing was done. Look at `reseplug audit verify` and restore a backup"
        ),
    )
}

/// What the store keeps beside a key: by which way, and nothing that its events say.
pub(super) fn detail(channel: Channel) -> Value {
    json!({ "channel": channel })
}

/// The jobs that hold the keys of filings.
pub(crate) type Jobs = BTreeMap<FilingKey, String>;

/// The claim record as this host has read it so far. It is append-only, so that only what came
/// since is read again, whichever program wrote it.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Number of the last event that was read.
    upto: i64,
    book: Arc<Book>,
    jobs: Arc<Jobs>,
}

impl Known {
    fn read_on(&mut self, journal: &impl Journal, station: &str) -> Result<(), Fault> {
        // Events first: whatever filing they are about is there when the filings are read.
        let told = journal.claim_events(station, self.upto)?;
        let mut rows = Vec::new();
        for row in journal.filings(station)? {
            let key: FilingKey = row
                .key
                .parse()
                .map_err(|_| damaged(&format!("filing {}", row.key), "key"))?;
            let channel = row.detail.get("channel").cloned().unwrap_or_default();
            let channel: Channel =
                serde_json::from_value(channel).map_err(|e| not_json(&row.key, &e))?;
            rows.push((key, channel, row.job));
        }
        // One that was entered later may be of an earlier month.
        rows.sort_by_key(|(key, ..)| key.month);
        let as_known = rows.len() == self.book.filings().len()
            && rows
                .iter()
                .zip(self.book.filings())
                .all(|((key, channel, job), known)| {
                    (key, *channel) == (&known.key, known.channel)
                        && self.jobs.get(key) == Some(job)
                });
        if as_known && told.is_empty() {
            return Ok(());
        }
        let upto = told.last().map_or(self.upto, |(number, _)| *number);
        let told = told
            .into_iter()
            .map(|(_, row)| recorded(row))
            .collect::<Result<Vec<_>, _>>()?;
        let lost = told
            .iter()
            .filter_map(|told| told.filing.as_ref())
            .find(|key| !rows.iter().any(|(there, ..)| there == *key));
        if let Some(key) = lost {
            return Err(damaged(&format!("filing {key}"), "key"));
        }
        let mut receipts = BTreeMap::new();
        for (key, ..) in &rows {
            let known = self
                .book
                .filing(key)
                .is_some_and(|f| !f.receipts.is_empty());
            if !known {
                receipts.insert(key.clone(), filed_receipts(journal, key)?);
            }
        }
        // From here on nothing can fail: the book is taken apart and put together anew.
        let book = Arc::unwrap_or_clone(std::mem::take(&mut self.book));
        let book = book.regrouped(|filings| {
            let mut filings: BTreeMap<FilingKey, Filing> = filings
                .into_iter()
                .map(|one| (one.key.clone(), one))
                .collect();
            rows.iter()
                .map(|(key, channel, _)| {
                    let mut filing = filings
                        .remove(key)
                        .unwrap_or_else(|| Filing::new(key.clone(), *channel, Vec::new()));
                    filing.channel = *channel;
                    if let Some(receipts) = receipts.remove(key) {
                        filing.receipts = receipts;
                    }
                    filing
                })
                .collect()
        });
        self.book = Arc::new(book.with(told));
        self.jobs = Arc::new(rows.into_iter().map(|(key, _, job)| (key, job)).collect());
        self.upto = upto;
        Ok(())
    }
}

/// The receipts of a filing, as its file had them.
fn filed_receipts(journal: &impl Journal, key: &FilingKey) -> Result<Vec<Receipt>, Fault> {
    let filing = key.to_string();
    let rows = journal.filed_receipts(&filing)?.into_iter();
    rows.map(|row| {
        let what = format!("receipt {} of {}", row.number, row.filing);
        serde_json::from_value(row.facts).map_err(|e| not_json(&what, &e))
    })
    .collect()
}

impl Host {
    /// All claims of the station, with the jobs that hold their keys.
    pub(crate) fn book_and_jobs(&self) -> Result<(Arc<Book>, Arc<Jobs>), Fault> {
        let mut known = self.known().lock().unwrap_or_else(PoisonError::into_inner);
        known.read_on(self.journal(), self.code())?;
        Ok((Arc::clone(&known.book), Arc::clone(&known.jobs)))
    }

    /// All claims of the station: filings, receipts, and what became of them.
    ///
    /// # Errors
    /// `journal/…`
    pub fn book(&self) -> Result<Arc<Book>, Fault> {
        Ok(self.book_and_jobs()?.0)
    }

    /// A filing as the office sees it, with the hand-over's files looked at.
    pub(crate) fn sent(&self, filing: &Filing, jobs: &Jobs) -> Sent {
        let gone = match (filing.channel, filing.stage()) {
            (Channel::Handover, reseplug_claims::Stage::HandedOver) => {
                gone(&filing.key, &self.files_of(filing))
            }
            _ => Vec::new(),
        };
        let job = jobs.get(&filing.key).map_or("", String::as_str);
        self.seen(filing, job, gone)
    }

    /// A filing as the office sees it.
    pub(super) fn seen(&self, filing: &Filing, job: &str, gone: Vec<String>) -> Sent {
        let files = self.files_of(filing);
        let shown = files.iter().map(|path| path.display().to_string());
        Sent::of(filing, job, shown.collect(), gone)
    }

    /// Where the files of a hand-over lie now. They are recorded relative to the station's folder;
    /// what lies elsewhere is recorded with its whole path.
    pub fn files_of(&self, filing: &Filing) -> Vec<PathBuf> {
        let here = |file: &String| self.folder().join(file).components().collect();
        filing.files().iter().map(here).collect()
    }

    /// Records what happened, as a step: a run that is taken up again records the same. `name`
    /// tells the records of one job apart. What the book knows already is not said again.
    pub(crate) fn record_step(
        &self,
        flow: &mut Flow<'_>,
        name: &str,
        events: Vec<Recorded>,
    ) -> Result<(), FlowError> {
        let job = flow.id().to_owned();
        let said: Vec<&str> = events.iter().map(|told| told.event.kind()).collect();
        let step = format!("record {name}");
        flow.step(&step, &said, RepeatClass::Safe, || {
            self.record(&format!("{job}/{name}"), Some(&job), &events)
        })
    }

    /// Records what happened. `id` names the whole; the same again changes nothing.
    pub(crate) fn record(
        &self,
        id: &str,
        job: Option<&str>,
        events: &[Recorded],
    ) -> Result<(), Fault> {
        if events.is_empty() {
            return Ok(());
        }
        let book = self.book()?;
        let mut filings: BTreeMap<FilingKey, Filing> = BTreeMap::new();
        let mut rows = Vec::new();
        for (at, told) in events.iter().enumerate() {
            let mut state = None;
            if told.filing.is_none() && is_known_beside(&book, told) {
                continue;
            }
            if let Some(key) = &told.filing {
                let before = book.filing(key).ok_or_else(|| unknown(key))?;
                // Two equal rows of one file are two.
                if is_known(before, told) {
                    continue;
                }
                let filing = filings.entry(key.clone()).or_insert_with(|| before.clone());
                filing.events.push(told.clone());
                if told.receipt.is_none() {
                    state = Some(filing.stage().word().to_owned());
                }
            }
            rows.push(ClaimEvent {
                id: format!("{id}/{at}"),
                station: self.code().to_owned(),
                claim_month: told.month.to_string(),
                payer: told.payer.code().to_owned(),
                filing: told.filing.as_ref().map(ToString::to_string),
                receipt: told.receipt,
                kind: told.event.kind().to_owned(),
                how: told.how.word().to_owned(),
                value: serde_json::to_value(&told.event).map_err(|e| not_json(id, &e))?,
                by: told.by.clone(),
                at: self.now(),
                source: told.source.clone(),
                job: job.map(str::to_owned),
                state,
            });
        }
        Ok(self.journal().record_claims(&rows)?)
    }

    /// An event of a filing that this host did or was told, by whoever runs it.
    pub(crate) fn told(&self, key: &FilingKey, event: Event, how: How, by: &str) -> Recorded {
        Recorded::of(key, event, how, by, jst(self.now()))
    }
}

/// The receipts of a filing for the store.
pub(super) fn rows(key: &FilingKey, receipts: &[Receipt]) -> Result<Vec<FiledReceipt>, Fault> {
    receipts
        .iter()
        .map(|receipt| {
            Ok(FiledReceipt {
                filing: key.to_string(),
                number: receipt.number,
                service_month: receipt.service_month.to_string(),
                facts: serde_json::to_value(receipt).map_err(|e| not_json(&key.to_string(), &e))?,
            })
        })
        .collect()
}

/// Whether the very same was said before. What a person reports is always recorded: reporting
/// "sent" twice may mean two things.
fn is_known(filing: &Filing, told: &Recorded) -> bool {
    // What is brought in again after something else of its kind counts again: it puts that right.
    let outweighs = matches!(told.event, Event::Findings { .. } | Event::Acknowledged(_));
    if outweighs {
        let last = filing
            .events
            .iter()
            .rfind(|known| known.event.kind() == told.event.kind());
        return last.is_some_and(|known| {
            says_the_same(&known.event, &told.event)
                && (known.how, &known.source) == (told.how, &told.source)
        });
    }
    // One sending has one reference, whoever learned of it first.
    let sent = matches!(told.event, Event::Submitted { .. });
    if sent && filing.events.iter().any(|known| known.event == told.event) {
        return true;
    }
    told.how != How::Reported
        && filing.events.iter().any(|known| {
            (&known.event, known.receipt, known.how) == (&told.event, told.receipt, told.how)
                && known.source == told.source
        })
        // Begun anew after it certainly did not leave, and failed anew, perhaps for the same reason.
        && !matches!(
            told.event,
            Event::Begun { .. } | Event::Released { .. } | Event::InDoubt { .. }
        )
}

/// Whether two events say the same. A 受領書 whose file names no moment has that of its reading, which
/// is another each time.
fn says_the_same(known: &Event, told: &Event) -> bool {
    match (known, told) {
        (Event::Acknowledged(known), Event::Acknowledged(told)) => {
            Confirmation {
                at: told.at.clone(),
                ..known.clone()
            } == *told
        }
        _ => known == told,
    }
}

/// The same of what is about no filing: a row of a file that was read before.
fn is_known_beside(book: &Book, told: &Recorded) -> bool {
    matches!(told.how, How::Answered | How::Imported)
        && told.source.is_some()
        && book.beside().iter().any(|known| {
            Recorded {
                by: told.by.clone(),
                at: told.at.clone(),
                ..known.clone()
            } == *told
        })
}

fn unknown(key: &FilingKey) -> Fault {
    Fault::new(
        "claim/unknown-filing",
        format!(
            "送信の記録「{}」がありません。`reseplug claim status` で確かめてください。",
            key.name_ja()
        ),
        format!(
            "there is no filing {}; see `reseplug claim status`",
            key.name_en()
        ),
    )
}

/// Files of a hand-over that are not there, or not as they were placed.
fn gone(key: &FilingKey, files: &[PathBuf]) -> Vec<String> {
    files
        .iter()
        .filter(|path| {
            let claim = path
                .extension()
                .is_some_and(|e| e.eq_ignore_ascii_case("uke"));
            match std::fs::read(path) {
                Ok(bytes) => claim && reseplug_journal::document_digest(&bytes) != key.sha256,
                Err(_) => true,
            }
        })
        .map(|path| path.display().to_string())
        .collect()
}
