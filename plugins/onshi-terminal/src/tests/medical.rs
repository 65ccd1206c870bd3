//! `YZKsiquc01`, `TKKsiquc01` and the batch of 医療扶助 `OQSmutic01` / `02`.

use super::*;
use crate::batches::tickets;
use crate::medical::fetch;
use onshi::{BulkAnswer, ConfirmUnit, MedicalTicket};
use reseplug_sdk::home_visit::{Holder, MedicalFormat, MedicalKind, MedicalQuery};
use reseplug_sdk::testing::Pattern;

const DRUGS: &str = "YZKsiquc01req_1.xml";

fn holder() -> Holder {
    Holder {
        insurer_number: "39999990".into(),
        symbol: None,
        number: "00012345".into(),
        branch: None,
        birth_date: "1940-01-01".into(),
        extra: Vec::new(),
    }
}

fn asks(kind: MedicalKind, format: MedicalFormat) -> MedicalQuery {
    MedicalQuery {
        id: "M1".into(),
        kind,
        format,
        holder: holder(),
        from: Some("2024-08".into()),
        to: Some("2024-10".into()),
        with_diagnoses: true,
        extra: Vec::new(),
    }
}

fn drugs(arrivals: Vec<Arrival>) -> Host {
    Host::scripted(
        script()
            .expect_put(
                "terminal",
                "YZKsiquc01req",
                "xml",
                Pattern::containing([
                    "<InsuredPersonIdentificationNumber>00012345<",
                    "<ArbitraryFileIdentifier>M1<",
                    "<StartDate>202408<",
                    "<EndDate>202410<",
                    "<FileCategory>4<",
                    "<MedicalTreatmentFlag>2<",
                ]),
            )
            .answers(DRUGS)
            .expect_wait("terminal", &[DRUGS], UNTIL)
            .answers(arrivals),
    )
}

fn xml(born: &str, header: &str, body: &str) -> Vec<u8> {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><XmlMsg><MessageHeader>{header}<QuaInf><Name>空野　太郎</Name>\
         <KanaName>ｿﾗﾉ ﾀﾛｳ</KanaName><Birth>{born}</Birth><AdmGendCode>1</AdmGendCode></QuaInf></MessageHeader>\
         <MessageBody>{body}</MessageBody></XmlMsg>"
    )
    .into_bytes()
}

const TOLD: &str = "<ResultCode>1</ResultCode><MeTrMonthInf><MeTrDiHNm>架空内科医院</MeTrDiHNm>\
    <MeTrMonth>202410</MeTrMonth><DiDateInfs><DiDateInf><DiDate>20241005</DiDate><DrugInfs><DrugInf>\
    <DrugN>架空錠５ｍｇ</DrugN><Qua1>1</Qua1><Unit>錠</Unit></DrugInf></DrugInfs></DiDateInf></DiDateInfs></MeTrMonthInf>";

#[test]
fn drugs_and_consultations_come_readable_with_the_answer_itself() {
    for zip in [false, true] {
        let body = xml("19400101", "", TOLD);
        let bytes = if zip {
            zipped("YZKsiquc01res_1.xml", &body)
        } else {
            body
        };
        let host = drugs(answered(DRUGS, bytes.clone()));
        let told = fetch(&ctx(), &host, &asks(MedicalKind::Drug, MedicalFormat::Xml)).unwrap();
        assert!(!told.is_error);
        assert_eq!(told.query_id, "M1");
        assert_eq!(told.message, "YZKsiquc01res");
        let person = told.person.unwrap();
        assert_eq!(
            (person.name.as_str(), person.birth_date.as_str()),
            ("空野 太郎", "1940-01-01")
        );
        let entry = &told.entries[0];
        assert_eq!(entry.date.as_deref(), Some("2024-10-05"));
        assert_eq!(entry.place.as_deref(), Some("架空内科医院"));
        assert!(entry.values.contains(&("数量".into(), "1 錠".into())));
        assert_eq!(told.document.unwrap().bytes, bytes);
        assert_eq!(
            extra(&told.extra, "layout-grade"),
            Some("unconfirmed (V-impl)")
        );
    }
}

#[test]
fn a_pdf_is_handed_on_as_it_is() {
    let name = "TKKsiquc01req_1.xml";
    let host = Host::scripted(
        script()
            .expect_put(
                "terminal",
                "TKKsiquc01req",
                "xml",
                Pattern::containing(["<FileCategory>1<", "<MedicalTreatmentFlag>2<"]),
            )
            .answers(name)
            .expect_wait("terminal", &[name], UNTIL)
            .answers(vec![Arrival::answer(
                name,
                "TKKsiquc01res_1.pdf",
                "%PDF-1.7\n%%EOF",
            )]),
    );
    let told = fetch(
        &ctx(),
        &host,
        &asks(MedicalKind::Checkup, MedicalFormat::Pdf),
    )
    .unwrap();
    assert!(told.entries.is_empty() && told.person.is_none() && !told.is_error);
    let document = told.document.unwrap();
    assert_eq!(document.name, "TKKsiquc01res_1.pdf");
    assert!(document.bytes.starts_with(b"%PDF"));
}

#[test]
fn what_may_not_be_told_comes_with_the_centres_words() {
    let body = xml(
        "19400101",
        "",
        "<ResultCode>9</ResultCode><MessageContents>同意がありません（架空）</MessageContents>",
    );
    let host = drugs(answered(DRUGS, body));
    let told = fetch(&ctx(), &host, &asks(MedicalKind::Drug, MedicalFormat::Xml)).unwrap();
    assert!(told.is_error && told.entries.is_empty());
    assert_eq!(told.code.as_deref(), Some("9"));
    assert_eq!(told.text.as_deref(), Some("同意がありません（架空）"));
}

#[test]
fn information_of_somebody_else_is_never_shown() {
    for (born, header, code) in [
        ("19400102", "", "onshi/other-person"),
        (
            "19400101",
            "<ArbitraryFileIdentifier>M2</ArbitraryFileIdentifier>",
            "onshi/mismatch",
        ),
        (
            "19400101",
            "<MedicalInstitutionCode>1319999991</MedicalInstitutionCode>",
            "onshi/other-institution",
        ),
    ] {
        let host = drugs(answered(DRUGS, xml(born, header, TOLD)));
        let fault = fetch(&ctx(), &host, &asks(MedicalKind::Drug, MedicalFormat::Xml)).unwrap_err();
        assert_eq!(fault.code, code);
        assert!(!format!("{fault:?}").contains("架空錠"), "{fault:?}");
    }
}

#[test]
fn medical_information_that_does_not_come_is_a_timeout_and_a_refusal_a_fault() {
    let fault = fetch(
        &ctx(),
        &drugs(vec![]),
        &asks(MedicalKind::Drug, MedicalFormat::Xml),
    )
    .unwrap_err();
    assert_eq!(fault.code, "onshi/timeout");
    let host = drugs(vec![Arrival::refused(DRUGS, "YZKsiquc01req_1.err", "E1")]);
    let fault = fetch(&ctx(), &host, &asks(MedicalKind::Drug, MedicalFormat::Xml)).unwrap_err();
    assert_eq!(fault.code, "onshi/refused");
    assert_eq!(extra(&fault.extra, "content"), Some("E1"));
}

#[test]
fn tickets_are_asked_for_by_month() {
    let (up, down) = ("OQSmutic01req_1.xml", "OQSmutic02req_2.xml");
    let answer = BulkAnswer {
        header: header(),
        units: vec![ConfirmUnit {
            status: Some(ProcessingResultStatus::Done),
            validity: Some(Validity::Valid),
            results: vec![Qualification {
                card_class: Some("A1".into()),
                tickets: vec![MedicalTicket {
                    ticket_type: Some("01".into()),
                    treatment_month: Some("202411".into()),
                    treatment_type: Some("05".into()),
                    ..MedicalTicket::default()
                }],
                ..qualification()
            }],
            ..ConfirmUnit::default()
        }],
        ..BulkAnswer::default()
    };
    let host = Host::scripted(
        script()
            .expect_put(
                "terminal",
                "OQSmutic01req",
                "xml",
                Pattern::containing(["<MedicalTreatmentMonth>202411<"]),
            )
            .answers(up)
            .expect_wait("terminal", &[up], UNTIL)
            .answers(answered(up, accepted("R4")))
            .expect_put(
                "terminal",
                "OQSmutic02req",
                "xml",
                Pattern::containing([">R4<"]),
            )
            .answers(down)
            .expect_wait("terminal", &[down], ROUND)
            .answers(answered(down, file(&answer))),
    );
    let answers = tickets(&ctx(), &host, "2024-11").unwrap();
    assert_eq!(answers[0].message, "OQSmutic02res");
    let ticket = &answers[0].found[0].tickets[0];
    assert_eq!(ticket.treatment_month.as_deref(), Some("2024-11"));
    assert_eq!(ticket.treatment_type.as_deref(), Some("05"));
    assert_eq!(
        extra(&answers[0].extra, "layout-grade"),
        Some("unconfirmed (V-impl)")
    );
    let fault = tickets(&ctx(), &Host::scripted(script()), "2024-13").unwrap_err();
    assert_eq!(fault.code, "onshi/bad-query");
}
