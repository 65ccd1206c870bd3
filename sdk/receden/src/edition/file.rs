//! Reads an edition from its TOML file.

use std::collections::BTreeMap;

use reseplug_model::Month;
use serde::Deserialize;
use thiserror::Error;

use super::spec::{
    ChargeGroups, ChargeNeed, CodeRanges, CodeTable, Comment, FieldSpec, MfThresholds, Mode, Need,
    Place, RecordSpec, TableAt, ValueKind, letters_at,
};
use super::{Edition, Editions, Trade};
use crate::cells::MOST;
use crate::payers::{PayerSet, PayerSlot};

/// What is wrong with the file of an edition.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the edition cannot be read: {0}")]
pub struct EditionError(String);

impl EditionError {
    /// What happened and what to do, in Japanese.
    #[must_use]
    pub fn message_ja(&self) -> String {
        format!(
            "記録条件仕様の版のファイルを読み取れません（{}）。該当箇所を直してください。",
            self.0
        )
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EditionFile {
    id: String,
    title: String,
    applies_from: Month,
    based_on: Option<String>,
    trade: Option<Trade>,
    compared_until: Option<Month>,
    old_dates_until: Option<Month>,
    public_order: Option<Vec<String>>,
    mf_free_up_to: Option<MfThresholds>,
    charges: Option<ChargeGroups>,
    needs: Option<Vec<ChargeNeed>>,
    comments: Option<Vec<Comment>>,
    /// Records of the edition this one is based on that it no longer has.
    #[serde(default)]
    without_records: Vec<String>,
    #[serde(default)]
    record: Vec<RecordEntry>,
    #[serde(default)]
    table: Vec<TableEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordEntry {
    id: String,
    name: String,
    place: Place,
    need: Need,
    when: Option<String>,
    max: Option<usize>,
    group: Option<usize>,
    #[serde(default)]
    restarts: bool,
    /// Id of the record of the earlier edition behind which a new one stands.
    after: Option<String>,
    fields: Vec<FieldEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldEntry {
    name: String,
    form: String,
    need: Need,
    when: Option<String>,
    table: Option<String>,
    #[serde(default)]
    value: ValueKind,
    #[serde(default)]
    distinct: bool,
    #[serde(default = "once")]
    repeat: usize,
}

fn once() -> usize {
    1
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TableEntry {
    id: String,
    name: String,
    codes: Vec<(String, String)>,
}

pub(super) fn read(text: &str, known: &Editions) -> Result<Edition, EditionError> {
    let file: EditionFile =
        toml::from_str(text).map_err(|error| EditionError(error.to_string()))?;
    build(file, known).map_err(EditionError)
}

fn build(file: EditionFile, known: &Editions) -> Result<Edition, String> {
    let base = match &file.based_on {
        None => None,
        Some(id) => Some(
            known
                .get(id)
                .ok_or_else(|| format!("based_on: there is no edition `{id}`"))?,
        ),
    };
    let mut edition = match base {
        Some(base) => Edition {
            compared_until: file.compared_until,
            old_dates_until: base.old_dates_until.or(file.old_dates_until),
            ..base.clone()
        },
        None => Edition {
            id: String::new(),
            title: String::new(),
            trade: Trade::Nursing,
            applies_from: file.applies_from,
            compared_until: file.compared_until,
            old_dates_until: file.old_dates_until,
            public_order: Vec::new(),
            mf_free_up_to: None,
            charges: ChargeGroups::default(),
            needs: Vec::new(),
            comments: Vec::new(),
            records: Vec::new(),
            by_letters: Vec::new(),
            tables: Vec::new(),
            burdens: vec![PayerSet::EMPTY; 256],
            spoken_of: CodeRanges::default(),
        },
    };
    edition.id = file.id;
    edition.title = file.title;
    edition.applies_from = file.applies_from;
    replace(&mut edition.trade, file.trade);
    replace(&mut edition.public_order, file.public_order);
    replace(&mut edition.charges, file.charges);
    replace(&mut edition.needs, file.needs);
    replace(&mut edition.comments, file.comments);
    edition.mf_free_up_to = file.mf_free_up_to.or(edition.mf_free_up_to);
    for entry in file.table {
        let table = table(entry)?;
        if table.id == "22" {
            edition.burdens = burdens(&table)?;
        }
        match edition.tables.iter_mut().find(|old| old.id == table.id) {
            // In its place, since fields point to it.
            Some(old) if base.is_some() => *old = table,
            Some(_) => return Err(format!("table {}: it stands twice", table.id)),
            None => edition.tables.push(table),
        }
    }
    edition
        .records
        .retain(|record| !file.without_records.contains(&record.id));
    for entry in file.record {
        let after = entry.after.clone();
        let record = record(entry, &edition.tables)?;
        let stands = edition.records.iter().position(|old| old.id == record.id);
        match (stands, after) {
            (Some(at), None) if base.is_some() => {
                if let Some(old) = edition.records.get_mut(at) {
                    *old = record;
                }
            }
            (Some(_), _) => return Err(format!("record {}: it stands twice", record.id)),
            (None, None) => edition.records.push(record),
            (None, Some(after)) => {
                let at = edition
                    .records
                    .iter()
                    .position(|old| old.id == after)
                    .ok_or_else(|| {
                        format!("record {}: after `{after}`, which is none", record.id)
                    })?;
                edition.records.insert(at + 1, record);
            }
        }
    }
    place(&mut edition)?;
    let needs = edition.needs.iter().map(|need| &need.charges);
    edition.spoken_of = CodeRanges::all(edition.charges.all().into_iter().chain(needs));
    let rules = crate::check::catalogue();
    for need in &edition.needs {
        if !rules.iter().any(|rule| rule.code == need.rule) {
            return Err(format!("needs: there is no rule `{}`", need.rule));
        }
        if edition.field(&need.record, need.field).is_none() {
            return Err(format!(
                "needs: there is no field {} {}",
                need.record, need.field
            ));
        }
    }
    Ok(edition)
}

fn replace<T>(slot: &mut T, with: Option<T>) {
    if let Some(with) = with {
        *slot = with;
    }
}

/// Numbers the records and notes where each is found. Records that name a group stand together.
fn place(edition: &mut Edition) -> Result<(), String> {
    let mut by_letters = vec![None; 26 * 26];
    let mut order = 0;
    let mut before: Option<usize> = None;
    for (at, record) in edition.records.iter_mut().enumerate() {
        let letters = <[u8; 2]>::try_from(record.id.as_bytes())
            .ok()
            .and_then(letters_at);
        let slot: &mut Option<u8> = letters
            .and_then(|at| by_letters.get_mut(at))
            .ok_or_else(|| format!("record {}: an id has two capital letters", record.id))?;
        *slot = Some(u8::try_from(at).map_err(|_| "too many records".to_owned())?);
        if at > 0 && (record.group.is_none() || record.group != before) {
            order += 1;
        }
        before = record.group;
        record.position = at;
        record.order = order;
    }
    edition.by_letters = by_letters;
    for place in [Place::Header, Place::Footer] {
        if edition.records.iter().filter(|r| r.place == place).count() != 1 {
            return Err("an edition has one header record and one footer record".to_owned());
        }
    }
    Ok(())
}

fn table(entry: TableEntry) -> Result<CodeTable, String> {
    let width = entry.codes.first().map_or(0, |(code, _)| code.len());
    if width == 0 || entry.codes.iter().any(|(code, _)| code.len() != width) {
        return Err(format!("table {}: codes of different width", entry.id));
    }
    let count = entry.codes.len();
    let codes: BTreeMap<_, _> = entry.codes.into_iter().collect();
    if codes.len() != count {
        return Err(format!("table {}: a code stands twice", entry.id));
    }
    Ok(CodeTable::new(entry.id, entry.name, width, codes))
}

fn burdens(table: &CodeTable) -> Result<Vec<PayerSet>, String> {
    let mut burdens = vec![PayerSet::EMPTY; 256];
    for (code, meaning) in table.codes() {
        let slot = code
            .bytes()
            .next()
            .and_then(|byte| burdens.get_mut(usize::from(byte)));
        *slot.ok_or("table 22: no code")? = payers(meaning)?;
    }
    Ok(burdens)
}

fn record(entry: RecordEntry, tables: &[CodeTable]) -> Result<RecordSpec, String> {
    let mut fields = Vec::new();
    for field in entry.fields {
        let table = match &field.table {
            None => None,
            Some(id) => Some(TableAt(
                tables
                    .iter()
                    .position(|table| table.id == *id)
                    .ok_or_else(|| format!("record {}: no table {id}", entry.id))?,
            )),
        };
        let (mode, bytes, fixed) = form(&field.form)
            .ok_or_else(|| format!("record {}: form `{}`", entry.id, field.form))?;
        for n in 1..=field.repeat {
            fields.push(FieldSpec {
                name: field.name.replace("{n}", &n.to_string()),
                mode,
                bytes,
                fixed,
                need: field.need,
                when: field.when.clone(),
                table,
                value: field.value,
                distinct: field.distinct,
            });
        }
    }
    if fields.len() > MOST {
        return Err(format!("record {}: more than {MOST} fields", entry.id));
    }
    Ok(RecordSpec {
        id: entry.id,
        name: entry.name,
        place: entry.place,
        need: entry.need,
        when: entry.when,
        max: entry.max,
        group: entry.group,
        restarts: entry.restarts,
        required: (1..)
            .zip(&fields)
            .filter(|(_, field)| field.need == Need::Required)
            .map(|(number, _)| number)
            .collect(),
        fields,
        position: 0,
        order: 0,
    })
}

/// `N6V` → digits, at most 6 bytes, variable.
fn form(text: &str) -> Option<(Mode, usize, bool)> {
    let mode = match text.get(..1)? {
        "N" => Mode::Digits,
        "A" => Mode::Half,
        "K" => Mode::Full,
        "X" => Mode::HalfOrFull,
        _ => return None,
    };
    let rest = text.get(1..)?;
    let (bytes, fixed) = match (rest.strip_suffix('F'), rest.strip_suffix('V')) {
        (Some(bytes), _) => (bytes, true),
        (_, Some(bytes)) => (bytes, false),
        _ => return None,
    };
    Some((mode, bytes.parse().ok().filter(|bytes| *bytes > 0)?, fixed))
}

/// `医①` → insurer and first 公費.
fn payers(meaning: &str) -> Result<PayerSet, String> {
    meaning
        .chars()
        .map(|mark| match mark {
            '医' => Ok(PayerSlot::INSURER),
            '①' => PayerSlot::public(0).ok_or_else(String::new),
            '②' => PayerSlot::public(1).ok_or_else(String::new),
            '③' => PayerSlot::public(2).ok_or_else(String::new),
            '④' => PayerSlot::public(3).ok_or_else(String::new),
            other => Err(format!("table 22: `{other}` is no payer")),
        })
        .collect()
}
