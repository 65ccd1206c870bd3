//! Named endpoints: where they are, who they are talked to as, and what may be asked of them.

use crate::{AddressRule, Name, PathPattern, Refused, RelativePath};
use reseplug_effect::{Fault, RepeatClass, codes};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// An endpoint of the station file, `[endpoints.NAME]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointBinding {
    /// Its name, which plugins use.
    pub name: Name,
    /// Base of every request.
    pub url: BaseUrl,
    /// Identity presented to it; absent where it asks for no certificate.
    pub identity: Option<Name>,
    /// PEM file of the roots trusted for it. The system's roots are never used.
    pub roots: PathBuf,
    /// Oldest version of TLS accepted.
    pub tls_floor: TlsFloor,
    /// What it may resolve to.
    pub addresses: AddressRule,
    /// Time for a whole request, from the first look-up to the last byte.
    pub timeout: Duration,
    /// Largest request body in bytes.
    pub max_request_bytes: u64,
    /// Largest response body in bytes.
    pub max_response_bytes: u64,
    /// What may be asked; nothing else is.
    pub allow: Vec<EndpointRule>,
}

impl EndpointBinding {
    /// Time for a request unless the station file says otherwise.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
    /// Largest body unless the station file says otherwise: a claim file of a large station is
    /// below 10 MiB.
    pub const DEFAULT_MAX_BYTES: u64 = 32 << 20;

    /// The rule that admits a request, with the path in its one spelling.
    pub fn admit(&self, method: &str, path: &str) -> Result<(&EndpointRule, RelativePath), Fault> {
        let name = &self.name;
        let denied = |why: Refused| Fault::new(codes::DENIED, why.ja, why.en);
        let method = Method::parse(method).map_err(denied)?;
        let path = RelativePath::parse(path).map_err(denied)?;
        if let Some(rule) = self
            .allow
            .iter()
            .find(|rule| rule.method == method && rule.path.matches(&path))
        {
            return Ok((rule, path));
        }
        let lines = format!(
            "[[endpoints.{name}.allow]]\nmethod = \"{method}\"\npath = \"{}\"\nrepeat = \"{}\"",
            path.path(),
            if method == Method::Get {
                "safe"
            } else {
                "never"
            },
        );
        Err(Fault::new(
            codes::DENIED,
            format!(
                "接続先「{name}」への {method} {} は許可されていません。許可するには station.toml に次の行を加えてください:\n{lines}",
                path.path()
            ),
            format!(
                "{method} {} is not allowed at the endpoint `{name}`. To allow it, add to station.toml:\n{lines}",
                path.path()
            ),
        ))
    }
}

/// One thing that may be asked of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointRule {
    /// Method.
    pub method: Method,
    /// Path relative to the base.
    pub path: PathPattern,
    /// Whether the request may be repeated, and how the other side recognises a repeat.
    pub repeat: Repeat,
}

/// The repeat class of a rule, with the header that carries the key where there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repeat {
    /// Doing it twice is doing it once.
    Safe,
    /// The other side recognises a repeat by a key that the host puts into this header.
    Keyed {
        /// Header name in lower case.
        header: HeaderName,
    },
    /// Never repeated.
    Never,
}

impl Repeat {
    /// The class without its header.
    pub fn class(&self) -> RepeatClass {
        match self {
            Self::Safe => RepeatClass::Safe,
            Self::Keyed { .. } => RepeatClass::Keyed,
            Self::Never => RepeatClass::Never,
        }
    }
}

/// A request method of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `DELETE`
    Delete,
}

impl Method {
    /// The method as HTTP writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }

    /// Parses a method, upper case only.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        [Self::Get, Self::Post, Self::Put, Self::Delete]
            .into_iter()
            .find(|m| m.as_str() == text)
            .ok_or_else(|| {
                Refused::new(
                    format!(
                        "メソッド「{}」は使えません。GET・POST・PUT・DELETE のいずれかです",
                        text.escape_debug()
                    ),
                    format!("the method {text:?} is none of GET, POST, PUT, DELETE"),
                )
            })
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Headers that decide where a message ends, where it goes or who is asking. They are the
/// host's; a plugin that sets one could smuggle a second request or escape its endpoint.
const HOST_HEADERS: &[&str] = &[
    "connection",
    "content-length",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// A header a plugin may set, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HeaderName(String);

impl HeaderName {
    /// Parses a header name (a token of RFC 9110 section 5.6.2) that is not the host's.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        let name = text.to_ascii_lowercase();
        if name.is_empty() || name.len() > 100 || !name.bytes().all(token) {
            return Err(Refused::new(
                format!("ヘッダー名「{}」は使えません", text.escape_debug()),
                format!("{text:?} is not a header name"),
            ));
        }
        if HOST_HEADERS.contains(&name.as_str()) {
            return Err(Refused::new(
                format!("ヘッダー「{name}」はホストが付けます。プラグインからは設定できません"),
                format!("the header `{name}` is the host's; a plugin may not set it"),
            ));
        }
        Ok(Self(name))
    }

    /// The name in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The oldest version of TLS accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsFloor {
    /// TLS 1.2
    Tls12,
    /// TLS 1.3, the default.
    Tls13,
}

impl TlsFloor {
    /// Parses `1.2` or `1.3`.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        match text {
            "1.2" => Ok(Self::Tls12),
            "1.3" => Ok(Self::Tls13),
            _ => Err(Refused::new(
                "tls_floor は \"1.2\" か \"1.3\" にしてください",
                "tls_floor must be \"1.2\" or \"1.3\"",
            )),
        }
    }
}

/// Where an endpoint is: `https://host:port/path/`, ending in a slash. No user, query or
/// fragment, no dot segments, never plain `http`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl {
    text: String,
    host: String,
    port: u16,
}

impl BaseUrl {
    /// Parses a base URL.
    ///
    /// ```
    /// use reseplug_policy::{BaseUrl, RelativePath};
    /// let base = BaseUrl::parse("https://127.0.0.1:18443/v1/").unwrap();
    /// assert_eq!((base.host(), base.port()), ("127.0.0.1", 18443));
    /// let path = RelativePath::parse("submissions?month=2024-11").unwrap();
    /// assert_eq!(base.join(&path), "https://127.0.0.1:18443/v1/submissions?month=2024-11");
    /// assert!(BaseUrl::parse("http://127.0.0.1/").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let wrong = |ja: &str, en: &str| {
            Refused::new(
                format!("URL「{}」: {ja}", text.escape_debug()),
                format!("the URL {text:?} {en}"),
            )
        };
        let rest = text.strip_prefix("https://").ok_or_else(|| {
            wrong(
                "「https://」で始めてください。暗号化しない接続はしません",
                "must begin with `https://`; plain connections are never made",
            )
        })?;
        let (authority, path) = rest
            .split_once('/')
            .filter(|(_, path)| path.is_empty() || path.ends_with('/'))
            .ok_or_else(|| wrong("末尾を「/」にしてください", "must end in a slash"))?;
        let inner = path.strip_suffix('/').unwrap_or(path);
        if !path.is_empty()
            && RelativePath::parse(inner).map_or(true, |path| path.query().is_some())
        {
            return Err(wrong(
                "パスに使えない書き方があります",
                "has a path that is not allowed",
            ));
        }
        let (host, port) = match authority.strip_prefix('[') {
            Some(v6) => {
                let (host, port) = v6.split_once(']').unwrap_or_default();
                (
                    host.parse::<std::net::Ipv6Addr>()
                        .ok()
                        .map(|v6| v6.to_string()),
                    port,
                )
            }
            None => {
                let end = authority.find(':').unwrap_or(authority.len());
                let (host, port) = authority.split_at_checked(end).unwrap_or_default();
                (dns_or_v4(host), port)
            }
        };
        let port = match port.strip_prefix(':') {
            None if port.is_empty() => Some(443),
            Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => {
                digits.parse().ok().filter(|p| *p != 0)
            }
            _ => None,
        };
        match (host, port) {
            (Some(host), Some(port)) => Ok(Self {
                text: text.to_owned(),
                host,
                port,
            }),
            _ => Err(wrong(
                "ホスト名かポート番号を読めません",
                "has no readable host and port",
            )),
        }
    }

    /// The host: a DNS name or an address, without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The base as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The full URL of a request.
    pub fn join(&self, path: &RelativePath) -> String {
        format!("{}{path}", self.text)
    }
}

/// A lower-case DNS name or an IPv4 address in its usual form. A name whose last label is a
/// number is refused unless it is such an address: `127.1` and `0x7f.1` mean 127.0.0.1 to some.
fn dns_or_v4(host: &str) -> Option<String> {
    if host.parse::<std::net::Ipv4Addr>().is_ok() {
        return Some(host.to_owned());
    }
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let numeric = host
        .rsplit('.')
        .next()
        .is_none_or(|last| last.starts_with(|c: char| c.is_ascii_digit()));
    (host.len() <= 253 && host.split('.').all(label) && !numeric).then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_has_one_meaning() {
        for text in [
            "https://claims.example/",
            "https://claims.example:8443/v1/",
            "https://[::1]:18443/v1/",
            "https://127.0.0.1/a/b/",
            "https://localhost:1/",
        ] {
            assert!(BaseUrl::parse(text).is_ok(), "{text}");
        }
        assert_eq!(BaseUrl::parse("https://[::1]/").unwrap().host(), "::1");
        for text in [
            "http://a.example/",
            "https://a.example",
            "https://a.example/v1",
            "https://u:p@a.example/",
            "https://a.example:0/",
            "https://a.example:99999/",
            "https://a.example:+1/",
            "https://A.example/",
            "https:///",
            "https://127.1/",
            "https://0x7f.1/",
            "https://2130706433/",
            "https://a.example/../",
            "https://a.example/?x/",
            "https://a.example//",
            "https://[::1/",
            "https://a b/",
            "https://a.example:/",
            "https://[::1]x/",
            "ftp://a.example/",
            "https://-a.example/",
        ] {
            assert!(BaseUrl::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_host_keeps_the_headers_that_frame_a_message() {
        for name in [
            "Host",
            "content-length",
            "Transfer-Encoding",
            "a b",
            "",
            "x:y",
            "x\r\n",
        ] {
            assert!(HeaderName::parse(name).is_err(), "{name:?}");
        }
        assert_eq!(
            HeaderName::parse("Idempotency-Key").unwrap().as_str(),
            "idempotency-key"
        );
    }
}
