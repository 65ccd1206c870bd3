//! Claim week: what is to be done until when, and how loudly it is said.

use super::{Channel, Sent, contract_payer};
use crate::host::Host;
use jiff::Timestamp;
use reseplug_calendar::{Phase, Urgency};
use reseplug_claims::{Filing, Kind, Late, Stage};
use reseplug_effect::{Fault, jst};
use reseplug_engine::contract::Payer;
use reseplug_journal::{JobFilter, Journal, Outcome};
use reseplug_model::Month;
use serde::{Deserialize, Serialize};

/// The claim week of a station.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClaimWeek {
    /// 請求年月
    pub month: Month,
    /// Now, in Japan's time, whatever the PC's zone.
    pub now: String,
    /// Each payer.
    pub payers: Vec<PayerWeek>,
    /// Receipts that wait across months.
    pub late: Vec<Late>,
    /// Sendings of earlier months of which nobody knows how they ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub open_before: Vec<Sent>,
    /// How far this PC's clock is off, by the last answer of the other side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<Skew>,
    /// How loudly it is said: the loudest of the payers.
    pub urgency: String,
}

impl ClaimWeek {
    /// Whether a person has to act before the month closes.
    pub fn needs_person(&self) -> bool {
        self.payers.iter().any(|one| !one.done && one.loud) || !self.open_before.is_empty()
    }
}

/// One payer's month.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PayerWeek {
    /// 審査支払機関
    pub payer: Payer,
    /// `before`, `open`, `night`, `correcting`, `over`.
    pub phase: String,
    /// What that means now, for staff.
    pub phase_ja: String,
    /// When filing begins, ISO 8601.
    pub opens: String,
    /// When the month closes; what is unconfirmed then is confirmed by the other side, without errors.
    pub closes: String,
    /// When the last correction is taken.
    pub corrections_close: String,
    /// Sent by then, the result of the check is certain to be there in time.
    pub safe_to_send: String,
    /// Confirmed by then leaves time for a fault.
    pub safe_to_confirm: String,
    /// Why.
    pub safe_ja: String,
    /// An announced extension: where it was announced, and who entered it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<String>,
    /// `quiet`, `note`, `voice`, `alarm`.
    pub urgency: String,
    /// Whether the host raises its voice now.
    pub loud: bool,
    /// Whether nothing is left to do for this payer.
    pub done: bool,
    /// What left.
    pub sendings: Vec<Sent>,
    /// What is to be done next, for staff.
    pub next_ja: String,
    /// The same in English.
    pub next_en: String,
}

/// How far this PC's clock is off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skew {
    /// Seconds this PC is ahead (positive) or behind.
    pub ahead_seconds: i64,
    /// When it was measured, ISO 8601.
    pub at: String,
}

impl Skew {
    /// Whether it is so far off that an hour on the calendar may be missed.
    pub fn matters(&self) -> bool {
        self.ahead_seconds.unsigned_abs() >= 60
    }
}

impl Host {
    /// What is to be done in a month's claim week, until when, and how loudly it is said.
    /// Asks nobody: what is shown is what is known here.
    ///
    /// # Errors
    /// `journal/…`
    pub fn claim_week(&self, month: Month) -> Result<ClaimWeek, Fault> {
        let (book, jobs) = self.book_and_jobs()?;
        let (calendar, now) = (self.calendar(), self.now());
        let approved = self.approval(month).ok();
        let payers = [
            reseplug_model::Payer::SocialInsuranceFund,
            reseplug_model::Payer::NationalHealthFederation,
        ];
        let mut weeks = Vec::new();
        let mut loudest = Urgency::Quiet;
        for payer in payers {
            let sendings: Vec<&Filing> = book
                .sendings(month, payer, Kind::Claim)
                .into_iter()
                .collect();
            let lines = approved.as_ref().map(|approval| {
                let own = approval.report.files.iter();
                own.filter(|line| super::model_payer(line.payer) == payer)
                    .count()
            });
            // Approved, and nothing is filed with this payer this month.
            let nothing = lines == Some(0) && sendings.is_empty();
            let done = nothing || is_done(&sendings);
            let urgency = match done {
                true => Urgency::Quiet,
                false => calendar.urgency(payer, month, now),
            };
            loudest = loudest.max(urgency);
            let phase = calendar.phase(payer, month, now);
            let safe = calendar.safe_by(payer, month);
            let when = |at: Option<Timestamp>| at.map(jst).unwrap_or_default();
            let (next_ja, next_en) = next(&sendings, lines, nothing, phase);
            weeks.push(PayerWeek {
                payer: contract_payer(payer),
                phase: phase_word(phase).to_owned(),
                phase_ja: phase_ja(phase),
                opens: when(calendar.opens(payer, month)),
                closes: when(calendar.closes(payer, month)),
                corrections_close: when(calendar.corrections_close(payer, month)),
                safe_to_send: when(safe.as_ref().map(|safe| safe.send)),
                safe_to_confirm: when(safe.as_ref().map(|safe| safe.confirm)),
                safe_ja: safe.map(|safe| safe.why_ja).unwrap_or_default(),
                extension: calendar
                    .extension(payer, month)
                    .map(|one| format!("{}（{}）", one.source, one.noted_by)),
                urgency: urgency_word(urgency).to_owned(),
                loud: urgency >= Urgency::Voice,
                done,
                sendings: sendings.iter().map(|f| self.sent(f, &jobs)).collect(),
                next_ja,
                next_en,
            });
        }
        Ok(ClaimWeek {
            month,
            now: jst(now),
            payers: weeks,
            late: self.late_of(&book)?,
            open_before: book
                .open_before(month)
                .into_iter()
                .map(|filing| self.sent(filing, &jobs))
                .collect(),
            clock: self.skew()?,
            urgency: urgency_word(loudest).to_owned(),
        })
    }

    /// How far this PC's clock is off, by the `Date` of the last answer of a gateway.
    fn skew(&self) -> Result<Option<Skew>, Fault> {
        for kind in ["call.claims.get-status", "call.claims.submit"] {
            let heads = self.journal().job_heads(&JobFilter {
                station: Some(self.code().to_owned()),
                kind: Some(kind.to_owned()),
                state: Some("done".to_owned()),
                ..JobFilter::default()
            })?;
            let Some(head) = heads.first() else { continue };
            for step in self.journal().steps(&head.id)?.iter().rev() {
                let (Some(Outcome::Done(answer)), Some(done)) = (&step.answer, step.done_at) else {
                    continue;
                };
                if let Some(date) = date_of(answer) {
                    let ahead = done.as_second().saturating_sub(date.as_second());
                    return Ok(Some(Skew {
                        ahead_seconds: ahead,
                        at: jst(done),
                    }));
                }
            }
        }
        Ok(None)
    }
}

/// The `Date` header of an answer, wherever the recorded answer keeps its headers.
fn date_of(answer: &serde_json::Value) -> Option<Timestamp> {
    match answer {
        serde_json::Value::Object(map) => map.values().find_map(date_of),
        serde_json::Value::Array(items) => {
            if let [name, value] = items.as_slice()
                && name
                    .as_str()
                    .is_some_and(|n| n.eq_ignore_ascii_case("date"))
            {
                return jiff::fmt::rfc2822::parse(value.as_str()?)
                    .ok()
                    .map(|at| at.timestamp());
            }
            items.iter().find_map(date_of)
        }
        _ => None,
    }
}

/// Whether everything that left for a payer is settled: acknowledged or confirmed, or taken back
/// with another in its place.
fn is_done(sendings: &[&Filing]) -> bool {
    let mut counting = sendings.iter().filter(|f| !f.stage().is_gone()).peekable();
    counting.peek().is_some() && counting.all(|f| f.stage().is_filed())
}

fn next(
    sendings: &[&Filing],
    approved: Option<usize>,
    nothing: bool,
    phase: Phase,
) -> (String, String) {
    let say = |ja: &str, en: &str| (ja.to_owned(), en.to_owned());
    if nothing {
        return say(
            "この提出先に請求するものはありません。",
            "nothing is filed with this payer",
        );
    }
    let last = sendings.iter().rev().find(|f| !f.stage().is_gone());
    let Some(filing) = last else {
        return match (approved, phase) {
            (_, Phase::Over) => say(
                "締め切られました。残りは次の月に月遅れで請求します。",
                "the month is over; what is left is filed late with the next one",
            ),
            (None, _) => say(
                "点検して承認する: reseplug claim check、claim approve",
                "check and approve: reseplug claim check, claim approve",
            ),
            (Some(_), _) => say(
                "引き渡すか送る: reseplug claim handover または claim submit",
                "hand over or send: reseplug claim handover or claim submit",
            ),
        };
    };
    let handed = filing.channel == Channel::Handover;
    match filing.stage() {
        Stage::Begun | Stage::InDoubt => say(
            "届いたか確かめる: もう一度同じ命令をするか、reseplug claim status",
            "find out whether it arrived: give the same command again, or reseplug claim status",
        ),
        Stage::HandedOver => say(
            "公式の端末で送信し、済んだら記録する: reseplug claim report sent",
            "send it in the official terminal, then record it: reseplug claim report sent",
        ),
        Stage::Sent | Stage::Checking if !handed => say(
            "受付・事務点検の結果を待つ: reseplug claim status",
            "wait for the check: reseplug claim status",
        ),
        Stage::Sent | Stage::Checking | Stage::Checked if handed => say(
            "公式の端末で点検結果を見て請求確定し、記録する: reseplug claim report confirmed",
            "look at the findings in the official terminal, confirm there, and record it: reseplug claim report confirmed",
        ),
        Stage::Checked => say(
            "結果を見て請求確定する: reseplug claim status、claim confirm",
            "look at the findings and confirm: reseplug claim status, claim confirm",
        ),
        Stage::Confirmed if handed => say(
            "オンライン受領書のCSVを保存して取り込む: reseplug claim import",
            "download the acknowledgement and import it: reseplug claim import",
        ),
        Stage::Confirmed => say(
            "受領書を受け取る: reseplug claim ack",
            "fetch the acknowledgement: reseplug claim ack",
        ),
        _ => say("済んでいます。", "done"),
    }
}

fn phase_word(phase: Phase) -> &'static str {
    match phase {
        Phase::Before { .. } => "before",
        Phase::Open { .. } => "open",
        Phase::Night { .. } => "night",
        Phase::Correcting { .. } => "correcting",
        Phase::Over => "over",
        Phase::NoRule => "no-rule",
    }
}

fn phase_ja(phase: Phase) -> String {
    match phase {
        Phase::Before { opens } => format!("受付前（{} から）", short(opens)),
        Phase::Open { closes_today, .. } => {
            format!("受付中（今日は {} まで）", short(closes_today))
        }
        Phase::Night { opens, .. } => format!("夜間（次は {} から）", short(opens)),
        Phase::Correcting { closes, .. } => {
            format!("送信済みの訂正だけ受付中（{} まで）", short(closes))
        }
        Phase::Over => "締切後".to_owned(),
        Phase::NoRule => "日程の規則がありません".to_owned(),
    }
}

/// `11/10 24:00` rather than `11/11 00:00`: the trade's way of writing the end of a day.
pub fn short(at: Timestamp) -> String {
    let here = at.to_zoned(reseplug_effect::jst_zone());
    if here.hour() == 0
        && here.minute() == 0
        && let Ok(before) = here.date().yesterday()
    {
        return format!("{}/{} 24:00", before.month(), before.day());
    }
    here.strftime("%-m/%-d %H:%M").to_string()
}

fn urgency_word(urgency: Urgency) -> &'static str {
    match urgency {
        Urgency::Quiet => "quiet",
        Urgency::Note => "note",
        Urgency::Voice => "voice",
        Urgency::Alarm => "alarm",
    }
}
