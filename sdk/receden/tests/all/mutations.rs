//! The law that no required field can be spoilt unseen.

use proptest::prelude::*;
use receden::edition::{FieldSpec, Mode, Need};
use receden::{CheckOptions, ClaimFile, Editions, Trade, check};

use crate::{codes, medical, month, parsed};

/// Everything that can be wrong with a field by itself: nothing there, too long, a letter among digits,
/// half width among full, no code of its table, no day of the calendar, a character nobody may write.
fn spoilt(field: &FieldSpec, coded: bool, old: &str) -> Vec<String> {
    let mut texts = vec![String::new()];
    let half = "9".repeat(field.bytes + 1);
    let full = "長".repeat(field.bytes / 2 + 1);
    match field.mode {
        Mode::Digits => {
            texts.push(half);
            texts.push(format!(
                "{}X",
                old.get(..old.len().saturating_sub(1)).unwrap_or("")
            ));
            texts.push("１".repeat(field.bytes / 2));
        }
        Mode::Half => {
            texts.push(half);
            texts.push("全角".to_owned());
        }
        Mode::Full => {
            texts.push(full);
            texts.push("half".to_owned());
        }
        Mode::HalfOrFull => {
            texts.push(full);
            texts.push("半と half".to_owned());
        }
    }
    if field.fixed {
        texts.push("1".repeat(field.bytes.saturating_sub(1)));
    }
    if coded {
        texts.push("*".repeat(field.bytes));
    }
    if field.value == receden::edition::ValueKind::Day {
        texts.push("20241399".to_owned());
        texts.push("20240230".to_owned());
    }
    if field.value == receden::edition::ValueKind::Month {
        texts.push("202413".to_owned());
    }
    texts.retain(|text| text != old);
    texts
}

/// What is found in one line, or for a file as a whole where the line is gone as what it was.
fn found_at(file: &ClaimFile, line: usize) -> bool {
    check(file, &CheckOptions::default())
        .iter()
        .any(|finding| finding.line == Some(line))
}

fn every_mutation_is_caught(file: &ClaimFile) -> Result<(), TestCaseError> {
    let edition = match file.trade() {
        Trade::Nursing => Editions::known().get("R0606").unwrap(),
        Trade::Medical => Editions::known().get("M0404").unwrap(),
    };
    for (index, record) in file.records().enumerate() {
        let spec = edition.record(record.id()).unwrap();
        for (n, field) in spec.fields.iter().enumerate().skip(1) {
            if field.need != Need::Required {
                continue;
            }
            let old = record.text(n + 1).unwrap().unwrap_or_default().into_owned();
            for text in spoilt(field, field.table.is_some(), &old) {
                let mut broken = file.clone();
                broken.set_field(index, n + 1, &text).unwrap();
                prop_assert!(
                    found_at(&broken, index + 1),
                    "{} field {} ({}): `{text}` for `{old}` is not found",
                    record.id(),
                    n + 1,
                    field.name
                );
            }
        }
    }
    Ok(())
}

#[test]
fn no_required_field_of_the_samples_can_be_spoilt_unseen() {
    for file in [parsed("october"), medical::sample()] {
        every_mutation_is_caught(&file).unwrap();
    }
}

/// A month small enough to spoil each of its fields.
fn small_month(from: usize) -> ClaimFile {
    let whole = ClaimFile::parse(&month::of_size(from * 1500 + 4000)).unwrap();
    let mut file = whole.clone();
    while file.receipts().count() > 2 {
        file.remove_receipt(0).unwrap();
    }
    file.renumber().unwrap();
    file
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn every_generated_month_passes_and_none_of_its_required_fields_can_be_spoilt_unseen(from in 1usize..40) {
        let file = small_month(from);
        prop_assert_eq!(check(&file, &CheckOptions::default()), []);
        every_mutation_is_caught(&file)?;
    }

    #[test]
    fn leaving_a_required_record_out_is_caught(pick in any::<prop::sample::Index>()) {
        let file = parsed("october");
        let mut required = Vec::new();
        for (index, record) in file.records().enumerate() {
            if ["RE", "IH", "HJ", "JS", "SY", "RJ", "GO"].contains(&record.id()) {
                required.push(index);
            }
        }
        let index = required[pick.index(required.len())];
        let mut broken = file.clone();
        let id = broken.remove_record(index).unwrap().id().to_owned();
        let before = codes(&file);
        prop_assert!(codes(&broken).iter().any(|code| !before.contains(code)), "{id}");
    }
}
