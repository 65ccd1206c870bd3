//! From rows to people.

use reseplug_model::{BranchNumber, Date, InsurerNumber, PublicPayerNumber, RecipientNumber};
use reseplug_sdk::{
    Coverage, Document, Fault, IncomeCategory, Person, Place, PublicExpense, RegisterEntry,
    Relationship, Sex, types,
};
use std::collections::BTreeMap;

use super::Columns;
use crate::one_document;
use crate::settings::Settings;
use crate::table::{RowId, Table};

/// The register document, opened.
#[derive(Debug, Clone)]
pub(crate) struct Register {
    pub(crate) table: Table,
    pub(crate) columns: Columns,
}

/// One person.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) person: Person,
    pub(crate) birth_date: Date,
    /// The person's rows, ascending.
    pub(crate) rows: Vec<RowId>,
    pub(crate) periods: Vec<Period>,
    pub(crate) public_expenses: Vec<Public>,
    pub(crate) incomes: Vec<Income>,
}

/// 限度額適用区分 beside a coverage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Income {
    pub(crate) row: RowId,
    /// OQSCD012; a value the settings do not know stays as it is.
    pub(crate) category: String,
    pub(crate) days: reseplug_model::Period,
}

/// One coverage period of a person.
#[derive(Debug, Clone)]
pub(crate) struct Period {
    pub(crate) row: RowId,
    /// Where the row stands.
    pub(crate) place: Place,
    pub(crate) insurer: InsurerNumber,
    pub(crate) branch: Option<BranchNumber>,
    pub(crate) days: reseplug_model::Period,
    pub(crate) coverage: Coverage,
}

/// One 公費 of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Public {
    /// Which of the register's groups of columns it stands in, from 1.
    pub(crate) slot: u8,
    pub(crate) payer: PublicPayerNumber,
    pub(crate) recipient: Option<RecipientNumber>,
    pub(crate) days: reseplug_model::Period,
}

impl Register {
    /// Opens the register among the documents.
    pub(crate) fn open(settings: &Settings, documents: &[Document]) -> Result<Self, Fault> {
        let document = one_document(documents, types::DocumentKind::Register)?;
        let table = Table::open(document, settings.encoding)?;
        let columns = Columns::find(&table, settings)?;
        Ok(Self { table, columns })
    }

    /// Everyone, in the order of their first rows.
    pub(crate) fn people(&self, settings: &Settings) -> Result<Vec<Entry>, Fault> {
        let mut people: Vec<Entry> = Vec::new();
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        for row in self.table.rows() {
            let key = self.key(row)?;
            match known.get(&key).and_then(|at| people.get_mut(*at)) {
                Some(entry) => self.take_row(settings, entry, row)?,
                None => {
                    known.insert(key, people.len());
                    people.push(self.entry(settings, row)?);
                }
            }
        }
        Ok(people)
    }

    /// One person of these rows, read anew.
    pub(crate) fn entry_of(
        &self,
        settings: &Settings,
        rows: &[RowId],
    ) -> Result<Option<Entry>, Fault> {
        let Some((first, rest)) = rows.split_first() else {
            return Ok(None);
        };
        let mut entry = self.entry(settings, *first)?;
        for row in rest {
            self.take_row(settings, &mut entry, *row)?;
        }
        Ok(Some(entry))
    }

    fn entry(&self, settings: &Settings, row: RowId) -> Result<Entry, Fault> {
        let mut entry = Entry {
            person: self.person(settings, row)?,
            birth_date: self.birth_date(settings, row)?,
            rows: Vec::new(),
            periods: Vec::new(),
            public_expenses: Vec::new(),
            incomes: Vec::new(),
        };
        self.take_row(settings, &mut entry, row)?;
        Ok(entry)
    }

    /// What one more row says of a person.
    fn take_row(&self, settings: &Settings, entry: &mut Entry, row: RowId) -> Result<(), Fault> {
        if entry.birth_date != self.birth_date(settings, row)? {
            return Err(two_people(&self.table, row, &entry.person.key));
        }
        entry.rows.push(row);
        entry.periods.extend(self.period(settings, row)?);
        entry.incomes.extend(self.income(settings, row)?);
        for public in self.public_expenses(settings, row)? {
            if !entry.public_expenses.contains(&public) {
                entry.public_expenses.push(public);
            }
        }
        Ok(())
    }

    fn key(&self, row: RowId) -> Result<String, Fault> {
        self.table
            .parse(row, &self.columns.key, "利用者番号", |text| {
                (!text.is_empty()).then(|| text.to_owned())
            })
    }

    /// The contract's answer.
    pub(crate) fn entries(&self, settings: &Settings) -> Result<Vec<RegisterEntry>, Fault> {
        let entry = |entry: Entry| RegisterEntry {
            place: entry.rows.first().map(|row| self.table.row_place(*row)),
            coverages: entry
                .periods
                .into_iter()
                .map(|period| period.coverage)
                .collect(),
            public_expenses: entry
                .public_expenses
                .iter()
                .map(Public::to_contract)
                .collect(),
            incomes: entry.incomes.iter().map(Income::to_contract).collect(),
            person: entry.person,
        };
        Ok(self.people(settings)?.into_iter().map(entry).collect())
    }

    fn birth_date(&self, settings: &Settings, row: RowId) -> Result<Date, Fault> {
        self.table
            .date(row, &self.columns.birth_date, settings.dates)
    }

    fn person(&self, settings: &Settings, row: RowId) -> Result<Person, Fault> {
        let (table, columns) = (&self.table, &self.columns);
        let sex = table.text(row, &columns.sex)?;
        Ok(Person {
            key: self.key(row)?,
            reference_number: table.maybe(row, columns.reference_number.as_ref())?,
            name: table.text(row, &columns.name)?,
            kana: table.maybe(row, columns.kana.as_ref())?,
            other_name: None,
            sex: if sex == settings.codes.male {
                Sex::Male
            } else if sex == settings.codes.female {
                Sex::Female
            } else if sex.is_empty() {
                Sex::Unset
            } else {
                Sex::Other(sex)
            },
            birth_date: self.birth_date(settings, row)?.to_string(),
            extra: Vec::new(),
        })
    }

    /// The coverage period of a row; `None` where its cells are empty.
    fn period(&self, settings: &Settings, row: RowId) -> Result<Option<Period>, Fault> {
        let (table, columns) = (&self.table, &self.columns);
        let Some(insurer) = table.parse_maybe(
            row,
            Some(&columns.insurer_number),
            "保険者番号",
            |text| InsurerNumber::parse(text).ok(),
        )?
        else {
            return Ok(None);
        };
        let branch = table.parse_maybe(row, columns.branch.as_ref(), "枝番", |text| {
            BranchNumber::parse(text).ok()
        })?;
        let codes = &settings.codes;
        let relationship = table.parse_maybe(
            row,
            columns.relationship.as_ref(),
            "本人・家族の別",
            |text| {
                if text == codes.insured {
                    Some(Relationship::Insured)
                } else if text == codes.family {
                    Some(Relationship::Family)
                } else {
                    None
                }
            },
        )?;
        let burden = table.parse_maybe(row, columns.burden.as_ref(), "負担割合", |text| {
            codes
                .burden
                .iter()
                .find(|(_, known)| *known == text)
                .map(|(percent, _)| *percent)
        })?;
        let days = self.days(settings, row, &columns.from, &columns.to)?;
        let coverage = Coverage {
            insurer_number: insurer.to_string(),
            insurer_name: table.maybe(row, columns.insurer_name.as_ref())?,
            symbol: table.maybe(row, Some(&columns.symbol))?,
            number: table.text(row, &columns.number)?,
            branch: branch.as_ref().map(ToString::to_string),
            relationship,
            card_class: table.maybe(row, columns.card_class.as_ref())?,
            burden_percent: burden,
            elderly_certificate: None,
            period: to_contract(days),
            extra: Vec::new(),
        };
        Ok(Some(Period {
            row,
            place: table.row_place(row),
            insurer,
            branch,
            days,
            coverage,
        }))
    }

    fn days(
        &self,
        settings: &Settings,
        row: RowId,
        from: &crate::table::Column,
        to: &crate::table::Column,
    ) -> Result<reseplug_model::Period, Fault> {
        let read = |text: &str| settings.dates.read(text);
        let open_end = &settings.register.open_end;
        let from = self.table.parse_maybe(row, Some(from), "日付", read)?;
        let to = match self.table.maybe(row, Some(to))? {
            Some(text) if text == *open_end => None,
            _ => self.table.parse_maybe(row, Some(to), "日付", read)?,
        };
        Ok(reseplug_model::Period::new(from, to))
    }

    fn income(&self, settings: &Settings, row: RowId) -> Result<Option<Income>, Fault> {
        let (table, Some(columns)) = (&self.table, &self.columns.income) else {
            return Ok(None);
        };
        let Some(text) = table.maybe(row, Some(&columns.category))? else {
            return Ok(None);
        };
        let known = settings.codes.income.iter().find(|(_, own)| **own == text);
        let day = |column: Option<&crate::table::Column>| {
            table.parse_maybe(row, column, "日付", |text| settings.dates.read(text))
        };
        Ok(Some(Income {
            row,
            category: known.map_or(text, |(code, _)| code.clone()),
            days: reseplug_model::Period::new(
                day(columns.from.as_ref())?,
                day(columns.to.as_ref())?,
            ),
        }))
    }

    fn public_expenses(&self, settings: &Settings, row: RowId) -> Result<Vec<Public>, Fault> {
        let table = &self.table;
        let mut found = Vec::new();
        for (slot, columns) in (1..).zip(&self.columns.public_expenses) {
            let payer = table.parse_maybe(
                row,
                Some(&columns.payer_number),
                "公費負担者番号",
                |text| PublicPayerNumber::parse(text).ok(),
            )?;
            let Some(payer) = payer else {
                continue;
            };
            let day = |column: Option<&crate::table::Column>| {
                let open = column
                    .map(|column| table.text(row, column))
                    .transpose()?
                    .is_some_and(|text| text == settings.register.open_end);
                if open {
                    return Ok(None);
                }
                table.parse_maybe(row, column, "日付", |text| settings.dates.read(text))
            };
            found.push(Public {
                slot,
                payer,
                recipient: table.parse_maybe(
                    row,
                    columns.recipient_number.as_ref(),
                    "受給者番号",
                    |text| RecipientNumber::parse(text).ok(),
                )?,
                days: reseplug_model::Period::new(
                    day(columns.from.as_ref())?,
                    day(columns.to.as_ref())?,
                ),
            });
        }
        Ok(found)
    }
}

impl Entry {
    /// A row was put in at a place: the rows from there on have other places now.
    pub(crate) fn moved_down_from(&mut self, at: RowId) {
        let places = self
            .rows
            .iter_mut()
            .chain(self.periods.iter_mut().map(|period| &mut period.row))
            .chain(self.incomes.iter_mut().map(|income| &mut income.row));
        for row in places {
            row.move_down_from(at);
        }
    }
}

impl Income {
    /// The contract's record.
    pub(crate) fn to_contract(&self) -> IncomeCategory {
        IncomeCategory {
            code: self.category.clone(),
            period: to_contract(self.days),
        }
    }
}

impl Public {
    /// The contract's record.
    pub(crate) fn to_contract(&self) -> PublicExpense {
        PublicExpense {
            payer_number: self.payer.to_string(),
            recipient_number: self.recipient.as_ref().map(ToString::to_string),
            period: to_contract(self.days),
            extra: Vec::new(),
        }
    }
}

fn to_contract(days: reseplug_model::Period) -> types::Period {
    types::Period {
        from: days.from.map(|day| day.to_string()),
        to: days.to.map(|day| day.to_string()),
    }
}

fn two_people(table: &Table, row: RowId, key: &str) -> Fault {
    Fault::new(
        "csv/two-people",
        format!(
            "「{}」の利用者番号「{key}」に、生年月日の違う行があります。別の方が同じ番号になっていないか、製品で確かめてください。",
            table.name()
        ),
        format!(
            "`{}`: rows of person `{key}` have different birth dates. Two people may share one number.",
            table.name()
        ),
    )
    .at(table.row_place(row))
}
