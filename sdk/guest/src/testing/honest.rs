//! Checks of what a plugin says of itself.

use super::{Script, context};
use crate::claims::{DownloadKind, Filing, FilingKind};
use crate::construct::UNSUPPORTED;
use crate::home_visit::{Holder, MedicalFormat, MedicalKind, MedicalQuery, PageRequest, QrFormat};
use crate::roles::{Adapter, Claims, Eligibility, HomeVisit, Plugin};
use crate::types::{Document, DocumentKind, Fault, Payer, Period};
use crate::{Context, Host};

/// Checks what [`crate::describe`] will say: both summaries are there, and the settings'
/// example is JSON that reads back. Call it in a unit test of every plugin.
#[track_caller]
pub fn check_description<P: Plugin>() {
    let description = crate::describe::<P>();
    assert!(!description.summary_ja.is_empty(), "SUMMARY_JA is empty");
    assert!(!description.summary_en.is_empty(), "SUMMARY_EN is empty");
    if let Err(error) = serde_json::from_str::<P::Settings>(&description.settings_example) {
        fail(format!(
            "the example of the settings does not read back: {error}\n{}",
            description.settings_example
        ));
    }
}

/// Checks that [`Plugin::unsupported`] lists exactly the functions of the role `adapter`
/// that answer `plugin/unsupported` for no documents and example settings.
#[track_caller]
pub fn check_adapter<P: Adapter>() {
    let ctx = example::<P>();
    check::<P>(
        "adapter",
        &[
            ("read-register", fault(P::read_register(&ctx, &[]))),
            ("apply-register", fault(P::apply_register(&ctx, &[], &[]))),
            ("read-month", fault(P::read_month(&ctx, &[]))),
            ("apply-month", fault(P::apply_month(&ctx, &[], &[]))),
            ("claim", fault(P::claim(&ctx, &[], "2024-11"))),
            ("accept", fault(P::accept(&ctx, &[], &[]))),
        ],
    );
}

/// The same for the role `eligibility`, in a world that refuses everything.
#[track_caller]
pub fn check_eligibility<P: Eligibility>() {
    let ctx = example::<P>();
    let away = || Host::scripted(Script::away());
    check::<P>(
        "eligibility",
        &[
            ("verify-each", fault(P::verify_each(&ctx, &away(), &[]))),
            ("verify-many", fault(P::verify_many(&ctx, &away(), &[]))),
            (
                "collect-consents",
                fault(P::collect_consents(&ctx, &away(), &Period::OPEN)),
            ),
            (
                "register-references",
                fault(P::register_references(&ctx, &away(), &[])),
            ),
        ],
    );
}

/// The same for the interface `home-visit`, in a world that refuses everything.
#[track_caller]
pub fn check_home_visit<P: HomeVisit>() {
    let ctx = example::<P>();
    let query = MedicalQuery {
        id: "q1".into(),
        kind: MedicalKind::Drug,
        format: MedicalFormat::Xml,
        holder: Holder {
            insurer_number: "01990011".into(),
            symbol: Some("1".into()),
            number: "1".into(),
            branch: None,
            birth_date: "1950-01-01".into(),
            extra: Vec::new(),
        },
        from: None,
        to: None,
        with_diagnoses: false,
        extra: Vec::new(),
    };
    let request = PageRequest {
        qr: QrFormat::None,
        change_url: false,
        extra: Vec::new(),
    };
    let away = || Host::scripted(Script::away());
    check::<P>(
        "home-visit",
        &[
            ("recheck-many", fault(P::recheck_many(&ctx, &away(), &[]))),
            (
                "collect-tickets",
                fault(P::collect_tickets(&ctx, &away(), "2024-11")),
            ),
            (
                "fetch-medical",
                fault(P::fetch_medical(&ctx, &away(), &query)),
            ),
            (
                "revoke-consent",
                fault(P::revoke_consent(&ctx, &away(), &[])),
            ),
            (
                "get-visit-page",
                fault(P::get_visit_page(&ctx, &away(), &request)),
            ),
        ],
    );
}

/// The same for the role `claims`, in a world that refuses everything.
#[track_caller]
pub fn check_claims<P: Claims>() {
    let ctx = example::<P>();
    let document = Document::new("RECEIPTH.UKE", DocumentKind::Claim, "HM");
    let filing = Filing {
        key: "k".into(),
        payer: Payer::SocialInsuranceFund,
        claim_month: "2024-11".into(),
        kind: FilingKind::Claim,
        sequence: 1,
        sha256: String::new(),
        receipts: 0,
        total: 0,
        document: document.clone(),
        replaces: None,
        before: None,
        calendar: vec![],
    };
    let away = || Host::scripted(Script::away());
    check::<P>(
        "claims",
        &[
            ("submit", fault(P::submit(&ctx, &away(), &filing))),
            ("get-status", fault(P::get_status(&ctx, &away(), "r"))),
            ("findings", fault(P::findings(&ctx, &away(), "r"))),
            ("confirm", fault(P::confirm(&ctx, &away(), "r", false))),
            ("withdraw", fault(P::withdraw(&ctx, &away(), "r"))),
            (
                "get-acknowledgement",
                fault(P::get_acknowledgement(&ctx, &away(), "r")),
            ),
            (
                "submissions",
                fault(P::submissions(&ctx, &away(), "2024-11")),
            ),
            ("get-document", fault(P::get_document(&ctx, &away(), "r"))),
            (
                "take-down",
                fault(P::take_down(&ctx, &away(), "r", &[1], "reason")),
            ),
            ("downloads", fault(P::downloads(&ctx, &away(), &[]))),
            (
                "read-download",
                fault(P::read_download(
                    &ctx,
                    &away(),
                    &DownloadKind::Acknowledgement,
                    Some(&filing),
                    &document,
                )),
            ),
        ],
    );
}

fn example<P: Plugin>() -> Context<P::Settings> {
    context(P::Settings::default())
}

fn fault<T>(result: Result<T, Fault>) -> Option<Fault> {
    result.err()
}

#[track_caller]
fn check<P: Plugin>(role: &str, answers: &[(&str, Option<Fault>)]) {
    let listed = P::unsupported();
    let prefix = format!("{role}.");
    for name in listed.iter().filter_map(|name| name.strip_prefix(&prefix)) {
        if !answers.iter().any(|(function, _)| *function == name) {
            fail(format!(
                "unsupported() lists {role}.{name}, which the contract does not have"
            ));
        }
    }
    for (function, fault) in answers {
        let name = format!("{role}.{function}");
        let unsupported = fault
            .as_ref()
            .is_some_and(|fault| fault.code == UNSUPPORTED);
        match (unsupported, listed.contains(&name.as_str())) {
            (true, false) => fail(format!("{name} is not offered: list it in unsupported()")),
            (false, true) => fail(format!("{name} is offered: take it out of unsupported()")),
            _ => {}
        }
    }
}

#[expect(
    clippy::panic,
    reason = "fails the author's test; never part of a component"
)]
#[track_caller]
fn fail(message: String) {
    panic!("{message}")
}
