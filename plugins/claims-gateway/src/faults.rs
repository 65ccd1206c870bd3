//! Refusals: of the gateway, of its answers, and of what was asked for.

use crate::wire::Problem;
use reseplug_sdk::{Fault, Place, imports::Response};

/// How much of an answer's text is kept in a fault.
const KEPT: usize = 4000;

/// An answer that is not 2xx. What the host may do about it follows from its class:
///
/// | status | retry |
/// |---|---|
/// | 3xx | never: somebody stands in between, or the address is wrong |
/// | 400, 403, 404, 409, 413, 422 … | never: the same again is refused again |
/// | 409 `still-checking` | later |
/// | 408, 425, 429, 5xx | later (`retry-after` where the gateway says when) |
///
/// Whether a request that may change something has to be asked for first is [`may_have_acted`].
pub(crate) fn refused(response: &Response) -> Fault {
    let status = response.status;
    let text = String::from_utf8_lossy(&response.body);
    let kept: String = text.chars().take(KEPT).collect();
    if (300..400).contains(&status) {
        let fault = redirect(status).with("body", kept);
        return match header(response, "location") {
            Some(location) => fault.with("location", location),
            None => fault,
        };
    }
    let problem = serde_json::from_slice::<Problem>(&response.body)
        .ok()
        .filter(|problem| is_code(&problem.code));
    let checking = problem
        .as_ref()
        .is_some_and(|problem| problem.code == "still-checking");
    let fault = match problem {
        Some(problem) => Fault::new(
            &format!("gateway/{}", problem.code),
            format!(
                "ゲートウェイが受け付けませんでした（{status}）。{}",
                problem.detail_ja
            ),
            format!("The gateway refused ({status}): {}.", problem.detail_en),
        ),
        None => Fault::new(
            &format!("gateway/http-{status}"),
            format!(
                "ゲートウェイから想定外の応答（{status}）がありました。接続先の設定を確かめ、続くようなら運営者に連絡してください。"
            ),
            format!(
                "The gateway answered with the unexpected status {status}. Check the endpoint; if it goes on, tell its operator."
            ),
        ),
    };
    let mut fault = fault.with("status", status.to_string()).with("body", kept);
    if let Some(after) = header(response, "retry-after") {
        fault = fault.with("retry-after", after);
    }
    if status >= 500 || matches!(status, 408 | 425 | 429) || checking {
        fault.later()
    } else {
        fault
    }
}

/// A header of an answer.
pub(crate) fn header(response: &Response, name: &str) -> Option<String> {
    let mut headers = response.headers.iter();
    headers
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.clone())
}

/// Statuses after which nobody knows whether the request was carried out: 500 of the gateway, 502
/// and 504 of something between, and a redirection, behind which anything may have happened.
pub(crate) fn may_have_acted(status: u16) -> bool {
    matches!(status, 300..=399 | 500 | 502 | 504)
}

fn redirect(status: u16) -> Fault {
    Fault::new(
        "gateway/redirect",
        format!(
            "ゲートウェイの代わりに、別の場所への転送（{status}）が返ってきました。転送先には何も送っていません。接続先の設定と、回線のログイン画面などが間にないかを確かめてください。"
        ),
        format!(
            "Instead of the gateway something answered with a redirection ({status}). Nothing was sent to where it points. Check the endpoint's address and whether something (a login page of the line) stands in between."
        ),
    )
    .with("status", status.to_string())
}

fn is_code(text: &str) -> bool {
    (1..=60).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// An answer of 2xx that is not what the protocol says.
pub(crate) fn unreadable(response: &Response, why: &str) -> Fault {
    let kept: String = String::from_utf8_lossy(&response.body)
        .chars()
        .take(KEPT)
        .collect();
    Fault::new(
        "gateway/unreadable-answer",
        format!("ゲートウェイの応答を読み取れません（{why}）。処理は済んでいるかもしれないので、状態を照会してください。"),
        format!("The gateway's answer cannot be read: {why}. It may have acted: ask for the state."),
    )
    .ask_first()
    .with("body", kept)
}

/// An answer about another submission than the one asked about.
pub(crate) fn other_submission(what: &str) -> Fault {
    Fault::new(
        "gateway/other-submission",
        format!("ゲートウェイの応答が別の送信のものです（{what}）。運営者に連絡してください。"),
        format!("The gateway answered about another submission ({what}). Tell its operator."),
    )
}

/// A downloaded file whose digest is not the listed one.
pub(crate) fn not_whole(name: &str) -> Fault {
    Fault::new(
        "gateway/download-differs",
        format!("{name} のSHA-256が一覧と一致しないため、取り込んでいません。しばらくしてからやり直し、続くようなら運営者に連絡してください。"),
        format!("The digest of {name} is not the listed one; it was not taken. Try again later; if it goes on, tell the gateway's operator."),
    )
    .later()
}

/// 取下げ of nothing, or without a reason.
pub(crate) fn nothing_to_take_down() -> Fault {
    Fault::new(
        "gateway/take-down",
        "取下げには、レセプト番号と理由が要ります。送信していません。",
        "Taking down needs receipt numbers and a reason. Nothing was sent.",
    )
}

/// A file that is not what its kind says.
pub(crate) fn not_readable(name: &str, what: &str, why: &str) -> Fault {
    Fault::new(
        "gateway/unreadable-file",
        format!("{name} を{what}として読み取れません（{why}）。ファイルはそのまま保管しています。"),
        format!(
            "{name} cannot be read as what it is said to be: {why}. The file is kept as it is."
        ),
    )
    .at(Place::document(name))
}

/// A row of a file that cannot be read.
pub(crate) fn row(name: &str, place: u32, why: &str) -> Fault {
    Fault::new(
        "gateway/unreadable-row",
        format!("{name} の{place}件目を読み取れません（{why}）。この行は取り込んでいません。"),
        format!("Row {place} of {name} cannot be read and was left out: {why}."),
    )
    .at(Place::document(name).line(place))
}

/// The document is not what the filing says.
pub(crate) fn file_differs(name: &str) -> Fault {
    Fault::new(
        "claims/file-differs",
        format!("ファイル {name} のSHA-256が請求の内容と一致しません。送信していません。"),
        format!("The digest of {name} is not the filing's. Nothing was sent."),
    )
}

/// The key cannot travel in a header.
pub(crate) fn bad_key() -> Fault {
    Fault::new(
        "gateway/key",
        "送信キーに使えない文字があるか、長すぎます。送信していません。",
        "The filing's key is too long or has characters a header cannot carry. Nothing was sent.",
    )
}

/// A reference that is not one of the gateway's.
pub(crate) fn bad_reference(reference: &str) -> Fault {
    let shown: String = reference.chars().take(60).collect();
    Fault::new(
        "gateway/reference",
        format!("「{shown}」はゲートウェイの送信番号ではありません。"),
        format!("{shown:?} is no reference of this gateway."),
    )
}

/// Asked as often as the settings allow, and still nobody knows.
pub(crate) fn still_unknown(rounds: u32, last: &Fault) -> Fault {
    Fault::new(
        "gateway/outcome-unknown",
        format!("結果を{rounds}回確かめましたが、分かりませんでした。回線を確かめ、しばらくしてからやり直してください。同じ請求が二重になることはありません。"),
        format!("After {rounds} rounds of asking the outcome is still unknown. Check the line and try again later; the same filing cannot happen twice."),
    )
    .ask_first()
    .with("cause", format!("{}: {}", last.code, last.message_en))
}

/// The gateway was asked and says that nothing of it is there.
pub(crate) fn not_done(last: &Fault) -> Fault {
    Fault::new(
        "gateway/not-done",
        "ゲートウェイに照会したところ、処理されていませんでした。しばらくしてからやり直してください。",
        "The gateway was asked and says that it has not been done. Try again later.",
    )
    .later()
    .with("cause", format!("{}: {}", last.code, last.message_en))
}

/// A payer that the contract does not know.
pub(crate) fn unknown_payer(code: &str) -> Fault {
    Fault::new(
        "gateway/unknown-payer",
        format!(
            "ゲートウェイの応答に、知らない審査支払機関「{code}」があります。ゲートウェイの運営者に確かめてください。"
        ),
        format!("The gateway's answer names the payer {code:?}, which is none. Ask its operator."),
    )
}
