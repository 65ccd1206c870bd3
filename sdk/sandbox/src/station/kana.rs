//! Full-width katakana to half width, as the centre and old products write readings.

use unicode_normalization::UnicodeNormalization as _;

const FULL: &str = "。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン";
const HALF_BASE: u32 = 0xFF61;

/// `アオキ　ハルコ` becomes `ｱｵｷ ﾊﾙｺ`. Other characters stay.
pub fn half_width(text: &str) -> String {
    text.nfd()
        .map(|c| match c {
            '\u{3000}' => ' ',
            '\u{3099}' => '\u{FF9E}',
            '\u{309A}' => '\u{FF9F}',
            other => FULL
                .chars()
                .position(|full| full == other)
                .and_then(|at| u32::try_from(at).ok())
                .and_then(|at| char::from_u32(HALF_BASE.saturating_add(at)))
                .unwrap_or(other),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::half_width;

    #[test]
    fn every_kana_has_its_half() {
        assert_eq!(half_width("アオゾラ　ハナコ"), "ｱｵｿﾞﾗ ﾊﾅｺ");
        assert_eq!(half_width("ペンギン・ヲョッー"), "ﾍﾟﾝｷﾞﾝ･ｦｮｯｰ");
        assert_eq!(half_width("ワンル。"), "ﾜﾝﾙ｡");
    }
}
