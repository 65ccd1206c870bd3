//! `OQSsiquc01`: one person.

use super::*;
use crate::single::each;
use onshi::{
    CharacterCode, ConsentFlag, ElderlyCertificate, LIMIT, LimitCertificate, MedicalTicket,
    ViewingConsent,
};
use reseplug_sdk::eligibility::{Validity as V, Verification};
use reseplug_sdk::testing::Pattern;
use reseplug_sdk::{Fault, RetryAdvice, Sex};

const REQUEST: &str = "OQSsiquc01req_202410030001.xml";

/// The answer to a question about 2024-10-01, whatever was asked.
fn ask(body: Vec<u8>) -> Result<Verification, Fault> {
    ask_with(ctx(), answered(REQUEST, body))
}

fn ask_with(ctx: Context<Settings>, arrivals: Vec<Arrival>) -> Result<Verification, Fault> {
    let host = Host::scripted(
        script()
            .expect_put("terminal", "OQSsiquc01req", "xml", Pattern::Any)
            .answers(REQUEST)
            .expect_wait("terminal", &[REQUEST], UNTIL)
            .answers(arrivals),
    );
    one(&ctx, &host, &query("Q1", "2024-10-01"))
}

fn one(ctx: &Context<Settings>, host: &Host, query: &Query) -> Result<Verification, Fault> {
    each(ctx, host, std::slice::from_ref(query)).map(|mut answers| answers.remove(0))
}

#[test]
fn a_person_is_asked_about_as_of_the_day_and_found() {
    let host = Host::scripted(
        script()
            .expect_put(
                "terminal",
                "OQSsiquc01req",
                "xml",
                Pattern::containing([
                    "<QualificationConfirmationDate>20241001<",
                    "<MedicalInstitutionCode>1369999998<",
                    "<InsurerNumber>  999995<",
                    "<InsuredCardSymbol>空・１２<",
                    "<InsuredIdentificationNumber>0001234<",
                    "<InsuredBranchNumber>01<",
                    "<Birthdate>19501224<",
                    "<LimitApplicationCertificateRelatedConsFlg>0<",
                    "<ArbitraryIdentifier>Q1<",
                ]),
            )
            .answers(REQUEST)
            .expect_wait("terminal", &[REQUEST], UNTIL)
            .answers(answered(REQUEST, file(&single_answer()))),
    );
    let answer = one(&ctx(), &host, &query("Q1", "2024-10-01")).unwrap();
    assert_eq!(answer.query_id, "Q1");
    assert_eq!(answer.as_of.as_deref(), Some("2024-10-01"));
    assert_eq!(answer.answered_at, "2024-10-03T09:01:02+09:00");
    assert_eq!(answer.message, "OQSsiquc01res");
    assert_eq!(answer.validity, Some(V::Valid));
    assert!(
        !answer.is_error && answer.extra.is_empty(),
        "{:?}",
        answer.extra
    );
    let [found] = answer.found.as_slice() else {
        panic!("one")
    };
    assert_eq!(found.person.name, "空野 春子");
    assert_eq!(found.person.sex, Sex::Female);
    assert_eq!(found.person.birth_date, "1950-12-24");
    assert_eq!(found.coverage.insurer_number, "999995");
    assert_eq!(found.coverage.period.from.as_deref(), Some("2020-04-01"));
    assert_eq!(found.coverage.period.to, None);
    assert_eq!(found.disqualified_on, None);
}

#[test]
fn consent_is_sent_only_where_it_is_on_record() {
    let host = Host::scripted(
        script()
            .expect_put(
                "terminal",
                "OQSsiquc01req",
                "xml",
                Pattern::containing(["<LimitApplicationCertificateRelatedConsFlg>1<"]),
            )
            .answers(REQUEST)
            .expect_wait("terminal", &[REQUEST], UNTIL)
            .answers(answered(REQUEST, file(&single_answer()))),
    );
    let query = Query {
        income_consent: true,
        ..query("Q1", "2024-10-01")
    };
    assert!(one(&ctx(), &host, &query).is_ok());
}

#[test]
fn elements_in_another_order_are_the_same_answer() {
    let mut answer = single_answer();
    answer.results[0].elderly = Some(ElderlyCertificate {
        valid_from: Some("20240801".into()),
        valid_to: Some("20250731".into()),
        contribution_ratio: Some("020".into()),
        ..ElderlyCertificate::default()
    });
    let shuffled = ask(reversed(&answer)).unwrap();
    assert_eq!(shuffled, ask(file(&answer)).unwrap());
    let coverage = &shuffled.found[0].coverage;
    assert_eq!(coverage.burden_percent, Some(20));
    assert_eq!(
        coverage.elderly_certificate.as_ref().unwrap().to.as_deref(),
        Some("2025-07-31")
    );
}

#[test]
fn shares_are_percent_in_either_form_and_others_are_not_guessed() {
    for (ratio, percent) in [("020", Some(20)), ("20", Some(20)), ("2", None), ("", None)] {
        let mut answer = single_answer();
        answer.results[0].elderly = Some(ElderlyCertificate {
            contribution_ratio: Some(ratio.into()),
            ..ElderlyCertificate::default()
        });
        assert_eq!(
            ask(file(&answer)).unwrap().found[0].coverage.burden_percent,
            percent
        );
    }
    let mut answer = single_answer();
    answer.results[0].partial_contribution_ratio = Some("010".into());
    assert_eq!(
        ask(file(&answer)).unwrap().found[0].coverage.burden_percent,
        Some(10)
    );
}

#[test]
fn the_last_covered_day_is_the_one_before_the_day_of_loss() {
    let mut answer = single_answer();
    answer.results[0].disqualification_date = Some("20241001".into());
    answer.results[0].reason_of_loss = Some("03".into());
    answer.results[0].card_expiration_date = Some("20250731".into());
    answer.validity = Some(Validity::Invalid);
    let answer = ask(file(&answer)).unwrap();
    assert_eq!(answer.validity, Some(V::Invalid));
    let found = &answer.found[0];
    assert_eq!(found.disqualified_on.as_deref(), Some("2024-10-01"));
    assert_eq!(found.coverage.period.to.as_deref(), Some("2024-09-30"));
    assert_eq!(found.reason_of_loss.as_deref(), Some("03"));
    assert_eq!(
        extra(&found.coverage.extra, "InsuredCardExpirationDate"),
        Some("20250731")
    );
    assert_eq!(
        extra(&found.extra, "DisqualificationDate"),
        Some("20241001")
    );
}

#[test]
fn an_income_category_needs_the_persons_consent_in_the_answer() {
    let mut answer = single_answer();
    answer.results[0].limit = Some(LimitCertificate {
        category: Some("B05".into()),
        valid_from: Some("20240801".into()),
        ..LimitCertificate::default()
    });
    assert_eq!(ask(file(&answer)).unwrap().found[0].income, None);
    answer.results[0]
        .consents
        .set(ViewingConsent {
            kind: LIMIT.into(),
            flag: Some(ConsentFlag::Yes),
            given_at: Some("20241001101500".into()),
            available_until: None,
        })
        .unwrap();
    let found = ask(file(&answer)).unwrap().found.remove(0);
    let income = found.income.unwrap();
    assert_eq!(
        (income.code.as_str(), income.period.from.as_deref()),
        ("B05", Some("2024-08-01"))
    );
    let consent = &found.consents[0];
    assert_eq!(
        (consent.kind.as_str(), consent.flag.as_str()),
        ("limit", "1")
    );
    assert_eq!(
        consent.given_at.as_deref(),
        Some("2024-10-01T10:15:00+09:00")
    );
}

#[test]
fn insurance_and_public_assistance_come_side_by_side_with_tickets() {
    let mut answer = single_answer();
    answer.results.push(Qualification {
        card_class: Some("A1".into()),
        insurer_number: Some("12990014".into()),
        number: Some("7654320".into()),
        tickets: vec![MedicalTicket {
            ticket_type: Some("01".into()),
            treatment_month: Some("202410".into()),
            treatment_type: Some("05".into()),
            institution_flag: Some("1".into()),
            injury_name1: Some("架空傷病".into()),
            ..MedicalTicket::default()
        }],
        ..qualification()
    });
    let answer = ask(file(&answer)).unwrap();
    assert_eq!(answer.found.len(), 2);
    let assisted = &answer.found[1];
    assert_eq!(assisted.coverage.card_class.as_deref(), Some("A1"));
    let ticket = &assisted.tickets[0];
    assert_eq!(ticket.treatment_month.as_deref(), Some("2024-10"));
    assert_eq!(ticket.institution_flag.as_deref(), Some("1"));
    assert_eq!(extra(&ticket.extra, "InjuryName1"), Some("架空傷病"));
}

#[test]
fn each_validity_is_what_it_is_and_an_unknown_one_too() {
    for (code, validity) in [
        ("3", V::InvalidNewExists),
        ("4", V::NotFound),
        ("5", V::Several),
        ("6", V::ValidUnregistered),
        ("8", V::Other("8".into())),
    ] {
        let answer = SingleAnswer {
            validity: Some(code.into()),
            ..single_answer()
        };
        assert_eq!(ask(file(&answer)).unwrap().validity, Some(validity));
    }
}

#[test]
fn unknown_elements_and_codes_are_kept() {
    let mut answer = single_answer();
    answer.results[0].card_class = Some("Z9".into());
    answer.results[0].sex = Some("9".into());
    answer.results[0]
        .extra
        .push(Element::leaf("BrandNew", "値"));
    answer
        .extra
        .push(Element::leaf("QualificationConfirmationKey", "k1"));
    let answer = ask(file(&answer)).unwrap();
    assert_eq!(answer.found[0].coverage.card_class.as_deref(), Some("Z9"));
    assert_eq!(answer.found[0].person.sex, Sex::Other("9".into()));
    assert_eq!(extra(&answer.found[0].extra, "BrandNew"), Some("値"));
    assert_eq!(
        extra(&answer.extra, "QualificationConfirmationKey"),
        Some("k1")
    );
}

#[test]
fn an_error_of_the_person_is_an_answer_and_an_error_of_the_message_is_a_fault() {
    let person = SingleAnswer {
        status: Some(ProcessingResultStatus::Error),
        code: Some("DEMO-P001".into()),
        text: Some("架空のメッセージ".into()),
        results: vec![],
        ..single_answer()
    };
    let answer = ask(file(&person)).unwrap();
    assert!(answer.is_error && answer.validity.is_none());
    assert_eq!(answer.code.as_deref(), Some("DEMO-P001"));

    let mut whole = single_answer();
    whole.header.segment = Some(SegmentOfResult::Failed);
    whole.header.error_code = Some("DEMO-E001".into());
    whole.header.error_message = Some("架空のエラーです。".into());
    let fault = ask(file(&whole)).unwrap_err();
    assert_eq!(fault.code, "onshi/failed");
    assert_eq!(extra(&fault.extra, "ErrorCode"), Some("DEMO-E001"));
    assert_eq!(
        extra(&fault.extra, "ErrorMessage"),
        Some("架空のエラーです。")
    );
}

#[test]
fn a_refusal_keeps_its_content_as_it_came() {
    let refusal = |body: &[u8]| {
        ask_with(
            ctx(),
            vec![Arrival::refused(
                REQUEST,
                "OQSsiquc01req_202410030001.err",
                body,
            )],
        )
        .unwrap_err()
    };
    let fault = refusal("要求が読めません".as_bytes());
    assert_eq!(fault.code, "onshi/refused");
    assert_eq!(extra(&fault.extra, "content"), Some("要求が読めません"));
    assert_eq!(
        extra(&refusal(b"\x82\xa0!").extra, "content"),
        Some("\\x82\\xa0!")
    );
}

#[test]
fn no_answer_in_time_may_be_asked_again_later() {
    let fault = ask_with(ctx(), vec![]).unwrap_err();
    assert_eq!(
        (fault.code.as_str(), fault.retry),
        ("onshi/timeout", RetryAdvice::Later)
    );
}

#[test]
fn a_zip_answer_is_opened_and_an_encrypted_one_names_the_setting() {
    let mut zip = zipped("OQSsiquc01res_202410030001.xml", &file(&single_answer()));
    assert_eq!(ask(zip.clone()).unwrap().validity, Some(V::Valid));
    let central = zip.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    zip[6] |= 1;
    zip[central + 8] |= 1;
    let fault = ask(zip).unwrap_err();
    assert_eq!(fault.code, "onshi/encrypted");
    assert!(fault.message_ja.contains("encrypt.conf"));
}

#[test]
fn an_answer_to_another_question_is_not_used() {
    for answer in [
        SingleAnswer {
            header: AnswerHeader {
                file_identifier: Some("Q2".into()),
                ..single_answer().header
            },
            ..single_answer()
        },
        SingleAnswer {
            header: AnswerHeader {
                confirmation_date: Some("20241003".into()),
                ..single_answer().header
            },
            ..single_answer()
        },
    ] {
        assert_eq!(ask(file(&answer)).unwrap_err().code, "onshi/mismatch");
    }
}

#[test]
fn an_answer_without_a_day_is_as_of_the_day_that_was_asked_and_says_so() {
    let mut answer = single_answer();
    answer.header.confirmation_date = None;
    let answer = ask(file(&answer)).unwrap();
    assert_eq!(answer.as_of.as_deref(), Some("2024-10-01"));
    assert_eq!(extra(&answer.extra, "as-of-source"), Some("request"));
}

#[test]
fn a_file_that_contradicts_its_encoding_warns_or_is_refused() {
    let mut answer = single_answer();
    answer.header.character_code = Some(CharacterCode::ShiftJis);
    let bytes = file(&answer);
    let declared = ask(bytes.clone()).unwrap();
    assert!(extra(&declared.extra, "warning").is_some());
    // Without a declaration nothing but the setting speaks for UTF-8.
    let text = String::from_utf8(bytes).unwrap();
    let (_, undeclared) = text.split_once("?>").unwrap();
    let fault = ask(undeclared.as_bytes().to_vec()).unwrap_err();
    assert_eq!(fault.code, "onshi/encoding");
}

#[test]
fn what_is_no_message_is_refused_with_its_place() {
    let fault = ask(b"<XmlMsg><MessageBody><Name>".to_vec()).unwrap_err();
    assert_eq!(fault.code, "onshi/unreadable");
    let place = fault.place.unwrap();
    assert_eq!(place.document, "OQSsiquc01res_202410030001.xml");
    assert_eq!(place.record.as_deref(), Some("XmlMsg/MessageBody/Name"));
}

#[test]
fn shift_jis_stations_write_and_read_shift_jis() {
    let settings = Settings {
        encoding: crate::Encoding::ShiftJis,
        ..Settings::default()
    };
    let body = onshi::write("test", &single_answer(), Charset::ShiftJis).unwrap();
    let answer = ask_with(testing::context(settings.clone()), answered(REQUEST, body)).unwrap();
    assert_eq!(answer.found[0].person.name, "空野 春子");

    let lacking = Query {
        symbol: Some("𠮷".into()),
        ..query("Q1", "2024-10-01")
    };
    let host = Host::scripted(script());
    let fault = one(&testing::context(settings), &host, &lacking).unwrap_err();
    assert_eq!(fault.code, "onshi/unmappable");
    assert_eq!(fault.place.unwrap().field.as_deref(), Some("symbol"));
}

#[test]
fn a_question_that_cannot_be_asked_is_not_asked() {
    let host = || Host::scripted(script());
    for (field, query) in [
        (
            "as-of",
            Query {
                as_of: "2024-10-32".into(),
                ..query("Q1", "")
            },
        ),
        (
            "birth-date",
            Query {
                birth_date: "昭和25年".into(),
                ..query("Q1", "2024-10-01")
            },
        ),
        (
            "insurer-number",
            Query {
                insurer_number: "99".into(),
                ..query("Q1", "2024-10-01")
            },
        ),
        (
            "number",
            Query {
                number: " ".into(),
                ..query("Q1", "2024-10-01")
            },
        ),
    ] {
        let fault = one(&ctx(), &host(), &query).unwrap_err();
        assert_eq!(fault.code, "onshi/bad-query");
        assert_eq!(fault.place.unwrap().field.as_deref(), Some(field));
    }
}

/// Q1 and Q2, each by a message of their own, both put before anything is waited for.
fn ask_two(first: Vec<Arrival>, then: Vec<Arrival>) -> Result<Vec<Verification>, Fault> {
    const OTHER: &str = "OQSsiquc01req_202410030002.xml";
    let put = |script: Script, id: &str, name: &str| {
        let asked = format!("<ArbitraryIdentifier>{id}<");
        script
            .expect_put(
                "terminal",
                "OQSsiquc01req",
                "xml",
                Pattern::containing([asked.as_str()]),
            )
            .answers(name)
    };
    let mut script = put(put(script(), "Q1", REQUEST), "Q2", OTHER);
    script = script
        .expect_wait("terminal", &[REQUEST, OTHER], UNTIL)
        .answers(first.clone());
    let left: Vec<&str> = [REQUEST, OTHER]
        .into_iter()
        .filter(|name| first.iter().all(|a| a.request != *name))
        .collect();
    if !first.is_empty() && !left.is_empty() {
        script = script.expect_wait("terminal", &left, UNTIL).answers(then);
    }
    let queries = [query("Q1", "2024-10-01"), query("Q2", "2024-10-01")];
    each(&ctx(), &Host::scripted(script), &queries)
}

#[test]
fn several_are_asked_at_once_and_who_is_not_answered_costs_the_others_nothing() {
    let answers = ask_two(answered(REQUEST, file(&single_answer())), vec![]).unwrap();
    let [first, second] = answers.as_slice() else {
        panic!("one answer for each")
    };
    assert_eq!(
        (first.query_id.as_str(), &first.validity),
        ("Q1", &Some(V::Valid))
    );
    assert!(second.is_error && second.message.is_empty(), "{second:?}");
    assert_eq!(second.query_id, "Q2");
    assert_eq!(extra(&second.extra, "fault-code"), Some("onshi/timeout"));
}

#[test]
fn when_nobody_is_answered_the_first_fault_says_so() {
    let fault = ask_two(vec![], vec![]).unwrap_err();
    assert_eq!(fault.code, "onshi/timeout");
    assert_eq!(extra(&fault.extra, "failed-messages"), Some("2"));
}

#[test]
fn two_questions_of_one_name_are_not_asked() {
    let host = Host::scripted(Script::new());
    let twice = [query("Q1", "2024-10-01"), query("Q1", "2024-10-02")];
    assert!(each(&ctx(), &host, &twice).is_err());
}
