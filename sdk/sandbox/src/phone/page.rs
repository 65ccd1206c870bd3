//! The page's HTML. Japanese, plain, for a phone held at a bedside; every control has a label and an
//! id that stays, and nothing needs a script.

use super::{Consent, Ended, Identified, Kind, Standing};
use crate::station::{Person, Station};
use jiff::Timestamp;
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = "
body{font-family:system-ui,'Hiragino Sans','Noto Sans CJK JP',sans-serif;margin:0;background:#f4f6f5;color:#1c2b27;font-size:18px;line-height:1.6}
.mock{background:#8a2b2b;color:#fff;padding:.6em 1em;font-weight:bold;position:sticky;top:0}
main{max-width:36em;margin:0 auto;padding:1em}
h1{font-size:1.3em;margin:.4em 0}
h2{font-size:1.1em;margin:1.4em 0 .4em}
.card{display:block;background:#fff;border:1px solid #c7d2ce;border-radius:10px;padding:.7em 1em;margin:.5em 0;text-decoration:none;color:inherit}
a.card:focus,a.card:hover{border-color:#1f6f5c;background:#eef6f3}
.small{color:#50635c;font-size:.85em}
fieldset{border:1px solid #c7d2ce;border-radius:10px;background:#fff;margin:1em 0;padding:.6em 1em}
label{display:block;padding:.35em 0}
input[type=checkbox],input[type=radio]{width:1.3em;height:1.3em;vertical-align:middle;margin-right:.5em}
input[type=password],input[type=datetime-local],input[type=search],select{font-size:1em;padding:.3em;max-width:100%}
button{font-size:1.1em;padding:.6em 1.4em;border:0;border-radius:10px;background:#1f6f5c;color:#fff;width:100%;margin:.4em 0}
button.plain{background:#fff;color:#1f6f5c;border:1px solid #1f6f5c}
button.stop{background:#8a2b2b}
.qr{display:block;background:#fff;width:14em;height:14em;margin:.5em auto}
.error{background:#fdecea;border:1px solid #c0564b;border-radius:10px;padding:.6em 1em}
.done{background:#e8f4ec;border:1px solid #4c9a6a;border-radius:10px;padding:.6em 1em}
";

/// How many people a list shows at most.
pub(super) const SHOWN: usize = 60;

fn layout(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="ja" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "【模擬】" (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                div.mock role="note" { "模擬画面です。実際のマイナ在宅受付Webではありません。人物・番号はすべて架空です。" }
                main { (body) }
            }
        }
    }
}

pub(super) fn stations(stations: &[Station]) -> Markup {
    layout(
        "訪問先での受付",
        &html! {
            h1 { "訪問先での受付" }
            p { "訪問看護ステーションを選んでください。" }
            @for station in stations {
                a.card id={ "station-" (station.key) } href={ "/" (station.key) } { (station.name) }
            }
        },
    )
}

/// What the page of a station shows.
pub(super) struct Cards<'p> {
    pub(super) station: &'p Station,
    /// Address that the QR code holds.
    pub(super) url: &'p str,
    /// What was searched for.
    pub(super) search: &'p str,
    /// Who was found, [`SHOWN`] at most, with the last reading of each.
    pub(super) found: Vec<(&'p Person, Option<&'p Consent>)>,
    /// How many there are besides.
    pub(super) more: usize,
}

pub(super) fn cards(page: &Cards<'_>) -> Markup {
    let key = &page.station.key;
    layout(
        "カードの読み取り",
        &html! {
            h1 { (page.station.name) }
            p { "利用者のマイナンバーカードをかざす代わりに、架空のカードを選んでください。" }
            form method="get" action={ "/" (key) } role="search" {
                label for="search" { "氏名・カナ・利用者番号・生年月日でさがす" }
                input type="search" id="search" name="q" value=(page.search) autocomplete="off";
                button.plain type="submit" id="find" { "さがす" }
            }
            @if page.found.is_empty() {
                p.error id="nobody" role="alert" { "見つかりません。ほかの言葉でさがしてください。" }
            } @else {
                form method="get" action={ "/" (key) "/card" } {
                    label for="person" { "カード" }
                    select id="person" name="person" {
                        @for (person, _) in &page.found {
                            option value=(person.key) { (person.name) "（" (person.born) " 生・" (person.key) "）" }
                        }
                    }
                    button type="submit" id="choose" { "このカードを読み取る" }
                }
                @for (person, last) in &page.found {
                    a.card href={ "/" (key) "/" (person.key) } {
                        (person.name) " さん "
                        span.small { (person.born) " 生" }
                        @if let Some(last) = last {
                            br; span.small { "読取り済み " (moment(last.at)) }
                        }
                    }
                }
                @if page.more > 0 {
                    p.small id="more" { "ほかに " (page.more) " 人います。さがして絞ってください。" }
                }
            }
            h2 { "この画面の二次元コード" }
            img.qr id="qr" src={ "/" (key) "/qr/svg" } alt={ "この画面のアドレス " (page.url) };
            p.small {
                a href={ "/" (key) "/qr/pdf" } { "印刷用（PDF）" } "　"
                a href={ "/" (key) "/qr/png" } { "画像（PNG）" }
            }
            p.small { "印刷して持って行く代わりです。アドレスは " code { (page.url) } " 、この機械の中だけで開けます。" }
        },
    )
}

pub(super) fn moment(at: Timestamp) -> String {
    crate::terminal::japan(at)
        .strftime("%Y年%-m月%-d日 %H:%M")
        .to_string()
}

pub(super) fn form(
    station: &Station,
    person: &Person,
    given: &[Standing],
    error: Option<&str>,
) -> Markup {
    let here = format!("/{}/{}", station.key, person.key);
    layout(
        "同意の確認",
        &html! {
            h1 { (person.name) " さん" }
            p.small { (station.name) "があなたの資格情報を確認します。" }
            @if let Some(error) = error { p.error id="error" role="alert" { (error) } }
            form method="post" action=(here) {
                fieldset {
                    legend { "本人の確認" }
                    label for="identified-pin" { input type="radio" id="identified-pin" name="identified" value="pin" checked; "暗証番号（4桁）を入力する" }
                    label for="pin" { "暗証番号" }
                    input type="password" id="pin" name="pin" inputmode="numeric" maxlength="4" autocomplete="off";
                    p.small { "模擬なので、どの4桁でも通ります。本物の暗証番号は入れないでください。" }
                    label for="identified-sight" { input type="radio" id="identified-sight" name="identified" value="sight"; "職員がカードの顔写真と見比べた（目視確認）" }
                }
                fieldset {
                    legend { "提供に同意する情報" }
                    p.small { "保険の資格は確認されます。次のものは、同意した場合だけ提供されます。" }
                    @for kind in Kind::ALL {
                        label for={ "consent-" (kind.name()) } {
                            input type="checkbox" id={ "consent-" (kind.name()) } name=(kind.name()) value="1";
                            (kind.question_ja())
                        }
                    }
                }
                details {
                    summary.small { "読み取った日時を変える（練習用）" }
                    label for="at" { "日時" }
                    input type="datetime-local" id="at" name="at";
                }
                button type="submit" id="give" { "同意して送信する" }
            }
            @if !given.is_empty() { (standings(&here, given)) }
            p { a id="back" href={ "/" (station.key) } { "カードの一覧に戻る" } }
        },
    )
}

/// The consents there are, with what withdraws those that hold.
fn standings(here: &str, given: &[Standing]) -> Markup {
    html! {
        h2 { "これまでの同意" }
        form method="post" action={ (here) "/withdraw" } {
            fieldset {
                legend { "取り消す同意" }
                @for one in given {
                    @let id = format!("withdraw-{}", one.kind.name());
                    @match one.ended {
                        None => label for=(id) {
                            input type="checkbox" id=(id) name=(one.kind.name()) value="1";
                            (one.kind.name_ja()) " "
                            span.small {
                                (moment(one.given)) " に同意"
                                @if let Some(until) = one.until { "、" (moment(until)) " まで" }
                            }
                        },
                        Some(ended) => p.small id={ "ended-" (one.kind.name()) } {
                            (one.kind.name_ja()) " " (moment(one.given)) " に同意 → " (ended.name_ja())
                        },
                    }
                }
            }
            @if given.iter().any(Standing::is_live) {
                label for="reason" { "だれが取り消すか" }
                select id="reason" name="by" {
                    @for by in [Ended::Person, Ended::Institution, Ended::Purpose] {
                        option value=(by.name()) { (by.name_ja()) }
                    }
                }
                button.stop type="submit" id="withdraw" { "選んだ同意を取り消す" }
            }
        }
    }
}

pub(super) fn done(station: &Station, person: &Person, consent: &Consent) -> Markup {
    layout(
        "受け付けました",
        &html! {
            h1 { "受け付けました" }
            div.done id="done" role="status" {
                p { (person.name) " さん　" (moment(consent.at)) }
                p {
                    @match consent.identified {
                        Identified::Pin => "本人の確認: 暗証番号",
                        Identified::Sight => "本人の確認: 目視確認",
                    }
                }
                p {
                    "同意した情報: "
                    @if consent.kinds.is_empty() { "なし（資格の確認のみ）" }
                    @else { (names(&consent.kinds)) }
                }
            }
            p { "結果は事業所の資格確認端末（模擬）から、同意済資格情報の一括取得で受け取ります。" }
            (ways(station, person))
        },
    )
}

pub(super) fn withdrawn(station: &Station, person: &Person, kinds: &[Kind], by: Ended) -> Markup {
    layout(
        "取り消しました",
        &html! {
            h1 { "取り消しました" }
            div.done id="withdrawn" role="status" {
                p { (person.name) " さん" }
                p { "取り消した同意: " (names(kinds)) }
                p { (by.name_ja()) }
            }
            (ways(station, person))
        },
    )
}

fn names(kinds: &[Kind]) -> String {
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name_ja()).collect();
    names.join("・")
}

fn ways(station: &Station, person: &Person) -> Markup {
    html! {
        p { a id="again" href={ "/" (station.key) "/" (person.key) } { "この方の同意を見る" } }
        p { a id="back" href={ "/" (station.key) } { "カードの一覧に戻る" } }
    }
}

pub(super) fn missing() -> Markup {
    layout(
        "見つかりません",
        &html! {
            h1 { "見つかりません" }
            p { "この事業所または利用者は、模擬のデータにありません。" }
            p { a href="/" { "はじめに戻る" } }
        },
    )
}
