//! `reseplug receden master …`: the published master of charges.

use super::{files_in, read_master};
use crate::exit::Exit;
use crate::output::Output;
use crate::verbs::{cannot_write, read, write};
use ::receden::{Master, Masters};
use reseplug_effect::Fault;
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

/// Where imported masters lie unless another folder is named.
pub(super) const FOLDER: &str = "masters";

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// 公表されたマスター（CSV）を取り込む / import the published master (CSV)
    #[command(
        after_help = "例 / example:\n  reseplug receden master import 基本.csv 基本・加算対応.csv 算定回数限度.csv 併算定背反.csv\n\n表の種類は項目の数で見分けます。基本テーブルは必須、ほかはあれば点検に使います。\nTables are told by their columns; the basic one is required, the others are used where given."
    )]
    Import {
        /// 同じ時期のマスターの表 / the tables of one release
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// 取り込み先 / where to keep them
        #[arg(long, default_value = FOLDER, value_name = "DIR")]
        masters: PathBuf,
        /// 取り込まずに、読めるかだけ確かめる / read them, keep nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// 取り込んだマスターの一覧 / list what was imported
    List {
        /// マスターのフォルダー / the folder
        #[arg(long, default_value = FOLDER, value_name = "DIR")]
        masters: PathBuf,
    },
}

pub(super) fn run(verb: &Verb, output: &Output) -> Result<Exit, Fault> {
    match verb {
        Verb::Import {
            files,
            masters,
            dry_run,
        } => import(files, masters, *dry_run, output),
        Verb::List { masters } => {
            let loaded = if masters.is_dir() {
                load(masters)?
            } else {
                Masters::default()
            };
            let rows: Vec<_> = loaded.iter().map(described).collect();
            output.show(&json!({ "masters": rows }), |lines| {
                lines.extend(loaded.iter().map(|release| line(release, output)));
                if loaded.is_empty() {
                    lines.push(output.say("まだありません。", "none yet").to_owned());
                }
            });
            Ok(Exit::Done)
        }
    }
}

fn described(release: &Master) -> serde_json::Value {
    json!({
        "revised": release.revised(), "from": release.from(), "charges": release.len(),
        "left_out": release.left_out(),
    })
}

fn line(release: &Master, output: &Output) -> String {
    let (revised, from) = (release.revised(), release.from());
    let (charges, left_out) = (release.len(), release.left_out());
    output
        .say(
            &format!(
                "{revised} 改定  {from} の訪問から  {charges}コード（1件のレセプトでは確かめられない限度・背反 {left_out}件）"
            ),
            &format!(
                "revised {revised}  for visits from {from}  {charges} charges ({left_out} limits and pairs cannot be told from one receipt)"
            ),
        )
        .to_owned()
}

/// All releases of a folder; each lies in a folder of its own, as published.
pub(super) fn load(folder: &Path) -> Result<Masters, Fault> {
    let mut masters = Masters::default();
    for release in files_in(folder)?.into_iter().filter(|path| path.is_dir()) {
        // A folder that was being written when the power went holds nothing yet.
        if release.extension().is_some_and(|e| e == "part") {
            continue;
        }
        masters = masters.with(read_master(&files_in(&release)?)?);
    }
    Ok(masters)
}

fn import(
    files: &[PathBuf],
    masters: &Path,
    dry_run: bool,
    output: &Output,
) -> Result<Exit, Fault> {
    let release = read_master(files)?;
    let target = masters.join(release.revised().to_string());
    let replaced = target.exists();
    if !dry_run {
        let part = target.with_extension("part");
        let fail = |path: &Path| {
            let path = path.to_owned();
            move |error: std::io::Error| cannot_write(&path, &error)
        };
        if part.exists() {
            fs::remove_dir_all(&part).map_err(fail(&part))?;
        }
        fs::create_dir_all(&part).map_err(fail(&part))?;
        for path in files {
            let name = path.file_name().unwrap_or_default();
            write(&part.join(name), &read(path)?)?;
        }
        // What was imported must be what is read later: two files may have had the same name.
        if read_master(&files_in(&part)?)? != release {
            return Err(Fault::new(
                "receden/master-names",
                "同じ名前のファイルが2つあります。名前を変えて取り込んでください。何も取り込んでいません。",
                "two of the files have the same name; rename one. Nothing was imported",
            ));
        }
        if replaced {
            fs::remove_dir_all(&target).map_err(fail(&target))?;
        }
        fs::rename(&part, &target).map_err(fail(&target))?;
    }
    let value = json!({
        "master": described(&release), "folder": target.display().to_string(),
        "replaced": replaced, "written": !dry_run,
    });
    output.show(&value, |lines| {
        lines.push(line(&release, output));
        let folder = target.display();
        lines.push(match (dry_run, replaced) {
            (true, _) => output
                .say(
                    "取り込んでいません（--dry-run）。",
                    "nothing imported (--dry-run)",
                )
                .to_owned(),
            (false, false) => format!("{}: {folder}", output.say("取り込みました", "imported")),
            (false, true) => format!(
                "{}: {folder}",
                output.say(
                    "前のものと入れ替えました",
                    "imported in the place of the earlier one"
                )
            ),
        });
    });
    Ok(Exit::Done)
}
