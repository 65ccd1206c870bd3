//! 記号・番号

use super::{is_hyphen, is_separator};
use unicode_normalization::UnicodeNormalization as _;

/// Search key of a 記号 or 番号: half width, without blanks, hyphens, dots and leading zeros.
///
/// ```
/// use reseplug_model::fold;
/// assert_eq!(fold::number("００１２－３４"), "1234");
/// assert_eq!(fold::number("警・視１２"), fold::number("警視 12"));
/// assert_eq!(fold::number("000"), "0");
/// ```
#[must_use]
pub fn number(text: &str) -> String {
    let is_kept = |c: &char| !is_hyphen(*c) && !is_separator(*c) && !matches!(*c, '/' | '_');
    let plain: String = text
        .nfkc()
        .filter(is_kept)
        .collect::<String>()
        .nfkc()
        .filter(is_kept)
        .collect();
    match plain.trim_start_matches('0') {
        "" if !plain.is_empty() => "0".to_owned(),
        rest => rest.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_found_whatever_their_width_zeros_hyphens_and_dots() {
        for dress in [
            "12-34",
            "０１２３４",
            " 1 234",
            "１２－３４",
            "12‐34",
            "12−34",
            "12ー34",
            "12ｰ34",
            "12—34",
            "12・34",
            "12･34",
            "0012 34",
            "12\u{3000}34",
            "12~34",
            "12/34",
            "\u{FEFF}1234",
        ] {
            assert_eq!(number(dress), "1234", "{dress}");
        }
        assert_eq!(number(""), "");
        assert_eq!(number("　"), "");
        assert_eq!(number("0000"), "0");
    }

    #[test]
    fn a_zero_inside_a_number_and_its_letters_stay() {
        assert_ne!(number("1034"), number("134"));
        assert_ne!(number("警視12"), number("警12"));
        assert_eq!(number("警・視１２"), "警視12");
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing_more(text in ".*") {
            prop_assert_eq!(number(&number(&text)), number(&text));
        }

        /// Whatever is between the digits, other digits are another number.
        #[test]
        fn two_different_numbers_never_share_a_key(a in 1u32.., b in 1u32.., zeros in 0usize..4, at in 0usize..5) {
            prop_assume!(a != b);
            let mut dressed = a.to_string();
            dressed.insert(at.min(dressed.len()), '－');
            prop_assert_ne!(number(&format!("{}{dressed}", "0".repeat(zeros))), number(&b.to_string()));
        }
    }
}
