//! From decided values to the texts of cells, and into the table.

use reseplug_model::{Date, PublicPayerNumber, RecipientNumber};
use reseplug_sdk::adapter::FieldChange;
use reseplug_sdk::{Coverage, Fault, IncomeCategory, Person, Relationship, Sex, types};

use super::{Columns, PublicExpense};
use crate::faults::refuse;
use crate::settings::Settings;
use crate::table::{Column, RowId, Table};

/// A cell and what it shall say.
pub(super) type Cell<'a> = (&'a Column, String);

/// The cells of a person.
pub(super) fn person<'a>(
    settings: &Settings,
    columns: &'a Columns,
    key: &str,
    person: &Person,
) -> Result<Vec<Cell<'a>>, Fault> {
    let sex = match person.sex {
        Sex::Male => &settings.codes.male,
        Sex::Female => &settings.codes.female,
        Sex::Unset | Sex::Other(_) => {
            return Err(refuse(
                "no-code",
                "性別が男女のどちらでもありません。本人に確かめ、製品で登録してください。",
                "The sex is neither male nor female. Ask the person and register them in the product.",
            ));
        }
    };
    let birth_date = date(settings, "生年月日", Some(&person.birth_date))?;
    let mut cells = vec![
        (&columns.key, key.to_owned()),
        (&columns.name, person.name.clone()),
        (&columns.sex, sex.clone()),
        (&columns.birth_date, birth_date.unwrap_or_default()),
    ];
    if let Some(column) = &columns.kana {
        cells.push((column, person.kana.clone().unwrap_or_default()));
    }
    if let Some(column) = &columns.reference_number {
        cells.push((column, person.reference_number.clone().unwrap_or_default()));
    }
    if cells
        .iter()
        .any(|(_, text)| reseplug_model::has_missing_glyph(text))
    {
        return Err(refuse(
            "missing-glyph",
            "氏名に、表示できない文字を表す「●」があります。氏名を本人に確かめ、製品で登録してください。",
            "The name holds `●`, which stands for a character the central system could not show. Register the person in the product.",
        ));
    }
    Ok(cells)
}

/// How a coverage group meets what stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    /// A new row or another card: what the coverage does not say becomes empty.
    New,
    /// The same card, written otherwise: what the coverage does not say stays.
    SameCard,
}

/// The cells of a coverage group with its period. An open period on both sides says nothing about
/// days and leaves them.
pub(super) fn coverage<'a>(
    settings: &Settings,
    columns: &'a Columns,
    coverage: &Coverage,
    group: Group,
) -> Result<Vec<Cell<'a>>, Fault> {
    let insurer = reseplug_model::InsurerNumber::parse(&coverage.insurer_number)
        .map_err(|e| wrong("保険者番号", &e))?;
    if coverage.number.trim().is_empty() {
        return Err(wrong("番号", &"empty"));
    }
    let mut cells = vec![
        (&columns.insurer_number, insurer.to_string()),
        (&columns.symbol, coverage.symbol.clone().unwrap_or_default()),
        (&columns.number, coverage.number.clone()),
    ];
    let mut optional = |column: Option<&'a Column>, text: Option<String>| match (column, text) {
        (Some(column), Some(text)) => cells.push((column, text)),
        (Some(column), None) if group == Group::New => cells.push((column, String::new())),
        _ => {}
    };
    optional(columns.insurer_name.as_ref(), coverage.insurer_name.clone());
    optional(columns.branch.as_ref(), coverage.branch.clone());
    let relationship = coverage
        .relationship
        .map(|relationship| match relationship {
            Relationship::Insured => settings.codes.insured.clone(),
            Relationship::Family => settings.codes.family.clone(),
        });
    optional(columns.relationship.as_ref(), relationship);
    optional(columns.card_class.as_ref(), coverage.card_class.clone());
    let burden = match coverage.burden_percent {
        None => None,
        Some(percent) => Some(settings.codes.burden.get(&percent).cloned().ok_or_else(|| {
            refuse(
                "no-code",
                format!("負担割合 {percent}% に当たる製品の値が設定（codes.burden）にありません。"),
                format!("The settings (`codes.burden`) have no value for a burden of {percent} %."),
            )
        })?),
    };
    optional(columns.burden.as_ref(), burden);
    let types::Period { from, to } = &coverage.period;
    if from.is_some() || to.is_some() {
        if from.is_some() {
            let from = date(settings, "資格開始日", from.as_deref())?;
            cells.push((&columns.from, from.unwrap_or_default()));
        }
        let to = date(settings, "資格終了日", to.as_deref())?;
        cells.push((
            &columns.to,
            to.unwrap_or_else(|| settings.register.open_end.clone()),
        ));
    }
    Ok(cells)
}

/// The cells of 限度額適用区分.
pub(super) fn income<'a>(
    settings: &Settings,
    columns: &'a Columns,
    income: &IncomeCategory,
) -> Result<Vec<Cell<'a>>, Fault> {
    let Some(own) = &columns.income else {
        return Err(refuse(
            "no-place",
            "この製品の台帳には限度額適用区分の列がありません（設定 register.income.category が空です）。適用区分は製品の画面で入力してください。",
            "The register has no column for 限度額適用区分 (`register.income.category` is empty). Enter it in the product.",
        ));
    };
    let codes = &settings.codes.income;
    let text = if codes.is_empty() {
        Some(income.code.clone())
    } else {
        codes.get(&income.code).cloned()
    };
    let text = text.filter(|text| !text.is_empty()).ok_or_else(|| {
        refuse(
            "no-code",
            format!(
                "適用区分「{}」に当たる製品の値が設定（codes.income）にありません。",
                income.code
            ),
            format!(
                "The settings (`codes.income`) have no value for the category `{}`.",
                income.code
            ),
        )
    })?;
    let mut cells = vec![(&own.category, text)];
    let types::Period { from, to } = &income.period;
    for (column, name, day) in [
        (&own.from, "適用区分の開始日", from),
        (&own.to, "適用区分の最終日", to),
    ] {
        if let Some(column) = column {
            let text = date(settings, name, day.as_deref())?;
            cells.push((column, text.unwrap_or_default()));
        }
    }
    Ok(cells)
}

/// The cells of a 公費 in one of the register's groups of columns.
pub(super) fn public_expense<'a>(
    settings: &Settings,
    columns: &'a PublicExpense,
    expense: &types::PublicExpense,
) -> Result<Vec<Cell<'a>>, Fault> {
    let payer =
        PublicPayerNumber::parse(&expense.payer_number).map_err(|e| wrong("公費負担者番号", &e))?;
    let recipient = expense
        .recipient_number
        .as_deref()
        .map(RecipientNumber::parse)
        .transpose()
        .map_err(|e| wrong("受給者番号", &e))?;
    let mut cells = vec![(&columns.payer_number, payer.to_string())];
    if let Some(column) = &columns.recipient_number {
        cells.push((
            column,
            recipient
                .map(|number| number.to_string())
                .unwrap_or_default(),
        ));
    }
    let types::Period { from, to } = &expense.period;
    if let Some(column) = &columns.from {
        let text = date(settings, "公費の開始日", from.as_deref())?;
        cells.push((column, text.unwrap_or_default()));
    }
    if let Some(column) = &columns.to {
        let text = date(settings, "公費の最終日", to.as_deref())?;
        cells.push((
            column,
            text.unwrap_or_else(|| settings.register.open_end.clone()),
        ));
    }
    Ok(cells)
}

/// A day in the product's form.
pub(super) fn date(
    settings: &Settings,
    name: &str,
    text: Option<&str>,
) -> Result<Option<String>, Fault> {
    let Some(text) = text else {
        return Ok(None);
    };
    let day = Date::parse(text).map_err(|e| wrong(name, &e))?;
    settings
        .dates
        .write(day)
        .map(Some)
        .ok_or_else(|| wrong(name, &"the product's form of dates cannot express it"))
}

fn wrong(name: &str, error: &dyn std::fmt::Display) -> Fault {
    refuse(
        "unwritable",
        format!("「{name}」を台帳に書けません（{error}）。"),
        format!("{name} cannot be written: {error}."),
    )
}

/// The bytes of a text, refused when the product cannot hold it.
pub(super) fn encode(table: &Table, column: &str, text: &str) -> Result<Vec<u8>, Fault> {
    if let Some(control) = text.chars().find(|c| c.is_control()) {
        return Err(wrong(
            column,
            &format!("control character U+{:04X}", u32::from(control)),
        ));
    }
    table.encoding().encode(text).map_err(|e| {
        refuse(
            "no-such-character",
            format!(
                "「{column}」の文字「{}」は製品の文字コード（{}）にありません。使う字を決めて、製品で入力してください。",
                e.character,
                table.encoding().name()
            ),
            format!("{column}: {e} of the product ({}). Enter it in the product.", table.encoding().name()),
        )
    })
}

/// Sets the cells of a row that say something else now. The others keep their bytes.
pub(super) fn set(
    settings: &Settings,
    table: &mut Table,
    row: RowId,
    cells: &[Cell<'_>],
) -> Result<Vec<FieldChange>, Fault> {
    let mut changes: Vec<(usize, FieldChange)> = Vec::new();
    // All of them can be written, or none is.
    let mut texts = Vec::with_capacity(cells.len());
    for (column, after) in cells {
        let before = table.text(row, column)?;
        if before != *after {
            texts.push((column, before, after, encode(table, column.title(), after)?));
        }
    }
    for (column, before, after, bytes) in texts {
        table.set(row, column, &bytes, settings.quoting.into());
        changes.push((
            column.index(),
            change(table, row, column, before, after.clone()),
        ));
    }
    changes.sort_by_key(|(index, _)| *index);
    Ok(changes.into_iter().map(|(_, change)| change).collect())
}

/// A field that differs.
pub(super) fn change(
    table: &Table,
    row: RowId,
    column: &Column,
    before: String,
    after: String,
) -> FieldChange {
    FieldChange {
        place: table.place(row, column),
        name: column.title().to_owned(),
        before,
        after,
    }
}
