//! What leaves: hand-over, gateway, confirmation, withdrawal, and what staff report.

use super::args::{self, Confirm, Errors, Report, Send, TakeDown, What};
use crate::exit::Exit;
use crate::output::Output;
use crate::verbs;
use reseplug::{Channel, Ended, Host, OfPayer, ReportRequest, SendRequest, Sent, Told};
use reseplug_claims::Confirmation;
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
    let act = match channel {
        Channel::Handover => Act::HandOver,
        Channel::Gateway => Act::Submit,
    };
    let left = !verb.dry_run && !verb.trial && results.iter().any(|of| of.ended.is_ok());
    let line_fails = channel == Channel::Gateway
        && !verb.trial
        && results.iter().any(|of| match &of.ended {
            Err(fault) => fault.code.starts_with("egress/"),
            Ok(_) => false,
        });
    // A named person may have overruled what stood against it; what it came to is said all the same.
    let month = verb.which.month()?;
    let twice = match left {
        true => host.book()?.claimed_twice_in(month, verb.which.payer),
        false => Vec::new(),
    };
    let mut shown = Shown::of(act, verb.dry_run);
    if !twice.is_empty() {
        let told = serde_json::json!(twice);
        shown.beside.insert("claimed_twice".to_owned(), told);
        shown.lines = super::look::twice_lines(&twice, output);
    }
    let exit = show_sent(results, &closed, shown, output);
    if line_fails {
        output.lines(&[output
            .say(
                "回線が使えないときは、公式の端末で請求できます（claim handover）。それもできなければ、控えを作って（claim print）、審査支払機関に相談してください。猶予届出書などの決まりも控えに載ります。",
                "while the line is down the month can be filed in the official terminal (claim handover); failing that, print it (claim print) and speak to the payer. What is known of 猶予届出書 is printed with it",
            )
            .to_owned()]);
    }
    // Where hours are not kept, that the month has closed is said and nothing more.
    let late = !closed.is_empty() && host.station().claims.hours == Hours::Keep;
    Ok(match !late && twice.is_empty() {
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

/// The payers that take nothing of the month any more: the official terminal follows no station file.
fn closed(host: &Host, verb: &Send, results: &[OfPayer]) -> Result<Vec<Closed>, Fault> {
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
        let sent = [
            "in-doubt",
            "sent",
            "checking",
            "checked",
            "confirmed",
            "acknowledged",
        ];
        let sent = |one: &Sent| sent.contains(&one.state.as_str());
        let (rest_ja, rest_en) = match one.sendings.iter().any(sent) {
            true => ("訂正でないレセプトは", "File what is no correction"),
            false => ("このファイルのレセプトは", "File these receipts"),
        };
        Some(Closed {
            payer: one.payer,
            closed_at: one.closes.clone(),
            message_ja: format!(
                "{month} 請求分は {at} に締め切られました。公式の端末は、この月の請求をもう受け付けません。{still_ja}{rest_ja}、次の月の請求に月遅れで入れてください。締切が延長されているときは、設定の [[claims.extensions]] に書いてください。"
            ),
            message_en: format!(
                "{month} closed at {at}: the official terminal takes no claim of this month any more; {still_en}. {rest_en} late with the next month. If an extension was announced, enter it under [[claims.extensions]]"
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
fn show_sent(results: Vec<OfPayer>, closed: &[Closed], shown: Shown, output: &Output) -> Exit {
    let dry_run = shown.dry_run;
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
    if let Some(told) = told.as_object_mut() {
        told.extend(shown.beside);
    }
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
            lines.push(match dry_run {
                false => line(one, output),
                true => would_be(one, shown.act, output),
            });
            // Where the files lie matters to whoever has to take them from there.
            if shown.act == Act::HandOver {
                lines.extend(one.files.iter().map(|f| format!("    {f}")));
            }
        }
        lines.extend(shown.lines);
        if dry_run {
            lines.push(
                output
                    .say(
                        "予行です。何も送らず、何も記録していません。",
                        "a rehearsal: nothing was sent, nothing recorded",
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

/// How the outcome of an act on sendings is shown.
struct Shown {
    act: Act,
    dry_run: bool,
    /// What stands in the JSON beside the sendings.
    beside: serde_json::Map<String, serde_json::Value>,
    /// What people read below them.
    lines: Vec<String>,
}

impl Shown {
    fn of(act: Act, dry_run: bool) -> Self {
        Self {
            act,
            dry_run,
            beside: serde_json::Map::new(),
            lines: Vec::new(),
        }
    }
}

/// What is asked for of a sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    HandOver,
    Submit,
    Confirm,
    Withdraw,
    TakeDown,
    Report(What),
}

impl Act {
    /// What would become of a sending.
    fn becomes(self, output: &Output) -> &'static str {
        match self {
            Self::HandOver => output.say("引き渡す", "would be handed over"),
            Self::Submit => output.say("送信する", "would be sent"),
            Self::Confirm => output.say("請求確定する", "would be confirmed"),
            Self::Withdraw => output.say("取り消す", "would be withdrawn"),
            Self::TakeDown => output.say("取下げを依頼する", "would be asked back"),
            Self::Report(What::Sent) => {
                output.say("送信したと記録する", "would be recorded as sent")
            }
            Self::Report(What::Cancelled) => {
                output.say("取り消したと記録する", "would be recorded as cancelled")
            }
            Self::Report(What::Confirmed) => {
                output.say("請求確定したと記録する", "would be recorded as confirmed")
            }
        }
    }
}

/// A sending in a rehearsal: what would become of it, never as if it had.
fn would_be(one: &Sent, act: Act, output: &Output) -> String {
    let confirmed = |said: &Confirmation| !(said.number.is_empty() && said.at.is_empty());
    let before = match act {
        Act::Confirm => one.confirmation.as_ref().is_some_and(confirmed),
        Act::Withdraw => one.state == "withdrawn",
        _ => one.already_by.is_some(),
    };
    if before {
        return line(one, output);
    }
    let state = format!(
        "{}{}",
        output.say("【予行】", "[rehearsal] "),
        act.becomes(output)
    );
    let shown = Sent {
        confirmation: None,
        ..one.clone()
    };
    line_in_state(&shown, &state, output)
}

pub(super) fn line(one: &Sent, output: &Output) -> String {
    line_in_state(one, output.say(&one.state_ja(), &one.state_en()), output)
}

/// What is known of a 請求確定, under the name of what says so.
fn confirmation(one: &Sent, said: &Confirmation, output: &Output) -> String {
    let name = match (one.state.as_str(), said.automatic) {
        (_, true) => output.say(
            "自動確定（締切のときに提出先が確定。エラー分は除かれます）",
            "confirmed automatically (by the other side as the month closed, without errors)",
        ),
        ("acknowledged", _) => output.say("受領書", "acknowledged"),
        _ => output.say("請求確定", "confirmed"),
    };
    let words: Vec<String> = [
        said.include_errors.map(|include| {
            let (ja, en) = match include {
                true => ("エラー分含む", "with errors"),
                false => ("エラー分除く", "without errors"),
            };
            output.say(ja, en).to_owned()
        }),
        said.receipts
            .zip(said.total)
            .map(|(count, yen)| format!("{} {}", output.receipts(count), output.yen(yen))),
        Some(said.number.clone()),
        Some(output.at(&said.at).into_owned()),
    ]
    .into_iter()
    .flatten()
    .filter(|text| !text.is_empty())
    .collect();
    let mut text = match words.is_empty() {
        true => format!("\n    {name}"),
        false => format!("\n    {name}: {}", words.join("  ")),
    };
    // Nothing but staff's word says whether 要確認 was filed, as long as no 受領書 counts.
    let untold = said.include_errors.is_none() && said.receipts.is_none() && !said.automatic;
    if untold && one.channel == Channel::Handover {
        text.push_str(output.say(
            "\n      ! エラー分を含めたか除いたかは記録されていません。分かれば claim report confirmed に --errors include（含む）か --errors exclude（除く）を付けて、もう一度記録します",
            "\n      ! whether errors were included is not on record: if you know, record it again with `claim report confirmed` and --errors include or exclude",
        ));
    }
    text
}

/// The same where its state is told in other words.
fn line_in_state(one: &Sent, state: &str, output: &Output) -> String {
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
    let (nth_ja, nth_en) = (
        format!("第{}回", one.sequence),
        format!("#{}", one.sequence),
    );
    let mut text = format!(
        "{trial}{}  {} {}  {}  {}  {state}  {}{}",
        one.payer.name_ja(),
        one.claim_month,
        output.say(&nth_ja, &nth_en),
        output.receipts(one.receipts),
        output.yen(one.total),
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
        text.push_str(&confirmation(one, said, output));
    }
    if !one.left_out.is_empty() {
        let all = one.left_out.iter();
        let yen = all.clone().map(|r| r.total).fold(0, u64::saturating_add);
        let names: Vec<String> = all.map(|r| format!("#{} {}", r.number, r.name)).collect();
        text.push_str(&format!(
            "\n    ! {}: {} {}  {}",
            output.say(
                "除かれたレセプト（claim late に入ります）",
                "left out (they wait in claim late)"
            ),
            output.receipts(names.len() as u64),
            output.yen(yen),
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
    let shown = Shown::of(Act::Confirm, act.dry_run);
    Ok(show_sent(ended, &[], shown, output))
}

pub(super) fn withdraw(act: &args::Act, output: &Output) -> Result<Exit, Fault> {
    let host = act.which.host(output)?;
    let ended = host.withdraw(act.which.month()?, act.sendings(), &act.by, act.dry_run)?;
    let shown = Shown::of(Act::Withdraw, act.dry_run);
    Ok(show_sent(ended, &[], shown, output))
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
    let (ended, named, channel, again) = match taken {
        Ok(taken) => {
            let (channel, again) = (Some(taken.channel), taken.again);
            (Ok(taken.ended), taken.receipts, channel, again)
        }
        Err(fault) => (Err(fault), Vec::new(), None, false),
    };
    let mut shown = Shown::of(Act::TakeDown, act.dry_run);
    shown.beside.extend([
        ("receipts".to_owned(), serde_json::json!(named)),
        ("reason".to_owned(), serde_json::json!(verb.reason)),
        ("asked_before".to_owned(), serde_json::json!(again)),
    ]);
    shown.lines = named
        .iter()
        .map(|one| format!("    {}  {} {}", one.number, one.service_month, one.name))
        .collect();
    let (ja, en) = match channel {
        _ if again => (
            "すでに取下げを依頼しています。新しい依頼はしていません。戻ってくると返戻として届きます。",
            "they were asked for before, and nothing was asked now; they come back as returns",
        ),
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
        shown.lines.push(output.say(ja, en).to_owned());
    }
    Ok(show_sent(
        vec![OfPayer { payer, ended }],
        &[],
        shown,
        output,
    ))
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
            left_out: verb.left_out.clone(),
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
    let shown = Shown::of(Act::Report(verb.what), verb.dry_run);
    show_sent(vec![told], &[], shown, output);
    Ok(if odd { Exit::Attention } else { Exit::Done })
}
