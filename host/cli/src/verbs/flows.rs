//! `reseplug intake`, `recheck`, `fill`, `undo`

use super::read;
use crate::args::Station;
use crate::exit::Exit;
use crate::output::Output;
use crate::{SHIPPED, verbs};
use reseplug::accept::Answers;
use reseplug::decide::Reason;
use reseplug::people::Likely;
use reseplug::proposal::{Done, Proposal};
use reseplug::{
    Ended, FillRequest, Host, HostOptions, IntakeRequest, RecheckRequest, Report, UndoRequest,
    report,
};
use reseplug_effect::{Fault, jst};
use reseplug_model::Date;
use reseplug_policy::Name;
use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What every flow over the product's documents takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Common {
    /// 書類。省略すると設定の [product] / documents; by default those under [product] in the station file
    pub(crate) documents: Vec<PathBuf>,
    /// アダプターの名前。省略すると設定の [product] / adapter's id; by default the station file's
    #[arg(long)]
    pub(crate) adapter: Option<String>,
    #[command(flatten)]
    pub(crate) station: Station,
    /// 書き出すフォルダー。既定は設定の隣の out / folder for the result; by default `out` beside the station file
    #[arg(short, long)]
    pub(crate) output: Option<PathBuf>,
    /// 受け入れる変更を書いたファイル（JSON）/ file that says which changes are accepted, and by whom
    #[arg(long, conflicts_with = "interactive")]
    pub(crate) accept: Option<PathBuf>,
    /// 一件ずつ画面で尋ねる / ask about each change on the terminal
    #[arg(long, requires = "by")]
    pub(crate) interactive: bool,
    /// 判断する方の名前（--interactive のとき）/ who answers, with --interactive
    #[arg(long)]
    pub(crate) by: Option<String>,
    /// 処理の名前。同じ名前は同じ処理 / the job's id: the same id is the same job
    #[arg(long)]
    pub(crate) job: Option<String>,
    /// 同じ日に同じ処理をもう一度行う / run again although the same was done today
    #[arg(long)]
    pub(crate) again: bool,
    /// 何も送らず何も書かず、どうなるかだけ見る / send nothing, write nothing, show what would happen
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Intake {
    #[command(flatten)]
    pub(crate) common: Common,
    /// 同意日の始まり（既定は今日）/ first day of the consents
    #[arg(long, value_parser = day)]
    pub(crate) from: Option<Date>,
    /// 同意日の終わり（既定は今日）/ last day of the consents
    #[arg(long, value_parser = day)]
    pub(crate) to: Option<Date>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Recheck {
    #[command(flatten)]
    pub(crate) common: Common,
    /// 資格確認日（既定は今月1日）/ as of which day; by default the first of this month
    #[arg(long, value_parser = day)]
    pub(crate) as_of: Option<Date>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Fill {
    #[command(flatten)]
    pub(crate) common: Common,
    /// 照会せず、手元の記録だけで行う / ask nothing, use the evidence at hand
    #[arg(long)]
    pub(crate) offline: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Undo {
    /// 取り消す処理（intake・recheck・fill）/ the job to take changes back from
    pub(crate) job: String,
    /// 取り消す変更。省略するとすべて / its proposals; by default all of them
    pub(crate) proposals: Vec<String>,
    /// 取り消す方の名前 / who takes them back
    #[arg(long)]
    pub(crate) by: String,
    #[command(flatten)]
    pub(crate) station: Station,
    /// 書かずに、どうなるかだけ見る / write nothing, show what would happen
    #[arg(long)]
    pub(crate) dry_run: bool,
}

pub(crate) fn day(text: &str) -> Result<Date, String> {
    Date::parse(text).map_err(|e| format!("{e} — 例 / example: 2024-10-03"))
}

/// Opens the station's host with what ships in this program.
pub(crate) fn host(config: &Path, output: &Output) -> Result<Host, Fault> {
    let line = *output;
    Host::open(
        config,
        HostOptions {
            builtin: SHIPPED,
            actor: actor(),
            progress: Arc::new(move |ja, en| line.progress(ja, en)),
            ..HostOptions::default()
        },
    )
}

/// Who runs the program, for the audit record: the account's name.
fn actor() -> String {
    ["USERNAME", "USER", "LOGNAME"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()))
        .map_or_else(|| "cli".to_owned(), |name| format!("cli:{name}"))
}

pub(crate) fn adapter(name: Option<&String>) -> Result<Option<Name>, Fault> {
    name.map(|name| {
        Name::parse(name).map_err(|refused| {
            Fault::new(
                "plugin/name",
                format!("「{name}」はプラグインの名前ではありません: {}", refused.ja),
                format!("`{name}` is no plugin's name: {}", refused.en),
            )
        })
    })
    .transpose()
}

pub(crate) fn answers(file: Option<&Path>) -> Result<Option<Answers>, Fault> {
    file.map(|file| {
        let bytes = read(file)?;
        let name = file.display().to_string();
        let text = String::from_utf8(bytes).map_err(|_| {
            Fault::new(
                "accept/encoding",
                format!("受入れファイル「{name}」が UTF-8 ではありません。UTF-8 で保存し直してください。"),
                format!("{name} is not UTF-8; save it as UTF-8"),
            )
        })?;
        Answers::parse(&name, text.trim_start_matches('\u{feff}'))
    })
    .transpose()
}

pub(crate) fn intake(verb: &Intake, output: &Output) -> Result<Exit, Fault> {
    let host = host(&verb.common.station.config, output)?;
    flow(&host, &verb.common, output, |common, answers, again| {
        host.intake(&IntakeRequest {
            job: common.job.clone(),
            from: verb.from,
            to: verb.to,
            adapter: adapter(common.adapter.as_ref())?,
            documents: common.documents.clone(),
            output: common.output.clone(),
            answers,
            dry_run: common.dry_run,
            anew: again,
        })
    })
}

pub(crate) fn recheck(verb: &Recheck, output: &Output) -> Result<Exit, Fault> {
    let host = host(&verb.common.station.config, output)?;
    flow(&host, &verb.common, output, |common, answers, again| {
        host.recheck(&RecheckRequest {
            job: common.job.clone(),
            as_of: verb.as_of,
            adapter: adapter(common.adapter.as_ref())?,
            documents: common.documents.clone(),
            output: common.output.clone(),
            answers,
            dry_run: common.dry_run,
            anew: again,
        })
    })
}

pub(crate) fn fill(verb: &Fill, output: &Output) -> Result<Exit, Fault> {
    let host = host(&verb.common.station.config, output)?;
    flow(&host, &verb.common, output, |common, answers, again| {
        host.fill(&FillRequest {
            job: common.job.clone(),
            adapter: adapter(common.adapter.as_ref())?,
            documents: common.documents.clone(),
            output: common.output.clone(),
            answers,
            dry_run: common.dry_run,
            offline: verb.offline,
            anew: again,
        })
    })
}

pub(crate) fn undo(verb: &Undo, output: &Output) -> Result<Exit, Fault> {
    let host = host(&verb.station.config, output)?;
    let ended = host.undo(&UndoRequest {
        job: verb.job.clone(),
        proposals: verb.proposals.clone(),
        by: verb.by.clone(),
        dry_run: verb.dry_run,
    })?;
    show(&ended, None, output)
}

/// The report for the office, beside the documents.
fn write_page(host: &Host, common: &Common, report: &Report) -> Result<Option<PathBuf>, Fault> {
    let folder = match &common.output {
        Some(folder) => folder.clone(),
        None => host.folder().join("out"),
    };
    let file = folder.join("reports").join(format!("{}.html", report.job));
    let station = &host.station().station;
    let made_at = jst(jiff::Timestamp::now());
    let page = report::page(&report::Page {
        station: &station.name,
        code: &station.code,
        title: "資格確認の結果",
        made_at: &made_at,
        proposals: &report.proposals,
        approval: None,
        sent: &[],
    });
    reseplug::documents::write_whole(&file, page.as_bytes())?;
    Ok(Some(file))
}

/// Runs a flow, with a person's answers if they are asked for, and shows how it ended.
fn flow(
    host: &Host,
    common: &Common,
    output: &Output,
    mut run: impl FnMut(&Common, Option<Answers>, bool) -> Result<Ended<Report>, Fault>,
) -> Result<Exit, Fault> {
    let given = answers(common.accept.as_deref())?;
    let ended = run(common, given, common.again)?;
    let show = |ended: &Ended<Report>, output: &Output| {
        let page = match ended {
            Ended::Done(report) if !report.dry_run => write_page(host, common, report)?,
            _ => None,
        };
        show(ended, page.as_deref(), output)
    };
    if common.interactive
        && let Ended::Done(report) = &ended
        && let Some(answers) = ask(report, common.by.as_deref().unwrap_or_default(), output)?
    {
        return show(&run(common, Some(answers), false)?, output);
    }
    show(&ended, output)
}

/// Asks about each change that nobody has accepted yet.
fn ask(report: &Report, by: &str, output: &Output) -> Result<Option<Answers>, Fault> {
    let open: Vec<_> = report
        .proposals
        .iter()
        .filter(|p| p.reason == Some(Reason::NotAccepted))
        .collect();
    if open.is_empty() {
        return Ok(None);
    }
    if !std::io::stdin().is_terminal() {
        return Err(Fault::new(
            "accept/no-terminal",
            "画面がないため尋ねられません。--accept でファイルを渡してください。",
            "there is no terminal to ask on; give a file with --accept",
        ));
    }
    let mut answers = Answers {
        by: by.to_owned(),
        ..Answers::default()
    };
    let mut lines = std::io::stdin().lock().lines();
    for proposal in open {
        let mut stderr = std::io::stderr();
        for line in block(proposal, output) {
            let _ = writeln!(stderr, "{line}");
        }
        let _ = write!(
            stderr,
            "{} [y/N] ",
            output.say("受け入れますか？", "accept?")
        );
        let line = lines.next().and_then(Result::ok).unwrap_or_default();
        answers
            .proposals
            .insert(proposal.id.clone(), line.trim().eq_ignore_ascii_case("y"));
    }
    Ok(Some(answers))
}

/// Shows how a flow over documents ended.
fn show(ended: &Ended<Report>, page: Option<&Path>, output: &Output) -> Result<Exit, Fault> {
    let report = match ended {
        Ended::Done(report) => report,
        other => return Ok(verbs::unfinished(other, output)),
    };
    output.show(report, |lines| {
        for proposal in &report.proposals {
            if !matches!(proposal.done, Done::Nothing) {
                lines.extend(block(proposal, output));
            }
        }
        if !report.card_visits.is_empty() {
            lines.push(format!(
                "{}: {}",
                output.say(
                    "次の訪問でカードを読み取る方",
                    "people whose card is to be read at the next visit"
                ),
                report
                    .card_visits
                    .iter()
                    .map(|(key, name)| format!("{name}（{key}）"))
                    .collect::<Vec<_>>()
                    .join("、")
            ));
        }
        let c = report.counts;
        lines.push(format!(
            "{} {}  {} {}  {} {}  {} {}  {} {}  {} {}",
            output.say("追加した人", "people added"),
            c.people_added,
            output.say("追加した資格", "periods added"),
            c.periods_added,
            output.say("補完", "filled"),
            c.groups_filled,
            output.say("訂正", "corrected"),
            c.groups_corrected,
            output.say("人が確かめるもの", "left for a person"),
            c.left_for_person,
            output.say("できなかったもの", "refused"),
            c.refused,
        ));
        for written in &report.outputs {
            lines.push(format!(
                "{}: {}",
                output.say("書き出し", "written"),
                written.path.display()
            ));
        }
        lines.extend(
            page.map(|page| format!("{}: {}", output.say("報告書", "report"), page.display())),
        );
        if report.dry_run {
            lines.push(
                output
                    .say(
                        "予行です。何も送らず、何も書いていません。",
                        "a rehearsal: nothing was sent, nothing written",
                    )
                    .to_owned(),
            );
        } else {
            lines.push(format!("{}: {}", output.say("処理", "job"), report.job));
        }
    });
    Ok(if report.needs_person() {
        Exit::Attention
    } else {
        Exit::Done
    })
}

/// Somebody an answer could mean, what speaks for and against them, and what would settle it.
fn candidate(likely: &Likely, output: &Output) -> Vec<String> {
    let agreement = &likely.agreement;
    let mut lines = vec![format!(
        "      {} {}: {}",
        likely.key,
        likely.name,
        output.say(&agreement.say_ja(), &agreement.say_en())
    )];
    if let Some(doubt) = likely.doubt {
        let text = output.say(doubt.message_ja(), doubt.message_en());
        lines.push(format!("        {text}"));
    }
    if let Some(command) = likely.accept_command() {
        let what = output.say(
            "同じ方なら、この表記を認めると次から一致します",
            "if it is the same person, accept the spelling",
        );
        lines.push(format!("        {what}: {command}"));
    }
    lines
}

/// One proposal for the terminal.
fn block(proposal: &Proposal, output: &Output) -> Vec<String> {
    let who = format!("{} {}", proposal.person_key, proposal.name);
    let mut lines = vec![format!(
        "{}  {}  [{}]",
        who.trim(),
        proposal.as_of,
        proposal.id
    )];
    if let (Some(before), Some(after)) = (&proposal.before, &proposal.after) {
        lines.push(format!("    {before} → {after}"));
    } else if let Some(after) = &proposal.after {
        lines.push(format!("    → {after}"));
    }
    for source in &proposal.sources {
        lines.push(format!(
            "    {} {} {} {} ({})",
            output.say("情報源", "source"),
            source.message,
            output.say("資格確認日", "as of"),
            source.as_of,
            source.answered_at
        ));
    }
    match &proposal.done {
        Done::Applied { kind, fields } => {
            let by = proposal.accepted.as_ref().map_or("", |a| a.by.as_str());
            lines.push(format!(
                "    {} {kind}  {} {by}",
                output.say("反映", "applied"),
                output.say("受け入れた人", "accepted by")
            ));
            lines.extend(
                fields
                    .iter()
                    .map(|f| format!("      {}: {} → {}", f.field, f.on_file, f.answered)),
            );
        }
        Done::Refused { fault } => lines.push(format!(
            "    {} {}",
            output.say("できません:", "refused:"),
            output.say(&fault.message_ja, &fault.message_en)
        )),
        Done::Left | Done::Nothing => {
            if let Some(reason) = proposal.reason {
                lines.push(format!(
                    "    {}",
                    output.say(reason.message_ja(), reason.message_en())
                ));
            }
            for likely in &proposal.candidates {
                lines.extend(candidate(likely, output));
            }
        }
    }
    lines
}
