//! The settings of a station, plain. [`StationFile::parse`] reads them from `station.toml`;
//! an embedder may fill them from elsewhere.

use crate::{
    Capability, Claims, Digest, EndpointBinding, ExchangeBinding, LimitOverrides, Name,
    NoticeLayout, Refused,
};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Everything a station decides.
#[derive(Debug, Clone, PartialEq)]
pub struct StationFile {
    /// Name of the file, for messages.
    pub file: String,
    /// Who the station is.
    pub station: Station,
    /// Folder for database, identities and cache, as written; relative to the station file.
    pub store: PathBuf,
    /// The plugins it uses, by id.
    pub plugins: BTreeMap<Name, PluginEntry>,
    /// Folders, by name.
    pub exchange: BTreeMap<Name, ExchangeBinding>,
    /// Endpoints, by name.
    pub endpoints: BTreeMap<Name, EndpointBinding>,
    /// Identities, by name.
    pub identities: BTreeMap<Name, IdentityBinding>,
    /// What may be changed without asking each time; absent: nothing.
    pub accept: Option<Accept>,
    /// Whether the product's numbers are registered at the centre; absent: they are not.
    pub references: Option<References>,
    /// The receipt software and its documents.
    pub product: Product,
    /// Which plugin serves which purpose.
    pub connectors: Connectors,
    /// When consents given at home are collected.
    pub intake: Intake,
    /// How answers are read.
    pub eligibility: Eligibility,
    /// Notices of payers that come as tables, by name.
    pub notices: BTreeMap<Name, NoticeLayout>,
    /// How it files.
    pub claims: Claims,
}

/// When consents given at home are collected, `[intake]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intake {
    /// Times of the day, ascending. None: only when somebody gives the command.
    pub times: Vec<TimeOfDay>,
    /// How many days before the last run are asked for again: a card may reach the centre late,
    /// and collecting an answer twice changes nothing.
    pub look_back_days: u16,
}

impl Intake {
    /// Days asked for again unless the file says otherwise.
    pub const LOOK_BACK_DAYS: u16 = 2;
}

impl Default for Intake {
    fn default() -> Self {
        Self {
            times: Vec::new(),
            look_back_days: Self::LOOK_BACK_DAYS,
        }
    }
}

/// A time of the day in Japan, `12:30`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay {
    /// 0 … 23
    pub hour: u8,
    /// 0 … 59
    pub minute: u8,
}

impl TimeOfDay {
    /// Reads `12:30`.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let two = |text: &str| {
            (text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit()))
                .then(|| text.parse::<u8>().ok())
                .flatten()
        };
        text.split_once(':')
            .and_then(|(hour, minute)| Some((two(hour)?, two(minute)?)))
            .filter(|(hour, minute)| *hour < 24 && *minute < 60)
            .map(|(hour, minute)| Self { hour, minute })
            .ok_or_else(|| {
                Refused::new(
                    "時刻を「12:30」のように書いてください",
                    "write a time of the day such as \"12:30\"",
                )
            })
    }
}

impl std::fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}:{:02}", self.hour, self.minute)
    }
}

/// How answers are read, `[eligibility]`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Eligibility {
    /// Which day a 資格喪失日 takes effect on.
    pub loss_day: LossDay,
}

/// The day from which a 資格喪失日 leaves somebody without cover. No public text of the interface says
/// which it is (grade: inferred from the use of the trade, and from 健康保険法第36条, under which cover is
/// lost on the day *after* one leaves an employer: the 資格喪失日 then is that day after), so a station can
/// say otherwise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum LossDay {
    /// `day-itself`: the 資格喪失日 is the first day without cover; the last covered day is the one before.
    #[default]
    DayItself,
    /// `day-after`: the 資格喪失日 itself is still covered.
    DayAfter,
}

impl LossDay {
    /// As the station file writes it.
    pub fn word(self) -> &'static str {
        match self {
            Self::DayItself => "day-itself",
            Self::DayAfter => "day-after",
        }
    }

    /// Reads the station file's word.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        [Self::DayItself, Self::DayAfter]
            .into_iter()
            .find(|day| day.word() == text)
            .ok_or_else(|| {
                Refused::new(
                    "day-itself（資格喪失日の当日から資格なし）か day-after（翌日から資格なし）を書いてください",
                    "write day-itself (no cover from the 資格喪失日 on) or day-after (from the day after it on)",
                )
            })
    }
}

/// The receipt software, `[product]`: what a flow takes when the command names no document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Product {
    /// The adapter that knows its documents.
    pub adapter: Option<Name>,
    /// Documents of the register (利用者台帳), relative to the station file. None: the product
    /// has no register that can be written, and finished claim files are patched instead.
    pub register: Vec<PathBuf>,
    /// Documents of the month, relative to the station file.
    pub month: Vec<PathBuf>,
}

/// Which plugin serves which purpose, `[connectors]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Connectors {
    /// オンライン資格確認
    pub eligibility: Option<Name>,
    /// Hands exact files to people.
    pub handover: Option<Name>,
    /// Files over a gateway.
    pub gateway: Option<Name>,
    /// Checks claim files, each in turn.
    pub checkers: Vec<Name>,
}

/// Who the station is, `[station]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Station {
    /// 訪問看護ステーションコード, 7 digits.
    pub code: String,
    /// 都道府県, 2 digits of 別表2.
    pub prefecture: String,
    /// 名称 as notified.
    pub name: String,
    /// 電話番号
    pub phone: Option<String>,
    /// 医療機関コード towards the terminal, 10 digits: prefecture + `6` + code. Each part is a field
    /// of the claim file; that the terminal joins them so for stations is not officially
    /// confirmed (grade: unconfirmed). A station file may write it out; any other is refused.
    pub institution_code: String,
}

impl Station {
    /// The assumed 医療機関コード of a station (grade: unconfirmed).
    pub fn assumed_institution_code(prefecture: &str, code: &str) -> String {
        format!("{prefecture}6{code}")
    }
}

/// A plugin of the station, `[plugins.ID]`.
#[derive(Debug, Clone, PartialEq)]
pub struct PluginEntry {
    /// Where the component comes from.
    pub source: PluginSource,
    /// Its settings, to be checked against the plugin's schema.
    pub settings: serde_json::Value,
    /// Settings that stand in files of their own, by the key that each becomes: TOML or JSON,
    /// relative to the station file. [`crate::settings::Settings`] reads and merges them.
    pub settings_files: BTreeMap<String, PathBuf>,
    /// What a person approved; absent: nothing.
    pub approved: Option<Approval>,
    /// Changes of its limits.
    pub limits: LimitOverrides,
}

/// Where a component comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PluginSource {
    /// Shipped inside the program, `builtin:NAME`.
    Builtin(Name),
    /// A file, as written; relative to the station file.
    File(PathBuf),
}

/// What a person approved, `[plugins.ID.approved]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// The exact component it was given for.
    pub digest: ApprovedDigest,
    /// Who approved it.
    pub by: String,
    /// When, ISO 8601 with offset, as written.
    pub at: String,
    /// The capabilities granted.
    pub capabilities: BTreeSet<Capability>,
}

/// The component an approval is bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApprovedDigest {
    /// Whatever this very build ships under the plugin's name.
    Builtin,
    /// Exactly these bytes.
    Exact(Digest),
}

/// A name in the identity store, `[identities.NAME]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityBinding {
    /// The name the station file uses.
    pub name: Name,
    /// Name in the identity store.
    pub file: Name,
}

/// What may be changed without asking each time, `[accept]`, and who said so. Whatever it
/// allows, only a coverage that is valid is ever written, and a person's identity never is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accept {
    /// The named person who decided this.
    pub by: String,
    /// A person without a record becomes a new row.
    pub add_person: bool,
    /// A changed coverage becomes a new period.
    pub new_period: bool,
    /// A coverage is filled in where there is none.
    pub fill: bool,
    /// A coverage that differs is replaced.
    pub differs: bool,
    /// 負担割合 is filled in or continued by a new certificate's.
    pub burden: bool,
    /// 限度額適用区分 is written where the person consented.
    pub income: bool,
    /// 医療扶助 is written from a 医療券 that fits.
    pub welfare: bool,
}

/// Whether the product's numbers are registered at the centre as 照会番号, `[references]`, and
/// who said so: a registration overwrites what another product of the station registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct References {
    /// The named person who decided this.
    pub by: String,
    /// Whether they are.
    pub enabled: bool,
}

/// Exactly so many digits.
pub(crate) fn digits(text: &str, count: usize) -> Result<String, Refused> {
    if text.len() == count && text.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(text.to_owned());
    }
    Err(Refused::new(
        format!("半角数字{count}桁を引用符で囲んで書いてください"),
        format!("must be {count} digits in quotes"),
    ))
}
