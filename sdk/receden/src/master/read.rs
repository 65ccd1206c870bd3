//! Reads the published CSV tables.

use std::collections::BTreeMap;

use reseplug_model::{Date, Period};
use thiserror::Error;

use super::{ChargeEntry, Limit, Master, Price, StaffKinds, Unit};
use crate::edition::charge_code;

/// One of the five tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// 基本テーブル
    Basic,
    /// 基本・加算対応テーブル
    Additions,
    /// 算定回数限度テーブル
    Limits,
    /// 併算定背反テーブル
    Incompatible,
    /// 施設基準テーブル
    Facility,
}

impl Table {
    /// 基本テーブル …
    #[must_use]
    pub fn name_ja(self) -> &'static str {
        match self {
            Self::Basic => "基本テーブル",
            Self::Additions => "基本・加算対応テーブル",
            Self::Limits => "算定回数限度テーブル",
            Self::Incompatible => "併算定背反テーブル",
            Self::Facility => "施設基準テーブル",
        }
    }

    /// Each table has another number of columns.
    fn of(columns: usize) -> Option<Self> {
        Some(match columns {
            72 => Self::Basic,
            8 => Self::Additions,
            10 => Self::Limits,
            13 => Self::Incompatible,
            9 => Self::Facility,
            _ => return None,
        })
    }
}

/// Why files are no master.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MasterError {
    /// No text of the published form.
    #[error("{file}, line {line}: {detail}")]
    Row {
        /// The file.
        file: String,
        /// Line, from 1.
        line: u64,
        /// What is wrong.
        detail: String,
        /// What is wrong, in Japanese.
        detail_ja: String,
    },
    /// Two files are the same table.
    #[error("{file}: a file before it is the same table ({})", .table.name_ja())]
    Twice {
        /// The file.
        file: String,
        /// Which table.
        table: Table,
    },
    /// 基本テーブル is not among the files.
    #[error("the basic table (基本テーブル, 72 columns) is not among the files")]
    NoBasic,
}

impl MasterError {
    /// What happened and what to do, in Japanese.
    #[must_use]
    pub fn message_ja(&self) -> String {
        let what = match self {
            Self::Row {
                file,
                line,
                detail_ja,
                ..
            } => format!("「{file}」の{line}行目: {detail_ja}。"),
            Self::Twice { file, table } => {
                format!(
                    "「{file}」と同じ表（{}）がほかにもあります。",
                    table.name_ja()
                )
            }
            Self::NoBasic => "基本テーブル（72項目）がありません。".to_owned(),
        };
        format!(
            "{what}公表された訪問看護療養費マスターのCSVをそのまま指定してください。何も取り込んでいません。"
        )
    }
}

/// One row, with where it stands.
struct Row<'r> {
    file: &'r str,
    line: u64,
    cells: Vec<String>,
}

impl Row<'_> {
    fn error(&self, detail: impl Into<String>, detail_ja: impl Into<String>) -> MasterError {
        MasterError::Row {
            file: self.file.to_owned(),
            line: self.line,
            detail: detail.into(),
            detail_ja: detail_ja.into(),
        }
    }

    /// A column counted from 1.
    fn text(&self, column: usize) -> &str {
        column
            .checked_sub(1)
            .and_then(|at| self.cells.get(at))
            .map_or("", |cell| cell.trim())
    }

    fn number<T: std::str::FromStr>(&self, column: usize) -> Result<T, MasterError> {
        self.text(column).parse().map_err(|_| {
            self.error(
                format!("column {column} `{}` is no number", self.text(column)),
                format!("{column}列目「{}」が数字ではありません", self.text(column)),
            )
        })
    }

    fn code(&self, column: usize) -> Result<u32, MasterError> {
        charge_code(self.text(column).as_bytes()).ok_or_else(|| {
            self.error(
                format!("column {column} `{}` is no charge code", self.text(column)),
                format!(
                    "{column}列目「{}」が訪問看護療養費コードではありません",
                    self.text(column)
                ),
            )
        })
    }

    /// 変更年月日 … 廃止年月日, the last day; `99999999` is for ever.
    fn valid(&self, from: usize) -> Result<Period, MasterError> {
        let day = |column: usize| Date::from_compact(self.text(column).as_bytes());
        let until = match self.text(from + 1) {
            "99999999" => Some(None),
            _ => day(from + 1).map(Some),
        };
        match (day(from), until) {
            (Some(from), Some(until)) => Ok(Period::new(Some(from), until)),
            _ => Err(self.error(
                format!("columns {from} and {} are no days YYYYMMDD", from + 1),
                format!("{from}・{}列目が年月日ではありません", from + 1),
            )),
        }
    }
}

pub(super) fn read<'f>(
    files: impl IntoIterator<Item = (&'f str, &'f [u8])>,
) -> Result<Master, MasterError> {
    let mut tables: BTreeMap<Table, Vec<Row<'f>>> = BTreeMap::new();
    for (file, bytes) in files {
        let rows = rows(file, bytes)?;
        let Some(table) = rows.first().and_then(|row| Table::of(row.cells.len())) else {
            let columns = rows.first().map_or(0, |row| row.cells.len());
            return Err(MasterError::Row {
                file: file.to_owned(),
                line: 1,
                detail: format!("{columns} columns: no table of the master has so many"),
                detail_ja: format!("{columns}項目の表はマスターにありません"),
            });
        };
        if tables.insert(table, rows).is_some() {
            return Err(MasterError::Twice {
                file: file.to_owned(),
                table,
            });
        }
    }
    let basic = tables.remove(&Table::Basic).ok_or(MasterError::NoBasic)?;
    let mut charges: BTreeMap<u32, Vec<ChargeEntry>> = BTreeMap::new();
    for row in &basic {
        let entry = charge(row)?;
        charges.entry(entry.code).or_default().push(entry);
    }
    let starts = || {
        charges
            .values()
            .flatten()
            .filter_map(|entry| entry.valid.from)
    };
    let (Some(from), Some(revised)) = (starts().min(), starts().max()) else {
        return Err(MasterError::NoBasic);
    };
    let mut master = Master {
        from,
        revised,
        charges,
        additions: BTreeMap::new(),
        limits: BTreeMap::new(),
        incompatible: BTreeMap::new(),
        left_out: 0,
    };
    for row in tables.get(&Table::Additions).into_iter().flatten() {
        let group = row.text(2).to_owned();
        let of_group = master.additions.entry(group).or_default();
        of_group.push((row.code(3)?, row.valid(6)?));
    }
    for row in tables.get(&Table::Limits).into_iter().flatten() {
        let unit = match row.text(4) {
            "121" => Unit::Day,
            "138" => Unit::Week,
            "131" => Unit::Month,
            // 初回, 患者当り, 入院中: more than one receipt would have to be seen.
            _ => {
                master.left_out += 1;
                continue;
            }
        };
        let limit = Limit {
            unit,
            most: row.number(6)?,
            valid: row.valid(8)?,
        };
        master.limits.entry(row.code(2)?).or_default().push(limit);
    }
    for row in tables.get(&Table::Incompatible).into_iter().flatten() {
        let unit = match row.text(7) {
            "1" => Unit::Day,
            "2" => Unit::Month,
            "3" => Unit::Together,
            "4" => Unit::Week,
            _ => {
                master.left_out += 1;
                continue;
            }
        };
        // A special condition is one no table explains.
        if row.text(8) != "0" {
            master.left_out += 1;
            continue;
        }
        let row_of = (unit, row.valid(9)?);
        let (a, b) = (row.code(2)?, row.code(5)?);
        let pair = master.incompatible.entry((a.min(b), a.max(b))).or_default();
        if !pair.contains(&row_of) {
            pair.push(row_of);
        }
    }
    Ok(master)
}

fn rows<'f>(file: &'f str, bytes: &[u8]) -> Result<Vec<Row<'f>>, MasterError> {
    let text = encoding_rs::SHIFT_JIS
        .decode_without_bom_handling_and_without_replacement(bytes)
        .ok_or_else(|| MasterError::Row {
            file: file.to_owned(),
            line: 1,
            detail: "the text is not Shift_JIS".to_owned(),
            detail_ja: "文字コードがShift_JISではありません".to_owned(),
        })?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| MasterError::Row {
            file: file.to_owned(),
            line: error.position().map_or(1, csv::Position::line),
            detail: error.to_string(),
            detail_ja: "CSVとして読めないか、項目の数がほかの行と違います".to_owned(),
        })?;
        // EOF of the published file.
        if record.len() == 1 && record.get(0).is_some_and(|cell| cell == "\u{1a}") {
            break;
        }
        rows.push(Row {
            file,
            line: record.position().map_or(1, csv::Position::line),
            cells: record.iter().map(str::to_owned).collect(),
        });
    }
    Ok(rows)
}

/// 基本テーブル (マスターファイル仕様説明書, 訪問看護療養費マスター).
fn charge(row: &Row<'_>) -> Result<ChargeEntry, MasterError> {
    if row.text(2) != "R" {
        return Err(row.error(
            format!(
                "マスター種別 is `{}`, 訪問看護療養費マスター has R",
                row.text(2)
            ),
            format!(
                "マスター種別が「{}」で、訪問看護療養費マスター（R）ではありません",
                row.text(2)
            ),
        ));
    }
    // `5550.00`; parts of a yen are none that this crate knows.
    let amount = match row.text(16).split_once('.') {
        None => row.text(16).parse().ok(),
        Some((whole, part)) if part.bytes().all(|byte| byte == b'0') => whole.parse().ok(),
        Some(_) => None,
    };
    let price = match (row.text(15), amount) {
        ("1", Some(yen)) => Price::Yen(yen),
        ("3", Some(points)) => Price::Points(points),
        ("5", Some(percent)) => Price::Percent(percent),
        _ => Price::Unknown,
    };
    let mut staff = StaffKinds::default();
    for column in 29..=43 {
        match row.number::<u8>(column)? {
            0 => {}
            one @ 1..=10 => _ = staff.single.insert(one),
            _ => staff.accompanied = true,
        }
    }
    let age = |column: usize| match row.text(column) {
        "00" | "0" | "" => None,
        text => text.parse().ok(),
    };
    let group = match row.text(48) {
        "" | "0" | "0000" => None,
        group => Some(group.to_owned()),
    };
    Ok(ChargeEntry {
        code: row.code(3)?,
        name: row.text(9).to_owned(),
        price,
        has_quantity: row.text(19) == "1",
        age: (age(25), age(26)),
        elderly: row.number(27)?,
        staff,
        visits: row.number(44)?,
        instructions: [row.number::<u8>(45)?, row.number(46)?]
            .into_iter()
            .filter(|kind| *kind > 0)
            .collect(),
        alone: row.text(47) == "1",
        group,
        valid: row.valid(71)?,
    })
}
