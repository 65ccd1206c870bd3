//! `reseplug register`

use super::flows::host;
use crate::args::Station;
use crate::exit::Exit;
use crate::output::Output;
use crate::verbs;
use reseplug::register::Registered;
use reseplug::{Ended, RegisterRequest};
use reseplug_effect::Fault;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "例 / examples:\n  reseplug register --dry-run\n  reseplug register --person 0000123\n\n設定の [references] enabled = true が必要です。登録は、同じ事業所の別の製品が登録した番号を上書きします。\nNeeds [references] enabled = true: it overwrites what another product of the station registered."
)]
pub(crate) struct Register {
    /// この利用者だけ（製品の番号）/ only this person, by the product's number
    #[arg(long)]
    person: Option<String>,
    /// 結果不明の方も送り直す。公式の画面で確かめてから / also repeat what is in doubt, once somebody made sure
    #[arg(long, requires = "by")]
    in_doubt: bool,
    /// 登録する方の氏名（既定は設定で決めた方）/ who registers; by default who enabled it
    #[arg(long, value_parser = crate::verbs::who)]
    by: Option<String>,
    /// 送らず、誰を登録するかだけ見る / send nothing, show who would be registered
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    station: Station,
}

pub(crate) fn run(verb: &Register, output: &Output) -> Result<Exit, Fault> {
    let ended = host(&verb.station.config, output)?.register(&RegisterRequest {
        person: verb.person.clone(),
        in_doubt: verb.in_doubt,
        by: verb.by.clone(),
        dry_run: verb.dry_run,
    })?;
    let report = match &ended {
        Ended::Done(report) => report,
        other => return Ok(verbs::unfinished(other, output)),
    };
    if let Some(fault) = &report.fault {
        output.complain(fault);
    }
    output.show(report, |lines| {
        let rows = report
            .people
            .iter()
            .map(|one| {
                let mut outcome = output
                    .say(one.outcome.name_ja(), one.outcome.name_en())
                    .to_owned();
                if one.changed {
                    outcome.push_str(output.say("（資格が変わりました）", " (coverage changed)"));
                }
                let said: Vec<&str> = [&one.code, &one.text]
                    .into_iter()
                    .flatten()
                    .map(String::as_str)
                    .collect();
                vec![
                    format!("{} {}", one.person_key, one.name),
                    outcome,
                    said.join(" "),
                ]
            })
            .collect();
        lines.push(output.table(
            &[
                ("利用者", "person"),
                ("照会番号", "reference number"),
                ("センターの回答", "the centre said"),
            ],
            rows,
        ));
        if report.dry_run {
            lines.push(
                output
                    .say(
                        "予行です。何も送っていません。",
                        "a rehearsal: nothing was sent",
                    )
                    .to_owned(),
            );
        }
    });
    let has = |outcome: Registered| report.people.iter().any(|p| p.outcome == outcome);
    Ok(if has(Registered::InDoubt) {
        Exit::InDoubt
    } else if has(Registered::Refused) {
        Exit::Attention
    } else {
        Exit::Done
    })
}
