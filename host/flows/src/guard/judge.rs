//! One receipt, day by day.

use super::compare::{coverage, grown_old, person};
use super::notice;
use super::{About, EligibilityReason, Finding, GuardedReceipt, Level, Shown, Verdict};
use crate::answers::{self, Answer, Validity, known_on};
use crate::coverage::{Coverage, Difference};
use crate::decide::Reason;
use crate::welfare::Ticket;
use reseplug_model::Date;

/// Judges one receipt by what is known about its person. Nothing is asked and nothing changed:
/// the same receipt and the same evidence have the same verdict.
///
/// 公費単独 receipts carry no coverage that an answer could confirm: without a 医療券 that fits
/// they are reported as not confirmed, so that it is looked at.
pub fn judge(receipt: &GuardedReceipt, known: About<'_>) -> Verdict {
    let Some(on_file) = &receipt.coverage else {
        return welfare(receipt, known);
    };
    let mut findings: Vec<Finding> = Vec::new();
    for &day in &receipt.days {
        for found in on_day(receipt, on_file, known, day) {
            match findings.iter_mut().find(|f| same_but_days(f, &found)) {
                Some(earlier) => earlier.days.push(day),
                None => findings.push(found),
            }
        }
    }
    Verdict::of(findings)
}

fn welfare(receipt: &GuardedReceipt, known: About<'_>) -> Verdict {
    let problem = |t: &Ticket| t.problem(receipt.service_month, known.station);
    let fits: Vec<&Ticket> = known
        .tickets
        .iter()
        .filter(|t| problem(t).is_none())
        .collect();
    let uncovered: Vec<Date> = receipt
        .days
        .iter()
        .filter(|day| !fits.iter().any(|t| t.valid.contains(**day)))
        .copied()
        .collect();
    if uncovered.is_empty() && !fits.is_empty() {
        return Verdict::of(Vec::new());
    }
    let why = if fits.is_empty() {
        // The ticket of the month says most; without one, none is known.
        known
            .tickets
            .iter()
            .filter(|t| t.month == Some(receipt.service_month))
            .find_map(problem)
            .unwrap_or(Reason::TicketMissing)
    } else {
        Reason::TicketOutsidePeriod
    };
    Verdict::of(vec![Finding {
        level: Level::NotConfirmed,
        reason: None,
        why: Some(why),
        days: uncovered,
        fields: Vec::new(),
        shown_by: None,
    }])
}

fn same_but_days(a: &Finding, b: &Finding) -> bool {
    (a.level, a.reason, a.why, &a.fields, &a.shown_by)
        == (b.level, b.reason, b.why, &b.fields, &b.shown_by)
}

/// What is to be said about one day.
fn on_day(
    receipt: &GuardedReceipt,
    on_file: &Coverage,
    known: About<'_>,
    day: Date,
) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut confirmed = false;
    let mut confirmed_at = None;
    match known_on(known.answers, day) {
        answers::Known::Confirmed(answer, answered) => {
            confirmed = on_file.is_same(answered);
            confirmed_at = confirmed.then_some(answer.answered_at.as_str());
            found.extend(coverage(on_file, answer, answered, known.answers, day));
            found.extend(person(receipt, known.also, on_file, answer, answered, day));
            if confirmed && !electronically(on_file, known.answers, day) {
                found.push(Finding {
                    level: Level::Note,
                    ..open(day, None, Reason::CertificateOnly, Some(answer))
                });
            }
            if confirmed && certificate_ended(answered, day) {
                let why = Reason::ElderlyCertificateExpired;
                found.push(open(day, None, why, Some(answer)));
            }
        }
        answers::Known::Stated(answer, answered) => {
            let otherwise = coverage(on_file, answer, answered, known.answers, day);
            if otherwise.is_none() {
                let why = if certificate_ended(answered, day) {
                    Reason::ElderlyCertificateExpired
                } else {
                    Reason::NeverAsked
                };
                found.push(open(day, None, why, Some(answer)));
            }
            found.extend(otherwise);
            found.extend(person(receipt, known.also, on_file, answer, answered, day));
        }
        answers::Known::Denied(answer) => found.push(
            lost(on_file, known.answers, day)
                .or_else(|| cautioned(known, day))
                .unwrap_or_else(|| denied(answer, day)),
        ),
        answers::Known::Nothing => found.push(
            lost(on_file, known.answers, day)
                .or_else(|| cautioned(known, day))
                .unwrap_or_else(|| open(day, None, Reason::NeverAsked, None)),
        ),
    }
    found.extend(other_birth_date(receipt, known, day));
    notice::add(receipt, on_file, known, day, confirmed_at, &mut found);
    let elderly = Some(EligibilityReason::ElderlySystem);
    if let Some(of_age) = grown_old(receipt, on_file, day, confirmed)
        && !found.iter().any(|f| f.reason == elderly)
    {
        // Whom to ask follows from the age: that nobody asked the old insurer is no news.
        if of_age.level == Level::Contradicted && of_age.reason == elderly {
            found.retain(|f| f.level != Level::NotConfirmed);
        }
        found.push(of_age);
    }
    found
}

/// A day that no answer confirms.
fn open(
    day: Date,
    reason: Option<EligibilityReason>,
    why: Reason,
    answer: Option<&Answer>,
) -> Finding {
    Finding {
        level: Level::NotConfirmed,
        reason,
        why: Some(why),
        days: vec![day],
        fields: Vec::new(),
        shown_by: answer.map(Shown::by),
    }
}

/// An answer as of the day or later that is not 有効. What it names may have been a typing
/// error or a late registration (seen at sites), so the day is not confirmed, not uncovered.
fn denied(answer: &Answer, day: Date) -> Finding {
    let reason = match answer.validity {
        Validity::Invalid => Some(EligibilityReason::AfterLoss),
        Validity::InvalidNewExists => Some(EligibilityReason::OldCard),
        Validity::NotFound => Some(EligibilityReason::NoSuchPerson),
        Validity::Several
        | Validity::Valid
        | Validity::ValidUnregistered
        | Validity::Error
        | Validity::Other(_) => None,
    };
    let why = Reason::denied(answer);
    Finding {
        fields: vec![Difference {
            field: "資格有効性".to_owned(),
            on_file: String::new(),
            answered: answer.validity.name_ja(),
        }],
        ..open(day, reason, why, Some(answer))
    }
}

/// An answer that says when the receipt's own coverage ended, before the day.
fn lost(on_file: &Coverage, answers: &[Answer], day: Date) -> Option<Finding> {
    let ended = |answer: &&Answer| {
        answer.coverage.as_ref().is_some_and(|known| {
            on_file.continues(known) && known.period.to.is_some_and(|to| to < day)
        })
    };
    let answer = answers
        .iter()
        .filter(ended)
        .max_by(|a, b| a.came().cmp(&b.came()))?;
    let last = answer.coverage.as_ref()?.period.to?;
    Some(Finding {
        level: Level::Contradicted,
        reason: Some(EligibilityReason::AfterLoss),
        why: None,
        days: vec![day],
        fields: vec![Difference {
            field: "資格の最後の日".to_owned(),
            on_file: String::new(),
            answered: last.to_string(),
        }],
        shown_by: Some(Shown::by(answer)),
    })
}

/// An answer that reaches the day and that no machine may use.
fn cautioned(known: About<'_>, day: Date) -> Option<Finding> {
    let one = known.cautioned.iter().find(|c| {
        c.reason != Reason::BirthDateDiffers
            && c.answer
                .coverage
                .as_ref()
                .is_some_and(|k| k.period.contains(day))
    })?;
    Some(open(day, None, one.reason, Some(&one.answer)))
}

/// An answer to this person's numbers with another birth date.
fn other_birth_date(receipt: &GuardedReceipt, known: About<'_>, day: Date) -> Option<Finding> {
    let one = known.cautioned.iter().find(|c| {
        c.reason == Reason::BirthDateDiffers
            && c.answer.as_of >= day
            && c.answer
                .coverage
                .as_ref()
                .is_some_and(|k| k.period.contains(day))
    })?;
    let answered = one.answer.person.as_ref()?.birth_date?;
    (answered != receipt.birth_date).then(|| Finding {
        level: Level::Contradicted,
        reason: Some(EligibilityReason::WrongBirthDate),
        why: Some(Reason::BirthDateDiffers),
        days: vec![day],
        fields: vec![Difference {
            field: "生年月日".to_owned(),
            on_file: receipt.birth_date.to_string(),
            answered: answered.to_string(),
        }],
        shown_by: Some(Shown::by(&one.answer)),
    })
}

/// Whether the central system itself confirms the receipt's coverage for the day: what somebody saw
/// on paper counts as a confirmation, and never as that one.
fn electronically(on_file: &Coverage, answers: &[Answer], day: Date) -> bool {
    answers.iter().any(|answer| {
        answer.method.is_electronic()
            && answer.validity == Validity::Valid
            && answer.as_of >= day
            && answer
                .coverage
                .as_ref()
                .is_some_and(|c| c.period.contains(day) && on_file.is_same(c))
    })
}

fn certificate_ended(answered: &Coverage, day: Date) -> bool {
    answered
        .elderly_certificate
        .and_then(|p| p.to)
        .is_some_and(|to| to < day)
}

impl Shown {
    /// The answer as the origin of a finding.
    pub(crate) fn by(answer: &Answer) -> Self {
        Self {
            evidence: answer.id.clone(),
            method: answer.method.word().to_owned(),
            message: answer.message.clone(),
            as_of: answer.as_of,
            answered_at: answer.answered_at.clone(),
        }
    }
}
