//! Any message's file as people read it: what it is, how sure its layout is, what it says
//! about whom, with the meaning of every code.
//!
//! What is somebody's own (numbers, names, birth dates, diagnoses) is hidden unless asked for.
//! Nothing is left out: an element or a code that nobody knows is listed as such.

mod build;
mod labels;
mod mask;
mod text;

use crate::{ArchiveError, Layouts, ReadError, ReadOptions};
use serde::Serialize;

pub use build::show;

/// How a file is to be shown.
#[derive(Debug, Clone, Copy, Default)]
pub struct ShowOptions<'a> {
    /// Limits, and the encoding of files that declare none.
    pub read: ReadOptions,
    /// What to read the file as, when its name does not say: a prefix such as `OQSmuquc02res`.
    pub prefix: Option<&'a str>,
    /// Layouts of messages that are not public.
    pub layouts: Option<&'a Layouts>,
    /// Whether what is somebody's own is shown.
    pub unmasked: bool,
}

/// A file as people read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// Name of the file.
    pub file: String,
    /// Official name of the message.
    pub name_ja: &'static str,
    /// `OQS-IF-017`; absent where it is not known.
    pub interface: Option<String>,
    /// What the file's name begins with.
    pub prefix: String,
    /// How sure the layout is: `V2`, `V`, `V-impl`, `I`, `GAP`.
    pub confidence: &'static str,
    /// What that mark says.
    pub confidence_ja: &'static str,
    /// The document that the layout was copied from, when settings gave it.
    pub sheet: Option<String>,
    /// What the file is.
    pub format: Format,
    /// Size in bytes, unpacked.
    pub bytes: usize,
    /// The encoding that it was read in; absent for what is no text.
    pub charset: Option<&'static str>,
    /// Whether the file itself names its encoding.
    pub declared: bool,
    /// How the message as a whole ended; absent in requests.
    pub whole: Option<Whole>,
    /// The header.
    pub header: Vec<Line>,
    /// The body, but what is said about each person.
    pub body: Vec<Line>,
    /// What is said about each person, in the order of the file.
    pub people: Vec<Person>,
    /// Lines of medical information that are hidden.
    pub hidden_lines: usize,
    /// What a person should look at, in Japanese.
    pub warnings: Vec<String>,
    /// Elements that this program does not know, as paths.
    pub unknown_elements: Vec<String>,
    /// Codes without a known meaning.
    pub unknown_codes: Vec<UnknownCode>,
}

/// What a file is, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// An XML file.
    Xml,
    /// An XML file inside a `.zip`.
    Zip,
    /// A PDF for people.
    Pdf,
    /// A picture.
    Png,
}

/// How a message as a whole ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "ended")]
pub enum Whole {
    /// The body counts.
    Done,
    /// 処理中: ask again later.
    Processing,
    /// The whole message failed; nothing in its body counts.
    Failed {
        /// Code, verbatim.
        code: Option<String>,
        /// Text, verbatim.
        message: Option<String>,
    },
}

/// One line of what a message says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Level of indentation, from 0.
    pub depth: usize,
    /// Name of the element.
    pub element: String,
    /// What it is called; absent where nobody knows.
    pub label: Option<String>,
    /// The value; absent for the heading of the lines below.
    pub value: Option<String>,
    /// What a code means, or that nobody knows it.
    pub meaning: Option<&'static str>,
}

/// What is said about one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Person {
    /// Place in the file, from 1.
    pub number: usize,
    /// Whether this person's part is an error; absent in requests, and where the whole message
    /// failed or is still being worked on.
    pub is_error: Option<bool>,
    /// Code of the result, verbatim.
    pub code: Option<String>,
    /// Text of the result, verbatim.
    pub text: Option<String>,
    /// What is said.
    pub lines: Vec<Line>,
}

/// A code without a known meaning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnknownCode {
    /// The element that holds it.
    pub element: String,
    /// The code.
    pub code: String,
    /// The table that lacks it.
    pub table: &'static str,
}

/// Why a file cannot be shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShowError {
    /// The archive cannot be opened.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The file is no message.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Neither the name nor the caller says which message it is.
    #[error("{file}: the name does not say which message this is; name its prefix")]
    Unknown {
        /// Name of the file.
        file: String,
    },
    /// There is no such message.
    #[error("no message has the prefix `{prefix}`")]
    NoSuchPrefix {
        /// The prefix.
        prefix: String,
    },
    /// The message's layout is not public, and no layout was given.
    #[error("{file}: the layout of {name_ja} ({interface}) is not public; give the layout file")]
    LayoutUnknown {
        /// Name of the file.
        file: String,
        /// Official name.
        name_ja: &'static str,
        /// `OQS-IF-025`
        interface: String,
    },
}
