//! Before filing: each receipt against the evidence, as of each charge day.
//!
//! "Not confirmed" is not "not covered": it is shown, and a named person may file with a
//! reason and the paper evidence seen. Nothing here changes a document.

use crate::answers::{Answer, Known, Validity, known_on};
use crate::coverage::{Coverage, Difference};
use crate::decide::Reason;
use receden::{ClaimFile, FieldError, Receipt};
use reseplug_effect::{Fault, Place};
use reseplug_model::{Date, Month, Payer, Period, Yen};
use serde::{Deserialize, Serialize};

/// A receipt of a claim file, as the guard sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuardedReceipt {
    /// Claim file it stands in.
    pub document: String,
    /// レセプト番号
    pub number: u32,
    /// First line of the receipt, from 1.
    pub line: u32,
    /// Where it is filed.
    pub payer: Payer,
    /// 訪問看護記録番号等 (RE14); absent where the file has none.
    pub person_key: Option<String>,
    /// 氏名
    pub name: String,
    /// 生年月日
    pub birth_date: Date,
    /// 指定訪問看護年月
    pub service_month: Month,
    /// Coverage of HO and SN; absent for 公費単独.
    pub coverage: Option<Coverage>,
    /// 法別 of each KO, in order.
    pub public_laws: Vec<String>,
    /// Days with a charge.
    pub days: Vec<Date>,
    /// Sum of the charges.
    pub total: Yen,
}

/// What the guard says of one receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Verdict {
    /// Every charge day is covered as the receipt says, by an answer as of that day or later.
    Confirmed,
    /// Some day is not confirmed. A person may file with a reason.
    NotConfirmed {
        /// The days without confirmation.
        days: Vec<Date>,
        /// Why.
        reason: Reason,
    },
    /// Some day is covered otherwise than the receipt says.
    Contradicted {
        /// The days that are covered otherwise.
        days: Vec<Date>,
        /// The fields that differ.
        differences: Vec<Difference>,
    },
}

impl Verdict {
    /// Whether a named person has to answer for filing this receipt.
    pub fn needs_person(&self) -> bool {
        !matches!(self, Self::Confirmed)
    }
}

/// Judges one receipt by what is known about its person.
///
/// 公費単独 receipts carry no coverage that an answer could confirm; they are reported as not
/// confirmed, so that the 医療券 is looked at.
pub fn judge(receipt: &GuardedReceipt, answers: &[Answer]) -> Verdict {
    let Some(coverage) = &receipt.coverage else {
        return Verdict::NotConfirmed {
            days: receipt.days.clone(),
            reason: Reason::TicketDoesNotFit,
        };
    };
    let mut otherwise = Vec::new();
    let mut differences = Vec::new();
    let mut open = Vec::new();
    let mut reason = Reason::NeverAsked;
    for &day in &receipt.days {
        match known_on(answers, day) {
            Known::Confirmed(_, known) if coverage.is_same(known) => {}
            Known::Confirmed(_, known) | Known::Stated(_, known) if !coverage.is_same(known) => {
                otherwise.push(day);
                if differences.is_empty() {
                    differences = coverage.differences(known);
                }
            }
            Known::Confirmed(..) | Known::Stated(..) | Known::Nothing => open.push(day),
            Known::Denied(answer) => {
                open.push(day);
                reason = match answer.validity {
                    Validity::InvalidNewExists => Reason::NewCardNeeded,
                    Validity::Several => Reason::SeveralResults,
                    _ => Reason::NotValid,
                };
            }
        }
    }
    let ended: Vec<Date> = receipt
        .days
        .iter()
        .copied()
        .filter(|day| {
            let certificate = known_on(answers, *day)
                .coverage()
                .and_then(|c| c.elderly_certificate)
                .and_then(|p| p.to);
            certificate.is_some_and(|to| to < *day)
        })
        .collect();
    if open.is_empty() && !ended.is_empty() {
        open = ended;
        reason = Reason::ElderlyCertificateExpired;
    }
    if !otherwise.is_empty() {
        Verdict::Contradicted {
            days: otherwise,
            differences,
        }
    } else if !open.is_empty() {
        Verdict::NotConfirmed { days: open, reason }
    } else {
        Verdict::Confirmed
    }
}

/// Reads the receipts of a claim file.
///
/// # Errors
/// `claim/not-readable` when the file is not レセ電, `claim/field` when a field the guard needs
/// is not what the specification says, with line, record and field.
pub fn read(document: &str, bytes: &[u8]) -> Result<Vec<GuardedReceipt>, Fault> {
    let file = ClaimFile::parse(bytes).map_err(|error| {
        Fault::new(
            "claim/not-readable",
            format!("請求ファイル「{document}」をレセ電として読めません（{error}）。"),
            format!("the claim file {document} cannot be read: {error}"),
        )
    })?;
    let payer = file
        .header()
        .ok_or_else(|| {
            Fault::new(
                "claim/no-header",
                format!(
                    "請求ファイル「{document}」の先頭に訪問看護ステーション情報（HM）がありません。"
                ),
                format!("the claim file {document} does not begin with an HM record"),
            )
        })?
        .payer()
        .map_err(|e| field_fault(document, &e))?;
    file.receipts()
        .map(|receipt| guarded(document, payer, &receipt).map_err(|e| field_fault(document, &e)))
        .collect()
}

fn guarded(
    document: &str,
    payer: Payer,
    receipt: &Receipt<'_>,
) -> Result<GuardedReceipt, FieldError> {
    let coverage = receipt
        .insurer()
        .map(|insurer| {
            Ok(Coverage {
                insurer: insurer.number()?,
                insurer_name: None,
                symbol: insurer.symbol()?.map(String::from),
                number: insurer.card_number()?.into(),
                branch: receipt.branch()?,
                relationship: None,
                card_class: None,
                burden_percent: None,
                elderly_certificate: None,
                period: Period::ALWAYS,
                extra: Vec::new(),
            })
        })
        .transpose()?;
    Ok(GuardedReceipt {
        document: document.to_owned(),
        number: receipt.number()?,
        line: u32::try_from(receipt.lines().0).unwrap_or(u32::MAX),
        payer,
        person_key: receipt.person_key()?.map(String::from),
        name: receipt.name()?.into(),
        birth_date: receipt.birth_date()?,
        service_month: receipt.service_month()?,
        coverage,
        public_laws: receipt
            .public_expenses()
            .map(|ko| ko.payer_number().map(|n| n.law_number().to_owned()))
            .collect::<Result<_, _>>()?,
        days: receipt.charge_days()?,
        total: receipt.total()?,
    })
}

fn field_fault(document: &str, error: &FieldError) -> Fault {
    Fault::new(
        "claim/field",
        format!("請求ファイル「{document}」に読めない項目があります（{error}）。作成元のソフトで直してください。"),
        format!("a field of {document} cannot be read: {error}; correct it in the product"),
    )
    .at(Place { document: document.to_owned(), ..Place::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answers::tests::{answer, day};
    use crate::coverage::tests::coverage;

    fn receipt(days: &[&str]) -> GuardedReceipt {
        GuardedReceipt {
            document: "RECEIPTH.UKE".into(),
            number: 1,
            line: 2,
            payer: Payer::SocialInsuranceFund,
            person_key: Some("P1".into()),
            name: "架空　花子".into(),
            birth_date: day("1950-01-01"),
            service_month: day("2024-10-01").month(),
            coverage: Some(coverage("01990011", "12", "34", "2020-04-01")),
            public_laws: Vec::new(),
            days: days.iter().map(|d| day(d)).collect(),
            total: Yen(5550),
        }
    }

    #[test]
    fn a_receipt_is_confirmed_only_when_each_charge_day_is() {
        let on_file = coverage("01990011", "12", "34", "2020-04-01");
        let answers = [answer(
            "2024-10-10",
            "2024-10-10",
            Validity::Valid,
            Some(on_file),
        )];
        assert_eq!(
            judge(&receipt(&["2024-10-03", "2024-10-10"]), &answers),
            Verdict::Confirmed
        );
        assert_eq!(
            judge(&receipt(&["2024-10-03", "2024-10-24"]), &answers),
            Verdict::NotConfirmed {
                days: vec![day("2024-10-24")],
                reason: Reason::NeverAsked
            }
        );
    }

    #[test]
    fn a_day_covered_by_another_insurer_contradicts_the_receipt() {
        let new = coverage("990010", "5", "6", "2024-10-16");
        let answers = [answer(
            "2024-10-18",
            "2024-10-18",
            Validity::Valid,
            Some(new),
        )];
        match judge(&receipt(&["2024-10-18"]), &answers) {
            Verdict::Contradicted { days, differences } => {
                assert_eq!(days, [day("2024-10-18")]);
                assert_eq!(differences[0].field, "保険者番号");
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn not_found_asks_for_a_person_with_paper() {
        let answers = [answer("2024-10-31", "2024-11-05", Validity::NotFound, None)];
        let verdict = judge(&receipt(&["2024-10-03"]), &answers);
        assert_eq!(
            verdict,
            Verdict::NotConfirmed {
                days: vec![day("2024-10-03")],
                reason: Reason::NotValid
            }
        );
        assert!(verdict.needs_person());
    }
}
