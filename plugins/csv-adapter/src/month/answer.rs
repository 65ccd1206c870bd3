//! `read-month` and `claim`: the plan as the contract's values, and as claim files.

use receden::{ClaimFile, HeaderFields};
use reseplug_model::{Month, Payer, StationCode, Yen};
use reseplug_sdk::adapter::{ClaimFile as Claim, Receipt};
use reseplug_sdk::{Context, Document, DocumentKind, Fault, types};

use super::compose::{Composer, too_large};
use super::form;
use super::plan::{Cover, Plan, Planned};
use super::read::{Charge, MonthTable};
use crate::register::Register;
use crate::settings::Settings;

/// The receipts of the month. A day that no coverage holds is no fault here: the receipt has no
/// coverage, and its `extra` names the days, so that the person can be asked about.
pub(crate) fn month(settings: &Settings, documents: &[Document]) -> Result<Vec<Receipt>, Fault> {
    let register = Register::open(settings, documents)?;
    let month = MonthTable::open(settings, documents)?;
    let plan = Plan::make(settings, &register, &month)?;
    let mut receipts = Vec::new();
    for planned in &plan.receipts {
        let Some(entry) = plan.people.get(planned.person) else {
            continue;
        };
        let Some(first) = planned.charges.iter().map(|charge| charge.row).min() else {
            continue;
        };
        let days: Vec<String> = planned.days().iter().map(ToString::to_string).collect();
        let mut extra = money(&month, planned)?;
        if let Cover::Nobody(_) = &planned.cover {
            extra.push(("days-not-covered".to_owned(), days.join(" ")));
        }
        receipts.push(Receipt {
            id: format!(
                "{}#{}/{}/{}",
                month.table.name(),
                entry.person.key,
                planned.month,
                planned.part
            ),
            document: month.table.name().to_owned(),
            number: planned.number,
            payer: payer(planned.payer),
            service_month: planned.month.to_string(),
            // Empty while the register does not say enough.
            receipt_type: planned
                .receipt_type(entry)
                .map(|kind| kind.to_string())
                .unwrap_or_default(),
            person: entry.person.clone(),
            coverage: planned
                .cover
                .insured()
                .map(|period| period.coverage.clone()),
            public_expenses: planned
                .public_expenses
                .iter()
                .map(crate::register::Public::to_contract)
                .collect(),
            income: extra
                .iter()
                .find(|(name, _)| name == REMARKS)
                .and_then(|(_, codes)| receden::edit::income_remark(codes))
                .map(str::to_owned),
            days,
            total: planned.total().ok_or_else(|| too_large(entry))?.0,
            place: month.table.row_place(first),
            extra,
        });
    }
    Ok(receipts)
}

/// Name of レセプト特記 in a receipt's `extra`.
const REMARKS: &str = "レセプト特記";

/// What the product decided about money, for the host to check against evidence and never to
/// write: the fields of the settings' records, by their names in the trade.
fn money(month: &MonthTable, planned: &Planned) -> Result<Vec<(String, String)>, Fault> {
    let rows: Vec<_> = planned.charges.iter().map(|charge| charge.row).collect();
    let mut extra = Vec::new();
    let mut fields = vec![
        ("RE".to_owned(), 12, REMARKS.to_owned()),
        ("RE".to_owned(), 13, "一部負担金区分".to_owned()),
        ("MF".to_owned(), 2, "窓口負担額区分".to_owned()),
        ("HO".to_owned(), 9, "一部負担金額".to_owned()),
    ];
    for (n, public) in (1..).zip(&planned.public_expenses) {
        let record = format!("KO{}", public.slot);
        fields.push((record, 7, format!("公費{n}一部負担金額")));
    }
    for (record, field, name) in fields {
        let text = month
            .values(&record, &rows)?
            .into_iter()
            .flat_map(|(_, values)| values)
            .find(|(number, _, _)| *number == field)
            .map(|(_, text, _)| text);
        extra.extend(text.map(|text| (name, text)));
    }
    Ok(extra)
}

/// Claim files, one per payer that has receipts.
pub(crate) fn claim(
    ctx: &Context<Settings>,
    documents: &[Document],
    claim_month: &str,
) -> Result<Vec<Claim>, Fault> {
    let settings = &ctx.settings;
    let claim_month = Month::parse(claim_month).map_err(|e| {
        Fault::new(
            "csv/claim-month",
            format!("請求年月「{claim_month}」が読めません（{e}）。"),
            format!("The claim month cannot be read: {e}."),
        )
    })?;
    let register = Register::open(settings, documents)?;
    let month = MonthTable::open(settings, documents)?;
    let plan = Plan::make(settings, &register, &month)?;
    let mut claims = Vec::new();
    for payer in Payer::ALL {
        let own: Vec<&Planned> = plan
            .receipts
            .iter()
            .filter(|receipt| receipt.payer == payer)
            .collect();
        if own.is_empty() {
            continue;
        }
        let mut file = header(ctx, payer, claim_month)?;
        let mut total = Yen::ZERO;
        for receipt in &own {
            let Some(entry) = plan.people.get(receipt.person) else {
                continue;
            };
            let amount = receipt.total().ok_or_else(|| too_large(entry))?;
            total = total.checked_add(amount).ok_or_else(|| too_large(entry))?;
            let records = composer(settings, &plan, &month, receipt, entry)?.records()?;
            file.append_receipt(records).map_err(|e| cannot_make(&e))?;
        }
        claims.push(Claim {
            payer: self::payer(payer),
            claim_month: claim_month.to_string(),
            receipts: u32::try_from(own.len()).unwrap_or(u32::MAX),
            total: total.0,
            document: Document::new(
                format!("RECEIPTH-{}.UKE", payer.code()),
                DocumentKind::Claim,
                file.to_bytes(),
            ),
        });
    }
    Ok(claims)
}

fn composer<'a>(
    settings: &'a Settings,
    plan: &Plan,
    month: &'a MonthTable,
    receipt: &'a Planned,
    entry: &'a crate::register::Entry,
) -> Result<Composer<'a>, Fault> {
    let of_the_month = || {
        plan.receipts
            .iter()
            .filter(|other| other.person == receipt.person && other.month == receipt.month)
    };
    let charges: Vec<&Charge> = of_the_month().flat_map(|other| &other.charges).collect();
    Ok(Composer {
        settings,
        month,
        entry,
        receipt,
        rows: month.rows_of(settings, &entry.person.key, receipt.month, &charges)?,
        divided: of_the_month()
            .filter(|other| other.cover.insured().is_some())
            .count()
            > 1,
    })
}

fn header(ctx: &Context<Settings>, payer: Payer, claim_month: Month) -> Result<ClaimFile, Fault> {
    let station = &ctx.station;
    let station_code = StationCode::parse(&station.code).map_err(|e| {
        Fault::new(
            "csv/station",
            format!("設定ファイルの訪問看護ステーションコードが正しくありません（{e}）。"),
            format!("The station's code in the station file is wrong: {e}."),
        )
    })?;
    ClaimFile::new(&HeaderFields {
        payer,
        prefecture: station.prefecture.clone(),
        station_code,
        name: form::full(&station.name),
        claim_month,
        phone: station.phone.clone(),
    })
    .map_err(|e| cannot_make(&e))
}

fn cannot_make(error: &receden::WriteError) -> Fault {
    Fault::new(
        "csv/cannot-write",
        format!(
            "請求ファイルを作れません（{error}）。設定ファイルの名称や電話番号を確かめてください。"
        ),
        format!(
            "The claim file cannot be made: {error}. Check name and phone in the station file."
        ),
    )
}

fn payer(payer: Payer) -> types::Payer {
    match payer {
        Payer::SocialInsuranceFund => types::Payer::SocialInsuranceFund,
        Payer::NationalHealthFederation => types::Payer::NationalHealthFederation,
    }
}
