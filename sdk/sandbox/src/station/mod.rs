//! Two fictional stations in October 2024: what is true, what the product has on file, and what
//! should become of each person.
//!
//! The data are `stations/common.toml` and `stations/<name>/people.toml`, written for people of
//! the trade. `hidamari` has a product that writes claim files only, `aozora` one that writes a
//! register and a computed month as CSV (`stations/aozora/COLUMNS.md`). Everybody and every number
//! is invented; insurers have the prefecture code 99, which does not exist.

mod charges;
mod csv;
mod expect;
mod kana;
mod ordinary;
mod read;
#[cfg(test)]
mod tests;
mod uke;

pub use charges::{Line, lines};
pub use expect::{Change, Counts, Expectation, Outcome, PayerCounts};
pub use kana::half_width;

use crate::population::Insured;
use reseplug_model::{
    BranchNumber, Date, InsurerNumber, Month, Period, PublicPayerNumber, RecipientNumber,
    Relationship, Sex, StationCode, Yen,
};
use std::{collections::BTreeMap, fmt, io, path::Path, sync::Arc};

/// Names of the stations that ship with the sandbox.
pub const STATIONS: [&str; 2] = ["hidamari", "aozora"];

/// Which kind of product a station runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Product {
    /// Writes claim files (`RECEIPTH.UKE`) and nothing else.
    Uke,
    /// Writes and reads a register as CSV, and writes the computed month as CSV.
    Csv,
}

/// A fictional station (訪問看護ステーション) with everybody it serves.
#[derive(Debug, Clone)]
pub struct Station {
    /// Name of its folder: `hidamari`.
    pub key: String,
    /// Its product.
    pub product: Product,
    /// 訪問看護ステーションコード
    pub code: StationCode,
    /// 都道府県, two digits.
    pub prefecture: String,
    /// 名称
    pub name: String,
    /// 電話番号
    pub phone: String,
    /// 指定訪問看護年月 of the month that is claimed; late receipts are of earlier ones.
    pub service_month: Month,
    /// 請求年月
    pub claim_month: Month,
    /// Everybody, in the order of the product.
    pub people: Vec<Person>,
    /// What people.toml says the station adds up to.
    pub stated: Counts,
}

/// Somebody the station serves.
#[derive(Debug, Clone)]
pub struct Person {
    /// The product's key (利用者番号; RE14 in claim files).
    pub key: String,
    /// The case this person stands for; absent for ordinary ones.
    pub case: Option<String>,
    /// 氏名 as the product has it, with a full-width blank.
    pub name: String,
    /// フリガナ in full-width katakana, with a full-width blank.
    pub kana: String,
    /// 性別
    pub sex: Sex,
    /// 生年月日
    pub born: Date,
    /// 氏名 as the centre has it.
    pub central_name: String,
    /// 訪問開始年月日
    pub started: Date,
    /// What each visit amounts to, and the state of the person.
    pub care: Care,
    /// 主治医
    pub clinic: Clinic,
    /// Visit days, ascending, all of one month.
    pub visits: Vec<Date>,
    /// Whether the product's register holds the person when the story begins.
    pub registered: bool,
    /// The truth: what the centre knows, oldest first. Empty where it knows nothing.
    pub truth: Vec<Coverage>,
    /// What the product has on file, oldest first.
    pub on_file: Vec<Coverage>,
    /// 公費 as the product has them. The centre knows none of them but 生活保護.
    pub public: Vec<PublicExpense>,
    /// 医療扶助 as the centre knows it.
    pub welfare: Vec<Welfare>,
    /// Card readings at home.
    pub home: Vec<Reading>,
    /// レセプト特記 (RE12).
    pub remarks: Option<String>,
    /// What should become of the person's month.
    pub expect: Expectation,
    /// All that the centre knows of somebody from a population, where it is more than `truth`,
    /// `welfare` and `central_name` say.
    pub insured: Option<Arc<Insured>>,
}

/// A coverage (資格) with its period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// 保険者番号
    pub insurer: InsurerNumber,
    /// 保険者名
    pub insurer_name: String,
    /// 記号
    pub symbol: Option<String>,
    /// 番号 or 被保険者番号
    pub number: String,
    /// 枝番
    pub branch: Option<BranchNumber>,
    /// 本人・家族; absent for 後期高齢者.
    pub relationship: Option<Relationship>,
    /// 負担割合 in percent, as the product knows it. The centre shows it for 後期高齢者 and 高齢受給者.
    pub burden: u32,
    /// When it holds, both days included.
    pub period: Period,
    /// 資格喪失事由 (OQSCD008), where it ended.
    pub loss: Option<String>,
    /// 高齢受給者証の有効期間, from the age of 70 until 後期.
    pub elderly: Option<Period>,
    /// 限度額適用区分 (OQSCD012); the centre shows it with consent.
    pub limit: Option<String>,
    /// 被保険者証区分 (OQSCD010), where it is not 01 一般.
    pub card_class: Option<String>,
    /// The day on which the insurer registers it with the centre, where that is later than it begins.
    pub registered: Option<Date>,
}

impl Coverage {
    /// Whether both stand on the same card: insurer, symbol and number. A branch number may have
    /// been given later.
    pub fn same_card(&self, other: &Self) -> bool {
        (&self.insurer, &self.symbol, &self.number)
            == (&other.insurer, &other.symbol, &other.number)
    }
}

/// A 公費 as the product has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicExpense {
    /// 公費負担者番号
    pub payer: PublicPayerNumber,
    /// 受給者番号
    pub recipient: RecipientNumber,
    /// When it holds.
    pub period: Period,
    /// 一部負担金額の上限 (KO7), yen.
    pub cap: Option<Yen>,
}

/// 医療扶助 as the centre knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Welfare {
    /// 負担者番号
    pub payer: PublicPayerNumber,
    /// 受給者番号
    pub recipient: RecipientNumber,
    /// 福祉事務所
    pub office: String,
    /// When it holds.
    pub period: Period,
    /// 医療券
    pub tickets: Vec<Ticket>,
}

/// 医療券 for 訪問看護.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// 診療年月
    pub month: Month,
    /// 交付番号
    pub issue: String,
    /// When it holds.
    pub period: Period,
}

/// A card read at home, with what the person consented to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// When.
    pub at: jiff::Timestamp,
    /// To what.
    pub consents: Vec<crate::phone::Kind>,
}

/// What a person's visits amount to, and what the receipt says of the person's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Care {
    /// On each visit day.
    pub visit: Vec<Charge>,
    /// On the month's first day.
    pub first: Vec<Charge>,
    /// On its later days.
    pub later: Vec<Charge>,
    /// Once a month, on the first day.
    pub month: Vec<Charge>,
    /// 心身の状態 (JS2)
    pub state: String,
    /// 基準告示第2の1の疾病等の有無 (JS3)
    pub table: String,
    /// 該当する疾病等 (JS4)
    pub diseases: String,
    /// 傷病名 (SY4)
    pub disease: String,
}

/// A 訪問看護療養費 with its price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// 訪問看護療養費コード
    pub code: String,
    /// 名称
    pub name: String,
    /// 金額
    pub yen: Yen,
    /// 職種等 (別表20)
    pub staff: String,
    /// 同日訪問回数 (別表19)
    pub visits: String,
    /// 指示区分 (別表12)
    pub instruction: String,
}

/// A 主治医 and the clinic.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clinic {
    /// 都道府県
    pub prefecture: String,
    /// 点数表
    pub table: String,
    /// 医療機関コード
    pub code: String,
    /// 名称
    pub name: String,
    /// 主治医の氏名
    pub doctor: String,
}

/// A document as the product writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Path below the product's export folder, with `/`.
    pub path: String,
    /// What it is.
    pub kind: DocumentKind,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentKind {
    /// 利用者台帳
    Register,
    /// 算定結果
    Month,
    /// 請求ファイル
    Claim,
}

/// Why a station cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum StationError {
    /// No such station.
    #[error("there is no station `{0}`; there are {list}", list = STATIONS.join(" and "))]
    Unknown(String),
    /// The data do not fit together.
    #[error("{file}: {what}")]
    Data {
        /// Which file.
        file: String,
        /// What is wrong, and of whom.
        what: String,
    },
    /// A document cannot be written.
    #[error("the starting documents of {station} cannot be made: {what}")]
    Render {
        /// Which station.
        station: String,
        /// Why.
        what: String,
    },
    /// A file cannot be written.
    #[error("{path} cannot be written: {source}")]
    Io {
        /// Which.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// What all stations share.
pub(crate) struct Common {
    /// What visits amount to, by the name of the person's state.
    pub(crate) cares: BTreeMap<String, Care>,
    /// 主治医
    pub(crate) clinics: Vec<Clinic>,
}

/// The shared data of the stations.
pub(crate) fn common() -> Result<Common, StationError> {
    read::common(COMMON)
}

const COMMON: &str = include_str!("../../stations/common.toml");
const HIDAMARI: &str = include_str!("../../stations/hidamari/people.toml");
const AOZORA: &str = include_str!("../../stations/aozora/people.toml");
const CSV_ADAPTER: &str = include_str!("../../stations/aozora/csv-adapter.toml");

impl Station {
    /// One of the [`STATIONS`].
    ///
    /// ```
    /// let station = reseplug_sandbox::station::Station::load("hidamari")?;
    /// assert_eq!(station.institution(), "1369999998");
    /// # Ok::<(), reseplug_sandbox::station::StationError>(())
    /// ```
    pub fn load(name: &str) -> Result<Self, StationError> {
        let people = match name {
            "hidamari" => HIDAMARI,
            "aozora" => AOZORA,
            other => return Err(StationError::Unknown(other.to_owned())),
        };
        Self::parse(&format!("stations/{name}/people.toml"), COMMON, people)
    }

    /// A station of one's own, from texts in the form of `common.toml` and `people.toml`. `file`
    /// names the second one in errors.
    pub fn parse(file: &str, common: &str, people: &str) -> Result<Self, StationError> {
        read::station(file, common, people)
    }

    /// 10-digit 医療機関コード, as the eligibility interface and certificates want it. Its form for a
    /// station is unconfirmed.
    pub fn institution(&self) -> String {
        self.code.with_prefecture(&self.prefecture)
    }

    /// Somebody by key.
    pub fn person(&self, key: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.key == key)
    }

    /// Everybody of a case.
    pub fn case<'a>(&'a self, case: &'a str) -> impl Iterator<Item = &'a Person> + 'a {
        self.people
            .iter()
            .filter(move |person| person.case.as_deref() == Some(case))
    }

    /// What the station adds up to, counted from its people.
    pub fn counts(&self) -> Counts {
        Counts::of(self)
    }

    /// Settings of the shipped adapter for this kind of product, as TOML; empty where its
    /// defaults fit.
    pub fn adapter_settings(&self) -> &'static str {
        match self.product {
            Product::Uke => "",
            Product::Csv => CSV_ADAPTER,
        }
    }

    /// What the product would write in early November: `SHAHO/RECEIPTH.UKE` and
    /// `KOKUHO/RECEIPTH.UKE`, or `RIYOSHA.CSV` and `JISSEKI202410.CSV`.
    pub fn documents(&self) -> Result<Vec<Document>, StationError> {
        match self.product {
            Product::Uke => uke::documents(self),
            Product::Csv => csv::documents(self),
        }
    }

    /// Writes [`documents`](Self::documents) below a folder.
    pub fn write_documents(&self, folder: &Path) -> Result<(), StationError> {
        for document in self.documents()? {
            let path = folder.join(&document.path);
            let failed = |source| StationError::Io {
                path: path.display().to_string(),
                source,
            };
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent).map_err(failed)?;
            }
            std::fs::write(&path, &document.bytes).map_err(failed)?;
        }
        Ok(())
    }

    fn cannot_render(&self, what: impl fmt::Display) -> StationError {
        StationError::Render {
            station: self.key.clone(),
            what: what.to_string(),
        }
    }
}

impl Person {
    /// The coverage on file that the product puts on the receipt: the one of the last visit.
    pub fn billed(&self) -> Option<&Coverage> {
        let last = self.visits.last();
        self.on_file
            .iter()
            .find(|coverage| last.is_some_and(|day| coverage.period.contains(*day)))
    }

    /// Month of the visits.
    pub fn month(&self) -> Option<Month> {
        self.visits.first().map(|day| day.month())
    }
}
