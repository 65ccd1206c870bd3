//! The coverage group (資格): one value, taken or left as a whole.

use reseplug_effect::{Fault, Place};
use reseplug_engine::contract;
use reseplug_model::{BranchNumber, Date, InsurerNumber, Payer, Period, Relationship};
use serde::{Deserialize, Serialize};

/// A coverage as the host decides about it, parsed from the contract's `coverage`.
///
/// Symbol and number stay text: their zeros and width are part of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// 保険者番号
    pub insurer: InsurerNumber,
    /// 保険者名
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub insurer_name: Option<String>,
    /// 記号
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
    /// 番号 or 被保険者番号
    pub number: String,
    /// 枝番
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<BranchNumber>,
    /// 本人・家族の別
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relationship: Option<Relationship>,
    /// 被保険者証区分 (OQSCD010)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_class: Option<String>,
    /// 負担割合 in percent
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub burden_percent: Option<u32>,
    /// 高齢受給者証の有効期間
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elderly_certificate: Option<Period>,
    /// When it holds.
    #[serde(default)]
    pub period: Period,
    /// What the contract has no field for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extra: Vec<(String, String)>,
}

/// The field that is a group of its own where nothing else differs.
pub(crate) const BURDEN: &str = "負担割合";

/// A field of the group that is not the same on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The field's name in the trade.
    pub field: String,
    /// As the product has it; empty where it has nothing.
    pub on_file: String,
    /// As the central system answered; empty where it has nothing.
    pub answered: String,
}

impl Coverage {
    /// Which payer receipts under this coverage go to.
    pub fn payer(&self) -> Payer {
        self.insurer.payer()
    }

    /// The fields in which the answer differs from this coverage on file.
    ///
    /// Equality is exact: folding helps to find a person, not to call two values the same.
    /// What one side cannot hold is not compared: a claim file has no card class, a bulk
    /// answer no burden ratio. A branch number that the answer has and the file lacks is a
    /// difference, because the file could hold it.
    pub fn differences(&self, answered: &Self) -> Vec<Difference> {
        fn text<T: ToString>(value: Option<T>) -> String {
            value.map(|v| v.to_string()).unwrap_or_default()
        }
        let mut found = Vec::new();
        let mut compare = |field: &str, on_file: String, answered: String| {
            if on_file != answered {
                found.push(Difference {
                    field: field.to_owned(),
                    on_file,
                    answered,
                });
            }
        };
        compare(
            "保険者番号",
            self.insurer.to_string(),
            answered.insurer.to_string(),
        );
        compare(
            "記号",
            text(self.symbol.as_ref()),
            text(answered.symbol.as_ref()),
        );
        compare("番号", self.number.clone(), answered.number.clone());
        if let Some(branch) = &answered.branch {
            compare("枝番", text(self.branch.as_ref()), branch.to_string());
        }
        if let (Some(on_file), Some(answered)) = (self.relationship, answered.relationship) {
            compare(
                "本人・家族",
                on_file.name_ja().into(),
                answered.name_ja().into(),
            );
        }
        if let (Some(on_file), Some(answered)) = (&self.card_class, &answered.card_class) {
            compare("被保険者証区分", on_file.clone(), answered.clone());
        }
        if let (Some(on_file), Some(answered)) = (self.burden_percent, answered.burden_percent) {
            compare(BURDEN, format!("{on_file}%"), format!("{answered}%"));
        }
        found
    }

    /// Whether the answer states this very coverage.
    pub fn is_same(&self, answered: &Self) -> bool {
        self.differences(answered).is_empty()
    }

    /// The same insurer and the same insured person's number: one coverage continued, even
    /// if a detail of it is written otherwise.
    pub fn continues(&self, answered: &Self) -> bool {
        self.insurer == answered.insurer
            && self.symbol == answered.symbol
            && self.number == answered.number
    }

    /// Parses the contract's record. `place` says where it was read.
    ///
    /// # Errors
    /// `coverage/unreadable` when a number or day is not what it should be.
    pub fn parse(from: &contract::Coverage, place: Option<Place>) -> Result<Self, Fault> {
        let fail = |field: &str, error: &dyn std::fmt::Display| {
            let fault = Fault::new(
                "coverage/unreadable",
                format!(
                    "資格の「{field}」が読めません（{error}）。元の書類のこの欄を直してください。"
                ),
                format!(
                    "the {field} of a coverage cannot be read: {error}; correct it in the document it comes from"
                ),
            );
            match &place {
                Some(place) => fault.at(Place {
                    field: Some(field.to_owned()),
                    ..place.clone()
                }),
                None => fault,
            }
        };
        Ok(Self {
            insurer: InsurerNumber::parse(&from.insurer_number)
                .map_err(|e| fail("保険者番号", &e))?,
            insurer_name: from.insurer_name.clone(),
            symbol: from.symbol.clone().filter(|s| !s.is_empty()),
            number: from.number.clone(),
            branch: from
                .branch
                .as_deref()
                .filter(|b| !b.is_empty())
                .map(BranchNumber::parse)
                .transpose()
                .map_err(|e| fail("枝番", &e))?,
            relationship: from.relationship.map(|r| match r {
                contract::Relationship::Insured => Relationship::Insured,
                contract::Relationship::Family => Relationship::Family,
            }),
            card_class: from.card_class.clone(),
            burden_percent: from.burden_percent,
            elderly_certificate: from
                .elderly_certificate
                .as_ref()
                .map(parse_period)
                .transpose()
                .map_err(|e| fail("高齢受給者証の有効期間", &e))?,
            period: parse_period(&from.period).map_err(|e| fail("有効期間", &e))?,
            extra: from.extra.clone(),
        })
    }

    /// The contract's record of this coverage.
    pub fn to_contract(&self) -> contract::Coverage {
        contract::Coverage {
            insurer_number: self.insurer.to_string(),
            insurer_name: self.insurer_name.clone(),
            symbol: self.symbol.clone(),
            number: self.number.clone(),
            branch: self.branch.as_ref().map(ToString::to_string),
            relationship: self.relationship.map(|r| match r {
                Relationship::Insured => contract::Relationship::Insured,
                Relationship::Family => contract::Relationship::Family,
            }),
            card_class: self.card_class.clone(),
            burden_percent: self.burden_percent,
            elderly_certificate: self.elderly_certificate.map(period_to_contract),
            period: period_to_contract(self.period),
            extra: self.extra.clone(),
        }
    }
}

/// Insurer, symbol, number and branch on one line, as staff read a card.
impl std::fmt::Display for Coverage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.insurer)?;
        if let Some(symbol) = &self.symbol {
            write!(f, " {symbol}・")?;
        } else {
            f.write_str(" ")?;
        }
        f.write_str(&self.number)?;
        if let Some(branch) = &self.branch {
            write!(f, "（枝番{branch}）")?;
        }
        Ok(())
    }
}

/// Reads the contract's period.
pub(crate) fn parse_period(from: &contract::Period) -> Result<Period, reseplug_model::DateError> {
    let day = |text: &Option<String>| text.as_deref().map(Date::parse).transpose();
    Ok(Period {
        from: day(&from.from)?,
        to: day(&from.to)?,
    })
}

/// Writes the contract's period.
pub(crate) fn period_to_contract(period: Period) -> contract::Period {
    contract::Period {
        from: period.from.map(|d| d.to_string()),
        to: period.to.map(|d| d.to_string()),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn coverage(insurer: &str, symbol: &str, number: &str, from: &str) -> Coverage {
        Coverage {
            insurer: InsurerNumber::parse(insurer).unwrap(),
            insurer_name: None,
            symbol: (!symbol.is_empty()).then(|| symbol.to_owned()),
            number: number.to_owned(),
            branch: None,
            relationship: None,
            card_class: None,
            burden_percent: None,
            elderly_certificate: None,
            period: Period::new(Some(Date::parse(from).unwrap()), None),
            extra: Vec::new(),
        }
    }

    #[test]
    fn a_number_without_its_leading_zeros_is_another_number() {
        let on_file = coverage("01990011", "12", "1234", "2020-04-01");
        let answered = coverage("01990011", "12", "0001234", "2020-04-01");
        let differences = on_file.differences(&answered);
        assert_eq!(differences.len(), 1);
        assert_eq!(differences[0].field, "番号");
    }

    #[test]
    fn a_branch_number_missing_on_file_is_a_difference_but_not_one_missing_in_the_answer() {
        let without = coverage("01990011", "12", "34", "2020-04-01");
        let with = Coverage {
            branch: Some(BranchNumber::parse("02").unwrap()),
            ..without.clone()
        };
        assert_eq!(without.differences(&with).len(), 1);
        assert!(with.is_same(&without));
    }

    #[test]
    fn what_a_document_cannot_hold_is_not_compared() {
        let on_file = coverage("01990011", "12", "34", "2020-04-01");
        let answered = Coverage {
            card_class: Some("01".into()),
            burden_percent: Some(30),
            relationship: Some(Relationship::Insured),
            ..on_file.clone()
        };
        assert!(on_file.is_same(&answered));
    }

    #[test]
    fn the_contract_form_reads_back_as_the_same_coverage() {
        let mut one = coverage("01990011", "12", "0034", "2020-04-01");
        one.burden_percent = Some(20);
        one.elderly_certificate = Some(Period::new(None, Some(Date::parse("2025-07-31").unwrap())));
        assert_eq!(Coverage::parse(&one.to_contract(), None).unwrap(), one);
    }
}
