//! The list and the worksheet as pages to print: A4, the station and month on each, the head of
//! the table repeated.

use super::basis::grade_ja;
use super::{Basis, Confirmation, EvidenceList, Noted, PersonEvidence, Worksheet, WorksheetLine};
use crate::group::Note;
use crate::report::{day, shell};
use maud::{Markup, html};
use reseplug_model::Month;

/// What these pages need besides the style of all pages: a wide table on a page laid across.
const STYLE: &str = "
table.wide th, table.wide td { padding: .15rem .35rem; line-height: 1.4; }
table.wide col.who { width: 15%; } table.wide col.day { width: 17%; }
.nowrap { white-space: nowrap; }
@media print {
  @page { size: A4 landscape; margin: 12mm 10mm 14mm; @bottom-right { content: counter(page) ' / ' counter(pages); font-size: 8pt; } }
  body { font-size: 9pt; }
  thead { display: table-header-group; }
}
";

fn page(title: &str, station: &str, code: &str, made_at: &str, body: Markup) -> String {
    shell(title, station, code, made_at, STYLE, &body)
}

fn ja_month(month: Month) -> String {
    format!("{}年{}月", month.year(), month.number())
}

/// The evidence list.
pub(super) fn list(list: &EvidenceList, station: &str, code: &str) -> String {
    let title = format!("資格確認の記録　{}", ja_month(list.month));
    let head = format!("{station}（{code}）　{title}");
    let body = html! {
        p.note {
            "「確認の記録がない」は「資格がない」という意味ではありません。電子資格確認に数えるのはカード・番号による照会・再照会だけで、どの方法が法令上どう扱われるかは末尾の根拠によります。"
        }
        (left_out(list.left_out.as_ref()))
        @if list.people.is_empty() { p { "利用者も記録もありません。" } }
        @else {
            table.wide {
                colgroup { col class="who"; col class="day"; col class="day"; col; col class="day"; }
                thead {
                    tr { th colspan="5" { (head) } }
                    tr {
                        th scope="col" { "利用者" }
                        th scope="col" { "最初の電子資格確認" }
                        th scope="col" { "この月の確認" }
                        th scope="col" { "継続（訪問の記録がある月）" }
                        th scope="col" { "最後の確認" }
                    }
                }
                tbody { @for one in &list.people { (person(one)) } }
            }
        }
        (basis(&list.basis))
    };
    page(&title, station, code, &list.made_at, body)
}

/// What is missing on the page, where anybody who reads it sees it first.
fn left_out(note: Option<&Note>) -> Markup {
    html! { @if let Some(note) = note { p.note { b { (note.ja) } } } }
}

fn person(one: &PersonEvidence) -> Markup {
    html! {
        tr {
            th scope="row" { (one.name) br; code { (one.person_key) } }
            td {
                @match &one.first {
                    Some(first) => (confirmation(first)),
                    None => "記録なし",
                }
                @if let Some(card) = &one.first_card {
                    p.source { "最初のカード " (confirmation(card)) }
                }
            }
            td {
                @if one.in_month.is_empty() { "記録なし" }
                @for one in &one.in_month { div { (confirmation(one)) } }
                @for note in &one.notes { (noted(note)) }
            }
            td {
                (one.continuity.name_ja())
                @if !one.served.is_empty() { p.source { (months(&one.served)) } }
                @if !one.gaps.is_empty() { p.source { "記録のない月 " (months(&one.gaps)) } }
            }
            td { @match &one.last { Some(last) => (confirmation(last)), None => "記録なし" } }
        }
    }
}

/// Day, method, message, and why it did not confirm.
fn confirmation(one: &Confirmation) -> Markup {
    html! {
        span.nowrap { (day(one.as_of)) } " " (one.method.name_ja())
        @if !one.valid { "　" b { (one.validity) } }
        @if !one.message.is_empty() { br; code { (one.message) } }
    }
}

fn noted(note: &Noted) -> Markup {
    let fields: Vec<&str> = note.fields.iter().map(|(name, _)| name.as_str()).collect();
    html! {
        p.source {
            "資格確認アプリの控え（電子資格確認ではありません）" (note.day) "　残した方 " (note.by)
            "　項目 " (fields.join("・"))
        }
    }
}

/// `2024年9・10月、2025年1月`
fn months(months: &[Month]) -> String {
    let mut text = String::new();
    let mut year = None;
    for month in months {
        if year == Some(month.year()) {
            text.push('・');
        } else {
            if year.is_some() {
                text.push_str("月、");
            }
            text.push_str(&format!("{}年", month.year()));
            year = Some(month.year());
        }
        text.push_str(&month.number().to_string());
    }
    if year.is_some() {
        text.push('月');
    }
    text
}

fn basis(rules: &[Basis]) -> Markup {
    html! {
        section {
            h2 { "根拠" }
            table {
                thead { tr { th scope="col" { "内容" } th scope="col" { "出典" } th scope="col" { "確かさ" } } }
                tbody {
                    @for rule in rules {
                        tr {
                            td { (rule.text_ja) @if let Some(from) = rule.valid_from { "（" (day(from)) "から）" } }
                            td { (rule.source) }
                            td.nowrap { (grade_ja(rule.grade)) }
                        }
                    }
                }
            }
        }
    }
}

/// The worksheet.
pub(super) fn worksheet(sheet: &Worksheet, station: &str, code: &str) -> String {
    let title = format!(
        "訪問看護医療DX情報活用加算の確認表　{}",
        ja_month(sheet.month)
    );
    let head = format!("{station}（{code}）　{title}");
    let body = html! {
        p.note {
            "この表は、記録から示せることと示せないことを並べたものです。算定してよいかどうかは判断しません。条件の文は要約で、公式の原文ではありません。"
        }
        (left_out(sheet.left_out.as_ref()))
        table.wide {
            caption { "条件" }
            thead { tr {
                th scope="col" { "条件" } th scope="col" { "記録で示せるか" }
                th scope="col" { "この月の記録" } th scope="col" { "出典と確かさ" } th scope="col" { "確認" }
            } }
            tbody {
                @for (condition, shows) in &sheet.conditions {
                    tr {
                        td { (condition.text_ja) }
                        td { (condition.shown.name_ja()) p.source { (condition.how_ja) } }
                        td { (shows) }
                        td {
                            (grade_ja(condition.grade)) p.source {
                                (condition.source)
                                @if let Some(from) = condition.valid_from { "（" (day(from)) "から）" }
                            }
                        }
                        td.nowrap { "□" }
                    }
                }
            }
        }
        table.wide {
            caption { "利用者ごと　" (sheet.people.len()) "人" }
            colgroup { col class="who"; col; col class="day"; col; col; }
            thead {
                tr { th colspan="5" { (head) } }
                tr {
                    th scope="col" { "利用者" } th scope="col" { "訪問の記録" }
                    th scope="col" { "電子資格確認" } th scope="col" { "同意（今の状態）" }
                    th scope="col" { "閲覧" }
                }
            }
            tbody { @for one in &sheet.people { (line(one)) } }
        }
    };
    page(&title, station, code, &sheet.made_at, body)
}

fn line(one: &WorksheetLine) -> Markup {
    html! {
        tr {
            th scope="row" { (one.name) br; code { (one.person_key) } }
            td { (if one.served { "あり" } else { "なし" }) }
            td {
                @if one.confirmed.is_empty() { "なし" }
                @for confirmed in &one.confirmed { div { (confirmation(confirmed)) } }
            }
            td {
                @if one.consents.is_empty() { "なし" }
                @for (scope, state) in &one.consents { div { (scope.name_ja()) " " (state.name_ja()) } }
            }
            td.number { (one.looks) "回" }
        }
    }
}
