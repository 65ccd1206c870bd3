//! What lies ready at a gateway: fetched once, kept, brought in.

use super::bring::{Item, Source, kind_of_word, kind_word};
use super::{BroughtIn, Channel, model_payer};
use crate::documents::Stored;
use crate::host::{Ended, Host};
use reseplug_claims::How;
use reseplug_effect::{Fault, RepeatClass, RetryAdvice};
use reseplug_engine::Call;
use reseplug_engine::contract::{DocumentKind, Download};
use reseplug_journal::{Fact, FlowError, Journal};
use reseplug_model::Payer;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// A file that came back and is kept here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetched {
    /// SHA-256 under which it is kept.
    pub sha256: String,
    /// Its name as it came.
    pub name: String,
    /// `acknowledgement`, `findings`, `returns`, `adjustments`, `payments`, or the source's word.
    pub kind: String,
    /// The payer, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer: Option<Payer>,
    /// The day it came here.
    pub day: String,
    /// Who brought it.
    pub by: String,
    /// What became of what it says.
    pub standing: Kept,
}

/// Whether what a file says counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kept {
    /// It is on record and counts.
    Counts,
    /// It was brought in by mistake and taken back.
    Retracted,
    /// Nothing is on record from it: it could not be read, or says nothing.
    NothingRead,
}

impl Kept {
    /// What staff read.
    pub fn name_ja(self) -> &'static str {
        match self {
            Self::Counts => "取込み済み",
            Self::Retracted => "取込みを取消（数えません）",
            Self::NothingRead => "記録なし（読めないか、内容なし）",
        }
    }

    /// The same in English.
    pub fn name_en(self) -> &'static str {
        match self {
            Self::Counts => "counts",
            Self::Retracted => "retracted, counts no more",
            Self::NothingRead => "nothing recorded (unreadable or empty)",
        }
    }

    /// Of a file, by whether it is among those that count and those that were taken back.
    fn of(counts: bool, retracted: bool) -> Self {
        match (counts, retracted) {
            (true, _) => Self::Counts,
            (false, true) => Self::Retracted,
            (false, false) => Self::NothingRead,
        }
    }
}

impl Host {
    /// Fetches what lies ready at the gateway and was not fetched before, keeps it, and brings it
    /// in. First it asks what the gateway has of this station: a store that was restored from a
    /// backup could not tell what came back for what it has forgotten. A file whose rows fitted
    /// nothing so far is read once more.
    ///
    /// # Errors
    /// Faults of the connector and the adapter.
    pub fn fetch_downloads(
        &self,
        output: Option<&PathBuf>,
        by: &str,
    ) -> Result<Ended<Vec<BroughtIn>>, Fault> {
        let connector = self.claims_plugin(Channel::Gateway)?;
        let adapter = self.adapter(None)?;
        let output = self.output(output);
        // What did not arrive waits among the late ones, and not for ever.
        for month in self.book()?.months_in_doubt() {
            self.look_for(&connector, month, None)?;
        }
        let args = json!({ "output": output });
        let id = self.job_id(None, "fetch", &args, true)?;
        let new = self.new_job(&id, "fetch", args, &[&connector, &adapter]);
        self.run(&new, |flow| {
            // What comes back can only be laid beside what is known to be filed.
            self.learn_of(flow, &connector, self.today()?.month(), by)?;
            let again = flow.step("fits-nothing", &(), RepeatClass::Safe, || {
                self.with_strangers()
            })?;
            let known: Vec<String> = flow.step("fetched", &(), RepeatClass::Safe, || {
                let fetched = self.journal().facts(self.code(), Some("fetched"), None)?;
                let id = |fact: &Fact| Some(fact.value.get("id")?.as_str()?.to_owned());
                Ok(fetched.iter().filter_map(id).collect())
            })?;
            let call = Call::Downloads {
                ctx: connector.context.clone(),
                known: known.clone(),
            };
            let there: Vec<Download> = self.call(flow, &connector, &call)?;
            let mut brought = Vec::new();
            for (one, how) in again {
                let item = Item {
                    kind: kind_of_word(&one.kind),
                    payer: one.payer,
                    document: Stored {
                        name: one.name,
                        kind: DocumentKind::Other,
                        path: PathBuf::new(),
                        digest: one.sha256,
                    },
                    how,
                    by: by.to_owned(),
                    filing: None,
                    month: None,
                };
                let source = Source::Connector(&connector);
                match self.bring_in(flow, &adapter, &item, source, &output) {
                    Ok(read) if !read.needs_person() => brought.push(read),
                    // It was told when it was fetched.
                    Ok(_) | Err(FlowError::Fault(_)) => {}
                    Err(other) => return Err(other),
                }
            }
            for one in there {
                let document: Stored = self.keep(&one.document, PathBuf::new())?;
                let item = Item {
                    kind: one.kind.clone(),
                    document,
                    how: How::Answered,
                    by: by.to_owned(),
                    filing: None,
                    payer: one.payer.map(model_payer),
                    month: None,
                };
                let source = Source::Connector(&connector);
                match self.bring_in(flow, &adapter, &item, source, &output) {
                    Ok(read) => brought.push(read),
                    // It is kept, and told; the others are read all the same. `claim import` reads
                    // it again.
                    Err(FlowError::Fault(fault)) if fault.retry == RetryAdvice::Never => {
                        brought.push(BroughtIn::unreadable(&item, fault));
                    }
                    Err(other) => return Err(other),
                }
                // Noted last: what was cut off before is fetched again, and changes nothing twice.
                let day = self.today()?;
                let job = flow.id().to_owned();
                flow.step("note-fetched", &one.id, RepeatClass::Safe, || {
                    Ok(self.journal().record_facts(&[Fact {
                        id: format!("fetched/{}/{}", self.code(), one.id),
                        station: self.code().to_owned(),
                        person_key: String::new(),
                        kind: "fetched".to_owned(),
                        day: day.to_string(),
                        value: json!({ "id": one.id, "kind": kind_word(&one.kind) }),
                        by: by.to_owned(),
                        at: self.now(),
                        source: Some(item.document.digest.clone()),
                        job: Some(job.clone()),
                    }])?)
                })?;
            }
            Ok(brought)
        })
    }

    /// Files with rows that fit no receipt so far, and how they came.
    fn with_strangers(&self) -> Result<Vec<(Fetched, How)>, Fault> {
        let book = self.book()?;
        let sources: BTreeSet<(&str, How)> = book
            .strangers()
            .filter(|told| matches!(told.how, How::Answered | How::Imported))
            .filter_map(|told| Some((told.source.as_deref()?, told.how)))
            .collect();
        let mut again = Vec::new();
        for one in self.downloads()? {
            let of = |how| sources.contains(&(one.sha256.as_str(), how));
            // A list that staff brought in is read by the hand-over's layout, which is not at hand here;
            // a return file reads itself.
            let how = match (of(How::Answered), of(How::Imported)) {
                (true, _) => How::Answered,
                (false, true) if one.kind == "returns" => How::Imported,
                _ => continue,
            };
            again.push((one, how));
        }
        Ok(again)
    }

    /// Files that came back and are kept here, oldest first.
    ///
    /// # Errors
    /// `journal/…`
    pub fn downloads(&self) -> Result<Vec<Fetched>, Fault> {
        let facts = self.journal().facts(self.code(), Some("download"), None)?;
        let book = self.book()?;
        let (counted, retracted) = (book.counted_sources(), book.retracted_sources());
        Ok(facts
            .into_iter()
            .map(|fact| {
                let sha256 = fact.source.clone().unwrap_or_default();
                let standing = Kept::of(
                    counted.contains(sha256.as_str()),
                    retracted.contains(sha256.as_str()),
                );
                let text = |key: &str| fact.value.get(key).and_then(|v| v.as_str());
                Fetched {
                    name: text("name").unwrap_or_default().to_owned(),
                    kind: text("kind").unwrap_or_default().to_owned(),
                    payer: text("payer").and_then(Payer::from_code),
                    standing,
                    sha256,
                    day: fact.day.clone(),
                    by: fact.by.clone(),
                }
            })
            .collect())
    }

    /// The bytes of a file that came back.
    ///
    /// # Errors
    /// `claim/no-download` when none of this digest is kept; `journal/…`.
    pub fn download(&self, sha256: &str) -> Result<Vec<u8>, Fault> {
        self.bytes(&self.kept_as(sha256)?.sha256)
    }

    /// A file that came back, by its digest or the beginning of it.
    pub(super) fn kept_as(&self, sha256: &str) -> Result<Fetched, Fault> {
        let wanted = sha256.trim().to_ascii_lowercase();
        let mut fit: Vec<Fetched> = self.downloads()?;
        fit.retain(|one| wanted.len() >= 8 && one.sha256.starts_with(&wanted));
        let one = fit.pop().filter(|_| fit.is_empty());
        one.ok_or_else(|| {
            Fault::new(
                "claim/no-download",
                format!(
                    "SHA-256 が「{sha256}」（先頭の8文字以上）で決まる届いたファイルは、ここにありません。`reseplug claim downloads` で、保管しているファイルとその SHA-256 の一覧を見られます。"
                ),
                format!(
                    "no file with the digest `{sha256}` came back here; `reseplug claim downloads` lists those that are kept"
                ),
            )
        })
    }
}
