//! 再照会: people confirmed before, asked about again without the card. Layouts are not
//! public; the settings give them, or the operation is off.

use crate::ask::{self, Asked};
use crate::bulk::{self, Fetched, Upload};
use crate::shape::{Source, as_asked, base, everybody, fill, first_fault, judge, warn};
use crate::terminal::{Opened, Terminal, check_echo, done};
use crate::verify::check_ids;
use crate::{Settings, faults};
use onshi::{
    AnswerHeader, BulkLayout, ConfirmUnit, Layout, Layouts, RecheckAnswer, RecheckManyAnswer,
    RecheckManyRequest, RecheckRequest, RecheckSearch, RecheckUnit, RequestHeader, TreatmentKind,
};
use reseplug_model::Date;
use reseplug_sdk::eligibility::{Query, Verification};
use reseplug_sdk::imports::Arrival;
use reseplug_sdk::{Context, Fault, Host};
use std::collections::BTreeMap;

type Answers = Vec<Option<Result<Verification, Fault>>>;

/// By the bulk message where its layout is given, else one message for each person.
pub(crate) fn many(
    ctx: &Context<Settings>,
    host: &Host,
    queries: &[Query],
) -> Result<Vec<Verification>, Fault> {
    let layouts = ctx.settings.layouts.as_ref();
    let bulk = layouts.and_then(Layouts::recheck_many);
    let single = layouts.and_then(Layouts::recheck_one);
    check_ids(queries)?;
    let (Some(layouts), true) = (layouts, bulk.is_some() || single.is_some()) else {
        return Err(faults::layout_unknown(
            "OQS-IF-025/026, 029/030/031/032",
            "再照会（訪問診療等の資格確認）",
            "recheck-many",
        ));
    };
    let terminal = Terminal::open(ctx, host)?;
    let mut answers: Answers = queries.iter().map(|_| None).collect();
    let mut asked = Vec::new();
    for (at, (query, slot)) in queries.iter().zip(&mut answers).enumerate() {
        match ask::question(query, ctx.settings.charset()) {
            Ok(one) => asked.push((at, one)),
            Err(fault) => *slot = Some(Err(fault)),
        }
    }
    let results = match (bulk, single) {
        (Some(layout), _) => by_bulk(&terminal, layouts.sheet(), layout, queries, asked)?,
        (None, Some(layout)) => one_by_one(&terminal, layouts.sheet(), layout, queries, asked)?,
        (None, None) => Vec::new(),
    };
    for (at, result) in results {
        if let Some(slot) = answers.get_mut(at) {
            *slot = Some(result);
        }
    }
    everybody(&terminal, queries, answers)
}

type Results = Vec<(usize, Result<Verification, Fault>)>;

fn by_bulk(
    terminal: &Terminal<'_>,
    sheet: &str,
    layout: &BulkLayout,
    queries: &[Query],
    asked: Vec<(usize, Asked)>,
) -> Result<Results, Fault> {
    let mut days: BTreeMap<Date, Vec<(usize, RecheckSearch)>> = BTreeMap::new();
    for (at, one) in asked {
        let person = search(queries.get(at), &one);
        days.entry(one.as_of).or_default().push((at, person));
    }
    let mut uploads = Vec::new();
    let mut people = Vec::new();
    for (as_of, asked) in &days {
        for (part, chunk) in (1..).zip(asked.chunks(terminal.chunk())) {
            let identifier = format!("rsp-re-{}-{part}", as_of.compact());
            people.push((*as_of, chunk));
            uploads.push(Upload {
                request: RecheckManyRequest {
                    header: header(terminal, *as_of, &identifier),
                    people: chunk.iter().map(|(_, person)| person.clone()).collect(),
                    ..RecheckManyRequest::default()
                },
                identifier,
            });
        }
    }
    let source = Source::given(layout.download.answer_prefix(), sheet);
    let fetched = bulk::exchange::<_, RecheckManyAnswer>(terminal, layout, &uploads)?;
    if !fetched.is_empty() && fetched.iter().all(Result::is_err) {
        return Err(first_fault(fetched));
    }
    let mut results = Vec::new();
    for ((as_of, members), fetched) in people.into_iter().zip(fetched) {
        for (at, person) in members {
            let Some(query) = queries.get(*at) else {
                continue;
            };
            let result = match &fetched {
                Ok(fetched) => of_query(terminal, &source, query, as_of, person, fetched),
                Err(fault) => Err(fault.clone()),
            };
            results.push((*at, result));
        }
    }
    Ok(results)
}

/// The answer to one query: by its identifier where the layout echoes one, else by the card's
/// number or 照会番号, exactly, and only if it is the only one.
fn of_query(
    terminal: &Terminal<'_>,
    source: &Source,
    query: &Query,
    as_of: Date,
    person: &RecheckSearch,
    fetched: &Fetched<RecheckManyAnswer>,
) -> Result<Verification, Fault> {
    let answer = &fetched.answer;
    let mut units = answer
        .units
        .iter()
        .filter(|unit| is_about(unit, query, person));
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
    let mut out = of_unit(terminal, source, query, &answer.header, Some(unit))?;
    out.extra
        .push(("ReceptionNumber".to_owned(), fetched.reception.clone()));
    warn(&mut out, fetched.warning.as_deref());
    as_asked(&mut out, as_of);
    Ok(out)
}

fn is_about(unit: &RecheckUnit, query: &Query, person: &RecheckSearch) -> bool {
    let echo = unit.search.as_ref();
    let same = |answered: Option<&str>, asked: Option<&str>| match (answered, asked) {
        (Some(answered), Some(asked)) => Some(answered.trim() == asked.trim()),
        _ => None,
    };
    if let Some(same) = same(
        echo.and_then(|s| s.identifier.as_deref()),
        Some(query.id.as_str()),
    ) {
        return same;
    }
    if let Some(same) = same(
        unit.reference_number.as_deref(),
        person.reference_number.as_deref(),
    ) {
        return same;
    }
    let number = same(
        echo.and_then(|s| s.number.as_deref()),
        person.number.as_deref(),
    );
    let others = [
        same(
            echo.and_then(|s| s.insurer_number.as_deref()),
            person.insurer_number.as_deref(),
        ),
        same(
            echo.and_then(|s| s.symbol.as_deref()),
            person.symbol.as_deref(),
        ),
        same(
            echo.and_then(|s| s.branch.as_deref()),
            person.branch.as_deref(),
        ),
        same(
            echo.and_then(|s| s.birthdate.as_deref()),
            person.birthdate.as_deref(),
        ),
    ];
    number == Some(true) && others.iter().all(|same| *same != Some(false))
}

fn one_by_one(
    terminal: &Terminal<'_>,
    sheet: &str,
    layout: &Layout<RecheckRequest, RecheckAnswer>,
    queries: &[Query],
    asked: Vec<(usize, Asked)>,
) -> Result<Results, Fault> {
    let source = Source::given(layout.answer_prefix(), sheet);
    let mut requests = Vec::with_capacity(asked.len());
    for (at, one) in &asked {
        let identifier = one.search.identifier.clone().unwrap_or_default();
        requests.push(terminal.put_by(
            layout,
            &RecheckRequest {
                header: header(terminal, one.as_of, &identifier),
                search: Some(search(queries.get(*at), one)),
                ..RecheckRequest::default()
            },
        )?);
    }
    let arrivals = terminal.wait_all(&requests)?;
    let mut results = Vec::new();
    for (((at, one), request), arrival) in asked.into_iter().zip(&requests).zip(arrivals) {
        let Some(query) = queries.get(at) else {
            continue;
        };
        let result = match arrival {
            None => Err(faults::timeout(request, terminal.minutes())),
            Some(arrival) => terminal
                .read_by(layout, &arrival)
                .and_then(|opened| of_single(terminal, &source, query, &one, &arrival, opened)),
        };
        results.push((at, result));
    }
    if !results.is_empty() && results.iter().all(|(_, result)| result.is_err()) {
        return Err(first_fault(results.into_iter().map(|(_, r)| r).collect()));
    }
    Ok(results)
}

fn of_single(
    terminal: &Terminal<'_>,
    source: &Source,
    query: &Query,
    asked: &Asked,
    arrival: &Arrival,
    opened: Opened<RecheckAnswer>,
) -> Result<Verification, Fault> {
    let answer = opened.message;
    terminal.check_header(arrival, &answer.header, &query.id)?;
    done(arrival, &answer.header)?;
    check_echo(
        arrival,
        "as-of",
        &asked.as_of.compact(),
        answer.header.confirmation_date.as_deref(),
    )?;
    let echoed = answer.unit.as_ref().and_then(|u| u.search.as_ref());
    check_echo(
        arrival,
        "arbitrary-identifier",
        &query.id,
        echoed.and_then(|s| s.identifier.as_deref()),
    )?;
    let mut out = of_unit(
        terminal,
        source,
        query,
        &answer.header,
        answer.unit.as_ref(),
    )?;
    warn(&mut out, opened.warning.as_deref());
    as_asked(&mut out, asked.as_of);
    Ok(out)
}

fn of_unit(
    terminal: &Terminal<'_>,
    source: &Source,
    query: &Query,
    header: &AnswerHeader,
    unit: Option<&RecheckUnit>,
) -> Result<Verification, Fault> {
    let mut out = base(terminal, &query.id, source, header)?;
    let Some(unit) = unit else {
        return Ok(out);
    };
    judge(&mut out, unit.person(), unit.validity.as_ref());
    fill(&mut out, &ConfirmUnit::from(unit.clone()));
    // 資格情報変更確認フラグ (OQSCD032)
    if let Some(changed) = &unit.changed {
        out.extra
            .push(("changed".to_owned(), changed.code().to_owned()));
    }
    Ok(out)
}

fn header(terminal: &Terminal<'_>, as_of: Date, identifier: &str) -> RequestHeader {
    RequestHeader {
        confirmation_date: Some(as_of.compact()),
        institution_code: terminal.institution(),
        file_identifier: Some(identifier.to_owned()),
        ..RequestHeader::default()
    }
}

/// What a layout may take of a question. 照会番号 comes with the query's `extra`.
fn search(query: Option<&Query>, asked: &Asked) -> RecheckSearch {
    let search = &asked.search;
    let reference = query.and_then(|q| q.extra.iter().find(|(n, _)| n == "reference-number"));
    RecheckSearch {
        insurer_number: search.insurer_number.clone(),
        symbol: search.symbol.clone(),
        number: search.number.clone(),
        branch: search.branch.clone(),
        birthdate: search.birthdate.clone(),
        limit_consent: search.limit_consent.clone(),
        reference_number: reference.map(|(_, number)| number.clone()),
        identifier: search.identifier.clone(),
        treatment: Some(TreatmentKind::HomeVisit),
        ..RecheckSearch::default()
    }
}
