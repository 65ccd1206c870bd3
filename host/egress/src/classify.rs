//! From a transport error to what it means: which fault, and whether anything was sent.
//!
//! A TLS 1.3 server learns the client's certificate after the client has finished its side of
//! the handshake, so its refusal arrives as an alert when the request is already on its way.
//! The server cannot have read that request: it drops everything before the client's
//! authentication has succeeded (RFC 8446 §4.4.2.4), and a later authentication is never
//! offered here. So an alert about our certificate counts as not sent.

use crate::{SendError, fault, tls::ClientCertificate};
use reseplug_effect::Fault;
use reseplug_policy::EndpointBinding;
use rustls::{AlertDescription, CertificateError, Error as TlsError};
use std::{error::Error, io};

/// What an error chain holds.
#[derive(Default)]
struct Found {
    tls: Option<TlsError>,
    io: Option<io::ErrorKind>,
}

fn look(error: &(dyn Error + 'static), found: &mut Found) {
    if let Some(tls) = error.downcast_ref::<TlsError>() {
        found.tls.get_or_insert_with(|| tls.clone());
    }
    if let Some(io) = error.downcast_ref::<io::Error>() {
        found.io.get_or_insert(io.kind());
        // `source()` of an I/O error skips the error it wraps.
        if let Some(inner) = io.get_ref() {
            return look(inner, found);
        }
    }
    if let Some(source) = error.source() {
        look(source, found);
    }
}

/// The outcome of a request that brought no answer.
pub(crate) fn transport(
    error: &reqwest::Error,
    binding: &EndpointBinding,
    client: &ClientCertificate,
) -> SendError {
    let mut found = Found::default();
    look(error, &mut found);
    let name = &binding.name;

    if let Some(tls) = &found.tls {
        if let Some(fault) = about_server(tls, binding) {
            return SendError::NotSent(fault);
        }
        if let Some(fault) = about_client(tls, binding, client) {
            return SendError::NotSent(fault);
        }
    }
    if !error.is_connect() && !error.is_builder() {
        return SendError::Unknown(fault::ask_first(if error.is_timeout() {
            Fault::new(
                "egress/timeout",
                format!(
                    "接続先「{name}」が時間内（{}秒）に応答しませんでした。処理されたかどうかは分かりません。",
                    binding.timeout.as_secs()
                ),
                format!(
                    "`{name}` did not answer within {} s; whether it acted is unknown",
                    binding.timeout.as_secs()
                ),
            )
        } else {
            Fault::new(
                "egress/connection-lost",
                format!(
                    "接続先「{name}」との通信が応答の前に切れました。処理されたかどうかは分かりません。"
                ),
                format!(
                    "the connection to `{name}` was lost before its answer was complete; whether it acted is unknown ({})",
                    chain(error)
                ),
            )
        }));
    }
    if let Some(tls) = &found.tls {
        if let Some(fault) = client.explains(binding) {
            return SendError::NotSent(fault);
        }
        return SendError::NotSent(Fault::new(
            "egress/tls",
            format!(
                "接続先「{name}」と暗号化通信（TLS {}以上）を始められません（{tls}）。送信はしていません。",
                floor(binding)
            ),
            format!(
                "no TLS connection (at least {}) with `{name}`: {tls}; nothing was sent",
                floor(binding)
            ),
        ));
    }
    SendError::NotSent(unreachable(error, binding, found.io))
}

fn unreachable(
    error: &reqwest::Error,
    binding: &EndpointBinding,
    kind: Option<io::ErrorKind>,
) -> Fault {
    let (host, port) = (binding.url.host(), binding.url.port());
    if kind == Some(io::ErrorKind::ConnectionRefused) {
        return Fault::later(
            "egress/connection-refused",
            format!(
                "{host}:{port} が接続を受け付けていません。相手のシステムが止まっているか、ポート番号が違います。送信はしていません。"
            ),
            format!(
                "{host}:{port} refuses connections: the other system is down or the port is wrong. Nothing was sent"
            ),
        );
    }
    if error.is_timeout() {
        return Fault::later(
            "egress/connect-timeout",
            format!(
                "{host}:{port} に時間内に接続できません。回線（VPNなど）を確かめてください。送信はしていません。"
            ),
            format!(
                "no connection to {host}:{port} in time; check the line (VPN). Nothing was sent"
            ),
        );
    }
    let detail = chain(error);
    Fault::later(
        "egress/connect",
        format!(
            "{host}:{port} に接続できません（{detail}）。回線と相手のシステムを確かめてください。送信はしていません。"
        ),
        format!(
            "no connection to {host}:{port}: {detail}; check the line and the other system. Nothing was sent"
        ),
    )
}

/// The other side's certificate does not pass.
fn about_server(error: &TlsError, binding: &EndpointBinding) -> Option<Fault> {
    let TlsError::InvalidCertificate(problem) = error else {
        return None;
    };
    let (name, host) = (&binding.name, binding.url.host());
    let (code, ja, en) = match problem {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => (
            "egress/server-certificate-expired",
            "相手のサーバー証明書の有効期限が切れています。パソコンの時計を確かめ、正しければ接続先に連絡してください。".to_owned(),
            "its server certificate has expired; check this PC's clock, then tell the operator".to_owned(),
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => (
            "egress/server-certificate-not-yet-valid",
            "相手のサーバー証明書の有効期間がまだ始まっていません。パソコンの時計を確かめてください。".to_owned(),
            "its server certificate is not valid yet; check this PC's clock".to_owned(),
        ),
        // An authority of the same name with another key does not get as far as being unknown.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => (
            "egress/unknown-ca",
            format!("相手のサーバー証明書を信頼できません。登録した認証局（[endpoints.{name}] の roots、{}）の発行ではなく、別の相手につながっているおそれがあります。接続先が認証局を替えたと知らせているなら、その認証局の証明書を登録してください。知らせがなければ、接続先に確かめるまで送らないでください。", binding.roots.display()),
            format!("the certificate of the other side is not trusted: no authority in {} (roots of [endpoints.{name}]) issued it, and this may be somebody else. If its operator announced a new authority, enter that one; otherwise ask the operator before anything is sent", binding.roots.display()),
        ),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => (
            "egress/wrong-name",
            format!("サーバー証明書の名前が「{host}」と一致しません。URLの間違いか、別の相手につながっているおそれがあります。"),
            format!("its server certificate is not for {host}; the URL is wrong or this is somebody else"),
        ),
        other => (
            "egress/server-certificate",
            format!("サーバー証明書を受け入れられません（{other:?}）。接続先に連絡してください。"),
            format!("its server certificate is not acceptable: {other:?}; tell the operator"),
        ),
    };
    Some(Fault::new(
        code,
        format!("接続先「{name}」: {ja}送信はしていません。"),
        format!("`{name}`: {en}. Nothing was sent"),
    ))
}

/// The other side does not take our certificate, or the lack of one.
fn about_client(
    error: &TlsError,
    binding: &EndpointBinding,
    client: &ClientCertificate,
) -> Option<Fault> {
    use AlertDescription as Alert;
    let TlsError::AlertReceived(alert) = error else {
        return None;
    };
    let refused = match alert {
        Alert::CertificateRequired => {
            return Some(
                client
                    .explains(binding)
                    .unwrap_or_else(|| refusal(binding, "certificate required")),
            );
        }
        Alert::UnknownCA => "unknown authority",
        Alert::CertificateExpired => "expired",
        Alert::CertificateRevoked => "revoked",
        Alert::BadCertificate => "bad certificate",
        Alert::UnsupportedCertificate => "unsupported certificate",
        Alert::CertificateUnknown => "unacceptable certificate",
        Alert::AccessDenied => "access denied",
        _ => return None,
    };
    Some(
        client
            .explains(binding)
            .unwrap_or_else(|| refusal(binding, refused)),
    )
}

fn refusal(binding: &EndpointBinding, why: &str) -> Fault {
    let name = &binding.name;
    Fault::new(
        "egress/client-certificate-refused",
        format!(
            "接続先「{name}」がこちらの証明書を受け付けません（{why}）。証明書の期限・失効・取り違えを確かめてください。処理はされていません。"
        ),
        format!(
            "`{name}` does not accept this station's certificate ({why}); check whether it has ended, was revoked or is the wrong one. Nothing was done"
        ),
    )
}

pub(crate) fn floor(binding: &EndpointBinding) -> &'static str {
    match binding.tls_floor {
        reseplug_policy::TlsFloor::Tls12 => "1.2",
        reseplug_policy::TlsFloor::Tls13 => "1.3",
    }
}

/// The last cause: the outer ones only say "error sending request".
fn chain(error: &reqwest::Error) -> String {
    let mut last: &dyn Error = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}
