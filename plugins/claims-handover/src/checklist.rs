//! The checklist that staff print and tick (`チェックリスト.html`). The pages are templates in
//! `checklist/`; values are escaped.

use crate::Settings;
use crate::files::{CLAIM_FILE, folder, payer_code, payer_name};
use reseplug_sdk::Context;
use reseplug_sdk::claims::{Filing, FilingKind};

const PAGE: &str = include_str!("checklist/page.html");
const CLAIM: &str = include_str!("checklist/claim.html");
const TRIAL: &str = include_str!("checklist/trial.html");
/// Lines of the table that staff fill in.
const CLAIM_DONE: &[&str] = &[
    "レセプト送信",
    "請求状況の確認",
    "請求取消",
    "請求確定（エラー分含む）",
    "請求確定（エラー分除く）",
    "受領書CSVの保存",
    "受領書の取り込み",
    "別の人の確認",
];
const TRIAL_DONE: &[&str] = &["確認試験の送信", "結果の保存", "結果の取り込み"];
const AGAIN: &str = include_str!("checklist/again.html");

/// The whole page.
pub(crate) fn html(ctx: &Context<Settings>, filing: &Filing) -> String {
    let (steps, title, banner, class, done) = match filing.kind {
        FilingKind::Claim => (
            CLAIM,
            "オンライン請求 確認表",
            "このファイルはまだ請求されていません。下の手順でオンライン請求端末から送信し、請求確定するまで請求になりません。",
            "claim",
            CLAIM_DONE,
        ),
        FilingKind::Trial => (
            TRIAL,
            "確認試験 確認表",
            "確認試験 ― 請求ではありません。「レセプト送信」や請求確定には使わないでください。",
            "trial",
            TRIAL_DONE,
        ),
    };
    let bytes = grouped(filing.document.bytes.len());
    let receipts = grouped(filing.receipts);
    let total = grouped(filing.total);
    let folder = folder(filing);
    let month = month_ja(&filing.claim_month);
    let sending = filing.sequence.max(1).to_string();
    let before = filing.before.as_deref();
    let again = if before.is_some() { AGAIN } else { "" };
    let note = ctx.settings.calendar_note.as_str();
    let own = (!note.is_empty()).then_some(note);
    let when: Vec<&str> = filing
        .calendar
        .iter()
        .map(String::as_str)
        .chain(own)
        .collect();
    let when = when.join("\n");
    let record: String = done
        .iter()
        .map(|what| {
            format!(
                "<tr><th><span class=\"box\"></span>{what}</th><td></td><td></td><td></td></tr>\n"
            )
        })
        .collect();
    fill(
        &PAGE
            .replace("{{steps}}", steps)
            .replace("{{again}}", again)
            .replace("{{record}}", &record),
        &[
            ("title", title),
            ("banner", banner),
            ("class", class),
            ("station", &ctx.station.name),
            ("station_code", &ctx.station.code),
            ("prefecture", &ctx.station.prefecture),
            ("payer", payer_name(filing.payer)),
            ("month", &month),
            ("receipts", &receipts),
            ("total", &total),
            ("folder", &folder),
            ("sending", &sending),
            ("earlier", before.unwrap_or_default()),
            ("claim_month", &filing.claim_month),
            ("payer_code", payer_code(filing.payer)),
            ("file", CLAIM_FILE),
            ("bytes", &bytes),
            ("sha256", &filing.sha256),
            ("key", &filing.key),
            ("when", &when),
        ],
    )
}

/// `2024-11` as `2024年11月`; what is no month stays as it is.
fn month_ja(month: &str) -> String {
    match month.split_once('-') {
        Some((year, month)) => format!("{year}年{}月", month.trim_start_matches('0')),
        None => month.to_owned(),
    }
}

/// Digits in groups of three: `1,234,560`.
fn grouped(number: impl ToString) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Fills `{{name}}`. One pass over the template, so that a value is never taken for a name.
fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        match after.split_once("}}") {
            Some((name, tail)) => {
                if let Some((_, value)) = values.iter().find(|(n, _)| *n == name) {
                    escape(value, &mut out);
                }
                rest = tail;
            }
            None => rest = after,
        }
    }
    out.push_str(rest);
    out
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_for_reading() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_560), "1,234,560");
    }

    #[test]
    fn a_value_is_escaped_and_never_read_as_a_name() {
        assert_eq!(
            fill("<b>{{a}}</b>{{b}}", &[("a", "<{{b}}>"), ("b", "x")]),
            "<b>&lt;{{b}}&gt;</b>x"
        );
    }

    #[test]
    fn every_name_of_the_templates_has_a_value() {
        for page in [CLAIM, TRIAL, AGAIN, PAGE] {
            for name in page
                .split("{{")
                .skip(1)
                .filter_map(|t| t.split("}}").next())
            {
                assert!(
                    include_str!("checklist.rs").contains(&format!("(\"{name}\","))
                        || matches!(name, "steps" | "again" | "record"),
                    "{name}"
                );
            }
        }
    }
}
