//! What `reseplug claim …` reads from the command line.

use crate::args::Station;
use crate::arguments::Refused;
use crate::output::Output;
use crate::verbs::flows::{adapter, host};
use reseplug::{CheckRequest, Host};
use reseplug_effect::{Fault, jst_zone};
use reseplug_model::Month;
use reseplug_model::Payer;
use std::path::PathBuf;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Claim {
    /// 請求ファイルを作り、点検と資格の照合をする（何も送らない）/ make the claim files, check them, compare with the evidence
    #[command(
        after_help = "訪問日ごとに、資格確認の回答と違うところを、返戻になるときの理由の名前で示します。書類は変えません。\nFor each visit day, what differs from the answers is named by the reason for which it would be returned; nothing is changed.\n\n例 / example:\n  reseplug claim check --month 2024-11"
    )]
    Check(Check),
    /// 名前のある人が承認する / a named person approves
    #[command(
        after_help = "「確認できない」は「資格がない」ではありません。理由と見たものを書けば請求できます。判断は名前とともに記録されます。\nNot confirmed is not uncovered: with a reason and what was seen it can be filed, and both are recorded with the name.\n\n例 / examples:\n  reseplug claim approve --month 2024-11 --by 管理者氏名\n  reseplug claim approve --month 2024-11 --by 管理者氏名 --despite 登録の遅れと保険者に確認 --seen 資格確認書\n  reseplug claim approve --month 2024-11 --by 管理者氏名 --receipt SHAHO/RECEIPTH.UKE#3 --despite … --seen …"
    )]
    Approve(Approve),
    /// 承認した請求ファイルを引渡しフォルダーに置く（請求は職員が公式の端末で行う）/ place the approved files for the official terminal
    #[command(
        after_help = "同じ内容は二度出ません。置いたファイルがなくなっていれば置き直します。締切の後は、置いたうえでそう言い、終了コード 1 で終わります。取消し後に同じ内容をもう一度出すときは、理由を --again に書きます。\nThe same content never leaves twice; files that are gone are placed again. After the month has closed they are placed, that is said, and it ends with 1. To send the same once more after a cancellation, say why with --again.\n\n例 / examples:\n  reseplug claim handover --month 2024-11 --by 管理者氏名\n  reseplug claim report confirmed --month 2024-11 --payer 1 --by 管理者氏名"
    )]
    Handover(Send),
    /// 承認した請求ファイルをゲートウェイに送る / file the approved files over the gateway
    #[command(
        after_help = "請求の日時（5〜7日 8〜21時、8〜10日 8〜24時、訂正は12日まで）を守ります。\nThe days and hours of filing are kept.\n\n例 / example:\n  reseplug claim submit --month 2024-11 --by 管理者氏名 --dry-run"
    )]
    Submit(Send),
    /// 承認した請求ファイルと集計をフォルダーに書く（いつでも、回線がなくても）/ write the approved files and their totals to a folder, with no network
    #[command(
        after_help = "支払基金は 1、国保連は 2 のフォルダーに、承認したとおりのファイルを書きます。送信の記録にはなりません。\nThe files as approved, in folders 1 and 2 by payer; nothing is recorded as sent.\n\n例 / example:\n  reseplug claim write --month 2024-11 -o 控え"
    )]
    Write(WriteOut),
    /// 月の請求を紙の形で印刷できるページにする（予備の手段）/ the month as printable forms, for when nothing else works
    #[command(
        after_help = "請求書・明細書の控えと SHA-256 の一覧を書きます。公式の様式ではありません。紙や媒体で請求できる場合の決まりも、出典と確からしさとともに示します。\nIt writes forms, totals and checksums. They are not the official forms; what may be filed on paper or media is shown with its source and grade."
    )]
    Print(WriteOut),
    /// 今月の請求の残り・期限・次にすること / what is left of the month's filing, until when, and what comes next
    #[command(
        after_help = "8日からは、済んでいない提出先があると終了コード 1 で終わります（タスク スケジューラで毎日動かせます）。締切までに何も請求しなかった提出先があれば、その月の終わりまで 1 です。二重に請求されているレセプトや、前の月で結果の分からない送信があるあいだ、またこのPCの時計が1分以上ずれているあいだは、いつでも 1 です。\nFrom day 8 on it ends with 1 while a payer is not done, so that a scheduler can raise the voice, and to the end of the month where nothing was filed in time; at any time while receipts are claimed twice, or a sending of an earlier month has no known end, or this PC's clock is off by a minute or more."
    )]
    Week(Which),
    /// 請求の状態と点検結果 / where the filings stand, with findings
    #[command(
        after_help = "ゲートウェイで送ったものは提出先に尋ねます。尋ねられないものと引渡しのものは、記録にある点検結果を示します。\nWhat went over the gateway is asked for there; for the rest the findings on record are shown.\n\n例 / example:\n  reseplug claim status --month 2024-11 --payer 1"
    )]
    Status(Which),
    /// レセプトごとの状態（請求済み・返戻・査定・支払）/ each receipt: filed, returned, adjusted, paid
    #[command(
        after_help = "請求年月・訪問年月・氏名で絞れます。二重の請求など、人が確かめるものがあると終了コード 1 で終わります。\nIt ends with 1 while something needs a person, whatever the filter.\n\n例 / example:\n  reseplug claim receipts --month 2024-11 --person 架空"
    )]
    Receipts(Receipts),
    /// 保留・月遅れ・返戻で待っているレセプト / receipts that wait across months
    #[command(
        after_help = "保留したもの、除かれたもの、取り消したもの、返戻で戻ったものが、次に請求されるまで出ます。\nHeld, left out, taken back or returned, until they are filed again.\n\n例 / examples:\n  reseplug claim late\n  reseplug claim approve --month 2024-12 --carry 2024-11/1/1#3 --by 氏名"
    )]
    Late(Look),
    /// 待っているレセプトを、もう請求しないと決める / give up receipts that wait
    #[command(
        after_help = "番号は claim late に出ます。後から請求されていれば、claim week が知らせます。\nThe ids are those of `claim late`; if such a receipt is filed all the same, `claim week` says so.\n\n例 / example:\n  reseplug claim drop 2024-11/1/1#3 --reason 自費にした --by 氏名\n  reseplug claim drop 2024-11/1/1#3 --undo --reason 返戻の取込みが誤り --by 氏名"
    )]
    Drop(Drop),
    /// 誤って取り込んだファイルを、取り込まなかったことにする / let a file that was imported by mistake not count
    #[command(
        after_help = "そのファイルから記録したこと（受領書・点検結果・返戻・増減点・振込）が数えられなくなります。記録とファイルは残り、履歴に理由と一緒に出ます。正しいファイルは、もう一度 claim import で取り込みます。\nWhat was recorded from the file counts no more; record and file stay, and the history shows both with the reason.\n\n例 / example:\n  reseplug claim downloads\n  reseplug claim retract --sha256 3f2a9c01 --reason 前の月の振込額を取り込んだ --by 氏名"
    )]
    Retract(Retract),
    /// 月の記録（だれが、いつ、何を、どう分かったか）/ the month's record
    #[command(
        after_help = "「どう分かったか」は、このソフトが実行・提出先の回答・取り込んだファイル・職員の報告のどれかです。\nHow each thing is known: done by this program, answered by the other side, read from a file, reported by staff.\n\n例 / example:\n  reseplug claim history --month 2024-11 --payer 1"
    )]
    History(Which),
    /// 請求確定（ゲートウェイ）/ confirm what was filed over the gateway
    #[command(
        after_help = "要確認のレセプトを含めるには --include-errors。付けなければ除かれ、月遅れの一覧（claim late）に入ります。確定後は取り消せません（取下げになります）。引渡しで渡したものは、公式の端末で確定します。\nWithout --include-errors what needs attention is left out and waits. A confirmation cannot be withdrawn. What was handed over is confirmed in the official terminal.\n\n例 / examples:\n  reseplug claim confirm --month 2024-11 --by 氏名 --dry-run\n  reseplug claim confirm --month 2024-11 --payer 1 --include-errors --by 氏名"
    )]
    Confirm(Confirm),
    /// 請求取消（ゲートウェイ）/ withdraw what was filed over the gateway
    #[command(
        after_help = "請求確定の前なら取り消せます。取り消した後、直した内容も同じ内容（理由を --again に）も送れます。\nPossible until the confirmation; then the corrected or, with --again, the same content can be sent.\n\n例 / example:\n  reseplug claim withdraw --month 2024-11 --payer 1 --by 氏名"
    )]
    Withdraw(Act),
    /// 取下げの依頼（請求確定の後）/ ask the payer to give receipts back after the confirmation
    #[command(
        after_help = "番号は claim receipts に出ます。取り下げたレセプトは返戻として戻ります。引渡しで請求した分は、審査支払機関への連絡も必要です。\nThe numbers are those of `claim receipts`. What is taken down comes back as a return; for what was handed over, speak to the payer, too.\n\n例 / example:\n  reseplug claim take-down --month 2024-11 --payer 1 --receipt 3 --reason 訪問回数の誤り --by 氏名"
    )]
    TakeDown(TakeDown),
    /// 公式の端末で職員がしたことを記録する / record what staff did in the official terminal
    #[command(
        after_help = "記録した状態は「職員の報告」と表示し、受領書などを取り込むまで確かめたことにはしません。順番は問いません。\nIt is shown as a report until a file of the payer says the same; any order is accepted.\n\n例 / examples:\n  reseplug claim report sent --payer 1 --by 氏名\n  reseplug claim report confirmed --payer 1 --errors exclude --at '11/9 10:20' --by 氏名\n  reseplug claim report cancelled --payer 2 --by 氏名"
    )]
    Report(Report),
    /// 受領書を受け取る、または端末で保存した受領書を取り込む / fetch the acknowledgement, or import a downloaded one
    #[command(
        after_help = "ファイルを指定しなければゲートウェイから受け取ります。受領書は製品の形にして out に書きます。\nWithout a file it is fetched over the gateway; the outcome is written for the product.\n\n例 / examples:\n  reseplug claim ack --month 2024-11\n  reseplug claim ack juryosho.csv --month 2024-11 --payer 1"
    )]
    Ack(Ack),
    /// 端末で保存したファイルを取り込む（受領書・ASP結果・返戻・増減点連絡書・振込）/ import what was downloaded in the official terminal
    #[command(
        after_help = "ファイルはそのまま保管します（公式の側は3か月で消えます）。公開されていない様式は、設定で列を指定します。\nEach file is kept as it came; layouts that are not public are given by settings.\n\n例 / examples:\n  reseplug claim import 返戻.UKE --by 氏名\n  reseplug claim import juryosho.csv --kind ack --payer 1 --month 2024-11 --by 氏名"
    )]
    Import(Import),
    /// ゲートウェイに届いているもの（返戻・増減点連絡書・振込）を受け取る / fetch what lies ready at the gateway
    #[command(
        after_help = "届いたファイルはそのまま保管し、レセプトと照合します。二度受け取ることはありません。\nWhat came is kept as it is and laid beside the receipts; nothing is fetched twice.\n\n例 / example:\n  reseplug claim fetch --by 氏名"
    )]
    Fetch(Fetch),
    /// 受け取って保管しているファイルの一覧 / files that came back and are kept
    #[command(
        after_help = "「扱い」は、数えているか、取込みを取り消したか、読めなかったかです。\nWhether what a file says counts, was retracted, or could not be read.\n\n例 / examples:\n  reseplug claim downloads\n  reseplug claim downloads --sha256 3f2a9c01 -o 受領書.csv"
    )]
    Downloads(Downloads),
    /// 増減点（査定）への再審査請求や、その結果を記録する / record a request for review, or what it decided
    #[command(
        after_help = "記録するだけで、請求書は作りません。結果が出たら --decided に戻った（減った）金額を書きます。\nIt records; the request itself is made by you. Once decided, say with --decided how many yen were given back.\n\n例 / examples:\n  reseplug claim review --month 2024-11 --payer 1 --receipt 3 --reason 算定要件を満たす --by 氏名\n  reseplug claim review --month 2024-11 --payer 1 --receipt 3 --reason 復活 --decided 500 --by 氏名"
    )]
    Review(Review),
    /// 紙で戻ったレセプトを記録する / record a receipt that came back on paper
    #[command(
        after_help = "紙の返戻（再審査の返戻など）はファイルで届かないため、番号を記録します。月遅れの一覧に「紙で再請求」と出て、請求ファイルには自動で入りません。再請求したら claim drop で一覧から外します。\nWhat comes back on paper (after a 再審査, say) is in no file. It waits in `claim late`, marked, and is never put into a claim file by itself; once it is filed again on paper, `claim drop` takes it off the list.\n\n例 / examples:\n  reseplug claim returned --month 2024-11 --payer 1 --receipt 3 --reason 再審査による返戻 --by 氏名\n  reseplug claim returned --month 2024-11 --payer 1 --receipt 3 --reason 番号の誤り --undo --by 氏名"
    )]
    Returned(Returned),
    /// 請求と支払をレセプトごとに並べる / payments beside what was filed, receipt by receipt
    #[command(
        after_help = "振込額・増減点・返戻を、請求した月ごとに並べます。違いがあれば終了コード 1 で終わります。\nPayments, adjustments and returns beside what was filed; it ends with 1 where something differs.\n\n例 / example:\n  reseplug claim settle --month 2024-11"
    )]
    Settle(Which),
    /// 月の総括（印刷できるページ）/ the month on one page to print
    #[command(
        after_help = "管理者が印刷する1枚です。記録にあるものだけで作り、だれにも尋ねません。\nOne page for the manager, from what is on record; nobody is asked.\n\n例 / example:\n  reseplug claim summary --month 2024-11 -o 総括.html"
    )]
    Summary(Summary),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Check {
    /// 書類。省略すると設定の [product] / documents; by default those under [product]
    pub(super) documents: Vec<PathBuf>,
    /// アダプターの名前 / adapter's id
    #[arg(long)]
    pub(super) adapter: Option<String>,
    #[command(flatten)]
    pub(super) whole: Whole,
}

/// A month with both payers: what is checked and approved.
#[derive(Debug, clap::Args)]
pub(crate) struct Whole {
    /// 請求年月（既定は今月）。点検と承認は両方の提出先をまとめて行う / month of filing, by default this month; both payers together
    #[arg(long, value_parser = month)]
    pub(super) month: Option<Month>,
    #[command(flatten)]
    pub(super) station: Station,
}

impl Whole {
    pub(super) fn host(&self, output: &Output) -> Result<Host, Fault> {
        host(&self.station.config, output)
    }
}

#[derive(Debug, clap::Args)]
pub(crate) struct Which {
    /// 請求年月（既定は今月）/ month of filing, by default this month
    #[arg(long, value_parser = month)]
    pub(super) month: Option<Month>,
    /// 提出先: 1 支払基金、2 国保連（既定は両方）/ payer
    #[arg(long, value_parser = payer)]
    pub(super) payer: Option<Payer>,
    #[command(flatten)]
    pub(super) station: Station,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Approve {
    #[command(flatten)]
    pub(super) check: Check,
    /// 承認する方の名前 / who approves
    #[arg(long, value_parser = crate::verbs::who)]
    pub(super) by: Option<String>,
    /// 確認できないレセプトの理由と、見たものを書いたファイル / reasons and paper evidence for unconfirmed receipts
    #[arg(long)]
    pub(super) accept: Option<PathBuf>,
    /// 確認できないレセプトも請求する理由 / why receipts that are not confirmed are filed all the same
    #[arg(long, value_name = "REASON", requires = "seen")]
    pub(super) despite: Option<String>,
    /// そのために見たもの（資格確認書など）/ what was seen for it: a certificate, a call to the insurer
    #[arg(long, value_name = "EVIDENCE", requires = "despite")]
    pub(super) seen: Option<String>,
    /// --despite をこのレセプトに限る（何度でも。省略すると確認できないものすべて）/ only for this receipt, as often as needed
    #[arg(long, value_name = "ID", requires = "despite")]
    pub(super) receipt: Vec<String>,
    /// すでに請求しているレセプトも、もう一度請求する理由 / why receipts that stand as claimed are filed again
    #[arg(long, value_name = "REASON")]
    pub(super) again: Option<String>,
    /// 待っているレセプト（claim late の番号、または all）を今月の請求に入れる / put waiting receipts into this month
    #[arg(long, value_name = "ID")]
    pub(super) carry: Vec<String>,
    /// 処理の名前 / the job's id
    #[arg(long)]
    pub(super) job: Option<String>,
    /// 承認せず、できるかどうかだけ見る / approve nothing, see whether it could be
    #[arg(long)]
    pub(super) dry_run: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Send {
    #[command(flatten)]
    pub(super) which: Which,
    /// 送る方の名前 / who sends
    #[arg(long, value_parser = crate::verbs::who)]
    pub(super) by: String,
    /// 確認試験として（請求になりません）/ as a trial, which is no claim
    #[arg(long)]
    pub(super) trial: bool,
    /// 以前に出したもの・請求済みのレセプトを含んでも出す理由 / why it is sent although it, or receipts of it, left before
    #[arg(long, value_name = "REASON")]
    pub(super) again: Option<String>,
    /// 何も送らず、送るものだけ見る / send nothing, show what would leave
    #[arg(long)]
    pub(super) dry_run: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct WriteOut {
    #[command(flatten)]
    pub(super) which: Which,
    /// 書き出すフォルダー / folder to write to
    #[arg(short, long)]
    pub(super) output: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Act {
    #[command(flatten)]
    pub(super) which: Which,
    /// 行う方の名前 / who does it
    #[arg(long, value_parser = crate::verbs::who)]
    pub(super) by: String,
    /// 送信回（claim status に出ます）/ which sending
    #[arg(long)]
    pub(super) sequence: Option<u32>,
    /// 確認試験のほう / the trial, not the claim
    #[arg(long)]
    pub(super) trial: bool,
    /// 何も送らない / send nothing
    #[arg(long)]
    pub(super) dry_run: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Confirm {
    #[command(flatten)]
    pub(super) act: Act,
    /// 要確認のレセプトも請求する / file receipts with 要確認, too
    #[arg(long)]
    pub(super) include_errors: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Ack {
    /// 公式の端末で保存した受領書 / an acknowledgement downloaded in the official terminal
    pub(super) file: Option<PathBuf>,
    /// ファイルがどの送信回のものか（既定は最後に送信したもの）/ which sending the file is about
    #[arg(long, requires = "file")]
    pub(super) sequence: Option<u32>,
    #[command(flatten)]
    pub(super) which: Which,
    /// 書き出すフォルダー / folder for the result
    #[arg(short, long)]
    pub(super) output: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Look {
    #[command(flatten)]
    pub(super) station: Station,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Receipts {
    /// 指定訪問看護年月で絞る / only this service month
    #[arg(long, value_parser = month)]
    pub(super) service_month: Option<Month>,
    /// 請求年月で絞る / only this month of filing
    #[arg(long, value_parser = month)]
    pub(super) month: Option<Month>,
    /// 利用者番号か氏名の一部で絞る / only this person
    #[arg(long)]
    pub(super) person: Option<String>,
    #[command(flatten)]
    pub(super) station: Station,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Drop {
    /// claim late に出る番号 / ids as `claim late` shows them
    #[arg(required = true)]
    pub(super) ids: Vec<String>,
    /// 決定を取り消して、また待たせる / take such a decision back
    #[arg(long)]
    pub(super) undo: bool,
    /// 理由 / why
    #[arg(long, value_parser = words)]
    pub(super) reason: String,
    /// 決める方の名前 / who decides
    #[arg(long, value_parser = crate::verbs::who)]
    pub(super) by: String,
    /// 何も記録しない / record nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    #[command(flatten)]
    pub(super) station: Station,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Retract {
    /// ファイルの SHA-256（claim downloads に出ます。先頭の8文字以上）/ digest of the file, or its beginning
    #[arg(long)]
    pub(super) sha256: String,
    /// 理由 / why
    #[arg(long, value_parser = words)]
    pub(super) reason: String,
    /// 取り消す方の名前 / who takes it back
    #[arg(long, value_parser = crate::verbs::who)]
    pub(super) by: String,
    /// 何も記録しない / record nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    #[command(flatten)]
    pub(super) station: Station,
}

#[derive(Debug, clap::Args)]
pub(crate) struct TakeDown {
    #[command(flatten)]
    pub(super) act: Act,
    /// 取り下げるレセプト番号（claim receipts に出ます）/ receipt numbers
    #[arg(long, required = true)]
    pub(super) receipt: Vec<u32>,
    /// 理由 / why
    #[arg(long, value_parser = words)]
    pub(super) reason: String,
}

/// What staff did in the official terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum What {
    /// レセプト送信をした / it was sent
    Sent,
    /// 請求取消をした、または送らないことにした / it was cancelled, or will not be sent
    Cancelled,
    /// 請求確定をした / it was confirmed
    Confirmed,
}

/// How 請求確定 treated errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Errors {
    /// エラー分含む
    Include,
    /// エラー分除く
    Exclude,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Report {
    /// したこと / what was done
    pub(super) what: What,
    #[command(flatten)]
    pub(super) which: Which,
    /// 記録する方の名前 / who says so
    #[arg(long, value_parser = crate::verbs::who)]
    pub(super) by: String,
    /// いつ（端末に出た日時など）/ when, as the terminal showed it
    #[arg(long, default_value = "")]
    pub(super) at: String,
    /// 請求確定のとき、エラー分含む・除く / how the confirmation treated errors
    #[arg(long)]
    pub(super) errors: Option<Errors>,
    /// 請求確定で除かれたレセプト番号（点検結果を取り込めないとき。何度でも）/ receipts that the confirmation left out, where no list of findings can be imported
    #[arg(long, value_name = "N", conflicts_with = "file")]
    pub(super) left_out: Vec<u32>,
    /// 受付番号 / the number the terminal showed
    #[arg(long, default_value = "")]
    pub(super) number: String,
    /// 送信回（省略すると最後のもの）/ which sending, by default the last
    #[arg(long)]
    pub(super) sequence: Option<u32>,
    /// この記録にない、送信したファイル（復元の前やほかのソフトで送ったもの）/ the file that was sent, where this record lacks it
    #[arg(long, value_name = "FILE")]
    pub(super) file: Option<PathBuf>,
    /// 確認試験のこと / it is about a trial
    #[arg(long)]
    pub(super) trial: bool,
    /// 何も記録しない / record nothing
    #[arg(long)]
    pub(super) dry_run: bool,
}

/// What a downloaded file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Kind {
    /// オンライン受領書
    Ack,
    /// 受付・事務点検ASP結果リスト
    Findings,
    /// 返戻レセプト
    Returns,
    /// 増減点連絡書
    Adjustments,
    /// 振込額
    Payments,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Import {
    /// 保存したファイル / files as they were saved
    #[arg(required = true)]
    pub(super) files: Vec<PathBuf>,
    /// 何のファイルか（返戻ファイルは省略できます）/ what they are
    #[arg(long)]
    pub(super) kind: Option<Kind>,
    /// 受領書・ASP結果がどの送信回のものか（既定は最後に送信したもの）/ which sending an acknowledgement or findings are about
    #[arg(long)]
    pub(super) sequence: Option<u32>,
    #[command(flatten)]
    pub(super) which: Which,
    /// 取り込む方の名前 / who brings them in
    #[arg(long, value_parser = crate::verbs::who)]
    pub(super) by: String,
    /// 書き出すフォルダー / folder for the result
    #[arg(short, long)]
    pub(super) output: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Fetch {
    /// 受け取る方の名前 / who fetches
    #[arg(long, value_parser = crate::verbs::who)]
    pub(super) by: String,
    /// 書き出すフォルダー / folder for the result
    #[arg(short, long)]
    pub(super) output: Option<PathBuf>,
    #[command(flatten)]
    pub(super) station: Station,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Downloads {
    /// この SHA-256（初めの部分でもよい）のファイルを書き出す / write the file with this digest, or its beginning
    #[arg(long, requires = "output")]
    pub(super) sha256: Option<String>,
    /// 書き出す先 / where to
    #[arg(short, long, requires = "sha256")]
    pub(super) output: Option<PathBuf>,
    #[command(flatten)]
    pub(super) station: Station,
}

/// One receipt of what was filed, and who records something about it.
#[derive(Debug, clap::Args)]
pub(crate) struct One {
    #[command(flatten)]
    pub(super) which: Which,
    /// レセプト番号 / receipt number
    #[arg(long)]
    pub(super) receipt: u32,
    /// 送信回（同じ番号がいくつかの送信にあるとき）/ which sending, where several have the number
    #[arg(long)]
    pub(super) sequence: Option<u32>,
    /// 記録する方の名前 / who records it
    #[arg(long, value_parser = crate::verbs::who)]
    pub(super) by: String,
    /// 何も記録しない / record nothing
    #[arg(long)]
    pub(super) dry_run: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Returned {
    #[command(flatten)]
    pub(super) one: One,
    /// 返戻の理由（書かれていた言葉）、--undo のときは取り消す理由 / the payer's words, or with --undo why it is taken back
    #[arg(long, value_parser = words)]
    pub(super) reason: String,
    /// 誤って記録した紙の返戻を取り消す / take back what was recorded by mistake
    #[arg(long)]
    pub(super) undo: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Review {
    #[command(flatten)]
    pub(super) one: One,
    /// 再審査を求める理由、または結果の言葉 / why, or the words of the decision
    #[arg(long, value_parser = words)]
    pub(super) reason: String,
    /// 結果が出たとき、戻った（または減った）金額 / yen given back or taken off, once it is decided
    #[arg(long, allow_hyphen_values = true)]
    pub(super) decided: Option<i64>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Summary {
    #[command(flatten)]
    pub(super) which: Which,
    /// 書き出すファイル（既定は 総括-YYYY-MM.html）/ where to write it
    #[arg(short, long)]
    pub(super) output: Option<PathBuf>,
}

pub(crate) fn month(text: &str) -> Result<Month, Refused> {
    Month::parse(text).map_err(|error| Refused::date(&error, "2024-11"))
}

/// A reason, which is not blank.
fn words(text: &str) -> Result<String, Refused> {
    match text.trim() {
        "" => Err(Refused::new(
            "理由を言葉で書いてください",
            "say why, in words",
        )),
        text => Ok(text.to_owned()),
    }
}

pub(super) fn payer(text: &str) -> Result<Payer, Refused> {
    match text {
        "1" | "支払基金" | "social-insurance-fund" => Ok(Payer::SocialInsuranceFund),
        "2" | "国保連" | "national-health-federation" => Ok(Payer::NationalHealthFederation),
        _ => Err(Refused::new(
            "1（支払基金）か 2（国保連）です",
            "1 (支払基金) or 2 (国保連)",
        )),
    }
}

/// The month in Japan now.
pub(super) fn this_month() -> Result<Month, Fault> {
    let today = jiff::Timestamp::now().to_zoned(jst_zone()).date();
    Month::new(today.year(), today.month()).ok_or_else(|| {
        Fault::new(
            "host/clock",
            "このPCの日付が正しくありません。",
            "this machine's date makes no sense",
        )
    })
}

impl Which {
    pub(super) fn month(&self) -> Result<Month, Fault> {
        self.month.map_or_else(this_month, Ok)
    }

    pub(super) fn host(&self, output: &Output) -> Result<Host, Fault> {
        host(&self.station.config, output)
    }

    /// The payer, where a verb is about one.
    pub(super) fn needed_payer(&self) -> Result<Payer, Fault> {
        self.payer.ok_or_else(|| {
            Fault::new(
                "claim/payer",
                "どちらの提出先のことか、--payer 1（支払基金）か --payer 2（国保連）で指定してください。",
                "say with --payer 1 or --payer 2 which payer it is about",
            )
        })
    }
}

impl Act {
    pub(super) fn sendings(&self) -> reseplug::Sendings {
        reseplug::Sendings {
            payer: self.which.payer,
            sequence: self.sequence,
            trial: self.trial,
        }
    }
}

impl Check {
    pub(super) fn request(&self) -> Result<CheckRequest, Fault> {
        Ok(CheckRequest {
            claim_month: self.whole.month,
            adapter: adapter(self.adapter.as_ref())?,
            documents: self.documents.clone(),
        })
    }
}
