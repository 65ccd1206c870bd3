//! An answer as the store keeps it and as the decisions read it.

use super::{NOBODY, sex};
use crate::answers::{Answer, Loss, Method, Stated, Validity};
use crate::coverage::Coverage;
use crate::decide::{Reason, Signs, caution};
use crate::group::last_covered_day;
use crate::notices::Notice;
use crate::proposal::Source;
use reseplug_effect::Fault;
use reseplug_engine::contract;
use reseplug_journal::{Evidence, document_digest};
use reseplug_model::Date;
use reseplug_policy::LossDay;
use serde::{Deserialize, Serialize};

/// What an evidence row keeps: the question, where there was one, and the answer, both as the
/// contract has them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// The question; absent for a card read at home.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<contract::Query>,
    /// The answer.
    pub answer: contract::Verification,
    /// What a payer's notice says; then there is no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<Notice>,
}

impl Told {
    /// What a row keeps.
    pub(crate) fn of(row: &Evidence) -> Result<Self, Fault> {
        serde_json::from_str(&row.coverage)
            .map_err(|e| crate::host::not_json(&format!("evidence {}", row.id), &e))
    }

    /// The same as a row keeps it.
    pub(crate) fn text(&self) -> Result<String, Fault> {
        serde_json::to_string(self).map_err(|e| crate::host::not_json("evidence", &e))
    }
}

/// No answer: what a row holds that rests on something else.
pub(crate) fn blank_answer(message: &str, at: &str) -> contract::Verification {
    contract::Verification {
        query_id: String::new(),
        as_of: None,
        answered_at: at.to_owned(),
        message: message.to_owned(),
        reference_class: None,
        validity: None,
        found: Vec::new(),
        code: None,
        text: None,
        is_error: false,
        extra: Vec::new(),
    }
}

/// 有効期限 of the card an answer or a 資格確認書 is about.
pub(super) fn card_expires(told: &contract::Verification) -> Option<Date> {
    insurances(told)
        .flat_map(|found| &found.coverage.extra)
        .find(|(name, _)| name == CARD_EXPIRES)
        .and_then(|(_, day)| Date::parse_compact(day).or_else(|_| Date::parse(day)).ok())
}

/// Element name of the last day of a card or 資格確認書.
pub(crate) const CARD_EXPIRES: &str = "InsuredCardExpirationDate";

/// 医療扶助 stands beside 医療保険 in an answer; it is told by its tickets and its 法別.
fn is_welfare(found: &contract::Found) -> bool {
    !found.tickets.is_empty()
        || (found.coverage.insurer_number.len() == 8
            && ["12", "25"].contains(&found.coverage.insurer_number.get(..2).unwrap_or_default()))
}

pub(super) fn insurances(told: &contract::Verification) -> impl Iterator<Item = &contract::Found> {
    told.found.iter().filter(|f| !is_welfare(f))
}

pub(super) fn caution_of(
    person: &contract::Person,
    told: &contract::Verification,
    on_file: Option<Date>,
) -> Option<Reason> {
    let Ok(birth_date) = Date::parse(&person.birth_date) else {
        return Some(Reason::BirthDateDiffers);
    };
    let sex = sex(&person.sex);
    caution(
        &Signs {
            name: &person.name,
            sex: &sex,
            birth_date,
            insurances: insurances(told).count(),
            card_class: insurances(told)
                .next()
                .and_then(|f| f.coverage.card_class.as_deref()),
        },
        on_file,
    )
}

pub(super) fn source(row: &Evidence, answer: &Answer) -> Source {
    Source {
        evidence: row.id.clone(),
        message: row.message.clone(),
        as_of: answer.as_of,
        answered_at: row.answered_at.clone(),
    }
}

/// What an answer states without the blanks that some systems put around symbol and number. Zeros in
/// front stay: they are part of what stands on the card.
fn unpadded(stated: &contract::Coverage) -> contract::Coverage {
    let trimmed = |text: &Option<String>| text.as_ref().map(|text| text.trim().to_owned());
    contract::Coverage {
        symbol: trimmed(&stated.symbol),
        number: stated.number.trim().to_owned(),
        branch: trimmed(&stated.branch),
        ..stated.clone()
    }
}

/// `recorded`: the row's place in the order of recording.
pub(super) fn answer(
    row: &Evidence,
    told: &contract::Verification,
    loss_day: LossDay,
    recorded: u64,
) -> Answer {
    let first = insurances(told).next();
    let loss = first.and_then(|found| {
        Some(Loss {
            on: Date::parse(found.disqualified_on.as_deref()?).ok()?,
            reason: found.reason_of_loss.clone(),
        })
    });
    let coverage = first.map(|found| {
        Coverage::parse(&unpadded(&found.coverage), None).map(|mut coverage| {
            if let Some(loss) = &loss {
                coverage.period.to = last_covered_day(loss.on, loss_day);
            }
            coverage
        })
    });
    let validity = match (&coverage, &told.validity) {
        (Some(Err(_)), _) => Validity::Error,
        _ if told.is_error => Validity::Error,
        (_, None) => Validity::Error,
        (_, Some(said)) => match said {
            contract::Validity::Valid => Validity::Valid,
            contract::Validity::Invalid => Validity::Invalid,
            contract::Validity::InvalidNewExists => Validity::InvalidNewExists,
            contract::Validity::NotFound => Validity::NotFound,
            contract::Validity::Several => Validity::Several,
            contract::Validity::ValidUnregistered => Validity::ValidUnregistered,
            contract::Validity::Other(code) => Validity::Other(code.clone()),
        },
    };
    Answer {
        id: row.id.clone(),
        as_of: Date::parse(&row.as_of).unwrap_or(NOBODY),
        answered_at: row.answered_at.clone(),
        message: row.message.clone(),
        method: Method::from_word(&row.method),
        validity,
        coverage: coverage.and_then(Result::ok),
        text: match (&told.code, &told.text) {
            (Some(code), Some(text)) => Some(format!("{code} {text}")),
            (code, text) => text.clone().or_else(|| code.clone()),
        },
        name: told
            .found
            .first()
            .map(|found| found.person.name.clone())
            .filter(|name| !name.is_empty()),
        loss,
        welfare: told.found.iter().any(is_welfare),
        income_changed: told
            .found
            .iter()
            .flat_map(|found| &found.extra)
            .filter(|(name, _)| name == "LimitApplicationCertificateChanged")
            .map(|(_, value)| value != "0")
            .reduce(|one, other| one || other),
        person: told.found.first().map(|found| Stated {
            name: found.person.name.clone(),
            sex: sex(&found.person.sex),
            birth_date: Date::parse(&found.person.birth_date).ok(),
        }),
        recorded,
    }
}

/// An answer as evidence. The same answer fetched twice is the same evidence: a card read at
/// home is told by whose it is, when they agreed, and what it says, not by when it was
/// fetched.
pub(crate) fn evidence(
    station: &str,
    person_key: &str,
    asked: Option<&contract::Query>,
    told: &contract::Verification,
    job: &str,
) -> Result<Evidence, Fault> {
    let method = if asked.is_some() {
        Method::Number
    } else {
        Method::Card
    };
    evidence_by(&method, station, person_key, asked, told, job)
}

/// The same, obtained in another way than by a card or by numbers.
pub(crate) fn evidence_by(
    method: &Method,
    station: &str,
    person_key: &str,
    asked: Option<&contract::Query>,
    told: &contract::Verification,
    job: &str,
) -> Result<Evidence, Fault> {
    let as_of = match (&told.as_of, asked) {
        (Some(day), _) => day.clone(),
        (None, Some(query)) => query.as_of.clone(),
        // A card read at home: the day of the reading, which the consents tell; collected on a
        // later day it speaks of no later one (inferred: no public text says which day it is).
        (None, None) => told
            .found
            .iter()
            .flat_map(|f| &f.consents)
            .filter_map(|c| c.given_at.as_deref())
            .max()
            .unwrap_or(&told.answered_at)
            .chars()
            .take(10)
            .collect(),
    };
    let mut same = told.clone();
    if asked.is_none() {
        same.answered_at = String::new();
    }
    if asked.is_none() && *method == Method::Card {
        same.as_of = None;
        // Reception numbers and the like differ from fetch to fetch.
        same.extra = Vec::new();
    }
    let what = serde_json::json!([
        station,
        person_key,
        asked.map(|q| (&q.as_of, numbers_asked(q))),
        same
    ]);
    let digest = document_digest(what.to_string().as_bytes());
    let text = Told {
        asked: asked.cloned(),
        answer: told.clone(),
        notice: None,
    }
    .text()?;
    Ok(Evidence {
        id: format!("ev-{}", digest.get(..16).unwrap_or(&digest)),
        station: station.to_owned(),
        person_key: person_key.to_owned(),
        as_of,
        answered_at: told.answered_at.clone(),
        method: method.word().to_owned(),
        message: told.message.clone(),
        validity: validity_word(told),
        coverage: text,
        job: Some(job.to_owned()),
        step: None,
        source: None,
        recorded: None,
    })
}

fn numbers_asked(query: &contract::Query) -> [&str; 4] {
    [
        &query.insurer_number,
        query.symbol.as_deref().unwrap_or_default(),
        &query.number,
        query.branch.as_deref().unwrap_or_default(),
    ]
}

fn validity_word(told: &contract::Verification) -> String {
    let word = match &told.validity {
        Some(contract::Validity::Valid) => Validity::Valid,
        Some(contract::Validity::Invalid) => Validity::Invalid,
        Some(contract::Validity::InvalidNewExists) => Validity::InvalidNewExists,
        Some(contract::Validity::NotFound) => Validity::NotFound,
        Some(contract::Validity::Several) => Validity::Several,
        Some(contract::Validity::ValidUnregistered) => Validity::ValidUnregistered,
        Some(contract::Validity::Other(code)) => Validity::Other(code.clone()),
        None => Validity::Error,
    };
    word.word().to_owned()
}
