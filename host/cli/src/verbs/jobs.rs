//! `reseplug jobs …`

use super::journal;
use crate::args::Jobs;
use crate::exit::Exit;
use crate::output::Output;
use reseplug_effect::{Fault, jst};
use reseplug_journal::{Job, JobFilter, JobState, Journal, Step};

pub(crate) fn run(verb: &Jobs, output: &Output) -> Result<Exit, Fault> {
    match verb {
        Jobs::List { open, station } => {
            let jobs = journal(&station.config)?.jobs(&JobFilter {
                open: *open,
                ..JobFilter::default()
            })?;
            let value: Vec<_> = jobs.iter().map(summary).collect();
            output.show(&serde_json::json!({ "jobs": value }), |lines| {
                let rows = jobs
                    .iter()
                    .map(|job| {
                        vec![
                            job.id().to_owned(),
                            job.new.kind.clone(),
                            state(&job.state),
                            jst(job.changed_at),
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
            Ok(Exit::Done)
        }
        Jobs::Show { id, station } => {
            let journal = journal(&station.config)?;
            let job = journal.job(id)?.ok_or_else(|| {
                Fault::new(
                    "jobs/unknown",
                    format!(
                        "仕事「{id}」はありません。`reseplug jobs list` で番号を確かめてください。"
                    ),
                    format!("no job {id}; see `reseplug jobs list`"),
                )
            })?;
            let steps = journal.steps(id)?;
            let mut value = summary(&job);
            if let Some(object) = value.as_object_mut() {
                object.insert("args".into(), job.new.args.clone());
                object.insert("steps".into(), steps.iter().map(step).collect());
            }
            output.show(&value, |lines| {
                lines.push(format!(
                    "{}  {}  {}",
                    job.id(),
                    job.new.kind,
                    state(&job.state)
                ));
                for step in &steps {
                    lines.push(format!("  {:>4}  {}  {}", step.seq, step.name, step.args));
                    lines.push(match &step.answer {
                        Some(answer) => format!("        → {}", serde_json::json!(answer)),
                        None => format!(
                            "        → {}",
                            output.say("まだ結果がありません", "no result yet")
                        ),
                    });
                }
            });
            Ok(if matches!(job.state, JobState::Parked { .. }) {
                Exit::Attention
            } else {
                Exit::Done
            })
        }
    }
}

fn state(state: &JobState) -> String {
    match state {
        JobState::Waiting { until } => format!("{} ({})", state.word(), jst(*until)),
        JobState::Parked { reason, .. } => format!("{} {reason}", state.word()),
        other => other.word().to_owned(),
    }
}

fn summary(job: &Job) -> serde_json::Value {
    serde_json::json!({
        "id": job.id(), "kind": job.new.kind, "station": job.new.station,
        "state": job.state.word(), "begun_at": jst(job.begun_at), "changed_at": jst(job.changed_at),
    })
}

fn step(step: &Step) -> serde_json::Value {
    serde_json::json!({
        "seq": step.seq, "name": step.name, "args": step.args, "class": step.class,
        "prepared": step.prepared, "answer": step.answer,
        "intent_at": step.intent_at.map(jst), "done_at": step.done_at.map(jst),
    })
}
