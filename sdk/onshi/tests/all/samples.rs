//! What the readers make of files, and that the writers make the same files.

use crate::case;
use onshi::*;

fn open<M: Message>(bytes: &[u8]) -> Read<M> {
    read("case", bytes, &ReadOptions::default()).unwrap()
}

#[test]
fn elements_are_found_in_any_order_and_texts_stay_as_they_are() {
    let read: Read<SingleAnswer> = open(case!("single-shuffled.xml"));
    assert!(read.warnings.is_empty());
    let answer = read.message;
    assert_eq!(answer.header.outcome(), Outcome::Done);
    assert_eq!(answer.header.file_identifier, None, "empty is absent");
    assert_eq!(answer.validity, Some(Validity::Valid));
    let [one] = answer.results.as_slice() else {
        panic!("one result")
    };
    assert_eq!(one.insurer_number.as_deref(), Some("  999995"));
    assert_eq!(one.insurer(), Some("999995"));
    assert_eq!(one.number.as_deref(), Some("0001234"));
    assert_eq!(one.sex, Some(Sex::Female));
    assert_eq!(one.name_kana.as_deref(), Some("ｿﾗﾉ ﾊﾙｺ"));
    let elderly = one.elderly.as_ref().unwrap();
    assert_eq!(elderly.contribution_ratio.as_deref(), Some("020"));
    assert_eq!(one.limit.as_ref().unwrap().category.as_deref(), Some("B05"));
    let consent = one.consents.get(LIMIT).unwrap();
    assert_eq!(consent.flag, Some(ConsentFlag::Yes));
    assert_eq!(consent.given_at.as_deref(), Some("20241003091200"));
    assert_eq!(
        one.extra,
        [Element::group(
            "SomethingNew",
            vec![Element::leaf("Inside", "新しい要素")]
        )]
    );
    assert_eq!(
        one.extra[0].leaves(),
        [("SomethingNew/Inside".into(), "新しい要素".into())]
    );
}

#[test]
fn insurance_and_public_assistance_stand_side_by_side() {
    let answer = open::<SingleAnswer>(case!("single-two-results.xml")).message;
    assert_eq!(
        answer.header.reference_class,
        Some(ReferenceClass::MyNumberCard)
    );
    assert!(!answer.person().is_error);
    assert_eq!(
        answer.person().code,
        Some("DEMO-N001"),
        "success with a note"
    );
    let [insured, assisted] = answer.results.as_slice() else {
        panic!("two results")
    };
    assert!(!insured.is_public_assistance() && assisted.is_public_assistance());
    assert_eq!(
        insured.specific_diseases[0].self_pay.as_deref(),
        Some("10000")
    );
    assert_eq!(
        insured.consents.get(SPECIFIC_DISEASES).unwrap().flag,
        Some(ConsentFlag::Yes)
    );
    let drugs = insured.consents.get("PharmacistsInfo").unwrap();
    assert_eq!(drugs.available_until.as_deref(), Some("20241004091455"));
    assert_eq!(
        insured.consents.get("DiagnosisInfo").unwrap().flag,
        Some(ConsentFlag::Expired)
    );
    assert_eq!(
        insured.consents.iter().count(),
        3,
        "a wrong name is no consent"
    );
    assert_eq!(insured.extra[0].name, "PharmaceuticalInfoConsFlg");
    assert_eq!(assisted.tickets.len(), 2);
    assert_eq!(assisted.tickets[0].treatment_type.as_deref(), Some("05"));
}

#[test]
fn an_error_of_the_message_is_not_an_error_of_the_person() {
    let whole = open::<SingleAnswer>(case!("single-whole-error.xml")).message;
    assert_eq!(
        whole.header.outcome(),
        Outcome::Failed(WholeError {
            segment: Some("9".into()),
            code: Some("DEMO-E001".into()),
            message: Some("架空のエラーです。".into()),
        })
    );
    let person = open::<SingleAnswer>(case!("single-person-error.xml")).message;
    assert_eq!(person.header.outcome(), Outcome::Done);
    assert!(person.person().is_error);
    assert_eq!(person.person().text, Some("架空のメッセージ"));
}

#[test]
fn units_of_a_bulk_answer_are_told_apart_by_their_identifier() {
    let answer = open::<BulkAnswer>(case!("bulk-result.xml")).message;
    let [second, first] = answer.units.as_slice() else {
        panic!("two units")
    };
    assert_eq!(
        (second.identifier(), first.identifier()),
        (Some("Q2"), Some("Q1"))
    );
    assert!(answer.person(second).is_error && !answer.person(first).is_error);
    assert_eq!(
        first.validity,
        Some(Validity::Other("8".into())),
        "an unknown code stays"
    );
    assert_eq!(first.results[0].limit_changed.as_deref(), Some("1"));
}

#[test]
fn an_acceptance_is_read_wherever_its_elements_stand() {
    let read = open::<Acceptance>(case!("home-visit-acceptance.xml"));
    assert_eq!(read.charset, Charset::ShiftJis);
    let acceptance = read.message;
    assert_eq!(
        acceptance.reception_number.as_deref(),
        Some("R20241001000000003")
    );
    assert_eq!(acceptance.header.segment, Some(SegmentOfResult::Done));
    assert!(!acceptance.request_result().is_error);
    assert_eq!(
        acceptance.request_result().text,
        Some("受け付けました（架空）")
    );
}

#[test]
fn results_of_the_home_visit_batch_are_found_at_any_depth() {
    let read = open::<BulkAnswer>(case!("home-visit-result.xml"));
    assert_eq!(
        read.warnings,
        [Warning::CharsetDisagrees {
            stated: CharacterCode::Utf8,
            charset: Charset::ShiftJis
        }]
    );
    let answer = read.message;
    let [unit] = answer.units.as_slice() else {
        panic!("one unit")
    };
    assert!(
        !answer.person(unit).is_error,
        "the body's status counts for the unit"
    );
    assert_eq!(unit.results.len(), 4);
    assert_eq!(unit.results[0].name.as_deref(), Some("髙野　一郎"));
    let numbers: Vec<_> = (0..4)
        .map(|at| unit.reference_number(at).unwrap())
        .collect();
    assert_eq!(numbers, ["U0001", "U0002", "U0009", "U0001"]);
}

#[test]
fn each_registration_has_its_own_result() {
    let answer = open::<BulkReferenceAnswer>(case!("reference-result.xml")).message;
    let results: Vec<bool> = answer.units.iter().map(|u| u.person().is_error).collect();
    assert_eq!(results, [false, true]);
    let echoed = answer.units[1].registration.as_ref().unwrap();
    assert_eq!(echoed.reference_number.as_deref(), Some("U0002"));
}

#[test]
fn a_single_request_is_written_exactly_so() {
    let request = SingleRequest {
        header: RequestHeader {
            confirmation_date: Some("20241001".into()),
            institution_code: Some("1369999998".into()),
            file_identifier: Some("Q1".into()),
            ..RequestHeader::default()
        },
        search: Some(SearchInfo {
            insurer_number: Some(padded_insurer("999995")),
            symbol: Some("空・１２".into()),
            number: Some("0001234".into()),
            branch: Some("01".into()),
            birthdate: Some("19501224".into()),
            limit_consent: Some(DisclosureConsent::No),
            identifier: Some("Q1".into()),
            ..SearchInfo::default()
        }),
        ..SingleRequest::default()
    };
    let bytes = write("OQSsiquc01req", &request, Charset::Utf8).unwrap();
    assert_eq!(
        String::from_utf8(bytes).unwrap().as_bytes(),
        case!("single-request.xml")
    );
    assert_eq!(
        open::<SingleRequest>(case!("single-request.xml")).message,
        request
    );
}

#[test]
fn a_consent_request_is_written_exactly_so() {
    let request = ConsentRequest {
        header: RequestHeader {
            institution_code: Some("1369999998".into()),
            file_identifier: Some("hv-1".into()),
            ..RequestHeader::default()
        },
        search: Some(ConsentSearch {
            from: Some("20241001".into()),
            to: Some("20241003".into()),
            treatment: Some(TreatmentKind::HomeVisit),
            ..ConsentSearch::default()
        }),
        ..ConsentRequest::default()
    };
    let bytes = write("OQSmuhvq01req", &request, Charset::ShiftJis).unwrap();
    assert_eq!(bytes, case!("consent-request.xml"));
}
