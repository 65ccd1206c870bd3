//! A loaded plugin and the calls it answers.

use crate::bindings::adapter::exports::reseplug::plugin::adapter;
use crate::bindings::claims::exports::reseplug::plugin::claims;
use crate::bindings::eligibility::exports::reseplug::plugin::eligibility;
use crate::bindings::home_visit::exports::reseplug::plugin::home_visit;
use crate::call::{Call, Step};
use crate::contract::{
    self, Applied, ClaimFile, Context, Description, Document, Finding, MonthOperation, Receipt,
    ReceiptOutcome, RegisterEntry, RegisterOperation,
};
use crate::engine::Inner;
use crate::log::{LogLine, LogSink};
use crate::roles::Roles;
use crate::run::{Left, Run};
use crate::state::{Effects, State};
use crate::{CallError, CodeOrigin, Failure, FailureKind, Inspection, sense};
use reseplug_effect::{Answer, Fault, Recorded, codes};
use reseplug_policy::{LimitOverrides, Limits, Role};
use serde::Serialize;
use std::sync::Arc;
use wasmtime::Store;
use wasmtime::component::{Instance, InstancePre};

/// A loaded plugin. Every call runs in a fresh instance of its own. Cheap to clone.
#[derive(Clone)]
pub struct Plugin {
    engine: Arc<Inner>,
    inspection: Arc<Inspection>,
    pre: InstancePre<State>,
    roles: Roles,
    origin: CodeOrigin,
    limits: LimitOverrides,
    log: Option<LogSink>,
}

impl std::fmt::Debug for Plugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plugin")
            .field("id", &self.inspection.manifest.id)
            .finish_non_exhaustive()
    }
}

/// What a typed call of the bindings returns.
type Raw<T> = wasmtime::Result<Result<T, contract::Fault>>;

impl Plugin {
    pub(crate) fn new(
        engine: Arc<Inner>,
        inspection: Inspection,
        pre: InstancePre<State>,
        roles: Roles,
        origin: CodeOrigin,
        log: Option<LogSink>,
    ) -> Self {
        let inspection = Arc::new(inspection);
        Self {
            engine,
            inspection,
            pre,
            roles,
            origin,
            limits: LimitOverrides::default(),
            log,
        }
    }

    /// What the component says and shows of itself.
    pub fn inspection(&self) -> &Inspection {
        &self.inspection
    }

    /// Whether its code came from the cache.
    pub fn code_origin(&self) -> CodeOrigin {
        self.origin
    }

    /// The same plugin under a station's limits.
    #[must_use]
    pub fn with_limits(mut self, limits: LimitOverrides) -> Self {
        self.limits = limits;
        self
    }

    /// The same plugin with another receiver of its log lines: for instance one that knows the
    /// job they belong to.
    #[must_use]
    pub fn with_log(mut self, log: LogSink) -> Self {
        self.log = Some(log);
        self
    }

    /// The limits its calls run under in a role.
    pub fn limits(&self, role: Role) -> Limits {
        self.limits.over(role)
    }

    /// `plugin.describe`
    pub fn describe(&self) -> Result<Description, CallError> {
        let role = self
            .inspection
            .roles
            .first()
            .copied()
            .unwrap_or(Role::Adapter);
        self.pure(role, "plugin.describe", 0, |store, instance| {
            Ok(Ok(self
                .roles
                .plugin
                .load(&mut *store, instance)?
                .call_describe(store)?))
        })
    }

    /// `adapter.read-register`
    pub fn read_register(
        &self,
        ctx: &Context,
        documents: &[Document],
    ) -> Result<Vec<RegisterEntry>, CallError> {
        self.adapter("adapter.read-register", ctx, documents, |guest, store| {
            guest.call_read_register(store, ctx, documents)
        })
    }

    /// `adapter.apply-register`. Every operation is answered exactly once, or the answer is
    /// refused.
    pub fn apply_register(
        &self,
        ctx: &Context,
        documents: &[Document],
        operations: &[RegisterOperation],
    ) -> Result<Applied, CallError> {
        const CALL: &str = "adapter.apply-register";
        let applied = self.adapter(CALL, ctx, documents, |guest, store| {
            guest.call_apply_register(store, ctx, documents, operations)
        })?;
        self.sensible(CALL, applied, |applied| {
            sense::applied(applied, operations.iter().map(sense::register_id))
        })
    }

    /// `adapter.read-month`
    pub fn read_month(
        &self,
        ctx: &Context,
        documents: &[Document],
    ) -> Result<Vec<Receipt>, CallError> {
        self.adapter("adapter.read-month", ctx, documents, |guest, store| {
            guest.call_read_month(store, ctx, documents)
        })
    }

    /// `adapter.apply-month`. Every operation is answered exactly once, or the answer is
    /// refused.
    pub fn apply_month(
        &self,
        ctx: &Context,
        documents: &[Document],
        operations: &[MonthOperation],
    ) -> Result<Applied, CallError> {
        const CALL: &str = "adapter.apply-month";
        let applied = self.adapter(CALL, ctx, documents, |guest, store| {
            guest.call_apply_month(store, ctx, documents, operations)
        })?;
        self.sensible(CALL, applied, |applied| {
            sense::applied(applied, operations.iter().map(sense::month_id))
        })
    }

    /// `adapter.claim`
    pub fn claim(
        &self,
        ctx: &Context,
        documents: &[Document],
        claim_month: &str,
    ) -> Result<Vec<ClaimFile>, CallError> {
        const CALL: &str = "adapter.claim";
        let files = self.adapter(CALL, ctx, documents, |guest, store| {
            guest.call_claim(store, ctx, documents, &claim_month.to_owned())
        })?;
        self.sensible(CALL, files, |files| sense::claim(files, claim_month))
    }

    /// `adapter.accept`
    pub fn accept(
        &self,
        ctx: &Context,
        documents: &[Document],
        outcomes: &[ReceiptOutcome],
    ) -> Result<Vec<Document>, CallError> {
        self.adapter("adapter.accept", ctx, documents, |guest, store| {
            guest.call_accept(store, ctx, documents, outcomes)
        })
    }

    /// `checker.check`
    pub fn check(&self, ctx: &Context, documents: &[Document]) -> Result<Vec<Finding>, CallError> {
        const CALL: &str = "checker.check";
        let Some(indices) = &self.roles.checker else {
            return Err(self.unsupported(CALL).into());
        };
        let findings = self.pure(
            Role::Checker,
            CALL,
            weight(ctx, documents),
            |store, instance| {
                indices
                    .load(&mut *store, instance)?
                    .call_check(store, ctx, documents)
            },
        )?;
        self.sensible(CALL, findings, |findings| sense::findings(findings))
    }

    /// Runs a durable call from its start, answering its effects from the history.
    pub fn step(&self, call: &Call, history: &[Recorded]) -> Step {
        let name = call.name();
        let outcome = match (call.role(), &self.roles) {
            (_, roles) if call.is_home_visit() => {
                let Some(indices) = &roles.home_visit else {
                    return Step::Fault(self.unsupported(name));
                };
                self.durable(call, history, |store, instance| {
                    home_visit_call(&indices.load(&mut *store, instance)?, store, call)
                })
            }
            (
                Role::Eligibility,
                Roles {
                    eligibility: Some(indices),
                    ..
                },
            ) => self.durable(call, history, |store, instance| {
                eligibility_call(&indices.load(&mut *store, instance)?, store, call)
            }),
            (
                Role::Claims,
                Roles {
                    claims: Some(indices),
                    ..
                },
            ) => self.durable(call, history, |store, instance| {
                claims_call(&indices.load(&mut *store, instance)?, store, call)
            }),
            _ => return Step::Fault(self.unsupported(name)),
        };
        match outcome {
            Ok(Ok(Reply::Value(value))) => Step::Return(value),
            Ok(Ok(Reply::Nonsense(what))) => Step::Failed(self.nonsense(name, what)),
            Ok(Err(fault)) => Step::Fault(fault.into()),
            Err(Left::Need(effect)) => Step::Need(effect),
            Err(Left::Diverged {
                index,
                recorded,
                now,
            }) => Step::Diverged {
                index,
                recorded,
                now,
            },
            Err(Left::Failed(failure)) => Step::Failed(CallError::Failure(failure)),
        }
    }

    fn durable(
        &self,
        call: &Call,
        history: &[Recorded],
        body: impl FnOnce(&mut Store<State>, &Instance) -> Raw<Reply>,
    ) -> Result<Result<Reply, contract::Fault>, Left> {
        let input = history
            .iter()
            .map(|entry| answer_weight(&entry.answer))
            .fold(call.weight(), usize::saturating_add);
        let effects = Effects::History {
            recorded: history.to_vec(),
            next: 0,
        };
        let (result, log) = self
            .prepared(call.role(), call.name(), input)
            .run(effects, body);
        self.deliver(&log);
        result
    }

    fn adapter<T>(
        &self,
        call: &'static str,
        ctx: &Context,
        documents: &[Document],
        body: impl FnOnce(&adapter::Guest, &mut Store<State>) -> Raw<T>,
    ) -> Result<T, CallError> {
        let Some(indices) = &self.roles.adapter else {
            return Err(self.unsupported(call).into());
        };
        self.pure(
            Role::Adapter,
            call,
            weight(ctx, documents),
            |store, instance| body(&indices.load(&mut *store, instance)?, store),
        )
    }

    fn pure<T>(
        &self,
        role: Role,
        call: &'static str,
        input: usize,
        body: impl FnOnce(&mut Store<State>, &Instance) -> Raw<T>,
    ) -> Result<T, CallError> {
        let (result, log) = self.prepared(role, call, input).run(Effects::None, body);
        self.deliver(&log);
        match result {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(fault)) => Err(CallError::Fault(fault.into())),
            Err(Left::Failed(failure)) => Err(CallError::Failure(failure)),
            // A pure call has no history to want more of or to diverge from.
            Err(left) => Err(self.nonsense(call, format!("{left:?}"))),
        }
    }

    fn prepared(&self, role: Role, call: &'static str, input: usize) -> Run<'_> {
        let plugin = &self.inspection.manifest.id;
        Run {
            engine: &self.engine,
            pre: &self.pre,
            plugin,
            call,
            limits: self.limits(role),
            input,
        }
    }

    fn deliver(&self, lines: &[LogLine]) {
        if let Some(log) = &self.log
            && !lines.is_empty()
        {
            log(lines);
        }
    }

    fn sensible<T>(
        &self,
        call: &'static str,
        value: T,
        check: impl FnOnce(&T) -> Result<(), String>,
    ) -> Result<T, CallError> {
        match check(&value) {
            Ok(()) => Ok(value),
            Err(what) => Err(self.nonsense(call, what)),
        }
    }

    fn nonsense(&self, call: &'static str, what: String) -> CallError {
        CallError::Failure(Box::new(Failure {
            plugin: self.inspection.manifest.id.clone(),
            call: call.to_owned(),
            kind: FailureKind::Nonsense { what },
            backtrace: String::new(),
        }))
    }

    fn unsupported(&self, call: &str) -> Fault {
        let id = &self.inspection.manifest.id;
        Fault::new(
            codes::UNSUPPORTED,
            format!("プラグイン「{id}」には {call} の機能がありません"),
            format!("the plugin `{id}` does not offer {call}"),
        )
    }
}

/// What a durable call returned: a value, or one that makes no sense.
enum Reply {
    Value(serde_json::Value),
    Nonsense(String),
}

fn eligibility_call(
    guest: &eligibility::Guest,
    store: &mut Store<State>,
    call: &Call,
) -> Raw<Reply> {
    match call {
        Call::VerifyEach { ctx, queries } => {
            reply(guest.call_verify_each(store, ctx, queries)?, |answers| {
                sense::answers(answers, queries)
            })
        }
        Call::VerifyMany { ctx, queries } => {
            reply(guest.call_verify_many(store, ctx, queries)?, |answers| {
                sense::answers(answers, queries)
            })
        }
        Call::CollectConsents { ctx, consented } => {
            reply(guest.call_collect_consents(store, ctx, consented)?, any)
        }
        Call::RegisterReferences { ctx, registrations } => reply(
            guest.call_register_references(store, ctx, registrations)?,
            |results| sense::registrations(results, registrations),
        ),
        other => Ok(Ok(Reply::Nonsense(format!(
            "{} is not of this role",
            other.name()
        )))),
    }
}

fn home_visit_call(guest: &home_visit::Guest, store: &mut Store<State>, call: &Call) -> Raw<Reply> {
    match call {
        Call::RecheckMany { ctx, queries } => {
            reply(guest.call_recheck_many(store, ctx, queries)?, |answers| {
                sense::answers(answers, queries)
            })
        }
        Call::CollectTickets {
            ctx,
            treatment_month,
        } => reply(
            guest.call_collect_tickets(store, ctx, treatment_month)?,
            any,
        ),
        Call::FetchMedical { ctx, query } => {
            reply(guest.call_fetch_medical(store, ctx, query)?, |answer| {
                sense::medical(answer, query)
            })
        }
        Call::RevokeConsent { ctx, revocations } => reply(
            guest.call_revoke_consent(store, ctx, revocations)?,
            |results| sense::revocations(results, revocations),
        ),
        Call::VisitPage { ctx, request } => {
            reply(guest.call_get_visit_page(store, ctx, request)?, any)
        }
        other => Ok(Ok(Reply::Nonsense(format!(
            "{} is not of this interface",
            other.name()
        )))),
    }
}

fn claims_call(guest: &claims::Guest, store: &mut Store<State>, call: &Call) -> Raw<Reply> {
    match call {
        Call::Submit { ctx, filing } => reply(guest.call_submit(store, ctx, filing)?, any),
        Call::Status { ctx, reference } => {
            reply(guest.call_get_status(store, ctx, reference)?, any)
        }
        Call::Findings { ctx, reference } => {
            reply(guest.call_findings(store, ctx, reference)?, any)
        }
        Call::Confirm {
            ctx,
            reference,
            include_errors,
        } => reply(
            guest.call_confirm(store, ctx, reference, *include_errors)?,
            any,
        ),
        Call::Withdraw { ctx, reference } => {
            reply(guest.call_withdraw(store, ctx, reference)?, any)
        }
        Call::Acknowledgement { ctx, reference } => {
            reply(guest.call_get_acknowledgement(store, ctx, reference)?, any)
        }
        Call::Submissions { ctx, claim_month } => {
            reply(guest.call_submissions(store, ctx, claim_month)?, any)
        }
        Call::SubmittedDocument { ctx, reference } => {
            reply(guest.call_get_document(store, ctx, reference)?, any)
        }
        Call::TakeDown {
            ctx,
            reference,
            receipts,
            reason,
        } => reply(
            guest.call_take_down(store, ctx, reference, receipts, reason)?,
            any,
        ),
        Call::Downloads { ctx, known } => reply(guest.call_downloads(store, ctx, known)?, any),
        Call::ReadDownload {
            ctx,
            kind,
            filing,
            download,
        } => reply(
            guest.call_read_download(store, ctx, kind, filing.as_ref(), download)?,
            any,
        ),
        other => Ok(Ok(Reply::Nonsense(format!(
            "{} is not of this role",
            other.name()
        )))),
    }
}

/// No more is expected of the value than its type.
fn any<T>(_: &T) -> Result<(), String> {
    Ok(())
}

fn reply<T: Serialize>(
    result: Result<T, contract::Fault>,
    check: impl FnOnce(&T) -> Result<(), String>,
) -> Raw<Reply> {
    Ok(result.map(|value| match check(&value) {
        Err(what) => Reply::Nonsense(what),
        Ok(()) => serde_json::to_value(value)
            .map_or_else(|e| Reply::Nonsense(e.to_string()), Reply::Value),
    }))
}

/// Bytes of the arguments that can be large.
fn weight(ctx: &Context, documents: &[Document]) -> usize {
    documents
        .iter()
        .map(|document| document.bytes.len())
        .fold(ctx.settings.len(), usize::saturating_add)
}

fn answer_weight(answer: &Answer) -> usize {
    match answer {
        Answer::Arrivals { arrivals } => arrivals
            .iter()
            .map(|arrival| arrival.body.as_slice().len())
            .sum(),
        Answer::Response { response } => response.body.as_slice().len(),
        Answer::Random { bytes } => bytes.as_slice().len(),
        _ => 0,
    }
}
