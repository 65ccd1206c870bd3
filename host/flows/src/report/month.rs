//! The month's claims on one page that a manager prints: what left for whom, where it stands and
//! how that is known, what is to be done until when, which receipts wait, and what was paid.

use super::{found, limit, moment, shell};
use crate::claim::{ClaimWeek, PayerWeek, Sent, Skew, why_ja};
use maud::{Markup, html};
use reseplug_claims::written::{signed, thousands};
use reseplug_claims::{
    Book, Event, Filing, Kind, Late, Place, Receipt, Recorded, SettledReceipt, Settlement, Stage,
    Standing,
};
use reseplug_engine::contract::Finding;
use reseplug_model::Payer;

/// What the page shows.
#[derive(Debug, Clone, Copy)]
pub struct MonthPage<'p> {
    /// Name of the station.
    pub station: &'p str,
    /// ステーションコード
    pub code: &'p str,
    /// The claim week.
    pub week: &'p ClaimWeek,
    /// All claims of the station.
    pub book: &'p Book,
}

/// The page as HTML.
pub fn month(page: &MonthPage<'_>) -> String {
    let week = page.week;
    let settlements: Vec<Settlement> = Payer::ALL
        .into_iter()
        .map(|payer| page.book.settlement(week.month, payer))
        .filter(|one| one.filed.receipts > 0)
        .collect();
    let own: Vec<Standing> = page
        .book
        .receipts()
        .filter(|one| one.filing.month == week.month)
        .filter(|one| !matches!(one.place, Place::Filed | Place::Underway))
        .filter(|one| !page.book.is_claimed(&one.receipt))
        .collect();
    // Where it stood in several sendings, the last one tells.
    let own: Vec<Standing> = own
        .iter()
        .enumerate()
        .filter(|(at, one)| {
            let later = own.iter().skip(at.saturating_add(1));
            !later
                .into_iter()
                .any(|other| other.receipt.overlaps(&one.receipt))
        })
        .map(|(_, one)| one.clone())
        .collect();
    let given_up: Vec<Standing> = week
        .given_up_yet_filed
        .iter()
        .filter(|one| one.filing.month == week.month)
        .cloned()
        .collect();
    let said = said_of_receipts(page);
    let body = html! {
                p.note {
                    "「職員の報告」とある状態は、公式の端末で行われたと職員が記録したもので、このソフトが確かめたものではありません。"
                }
                @match &week.clock {
                    Some(skew) => (clock(skew)),
                    None => p.source { "このPCの時計のずれ: 測っていません" },
                }
                @if let Some(file) = &week.calendar_file {
                    p.source { "日程はこのステーションのファイルによります: " (file) }
                }
                @for one in &week.payers { (payer(one)) }
                @if !week.open_before.is_empty() {
                    section.todo {
                        h2 { "前の月で、結果が分からないままのもの" }
                        ul {
                            @for sent in &week.open_before {
                                li { (sent.claim_month) "請求分 " (sent.payer.name_ja()) " 第" (sent.sequence) "回　" (sent.state_ja()) "　" (moment(&sent.at)) }
                            }
                        }
                    }
                }
                (findings(page))
                (twice(&page.book.claimed_twice_in(week.month, None)))
                (receipts("請求しないと決めたのに請求されているレセプト", &given_up))
                (receipts("請求されていないレセプト（この月の送信のうち）", &own))
                (waiting(&week.late))
                (adjusted(&said))
                (in_review(page, &said))
                @for one in &settlements { (settlement(one)) }
                (history(page))
    };
    let title = format!("{}請求分の総括", week.month);
    shell(&title, page.station, page.code, &week.now, "", &body)
}

/// How far this PC's clock is off: what is said here of limits is by this clock.
fn clock(skew: &Skew) -> Markup {
    let off = skew.say_ja();
    html! {
        @if skew.matters() {
            section.todo {
                h2 { "このPCの時計がずれています" }
                p { (off) "（" (moment(&skew.at)) "）。Windows の「日時の設定」で合わせてください。" }
            }
        } @else {
            p.source { "このPCの時計のずれ: " (off) "（" (moment(&skew.at)) "）" }
        }
    }
}

fn payer(one: &PayerWeek) -> Markup {
    html! {
        section class=(if one.done { "done" } else { "todo" }) {
            h2 { (one.payer.name_ja()) }
            p {
                (one.phase_ja) "　締切 " (limit(&one.closes))
                // A calendar of the station's own may know no corrections.
                @if !one.corrections_close.is_empty() { "　訂正の締切 " (limit(&one.corrections_close)) }
                @if let Some(extension) = &one.extension { "　延長: " (extension) }
            }
            @if one.safe_by_matters() {
                p { "安全な期限: 送信 " (limit(&one.safe_to_send)) "　確定 " (limit(&one.safe_to_confirm)) "　" (one.safe_ja) }
            }
            p { strong { "次にすること: " (one.next_ja) } }
            @if !one.sendings.is_empty() {
                table {
                    caption { "送信" }
                    thead { tr {
                        th scope="col" { "回" } th scope="col" { "方法" } th scope="col" { "件数" }
                        th scope="col" { "合計金額" } th scope="col" { "状態" } th scope="col" { "請求した件数・金額" }
                        th scope="col" { "受領書の番号" }
                        th scope="col" { "最後の動き" } th scope="col" { "だれが" }
                    } }
                    tbody {
                        @for sent in &one.sendings {
                            tr {
                                th scope="row" { (sent.sequence) }
                                td { (sent.channel.name_ja()) @if sent.trial { "（確認試験）" } }
                                td.number { (thousands(sent.receipts.into())) "件" }
                                td.number { (thousands(sent.total)) "円" }
                                td {
                                    (sent.state_ja())
                                    @if let Some(odd) = sent.contradiction { br; strong { (odd.say_ja()) } }
                                    @if !sent.gone.is_empty() { br; strong { "引渡しフォルダーのファイルが、ないか変わっています。" } }
                                }
                                td.number { @if let Some(filed) = sent.filed { (thousands(filed.receipts.into())) "件 " (thousands(filed.total)) "円" } }
                                td { (receipt_number(sent)) }
                                td { (moment(&sent.at)) }
                                td { (sent.by) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// 受付番号, and whether the 受領書 itself is here: before that it is only what the confirmation said.
fn receipt_number(sent: &Sent) -> Markup {
    let number = sent.confirmation.as_ref().map(|said| said.number.as_str());
    let here = sent.state == Stage::Acknowledged.word();
    html! {
        @match (number.filter(|number| !number.is_empty()), here) {
            (Some(number), true) => (number),
            (Some(number), false) => { (number) "（受領書はまだありません）" }
            (None, true) => "番号の記載なし",
            (None, false) => {}
        }
    }
}

fn twice(all: &[(Standing, Standing)]) -> Markup {
    let filed = |one: &Standing| one.place == Place::Filed;
    let filed_twice = all.iter().any(|(one, other)| filed(one) && filed(other));
    let one_filed = all.iter().any(|(one, other)| filed(one) || filed(other));
    html! {
        @if !all.is_empty() {
            section.todo {
                h2 {
                    @if filed_twice { "二重に請求されているレセプト" }
                    @else if one_filed { "請求済みで、別の送信にも入っているレセプト（確定すると二重請求）" }
                    @else { "2つの送信に入っているレセプト" }
                    "　" (all.len()) "件"
                }
                table {
                    thead { tr {
                        th scope="col" { "氏名" } th scope="col" { "訪問年月" } th scope="col" { "金額" }
                        th scope="col" { "先の請求" } th scope="col" { "あとの請求" }
                    } }
                    tbody {
                        @for (one, other) in all {
                            tr {
                                th scope="row" { (one.receipt.name) }
                                td { (one.receipt.service_month) }
                                td.number { (thousands(one.receipt.total)) "円" }
                                td { (one.filed_as_ja()) "　" (one.place.name_ja()) }
                                td { (other.filed_as_ja()) "　" (other.place.name_ja()) @if other.take_down_asked || one.take_down_asked { "　取下げ依頼中" } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What 受付・事務点検 found in the sendings of the month that stand, the gravest first.
fn findings(page: &MonthPage<'_>) -> Markup {
    let own = page.book.filings().iter().filter(|filing| {
        filing.key.month == page.week.month && !filing.is_trial() && !filing.stage().is_gone()
    });
    let read = |filing: &Filing| -> Vec<Finding> {
        let found = filing.findings().map(crate::words::findings::read);
        found.and_then(Result::ok).unwrap_or_default()
    };
    let mut all: Vec<(&Filing, Finding)> = own
        .flat_map(|filing| read(filing).into_iter().map(move |one| (filing, one)))
        .collect();
    all.sort_by_key(|(_, finding)| found::rank(finding.severity));
    let grave = all.iter().filter(|(_, one)| found::matters(one)).count();
    let name = |filing: &Filing, finding: &Finding| {
        let own = found::receipt(finding, filing);
        own.map(|one| one.name.clone()).unwrap_or_default()
    };
    html! {
        @if !all.is_empty() {
            section class=[(grave > 0).then_some("todo")] {
                h2 { "受付・事務点検の指摘　" (counted(grave, all.len().saturating_sub(grave))) }
                table {
                    thead { tr {
                        th scope="col" { "提出先" } th scope="col" { "番号" } th scope="col" { "氏名" }
                        th scope="col" { "区分" } th scope="col" { "場所" }
                        th scope="col" { "指摘" } th scope="col" { "すること" }
                    } }
                    tbody {
                        @for (filing, finding) in &all {
                            tr {
                                td { (filing.key.payer.name_ja()) " 第" (filing.key.sequence) "回" }
                                td.number { @if let Some(number) = finding.receipt { (number) } }
                                th scope="row" { (name(filing, finding)) }
                                td { (found::severity_ja(finding.severity)) }
                                td { (found::place(finding, filing).say_ja()) }
                                td { (finding.code) " " (finding.message_ja) }
                                td { (finding.action_ja) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What somebody has to attend to, apart from what is there to be read.
fn counted(grave: usize, notes: usize) -> String {
    match (grave, notes) {
        (0, notes) => format!("要確認以上なし（参考{notes}件）"),
        (grave, 0) => format!("要確認・受付不能 {grave}件"),
        (grave, notes) => format!("要確認・受付不能 {grave}件（ほかに参考{notes}件）"),
    }
}

/// What was said of a single receipt that was filed in the month.
struct Said<'p> {
    filing: &'p Filing,
    receipt: &'p Receipt,
    told: &'p Recorded,
}

/// What was said of each receipt of the month's 請求, in the order of the filings.
fn said_of_receipts<'p>(page: &MonthPage<'p>) -> Vec<Said<'p>> {
    let month = page.week.month;
    let filings = page.book.filings().iter();
    filings
        .filter(|filing| filing.key.month == month && !filing.is_trial())
        .flat_map(|filing| {
            filing.events.iter().filter_map(move |told| {
                let mut own = filing.receipts.iter();
                let receipt = own.find(|one| Some(one.number) == told.receipt)?;
                Some(Said {
                    filing,
                    receipt,
                    told,
                })
            })
        })
        .collect()
}

/// 査定, and what its 再審査 decided.
fn adjusted(said: &[Said<'_>]) -> Markup {
    let changes: Vec<(&Said<'_>, i64, &str)> =
        said.iter()
            .filter_map(|one| match &one.told.event {
                Event::Adjusted { change, reason, .. }
                | Event::ReviewDecided { change, reason } => Some((one, *change, reason.as_str())),
                _ => None,
            })
            .collect();
    html! {
        @if !changes.is_empty() {
            section {
                h2 { "査定（増減点）と再審査の結果　" (changes.len()) "件" }
                table {
                    thead { tr {
                        th scope="col" { "氏名" } th scope="col" { "訪問年月" } th scope="col" { "提出先" }
                        th scope="col" { "請求した金額" } th scope="col" { "何が" } th scope="col" { "増減" }
                        th scope="col" { "事由" }
                    } }
                    tbody {
                        @for (one, change, reason) in &changes {
                            tr {
                                th scope="row" { (one.receipt.name) }
                                td { (one.receipt.service_month) }
                                td { (one.filing.key.payer.name_ja()) }
                                td.number { (thousands(one.receipt.total)) "円" }
                                td { (one.told.event.name_ja()) }
                                td.number { (signed(*change)) "円" }
                                td { (reason) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Receipts of which 再審査 was asked for and is not decided.
fn in_review(page: &MonthPage<'_>, said: &[Said<'_>]) -> Markup {
    let asked = |of: &Standing| {
        said.iter()
            .filter(|one| one.filing.key == of.filing && one.receipt.number == of.receipt.number)
            .rev()
            .find_map(|one| match &one.told.event {
                Event::ReviewAsked { reason } => Some((one.told, reason)),
                _ => None,
            })
    };
    let open: Vec<Standing> = page
        .book
        .receipts()
        .filter(|one| one.filing.month == page.week.month && one.in_review)
        .collect();
    html! {
        @if !open.is_empty() {
            section.todo {
                h2 { "再審査中のレセプト　" (open.len()) "件" }
                table {
                    thead { tr {
                        th scope="col" { "氏名" } th scope="col" { "訪問年月" } th scope="col" { "提出先" }
                        th scope="col" { "増減" } th scope="col" { "いつ求めたか" } th scope="col" { "理由" }
                        th scope="col" { "だれが" }
                    } }
                    tbody {
                        @for one in &open {
                            tr {
                                th scope="row" { (one.receipt.name) }
                                td { (one.receipt.service_month) }
                                td { (one.filing.payer.name_ja()) }
                                td.number { (signed(one.adjusted)) "円" }
                                @if let Some((told, reason)) = asked(one) {
                                    td { (moment(&told.at)) } td { (reason) } td { (told.by) }
                                } @else { td {} td {} td {} }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn receipts(caption: &str, all: &[Standing]) -> Markup {
    html! {
        @if !all.is_empty() {
            section.todo {
                h2 { (caption) "　" (all.len()) "件" }
                table {
                    thead { tr {
                        th scope="col" { "氏名" } th scope="col" { "訪問年月" } th scope="col" { "金額" }
                        th scope="col" { "状態" } th scope="col" { "理由" }
                    } }
                    tbody {
                        @for one in all {
                            tr {
                                th scope="row" { (one.receipt.name) }
                                td { (one.receipt.service_month) }
                                td.number { (thousands(one.receipt.total)) "円" }
                                td { (one.place.name_ja()) }
                                td { (one.returned_for.join("／")) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn waiting(all: &[Late]) -> Markup {
    html! {
        section {
            h2 { "保留・月遅れ・返戻で待っているレセプト　" (all.len()) "件" }
            @if all.is_empty() { p { "ありません。" } } @else {
                table {
                    thead { tr {
                        th scope="col" { "番号" } th scope="col" { "氏名" } th scope="col" { "訪問年月" }
                        th scope="col" { "金額" } th scope="col" { "いつから" } th scope="col" { "理由" }
                    } }
                    tbody {
                        @for one in all {
                            tr {
                                td { code { (one.id) } }
                                th scope="row" { (one.receipt.name) }
                                td { (one.receipt.service_month) }
                                td.number { (thousands(one.receipt.total)) "円" }
                                td { (one.since) "請求分 " (one.payer.name_ja()) }
                                td { (why_ja(one)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn settlement(one: &Settlement) -> Markup {
    let odd: Vec<_> = one
        .receipts
        .iter()
        .filter(|one| one.settled.needs_person())
        .collect();
    html! {
        section class=(if one.needs_person() { "todo" } else { "done" }) {
            h2 { "支払　" (one.payer.name_ja()) }
            table {
                tbody {
                    tr { th scope="row" { "請求した" } td.number { (thousands(one.filed.receipts.into())) "件 " (thousands(one.filed.total)) "円" } }
                    tr { th scope="row" { "うち返戻" } td.number { (thousands(one.returned.receipts.into())) "件 " (thousands(one.returned.total)) "円" } }
                    tr { th scope="row" { "増減点・再審査" } td.number { (signed(one.adjusted)) "円" } }
                    tr { th scope="row" { "振込額" } td.number { @match one.paid { Some(yen) => { (thousands(yen)) "円" } None => { "まだ取り込んでいません" } } } }
                }
            }
            @if !odd.is_empty() {
                table {
                    caption { "確かめるレセプト" }
                    tbody {
                        @for SettledReceipt { standing: receipt, settled: how } in &odd {
                            tr {
                                th scope="row" { (receipt.receipt.name) }
                                td { (receipt.receipt.service_month) }
                                td.number { (thousands(receipt.receipt.total)) "円" }
                                td { (how.name_ja()) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn history(page: &MonthPage<'_>) -> Markup {
    let told = page.book.history(page.week.month, None);
    html! {
        section {
            h2 { "記録" }
            table {
                thead { tr {
                    th scope="col" { "いつ" } th scope="col" { "提出先" } th scope="col" { "何が" }
                    th scope="col" { "どう分かったか" } th scope="col" { "だれが" }
                } }
                tbody {
                    @for one in told.iter().filter(|one| one.receipt.is_none()) {
                        tr {
                            td { (moment(&one.at)) }
                            td { (one.payer.name_ja()) }
                            td {
                                @if let Some(key) = &one.filing { @if key.kind == Kind::Trial { "【確認試験】" } }
                                @if page.book.is_retracted_event(one) { "（取込みを取消）" }
                                (one.event.name_ja()) @if let Some(key) = &one.filing { " 第" (key.sequence) "回" } "　" (one.event.detail_ja())
                            }
                            td { (one.how.name_ja()) }
                            td { (one.by) }
                        }
                    }
                }
            }
        }
    }
}
