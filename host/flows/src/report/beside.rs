//! What stands beside the proposals.

use super::day;
use crate::intake::Report;
use crate::not_ours::Standing;
use maud::{Markup, html};

/// Whose card is to be read, what runs out, and what only the product may change.
pub(super) fn beside(report: &Report) -> Markup {
    let differing: Vec<_> = report
        .not_ours
        .iter()
        .filter(|one| one.standing == Standing::Differs)
        .collect();
    html! {
        @if !report.carried.is_empty() || !report.replaced.is_empty() {
            section {
                h2 { "書き出しの元にしたもの" }
                @for one in &report.carried { p { (one.carried_ja()) } }
                @for one in &report.replaced { p { (one.replaced_ja()) } }
            }
        }
        @if !report.card_visits.is_empty() {
            section {
                h2 { "次の訪問でカードを読み取る方　" (report.card_visits.len()) "人" }
                table {
                    thead { tr { th scope="col" { "利用者" } th scope="col" { "理由" } } }
                    tbody {
                        @for visit in &report.card_visits {
                            tr {
                                th scope="row" { (visit.name) "（" (visit.key) "）" }
                                td {
                                    (visit.reason.message_ja())
                                    @if let Some(month) = visit.since { "（" (month) "）" }
                                }
                            }
                        }
                    }
                }
            }
        }
        @if !report.died.is_empty() {
            section {
                h2 { "回答の資格喪失事由が死亡の方　" (report.died.len()) "人" }
                p { "亡くなった日を確かめ、製品で利用を終了にしてください。カードは読み取りません。" }
                table {
                    thead { tr { th scope="col" { "利用者" } th scope="col" { "資格喪失日" } } }
                    tbody {
                        @for one in &report.died {
                            tr {
                                th scope="row" { (one.name) "（" (one.key) "）" }
                                td { (day(one.on)) }
                            }
                        }
                    }
                }
            }
        }
        @if !report.late.is_empty() {
            section {
                h2 { "回答フォルダーに残っている回答　" (report.late.len()) "件" }
                @for one in &report.late { p { (one.message_ja) } }
            }
        }
        @if !report.warnings.is_empty() {
            section {
                h2 { "期限の近いもの　" (report.warnings.len()) "件" }
                table {
                    thead { tr { th scope="col" { "利用者" } th scope="col" { "もの" } th scope="col" { "最終日" } } }
                    tbody {
                        @for one in &report.warnings {
                            tr {
                                th scope="row" { (one.name) "（" (one.person_key) "）" }
                                td { (one.what.name_ja()) @if !one.detail.is_empty() { " " (one.detail) } }
                                td { (day(one.ends)) @if one.ended { "（期限切れ）" } }
                            }
                        }
                    }
                }
            }
        }
        @if !report.not_ours.is_empty() {
            section {
                h2 { "機械では書かないもの" }
                p {
                    (report.not_ours.len()) "件を確かめました。"
                    @if differing.is_empty() { "回答と合わないものはありません。" }
                    @else { "次のものは、分かっていることと合いません。製品で確かめてください。" }
                }
                @if !differing.is_empty() {
                    table {
                        thead { tr {
                            th scope="col" { "レセプト" } th scope="col" { "項目" }
                            th scope="col" { "製品の値" } th scope="col" { "分かっていること" }
                        } }
                        tbody {
                            @for one in &differing {
                                tr {
                                    th scope="row" { (one.name) " " code { (one.receipt) } }
                                    td { (one.what.name_ja()) } td { (one.value) } td { (one.expected) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
