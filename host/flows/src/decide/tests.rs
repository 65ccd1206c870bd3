//! What becomes of groups.

use super::*;
use crate::answers::Validity;
use crate::answers::tests::{answer, day};
use crate::coverage::tests::coverage;
use proptest::prelude::*;

const FUND: Payer = Payer::SocialInsuranceFund;

fn valid(as_of: &str, coverage: Coverage) -> Answer {
    answer(as_of, "2024-11-05", Validity::Valid, Some(coverage))
}

#[test]
fn swapped_symbol_and_number_are_replaced_as_a_whole_group() {
    let on_file = coverage("01990011", "34", "12", "2020-04-01");
    let right = coverage("01990011", "12", "34", "2020-04-01");
    let decision = judge_receipt(
        &on_file,
        FUND,
        &[day("2024-10-03")],
        &[valid("2024-10-03", right.clone())],
    );
    assert_eq!(decision.outcome, GroupOutcome::Differs);
    assert_eq!(decision.change, ReceiptChange::InPlace(right));
    assert_eq!(decision.differences.len(), 2);
}

#[test]
fn another_payers_insurer_moves_the_receipt() {
    let on_file = coverage("01990011", "34", "12", "2020-04-01");
    let now = coverage("990010", "1", "2", "2024-10-01");
    let decision = judge_receipt(
        &on_file,
        FUND,
        &[day("2024-10-03")],
        &[valid("2024-10-03", now.clone())],
    );
    assert_eq!(decision.change, ReceiptChange::Move(now));
}

#[test]
fn a_change_on_the_16th_splits_at_the_16th() {
    let mut old = coverage("01990011", "12", "34", "2020-04-01");
    let on_file = old.clone();
    old.period.to = Some(day("2024-10-15"));
    let new = coverage("990010", "5", "6", "2024-10-16");
    let answers = [
        valid("2024-10-09", old.clone()),
        valid("2024-10-28", new.clone()),
    ];
    let days = ["2024-10-02", "2024-10-09", "2024-10-18", "2024-10-28"].map(day);
    let decision = judge_receipt(&on_file, FUND, &days, &answers);
    assert_eq!(decision.outcome, GroupOutcome::NewPeriod);
    assert_eq!(
        decision.change,
        ReceiptChange::Split(vec![
            (Period::new(None, Some(day("2024-10-15"))), old),
            (Period::new(Some(day("2024-10-16")), None), new),
        ])
    );
}

#[test]
fn only_a_valid_answer_fills() {
    let on_file = coverage("01990011", "12", "34", "2020-04-01");
    for (validity, reason) in [
        (Validity::Invalid, Reason::NotValid),
        (Validity::InvalidNewExists, Reason::NewCardNeeded),
        (Validity::NotFound, Reason::NotValid),
        (Validity::Several, Reason::SeveralResults),
        (Validity::ValidUnregistered, Reason::NotValid),
        (Validity::Error, Reason::AnswerIsError),
        (Validity::Other("9".into()), Reason::ValidityUnknown),
    ] {
        let new = coverage("990010", "5", "6", "2024-10-01");
        let answers = [answer("2024-10-28", "2024-11-05", validity, Some(new))];
        let decision = judge_receipt(&on_file, FUND, &[day("2024-10-03")], &answers);
        assert_eq!(decision.change, ReceiptChange::None);
        assert_eq!(decision.reason, Some(reason));
    }
}

#[test]
fn an_expired_elderly_certificate_goes_to_a_person() {
    let mut on_file = coverage("990010", "1", "2", "2020-04-01");
    on_file.elderly_certificate = Some(Period::new(None, Some(day("2024-07-31"))));
    let decision = judge_receipt(
        &on_file,
        Payer::NationalHealthFederation,
        &[day("2024-10-03")],
        &[valid("2024-10-03", on_file.clone())],
    );
    assert_eq!(decision.reason, Some(Reason::ElderlyCertificateExpired));
}

#[test]
fn a_further_period_closes_the_one_before_it() {
    let old = coverage("01990011", "12", "34", "2020-04-01");
    let new = coverage("990010", "5", "6", "2024-10-16");
    let (outcome, change) =
        register_change(std::slice::from_ref(&old), &new, day("2024-10-18"), true);
    assert_eq!(outcome, GroupOutcome::NewPeriod);
    assert_eq!(
        change,
        RegisterChange::CloseAndOpen {
            before: old,
            last_day: Some(day("2024-10-15")),
            after: new
        }
    );
}

#[test]
fn a_missing_branch_replaces_the_group_within_its_period() {
    let old = coverage("01990011", "12", "34", "2020-04-01");
    let mut new = coverage("01990011", "12", "34", "2021-04-01");
    new.branch = Some("02".parse().unwrap());
    let (outcome, change) =
        register_change(std::slice::from_ref(&old), &new, day("2024-10-18"), true);
    assert_eq!(outcome, GroupOutcome::Differs);
    match change {
        RegisterChange::Replace { after, .. } => assert_eq!(after.period, old.period),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_new_certificates_burden_continues_the_period_from_its_first_day() {
    let mut old = coverage("990010", "1", "2", "2020-04-01");
    old.burden_percent = Some(20);
    let answered = Coverage {
        burden_percent: Some(30),
        elderly_certificate: Some(Period::new(
            Some(day("2024-08-01")),
            Some(day("2025-07-31")),
        )),
        ..old.clone()
    };
    let october = day("2024-10-01");
    let (outcome, change) = register_change(std::slice::from_ref(&old), &answered, october, true);
    assert_eq!(outcome, GroupOutcome::NewPeriod);
    match change {
        RegisterChange::CloseAndOpen {
            before,
            last_day,
            after,
        } => {
            assert_eq!((before, last_day), (old.clone(), Some(day("2024-07-31"))));
            assert_eq!(after.period.from, Some(day("2024-08-01")));
            assert_eq!(after.burden_percent, Some(30));
            assert_eq!(after.number, old.number);
        }
        other => panic!("{other:?}"),
    }
    // One that has ended says nothing; one without days is a difference for a person.
    let (outcome, _) = register_change(
        std::slice::from_ref(&old),
        &answered,
        day("2025-08-01"),
        true,
    );
    assert_eq!(outcome, GroupOutcome::Same);
    let undated = Coverage {
        elderly_certificate: None,
        ..answered
    };
    let (outcome, _) = register_change(std::slice::from_ref(&old), &undated, october, true);
    assert_eq!(outcome, GroupOutcome::Differs);
}

#[test]
fn a_burden_the_product_lacks_is_filled_only_where_it_has_a_place() {
    let old = coverage("990010", "1", "2", "2020-04-01");
    let answered = Coverage {
        burden_percent: Some(30),
        ..old.clone()
    };
    let october = day("2024-10-01");
    let (outcome, change) = register_change(std::slice::from_ref(&old), &answered, october, true);
    assert_eq!(outcome, GroupOutcome::Fill);
    assert!(matches!(change, RegisterChange::Replace { .. }));
    let (outcome, change) = register_change(std::slice::from_ref(&old), &answered, october, false);
    assert_eq!(
        (outcome, change),
        (GroupOutcome::Same, RegisterChange::None)
    );
}

#[test]
fn a_name_the_centre_could_not_show_is_never_used() {
    let signs = Signs {
        name: "架空　●子",
        sex: &Sex::Female,
        birth_date: day("1950-01-01"),
        insurances: 1,
        card_class: None,
    };
    assert_eq!(
        caution(&signs, Some(day("1950-01-01"))),
        Some(Reason::MissingGlyph)
    );
    assert_eq!(
        caution(&signs, Some(day("1950-01-02"))),
        Some(Reason::BirthDateDiffers)
    );
}

proptest! {
    /// Whatever the answers, a split covers every charge day exactly once.
    #[test]
    fn parts_of_a_split_cover_each_charge_day_once(change_on in 2u8..31, days in proptest::collection::btree_set(1u8..=31, 1..12)) {
        let october = |d: u8| Date::new(2024, 10, d as i8).unwrap();
        let mut old = coverage("01990011", "12", "34", "2020-04-01");
        let on_file = old.clone();
        old.period.to = october(change_on).prev_day();
        let new = Coverage { period: Period::new(Some(october(change_on)), None), ..coverage("990010", "5", "6", "2024-10-01") };
        let days: Vec<Date> = days.into_iter().map(october).collect();
        let answers = [valid("2024-10-31", old.clone()), valid("2024-10-31", new.clone())]
            .into_iter().enumerate().map(|(i, mut a)| { a.id = i.to_string(); a }).collect::<Vec<_>>();
        let decision = judge_receipt(&on_file, FUND, &days, &answers);
        if let ReceiptChange::Split(parts) = &decision.change {
            for day in days {
                prop_assert_eq!(parts.iter().filter(|(p, _)| p.contains(day)).count(), 1);
            }
        } else {
            prop_assert!(days.iter().all(|d| *d < october(change_on)) || days.iter().all(|d| *d >= october(change_on)));
        }
    }
}
