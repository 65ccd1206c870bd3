//! The refusals and failures of outbound connections, in words.

use reseplug_effect::{Fault, codes};
use reseplug_policy::{EndpointBinding, Name};
use std::{net::IpAddr, path::Path};

pub(crate) fn unknown_endpoint(name: &str) -> Fault {
    let shown: String = name.escape_debug().take(80).collect();
    Fault::new(
        codes::DENIED,
        format!(
            "接続先「{shown}」は station.toml にありません。[endpoints.{shown}] を加えてください。"
        ),
        format!("the station file has no endpoint `{shown}`; add [endpoints.{shown}]"),
    )
}

pub(crate) fn unbound_identity(endpoint: &Name, identity: &Name) -> Fault {
    Fault::new(
        codes::DENIED,
        format!(
            "接続先「{endpoint}」が使う証明書「{identity}」が station.toml にありません。[identities.{identity}] を加えてください。"
        ),
        format!(
            "the endpoint `{endpoint}` uses the identity `{identity}`, which the station file does not have; add [identities.{identity}]"
        ),
    )
}

pub(crate) fn header(name: &str, ja: &str, en: &str) -> Fault {
    let shown: String = name.escape_debug().take(80).collect();
    Fault::new(
        "egress/header",
        format!("ヘッダー「{shown}」を送れません。{ja}"),
        format!("the header `{shown}` cannot be sent: {en}"),
    )
}

pub(crate) fn request_too_large(binding: &EndpointBinding, size: usize) -> Fault {
    let (name, limit) = (&binding.name, binding.max_request_bytes);
    Fault::new(
        "egress/request-too-large",
        format!(
            "接続先「{name}」へ送る内容が大きすぎます（{size}バイト、上限{limit}バイト）。必要なら station.toml の max_request_bytes を上げてください。"
        ),
        format!(
            "the request to `{name}` is too large ({size} bytes of {limit}); raise max_request_bytes in the station file if it is right"
        ),
    )
}

pub(crate) fn response_too_large(binding: &EndpointBinding) -> Fault {
    let (name, limit) = (&binding.name, binding.max_response_bytes);
    ask_first(Fault::new(
        "egress/response-too-large",
        format!(
            "接続先「{name}」の応答が上限（{limit}バイト）を超えたため読み取りをやめました。処理されたかどうかは照会して確かめてください。"
        ),
        format!(
            "the response of `{name}` exceeds {limit} bytes and was not read; ask for the state to learn what was done"
        ),
    ))
}

pub(crate) fn roots(binding: &EndpointBinding, path: &Path, detail: &str) -> Fault {
    let (name, path) = (&binding.name, path.display());
    Fault::new(
        "egress/roots",
        format!(
            "接続先「{name}」の認証局証明書ファイル {path} を使えません（{detail}）。PEM形式のファイルを置き直してください。"
        ),
        format!(
            "the roots file {path} of the endpoint `{name}` cannot be used: {detail}; put a PEM file there"
        ),
    )
}

pub(crate) fn cannot_tls13(binding: &EndpointBinding, subject: &str) -> Fault {
    let name = &binding.name;
    Fault::new(
        "egress/key-cannot-tls13",
        format!(
            "証明書（{subject}）の秘密鍵はTLS 1.3の署名（RSA-PSSなど）ができません。接続先「{name}」はTLS 1.3を要求しているため接続しませんでした。証明書を取り込み直すか、発行元に相談してください。"
        ),
        format!(
            "the key of {subject} cannot make TLS 1.3 signatures (RSA-PSS or ECDSA), and `{name}` requires TLS 1.3; nothing was sent. Import the certificate again from its file, or ask its issuer"
        ),
    )
}

pub(crate) fn dns(binding: &EndpointBinding, detail: &str) -> Fault {
    let host = binding.url.host();
    Fault::later(
        "egress/dns",
        format!(
            "「{host}」のアドレスを調べられません（{detail}）。回線とDNSの設定を確かめてください。送信はしていません。"
        ),
        format!(
            "the name {host} could not be resolved: {detail}; check the line and its DNS. Nothing was sent"
        ),
    )
}

pub(crate) fn address(binding: &EndpointBinding, address: IpAddr) -> Fault {
    let (name, host) = (&binding.name, binding.url.host());
    Fault::new(
        "egress/address-refused",
        format!(
            "「{host}」のアドレス {address} は接続先「{name}」に許されていません。送信はしていません。正しい宛先なら station.toml の [endpoints.{name}] に addresses = [\"{address}\"] を加えてください。"
        ),
        format!(
            "{host} resolves to {address}, which the endpoint `{name}` may not use; nothing was sent. If it is right, set in [endpoints.{name}]: addresses = [\"{address}\"]"
        ),
    )
}

pub(crate) fn internal(detail: &str) -> Fault {
    Fault::later(
        "egress/internal",
        format!("通信の準備に失敗しました（{detail}）。送信はしていません。"),
        format!("the connection could not be prepared: {detail}; nothing was sent"),
    )
}

/// The fault with the advice to ask for the state.
pub(crate) fn ask_first(mut fault: Fault) -> Fault {
    fault.retry = reseplug_effect::RetryAdvice::AskFirst;
    fault
}
