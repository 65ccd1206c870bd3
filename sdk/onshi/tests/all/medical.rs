//! 薬剤情報等, 特定健診 and the batches that are asked for otherwise than by consent.

use crate::case;
use onshi::*;

fn open<M: Message>(bytes: &[u8]) -> Read<M> {
    read("case", bytes, &ReadOptions::default()).unwrap()
}

/// What is written is the case, and the case is read as what was written.
fn is_written_exactly_so<M: Message + PartialEq + std::fmt::Debug>(message: &M, case: &[u8]) {
    let bytes = write("case", message, Charset::ShiftJis).unwrap();
    assert_eq!(
        String::from_utf8_lossy(&bytes),
        String::from_utf8_lossy(case)
    );
    assert_eq!(&open::<M>(case).message, message);
}

/// As people read it.
fn readable(items: &[MedicalItem]) -> String {
    let line = |item: &MedicalItem| {
        let indent = "  ".repeat(item.depth as usize);
        let label = item.label.as_deref().unwrap_or(&item.name);
        let unit = item.unit.as_ref().map(|unit| format!(" {unit}"));
        match item.value.as_str() {
            "" => format!("{indent}{label}\n"),
            value => format!("{indent}{label}: {value}{}\n", unit.unwrap_or_default()),
        }
    };
    items.iter().map(line).collect()
}

#[test]
fn a_request_for_drugs_and_consultations_is_written_with_its_empty_elements() {
    let header = MedicalRequestHeader {
        institution_code: Some("1369999998".into()),
        insurer_number: Some("39999990".into()),
        number: Some("00012345".into()),
        file_identifier: Some("U0002".into()),
        ..MedicalRequestHeader::default()
    };
    let months = (Some("202406"), Some("202411"));
    let request = MedicalRequest::drugs(header, months, true, MedicalFormat::Xml);
    is_written_exactly_so(&request, case!("drugs-request.xml"));
}

#[test]
fn a_request_for_a_checkup_has_no_months() {
    let header = MedicalRequestHeader {
        institution_code: Some("1369999998".into()),
        insurer_number: Some(padded_insurer("999995")),
        symbol: Some("空・１２".into()),
        number: Some("0001234".into()),
        branch: Some("01".into()),
        file_identifier: Some("U0001".into()),
        ..MedicalRequestHeader::default()
    };
    let request = MedicalRequest::checkup(header, MedicalFormat::Pdf);
    is_written_exactly_so(&request, case!("checkup-request.xml"));
}

#[test]
fn drugs_are_read_into_lines_that_people_understand_and_nothing_is_left_out() {
    let answer = open::<MedicalAnswer>(case!("drugs-answer.xml")).message;
    assert!(!answer.result().is_error);
    let person = answer.person().unwrap();
    assert_eq!(person.kana, Some("ｿﾗﾉ ﾀﾛｳ"));
    assert_eq!(person.birthdate, Some("19400101"));
    let expected = String::from_utf8_lossy(case!("drugs-answer.txt"));
    assert_eq!(readable(&answer.items()), expected);
}

#[test]
fn a_checkup_is_read_with_the_names_and_units_it_brings() {
    let answer = open::<MedicalAnswer>(case!("checkup-answer.xml")).message;
    assert!(!answer.result().is_error);
    assert_eq!(answer.person().unwrap().name, Some("空野　春子"));
    let expected = String::from_utf8_lossy(case!("checkup-answer.txt"));
    assert_eq!(readable(&answer.items()), expected);
    assert_eq!(answer.items()[2].name, "9A751000000000001");
}

#[test]
fn without_a_result_code_of_1_nothing_counts_as_answered() {
    let of = |body: &str| {
        let xml = format!("<XmlMsg><MessageHeader/><MessageBody>{body}</MessageBody></XmlMsg>");
        open::<MedicalAnswer>(xml.as_bytes()).message
    };
    assert!(of("").result().is_error);
    let refused =
        of("<ResultCode>9</ResultCode><MessageContents>同意がありません（架空）</MessageContents>");
    assert!(refused.result().is_error);
    assert_eq!(refused.result().code, Some("9"));
    assert_eq!(refused.result().text, Some("同意がありません（架空）"));
    assert!(refused.items().is_empty());
    let failed = of("<SegmentOfResult>9</SegmentOfResult><ResultCode>1</ResultCode>");
    assert!(
        !failed.result().is_error,
        "a segment counts in the header only"
    );
}

#[test]
fn the_batch_of_public_assistance_is_asked_for_by_month() {
    let request = TicketRequest {
        header: RequestHeader {
            institution_code: Some("1369999998".into()),
            file_identifier: Some("tic-9".into()),
            ..RequestHeader::default()
        },
        search: Some(TicketSearch {
            month: Some("202411".into()),
            ..TicketSearch::default()
        }),
        ..TicketRequest::default()
    };
    is_written_exactly_so(&request, case!("ticket-request.xml"));
}

#[test]
fn the_batch_of_online_care_may_be_asked_for_by_the_day_of_the_examination() {
    let request = ConsentRequest {
        header: RequestHeader {
            institution_code: Some("1369999998".into()),
            file_identifier: Some("on-8".into()),
            ..RequestHeader::default()
        },
        search: Some(ConsentSearch {
            examined_from: Some("20241120".into()),
            examined_to: Some("20241122".into()),
            treatment: Some(TreatmentKind::Online),
            ..ConsentSearch::default()
        }),
        ..ConsentRequest::default()
    };
    is_written_exactly_so(&request, case!("online-request.xml"));
}
