//! Whether a 資格確認書 is of the person whose key was named: by the rules by which an answer is matched.

use crate::matching::{Agreement, Doubt, Known, Sign, Spelling, Verdict, judge};
use crate::people::{Likely, Person, identity_told};
use reseplug_effect::Fault;
use reseplug_engine::contract::{self, Verification};

/// Refuses the 資格確認書 of somebody else. Where only the way the name is written is in doubt, a named
/// person may accept the spelling; a birth date or sex that differs is an error on one side, and is
/// corrected there.
pub(super) fn check(person: &Person, told: &Verification) -> Result<(), Fault> {
    let Some(seen) = told.found.first().map(|found| &found.person) else {
        return Ok(());
    };
    let known = Known::new([&person.identity]);
    let Some(agreement) = known.agreement(0, &identity_told(seen, told)) else {
        return Ok(());
    };
    match judge(&agreement) {
        Verdict::Same => Ok(()),
        Verdict::Perhaps(doubt) => Err(refused(person, seen, agreement, Some(doubt))),
        Verdict::Other => Err(refused(person, seen, agreement, None)),
    }
}

/// What does not agree, and what to do: another key, another spelling, or the register put right.
fn refused(
    person: &Person,
    seen: &contract::Person,
    agreement: Agreement,
    doubt: Option<Doubt>,
) -> Fault {
    // An accepted name is believed under the same birth date alone.
    let by_spelling = doubt.map_or(
        agreement.birth_date == Sign::Same,
        Doubt::settled_by_spelling,
    );
    let likely = Likely {
        key: person.key.clone(),
        name: person.identity.name.clone(),
        agreement,
        doubt,
        spelling: by_spelling.then(|| Spelling {
            name: Some(seen.name.clone()),
            kana: seen.kana.clone().filter(|_| agreement.kana.contradicts()),
        }),
    };
    let (code, why_ja, why_en) = match doubt {
        Some(doubt) => (
            "certificate/not-certain",
            doubt.message_ja(),
            doubt.message_en(),
        ),
        None => (
            "certificate/other-person",
            "別の方の資格確認書です。",
            "it is another person's",
        ),
    };
    let (then_ja, then_en) = match likely.accept_command() {
        Some(command) => (
            format!(
                "改姓や字体の違いで同じ方だと確かめたときは、`{command}` で表記を認めてから、もう一度記録してください。"
            ),
            format!(
                "whoever made sure that it is the same person accepts the spelling with `{command}` and records it again"
            ),
        ),
        None => (
            "台帳が誤っているときは、製品で直してからもう一度記録してください。".to_owned(),
            "where the register is wrong, correct it in the product and record it again".to_owned(),
        ),
    };
    let (key, name, born) = (
        &person.key,
        &person.identity.name,
        person.identity.birth_date,
    );
    Fault::new(
        code,
        format!(
            "資格確認書が、利用者「{key}」（{name}、{born} 生まれ）のものと言い切れません（{}）。{why_ja}何も記録していません。--key・--name・--birth-date を確かめてください。{then_ja}",
            agreement.say_ja()
        ),
        format!(
            "the certificate is not surely that of {key} ({name}, born {born}; {}): {why_en}; nothing was recorded; check --key, --name and --birth-date; {then_en}",
            agreement.say_en()
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invented::{answer, person};
    use reseplug_engine::contract::Sex;

    fn seen(name: &str, born: &str, sex: Sex) -> Verification {
        let mut told = answer("2024-10-03T10:00:00+09:00", Vec::new());
        for found in &mut told.found {
            found.person.name = name.into();
            found.person.kana = None;
            found.person.birth_date = born.into();
            found.person.sex = sex.clone();
        }
        told
    }

    const BORN: &str = "1950-01-01";

    #[test]
    fn the_paper_of_another_name_birth_date_or_sex_is_refused_with_what_would_settle_it() {
        assert_eq!(
            check(&person(), &seen("架空 花子", BORN, Sex::Female)),
            Ok(())
        );
        for (name, born, sex, code, way) in [
            (
                "別人　太郎",
                "1951-02-02",
                Sex::Male,
                "certificate/other-person",
                "台帳が誤っているとき",
            ),
            (
                "別人　太郎",
                BORN,
                Sex::Female,
                "certificate/other-person",
                "match alias accept P1",
            ),
            (
                "改姓　花子",
                BORN,
                Sex::Female,
                "certificate/not-certain",
                "match alias accept P1",
            ),
            (
                "架空　花子",
                "1950-01-10",
                Sex::Female,
                "certificate/not-certain",
                "台帳が誤っているとき",
            ),
            (
                "架空　花子",
                BORN,
                Sex::Male,
                "certificate/not-certain",
                "台帳が誤っているとき",
            ),
        ] {
            let fault = check(&person(), &seen(name, born, sex)).unwrap_err();
            assert_eq!(fault.code, code, "{name} {born}");
            assert!(fault.message_ja.contains(way), "{}", fault.message_ja);
        }
    }

    #[test]
    fn a_spelling_that_a_named_person_accepted_is_the_same_person() {
        let mut person = person();
        let paper = seen("別人　花", BORN, Sex::Female);
        assert!(check(&person, &paper).is_err());
        person.identity.also.push(Spelling {
            name: Some("別人　花".into()),
            kana: None,
        });
        assert_eq!(check(&person, &paper), Ok(()));
    }
}
