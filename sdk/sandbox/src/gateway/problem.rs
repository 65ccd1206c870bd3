//! Refusals as `application/problem+json` (RFC 9457), with a stable code and both languages.

use axum::{
    body::Body,
    http::{Response, StatusCode, header},
};
use serde_json::{Value, json};

/// A refusal of a request.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    code: &'static str,
    ja: String,
    en: String,
}

impl Problem {
    pub(super) fn new(
        status: StatusCode,
        code: &'static str,
        ja: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self {
            status,
            code,
            ja: ja.into(),
            en: en.into(),
        }
    }

    pub(super) fn bad_header(name: &str, ja: &str, en: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "bad-header",
            format!("ヘッダー {name}: {ja}"),
            format!("header {name}: {en}"),
        )
    }

    pub(super) fn file(code: &'static str, ja: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, ja, en)
    }

    pub(super) fn conflict(
        code: &'static str,
        ja: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self::new(StatusCode::CONFLICT, code, ja, en)
    }

    pub(super) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not-found",
            "該当するものがありません。",
            "there is no such thing here",
        )
    }

    pub(super) fn storage(detail: impl std::fmt::Display) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "storage",
            "サンドボックスの保存に失敗しました。",
            format!("the sandbox could not store it: {detail}"),
        )
    }

    pub(super) fn response(&self) -> Response<Body> {
        let body = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or("refused"),
            "status": self.status.as_u16(),
            "code": self.code,
            "detail_ja": self.ja,
            "detail_en": self.en,
            "simulated": true,
        });
        typed(self.status, "application/problem+json", body.to_string())
    }
}

/// A JSON answer.
pub(super) fn answer(status: StatusCode, body: &Value) -> Response<Body> {
    typed(status, "application/json", body.to_string())
}

/// An answer of any type.
pub(super) fn typed(
    status: StatusCode,
    kind: &'static str,
    body: impl Into<Body>,
) -> Response<Body> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    response
        .headers_mut()
        .insert("x-simulated", header::HeaderValue::from_static("true"));
    response
}
