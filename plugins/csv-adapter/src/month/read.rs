//! From rows to charges, and to the values of the receipt's other records.

use std::collections::BTreeSet;

use reseplug_model::{Date, Month, Yen};
use reseplug_sdk::{Document, Fault, Place, types};

use crate::one_document;
use crate::settings::{Only, RecordColumns, Settings};
use crate::table::{Column, RowId, Table};

/// The month document, opened.
#[derive(Debug, Clone)]
pub(crate) struct MonthTable {
    pub(crate) table: Table,
    key: Column,
    service_month: Option<Column>,
    charge: ChargeSource,
    records: Vec<RecordSource>,
}

#[derive(Debug, Clone)]
struct ChargeSource {
    only: Option<Filter>,
    date: Column,
    code: Column,
    quantity: Option<Column>,
    amount: Column,
    staff: Option<Column>,
    visits: Option<Column>,
    instruction: Option<Column>,
    public_expenses: Option<Column>,
}

#[derive(Debug, Clone)]
struct Filter {
    column: Column,
    equals: String,
}

/// Where the fields of a record come from.
#[derive(Debug, Clone)]
pub(crate) struct RecordSource {
    pub(crate) id: String,
    fields: Vec<(u8, Source)>,
    only: Option<Filter>,
}

#[derive(Debug, Clone)]
enum Source {
    Fixed(String),
    Column(Column),
}

/// One charge (KA) as the product computed it.
#[derive(Debug, Clone)]
pub(crate) struct Charge {
    pub(crate) row: RowId,
    pub(crate) key: String,
    pub(crate) date: Date,
    pub(crate) month: Month,
    pub(crate) amount: Yen,
    /// Which 公費 of the register pay; `None` for all that hold on the day.
    pub(crate) public_expenses: Option<BTreeSet<u8>>,
    /// Fields of KA by number, besides day, payers and amount, as the product writes them.
    pub(crate) fields: Vec<(u8, String)>,
}

impl Charge {
    /// Whether somebody visited: the charge counts visits (同日訪問回数). A day with nothing but such
    /// charges that stand alone is no 実日数 (inferred from 記録条件仕様 HO5).
    pub(crate) fn is_visit(&self) -> bool {
        self.fields
            .iter()
            .any(|(field, text)| *field == 8 && !text.is_empty())
    }
}

/// The values of one record: field number, text as the product writes it, title of its column.
pub(crate) type Values = Vec<(u8, String, String)>;

/// Every 利用者番号 that stands in a month among the documents, charges or none.
pub(crate) fn keys(settings: &Settings, documents: &[Document]) -> Result<Vec<String>, Fault> {
    let mut keys = Vec::new();
    for document in documents {
        if document.kind == types::DocumentKind::Month {
            let table = Table::open(document, settings.encoding)?;
            let column = table.column("month.key", &settings.month.key)?;
            for row in table.rows() {
                keys.push(table.text(row, &column)?);
            }
        }
    }
    Ok(keys)
}

/// A finished claim file, to an adapter that makes them: passed over, its receipts would not be filed.
fn finished(document: &str) -> Fault {
    Fault::new(
        "csv/claim-file",
        format!(
            "「{document}」は完成した請求ファイルです。このアダプターは算定結果の CSV から請求ファイルを作るため、読み飛ばすと請求もれになるおそれがあり、止めました。請求ファイルをそのまま使うなら [product] adapter を uke-adapter に、CSV から作るなら書類の指定からこのファイルを外してください。"
        ),
        format!(
            "`{document}` is a finished claim file. This adapter makes claim files of the computed month's CSV; to pass it over could leave a payer unfiled. To file it as it is, let [product] adapter be uke-adapter; to make it of the CSV, leave it out."
        ),
    )
    .at(Place::document(document))
}

impl MonthTable {
    /// Opens the month among the documents.
    pub(crate) fn open(settings: &Settings, documents: &[Document]) -> Result<Self, Fault> {
        if let Some(file) = documents
            .iter()
            .find(|document| document.kind == types::DocumentKind::Claim)
        {
            return Err(finished(&file.name));
        }
        let document = one_document(documents, types::DocumentKind::Month)?;
        let table = Table::open(document, settings.encoding)?;
        let month = &settings.month;
        let charge = &month.charge;
        let optional =
            |setting: &str, title: &str| table.optional(&format!("month.charge.{setting}"), title);
        let source = ChargeSource {
            only: filter(&table, "month.charge.only", charge.only.as_ref())?,
            date: table.column("month.charge.date", &charge.date)?,
            code: table.column("month.charge.code", &charge.code)?,
            quantity: optional("quantity", &charge.quantity)?,
            amount: table.column("month.charge.amount", &charge.amount)?,
            staff: optional("staff", &charge.staff)?,
            visits: optional("visits", &charge.visits)?,
            instruction: optional("instruction", &charge.instruction)?,
            public_expenses: optional("public_expenses", &charge.public_expenses)?,
        };
        let records = month
            .records
            .iter()
            .enumerate()
            .map(|(n, record)| RecordSource::find(&table, n, record))
            .collect::<Result<_, Fault>>()?;
        Ok(Self {
            key: table.column("month.key", &month.key)?,
            service_month: table.optional("month.service_month", &month.service_month)?,
            charge: source,
            records,
            table,
        })
    }

    /// The charges in document order.
    pub(crate) fn charges(&self, settings: &Settings) -> Result<Vec<Charge>, Fault> {
        let mut charges = Vec::new();
        for row in self.table.rows() {
            if holds(&self.table, row, self.charge.only.as_ref())? {
                charges.push(self.charge(settings, row)?);
            }
        }
        Ok(charges)
    }

    fn charge(&self, settings: &Settings, row: RowId) -> Result<Charge, Fault> {
        let (table, source) = (&self.table, &self.charge);
        let date = table.date(row, &source.date, settings.dates)?;
        let optional = [
            (5, source.quantity.as_ref()),
            (7, source.staff.as_ref()),
            (8, source.visits.as_ref()),
            (9, source.instruction.as_ref()),
        ];
        let mut fields = vec![(4, table.text(row, &source.code)?)];
        for (field, column) in optional {
            if let Some(text) = table.maybe(row, column)? {
                fields.push((field, text));
            }
        }
        let slots = table.parse_maybe(
            row,
            source.public_expenses.as_ref(),
            "公費の番号（1〜4）",
            |text| {
                text.chars()
                    .map(|digit| {
                        digit
                            .to_digit(10)
                            .and_then(|digit| u8::try_from(digit).ok())
                    })
                    .collect::<Option<BTreeSet<u8>>>()
            },
        )?;
        Ok(Charge {
            row,
            key: self.key(row)?,
            date,
            month: self
                .month_of(settings, row)?
                .unwrap_or_else(|| date.month()),
            amount: table.parse(row, &source.amount, "金額", amount)?,
            public_expenses: slots
                .map(|slots| slots.into_iter().filter(|slot| *slot > 0).collect()),
            fields,
        })
    }

    fn key(&self, row: RowId) -> Result<String, Fault> {
        self.table.parse(row, &self.key, "利用者番号", |text| {
            (!text.is_empty()).then(|| text.to_owned())
        })
    }

    fn month_of(&self, settings: &Settings, row: RowId) -> Result<Option<Month>, Fault> {
        self.table
            .parse_maybe(row, self.service_month.as_ref(), "年月", |text| {
                settings.dates.read_month(text)
            })
    }

    /// The rows of a person's month: those of its charges and, where the product writes other rows
    /// beside them, those that name person and month.
    pub(crate) fn rows_of(
        &self,
        settings: &Settings,
        key: &str,
        month: Month,
        charges: &[&Charge],
    ) -> Result<Vec<RowId>, Fault> {
        let mut rows: BTreeSet<RowId> = charges.iter().map(|charge| charge.row).collect();
        if self.charge.only.is_some() {
            for row in self.table.rows() {
                if self.key(row)? != key || holds(&self.table, row, self.charge.only.as_ref())? {
                    continue;
                }
                // A row that names no month belongs to every month of the person.
                if self
                    .month_of(settings, row)?
                    .is_none_or(|named| named == month)
                {
                    rows.insert(row);
                }
            }
        }
        Ok(rows.into_iter().collect())
    }

    /// The different values of the records of one id among some rows, in the order of the settings.
    /// Records without any value from the document are left out.
    pub(crate) fn values(&self, id: &str, rows: &[RowId]) -> Result<Vec<(RowId, Values)>, Fault> {
        let mut found: Vec<(RowId, Values)> = Vec::new();
        for source in self.records.iter().filter(|source| source.id == id) {
            for row in rows {
                if !holds(&self.table, *row, source.only.as_ref())? {
                    continue;
                }
                let values = source.values(&self.table, *row)?;
                if !values.is_empty() && !found.iter().any(|(_, known)| *known == values) {
                    found.push((*row, values));
                }
            }
        }
        Ok(found)
    }
}

impl RecordSource {
    fn find(table: &Table, n: usize, record: &RecordColumns) -> Result<Self, Fault> {
        let setting = format!("month.records[{n}].fields");
        Ok(Self {
            id: record.id.clone(),
            fields: record
                .fields
                .iter()
                .map(|(field, column)| {
                    Ok((
                        *field,
                        match column.strip_prefix('=') {
                            Some(fixed) => Source::Fixed(fixed.to_owned()),
                            None => Source::Column(table.column(&setting, column)?),
                        },
                    ))
                })
                .collect::<Result<_, Fault>>()?,
            only: filter(
                table,
                &format!("month.records[{n}].only"),
                record.only.as_ref(),
            )?,
        })
    }

    /// The values of a row; nothing where the document says nothing.
    fn values(&self, table: &Table, row: RowId) -> Result<Values, Fault> {
        let mut values = Vec::new();
        let mut said = false;
        for (field, source) in &self.fields {
            match source {
                Source::Fixed(text) => values.push((*field, text.clone(), String::new())),
                Source::Column(column) => {
                    if let Some(text) = table.maybe(row, Some(column))? {
                        said = true;
                        values.push((*field, text, column.title().to_owned()));
                    }
                }
            }
        }
        Ok(if said { values } else { Vec::new() })
    }
}

fn filter(table: &Table, setting: &str, only: Option<&Only>) -> Result<Option<Filter>, Fault> {
    only.map(|only| {
        Ok(Filter {
            column: table.column(setting, &only.column)?,
            equals: only.equals.clone(),
        })
    })
    .transpose()
}

fn holds(table: &Table, row: RowId, filter: Option<&Filter>) -> Result<bool, Fault> {
    filter.map_or(Ok(true), |filter| {
        Ok(table.text(row, &filter.column)? == filter.equals)
    })
}

/// Yen, with or without separators between the thousands.
fn amount(text: &str) -> Option<Yen> {
    text.replace(',', "").parse().ok()
}
