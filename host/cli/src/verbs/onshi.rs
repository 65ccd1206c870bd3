//! `reseplug onshi …`: message files by themselves, without station file, plugin or store.

use crate::exit::Exit;
use crate::output::Output;
use ::onshi::show::{ShowError, ShowOptions, Shown, Whole, show};
use ::onshi::{ArchiveError, Charset, Layouts, ReadErrorKind, ReadOptions};
use clap::ValueEnum;
use reseplug_effect::{Fault, Place};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// 電文のファイルを読める形で表示する / show message files for people to read
    #[command(
        after_help = "例 / examples:\n  reseplug onshi show OQSsiquc01res_202611220001.xml\n  reseplug onshi show *.xml *.zip --json\n  reseplug onshi show 回答.xml --as OQSmuhvq02res --encoding shift_jis\n  reseplug onshi show OQSsihvq01res_202611220009.xml --layouts layouts.toml\n\n番号・氏名・生年月日・住所・傷病名・診療の情報は伏せます（--unmasked で表示）。\nNumbers, names, birth dates, addresses, diagnoses and medical information are hidden unless --unmasked.\n\nレイアウトの確かさ / how sure a layout is:\n  [V2] 複数の公開情報が一致   [V] 公開情報が一つ   [V-impl] [I] 未確認   [GAP] 公開されていない\n\n--json: 1つのオブジェクト {\"files\": […]}。読めないファイルには error / one object; a file that cannot be read has an error\n\n終了コード / exit codes:\n  0 読めた / read   1 読めたが人の確認が必要（エラーの回答、警告、意味不明のコード）/ read, but a person has to look: an error answer, a warning, an unknown code\n  2 読めないファイルがある / a file cannot be read"
    )]
    Show(Show),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Show {
    /// 電文のファイル（.xml .zip .pdf）/ message files
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// ファイル名に関係なく、この接頭辞の電文として読む（例: OQSmuquc02res）/ read as the message of this prefix, whatever the name
    #[arg(long = "as", value_name = "PREFIX")]
    prefix: Option<String>,
    /// 公開されていない電文のレイアウト（TOML または JSON）/ layouts of messages that are not public, TOML or JSON
    #[arg(long, value_name = "FILE")]
    layouts: Option<PathBuf>,
    /// 宣言のないファイルの文字コード / encoding of files that declare none
    #[arg(long, value_enum, default_value = "utf-8")]
    encoding: Encoding,
    /// 番号・氏名・診療の情報なども伏せずに表示する / hide nothing
    #[arg(long)]
    unmasked: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Encoding {
    #[value(name = "utf-8")]
    Utf8,
    #[value(name = "shift_jis")]
    ShiftJis,
}

pub(crate) fn run(verb: &Verb, output: &Output) -> Result<Exit, Fault> {
    match verb {
        Verb::Show(verb) => run_show(verb, output),
    }
}

fn run_show(verb: &Show, output: &Output) -> Result<Exit, Fault> {
    let layouts = verb.layouts.as_deref().map(read_layouts).transpose()?;
    let options = ShowOptions {
        read: ReadOptions::with_fallback(match verb.encoding {
            Encoding::Utf8 => Charset::Utf8,
            Encoding::ShiftJis => Charset::ShiftJis,
        }),
        prefix: verb.prefix.as_deref(),
        layouts: layouts.as_ref(),
        unmasked: verb.unmasked,
    };
    let mut worst = Exit::Done;
    let mut files: Vec<Value> = Vec::with_capacity(verb.files.len());
    let mut texts = Vec::new();
    for path in &verb.files {
        match one(path, &options) {
            Ok(mut shown) => {
                if path.extension().is_some_and(|extension| extension == "err") {
                    shown.warnings.push(REFUSED.to_owned());
                }
                if needs_person(&shown) {
                    worst = worst.worse(Exit::Attention);
                }
                texts.push(shown.text());
                files.push(json!(shown));
            }
            Err(fault) => {
                worst = worst.worse(Exit::of(&fault));
                output.complain(&fault);
                files.push(json!({ "file": path.display().to_string(), "error": fault }));
            }
        }
    }
    output.show(&json!({ "files": files }), |lines| {
        lines.push(texts.join("\n").trim_end().to_owned());
    });
    Ok(worst)
}

/// What an `.err` beside an answer is; its contents are not public (domain grade: GAP).
const REFUSED: &str =
    "端末が要求を受け付けなかったときのファイル（.err）です。内容の形式は公開されていません。";

/// Whether a file that was read is more than an answer to use: an error of the whole or of
/// somebody's part, a contradiction in the file, or a code that nobody knows.
fn needs_person(shown: &Shown) -> bool {
    !shown.warnings.is_empty()
        || !shown.unknown_codes.is_empty()
        || matches!(shown.whole, Some(Whole::Failed { .. }))
        || shown.people.iter().any(|one| one.is_error == Some(true))
}

fn one(path: &Path, options: &ShowOptions<'_>) -> Result<Shown, Fault> {
    let bytes = super::read(path)?;
    // Which message it is says the name alone, wherever the file lies.
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    show(&name, &bytes, options).map_err(|error| fault(path, &error))
}

/// Layouts as a file of their own.
fn read_layouts(path: &Path) -> Result<Layouts, Fault> {
    let bytes = super::read(path)?;
    let wrong = |reason: String| {
        Fault::new(
            "onshi/layouts",
            format!("レイアウトのファイルに誤りがあります：{reason}"),
            format!("the layout file is wrong: {reason}"),
        )
        .at(place(path))
    };
    let text = std::str::from_utf8(&bytes).map_err(|error| wrong(format!("UTF-8: {error}")))?;
    let json = path
        .extension()
        .is_some_and(|extension| extension == "json");
    if json {
        serde_json::from_str(text).map_err(|error| wrong(error.to_string()))
    } else {
        toml::from_str(text).map_err(|error| wrong(error.to_string().trim_end().to_owned()))
    }
}

fn place(path: &Path) -> Place {
    Place {
        document: path.display().to_string(),
        ..Place::default()
    }
}

/// Why a file cannot be shown, and what to do.
fn fault(path: &Path, error: &ShowError) -> Fault {
    let name = path.display();
    let (code, ja, at) = match error {
        ShowError::Archive(ArchiveError::Encrypted { .. }) => (
            "onshi/encrypted",
            format!(
                "「{name}」は暗号化されています。資格確認端末の encrypt.conf でこの電文の設定を「e」から「n」に変えてください（端末の保守業者に依頼してください）。"
            ),
            place(path),
        ),
        ShowError::Archive(error) => (
            "onshi/unreadable",
            format!(
                "「{name}」の圧縮ファイルを開けません（{}）。",
                error.message_ja()
            ),
            place(path),
        ),
        ShowError::Read(error) => {
            let ja = match &error.kind {
                ReadErrorKind::NotText { charset } => format!(
                    "「{name}」を {charset} として読めません。宣言がないファイルは --encoding で文字コードを指定してください。"
                ),
                ReadErrorKind::NotAMessage { found } => {
                    format!(
                        "「{name}」はオンライン資格確認の電文ではありません（最初の要素が {found} です）。"
                    )
                }
                kind => format!(
                    "「{name}」を電文として読めません（{}：{}）。途中までのファイルなら、そろってからもう一度読んでください。",
                    error.path,
                    kind.message_ja()
                ),
            };
            let at = Place {
                record: Some(error.path.clone()),
                ..place(path)
            };
            ("onshi/unreadable", ja, at)
        }
        ShowError::Unknown { .. } => (
            "onshi/unknown-file",
            format!(
                "「{name}」はファイル名から電文の種類が分かりません。--as OQSmuquc02res のように接頭辞を指定してください。"
            ),
            place(path),
        ),
        ShowError::NoSuchPrefix { prefix } => (
            "onshi/unknown-file",
            format!("接頭辞「{prefix}」の電文はありません。"),
            place(path),
        ),
        ShowError::LayoutUnknown {
            name_ja, interface, ..
        } => (
            "onshi/layout-unknown",
            format!(
                "「{name}」（{name_ja}、{interface}）のレイアウトは公開されていません。公式の仕様書から写したレイアウトのファイルを --layouts で指定してください。"
            ),
            place(path),
        ),
        other => (
            "onshi/unreadable",
            format!("「{name}」を表示できません（{other}）。"),
            place(path),
        ),
    };
    Fault::new(code, ja, error.to_string()).at(at)
}
