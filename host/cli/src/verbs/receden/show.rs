//! `reseplug receden show` and `returns`

use super::{Data, no_receipt, open_any, receipt_json};
use crate::exit::Exit;
use crate::output::Output;
use ::receden::returns::{Reason, Returned, returned, stated_count};
use ::receden::{FileKind, Receipt, show};
use reseplug::documents::write_new;
use reseplug_effect::Fault;
use serde_json::{Value, json};
use std::path::Path;

pub(super) fn run(
    path: &Path,
    number: Option<u32>,
    html: Option<&Path>,
    data: &Data,
    output: &Output,
) -> Result<Exit, Fault> {
    let masters = data.masters()?;
    let file = open_any(path)?;
    let name = path.display().to_string();
    let wanted: Vec<Receipt<'_>> = file
        .receipts()
        .filter(|receipt| number.is_none_or(|number| receipt.number().ok() == Some(number)))
        .collect();
    if let Some(number) = number.filter(|_| wanted.is_empty()) {
        return Err(no_receipt(&file, path, number));
    }
    let receipts: Vec<Value> = wanted.iter().map(receipt_json).collect();
    if let Some(target) = html {
        let page = show::html::receipts(&file, wanted, &masters);
        write_new(target, page.as_bytes())?;
        let target = target.display().to_string();
        output.show(
            &json!({ "file": name, "receipts": receipts, "html": target }),
            |lines| lines.push(format!("{}: {target}", output.say("書きました", "written"))),
        );
        return Ok(Exit::Done);
    }
    let text = match number {
        None => show::file(&file, &masters),
        Some(_) => wanted
            .iter()
            .map(|receipt| show::receipt(receipt, &masters))
            .collect(),
    };
    output.show(
        &json!({ "file": name, "receipts": receipts, "text": text }),
        |lines| lines.push(text.trim_end().to_owned()),
    );
    Ok(Exit::Done)
}

fn reason_json(reason: Reason<'_>) -> Value {
    let known = reason.explanation();
    json!({
        "line": reason.line(), "month": reason.month(), "text": reason.text(), "code": reason.code(),
        "class_ja": reason.class_ja(), "eligibility": reason.eligibility(),
        "meaning_ja": known.map(|known| &known.ja), "meaning_en": known.map(|known| &known.en),
        "action_ja": known.map(|known| &known.action_ja), "action_en": known.map(|known| &known.action_en),
    })
}

pub(super) fn returns(path: &Path, output: &Output) -> Result<Exit, Fault> {
    let file = open_any(path)?;
    if file.kind() != FileKind::Return {
        let error = ::receden::returns::RefileError::NoReturn;
        return Err(super::filing::refile_fault(path, &error));
    }
    let all: Vec<Returned<'_>> = returned(&file).collect();
    let stated = stated_count(&file);
    let rows: Vec<Value> = all
        .iter()
        .map(|one| {
            let mut row = receipt_json(&one.receipt);
            if let Some(fields) = row.as_object_mut() {
                let search = one.receipt.search_number().ok().flatten().map(String::from);
                let reasons: Vec<Value> = one.reasons().map(reason_json).collect();
                fields.insert("search_number".to_owned(), json!(search));
                fields.insert("reasons".to_owned(), json!(reasons));
                fields.insert("history_lines".to_owned(), json!(one.history().count()));
            }
            row
        })
        .collect();
    let value = json!({
        "file": path.display().to_string(), "stated": stated, "receipts": rows,
    });
    output.show(&value, |lines| {
        for one in &all {
            let receipt = &one.receipt;
            let text = |read: Option<String>| read.unwrap_or_else(|| "？".to_owned());
            lines.push(format!(
                "{}  {}  {}  {}",
                text(receipt.number().ok().map(|n| n.to_string())),
                text(receipt.service_month().ok().map(|month| month.to_string())),
                text(receipt.name().ok().map(String::from)),
                text(receipt.total().ok().map(|yen| yen.to_string())),
            ));
            for reason in one.reasons() {
                lines.push(format!("    {}", reason.text()));
                if let Some(class) = reason.class_ja() {
                    lines.push(format!("    {class}"));
                }
                if let Some(known) = reason.explanation() {
                    lines.push(format!("    {}", output.say(&known.ja, &known.en)));
                    lines.push(format!(
                        "    → {}",
                        output.say(&known.action_ja, &known.action_en)
                    ));
                }
            }
            if one.reasons().next().is_none() {
                lines.push(format!(
                    "    {}",
                    output.say("返戻理由の記録がありません", "no reason is recorded")
                ));
            }
        }
        if let Some(stated) = stated.filter(|stated| *stated != all.len()) {
            lines.push(
                output
                    .say(
                        &format!(
                            "件数が{stated}件と記録されていますが、{}件あります。",
                            all.len()
                        ),
                        &format!("the footer says {stated} receipts, there are {}", all.len()),
                    )
                    .to_owned(),
            );
        }
    });
    Ok(Exit::Done)
}
