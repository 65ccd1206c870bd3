//! Files of many receipts: nothing depends on how long a file is.

use proptest::prelude::*;
use receden::check::MOST_OF_A_RULE;
use receden::{CheckOptions, ClaimFile, Record, check};

use crate::month;

/// The plain picture of a file: its lines with their ends.
fn lines(file: &ClaimFile) -> Vec<Vec<u8>> {
    file.records()
        .map(|record| [record.bytes(), record.separator().bytes()].concat())
        .collect()
}

fn is_receipt_start(line: &[u8]) -> bool {
    line.starts_with(b"RE,")
}

#[test]
fn no_rule_finds_anything_in_a_month_that_is_as_it_should_be() {
    let file = ClaimFile::parse(&month::of_size(300_000)).unwrap();
    assert_eq!(check(&file, &CheckOptions::default()), []);
}

#[test]
fn a_file_read_piece_by_piece_is_the_same_file() {
    for size in [100, 70_000, 3_000_000] {
        let bytes = month::of_size(size);
        let file = ClaimFile::read(bytes.as_slice()).unwrap();
        assert_eq!(file, ClaimFile::parse(&bytes).unwrap());
        assert_eq!(file.to_bytes(), bytes);
    }
    let mut behind = month::of_size(100);
    behind.extend(b"more\x1a\r\nand more");
    assert_eq!(
        ClaimFile::read(behind.as_slice()).unwrap().to_bytes(),
        behind
    );
}

#[test]
fn of_one_rule_so_many_findings_are_listed_and_the_rest_is_counted() {
    let mut bytes = b"HM,1,13,6,9999998,ABC,202411,\r\n".to_vec();
    bytes.extend(b"\r\n".repeat(5_000));
    bytes.extend(b"GO\r\n\x1a");
    let file = ClaimFile::parse(&bytes).unwrap();
    let findings = check(&file, &CheckOptions::default());
    let unknown = findings.iter().filter(|f| f.code == "R-REC-01").count();
    assert_eq!(unknown, MOST_OF_A_RULE);
    let rest = findings.iter().find(|f| f.code == "R-FILE-12").unwrap();
    assert!(rest.message_en.contains("4000") && rest.message_en.contains("R-REC-01"));
    assert_eq!(rest.severity, receden::Severity::Reject);
    assert!(findings.len() < 2 * MOST_OF_A_RULE);
}

#[test]
fn a_finding_points_at_its_line_and_byte_however_far_down() {
    let mut file = ClaimFile::parse(&month::of_size(400_000)).unwrap();
    let re = file.receipts().last().unwrap().record_range().start;
    file.set_field(re, 7, "3").unwrap();
    let findings = check(&file, &CheckOptions::default());
    let [found] = findings.as_slice() else {
        panic!("{findings:#?}")
    };
    assert_eq!((found.code, found.line), ("R-FLD-10", Some(re + 1)));
    let bytes = file.to_bytes();
    let at = usize::try_from(found.byte.unwrap()).unwrap();
    let start: usize = lines(&file).iter().take(re).map(Vec::len).sum();
    let range = file.record(re).unwrap().range_of(7).unwrap();
    assert_eq!((at, bytes[at]), (start + range.start, b'3'));
}

#[derive(Debug, Clone)]
enum Edit {
    Field(usize, u32),
    Insert(usize),
    Remove(usize),
    RemoveReceipt(usize),
    Append,
    Renumber,
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let place = 0usize..1_000_000;
    proptest::collection::vec(
        prop_oneof![
            (place.clone(), any::<u32>()).prop_map(|(n, value)| Edit::Field(n, value)),
            place.clone().prop_map(Edit::Insert),
            place.clone().prop_map(Edit::Remove),
            place.prop_map(Edit::RemoveReceipt),
            Just(Edit::Append),
            Just(Edit::Renumber),
        ],
        1..12,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// The law of all edits: the file is what the same edit makes of a plain list of lines.
    #[test]
    fn edits_of_a_long_file_are_those_of_a_list_of_lines(edits in edits()) {
        let mut file = ClaimFile::parse(&month::of_size(250_000)).unwrap();
        let mut plain = lines(&file);
        let new = b"CO,810000001,X,\r\n".to_vec();
        for edit in edits {
            let starts: Vec<usize> = (0..plain.len()).filter(|n| is_receipt_start(&plain[*n])).collect();
            match edit {
                Edit::Field(n, value) => {
                    let at = starts[n % starts.len()];
                    file.set_field(at, 14, &value.to_string()).unwrap();
                    let mut fields: Vec<Vec<u8>> =
                        plain[at].split(|b| *b == b',').map(<[u8]>::to_vec).collect();
                    fields[13] = value.to_string().into_bytes();
                    plain[at] = fields.join(&b',');
                }
                Edit::Insert(n) => {
                    let at = n % (plain.len() + 1);
                    file.insert_record(at, Record::new("CO", &["810000001", "X", ""]).unwrap()).unwrap();
                    plain.insert(at, new.clone());
                }
                Edit::Remove(n) => {
                    let at = 1 + n % (plain.len() - 2);
                    let taken = file.remove_record(at).unwrap();
                    let line = plain.remove(at);
                    prop_assert_eq!([taken.bytes(), taken.separator().bytes()].concat(), line);
                }
                Edit::RemoveReceipt(n) => {
                    let n = n % starts.len();
                    let end = (starts[n] + 1..plain.len())
                        .find(|at| is_receipt_start(&plain[*at]) || plain[*at].starts_with(b"GO"))
                        .unwrap_or(plain.len());
                    file.remove_receipt(n).unwrap();
                    plain.drain(starts[n]..end);
                }
                Edit::Append => {
                    let receipt: Vec<Record> =
                        file.receipt(0).unwrap().records().map(|(_, r)| r.to_record()).collect();
                    let end = starts.get(1).copied().unwrap_or(plain.len() - 1);
                    let copy = plain[starts[0]..end].to_vec();
                    file.append_receipt(receipt).unwrap();
                    let footer = plain.iter().rposition(|line| line.starts_with(b"GO")).unwrap_or(plain.len());
                    plain.splice(footer..footer, copy);
                }
                Edit::Renumber => {
                    file.renumber().unwrap();
                    for (number, at) in (1..).zip(starts) {
                        let mut fields: Vec<Vec<u8>> =
                            plain[at].split(|b| *b == b',').map(<[u8]>::to_vec).collect();
                        fields[1] = i32::to_string(&number).into_bytes();
                        plain[at] = fields.join(&b',');
                    }
                }
            }
            prop_assert_eq!(file.record_count(), plain.len());
            prop_assert_eq!(file.receipts().count(), plain.iter().filter(|l| is_receipt_start(l)).count());
        }
        prop_assert!(lines(&file) == plain);
        let mut bytes = plain.concat();
        bytes.push(receden::EOF);
        prop_assert!(file.to_bytes() == bytes);
        let again = ClaimFile::parse(&bytes).unwrap();
        for (one, other) in file.receipts().zip(again.receipts()) {
            prop_assert_eq!((one.record_range(), one.byte(), one.bytes()), (other.record_range(), other.byte(), other.bytes()));
        }
    }
}
