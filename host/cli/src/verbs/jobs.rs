//! `reseplug jobs …`

mod diff;

use super::{journal, station};
use crate::args::Jobs;
use crate::exit::Exit;
use crate::output::Output;
use reseplug_effect::{Clock, Fault, SystemClock, jst};
use reseplug_journal::{Job, JobFilter, JobState, Journal, SqliteJournal, Step};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::Path;

pub(crate) fn run(verb: &Jobs, output: &Output) -> Result<Exit, Fault> {
    match verb {
        Jobs::List {
            open,
            kind,
            station,
        } => {
            let own = Own::open(&station.config)?;
            let filter = JobFilter {
                station: Some(own.code),
                open: *open,
                kind: kind.clone(),
                ..JobFilter::default()
            };
            list(&own.journal.jobs(&filter)?, output);
            Ok(Exit::Done)
        }
        Jobs::Show { id, station } => show(&Own::open(&station.config)?, id, output),
        Jobs::Resume {
            id,
            by,
            dry_run,
            station,
        } => resume(&station.config, id, by, *dry_run, output),
        Jobs::GiveUp {
            id,
            by,
            reason,
            dry_run,
            station,
        } => give_up(
            &Own::open(&station.config)?,
            id,
            (by, reason),
            *dry_run,
            output,
        ),
    }
}

/// The jobs of the station whose file was named, in a store that others may share.
struct Own {
    journal: SqliteJournal,
    code: String,
}

impl Own {
    fn open(config: &Path) -> Result<Self, Fault> {
        Ok(Self {
            code: station(config)?.station.code,
            journal: journal(config)?,
        })
    }

    /// A job of the station, or of none.
    fn find(&self, id: &str) -> Result<Job, Fault> {
        let job = self.journal.job(id)?;
        job.filter(|job| job.new.station.is_empty() || job.new.station == self.code)
            .ok_or_else(|| {
                Fault::new(
                    "jobs/unknown",
                    format!(
                        "仕事「{id}」はありません。`reseplug jobs list` で番号を確かめてください。"
                    ),
                    format!("no job {id}; see `reseplug jobs list`"),
                )
            })
    }

    /// The job that a command began: a part cannot run without it.
    fn root(&self, id: &str) -> Result<Job, Fault> {
        let mut job = self.find(id)?;
        while let Some(parent) = &job.new.parent {
            job = self.find(parent)?;
        }
        Ok(job)
    }
}

fn list(jobs: &[Job], output: &Output) {
    let value: Vec<_> = jobs.iter().map(summary).collect();
    output.show(&json!({ "jobs": value }), |lines| {
        if jobs.is_empty() {
            lines.push(
                output
                    .say("該当する仕事はありません。", "no such job")
                    .to_owned(),
            );
            return;
        }
        let rows = jobs
            .iter()
            .map(|job| {
                vec![
                    job.id().to_owned(),
                    output.say(kind_ja(&job.new.kind), &job.new.kind).to_owned(),
                    state(&job.state, output),
                    output.at(&jst(job.changed_at)).into_owned(),
                ]
            })
            .collect();
        lines.push(output.table(
            &[
                ("番号", "id"),
                ("種類", "kind"),
                ("状態", "state"),
                ("最終", "changed"),
            ],
            rows,
        ));
    });
}

fn show(own: &Own, id: &str, output: &Output) -> Result<Exit, Fault> {
    let job = own.find(id)?;
    let steps = own.journal.steps(id)?;
    let parked = Parked::of(&job);
    let mut value = summary(&job);
    if let Some(object) = value.as_object_mut() {
        object.insert("args".into(), job.new.args.clone());
        object.insert("steps".into(), steps.iter().map(step).collect());
        match &job.state {
            JobState::Waiting { until } => object.insert("until".into(), jst(*until).into()),
            JobState::Done { value } => object.insert("value".into(), value.clone()),
            JobState::Failed { fault } => object.insert("fault".into(), json!(fault)),
            JobState::Parked { reason } => object.insert("reason".into(), reason.clone()),
            JobState::Running => None,
        };
        if let Some(diff) = parked.as_ref().and_then(|parked| parked.diff.as_ref()) {
            object.insert("diff".into(), json!(diff));
        }
    }
    output.show(&value, |lines| {
        let (id, kind) = (job.id(), &job.new.kind);
        lines.push(format!(
            "{id}  {}  {}",
            output.say(kind_ja(kind), kind),
            state(&job.state, output)
        ));
        for step in &steps {
            let args = without_bytes(&step.args, output);
            lines.push(format!("  {:>4}  {}  {args}", step.seq, step.name));
            lines.push(match &step.answer {
                Some(answer) => {
                    let answer = without_bytes(&json!(answer), output);
                    format!("        → {answer}")
                }
                None => format!(
                    "        → {}",
                    output.say("まだ結果がありません", "no result yet")
                ),
            });
        }
        match (&job.state, &parked) {
            (JobState::Failed { fault }, _) => {
                lines.push(output.say(&fault.message_ja, &fault.message_en).to_owned());
            }
            (_, Some(parked)) => parked.lines(id, output, lines),
            _ => {}
        }
    });
    Ok(if parked.is_some() {
        Exit::Attention
    } else {
        Exit::Done
    })
}

/// A body longer than this is told by its length and digest: what files hold is looked at in the
/// files, and is nobody's business in a list of steps.
const BODY: usize = 200;

/// A value without the contents of files.
fn without_bytes(value: &Value, output: &Output) -> Value {
    let told = |bytes: &[u8]| {
        let digest = hex::encode(Sha256::digest(bytes));
        let length = bytes.len();
        let (ja, en) = (
            format!("{length}バイト SHA-256 {digest}"),
            format!("{length} bytes SHA-256 {digest}"),
        );
        Value::String(output.say(&ja, &en).to_owned())
    };
    match value {
        Value::String(text) if text.len() > BODY => match hex::decode(text) {
            Ok(bytes) => told(&bytes),
            Err(_) => told(text.as_bytes()),
        },
        Value::Array(all) => all.iter().map(|one| without_bytes(one, output)).collect(),
        Value::Object(all) => all
            .iter()
            .map(|(name, one)| (name.clone(), without_bytes(one, output)))
            .collect(),
        other => other.clone(),
    }
}

/// Why a job waits for a person.
struct Parked<'j> {
    reason: &'j Value,
    /// What was recorded against what was asked, if that is why.
    diff: Option<Vec<String>>,
}

impl<'j> Parked<'j> {
    fn of(job: &'j Job) -> Option<Self> {
        let JobState::Parked { reason } = &job.state else {
            return None;
        };
        let of = |key: &str| reason.get(key).unwrap_or(&Value::Null);
        let diff = (of("kind") == "divergence").then(|| diff::diff(of("recorded"), of("asked")));
        Some(Self { reason, diff })
    }

    fn text(&self, key: &str) -> &'j str {
        self.reason
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    fn lines(&self, id: &str, output: &Output, lines: &mut Vec<String>) {
        let message = output.say(self.text("message_ja"), self.text("message_en"));
        if message.is_empty() {
            // A reason of a newer program: everything it says is better than nothing.
            lines.push(self.reason.to_string());
        } else {
            lines.push(message.to_owned());
        }
        if let Some(diff) = &self.diff {
            lines.push(
                output
                    .say("- 記録　+ 今回", "- recorded  + asked now")
                    .to_owned(),
            );
            lines.extend(diff.iter().cloned());
        }
        let child = self.text("child");
        if !child.is_empty() {
            lines.push(format!(
                "{}: reseplug jobs show {child}",
                output.say("理由", "why")
            ));
        }
        lines.push(format!(
            "{}: reseplug jobs resume {id} --by …",
            output.say("直してから再開", "to resume it once that is mended")
        ));
    }
}

fn resume(
    config: &Path,
    id: &str,
    by: &str,
    dry_run: bool,
    output: &Output,
) -> Result<Exit, Fault> {
    if by.trim().is_empty() {
        return Err(Fault::new(
            "jobs/no-name",
            "再開を決めた人の氏名を --by に書いてください。監査記録に残ります。",
            "name the person who decided this with --by; it goes into the audit record",
        ));
    }
    let own = Own::open(config)?;
    let job = own.root(id)?;
    if !matches!(job.state, JobState::Parked { .. }) {
        let (id, state, state_ja) = (job.id(), job.state.word(), state_ja(&job.state));
        return Err(Fault::new(
            "jobs/not-parked",
            format!("仕事「{id}」は停止していません（{state_ja}）。再開するものはありません。"),
            format!("job {id} is not parked ({state}); there is nothing to resume"),
        ));
    }
    let (again, known) = command(&job.new.kind, config);
    if !dry_run {
        own.journal.resume(job.id(), by, SystemClock.now())?;
    }
    output.show(
        &json!({
            "id": job.id(), "kind": job.new.kind, "by": by, "resumed": !dry_run,
            "command": known.then_some(&again),
        }),
        |lines| {
            let done = if dry_run {
                output.say("再開できます", "would be resumed")
            } else {
                output.say("再開できるようにしました", "may run again")
            };
            let kind = kind_ja(&job.new.kind);
            lines.push(format!(
                "{}  {}  {done}",
                job.id(),
                output.say(kind, &job.new.kind)
            ));
            lines.push(format!(
                "{}: {again}",
                output.say(
                    "続きを進めるには、初めと同じ引数でもう一度",
                    "to drive it on, give the same command with the same arguments again"
                )
            ));
        },
    );
    Ok(Exit::Done)
}

fn give_up(
    own: &Own,
    id: &str,
    (by, reason): (&str, &str),
    dry_run: bool,
    output: &Output,
) -> Result<Exit, Fault> {
    let job = own.root(id)?;
    if !matches!(job.state, JobState::Parked { .. }) {
        let (id, state, state_ja) = (job.id(), job.state.word(), state_ja(&job.state));
        return Err(Fault::new(
            "jobs/not-parked",
            format!("仕事「{id}」は停止していません（{state_ja}）。やめにするものはありません。"),
            format!("job {id} is not parked ({state}); there is nothing to give up"),
        ));
    }
    if !dry_run {
        // Nobody may be driving it at this moment.
        let _hold = own.journal.hold(job.id())?;
        let fault = Fault::new(
            "job/given-up",
            format!("{by}さんがやめにしました: {reason}"),
            format!("given up by {by}: {reason}"),
        );
        own.journal
            .give_up(job.id(), &fault, by, SystemClock.now())?;
    }
    output.show(
        &json!({
            "id": job.id(), "kind": job.new.kind, "by": by, "reason": reason,
            "given_up": !dry_run,
        }),
        |lines| {
            let done = match dry_run {
                true => output.say("やめにできます（予行です）", "would be given up"),
                false => output.say(
                    "やめにしました。同じ命令は新しい仕事として始まります",
                    "given up; the same command begins anew",
                ),
            };
            let kind = kind_ja(&job.new.kind);
            let kind = output.say(kind, &job.new.kind);
            lines.push(format!("{}  {kind}  {done}", job.id()));
        },
    );
    Ok(Exit::Done)
}

/// Commands that drive a kind of job, and take it up where it stood.
const COMMANDS: [(&str, &str, &str); 23] = [
    ("flow.intake", "intake", "在宅での同意の収集"),
    ("flow.certificate", "certificate", "資格確認書の記録"),
    ("flow.recheck", "recheck", "月初の再確認"),
    ("flow.fill", "fill", "補完と訂正"),
    ("flow.undo", "undo", "変更の取り消し"),
    ("flow.notices", "notices import", "通知の取り込み"),
    ("flow.approve", "claim approve", "請求の承認"),
    ("flow.handover", "claim handover", "引渡し"),
    ("flow.restore", "claim handover", "引渡しの置き直し"),
    ("flow.gateway", "claim submit", "送信"),
    ("flow.look-for", "claim handover", "送信済みのものの確認"),
    ("flow.status", "claim status", "請求の状況の確認"),
    ("flow.confirm", "claim confirm", "請求の確定"),
    ("flow.withdraw", "claim withdraw", "請求の取り消し"),
    ("flow.take-down", "claim take-down", "取下げの依頼"),
    ("flow.mark", "claim report", "取り消したファイルの印"),
    ("flow.ack", "claim ack", "受領書の取り込み"),
    ("flow.import", "claim import", "保存したファイルの取り込み"),
    ("flow.fetch", "claim fetch", "届いているものの受け取り"),
    (
        "flow.withdraw-consents",
        "consents withdraw",
        "同意の取り消し",
    ),
    ("flow.page", "consents page", "受付ページの取得"),
    ("flow.view", "view", "医療情報の閲覧"),
    ("flow.register", "register", "照会番号の登録"),
];

/// What staff call a kind of job.
fn kind_ja(kind: &str) -> &str {
    match COMMANDS.iter().find(|(known, ..)| *known == kind) {
        Some((_, _, name)) => name,
        None if kind.starts_with("call.") => "プラグインの呼び出し",
        None => kind,
    }
}

/// Where a job stands.
fn state_ja(state: &JobState) -> &'static str {
    match state {
        JobState::Running => "実行中",
        JobState::Waiting { .. } => "待機中",
        JobState::Done { .. } => "完了",
        JobState::Failed { .. } => "失敗",
        JobState::Parked { .. } => "停止",
    }
}

/// Why a job was parked, in a word.
fn parked_ja(kind: &str) -> &str {
    match kind {
        "divergence" => "記録との食い違い",
        "plugin-changed" => "プラグインの変更",
        "child-parked" => "中の仕事の停止",
        other => other,
    }
}

/// The command of a kind, and whether the kind is known.
fn command(kind: &str, config: &Path) -> (String, bool) {
    let verb = COMMANDS
        .iter()
        .find(|(known, ..)| *known == kind)
        .map(|(_, verb, _)| *verb);
    let config = config.display();
    (
        format!("reseplug {} --config {config} …", verb.unwrap_or("…")),
        verb.is_some(),
    )
}

fn state(state: &JobState, output: &Output) -> String {
    let word = output.say(state_ja(state), state.word());
    match state {
        JobState::Waiting { until } => {
            let until = jst(*until);
            let (ja, en) = (format!("{} まで", output.at(&until)), until.clone());
            format!("{word} ({})", output.say(&ja, &en))
        }
        JobState::Parked { reason } => {
            let kind = reason
                .get("kind")
                .and_then(Value::as_str)
                .unwrap_or_default();
            format!("{word} ({})", output.say(parked_ja(kind), kind))
        }
        JobState::Failed { fault } => format!("{word} ({})", fault.code),
        JobState::Running | JobState::Done { .. } => word.to_owned(),
    }
}

fn summary(job: &Job) -> Value {
    json!({
        "id": job.id(), "kind": job.new.kind, "station": job.new.station,
        "parent": job.new.parent, "state": job.state.word(),
        "begun_at": jst(job.begun_at), "changed_at": jst(job.changed_at),
    })
}

fn step(step: &Step) -> Value {
    json!({
        "seq": step.seq, "name": step.name, "args": step.args, "class": step.class,
        "prepared": step.prepared, "answer": step.answer,
        "intent_at": step.intent_at.map(jst), "done_at": step.done_at.map(jst),
    })
}
