//! The host's side of every import: each effect is answered from the history or leaves the
//! guest. Nothing here touches the world.

use crate::bindings::base::reseplug::plugin::{
    exchange, https, identity, log, random, timer, types,
};
use crate::log::LogLevel;
use crate::state::{State, Unwound};
use reseplug_effect::{Answer, Effect, HttpRequest};
use reseplug_policy::{CapabilityKind, Manifest};
use wasmtime::component::{HasSelf, Linker};

type Answered<T> = wasmtime::Result<Result<T, types::Fault>>;

/// A linker that holds what a plugin with this manifest may import, and nothing else.
pub(crate) fn linker(
    engine: &wasmtime::Engine,
    manifest: &Manifest,
) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    types::add_to_linker::<_, HasSelf<_>>(&mut linker, |s| s)?;
    log::add_to_linker::<_, HasSelf<_>>(&mut linker, |s| s)?;
    if manifest.roles.iter().any(|role| role.is_connector()) {
        timer::add_to_linker::<_, HasSelf<_>>(&mut linker, |s| s)?;
        random::add_to_linker::<_, HasSelf<_>>(&mut linker, |s| s)?;
    }
    let asks = |kind| {
        manifest
            .capabilities
            .iter()
            .any(|r| r.capability.kind == kind)
    };
    if asks(CapabilityKind::Exchange) {
        exchange::add_to_linker::<_, HasSelf<_>>(&mut linker, |s| s)?;
    }
    if asks(CapabilityKind::Https) {
        https::add_to_linker::<_, HasSelf<_>>(&mut linker, |s| s)?;
    }
    if asks(CapabilityKind::Identity) {
        identity::add_to_linker::<_, HasSelf<_>>(&mut linker, |s| s)?;
    }
    Ok(linker)
}

/// An answer of a kind that the effect cannot have.
fn wrong<T>(effect: &'static str, answer: Answer) -> wasmtime::Result<T> {
    Err(Unwound::WrongAnswer { effect, answer }.into())
}

impl types::Host for State {}

impl exchange::Host for State {
    fn put(
        &mut self,
        folder: String,
        prefix: String,
        extension: String,
        body: Vec<u8>,
    ) -> Answered<String> {
        match self.effect(Effect::ExchangePut {
            folder,
            prefix,
            extension,
            body: body.into(),
        })? {
            Answer::Published { name } => Ok(Ok(name)),
            Answer::Fault { fault } => Ok(Err(fault.into())),
            other => wrong("exchange.put", other),
        }
    }

    fn wait(
        &mut self,
        folder: String,
        requests: Vec<String>,
        until: String,
    ) -> Answered<Vec<exchange::Arrival>> {
        match self.effect(Effect::ExchangeWait {
            folder,
            requests,
            until,
        })? {
            Answer::Arrivals { arrivals } => Ok(Ok(arrivals
                .into_iter()
                .map(|arrival| exchange::Arrival {
                    request: arrival.request,
                    name: arrival.name,
                    kind: if arrival.refused {
                        exchange::ArrivalKind::Refused
                    } else {
                        exchange::ArrivalKind::Answer
                    },
                    body: arrival.body.into_vec(),
                })
                .collect())),
            Answer::Fault { fault } => Ok(Err(fault.into())),
            other => wrong("exchange.wait", other),
        }
    }

    fn place(&mut self, folder: String, path: String, body: Vec<u8>) -> Answered<String> {
        match self.effect(Effect::ExchangePlace {
            folder,
            path,
            body: body.into(),
        })? {
            Answer::Placed { path } => Ok(Ok(path)),
            Answer::Fault { fault } => Ok(Err(fault.into())),
            other => wrong("exchange.place", other),
        }
    }
}

impl https::Host for State {
    fn send(&mut self, endpoint: String, request: https::Request) -> Answered<https::Response> {
        let request = HttpRequest {
            method: request.method,
            path: request.path,
            headers: request.headers,
            body: request.body.into(),
        };
        match self.effect(Effect::HttpsSend { endpoint, request })? {
            Answer::Response { response } => Ok(Ok(https::Response {
                status: response.status,
                headers: response.headers,
                body: response.body.into_vec(),
            })),
            Answer::Fault { fault } => Ok(Err(fault.into())),
            other => wrong("https.send", other),
        }
    }
}

impl timer::Host for State {
    fn now(&mut self) -> wasmtime::Result<String> {
        match self.effect(Effect::TimerNow)? {
            Answer::Now { at } => Ok(at),
            other => wrong("timer.now", other),
        }
    }

    fn sleep_until(&mut self, until: String) -> wasmtime::Result<()> {
        match self.effect(Effect::TimerSleepUntil { until })? {
            Answer::Slept => Ok(()),
            other => wrong("timer.sleep-until", other),
        }
    }
}

impl random::Host for State {
    fn bytes(&mut self, length: u32) -> wasmtime::Result<Vec<u8>> {
        match self.effect(Effect::RandomBytes { length })? {
            Answer::Random { bytes } if bytes.as_slice().len() == length as usize => {
                Ok(bytes.into_vec())
            }
            other => wrong("random.bytes", other),
        }
    }
}

impl identity::Host for State {
    fn facts(&mut self, name: String) -> Answered<identity::IdentityFacts> {
        match self.effect(Effect::IdentityFacts { name })? {
            Answer::Identity { facts } => Ok(Ok(identity::IdentityFacts {
                subject: facts.subject,
                issuer: facts.issuer,
                not_before: facts.not_before,
                not_after: facts.not_after,
                thumbprint: facts.thumbprint,
            })),
            Answer::Fault { fault } => Ok(Err(fault.into())),
            other => wrong("identity.facts", other),
        }
    }
}

impl log::Host for State {
    fn write(
        &mut self,
        level: log::Level,
        message: String,
        fields: Vec<(String, String)>,
    ) -> wasmtime::Result<()> {
        let level = match level {
            log::Level::Debug => LogLevel::Debug,
            log::Level::Info => LogLevel::Info,
            log::Level::Warn => LogLevel::Warn,
            log::Level::Error => LogLevel::Error,
        };
        let live = self.is_live();
        self.log.write(live, level, &message, &fields);
        Ok(())
    }
}
