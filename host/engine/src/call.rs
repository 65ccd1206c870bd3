//! Durable calls as values, so that a journal can keep them and step them again.

use crate::CallError;
use crate::contract::{
    Context, Document, DownloadKind, Filing, MedicalQuery, PageRequest, Period, Query,
    Registration, Revocation,
};
use reseplug_effect::{Effect, Fault};
use reseplug_policy::Role;
use serde::{Deserialize, Serialize};

/// A call of a connector, with its arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "call", rename_all = "kebab-case")]
#[allow(
    missing_docs,
    reason = "the fields are the parameters of wit/eligibility.wit, wit/home-visit.wit and wit/claims.wit"
)]
pub enum Call {
    /// `eligibility.verify-each` -> `Vec<Verification>`
    VerifyEach { ctx: Context, queries: Vec<Query> },
    /// `eligibility.verify-many` -> `Vec<Verification>`
    VerifyMany { ctx: Context, queries: Vec<Query> },
    /// `eligibility.collect-consents` -> `Vec<Verification>`
    CollectConsents { ctx: Context, consented: Period },
    /// `eligibility.register-references` -> `Vec<RegistrationResult>`
    RegisterReferences {
        ctx: Context,
        registrations: Vec<Registration>,
    },
    /// `home-visit.recheck-many` -> `Vec<Verification>`
    RecheckMany { ctx: Context, queries: Vec<Query> },
    /// `home-visit.collect-tickets` -> `Vec<Verification>`
    CollectTickets {
        ctx: Context,
        treatment_month: String,
    },
    /// `home-visit.fetch-medical` -> `MedicalInformation`
    FetchMedical { ctx: Context, query: MedicalQuery },
    /// `home-visit.revoke-consent` -> `Vec<RevocationResult>`
    RevokeConsent {
        ctx: Context,
        revocations: Vec<Revocation>,
    },
    /// `home-visit.get-visit-page` -> `VisitPage`
    VisitPage { ctx: Context, request: PageRequest },
    /// `claims.submit` -> `Submission`
    Submit { ctx: Context, filing: Filing },
    /// `claims.get-status` -> `Status`
    Status { ctx: Context, reference: String },
    /// `claims.findings` -> `Vec<Finding>`
    Findings { ctx: Context, reference: String },
    /// `claims.confirm` -> `Status`
    Confirm {
        ctx: Context,
        reference: String,
        include_errors: bool,
    },
    /// `claims.withdraw` -> `Status`
    Withdraw { ctx: Context, reference: String },
    /// `claims.get-acknowledgement` -> `Option<Acknowledgement>`
    Acknowledgement { ctx: Context, reference: String },
    /// `claims.submissions` -> `Vec<KnownSubmission>`
    Submissions { ctx: Context, claim_month: String },
    /// `claims.get-document` -> `Document`
    SubmittedDocument { ctx: Context, reference: String },
    /// `claims.take-down` -> `Status`
    TakeDown {
        ctx: Context,
        reference: String,
        receipts: Vec<u32>,
        reason: String,
    },
    /// `claims.downloads` -> `Vec<Download>`
    Downloads { ctx: Context, known: Vec<String> },
    /// `claims.read-download` -> `Reading`
    ReadDownload {
        ctx: Context,
        kind: DownloadKind,
        filing: Option<Filing>,
        download: Document,
    },
}

impl Call {
    /// Interface and function, as the contract names them.
    pub fn name(&self) -> &'static str {
        match self {
            Self::VerifyEach { .. } => "eligibility.verify-each",
            Self::VerifyMany { .. } => "eligibility.verify-many",
            Self::CollectConsents { .. } => "eligibility.collect-consents",
            Self::RegisterReferences { .. } => "eligibility.register-references",
            Self::RecheckMany { .. } => "home-visit.recheck-many",
            Self::CollectTickets { .. } => "home-visit.collect-tickets",
            Self::FetchMedical { .. } => "home-visit.fetch-medical",
            Self::RevokeConsent { .. } => "home-visit.revoke-consent",
            Self::VisitPage { .. } => "home-visit.get-visit-page",
            Self::Submit { .. } => "claims.submit",
            Self::Status { .. } => "claims.get-status",
            Self::Findings { .. } => "claims.findings",
            Self::Confirm { .. } => "claims.confirm",
            Self::Withdraw { .. } => "claims.withdraw",
            Self::Acknowledgement { .. } => "claims.get-acknowledgement",
            Self::Submissions { .. } => "claims.submissions",
            Self::SubmittedDocument { .. } => "claims.get-document",
            Self::TakeDown { .. } => "claims.take-down",
            Self::Downloads { .. } => "claims.downloads",
            Self::ReadDownload { .. } => "claims.read-download",
        }
    }

    /// The role that answers it. Calls of `home-visit` are of the role `eligibility`.
    pub fn role(&self) -> Role {
        match self {
            Self::VerifyEach { .. }
            | Self::VerifyMany { .. }
            | Self::CollectConsents { .. }
            | Self::RegisterReferences { .. }
            | Self::RecheckMany { .. }
            | Self::CollectTickets { .. }
            | Self::FetchMedical { .. }
            | Self::RevokeConsent { .. }
            | Self::VisitPage { .. } => Role::Eligibility,
            Self::Submit { .. }
            | Self::Status { .. }
            | Self::Findings { .. }
            | Self::Confirm { .. }
            | Self::Withdraw { .. }
            | Self::Acknowledgement { .. }
            | Self::Submissions { .. }
            | Self::SubmittedDocument { .. }
            | Self::TakeDown { .. }
            | Self::Downloads { .. }
            | Self::ReadDownload { .. } => Role::Claims,
        }
    }

    /// Whether the optional interface `home-visit` answers it.
    pub(crate) fn is_home_visit(&self) -> bool {
        matches!(
            self,
            Self::RecheckMany { .. }
                | Self::CollectTickets { .. }
                | Self::FetchMedical { .. }
                | Self::RevokeConsent { .. }
                | Self::VisitPage { .. }
        )
    }

    /// Bytes of the arguments that can be large.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Submit { filing, .. } => filing.document.bytes.len(),
            Self::ReadDownload {
                filing, download, ..
            } => filing
                .as_ref()
                .map_or(0, |filing| filing.document.bytes.len())
                .saturating_add(download.bytes.len()),
            _ => 0,
        }
    }
}

/// Where a durable call stands after being run with a history.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// It is over. The value is the contract's result type as JSON.
    Return(serde_json::Value),
    /// It is over with a fault of the plugin's own.
    Fault(Fault),
    /// It wants an effect. Record its answer and step again.
    Need(Effect),
    /// It did something else than its history says: the plugin or its input has changed, or it
    /// is not deterministic. A person decides.
    Diverged {
        /// Position in the history, from 0.
        index: usize,
        /// What the history says was asked there.
        recorded: Effect,
        /// What is asked now; absent where the call was over.
        now: Option<Effect>,
    },
    /// The plugin failed. Never [`CallError::Fault`], which is [`Step::Fault`].
    Failed(CallError),
}
