//! Text in and out of the product's encoding. What the product cannot hold is refused: never a
//! `?`, never a character reference, never a silent replacement.

use encoding_rs::{EncoderResult, SHIFT_JIS};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// 文字コード of the product's files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// Shift_JIS as Windows has it (CP932).
    #[default]
    ShiftJis,
    /// UTF-8
    Utf8,
}

/// A character that the product's encoding does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` (U+{1:04X}) does not exist in the encoding", .character, u32::from(*.character))]
pub(crate) struct NoSuchCharacter {
    /// The character.
    pub(crate) character: char,
}

/// Bytes that are no text in the product's encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are no text in the encoding")]
pub(crate) struct NotText;

impl Encoding {
    /// Reads the bytes of a cell.
    pub(crate) fn decode(self, bytes: &[u8]) -> Result<String, NotText> {
        match self {
            Self::Utf8 => std::str::from_utf8(bytes)
                .map(str::to_owned)
                .map_err(|_| NotText),
            Self::ShiftJis => SHIFT_JIS
                .decode_without_bom_handling_and_without_replacement(bytes)
                .map(std::borrow::Cow::into_owned)
                .ok_or(NotText),
        }
    }

    /// Writes the text of a cell.
    pub(crate) fn encode(self, text: &str) -> Result<Vec<u8>, NoSuchCharacter> {
        match self {
            Self::Utf8 => Ok(text.as_bytes().to_vec()),
            Self::ShiftJis => encode_shift_jis(text),
        }
    }

    /// Name for messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ShiftJis => "Shift_JIS",
            Self::Utf8 => "UTF-8",
        }
    }
}

fn encode_shift_jis(text: &str) -> Result<Vec<u8>, NoSuchCharacter> {
    let mut bytes = Vec::with_capacity(text.len());
    for character in text.chars() {
        // The encoder would write the yen sign and the overline as a backslash and a tilde.
        if matches!(character, '\u{A5}' | '\u{203E}') {
            return Err(NoSuchCharacter { character });
        }
        // One code, two spellings in Unicode; the encoder knows only the second.
        let spelled = match character {
            '\u{301C}' => '\u{FF5E}',
            '\u{2016}' => '\u{2225}',
            '\u{A2}' => '\u{FFE0}',
            '\u{A3}' => '\u{FFE1}',
            '\u{AC}' => '\u{FFE2}',
            other => other,
        };
        let mut utf8 = [0; 4];
        let mut code = [0; 4];
        let (result, _, written) = SHIFT_JIS
            .new_encoder()
            .encode_from_utf8_without_replacement(spelled.encode_utf8(&mut utf8), &mut code, true);
        match (result, code.get(..written)) {
            (EncoderResult::InputEmpty, Some(code)) => bytes.extend_from_slice(code),
            _ => return Err(NoSuchCharacter { character }),
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_windows_product_can_hold_what_a_claim_file_cannot() {
        let bytes = Encoding::ShiftJis.encode("髙﨑①").unwrap();
        assert_eq!(Encoding::ShiftJis.decode(&bytes).unwrap(), "髙﨑①");
    }

    #[test]
    fn characters_outside_the_encoding_are_named() {
        for (text, character) in [("𠮷田", '𠮷'), ("a¥", '¥'), ("é", 'é'), ("‾", '‾')]
        {
            let error = Encoding::ShiftJis.encode(text).unwrap_err();
            assert_eq!(error, NoSuchCharacter { character });
            assert!(error.to_string().contains(character), "{error}");
        }
        assert_eq!(
            Encoding::ShiftJis.encode("〜−").unwrap(),
            Encoding::ShiftJis.encode("～－").unwrap()
        );
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        assert_eq!(Encoding::ShiftJis.decode(b"\x82"), Err(NotText));
        assert_eq!(Encoding::Utf8.decode(b"\x82\xA0"), Err(NotText));
    }
}
