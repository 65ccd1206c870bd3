//! What somebody at the screen is told while a terminal does not answer: what is waited for, and
//! until when.

use crate::host::Progress;
use crate::late::called;
use jiff::{SignedDuration, Timestamp};
use reseplug_effect::{Fault, jst};

/// So long nobody wonders.
const FIRST: SignedDuration = SignedDuration::from_secs(3);

/// Told again after each.
const AGAIN: SignedDuration = SignedDuration::from_secs(30);

/// When the wait began and was told last, and to whom.
#[derive(Default)]
pub(super) struct Telling {
    say: Option<Progress>,
    begun: Option<Timestamp>,
    told: Option<Timestamp>,
}

impl std::fmt::Debug for Telling {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Telling")
            .field("begun", &self.begun)
            .field("told", &self.told)
            .finish_non_exhaustive()
    }
}

impl Telling {
    pub(super) fn to(say: Progress) -> Self {
        Self {
            say: Some(say),
            ..Self::default()
        }
    }

    /// Nothing was there at this look; `gone`: nor the folder.
    pub(super) fn nothing(
        &mut self,
        now: Timestamp,
        requests: &[String],
        end: Timestamp,
        gone: Option<&Fault>,
    ) {
        let Some(say) = &self.say else { return };
        let begun = *self.begun.get_or_insert(now);
        let due = match self.told {
            None => now.duration_since(begun) >= FIRST,
            Some(told) => now.duration_since(told) >= AGAIN,
        };
        if !due {
            return;
        }
        self.told = Some(now);
        let (ja, en) = words(requests, end, gone);
        say(&ja, &en);
    }
}

fn words(requests: &[String], end: Timestamp, gone: Option<&Fault>) -> (String, String) {
    let until = jst(end);
    let until = until.get(..19).unwrap_or(&until).replace('T', " ");
    let first = requests.first().map_or("", String::as_str);
    let (more_ja, more_en) = match requests.len().saturating_sub(1) {
        0 => (String::new(), String::new()),
        more => (format!(" ほか{more}件"), format!(" and {more} more")),
    };
    let what = called(first);
    match gone {
        Some(fault) => (
            format!(
                "回答フォルダーに届かないので、{until} まで待ちます（{what} {first}{more_ja}）。{}",
                fault.message_ja
            ),
            format!(
                "the folder of answers is out of reach; waiting until {until} ({first}{more_en}): {}",
                fault.message_en
            ),
        ),
        None => (
            format!(
                "資格確認端末の回答を {until} まで待ちます（{what} {first}{more_ja}）。端末の電源が入っているか、連携アプリケーションが動いているか確かめてください"
            ),
            format!(
                "waiting for the terminal's answer until {until} ({first}{more_en}); see whether the terminal is on and its linked application runs"
            ),
        ),
    }
}
