//! Connector `claims`: exact claim files handed to the official terminal.
//!
//! The オンライン請求 system has no public machine interface; staff file through a browser on the
//! official terminal. So this connector does what can honestly be done before and after: it
//! places `RECEIPTH.UKE`, byte for byte, with its digest, its totals and a checklist to print
//! in a hand-over folder, and reads what staff bring back. It never says that anything was
//! filed: a submission stays `handed-over`. What only the official terminal knows (status,
//! confirmation) it answers with `plugin/unsupported` and who does it instead.
//!
//! It refuses a file whose digest, payer or number of receipts differs from what the host
//! says, and a download that is about another payer or month. A trial (確認試験) goes into a
//! folder of its own whose name says that it is no claim; a second sending of a month goes
//! beside the first.
//!
//! The layouts of what is downloaded (受領書, ASP結果リスト, 増減点連絡書, 振込額) are not public
//! for 訪問看護: which columns to read is a setting, and the documents are kept as they came.

mod checklist;
mod download;
mod files;
mod layout;
mod settings;
mod table;
mod values;

pub use download::{
    AcknowledgementLayout, AdjustmentsLayout, ByReceipt, ChangeSign, FindingsLayout,
    PaymentsLayout, Weight,
};
pub use layout::{Encoding, Kept, PayerColumn, ReceiptColumns, RowFilter, TableLayout};
pub use settings::Settings;

use reseplug_sdk::claims::{
    Acknowledgement, DownloadKind, Filing, Reading, State, Status, Submission,
};
use reseplug_sdk::{Claims, Context, Document, Fault, Finding, Host, Plugin};

/// Name of the hand-over folder, as `plugin.toml` requests it.
const FOLDER: &str = "handover";

/// The plugin.
#[derive(Debug)]
pub struct ClaimsHandover;

impl Plugin for ClaimsHandover {
    type Settings = Settings;

    const SUMMARY_JA: &'static str = "請求ファイル・集計・確認表を引渡しフォルダーに置き、オンライン請求端末で受け取った受領書・点検結果・増減点連絡書・振込額を読み取ります。請求そのものは職員が公式の端末で行います。";
    const SUMMARY_EN: &'static str = "Places claim files, totals and a checklist in the hand-over folder and reads what staff bring back: acknowledgement, findings, adjustments, payments. Staff file in the official terminal.";

    fn unsupported() -> &'static [&'static str] {
        &[
            "claims.get-status",
            "claims.findings",
            "claims.confirm",
            "claims.get-acknowledgement",
            "claims.submissions",
            "claims.get-document",
            "claims.take-down",
            "claims.downloads",
        ]
    }
}

impl Claims for ClaimsHandover {
    fn submit(ctx: &Context<Settings>, host: &Host, filing: &Filing) -> Result<Submission, Fault> {
        files::check(filing)?;
        let folder = host.exchange(FOLDER);
        let base = files::folder(filing);
        let mut placed = Vec::new();
        // The claim file comes first: when another one lies there, nothing else is written.
        for (name, body) in files::all(ctx, filing)? {
            let path = format!("{base}/{name}");
            match folder.place(&path, &body) {
                Ok(_) => {}
                // One that lies there says what was known when it was made, and may be ticked.
                Err(fault) if name == files::CHECKLIST && fault.code == "exchange/place-taken" => {}
                Err(fault) => return Err(files::refused(fault, &path)),
            }
            placed.push(path);
        }
        Ok(Submission {
            reference: base,
            state: State::HandedOver,
            at: host.now()?.to_string(),
            files: placed,
            extra: Vec::new(),
        })
    }

    fn get_status(_: &Context<Settings>, _: &Host, _: &str) -> Result<Status, Fault> {
        Err(staff_only(
            "請求の状態は「請求状況」",
            "The state is shown under 請求状況",
        ))
    }

    fn findings(_: &Context<Settings>, _: &Host, _: &str) -> Result<Vec<Finding>, Fault> {
        Err(staff_only(
            "受付・事務点検の結果は「受付・事務点検ASP結果リスト」の画面（保存したファイルは取り込めます）",
            "Findings are downloaded from 受付・事務点検ASP結果リスト (and can be imported)",
        ))
    }

    fn confirm(_: &Context<Settings>, _: &Host, _: &str, _: bool) -> Result<Status, Fault> {
        Err(staff_only(
            "請求確定は「請求状況」の画面",
            "請求確定 is done under 請求状況",
        ))
    }

    /// Says beside the claim file that it must not be sent any more.
    ///
    /// That is all it is: nobody can withdraw in the official terminal from here. What was sent
    /// already stays sent until a person does 請求取消 there, and is reported by that person.
    /// Giving up twice is the same notice.
    fn withdraw(_: &Context<Settings>, host: &Host, reference: &str) -> Result<Status, Fault> {
        let (path, text) = files::withdrawal(reference)?;
        host.exchange(FOLDER).place(&path, text.as_bytes())?;
        Ok(Status {
            reference: reference.to_owned(),
            state: State::Withdrawn,
            at: host.now()?.to_string(),
            normal: 0,
            attention: 0,
            rejected: 0,
            confirmation: None,
            // Known of the folder, not of the official terminal.
            extra: vec![("withdrawn".to_owned(), "notice-placed".to_owned())],
        })
    }

    fn get_acknowledgement(
        _: &Context<Settings>,
        _: &Host,
        _: &str,
    ) -> Result<Option<Acknowledgement>, Fault> {
        Err(staff_only(
            "受領書のCSVは「オンライン受領書」の画面（保存したファイルは取り込めます）",
            "The acknowledgement is downloaded under オンライン受領書 (and can be imported)",
        ))
    }

    fn read_download(
        ctx: &Context<Settings>,
        host: &Host,
        kind: &DownloadKind,
        filing: Option<&Filing>,
        download: &Document,
    ) -> Result<Reading, Fault> {
        download::read(&ctx.settings, kind, filing, download, host.now()?)
    }
}

/// The host cannot see what happens in the official terminal.
fn staff_only(where_ja: &str, where_en: &str) -> Fault {
    Fault::unsupported(
        format!(
            "{where_ja}で、職員がオンライン請求端末を使って行います。引渡し方式では、このソフトから見ることも操作することもできません。"
        ),
        format!(
            "{where_en} of the official terminal, by staff. With the hand-over this program can neither see nor do it."
        ),
    )
}

reseplug_sdk::export_claims!(ClaimsHandover);

#[cfg(test)]
mod tests;
