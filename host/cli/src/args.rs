//! The command line.

use crate::output::Lang;
use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// レセプトソフトに、オンライン資格確認とオンライン請求をつなぐ。
/// Connects receipt software to online eligibility verification and online claims.
#[derive(Debug, Parser)]
#[command(name = "reseplug", version, arg_required_else_help = true)]
pub(crate) struct Args {
    /// 標準出力に JSON をひとつだけ出す / print one JSON object on standard output
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// 表示の言語。既定は環境から / language; by default from the environment
    #[arg(long, global = true, value_enum)]
    pub(crate) lang: Option<Lang>,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// ステーション設定を新しく書く / write a station file to start from
    Init(Init),
    /// プラグインを作る・調べる / pack or inspect a plugin
    #[command(subcommand)]
    Plugin(Plugin),
    /// 電子証明書を取り込む・一覧する / import or list certificates
    #[command(subcommand)]
    Identity(Identity),
    /// 仕事の一覧と中身 / list jobs, or show one with its steps
    #[command(subcommand)]
    Jobs(Jobs),
    /// 監査記録を確かめる / verify the audit record
    #[command(subcommand)]
    Audit(Audit),
}

/// Where the station's settings are.
#[derive(Debug, clap::Args)]
pub(crate) struct Station {
    /// ステーション設定ファイル / the station file
    #[arg(long, default_value = "station.toml")]
    pub(crate) config: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Init {
    /// 訪問看護ステーションコード7桁 / station code, 7 digits
    #[arg(long)]
    pub(crate) code: String,
    /// 都道府県2桁 / prefecture, 2 digits of 別表2
    #[arg(long)]
    pub(crate) prefecture: String,
    /// ステーション名称（届出のとおり）/ name as notified
    #[arg(long)]
    pub(crate) name: String,
    /// 書き出す先。すでにあれば書かない / where to write; an existing file is never replaced
    #[arg(short, long, default_value = "station.toml")]
    pub(crate) output: PathBuf,
    /// 書かずに内容だけ見る / show what would be written, write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Plugin {
    /// クレートまたは .wasm からプラグインを作る / make a plugin of a crate or a core module
    Pack {
        /// プラグインのフォルダー、または .wasm / the crate's folder, or a .wasm file
        input: PathBuf,
        /// plugin.toml（.wasm のとき）/ the manifest, for a .wasm file
        #[arg(long)]
        manifest: Option<PathBuf>,
        /// 書き出す先。既定は <名前>.wasm / where to write; by default <id>.wasm
        #[arg(short, long)]
        output: Option<PathBuf>,
        /// 書かずに作れるかだけ確かめる / build, write nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// 何を要求し、何を提供するかを見る / show imports, exports, roles and capabilities
    Inspect {
        /// ファイル、または builtin:名前 / a file, or builtin:ID
        plugin: String,
    },
    /// 同梱のプラグイン / plugins that ship with this program
    List,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Identity {
    /// PKCS#12（.p12/.pfx）を取り込む / import a PKCS#12 file
    Import {
        /// ファイル / the file
        file: PathBuf,
        /// 台帳での名前 / its name in the store
        #[arg(long, default_value = "station")]
        name: String,
        /// 暗証番号のファイル。省略すると標準入力の1行目 / file with the password; otherwise the first line of standard input
        #[arg(long)]
        password_file: Option<PathBuf>,
        #[command(flatten)]
        station: Station,
    },
    /// 一覧と有効期限 / list them with their expiry
    List {
        #[command(flatten)]
        station: Station,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Jobs {
    /// 一覧 / list
    List {
        /// 終わっていないものだけ / only those that are not finished
        #[arg(long)]
        open: bool,
        #[command(flatten)]
        station: Station,
    },
    /// ひとつの仕事の手順・引数・答え / one job: its steps with arguments and answers
    Show {
        /// 仕事の番号 / id of the job
        id: String,
        #[command(flatten)]
        station: Station,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// 改ざんがないか最初から最後まで確かめる / check the whole chain
    Verify {
        #[command(flatten)]
        station: Station,
    },
}
