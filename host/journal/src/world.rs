//! The world a connector's effects go out to, as steps.

use crate::JournalError;
use crate::execute::{Facts, Performed, Performer, Recovered};
use reseplug_effect::{Answer, Effect, Fault, RepeatClass};
use serde_json::Value;

/// Carries out the effects of a connector: exchange folders, endpoints, identity facts.
/// Timers and randomness are the loop's own. See [`Performer`] for when each is called.
pub trait World {
    /// Who may repeat this effect, by the station's binding; a fault if it is not granted,
    /// which the call sees as the effect's answer.
    fn class(&self, effect: &Effect) -> Result<RepeatClass, Fault>;

    /// Makes what must be known before the intent is written.
    fn prepare(&mut self, effect: &Effect) -> Result<Option<Value>, Fault> {
        let _ = effect;
        Ok(None)
    }

    /// Does it.
    fn perform(&mut self, effect: &Effect, prepared: Option<&Value>) -> Performed<Answer>;

    /// Finds out what became of an earlier attempt.
    fn recover(&mut self, effect: &Effect, prepared: Option<&Value>) -> Recovered<Answer> {
        let _ = (effect, prepared);
        Recovered::Unknown
    }

    /// Cleans up once the answer is safely recorded.
    fn settle(&mut self, effect: &Effect, answer: &Answer) {
        let _ = (effect, answer);
    }

    /// Facts for the audit record.
    fn facts(&self, effect: &Effect) -> Facts {
        Facts {
            destination: destination(effect).map(str::to_owned),
            ..Facts::default()
        }
    }
}

/// An effect of the world as a step.
pub(crate) struct Outward<'a> {
    pub(crate) effect: &'a Effect,
    pub(crate) world: &'a mut dyn World,
    /// The station did not grant it: this is its answer.
    pub(crate) refused: Option<Fault>,
    /// An answer of the world that cannot be written.
    pub(crate) unreadable: Option<String>,
}

impl Outward<'_> {
    fn write(&mut self, answer: &Answer) -> Value {
        value(answer).unwrap_or_else(|e| {
            self.unreadable = Some(e.to_string());
            Value::Null
        })
    }
}

impl Performer for Outward<'_> {
    fn prepare(&mut self) -> Result<Option<Value>, Fault> {
        match self.refused.take() {
            Some(fault) => Err(fault),
            None => self.world.prepare(self.effect),
        }
    }

    fn perform(&mut self, prepared: Option<&Value>) -> Performed {
        match self.world.perform(self.effect, prepared) {
            Performed::Done(Answer::Fault { fault }) | Performed::NotDone(fault) => {
                Performed::NotDone(fault)
            }
            Performed::Done(answer) => Performed::Done(self.write(&answer)),
            Performed::Pending { until } => Performed::Pending { until },
            Performed::Unknown(known) => Performed::Unknown(known),
        }
    }

    fn recover(&mut self, prepared: Option<&Value>) -> Recovered {
        match self.world.recover(self.effect, prepared) {
            Recovered::Redo => Recovered::Redo,
            Recovered::Done(answer) => Recovered::Done(self.write(&answer)),
            Recovered::Unknown => Recovered::Unknown,
        }
    }

    fn settle(&mut self, answer: &Value) {
        if let Ok(answer) = serde_json::from_value(answer.clone()) {
            self.world.settle(self.effect, &answer);
        }
    }

    fn facts(&self) -> Facts {
        self.world.facts(self.effect)
    }
}

pub(crate) fn value<T: serde::Serialize>(of: &T) -> Result<Value, JournalError> {
    serde_json::to_value(of).map_err(|e| JournalError::Corrupt {
        what: "a value to be written".to_owned(),
        reason: e.to_string(),
    })
}

/// Whether the loop itself answers an effect.
pub(crate) fn is_own(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::TimerNow | Effect::TimerSleepUntil { .. } | Effect::RandomBytes { .. }
    )
}

/// The contract's name of an effect.
pub(crate) fn name(effect: &Effect) -> &'static str {
    match effect {
        Effect::ExchangePut { .. } => "exchange.put",
        Effect::ExchangeWait { .. } => "exchange.wait",
        Effect::ExchangePlace { .. } => "exchange.place",
        Effect::HttpsSend { .. } => "https.send",
        Effect::TimerNow => "timer.now",
        Effect::TimerSleepUntil { .. } => "timer.sleep-until",
        Effect::RandomBytes { .. } => "random.bytes",
        Effect::IdentityFacts { .. } => "identity.facts",
    }
}

/// The folder, endpoint or identity an effect goes to.
fn destination(effect: &Effect) -> Option<&str> {
    match effect {
        Effect::ExchangePut { folder, .. }
        | Effect::ExchangeWait { folder, .. }
        | Effect::ExchangePlace { folder, .. } => Some(folder),
        Effect::HttpsSend { endpoint, .. } => Some(endpoint),
        Effect::IdentityFacts { name } => Some(name),
        Effect::TimerNow | Effect::TimerSleepUntil { .. } | Effect::RandomBytes { .. } => None,
    }
}
