//! What is written for people: exact copies with totals, printable forms, the month on one page.

use super::args::{Summary, WriteOut};
use crate::exit::Exit;
use crate::output::Output;
use crate::verbs::receden::masters_in;
use reseplug::{Approval, Host, Sent, report};
use reseplug_calendar::fallback;
use reseplug_effect::Fault;
use reseplug_journal::document_digest;
use reseplug_model::{Date, Month, Payer};
use reseplug_policy::prefecture_name;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

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

/// What `print` writes into its folder, with the checksum of each file.
struct Folder<'h> {
    host: &'h Host,
    root: &'h Path,
    files: Vec<PathBuf>,
    /// As `sha256sum -c` reads them.
    sums: String,
}

impl Folder<'_> {
    /// A file that lies there.
    fn add(&mut self, file: PathBuf, digest: &str) {
        let name = file.strip_prefix(self.root).unwrap_or(&file);
        // With the slashes of the format, whatever the machine's are.
        let parts: Vec<_> = name.iter().map(|part| part.to_string_lossy()).collect();
        self.sums
            .push_str(&format!("{digest}  {}\n", parts.join("/")));
        self.files.push(file);
    }

    fn write(&mut self, file: PathBuf, text: &str) -> Result<(), Fault> {
        self.host.write_own(&file, text)?;
        self.add(file, &document_digest(text.as_bytes()));
        Ok(())
    }

    /// The checksums of all of it, and what was written.
    fn seal(self) -> Result<Vec<PathBuf>, Fault> {
        let at = self.root.join("SHA256SUMS.txt");
        self.host.write_own(&at, &self.sums)?;
        let mut files = self.files;
        files.push(at);
        Ok(files)
    }
}

/// The file that the notice is written to.
const NOTICE: &str = "猶予届出書に書くこと.html";

/// Exact copies with checksums, printable forms, what the rules of the day allow, and what a
/// 猶予届出書 has to say: everything that works with no network at all.
pub(super) fn print(verb: &WriteOut, output: &Output) -> Result<Exit, Fault> {
    let host = verb.which.host(output)?;
    let month = verb.which.month()?;
    let approval = host.approval(month)?;
    let today = host.day()?;
    let names = Names::of(&host);
    let mut folder = Folder {
        host: &host,
        root: &verb.output,
        files: Vec::new(),
        sums: String::new(),
    };
    for file in host.write_claims(month, verb.which.payer, &verb.output)? {
        let bytes = crate::verbs::read(&file)?;
        let digest = document_digest(&bytes);
        let page = forms(&bytes, &digest, today, &names)?;
        let at = file.with_file_name("印刷.html");
        folder.add(file, &digest);
        folder.write(at, &page)?;
    }
    let allowed = verb.output.join("紙・媒体で請求できる場合.txt");
    folder.write(allowed, &fallback::sheet_ja(today))?;
    let notice = notice(&host, month, today);
    if let Some(notice) = &notice {
        folder.write(verb.output.join(NOTICE), &notice.html())?;
    }
    let files = folder.seal()?;
    let filed = already_filed(&host, month, verb.which.payer)?;
    let told = serde_json::json!({
        "files": files, "rules": fallback::on(today), "rules_as_of": today,
        "charge_names": names.lack.is_none(), "already_filed": filed,
    });
    output.show(&told, |lines| {
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
        if let Some((ja, en)) = &names.lack {
            lines.push(output.say(ja, en).to_owned());
        }
        lines.extend(notice.iter().map(|notice| notice_line(notice, output)));
        lines.push(
            output
                .say(
                    "公式の様式ではありません。紙や媒体で請求できるかどうかは、提出先に確かめてください（決まりの一覧を添えました）。",
                    "these are not the official forms; ask the payer whether paper or media are taken (a list of the rules lies beside)",
                )
                .to_owned(),
        );
    });
    Ok(Exit::Done)
}

/// What a 猶予届出書 has to say, where a rule of the day asks for one.
fn notice(host: &Host, month: Month, today: Date) -> Option<fallback::Notice> {
    let cases = fallback::notified_on_paper(today);
    if cases.is_empty() {
        return None;
    }
    let station = &host.station().station;
    let code = &station.prefecture;
    let prefecture = prefecture_name(code).map(|name| format!("{name}（{code}）"));
    Some(fallback::Notice {
        station_code: Some(station.code.clone()),
        station_name: Some(station.name.clone()),
        prefecture: Some(prefecture.unwrap_or_else(|| code.clone())),
        phone: station.phone.clone(),
        claim_month: Some(month),
        written_on: Some(today),
        cases,
        ..fallback::Notice::default()
    })
}

/// In which cases the notice is wanted: in all others nobody needs to write one.
fn notice_line(notice: &fallback::Notice, output: &Output) -> String {
    let ja: Vec<String> = notice.cases.iter().map(|rule| rule.heading_ja()).collect();
    let en: Vec<&str> = notice.cases.iter().map(|r| r.title_en.as_str()).collect();
    let (ja, en) = (
        format!("{NOTICE} は、次の場合だけのものです: {}", ja.join("、")),
        format!("{NOTICE} is for these cases only: {}", en.join("; ")),
    );
    output.say(&ja, &en).to_owned()
}

/// Names of the charges: the masters beside the station file.
struct Names {
    masters: receden::Masters,
    /// Why there are none, Japanese and English.
    lack: Option<(String, String)>,
}

impl Names {
    /// Masters that cannot be read keep nobody from printing on the day when nothing else works.
    fn of(host: &Host) -> Self {
        let (masters, lack) = match masters_in(host.folder()) {
            Ok(masters) if masters.is_empty() => (masters, Some(never_imported())),
            Ok(masters) => (masters, None),
            Err(fault) => (receden::Masters::default(), Some(unread(&fault))),
        };
        Self { masters, lack }
    }
}

fn never_imported() -> (String, String) {
    (
        "療養費の名称は印刷していません（コードだけです）。名称も印刷するには、公表されている訪問看護療養費マスター（CSV）を、設定ファイルのあるフォルダーで「reseplug receden master import ファイル…」により取り込んでから、印刷し直してください。".to_owned(),
        "names of charges are missing (codes alone are printed): import the published master (CSV) with `reseplug receden master import FILE…` in the folder of the station file and print again".to_owned(),
    )
}

fn unread(fault: &Fault) -> (String, String) {
    (
        format!(
            "取り込んだ訪問看護療養費マスターを読めないため、療養費の名称は印刷していません（コードだけです）: {}",
            fault.message_ja
        ),
        format!(
            "names of charges are missing (codes alone are printed), for the imported master cannot be read: {}",
            fault.message_en
        ),
    )
}

fn forms(bytes: &[u8], digest: &str, today: Date, names: &Names) -> Result<String, Fault> {
    let file = receden::ClaimFile::parse(bytes)
        .map_err(|error| Fault::new("claim/not-readable", error.message_ja(), error.to_string()))?;
    let options = receden::print::PrintOptions {
        masters: &names.masters,
        printed_on: Some(today),
        sha256: Some(digest),
        note: names.lack.as_ref().map(|(ja, _)| ja.as_str()),
        ..receden::print::PrintOptions::default()
    };
    Ok(receden::print::month(&file, &options))
}
