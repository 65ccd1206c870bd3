//! 氏名

use super::variants::{of_mixed, of_one_character};
use super::{is_hyphen, is_separator};
use unicode_normalization::UnicodeNormalization as _;

/// Search key of a name in characters (氏名): width and case folded, compatibility ideographs and
/// variation selectors gone, blanks and dots removed, 々 written out. The forms of a character (髙/高,
/// 﨑/崎) stay different.
///
/// ```
/// use reseplug_model::fold;
/// assert_eq!(fold::name("佐々木　福子"), fold::name("佐佐木 福子"));
/// assert_ne!(fold::name("髙橋"), fold::name("高橋"));
/// ```
#[must_use]
pub fn name(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    for c in plain(&plain(text)).chars() {
        let before = key.chars().next_back();
        match (c, before) {
            ('々' | '〻', Some(before)) => key.push(before),
            (c, Some(before)) if is_hyphen(c) && is_kana(before) => key.push('ー'),
            _ => key.push(c),
        }
    }
    key
}

/// Search key of a name whose characters may stand in other forms: 旧字体, 異体字, 俗字
/// ([`VARIANTS`](super::VARIANTS)), kana in either script and size.
///
/// ```
/// use reseplug_model::fold;
/// assert_eq!(fold::name_variants("髙﨑　櫻子"), fold::name_variants("高崎　桜子"));
/// assert_ne!(fold::name_variants("斉藤"), fold::name_variants("斎藤"));
/// ```
#[must_use]
pub fn name_variants(text: &str) -> String {
    name(text)
        .chars()
        .map(|c| kana_in_name(of_one_character(c)))
        .collect()
}

/// Search key of a name whose characters may have been taken for others (斉/斎, 荻/萩, ニ/二). Too
/// coarse to say that two names are one: it asks for support.
///
/// ```
/// use reseplug_model::fold;
/// assert_eq!(fold::name_mixed("齊藤"), fold::name_mixed("齋藤"));
/// ```
#[must_use]
pub fn name_mixed(text: &str) -> String {
    name_variants(text).chars().map(of_mixed).collect()
}

/// What stands in a name where a system could not show the character: ● of the central system, 〓 and
/// � of converters (the latter two are inferred).
pub const MISSING_GLYPHS: [char; 3] = ['●', '〓', '\u{FFFD}'];

/// Whether this stands for a character that could not be shown. A character of a private area (外字)
/// says as little to anybody but its maker.
#[must_use]
pub fn is_missing_glyph(c: char) -> bool {
    MISSING_GLYPHS.contains(&c)
        || matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{FFFFD}' | '\u{100000}'..='\u{10FFFD}')
}

/// Whether a name holds `●`, which the central system puts where it cannot show a character.
/// Such a name must not be copied anywhere without a person's look.
#[must_use]
pub fn has_missing_glyph(name: &str) -> bool {
    name.contains('●')
}

/// Whether two keys agree wherever both have a character, and something is missing in one of them:
/// they **could** be the same name, and nothing says that they are. A name of which nothing is left
/// could be anybody's and agrees with nobody.
///
/// ```
/// use reseplug_model::fold::same_but_missing;
/// assert!(same_but_missing("見本●子", "見本花子"));
/// assert!(!same_but_missing("見本●子", "見本花江"));
/// assert!(!same_but_missing("●●", "見本"));
/// ```
#[must_use]
pub fn same_but_missing(a: &str, b: &str) -> bool {
    let (mut missing, mut agree) = (false, false);
    let (mut left, mut right) = (a.chars(), b.chars());
    loop {
        match (left.next(), right.next()) {
            (None, None) => return missing && agree,
            (Some(a), Some(b)) if is_missing_glyph(a) || is_missing_glyph(b) => missing = true,
            (Some(a), Some(b)) if a == b => agree = true,
            _ => return false,
        }
    }
}

fn plain(text: &str) -> String {
    text.nfkc()
        .filter(|c| !is_separator(*c))
        .map(|c| c.to_ascii_uppercase())
        .collect::<String>()
        .nfkc()
        .collect()
}

fn is_kana(c: char) -> bool {
    matches!(c, 'ぁ'..='ゖ' | 'ァ'..='ヺ' | 'ー')
}

fn kana_in_name(c: char) -> char {
    let katakana = match c {
        'ぁ'..='ゖ' => char::from_u32(u32::from(c) + 0x60).unwrap_or(c),
        other => other,
    };
    match katakana {
        'ァ' => 'ア',
        'ィ' | 'ヰ' => 'イ',
        'ゥ' => 'ウ',
        'ェ' | 'ヱ' => 'エ',
        'ォ' | 'ヲ' => 'オ',
        'ッ' => 'ツ',
        'ャ' => 'ヤ',
        'ュ' => 'ユ',
        'ョ' => 'ヨ',
        'ヮ' => 'ワ',
        'ヵ' => 'カ',
        'ヶ' => 'ケ',
        'ヂ' => 'ジ',
        'ヅ' => 'ズ',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn width_blanks_selectors_and_compatibility_ideographs_do_not_count() {
        for (a, b) in [
            ("見本　花子", "見本 花子"),
            ("見本花子", "見本　花子"),
            ("葛\u{E0100}城", "葛城"),
            ("神\u{FE00}", "神"),
            ("福田", "福田"),
            ("都築", "都築"),
            ("ジョン・スミス", "ジョン スミス"),
            ("ＳＭＩＴＨ　Ｊｏｈｎ", "Smith, John"),
            ("佐々木", "佐佐木"),
            ("ﾊﾅ", "ハナ"),
            ("エリ－ゼ", "エリーゼ"),
        ] {
            assert_eq!(name(a), name(b), "{a} {b}");
        }
        assert_ne!(name("髙橋"), name("高橋"));
    }

    #[test]
    fn the_forms_of_a_character_are_one() {
        for (a, b) in [
            ("髙橋", "高橋"),
            ("﨑山", "崎山"),
            ("渡邊", "渡辺"),
            ("渡邉", "渡辺"),
            ("濵﨑", "浜崎"),
            ("𠮷田", "吉田"),
            ("嶋田", "島田"),
            ("嶌田", "島田"),
            ("國廣", "国広"),
            ("惠美", "恵美"),
            ("龍ヶ崎", "竜ケ崎"),
            ("みつ子", "ミツ子"),
            ("スヱ", "すえ"),
            ("槇原", "槙原"),
            ("條", "条"),
        ] {
            assert_eq!(name_variants(a), name_variants(b), "{a} {b}");
        }
    }

    #[test]
    fn characters_that_only_offices_confuse_are_one_in_the_coarsest_key_alone() {
        for (a, b) in [
            ("斉藤", "斎藤"),
            ("齊藤", "齋藤"),
            ("荻原", "萩原"),
            ("健冶", "健治"),
        ] {
            assert_ne!(name_variants(a), name_variants(b), "{a} {b}");
            assert_eq!(name_mixed(a), name_mixed(b), "{a} {b}");
        }
        for (a, b) in [
            ("河野", "川野"),
            ("裕子", "祐子"),
            ("和子", "良子"),
            ("太田", "大田"),
        ] {
            assert_ne!(name_mixed(a), name_mixed(b), "{a} {b}");
        }
    }

    #[test]
    fn a_missing_glyph_agrees_with_anything_and_makes_no_match_by_itself() {
        assert!(has_missing_glyph("見本　●子"));
        assert!(same_but_missing("●橋花子", "高橋花子"));
        assert!(same_but_missing("〓橋花子", "●橋花子"));
        assert!(same_but_missing("\u{E123}橋花子", "高橋花子"));
        assert!(!same_but_missing("高橋花子", "高橋花子"));
        assert!(!same_but_missing("●橋花子", "高橋花"));
        assert!(!same_but_missing("●", "高"));
        assert!(!same_but_missing("", ""));
    }

    #[test]
    fn a_mark_of_repetition_with_nothing_before_it_stays() {
        assert_eq!(name("々木"), "々木");
        assert_eq!(name("U¨"), "Ü");
    }

    /// What a name is written with.
    fn written() -> impl Strategy<Value = String> {
        "[一-龠ぁ-んァ-ヴA-Za-z　々●髙﨑齋斉齊邉]{0,8}"
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing_more(any in ".*", text in written()) {
            for text in [any, text] {
                prop_assert_eq!(name(&name(&text)), name(&text));
                prop_assert_eq!(name_variants(&name_variants(&text)), name_variants(&text));
                prop_assert_eq!(name_mixed(&name_mixed(&text)), name_mixed(&text));
            }
        }

        /// A coarser key never tells apart what a finer one calls alike.
        #[test]
        fn each_key_is_a_key_of_the_one_before(text in written()) {
            prop_assert_eq!(name_variants(&name(&text)), name_variants(&text));
            prop_assert_eq!(name_mixed(&name_variants(&text)), name_mixed(&text));
        }

        /// A part of a name folds to its part of the key, whatever stands beside it.
        #[test]
        fn a_change_stays_where_it_is(a in written(), b in written()) {
            let b = format!("子{b}");
            for fold in [name, name_variants, name_mixed] {
                prop_assert_eq!(fold(&format!("{a}　{b}")), format!("{}{}", fold(&a), fold(&b)));
            }
        }

        #[test]
        fn could_be_the_same_is_mutual(a in written(), b in written()) {
            prop_assert_eq!(same_but_missing(&a, &b), same_but_missing(&b, &a));
        }
    }
}
