//! `reseplug sandbox year`: a simulated year of many stations, with trouble at every layer, and at
//! its end the comparison of what the payers have with what the stores say.

mod account;
mod by_gateway;
mod by_handover;
mod command;
mod compare;
mod desk;
mod lot;
mod plug;
mod product;
mod staff;
mod station;
mod story;
mod wishes;
mod world;

use crate::exit::Exit;
use crate::output::Output;
use compare::Verdict;
use reseplug_effect::Fault;
use reseplug_model::Month;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;
use world::World;

/// 請求年月 with which the year begins.
const FIRST: &str = "2024-11";

#[derive(Debug, clap::Args)]
pub(crate) struct Year {
    /// 種。同じ種からは同じ一年になる / the same seed gives the same year
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// ステーションの数 / how many stations
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
    stations: u16,
    /// 請求月の数 / how many months
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(u16).range(1..=18))]
    months: u16,
    /// 記録を残すフォルダー（ないか空であること）。指定しなければ終わりに消す / where everything stays; otherwise it is removed
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
}

/// What the year came to.
#[derive(Debug, Serialize)]
struct Summary {
    seed: u64,
    stations: u16,
    months: u16,
    receipts: usize,
    claims: usize,
    acknowledged: usize,
    /// Receipts that had to be filed in their month, because nothing kept them from it.
    expected: usize,
    #[serde(flatten)]
    verdict: Verdict,
    faults: BTreeMap<String, u64>,
    /// Codes with which commands were refused; `left:` where staff left it for another time.
    refusals: BTreeMap<String, u64>,
    seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    folder: Option<String>,
}

pub(crate) fn run(year: &Year, output: &Output) -> Result<Exit, Fault> {
    let began = Instant::now();
    let folder = match &year.folder {
        Some(folder) => std::path::absolute(folder).unwrap_or_else(|_| folder.clone()),
        None => std::env::temp_dir().join(format!("reseplug-year-{}", std::process::id())),
    };
    let fresh = std::fs::read_dir(&folder).map_or(true, |mut all| all.next().is_none());
    if !fresh {
        return Err(Fault::new(
            "year/folder-in-use",
            format!(
                "フォルダー「{}」は空ではありません。別の --folder を指定してください。",
                folder.display()
            ),
            format!("{} is not empty; name another --folder", folder.display()),
        ));
    }
    std::fs::create_dir_all(&folder).map_err(|e| station::unusable(&folder, &e))?;
    let played = play(year, &folder, output);
    if year.folder.is_none() {
        let _ = std::fs::remove_dir_all(&folder);
    }
    let (verdict, sizes, faults, refusals) = played?;
    let summary = Summary {
        seed: year.seed,
        stations: year.stations,
        months: year.months,
        receipts: sizes.receipts,
        claims: sizes.claims,
        acknowledged: sizes.acknowledged,
        expected: sizes.expected,
        verdict,
        faults,
        refusals,
        seconds: (began.elapsed().as_secs_f64() * 10.0).round() / 10.0,
        folder: year.folder.as_ref().map(|_| folder.display().to_string()),
    };
    output.show(&summary, |lines| say(&summary, output, lines));
    Ok(match summary.verdict.is_good() {
        true => Exit::Done,
        false => Exit::Attention,
    })
}

type Played = (
    Verdict,
    account::Sizes,
    BTreeMap<String, u64>,
    BTreeMap<String, u64>,
);

fn play(year: &Year, folder: &std::path::Path, output: &Output) -> Result<Played, Fault> {
    let first =
        Month::parse(FIRST).map_err(|e| Fault::new("year/months", e.to_string(), e.to_string()))?;
    let mut world = World::new(folder, year.seed, usize::from(year.stations))?;
    let bar = output.bar();
    let last = world.play(first, usize::from(year.months), |at, of, month| {
        let what = match output.say("ja", "en") {
            "ja" => format!("{month} 請求分"),
            _ => format!("claims of {month}"),
        };
        bar.scene(at, of, &what);
    })?;
    bar.finish();
    let (verdict, sizes) = world.verdict(last)?;
    world.gateway_down();
    let faults = std::mem::take(&mut world.faults);
    Ok((verdict, sizes, faults, std::mem::take(&mut world.refusals)))
}

fn say(summary: &Summary, output: &Output, lines: &mut Vec<String>) {
    let verdict = &summary.verdict;
    let row =
        |ja: &str, en: &str, number: usize| vec![output.say(ja, en).to_owned(), number.to_string()];
    let (ja, en) = (
        format!("{}か月の結果", summary.months),
        format!("the {} months", summary.months),
    );
    lines.push(output.table(
        &[(&ja, &en), ("件数", "number")],
        vec![
            row("レセプト", "receipts", summary.receipts),
            row("送信・引渡し", "claims", summary.claims),
            row("受領書", "acknowledged", summary.acknowledged),
            row(
                "月内に請求できたはずのレセプト",
                "had to be filed in their month",
                summary.expected,
            ),
            row("二重請求", "filed twice", verdict.filed_twice),
            row("請求もれ", "missed", verdict.missed),
            row(
                "記録と提出先の不一致",
                "disagreements",
                verdict.disagreements,
            ),
            row(
                "報告だけで、事実と違うもの",
                "only heard, and not so",
                verdict.hearsay,
            ),
        ],
    ));
    let faults = summary
        .faults
        .iter()
        .map(|(name, number)| vec![name.clone(), number.to_string()])
        .collect();
    lines.push(output.table(
        &[("起きたこと", "what happened"), ("回数", "times")],
        faults,
    ));
    let missing: Vec<String> = verdict.missing.iter().map(|one| one.text(output)).collect();
    for list in [&verdict.twice, &missing, &verdict.differing] {
        lines.extend(list.iter().map(|text| format!("  {text}")));
    }
    lines.push(format!(
        "{} {}: {}  {:.1} {}",
        output.say("種", "seed"),
        summary.seed,
        output.say(
            "すべて模擬です。どこにも請求していません。",
            "All simulated: nothing was filed anywhere."
        ),
        summary.seconds,
        output.say("秒", "seconds"),
    ));
}
