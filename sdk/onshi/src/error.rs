//! What can go wrong, with the file and the element it went wrong in.

use crate::Charset;

/// Why a file cannot be read as a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {path}: {kind}")]
pub struct ReadError {
    /// File name (or message prefix) as the caller gave it.
    pub file: String,
    /// Element path, `XmlMsg/MessageBody/ResultList`; `/` before the root element.
    pub path: String,
    /// What is wrong.
    pub kind: ReadErrorKind,
}

/// What is wrong with a file that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadErrorKind {
    /// The file is larger than the caller allows.
    #[error("the file has {size} bytes, more than the {limit} allowed")]
    TooLarge {
        /// Bytes of the file.
        size: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// Elements are nested more deeply than the caller allows.
    #[error("elements are nested more than {limit} deep")]
    TooDeep {
        /// Depth allowed.
        limit: usize,
    },
    /// The file has more elements than the caller allows.
    #[error("the file has more than {limit} elements")]
    TooMany {
        /// Elements allowed.
        limit: usize,
    },
    /// The declaration names an encoding that the interface does not know.
    #[error("the declared encoding `{name}` is neither UTF-8 nor Shift_JIS")]
    UnknownEncoding {
        /// The encoding as declared.
        name: String,
    },
    /// The bytes are not text of the encoding that the declaration, or else the setting, names.
    #[error("the bytes are not {charset}; the declaration or the station's setting is wrong")]
    NotText {
        /// The encoding that was tried.
        charset: Charset,
    },
    /// The file carries a DOCTYPE, which no message of the interface has.
    #[error("the file has a DOCTYPE, which is refused")]
    Doctype,
    /// An entity other than the five of XML.
    #[error("the entity `&{name};` is not defined")]
    UnknownEntity {
        /// The entity's name.
        name: String,
    },
    /// An element holds text and elements side by side.
    #[error("text and elements are mixed")]
    Mixed,
    /// The root is not `XmlMsg`.
    #[error("the root element is `{found}`, not `XmlMsg`")]
    NotAMessage {
        /// Name of the root element.
        found: String,
    },
    /// The file has no root element.
    #[error("the file has no element at all")]
    Empty,
    /// The XML is not well-formed; perhaps the file is only half written.
    #[error("the XML is not well-formed: {reason}")]
    Malformed {
        /// The parser's reason.
        reason: String,
    },
}

impl ReadErrorKind {
    /// What is wrong with the file, in Japanese. The parser's own words stay out of it.
    pub fn message_ja(&self) -> String {
        match self {
            Self::TooLarge { size, limit } => {
                format!("ファイルが大きすぎます（{size} バイト、上限 {limit} バイト）")
            }
            Self::TooDeep { limit } => format!("要素の入れ子が {limit} 段を超えています"),
            Self::TooMany { limit } => format!("要素が {limit} 個を超えています"),
            Self::UnknownEncoding { name } => {
                format!("宣言された文字コード「{name}」は UTF-8 でも Shift_JIS でもありません")
            }
            Self::NotText { charset } => {
                format!("{charset} の文字ではありません。宣言か設定の文字コードが違います")
            }
            Self::Doctype => "電文にはない DOCTYPE があります".to_owned(),
            Self::UnknownEntity { name } => format!("実体参照「&{name};」が定義されていません"),
            Self::Mixed => "一つの要素に文字と要素が混ざっています".to_owned(),
            Self::NotAMessage { found } => {
                format!("最初の要素が XmlMsg ではなく {found} です")
            }
            Self::Empty => "中身（要素）がありません".to_owned(),
            Self::Malformed { .. } => {
                "XML として正しくありません。書きかけのファイルか、壊れたファイルです".to_owned()
            }
        }
    }
}

/// Why a message cannot be written. Nothing has been written then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {path}: {kind}")]
pub struct WriteError {
    /// File name (or message prefix) as the caller gave it.
    pub file: String,
    /// Element path of the value.
    pub path: String,
    /// What is wrong.
    pub kind: WriteErrorKind,
}

/// What is wrong with a message that cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteErrorKind {
    /// The character does not exist in the encoding, or would come back as another one.
    #[error("the character `{character}` (U+{:04X}) cannot be written in {charset}", u32::from(*.character))]
    Unmappable {
        /// The character.
        character: char,
        /// The encoding of the file.
        charset: Charset,
    },
    /// A control character that XML cannot carry (or, like CR, not unchanged).
    #[error("the control character U+{:04X} cannot stand in a message", u32::from(*.character))]
    Control {
        /// The character.
        character: char,
    },
    /// The element's name is not an XML name.
    #[error("`{name}` is not an element name")]
    Name {
        /// The name.
        name: String,
    },
    /// A layout requires a value that the message lacks.
    #[error("the layout requires `{value}` here, and there is none")]
    Missing {
        /// Key of the value, as layout files have it.
        value: &'static str,
    },
    /// A value that must not be lost has no place in the layout.
    #[error("the layout has no place for `{value}`")]
    NoPlace {
        /// The value.
        value: String,
    },
    /// An element holds text and elements side by side.
    #[error("text and elements are mixed")]
    Mixed,
}
