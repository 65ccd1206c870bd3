//! Bytes to text and back, without a guess and without a replacement character.

use crate::{ReadErrorKind, WriteErrorKind};
use encoding_rs::SHIFT_JIS;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

/// Encoding of a message file. Requests may use either; answers follow a setting of the
/// site (domain §1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Charset {
    /// UTF-8; `CharacterCodeIdentifier` 0.
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    /// Shift_JIS in the form of Windows (code page 932); `CharacterCodeIdentifier` 1.
    ShiftJis,
}

impl Charset {
    /// The name in an XML declaration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::ShiftJis => "Shift_JIS",
        }
    }

    /// The charset of a declaration's name, without regard to case.
    pub fn from_name(name: &str) -> Option<Self> {
        const SHIFT_JIS_NAMES: [&str; 8] = [
            "shift_jis",
            "shift-jis",
            "sjis",
            "x-sjis",
            "ms_kanji",
            "windows-31j",
            "cp932",
            "ms932",
        ];
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            "utf-8" | "utf8" => Some(Self::Utf8),
            name if SHIFT_JIS_NAMES.contains(&name) => Some(Self::ShiftJis),
            _ => None,
        }
    }

    /// The character's bytes, when they come back as the same character. Shift_JIS encoders
    /// map `¥`, `‾` and `−` onto look-alikes; in a name or a number that is another value.
    fn encode(self, character: char, out: &mut Vec<u8>) -> Result<(), WriteErrorKind> {
        let mut buffer = [0; 4];
        let text: &str = character.encode_utf8(&mut buffer);
        if self == Self::Utf8 || character.is_ascii() {
            out.extend_from_slice(text.as_bytes());
            return Ok(());
        }
        let (bytes, _, lossy) = SHIFT_JIS.encode(text);
        let back = SHIFT_JIS.decode_without_bom_handling_and_without_replacement(&bytes);
        if lossy || back.as_deref() != Some(text) {
            return Err(WriteErrorKind::Unmappable {
                character,
                charset: self,
            });
        }
        out.extend_from_slice(&bytes);
        Ok(())
    }
}

impl fmt::Display for Charset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The first character of a text that a file of this charset cannot carry.
///
/// ```
/// use onshi::{Charset, first_unmappable};
/// assert_eq!(first_unmappable("髙橋", Charset::ShiftJis), None);
/// assert_eq!(first_unmappable("𠮷田", Charset::ShiftJis), Some('𠮷'));
/// assert_eq!(first_unmappable("𠮷田", Charset::Utf8), None);
/// ```
pub fn first_unmappable(text: &str, charset: Charset) -> Option<char> {
    let mut sink = Vec::new();
    text.chars()
        .find(|&c| charset.encode(c, &mut sink).is_err())
}

/// Appends a value's text, escaped as XML wants it.
pub(crate) fn append(
    text: &str,
    charset: Charset,
    out: &mut Vec<u8>,
) -> Result<(), WriteErrorKind> {
    for character in text.chars() {
        match character {
            '&' => out.extend_from_slice(b"&amp;"),
            '<' => out.extend_from_slice(b"&lt;"),
            '>' => out.extend_from_slice(b"&gt;"),
            '\t' | '\n' => out.push(character as u8),
            '\u{fffe}' | '\u{ffff}' => return Err(WriteErrorKind::Control { character }),
            // CR would come back as LF; U+0080 … U+009F as whatever the reader makes of them.
            c if c.is_control() => return Err(WriteErrorKind::Control { character }),
            c => charset.encode(c, out)?,
        }
    }
    Ok(())
}

const UTF8_BOM: &[u8] = &[0xef, 0xbb, 0xbf];
/// A declaration is shorter than this.
const DECLARATION: usize = 256;

/// Decodes a file: by its declaration, else by the given default. A byte order mark is
/// stripped; where it contradicts the declaration the file is refused. The last value says
/// whether the file itself named its encoding.
pub(crate) fn decode(
    bytes: &[u8],
    fallback: Charset,
) -> Result<(Cow<'_, str>, Charset, bool), ReadErrorKind> {
    let (bytes, marked) = match bytes.strip_prefix(UTF8_BOM) {
        Some(rest) => (rest, true),
        None => (bytes, false),
    };
    let declared = declared(bytes);
    let stated = marked || declared.is_some();
    let charset = match declared {
        Some(name) => Charset::from_name(&name).ok_or(ReadErrorKind::UnknownEncoding { name })?,
        None if marked => Charset::Utf8,
        None => fallback,
    };
    let text = match charset {
        Charset::Utf8 => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
        Charset::ShiftJis if marked => None,
        Charset::ShiftJis => SHIFT_JIS.decode_without_bom_handling_and_without_replacement(bytes),
    };
    text.map(|text| (text, charset, stated))
        .ok_or(ReadErrorKind::NotText { charset })
}

/// The encoding that the XML declaration names. Both encodings write it in ASCII.
fn declared(bytes: &[u8]) -> Option<String> {
    let head = bytes.get(..DECLARATION).unwrap_or(bytes);
    let head: String = head.iter().map(|&b| char::from(b)).collect();
    let (declaration, _) = head.trim_start().strip_prefix("<?xml")?.split_once("?>")?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (name, _) = value.strip_prefix(quote)?.split_once(quote)?;
    Some(name.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_alikes_of_shift_jis_are_refused_not_replaced() {
        for character in ['¥', '‾', '−', '〜', '𠮷', '😀'] {
            let refused = append(&character.to_string(), Charset::ShiftJis, &mut Vec::new());
            assert_eq!(
                refused,
                Err(WriteErrorKind::Unmappable {
                    character,
                    charset: Charset::ShiftJis
                })
            );
        }
    }

    #[test]
    fn the_declaration_wins_over_the_setting() {
        let text = r#"<?xml version="1.0" encoding='Windows-31J'?><a>架空</a>"#;
        let (bytes, _, _) = SHIFT_JIS.encode(text);
        let (decoded, charset, stated) = decode(&bytes, Charset::Utf8).unwrap();
        assert_eq!(
            (decoded.as_ref(), charset, stated),
            (text, Charset::ShiftJis, true)
        );
    }

    #[test]
    fn without_a_declaration_the_setting_decides() {
        let (bytes, _, _) = SHIFT_JIS.encode("<a>架空</a>");
        assert_eq!(decode(&bytes, Charset::ShiftJis).unwrap().0, "<a>架空</a>");
        assert_eq!(
            decode(&bytes, Charset::Utf8).unwrap_err(),
            ReadErrorKind::NotText {
                charset: Charset::Utf8
            }
        );
    }

    #[test]
    fn a_mark_that_contradicts_the_declaration_is_refused() {
        let mut bytes = UTF8_BOM.to_vec();
        bytes.extend_from_slice(br#"<?xml version="1.0" encoding="Shift_JIS"?><a/>"#);
        assert!(matches!(
            decode(&bytes, Charset::Utf8),
            Err(ReadErrorKind::NotText { .. })
        ));
    }
}
