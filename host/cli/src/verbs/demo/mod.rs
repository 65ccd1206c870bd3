//! `reseplug demo`

pub(crate) mod cases;
pub(crate) mod clock;
mod story;

use crate::exit::Exit;
use crate::output::Output;
use crate::verbs::write;
use cases::{Case, Numbers};
use reseplug::proposal::{Done, Proposal};
use reseplug::{Sent, report};
use reseplug_effect::Fault;
use reseplug_sandbox::RunningSandbox;
use reseplug_sandbox::station::Station;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;
use story::{Story, Told};

/// Two fictional stations live through October 2024 against the sandbox.
#[derive(Debug, clap::Args)]
pub(crate) struct Demo {
    /// すべてを置くフォルダー。同じフォルダーでもう一度実行すると、続きから / everything stays here; run again it goes on
    #[arg(long, default_value = "reseplug-demo")]
    folder: PathBuf,
}

#[derive(Debug, Serialize)]
struct Summary {
    #[serde(flatten)]
    all: Numbers,
    /// Wall clock of this run, the sandbox included.
    seconds: f64,
    /// Of these, starting the sandbox and waiting for its answers.
    sandbox_seconds: f64,
    folder: String,
    /// Nothing official was contacted.
    simulated: bool,
    stations: BTreeMap<String, Numbers>,
    cases: BTreeMap<String, Vec<Case>>,
    reports: Vec<String>,
}

pub(crate) fn run(verb: &Demo, output: &Output) -> Result<Exit, Fault> {
    let began = Instant::now();
    let folder = std::path::absolute(&verb.folder).unwrap_or_else(|_| verb.folder.clone());
    let mut story = Story::open(&folder)?;
    let bar = output.bar();
    story.play(|at, of, ja, en| {
        bar.scene(at, of, output.say(ja, en));
    })?;
    bar.finish();
    let mut stations = BTreeMap::new();
    let mut all = Numbers::default();
    let mut cases: BTreeMap<String, Vec<Case>> = BTreeMap::new();
    let mut reports = Vec::new();
    for (station, told) in story.told()? {
        let numbers = Numbers::of(&told, filed_twice(story.sandbox(), &station.institution())?);
        all.add(numbers);
        stations.insert(station.key.clone(), numbers);
        let file = folder.join(&station.key).join("report.html");
        write(&file, page(station, &told).as_bytes())?;
        reports.push(file.display().to_string());
        for (name, case) in cases::cases(station, &told) {
            cases.entry(name).or_default().push(case);
        }
    }
    let summary = Summary {
        all,
        seconds: began.elapsed().as_secs_f64(),
        sandbox_seconds: story.sandbox_time().as_secs_f64(),
        folder: folder.display().to_string(),
        simulated: true,
        stations,
        cases,
        reports,
    };
    output.show(&summary, |lines| people(&summary, output, lines));
    Ok(Exit::Done)
}

/// The story's changes, each once, and what waits in the end.
fn page(station: &Station, told: &Told) -> String {
    let mut proposals: Vec<Proposal> = cases::applied(told).into_values().cloned().collect();
    let rest = told
        .reports
        .last()
        .into_iter()
        .flat_map(|(_, r)| &r.proposals);
    proposals.extend(
        rest.filter(|p| !matches!(p.done, Done::Applied { .. }))
            .cloned(),
    );
    let sent: Vec<Sent> = told
        .handed_over
        .iter()
        .chain(&told.filed)
        .cloned()
        .collect();
    report::page(&report::Page {
        station: &station.name,
        code: station.code.as_str(),
        title: "2024年10月分の資格確認と請求（デモ。請求・受領書は模擬）",
        made_at: "2024-11-11T09:00:00+09:00",
        proposals: &proposals,
        approval: told.approval.as_ref(),
        sent: &sent,
        beside: None,
    })
}

fn people(summary: &Summary, output: &Output, lines: &mut Vec<String>) {
    let rows = summary
        .cases
        .iter()
        .flat_map(|(name, cases)| cases.iter().map(move |case| (name, case)))
        .map(|(name, case)| {
            let english = match &case.reason {
                Some(reason) => format!("{:?} {} {reason}", case.outcome, case.change),
                None => format!("{:?} {}", case.outcome, case.change),
            };
            let end = output.say(&case.outcome_ja, &english).to_owned();
            vec![
                format!(
                    "{}\n{} {}",
                    output.say(cases::name_ja(name), name),
                    case.person,
                    case.name
                ),
                case.before.clone(),
                case.after.clone(),
                case.as_of.clone(),
                case.source.clone(),
                end,
                case.accepted_by.clone(),
            ]
        })
        .collect();
    lines.push(output.table(
        &[
            ("場面と人", "case and person"),
            ("前", "before"),
            ("後", "after"),
            ("資格確認日", "as of"),
            ("情報源", "source"),
            ("結果", "outcome"),
            ("受け入れた人", "accepted by"),
        ],
        rows,
    ));
    for (name, n) in &summary.stations {
        lines.push(format!("{name}: {}", counts(n, output)));
    }
    lines.push(format!(
        "{}: {}",
        output.say("合計", "together"),
        counts(&summary.all, output)
    ));
    lines.push(
        output
            .say(
                "送信・請求確定・受領書は模擬のゲートウェイによるもので、どこにも請求していません。",
                "Filing, confirmation and acknowledgement are simulated: nothing was filed anywhere.",
            )
            .to_owned(),
    );
    lines.push(
        output
            .say(
                "引渡しフォルダーのファイルは、使わないことを管理者が記録してから、同じ内容を模擬のゲートウェイで送りました。二つの方法で重ねて請求しないためです。",
                "The files of the hand-over were given up on record before the same content went over the simulated gateway, so that nothing is claimed by two ways.",
            )
            .to_owned(),
    );
    lines.push(format!(
        "{:.1} {}  {}",
        summary.seconds,
        output.say("秒", "seconds"),
        summary.folder
    ));
    lines.extend(summary.reports.iter().map(|r| format!("  {r}")));
}

fn counts(n: &Numbers, output: &Output) -> String {
    let c = n.counts;
    [
        ("レセプト", "receipts", n.receipts as u64),
        ("翌月へ", "held", n.held as u64),
        ("追加した人", "people added", c.people_added.into()),
        ("追加した資格", "periods added", c.periods_added.into()),
        ("補完", "filled", c.groups_filled.into()),
        ("訂正", "corrected", c.groups_corrected.into()),
        (
            "人が確かめる",
            "left for a person",
            c.left_for_person.into(),
        ),
        ("できない", "refused", c.refused.into()),
        ("引渡し", "handed over", n.handed_over as u64),
        (
            "【模擬】請求確定",
            "filed (simulated)",
            n.claims_filed as u64,
        ),
        (
            "【模擬】受領書",
            "acknowledged (simulated)",
            n.acknowledged as u64,
        ),
        ("二重請求", "filed twice", n.filed_twice as u64),
    ]
    .iter()
    .map(|(ja, en, count)| format!("{} {count}", output.say(ja, en)))
    .collect::<Vec<_>>()
    .join("  ")
}

/// How many submissions of one content the gateway confirmed more than once.
fn filed_twice(sandbox: &RunningSandbox, institution: &str) -> Result<usize, Fault> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for submission in sandbox.gateway().submissions() {
        if submission.institution == institution && submission.confirmation.is_some() {
            let count = seen
                .entry(format!("{:?}{}", submission.payer, submission.claim_month))
                .or_default();
            *count = count.saturating_add(1);
        }
    }
    Ok(seen.values().map(|n| n.saturating_sub(1)).sum())
}
