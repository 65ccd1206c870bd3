use jiff::Timestamp;
use reseplug_model::{Month, Payer};
use serde::{Deserialize, Serialize};

use crate::Calendar;
use crate::text::day_of;

/// How loud the host speaks of a month that is not filed yet.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Urgency {
    /// Nothing to say.
    #[default]
    Quiet,
    /// Shown where one looks.
    Note,
    /// Shown unasked.
    Voice,
    /// The last day: shown until somebody acts.
    Alarm,
}

impl Calendar {
    /// How loud to speak at a moment of a month that is not filed yet. Quiet before the month's
    /// filing and after its closing, when it is too late for that month.
    #[must_use]
    pub fn urgency(&self, payer: Payer, month: Month, at: Timestamp) -> Urgency {
        let (Some(closes), Some(last), Some(today)) = (
            self.closes(payer, month),
            self.last_day(payer, month),
            day_of(at),
        ) else {
            return Urgency::Quiet;
        };
        if at >= closes {
            return Urgency::Quiet;
        }
        let raised = |from_day: Option<u8>, last_days: Option<u8>| {
            let from = match (from_day, last_days) {
                (Some(day), _) => month.day(day),
                (None, Some(days)) => last.plus_days(1 - i32::from(days)),
                (None, None) => None,
            };
            from.is_some_and(|from| from <= today)
        };
        self.rules
            .urgencies
            .iter()
            .filter(|urgency| raised(urgency.from_day, urgency.last_days))
            .map(|urgency| urgency.level)
            .max()
            .unwrap_or_default()
    }
}
