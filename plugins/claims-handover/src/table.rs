//! A downloaded CSV as the rows that a layout reads, and the faults of its cells.

use reseplug_sdk::claims::ReceiptRef;
use reseplug_sdk::{Document, Fault, Payer, Place};

use crate::layout::{Encoding, Kept, PayerColumn, ReceiptColumns, RowFilter, TableLayout};
use crate::values;

/// What stands where a byte has no character.
const BROKEN: char = '\u{fffd}';

/// Which file is read, for messages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    /// Name in the words of staff: 受領書.
    pub(crate) name_ja: &'static str,
    /// Key of its layout in the settings.
    pub(crate) key: &'static str,
    /// An invented layout, as one writes it in the settings.
    pub(crate) example: &'static str,
}

/// A column that was found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column<'a> {
    index: usize,
    name: &'a str,
}

/// One row and its line.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) line: u32,
    cells: csv::StringRecord,
}

/// The rows behind the titles.
#[derive(Debug)]
pub(crate) struct Table<'a> {
    kind: Kind,
    document: &'a str,
    titles: Option<csv::StringRecord>,
    pub(crate) rows: Vec<Row>,
    /// A byte somewhere has no character in this encoding.
    pub(crate) broken: bool,
}

impl Kind {
    /// No layout is set.
    pub(crate) fn layout_missing(self, document: &str) -> Fault {
        let Self {
            name_ja,
            key,
            example,
        } = self;
        Fault::new(
            "claims/layout-missing",
            format!("{name_ja}の読み方が設定されていません。訪問看護の様式は公開されていないため、実物の見出しを見て、設定ファイルの [plugins.claims-handover.settings] に {key} の列を書いてください（例: {key} = {example}）。読み取れなくても、取り込んだファイルはそのまま保管されます。"),
            format!("No layout is set for {name_ja}. It is not public for 訪問看護: look at a real file and write its columns as `{key}` under [plugins.claims-handover.settings] in the station file, for instance `{key} = {example}`. The raw file is kept although it cannot be read."),
        )
        .at(Place::document(document))
    }

    pub(crate) fn unreadable(self, document: &str, why_ja: &str, why_en: &str) -> Fault {
        let Self { name_ja, key, .. } = self;
        Fault::new(
            "claims/download-unreadable",
            format!("{name_ja}を読み取れません：{why_ja}。settings.{key} の指定と、ダウンロードしたままのファイルであることを確かめてください。取り込んだファイルはそのまま保管されます。"),
            format!("{name_ja} is not readable: {why_en}. Check settings.{key} and that the file is as it was downloaded. The raw file is kept."),
        )
        .at(Place::document(document))
    }
}

impl<'a> Table<'a> {
    /// All rows that `layout` reads.
    pub(crate) fn read(
        kind: Kind,
        layout: &TableLayout,
        download: &'a Document,
    ) -> Result<Self, Fault> {
        let mut table = Self::all(kind, layout, download)?;
        if let Some(filter) = &layout.rows {
            table.rows = table.matching(filter)?;
        }
        Ok(table)
    }

    /// All rows behind the titles, whatever the layout's filter.
    pub(crate) fn all(
        kind: Kind,
        layout: &TableLayout,
        download: &'a Document,
    ) -> Result<Self, Fault> {
        let encoding = match layout.encoding {
            Encoding::ShiftJis => encoding_rs::SHIFT_JIS,
            Encoding::Utf8 => encoding_rs::UTF_8,
        };
        let (text, _, broken) = encoding.decode(&download.bytes);
        // The end mark of レセ電 files (0x1A) may stand here, too.
        // The csv crate counts lines by what ends them and miscounts CRLF.
        let text = text
            .trim_end_matches(['\u{1a}', '\r', '\n'])
            .replace("\r\n", "\n");
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let mut table = Self {
            kind,
            document: &download.name,
            titles: None,
            rows: Vec::new(),
            broken,
        };
        for record in reader.records() {
            let record = record.map_err(|error| {
                let why = error.to_string();
                kind.unreadable(&download.name, &why, &why)
            })?;
            let line = record.position().map_or(0, csv::Position::line);
            let line = u32::try_from(line).unwrap_or(u32::MAX);
            match layout.title_line {
                Some(title) if line < title => {}
                Some(title) if line == title => table.titles = Some(record),
                // Spreadsheets leave rows of nothing but commas.
                _ if record.iter().all(|cell| cell.trim().is_empty()) => {}
                _ => table.rows.push(Row {
                    line,
                    cells: record,
                }),
            }
        }
        if let Some(title) = layout.title_line
            && table.titles.is_none()
        {
            return Err(table.unreadable(
                &format!("{title} 行目の見出しがありません"),
                &format!("line {title} with titles is missing"),
            ));
        }
        Ok(table)
    }

    /// Takes out the rows that a filter names.
    pub(crate) fn matching(&mut self, filter: &RowFilter) -> Result<Vec<Row>, Fault> {
        let column = self.column(&filter.column)?;
        let (taken, rest) = std::mem::take(&mut self.rows)
            .into_iter()
            .partition(|row| row.cells.get(column.index).map(str::trim) == Some(&filter.equals));
        self.rows = rest;
        Ok(taken)
    }

    /// A column: by its title, or by its number counted from 1.
    pub(crate) fn column<'c>(&self, name: &'c str) -> Result<Column<'c>, Fault> {
        let index = match &self.titles {
            Some(titles) => titles.iter().position(|title| title.trim() == name),
            None => name
                .parse::<usize>()
                .ok()
                .and_then(|number| number.checked_sub(1)),
        };
        match index {
            Some(index) => Ok(Column { index, name }),
            None => Err(self.unreadable(
                &format!("列「{name}」がありません"),
                &format!("a column `{name}` is missing"),
            )),
        }
    }

    /// A column that a layout may leave out.
    pub(crate) fn optional<'c>(
        &self,
        name: Option<&'c String>,
    ) -> Result<Option<Column<'c>>, Fault> {
        name.map(|name| self.column(name)).transpose()
    }

    pub(crate) fn receipt<'c>(&self, of: &'c ReceiptColumns) -> Result<ReceiptCells<'c>, Fault> {
        Ok(ReceiptCells {
            claim_month: self.optional(of.claim_month.as_ref())?,
            number: self.optional(of.number.as_ref())?,
            search_number: self.optional(of.search_number.as_ref())?,
            person_key: self.optional(of.person_key.as_ref())?,
            name: self.optional(of.name.as_ref())?,
            service_month: self.optional(of.service_month.as_ref())?,
            total: self.optional(of.total.as_ref())?,
        })
    }

    pub(crate) fn kept<'c>(&self, kept: &'c [Kept]) -> Result<Vec<(&'c str, Column<'c>)>, Fault> {
        kept.iter()
            .map(|kept| Ok((kept.name.as_str(), self.column(&kept.column)?)))
            .collect()
    }

    pub(crate) fn unreadable(&self, why_ja: &str, why_en: &str) -> Fault {
        self.kind.unreadable(self.document, why_ja, why_en)
    }

    pub(crate) fn place(&self, row: &Row) -> Place {
        Place::document(self.document).line(row.line)
    }

    /// Neither the row nor the import says whose month it is.
    pub(crate) fn ownerless(&self) -> Fault {
        self.unreadable(
            "どの提出先のどの請求年月のものかが分かりません。列を設定するか、請求を指定して取り込んでください",
            "it does not say which payer and month it is about: name the columns, or say which filing it belongs to",
        )
    }

    /// The text of a cell; empty where the row is too short.
    pub(crate) fn text(&self, row: &Row, column: Column<'_>) -> Result<String, Fault> {
        let text = row.cells.get(column.index).unwrap_or_default().trim();
        if text.contains(BROKEN) {
            return Err(self.cell(row, column, text, "文字", "text in this encoding"));
        }
        Ok(text.to_owned())
    }

    /// A cell that must not be empty and that `read` understands.
    pub(crate) fn value<T>(
        &self,
        row: &Row,
        column: Column<'_>,
        what: (&str, &str),
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<T, Fault> {
        let text = self.text(row, column)?;
        read(&text).ok_or_else(|| self.cell(row, column, &text, what.0, what.1))
    }

    /// The same for a cell that may be empty, of a column that may be left out.
    pub(crate) fn maybe<T>(
        &self,
        row: &Row,
        column: Option<Column<'_>>,
        what: (&str, &str),
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Fault> {
        match column {
            Some(column) if !self.text(row, column)?.is_empty() => {
                self.value(row, column, what, read).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The 審査支払機関 that a row names.
    pub(crate) fn payer(
        &self,
        row: &Row,
        column: Column<'_>,
        of: &PayerColumn,
    ) -> Result<Payer, Fault> {
        self.value(row, column, ("審査支払機関", "a payer"), |text| {
            let has = |name: &str| !name.is_empty() && text.contains(name);
            match (
                has(&of.social_insurance_fund),
                has(&of.national_health_federation),
            ) {
                (true, false) => Some(Payer::SocialInsuranceFund),
                (false, true) => Some(Payer::NationalHealthFederation),
                _ => None,
            }
        })
    }

    pub(crate) fn extra(
        &self,
        row: &Row,
        kept: &[(&str, Column<'_>)],
    ) -> Result<Vec<(String, String)>, Fault> {
        kept.iter()
            .map(|(name, column)| Ok(((*name).to_owned(), self.text(row, *column)?)))
            .collect()
    }

    /// A cell that is not what its column should hold.
    fn cell(&self, row: &Row, column: Column<'_>, text: &str, ja: &str, en: &str) -> Fault {
        let Kind { name_ja, key, .. } = self.kind;
        // A cell may be as long as the file.
        let shown: String = text.chars().take(40).collect();
        Fault::new(
            "claims/row-unreadable",
            format!("{name_ja}の{}行目の列「{}」の「{shown}」を{ja}として読めません。原本の表示を確かめ、列がずれているときは settings.{key} を直してください。", row.line, column.name),
            format!("Line {} of {name_ja}: `{shown}` in column `{}` is not {en}. Look at the original; when columns are shifted, correct settings.{key}.", row.line, column.name),
        )
        .at(self.place(row).field(column.name))
    }
}

/// Columns of [`ReceiptColumns`] that were found.
#[derive(Debug)]
pub(crate) struct ReceiptCells<'c> {
    claim_month: Option<Column<'c>>,
    number: Option<Column<'c>>,
    search_number: Option<Column<'c>>,
    person_key: Option<Column<'c>>,
    name: Option<Column<'c>>,
    service_month: Option<Column<'c>>,
    total: Option<Column<'c>>,
}

impl ReceiptCells<'_> {
    /// Which receipt a row is about; `claim_month` where the row does not say its own.
    pub(crate) fn read(
        &self,
        table: &Table<'_>,
        row: &Row,
        claim_month: Option<&str>,
    ) -> Result<ReceiptRef, Fault> {
        const MONTH: (&str, &str) = ("年月", "a month");
        let text = |column| {
            table.maybe(row, column, ("文字", "text"), |text| {
                Some(text.to_owned())
            })
        };
        let month = |column| {
            table
                .maybe(row, column, MONTH, values::month)
                .map(|month| month.map(|month| month.to_string()))
        };
        Ok(ReceiptRef {
            claim_month: month(self.claim_month)?.or_else(|| claim_month.map(str::to_owned)),
            number: table.maybe(
                row,
                self.number,
                ("レセプト番号", "a receipt number"),
                |text| values::count(text).and_then(|number| u32::try_from(number).ok()),
            )?,
            search_number: text(self.search_number)?,
            person_key: text(self.person_key)?,
            name: text(self.name)?,
            service_month: month(self.service_month)?,
            total: table.maybe(row, self.total, YEN, |text| {
                values::amount(text).and_then(|yen| u64::try_from(yen).ok())
            })?,
        })
    }
}

/// What a column of money holds.
pub(crate) const YEN: (&str, &str) = ("金額", "an amount");
