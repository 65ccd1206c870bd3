//! One receipt as records of レセ電. Nothing is computed but what follows from the charges: days are
//! counted, amounts added up.

use std::collections::{BTreeMap, BTreeSet};

use receden::edit::SPLIT_COMMENT_CODE;
use receden::{Edition, PayerSet, PayerSlot, Record, WriteError};
use reseplug_model::{Sex, Yen};
use reseplug_sdk::{Fault, types};

use super::form;
use super::plan::{Planned, who};
use super::read::{Charge, MonthTable, Values};
use crate::faults;
use crate::register::{Entry, Period};
use crate::settings::Settings;
use crate::table::RowId;

/// What a receipt is written from.
pub(super) struct Composer<'a> {
    pub(super) settings: &'a Settings,
    pub(super) month: &'a MonthTable,
    pub(super) entry: &'a Entry,
    pub(super) receipt: &'a Planned,
    /// Rows of the person's month, those of its other receipts included: instructions, diseases and
    /// the like are the month's, not the coverage's.
    pub(super) rows: Vec<RowId>,
    /// Whether the month of the person is divided among several insurers.
    pub(super) divided: bool,
}

/// A charge with who pays it.
struct Paid<'a> {
    charge: &'a Charge,
    payers: PayerSet,
}

impl Composer<'_> {
    /// The records in the order of the edition.
    pub(super) fn records(&self) -> Result<Vec<Record>, Fault> {
        let charges = self
            .receipt
            .charges
            .iter()
            .map(|charge| {
                Ok(Paid {
                    charge,
                    payers: self.receipt.payers(self.entry, self.month, charge)?,
                })
            })
            .collect::<Result<Vec<_>, Fault>>()?;
        let mut records = Vec::new();
        for spec in &Edition::of(self.receipt.month).records {
            match spec.id.as_str() {
                "HM" | "GO" => {}
                "RE" => records.push(self.common()?),
                "HO" => records.extend(self.insurer(&charges)?),
                "KO" => records.extend(self.public_expenses(&charges)?),
                "SN" => records.extend(self.confirmations()?),
                "JD" => records.extend(self.day_tables(&charges)?),
                "KA" => {
                    for paid in &charges {
                        records.push(self.charge(paid)?);
                    }
                }
                id => {
                    records.extend(self.others(id)?);
                    if id == "CO" && self.divided {
                        records.extend(self.division()?);
                    }
                }
            }
        }
        Ok(records)
    }

    fn own_rows(&self) -> Vec<RowId> {
        self.receipt
            .charges
            .iter()
            .map(|charge| charge.row)
            .collect()
    }

    fn common(&self) -> Result<Record, Fault> {
        let person = &self.entry.person;
        let sex = match &person.sex {
            types::Sex::Male => Sex::Male,
            types::Sex::Female => Sex::Female,
            types::Sex::Unset => Sex::Unset,
            types::Sex::Other(code) => Sex::Other(code.clone()),
        };
        let mut fields = BTreeMap::from([
            (2, self.receipt.number.to_string()),
            (3, self.receipt.receipt_type(self.entry)?.to_string()),
            (4, self.receipt.month.compact()),
            (5, form::one_mode(&person.name)),
            (6, form::kana(person.kana.as_deref().unwrap_or_default())),
            (7, sex.code().to_owned()),
            (8, self.entry.birth_date.compact()),
            (14, person.key.clone()),
        ]);
        let insured = self.receipt.cover.insured();
        if let Some(benefit) = insured.and_then(benefit_percent) {
            fields.insert(11, benefit.to_string());
        }
        self.merge("RE", &mut fields)?;
        self.build("RE", fields)
    }

    fn insurer(&self, charges: &[Paid<'_>]) -> Result<Option<Record>, Fault> {
        let Some(period) = self.receipt.cover.insured() else {
            return Ok(None);
        };
        let coverage = &period.coverage;
        let mut fields = BTreeMap::from([
            (2, period.insurer.padded()),
            (
                3,
                form::one_mode(coverage.symbol.as_deref().unwrap_or_default()),
            ),
            (4, form::one_mode(&coverage.number)),
            (5, days(charges, PayerSlot::INSURER).to_string()),
            (6, self.total(charges, PayerSlot::INSURER)?.to_string()),
        ]);
        self.merge("HO", &mut fields)?;
        self.build("HO", fields).map(Some)
    }

    fn public_expenses(&self, charges: &[Paid<'_>]) -> Result<Vec<Record>, Fault> {
        let mut records = Vec::new();
        for (position, public) in self.receipt.public_expenses.iter().enumerate() {
            let Some(slot) = PayerSlot::public(position) else {
                continue;
            };
            let recipient = public.recipient.as_ref().map(ToString::to_string);
            let mut fields = BTreeMap::from([
                (2, public.payer.to_string()),
                (3, recipient.unwrap_or_default()),
                (5, days(charges, slot).to_string()),
                (6, self.total(charges, slot)?.to_string()),
            ]);
            // `KO1`, `KO2`: by the register's group of columns, not by the order on the receipt.
            self.merge(&format!("KO{}", public.slot), &mut fields)?;
            records.push(self.build("KO", fields)?);
        }
        Ok(records)
    }

    /// SN for the insurer where a 枝番 is known and for 生活保護; for any other 公費 it is 記録不可.
    fn confirmations(&self) -> Result<Vec<Record>, Fault> {
        let mut records = Vec::new();
        let insured = self.receipt.cover.insured();
        let branch = insured
            .filter(|period| !period.insurer.is_elderly_system())
            .and_then(|period| period.branch.as_ref());
        if let Some(branch) = branch {
            let fields = BTreeMap::from([
                (2, "1".to_owned()),
                (3, "01".to_owned()),
                (7, branch.to_string()),
            ]);
            records.push(self.build("SN", fields)?);
        }
        for (position, public) in self.receipt.public_expenses.iter().enumerate() {
            if let Some(slot) = PayerSlot::public(position).filter(|_| public.payer.is_welfare()) {
                let fields = BTreeMap::from([(2, slot.to_string()), (3, "01".to_owned())]);
                records.push(self.build("SN", fields)?);
            }
        }
        Ok(records)
    }

    fn day_tables(&self, charges: &[Paid<'_>]) -> Result<Vec<Record>, Fault> {
        let payers: PayerSet = charges.iter().flat_map(|paid| paid.payers.iter()).collect();
        payers
            .iter()
            .map(|payer| {
                let mut fields = BTreeMap::from([(2, payer.to_string())]);
                for paid in charges.iter().filter(|paid| paid.payers.contains(payer)) {
                    let field = paid.charge.date.day_of_month().saturating_add(2);
                    let code = if paid.charge.is_visit() { "1" } else { "2" };
                    let known = fields.entry(field).or_insert_with(|| code.to_owned());
                    if code == "1" {
                        *known = code.to_owned();
                    }
                }
                self.build("JD", fields)
            })
            .collect()
    }

    fn charge(&self, paid: &Paid<'_>) -> Result<Record, Fault> {
        let charge = paid.charge;
        let burden = burden_code(paid.payers).ok_or_else(|| {
            faults::unreadable(
                self.month.table.row_place(charge.row),
                &paid.payers.to_string(),
                "負担区分",
            )
        })?;
        let mut fields = BTreeMap::from([
            (2, charge.date.compact()),
            (3, burden),
            (6, charge.amount.to_string()),
        ]);
        for (field, text) in &charge.fields {
            fields.insert(*field, self.dress("KA", *field, text, charge.row, "")?);
        }
        self.build("KA", fields)
    }

    /// Records whose fields come from the document as they are. MF is one record a receipt.
    fn others(&self, id: &str) -> Result<Vec<Record>, Fault> {
        if id == "MF" {
            let mut fields = BTreeMap::new();
            self.merge("MF", &mut fields)?;
            return Ok(match fields.is_empty() {
                true => Vec::new(),
                false => vec![self.build("MF", fields)?],
            });
        }
        let mut found = Vec::new();
        for (row, values) in self.month.values(id, &self.rows)? {
            let fields = self.dressed(id, row, &values)?;
            if !found.contains(&fields) {
                found.push(fields);
            }
        }
        if id == "HJ" {
            // 同じ指示区分は期間の早い順.
            found.sort_by(|a, b| (a.get(&2), a.get(&3)).cmp(&(b.get(&2), b.get(&3))));
        }
        found
            .into_iter()
            .map(|fields| self.build(id, fields))
            .collect()
    }

    /// Says in words that the insurance changed within the month. That such a comment is wanted is the
    /// handbook's (手引き 別紙2, 810000001); its wording is ours.
    fn division(&self) -> Result<Option<Record>, Fault> {
        let days = self.receipt.days();
        let Some(period) = self.receipt.cover.insured() else {
            return Ok(None);
        };
        let within = period.days.intersect(self.receipt.month.into());
        let (Some(from), Some(to)) = (within.from, within.to) else {
            return Ok(None);
        };
        if days.is_empty() {
            return Ok(None);
        }
        let text = format!(
            "月途中の保険変更（{}日から{}日まで）",
            from.day_of_month(),
            to.day_of_month()
        );
        let fields = BTreeMap::from([(2, SPLIT_COMMENT_CODE.to_owned()), (3, form::full(&text))]);
        self.build("CO", fields).map(Some)
    }

    /// Adds the fields that the document gives for the receipt's own records. Two different values
    /// for one receipt are the product's contradiction.
    fn merge(&self, id: &str, fields: &mut BTreeMap<u8, String>) -> Result<(), Fault> {
        let mut given: BTreeMap<u8, String> = BTreeMap::new();
        for (row, values) in self.month.values(id, &self.own_rows())? {
            let record = id.trim_end_matches(|c: char| c.is_ascii_digit());
            for (field, text) in self.dressed(record, row, &values)? {
                match given.get(&field) {
                    Some(known) if *known != text => {
                        return Err(self.contradiction(row, record, field, known, &text));
                    }
                    _ => {
                        given.insert(field, text);
                    }
                }
            }
        }
        fields.extend(given);
        Ok(())
    }

    fn dressed(
        &self,
        id: &str,
        row: RowId,
        values: &Values,
    ) -> Result<BTreeMap<u8, String>, Fault> {
        values
            .iter()
            .map(|(field, text, column)| Ok((*field, self.dress(id, *field, text, row, column)?)))
            .collect()
    }

    fn dress(
        &self,
        id: &str,
        field: u8,
        text: &str,
        row: RowId,
        column: &str,
    ) -> Result<String, Fault> {
        let spec = Edition::of(self.receipt.month)
            .record(id)
            .and_then(|spec| spec.fields.get(usize::from(field).checked_sub(1)?));
        let Some(spec) = spec else {
            return Err(no_such_field(id, field));
        };
        form::dress(spec, self.settings.dates, text).map_err(|e| {
            let place = self.month.table.row_place(row);
            let place = if column.is_empty() {
                place.record(id).field(&spec.name)
            } else {
                place.field(column)
            };
            faults::unreadable(place, text, e.expected)
        })
    }

    fn build(&self, id: &str, fields: BTreeMap<u8, String>) -> Result<Record, Fault> {
        let fields: Vec<(usize, String)> = fields
            .into_iter()
            .map(|(field, text)| (usize::from(field), text))
            .collect();
        Record::build(Edition::of(self.receipt.month), id, &fields)
            .map_err(|e| cannot_write(self.entry, id, &e))
    }

    fn total(&self, charges: &[Paid<'_>], payer: PayerSlot) -> Result<Yen, Fault> {
        let amounts = charges
            .iter()
            .filter(|paid| paid.payers.contains(payer))
            .map(|paid| paid.charge.amount);
        Yen::checked_sum(amounts).ok_or_else(|| too_large(self.entry))
    }

    fn contradiction(&self, row: RowId, id: &str, field: u8, known: &str, text: &str) -> Fault {
        let place = self
            .month
            .table
            .row_place(row)
            .record(id)
            .field(field.to_string());
        Fault::new(
            "csv/contradicting-values",
            format!(
                "{}: 一つのレセプトの{id}の{field}項目目に、「{known}」と「{text}」の二つの値があります。製品で一つにしてください。",
                who(self.entry)
            ),
            format!(
                "Person {}: one receipt has two values for {id} field {field}: `{known}` and `{text}`.",
                self.entry.person.key
            ),
        )
        .at(place)
        .with("person-key", &self.entry.person.key)
    }
}

/// 実日数: distinct days with a visit that the payer pays.
fn days(charges: &[Paid<'_>], payer: PayerSlot) -> usize {
    charges
        .iter()
        .filter(|paid| paid.payers.contains(payer) && paid.charge.is_visit())
        .map(|paid| paid.charge.date)
        .collect::<BTreeSet<_>>()
        .len()
}

/// 負担区分 (別表22) of a set of payers.
fn burden_code(payers: PayerSet) -> Option<String> {
    let edition = Edition::r0606();
    edition
        .table("22")?
        .codes()
        .map(|(code, _)| code)
        .find(|code| edition.burden(code) == Some(payers))
        .map(str::to_owned)
}

/// 給付割合, recorded for 国保 only.
fn benefit_percent(period: &Period) -> Option<u32> {
    if period.insurer.law_number().is_some() {
        return None;
    }
    100u32.checked_sub(period.coverage.burden_percent?)
}

/// A sum that does not fit.
pub(super) fn too_large(entry: &Entry) -> Fault {
    Fault::new(
        "csv/too-large",
        format!(
            "{}: 金額の合計が大きすぎます。製品の算定結果を確かめてください。",
            who(entry)
        ),
        format!("Person {}: the total is too large.", entry.person.key),
    )
}

fn no_such_field(id: &str, field: u8) -> Fault {
    Fault::new(
        "csv/no-such-field",
        format!(
            "設定 month.records にある {id} の{field}項目目は、レセ電にありません。設定を直してください。"
        ),
        format!(
            "The setting `month.records` names field {field} of {id}, which レセ電 does not have."
        ),
    )
}

/// A value that a claim file cannot hold.
fn cannot_write(entry: &Entry, id: &str, error: &WriteError) -> Fault {
    let detail = match error {
        WriteError::Character { field, source, .. } => {
            let name = field_name(id, *field);
            match source.proposal {
                Some(proposal) => format!(
                    "「{name}」の文字「{}」は請求ファイルに使えません（ふつうは「{proposal}」と書きます）",
                    source.character
                ),
                None => format!(
                    "「{name}」の文字「{}」は請求ファイルに使えません",
                    source.character
                ),
            }
        }
        WriteError::Delimiter {
            field, character, ..
        } => {
            format!(
                "「{}」に「{character}」は書けません",
                field_name(id, *field)
            )
        }
        WriteError::MissingGlyph { name } => {
            format!("氏名「{name}」の●は表示できない文字の代わりで、氏名として書けません")
        }
        other => other.to_string(),
    };
    Fault::new(
        "csv/cannot-write",
        format!("{}: {detail}。製品で書き方を直してください。", who(entry)),
        format!(
            "Person {}: {error}. Correct it in the product.",
            entry.person.key
        ),
    )
    .with("person-key", &entry.person.key)
    .with("record", id)
}

fn field_name(id: &str, field: usize) -> String {
    Edition::r0606()
        .record(id)
        .and_then(|spec| spec.fields.get(field.checked_sub(1)?))
        .map_or_else(|| format!("{id} {field}"), |spec| spec.name.clone())
}
