//! Check and approval.

use super::args::{Approve, Check};
use super::look::{SHOWN, in_order, why};
use super::send::reason;
use crate::exit::Exit;
use crate::output::Output;
use crate::verbs;
use crate::verbs::flows::answers;
use reseplug::accept::{Answers, PaperEvidence};
use reseplug::guard::Standing;
use reseplug::{Approval, ApproveRequest, CheckReport, Ended, Guarded, Host, PayerWeek};
use reseplug_claims::Late;
use reseplug_effect::{Fault, jst};
use reseplug_engine::contract::Severity;
use reseplug_journal::{JobFilter, Journal};
use reseplug_model::{Month, Payer};
use std::collections::BTreeSet;

pub(super) fn check(verb: &Check, output: &Output) -> Result<Exit, Fault> {
    let host = verb.whole.host(output)?;
    let report = host
        .check(&verb.request()?)
        .map_err(|fault| perhaps_none(fault, verb, &host))?;
    let unasked = report
        .unanswered()
        .any(|one| one.verdict.standing == Standing::NotConfirmed)
        && never_asked(&host, report.claim_month)?;
    Ok(show_check(
        &Checked {
            report: &report,
            unasked,
        },
        output,
    ))
}

/// A document of the station file that is not there may be none this month.
fn perhaps_none(fault: Fault, verb: &Check, host: &Host) -> Fault {
    let mut product = host.station().product.month.iter();
    let its = product.any(|path| fault.message_ja.contains(&path.display().to_string()));
    if fault.code != "file/unreadable" || !verb.documents.is_empty() || !its {
        return fault;
    }
    Fault {
        message_ja: format!(
            "{}その提出先への請求がない月で、製品がファイルを作らなかったときは、あるファイルだけを並べて指定します（例: reseplug claim check SHAHO/RECEIPTH.UKE。claim approve も同じです）。",
            fault.message_ja
        ),
        message_en: format!(
            "{}. If the product wrote no file because nothing is claimed from that payer this month, name those that there are (reseplug claim check SHAHO/RECEIPTH.UKE; so with claim approve)",
            fault.message_en.trim_end_matches('.')
        ),
        ..fault
    }
}

/// What the check says, and whether nobody has asked about the month's coverage yet.
#[derive(serde::Serialize)]
struct Checked<'r> {
    #[serde(flatten)]
    report: &'r CheckReport,
    #[serde(rename = "fill_not_run", skip_serializing_if = "std::ops::Not::not")]
    unasked: bool,
}

/// Whether no `fill` has asked since the month of filing began.
fn never_asked(host: &Host, month: Month) -> Result<bool, Fault> {
    let journal = host.journal();
    let fills = journal.job_heads(&JobFilter {
        station: Some(host.station().station.code.clone()),
        kind: Some("flow.fill".to_owned()),
        roots: true,
        ..JobFilter::default()
    })?;
    for head in fills.iter().filter(|head| head.state != "failed") {
        let Some(job) = journal.job(&head.id)? else {
            continue;
        };
        let begun = jst(job.begun_at);
        let begun = begun.get(..7).and_then(|text| Month::parse(text).ok());
        let offline = job.new.args.get("offline") == Some(&true.into());
        if !offline && begun.is_some_and(|begun| begun >= month) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn show_check(checked: &Checked<'_>, output: &Output) -> Exit {
    let report = checked.report;
    output.show(checked, |lines| {
        for file in &report.files {
            lines.push(format!(
                "{}  {}  {}  {}  SHA-256 {}",
                file.payer.name_ja(),
                file.file.name,
                output.receipts(file.receipts),
                output.yen(file.total),
                file.file.digest
            ));
        }
        for found in &report.findings {
            let finding = &found.finding;
            let name = report.receipts.iter().find(|one| {
                one.receipt.document == finding.place.document
                    && Some(one.receipt.number) == finding.receipt
            });
            lines.push(format!(
                "  [{}] {} {}{}  {}  → {}",
                severity(finding.severity, output),
                finding.code,
                name.map_or_else(String::new, |one| format!("{}  ", one.receipt.name)),
                reseplug_effect::Place::from(finding.place.clone()),
                output.say(&finding.message_ja, &finding.message_en),
                output.say(&finding.action_ja, &finding.action_en),
            ));
        }
        for (checker, fault) in &report.stopped {
            lines.push(format!(
                "  {} {checker}: {}",
                output.say("点検プラグインを止めました", "a checker was stopped:"),
                output.say(&fault.message_ja, &fault.message_en)
            ));
        }
        for one in &report.receipts {
            lines.extend(guarded(one, output));
        }
        for (one, reason) in &report.held {
            lines.push(format!(
                "  {}  {}  {}: {reason}",
                one.id,
                one.receipt.name,
                output.say("今月は請求しない", "left for a later month")
            ));
        }
        for one in &report.duplicates {
            lines.push(format!(
                "  [{}] {}  {}{}",
                output.say("重複", "claimed before"),
                one.id,
                one.say_ja(),
                one.reason.as_ref().map_or(String::new(), |reason| format!(
                    "  {}: {reason}",
                    output.say("請求する理由", "filed because")
                ))
            ));
        }
        for one in &report.refiled {
            lines.push(format!(
                "  [{}] {}  {}  {}",
                match one.as_first {
                    true => output.say("返戻後の新規請求", "first filing after a return"),
                    false => output.say("再請求", "filed again"),
                },
                one.id,
                one.name,
                one.returned.returned_for.join("／")
            ));
        }
        for one in in_order(&report.late) {
            lines.push(format!(
                "  [{}] {}  {} {}  {}",
                output.say("待っている", "waits"),
                one.id,
                one.receipt.service_month,
                one.receipt.name,
                why(one, output)
            ));
        }
        if !report.late.is_empty() {
            lines.push(
                output
                    .say(
                        "  待っているレセプトを今月の請求に入れるには、製品で入れるか、claim approve の --carry で番号を指定します。",
                        "  to file waiting receipts this month, put them in in the product, or name them with --carry of `claim approve`",
                    )
                    .to_owned(),
            );
        }
        let hidden: Vec<&str> = report
            .cannot_show
            .iter()
            .map(|r| output.say(&r.info().name_ja, &r.info().name_en))
            .collect();
        lines.push(format!(
            "{}: {}",
            output.say(
                "資格確認の回答では分からない返戻理由",
                "reasons for a return that no answer can show"
            ),
            hidden.join(output.say("、", "; "))
        ));
        lines.extend(not_imported(report, output));
        if checked.unasked {
            lines.push(
                output
                    .say(
                        "確認できないレセプトがあり、この月の資格をまだ照会していません。`reseplug fill` が訪問日ごとに照会します。",
                        "receipts are not confirmed, and this month's coverage was not asked for yet: `reseplug fill` asks as of the visit days",
                    )
                    .to_owned(),
            );
        }
        lines.extend(missing(report, output));
    });
    if report.ready() {
        Exit::Done
    } else {
        Exit::Attention
    }
}

/// Whether the month may be approved; if not, what each of the things that stand against it needs.
fn missing(report: &CheckReport, output: &Output) -> Vec<String> {
    if report.ready() {
        let ready = output.say(
            "承認できます。「確認できない」は「資格がない」ではありません。",
            "ready to be approved",
        );
        return vec![ready.to_owned()];
    }
    let needed = [
        (
            report.rejects().count(),
            "受付不能: このままでは受け付けられず、承認もできません。製品で直して、書類を出し直してください。",
            "reject: the payer would not take it, and it cannot be approved; correct it in the product",
        ),
        (
            report.unanswered().count(),
            "資格の照合: 製品で直すか、それでも請求する理由と見たものを claim approve の --despite と --seen で書いてください。",
            "coverage: correct it in the product, or say with --despite and --seen of `claim approve` why it is filed all the same and what was seen",
        ),
        (
            report.twice().count(),
            "重複: 製品で外すか、もう一度請求する理由を claim approve の --again で書いてください。",
            "claimed before: leave it out in the product, or say with --again of `claim approve` why it is filed again",
        ),
    ];
    let mut lines = vec![output.say("まだ承認できません。", "not ready:").to_owned()];
    let own = needed.into_iter().filter(|(count, ..)| *count > 0);
    lines.extend(own.map(|(count, ja, en)| {
        let (ja, en) = (
            ja.replacen(": ", &format!(" {count}件: "), 1),
            en.replacen(": ", &format!(" ({count}): "), 1),
        );
        format!("  {}", output.say(&ja, &en))
    }));
    lines
}

/// What the approval answers for beyond the totals: who is held, carried, filed again, or filed
/// without an electronic confirmation.
fn signed(report: &CheckReport, waited: &[Late], output: &Output) -> Vec<String> {
    let mut lines = Vec::new();
    for (one, reason) in &report.held {
        lines.push(format!(
            "  {}: {} {}  {reason}",
            output.say("保留（月遅れ）", "held"),
            one.id,
            one.receipt.name
        ));
    }
    for id in &report.carried {
        let one = waited.iter().find(|one| one.id == *id);
        let who = one.map_or_else(String::new, |one| {
            format!(" {} {}", one.receipt.service_month, one.receipt.name)
        });
        lines.push(format!(
            "  {}: {id}{who}",
            output.say("今月に入れた月遅れ・返戻", "carried into this month")
        ));
    }
    for one in &report.refiled {
        lines.push(format!(
            "  {}: {} {}",
            output.say("再請求", "filed again"),
            one.id,
            one.name
        ));
    }
    for one in report.duplicates.iter().filter(|one| one.reason.is_some()) {
        lines.push(format!(
            "  {}: {} {}",
            output.say("重複と知って請求", "filed although claimed before"),
            one.id,
            one.say_ja()
        ));
    }
    let paper: Vec<String> = report
        .receipts
        .iter()
        .filter(|one| one.file_anyway.is_some())
        .map(|one| one.receipt.name.clone())
        .collect();
    if !paper.is_empty() {
        lines.push(format!(
            "  {}: {}{}  {}",
            output.say(
                "未確認のまま、理由を書いて請求",
                "filed without confirmation"
            ),
            paper.len(),
            output.say("件", ""),
            paper.join(output.say("、", ", "))
        ));
    }
    lines
}

/// What was accepted and is in none of the files, and what was not read.
fn not_imported(report: &CheckReport, output: &Output) -> Vec<String> {
    let pending = report.not_imported.iter();
    let mut lines: Vec<String> = pending
        .map(|one| output.say(&one.pending_ja(), &one.pending_en()).to_owned())
        .collect();
    if let (Some(ja), Some(en)) = (report.aside_ja(), report.aside_en()) {
        lines.push(format!("! {}", output.say(&ja, &en)));
    }
    lines
}

/// What the guard says of a receipt: nothing where all is confirmed.
fn guarded(one: &Guarded, output: &Output) -> Vec<String> {
    if one.verdict.findings.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![format!("  {}  {}", one.id, one.receipt.name)];
    for finding in &one.verdict.findings {
        lines.push(format!(
            "    [{}] {}  {}  {}",
            output.say(finding.level.name_ja(), finding.level.name_en()),
            output.say(&finding.title_ja(), &finding.title_en()),
            output.say(&finding.days_ja(), &finding.days_en()),
            finding.fields_ja()
        ));
        if let Some(shown) = &finding.shown_by {
            lines.push(format!(
                "      {} {} {} {} {} ({})",
                output.say("根拠", "shown by"),
                output.say(shown.method_ja(), &shown.method),
                shown.message,
                output.say("資格確認日", "as of"),
                shown.as_of,
                output.at(&shown.answered_at)
            ));
        }
        lines.push(format!(
            "      → {}",
            output.say(&finding.action_ja(), &finding.action_en())
        ));
    }
    if let Some(paper) = &one.file_anyway {
        lines.push(format!(
            "      {}: {}  {}: {}",
            output.say("請求する理由", "filed because"),
            paper.reason,
            output.say("見たもの", "seen"),
            paper.seen
        ));
    }
    lines
}

pub(super) fn severity(severity: Severity, output: &Output) -> &'static str {
    let en = match severity {
        Severity::Reject => "reject",
        Severity::ReturnRisk => "return risk",
        Severity::Attention => "attention",
        Severity::Note => "note",
    };
    output.say(reseplug::report::found::severity_ja(severity), en)
}

/// An approval, and the payers for whom another content left before and still stands.
#[derive(serde::Serialize)]
struct Approved<'a> {
    /// Payers whose file was in the approval before and is not in this one.
    #[serde(skip_serializing_if = "<[Payer]>::is_empty")]
    no_longer: &'a [Payer],
    dry_run: bool,
    #[serde(flatten)]
    approval: &'a Approval,
    #[serde(skip_serializing_if = "<[PayerWeek]>::is_empty")]
    not_left: &'a [PayerWeek],
}

/// The payers for whom the content approved last has not left, while another one stands.
fn not_left(host: &Host, month: Month) -> Result<Vec<PayerWeek>, Fault> {
    let mut payers = host.claim_week(month)?.payers;
    payers.retain(|one| one.approved_not_left);
    Ok(payers)
}

/// A file that was confirmed as it is becomes another one where what waited is put in.
fn without_carrying(mut fault: Fault) -> Fault {
    fault.message_ja.push_str(
        "待っていたレセプトを入れた（--carry）ために別のファイルになったのなら、--carry なしで承認し直してください。",
    );
    fault.message_en.push_str(
        ". If it is another file only because of what was put in with --carry, approve without that",
    );
    fault
}

/// Why receipts that are to be carried are none: no such one waits. What waits is named.
fn unknown_late(host: &Host, carry: &BTreeSet<String>) -> Option<Fault> {
    let late = host.late().ok()?;
    let unknown: Vec<&str> = carry
        .iter()
        .filter(|id| !late.iter().any(|one| one.id == **id))
        .map(String::as_str)
        .collect();
    let there = in_order(&late);
    let ids: Vec<&str> = there
        .iter()
        .take(SHOWN)
        .map(|one| one.id.as_str())
        .collect();
    let (there_ja, there_en) = match there.len().saturating_sub(ids.len()) {
        _ if ids.is_empty() => ("ありません".to_owned(), "there are none".to_owned()),
        0 => (ids.join("、"), format!("there are {}", ids.join(", "))),
        more => (
            format!("{} ほか{more}件", ids.join("、")),
            format!("there are {} and {more} more", ids.join(", ")),
        ),
    };
    (!unknown.is_empty()).then(|| {
        Fault::new(
            "claim/unknown-late",
            format!(
                "「{}」という月遅れ・保留のレセプトはありません（待っているもの: {there_ja}）。`reseplug claim late` の番号で指定してください。何も承認していません。",
                unknown.join("、")
            ),
            format!(
                "no receipt waits under `{}` ({there_en}); see `reseplug claim late`. Nothing was approved",
                unknown.join(", ")
            ),
        )
    })
}

/// A reason and what was seen, neither of them blank.
fn paper(reason: &str, seen: &str) -> Result<PaperEvidence, Fault> {
    if reason.trim().is_empty() || seen.trim().is_empty() {
        return Err(Fault::new(
            "accept/no-reason",
            "--despite に請求する理由、--seen に見たものを、言葉で書いてください。",
            "say in words with --despite why, and with --seen what was seen",
        ));
    }
    Ok(PaperEvidence {
        reason: reason.trim().to_owned(),
        seen: seen.trim().to_owned(),
    })
}

pub(super) fn approve(verb: &Approve, output: &Output) -> Result<Exit, Fault> {
    let mut given = answers(verb.accept.as_deref())?.unwrap_or_default();
    if let Some(by) = &verb.by {
        given.by.clone_from(by);
    }
    if let (Some(reason), Some(seen)) = (&verb.despite, &verb.seen) {
        let paper = paper(reason, seen)?;
        if verb.receipt.is_empty() {
            given.file_all = Some(paper);
        } else {
            let each = verb.receipt.iter().map(|id| (id.clone(), paper.clone()));
            given.file_anyway.extend(each);
        }
    }
    if let Some(reason) = reason(verb.again.as_ref())? {
        given.again_all = Some(reason);
    }
    for id in &verb.carry {
        match id.as_str() {
            "all" => given.carry_all = true,
            id => {
                given.carry.insert(id.to_owned());
            }
        }
    }
    if given.by.trim().is_empty() {
        return Err(Fault::new(
            "accept/nobody",
            "承認する方の名前を --by で書いてください。",
            "say with --by who approves",
        ));
    }
    let host = verb.check.whole.host(output)?;
    let carry = given.carry.clone();
    let month = verb
        .check
        .whole
        .month
        .map_or_else(super::args::this_month, Ok)?;
    let before = host.approval(month).ok();
    let waited = match given.carry_all || !carry.is_empty() {
        true => host.late()?,
        false => Vec::new(),
    };
    let ended = host
        .approve(&ApproveRequest {
            job: verb.job.clone(),
            check: verb.check.request()?,
            answers: Answers { ..given },
            dry_run: verb.dry_run,
        })
        .map_err(|fault| perhaps_none(fault, &verb.check, &host))
        .map_err(|fault| match fault.code.as_str() {
            "claim/unknown-receipt" => unknown_late(&host, &carry).unwrap_or(fault),
            "claim/claimed-before" if !waited.is_empty() => without_carrying(fault),
            _ => fault,
        })?;
    match ended {
        Ended::Done(approval) => {
            let not_left = match verb.dry_run {
                true => Vec::new(),
                false => not_left(&host, approval.report.claim_month)?,
            };
            let no_longer = match &before {
                Some(before) if !verb.dry_run => dropped(&host, before, &approval)?,
                _ => Vec::new(),
            };
            let approved = Approved {
                no_longer: &no_longer,
                dry_run: verb.dry_run,
                approval: &approval,
                not_left: &not_left,
            };
            output.show(&approved, |lines| {
                for file in &approval.report.files {
                    lines.push(format!(
                        "{}  {}  {}",
                        file.payer.name_ja(),
                        output.receipts(file.receipts),
                        output.yen(file.total),
                    ));
                }
                lines.extend(signed(&approval.report, &waited, output));
                lines.extend(not_imported(&approval.report, output));
                lines.push(if verb.dry_run {
                    output
                        .say(
                            "承認できます（予行。承認は記録していません）。",
                            "could be approved; no approval was recorded",
                        )
                        .to_owned()
                } else {
                    format!(
                        "{}: {}  {}  {}",
                        output.say("承認しました", "approved"),
                        approval.by,
                        output.at(&approval.at),
                        approval.job
                    )
                });
                lines.extend(no_longer.iter().map(|payer| {
                    let payer = payer.name_ja();
                    let (ja, en) = (
                        format!(
                            "! {payer}: 前の承認にあったファイルは、この承認にありません（承認は月ごとに最後の1つです）。渡すには、両方の書類で承認し直してください。"
                        ),
                        format!(
                            "! {payer}: its file was in the approval before and is not in this one, and only the last approval of a month counts; approve the documents of both together"
                        ),
                    );
                    output.say(&ja, &en).to_owned()
                }));
                lines.extend(not_left.iter().map(|one| {
                    format!(
                        "! {}: {}",
                        one.payer.name_ja(),
                        output.say(&one.next_ja, &one.next_en)
                    )
                }));
            });
            Ok(
                match no_longer.is_empty() && approval.report.left_aside.is_empty() {
                    true => Exit::Done,
                    false => Exit::Attention,
                },
            )
        }
        other => Ok(verbs::unfinished(&other, output)),
    }
}

/// The payers whose file was approved before, has not left, and is not in the new approval.
fn dropped(host: &Host, before: &Approval, now: &Approval) -> Result<Vec<Payer>, Fault> {
    let sent = host.filed(now.report.claim_month, None, None)?;
    let mut dropped = Vec::new();
    for line in &before.report.files {
        let still = now.report.files.iter().any(|one| one.payer == line.payer);
        let left = sent.iter().any(|one| one.sha256 == line.file.digest);
        if !still && !left && !dropped.contains(&line.payer) {
            dropped.push(line.payer);
        }
    }
    Ok(dropped)
}
