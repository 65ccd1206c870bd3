//! A receipt as text for people, and as a page to print ([`html`]): what `reseplug receden show` prints.
//!
//! Labels and meanings come from the edition. A field that cannot be read is shown as what is wrong
//! with it, never left out. Columns are aligned by display width: what is full width in the file takes
//! two columns.

pub mod html;

use std::fmt::Write as _;

use reseplug_model::{Date, EraDate, Yen, age_on};

use crate::document::ClaimFile;
use crate::edition::{Edition, Editions, Trade};
use crate::fields::FieldResult;
use crate::master::Masters;
use crate::parts::Charge;
use crate::payers::PayerSlot;
use crate::receipt::Receipt;
use crate::record::RecordRef;
use crate::repertoire;
use crate::returns::Returned;

/// The header and all receipts of a file.
#[must_use]
pub fn file(file: &ClaimFile, masters: &Masters) -> String {
    let mut text = String::new();
    if let Some(header) = file.header() {
        let payer = value(header.payer().map(|payer| payer.name_ja()));
        let month = value(header.claim_month());
        let name = value(header.name());
        let code = value(header.station_code());
        line(&mut text, "請求先", &format!("{payer}  {month} 請求"));
        line(&mut text, "事業所", &format!("{code} {name}"));
    }
    line(&mut text, "件数", &format!("{}件", file.receipts().count()));
    for shown in file.receipts() {
        text.push('\n');
        text.push_str(&receipt(&shown, masters));
    }
    text
}

/// One receipt. With masters the charges are named.
#[must_use]
pub fn receipt(receipt: &Receipt<'_>, masters: &Masters) -> String {
    let mut text = String::new();
    if receipt.trade() == Trade::Medical {
        records(&mut text, receipt);
        return text;
    }
    head(&mut text, receipt);
    returned(&mut text, receipt);
    person(&mut text, receipt);
    payers(&mut text, receipt);
    care(&mut text, receipt);
    charges(&mut text, receipt, masters);
    text
}

/// Why it came back, where it did.
fn returned(text: &mut String, receipt: &Receipt<'_>) {
    let returned = Returned {
        receipt: receipt.clone(),
    };
    for reason in returned.reasons() {
        let month = reason.month().map(|month| month.to_string());
        let shown = format!("{}  {}", month.unwrap_or_default(), reason.text());
        line(text, "返戻理由", shown.trim());
        if let Some(class) = reason.class_ja() {
            line(text, "", class);
        }
        if let Some(known) = reason.explanation() {
            line(text, "", &known.ja);
            line(text, "", &format!("→ {}", known.action_ja));
        }
    }
    let history = returned.history().count();
    if history > 0 {
        line(
            text,
            "履歴",
            &format!("{history}行（再請求ではそのまま付けます）"),
        );
    }
}

/// A receipt of 医科: each record by the names of its edition.
fn records(text: &mut String, receipt: &Receipt<'_>) {
    let edition = edition(receipt);
    let (first, last) = receipt.lines();
    let month = value(receipt.service_month());
    let number = value(receipt.number());
    let label = format!("レセプト {number}");
    line(text, &label, &format!("{month}  （{first}～{last}行目）"));
    for (_, record) in receipt.records() {
        let name = edition.record(record.id()).map(|spec| spec.name.as_str());
        let label = format!("{} {}", record.id(), name.unwrap_or_default());
        line(text, &label, &records_ja(edition, record));
    }
}

/// The edition of a receipt's own month.
pub(crate) fn edition(receipt: &Receipt<'_>) -> &'static Edition {
    match receipt.service_month() {
        Ok(month) => Editions::known().of(receipt.trade(), month),
        Err(_) => Editions::known().newest(receipt.trade()),
    }
}

/// The fields of a record that hold something, by their names and the meanings of their codes.
fn records_ja(edition: &Edition, record: RecordRef<'_>) -> String {
    let spec = edition.record(record.id());
    let mut parts = Vec::new();
    for (n, raw) in record.fields().enumerate().skip(1) {
        if raw.is_empty() {
            continue;
        }
        let field = spec.and_then(|spec| spec.fields.get(n));
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
                .map(|code| match table.meaning(code) {
                    Some(meaning) => format!("{code} {meaning}"),
                    None => format!("{code} ？"),
                })
                .collect::<Vec<_>>()
                .join("・"),
            _ => text,
        };
        match field {
            Some(field) if !field.name.starts_with("予備") => {
                parts.push(format!("{}: {text}", field.name));
            }
            _ => parts.push(text),
        }
    }
    parts.join("  ")
}

/// What the master of its day calls a charge.
pub(crate) fn charge_name(charge: &Charge<'_>, masters: &Masters) -> Option<String> {
    let day = charge.date().ok()?;
    let code = charge.code().parse().ok()?;
    let entry = masters.of(day.month())?.charge(code, day)?;
    Some(entry.name.clone())
}

fn head(text: &mut String, receipt: &Receipt<'_>) {
    let edition = edition(receipt);
    let kind = match receipt.receipt_type() {
        Ok(kind) => {
            let code = kind.to_string();
            format!("{code} {}", edition.meaning("4", &code).unwrap_or_default())
        }
        Err(error) => wrong(&error),
    };
    let (first, last) = receipt.lines();
    let number = value(receipt.number());
    let month = value(receipt.service_month());
    line(
        text,
        &format!("レセプト {number}"),
        &format!("{month}  {kind}  （{first}～{last}行目）"),
    );
}

fn person(text: &mut String, receipt: &Receipt<'_>) {
    let edition = edition(receipt);
    let name = value(receipt.name());
    let kana = optional(receipt.kana());
    let sex = value(receipt.sex().map(|sex| sex.name_ja().to_owned()));
    line(text, "氏名", &format!("{name}  {kana}  {sex}"));
    let birth = match receipt.birth_date() {
        Ok(day) => {
            let era = EraDate::of(day)
                .map(|era| format!("（{era}）"))
                .unwrap_or_default();
            let age = receipt
                .service_month()
                .ok()
                .and_then(|month| age_on(day, month.last_day()))
                .map(|age| format!("  月末 {age}歳"))
                .unwrap_or_default();
            format!("{day}{era}{age}")
        }
        Err(error) => wrong(&error),
    };
    line(text, "生年月日", &birth);
    let named: Vec<String> = receipt
        .remarks()
        .into_iter()
        .flatten()
        .map(|code| format!("{code} {}", edition.meaning("6", code).unwrap_or("？")))
        .collect();
    if !named.is_empty() {
        line(text, "特記", &named.join("・"));
    }
    let key = optional(receipt.person_key());
    let search = optional(receipt.search_number());
    if !key.is_empty() {
        line(text, "記録番号", &key);
    }
    if !search.is_empty() {
        line(text, "検索番号", &format!("{search}（再請求）"));
    }
}

fn payers(text: &mut String, receipt: &Receipt<'_>) {
    if let Some(insurer) = receipt.insurer() {
        let number = value(insurer.number());
        let symbol = optional(insurer.symbol());
        let card = value(insurer.card_number());
        let branch = optional(receipt.branch());
        line(
            text,
            "保険者",
            &format!(
                "{number}  記号 {}  番号 {card}  枝番 {}",
                dash(&symbol),
                dash(&branch)
            ),
        );
        let copay = match insurer.copay() {
            Ok(None) => String::new(),
            Ok(Some(copay)) => format!("  一部負担金 {}", yen(copay)),
            Err(error) => format!("  {}", wrong(&error)),
        };
        let days = value(insurer.days());
        let total = value(insurer.total().map(yen));
        line(text, "", &format!("実日数 {days}  合計 {total}{copay}"));
    }
    for public in receipt.public_expenses() {
        let label = public
            .slot()
            .map_or("公費（５件目以後）", PayerSlot::name_ja);
        let number = value(public.payer_number());
        let recipient = optional(public.recipient_number());
        line(
            text,
            label,
            &format!("{number}  受給者 {}", dash(&recipient)),
        );
        let copay = match public.copay() {
            Ok(None) => String::new(),
            Ok(Some(copay)) => format!("  一部負担金 {}", yen(copay)),
            Err(error) => format!("  {}", wrong(&error)),
        };
        let days = value(public.days());
        let total = value(public.total().map(yen));
        line(text, "", &format!("実日数 {days}  合計 {total}{copay}"));
    }
    for table in receipt.day_tables() {
        let label = table.payer().map_or("負担者？", PayerSlot::name_ja);
        let days: Vec<String> = table
            .days()
            .map(|(day, counts)| {
                if counts {
                    day.to_string()
                } else {
                    format!("({day})")
                }
            })
            .collect();
        line(text, "受診日", &format!("{label}  {}", days.join(" ")));
    }
}

fn care(text: &mut String, receipt: &Receipt<'_>) {
    let edition = edition(receipt);
    for (_, record) in receipt.records_of("HJ") {
        let kind = record.ascii(2).unwrap_or_default();
        let day = |field| {
            record.ascii(field).map_or("？".to_owned(), |text| {
                Date::parse_compact(text).map_or_else(|_| text.to_owned(), |day| day.to_string())
            })
        };
        let meaning = edition.meaning("12", kind).unwrap_or("？");
        line(text, "指示", &format!("{meaning}  {}～{}", day(3), day(4)));
    }
    for (_, record) in receipt.records() {
        if let "GI" | "IH" | "JS" | "RJ" | "TJ" | "TZ" | "KS" = record.id() {
            let name = edition.record(record.id()).map(|spec| spec.name.as_str());
            let label = match name.unwrap_or_default() {
                // As wide as its column.
                "医療機関・保険医情報" => "医療機関",
                name => name,
            };
            line(text, label, &records_ja(edition, record));
        }
    }
    for (_, record) in receipt.records_of("SY") {
        let code = record.ascii(2).unwrap_or_default();
        let name = record.text(4).ok().flatten().unwrap_or_default();
        line(text, "傷病名", &format!("{code}  {name}"));
    }
    for (_, record) in receipt.records_of("CO") {
        let code = record.ascii(2).unwrap_or_default();
        let comment = record.text(3).ok().flatten().unwrap_or_default();
        line(text, "コメント", &format!("{code}  {comment}"));
    }
}

fn charges(text: &mut String, receipt: &Receipt<'_>, masters: &Masters) {
    let mut day_before = None;
    for charge in receipt.charges() {
        let day = charge.date();
        let label = match &day {
            Ok(day) if day_before == Some(*day) => String::new(),
            Ok(day) => format!("{}/{}", day.month().number(), day.day_of_month()),
            Err(error) => wrong(error),
        };
        day_before = day.ok();
        let payers = charge
            .payers()
            .map_or("？".to_owned(), |payers| payers.to_string());
        let amount = value(charge.amount().map(yen));
        let row = format!(
            "{} {} {}  {}",
            pad(&payers, 10),
            pad(charge.code(), 9),
            pad_left(&amount, 10),
            charge.staff().collect::<Vec<_>>().join(" ")
        );
        let row = match charge_name(&charge, masters) {
            Some(name) => format!("{}  {name}", pad(row.trim_end(), 42)),
            None => row,
        };
        line(text, &label, row.trim_end());
    }
    line(text, "合計", &value(receipt.total().map(yen)));
}

/// One line: a label in a fixed column, then the rest.
fn line(text: &mut String, label: &str, rest: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{} {}", pad(label, 12), rest.trim_end());
}

pub(crate) fn value<T: ToString>(read: FieldResult<T>) -> String {
    read.map_or_else(|error| wrong(&error), |value| value.to_string())
}

pub(crate) fn optional<T: ToString>(read: FieldResult<Option<T>>) -> String {
    match read {
        Ok(Some(value)) => value.to_string(),
        Ok(None) => String::new(),
        Err(error) => wrong(&error),
    }
}

pub(crate) fn wrong(error: &crate::fields::FieldError) -> String {
    format!("【読めません: {}】", error.reason)
}

fn dash(text: &str) -> &str {
    if text.is_empty() { "－" } else { text }
}

pub(crate) fn yen(amount: Yen) -> String {
    let digits = amount.to_string();
    let mut grouped = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{grouped}円")
}

/// Columns a text takes: one for what is half width in the file, two for the rest.
#[must_use]
pub fn width(text: &str) -> usize {
    text.chars()
        .map(|c| {
            if matches!(c, ' '..='~' | '｡'..='ﾟ') {
                1
            } else {
                2
            }
        })
        .sum()
}

fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

fn pad_left(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn width_is_what_the_text_takes_in_the_file() {
        for text in ["ABC", "ﾐﾎﾝ ﾀﾛｳ", "見本　太郎", "12日"] {
            assert_eq!(width(text), crate::repertoire::encode(text).unwrap().len());
        }
        assert_eq!(pad("見本", 6), "見本  ");
        assert_eq!(yen(Yen(1_234_567)), "1,234,567円");
        assert_eq!(yen(Yen(999)), "999円");
    }
}
