//! A notice as a row of evidence, and back.

use super::{Kind, METHOD, Notice, Noticed};
use crate::people::{Told, blank_answer};
use reseplug_effect::Fault;
use reseplug_journal::{Evidence, document_digest};
use reseplug_model::Date;

/// The message of a notice: no message of the eligibility system begins so.
pub(super) fn message(kind: Kind) -> String {
    format!("notice:{}", kind.word())
}

/// The day a notice is about: the first of its coverage, else the first visit, else the first
/// of the month.
pub(super) fn about(notice: &Notice) -> Option<Date> {
    notice
        .period
        .from
        .or_else(|| notice.days.first().copied())
        .or_else(|| notice.service_month.map(|m| m.first_day()))
        .or(notice.period.to)
}

/// A notice as evidence. The same notice in another file, or in the same file again, is the
/// same evidence: it is told by whom it is about and what it says.
pub(super) fn evidence(
    station: &str,
    person_key: &str,
    notice: &Notice,
    known_at: &str,
    job: &str,
    source: &str,
) -> Result<Evidence, Fault> {
    let not_json = |e| crate::host::not_json("evidence", &e);
    let what = serde_json::to_value((station, notice)).map_err(not_json)?;
    let digest = document_digest(what.to_string().as_bytes());
    let day = about(notice).map(|d| d.to_string());
    let told = Told {
        asked: None,
        answer: blank_answer(&message(notice.kind), known_at),
        notice: Some(notice.clone()),
    };
    Ok(Evidence {
        id: format!("ev-{}", digest.get(..16).unwrap_or(&digest)),
        station: station.to_owned(),
        person_key: person_key.to_owned(),
        as_of: day.unwrap_or_else(|| known_at.chars().take(10).collect()),
        answered_at: known_at.to_owned(),
        method: METHOD.to_owned(),
        message: message(notice.kind),
        validity: notice.kind.word().to_owned(),
        coverage: told.text()?,
        job: Some(job.to_owned()),
        step: None,
        source: Some(source.to_owned()),
        recorded: None,
    })
}

/// The notice of a row, if it is one.
pub(crate) fn noticed(row: &Evidence, told: &Told) -> Option<Noticed> {
    let notice = told.notice.clone()?;
    Some(Noticed {
        id: row.id.clone(),
        as_of: Date::parse(&row.as_of).ok()?,
        answered_at: row.answered_at.clone(),
        recorded: row.recorded.unwrap_or_default(),
        notice,
    })
}
