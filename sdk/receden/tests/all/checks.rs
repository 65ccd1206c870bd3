//! What the check finds, and what it leaves alone.

use proptest::prelude::*;
use receden::{CheckOptions, Checker, ClaimFile, Finding, Severity, check};
use reseplug_model::Grade;

use crate::{broken, claim_file, codes, masters, parsed};

fn findings(file: &ClaimFile) -> Vec<Finding> {
    check(file, &CheckOptions::default())
}

/// Codes found after an edit that were not found before.
fn after(edit: impl FnOnce(&mut ClaimFile)) -> Vec<&'static str> {
    let mut file = parsed("october");
    let before = codes(&file);
    edit(&mut file);
    let mut new = codes(&file);
    for code in before {
        if let Some(at) = new.iter().position(|other| *other == code) {
            new.remove(at);
        }
    }
    new
}

#[test]
fn the_october_sample_breaks_no_rule_but_the_check_digits_of_its_dummy_codes() {
    let found: Vec<(&str, Severity)> = findings(&parsed("october"))
        .iter()
        .map(|f| (f.code, f.severity))
        .collect();
    let expected: Vec<(&str, Severity)> = [("R-HM-01", Severity::Attention)]
        .into_iter()
        .chain([("R-IH-01", Severity::Note); 3])
        .collect();
    assert_eq!(found, expected);
}

/// Record, field, what is written there, and the rules that must find it.
const BROKEN_FIELDS: &[(usize, usize, &str, &[&str])] = &[
    (1, 5, "", &["R-FLD-01"]),
    (1, 9, "1", &["R-FLD-02"]),
    (1, 14, "P00000000000000000001", &["R-FLD-03"]),
    (0, 3, "1", &["R-FLD-04", "R-FLD-10"]),
    (1, 6, "ﾐﾎﾝ", &["R-FLD-05", "R-RE-05"]),
    (1, 5, "見本 太郎", &["R-FLD-05", "R-RE-04"]),
    (2, 6, "053940", &["R-FLD-08"]),
    (4, 2, "7", &["R-FLD-10", "R-JD-03"]),
    (8, 3, "0303", &["R-FLD-11", "R-JS-01"]),
    (1, 8, "19680431", &["R-FLD-12"]),
    (1, 11, "070", &["R-RE-07", "R-FLD-14"]),
    (1, 2, "7", &["R-FILE-09"]),
    (1, 3, "6122", &["R-RE-01"]),
    (1, 3, "6318", &["R-RE-02"]),
    (1, 3, "6114", &["R-RE-03"]),
    (1, 3, "6118", &["R-RE-10"]),
    (1, 8, "19400101", &["R-RE-09", "R-RE-10"]),
    (1, 5, "見本太郎", &["R-RE-04"]),
    (1, 6, "ミホン－タロウ", &["R-RE-05"]),
    (1, 12, "41", &["R-RE-08"]),
    (1, 15, "123", &["R-RE-12"]),
    (2, 2, "01130013", &["R-HO-01"]),
    (2, 2, "138057  ", &["R-FILE-07", "R-HO-02"]),
    (2, 3, "１２３４５６７８９０１２３４５６７", &["R-HO-03"]),
    (2, 5, "4", &["R-HO-04"]),
    (2, 6, "53941", &["R-HO-05"]),
    (2, 4, "１２３（枝番０１）", &["R-HO-07"]),
    (3, 3, "02", &["R-SN-02"]),
    (3, 2, "2", &["R-SN-05", "R-SN-03"]),
    (3, 7, "1", &["R-SN-04"]),
    (4, 4, "1", &["R-HO-04", "R-JD-01"]),
    (7, 4, "20241010", &["R-KA-03", "R-KA-03"]),
    (9, 2, "0000999", &["R-SY-01"]),
    (10, 19, "01", &["R-RJ-01"]),
    (10, 3, "99", &["R-RJ-02"]),
    (11, 3, "2", &["R-KA-01"]),
    (11, 2, "20240901", &["R-KA-02"]),
    (11, 8, "02", &["R-KA-04"]),
    (11, 4, "610000110", &["R-KA-05"]),
    (11, 5, "0", &["R-KA-06"]),
    (11, 4, "570000110", &["R-KA-07"]),
    (11, 4, "580000110", &["R-KA-08"]),
    (11, 4, "550000770", &["R-KA-09"]),
    (11, 4, "530000110", &["R-KA-10"]),
    (11, 4, "510002370", &["R-KA-11"]),
    (0, 7, "202410", &["R-FILE-10"]),
    (9, 5, "備考　", &["R-FLD-09"]),
    (2, 5, "0", &["R-HO-04", "R-HO-06"]),
    (2, 2, "39990015", &["R-FILE-07", "R-RE-02", "R-HO-08"]),
    (24, 2, "54136016", &["R-KO-01"]),
    (24, 3, "0001231", &["R-KO-02"]),
    (24, 3, "", &["R-KO-03"]),
    (24, 5, "4", &["R-KO-04"]),
    (24, 6, "30321", &["R-KO-05"]),
    (24, 2, "5413601X", &["R-KO-06"]),
    (24, 3, "1230", &["R-KO-07"]),
    (41, 2, "54136015", &["R-SN-01"]),
    (27, 2, "3", &["R-JD-02"]),
    (7, 4, "20240901", &["R-HJ-01"]),
    (8, 3, "01", &["R-JS-02"]),
    (9, 4, "病名", &["R-SY-02"]),
    (9, 3, "123", &["R-SY-03"]),
    (1, 8, "20241101", &["R-RE-11"]),
    (14, 2, "20240930", &["R-REC-09"]),
    (0, 5, "9999998", &[]),
];

#[test]
fn each_broken_field_is_found_by_its_rule() {
    for (record, field, text, expected) in BROKEN_FIELDS {
        let found = after(|file| file.set_field(*record, *field, text).unwrap());
        for code in *expected {
            assert!(
                found.contains(code),
                "{record}/{field} `{text}`: {expected:?} in {found:?}"
            );
        }
    }
}

/// The sample with some of its bytes replaced.
fn with_bytes(from: &[u8], to: &[u8]) -> ClaimFile {
    let mut bytes = claim_file("october");
    let at = bytes
        .windows(from.len())
        .position(|window| window == from)
        .unwrap();
    bytes.splice(at..at + from.len(), to.iter().copied());
    ClaimFile::parse(&bytes).unwrap()
}

#[test]
fn every_rule_of_the_catalogue_can_be_broken_and_is_then_found() {
    let record = |id: &str, fields: &[&str]| receden::Record::new(id, fields).unwrap();
    let mut files = vec![
        with_bytes(b"HM", b"HH"),
        with_bytes(b"P0001", b"P\"001"),
        with_bytes(b"P0001", b"P\x85\x40"),
        with_bytes(&[0x8C, 0xA9], &[0xEE, 0xE0]),
        // 太 → ●
        with_bytes(&[0x91, 0xBE], &[0x81, 0x9C]),
        with_bytes(b"\x1a", b""),
        with_bytes(b"\x1a", b"\x1ax"),
        with_bytes(b"\r\n", b"\n"),
        with_bytes(b"GO\r\n", b""),
        ClaimFile::parse(b"HM,1,13,6,9999998,,202411,\r\nGO\r\n\x1a").unwrap(),
        ClaimFile::parse(&[b"HM\r\n".as_slice(), &b"??\r\n".repeat(1001)].concat()).unwrap(),
    ];
    let mut edited = |edit: &dyn Fn(&mut ClaimFile)| {
        let mut file = parsed("october");
        edit(&mut file);
        files.push(file);
    };
    for (record, field, text, _) in BROKEN_FIELDS {
        edited(&|file| file.set_field(*record, *field, text).unwrap());
    }
    edited(&|f| {
        f.insert_record(1, record("SY", &["8833421", "", "", ""]))
            .unwrap()
    });
    edited(&|f| f.insert_record(3, record("XX", &["1"])).unwrap());
    edited(&|f| {
        f.insert_record(12, record("SY", &["8833421", "", "", ""]))
            .unwrap()
    });
    edited(&|f| f.insert_record(9, record("SY", &["8833421"])).unwrap());
    edited(&|f| {
        f.insert_record(3, f.record(2).unwrap().to_record())
            .unwrap()
    });
    edited(&|f| f.insert_record(41, record("HO", &[""; 11])).unwrap());
    edited(&|f| {
        f.insert_record(24, f.record(41).unwrap().to_record())
            .unwrap()
    });
    edited(&|f| {
        f.insert_record(8, record("HJ", &["01", "20240901", "20240930"]))
            .unwrap()
    });
    edited(&|f| drop(f.remove_record(8).unwrap()));
    edited(&|f| f.set_field(27, 2, "1").unwrap());
    edited(&|f| f.set_field(1, 4, "202606").unwrap());
    edited(&|f| {
        f.set_field(2, 6, "118001").unwrap();
        f.remove_record(5).unwrap();
    });
    edited(&|f| {
        let again = f
            .receipt(0)
            .unwrap()
            .records()
            .map(|(_, r)| r.to_record())
            .collect();
        f.append_receipt(again).unwrap();
    });
    files.extend(broken::cases().map(|(.., file)| file));
    let mut found: std::collections::BTreeSet<&str> = files.iter().flat_map(codes).collect();
    for (_, edits) in masters::BROKEN {
        found.extend(masters::found(&masters::broken(edits)));
    }
    let mut checker = Checker::new(CheckOptions::default());
    for name in ["first", "second"] {
        found.extend(
            checker
                .check(name, &parsed("october"))
                .iter()
                .map(|f| f.code),
        );
    }
    found.extend(codes(&crate::medical::old_and_untidy()));
    let never: Vec<&str> = receden::check::catalogue()
        .iter()
        .map(|rule| rule.code.as_str())
        .filter(|code| !found.contains(code))
        .collect();
    assert_eq!(never, [] as [&str; 0]);
}

#[test]
fn a_name_with_a_missing_glyph_is_found_where_it_stands_and_never_written() {
    let mut file = with_bytes(&[0x91, 0xBE], &[0x81, 0x9C]);
    assert!(codes(&file).contains(&"R-RE-06"));
    let before = file.clone();
    let refused = file.set_field(1, 5, "見本　●郎");
    assert!(matches!(
        refused,
        Err(receden::WriteError::MissingGlyph { .. })
    ));
    assert_eq!(file, before);
    file.set_field(1, 5, "見本　太郎").unwrap();
    assert_eq!(file, parsed("october"));
}

#[test]
fn broken_frames_are_found() {
    let bytes = claim_file("october");
    let text = |bytes: &[u8]| codes(&ClaimFile::parse(bytes).unwrap());
    assert!(text(&bytes[..bytes.len() - 1]).contains(&"R-FILE-03"));
    assert!(text(&[&bytes[..], b"x"].concat()).contains(&"R-FILE-04"));
    let unix: Vec<u8> = bytes
        .iter()
        .copied()
        .filter(|byte| *byte != b'\r')
        .collect();
    assert_eq!(
        text(&unix)
            .iter()
            .filter(|code| **code == "R-FILE-05")
            .count(),
        1
    );
    assert!(text(b"HM,1,13,6,9999998,,202411,\r\nGO\r\n\x1a").contains(&"R-FILE-06"));
    assert!(after(|file| drop(file.remove_record(54).unwrap())).contains(&"R-FILE-02"));
}

#[test]
fn missing_misplaced_repeated_and_unknown_records_are_found() {
    let new = |id: &str, fields: &[&str]| receden::Record::new(id, fields).unwrap();
    assert!(after(|f| drop(f.remove_record(2).unwrap())).contains(&"R-REC-04"));
    assert!(after(|f| drop(f.remove_record(8).unwrap())).contains(&"R-REC-04"));
    assert!(after(|f| f.insert_record(3, new("XX", &["1"])).unwrap()).contains(&"R-REC-01"));
    assert!(
        after(|f| f
            .insert_record(12, new("SY", &["8833421", "", "", ""]))
            .unwrap())
        .contains(&"R-REC-02")
    );
    assert!(
        after(|f| {
            let copy = f.record(2).unwrap().to_record();
            f.insert_record(3, copy).unwrap();
        })
        .contains(&"R-REC-03")
    );
    assert!(after(|f| f.insert_record(9, new("SY", &["8833421"])).unwrap()).contains(&"R-REC-06"));
    assert!(after(|f| f.set_field(27, 2, "1").unwrap()).contains(&"R-REC-07"));
    let public_alone = after(|f| f.insert_record(41, new("HO", &[""; 11])).unwrap());
    assert!(public_alone.contains(&"R-REC-05"), "{public_alone:?}");
}

#[test]
fn a_confirmation_record_for_a_public_expense_other_than_welfare_is_refused() {
    let sn =
        receden::Record::build(receden::Edition::r0606(), "SN", &[(2, "2"), (3, "01")]).unwrap();
    let mut file = parsed("october");
    let at = file.receipt(1).unwrap().records_of("JD").next().unwrap().0;
    file.insert_record(at, sn).unwrap();
    let found = findings(&file);
    let finding = found.iter().find(|f| f.code == "R-SN-01").unwrap();
    assert_eq!(
        (finding.severity, finding.line),
        (Severity::Reject, Some(at + 1))
    );
    assert_eq!(finding.receipt, Some(2));
}

#[test]
fn a_copied_receipt_is_a_possible_duplicate_and_a_late_month_is_judged_by_itself() {
    let mut file = parsed("october");
    let again: Vec<_> = file
        .receipt(0)
        .unwrap()
        .records()
        .map(|(_, r)| r.to_record())
        .collect();
    file.append_receipt(again).unwrap();
    file.renumber().unwrap();
    assert!(codes(&file).contains(&"R-FILE-08"));

    // The same receipt of a month before: its own days, its own month.
    let range = file.receipt(3).unwrap().record_range();
    file.set_field(range.start, 4, "202409").unwrap();
    for index in range {
        let record = file.record(index).unwrap();
        match record.id() {
            "KA" => {
                let day = record.ascii(2).unwrap().replace("202410", "202409");
                file.set_field(index, 2, &day).unwrap();
            }
            "HJ" => file.set_field(index, 3, "20240901").unwrap(),
            _ => {}
        }
    }
    let found = codes(&file);
    assert!(
        !found.contains(&"R-FILE-08") && !found.contains(&"R-KA-02"),
        "{found:?}"
    );
}

#[test]
fn a_forbidden_character_is_named_with_its_place_and_the_usual_replacement() {
    let mut bytes = claim_file("october");
    let at = bytes
        .windows(4)
        .position(|w| w == [0x8C, 0xA9, 0x96, 0x7B])
        .unwrap();
    bytes[at..at + 2].copy_from_slice(&[0xEE, 0xE0]);
    let file = ClaimFile::parse(&bytes).unwrap();
    assert_eq!(file.receipt(0).unwrap().name().unwrap(), "髙本　太郎");
    let found = findings(&file);
    let finding = found.iter().find(|f| f.code == "R-FLD-06").unwrap();
    assert_eq!(finding.severity, Severity::ReturnRisk);
    assert_eq!(
        (finding.line, finding.field, finding.byte),
        (Some(2), Some(5), Some(at as u64))
    );
    assert!(finding.message_ja.contains("髙") && finding.message_ja.contains("「高」"));
    assert!(!finding.message_ja.contains('{') && !finding.message_en.contains('{'));
}

#[test]
fn check_digits_have_the_severity_that_is_chosen_but_unofficial_ones_stay_mild() {
    let mut file = parsed("october");
    file.set_field(2, 2, "01130013").unwrap();
    let with = |check_digits| {
        check(
            &file,
            &CheckOptions {
                check_digits,
                ..CheckOptions::default()
            },
        )
        .into_iter()
        .filter(|f| matches!(f.code, "R-HM-01" | "R-HO-01" | "R-IH-01"))
        .map(|f| (f.code, f.severity))
        .take(3)
        .collect::<Vec<_>>()
    };
    assert_eq!(with(None), []);
    assert_eq!(
        with(Some(Severity::Reject)),
        [
            ("R-HM-01", Severity::Attention),
            ("R-HO-01", Severity::Reject),
            ("R-IH-01", Severity::Note)
        ]
    );
}

#[test]
fn visits_under_an_edition_nobody_compared_are_marked() {
    let found = after(|f| {
        f.set_field(0, 7, "202607").unwrap();
        f.set_field(1, 4, "202606").unwrap();
    });
    assert!(found.contains(&"R-FILE-11"), "{found:?}");
}

#[test]
fn the_lines_of_the_handbook_have_the_right_number_of_fields_and_its_slip_has_not() {
    let text = include_str!("../cases/handbook-lines.txt");
    let edition = receden::Edition::r0606();
    for line in text.lines() {
        let bytes = receden::repertoire::encode(line).unwrap();
        let file = ClaimFile::parse(&[b"HM\r\n", &bytes[..], b"\r\n"].concat()).unwrap();
        let record = file.record(1).unwrap();
        assert_eq!(
            record.field_count(),
            edition.record(record.id()).unwrap().fields.len(),
            "{line}"
        );
    }
    let slip = "TZ,10,830500003,症状の悪化により,";
    assert_ne!(
        slip.split(',').count(),
        edition.record("TZ").unwrap().fields.len()
    );
}

proptest! {
    #[test]
    fn nothing_that_can_be_read_makes_the_check_panic_or_leave_a_gap_in_a_message(
        edits in proptest::collection::vec((0usize..55, 2usize..20, "[0-9A-Zｱ-ﾝ]{0,10}|[ぁ-ん亜-腕　]{0,8}|20241[0-9]{3}"), 0..12),
        removals in proptest::collection::vec(0usize..50, 0..4),
    ) {
        let mut file = parsed("october");
        for (record, field, text) in edits { let _ = file.set_field(record, field, &text); }
        for index in removals { let _ = file.remove_record(index); }
        let size = file.to_bytes().len() as u64;
        for finding in findings(&file) {
            for text in [&finding.message_ja, &finding.message_en] {
                prop_assert!(!text.contains('{') && !text.contains('}'), "{}: {}", finding.code, text);
            }
            prop_assert!(finding.byte.is_none_or(|byte| byte <= size));
            prop_assert!(finding.severity != Severity::Reject || finding.grade == Grade::Official);
        }
    }

    #[test]
    fn no_bytes_make_the_check_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let bytes = [b"HM,1\r\nRE,", &bytes[..]].concat();
        if let Ok(file) = ClaimFile::parse(&bytes) {
            let _ = findings(&file);
        }
    }
}
