//! What a store holds while one call runs: limits, log, and the history to answer from.

use crate::log::CallLog;
use reseplug_effect::{Answer, Effect, Recorded};
use reseplug_policy::{Limit, Limits};
use wasmtime::ResourceLimiter;

/// Why a guest was left in the middle of a call. Travels through wasmtime as an error.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum Unwound {
    #[error("the call wants an effect that is not in its history")]
    Need(Effect),
    #[error("the call asks something else than its history says")]
    Diverged {
        index: usize,
        recorded: Effect,
        now: Effect,
    },
    #[error("a pure call asked for an effect: {0:?}")]
    Impure(Effect),
    #[error("the history answers {effect:?} with {answer:?}")]
    WrongAnswer {
        effect: &'static str,
        answer: Answer,
    },
    #[error("limit `{limit}`: {used} of {most}")]
    Limit { limit: Limit, used: u64, most: u64 },
}

/// Where effects are answered from.
#[derive(Debug)]
pub(crate) enum Effects {
    /// Nowhere: the call is pure.
    None,
    /// From a history, in order.
    History {
        recorded: Vec<Recorded>,
        next: usize,
    },
}

/// The data of a store.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) log: CallLog,
    effects: Effects,
    limits: Limits,
    memory: usize,
}

impl State {
    pub(crate) fn new(log: CallLog, effects: Effects, limits: Limits) -> Self {
        Self {
            log,
            effects,
            limits,
            memory: 0,
        }
    }

    /// Whether what happens now has not happened in an earlier run.
    pub(crate) fn is_live(&self) -> bool {
        match &self.effects {
            Effects::None => true,
            Effects::History { recorded, next } => *next >= recorded.len(),
        }
    }

    /// Answers an effect from the history, or leaves the guest.
    pub(crate) fn effect(&mut self, now: Effect) -> Result<Answer, Unwound> {
        match &mut self.effects {
            Effects::None => Err(Unwound::Impure(now)),
            Effects::History { recorded, next } => match recorded.get_mut(*next) {
                None => Err(Unwound::Need(now)),
                Some(entry) if entry.effect == now => {
                    *next += 1;
                    // Each answer is given once, so it can be moved out.
                    Ok(std::mem::replace(&mut entry.answer, Answer::Slept))
                }
                Some(entry) => Err(Unwound::Diverged {
                    index: *next,
                    recorded: entry.effect.clone(),
                    now,
                }),
            },
        }
    }

    /// The first entry of the history that was not asked for, if the call is over before.
    pub(crate) fn left_over(&self) -> Option<(usize, &Effect)> {
        match &self.effects {
            Effects::None => None,
            Effects::History { recorded, next } => {
                recorded.get(*next).map(|entry| (*next, &entry.effect))
            }
        }
    }
}

/// Growth beyond a limit is an error of our own rather than a failed `memory.grow`, which
/// most guests turn into an abort without a word.
impl ResourceLimiter for State {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let total = self.memory.saturating_sub(current).saturating_add(desired);
        let most = self.limits.bytes(Limit::MemoryMib);
        if total > most {
            let used = (total as u64).div_ceil(1 << 20);
            return Err(self.over(Limit::MemoryMib, used).into());
        }
        self.memory = total;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if desired > self.limits.bytes(Limit::TableElements) {
            return Err(self.over(Limit::TableElements, desired as u64).into());
        }
        Ok(true)
    }

    fn instances(&self) -> usize {
        self.limits.bytes(Limit::Instances)
    }

    fn tables(&self) -> usize {
        self.limits.bytes(Limit::Tables)
    }

    fn memories(&self) -> usize {
        self.limits.bytes(Limit::Memories)
    }
}

impl State {
    fn over(&self, limit: Limit, used: u64) -> Unwound {
        Unwound::Limit {
            limit,
            used,
            most: self.limits.get(limit),
        }
    }
}
