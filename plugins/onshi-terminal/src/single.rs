//! Each person by a message of their own: `OQSsiquc01`.

use crate::answer::{found, leaves};
use crate::ask::{self, Asked};
use crate::shape::{as_asked, base, everybody, first_fault, judge, warn};
use crate::terminal::{Terminal, check_echo, done};
use crate::verify::check_ids;
use crate::{Settings, faults};
use onshi::{MessageKind, RequestHeader, SingleAnswer, SingleRequest};
use reseplug_model::Date;
use reseplug_sdk::eligibility::{Query, Verification};
use reseplug_sdk::imports::Arrival;
use reseplug_sdk::{Context, Fault, Host};

/// Asks about each person by a message of their own, all at once, and waits for all. The answer
/// carries the 限度額 of those who agreed to have it told.
///
/// When every message fails the first fault is the answer; when only some do, the others' answers
/// are not thrown away ([`everybody`]).
pub(crate) fn each(
    ctx: &Context<Settings>,
    host: &Host,
    queries: &[Query],
) -> Result<Vec<Verification>, Fault> {
    check_ids(queries)?;
    let terminal = Terminal::open(ctx, host)?;
    let mut answers: Vec<Option<Result<Verification, Fault>>> =
        queries.iter().map(|_| None).collect();
    let mut open = Vec::new();
    let mut requests = Vec::new();
    for (query, slot) in queries.iter().zip(&mut answers) {
        match ask::question(query, ctx.settings.charset()) {
            Ok(asked) => {
                let as_of = asked.as_of;
                requests.push(put(&terminal, asked)?);
                open.push((query, as_of, slot));
            }
            Err(fault) => *slot = Some(Err(fault)),
        }
    }
    let arrivals = terminal.wait_all(&requests)?;
    for ((query, as_of, slot), (request, arrival)) in
        open.into_iter().zip(requests.iter().zip(arrivals))
    {
        *slot = Some(match arrival {
            Some(arrival) => answer(&terminal, query, as_of, &arrival),
            None => Err(faults::timeout(request, terminal.minutes())),
        });
    }
    if !answers.is_empty() && answers.iter().flatten().all(Result::is_err) {
        return Err(first_fault(answers.into_iter().flatten().collect()));
    }
    everybody(&terminal, queries, answers)
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
