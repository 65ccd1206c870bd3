use jiff::{SignedDuration, Timestamp};
use reseplug_model::{Month, Payer};

use crate::text::{day_of, end_en, end_ja, moment_of, start_ja};
use crate::{Activity, Calendar};

/// Where a month stands at a moment, as far as the calendar tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Filing has not begun.
    Before {
        /// When it begins.
        opens: Timestamp,
    },
    /// Files are taken now.
    Open {
        /// When the system closes for the night.
        closes_today: Timestamp,
        /// When the month closes.
        closes: Timestamp,
    },
    /// The month is open, the system is closed for the night.
    Night {
        /// When it opens again.
        opens: Timestamp,
        /// When the month closes.
        closes: Timestamp,
    },
    /// The month is closed: only receipts that were sent before can still be corrected.
    Correcting {
        /// When corrections are taken again; absent while they are taken.
        opens: Option<Timestamp>,
        /// When the last correction is taken.
        closes: Timestamp,
    },
    /// Nothing can be filed for this month any more; what is left is filed with a later month
    /// (月遅れ).
    Over,
    /// The calendar has no rule for this month and payer.
    NoRule,
}

/// Until when to act, so that nothing depends on luck.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SafeBy {
    /// Sent by then, the result of 受付・事務点検ASP is certain to be there before the month closes.
    pub send: Timestamp,
    /// 請求確定 by then leaves time for a fault. Advice of this program, not a rule.
    pub confirm: Timestamp,
    /// Why, in Japanese.
    pub why_ja: String,
    /// Why, in English.
    pub why_en: String,
}

impl Calendar {
    /// Where a month stands at a moment.
    #[must_use]
    pub fn phase(&self, payer: Payer, month: Month, at: Timestamp) -> Phase {
        let (Some(opens), Some(closes)) = (self.opens(payer, month), self.closes(payer, month))
        else {
            return Phase::NoRule;
        };
        if at < opens {
            return Phase::Before { opens };
        }
        if at < closes {
            for window in self.windows(Activity::Claim, payer, month) {
                if window.contains(at) {
                    return Phase::Open {
                        closes_today: window.to,
                        closes,
                    };
                }
                if at < window.from {
                    return Phase::Night {
                        opens: window.from,
                        closes,
                    };
                }
            }
        }
        let corrections = self.windows(Activity::Correction, payer, month);
        let Some(last) = corrections.last().map(|window| window.to) else {
            return Phase::Over;
        };
        match corrections.iter().find(|window| at < window.to) {
            Some(window) => Phase::Correcting {
                opens: (at < window.from).then_some(window.from),
                closes: last,
            },
            None => Phase::Over,
        }
    }

    /// Until when to send and to confirm a month.
    ///
    /// `None` where the calendar has no rule, or leaves no moment that is safe.
    #[must_use]
    pub fn safe_by(&self, payer: Payer, month: Month) -> Option<SafeBy> {
        let closes = self.closes(payer, month)?;
        let (send, result) = self
            .windows(Activity::Claim, payer, month)
            .into_iter()
            .rev()
            .find_map(|window| {
                let result = self.result_by(window.from)?;
                // A window that goes on past midnight is the next day's from there on.
                let midnight = moment_of(day_of(window.from)?, 24)?;
                (result < closes).then_some((window.to.min(midnight), result))
            })?;
        let hours = i64::from(self.advice().confirm_hours_before_closing);
        let confirm = closes
            .checked_sub(SignedDuration::from_hours(hours))
            .ok()?
            .max(result);
        Some(SafeBy {
            send,
            confirm,
            why_ja: format!(
                "{}に、確定していない分は自動で確定され、受付不能・要確認のレセプトは除かれます。点検結果は遅くとも送信の翌日{}時に出るため、{}までに送信すれば、遅くとも{}には結果を見て直せます。請求確定は{}までに済ませると、不具合があっても対処できます（この時刻は本ソフトの目安です）。",
                end_ja(closes),
                self.asp().result_hour,
                end_ja(send),
                start_ja(result),
                end_ja(confirm),
            ),
            why_en: format!(
                "At {} the system confirms by itself what is not confirmed and leaves out receipts with errors. Results of the check are there at {}:00 of the day after the sending at the latest: what is sent by {} has its result by {}. Confirming by {} leaves time for a fault (advice of this program, not a rule).",
                end_en(closes),
                self.asp().result_hour,
                end_en(send),
                end_en(result),
                end_en(confirm),
            ),
        })
    }
}
