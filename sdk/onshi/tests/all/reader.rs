//! The rules of reading, each for every message there is.

use crate::case;
use onshi::show::{Format, ShowError, ShowOptions, Shown, show};
use onshi::*;

fn as_kind<'a>(kind: MessageKind) -> ShowOptions<'a> {
    ShowOptions {
        prefix: Some(kind.prefix()),
        unmasked: true,
        ..ShowOptions::default()
    }
}

fn shown(kind: MessageKind, bytes: &[u8]) -> Shown {
    show("case.xml", bytes, &as_kind(kind)).unwrap()
}

/// Elements of every part, some of them in places where only some messages have them.
const BODY: &str = "<ReceptionNumber>R1</ReceptionNumber><ProcessingResultStatus>1</ProcessingResultStatus>\
    <QualificationValidity>8</QualificationValidity><ResultCode>1</ResultCode>\
    <QualificationConfirmSearchInfo><InsurerNumber>  999995</InsurerNumber><Birthdate>19501224</Birthdate>\
    </QualificationConfirmSearchInfo><BulkConfirmUnit><ResultOfQualificationConfirmation><Name>髙野　一郎</Name>\
    </ResultOfQualificationConfirmation></BulkConfirmUnit><MedicalTreatmentFlag>2</MedicalTreatmentFlag>\
    <NobodyKnows>？</NobodyKnows>";

fn file(declaration: &str, header: &str, body: &str) -> String {
    format!(
        "{declaration}<XmlMsg><MessageHeader>{header}</MessageHeader><MessageBody>{body}</MessageBody></XmlMsg>"
    )
}

const HEADER: &str = "<MedicalInstitutionCode>1369999998</MedicalInstitutionCode>\
    <ArbitraryFileIdentifier>tag</ArbitraryFileIdentifier>";
const UTF8: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>";
const SHIFT_JIS: &str = "<?xml version=\"1.0\" encoding=\"Shift_JIS\" standalone=\"no\"?>";

fn in_shift_jis(text: &str) -> Vec<u8> {
    let (bytes, _, lossy) = encoding_rs::SHIFT_JIS.encode(text);
    assert!(!lossy);
    bytes.into_owned()
}

#[test]
fn every_message_says_the_same_in_either_encoding_with_or_without_a_mark() {
    for kind in MessageKind::all() {
        let plain = shown(kind, file(UTF8, HEADER, BODY).as_bytes());
        let marked = shown(
            kind,
            format!("\u{feff}{}", file(UTF8, HEADER, BODY)).as_bytes(),
        );
        let other = shown(kind, &in_shift_jis(&file(SHIFT_JIS, HEADER, BODY)));
        let undeclared = ShowOptions {
            read: ReadOptions::with_fallback(Charset::ShiftJis),
            ..as_kind(kind)
        };
        let by_setting = in_shift_jis(&file("", HEADER, BODY));
        let by_setting = show("case.xml", &by_setting, &undeclared).unwrap();
        assert!(plain.declared && other.declared && !by_setting.declared);
        assert_eq!(
            (plain.charset, other.charset),
            (Some("UTF-8"), Some("Shift_JIS"))
        );
        for same in [&marked, &other, &by_setting] {
            assert_eq!(
                (&same.header, &same.body, &same.people),
                (&plain.header, &plain.body, &plain.people),
                "{kind:?}"
            );
        }
    }
}

#[test]
fn the_order_of_elements_makes_no_difference_to_any_message() {
    let body = "<NobodyKnows>？</NobodyKnows><MedicalTreatmentFlag>2</MedicalTreatmentFlag>\
        <BulkConfirmUnit><ResultOfQualificationConfirmation><Name>髙野　一郎</Name>\
        </ResultOfQualificationConfirmation></BulkConfirmUnit><QualificationConfirmSearchInfo>\
        <Birthdate>19501224</Birthdate><InsurerNumber>  999995</InsurerNumber></QualificationConfirmSearchInfo>\
        <ResultCode>1</ResultCode><QualificationValidity>8</QualificationValidity>\
        <ProcessingResultStatus>1</ProcessingResultStatus><ReceptionNumber>R1</ReceptionNumber>";
    let header = "<ArbitraryFileIdentifier>tag</ArbitraryFileIdentifier>\
        <MedicalInstitutionCode>1369999998</MedicalInstitutionCode>";
    let sorted = |kind, file: &str| {
        let mut shown = shown(kind, file.as_bytes());
        // Known elements stand in the layout's order; unknown ones as they came.
        let key = |line: &show::Line| (line.element.clone(), line.value.clone());
        shown.body.sort_by_key(key);
        shown.unknown_elements.sort();
        for person in &mut shown.people {
            person.lines.sort_by_key(key);
        }
        shown
    };
    for kind in MessageKind::all() {
        let one = sorted(kind, &file(UTF8, HEADER, BODY));
        let other = sorted(kind, &file(UTF8, header, body));
        assert_eq!(one, other, "{kind:?}");
    }
}

#[test]
fn an_element_that_is_empty_or_blank_is_as_good_as_absent() {
    let without = open("<SegmentOfResult>1</SegmentOfResult>", "");
    let empty = open(
        "<SegmentOfResult>1</SegmentOfResult><ErrorCode></ErrorCode><ErrorMessage/>",
        "<QualificationValidity> </QualificationValidity><ResultList>\n</ResultList>",
    );
    assert_eq!(empty, without);
    fn open(header: &str, body: &str) -> SingleAnswer {
        let file = file(UTF8, header, body);
        read("case", file.as_bytes(), &ReadOptions::default())
            .unwrap()
            .message
    }
}

#[test]
fn a_padded_number_stays_as_it_is_and_is_trimmed_for_comparing_only() {
    let file = file(
        UTF8,
        "",
        "<ResultList><ResultOfQualificationConfirmation><InsurerNumber>  999995</InsurerNumber>\
         <InsuredIdentificationNumber> 0012 </InsuredIdentificationNumber>\
         </ResultOfQualificationConfirmation></ResultList>",
    );
    let answer: SingleAnswer = read("case", file.as_bytes(), &ReadOptions::default())
        .unwrap()
        .message;
    let one = &answer.results[0];
    assert_eq!(one.insurer_number.as_deref(), Some("  999995"));
    assert_eq!(one.insurer(), Some("999995"));
    assert_eq!(
        one.number.as_deref(),
        Some(" 0012 "),
        "blanks and zeros matter"
    );
}

#[test]
fn no_message_takes_a_doctype_an_entity_or_another_encoding() {
    let refused =
        |kind: MessageKind, file: &str| match show("x.xml", file.as_bytes(), &as_kind(kind)) {
            Err(ShowError::Read(error)) => error.kind,
            other => panic!("{kind:?}: {other:?}"),
        };
    for kind in MessageKind::all() {
        let doctype = format!("<!DOCTYPE x [<!ENTITY e \"e\">]>{}", file("", HEADER, BODY));
        assert_eq!(refused(kind, &doctype), ReadErrorKind::Doctype);
        assert_eq!(
            refused(kind, &file(UTF8, "", "<Name>&e;</Name>")),
            ReadErrorKind::UnknownEntity { name: "e".into() }
        );
        let other = "<?xml version=\"1.0\" encoding=\"UTF-16\"?>";
        assert_eq!(
            refused(kind, &file(other, HEADER, BODY)),
            ReadErrorKind::UnknownEncoding {
                name: "UTF-16".into()
            }
        );
    }
}

#[test]
fn no_message_is_larger_deeper_or_longer_than_is_allowed() {
    let limited = |kind, read: ReadOptions, file: &str| {
        let options = ShowOptions {
            read,
            ..as_kind(kind)
        };
        show("x.xml", file.as_bytes(), &options).unwrap_err()
    };
    for kind in MessageKind::all() {
        let file = file(UTF8, HEADER, BODY);
        let read = ReadOptions::default();
        let small = ReadOptions {
            max_bytes: 100,
            ..read
        };
        assert!(matches!(
            limited(kind, small, &file),
            ShowError::Archive(ArchiveError::TooLarge { limit: 100, .. })
        ));
        let flat = ReadOptions {
            max_depth: 2,
            ..read
        };
        let few = ReadOptions {
            max_elements: 3,
            ..read
        };
        for (options, expected) in [
            (flat, ReadErrorKind::TooDeep { limit: 2 }),
            (few, ReadErrorKind::TooMany { limit: 3 }),
        ] {
            let ShowError::Read(error) = limited(kind, options, &file) else {
                panic!("{kind:?}")
            };
            assert_eq!(error.kind, expected, "{kind:?}");
        }
    }
}

#[test]
fn an_archive_with_a_password_is_recognised_whatever_made_it() {
    let error = show(
        "OQSsiquc01res_1.zip",
        case!("encrypted.zip"),
        &ShowOptions::default(),
    );
    assert_eq!(
        error,
        Err(ShowError::Archive(ArchiveError::Encrypted {
            file: "OQSsiquc01res_1.zip".into()
        }))
    );
}

#[test]
fn an_answer_comes_as_xml_as_an_archive_of_it_as_a_pdf_or_as_a_picture() {
    use std::io::Write;
    let xml = case!("home-visit-result.xml");
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file(
        "OQSmuhvq02res_1.xml",
        zip::write::SimpleFileOptions::default(),
    )
    .unwrap();
    zip.write_all(xml).unwrap();
    let zip = zip.finish().unwrap().into_inner();
    let of = |name: &str, bytes: &[u8]| show(name, bytes, &ShowOptions::default()).unwrap();
    let plain = of("OQSmuhvq02res_1.xml", xml);
    let packed = of("OQSmuhvq02res_1.zip", &zip);
    assert_eq!((plain.format, packed.format), (Format::Xml, Format::Zip));
    assert_eq!((plain.bytes, &plain.people), (packed.bytes, &packed.people));
    assert_eq!(of("YZKsiquc01res_1.pdf", b"%PDF-1.7\n").format, Format::Pdf);
    let png = of("YZKsiquc01res_1.png", b"\x89PNG\r\n\x1a\n....");
    assert_eq!((png.format, png.bytes), (Format::Png, 12));
}

#[test]
fn every_code_of_every_table_has_its_meaning_and_any_other_is_named_as_unknown() {
    for table in tables::TABLES {
        for (code, meaning) in table.values {
            assert_eq!(
                tables::explain(table.id, code),
                format!("{meaning}（{code}）")
            );
        }
        assert_eq!(tables::explain(table.id, "ZZ"), "意味不明のコード（ZZ）");
        for element in table.elements.iter().filter(|e| !e.contains('…')) {
            assert_eq!(tables::of_element(element), Some(table), "{element}");
        }
    }
    for kind in CONSENT_KINDS.iter().filter(|kind| kind.element != LIMIT) {
        let flag = format!("{}ConsFlg", kind.element);
        assert_eq!(tables::of_element(&flag).map(|t| t.id), Some("OQSCD016"));
    }
}

#[test]
fn every_unconfirmed_layout_is_shown_as_such() {
    for kind in MessageKind::all() {
        let entry = kind.entry().unwrap();
        let shown = shown(kind, file(UTF8, HEADER, BODY).as_bytes());
        let marked = shown.text().contains("未確認");
        assert_eq!(marked, entry.layout_confidence.is_unconfirmed(), "{kind:?}");
    }
}

#[test]
fn a_count_that_the_body_contradicts_is_a_warning() {
    let header = "<SegmentOfResult>1</SegmentOfResult><NumberOfProcessingResult>2</NumberOfProcessingResult>";
    let file = file(
        UTF8,
        header,
        "<BulkConfirmUnit><QualificationValidity>1</QualificationValidity></BulkConfirmUnit>",
    );
    let shown = shown(MessageKind::Muquc02Res, file.as_bytes());
    assert_eq!(
        shown.warnings,
        ["処理結果件数は2件ですが、結果は1人分あります。"]
    );
}

#[test]
fn nobody_is_shown_as_well_in_a_message_that_failed() {
    let empty = shown(MessageKind::Siquc01Res, case!("single-whole-error.xml"));
    assert!(empty.people.is_empty() && !empty.text().contains("正常"));
    let units =
        "<BulkConfirmUnit><ProcessingResultStatus>1</ProcessingResultStatus></BulkConfirmUnit>";
    for segment in ["2", "9"] {
        let header = format!("<SegmentOfResult>{segment}</SegmentOfResult>");
        let bulk = shown(
            MessageKind::Muquc02Res,
            file(UTF8, &header, units).as_bytes(),
        );
        assert_eq!(bulk.people[0].is_error, None);
        assert!(!bulk.text().contains("1人目：正常"));
    }
}
