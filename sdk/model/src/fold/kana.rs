//! フリガナ

use super::{is_hyphen, is_invisible, is_separator};
use unicode_normalization::UnicodeNormalization as _;

/// The same kana whatever their dress: half width becomes full width, hiragana becomes katakana,
/// separate voiced marks join their kana, iteration marks are written out, every dash is the long
/// mark, blanks and dots vanish. Small kana and long marks stay what they are.
///
/// ```
/// use reseplug_model::fold;
/// assert_eq!(fold::kana_spelling("ﾔﾏﾀﾞ ｼｮｳｺ"), fold::kana_spelling("やまだ　しょうこ"));
/// assert_ne!(fold::kana_spelling("リョウ"), fold::kana_spelling("リヨウ"));
/// ```
#[must_use]
pub fn kana_spelling(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    // A blank that goes may bring together what NFKC joins; what it joins may decompose no further.
    for c in composed(&composed(text)).chars() {
        match c {
            'ヽ' | 'ヾ' => match key.chars().next_back() {
                Some(before) => {
                    let plain = unvoiced(before);
                    key.push(if c == 'ヾ' { voiced(plain) } else { plain });
                }
                None => key.push(c),
            },
            _ => key.push(c),
        }
    }
    // A kana written out may take the mark that followed the iteration mark.
    key.nfkc().collect()
}

/// Search key of a kana name (フリガナ): besides [`kana_spelling`], small kana are large, ヂ ヅ ヰ ヱ ヲ
/// are ジ ズ イ エ オ, ヴ is the row of バ, and a long vowel is one however it is written (ー, オウ, エイ).
///
/// Voicing stays (ヤマダ and ヤマタ are different names) and so does length: ユキ and ユウキ, オノ and
/// オオノ are different people.
///
/// ```
/// use reseplug_model::fold;
/// assert_eq!(fold::kana("ﾔﾏﾀﾞ ｼﾖｳｺ"), fold::kana("やまだ　しょーこ"));
/// assert_ne!(fold::kana("ヤマダ"), fold::kana("ヤマタ"));
/// assert_ne!(fold::kana("ユーキ"), fold::kana("ユキ"));
/// ```
#[must_use]
pub fn kana(text: &str) -> String {
    // Large first: a voiced mark has no small kana to join.
    let large: String = kana_spelling(text).chars().map(large).nfkc().collect();
    let mut key = String::with_capacity(large.len());
    let mut chars = large.chars().peekable();
    while let Some(c) = chars.next() {
        let before = key.chars().next_back().and_then(vowel);
        let folded = match c {
            // What lengthens or voices nothing says nothing.
            '\u{3099}' | '\u{309A}' => continue,
            'ー' => match before {
                Some(vowel) => vowel,
                None => continue,
            },
            'ヴ' => {
                let row = match chars.peek() {
                    Some('ア') => 'バ',
                    Some('イ') => 'ビ',
                    Some('エ') => 'ベ',
                    Some('オ') => 'ボ',
                    _ => 'ブ',
                };
                if row != 'ブ' {
                    chars.next();
                }
                row
            }
            other => match (other, before) {
                ('ウ' | 'ヲ', Some('オ')) => 'オ',
                ('イ' | 'ヰ', Some('エ')) => 'エ',
                ('ヷ', _) => 'バ',
                ('ヸ', _) => 'ビ',
                ('ヹ', _) => 'ベ',
                ('ヺ', _) => 'ボ',
                ('ヂ', _) => 'ジ',
                ('ヅ', _) => 'ズ',
                ('ヰ', _) => 'イ',
                ('ヱ', _) => 'エ',
                ('ヲ', _) => 'オ',
                (other, _) => other,
            },
        };
        key.push(folded);
    }
    key
}

/// A key that even two readings of one name share: without voicing (ナカシマ, ナカジマ), with the
/// historical ハ row within a word read as ワ (カハイ, カワイ), and long vowels short. It never makes two people one; a kana that differs by
/// no more than this does not speak against a name that agrees.
#[must_use]
pub fn kana_near(text: &str) -> String {
    let mut key = String::new();
    for c in kana(text).chars().map(unvoiced) {
        let Some(before) = key.chars().next_back() else {
            key.push(c);
            continue;
        };
        let c = match c {
            'ハ' => 'ワ',
            'ヒ' => 'イ',
            'フ' => 'ウ',
            'ヘ' => 'エ',
            'ホ' => 'オ',
            other => other,
        };
        let lengthens = matches!((vowel(before), c), (Some('オ'), 'ウ') | (Some('エ'), 'イ'))
            || vowel(before) == Some(c);
        if !lengthens {
            key.push(c);
        }
    }
    key
}

/// Full width, composed, katakana, without blanks and dots; dashes are long marks.
fn composed(text: &str) -> String {
    // NFKC would turn the spacing marks into "blank + combining mark"; join them first.
    text.chars()
        .map(|c| match c {
            '\u{309B}' | '\u{FF9E}' => '\u{3099}',
            '\u{309C}' | '\u{FF9F}' => '\u{309A}',
            other => other,
        })
        .filter(|c| !c.is_whitespace() && !is_invisible(*c))
        .nfkc()
        .filter(|c| !is_separator(*c))
        .map(|c| if is_hyphen(c) { 'ー' } else { katakana(c) })
        .collect::<String>()
        .nfkc()
        .collect()
}

fn katakana(c: char) -> char {
    match c {
        'ぁ'..='ゖ' | 'ゝ' | 'ゞ' => char::from_u32(u32::from(c) + 0x60).unwrap_or(c),
        other => other,
    }
}

fn large(c: char) -> char {
    match c {
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

/// The vowel a kana ends in; ン and whatever is no kana end in none.
fn vowel(c: char) -> Option<char> {
    const ROWS: [(char, &str); 5] = [
        ('ア', "アカサタナハマヤラワガザダバパァャヮヵ"),
        ('イ', "イキシチニヒミリヰギジヂビピィ"),
        ('ウ', "ウクスツヌフムユルグズヅブプヴゥュッ"),
        ('エ', "エケセテネヘメレヱゲゼデベペェヶ"),
        ('オ', "オコソトノホモヨロヲゴゾドボポォョ"),
    ];
    ROWS.iter()
        .find(|(_, row)| row.contains(c))
        .map(|(vowel, _)| *vowel)
}

const VOICED: &str =
    "カガキギクグケゲコゴサザシジスズセゼソゾタダチヂツヅテデトドハバヒビフブヘベホボウヴ";

/// Without its voiced or half-voiced mark.
fn unvoiced(c: char) -> char {
    match c {
        'パ' => 'ハ',
        'ピ' => 'ヒ',
        'プ' => 'フ',
        'ペ' => 'ヘ',
        'ポ' => 'ホ',
        _ => pair(c, 1),
    }
}

/// With its voiced mark, where it can have one.
fn voiced(c: char) -> char {
    pair(c, 0)
}

/// The partner of a character that stands at an even (0) or odd (1) place of [`VOICED`].
fn pair(c: char, parity: usize) -> char {
    match VOICED.chars().position(|v| v == c) {
        Some(at) if at % 2 == parity => VOICED.chars().nth(at ^ 1).unwrap_or(c),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_same_kana_in_other_dress_has_the_same_key() {
        let key = kana("ヤマダ　ショウコ");
        for dress in [
            "ﾔﾏﾀﾞ ｼｮｳｺ",
            "やまだしょうこ",
            "ヤマタ゛シヨウコ",
            "ﾔﾏﾀﾞｼﾖｳｺ",
            "ヤマダ ショーコ",
            "ヤマダ・ショウコ",
            "ﾔﾏﾀﾞ･ｼｮｳｺ",
            "ヤマタ\u{3099}\u{3000}ショウコ",
            "ヤマダ  ショ－コ",
            "ヤマダショ—コ",
            "ヤマダショ-コ",
            "ヤマダショｰコ",
            "ヤマダショ―コ",
        ] {
            assert_eq!(kana(dress), key, "{dress}");
        }
    }

    #[test]
    fn letters_that_sound_alike_have_the_same_key() {
        for (a, b) in [
            ("チヅコ", "チズコ"),
            ("ﾁﾂﾞｺ", "チズコ"),
            ("ミチヂ", "ミチジ"),
            ("ヰ", "イ"),
            ("スヱ", "スエ"),
            ("ウヰ", "ウイ"),
            ("ヲサム", "オサム"),
            ("ｶｦﾙ", "カオル"),
            ("ヴァイオリン", "ｳﾞｧｲｵﾘﾝ"),
            ("ヴァイオリン", "バイオリン"),
            ("ｳﾞｱﾚﾘｱ", "バレリア"),
            ("ヷレリア", "バレリア"),
            ("ミスヾ", "ミスズ"),
            ("すゞ", "ｽｽﾞ"),
            ("ナヽコ", "ナナコ"),
            ("ケーコ", "ケイコ"),
            ("オーノ", "オオノ"),
            ("ヨーコ", "ヨウコ"),
            ("ユーキ", "ユウキ"),
            ("シズヱ", "シヅエ"),
            ("いッせい", "イツセイ"),
        ] {
            assert_eq!(kana(a), kana(b), "{a} {b}");
        }
    }

    #[test]
    fn names_that_sound_different_have_different_keys() {
        for (a, b) in [
            ("ヤマダ", "ヤマタ"),
            ("ユキ", "ユウキ"),
            ("ユキ", "ユーキ"),
            ("オノ", "オオノ"),
            ("オノ", "オーノ"),
            ("ジュン", "ジュンイチ"),
            ("ミオ", "ミウ"),
            ("キヨコ", "キョウコ"),
            ("ハナ", "ワナ"),
            ("ヒロコ", "ヒロミ"),
            ("ハヤト", "ハヤテ"),
            ("バン", "パン"),
        ] {
            assert_ne!(kana(a), kana(b), "{a} {b}");
        }
    }

    #[test]
    fn two_readings_of_one_name_are_near_and_two_names_are_not() {
        for (a, b) in [
            ("ナカシマ", "ナカジマ"),
            ("ヤマサキ", "ヤマザキ"),
            ("カハイ", "カワイ"),
            ("ユウコ", "ユコ"),
        ] {
            assert_eq!(kana_near(a), kana_near(b), "{a} {b}");
        }
        for (a, b) in [("ユウコ", "ヒロコ"), ("ハマ", "ワマ"), ("カズオ", "カズヤ")]
        {
            assert_ne!(kana_near(a), kana_near(b), "{a} {b}");
        }
    }

    #[test]
    fn a_mark_with_nothing_to_mark_does_no_harm() {
        assert_eq!(kana("ー"), "");
        assert_eq!(kana("ンー"), "ン");
        assert_eq!(kana("ヽ"), "ヽ");
        assert_eq!(kana("\u{3099}"), kana("゛"));
        assert_eq!(kana("　"), "");
    }

    #[test]
    fn marks_that_a_blank_kept_apart_join_when_it_goes() {
        for text in ["U¨", "ヵ゛", "か ゛"] {
            assert_eq!(kana(&kana(text)), kana(text), "{text}");
        }
        assert_eq!(kana("か ゛"), "ガ");
    }

    /// What a フリガナ is written with.
    fn written() -> impl Strategy<Value = String> {
        "[ァ-ヴぁ-ん ーｱ-ﾝﾞﾟ　・－]{0,12}"
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing_more(text in ".*", kana_text in written()) {
            for text in [text, kana_text] {
                prop_assert_eq!(kana_spelling(&kana_spelling(&text)), kana_spelling(&text));
                prop_assert_eq!(kana(&kana(&text)), kana(&text));
                prop_assert_eq!(kana_near(&kana_near(&text)), kana_near(&text));
            }
        }

        /// A coarser key never tells apart what a finer one calls alike.
        #[test]
        fn each_key_is_a_key_of_the_one_before(text in written()) {
            prop_assert_eq!(kana(&kana_spelling(&text)), kana(&text));
            prop_assert_eq!(kana_near(&kana(&text)), kana_near(&text));
        }

        /// What stands on one side of a ン does not change the key on its other side.
        #[test]
        fn a_change_stays_where_it_is(a in written(), b in "[ァ-ヴぁ-ん][ァ-ヴぁ-ん ー]{0,8}") {
            let whole = kana(&format!("{a}アン{b}"));
            prop_assert_eq!(whole, format!("{}{}", kana(&format!("{a}アン")), kana(&b)));
        }
    }
}
