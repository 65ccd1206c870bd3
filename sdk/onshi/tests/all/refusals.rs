//! What is refused, and how the refusal names its place.

use onshi::*;

fn refused(file: &str) -> ReadError {
    read::<SingleAnswer>("a.xml", file.as_bytes(), &ReadOptions::default()).unwrap_err()
}

#[test]
fn a_doctype_is_refused_before_anything_is_read() {
    let file = r#"<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><XmlMsg>&e;</XmlMsg>"#;
    assert_eq!(refused(file).kind, ReadErrorKind::Doctype);
}

#[test]
fn an_undefined_entity_is_refused_with_its_place() {
    let error = refused("<XmlMsg><MessageBody><Name>&e;</Name></MessageBody></XmlMsg>");
    assert_eq!(
        error.to_string(),
        "a.xml: XmlMsg/MessageBody/Name: the entity `&e;` is not defined"
    );
}

#[test]
fn a_file_that_is_half_written_is_refused() {
    let error = refused("<XmlMsg><MessageHeader><SegmentOfRes");
    assert!(matches!(error.kind, ReadErrorKind::Malformed { .. }));
    let error = refused("<XmlMsg><MessageHeader></MessageHeader>");
    assert_eq!(error.path, "XmlMsg");
    assert_eq!(refused("").kind, ReadErrorKind::Empty);
}

#[test]
fn another_root_is_no_message() {
    assert_eq!(
        refused("<html/>").kind,
        ReadErrorKind::NotAMessage {
            found: "html".into()
        }
    );
}

#[test]
fn text_beside_elements_is_refused() {
    assert_eq!(
        refused("<XmlMsg>x<MessageBody/></XmlMsg>").kind,
        ReadErrorKind::Mixed
    );
    assert_eq!(
        refused("<XmlMsg><MessageBody/>x</XmlMsg>").kind,
        ReadErrorKind::Mixed
    );
}

#[test]
fn depth_size_and_number_are_capped() {
    let deep = "<a>".repeat(10_000);
    assert_eq!(refused(&deep).kind, ReadErrorKind::TooDeep { limit: 32 });
    let options = ReadOptions {
        max_bytes: 8,
        ..ReadOptions::default()
    };
    let error = read::<SingleAnswer>("a.xml", b"<XmlMsg/>", &options).unwrap_err();
    assert_eq!(error.kind, ReadErrorKind::TooLarge { size: 9, limit: 8 });
    let options = ReadOptions {
        max_elements: 2,
        ..ReadOptions::default()
    };
    let error = read::<SingleAnswer>("a.xml", b"<XmlMsg><a/><a/></XmlMsg>", &options).unwrap_err();
    assert_eq!(error.kind, ReadErrorKind::TooMany { limit: 2 });
}

#[test]
fn an_encoding_that_the_interface_does_not_know_is_refused() {
    let error = refused(r#"<?xml version="1.0" encoding="EUC-JP"?><XmlMsg/>"#);
    assert_eq!(
        error.kind,
        ReadErrorKind::UnknownEncoding {
            name: "EUC-JP".into()
        }
    );
}

#[test]
fn a_mark_before_the_declaration_is_stripped() {
    let file = "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?><XmlMsg/>";
    assert!(read::<SingleAnswer>("a", file.as_bytes(), &ReadOptions::default()).is_ok());
}

#[test]
fn a_character_that_the_encoding_lacks_is_refused_with_its_place() {
    let request = SingleRequest {
        search: Some(SearchInfo {
            symbol: Some("𠮷".into()),
            ..SearchInfo::default()
        }),
        ..SingleRequest::default()
    };
    let error = write("OQSsiquc01req", &request, Charset::ShiftJis).unwrap_err();
    assert_eq!(
        error.to_string(),
        "OQSsiquc01req: XmlMsg/MessageBody/QualificationConfirmSearchInfo/InsuredCardSymbol: \
         the character `𠮷` (U+20BB7) cannot be written in Shift_JIS"
    );
    assert!(write("OQSsiquc01req", &request, Charset::Utf8).is_ok());
}

#[test]
fn a_control_character_is_refused() {
    let request = DownloadRequest::new("1369999998", "R\u{0}1");
    let error = write("x", &request, Charset::Utf8).unwrap_err();
    assert_eq!(error.kind, WriteErrorKind::Control { character: '\0' });
}
