//! The page that the office manager reads: what waits for a person, what was changed and on
//! whose word, what stayed. One file without scripts or anything from elsewhere.
//!
//! Every value stands with its as-of date, its source and who accepted it. A hand-over is
//! never called filed, and "not confirmed" never "not covered".

mod filing;

use crate::accept::How;
use crate::check::Approval;
use crate::claim::{Channel, Sent, payer_ja, state_ja};
use crate::coverage::Coverage;
use crate::group::{Group, Happened};
use crate::intake::Report;
use crate::not_ours::Standing;
use crate::people::Likely;
use crate::proposal::{Done, Proposal, Source, kind};
use maud::{DOCTYPE, Markup, PreEscaped, html};
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

/// The page as HTML.
pub fn page(page: &Page<'_>) -> String {
    let open: Vec<&Proposal> = with(page, |d| matches!(d, Done::Left));
    let refused: Vec<&Proposal> = with(page, |d| matches!(d, Done::Refused { .. }));
    let applied: Vec<&Proposal> = with(page, |d| matches!(d, Done::Applied { .. }));
    let same = with(page, |d| matches!(d, Done::Nothing)).len();
    let text = html! {
        (DOCTYPE)
        html lang="ja" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (page.title) " — " (page.station) }
                style { (PreEscaped(include_str!("report.css"))) }
            }
            body {
                h1 { (page.title) }
                p { (page.station) "（" (page.code) "）　作成 " (moment(page.made_at)) }
                p.note {
                    "「確認できない」は「資格がない」という意味ではありません。確かめる方法をそれぞれに書いてあります。"
                }
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
                @if let Some(report) = page.beside { (beside(report)) }
                @if let Some(approval) = page.approval { (filing::approved(approval)) }
                @if !page.sent.is_empty() { (left_house(page.sent)) }
                section {
                    h2 { "変わらなかったもの" }
                    p { (same) "件。製品の内容と資格確認の回答が一致したか、変える必要がありませんでした。" }
                }
            }
        }
    }
    .into_string();
    safe(text)
}

/// A page without characters that would make it show something else than it says.
pub(crate) fn safe(text: String) -> String {
    text.chars()
        .map(|c| if misleading(c) { '\u{fffd}' } else { c })
        .collect()
}

/// Characters that would make a page show something else than it says: controls, and marks that
/// turn the direction of writing. A name out of a product's file may carry any.
fn misleading(c: char) -> bool {
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

/// What the two sides of a coverage table are, and the word at a field where they differ.
#[derive(Clone, Copy)]
struct Sides {
    before: &'static str,
    after: &'static str,
    differs: Option<&'static str>,
}

const ANSWER: Sides = Sides {
    before: "製品",
    after: "回答",
    differs: Some("◀ 違う"),
};
const CHANGED: Sides = Sides {
    before: "前",
    after: "後",
    differs: Some("◀ 変わった"),
};
const ADDED: Sides = Sides {
    before: "これまで（そのまま残る）",
    after: "加えた期間",
    differs: None,
};

/// The coverage group on both sides, the fields that differ marked in words and colour.
fn coverages(before: Option<&Coverage>, after: Option<&Coverage>, sides: Sides) -> Markup {
    let rows = [
        (
            "保険者番号",
            cell(before, |c| c.insurer.to_string()),
            cell(after, |c| c.insurer.to_string()),
        ),
        (
            "記号",
            cell(before, |c| c.symbol.clone().unwrap_or_default()),
            cell(after, |c| c.symbol.clone().unwrap_or_default()),
        ),
        (
            "番号",
            cell(before, |c| c.number.clone()),
            cell(after, |c| c.number.clone()),
        ),
        ("枝番", cell(before, branch), cell(after, branch)),
        (
            "本人・家族",
            cell(before, |c| relationship(c).to_owned()),
            cell(after, |c| relationship(c).to_owned()),
        ),
        (
            "被保険者証区分",
            cell(before, |c| c.card_class.clone().unwrap_or_default()),
            cell(after, |c| c.card_class.clone().unwrap_or_default()),
        ),
        ("負担割合", cell(before, burden), cell(after, burden)),
        ("有効期間", cell(before, period), cell(after, period)),
    ];
    if before.is_none() && after.is_none() {
        return html! {};
    }
    html! {
        table {
            caption { "資格" }
            thead { tr { th scope="col" { "項目" } th scope="col" { (sides.before) } th scope="col" { (sides.after) } } }
            tbody {
                @for (name, before_text, after_text) in rows.iter().filter(|(_, a, b)| !a.is_empty() || !b.is_empty()) {
                    @let mark = sides.differs.filter(|_| before.is_some() && after.is_some() && before_text != after_text);
                    tr.differs[mark.is_some()] {
                        th scope="row" { (name) @if let Some(mark) = mark { " " (mark) } }
                        td { (before_text) } td { (after_text) }
                    }
                }
            }
        }
    }
}

fn cell(coverage: Option<&Coverage>, text: impl Fn(&Coverage) -> String) -> String {
    coverage.map(text).unwrap_or_default()
}

fn branch(coverage: &Coverage) -> String {
    coverage
        .branch
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default()
}

fn relationship(coverage: &Coverage) -> &'static str {
    coverage.relationship.map_or("", |r| r.name_ja())
}

fn burden(coverage: &Coverage) -> String {
    coverage
        .burden_percent
        .map(|percent| format!("{percent}%"))
        .unwrap_or_default()
}

fn period(coverage: &Coverage) -> String {
    let day = |day: Option<Date>| day.map(ja_day).unwrap_or_default();
    match (coverage.period.from, coverage.period.to) {
        (None, None) => String::new(),
        (from, to) => format!("{}〜{}", day(from), day(to)),
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
            "情報源 " (message_ja(&source.message)) " " code { (source.message) }
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

/// Whose card is to be read, what runs out, and what only the product may change.
fn beside(report: &Report) -> Markup {
    let differing: Vec<_> = report
        .not_ours
        .iter()
        .filter(|one| one.standing == Standing::Differs)
        .collect();
    html! {
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
        @if !report.late.is_empty() {
            section {
                h2 { "待つのをやめた後に届いた回答　" (report.late.len()) "件" }
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
                            th scope="row" { (payer_ja(one.payer)) }
                            td { (one.channel.name_ja()) @if one.trial { "（確認試験）" } }
                            td.number { (thousands(one.receipts.into())) "件" }
                            td.number { (thousands(one.total)) "円" }
                            td { (state_ja(&one.state)) }
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
    let readable = iso.get(..10).and_then(|d| Date::parse(d).ok()).map(|d| {
        let time = iso.get(11..16).unwrap_or_default();
        format!("{} {time}", ja_day(d))
    });
    html! { time datetime=(iso) title=(iso) { (readable.as_deref().unwrap_or(iso)) } }
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && digits.len().saturating_sub(at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accept::Accepted;
    use crate::answers::tests::day as date;
    use crate::coverage::tests::coverage;
    use crate::decide::{GroupOutcome, Reason};
    use reseplug_engine::contract::Payer;
    use reseplug_model::Month;

    fn proposal(done: Done) -> Proposal {
        Proposal {
            id: "P1/coverage/2024-10-18".into(),
            person_key: "P1".into(),
            name: "架空 <花子>".into(),
            group: Group::Coverage,
            outcome: GroupOutcome::Differs,
            as_of: date("2024-10-18"),
            before: Some(coverage("01990011", "12", "34", "2020-04-01")),
            after: Some(coverage("01990011", "12", "0034", "2020-04-01")),
            differences: Vec::new(),
            happened: Vec::new(),
            notes: Vec::new(),
            sources: vec![Source {
                evidence: "ev-1".into(),
                message: "OQSmuhvq02res".into(),
                as_of: date("2024-10-18"),
                answered_at: "2024-10-18T18:00:05+09:00".into(),
            }],
            reason: None,
            candidates: Vec::new(),
            as_new: false,
            accepted: None,
            done,
        }
    }

    fn shown(proposals: &[Proposal], sent: &[Sent]) -> String {
        page(&Page {
            station: "架空ステーション",
            code: "9999998",
            title: "2024年10月分",
            made_at: "2024-11-05T18:00:00+09:00",
            proposals,
            approval: None,
            sent,
            beside: None,
        })
    }

    #[test]
    fn a_change_stands_with_both_values_its_day_its_source_and_who_accepted_it() {
        let applied = Proposal {
            accepted: Some(Accepted {
                by: "所長 架空太郎".into(),
                how: How::Person,
            }),
            ..proposal(Done::Applied {
                kind: kind::IN_PLACE.into(),
                fields: Vec::new(),
            })
        };
        let html = shown(&[applied], &[]);
        for text in [
            "<td>34</td>",
            "<td>0034</td>",
            "2024年10月18日",
            "OQSmuhvq02res",
            "所長 架空太郎",
            "（個別）",
            "その場で直しました",
        ] {
            assert!(html.contains(text), "{text}\n{html}");
        }
    }

    #[test]
    fn what_comes_from_outside_cannot_write_the_page() {
        let html = shown(&[proposal(Done::Left)], &[]);
        assert!(html.contains("架空 &lt;花子&gt;") && !html.contains("<花子>"));
    }

    #[test]
    fn what_comes_from_outside_cannot_turn_the_writing_round() {
        let one = Proposal {
            name: "架空\u{202e}子花\u{7}".into(),
            ..proposal(Done::Left)
        };
        let html = shown(&[one], &[]);
        assert!(html.contains("架空\u{fffd}子花\u{fffd}"));
        assert!(!html.contains(misleading));
    }

    #[test]
    fn an_added_period_stands_beside_the_one_that_stays() {
        let added = Proposal {
            after: Some(coverage("06139992", "56", "78", "2024-11-01")),
            ..proposal(Done::Applied {
                kind: kind::PERIOD_ADDED.into(),
                fields: Vec::new(),
            })
        };
        let html = shown(&[added], &[]);
        assert!(html.contains(ADDED.before) && html.contains(ADDED.after));
        assert!(!html.contains('◀'));
    }

    #[test]
    fn what_waits_for_a_person_comes_first_and_says_what_to_do() {
        let left = Proposal {
            reason: Some(Reason::NewCardNeeded),
            ..proposal(Done::Left)
        };
        let html = shown(&[proposal(Done::Nothing), left], &[]);
        let todo = html.find(Reason::NewCardNeeded.message_ja()).unwrap();
        assert!(todo < html.find("変わったもの").unwrap());
        assert!(html.contains("1件。製品の内容と"));
    }

    #[test]
    fn who_could_be_meant_stands_with_what_speaks_for_and_against_them() {
        use crate::matching::{Agreement, Doubt, KanaSign, NameSign, NumberSign, Sign, Spelling};
        let likely = Likely {
            key: "U0001".into(),
            name: "旧姓　花子".into(),
            agreement: Agreement {
                reference: Sign::Unknown,
                birth_date: Sign::Same,
                name: NameSign::GivenOnly,
                kana: KanaSign::GivenOnly,
                sex: Sign::Same,
                number: NumberSign::Household,
            },
            doubt: Some(Doubt::FamilyNameDiffers),
            spelling: Some(Spelling {
                name: Some("新姓　花子".into()),
                kana: Some("ｼﾝｾｲ ﾊﾅｺ".into()),
            }),
        };
        let left = Proposal {
            reason: Some(Reason::NotCertain),
            candidates: vec![likely],
            ..proposal(Done::Left)
        };
        let html = shown(&[left], &[]);
        for text in [
            Reason::NotCertain.message_ja(),
            Doubt::FamilyNameDiffers.message_ja(),
            "旧姓　花子（U0001）",
            "生年月日が同じ、フリガナは名だけ同じ、氏名は名だけ同じ、記号・番号が同じ（枝番は不明）",
            "reseplug match alias accept U0001 --name &quot;新姓　花子&quot; --kana &quot;ｼﾝｾｲ ﾊﾅｺ&quot; --by NAME",
        ] {
            assert!(html.contains(text), "{text}\n{html}");
        }
    }

    #[test]
    fn a_hand_over_is_never_called_filed() {
        let sent = Sent {
            job: "j".into(),
            key: "k".into(),
            channel: Channel::Handover,
            payer: Payer::SocialInsuranceFund,
            claim_month: Month::parse("2024-11").unwrap(),
            trial: false,
            receipts: 24,
            total: 1_108_190,
            sha256: "ab".into(),
            state: "handed-over".into(),
            reference: "r".into(),
            at: String::new(),
            files: Vec::new(),
            already_by: None,
        };
        let html = shown(&[], &[sent]);
        assert!(
            html.contains("引渡し済み（まだ請求していません）") && html.contains("1,108,190円")
        );
        assert!(!html.contains("請求済み"));
    }
}
