//! Days and hours: whether the host may send or confirm now, by the calendar and the station file.

use crate::host::{Host, text_file};
use jiff::Timestamp;
use reseplug_calendar::{Activity, Announced, Calendar, Phase, Window};
use reseplug_claims::{Book, Kind, Receipt, Stage};
use reseplug_effect::{Fault, Place, jst};
use reseplug_model::{Month, Payer};
use reseplug_policy::{Hours, StationFile};
use std::path::Path;

impl Host {
    /// The calendar of オンライン請求 of a station: that of its own file, where it names one, otherwise
    /// the program's, with the extensions that the station file names. `folder` is where the station
    /// file lies.
    ///
    /// # Errors
    /// `file/unreadable`, `config/encoding`, `config/calendar`; `config/value` for an extension that
    /// is none by the file.
    pub fn calendar_of(station: &StationFile, folder: &Path) -> Result<Calendar, Fault> {
        let claims = &station.claims;
        let calendar = match &claims.calendar {
            None => Calendar::published().clone(),
            Some(path) => {
                let calendar = own_calendar(&folder.join(path))?;
                for (at, one) in claims.extensions.iter().enumerate() {
                    one.fits(&calendar).map_err(|why| {
                        let key = format!("claims.extensions[{at}].closes");
                        Fault::new(
                            "config/value",
                            format!("{} の {key}: {}", station.file, why.ja),
                            format!("{}: {key}: {}", station.file, why.en),
                        )
                    })?;
                }
                calendar
            }
        };
        let announced = claims.extensions.iter();
        Ok(calendar.announcing(
            announced
                .map(|one| Announced {
                    payer: one.payer,
                    claim_month: one.month,
                    closes: one.closes,
                    source: one.source.clone(),
                    noted_by: one.by.clone(),
                })
                .collect(),
        ))
    }

    /// Whether a file may be sent now. After the 10th only receipts that were sent before.
    pub(super) fn may_send(
        &self,
        kind: Kind,
        payer: Payer,
        month: Month,
        receipts: &[Receipt],
        book: &Book,
    ) -> Result<(), Fault> {
        if self.station().claims.hours == Hours::Ignore {
            return Ok(());
        }
        let (calendar, now) = (self.calendar(), self.now());
        if kind == Kind::Trial {
            let open = calendar.open(Activity::Trial, payer, now);
            return open.map(drop).ok_or_else(|| {
                let next = calendar.next_opening(Activity::Trial, payer, now);
                closed(("確認試験", "a trial"), payer, month, next, now)
            });
        }
        let open = |activity| {
            let window: Option<Window> = calendar.open(activity, payer, now);
            window.filter(|window| window.claim_month == month)
        };
        if open(Activity::Claim).is_some() {
            return Ok(());
        }
        if matches!(calendar.phase(payer, month, now), Phase::Over) {
            return Err(over(payer, month));
        }
        if open(Activity::Correction).is_none() {
            let next = calendar
                .next_opening(Activity::Correction, payer, now)
                .filter(|window| window.claim_month == month);
            return Err(closed(("送信", "sending"), payer, month, next, now));
        }
        // What was refused (for the hours, say) was not sent before.
        let mut sent = book.sendings(month, payer, Kind::Claim);
        sent.retain(|filing| filing.stage() != Stage::Released);
        let fresh: Vec<String> = receipts
            .iter()
            .filter(|one| {
                !sent
                    .iter()
                    .flat_map(|filing| &filing.receipts)
                    .any(|known| known.same_person_month(one))
            })
            .map(|one| format!("{} {}", one.service_month, one.name))
            .collect();
        if fresh.is_empty() {
            return Ok(());
        }
        let list = crate::check::shortened(&fresh);
        Err(Fault::new(
            "claim/only-corrections",
            format!(
                "締切を過ぎ、いま送れるのは締切までに送信したレセプトの訂正だけです。初めてのレセプトがあります: {list}。これらを保留（月遅れ）にして承認し直してください。"
            ),
            format!(
                "the month is closed and only receipts that were sent before can be corrected now; these are new: {list}. Hold them for the next month and approve again"
            ),
        ))
    }

    /// Whether 請求確定 may be done now.
    pub(super) fn may_confirm(&self, payer: Payer, month: Month) -> Result<(), Fault> {
        if self.station().claims.hours == Hours::Ignore {
            return Ok(());
        }
        let (calendar, now) = (self.calendar(), self.now());
        let open = [Activity::Claim, Activity::Correction]
            .into_iter()
            .filter_map(|activity| calendar.open(activity, payer, now))
            .any(|window| window.claim_month == month);
        if open {
            return Ok(());
        }
        if matches!(calendar.phase(payer, month, now), Phase::Over) {
            return Err(over(payer, month));
        }
        let next = calendar
            .next_opening(Activity::Correction, payer, now)
            .filter(|window| window.claim_month == month);
        Err(closed(
            ("請求確定", "confirmation"),
            payer,
            month,
            next,
            now,
        ))
    }
}

/// The days and hours of a station's own file. One that cannot be read stops the station: the
/// program's days would pass for those that somebody entered.
fn own_calendar(path: &Path) -> Result<Calendar, Fault> {
    let text = text_file(path)?;
    Calendar::read(text.trim_start_matches('\u{feff}')).map_err(|error| {
        let name = path.display().to_string();
        let (at_ja, at_en) = match error.line() {
            Some(line) => (format!("{name} の {line} 行"), format!("{name}:{line}")),
            None => (name.clone(), name.clone()),
        };
        let place = Place {
            document: name,
            line: error.line().and_then(|line| u32::try_from(line).ok()),
            record: None,
            field: error.key().map(str::to_owned),
        };
        Fault::new(
            "config/calendar",
            format!(
                "請求の日程のファイルが使えません。{at_ja}: {}。直すか、設定の [claims] calendar を消すと本ソフトの日程に戻ります。",
                error.message_ja()
            ),
            format!(
                "the calendar of the station cannot be used. {at_en}: {error}. Correct it, or remove `calendar` from [claims] to go by the program's own"
            ),
        )
        .at(place)
    })
}

fn closed(
    (what, what_en): (&str, &str),
    payer: Payer,
    month: Month,
    next: Option<Window>,
    now: Timestamp,
) -> Fault {
    let payer = payer.name_ja();
    let (next_ja, next_en) = match &next {
        Some(window) => (
            format!("次に開くのは {} です。", jst(window.from)),
            format!("it opens at {}", jst(window.from)),
        ),
        None => (
            "この月の受付はもうありません。".to_owned(),
            "it does not open again for this month".to_owned(),
        ),
    };
    Fault::later(
        "claim/outside-hours",
        format!(
            "{payer}の{month}請求分の{what}は、いま（{}）受け付けていません。{next_ja}何も送っていません。",
            jst(now)
        ),
        format!(
            "{what_en} for {month} is not taken now ({}); {next_en}. Nothing was sent",
            jst(now)
        ),
    )
}

fn over(payer: Payer, month: Month) -> Fault {
    Fault::new(
        "claim/month-is-over",
        format!(
            "{month}請求分の{}への請求は締め切られています。残ったレセプトは次の月の請求に月遅れで入れてください（`reseplug claim late`）。締切が延長されているときは、設定の [[claims.extensions]] に書いてください。",
            payer.name_ja()
        ),
        format!(
            "filing for {month} is over; file what is left with the next month (`reseplug claim late`). If an extension was announced, enter it under [[claims.extensions]]"
        ),
    )
}
