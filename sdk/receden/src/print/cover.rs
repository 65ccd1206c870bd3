//! The cover, in the manner of 訪問看護療養費請求書.

use maud::{Markup, html};

use super::fields::{day_ja, month_ja};
use super::summary::{Kind, Summary};
use super::{NOTICE, PrintOptions, trial_banner};
use crate::document::ClaimFile;
use crate::edition::{Editions, Trade};
use crate::show::{optional, value, yen};

pub(super) fn sheet(file: &ClaimFile, options: &PrintOptions<'_>) -> Markup {
    let summary = Summary::of(file);
    let nursing = file.trade() == Trade::Nursing;
    let newest = Editions::known().newest(file.trade());
    html! {
        section.cover {
            (trial_banner(options))
            h1 { @if nursing { "訪問看護療養費請求書（控え）" } @else { "診療報酬請求書（控え）" } }
            @if let Some(header) = file.header() {
                table {
                    tr {
                        th { "請求先" } td { (value(header.payer().map(|payer| payer.name_ja()))) }
                        th { "請求年月" } td { (value(header.claim_month().map(month_ja))) }
                    }
                    tr {
                        th { "名称" } td { (value(header.name())) }
                        th { "電話番号" } td { (optional(header.phone())) }
                    }
                    tr {
                        th { "コード" } td { (value(header.station_code())) }
                        th { "都道府県" }
                        td {
                            @match header.prefecture() {
                                Ok(code) => {
                                    @let code = code.to_string();
                                    (code) " " (newest.meaning("2", &code).unwrap_or_default())
                                },
                                Err(error) => span.wrong { (crate::show::wrong(&error)) },
                            }
                        }
                    }
                }
            }
            @if nursing { (totals(&summary)) }
            @else { p { "件数 " (summary.receipts) " 件（医科の点数は集計しません）" } }
            table {
                @if let Some(day) = options.printed_on { tr { th { "印刷した日" } td { (day_ja(day)) } } }
                @if let Some(digest) = options.sha256 { tr { th { "ファイルの SHA-256" } td { (digest) } } }
                tr { th { "ファイル" } td { (file.len()) " バイト" } }
                tr { th { "確かめた人・日付" } td {} }
            }
            @if let Some(note) = options.note { p.notice { (note) } }
            p.notice { (NOTICE) }
        }
    }
}

fn totals(summary: &Summary) -> Markup {
    let kinds = [
        Kind::Employees,
        Kind::NationalHealth,
        Kind::Elderly,
        Kind::PublicOnly,
        Kind::Unreadable,
    ];
    html! {
        h2 { "種類ごとの件数と金額" }
        table {
            thead { tr {
                th { "種類" } th { "公費" } th { "区分" } th.yen { "件数" } th.yen { "実日数" } th.yen { "合計金額" }
            } }
            @for kind in kinds {
                @for group in summary.groups.iter().filter(|group| group.kind == kind) {
                    tr {
                        td { (kind.name_ja()) }
                        td { @if group.joint { "併用" } @else { "単独" } }
                        td { (group.person.filter(|_| kind != Kind::PublicOnly).map_or("－", |person| person.name_ja())) }
                        td.yen { (group.receipts) "件" }
                        td.yen { (group.days) "日" }
                        td.yen { (yen(group.total)) }
                    }
                }
            }
            tr.sum {
                th colspan="3" { "合計" }
                td.yen { (summary.receipts) "件" }
                td.yen { (summary.groups.iter().map(|group| group.days).sum::<u64>()) "日" }
                td.yen { (yen(summary.total)) }
            }
        }
        @if !summary.without_total.is_empty() {
            p.wrong {
                "金額を読めないレセプトが " (summary.without_total.len()) " 件あり、合計金額に入っていません（"
                (summary.without_total.iter().map(|n| format!("{}件目", n + 1)).collect::<Vec<_>>().join("、"))
                "）。"
            }
        }
        @if !summary.public.is_empty() {
            h2 { "公費の内訳（上の件数・金額の一部です）" }
            table {
                thead { tr { th { "法別番号" } th.yen { "件数" } th.yen { "公費の合計金額" } } }
                @for public in &summary.public {
                    tr { td { (public.law) } td.yen { (public.receipts) "件" } td.yen { (yen(public.total)) } }
                }
            }
        }
    }
}
