//! `reseplug receden diff|fix`: two files beside each other, and a copy with what rules alone can repair.

use super::{open_any, refused};
use crate::exit::Exit;
use crate::output::Output;
use ::receden::CheckOptions;
use ::receden::diff::{Difference, What, files};
use ::receden::edit::Refusal;
use ::receden::fix::{REPAIRS, Repaired};
use reseplug::documents::write_new;
use reseplug_effect::Fault;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(crate) struct Fix {
    /// 請求ファイル / the claim file
    #[arg(required_unless_present = "list")]
    file: Option<PathBuf>,
    /// 直す指摘のコード / codes of the findings to repair
    #[arg(long, value_delimiter = ',', required_unless_present = "list")]
    only: Vec<String>,
    /// 写しの書き出し先 / where to write the copy
    #[arg(short, long, required_unless_present_any = ["list", "dry_run"])]
    output: Option<PathBuf>,
    /// 書かずに、何が直るかを見る / show what would be repaired, write nothing
    #[arg(long)]
    dry_run: bool,
    /// 直せる指摘の一覧 / list what can be repaired
    #[arg(long)]
    list: bool,
}

pub(super) fn diff(before: &Path, after: &Path, output: &Output) -> Result<Exit, Fault> {
    let differences = files(&open_any(before)?, &open_any(after)?);
    let value: Vec<Value> = differences.iter().map(difference_json).collect();
    output.show(
        &json!({
            "before": before.display().to_string(), "after": after.display().to_string(),
            "differences": value,
        }),
        |lines| {
            let mut whose = None;
            for one in &differences {
                if whose != Some((&one.whose, one.receipts)) {
                    whose = Some((&one.whose, one.receipts));
                    lines.push(heading(one, output));
                }
                if let Some(line) = described(one, output) {
                    lines.push(format!("    {line}"));
                }
            }
            if differences.is_empty() {
                lines.push(output.say("違いはありません。", "no difference").to_owned());
            }
        },
    );
    Ok(if differences.is_empty() {
        Exit::Done
    } else {
        Exit::Attention
    })
}

fn heading(one: &Difference, output: &Output) -> String {
    let number = |n: Option<usize>| n.map_or_else(|| "－".to_owned(), |n| n.to_string());
    match (one.receipts, &one.what) {
        ((None, None), _) => output.say("ファイル全体", "the file as a whole").to_owned(),
        ((before, after), What::Receipt) => {
            let only = if before.is_some() {
                output.say("もとのファイルだけにあります", "only in the first file")
            } else {
                output.say("比べたファイルだけにあります", "only in the second file")
            };
            format!(
                "{} → {}  {}  {only}",
                number(before),
                number(after),
                one.whose
            )
        }
        ((before, after), _) => format!("{} → {}  {}", number(before), number(after), one.whose),
    }
}

fn described(one: &Difference, output: &Output) -> Option<String> {
    Some(match &one.what {
        What::Receipt => return None,
        What::Frame => output
            .say(
                "改行またはファイルの終わり（EOF）が違います",
                "line ends or the end of the file differ",
            )
            .to_owned(),
        What::Record { lines, text, .. } => {
            let sign = if lines.0.is_some() { '-' } else { '+' };
            format!("{sign} {text}")
        }
        What::Field {
            record,
            field,
            name_ja,
            before,
            after,
            lines,
        } => format!(
            "{record}{field} {name_ja}（{}行目）: 「{before}」→「{after}」",
            lines.1
        ),
    })
}

fn difference_json(one: &Difference) -> Value {
    let what = match &one.what {
        What::Receipt => json!({ "kind": "receipt" }),
        What::Frame => json!({ "kind": "frame" }),
        What::Record {
            record,
            lines,
            text,
        } => json!({ "kind": "record", "record": record, "lines": lines, "text": text }),
        What::Field {
            record,
            lines,
            field,
            name_ja,
            before,
            after,
        } => json!({
            "kind": "field", "record": record, "lines": lines, "field": field, "name_ja": name_ja,
            "before": before, "after": after,
        }),
    };
    json!({ "receipts": one.receipts, "whose": one.whose, "what": what })
}

pub(super) fn fix(fix: &Fix, output: &Output) -> Result<Exit, Fault> {
    if fix.list {
        let rows: Vec<Value> = REPAIRS
            .iter()
            .map(|repair| json!({ "code": repair.code, "ja": repair.ja, "en": repair.en }))
            .collect();
        output.show(&json!({ "repairs": rows }), |lines| {
            for repair in REPAIRS {
                lines.push(format!(
                    "{}  {}",
                    repair.code,
                    output.say(repair.ja, repair.en)
                ));
            }
        });
        return Ok(Exit::Done);
    }
    let path = fix.file.as_deref().unwrap_or(Path::new(""));
    if let Some(code) = fix
        .only
        .iter()
        .find(|code| REPAIRS.iter().all(|repair| repair.code != **code))
    {
        return Err(Fault::new(
            "receden/no-repair",
            format!("{code} は自動では直せません。直せるものは --list で見られます。"),
            format!("{code} cannot be repaired by itself; see --list for what can"),
        ));
    }
    let mut file = open_any(path)?;
    let codes: Vec<&str> = fix.only.iter().map(String::as_str).collect();
    let repaired = ::receden::fix::fix(&mut file, &codes, &CheckOptions::default())
        .map_err(|error| refused(path, &Refusal::Unwritable(error)))?;
    // A copy of what is right already would only be a second file to take for the right one.
    let target = fix
        .output
        .as_deref()
        .filter(|_| !fix.dry_run && !repaired.is_empty());
    if let Some(target) = target {
        write_new(target, &file.to_bytes())?;
    }
    let rows: Vec<Value> = repaired.iter().map(repaired_json).collect();
    let written = target.map(|target| target.display().to_string());
    output.show(
        &json!({ "file": path.display().to_string(), "repaired": rows, "written": written }),
        |lines| {
            for one in &repaired {
                let line = one.line.map_or_else(String::new, |line| line.to_string());
                let place = match (&one.record, one.field) {
                    (Some(record), Some(field)) => format!("{record}{field}"),
                    _ => String::new(),
                };
                lines.push(format!(
                    "{line:>6} {place:<5} {}  「{}」→「{}」",
                    one.code, one.before, one.after
                ));
            }
            let count = repaired.len();
            if repaired.is_empty() {
                lines.push(
                    output
                        .say(
                            "直すところはありません。何も書いていません。",
                            "nothing to fix; nothing was written",
                        )
                        .to_owned(),
                );
                return;
            }
            lines.push(match &written {
                Some(name) => format!(
                    "{count} {}: {name}",
                    output.say("か所を直して書きました", "places repaired, written")
                ),
                None => format!(
                    "{count} {}",
                    output.say(
                        "か所が直ります（書いていません）",
                        "places would be repaired; nothing written"
                    )
                ),
            });
        },
    );
    Ok(Exit::Done)
}

fn repaired_json(one: &Repaired) -> Value {
    json!({
        "code": one.code, "line": one.line, "record": one.record, "field": one.field,
        "before": one.before, "after": one.after,
    })
}
