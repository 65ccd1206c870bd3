//! `reseplug claim …`

use super::flows::{adapter, answers, host};
use crate::args::Station;
use crate::arguments::Refused;
use crate::exit::Exit;
use crate::output::Output;
use crate::verbs;
use reseplug::accept::{Answers, PaperEvidence};
use reseplug::{
    Acknowledged, ApproveRequest, Channel, CheckReport, CheckRequest, Ended, Guarded, Host,
    SendRequest, Sent, Standing, payer_ja, report, state_ja,
};
use reseplug_effect::{Fault, jst_zone};
use reseplug_engine::contract::{Payer, Severity};
use reseplug_model::Month;
use std::collections::BTreeSet;
use std::path::PathBuf;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Claim {
    /// 請求ファイルを作り、点検と資格の照合をする（何も送らない）/ make the claim files, check them, compare with the evidence
    #[command(
        after_help = "訪問日ごとに、資格確認の回答と違うところを、返戻になるときの理由の名前で示します。書類は変えません。\nFor each visit day, what differs from the answers is named by the reason for which it would be returned; nothing is changed.\n\n例 / example:\n  reseplug claim check --month 2024-11"
    )]
    Check(Check),
    /// 名前のある人が承認する / a named person approves
    #[command(
        after_help = "「確認できない」は「資格がない」ではありません。理由と見たものを書けば請求できます。判断は名前とともに記録されます。\nNot confirmed is not uncovered: with a reason and what was seen it can be filed, and both are recorded with the name.\n\n例 / examples:\n  reseplug claim approve --month 2024-11 --by 管理者氏名\n  reseplug claim approve --month 2024-11 --by 管理者氏名 --despite 登録の遅れと保険者に確認 --seen 資格確認書\n  reseplug claim approve --month 2024-11 --by 管理者氏名 --receipt RECEIPTH.UKE#3 --despite … --seen …"
    )]
    Approve(Approve),
    /// 承認した請求ファイルを引き渡しフォルダーに置く（請求は職員が公式の端末で行う）/ place the approved files for the official terminal
    Handover(Send),
    /// 承認した請求ファイルをゲートウェイに送る / file the approved files over the gateway
    Submit(Send),
    /// 承認した請求ファイルと集計をフォルダーに書く（いつでも、回線がなくても）/ write the approved files and their totals to a folder, with no network
    Write(WriteOut),
    /// 請求の状態と点検結果 / where the filings stand, with findings
    Status(Which),
    /// 請求確定（ゲートウェイ）/ confirm what was filed over the gateway
    Confirm(Confirm),
    /// 請求取消（ゲートウェイ）/ withdraw what was filed over the gateway
    Withdraw(Act),
    /// 受領書を受け取る、または端末で保存した受領書を取り込む / fetch the acknowledgement, or import a downloaded one
    Ack(Ack),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Check {
    /// 書類。省略すると設定の [product] / documents; by default those under [product]
    documents: Vec<PathBuf>,
    /// アダプターの名前 / adapter's id
    #[arg(long)]
    adapter: Option<String>,
    #[command(flatten)]
    which: Which,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Which {
    /// 請求年月（既定は今月）/ month of filing, by default this month
    #[arg(long, value_parser = month)]
    month: Option<Month>,
    /// 提出先: 1 支払基金、2 国保連（既定は両方）/ payer
    #[arg(long, value_parser = payer)]
    payer: Option<Payer>,
    #[command(flatten)]
    station: Station,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Approve {
    #[command(flatten)]
    check: Check,
    /// 承認する方の名前 / who approves
    #[arg(long, value_parser = crate::verbs::who)]
    by: Option<String>,
    /// 確認できないレセプトの理由と、見たものを書いたファイル / reasons and paper evidence for unconfirmed receipts
    #[arg(long)]
    accept: Option<PathBuf>,
    /// 確認できないレセプトも請求する理由 / why receipts that are not confirmed are filed all the same
    #[arg(long, value_name = "REASON", requires = "seen")]
    despite: Option<String>,
    /// そのために見たもの（資格確認書など）/ what was seen for it: a certificate, a call to the insurer
    #[arg(long, value_name = "EVIDENCE", requires = "despite")]
    seen: Option<String>,
    /// --despite をこのレセプトに限る（何度でも。省略すると確認できないものすべて）/ only for this receipt, as often as needed
    #[arg(long, value_name = "ID", requires = "despite")]
    receipt: Vec<String>,
    /// 処理の名前 / the job's id
    #[arg(long)]
    job: Option<String>,
    /// 承認せず、できるかどうかだけ見る / approve nothing, see whether it could be
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Send {
    #[command(flatten)]
    which: Which,
    /// 送る方の名前 / who sends
    #[arg(long, value_parser = crate::verbs::who)]
    by: String,
    /// 確認試験として（請求になりません）/ as a trial, which is no claim
    #[arg(long)]
    trial: bool,
    /// 何も送らず、送るものだけ見る / send nothing, show what would leave
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct WriteOut {
    #[command(flatten)]
    which: Which,
    /// 書き出すフォルダー / folder to write to
    #[arg(short, long)]
    output: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Act {
    #[command(flatten)]
    which: Which,
    /// 行う方の名前 / who does it
    #[arg(long, value_parser = crate::verbs::who)]
    by: String,
    /// 何も送らない / send nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Confirm {
    #[command(flatten)]
    act: Act,
    /// 要確認のレセプトも請求する / file receipts with 要確認, too
    #[arg(long)]
    include_errors: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Ack {
    /// 公式の端末で保存した受領書 / an acknowledgement downloaded in the official terminal
    file: Option<PathBuf>,
    #[command(flatten)]
    which: Which,
    /// 書き出すフォルダー / folder for the result
    #[arg(short, long)]
    output: Option<PathBuf>,
}

pub(crate) fn month(text: &str) -> Result<Month, Refused> {
    Month::parse(text).map_err(|error| Refused::date(&error, "2024-11"))
}

fn payer(text: &str) -> Result<Payer, Refused> {
    match text {
        "1" | "支払基金" => Ok(Payer::SocialInsuranceFund),
        "2" | "国保連" => Ok(Payer::NationalHealthFederation),
        _ => Err(Refused::new(
            "1（支払基金）か 2（国保連）です",
            "1 (支払基金) or 2 (国保連)",
        )),
    }
}

impl Which {
    fn month(&self) -> Result<Month, Fault> {
        if let Some(month) = self.month {
            return Ok(month);
        }
        let today = jiff::Timestamp::now().to_zoned(jst_zone()).date();
        Month::new(today.year(), today.month()).ok_or_else(|| {
            Fault::new(
                "host/clock",
                "このPCの日付が正しくありません。",
                "this machine's date makes no sense",
            )
        })
    }

    fn host(&self, output: &Output) -> Result<Host, Fault> {
        host(&self.station.config, output)
    }
}

pub(crate) fn run(verb: &Claim, output: &Output) -> Result<Exit, Fault> {
    match verb {
        Claim::Check(verb) => {
            let report = verb.which.host(output)?.check(&verb.request()?)?;
            Ok(show_check(&report, output))
        }
        Claim::Approve(verb) => approve(verb, output),
        Claim::Handover(verb) => send(verb, Channel::Handover, output),
        Claim::Submit(verb) => send(verb, Channel::Gateway, output),
        Claim::Write(verb) => write_out(verb, output),
        Claim::Status(verb) => status(verb, output),
        Claim::Confirm(verb) => {
            let act = &verb.act;
            let host = act.which.host(output)?;
            let ended = host.confirm(
                act.which.month()?,
                act.which.payer,
                verb.include_errors,
                &act.by,
                act.dry_run,
            )?;
            show_sent(ended.into_iter().map(Ok).collect(), act.dry_run, output)
        }
        Claim::Withdraw(act) => {
            let host = act.which.host(output)?;
            let ended = host.withdraw(act.which.month()?, act.which.payer, &act.by, act.dry_run)?;
            show_sent(ended.into_iter().map(Ok).collect(), act.dry_run, output)
        }
        Claim::Ack(verb) => ack(verb, output),
    }
}

impl Check {
    fn request(&self) -> Result<CheckRequest, Fault> {
        Ok(CheckRequest {
            claim_month: self.which.month,
            adapter: adapter(self.adapter.as_ref())?,
            documents: self.documents.clone(),
        })
    }
}

fn show_check(report: &CheckReport, output: &Output) -> Exit {
    output.show(report, |lines| {
        for file in &report.files {
            lines.push(format!(
                "{}  {}  {}{}  {}{}  SHA-256 {}",
                payer_ja(file.payer),
                file.file.name,
                file.receipts,
                output.say("件", " receipts"),
                file.total,
                output.say("円", " yen"),
                file.file.digest
            ));
        }
        for found in &report.findings {
            let finding = &found.finding;
            lines.push(format!(
                "  [{}] {} {}  {}  → {}",
                severity(finding.severity, output),
                finding.code,
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
        lines.push(if report.ready() {
            output
                .say(
                    "承認できます。「確認できない」は「資格がない」ではありません。",
                    "ready to be approved",
                )
                .to_owned()
        } else {
            output
                .say(
                    "まだ承認できません。上の行を直すか、それでも請求する理由と見たものを claim approve の --despite と --seen で書いてください。",
                    "not ready: correct the lines above, or say with --despite and --seen of `claim approve` why they are filed all the same and what was seen",
                )
                .to_owned()
        });
    });
    if report.ready() {
        Exit::Done
    } else {
        Exit::Attention
    }
}

/// What the guard says of a receipt: nothing where all is confirmed.
/// What was accepted and is in none of the files.
fn not_imported(report: &CheckReport, output: &Output) -> Vec<String> {
    let pending = report.not_imported.iter();
    pending
        .map(|one| output.say(&one.pending_ja(), &one.pending_en()).to_owned())
        .collect()
}

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
            finding.days_ja(),
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
                shown.answered_at
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

fn severity(severity: Severity, output: &Output) -> &'static str {
    match severity {
        Severity::Reject => output.say("受付不能", "reject"),
        Severity::ReturnRisk => output.say("返戻のおそれ", "return risk"),
        Severity::Attention => output.say("要確認", "attention"),
        Severity::Note => output.say("参考", "note"),
    }
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

fn approve(verb: &Approve, output: &Output) -> Result<Exit, Fault> {
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
    if given.by.trim().is_empty() {
        return Err(Fault::new(
            "accept/nobody",
            "承認する方の名前を --by で書いてください。",
            "say with --by who approves",
        ));
    }
    let host = verb.check.which.host(output)?;
    let ended = host.approve(&ApproveRequest {
        job: verb.job.clone(),
        check: verb.check.request()?,
        answers: Answers { ..given },
        dry_run: verb.dry_run,
    })?;
    match ended {
        Ended::Done(approval) => {
            output.show(&approval, |lines| {
                for file in &approval.report.files {
                    lines.push(format!(
                        "{}  {}{}  {}{}",
                        payer_ja(file.payer),
                        file.receipts,
                        output.say("件", " receipts"),
                        file.total,
                        output.say("円", " yen"),
                    ));
                }
                lines.extend(not_imported(&approval.report, output));
                lines.push(if verb.dry_run {
                    output
                        .say(
                            "承認できます（予行。記録していません）。",
                            "could be approved; nothing was recorded",
                        )
                        .to_owned()
                } else {
                    format!(
                        "{}: {}  {}  {}",
                        output.say("承認しました", "approved"),
                        approval.by,
                        approval.at,
                        approval.job
                    )
                });
            });
            Ok(Exit::Done)
        }
        other => Ok(verbs::unfinished(&other, output)),
    }
}

fn send(verb: &Send, channel: Channel, output: &Output) -> Result<Exit, Fault> {
    let host = verb.which.host(output)?;
    let results = host.send(&SendRequest {
        claim_month: verb.which.month()?,
        channel,
        trial: verb.trial,
        payer: verb.which.payer,
        by: verb.by.clone(),
        dry_run: verb.dry_run,
    })?;
    show_sent(results, verb.dry_run, output)
}

/// Each payer's file: what became of it, or why it did not leave.
fn show_sent(
    results: Vec<Result<Ended<Sent>, Fault>>,
    dry_run: bool,
    output: &Output,
) -> Result<Exit, Fault> {
    let mut exit = Exit::Done;
    let mut sent = Vec::new();
    let mut first = None;
    for result in results {
        match result {
            Ok(Ended::Done(one)) => sent.push(one),
            Ok(other) => exit = verbs::unfinished_line(&other, output),
            Err(fault) => {
                output.complain(&fault);
                first.get_or_insert(fault);
            }
        }
    }
    output.show(
        &serde_json::json!({ "dry_run": dry_run, "filings": sent, "error": first }),
        |lines| {
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
        },
    );
    Ok(first.map_or(exit, |fault| Exit::of(&fault)))
}

fn line(one: &Sent, output: &Output) -> String {
    let again = one.already_by.as_ref().map(|job| {
        format!(
            "  {} {job}",
            output.say("（以前の処理が済ませています）", "(done before by)")
        )
    });
    format!(
        "{}  {}  {}{}  {}{}  {}  {}{}",
        payer_ja(one.payer),
        one.claim_month,
        one.receipts,
        output.say("件", " receipts"),
        one.total,
        output.say("円", " yen"),
        output.say(&state_ja(&one.state), &one.state),
        one.reference,
        again.unwrap_or_default()
    )
}

fn status(verb: &Which, output: &Output) -> Result<Exit, Fault> {
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
    if over_gateway {
        for ended in host.standing(month, verb.payer)? {
            match ended {
                Ended::Done(one) => standing.push(one),
                other => exit = verbs::unfinished_line(&other, output),
            }
        }
    }
    output.show(
        &serde_json::json!({
            "claim_month": month, "filings": known, "gateway": standing,
            "filed_months": host.filed_months()?,
        }),
        |lines| {
            if known.is_empty() {
                lines.push(nothing_left(month, &others, output));
            }
            for one in known.iter().filter(|s| s.channel == Channel::Handover) {
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
                    lines.push(format!(
                        "    [{}] {} {}",
                        severity(finding.severity, output),
                        finding.code,
                        output.say(&finding.message_ja, &finding.message_en)
                    ));
                }
            }
        },
    );
    Ok(exit)
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

fn write_out(verb: &WriteOut, output: &Output) -> Result<Exit, Fault> {
    let host = verb.which.host(output)?;
    let month = verb.which.month()?;
    let approval = host.approval(month)?;
    let summary = verb.output.join("集計.html");
    reseplug::documents::refuse_not_a_page(&summary)?;
    let mut files = host.write_claims(month, &verb.output)?;
    let station = &host.station().station;
    let title = format!("{month} 請求分");
    let page = report::page(&report::Page {
        station: &station.name,
        code: &station.code,
        title: &title,
        made_at: &approval.at,
        proposals: &[],
        approval: Some(&approval),
        sent: &host.filed(month, None, None)?,
        beside: None,
    });
    reseplug::documents::write_page(&summary, &page)?;
    files.push(summary);
    output.show(&serde_json::json!({ "files": files }), |lines| {
        lines.extend(files.iter().map(|f| f.display().to_string()));
        lines.push(
            output
                .say(
                    "書き出しました。公式の端末で請求するまで、請求にはなりません。",
                    "written; nothing is filed before somebody files it in the official terminal",
                )
                .to_owned(),
        );
    });
    Ok(Exit::Done)
}

fn ack(verb: &Ack, output: &Output) -> Result<Exit, Fault> {
    let host = verb.which.host(output)?;
    let month = verb.which.month()?;
    let mut found: Vec<Acknowledged> = Vec::new();
    let mut exit = Exit::Done;
    match &verb.file {
        Some(file) => {
            let payer = verb.which.payer.ok_or_else(|| {
                Fault::new(
                    "claim/payer",
                    "どちらの受領書か、--payer 1（支払基金）か --payer 2（国保連）で指定してください。",
                    "say with --payer 1 or --payer 2 whose acknowledgement it is",
                )
            })?;
            match host.read_acknowledgement(month, payer, file, verb.output.as_ref())? {
                Ended::Done(one) => found.push(one),
                other => exit = verbs::unfinished_line(&other, output),
            }
        }
        None => {
            for ended in host.acknowledge(month, verb.which.payer, verb.output.as_ref())? {
                match ended {
                    Ended::Done(one) => found.extend(one),
                    other => exit = verbs::unfinished_line(&other, output),
                }
            }
        }
    }
    output.show(&serde_json::json!({ "acknowledgements": found }), |lines| {
        for one in &found {
            lines.push(format!(
                "{}  {}  {}{}  {}{}  {}",
                payer_ja(one.sent.payer),
                one.number,
                one.receipts,
                output.say("件", " receipts"),
                one.total,
                output.say("円", " yen"),
                one.at
            ));
            lines.extend(
                one.outputs
                    .iter()
                    .map(|o| format!("    {}", o.path.display())),
            );
        }
        if found.is_empty() {
            lines.push(
                output
                    .say("受領書はまだありません。", "no acknowledgement yet")
                    .to_owned(),
            );
        }
    });
    Ok(exit)
}
