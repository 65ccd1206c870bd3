//! Relative request paths with exactly one spelling, and the patterns that admit them.
//!
//! A rule `submissions/*` is worth nothing if `submissions/x/%2e%2e/confirm` passes it and
//! the server then reads it as something else. So a path that could be read in two ways is
//! refused, never normalised.

use crate::Refused;
use std::fmt;

/// Longest path and query together; far above any real one, far below any server's limit.
const MAX_PATH: usize = 2048;

/// A path and query relative to an endpoint's base: `submissions/20241101?kind=claim`.
///
/// Segments are not empty, not `.` or `..`; characters are unreserved (RFC 3986 section 2.3)
/// or `!$&'()*+,;=@`; anything else is percent-encoded in upper case. Encoding an unreserved
/// character, a separator, a percent sign or a control character is refused.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RelativePath {
    path: String,
    query: Option<String>,
}

impl RelativePath {
    /// Parses a relative path, with a query after the first `?`.
    ///
    /// ```
    /// use reseplug_policy::RelativePath;
    /// assert!(RelativePath::parse("submissions?month=2024-11").is_ok());
    /// for trick in ["/etc", "https://other.example/", "a/../b", "a/%2e%2e/b", "a//b", "a\\b", "a#b"] {
    ///     assert!(RelativePath::parse(trick).is_err());
    /// }
    /// ```
    pub fn parse(text: &str) -> Result<Self, Refused> {
        if text.len() > MAX_PATH {
            return Err(refused(text, "長すぎます", "is too long"));
        }
        let (path, query) = text
            .split_once('?')
            .map_or((text, None), |(path, query)| (path, Some(query)));
        path.split('/').try_for_each(|part| segment(text, part))?;
        if let Some(query) = query {
            characters(
                text,
                query,
                |b| is_unreserved(b) || b"!$'()*+,;=&:@/?".contains(&b),
                |_| true,
            )?;
        }
        Ok(Self {
            path: path.to_owned(),
            query: query.map(str::to_owned),
        })
    }

    /// The path without its query.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The query without its question mark.
    pub fn query(&self) -> Option<&str> {
        self.query.as_deref()
    }
}

impl fmt::Display for RelativePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        match &self.query {
            Some(query) => write!(f, "?{query}"),
            None => Ok(()),
        }
    }
}

/// A path of a rule. A segment `*` stands for exactly one segment, so `submissions/*` admits
/// `submissions/17` but neither `submissions` nor `submissions/17/confirm`. A query is not
/// part of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PathPattern(Vec<Option<String>>);

impl PathPattern {
    /// Parses a pattern.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        text.split('/')
            .map(|part| match part {
                "*" => Ok(None),
                part if part.contains('*') => Err(refused(
                    text,
                    "「*」は区切りの間の1段全体だけに使えます",
                    "may use `*` only for a whole segment",
                )),
                part => segment(text, part).map(|()| Some(part.to_owned())),
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether the rule admits the path.
    pub fn matches(&self, path: &RelativePath) -> bool {
        let mut segments = path.path.split('/');
        self.0.iter().all(|wanted| match (wanted, segments.next()) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(wanted), Some(segment)) => wanted == segment,
        }) && segments.next().is_none()
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, segment) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("/")?;
            }
            f.write_str(segment.as_deref().unwrap_or("*"))?;
        }
        Ok(())
    }
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

fn segment(whole: &str, part: &str) -> Result<(), Refused> {
    if part.is_empty() {
        return Err(refused(
            whole,
            "相対パスにしてください。空の段（先頭・末尾・連続の「/」）は使えません",
            "must be relative without empty segments (a leading, trailing or double slash)",
        ));
    }
    if part == "." || part == ".." {
        return Err(refused(
            whole,
            "「.」「..」は使えません",
            "may not contain `.` or `..`",
        ));
    }
    // No colon: a first segment with one is a scheme.
    characters(
        whole,
        part,
        |b| is_unreserved(b) || b"!$&'()*+,;=@".contains(&b),
        |b| !is_unreserved(b) && !b"/\\%?#:".contains(&b),
    )
}

/// Every byte is plain, or percent-encoded in upper case and worth encoding.
fn characters(
    whole: &str,
    part: &str,
    plain: impl Fn(u8) -> bool,
    encodable: impl Fn(u8) -> bool,
) -> Result<(), Refused> {
    let mut bytes = part.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let value = hex(bytes.next())
                .zip(hex(bytes.next()))
                .map(|(high, low)| high << 4 | low);
            if !value.is_some_and(|v| v >= 0x20 && v != 0x7f && encodable(v)) {
                return Err(refused(
                    whole,
                    "使えないパーセント記号の書き方があります",
                    "has a percent-encoding that is malformed, in lower case, or hides a plain character",
                ));
            }
        } else if !plain(byte) {
            return Err(refused(
                whole,
                "使えない文字があります",
                "has a character that is not allowed",
            ));
        }
    }
    Ok(())
}

fn hex(byte: Option<u8>) -> Option<u8> {
    match byte? {
        b @ b'0'..=b'9' => Some(b - b'0'),
        b @ b'A'..=b'F' => Some(b - b'A' + 10),
        _ => None,
    }
}

fn refused(path: &str, ja: &str, en: &str) -> Refused {
    let shown: String = path.chars().take(80).collect();
    Refused::new(
        format!("パス「{}」は{ja}", shown.escape_debug()),
        format!("the path {shown:?} {en}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a careless server might make of a path: decode until nothing changes, fold
    /// backslashes, resolve dots.
    fn careless(path: &str) -> Vec<u8> {
        let mut bytes = path.as_bytes().to_vec();
        for _ in 0..4 {
            let mut decoded = Vec::new();
            let mut i = 0;
            while i < bytes.len() {
                let pair = bytes
                    .get(i + 1..i + 3)
                    .and_then(|p| std::str::from_utf8(p).ok());
                match (bytes[i], pair.and_then(|p| u8::from_str_radix(p, 16).ok())) {
                    (b'%', Some(value)) => {
                        decoded.push(value);
                        i += 3;
                    }
                    (byte, _) => {
                        decoded.push(byte);
                        i += 1;
                    }
                }
            }
            bytes = decoded;
        }
        bytes
    }

    proptest! {
        #[test]
        fn nothing_but_a_refusal_happens_to_any_text(text in any::<String>()) {
            let _ = RelativePath::parse(&text);
            let _ = PathPattern::parse(&text);
        }

        #[test]
        fn an_accepted_path_is_written_back_as_it_was(text in "[a-z%./?*A-F0-9\\\\:#@ -]{0,24}") {
            if let Ok(path) = RelativePath::parse(&text) {
                prop_assert_eq!(path.to_string(), text);
            }
        }

        #[test]
        fn decoding_an_accepted_path_again_and_again_opens_no_other_folder(
            text in "([a-z]|%[0-9A-Fa-f]{2}|%25|\\.|/|\\\\){0,16}"
        ) {
            if let Ok(path) = RelativePath::parse(&text) {
                let seen = careless(path.path());
                let slashes = |bytes: &[u8]| bytes.iter().filter(|b| **b == b'/').count();
                prop_assert_eq!(slashes(&seen), slashes(path.path().as_bytes()));
                prop_assert!(!seen.contains(&b'\\'));
                for part in seen.split(|b| *b == b'/') {
                    prop_assert!(!part.is_empty() && part != b"." && part != b"..");
                }
                prop_assert!(!seen.iter().any(|b| *b < 0x20 || b":?#".contains(b)));
            }
        }

        #[test]
        fn a_path_without_stars_admits_itself_and_nothing_else(
            a in "[a-z]{1,3}(/[a-z]{1,3}){0,2}", b in "[a-z]{1,3}(/[a-z]{1,3}){0,2}"
        ) {
            let pattern = PathPattern::parse(&a).unwrap();
            prop_assert!(pattern.matches(&RelativePath::parse(&a).unwrap()));
            prop_assert_eq!(pattern.matches(&RelativePath::parse(&b).unwrap()), a == b);
        }

        #[test]
        fn a_star_admits_one_segment_and_no_more(
            head in "[a-z]{1,3}", one in "[a-z0-9]{1,8}", more in "[a-z]{1,3}"
        ) {
            let pattern = PathPattern::parse(&format!("{head}/*")).unwrap();
            let admits = |text: &str| pattern.matches(&RelativePath::parse(text).unwrap());
            let path = format!("{head}/{one}");
            prop_assert!(admits(&path));
            let with_query = format!("{path}?month=2024-11");
            prop_assert!(admits(&with_query));
            prop_assert!(!admits(&head));
            let deeper = format!("{path}/{more}");
            prop_assert!(!admits(&deeper));
            let inner = PathPattern::parse(&format!("{head}/*/{more}")).unwrap();
            prop_assert!(inner.matches(&RelativePath::parse(&deeper).unwrap()));
        }
    }

    #[test]
    fn tricks_are_refused() {
        for text in [
            "",
            "/",
            "/a",
            "a/",
            "a//b",
            "//host/a",
            ".",
            "..",
            "a/..",
            "../a",
            "a/./b",
            "https://other.example/a",
            "https:a",
            "a:b",
            "a\\b",
            "a#b",
            "a b",
            "a\tb",
            "a\nb",
            "a%",
            "a%2",
            "a%zz",
            "%2e%2e/a",
            "%2E%2E/a",
            "a%2Fb",
            "a%5Cb",
            "a%00",
            "a%0D%0A",
            "a%252e",
            "a%41",
            "a%e3%81%82",
            "あ",
            "a?x=%0A",
            "a?x#y",
            "a?\u{7f}",
        ] {
            assert!(RelativePath::parse(text).is_err(), "{text:?}");
        }
        for text in [
            "a",
            "a/b.c",
            "a..b",
            "a?b=c&d=2024-11",
            "%E3%81%82",
            "a@b,c",
            "x?y=%E3%81%82&z=a/b?c",
        ] {
            assert!(RelativePath::parse(text).is_ok(), "{text:?}");
        }
        assert!(RelativePath::parse(&"a".repeat(2049)).is_err());
        for text in ["", "*x", "a*/b", "/*", "a/**", "../*"] {
            assert!(PathPattern::parse(text).is_err(), "{text:?}");
        }
    }
}
