//! Reading a file that somebody else writes.

use crate::durable::stands;
use crate::fault;
use crate::folders::Owner;
use reseplug_effect::Fault;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// A file as it was at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) body: Vec<u8>,
}

impl Look {
    pub(crate) fn digest(&self) -> [u8; 32] {
        Sha256::digest(&self.body).into()
    }
}

/// Reads a file as it is now; `None` when it is not there (or went meanwhile), or its writer
/// has it locked.
pub(crate) fn look(folder: &Path, name: &str, max_bytes: u64) -> Result<Option<Look>, Fault> {
    let path = folder.join(name);
    let Some(metadata) = stands(&path)? else {
        return Ok(None);
    };
    if !metadata.file_type().is_file() {
        return Err(fault::not_a_file(name));
    }
    if metadata.len() > max_bytes {
        return Err(fault::too_large(name, max_bytes));
    }
    let mut body = Vec::new();
    let read = File::open(&path).and_then(|file| {
        file.take(max_bytes.saturating_add(1))
            .read_to_end(&mut body)
    });
    match read {
        Ok(_) => {}
        Err(e) if is_busy(&e) => return Ok(None),
        Err(e) => return Err(fault::io("回答ファイルを読み取り", "read", &path, &e)),
    }
    // It may have become a link, or grown, between looking and reading.
    match stands(&path)? {
        Some(now) if now.file_type().is_file() => {}
        Some(_) => return Err(fault::not_a_file(name)),
        None => return Ok(None),
    }
    if body.len() as u64 > max_bytes {
        return Err(fault::too_large(name, max_bytes));
    }
    Ok(Some(Look { body }))
}

/// Gone, or opened by its writer without sharing (`ERROR_SHARING_VIOLATION`,
/// `ERROR_LOCK_VIOLATION`): not an error, just not there yet.
fn is_busy(e: &io::Error) -> bool {
    e.kind() == io::ErrorKind::NotFound
        || (cfg!(windows) && matches!(e.raw_os_error(), Some(32 | 33)))
}

/// Whether the bytes look like a whole file of their kind. Two identical reads do not tell a
/// finished file from a writer that paused; the end of the file often does.
pub(crate) fn looks_whole(name: &str, body: &[u8]) -> bool {
    if name.ends_with(".err") {
        // Its layout is unknown, and it may be empty.
        return true;
    }
    let tail = |window: usize, mark: &[u8]| {
        let start = body.len().saturating_sub(window);
        body.get(start..)
            .is_some_and(|end| end.windows(mark.len()).any(|w| w == mark))
    };
    if body.starts_with(b"PK") {
        // End of central directory, before a comment of at most 65,535 bytes.
        return tail(65_557, b"PK\x05\x06");
    }
    if body.starts_with(b"%PDF") {
        return tail(1024, b"%%EOF");
    }
    if body.starts_with(b"\x89PNG") {
        return tail(16, b"IEND");
    }
    // XML in UTF-8 or Shift_JIS ends with the end tag of its first element, perhaps followed
    // by line ends or the EOF mark.
    let end = body
        .iter()
        .rposition(|b| !matches!(b, b' ' | b'\t' | b'\r' | b'\n' | 0x1a))
        .map_or(0, |last| last.saturating_add(1));
    let body = body.get(..end).unwrap_or_default();
    match root_name(body) {
        Some(name) => {
            let inner = body.strip_suffix(b">").map(<[u8]>::trim_ascii_end);
            inner.is_some_and(|inner| {
                inner
                    .strip_suffix(name)
                    .is_some_and(|rest| rest.ends_with(b"</"))
                    || (inner.ends_with(b"/") && elements(inner) == 1)
            })
        }
        // Nothing of it has begun yet.
        None => false,
    }
}

/// Name of the first element. Names of the interface are ASCII.
fn root_name(body: &[u8]) -> Option<&[u8]> {
    let open = body
        .windows(2)
        .position(|pair| matches!(pair, [b'<', next] if next.is_ascii_alphabetic()))?;
    let rest = body.get(open.saturating_add(1)..)?;
    let length = rest
        .iter()
        .position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':')))?;
    rest.get(..length)
}

/// Beginnings of elements.
fn elements(body: &[u8]) -> usize {
    body.windows(2)
        .filter(|pair| matches!(pair, [b'<', next] if next.is_ascii_alphabetic()))
        .count()
}

/// Whether the bytes are a zip whose first entry is encrypted: bit 0 of the general purpose
/// flags of its local header (APPNOTE.TXT 4.4.4). That the terminal encrypts this way is
/// inferred (grade I).
pub(crate) fn is_encrypted_zip(body: &[u8]) -> bool {
    body.starts_with(b"PK\x03\x04") && body.get(6).is_some_and(|flags| flags & 1 == 1)
}

/// Whom else an answer names; nothing where it names us, or nobody. Only the first such element
/// counts: that of the header. Names of the interface are ASCII, which UTF-8 and Shift_JIS share, and a
/// `<` is in neither a part of another character. What is in a zip is not seen.
pub(crate) fn other_owner(body: &[u8], owner: &Owner) -> Option<String> {
    let open = format!("<{}>", owner.element);
    let at = body
        .windows(open.len())
        .position(|window| window == open.as_bytes())?;
    let rest = body.get(at.saturating_add(open.len())..)?;
    let text = rest.get(..rest.iter().position(|b| *b == b'<')?)?;
    let named: String = String::from_utf8_lossy(text)
        .trim()
        .chars()
        .take(40)
        .collect();
    (!named.is_empty() && named != owner.ours).then_some(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_names_somebody_else_only_where_it_says_so() {
        let owner = Owner {
            element: "Code".into(),
            ours: "1369999998".into(),
        };
        let named = |body: &str| other_owner(body.as_bytes(), &owner);
        assert_eq!(named("<H><Code>1369999998</Code></H>"), None);
        assert_eq!(named("<H><Code> 1369999998\n</Code></H>"), None);
        for silent in [
            "",
            "<H/>",
            "<Code/>",
            "<Code></Code>",
            "<Code>13",
            "PK<Codes>1</Codes>",
        ] {
            assert_eq!(named(silent), None, "{silent}");
        }
        assert_eq!(
            named("<Code>1319999991</Code><Code>1369999998</Code>").as_deref(),
            Some("1319999991")
        );
    }

    #[test]
    fn the_end_of_a_file_tells_whether_it_is_whole() {
        assert!(looks_whole("a.xml", b"<XmlMsg></XmlMsg>\r\n\x1a"));
        assert!(!looks_whole("a.xml", b"<XmlMsg><Mess"));
        assert!(!looks_whole(
            "a.xml",
            b"<?xml version=\"1.0\"?>\n<XmlMsg><MessageHeader>"
        ));
        assert!(!looks_whole(
            "a.xml",
            b"<XmlMsg><MessageBody></MessageBody>"
        ));
        assert!(!looks_whole("a.xml", b"<XmlMsg><MessageBody/>"));
        assert!(!looks_whole("a.xml", b"<?xml version=\"1.0\"?>"));
        assert!(looks_whole("a.xml", b"<?xml version=\"1.0\"?><XmlMsg />"));
        assert!(!looks_whole("a.xml", b""));
        assert!(looks_whole("a.err", b""));
        assert!(!looks_whole("a.zip", b"PK\x03\x04 and more"));
        assert!(looks_whole("a.zip", b"PK\x03\x04 and PK\x05\x06 the end"));
        assert!(!looks_whole("a.pdf", b"%PDF-1.7 and more"));
    }

    #[test]
    fn an_encrypted_zip_is_recognised_by_its_first_header() {
        assert!(is_encrypted_zip(b"PK\x03\x04\x14\x00\x01\x00\x08\x00"));
        assert!(is_encrypted_zip(b"PK\x03\x04\x33\x00\x09\x00\x63\x00"));
        assert!(!is_encrypted_zip(b"PK\x03\x04\x14\x00\x00\x08\x08\x00"));
        assert!(!is_encrypted_zip(b"<?xml"));
    }
}
