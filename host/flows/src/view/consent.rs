//! Why there is no consent to look under, and what to do about it.

use super::Look;
use crate::consents::{ConsentLine, ConsentState, Scope};
use crate::people::Person;
use reseplug_effect::Fault;

/// The live consent of a person that stands for a scope.
pub(super) fn live<'l>(
    lines: &'l [ConsentLine],
    person_key: &str,
    scope: Scope,
) -> Option<&'l ConsentLine> {
    lines.iter().find(|line| {
        line.person_key == person_key
            && line.kind == scope.kind()
            && line.state == ConsentState::Live
    })
}

/// The live consents for all of these, or why there is not each of them.
pub(super) fn all(
    lines: &[ConsentLine],
    person: &Person,
    scopes: &[Scope],
) -> Result<Vec<ConsentLine>, Fault> {
    scopes
        .iter()
        .map(|scope| {
            live(lines, &person.key, *scope)
                .cloned()
                .ok_or_else(|| refusal(lines, person, *scope))
        })
        .collect()
}

/// The live consents that a look which is begun now rests on, with 診療情報 where that may be
/// asked for as well; or why there is none.
pub(super) fn to_look(
    lines: &[ConsentLine],
    person: &Person,
    look: Look,
) -> Result<Vec<ConsentLine>, Fault> {
    let with_diagnoses = live(lines, &person.key, Scope::Care).is_some();
    all(lines, person, &look.scopes(with_diagnoses))
}

const AGAIN_JA: &str = "次の訪問で本人に同意をもらい、`reseplug intake` で集めてください。";
const AGAIN_EN: &str =
    "have them agree anew at the next visit and collect it with `reseplug intake`";

/// 診療情報 is asked for with 薬剤情報, which may be looked at without it.
const DRUGS_ALONE_JA: &str = "薬剤情報だけなら、もう一度閲覧の操作をすれば見られます。";
const DRUGS_ALONE_EN: &str = "look again for the drugs alone";

/// Why there is none.
pub(super) fn refusal(lines: &[ConsentLine], person: &Person, scope: Scope) -> Fault {
    let who = format!("{}さん（{}）", person.identity.name, person.key);
    let what = scope.name_ja();
    let line = lines
        .iter()
        .filter(|l| l.person_key == person.key && l.kind == scope.kind())
        .rfind(|l| l.state != ConsentState::Superseded);
    let day =
        |text: Option<&String>| text.map_or_else(String::new, |t| t.chars().take(10).collect());
    let (code, why_ja, why_en) = match line.map(|l| (l, l.state)) {
        Some((line, ConsentState::Expired)) => match &line.until {
            Some(_) => (
                "consent/expired",
                format!("{}で期限が切れました", day(line.until.as_ref())),
                format!("it ended on {}", day(line.until.as_ref())),
            ),
            None => (
                "consent/expired",
                format!(
                    "センターの回答（{}、{}）で期限切れになっています",
                    line.source.message,
                    day(Some(&line.source.answered_at))
                ),
                format!(
                    "the centre called it expired ({}, {})",
                    line.source.message,
                    day(Some(&line.source.answered_at))
                ),
            ),
        },
        Some((line, ConsentState::Withdrawn)) => {
            let at = line.withdrawal.as_ref().map(|w| &w.at);
            (
                "consent/withdrawn",
                format!("{}に取り消されました", day(at)),
                format!("it was withdrawn on {}", day(at)),
            )
        }
        Some((_, ConsentState::UnknownUntil)) => (
            "consent/end-unknown",
            "いつまで有効かが回答にないため、有効とみなせません（訪問診療等の期限は公開されていません）".to_owned(),
            "the answer does not say until when it holds, so it cannot count as live".to_owned(),
        ),
        Some((line, ConsentState::Declined)) => (
            "consent/declined",
            format!("{}の回答では同意していません", day(Some(&line.source.answered_at))),
            format!("declined by the answer of {}", day(Some(&line.source.answered_at))),
        ),
        Some((line, _)) => (
            "consent/unclear",
            format!("回答の同意フラグ「{}」の意味が分かりません", line.flag),
            format!("the flag `{}` has no known meaning", line.flag),
        ),
        None => (
            "consent/none",
            "記録がありません".to_owned(),
            "none is on record".to_owned(),
        ),
    };
    let (again_ja, again_en) = match scope {
        Scope::Care => (DRUGS_ALONE_JA, DRUGS_ALONE_EN),
        _ => (AGAIN_JA, AGAIN_EN),
    };
    Fault::new(
        code,
        format!("{who}の{what}の閲覧への同意は、{why_ja}。何も表示していません。{again_ja}"),
        format!(
            "no live consent to view {} of {}: {why_en}. Nothing is shown; {again_en}",
            scope.name_en(),
            person.key
        ),
    )
}
