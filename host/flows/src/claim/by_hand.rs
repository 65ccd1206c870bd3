//! What staff who file in the official terminal are told with the files: days and hours of this month,
//! and what left before.

use super::week::short;
use super::{Channel, contract};
use crate::host::Host;
use jiff::Timestamp;
use reseplug_calendar::{Activity, Calendar, Window};
use reseplug_claims::{Filing, FilingKey, Kind};
use reseplug_effect::{Fault, RepeatClass, jst_zone};
use reseplug_journal::{Flow, FlowError};
use reseplug_model::{Month, Payer};
use serde::{Deserialize, Serialize};

/// Read once in a job: a run that goes on with it says the same, whatever was announced since.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ByHand {
    /// Reference of the sending before, where it was handed over.
    replaces: Option<String>,
    /// What left before and what to see to.
    before: Option<String>,
    /// Days and hours, a line each.
    calendar: Vec<String>,
}

impl ByHand {
    /// The filing with what its people are told.
    pub(super) fn with(self, filing: contract::Filing) -> contract::Filing {
        contract::Filing {
            replaces: self.replaces,
            before: self.before,
            calendar: self.calendar,
            ..filing
        }
    }
}

impl Host {
    /// What is told with a sending, as a step. A gateway files by itself and is told nothing.
    pub(super) fn by_hand_step(
        &self,
        flow: &mut Flow<'_>,
        key: &FilingKey,
        channel: Channel,
    ) -> Result<ByHand, FlowError> {
        if channel != Channel::Handover {
            return Ok(ByHand::default());
        }
        flow.step("by-hand", key, RepeatClass::Safe, || self.by_hand(key))
    }

    fn by_hand(&self, key: &FilingKey) -> Result<ByHand, Fault> {
        let book = self.book()?;
        let mut earlier: Vec<&Filing> = book
            .sendings(key.month, key.payer, key.kind)
            .into_iter()
            .filter(|one| one.key.sequence < key.sequence)
            .collect();
        earlier.sort_by_key(|one| one.key.sequence);
        let handed = |one: &&Filing| one.channel == Channel::Handover;
        let replaces = earlier.last().copied().filter(handed);
        Ok(ByHand {
            replaces: replaces.and_then(|one| one.reference().map(str::to_owned)),
            before: match key.kind {
                Kind::Claim => earlier.iter().rev().find_map(|one| note(one)),
                // However often a trial is made, nothing is claimed by it.
                Kind::Trial => None,
            },
            calendar: match key.kind {
                Kind::Claim => filing_days(self.calendar(), key.payer, key.month),
                Kind::Trial => trial_days(self.calendar(), key.payer, key.month),
            },
        })
    }
}

/// What is to be seen to because of an earlier sending; nothing of one that a gateway has no more.
fn note(earlier: &Filing) -> Option<String> {
    let (stage, sequence) = (earlier.stage(), earlier.key.sequence);
    let twice = "取消がないまま両方を請求確定すると、二重の請求になります。";
    Some(match (stage.is_filed(), earlier.channel) {
        (true, _) => format!(
            "前の送信（第{sequence}回、{}）は請求確定しています。同じレセプトがこのファイルにも入っていると、二重の請求になります。",
            earlier.channel.name_ja()
        ),
        (false, Channel::Gateway) if stage.is_gone() => return None,
        (false, Channel::Gateway) => format!(
            "前の送信（第{sequence}回）はゲートウェイで送信していて、{}です。先に reseplug claim status で確かめ、取り消してください（claim withdraw）。{twice}",
            stage.name_ja()
        ),
        (false, Channel::Handover) => format!(
            "前の送信（第{sequence}回、フォルダー {}）を送っていたら、先に「請求状況」で請求取消になっていることを確かめてください。{twice}",
            earlier.reference().unwrap_or("なし")
        ),
    })
}

const CHANGES: &str = "土日祝日も同じです。日時は変わることがあるため、提出先（支払基金・国保連）の最新の案内を必ず確認してください。";

fn filing_days(calendar: &Calendar, payer: Payer, month: Month) -> Vec<String> {
    let open = calendar.windows(Activity::Claim, payer, month);
    let mut lines: Vec<String> = spans("送信・請求確定", &open).into_iter().collect();
    if let Some(closes) = calendar.closes(payer, month) {
        let extended = calendar.extension(payer, month);
        let extended = extended.map(|one| format!("（延長: {}）", one.source));
        let extended = extended.unwrap_or_default();
        lines.push(format!("締切：{}{extended}", short(closes)));
    }
    lines.extend(calendar.safe_by(payer, month).map(|safe| safe.why_ja));
    let mut corrections = calendar.windows(Activity::Correction, payer, month);
    corrections.retain(|window| window.only_sent);
    lines.extend(spans("締切までに送信した分の訂正だけ", &corrections));
    lines.push(CHANGES.to_owned());
    lines
}

fn trial_days(calendar: &Calendar, payer: Payer, month: Month) -> Vec<String> {
    let open = calendar.windows(Activity::Trial, payer, month);
    let mut lines: Vec<String> = spans("確認試験", &open).into_iter().collect();
    lines.push(format!("請求の締切とは別です。{CHANGES}"));
    lines
}

/// One line: days with the same hours together, `11/5～11/7 8時～21時、11/8～11/10 8時～24時`.
fn spans(what: &str, windows: &[Window]) -> Option<String> {
    let mut spans: Vec<(String, String, String)> = Vec::new();
    for window in windows {
        let (day, hours) = day_and_hours(window);
        match spans.last_mut() {
            Some((_, last, same)) if *same == hours => *last = day,
            _ => spans.push((day.clone(), day, hours)),
        }
    }
    let said: Vec<String> = spans
        .into_iter()
        .map(|(first, last, hours)| match first == last {
            true => format!("{first} {hours}"),
            false => format!("{first}～{last} {hours}"),
        })
        .collect();
    (!said.is_empty()).then(|| format!("{what}：{}", said.join("、")))
}

/// `11/8` and `8時～24時`.
fn day_and_hours(window: &Window) -> (String, String) {
    let here = |at: Timestamp| at.to_zoned(jst_zone());
    let (from, to) = (here(window.from), here(window.to));
    let day = format!("{}/{}", from.month(), from.day());
    let hour = |hour: i8, minute: i8| match minute {
        0 => format!("{hour}時"),
        _ => format!("{hour}時{minute}分"),
    };
    let start = hour(from.hour(), from.minute());
    let next = from.date().tomorrow().ok();
    let end = match (to.date() == from.date(), to.hour(), to.minute()) {
        (true, at, minute) => hour(at, minute),
        (false, 0, 0) if next == Some(to.date()) => hour(24, 0),
        _ => short(window.to),
    };
    (day, format!("{start}～{end}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use reseplug_calendar::Announced;

    fn month() -> Month {
        Month::parse("2024-11").unwrap()
    }

    #[test]
    fn the_days_of_a_month_are_told_as_the_payers_write_them() {
        let payer = Payer::SocialInsuranceFund;
        let lines = filing_days(Calendar::published(), payer, month());
        assert_eq!(
            lines[0],
            "送信・請求確定：11/5～11/7 8時～21時、11/8～11/10 8時～24時"
        );
        assert_eq!(lines[1], "締切：11/10 24:00");
        assert!(lines[2].contains("自動で確定"), "{lines:?}");
        assert_eq!(
            lines[3],
            "締切までに送信した分の訂正だけ：11/11～11/12 8時～21時"
        );
        let trial = trial_days(Calendar::published(), payer, month()).join("\n");
        assert!(
            trial.starts_with("確認試験：11/5～11/30 8時～21時"),
            "{trial}"
        );
        assert!(!trial.contains("自動で確定"), "{trial}");
    }

    #[test]
    fn an_announced_extension_is_told_to_its_payer_and_to_no_other() {
        let announced = Announced {
            payer: Some(Payer::NationalHealthFederation),
            claim_month: month(),
            closes: "2024-11-13T21:00:00+09:00".parse().unwrap(),
            source: "国保連のお知らせ".to_owned(),
            noted_by: "架空 花子".to_owned(),
        };
        let calendar = Calendar::with(vec![announced]);
        let told = |payer| filing_days(&calendar, payer, month()).join("\n");
        let federation = told(Payer::NationalHealthFederation);
        assert!(
            federation.contains("締切：11/13 21:00（延長: 国保連のお知らせ）"),
            "{federation}"
        );
        assert!(!federation.contains("10日24時に、確定して"), "{federation}");
        assert!(told(Payer::SocialInsuranceFund).contains("締切：11/10 24:00\n"));
    }
}
