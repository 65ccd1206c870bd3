//! What is looked at: the week, where filings and receipts stand, what waits, what was paid.

mod receipts;
mod settle;
mod status;
mod week;

pub(super) use receipts::{give_up, late, receipts};
pub(super) use settle::settle;
pub(super) use status::status;
pub(super) use week::week;

use super::args::Which;
use crate::exit::Exit;
use crate::output::Output;
use reseplug::{OTHER_SIDE, why_ja};
use reseplug_claims::{Kind, Late, Place, Recorded, Standing, Why};
use reseplug_effect::Fault;

/// `2024-11-10T23:59:00+09:00` as people read it.
fn moment(iso: &str) -> String {
    iso.get(..16).unwrap_or(iso).replace('T', " ")
}

/// The same as the trade writes it: `11/10 24:00`, not `11/11 00:00`.
pub(super) fn short(iso: &str) -> String {
    reseplug_claims::written::short(iso).into_owned()
}

/// At most so many entries of a list are shown.
pub(super) const SHOWN: usize = 10;

/// Receipts that wait, by service month and then as somebody counts: #2 comes before #10.
pub(super) fn in_order(late: &[Late]) -> Vec<&Late> {
    let mut all: Vec<&Late> = late.iter().collect();
    all.sort_by_key(|one| {
        let sequence = one.filing.as_ref().map(|key| key.sequence);
        let from = (one.since, one.payer.code(), sequence);
        (one.receipt.service_month, from, one.receipt.number)
    });
    all
}

/// Why a receipt waits.
pub(super) fn why(one: &Late, output: &Output) -> String {
    let mut en = match &one.why {
        Why::Held { reason } => format!("held: {reason}"),
        Why::Place { place } => {
            let mut text = place.name_en().to_owned();
            if !one.returned_for.is_empty() {
                text.push_str(&format!(" ({})", one.returned_for.join("; ")));
            }
            if one.on_paper {
                text.push_str(" [filed again on paper]");
            }
            text
        }
    };
    if let Some(month) = one.approved_in {
        en.push_str(&format!(" (approved with {month})"));
    }
    output.say(&why_ja(one), &en).to_owned()
}

/// Receipts that are in two sendings as things stand: how many, the first of them, and what to do.
/// Where neither is filed, nothing is claimed twice yet.
pub(super) fn twice_lines(twice: &[(Standing, Standing)], output: &Output) -> Vec<String> {
    let of = |places: usize| -> Vec<&(Standing, Standing)> {
        let filed = |one: &Standing| usize::from(one.place == Place::Filed);
        let own = twice
            .iter()
            .filter(|(one, other)| filed(one).saturating_add(filed(other)) == places);
        own.collect()
    };
    let (filed, beside, underway) = (of(2), of(1), of(0));
    let mut lines = Vec::new();
    lines.extend(pairs(
        &filed,
        output.say("二重に請求されています", "claimed twice"),
        output.say(
            "どちらかを取り下げます: claim take-down",
            "ask for one of the two back: claim take-down",
        ),
        output,
    ));
    lines.extend(pairs(
        &beside,
        output.say(
            "請求済みのレセプトが、まだ請求確定していない別の送信にも入っています（確定すると二重請求）",
            "filed, and in another sending that is not confirmed yet (confirmed, it would be filed twice)",
        ),
        output.say(
            "確定したほうを取り下げる（claim take-down）のでなければ、確定していないほうをやめます。ゲートウェイの分は claim withdraw、引渡しの分は公式の端末で送らない（送ったなら取り消す）ことにして claim report cancelled で記録します",
            "unless the confirmed one is asked back (claim take-down), give up the one that is not: with `claim withdraw` over the gateway; what was handed over is not sent (or cancelled) in the official terminal, and that is recorded with `claim report cancelled`",
        ),
        output,
    ));
    lines.extend(pairs(
        &underway,
        output.say(
            "2つの送信に入っています（どちらもまだ請求確定していません）",
            "in two sendings (neither is confirmed yet)",
        ),
        output.say(
            "請求確定の前に、どちらかをやめます。ゲートウェイの分は claim withdraw、引渡しの分は公式の端末で送らない（送ったなら取り消す）ことにして claim report cancelled で記録します",
            "give one of the two up before the confirmation: with `claim withdraw` over the gateway; what was handed over is not sent (or cancelled) in the official terminal, and that is recorded with `claim report cancelled`",
        ),
        output,
    ));
    lines
}

/// Pairs of one kind under a line that counts them.
fn pairs(all: &[&(Standing, Standing)], what: &str, action: &str, output: &Output) -> Vec<String> {
    if all.is_empty() {
        return Vec::new();
    }
    let filed = |one: &Standing| {
        let (ja, en) = (one.filed_as_ja(), one.filed_as_en());
        let place = output.say(one.place.name_ja(), one.place.name_en());
        let asked = match one.take_down_asked {
            true => output.say(" 取下げ依頼中", " take-down asked"),
            false => "",
        };
        format!("{} {place}{asked}", output.say(&ja, &en))
    };
    let mut lines = vec![format!(
        "! {what}: {}{}",
        all.len(),
        output.say("件", " receipts")
    )];
    lines.extend(all.iter().take(SHOWN).map(|(one, other)| {
        format!(
            "    {} {}  {} / {}",
            one.receipt.service_month,
            one.receipt.name,
            filed(one),
            filed(other)
        )
    }));
    let more = all.len().saturating_sub(SHOWN);
    if more > 0 {
        let (ja, en) = (format!("ほか{more}件"), format!("and {more} more"));
        lines.push(format!("    {}", output.say(&ja, &en)));
    }
    lines.push(format!("    → {action}"));
    lines
}

/// Receipts that a person gave up and that are filed all the same, one line each, and what to do.
pub(super) fn given_up_lines(odd: &[Standing], output: &Output) -> Vec<String> {
    let mut lines: Vec<String> = odd
        .iter()
        .map(|one| {
            format!(
                "! {}: {} {}  {}  {}: {}",
                output.say(
                    "請求しないと決めたのに請求されています",
                    "given up, and yet filed"
                ),
                one.receipt.service_month,
                one.receipt.name,
                output.say(&one.filed_as_ja(), &one.filed_as_en()),
                output.say("請求しない理由", "why it was given up"),
                one.given_up.as_deref().unwrap_or_default()
            )
        })
        .collect();
    if !lines.is_empty() {
        lines.push(format!(
            "    → {}",
            output.say(
                "請求してよいものか確かめます。よければ決定を取り消し（claim drop --undo、番号は claim history に出ます）、よくなければ取り下げます（claim take-down）",
                "see whether it should be filed: if so, take the decision back (`claim drop --undo` with the id that `claim history` shows); if not, ask for it back (`claim take-down`)"
            )
        ));
    }
    lines
}

/// Something recorded, and whether it was read from a file that does not count any more.
#[derive(serde::Serialize)]
struct Shown<'b> {
    #[serde(flatten)]
    told: &'b Recorded,
    retracted: bool,
}

pub(super) fn history(verb: &Which, output: &Output) -> Result<Exit, Fault> {
    let host = verb.host(output)?;
    let month = verb.month()?;
    let book = host.book()?;
    let told = book.history(month, verb.payer);
    let shown: Vec<Shown<'_>> = told
        .iter()
        .map(|told| Shown {
            told,
            retracted: book.is_retracted_event(told),
        })
        .collect();
    output.show(
        &serde_json::json!({ "claim_month": month, "events": shown }),
        |lines| {
            if told.is_empty() {
                let (ja, en) = (
                    format!("{month} 請求分の記録はまだありません。"),
                    format!("{month}: nothing is recorded yet"),
                );
                lines.push(output.say(&ja, &en).to_owned());
                return;
            }
            let rows = told
                .iter()
                .map(|one| {
                    vec![
                        moment(&one.at),
                        one.payer.name_ja().to_owned(),
                        one.filing
                            .as_ref()
                            .map_or_else(String::new, |key| match key.kind {
                                Kind::Claim => key.sequence.to_string(),
                                Kind::Trial => {
                                    format!("{}{}", output.say("試験", "trial-"), key.sequence)
                                }
                            }),
                        one.receipt.map_or_else(String::new, |n| n.to_string()),
                        format!(
                            "{}{} {}",
                            match book.is_retracted_event(one) {
                                true => output.say("（取込みを取消）", "(retracted) "),
                                false => "",
                            },
                            output.say(one.event.name_ja(), one.event.kind()),
                            output.say(&one.event.detail_ja(), &one.event.detail_en())
                        ),
                        output.say(one.how.name_ja(), one.how.word()).to_owned(),
                        match one.by.as_str() {
                            OTHER_SIDE => output.say(OTHER_SIDE, "other side").to_owned(),
                            by => by.to_owned(),
                        },
                    ]
                })
                .collect();
            lines.push(output.table(
                &[
                    ("いつ", "when"),
                    ("提出先", "payer"),
                    ("回", "sending"),
                    ("レセプト", "receipt"),
                    ("何が", "what"),
                    ("どう分かったか", "how"),
                    ("だれが", "who"),
                ],
                rows,
            ));
        },
    );
    Ok(Exit::Done)
}
