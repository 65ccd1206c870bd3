//! `reseplug sandbox trouble …`: what can go wrong with the simulated terminal, and letting it.

use super::not_started;
use crate::exit::Exit;
use crate::output::Output;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use reseplug_effect::Fault;
use reseplug_sandbox::terminal::{Mischief, Troubles};
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// 起こせる不具合の一覧 / every fault there is, what it does and where it was seen
    #[command(
        after_help = "例 / example:\n  reseplug sandbox trouble list --json\n\n「確度」は出典の確かさです（V2 複数の公開情報、V 一つ、V-impl 公開ソフトの動作、I 推定、GAP 不明）。\nThe marks say how sure the source is: V2 several public ones, V one, V-impl published software, I inferred, GAP unknown."
    )]
    List,
    /// 次の要求に起こす。続けて書けば順に起こる / let it befall the next requests, in this order
    #[command(
        after_help = "例 / examples:\n  reseplug sandbox trouble set half-written zip --station aozora\n  reseplug sandbox trouble set crowded --station minori\n\n「その場で」の不具合は、次の要求を待たずに起こります。\nFaults that are \"at once\" do not wait for a request."
    )]
    Set(Set),
    /// 止まった端末を戻す / end `offline`
    #[command(
        after_help = "例 / example:\n  reseplug sandbox trouble online --station aozora\n\n予定の不具合は残ります。すべて取り消すには clear。\nFaults that are to come stay; `clear` forgets them, too."
    )]
    Online(At),
    /// これから起こる不具合をすべて取り消す / forget every fault that is to come
    #[command(
        after_help = "例 / example:\n  reseplug sandbox trouble clear --station aozora\n\n種による不具合（--one-in）も止まります。\nFaults by seed (--one-in) end, too."
    )]
    Clear(At),
    /// これから起こる不具合 / what is to come
    #[command(
        after_help = "例 / example:\n  reseplug sandbox trouble show --station aozora\n\n種による不具合は入りません。\nFaults by seed are not among them."
    )]
    Show(At),
}

/// Which terminal.
#[derive(Debug, clap::Args)]
pub(crate) struct At {
    /// 模擬環境のフォルダー / the sandbox's folder
    #[arg(long, default_value = "sandbox")]
    folder: PathBuf,
    /// ステーション（hidamari, aozora, minori）/ station
    #[arg(long, value_name = "NAME", default_value = "hidamari")]
    station: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Set {
    /// 不具合の名前 / names of faults
    #[arg(required = true, value_name = "NAME", value_parser = mischief(), hide_possible_values = true)]
    names: Vec<Mischief>,
    #[command(flatten)]
    at: At,
    /// 何をするかだけ示す / only say what would be done
    #[arg(long)]
    dry_run: bool,
}

fn mischief() -> impl TypedValueParser<Value = Mischief> {
    PossibleValuesParser::new(Mischief::ALL.iter().map(|one| one.name()))
        .try_map(|name| name.parse::<Mischief>())
}

pub(super) fn run(verb: &Verb, output: &Output) -> Result<Exit, Fault> {
    match verb {
        Verb::List => {
            list(output);
            Ok(Exit::Done)
        }
        Verb::Set(set) => {
            let troubles = troubles(&set.at)?;
            if !set.dry_run {
                for name in &set.names {
                    troubles.arm(*name).map_err(not_started)?;
                }
            }
            show(
                &troubles,
                &set.at,
                set.dry_run.then_some(&set.names),
                output,
            )
        }
        Verb::Online(at) => {
            let troubles = troubles(at)?;
            troubles.online().map_err(not_started)?;
            show(&troubles, at, None, output)
        }
        Verb::Clear(at) => {
            let troubles = troubles(at)?;
            troubles.clear().map_err(not_started)?;
            show(&troubles, at, None, output)
        }
        Verb::Show(at) => show(&troubles(at)?, at, None, output),
    }
}

fn troubles(at: &At) -> Result<Troubles, Fault> {
    let troubles = Troubles::of(&at.folder, &at.station);
    if troubles.is_there() {
        return Ok(troubles);
    }
    Err(Fault::new(
        "sandbox/no-terminal",
        format!(
            "{} に {} の模擬端末がありません。`reseplug sandbox up` で始めるか、--folder と --station を確かめてください。",
            at.folder.display(),
            at.station
        ),
        format!(
            "there is no terminal of {} in {}; start it with `reseplug sandbox up`, or look at --folder and --station",
            at.station,
            at.folder.display()
        ),
    ))
}

fn list(output: &Output) {
    let all: Vec<_> = Mischief::ALL
        .iter()
        .map(|one| {
            json!({
                "name": one.name(), "ja": one.ja(), "en": one.en(), "source": one.source(),
                "befalls": one.befalls_ja(), "at_once": one.is_now(),
            })
        })
        .collect();
    output.show(&json!({ "troubles": all }), |lines| {
        let rows = Mischief::ALL
            .iter()
            .map(|one| {
                vec![
                    one.name().to_owned(),
                    one.befalls_ja().to_owned(),
                    output.say(one.ja(), one.en()).to_owned(),
                    one.source().to_owned(),
                ]
            })
            .collect();
        lines.push(output.table(
            &[
                ("名前", "name"),
                ("起こる先", "befalls"),
                ("何が起こるか", "what happens"),
                ("出典と確度", "source and its mark"),
            ],
            rows,
        ));
    });
}

fn show(
    troubles: &Troubles,
    at: &At,
    would: Option<&Vec<Mischief>>,
    output: &Output,
) -> Result<Exit, Fault> {
    let (coming, offline) = troubles.coming().map_err(not_started)?;
    output.show(
        &json!({ "station": at.station, "coming": coming, "offline": offline, "would_add": would }),
        |lines| {
            let names = |list: &[Mischief]| {
                let names: Vec<&str> = list.iter().map(|one| one.name()).collect();
                names.join(", ")
            };
            if let Some(would) = would {
                lines.push(format!(
                    "{}: {}",
                    output.say("加える（まだ加えていません）", "would add"),
                    names(would)
                ));
            }
            lines.push(format!(
                "{} {}: {}",
                at.station,
                output.say("これから起こる不具合", "to come"),
                match coming.as_slice() {
                    [] => output.say("なし", "none").to_owned(),
                    some => names(some),
                }
            ));
            if offline {
                lines.push(
                    output
                        .say("端末は止まっています。", "the terminal is offline")
                        .to_owned(),
                );
            }
        },
    );
    Ok(Exit::Done)
}
