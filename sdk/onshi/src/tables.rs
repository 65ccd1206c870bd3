//! The code tables OQSCD001 … OQSCD044 as data: value and meaning. A code that is not here is
//! shown as it stands; nothing fails on it.
//!
//! The official list (別紙5-1) is not public; these come from public code that copied it. What
//! is missing in a table, or known of no element, is said in [`CodeTable::missing`].

mod data;

pub use data::TABLES;

use crate::Confidence;

/// One code table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeTable {
    /// `OQSCD006`
    pub id: &'static str,
    /// What the codes say, in Japanese.
    pub name_ja: &'static str,
    /// Elements that hold the code; `…` stands for the kinds of [`crate::CONSENT_KINDS`].
    pub elements: &'static [&'static str],
    /// How sure the values are.
    pub confidence: Confidence,
    /// Values and their meanings, in the order of the table.
    pub values: &'static [(&'static str, &'static str)],
    /// What is not known about the table, in Japanese.
    pub missing: Option<&'static str>,
}

/// The table of that id.
pub fn table(id: &str) -> Option<&'static CodeTable> {
    TABLES.iter().find(|t| t.id == id)
}

/// What a code means, in Japanese.
///
/// ```
/// assert_eq!(onshi::tables::meaning("OQSCD019", "05"), Some("訪問看護"));
/// assert_eq!(onshi::tables::meaning("OQSCD019", "99"), None);
/// ```
pub fn meaning(id: &str, value: &str) -> Option<&'static str> {
    table(id)?.meaning(value)
}

/// A code as people read it: its meaning with the code behind it. A code that the table does
/// not know, or a table that nobody knows, is said to be unknown.
///
/// ```
/// use onshi::tables::explain;
/// assert_eq!(explain("OQSCD006", "3"), "無効（新しい資格あり）（3）");
/// assert_eq!(explain("OQSCD006", "8"), "意味不明のコード（8）");
/// ```
pub fn explain(id: &str, value: &str) -> String {
    format!("{}（{value}）", meaning(id, value).unwrap_or(UNKNOWN))
}

/// What stands in the place of a meaning that nobody knows.
pub(crate) const UNKNOWN: &str = "意味不明のコード";

/// The table of the code that an element holds. Consent flags end in `ConsFlg`.
///
/// ```
/// use onshi::tables::of_element;
/// assert_eq!(of_element("Sex1").map(|t| t.id), Some("OQSCD007"));
/// assert_eq!(of_element("PharmacistsInfoConsFlg").map(|t| t.id), Some("OQSCD016"));
/// assert_eq!(of_element("Address"), None);
/// ```
pub fn of_element(element: &str) -> Option<&'static CodeTable> {
    let own = TABLES.iter().find(|t| t.elements.contains(&element));
    own.or_else(|| {
        let kind = element.strip_suffix("ConsFlg")?;
        crate::CONSENT_KINDS
            .iter()
            .any(|known| known.element == kind)
            .then(|| table("OQSCD016"))?
    })
}

impl CodeTable {
    /// What a code of this table means, in Japanese.
    pub fn meaning(&self, value: &str) -> Option<&'static str> {
        let found = self.values.iter().find(|(v, _)| *v == value);
        found.map(|(_, ja)| *ja)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_from_001_to_044_is_there_and_has_values_or_says_why_not() {
        let ids: Vec<&str> = TABLES.iter().map(|t| t.id).collect();
        let all: Vec<String> = (1..=44).map(|n| format!("OQSCD{n:03}")).collect();
        assert_eq!(ids, all);
        for table in TABLES {
            assert!(
                !table.values.is_empty() || table.missing.is_some(),
                "{}",
                table.id
            );
            assert!(
                !table.elements.is_empty() || table.missing.is_some(),
                "{}",
                table.id
            );
            let mut values: Vec<&str> = table.values.iter().map(|(v, _)| *v).collect();
            values.sort_unstable();
            values.dedup();
            assert_eq!(values.len(), table.values.len(), "{}", table.id);
        }
    }

    #[test]
    fn a_code_without_a_meaning_is_named_as_unknown() {
        assert_eq!(explain("OQSCD036", "TSR"), "特定疾病療養受療証情報（TSR）");
        assert_eq!(explain("OQSCD099", "1"), "意味不明のコード（1）");
        let reason = table("OQSCD031").unwrap();
        assert_eq!(reason.meaning("2"), Some("患者による同意取り消し"));
        assert!(reason.missing.unwrap().contains("要素名"));
    }
}
