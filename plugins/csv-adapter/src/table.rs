//! A CSV document with a line of titles: cells by column name, text in and out.

use std::collections::BTreeMap;

use reseplug_model::Date;
use reseplug_sdk::{Document, Fault, Place};

use crate::cells::{Cells, Quoting, Row};
use crate::charset::Encoding;
use crate::dates::DateFormat;
use crate::faults;

/// The document, cut into cells, with its columns by title.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    name: String,
    encoding: Encoding,
    cells: Cells,
    titles: Vec<String>,
    /// Index of the row of titles.
    head: usize,
}

/// A column of a table: where it is and what it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    index: usize,
    title: String,
}

impl Column {
    /// The title.
    pub(crate) fn title(&self) -> &str {
        &self.title
    }

    /// Its number from 0.
    pub(crate) fn index(&self) -> usize {
        self.index
    }
}

/// A row of a table by its place among all rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RowId(usize);

impl RowId {
    /// Makes room for a row that was put in at a place.
    pub(crate) fn move_down_from(&mut self, at: Self) {
        if *self >= at {
            self.0 = self.0.saturating_add(1);
        }
    }
}

impl Table {
    /// Cuts a document into cells.
    pub(crate) fn open(document: &Document, encoding: Encoding) -> Result<Self, Fault> {
        let name = document.name.clone();
        let cells = Cells::read(&document.bytes).map_err(|e| faults::not_csv(&name, &e))?;
        let Some(head) = cells.rows().iter().position(|row| !row.is_blank()) else {
            return Err(faults::no_titles(&name));
        };
        let mut table = Self {
            name,
            encoding,
            cells,
            titles: Vec::new(),
            head,
        };
        let width = table.cells.rows().get(head).map_or(0, Row::len);
        for index in 0..width {
            let text = table.raw_text(head, index, "")?;
            table.titles.push(text.trim().to_owned());
        }
        for row in table.rows() {
            let cells = table.cells.rows().get(row.0).map_or(0, Row::len);
            if cells > width {
                return Err(faults::too_many_cells(table.row_place(row)));
            }
        }
        if table.cells.is_cut_off(width) {
            let last = table.rows().last();
            let place =
                last.map_or_else(|| Place::document(&table.name), |row| table.row_place(row));
            return Err(faults::cut_off(place));
        }
        Ok(table)
    }

    /// The exact bytes.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        self.cells.write()
    }

    /// Document name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The encoding.
    pub(crate) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Number of columns.
    pub(crate) fn width(&self) -> usize {
        self.titles.len()
    }

    /// The title of a column by its number from 0.
    pub(crate) fn title(&self, index: usize) -> Option<&str> {
        self.titles.get(index).map(String::as_str)
    }

    /// A column that has to be there. `setting` names the setting that asks for it.
    pub(crate) fn column(&self, setting: &str, title: &str) -> Result<Column, Fault> {
        let mut found = self
            .titles
            .iter()
            .enumerate()
            .filter(|(_, known)| *known == title);
        let Some((index, _)) = found.next() else {
            return Err(faults::missing_column(
                &self.name,
                setting,
                title,
                &self.titles,
            ));
        };
        if found.next().is_some() {
            return Err(faults::column_twice(&self.name, title));
        }
        Ok(Column {
            index,
            title: title.to_owned(),
        })
    }

    /// A column the product may not have: an empty title in the settings.
    pub(crate) fn optional(&self, setting: &str, title: &str) -> Result<Option<Column>, Fault> {
        if title.is_empty() {
            return Ok(None);
        }
        self.column(setting, title).map(Some)
    }

    /// The rows below the titles, blank lines left out.
    pub(crate) fn rows(&self) -> impl Iterator<Item = RowId> + use<'_> {
        self.cells
            .rows()
            .iter()
            .enumerate()
            .skip(self.head.saturating_add(1))
            .filter(|(_, row)| !row.is_blank())
            .map(|(index, _)| RowId(index))
    }

    /// Line of a row when the file was read; of a new row its place among the rows.
    pub(crate) fn line(&self, row: RowId) -> u32 {
        self.cells
            .rows()
            .get(row.0)
            .and_then(Row::line)
            .unwrap_or_else(|| u32::try_from(row.0).unwrap_or(u32::MAX).saturating_add(1))
    }

    /// Place of a row.
    pub(crate) fn row_place(&self, row: RowId) -> Place {
        Place::document(&self.name).line(self.line(row))
    }

    /// Place of a cell.
    pub(crate) fn place(&self, row: RowId, column: &Column) -> Place {
        self.row_place(row).field(&column.title)
    }

    fn raw_text(&self, row: usize, column: usize, title: &str) -> Result<String, Fault> {
        let content = self
            .cells
            .rows()
            .get(row)
            .map(|row| row.content(column))
            .unwrap_or_default();
        self.encoding.decode(&content).map_err(|_| {
            let mut place = self.row_place(RowId(row));
            if !title.is_empty() {
                place = place.field(title);
            }
            faults::not_text(place, self.encoding)
        })
    }

    /// The text of a cell without blanks around it; empty when there is none.
    pub(crate) fn text(&self, row: RowId, column: &Column) -> Result<String, Fault> {
        self.raw_text(row.0, column.index, &column.title)
            .map(|text| text.trim().to_owned())
    }

    /// The text of a cell, `None` when it is empty or the product has no such column.
    pub(crate) fn maybe(
        &self,
        row: RowId,
        column: Option<&Column>,
    ) -> Result<Option<String>, Fault> {
        match column {
            None => Ok(None),
            Some(column) => self
                .text(row, column)
                .map(|text| Some(text).filter(|text| !text.is_empty())),
        }
    }

    /// A value made from a cell; a cell that cannot be read is a fault that names it.
    pub(crate) fn parse<T>(
        &self,
        row: RowId,
        column: &Column,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Fault> {
        let text = self.text(row, column)?;
        parse(&text).ok_or_else(|| faults::unreadable(self.place(row, column), &text, expected))
    }

    /// An optional value made from a cell.
    pub(crate) fn parse_maybe<T>(
        &self,
        row: RowId,
        column: Option<&Column>,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Fault> {
        let (Some(column), Some(text)) = (column, self.maybe(row, column)?) else {
            return Ok(None);
        };
        parse(&text)
            .map(Some)
            .ok_or_else(|| faults::unreadable(self.place(row, column), &text, expected))
    }

    /// A day.
    pub(crate) fn date(
        &self,
        row: RowId,
        column: &Column,
        format: DateFormat,
    ) -> Result<Date, Fault> {
        self.parse(row, column, "日付", |text| format.read(text))
    }

    /// Sets one cell to bytes that are text in the encoding.
    pub(crate) fn set(&mut self, row: RowId, column: &Column, bytes: &[u8], quoting: Quoting) {
        // The row was found in this table: it is there.
        let _ = self.cells.set(row.0, column.index, bytes, quoting);
    }

    /// Puts a new row behind another, or at the end. Every row from there on moves down by one.
    pub(crate) fn insert(
        &mut self,
        behind: Option<RowId>,
        cells: &BTreeMap<usize, Vec<u8>>,
        quoting: Quoting,
    ) -> RowId {
        let last = self.rows().last().map_or(self.head, |row| row.0);
        let at = behind.map_or(last, |row| row.0).saturating_add(1);
        let values: Vec<Vec<u8>> = (0..self.titles.len())
            .map(|index| cells.get(&index).cloned().unwrap_or_default())
            .collect();
        self.cells.insert(at, &values, quoting);
        RowId(at)
    }

    /// The content of a cell as bytes.
    pub(crate) fn content(&self, row: RowId, column: usize) -> Vec<u8> {
        self.cells
            .rows()
            .get(row.0)
            .map(|row| row.content(column))
            .unwrap_or_default()
    }
}
