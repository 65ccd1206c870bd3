//! 訪問看護療養費マスター: which charges there are, what they cost and what may be claimed together.
//!
//! The master is published as five CSV tables (マスターファイル仕様説明書). They are read as published,
//! and are no part of this crate: whoever checks prices imports the release of the day. Each release is
//! asked for the months it speaks of, see [`Masters::of`].

mod read;

use std::collections::{BTreeMap, BTreeSet};

use reseplug_model::{Date, Month, Period};

pub use read::{MasterError, Table};

/// What a charge costs (金額識別, 金額).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Price {
    /// 1 金額 in yen.
    Yen(u32),
    /// 3 点数; a claim file holds ten times as many yen.
    Points(u32),
    /// 5 ％加算: added to the base's record, its own amount is 0.
    Percent(u32),
    /// A kind or an amount this crate does not know.
    Unknown,
}

/// Who may give the care (職種区分①–⑮).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StaffKinds {
    /// 01–10 of 別表20.
    pub single: BTreeSet<u8>,
    /// 31–39: several people at once. Which ones each value stands for is not published with it.
    pub accompanied: bool,
}

/// One charge (基本テーブル) from a day to a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargeEntry {
    /// 訪問看護療養費コード
    pub code: u32,
    /// 省略名称
    pub name: String,
    /// 金額
    pub price: Price,
    /// きざみ値計算識別: the charge has a quantity.
    pub has_quantity: bool,
    /// 下限年齢 and 上限年齢: from … to below; `None` without limit, or with one this crate cannot read.
    pub age: (Option<u16>, Option<u16>),
    /// 後期区分: 0 everybody, 1 医療保険 only, 2 後期高齢者医療 only.
    pub elderly: u8,
    /// 職種区分
    pub staff: StaffKinds,
    /// 実施回数区分: 0 none, 1 any, 2 and 3 these visits of a day.
    pub visits: u8,
    /// 指示区分 it may be claimed under; empty where none is recorded.
    pub instructions: Vec<u8>,
    /// 加算単独算定: an addition that may stand alone.
    pub alone: bool,
    /// 加算グループ a base belongs to.
    pub group: Option<String>,
    /// 変更年月日 … 廃止年月日
    pub valid: Period,
}

/// Within what something is counted (算定単位, 背反単位).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// 日
    Day,
    /// 同時: on the same day, as far as a claim file tells.
    Together,
    /// 週: Sunday to Saturday.
    Week,
    /// 月
    Month,
}

impl Unit {
    /// 1日, 同時, 1週, 1月
    #[must_use]
    pub fn name_ja(self) -> &'static str {
        match self {
            Self::Day => "1日",
            Self::Together => "同時",
            Self::Week => "1週",
            Self::Month => "1月",
        }
    }

    /// day, visit, week, month
    #[must_use]
    pub fn name_en(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Together => "visit",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// What two days of one unit have in common.
    pub(crate) fn of(self, day: Date) -> Date {
        match self {
            Self::Day | Self::Together => day,
            Self::Week => {
                let back = i32::from(day.civil().weekday().to_sunday_zero_offset());
                day.plus_days(-back).unwrap_or(day)
            }
            Self::Month => day.month().first_day(),
        }
    }
}

/// How often a charge may stand (算定回数限度テーブル).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Within what.
    pub unit: Unit,
    /// 上限回数
    pub most: u32,
    /// 変更年月日 … 廃止年月日
    pub valid: Period,
}

/// One release of the master.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Master {
    /// Earliest 変更年月日 of its charges.
    from: Date,
    /// Latest 変更年月日 of its charges: what it was published for.
    revised: Date,
    charges: BTreeMap<u32, Vec<ChargeEntry>>,
    /// 加算 by 加算グループ.
    additions: BTreeMap<String, Vec<(u32, Period)>>,
    limits: BTreeMap<u32, Vec<Limit>>,
    /// The smaller code first.
    incompatible: BTreeMap<(u32, u32), Vec<(Unit, Period)>>,
    /// Rows that name a unit or a condition nobody can tell from a claim file.
    left_out: usize,
}

impl Master {
    /// Reads the tables of one release, as published (CSV, Shift_JIS). Which table a file is follows
    /// from its columns; the 基本テーブル has to be among them, each table at most once.
    ///
    /// # Errors
    /// [`MasterError`] names the file, the line and what is wrong.
    pub fn read<'f>(
        files: impl IntoIterator<Item = (&'f str, &'f [u8])>,
    ) -> Result<Self, MasterError> {
        read::read(files)
    }

    /// First month it speaks of.
    #[must_use]
    pub fn from(&self) -> Month {
        self.from.month()
    }

    /// The month of its latest change.
    #[must_use]
    pub fn revised(&self) -> Month {
        self.revised.month()
    }

    /// Number of charges.
    #[must_use]
    pub fn len(&self) -> usize {
        self.charges.len()
    }

    /// Whether it has no charge.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.charges.is_empty()
    }

    /// Rows of limits and incompatibilities that speak of what no claim file can show (初回, 患者当り …).
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// A charge on a day.
    #[must_use]
    pub fn charge(&self, code: u32, day: Date) -> Option<&ChargeEntry> {
        let entries = self.charges.get(&code)?;
        entries.iter().find(|entry| entry.valid.contains(day))
    }

    /// Whether an addition belongs to the bases of a group on a day.
    #[must_use]
    pub fn adds(&self, group: &str, addition: u32, day: Date) -> bool {
        self.additions.get(group).is_some_and(|of_group| {
            of_group
                .iter()
                .any(|(code, valid)| *code == addition && valid.contains(day))
        })
    }

    /// Whether the table of bases and additions knows the addition at all.
    #[must_use]
    pub fn is_addition(&self, code: u32) -> bool {
        self.additions
            .values()
            .any(|of_group| of_group.iter().any(|(known, ..)| *known == code))
    }

    /// How often a charge may stand on a day.
    pub fn limits(&self, code: u32, day: Date) -> impl Iterator<Item = &Limit> {
        self.limits
            .get(&code)
            .into_iter()
            .flatten()
            .filter(move |limit| limit.valid.contains(day))
    }

    /// Within what two charges may not both be claimed.
    pub fn incompatible(&self, a: u32, b: u32, day: Date) -> impl Iterator<Item = Unit> {
        self.incompatible
            .get(&(a.min(b), a.max(b)))
            .into_iter()
            .flatten()
            .filter(move |(_, valid)| valid.contains(day))
            .map(|(unit, ..)| *unit)
    }
}

/// The releases that were imported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Masters(Vec<Master>);

impl Masters {
    /// None at all.
    #[must_use]
    pub fn none() -> &'static Self {
        static NONE: Masters = Masters(Vec::new());
        &NONE
    }

    /// With one more release; one that was revised at the same time takes the place of the earlier.
    #[must_use]
    pub fn with(mut self, release: Master) -> Self {
        self.0.retain(|other| other.revised != release.revised);
        self.0.push(release);
        self.0.sort_by_key(|release| release.revised);
        self
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All releases, the earliest first.
    pub fn iter(&self) -> impl Iterator<Item = &Master> {
        self.0.iter()
    }

    /// The newest release that speaks of a month. Whether charges changed since is not known from it:
    /// the check asks it only while the edition of its revision is in force.
    #[must_use]
    pub fn of(&self, month: Month) -> Option<&Master> {
        self.0.iter().rfind(|release| release.from.month() <= month)
    }
}
