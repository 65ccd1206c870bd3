//! Prices, staff, counts and combinations, by a small master made here in the published form.

use receden::{CheckOptions, ClaimFile, Master, MasterError, Masters, Severity, check};

use crate::parsed;

/// A row of the 基本テーブル: 72 columns, those that matter set.
fn charge(code: &str, name: &str, columns: &[(usize, &str)]) -> String {
    let mut row = vec!["0"; 72];
    for (at, text) in [
        (2, "R"),
        (3, code),
        (9, name),
        (15, "1"),
        (25, "00"),
        (26, "00"),
        (48, "0"),
        (71, "20240601"),
        (72, "99999999"),
    ] {
        row[at - 1] = text;
    }
    for at in 29..=43 {
        row[at - 1] = "00";
    }
    for (at, text) in columns {
        row[at - 1] = text;
    }
    quoted(&row)
}

fn quoted(row: &[&str]) -> String {
    let cells: Vec<String> = row.iter().map(|cell| format!("\"{cell}\"")).collect();
    cells.join(",") + "\r\n"
}

const NURSE: [(usize, &str); 9] = [
    (16, "5550.00"),
    (29, "01"),
    (30, "02"),
    (31, "03"),
    (32, "08"),
    (44, "1"),
    (45, "1"),
    (46, "2"),
    (48, "A101"),
];

fn basic() -> String {
    [
        charge("510000110", "基本療養費１", &NURSE),
        charge(
            "510002370",
            "特別地域訪問看護加算",
            &[(15, "5"), (16, "50.00")],
        ),
        charge("510002670", "乳幼児加算", &[(16, "1300.00"), (26, "06")]),
        charge(
            "510002770",
            "複数名訪問看護加算",
            &[(16, "4500.00"), (29, "31")],
        ),
        charge(
            "510001970",
            "難病等複数回訪問加算",
            &[(16, "4500.00"), (29, "03"), (44, "2")],
        ),
        charge(
            "550000410",
            "管理療養費（月の初日）",
            &[(16, "7670.00"), (48, "A501")],
        ),
        charge(
            "550000510",
            "管理療養費（２日目以降）",
            &[(16, "3000.00"), (48, "A501")],
        ),
        charge("550000670", "２４時間対応体制加算", &[(16, "6520.00")]),
        charge(
            "550000770",
            "廃止された加算",
            &[(16, "1.00"), (72, "20240930")],
        ),
        charge(
            "588000110",
            "医療観察基本料",
            &[(15, "3"), (16, "555.00"), (27, "2")],
        ),
        charge("590000110", "数量のあるもの", &[(16, "10.00"), (19, "1")]),
    ]
    .concat()
}

pub(crate) fn tables() -> Vec<(&'static str, Vec<u8>)> {
    let addition =
        |group, code| quoted(&["0", group, code, "加算", "01", "20240601", "99999999", "0"]);
    let additions = [
        addition("A101", "510002370"),
        addition("A101", "510002670"),
        addition("A101", "510002770"),
        addition("A101", "510001970"),
        addition("A501", "550000670"),
    ]
    .concat();
    let limit = |code, unit, name, most| {
        quoted(&[
            "0", code, "名称", unit, name, most, "0", "20240601", "99999999", "0",
        ])
    };
    let limits = [
        limit("510000110", "121", "日", "1"),
        limit("510000110", "138", "週", "3"),
        limit("550000410", "131", "月", "1"),
        limit("550000410", "133", "入院中", "1"),
    ]
    .concat();
    let incompatible = quoted(&[
        "0",
        "550000410",
        "管理",
        "2",
        "550000510",
        "管理",
        "1",
        "0",
        "20240601",
        "99999999",
        "0",
        "0",
        "0",
    ]);
    [
        ("basic.csv", basic()),
        ("additions.csv", additions),
        ("limits.csv", limits),
        ("incompatible.csv", incompatible),
    ]
    .map(|(name, text)| (name, encoded(&text)))
    .into()
}

fn encoded(text: &str) -> Vec<u8> {
    // The lines of a table hold nothing that a claim file could not, but for their quotation marks.
    let lines = text.split_terminator("\r\n");
    lines
        .flat_map(|line| [receden::repertoire::encode(line).unwrap(), b"\r\n".to_vec()].concat())
        .collect()
}

fn read(tables: &[(&'static str, Vec<u8>)]) -> Result<Master, MasterError> {
    Master::read(tables.iter().map(|(name, bytes)| (*name, bytes.as_slice())))
}

pub(crate) fn masters() -> Masters {
    Masters::default().with(read(&tables()).unwrap())
}

/// Rules of the master found in a file.
pub(crate) fn found(file: &ClaimFile) -> Vec<&'static str> {
    let masters = masters();
    let options = CheckOptions {
        masters: &masters,
        ..CheckOptions::default()
    };
    check(file, &options)
        .into_iter()
        .inspect(|finding| {
            let text = format!("{}{}", finding.message_ja, finding.message_en);
            assert!(!text.contains('{'), "{text}");
        })
        .map(|finding| finding.code)
        .filter(|code| code.starts_with("R-MST"))
        .collect()
}

/// Line, field and text.
type Edit = (usize, usize, &'static str);

/// What is done, and the rule that must find it.
pub(crate) const BROKEN: &[(&str, &[Edit])] = &[
    ("R-MST-01", &[(2, 4, "202405")]),
    ("R-MST-01", &[(2, 4, "202606")]),
    ("R-MST-02", &[(12, 4, "510009910")]),
    ("R-MST-02", &[(12, 4, "550000770")]),
    ("R-MST-03", &[(12, 6, "5500")]),
    ("R-MST-03", &[(13, 4, "588000110"), (13, 6, "555")]),
    ("R-MST-04", &[(12, 7, "07")]),
    ("R-MST-04", &[(12, 7, "")]),
    ("R-MST-04", &[(13, 7, "03")]),
    ("R-MST-04", &[(13, 4, "510002770"), (13, 7, "03")]),
    ("R-MST-05", &[(12, 8, "")]),
    ("R-MST-05", &[(13, 8, "01")]),
    ("R-MST-05", &[(13, 4, "510001970"), (13, 8, "03")]),
    ("R-MST-06", &[(12, 9, "03")]),
    ("R-MST-06", &[(12, 9, "")]),
    ("R-MST-06", &[(13, 9, "01")]),
    ("R-MST-07", &[(13, 4, "510002670")]),
    ("R-MST-08", &[(13, 4, "588000110")]),
    ("R-MST-09", &[(15, 2, "20241001")]),
    ("R-MST-09", &[(18, 4, "550000410")]),
    ("R-MST-10", &[(14, 4, "550000510")]),
    ("R-MST-11", &[(17, 4, "510002770")]),
    ("R-MST-12", &[(13, 4, "590000110")]),
    ("R-MST-12", &[(12, 5, "1")]),
];

pub(crate) fn broken(edits: &[Edit]) -> ClaimFile {
    let mut file = parsed("october");
    for (line, field, text) in edits {
        file.set_field(line - 1, *field, text).unwrap();
    }
    file
}

#[test]
fn the_october_sample_keeps_to_the_master() {
    assert_eq!(found(&parsed("october")), [] as [&str; 0]);
}

#[test]
fn each_breach_of_the_master_is_found_by_its_rule() {
    for (rule, edits) in BROKEN {
        let found = found(&broken(edits));
        assert!(found.contains(rule), "{rule} {edits:?}: {found:?}");
    }
    // 特記 1日 once on the day of the addition only.
    assert!(
        !found(&broken(&[
            (13, 4, "510002770"),
            (13, 6, "4500"),
            (13, 7, "0304")
        ]))
        .contains(&"R-MST-11")
    );
}

#[test]
fn a_charge_by_percentage_is_part_of_the_amount_of_its_base() {
    let mut file = parsed("october");
    let record = receden::Record::new("KA", &["20241001", "1", "510002370", "", "0", "", "", ""]);
    file.insert_record(12, record.unwrap()).unwrap();
    assert_eq!(found(&file), ["R-MST-03"]);
    file.set_field(11, 6, "8325").unwrap();
    assert_eq!(found(&file), [] as [&str; 0]);
}

#[test]
fn without_a_master_none_of_its_rules_is_asked() {
    for (_, edits) in BROKEN {
        let findings = check(&broken(edits), &CheckOptions::default());
        assert!(findings.iter().all(|f| !f.code.starts_with("R-MST")));
    }
}

#[test]
fn a_limit_passed_is_for_a_person_to_look_at() {
    let masters = masters();
    let options = CheckOptions {
        masters: &masters,
        ..CheckOptions::default()
    };
    let findings = check(&broken(&[(18, 4, "550000410")]), &options);
    let limit = findings.iter().find(|f| f.code == "R-MST-09").unwrap();
    assert_eq!(limit.severity, Severity::Attention);
    assert!(
        limit.message_ja.contains("1月") && limit.message_ja.contains("2回"),
        "{limit:?}"
    );
}

#[test]
fn the_release_says_what_it_holds_and_what_it_leaves_out() {
    let master = read(&tables()).unwrap();
    assert_eq!(master.len(), 11);
    assert_eq!(master.from().to_string(), "2024-06");
    assert_eq!(master.left_out(), 1);
    let masters = masters();
    assert!(masters.of("2024-10".parse().unwrap()).is_some());
    assert!(masters.of("2024-05".parse().unwrap()).is_none());
}

#[test]
fn files_that_are_no_master_are_refused_with_their_place() {
    assert_eq!(read(&tables()[1..]), Err(MasterError::NoBasic));
    let twice = [tables(), tables()].concat();
    assert!(matches!(read(&twice), Err(MasterError::Twice { .. })));
    for (from, to) in [
        ("\"R\"", "\"S\""),
        ("510002370", "610002370"),
        ("20240601", "20241301"),
        ("基本療養費１\",", "基本療養費１\",\"x\","),
    ] {
        let mut broken = tables();
        broken[0].1 = encoded(&basic().replacen(from, to, 1));
        let error = read(&broken).unwrap_err();
        assert!(
            matches!(&error, MasterError::Row { file, line, .. } if file == "basic.csv" && *line >= 1),
            "{error:?}"
        );
        assert!(error.message_ja().contains("basic.csv"));
    }
    let other = [("photo.jpg", b"\xff\xd8\xff".to_vec())];
    assert!(read(&other).is_err());
}
