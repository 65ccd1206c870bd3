//! The clock behind the limit of compute time.
//!
//! Guests check wasmtime's epoch at loop heads and calls. One thread per engine advances it
//! while calls run and sleeps otherwise, so that an idle service stays idle.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often the epoch advances: the grain of the limit.
pub(crate) const TICK: Duration = Duration::from_millis(5);

#[derive(Default)]
struct State {
    running: usize,
    /// The thread waits to be woken. Waking it while it waits for the next tick would cost
    /// each call a switch of threads.
    asleep: bool,
    stopped: bool,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is two plain values; a panic elsewhere cannot have left it half-changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Advances an engine's epoch while a [`Running`] lives. Stops when dropped.
pub(crate) struct Ticker {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// While it lives, time passes.
pub(crate) struct Running<'t>(&'t Shared);

impl Ticker {
    pub(crate) fn start(engine: wasmtime::Engine) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let inner = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("reseplug-ticker".to_owned())
            .spawn(move || {
                let mut state = inner.lock();
                while !state.stopped {
                    state = if state.running == 0 {
                        state.asleep = true;
                        let mut state = inner
                            .changed
                            .wait(state)
                            .unwrap_or_else(PoisonError::into_inner);
                        state.asleep = false;
                        state
                    } else {
                        let (state, _) = inner
                            .changed
                            .wait_timeout_while(state, TICK, |state| !state.stopped)
                            .unwrap_or_else(PoisonError::into_inner);
                        engine.increment_epoch();
                        state
                    };
                }
            })?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    /// Lets time pass for one call.
    pub(crate) fn run(&self) -> Running<'_> {
        let mut state = self.shared.lock();
        state.running += 1;
        if state.asleep {
            self.shared.changed.notify_one();
        }
        Running(&self.shared)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.running = state.running.saturating_sub(1);
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.lock().stopped = true;
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // it has nothing to say
        }
    }
}

/// Epochs after which a call of that many milliseconds is over. One more than the quotient,
/// because the first tick may come at once.
pub(crate) fn epochs(milliseconds: u64) -> u64 {
    milliseconds.div_ceil(TICK.as_millis() as u64) + 1
}
