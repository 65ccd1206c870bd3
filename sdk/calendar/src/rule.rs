//! The data: rules as `calendar.toml` holds them, read and judged once.

use reseplug_model::{Grade, Month, Payer};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Urgency;

/// What staff do in オンライン請求.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Activity {
    /// レセプト送信, 請求確定, 請求取消
    Claim,
    /// 訂正 of receipts that the check found errors in, and their 請求確定
    Correction,
    /// 確認試験, 導通試験
    Trial,
    /// Download of 返戻, 増減点連絡書 and the like
    Download,
}

impl Activity {
    /// All, in the order of the data.
    pub const ALL: [Self; 4] = [Self::Claim, Self::Correction, Self::Trial, Self::Download];
}

/// Data that is no calendar.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CalendarError {
    /// Not TOML, or not of this form.
    #[error("the calendar is not readable: {message}")]
    Form {
        /// Line, counted from 1, where one can be named.
        line: Option<usize>,
        /// What the reader of TOML says.
        message: String,
    },
    /// Days or hours that no month has, or that end before they begin.
    #[error(
        "`{id}`: days must lie in 1-31 and hours in 0-24, each from before to, and valid_from not after valid_to"
    )]
    Bounds {
        /// Which rule.
        id: String,
    },
    /// Two rules for the same activity, payer and day.
    #[error("`{first}` and `{second}` are for the same activity, payer, month and day")]
    Overlap {
        /// Which rule.
        first: String,
        /// The other.
        second: String,
    },
    /// An urgency needs exactly one of from_day and last_days.
    #[error("urgency needs exactly one of from_day and last_days, each in 1-31")]
    Urgency,
}

impl CalendarError {
    /// What is wrong, for the station's staff: a station may have a file of its own.
    #[must_use]
    pub fn message_ja(&self) -> String {
        match self {
            Self::Form { message, .. } => format!("日程の形式として読めません（{message}）"),
            Self::Bounds { id } => format!(
                "「{id}」の日・時・月が正しくありません。日は1〜31、時は0〜24で、始まりを終わりより前に、valid_from を valid_to より後でないように書いてください"
            ),
            Self::Overlap { first, second } => format!(
                "「{first}」と「{second}」が、同じ種類・提出先・月・日について重なっています。どちらかの期間を直してください"
            ),
            Self::Urgency => {
                "urgency には from_day か last_days のどちらか一つを、1〜31で書いてください"
                    .to_owned()
            }
        }
    }

    /// Line of the file, counted from 1, where one can be named.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::Form { line, .. } => *line,
            _ => None,
        }
    }

    /// Which rule it is about, as its `id` names it.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Form { .. } => None,
            Self::Bounds { id } => Some(id),
            Self::Overlap { second, .. } => Some(second),
            Self::Urgency => Some("urgency"),
        }
    }
}

/// One rule: on which days and hours an activity is open.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Name of the rule.
    pub id: String,
    /// What is open.
    pub activity: Activity,
    /// First day of the 請求年月.
    pub from_day: u8,
    /// Last day; absent for the last day of the month.
    #[serde(default)]
    pub to_day: Option<u8>,
    /// First hour.
    pub from_hour: u8,
    /// Hour it ends at; 24 is midnight.
    pub to_hour: u8,
    /// Only for receipts that were sent before the filing closed.
    #[serde(default)]
    pub only_sent: bool,
    /// For whom.
    pub payers: Vec<Payer>,
    /// First 請求年月.
    pub valid_from: Month,
    /// Last 請求年月; absent until further notice.
    #[serde(default)]
    pub valid_to: Option<Month>,
    /// Who says so.
    pub source: String,
    /// How sure that is.
    pub grade: Grade,
}

/// When a month closes: 自動確定, the system confirms what is not confirmed and leaves out
/// receipts with errors (受付不能 and 要確認).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closing {
    /// Day of the 請求年月.
    pub day: u8,
    /// Hour; 24 is midnight.
    pub hour: u8,
    /// For whom.
    pub payers: Vec<Payer>,
    /// First 請求年月.
    pub valid_from: Month,
    /// Last 請求年月; absent until further notice.
    #[serde(default)]
    pub valid_to: Option<Month>,
    /// Who says so.
    pub source: String,
    /// How sure that is.
    pub grade: Grade,
}

/// How long 受付・事務点検ASP takes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asp {
    /// Results are there at the latest so many days after the sending …
    pub result_days_after: u8,
    /// … at this hour.
    pub result_hour: u8,
    /// Days on which the system is busy.
    pub busy_days: Vec<u8>,
    /// Hours in which it is busy, from and to.
    pub busy_hours: Vec<[u8; 2]>,
    /// Who says so.
    pub source: String,
    /// How sure that is.
    pub grade: Grade,
}

/// What this program advises beyond the rules.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advice {
    /// 請求確定 should be done so many hours before the closing.
    pub confirm_hours_before_closing: u8,
    /// Who says so.
    pub source: String,
    /// How sure that is.
    pub grade: Grade,
}

/// From when on a level of [`Urgency`] holds.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Raised {
    pub(crate) level: Urgency,
    #[serde(default)]
    pub(crate) from_day: Option<u8>,
    #[serde(default)]
    pub(crate) last_days: Option<u8>,
}

/// The whole file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rules {
    #[serde(rename = "rule")]
    pub(crate) rules: Vec<Rule>,
    #[serde(rename = "closing")]
    pub(crate) closings: Vec<Closing>,
    pub(crate) asp: Asp,
    pub(crate) advice: Advice,
    #[serde(default, rename = "urgency")]
    pub(crate) urgencies: Vec<Raised>,
}

impl Rules {
    pub(crate) fn read(text: &str) -> Result<Self, CalendarError> {
        let rules: Self = toml::from_str(text).map_err(|error| CalendarError::Form {
            line: error
                .span()
                .and_then(|span| text.get(..span.start))
                .map(|before| before.matches('\n').count().saturating_add(1)),
            message: error.message().to_owned(),
        })?;
        rules.judge()?;
        Ok(rules)
    }

    fn judge(&self) -> Result<(), CalendarError> {
        for rule in &self.rules {
            let days = (1..=31).contains(&rule.from_day) && rule.last_day() <= 31;
            let ordered = rule.from_day <= rule.last_day() && rule.from_hour < rule.to_hour;
            let valid = rule.valid_to.is_none_or(|to| rule.valid_from <= to);
            if !(days && ordered && valid && rule.to_hour <= 24) {
                return Err(CalendarError::Bounds {
                    id: rule.id.clone(),
                });
            }
        }
        for closing in &self.closings {
            let valid = closing.valid_to.is_none_or(|to| closing.valid_from <= to);
            if !((1..=31).contains(&closing.day) && closing.hour <= 24 && valid) {
                return Err(CalendarError::Bounds {
                    id: "closing".to_owned(),
                });
            }
        }
        let asp = &self.asp;
        if asp.result_hour > 24
            || asp
                .busy_hours
                .iter()
                .any(|[from, to]| from >= to || *to > 24)
        {
            return Err(CalendarError::Bounds {
                id: "asp".to_owned(),
            });
        }
        for raised in &self.urgencies {
            match (raised.from_day, raised.last_days) {
                (Some(day), None) | (None, Some(day)) if (1..=31).contains(&day) => {}
                _ => return Err(CalendarError::Urgency),
            }
        }
        let mut rest = self.rules.as_slice();
        while let Some((first, others)) = rest.split_first() {
            if let Some(second) = others.iter().find(|other| first.meets(other)) {
                return Err(CalendarError::Overlap {
                    first: first.id.clone(),
                    second: second.id.clone(),
                });
            }
            rest = others;
        }
        Ok(())
    }
}

impl Rule {
    fn last_day(&self) -> u8 {
        self.to_day.unwrap_or(31)
    }

    /// Whether both could be for one day.
    fn meets(&self, other: &Self) -> bool {
        self.activity == other.activity
            && self.payers.iter().any(|payer| other.payers.contains(payer))
            && self.from_day <= other.last_day()
            && other.from_day <= self.last_day()
            && self.valid_to.is_none_or(|to| other.valid_from <= to)
            && other.valid_to.is_none_or(|to| self.valid_from <= to)
    }

    pub(crate) fn is_for(&self, activity: Activity, payer: Payer, month: Month) -> bool {
        self.activity == activity
            && valid(&self.payers, self.valid_from, self.valid_to, payer, month)
    }
}

impl Closing {
    pub(crate) fn is_for(&self, payer: Payer, month: Month) -> bool {
        valid(&self.payers, self.valid_from, self.valid_to, payer, month)
    }
}

fn valid(payers: &[Payer], from: Month, to: Option<Month>, payer: Payer, month: Month) -> bool {
    payers.contains(&payer) && from <= month && to.is_none_or(|to| month <= to)
}
