//! 資格確認: one person, many people, everybody who consented at home.

use crate::answer::{blank, day, found, leaves, moment, validity};
use crate::ask::{self, Asked};
use crate::bulk::{self, Family, Fetched, Upload};
use crate::terminal::{Terminal, check_echo, done};
use crate::{Settings, faults};
use onshi::{
    AnswerHeader, BulkAnswer, BulkRequest, ConfirmUnit, ConsentRequest, ConsentSearch, MessageKind,
    PersonResult, RequestHeader, SearchInfo, SingleAnswer, SingleRequest, TreatmentKind,
};
use reseplug_model::Date;
use reseplug_sdk::eligibility::{Query, Verification};
use reseplug_sdk::{Context, Fault, Host, Period, RetryAdvice};
use std::collections::{BTreeMap, BTreeSet};

const QUERIES: Family = Family {
    upload: MessageKind::Muquc01Req,
    download: MessageKind::Muquc02Req,
};
const CONSENTS: Family = Family {
    upload: MessageKind::Muhvq01Req,
    download: MessageKind::Muhvq02Req,
};

/// Asks about one person (`OQSsiquc01`).
pub(crate) fn one(
    ctx: &Context<Settings>,
    host: &Host,
    query: &Query,
) -> Result<Verification, Fault> {
    let terminal = Terminal::open(ctx, host)?;
    let asked = ask::question(query, ctx.settings.charset())?;
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
    let request = terminal.put(MessageKind::Siquc01Req, &message)?;
    let Some(arrival) = terminal
        .wait_all(std::slice::from_ref(&request))?
        .into_iter()
        .next()
        .flatten()
    else {
        return Err(faults::timeout(&request, terminal.minutes()));
    };
    let opened = terminal.read::<SingleAnswer>(&arrival)?;
    let answer = opened.message;
    done(&arrival, &answer.header)?;
    let as_of = asked.as_of.compact();
    for (what, asked, answered) in [
        (
            "ArbitraryFileIdentifier",
            query.id.as_str(),
            &answer.header.file_identifier,
        ),
        (
            "QualificationConfirmationDate",
            as_of.as_str(),
            &answer.header.confirmation_date,
        ),
        (
            "ArbitraryIdentifier",
            query.id.as_str(),
            answer.search.as_ref().map_or(&None, |s| &s.identifier),
        ),
    ] {
        check_echo(&arrival, what, asked, answered.as_deref())?;
    }
    let mut out = base(
        &terminal,
        &query.id,
        MessageKind::Siquc01Res,
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
    as_asked(&mut out, asked.as_of);
    Ok(out)
}

/// Asks about many people (`OQSmuquc`): one message per day and at most so many people.
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
    let mut seen = BTreeSet::new();
    if let Some(twice) = queries.iter().find(|q| !seen.insert(q.id.as_str())) {
        return Err(faults::bad_query(
            "id",
            format!("照会の識別子「{}」が重複しています。", twice.id),
            format!(
                "Two queries have the id `{}`; answers could not be told apart.",
                twice.id
            ),
        ));
    }
    let terminal = Terminal::open(ctx, host)?;
    let mut answers: Vec<Option<Result<Verification, Fault>>> =
        queries.iter().map(|_| None).collect();
    let mut days: BTreeMap<Date, Vec<(usize, SearchInfo)>> = BTreeMap::new();
    for (at, (query, slot)) in queries.iter().zip(&mut answers).enumerate() {
        match ask::question(query, ctx.settings.charset()) {
            Ok(Asked { as_of, search }) => days.entry(as_of).or_default().push((at, search)),
            Err(fault) => *slot = Some(Err(fault)),
        }
    }
    let mut uploads = Vec::new();
    let mut people: Vec<(Date, Vec<usize>)> = Vec::new();
    let size = usize::try_from(ctx.settings.max_people_per_message)
        .unwrap_or(usize::MAX)
        .max(1);
    for (as_of, asked) in &days {
        for (part, chunk) in (1..).zip(asked.chunks(size)) {
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
    let results = bulk::exchange::<_, BulkAnswer>(&terminal, QUERIES, &uploads)?;
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
    queries
        .iter()
        .zip(answers)
        .map(|(query, answer)| match answer {
            Some(Ok(answer)) => Ok(answer),
            Some(Err(fault)) => unanswered(&terminal, query, fault),
            None => unanswered(&terminal, query, faults::missing(&query.id)),
        })
        .collect()
}

fn first_fault<T>(results: Vec<Result<T, Fault>>) -> Fault {
    let count = results.len();
    results
        .into_iter()
        .find_map(Result::err)
        .unwrap_or_else(|| faults::missing(""))
        .with("failed-messages", count.to_string())
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

/// Everybody who consented at home in the period (`OQSmuhvq`). Layout unconfirmed.
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
            header: RequestHeader {
                institution_code: terminal.institution(),
                file_identifier: Some(identifier.clone()),
                ..RequestHeader::default()
            },
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
    let mut out = Vec::new();
    for result in bulk::exchange::<_, BulkAnswer>(&terminal, CONSENTS, &[upload])? {
        let fetched = result?;
        for unit in &fetched.answer.units {
            out.push(unit_answer(
                &terminal,
                "",
                MessageKind::Muhvq02Res,
                &fetched,
                unit,
            )?);
        }
    }
    Ok(out)
}

/// One unit of a bulk answer.
fn unit_answer(
    terminal: &Terminal<'_>,
    query_id: &str,
    kind: MessageKind,
    fetched: &Fetched<BulkAnswer>,
    unit: &ConfirmUnit,
) -> Result<Verification, Fault> {
    let mut out = base(terminal, query_id, kind, &fetched.answer.header)?;
    judge(
        &mut out,
        fetched.answer.person(unit),
        unit.validity.as_ref(),
    );
    out.found = unit
        .results
        .iter()
        .enumerate()
        .map(|(at, result)| found(result, unit.reference_number(at)))
        .collect();
    out.extra
        .push(("ReceptionNumber".to_owned(), fetched.reception.clone()));
    out.extra.extend(leaves(&unit.extra));
    warn(&mut out, fetched.warning.as_deref());
    Ok(out)
}

/// What the header says.
fn base(
    terminal: &Terminal<'_>,
    query_id: &str,
    kind: MessageKind,
    header: &AnswerHeader,
) -> Result<Verification, Fault> {
    let answered_at = match moment(header.execution_time.as_deref()) {
        Some(moment) => moment,
        None => terminal.host.now()?.to_string(),
    };
    let mut out = blank(query_id, kind.prefix(), answered_at);
    out.as_of = day(header.confirmation_date.as_deref());
    out.reference_class = header.reference_class.as_ref().map(|c| c.code().to_owned());
    out.extra.extend(faults::grade_mark(kind));
    out.extra.extend(leaves(&header.extra));
    Ok(out)
}

/// What the person's part says. The validity of a part that is an error does not count.
fn judge(out: &mut Verification, person: PersonResult<'_>, said: Option<&onshi::Validity>) {
    out.is_error = person.is_error;
    out.code = person.code.map(str::to_owned);
    out.text = person.text.map(str::to_owned);
    if !person.is_error {
        out.validity = said.map(validity);
    }
}

fn warn(out: &mut Verification, warning: Option<&str>) {
    out.extra
        .extend(warning.map(|w| ("warning".to_owned(), w.to_owned())));
}

/// A message that does not state its 資格確認日 answers for the day that was asked about: it
/// is tied to the request by name or reception number.
fn as_asked(out: &mut Verification, as_of: Date) {
    if out.as_of.is_none() {
        out.as_of = Some(as_of.to_string());
        out.extra
            .push(("as-of-source".to_owned(), "request".to_owned()));
    }
}

/// An answer that is no answer: an error with the fault's words, from no message.
fn unanswered(terminal: &Terminal<'_>, query: &Query, fault: Fault) -> Result<Verification, Fault> {
    let mut out = blank(&query.id, "", terminal.host.now()?.to_string());
    out.as_of = Date::parse(&query.as_of).ok().map(|d| d.to_string());
    out.is_error = true;
    out.text = Some(fault.message_ja);
    out.extra = vec![
        ("fault-code".to_owned(), fault.code),
        ("fault-message-en".to_owned(), fault.message_en),
        (
            "fault-retry".to_owned(),
            match fault.retry {
                RetryAdvice::Never => "never",
                RetryAdvice::Later => "later",
                RetryAdvice::AskFirst => "ask-first",
            }
            .to_owned(),
        ),
    ];
    out.extra.extend(fault.extra);
    Ok(out)
}
