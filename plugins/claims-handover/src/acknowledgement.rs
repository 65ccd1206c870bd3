//! Reads an オンライン受領書 that staff downloaded, by the columns that the settings name.

use crate::settings::{AcknowledgementLayout, Encoding};
use crate::{Settings, files};
use reseplug_sdk::claims::{Acknowledgement, Filing, FilingKind};
use reseplug_sdk::{Document, Fault, Moment, Place};

/// Reads `download` and compares it with what was handed over. `now` is the moment of the
/// import: the layout says nothing dependable about the moment of filing.
pub(crate) fn read(
    settings: &Settings,
    filing: &Filing,
    download: &Document,
    now: Moment,
) -> Result<Acknowledgement, Fault> {
    if filing.kind == FilingKind::Trial {
        return Err(Fault::new(
            "claims/trial-has-no-acknowledgement",
            "確認試験には受領書がありません。請求用の送信と取り違えていないか確かめてください。",
            "A trial has no acknowledgement. Check that it was not taken for a claim.",
        )
        .at(Place::document(&download.name)));
    }
    let layout = settings.acknowledgement.as_ref().ok_or_else(|| {
        Fault::new(
            "claims/acknowledgement-layout",
            "受領書CSVの読み方が設定されていません。訪問看護の様式は公開されていないため、実物の見出しを見て、事業所ファイルの settings.acknowledgement に件数と合計金額の列を書いてください。受領書はそのまま保管してください。",
            "The layout of the acknowledgement is not set. It is not public for 訪問看護: look at a real one and name the columns of count and total in `settings.acknowledgement` of the station file. Keep the file as it is.",
        )
        .at(Place::document(&download.name))
    })?;
    let table = Table::read(layout, download)?;
    let receipts = table.sum(&layout.receipts)?;
    let total = table.sum(&layout.total)?;
    let counted = u32::try_from(receipts).unwrap_or(u32::MAX);
    if counted != filing.receipts || total != filing.total {
        return Err(Fault::new(
            "claims/acknowledgement-differs",
            format!(
                "受領書は {receipts} 件・{total} 円ですが、引き渡した{}のファイルは {} 件・{} 円です。別の月や提出先の受領書でないか、エラー分を除いて請求確定していないかを確かめてください。",
                files::payer_name(filing.payer), filing.receipts, filing.total
            ),
            format!(
                "The acknowledgement says {receipts} receipts and {total} yen, the file handed over to payer {} has {} and {}. Check that it is not of another month or payer and whether receipts with errors were left out.",
                files::payer_code(filing.payer), filing.receipts, filing.total
            ),
        )
        .at(Place::document(&download.name))
        .with("receipts", receipts.to_string())
        .with("total", total.to_string()));
    }
    let number = match &layout.number {
        Some(column) => table.first(column)?,
        None => String::new(),
    };
    // What `at` is: the moment somebody imported the file, not the moment of filing.
    let mut extra = vec![("at".to_owned(), "import".to_owned())];
    for kept in &layout.keep {
        extra.push((kept.name.clone(), table.first(&kept.column)?));
    }
    Ok(Acknowledgement {
        reference: files::folder(filing),
        payer: filing.payer,
        claim_month: filing.claim_month.clone(),
        receipts: counted,
        total,
        number,
        at: now.to_string(),
        document: download.clone(),
        extra,
    })
}

/// The rows that count, with their line numbers.
struct Table<'a> {
    name: &'a str,
    titles: Option<csv::StringRecord>,
    rows: Vec<(u32, csv::StringRecord)>,
}

impl<'a> Table<'a> {
    fn read(layout: &AcknowledgementLayout, download: &'a Document) -> Result<Self, Fault> {
        let encoding = match layout.encoding {
            Encoding::ShiftJis => encoding_rs::SHIFT_JIS,
            Encoding::Utf8 => encoding_rs::UTF_8,
        };
        let (text, malformed) = encoding.decode_with_bom_removal(&download.bytes);
        if malformed {
            return Err(unreadable(&download.name, encoding.name()));
        }
        // The end mark of レセ電 files (0x1A) may stand here, too.
        // The csv crate counts lines by what ends them and miscounts CRLF.
        let text = text.trim_end_matches('\u{1a}').replace("\r\n", "\n");
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let mut table = Self {
            name: &download.name,
            titles: None,
            rows: Vec::new(),
        };
        for record in reader.records() {
            let record = record.map_err(|error| unreadable(&download.name, &error.to_string()))?;
            let line = record.position().map_or(0, csv::Position::line);
            let line = u32::try_from(line).unwrap_or(u32::MAX);
            match layout.title_line {
                Some(title) if line < title => {}
                Some(title) if line == title => table.titles = Some(record),
                _ => table.rows.push((line, record)),
            }
        }
        if let Some(title) = layout.title_line
            && table.titles.is_none()
        {
            return Err(table.missing(
                &format!("{title} 行目の見出し"),
                &format!("line {title} with titles"),
            ));
        }
        if let Some(filter) = &layout.rows {
            let column = table.column(&filter.column)?;
            table
                .rows
                .retain(|(_, row)| row.get(column).map(str::trim) == Some(&filter.equals));
        }
        if table.rows.is_empty() {
            return Err(table.missing("読み取る行", "any row to read"));
        }
        Ok(table)
    }

    /// Index of a column: by its title, or by its number counted from 1.
    fn column(&self, column: &str) -> Result<usize, Fault> {
        let found = match &self.titles {
            Some(titles) => titles.iter().position(|title| title.trim() == column),
            None => column
                .parse::<usize>()
                .ok()
                .and_then(|number| number.checked_sub(1)),
        };
        found.ok_or_else(|| {
            self.missing(&format!("列「{column}」"), &format!("a column `{column}`"))
        })
    }

    /// The first text in a column that is not empty.
    fn first(&self, column: &str) -> Result<String, Fault> {
        let index = self.column(column)?;
        let text = self
            .rows
            .iter()
            .filter_map(|(_, row)| row.get(index))
            .find(|t| !t.is_empty());
        Ok(text.unwrap_or_default().to_owned())
    }

    /// The sum of a column of whole numbers, which may be grouped by commas.
    fn sum(&self, column: &str) -> Result<u64, Fault> {
        let index = self.column(column)?;
        let mut sum = 0_u64;
        for (line, row) in &self.rows {
            let text = row.get(index).unwrap_or_default();
            let digits: String = text.trim().chars().filter(|c| *c != ',').collect();
            let number = Some(&digits)
                .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
                .and_then(|digits| digits.parse().ok());
            sum = number.and_then(|number| sum.checked_add(number)).ok_or_else(|| {
                Fault::new(
                    "claims/acknowledgement-unreadable",
                    format!("受領書の列「{column}」の「{text}」を数として読めません。settings.acknowledgement の列と行の指定を確かめてください。"),
                    format!("`{text}` in column `{column}` of the acknowledgement is no number. Check columns and rows in settings.acknowledgement."),
                )
                .at(Place::document(self.name).line(*line).field(column))
            })?;
        }
        Ok(sum)
    }

    fn missing(&self, what_ja: &str, what_en: &str) -> Fault {
        Fault::new(
            "claims/acknowledgement-unreadable",
            format!("受領書に{what_ja}がありません。settings.acknowledgement の指定と、ファイルが受領書のCSVであることを確かめてください。"),
            format!("The acknowledgement lacks {what_en}. Check settings.acknowledgement and that the file is the CSV of an acknowledgement."),
        )
        .at(Place::document(self.name))
    }
}

fn unreadable(name: &str, why: &str) -> Fault {
    Fault::new(
        "claims/acknowledgement-unreadable",
        format!("受領書をCSVとして読めません（{why}）。文字コードの設定と、ダウンロードしたままのファイルであることを確かめてください。"),
        format!("The acknowledgement is not readable as CSV ({why}). Check the encoding in the settings and that the file is as it was downloaded."),
    )
    .at(Place::document(name))
}
