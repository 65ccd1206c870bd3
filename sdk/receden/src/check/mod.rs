//! The rules of a claim file: what can be told from the file, the specification and, where one was
//! imported, the master of charges, without asking anybody.
//!
//! Each receipt is judged by its own 指定訪問看護年月, so late receipts (月遅れ) in the same file are judged
//! as what they are. Codes are our own (`R-…`); where a code of 受付・事務点検ASP is known to speak of the
//! same thing it stands in `asp_hint`. A clean result means that none of these rules is broken, never
//! that a payer will take the file.

mod charges;
mod coverage;
mod facts;
mod file;
mod form;
mod master;
mod record;
mod remarks;
mod rule;
mod subject;

use reseplug_model::Grade;
use serde::{Deserialize, Serialize};

pub use rule::{RuleText, catalogue};

use crate::document::ClaimFile;
use crate::edition::{Editions, Trade};
use crate::master::Masters;
use crate::receipt::Part;
use facts::Facts;
use file::{Duplicates, Earlier, Frame, Reading};
use rule::Rule;
use subject::Subject;

/// 区分 of a finding, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// 受付不能: the payer will not take the file or the receipt.
    Reject,
    /// 返戻のおそれ
    ReturnRisk,
    /// 要確認: a person should look.
    Attention,
    /// 参考
    Note,
}

impl Severity {
    /// 受付不能, 返戻のおそれ, 要確認, 参考.
    #[must_use]
    pub fn name_ja(self) -> &'static str {
        match self {
            Self::Reject => "受付不能",
            Self::ReturnRisk => "返戻のおそれ",
            Self::Attention => "要確認",
            Self::Note => "参考",
        }
    }
}

/// What the caller may choose.
#[derive(Debug, Clone, Copy)]
pub struct CheckOptions<'o> {
    /// Severity of a check digit that does not fit, for the numbers whose rule is official
    /// (保険者番号, 公費負担者番号). `None` leaves all check digits unchecked. The numbers whose rule is not
    /// official keep their own, milder severity.
    pub check_digits: Option<Severity>,
    /// Editions to judge by.
    pub editions: &'o Editions,
    /// 訪問看護療養費マスター; without one no rule about prices, staff, counts and combinations is asked.
    pub masters: &'o Masters,
}

impl Default for CheckOptions<'_> {
    fn default() -> Self {
        Self {
            check_digits: Some(Severity::Attention),
            editions: Editions::known(),
            masters: Masters::none(),
        }
    }
}

/// Findings of one rule that are listed one by one.
pub const MOST_OF_A_RULE: usize = 1000;

/// One thing the check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Stable code of the rule, `R-HO-05`.
    pub code: &'static str,
    /// 区分
    pub severity: Severity,
    /// How sure the rule is.
    pub grade: Grade,
    /// The edition in force for the receipt is not known: what would be 受付不能 is 要確認.
    pub edition_unknown: bool,
    /// Document and section of the rule.
    pub basis: &'static str,
    /// Line in the file, from 1; `None` for the file as a whole.
    pub line: Option<usize>,
    /// Record id.
    pub record: Option<String>,
    /// Field number, from 1; `None` for the record as a whole.
    pub field: Option<usize>,
    /// レセプト番号 as recorded, or the receipt's place in the file where that cannot be read.
    pub receipt: Option<u32>,
    /// Byte position in the file, from 0.
    pub byte: Option<u64>,
    /// What is wrong, in Japanese.
    pub message_ja: String,
    /// What is wrong, in English.
    pub message_en: String,
    /// What to do, in Japanese.
    pub action_ja: String,
    /// What to do, in English.
    pub action_en: String,
    /// Code of 受付・事務点検ASP that speaks of the same thing where one is known (`L3129`), else the class
    /// it would fall into (`L1` the file, `L2` the receipt is not taken, `L3` comes back).
    pub asp_hint: Option<&'static str>,
}

/// Judges a file. Findings come in file order: the file as a whole, then record by record.
///
/// Of one rule no more than [`MOST_OF_A_RULE`] findings are listed; what is beyond is counted in a
/// finding of its own (`R-FILE-12`), so that a damaged file cannot fill the memory.
///
/// ```
/// use receden::{CheckOptions, ClaimFile, Severity, check};
/// let file = ClaimFile::parse(b"HM,1,13,6,9999998,ABC,202411,\r\nGO\r\n")?;
/// let findings = check(&file, &CheckOptions::default());
/// assert!(findings.iter().any(|f| f.code == "R-FILE-03" && f.severity == Severity::Reject));
/// # Ok::<(), receden::ReadError>(())
/// ```
#[must_use]
pub fn check(file: &ClaimFile, options: &CheckOptions<'_>) -> Vec<Finding> {
    judge(file, *options, &Earlier::default()).0
}

/// Judges several files, and sees a receipt that stands in two of them.
///
/// ```
/// use receden::{CheckOptions, Checker, ClaimFile};
/// let file = ClaimFile::parse(b"HM,1,13,6,9999998,ABC,202411,\r\nGO\r\n\x1a")?;
/// let mut checker = Checker::new(CheckOptions::default());
/// for name in ["SHAHO/RECEIPTH.UKE", "KOKUHO/RECEIPTH.UKE"] {
///     assert!(!checker.check(name, &file).is_empty());
/// }
/// # Ok::<(), receden::ReadError>(())
/// ```
#[derive(Debug)]
pub struct Checker<'o> {
    options: CheckOptions<'o>,
    earlier: Earlier,
}

impl<'o> Checker<'o> {
    /// One that has seen nothing yet.
    #[must_use]
    pub fn new(options: CheckOptions<'o>) -> Self {
        Self {
            options,
            earlier: Earlier::default(),
        }
    }

    /// Judges the next file, as [`check`] does. `name` is how messages about later files call it.
    pub fn check(&mut self, name: &str, file: &ClaimFile) -> Vec<Finding> {
        let (findings, seen) = judge(file, self.options, &self.earlier);
        self.earlier.add(name, seen);
        findings
    }
}

fn judge(
    file: &ClaimFile,
    options: CheckOptions<'_>,
    earlier: &Earlier,
) -> (Vec<Finding>, Duplicates) {
    let mut subject = Subject::new(file, options);
    subject.leave();
    file::check(&mut subject);
    let mut facts = Facts::default();
    let mut read = Reading::new();
    let mut seen = Duplicates::default();
    let mut frame = Frame::default();
    let mut masters = master::Rules::default();
    let mut position = 0;
    for part in file.parts() {
        let receipt = match part {
            Part::Outside(index, record) => {
                subject.leave();
                frame.outside(&mut subject, index, record, &mut read);
                continue;
            }
            Part::Receipt(receipt) => receipt,
        };
        file::receipt(
            &mut subject,
            &receipt,
            position,
            &mut frame,
            &mut read,
            &mut facts,
        );
        if file.trade() == Trade::Nursing {
            coverage::check(&mut subject, &receipt, &facts);
            charges::check(&mut subject, &receipt, &facts);
            remarks::check(&mut subject, &receipt, &facts);
            masters.check(&mut subject, &facts);
        }
        seen.add(&receipt, &facts.re, position);
        position += 1;
    }
    subject.leave();
    frame.end(&mut subject);
    seen.report(&mut subject, earlier);
    (subject.finish(), seen)
}
