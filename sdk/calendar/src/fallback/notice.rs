use std::fmt::Write as _;

use reseplug_model::{Date, EraDate, Month};

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
}

const TITLE: &str = "猶予届出書に書くこと（公式の様式ではありません）";
const LEAD: &str = "これは書く内容の控えです。様式は支払基金・国保連に問い合わせ、同じ内容を2通書き、請求に添えて両方に1通ずつ出してください。受け付けられるかどうかは提出先が決めます。";

/// To whom it goes: both, always.
const ADDRESSEES: [&str; 2] = ["社会保険診療報酬支払基金", "国民健康保険団体連合会"];

impl Notice {
    fn fields(&self) -> Vec<(&'static str, String)> {
        let day = |day: Option<Date>| {
            day.map(|day| EraDate::of(day).map_or_else(|| day.to_string(), |era| era.to_string()))
        };
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

    /// As plain text, both payers one after the other.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("{TITLE}\n{LEAD}\n");
        for payer in ADDRESSEES {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "\n{payer} 御中");
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
            "<!DOCTYPE html>\n<html lang=\"ja\"><head><meta charset=\"utf-8\"><title>{TITLE}</title><style>@page {{ size: A4; margin: 18mm }} body {{ font-family: 'Yu Gothic', Meiryo, sans-serif; font-size: 11pt }} section {{ break-after: page }} table {{ border-collapse: collapse; width: 100% }} th, td {{ border: 1px solid #000; padding: 3mm; text-align: left; vertical-align: top }} th {{ width: 45mm; font-weight: normal; background: #eee }} .note {{ border: 2px solid #000; padding: 2mm }}</style></head><body>\n"
        );
        for payer in ADDRESSEES {
            let _ = write!(
                page,
                "<section><h1>{TITLE}</h1><p class=\"note\">{LEAD}</p><h2>{payer}　御中</h2><table>"
            );
            for (name, value) in self.fields() {
                let _ = write!(page, "<tr><th>{name}</th><td>{}</td></tr>", escaped(&value));
            }
            page.push_str("</table></section>\n");
        }
        page.push_str("</body></html>\n");
        page
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
