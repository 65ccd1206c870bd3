//! What somebody at the screen is told while a terminal does not answer: what is waited for, and
//! until when.

use crate::host::Progress;
use crate::late::called;
use jiff::{SignedDuration, Timestamp};
use reseplug_effect::{Fault, jst};
use reseplug_exchange::UNFINISHED;
use std::time::Duration;

/// So long nobody wonders.
const FIRST: SignedDuration = SignedDuration::from_secs(3);

/// Told again after each.
const AGAIN: SignedDuration = SignedDuration::from_secs(30);

/// Why there is no answer yet.
pub(super) enum Why<'f> {
    /// Nothing lies there.
    Nothing,
    /// The folder is out of reach.
    Gone(&'f Fault),
    /// An answer lies there that is not whole; it has stayed the same for so long.
    Half { name: String, same_for: Duration },
}

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

    /// Nothing was there to be taken at this look.
    pub(super) fn nothing(
        &mut self,
        now: Timestamp,
        requests: &[String],
        end: Timestamp,
        why: &Why<'_>,
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
        let (ja, en) = words(now, requests, end, why);
        say(&ja, &en);
    }
}

fn words(now: Timestamp, requests: &[String], end: Timestamp, why: &Why<'_>) -> (String, String) {
    let until = jst(end);
    let until = until.get(..19).unwrap_or(&until).replace('T', " ");
    let first = requests.first().map_or("", String::as_str);
    let (more_ja, more_en) = match requests.len().saturating_sub(1) {
        0 => (String::new(), String::new()),
        more => (format!(" ほか{more}件"), format!(" and {more} more")),
    };
    let what = called(first);
    match why {
        Why::Gone(fault) => (
            format!(
                "回答フォルダーに届かないので、{until} まで待ちます（{what} {first}{more_ja}）。{}",
                fault.message_ja
            ),
            format!(
                "the folder of answers is out of reach; waiting until {until} ({first}{more_en}): {}",
                fault.message_en
            ),
        ),
        Why::Half { name, same_for } => {
            let since = now.checked_sub(*same_for).unwrap_or(now);
            let since = jst(since);
            let since = since.get(..19).unwrap_or(&since).replace('T', " ");
            let patience = UNFINISHED.as_secs();
            (
                format!(
                    "回答「{name}」が回答フォルダーにありますが、途中までしか書かれていません（{since} から変わりません）。{patience}秒変わらなければ、このまま読んで結果を知らせます（{what} {first}{more_ja}、待つのは {until} まで）。請求前の照合（fill）を急ぐときは、Ctrl-C で止めて `reseplug fill --offline` とすれば手元の記録だけで行えます"
                ),
                format!(
                    "the answer {name} lies in the folder, but not whole yet (the same since {since}); after {patience} seconds without a change it is read as it is ({first}{more_en}; waiting until {until}). If `fill` is urgent, stop it with Ctrl-C: `reseplug fill --offline` goes by the evidence at hand"
                ),
            )
        }
        Why::Nothing => (
            format!(
                "資格確認端末の回答を {until} まで待ちます（{what} {first}{more_ja}）。端末の電源が入っているか、連携アプリケーションが動いているか確かめてください"
            ),
            format!(
                "waiting for the terminal's answer until {until} ({first}{more_en}); see whether the terminal is on and its linked application runs"
            ),
        ),
    }
}
