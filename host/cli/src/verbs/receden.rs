//! `reseplug receden …`: claim files by themselves, without station file, plugin or store.

use crate::exit::Exit;
use crate::output::Output;
use ::receden::{
    CheckOptions, ClaimFile, Edition, Finding, ReadError, Receipt, Severity, check, show,
};
use reseplug_effect::{Fault, Place};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// 記録条件仕様に照らして点検する / check files against the specification
    #[command(
        after_help = "例 / examples:\n  reseplug receden check SHAHO/RECEIPTH.UKE KOKUHO/RECEIPTH.UKE\n  reseplug receden check RECEIPTH.UKE --json\n\n終了コード / exit codes:\n  0 要確認まで / nothing worse than \"attention\"   1 返戻のおそれ・受付不能あり / something worse\n  2 レセ電として読めないファイルがある / a file cannot be read as a claim file\n\n指摘がなくても、審査支払機関が受け付けるとは限りません。\nNo finding does not mean that a payer will take the file."
    )]
    Check {
        /// 請求ファイル / claim files
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// 検証番号を確かめない / leave all check digits unchecked
        #[arg(long)]
        no_check_digits: bool,
    },
    /// 人が読める形で表示する / show a file for people to read
    #[command(
        after_help = "例 / examples:\n  reseplug receden show RECEIPTH.UKE\n  reseplug receden show RECEIPTH.UKE --receipt 3"
    )]
    Show {
        /// 請求ファイル / the claim file
        file: PathBuf,
        /// このレセプト番号だけ / only the receipt of this number
        #[arg(long, value_name = "N")]
        receipt: Option<u32>,
    },
}

pub(crate) fn run(verb: &Verb, output: &Output) -> Result<Exit, Fault> {
    match verb {
        Verb::Check {
            files,
            no_check_digits,
        } => check_all(files, *no_check_digits, output),
        Verb::Show { file, receipt } => show_file(file, *receipt, output),
    }
}

fn open(path: &Path) -> Result<ClaimFile, Fault> {
    ClaimFile::read(super::open(path)?).map_err(|error| unreadable(path, &error))
}

/// No レセ電 at all: which file, which line, why and what to do.
fn unreadable(path: &Path, error: &ReadError) -> Fault {
    let line = match error {
        ReadError::Encoding { line, .. } => u32::try_from(*line).ok(),
        ReadError::OtherTrade { .. } | ReadError::NotReceden { .. } => Some(1),
        ReadError::Empty | ReadError::Io(_) => None,
    };
    let advice = match error {
        ReadError::Empty | ReadError::Io(_) | ReadError::Encoding { .. } => "",
        ReadError::OtherTrade { .. } | ReadError::NotReceden { .. } => "; choose RECEIPTH.UKE",
    };
    Fault::new(
        &format!("receden/{}", error.what()),
        error.message_ja(),
        format!("{error}{advice}"),
    )
    .at(Place {
        document: path.display().to_string(),
        line,
        ..Place::default()
    })
}

/// What became of one file.
struct Checked {
    file: String,
    result: Result<Judged, Fault>,
}

struct Judged {
    editions: BTreeSet<&'static str>,
    receipts: usize,
    /// By line; those of the file as a whole first.
    findings: Vec<Finding>,
}

fn check_all(files: &[PathBuf], no_check_digits: bool, output: &Output) -> Result<Exit, Fault> {
    let options = if no_check_digits {
        CheckOptions {
            check_digits: None,
            ..CheckOptions::default()
        }
    } else {
        CheckOptions::default()
    };
    let checked: Vec<Checked> = files
        .iter()
        .map(|path| Checked {
            file: path.display().to_string(),
            result: open(path).map(|file| judge(&file, &options)),
        })
        .collect();
    let value: Vec<Value> = checked.iter().map(checked_json).collect();
    output.show(&json!({ "files": value }), |lines| {
        for one in &checked {
            if let Ok(judged) = &one.result {
                table(&one.file, judged, output, lines);
            }
        }
        lines.push(summary(&checked, output));
    });
    let unread: Vec<&Fault> = checked
        .iter()
        .filter_map(|one| one.result.as_ref().err())
        .collect();
    for fault in &unread {
        output.complain(fault);
    }
    let worse = findings(&checked).any(|found| found.severity < Severity::Attention);
    Ok(match (unread.is_empty(), worse) {
        (false, _) => Exit::Input,
        (true, true) => Exit::Attention,
        (true, false) => Exit::Done,
    })
}

fn judge(file: &ClaimFile, options: &CheckOptions<'_>) -> Judged {
    let mut findings = check(file, options);
    findings.sort_by_key(|found| found.line);
    Judged {
        editions: file
            .receipts()
            .filter_map(|receipt| receipt.service_month().ok())
            .map(|month| Edition::of(month).id.as_str())
            .collect(),
        receipts: file.receipts().count(),
        findings,
    }
}

fn findings(checked: &[Checked]) -> impl Iterator<Item = &Finding> {
    checked
        .iter()
        .filter_map(|one| one.result.as_ref().ok())
        .flat_map(|judged| &judged.findings)
}

fn checked_json(one: &Checked) -> Value {
    match &one.result {
        Ok(judged) => json!({
            "file": one.file, "editions": judged.editions, "receipts": judged.receipts,
            "findings": judged.findings.iter().map(finding_json).collect::<Vec<_>>(),
        }),
        Err(fault) => json!({ "file": one.file, "error": fault }),
    }
}

fn finding_json(found: &Finding) -> Value {
    json!({
        "code": found.code, "severity": found.severity, "grade": found.grade, "basis": found.basis,
        "line": found.line, "record": found.record, "field": found.field,
        "receipt": found.receipt, "byte": found.byte,
        "message_ja": found.message_ja, "message_en": found.message_en,
        "action_ja": found.action_ja, "action_en": found.action_en,
        "asp_hint": found.asp_hint,
    })
}

fn table(file: &str, judged: &Judged, output: &Output, lines: &mut Vec<String>) {
    let editions = judged.editions.iter().copied().collect::<Vec<_>>();
    lines.push(format!(
        "{file}  {} {}  {}",
        judged.receipts,
        output.say("件", "receipts"),
        editions.join(" ")
    ));
    if judged.findings.is_empty() {
        return;
    }
    let rows = judged
        .findings
        .iter()
        .map(|found| {
            let number = |n: Option<usize>| n.map_or_else(String::new, |n| n.to_string());
            vec![
                number(found.line),
                found.record.clone().unwrap_or_default(),
                number(found.field),
                severity(found.severity, output).to_owned(),
                found.code.to_owned(),
                format!(
                    "{}\n→ {}",
                    output.say(&found.message_ja, &found.message_en),
                    output.say(&found.action_ja, &found.action_en)
                ),
            ]
        })
        .collect();
    lines.push(output.table(
        &[
            ("行", "line"),
            ("レコード", "record"),
            ("項目", "field"),
            ("区分", "severity"),
            ("コード", "code"),
            ("内容と対応", "what and what to do"),
        ],
        rows,
    ));
}

fn severity(severity: Severity, output: &Output) -> &'static str {
    output.say(
        severity.name_ja(),
        match severity {
            Severity::Reject => "reject",
            Severity::ReturnRisk => "return-risk",
            Severity::Attention => "attention",
            Severity::Note => "note",
        },
    )
}

/// One line over all files.
fn summary(checked: &[Checked], output: &Output) -> String {
    let mut counts: BTreeMap<Severity, usize> = [
        Severity::Reject,
        Severity::ReturnRisk,
        Severity::Attention,
        Severity::Note,
    ]
    .map(|severity| (severity, 0))
    .into();
    for found in findings(checked) {
        let count = counts.entry(found.severity).or_default();
        *count = count.saturating_add(1);
    }
    let counts: Vec<String> = counts
        .into_iter()
        .map(|(of, count)| format!("{} {count}", severity(of, output)))
        .collect();
    let unread = checked.iter().filter(|one| one.result.is_err()).count();
    let mut line = format!(
        "{} {}: {}",
        checked.len().saturating_sub(unread),
        output.say("ファイル", "files"),
        counts.join(output.say("・", ", "))
    );
    if unread > 0 {
        line.push_str(&format!(
            "{}{} {unread}",
            output.say("・", ", "),
            output.say("読めないファイル", "unreadable files")
        ));
    }
    line
}

fn show_file(path: &Path, number: Option<u32>, output: &Output) -> Result<Exit, Fault> {
    let file = open(path)?;
    let name = path.display().to_string();
    let Some(number) = number else {
        let receipts: Vec<Value> = file
            .receipts()
            .map(|receipt| receipt_json(&receipt))
            .collect();
        let text = show::file(&file);
        output.show(
            &json!({ "file": name, "receipts": receipts, "text": text }),
            |lines| lines.push(text.trim_end().to_owned()),
        );
        return Ok(Exit::Done);
    };
    let found: Vec<Receipt<'_>> = file
        .receipts()
        .filter(|receipt| receipt.number().ok() == Some(number))
        .collect();
    if found.is_empty() {
        let known: Vec<u32> = file.receipts().filter_map(|r| r.number().ok()).collect();
        let range = match (known.iter().min(), known.iter().max()) {
            (Some(first), Some(last)) => format!("{first}–{last}"),
            _ => "－".to_owned(),
        };
        return Err(Fault::new(
            "receden/no-receipt",
            format!(
                "レセプト番号 {number} はありません（あるのは {range}）。番号を確かめてください。"
            ),
            format!("there is no receipt number {number} (there are {range}); check the number"),
        )
        .at(Place {
            document: name,
            ..Place::default()
        }));
    }
    let receipts: Vec<Value> = found.iter().map(receipt_json).collect();
    let text: String = found.iter().map(show::receipt).collect();
    output.show(
        &json!({ "file": name, "receipts": receipts, "text": text }),
        |lines| lines.push(text.trim_end().to_owned()),
    );
    Ok(Exit::Done)
}

/// A receipt for machines. What cannot be read is null; `text` of the whole says why.
fn receipt_json(receipt: &Receipt<'_>) -> Value {
    let (first, last) = receipt.lines();
    json!({
        "number": receipt.number().ok(),
        "lines": [first, last],
        "service_month": receipt.service_month().ok().map(|month| month.to_string()),
        "receipt_type": receipt.receipt_type().ok().map(|kind| kind.to_string()),
        "name": receipt.name().ok().map(String::from),
        "person_key": receipt.person_key().ok().flatten().map(String::from),
        "insurer": receipt
            .insurer()
            .and_then(|insurer| insurer.number().ok())
            .map(|number| number.to_string()),
        "total": receipt.total().ok().map(|yen| yen.0),
    })
}
