//! Days and hours: whether the host may send or confirm now, by the calendar and the station file.

use crate::host::Host;
use jiff::Timestamp;
use reseplug_calendar::{Activity, Announced, Calendar, Phase, Window};
use reseplug_claims::{Book, Kind, Receipt, Stage};
use reseplug_effect::{Fault, jst};
use reseplug_model::{Month, Payer};
use reseplug_policy::Hours;

impl Host {
    /// The calendar of オンライン請求 with the extensions that the station file names.
    pub fn calendar(&self) -> Calendar {
        let announced = self.station().claims.extensions.iter();
        Calendar::with(
            announced
                .map(|one| Announced {
                    payer: one.payer,
                    claim_month: one.month,
                    closes: one.closes,
                    source: one.source.clone(),
                    noted_by: one.by.clone(),
                })
                .collect(),
        )
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
