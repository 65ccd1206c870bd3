//! `accept`: what became of the receipts, as a list for the product's staff.
//!
//! A product whose only format is the claim file has nowhere to take results in; what its staff
//! need is a list they can open beside it and work through.

use encoding_rs::{EncoderResult, SHIFT_JIS};
use reseplug_sdk::adapter::ReceiptOutcome;
use reseplug_sdk::{Document, DocumentKind, Fault, Payer, Place};

use crate::settings::{Encoding, Settings};

const TITLES: [&str; 8] = [
    "審査支払機関",
    "レセプト番号",
    "訪問看護記録番号",
    "氏名",
    "指定訪問看護年月",
    "合計金額",
    "結果",
    "理由",
];

/// The list as one document.
pub(crate) fn list(
    settings: &Settings,
    outcomes: &[ReceiptOutcome],
) -> Result<Vec<Document>, Fault> {
    let mut text = line(TITLES.map(str::to_owned));
    for outcome in outcomes {
        text.push_str(&line([
            match outcome.payer {
                Payer::SocialInsuranceFund => "支払基金",
                Payer::NationalHealthFederation => "国保連",
            }
            .to_owned(),
            outcome.number.to_string(),
            outcome.person_key.clone(),
            outcome.name.clone(),
            outcome.service_month.clone(),
            outcome.total.to_string(),
            state(&outcome.state).to_owned(),
            outcome.messages.join("\n"),
        ]));
    }
    let bytes = match settings.results_encoding {
        Encoding::Utf8 => [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
        Encoding::ShiftJis => {
            shift_jis(&text).map_err(|c| cannot_hold(&settings.results_name, c))?
        }
    };
    Ok(vec![Document::new(
        &settings.results_name,
        DocumentKind::Other,
        bytes,
    )])
}

/// The words of the contract in Japanese; a source's own word stays.
fn state(state: &str) -> &str {
    match state {
        "accepted" => "受付済み",
        "error" => "エラー（請求されていません）",
        "returned" => "返戻",
        other => other,
    }
}

fn line(cells: [String; 8]) -> String {
    let quoted: Vec<String> = cells
        .iter()
        .map(|cell| format!("\"{}\"", cell.replace('"', "\"\"")))
        .collect();
    quoted.join(",") + "\r\n"
}

/// Encodes, or names the character that cannot be.
fn shift_jis(text: &str) -> Result<Vec<u8>, char> {
    let mut bytes = Vec::with_capacity(text.len());
    for character in text.chars() {
        // The encoder would write these two as a backslash and a tilde.
        let spelled = match character {
            '\u{A5}' | '\u{203E}' => return Err(character),
            '\u{301C}' => '\u{FF5E}',
            other => other,
        };
        let mut utf8 = [0; 4];
        let mut code = [0; 4];
        let (result, _, written) = SHIFT_JIS
            .new_encoder()
            .encode_from_utf8_without_replacement(spelled.encode_utf8(&mut utf8), &mut code, true);
        match (result, code.get(..written)) {
            (EncoderResult::InputEmpty, Some(code)) => bytes.extend_from_slice(code),
            _ => return Err(character),
        }
    }
    Ok(bytes)
}

fn cannot_hold(document: &str, character: char) -> Fault {
    Fault::new(
        "uke/cannot-write",
        format!(
            "結果一覧「{document}」に文字「{character}」を Shift_JIS で書けません。設定 results_encoding を utf8 にしてください。"
        ),
        format!(
            "`{character}` (U+{:04X}) cannot be written into `{document}` in Shift_JIS. Set `results_encoding` to `utf8`.",
            u32::from(character)
        ),
    )
    .at(Place::document(document))
}
