//! `reseplug recheck`: everybody's coverage as of a day.

use super::{Common, adapter, day, flow, host};
use crate::exit::Exit;
use crate::output::Output;
use reseplug::RecheckRequest;
use reseplug_effect::Fault;
use reseplug_model::Date;

#[derive(Debug, clap::Args)]
pub(crate) struct Recheck {
    #[command(flatten)]
    pub(crate) common: Common,
    /// 資格確認日（既定は今月1日）/ as of which day; by default the first of this month
    #[arg(long, value_parser = day)]
    pub(crate) as_of: Option<Date>,
}

pub(crate) fn recheck(verb: &Recheck, output: &Output) -> Result<Exit, Fault> {
    let host = host(&verb.common.station.config, output)?;
    flow(&host, &verb.common, output, |common, answers, again| {
        host.recheck(&RecheckRequest {
            job: common.job.clone(),
            as_of: verb.as_of,
            adapter: adapter(common.adapter.as_ref())?,
            documents: common.documents.clone(),
            output: common.output.clone(),
            answers,
            dry_run: common.dry_run,
            anew: again,
        })
    })
}
