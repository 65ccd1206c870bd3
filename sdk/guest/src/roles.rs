//! The traits an author implements: [`Plugin`] and one or more roles.

use crate::adapter::{
    Applied, ClaimFile, MonthOperation, Receipt, ReceiptOutcome, RegisterOperation,
};
use crate::claims::{
    Acknowledgement, Download, DownloadKind, Filing, KnownSubmission, Reading, Status, Submission,
};
use crate::eligibility::{Query, Registration, RegistrationResult, Verification};
use crate::home_visit::{
    MedicalInformation, MedicalQuery, PageRequest, Revocation, RevocationResult, VisitPage,
};
use crate::types::{Document, Fault, Finding, Period, RegisterEntry};
use crate::{Context, Host};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// What every plugin says of itself, whatever its roles. The SDK makes `describe` of it: the
/// settings' JSON Schema comes from `JsonSchema`, the example from `Default`.
pub trait Plugin {
    /// The plugin's settings. Doc comments become descriptions in the schema;
    /// `#[serde(default, deny_unknown_fields)]` on the struct is the usual choice.
    type Settings: DeserializeOwned + Serialize + JsonSchema + Default;

    /// What the plugin is for, one sentence in Japanese.
    const SUMMARY_JA: &'static str;
    /// The same in English.
    const SUMMARY_EN: &'static str;

    /// Functions of the plugin's roles that it does not answer, as `interface.function` of
    /// the contract: `adapter.read-register`. The host does not call them. Every function
    /// left to its default belongs here; [`crate::testing`] has a check for it.
    fn unsupported() -> &'static [&'static str] {
        &[]
    }
}

/// Settings of a plugin that has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoSettings {}

fn not_offered<T>(function: &str) -> Result<T, Fault> {
    Err(Fault::unsupported(
        format!("このプラグインは {function} に対応していません。"),
        format!("This plugin does not offer {function}."),
    )
    .with("function", function))
}

/// Knows one product's documents (`wit/adapter.wit`). Pure: no network, no files, no clock.
/// A function that is not implemented answers `plugin/unsupported`.
pub trait Adapter: Plugin {
    /// Everyone the documents know, in document order.
    fn read_register(
        ctx: &Context<Self::Settings>,
        documents: &[Document],
    ) -> Result<Vec<RegisterEntry>, Fault> {
        let _ = (ctx, documents);
        not_offered("adapter.read-register")
    }

    /// Carries out decided changes of the register in the given order. Every operation
    /// appears in `changes` or `refusals`; a refused one leaves no trace in the documents.
    fn apply_register(
        ctx: &Context<Self::Settings>,
        documents: &[Document],
        operations: &[RegisterOperation],
    ) -> Result<Applied, Fault> {
        let _ = (ctx, documents, operations);
        not_offered("adapter.apply-register")
    }

    /// The receipts of the month's documents, in document order.
    fn read_month(
        ctx: &Context<Self::Settings>,
        documents: &[Document],
    ) -> Result<Vec<Receipt>, Fault> {
        let _ = (ctx, documents);
        not_offered("adapter.read-month")
    }

    /// Carries out decided changes of a month that is already a claim file.
    fn apply_month(
        ctx: &Context<Self::Settings>,
        documents: &[Document],
        operations: &[MonthOperation],
    ) -> Result<Applied, Fault> {
        let _ = (ctx, documents, operations);
        not_offered("adapter.apply-month")
    }

    /// Exact claim files of the month, one per payer that has receipts. `claim_month` is the
    /// month of filing (請求年月), `YYYY-MM`. A document that may hold receipts and that the
    /// adapter cannot read is a fault: what is passed over is not filed.
    fn claim(
        ctx: &Context<Self::Settings>,
        documents: &[Document],
        claim_month: &str,
    ) -> Result<Vec<ClaimFile>, Fault> {
        let _ = (ctx, documents, claim_month);
        not_offered("adapter.claim")
    }

    /// Brings acknowledgements and returns (返戻) back into the product's own format.
    fn accept(
        ctx: &Context<Self::Settings>,
        documents: &[Document],
        outcomes: &[ReceiptOutcome],
    ) -> Result<Vec<Document>, Fault> {
        let _ = (ctx, documents, outcomes);
        not_offered("adapter.accept")
    }
}

/// Knows rules (`wit/checker.wit`). Pure.
pub trait Checker: Plugin {
    /// Findings over claim files, in the order of the files. A rule whose basis is not
    /// confirmed never has the severity `Reject`.
    fn check(ctx: &Context<Self::Settings>, documents: &[Document]) -> Result<Vec<Finding>, Fault>;
}

/// Verifies eligibility, オンライン資格確認 (`wit/eligibility.wit`). Durable: ordinary
/// sequential code whose every call of [`Host`] is journaled. The function may run from its
/// start any number of times with the same answers, so it keeps no state of its own.
pub trait Eligibility: Plugin {
    /// Asks about each person by a message of their own, the only kind that is answered with
    /// 限度額; answers in the order of the queries. An answer that does not come is one with
    /// `is_error` and an empty `message`.
    fn verify_each(
        ctx: &Context<Self::Settings>,
        host: &Host,
        queries: &[Query],
    ) -> Result<Vec<Verification>, Fault> {
        let _ = (ctx, host, queries);
        not_offered("eligibility.verify-each")
    }

    /// Asks about many people as of one day each; answers in the order of the queries.
    fn verify_many(
        ctx: &Context<Self::Settings>,
        host: &Host,
        queries: &[Query],
    ) -> Result<Vec<Verification>, Fault> {
        let _ = (ctx, host, queries);
        not_offered("eligibility.verify-many")
    }

    /// Everybody who consented at home through マイナ在宅受付Web in the period.
    fn collect_consents(
        ctx: &Context<Self::Settings>,
        host: &Host,
        consented: &Period,
    ) -> Result<Vec<Verification>, Fault> {
        let _ = (ctx, host, consented);
        not_offered("eligibility.collect-consents")
    }

    /// Registers 照会番号, the station's own numbers for people, at the centre.
    fn register_references(
        ctx: &Context<Self::Settings>,
        host: &Host,
        registrations: &[Registration],
    ) -> Result<Vec<RegistrationResult>, Fault> {
        let _ = (ctx, host, registrations);
        not_offered("eligibility.register-references")
    }
}

/// What 訪問診療等 (居宅同意取得型) has beyond asking by numbers (`wit/home-visit.wit`). Optional,
/// beside [`Eligibility`]; durable like it. Export both:
/// `export_plugin!(Mine: Eligibility, HomeVisit);`. The manifest names the role `eligibility`
/// alone.
pub trait HomeVisit: Eligibility {
    /// 再照会: asks again, without the card, about people confirmed before; answers in the
    /// order of the queries.
    fn recheck_many(
        ctx: &Context<Self::Settings>,
        host: &Host,
        queries: &[Query],
    ) -> Result<Vec<Verification>, Fault> {
        let _ = (ctx, host, queries);
        not_offered("home-visit.recheck-many")
    }

    /// 医療扶助の委託先資格情報: everybody whose 医療券 of the month (`YYYY-MM`) names the station.
    fn collect_tickets(
        ctx: &Context<Self::Settings>,
        host: &Host,
        treatment_month: &str,
    ) -> Result<Vec<Verification>, Fault> {
        let _ = (ctx, host, treatment_month);
        not_offered("home-visit.collect-tickets")
    }

    /// One person's medical information (診療・薬剤情報, 特定健診情報).
    fn fetch_medical(
        ctx: &Context<Self::Settings>,
        host: &Host,
        query: &MedicalQuery,
    ) -> Result<MedicalInformation, Fault> {
        let _ = (ctx, host, query);
        not_offered("home-visit.fetch-medical")
    }

    /// 閲覧同意の取消; results in the order of the revocations.
    fn revoke_consent(
        ctx: &Context<Self::Settings>,
        host: &Host,
        revocations: &[Revocation],
    ) -> Result<Vec<RevocationResult>, Fault> {
        let _ = (ctx, host, revocations);
        not_offered("home-visit.revoke-consent")
    }

    /// URL and QR code of the station's page of マイナ在宅受付Web.
    fn get_visit_page(
        ctx: &Context<Self::Settings>,
        host: &Host,
        request: &PageRequest,
    ) -> Result<VisitPage, Fault> {
        let _ = (ctx, host, request);
        not_offered("home-visit.get-visit-page")
    }
}

/// Files a month with one payer (`wit/claims.wit`). Durable, like [`Eligibility`].
pub trait Claims: Plugin {
    /// Hands in. A key handed in before with the same content answers with the first
    /// submission; with other content it is refused.
    fn submit(
        ctx: &Context<Self::Settings>,
        host: &Host,
        filing: &Filing,
    ) -> Result<Submission, Fault> {
        let _ = (ctx, host, filing);
        not_offered("claims.submit")
    }

    /// Where a submission stands.
    fn get_status(
        ctx: &Context<Self::Settings>,
        host: &Host,
        reference: &str,
    ) -> Result<Status, Fault> {
        let _ = (ctx, host, reference);
        not_offered("claims.get-status")
    }

    /// 受付・事務点検 results.
    fn findings(
        ctx: &Context<Self::Settings>,
        host: &Host,
        reference: &str,
    ) -> Result<Vec<Finding>, Fault> {
        let _ = (ctx, host, reference);
        not_offered("claims.findings")
    }

    /// 請求確定. With `include_errors` 要確認 receipts are filed too; 受付不能 never are.
    fn confirm(
        ctx: &Context<Self::Settings>,
        host: &Host,
        reference: &str,
        include_errors: bool,
    ) -> Result<Status, Fault> {
        let _ = (ctx, host, reference, include_errors);
        not_offered("claims.confirm")
    }

    /// 請求取消
    fn withdraw(
        ctx: &Context<Self::Settings>,
        host: &Host,
        reference: &str,
    ) -> Result<Status, Fault> {
        let _ = (ctx, host, reference);
        not_offered("claims.withdraw")
    }

    /// オンライン受領書; absent while there is none.
    fn get_acknowledgement(
        ctx: &Context<Self::Settings>,
        host: &Host,
        reference: &str,
    ) -> Result<Option<Acknowledgement>, Fault> {
        let _ = (ctx, host, reference);
        not_offered("claims.get-acknowledgement")
    }

    /// Everything the other side has of this station for a 請求年月, oldest first.
    fn submissions(
        ctx: &Context<Self::Settings>,
        host: &Host,
        claim_month: &str,
    ) -> Result<Vec<KnownSubmission>, Fault> {
        let _ = (ctx, host, claim_month);
        not_offered("claims.submissions")
    }

    /// The file of a submission, exactly as it was handed in.
    fn get_document(
        ctx: &Context<Self::Settings>,
        host: &Host,
        reference: &str,
    ) -> Result<Document, Fault> {
        let _ = (ctx, host, reference);
        not_offered("claims.get-document")
    }

    /// 取下げ: asks the payer to give back receipts of a confirmed submission.
    fn take_down(
        ctx: &Context<Self::Settings>,
        host: &Host,
        reference: &str,
        receipts: &[u32],
        reason: &str,
    ) -> Result<Status, Fault> {
        let _ = (ctx, host, reference, receipts, reason);
        not_offered("claims.take-down")
    }

    /// What lies ready for this station, oldest first, without those whose id is in `known`.
    fn downloads(
        ctx: &Context<Self::Settings>,
        host: &Host,
        known: &[String],
    ) -> Result<Vec<Download>, Fault> {
        let _ = (ctx, host, known);
        not_offered("claims.downloads")
    }

    /// Reads a file that came back, or that staff downloaded in the official terminal.
    fn read_download(
        ctx: &Context<Self::Settings>,
        host: &Host,
        kind: &DownloadKind,
        filing: Option<&Filing>,
        download: &Document,
    ) -> Result<Reading, Fault> {
        let _ = (ctx, host, kind, filing, download);
        not_offered("claims.read-download")
    }
}
