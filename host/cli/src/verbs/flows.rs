//! `reseplug intake`, `certificate`, `recheck`, `fill`, `undo`: the flows over the product's documents.

mod ask;
mod block;
mod certificate;
mod fill;
mod intake;
mod recheck;
mod show;
mod undo;

pub(crate) use block::block;
pub(crate) use certificate::{Certificate, certificate};
pub(crate) use fill::{Fill, fill};
pub(crate) use intake::{Intake, intake};
pub(crate) use recheck::{Recheck, recheck};
pub(crate) use show::documents;
pub(crate) use undo::{Undo, undo};

use super::read;
use crate::SHIPPED;
use crate::args::Station;
use crate::arguments::Refused;
use crate::output::Output;
use ask::flow;
use reseplug::accept::Answers;
use reseplug::{Host, HostOptions};
use reseplug_effect::Fault;
use reseplug_model::Date;
use reseplug_policy::Name;
use show::show;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// What every flow over the product's documents takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Common {
    /// 書類。省略すると設定の [product] / documents; by default those under [product] in the station file
    pub(crate) documents: Vec<PathBuf>,
    /// アダプターの名前。省略すると設定の [product] / adapter's id; by default the station file's
    #[arg(long)]
    pub(crate) adapter: Option<String>,
    #[command(flatten)]
    pub(crate) station: Station,
    /// 書き出すフォルダー。既定は設定の隣の out / folder for the result; by default `out` beside the station file
    #[arg(short, long)]
    pub(crate) output: Option<PathBuf>,
    /// 受け入れる変更を書いたファイル（JSON）/ file that says which changes are accepted, and by whom
    #[arg(long, conflicts_with = "interactive")]
    pub(crate) accept: Option<PathBuf>,
    /// 一件ずつ画面で尋ねる / ask about each change on the terminal
    #[arg(long, requires = "by")]
    pub(crate) interactive: bool,
    /// 判断する方の名前（--interactive のとき）/ who answers, with --interactive
    #[arg(long, value_parser = crate::verbs::who)]
    pub(crate) by: Option<String>,
    /// 処理の名前。同じ名前は同じ処理 / the job's id: the same id is the same job
    #[arg(long)]
    pub(crate) job: Option<String>,
    /// 同じ日に同じ処理をもう一度行う / run again although the same was done today
    #[arg(long)]
    pub(crate) again: bool,
    /// 何も送らず何も書かず、どうなるかだけ見る / send nothing, write nothing, show what would happen
    #[arg(long)]
    pub(crate) dry_run: bool,
}

pub(crate) fn day(text: &str) -> Result<Date, Refused> {
    Date::parse(text).map_err(|error| Refused::date(&error, "2024-10-03"))
}

/// Opens the station's host with what ships in this program.
pub(crate) fn host(config: &Path, output: &Output) -> Result<Host, Fault> {
    let line = *output;
    // What is being done is said once, however many documents it is done to.
    let said: Mutex<String> = Mutex::default();
    let progress = move |ja: &str, en: &str| {
        let mut last = said.lock().unwrap_or_else(PoisonError::into_inner);
        if *last != ja {
            ja.clone_into(&mut last);
            line.progress(ja, en);
        }
    };
    Host::open(
        config,
        HostOptions {
            builtin: SHIPPED,
            actor: actor(),
            progress: Arc::new(progress),
            ..HostOptions::default()
        },
    )
}

/// Who runs the program, for the audit record: the account's name.
pub(crate) fn actor() -> String {
    ["USERNAME", "USER", "LOGNAME"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()))
        .map_or_else(|| "cli".to_owned(), |name| format!("cli:{name}"))
}

pub(crate) fn adapter(name: Option<&String>) -> Result<Option<Name>, Fault> {
    name.map(|name| {
        Name::parse(name).map_err(|refused| {
            Fault::new(
                "plugin/name",
                format!("「{name}」はプラグインの名前ではありません: {}", refused.ja),
                format!("`{name}` is no plugin's name: {}", refused.en),
            )
        })
    })
    .transpose()
}

pub(crate) fn answers(file: Option<&Path>) -> Result<Option<Answers>, Fault> {
    file.map(|file| {
        let bytes = read(file)?;
        let name = file.display().to_string();
        let text = String::from_utf8(bytes).map_err(|_| {
            Fault::new(
                "accept/encoding",
                format!("受入れファイル「{name}」が UTF-8 ではありません。UTF-8 で保存し直してください。"),
                format!("{name} is not UTF-8; save it as UTF-8"),
            )
        })?;
        Answers::parse(&name, text.trim_start_matches('\u{feff}'))
    })
    .transpose()
}
