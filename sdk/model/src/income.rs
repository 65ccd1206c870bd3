use crate::Grade;

/// One 限度額適用区分 (OQSCD012) and what it becomes on a receipt.
///
/// Written to a receipt only with recorded consent; what depends on money the answer does not hold
/// (RE13, MF, HO9) is compared with the product's own and never written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IncomeCategory {
    /// LimitApplicationCertificateClassificationFlag, `A01` … `B10`.
    pub flag: &'static str,
    /// Meaning in the words of the trade.
    pub meaning_ja: &'static str,
    /// レセプト特記 (RE field 12, 別表6) without its place, for instance `29`.
    pub tokki: &'static str,
    /// 一部負担金区分 (RE field 13, 別表7) if 高額療養費 is paid in kind; `None` where there is none.
    pub copay_kind_in_kind: Option<&'static str>,
    /// Whether this category exists for 後期高齢者 only.
    pub elderly_system_only: bool,
    /// How sure the row is.
    pub grade: Grade,
}

const fn row(
    flag: &'static str,
    meaning_ja: &'static str,
    tokki: &'static str,
    copay_kind_in_kind: Option<&'static str>,
    grade: Grade,
) -> IncomeCategory {
    IncomeCategory {
        flag,
        meaning_ja,
        tokki,
        copay_kind_in_kind,
        elderly_system_only: false,
        grade,
    }
}

const fn elderly(
    flag: &'static str,
    meaning_ja: &'static str,
    tokki: &'static str,
) -> IncomeCategory {
    IncomeCategory {
        flag,
        meaning_ja,
        tokki,
        copay_kind_in_kind: None,
        elderly_system_only: true,
        grade: Grade::Secondary,
    }
}

/// All categories. Flags and meanings: OQSCD012 as published implementations read it; レセプト特記:
/// a published implementation of 医科 receipts, 41/42 restricted to 後期 by 記録条件仕様（医科用）.
pub const INCOME_CATEGORIES: [IncomeCategory; 16] = [
    row("A01", "区分ア", "26", None, Grade::Secondary),
    row("A02", "区分イ", "27", None, Grade::Secondary),
    row("A03", "区分ウ", "28", None, Grade::Secondary),
    row("A04", "区分エ", "29", None, Grade::Secondary),
    row("A05", "区分オ", "30", None, Grade::Secondary),
    row("A06", "区分オ（境界層該当）", "30", None, Grade::Secondary),
    row("B01", "現役並みⅢ", "26", None, Grade::Secondary),
    row("B02", "現役並みⅡ", "27", None, Grade::Secondary),
    row("B03", "現役並みⅠ", "28", None, Grade::Secondary),
    row("B04", "一般（70～74歳）", "29", None, Grade::Secondary),
    row("B05", "低所得Ⅱ", "30", Some("1"), Grade::Secondary),
    row("B06", "低所得Ⅰ", "30", Some("3"), Grade::Secondary),
    row(
        "B07",
        "低所得Ⅰ（老齢福祉年金受給者）",
        "30",
        Some("3"),
        Grade::Unconfirmed,
    ),
    row(
        "B08",
        "低所得Ⅰ（境界層該当）",
        "30",
        Some("3"),
        Grade::Unconfirmed,
    ),
    elderly("B09", "一般Ⅱ（後期高齢者）", "41"),
    elderly("B10", "一般Ⅰ（後期高齢者）", "42"),
];

impl IncomeCategory {
    /// The category of a flag; `None` for a code that is not known (which callers keep as it is).
    #[must_use]
    pub fn of(flag: &str) -> Option<&'static Self> {
        INCOME_CATEGORIES
            .iter()
            .find(|category| category.flag == flag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flag_stands_once_and_leads_to_its_tokki() {
        let mut flags: Vec<_> = INCOME_CATEGORIES.iter().map(|c| c.flag).collect();
        flags.sort_unstable();
        flags.dedup();
        assert_eq!(flags.len(), 16);
        assert_eq!(IncomeCategory::of("B09").unwrap().tokki, "41");
        assert_eq!(IncomeCategory::of("Z99"), None);
    }
}
