//! The exact set of characters a claim file may hold, and the only way in and out of bytes.
//!
//! Source: 記録条件仕様（訪問看護用）令和6年6月版, 使用する文字: JIS X 0201-1976 8-bit and JIS X 0208-1983
//! 附属書1 (Shift_JIS). That is the one-byte characters 0x20–0x7E and half-width katakana 0xA1–0xDF,
//! and **6,876** two-byte characters: the 6,879 of strict JIS X 0208 (rows 1–8 and 16–84) without
//! `？`, `凜` and `熙`. The decoder of the Web (CP932) lets through far more — `①`, `㈱`, `髙` — and its
//! encoder writes `&#…;` for what it does not know. Neither may reach a payer, so nothing here uses
//! them unguarded.
//!
//! What cannot be written is refused with the character, its place and, where the trade has a usual
//! one, a replacement *for a person to accept*; nothing is ever replaced silently.
//!
//! Six codes have two spellings in Unicode (`〜`/`～`, `‖`/`∥`, `−`/`－`, `¢`/`￠`, `£`/`￡`, `¬`/`￢`). Both are
//! accepted (our choice; the specification does not speak of Unicode); reading gives the second.

use std::borrow::Cow;
use std::sync::LazyLock;

use encoding_rs::SHIFT_JIS;
use serde::Deserialize;
use thiserror::Error;

/// A character that a claim file may not hold.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{character}` (U+{:04X}), character {} of the text, may not stand in a claim file{}",
    u32::from(*character),
    char_index + 1,
    proposal.map_or_else(String::new, |p| format!("; the usual replacement is `{p}`"))
)]
pub struct EncodeError {
    /// The character.
    pub character: char,
    /// Its place in the text in characters, from 0.
    pub char_index: usize,
    /// Its place in the UTF-8 text in bytes, from 0.
    pub byte_index: usize,
    /// What the trade usually writes instead, for a person to accept; `None` when there is no usual one.
    pub proposal: Option<&'static str>,
}

/// Bytes that are no permitted character.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("bytes {bytes:02X?} at byte {at} of the field are no permitted character{}", match character {
    Some(c) => format!(" (`{c}`)"),
    None => String::new(),
})]
pub struct DecodeError {
    /// Place of the first offending byte, from 0.
    pub at: usize,
    /// The one or two offending bytes.
    pub bytes: Vec<u8>,
    /// What CP932 would read there; `None` when it is no character at all.
    pub character: Option<char>,
    /// What the trade usually writes instead; `None` when there is no usual one.
    pub proposal: Option<&'static str>,
}

/// Row and trail rule of the two-byte codes, before the three removals: strict JIS X 0208.
fn in_jis_rows(lead: u8, trail: u8) -> bool {
    let half = match lead {
        0x81..=0x9F => lead - 0x81,
        0xE0..=0xEF => lead - 0xC1,
        _ => return false,
    };
    if !matches!(trail, 0x40..=0x7E | 0x80..=0xFC) {
        return false;
    }
    let row = 2 * u16::from(half) + 1 + u16::from(trail >= 0x9F);
    matches!(row, 1..=8 | 16..=84)
}

/// The three characters of JIS X 0208 that 記録条件仕様 takes out: ？ (reserved for what the payer
/// replaces), 凜 and 熙 (1990 additions).
const REMOVED: [[u8; 2]; 3] = [[0x81, 0x48], [0xEA, 0xA3], [0xEA, 0xA4]];

fn permitted(lead: u8, trail: u8) -> bool {
    in_jis_rows(lead, trail) && !REMOVED.contains(&[lead, trail])
}

/// Length of the code that begins `bytes`: 2 for a Shift_JIS lead byte with something behind it.
fn code_length(bytes: &[u8]) -> usize {
    match bytes {
        [0x81..=0x9F | 0xE0..=0xFC, _, ..] => 2,
        _ => 1,
    }
}

pub(crate) fn code_is_permitted(code: &[u8]) -> bool {
    match code {
        [0x20..=0x7E | 0xA1..=0xDF] => true,
        [lead, trail] => permitted(*lead, *trail),
        _ => false,
    }
}

/// The codes of a field, one or two bytes each, with their places. Never fails: a broken code is
/// given as it is.
pub fn codes(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
        let (code, _) = rest.split_at_checked(code_length(rest))?;
        let here = at;
        at += code.len();
        Some((here, code))
    })
}

/// Reads bytes strictly: anything outside the permitted set is an error that names the place.
pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, DecodeError> {
    if let Some((at, code)) = codes(bytes).find(|(_, code)| !code_is_permitted(code)) {
        return Err(decode_error(at, code));
    }
    decode_lenient(bytes)
}

/// Reads bytes as CP932, so that a person whose name is written with a character outside the
/// permitted set can still be read and shown. Private-use and broken codes are errors.
/// What was read this way may not be written: [`encode`] refuses it.
pub fn decode_lenient(bytes: &[u8]) -> Result<Cow<'_, str>, DecodeError> {
    // Private use (F040-F9FC) decodes "successfully" to characters that mean nothing outside.
    if !bytes
        .iter()
        .any(|byte| (0xF0..=0xF9).contains(byte) || *byte == 0x80)
        && let Some(text) = SHIFT_JIS.decode_without_bom_handling_and_without_replacement(bytes)
    {
        return Ok(text);
    }
    let mut text = String::with_capacity(bytes.len() * 2);
    for (at, code) in codes(bytes) {
        match SHIFT_JIS.decode_without_bom_handling_and_without_replacement(code) {
            Some(part) if !part.chars().any(is_private_use_or_control) => text.push_str(&part),
            _ => return Err(decode_error(at, code)),
        }
    }
    Ok(Cow::Owned(text))
}

/// Bytes as a person may see them: never fails.
pub(crate) fn shown(bytes: &[u8]) -> Cow<'_, str> {
    decode_lenient(bytes).unwrap_or_else(|_| Cow::Owned(format!("{bytes:02X?}")))
}

/// Whether [`decode_lenient`] can read the bytes, without making the text.
pub(crate) fn readable(bytes: &[u8]) -> Result<(), DecodeError> {
    if bytes.is_ascii() || codes(bytes).all(|(_, code)| code_is_permitted(code)) {
        return Ok(());
    }
    decode_lenient(bytes).map(|_| ())
}

fn is_private_use_or_control(c: char) -> bool {
    matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{80}'..='\u{9F}')
}

fn decode_error(at: usize, code: &[u8]) -> DecodeError {
    let character = SHIFT_JIS
        .decode_without_bom_handling_and_without_replacement(code)
        .and_then(|text| text.chars().next())
        .filter(|c| !is_private_use_or_control(*c));
    DecodeError {
        at,
        bytes: code.to_vec(),
        character,
        proposal: character.and_then(replacement),
    }
}

/// Writes text strictly. Every character either becomes its one code or is refused.
pub fn encode(text: &str) -> Result<Vec<u8>, EncodeError> {
    let mut bytes = Vec::with_capacity(text.len());
    for (char_index, (byte_index, character)) in text.char_indices().enumerate() {
        match encode_char(character) {
            Some(Code::One(byte)) => bytes.push(byte),
            Some(Code::Two(pair)) => bytes.extend_from_slice(&pair),
            None => {
                return Err(EncodeError {
                    character,
                    char_index,
                    byte_index,
                    proposal: replacement(character),
                });
            }
        }
    }
    Ok(bytes)
}

/// Whether a character may stand in a claim file.
#[must_use]
pub fn is_permitted(character: char) -> bool {
    encode_char(character).is_some()
}

enum Code {
    One(u8),
    Two([u8; 2]),
}

fn encode_char(character: char) -> Option<Code> {
    if let ' '..='~' = character {
        return u8::try_from(u32::from(character)).ok().map(Code::One);
    }
    if let '\u{FF61}'..='\u{FF9F}' = character {
        return u8::try_from(u32::from(character) - 0xFF61 + 0xA1)
            .ok()
            .map(Code::One);
    }
    let spelled = match character {
        '\u{301C}' => '\u{FF5E}',
        '\u{2016}' => '\u{2225}',
        '\u{2212}' => '\u{FF0D}',
        '\u{A2}' => '\u{FFE0}',
        '\u{A3}' => '\u{FFE1}',
        '\u{AC}' => '\u{FFE2}',
        other => other,
    };
    let mut utf8 = [0u8; 4];
    let mut pair = [0u8; 2];
    let (result, _, written) = SHIFT_JIS
        .new_encoder()
        .encode_from_utf8_without_replacement(spelled.encode_utf8(&mut utf8), &mut pair, true);
    // One byte would be the encoder's lookalike for U+00A5 and U+203E: refused.
    (matches!(result, encoding_rs::EncoderResult::InputEmpty)
        && written == 2
        && permitted(pair[0], pair[1]))
    .then_some(Code::Two(pair))
}

#[derive(Deserialize)]
struct ReplacementFile {
    replacements: Vec<(char, String)>,
}

static REPLACEMENTS: LazyLock<Vec<(char, String)>> = LazyLock::new(|| {
    let mut table =
        toml::from_str::<ReplacementFile>(include_str!("../editions/replacements.toml"))
            .map(|file| file.replacements)
            // The file is part of the program and read by a test: it cannot be malformed here.
            .unwrap_or_default();
    table.sort_unstable_by_key(|(from, _)| *from);
    table
});

/// What the trade usually writes instead of a character that is not permitted. A proposal for a
/// person, never applied by itself.
///
/// ```
/// assert_eq!(receden::repertoire::replacement('髙'), Some("高"));
/// ```
#[must_use]
pub fn replacement(character: char) -> Option<&'static str> {
    let table = &*REPLACEMENTS;
    let index = table
        .binary_search_by_key(&character, |(from, _)| *from)
        .ok()?;
    table.get(index).map(|(_, to)| to.as_str())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all_two_byte_codes() -> impl Iterator<Item = [u8; 2]> {
        (0x80..=0xFFu8).flat_map(|lead| (0..=0xFFu8).map(move |trail| [lead, trail]))
    }

    fn is_character(code: [u8; 2]) -> bool {
        // A two-byte code is one character; "half-width kana + ASCII" would be two.
        SHIFT_JIS
            .decode_without_bom_handling_and_without_replacement(&code)
            .is_some_and(|text| text.chars().count() == 1)
    }

    #[test]
    fn strict_jis_x_0208_has_6879_characters_of_which_6876_are_permitted() {
        let strict = all_two_byte_codes()
            .filter(|code| is_character(*code) && in_jis_rows(code[0], code[1]))
            .count();
        let allowed = all_two_byte_codes()
            .filter(|code| is_character(*code) && permitted(code[0], code[1]))
            .count();
        assert_eq!((strict, allowed), (6_879, 6_876));
    }

    #[test]
    fn every_permitted_code_goes_to_text_and_back_to_the_same_bytes() {
        let mut seen = std::collections::BTreeSet::new();
        for code in all_two_byte_codes().filter(|c| is_character(*c) && permitted(c[0], c[1])) {
            let text = decode(&code).unwrap().into_owned();
            assert_eq!(encode(&text).unwrap(), code, "{text}");
            assert!(seen.insert(text));
        }
        assert_eq!(seen.len(), 6_876);
        for byte in (0x20..=0x7Eu8).chain(0xA1..=0xDF) {
            assert_eq!(encode(&decode(&[byte]).unwrap()).unwrap(), [byte]);
        }
    }

    #[test]
    fn both_spellings_of_the_six_doubled_characters_are_written_alike() {
        for (jis, web) in [
            ("〜", "～"),
            ("‖", "∥"),
            ("−", "－"),
            ("¢", "￠"),
            ("£", "￡"),
            ("¬", "￢"),
        ] {
            assert_eq!(encode(jis).unwrap(), encode(web).unwrap());
        }
    }

    #[test]
    fn characters_outside_are_refused_with_place_and_proposal() {
        let error = encode("見本　髙子").unwrap_err();
        assert_eq!(
            (error.character, error.char_index, error.byte_index),
            ('髙', 3, 9)
        );
        assert_eq!(error.proposal, Some("高"));
        for text in [
            "①",
            "㈱",
            "Ⅰ",
            "﨑",
            "？",
            "凜",
            "熙",
            "¥",
            "‾",
            "𠮷",
            "\n",
            "\u{1A}",
            "é",
            "&#39640;é",
        ] {
            assert!(encode(text).is_err(), "{text}");
        }
    }

    #[test]
    fn reading_is_lenient_only_when_asked_and_never_for_private_use() {
        let nec = [0xEE, 0xE0];
        assert_eq!(decode(&nec).unwrap_err().proposal, Some("高"));
        assert_eq!(decode_lenient(&nec).unwrap(), "髙");
        assert!(decode_lenient(&[0xF0, 0x40]).is_err());
        assert!(decode_lenient(&[0x82]).is_err());
        assert_eq!(decode(&[0x41, 0x82]).unwrap_err().at, 1);
    }

    #[test]
    fn every_proposal_replaces_something_refused_by_something_permitted() {
        assert!(REPLACEMENTS.len() > 80);
        for (from, to) in REPLACEMENTS.iter() {
            assert!(!is_permitted(*from), "{from} needs no replacement");
            assert!(
                encode(to).is_ok_and(|bytes| !bytes.is_empty()),
                "{from} -> {to}"
            );
        }
        let mut unique: Vec<_> = REPLACEMENTS.iter().map(|(from, _)| *from).collect();
        unique.dedup();
        assert_eq!(unique.len(), REPLACEMENTS.len());
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_except_for_the_doubled_spellings(text in ".*") {
            if let Ok(bytes) = encode(&text) {
                let back = decode(&bytes).unwrap().into_owned();
                prop_assert_eq!(encode(&back).unwrap(), bytes);
                prop_assert_eq!(back.chars().count(), text.chars().count());
            }
        }

        #[test]
        fn no_bytes_make_reading_panic(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = decode(&bytes);
            let _ = decode_lenient(&bytes);
            let total: usize = codes(&bytes).map(|(_, code)| code.len()).sum();
            prop_assert_eq!(total, bytes.len());
        }
    }
}
