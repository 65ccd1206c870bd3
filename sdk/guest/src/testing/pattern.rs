//! What an expectation accepts, and how a difference is shown.

use std::fmt::Write as _;

/// What an expectation accepts for one value. A text or bytes accept exactly themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// Anything.
    Any,
    /// Exactly these bytes.
    Exactly(Vec<u8>),
    /// Anything that contains each of these texts.
    Containing(Vec<String>),
}

impl Pattern {
    /// Anything that contains each of these texts.
    pub fn containing<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::Containing(texts.into_iter().map(Into::into).collect())
    }

    /// Nothing when the value is accepted, otherwise lines that say what differs.
    pub(super) fn difference(&self, actual: &[u8]) -> Option<String> {
        match self {
            Self::Any => None,
            Self::Exactly(expected) if expected == actual => None,
            Self::Exactly(expected) => Some(compare(expected, actual)),
            Self::Containing(texts) => {
                let missing: Vec<&String> = texts
                    .iter()
                    .filter(|t| find(actual, t.as_bytes()).is_none())
                    .collect();
                (!missing.is_empty()).then(|| {
                    format!(
                        "    lacks     {missing:?}\n    actual    {}\n",
                        show(actual)
                    )
                })
            }
        }
    }
}

impl From<&str> for Pattern {
    fn from(text: &str) -> Self {
        Self::Exactly(text.as_bytes().to_vec())
    }
}

impl From<String> for Pattern {
    fn from(text: String) -> Self {
        Self::Exactly(text.into_bytes())
    }
}

impl From<&String> for Pattern {
    fn from(text: &String) -> Self {
        Self::Exactly(text.as_bytes().to_vec())
    }
}

impl From<&[u8]> for Pattern {
    fn from(bytes: &[u8]) -> Self {
        Self::Exactly(bytes.to_vec())
    }
}

impl<const N: usize> From<&[u8; N]> for Pattern {
    fn from(bytes: &[u8; N]) -> Self {
        Self::Exactly(bytes.to_vec())
    }
}

impl From<Vec<u8>> for Pattern {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Exactly(bytes)
    }
}

impl From<crate::Moment> for Pattern {
    fn from(moment: crate::Moment) -> Self {
        moment.to_string().into()
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    if needle.is_empty() {
        return Some(0);
    }
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

/// A value on one line: text where it is text, hexadecimal where it is not.
pub(super) fn show(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => format!("{text:?}"),
        Err(_) => {
            let mut out = format!("{} bytes:", bytes.len());
            for byte in bytes.iter().take(48) {
                let _ = write!(out, " {byte:02x}");
            }
            if bytes.len() > 48 {
                out.push_str(" …");
            }
            out
        }
    }
}

/// Longest line-by-line comparison shown; beyond it a test's output helps nobody.
const LINES: usize = 40;

/// One line each for single-line values, otherwise line by line from the first difference.
fn compare(expected: &[u8], actual: &[u8]) -> String {
    let (Ok(e), Ok(a)) = (std::str::from_utf8(expected), std::str::from_utf8(actual)) else {
        let at = expected
            .iter()
            .zip(actual)
            .take_while(|(e, a)| e == a)
            .count();
        return format!(
            "    expected  {}\n    actual    {}\n    first difference at byte {at}\n",
            show(expected.get(at..).unwrap_or_default()),
            show(actual.get(at..).unwrap_or_default())
        );
    };
    if !e.contains('\n') && !a.contains('\n') {
        return format!("    expected  {e:?}\n    actual    {a:?}\n");
    }
    let (mut e, mut a) = (e.split('\n'), a.split('\n'));
    let mut out = String::new();
    let (mut line, mut shown) = (0, 0);
    loop {
        let pair = (e.next(), a.next());
        line += 1;
        if pair == (None, None) {
            return out;
        }
        if pair.0 == pair.1 {
            continue;
        }
        if shown == LINES {
            out.push_str("    …\n");
            return out;
        }
        shown += 1;
        if let Some(text) = pair.0 {
            let _ = writeln!(out, "    line {line} - {text:?}");
        }
        if let Some(text) = pair.1 {
            let _ = writeln!(out, "    line {line} + {text:?}");
        }
    }
}
