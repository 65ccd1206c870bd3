//! `OQSmuhvq01` / `02`: everybody who consented at home.

use super::*;
use crate::batches::consents;
use onshi::{BulkAnswer, ConfirmUnit, ConsentFlag, ViewingConsent};
use reseplug_sdk::Period;
use reseplug_sdk::eligibility::Validity as V;
use reseplug_sdk::testing::Pattern;

const UP: &str = "OQSmuhvq01req_1.xml";
const DOWN: &str = "OQSmuhvq02req_2.xml";

#[test]
fn everybody_who_consented_comes_with_reference_numbers_and_the_unconfirmed_mark() {
    let mut drugs = qualification();
    drugs
        .consents
        .set(ViewingConsent {
            kind: "PharmacistsInfo".into(),
            flag: Some(ConsentFlag::Yes),
            given_at: Some("20241002140000".into()),
            available_until: Some("20241231235959".into()),
        })
        .unwrap();
    let answer = BulkAnswer {
        header: header(),
        units: vec![
            ConfirmUnit {
                reference_numbers: vec!["U0001".into()],
                status: Some(ProcessingResultStatus::Done),
                validity: Some(Validity::Valid),
                results: vec![
                    drugs,
                    Qualification {
                        card_class: Some("A1".into()),
                        ..qualification()
                    },
                ],
                ..ConfirmUnit::default()
            },
            ConfirmUnit {
                validity: Some(Validity::Valid),
                results: vec![qualification()],
                ..ConfirmUnit::default()
            },
        ],
        ..BulkAnswer::default()
    };
    let body = onshi::write("test", &answer, Charset::ShiftJis).unwrap();
    let host = Host::scripted(
        script()
            .expect_put(
                "terminal",
                "OQSmuhvq01req",
                "xml",
                Pattern::containing([
                    "<ConsentDateFrom>20241001<",
                    "<ConsentDateTo>20241003<",
                    "<MedicalTreatmentFlag>2<",
                ]),
            )
            .answers(UP)
            .expect_wait("terminal", &[UP], UNTIL)
            .answers(answered(UP, accepted("R7")))
            .expect_put(
                "terminal",
                "OQSmuhvq02req",
                "xml",
                Pattern::containing([">R7<"]),
            )
            .answers(DOWN)
            .expect_wait("terminal", &[DOWN], ROUND)
            .answers(answered(DOWN, zipped("x.xml", &body))),
    );
    let answers = consents(&ctx(), &host, &Period::since("2024-10-01")).unwrap();
    assert_eq!(answers.len(), 2);
    let first = &answers[0];
    assert_eq!(
        (first.query_id.as_str(), first.message.as_str()),
        ("", "OQSmuhvq02res")
    );
    assert_eq!(
        (first.as_of.as_deref(), &first.validity),
        (None, &Some(V::Valid))
    );
    assert_eq!(
        extra(&first.extra, "layout-grade"),
        Some("unconfirmed (V-impl)")
    );
    let numbers: Vec<_> = first
        .found
        .iter()
        .map(|f| f.person.reference_number.as_deref())
        .collect();
    assert_eq!(numbers, [Some("U0001"), Some("U0001")]);
    let consent = &first.found[0].consents[0];
    assert_eq!(consent.kind, "PharmacistsInfo");
    assert_eq!(
        consent.available_until.as_deref(),
        Some("2024-12-31T23:59:59+09:00")
    );
    assert_eq!(answers[1].found[0].person.reference_number, None);
}

#[test]
fn a_period_without_a_beginning_or_turned_round_is_not_asked() {
    for period in [Period::OPEN, Period::between("2024-10-03", "2024-10-01")] {
        let host = Host::scripted(script());
        assert_eq!(
            consents(&ctx(), &host, &period).unwrap_err().code,
            "onshi/bad-query"
        );
    }
}
