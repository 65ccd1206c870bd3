//! Connector `claims`: exact claim files handed to the official terminal.
//!
//! The オンライン請求 system has no public machine interface; staff file through a browser on the
//! official terminal. So this connector does what can honestly be done before and after: it
//! places `RECEIPTH.UKE`, byte for byte, with its digest, its totals and a checklist to print
//! in a hand-over folder, and reads the 受領書 (acknowledgement) that staff bring back. It
//! never says that anything was filed: a submission stays `handed-over`. What only the
//! official terminal knows (status, findings, confirmation, withdrawal, returns) it answers
//! with `plugin/unsupported` and who does it instead.
//!
//! It refuses a file whose digest, payer or number of receipts differs from what the host
//! says, and a download that disagrees with what was handed over. A trial (確認試験) goes into
//! a folder of its own whose name says that it is no claim.
//!
//! The CSV layout of the 受領書 for 訪問看護 is not public: which columns to read is a setting,
//! and the document is kept as it came.

mod acknowledgement;
mod checklist;
mod files;
mod settings;

pub use settings::{AcknowledgementLayout, Encoding, Kept, RowFilter, Settings};

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

    const SUMMARY_JA: &'static str = "請求ファイル・集計・確認表を引き渡しフォルダーに置き、オンライン請求端末で受け取った受領書を読み取ります。請求そのものは職員が公式の端末で行います。";
    const SUMMARY_EN: &'static str = "Places claim files, totals and a checklist in the hand-over folder and reads the acknowledgement that staff bring back. Staff file in the official terminal.";

    fn unsupported() -> &'static [&'static str] {
        &[
            "claims.get-status",
            "claims.findings",
            "claims.confirm",
            "claims.withdraw",
            "claims.get-acknowledgement",
            "claims.submissions",
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
            folder
                .place(&path, &body)
                .map_err(|fault| files::refused(fault, &path))?;
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
            "受付・事務点検の結果は「受付・事務点検ASP結果リスト」",
            "Findings are shown in 受付・事務点検ASP結果リスト",
        ))
    }

    fn confirm(_: &Context<Settings>, _: &Host, _: &str, _: bool) -> Result<Status, Fault> {
        Err(staff_only(
            "請求確定は「請求状況」の画面",
            "請求確定 is done under 請求状況",
        ))
    }

    fn withdraw(_: &Context<Settings>, _: &Host, _: &str) -> Result<Status, Fault> {
        Err(staff_only(
            "請求取消は「請求状況」の画面",
            "請求取消 is done under 請求状況",
        ))
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
        match (kind, filing) {
            (DownloadKind::Acknowledgement, Some(filing)) => {
                let found = acknowledgement::read(&ctx.settings, filing, download, host.now()?)?;
                Ok(Reading {
                    acknowledgement: Some(found),
                    findings: Vec::new(),
                    adjustments: Vec::new(),
                    payments: Vec::new(),
                    unreadable: Vec::new(),
                })
            }
            _ => Err(staff_only("この種類のファイルは、", "This kind of file is")),
        }
    }
}

/// The host cannot see what happens in the official terminal.
fn staff_only(where_ja: &str, where_en: &str) -> Fault {
    Fault::unsupported(
        format!(
            "{where_ja}で、職員がオンライン請求端末を使って行います。引き渡し方式では、このソフトから見ることも操作することもできません。"
        ),
        format!(
            "{where_en} of the official terminal, by staff. With the hand-over this program can neither see nor do it."
        ),
    )
}

reseplug_sdk::export_claims!(ClaimsHandover);

#[cfg(test)]
mod tests;
