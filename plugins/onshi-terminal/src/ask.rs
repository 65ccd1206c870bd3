//! Questions of the contract as questions of the interface.

use crate::faults::bad_query;
use onshi::{
    Charset, DisclosureConsent, ReferenceInfo, SearchInfo, first_unmappable, padded_insurer,
};
use reseplug_model::{Date, InsurerNumber, Month};
use reseplug_sdk::Fault;
use reseplug_sdk::eligibility::{Query, Registration};
use reseplug_sdk::home_visit::Holder;

/// Longest 記号, 番号 and 照会番号 that published software sends.
const MAX_CARD: usize = 20;
const MAX_REFERENCE: usize = 50;

/// A question ready to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// 資格確認日
    pub(crate) as_of: Date,
    pub(crate) search: SearchInfo,
}

/// A day of the contract.
pub(crate) fn day(field: &str, text: &str) -> Result<Date, Fault> {
    Date::parse(text).map_err(|error| {
        bad_query(
            field,
            format!("「{text}」は日付（例 2024-10-03）として読めません。"),
            format!("`{field}` is not a day: {error}."),
        )
    })
}

/// Checks a question and brings it into the interface's form.
pub(crate) fn question(query: &Query, charset: Charset) -> Result<Asked, Fault> {
    let as_of = day("as-of", &query.as_of)?;
    let born = day("birth-date", &query.birth_date)?;
    let identifier = required("id", &query.id, charset, MAX_REFERENCE)?;
    let consent = if query.income_consent {
        DisclosureConsent::Yes
    } else {
        DisclosureConsent::No
    };
    Ok(Asked {
        as_of,
        search: SearchInfo {
            insurer_number: Some(insurer(&query.insurer_number)?),
            symbol: optional("symbol", query.symbol.as_deref(), charset)?,
            number: Some(required("number", &query.number, charset, MAX_CARD)?),
            branch: optional("branch", query.branch.as_deref(), charset)?,
            birthdate: Some(born.compact()),
            limit_consent: Some(consent),
            identifier: Some(identifier),
            ..SearchInfo::default()
        },
    })
}

/// Checks a registration and brings it into the interface's form.
pub(crate) fn registration(
    registration: &Registration,
    charset: Charset,
) -> Result<ReferenceInfo, Fault> {
    Ok(ReferenceInfo {
        reference_number: Some(required(
            "reference-number",
            &registration.reference_number,
            charset,
            MAX_REFERENCE,
        )?),
        insurer_number: Some(insurer(&registration.insurer_number)?),
        symbol: optional("symbol", registration.symbol.as_deref(), charset)?,
        number: Some(required("number", &registration.number, charset, MAX_CARD)?),
        branch: optional("branch", registration.branch.as_deref(), charset)?,
        ..ReferenceInfo::default()
    })
}

/// The card's numbers of a holder, in the interface's form.
pub(crate) struct Card {
    pub(crate) insurer_number: String,
    pub(crate) symbol: Option<String>,
    pub(crate) number: String,
    pub(crate) branch: Option<String>,
    /// yyyyMMdd
    pub(crate) birthdate: String,
}

/// Checks the card's numbers of a holder.
pub(crate) fn card(holder: &Holder, charset: Charset) -> Result<Card, Fault> {
    Ok(Card {
        insurer_number: insurer(&holder.insurer_number)?,
        symbol: optional("symbol", holder.symbol.as_deref(), charset)?,
        number: required("number", &holder.number, charset, MAX_CARD)?,
        branch: optional("branch", holder.branch.as_deref(), charset)?,
        birthdate: day("birth-date", &holder.birth_date)?.compact(),
    })
}

/// An identifier that the answer echoes.
pub(crate) fn identifier(id: &str, charset: Charset) -> Result<String, Fault> {
    required("id", id, charset, MAX_REFERENCE)
}

/// A month as yyyyMM; nothing where there is none.
pub(crate) fn month(field: &str, text: Option<&str>) -> Result<Option<String>, Fault> {
    let Some(text) = text else {
        return Ok(None);
    };
    Month::parse(text)
        .map(|month| Some(month.compact()))
        .map_err(|error| {
            bad_query(
                field,
                format!("「{text}」は年月（例 2024-11）として読めません。"),
                format!("`{field}` is not a month: {error}."),
            )
        })
}

fn insurer(text: &str) -> Result<String, Fault> {
    match InsurerNumber::parse(text) {
        Ok(number) => Ok(padded_insurer(number.as_str())),
        Err(error) => Err(bad_query(
            "insurer-number",
            format!(
                "保険者番号「{text}」が正しくありません。半角数字6桁または8桁で登録してください。"
            ),
            format!("The insurer number cannot be sent: {error}."),
        )),
    }
}

fn required(field: &str, text: &str, charset: Charset, longest: usize) -> Result<String, Fault> {
    let length = text.chars().count();
    if text.trim().is_empty() || length > longest {
        return Err(bad_query(
            field,
            format!("{field} は1文字から{longest}文字までです（今は{length}文字）。"),
            format!("`{field}` must have 1 to {longest} characters; it has {length}."),
        ));
    }
    if let Some(character) = first_unmappable(text, charset) {
        let mut fault = bad_query(
            field,
            format!(
                "{field} の文字「{character}」は {charset} で送れません。登録を確かめるか、設定 encoding を utf-8 にできるか端末の保守業者に確かめてください。"
            ),
            format!(
                "`{field}` holds `{character}`, which {charset} lacks. Correct it, or ask the terminal's vendor whether `encoding` may be utf-8."
            ),
        );
        fault.code = "onshi/unmappable".to_owned();
        return Err(fault);
    }
    // Exactly as on file: width and zeros matter.
    Ok(text.to_owned())
}

fn optional(field: &str, text: Option<&str>, charset: Charset) -> Result<Option<String>, Fault> {
    match text {
        Some(text) if !text.trim().is_empty() => required(field, text, charset, MAX_CARD).map(Some),
        _ => Ok(None),
    }
}
