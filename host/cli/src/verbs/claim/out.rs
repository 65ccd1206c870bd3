//! What is written for people: exact copies with totals, printable forms, the month on one page.

use super::args::{Summary, WriteOut};
use crate::exit::Exit;
use crate::output::Output;
use reseplug::{Approval, Host, Sent, report};
use reseplug_calendar::fallback;
use reseplug_effect::Fault;
use reseplug_journal::document_digest;
use reseplug_model::Month;
use reseplug_model::Payer;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// A sending that stands at a payer: a file beside it would be the second.
#[derive(Debug, Clone, serde::Serialize)]
struct Filed {
    payer: Payer,
    sequence: u32,
    state: String,
    at: String,
    #[serde(skip)]
    said: String,
    #[serde(skip)]
    confirmed: bool,
}

/// What was sent or confirmed already, or may have been.
fn already_filed(host: &Host, month: Month, payer: Option<Payer>) -> Result<Vec<Filed>, Fault> {
    let stands = |one: &Sent| {
        !one.trial
            && matches!(
                one.state.as_str(),
                "in-doubt" | "sent" | "checking" | "checked" | "confirmed" | "acknowledged"
            )
    };
    let all = host.filed(month, None, payer)?;
    let filed = all.into_iter().filter(stands).map(|one| Filed {
        payer: one.payer,
        sequence: one.sequence,
        said: one.state_ja(),
        confirmed: matches!(one.state.as_str(), "confirmed" | "acknowledged"),
        state: one.state,
        at: one.at,
    });
    Ok(filed.collect())
}

/// The same for people, one line each.
fn filed_lines(filed: &[Filed], output: &Output) -> Vec<String> {
    let line = |one: &Filed| {
        let payer = one.payer.name_ja();
        let (ja, en) = match (one.state.as_str(), one.confirmed) {
            ("in-doubt", _) => ("送信の結果が分かっていません", "sent, perhaps"),
            (_, true) => ("送信済み・確定済みです", "sent and confirmed"),
            (_, false) => ("送信済みです", "sent"),
        };
        let ja = format!(
            "! {payer}は{ja}（第{}回、{}）。このファイルを重ねて提出しないでください。",
            one.sequence, one.said
        );
        let en = format!(
            "! {payer}: {en} (sending {}, {}); do not file this file beside it",
            one.sequence, one.state
        );
        output.say(&ja, &en).to_owned()
    };
    filed.iter().map(line).collect()
}

/// That a file alone is no claim: said of the payers with whom nothing was filed yet.
fn written(approval: &Approval, payer: Option<Payer>, filed: &[Filed], output: &Output) -> String {
    let own = approval.report.files.iter().map(|file| file.payer);
    let own: BTreeSet<Payer> = own
        .filter(|one| payer.is_none_or(|payer| payer == *one))
        .collect();
    let open: Vec<&str> = own
        .iter()
        .filter(|payer| filed.iter().all(|one| one.payer != **payer))
        .map(|payer| payer.name_ja())
        .collect();
    let (which_ja, which_en) = match open.len() {
        0 => return output.say("書き出しました。", "written").to_owned(),
        all if all == own.len() => (String::new(), String::new()),
        _ => (
            format!("{}の分は、", open.join("、")),
            format!(" ({})", open.join(", ")),
        ),
    };
    let (ja, en) = (
        format!("書き出しました。{which_ja}公式の端末で請求するまで、請求にはなりません。"),
        format!(
            "written; nothing is filed before somebody files it in the official terminal{which_en}"
        ),
    );
    output.say(&ja, &en).to_owned()
}

pub(super) fn write(verb: &WriteOut, output: &Output) -> Result<Exit, Fault> {
    let host = verb.which.host(output)?;
    let month = verb.which.month()?;
    let approval = host.approval(month)?;
    let summary = verb.output.join("集計.html");
    reseplug::documents::refuse_not_a_page(&summary)?;
    let mut files = host.write_claims(month, verb.which.payer, &verb.output)?;
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
    let filed = already_filed(&host, month, verb.which.payer)?;
    let told = serde_json::json!({ "files": files, "already_filed": filed });
    output.show(&told, |lines| {
        lines.extend(files.iter().map(|f| f.display().to_string()));
        lines.extend(filed_lines(&filed, output));
        lines.push(written(&approval, verb.which.payer, &filed, output));
    });
    Ok(Exit::Done)
}

pub(super) fn summary(verb: &Summary, output: &Output) -> Result<Exit, Fault> {
    let host = verb.which.host(output)?;
    let month = verb.which.month()?;
    let file = verb
        .output
        .clone()
        .unwrap_or_else(|| PathBuf::from(format!("総括-{month}.html")));
    reseplug::documents::refuse_not_a_page(&file)?;
    let station = &host.station().station;
    let week = host.claim_week(month)?;
    let book = host.book()?;
    let page = report::month::month(&report::month::MonthPage {
        station: &station.name,
        code: &station.code,
        week: &week,
        book: &book,
    });
    reseplug::documents::write_page(&file, &page)?;
    let twice = book.claimed_twice_in(month, None);
    let mut given_up = book.given_up_yet_filed();
    given_up.retain(|one| one.filing.month == month);
    output.show(
        &serde_json::json!({
            "files": [&file], "claimed_twice": twice, "given_up_yet_filed": given_up,
        }),
        |lines| {
            lines.push(file.display().to_string());
            lines.extend(super::look::twice_lines(&twice, output));
            lines.extend(super::look::given_up_lines(&given_up, output));
        },
    );
    Ok(match twice.is_empty() && given_up.is_empty() {
        true => Exit::Done,
        false => Exit::Attention,
    })
}

/// Exact copies with checksums, printable forms, what the rules of the day allow, and what a
/// 猶予届出書 has to say: everything that works with no network at all.
pub(super) fn print(verb: &WriteOut, output: &Output) -> Result<Exit, Fault> {
    let host = verb.which.host(output)?;
    let month = verb.which.month()?;
    let approval = host.approval(month)?;
    let mut files = host.write_claims(month, verb.which.payer, &verb.output)?;
    let mut sums = String::new();
    for file in files.clone() {
        let bytes = crate::verbs::read(&file)?;
        let digest = document_digest(&bytes);
        let name = file.strip_prefix(&verb.output).unwrap_or(&file);
        sums.push_str(&format!("{digest}  {}\n", name.display()));
        let at = file.with_file_name("印刷.html");
        host.write_own(&at, &forms(&host, &bytes, &digest)?)?;
        files.push(at);
    }
    let today = host.day()?;
    let rules = fallback::on(today);
    let station = &host.station().station;
    let notice = fallback::Notice {
        station_code: Some(station.code.clone()),
        station_name: Some(station.name.clone()),
        prefecture: Some(station.prefecture.clone()),
        phone: station.phone.clone(),
        claim_month: Some(month),
        written_on: Some(today),
        ..fallback::Notice::default()
    };
    for (name, text) in [
        ("SHA256SUMS.txt", sums),
        ("紙・媒体で請求できる場合.txt", allowed(&rules)),
        ("猶予届出書に書くこと.html", notice.html()),
    ] {
        let at = verb.output.join(name);
        host.write_own(&at, &text)?;
        files.push(at);
    }
    let filed = already_filed(&host, month, verb.which.payer)?;
    output.show(
        &serde_json::json!({ "files": files, "rules": rules, "already_filed": filed }),
        |lines| {
            for line in &approval.report.files {
                lines.push(format!(
                    "{}  {}  {}",
                    line.payer.name_ja(),
                    output.receipts(line.receipts),
                    output.yen(line.total)
                ));
            }
            lines.extend(files.iter().map(|f| f.display().to_string()));
            lines.extend(filed_lines(&filed, output));
            lines.push(
                output
                    .say(
                        "公式の様式ではありません。紙や媒体で請求できるかどうかは、提出先に確かめてください（決まりの一覧を添えました）。",
                        "these are not the official forms; ask the payer whether paper or media are taken (a list of the rules lies beside)",
                    )
                    .to_owned(),
            );
        },
    );
    Ok(Exit::Done)
}

fn forms(host: &Host, bytes: &[u8], digest: &str) -> Result<String, Fault> {
    let file = receden::ClaimFile::parse(bytes)
        .map_err(|error| Fault::new("claim/not-readable", error.message_ja(), error.to_string()))?;
    let options = receden::print::PrintOptions {
        printed_on: Some(host.day()?),
        sha256: Some(digest),
        ..receden::print::PrintOptions::default()
    };
    Ok(receden::print::month(&file, &options))
}

/// What the rules of a day say, each with its source and how sure it is. A promise is none of it.
fn allowed(rules: &[&fallback::Rule]) -> String {
    let mut text = String::from(
        "紙や媒体で請求できる場合（このソフトが約束するものではありません。提出先に確かめてください）\n",
    );
    for rule in rules {
        text.push_str(&format!(
            "\n■ {}\n{}\n期限: {}\n出典: {}（確からしさ: {}）\n",
            rule.title_ja,
            rule.text_ja,
            rule.until_ja,
            rule.source,
            grade_ja(rule.grade)
        ));
    }
    text
}

fn grade_ja(grade: reseplug_model::Grade) -> &'static str {
    match grade {
        reseplug_model::Grade::Official => "公式の資料",
        reseplug_model::Grade::Secondary => "二次の資料",
        reseplug_model::Grade::Inferred => "推定",
        reseplug_model::Grade::Unconfirmed => "未確認",
    }
}
