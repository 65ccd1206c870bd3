//! `reseplug fill`: the month's receipts as of their charge days.

use super::{Common, adapter, flow, host};
use crate::exit::Exit;
use crate::output::Output;
use reseplug::FillRequest;
use reseplug_effect::Fault;

#[derive(Debug, clap::Args)]
pub(crate) struct Fill {
    #[command(flatten)]
    pub(crate) common: Common,
    /// 照会せず、手元の記録だけで行う / ask nothing, use the evidence at hand
    #[arg(long)]
    pub(crate) offline: bool,
}

pub(crate) fn fill(verb: &Fill, output: &Output) -> Result<Exit, Fault> {
    let host = host(&verb.common.station.config, output)?;
    flow(&host, &verb.common, output, |common, answers, again| {
        host.fill(&FillRequest {
            job: common.job.clone(),
            adapter: adapter(common.adapter.as_ref())?,
            documents: common.documents.clone(),
            output: common.output.clone(),
            answers,
            dry_run: common.dry_run,
            offline: verb.offline,
            anew: again,
        })
    })
}
