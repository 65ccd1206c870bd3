//! Answers of the interface as answers of the contract.

use onshi::{CONSENT_KINDS, Element, LIMIT, Qualification, SPECIFIC_DISEASES};
use reseplug_model::{Date, Month};
use reseplug_sdk::eligibility::{Consent, Found, MedicalTicket, Validity, Verification};
use reseplug_sdk::types::Extra;
use reseplug_sdk::{Coverage, IncomeCategory, Moment, Period, Person, Relationship, Sex};

/// Elements that have a field in the contract and therefore no place in `extra`.
const MAPPED: &[&str] = &[
    "InsuredCardClassification",
    "InsurerNumber",
    "InsuredCardSymbol",
    "InsuredIdentificationNumber",
    "InsuredBranchNumber",
    "Name",
    "NameOfOther",
    "NameKana",
    "Sex1",
    "Birthdate",
    "InsuredCardValidDate",
    "InsuredCardExpirationDate",
    "InsurerName",
    "ReasonOfLoss",
    "ReferenceNumber",
    "ArbitraryIdentifier",
    "PublicExpenseResultList",
];

/// Elements of a ticket that have a field in the contract.
const MAPPED_TICKET: &[&str] = &[
    "TicketType",
    "MedicalTicketValidDate",
    "MedicalTicketExpirationDate",
    "MedicalTreatmentMonth",
    "MedicalTreatmentType",
    "DesignatedMedicalInstitutionCode",
    "DesignatedMedicalInstitutionFlag",
    "ConsistencyFlag",
];

/// `yyyyMMdd` as a day of the contract; nothing where it is none.
pub(crate) fn day(text: Option<&str>) -> Option<String> {
    Date::parse_compact(text?.trim())
        .ok()
        .map(|d| d.to_string())
}

/// `yyyyMMddHHmmss`, Japan's time, as a moment of the contract; nothing where it is none.
pub(crate) fn moment(text: Option<&str>) -> Option<String> {
    let text = text?.trim();
    if text.len() != 14 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let day = Date::parse_compact(text.get(..8)?).ok()?;
    let (hour, minute, second) = (text.get(8..10)?, text.get(10..12)?, text.get(12..)?);
    let moment: Moment = format!("{day}T{hour}:{minute}:{second}+09:00")
        .parse()
        .ok()?;
    Some(moment.to_string())
}

/// 負担割合 in percent: `010`, `20` and `020` are 10, 20 and 20. Anything else but the
/// shares there are (10, 20, 30) is not guessed at; it stays in `extra`.
pub(crate) fn percent(text: Option<&str>) -> Option<u32> {
    let percent = text?.trim().parse().ok()?;
    matches!(percent, 10 | 20 | 30).then_some(percent)
}

pub(crate) fn validity(validity: &onshi::Validity) -> Validity {
    match validity {
        onshi::Validity::Valid => Validity::Valid,
        onshi::Validity::Invalid => Validity::Invalid,
        onshi::Validity::InvalidNewExists => Validity::InvalidNewExists,
        onshi::Validity::NotFound => Validity::NotFound,
        onshi::Validity::Several => Validity::Several,
        onshi::Validity::ValidUnregistered => Validity::ValidUnregistered,
        onshi::Validity::Other(code) => Validity::Other(code.clone()),
    }
}

/// Leaves of elements as names and values, blank ones left out.
pub(crate) fn leaves<'e>(elements: impl IntoIterator<Item = &'e Element>) -> Extra {
    elements
        .into_iter()
        .flat_map(Element::leaves)
        .filter(|(_, value)| !value.trim().is_empty())
        .collect()
}

/// What a part says besides the mapped elements. `unknown` are the part's own `extra`, the
/// last of its elements: kept whatever their names are.
fn rest(elements: &[Element], unknown: usize, mapped: &[&str]) -> Extra {
    let known = elements.len().saturating_sub(unknown);
    let (known, unknown) = elements.split_at_checked(known).unwrap_or((elements, &[]));
    let known = known
        .iter()
        .filter(|e| !mapped.contains(&e.name.as_str()) && !is_consent(e));
    leaves(known.chain(unknown))
}

/// Whether the contract's `consent` holds this element's value.
fn is_consent(element: &Element) -> bool {
    ["ConsFlg", "ConsTime", "AvailableTime"]
        .iter()
        .any(|suffix| {
            let kind = element.name.strip_suffix(suffix);
            kind.is_some_and(|kind| CONSENT_KINDS.iter().any(|k| k.element == kind))
                && (*suffix == "ConsFlg" || moment(Some(&element.text)).is_some())
        })
}

/// One 資格 of an answer. `reference_number` is the one that belongs to it in its unit.
pub(crate) fn found(one: &Qualification, reference_number: Option<&str>) -> Found {
    Found {
        person: person(one, reference_number),
        coverage: coverage(one),
        disqualified_on: day(one.disqualification_date.as_deref()),
        reason_of_loss: one.reason_of_loss.clone(),
        income: income(one),
        tickets: one.tickets.iter().map(ticket).collect(),
        consents: one.consents.iter().map(consent).collect(),
        extra: rest(&one.to_elements(), one.extra.len(), MAPPED)
            .into_iter()
            .chain(unmapped_values(one))
            .collect(),
    }
}

/// Values that a mapped element has, but not in a form the contract's field can hold.
fn unmapped_values(one: &Qualification) -> Extra {
    let mut out = Extra::new();
    if day(one.birthdate.as_deref()).is_none()
        && let Some(text) = &one.birthdate
    {
        out.push(("Birthdate".to_owned(), text.clone()));
    }
    out
}

/// Names come with a full-width blank between family and given name; the contract has one
/// space. What is absent in the answer is an empty text, never a guess.
fn person(one: &Qualification, reference_number: Option<&str>) -> Person {
    Person {
        key: String::new(),
        reference_number: reference_number.map(str::to_owned),
        name: spaced(one.name.as_deref().unwrap_or_default()),
        kana: one.name_kana.clone(),
        other_name: one.name_of_other.as_deref().map(spaced),
        sex: match &one.sex {
            Some(onshi::Sex::Male) => Sex::Male,
            Some(onshi::Sex::Female) => Sex::Female,
            Some(onshi::Sex::Unset) => Sex::Unset,
            Some(onshi::Sex::Other(code)) => Sex::Other(code.clone()),
            None => Sex::Other(String::new()),
        },
        birth_date: day(one.birthdate.as_deref()).unwrap_or_default(),
        extra: Vec::new(),
    }
}

fn spaced(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The coverage group. Validity and end of the card (`InsuredCardValidDate`,
/// `InsuredCardExpirationDate`) are not the coverage's: they stay in `extra`.
fn coverage(one: &Qualification) -> Coverage {
    let elderly = one.elderly.as_ref();
    let own = percent(one.partial_contribution_ratio.as_deref());
    Coverage {
        insurer_name: one.insurer_name.clone(),
        symbol: one.symbol.clone(),
        branch: one.branch.clone(),
        relationship: match &one.personal_family {
            Some(onshi::PersonalFamily::Insured) => Some(Relationship::Insured),
            Some(onshi::PersonalFamily::Family) => Some(Relationship::Family),
            Some(onshi::PersonalFamily::Other(_)) | None => None,
        },
        card_class: one.card_class.clone(),
        burden_percent: own.or_else(|| percent(elderly?.contribution_ratio.as_deref())),
        elderly_certificate: elderly.map(|e| Period {
            from: day(e.valid_from.as_deref()),
            to: day(e.valid_to.as_deref()),
        }),
        period: Period {
            from: day(one.qualification_date.as_deref()),
            to: last_covered_day(one.disqualification_date.as_deref()),
        },
        extra: card_dates(one),
        ..Coverage::new(
            one.insurer().unwrap_or_default(),
            one.number.as_deref().unwrap_or_default(),
        )
    }
}

/// 資格喪失日 is the first day without cover, so the last covered day is the one before.
/// **Inferred** from the use of the trade; no public text of the interface says so. The day
/// itself, as it stands, is `disqualified-on`.
fn last_covered_day(lost: Option<&str>) -> Option<String> {
    let lost = Date::parse_compact(lost?.trim()).ok()?;
    lost.prev_day().map(|d| d.to_string())
}

fn card_dates(one: &Qualification) -> Extra {
    [
        ("InsuredCardValidDate", &one.card_valid_date),
        ("InsuredCardExpirationDate", &one.card_expiration_date),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)))
    .collect()
}

/// 限度額適用区分, only where the answer itself says that the person consented.
fn income(one: &Qualification) -> Option<IncomeCategory> {
    let consent = one.consents.get(LIMIT)?.flag.as_ref()?;
    if *consent != onshi::ConsentFlag::Yes {
        return None;
    }
    let limit = one.limit.as_ref()?;
    Some(IncomeCategory {
        code: limit.category.clone()?,
        period: Period {
            from: day(limit.valid_from.as_deref()),
            to: day(limit.valid_to.as_deref()),
        },
    })
}

fn consent(one: &onshi::ViewingConsent) -> Consent {
    let kind = match one.kind.as_str() {
        LIMIT => "limit",
        SPECIFIC_DISEASES => "specific-disease",
        other => other,
    };
    Consent {
        kind: kind.to_owned(),
        flag: one
            .flag
            .as_ref()
            .map(|f| f.code().to_owned())
            .unwrap_or_default(),
        given_at: moment(one.given_at.as_deref()),
        available_until: moment(one.available_until.as_deref()),
    }
}

fn ticket(one: &onshi::MedicalTicket) -> MedicalTicket {
    MedicalTicket {
        ticket_type: one.ticket_type.clone(),
        treatment_month: one
            .treatment_month
            .as_deref()
            .and_then(|m| Month::parse_compact(m.trim()).ok())
            .map(|m| m.to_string()),
        treatment_type: one.treatment_type.clone(),
        period: Period {
            from: day(one.valid_date.as_deref()),
            to: day(one.expiration_date.as_deref()),
        },
        institution_code: one.institution_code.clone(),
        institution_flag: one.institution_flag.clone(),
        consistency_flag: one.consistency_flag.clone(),
        extra: rest(&one.to_elements(), one.extra.len(), MAPPED_TICKET),
    }
}

/// An answer without a person's part, to be filled in.
pub(crate) fn blank(query_id: &str, message: &str, answered_at: String) -> Verification {
    Verification {
        query_id: query_id.to_owned(),
        as_of: None,
        answered_at,
        message: message.to_owned(),
        reference_class: None,
        validity: None,
        found: Vec::new(),
        code: None,
        text: None,
        is_error: false,
        extra: Vec::new(),
    }
}
