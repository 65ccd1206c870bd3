//! Why there is no consent to look under, and what to do about it.

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

const AGAIN_JA: &str = "次の訪問で本人に同意をもらい、`reseplug intake` で集めてください。";
const AGAIN_EN: &str =
    "have them agree anew at the next visit and collect it with `reseplug intake`";

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
    Fault::new(
        code,
        format!("{who}の{what}の閲覧への同意は、{why_ja}。取得していません。{AGAIN_JA}"),
        format!(
            "no live consent to view {} of {}: {why_en}. Nothing was fetched; {AGAIN_EN}",
            scope.name_en(),
            person.key
        ),
    )
}
