//! `reseplug undo`: changes that a job made are taken back.

use super::{host, show};
use crate::args::Station;
use crate::exit::Exit;
use crate::output::Output;
use reseplug::UndoRequest;
use reseplug_effect::Fault;

#[derive(Debug, clap::Args)]
pub(crate) struct Undo {
    /// 取り消す処理（intake・recheck・fill）/ the job to take changes back from
    pub(crate) job: String,
    /// 取り消す変更。省略するとすべて / its proposals; by default all of them
    pub(crate) proposals: Vec<String>,
    /// 取り消す方の名前 / who takes them back
    #[arg(long, value_parser = crate::verbs::who)]
    pub(crate) by: String,
    #[command(flatten)]
    pub(crate) station: Station,
    /// 書かずに、どうなるかだけ見る / write nothing, show what would happen
    #[arg(long)]
    pub(crate) dry_run: bool,
}

pub(crate) fn undo(verb: &Undo, output: &Output) -> Result<Exit, Fault> {
    let host = host(&verb.station.config, output)?;
    let ended = host.undo(&UndoRequest {
        job: verb.job.clone(),
        proposals: verb.proposals.clone(),
        by: verb.by.clone(),
        dry_run: verb.dry_run,
    })?;
    show(&ended, None, output)
}
