//! A flow over documents is run, somebody is asked about its changes, and the report is written.

use super::{Common, answers, block, show};
use crate::exit::Exit;
use crate::output::Output;
use reseplug::accept::Answers;
use reseplug::{Ended, Host, Report, report};
use reseplug_effect::{Fault, jst};
use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;

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
        beside: Some(report),
    });
    reseplug::documents::write_whole(&file, page.as_bytes())?;
    Ok(Some(file))
}

/// Runs a flow, with a person's answers if they are asked for, and shows how it ended.
pub(super) fn flow(
    host: &Host,
    common: &Common,
    output: &Output,
    mut run: impl FnMut(&Common, Option<Answers>, bool) -> Result<Ended<Report>, Fault>,
) -> Result<Exit, Fault> {
    let given = answers(common.accept.as_deref())?;
    if common.interactive && !std::io::stdin().is_terminal() {
        return Err(Fault::new(
            "accept/no-terminal",
            "画面がないため尋ねられません（--interactive）。--accept でファイルを渡してください。何も照会していません。",
            "there is no terminal to ask on (--interactive); give a file with --accept. Nothing was asked",
        ));
    }
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
    let open: Vec<_> = report.proposals.iter().filter(|p| p.is_open()).collect();
    if open.is_empty() {
        return Ok(None);
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
        let question = if proposal.as_new {
            output.say(
                "別の方として新しく加えますか？",
                "another person: add them as new?",
            )
        } else {
            output.say("受け入れますか？", "accept?")
        };
        let _ = write!(stderr, "{question} [y/N] ");
        let line = lines.next().and_then(Result::ok).unwrap_or_default();
        answers
            .proposals
            .insert(proposal.id.clone(), line.trim().eq_ignore_ascii_case("y"));
    }
    Ok(Some(answers))
}
