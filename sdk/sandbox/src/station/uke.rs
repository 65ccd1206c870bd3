//! The claim files of a product that writes nothing else: one per payer, as of early November.

use super::{
    Coverage, Document, DocumentKind, Line, Person, Station, StationError, charges, expect::payer,
    lines,
};
use receden::{
    ClaimFile, Edition, HeaderFields, PersonKind, ReceiptType, Record, System, WriteError,
};
use reseplug_model::{InsurerKind, Month, Payer, Sex};
use std::collections::BTreeSet;

pub(super) fn documents(station: &Station) -> Result<Vec<Document>, StationError> {
    [
        (Payer::SocialInsuranceFund, "SHAHO/RECEIPTH.UKE"),
        (Payer::NationalHealthFederation, "KOKUHO/RECEIPTH.UKE"),
    ]
    .into_iter()
    .map(|(payer, path)| {
        Ok(Document {
            path: path.to_owned(),
            kind: DocumentKind::Claim,
            bytes: file(station, payer)?.to_bytes(),
        })
    })
    .collect()
}

fn file(station: &Station, to: Payer) -> Result<ClaimFile, StationError> {
    let failed = |e: WriteError| station.cannot_render(e);
    let mut file = ClaimFile::new(&HeaderFields {
        payer: to,
        prefecture: station.prefecture.clone(),
        station_code: station.code,
        name: station.name.clone(),
        claim_month: station.claim_month,
        phone: Some(station.phone.clone()),
    })
    .map_err(failed)?;
    let own = station
        .people
        .iter()
        .filter(|person| person.registered && payer(person) == to);
    for (number, person) in (1_u32..).zip(own) {
        let receipt = receipt(person, number)
            .map_err(|what| station.cannot_render(format!("{}: {what}", person.key)))?;
        file.append_receipt(receipt).map_err(failed)?;
    }
    Ok(file)
}

type Fields = Vec<(usize, String)>;

fn receipt(person: &Person, number: u32) -> Result<Vec<Record>, String> {
    let month = person.month().ok_or("no visit")?;
    let lines = lines(person);
    let total = charges::total(&lines)
        .ok_or("the amounts are too large")?
        .to_string();
    let days: BTreeSet<u8> = lines.iter().map(|line| line.date.day_of_month()).collect();
    let count = days.len().to_string();
    let billed = person.billed();
    let payers = u8::from(billed.is_some())
        .saturating_add(u8::try_from(person.public.len()).unwrap_or(u8::MAX));

    let mut rows: Vec<(&str, Fields)> =
        vec![("RE", common(person, number, month, billed, payers)?)];
    if let Some(coverage) = billed {
        rows.push((
            "HO",
            vec![
                (2, coverage.insurer.padded()),
                (3, coverage.symbol.clone().unwrap_or_default()),
                (4, coverage.number.clone()),
                (5, count.clone()),
                (6, total.clone()),
            ],
        ));
    }
    for public in &person.public {
        let cap = public.cap.map(|yen| yen.to_string()).unwrap_or_default();
        rows.push((
            "KO",
            vec![
                (2, public.payer.to_string()),
                (3, public.recipient.to_string()),
                (5, count.clone()),
                (6, total.clone()),
                (7, cap),
            ],
        ));
    }
    if let Some(branch) = billed.and_then(|coverage| coverage.branch.as_ref()) {
        rows.push((
            "SN",
            vec![(2, "1".into()), (3, "01".into()), (7, branch.to_string())],
        ));
    }
    let slots = (2_u8..).zip(&person.public);
    for (slot, _) in slots
        .clone()
        .filter(|(_, public)| public.payer.is_welfare())
    {
        rows.push(("SN", vec![(2, slot.to_string()), (3, "01".into())]));
    }
    let insured = billed.map(|_| 1);
    for slot in insured.into_iter().chain(slots.map(|(slot, _)| slot)) {
        let counted = days
            .iter()
            .map(|day| (usize::from(*day).saturating_add(2), "1".to_owned()));
        rows.push((
            "JD",
            [(2, slot.to_string())].into_iter().chain(counted).collect(),
        ));
    }
    if billed.is_some() {
        rows.push(("MF", vec![(2, "00".into())]));
    }
    rows.extend(care(person, month)?);
    let burden = burden(billed.is_some(), person.public.len())?;
    rows.extend(lines.iter().map(|line| ("KA", charge(line, burden))));
    rows.iter()
        .map(|(id, fields)| {
            Record::build(Edition::of(month), id, fields).map_err(|e| e.to_string())
        })
        .collect()
}

/// 負担区分 (別表22) where every payer pays every line.
fn burden(insured: bool, public: usize) -> Result<&'static str, String> {
    match (insured, public) {
        (true, 0) => Ok("1"),
        (true, 1) => Ok("2"),
        (false, 1) => Ok("5"),
        _ => Err("an insurer and one 公費 at most".to_owned()),
    }
}

fn common(
    person: &Person,
    number: u32,
    month: Month,
    billed: Option<&Coverage>,
    payers: u8,
) -> Result<Fields, String> {
    let kind = match billed {
        None => ReceiptType {
            system: System::PublicOnly,
            payers,
            person: PersonKind::Insured,
        },
        Some(coverage) => ReceiptType {
            system: if coverage.insurer.is_elderly_system() {
                System::Elderly
            } else {
                System::Medical
            },
            payers,
            person: PersonKind::of(
                &coverage.insurer,
                coverage.relationship,
                person.born,
                month,
                Some(coverage.burden),
            )
            .map_err(|e| e.to_string())?,
        },
    };
    let benefit = billed
        .filter(|coverage| coverage.insurer.kind() == InsurerKind::NationalHealth)
        .map(|coverage| 100_u32.saturating_sub(coverage.burden).to_string());
    let kana: String = person.kana.chars().filter(|c| !c.is_whitespace()).collect();
    Ok(vec![
        (2, number.to_string()),
        (3, kind.to_string()),
        (4, month.compact()),
        (5, person.name.clone()),
        (6, kana),
        (7, sex(&person.sex).to_owned()),
        (8, person.born.compact()),
        (11, benefit.unwrap_or_default()),
        (12, person.remarks.clone().unwrap_or_default()),
        (14, person.key.clone()),
    ])
}

pub(super) fn sex(sex: &Sex) -> &str {
    sex.code()
}

/// IH, HJ, JS, SY, RJ.
fn care(person: &Person, month: Month) -> Result<Vec<(&'static str, Fields)>, String> {
    let (clinic, care) = (&person.clinic, &person.care);
    let (from, to) = instruction(person, month).ok_or("the calendar")?;
    let reported = month.day(28).ok_or("the calendar")?;
    Ok(vec![
        (
            "IH",
            vec![
                (2, clinic.prefecture.clone()),
                (3, clinic.table.clone()),
                (4, clinic.code.clone()),
                (5, clinic.name.clone()),
                (6, clinic.doctor.clone()),
                (7, reported.compact()),
            ],
        ),
        (
            "HJ",
            vec![(2, "01".into()), (3, from.compact()), (4, to.compact())],
        ),
        (
            "JS",
            vec![
                (2, care.state.clone()),
                (3, care.table.clone()),
                (4, care.diseases.clone()),
            ],
        ),
        ("SY", vec![(2, "0000999".into()), (4, care.disease.clone())]),
        ("RJ", vec![(2, person.started.compact()), (3, "01".into())]),
    ])
}

/// 訪問看護指示書の期間: from the first of the month, or the first visit of somebody new, to the end of
/// the next but one.
pub(super) fn instruction(
    person: &Person,
    month: Month,
) -> Option<(reseplug_model::Date, reseplug_model::Date)> {
    let from = person.started.max(month.first_day());
    Some((from, month.next()?.next()?.last_day()))
}

fn charge(line: &Line<'_>, burden: &str) -> Fields {
    vec![
        (2, line.date.compact()),
        (3, burden.to_owned()),
        (4, line.charge.code.clone()),
        (6, line.charge.yen.to_string()),
        (7, line.charge.staff.clone()),
        (8, line.charge.visits.clone()),
        (9, line.charge.instruction.clone()),
    ]
}
