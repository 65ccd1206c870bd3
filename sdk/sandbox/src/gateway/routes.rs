//! The functions of the protocol: one per route of `gateway-v1.yaml`.

use super::{
    Shared, calendar,
    problem::{Problem, answer, typed},
    returns,
    state::Handed,
    submission::{Kind, State, Submission},
};
use axum::{
    body::Body,
    http::{HeaderMap, Method, Response, StatusCode},
};
use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest, Sha256};

/// Every route: method and path template, as the OpenAPI document has them.
pub const ROUTES: [(&str, &str); 9] = [
    ("post", "/submissions"),
    ("get", "/submissions"),
    ("get", "/submissions/{id}"),
    ("get", "/submissions/{id}/findings"),
    ("post", "/submissions/{id}/confirm"),
    ("post", "/submissions/{id}/withdraw"),
    ("get", "/submissions/{id}/acknowledgement"),
    ("get", "/returns"),
    ("get", "/returns/{id}"),
];

/// A request that was read whole, with the station its certificate names.
pub(super) struct Asked {
    pub(super) institution: String,
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// Answers a request.
pub(super) fn answer_to(shared: &Shared, asked: Asked) -> Response<Body> {
    dispatch(shared, asked).unwrap_or_else(|problem| problem.response())
}

fn dispatch(shared: &Shared, asked: Asked) -> Result<Response<Body>, Problem> {
    let now = (shared.options.clock)();
    let path = asked
        .path
        .strip_prefix("/v1/")
        .ok_or_else(Problem::not_found)?
        .to_owned();
    let segments: Vec<&str> = path.split('/').collect();
    let get = asked.method == Method::GET;
    let post = asked.method == Method::POST;
    let own = asked.institution.as_str();
    let view = |submission: &Submission| submission.view(now, &shared.options);
    match segments.as_slice() {
        ["submissions"] if post => submit(shared, asked, now),
        ["submissions"] if get => {
            let (key, month) = (
                query(&asked.query, "key")?,
                query(&asked.query, "claim_month")?,
            );
            let found: Vec<_> = shared
                .store
                .of(own, now)?
                .iter()
                .filter(|submission| key.as_ref().is_none_or(|key| submission.key == *key))
                .filter(|submission| {
                    month
                        .as_ref()
                        .is_none_or(|month| submission.claim_month == *month)
                })
                .map(view)
                .collect();
            Ok(answer(StatusCode::OK, &json!({ "submissions": found })))
        }
        ["submissions", id] if get => Ok(answer(
            StatusCode::OK,
            &view(&shared.store.one(own, id, now)?),
        )),
        ["submissions", id, "findings"] if get => {
            let submission = shared.store.one(own, id, now)?;
            if submission.state_at(now, &shared.options) == State::Checking {
                return Err(Problem::conflict(
                    "still-checking",
                    "受付・事務点検がまだ終わっていません。",
                    "the check is still going on",
                ));
            }
            Ok(answer(
                StatusCode::OK,
                &json!({ "findings": submission.findings }),
            ))
        }
        ["submissions", id, "confirm"] if post => {
            let include = match query(&asked.query, "errors")?.as_deref() {
                Some("include") => true,
                Some("exclude") => false,
                _ => {
                    return Err(Problem::new(
                        StatusCode::BAD_REQUEST,
                        "bad-query",
                        "errors=include か errors=exclude を指定してください。",
                        "say errors=include or errors=exclude",
                    ));
                }
            };
            in_hours(shared, Kind::Claim, now)?;
            Ok(answer(
                StatusCode::OK,
                &view(
                    &shared
                        .store
                        .confirm(own, id, include, now, &shared.options)?,
                ),
            ))
        }
        ["submissions", id, "withdraw"] if post => Ok(answer(
            StatusCode::OK,
            &view(&shared.store.withdraw(own, id, now)?),
        )),
        ["submissions", id, "acknowledgement"] if get => {
            acknowledgement(&shared.store.one(own, id, now)?, wants_csv(&asked.headers))
        }
        ["returns"] if get => {
            let mut found = Vec::new();
            for returned in returns::list(shared, own).map_err(Problem::storage)? {
                let bytes = std::fs::read(&returned.path).map_err(Problem::storage)?;
                found.push(json!({
                    "id": returned.id,
                    "name": format!("{}.HEN", returned.id),
                    "sha256": hex::encode(Sha256::digest(&bytes)),
                    "size": bytes.len(),
                }));
            }
            Ok(answer(StatusCode::OK, &json!({ "returns": found })))
        }
        ["returns", id] if get => {
            let list = returns::list(shared, own).map_err(Problem::storage)?;
            let returned = list
                .iter()
                .find(|returned| returned.id == *id)
                .ok_or_else(Problem::not_found)?;
            let bytes = std::fs::read(&returned.path).map_err(Problem::storage)?;
            Ok(typed(StatusCode::OK, "application/octet-stream", bytes))
        }
        _ => Err(Problem::not_found()),
    }
}

fn submit(shared: &Shared, asked: Asked, now: Timestamp) -> Result<Response<Body>, Problem> {
    let header = |name: &str, wanted: &str, good: &dyn Fn(&str) -> bool| {
        let mut values = asked.headers.get_all(name).iter();
        let value = values
            .next()
            .and_then(|value| value.to_str().ok())
            .filter(|value| good(value));
        match (value, values.next()) {
            (Some(value), None) => Ok(value.to_owned()),
            _ => Err(Problem::bad_header(
                name,
                &format!("{wanted}を1つだけ付けてください。"),
                &format!("exactly one {wanted} belongs here"),
            )),
        }
    };
    let key = header("idempotency-key", "1-200 ASCII", &|v| {
        (1..=200).contains(&v.len()) && v.bytes().all(|b| b.is_ascii_graphic())
    })?;
    let sha256 = header("content-sha256", "SHA-256 (hex)", &|v| {
        v.len() == 64 && v.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    })?;
    let payer = header("x-payer", "1 | 2", &|v| matches!(v, "1" | "2"))?;
    let claim_month = header("x-claim-month", "YYYY-MM", &|v| {
        v.len() == 7 && calendar::deadline(v).is_some()
    })?;
    let kind = match header("x-kind", "claim | trial", &|v| {
        matches!(v, "claim" | "trial")
    })?
    .as_str()
    {
        "trial" => Kind::Trial,
        _ => Kind::Claim,
    };
    in_hours(shared, kind, now)?;
    let handed = Handed {
        institution: asked.institution,
        key,
        sha256,
        kind,
        payer,
        claim_month,
        body: asked.body,
    };
    let (submission, new) = shared.store.submit(&handed, now)?;
    let status = if new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok(answer(status, &submission.view(now, &shared.options)))
}

fn in_hours(shared: &Shared, kind: Kind, now: Timestamp) -> Result<(), Problem> {
    if !shared.options.calendar || calendar::open(kind, now) {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "outside-hours",
        "受付時間外です（請求は5〜7日8〜21時・8〜10日8〜24時、確認試験は5日〜月末8〜21時）。",
        "outside the hours of filing (claims: days 5-7 8:00-21:00, days 8-10 8:00-24:00; trials: day 5 to the end of the month 8:00-21:00)",
    ))
}

fn acknowledgement(submission: &Submission, csv: bool) -> Result<Response<Body>, Problem> {
    let Some(confirmation) = &submission.confirmation else {
        return Err(Problem::new(
            StatusCode::NOT_FOUND,
            "acknowledgement-not-yet",
            "請求確定していないため、受領書はまだありません。",
            "there is no acknowledgement before the confirmation",
        ));
    };
    if csv {
        let text = format!(
            "受付番号,審査支払機関,請求年月,件数,合計金額,確定日時,自動確定,備考\r\n{},{},{},{},{},{},{},模擬（実際の請求ではありません）\r\n",
            confirmation.number,
            submission.payer,
            submission.claim_month,
            confirmation.receipts,
            confirmation.total,
            confirmation.at,
            u8::from(confirmation.automatic),
        );
        return Ok(typed(StatusCode::OK, "text/csv; charset=utf-8", text));
    }
    let body = json!({
        "submission": submission.id,
        "number": confirmation.number,
        "payer": submission.payer,
        "claim_month": submission.claim_month,
        "receipts": confirmation.receipts,
        "total": confirmation.total,
        "at": confirmation.at,
        "automatic": confirmation.automatic,
        "simulated": true,
    });
    Ok(answer(StatusCode::OK, &body))
}

fn wants_csv(headers: &HeaderMap) -> bool {
    headers
        .get("accept")
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains("text/csv"))
}

/// A parameter of the query, percent-decoded; the first where there are several.
fn query(text: &str, name: &str) -> Result<Option<String>, Problem> {
    let Some((_, value)) = text
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == name)
    else {
        return Ok(None);
    };
    let bad = || {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "bad-query",
            format!("{name}を読めません。"),
            format!("{name} cannot be read"),
        )
    };
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' {
            let digits = [rest.next().ok_or_else(bad)?, rest.next().ok_or_else(bad)?];
            let mut decoded = [0_u8];
            hex::decode_to_slice(digits, &mut decoded).map_err(|_| bad())?;
            decoded[0]
        } else {
            byte
        });
    }
    String::from_utf8(bytes).map(Some).map_err(|_| bad())
}
