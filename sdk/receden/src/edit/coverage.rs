use reseplug_model::{BranchNumber, InsurerNumber, Relationship};

use super::Refusal;
use crate::edition::Edition;
use crate::receipt::Receipt;
use crate::receipt_type::{PersonKind, ReceiptType, System};
use crate::record::{Record, RecordRef};
use crate::repertoire;

/// The coverage group (資格) as a receipt needs it: taken as a whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// 保険者番号
    pub insurer: InsurerNumber,
    /// 記号, exactly as it shall stand; `None` where the card has none.
    pub symbol: Option<String>,
    /// 番号 or 被保険者番号, exactly as it shall stand.
    pub number: String,
    /// 枝番; ignored for 後期高齢者, who have none.
    pub branch: Option<BranchNumber>,
    /// 本人・家族; not needed for 後期高齢者.
    pub relationship: Option<Relationship>,
    /// 負担割合 in percent; decides the receipt type from the age of 70 on.
    pub burden_percent: Option<u32>,
}

/// One field that differs after a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// Record id.
    pub record: String,
    /// Offset of the record in the edited receipt, from 0.
    pub offset: usize,
    /// Field number, from 1; 0 for a record that was added as a whole.
    pub field: usize,
    /// 項目名
    pub name_ja: String,
    /// Text before; empty where there was nothing.
    pub before: String,
    /// Text after.
    pub after: String,
}

/// A changed receipt: all its records, and each field that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edited {
    /// The records in order, for [`replace_receipt`](crate::ClaimFile::replace_receipt).
    pub records: Vec<Record>,
    /// What differs, in the order of the records.
    pub changes: Vec<FieldChange>,
}

/// Puts another coverage on a receipt: RE3 (system and kind of person), RE11, HO2–4 and the 枝番 of
/// the insurer's SN. Nothing else changes; charges, days and totals stay byte for byte.
///
/// * RE3 takes the system of the new insurer (後期 or not) and the kind of person of the month; the
///   number of payers stays. If the burden is not known and the receipt stays with the same system
///   and age group, its present 8/0 is kept.
/// * RE11 給付割合 exists for 国保 only: cleared for others, 100 − burden where that is known.
/// * SN: the 枝番 is written into the SN of 負担者種別 1; such a record is added when there is a 枝番 and
///   none yet. Without a 枝番, and for 後期高齢者, the field becomes empty and the record stays.
///
/// Refused when the insurer changes while HO7–12 (職務上の事由, 証明書番号, 一部負担金額, 減免 …), RE13 or an MF other
/// than `00` hold something, and when a 特記 41/42 stands on a receipt that is not, or no longer, of
/// 後期: those belong to the old insurer and only the product can decide them anew.
pub fn replace_coverage(receipt: &Receipt<'_>, coverage: &Coverage) -> Result<Edited, Refusal> {
    let before = receipt.insurer().ok_or(Refusal::NoInsurer)?;
    let old_number = before.number();
    let insurer_changes = old_number.as_ref().ok() != Some(&coverage.insurer);
    if insurer_changes {
        refuse_money_of_the_old_insurer(before.record())?;
        refuse_money_in_kind(receipt)?;
    }
    let old_type = receipt.receipt_type()?;
    let new_type = receipt_type(receipt, old_type, coverage)?;
    refuse_long_card(coverage)?;

    let mut editor = Editor::of(receipt);
    let elderly = coverage.insurer.is_elderly_system();
    if !elderly
        && let Some(remark) = receipt
            .remarks()?
            .into_iter()
            .find(|code| matches!(*code, "41" | "42"))
    {
        return Err(Refusal::Money {
            record: "RE",
            field: 12,
            name_ja: "レセプト特記",
            value: remark.to_owned(),
            why: "exists for 後期高齢者 only and has to be decided anew in the product",
        });
    }
    editor.set("RE", 3, &new_type.to_string())?;
    let national = coverage.insurer.law_number().is_none();
    let percent = match (national, coverage.burden_percent) {
        (false, _) => String::new(),
        (true, Some(burden)) if burden <= 100 => (100 - burden).to_string(),
        (true, _) if !insurer_changes => receipt
            .benefit_percent()?
            .map(|p| p.to_string())
            .unwrap_or_default(),
        (true, _) => String::new(),
    };
    // An unchanged percentage keeps its bytes, whatever its zeros.
    if receipt
        .benefit_percent()
        .ok()
        .flatten()
        .map(|p| p.to_string())
        .unwrap_or_default()
        != percent
    {
        editor.set("RE", 11, &percent)?;
    }
    if insurer_changes {
        editor.set("HO", 2, &coverage.insurer.padded())?;
    }
    editor.set("HO", 3, coverage.symbol.as_deref().unwrap_or_default())?;
    editor.set("HO", 4, &coverage.number)?;
    editor.set_branch(coverage.branch.as_ref().filter(|_| !elderly))?;
    Ok(editor.finish())
}

/// Makes a receipt a first submission: 検索番号 (RE15) emptied, the history block of a returned receipt
/// (lines beginning `8,`) and `HR` dropped. Required when the payer changes or a receipt is split
/// (手引き 別紙1: 返戻・再請求).
pub fn first_submission(records: Vec<Record>) -> Result<Vec<Record>, Refusal> {
    let mut kept = Vec::with_capacity(records.len());
    for mut record in records {
        if matches!(record.id(), "8" | "HR") {
            continue;
        }
        if record.id() == "RE" && record.raw(15).is_some_and(|number| !number.is_empty()) {
            record.set(15, "")?;
        }
        kept.push(record);
    }
    Ok(kept)
}

pub(super) fn receipt_type(
    receipt: &Receipt<'_>,
    old: ReceiptType,
    coverage: &Coverage,
) -> Result<ReceiptType, Refusal> {
    let system = if coverage.insurer.is_elderly_system() {
        System::Elderly
    } else {
        System::Medical
    };
    let kind = PersonKind::of(
        &coverage.insurer,
        coverage.relationship,
        receipt.birth_date()?,
        receipt.service_month()?,
        coverage.burden_percent,
    );
    let person = match kind {
        Ok(kind) => kind,
        // The product already decided the burden, and the new coverage says nothing about it.
        Err(crate::receipt_type::PersonKindError::BurdenUnknown)
            if old.system == system
                && matches!(
                    old.person,
                    PersonKind::ElderlyGeneral | PersonKind::ElderlyHigh
                ) =>
        {
            old.person
        }
        Err(error) => return Err(error.into()),
    };
    Ok(ReceiptType {
        system,
        payers: old.payers,
        person,
    })
}

const BELONGS_TO_THE_INSURER: [(usize, &str); 6] = [
    (7, "職務上の事由"),
    (8, "証明書番号"),
    (9, "一部負担金額"),
    (10, "減免区分"),
    (11, "減額割合"),
    (12, "減額金額"),
];

pub(super) fn refuse_money_of_the_old_insurer(insurer: RecordRef<'_>) -> Result<(), Refusal> {
    for (field, name_ja) in BELONGS_TO_THE_INSURER {
        refuse_value(
            insurer,
            "HO",
            field,
            name_ja,
            "belongs to the insurer before the change",
        )?;
    }
    Ok(())
}

/// RE13 and MF: 高額療養費 paid in kind was decided on the old insurer's certificate.
pub(super) fn refuse_money_in_kind(receipt: &Receipt<'_>) -> Result<(), Refusal> {
    const WHY: &str = "was decided for the insurer and the month before the change";
    for (_, record) in receipt.records() {
        match record.id() {
            "RE" => refuse_value(record, "RE", 13, "一部負担金区分", WHY)?,
            "MF" if record.raw(2) != Some(b"00") => {
                refuse_value(record, "MF", 2, "窓口負担額区分", WHY)?;
            }
            _ => {}
        }
    }
    Ok(())
}

pub(super) fn refuse_value(
    record: RecordRef<'_>,
    id: &'static str,
    field: usize,
    name_ja: &'static str,
    why: &'static str,
) -> Result<(), Refusal> {
    match record.raw(field) {
        None | Some([]) => Ok(()),
        Some(raw) => Err(Refusal::Money {
            record: id,
            field,
            name_ja,
            value: repertoire::shown(raw).into_owned(),
            why,
        }),
    }
}

/// 記号 + 番号 ≤ 38 bytes together (HO fields 3 and 4).
fn refuse_long_card(coverage: &Coverage) -> Result<(), Refusal> {
    let length = |text: &str| repertoire::encode(text).map_or(0, |bytes| bytes.len());
    let bytes = coverage.symbol.as_deref().map_or(0, length) + length(&coverage.number);
    if bytes > 38 {
        Err(Refusal::TooLong { bytes })
    } else {
        Ok(())
    }
}

/// Collects the edited records and what differs.
pub(super) struct Editor {
    records: Vec<Record>,
    changes: Vec<FieldChange>,
}

impl Editor {
    pub(super) fn of(receipt: &Receipt<'_>) -> Self {
        Self {
            records: receipt
                .records()
                .map(|(_, record)| record.to_record())
                .collect(),
            changes: Vec::new(),
        }
    }

    pub(super) fn finish(self) -> Edited {
        Edited {
            records: self.records,
            changes: self.changes,
        }
    }

    /// Sets a field of the first record of that id; a text that already stands there is left alone.
    pub(super) fn set(&mut self, id: &str, field: usize, text: &str) -> Result<(), Refusal> {
        match self.records.iter().position(|record| record.id() == id) {
            Some(offset) => self.set_at(offset, field, text),
            None => Ok(()),
        }
    }

    fn set_at(&mut self, offset: usize, field: usize, text: &str) -> Result<(), Refusal> {
        let Some(record) = self.records.get_mut(offset) else {
            return Ok(());
        };
        let before = record
            .raw(field)
            .map(repertoire::shown)
            .unwrap_or_default()
            .into_owned();
        if before == text {
            return Ok(());
        }
        record.set(field, text)?;
        let id = record.id().to_owned();
        self.changes.push(FieldChange {
            name_ja: field_name(&id, field),
            record: id,
            offset,
            field,
            before,
            after: text.to_owned(),
        });
        Ok(())
    }

    fn set_branch(&mut self, branch: Option<&BranchNumber>) -> Result<(), Refusal> {
        let existing = self
            .records
            .iter()
            .position(|record| record.id() == "SN" && record.raw(2) == Some(b"1"));
        match (existing, branch) {
            (Some(offset), branch) => {
                self.set_at(offset, 7, branch.map_or("", BranchNumber::as_str))
            }
            (None, None) => Ok(()),
            (None, Some(branch)) => {
                let record = Record::build(
                    Edition::r0606(),
                    "SN",
                    &[(2, "1"), (3, "01"), (7, branch.as_str())],
                )?;
                // Behind RE, HO and KO, before any other SN: ascending 負担者種別.
                let offset = self
                    .records
                    .iter()
                    .position(|record| !matches!(record.id(), "RE" | "HO" | "KO"))
                    .unwrap_or(self.records.len());
                self.changes.push(FieldChange {
                    record: "SN".to_owned(),
                    offset,
                    field: 0,
                    name_ja: "資格確認レコード".to_owned(),
                    before: String::new(),
                    after: repertoire::shown(record.bytes()).into_owned(),
                });
                self.records.insert(offset, record);
                Ok(())
            }
        }
    }
}

fn field_name(record: &str, field: usize) -> String {
    Edition::r0606()
        .record(record)
        .and_then(|spec| spec.fields.get(field.checked_sub(1)?))
        .map(|spec| spec.name.clone())
        .unwrap_or_default()
}
