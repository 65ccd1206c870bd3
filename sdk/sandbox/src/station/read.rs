//! From `common.toml` and `people.toml` to values.

use super::{
    Care, Charge, Clinic, Common, Counts, Coverage, Expectation, Person, Product, PublicExpense,
    Reading, Station, StationError, Ticket, Welfare, ordinary,
};
use crate::phone::Kind;
use reseplug_model::{
    BranchNumber, Date, InsurerNumber, Month, Period, PublicPayerNumber, RecipientNumber,
    Relationship, Sex, StationCode, Yen, elderly_recipient_from,
};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCommon {
    charge: BTreeMap<String, RawCharge>,
    insurer: BTreeMap<String, String>,
    clinic: Vec<Clinic>,
    care: BTreeMap<String, RawCare>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCharge {
    name: String,
    yen: u64,
    #[serde(default)]
    staff: String,
    #[serde(default)]
    visits: String,
    #[serde(default)]
    instruction: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCare {
    visit: Vec<String>,
    first: Vec<String>,
    later: Vec<String>,
    month: Vec<String>,
    state: String,
    table: String,
    diseases: String,
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    station: RawStation,
    expect: Counts,
    ordinary: String,
    person: Vec<RawPerson>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStation {
    key: String,
    product: Product,
    code: String,
    prefecture: String,
    name: String,
    phone: String,
    service_month: String,
    claim_month: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPerson {
    pub(super) case: Option<String>,
    pub(super) key: String,
    pub(super) name: String,
    pub(super) kana: String,
    pub(super) sex: String,
    pub(super) born: Date,
    pub(super) care: String,
    pub(super) visits: Vec<Date>,
    pub(super) started: Option<Date>,
    #[serde(default = "yes")]
    pub(super) registered: bool,
    pub(super) remarks: Option<String>,
    pub(super) central: Option<RawCentral>,
    #[serde(default)]
    pub(super) coverage: Vec<RawCoverage>,
    pub(super) on_file: Option<Vec<RawCoverage>>,
    #[serde(default)]
    pub(super) public: Vec<RawPublic>,
    #[serde(default)]
    pub(super) welfare: Vec<RawWelfare>,
    #[serde(default)]
    pub(super) home: Vec<RawReading>,
    pub(super) expect: Option<Expectation>,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCentral {
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCoverage {
    pub(super) insurer: String,
    pub(super) symbol: Option<String>,
    pub(super) number: String,
    pub(super) branch: Option<String>,
    pub(super) relation: Option<String>,
    pub(super) burden: u32,
    pub(super) from: Date,
    pub(super) to: Option<Date>,
    pub(super) loss: Option<String>,
    pub(super) elderly: Option<RawPeriod>,
    pub(super) limit: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPeriod {
    from: Date,
    to: Date,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPublic {
    pub(super) payer: String,
    pub(super) recipient: String,
    pub(super) from: Date,
    pub(super) to: Option<Date>,
    pub(super) cap: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWelfare {
    payer: String,
    recipient: String,
    from: Date,
    to: Option<Date>,
    tickets: Vec<RawTicket>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTicket {
    month: String,
    issue: String,
    from: Date,
    to: Date,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawReading {
    pub(super) at: String,
    pub(super) consents: Vec<String>,
}

/// What the people refer to by name.
struct Shared {
    insurers: BTreeMap<String, String>,
    clinics: Vec<Clinic>,
    cares: BTreeMap<String, Care>,
}

pub(super) fn common(text: &str) -> Result<Common, StationError> {
    let failed = |what: String| StationError::Data {
        file: "stations/common.toml".to_owned(),
        what,
    };
    let raw: RawCommon = toml::from_str(text).map_err(|e| failed(e.to_string()))?;
    let shared = shared(raw).map_err(failed)?;
    Ok(Common {
        cares: shared.cares,
        clinics: shared.clinics,
    })
}

pub(super) fn station(file: &str, common: &str, people: &str) -> Result<Station, StationError> {
    let data = |file: &str, what: String| StationError::Data {
        file: file.to_owned(),
        what,
    };
    let common: RawCommon =
        toml::from_str(common).map_err(|e| data("stations/common.toml", e.to_string()))?;
    let shared = shared(common).map_err(|what| data("stations/common.toml", what))?;
    let raw: RawFile = toml::from_str(people).map_err(|e| data(file, e.to_string()))?;
    assemble(raw, &shared).map_err(|what| data(file, what))
}

fn shared(raw: RawCommon) -> Result<Shared, String> {
    let charges: BTreeMap<String, Charge> = raw
        .charge
        .into_iter()
        .map(|(code, raw)| {
            let charge = Charge {
                code: code.clone(),
                name: raw.name,
                yen: Yen(raw.yen),
                staff: raw.staff,
                visits: raw.visits,
                instruction: raw.instruction,
            };
            (code, charge)
        })
        .collect();
    let find = |codes: &[String]| {
        let found = codes.iter().map(|code| {
            charges
                .get(code)
                .cloned()
                .ok_or(format!("no charge {code}"))
        });
        found.collect::<Result<Vec<_>, String>>()
    };
    let cares = raw
        .care
        .into_iter()
        .map(|(name, raw)| {
            let care = Care {
                visit: find(&raw.visit)?,
                first: find(&raw.first)?,
                later: find(&raw.later)?,
                month: find(&raw.month)?,
                state: raw.state,
                table: raw.table,
                diseases: raw.diseases,
                disease: raw.name,
            };
            Ok((name, care))
        })
        .collect::<Result<_, String>>()?;
    Ok(Shared {
        insurers: raw.insurer,
        clinics: raw.clinic,
        cares,
    })
}

fn assemble(raw: RawFile, shared: &Shared) -> Result<Station, String> {
    let service_month = month(&raw.station.service_month)?;
    let mut rows = ordinary::people(&raw.ordinary, service_month)?;
    rows.extend(raw.person);
    let mut people: Vec<Person> = Vec::with_capacity(rows.len());
    for (nth, row) in rows.into_iter().enumerate() {
        let key = row.key.clone();
        if people.iter().any(|known| known.key == key) {
            return Err(format!("two people have the key {key}"));
        }
        people.push(person(row, nth, shared).map_err(|what| format!("{key}: {what}"))?);
    }
    Ok(Station {
        key: raw.station.key,
        product: raw.station.product,
        code: StationCode::parse(&raw.station.code).map_err(|e| e.to_string())?,
        prefecture: raw.station.prefecture,
        name: raw.station.name,
        phone: raw.station.phone,
        service_month,
        claim_month: month(&raw.station.claim_month)?,
        people,
        stated: raw.expect,
    })
}

fn month(text: &str) -> Result<Month, String> {
    Month::parse(text).map_err(|e| e.to_string())
}

fn person(raw: RawPerson, nth: usize, shared: &Shared) -> Result<Person, String> {
    let born = raw.born;
    let all = |list: Vec<RawCoverage>| {
        list.into_iter()
            .map(|one| coverage(one, born, shared))
            .collect::<Result<Vec<_>, String>>()
    };
    let truth = all(raw.coverage)?;
    let on_file = match raw.on_file {
        Some(list) => all(list)?,
        None => truth.clone(),
    };
    let clinic = nth
        .checked_rem(shared.clinics.len())
        .and_then(|at| shared.clinics.get(at))
        .ok_or("there is no clinic")?;
    let Some(first) = raw.visits.first() else {
        return Err("there is no visit".to_owned());
    };
    if raw.visits.iter().any(|day| day.month() != first.month()) || !raw.visits.is_sorted() {
        return Err("visits are in one month and in order".to_owned());
    }
    Ok(Person {
        central_name: raw
            .central
            .map_or_else(|| raw.name.clone(), |central| central.name),
        case: raw.case,
        key: raw.key,
        name: raw.name,
        kana: raw.kana,
        sex: match raw.sex.as_str() {
            "男" => Sex::Male,
            "女" => Sex::Female,
            other => return Err(format!("性別 {other}")),
        },
        born,
        started: match raw.started {
            Some(day) => day,
            None => Date::new(2024, 6, 10).ok_or("the calendar")?,
        },
        care: shared
            .cares
            .get(&raw.care)
            .cloned()
            .ok_or_else(|| format!("no care {}", raw.care))?,
        clinic: clinic.clone(),
        visits: raw.visits,
        registered: raw.registered,
        truth,
        on_file,
        public: raw
            .public
            .into_iter()
            .map(public)
            .collect::<Result<_, _>>()?,
        welfare: raw
            .welfare
            .into_iter()
            .map(|one| welfare(one, shared))
            .collect::<Result<_, _>>()?,
        home: raw
            .home
            .into_iter()
            .map(reading)
            .collect::<Result<_, _>>()?,
        remarks: raw.remarks,
        expect: raw.expect.unwrap_or_else(Expectation::ordinary),
        insured: None,
    })
}

fn coverage(raw: RawCoverage, born: Date, shared: &Shared) -> Result<Coverage, String> {
    let insurer = InsurerNumber::parse(&raw.insurer).map_err(|e| e.to_string())?;
    let insurer_name = shared
        .insurers
        .get(&raw.insurer)
        .cloned()
        .ok_or_else(|| format!("no insurer {}", raw.insurer))?;
    let elderly = match raw.elderly {
        Some(period) => Some(Period::new(Some(period.from), Some(period.to))),
        None if insurer.is_elderly_system() => None,
        None => certificate(born, raw.to),
    };
    Ok(Coverage {
        insurer,
        insurer_name,
        symbol: raw.symbol,
        number: raw.number,
        branch: raw
            .branch
            .as_deref()
            .map(BranchNumber::parse)
            .transpose()
            .map_err(|e| e.to_string())?,
        relationship: match raw.relation.as_deref() {
            None => None,
            Some("本人") => Some(Relationship::Insured),
            Some("家族") => Some(Relationship::Family),
            Some(other) => return Err(format!("続柄 {other}")),
        },
        burden: raw.burden,
        period: Period::new(Some(raw.from), raw.to),
        loss: raw.loss,
        elderly,
        limit: raw.limit,
        card_class: None,
        registered: None,
    })
}

/// 高齢受給者証 of somebody who is 70 to 74 in October 2024: from August to July, or until the
/// coverage ends.
fn certificate(born: Date, to: Option<Date>) -> Option<Period> {
    let (from, until) = (Date::new(2024, 8, 1)?, Date::new(2025, 7, 31)?);
    let elderly = elderly_recipient_from(born)? <= from.month();
    elderly.then(|| Period::new(Some(from), Some(to.map_or(until, |to| to.min(until)))))
}

fn public(raw: RawPublic) -> Result<PublicExpense, String> {
    Ok(PublicExpense {
        payer: PublicPayerNumber::parse(&raw.payer).map_err(|e| e.to_string())?,
        recipient: RecipientNumber::parse(&raw.recipient).map_err(|e| e.to_string())?,
        period: Period::new(Some(raw.from), raw.to),
        cap: raw.cap.map(Yen),
    })
}

fn welfare(raw: RawWelfare, shared: &Shared) -> Result<Welfare, String> {
    Ok(Welfare {
        office: shared
            .insurers
            .get(&raw.payer)
            .cloned()
            .ok_or_else(|| format!("no office {}", raw.payer))?,
        payer: PublicPayerNumber::parse(&raw.payer).map_err(|e| e.to_string())?,
        recipient: RecipientNumber::parse(&raw.recipient).map_err(|e| e.to_string())?,
        period: Period::new(Some(raw.from), raw.to),
        tickets: raw
            .tickets
            .into_iter()
            .map(|ticket| {
                Ok(Ticket {
                    month: month(&ticket.month)?,
                    issue: ticket.issue,
                    period: Period::new(Some(ticket.from), Some(ticket.to)),
                })
            })
            .collect::<Result<_, String>>()?,
    })
}

fn reading(raw: RawReading) -> Result<Reading, String> {
    Ok(Reading {
        at: raw.at.parse().map_err(|e| format!("{}: {e}", raw.at))?,
        consents: raw
            .consents
            .iter()
            .map(|name| Kind::from_name_ja(name).ok_or_else(|| format!("同意 {name}")))
            .collect::<Result<_, _>>()?,
    })
}
