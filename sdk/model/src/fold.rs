//! Folding of names, kana and numbers so that a person can be **found** although two systems write
//! them differently. A folded value is a search key and nothing else: two values are called the same
//! only when they are equal as they stand, and what is stored or sent is always the original.
//!
//! Each key is coarser than the one before it, and says less:
//!
//! | key | two texts share it when |
//! |---|---|
//! | [`kana_spelling`] | they are the same kana in another dress: width, voiced marks, hiragana, blanks, dots |
//! | [`kana`] | … and small kana, long marks, ヂ/ジ, ヲ/オ, ヴ/バ are one |
//! | [`kana_near`] | … and voicing and historical spelling are one: no agreement, but no contradiction |
//! | [`name`] | they are the same characters: width, blanks, variation selectors, compatibility ideographs |
//! | [`name_variants`] | … and a character's old and variant forms are one ([`VARIANTS`]) |
//! | [`name_mixed`] | … and so are characters that offices take for one another |
//! | [`number`] | they are the same number: width, blanks, hyphens, dots, leading zeros |

mod kana;
mod name;
mod number;
mod variants;

pub use kana::{kana, kana_near, kana_spelling};
pub use name::{
    MISSING_GLYPHS, has_missing_glyph, is_missing_glyph, name, name_mixed, name_variants,
    same_but_missing,
};
pub use number::number;
pub use variants::{VARIANTS, Variant, VariantKind};

/// Marks that stand between the parts of a name and belong to none: blanks, middle dots (・),
/// the double hyphen (゠) and what a Latin name is punctuated with.
fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '・' | '·'
                | '•'
                | '‧'
                | '∙'
                | '⋅'
                | '゠'
                | '='
                | '.'
                | ','
                | '、'
                | '。'
                | '\''
                | '’'
                | '‘'
                | '`'
                | '´'
        )
        || is_invisible(c)
}

/// What takes no room: variation selectors (異体字セレクタ), joiners, byte order marks.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{FE00}'..='\u{FE0F}'
            | '\u{E0100}'..='\u{E01EF}'
            | '\u{180B}'..='\u{180D}'
            | '\u{200B}'..='\u{200F}'
            | '\u{2060}'
            | '\u{FEFF}'
            | '\u{00AD}'
    )
}

/// Hyphens, dashes and minus signs of every kind. Where they follow a kana they are a long mark that
/// somebody had no key for.
fn is_hyphen(c: char) -> bool {
    matches!(
        c,
        '-' | '‐'
            | '‑'
            | '‒'
            | '–'
            | '—'
            | '―'
            | '−'
            | '⁃'
            | '﹣'
            | '－'
            | '─'
            | '━'
            | 'ー'
            | 'ｰ'
            | '~'
            | '～'
            | '〜'
            | '∼'
    )
}
