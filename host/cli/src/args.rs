//! The command line.
//!
//! A verb's arguments stand here or, where they are many, in the verb's own module; this file
//! says which verbs there are.

use crate::output::Lang;
use crate::verbs::{
    claim, consents, demo, evidence, flows, matching, notices, onshi, receden, register, sandbox,
    view,
};
use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// レセプトソフトに、オンライン資格確認とオンライン請求をつなぐ。
/// Connects receipt software to online eligibility verification and online claims.
#[derive(Debug, Parser)]
#[command(
    name = "reseplug",
    version,
    arg_required_else_help = true,
    after_help = "はじめに / to begin:\n  reseplug sandbox up               模擬環境で試す / try everything in a sandbox\n  reseplug receden check FILE.UKE   請求ファイルを点検する / check a claim file\n\n終了コード / exit codes:\n  0 完了 / done   1 人の確認が必要 / a person has to look   2 入力が読めない / unreadable input\n  3 拒否 / refused   4 後でもう一度 / try later   5 結果不明 / outcome unknown   6 プラグイン停止 / plugin stopped"
)]
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
    /// 設定ファイルを新しく書く / write a station file to start from
    Init(Init),
    /// 在宅での同意を集め、台帳への追加を提案する / collect consents given at home
    Intake(flows::Intake),
    /// 資格確認書を見た記録を残し、台帳への反映を提案する / record a certificate seen on paper
    Certificate(Box<flows::Certificate>),
    /// 月初に、これまで確認した方の資格を確かめ直す / verify again at the start of the month
    Recheck(flows::Recheck),
    /// 訪問日ごとに資格を確かめ、書類を補完・訂正する / verify as of each visit day, fill and correct
    Fill(flows::Fill),
    /// 在宅での同意の一覧・取り消し / consents given at home: list, withdraw
    #[command(subcommand)]
    Consents(consents::Consents),
    /// 薬剤・診療情報、特定健診情報を、同意のもとで見る / view medical information under a consent
    #[command(subcommand)]
    View(view::View),
    /// 照会番号（製品の利用者番号）をセンターに登録する / register the product's numbers at the centre
    Register(register::Register),
    /// 資格確認の記録・加算の確認表・アプリの控え / evidence of confirmation: list, worksheet, note
    #[command(subcommand)]
    Evidence(evidence::Evidence),
    /// 点検・承認・引渡し・送信・請求確定・受領書 / check, approve, hand over, file, confirm, acknowledge
    #[command(subcommand)]
    Claim(claim::Claim),
    /// 返戻・資格確認結果連絡書の取り込みと一覧 / bring in and list returns and notices of payers
    #[command(subcommand)]
    Notices(notices::Notices),
    /// 認めた表記・突合の採点 / accepted spellings, and how well matching does
    #[command(subcommand)]
    Match(matching::Verb),
    /// 受け入れた変更を取り消す / take accepted changes back
    Undo(flows::Undo),
    /// 架空の二つのステーションの10月を最初から最後まで / two fictional stations live through October
    Demo(demo::Demo),
    /// 請求ファイル（レセ電）を点検する・読む / check or show claim files
    #[command(subcommand)]
    Receden(receden::Verb),
    /// オンライン資格確認の電文を読む / read message files of the eligibility terminal
    #[command(subcommand)]
    Onshi(onshi::Verb),
    /// 模擬の資格確認端末・スマホ画面・ゲートウェイ / simulated terminal, phone page and gateway
    #[command(subcommand)]
    Sandbox(sandbox::Verb),
    /// プラグインを作る・調べる / pack or inspect a plugin
    #[command(subcommand)]
    Plugin(Plugin),
    /// 電子証明書を取り込む・一覧する / import or list certificates
    #[command(subcommand)]
    Identity(Identity),
    /// 仕事の一覧・中身・再開 / list jobs, show one with its steps, resume a parked one
    #[command(subcommand)]
    Jobs(Jobs),
    /// 監査記録を確かめる / verify the audit record
    #[command(subcommand)]
    Audit(Audit),
}

/// Where the station's settings are.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Station {
    /// 設定ファイル / the station file
    #[arg(long, default_value = "station.toml")]
    pub(crate) config: PathBuf,
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "例 / example:\n  reseplug init --code 9999998 --prefecture 13 --name ひだまり訪問看護ステーション"
)]
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
    #[command(after_help = "例 / example:\n  reseplug plugin pack ./my-adapter -o my-adapter.wasm")]
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
    /// 何を要求し、何を提供し、どう設定するかを見る / show what it needs, offers, and how to set it
    #[command(
        after_help = "例 / examples:\n  reseplug plugin inspect builtin:onshi-terminal\n  reseplug plugin inspect my-adapter.wasm --config station.toml"
    )]
    Inspect {
        /// ファイル、または builtin:名前 / a file, or builtin:ID
        plugin: String,
        /// この設定ファイルでの設定と承認も確かめる / also check its settings and grants in this station file
        #[arg(long)]
        config: Option<PathBuf>,
    },
    /// 同梱のプラグイン / plugins that ship with this program
    List,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Identity {
    /// PKCS#12（.p12/.pfx）を取り込む / import a PKCS#12 file
    #[command(
        after_help = "例 / example:\n  reseplug identity import client.p12 --password-file pin.txt"
    )]
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
        /// この種類だけ（例: flow.recheck）/ only of this kind, such as flow.recheck
        #[arg(long)]
        kind: Option<String>,
        #[command(flatten)]
        station: Station,
    },
    /// ひとつの仕事の手順・引数・答え。停止していればその理由と差異 / one job: its steps with arguments and answers; if parked, why
    Show {
        /// 仕事の番号 / id of the job
        id: String,
        #[command(flatten)]
        station: Station,
    },
    /// 停止した仕事を再開できるようにする / let a parked job run again
    #[command(
        after_help = "例 / example:\n  reseplug jobs resume recheck-1a2b3c4d5e6f-20241101 --by 青空花子"
    )]
    Resume {
        /// 仕事の番号 / id of the job
        id: String,
        /// 再開を決めた人の氏名（監査記録に残ります）/ who decided this, for the audit record
        #[arg(long, value_parser = crate::verbs::who)]
        by: String,
        /// 何が再開されるかだけ見る / show what would be resumed, change nothing
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        station: Station,
    },
    /// 再開できない停止した仕事をやめにする / end a parked job that cannot go on
    #[command(
        name = "give-up",
        after_help = "同じ命令をもう一度行うと、新しい仕事として始まります。送信の途中だったときは、提出先に届いているかを先に確かめます（claim status）。\n\n例 / example:\n  reseplug jobs give-up ack-1a2b3c4d5e6f-20241111 --by 青空花子 --reason 設定を元に戻せない"
    )]
    GiveUp {
        /// 仕事の番号 / id of the job
        id: String,
        /// やめにすると決めた人の氏名（監査記録に残ります）/ who decided this, for the audit record
        #[arg(long, value_parser = crate::verbs::who)]
        by: String,
        /// 理由 / why
        #[arg(long)]
        reason: String,
        /// 何がやめになるかだけ見る / show what would end, change nothing
        #[arg(long)]
        dry_run: bool,
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
