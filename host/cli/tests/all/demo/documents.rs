//! The products' documents, byte by byte: nothing differs but what was decided.

use super::played;
use receden::{ClaimFile, Record};
use reseplug_sandbox::station::{Change, Coverage, Document, DocumentKind, Person, Station};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// The document that the product began with, and as it is in the folder now.
fn original_and(station: &Station, below: &str, path: &str) -> (Vec<u8>, Vec<u8>) {
    let original = station
        .documents()
        .unwrap()
        .into_iter()
        .find(|document| document.path == path)
        .unwrap();
    let now = fs::read(played().folder.join(&station.key).join(below).join(path));
    (original.bytes, now.unwrap())
}

const FILES: [&str; 2] = ["SHAHO/RECEIPTH.UKE", "KOKUHO/RECEIPTH.UKE"];

/// A receipt as its records, and the file it stands in.
struct Stands {
    file: &'static str,
    records: Vec<Record>,
}

impl Stands {
    fn all(&self, id: &str) -> Vec<&Record> {
        self.records.iter().filter(|r| r.id() == id).collect()
    }

    fn one(&self, id: &str) -> &Record {
        let [one] = self.all(id)[..] else {
            panic!("not one {id}");
        };
        one
    }
}

/// Everybody's receipts over both files.
fn receipts(pick: impl Fn(&str) -> Vec<u8>) -> BTreeMap<String, Vec<Stands>> {
    let mut receipts: BTreeMap<String, Vec<Stands>> = BTreeMap::new();
    for path in FILES {
        let file = ClaimFile::parse(&pick(path)).unwrap();
        for receipt in file.receipts() {
            receipts
                .entry(receipt.person_key().unwrap().unwrap().into())
                .or_default()
                .push(Stands {
                    file: path,
                    records: receipt.records().map(|(_, r)| r.to_record()).collect(),
                });
        }
    }
    receipts
}

/// The numbers (from 1) of the fields that differ.
fn differing(before: &Record, after: &Record) -> BTreeSet<usize> {
    assert_eq!(before.id(), after.id());
    assert_eq!(before.separator(), after.separator());
    (1..=before.view().field_count().max(after.view().field_count()))
        .filter(|n| before.raw(*n) != after.raw(*n))
        .collect()
}

/// The records differ in no other fields than these, and stand in the same order.
fn differ_only_in(before: &[&Record], after: &[&Record], fields: &[(&str, &[usize])], who: &str) {
    assert_eq!(before.len(), after.len(), "{who}");
    for (before, after) in before.iter().zip(after) {
        let allowed = fields
            .iter()
            .find(|(id, _)| *id == before.id())
            .map_or(&[][..], |(_, fields)| fields);
        for field in differing(before, after) {
            assert!(
                allowed.contains(&field),
                "{who}: field {field}: {} → {}",
                String::from_utf8_lossy(before.bytes()),
                String::from_utf8_lossy(after.bytes())
            );
        }
    }
}

/// レセプト番号: a place in the file, which moving and splitting change for those behind.
const NUMBER: &[usize] = &[2];
/// レセプト番号, レセプト種別, 給付割合: what the insurer decides of RE.
const COMMON: &[usize] = &[2, 3, 11];
/// 保険者番号, 記号, 番号.
const CARD: &[usize] = &[2, 3, 4];

/// The coverage group of a receipt is the one that was true on a day.
fn has(receipt: &Stands, truth: &Coverage, who: &str) {
    let file = ClaimFile::parse(&bytes_of(receipt)).unwrap();
    let read = file.receipt(0).unwrap();
    let insurer = read.insurer().unwrap();
    assert_eq!(insurer.number().unwrap(), truth.insurer, "{who}");
    let text = |field| {
        receipt
            .one("HO")
            .text(field)
            .unwrap()
            .unwrap_or_default()
            .into_owned()
    };
    assert_eq!(text(3), truth.symbol.clone().unwrap_or_default(), "{who}");
    assert_eq!(text(4), truth.number, "{who}");
    assert_eq!(read.branch().unwrap(), truth.branch, "{who}");
    let payer = match receipt.file {
        "SHAHO/RECEIPTH.UKE" => "1",
        _ => "2",
    };
    assert_eq!(truth.insurer.payer().code(), payer, "{who}");
}

/// The receipt alone, as a file.
fn bytes_of(receipt: &Stands) -> Vec<u8> {
    let mut bytes = b"HM,1,13,6,9999998,A,202411,\r\n".to_vec();
    for record in &receipt.records {
        bytes.extend_from_slice(record.bytes());
        bytes.extend_from_slice(record.separator().bytes());
    }
    bytes.extend_from_slice(b"GO\r\n");
    bytes
}

fn truth_on(person: &Person, day: reseplug_model::Date) -> &Coverage {
    person
        .truth
        .iter()
        .find(|coverage| coverage.period.contains(day))
        .unwrap()
}

#[test]
fn the_claim_files_of_the_product_are_never_written_to() {
    let station = Station::load("hidamari").unwrap();
    for path in FILES {
        let (original, now) = original_and(&station, "product", path);
        assert!(original == now, "{path}");
    }
}

#[test]
fn a_receipt_that_was_not_changed_keeps_every_byte_but_its_number_in_the_file() {
    let station = Station::load("hidamari").unwrap();
    let before = receipts(|path| original_and(&station, "out", path).0);
    let after = receipts(|path| original_and(&station, "out", path).1);
    assert_eq!(
        before.keys().collect::<Vec<_>>(),
        after.keys().collect::<Vec<_>>()
    );
    let mut kept = 0;
    for person in &station.people {
        if !matches!(person.expect.change, Change::None | Change::Refused) {
            continue;
        }
        let ([before], [after]) = (&before[&person.key][..], &after[&person.key][..]) else {
            panic!("{}", person.key);
        };
        assert_eq!(before.file, after.file, "{}", person.key);
        differ_only_in(
            &before.records.iter().collect::<Vec<_>>(),
            &after.records.iter().collect::<Vec<_>>(),
            &[("RE", NUMBER)],
            &person.key,
        );
        kept += 1;
    }
    assert!(kept > 50);
}

#[test]
fn the_receipts_of_a_file_keep_their_order_its_header_and_its_end() {
    let station = Station::load("hidamari").unwrap();
    let unchanged: BTreeSet<&str> = station
        .people
        .iter()
        .filter(|p| matches!(p.expect.change, Change::None | Change::Refused))
        .map(|p| p.key.as_str())
        .collect();
    for path in FILES {
        let (before, after) = original_and(&station, "out", path);
        let [before, after] = [before, after].map(|bytes| ClaimFile::parse(&bytes).unwrap());
        let order = |file: &ClaimFile| {
            file.receipts()
                .filter_map(|r| r.person_key().unwrap().map(String::from))
                .filter(|key| unchanged.contains(key.as_str()))
                .collect::<Vec<_>>()
        };
        assert_eq!(order(&before), order(&after), "{path}");
        assert_eq!(before.record(0), after.record(0));
        assert_eq!(before.tail(), after.tail());
        assert_eq!(before.records().last(), after.records().last());
        let numbers: Vec<u32> = after.receipts().map(|r| r.number().unwrap()).collect();
        assert!(
            numbers.iter().copied().eq(1..=numbers.len() as u32),
            "{numbers:?}"
        );
    }
}

#[test]
fn a_corrected_receipt_differs_in_the_fields_of_its_coverage_only() {
    let station = Station::load("hidamari").unwrap();
    let before = receipts(|path| original_and(&station, "out", path).0);
    let after = receipts(|path| original_and(&station, "out", path).1);
    let changed = |p: &&Person| matches!(p.expect.change, Change::InPlace | Change::Moved);
    for person in station.people.iter().filter(changed) {
        let ([before], [after]) = (&before[&person.key][..], &after[&person.key][..]) else {
            panic!("{}", person.key);
        };
        let moved = person.expect.change == Change::Moved;
        assert_eq!(before.file != after.file, moved, "{}", person.key);
        // A 枝番 where there was none brings its SN with it.
        let added = before.all("SN").is_empty() && !after.all("SN").is_empty();
        let kept: Vec<&Record> = after
            .records
            .iter()
            .filter(|r| !(added && r.id() == "SN"))
            .collect();
        let common = if moved { COMMON } else { &[] };
        differ_only_in(
            &before.records.iter().collect::<Vec<_>>(),
            &kept,
            &[("RE", common), ("HO", CARD), ("SN", &[7])],
            &person.key,
        );
        has(after, truth_on(person, person.visits[0]), &person.key);
    }
}

#[test]
fn a_divided_receipt_distributes_its_charges_and_changes_none() {
    let station = Station::load("hidamari").unwrap();
    let before = receipts(|path| original_and(&station, "out", path).0);
    let after = receipts(|path| original_and(&station, "out", path).1);
    let split = |p: &&Person| p.expect.change == Change::Split;
    for person in station.people.iter().filter(split) {
        let who = person.key.as_str();
        let [whole] = &before[who][..] else {
            panic!("{who}");
        };
        let mut parts: Vec<&Stands> = after[who].iter().collect();
        parts.sort_by_key(|part| part.all("KA")[0].raw(2).unwrap().to_vec());
        // The charges are those of the whole, one after the other.
        let charges: Vec<&Record> = parts.iter().flat_map(|part| part.all("KA")).collect();
        assert_eq!(charges, whole.all("KA"), "{who}");

        let mut days = BTreeMap::new();
        for part in &parts {
            let file = ClaimFile::parse(&bytes_of(part)).unwrap();
            let receipt = file.receipt(0).unwrap();
            let charged = receipt.charge_days().unwrap();
            for day in &charged {
                has(part, truth_on(person, *day), who);
            }
            let insurer = receipt.insurer().unwrap();
            assert_eq!(usize::from(insurer.days().unwrap()), charged.len(), "{who}");
            assert_eq!(insurer.total().unwrap(), receipt.total().unwrap(), "{who}");
            // Each visit day stands in the JD of one part, as it stood in the whole.
            for field in 3..=33 {
                if let Some(mark) = part.one("JD").raw(field).filter(|raw| !raw.is_empty()) {
                    assert_eq!(days.insert(field, mark.to_vec()), None, "{who}");
                    assert!(
                        charged
                            .iter()
                            .any(|d| usize::from(d.day_of_month()) + 2 == field)
                    );
                }
            }
            // Which part of the month it is stands in a comment; all else is as it was.
            let kept = |receipt: &Stands| -> Vec<Record> {
                let all = receipt.records.iter();
                all.filter(|r| !["KA", "CO"].contains(&r.id()))
                    .cloned()
                    .collect()
            };
            let (before, after) = (kept(whole), kept(part));
            differ_only_in(
                &before.iter().collect::<Vec<_>>(),
                &after.iter().collect::<Vec<_>>(),
                &[
                    ("RE", COMMON),
                    ("HO", &[2, 3, 4, 5, 6]),
                    ("SN", &[7]),
                    ("JD", &(3..=33).collect::<Vec<_>>()),
                ],
                who,
            );
            assert_eq!(part.all("CO").len(), whole.all("CO").len() + 1, "{who}");
        }
        let of_the_whole: BTreeMap<usize, Vec<u8>> = (3..=33)
            .filter_map(|n| Some((n, whole.one("JD").raw(n)?.to_vec())))
            .filter(|(_, mark)| !mark.is_empty())
            .collect();
        assert_eq!(days, of_the_whole, "{who}");
    }
}

/// 利用者台帳, as lines of cells. Neither a comma nor a line end is in the trail byte of a
/// Shift_JIS character, and no cell of the fictional register holds one in quotes.
fn lines(bytes: &[u8]) -> Vec<Vec<&[u8]>> {
    let text = bytes.strip_suffix(b"\r\n").unwrap();
    let mut lines = Vec::new();
    for line in text.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        lines.push(line.split(|byte| *byte == b',').collect());
    }
    lines
}

fn of<'l>(lines: &'l [Vec<&'l [u8]>], person: &Person) -> Vec<&'l Vec<&'l [u8]>> {
    lines
        .iter()
        .filter(|line| line[0] == person.key.as_bytes())
        .collect()
}

/// 保険者番号, 名称, 記号, 番号, 枝番, 本人家族.
const GROUP: std::ops::RangeInclusive<usize> = 7..=12;
/// 負担割合, which an answer need not have.
const BURDEN: usize = 13;
/// 有効開始
const FROM: usize = 14;
/// 有効終了
const TO: usize = 15;
/// 備考, 更新日: not taken over into an added line.
const NOT_COPIED: [usize; 2] = [25, 26];

#[test]
fn the_computed_month_is_never_written_to() {
    let station = Station::load("aozora").unwrap();
    let month = station
        .documents()
        .unwrap()
        .into_iter()
        .find(|document| document.kind == DocumentKind::Month)
        .unwrap();
    let (original, now) = original_and(&station, "product", &month.path);
    assert!(original == now);
}

#[test]
fn the_register_differs_in_the_coverage_of_those_who_changed_and_has_the_expected_new_lines() {
    let station = Station::load("aozora").unwrap();
    let (original, now) = original_and(&station, "product", "RIYOSHA.CSV");
    let (before, after) = (lines(&original), lines(&now));
    assert_eq!(before[0], after[0]);

    // The register of a product that knew the truth about those who changed, and nobody else.
    let mut knowing = station.clone();
    for person in &mut knowing.people {
        if person.expect.change != Change::None {
            person.registered = true;
            person.on_file.clone_from(&person.truth);
        }
    }
    let is_register = |d: &Document| d.kind == DocumentKind::Register;
    let truth = knowing.documents().unwrap().into_iter().find(is_register);
    let truth = truth.unwrap().bytes;
    let truth = lines(&truth);

    let mut added = 0;
    for person in &station.people {
        let who = person.key.as_str();
        let (before, after, truth) = (of(&before, person), of(&after, person), of(&truth, person));
        if person.expect.change == Change::None {
            assert_eq!(before, after, "{who}");
            continue;
        }
        assert_eq!(after.len(), truth.len(), "{who}");
        for (after, truth) in after.iter().zip(&truth) {
            for column in GROUP.chain([FROM, TO]) {
                assert_eq!(after[column], truth[column], "{who} column {column}");
            }
            assert!([truth[BURDEN], b""].contains(&after[BURDEN]), "{who}");
        }
        // What stood there keeps everything but its coverage.
        for (before, after) in before.iter().zip(&after) {
            for column in (0..after.len()).filter(|c| !(*GROUP.start()..=TO).contains(c)) {
                assert_eq!(before[column], after[column], "{who} column {column}");
            }
            assert_eq!(before[BURDEN], after[BURDEN], "{who}");
            let opened = person.expect.change == Change::Opened;
            for column in GROUP.filter(|_| opened) {
                assert_eq!(before[column], after[column], "{who} column {column}");
            }
        }
        // A further period of somebody takes over the rest of the line before it.
        if let Some(last) = before.last() {
            for new in after.iter().skip(before.len()) {
                for column in (0..new.len()).filter(|c| !(*GROUP.start()..=TO).contains(c)) {
                    let copied = !NOT_COPIED.contains(&column);
                    assert!(!copied || new[column] == last[column], "{who} {column}");
                }
            }
        }
        added += after.len() - before.len();
    }
    assert_eq!(after.len(), before.len() + added);
    let expected = |change| *station.counts().changes.get(&change).unwrap() as usize;
    assert_eq!(added, expected(Change::Added) + expected(Change::Opened));
    // Those who were there keep their order.
    let keys = |lines: &[Vec<&[u8]>]| {
        let mut keys: Vec<Vec<u8>> = lines.iter().map(|line| line[0].to_vec()).collect();
        keys.dedup();
        keys
    };
    assert!(keys(&after).starts_with(&keys(&before)));
}

#[test]
fn what_the_product_imported_is_what_the_host_wrote() {
    let station = Station::load("aozora").unwrap();
    let (_, written) = original_and(&station, "out", "RIYOSHA.CSV");
    let (_, imported) = original_and(&station, "product", "RIYOSHA.CSV");
    assert!(written == imported);
}
