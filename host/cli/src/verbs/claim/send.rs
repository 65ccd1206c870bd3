//! What leaves: hand-over, gateway, confirmation, withdrawal, and what staff report.

use super::args::{Act, Confirm, Errors, Report, Send, TakeDown, What};
use crate::exit::Exit;
use crate::output::Output;
use crate::verbs;
use reseplug::{Channel, Ended, Host, OfPayer, ReportRequest, SendRequest, Sent, Told};
use reseplug_effect::Fault;
use reseplug_model::Payer;
use reseplug_policy::Hours;

pub(super) fn send(verb: &Send, channel: Channel, output: &Output) -> Result<Exit, Fault> {
    let host = verb.which.host(output)?;
    let results = host.send(&SendRequest {
        claim_month: verb.which.month()?,
        channel,
        trial: verb.trial,
        payer: verb.which.payer,
        by: verb.by.clone(),
        again: reason(verb.again.as_ref())?,
        dry_run: verb.dry_run,
    })?;
    let closed = match channel {
        Channel::Handover if !verb.trial => closed(&host, verb, &results)?,
        _ => Vec::new(),
    };
    let exit = show_sent(results, &closed, verb.dry_run, output);
    Ok(match closed.is_empty() {
        true => exit,
        false => exit.worse(Exit::Attention),
    })
}

/// A payer whose month was closed when its file was handed over.
#[derive(Debug, Clone, serde::Serialize)]
struct Closed {
    payer: Payer,
    closed_at: String,
    message_ja: String,
    message_en: String,
}

/// The payers that take nothing of the month any more. Where the station file leaves days and hours
/// to the other side, nobody here says so.
fn closed(host: &Host, verb: &Send, results: &[OfPayer]) -> Result<Vec<Closed>, Fault> {
    if host.station().claims.hours == Hours::Ignore {
        return Ok(Vec::new());
    }
    let month = verb.which.month()?;
    let week = host.claim_week(month)?;
    let placed = |payer| {
        results
            .iter()
            .any(|of| of.payer == payer && of.ended.is_ok())
    };
    let of = |one: &reseplug::PayerWeek| {
        let at = super::look::short(&one.closes);
        let (still_ja, still_en) = match one.phase.as_str() {
            "correcting" => (
                "いま受け付けるのは、締切までに送信したレセプトの訂正だけです。",
                "only corrections of receipts that were sent in time are taken now",
            ),
            "over" => ("訂正の受付も終わっています。", "corrections are over, too"),
            _ => return None,
        };
        Some(Closed {
            payer: one.payer,
            closed_at: one.closes.clone(),
            message_ja: format!(
                "{month} 請求分は {at} に締め切られました。公式の端末は、この月の請求をもう受け付けません。{still_ja}ほかのレセプトは、次の月の請求に月遅れで入れてください。締切が延長されているときは、設定の [[claims.extensions]] に書いてください。"
            ),
            message_en: format!(
                "{month} closed at {at}: the official terminal takes no claim of this month any more; {still_en}. File the other receipts late with the next month. If an extension was announced, enter it under [[claims.extensions]]"
            ),
        })
    };
    let own = week.payers.iter().filter(|one| placed(one.payer));
    Ok(own.filter_map(of).collect())
}

/// Why one payer's file is not where it should be.
#[derive(Debug, Clone, serde::Serialize)]
pub(super) struct Failed {
    pub(super) payer: Payer,
    #[serde(flatten)]
    pub(super) fault: Fault,
}

/// Each payer's file: what became of it, or why it did not leave. It ends with the gravest of both.
fn show_sent(results: Vec<OfPayer>, closed: &[Closed], dry_run: bool, output: &Output) -> Exit {
    let mut exit = Exit::Done;
    let mut sent = Vec::new();
    let mut errors = Vec::new();
    for OfPayer { payer, ended } in results {
        let (fault, grave) = match ended {
            Ok(Ended::Done(one)) => {
                sent.push(one);
                continue;
            }
            Ok(other) => match verbs::not_over(&other) {
                Some(why) => why,
                None => continue,
            },
            Err(fault) => {
                let grave = Exit::of(&fault);
                (fault, grave)
            }
        };
        exit = exit.worse(grave);
        output.complain(&verbs::about(payer.name_ja(), &fault));
        errors.push(Failed { payer, fault });
    }
    let mut told = serde_json::json!({
        "dry_run": dry_run, "filings": sent, "error": errors.first(), "errors": errors,
    });
    if !closed.is_empty()
        && let Some(told) = told.as_object_mut()
    {
        told.insert("month_closed".to_owned(), serde_json::json!(closed));
    }
    // Where nothing left, standard error has said why.
    let quiet = sent.is_empty() && !errors.is_empty();
    output.show(&told, |lines| {
        if quiet {
            return;
        }
        for one in &sent {
            lines.push(line(one, output));
            lines.extend(one.files.iter().map(|f| format!("    {f}")));
        }
        if dry_run {
            lines.push(
                output
                    .say(
                        "予行です。何も送っていません。",
                        "a rehearsal: nothing was sent",
                    )
                    .to_owned(),
            );
        }
        lines.extend(closed.iter().map(|one| {
            format!(
                "!!! {}: {}",
                one.payer.name_ja(),
                output.say(&one.message_ja, &one.message_en)
            )
        }));
    });
    match sent.iter().any(|one| !one.left_out.is_empty()) {
        true => exit.worse(Exit::Attention),
        false => exit,
    }
}

pub(super) fn line(one: &Sent, output: &Output) -> String {
    let again = one.already_by.as_ref().map(|job| {
        format!(
            "  {} {job}",
            output.say("（以前の処理が済ませています）", "(done before by)")
        )
    });
    let trial = match one.trial {
        true => output.say("【確認試験・請求ではありません】", "[TRIAL, no claim] "),
        false => "",
    };
    let mut text = format!(
        "{trial}{}  {} {}{}  {}{}  {}{}  {}  {}{}",
        one.payer.name_ja(),
        one.claim_month,
        output.say("第", "#"),
        match output.say("回", "") {
            "" => one.sequence.to_string(),
            times => format!("{}{times}", one.sequence),
        },
        one.receipts,
        output.say("件", " receipts"),
        one.total,
        output.say("円", " yen"),
        output.say(&one.state_ja(), &one.state),
        one.reference,
        again.unwrap_or_default()
    );
    if let Some(code) = &one.unasked {
        text.push_str(output.say(
            "\n      ! ゲートウェイに送信済みのものがないかは、確かめないまま引き渡しました",
            "\n      ! handed over without asking the gateway what it has already",
        ));
        text.push_str(&format!(" ({code})"));
    }
    if let Some(said) = &one.confirmation {
        let words: Vec<String> = [
            said.include_errors.map(|include| {
                let (ja, en) = match include {
                    true => ("エラー分含む", "with errors"),
                    false => ("エラー分除く", "without errors"),
                };
                output.say(ja, en).to_owned()
            }),
            said.receipts.zip(said.total).map(|(count, yen)| {
                format!(
                    "{count}{} {yen}{}",
                    output.say("件", ""),
                    output.say("円", " yen")
                )
            }),
            Some(said.number.clone()).filter(|text| !text.is_empty()),
            Some(said.at.clone()).filter(|text| !text.is_empty()),
        ]
        .into_iter()
        .flatten()
        .collect();
        text.push_str(&format!(
            "\n    {}: {}",
            output.say("請求確定・受領書", "confirmed"),
            words.join("  ")
        ));
    }
    if !one.left_out.is_empty() {
        let all = one.left_out.iter();
        let yen = all.clone().map(|r| r.total).fold(0, u64::saturating_add);
        let names: Vec<String> = all.map(|r| format!("#{} {}", r.number, r.name)).collect();
        text.push_str(&format!(
            "\n    ! {}: {}{} {yen}{}  {}",
            output.say(
                "除かれたレセプト（claim late に入ります）",
                "left out (they wait in claim late)"
            ),
            names.len(),
            output.say("件", ""),
            output.say("円", " yen"),
            names.join(output.say("、", ", "))
        ));
    }
    if let Some(odd) = one.contradiction {
        text.push_str(&format!(
            "\n    ! {}",
            output.say(odd.say_ja(), odd.say_en())
        ));
    }
    for file in &one.gone {
        text.push_str(&format!(
            "\n    ! {}: {file}",
            output.say(
                "引渡しフォルダーのファイルが、ないか変わっています（claim handover で置き直せます）",
                "a file of the hand-over is gone or changed (claim handover places it again)"
            )
        ));
    }
    text
}

/// A reason in words.
pub(super) fn reason(text: Option<&String>) -> Result<Option<String>, Fault> {
    match text.map(|text| text.trim()) {
        None => Ok(None),
        Some("") => Err(Fault::new(
            "accept/no-reason",
            "--again に理由を言葉で書いてください。",
            "say in words with --again why",
        )),
        Some(text) => Ok(Some(text.to_owned())),
    }
}

pub(super) fn confirm(verb: &Confirm, output: &Output) -> Result<Exit, Fault> {
    let act = &verb.act;
    let ended = act.which.host(output)?.confirm(
        act.which.month()?,
        act.sendings(),
        verb.include_errors,
        &act.by,
        act.dry_run,
    )?;
    Ok(show_sent(ended, &[], act.dry_run, output))
}

pub(super) fn withdraw(act: &Act, output: &Output) -> Result<Exit, Fault> {
    let host = act.which.host(output)?;
    let ended = host.withdraw(act.which.month()?, act.sendings(), &act.by, act.dry_run)?;
    Ok(show_sent(ended, &[], act.dry_run, output))
}

pub(super) fn take_down(verb: &TakeDown, output: &Output) -> Result<Exit, Fault> {
    let act = &verb.act;
    let host = act.which.host(output)?;
    let payer = act.which.needed_payer()?;
    let taken = host.take_down(
        act.which.month()?,
        (payer, act.sequence),
        &verb.receipt,
        &verb.reason,
        &act.by,
        act.dry_run,
    );
    let (ended, named, channel) = match taken {
        Ok(taken) => (Ok(taken.ended), taken.receipts, Some(taken.channel)),
        Err(fault) => (Err(fault), Vec::new(), None),
    };
    let exit = show_sent(vec![OfPayer { payer, ended }], &[], act.dry_run, output);
    let mut lines: Vec<String> = named
        .iter()
        .map(|one| format!("    {}  {} {}", one.number, one.service_month, one.name))
        .collect();
    let (ja, en) = match channel {
        Some(Channel::Gateway) => (
            "取下げをゲートウェイに依頼しました。戻ってくると返戻として届きます。",
            "the gateway was asked to take them down; they come back as returns",
        ),
        _ => (
            "取下げの依頼を記録しました。引渡しで請求した分は、審査支払機関への連絡も必要です。戻ってくると返戻として届きます。",
            "the request is on record. What was handed over has to be asked for at the payer, too; the receipts come back as returns",
        ),
    };
    if channel.is_some() && !act.dry_run {
        lines.push(output.say(ja, en).to_owned());
    }
    output.lines(&lines);
    Ok(exit)
}

pub(super) fn report(verb: &Report, output: &Output) -> Result<Exit, Fault> {
    let host = verb.which.host(output)?;
    let told = match verb.what {
        What::Sent => Told::Sent {
            number: verb.number.clone(),
        },
        What::Cancelled => Told::Cancelled,
        What::Confirmed => Told::Confirmed {
            include_errors: verb.errors.map(|errors| errors == Errors::Include),
            number: verb.number.clone(),
        },
    };
    let sent = host.report_claim(&ReportRequest {
        claim_month: verb.which.month()?,
        payer: verb.which.needed_payer()?,
        trial: verb.trial,
        sequence: verb.sequence,
        told,
        file: verb.file.clone(),
        at: verb.at.clone(),
        by: verb.by.clone(),
        dry_run: verb.dry_run,
    })?;
    let odd = sent.contradiction.is_some();
    let told = OfPayer {
        payer: sent.payer,
        ended: Ok(Ended::Done(sent)),
    };
    // What somebody reports as left out is no news to them.
    show_sent(vec![told], &[], verb.dry_run, output);
    Ok(if odd { Exit::Attention } else { Exit::Done })
}
