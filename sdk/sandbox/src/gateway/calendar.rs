//! When what is open: the published calendar (`reseplug-calendar`) with what was announced since,
//! which lies in `extensions.json` of the gateway's folder. Hours are kept only on request.

use super::{
    GatewayError, io_error,
    problem::{Code, Problem},
    store::write_whole,
    submission::Kind,
};
use jiff::Timestamp;
use reseplug_calendar::{Activity, Announced, Calendar, Window};
use reseplug_model::{Month, Payer};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::SystemTime,
};

const FILE: &str = "extensions.json";

/// The calendar of a gateway.
pub(super) struct Hours {
    path: PathBuf,
    /// Whether requests outside are refused.
    kept: bool,
    read: RwLock<Read>,
}

/// The calendar as of the last look at the file.
struct Read {
    changed: Option<SystemTime>,
    calendar: Arc<Calendar>,
}

impl Hours {
    pub(super) fn open(folder: &Path, kept: bool) -> Result<Self, GatewayError> {
        let path = folder.join(FILE);
        let read = RwLock::new(Read {
            changed: changed(&path),
            calendar: Arc::new(Calendar::with(announced(&path)?)),
        });
        Ok(Self { path, kept, read })
    }

    /// The calendar now: another process may announce, too.
    pub(super) fn calendar(&self) -> Result<Arc<Calendar>, GatewayError> {
        let now = changed(&self.path);
        {
            let read = self.read.read().unwrap_or_else(PoisonError::into_inner);
            if read.changed == now {
                return Ok(read.calendar.clone());
            }
        }
        let mut read = self.read.write().unwrap_or_else(PoisonError::into_inner);
        *read = Read {
            changed: now,
            calendar: Arc::new(Calendar::with(announced(&self.path)?)),
        };
        Ok(read.calendar.clone())
    }

    pub(super) fn announce(&self, extension: Announced) -> Result<(), GatewayError> {
        let mut all = announced(&self.path)?;
        all.push(extension);
        let bytes = serde_json::to_vec_pretty(&all).map_err(|e| damaged(&self.path, &e))?;
        write_whole(&self.path, &bytes)?;
        let mut read = self.read.write().unwrap_or_else(PoisonError::into_inner);
        *read = Read {
            changed: changed(&self.path),
            calendar: Arc::new(Calendar::with(all)),
        };
        Ok(())
    }

    /// The window in which an activity is open, or the refusal. `None` where hours are not kept.
    pub(super) fn within(
        &self,
        activities: &[Activity],
        payer: Payer,
        at: Timestamp,
    ) -> Result<Option<Window>, Problem> {
        if !self.kept {
            return Ok(None);
        }
        let calendar = self.calendar().map_err(Problem::storage)?;
        let open = activities
            .iter()
            .find_map(|activity| calendar.open(*activity, payer, at));
        if open.is_some() {
            return Ok(open);
        }
        let next = activities
            .iter()
            .filter_map(|activity| calendar.next_opening(*activity, payer, at))
            .min_by_key(|window| window.from);
        let opens = next.map(|window| window.from);
        let (ja, en) = opens.map_or_else(Default::default, |from| {
            let from = text(from);
            (
                format!("次は{from}からです。"),
                format!("; it opens again at {from}"),
            )
        });
        Err(Problem::new(
            Code::OutsideHours,
            format!("受付時間外です。{ja}"),
            format!("outside the hours of this activity{en}"),
        )
        .after(opens.map(|from| from.as_second().saturating_sub(at.as_second()))))
    }

    /// `GET /calendar`.
    pub(super) fn view(&self, now: Timestamp) -> Result<Value, Problem> {
        let calendar = self.calendar().map_err(Problem::storage)?;
        let month = month_of(now).ok_or_else(Problem::not_found)?;
        let payers: Vec<Value> = Payer::ALL
            .iter()
            .map(|payer| payer_view(&calendar, *payer, month, now))
            .collect();
        Ok(json!({
            "now": text(now),
            "claim_month": month.to_string(),
            "kept": self.kept,
            "payers": payers,
            "simulated": true,
        }))
    }
}

fn payer_view(calendar: &Calendar, payer: Payer, month: Month, now: Timestamp) -> Value {
    let open = |activity| calendar.open(activity, payer, now);
    let next = |activity| {
        calendar
            .next_opening(activity, payer, now)
            .map(|window| text(window.from))
    };
    let activity = |activity| {
        let window = open(activity);
        json!({
            "open": window.is_some(),
            "until": window.map(|window| text(window.to)),
            "opens_next": next(activity),
        })
    };
    let announced: Vec<Value> = calendar
        .announced()
        .iter()
        .filter(|one| one.payer.is_none_or(|own| own == payer))
        .map(|one| {
            json!({
                "claim_month": one.claim_month.to_string(), "closes": text(one.closes), "source": one.source,
            })
        })
        .collect();
    json!({
        "payer": payer.code(),
        "claims": activity(Activity::Claim),
        "corrections": activity(Activity::Correction),
        "trials": activity(Activity::Trial),
        "downloads": activity(Activity::Download),
        "closes": calendar.closes(payer, month).map(text),
        "corrections_close": calendar.corrections_close(payer, month).map(text),
        "announced": announced,
    })
}

/// What files of a kind are handed in under.
pub(super) const fn activities(kind: Kind) -> &'static [Activity] {
    match kind {
        Kind::Claim => &[Activity::Claim, Activity::Correction],
        Kind::Trial => &[Activity::Trial],
    }
}

fn changed(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|found| found.modified()).ok()
}

fn damaged(path: &Path, error: &serde_json::Error) -> GatewayError {
    GatewayError::Damaged {
        file: path.display().to_string(),
        detail: error.to_string(),
    }
}

fn announced(path: &Path) -> Result<Vec<Announced>, GatewayError> {
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|e| damaged(path, &e)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(e) => Err(io_error("read", path.display())(e)),
    }
}

/// The month of a moment in Japan.
pub(super) fn month_of(at: Timestamp) -> Option<Month> {
    let at = at.to_zoned(reseplug_calendar::japan());
    Month::new(at.year(), at.month())
}

/// A day and hour of a month in Japan.
pub(super) fn moment(month: Month, day: i8, hour: i8) -> Option<Timestamp> {
    let number = i8::try_from(month.number()).ok()?;
    let day = jiff::civil::Date::new(month.year(), number, day).ok()?;
    let at = day
        .at(hour, 0, 0, 0)
        .to_zoned(reseplug_calendar::japan())
        .ok()?;
    Some(at.timestamp())
}

/// A moment as the protocol writes it.
pub(super) fn text(moment: Timestamp) -> String {
    moment
        .to_zoned(reseplug_calendar::japan())
        .strftime("%Y-%m-%dT%H:%M:%S+09:00")
        .to_string()
}

/// A moment as the header `date` has it.
pub(super) fn http_date(moment: Timestamp) -> String {
    moment
        .to_zoned(jiff::tz::TimeZone::UTC)
        .strftime("%a, %d %b %Y %H:%M:%S GMT")
        .to_string()
}
