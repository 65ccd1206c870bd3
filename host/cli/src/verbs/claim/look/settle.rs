//! `reseplug claim settle`: payments beside what was filed, receipt by receipt.

use super::{given_up_lines, twice_lines};
use crate::exit::Exit;
use crate::output::Output;
use crate::verbs::claim::args::Which;
use reseplug::Host;
use reseplug_claims::{Book, Event, Settled, Settlement};
use reseplug_effect::Fault;
use reseplug_model::Month;
use reseplug_model::Payer;

/// 振込 of a month as a payer's file tells it.
#[derive(Debug, Clone, serde::Serialize)]
struct Payment {
    payer: Payer,
    amount: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipts: Option<u32>,
    /// 振込日
    #[serde(skip_serializing_if = "Option::is_none")]
    paid_on: Option<String>,
    /// SHA-256 of the file it is from, under which it is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    /// The file's name as it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
}

/// The payments of a month, in the order in which they came.
fn payments(host: &Host, book: &Book, month: Month) -> Result<Vec<Payment>, Fault> {
    let kept = host.downloads()?;
    let name = |sha256: &String| {
        let own = kept.iter().find(|one| one.sha256 == *sha256);
        own.map(|one| one.name.clone())
    };
    let of_month = book.beside().iter().filter(|told| told.month == month);
    let payments = of_month.filter_map(|told| match &told.event {
        Event::Payment {
            amount,
            receipts,
            paid_on,
        } => Some(Payment {
            payer: told.payer,
            amount: *amount,
            receipts: *receipts,
            paid_on: paid_on.clone(),
            file: told.source.as_ref().and_then(name),
            sha256: told.source.clone(),
        }),
        _ => None,
    });
    Ok(payments.collect())
}

/// When what was paid, and which file says so.
fn payment_line(one: &Payment, output: &Output) -> String {
    let day = one.paid_on.as_deref();
    let digest = one.sha256.as_deref().and_then(|all| all.get(..12));
    format!(
        "    {}: {}  {} {}  {} {}",
        output.say("振込", "paid"),
        output.yen(one.amount),
        output.say("振込日", "on"),
        day.unwrap_or(output.say("記載なし", "no day given")),
        output.say("ファイル", "file"),
        match (&one.file, digest) {
            (Some(name), Some(digest)) => format!("{name} (SHA-256 {digest}…)"),
            (None, Some(digest)) => format!("SHA-256 {digest}…"),
            _ => output.say("不明", "not known").to_owned(),
        }
    )
}

pub(in super::super) fn settle(verb: &Which, output: &Output) -> Result<Exit, Fault> {
    let host = verb.host(output)?;
    let month = verb.month()?;
    let book = host.book()?;
    let settlements: Vec<_> = Payer::ALL
        .into_iter()
        .filter(|payer| verb.payer.is_none_or(|p| p == *payer))
        .map(|payer| book.settlement(month, payer))
        .collect();
    let twice = book.claimed_twice_in(month, verb.payer);
    let mut given_up = book.given_up_yet_filed();
    given_up.retain(|one| {
        let of = |payer| payer == one.filing.payer;
        one.filing.month == month && verb.payer.is_none_or(of)
    });
    let mut payments = payments(&host, &book, month)?;
    payments.retain(|one| verb.payer.is_none_or(|payer| payer == one.payer));
    let yen = |yen: u64| output.yen(yen);
    output.show(
        &serde_json::json!({
            "claim_month": month, "settlements": settlements, "payments": payments,
            "claimed_twice": twice, "given_up_yet_filed": given_up,
        }),
        |lines| {
            for one in &settlements {
                let payer = one.payer;
                lines.push(format!(
                    "{}  {} {} {}  {} {}{}  {} {}  {} {}",
                    payer.name_ja(),
                    output.say("請求", "filed"),
                    output.receipts(one.filed.receipts),
                    output.yen(one.filed.total),
                    output.say("返戻", "returned"),
                    one.returned.receipts,
                    output.say("件", ""),
                    output.say("増減点", "adjusted"),
                    output.change(one.adjusted),
                    output.say("振込", "paid"),
                    one.paid.map_or_else(
                        || output
                            .say("まだ取り込んでいません", "not imported yet")
                            .to_owned(),
                        yen
                    )
                ));
                let own = payments.iter().filter(|told| told.payer == payer);
                lines.extend(own.map(|told| payment_line(told, output)));
                if one.paid.is_some() && one.paid_by_receipt.is_none() {
                    lines.push(
                        output
                            .say(
                                "    レセプトごとの支払額は取り込まれていません（合計だけです）。",
                                "    what was paid for each receipt is not known, only the sum",
                            )
                            .to_owned(),
                    );
                }
                let rows: Vec<Vec<String>> = one
                    .receipts
                    .iter()
                    .map(|one| {
                        let (receipt, how) = (&one.standing, one.settled);
                        vec![
                            match how.needs_person() {
                                true => format!("! {}", receipt.receipt.number),
                                false => receipt.receipt.number.to_string(),
                            },
                            receipt.receipt.name.clone(),
                            receipt.receipt.service_month.to_string(),
                            yen(receipt.receipt.total),
                            match receipt.adjusted {
                                0 => String::new(),
                                change => output.change(change),
                            },
                            receipt.paid.map_or_else(String::new, &yen),
                            match how {
                                // Said once above.
                                Settled::Unknown => String::new(),
                                how => output.say(how.name_ja(), how.name_en()).to_owned(),
                            },
                        ]
                    })
                    .collect();
                if !rows.is_empty() {
                    lines.push(output.figures(
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
                        &[0, 3, 4, 5],
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
                if let (Some(all), Some(rows)) = (one.paid, one.paid_by_receipt)
                    && all != rows
                {
                    let (ja, en) = (
                        format!(
                            "  ! 振込の合計（{}）と、レセプトごとの支払の合計（{}）が違います。欠けた行がないか、通知書と比べてください。",
                            yen(all),
                            yen(rows)
                        ),
                        format!(
                            "  ! the payments ({}) and the amounts by receipt ({}) differ; compare them with the notice",
                            yen(all),
                            yen(rows)
                        ),
                    );
                    lines.push(output.say(&ja, &en).to_owned());
                }
                for row in &one.strangers {
                    let told = Event::Stranger { row: row.clone() };
                    lines.push(format!(
                        "  ! {}: {}",
                        output.say("相手のない行", "a row without its receipt"),
                        output.say(&told.detail_ja(), &told.detail_en())
                    ));
                }
            }
            if settlements.iter().any(|one| one.paid.is_some()) {
                lines.push(
                    output
                        .say(
                            "保険者が支払う割合はここでは分からないため、請求額より少ない支払を「違い」とはしていません。通知書と比べてください。",
                            "the share that the insurer pays is not known here, so that a payment below the filed amount is not called a difference; compare it with the notice",
                        )
                        .to_owned(),
                );
            }
            lines.extend(twice_lines(&twice, output));
            lines.extend(given_up_lines(&given_up, output));
        },
    );
    let odd = settlements.iter().any(Settlement::needs_person);
    Ok(match odd || !twice.is_empty() || !given_up.is_empty() {
        true => Exit::Attention,
        false => Exit::Done,
    })
}
