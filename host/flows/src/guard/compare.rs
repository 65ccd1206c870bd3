//! A receipt beside a valid answer: which of the twelve a difference is.

use super::{EligibilityReason, Finding, GuardedReceipt, Level, Shown};
use crate::answers::Answer;
use crate::coverage::{Coverage, Difference};
use crate::matching::Spelling;
use receden::PersonKind;
use reseplug_model::{
    Date, InsurerKind, Relationship, Sex, elderly_recipient_from, fold, has_missing_glyph,
    turns_75_on,
};

fn difference(field: &str, on_file: impl ToString, answered: impl ToString) -> Difference {
    Difference {
        field: field.to_owned(),
        on_file: on_file.to_string(),
        answered: answered.to_string(),
    }
}

fn finding(
    level: Level,
    reason: EligibilityReason,
    day: Date,
    fields: Vec<Difference>,
    answer: Option<&Answer>,
) -> Finding {
    Finding {
        level,
        reason: Some(reason),
        why: None,
        days: vec![day],
        fields,
        shown_by: answer.map(Shown::by),
    }
}

/// The coverage of the receipt beside the one answered for the day.
///
/// A difference of 枝番 counts with 記号・番号 (inferred: none of the twelve is its own).
pub(super) fn coverage(
    on_file: &Coverage,
    answer: &Answer,
    answered: &Coverage,
    answers: &[Answer],
    day: Date,
) -> Option<Finding> {
    let fields = on_file.differences(answered);
    if fields.is_empty() {
        return None;
    }
    let reason = if on_file.insurer == answered.insurer {
        let once = |a: &Answer| a.coverage.as_ref().is_some_and(|c| on_file.continues(c));
        if !on_file.continues(answered) && answers.iter().any(once) {
            EligibilityReason::OldCard
        } else {
            EligibilityReason::WrongNumber
        }
    } else {
        match (scheme(on_file), scheme(answered)) {
            (Scheme::Elderly, Scheme::Elderly) => EligibilityReason::AfterLoss,
            (_, Scheme::Elderly) => EligibilityReason::ElderlySystem,
            (Scheme::Employees, Scheme::National) => EligibilityReason::NationalHealth,
            _ => EligibilityReason::AfterLoss,
        }
    };
    Some(finding(
        Level::Contradicted,
        reason,
        day,
        fields,
        Some(answer),
    ))
}

#[derive(PartialEq)]
enum Scheme {
    National,
    Elderly,
    Employees,
}

fn scheme(coverage: &Coverage) -> Scheme {
    match coverage.insurer.kind() {
        InsurerKind::NationalHealth | InsurerKind::NationalHealthRetired => Scheme::National,
        InsurerKind::Elderly => Scheme::Elderly,
        _ => Scheme::Employees,
    }
}

/// The person of the receipt beside the one the answer states.
pub(super) fn person(
    receipt: &GuardedReceipt,
    also: &[Spelling],
    on_file: &Coverage,
    answer: &Answer,
    answered: &Coverage,
    day: Date,
) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut say = |level, reason, fields| {
        found.push(finding(level, reason, day, fields, Some(answer)));
    };
    if let Some(stated) = &answer.person {
        if let Some(level) = name(&receipt.name, &stated.name, also) {
            let fields = vec![difference("氏名", &receipt.name, &stated.name)];
            say(level, EligibilityReason::WrongName, fields);
        }
        if stated.sex != receipt.sex {
            let level = match stated.sex {
                Sex::Male | Sex::Female => Level::Contradicted,
                Sex::Unset | Sex::Other(_) => Level::Note,
            };
            let fields = vec![difference(
                "男女区分",
                receipt.sex.name_ja(),
                stated.sex.name_ja(),
            )];
            say(level, EligibilityReason::WrongSex, fields);
        }
        if let Some(birth) = stated.birth_date.filter(|d| *d != receipt.birth_date) {
            let fields = vec![difference("生年月日", receipt.birth_date, birth)];
            say(
                Level::Contradicted,
                EligibilityReason::WrongBirthDate,
                fields,
            );
        }
    }
    // Under another coverage 本人 and 家族 say nothing about this one.
    if on_file.is_same(answered)
        && let Some(fields) = kind(receipt, answered)
    {
        say(
            Level::Contradicted,
            EligibilityReason::WrongRelationship,
            fields,
        );
    }
    found
}

/// How far the receipt's name is from the answer's: the same, in whatever width and with whatever
/// blank; the same but for the form of a character (a claim file cannot hold every one) or a
/// spelling that somebody accepted, or not to be told because of a missing glyph; or another.
fn name(on_file: &str, answered: &str, also: &[Spelling]) -> Option<Level> {
    let alike = |a: &str, b: &str| fold::name_variants(a) == fold::name_variants(b);
    let accepted = || {
        let spelled = |name: &str| {
            also.iter()
                .any(|s| s.name.as_deref().is_some_and(|n| alike(n, name)))
        };
        spelled(on_file) || spelled(answered)
    };
    if answered.is_empty() || fold::name(on_file) == fold::name(answered) {
        None
    } else if alike(on_file, answered) || has_missing_glyph(answered) || accepted() {
        Some(Level::Note)
    } else {
        Some(Level::Contradicted)
    }
}

/// 本人・家族, and the burden of the elderly, in レセプト種別 beside the answer. What an answer
/// does not hold (後期 has no 本人・家族, a bulk answer no burden) is not compared.
fn kind(receipt: &GuardedReceipt, answered: &Coverage) -> Option<Vec<Difference>> {
    let on_file = receipt.kind?;
    let other = match (on_file, answered.relationship, answered.burden_percent) {
        (PersonKind::Insured, Some(Relationship::Family), _) => PersonKind::Family,
        (PersonKind::Family, Some(Relationship::Insured), _) => PersonKind::Insured,
        (PersonKind::ElderlyGeneral, _, Some(30)) => PersonKind::ElderlyHigh,
        (PersonKind::ElderlyHigh, _, Some(percent)) if percent != 30 => PersonKind::ElderlyGeneral,
        _ => return None,
    };
    Some(vec![difference(
        "本人・家族等",
        on_file.name_ja(),
        other.name_ja(),
    )])
}

/// What follows from the age on the day, whatever was answered: 後期高齢者医療 from the 75th
/// birthday, 高齢受給者 from the month after the 70th year is completed.
///
/// An answer that confirms the receipt's coverage although the person is 75 outweighs the
/// rule: 生活保護 and late registrations are exceptions that only the answer knows.
pub(super) fn grown_old(
    receipt: &GuardedReceipt,
    on_file: &Coverage,
    day: Date,
    confirmed: bool,
) -> Option<Finding> {
    if on_file.insurer.is_elderly_system() {
        return None;
    }
    if turns_75_on(receipt.birth_date).is_some_and(|from| from <= day) {
        let level = if confirmed {
            Level::Note
        } else {
            Level::Contradicted
        };
        let fields = vec![difference(
            "保険者番号",
            on_file.insurer,
            "後期高齢者医療（75歳から）",
        )];
        let reason = EligibilityReason::ElderlySystem;
        return Some(finding(level, reason, day, fields, None));
    }
    let of_age = elderly_recipient_from(receipt.birth_date).is_some_and(|from| from <= day.month());
    let kind = receipt.kind?;
    let as_elderly = matches!(kind, PersonKind::ElderlyGeneral | PersonKind::ElderlyHigh);
    (of_age != as_elderly).then(|| {
        let due = if of_age {
            "高齢受給者（70歳から）"
        } else {
            "高齢受給者（70歳から）になる前"
        };
        finding(
            Level::Contradicted,
            EligibilityReason::WrongRelationship,
            day,
            vec![difference("本人・家族等", kind.name_ja(), due)],
            None,
        )
    })
}
