//! `reseplug intake`: what people consented to at the terminal is collected, now or at its times.

use super::{Common, adapter, day, flow, host};
use crate::exit::Exit;
use crate::output::Output;
use reseplug::{Due, Host, IntakeRequest, next_due};
use reseplug_effect::{Fault, jst};
use reseplug_model::Date;

#[derive(Debug, clap::Args)]
pub(crate) struct Intake {
    #[command(flatten)]
    pub(crate) common: Common,
    /// 同意日の始まり（既定は前回の続き。設定 look_back_days の日数だけさかのぼる）/ first day of the consents; by default where the last run ended, less look_back_days
    #[arg(long, value_parser = day)]
    pub(crate) from: Option<Date>,
    /// 同意日の終わり（既定は今日）/ last day of the consents; by default today
    #[arg(long, value_parser = day)]
    pub(crate) to: Option<Date>,
    /// 設定 [intake] times の時刻を過ぎていれば行う。まだなら何もしない（タスクスケジューラー用）/ only if a time of [intake] times has passed since the last run
    #[arg(long, conflicts_with_all = ["watch", "from", "to"])]
    pub(crate) if_due: bool,
    /// 動き続け、[intake] times の時刻ごとに行う / stay, and collect at each of [intake] times
    #[arg(long, conflicts_with_all = ["from", "to", "dry_run", "interactive"])]
    pub(crate) watch: bool,
}

pub(crate) fn intake(verb: &Intake, output: &Output) -> Result<Exit, Fault> {
    let host = host(&verb.common.station.config, output)?;
    if verb.watch {
        return watch(&host, verb, output);
    }
    if verb.if_due {
        if host.station().intake.times.is_empty() {
            return Err(no_times());
        }
        let due = host.intake_due()?;
        if !due.due {
            output.show(&due, |lines| lines.push(not_due(&due, output)));
            return Ok(Exit::Done);
        }
    }
    collect(&host, verb, output)
}

/// When the next run is, for somebody who asked too early.
fn not_due(due: &Due, output: &Output) -> String {
    match &due.next {
        Some(next) => format!(
            "{} {next}",
            output.say(
                "まだ時刻になっていません。次は",
                "nothing is due; next time"
            )
        ),
        None => output
            .say("まだ時刻になっていません。", "nothing is due")
            .to_owned(),
    }
}

/// Nothing would ever be collected: whoever set up the task has to hear of it.
fn no_times() -> Fault {
    Fault::new(
        "intake/no-times",
        "設定 [intake] times に時刻がありません。例: times = [\"12:30\", \"17:30\"]",
        "[intake] times names no time, for instance times = [\"12:30\", \"17:30\"]",
    )
}

/// Collects at each time of the station file until the program is ended. A run that fails is told
/// and tried again at the next time; days that were not collected are collected then.
fn watch(host: &Host, verb: &Intake, output: &Output) -> Result<Exit, Fault> {
    loop {
        let due = host.intake_due()?;
        if due.due {
            match collect(host, verb, output) {
                Ok(_) => {}
                Err(fault) => output.complain(&fault),
            }
        }
        let now = jiff::Timestamp::now();
        let Some(next) = next_due(&host.station().intake.times, now) else {
            return Err(no_times());
        };
        output.progress(
            &format!("次に集めるのは {}", jst(next)),
            &format!("collecting next at {}", jst(next)),
        );
        // A PC that slept is behind its clock: look again each minute.
        while jiff::Timestamp::now() < next {
            let rest = next.duration_since(jiff::Timestamp::now());
            let nap = std::time::Duration::try_from(rest).unwrap_or_default();
            std::thread::sleep(nap.min(std::time::Duration::from_secs(60)));
        }
    }
}

fn collect(host: &Host, verb: &Intake, output: &Output) -> Result<Exit, Fault> {
    flow(host, &verb.common, output, |common, answers, again| {
        host.intake(&IntakeRequest {
            job: common.job.clone(),
            from: verb.from,
            to: verb.to,
            adapter: adapter(common.adapter.as_ref())?,
            documents: common.documents.clone(),
            output: common.output.clone(),
            answers,
            dry_run: common.dry_run,
            anew: again,
        })
    })
}
