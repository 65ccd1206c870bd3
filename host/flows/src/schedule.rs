//! When consents are collected, and from which day on.

use crate::host::Host;
use crate::intake::IntakeRequest;
use jiff::{Timestamp, civil};
use reseplug_effect::{Fault, jst, jst_zone};
use reseplug_journal::{Job, JobFilter, JobState, Journal};
use reseplug_model::Date;
use reseplug_policy::TimeOfDay;
use serde::Serialize;
use serde_json::Value;

/// Whether it is time to collect consents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Due {
    /// Whether a time of the station file has passed since the last run began.
    pub due: bool,
    /// When the last run that ended well began, ISO 8601.
    pub last_run: Option<String>,
    /// The next time, ISO 8601.
    pub next: Option<String>,
}

/// The latest of these times up to a moment.
pub fn last_due(times: &[TimeOfDay], now: Timestamp) -> Option<Timestamp> {
    around(times, now).into_iter().rfind(|at| *at <= now)
}

/// The earliest of these times after a moment.
pub fn next_due(times: &[TimeOfDay], now: Timestamp) -> Option<Timestamp> {
    around(times, now).into_iter().find(|at| *at > now)
}

/// The times of yesterday, today and tomorrow in Japan, ascending.
fn around(times: &[TimeOfDay], now: Timestamp) -> Vec<Timestamp> {
    let today = now.to_zoned(jst_zone()).date();
    let mut all: Vec<Timestamp> = [today.yesterday().ok(), Some(today), today.tomorrow().ok()]
        .into_iter()
        .flatten()
        .flat_map(|day| {
            times.iter().filter_map(move |time| {
                let time = civil::Time::new(
                    i8::try_from(time.hour).ok()?,
                    i8::try_from(time.minute).ok()?,
                    0,
                    0,
                )
                .ok()?;
                day.to_datetime(time)
                    .to_zoned(jst_zone())
                    .ok()
                    .map(|at| at.timestamp())
            })
        })
        .collect();
    all.sort_unstable();
    all
}

impl Host {
    /// Whether it is time to collect consents, by `[intake] times`. Without times it never is.
    ///
    /// # Errors
    /// `journal/…`
    pub fn intake_due(&self) -> Result<Due, Fault> {
        let times = &self.station().intake.times;
        let last_run = self
            .intake_jobs()?
            .iter()
            .filter(|job| matches!(job.state, JobState::Done { .. }))
            .map(|job| job.begun_at)
            .max();
        let now = self.now();
        let due = last_due(times, now).is_some_and(|at| last_run.is_none_or(|last| last < at));
        Ok(Due {
            due,
            last_run: last_run.map(jst),
            next: next_due(times, now).map(jst),
        })
    }

    fn intake_jobs(&self) -> Result<Vec<Job>, Fault> {
        Ok(self.journal().jobs(&JobFilter {
            station: Some(self.code().to_owned()),
            kind: Some("flow.intake".to_owned()),
            roots: true,
            ..JobFilter::default()
        })?)
    }

    /// The days whose consents a command collects: its own, those of the run it takes up, or what
    /// came since. What has been collected is remembered by the jobs that ended well; days before
    /// that are asked for again, because a card may reach the centre late. `rest` are the command's
    /// other arguments.
    pub(crate) fn days_to_collect(
        &self,
        request: &IntakeRequest,
        rest: &Value,
    ) -> Result<(Date, Date), Fault> {
        let today = self.today()?;
        let to = request.to.unwrap_or(today);
        if let Some(from) = request.from {
            if from > to {
                return Err(Fault::new(
                    "intake/period",
                    format!(
                        "同意日の始まり {from} が終わり {to} より後です。--from と --to を確かめてください（--to を省くと今日までです）。"
                    ),
                    format!(
                        "the first day {from} is after the last {to}; look at --from and --to (by default today)"
                    ),
                ));
            }
            return Ok((from, to));
        }
        let jobs = self.intake_jobs()?;
        let day = |job: &Job, field: &str| {
            let text = job.new.args.get(field)?.as_str()?;
            Date::parse(text).ok()
        };
        let alike = |job: &&Job| {
            ["documents", "output", "answers"]
                .iter()
                .all(|field| job.new.args.get(field) == rest.get(field))
        };
        // A run that still waits for the terminal is taken up with its own days.
        if request.to.is_none()
            && let Some(open) = jobs.iter().filter(|j| !j.state.is_closed()).find(alike)
            && let (Some(from), Some(to)) = (day(open, "from"), day(open, "to"))
        {
            return Ok((from, to));
        }
        let collected = jobs
            .iter()
            .filter(|job| matches!(job.state, JobState::Done { .. }))
            .filter_map(|job| day(job, "to"))
            .max();
        let back = i32::from(self.station().intake.look_back_days);
        let since = collected.unwrap_or(today).min(to);
        Ok((since.plus_days(-back).unwrap_or(since), to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn times() -> Vec<TimeOfDay> {
        ["12:30", "17:30"]
            .map(|t| TimeOfDay::parse(t).unwrap())
            .into()
    }

    #[test]
    fn the_times_of_the_day_are_japans_and_yesterdays_count_in_the_morning() {
        let morning = at("2024-10-03T08:00:00+09:00");
        assert_eq!(
            last_due(&times(), morning),
            Some(at("2024-10-02T17:30:00+09:00"))
        );
        assert_eq!(
            next_due(&times(), morning),
            Some(at("2024-10-03T12:30:00+09:00"))
        );
        let evening = at("2024-10-03T17:30:00+09:00");
        assert_eq!(last_due(&times(), evening), Some(evening));
        assert_eq!(
            next_due(&times(), evening),
            Some(at("2024-10-04T12:30:00+09:00"))
        );
        assert_eq!(
            (last_due(&[], evening), next_due(&[], evening)),
            (None, None)
        );
    }
}
