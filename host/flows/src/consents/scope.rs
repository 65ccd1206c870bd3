//! What people consent to have viewed, by the units in which a consent is taken back.

use reseplug_effect::Fault;
use serde::{Deserialize, Serialize};

/// One unit of consent: what staff call it, and what the centre does (閲覧同意情報種別,
/// OQSCD036). 限度額 has no such code: it is told to the station, not viewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// 限度額
    Limit,
    /// 特定疾病
    SpecificDisease,
    /// 特定健診
    Checkup,
    /// 薬剤（処方）
    Drugs,
    /// 診療（アレルギー等・検査）
    Care,
    /// 手術（傷病名・感染症）
    Surgery,
}

/// What is known of a scope.
struct Row {
    scope: Scope,
    name_ja: &'static str,
    name_en: &'static str,
    /// OQSCD036
    code: Option<&'static str>,
    /// Kinds of consent in an answer that belong to it. Which code a newer kind (since 2025-01)
    /// belongs to is inferred from the names in OQSCD036; `ContraindicationInfo` from the word
    /// アレルギー等.
    kinds: &'static [&'static str],
}

const ROWS: [Row; 6] = [
    Row {
        scope: Scope::Limit,
        name_ja: "限度額",
        name_en: "limit",
        code: None,
        kinds: &["limit"],
    },
    Row {
        scope: Scope::SpecificDisease,
        name_ja: "特定疾病",
        name_en: "specific-disease",
        code: Some("TSR"),
        kinds: &["specific-disease"],
    },
    Row {
        scope: Scope::Checkup,
        name_ja: "健診",
        name_en: "checkup",
        code: Some("TKK"),
        kinds: &["SpecificHealthCheckupsInfo"],
    },
    Row {
        scope: Scope::Drugs,
        name_ja: "薬剤",
        name_en: "drugs",
        code: Some("YZK"),
        kinds: &["PharmacistsInfo", "PrescriptionInfo"],
    },
    Row {
        scope: Scope::Care,
        name_ja: "診療",
        name_en: "care",
        code: Some("SRJ"),
        kinds: &[
            "DiagnosisInfo",
            "AllergyInfo",
            "ContraindicationInfo",
            "TestInfo",
        ],
    },
    Row {
        scope: Scope::Surgery,
        name_ja: "手術",
        name_en: "surgery",
        code: Some("SHJ"),
        kinds: &["OperationInfo", "DiagnosisName", "InfectiousInfo"],
    },
];

impl Scope {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Limit,
        Self::SpecificDisease,
        Self::Checkup,
        Self::Drugs,
        Self::Care,
        Self::Surgery,
    ];

    fn row(self) -> Option<&'static Row> {
        ROWS.iter().find(|row| row.scope == self)
    }

    /// The trade's short word: 薬剤.
    pub fn name_ja(self) -> &'static str {
        self.row().map_or("", |row| row.name_ja)
    }

    /// The same for a program: `drugs`.
    pub fn name_en(self) -> &'static str {
        self.row().map_or("", |row| row.name_en)
    }

    /// 閲覧同意情報種別 (OQSCD036); absent for 限度額, which the centre does not take back.
    pub fn code(self) -> Option<&'static str> {
        self.row().and_then(|row| row.code)
    }

    /// The kind of a consent as an answer names it: the one that stands for the scope.
    pub(crate) fn kind(self) -> &'static str {
        self.row()
            .and_then(|row| row.kinds.first().copied())
            .unwrap_or_default()
    }

    /// All kinds of consent that belong to it, as answers name them.
    pub(crate) fn kinds(self) -> Vec<String> {
        self.row()
            .map(|row| row.kinds.iter().map(|kind| (*kind).to_owned()).collect())
            .unwrap_or_default()
    }

    /// The scope a kind of consent belongs to.
    pub fn of_kind(kind: &str) -> Option<Self> {
        ROWS.iter()
            .find(|row| row.kinds.contains(&kind))
            .map(|row| row.scope)
    }

    /// Whether it is to viewing, which ends some day, or only to telling the station.
    pub fn is_viewing(self) -> bool {
        !matches!(self, Self::Limit | Self::SpecificDisease)
    }

    /// Reads a list as staff write it: `薬剤,診療`, `drugs`, `YZK` or `all`.
    ///
    /// # Errors
    /// `consents/kind` with the words that are known.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, Fault> {
        let mut found: Vec<Self> = Vec::new();
        for word in text.split([',', '、', '・', ' ']).filter(|w| !w.is_empty()) {
            if ["all", "すべて"].contains(&word) {
                found.extend(Self::ALL);
                continue;
            }
            let row = ROWS.iter().find(|row| {
                row.name_ja == word
                    || row.name_en == word
                    || row.code == Some(word)
                    || row.kinds.contains(&word)
            });
            found.push(row.ok_or_else(|| unknown(word))?.scope);
        }
        if found.is_empty() {
            return Err(unknown(text));
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }
}

fn unknown(word: &str) -> Fault {
    let ja: Vec<&str> = ROWS.iter().map(|row| row.name_ja).collect();
    let en: Vec<&str> = ROWS.iter().map(|row| row.name_en).collect();
    Fault::new(
        "consents/kind",
        format!(
            "同意の種類「{word}」は分かりません。{}、またはすべて から選び、読点かコンマで並べてください。",
            ja.join("・")
        ),
        format!(
            "`{word}` is no kind of consent; choose from {} or all, separated by commas",
            en.join(", ")
        ),
    )
}

/// What an answer's kind of consent is called.
pub fn kind_ja(kind: &str) -> &str {
    let element = match kind {
        "limit" => onshi::LIMIT,
        "specific-disease" => onshi::SPECIFIC_DISEASES,
        other => other,
    };
    onshi::CONSENT_KINDS
        .iter()
        .find(|known| known.element == element)
        .map_or(kind, |known| known.name_ja)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn staff_may_name_a_kind_by_its_word_its_code_or_its_element() {
        let same = [Scope::Drugs, Scope::Care];
        for text in ["薬剤,診療", "YZK、SRJ", "care drugs", "DiagnosisInfo,薬剤"] {
            assert_eq!(Scope::parse_list(text).unwrap(), same, "{text}");
        }
        assert_eq!(Scope::parse_list("すべて").unwrap(), Scope::ALL);
        for wrong in ["", "薬", "薬剤,x"] {
            assert_eq!(Scope::parse_list(wrong).unwrap_err().code, "consents/kind");
        }
    }

    #[test]
    fn every_kind_an_answer_can_carry_belongs_to_one_scope_and_every_code_is_of_oqscd036() {
        for known in onshi::CONSENT_KINDS {
            let kind = match known.element {
                onshi::LIMIT => "limit",
                onshi::SPECIFIC_DISEASES => "specific-disease",
                other => other,
            };
            assert!(Scope::of_kind(kind).is_some(), "{kind}");
            assert_eq!(kind_ja(kind), known.name_ja);
        }
        for code in ROWS.iter().filter_map(|row| row.code) {
            assert!(onshi::tables::meaning("OQSCD036", code).is_some(), "{code}");
        }
    }
}
