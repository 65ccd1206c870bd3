//! What comes back: 受領書, ASP結果, 返戻, 増減点連絡書, 振込額.

use super::args::{Ack, Downloads, Fetch, Import, Kind, One, Retract, Returned, Review};
use super::send::Failed;
use crate::exit::Exit;
use crate::output::Output;
use crate::verbs;
use reseplug::{
    Acknowledged, BroughtIn, Ended, ImportRequest, OfReceipt, PaperReturn, RetractRequest,
    ReviewRequest, kind_ja,
};
use reseplug_effect::Fault;
use reseplug_engine::contract::DownloadKind;
use reseplug_model::Payer;

pub(super) fn ack(verb: &Ack, output: &Output) -> Result<Exit, Fault> {
    let host = verb.which.host(output)?;
    let month = verb.which.month()?;
    let mut found: Vec<Acknowledged> = Vec::new();
    let mut errors = Vec::new();
    let mut exit = Exit::Done;
    match &verb.file {
        Some(file) => {
            let payer = verb.which.needed_payer()?;
            let ended = host.import_claims(&ImportRequest {
                kind: Some(DownloadKind::Acknowledgement),
                files: vec![file.clone()],
                claim_month: month,
                payer: Some(payer),
                sequence: verb.sequence,
                output: verb.output.clone(),
                by: crate::verbs::flows::actor(),
            })?;
            for one in ended {
                match one {
                    Ended::Done(one) => found.extend(one.acknowledgement),
                    other => exit = exit.worse(verbs::unfinished_line(&other, output)),
                }
            }
        }
        None => {
            for one in host.acknowledge(month, verb.which.payer, verb.output.as_ref())? {
                match one.ended {
                    Ok(Ended::Done(one)) => found.extend(one),
                    Ok(other) => exit = exit.worse(verbs::unfinished_line(&other, output)),
                    Err(fault) => {
                        exit = exit.worse(Exit::of(&fault));
                        output.complain(&verbs::about(one.payer.name_ja(), &fault));
                        errors.push(Failed {
                            payer: one.payer,
                            fault,
                        });
                    }
                }
            }
        }
    }
    let told = serde_json::json!({
        "acknowledgements": found, "error": errors.first(), "errors": errors,
    });
    output.show(&told, |lines| {
        for one in &found {
            lines.push(format!(
                "{}  {}  {}  {}  {}",
                one.sent.payer.name_ja(),
                one.number,
                output.receipts(one.receipts),
                output.yen(one.total),
                output.at(&one.at)
            ));
            if let Some(odd) = one.sent.contradiction {
                lines.push(format!("    ! {}", output.say(odd.say_ja(), odd.say_en())));
            }
            lines.extend(
                one.outputs
                    .iter()
                    .map(|o| format!("    {}", o.path.display())),
            );
        }
        if found.is_empty() && errors.is_empty() {
            lines.push(
                output
                    .say("受領書はまだありません。", "no acknowledgement yet")
                    .to_owned(),
            );
        }
    });
    if found.iter().any(|one| one.sent.contradiction.is_some()) {
        exit = exit.worse(Exit::Attention);
    }
    Ok(exit)
}

impl From<Kind> for DownloadKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Ack => Self::Acknowledgement,
            Kind::Findings => Self::Findings,
            Kind::Returns => Self::Returns,
            Kind::Adjustments => Self::Adjustments,
            Kind::Payments => Self::Payments,
        }
    }
}

/// What one of several files came to, in the order in which they were named.
#[derive(Debug, serde::Serialize)]
struct OfFile {
    file: String,
    /// Under which it is kept, and by which it is found among what was brought in.
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Fault>,
}

pub(super) fn import(verb: &Import, output: &Output) -> Result<Exit, Fault> {
    let host = verb.which.host(output)?;
    let claim_month = verb.which.month()?;
    let mut exit = Exit::Done;
    let mut brought: Vec<BroughtIn> = Vec::new();
    let mut files = Vec::new();
    // One by one: what a file came to stands, whatever becomes of the next.
    for path in &verb.files {
        let ended = host.import_claims(&ImportRequest {
            kind: verb.kind.map(Into::into),
            files: vec![path.clone()],
            claim_month,
            payer: verb.which.payer,
            sequence: verb.sequence,
            output: verb.output.clone(),
            by: verb.by.clone(),
        });
        let mut of = OfFile {
            file: path.display().to_string(),
            sha256: None,
            error: None,
        };
        let failed = match ended {
            Err(fault) => {
                let grave = Exit::of(&fault);
                Some((fault, grave))
            }
            Ok(ended) => {
                let mut open = None;
                for one in ended {
                    match one {
                        Ended::Done(one) => {
                            of.sha256 = Some(one.sha256.clone());
                            brought.push(one);
                        }
                        other => open = verbs::not_over(&other),
                    }
                }
                open
            }
        };
        if let Some((fault, grave)) = failed {
            exit = exit.worse(grave);
            output.complain(&verbs::about(&of.file, &fault));
            of.error = Some(fault);
        }
        files.push(of);
    }
    let error = files.iter().find_map(|one| one.error.as_ref());
    output.show(
        &serde_json::json!({ "brought_in": brought, "files": files, "error": error }),
        |lines| brought_lines(&brought, lines, output),
    );
    Ok(exit.worse(looked_at(&brought)))
}

pub(super) fn fetch(verb: &Fetch, output: &Output) -> Result<Exit, Fault> {
    let host = verbs::flows::host(&verb.station.config, output)?;
    let brought = match host.fetch_downloads(verb.output.as_ref(), &verb.by)? {
        Ended::Done(brought) => brought,
        other => return Ok(verbs::unfinished(&other, output)),
    };
    output.show(&serde_json::json!({ "brought_in": brought }), |lines| {
        if brought.is_empty() {
            lines.push(
                output
                    .say("新しく届いたものはありません。", "nothing new")
                    .to_owned(),
            );
        }
        brought_lines(&brought, lines, output);
    });
    Ok(looked_at(&brought))
}

/// Whether a person should look at something that came back.
fn looked_at(brought: &[BroughtIn]) -> Exit {
    match brought.iter().any(BroughtIn::needs_person) {
        true => Exit::Attention,
        false => Exit::Done,
    }
}

fn brought_lines(brought: &[BroughtIn], lines: &mut Vec<String>, output: &Output) {
    for one in brought {
        lines.push(format!("{}  {}", kind_ja(&one.kind), one.file));
        if let Some(ack) = &one.acknowledgement {
            lines.push(super::send::line(&ack.sent, output));
        }
        for row in &one.rows {
            lines.push(format!(
                "  {}{} {}  {}  {}  {}",
                match row.filing.is_none() && row.what != "payment" {
                    true => "! ",
                    false => "",
                },
                row.what_ja,
                row.filing.as_ref().map_or_else(String::new, |key| format!(
                    "{} {}#{}",
                    key.month,
                    key.payer.code(),
                    row.receipt.unwrap_or_default()
                )),
                row.name,
                row.yen
                    .map_or_else(String::new, |yen| match u64::try_from(yen) {
                        Ok(yen) => output.yen(yen),
                        Err(_) => output.change(yen),
                    }),
                row.text
            ));
            let action = output.say(&row.action_ja, &row.action_en);
            if !action.is_empty() {
                lines.push(format!("      → {action}"));
            }
        }
        lines.extend(
            one.contradicted
                .iter()
                .map(|sent| format!("  ! {}", super::send::line(sent, output))),
        );
        for fault in &one.unreadable {
            lines.push(format!(
                "  ! {}: {}",
                match fault.code.as_str() {
                    "claim/miscounted" => output.say("確かめること", "to be looked at"),
                    _ => output.say("読めない行", "a row that cannot be read"),
                },
                output.say(&fault.message_ja, &fault.message_en)
            ));
        }
        lines.extend(
            one.outputs
                .iter()
                .map(|o| format!("    {}", o.path.display())),
        );
    }
}

pub(super) fn downloads(verb: &Downloads, output: &Output) -> Result<Exit, Fault> {
    let host = verbs::flows::host(&verb.station.config, output)?;
    if let (Some(sha256), Some(path)) = (&verb.sha256, &verb.output) {
        let bytes = host.download(sha256)?;
        reseplug::documents::write_new(path, &bytes)?;
        output.show(&serde_json::json!({ "file": path }), |lines| {
            lines.push(path.display().to_string());
        });
        return Ok(Exit::Done);
    }
    let kept = host.downloads()?;
    output.show(&serde_json::json!({ "downloads": kept }), |lines| {
        if kept.is_empty() {
            lines.push(
                output
                    .say("保管しているファイルはありません。", "no file is kept yet")
                    .to_owned(),
            );
            return;
        }
        let rows = kept
            .iter()
            .map(|one| {
                vec![
                    one.day.clone(),
                    output.say(kind_of(&one.kind), &one.kind).to_owned(),
                    one.payer.map_or("", Payer::name_ja).to_owned(),
                    one.name.clone(),
                    output
                        .say(one.standing.name_ja(), one.standing.name_en())
                        .to_owned(),
                    one.by.clone(),
                    one.sha256.get(..BEGINNING).unwrap_or(&one.sha256).to_owned(),
                ]
            })
            .collect();
        lines.push(output.table(
            &[
                ("日", "day"),
                ("種類", "kind"),
                ("提出先", "payer"),
                ("名前", "name"),
                ("扱い", "standing"),
                ("だれが", "who"),
                ("SHA-256 の初め", "SHA-256 begins"),
            ],
            rows,
        ));
        lines.push(
            output
                .say(
                    "ファイルを書き出すには: reseplug claim downloads --sha256 上の文字 -o 書き出す先",
                    "to write one: reseplug claim downloads --sha256 (its beginning) -o FILE",
                )
                .to_owned(),
        );
    });
    Ok(Exit::Done)
}

/// So much of a digest is shown: enough to tell files apart, and short enough to be typed.
const BEGINNING: usize = 16;

/// What staff call a kind of file.
fn kind_of(word: &str) -> &str {
    match word {
        "acknowledgement" => "オンライン受領書",
        "findings" => "ASP結果",
        "returns" => "返戻レセプト",
        "adjustments" => "増減点連絡書",
        "payments" => "振込額",
        other => other,
    }
}

/// Which receipt a verb is about.
fn of_receipt(one: &One) -> Result<OfReceipt, Fault> {
    Ok(OfReceipt {
        claim_month: one.which.month()?,
        payer: one.which.needed_payer()?,
        receipt: one.receipt,
        sequence: one.sequence,
    })
}

/// What was recorded of a receipt.
#[derive(serde::Serialize)]
struct OnPaper<'a> {
    #[serde(flatten)]
    standing: &'a reseplug_claims::Standing,
    claimed_twice: &'a [(reseplug_claims::Standing, reseplug_claims::Standing)],
    dry_run: bool,
}

pub(super) fn returned(verb: &Returned, output: &Output) -> Result<Exit, Fault> {
    let one = &verb.one;
    let host = one.which.host(output)?;
    let standing = host.returned_on_paper(&PaperReturn {
        of: of_receipt(one)?,
        reason: verb.reason.clone(),
        undo: verb.undo,
        by: one.by.clone(),
        dry_run: one.dry_run,
    })?;
    // Filed again since, it stands twice once the return is taken back.
    let twice = match one.dry_run {
        true => Vec::new(),
        false => host
            .book()?
            .claimed_twice_in(standing.filing.month, Some(standing.filing.payer)),
    };
    let told = OnPaper {
        standing: &standing,
        claimed_twice: &twice,
        dry_run: one.dry_run,
    };
    output.show(&told, |lines| {
        let receipt = format!(
            "{} {}",
            standing.receipt.service_month, standing.receipt.name
        );
        let (ja, en) = match (one.dry_run, verb.undo) {
            (true, _) => (
                "予行です。何も記録していません。いまの状態",
                "a rehearsal: nothing was recorded. As it stands",
            ),
            (false, false) => (
                "紙の返戻として記録しました。紙で再請求し、claim drop で一覧から外します",
                "recorded as returned on paper; file it again on paper, then take it off the list with claim drop",
            ),
            (false, true) => (
                "紙の返戻の記録を取り消しました",
                "the record of the return was taken back",
            ),
        };
        lines.push(format!("{}: {receipt}", output.say(ja, en)));
        if one.dry_run {
            lines.push(format!("  {}", output.say(standing.place.name_ja(), standing.place.name_en())));
        }
        lines.extend(super::look::twice_lines(&twice, output));
    });
    Ok(match twice.is_empty() {
        true => Exit::Done,
        false => Exit::Attention,
    })
}

pub(super) fn review(verb: &Review, output: &Output) -> Result<Exit, Fault> {
    let host = verb.one.which.host(output)?;
    let standing = host.review_claim(&ReviewRequest {
        of: of_receipt(&verb.one)?,
        reason: verb.reason.clone(),
        decided: verb.decided,
        by: verb.one.by.clone(),
        dry_run: verb.one.dry_run,
    })?;
    let groundless = standing.adjusted == 0 && verb.decided.is_none();
    output.show(&Reviewed { standing: &standing, dry_run: verb.one.dry_run, groundless }, |lines| {
        if verb.one.dry_run {
            lines.push(
                output
                    .say(
                        "予行です。何も記録していません。いまの状態:",
                        "a rehearsal: nothing was recorded. As it stands:",
                    )
                    .to_owned(),
            );
        }
        lines.push(format!(
            "{} {}  {} {}{}",
            standing.receipt.service_month,
            standing.receipt.name,
            output.say("増減点", "adjusted"),
            output.change(standing.adjusted),
            match standing.in_review {
                true => output.say("  再審査中", "  in review"),
                false => "",
            }
        ));
        if groundless {
            lines.push(
                output
                    .say(
                        "  このレセプトに増減点の記録はありません。番号を確かめてください。誤って記録したときは --decided 0 で終わらせます。",
                        "  no adjustment of this receipt is on record; make sure of the number. What was recorded by mistake is ended with --decided 0",
                    )
                    .to_owned(),
            );
        }
    });
    Ok(match groundless {
        true => Exit::Attention,
        false => Exit::Done,
    })
}

/// A receipt in review.
#[derive(serde::Serialize)]
struct Reviewed<'s> {
    #[serde(flatten)]
    standing: &'s reseplug_claims::Standing,
    dry_run: bool,
    /// Nothing was taken off it as far as is on record, so that the number may be wrong.
    #[serde(rename = "no_adjustment")]
    groundless: bool,
}

pub(super) fn retract(verb: &Retract, output: &Output) -> Result<Exit, Fault> {
    let host = verbs::flows::host(&verb.station.config, output)?;
    let taken = host.retract_import(&RetractRequest {
        sha256: verb.sha256.clone(),
        reason: verb.reason.clone(),
        by: verb.by.clone(),
        dry_run: verb.dry_run,
    })?;
    // What a file had told apart may stand twice without it.
    let twice = host.book()?.claimed_twice();
    output.show(
        &serde_json::json!({
            "retracted": taken, "dry_run": verb.dry_run, "claimed_twice": twice,
        }),
        |lines| {
            for one in &taken {
                lines.push(format!(
                    "  {} {}  {}{}  {}",
                    one.month,
                    one.payer.name_ja(),
                    output.say(one.event.name_ja(), one.event.kind()),
                    one.receipt.map_or_else(String::new, |n| format!(" {n}")),
                    output.say(&one.event.detail_ja(), &one.event.detail_en()),
                ));
            }
            let (ja, en) = match verb.dry_run {
                true => (
                    "予行です。上の記録が数えられなくなります。何も記録していません。",
                    "a rehearsal: the above would count no more; nothing was recorded",
                ),
                false => (
                    "上の記録は数えません。ファイルと記録は残っています。製品に渡した書類（out/受領）は取り消されないので、必要なら製品で直してください。",
                    "the above counts no more; file and record stay. What was handed to the product (out/受領) is not taken back",
                ),
            };
            lines.push(output.say(ja, en).to_owned());
            lines.extend(super::look::twice_lines(&twice, output));
        },
    );
    Ok(match twice.is_empty() {
        true => Exit::Done,
        false => Exit::Attention,
    })
}
