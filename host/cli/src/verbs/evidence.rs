//! `reseplug evidence …`

use super::claim::month;
use super::flows::host;
use super::read;
use crate::args::Station;
use crate::exit::Exit;
use crate::output::Output;
use crate::verbs;
use reseplug::documents::write_page;
use reseplug::evidence::{Confirmation, EvidenceList, NoteRequest, Worksheet};
use reseplug::group::Note;
use reseplug::{Ended, Host};
use reseplug_effect::Fault;
use reseplug_model::Month;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Evidence {
    /// 利用者ごとの資格確認の記録（最初・継続・最後と方法）/ who was confirmed when and how: first, since, last
    #[command(
        after_help = "例 / examples:\n  reseplug evidence list --month 2024-10\n  reseplug evidence list --month 2024-10 --html 資格確認の記録.html\n\n電子資格確認に数えるのはカード・番号による照会・再照会です。\nOnly card, query by numbers and re-query count as electronic."
    )]
    List {
        #[command(flatten)]
        of: Of,
    },
    /// 訪問看護医療DX情報活用加算の確認表。示せる条件と示せない条件 / which conditions of the DX addition the record can show
    #[command(
        after_help = "例 / example:\n  reseplug evidence worksheet --month 2024-10 --html 確認表.html"
    )]
    Worksheet {
        #[command(flatten)]
        of: Of,
    },
    /// マイナ資格確認アプリの文面を控えとして残す（電子資格確認ではない）/ keep the app's text as a note; it confirms nothing
    #[command(
        after_help = "例 / example:\n  reseplug evidence note 0000123 --file 文面.txt --by 青空花子"
    )]
    Note {
        /// 利用者（製品の番号）/ the person, by the product's number
        person: String,
        /// アプリから写した文面（UTF-8）/ the text copied from the app, UTF-8
        #[arg(long)]
        file: PathBuf,
        /// 残す方の氏名（監査記録に残ります）/ who keeps it, for the audit record
        #[arg(long, value_parser = crate::verbs::who)]
        by: String,
        /// 残さず、読めた項目だけ見る / keep nothing, show what was read
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        station: Station,
    },
}

/// Which month, and where to print it.
#[derive(Debug, clap::Args)]
pub(crate) struct Of {
    /// 年月（既定は今月）/ the month; by default this one
    #[arg(long, value_parser = month)]
    month: Option<Month>,
    /// 印刷用のページを書き出す / write a page to print
    #[arg(long)]
    html: Option<PathBuf>,
    #[command(flatten)]
    station: Station,
}

pub(crate) fn run(verb: &Evidence, output: &Output) -> Result<Exit, Fault> {
    match verb {
        Evidence::List { of } => {
            let host = host(&of.station.config, output)?;
            let list = host.evidence(of.month)?;
            print(&host, of.html.as_deref(), |name, code| {
                list.html(name, code)
            })?;
            output.show(&list, |lines| {
                lines.push(people(&list, output));
                lines.extend(missing(list.left_out.as_ref(), output));
                lines.extend(written(of.html.as_deref(), output));
            });
            Ok(exit(list.left_out.as_ref()))
        }
        Evidence::Worksheet { of } => {
            let host = host(&of.station.config, output)?;
            let sheet = host.evidence_worksheet(of.month)?;
            print(&host, of.html.as_deref(), |name, code| {
                sheet.html(name, code)
            })?;
            output.show(&sheet, |lines| {
                lines.extend(worksheet(&sheet, output));
                lines.extend(missing(sheet.left_out.as_ref(), output));
                lines.extend(written(of.html.as_deref(), output));
            });
            Ok(exit(sheet.left_out.as_ref()))
        }
        Evidence::Note {
            person,
            file,
            by,
            dry_run,
            station,
        } => note(
            &host(&station.config, output)?,
            person,
            file,
            by,
            *dry_run,
            output,
        ),
    }
}

fn print(
    host: &Host,
    file: Option<&Path>,
    page: impl FnOnce(&str, &str) -> String,
) -> Result<(), Fault> {
    let station = &host.station().station;
    file.map_or(Ok(()), |file| {
        write_page(file, &page(&station.name, &station.code))
    })
}

/// What a list does not contain is for a person to see to.
fn exit(left_out: Option<&Note>) -> Exit {
    left_out.map_or(Exit::Done, |_| Exit::Attention)
}

fn missing(left_out: Option<&Note>, output: &Output) -> Option<String> {
    left_out.map(|note| output.say(&note.ja, &note.en).to_owned())
}

fn written(file: Option<&Path>, output: &Output) -> Option<String> {
    file.map(|file| format!("{}: {}", output.say("書き出し", "written"), file.display()))
}

fn confirmed(one: &Confirmation, output: &Output) -> String {
    let method = output.say(one.method.name_ja(), one.method.name_en());
    let why = if one.valid {
        String::new()
    } else {
        format!(" {}", one.validity)
    };
    format!("{} {method}{why} {}", one.as_of, one.message)
        .trim_end()
        .to_owned()
}

/// What stands where a table of people would have no row.
fn nobody(output: &Output) -> String {
    output
        .say(
            "この月に当てはまる利用者の記録はありません。",
            "there is nobody to show for this month",
        )
        .to_owned()
}

fn people(list: &EvidenceList, output: &Output) -> String {
    if list.people.is_empty() {
        return nobody(output);
    }
    let none = || output.say("記録なし", "none").to_owned();
    let told =
        |one: &Option<Confirmation>| one.as_ref().map_or_else(none, |c| confirmed(c, output));
    let rows = list
        .people
        .iter()
        .map(|one| {
            let mut month: Vec<String> =
                one.in_month.iter().map(|c| confirmed(c, output)).collect();
            month.extend(one.notes.iter().map(|note| {
                format!(
                    "{} {} {}",
                    note.day,
                    output.say(
                        "アプリの控え（確認ではない）",
                        "note of the app (no confirmation)"
                    ),
                    note.by
                )
            }));
            let mut continuity = output
                .say(one.continuity.name_ja(), one.continuity.name_en())
                .to_owned();
            let gaps: Vec<String> = one.gaps.iter().map(ToString::to_string).collect();
            if !gaps.is_empty() {
                continuity = format!("{continuity}\n{}", gaps.join(" "));
            }
            vec![
                format!("{} {}", one.person_key, one.name),
                told(&one.first),
                if month.is_empty() {
                    none()
                } else {
                    month.join("\n")
                },
                continuity,
                told(&one.last),
            ]
        })
        .collect();
    output.table(
        &[
            ("利用者", "person"),
            ("最初の電子資格確認", "first electronic"),
            ("この月", "this month"),
            ("継続", "since"),
            ("最後", "last"),
        ],
        rows,
    )
}

fn worksheet(sheet: &Worksheet, output: &Output) -> Vec<String> {
    let conditions = sheet
        .conditions
        .iter()
        .map(|(condition, shows)| {
            vec![
                condition.text_ja.clone(),
                output
                    .say(condition.shown.name_ja(), condition.shown.name_en())
                    .to_owned(),
                if shows.is_empty() {
                    condition.how_ja.clone()
                } else {
                    shows.clone()
                },
            ]
        })
        .collect();
    let people: Vec<Vec<String>> = sheet
        .people
        .iter()
        .map(|one| {
            let list = |items: Vec<String>| match items.is_empty() {
                true => output.say("なし", "none").to_owned(),
                false => items.join("\n"),
            };
            vec![
                format!("{} {}", one.person_key, one.name),
                output
                    .say(
                        if one.served { "あり" } else { "なし" },
                        if one.served { "yes" } else { "no" },
                    )
                    .to_owned(),
                list(one.confirmed.iter().map(|c| confirmed(c, output)).collect()),
                list(
                    one.consents
                        .iter()
                        .map(|(scope, state)| {
                            format!(
                                "{} {}",
                                output.say(scope.name_ja(), scope.name_en()),
                                output.say(state.name_ja(), state.name_en())
                            )
                        })
                        .collect(),
                ),
                one.looks.to_string(),
            ]
        })
        .collect();
    vec![
        output.table(
            &[
                ("条件", "condition"),
                ("示せるか", "shown by"),
                ("記録", "the record"),
            ],
            conditions,
        ),
        match people.is_empty() {
            true => nobody(output),
            false => output.table(
                &[
                    ("利用者", "person"),
                    ("訪問の記録", "served"),
                    ("電子資格確認", "electronic"),
                    ("同意（今）", "consent now"),
                    ("閲覧", "looks"),
                ],
                people,
            ),
        },
        output
            .say(
                "算定してよいかどうかは判断しません。",
                "this does not say that the addition may be claimed",
            )
            .to_owned(),
    ]
}

fn note(
    host: &Host,
    person: &str,
    file: &Path,
    by: &str,
    dry_run: bool,
    output: &Output,
) -> Result<Exit, Fault> {
    let name = file
        .file_name()
        .map(|n| n.to_string_lossy().into_owned())
        .unwrap_or_default();
    let ended = host.note(&NoteRequest {
        person: person.to_owned(),
        name,
        bytes: read(file)?,
        by: by.to_owned(),
        dry_run,
    })?;
    let wrote = match &ended {
        Ended::Done(wrote) => wrote,
        other => return Ok(verbs::unfinished(other, output)),
    };
    output.show(wrote, |lines| {
        lines.push(format!(
            "{}（{}）: {}",
            wrote.name,
            wrote.person_key,
            match dry_run {
                true => output.say(
                    "予行です。何も残していません。",
                    "a rehearsal: nothing was kept"
                ),
                false => output.say(
                    "控えとして残しました。電子資格確認ではありません。",
                    "kept as a note; it is no electronic confirmation"
                ),
            }
        ));
        lines.extend(
            wrote
                .note
                .fields
                .iter()
                .map(|(field, value)| format!("  {field}: {value}")),
        );
        lines.extend(wrote.differs.iter().map(|(field, on_file, said)| {
            format!(
                "  {} {field}: {on_file} / {said}",
                output.say("製品と違います", "not as on file")
            )
        }));
    });
    Ok(if wrote.differs.is_empty() {
        Exit::Done
    } else {
        Exit::Attention
    })
}
