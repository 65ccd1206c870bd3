//! One person: `OQSsiquc01`.

use crate::answer::{found, leaves};
use crate::ask::{self, Asked};
use crate::shape::{as_asked, base, judge, warn};
use crate::terminal::{Terminal, check_echo, done};
use crate::{Settings, faults};
use onshi::{MessageKind, RequestHeader, SingleAnswer, SingleRequest};
use reseplug_model::Date;
use reseplug_sdk::eligibility::{Query, Verification};
use reseplug_sdk::imports::Arrival;
use reseplug_sdk::{Context, Fault, Host};

/// Asks about one person.
pub(crate) fn one(
    ctx: &Context<Settings>,
    host: &Host,
    query: &Query,
) -> Result<Verification, Fault> {
    let terminal = Terminal::open(ctx, host)?;
    let asked = ask::question(query, ctx.settings.charset())?;
    let as_of = asked.as_of;
    let request = put(&terminal, asked)?;
    let arrivals = terminal.wait_one(&request)?;
    let Some(arrival) = arrivals.first() else {
        return Err(faults::timeout(&request, terminal.minutes()));
    };
    answer(&terminal, query, as_of, arrival)
}

/// Asks about several people at once, each by a message of their own, and waits for all.
pub(crate) fn each(
    terminal: &Terminal<'_>,
    queries: &[(&Query, Asked)],
) -> Result<Vec<Result<Verification, Fault>>, Fault> {
    let mut requests = Vec::with_capacity(queries.len());
    for (_, asked) in queries {
        requests.push(put(terminal, asked.clone())?);
    }
    let arrivals = terminal.wait_all(&requests)?;
    Ok(queries
        .iter()
        .zip(&requests)
        .zip(arrivals)
        .map(|(((query, asked), request), arrival)| match arrival {
            Some(arrival) => answer(terminal, query, asked.as_of, &arrival),
            None => Err(faults::timeout(request, terminal.minutes())),
        })
        .collect())
}

fn put(terminal: &Terminal<'_>, asked: Asked) -> Result<String, Fault> {
    let message = SingleRequest {
        header: RequestHeader {
            confirmation_date: Some(asked.as_of.compact()),
            institution_code: terminal.institution(),
            file_identifier: asked.search.identifier.clone(),
            ..RequestHeader::default()
        },
        search: Some(asked.search),
        ..SingleRequest::default()
    };
    terminal.put(MessageKind::Siquc01Req, &message)
}

fn answer(
    terminal: &Terminal<'_>,
    query: &Query,
    as_of: Date,
    arrival: &Arrival,
) -> Result<Verification, Fault> {
    let opened = terminal.read::<SingleAnswer>(arrival)?;
    let answer = opened.message;
    terminal.check_institution(arrival, answer.header.institution_code.as_deref())?;
    done(arrival, &answer.header)?;
    let day = as_of.compact();
    for (what, asked, answered) in [
        (
            "ArbitraryFileIdentifier",
            query.id.as_str(),
            &answer.header.file_identifier,
        ),
        (
            "QualificationConfirmationDate",
            day.as_str(),
            &answer.header.confirmation_date,
        ),
        (
            "ArbitraryIdentifier",
            query.id.as_str(),
            answer.search.as_ref().map_or(&None, |s| &s.identifier),
        ),
    ] {
        check_echo(arrival, what, asked, answered.as_deref())?;
    }
    let mut out = base(
        terminal,
        &query.id,
        &MessageKind::Siquc01Res.into(),
        &answer.header,
    )?;
    judge(&mut out, answer.person(), answer.validity.as_ref());
    out.found = answer
        .results
        .iter()
        .map(|r| found(r, r.reference_number.as_deref()))
        .collect();
    out.extra.extend(leaves(&answer.extra));
    if let Some(select) = &answer.prescription_issue {
        out.extra
            .push(("PrescriptionIssueSelect".to_owned(), select.clone()));
    }
    warn(&mut out, opened.warning.as_deref());
    as_asked(&mut out, as_of);
    Ok(out)
}
