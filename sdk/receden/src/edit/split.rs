use std::collections::BTreeSet;

use reseplug_model::{Date, Period, Yen};

use super::Refusal;
use super::coverage::{
    Coverage, first_submission, receipt_type, refuse_money_in_kind,
    refuse_money_of_the_old_insurer, refuse_value, replace_coverage,
};
use crate::document::ClaimFile;
use crate::edition::Edition;
use crate::payers::PayerSlot;
use crate::receipt::Receipt;
use crate::record::{Record, Separator};

/// Comment code of free text, in which the trade says that the insurance changed within the month
/// (手引き, 別紙2).
pub const SPLIT_COMMENT_CODE: &str = "810000001";

/// Divides a receipt on day boundaries because the insurer changed within the month.
///
/// Each part is a first submission of its own with its coverage. Divided by the days are the KA
/// records and the JD tables; HO5, HO6, KO5 and KO6 are counted and added up anew from them, so that
/// the amounts of the parts add up to those of the receipt. Copied to every part: RE, KO, SN of 公費,
/// MF (`00`), GI, IH, HJ, JS, SY, RJ, TZ, KS, CO. TJ (情報提供) goes to the parts that hold a charge of
/// 情報提供療養費 (57…) and to all if none does. A CO with code 810000001 is added that names the days;
/// that it is wanted is the handbook's, its wording is ours.
///
/// Refused: whatever cannot be divided by days (一部負担金額, RE13, MF other than `00`, amounts of a 公費, 減免),
/// a receipt whose counts do not add up before, a day in no part or in two, a part without a charge.
/// Nothing decides anew which charge a day may carry (月の初日 or 2日目以降 …): fees are the product's.
pub fn split(
    receipt: &Receipt<'_>,
    parts: &[(Period, Coverage)],
) -> Result<Vec<Vec<Record>>, Refusal> {
    if parts.len() < 2 {
        return Err(Refusal::TooFewParts);
    }
    let insurer = receipt.insurer().ok_or(Refusal::NoInsurer)?;
    refuse_money_of_the_old_insurer(insurer.record())?;
    refuse_money_in_kind(receipt)?;
    refuse_indivisible(receipt)?;
    refuse_inconsistent(receipt)?;
    refuse_bad_parts(receipt, parts)?;

    let mut split = Vec::with_capacity(parts.len());
    for (days, coverage) in parts {
        split.push(part(receipt, *days, coverage)?);
    }
    let whole = receipt.total()?;
    let mut sum = Yen::ZERO;
    for records in &split {
        let total = total_of(records)?;
        sum = sum
            .checked_add(total)
            .ok_or_else(|| Refusal::Inconsistent("the sum of the parts is too large".to_owned()))?;
    }
    if sum != whole {
        return Err(Refusal::Inconsistent(format!(
            "the parts add up to {sum}, the receipt to {whole}"
        )));
    }
    Ok(split)
}

fn total_of(records: &[Record]) -> Result<Yen, Refusal> {
    let file = ClaimFile::of_records(records, Vec::new());
    match file.receipt(0) {
        Some(receipt) => Ok(receipt.total()?),
        None => Ok(Yen::ZERO),
    }
}

fn refuse_indivisible(receipt: &Receipt<'_>) -> Result<(), Refusal> {
    const WHY: &str = "is for the whole month and cannot be divided by days";
    for (_, record) in receipt.records() {
        match record.id() {
            "KO" => {
                refuse_value(record, "KO", 7, "一部負担金額", WHY)?;
                refuse_value(record, "KO", 8, "公費給付対象一部負担金", WHY)?;
            }
            "GI" => refuse_value(record, "GI", 8, "被災前一部負担金額", WHY)?,
            _ => {}
        }
    }
    Ok(())
}

/// Days and amounts of each payer must be what the charges say, or dividing them would hide an error.
fn refuse_inconsistent(receipt: &Receipt<'_>) -> Result<(), Refusal> {
    for charge in receipt.charges() {
        if charge.payers().is_none() {
            return Err(Refusal::Inconsistent(format!(
                "負担区分 unknown on line {}",
                charge.line()
            )));
        }
    }
    for payer in receipt.payers().iter() {
        let Counted { days, total } = count(receipt, payer, Period::ALWAYS)?;
        let (stated_days, stated_total) = if payer.is_insurer() {
            let insurer = receipt.insurer().ok_or(Refusal::NoInsurer)?;
            (insurer.days()?, insurer.total()?)
        } else {
            let Some(public) = receipt
                .public_expenses()
                .find(|ko| ko.slot() == Some(payer))
            else {
                continue;
            };
            (public.days()?, public.total()?)
        };
        if usize::from(stated_days) != days || stated_total != total {
            return Err(Refusal::Inconsistent(format!(
                "{}: {stated_days} days and {stated_total} yen are stated, the charges have {days} and {total}",
                payer.name_ja()
            )));
        }
    }
    Ok(())
}

fn refuse_bad_parts(receipt: &Receipt<'_>, parts: &[(Period, Coverage)]) -> Result<(), Refusal> {
    let mut all: BTreeSet<Date> = receipt.charge_days()?.into_iter().collect();
    let month = receipt.service_month()?;
    for table in receipt.day_tables() {
        all.extend(table.days().filter_map(|(day, _)| month.day(day)));
    }
    for day in &all {
        let holding = parts.iter().filter(|(days, _)| days.contains(*day)).count();
        if holding != 1 {
            return Err(Refusal::DayNotInOnePart {
                day: *day,
                parts: holding,
            });
        }
    }
    let charged = receipt.charge_days()?;
    for (position, (days, coverage)) in parts.iter().enumerate() {
        if !charged.iter().any(|day| days.contains(*day)) {
            return Err(Refusal::EmptyPart {
                part: position + 1,
                days: *days,
            });
        }
        receipt_type(receipt, receipt.receipt_type()?, coverage)?;
    }
    Ok(())
}

struct Counted {
    days: usize,
    total: Yen,
}

/// 実日数 and 合計金額 of one payer within some days: days marked 1 in its JD table, or, without a
/// table, the distinct days of its charges; amounts from its charges.
fn count(receipt: &Receipt<'_>, payer: PayerSlot, within: Period) -> Result<Counted, Refusal> {
    let month = receipt.service_month()?;
    let mut total = Yen::ZERO;
    let mut charged = BTreeSet::new();
    for charge in receipt.charges() {
        let day = charge.date()?;
        if within.contains(day) && charge.payers().is_some_and(|payers| payers.contains(payer)) {
            charged.insert(day);
            total = total
                .checked_add(charge.amount()?)
                .ok_or_else(|| Refusal::Inconsistent("the amounts are too large".to_owned()))?;
        }
    }
    let table = receipt
        .day_tables()
        .find(|table| table.payer() == Some(payer));
    let days = match table {
        None => charged.len(),
        Some(table) => table
            .days()
            .filter(|(_, counts)| *counts)
            .filter_map(|(day, _)| month.day(day))
            .filter(|day| within.contains(*day))
            .count(),
    };
    Ok(Counted { days, total })
}

fn part(receipt: &Receipt<'_>, days: Period, coverage: &Coverage) -> Result<Vec<Record>, Refusal> {
    let month = receipt.service_month()?;
    let informed_here = informs(receipt, days)?;
    let informed_anywhere = informs(receipt, Period::ALWAYS)?;
    let records = first_submission(replace_coverage(receipt, coverage)?.records)?;
    let mut public = 0;
    let mut kept: Vec<Record> = Vec::with_capacity(records.len());
    for mut record in records {
        match record.id() {
            "HO" => {
                let counted = count(receipt, PayerSlot::INSURER, days)?;
                record.set(5, &counted.days.to_string())?;
                record.set(6, &counted.total.to_string())?;
            }
            "KO" => {
                if let Some(slot) = PayerSlot::public(public) {
                    let counted = count(receipt, slot, days)?;
                    record.set(5, &counted.days.to_string())?;
                    record.set(6, &counted.total.to_string())?;
                }
                public += 1;
            }
            "JD" => {
                for day in 1..=31u8 {
                    let inside = month.day(day).is_some_and(|day| days.contains(day));
                    if !inside
                        && record
                            .raw(usize::from(day) + 2)
                            .is_some_and(|c| !c.is_empty())
                    {
                        record.set(usize::from(day) + 2, "")?;
                    }
                }
                if record.fields().skip(2).all(<[u8]>::is_empty) {
                    continue;
                }
            }
            "TJ" if informed_anywhere && !informed_here => continue,
            "KA" => {
                let day = record
                    .ascii(2)
                    .and_then(|text| Date::parse_compact(text).ok());
                if !day.is_some_and(|day| days.contains(day)) {
                    continue;
                }
            }
            _ => {}
        }
        kept.push(record);
    }
    let comment = Record::build(
        Edition::r0606(),
        "CO",
        &[
            (2, SPLIT_COMMENT_CODE.to_owned()),
            (3, comment_text(month.into(), days)),
        ],
    )?;
    let at = kept
        .iter()
        .position(|record| record.id() == "KA")
        .unwrap_or(kept.len());
    kept.insert(at, comment);
    for record in &mut kept {
        if record.separator() == Separator::None {
            record.set_separator(Separator::CrLf);
        }
    }
    Ok(kept)
}

fn informs(receipt: &Receipt<'_>, days: Period) -> Result<bool, Refusal> {
    for charge in receipt.charges() {
        if charge.code().starts_with("57") && days.contains(charge.date()?) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// `月途中の保険変更（１日から１５日まで）`
fn comment_text(month: Period, days: Period) -> String {
    let inside = month.intersect(days);
    let full = |day: Option<Date>| -> String {
        day.map(|day| day.day_of_month().to_string())
            .unwrap_or_default()
            .chars()
            .map(|c| char::from_u32(u32::from(c) + 0xFEE0).unwrap_or(c))
            .collect()
    };
    format!(
        "月途中の保険変更（{}日から{}日まで）",
        full(inside.from),
        full(inside.to)
    )
}
