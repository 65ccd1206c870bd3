//! Refusals as `application/problem+json` (RFC 9457), with a stable code and both languages.

use axum::{
    body::Body,
    http::{HeaderValue, Response, StatusCode, header},
};
use serde_json::{Value, json};

macro_rules! codes {
    ($($variant:ident = $name:literal, $status:ident;)+) => {
        /// Why a request is refused. Each code has one status; `gateway-v1.yaml` lists the same.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Code {
            $($variant,)+
        }

        impl Code {
            /// Every code.
            #[cfg(test)]
            pub(super) const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Its name in the protocol.
            pub(super) const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// Its HTTP status.
            pub(super) const fn status(self) -> StatusCode {
                match self {
                    $(Self::$variant => StatusCode::$status,)+
                }
            }
        }
    };
}

codes! {
    BadHeader = "bad-header", BAD_REQUEST;
    BadQuery = "bad-query", BAD_REQUEST;
    BadBody = "bad-body", BAD_REQUEST;
    NoInstitution = "no-institution", FORBIDDEN;
    CertificateRevoked = "certificate-revoked", FORBIDDEN;
    CertificateExpired = "certificate-expired", FORBIDDEN;
    NotFound = "not-found", NOT_FOUND;
    AcknowledgementNotYet = "acknowledgement-not-yet", NOT_FOUND;
    KeyWithOtherContent = "key-with-other-content", CONFLICT;
    StillChecking = "still-checking", CONFLICT;
    Withdrawn = "withdrawn", CONFLICT;
    Confirmed = "confirmed", CONFLICT;
    ConfirmedOtherwise = "confirmed-otherwise", CONFLICT;
    NothingToConfirm = "nothing-to-confirm", CONFLICT;
    Trial = "trial", CONFLICT;
    NotConfirmed = "not-confirmed", CONFLICT;
    Reviewed = "reviewed", CONFLICT;
    TooLarge = "too-large", PAYLOAD_TOO_LARGE;
    HashDiffers = "hash-differs", UNPROCESSABLE_ENTITY;
    NotAClaimFile = "not-a-claim-file", UNPROCESSABLE_ENTITY;
    HeaderUnreadable = "header-unreadable", UNPROCESSABLE_ENTITY;
    OtherPayer = "other-payer", UNPROCESSABLE_ENTITY;
    OtherMonth = "other-month", UNPROCESSABLE_ENTITY;
    OtherStation = "other-station", UNPROCESSABLE_ENTITY;
    NotSentBefore = "not-sent-before", UNPROCESSABLE_ENTITY;
    NoSuchReceipt = "no-such-receipt", UNPROCESSABLE_ENTITY;
    SimulatedError = "simulated-error", INTERNAL_SERVER_ERROR;
    Storage = "storage", INTERNAL_SERVER_ERROR;
    OutsideHours = "outside-hours", SERVICE_UNAVAILABLE;
    SimulatedBusy = "simulated-busy", SERVICE_UNAVAILABLE;
}

/// A refusal of a request.
#[derive(Debug)]
pub(super) struct Problem {
    code: Code,
    ja: String,
    en: String,
    /// `retry-after`, seconds.
    after: Option<i64>,
}

impl Problem {
    pub(super) fn new(code: Code, ja: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            code,
            ja: ja.into(),
            en: en.into(),
            after: None,
        }
    }

    /// The same refusal, with the time after which trying again is worth it.
    pub(super) fn after(mut self, seconds: Option<i64>) -> Self {
        self.after = seconds;
        self
    }

    pub(super) fn bad_header(name: &str, ja: &str, en: &str) -> Self {
        Self::new(
            Code::BadHeader,
            format!("ヘッダー {name}: {ja}"),
            format!("header {name}: {en}"),
        )
    }

    pub(super) fn bad_query(name: &str) -> Self {
        Self::new(
            Code::BadQuery,
            format!("{name}を読めません。"),
            format!("{name} cannot be read"),
        )
    }

    pub(super) fn not_found() -> Self {
        Self::new(
            Code::NotFound,
            "該当するものがありません。",
            "there is no such thing here",
        )
    }

    pub(super) fn still_checking() -> Self {
        Self::new(
            Code::StillChecking,
            "受付・事務点検がまだ終わっていません。",
            "the check is still going on",
        )
    }

    pub(super) fn no_acknowledgement() -> Self {
        Self::new(
            Code::AcknowledgementNotYet,
            "受領書はまだありません。",
            "there is no acknowledgement yet",
        )
    }

    pub(super) fn storage(detail: impl std::fmt::Display) -> Self {
        Self::new(
            Code::Storage,
            "サンドボックスの保存に失敗しました。",
            format!("the sandbox could not store it: {detail}"),
        )
    }

    pub(super) fn response(&self) -> Response<Body> {
        let status = self.code.status();
        let body = json!({
            "type": "about:blank",
            "title": status.canonical_reason().unwrap_or("refused"),
            "status": status.as_u16(),
            "code": self.code.name(),
            "detail_ja": self.ja,
            "detail_en": self.en,
            "simulated": true,
        });
        let mut response = typed(status, "application/problem+json", body.to_string());
        if let Some(seconds) = self.after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        response
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
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
        .headers_mut()
        .insert("x-simulated", HeaderValue::from_static("true"));
    response
}
