//! What a durable call may ask of the world, and what the world answered.
//!
//! A connector's imports, the journal that remembers them and the mediation that carries
//! them out all speak of the same two values: an [`Effect`] and its [`Answer`]. They live
//! here, apart from all three, so that none of them depends on another.
//!
//! This crate does nothing itself: no I/O, no policy, no plugin engine.

mod bytes;
mod fault;
mod io_reason;

pub use bytes::Bytes;
pub use fault::{Fault, Place, RetryAdvice, codes};
pub use io_reason::{io_advice, io_reason_ja};

use serde::{Deserialize, Serialize};

/// Something a durable call wants done in the world.
///
/// The order of fields is the order of the contract's parameters (`wit/imports.wit`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "kebab-case")]
pub enum Effect {
    /// `exchange.put`: publish a request file under a name the host makes.
    ExchangePut {
        /// Logical folder.
        folder: String,
        /// Message prefix, `OQSsiquc01req`.
        prefix: String,
        /// File name extension without a dot.
        extension: String,
        /// Exact bytes of the request.
        body: Bytes,
    },
    /// `exchange.wait`: wait for answers to any of the requests.
    ExchangeWait {
        /// Logical folder.
        folder: String,
        /// Request file names as `exchange.put` returned them.
        requests: Vec<String>,
        /// ISO 8601 moment after which an empty answer is given.
        until: String,
    },
    /// `exchange.place`: write an exactly named file for people.
    ExchangePlace {
        /// Logical folder.
        folder: String,
        /// Relative path below the folder.
        path: String,
        /// Exact bytes.
        body: Bytes,
    },
    /// `https.send`: one request to a named endpoint.
    HttpsSend {
        /// Endpoint name of the station file.
        endpoint: String,
        /// What to send.
        request: HttpRequest,
    },
    /// `timer.now`
    TimerNow,
    /// `timer.sleep-until`
    TimerSleepUntil {
        /// ISO 8601 moment.
        until: String,
    },
    /// `random.bytes`
    RandomBytes {
        /// How many.
        length: u32,
    },
    /// `identity.facts`
    IdentityFacts {
        /// Identity name of the station file.
        name: String,
    },
}

/// What the world answered to an [`Effect`]. A refusal is an answer, too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum Answer {
    /// The file name of a published request.
    Published {
        /// File name without folder.
        name: String,
    },
    /// Answers that were there; empty when the time was over.
    Arrivals {
        /// In the order of the requests.
        arrivals: Vec<Arrival>,
    },
    /// Where a placed file is found.
    Placed {
        /// Path for people.
        path: String,
    },
    /// The response of an endpoint, whatever its status.
    Response {
        /// What came back.
        response: HttpResponse,
    },
    /// The moment of `timer.now`.
    Now {
        /// ISO 8601 with offset.
        at: String,
    },
    /// The moment has passed.
    Slept,
    /// Random bytes.
    Random {
        /// The bytes.
        bytes: Bytes,
    },
    /// Facts about a certificate.
    Identity {
        /// The facts.
        facts: IdentityFacts,
    },
    /// The world refused or failed; the plugin sees this as its fault.
    Fault {
        /// Why.
        fault: Fault,
    },
}

/// One entry of a call's history: what it asked and what it was answered. The engine replays
/// them in order, the journal remembers them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// What was asked.
    pub effect: Effect,
    /// What was answered.
    pub answer: Answer,
}

/// An answer file of an exchange folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// File name of the request it answers.
    pub request: String,
    /// Its own file name.
    pub name: String,
    /// Whether the other side refused the request (`.err`).
    pub refused: bool,
    /// Exact bytes.
    pub body: Bytes,
}

/// A request to a named endpoint, `https.send`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpRequest {
    /// Upper-case method.
    pub method: String,
    /// Path and query relative to the endpoint's base.
    pub path: String,
    /// Name and value pairs in order.
    pub headers: Vec<(String, String)>,
    /// Exact bytes.
    pub body: Bytes,
}

/// A response of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpResponse {
    /// HTTP status code.
    pub status: u16,
    /// Name and value pairs in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Exact bytes.
    pub body: Bytes,
}

/// What may be known of a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityFacts {
    /// Subject, RFC 4514 text.
    pub subject: String,
    /// Issuer, RFC 4514 text.
    pub issuer: String,
    /// ISO 8601.
    pub not_before: String,
    /// ISO 8601.
    pub not_after: String,
    /// SHA-256 of the certificate, lower-case hexadecimal.
    pub thumbprint: String,
}

/// Who may repeat an effect whose outcome is unknown. Decided by the station's binding,
/// never by the plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RepeatClass {
    /// Doing it twice is doing it once: a query, a wait, a file whose publication can be
    /// seen afterwards.
    Safe,
    /// The other side recognises a repeat by a key in the request.
    Keyed,
    /// Never repeated. An unknown outcome is recorded as `effect/in-doubt`.
    Never,
}

/// The time. One implementation is the machine's, another belongs to a rehearsal.
pub trait Clock: Send + Sync {
    /// The current moment as ISO 8601 with seconds and Japan's offset.
    fn now(&self) -> jiff::Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }
}

/// A moment as the contract writes it: seconds and Japan's offset, whatever the PC's zone.
///
/// ```
/// let t: jiff::Timestamp = "2024-10-03T00:12:00Z".parse().unwrap();
/// assert_eq!(reseplug_effect::jst(t), "2024-10-03T09:12:00+09:00");
/// ```
pub fn jst(moment: jiff::Timestamp) -> String {
    let zoned = moment.to_zoned(jst_zone());
    zoned.strftime("%Y-%m-%dT%H:%M:%S+09:00").to_string()
}

/// Japan's zone, a fixed offset since 1951; no zone database is needed.
pub fn jst_zone() -> jiff::tz::TimeZone {
    jiff::tz::TimeZone::fixed(jiff::tz::offset(9))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_effect_reads_back_as_it_was_written() {
        let effect = Effect::ExchangePut {
            folder: "terminal".into(),
            prefix: "OQSsiquc01req".into(),
            extension: "xml".into(),
            body: Bytes::from(vec![0x82, 0xa0]),
        };
        let text = serde_json::to_string(&effect).unwrap();
        assert!(text.contains("exchange-put"), "{text}");
        assert_eq!(serde_json::from_str::<Effect>(&text).unwrap(), effect);
    }
}
