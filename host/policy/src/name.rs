//! Small names that cannot be malformed.

use crate::Refused;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A name of the station file or a manifest: a plugin, a logical folder, an endpoint, an
/// identity. Lower-case letters, digits and hyphens, beginning with a letter or digit, at
/// most 64 characters; so it is safe in file names, log lines and error messages.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

impl Name {
    /// Parses a name.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let shape = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if text.is_empty() || text.len() > 64 || text.starts_with('-') || !text.chars().all(shape) {
            return Err(Refused::new(
                format!(
                    "名前「{}」は使えません。半角の英小文字・数字・ハイフンで64文字以内にしてください",
                    text.escape_debug()
                ),
                format!("the name {text:?} must be 1 to 64 lower-case letters, digits or hyphens"),
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// SHA-256 of a component's exact bytes, written `sha256:` and 64 lower-case digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(String);

impl Digest {
    /// Parses `sha256:…`.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let hex = text.strip_prefix("sha256:").unwrap_or_default();
        if hex.len() != 64 || !hex.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f')) {
            return Err(Refused::new(
                "ダイジェストは「sha256:」と16進小文字64桁で書いてください（`reseplug plugin inspect` が表示します）",
                "a digest is `sha256:` and 64 lower-case hexadecimal digits (`reseplug plugin inspect` prints it)",
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// The digest of a hash already computed.
    pub fn from_sha256(hash: [u8; 32]) -> Self {
        use fmt::Write as _;
        let mut text = String::with_capacity(71);
        text.push_str("sha256:");
        for byte in hash {
            let _ = write!(text, "{byte:02x}"); // writing to a String cannot fail
        }
        Self(text)
    }

    /// `sha256:…`
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

macro_rules! text_traits {
    ($($type:ty),*) => {$(
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl TryFrom<String> for $type {
            type Error = Refused;
            fn try_from(text: String) -> Result<Self, Refused> {
                Self::parse(&text)
            }
        }
        impl From<$type> for String {
            fn from(value: $type) -> String {
                value.0
            }
        }
        impl std::borrow::Borrow<str> for $type {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    )*};
}
text_traits!(Name, Digest);
