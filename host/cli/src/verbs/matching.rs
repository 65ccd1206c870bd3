//! `reseplug match …`: accepted spellings, and how well matching does.

use super::flows::host;
use super::read;
use crate::args::Station;
use crate::exit::Exit;
use crate::output::Output;
use clap::{Args, Subcommand};
use reseplug::aliases::{Alias, AliasChange, AliasRequest};
use reseplug::matching::Spelling;
use reseplug::matching::score::{BUILT_IN, Label, Score, Tally, parse, score};
use reseplug_effect::Fault;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 正解つきの組で突合を採点する。誤った一致が一つでもあれば終了コード1 / judge matching on labelled pairs; exit code 1 on any false match
    #[command(
        after_help = "列 / columns (CSV, UTF-8):\n  file_name, file_kana, file_birth_date, file_sex, file_insurer, file_symbol, file_number, file_branch, file_reference\n  answer_ で始まる同じ列 / the same with answer_\n  label: same | not-same | unclear    why: 説明 / the pitfall\n  file_alias_name, file_alias_kana は任意 / optional\n\n例 / examples:\n  reseplug match score\n  reseplug match score pairs.csv --json"
    )]
    Score {
        /// 正解つきの組（CSV）。省略すると同梱の組 / labelled pairs; by default those that ship
        file: Option<PathBuf>,
    },
    /// 認めた表記 / accepted spellings
    #[command(subcommand)]
    Alias(AliasVerb),
}

#[derive(Debug, Subcommand)]
pub(crate) enum AliasVerb {
    /// 回答に出る表記を、その利用者のものと認める / accept a spelling of the answers as this person's
    #[command(
        after_help = "例 / example:\n  reseplug match alias accept U0001 --name \"新姓　花子\" --kana \"ｼﾝｾｲ ﾊﾅｺ\" --by 青空花子"
    )]
    Accept(Change),
    /// 認めた表記の一覧 / list them
    List {
        #[command(flatten)]
        station: Station,
    },
    /// 認めた表記を取り消す / withdraw one
    Withdraw(Change),
}

#[derive(Debug, Args)]
pub(crate) struct Change {
    /// 製品での利用者の番号 / the product's key of the person
    person: String,
    /// 氏名の表記 / the name as the answers write it
    #[arg(long, required_unless_present = "kana")]
    name: Option<String>,
    /// フリガナの表記 / the kana as the answers write it
    #[arg(long)]
    kana: Option<String>,
    /// 判断した方の名前（監査記録に残ります）/ who decides, for the audit record
    #[arg(long, value_parser = crate::verbs::who)]
    by: String,
    /// 記録せずに、どうなるかだけ見る / record nothing, show what would be
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    station: Station,
}

pub(crate) fn run(verb: &Verb, output: &Output) -> Result<Exit, Fault> {
    match verb {
        Verb::Score { file } => judged(file.as_ref(), output),
        Verb::Alias(AliasVerb::List { station }) => {
            let aliases = host(&station.config, output)?.aliases()?;
            output.show(&serde_json::json!({ "aliases": aliases }), |lines| {
                lines.extend(aliases.iter().map(line));
                if aliases.is_empty() {
                    lines.push(output.say("ありません", "none").to_owned());
                }
            });
            Ok(Exit::Done)
        }
        Verb::Alias(AliasVerb::Accept(change)) => {
            let done = host(&change.station.config, output)?.accept_alias(&request(change))?;
            Ok(shown(&done, output))
        }
        Verb::Alias(AliasVerb::Withdraw(change)) => {
            let done = host(&change.station.config, output)?.withdraw_alias(&request(change))?;
            Ok(shown(&done, output))
        }
    }
}

fn request(change: &Change) -> AliasRequest {
    AliasRequest {
        person: change.person.clone(),
        spelling: Spelling {
            name: change.name.clone(),
            kana: change.kana.clone(),
        },
        by: change.by.clone(),
        dry_run: change.dry_run,
    }
}

fn line(alias: &Alias) -> String {
    let spelling = [&alias.spelling.name, &alias.spelling.kana]
        .into_iter()
        .flatten()
        .cloned()
        .collect::<Vec<_>>()
        .join(" / ");
    format!("{}  {spelling}  {} {}", alias.person, alias.by, alias.at)
}

fn shown(done: &AliasChange, output: &Output) -> Exit {
    output.show(done, |lines| {
        lines.push(line(&done.alias));
        let (ja, en) = match (done.changed, done.accepted) {
            (true, true) if done.dry_run => {
                ("この表記を認めることができます。", "it can be accepted")
            }
            (true, false) if done.dry_run => {
                ("この表記を取り消すことができます。", "it can be withdrawn")
            }
            (false, _) => ("すでに認めてあります。", "accepted already"),
            (true, true) => (
                "この表記を認めました。次の処理から一致に使います。",
                "accepted; matching uses it from the next run",
            ),
            (true, false) => ("この表記を取り消しました。", "withdrawn"),
        };
        lines.push(output.say(ja, en).to_owned());
        if done.dry_run {
            let rehearsal = output.say(
                "予行です。何も記録していません。",
                "a rehearsal: nothing was recorded",
            );
            lines.push(rehearsal.to_owned());
        }
    });
    Exit::Done
}

fn judged(file: Option<&PathBuf>, output: &Output) -> Result<Exit, Fault> {
    let pairs = match file {
        None => parse("pairs.csv", BUILT_IN)?,
        Some(file) => {
            let name = file.display().to_string();
            let text = String::from_utf8(read(file)?).map_err(|_| {
                Fault::new(
                    "match/csv",
                    format!("「{name}」が UTF-8 ではありません。UTF-8 で保存し直してください。"),
                    format!("{name} is not UTF-8; save it as UTF-8"),
                )
            })?;
            parse(&name, &text)?
        }
    };
    let score = score(&pairs);
    output.show(&score, |lines| told(&score, output, lines));
    Ok(if score.false_matches > 0 {
        Exit::Attention
    } else {
        Exit::Done
    })
}

fn told(score: &Score, output: &Output, lines: &mut Vec<String>) {
    for d in &score.disagreements {
        let reason = output.say(&d.reason_ja, &d.reason_en);
        lines.push(format!(
            "{} {}: {} → {}  {}  [{reason}]",
            output.say("行", "line"),
            d.line,
            output.say(d.label.name_ja(), d.label.word()),
            output.say(d.outcome.name_ja(), d.outcome.name_en()),
            d.why
        ));
    }
    let row = |name: &str, t: Tally| {
        vec![
            name.to_owned(),
            t.pairs.to_string(),
            t.matched.to_string(),
            t.person.to_string(),
            t.nobody.to_string(),
        ]
    };
    lines.push(output.table(
        &[
            ("正解", "label"),
            ("組", "pairs"),
            ("一致とした", "matched"),
            ("人に任せた", "left to a person"),
            ("別人とした", "nobody"),
        ],
        vec![
            row(output.say(Label::Same.name_ja(), "same"), score.same),
            row(
                output.say(Label::NotSame.name_ja(), "not-same"),
                score.not_same,
            ),
            row(
                output.say(Label::Unclear.name_ja(), "unclear"),
                score.unclear,
            ),
        ],
    ));
    lines.push(format!(
        "{} {}",
        output.say("誤った一致", "false matches"),
        score.false_matches
    ));
    if let Some(recall) = score.recall {
        lines.push(format!(
            "{} {:.1} %",
            output.say("再現率（同じ方を人に聞かずに見つけた割合）", "recall"),
            recall * 100.0
        ));
    }
}
