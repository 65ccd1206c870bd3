//! Tables of notices, by the columns that the station file names.

use super::day::{day, month};
use super::{Kind, Notice, Untold};
use crate::coverage::Coverage;
use receden::returns::eligibility_of_text;
use reseplug_effect::{Fault, Place};
use reseplug_model::{BranchNumber, InsurerNumber, Period, Relationship};
use reseplug_policy::{ColumnAt, NoticeColumn as Column, NoticeEncoding, NoticeKind, NoticeLayout};
use std::collections::BTreeMap;

/// No table of a station's month is larger than this.
const MAX_BYTES: usize = 64 << 20;

/// The rows of a table: what each says, or why it cannot be read. A bad row spoils no other.
pub(super) fn read(
    name: &str,
    bytes: &[u8],
    layout: &NoticeLayout,
) -> Result<Vec<Result<Notice, Fault>>, Fault> {
    let text = decode(name, bytes, layout.encoding)?;
    let skipped: usize = text
        .split_inclusive('\n')
        .take(layout.skip_lines)
        .map(str::len)
        .sum();
    let mut rows = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.get(skipped..).unwrap_or_default().as_bytes())
        .into_records();
    let titles = if layout.header {
        match rows.next() {
            Some(Ok(titles)) => titles,
            _ => return Err(empty(name)),
        }
    } else {
        csv::StringRecord::new()
    };
    let columns = columns(name, layout, &titles)?;
    let first = layout
        .skip_lines
        .saturating_add(usize::from(layout.header))
        .saturating_add(1);
    let mut found = Vec::new();
    for (at, row) in rows.enumerate() {
        let line = u32::try_from(first.saturating_add(at)).unwrap_or(u32::MAX);
        let row = match row {
            Ok(row) if row.iter().all(|cell| cell.trim().is_empty()) => continue,
            Ok(row) => row,
            Err(error) => {
                found.push(Err(unreadable(name, line, "行", &error.to_string())));
                continue;
            }
        };
        let cell = |column: Column| {
            columns
                .get(&column)
                .and_then(|at| row.get(*at))
                .map(str::trim)
                .filter(|text| !text.is_empty())
        };
        found.push(notice(name, line, layout, &cell));
    }
    if found.is_empty() {
        return Err(empty(name));
    }
    Ok(found)
}

fn decode(name: &str, bytes: &[u8], encoding: NoticeEncoding) -> Result<String, Fault> {
    if bytes.len() > MAX_BYTES {
        return Err(Fault::new(
            "notice/too-large",
            format!("「{name}」は大きすぎます（64 MiB まで）。"),
            format!("{name} is larger than 64 MiB"),
        ));
    }
    let (encoding, ja) = match encoding {
        NoticeEncoding::ShiftJis => (encoding_rs::SHIFT_JIS, "shift_jis"),
        NoticeEncoding::Utf8 => (encoding_rs::UTF_8, "utf-8"),
    };
    // A mark at the beginning outweighs the setting: it cannot be there by chance.
    let (text, used, broken) = encoding.decode(bytes);
    if broken {
        return Err(Fault::new(
            "notice/encoding",
            format!(
                "「{name}」の文字を {ja} として読めません。設定の [notices] の encoding を shift_jis か utf-8 の合うほうにしてください。"
            ),
            format!(
                "{name} is not {}; set `encoding` under [notices] to shift_jis or utf-8",
                used.name()
            ),
        ));
    }
    Ok(text.into_owned())
}

/// Where each column is in this file.
fn columns(
    name: &str,
    layout: &NoticeLayout,
    titles: &csv::StringRecord,
) -> Result<BTreeMap<Column, usize>, Fault> {
    let mut found = BTreeMap::new();
    for (column, at) in &layout.columns {
        let at = match at {
            ColumnAt::Number(number) => number.saturating_sub(1),
            ColumnAt::Title(title) => {
                let mut places = (0..).zip(titles).filter(|(_, t)| t.trim() == title);
                match (places.next(), places.next()) {
                    (Some((at, _)), None) => at,
                    (None, _) => return Err(no_column(name, *column, title, titles)),
                    (Some(_), Some(_)) => {
                        return Err(Fault::new(
                            "notice/column",
                            format!(
                                "「{name}」には「{title}」という列が二つ以上あります。設定の {} に列の番号（1から）を書いてください。",
                                column.key()
                            ),
                            format!(
                                "{name} has several columns `{title}`; write the number of the column for `{}`",
                                column.key()
                            ),
                        ));
                    }
                }
            }
        };
        found.insert(*column, at);
    }
    Ok(found)
}

fn no_column(name: &str, column: Column, title: &str, titles: &csv::StringRecord) -> Fault {
    let there = titles.iter().map(str::trim).collect::<Vec<_>>().join("、");
    Fault::new(
        "notice/column",
        format!(
            "「{name}」に「{title}」という列がありません（あるのは: {there}）。設定の [notices] の {} を直してください。",
            column.key()
        ),
        format!(
            "{name} has no column `{title}` (there are: {there}); correct `{}` under [notices]",
            column.key()
        ),
    )
}

fn notice<'r>(
    name: &str,
    line: u32,
    layout: &NoticeLayout,
    cell: &impl Fn(Column) -> Option<&'r str>,
) -> Result<Notice, Fault> {
    let bad = |column: Column, text: &str| unreadable(name, line, column.key(), text);
    let a_day = |column: Column| {
        cell(column)
            .map(|text| day(text).ok_or_else(|| bad(column, text)))
            .transpose()
    };
    let text = cell(Column::Kind).unwrap_or_default();
    let kind = Kind::of(
        layout
            .kinds
            .get(text)
            .copied()
            .or_else(|| NoticeKind::of_text(text)),
    );
    let period = Period::new(a_day(Column::From)?, a_day(Column::To)?);
    if period.is_empty() {
        return Err(bad(Column::To, cell(Column::To).unwrap_or_default()));
    }
    let branch = cell(Column::Branch)
        .map(|text| {
            BranchNumber::parse(&format!("{text:0>2}")).map_err(|_| bad(Column::Branch, text))
        })
        .transpose()?;
    let stated = match (cell(Column::Insurer), cell(Column::Number)) {
        (Some(insurer), Some(number)) => Some(Coverage {
            insurer: InsurerNumber::parse(insurer).map_err(|_| bad(Column::Insurer, insurer))?,
            insurer_name: None,
            symbol: cell(Column::Symbol).map(str::to_owned),
            number: number.to_owned(),
            branch,
            relationship: cell(Column::Relationship).and_then(relationship),
            card_class: None,
            burden_percent: None,
            elderly_certificate: None,
            period,
            extra: Vec::new(),
        }),
        _ => None,
    };
    let service_month = cell(Column::ServiceMonth)
        .map(|text| month(text).ok_or_else(|| bad(Column::ServiceMonth, text)))
        .transpose()?;
    let words: Vec<&str> = [cell(Column::Kind), cell(Column::Reason)]
        .into_iter()
        .flatten()
        .collect();
    let untold = [
        (Column::Symbol, Untold::Symbol),
        (Column::Branch, Untold::Branch),
    ]
    .into_iter()
    .filter(|(column, _)| !layout.columns.contains_key(column))
    .map(|(_, untold)| untold)
    .collect();
    Ok(Notice {
        title: layout.title.clone(),
        kind,
        person_key: cell(Column::PersonKey).map(str::to_owned),
        name: cell(Column::Name).unwrap_or_default().to_owned(),
        kana: cell(Column::Kana).map(str::to_owned),
        birth_date: a_day(Column::BirthDate)?,
        service_month,
        receipt_number: cell(Column::ReceiptNumber).and_then(|text| text.parse().ok()),
        filed: None,
        stated,
        untold,
        branch,
        period,
        days: Vec::new(),
        reason: cell(Column::Reason).and_then(eligibility_of_text),
        text: words.join(" "),
        processed: cell(Column::Processed).map(str::to_owned),
    })
}

fn relationship(text: &str) -> Option<Relationship> {
    Relationship::from_code(text).or(match text {
        "本人" => Some(Relationship::Insured),
        "家族" => Some(Relationship::Family),
        _ => None,
    })
}

fn empty(name: &str) -> Fault {
    Fault::new(
        "notice/empty",
        format!(
            "「{name}」に行がありません。ファイルと、設定の skip_lines・header を確かめてください。"
        ),
        format!(
            "{name} holds no rows; check the file, and `skip_lines` and `header` of its layout"
        ),
    )
}

fn unreadable(name: &str, line: u32, field: &str, what: &str) -> Fault {
    Fault::new(
        "notice/row",
        format!(
            "「{name}」の{line}行目の {field}「{what}」が読めません。この行は取り込んでいません。"
        ),
        format!("{field} `{what}` in line {line} of {name} cannot be read; this row was left out"),
    )
    .at(Place {
        document: name.to_owned(),
        line: Some(line),
        field: Some(field.to_owned()),
        ..Place::default()
    })
}
