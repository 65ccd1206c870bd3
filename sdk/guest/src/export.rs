//! From a type that implements the roles to the exports of a component.

use crate::bindings::{
    adapter as a, base, checker as k, claims as c, eligibility as e, home_visit as v,
};
use crate::roles::{Adapter, Checker, Claims, Eligibility, HomeVisit, Plugin};
use crate::types::{self, Document, Fault, Finding, Period, RegisterEntry};
use crate::{Context, Host, Log, adapter, claims, eligibility, home_visit};
use base::exports::reseplug::plugin::plugin as base_plugin;
use std::marker::PhantomData;
use std::sync::Once;

/// What the export macros export: the roles of `P`, behind the contract's functions.
#[derive(Debug)]
pub struct Exported<P>(PhantomData<P>);

/// Panics reach the author: without this a panic is a bare `unreachable`. The host shows log
/// lines of a trapped call even while replaying.
fn report_panics() {
    static HOOK: Once = Once::new();
    if cfg!(target_arch = "wasm32") {
        HOOK.call_once(|| {
            std::panic::set_hook(Box::new(|info| {
                let message = info.payload_as_str().unwrap_or("panic without a message");
                let place = info.location().map(ToString::to_string).unwrap_or_default();
                Log.error(&format!("panic: {message}"), &[("place", &place)]);
            }));
        });
    }
}

/// Sets the hook and reads the context: the way into every function of a role.
fn enter<P: Plugin>(raw: types::Context) -> Result<Context<P::Settings>, Fault> {
    report_panics();
    Context::read(raw)
}

/// What `describe` answers for `P`.
pub fn describe<P: Plugin>() -> base_plugin::Description {
    let schema = schemars::schema_for!(P::Settings);
    base_plugin::Description {
        settings_schema: schema.as_value().to_string(),
        // Settings are plain data; what cannot be JSON fails the check in `testing`.
        settings_example: serde_json::to_string(&P::Settings::default()).unwrap_or_default(),
        summary_ja: P::SUMMARY_JA.to_owned(),
        summary_en: P::SUMMARY_EN.to_owned(),
        unsupported: P::unsupported().iter().map(|f| (*f).to_owned()).collect(),
        extra: Vec::new(),
    }
}

impl<P: Plugin> base_plugin::Guest for Exported<P> {
    fn describe() -> base_plugin::Description {
        report_panics();
        describe::<P>()
    }
}

impl<P: Adapter> a::exports::reseplug::plugin::adapter::Guest for Exported<P> {
    fn read_register(
        ctx: types::Context,
        documents: Vec<Document>,
    ) -> Result<Vec<RegisterEntry>, Fault> {
        P::read_register(&enter::<P>(ctx)?, &documents)
    }

    fn apply_register(
        ctx: types::Context,
        documents: Vec<Document>,
        operations: Vec<adapter::RegisterOperation>,
    ) -> Result<adapter::Applied, Fault> {
        P::apply_register(&enter::<P>(ctx)?, &documents, &operations)
    }

    fn read_month(
        ctx: types::Context,
        documents: Vec<Document>,
    ) -> Result<Vec<adapter::Receipt>, Fault> {
        P::read_month(&enter::<P>(ctx)?, &documents)
    }

    fn apply_month(
        ctx: types::Context,
        documents: Vec<Document>,
        operations: Vec<adapter::MonthOperation>,
    ) -> Result<adapter::Applied, Fault> {
        P::apply_month(&enter::<P>(ctx)?, &documents, &operations)
    }

    fn claim(
        ctx: types::Context,
        documents: Vec<Document>,
        claim_month: String,
    ) -> Result<Vec<adapter::ClaimFile>, Fault> {
        P::claim(&enter::<P>(ctx)?, &documents, &claim_month)
    }

    fn accept(
        ctx: types::Context,
        documents: Vec<Document>,
        outcomes: Vec<adapter::ReceiptOutcome>,
    ) -> Result<Vec<Document>, Fault> {
        P::accept(&enter::<P>(ctx)?, &documents, &outcomes)
    }
}

impl<P: Checker> k::exports::reseplug::plugin::checker::Guest for Exported<P> {
    fn check(ctx: types::Context, documents: Vec<Document>) -> Result<Vec<Finding>, Fault> {
        P::check(&enter::<P>(ctx)?, &documents)
    }
}

impl<P: Eligibility> e::exports::reseplug::plugin::eligibility::Guest for Exported<P> {
    fn verify_each(
        ctx: types::Context,
        queries: Vec<eligibility::Query>,
    ) -> Result<Vec<eligibility::Verification>, Fault> {
        P::verify_each(&enter::<P>(ctx)?, &Host::imports(), &queries)
    }

    fn verify_many(
        ctx: types::Context,
        queries: Vec<eligibility::Query>,
    ) -> Result<Vec<eligibility::Verification>, Fault> {
        P::verify_many(&enter::<P>(ctx)?, &Host::imports(), &queries)
    }

    fn collect_consents(
        ctx: types::Context,
        consented: Period,
    ) -> Result<Vec<eligibility::Verification>, Fault> {
        P::collect_consents(&enter::<P>(ctx)?, &Host::imports(), &consented)
    }

    fn register_references(
        ctx: types::Context,
        registrations: Vec<eligibility::Registration>,
    ) -> Result<Vec<eligibility::RegistrationResult>, Fault> {
        P::register_references(&enter::<P>(ctx)?, &Host::imports(), &registrations)
    }
}

impl<P: HomeVisit> v::exports::reseplug::plugin::home_visit::Guest for Exported<P> {
    fn recheck_many(
        ctx: types::Context,
        queries: Vec<eligibility::Query>,
    ) -> Result<Vec<eligibility::Verification>, Fault> {
        P::recheck_many(&enter::<P>(ctx)?, &Host::imports(), &queries)
    }

    fn collect_tickets(
        ctx: types::Context,
        treatment_month: String,
    ) -> Result<Vec<eligibility::Verification>, Fault> {
        P::collect_tickets(&enter::<P>(ctx)?, &Host::imports(), &treatment_month)
    }

    fn fetch_medical(
        ctx: types::Context,
        query: home_visit::MedicalQuery,
    ) -> Result<home_visit::MedicalInformation, Fault> {
        P::fetch_medical(&enter::<P>(ctx)?, &Host::imports(), &query)
    }

    fn revoke_consent(
        ctx: types::Context,
        revocations: Vec<home_visit::Revocation>,
    ) -> Result<Vec<home_visit::RevocationResult>, Fault> {
        P::revoke_consent(&enter::<P>(ctx)?, &Host::imports(), &revocations)
    }

    fn get_visit_page(
        ctx: types::Context,
        request: home_visit::PageRequest,
    ) -> Result<home_visit::VisitPage, Fault> {
        P::get_visit_page(&enter::<P>(ctx)?, &Host::imports(), &request)
    }
}

impl<P: Claims> c::exports::reseplug::plugin::claims::Guest for Exported<P> {
    fn submit(ctx: types::Context, filing: claims::Filing) -> Result<claims::Submission, Fault> {
        P::submit(&enter::<P>(ctx)?, &Host::imports(), &filing)
    }

    fn get_status(ctx: types::Context, reference: String) -> Result<claims::Status, Fault> {
        P::get_status(&enter::<P>(ctx)?, &Host::imports(), &reference)
    }

    fn findings(ctx: types::Context, reference: String) -> Result<Vec<Finding>, Fault> {
        P::findings(&enter::<P>(ctx)?, &Host::imports(), &reference)
    }

    fn confirm(
        ctx: types::Context,
        reference: String,
        include_errors: bool,
    ) -> Result<claims::Status, Fault> {
        P::confirm(
            &enter::<P>(ctx)?,
            &Host::imports(),
            &reference,
            include_errors,
        )
    }

    fn withdraw(ctx: types::Context, reference: String) -> Result<claims::Status, Fault> {
        P::withdraw(&enter::<P>(ctx)?, &Host::imports(), &reference)
    }

    fn get_acknowledgement(
        ctx: types::Context,
        reference: String,
    ) -> Result<Option<claims::Acknowledgement>, Fault> {
        P::get_acknowledgement(&enter::<P>(ctx)?, &Host::imports(), &reference)
    }

    fn submissions(
        ctx: types::Context,
        claim_month: String,
    ) -> Result<Vec<claims::KnownSubmission>, Fault> {
        P::submissions(&enter::<P>(ctx)?, &Host::imports(), &claim_month)
    }

    fn get_document(ctx: types::Context, reference: String) -> Result<Document, Fault> {
        P::get_document(&enter::<P>(ctx)?, &Host::imports(), &reference)
    }

    fn take_down(
        ctx: types::Context,
        reference: String,
        receipts: Vec<u32>,
        reason: String,
    ) -> Result<claims::Status, Fault> {
        let ctx = enter::<P>(ctx)?;
        P::take_down(&ctx, &Host::imports(), &reference, &receipts, &reason)
    }

    fn downloads(ctx: types::Context, known: Vec<String>) -> Result<Vec<claims::Download>, Fault> {
        P::downloads(&enter::<P>(ctx)?, &Host::imports(), &known)
    }

    fn read_download(
        ctx: types::Context,
        kind: claims::DownloadKind,
        filing: Option<claims::Filing>,
        download: Document,
    ) -> Result<claims::Reading, Fault> {
        let ctx = enter::<P>(ctx)?;
        P::read_download(&ctx, &Host::imports(), &kind, filing.as_ref(), &download)
    }
}

/// Exports a type that implements [`Adapter`].
#[macro_export]
macro_rules! export_adapter {
    ($plugin:ty) => {
        $crate::export_plugin!($plugin: Adapter);
    };
}

/// Exports a type that implements [`Checker`].
#[macro_export]
macro_rules! export_checker {
    ($plugin:ty) => {
        $crate::export_plugin!($plugin: Checker);
    };
}

/// Exports a type that implements [`Eligibility`].
#[macro_export]
macro_rules! export_eligibility {
    ($plugin:ty) => {
        $crate::export_plugin!($plugin: Eligibility);
    };
}

/// Exports a type that implements [`HomeVisit`] and with it [`Eligibility`].
#[macro_export]
macro_rules! export_home_visit {
    ($plugin:ty) => {
        $crate::export_plugin!($plugin: Eligibility, HomeVisit);
    };
}

/// Exports a type that implements [`Claims`].
#[macro_export]
macro_rules! export_claims {
    ($plugin:ty) => {
        $crate::export_plugin!($plugin: Claims);
    };
}

/// Exports a type that implements several roles: `export_plugin!(Mine: Adapter, Checker);`.
/// Once per crate, at its root. Natively nothing is exported: an export of the contract does
/// not link into a native test.
#[macro_export]
macro_rules! export_plugin {
    ($plugin:ty: $($role:ident),+ $(,)?) => {
        $(
            const _: () = {
                const fn implements<P: $crate::$role>() {}
                implements::<$plugin>();
            };
        )+
        #[cfg(target_arch = "wasm32")]
        #[doc(hidden)]
        #[allow(
            unsafe_code,
            unreachable_pub,
            unused_imports,
            reason = "generated: the canonical ABI exports functions under fixed names"
        )]
        mod __reseplug_export {
            use super::*;
            type Exported = $crate::export::Exported<$plugin>;
            $crate::bindings::base::__reseplug_export_base!(
                Exported with_types_in $crate::bindings::base
            );
            $($crate::__export_role!($role Exported);)+
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __export_role {
    (Adapter $exported:ident) => {
        $crate::bindings::adapter::__reseplug_export_adapter!(
            $exported with_types_in $crate::bindings::adapter
        );
    };
    (Checker $exported:ident) => {
        $crate::bindings::checker::__reseplug_export_checker!(
            $exported with_types_in $crate::bindings::checker
        );
    };
    (Eligibility $exported:ident) => {
        $crate::bindings::eligibility::__reseplug_export_eligibility!(
            $exported with_types_in $crate::bindings::eligibility
        );
    };
    (HomeVisit $exported:ident) => {
        $crate::bindings::home_visit::__reseplug_export_home_visit!(
            $exported with_types_in $crate::bindings::home_visit
        );
    };
    (Claims $exported:ident) => {
        $crate::bindings::claims::__reseplug_export_claims!(
            $exported with_types_in $crate::bindings::claims
        );
    };
}
