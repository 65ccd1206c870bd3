//! Fields of a record by their names, with what people read: days and months in the Japanese
//! calendar, codes with their meanings.

use reseplug_model::{Date, EraDate, Month, Yen};

use crate::edition::{Edition, ValueKind};
use crate::record::RecordRef;
use crate::repertoire;
use crate::show::yen;

/// `令和6年10月3日`
pub(super) fn day_ja(day: Date) -> String {
    EraDate::of(day).map_or_else(|| day.to_string(), |era| era.to_string())
}

/// `令和6年10月`
pub(super) fn month_ja(month: Month) -> String {
    // The last day, for a month in which an era begins: 令和元年5月.
    match EraDate::of(month.last_day()) {
        Some(era) => {
            let year = match era.year() {
                1 => "元".to_owned(),
                year => year.to_string(),
            };
            format!("{}{year}年{}月", era.era().name, month.number())
        }
        None => month.to_string(),
    }
}

/// Names and contents of the fields that hold something, but those in `shown`.
pub(super) fn labelled(
    edition: &Edition,
    record: RecordRef<'_>,
    shown: &[usize],
) -> Vec<(String, String)> {
    let spec = edition.record(record.id());
    let mut all = Vec::new();
    for (index, raw) in record.fields().enumerate().skip(1) {
        let number = index + 1;
        if raw.is_empty() || shown.contains(&number) {
            continue;
        }
        let field = spec.and_then(|spec| spec.fields.get(index));
        let text = repertoire::decode_lenient(raw).map_or_else(
            |_| format!("【読めません: {raw:02X?}】"),
            |text| text.into_owned(),
        );
        let table = field.and_then(|field| edition.table_at(field.table.as_ref()?));
        let text = match table {
            Some(table) if text.is_ascii() => text
                .as_bytes()
                .chunks(table.width)
                .filter_map(|code| std::str::from_utf8(code).ok())
                .map(|code| format!("{code} {}", table.meaning(code).unwrap_or("？")))
                .collect::<Vec<_>>()
                .join("・"),
            _ => field.map_or(text.clone(), |field| spoken(field.value, text)),
        };
        let name = field.map_or_else(|| format!("項目{number}"), |field| field.name.clone());
        all.push((name, text));
    }
    all
}

/// A value in the words of people; what is malformed stays as it is.
fn spoken(kind: ValueKind, text: String) -> String {
    let known = match kind {
        ValueKind::Day => Date::parse_compact(&text).ok().map(day_ja),
        ValueKind::Month => Month::parse_compact(&text).ok().map(month_ja),
        ValueKind::Time => match (text.get(..2), text.get(2..)) {
            (Some(hour), Some(minute)) if text.len() == 4 => Some(format!("{hour}時{minute}分")),
            _ => None,
        },
        ValueKind::Yen => text.parse::<Yen>().ok().map(yen),
        ValueKind::Percent => Some(format!("{text}％")),
        _ => None,
    };
    known.unwrap_or(text)
}
