//! Doing at the page what a visitor does, from a program: one `POST`.

use super::{Ended, Identified, Kind};
use jiff::Timestamp;
use std::{
    io::{Read, Write},
    net::{IpAddr, SocketAddr, TcpStream},
    time::Duration,
};

/// Why a consent was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum PhoneClientError {
    /// The address is not a phone page's.
    #[error("`{0}` is no phone page: it must be http://127.0.0.1:<port>/")]
    Address(String),
    /// The page does not answer.
    #[error("the phone page at {address} does not answer: {source}")]
    Io {
        /// Where.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The page answered something else than "recorded".
    #[error("the phone page refused: {0}")]
    Refused(String),
}

/// Reads a card at a visit: sends the page's own form. `at` is the moment of the visit; without
/// it the page's clock counts. `url` is [`RunningPhone::url`](super::RunningPhone::url).
pub fn record_consent(
    url: &str,
    station: &str,
    person: &str,
    at: Option<Timestamp>,
    kinds: &[Kind],
    identified: Identified,
) -> Result<(), PhoneClientError> {
    let mut form = vec![match identified {
        Identified::Pin => "identified=pin&pin=0000".to_owned(),
        Identified::Sight => "identified=sight".to_owned(),
    }];
    form.extend(kinds.iter().map(|kind| format!("{}=1", kind.name())));
    // RFC 3339 in UTC: `:` is the only character that a form would escape.
    form.extend(at.map(|at| format!("at={}", at.to_string().replace(':', "%3A"))));
    post(url, station, person, "", &form)
}

/// Withdraws consents at the page, as the person or, with another reason, the station would.
pub fn withdraw_consent(
    url: &str,
    station: &str,
    person: &str,
    kinds: &[Kind],
    by: Ended,
) -> Result<(), PhoneClientError> {
    let mut form = vec![format!("by={}", by.name())];
    form.extend(kinds.iter().map(|kind| format!("{}=1", kind.name())));
    post(url, station, person, "/withdraw", &form)
}

fn post(
    url: &str,
    station: &str,
    person: &str,
    action: &str,
    form: &[String],
) -> Result<(), PhoneClientError> {
    let address = url
        .strip_prefix("http://")
        .and_then(|rest| rest.trim_end_matches('/').parse::<SocketAddr>().ok())
        .filter(|address| matches!(address.ip(), IpAddr::V4(ip) if ip.is_loopback()))
        .ok_or_else(|| PhoneClientError::Address(url.to_owned()))?;
    let path = |part: &str| {
        part.bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    if !path(station) || !path(person) {
        return Err(PhoneClientError::Refused(format!("{station}/{person}")));
    }
    let body = form.join("&");
    let request = format!(
        "POST /{station}/{person}{action} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let failed = |source| PhoneClientError::Io { address, source };
    let mut stream =
        TcpStream::connect_timeout(&address, Duration::from_secs(5)).map_err(failed)?;
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .map_err(failed)?;
    stream.write_all(request.as_bytes()).map_err(failed)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).map_err(failed)?;
    let answer = String::from_utf8_lossy(&answer);
    let status = answer.lines().next().unwrap_or_default();
    match status.split_whitespace().nth(1) {
        Some("200") => Ok(()),
        _ => Err(PhoneClientError::Refused(status.to_owned())),
    }
}
