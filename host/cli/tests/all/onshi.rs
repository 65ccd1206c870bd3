//! `reseplug onshi show`

use crate::{code, json, run, stderr, stdout};
use onshi::*;
use std::fs;
use std::path::Path;

macro_rules! case {
    ($name:literal) => {
        include_bytes!(concat!("../../../../sdk/onshi/tests/all/cases/", $name))
    };
}

/// Invented layouts, as an integrator would write the official ones down.
const LAYOUTS: &str = include_str!("../../../../sdk/onshi/layouts/invented.toml");

fn put(folder: &Path, name: &str, bytes: &[u8]) {
    fs::write(folder.join(name), bytes).unwrap();
}

/// The one file of `show --json`.
fn shown(folder: &Path, args: &[&str]) -> (i32, serde_json::Value) {
    let args: Vec<&str> = ["onshi", "show"].iter().chain(args).copied().collect();
    let (code, value) = json(folder, &args);
    let files = value["files"].as_array().unwrap();
    assert_eq!(files.len(), 1);
    (code, files[0].clone())
}

fn search() -> SearchInfo {
    SearchInfo {
        insurer_number: Some(padded_insurer("999995")),
        number: Some("0001234".into()),
        birthdate: Some("19501224".into()),
        identifier: Some("U0001".into()),
        ..SearchInfo::default()
    }
}

/// A file of each message.
fn sample(kind: MessageKind) -> Vec<u8> {
    fn of<M: Message>(message: &M) -> Vec<u8> {
        write("sample", message, Charset::Utf8).unwrap()
    }
    let header = RequestHeader {
        institution_code: Some("1369999998".into()),
        ..RequestHeader::default()
    };
    let registration = || ReferenceInfo {
        reference_number: Some("U0001".into()),
        insurer_number: Some("39999990".into()),
        number: Some("00012345".into()),
        ..ReferenceInfo::default()
    };
    use MessageKind::*;
    match kind {
        Siquc01Req => case!("single-request.xml").to_vec(),
        Siquc01Res => case!("single-two-results.xml").to_vec(),
        Siimm01Req | Muimm01Req => of(&ReferenceRequest {
            header,
            registrations: vec![registration()],
            ..ReferenceRequest::default()
        }),
        Siimm01Res => of(&ReferenceAnswer {
            reference_number: Some("U0001".into()),
            status: Some(ProcessingResultStatus::Done),
            ..ReferenceAnswer::default()
        }),
        Muquc01Req => of(&BulkRequest {
            header,
            searches: vec![search(), search()],
            ..BulkRequest::default()
        }),
        Muquc01Res | Muimm01Res | Muonq01Res | Mutic01Res => of(&Acceptance {
            reception_number: Some("R1".into()),
            reception_time: Some("20241001102900".into()),
            ..Acceptance::default()
        }),
        Muhvq01Res => case!("home-visit-acceptance.xml").to_vec(),
        Muquc02Req | Muimm02Req | Muhvq02Req | Muonq02Req | Mutic02Req => {
            of(&DownloadRequest::new("1369999998", "R1"))
        }
        Muquc02Res => case!("bulk-result.xml").to_vec(),
        Muhvq02Res | Muonq02Res | Mutic02Res => case!("home-visit-result.xml").to_vec(),
        Muimm02Res => case!("reference-result.xml").to_vec(),
        Muhvq01Req => case!("consent-request.xml").to_vec(),
        Muonq01Req => case!("online-request.xml").to_vec(),
        Mutic01Req => case!("ticket-request.xml").to_vec(),
        Yzk01Req => case!("drugs-request.xml").to_vec(),
        Yzk01Res => case!("drugs-answer.xml").to_vec(),
        Tkk01Req => case!("checkup-request.xml").to_vec(),
        Tkk01Res => case!("checkup-answer.xml").to_vec(),
    }
}

#[test]
fn every_message_of_the_catalogue_is_shown_with_its_number_and_how_sure_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let mut args = vec!["onshi".to_owned(), "show".to_owned()];
    for kind in MessageKind::all() {
        let name = format!("{}_202411280001.xml", kind.prefix());
        put(dir.path(), &name, &sample(kind));
        args.push(name);
    }
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let (_, value) = json(dir.path(), &args);
    let files = value["files"].as_array().unwrap();
    assert_eq!(files.len(), MessageKind::all().count());
    for (kind, file) in MessageKind::all().zip(files) {
        let entry = kind.entry().unwrap();
        assert_eq!(file["error"], serde_json::Value::Null, "{file}");
        assert_eq!(file["name_ja"], entry.name_ja);
        assert_eq!(file["confidence"], entry.layout_confidence.mark());
        assert_eq!(
            file["interface"].as_str().map(str::to_owned),
            entry.interface_id()
        );
        let answer = entry.direction == Direction::Answer;
        assert_eq!(file["whole"].is_object(), answer, "{file}");
    }
    let text = stdout(&run(dir.path(), &args));
    assert!(
        text.contains("同意済資格情報一括取得（訪問診療等）結果（OQS-IF-020、OQSmuhvq02res）"),
        "{text}"
    );
    assert!(
        text.contains("レイアウトの確かさ: [V-impl] 未確認：公開ソフトの動作から"),
        "{text}"
    );
    assert!(
        text.contains("薬剤情報等結果（番号は公開されていません、YZKsiquc01res）"),
        "{text}"
    );
}

#[test]
fn codes_are_shown_with_their_meanings_and_unknown_ones_are_named() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "OQSmuquc02res_1.xml", case!("bulk-result.xml"));
    let output = run(dir.path(), &["onshi", "show", "OQSmuquc02res_1.xml"]);
    assert_eq!(
        code(&output),
        1,
        "a code that nobody knows waits for a person"
    );
    let text = stdout(&output);
    assert!(text.contains("資格有効性: 8 意味不明のコード"), "{text}");
    assert!(
        text.contains("限度額適用認定証等の変更: 1 変更あり又は判定不能"),
        "{text}"
    );
    assert!(
        text.contains("QualificationValidity の 8（OQSCD006 にありません）"),
        "{text}"
    );

    put(
        dir.path(),
        "OQSsiquc01res_1.xml",
        case!("single-two-results.xml"),
    );
    let text = stdout(&run(dir.path(), &["onshi", "show", "OQSsiquc01res_1.xml"]));
    assert!(text.contains("薬剤情報：同意: 1 同意あり"), "{text}");
    assert!(text.contains("診療別: 05 訪問看護"), "{text}");
}

#[test]
fn what_is_somebodys_own_is_hidden_unless_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let name = "OQSsiquc01res_1.xml";
    put(dir.path(), name, case!("single-shuffled.xml"));
    let masked = stdout(&run(dir.path(), &["onshi", "show", name]));
    let (_, value) = shown(dir.path(), &[name]);
    for own in ["999995", "0001234", "ﾊﾙｺ", "新しい要素"] {
        assert!(!masked.contains(own), "{own}: {masked}");
        assert!(!value.to_string().contains(own), "{own}: {value}");
    }
    assert!(masked.contains("保険者番号:   ＊＊＊＊95"), "{masked}");
    let open = stdout(&run(dir.path(), &["onshi", "show", name, "--unmasked"]));
    for own in ["  999995", "0001234", "ｿﾗﾉ ﾊﾙｺ", "新しい要素"] {
        assert!(open.contains(own), "{own}: {open}");
    }
}

#[test]
fn medical_information_is_hidden_unless_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let name = "YZKsiquc01res_1.xml";
    put(dir.path(), name, case!("drugs-answer.xml"));
    let masked = stdout(&run(dir.path(), &["onshi", "show", name]));
    assert!(masked.contains("（--unmasked で表示"), "{masked}");
    assert!(!masked.contains("医薬品名"), "{masked}");
    let open = stdout(&run(dir.path(), &["onshi", "show", name, "--unmasked"]));
    assert!(open.contains("医薬品名"), "{open}");
}

#[test]
fn unknown_elements_are_listed_by_their_path() {
    let dir = tempfile::tempdir().unwrap();
    put(
        dir.path(),
        "OQSsiquc01res_1.xml",
        case!("single-shuffled.xml"),
    );
    let (code, value) = shown(dir.path(), &["OQSsiquc01res_1.xml"]);
    assert_eq!(code, 0);
    assert_eq!(
        value["unknown_elements"],
        serde_json::json!([
            "MessageBody/ResultList/ResultOfQualificationConfirmation/SomethingNew"
        ])
    );
}

#[test]
fn an_error_of_the_whole_message_and_one_of_a_person_are_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    put(
        dir.path(),
        "OQSsiquc01res_1.xml",
        case!("single-whole-error.xml"),
    );
    put(
        dir.path(),
        "OQSsiquc01res_2.xml",
        case!("single-person-error.xml"),
    );
    let (exit, whole) = shown(dir.path(), &["OQSsiquc01res_1.xml"]);
    assert_eq!(exit, 1, "an error answer waits for a person");
    assert_eq!(whole["whole"]["ended"], "failed");
    assert_eq!(whole["whole"]["code"], "DEMO-E001");
    let (exit, person) = shown(dir.path(), &["OQSsiquc01res_2.xml"]);
    assert_eq!(exit, 1);
    assert_eq!(person["whole"]["ended"], "done");
    assert_eq!(person["people"][0]["is_error"], true);
    assert_eq!(person["people"][0]["text"], "架空のメッセージ");
    let text = stdout(&run(dir.path(), &["onshi", "show", "OQSsiquc01res_1.xml"]));
    assert!(
        text.contains("電文全体: エラー DEMO-E001 架空のエラーです。（中身は使えません）"),
        "{text}"
    );
    let text = stdout(&run(dir.path(), &["onshi", "show", "OQSsiquc01res_2.xml"]));
    assert!(
        text.contains("1人目：エラー DEMO-P001 架空のメッセージ"),
        "{text}"
    );
}

#[test]
fn a_declaration_that_contradicts_the_file_is_a_warning_and_ends_with_1() {
    let dir = tempfile::tempdir().unwrap();
    put(
        dir.path(),
        "OQSmuhvq02res_1.xml",
        case!("home-visit-result.xml"),
    );
    let (code, value) = shown(dir.path(), &["OQSmuhvq02res_1.xml"]);
    assert_eq!(code, 1);
    assert_eq!(value["charset"], "Shift_JIS");
    let warning = value["warnings"][0].as_str().unwrap();
    assert!(
        warning.contains("UTF-8（0）") && warning.contains("Shift_JIS"),
        "{warning}"
    );
}

#[test]
fn a_file_without_a_declaration_is_read_in_the_encoding_that_is_given() {
    let dir = tempfile::tempdir().unwrap();
    let text = "<XmlMsg><MessageBody><ProcessingResultMessage>架空</ProcessingResultMessage>\
        </MessageBody></XmlMsg>";
    let (bytes, _, _) = encoding_rs::SHIFT_JIS.encode(text);
    put(dir.path(), "OQSsiquc01res_1.xml", &bytes);
    let refused = run(dir.path(), &["onshi", "show", "OQSsiquc01res_1.xml"]);
    assert_eq!(code(&refused), 2);
    assert!(
        stderr(&refused).contains("--encoding"),
        "{}",
        stderr(&refused)
    );
    let (code, value) = shown(
        dir.path(),
        &["OQSsiquc01res_1.xml", "--encoding", "shift_jis"],
    );
    assert_eq!((code, &value["declared"]), (0, &serde_json::json!(false)));
    assert_eq!(value["people"][0]["text"], "架空");
}

#[test]
fn an_answer_that_is_a_pdf_is_named_as_such() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "TKKsiquc01res_1.pdf", b"%PDF-1.4\n");
    let (code, value) = shown(dir.path(), &["TKKsiquc01res_1.pdf"]);
    assert_eq!((code, &value["format"]), (0, &serde_json::json!("pdf")));
    assert_eq!(value["name_ja"], "特定健診情報結果");
}

#[test]
fn what_is_no_message_ends_with_2_and_the_other_files_are_shown_all_the_same() {
    let dir = tempfile::tempdir().unwrap();
    put(
        dir.path(),
        "OQSsiquc01res_1.xml",
        case!("single-shuffled.xml"),
    );
    put(
        dir.path(),
        "OQSsiquc01res_2.xml",
        b"<XmlMsg><MessageHeader><Segment",
    );
    put(dir.path(), "OQSsiquc01res_3.xml", b"<!DOCTYPE x><XmlMsg/>");
    put(dir.path(), "OQSsiquc01res_4.xml", b"<html/>");
    let mut zip = b"PK\x03\x04 not a zip".to_vec();
    zip.resize(64, 0);
    put(dir.path(), "OQSmuquc02res_5.zip", &zip);
    let args = [
        "onshi",
        "show",
        "OQSsiquc01res_1.xml",
        "OQSsiquc01res_2.xml",
        "OQSsiquc01res_3.xml",
        "OQSsiquc01res_4.xml",
        "OQSmuquc02res_5.zip",
        "OQSsiquc01res_6.xml",
    ];
    let (exit, value) = json(dir.path(), &args);
    assert_eq!(exit, 2);
    // The reasons are in Japanese, without the words of a library.
    for file in value["files"].as_array().unwrap().iter().take(5) {
        let said = file["error"]["message_ja"].as_str().unwrap_or_default();
        for theirs in ["well-formed", "syntax", "DOCTYPE, which", "archive"] {
            assert!(!said.contains(theirs), "{said}");
        }
    }
    put(
        dir.path(),
        "OQSsiquc01res_7.err",
        case!("single-shuffled.xml"),
    );
    let (refused, _) = shown(dir.path(), &["OQSsiquc01res_7.err"]);
    assert_eq!(refused, 1, "what the terminal refused waits for a person");
    let codes: Vec<&str> = value["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["error"]["code"].as_str().unwrap_or("-"))
        .collect();
    let unreadable = "onshi/unreadable";
    assert_eq!(
        codes,
        [
            "-",
            unreadable,
            unreadable,
            unreadable,
            unreadable,
            "file/unreadable"
        ]
    );
    let place = &value["files"][1]["error"]["place"];
    assert_eq!(place["document"], "OQSsiquc01res_2.xml");
    assert_eq!(place["record"], "XmlMsg/MessageHeader");
    let output = run(dir.path(), &args);
    assert_eq!(code(&output), 2);
    assert!(stdout(&output).contains("資格確認結果"));
    assert!(
        stderr(&output).contains("最初の要素が html"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_name_that_says_nothing_needs_to_be_told_what_the_file_is() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "回答.xml", case!("single-shuffled.xml"));
    let output = run(dir.path(), &["onshi", "show", "回答.xml"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("--as"), "{}", stderr(&output));
    let (code, value) = shown(dir.path(), &["回答.xml", "--as", "OQSsiquc01res"]);
    assert_eq!(
        (code, &value["interface"]),
        (0, &serde_json::json!("OQS-IF-002"))
    );
    let (code, value) = shown(dir.path(), &["回答.xml", "--as", "OQSmuonl01res"]);
    assert_eq!(
        (code, &value["error"]["code"]),
        (2, &serde_json::json!("onshi/unknown-file"))
    );
}

#[test]
fn a_message_that_is_a_gap_is_shown_through_a_layout_and_refused_without_one() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "layouts.toml", LAYOUTS.as_bytes());
    let name = "OQSsihvq01res_202411280001.xml";
    let file = "<XmlMsg><MessageHeader><InvEnd>1</InvEnd></MessageHeader><MessageBody><InvPart>\
        <InvEnd>1</InvEnd><InvValid>1</InvValid><InvSame>1</InvSame><InvFound><InvOne>\
        <InsurerNumber>  999995</InsurerNumber></InvOne></InvFound></InvPart></MessageBody></XmlMsg>";
    put(dir.path(), name, file.as_bytes());
    let (code, value) = shown(dir.path(), &[name]);
    assert_eq!(
        (code, &value["error"]["code"]),
        (2, &serde_json::json!("onshi/layout-unknown"))
    );
    let ja = value["error"]["message_ja"].as_str().unwrap();
    assert!(
        ja.contains("OQS-IF-026") && ja.contains("--layouts"),
        "{ja}"
    );

    let args = ["onshi", "show", name, "--layouts", "layouts.toml"];
    let text = stdout(&run(dir.path(), &args));
    assert!(
        text.contains("[GAP]") && text.contains("INVENTED"),
        "{text}"
    );
    assert!(text.contains("資格情報変更確認フラグ: 1 不一致"), "{text}");
    assert!(text.contains("1人目：正常"), "{text}");
}

#[test]
fn a_mistake_in_a_layout_file_is_named_by_its_key() {
    let dir = tempfile::tempdir().unwrap();
    put(
        dir.path(),
        "OQSsiquc01res_1.xml",
        case!("single-shuffled.xml"),
    );
    let wrong = LAYOUTS.replacen("prefix = \"INVmuhvr01req\"\n", "", 1);
    put(dir.path(), "layouts.toml", wrong.as_bytes());
    let args = [
        "onshi",
        "show",
        "OQSsiquc01res_1.xml",
        "--layouts",
        "layouts.toml",
    ];
    let output = run(dir.path(), &args);
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("recheck-many.request.prefix"),
        "{}",
        stderr(&output)
    );
    assert!(
        stderr(&output).contains("onshi/layouts"),
        "{}",
        stderr(&output)
    );
}
