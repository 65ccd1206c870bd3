//! Consents of invented answers.

use super::*;
use crate::invented::{by_number, card, consent, person, roster};
use crate::people::Person;
use serde_json::json;

fn withdrawal(scope: Scope, at: &str) -> Fact {
    Fact {
        id: format!("fa-{at}"),
        station: "9999998".into(),
        person_key: "P1".into(),
        kind: "withdrawal".into(),
        day: at[..10].to_owned(),
        value: json!({ "scope": scope, "kinds": scope.kinds(), "reason": "本人の申し出" }),
        by: "所長".into(),
        at: at.parse().unwrap(),
        source: None,
        job: None,
    }
}

const GIVEN: &str = "2024-10-03T10:20:00+09:00";
const UNTIL: &str = "2025-01-03T23:59:59+09:00";
const NOW: &str = "2024-10-10T09:00:00+09:00";

fn at(now: &str, evidence: &[Evidence], withdrawals: &[Fact]) -> Vec<(String, ConsentState)> {
    let roster = roster(vec![person()], evidence);
    lines(evidence, withdrawals, &roster, now.parse().unwrap())
        .unwrap()
        .into_iter()
        .map(|line| {
            assert_eq!(line.person_key, "P1", "{line:?}");
            (line.kind, line.state)
        })
        .collect()
}

fn drugs() -> Evidence {
    card(
        "2024-10-03T18:00:00+09:00",
        vec![consent("PharmacistsInfo", "1", Some(GIVEN), Some(UNTIL))],
    )
}

fn only(found: &[(String, ConsentState)]) -> ConsentState {
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].1
}

#[test]
fn a_consent_given_at_home_is_live_until_its_end_and_expired_after_it() {
    assert_eq!(only(&at(NOW, &[drugs()], &[])), ConsentState::Live);
    assert_eq!(
        only(&at("2025-01-03T23:59:59+09:00", &[drugs()], &[])),
        ConsentState::Live
    );
    assert_eq!(
        only(&at("2025-01-04T00:00:00+09:00", &[drugs()], &[])),
        ConsentState::Expired
    );
}

#[test]
fn a_consent_to_limit_without_an_end_is_listed_and_used_alike_until_it_is_withdrawn() {
    let read = |until| {
        let consents = vec![consent("limit", "1", Some(GIVEN), until)];
        card("2024-10-03T18:00:00+09:00", consents)
    };
    let used = |row: &Evidence, facts: &[Fact], now: &str| {
        let rows = std::slice::from_ref(row);
        let loss_day = reseplug_policy::LossDay::default();
        let mut picture = crate::people::Picture::of_evidence(rows, &[person()], loss_day).unwrap();
        picture.withdraw(facts);
        picture.agreed_to_limit("P1", now)
    };
    let taken_back = [withdrawal(Scope::Limit, NOW)];
    for (until, facts, now, state) in [
        (None, &[][..], NOW, ConsentState::Live),
        (None, &taken_back[..], NOW, ConsentState::Withdrawn),
        (Some(UNTIL), &[][..], NOW, ConsentState::Live),
        (
            Some(UNTIL),
            &[][..],
            "2025-01-04T00:00:00+09:00",
            ConsentState::Expired,
        ),
    ] {
        let row = read(until);
        assert_eq!(only(&at(now, std::slice::from_ref(&row), facts)), state);
        assert_eq!(
            used(&row, facts, now),
            state == ConsentState::Live,
            "{state:?}"
        );
    }
}

#[test]
fn a_consent_whose_end_the_answer_does_not_say_is_not_live_except_where_there_is_none() {
    let read = card(
        "2024-10-03T18:00:00+09:00",
        vec![
            consent("PharmacistsInfo", "1", Some(GIVEN), None),
            consent("DiagnosisInfo", "1", Some(GIVEN), Some("いつまでか")),
            consent("limit", "1", Some(GIVEN), None),
        ],
    );
    let found: BTreeMap<_, _> = at(NOW, &[read], &[]).into_iter().collect();
    assert_eq!(found["PharmacistsInfo"], ConsentState::UnknownUntil);
    assert_eq!(found["DiagnosisInfo"], ConsentState::UnknownUntil);
    assert_eq!(found["limit"], ConsentState::Live);
}

#[test]
fn a_withdrawal_ends_what_was_given_before_it_whatever_later_answers_repeat() {
    let again = card(
        "2024-10-09T18:00:00+09:00",
        vec![consent("PharmacistsInfo", "1", Some(GIVEN), Some(UNTIL))],
    );
    let withdrawn = withdrawal(Scope::Drugs, "2024-10-05T09:00:00+09:00");
    let found = at(NOW, &[drugs(), again], std::slice::from_ref(&withdrawn));
    assert_eq!(only(&found), ConsentState::Withdrawn);
    // Another kind is another consent.
    let care = withdrawal(Scope::Care, "2024-10-05T09:00:00+09:00");
    assert_eq!(only(&at(NOW, &[drugs()], &[care])), ConsentState::Live);
    // Agreed to anew at a later visit.
    let anew = card(
        "2024-10-08T18:00:00+09:00",
        vec![consent(
            "PharmacistsInfo",
            "1",
            Some("2024-10-08T10:00:00+09:00"),
            Some(UNTIL),
        )],
    );
    let found = at(NOW, &[drugs(), anew], &[withdrawn]);
    assert_eq!(found.last().unwrap().1, ConsentState::Live);
    assert_eq!(found[0].1, ConsentState::Superseded);
}

#[test]
fn a_consent_of_an_unknown_moment_counts_as_given_before_the_withdrawal() {
    let told_by_recheck = Evidence {
        method: "recheck".into(),
        ..by_number(
            "2024-10-06T09:00:00+09:00",
            false,
            vec![consent("PharmacistsInfo", "1", None, Some(UNTIL))],
        )
    };
    let withdrawn = withdrawal(Scope::Drugs, "2024-10-05T09:00:00+09:00");
    let found = at(NOW, &[told_by_recheck], &[withdrawn]);
    assert_eq!(only(&found), ConsentState::Withdrawn);
}

#[test]
fn an_answer_to_a_question_by_numbers_gives_no_consent_and_takes_none_away_but_by_expiry() {
    let card = card(
        "2024-10-03T18:00:00+09:00",
        vec![
            consent("limit", "1", Some(GIVEN), None),
            consent("PharmacistsInfo", "1", Some(GIVEN), Some(UNTIL)),
        ],
    );
    let silent = by_number(
        "2024-10-05T09:00:00+09:00",
        false,
        vec![
            consent("limit", "0", None, None),
            consent("PharmacistsInfo", "0", None, None),
            consent("OperationInfo", "1", None, Some(UNTIL)),
        ],
    );
    let found: BTreeMap<_, _> = at(NOW, &[card.clone(), silent], &[]).into_iter().collect();
    assert_eq!(found["limit"], ConsentState::Live);
    assert_eq!(found["PharmacistsInfo"], ConsentState::Live);
    assert!(!found.contains_key("OperationInfo"));

    let ended = by_number(
        "2024-10-06T09:00:00+09:00",
        true,
        vec![
            consent("limit", "0", None, None),
            consent("PharmacistsInfo", "2", None, None),
        ],
    );
    let found = at(NOW, &[card, ended], &[]);
    let last: BTreeMap<_, _> = found.into_iter().collect();
    assert_eq!(last["limit"], ConsentState::Declined);
    assert_eq!(last["PharmacistsInfo"], ConsentState::Expired);
}

#[test]
fn a_flag_nobody_knows_is_never_a_consent() {
    let read = card(
        "2024-10-03T18:00:00+09:00",
        vec![consent("PharmacistsInfo", "7", Some(GIVEN), Some(UNTIL))],
    );
    assert_eq!(only(&at(NOW, &[read], &[])), ConsentState::Unclear);
}

#[test]
fn a_consent_of_nobody_for_sure_belongs_to_no_person() {
    let twin = Person {
        key: "P2".into(),
        ..person()
    };
    let evidence = [drugs()];
    let roster = roster(vec![person(), twin], &evidence);
    let found = lines(&evidence, &[], &roster, NOW.parse().unwrap()).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].person_key, "");
    assert_eq!(found[0].candidates, ["P1", "P2"]);
}

#[test]
fn somebody_only_seen_in_an_answer_is_named_by_name_and_birth_date() {
    let evidence = [drugs()];
    let roster = roster(Vec::new(), &evidence);
    let found = lines(&evidence, &[], &roster, NOW.parse().unwrap()).unwrap();
    assert_eq!(found[0].person_key, "架空　花子/1950-01-01");
    assert_eq!(
        roster.named("架空　太郎").unwrap_err().code,
        "person/unknown"
    );
}
