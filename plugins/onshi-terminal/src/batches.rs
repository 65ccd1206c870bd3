//! Batches that ask for nobody by name: everybody who consented at home, and everybody whose
//! 医療券 of a month names the station. Layouts unconfirmed.

use crate::ask;
use crate::bulk::{self, Family, Known, Upload};
use crate::terminal::Terminal;
use crate::verify::unit_answer;
use crate::{Settings, faults};
use onshi::{
    BulkAnswer, ConsentRequest, ConsentSearch, MessageKind, RequestHeader, TicketRequest,
    TicketSearch, TreatmentKind,
};
use reseplug_sdk::eligibility::Verification;
use reseplug_sdk::{Context, Fault, Host, Period};

const CONSENTS: Known = Known {
    upload: MessageKind::Muhvq01Req,
    download: MessageKind::Muhvq02Req,
};
const TICKETS: Known = Known {
    upload: MessageKind::Mutic01Req,
    download: MessageKind::Mutic02Req,
};

/// Everybody who consented at home in the period (`OQSmuhvq`).
pub(crate) fn consents(
    ctx: &Context<Settings>,
    host: &Host,
    consented: &Period,
) -> Result<Vec<Verification>, Fault> {
    let Some(from) = &consented.from else {
        return Err(faults::bad_query(
            "consented.from",
            "同意日の始まりを指定してください。いつまでさかのぼれるかは公開されていません。",
            "Say from which day on. How far back one may ask is not public.",
        ));
    };
    let from = ask::day("consented.from", from)?;
    let terminal = Terminal::open(ctx, host)?;
    let to = match &consented.to {
        Some(to) => ask::day("consented.to", to)?,
        None => ask::day("consented.to", &host.now()?.date())?,
    };
    if to < from {
        return Err(faults::bad_query(
            "consented",
            format!("同意日の範囲が逆です（{from} から {to}）。"),
            format!("The period ends ({to}) before it begins ({from})."),
        ));
    }
    let identifier = format!("rsp-hv-{}-{}", from.compact(), to.compact());
    let upload = Upload {
        request: ConsentRequest {
            header: header(&terminal, &identifier),
            search: Some(ConsentSearch {
                from: Some(from.compact()),
                to: Some(to.compact()),
                treatment: Some(TreatmentKind::HomeVisit),
                ..ConsentSearch::default()
            }),
            ..ConsentRequest::default()
        },
        identifier,
    };
    batch(&terminal, &CONSENTS, upload, MessageKind::Muhvq02Res)
}

/// Everybody on 医療扶助 whose 医療券 of the month names the station (`OQSmutic`).
pub(crate) fn tickets(
    ctx: &Context<Settings>,
    host: &Host,
    treatment_month: &str,
) -> Result<Vec<Verification>, Fault> {
    let month = ask::month("treatment-month", Some(treatment_month))?.unwrap_or_default();
    let terminal = Terminal::open(ctx, host)?;
    let identifier = format!("rsp-tic-{month}");
    let upload = Upload {
        request: TicketRequest {
            header: header(&terminal, &identifier),
            search: Some(TicketSearch {
                month: Some(month),
                ..TicketSearch::default()
            }),
            ..TicketRequest::default()
        },
        identifier,
    };
    batch(&terminal, &TICKETS, upload, MessageKind::Mutic02Res)
}

fn header(terminal: &Terminal<'_>, identifier: &str) -> RequestHeader {
    RequestHeader {
        institution_code: terminal.institution(),
        file_identifier: Some(identifier.to_owned()),
        ..RequestHeader::default()
    }
}

fn batch<Q>(
    terminal: &Terminal<'_>,
    family: &impl Family<Q, BulkAnswer>,
    upload: Upload<Q>,
    kind: MessageKind,
) -> Result<Vec<Verification>, Fault> {
    let mut out = Vec::new();
    for result in bulk::exchange(terminal, family, &[upload])? {
        let fetched = result?;
        for unit in &fetched.answer.units {
            out.push(unit_answer(terminal, "", kind, &fetched, unit)?);
        }
    }
    Ok(out)
}
