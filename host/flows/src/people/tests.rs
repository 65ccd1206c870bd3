//! Whose an answer is, and which answers no machine may act on.

use super::*;
use crate::decide::Reason;
use crate::intake::unmatched_plan;
use crate::invented::{STATION, answer, person};
use crate::matching::Doubt;
use crate::proposal::Done;
use reseplug_journal::Evidence;
use reseplug_policy::LossDay;

const ANSWERED: &str = "2024-10-05T09:00:00+09:00";

fn query(branch: Option<&str>) -> contract::Query {
    contract::Query {
        id: "q".into(),
        as_of: "2024-10-05".into(),
        insurer_number: "01990019".into(),
        symbol: Some("12".into()),
        number: "34".into(),
        branch: branch.map(str::to_owned),
        birth_date: "1950-01-01".into(),
        income_consent: false,
        extra: Vec::new(),
    }
}

/// An answer with a name and a branch number of its own.
fn told(name: &str, kana: Option<&str>, branch: Option<&str>) -> contract::Verification {
    let mut told = answer(ANSWERED, Vec::new());
    let found = &mut told.found[0];
    found.person.name = name.into();
    found.person.kana = kana.map(str::to_owned);
    found.coverage.branch = branch.map(str::to_owned);
    told
}

/// Somebody of the household with this 記号・番号.
fn member(key: &str, name: &str, kana: Option<&str>, branch: &str) -> Person {
    let mut one = person();
    one.key = key.into();
    one.identity.name = name.into();
    one.identity.kana = kana.map(str::to_owned);
    one.identity.numbers = vec![CardNumber {
        insurer: "01990019".into(),
        symbol: "12".into(),
        number: "34".into(),
        branch: branch.into(),
    }];
    one
}

fn hanako(branch: &str) -> Person {
    member("P1", "架空　花子", Some("カクウ　ハナコ"), branch)
}

fn picture(people: &[Person], rows: &[Evidence]) -> Picture {
    Picture::of_evidence(rows, people, LossDay::default()).unwrap()
}

/// What became of the answer to a question by the numbers of `P1`: the reason why a person has to
/// look, or nothing where it is used.
fn asked(people: &[Person], told: &contract::Verification) -> Option<Reason> {
    let row = evidence(STATION, "P1", Some(&query(None)), told, "job").unwrap();
    let picture = picture(people, &[row]);
    let cautioned = picture.cautioned.get("P1").map(|list| list[0].reason);
    assert_eq!(picture.of("P1").is_empty(), cautioned.is_some());
    cautioned
}

#[test]
fn an_answer_by_number_with_a_twins_name_goes_to_a_person() {
    let twin = told("架空　月子", Some("ｶｸｳ ﾂｷｺ"), None);
    assert_eq!(asked(&[hanako("")], &twin), Some(Reason::SharedNumber));
    let both = [
        hanako(""),
        member("P2", "架空　月子", Some("カクウ　ツキコ"), ""),
    ];
    assert_eq!(asked(&both, &twin), Some(Reason::SharedNumber));
    let own = told("架空　花子", Some("ｶｸｳ ﾊﾅｺ"), None);
    assert_eq!(asked(&both, &own), None, "the given name tells");
}

#[test]
fn where_no_name_tells_a_shared_number_goes_to_a_person_unless_the_branch_does() {
    let both = |first: &str, second: &str| {
        [
            member("P1", "架空　花子", None, first),
            member("P2", "架空　月子", None, second),
        ]
    };
    let unread = told("KAKU HANAKO", None, None);
    assert_eq!(asked(&both("", ""), &unread), Some(Reason::SharedNumber));
    assert_eq!(
        asked(&both("01", "02"), &unread),
        Some(Reason::SharedNumber),
        "the answer has no branch"
    );
    let branch = told("KAKU HANAKO", None, Some("01"));
    assert_eq!(asked(&both("01", "02"), &branch), None);
    assert_eq!(
        asked(&both("01", "")[..1], &unread),
        None,
        "nobody shares it"
    );
}

#[test]
fn a_married_name_or_an_accepted_spelling_is_no_twin() {
    let married = told("新姓　花子", Some("ｼﾝｾｲ ﾊﾅｺ"), None);
    assert_eq!(asked(&[hanako("")], &married), None);
    let mut known = hanako("");
    known.identity.also = vec![Spelling {
        name: Some("架空　華".into()),
        kana: None,
    }];
    let renamed = told("架空　華", Some("ｶｸｳ ﾊﾅ"), None);
    assert_eq!(asked(&[hanako("")], &renamed), Some(Reason::SharedNumber));
    assert_eq!(asked(&[known], &renamed), None);
}

#[test]
fn nothing_of_an_answer_that_may_be_anothers_is_used() {
    let mut twin = told("架空　月子", Some("ｶｸｳ ﾂｷｺ"), None);
    twin.found[0].tickets = vec![contract::MedicalTicket {
        treatment_month: Some("2024-10".into()),
        ticket_type: Some("01".into()),
        treatment_type: Some("05".into()),
        institution_code: None,
        institution_flag: Some("0".into()),
        consistency_flag: None,
        period: contract::Period {
            from: None,
            to: None,
        },
        extra: Vec::new(),
    }];
    let row = |told: &contract::Verification| {
        evidence(STATION, "P1", Some(&query(None)), told, "job").unwrap()
    };
    let taken = picture(&[hanako("")], &[row(&twin)]);
    assert!(taken.tickets.is_empty());
    // Nor a loss: that the twin is not covered says nothing of her.
    let mut lost = twin.clone();
    lost.validity = Some(contract::Validity::Invalid);
    lost.found[0].disqualified_on = Some("2024-10-01".into());
    let taken = picture(&[hanako("")], &[row(&lost)]);
    assert!(taken.of("P1").is_empty());
    assert_eq!(taken.cautioned["P1"][0].reason, Reason::SharedNumber);
    twin.found[0].person = told("架空　花子", Some("ｶｸｳ ﾊﾅｺ"), None).found[0]
        .person
        .clone();
    assert_eq!(picture(&[hanako("")], &[row(&twin)]).tickets["P1"].len(), 1);
}

type Change = fn(&mut contract::Verification);

/// The four kinds of answer that are valid and that a person has to look at all the same, with
/// what each is told by.
const FOR_A_PERSON: [(&str, Change, Reason, &str, &str); 4] = [
    (
        "特別療養費 (被保険者証区分 05)",
        |told| told.found[0].coverage.card_class = Some("05".into()),
        Reason::SpecialCard,
        "区分05",
        "card class 05",
    ),
    (
        "性別 3",
        |told| told.found[0].person.sex = contract::Sex::Unset,
        Reason::SexUnset,
        "性別が未設定",
        "sex is unset",
    ),
    (
        "● in the name",
        |told| told.found[0].person.name = "架空　●子".into(),
        Reason::MissingGlyph,
        "表示できない文字（●）",
        "glyph the centre could not show",
    ),
    (
        "two results",
        |told| told.found.push(told.found[0].clone()),
        Reason::SeveralResults,
        "複数の医療保険",
        "several health insurances",
    ),
];

#[test]
fn card_class_05_sex_3_a_missing_glyph_and_two_results_go_to_a_person_who_is_told_why() {
    for (name, change, reason, ja, en) in FOR_A_PERSON {
        let mut told = answer(ANSWERED, Vec::new());
        change(&mut told);
        assert_eq!(asked(&[hanako("")], &told), Some(reason), "{name}");
        assert!(reason.message_ja().contains(ja), "{name}");
        assert!(reason.message_en().contains(en), "{name}");

        // The same from a card.
        let row = evidence(STATION, "", None, &told, "job").unwrap();
        let read = picture(&[hanako("")], &[row]);
        assert!(read.of("P1").is_empty(), "{name}");
        assert_eq!(read.cautioned["P1"][0].reason, reason, "{name}");
    }
}

#[test]
fn nobody_is_added_by_such_an_answer() {
    for (name, change, reason, ..) in FOR_A_PERSON {
        let mut told = answer(ANSWERED, Vec::new());
        change(&mut told);
        let row = evidence(STATION, "", None, &told, "job").unwrap();
        let read = picture(&[], &[row]);
        let planned = unmatched_plan(&read, &read.unmatched[0], true);
        assert_eq!(planned.proposal.reason, Some(reason), "{name}");
        assert_eq!(planned.proposal.done, Done::Left, "{name}");
        assert_eq!(planned.operations, crate::change::Operations::None);
    }
}

#[test]
fn somebody_with_the_name_of_another_is_added_by_a_persons_word_and_by_nothing_else() {
    use crate::accept::{Answers, accepted};
    let mut told = told("架空　花子", Some("ｶｸｳ ﾊﾅｺ"), None);
    told.found[0].person.birth_date = "1951-01-01".into();
    let row = evidence(STATION, "", None, &told, "job").unwrap();
    let read = picture(&[person()], &[row]);
    let mut planned = unmatched_plan(&read, &read.unmatched[0], true);
    let one = &mut planned.proposal;
    assert_eq!(one.reason, Some(Reason::NotCertain));
    assert_eq!(one.candidates[0].doubt, Some(Doubt::BirthDateDiffers));
    assert!(one.as_new && one.is_open());
    let policy = reseplug_policy::Accept {
        by: "管理者".into(),
        add_person: true,
        new_period: true,
        fill: true,
        differs: true,
        burden: true,
        income: true,
        welfare: true,
    };
    let decide = |one: &crate::proposal::Proposal, answers: Option<&Answers>| {
        accepted(
            one.group,
            one.outcome,
            &one.id,
            true,
            Some(&policy),
            answers,
        )
    };
    one.accepted = decide(one, None);
    one.settle();
    assert_eq!((&one.accepted, &one.done), (&None, &Done::Left));
    assert_eq!(one.reason, Some(Reason::NotCertain), "still said why");

    let yes = Answers {
        by: "所長".into(),
        proposals: [(one.id.clone(), true)].into(),
        ..Answers::default()
    };
    one.accepted = decide(one, Some(&yes));
    one.settle();
    assert_eq!(one.accepted.as_ref().unwrap().by, "所長");
    assert_eq!(one.reason, None);
    assert!(matches!(
        planned.operations,
        crate::change::Operations::Register { .. }
    ));
}

#[test]
fn nobody_is_offered_as_new_who_is_somebody_for_certain_or_bears_our_number() {
    let twice = [person(), member("P2", "架空　花子", None, "")];
    let row = evidence(STATION, "", None, &answer(ANSWERED, Vec::new()), "job").unwrap();
    let read = picture(&twice, &[row]);
    let planned = unmatched_plan(&read, &read.unmatched[0], true);
    assert_eq!(planned.proposal.reason, Some(Reason::SeveralPeople));
    assert!(!planned.proposal.as_new);

    let mut known = person();
    known.identity.reference_number = Some("U0001".into());
    let mut told = told("架空　月子", Some("ｶｸｳ ﾂｷｺ"), None);
    told.found[0].person.reference_number = Some("U0001".into());
    let row = evidence(STATION, "", None, &told, "job").unwrap();
    let read = picture(&[known], &[row]);
    let planned = unmatched_plan(&read, &read.unmatched[0], true);
    assert_eq!(
        planned.proposal.candidates[0].doubt,
        Some(Doubt::ReferenceName)
    );
    assert!(!planned.proposal.as_new);
}

/// Evidence of every sort about two people, somebody unknown and nobody.
fn rows() -> Vec<Evidence> {
    let card = |answered_at: &str, name: &str| {
        let consent = contract::Consent {
            kind: "limit".into(),
            flag: "1".into(),
            given_at: Some(answered_at.into()),
            available_until: Some("2025-10-05T09:00:00+09:00".into()),
        };
        let mut told = answer(answered_at, vec![consent]);
        told.found[0].person.name = name.into();
        told
    };
    let by_number = |at: &str, message: &str| {
        let mut told = told("架空　花子", Some("ｶｸｳ ﾊﾅｺ"), None);
        told.answered_at = at.into();
        told.message = message.into();
        told
    };
    let mut nameless = card("2024-10-06T09:00:00+09:00", "");
    nameless.found.clear();
    let of = |key: &str, asked: Option<&contract::Query>, told: &contract::Verification| {
        evidence(STATION, key, asked, told, "job").unwrap()
    };
    let question = query(None);
    vec![
        of("", None, &card("2024-10-05T09:00:00+09:00", "架空　花子")),
        of("", None, &card("2024-10-07T09:00:00+09:00", "架空　花子")),
        of("", None, &card("2024-10-05T09:00:00+09:00", "架空　月子")),
        of("", None, &card("2024-10-05T10:00:00+09:00", "異国　太郎")),
        of("", None, &nameless),
        of(
            "P1",
            Some(&question),
            &by_number("2024-10-08T09:00:00+09:00", "OQSmuquc02res"),
        ),
        of(
            "P1",
            Some(&question),
            &by_number("2024-10-08T09:00:00+09:00", "OQSsiquc01res"),
        ),
        of(
            "P2",
            Some(&question),
            &by_number("2024-10-09T09:00:00+09:00", "OQSsiquc01res"),
        ),
    ]
}

/// The same as the store has them.
fn recorded() -> Vec<Evidence> {
    (1..)
        .zip(rows())
        .map(|(at, row)| Evidence {
            recorded: Some(at),
            ..row
        })
        .collect()
}

#[test]
fn of_two_answers_within_one_second_the_one_recorded_last_is_the_later_one() {
    use crate::answers::{Method, Validity};
    use contract::Validity as Said;
    let asked = query(None);
    let of = |recorded, validity: Said| {
        let told = contract::Verification {
            message: "OQSmuquc02res".into(),
            validity: Some(validity),
            ..answer(ANSWERED, Vec::new())
        };
        let row = evidence_by(&Method::Number, STATION, "P1", Some(&asked), &told, "job").unwrap();
        Evidence { recorded, ..row }
    };
    let last = |rows: &[Evidence]| {
        let picture = picture(&[hanako("")], rows);
        let latest = picture
            .of("P1")
            .iter()
            .max_by(|a, b| a.came().cmp(&b.came()));
        latest.unwrap().validity.clone()
    };
    for (first, second, later) in [
        (Said::Valid, Said::Invalid, Validity::Invalid),
        (Said::Invalid, Said::Valid, Validity::Valid),
    ] {
        let (one, two) = (of(Some(7), first.clone()), of(Some(8), second.clone()));
        assert_eq!(last(&[one.clone(), two.clone()]), later);
        assert_eq!(
            last(&[two, one.clone()]),
            later,
            "in whatever order they are read"
        );
        // What is not in the store yet comes after what is.
        assert_eq!(last(&[one, of(None, second)]), later);
    }
}

proptest::proptest! {
    /// What is known of people does not depend on when it was read, nor on whether all of it was
    /// read at once.
    #[test]
    fn evidence_in_any_order_and_in_parts_says_the_same(
        rows in proptest::strategy::Strategy::prop_shuffle(proptest::strategy::Just(recorded())),
        at in 0..9_usize,
        again in 0..9_usize,
    ) {
        let people = [hanako(""), member("P2", "架空　月子", Some("カクウ　ツキコ"), "")];
        let all = picture(&people, &recorded());
        proptest::prop_assert!(!all.of("P1").is_empty() && !all.cautioned.is_empty());
        proptest::prop_assert!(!all.unmatched.is_empty() && !all.nameless.is_empty());
        proptest::prop_assert!(!all.limit_consents.is_empty() && !all.asked.is_empty());
        let (first, then) = rows.split_at(at.min(rows.len()));
        let mut index = picture::Index::of(&people);
        let mut sorter = picture::Sorter::new(
            picture(&people, first),
            &people,
            &mut index,
            LossDay::default(),
        );
        for row in then.iter().chain(rows.iter().take(again)) {
            sorter.add(row).unwrap();
        }
        proptest::prop_assert_eq!(sorter.done(), all);
    }
}
