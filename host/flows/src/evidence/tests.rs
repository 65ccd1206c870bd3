//! Evidence of invented answers.

use super::*;
use crate::invented::{STATION, by_number, card, consent, person, roster};
use serde_json::json;

fn served_in(month: &str) -> Fact {
    Fact {
        id: format!("fa-{month}"),
        station: STATION.into(),
        person_key: "P1".into(),
        kind: "served".into(),
        day: format!("{month}-01"),
        value: json!({}),
        by: "host".into(),
        at: "2024-10-01T00:00:00Z".parse().unwrap(),
        source: None,
        job: None,
    }
}

fn month(text: &str) -> Month {
    Month::parse(text).unwrap()
}

fn one(evidence: &[Evidence], facts: &[Fact], of: &str) -> PersonEvidence {
    let roster = roster(vec![person()], evidence);
    let mut found = people(evidence, facts, &roster, month(of)).unwrap();
    assert_eq!(found.len(), 1);
    found.remove(0)
}

#[test]
fn the_first_electronic_confirmation_and_the_first_card_are_told_apart() {
    let asked = by_number("2024-10-05T09:00:00+09:00", false, Vec::new());
    let read = card(
        "2024-11-08T18:00:00+09:00",
        vec![consent(
            "limit",
            "1",
            Some("2024-11-08T10:00:00+09:00"),
            None,
        )],
    );
    let found = one(&[asked, read], &[], "2024-11");
    let first = found.first.unwrap();
    assert_eq!(
        (first.method, first.as_of.to_string().as_str()),
        (Method::Number, "2024-10-05")
    );
    assert_eq!(first.message, "OQSsiquc01res");
    let first_card = found.first_card.unwrap();
    assert_eq!(first_card.as_of.to_string(), "2024-11-08");
    assert_eq!(found.last.unwrap().method, Method::Card);
    assert_eq!(found.in_month.len(), 1);
}

#[test]
fn paper_is_the_last_confirmation_but_never_the_first_electronic_one() {
    for (word, name) in [("certificate", "資格確認書"), ("notice", "連絡書")] {
        let paper = Evidence {
            method: word.into(),
            ..card("2024-10-03T18:00:00+09:00", Vec::new())
        };
        let found = one(&[paper], &[served_in("2024-10")], "2024-10");
        assert_eq!(found.first, None);
        assert_eq!(found.continuity, Continuity::NotConfirmed);
        assert_eq!(found.last.unwrap().method.name_ja(), name);
    }
}

#[test]
fn an_answer_that_is_not_valid_stands_in_the_month_and_confirms_nothing() {
    let denied = Evidence {
        validity: "invalid-new-exists".into(),
        ..by_number("2024-10-05T09:00:00+09:00", false, Vec::new())
    };
    let found = one(&[denied], &[], "2024-10");
    assert_eq!((found.first, found.last), (None, None));
    assert_eq!(found.in_month[0].validity, "無効（新しい資格あり）");
    assert!(!found.in_month[0].valid);
}

#[test]
fn a_month_without_a_visit_on_record_is_shown_as_a_gap_and_nothing_more() {
    let read = card("2024-09-10T18:00:00+09:00", Vec::new());
    let whole: Vec<Fact> = ["2024-10", "2024-11", "2024-12"].map(served_in).into();
    let found = one(std::slice::from_ref(&read), &whole, "2024-12");
    assert_eq!(found.continuity, Continuity::EveryMonth);
    // The month of the card reading itself was a visit.
    assert_eq!(found.served.len(), 4);

    let found = one(std::slice::from_ref(&read), &whole[1..], "2024-12");
    assert_eq!(found.continuity, Continuity::Gaps);
    assert_eq!(found.gaps, [month("2024-10")]);

    // What comes after the month is none of its business.
    let found = one(&[read], &whole, "2024-10");
    assert_eq!(found.served, [month("2024-09"), month("2024-10")]);
}

#[test]
fn a_note_stands_beside_the_confirmations_and_is_none() {
    let note = Fact {
        kind: "note".into(),
        day: "2024-10-07".into(),
        value: json!({ "fields": [["氏名", "架空　花子"], ["番号", "123456"]] }),
        by: "青空 花子".into(),
        ..served_in("2024-10")
    };
    let found = one(&[], &[note], "2024-10");
    assert_eq!(found.continuity, Continuity::NotConfirmed);
    assert!(found.in_month.is_empty() && found.last.is_none());
    assert_eq!(found.notes[0].fields[1].1, "＊＊＊＊56");
    let list = EvidenceList {
        month: month("2024-10"),
        made_at: "2024-11-01T09:00:00+09:00".into(),
        people: vec![found],
        left_out: None,
        basis: basis::of_list().unwrap(),
    };
    let html = list.html("架空ステーション", STATION);
    assert!(html.contains("電子資格確認ではありません"));
    assert!(!html.contains("123456"));
}

#[test]
fn the_page_names_day_method_message_and_the_rule_with_its_grade() {
    let read = card("2024-10-10T18:00:00+09:00", Vec::new());
    let list = EvidenceList {
        month: month("2024-10"),
        made_at: "2024-11-01T09:00:00+09:00".into(),
        people: vec![one(&[read], &[], "2024-10")],
        left_out: None,
        basis: basis::of_list().unwrap(),
    };
    let html = list.html("架空<ステーション>", STATION);
    for text in [
        "2024年10月10日",
        "カード",
        "OQSmuhvq02res",
        "第8条第3号",
        "公開情報",
        "未確認",
        "架空&lt;ステーション&gt;",
    ] {
        assert!(html.contains(text), "{text}\n{html}");
    }
    assert!(!html.contains("公式</td>"));
}
