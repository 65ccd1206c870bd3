//! The functions of the protocol: one per route of `gateway-v1.yaml`.

use super::{
    Shared, downloads,
    faults::Extra,
    problem::{Code, Problem, answer, typed},
    steps::{self, Handed},
    submission::{Kind, State, Submission},
};
use axum::{
    body::Body,
    http::{HeaderMap, Method, Response, StatusCode},
};
use jiff::Timestamp;
use reseplug_calendar::Activity;
use reseplug_model::{Month, Payer};
use serde::Deserialize;
use serde_json::{Value, json};

macro_rules! routes {
    ($count:literal: $($variant:ident = $method:literal $path:literal,)+) => {
        /// Every route: method and path template, as the OpenAPI document has them.
        pub const ROUTES: [(&str, &str); $count] = [$(($method, $path),)+];

        /// A function of the protocol.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Route {
            $($variant,)+
        }

        const BY_ROUTE: [Route; $count] = [$(Route::$variant,)+];
    };
}

routes! { 12:
    Submit = "post" "/submissions",
    Find = "get" "/submissions",
    Status = "get" "/submissions/{id}",
    File = "get" "/submissions/{id}/file",
    Findings = "get" "/submissions/{id}/findings",
    Confirm = "post" "/submissions/{id}/confirm",
    Withdraw = "post" "/submissions/{id}/withdraw",
    TakeDown = "post" "/submissions/{id}/take-down",
    Acknowledgement = "get" "/submissions/{id}/acknowledgement",
    Downloads = "get" "/downloads",
    Download = "get" "/downloads/{id}",
    Calendar = "get" "/calendar",
}

impl Route {
    pub(super) const fn is_post(self) -> bool {
        matches!(
            self,
            Self::Submit | Self::Confirm | Self::Withdraw | Self::TakeDown
        )
    }

    /// The route of a request, and the id in its path.
    pub(super) fn of(method: &Method, path: &str) -> Option<(Self, String)> {
        let path = path.strip_prefix("/v1")?;
        ROUTES
            .iter()
            .zip(BY_ROUTE)
            .find_map(|((of, template), route)| {
                if !method.as_str().eq_ignore_ascii_case(of) {
                    return None;
                }
                let (mut wanted, mut given) = (template.split('/'), path.split('/'));
                let mut id = String::new();
                loop {
                    match (wanted.next(), given.next()) {
                        (None, None) => return Some((route, id)),
                        (Some("{id}"), Some(text)) => text.clone_into(&mut id),
                        (Some(a), Some(b)) if a == b => {}
                        _ => return None,
                    }
                }
            })
    }
}

/// A request that was read whole, with the station its certificate names.
pub(super) struct Asked {
    pub(super) institution: String,
    pub(super) route: Route,
    pub(super) id: String,
    pub(super) query: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    pub(super) extra: Extra,
}

/// Answers a request.
pub(super) fn answer_to(shared: &Shared, asked: Asked, now: Timestamp) -> Response<Body> {
    dispatch(shared, asked, now).unwrap_or_else(|problem| problem.response())
}

fn dispatch(shared: &Shared, asked: Asked, now: Timestamp) -> Result<Response<Body>, Problem> {
    let (own, id) = (asked.institution.as_str(), asked.id.as_str());
    let seen = |submission: &Submission| answer(StatusCode::OK, &submission.view(now));
    match asked.route {
        Route::Submit => submit(shared, asked, now),
        Route::Find => find(shared, own, &asked.query, now),
        Route::Status => Ok(seen(&steps::one(shared, own, id, now)?)),
        Route::File => {
            let submission = steps::one(shared, own, id, now)?;
            let bytes = shared.store.body(&submission).map_err(Problem::storage)?;
            Ok(typed(StatusCode::OK, "application/octet-stream", bytes))
        }
        Route::Findings => {
            let submission = steps::one(shared, own, id, now)?;
            if submission.state_at(now) == State::Checking {
                return Err(Problem::still_checking());
            }
            let body = json!({ "submission": submission.id, "findings": submission.findings });
            Ok(answer(StatusCode::OK, &body))
        }
        Route::Confirm => {
            let include = match query(&asked.query, "errors")?.as_deref() {
                Some("include") => true,
                Some("exclude") => false,
                _ => {
                    return Err(Problem::new(
                        Code::BadQuery,
                        "errors=include か errors=exclude を指定してください。",
                        "say errors=include or errors=exclude",
                    ));
                }
            };
            Ok(seen(&steps::confirm(shared, own, id, include, now)?))
        }
        Route::Withdraw => Ok(seen(&steps::withdraw(shared, own, id, now)?)),
        Route::TakeDown => {
            let (receipts, reason) = take_down(&asked.body)?;
            Ok(seen(&steps::take_down(
                shared, own, id, &receipts, &reason, now,
            )?))
        }
        Route::Acknowledgement => {
            let submission = steps::one(shared, own, id, now)?;
            acknowledgement(&submission, wants_csv(&asked.headers))
        }
        Route::Downloads => {
            let listed: Vec<Value> = steps::at_desk(shared, own, now, |desk| {
                Ok(desk.downloads().iter().map(super::Download::view).collect())
            })?;
            Ok(answer(StatusCode::OK, &json!({ "downloads": listed })))
        }
        Route::Download => download(shared, own, id, now),
        Route::Calendar => Ok(answer(StatusCode::OK, &shared.hours.view(now)?)),
    }
}

fn find(
    shared: &Shared,
    own: &str,
    asked: &str,
    now: Timestamp,
) -> Result<Response<Body>, Problem> {
    let (key, month) = (query(asked, "key")?, query(asked, "claim_month")?);
    let found: Vec<Value> = steps::at_desk(shared, own, now, |desk| {
        let of_month = |submission: &&Submission| {
            month
                .as_ref()
                .is_none_or(|month| submission.claim_month == *month)
        };
        let view = |submission: &Submission| submission.view(now);
        Ok(match (&key, &month) {
            (Some(key), _) => desk.of_key(key).filter(of_month).map(view).collect(),
            (None, Some(month)) => desk.of_month(month).map(view).collect(),
            (None, None) => desk.all().map(view).collect(),
        })
    })?;
    Ok(answer(StatusCode::OK, &json!({ "submissions": found })))
}

fn download(
    shared: &Shared,
    own: &str,
    id: &str,
    now: Timestamp,
) -> Result<Response<Body>, Problem> {
    let download = steps::at_desk(shared, own, now, |desk| {
        desk.download(id).cloned().ok_or_else(Problem::not_found)
    })?;
    let payer = Payer::from_code(&download.payer).ok_or_else(|| Problem::storage("payer"))?;
    shared.hours.within(&[Activity::Download], payer, now)?;
    let bytes = downloads::bytes(shared, own, &download).map_err(Problem::storage)?;
    Ok(typed(StatusCode::OK, "application/octet-stream", bytes))
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
            _ => Err(bad_header(name, wanted)),
        }
    };
    let key = header("idempotency-key", "1-200 ASCII", &|v| {
        (1..=200).contains(&v.len()) && v.bytes().all(|b| b.is_ascii_graphic())
    })?;
    let sha256 = header("content-sha256", "SHA-256 (hex)", &|v| {
        v.len() == 64 && v.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    })?;
    let payer = header("x-payer", "1 | 2", &|_| true)?;
    let payer = Payer::from_code(&payer).ok_or_else(|| bad_header("x-payer", "1 | 2"))?;
    let month = header("x-claim-month", "YYYY-MM", &|_| true)?;
    let month = Month::parse(&month).map_err(|_| bad_header("x-claim-month", "YYYY-MM"))?;
    let kind = match header("x-kind", "claim | trial", &|_| true)?.as_str() {
        "claim" => Kind::Claim,
        "trial" => Kind::Trial,
        _ => return Err(bad_header("x-kind", "claim | trial")),
    };
    let handed = Handed {
        institution: asked.institution,
        key,
        sha256,
        kind,
        payer,
        claim_month: month,
        body: asked.body,
    };
    let (submission, new) = steps::submit(shared, &handed, now, asked.extra)?;
    let status = if new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok(answer(status, &submission.view(now)))
}

fn bad_header(name: &str, wanted: &str) -> Problem {
    Problem::bad_header(
        name,
        &format!("{wanted}を1つだけ付けてください。"),
        &format!("exactly one {wanted} belongs here"),
    )
}

fn take_down(body: &[u8]) -> Result<(Vec<u32>, String), Problem> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Request {
        receipts: Vec<u32>,
        reason: String,
    }
    let bad = |detail: &dyn std::fmt::Display| {
        Problem::new(
            Code::BadBody,
            format!("本文は{{\"receipts\":[レセプト番号],\"reason\":\"理由\"}}です（{detail}）。"),
            format!("the body is {{\"receipts\":[numbers],\"reason\":\"why\"}}: {detail}"),
        )
    };
    let request: Request = serde_json::from_slice(body).map_err(|e| bad(&e))?;
    if request.receipts.is_empty() {
        return Err(bad(&"receipts"));
    }
    if request.reason.trim().is_empty() {
        return Err(bad(&"reason"));
    }
    Ok((request.receipts, request.reason))
}

fn acknowledgement(submission: &Submission, csv: bool) -> Result<Response<Body>, Problem> {
    let Some(confirmation) = &submission.confirmation else {
        return Err(Problem::no_acknowledgement());
    };
    if csv {
        let text = format!(
            "送信番号,受付番号,審査支払機関,請求年月,件数,合計金額,確定日時,自動確定,備考\r\n{},{},{},{},{},{},{},{},模擬（実際の請求ではありません）\r\n",
            submission.id,
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
    let bad = || Problem::bad_query(name);
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
