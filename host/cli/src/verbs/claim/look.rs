//! What is looked at: the week, where filings and receipts stand, what waits, what was paid.

use super::check::severity;
use super::send::line;
use super::{Drop, Look, Receipts, Which};
use crate::exit::Exit;
use crate::output::Output;
use crate::verbs;
use reseplug::{
    Channel, ClaimWeek, DropRequest, Ended, Host, Standing, contract_payer, model_payer, payer_ja,
    why_ja,
};
use reseplug_claims::{Receipt, Standing as OfReceipt};
use reseplug_effect::Fault;
use reseplug_engine::contract::Payer;
use reseplug_model::Month;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn status(verb: &Which, output: &Output) -> Result<Exit, Fault> {
    let host = verb.host(output)?;
    let month = verb.month()?;
    let known = host.filed(month, None, verb.payer)?;
    let mut others = host.filed_months()?;
    others.remove(&month);
    let mut standing: Vec<Standing> = Vec::new();
    let mut exit = Exit::Done;
    let over_gateway = known
        .iter()
        .any(|s| s.channel == Channel::Gateway && !s.reference.is_empty());
    let mut away = None;
    if over_gateway {
        // What is known here is shown whether or not the other side answers.
        match host.standing(month, verb.payer) {
            Ok(all) => {
                for ended in all {
                    match ended {
                        Ended::Done(one) => standing.push(one),
                        other => exit = verbs::unfinished_line(&other, output),
                    }
                }
            }
            Err(fault) => away = Some(fault),
        }
    }
    let known = match standing.is_empty() {
        true => known,
        false => host.filed(month, None, verb.payer)?,
    };
    if known
        .iter()
        .any(|one| one.contradiction.is_some() || !one.gone.is_empty())
    {
        exit = exit.worse(Exit::Attention);
    }
    let names = names(&host)?;
    output.show(
        &serde_json::json!({
            "claim_month": month, "filings": known, "gateway": standing,
            "filed_months": host.filed_months()?, "error": away,
        }),
        |lines| {
            if known.is_empty() {
                lines.push(nothing_left(month, &others, output));
            }
            let asked = |key: &str| standing.iter().any(|one| one.sent.key == key);
            for one in known.iter().filter(|one| !asked(&one.key)) {
                lines.push(line(one, output));
            }
            for one in &standing {
                lines.push(line(&one.sent, output));
                let s = &one.status;
                lines.push(format!(
                    "    {} {}  {} {}  {} {}",
                    output.say("正常", "normal"),
                    s.normal,
                    output.say("要確認", "attention"),
                    s.attention,
                    output.say("受付不能", "rejected"),
                    s.rejected
                ));
                for finding in &one.findings {
                    let name = finding.receipt.and_then(|number| {
                        let all = names.get(&one.sent.key)?;
                        all.get(&number).cloned()
                    });
                    lines.push(format!(
                        "    [{}] {} {} {}  {}  → {}",
                        severity(finding.severity, output),
                        finding.code,
                        name.unwrap_or_default(),
                        reseplug_effect::Place::from(finding.place.clone()),
                        output.say(&finding.message_ja, &finding.message_en),
                        output.say(&finding.action_ja, &finding.action_en)
                    ));
                }
            }
        },
    );
    match away {
        Some(fault) => {
            output.complain(&fault);
            Ok(Exit::of(&fault))
        }
        None => Ok(exit),
    }
}

/// Names of the receipts of each filing, by number.
fn names(host: &Host) -> Result<BTreeMap<String, BTreeMap<u32, String>>, Fault> {
    let book = host.book()?;
    let of = |filing: &reseplug_claims::Filing| {
        let all = filing.receipts.iter().map(|r| (r.number, r.name.clone()));
        (filing.key.to_string(), all.collect())
    };
    Ok(book.filings().iter().map(of).collect())
}

/// What there is where a month has nothing.
fn nothing_left(month: Month, others: &BTreeSet<Month>, output: &Output) -> String {
    let none = output.say(
        "請求分は、まだ何も渡していません。",
        ": nothing has left yet",
    );
    let list: Vec<String> = others.iter().map(ToString::to_string).collect();
    if list.is_empty() {
        return format!("{month} {none}");
    }
    format!(
        "{month} {none} {}: {}",
        output.say(
            "渡したものがある月（--month で指定します）",
            "; something left for (say with --month)"
        ),
        list.join(", ")
    )
}

/// `2024-11-10T23:59:00+09:00` as people read it.
fn moment(iso: &str) -> String {
    iso.get(..16).unwrap_or(iso).replace('T', " ")
}

pub(super) fn week(verb: &Which, output: &Output) -> Result<Exit, Fault> {
    let host = verb.host(output)?;
    let mut week = host.claim_week(verb.month()?)?;
    week.payers
        .retain(|one| verb.payer.is_none_or(|payer| payer == one.payer));
    output.show(&week, |lines| week_lines(&week, lines, output));
    Ok(
        match week.needs_person() || week.clock.as_ref().is_some_and(reseplug::Skew::matters) {
            true => Exit::Attention,
            false => Exit::Done,
        },
    )
}

fn week_lines(week: &ClaimWeek, lines: &mut Vec<String>, output: &Output) {
    lines.push(format!(
        "{} {}  {} {}",
        week.month,
        output.say("請求分", "claims"),
        output.say("いま（日本時間）", "now (Japan)"),
        moment(&week.now)
    ));
    if let Some(clock) = &week.clock {
        let off = clock.ahead_seconds;
        lines.push(format!(
            "{}{}: {off:+} {} ({})",
            if clock.matters() { "!! " } else { "" },
            match clock.matters() {
                true => output.say(
                    "このPCの時計がずれています（Windows の「日時の設定」で合わせてください）",
                    "this PC's clock is off; set it right"
                ),
                false => output.say("このPCの時計のずれ", "this PC's clock is off by"),
            },
            output.say("秒", "s"),
            moment(&clock.at)
        ));
    }
    for one in &week.payers {
        let mark = match one.urgency.as_str() {
            "alarm" => "!!! ",
            "voice" => "! ",
            _ => "",
        };
        lines.push(format!(
            "{mark}{}  {}  {} {}  {} {}",
            payer_ja(one.payer),
            one.phase_ja,
            output.say("締切", "closes"),
            moment(&one.closes),
            output.say("訂正の締切", "corrections until"),
            moment(&one.corrections_close)
        ));
        if let Some(extension) = &one.extension {
            lines.push(format!(
                "    {}: {extension}",
                output.say("延長", "extended")
            ));
        }
        if !one.done && week.now < one.safe_to_confirm {
            lines.push(format!(
                "    {}: {} {}  {} {}",
                output.say("安全な期限", "safe by"),
                output.say("送信", "send"),
                moment(&one.safe_to_send),
                output.say("確定", "confirm"),
                moment(&one.safe_to_confirm),
            ));
        }
        lines.extend(
            one.sendings
                .iter()
                .map(|sent| format!("    {}", line(sent, output))),
        );
        lines.push(format!("    → {}", output.say(&one.next_ja, &one.next_en)));
    }
    for sent in &week.open_before {
        lines.push(format!(
            "! {}: {}",
            output.say(
                "前の月で、結果が分からないままのもの",
                "an earlier month whose outcome nobody knows"
            ),
            line(sent, output)
        ));
    }
    if !week.late.is_empty() {
        lines.push(format!(
            "{}: {}",
            output.say(
                "待っているレセプト（reseplug claim late）",
                "receipts that wait (reseplug claim late)"
            ),
            week.late.len()
        ));
    }
}

pub(super) fn receipts(verb: &Receipts, output: &Output) -> Result<Exit, Fault> {
    let host = host(&verb.station, output)?;
    let book = host.book()?;
    let plain = |text: &str| -> String { text.chars().filter(|c| !c.is_whitespace()).collect() };
    let wanted = |receipt: &Receipt, claim_month: Month| {
        verb.month.is_none_or(|m| m == claim_month)
            && verb
                .service_month
                .is_none_or(|m| m == receipt.service_month)
            && verb.person.as_ref().is_none_or(|person| {
                receipt.person_key.as_ref() == Some(person)
                    || plain(&receipt.name).contains(&plain(person))
            })
    };
    let own: Vec<OfReceipt> = book
        .receipts()
        .filter(|one| wanted(&one.receipt, one.filing.month))
        .collect();
    let twice = book.claimed_twice();
    // What is held or was approved and never left stands in no filing.
    let waiting: Vec<_> = host
        .late()?
        .into_iter()
        .filter(|one| one.filing.is_none() && wanted(&one.receipt, one.since))
        .collect();
    output.show(
        &serde_json::json!({ "receipts": own, "waiting": waiting, "claimed_twice": twice }),
        |lines| {
            let mut rows: Vec<Vec<String>> =
                own.iter().map(|one| receipt_row(one, output)).collect();
            rows.extend(waiting.iter().map(|one| {
                vec![
                    one.id.clone(),
                    one.receipt.number.to_string(),
                    one.receipt.name.clone(),
                    one.receipt.service_month.to_string(),
                    one.receipt.total.to_string(),
                    why_ja(one),
                    String::new(),
                    String::new(),
                ]
            }));
            if rows.is_empty() {
                lines.push(
                    output
                        .say("該当するレセプトはありません。", "no such receipt")
                        .to_owned(),
                );
                return;
            }
            lines.push(output.table(
                &[
                    ("請求", "filed"),
                    ("番号", "no."),
                    ("氏名", "name"),
                    ("訪問年月", "service"),
                    ("金額", "yen"),
                    ("状態", "standing"),
                    ("増減点", "adjusted"),
                    ("支払", "paid"),
                ],
                rows,
            ));
            for (one, other) in &twice {
                lines.push(format!(
                    "! {}: {} {}  {} / {}",
                    output.say("二重に請求されています", "claimed twice"),
                    one.receipt.service_month,
                    one.receipt.name,
                    one.filing,
                    other.filing
                ));
            }
        },
    );
    Ok(if twice.is_empty() {
        Exit::Done
    } else {
        Exit::Attention
    })
}

fn receipt_row(one: &OfReceipt, output: &Output) -> Vec<String> {
    let mut standing = output
        .say(one.place.name_ja(), one.place.name_en())
        .to_owned();
    if one.hearsay {
        standing.push_str(output.say("（職員の報告）", " (reported)"));
    }
    if !one.returned_for.is_empty() {
        standing.push_str(&format!(" {}", one.returned_for.join("／")));
    }
    if let Some(reason) = &one.given_up {
        standing.push_str(&format!(
            " {}: {reason}",
            output.say("請求しないと決定", "given up")
        ));
    }
    if one.take_down_asked {
        standing.push_str(output.say(" 取下げ依頼中", " take-down asked"));
    }
    if one.in_review {
        standing.push_str(output.say(" 再審査中", " in review"));
    }
    vec![
        format!(
            "{} {} {}",
            one.filing.month,
            payer_ja(contract_payer(one.filing.payer)),
            one.filing.sequence
        ),
        one.receipt.number.to_string(),
        one.receipt.name.clone(),
        one.receipt.service_month.to_string(),
        one.receipt.total.to_string(),
        standing,
        match one.adjusted {
            0 => String::new(),
            yen => format!("{yen:+}"),
        },
        one.paid.map_or_else(String::new, |yen| yen.to_string()),
    ]
}

fn host(station: &crate::args::Station, output: &Output) -> Result<Host, Fault> {
    verbs::flows::host(&station.config, output)
}

pub(super) fn late(verb: &Look, output: &Output) -> Result<Exit, Fault> {
    let late = host(&verb.station, output)?.late()?;
    output.show(&serde_json::json!({ "late": late }), |lines| {
        if late.is_empty() {
            lines.push(
                output
                    .say("待っているレセプトはありません。", "no receipt waits")
                    .to_owned(),
            );
            return;
        }
        let rows = late
            .iter()
            .map(|one| {
                vec![
                    one.id.clone(),
                    one.receipt.name.clone(),
                    one.receipt.service_month.to_string(),
                    one.receipt.total.to_string(),
                    format!("{} {}", one.since, payer_ja(contract_payer(one.payer))),
                    why_ja(one),
                ]
            })
            .collect();
        lines.push(output.table(
            &[
                ("番号", "id"),
                ("氏名", "name"),
                ("訪問年月", "service"),
                ("金額", "yen"),
                ("いつから", "since"),
                ("理由", "why"),
            ],
            rows,
        ));
        lines.push(
            output
                .say(
                    "製品の次の月の請求に入れるか、claim approve の --carry で入れます。請求しないものは claim drop で理由を残します。",
                    "put them into the next month in the product, or with --carry of `claim approve`; what is not filed at all is given up with `claim drop`",
                )
                .to_owned(),
        );
    });
    Ok(Exit::Done)
}

pub(super) fn give_up(verb: &Drop, output: &Output) -> Result<Exit, Fault> {
    let dropped = host(&verb.station, output)?.drop_late(&DropRequest {
        ids: verb.ids.clone(),
        reason: verb.reason.clone(),
        by: verb.by.clone(),
        dry_run: verb.dry_run,
    })?;
    output.show(
        &serde_json::json!({ "dry_run": verb.dry_run, "dropped": dropped }),
        |lines| {
            for one in &dropped {
                lines.push(format!(
                    "{}  {} {}  {}",
                    one.id, one.receipt.service_month, one.receipt.name, verb.reason
                ));
            }
        },
    );
    Ok(Exit::Done)
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

pub(super) fn settle(verb: &Which, output: &Output) -> Result<Exit, Fault> {
    let host = verb.host(output)?;
    let month = verb.month()?;
    let book = host.book()?;
    let settlements: Vec<_> = [Payer::SocialInsuranceFund, Payer::NationalHealthFederation]
        .into_iter()
        .filter(|payer| verb.payer.is_none_or(|p| p == *payer))
        .map(|payer| book.settlement(month, model_payer(payer)))
        .collect();
    output.show(
        &serde_json::json!({ "claim_month": month, "settlements": settlements }),
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
                            how.name_ja().to_owned(),
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
        },
    );
    let odd = settlements
        .iter()
        .any(reseplug_claims::Settlement::needs_person);
    Ok(if odd { Exit::Attention } else { Exit::Done })
}
