//! Medical information as people read it: one entry per month at one place, per dispensing
//! record, per checkup.

use onshi::MedicalItem;
use reseplug_model::{Date, Month};
use reseplug_sdk::home_visit::MedicalEntry;

/// Headings that begin an entry, wherever they stand.
const BEGINS: &[&str] = &[
    "MeTrMonthInf",
    "CzDiMonthInf",
    "ShPrMonthInf",
    "SpecificHealthCheckupInfo",
];
/// Elements that name where something comes from; the first of an entry counts.
const PLACES: &[&str] = &["MeTrDiHNm", "CzMeTrDiHNm", "ShMeTrDiHNm"];
/// Days of what is told.
const DAYS: &[&str] = &["DiDate", "CzDiDate", "ShPrDate", "EffectiveTime"];
/// Months of what is told.
const MONTHS: &[&str] = &["MeTrMonth", "CzDiMonth", "ShPrMonth"];

/// Entries of the lines of an answer. Every line that says something is in one of them.
pub(crate) fn of(items: &[MedicalItem]) -> Vec<MedicalEntry> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    for item in items {
        let is_heading = item.value.is_empty();
        let begins = is_heading && BEGINS.contains(&item.name.as_str());
        let inside = parts.last().is_some_and(|part| item.depth > part.depth);
        if begins || (is_heading && !inside) {
            parts.push(Part {
                depth: item.depth,
                title: said(item),
                lines: Vec::new(),
            });
        } else if inside && let Some(part) = parts.last_mut() {
            part.lines.push(item);
        } else {
            // A line of its own, below no heading.
            parts.push(Part {
                depth: item.depth,
                title: said(item),
                lines: vec![item],
            });
        }
    }
    parts
        .into_iter()
        // A heading whose only contents became entries of their own says nothing.
        .filter(|part| !part.lines.is_empty())
        .map(Part::entry)
        .collect()
}

struct Part<'i> {
    depth: u32,
    title: String,
    lines: Vec<&'i MedicalItem>,
}

impl Part<'_> {
    fn entry(self) -> MedicalEntry {
        let first = |names: &[&str]| {
            let mut lines = self.lines.iter();
            lines.find(|line| names.contains(&line.name.as_str()) && !line.value.is_empty())
        };
        MedicalEntry {
            date: self.date(),
            place: first(PLACES).map(|line| line.value.clone()),
            title: self.title,
            values: self
                .lines
                .iter()
                .map(|line| {
                    let unit = line.unit.as_ref().map(|unit| format!(" {unit}"));
                    let value = format!("{}{}", line.value, unit.unwrap_or_default());
                    (said(line), value)
                })
                .collect(),
        }
    }

    /// The day where all that is told is of one day, else the month.
    fn date(&self) -> Option<String> {
        let all = |names: &'static [&'static str]| {
            self.lines
                .iter()
                .filter(move |line| names.contains(&line.name.as_str()))
                .map(|line| line.value.trim())
        };
        let mut days = all(DAYS);
        if let Some(day) = days.next()
            && days.all(|other| other == day)
            && let Ok(day) = Date::parse_compact(day)
        {
            return Some(day.to_string());
        }
        let month = all(MONTHS).next()?;
        Month::parse_compact(month).ok().map(|m| m.to_string())
    }
}

/// The label, or the element's own name where nobody knows one.
fn said(item: &MedicalItem) -> String {
    item.label.clone().unwrap_or_else(|| item.name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(depth: u32, name: &str, value: &str) -> MedicalItem {
        MedicalItem {
            depth,
            name: name.to_owned(),
            value: value.to_owned(),
            ..MedicalItem::default()
        }
    }

    #[test]
    fn a_month_at_a_place_is_an_entry_with_its_day_where_there_is_one() {
        let items = [
            line(0, "MeTrMonthInf", ""),
            line(1, "MeTrDiHNm", "架空内科医院"),
            line(1, "MeTrMonth", "202410"),
            line(1, "DiDateInf", ""),
            line(2, "DiDate", "20241005"),
            line(2, "DrugN", "架空錠"),
            line(0, "CzDiInf", ""),
            line(1, "CzDiMonthInf", ""),
            line(2, "CzMeTrDiHNm", "架空薬局"),
            line(2, "CzDiMonth", "202410"),
            line(2, "CzDiDate", "20241006"),
            line(2, "CzDiDate", "20241020"),
        ];
        let entries = of(&items);
        let seen: Vec<_> = entries
            .iter()
            .map(|e| (e.title.as_str(), e.date.as_deref(), e.place.as_deref()))
            .collect();
        assert_eq!(
            seen,
            [
                ("MeTrMonthInf", Some("2024-10-05"), Some("架空内科医院")),
                ("CzDiMonthInf", Some("2024-10"), Some("架空薬局")),
            ]
        );
        assert_eq!(entries[0].values.len(), 5);
        assert_eq!(
            entries[0].values[2],
            ("DiDateInf".to_owned(), String::new())
        );
    }

    #[test]
    fn nothing_is_left_out_that_stands_below_no_known_heading() {
        let items = [
            line(0, "Remark", "備考"),
            line(0, "Unknown", ""),
            line(1, "Inside", "値"),
        ];
        let values: Vec<String> = of(&items)
            .into_iter()
            .flat_map(|e| e.values)
            .map(|(_, value)| value)
            .collect();
        assert_eq!(values, ["備考", "値"]);
    }
}
