//! Connector `eligibility`: オンライン資格確認 over the exchange folders of the 資格確認端末.
//!
//! It writes requests into the terminal's folder and reads the answers: one person
//! (`OQSsiquc01`), many people in one message per day (`OQSmuquc01` / `02`), everybody who
//! consented at home through マイナ在宅受付Web (`OQSmuhvq01` / `02`, **layout unconfirmed**,
//! marked so in every answer), 照会番号 (`OQSsiimm01`, `OQSmuimm01` / `02`), everybody on
//! 医療扶助 whose 医療券 names the station (`OQSmutic01` / `02`, **unconfirmed**), and medical
//! information (`YZKsiquc01`, `TKKsiquc01`, **unconfirmed**).
//!
//! Re-checking without the card, withdrawing a consent and the visit page have layouts that
//! are not public. They stand behind the setting `layouts`; without it these operations
//! answer `onshi/layout-unknown`.
//!
//! What it refuses: encrypted answers (a setting of the terminal), answers that echo another
//! request, answers without an encoding of their own that contradict the station's setting.
//! It never guesses which person an answer belongs to: only the echoed identifier counts.
//! A bulk request whose acceptance never came is never sent again by itself.
//!
//! Where it sits: it knows the interface (through the crate `onshi`) and nothing of the
//! host's folders, products or rules. Which answer fills anything is decided by the host.

mod answer;
mod ask;
mod batches;
mod bulk;
mod entries;
mod faults;
mod medical;
mod page;
mod recheck;
mod register;
mod revoke;
mod settings;
mod shape;
mod single;
mod terminal;
mod verify;

#[cfg(test)]
mod tests;

pub use settings::{Encoding, Settings};

use reseplug_sdk::eligibility::{Query, Registration, RegistrationResult, Verification};
use reseplug_sdk::home_visit::{
    MedicalInformation, MedicalQuery, PageRequest, Revocation, RevocationResult, VisitPage,
};
use reseplug_sdk::{Context, Eligibility, Fault, HomeVisit, Host, Period, Plugin};

/// The plugin.
#[derive(Debug)]
pub struct OnshiTerminal;

impl Plugin for OnshiTerminal {
    type Settings = Settings;

    const SUMMARY_JA: &'static str = "資格確認端末の連携フォルダーを通して、利用者の資格の照会、居宅で同意した方の資格の取得、照会番号の登録、医療扶助・診療情報等の照会を行います。";
    const SUMMARY_EN: &'static str = "Verifies eligibility, collects consents given at home, registers reference numbers and fetches tickets and medical information through the exchange folders of the 資格確認端末.";
}

impl Eligibility for OnshiTerminal {
    fn verify_each(
        ctx: &Context<Settings>,
        host: &Host,
        queries: &[Query],
    ) -> Result<Vec<Verification>, Fault> {
        single::each(ctx, host, queries)
    }

    fn verify_many(
        ctx: &Context<Settings>,
        host: &Host,
        queries: &[Query],
    ) -> Result<Vec<Verification>, Fault> {
        verify::many(ctx, host, queries)
    }

    fn collect_consents(
        ctx: &Context<Settings>,
        host: &Host,
        consented: &Period,
    ) -> Result<Vec<Verification>, Fault> {
        batches::consents(ctx, host, consented)
    }

    fn register_references(
        ctx: &Context<Settings>,
        host: &Host,
        registrations: &[Registration],
    ) -> Result<Vec<RegistrationResult>, Fault> {
        register::references(ctx, host, registrations)
    }
}

impl HomeVisit for OnshiTerminal {
    fn recheck_many(
        ctx: &Context<Settings>,
        host: &Host,
        queries: &[Query],
    ) -> Result<Vec<Verification>, Fault> {
        recheck::many(ctx, host, queries)
    }

    fn collect_tickets(
        ctx: &Context<Settings>,
        host: &Host,
        treatment_month: &str,
    ) -> Result<Vec<Verification>, Fault> {
        batches::tickets(ctx, host, treatment_month)
    }

    fn fetch_medical(
        ctx: &Context<Settings>,
        host: &Host,
        query: &MedicalQuery,
    ) -> Result<MedicalInformation, Fault> {
        medical::fetch(ctx, host, query)
    }

    fn revoke_consent(
        ctx: &Context<Settings>,
        host: &Host,
        revocations: &[Revocation],
    ) -> Result<Vec<RevocationResult>, Fault> {
        revoke::all(ctx, host, revocations)
    }

    fn get_visit_page(
        ctx: &Context<Settings>,
        host: &Host,
        request: &PageRequest,
    ) -> Result<VisitPage, Fault> {
        page::get(ctx, host, request)
    }
}

reseplug_sdk::export_home_visit!(OnshiTerminal);
