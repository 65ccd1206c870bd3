//! `reseplug receden`

use crate::{claim_file, code, json, run, stderr, stdout};
use std::fs;

#[test]
fn a_file_as_the_product_writes_it_has_nothing_worse_than_attention() {
    let dir = tempfile::tempdir().unwrap();
    let file = claim_file(dir.path());
    let (code, value) = json(dir.path(), &["receden", "check", file.to_str().unwrap()]);
    let one = &value["files"][0];
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
    let findings = value["files"][0]["findings"].as_array().unwrap();
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
    let findings = value["files"][0]["findings"].as_array().unwrap();
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
    let files = value["files"].as_array().unwrap();
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
        value["files"][0]["findings"]
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
    assert!(whole.contains("請求先") && whole.matches("氏名").count() > 10);
    let one = stdout(&run(
        dir.path(),
        &["receden", "show", path, "--receipt", "2"],
    ));
    assert_eq!(one.matches("氏名").count(), 1, "{one}");
    let (_, value) = json(dir.path(), &["receden", "show", path, "--receipt", "2"]);
    assert_eq!(value["receipts"][0]["number"], 2);
    let (exit, value) = json(dir.path(), &["receden", "show", path, "--receipt", "999"]);
    assert_eq!(exit, 2);
    assert_eq!(value["error"]["code"], "receden/no-receipt");
}
