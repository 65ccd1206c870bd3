//! Answers that came when nobody waited for them any more: after a time-out, or beside an answer that
//! was taken already. Told once, with the question they belong to; never used, never removed.

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

/// What kinds of message are called, by the beginning of their names.
const MESSAGES: [(&str, &str, &str); 8] = [
    ("OQSsiquc", "資格確認（一件照会）", "a single query"),
    ("OQSmuquc", "資格確認（一括照会）", "a bulk query"),
    ("OQSmuhvq", "在宅での同意の取得", "consents given at home"),
    (
        "OQSmuonl",
        "オンライン診療での同意の取得",
        "consents given online",
    ),
    ("OQSmutic", "医療券の取得", "medical tickets"),
    ("YZK", "薬剤・診療情報", "drugs and consultations"),
    ("TKK", "特定健診情報", "health checkups"),
    ("OQSmuimm", "照会番号の登録", "reference numbers"),
];

impl LateAnswer {
    fn new(late: LateFile, asked: Option<AskedBefore>) -> Self {
        let (what_ja, what_en) = MESSAGES
            .iter()
            .find(|(prefix, ..)| late.file.starts_with(prefix))
            .map_or(("照会", "a query"), |(_, ja, en)| (*ja, *en));
        let (when_ja, when_en) = match &asked {
            Some(asked) => {
                let at = asked.at.get(..16).unwrap_or(&asked.at).replace('T', " ");
                (
                    format!("{at} の{what_ja}（処理 {}）", asked.job),
                    format!("{what_en} of {at} (job {})", asked.job),
                )
            }
            None => (what_ja.to_owned(), what_en.to_owned()),
        };
        let path = late.path.display();
        Self {
            message_ja: format!(
                "{when_ja}への回答 {} が、待つのをやめた後に届いていました。使っていません。必要なら同じ照会をもう一度行い、送信できたか不明だったものは資格確認端末の画面で結果を確かめてください。ファイルは {path} に残しています。要らなければ消してください。",
                late.file
            ),
            message_en: format!(
                "{}, the answer to {when_en}, came after nobody waited for it. It was not used. Ask again if it is still needed, and where it was unclear whether the request went out look at the terminal's screen. The file stays at {path}; remove it when it is of no use.",
                late.file
            ),
            folder: late.folder.to_string(),
            path: late.path,
            file: late.file,
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
