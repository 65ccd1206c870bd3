//! Whom to register, and what a failure leaves known.

use super::*;
use crate::invented::person;

fn numbers(number: &str) -> Under {
    Under {
        insurer_number: "01990019".into(),
        symbol: Some("12".into()),
        number: number.into(),
        branch: None,
    }
}

fn before(number: &str, outcome: Registered) -> Stated {
    Stated {
        reference_number: "P1".into(),
        under: numbers(number),
        outcome,
        code: None,
        text: None,
    }
}

#[test]
fn a_number_is_registered_once_and_again_when_the_coverage_changed() {
    let who = person();
    let now = numbers("34");
    let told = |earlier: Option<&Stated>| outcome(&who, Some(&now), earlier, false);
    assert_eq!(told(None), Registered::Due);
    let same = before("34", Registered::Registered);
    assert_eq!(told(Some(&same)), Registered::Unchanged);
    let other = before("99", Registered::Registered);
    assert_eq!(told(Some(&other)), Registered::Due);
}

#[test]
fn what_is_in_doubt_is_not_sent_again_until_somebody_made_sure() {
    let doubt = before("34", Registered::InDoubt);
    let now = numbers("34");
    assert_eq!(
        outcome(&person(), Some(&now), Some(&doubt), false),
        Registered::InDoubt
    );
    assert_eq!(
        outcome(&person(), Some(&now), Some(&doubt), true),
        Registered::Due
    );
}

#[test]
fn nobody_is_registered_without_a_confirmed_coverage_or_a_number_of_the_products_own() {
    assert_eq!(
        outcome(&person(), None, None, false),
        Registered::NotConfirmed
    );
    let mut seen = person();
    seen.key = "架空　花子/1950-01-01".into();
    assert_eq!(
        outcome(&seen, Some(&numbers("34")), None, false),
        Registered::NoNumber
    );
    let mut long = person();
    long.key = "1".repeat(51);
    assert_eq!(
        outcome(&long, Some(&numbers("34")), None, false),
        Registered::NoNumber
    );
}

#[test]
fn an_unclear_end_leaves_everybody_in_doubt_but_those_it_names_as_done() {
    let round = Round {
        lines: Vec::new(),
        due: vec![("P1".into(), numbers("1")), ("P2".into(), numbers("2"))],
    };
    let unclear = Fault {
        extra: vec![("registered".into(), "P1".into())],
        ..Fault::in_doubt("", "")
    };
    let found = by_fault(&round, &unclear);
    assert_eq!(found["P1"].0, Registered::Registered);
    assert_eq!(found["P2"].0, Registered::InDoubt);

    let refused = Fault {
        retry: RetryAdvice::Later,
        ..unclear
    };
    let found = by_fault(&round, &refused);
    assert_eq!(found["P1"].0, Registered::Registered);
    assert!(!found.contains_key("P2"));
}
