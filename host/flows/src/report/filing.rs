//! The approved month on the page: its files, what a named person answered for, what the
//! checkers found.

use super::found::{Found, severity_ja};
use super::{ja_day, moment, origin};
use crate::check::{Approval, Guarded};
use crate::guard::Finding;
use crate::proposal::Source;
use maud::{Markup, html};
use reseplug_claims::written::thousands;
use reseplug_engine::contract::Grade;

/// The files a named person approved, and what they answered for.
pub(super) fn approved(approval: &Approval) -> Markup {
    let report = &approval.report;
    let paper: Vec<&Guarded> = report
        .receipts
        .iter()
        .filter(|r| r.verdict.needs_person())
        .collect();
    let noted: Vec<&Guarded> = report
        .receipts
        .iter()
        .filter(|r| !r.verdict.needs_person() && !r.verdict.findings.is_empty())
        .collect();
    html! {
        section {
            h2 { "承認した請求ファイル" }
            p { "承認 " (approval.by) "　" (moment(&approval.at)) }
            table {
                caption { (report.claim_month) " 請求分" }
                thead { tr {
                    th scope="col" { "提出先" } th scope="col" { "件数" } th scope="col" { "合計金額" }
                    th scope="col" { "SHA-256" }
                } }
                tbody {
                    @for file in &report.files {
                        tr {
                            th scope="row" { (file.payer.name_ja()) }
                            td.number { (thousands(file.receipts.into())) "件" }
                            td.number { (thousands(file.total)) "円" }
                            td { code { (file.file.digest) } }
                        }
                    }
                }
            }
            @if !paper.is_empty() {
                table {
                    caption { "資格の照合に、名前のある人が理由を書いて請求するレセプト" }
                    thead { tr {
                        th scope="col" { "レセプト" } th scope="col" { "照合の結果" }
                        th scope="col" { "請求する理由" } th scope="col" { "見たもの" }
                    } }
                    tbody {
                        @for one in &paper {
                            tr {
                                th scope="row" { (one.receipt.name) " " code { (one.id) } }
                                td { @for finding in &one.verdict.findings { (found(finding)) } }
                                @if let Some(evidence) = &one.file_anyway {
                                    td { (evidence.reason) } td { (evidence.seen) }
                                } @else { td {} td {} }
                            }
                        }
                    }
                }
            }
            @if !noted.is_empty() {
                table {
                    caption { "資格の照合の参考" }
                    thead { tr { th scope="col" { "レセプト" } th scope="col" { "参考" } } }
                    tbody {
                        @for one in &noted {
                            tr {
                                th scope="row" { (one.receipt.name) " " code { (one.id) } }
                                td { @for finding in &one.verdict.findings { (found(finding)) } }
                            }
                        }
                    }
                }
            }
            @if !report.cannot_show.is_empty() {
                p.note {
                    "次の返戻理由は、資格確認の回答では分かりません: "
                    (report.cannot_show.iter().map(|r| r.info().name_ja.as_str()).collect::<Vec<_>>().join("、"))
                    "。"
                }
            }
            @if !report.held.is_empty() {
                table {
                    caption { "今月は請求しないレセプト" }
                    thead { tr { th scope="col" { "レセプト" } th scope="col" { "金額" } th scope="col" { "理由" } } }
                    tbody {
                        @for (one, reason) in &report.held {
                            tr {
                                th scope="row" { (one.receipt.name) " " code { (one.id) } }
                                td.number { (thousands(one.receipt.total.0)) "円" }
                                td { (reason) }
                            }
                        }
                    }
                }
            }
            @for (checker, fault) in &report.stopped {
                p { "点検プラグイン「" (checker) "」は途中で止まりました。この点検は行われていません。" (fault.message_ja) }
            }
            @if report.findings.is_empty() && report.stopped.is_empty() { p { "点検の指摘はありません。" } }
            @if !report.findings.is_empty() {
                table {
                    caption { "点検の指摘" }
                    thead { tr { th scope="col" { "コード" } th scope="col" { "区分" } th scope="col" { "場所" } th scope="col" { "内容" } th scope="col" { "すること" } th scope="col" { "根拠" } } }
                    tbody {
                        @for found in &report.findings {
                            tr {
                                th scope="row" { (found.finding.code) }
                                td { (severity_ja(found.finding.severity)) }
                                td { (Found::of(&found.finding, None).say_ja()) }
                                td { (found.finding.message_ja) }
                                td { (found.finding.action_ja) }
                                td { (basis(&found.finding.basis, found.finding.grade)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// One finding of the guard: for which reason it would come back, on which days, what stands
/// where, whence, and what to do.
fn found(finding: &Finding) -> Markup {
    let days: Vec<String> = finding.days.iter().map(|d| ja_day(*d)).collect();
    html! {
        p {
            "［" (finding.level.name_ja()) "］" (finding.title_ja()) "　" (days.join("、"))
            @if !finding.fields.is_empty() { "　" (finding.fields_ja()) }
            br; (finding.action_ja())
        }
        @if let Some(shown) = &finding.shown_by {
            p.source { (shown.method_ja()) }
            (origin(&Source {
                evidence: shown.evidence.clone(),
                message: shown.message.clone(),
                as_of: shown.as_of,
                answered_at: shown.answered_at.clone(),
            }))
        }
    }
}

/// Where a finding comes from, and how sure that is, unless it says so itself.
fn basis(basis: &str, grade: Grade) -> String {
    let grade = format!("（{}）", grade_ja(grade));
    match basis.contains(&grade) {
        true => basis.to_owned(),
        false => format!("{basis}{grade}"),
    }
}

fn grade_ja(grade: Grade) -> &'static str {
    match grade {
        Grade::Official => "公式",
        Grade::Secondary => "公開情報",
        Grade::Inferred => "推定",
        Grade::Unconfirmed => "未確認",
    }
}
