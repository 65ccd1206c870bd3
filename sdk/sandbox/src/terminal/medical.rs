//! 薬剤情報・診療情報 and 特定健診: invented histories, told under a live consent only.
//!
//! Layouts are those of `onshi` \[V-impl\]: unconfirmed. Which consent a request needs is this sandbox's
//! reading of their names.

use super::consents::Known;
use crate::pdf;
use crate::phone::{Ended, Kind};
use crate::population::{Dice, Insured};
use crate::station::half_width;
use onshi::{
    CheckupPerson, DrugsPerson, Element, FileCategory, MedicalAnswer, MedicalAnswerHeader,
    MedicalFormat, MedicalKind, MedicalRequest, PrescriptionDisplay, TreatmentKind,
};
use reseplug_model::{Date, Month};
use serde::Deserialize;
use std::sync::LazyLock;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Stock {
    clinics: Vec<(String, String)>,
    pharmacies: Vec<(String, String)>,
    treatments: Vec<(String, String)>,
    drug: Vec<Drug>,
    item: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Drug {
    code: String,
    name: String,
    ingredient: String,
    quantity: String,
    unit: String,
    usage: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    code: String,
    name: String,
    unit: String,
    low: u32,
    high: u32,
}

/// A test holds that the file reads.
static STOCK: LazyLock<Stock> = LazyLock::new(|| read_stock().unwrap_or_default());

fn read_stock() -> Result<Stock, toml::de::Error> {
    toml::from_str(include_str!("../../stations/medical.toml"))
}

/// An answer.
pub(super) enum Told {
    /// As XML.
    Tree(Element),
    /// As a PDF for people.
    Pdf(Vec<u8>),
}

/// Why nothing is told.
pub(super) type Refusal = String;

/// Which consents a category needs.
fn needed(category: FileCategory) -> &'static [Kind] {
    match (category.kind, category.with_consultation) {
        (MedicalKind::Checkup, _) => &[Kind::Checkup],
        (MedicalKind::Drugs, false) => &[Kind::Drugs],
        (MedicalKind::Drugs, true) => &[Kind::Drugs, Kind::Diagnosis],
    }
}

/// Whether a request may be answered.
pub(super) fn allowed(
    request: &MedicalRequest,
    kind: MedicalKind,
    consents: &Known<'_>,
    is_of: impl Fn(&crate::phone::Consent) -> bool,
) -> Result<FileCategory, Refusal> {
    let category = request
        .file_category
        .as_deref()
        .and_then(|code| FileCategory::of(kind, code.trim()))
        .ok_or("ファイル区分が正しくありません。（模擬 SANDBOX-M001）")?;
    if request.treatment != Some(TreatmentKind::HomeVisit) {
        return Err("診療区分が訪問診療等（2）ではありません。（模擬 SANDBOX-M002）".to_owned());
    }
    for kind in needed(category) {
        let ja = kind.name_ja();
        match consents.latest(*kind, &is_of) {
            None => {
                return Err(format!(
                    "{ja}情報の閲覧に同意がありません。（模擬 SANDBOX-M010）"
                ));
            }
            Some(standing) => match standing.ended {
                None => {}
                Some(Ended::Time) => {
                    return Err(format!(
                        "{ja}情報の閲覧の同意は有効期限切れです。（模擬 SANDBOX-M011）"
                    ));
                }
                Some(ended) => {
                    return Err(format!(
                        "{ja}情報の閲覧の同意は取り消されています（{}）。（模擬 SANDBOX-M012）",
                        ended.name_ja()
                    ));
                }
            },
        }
    }
    Ok(category)
}

/// The refusal as a message.
pub(super) fn refused(text: &str) -> Element {
    use onshi::Message as _;
    MedicalAnswer {
        header: MedicalAnswerHeader {
            result_code: Some("9".to_owned()),
            text: Some(text.to_owned()),
            ..MedicalAnswerHeader::default()
        },
        ..MedicalAnswer::default()
    }
    .to_root()
}

/// What is told about somebody.
pub(super) fn tell(
    request: &MedicalRequest,
    category: FileCategory,
    person: &Insured,
    today: Date,
) -> Told {
    let months = months(request, today);
    let shown = request.prescriptions != Some(PrescriptionDisplay::Hide);
    let extra = match category.kind {
        MedicalKind::Drugs => drugs(person, &months, category.with_consultation, shown),
        MedicalKind::Checkup => checkups(person, today),
    };
    let answer = MedicalAnswer {
        header: header(category.kind, person, today),
        extra,
    };
    match category.format {
        MedicalFormat::Xml => {
            use onshi::Message as _;
            Told::Tree(answer.to_root())
        }
        MedicalFormat::Pdf => Told::Pdf(pdf::page(&[], &lines(category, person, today, &answer))),
    }
}

fn header(kind: MedicalKind, person: &Insured, today: Date) -> MedicalAnswerHeader {
    let named = person.name_on(today);
    let name = named.map(|one| one.name.clone());
    let kana = named.map(|one| half_width(&one.kana));
    let (birthdate, sex) = (
        Some(person.born.compact()),
        Some(person.sex.code().to_owned()),
    );
    let mut header = MedicalAnswerHeader {
        result_code: Some("1".to_owned()),
        ..MedicalAnswerHeader::default()
    };
    match kind {
        MedicalKind::Drugs => {
            header.drugs_person = Some(DrugsPerson {
                name,
                kana,
                birthdate,
                sex,
                ..DrugsPerson::default()
            });
        }
        MedicalKind::Checkup => {
            header.checkup_person = Some(CheckupPerson {
                name,
                kana,
                birthdate,
                sex,
                ..CheckupPerson::default()
            });
        }
    }
    header
}

/// For people, on one page.
fn lines(
    category: FileCategory,
    person: &Insured,
    today: Date,
    answer: &MedicalAnswer,
) -> Vec<String> {
    let name = person
        .name_on(today)
        .map(|one| one.name.clone())
        .unwrap_or_default();
    let mut lines = vec![
        format!("【模擬】{}", category.meaning_ja()),
        format!("{name}　{}生", person.born),
        String::new(),
    ];
    lines.extend(answer.items().iter().map(|item| {
        let indent = "　".repeat(usize::try_from(item.depth).unwrap_or(0));
        let label = item.label.as_deref().unwrap_or(&item.name);
        let unit = item.unit.as_deref().unwrap_or_default();
        format!("{indent}{label}　{}{unit}", item.value)
    }));
    lines
}

/// Months asked about that are over, at most the last 60.
fn months(request: &MedicalRequest, today: Date) -> Vec<Month> {
    let month = |text: &Option<String>| {
        text.as_deref()
            .and_then(|text| Month::parse_compact(text.trim()).ok())
    };
    let Some(last) = today.month().previous() else {
        return Vec::new();
    };
    let to = month(&request.to).unwrap_or(last).min(last);
    let from = month(&request.from);
    let mut all = Vec::new();
    let mut next = Some(to);
    while let Some(one) = next.filter(|one| from.is_none_or(|from| from <= *one)) {
        all.push(one);
        next = one.previous().filter(|_| all.len() < 60);
    }
    all
}

fn leaf(name: &str, text: impl Into<String>) -> Element {
    Element::leaf(name, text)
}

/// What a person takes: the same all the time.
fn taken(person: &Insured) -> Vec<&'static Drug> {
    let mut dice = Dice::new(0, 0, &format!("drugs/{}", person.key));
    let count = dice.between(2, 5);
    let skip = dice.below(7);
    let all = STOCK.drug.iter().cycle();
    all.skip(usize::try_from(skip).unwrap_or(0))
        .step_by(2)
        .take(usize::try_from(count).unwrap_or(2))
        .collect()
}

fn drugs(
    person: &Insured,
    months: &[Month],
    consultation: bool,
    prescriptions: bool,
) -> Vec<Element> {
    let mut dice = Dice::new(0, 0, &format!("clinic/{}", person.key));
    let (Some(clinic), Some(pharmacy)) = (dice.pick(&STOCK.clinics), dice.pick(&STOCK.pharmacies))
    else {
        return Vec::new();
    };
    let drugs = taken(person);
    let day = dice.between(1, 28);
    let date = |month: &Month| format!("{}{day:02}", month.compact());
    let mut all: Vec<Element> = months
        .iter()
        .map(|month| {
            let mut on = vec![leaf("DiDate", date(month))];
            let given = drugs.iter().map(|drug| medicine(drug, ""));
            on.push(Element::group("DrugInfs", given.collect()));
            if consultation {
                let acts = STOCK.treatments.iter().map(|(code, name)| {
                    let parts = vec![
                        leaf("SinInfCd", code),
                        leaf("SinInfN", name),
                        leaf("Times", "1"),
                    ];
                    Element::group("MeTrInf", parts)
                });
                on.push(Element::group("MeTrInfs", acts.collect()));
            }
            let days = Element::group("DiDateInfs", vec![Element::group("DiDateInf", on)]);
            Element::group(
                "MeTrMonthInf",
                vec![
                    leaf("MeTrDiHCd", &clinic.0),
                    leaf("MeTrDiHNm", &clinic.1),
                    leaf("MeTrMonth", month.compact()),
                    leaf("InOut", "2"),
                    days,
                ],
            )
        })
        .collect();
    if prescriptions && !months.is_empty() {
        let dispensed = months.iter().map(|month| {
            let given = drugs.iter().map(|drug| medicine(drug, "Cz"));
            let on = vec![
                leaf("CzPrDate", date(month)),
                leaf("CzDiDate", date(month)),
                Element::group("CzDrugInfs", given.collect()),
            ];
            Element::group(
                "CzDiMonthInf",
                vec![
                    leaf("CzMeTrDiHCd", &pharmacy.0),
                    leaf("CzMeTrDiHNm", &pharmacy.1),
                    leaf("CzPrlsHNm", &clinic.1),
                    leaf("CzDiMonth", month.compact()),
                    Element::group("CzDiDateInfs", vec![Element::group("CzDiDateInf", on)]),
                ],
            )
        });
        all.push(Element::group("CzDiInf", dispensed.collect()));
    }
    all
}

fn medicine(drug: &Drug, of: &str) -> Element {
    let named = |name: &str, text: &str| leaf(&format!("{of}{name}"), text);
    Element::group(
        format!("{of}DrugInf"),
        vec![
            named("DrugC", &drug.code),
            named("DrugN", &drug.name),
            named("IngreN", &drug.ingredient),
            named("Qua1", &drug.quantity),
            named("Unit", &drug.unit),
            named("UsageN", &drug.usage),
            named("Times", "28"),
        ],
    )
}

/// One checkup in June of each of the last three years, the newest first.
fn checkups(person: &Insured, today: Date) -> Vec<Element> {
    let mut dice = Dice::new(0, 0, &format!("checkup/{}", person.key));
    let body: Vec<u32> = STOCK
        .item
        .iter()
        .map(|item| dice.between(item.low, item.high))
        .collect();
    (0..3)
        .filter_map(|back| Date::new(today.year().checked_sub(back)?, 6, 10))
        .filter(|day| *day < today)
        .map(|day| {
            let items = STOCK.item.iter().zip(&body).map(|(item, value)| {
                // Length does not change; the rest does a little.
                let moved = if item.name == "身長" {
                    0
                } else {
                    dice.below(5)
                };
                Element::group(
                    "HealthCheckupResultAndQuestionInfo",
                    vec![
                        leaf("ItemCode", &item.code),
                        leaf("ItemName", &item.name),
                        leaf("DataType", "PQ"),
                        leaf("DataValue", value.saturating_add(moved).to_string()),
                        leaf("Unit", &item.unit),
                    ],
                )
            });
            let items = items.collect();
            Element::group(
                "SpecificHealthCheckupInfo",
                vec![
                    leaf("EffectiveTime", day.compact()),
                    Element::group("HealthCheckupResultAndQuestionInfos", items),
                ],
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_stock_reads_and_has_enough_to_tell() {
        let stock = super::read_stock().unwrap();
        assert!(stock.drug.len() >= 6 && stock.item.len() >= 5);
        assert!(!stock.clinics.is_empty() && !stock.pharmacies.is_empty());
    }
}
