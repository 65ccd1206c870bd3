//! Undo: a job's documents made again from the originals, without what is taken back.

use crate::base::Base;
use crate::host::{Ended, Host};
use crate::intake::Report;
use crate::proposal::Done;
use reseplug_effect::{Fault, RepeatClass};
use reseplug_journal::{JobState, Journal};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// What to take back.
#[derive(Debug, Clone)]
pub struct UndoRequest {
    /// The intake, recheck or fill.
    pub job: String,
    /// Its proposals; empty: all that were carried out.
    pub proposals: Vec<String>,
    /// Who takes them back.
    pub by: String,
    /// Show what would become of the documents, write nothing.
    pub dry_run: bool,
}

impl Host {
    /// Takes changes back: the documents are made again from what the job read by the operations
    /// that remain, and written where the job wrote them. A product that has imported them
    /// already imports them again. What later jobs built on it is taken back first.
    ///
    /// # Errors
    /// `undo/no-job`, `undo/not-of-documents`, `undo/no-change` naming what is there, `undo/plugin-changed`,
    /// `undo/built-upon` naming the later job.
    pub fn undo(&self, request: &UndoRequest) -> Result<Ended<Report>, Fault> {
        let job = self.journal().job(&request.job)?;
        // Stations may share a store; what one changed is not another's to take back.
        let own = job.filter(|job| job.new.station == self.code());
        let Some((job, value)) = own.and_then(|job| match job.state.clone() {
            JobState::Done { value } => Some((job, value)),
            _ => None,
        }) else {
            return Err(Fault::new(
                "undo/no-job",
                format!(
                    "終わった処理「{}」がありません。`reseplug jobs list` で番号を確かめてください。",
                    request.job
                ),
                format!(
                    "there is no finished job {}; see `reseplug jobs list`",
                    request.job
                ),
            ));
        };
        let report: Report =
            serde_json::from_value(value).map_err(|_| not_undone(&request.job, &job.new.kind))?;
        let applied: BTreeSet<&str> = report
            .planned
            .iter()
            .filter(|p| matches!(p.proposal.done, Done::Applied { .. }))
            .map(|p| p.proposal.id.as_str())
            .collect();
        let unknown = request
            .proposals
            .iter()
            .find(|id| !applied.contains(id.as_str()));
        if applied.is_empty() {
            return Err(nothing_changed(&request.job));
        }
        if let Some(what) = unknown {
            return Err(no_change(&request.job, what, &applied));
        }
        let adapter_id = job
            .new
            .pins
            .first()
            .and_then(|(id, _)| reseplug_policy::Name::parse(id).ok());
        let adapter = self.adapter(adapter_id.as_ref())?;
        let pinned = job.new.pins.first().map(|(_, digest)| digest.clone());
        if pinned != Some(adapter.pin().1) {
            return Err(Fault::new(
                "undo/plugin-changed",
                format!(
                    "処理「{}」のあとでプラグイン「{}」が替わりました。元の書類から補完をやり直してください。",
                    request.job, adapter.id
                ),
                format!(
                    "the plugin `{}` has changed since job {}; fill again from the originals",
                    adapter.id, request.job
                ),
            ));
        }
        let chosen: BTreeSet<String> = if request.proposals.is_empty() {
            applied.iter().map(|id| (*id).to_owned()).collect()
        } else {
            request.proposals.iter().cloned().collect()
        };
        let decision = |id: &str| format!("{}/{id}", request.job);
        let undone_before: BTreeSet<String> = self
            .journal()
            .decisions(self.code(), None)?
            .into_iter()
            .filter(|d| d.undone.is_some())
            .map(|d| d.id)
            .collect();
        let mut planned = report.planned.clone();
        for one in &mut planned {
            let id = &one.proposal.id;
            if chosen.contains(id) || undone_before.contains(&decision(id)) {
                one.proposal.accepted = None;
                one.proposal.done = Done::Left;
            }
        }
        let args = json!({ "job": request.job, "proposals": chosen, "by": request.by,
            "before": undone_before.len() });
        let made_of = report.base();
        let folder = job.new.args.get("output").and_then(Value::as_str);
        let folder = PathBuf::from(folder.unwrap_or_default());
        let before = self.settled(made_of.inputs.clone(), &folder)?;
        self.check_last(&request.job, &made_of, &before)?;
        if request.dry_run {
            let documents = self.documents(&made_of.read())?;
            self.carry_out(&adapter, &documents, &mut planned)?;
            return Ok(Ended::Done(Report {
                dry_run: true,
                ..Report::of("", planned, made_of)
            }));
        }
        let id = self.job_id(None, "undo", &args, false)?;
        let new = self.new_job(&id, "undo", args, &[&adapter]);
        self.run_over_documents(&new, |flow| {
            // What is accepted until this has come to its end is what the job wrote.
            let before = self.base_step(flow, &[], &before)?;
            let documents = self.documents(&made_of.read())?;
            let now = self.carry_out(&adapter, &documents, &mut planned)?;
            let outputs = now
                .iter()
                .filter_map(|document| {
                    let path = report
                        .outputs
                        .iter()
                        .find(|o| o.name == document.name)
                        .map(|o| o.path.clone())?;
                    Some(self.keep(document, path))
                })
                .collect::<Result<Vec<_>, _>>()?;
            self.write_made(flow, &outputs, &before, &folder)?;
            let chosen: Vec<&String> = chosen.iter().collect();
            flow.step("undo-decisions", &chosen, RepeatClass::Safe, || {
                for id in &chosen {
                    self.journal()
                        .undo_decision(&decision(id), &request.by, self.now())?;
                }
                Ok(())
            })?;
            Ok(Report {
                outputs,
                ..Report::of(flow.id(), planned.clone(), made_of.clone())
            })
        })
    }

    /// Refuses where a later job's changes lie in the output folder: they would be lost.
    pub(crate) fn check_last(&self, job: &str, made_of: &Base, before: &Base) -> Result<(), Fault> {
        for lies in before.carried.iter().chain(&before.replaced) {
            let undo = self.journal().job(&lies.job)?;
            let undoes = undo.as_ref().is_some_and(|by| {
                by.new.kind == "flow.undo" && by.new.args.get("job") == Some(&job.into())
            });
            if lies.job != job && !undoes && !made_of.carried.contains(lies) {
                let (later, path) = (&lies.job, lies.path.display());
                return Err(Fault::new(
                    "undo/built-upon",
                    format!(
                        "処理「{job}」のあとの処理「{later}」の変更が「{path}」に入っています。先に `reseplug undo {later} --by 氏名` で取り消すか、製品に取り込んでからそのファイルを移してください。"
                    ),
                    format!(
                        "{path} holds the changes of job {later}, which came after {job}: take those back first (`reseplug undo {later} --by NAME`), or import the file into the product and move it"
                    ),
                ));
            }
        }
        Ok(())
    }
}

/// A job that changes no documents: what it did is taken back in its own way, or not at all.
fn not_undone(job: &str, kind: &str) -> Fault {
    let (ja, en) = match kind.strip_prefix("flow.").unwrap_or(kind) {
        "gateway" => (
            "送った請求は `reseplug claim withdraw --month 年-月 --by 氏名` で取り消します（請求が確定する前だけ）。",
            "a filing is taken back with `reseplug claim withdraw --month YYYY-MM --by NAME`, before it is confirmed",
        ),
        "handover" => (
            "引き渡したファイルは、公式の端末で請求しなければ請求になりません。直したものを承認すれば、もう一度引き渡せます。",
            "a handed-over file is no claim until somebody files it in the official terminal; approve and hand over the corrected one",
        ),
        "approve" => (
            "承認は取り消さず、直してから `reseplug claim approve --by 氏名` でもう一度承認します。新しい承認が使われます。",
            "an approval is replaced by a later one: correct, then `reseplug claim approve --by NAME`",
        ),
        _ => (
            "記録したこと（同意の取り消し、控えなど）は消せません。",
            "what was recorded (a withdrawal of consent, a note) stays on record",
        ),
    };
    Fault::new(
        "undo/not-of-documents",
        format!(
            "処理「{job}」は取り消せません。取り消せるのは、台帳や請求ファイルを変えた処理（intake・recheck・fill・certificate・notices）だけです。{ja}番号は `reseplug jobs list` で確かめ、`reseplug undo 処理 --by 氏名` で取り消します。"
        ),
        format!(
            "job {job} cannot be undone: only jobs that changed the register or claim files can (intake, recheck, fill, certificate, notices). {en}. See `reseplug jobs list`, then `reseplug undo JOB --by NAME`"
        ),
    )
}

/// A job of the right kind that carried nothing out.
fn nothing_changed(job: &str) -> Fault {
    Fault::new(
        "undo/no-change",
        format!(
            "処理「{job}」は台帳も請求ファイルも変えていないので、取り消すものがありません（記録した回答や資格確認書は残ります）。変更を行った処理の番号は `reseplug jobs list` で確かめられます。"
        ),
        format!(
            "job {job} changed neither the register nor a claim file, so there is nothing to take back (what it recorded stays); see `reseplug jobs list` for the job that did"
        ),
    )
}

/// A change that the job did not carry out, and those that it did.
fn no_change(job: &str, what: &str, applied: &BTreeSet<&str>) -> Fault {
    let list = applied.iter().copied().collect::<Vec<_>>().join(", ");
    let one = applied.first().copied().unwrap_or_default();
    Fault::new(
        "undo/no-change",
        format!(
            "処理「{job}」に、取り消せる変更「{what}」はありません。あるのは: {list}。例: `reseplug undo {job} {one} --by 氏名`（番号を書かなければ、すべて取り消します）"
        ),
        format!(
            "job {job} carried out no change `{what}`; there are: {list}. For instance `reseplug undo {job} {one} --by NAME` (without a number: all of them)"
        ),
    )
}

#[cfg(test)]
mod tests;
