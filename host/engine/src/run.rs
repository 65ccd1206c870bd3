//! One call in one fresh instance, and what to call the way it ended.

use crate::engine::Inner;
use crate::log::{CallLog, LogLine};
use crate::state::{Effects, State, Unwound};
use crate::ticker::epochs;
use crate::{Failure, FailureKind};
use reseplug_effect::Effect;
use reseplug_policy::{Limit, Limits, Name};
use std::time::Instant;
use wasmtime::component::{Instance, InstancePre};
use wasmtime::{Store, Trap, WasmBacktrace};

/// How a call was left before it returned.
#[derive(Debug)]
pub(crate) enum Left {
    Need(Effect),
    Diverged {
        index: usize,
        recorded: Effect,
        now: Option<Effect>,
    },
    Failed(Box<Failure>),
}

/// What a call is run under.
pub(crate) struct Run<'r> {
    pub(crate) engine: &'r Inner,
    pub(crate) pre: &'r InstancePre<State>,
    pub(crate) plugin: &'r Name,
    pub(crate) call: &'static str,
    pub(crate) limits: Limits,
    /// Bytes of the arguments.
    pub(crate) input: usize,
}

impl Run<'_> {
    /// Runs `body` on a fresh instance. The log is returned however it ended.
    pub(crate) fn run<T>(
        self,
        effects: Effects,
        body: impl FnOnce(&mut Store<State>, &Instance) -> wasmtime::Result<T>,
    ) -> (Result<T, Left>, Vec<LogLine>) {
        let log = CallLog::new(self.plugin.clone(), self.call, &self.limits);
        let most = self.limits.bytes(Limit::InputMib);
        if self.input > most {
            let kind = self.over(Limit::InputMib, Some((self.input as u64).div_ceil(1 << 20)));
            return (Err(self.failed(kind, String::new())), log.finish());
        }
        let mut store = Store::new(
            &self.engine.wasmtime,
            State::new(log, effects, self.limits.clone()),
        );
        store.limiter(|state| state);
        store.set_epoch_deadline(epochs(self.limits.get(Limit::ComputeMs)));
        // What a guest hands over in one call into or out of it.
        store.set_hostcall_fuel(self.limits.bytes(Limit::OutputMib));

        let running = self.engine.ticker.run();
        let began = Instant::now();
        let result = self
            .pre
            .instantiate(&mut store)
            .and_then(|instance| body(&mut store, &instance));
        let elapsed = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        drop(running);

        let result = match result {
            Ok(value) => match store.data().left_over() {
                None => Ok(value),
                Some((index, recorded)) => Err(Left::Diverged {
                    index,
                    recorded: recorded.clone(),
                    now: None,
                }),
            },
            Err(error) => Err(self.left(&error, store.data_mut(), elapsed)),
        };
        (result, store.into_data().log.finish())
    }

    fn left(&self, error: &wasmtime::Error, state: &mut State, elapsed: u64) -> Left {
        let backtrace = error
            .downcast_ref::<WasmBacktrace>()
            .map(ToString::to_string)
            .unwrap_or_default();
        let kind = if let Some(unwound) = error.downcast_ref::<Unwound>() {
            match unwound.clone() {
                Unwound::Need(effect) => return Left::Need(effect),
                Unwound::Diverged {
                    index,
                    recorded,
                    now,
                } => {
                    return Left::Diverged {
                        index,
                        recorded,
                        now: Some(now),
                    };
                }
                Unwound::Limit { limit, used, most } => FailureKind::Limit {
                    limit,
                    used: Some(used),
                    most,
                },
                Unwound::Impure(effect) => FailureKind::Nonsense {
                    what: format!("a pure call asked for an effect: {effect:?}"),
                },
                wrong @ Unwound::WrongAnswer { .. } => FailureKind::Host {
                    what: wrong.to_string(),
                },
            }
        } else if let Some(trap) = error.downcast_ref::<Trap>() {
            match trap {
                Trap::Interrupt => self.over(Limit::ComputeMs, Some(elapsed)),
                Trap::StackOverflow => self.over(Limit::StackKib, None),
                Trap::MemoryOutOfBounds if is_stack(error) => self.over(Limit::StackKib, None),
                Trap::UnreachableCodeReached => match state.log.take_panic() {
                    Some(panic) => FailureKind::Panic {
                        message: panic.message,
                        place: panic.place,
                    },
                    None => FailureKind::Trap {
                        what: trap.to_string(),
                    },
                },
                trap => FailureKind::Trap {
                    what: trap.to_string(),
                },
            }
        } else {
            self.by_text(error)
        };
        self.failed(kind, backtrace)
    }

    /// Errors of wasmtime that have no public type. Its version is pinned and tests hold these
    /// texts; an unknown one is still a failure, only less well named.
    fn by_text(&self, error: &wasmtime::Error) -> FailureKind {
        const COUNTS: [(&str, Limit); 3] = [
            ("instance count too high", Limit::Instances),
            ("memory count too high", Limit::Memories),
            ("table count too high", Limit::Tables),
        ];
        let text = format!("{error:#}");
        if text.contains("fuel allocated for hostcalls") {
            return self.over(Limit::OutputMib, None);
        }
        match COUNTS.iter().find(|(part, _)| text.contains(part)) {
            Some((_, limit)) => self.over(*limit, None),
            // The system's own words, which no plugin can bring about: it has no files.
            None if text.contains("(os error ") => FailureKind::Machine { what: text },
            None => FailureKind::Nonsense { what: text },
        }
    }

    fn over(&self, limit: Limit, used: Option<u64>) -> FailureKind {
        FailureKind::Limit {
            limit,
            used,
            most: self.limits.get(limit),
        }
    }

    fn failed(&self, kind: FailureKind, backtrace: String) -> Left {
        Left::Failed(Box::new(Failure {
            plugin: self.plugin.clone(),
            call: self.call.to_owned(),
            kind,
            backtrace,
        }))
    }
}

/// Whether a fault outside the memory is an overflow of the guest's own stack. LLVM's linker
/// puts that stack at address 0 growing down, so that an overflow wraps below zero: into the
/// last 16 MiB of the address space, where no other memory of a plugin can be.
fn is_stack(error: &wasmtime::Error) -> bool {
    let address = error.chain().find_map(|cause| {
        let text = cause.to_string();
        let (_, rest) = text.split_once("memory fault at wasm address 0x")?;
        let end = rest
            .find(|c: char| !c.is_ascii_hexdigit())
            .unwrap_or(rest.len());
        u64::from_str_radix(rest.get(..end)?, 16).ok()
    });
    address.is_some_and(|address| (0xff00_0000..0x1_0000_0000).contains(&address))
}
