use std::sync::LazyLock;

use jiff::Timestamp;
use reseplug_model::{Date, Grade, Month, Payer};

use crate::rule::{Advice, Asp, Closing, Rule, Rules};
use crate::text::{day_of, hour_of, last_day_before, moment_of};
use crate::{Activity, Announced, CalendarError};

/// A span in which something is open: from `from` until just before `to`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// 請求年月 it belongs to.
    pub claim_month: Month,
    /// First moment.
    pub from: Timestamp,
    /// The moment it is closed again.
    pub to: Timestamp,
    /// Only for receipts that were sent before the filing closed.
    pub only_sent: bool,
    /// Id of the rule, or `announced`.
    pub rule: String,
    /// Who says so.
    pub source: String,
    /// How sure that is.
    pub grade: Grade,
}

impl Window {
    /// Whether a moment lies in it.
    #[must_use]
    pub fn contains(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }
}

/// The calendar: published rules and what was announced since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    pub(crate) rules: Rules,
    announced: Vec<Announced>,
}

static PUBLISHED: LazyLock<Calendar> = LazyLock::new(|| {
    #[expect(
        clippy::expect_used,
        reason = "the file is part of the program and every test reads it: it cannot be malformed here"
    )]
    Calendar::read(include_str!("../calendar.toml")).expect("calendar of the program")
});

impl Calendar {
    /// The calendar as published, without announcements.
    #[must_use]
    pub fn published() -> &'static Self {
        &PUBLISHED
    }

    /// The calendar as published, with what was announced since.
    #[must_use]
    pub fn with(announced: Vec<Announced>) -> Self {
        Self::published().clone().announcing(announced)
    }

    /// Reads a calendar of the same form as `calendar.toml`, for instance a newer one.
    pub fn read(text: &str) -> Result<Self, CalendarError> {
        Ok(Self {
            rules: Rules::read(text)?,
            announced: Vec::new(),
        })
    }

    /// This calendar with further announcements.
    #[must_use]
    pub fn announcing(mut self, announced: Vec<Announced>) -> Self {
        self.announced.extend(announced);
        self
    }

    /// What was announced.
    #[must_use]
    pub fn announced(&self) -> &[Announced] {
        &self.announced
    }

    /// The announcement that moves the closing of a month, if one does.
    #[must_use]
    pub fn extension(&self, payer: Payer, month: Month) -> Option<&Announced> {
        let published = self.published_closing(payer, month)?;
        self.announced
            .iter()
            .filter(|announced| announced.concerns(payer, month) && announced.closes > published)
            .max_by_key(|announced| announced.closes)
    }

    /// All rules.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules.rules
    }

    /// The rule of the automatic confirmation of a month.
    #[must_use]
    pub fn closing(&self, payer: Payer, month: Month) -> Option<&Closing> {
        self.rules
            .closings
            .iter()
            .find(|closing| closing.is_for(payer, month))
    }

    /// How long 受付・事務点検ASP takes.
    #[must_use]
    pub fn asp(&self) -> &Asp {
        &self.rules.asp
    }

    /// What this program advises beyond the rules.
    #[must_use]
    pub fn advice(&self) -> &Advice {
        &self.rules.advice
    }

    /// When the result of a sending is there at the latest.
    #[must_use]
    pub fn result_by(&self, sent: Timestamp) -> Option<Timestamp> {
        let asp = self.asp();
        moment_of(
            day_of(sent)?.plus_days(i32::from(asp.result_days_after))?,
            asp.result_hour,
        )
    }

    /// Whether the system is known to be busy at a moment.
    #[must_use]
    pub fn busy(&self, at: Timestamp) -> bool {
        let (asp, hour) = (self.asp(), hour_of(at));
        day_of(at).is_some_and(|day| asp.busy_days.contains(&day.day_of_month()))
            || asp
                .busy_hours
                .iter()
                .any(|[from, to]| (*from..*to).contains(&hour))
    }

    /// When an activity is open for a payer and a 請求年月: disjoint spans in order.
    ///
    /// On days that an announcement adds, hours are those of the last published day, until the
    /// announced moment.
    #[must_use]
    pub fn windows(&self, activity: Activity, payer: Payer, month: Month) -> Vec<Window> {
        let mut windows: Vec<Window> = (1..=month.days())
            .filter_map(|day| self.on(activity, payer, month.day(day)?))
            .collect();
        if matches!(activity, Activity::Claim | Activity::Correction)
            && let Some(announced) = self.extension(payer, month)
            && let Some(added) = self.added(announced, payer, month)
        {
            windows = joined(windows, added);
        }
        // Where the rules of the hours reach past the closing, the closing counts: what is sent
        // after it would not be filed.
        if activity == Activity::Claim
            && let Some(closes) = self.closes(payer, month)
        {
            windows.retain(|window| window.from < closes);
            if let Some(last) = windows.last_mut() {
                last.to = last.to.min(closes);
            }
        }
        windows
    }

    /// The published window of one day.
    fn on(&self, activity: Activity, payer: Payer, day: Date) -> Option<Window> {
        let (month, number) = (day.month(), day.day_of_month());
        let rule = self.rules.rules.iter().find(|rule| {
            rule.is_for(activity, payer, month)
                && rule.from_day <= number
                && rule.to_day.is_none_or(|to| number <= to)
        })?;
        Some(Window {
            claim_month: month,
            from: moment_of(day, rule.from_hour)?,
            to: moment_of(day, rule.to_hour)?,
            only_sent: rule.only_sent,
            rule: rule.id.clone(),
            source: rule.source.clone(),
            grade: rule.grade,
        })
    }

    /// The windows that an announcement adds behind the published closing.
    fn added(&self, announced: &Announced, payer: Payer, month: Month) -> Option<Vec<Window>> {
        let from = self.published_closing(payer, month)?;
        let closes = self.closes(payer, month)?;
        let hours = self
            .rules
            .rules
            .iter()
            .filter(|rule| rule.is_for(Activity::Claim, payer, month))
            .max_by_key(|rule| rule.from_day)
            .map(|rule| (rule.from_hour, rule.to_hour))?;
        let window = |from, to| Window {
            claim_month: month,
            from,
            to,
            only_sent: false,
            rule: "announced".to_owned(),
            source: announced.source.clone(),
            // A person wrote down what a payer announced.
            grade: Grade::Secondary,
        };
        let mut windows: Vec<Window> = Vec::new();
        let mut day = day_of(from)?;
        while let (Some(start), Some(end)) = (moment_of(day, hours.0), moment_of(day, hours.1))
            && start < closes
        {
            if from <= start {
                windows.push(window(start, end.min(closes)));
            }
            let Some(next) = day.next_day() else { break };
            day = next;
        }
        // Announced for the small hours: the day before simply goes on.
        match windows.last_mut() {
            Some(last) if last.to < closes => last.to = closes,
            Some(_) => {}
            None => windows.push(window(from, closes)),
        }
        Some(windows)
    }

    /// The window that is open at a moment.
    #[must_use]
    pub fn open(&self, activity: Activity, payer: Payer, at: Timestamp) -> Option<Window> {
        let month = day_of(at)?.month();
        // An announcement may reach over the end of the month.
        [Some(month), month.previous()]
            .into_iter()
            .flatten()
            .flat_map(|month| self.windows(activity, payer, month))
            .find(|window| window.contains(at))
    }

    /// The first window that begins after a moment, within a year.
    #[must_use]
    pub fn next_opening(&self, activity: Activity, payer: Payer, at: Timestamp) -> Option<Window> {
        let first = day_of(at)?.month();
        let mut month = first.previous().or(Some(first));
        for _ in 0..14 {
            let here = month?;
            let found = self
                .windows(activity, payer, here)
                .into_iter()
                .find(|window| at < window.from);
            if found.is_some() {
                return found;
            }
            month = here.next();
        }
        None
    }

    /// When filing of a month begins.
    #[must_use]
    pub fn opens(&self, payer: Payer, month: Month) -> Option<Timestamp> {
        (1..=month.days())
            .find_map(|day| self.on(Activity::Claim, payer, month.day(day)?))
            .map(|window| window.from)
    }

    fn published_closing(&self, payer: Payer, month: Month) -> Option<Timestamp> {
        let closing = self.closing(payer, month)?;
        moment_of(month.day(closing.day)?, closing.hour)
    }

    /// When filing of a month ends, which is when the system confirms by itself what is not
    /// confirmed: 10日24時 or what was announced.
    #[must_use]
    pub fn closes(&self, payer: Payer, month: Month) -> Option<Timestamp> {
        let published = self.published_closing(payer, month)?;
        let announced = self
            .extension(payer, month)
            .map_or(published, |announced| announced.closes);
        // Whatever somebody wrote down, the next month's filing is the next month's.
        let next = month.next().and_then(|next| self.opens(payer, next));
        Some(next.map_or(announced, |next| announced.min(next)))
    }

    /// When the last correction of a month is taken.
    #[must_use]
    pub fn corrections_close(&self, payer: Payer, month: Month) -> Option<Timestamp> {
        self.windows(Activity::Correction, payer, month)
            .last()
            .map(|window| window.to)
    }

    /// The last day of filing: the 10th, or the day of the announced moment.
    pub(crate) fn last_day(&self, payer: Payer, month: Month) -> Option<Date> {
        last_day_before(self.closes(payer, month)?)
    }
}

/// Published windows with announced ones, which win where both are.
fn joined(published: Vec<Window>, added: Vec<Window>) -> Vec<Window> {
    let mut all = Vec::with_capacity(published.len() + added.len());
    for window in published {
        let mut from = window.from;
        for extra in &added {
            if extra.to <= from || window.to <= extra.from {
                continue;
            }
            if from < extra.from {
                all.push(Window {
                    from,
                    to: extra.from,
                    ..window.clone()
                });
            }
            from = extra.to;
        }
        if from < window.to {
            all.push(Window { from, ..window });
        }
    }
    all.extend(added);
    all.sort_by_key(|window| window.from);
    all
}
