//! What becomes of a group: the decisions, as pure functions.
//!
//! The unit is always a group, never a field (資格 taken or left as a whole), and only 有効
//! ever fills. When unsure, the outcome is a reason and a person decides.

mod reason;

pub use reason::Reason;

use crate::answers::{Answer, Known, Stretch, stretches};
use crate::coverage::{BURDEN, Coverage, Difference};
use reseplug_model::{Date, Payer, Period, Sex, has_missing_glyph};
use serde::{Deserialize, Serialize};

/// How a group ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GroupOutcome {
    /// On file and answered alike.
    Same,
    /// Nothing was on file for the period.
    Fill,
    /// Changed from a day on: a further period.
    NewPeriod,
    /// The file says something else; a person or the station's policy decides.
    Differs,
    /// Any validity but 有効, or an answer that must not be used by a machine.
    NoAnswer,
    /// Nobody, or nobody for sure, on file is the answer's person.
    Unmatched,
    /// 公費, 受給者証, 自己負担上限額管理: shown, never touched.
    NotOurs,
}

impl GroupOutcome {
    /// The words staff read.
    pub fn name_ja(self) -> &'static str {
        match self {
            Self::Same => "一致",
            Self::Fill => "補完",
            Self::NewPeriod => "新しい資格",
            Self::Differs => "相違",
            Self::NoAnswer => "確認できず",
            Self::Unmatched => "本人不明",
            Self::NotOurs => "対象外",
        }
    }
}

/// What an answer says about itself besides the coverage, before anyone compares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signs<'a> {
    /// 氏名 of the answer.
    pub name: &'a str,
    /// 性別 of the answer.
    pub sex: &'a Sex,
    /// 生年月日 of the answer.
    pub birth_date: Date,
    /// How many 医療保険 results the answer has.
    pub insurances: usize,
    /// 被保険者証区分
    pub card_class: Option<&'a str>,
}

/// Why a valid answer must not be used by a machine, if it must not.
pub fn caution(signs: &Signs<'_>, on_file_birth_date: Option<Date>) -> Option<Reason> {
    if on_file_birth_date.is_some_and(|d| d != signs.birth_date) {
        return Some(Reason::BirthDateDiffers);
    }
    if has_missing_glyph(signs.name) {
        return Some(Reason::MissingGlyph);
    }
    if signs.insurances > 1 {
        return Some(Reason::SeveralResults);
    }
    if signs.card_class == Some("05") {
        return Some(Reason::SpecialCard);
    }
    match signs.sex {
        Sex::Male | Sex::Female => None,
        Sex::Unset | Sex::Other(_) => Some(Reason::SexUnset),
    }
}

/// What the register should become for one valid coverage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegisterChange {
    /// Nothing.
    None,
    /// A period where there was none.
    Open(Coverage),
    /// The period on file ends the day before, the answered one begins.
    CloseAndOpen {
        /// The period on file.
        before: Coverage,
        /// Its last day; absent where it ended earlier by itself.
        last_day: Option<Date>,
        /// The new period.
        after: Coverage,
    },
    /// The period on file is written otherwise.
    Replace {
        /// As it stands.
        before: Coverage,
        /// As it should.
        after: Coverage,
    },
}

/// Compares a valid answer with the coverage periods on file. `burden_place`: whether the product
/// holds 負担割合 at all.
pub fn register_change(
    on_file: &[Coverage],
    answered: &Coverage,
    as_of: Date,
    burden_place: bool,
) -> (GroupOutcome, RegisterChange) {
    let same = |c: &&Coverage| c.is_same(answered) && c.period.contains(as_of);
    if let Some(current) = on_file.iter().find(same) {
        let missing = burden_place && current.burden_percent.is_none();
        return match answered.burden_percent {
            Some(_) if missing => burden_change(current, answered, as_of),
            _ => (GroupOutcome::Same, RegisterChange::None),
        };
    }
    let Some(current) = on_file.iter().find(|c| c.period.contains(as_of)) else {
        let outcome = if on_file.is_empty() {
            GroupOutcome::Fill
        } else {
            GroupOutcome::NewPeriod
        };
        return (outcome, RegisterChange::Open(answered.clone()));
    };
    if only_burden(&current.differences(answered)) {
        return burden_change(current, answered, as_of);
    }
    let starts = answered.period.from;
    let began_before = starts.is_some_and(|from| current.period.from.is_none_or(|own| own < from));
    if began_before && !current.continues(answered) && current.insurer != answered.insurer {
        let last_day = starts.and_then(Date::prev_day);
        return (
            GroupOutcome::NewPeriod,
            RegisterChange::CloseAndOpen {
                before: current.clone(),
                last_day,
                after: answered.clone(),
            },
        );
    }
    let same_card = current.insurer == answered.insurer && current.number == answered.number;
    let after = Coverage {
        // What the answer does not say stays as the product has it.
        period: current.period,
        insurer_name: answered
            .insurer_name
            .clone()
            .or_else(|| current.insurer_name.clone()),
        // The branch number of another card is not this one's.
        branch: match same_card {
            true => answered.branch.or(current.branch),
            false => answered.branch,
        },
        relationship: answered.relationship.or(current.relationship),
        burden_percent: answered.burden_percent.or(current.burden_percent),
        elderly_certificate: answered.elderly_certificate.or(current.elderly_certificate),
        ..answered.clone()
    };
    (
        GroupOutcome::Differs,
        RegisterChange::Replace {
            before: current.clone(),
            after,
        },
    )
}

/// Whether 負担割合 differs and nothing else.
pub fn only_burden(differences: &[Difference]) -> bool {
    !differences.is_empty() && differences.iter().all(|d| d.field == BURDEN)
}

/// What becomes of 負担割合 where nothing else differs. A certificate (高齢受給者証) that began after the
/// period on file continues it from its first day, because the days before had another burden; one
/// that does not hold on the day says nothing.
fn burden_change(
    current: &Coverage,
    answered: &Coverage,
    as_of: Date,
) -> (GroupOutcome, RegisterChange) {
    let certificate = answered.elderly_certificate;
    if certificate.is_some_and(|days| !days.contains(as_of)) {
        return (GroupOutcome::Same, RegisterChange::None);
    }
    let after = Coverage {
        burden_percent: answered.burden_percent,
        elderly_certificate: certificate.or(current.elderly_certificate),
        ..current.clone()
    };
    let began = certificate.and_then(|days| days.from);
    match began {
        Some(from)
            if current.burden_percent.is_some()
                && current.period.from.is_none_or(|own| own < from) =>
        {
            let change = RegisterChange::CloseAndOpen {
                before: current.clone(),
                last_day: from.prev_day(),
                after: Coverage {
                    period: Period::new(Some(from), current.period.to),
                    ..after
                },
            };
            (GroupOutcome::NewPeriod, change)
        }
        _ => {
            let outcome = if current.burden_percent.is_none() {
                GroupOutcome::Fill
            } else {
                GroupOutcome::Differs
            };
            let change = RegisterChange::Replace {
                before: current.clone(),
                after,
            };
            (outcome, change)
        }
    }
}

/// What a finished receipt should become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReceiptChange {
    /// Nothing.
    None,
    /// The group replaced where it stands.
    InPlace(Coverage),
    /// The same, in the other payer's file.
    Move(Coverage),
    /// Several receipts, by day.
    Split(Vec<(Period, Coverage)>),
}

/// The decision about one receipt's coverage group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptDecision {
    /// How the group ends.
    pub outcome: GroupOutcome,
    /// What should change.
    pub change: ReceiptChange,
    /// The fields that differ.
    pub differences: Vec<Difference>,
    /// Why a person is needed, if one is.
    pub reason: Option<Reason>,
    /// The answers it rests on, by id.
    pub sources: Vec<String>,
}

/// Judges a receipt as of its charge days.
///
/// `payer` is where the receipt is filed now. Days about which nothing valid is known leave
/// the whole receipt as it is: a half-known month is a person's business.
pub fn judge_receipt(
    on_file: &Coverage,
    payer: Payer,
    days: &[Date],
    answers: &[Answer],
) -> ReceiptDecision {
    let found = stretches(answers, days);
    let sources = found
        .iter()
        .filter_map(|s| s.known.answer())
        .map(|a| a.id.clone())
        .collect();
    let left = |outcome, reason| ReceiptDecision {
        outcome,
        change: ReceiptChange::None,
        differences: Vec::new(),
        reason: Some(reason),
        sources: Vec::clone(&sources),
    };
    if let Some(reason) = found.iter().find_map(|s| unknown(s.known)) {
        return left(GroupOutcome::NoAnswer, reason);
    }
    if found.iter().any(|s| certificate_ended(s)) {
        return left(GroupOutcome::NoAnswer, Reason::ElderlyCertificateExpired);
    }
    let parts = merge(&found);
    let differences = parts
        .first()
        .map(|(_, c)| on_file.differences(c))
        .unwrap_or_default();
    let (outcome, change) = match parts.as_slice() {
        [] => (GroupOutcome::Same, ReceiptChange::None),
        [(_, one)] if on_file.is_same(one) => (GroupOutcome::Same, ReceiptChange::None),
        [(_, one)] if one.payer() == payer => (
            GroupOutcome::Differs,
            ReceiptChange::InPlace(Coverage::clone(one)),
        ),
        [(_, one)] => (
            GroupOutcome::Differs,
            ReceiptChange::Move(Coverage::clone(one)),
        ),
        _ => (
            GroupOutcome::NewPeriod,
            ReceiptChange::Split(by_period(&parts)),
        ),
    };
    let differences = match parts.last() {
        Some((_, last)) if parts.len() > 1 => on_file.differences(last),
        _ => differences,
    };
    ReceiptDecision {
        outcome,
        change,
        differences,
        reason: None,
        sources,
    }
}

fn unknown(known: Known<'_>) -> Option<Reason> {
    match known {
        Known::Confirmed(..) | Known::Stated(..) => None,
        Known::Denied(answer) => Some(Reason::denied(answer)),
        Known::Nothing => Some(Reason::NeverAsked),
    }
}

fn certificate_ended(stretch: &Stretch<'_>) -> bool {
    let end = stretch
        .known
        .coverage()
        .and_then(|c| c.elderly_certificate)
        .and_then(|p| p.to);
    match (end, stretch.days.last()) {
        (Some(end), Some(last)) => end < *last,
        _ => false,
    }
}

/// Neighbouring stretches under the same coverage are one part, confirmed or stated.
fn merge<'a>(found: &[Stretch<'a>]) -> Vec<(Vec<Date>, &'a Coverage)> {
    let mut parts: Vec<(Vec<Date>, &Coverage)> = Vec::new();
    for stretch in found {
        let Some(coverage) = stretch.known.coverage() else {
            continue;
        };
        match parts.last_mut() {
            Some((days, last)) if last.is_same(coverage) => days.extend(&stretch.days),
            _ => parts.push((stretch.days.clone(), coverage)),
        }
    }
    parts
}

/// Each part from the day its coverage begins to the day before the next one's.
fn by_period(parts: &[(Vec<Date>, &Coverage)]) -> Vec<(Period, Coverage)> {
    let starts: Vec<Option<Date>> = parts
        .iter()
        .enumerate()
        .map(
            |(i, (days, coverage))| match (i, coverage.period.from, days.first()) {
                (0, ..) => None,
                (_, Some(from), Some(first)) if from <= *first => Some(from),
                (_, _, first) => first.copied(),
            },
        )
        .collect();
    parts
        .iter()
        .enumerate()
        .map(|(i, (_, coverage))| {
            let from = starts.get(i).copied().flatten();
            let to = starts
                .get(i.saturating_add(1))
                .copied()
                .flatten()
                .and_then(Date::prev_day);
            (Period::new(from, to), (*coverage).clone())
        })
        .collect()
}

#[cfg(test)]
mod tests;
