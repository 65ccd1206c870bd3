use std::fmt::Write as _;

use reseplug_model::{Date, EraDate, Month};

use super::Rule;
use super::sheet::day_ja;

/// What a 猶予届出書 has to say, to copy into the payer's own form.
///
/// The official form is not public here: this is a list of what to write, on paper twice, one for
/// each payer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notice {
    /// 訪問看護ステーションコード.
    pub station_code: Option<String>,
    /// 名称.
    pub station_name: Option<String>,
    /// 都道府県, in words or by its code.
    pub prefecture: Option<String>,
    /// 電話番号.
    pub phone: Option<String>,
    /// 管理者 or whoever signs.
    pub manager: Option<String>,
    /// 請求年月 of the claim it goes with.
    pub claim_month: Option<Month>,
    /// やむを得ない事情: what happened.
    pub reason: Option<String>,
    /// When it began.
    pub since: Option<Date>,
    /// When it is expected to be resolved.
    pub expected: Option<Date>,
    /// 届出年月日.
    pub written_on: Option<Date>,
    /// The rules under which it is given: see [`notified_on_paper`](super::notified_on_paper).
    pub cases: Vec<&'static Rule>,
}

const TITLE: &str = "猶予届出書に書くこと（公式の様式ではありません）";
const LEAD: &str = "これは書く内容の控えです。様式は支払基金・国保連に問い合わせ、同じ内容を2通書き、請求に添えて両方に1通ずつ出してください。受け付けられるかどうかは提出先が決めます。";

/// What stands above the cases; whoever writes it marks the one that is theirs.
const CASES: &str = "この届出書が要る場合（当てはまるものに印を付けます）";

/// To whom it goes: both, always.
const ADDRESSEES: [&str; 2] = ["社会保険診療報酬支払基金", "国民健康保険団体連合会"];

impl Notice {
    fn fields(&self) -> Vec<(&'static str, String)> {
        let day = |day: Option<Date>| day.map(day_ja);
        let month = self
            .claim_month
            .map(|month| format!("{}請求分", in_era(month)));
        [
            ("届出年月日", day(self.written_on)),
            ("都道府県", self.prefecture.clone()),
            ("ステーションコード", self.station_code.clone()),
            ("名称", self.station_name.clone()),
            ("管理者", self.manager.clone()),
            ("電話番号", self.phone.clone()),
            ("請求年月", month),
            ("猶予を受けたい業務", Some("オンライン請求".to_owned())),
            ("やむを得ない事情", self.reason.clone()),
            ("事情が生じた日", day(self.since)),
            ("解消する見込み", day(self.expected)),
        ]
        .into_iter()
        .map(|(name, value)| {
            let value = value.filter(|value| !value.trim().is_empty());
            (name, value.unwrap_or_else(|| "＿＿＿＿＿＿＿＿".to_owned()))
        })
        .collect()
    }

    /// Each case with its rule's text and source.
    fn case(rule: &Rule) -> (String, String) {
        (
            format!("□ {}", rule.heading_ja()),
            format!("{}（出典: {}）", rule.text_ja, rule.source),
        )
    }

    /// As plain text, both payers one after the other.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("{TITLE}\n{LEAD}\n");
        for payer in ADDRESSEES {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "\n{payer} 御中");
            if !self.cases.is_empty() {
                let _ = writeln!(text, "  {CASES}");
            }
            for (heading, rule) in self.cases.iter().map(|rule| Self::case(rule)) {
                let _ = writeln!(text, "    {heading}\n      {rule}");
            }
            for (name, value) in self.fields() {
                let _ = writeln!(text, "  {name}：{value}");
            }
        }
        text
    }

    /// As a page to print, one sheet for each payer.
    #[must_use]
    pub fn html(&self) -> String {
        let mut page = format!(
            "<!DOCTYPE html>\n<html lang=\"ja\"><head><meta charset=\"utf-8\"><title>{TITLE}</title><style>@page {{ size: A4; margin: 18mm }} body {{ font-family: 'Yu Gothic', Meiryo, sans-serif; font-size: 11pt }} section {{ break-after: page }} table {{ border-collapse: collapse; width: 100% }} th, td {{ border: 1px solid #000; padding: 3mm; text-align: left; vertical-align: top }} th {{ width: 45mm; font-weight: normal; background: #eee }} .note {{ border: 2px solid #000; padding: 2mm }} dt {{ font-weight: bold }} dd {{ margin: 0 0 2mm 6mm; font-size: 9pt }}</style></head><body>\n"
        );
        for payer in ADDRESSEES {
            let _ = write!(
                page,
                "<section><h1>{TITLE}</h1><p class=\"note\">{LEAD}</p><h2>{payer}　御中</h2>"
            );
            page.push_str(&self.cases_html());
            page.push_str("<table>");
            for (name, value) in self.fields() {
                let _ = write!(page, "<tr><th>{name}</th><td>{}</td></tr>", escaped(&value));
            }
            page.push_str("</table></section>\n");
        }
        page.push_str("</body></html>\n");
        page
    }

    fn cases_html(&self) -> String {
        if self.cases.is_empty() {
            return String::new();
        }
        let mut list = format!("<p>{CASES}</p><dl>");
        for (heading, rule) in self.cases.iter().map(|rule| Self::case(rule)) {
            let (heading, rule) = (escaped(&heading), escaped(&rule));
            let _ = write!(list, "<dt>{heading}</dt><dd>{rule}</dd>");
        }
        list.push_str("</dl>");
        list
    }
}

/// 令和6年11月, as the days beside it are written.
fn in_era(month: Month) -> String {
    let whole = EraDate::of(month.first_day()).map(|first| first.to_string());
    let era = whole.and_then(|text| text.split_once('月').map(|(head, _)| format!("{head}月")));
    era.unwrap_or_else(|| format!("{}年{}月", month.year(), month.number()))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
