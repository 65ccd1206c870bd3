//! `accept`: what became of the receipts, as a CSV that the product imports.

use csv::{QuoteStyle, Terminator, WriterBuilder};
use reseplug_model::Month;
use reseplug_sdk::adapter::ReceiptOutcome;
use reseplug_sdk::{Document, DocumentKind, Fault, Payer, Place};

use crate::settings::Settings;

const TITLES: [&str; 8] = [
    "審査支払機関",
    "レセプト番号",
    "利用者番号",
    "氏名",
    "指定訪問看護年月",
    "合計金額",
    "結果",
    "理由",
];

/// The file of outcomes.
pub(crate) fn results(
    settings: &Settings,
    outcomes: &[ReceiptOutcome],
) -> Result<Vec<Document>, Fault> {
    let results = &settings.results;
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .quote_style(match settings.quoting {
            crate::settings::Quoting::Always => QuoteStyle::Always,
            _ => QuoteStyle::Necessary,
        })
        .from_writer(Vec::new());
    let encode = |text: &str| {
        settings.encoding.encode(text).map_err(|e| {
            Fault::new(
                "csv/no-such-character",
                format!(
                    "結果ファイルに文字「{}」を{}で書けません。設定 encoding を製品に合わせて確かめてください。",
                    e.character,
                    settings.encoding.name()
                ),
                format!("The file of outcomes cannot be written: {e} ({}).", settings.encoding.name()),
            )
            .at(Place::document(&results.name))
        })
    };
    let mut rows = vec![TITLES.map(str::to_owned)];
    rows.extend(outcomes.iter().map(|outcome| {
        let month = Month::parse(&outcome.service_month)
            .ok()
            .and_then(|month| settings.dates.write_month(month));
        [
            match outcome.payer {
                Payer::SocialInsuranceFund => "支払基金",
                Payer::NationalHealthFederation => "国保連",
            }
            .to_owned(),
            outcome.number.to_string(),
            outcome.person_key.clone(),
            outcome.name.clone(),
            month.unwrap_or_else(|| outcome.service_month.clone()),
            outcome.total.to_string(),
            match outcome.state.as_str() {
                "accepted" => results.accepted.clone(),
                "error" => results.error.clone(),
                "returned" => results.returned.clone(),
                other => other.to_owned(),
            },
            // One line a receipt: products of this kind do not read line breaks in cells.
            outcome.messages.join(" / ").replace(['\r', '\n'], " "),
        ]
    }));
    for row in rows {
        let cells = row
            .iter()
            .map(|cell| encode(cell))
            .collect::<Result<Vec<_>, Fault>>()?;
        writer
            .write_record(cells)
            .map_err(|e| cannot_write(&results.name, &e))?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|e| cannot_write(&results.name, &e))?;
    Ok(vec![Document::new(
        &results.name,
        DocumentKind::Other,
        bytes,
    )])
}

/// Writing into memory does not fail; if it does, nothing is handed on.
fn cannot_write(document: &str, error: &dyn std::fmt::Display) -> Fault {
    Fault::new(
        "csv/cannot-write",
        format!("結果ファイル「{document}」を作れません（{error}）。"),
        format!("The file of outcomes cannot be written: {error}."),
    )
    .at(Place::document(document))
}
