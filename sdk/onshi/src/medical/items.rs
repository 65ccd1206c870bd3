//! From the tree of an answer to lines that people can read.
//!
//! Element names and what they stand for are known from published software \[V-impl\]. An
//! element without a label is shown under its own name; nothing but empty elements and
//! plain wrappers is left out.

use crate::Element;
use serde::{Deserialize, Serialize};

/// One line of what was answered, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MedicalItem {
    /// Level of indentation, from 0. A line without a value is the heading of those below it.
    pub depth: u32,
    /// Name of the element.
    pub name: String,
    /// What it is, in Japanese: a known element's label, or the name that the answer itself
    /// gives a checkup's item. Absent where nobody knows.
    pub label: Option<String>,
    /// The value as it stands; empty for a heading.
    pub value: String,
    /// Unit of the value.
    pub unit: Option<String>,
}

/// Wrappers that hold one kind of element and say nothing themselves.
const WRAPPERS: &[&str] = &[
    "DiDateInfs",
    "CzDiDateInfs",
    "ShPrDateInfs",
    "DrugInfs",
    "CzDrugInfs",
    "ShDrugInfs",
    "MeTrInfs",
    "HealthCheckupResultAndQuestionInfos",
];

/// Labels of elements. The same thing has up to three names: of claims (診療報酬明細書), of
/// dispensing records (`Cz…`) and of electronic prescriptions (`Sh…`).
const LABELS: &[(&[&str], &str)] = &[
    (&["MeTrMonthInf"], "診療・薬剤情報（月別）"),
    (&["CzDiInf"], "調剤情報"),
    (&["CzDiMonthInf"], "調剤情報（月別）"),
    (&["ShPrInf"], "処方情報"),
    (&["ShPrMonthInf"], "処方情報（月別）"),
    (
        &["MeTrDiHCd", "CzMeTrDiHCd", "ShMeTrDiHCd"],
        "医療機関・薬局コード",
    ),
    (
        &["MeTrDiHNm", "CzMeTrDiHNm", "ShMeTrDiHNm"],
        "医療機関・薬局",
    ),
    (
        &["PrlsHCd", "CzPrlsHCd", "ShPrHCd"],
        "処方した医療機関コード",
    ),
    (&["PrlsHNm", "CzPrlsHNm", "ShPrHNm"], "処方した医療機関"),
    (&["MeTrMonth", "CzDiMonth", "ShPrMonth"], "年月"),
    (&["DiDateInf", "CzDiDateInf", "ShPrDateInf"], "日ごとの情報"),
    (&["DiDate", "CzDiDate"], "診療・調剤日"),
    (&["PrDate", "CzPrDate", "ShPrDate"], "処方日"),
    (&["InOut", "CzPrCl", "ShPrCl"], "入院・外来の別"),
    (&["DrugInf", "CzDrugInf", "ShDrugInf"], "薬剤"),
    (&["DrugC", "CzDrugC", "ShDrugC"], "医薬品コード"),
    (&["DrugN", "CzDrugN", "ShDrugN"], "医薬品名"),
    (&["IngreN", "CzIngreN", "ShIngreN"], "成分名"),
    (&["Qua1", "CzQua1", "ShQua1"], "数量"),
    (&["Unit", "CzUnit", "ShUnit"], "単位"),
    (&["UsageN", "CzUsageN", "ShUsageN"], "用法"),
    (&["CzUsageCl", "ShUsageCl"], "用法の区分"),
    (&["Times", "CzTimes", "ShTimes"], "日数・回数"),
    (&["MeTrIdCl"], "診療識別"),
    (&["MeTrInf"], "診療行為"),
    (&["SinInfN"], "診療行為名"),
    (&["SinInfCd"], "診療行為コード"),
    (&["SpecificHealthCheckupInfo"], "特定健診"),
    (&["EffectiveTime"], "実施日"),
];

/// Quantities and the sibling that holds their unit.
const UNITS: &[(&str, &str)] = &[("Qua1", "Unit"), ("CzQua1", "CzUnit"), ("ShQua1", "ShUnit")];

/// One item of a checkup: its name and value stand in elements of their own.
const CHECKUP_ITEM: &str = "HealthCheckupResultAndQuestionInfo";
/// Elements of a checkup's item that its line shows or that are bookkeeping.
const CHECKUP_ITEM_ELEMENTS: &[&str] = &[
    "ItemCode",
    "ItemName",
    "DataType",
    "DataValue",
    "Unit",
    "Oid",
    "DataValueName",
];

fn label(name: &str) -> Option<&'static str> {
    LABELS
        .iter()
        .find(|(names, _)| names.contains(&name))
        .map(|(_, label)| *label)
}

pub(super) fn of(elements: &[Element]) -> Vec<MedicalItem> {
    let mut out = Vec::new();
    walk(elements, 0, &mut out);
    out
}

fn walk(elements: &[Element], depth: u32, out: &mut Vec<MedicalItem>) {
    let says = |name: &str| {
        elements
            .iter()
            .find(|e| e.name == name && !e.is_blank())
            .map(|e| e.text.clone())
    };
    for element in elements.iter().filter(|e| !e.is_blank()) {
        let name = element.name.as_str();
        if WRAPPERS.contains(&name) {
            walk(&element.children, depth, out);
        } else if name == CHECKUP_ITEM {
            checkup_item(element, depth, out);
        } else if element.children.is_empty() {
            let shown_as_unit = UNITS
                .iter()
                .any(|(quantity, unit)| *unit == name && says(quantity).is_some());
            if shown_as_unit {
                continue;
            }
            let unit = UNITS.iter().find(|(quantity, _)| *quantity == name);
            out.push(MedicalItem {
                depth,
                name: name.to_owned(),
                label: label(name).map(str::to_owned),
                value: element.text.clone(),
                unit: unit.and_then(|(_, unit)| says(unit)),
            });
        } else {
            out.push(MedicalItem {
                depth,
                name: name.to_owned(),
                label: label(name).map(str::to_owned),
                ..MedicalItem::default()
            });
            walk(&element.children, depth.saturating_add(1), out);
        }
    }
}

/// 収縮期血圧 128 mmHg; of a coded answer both meaning and code: はい（1）.
fn checkup_item(element: &Element, depth: u32, out: &mut Vec<MedicalItem>) {
    let text = |name: &str| {
        let found = element.child(name).filter(|e| !e.is_blank());
        found.map(|e| e.text.clone())
    };
    let value = match (text("DataValueName"), text("DataValue")) {
        (Some(meaning), Some(code)) => format!("{meaning}（{code}）"),
        (one, other) => one.or(other).unwrap_or_default(),
    };
    let name = text("ItemCode").unwrap_or_else(|| CHECKUP_ITEM.to_owned());
    out.push(MedicalItem {
        depth,
        name,
        label: text("ItemName"),
        value,
        unit: text("Unit"),
    });
    let unknown: Vec<Element> = element
        .children
        .iter()
        .filter(|e| !CHECKUP_ITEM_ELEMENTS.contains(&e.name.as_str()) || !e.children.is_empty())
        .cloned()
        .collect();
    walk(&unknown, depth.saturating_add(1), out);
}
