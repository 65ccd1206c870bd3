//! `reseplug receden …`: claim files by themselves, without station file, plugin or store.

mod check;
mod compare;
mod filing;
mod master;
mod show;

use crate::exit::Exit;
use crate::output::Output;
use ::receden::edit::Refusal;
use ::receden::{ClaimFile, Editions, Master, Masters, ReadError, Receipt};
use reseplug_effect::{Fault, Place};
use std::fs;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// 記録条件仕様とマスターに照らして点検する / check files against the specification and the master
    #[command(
        after_help = "例 / examples:\n  reseplug receden check SHAHO/RECEIPTH.UKE KOKUHO/RECEIPTH.UKE\n  reseplug receden check RECEIPTH.UKE --json\n  reseplug receden check RECEIPTH.UKE --sarif > findings.sarif\n\n--json: ファイルが1つなら1つのオブジェクト、2つ以上ならその配列\n        one object for one file, an array of them for several\n\n終了コード / exit codes:\n  0 要確認まで / nothing worse than \"attention\"\n  1 返戻のおそれのある要確認、または受付不能がある / something worse\n  2 レセ電として読めないファイルがある / a file cannot be read as a claim file\n\n指摘がなくても、審査支払機関が受け付けるとは限りません。\nNo finding does not mean that a payer will take the file."
    )]
    Check {
        /// 請求ファイル / claim files
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// 検証番号を確かめない / leave all check digits unchecked
        #[arg(long)]
        no_check_digits: bool,
        /// SARIF 2.1.0 で出す / print SARIF 2.1.0
        #[arg(long, conflicts_with = "json")]
        sarif: bool,
        #[command(flatten)]
        data: Data,
    },
    /// 人が読める形で表示する / show a file for people to read
    #[command(
        after_help = "例 / examples:\n  reseplug receden show RECEIPTH.UKE\n  reseplug receden show RECEIPTH.UKE --receipt 3\n  reseplug receden show RECEIPTH.UKE --html month.html"
    )]
    Show {
        /// 請求ファイルまたは返戻ファイル / a claim file or a return file
        file: PathBuf,
        /// このレセプト番号だけ / only the receipt of this number
        #[arg(long, value_name = "N")]
        receipt: Option<u32>,
        /// 印刷用の HTML をこのファイルに書く / write a page to print to this file
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
        #[command(flatten)]
        data: Data,
    },
    /// 2つのファイルの違いをレセプトと項目ごとに / what differs, by receipt and field
    #[command(
        after_help = "終了コード / exit codes:\n  0 違いなし / no difference   1 違いあり / differences   2 読めない / unreadable"
    )]
    Diff {
        /// もとのファイル / the first file
        before: PathBuf,
        /// 比べるファイル / the second file
        after: PathBuf,
    },
    /// 決まりだけから直せるところを直した写しを作る / make a copy with what the rules alone can repair
    #[command(
        after_help = "例 / examples:\n  reseplug receden fix RECEIPTH.UKE --only R-FILE-03,R-FILE-05 -o fixed.UKE\n  reseplug receden fix RECEIPTH.UKE --list\n\nもとのファイルは変えません。金額・日付・氏名・番号の中身は直しません。\nThe file itself is never changed, nor are amounts, days, persons and payers."
    )]
    Fix(compare::Fix),
    /// 返戻ファイルの理由を読む / read why receipts came back
    Returns {
        /// 返戻ファイル / the return file
        file: PathBuf,
    },
    /// 返戻レセプトから再請求のファイルを作る / make the file that files returned receipts again
    #[command(
        after_help = "例 / examples:\n  reseplug receden refile RECEIPTH.HEN --month 2026-12 -o RECEIPTH.UKE\n  reseplug receden refile RECEIPTH.HEN --with 12月分/RECEIPTH.UKE --receipt 1,3 -o RECEIPTH.UKE\n  reseplug receden refile RECEIPTH.HEN --month 2026-12 --as-first 2 -o RECEIPTH.UKE\n\n返戻理由（HR）を除き、履歴と検索番号はそのまま、レセプト番号は付け直します。\nHR is taken out, history and search numbers stay, receipts are numbered anew."
    )]
    Refile(filing::Refile),
    /// 請求先ごとのファイルに分ける / one file for each payer
    Divide(filing::Divide),
    /// 同じ請求先・事業所・請求年月のファイルをまとめる / one file of several of the same payer and month
    Join(filing::Join),
    /// レセプトを別の請求先のファイルへ移す / move a receipt to the file of the other payer
    Move(filing::Move),
    /// 月の途中の保険者変更で1件を分ける / divide a receipt because the insurer changed within the month
    #[command(
        after_help = "内訳（JSON）/ parts (JSON):\n  [{\"to\": \"2024-10-10\", \"insurer\": \"01130012\", \"symbol\": \"１２\", \"number\": \"３４\", \"branch\": \"00\", \"relationship\": \"insured\"},\n   {\"from\": \"2024-10-11\", \"insurer\": \"138057\", \"number\": \"５６７\", \"relationship\": \"family\"}]\n\n日数と金額は受診日等と算定から分け、合計はもとと同じです。一部負担金などがあるときは分けません。\nDays and amounts are divided by JD and KA and add up to the whole; money that cannot be divided is refused."
    )]
    Split(filing::Split),
    /// 訪問看護療養費マスター / the master of charges
    #[command(subcommand)]
    Master(master::Verb),
}

/// What files are judged and shown by.
#[derive(Debug, clap::Args)]
pub(crate) struct Data {
    /// 記録条件仕様の版のファイル（TOML）/ an edition of the specification as a TOML file
    #[arg(long, value_name = "FILE")]
    edition: Vec<PathBuf>,
    /// マスターのフォルダー。既定は今のフォルダーの masters / folder of imported masters; by default `masters` here
    #[arg(long, value_name = "DIR")]
    masters: Option<PathBuf>,
}

impl Data {
    fn editions(&self) -> Result<Editions, Fault> {
        let mut editions = Editions::known().clone();
        for path in &self.edition {
            let wrong = |ja: String, en: String| {
                Fault::new("receden/edition", ja, en).at(place(path, None))
            };
            let text = String::from_utf8(super::read(path)?).map_err(|_| {
                wrong(
                    "版のファイルが UTF-8 ではありません。".to_owned(),
                    "the edition is not UTF-8".to_owned(),
                )
            })?;
            editions = editions
                .with(&text)
                .map_err(|error| wrong(error.message_ja(), error.to_string()))?;
        }
        Ok(editions)
    }

    fn masters(&self) -> Result<Masters, Fault> {
        match &self.masters {
            Some(folder) => master::load(folder),
            None => masters_in(Path::new("")),
        }
    }
}

/// The masters that were imported in a folder; none where nothing was.
pub(crate) fn masters_in(folder: &Path) -> Result<Masters, Fault> {
    let masters = folder.join(master::FOLDER);
    match masters.is_dir() {
        true => master::load(&masters),
        false => Ok(Masters::default()),
    }
}

pub(crate) fn run(verb: &Verb, output: &Output) -> Result<Exit, Fault> {
    match verb {
        Verb::Check {
            files,
            no_check_digits,
            sarif,
            data,
        } => check::run(files, *no_check_digits, *sarif, data, output),
        Verb::Show {
            file,
            receipt,
            html,
            data,
        } => show::run(file, *receipt, html.as_deref(), data, output),
        Verb::Diff { before, after } => compare::diff(before, after, output),
        Verb::Fix(fix) => compare::fix(fix, output),
        Verb::Returns { file } => show::returns(file, output),
        Verb::Refile(refile) => filing::refile(refile, output),
        Verb::Divide(divide) => filing::divide(divide, output),
        Verb::Join(join) => filing::join(join, output),
        Verb::Move(of) => filing::move_receipt(of, output),
        Verb::Split(split) => filing::split(split, output),
        Verb::Master(verb) => master::run(verb, output),
    }
}

fn place(path: &Path, line: Option<u32>) -> Place {
    Place {
        document: path.display().to_string(),
        line,
        ..Place::default()
    }
}

/// A file of 訪問看護 or of 医科, to read.
fn open_any(path: &Path) -> Result<ClaimFile, Fault> {
    ClaimFile::read_any(super::open(path)?).map_err(|error| unreadable(path, &error))
}

/// A file of 訪問看護, to change.
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
    .at(place(path, line))
}

/// A change that was not made: which, where and what to do instead.
fn not_made(
    (path, line): (&Path, Option<usize>),
    what: &str,
    message_ja: String,
    message_en: String,
) -> Fault {
    let line = line.and_then(|line| u32::try_from(line).ok());
    Fault::new(&format!("receden/{what}"), message_ja, message_en).at(place(path, line))
}

fn refused(path: &Path, refusal: &Refusal) -> Fault {
    not_made(
        (path, None),
        refusal.what(),
        refusal.message_ja(),
        refusal.to_string(),
    )
}

/// The place in the file, from 0, of the receipt of a number.
fn position_of(file: &ClaimFile, path: &Path, number: u32) -> Result<usize, Fault> {
    file.receipts()
        .position(|receipt| receipt.number().ok() == Some(number))
        .ok_or_else(|| no_receipt(file, path, number))
}

fn no_receipt(file: &ClaimFile, path: &Path, number: u32) -> Fault {
    let known: Vec<u32> = file.receipts().filter_map(|r| r.number().ok()).collect();
    let range = match (known.iter().min(), known.iter().max()) {
        (Some(first), Some(last)) => format!("{first}–{last}"),
        _ => "－".to_owned(),
    };
    Fault::new(
        "receden/no-receipt",
        format!("レセプト番号 {number} はありません（あるのは {range}）。番号を確かめてください。"),
        format!("there is no receipt number {number} (there are {range}); check the number"),
    )
    .at(place(path, None))
}

/// A receipt for machines. What cannot be read is null; `text` of the whole says why.
fn receipt_json(receipt: &Receipt<'_>) -> serde_json::Value {
    let (first, last) = receipt.lines();
    serde_json::json!({
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
        "days": receipt.insurer().and_then(|insurer| insurer.days().ok()),
        "total": receipt.total().ok().map(|yen| yen.0),
    })
}

/// The files of a folder in the order of their names.
fn files_in(folder: &Path) -> Result<Vec<PathBuf>, Fault> {
    let listed = fs::read_dir(folder).and_then(|entries| {
        entries
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<std::io::Result<Vec<_>>>()
    });
    let mut listed = listed.map_err(|error| super::cannot_read(folder, &error))?;
    listed.sort();
    Ok(listed)
}

/// The published tables of one release.
fn read_master(files: &[PathBuf]) -> Result<Master, Fault> {
    let mut read = Vec::with_capacity(files.len());
    for path in files {
        read.push((path.display().to_string(), super::read(path)?));
    }
    Master::read(
        read.iter()
            .map(|(name, bytes)| (name.as_str(), bytes.as_slice())),
    )
    .map_err(|error| Fault::new("receden/master", error.message_ja(), error.to_string()))
}
