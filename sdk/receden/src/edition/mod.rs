//! Editions of the specification as data: records, fields, code tables, and what the rules look up.
//!
//! The tables live in `editions/*.toml`; this module only reads them. A receipt is judged by the
//! edition of its trade and of **its own** 指定訪問看護年月 (診療年月 in 医科), see [`Editions::of`].
//!
//! # Adding an edition
//!
//! An edition is a TOML file, no code. `editions/r0606.toml` says at its head what each key means;
//! [`Editions::with`] (`--edition FILE` in the program) adds one to those that are built in. An edition
//! that differs little names the one it is based on and holds only the records and tables that changed:
//!
//! ```
//! use receden::{Editions, Trade};
//! let editions = Editions::known().clone().with(r#"
//!     id = "R0806"
//!     title = "記録条件仕様（訪問看護用）令和8年6月版"
//!     based_on = "R0606"
//!     applies_from = "2026-06"
//!
//!     [[table]]
//!     id = "7"
//!     name = "一部負担金区分"
//!     codes = [["1", "低所得Ⅱ"], ["3", "低所得Ⅰ"], ["5", "例示"]]
//! "#)?;
//! let month = reseplug_model::Month::new(2026, 7).unwrap();
//! let edition = editions.of(Trade::Nursing, month);
//! assert_eq!(edition.id, "R0806");
//! assert!(edition.is_compared_for(month));
//! assert_eq!(edition.meaning("7", "5"), Some("例示"));
//! assert_eq!(edition.meaning("5", "2"), Some("女"));
//! # Ok::<(), receden::EditionError>(())
//! ```

mod file;
mod spec;

use std::sync::{Arc, LazyLock};

use reseplug_model::Month;
use serde::Deserialize;

pub use file::EditionError;
pub use spec::{
    ChargeGroups, ChargeNeed, CodeRanges, CodeTable, Comment, FieldSpec, MfThresholds, Mode, Need,
    Place, RecordSpec, TableAt, ValueKind,
};
pub(crate) use spec::{charge_code, is_addition};

use crate::payers::PayerSet;
use spec::letters_at;

/// Whose receipts a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Trade {
    /// 訪問看護 (`HM`, RECEIPTH.UKE)
    #[default]
    Nursing,
    /// 医科 (`IR`, RECEIPTC.UKE): read, shown and checked record by record and field by field.
    Medical,
}

impl Trade {
    /// 訪問看護, 医科
    #[must_use]
    pub fn name_ja(self) -> &'static str {
        match self {
            Self::Nursing => "訪問看護",
            Self::Medical => "医科",
        }
    }
}

/// One edition of 記録条件仕様.
#[derive(Debug, Clone)]
pub struct Edition {
    /// `R0606`
    pub id: String,
    /// Title of the document.
    pub title: String,
    /// Whose receipts it is for.
    pub trade: Trade,
    /// First 指定訪問看護年月 it is for.
    pub applies_from: Month,
    /// First 指定訪問看護年月 that falls under a later edition nobody has compared with this one yet.
    pub compared_until: Option<Month>,
    /// Months before this one may have dates of the old form (`GYYMMDD`).
    pub old_dates_until: Option<Month>,
    /// 法別番号 in the order in which 公費 are recorded.
    pub public_order: Vec<String>,
    /// Up to which totals a missing MF record does no harm.
    pub mf_free_up_to: Option<MfThresholds>,
    /// Kinds of charge.
    pub charges: ChargeGroups,
    /// What charges ask for elsewhere in the receipt.
    pub needs: Vec<ChargeNeed>,
    /// Comments whose place is known.
    pub comments: Vec<Comment>,
    /// Records in their order.
    pub records: Vec<RecordSpec>,
    /// Place in `records` by the letters of the id, see [`letters_at`].
    by_letters: Vec<Option<u8>>,
    tables: Vec<CodeTable>,
    /// By the one byte of the code; nobody where there is no such code.
    burdens: Vec<PayerSet>,
    /// Charges that any group or need speaks of.
    spoken_of: CodeRanges,
}

static KNOWN: LazyLock<Editions> = LazyLock::new(|| {
    #[expect(
        clippy::expect_used,
        reason = "the files are part of the program and every test reads them: they cannot be malformed here"
    )]
    Editions { all: Vec::new() }
        .with(include_str!("../../editions/r0606.toml"))
        .and_then(|editions| editions.with(include_str!("../../editions/m0404.toml")))
        .expect("editions of the program")
});

/// The editions a receipt may be judged by.
#[derive(Debug, Clone)]
pub struct Editions {
    /// By `applies_from`.
    all: Vec<Arc<Edition>>,
}

impl Default for &Editions {
    fn default() -> Self {
        Editions::known()
    }
}

impl Editions {
    /// Those that are part of the program: R0606 of 訪問看護 and M0404 of 医科.
    #[must_use]
    pub fn known() -> &'static Self {
        &KNOWN
    }

    /// With one more, from the text of its file. One of the same id takes the place of the earlier.
    ///
    /// # Errors
    /// [`EditionError`] says what is wrong with the text; nothing is added then.
    pub fn with(mut self, text: &str) -> Result<Self, EditionError> {
        let edition = file::read(text, &self)?;
        self.all.retain(|other| other.id != edition.id);
        self.all.push(Arc::new(edition));
        self.all.sort_by_key(|edition| edition.applies_from);
        Ok(self)
    }

    /// All of them, the earliest first.
    pub fn iter(&self) -> impl Iterator<Item = &Edition> {
        self.all.iter().map(Arc::as_ref)
    }

    /// One by its id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Edition> {
        self.iter().find(|edition| edition.id == id)
    }

    /// The edition for a 指定訪問看護年月: the newest that applies, or the earliest there is. Whether it is
    /// known to be the right one tells [`Edition::is_compared_for`].
    #[must_use]
    pub fn of(&self, trade: Trade, service_month: Month) -> &Edition {
        let mut of_trade = self.iter().filter(|edition| edition.trade == trade);
        let first = of_trade.next().unwrap_or(Edition::r0606());
        of_trade
            .take_while(|edition| edition.applies_from <= service_month)
            .last()
            .unwrap_or(first)
    }

    /// The newest edition of a trade.
    #[must_use]
    pub fn newest(&self, trade: Trade) -> &Edition {
        self.iter()
            .filter(|edition| edition.trade == trade)
            .last()
            .unwrap_or(Edition::r0606())
    }
}

impl Edition {
    /// The edition of 訪問看護 of 令和6年6月.
    #[must_use]
    pub fn r0606() -> &'static Self {
        static R0606: LazyLock<&'static Edition> = LazyLock::new(|| {
            #[expect(clippy::expect_used, reason = "KNOWN holds it")]
            Editions::known().get("R0606").expect("R0606")
        });
        &R0606
    }

    /// The edition of 訪問看護 for a 指定訪問看護年月, of those that are part of the program.
    #[must_use]
    pub fn of(service_month: Month) -> &'static Self {
        Editions::known().of(Trade::Nursing, service_month)
    }

    /// Whether this edition is known to be in force for visits of a month.
    #[must_use]
    pub fn is_compared_for(&self, service_month: Month) -> bool {
        self.applies_from <= service_month
            && self
                .compared_until
                .is_none_or(|until| service_month < until)
    }

    /// The record of an id.
    #[must_use]
    pub fn record(&self, id: &str) -> Option<&RecordSpec> {
        match id.as_bytes() {
            [a, b] => self.record_of([*a, *b]),
            _ => None,
        }
    }

    /// The record of an id of two letters.
    pub(crate) fn record_of(&self, letters: [u8; 2]) -> Option<&RecordSpec> {
        let at = (*self.by_letters.get(letters_at(letters)?)?)?;
        self.records.get(usize::from(at))
    }

    /// A field by its record's id and its number, from 1.
    #[must_use]
    pub fn field(&self, record: &str, number: usize) -> Option<&FieldSpec> {
        self.record(record)?.fields.get(number.checked_sub(1)?)
    }

    /// A code table by the number of its 別表.
    #[must_use]
    pub fn table(&self, id: &str) -> Option<&CodeTable> {
        self.tables.iter().find(|table| table.id == id)
    }

    /// The code table of a field of this edition.
    #[must_use]
    pub fn table_at(&self, at: &TableAt) -> Option<&CodeTable> {
        self.tables.get(at.0)
    }

    /// The meaning of a code in a 別表.
    #[must_use]
    pub fn meaning(&self, table: &str, code: &str) -> Option<&str> {
        self.table(table)?.meaning(code)
    }

    /// The payers a 負担区分 (別表22) stands for.
    #[must_use]
    pub fn burden(&self, code: &str) -> Option<PayerSet> {
        self.burden_of(code.as_bytes())
    }

    /// Whether any group of charges or any need speaks of a charge: most of a file are visits, of which
    /// none does.
    pub(crate) fn speaks_of(&self, charge: u32) -> bool {
        self.spoken_of.contains(charge)
    }

    pub(crate) fn burden_of(&self, code: &[u8]) -> Option<PayerSet> {
        let [code] = code else { return None };
        self.burdens
            .get(usize::from(*code))
            .copied()
            .filter(|payers| !payers.is_empty())
    }
}
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn field_counts_are_those_of_the_specification() {
        let counts: Vec<(&str, usize)> = Edition::r0606()
            .records
            .iter()
            .map(|r| (r.id.as_str(), r.fields.len()))
            .collect();
        assert_eq!(
            counts,
            [
                ("HM", 8),
                ("RE", 15),
                ("HO", 12),
                ("KO", 8),
                ("SN", 9),
                ("JD", 33),
                ("MF", 33),
                ("GI", 8),
                ("IH", 7),
                ("HJ", 4),
                ("JS", 6),
                ("SY", 5),
                ("RJ", 29),
                ("TJ", 5),
                ("TZ", 4),
                ("KS", 5),
                ("CO", 4),
                ("KA", 9),
                ("GO", 1),
            ]
        );
    }

    #[test]
    fn all_31_sets_of_payers_have_a_code() {
        let edition = Edition::r0606();
        let sets: std::collections::HashSet<_> = edition
            .burdens
            .iter()
            .filter(|set| !set.is_empty())
            .collect();
        assert_eq!(sets.len(), 31);
        assert_eq!(edition.table("4").map(|t| t.codes.len()), Some(39));
        for (code, meaning) in edition.table("22").unwrap().codes() {
            assert_eq!(edition.burden(code).unwrap().to_string(), meaning);
        }
    }

    #[test]
    fn every_receipt_type_of_the_table_can_be_decoded() {
        for (code, _) in Edition::r0606().table("4").unwrap().codes() {
            assert_eq!(
                code.parse::<crate::ReceiptType>().unwrap().to_string(),
                code
            );
        }
    }

    #[test]
    fn every_condition_of_the_edition_is_stated() {
        for record in &Edition::r0606().records {
            let stated = |need: Need, when: &Option<String>| {
                (need == Need::Conditional) == when.as_ref().is_some_and(|when| !when.is_empty())
            };
            assert!(stated(record.need, &record.when), "{}", record.id);
            for field in &record.fields {
                assert!(
                    stated(field.need, &field.when),
                    "{} {}",
                    record.id,
                    field.name
                );
            }
        }
    }

    #[test]
    fn fields_wider_than_their_codes_hold_several() {
        for record in &Edition::r0606().records {
            for field in &record.fields {
                if let Some(table) = field
                    .table
                    .as_ref()
                    .and_then(|t| Edition::r0606().table_at(t))
                {
                    assert_eq!(field.bytes % table.width, 0, "{} {}", record.id, field.name);
                }
            }
        }
    }
}
