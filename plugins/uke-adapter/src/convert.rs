//! From the values of a claim file to those of the contract.

use receden::{FieldResult, PersonKind, Receipt};
use reseplug_model as model;
use reseplug_sdk::{Coverage, Payer, Period, Person, PublicExpense, Relationship, Sex};

/// 審査支払機関
pub(crate) fn payer(payer: model::Payer) -> Payer {
    match payer {
        model::Payer::SocialInsuranceFund => Payer::SocialInsuranceFund,
        model::Payer::NationalHealthFederation => Payer::NationalHealthFederation,
    }
}

fn sex(sex: model::Sex) -> Sex {
    match sex {
        model::Sex::Male => Sex::Male,
        model::Sex::Female => Sex::Female,
        model::Sex::Unset => Sex::Unset,
        model::Sex::Other(code) => Sex::Other(code),
    }
}

/// The person of a receipt.
pub(crate) fn person(receipt: &Receipt<'_>) -> FieldResult<Person> {
    Ok(Person {
        key: receipt.person_key()?.unwrap_or_default().into(),
        reference_number: None,
        name: receipt.name()?.into(),
        kana: receipt.kana()?.map(String::from),
        other_name: None,
        sex: sex(receipt.sex()?),
        birth_date: receipt.birth_date()?.to_string(),
        extra: Vec::new(),
    })
}

/// The coverage group of a receipt; `None` for 公費 alone. A claim file says neither since when the
/// coverage holds nor which kind of card it is.
pub(crate) fn coverage(receipt: &Receipt<'_>) -> FieldResult<Option<Coverage>> {
    let Some(insurer) = receipt.insurer() else {
        return Ok(None);
    };
    let kind = receipt.receipt_type()?.person;
    Ok(Some(Coverage {
        insurer_number: insurer.number()?.to_string(),
        insurer_name: None,
        symbol: insurer.symbol()?.map(String::from),
        number: insurer.card_number()?.into(),
        branch: receipt.branch()?.map(|branch| branch.to_string()),
        relationship: match kind {
            PersonKind::Insured => Some(Relationship::Insured),
            PersonKind::Family => Some(Relationship::Family),
            // Preschoolers and elderly people: the receipt type says their age instead.
            PersonKind::Preschool | PersonKind::ElderlyGeneral | PersonKind::ElderlyHigh => None,
        },
        card_class: None,
        burden_percent: burden(receipt, kind)?,
        elderly_certificate: None,
        period: Period::OPEN,
        extra: Vec::new(),
    }))
}

/// Burden in percent where the file says so: 給付割合 of 国保, or the receipt type of people who bear
/// 30 % although they are elderly. `8` means 10 or 20 %, so it says nothing.
fn burden(receipt: &Receipt<'_>, kind: PersonKind) -> FieldResult<Option<u32>> {
    if kind == PersonKind::ElderlyHigh {
        return Ok(Some(30));
    }
    Ok(receipt
        .benefit_percent()?
        .and_then(|benefit| 100u32.checked_sub(benefit)))
}

/// The 公費 of a receipt.
pub(crate) fn public_expenses(receipt: &Receipt<'_>) -> FieldResult<Vec<PublicExpense>> {
    receipt
        .public_expenses()
        .map(|expense| {
            Ok(PublicExpense {
                payer_number: expense.payer_number()?.to_string(),
                recipient_number: expense.recipient_number()?.map(|number| number.to_string()),
                period: Period::OPEN,
                extra: Vec::new(),
            })
        })
        .collect()
}
