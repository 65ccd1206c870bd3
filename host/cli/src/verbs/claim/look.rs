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
use reseplug::{contract_payer, model_payer, payer_ja};
use reseplug_claims::Standing;
use reseplug_effect::Fault;

/// `2024-11-10T23:59:00+09:00` as people read it.
fn moment(iso: &str) -> String {
    iso.get(..16).unwrap_or(iso).replace('T', " ")
}

/// Receipts that are claimed twice as things stand, one line each, and what to do about them.
pub(super) fn twice_lines(twice: &[(Standing, Standing)], output: &Output) -> Vec<String> {
    let mut lines: Vec<String> = twice
        .iter()
        .map(|(one, other)| {
            let filed = |one: &Standing| {
                let (ja, en) = (one.filed_as_ja(), one.filed_as_en());
                let place = output.say(one.place.name_ja(), one.place.name_en());
                let asked = match one.take_down_asked {
                    true => output.say(" 取下げ依頼中", " take-down asked"),
                    false => "",
                };
                format!("{} {place}{asked}", output.say(&ja, &en))
            };
            format!(
                "! {}: {} {}  {} / {}",
                output.say("二重に請求されています", "claimed twice"),
                one.receipt.service_month,
                one.receipt.name,
                filed(one),
                filed(other)
            )
        })
        .collect();
    if !lines.is_empty() {
        lines.push(format!(
            "    → {}",
            output.say(
                "どちらかを取り下げます。請求確定の前なら claim withdraw（引渡しの分は公式の端末で取り消し、claim report cancelled で記録）、後なら claim take-down です",
                "take one of the two back: before its confirmation with `claim withdraw` (what was handed over: in the official terminal, then `claim report cancelled`), after it with `claim take-down`"
            )
        ));
    }
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
                "請求してよいものか確かめ、よくなければ取り下げます: reseplug claim take-down",
                "see whether it should be filed; if not, ask for it back: reseplug claim take-down"
            )
        ));
    }
    lines
}

pub(super) fn history(verb: &Which, output: &Output) -> Result<Exit, Fault> {
    let host = verb.host(output)?;
    let month = verb.month()?;
    let book = host.book()?;
    let told = book.history(month, verb.payer.map(model_payer));
    output.show(
        &serde_json::json!({ "claim_month": month, "events": told }),
        |lines| {
            let rows = told
                .iter()
                .map(|one| {
                    vec![
                        moment(&one.at),
                        payer_ja(contract_payer(one.payer)).to_owned(),
                        one.filing
                            .as_ref()
                            .map_or_else(String::new, |key| key.sequence.to_string()),
                        one.receipt.map_or_else(String::new, |n| n.to_string()),
                        format!(
                            "{} {}",
                            output.say(one.event.name_ja(), one.event.kind()),
                            one.event.detail_ja()
                        ),
                        output.say(one.how.name_ja(), one.how.word()).to_owned(),
                        one.by.clone(),
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
