//! The cases of `cases/broken.txt`: one thing done to a good file, and the rule that must find it.

use receden::{ClaimFile, Record};

use crate::{codes, parsed};

/// Rule and broken file of each case.
pub(crate) fn cases() -> impl Iterator<Item = (&'static str, &'static str, ClaimFile)> {
    include_str!("../cases/broken.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (rule, operations) = line.split_once(" | ").unwrap();
            let mut file = parsed("october");
            for operation in operations.split(" ; ") {
                apply(&mut file, operation);
            }
            (rule, line, file)
        })
}

fn apply(file: &mut ClaimFile, operation: &str) {
    let index = |line: &str| line.parse::<usize>().unwrap() - 1;
    if let Some(line) = operation.strip_prefix('-') {
        file.remove_record(index(line)).unwrap();
    } else if let Some(rest) = operation.strip_prefix('+') {
        let (line, record) = rest.split_once(' ').unwrap();
        let (id, fields) = record.split_once(',').unwrap();
        let fields: Vec<&str> = fields.split(',').collect();
        file.insert_record(index(line), Record::new(id, &fields).unwrap())
            .unwrap();
    } else {
        let (place, text) = operation.split_once('=').unwrap();
        let (line, field) = place.split_once('.').unwrap();
        file.set_field(index(line), field.parse().unwrap(), text)
            .unwrap();
    }
}

#[test]
fn each_case_is_found_by_its_rule() {
    let before = codes(&parsed("october"));
    for (rule, case, file) in cases() {
        assert!(!before.contains(&rule), "{rule} is found in the good file");
        assert!(codes(&file).contains(&rule), "{case}: {:?}", codes(&file));
    }
}

#[test]
fn what_is_right_is_left_alone() {
    // 特地 with both of its records, 緊急 with date and reason, 情報提供 with its destination.
    let mut file = parsed("october");
    let before = codes(&file);
    file.set_field(16, 4, "510002470").unwrap();
    for record in [
        "TZ,04,830500002,東京都千代田区見本町",
        "TZ,04,852500001,００６５",
        "TZ,10,850500016,５０６１００８",
        "TZ,10,830500003,急変",
        "TJ,01,,,",
    ] {
        let text = record.replace("００６５", "０００６５");
        apply(&mut file, &format!("+12 {text}"));
    }
    for charge in [
        "KA,20241001,1,510002370,,0,,,",
        "KA,20241008,1,570000110,,1500,,,",
    ] {
        let at = file
            .records()
            .position(|record| record.bytes().starts_with(&charge.as_bytes()[..11]))
            .unwrap();
        let at = if charge.contains("510002370") {
            at + 2
        } else {
            at + 3
        };
        apply(&mut file, &format!("+{at} {charge}"));
    }
    let new: Vec<_> = codes(&file)
        .into_iter()
        .filter(|code| !before.contains(code))
        .filter(|code| {
            code.starts_with("R-TZ") || code.starts_with("R-CO") || code.starts_with("R-TJ")
        })
        .collect();
    assert_eq!(new, [] as [&str; 0]);
    assert!(!codes(&file).contains(&"R-KA-15"), "{:?}", codes(&file));
    assert!(!codes(&file).contains(&"R-KA-07") && !codes(&file).contains(&"R-REC-14"));
}

/// 支払基金: 特別地域, two visits a day, two nurses, 緊急, death at home, psychiatric care, 退院支援 without a
/// visit, 特別指示, 情報提供, 国保 and 後期 in a file of their own, 医療観察, 特別管理, a small child, a name in half
/// width, DX and ベースアップ, another station, a nurse of special training, the fourth day of a week.
#[test]
fn care_of_every_kind_that_is_recorded_rightly_is_left_alone() {
    for name in ["variants-1", "variants-2"] {
        let file = parsed(name);
        assert_eq!(codes(&file), [] as [&str; 0], "{name}");
    }
}

#[test]
fn a_charge_like_one_before_is_judged_for_itself() {
    // Lines 12, 15, 17, 19, 21 are the same charge on other days.
    let finds = |operations: &[&str], rule: &str| {
        let mut file = parsed("october");
        for operation in operations {
            apply(&mut file, operation);
        }
        let found = receden::check(&file, &receden::CheckOptions::default());
        let lines: Vec<_> = found.into_iter().filter(|f| f.code == rule).collect();
        lines.into_iter().filter_map(|f| f.line).collect::<Vec<_>>()
    };
    assert_eq!(finds(&["17.2=20241035"], "R-FLD-12"), [17]);
    assert_eq!(finds(&["17.2=2024108"], "R-FLD-04"), [17]);
    assert_eq!(finds(&["15.7=99", "19.7=99"], "R-FLD-10"), [15, 19]);
    assert_eq!(finds(&["19.2=20240930"], "R-KA-02"), [19]);
    assert_eq!(finds(&["17.6=5551", "21.6=5551"], "R-HO-05"), [3]);
}
