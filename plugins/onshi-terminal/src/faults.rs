//! The connector's refusals: what happened, what it means, what to do.

use onshi::{ArchiveError, MessageKind, ReadError, WholeError, WriteError, WriteErrorKind};
use reseplug_sdk::imports::Arrival;
use reseplug_sdk::{Fault, Place};

/// Most bytes of a refusal's content that a fault carries.
const CONTENT: usize = 4096;

/// The other side refused the request (`.err`). Its content has no known layout, so it is
/// kept as it came.
pub(crate) fn refused(arrival: &Arrival) -> Fault {
    let head = arrival.body.get(..CONTENT).unwrap_or(&arrival.body);
    let content = match std::str::from_utf8(head) {
        Ok(text) => text.to_owned(),
        // Every byte is seen, whatever the encoding.
        Err(_) => head.escape_ascii().to_string(),
    };
    Fault::new(
        "onshi/refused",
        format!(
            "資格確認端末が要求 {} を受け付けませんでした（{}）。要求は処理されていません。内容を端末の保守業者に伝えてください。",
            arrival.request, arrival.name
        ),
        format!(
            "The terminal refused the request {} ({}). It was not carried out. Show the content to the terminal's vendor.",
            arrival.request, arrival.name
        ),
    )
    .at(Place::document(&arrival.name))
    .with("request", &arrival.request)
    .with("content", content)
}

/// No answer to a question: asking again changes nothing at the other side.
pub(crate) fn timeout(request: &str, minutes: u32) -> Fault {
    Fault::new(
        "onshi/timeout",
        format!(
            "{minutes} 分待ちましたが、要求 {request} の回答が届きませんでした。資格確認端末と連携アプリケーションが動いているか、連携フォルダーにつながるかを確かめ、後でもう一度照会してください。"
        ),
        format!(
            "No answer to {request} within {minutes} minutes. Check that the terminal and its linked application run and that the folder can be reached, then ask again."
        ),
    )
    .at(Place::document(request))
    .later()
}

/// No answer to a request of which nobody knows whether it was taken: it is never sent again
/// by the machine.
pub(crate) fn unclear(request: &str, minutes: u32) -> Fault {
    let fault = Fault::new(
        "onshi/timeout",
        format!(
            "{minutes} 分待ちましたが、要求 {request} の受付結果が届きませんでした。受け付けられたかどうか分からないため、自動では送り直しません。資格確認端末の画面と回答フォルダーで確かめてから、人が決めてください。"
        ),
        format!(
            "No acceptance of {request} within {minutes} minutes. Nobody knows whether it was taken, so it is not sent again by itself. Look in the terminal and its answer folder, then decide."
        ),
    )
    .at(Place::document(request));
    fault.ask_first()
}

/// The centre was still working when the time was over.
pub(crate) fn still_working(request: &str, reception: &str, minutes: u32) -> Fault {
    Fault::new(
        "onshi/timeout",
        format!(
            "受付番号 {reception} の処理が {minutes} 分たっても終わりませんでした。時間をおいてもう一度照会してください。"
        ),
        format!(
            "The centre was still working on reception number {reception} after {minutes} minutes. Ask again later."
        ),
    )
    .at(Place::document(request))
    .with("reception-number", reception)
    .later()
}

/// The whole message failed. Code and text are the centre's own.
pub(crate) fn failed(arrival: &Arrival, error: &WholeError) -> Fault {
    let code = error.code.as_deref().unwrap_or("－");
    let text = error.message.as_deref().unwrap_or("（メッセージなし）");
    let mut fault = Fault::new(
        "onshi/failed",
        format!(
            "オンライン資格確認システムがエラーを返しました：{code} {text}（{}）。この要求の回答は一つも使えません。",
            arrival.name
        ),
        format!(
            "The eligibility system answered with an error: {code} {text} ({}). No part of this answer counts.",
            arrival.name
        ),
    )
    .at(Place::document(&arrival.name))
    .later();
    for (name, value) in [
        ("SegmentOfResult", &error.segment),
        ("ErrorCode", &error.code),
        ("ErrorMessage", &error.message),
    ] {
        if let Some(value) = value {
            fault = fault.with(name, value);
        }
    }
    fault
}

/// The upload of a bulk request was answered with an error, or without a reception number.
pub(crate) fn not_accepted(arrival: &Arrival, code: Option<&str>, text: Option<&str>) -> Fault {
    let shown = text.unwrap_or("受付番号がありません");
    let mut fault = Fault::new(
        "onshi/not-accepted",
        format!(
            "一括の要求 {} は受け付けられませんでした：{} {shown}",
            arrival.request,
            code.unwrap_or_default()
        ),
        format!(
            "The bulk request {} was not accepted: {} {shown}",
            arrival.request,
            code.unwrap_or_default()
        ),
    )
    .at(Place::document(&arrival.name))
    .later();
    for (name, value) in [
        ("ProcessingResultCode", code),
        ("ProcessingResultMessage", text),
    ] {
        if let Some(value) = value {
            fault = fault.with(name, value);
        }
    }
    fault
}

/// The answer's archive cannot be opened.
pub(crate) fn archive(error: &ArchiveError, arrival: &Arrival) -> Fault {
    let at = Place::document(&arrival.name);
    match error {
        ArchiveError::Encrypted { .. } => Fault::new(
            "onshi/encrypted",
            format!(
                "回答 {} が暗号化されています。これは資格確認端末の設定です。端末の encrypt.conf でこの電文の設定を「e」から「n」に変え、連携アプリケーションを再起動してください（端末の保守業者に依頼してください）。暗号化された連携には対応していません。",
                arrival.name
            ),
            format!("{error}."),
        )
        .at(at),
        _ => Fault::new(
            "onshi/unreadable",
            format!("回答 {} の圧縮ファイルを開けません（{}）。ファイルを残して保守業者に見せてください。", arrival.name, error.message_ja()),
            format!("The archive of the answer cannot be opened: {error}. Keep the file for the vendor."),
        )
        .at(at),
    }
}

/// The answer is not a message of the interface.
pub(crate) fn unreadable(error: &ReadError, arrival: &Arrival) -> Fault {
    Fault::new(
        "onshi/unreadable",
        format!(
            "回答 {} を読めません（{}：{}）。文字コードの設定が端末と合っているか確かめ、ファイルを残して保守業者に見せてください。",
            arrival.name, error.path, error.kind.message_ja()
        ),
        format!(
            "The answer {} cannot be read at {}: {}. Check that the encoding setting agrees with the terminal's; keep the file for the vendor.",
            arrival.name, error.path, error.kind
        ),
    )
    .at(Place::document(&arrival.name).record(&error.path))
    .with("request", &arrival.request)
}

/// The file names no encoding, and what it says about itself contradicts the setting.
pub(crate) fn encoding(arrival: &Arrival, warning: &str) -> Fault {
    Fault::new(
        "onshi/encoding",
        format!(
            "回答 {} の文字コードが設定と食い違っています（{warning}）。文字化けのおそれがあるため使いません。プラグインの設定 encoding を端末に合わせてください。",
            arrival.name
        ),
        format!(
            "The encoding of {} contradicts the setting: {warning}. Its text may be wrong, so it is not used. Set `encoding` to what the terminal writes.",
            arrival.name
        ),
    )
    .at(Place::document(&arrival.name))
}

/// The answer belongs to something else than what was asked.
pub(crate) fn mismatch(arrival: &Arrival, what: &str, asked: &str, answered: &str) -> Fault {
    Fault::new(
        "onshi/mismatch",
        format!(
            "回答 {} の {what} が要求と違います（要求 {asked}、回答 {answered}）。別の要求の回答かもしれないため使いません。",
            arrival.name
        ),
        format!(
            "{what} of {} is `{answered}`, but `{asked}` was asked. It may answer another request and is not used.",
            arrival.name
        ),
    )
    .at(Place::document(&arrival.name).record(what))
    .with("request", &arrival.request)
}

/// A question that cannot be asked.
pub(crate) fn bad_query(field: &str, ja: impl Into<String>, en: impl Into<String>) -> Fault {
    Fault::new("onshi/bad-query", ja, en).at(Place::document("query").field(field))
}

/// A message that cannot be written.
pub(crate) fn unwritable(error: &WriteError) -> Fault {
    let code = match error.kind {
        WriteErrorKind::Unmappable { .. } => "onshi/unmappable",
        _ => "onshi/bad-query",
    };
    Fault::new(
        code,
        format!(
            "要求を書けません（{}：{}）。登録されている記号・番号を確かめるか、設定 encoding を utf-8 にできるか端末の保守業者に確かめてください。",
            error.path, error.kind
        ),
        format!(
            "The request cannot be written at {}: {}. Correct the value, or ask the terminal's vendor whether `encoding` may be utf-8.",
            error.path, error.kind
        ),
    )
    .at(Place::document(&error.file).record(&error.path))
}

/// `V-impl` and the like, where the layout has to be shown as unconfirmed.
pub(crate) fn grade_mark(kind: MessageKind) -> Option<(String, String)> {
    let confidence = kind.entry()?.layout_confidence;
    confidence.is_unconfirmed().then(|| {
        (
            "layout-grade".to_owned(),
            format!("unconfirmed ({})", confidence.mark()),
        )
    })
}

/// An operation whose layout is not public and not given: it stays off, nothing is guessed.
pub(crate) fn layout_unknown(interfaces: &str, name_ja: &str, key: &str) -> Fault {
    Fault::new(
        "onshi/layout-unknown",
        format!(
            "{name_ja}（{interfaces}）の電文の形式は公開されていないため、この機能は使えません。外部インターフェイス仕様書（別紙3-1）を持つ保守業者に、[{key}] を書いた形式ファイルの作成を依頼し、設定ファイルの [plugins.onshi-terminal] に settings_files = {{ layouts = \"layouts.toml\" }} を加えてください。"
        ),
        format!(
            "The layout of {interfaces} is not public, so this operation is off. Who has the official sheet (別紙3-1) writes [{key}] into a layout file; then add settings_files = {{ layouts = \"layouts.toml\" }} to [plugins.onshi-terminal] of the station file."
        ),
    )
    .at(Place::document("settings").field(format!("layouts.{key}")))
    .with("interfaces", interfaces)
}

/// The answer names another institution.
pub(crate) fn other_institution(arrival: &Arrival, own: &str, other: &str) -> Fault {
    Fault::new(
        "onshi/other-institution",
        format!(
            "回答 {} は別の医療機関コード {other} のものです（この事業所は {own}）。使いません。同じ連携フォルダーを使うほかの事業所のファイルか、設定ファイルの code・prefecture の誤りです。届いた内容は処理の記録に残しています。",
            arrival.name
        ),
        format!(
            "The answer {} is for the institution {other}, not for {own}. It is not used. Either another institution shares the folders, or `code` or `prefecture` of the station file is wrong. What came is kept in the job's record.",
            arrival.name
        ),
    )
    .at(Place::document(&arrival.name).record("MedicalInstitutionCode"))
    .with("request", &arrival.request)
    .with("institution", other)
}

/// A PDF or picture where a message was expected.
pub(crate) fn not_xml(arrival: &Arrival) -> Fault {
    Fault::new(
        "onshi/not-a-message",
        format!(
            "回答 {} は XML ではなく、PDF か画像です。この機能では使えません。端末の設定を保守業者に確かめてください。",
            arrival.name
        ),
        format!(
            "The answer {} is a PDF or a picture, not a message. Ask the terminal's vendor about its settings.",
            arrival.name
        ),
    )
    .at(Place::document(&arrival.name))
    .with("request", &arrival.request)
}

/// Medical information of somebody else. Names and dates of the other person are not told.
pub(crate) fn other_person(arrival: &Arrival) -> Fault {
    Fault::new(
        "onshi/other-person",
        format!(
            "回答 {} の生年月日が、照会した方と違います。別の方の情報のおそれがあるため表示しません。保険者番号・記号・番号・枝番を確かめてください。",
            arrival.name
        ),
        format!(
            "The birth date in {} is not that of the person who was asked about. It may be somebody else's information and is not shown. Check the card's numbers.",
            arrival.name
        ),
    )
    .at(Place::document(&arrival.name))
    .with("request", &arrival.request)
}

/// The answer has no part for the person.
pub(crate) fn missing(id: &str) -> Fault {
    Fault::new(
        "onshi/not-in-answer",
        format!("回答にこの方（{id}）の結果が含まれていません。もう一度照会するか、資格確認書などで確かめてください。"),
        format!("The answer has no part for `{id}`. Ask again, or look at the person's certificate."),
    )
    .later()
}

/// The answer has several parts for the person; none is chosen.
pub(crate) fn ambiguous(id: &str) -> Fault {
    Fault::new(
        "onshi/ambiguous",
        format!("回答にこの方（{id}）の結果が二つ以上あります。どれかを選ぶことはしません。一人だけで照会し直してください。"),
        format!("The answer has several parts for `{id}`; none is chosen. Ask about this person alone."),
    )
    .later()
}

/// The answer is about another day.
pub(crate) fn other_day(id: &str, asked: &str, answered: &str) -> Fault {
    Fault::new(
        "onshi/mismatch",
        format!(
            "{id}：資格確認日 {asked} を照会しましたが、回答は {answered} のものです。使いません。"
        ),
        format!(
            "`{id}` was asked about as of {asked}, but the answer is as of {answered}. It is not used."
        ),
    )
}
