//! `reseplug claim settle`: payments beside what was filed, receipt by receipt.

use super::{given_up_lines, twice_lines};
use crate::exit::Exit;
use crate::output::Output;
use crate::verbs::claim::args::Which;
use reseplug::{contract_payer, model_payer, payer_ja};
use reseplug_effect::Fault;
use reseplug_engine::contract::Payer;

pub(in super::super) fn settle(verb: &Which, output: &Output) -> Result<Exit, Fault> {
    let host = verb.host(output)?;
    let month = verb.month()?;
    let book = host.book()?;
    let settlements: Vec<_> = [Payer::SocialInsuranceFund, Payer::NationalHealthFederation]
        .into_iter()
        .filter(|payer| verb.payer.is_none_or(|p| p == *payer))
        .map(|payer| book.settlement(month, model_payer(payer)))
        .collect();
    let twice = book.claimed_twice_in(month, verb.payer.map(model_payer));
    let mut given_up = book.given_up_yet_filed();
    given_up.retain(|one| {
        let of = |payer| model_payer(payer) == one.filing.payer;
        one.filing.month == month && verb.payer.is_none_or(of)
    });
    output.show(
        &serde_json::json!({
            "claim_month": month, "settlements": settlements, "claimed_twice": twice,
            "given_up_yet_filed": given_up,
        }),
        |lines| {
            for one in &settlements {
                lines.push(format!(
                    "{}  {} {}{} {}{}  {} {}{}  {} {:+}  {} {}",
                    payer_ja(contract_payer(one.payer)),
                    output.say("請求", "filed"),
                    one.filed.0,
                    output.say("件", " receipts"),
                    one.filed.1,
                    output.say("円", " yen"),
                    output.say("返戻", "returned"),
                    one.returned.0,
                    output.say("件", ""),
                    output.say("増減点", "adjusted"),
                    one.adjusted,
                    output.say("振込", "paid"),
                    one.paid.map_or_else(
                        || output
                            .say("まだ取り込んでいません", "not imported yet")
                            .to_owned(),
                        |yen| yen.to_string()
                    )
                ));
                let rows: Vec<Vec<String>> = one
                    .receipts
                    .iter()
                    .map(|(receipt, how)| {
                        vec![
                            match how.needs_person() {
                                true => format!("! {}", receipt.receipt.number),
                                false => receipt.receipt.number.to_string(),
                            },
                            receipt.receipt.name.clone(),
                            receipt.receipt.service_month.to_string(),
                            receipt.receipt.total.to_string(),
                            match receipt.adjusted {
                                0 => String::new(),
                                yen => format!("{yen:+}"),
                            },
                            receipt.paid.map_or_else(String::new, |yen| yen.to_string()),
                            output.say(how.name_ja(), how.name_en()).to_owned(),
                        ]
                    })
                    .collect();
                if !rows.is_empty() {
                    lines.push(output.table(
                        &[
                            ("番号", "no."),
                            ("氏名", "name"),
                            ("訪問年月", "service"),
                            ("請求", "filed"),
                            ("増減点", "adjusted"),
                            ("支払", "paid"),
                            ("結果", "result"),
                        ],
                        rows,
                    ));
                }
                if one.paid_too_much() {
                    lines.push(
                        output
                            .say(
                                "  ! 振込額が、請求額に増減点を加えた額を超えています。通知書を確かめてください。",
                                "  ! more was paid than was filed and adjusted; look at the notice",
                            )
                            .to_owned(),
                    );
                }
                for row in &one.strangers {
                    lines.push(format!(
                        "  ! {}: {row}",
                        output.say("相手のない行", "a row without its receipt")
                    ));
                }
            }
            lines.extend(twice_lines(&twice, output));
            lines.extend(given_up_lines(&given_up, output));
        },
    );
    let odd = settlements
        .iter()
        .any(reseplug_claims::Settlement::needs_person);
    Ok(match odd || !twice.is_empty() || !given_up.is_empty() {
        true => Exit::Attention,
        false => Exit::Done,
    })
}
