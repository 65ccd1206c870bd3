//! 閲覧同意の取消. The layout is not public; the settings give it, or the operation is off.
//!
//! A withdrawal whose outcome is unknown is never repeated by the machine, though repeating
//! it would most likely do no harm: nobody has said so.

use crate::answer::leaves;
use crate::ask;
use crate::shape::fault_values;
use crate::terminal::{Terminal, check_echo, done};
use crate::{Settings, faults};
use onshi::{
    ConsentInformation, Layout, Layouts, RecheckSearch, RequestHeader, RevokeAnswer, RevokeRequest,
    TreatmentKind,
};
use reseplug_sdk::home_visit::{Revocation, RevocationResult};
use reseplug_sdk::imports::Arrival;
use reseplug_sdk::{Context, Fault, Host};
use std::collections::BTreeSet;

/// One message for each person, all at once.
pub(crate) fn all(
    ctx: &Context<Settings>,
    host: &Host,
    revocations: &[Revocation],
) -> Result<Vec<RevocationResult>, Fault> {
    let Some((layouts, layout)) = ctx
        .settings
        .layouts
        .as_ref()
        .and_then(|all| Some((all, Layouts::revoke_consent(all)?)))
    else {
        return Err(faults::layout_unknown(
            "OQS-IF-037/038",
            "閲覧同意の取消（訪問診療等）",
            "revoke-consent",
        ));
    };
    let mut seen = BTreeSet::new();
    if let Some(twice) = revocations.iter().find(|r| !seen.insert(r.id.as_str())) {
        return Err(faults::bad_query(
            "id",
            format!("取消の識別子「{}」が重複しています。", twice.id),
            format!("Two revocations have the id `{}`.", twice.id),
        ));
    }
    // Before anything is sent: half a list withdrawn is worse than none.
    let requests = revocations
        .iter()
        .map(|one| request(ctx, one).map_err(|fault| fault.with("id", &one.id)))
        .collect::<Result<Vec<_>, _>>()?;
    let terminal = Terminal::open(ctx, host)?;
    let mut names = Vec::with_capacity(requests.len());
    for request in &requests {
        names.push(terminal.put_by(layout, request)?);
    }
    let arrivals = terminal.wait_all(&names)?;
    Ok(revocations
        .iter()
        .zip(&names)
        .zip(arrivals)
        .map(|((one, name), arrival)| {
            let result = match arrival {
                Some(arrival) => read(&terminal, layout, one, &arrival),
                None => Err(faults::unclear(name, terminal.minutes())),
            };
            let mut result = result.unwrap_or_else(|fault| RevocationResult {
                id: one.id.clone(),
                revoked: false,
                code: None,
                text: Some(fault.message_ja.clone()),
                extra: fault_values("fault", &fault),
            });
            result
                .extra
                .push(("layout-sheet".to_owned(), layouts.sheet().to_owned()));
            result
        })
        .collect())
}

fn request(ctx: &Context<Settings>, one: &Revocation) -> Result<RevokeRequest, Fault> {
    let charset = ctx.settings.charset();
    let card = ask::card(&one.holder, charset)?;
    if one.kinds.is_empty() {
        return Err(faults::bad_query(
            "kinds",
            "取り消す同意の種別がありません。",
            "No kind of consent is named.",
        ));
    }
    let reference = one
        .holder
        .extra
        .iter()
        .find(|(name, _)| name == "reference-number");
    Ok(RevokeRequest {
        header: RequestHeader {
            institution_code: Some(ctx.station.institution_code.clone()),
            file_identifier: Some(ask::identifier(&one.id, charset)?),
            ..RequestHeader::default()
        },
        search: Some(RecheckSearch {
            insurer_number: Some(card.insurer_number),
            symbol: card.symbol,
            number: Some(card.number),
            branch: card.branch,
            birthdate: Some(card.birthdate),
            reference_number: reference.map(|(_, number)| number.clone()),
            identifier: Some(one.id.clone()),
            treatment: Some(TreatmentKind::HomeVisit),
            ..RecheckSearch::default()
        }),
        kinds: one
            .kinds
            .iter()
            .map(|kind| ConsentInformation::from(kind.as_str()))
            .collect(),
        ..RevokeRequest::default()
    })
}

fn read(
    terminal: &Terminal<'_>,
    layout: &Layout<RevokeRequest, RevokeAnswer>,
    one: &Revocation,
    arrival: &Arrival,
) -> Result<RevocationResult, Fault> {
    let answer = terminal.read_by(layout, arrival)?.message;
    terminal.check_header(arrival, &answer.header, &one.id)?;
    done(arrival, &answer.header)?;
    let reference = one
        .holder
        .extra
        .iter()
        .find(|(name, _)| name == "reference-number");
    if let Some((_, asked)) = reference {
        let answered = answer.reference_number.as_deref();
        check_echo(arrival, "reference-number", asked, answered)?;
    }
    let result = answer.person();
    // Withdrawn is only what the answer says is: a status where it has one, else the segment.
    let said = answer.status.is_some() || answer.header.segment.is_some();
    Ok(RevocationResult {
        id: one.id.clone(),
        revoked: said && !result.is_error,
        code: result.code.map(str::to_owned),
        text: result.text.map(str::to_owned),
        extra: leaves(answer.header.extra.iter().chain(&answer.extra)),
    })
}
