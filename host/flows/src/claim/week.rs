//! Claim week: what is to be done until when, and how loudly it is said.

mod next;

use super::Sent;
use crate::check::ClaimLine;
use crate::host::Host;
use jiff::Timestamp;
use next::{Ways, is_closed, is_done, next};
use reseplug_calendar::{Phase, Urgency};
use reseplug_claims::written::{span_en, span_ja};
use reseplug_claims::{Book, Filing, Kind, Late, Place, Stage, Standing};
use reseplug_effect::{Fault, jst};
use reseplug_journal::{JobFilter, Journal, Outcome};
use reseplug_model::{Month, Payer};
use reseplug_policy::Hours;
use serde::{Deserialize, Serialize};

/// The claim week of a station.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClaimWeek {
    /// 請求年月
    pub month: Month,
    /// Now, in Japan's time, whatever the PC's zone.
    pub now: String,
    /// Whether this host keeps the days and hours of filing (`[claims] hours`). Where it does not, a
    /// gateway says when it is open, and what stands here is the official calendar.
    pub hours_kept: bool,
    /// The file that the days come from, where the station has one of its own (`[claims] calendar`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar_file: Option<String>,
    /// Each payer.
    pub payers: Vec<PayerWeek>,
    /// Receipts that wait across months.
    pub late: Vec<Late>,
    /// Sendings of earlier months of which nobody knows how they ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub open_before: Vec<Sent>,
    /// Receipts that are claimed twice as things stand, of whatever month: pairs of two filings.
    #[serde(default)]
    pub claimed_twice: Vec<(Standing, Standing)>,
    /// Receipts that a person gave up and that are filed all the same, of whatever month.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub given_up_yet_filed: Vec<Standing>,
    /// How far this PC's clock is off, by the last answer of the other side. Absent where there is
    /// nothing to compare it with.
    #[serde(default)]
    pub clock: Option<Skew>,
    /// How loudly it is said: the loudest of the payers.
    pub urgency: String,
}

impl ClaimWeek {
    /// Whether a person has to act: before the month closes, or about what should not stand as it does.
    pub fn needs_person(&self) -> bool {
        self.payers.iter().any(|one| !one.done && one.loud)
            || self.contradicts()
            || !self.open_before.is_empty()
            || !self.claimed_twice.is_empty()
            || !self.given_up_yet_filed.is_empty()
    }

    /// Whether of a sending of the month two things are told that cannot both be.
    fn contradicts(&self) -> bool {
        let mut sendings = self.payers.iter().flat_map(|one| &one.sendings);
        sendings.any(|sent| sent.contradiction.is_some())
    }
}

impl PayerWeek {
    /// Whether it matters until when to act: somebody still can.
    pub fn safe_by_matters(&self) -> bool {
        let open = matches!(self.phase.as_str(), "before" | "open" | "night");
        !self.done && open && !self.safe_to_send.is_empty()
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
    /// The same in English.
    #[serde(default)]
    pub phase_en: String,
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
    /// The same in English.
    #[serde(default)]
    pub safe_en: String,
    /// An announced extension: where it was announced, and who entered it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<String>,
    /// The same in English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension_en: Option<String>,
    /// `quiet`, `note`, `voice`, `alarm`.
    pub urgency: String,
    /// Whether the host raises its voice now.
    pub loud: bool,
    /// Whether nothing is left to do for this payer.
    pub done: bool,
    /// Whether the content approved last is in none of the sendings that stand.
    #[serde(default)]
    pub approved_not_left: bool,
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
        self.ahead_seconds.unsigned_abs() >= SLACK.unsigned_abs()
    }

    /// How far, and to which side: `9分38秒進んでいます`.
    pub fn say_ja(&self) -> String {
        self.said(span_ja, "遅れています", "進んでいます")
    }

    /// The same in English.
    pub fn say_en(&self) -> String {
        self.said(span_en, " behind", " ahead")
    }

    fn said(&self, span: fn(u64) -> String, behind: &str, ahead: &str) -> String {
        let side = match self.ahead_seconds {
            0 => "",
            late if late < 0 => behind,
            _ => ahead,
        };
        format!("{}{side}", span(self.ahead_seconds.unsigned_abs()))
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
        let hours_kept = self.station().claims.hours == Hours::Keep;
        let approved = self.approval(month).ok();
        let late = self.late_of(&book)?;
        // The month of filing itself is not over yet: what was missed is said as long.
        let within = jst(now).starts_with(&month.to_string());
        let payers = Payer::ALL;
        let mut weeks = Vec::new();
        let mut loudest = Urgency::Quiet;
        for payer in payers {
            let sendings: Vec<&Filing> = book
                .sendings(month, payer, Kind::Claim)
                .into_iter()
                .collect();
            let files: Vec<&ClaimLine> = approved
                .iter()
                .flat_map(|approval| &approval.report.files)
                .filter(|line| line.payer == payer)
                .collect();
            // Approved, and nothing is filed with this payer this month.
            let none = files.is_empty() && sendings.is_empty();
            let aside = approved.as_ref().filter(|_| none).and_then(|approval| {
                Some((approval.report.aside_ja()?, approval.report.aside_en()?))
            });
            let nothing = approved.is_some() && none && aside.is_none();
            let standing: Vec<&Filing> = sendings
                .iter()
                .copied()
                .filter(|f| !f.stage().is_gone())
                .collect();
            let left = |line: &&ClaimLine| {
                let same = |f: &&Filing| f.key.sha256 == line.file.digest;
                standing.iter().any(same)
            };
            let not_left = !files.iter().all(left);
            let beside = not_left && !standing.is_empty();
            let phase = calendar.phase(payer, month, now);
            let closed = is_closed(phase);
            let over = closed && !matches!(phase, Phase::Correcting { .. });
            let done = nothing || (is_done(&sendings) && (over || !beside));
            // All that was approved had left, and was taken back.
            let taken_back = !files.is_empty()
                && files.iter().all(|line| {
                    sendings
                        .iter()
                        .any(|f| f.stage() == Stage::Withdrawn && f.key.sha256 == line.file.digest)
                });
            let asked_down = book.receipts().filter(|one| {
                one.filing.month == month
                    && one.filing.payer == payer
                    && one.take_down_asked
                    && one.place == Place::Filed
            });
            // What left and is neither confirmed nor taken back: its end is not known.
            let begun = sendings
                .iter()
                .any(|f| !f.stage().is_gone() && !is_done(&[f]));
            let any_day = self.has_gateway() && !hours_kept;
            let urgency = match (done, closed && begun && !any_day) {
                (true, _) => Urgency::Quiet,
                // The month is closed and nobody knows how it ended: it does not fall silent.
                (false, true) => Urgency::Alarm,
                // Nothing was filed in time, so that somebody has to see to the next month.
                (false, false) if closed && within => Urgency::Voice,
                (false, false) => calendar.urgency(payer, month, now),
            };
            loudest = loudest.max(urgency);
            let safe = calendar.safe_by(payer, month);
            let when = |at: Option<Timestamp>| at.map(jst).unwrap_or_default();
            let (safe_to_send, safe_to_confirm) = (
                when(safe.as_ref().map(|safe| safe.send)),
                when(safe.as_ref().map(|safe| safe.confirm)),
            );
            let (safe_ja, safe_en) = safe
                .map(|safe| (safe.why_ja, safe.why_en))
                .unwrap_or_default();
            let (phase_ja, phase_en) = say_phase(phase);
            let extension = calendar.extension(payer, month);
            let comes = next(
                &sendings,
                next::Month {
                    approved: approved.is_some(),
                    nothing,
                    not_left: beside,
                    taken_back,
                    twice: !book.claimed_twice_in(month, Some(payer)).is_empty(),
                    asked_down: asked_down.count(),
                    waits: late.iter().any(|one| one.payer == payer),
                    any_day,
                    ways: Ways::of(self),
                    closes: (
                        calendar.closes(payer, month),
                        calendar.corrections_close(payer, month),
                    ),
                    phase,
                },
            );
            let (next_ja, next_en) = aside.unwrap_or(comes);
            weeks.push(PayerWeek {
                payer,
                phase: phase_word(phase).to_owned(),
                phase_ja,
                phase_en,
                opens: when(calendar.opens(payer, month)),
                closes: when(calendar.closes(payer, month)),
                corrections_close: when(calendar.corrections_close(payer, month)),
                safe_to_send,
                safe_to_confirm,
                safe_ja,
                safe_en,
                extension: extension.map(|one| format!("{}（{}）", one.source, one.noted_by)),
                extension_en: extension
                    .map(|one| format!("{} (entered by {})", one.source, one.noted_by)),
                urgency: urgency_word(urgency).to_owned(),
                loud: urgency >= Urgency::Voice,
                done,
                approved_not_left: not_left,
                sendings: sendings.iter().map(|f| self.sent(f, &jobs)).collect(),
                next_ja,
                next_en,
            });
        }
        Ok(ClaimWeek {
            month,
            now: jst(now),
            hours_kept,
            calendar_file: self.calendar_file(),
            payers: weeks,
            late,
            // What is still open in its own month is no open end.
            open_before: book
                .open_before(month)
                .into_iter()
                .filter(|filing| {
                    let phase = calendar.phase(filing.key.payer, filing.key.month, now);
                    matches!(phase, Phase::Over | Phase::NoRule) || filing.contradiction().is_some()
                })
                .map(|filing| self.sent(filing, &jobs))
                .collect(),
            claimed_twice: book.claimed_twice(),
            given_up_yet_filed: book.given_up_yet_filed(),
            clock: self.skew(&book)?,
            urgency: urgency_word(loudest).to_owned(),
        })
    }

    /// The file of the station's own calendar, where it has one.
    fn calendar_file(&self) -> Option<String> {
        let own = self.station().claims.calendar.as_ref()?;
        Some(self.folder().join(own).display().to_string())
    }

    /// How far this PC's clock is off: by the `Date` of the last answer of a gateway, or because it
    /// stands before what is on record.
    fn skew(&self, book: &Book) -> Result<Option<Skew>, Fault> {
        let now = self.now();
        let last = book
            .filings()
            .iter()
            .flat_map(|filing| &filing.events)
            .chain(book.beside())
            // All are of one zone and form, so that the greatest text is the latest moment.
            .map(|told| told.at.as_str())
            .max()
            .and_then(|at| at.parse::<Timestamp>().ok());
        if let Some(last) = last
            && last.as_second().saturating_sub(now.as_second()) >= SLACK
        {
            return Ok(Some(Skew {
                ahead_seconds: now.as_second().saturating_sub(last.as_second()),
                at: jst(last),
            }));
        }
        let mut newest: Option<(Timestamp, Skew)> = None;
        for kind in ASKED {
            let heads = self.journal().job_heads(&JobFilter {
                station: Some(self.code().to_owned()),
                kind: Some(format!("call.{kind}")),
                state: Some("done".to_owned()),
                ..JobFilter::default()
            })?;
            let Some(head) = heads.first() else { continue };
            for step in self.journal().steps(&head.id)?.iter().rev() {
                let (Some(Outcome::Done(answer)), Some(done)) = (&step.answer, step.done_at) else {
                    continue;
                };
                if newest.as_ref().is_some_and(|(at, _)| *at >= done) {
                    break;
                }
                if let Some(date) = date_of(answer) {
                    let ahead = done.as_second().saturating_sub(date.as_second());
                    let skew = Skew {
                        ahead_seconds: ahead,
                        at: jst(done),
                    };
                    newest = Some((done, skew));
                    break;
                }
            }
        }
        Ok(newest.map(|(_, skew)| skew))
    }
}

/// Calls whose answer comes over the gateway's line and carries its clock.
const ASKED: [&str; 4] = [
    "claims.get-status",
    "claims.submit",
    "claims.submissions",
    "claims.downloads",
];

/// Seconds by which a clock may be off before anybody is told.
const SLACK: i64 = 60;

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

/// What a phase means now, Japanese and English.
fn say_phase(phase: Phase) -> (String, String) {
    match phase {
        Phase::Before { opens } => (
            format!("受付前（{} から）", short(opens)),
            format!("not open yet (from {})", short(opens)),
        ),
        Phase::Open { closes_today, .. } => (
            format!("受付中（今日は {} まで）", short(closes_today)),
            format!("open (today until {})", short(closes_today)),
        ),
        Phase::Night { opens, .. } => (
            format!("夜間（次は {} から）", short(opens)),
            format!("closed for the night (again from {})", short(opens)),
        ),
        Phase::Correcting {
            opens: Some(opens),
            closes,
        } => (
            format!(
                "締切後（送信済みの訂正だけ {} から、{} まで）",
                short(opens),
                short(closes)
            ),
            format!(
                "closed; corrections of what was sent from {} (until {})",
                short(opens),
                short(closes)
            ),
        ),
        Phase::Correcting {
            opens: None,
            closes,
        } => (
            format!("送信済みの訂正だけ受付中（{} まで）", short(closes)),
            format!(
                "only corrections of what was sent (until {})",
                short(closes)
            ),
        ),
        Phase::Over => ("締切後".to_owned(), "over".to_owned()),
        Phase::NoRule => (
            "日程の規則がありません".to_owned(),
            "no rule for these days".to_owned(),
        ),
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
