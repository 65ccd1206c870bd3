//! The coverage group on both sides.

use super::ja_day;
use crate::coverage::Coverage;
use maud::{Markup, html};
use reseplug_model::Date;

/// What the two sides of a coverage table are, and the word at a field where they differ.
#[derive(Clone, Copy)]
pub(super) struct Sides {
    pub(super) before: &'static str,
    pub(super) after: &'static str,
    differs: Option<&'static str>,
}

pub(super) const ANSWER: Sides = Sides {
    before: "製品",
    after: "回答",
    differs: Some("◀ 違う"),
};
pub(super) const CHANGED: Sides = Sides {
    before: "前",
    after: "後",
    differs: Some("◀ 変わった"),
};
pub(super) const ADDED: Sides = Sides {
    before: "これまで（そのまま残る）",
    after: "加えた期間",
    differs: None,
};

/// The coverage group on both sides, the fields that differ marked in words and colour.
pub(super) fn coverages(
    before: Option<&Coverage>,
    after: Option<&Coverage>,
    sides: Sides,
) -> Markup {
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
