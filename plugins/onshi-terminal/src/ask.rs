//! Questions of the contract as questions of the interface.

use crate::faults::bad_query;
use onshi::{
    Charset, DisclosureConsent, ReferenceInfo, SearchInfo, first_unmappable, padded_insurer,
};
use reseplug_model::{Date, InsurerNumber};
use reseplug_sdk::Fault;
use reseplug_sdk::eligibility::{Query, Registration};

/// Longest 記号, 番号 and 照会番号 that published software sends.
const MAX_CARD: usize = 20;
const MAX_REFERENCE: usize = 50;

/// A question ready to be sent.
#[derive(Debug)]
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
