//! Receipts as a page to print, laid out like the paper form.

use maud::{DOCTYPE, Markup, html};
use reseplug_model::{Date, EraDate};

use super::{charge_name, edition, optional, records_ja, value, wrong, yen};
use crate::document::ClaimFile;
use crate::edition::Trade;
use crate::master::Masters;
use crate::payers::PayerSlot;
use crate::receipt::Receipt;
use crate::returns::Returned;

const STYLE: &str = "
@page { size: A4; margin: 12mm }
body { font-family: 'Noto Sans JP', 'Yu Gothic', Meiryo, sans-serif; font-size: 10pt; color: #000; margin: 1em }
article { page-break-after: always; border: 1px solid #000; padding: 2mm; margin-bottom: 6mm }
header.file { margin-bottom: 3mm }
h1 { font-size: 12pt; margin: 0 0 2mm } h2 { font-size: 10pt; margin: 2mm 0 1mm }
table { border-collapse: collapse; width: 100%; margin-bottom: 1mm }
th, td { border: 1px solid #666; padding: 0.5mm 1.5mm; text-align: left; vertical-align: top }
th { font-weight: normal; background: #eee; white-space: nowrap }
td.yen, th.yen { text-align: right; font-variant-numeric: tabular-nums }
table.days td { text-align: center; padding: 0; width: 3.2% } td.on { background: #ddd; font-weight: bold }
.wrong { color: #b00020 } .back { border: 2px solid #b00020; padding: 1mm }
";

/// All receipts of a file. With masters the charges are named.
#[must_use]
pub fn file(file: &ClaimFile, masters: &Masters) -> String {
    page(file, file.receipts(), masters)
}

/// Some receipts of a file.
#[must_use]
pub fn receipts<'a>(
    file: &ClaimFile,
    receipts: impl IntoIterator<Item = Receipt<'a>>,
    masters: &Masters,
) -> String {
    page(file, receipts, masters)
}

fn page<'a>(
    file: &ClaimFile,
    receipts: impl IntoIterator<Item = Receipt<'a>>,
    masters: &Masters,
) -> String {
    let header = file.header();
    html! {
        (DOCTYPE)
        html lang="ja" {
            head {
                meta charset="utf-8";
                title { "レセプト" }
                style { (maud::PreEscaped(STYLE)) }
            }
            body {
                @if let Some(header) = header {
                    header.file {
                        table { tr {
                            th { "請求先" } td { (value(header.payer().map(|payer| payer.name_ja()))) }
                            th { "請求年月" } td { (value(header.claim_month())) }
                            th { "都道府県" } td { (value(header.prefecture())) }
                            th { "コード" } td { (value(header.station_code())) }
                            th { "名称" } td { (value(header.name())) }
                        } }
                    }
                }
                @for receipt in receipts {
                    @match receipt.trade() {
                        Trade::Nursing => (nursing(&receipt, masters)),
                        Trade::Medical => (records(&receipt)),
                    }
                }
            }
        }
    }
    .into_string()
}

fn era(day: Date) -> String {
    EraDate::of(day).map_or_else(String::new, |era| format!("（{era}）"))
}

fn nursing(receipt: &Receipt<'_>, masters: &Masters) -> Markup {
    let edition = edition(receipt);
    let kind = receipt.receipt_type().map(|kind| kind.to_string());
    let meaning = |code: &str| edition.meaning("4", code).unwrap_or_default().to_owned();
    let remarks: Vec<String> = receipt
        .remarks()
        .into_iter()
        .flatten()
        .map(|code| format!("{code} {}", edition.meaning("6", code).unwrap_or("？")))
        .collect();
    html! {
        article {
            h1 {
                "訪問看護療養費明細書　" (value(receipt.service_month())) "分　No. " (value(receipt.number()))
            }
            @for reason in (Returned { receipt: receipt.clone() }).reasons() {
                p.back {
                    "返戻理由: " (reason.text())
                    @if let Some(known) = reason.explanation() { br; (known.ja) " " (known.action_ja) }
                }
            }
            table {
                tr {
                    th { "種別" }
                    td {
                        @match &kind {
                            Ok(code) => { (code) " " (meaning(code)) },
                            Err(error) => span.wrong { (wrong(error)) },
                        }
                    }
                    th { "特記" } td { (remarks.join("・")) }
                    th { "記録番号" } td { (optional(receipt.person_key())) }
                }
                tr {
                    th { "氏名" }
                    td { (value(receipt.name())) br; small { (optional(receipt.kana())) } }
                    th { "男女" } td { (value(receipt.sex().map(|sex| sex.name_ja().to_owned()))) }
                    th { "生年月日" }
                    td { (value(receipt.birth_date().map(|day| format!("{day}{}", era(day))))) }
                }
                @if let Ok(Some(number)) = receipt.search_number() {
                    tr { th { "検索番号" } td colspan="5" { (number) "（再請求）" } }
                }
            }
            (payers(receipt))
            (days(receipt))
            (care(receipt))
            (charges(receipt, masters))
        }
    }
}

fn payers(receipt: &Receipt<'_>) -> Markup {
    html! {
        table {
            tr {
                th { "" } th { "番号" } th { "記号・番号／受給者番号" } th { "枝番" }
                th.yen { "実日数" } th.yen { "合計金額" } th.yen { "一部負担金" }
            }
            @if let Some(insurer) = receipt.insurer() {
                tr {
                    td { "保険者" }
                    td { (value(insurer.number())) }
                    td { (optional(insurer.symbol())) " ・ " (value(insurer.card_number())) }
                    td { (optional(receipt.branch())) }
                    td.yen { (value(insurer.days())) }
                    td.yen { (value(insurer.total().map(yen))) }
                    td.yen { (optional(insurer.copay().map(|copay| copay.map(yen)))) }
                }
            }
            @for public in receipt.public_expenses() {
                tr {
                    td { (public.slot().map_or("公費（５件目以後）", PayerSlot::name_ja)) }
                    td { (value(public.payer_number())) }
                    td { (optional(public.recipient_number())) }
                    td {}
                    td.yen { (value(public.days())) }
                    td.yen { (value(public.total().map(yen))) }
                    td.yen { (optional(public.copay().map(|copay| copay.map(yen)))) }
                }
            }
        }
    }
}

pub(crate) fn days(receipt: &Receipt<'_>) -> Markup {
    html! {
        @for table in receipt.day_tables() {
            table.days {
                tr {
                    th { (table.payer().map_or("負担者？", PayerSlot::name_ja)) }
                    @for day in 1..=31u8 {
                        @match table.days().find(|(marked, _)| *marked == day) {
                            Some((_, true)) => { td.on { (day) } },
                            Some((_, false)) => { td.on { "(" (day) ")" } },
                            None => { td { (day) } },
                        }
                    }
                }
            }
        }
    }
}

/// Everything else but the charges: by the names of the edition, as it stands.
fn care(receipt: &Receipt<'_>) -> Markup {
    let edition = edition(receipt);
    html! {
        table {
            @for (_, record) in receipt.records() {
                @if matches!(record.id(), "GI" | "IH" | "HJ" | "JS" | "SY" | "RJ" | "TJ" | "TZ" | "KS" | "CO") {
                    tr {
                        th { (edition.record(record.id()).map_or("", |spec| spec.name.as_str())) }
                        td { (records_ja(edition, record)) }
                    }
                }
            }
        }
    }
}

fn charges(receipt: &Receipt<'_>, masters: &Masters) -> Markup {
    let mut before = None;
    let rows: Vec<_> = receipt
        .charges()
        .map(|charge| {
            let day = charge.date();
            let shown = match &day {
                Ok(day) if before == Some(*day) => String::new(),
                Ok(day) => format!("{}/{}", day.month().number(), day.day_of_month()),
                Err(error) => wrong(error),
            };
            before = day.ok();
            (shown, charge)
        })
        .collect();
    html! {
        table {
            tr { th { "日" } th { "負担" } th { "訪問看護療養費" } th { "職種等" } th.yen { "金額" } }
            @for (day, charge) in rows {
                tr {
                    td { (day) }
                    td { (charge.payers().map_or("？".to_owned(), |payers| payers.to_string())) }
                    td { (charge.code()) " " (charge_name(&charge, masters).unwrap_or_default()) }
                    td { (charge.staff().collect::<Vec<_>>().join(" ")) }
                    td.yen { (value(charge.amount().map(yen))) }
                }
            }
            tr { th colspan="4" { "合計" } td.yen { (value(receipt.total().map(yen))) } }
        }
    }
}

/// A receipt of 医科: each record by the names of the edition.
fn records(receipt: &Receipt<'_>) -> Markup {
    let edition = edition(receipt);
    html! {
        article {
            h1 { "診療報酬明細書　" (value(receipt.service_month())) "分　" (value(receipt.name())) }
            table {
                @for (_, record) in receipt.records() {
                    tr {
                        th { (record.id()) }
                        th { (edition.record(record.id()).map_or("", |spec| spec.name.as_str())) }
                        td { (records_ja(edition, record)) }
                    }
                }
            }
        }
    }
}
