//! 照会番号: the station's own numbers for people, registered at the centre.
//!
//! A registration overwrites what another product registered. One whose outcome is unknown
//! is therefore never repeated by the machine, not even the single one.

use crate::bulk::{self, Known, Upload};
use crate::terminal::{Terminal, check_echo, done};
use crate::{Settings, ask, faults};
use onshi::{
    BulkReferenceAnswer, MessageKind, PersonResult, ReferenceAnswer, ReferenceInfo,
    ReferenceRequest, RequestHeader,
};
use reseplug_sdk::eligibility::{Registration, RegistrationResult};
use reseplug_sdk::{Context, Fault, Host};
use std::collections::BTreeSet;

const FAMILY: Known = Known {
    upload: MessageKind::Muimm01Req,
    download: MessageKind::Muimm02Req,
};

/// Registers one person by `OQSsiimm01`, several by `OQSmuimm`.
pub(crate) fn references(
    ctx: &Context<Settings>,
    host: &Host,
    registrations: &[Registration],
) -> Result<Vec<RegistrationResult>, Fault> {
    let mut seen = BTreeSet::new();
    if let Some(twice) = registrations
        .iter()
        .find(|r| !seen.insert(r.reference_number.as_str()))
    {
        return Err(faults::bad_query(
            "reference-number",
            "同じ照会番号が二人以上に付いています。一人に一つの番号にしてください。",
            format!(
                "The reference number `{}` is given twice.",
                twice.reference_number
            ),
        ));
    }
    let charset = ctx.settings.charset();
    let infos: Vec<ReferenceInfo> = registrations
        .iter()
        .map(|r| {
            ask::registration(r, charset)
                .map_err(|f| f.with("reference-number", &r.reference_number))
        })
        .collect::<Result<_, _>>()?;
    let terminal = Terminal::open(ctx, host)?;
    match infos.as_slice() {
        [] => Ok(Vec::new()),
        [info] => single(&terminal, info).map(|result| vec![result]),
        infos => many(&terminal, infos),
    }
}

fn request(terminal: &Terminal<'_>, identifier: &str, infos: &[ReferenceInfo]) -> ReferenceRequest {
    ReferenceRequest {
        header: RequestHeader {
            institution_code: terminal.institution(),
            file_identifier: Some(identifier.to_owned()),
            ..RequestHeader::default()
        },
        registrations: infos.to_vec(),
        ..ReferenceRequest::default()
    }
}

fn single(terminal: &Terminal<'_>, info: &ReferenceInfo) -> Result<RegistrationResult, Fault> {
    let number = info.reference_number.as_deref().unwrap_or_default();
    let identifier = "rsp-ref";
    let name = terminal.put(
        MessageKind::Siimm01Req,
        &request(terminal, identifier, std::slice::from_ref(info)),
    )?;
    let arrivals = terminal.wait_one(&name)?;
    let Some(arrival) = arrivals.first() else {
        return Err(faults::unclear(&name, terminal.minutes()));
    };
    let answer: ReferenceAnswer = terminal.read(arrival)?.message;
    done(arrival, &answer.header)?;
    terminal.check_header(arrival, &answer.header, identifier)?;
    check_echo(
        arrival,
        "ReferenceNumber",
        number,
        answer.reference_number.as_deref(),
    )?;
    Ok(result(number, answer.status.is_some(), answer.person()))
}

fn many(
    terminal: &Terminal<'_>,
    infos: &[ReferenceInfo],
) -> Result<Vec<RegistrationResult>, Fault> {
    let size = terminal.chunk();
    let uploads: Vec<Upload<ReferenceRequest>> = (1..)
        .zip(infos.chunks(size))
        .map(|(part, chunk)| {
            let identifier = format!("rsp-ref-{part}");
            Upload {
                request: request(terminal, &identifier, chunk),
                identifier,
            }
        })
        .collect();
    let answers = bulk::exchange::<_, BulkReferenceAnswer>(terminal, &FAMILY, &uploads)?;
    let mut results = Vec::with_capacity(infos.len());
    let mut first: Option<Fault> = None;
    for (chunk, answer) in infos.chunks(size).zip(answers) {
        match answer {
            Ok(fetched) => {
                results.extend(chunk.iter().map(|info| of_person(info, &fetched.answer)));
            }
            Err(fault) => first = first.or(Some(fault)),
        }
    }
    match first {
        None => Ok(results),
        Some(fault) => {
            // What is known to be done is said, so that nobody does it again.
            let done: Vec<&str> = results
                .iter()
                .filter(|r| r.registered)
                .map(|r| r.reference_number.as_str())
                .collect();
            let fault = fault.with("registered", done.join(","));
            // Accepted, but without a result: it may have been carried out.
            Err(if fault.code == "onshi/timeout" {
                fault.ask_first()
            } else {
                fault
            })
        }
    }
}

/// The result of one person, by the echoed number alone.
fn of_person(info: &ReferenceInfo, answer: &BulkReferenceAnswer) -> RegistrationResult {
    let number = info.reference_number.as_deref().unwrap_or_default();
    let mut units = answer.units.iter().filter(|unit| {
        let echoed = unit
            .registration
            .as_ref()
            .and_then(|r| r.reference_number.as_deref());
        echoed.map(str::trim) == Some(number.trim())
    });
    match (units.next(), units.next()) {
        (Some(unit), None) => result(number, unit.status.is_some(), unit.person()),
        (first, _) => {
            let fault = match first {
                Some(_) => faults::ambiguous(number),
                None => faults::missing(number),
            };
            RegistrationResult {
                reference_number: number.to_owned(),
                registered: false,
                code: None,
                text: Some(fault.message_ja),
            }
        }
    }
}

/// Registered is only what the centre says is: a part without a status is not.
fn result(number: &str, has_status: bool, person: PersonResult<'_>) -> RegistrationResult {
    RegistrationResult {
        reference_number: number.to_owned(),
        registered: has_status && !person.is_error,
        code: person.code.map(str::to_owned),
        text: person.text.map(str::to_owned),
    }
}
