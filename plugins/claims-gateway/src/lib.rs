//! Connector `claims`: filing over the open gateway protocol v1.
//!
//! The protocol is this project's own (`sdk/sandbox/gateway-v1.yaml`), for vendors with a gateway
//! of their own and for systems that take client-certificate requests; the sandbox simulates
//! it. It is not the interface of オンライン請求, which has no public machine interface.
//!
//! What it guarantees: a filing is sent under the host's key, and when nobody knows what became
//! of a request, the gateway is **asked** before anything is sent again. A repeat carries the same
//! key, so even a request that arrives late is the same submission. Every answer that is not 2xx
//! becomes a fault with a stable code (`gateway/…`), the reason in Japanese and English, and the
//! text as it came.
//!
//! It refuses a file whose digest is not the filing's, an answer about another file, and
//! references that are not one path segment.
//!
//! The endpoint's binding needs these rules:
//!
//! | method | path | repeat |
//! |---|---|---|
//! | POST | `submissions` | `keyed`, `idempotency-key` |
//! | GET | `submissions`, `submissions/*`, `submissions/*/findings`, `submissions/*/acknowledgement` | `safe` |
//! | POST | `submissions/*/confirm`, `submissions/*/withdraw` | `never` (the connector asks) |
//! | GET | `returns`, `returns/*` | `safe` |

mod faults;
mod gateway;
mod settings;
mod wire;

pub use settings::Settings;

use gateway::Gateway;
use reseplug_sdk::claims::{
    Acknowledgement, Download, DownloadKind, Filing, KnownSubmission, Reading, Status, Submission,
};
use reseplug_sdk::{Claims, Context, Document, Fault, Finding, Host, Plugin};

/// The plugin.
#[derive(Debug)]
pub struct ClaimsGateway;

impl Plugin for ClaimsGateway {
    type Settings = Settings;

    const SUMMARY_JA: &'static str = "請求ファイルを公開ゲートウェイ仕様（本ソフト独自）の接続先へ送信し、点検結果・請求確定・受領書・返戻を扱います。オンライン請求システムに直接つなぐものではありません。";
    const SUMMARY_EN: &'static str = "Files claims with an endpoint that speaks the open gateway protocol, and handles findings, confirmation, acknowledgements and returns. It does not talk to the オンライン請求 system.";

    fn unsupported() -> &'static [&'static str] {
        &["claims.take-down", "claims.read-download"]
    }
}

impl Claims for ClaimsGateway {
    fn submit(ctx: &Context<Settings>, host: &Host, filing: &Filing) -> Result<Submission, Fault> {
        Gateway::new(ctx, host).submit(filing)
    }

    fn get_status(ctx: &Context<Settings>, host: &Host, reference: &str) -> Result<Status, Fault> {
        Gateway::new(ctx, host).status(reference)
    }

    fn findings(
        ctx: &Context<Settings>,
        host: &Host,
        reference: &str,
    ) -> Result<Vec<Finding>, Fault> {
        Gateway::new(ctx, host).findings(reference)
    }

    fn confirm(
        ctx: &Context<Settings>,
        host: &Host,
        reference: &str,
        include_errors: bool,
    ) -> Result<Status, Fault> {
        Gateway::new(ctx, host).confirm(reference, include_errors)
    }

    fn withdraw(ctx: &Context<Settings>, host: &Host, reference: &str) -> Result<Status, Fault> {
        Gateway::new(ctx, host).withdraw(reference)
    }

    fn get_acknowledgement(
        ctx: &Context<Settings>,
        host: &Host,
        reference: &str,
    ) -> Result<Option<Acknowledgement>, Fault> {
        Gateway::new(ctx, host).acknowledgement(reference)
    }

    fn submissions(
        ctx: &Context<Settings>,
        host: &Host,
        claim_month: &str,
    ) -> Result<Vec<KnownSubmission>, Fault> {
        Gateway::new(ctx, host).submissions(claim_month)
    }

    fn downloads(
        ctx: &Context<Settings>,
        host: &Host,
        known: &[String],
    ) -> Result<Vec<Download>, Fault> {
        Gateway::new(ctx, host).downloads(known)
    }

    fn take_down(
        _: &Context<Settings>,
        _: &Host,
        reference: &str,
        _: &[u32],
        _: &str,
    ) -> Result<Status, Fault> {
        Err(Fault::unsupported(
            format!("{reference} の取下げは、審査支払機関に連絡して依頼してください。"),
            format!("Ask the payer to take {reference} down."),
        ))
    }

    fn read_download(
        _: &Context<Settings>,
        _: &Host,
        _: &DownloadKind,
        _: Option<&Filing>,
        download: &Document,
    ) -> Result<Reading, Fault> {
        Err(Fault::unsupported(
            format!(
                "ゲートウェイ接続では受領書（{}）の取り込みは不要です。受領書はゲートウェイから直接受け取ります。",
                download.name
            ),
            format!(
                "With the gateway nobody downloads an acknowledgement ({}): it is fetched from the gateway.",
                download.name
            ),
        ))
    }
}

reseplug_sdk::export_claims!(ClaimsGateway);

#[cfg(test)]
mod tests;
