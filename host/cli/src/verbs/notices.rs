//! `reseplug notices …`

use super::flows::{adapter, answers, block, documents, host};
use crate::args::Station;
use crate::exit::Exit;
use crate::output::Output;
use crate::verbs;
use reseplug::notices::{Imported, Listed, Notice};
use reseplug::proposal::Done;
use reseplug::{Coverage, Ended, Host, NoticesReport, NoticesRequest, report};
use reseplug_effect::{Fault, jst};
use reseplug_policy::Name;
use std::path::PathBuf;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Notices {
    /// 返戻ファイルや資格確認結果連絡書を取り込み、台帳に入れる資格の期間を提案する / bring in returns and notices, propose periods for the register
    #[command(
        after_help = "返戻ファイル（HH で始まる UKE）はそのまま読みます。資格確認結果連絡書などの表は、公表された様式がないため、設定の [notices.名前] で列を決めて読みます。\n取り込んだものは「通知」として記録され、電子的な資格確認とは数えません。同じファイルを何度取り込んでも増えません。\nReturn files (UKE beginning with HH) are read as they are. The layouts of tables are not published: [notices.NAME] in the station file names their columns. A notice is evidence, never an electronic confirmation; the same file twice adds nothing.\n\n設定の例 / settings:\n  [notices.kekka]\n  title = \"資格確認結果連絡書\"\n  encoding = \"shift_jis\"\n  [notices.kekka.columns]\n  kind = \"処理区分\"      # 列の見出しか、番号（1から）\n  name = \"氏名\"\n  birth_date = \"生年月日\"\n  insurer = \"保険者番号\"\n  symbol = \"記号\"\n  number = \"番号\"\n  branch = \"枝番\"\n  from = \"資格取得日\"\n\n例 / examples:\n  reseplug notices import 返戻.UKE --dry-run\n  reseplug notices import kekka.csv --layout kekka --by 青空花子 --accept accept.json"
    )]
    Import(Import),
    /// 取り込んだ通知の一覧 / list the notices on record
    #[command(after_help = "例 / example:\n  reseplug notices list --person P0012")]
    List(List),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Import {
    /// ダウンロードしたファイル / files as they were downloaded
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// 表の読み方（設定の [notices.名前]）。ひとつだけなら省略できる / layout of tables; may be left out where there is only one
    #[arg(long, value_name = "NAME")]
    layout: Option<String>,
    /// 台帳の書類。省略すると設定の [product] / register documents; by default those under [product]
    #[arg(long, value_name = "FILE")]
    register: Vec<PathBuf>,
    /// アダプターの名前 / adapter's id
    #[arg(long)]
    adapter: Option<String>,
    #[command(flatten)]
    station: Station,
    /// 書き出すフォルダー。既定は設定の隣の out / folder for the result; by default `out` beside the station file
    #[arg(short, long)]
    output: Option<PathBuf>,
    /// 受け入れる変更を書いたファイル（JSON）/ file that says which changes are accepted, and by whom
    #[arg(long)]
    accept: Option<PathBuf>,
    /// 取り込む方の名前 / who brings them in
    #[arg(long, value_parser = crate::verbs::who)]
    by: Option<String>,
    /// 処理の名前 / the job's id
    #[arg(long)]
    job: Option<String>,
    /// 同じ日に同じ取り込みをもう一度行う / run again although the same was done today
    #[arg(long)]
    again: bool,
    /// 記録せず書かず、どうなるかだけ見る / record nothing, write nothing, show what would happen
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// この方だけ（製品の番号）/ only of this person, by the product's key
    #[arg(long, value_name = "KEY")]
    person: Option<String>,
    /// 記号・番号を伏せずに見る / show symbols and numbers in full
    #[arg(long)]
    unmask: bool,
    #[command(flatten)]
    station: Station,
}

pub(crate) fn run(verb: &Notices, output: &Output) -> Result<Exit, Fault> {
    match verb {
        Notices::Import(verb) => import(verb, output),
        Notices::List(verb) => list(verb, output),
    }
}

fn import(verb: &Import, output: &Output) -> Result<Exit, Fault> {
    let host = host(&verb.station.config, output)?;
    let layout = verb
        .layout
        .as_deref()
        .map(|name| {
            Name::parse(name).map_err(|refused| {
                Fault::new(
                    "notice/layout-name",
                    format!(
                        "「{name}」は [notices] の名前ではありません: {}",
                        refused.ja
                    ),
                    format!("`{name}` is no name under [notices]: {}", refused.en),
                )
            })
        })
        .transpose()?;
    let ended = host.import_notices(&NoticesRequest {
        job: verb.job.clone(),
        files: verb.files.clone(),
        layout,
        adapter: adapter(verb.adapter.as_ref())?,
        documents: verb.register.clone(),
        output: verb.output.clone(),
        answers: answers(verb.accept.as_deref())?,
        by: verb.by.clone(),
        dry_run: verb.dry_run,
        anew: verb.again,
    })?;
    let found = match &ended {
        Ended::Done(found) => found,
        other => return Ok(verbs::unfinished(other, output)),
    };
    let page = if verb.dry_run {
        None
    } else {
        Some(write_page(&host, verb, found)?)
    };
    show(found, page, output);
    Ok(if found.needs_person() {
        Exit::Attention
    } else {
        Exit::Done
    })
}

/// The report for the office, beside the documents.
fn write_page(host: &Host, verb: &Import, found: &NoticesReport) -> Result<PathBuf, Fault> {
    let folder = verb
        .output
        .clone()
        .unwrap_or_else(|| host.folder().join("out"));
    let file = folder
        .join("reports")
        .join(format!("{}.html", found.report.job));
    let station = &host.station().station;
    let page = report::page(&report::Page {
        station: &station.name,
        code: &station.code,
        title: "通知の取り込み",
        made_at: &jst(jiff::Timestamp::now()),
        proposals: &found.report.proposals,
        beside: Some(&found.report),
        approval: None,
        sent: &[],
    });
    reseplug::documents::write_whole(&file, page.as_bytes())?;
    Ok(file)
}

fn show(found: &NoticesReport, page: Option<PathBuf>, output: &Output) {
    for fault in &found.unreadable {
        output.complain(fault);
    }
    output.show(found, |lines| {
        for one in &found.notices {
            lines.extend(imported(one, output));
        }
        for proposal in &found.report.proposals {
            if !matches!(proposal.done, Done::Nothing) {
                lines.extend(block(proposal, output));
            }
        }
        lines.extend(documents(&found.report, output));
        lines.extend(page.map(|p| p.display().to_string()));
        let new = found.notices.iter().filter(|n| !n.known).count();
        lines.push(format!(
            "{} {new}{}  {} {}{}",
            output.say("新しい通知", "new notices"),
            output.say("件", ""),
            output.say("すでに記録にあるもの", "already on record"),
            found.notices.len().saturating_sub(new),
            output.say("件", ""),
        ));
        lines.extend(found.imported_at.as_ref().map(|at| {
            let when: String = at.chars().take(16).collect::<String>().replace('T', " ");
            format!(
                "{} {when}（{}）",
                output.say(
                    "同じものを取り込み済みです。今回は何も加えていません。取り込んだのは",
                    "the same was brought in before, and nothing was added now:"
                ),
                found.by
            )
        }));
        lines.push(if found.report.dry_run {
            output
                .say(
                    "予行です。何も記録せず、何も書いていません。",
                    "a rehearsal: nothing was recorded, nothing written",
                )
                .to_owned()
        } else {
            format!("{}: {}", output.say("処理", "job"), found.report.job)
        });
    });
}

fn imported(one: &Imported, output: &Output) -> Vec<String> {
    let mut lines = vec![format!(
        "{}  {}  {}{}{}",
        one.file,
        heading(&one.notice, &one.person_key, output),
        one.notice.text,
        one.filed_as
            .as_ref()
            .map(|id| format!("  [{id}]"))
            .unwrap_or_default(),
        if one.known {
            output.say("  （記録済み）", "  (on record)")
        } else {
            ""
        }
    )];
    if let Some(reason) = one.notice.reason {
        let info = reason.info();
        lines.push(format!(
            "    {}  → {}",
            output.say(&info.name_ja, &info.name_en),
            output.say(&info.before_ja, &info.before_en)
        ));
    }
    lines
}

/// Kind, person and month of a notice.
fn heading(notice: &Notice, person_key: &str, output: &Output) -> String {
    let kind = output.say(notice.kind.name_ja(), notice.kind.word());
    let month = notice
        .service_month
        .map(|m| format!("  {m}"))
        .unwrap_or_default();
    let who = if person_key.is_empty() {
        output.say("（本人不明）", "(nobody for sure)")
    } else {
        person_key
    };
    format!("{} {kind}  {who} {}{month}  ", notice.title, notice.name)
}

fn list(verb: &List, output: &Output) -> Result<Exit, Fault> {
    let host = host(&verb.station.config, output)?;
    let mut found = host.notices()?;
    if let Some(person) = &verb.person {
        found.retain(|one| one.person_key == *person);
    }
    if !verb.unmask {
        for one in &mut found {
            let notice = &mut one.notice;
            for coverage in [&mut notice.filed, &mut notice.stated]
                .into_iter()
                .flatten()
            {
                mask(coverage);
            }
        }
    }
    output.show(&serde_json::json!({ "notices": found }), |lines| {
        for one in &found {
            lines.extend(listed(one, output));
        }
        if found.is_empty() {
            lines.push(
                output
                    .say(
                        "通知の記録はありません。請求のあとに届いた返戻・増減点連絡書・振込のファイルは reseplug claim downloads、戻って待っているレセプトは reseplug claim late で見られます。",
                        "no notices on record. Files of returns, adjustments and payments that came back: reseplug claim downloads; receipts that came back and wait: reseplug claim late",
                    )
                    .to_owned(),
            );
        } else {
            lines.push(
                output
                    .say(
                        "通知は電子的な資格確認ではありません。",
                        "a notice is no electronic confirmation",
                    )
                    .to_owned(),
            );
        }
    });
    Ok(Exit::Done)
}

fn listed(one: &Listed, output: &Output) -> Vec<String> {
    let notice = &one.notice;
    let mut lines = vec![format!(
        "{}  {}{}",
        one.as_of,
        heading(notice, &one.person_key, output),
        notice.text
    )];
    if let Some(stated) = &notice.stated {
        lines.push(format!("    → {stated}"));
    } else if let Some(branch) = &notice.branch {
        lines.push(format!("    → {} {branch}", output.say("枝番", "branch")));
    }
    if let Some(filed) = &notice.filed {
        lines.push(format!("    {} {filed}", output.say("請求時", "filed as")));
    }
    lines.push(format!(
        "    {} {}  {} {}",
        output.say("取り込み", "known since"),
        output.at(&one.known_at),
        output.say("根拠", "evidence"),
        one.evidence
    ));
    lines
}

/// Leaves the last two characters of symbol and number.
fn mask(coverage: &mut Coverage) {
    fn masked(text: &str) -> String {
        let count = text.chars().count();
        text.chars()
            .enumerate()
            .map(|(at, c)| {
                if at.saturating_add(2) < count {
                    '＊'
                } else {
                    c
                }
            })
            .collect()
    }
    coverage.number = masked(&coverage.number);
    coverage.symbol = coverage.symbol.as_deref().map(masked);
}
