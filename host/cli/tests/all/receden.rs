//! `reseplug receden`

use crate::{claim_file, code, json, run, stderr, stdout};
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn a_file_as_the_product_writes_it_has_nothing_worse_than_attention() {
    let dir = tempfile::tempdir().unwrap();
    let file = claim_file(dir.path());
    let (code, value) = json(dir.path(), &["receden", "check", file.to_str().unwrap()]);
    let one = &value;
    assert_eq!(one["file"], file.to_str().unwrap());
    assert_eq!(one["editions"][0], "R0606");
    assert!(one["receipts"].as_u64().unwrap() > 10);
    for finding in one["findings"].as_array().unwrap() {
        let severity = finding["severity"].as_str().unwrap();
        assert!(["attention", "note"].contains(&severity), "{finding}");
    }
    assert_eq!(code, 0);
}

#[test]
fn a_missing_end_of_file_byte_is_told_with_what_to_do_and_ends_with_1() {
    let dir = tempfile::tempdir().unwrap();
    let file = claim_file(dir.path());
    let mut bytes = fs::read(&file).unwrap();
    assert_eq!(bytes.pop(), Some(0x1A));
    fs::write(&file, bytes).unwrap();

    let path = file.to_str().unwrap();
    let (exit, value) = json(dir.path(), &["receden", "check", path]);
    assert_eq!(exit, 1);
    let findings = value["findings"].as_array().unwrap();
    let found = findings.iter().find(|f| f["code"] == "R-FILE-03").unwrap();
    assert_eq!(found["severity"], "reject");
    assert!(!found["action_ja"].as_str().unwrap().is_empty());

    let ja = run(dir.path(), &["receden", "check", path]);
    let en = run(dir.path(), &["receden", "check", path, "--lang", "en"]);
    assert_eq!((code(&ja), code(&en)), (1, 1));
    assert!(stdout(&ja).contains("R-FILE-03") && stdout(&ja).contains("受付不能"));
    assert!(stdout(&ja).lines().last().unwrap().contains("受付不能 1"));
    assert!(stdout(&en).lines().last().unwrap().contains("reject 1"));
}

#[test]
fn a_broken_field_is_told_by_line_and_field_and_findings_stand_in_the_order_of_lines() {
    let dir = tempfile::tempdir().unwrap();
    let path = claim_file(dir.path());
    let mut file = receden::ClaimFile::parse(&fs::read(&path).unwrap()).unwrap();
    let (line, _) = file.receipt(2).unwrap().lines();
    // 生年月日 of the third receipt.
    file.set_field(line - 1, 8, "19431399").unwrap();
    fs::write(&path, file.to_bytes()).unwrap();

    let (exit, value) = json(dir.path(), &["receden", "check", path.to_str().unwrap()]);
    let findings = value["findings"].as_array().unwrap();
    let found = findings
        .iter()
        .find(|f| f["line"] == line && f["field"] == 8);
    assert_eq!(found.unwrap()["record"], "RE", "{findings:?}");
    assert_eq!(exit, 1);
    let lines: Vec<_> = findings.iter().map(|f| f["line"].as_u64()).collect();
    assert!(lines.is_sorted(), "{lines:?}");
}

#[test]
fn what_is_no_claim_file_ends_with_2_and_the_other_files_are_checked_all_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let good = claim_file(dir.path());
    fs::write(dir.path().join("photo.jpg"), b"\xff\xd8\xff\xe0JFIF").unwrap();
    fs::write(
        dir.path().join("utf8.uke"),
        "HM,1,13,6,9999998,ひだまり,202411,\r\n",
    )
    .unwrap();
    let args = [
        "receden",
        "check",
        "photo.jpg",
        "utf8.uke",
        good.to_str().unwrap(),
        "missing.uke",
    ];
    let (exit, value) = json(dir.path(), &args);
    assert_eq!(exit, 2);
    let files = value.as_array().unwrap();
    assert_eq!(files[0]["error"]["code"], "receden/not-a-claim-file");
    assert_eq!(files[0]["error"]["place"]["line"], 1);
    assert_eq!(files[1]["error"]["code"], "receden/wrong-encoding");
    assert!(files[2]["findings"].is_array());
    assert_eq!(files[3]["error"]["code"], "file/unreadable");

    let ja = run(dir.path(), &args);
    assert_eq!(code(&ja), 2);
    assert!(stderr(&ja).contains("photo.jpg:1") && stderr(&ja).contains("RECEIPTH.UKE"));
    assert!(stdout(&ja).contains("読めないファイル 3"));
    let en = run(
        dir.path(),
        &["receden", "check", "utf8.uke", "--lang", "en"],
    );
    assert!(stderr(&en).contains("Shift_JIS"), "{}", stderr(&en));
}

#[test]
fn check_digits_are_left_alone_on_request() {
    let dir = tempfile::tempdir().unwrap();
    let path = claim_file(dir.path());
    let mut file = receden::ClaimFile::parse(&fs::read(&path).unwrap()).unwrap();
    let (at, number) = file
        .records()
        .enumerate()
        .find(|(_, record)| record.id() == "HO")
        .map(|(at, record)| (at, record.ascii(2).unwrap().to_owned()))
        .unwrap();
    let last = number.chars().last().unwrap().to_digit(10).unwrap();
    let wrong = format!("{}{}", &number[..number.len() - 1], (last + 1) % 10);
    file.set_field(at, 2, &wrong).unwrap();
    fs::write(&path, file.to_bytes()).unwrap();
    let codes = |extra: &[&str]| {
        let mut args = vec!["receden", "check", path.to_str().unwrap()];
        args.extend(extra);
        let (_, value) = json(dir.path(), &args);
        value["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|f| f["code"] == "R-HO-01")
            .count()
    };
    assert_eq!((codes(&[]), codes(&["--no-check-digits"])), (1, 0));
}

#[test]
fn one_receipt_is_shown_by_its_number_and_a_number_that_is_not_there_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let file = claim_file(dir.path());
    let path = file.to_str().unwrap();
    let whole = stdout(&run(dir.path(), &["receden", "show", path]));
    assert!(whole.contains("請求先") && whole.matches("\n氏名").count() > 10);
    let one = stdout(&run(
        dir.path(),
        &["receden", "show", path, "--receipt", "2"],
    ));
    assert_eq!(one.matches("\n氏名").count(), 1, "{one}");
    let (_, value) = json(dir.path(), &["receden", "show", path, "--receipt", "2"]);
    assert_eq!(value["receipts"][0]["number"], 2);
    let (exit, value) = json(dir.path(), &["receden", "show", path, "--receipt", "999"]);
    assert_eq!(exit, 2);
    assert_eq!(value["error"]["code"], "receden/no-receipt");
}

/// A small return file: two receipts of the good file, as they might come back.
fn return_file(folder: &Path) -> PathBuf {
    let good = receden::ClaimFile::parse(&fs::read(claim_file(folder)).unwrap()).unwrap();
    let mut bytes = good.record(0).unwrap().bytes().to_vec();
    bytes[..2].copy_from_slice(b"HH");
    bytes.extend(b"\r\n");
    for (n, reason) in ["L3129 レセプト種別", "資格喪失後の受診"]
        .iter()
        .enumerate()
    {
        let receipt = good.receipt(n).unwrap();
        for (_, record) in receipt.records() {
            let mut record = record.to_record();
            if record.id() == "RE" {
                record.set(15, &format!("1234567890123456{n}")).unwrap();
            }
            bytes.extend(record.bytes());
            bytes.extend(b"\r\n");
        }
        bytes.extend(b"HR,202412,1,");
        bytes.extend(receden::repertoire::encode(reason).unwrap());
        bytes.extend(b"\r\n8,1,0,RE,1,6112,\r\n8,8,0,HR,202412\r\n");
    }
    bytes.extend(b"HG,2,99\r\n\x1a");
    let path = folder.join("RECEIPTH.HEN");
    fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn returns_are_explained_and_filed_again_without_their_reasons() {
    let dir = tempfile::tempdir().unwrap();
    let path = return_file(dir.path());
    let path = path.to_str().unwrap();
    let (code, value) = json(dir.path(), &["receden", "returns", path]);
    assert_eq!(code, 0);
    let reason = &value["receipts"][0]["reasons"][0];
    assert_eq!(reason["code"], "L3129");
    assert!(reason["action_ja"].as_str().unwrap().contains("生年月日"));
    let reason = &value["receipts"][1]["reasons"][0];
    assert!(reason["action_ja"].as_str().unwrap().contains("初回の請求"));

    let args = [
        "receden",
        "refile",
        path,
        "--month",
        "2024-12",
        "-o",
        "again.UKE",
        "--as-first",
        "2",
    ];
    let (code, _) = json(dir.path(), &[&args[..], &["--dry-run"]].concat());
    assert_eq!(code, 0);
    assert!(!dir.path().join("again.UKE").exists());
    let (code, value) = json(dir.path(), &args);
    assert_eq!((code, &value["refiled"]), (0, &2.into()));
    let made = fs::read(dir.path().join("again.UKE")).unwrap();
    let made = receden::ClaimFile::parse(&made).unwrap();
    let ids: Vec<&str> = made.records().map(|record| record.id()).collect();
    assert!(!ids.contains(&"HR"), "{ids:?}");
    assert_eq!(ids.iter().filter(|id| **id == "8").count(), 2);
    let search = |n| {
        made.receipt(n)
            .unwrap()
            .search_number()
            .unwrap()
            .map(String::from)
    };
    assert_eq!(
        (search(0).as_deref(), search(1)),
        (Some("12345678901234560"), None)
    );
    // What is there is not replaced.
    let (code, value) = json(dir.path(), &args);
    assert_eq!((code, &value["error"]["code"]), (2, &"file/exists".into()));
    // A claim file is no return file.
    let (code, value) = json(dir.path(), &["receden", "returns", "again.UKE"]);
    assert_eq!(
        (code, &value["error"]["code"]),
        (2, &"receden/no-return".into())
    );
}

#[test]
fn returned_receipts_stand_behind_those_of_the_month_when_asked() {
    let dir = tempfile::tempdir().unwrap();
    let path = return_file(dir.path());
    let month = claim_file(dir.path());
    let args = [
        "receden",
        "refile",
        path.to_str().unwrap(),
        "--with",
        month.to_str().unwrap(),
        "-o",
        "all.UKE",
    ];
    let (code, _) = json(dir.path(), &args);
    assert_eq!(code, 0);
    let parse = |path: &Path| receden::ClaimFile::parse(&fs::read(path).unwrap()).unwrap();
    let (first, all) = (parse(&month), parse(&dir.path().join("all.UKE")));
    assert_eq!(all.receipts().count(), first.receipts().count() + 2);
    let numbers: Vec<u32> = all.receipts().map(|r| r.number().unwrap()).collect();
    assert!(numbers.iter().copied().eq(1..=numbers.len() as u32));
}

#[test]
fn a_file_is_divided_by_payer_and_joined_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = claim_file(dir.path());
    let mut file = receden::ClaimFile::parse(&fs::read(&path).unwrap()).unwrap();
    let ho = file.receipt(1).unwrap().records_of("HO").next().unwrap().0;
    file.set_field(ho, 2, "  138057").unwrap();
    fs::write(dir.path().join("mixed.UKE"), file.to_bytes()).unwrap();
    let (code, value) = json(dir.path(), &["receden", "divide", "mixed.UKE", "-o", "out"]);
    assert_eq!(code, 0, "{value}");
    let totals: u64 = value["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["total"].as_u64().unwrap())
        .sum();
    assert_eq!(value["before"]["total"], totals);
    let kokuho = fs::read(dir.path().join("out/KOKUHO/RECEIPTH.UKE")).unwrap();
    let kokuho = receden::ClaimFile::parse(&kokuho).unwrap();
    assert_eq!(kokuho.header().unwrap().payer().unwrap().code(), "2");
    assert_eq!(kokuho.receipt(0).unwrap().number().unwrap(), 1);
    let both = ["out/SHAHO/RECEIPTH.UKE", "out/KOKUHO/RECEIPTH.UKE"];
    let (code, value) = json(
        dir.path(),
        &["receden", "join", both[0], both[1], "-o", "joined.UKE"],
    );
    assert_eq!(
        (code, &value["error"]["code"]),
        (2, &"receden/other-file".into())
    );
    let (code, _) = json(
        dir.path(),
        &[
            "receden",
            "move",
            both[1],
            "--receipt",
            "1",
            "--to",
            both[0],
            "-o",
            "moved",
        ],
    );
    assert_eq!(code, 0);
    let moved = fs::read(dir.path().join("moved/to/RECEIPTH.UKE")).unwrap();
    let moved = receden::ClaimFile::parse(&moved).unwrap();
    assert_eq!(moved.receipts().count(), file.receipts().count());
}

#[test]
fn a_receipt_that_stands_in_two_files_is_joined_only_by_whoever_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let path = claim_file(dir.path());
    let path = path.to_str().unwrap();
    let file = receden::ClaimFile::parse(&fs::read(path).unwrap()).unwrap();
    let join = ["receden", "join", path, path, "-o", "twice.UKE"];
    let (code, value) = json(dir.path(), &join);
    assert_eq!(
        (code, &value["error"]["code"]),
        (2, &"receden/twice".into())
    );
    let text = value["error"]["message_ja"].as_str().unwrap();
    let name = String::from(file.receipt(0).unwrap().name().unwrap());
    assert!(text.contains(&name) && text.contains("#1"), "{text}");
    assert!(!dir.path().join("twice.UKE").exists());

    let (code, value) = json(dir.path(), &[&join[..], &["--allow-twice"]].concat());
    assert_eq!(code, 0, "{value}");
    let count = file.receipts().count();
    assert_eq!(value["twice"].as_array().unwrap().len(), count);
    let twice = fs::read(dir.path().join("twice.UKE")).unwrap();
    let twice = receden::ClaimFile::parse(&twice).unwrap();
    assert_eq!(twice.receipts().count(), 2 * count);

    // Halves of a file have nothing in common.
    let half = |from: usize, to: usize, name: &str| {
        let mut half = file
            .empty_for(file.header().unwrap().payer().unwrap())
            .unwrap();
        for receipt in file.receipts().skip(from).take(to - from) {
            let records = receipt.records().map(|(_, r)| r.to_record()).collect();
            half.append_receipt(records).unwrap();
        }
        half.renumber().unwrap();
        fs::write(dir.path().join(name), half.to_bytes()).unwrap();
    };
    half(0, 3, "a.UKE");
    half(3, count, "b.UKE");
    let (code, value) = json(
        dir.path(),
        &["receden", "join", "a.UKE", "b.UKE", "-o", "whole.UKE"],
    );
    assert_eq!(code, 0, "{value}");
    assert_eq!(
        fs::read(dir.path().join("whole.UKE")).unwrap(),
        fs::read(path).unwrap()
    );
}

#[test]
fn a_receipt_is_split_by_days_and_the_parts_add_up() {
    let dir = tempfile::tempdir().unwrap();
    let path = claim_file(dir.path());
    let path = path.to_str().unwrap();
    let file = receden::ClaimFile::parse(&fs::read(path).unwrap()).unwrap();
    let mut split = None;
    for receipt in file.receipts() {
        let days = receipt.charge_days().unwrap();
        let plain = receipt.insurer().is_some() && receipt.public_expenses().next().is_none();
        let copay = receipt
            .insurer()
            .is_some_and(|i| i.copay().unwrap().is_some());
        if plain && days.len() > 2 && !copay && receipt.birth_date().unwrap().year() > 1960 {
            split = Some((
                receipt.number().unwrap(),
                days[1],
                days[2],
                receipt.total().unwrap(),
            ));
            break;
        }
    }
    let (number, last, first, total) = split.unwrap();
    let parts = format!(
        r#"[{{"to":"{last}","insurer":"01130012","number":"１","branch":"00","relationship":"insured"}},
            {{"from":"{}","insurer":"138057","number":"２","relationship":"family"}}]"#,
        last.next_day().unwrap()
    );
    assert!(first > last);
    fs::write(dir.path().join("parts.json"), parts).unwrap();
    let number = number.to_string();
    let args = [
        "receden",
        "split",
        path,
        "--receipt",
        &number,
        "--parts",
        "parts.json",
        "-o",
        "out",
    ];
    let (code, value) = json(dir.path(), &args);
    assert_eq!(code, 0, "{value}");
    let sum: u64 = value["parts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["total"].as_u64().unwrap())
        .sum();
    assert_eq!(
        (sum, &value["original"]["total"]),
        (total.0, &total.0.into())
    );
    assert!(dir.path().join("out/KOKUHO/RECEIPTH.UKE").is_file());
    fs::write(dir.path().join("parts.json"), "[{}]").unwrap();
    let (code, value) = json(dir.path(), &args);
    assert_eq!(
        (code, &value["error"]["code"]),
        (2, &"receden/parts".into())
    );
}

#[test]
fn differences_are_told_by_receipt_and_field_and_repairs_leave_the_original() {
    let dir = tempfile::tempdir().unwrap();
    let path = claim_file(dir.path());
    let path = path.to_str().unwrap();
    let good = fs::read(path).unwrap();
    let mut file = receden::ClaimFile::parse(&good).unwrap();
    let ho = file.receipt(0).unwrap().records_of("HO").next().unwrap().0;
    let total = file.record(ho).unwrap().ascii(6).unwrap().to_owned();
    file.set_field(ho, 6, &format!("0{total}")).unwrap();
    let mut broken = file.to_bytes();
    broken.pop();
    fs::write(dir.path().join("broken.UKE"), &broken).unwrap();

    let (code, value) = json(dir.path(), &["receden", "diff", path, "broken.UKE"]);
    assert_eq!(code, 1);
    let field = &value["differences"][0]["what"];
    assert_eq!(
        (&field["record"], &field["field"]),
        (&"HO".into(), &6.into())
    );
    assert_eq!(value["differences"].as_array().unwrap().len(), 2);

    let args = [
        "receden",
        "fix",
        "broken.UKE",
        "--only",
        "R-FILE-03,R-FLD-08",
        "-o",
        "fixed.UKE",
    ];
    let (code, value) = json(dir.path(), &args);
    assert_eq!(
        (code, value["repaired"].as_array().unwrap().len()),
        (0, 2),
        "{value}"
    );
    assert_eq!(fs::read(dir.path().join("fixed.UKE")).unwrap(), good);
    assert_eq!(fs::read(dir.path().join("broken.UKE")).unwrap(), broken);
    let (code, _) = json(dir.path(), &["receden", "diff", path, "fixed.UKE"]);
    assert_eq!(code, 0);
    // Where nothing is to be fixed there is no copy to take for the right one.
    let again = [
        "receden",
        "fix",
        path,
        "--only",
        "R-FILE-03",
        "-o",
        "again.UKE",
    ];
    let output = run(dir.path(), &[&again[..], &["--lang", "en"]].concat());
    assert_eq!(crate::code(&output), 0);
    let text = crate::stdout(&output);
    assert!(text.contains("nothing to fix"), "{text}");
    assert!(!dir.path().join("again.UKE").exists());
    let (code, value) = json(dir.path(), &again);
    assert_eq!(
        (code, &value["written"]),
        (0, &serde_json::Value::Null),
        "{value}"
    );
    let (code, value) = json(
        dir.path(),
        &[
            "receden",
            "fix",
            "broken.UKE",
            "--only",
            "R-HO-05",
            "-o",
            "x",
        ],
    );
    assert_eq!(
        (code, &value["error"]["code"]),
        (2, &"receden/no-repair".into())
    );
    assert_eq!(
        crate::code(&run(dir.path(), &["receden", "fix", "--list"])),
        0
    );
}

#[test]
fn findings_are_printed_for_code_scanners_too() {
    let dir = tempfile::tempdir().unwrap();
    let path = claim_file(dir.path());
    fs::write(dir.path().join("photo.jpg"), b"\xff\xd8\xff").unwrap();
    let output = run(
        dir.path(),
        &[
            "receden",
            "check",
            path.to_str().unwrap(),
            "photo.jpg",
            "--sarif",
        ],
    );
    assert_eq!(code(&output), 2);
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["version"], "2.1.0");
    let run = &value["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), receden::check::catalogue().len());
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    for result in run["results"].as_array().unwrap() {
        assert!(rules.iter().any(|rule| rule["id"] == result["ruleId"]));
    }
}

#[test]
fn a_page_to_print_is_written_once() {
    let dir = tempfile::tempdir().unwrap();
    let path = claim_file(dir.path());
    let args = [
        "receden",
        "show",
        path.to_str().unwrap(),
        "--html",
        "month.html",
    ];
    assert_eq!(json(dir.path(), &args).0, 0);
    let page = fs::read_to_string(dir.path().join("month.html")).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("訪問看護療養費明細書"));
    assert_eq!(json(dir.path(), &args).0, 2);
}

#[test]
fn an_edition_is_added_as_a_file_and_what_is_not_known_is_not_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = claim_file(dir.path());
    let mut file = receden::ClaimFile::parse(&fs::read(&path).unwrap()).unwrap();
    file.set_field(0, 7, "202608").unwrap();
    let re = file.receipt(0).unwrap().record_range().start;
    file.set_field(re, 4, "202607").unwrap();
    file.set_field(re, 13, "7").unwrap();
    fs::write(&path, file.to_bytes()).unwrap();
    let find = |extra: &[&str], code: &str| {
        let args = [&["receden", "check", path.to_str().unwrap()], extra].concat();
        let (_, value) = json(dir.path(), &args);
        let found = value["findings"].as_array().unwrap().clone();
        found
            .into_iter()
            .find(|f| f["code"] == code && f["line"] == re + 1)
    };
    let unknown = find(&[], "R-FLD-10").unwrap();
    assert_eq!(
        (&unknown["severity"], &unknown["edition_unknown"]),
        (&"attention".into(), &true.into())
    );
    let edition =
        "id = \"R0806\"\ntitle = \"例示\"\nbased_on = \"R0606\"\napplies_from = \"2026-06\"\n";
    fs::write(dir.path().join("r0806.toml"), edition).unwrap();
    let known = find(&["--edition", "r0806.toml"], "R-FLD-10").unwrap();
    assert_eq!(known["severity"], "reject");
    let table = "[[table]]\nid = \"7\"\nname = \"一部負担金区分\"\ncodes = [[\"7\", \"例示\"]]\n";
    fs::write(dir.path().join("r0806.toml"), format!("{edition}{table}")).unwrap();
    assert!(find(&["--edition", "r0806.toml"], "R-FLD-10").is_none());
    fs::write(dir.path().join("r0806.toml"), "id = 1").unwrap();
    let args = [
        "receden",
        "check",
        path.to_str().unwrap(),
        "--edition",
        "r0806.toml",
    ];
    let (code, value) = json(dir.path(), &args);
    assert_eq!(
        (code, &value["error"]["code"]),
        (2, &"receden/edition".into())
    );
}

#[test]
fn a_master_that_is_none_is_refused_and_nothing_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("basic.csv"), "a,b,c\r\n").unwrap();
    let (code, value) = json(dir.path(), &["receden", "master", "import", "basic.csv"]);
    assert_eq!(
        (code, &value["error"]["code"]),
        (2, &"receden/master".into())
    );
    assert!(!dir.path().join("masters").exists());
}

/// A master of one charge of 2024-06 is imported in a folder.
pub(crate) fn import_master(folder: &Path, charge: &str, name: &str) {
    let mut row = vec!["0"; 72];
    for (at, text) in [
        (2, "R"),
        (3, charge),
        (9, "@"),
        (15, "1"),
        (16, "1.00"),
        (71, "20240601"),
        (72, "99999999"),
    ] {
        row[at - 1] = text;
    }
    let (bytes, ..) = encoding_rs::SHIFT_JIS.encode(name);
    let text = row.join(",");
    let mut csv = Vec::new();
    for (n, part) in text.split('@').enumerate() {
        if n > 0 {
            csv.extend_from_slice(&bytes);
        }
        csv.extend_from_slice(part.as_bytes());
    }
    fs::write(folder.join("basic.csv"), csv).unwrap();
    let (code, value) = json(folder, &["receden", "master", "import", "basic.csv"]);
    assert_eq!(
        (code, &value["master"]["charges"]),
        (0, &1.into()),
        "{value}"
    );
}

#[test]
fn an_imported_master_names_the_charges_and_checks_their_prices() {
    let dir = tempfile::tempdir().unwrap();
    let path = claim_file(dir.path());
    let path = path.to_str().unwrap();
    let file = receden::ClaimFile::parse(&fs::read(path).unwrap()).unwrap();
    let charge = file
        .receipt(0)
        .unwrap()
        .charges()
        .next()
        .unwrap()
        .code()
        .to_owned();
    import_master(dir.path(), &charge, "見本の療養費");
    let (_, value) = json(dir.path(), &["receden", "master", "list"]);
    assert_eq!(value["masters"][0]["revised"], "2024-06");
    let shown = stdout(&run(dir.path(), &["receden", "show", path]));
    assert!(shown.contains("見本の療養費"));
    let (code, value) = json(dir.path(), &["receden", "check", path]);
    let findings = value["findings"].as_array().unwrap();
    assert_eq!(code, 1);
    assert!(findings.iter().any(|f| f["code"] == "R-MST-03"));
    assert!(findings.iter().any(|f| f["code"] == "R-MST-02"));
}
