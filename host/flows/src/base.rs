//! The base of a run: the product's documents as accepted so far.
//!
//! A job never changes the product's own documents; it writes others into the output folder, which
//! the product imports some day. Until then the next run would know nothing of what was accepted, so
//! what lies in the output folder is read in the documents' place, as long as it is what a job of
//! this station wrote there, word for word, and was made of the very documents that the product
//! still has. Once the product has imported it or exported anew, its documents are the base again;
//! so they are when somebody removes what was written, to discard it.
//!
//! Claim files in which a receipt was moved or split are not built on: their receipts are numbered
//! anew, and a yes to a proposal about the twelfth would be a yes about another one.

mod words;

use crate::documents::{Input, Stored};
use crate::host::{Host, not_json, unreadable};
use crate::intake::Report;
use crate::proposal::{Done, kind};
use reseplug_effect::{Fault, RepeatClass};
use reseplug_engine::contract::{Document, DocumentKind};
use reseplug_journal::{Flow, FlowError, JobFilter, Journal, Outcome, Step, document_digest};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The step that records the base.
const READ: &str = "read-documents";
/// The step that records the base as it is when the outputs are made.
const BUILT_ON: &str = "built-on";
/// The step that records what is about to be written.
const ABOUT_TO_WRITE: &str = "about-to-write";

/// An output that the product has not imported yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Carried {
    /// Its name among the documents.
    pub document: String,
    /// What it is to the adapter.
    pub kind: DocumentKind,
    /// The job that wrote it.
    pub job: String,
    /// Where it lies.
    pub path: PathBuf,
    /// Digest of its bytes.
    pub digest: String,
}

/// What a run reads and builds on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Base {
    /// The product's documents.
    pub(crate) inputs: Vec<Stored>,
    /// Outputs that stand for the inputs of their names.
    pub(crate) carried: Vec<Carried>,
    /// Outputs with changes that are not carried over; what is written now takes their place.
    pub(crate) replaced: Vec<Carried>,
}

/// A file that a job wrote and that is not there as it was written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gone {
    /// Its name among the documents.
    pub document: String,
    /// Where it was written.
    pub path: PathBuf,
    /// Whether something else lies there now.
    pub differs: bool,
}

/// What a job of any flow reports of its documents.
#[derive(Debug, Deserialize)]
struct Written {
    #[serde(default)]
    inputs: Vec<Stored>,
    #[serde(default)]
    outputs: Vec<Stored>,
    #[serde(default)]
    carried: Vec<Carried>,
    #[serde(default)]
    proposals: Vec<Proposed>,
}

/// What became of a proposal; all else of it is beside the point here.
#[derive(Debug, Deserialize)]
struct Proposed {
    done: Done,
}

impl Base {
    /// The documents that are read.
    pub(crate) fn read(&self) -> Vec<Stored> {
        self.inputs
            .iter()
            .map(|input| match self.carried_for(&input.name) {
                Some(one) => Stored {
                    path: one.path.clone(),
                    digest: one.digest.clone(),
                    ..input.clone()
                },
                None => input.clone(),
            })
            .collect()
    }

    fn carried_for(&self, name: &str) -> Option<&Carried> {
        self.carried.iter().find(|one| one.document == name)
    }
}

impl Report {
    /// What the job read.
    pub(crate) fn base(&self) -> Base {
        Base {
            inputs: self.inputs.clone(),
            carried: self.carried.clone(),
            replaced: self.replaced.clone(),
        }
    }
}

impl Written {
    fn of(journal: &dyn Journal, job: &str) -> Result<Option<Self>, Fault> {
        match journal.job_outcome(job)? {
            Some(report) if report.starts_with('{') => serde_json::from_str(&report)
                .map(Some)
                .map_err(|e| not_json(job, &e)),
            _ => Ok(None),
        }
    }

    fn base(&self) -> Base {
        Base {
            inputs: self.inputs.clone(),
            carried: self.carried.clone(),
            replaced: Vec::new(),
        }
    }

    /// Whether an output says something else than what was read under its name.
    fn changed(&self, output: &Stored) -> bool {
        !holds(&self.base().read(), output)
    }

    /// Whether receipts stand under other numbers than before.
    fn renumbers(&self) -> bool {
        self.proposals.iter().any(|p| {
            matches!(&p.done, Done::Applied { kind, .. } if [kind::MOVED, kind::SPLIT].contains(&kind.as_str()))
        })
    }
}

impl Carried {
    fn is(&self, one: &Stored) -> bool {
        (&self.document, &self.digest) == (&one.name, &one.digest)
    }
}

/// Whether this very document is among some.
fn holds(documents: &[Stored], one: &Stored) -> bool {
    documents
        .iter()
        .any(|other| (&other.name, &other.digest) == (&one.name, &one.digest))
}

/// Digest of what lies somewhere, if anything does.
fn digest_at(path: &Path) -> Result<Option<String>, Fault> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(document_digest(&bytes))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(path, &error)),
    }
}

impl Host {
    /// What a run over these documents reads, whose outputs go into a folder.
    ///
    /// # Errors
    /// `output/is-input` where the folder is the documents' own, `output/exists` where something
    /// lies in the way that no job wrote.
    pub(crate) fn base(&self, inputs: &[Input], folder: &Path) -> Result<Base, Fault> {
        let inputs = self.take_in(inputs)?;
        // Said before anybody is asked about anything: no answer would make it right.
        for input in &inputs {
            self.refuse_input(&folder.join(&input.name), &inputs)?;
        }
        self.settled(inputs, folder)
    }

    /// The base as a step: a later run finds the one that the first chose.
    pub(crate) fn base_step(
        &self,
        flow: &mut Flow<'_>,
        inputs: &[Input],
        base: &Base,
    ) -> Result<Base, FlowError> {
        flow.step(READ, inputs, RepeatClass::Safe, || Ok(base.clone()))
    }

    /// The base as it is now that the outputs are made, as a step: while a run asked and waited others
    /// may have accepted something, which is carried over as well. The adapter refuses a change of
    /// what is not as it was read any more.
    pub(crate) fn built_on_step(
        &self,
        flow: &mut Flow<'_>,
        base: &Base,
        folder: &Path,
    ) -> Result<Base, FlowError> {
        flow.step(BUILT_ON, &(), RepeatClass::Safe, || {
            self.settled(base.inputs.clone(), folder)
        })
    }

    /// Accepted changes of these documents that lie in the output folder and are not imported yet.
    /// What somebody edited there is nobody's job's, and stops the next run that writes there.
    pub(crate) fn not_imported(&self, inputs: &[Stored]) -> Vec<Carried> {
        let folder = self.output(None);
        let settled = inputs
            .iter()
            .map(|input| self.settled(vec![input.clone()], &folder));
        settled.flatten().flat_map(|base| base.carried).collect()
    }

    /// The same documents, by what lies in the folder now.
    pub(crate) fn settled(&self, inputs: Vec<Stored>, folder: &Path) -> Result<Base, Fault> {
        let mut base = Base {
            inputs,
            ..Base::default()
        };
        for input in base.inputs.clone() {
            self.settle(&input, folder, &mut base)?;
        }
        Ok(base)
    }

    fn settle(&self, input: &Stored, folder: &Path, base: &mut Base) -> Result<(), Fault> {
        let path = folder.join(&input.name);
        let Some(digest) = digest_at(&path)?.filter(|digest| *digest != input.digest) else {
            return Ok(());
        };
        let lies = Stored {
            path,
            digest,
            ..input.clone()
        };
        let mut known = false;
        for job in self.wrote(&lies.digest)? {
            let Some(written) = Written::of(self.journal(), &job)? else {
                continue;
            };
            if !holds(&written.outputs, &lies) {
                continue;
            }
            known = true;
            // One that wrote what it had read is not whose changes these are; it knows whose.
            let job = match written.carried.iter().find(|one| one.is(&lies)) {
                Some(one) => one.job.clone(),
                None if written.changed(&lies) => job,
                None => continue,
            };
            let one = Carried {
                document: lies.name,
                kind: lies.kind,
                job,
                path: lies.path,
                digest: lies.digest,
            };
            if holds(&written.inputs, input) && !written.renumbers() {
                base.carried.push(one);
            } else {
                base.replaced.push(one);
            }
            return Ok(());
        }
        if known {
            return Ok(());
        }
        let before = self
            .before_unfinished(&lies.digest)?
            .ok_or_else(|| not_ours(&lies.path))?;
        if holds(&before.inputs, input) {
            base.carried
                .extend(before.carried_for(&input.name).cloned());
        }
        Ok(())
    }

    /// Jobs that ended with a report in which a digest stands, newest first.
    fn wrote(&self, digest: &str) -> Result<Vec<String>, Fault> {
        let jobs = self.journal().job_heads(&JobFilter {
            station: Some(self.code().to_owned()),
            state: Some("done".to_owned()),
            roots: true,
            outcome_holds: Some(digest.to_owned()),
            ..JobFilter::default()
        })?;
        Ok(jobs.into_iter().map(|job| job.id).collect())
    }

    /// The product's documents that a run read last, where the store still has them.
    pub(crate) fn last_documents(&self) -> Result<Option<Vec<Document>>, Fault> {
        let done = self.journal().job_heads(&JobFilter {
            station: Some(self.code().to_owned()),
            state: Some("done".to_owned()),
            roots: true,
            ..JobFilter::default()
        })?;
        for job in done {
            // A report of another form is another flow's.
            let Ok(Some(written)) = Written::of(self.journal(), &job.id) else {
                continue;
            };
            let read = written.base().read();
            if !read.is_empty()
                && let Ok(documents) = self.documents(&read)
            {
                return Ok(Some(documents));
            }
        }
        Ok(None)
    }

    /// The base of the job that was about to write a document and did not come to its end: what was
    /// accepted before it, which the job, taken up again, builds on.
    fn before_unfinished(&self, digest: &str) -> Result<Option<Base>, Fault> {
        let ours = |open, state: Option<&str>| JobFilter {
            station: Some(self.code().to_owned()),
            state: state.map(str::to_owned),
            open,
            roots: true,
            ..JobFilter::default()
        };
        let open = self.journal().job_heads(&ours(true, None))?;
        let failed = self.journal().job_heads(&ours(false, Some("failed")))?;
        for job in open.iter().chain(&failed) {
            let steps = self.journal().steps(&job.id)?;
            let about_to = |outputs: &Value| {
                let outputs = outputs.as_array().into_iter().flatten();
                outputs
                    .filter_map(|o| o.get("digest")?.as_str())
                    .any(|known| known == digest)
            };
            if !steps
                .iter()
                .any(|step| step.name == ABOUT_TO_WRITE && about_to(&step.args))
            {
                continue;
            }
            let base = recorded(&steps, BUILT_ON)?.or(recorded(&steps, READ)?);
            return Ok(Some(base.unwrap_or_default()));
        }
        Ok(None)
    }

    /// The job that this command began over the same documents of the product and that was cut off,
    /// or waits: whatever others accepted since, it is carried over when the outputs are made. One
    /// that has made them already is taken up only where nothing came between.
    fn unended(
        &self,
        kind: &str,
        base: &Base,
        asked: impl Fn(&Base) -> Result<Value, Fault>,
    ) -> Result<Option<String>, Fault> {
        let open = self.journal().job_heads(&JobFilter {
            station: Some(self.code().to_owned()),
            kind: Some(format!("flow.{kind}")),
            roots: true,
            open: true,
            ..JobFilter::default()
        })?;
        for job in open {
            let steps = self.journal().steps(&job.id)?;
            let Some(read) = recorded(&steps, READ)? else {
                continue;
            };
            let made = recorded(&steps, BUILT_ON)?;
            if read.inputs == base.inputs
                && made.is_none_or(|made| made.carried == base.carried)
                && job.id.starts_with(&self.job_base(kind, &asked(&read)?))
            {
                return Ok(Some(job.id));
            }
        }
        Ok(None)
    }

    /// The id of a job over documents. What is read makes the job, so that the same command after
    /// something was accepted is a new one; but where all that was accepted since is this command's
    /// own, it is the same.
    pub(crate) fn document_job(
        &self,
        given: Option<&str>,
        kind: &str,
        base: &Base,
        of: impl Fn(&[String]) -> Value,
        anew: bool,
    ) -> Result<String, Fault> {
        let asked = &|base: &Base| -> Result<Value, Fault> {
            let read = base.inputs.iter().map(|input| {
                Ok(match base.carried_for(&input.name) {
                    Some(one) => format!("{} {}", input.digest, one.digest),
                    None => input.digest.clone(),
                })
            });
            let digests: Result<Vec<String>, Fault> =
                read.chain(self.aliases_digest().transpose()).collect();
            Ok(of(&digests?))
        };
        if given.is_none()
            && let Some(id) = self.unended(kind, base, asked)?
        {
            return Ok(id);
        }
        if given.is_none() && !anew {
            let by: BTreeSet<&str> = base.carried.iter().map(|c| c.job.as_str()).collect();
            for job in by {
                let Some(written) = Written::of(self.journal(), job)? else {
                    continue;
                };
                if written.inputs.len() == base.inputs.len()
                    && written.inputs.iter().all(|one| holds(&base.inputs, one))
                    && gone(&written.outputs)?.is_empty()
                    && self.is_todays(job, kind, &asked(&written.base())?)?
                {
                    return Ok(job.to_owned());
                }
            }
        }
        self.job_id(given, kind, &asked(base)?, anew)
    }

    /// Writes what was made of a base, unless something else was accepted since it was read.
    pub(crate) fn write_made(
        &self,
        flow: &mut Flow<'_>,
        outputs: &[Stored],
        base: &Base,
        folder: &Path,
    ) -> Result<(), FlowError> {
        // On record before it lies there: a run that ends in between is known as the writer.
        flow.step(ABOUT_TO_WRITE, outputs, RepeatClass::Safe, || Ok(()))?;
        self.say("書き出しています", "writing the documents");
        flow.step("write-documents", outputs, RepeatClass::Safe, || {
            if !gone(outputs)?.is_empty() {
                self.check_still(outputs, base, folder)?;
            }
            self.write_out(outputs, &base.inputs)
        })
    }

    /// Refuses where what lies in the folder now is not what was built on.
    fn check_still(&self, outputs: &[Stored], base: &Base, folder: &Path) -> Result<(), Fault> {
        let mut inputs = base.inputs.clone();
        inputs.retain(|i| outputs.iter().any(|o| o.name == i.name));
        let now = self.settled(inputs, folder)?;
        for one in &now.inputs {
            if now.carried_for(&one.name) != base.carried_for(&one.name) {
                let path = folder.display();
                return Err(Fault::later(
                    "output/changed-meanwhile",
                    format!(
                        "この処理が書き出す直前に、出力先「{path}」の書類が別の処理か人の手で変わりました。何も上書きしていません。同じ操作をもう一度行うと、今の書類から作ります。"
                    ),
                    format!(
                        "the documents in {path} were changed, by another job or by hand, just before this job wrote them. Nothing was overwritten; the same command once more builds on them as they are now"
                    ),
                ));
            }
        }
        Ok(())
    }
}

/// The base that a job recorded.
fn recorded(steps: &[Step], name: &str) -> Result<Option<Base>, Fault> {
    let step = steps.iter().find(|step| step.name == name);
    match step.and_then(|step| step.answer.as_ref()) {
        Some(Outcome::Done(base)) => {
            let base = Base::deserialize(base).map_err(|e| not_json(name, &e))?;
            Ok(Some(base))
        }
        _ => Ok(None),
    }
}

/// The outputs that are not there as they were written.
pub(crate) fn gone(outputs: &[Stored]) -> Result<Vec<Gone>, Fault> {
    let mut found = Vec::new();
    for one in outputs {
        let digest = digest_at(&one.path)?;
        if digest.as_ref() != Some(&one.digest) {
            found.push(Gone {
                document: one.name.clone(),
                path: one.path.clone(),
                differs: digest.is_some(),
            });
        }
    }
    Ok(found)
}

fn not_ours(path: &Path) -> Fault {
    let path = path.display();
    Fault::new(
        "output/exists",
        format!(
            "出力先「{path}」に、このプログラムが書き出したままではないファイルがあります（手で直したものか、別のソフトのもの）。上書きせず、元にもしません。製品に取り込むか別の場所へ移してからやり直すか、-o で別のフォルダーを指定してください。"
        ),
        format!(
            "{path} is not as this program wrote it (edited by hand, or another program's): it is neither overwritten nor built on. Import it into the product or move it, then run again, or name another folder with -o"
        ),
    )
}

#[cfg(test)]
mod tests;
