//! What differs between two files, by receipt and field; and repairs, which are such differences.

use std::collections::BTreeSet;

use proptest::prelude::*;
use receden::diff::{What, files};
use receden::fix::{REPAIRS, fix};
use receden::{CheckOptions, ClaimFile};

use crate::{claim_file, codes, parsed};

#[test]
fn a_receipt_put_in_front_makes_no_other_differ() {
    let before = parsed("october");
    let mut after = before.clone();
    let records = |n: usize| -> Vec<_> {
        let receipt = before.receipt(n).unwrap();
        receipt
            .records()
            .map(|(_, record)| record.to_record())
            .collect()
    };
    let mut new = records(0);
    for (field, text) in [(5, "架空　一"), (8, "19700101"), (14, "P9999")] {
        new[0].set(field, text).unwrap();
    }
    after.replace_receipt(0, vec![new, records(0)]).unwrap();
    after.renumber().unwrap();
    let found = files(&before, &after);
    let whole: Vec<_> = found
        .iter()
        .filter(|one| one.what == What::Receipt)
        .collect();
    assert_eq!(whole.len(), 1);
    assert_eq!(whole[0].receipts, (None, Some(1)));
    let others = found.iter().filter(|one| one.what != What::Receipt);
    for one in others {
        assert!(
            matches!(&one.what, What::Field { record, field: 2, .. } if record == "RE"),
            "{one:?}"
        );
    }
}

#[test]
fn a_corrected_name_is_one_field_of_the_same_receipt() {
    let before = parsed("october");
    let mut after = before.clone();
    after.set_field(1, 5, "見本　一郎").unwrap();
    let found = files(&before, &after);
    assert_eq!(found.len(), 1);
    assert!(
        matches!(&found[0].what, What::Field { name_ja, before, .. } if name_ja == "氏名" && before == "見本　太郎")
    );
}

#[test]
fn what_rules_alone_can_repair_is_repaired_and_nothing_else() {
    // Line feeds, no end of file, wrong numbers, zeros, blanks, a character with a usual replacement.
    let mut bytes: Vec<u8> = claim_file("october");
    bytes.pop();
    bytes.retain(|byte| *byte != b'\r');
    let mut file = ClaimFile::parse(&bytes).unwrap();
    file.set_field(22, 2, "7").unwrap();
    file.set_field(2, 6, "053940").unwrap();
    file.set_field(9, 5, "備考　").unwrap();
    let mut broken = file.to_bytes();
    let at = broken
        .windows(2)
        .position(|pair| pair == [0x8C, 0xA9])
        .unwrap();
    broken.splice(at..at + 2, [0xEE, 0xE0]);
    let mut file = ClaimFile::parse(&broken).unwrap();
    let all: Vec<&str> = REPAIRS.iter().map(|repair| repair.code).collect();
    let before = file.clone();
    assert_eq!(fix(&mut file, &[], &CheckOptions::default()).unwrap(), []);
    assert_eq!(file, before);
    let done = fix(&mut file, &all, &CheckOptions::default()).unwrap();
    let repaired: BTreeSet<&str> = done.iter().map(|one| one.code).collect();
    let wanted = [
        "R-FILE-03",
        "R-FILE-05",
        "R-FILE-09",
        "R-FLD-06",
        "R-FLD-08",
        "R-FLD-09",
    ];
    assert_eq!(repaired, BTreeSet::from(wanted));
    assert!(
        codes(&file).iter().all(|code| !all.contains(code)),
        "{:?}",
        codes(&file)
    );
}

proptest! {
    #[test]
    fn equal_files_have_no_difference_and_a_changed_field_is_one(
        pick in any::<prop::sample::Index>(), field in 2usize..9, text in "[0-9]{1,6}"
    ) {
        let before = parsed("october");
        prop_assert_eq!(files(&before, &before), []);
        let mut after = before.clone();
        let index = pick.index(before.record_count());
        prop_assume!(after.set_field(index, field, &text).is_ok() && after != before);
        let found = files(&before, &after);
        // In records that stand several times one more may be matched with its neighbour.
        prop_assert!(!found.is_empty());
        let names_it = found.iter().any(|one| match &one.what {
            What::Field { after, .. } => *after == text,
            What::Record { text: record, .. } => record.contains(&text),
            What::Receipt | What::Frame => true,
        });
        prop_assert!(names_it, "{found:?}");
    }
}
