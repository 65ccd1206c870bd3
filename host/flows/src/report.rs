//! The page that the office manager reads: what waits for a person, what was changed and on
//! whose word, what stayed. One file without scripts or anything from elsewhere.
//!
//! Every value stands with its as-of date, its source and who accepted it. A hand-over is
//! never called filed, and "not confirmed" never "not covered".

mod beside;
mod coverages;
mod filing;
pub mod found;
pub mod month;

use crate::accept::How;
use crate::check::Approval;
use crate::claim::{Channel, Sent};
use crate::group::{Group, Happened};
use crate::intake::Report;
use crate::people::Likely;
use crate::proposal::{Done, Proposal, Source, kind};
use beside::beside;
use coverages::{ADDED, ANSWER, CHANGED, Sides, coverages};
use maud::{DOCTYPE, Markup, PreEscaped, html};
pub(crate) use reseplug_claims::written::moment_ja;
use reseplug_claims::written::{limit_ja, thousands};
use reseplug_model::Date;

/// What a page shows.
#[derive(Debug, Clone, Copy)]
pub struct Page<'p> {
    /// Name of the station.
    pub station: &'p str,
    /// ステーションコード
    pub code: &'p str,
    /// `2024年10月分の資格確認と請求`
    pub title: &'p str,
    /// When the page was made, ISO 8601.
    pub made_at: &'p str,
    /// The proposals as they ended.
    pub proposals: &'p [Proposal],
    /// The approved month, once there is one.
    pub approval: Option<&'p Approval>,
    /// What left.
    pub sent: &'p [Sent],
    /// The flow's report, for what stands beside its proposals.
    pub beside: Option<&'p Report>,
}

/// What every page of this program says of its maker.
const GENERATOR: &str = "reseplug";

/// Whether a file is a page that this program wrote, by what stands at its head.
pub(crate) fn is_page(bytes: &[u8]) -> bool {
    let head = html! {
        (DOCTYPE)
        html lang="ja" { head { meta charset="utf-8"; meta name="generator" content=(GENERATOR); } }
    }
    .into_string();
    let head = head.split("</head>").next().unwrap_or_default();
    bytes.starts_with(head.as_bytes())
}

/// The page as HTML.
pub fn page(page: &Page<'_>) -> String {
    let open: Vec<&Proposal> = with(page, |d| matches!(d, Done::Left));
    let refused: Vec<&Proposal> = with(page, |d| matches!(d, Done::Refused { .. }));
    let applied: Vec<&Proposal> = with(page, |d| matches!(d, Done::Applied { .. }));
    // A page about approved files alone has no corrections to speak of: "nobody has to look" would be
    // said above receipts that a person answered for.
    let corrects = page.approval.is_none() || !page.proposals.is_empty();
    let same = with(page, |d| matches!(d, Done::Nothing)).len();
    let body = html! {
                p.note {
                    "「確認できない」は「資格がない」という意味ではありません。確かめる方法をそれぞれに書いてあります。"
                }
                @if corrects {
                    section.todo {
                        h2 { "人が確かめるもの　" (open.len() + refused.len()) "件" }
                        @if open.is_empty() && refused.is_empty() { p { "ありません。" } }
                        @for one in &open { (left(one)) }
                        @for one in &refused { (refusal(one)) }
                    }
                    section.done {
                        h2 { "変わったもの　" (applied.len()) "件" }
                        @if applied.is_empty() { p { "ありません。" } }
                        @for one in &applied { (change(one)) }
                    }
                }
                @if let Some(report) = page.beside { (beside(report)) }
                @if let Some(approval) = page.approval { (filing::approved(approval)) }
                @if !page.sent.is_empty() { (left_house(page.sent)) }
                @if corrects {
                    section {
                        h2 { "変わらなかったもの" }
                        p { (same) "件。製品の内容と資格確認の回答が一致したか、変える必要がありませんでした。" }
                    }
                }
    };
    shell(page.title, page.station, page.code, page.made_at, "", &body)
}

/// A page of this program: its head, the heading with station and moment, and the body. `style` stands
/// behind the style of all pages.
pub(crate) fn shell(
    title: &str,
    station: &str,
    code: &str,
    made_at: &str,
    style: &str,
    body: &Markup,
) -> String {
    let text = html! {
        (DOCTYPE)
        html lang="ja" {
            head {
                meta charset="utf-8";
                meta name="generator" content=(GENERATOR);
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " — " (station) }
                style { (PreEscaped(include_str!("report.css"))) (PreEscaped(style)) }
            }
            body {
                h1 { (title) }
                p { (station) "（" (code) "）　作成 " (moment(made_at)) }
                (body)
            }
        }
    }
    .into_string();
    safe(text)
}

/// A page without characters that would make it show something else than it says.
fn safe(text: String) -> String {
    text.chars()
        .map(|c| if misleading(c) { '\u{fffd}' } else { c })
        .collect()
}

/// Characters that would make a page show something else than it says: controls, and marks that
/// turn the direction of writing. A name out of a product's file may carry any.
pub fn misleading(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn with<'p>(page: &Page<'p>, keep: impl Fn(&Done) -> bool) -> Vec<&'p Proposal> {
    page.proposals.iter().filter(|p| keep(&p.done)).collect()
}

fn heading(one: &Proposal, what: &str) -> Markup {
    html! {
        h3 {
            (one.name) @if !one.person_key.is_empty() { "（" (one.person_key) "）" } "　"
            @if one.group != Group::Coverage { (one.group.name_ja()) "・" }
            (what)
        }
    }
}

fn left(one: &Proposal) -> Markup {
    html! {
        article {
            (heading(one, one.outcome.name_ja()))
            @if let Some(reason) = one.reason { p { (reason.message_ja()) } }
            @else {
                p { "まだ受け入れていません。正しければ下の番号を承認ファイルに書いて受け入れ、違えば製品で直してください。" }
            }
            @if one.before.is_some() || one.after.is_some() {
                (coverages(one.before.as_ref(), one.after.as_ref(), ANSWER))
            }
            (likely(&one.candidates))
            @if one.as_new {
                p { "どなたでもない別の方（同姓同名の方、ご家族など）なら、下の番号を承認ファイルに書いて受け入れると、新しい利用者として加えます。" }
            }
            (group_fields(one, ANSWER))
            (about(one))
        }
    }
}

/// Whom the answer could mean, and what speaks for and against each.
fn likely(candidates: &[Likely]) -> Markup {
    html! {
        @if !candidates.is_empty() {
            table {
                tr { th { "台帳の方" } th { "合っている点・違う点" } th { "確かめること" } }
                @for one in candidates {
                    tr {
                        td { (one.name) "（" (one.key) "）" }
                        td { (one.agreement.say_ja()) }
                        td {
                            @if let Some(doubt) = one.doubt { (doubt.message_ja()) }
                            @if let Some(command) = one.accept_command() {
                                " 同じ方なら、この表記を認めると次から一致します: " code { (command) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The fields of a group that is no coverage.
fn group_fields(one: &Proposal, sides: Sides) -> Markup {
    html! {
        @if !one.differences.is_empty() && matches!(one.group, Group::Income | Group::Welfare) {
            table {
                caption { (one.group.name_ja()) }
                thead { tr { th scope="col" { "項目" } th scope="col" { (sides.before) } th scope="col" { (sides.after) } } }
                tbody {
                    @for d in &one.differences {
                        tr { th scope="row" { (d.field) } td { (d.on_file) } td { (d.answered) } }
                    }
                }
            }
        }
    }
}

fn refusal(one: &Proposal) -> Markup {
    html! {
        article {
            (heading(one, "できませんでした"))
            @if let Done::Refused { fault } = &one.done {
                p { (fault.message_ja) }
                p.source { "コード " code { (fault.code) }
                    @if let Some(place) = &fault.place { "　場所 " (place) } }
            }
            (coverages(one.before.as_ref(), one.after.as_ref(), ANSWER))
            (group_fields(one, ANSWER))
            (about(one))
        }
    }
}

fn change(one: &Proposal) -> Markup {
    let (what, sides) = match &one.done {
        Done::Applied { kind, .. } if kind == kind::PERIOD_ADDED => (kind_ja(kind), ADDED),
        Done::Applied { kind, .. } => (kind_ja(kind), CHANGED),
        _ => ("", CHANGED),
    };
    html! {
        article {
            (heading(one, what))
            (coverages(one.before.as_ref(), one.after.as_ref(), sides))
            (group_fields(one, sides))
            (about(one))
            @if let Done::Applied { fields, .. } = &one.done {
                @if !fields.is_empty() {
                    details {
                        summary { "書類の中で変わった項目　" (fields.len()) "か所" }
                        table {
                            caption { "書類の項目" }
                            thead { tr { th scope="col" { "項目" } th scope="col" { "前" } th scope="col" { "後" } } }
                            tbody {
                                @for field in fields {
                                    tr { th scope="row" { (field.field) } td { (field.on_file) } td { (field.answered) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// As of which day, from where, on whose word.
fn about(one: &Proposal) -> Markup {
    html! {
        p.source {
            "判断の日 " (day(one.as_of))
            @if let Some(accepted) = &one.accepted {
                "　受け入れた人 " (accepted.by)
                @match accepted.how { How::Policy => "（方針）", How::Person => "（個別）" }
            }
        }
        @let seen: Vec<&str> = one
            .happened
            .iter()
            .filter(|h| !matches!(h, Happened::Unchanged | Happened::NotConfirmed))
            .map(|h| h.name_ja())
            .collect();
        @if !seen.is_empty() { p { "あったこと: " (seen.join("、")) } }
        @for note in &one.notes { p { (note.ja) } }
        @for source in &one.sources { (origin(source)) }
        p.source { "番号 " code { (one.id) } }
    }
}

fn origin(source: &Source) -> Markup {
    html! {
        p.source {
            "情報源 " (message_ja(&source.message)) " " code { (source.message_ja()) }
            "　資格確認日 " (day(source.as_of)) "　回答 " (moment(&source.answered_at))
        }
    }
}

/// What a message is, for people.
fn message_ja(message: &str) -> &'static str {
    if message.starts_with("notice:") {
        return "審査支払機関の通知（電子的な確認ではない）";
    }
    match message.get(..10) {
        Some("OQSmuhvq02") => "在宅でのカードの読み取り",
        Some("OQSmuquc02") => "資格確認（一括照会）",
        Some("OQSsiquc01") => "資格確認（一件照会）",
        _ if message == "資格確認書" => "資格確認書（書面）",
        _ => "資格確認",
    }
}

/// What was done, in a sentence.
pub fn kind_ja(kind: &str) -> &str {
    match kind {
        kind::PERSON_ADDED => "利用者を追加しました",
        kind::FILLED => "補完しました",
        kind::PERIOD_ADDED => "新しい資格の期間を加えました",
        kind::PERIOD_CLOSED => "資格の期間を終わらせました",
        kind::IN_PLACE => "その場で直しました",
        kind::MOVED => "もう一方の提出先のファイルへ移しました",
        kind::SPLIT => "レセプトを分けました",
        kind::CLOSED => "資格の最終日を入れました",
        kind::BURDEN => "負担割合を入れました",
        kind::INCOME => "限度額適用区分を入れました",
        kind::WELFARE => "医療扶助を加えました",
        other => other,
    }
}

fn left_house(sent: &[Sent]) -> Markup {
    html! {
        section {
            h2 { "渡したもの" }
            table {
                caption { "提出先ごとのファイル" }
                thead { tr {
                    th scope="col" { "提出先" } th scope="col" { "方法" } th scope="col" { "件数" }
                    th scope="col" { "合計金額" } th scope="col" { "状態" } th scope="col" { "参照" }
                } }
                tbody {
                    @for one in sent {
                        tr {
                            th scope="row" { (one.payer.name_ja()) }
                            td { (one.channel.name_ja()) @if one.trial { "（確認試験）" } }
                            td.number { (thousands(one.receipts.into())) "件" }
                            td.number { (thousands(one.total)) "円" }
                            td { (one.state_ja()) }
                            td { code { (one.reference) } }
                        }
                    }
                }
            }
            @if sent.iter().any(|one| one.channel == Channel::Handover) {
                p { "引渡し済みのファイルは、職員が公式のオンライン請求端末で請求するまで請求になりません。同じ提出先にゲートウェイで請求したものがあれば、重ねて請求しないでください。" }
            }
        }
    }
}

fn ja_day(day: Date) -> String {
    format!(
        "{}年{}月{}日",
        day.year(),
        day.month().number(),
        day.day_of_month()
    )
}

pub(crate) fn day(day: Date) -> Markup {
    html! { time datetime=(day) title=(day) { (ja_day(day)) } }
}

/// `2024-10-03T18:00:00+09:00` as people write it; anything else as it is.
pub(crate) fn moment(iso: &str) -> Markup {
    html! { time datetime=(iso) title=(iso) { (moment_ja(iso)) } }
}

/// A limit (締切), which ends a day: `2024年11月10日 24:00`.
pub(crate) fn limit(iso: &str) -> Markup {
    html! { time datetime=(iso) title=(iso) { (limit_ja(iso)) } }
}

#[cfg(test)]
mod tests;
