//! Folding of names, kana and numbers so that a person can be **found** although two systems write
//! them differently. A folded value is a search key and nothing else: two values are called the same
//! only when they are equal as they stand, and what is stored or sent is always the original.

use unicode_normalization::UnicodeNormalization as _;

/// Search key of a kana name (フリガナ): half width becomes full width, hiragana becomes katakana,
/// separate voiced marks join their kana, small kana become large, long marks and blanks vanish.
/// Voicing itself stays: ヤマダ and ヤマタ are different names.
///
/// ```
/// use reseplug_model::fold;
/// assert_eq!(fold::kana("ﾔﾏﾀﾞ ｼｮｳｺ"), fold::kana("やまだ　しょーうこ"));
/// assert_ne!(fold::kana("ヤマダ"), fold::kana("ヤマタ"));
/// ```
#[must_use]
pub fn kana(text: &str) -> String {
    // NFKC would turn the spacing marks into "blank + combining mark"; join them first.
    let joined = text.chars().map(|c| match c {
        '\u{309B}' | '\u{FF9E}' => '\u{3099}',
        '\u{309C}' | '\u{FF9F}' => '\u{309A}',
        other => other,
    });
    let plain: String = joined
        .nfkc()
        .filter(|c| !is_long_mark(*c) && !is_blank(*c))
        .map(to_large_katakana)
        .collect();
    // What a dropped blank kept apart may join now.
    plain.nfkc().collect()
}

/// Search key of a 記号 or 番号: half width, without blanks, hyphens and leading zeros.
///
/// ```
/// use reseplug_model::fold;
/// assert_eq!(fold::number("００１２－３４"), "1234");
/// assert_eq!(fold::number("000"), "0");
/// ```
#[must_use]
pub fn number(text: &str) -> String {
    let plain: String = text
        .nfkc()
        .filter(|c| !is_hyphen(*c) && !is_long_mark(*c) && !is_blank(*c))
        .collect::<String>()
        .nfkc()
        .collect();
    match plain.trim_start_matches('0') {
        "" if !plain.is_empty() => "0".to_owned(),
        rest => rest.to_owned(),
    }
}

/// Search key of a name in characters (氏名): width folded, blanks removed. Character variants
/// (髙/高, 﨑/崎) stay different; keep an accepted spelling per person instead.
#[must_use]
pub fn name(text: &str) -> String {
    let plain: String = text.nfkc().filter(|c| !is_blank(*c)).collect();
    plain.nfkc().collect()
}

/// Whether a name holds `●`, which the central system puts where it cannot show a character.
/// Such a name must not be copied anywhere without a person's look.
#[must_use]
pub fn has_missing_glyph(name: &str) -> bool {
    name.contains('●')
}

fn is_blank(c: char) -> bool {
    c.is_whitespace()
}

fn is_long_mark(c: char) -> bool {
    matches!(c, 'ー' | '―' | '～' | '〜')
}

fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '‐' | '‑' | '‒' | '–' | '—' | '−')
}

fn to_large_katakana(c: char) -> char {
    let katakana = match c {
        'ぁ'..='ゖ' | 'ゝ' | 'ゞ' => char::from_u32(u32::from(c) + 0x60).unwrap_or(c),
        other => other,
    };
    match katakana {
        'ァ' => 'ア',
        'ィ' => 'イ',
        'ゥ' => 'ウ',
        'ェ' => 'エ',
        'ォ' => 'オ',
        'ッ' => 'ツ',
        'ャ' => 'ヤ',
        'ュ' => 'ユ',
        'ョ' => 'ヨ',
        'ヮ' => 'ワ',
        'ヵ' => 'カ',
        'ヶ' => 'ケ',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_same_kana_in_other_dress_has_the_same_key() {
        let key = kana("ヤマダ　ショウコ");
        for dress in [
            "ﾔﾏﾀﾞ ｼｮｳｺ",
            "やまだしょうこ",
            "ヤマタ゛シヨウコ",
            "ﾔﾏﾀﾞｼﾖｳｺ",
            "ヤマダ ショーウコ",
        ] {
            assert_eq!(kana(dress), key, "{dress}");
        }
        assert_eq!(kana("ヴァイオリン"), kana("ｳﾞｧｲｵﾘﾝ"));
    }

    #[test]
    fn numbers_are_found_whatever_their_width_zeros_and_hyphens() {
        for dress in ["12-34", "０１２３４", " 1 234", "１２－３４"] {
            assert_eq!(number(dress), "1234", "{dress}");
        }
        assert_eq!(number(""), "");
        assert_eq!(number("警・視１２"), "警・視12");
    }

    #[test]
    fn names_keep_their_character_variants() {
        assert_eq!(name("見本　花子"), name("見本 花子"));
        assert_ne!(name("髙橋"), name("高橋"));
        assert!(has_missing_glyph("見本　●子"));
    }

    #[test]
    fn marks_that_a_blank_kept_apart_join_when_it_goes() {
        for text in ["U¨", "ヵ゛", "か ゛"] {
            assert_eq!(kana(&kana(text)), kana(text), "{text}");
        }
        assert_eq!(name("U¨"), "Ü");
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing_more(text in ".*") {
            prop_assert_eq!(kana(&kana(&text)), kana(&text));
            prop_assert_eq!(number(&number(&text)), number(&text));
            prop_assert_eq!(name(&name(&text)), name(&text));
        }
    }
}
