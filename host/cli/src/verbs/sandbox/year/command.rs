//! What staff tell the program: the same commands as at the terminal, as data, so that a second PC
//! can give the very same.

use super::station::WHO;
use reseplug::{
    ApproveRequest, Channel, DropRequest, Ended, Host, ImportRequest, OfPayer, ReportRequest,
    SendRequest,
};
use reseplug_claims::FilingKey;
use reseplug_effect::Fault;
use reseplug_model::{Month, Payer};

#[derive(Debug, Clone)]
pub(super) enum Command {
    Approve(Box<ApproveRequest>),
    Send(SendRequest),
    Status(Month),
    Confirm(Month, Payer, bool),
    Withdraw(Month, Payer),
    Acknowledge(Month),
    Fetch,
    Import(ImportRequest),
    Report(ReportRequest),
    TakeDown(FilingKey, Vec<u32>),
    Drop(DropRequest),
}

impl Command {
    /// Whether the gateway is asked for it.
    pub(super) fn asks_gateway(&self) -> bool {
        match self {
            Self::Send(request) => request.channel == Channel::Gateway,
            Self::Status(_)
            | Self::Confirm(..)
            | Self::Withdraw(..)
            | Self::Acknowledge(_)
            | Self::Fetch
            | Self::TakeDown(..) => true,
            Self::Approve(_) | Self::Import(_) | Self::Report(_) | Self::Drop(_) => false,
        }
    }

    /// Gives it; the first fault counts, what else was done stays done.
    pub(super) fn give(&self, host: &Host) -> Result<(), Fault> {
        match self {
            Self::Approve(request) => ended(host.approve(request)?),
            Self::Send(request) => all(host.send(request)?),
            Self::Status(month) => all(host.standing(*month, None)?),
            Self::Confirm(month, payer, include_errors) => {
                all(host.confirm(*month, Some(*payer), *include_errors, WHO, false)?)
            }
            Self::Withdraw(month, payer) => all(host.withdraw(*month, Some(*payer), WHO, false)?),
            Self::Acknowledge(month) => all(host.acknowledge(*month, None, None)?),
            Self::Fetch => ended(host.fetch_downloads(None, WHO)?),
            Self::Import(request) => every(host.import_claims(request)?),
            Self::Report(request) => host.report_claim(request).map(drop),
            Self::TakeDown(key, receipts) => ended(
                host.take_down(
                    key.month,
                    (key.payer, Some(key.sequence)),
                    receipts,
                    "指示書の記載誤り（模擬）",
                    WHO,
                    false,
                )?
                .ended,
            ),
            Self::Drop(request) => host.drop_late(request).map(drop),
        }
    }
}

fn ended<T>(ended: Ended<T>) -> Result<(), Fault> {
    match ended {
        Ended::Done(_) => Ok(()),
        Ended::Waiting { job, until } => Err(Fault::later(
            "year/waiting",
            format!("処理 {job} は {until} を待っています。もう一度行ってください。"),
            format!("job {job} waits until {until}; give the command again"),
        )),
        Ended::Parked { job, reason } => Err(Fault::new(
            "year/parked",
            format!("処理 {job} が止まりました: {reason}"),
            format!("job {job} is parked: {reason}"),
        )),
    }
}

fn every<T>(all: Vec<Ended<T>>) -> Result<(), Fault> {
    all.into_iter().map(ended).fold(Ok(()), Result::and)
}

fn all<T>(all: Vec<OfPayer<T>>) -> Result<(), Fault> {
    all.into_iter()
        .map(|one| one.ended.and_then(ended))
        .fold(Ok(()), Result::and)
}
