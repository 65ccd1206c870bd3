//! `reseplug receden check`

use super::{Data, open_any};
use crate::exit::Exit;
use crate::output::Output;
use ::receden::{CheckOptions, Checker, ClaimFile, Editions, Finding, Severity, check::catalogue};
use reseplug_effect::Fault;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// What became of one file.
struct Checked {
    file: String,
    result: Result<Judged, Fault>,
}

struct Judged {
    editions: BTreeSet<String>,
    receipts: usize,
    /// By line; those of the file as a whole first.
    findings: Vec<Finding>,
}

pub(super) fn run(
    files: &[PathBuf],
    no_check_digits: bool,
    sarif: bool,
    data: &Data,
    output: &Output,
) -> Result<Exit, Fault> {
    let editions = data.editions()?;
    let masters = data.masters()?;
    let mut options = CheckOptions {
        editions: &editions,
        masters: &masters,
        ..CheckOptions::default()
    };
    if no_check_digits {
        options.check_digits = None;
    }
    let mut checker = Checker::new(options);
    let checked: Vec<Checked> = files
        .iter()
        .map(|path| {
            let file = path.display().to_string();
            let result =
                open_any(path).map(|opened| judge(&mut checker, &file, &opened, &editions));
            Checked { file, result }
        })
        .collect();
    if sarif {
        output.plain(&sarif_json(&checked, output));
    } else {
        let mut values: Vec<Value> = checked.iter().map(checked_json).collect();
        let value = match (values.len(), values.pop()) {
            (1, Some(value)) => value,
            (_, last) => values.into_iter().chain(last).collect(),
        };
        output.show(&value, |lines| {
            for one in &checked {
                if let Ok(judged) = &one.result {
                    table(&one.file, judged, output, lines);
                }
            }
            lines.push(summary(&checked, output));
        });
    }
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

fn judge(checker: &mut Checker<'_>, name: &str, file: &ClaimFile, editions: &Editions) -> Judged {
    let mut findings = checker.check(name, file);
    findings.sort_by_key(|found| found.line);
    Judged {
        editions: file
            .receipts()
            .filter_map(|receipt| receipt.service_month().ok())
            .map(|month| editions.of(file.trade(), month).id.clone())
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
        "edition_unknown": found.edition_unknown,
        "line": found.line, "record": found.record, "field": found.field,
        "receipt": found.receipt, "byte": found.byte,
        "message_ja": found.message_ja, "message_en": found.message_en,
        "action_ja": found.action_ja, "action_en": found.action_en,
        "asp_hint": found.asp_hint,
    })
}

/// SARIF 2.1.0: one run over all files.
fn sarif_json(checked: &[Checked], output: &Output) -> Value {
    let level = |severity: Severity| match severity {
        Severity::Reject | Severity::ReturnRisk => "error",
        Severity::Attention => "warning",
        Severity::Note => "note",
    };
    let uri = |file: &str| file.replace('\\', "/").replace(' ', "%20");
    let rules: Vec<Value> = catalogue()
        .iter()
        .map(|rule| {
            json!({
                "id": rule.code,
                "shortDescription": { "text": output.say(&rule.ja, &rule.en) },
                "help": { "text": output.say(&rule.action_ja, &rule.action_en) },
                "defaultConfiguration": { "level": level(rule.severity) },
                "properties": { "severity": rule.severity, "grade": rule.grade, "basis": rule.basis },
            })
        })
        .collect();
    let mut results = Vec::new();
    let mut unread = Vec::new();
    for one in checked {
        let artifact = json!({ "uri": uri(&one.file) });
        match &one.result {
            Ok(judged) => results.extend(judged.findings.iter().map(|found| {
                let mut physical = json!({ "artifactLocation": artifact });
                if let Some(line) = found.line
                    && let Some(fields) = physical.as_object_mut()
                {
                    let mut region = json!({ "startLine": line });
                    if let (Some(byte), Some(region)) = (found.byte, region.as_object_mut()) {
                        region.insert("byteOffset".to_owned(), byte.into());
                    }
                    fields.insert("region".to_owned(), region);
                }
                json!({
                    "ruleId": found.code,
                    "level": level(found.severity),
                    "message": { "text": output.say(&found.message_ja, &found.message_en) },
                    "locations": [{ "physicalLocation": physical }],
                    "properties": {
                        "severity": found.severity, "grade": found.grade, "receipt": found.receipt,
                        "record": found.record, "field": found.field, "asp_hint": found.asp_hint,
                    },
                })
            })),
            Err(fault) => unread.push(json!({
                "level": "error",
                "message": { "text": output.say(&fault.message_ja, &fault.message_en) },
                "locations": [{ "physicalLocation": { "artifactLocation": artifact } }],
            })),
        }
    }
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "reseplug receden", "version": env!("CARGO_PKG_VERSION"), "rules": rules,
            } },
            "invocations": [{
                "executionSuccessful": unread.is_empty(),
                "toolExecutionNotifications": unread,
            }],
            "results": results,
        }],
    })
}

fn table(file: &str, judged: &Judged, output: &Output, lines: &mut Vec<String>) {
    let editions: Vec<&str> = judged.editions.iter().map(String::as_str).collect();
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
        match severity {
            // 受付・事務点検 knows one word for both.
            Severity::ReturnRisk => "要確認（返戻のおそれ）",
            other => other.name_ja(),
        },
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
