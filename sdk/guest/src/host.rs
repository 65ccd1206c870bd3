//! The world as a connector may see it.

use crate::bindings::base::reseplug::plugin as imports;
use crate::imports::{Arrival, IdentityFacts, Request, Response};
use crate::types::Fault;
use crate::{Log, Moment};

#[cfg(not(target_arch = "wasm32"))]
use crate::testing::{Script, script::Running};

/// The world as a connector may see it: exchange folders, endpoints, time, random bytes and
/// facts about certificates. Names are the plugin's own; the station binds them to real
/// things. What was not granted answers the fault `policy/denied`.
///
/// In a component the calls are the contract's imports; in a native test they are answered
/// by a script ([`Host::scripted`]).
#[derive(Debug)]
pub struct Host {
    backend: Backend,
}

#[derive(Debug)]
enum Backend {
    Imports,
    #[cfg(not(target_arch = "wasm32"))]
    Script(std::cell::RefCell<Running>),
}

/// Sends a call to the import or to the script.
macro_rules! perform {
    ($host:expr, import $import:expr, script $script:ident $answer:expr) => {
        match &$host.backend {
            Backend::Imports => $import,
            #[cfg(not(target_arch = "wasm32"))]
            Backend::Script(running) => {
                let $script = &mut *running.borrow_mut();
                $answer
            }
        }
    };
}

impl Host {
    /// The real host behind the contract's imports. Natively its calls abort.
    pub(crate) fn imports() -> Self {
        Self {
            backend: Backend::Imports,
        }
    }

    /// A host that answers by a script, for native tests. A call that differs from the
    /// script fails the test with what differs; so does an expectation that is left over
    /// when the host is dropped.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn scripted(script: Script) -> Self {
        Self {
            backend: Backend::Script(std::cell::RefCell::new(Running::new(script))),
        }
    }

    /// A folder shared with another system or handed to people. Capability `exchange`.
    pub fn exchange<'a>(&'a self, folder: &'a str) -> Exchange<'a> {
        Exchange { host: self, folder }
    }

    /// A named endpoint. Capability `https`.
    pub fn endpoint<'a>(&'a self, name: &'a str) -> Endpoint<'a> {
        Endpoint { host: self, name }
    }

    /// The moment this was first asked.
    pub fn now(&self) -> Result<Moment, Fault> {
        let now: String = perform!(self, import imports::timer::now(), script s s.now());
        now.parse()
    }

    /// Returns when that moment has passed. Costs nothing while waiting.
    pub fn sleep_until(&self, until: Moment) {
        let until = until.to_string();
        perform!(self, import imports::timer::sleep_until(&until), script s s.sleep_until(&until));
    }

    /// Random bytes, as the journal remembers them.
    pub fn random(&self, length: u32) -> Vec<u8> {
        perform!(self, import imports::random::bytes(length), script s s.random(length))
    }

    /// Facts about a certificate. Capability `identity`.
    pub fn identity(&self, name: &str) -> Result<IdentityFacts, Fault> {
        perform!(self, import imports::identity::facts(name), script s s.identity(name))
    }

    /// Log lines.
    pub fn log(&self) -> Log {
        Log
    }
}

/// A folder shared with another system or handed to people.
#[derive(Debug, Clone, Copy)]
pub struct Exchange<'a> {
    host: &'a Host,
    folder: &'a str,
}

impl Exchange<'_> {
    /// Publishes a request and returns the file name that the host made:
    /// `OQSsiquc01req_202410030001.xml` of the prefix `OQSsiquc01req` and the extension `xml`.
    pub fn put(&self, prefix: &str, extension: &str, body: &[u8]) -> Result<String, Fault> {
        perform!(
            self.host,
            import imports::exchange::put(self.folder, prefix, extension, body),
            script s s.put(self.folder, prefix, extension, body)
        )
    }

    /// Waits until at least one answer to `requests` is there or `until` has passed. Returns
    /// every answer that is there; empty when the time is over.
    pub fn wait(&self, requests: &[String], until: Moment) -> Result<Vec<Arrival>, Fault> {
        let until = until.to_string();
        perform!(
            self.host,
            import imports::exchange::wait(self.folder, requests, &until),
            script s s.wait(self.folder, requests, &until)
        )
    }

    /// Writes a file of exactly this path below a hand-over folder and returns the path a
    /// person will find it under.
    pub fn place(&self, path: &str, body: &[u8]) -> Result<String, Fault> {
        perform!(
            self.host,
            import imports::exchange::place(self.folder, path, body),
            script s s.place(self.folder, path, body)
        )
    }
}

/// A named endpoint.
#[derive(Debug, Clone, Copy)]
pub struct Endpoint<'a> {
    host: &'a Host,
    name: &'a str,
}

impl Endpoint<'_> {
    /// Sends one request; a response of any status is an answer. The fault
    /// `effect/in-doubt` with the advice `ask-first` means that nobody knows whether the
    /// request was carried out.
    pub fn send(&self, request: &Request) -> Result<Response, Fault> {
        perform!(
            self.host,
            import imports::https::send(self.name, request),
            script s s.send(self.name, request)
        )
    }

    /// Sends `GET path` without headers.
    pub fn get(&self, path: &str) -> Result<Response, Fault> {
        self.send(&Request::new("GET", path))
    }

    /// Sends `POST path` with a body of that content type.
    pub fn post(&self, path: &str, content_type: &str, body: &[u8]) -> Result<Response, Fault> {
        self.send(
            &Request::new("POST", path)
                .header("content-type", content_type)
                .body(body),
        )
    }
}
