//! `reseplug receden refile|divide|join|move|split`: files made of files. Originals stay.

use super::{not_made, open, place, position_of, receipt_json, refused};
use crate::exit::Exit;
use crate::output::Output;
use crate::verbs::read;
use ::receden::ClaimFile;
use ::receden::edit::{self, Coverage, FilingError, Refusal, by_payer, first_submission, payer_of};
use ::receden::returns::{RefileError, Refiling};
use reseplug::documents::{refuse_existing, write_new};
use reseplug_claims::written::thousands;
use reseplug_effect::Fault;
use reseplug_model::{Date, InsurerNumber, Month, Payer, Period, Relationship};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Name of a claim file of 訪問看護.
const NAME: &str = "RECEIPTH.UKE";

#[derive(Debug, clap::Args)]
pub(crate) struct Refile {
    /// 返戻ファイル / the return file
    file: PathBuf,
    /// 請求年月 YYYY-MM / month of filing
    #[arg(long, value_name = "YYYY-MM", required_unless_present = "with")]
    month: Option<Month>,
    /// このレセプト番号だけ / only the receipts of these numbers
    #[arg(long, value_name = "N", value_delimiter = ',')]
    receipt: Vec<u32>,
    /// 初回の請求にするレセプト番号（保険者変更・分割）/ receipts that become first filings
    #[arg(long, value_name = "N", value_delimiter = ',')]
    as_first: Vec<u32>,
    /// 初回請求のファイルと一緒にする / put them behind the receipts of this file
    #[arg(long, value_name = "FILE")]
    with: Option<PathBuf>,
    /// 書き出し先 / where to write
    #[arg(short, long, default_value = NAME)]
    output: PathBuf,
    /// 書かずに確かめる / write nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Divide {
    /// 請求ファイル / the claim file
    file: PathBuf,
    /// 書き出すフォルダー。中に SHAHO と KOKUHO / folder to write SHAHO and KOKUHO into
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// 書かずに確かめる / write nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Join {
    /// 請求ファイル / the claim files
    #[arg(required = true, num_args = 2..)]
    files: Vec<PathBuf>,
    /// 書き出し先 / where to write
    #[arg(short, long)]
    output: PathBuf,
    /// 同じレセプトが二度あってもまとめる / join although a receipt stands in them twice
    #[arg(long)]
    allow_twice: bool,
    /// 書かずに確かめる / write nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Move {
    /// 移すレセプトのあるファイル / the file it stands in
    file: PathBuf,
    /// レセプト番号 / number of the receipt
    #[arg(long, value_name = "N")]
    receipt: u32,
    /// 移す先のファイル / the file of the other payer
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// 二つのファイルを書き出すフォルダー。中に from と to / folder for both files, in `from` and `to`
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// 書かずに確かめる / write nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Split {
    /// 請求ファイル / the claim file
    file: PathBuf,
    /// レセプト番号 / number of the receipt
    #[arg(long, value_name = "N")]
    receipt: u32,
    /// 内訳のファイル（JSON）/ the parts, as a JSON file
    #[arg(long, value_name = "FILE")]
    parts: PathBuf,
    /// 書き出すフォルダー。中に SHAHO と KOKUHO / folder to write SHAHO and KOKUHO into
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// 書かずに確かめる / write nothing
    #[arg(long)]
    dry_run: bool,
}

fn filing_fault(path: &Path, error: &FilingError) -> Fault {
    let line = match error {
        FilingError::Receipt { line, .. } => Some(*line),
        _ => None,
    };
    not_made(
        (path, line),
        error.what(),
        error.message_ja(),
        error.to_string(),
    )
}

pub(super) fn refile_fault(path: &Path, error: &RefileError) -> Fault {
    let line = match error {
        RefileError::NoSearchNumber { line, .. } => Some(*line),
        _ => None,
    };
    not_made(
        (path, line),
        error.what(),
        error.message_ja(),
        error.to_string(),
    )
}

pub(super) fn refile(refile: &Refile, output: &Output) -> Result<Exit, Fault> {
    let path = &refile.file;
    let returned = open(path)?;
    let with = refile.with.as_deref().map(open).transpose()?;
    let header_month = |file: &ClaimFile| file.header().and_then(|h| h.claim_month().ok());
    let month = match (&with, refile.month) {
        (Some(with), stated) => {
            let of_file = header_month(with);
            if let (Some(of_file), Some(stated)) = (of_file, stated)
                && of_file != stated
            {
                return Err(Fault::new(
                    "receden/other-month",
                    format!(
                        "--with のファイルの請求年月は {of_file} で、--month の {stated} と違います。"
                    ),
                    format!("the file named by --with is of {of_file}, not of {stated}"),
                ));
            }
            of_file.or(stated)
        }
        (None, stated) => stated,
    };
    let Some(month) = month else {
        return Err(Fault::new(
            "receden/no-month",
            "請求年月が分かりません。--month YYYY-MM で指定してください。",
            "the month of filing is not known; name it with --month YYYY-MM",
        ));
    };
    let numbers = |numbers: &[u32]| -> Result<Vec<usize>, Fault> {
        numbers
            .iter()
            .map(|number| position_of(&returned, path, *number))
            .collect()
    };
    let as_first = numbers(&refile.as_first)?;
    let mut receipts = numbers(&refile.receipt)?;
    if receipts.is_empty() {
        receipts = (0..returned.receipts().count()).collect();
    }
    let wanted = Refiling {
        claim_month: month,
        receipts,
        as_first,
        together_with: with.as_ref(),
    };
    let file = ::receden::returns::refile(&returned, &wanted)
        .map_err(|error| refile_fault(path, &error))?;
    let files = BTreeMap::from([(refile.output.clone(), file)]);
    written(
        &files,
        refile.dry_run,
        json!({ "refiled": wanted.receipts.len(), "as_first": wanted.as_first.len() }),
        output,
    )
}

/// Folder of a payer's file, as products name it.
fn folder(payer: Payer) -> &'static str {
    match payer {
        Payer::SocialInsuranceFund => "SHAHO",
        Payer::NationalHealthFederation => "KOKUHO",
    }
}

/// Writes files that are not there yet, all or none of them named wrongly, and says what they hold.
fn written(
    files: &BTreeMap<PathBuf, ClaimFile>,
    dry_run: bool,
    mut value: Value,
    output: &Output,
) -> Result<Exit, Fault> {
    for path in files.keys() {
        refuse_existing(path)?;
    }
    if !dry_run {
        for (path, file) in files {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)
                    .map_err(|error| crate::verbs::cannot_write(folder, &error))?;
            }
            write_new(path, &file.to_bytes())?;
        }
    }
    let rows: Vec<Value> = files
        .iter()
        .map(|(path, file)| {
            let receipts: Vec<Value> = file.receipts().map(|r| receipt_json(&r)).collect();
            let payer = file.header().and_then(|h| h.payer().ok());
            json!({
                "file": path.display().to_string(), "payer": payer, "receipts": receipts,
                "total": total(file),
            })
        })
        .collect();
    if let Some(fields) = value.as_object_mut() {
        fields.insert("files".to_owned(), json!(rows));
        fields.insert("written".to_owned(), json!(!dry_run));
    }
    output.show(&value, |lines| {
        for (path, file) in files {
            let payer = file.header().and_then(|header| header.payer().ok());
            lines.push(format!(
                "{}  {}  {}{}  {}{}",
                path.display(),
                payer.map_or("？", Payer::name_ja),
                file.receipts().count(),
                output.say("件", " receipts"),
                total(file).map_or_else(|| "？".to_owned(), |total| total.to_string()),
                output.say("円", " yen"),
            ));
        }
        lines.push(
            if dry_run {
                output.say(
                    "書いていません（--dry-run）。",
                    "nothing written (--dry-run)",
                )
            } else {
                output.say(
                    "書きました。もとのファイルはそのままです。",
                    "written; the originals are as they were",
                )
            }
            .to_owned(),
        );
    });
    Ok(Exit::Done)
}

/// 合計金額 over all receipts; nothing where one cannot be read.
fn total(file: &ClaimFile) -> Option<u64> {
    file.receipts()
        .map(|receipt| receipt.total().ok().map(|yen| yen.0))
        .try_fold(0u64, |sum, yen| sum.checked_add(yen?))
}

pub(super) fn divide(divide: &Divide, output: &Output) -> Result<Exit, Fault> {
    let file = open(&divide.file)?;
    let files = by_payer(&file)
        .map_err(|error| filing_fault(&divide.file, &error))?
        .into_iter()
        .map(|(payer, file)| (divide.output.join(folder(payer)).join(NAME), file))
        .collect();
    let before =
        json!({ "before": { "receipts": file.receipts().count(), "total": total(&file) } });
    written(&files, divide.dry_run, before, output)
}

pub(super) fn join(join: &Join, output: &Output) -> Result<Exit, Fault> {
    let opened: Vec<ClaimFile> = join
        .files
        .iter()
        .map(|path| open(path))
        .collect::<Result<_, _>>()?;
    let joined = edit::join(&opened.iter().collect::<Vec<_>>()).map_err(|error| {
        let file = match &error {
            FilingError::NoClaim { file } | FilingError::OtherHeader { file, .. } => *file,
            _ => 1,
        };
        let path = file.checked_sub(1).and_then(|at| join.files.get(at));
        filing_fault(path.map_or(Path::new(""), PathBuf::as_path), &error)
    })?;
    let twice = twice(&join.files, &opened);
    if !twice.is_empty() && !join.allow_twice {
        return Err(stands_twice(&twice));
    }
    let files = BTreeMap::from([(join.output.clone(), joined)]);
    written(&files, join.dry_run, json!({ "twice": twice }), output)
}

/// Receipts that claim the same as one before them: same person and month, and a day in common.
/// Parts of a receipt that was divided within the month have none.
fn twice(paths: &[PathBuf], files: &[ClaimFile]) -> Vec<Value> {
    type Claimed = (String, Month, Vec<Date>);
    let mut seen: Vec<(Claimed, String)> = Vec::new();
    let mut twice = Vec::new();
    for (path, file) in paths.iter().zip(files) {
        for receipt in file.receipts() {
            // What cannot be read is for `receden check` to say.
            let (Ok(number), Ok(name), Ok(month), Ok(days)) = (
                receipt.number(),
                receipt.name().map(String::from),
                receipt.service_month(),
                receipt.charge_days(),
            ) else {
                continue;
            };
            let key = receipt.person_key().ok().flatten().map(String::from);
            let born = receipt.birth_date().map(|day| day.to_string());
            let who = key
                .filter(|key| !key.is_empty())
                .unwrap_or_else(|| format!("{name} {}", born.unwrap_or_default()));
            let own: Claimed = (who, month, days.into_iter().collect());
            let id = format!("{}#{number}", path.display());
            let same = seen.iter().find(|((who, month, days), _)| {
                let shared = days.is_empty()
                    || own.2.is_empty()
                    || days.iter().any(|day| own.2.contains(day));
                *who == own.0 && *month == own.1 && shared
            });
            if let Some((_, first)) = same {
                twice.push(json!({
                    "receipt": id, "first": first, "name": name, "service_month": month.to_string(),
                }));
            } else {
                seen.push((own, id));
            }
        }
    }
    twice
}

fn stands_twice(twice: &[Value]) -> Fault {
    const SHOWN: usize = 5;
    let text = |one: &Value, key: &str| {
        let value = one.get(key).and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    let mut list: Vec<String> = twice
        .iter()
        .take(SHOWN)
        .map(|one| {
            format!(
                "{} {}（{} = {}）",
                text(one, "name"),
                text(one, "service_month"),
                text(one, "first"),
                text(one, "receipt")
            )
        })
        .collect();
    if twice.len() > SHOWN {
        list.push(format!("… {}", twice.len()));
    }
    let list = list.join("、");
    Fault::new(
        "receden/twice",
        format!(
            "同じ方の同じ月・同じ日のレセプトが二度あります: {list}。二重請求になるため、まとめていません。ファイルの指定を確かめてください。それでもまとめるときは --allow-twice を付けます。"
        ),
        format!(
            "receipts of the same person, month and day stand in them twice: {list}. They would be claimed twice, so nothing was joined; check which files were named, or join them all the same with --allow-twice"
        ),
    )
}

pub(super) fn move_receipt(of: &Move, output: &Output) -> Result<Exit, Fault> {
    let (mut from, mut to) = (open(&of.file)?, open(&of.to)?);
    let position = position_of(&from, &of.file, of.receipt)?;
    // Moved to another payer it is no re-filing.
    let payers = |file: &ClaimFile| file.header().and_then(|header| header.payer().ok());
    if payers(&from) != payers(&to)
        && let Some(receipt) = from.receipt(position)
    {
        let records = receipt.records().map(|(_, r)| r.to_record()).collect();
        let first = first_submission(records).map_err(|error| refused(&of.file, &error))?;
        from.replace_receipt(position, vec![first])
            .map_err(|error| refused(&of.file, &Refusal::Unwritable(error)))?;
    }
    edit::move_receipt(&mut from, position, &mut to)
        .map_err(|error| filing_fault(&of.file, &error))?;
    let files = BTreeMap::from([
        (of.output.join("from").join(NAME), from),
        (of.output.join("to").join(NAME), to),
    ]);
    written(&files, of.dry_run, json!({}), output)
}

/// One part of a receipt that is split.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    from: Option<Date>,
    to: Option<Date>,
    insurer: String,
    symbol: Option<String>,
    number: String,
    branch: Option<String>,
    relationship: Option<Relationship>,
    burden_percent: Option<u32>,
}

impl Part {
    fn coverage(self) -> Result<(Period, Coverage), String> {
        let branch = self.branch.map(|text| text.parse()).transpose();
        Ok((
            Period::new(self.from, self.to),
            Coverage {
                insurer: InsurerNumber::parse(&self.insurer).map_err(|e| e.to_string())?,
                symbol: self.symbol,
                number: self.number,
                branch: branch.map_err(|e: reseplug_model::NumberError| e.to_string())?,
                relationship: self.relationship,
                burden_percent: self.burden_percent,
            },
        ))
    }
}

pub(super) fn split(split: &Split, output: &Output) -> Result<Exit, Fault> {
    let file = open(&split.file)?;
    let position = position_of(&file, &split.file, split.receipt)?;
    let wrong = |detail: String| {
        Fault::new(
            "receden/parts",
            format!("内訳のファイルを読み取れません（{detail}）。書き方は --help を見てください。"),
            format!("the parts cannot be read: {detail}; see --help"),
        )
        .at(place(&split.parts, None))
    };
    let parts: Vec<Part> =
        serde_json::from_slice(&read(&split.parts)?).map_err(|error| wrong(error.to_string()))?;
    let parts = parts
        .into_iter()
        .map(Part::coverage)
        .collect::<Result<Vec<_>, _>>()
        .map_err(wrong)?;
    let Some(receipt) = file.receipt(position) else {
        return Err(super::no_receipt(&file, &split.file, split.receipt));
    };
    let divided =
        edit::split(&receipt, &parts).map_err(|refusal| refused(&split.file, &refusal))?;
    let unwritable = |error| refused(&split.file, &Refusal::Unwritable(error));
    let mut whole = file.clone();
    whole
        .replace_receipt(position, divided)
        .map_err(unwritable)?;
    let count = parts.len();
    let original = receipt_json(&receipt);
    let shown: Vec<Value> = whole
        .receipts()
        .skip(position)
        .take(count)
        .map(|part| receipt_json(&part))
        .collect();
    let mut lines = vec![beside(&receipt, output.say("もと", "whole"))];
    for part in whole.receipts().skip(position).take(count) {
        lines.push(beside(&part, output.say("分割", "part")));
    }
    let files = by_payer(&whole)
        .map_err(|error| filing_fault(&split.file, &error))?
        .into_iter()
        .map(|(payer, file)| (split.output.join(folder(payer)).join(NAME), file))
        .collect();
    output.lines(&lines);
    written(
        &files,
        split.dry_run,
        json!({ "original": original, "parts": shown }),
        output,
    )
}

/// A receipt in one line: whose, days and amount.
fn beside(receipt: &::receden::Receipt<'_>, label: &str) -> String {
    let insurer = receipt.insurer();
    let number = insurer.and_then(|insurer| insurer.number().ok());
    let days = insurer.and_then(|insurer| insurer.days().ok());
    let payer = payer_of(receipt).map_or("？", Payer::name_ja);
    format!(
        "{label}  {}  {payer}  {}日  {}円",
        number.map_or_else(|| "－".to_owned(), |number| number.to_string()),
        days.unwrap_or_default(),
        receipt
            .total()
            .map_or_else(|_| "？".to_owned(), |yen| thousands(yen.0)),
    )
}
