//! The page's HTML. Japanese, plain, for a phone held at a bedside.

use super::{Consent, Identified, Kind};
use crate::station::{Person, Station};
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = "
body{font-family:system-ui,'Hiragino Sans','Noto Sans CJK JP',sans-serif;margin:0;background:#f4f6f5;color:#1c2b27;font-size:18px;line-height:1.6}
.mock{background:#8a2b2b;color:#fff;padding:.6em 1em;font-weight:bold;position:sticky;top:0}
main{max-width:36em;margin:0 auto;padding:1em}
h1{font-size:1.3em;margin:.4em 0}
.card{display:block;background:#fff;border:1px solid #c7d2ce;border-radius:10px;padding:.7em 1em;margin:.5em 0;text-decoration:none;color:inherit}
a.card:focus,a.card:hover{border-color:#1f6f5c;background:#eef6f3}
.small{color:#50635c;font-size:.85em}
fieldset{border:1px solid #c7d2ce;border-radius:10px;background:#fff;margin:1em 0;padding:.6em 1em}
label{display:block;padding:.35em 0}
input[type=checkbox],input[type=radio]{width:1.3em;height:1.3em;vertical-align:middle;margin-right:.5em}
input[type=password],input[type=datetime-local]{font-size:1em;padding:.3em;width:12em}
button{font-size:1.1em;padding:.6em 1.4em;border:0;border-radius:10px;background:#1f6f5c;color:#fff;width:100%}
.error{background:#fdecea;border:1px solid #c0564b;border-radius:10px;padding:.6em 1em}
.done{background:#e8f4ec;border:1px solid #4c9a6a;border-radius:10px;padding:.6em 1em}
";

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
                div.mock { "模擬画面です。実際のマイナ在宅受付Webではありません。人物・番号はすべて架空です。" }
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
                a.card href={ "/" (station.key) } { (station.name) }
            }
        },
    )
}

pub(super) fn cards(station: &Station, consents: &[Consent]) -> Markup {
    layout(
        "カードの読み取り",
        &html! {
            h1 { (station.name) }
            p { "利用者のマイナンバーカードをかざす代わりに、架空のカードを選んでください。" }
            @for person in &station.people {
                a.card href={ "/" (station.key) "/" (person.key) } {
                    (person.name) " さん "
                    span.small { (person.born) " 生" }
                    @if let Some(last) = last(station, person, consents) {
                        br; span.small { "読取り済み " (moment(last)) }
                    }
                }
            }
        },
    )
}

fn last<'a>(station: &Station, person: &Person, consents: &'a [Consent]) -> Option<&'a Consent> {
    consents
        .iter()
        .rev()
        .find(|one| one.station == station.key && one.person == person.key)
}

pub(super) fn moment(consent: &Consent) -> String {
    crate::terminal::japan(consent.at)
        .strftime("%Y年%-m月%-d日 %H:%M")
        .to_string()
}

pub(super) fn form(station: &Station, person: &Person, error: Option<&str>) -> Markup {
    layout(
        "同意の確認",
        &html! {
            h1 { (person.name) " さん" }
            p.small { (station.name) "があなたの資格情報を確認します。" }
            @if let Some(error) = error { p.error role="alert" { (error) } }
            form method="post" action={ "/" (station.key) "/" (person.key) } {
                fieldset {
                    legend { "本人の確認" }
                    label { input type="radio" name="identified" value="pin" checked; "暗証番号（4桁）を入力する" }
                    label { "暗証番号 " input type="password" name="pin" inputmode="numeric" maxlength="4" autocomplete="off"; }
                    p.small { "模擬なので、どの4桁でも通ります。本物の暗証番号は入れないでください。" }
                    label { input type="radio" name="identified" value="sight"; "職員がカードの顔写真と見比べた（目視確認）" }
                }
                fieldset {
                    legend { "提供に同意する情報" }
                    p.small { "保険の資格は確認されます。次のものは、同意した場合だけ提供されます。" }
                    @for kind in Kind::ALL {
                        label { input type="checkbox" name=(kind.name()) value="1"; (kind.question_ja()) }
                    }
                }
                details {
                    summary.small { "読み取った日時を変える（練習用）" }
                    label { "日時 " input type="datetime-local" name="at"; }
                }
                p { button type="submit" { "同意して送信する" } }
            }
            p { a href={ "/" (station.key) } { "カードの一覧に戻る" } }
        },
    )
}

pub(super) fn done(station: &Station, person: &Person, consent: &Consent) -> Markup {
    layout(
        "受け付けました",
        &html! {
            h1 { "受け付けました" }
            div.done {
                p { (person.name) " さん　" (moment(consent)) }
                p {
                    @match consent.identified {
                        Identified::Pin => "本人の確認: 暗証番号",
                        Identified::Sight => "本人の確認: 目視確認",
                    }
                }
                p {
                    "同意した情報: "
                    @if consent.kinds.is_empty() { "なし（資格の確認のみ）" }
                    @else { (consent.kinds.iter().map(|kind| kind.name_ja()).collect::<Vec<_>>().join("・")) }
                }
            }
            p { "結果は事業所の資格確認端末（模擬）から、同意済資格情報の一括取得で受け取ります。" }
            p { a href={ "/" (station.key) } { "カードの一覧に戻る" } }
        },
    )
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
