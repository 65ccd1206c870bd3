//! One receipt on its sheet, in the manner of 訪問看護療養費明細書.

use std::collections::BTreeMap;

use maud::{Markup, html};
use reseplug_model::{Date, Yen};

use super::fields::{day_ja, labelled, month_ja};
use super::{NOTICE, PrintOptions, trial_banner};
use crate::document::ClaimFile;
use crate::edition::Edition;
use crate::fields::FieldResult;
use crate::parts::Charge;
use crate::payers::PayerSlot;
use crate::receipt::Receipt;
use crate::returns::Returned;
use crate::show::{charge_name, edition, optional, value, wrong, yen};

pub(super) fn sheet(file: &ClaimFile, receipt: &Receipt<'_>, options: &PrintOptions<'_>) -> Markup {
    let edition = edition(receipt);
    let history = Returned {
        receipt: receipt.clone(),
    }
    .history()
    .count();
    html! {
        article {
            (trial_banner(options))
            h1 { "訪問看護療養費明細書（控え）　" (value(receipt.service_month().map(month_ja))) "分" }
            @if let Some(header) = file.header() {
                table { tr {
                    th { "レセプト番号" } td { (value(receipt.number())) }
                    th { "請求先" } td { (value(header.payer().map(|payer| payer.name_ja()))) }
                    th { "請求年月" } td { (value(header.claim_month().map(month_ja))) }
                    th { "ステーション" } td { (value(header.station_code())) " " (value(header.name())) }
                } }
            }
            (person(edition, receipt))
            (payers(edition, receipt))
            h2 { "訪問した日" }
            (crate::show::html::days(receipt))
            (others(edition, receipt))
            @if history > 0 {
                p { "再請求：前の請求の履歴が " (history) " 行あります（ファイルではそのまま付いています）。" }
            }
            (charges(edition, receipt, options))
            p.notice { (NOTICE) }
        }
    }
}

fn person(edition: &Edition, receipt: &Receipt<'_>) -> Markup {
    let kind = receipt.receipt_type().map(|kind| {
        let code = kind.to_string();
        format!("{code} {}", edition.meaning("4", &code).unwrap_or_default())
    });
    let remarks: Vec<String> = receipt
        .remarks()
        .into_iter()
        .flatten()
        .map(|code| format!("{code} {}", edition.meaning("6", code).unwrap_or("？")))
        .collect();
    let copay_kind = receipt.copay_kind().map(|code| {
        code.map(|code| {
            let code = code.to_string();
            format!("{code} {}", edition.meaning("7", &code).unwrap_or("？"))
        })
    });
    let percent = receipt
        .benefit_percent()
        .map(|percent| percent.map(|percent| format!("{percent}％")));
    html! {
        table {
            tr {
                th { "種別" } td colspan="3" { (value(kind)) }
                th { "記録番号" } td { (optional(receipt.person_key())) }
            }
            tr {
                th { "氏名" }
                td colspan="3" { (value(receipt.name())) br; small { (optional(receipt.kana())) } }
                th { "男女" } td { (value(receipt.sex().map(|sex| sex.name_ja().to_owned()))) }
            }
            tr {
                th { "生年月日" } td { (value(receipt.birth_date().map(day_ja))) }
                th { "給付割合" } td { (optional(percent)) }
                th { "一部負担金区分" } td { (optional(copay_kind)) }
            }
            tr {
                th { "特記" } td colspan="3" { (remarks.join("・")) }
                th { "検索番号" } td { (optional(receipt.search_number())) }
            }
            @for (_, record) in receipt.records_of("RE").take(1) {
                (rest(&labelled(edition, record, &[2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14, 15]), 6))
            }
        }
    }
}

/// Fields that have no place of their own in the form.
fn rest(fields: &[(String, String)], columns: usize) -> Markup {
    html! {
        @if !fields.is_empty() {
            tr { td colspan=(columns) { (joined(fields)) } }
        }
    }
}

fn joined(fields: &[(String, String)]) -> String {
    fields
        .iter()
        .map(|(name, text)| format!("{name}：{text}"))
        .collect::<Vec<_>>()
        .join("　")
}

fn payers(edition: &Edition, receipt: &Receipt<'_>) -> Markup {
    let copay = |copay: FieldResult<Option<Yen>>| optional(copay.map(|copay| copay.map(yen)));
    html! {
        table {
            thead { tr {
                th { "負担者" } th { "番号" } th { "記号・番号／受給者番号" } th { "枝番" }
                th.yen { "実日数" } th.yen { "合計金額" } th.yen { "一部負担金額" }
            } }
            @if let Some(insurer) = receipt.insurer() {
                tr {
                    td { "保険者" }
                    td { (value(insurer.number())) }
                    td { (optional(insurer.symbol())) "・" (value(insurer.card_number())) }
                    td { (optional(receipt.branch())) }
                    td.yen { (value(insurer.days())) "日" }
                    td.yen {
                        (value(insurer.total().map(yen)))
                        (differs(insurer.total(), receipt.total_of(PayerSlot::INSURER)))
                    }
                    td.yen { (copay(insurer.copay())) }
                }
                (rest(&labelled(edition, insurer.record(), &[2, 3, 4, 5, 6, 9]), 7))
            }
            @for public in receipt.public_expenses() {
                tr {
                    td { (public.slot().map_or("公費（５件目以後）", PayerSlot::name_ja)) }
                    td { (value(public.payer_number())) }
                    td { (optional(public.recipient_number())) }
                    td {}
                    td.yen { (value(public.days())) "日" }
                    td.yen {
                        (value(public.total().map(yen)))
                        @if let Some(slot) = public.slot() {
                            (differs(public.total(), receipt.total_of(slot)))
                        }
                    }
                    td.yen { (copay(public.copay())) }
                }
                (rest(&labelled(edition, public.record(), &[2, 3, 5, 6, 7]), 7))
            }
        }
    }
}

/// A recorded total that is not the sum of its charges is said to be so, never corrected.
fn differs(recorded: FieldResult<Yen>, added: FieldResult<Yen>) -> Markup {
    html! {
        @if let (Ok(recorded), Ok(added)) = (recorded, added) {
            @if recorded != added { br; span.wrong { "明細の計 " (yen(added)) } }
        }
    }
}

/// All records that have no place of their own in the form, field by field.
fn others(edition: &Edition, receipt: &Receipt<'_>) -> Markup {
    html! {
        table {
            @for (_, record) in receipt.records() {
                @if !matches!(record.id(), "RE" | "HO" | "KO" | "JD" | "KA" | "8") {
                    @let fields = labelled(edition, record, &[]);
                    @if !fields.is_empty() {
                        tr {
                            th { (edition.record(record.id()).map_or(record.id(), |spec| spec.name.as_str())) }
                            td { (joined(&fields)) }
                        }
                    }
                }
            }
        }
    }
}

/// Charges by day, days in order; those without a readable day at the end.
fn by_day<'a>(receipt: &Receipt<'a>) -> (BTreeMap<Date, Vec<Charge<'a>>>, Vec<Charge<'a>>) {
    let mut days: BTreeMap<Date, Vec<Charge<'a>>> = BTreeMap::new();
    let mut without = Vec::new();
    for charge in receipt.charges() {
        match charge.date() {
            Ok(day) => days.entry(day).or_default().push(charge),
            Err(_) => without.push(charge),
        }
    }
    (days, without)
}

fn charges(edition: &Edition, receipt: &Receipt<'_>, options: &PrintOptions<'_>) -> Markup {
    let (days, without) = by_day(receipt);
    html! {
        h2 { "訪問看護療養費" }
        table {
            thead { tr {
                th { "日" } th { "負担" } th { "訪問看護療養費" } th { "職種等・回数・指示" } th.yen { "金額" }
            } }
            @for (day, charges) in &days {
                @for (n, charge) in charges.iter().enumerate() {
                    tr {
                        @if n == 0 { td rowspan=(charges.len() + 1) { (day_ja(*day)) } }
                        (row(edition, charge, options))
                    }
                }
                tr {
                    td colspan="3" { "この日の計" }
                    td.yen { (sum(charges)) }
                }
            }
            @for charge in &without {
                tr {
                    td { span.wrong { (charge.date().map_or_else(|error| wrong(&error), |day| day.to_string())) } }
                    (row(edition, charge, options))
                }
            }
            tr.sum {
                th colspan="4" { "合計（" (receipt.charges().count()) "行、" (days.len()) "日）" }
                td.yen { (value(receipt.total().map(yen))) }
            }
        }
    }
}

fn sum(charges: &[Charge<'_>]) -> String {
    let amounts: Result<Vec<Yen>, _> = charges.iter().map(|charge| charge.amount()).collect();
    match amounts.map(Yen::checked_sum) {
        Ok(Some(total)) => yen(total),
        _ => "計算できません".to_owned(),
    }
}

fn row(edition: &Edition, charge: &Charge<'_>, options: &PrintOptions<'_>) -> Markup {
    let named = |table: &str, code: &str| {
        format!("{code} {}", edition.meaning(table, code).unwrap_or("？"))
    };
    let mut details: Vec<String> = charge.staff().map(|code| named("20", code)).collect();
    details.extend(filled(charge.visits()).map(|code| named("19", code)));
    details.extend(filled(charge.instruction()).map(|code| named("12", code)));
    details.extend(filled(charge.quantity()).map(|count| format!("数量 {count}")));
    html! {
        td { (charge.payers().map_or("？".to_owned(), |payers| payers.to_string())) }
        td { (charge.code()) " " (charge_name(charge, options.masters).unwrap_or_default()) }
        td { (details.join("・")) }
        td.yen { (value(charge.amount().map(yen))) }
    }
}

fn filled(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

/// A receipt of 医科: each record by the names of its edition.
pub(super) fn records(receipt: &Receipt<'_>, options: &PrintOptions<'_>) -> Markup {
    let edition = edition(receipt);
    html! {
        article {
            (trial_banner(options))
            h1 { "診療報酬明細書（控え）　" (value(receipt.service_month().map(month_ja))) "分　" (value(receipt.name())) }
            table {
                @for (_, record) in receipt.records() {
                    tr {
                        th { (record.id()) " " (edition.record(record.id()).map_or("", |spec| spec.name.as_str())) }
                        td { (joined(&labelled(edition, record, &[]))) }
                    }
                }
            }
            p.notice { (NOTICE) }
        }
    }
}
