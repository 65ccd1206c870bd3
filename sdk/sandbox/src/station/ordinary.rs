//! The compact table of ordinary people: one line a person, columns by `|`, `-` for nothing.

use super::read::{RawCoverage, RawPerson, RawPublic, RawReading};
use reseplug_model::{Date, IncomeCategory, Month};

/// Columns of the table, as its first line has them.
const COLUMNS: [&str; 18] = [
    "利用者番号",
    "氏名",
    "カナ",
    "性",
    "生年月日",
    "保険者番号",
    "記号",
    "番号",
    "枝番",
    "続柄",
    "割合",
    "資格開始",
    "区分",
    "公費:受給者:上限",
    "状態",
    "訪問日（10月）",
    "読取日",
    "同意",
];

/// The people of the table. `month` is the month of the visits; cards were read in the one before.
pub(super) fn people(table: &str, month: Month) -> Result<Vec<RawPerson>, String> {
    let mut rows = table.lines().filter(|line| !line.trim().is_empty());
    let head: Vec<&str> = rows
        .next()
        .unwrap_or_default()
        .split('|')
        .map(str::trim)
        .collect();
    if head != COLUMNS {
        return Err(format!(
            "the table of ordinary people must begin with {}",
            COLUMNS.join(" | ")
        ));
    }
    rows.map(|row| person(row, month).map_err(|what| format!("{what}: {row}")))
        .collect()
}

fn person(row: &str, month: Month) -> Result<RawPerson, String> {
    let cells: Vec<&str> = row.split('|').map(str::trim).collect();
    let cells: [&str; 18] = cells
        .try_into()
        .map_err(|_| format!("a line has {} columns", COLUMNS.len()))?;
    let [
        key,
        name,
        kana,
        sex,
        born,
        insurer,
        symbol,
        number,
        branch,
        relation,
        burden,
        from,
        limit,
        public,
        care,
        visits,
        read,
        consents,
    ] = cells;
    let some = |cell: &str| (cell != "-").then(|| cell.to_owned());
    let percent = burden
        .strip_suffix('割')
        .and_then(|tenths| tenths.parse::<u32>().ok())
        .and_then(|tenths| tenths.checked_mul(10))
        .ok_or("負担割合")?;
    let visits = visits
        .split('・')
        .map(|day| {
            day.parse()
                .ok()
                .and_then(|day| month.day(day))
                .ok_or("訪問日")
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok(RawPerson {
        case: None,
        key: key.to_owned(),
        name: name.to_owned(),
        kana: kana.to_owned(),
        sex: sex.to_owned(),
        born: day(born)?,
        care: care.to_owned(),
        visits,
        started: None,
        registered: true,
        // The product knows the 適用区分 of those who agreed to have it told.
        remarks: consents
            .split('・')
            .any(|kind| kind == "限度額")
            .then(|| IncomeCategory::of(limit))
            .flatten()
            .map(|category| category.tokki.to_owned()),
        central: None,
        coverage: vec![RawCoverage {
            insurer: insurer.to_owned(),
            symbol: some(symbol),
            number: number.to_owned(),
            branch: some(branch),
            relation: some(relation),
            burden: percent,
            from: day(from)?,
            to: None,
            loss: None,
            elderly: None,
            limit: some(limit),
        }],
        on_file: None,
        public: match some(public) {
            None => Vec::new(),
            Some(text) => vec![expense(&text, month)?],
        },
        welfare: Vec::new(),
        home: vec![reading(read, consents, month)?],
        expect: None,
    })
}

fn day(text: &str) -> Result<Date, String> {
    Date::parse(text).map_err(|e| e.to_string())
}

fn expense(text: &str, month: Month) -> Result<RawPublic, String> {
    let [payer, recipient, cap] = text
        .split(':')
        .collect::<Vec<_>>()
        .try_into()
        .map_err(|_| "公費".to_owned())?;
    Ok(RawPublic {
        payer: payer.to_owned(),
        recipient: recipient.to_owned(),
        from: month.first_day(),
        to: None,
        cap: Some(cap.parse().map_err(|_| "公費の上限".to_owned())?),
    })
}

/// `09-10`, read at half past one in the afternoon of that day.
fn reading(text: &str, consents: &str, month: Month) -> Result<RawReading, String> {
    let read = day(&format!("{}-{text}", month.year()))?;
    Ok(RawReading {
        at: format!("{read}T13:30:00+09:00"),
        consents: consents.split('・').map(str::to_owned).collect(),
    })
}
