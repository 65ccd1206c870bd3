//! The rules of matching, as statements of the trade.

use super::*;

fn somebody(name: &str, kana: &str, born: &str, number: &str) -> Identity {
    Identity {
        reference_number: None,
        name: name.into(),
        kana: Some(kana.into()),
        also: Vec::new(),
        birth_date: Date::parse(born).unwrap(),
        sex: Sex::Unset,
        numbers: card("01990011", number, ""),
    }
}

fn card(insurer: &str, number: &str, branch: &str) -> Vec<CardNumber> {
    vec![CardNumber {
        insurer: insurer.into(),
        symbol: "12".into(),
        number: number.into(),
        branch: branch.into(),
    }]
}

/// The index of the one person found, or why nobody was taken.
fn found(known: &[Identity], answer: &Identity) -> Result<usize, Vec<(usize, Option<Doubt>)>> {
    match Known::new(known).find(answer) {
        Match::One(one) => Ok(one.at),
        Match::Nobody => Err(Vec::new()),
        Match::Unsure(candidates) => {
            assert!(!candidates.is_empty());
            Err(candidates.iter().map(|c| (c.at, c.doubt)).collect())
        }
    }
}

#[test]
fn half_width_kana_finds_the_person_whose_insurer_changed() {
    let known = [
        somebody("架空　花子", "カクウ　ハナコ", "1950-01-01", "１２３４"),
        somebody("架空　太郎", "カクウ　タロウ", "1948-05-05", "９９"),
    ];
    let answer = somebody("架空　花子", "ｶｸｳ ﾊﾅｺ", "1950-01-01", "777");
    assert_eq!(found(&known, &answer), Ok(0));
}

#[test]
fn two_people_with_one_birth_date_and_one_reading_go_to_a_person() {
    let known = [
        somebody("斉藤　和子", "サイトウ　カズコ", "1944-02-03", "1"),
        somebody("斎藤　和子", "サイトウ　カズコ", "1944-02-03", "2"),
    ];
    let answer = somebody("齋藤　和子", "ｻｲﾄｳ ｶｽﾞｺ", "1944-02-03", "3");
    assert_eq!(found(&known, &answer), Err(vec![(1, None), (0, None)]));
}

#[test]
fn a_number_alone_is_not_enough() {
    let known = [somebody(
        "架空　一郎",
        "カクウ　イチロウ",
        "1950-01-01",
        "1234",
    )];
    let answer = somebody("別名　次郎", "ﾍﾞﾂﾒｲ ｼﾞﾛｳ", "1950-01-01", "1234");
    assert_eq!(
        found(&known, &answer),
        Err(vec![(0, Some(Doubt::NumberOnly))])
    );
}

#[test]
fn a_name_with_another_birth_date_goes_to_a_person() {
    let known = [somebody(
        "架空　一郎",
        "カクウ　イチロウ",
        "1950-01-01",
        "1234",
    )];
    for number in ["9", "1234"] {
        let other = somebody("架空　一郎", "ｶｸｳ ｲﾁﾛｳ", "1951-01-01", number);
        assert_eq!(
            found(&known, &other),
            Err(vec![(0, Some(Doubt::BirthDateDiffers))]),
            "{number}"
        );
    }
}

#[test]
fn another_member_of_the_household_is_nobody_on_file() {
    let known = [somebody(
        "架空　一郎",
        "カクウ　イチロウ",
        "1950-01-01",
        "1234",
    )];
    let wife = somebody("架空　良子", "ｶｸｳ ﾖｼｺ", "1952-07-09", "1234");
    assert_eq!(found(&known, &wife), Err(vec![]));
}

#[test]
fn the_stations_own_number_decides_only_with_the_birth_date() {
    let mut known = [somebody(
        "架空　一郎",
        "カクウ　イチロウ",
        "1950-01-01",
        "1",
    )];
    known[0].reference_number = Some("U0001".into());
    let mut answer = somebody("架空　壱郎", "ｶｸｳ ｲﾁﾛｳ", "1950-01-01", "2");
    answer.reference_number = Some("U0001".into());
    assert_eq!(found(&known, &answer), Ok(0));
    answer.birth_date = Date::parse("1960-01-01").unwrap();
    assert_eq!(
        found(&known, &answer),
        Err(vec![(0, Some(Doubt::ReferenceBirthDate))])
    );
}

#[test]
fn the_stations_own_number_finds_somebody_who_married() {
    let mut known = [somebody("架空　花子", "カクウ　ハナコ", "1980-01-01", "1")];
    known[0].reference_number = Some("U0001".into());
    let mut answer = somebody("新姓　花子", "ｼﾝｾｲ ﾊﾅｺ", "1980-01-01", "2");
    answer.reference_number = Some("U0001".into());
    assert_eq!(found(&known, &answer), Ok(0));
}

#[test]
fn our_number_on_a_twin_goes_to_a_person() {
    let mut known = [
        somebody("架空　太郎", "カクウ　タロウ", "1950-01-01", "1"),
        somebody("架空　次郎", "カクウ　ジロウ", "1950-01-01", "1"),
    ];
    known[0].reference_number = Some("U0001".into());
    let mut answer = somebody("架空　次郎", "ｶｸｳ ｼﾞﾛｳ", "1950-01-01", "1");
    answer.reference_number = Some("U0001".into());
    assert!(
        found(&known, &answer)
            .unwrap_err()
            .contains(&(0, Some(Doubt::ReferenceName)))
    );
}

#[test]
fn our_number_on_a_twin_whose_name_lacks_a_glyph_goes_to_a_person() {
    let mut known = [somebody("架空　良子", "カクウ　ヨシコ", "1950-01-01", "1")];
    known[0].reference_number = Some("U0001".into());
    let mut answer = somebody("架空　●子", "ｶｸｳ ｶｽﾞｺ", "1950-01-01", "2");
    answer.reference_number = Some("U0001".into());
    assert_eq!(
        found(&known, &answer),
        Err(vec![(0, Some(Doubt::ReferenceName))])
    );
    known[0].kana = None;
    assert_eq!(
        found(&known, &answer),
        Err(vec![(0, Some(Doubt::MissingGlyph))])
    );
}

#[test]
fn characters_easily_confused_and_read_otherwise_need_a_number_of_ones_own() {
    let known = |branch| {
        [Identity {
            numbers: card("01990011", "1", branch),
            ..somebody("架空　克巳", "カクウ　カツミ", "1950-01-01", "1")
        }]
    };
    let answer = |branch| Identity {
        numbers: card("01990011", "1", branch),
        ..somebody("架空　克己", "ｶｸｳ ｶﾂｷ", "1950-01-01", "1")
    };
    assert_eq!(found(&known("01"), &answer("01")), Ok(0));
    assert_eq!(
        found(&known(""), &answer("02")),
        Err(vec![(0, Some(Doubt::KanaDiffers))])
    );
}

#[test]
fn a_number_that_two_people_share_decides_nothing() {
    let mut known = [
        somebody("架空　太郎", "カクウ　タロウ", "1950-01-01", "1"),
        somebody("架空　太郎", "カクウ　タロウ", "1950-01-01", "2"),
    ];
    for one in &mut known {
        one.reference_number = Some("U0001".into());
    }
    let mut answer = known[0].clone();
    answer.name = "架空　太朗".into();
    assert_eq!(found(&known, &answer).unwrap_err().len(), 2);
}

#[test]
fn twins_are_told_apart_by_their_given_names() {
    let known = [
        somebody("架空　和子", "カクウ　カズコ", "1950-01-01", "1"),
        somebody("架空　良子", "カクウ　ヨシコ", "1950-01-01", "1"),
    ];
    let answer = somebody("架空　良子", "ｶｸｳ ﾖｼｺ", "1950-01-01", "9");
    assert_eq!(found(&known, &answer), Ok(1));
    let third = somebody("架空　春子", "ｶｸｳ ﾊﾙｺ", "1950-01-01", "9");
    assert_eq!(found(&known, &third), Err(vec![]));
}

#[test]
fn a_twin_is_never_taken_for_the_one_on_file() {
    let known = [somebody("架空　和子", "カクウ　カズコ", "1950-01-01", "1")];
    let twin = somebody("架空　良子", "ｶｸｳ ﾖｼｺ", "1950-01-01", "1");
    assert_eq!(
        found(&known, &twin),
        Err(vec![(0, Some(Doubt::NumberOnly))])
    );
    let known = [Identity {
        numbers: card("01990011", "1", "01"),
        ..known[0].clone()
    }];
    let twin = Identity {
        numbers: card("01990011", "1", "02"),
        ..twin
    };
    assert_eq!(found(&known, &twin), Err(vec![]));
}

#[test]
fn the_same_kana_under_other_characters_needs_a_number_of_ones_own() {
    let known = |branch| {
        [Identity {
            numbers: card("01990011", "1", branch),
            ..somebody("架空　亮", "カクウ　リョウ", "1990-01-01", "1")
        }]
    };
    let answer = |number, branch| Identity {
        numbers: card("01990011", number, branch),
        ..somebody("架空　璃陽", "ｶｸｳ ﾘﾖｳ", "1990-01-01", "1")
    };
    assert_eq!(found(&known("01"), &answer("1", "01")), Ok(0));
    for (number, branch) in [("2", "01"), ("1", "02"), ("1", "")] {
        assert_eq!(
            found(&known("01"), &answer(number, branch)),
            Err(vec![(0, Some(Doubt::KanjiDiffers))]),
            "{number} {branch}"
        );
    }
}

#[test]
fn another_reading_of_the_same_characters_needs_the_number() {
    let known = [somebody("架空　裕子", "カクウ　ユウコ", "1960-01-01", "1")];
    let same_card = somebody("架空　裕子", "ｶｸｳ ﾋﾛｺ", "1960-01-01", "1");
    assert_eq!(found(&known, &same_card), Ok(0));
    let other_card = somebody("架空　裕子", "ｶｸｳ ﾋﾛｺ", "1960-01-01", "2");
    assert_eq!(
        found(&known, &other_card),
        Err(vec![(0, Some(Doubt::KanaDiffers))])
    );
}

#[test]
fn voicing_that_people_confuse_does_not_speak_against_a_name() {
    let known = [somebody("中島　武", "ナカジマ　タケシ", "1940-01-01", "1")];
    let answer = somebody("中嶋　武", "ﾅｶｼﾏ ﾀｹｼ", "1940-01-01", "2");
    assert_eq!(found(&known, &answer), Ok(0));
}

#[test]
fn the_forms_of_a_character_are_found_and_other_characters_need_support() {
    let mut known = [somebody("渡邉　櫻", "", "1940-01-01", "1")];
    known[0].kana = None;
    let answer = somebody("渡辺　桜", "ﾜﾀﾅﾍﾞ ｻｸﾗ", "1940-01-01", "2");
    assert_eq!(found(&known, &answer), Ok(0));

    known[0].name = "斎藤　桜".into();
    let answer = somebody("斉藤　桜", "ｻｲﾄｳ ｻｸﾗ", "1940-01-01", "2");
    assert_eq!(
        found(&known, &answer),
        Err(vec![(0, Some(Doubt::OnlySimilar))])
    );
    known[0].kana = Some("サイトウ　サクラ".into());
    assert_eq!(found(&known, &answer), Ok(0));
}

#[test]
fn somebody_who_married_goes_to_a_person() {
    let known = [somebody(
        "旧姓　花子",
        "キュウセイ　ハナコ",
        "1980-01-01",
        "1",
    )];
    for number in ["1", "2"] {
        let answer = somebody("新姓　花子", "ｼﾝｾｲ ﾊﾅｺ", "1980-01-01", number);
        assert_eq!(
            found(&known, &answer),
            Err(vec![(0, Some(Doubt::FamilyNameDiffers))]),
            "{number}"
        );
    }
}

#[test]
fn a_sex_that_contradicts_goes_to_a_person_and_an_unset_one_says_nothing() {
    let mut known = [somebody("架空　薫", "カクウ　カオル", "1950-01-01", "1")];
    known[0].sex = Sex::Female;
    let mut answer = somebody("架空　薫", "ｶｸｳ ｶｵﾙ", "1950-01-01", "1");
    answer.sex = Sex::Male;
    assert_eq!(
        found(&known, &answer),
        Err(vec![(0, Some(Doubt::SexDiffers))])
    );
    answer.sex = Sex::Unset;
    assert_eq!(found(&known, &answer), Ok(0));
}

#[test]
fn a_missing_glyph_never_makes_a_match() {
    let known = [somebody(
        "髙橋　花子",
        "タカハシ　ハナコ",
        "1950-01-01",
        "1",
    )];
    for name in ["●橋　花子", "〓橋　花子"] {
        let answer = somebody(name, "ﾀｶﾊｼ ﾊﾅｺ", "1950-01-01", "1");
        assert_eq!(
            found(&known, &answer),
            Err(vec![(0, Some(Doubt::MissingGlyph))]),
            "{name}"
        );
    }
    let all_missing = somebody("●●　●●", "", "1950-01-01", "7");
    assert_eq!(found(&known, &all_missing), Err(vec![]));
}

#[test]
fn an_accepted_spelling_settles_what_was_in_doubt() {
    let mut known = [somebody(
        "旧姓　花子",
        "キュウセイ　ハナコ",
        "1980-01-01",
        "1",
    )];
    known[0].also = vec![Spelling {
        name: Some("新姓　花子".into()),
        kana: None,
    }];
    let answer = somebody("新姓　花子", "ｼﾝｾｲ ﾊﾅｺ", "1980-01-01", "2");
    assert_eq!(found(&known, &answer), Ok(0));

    known[0].also[0].name = Some("新姓　●子".into());
    let shown_badly = somebody("新姓　●子", "ｼﾝｾｲ ﾊﾅｺ", "1980-01-01", "2");
    assert_eq!(found(&known, &shown_badly), Ok(0));
    let on_another_day = somebody("新姓　●子", "ｼﾝｾｲ ﾊﾅｺ", "1981-01-01", "2");
    assert!(found(&known, &on_another_day).is_err());
}

#[test]
fn the_common_name_of_a_foreigner_is_looked_at_too() {
    let known = [somebody("見本　太郎", "ミホン　タロウ", "1970-01-01", "1")];
    let mut answer = somebody("SAMPLE TARO", "ｻﾝﾌﾟﾙ ﾀﾛｳ", "1970-01-01", "1");
    assert!(found(&known, &answer).is_err());
    answer.also = vec![Spelling {
        name: Some("見本　太郎".into()),
        kana: None,
    }];
    assert_eq!(found(&known, &answer), Ok(0));
}

#[test]
fn a_name_in_another_script_leaves_it_to_the_kana() {
    let known = [somebody(
        "ジョン　スミス",
        "ジョン　スミス",
        "1970-01-01",
        "1",
    )];
    let answer = somebody("SMITH JOHN", "ｼﾞﾖﾝ･ｽﾐｽ", "1970-01-01", "2");
    assert_eq!(found(&known, &answer), Ok(0));
}

#[test]
fn a_blank_matches_nothing() {
    let blank = |born| Identity {
        kana: Some("　".into()),
        numbers: card("", "000", ""),
        ..somebody("　", "", born, "")
    };
    assert_eq!(
        found(&[blank("1950-01-01")], &blank("1950-01-01")),
        Err(vec![])
    );
    let mut unborn = somebody("架空　一郎", "カクウ　イチロウ", "1950-01-01", "1");
    unborn.birth_date = Date::MIN;
    assert_eq!(
        found(&[unborn.clone()], &unborn),
        Err(vec![(0, Some(Doubt::BirthDateDiffers))]),
        "two days that cannot be read are not the same day"
    );
}

#[test]
fn a_number_that_says_otherwise_than_the_name_goes_to_a_person() {
    let known = [
        Identity {
            numbers: card("01990011", "1", "01"),
            ..somebody("架空　和子", "カクウ　カズコ", "1950-01-01", "1")
        },
        Identity {
            numbers: card("01990011", "2", "01"),
            ..somebody("架空　和子", "カクウ　カズコ", "1950-10-01", "2")
        },
    ];
    let answer = Identity {
        numbers: card("01990011", "2", "01"),
        ..somebody("架空　和子", "ｶｸｳ ｶｽﾞｺ", "1950-01-01", "2")
    };
    assert_eq!(
        found(&known, &answer),
        Err(vec![(0, None), (1, Some(Doubt::BirthDateDiffers))])
    );
}

#[test]
fn zeros_hyphens_and_a_joined_symbol_are_the_same_number() {
    let number = |symbol: &str, number: &str| Identity {
        numbers: vec![CardNumber {
            insurer: "  990010".into(),
            symbol: symbol.into(),
            number: number.into(),
            branch: "01".into(),
        }],
        ..somebody("架空　裕子", "カクウ　ユウコ", "1960-01-01", "1")
    };
    for (symbol, digits) in [
        ("１２", "０３４"),
        ("12", "34"),
        ("", "12-34"),
        ("012", "00034"),
    ] {
        let known = [number("12", "34")];
        let answer = Identity {
            kana: Some("ｶｸｳ ﾋﾛｺ".into()),
            ..number(symbol, digits)
        };
        assert_eq!(found(&known, &answer), Ok(0), "{symbol} {digits}");
    }
}

#[test]
fn what_agrees_and_what_does_not_is_said_in_words() {
    let known = [somebody(
        "渡邉　花子",
        "ワタナベ　ハナコ",
        "1950-01-01",
        "1",
    )];
    let answer = somebody("渡辺　花子", "ﾜﾀﾅﾍﾞ ﾊﾅｺ", "1950-01-01", "2");
    let Match::One(one) = Known::new(&known).find(&answer) else {
        panic!("not found");
    };
    assert_eq!(
        one.agreement.say_ja(),
        "生年月日が同じ、フリガナが同じ、氏名は字体違い、番号が違う"
    );
    assert!(one.agreement.say_en().contains("other forms"));
}

/// A thousand answers find their people without comparing each with everybody.
#[test]
fn a_thousand_people_and_a_thousand_answers_are_matched_at_once() {
    let kana = ["ア", "カ", "サ", "タ", "ナ", "ハ", "マ", "ヤ", "ラ", "ワ"];
    let spell = |n: usize| -> String {
        n.to_string()
            .chars()
            .filter_map(|c| kana.get(c.to_digit(10)? as usize))
            .copied()
            .collect()
    };
    let people: Vec<Identity> = (0..1000)
        .map(|n| {
            let born = format!("19{:02}-{:02}-{:02}", 20 + n % 60, 1 + n % 12, 1 + n % 28);
            somebody(&format!("架空　{n}"), &spell(n), &born, &n.to_string())
        })
        .collect();
    let known = Known::new(&people);
    for (at, one) in people.iter().enumerate() {
        assert!(
            matches!(known.find(one), Match::One(c) if c.at == at),
            "{at}"
        );
    }
}
