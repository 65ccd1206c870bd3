//! A host that answers by a script.

use super::pattern::{Pattern, show};
use crate::imports::{Arrival, IdentityFacts, Request, Response};
use crate::types::Fault;
use std::any::Any;
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::marker::PhantomData;
use std::panic::Location;

/// What a connector is expected to ask of its host, in order, and what it is answered.
///
/// ```
/// use reseplug_sdk::testing::{Pattern, Script};
/// use reseplug_sdk::{Host, imports::Arrival};
///
/// let host = Host::scripted(
///     Script::new()
///         .clock("2024-10-03T09:00:00+09:00")
///         .expect_put("terminal", "OQSsiquc01req", "xml", Pattern::containing(["<XmlMsg>"]))
///         .answers("OQSsiquc01req_1.xml")
///         .expect_wait("terminal", &["OQSsiquc01req_1.xml"], "2024-10-03T09:01:00+09:00")
///         .answers(vec![Arrival::answer("OQSsiquc01req_1.xml", "OQSsiquc01res_1.xml", "<XmlMsg/>")]),
/// );
///
/// let folder = host.exchange("terminal");
/// let request = folder.put("OQSsiquc01req", "xml", b"<XmlMsg></XmlMsg>")?;
/// let arrived = folder.wait(&[request], host.now()?.plus_seconds(60))?;
/// assert_eq!(arrived.len(), 1);
/// # Ok::<(), reseplug_sdk::Fault>(())
/// ```
#[derive(Debug, Default)]
pub struct Script {
    steps: VecDeque<Step>,
    clock: Option<String>,
    away: bool,
}

#[derive(Debug)]
struct Step {
    call: &'static str,
    fields: Vec<(String, Pattern)>,
    /// `Result<T, Fault>` of the call's own `T`.
    reply: Box<dyn Any>,
    written_at: &'static Location<'static>,
}

/// An expectation that still needs its answer.
#[derive(Debug)]
#[must_use = "an expectation counts once it is answered"]
pub struct Expectation<T> {
    script: Script,
    call: &'static str,
    fields: Vec<(String, Pattern)>,
    written_at: &'static Location<'static>,
    answer: PhantomData<T>,
}

impl<T: 'static> Expectation<T> {
    /// The call is answered with this.
    pub fn answers(self, answer: impl Into<T>) -> Script {
        self.reply(Ok::<T, Fault>(answer.into()))
    }

    /// The call is answered with a fault.
    pub fn refuses(self, fault: Fault) -> Script {
        self.reply(Err::<T, Fault>(fault))
    }

    fn reply(self, reply: Result<T, Fault>) -> Script {
        let mut script = self.script;
        script.steps.push_back(Step {
            call: self.call,
            fields: self.fields,
            reply: Box::new(reply),
            written_at: self.written_at,
        });
        script
    }
}

impl Expectation<Response> {
    /// The request has this body. Without it any body will do.
    pub fn with_body(mut self, body: impl Into<Pattern>) -> Self {
        self.fields.push(("body".to_owned(), body.into()));
        self
    }

    /// The request has this header. Headers that are not named may be anything.
    pub fn with_header(mut self, name: &str, value: impl Into<Pattern>) -> Self {
        self.fields.push((header_label(name), value.into()));
        self
    }
}

fn header_label(name: &str) -> String {
    format!("header {}", name.to_ascii_lowercase())
}

impl Script {
    /// A script that expects nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// A world that refuses everything with the fault `test/away`: for tests of what a
    /// plugin does not even try. Its clock stands at a fixed moment.
    pub fn away() -> Self {
        Self {
            away: true,
            ..Self::new().clock("2024-10-03T09:00:00+09:00")
        }
    }

    /// `timer.now` answers this moment whenever it is not expected explicitly.
    #[must_use]
    pub fn clock(mut self, now: impl Into<String>) -> Self {
        self.clock = Some(now.into());
        self
    }

    /// Expects [`crate::Exchange::put`].
    #[track_caller]
    pub fn expect_put(
        self,
        folder: &str,
        prefix: &str,
        extension: &str,
        body: impl Into<Pattern>,
    ) -> Expectation<String> {
        self.expect(
            "exchange.put",
            vec![
                ("folder", folder.into()),
                ("prefix", prefix.into()),
                ("extension", extension.into()),
                ("body", body.into()),
            ],
        )
    }

    /// Expects [`crate::Exchange::wait`] for exactly these requests.
    #[track_caller]
    pub fn expect_wait(
        self,
        folder: &str,
        requests: &[&str],
        until: impl Into<Pattern>,
    ) -> Expectation<Vec<Arrival>> {
        self.expect(
            "exchange.wait",
            vec![
                ("folder", folder.into()),
                ("requests", requests.join("\n").into()),
                ("until", until.into()),
            ],
        )
    }

    /// Expects [`crate::Exchange::place`].
    #[track_caller]
    pub fn expect_place(
        self,
        folder: &str,
        path: impl Into<Pattern>,
        body: impl Into<Pattern>,
    ) -> Expectation<String> {
        self.expect(
            "exchange.place",
            vec![
                ("folder", folder.into()),
                ("path", path.into()),
                ("body", body.into()),
            ],
        )
    }

    /// Expects [`crate::Endpoint::send`] and its conveniences.
    #[track_caller]
    pub fn expect_send(
        self,
        endpoint: &str,
        method: &str,
        path: impl Into<Pattern>,
    ) -> Expectation<Response> {
        self.expect(
            "https.send",
            vec![
                ("endpoint", endpoint.into()),
                ("method", method.into()),
                ("path", path.into()),
            ],
        )
    }

    /// Expects [`crate::Host::identity`].
    #[track_caller]
    pub fn expect_identity(self, name: &str) -> Expectation<IdentityFacts> {
        self.expect("identity.facts", vec![("name", name.into())])
    }

    /// Expects [`crate::Host::now`], answered with that moment.
    #[must_use]
    #[track_caller]
    pub fn expect_now(self, now: impl Into<String>) -> Self {
        self.expect::<String>("timer.now", vec![])
            .answers(now.into())
    }

    /// Expects [`crate::Host::sleep_until`]; the moment passes at once.
    #[must_use]
    #[track_caller]
    pub fn expect_sleep_until(self, until: impl Into<Pattern>) -> Self {
        self.expect::<()>("timer.sleep-until", vec![("until", until.into())])
            .answers(())
    }

    /// Expects [`crate::Host::random`], answered with these bytes.
    #[must_use]
    #[track_caller]
    pub fn expect_random(self, bytes: impl Into<Vec<u8>>) -> Self {
        let bytes: Vec<u8> = bytes.into();
        let length = bytes.len().to_string();
        self.expect::<Vec<u8>>("random.bytes", vec![("length", length.into())])
            .answers(bytes)
    }

    #[track_caller]
    fn expect<T>(self, call: &'static str, fields: Vec<(&str, Pattern)>) -> Expectation<T> {
        Expectation {
            script: self,
            call,
            fields: fields.into_iter().map(|(n, p)| (n.to_owned(), p)).collect(),
            written_at: Location::caller(),
            answer: PhantomData,
        }
    }
}

/// A script being followed.
#[derive(Debug)]
pub(crate) struct Running {
    script: Script,
    /// Calls answered so far, for the message.
    done: usize,
}

impl Running {
    pub(crate) fn new(script: Script) -> Self {
        Self { script, done: 0 }
    }

    pub(crate) fn put(
        &mut self,
        folder: &str,
        prefix: &str,
        extension: &str,
        body: &[u8],
    ) -> Result<String, Fault> {
        self.call(
            "exchange.put",
            vec![
                ("folder".into(), folder.into()),
                ("prefix".into(), prefix.into()),
                ("extension".into(), extension.into()),
                ("body".into(), body.to_vec()),
            ],
        )
    }

    pub(crate) fn wait(
        &mut self,
        folder: &str,
        requests: &[String],
        until: &str,
    ) -> Result<Vec<Arrival>, Fault> {
        self.call(
            "exchange.wait",
            vec![
                ("folder".into(), folder.into()),
                ("requests".into(), requests.join("\n").into()),
                ("until".into(), until.into()),
            ],
        )
    }

    pub(crate) fn place(&mut self, folder: &str, path: &str, body: &[u8]) -> Result<String, Fault> {
        self.call(
            "exchange.place",
            vec![
                ("folder".into(), folder.into()),
                ("path".into(), path.into()),
                ("body".into(), body.to_vec()),
            ],
        )
    }

    pub(crate) fn send(&mut self, endpoint: &str, request: &Request) -> Result<Response, Fault> {
        let mut fields: Vec<(String, Vec<u8>)> = vec![
            ("endpoint".into(), endpoint.into()),
            ("method".into(), request.method.clone().into()),
            ("path".into(), request.path.clone().into()),
            ("body".into(), request.body.clone()),
        ];
        for (name, value) in &request.headers {
            fields.push((header_label(name), value.clone().into()));
        }
        self.call("https.send", fields)
    }

    pub(crate) fn identity(&mut self, name: &str) -> Result<IdentityFacts, Fault> {
        self.call("identity.facts", vec![("name".into(), name.into())])
    }

    pub(crate) fn now(&mut self) -> String {
        let expected = self
            .script
            .steps
            .front()
            .is_some_and(|s| s.call == "timer.now");
        match &self.script.clock {
            Some(now) if !expected => now.clone(),
            _ => self.call("timer.now", vec![]).unwrap_or_default(),
        }
    }

    pub(crate) fn sleep_until(&mut self, until: &str) {
        if !self.script.away {
            let _: Result<(), Fault> =
                self.call("timer.sleep-until", vec![("until".into(), until.into())]);
        }
    }

    pub(crate) fn random(&mut self, length: u32) -> Vec<u8> {
        if self.script.away {
            return (0..length).map(|_| 0).collect();
        }
        let length = length.to_string().into_bytes();
        self.call("random.bytes", vec![("length".into(), length)])
            .unwrap_or_default()
    }

    fn call<T: 'static>(
        &mut self,
        call: &'static str,
        fields: Vec<(String, Vec<u8>)>,
    ) -> Result<T, Fault> {
        if self.script.away {
            return Err(Fault::new(
                "test/away",
                "試験用の不在です。",
                "The world is away.",
            ));
        }
        let made = describe(call, &fields);
        let number = self.done + 1;
        let Some(step) = self.script.steps.pop_front() else {
            return fail(format!("call {number} is not in the script:\n{made}"));
        };
        let mut differences = String::new();
        if step.call != call {
            let _ = writeln!(
                differences,
                "  call\n    expected  {}\n    actual    {call}",
                step.call
            );
        } else {
            for (label, pattern) in &step.fields {
                let difference = match fields.iter().find(|(l, _)| l == label) {
                    Some((_, value)) => pattern.difference(value),
                    None => Some("    actual    absent\n".to_owned()),
                };
                if let Some(difference) = difference {
                    let _ = write!(differences, "  {label}\n{difference}");
                }
            }
        }
        if !differences.is_empty() {
            // What follows would differ, too; one message is enough.
            self.script.steps.clear();
            return fail(format!(
                "call {number} differs from the script ({}):\n{differences}the call was\n{made}",
                step.written_at
            ));
        }
        self.done = number;
        match step.reply.downcast::<Result<T, Fault>>() {
            Ok(reply) => *reply,
            Err(_) => fail(format!("call {number} has an answer of another type")),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !std::thread::panicking()
            && let Some(step) = self.script.steps.front()
        {
            fail(format!(
                "{} of the script was not asked for: {} ({})",
                match self.script.steps.len() {
                    1 => "one call".to_owned(),
                    n => format!("{n} calls, the first"),
                },
                step.call,
                step.written_at
            ))
        }
    }
}

#[expect(
    clippy::panic,
    reason = "fails the author's test; never part of a component"
)]
#[track_caller]
fn fail<T>(message: String) -> T {
    panic!("scripted host: {message}")
}

fn describe(call: &str, fields: &[(String, Vec<u8>)]) -> String {
    let mut out = format!("  {call}\n");
    for (label, value) in fields {
        let _ = writeln!(out, "    {label}: {}", show(value));
    }
    out
}
