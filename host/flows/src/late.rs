//! Answers that came when nobody waited for them any more: after a time-out, or beside an answer that
//! was taken already. Told once, with the question they belong to; never used, never removed. One that
//! was used and could not be removed is told as that.

use crate::doors::{LateFile, request_of};
use crate::host::{Ended, Host};
use crate::intake::Report;
use reseplug_effect::{Fault, RepeatClass, jst};
use reseplug_journal::{Flow, FlowError, Job, JobFilter, Journal};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// An answer that nobody waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LateAnswer {
    /// Name of the exchange folder in the station file.
    pub folder: String,
    /// Name of the file.
    pub file: String,
    /// Where it lies.
    pub path: PathBuf,
    /// Whether it was used, and only could not be removed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub used: bool,
    /// The question it answers; absent where the store has none of that name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<AskedBefore>,
    /// What came, for which question, and what to do, for staff.
    pub message_ja: String,
    /// The same in English.
    pub message_en: String,
}

/// Who asked a question that nobody waits for any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedBefore {
    /// The job of the command.
    pub job: String,
    /// The call of the connector: `call.eligibility.verify`.
    pub call: String,
    /// When it was begun, ISO 8601 in Japan's time.
    pub at: String,
}

/// What to do about a late answer, by what it is.
enum Advice {
    /// A question may be asked again.
    AskAgain,
    /// Whether the centre did it is to be seen, not to be done again.
    LookAtTheCentre,
    /// Contents that nobody may look at outside a look under a live consent.
    Remove,
}

impl Advice {
    fn of(file: &str) -> Self {
        if file.starts_with("YZK") || file.starts_with("TKK") {
            Self::Remove
        } else if file.starts_with("OQSsihvd") {
            Self::LookAtTheCentre
        } else {
            Self::AskAgain
        }
    }

    fn ja(&self) -> &'static str {
        match self {
            Self::AskAgain => {
                "必要なら同じ照会をもう一度行い、送信できたか不明だったものは資格確認端末の画面で結果を確かめてください。要らなければファイルを消してください。"
            }
            Self::LookAtTheCentre => {
                "取り消しが済んでいるかどうかを資格確認端末の画面で確かめてください。済んでいれば、もう一度行う必要はありません。"
            }
            Self::Remove => {
                "医療情報です。開かずに消してください。見る必要があるときは、同意を確かめて `reseplug view` で改めて求めてください。"
            }
        }
    }

    fn en(&self) -> &'static str {
        match self {
            Self::AskAgain => {
                "Ask again if it is still needed, and where it was unclear whether the request went out look at the terminal's screen. Remove the file when it is of no use."
            }
            Self::LookAtTheCentre => {
                "See at the terminal's screen whether the consent is withdrawn; if it is, nothing has to be done again."
            }
            Self::Remove => {
                "It is medical information: remove it unopened. Whoever needs it asks anew with `reseplug view`, under a consent."
            }
        }
    }
}

/// What the catalogue calls a message; a message of a layout that is not public has the prefix that
/// its layout gives.
pub(crate) fn called(file: &str) -> &'static str {
    onshi::Entry::of_file(file).map_or("照会", |entry| entry.name_ja)
}

impl LateAnswer {
    fn new(late: LateFile, asked: Option<AskedBefore>) -> Self {
        let what = called(&late.file);
        if late.used {
            return Self::stays(late, asked, what);
        }
        let advice = Advice::of(&late.file);
        let (when_ja, when_en) = match &asked {
            Some(asked) => {
                let at = asked.at.get(..16).unwrap_or(&asked.at).replace('T', " ");
                (
                    format!("{at} の質問（処理 {}）", asked.job),
                    format!("the question of {at} (job {})", asked.job),
                )
            }
            None => ("質問".to_owned(), "a question".to_owned()),
        };
        let path = late.path.display();
        Self {
            message_ja: format!(
                "{when_ja}への回答 {}（{what}）が、待つのをやめた後に届いていました。使っていません。ファイルは {path} に残しています。{}",
                late.file,
                advice.ja()
            ),
            message_en: format!(
                "{} ({what}), the answer to {when_en}, came after nobody waited for it. It was not used. The file stays at {path}. {}",
                late.file,
                advice.en()
            ),
            folder: late.folder.to_string(),
            path: late.path,
            file: late.file,
            used: false,
            asked,
        }
    }

    /// An answer that did its service and lies there all the same.
    fn stays(late: LateFile, asked: Option<AskedBefore>, what: &str) -> Self {
        let path = late.path.display();
        Self {
            message_ja: format!(
                "回答 {}（{what}）は使いましたが、ファイル {path} を消せませんでした。手で消してください。フォルダーに書き込む権限があるか、ほかのプログラムがファイルを開いていないかも確かめてください。",
                late.file
            ),
            message_en: format!(
                "{} ({what}) was used, but the file {path} could not be removed. Remove it by hand, and see whether this account may write to the folder and no other program has the file open.",
                late.file
            ),
            folder: late.folder.to_string(),
            path: late.path,
            file: late.file,
            used: true,
            asked,
        }
    }
}

/// The request's name that an answer or a refusal has, without its extension; both stand for one.
fn base(file: &str) -> Option<String> {
    let (base, _) = file.rsplit_once('.')?;
    let (prefix, suffix) = base.split_once('_')?;
    let stem = prefix.strip_suffix("res").or(prefix.strip_suffix("req"))?;
    Some(format!("{stem}req_{suffix}"))
}

impl Host {
    /// What came when nobody waited for it, as a step: a run that is taken up again tells the same.
    pub(crate) fn late_step(&self, flow: &mut Flow<'_>) -> Result<Vec<LateAnswer>, FlowError> {
        flow.step("late-answers", &(), RepeatClass::Safe, || {
            let files = self.doors().late(self.journal())?;
            let bases: Vec<String> = files.iter().filter_map(|f| base(&f.file)).collect();
            let asked = self.asked_before(&bases)?;
            Ok(files
                .into_iter()
                .map(|file| {
                    let before = base(&file.file).and_then(|base| asked.get(&base).cloned());
                    LateAnswer::new(file, before)
                })
                .collect())
        })
    }

    /// Notes that a report which stands in the store told them. Where that cannot be noted they are
    /// told once more.
    pub(crate) fn told_late(&self, ended: Ended<Report>) -> Ended<Report> {
        if let Ended::Done(report) = &ended {
            let mut told: BTreeMap<&str, Vec<String>> = BTreeMap::new();
            for late in &report.late {
                told.entry(&late.folder)
                    .or_default()
                    .push(late.file.clone());
            }
            for (folder, files) in told {
                let _ = self.doors().late_told(folder, &files);
            }
        }
        ended
    }

    /// The ended jobs that made these requests. All are looked through: it is rare that any is asked
    /// for.
    fn asked_before(&self, bases: &[String]) -> Result<BTreeMap<String, AskedBefore>, Fault> {
        let mut found = BTreeMap::new();
        if bases.is_empty() {
            return Ok(found);
        }
        let jobs = self.journal().jobs(&JobFilter {
            station: Some(self.code().to_owned()),
            ..JobFilter::default()
        })?;
        for job in jobs.iter().filter(|job| job.state.is_closed()) {
            for name in self
                .journal()
                .steps(job.id())?
                .iter()
                .filter_map(request_of)
            {
                if let Some(base) = base(&name).filter(|base| bases.contains(base)) {
                    found.insert(base, before(job));
                }
            }
        }
        Ok(found)
    }
}

fn before(job: &Job) -> AskedBefore {
    let root = job.id().split('/').next().unwrap_or_default();
    AskedBefore {
        job: root.to_owned(),
        call: job.new.kind.clone(),
        at: jst(job.begun_at),
    }
}

#[cfg(test)]
mod tests;
