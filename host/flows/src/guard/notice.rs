//! What payers' notices say of a day: shown as notices, outweighed by any later electronic
//! answer, and never a confirmation themselves.

use super::compare::coverage;
use super::{About, EligibilityReason, Finding, GuardedReceipt, Level, Shown};
use crate::coverage::{Coverage, Difference};
use crate::decide::Reason;
use crate::notices::{Kind, Noticed};
use reseplug_model::{Date, Period};

/// Adds what the notices say of one day. `confirmed_at`: when an answer confirmed the receipt's
/// coverage for the day, if one did.
pub(super) fn add(
    receipt: &GuardedReceipt,
    on_file: &Coverage,
    about: About<'_>,
    day: Date,
    confirmed_at: Option<&str>,
    found: &mut Vec<Finding>,
) {
    let level = |one: &Noticed, usual: Level| {
        if confirmed_at.is_some_and(|at| at >= one.answered_at.as_str()) {
            Level::Note
        } else {
            usual
        }
    };
    if let Some((one, stated)) = stated(about.notices, day) {
        let answer = one.as_answer();
        match coverage(on_file, &answer, &stated, about.answers, day) {
            Some(other) => push(
                found,
                Finding {
                    level: level(one, other.level),
                    ..other
                },
            ),
            None => supported(found, one),
        }
    }
    for one in about.notices {
        let notice = &one.notice;
        let same = |c: &Coverage| on_file.continues(c);
        match notice.kind {
            Kind::Loss => {
                let ended = notice.period.to.filter(|to| *to < day);
                if let Some(last) = ended
                    && notice.stated.as_ref().is_some_and(same)
                {
                    let fields = vec![field("資格の最後の日", String::new(), last)];
                    let level = level(one, Level::Contradicted);
                    let reason = EligibilityReason::AfterLoss;
                    push(found, finding(one, level, reason, None, day, fields));
                }
            }
            Kind::Branch => {
                let covered = notice.stated.as_ref().is_none_or(same);
                let branch = notice
                    .branch
                    .as_ref()
                    .filter(|_| covered && reaches(one, day))
                    .filter(|b| on_file.branch.as_ref() != Some(*b));
                if let Some(branch) = branch {
                    let old = on_file.branch.as_ref().map(ToString::to_string);
                    let fields = vec![field("枝番", old.unwrap_or_default(), branch)];
                    let level = level(one, Level::Contradicted);
                    let reason = EligibilityReason::WrongNumber;
                    push(found, finding(one, level, reason, None, day, fields));
                }
            }
            Kind::Returned => {
                let again = notice.filed.as_ref().is_some_and(same)
                    && notice
                        .service_month
                        .is_none_or(|m| m <= receipt.service_month);
                if let Some(reason) = notice.reason.filter(|_| again) {
                    let level = level(one, Level::NotConfirmed);
                    let why = Some(Reason::Returned);
                    push(found, finding(one, level, reason, why, day, Vec::new()));
                }
            }
            Kind::Transfer
            | Kind::Split
            | Kind::Unchanged
            | Kind::NotConfirmed
            | Kind::AsFiled
            | Kind::Unknown => {}
        }
    }
}

/// The latest statement of a coverage that holds on the day. One without a first day speaks of
/// its own month only.
fn stated(notices: &[Noticed], day: Date) -> Option<(&Noticed, Coverage)> {
    notices
        .iter()
        .filter(|one| matches!(one.notice.kind, Kind::Transfer | Kind::Split))
        .filter_map(|one| Some((one, one.notice.stated.clone()?)))
        .filter(|(one, covered)| covered.period.contains(day) && reaches(one, day))
        .max_by(|(a, _), (b, _)| (&a.answered_at, a.recorded).cmp(&(&b.answered_at, b.recorded)))
}

/// Whether a notice may speak of a day: with a first day from that on, else from its month on
/// for a branch number, and in its month for anything else.
fn reaches(one: &Noticed, day: Date) -> bool {
    let notice = &one.notice;
    match (notice.period, notice.service_month) {
        (
            Period {
                from: Some(from), ..
            },
            _,
        ) => from <= day,
        (_, Some(month)) if notice.kind == Kind::Branch => month <= day.month(),
        (_, Some(month)) => month == day.month(),
        (_, None) => false,
    }
}

/// The notice agrees with the receipt: what nobody asked is supported, not confirmed.
fn supported(found: &mut [Finding], one: &Noticed) {
    for open in found {
        if open.why == Some(Reason::NeverAsked) {
            open.why = Some(Reason::NoticeOnly);
            open.shown_by = Some(Shown::by(&one.as_answer()));
        }
    }
}

/// What an answer says already is not said again.
fn push(found: &mut Vec<Finding>, new: Finding) {
    let said = |f: &Finding| f.reason == new.reason && f.level >= new.level;
    if !found.iter().any(said) {
        found.push(new);
    }
}

fn finding(
    one: &Noticed,
    level: Level,
    reason: EligibilityReason,
    why: Option<Reason>,
    day: Date,
    fields: Vec<Difference>,
) -> Finding {
    Finding {
        level,
        reason: Some(reason),
        why,
        days: vec![day],
        fields,
        shown_by: Some(Shown::by(&one.as_answer())),
    }
}

fn field(name: &str, on_file: String, answered: impl ToString) -> Difference {
    Difference {
        field: name.to_owned(),
        on_file,
        answered: answered.to_string(),
    }
}
