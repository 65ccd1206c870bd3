//! Many people in one message per day: `OQSmuquc01` / `02`.

use crate::ask::{self, Asked};
use crate::bulk::{self, Fetched, Known, Upload};
use crate::shape::{as_asked, base, everybody, fill, first_fault, judge, warn};
use crate::terminal::Terminal;
use crate::{Settings, faults};
use onshi::{BulkAnswer, BulkRequest, ConfirmUnit, MessageKind, RequestHeader, SearchInfo};
use reseplug_model::Date;
use reseplug_sdk::eligibility::{Query, Verification};
use reseplug_sdk::{Context, Fault, Host};
use std::collections::{BTreeMap, BTreeSet};

const QUERIES: Known = Known {
    upload: MessageKind::Muquc01Req,
    download: MessageKind::Muquc02Req,
};

type Answers = Vec<Option<Result<Verification, Fault>>>;

/// Answers are told apart by identifier alone, so no two queries may have the same.
pub(crate) fn check_ids(queries: &[Query]) -> Result<(), Fault> {
    let mut seen = BTreeSet::new();
    match queries.iter().find(|q| !seen.insert(q.id.as_str())) {
        Some(twice) => Err(faults::bad_query(
            "id",
            format!("照会の識別子「{}」が重複しています。", twice.id),
            format!(
                "Two queries have the id `{}`; answers could not be told apart.",
                twice.id
            ),
        )),
        None => Ok(()),
    }
}

/// Asks about many people (`OQSmuquc`): one message per day and at most so many people. The
/// bulk answer carries no 限度額, only whether it has changed: that is asked about singly
/// (`OQSsiquc01`), by whom it is wanted.
///
/// When every message fails the first fault is the answer. When only some do, the others'
/// answers are not thrown away: the people of a failed message get an answer that is an
/// error, whose `message` is empty because no message answered, and the fault in `extra`.
/// The same holds for people who cannot be asked about, or whom an answer leaves out.
pub(crate) fn many(
    ctx: &Context<Settings>,
    host: &Host,
    queries: &[Query],
) -> Result<Vec<Verification>, Fault> {
    check_ids(queries)?;
    let terminal = Terminal::open(ctx, host)?;
    let mut answers: Answers = queries.iter().map(|_| None).collect();
    let mut days: BTreeMap<Date, Vec<(usize, SearchInfo)>> = BTreeMap::new();
    for (at, (query, slot)) in queries.iter().zip(&mut answers).enumerate() {
        match ask::question(query, ctx.settings.charset()) {
            Ok(Asked { as_of, search }) => days.entry(as_of).or_default().push((at, search)),
            Err(fault) => *slot = Some(Err(fault)),
        }
    }
    let mut uploads = Vec::new();
    let mut people: Vec<(Date, Vec<usize>)> = Vec::new();
    for (as_of, asked) in &days {
        for (part, chunk) in (1..).zip(asked.chunks(terminal.chunk())) {
            let identifier = format!("rsp-{}-{part}", as_of.compact());
            people.push((*as_of, chunk.iter().map(|(at, _)| *at).collect()));
            uploads.push(Upload {
                request: BulkRequest {
                    header: RequestHeader {
                        confirmation_date: Some(as_of.compact()),
                        institution_code: terminal.institution(),
                        file_identifier: Some(identifier.clone()),
                        ..RequestHeader::default()
                    },
                    searches: chunk.iter().map(|(_, search)| search.clone()).collect(),
                    ..BulkRequest::default()
                },
                identifier,
            });
        }
    }
    let results = bulk::exchange::<_, BulkAnswer>(&terminal, &QUERIES, &uploads)?;
    if !results.is_empty() && results.iter().all(Result::is_err) {
        return Err(first_fault(results));
    }
    for ((as_of, members), result) in people.into_iter().zip(results) {
        for at in members {
            let (Some(query), Some(slot)) = (queries.get(at), answers.get_mut(at)) else {
                continue;
            };
            *slot = Some(match &result {
                Ok(fetched) => of_query(&terminal, query, as_of, fetched),
                Err(fault) => Err(fault.clone()),
            });
        }
    }
    everybody(&terminal, queries, answers)
}

/// The answer to one query, by its identifier alone: never by position, never by guess.
fn of_query(
    terminal: &Terminal<'_>,
    query: &Query,
    as_of: Date,
    fetched: &Fetched<BulkAnswer>,
) -> Result<Verification, Fault> {
    let answer = &fetched.answer;
    let mut units = answer
        .units
        .iter()
        .filter(|u| u.identifier().map(str::trim) == Some(query.id.trim()));
    let unit = match (units.next(), units.next()) {
        (Some(unit), None) => unit,
        (Some(_), Some(_)) => return Err(faults::ambiguous(&query.id)),
        (None, _) => return Err(faults::missing(&query.id)),
    };
    if let Some(date) = answer.header.confirmation_date.as_deref()
        && date.trim() != as_of.compact()
    {
        return Err(faults::other_day(&query.id, &as_of.compact(), date));
    }
    let mut out = unit_answer(terminal, &query.id, MessageKind::Muquc02Res, fetched, unit)?;
    as_asked(&mut out, as_of);
    Ok(out)
}

/// One unit of a bulk answer.
pub(crate) fn unit_answer(
    terminal: &Terminal<'_>,
    query_id: &str,
    kind: MessageKind,
    fetched: &Fetched<BulkAnswer>,
    unit: &ConfirmUnit,
) -> Result<Verification, Fault> {
    let mut out = base(terminal, query_id, &kind.into(), &fetched.answer.header)?;
    judge(
        &mut out,
        fetched.answer.person(unit),
        unit.validity.as_ref(),
    );
    out.extra
        .push(("ReceptionNumber".to_owned(), fetched.reception.clone()));
    fill(&mut out, unit);
    warn(&mut out, fetched.warning.as_deref());
    Ok(out)
}
