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
//! A gateway in trouble may take one key twice. After a sending the connector therefore lists the
//! key: the first submission is the answer, and each further one that could still be confirmed
//! stands in its `extra` as (`twice`, id), for the host to withdraw. Where the list could not be
//! had, `extra` has (`not-asked-for-others`, code of the fault).
//!
//! The endpoint's binding needs these rules:
//!
//! | method | path | repeat |
//! |---|---|---|
//! | POST | `submissions` | `keyed`, `idempotency-key` |
//! | GET | `submissions`, `submissions/*`, `submissions/*/file`, `submissions/*/findings`, `submissions/*/acknowledgement` | `safe` |
//! | POST | `submissions/*/confirm`, `submissions/*/withdraw`, `submissions/*/take-down` | `never` (the connector asks) |
//! | GET | `downloads`, `downloads/*` | `safe` |
//!
//! What comes back as 返戻 is レセ電 and read by the host; 受領書, findings, 増減点連絡書 and 振込額 are
//! documents of the protocol and read here, row by row: what cannot be read is named and left out.

mod faults;
mod gateway;
mod reading;
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

    const SUMMARY_JA: &'static str = "請求ファイルを公開ゲートウェイ仕様（本ソフト独自）の接続先へ送信し、点検結果・請求確定・取下げ・受領書・返戻・増減点連絡書・振込額を扱います。オンライン請求システムに直接つなぐものではありません。";
    const SUMMARY_EN: &'static str = "Files claims with an endpoint that speaks the open gateway protocol, and handles findings, confirmation, taking down, acknowledgements, returns, adjustments and payments. It does not talk to the オンライン請求 system.";
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

    fn get_document(
        ctx: &Context<Settings>,
        host: &Host,
        reference: &str,
    ) -> Result<Document, Fault> {
        Gateway::new(ctx, host).document(reference)
    }

    fn downloads(
        ctx: &Context<Settings>,
        host: &Host,
        known: &[String],
    ) -> Result<Vec<Download>, Fault> {
        Gateway::new(ctx, host).downloads(known)
    }

    fn take_down(
        ctx: &Context<Settings>,
        host: &Host,
        reference: &str,
        receipts: &[u32],
        reason: &str,
    ) -> Result<Status, Fault> {
        Gateway::new(ctx, host).take_down(reference, receipts, reason)
    }

    fn read_download(
        _: &Context<Settings>,
        _: &Host,
        kind: &DownloadKind,
        _: Option<&Filing>,
        download: &Document,
    ) -> Result<Reading, Fault> {
        reading::read(kind, download)
    }
}

reseplug_sdk::export_claims!(ClaimsGateway);

#[cfg(test)]
mod tests;
