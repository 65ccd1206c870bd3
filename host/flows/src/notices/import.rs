//! Import: files of notices become evidence and proposals.

use super::evidence::{evidence, message, noticed};
use super::plan::{Whose, plan, stranger, whose};
use super::{Notice, returned, table};
use crate::accept::Answers;
use crate::change::Planned;
use crate::check::Approval;
use crate::documents::{Input, Stored};
use crate::host::{Ended, Host};
use crate::intake::{Report, has_register};
use crate::matching::Known;
use crate::people::{Person, Told};
use crate::proposal::Source;
use reseplug_effect::{Fault, RepeatClass, jst};
use reseplug_engine::contract::DocumentKind;
use reseplug_journal::{Evidence, JobFilter, JobState, Journal};
use reseplug_model::Date;
use reseplug_policy::{Name, NoticeLayout};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Which notices to bring in.
#[derive(Debug, Clone, Default)]
pub struct NoticesRequest {
    /// The job's id; absent: made of the request.
    pub job: Option<String>,
    /// Files as they were downloaded.
    pub files: Vec<PathBuf>,
    /// Which layout of the station file tables have; absent: the only one there is.
    pub layout: Option<Name>,
    /// Adapter, unless the station file's.
    pub adapter: Option<Name>,
    /// Register documents, unless the station file's.
    pub documents: Vec<PathBuf>,
    /// Folder for the changed register; absent: `out` beside the station file.
    pub output: Option<PathBuf>,
    /// A person's answers.
    pub answers: Option<Answers>,
    /// Who brings them in; absent: whoever runs the program.
    pub by: Option<String>,
    /// Show what they ask for; record nothing, change nothing.
    pub dry_run: bool,
    /// Run again even if the same was done today.
    pub anew: bool,
}

/// One notice of an import.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Imported {
    /// Id of the evidence.
    pub evidence: String,
    /// File it stands in.
    pub file: String,
    /// The product's key of the person; empty where nobody is certain.
    pub person_key: String,
    /// The approved receipt it is about: `2024-11 RECEIPTH.UKE#3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filed_as: Option<String>,
    /// Whether it stood in the record before.
    pub known: bool,
    /// What it says.
    pub notice: Notice,
}

/// What an import came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoticesReport {
    /// The proposals, and the register if it was changed.
    #[serde(flatten)]
    pub report: Report,
    /// Who brought them in.
    pub by: String,
    /// Each notice.
    pub notices: Vec<Imported>,
    /// Rows that cannot be read. They were left out.
    pub unreadable: Vec<Fault>,
    /// When the very same was brought in before; then nothing is new, and what stands here is what
    /// that import came to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported_at: Option<String>,
}

impl AsMut<Report> for NoticesReport {
    fn as_mut(&mut self) -> &mut Report {
        &mut self.report
    }
}

impl NoticesReport {
    /// What an import that ended at a moment is to somebody who gives it again.
    fn again(mut self, ended_at: String) -> Self {
        for notice in &mut self.notices {
            notice.known = true;
        }
        self.imported_at = Some(ended_at);
        self
    }

    /// Whether something waits for a person.
    pub fn needs_person(&self) -> bool {
        self.report.needs_person() || !self.unreadable.is_empty()
    }
}

/// The notices of the files, each with its file, and the rows that cannot be read.
#[derive(Debug, Serialize, Deserialize)]
struct Gathered {
    notices: Vec<(usize, Notice)>,
    unreadable: Vec<Fault>,
}

impl Host {
    /// Brings in notices that staff downloaded: keeps the files, records what they say as
    /// evidence, and proposes what follows for the register. The same file twice adds nothing.
    ///
    /// # Errors
    /// `claim/other-station` for what came for another one, `claim/cut-off`, `notice/no-files`, `notice/no-layout`, `notice/column`, `notice/encoding`,
    /// `notice/empty`; faults of the station file, the documents and the adapter.
    pub fn import_notices(&self, request: &NoticesRequest) -> Result<Ended<NoticesReport>, Fault> {
        let files: Vec<Input> = request
            .files
            .iter()
            .map(|path| Input {
                path: crate::documents::absolute(path),
                kind: DocumentKind::Other,
            })
            .collect();
        if files.is_empty() {
            return Err(Fault::new(
                "notice/no-files",
                "取り込むファイルを書いてください。例: reseplug notices import 返戻.UKE",
                "name the files to bring in, such as `reseplug notices import returns.UKE`",
            ));
        }
        let adapter = self.adapter(request.adapter.as_ref())?;
        let inputs = self.inputs(&request.documents, false);
        let output = self.output(request.output.as_ref());
        let layout = request.layout.clone();
        let by = request
            .by
            .clone()
            .or_else(|| request.answers.as_ref().map(|a| a.by.clone()))
            .unwrap_or_else(|| self.actor().to_owned());
        if request.dry_run {
            let base = self.base(&inputs, &output)?;
            let documents = self.documents(&base.read())?;
            let people = self.register_people(&adapter, &documents)?;
            let taken = self.take_in(&files)?;
            let gathered = self.gather(&taken, layout.as_ref())?;
            let known_at = jst(self.now());
            let rows = self.rows(&gathered, &taken, &people, &known_at, "")?;
            let mut planned = planned(&rows, &people)?;
            self.settle_acceptance(&mut planned, request.answers.as_ref());
            if has_register(&adapter, &documents) {
                self.carry_out(&adapter, &documents, &mut planned)?;
            }
            let notices = self.imported(&rows, &gathered, &taken)?;
            return Ok(Ended::Done(NoticesReport {
                report: Report {
                    answered: notices.len(),
                    dry_run: true,
                    ..Report::of("", planned, base)
                },
                by,
                notices,
                unreadable: gathered.unreadable,
                imported_at: None,
            }));
        }
        let said = self.digests(&files)?;
        let base = self.base(&inputs, &output)?;
        // Another person bringing in the same file is the same import.
        let what = |digests: &[String]| {
            let digests = (&said, digests);
            json!([files, layout, inputs, output, request.answers, digests])
        };
        let id = self.document_job(request.job.as_deref(), "notices", &base, what, request.anew)?;
        let before = self.journal().job(&id)?;
        // Whoever began it is who brought it in.
        let by = before
            .as_ref()
            .filter(|_| request.job.is_none())
            .and_then(|job| job.new.args.get("by")?.as_str())
            .map_or(by, str::to_owned);
        let args = json!({ "files": files, "layout": layout, "documents": inputs,
            "output": output, "answers": request.answers, "by": by });
        let new = self.new_job(&id, "notices", args, &[&adapter]);
        let ended = self.run_over_documents(&new, |flow| {
            let mut base = self.base_step(flow, &inputs, &base)?;
            let documents = self.documents(&base.read())?;
            let people = self.register_people(&adapter, &documents)?;
            let taken: Vec<Stored> =
                flow.step("read-notices", &files, RepeatClass::Safe, || {
                    self.take_in(&files)
                })?;
            let gathered = self.gather(&taken, layout.as_ref())?;
            let known_at = jst(flow.now()?);
            let rows = self.rows(&gathered, &taken, &people, &known_at, flow.id())?;
            let notices: Vec<Imported> =
                flow.step("known-before", &(), RepeatClass::Safe, || {
                    self.imported(&rows, &gathered, &taken)
                })?;
            self.evidence_step(flow, &rows)?;
            let mut planned: Vec<Planned> = flow.step("decide", &(), RepeatClass::Safe, || {
                let mut planned = planned(&rows, &people)?;
                self.settle_acceptance(&mut planned, request.answers.as_ref());
                Ok(planned)
            })?;
            let outputs = if has_register(&adapter, &documents) {
                self.change_documents(flow, &adapter, &mut base, &mut planned, &output)?
            } else {
                Vec::new()
            };
            Ok(NoticesReport {
                report: Report {
                    answered: notices.len(),
                    outputs,
                    ..Report::of(flow.id(), planned, base)
                },
                by: by.clone(),
                notices,
                unreadable: gathered.unreadable,
                imported_at: None,
            })
        })?;
        Ok(match (ended, before) {
            (Ended::Done(report), Some(job)) if job.state.is_closed() => {
                Ended::Done(NoticesReport::again(report, jst(job.changed_at)))
            }
            (ended, _) => ended,
        })
    }

    /// What the files say.
    fn gather(&self, files: &[Stored], layout: Option<&Name>) -> Result<Gathered, Fault> {
        let mut gathered = Gathered {
            notices: Vec::new(),
            unreadable: Vec::new(),
        };
        for (at, file) in files.iter().enumerate() {
            let bytes = self.bytes(&file.digest)?;
            if returned::is_return_file(&bytes) {
                let of = self.return_file(&file.name, &bytes)?;
                gathered.unreadable.extend(of.miscounted);
                let found = returned::read(&file.name, &bytes)?;
                gathered.notices.extend(found.into_iter().map(|n| (at, n)));
                continue;
            }
            for row in table::read(&file.name, &bytes, self.layout(layout, &file.name)?)? {
                match row {
                    Ok(notice) => gathered.notices.push((at, notice)),
                    Err(fault) => gathered.unreadable.push(fault),
                }
            }
        }
        Ok(gathered)
    }

    /// The layout of a table.
    fn layout(&self, named: Option<&Name>, file: &str) -> Result<&NoticeLayout, Fault> {
        let layouts = &self.station().notices;
        let found = match named {
            Some(name) => layouts.get(name),
            None if layouts.len() == 1 => layouts.values().next(),
            None => None,
        };
        found.ok_or_else(|| {
            let there: Vec<&str> = layouts.keys().map(Name::as_str).collect();
            let station = &self.station().file;
            Fault::new(
                "notice/no-layout",
                format!(
                    "「{file}」は返戻ファイル（HH で始まる）ではなく、表としての読み方も決まっていません（公表された様式がないため、列は設定で決めます。あるのは: {}）。{station} に次のように加え、--layout で選んでください:\n[notices.kekka]\ntitle = \"資格確認結果連絡書\"\nencoding = \"shift_jis\"\n[notices.kekka.columns]\nkind = \"処理区分\"\nname = \"氏名\"\nbirth_date = \"生年月日\"\ninsurer = \"保険者番号\"\nsymbol = \"記号\"\nnumber = \"番号\"\nbranch = \"枝番\"\nfrom = \"資格取得日\"",
                    there.join(", ")
                ),
                format!(
                    "{file} is no return file (beginning with HH), and no layout says how to read it as a table: none is published, so the station names the columns (there are: {}). Describe it in {station} under [notices.NAME] and choose it with --layout",
                    there.join(", ")
                ),
            )
        })
    }

    /// Each notice as a row of evidence, in the order of the files.
    fn rows(
        &self,
        gathered: &Gathered,
        files: &[Stored],
        people: &[Person],
        known_at: &str,
        job: &str,
    ) -> Result<Vec<Evidence>, Fault> {
        let known = known(people);
        gathered
            .notices
            .iter()
            .map(|(at, notice)| {
                let key = match whose(notice, people, &known) {
                    Whose::One(at) => people.get(at).map_or("", |p| p.key.as_str()),
                    Whose::Nobody | Whose::Unsure(_) => "",
                };
                let source = files.get(*at).map_or("", |f| f.digest.as_str());
                evidence(self.code(), key, notice, known_at, job, source)
            })
            .collect()
    }

    fn imported(
        &self,
        rows: &[Evidence],
        gathered: &Gathered,
        files: &[Stored],
    ) -> Result<Vec<Imported>, Fault> {
        let known: BTreeSet<String> = self
            .journal()
            .evidence_all(self.code())?
            .into_iter()
            .map(|e| e.id)
            .collect();
        let filed = self.approved_receipts()?;
        Ok(rows
            .iter()
            .zip(&gathered.notices)
            .map(|(row, (at, notice))| Imported {
                evidence: row.id.clone(),
                file: files.get(*at).map_or_else(String::new, |f| f.name.clone()),
                person_key: row.person_key.clone(),
                filed_as: filed_as(notice, &row.person_key, &filed),
                known: known.contains(&row.id),
                notice: notice.clone(),
            })
            .collect())
    }

    /// The months that were approved, newest first.
    fn approved_receipts(&self) -> Result<Vec<Approval>, Fault> {
        self.journal()
            .jobs(&JobFilter {
                station: Some(self.code().to_owned()),
                kind: Some("flow.approve".to_owned()),
                state: Some("done".to_owned()),
                ..JobFilter::default()
            })?
            .into_iter()
            .filter_map(|job| match &job.state {
                JobState::Done { value } => Some(
                    serde_json::from_value(value.clone())
                        .map_err(|e| crate::host::not_json(job.id(), &e)),
                ),
                _ => None,
            })
            .collect()
    }
}

/// The approved receipt that a notice is about: of the same month and the same person.
fn filed_as(notice: &Notice, person_key: &str, approvals: &[Approval]) -> Option<String> {
    let month = notice.service_month?;
    approvals.iter().find_map(|approval| {
        let one = approval.report.receipts.iter().find(|one| {
            let receipt = &one.receipt;
            let key = receipt.person_key.as_deref().filter(|k| !k.is_empty());
            receipt.service_month == month
                && match key {
                    Some(key) => key == person_key || notice.person_key.as_deref() == Some(key),
                    None => {
                        receipt.name == notice.name && notice.birth_date == Some(receipt.birth_date)
                    }
                }
        })?;
        Some(format!("{} {}", approval.report.claim_month, one.id))
    })
}

fn known(people: &[Person]) -> Known {
    Known::new(people.iter().map(|p| &p.identity))
}

/// What the notices ask for, person by person in the order of their days, so that a divided
/// receipt's parts follow each other.
fn planned(rows: &[Evidence], people: &[Person]) -> Result<Vec<Planned>, Fault> {
    let known = known(people);
    let mut of: BTreeMap<&str, Vec<(Notice, Source)>> = BTreeMap::new();
    let mut strangers = Vec::new();
    let mut seen = BTreeSet::new();
    for row in rows.iter().filter(|row| seen.insert(row.id.as_str())) {
        let told = Told::of(row)?;
        let Some(one) = noticed(row, &told) else {
            continue;
        };
        let source = Source {
            evidence: row.id.clone(),
            message: message(one.notice.kind),
            as_of: Date::parse(&row.as_of).unwrap_or(Date::MIN),
            answered_at: row.answered_at.clone(),
        };
        if row.person_key.is_empty() {
            let unsure = matches!(whose(&one.notice, people, &known), Whose::Unsure(_));
            strangers.push(stranger(&one.notice, source, unsure));
        } else {
            of.entry(&row.person_key)
                .or_default()
                .push((one.notice, source));
        }
    }
    let mut planned = Vec::new();
    for (key, mut notices) in of {
        let Some(person) = people.iter().find(|p| p.key == key) else {
            continue;
        };
        let mut person = person.clone();
        notices.sort_by_key(|(_, source)| source.as_of);
        planned.extend(
            notices
                .into_iter()
                .filter_map(|(notice, source)| plan(&mut person, &notice, source)),
        );
    }
    planned.extend(strangers);
    Ok(planned)
}
