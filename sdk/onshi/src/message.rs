//! Messages as wholes: a header, a body, reading and writing of files.

use crate::part::part;
use crate::{
    CharacterCode, Charset, Element, ReadError, ReadErrorKind, ReadOptions, ReferenceClass,
    SegmentOfResult, WriteError, parse, render,
};
use serde::{Deserialize, Serialize};

pub(crate) const ROOT: &str = "XmlMsg";
pub(crate) const HEADER: &str = "MessageHeader";
pub(crate) const BODY: &str = "MessageBody";

part! {
    /// Header of a request.
    pub struct RequestHeader {
        /// 資格確認日, yyyyMMdd: the day the question is about. Only in eligibility requests.
        confirmation_date: Option<String> => "QualificationConfirmationDate",
        /// 医療機関コード, 10 digits. Its form for a station is unconfirmed.
        institution_code: Option<String> => "MedicalInstitutionCode",
        /// 任意のファイル識別子, echoed in the answer; at most 50 characters.
        file_identifier: Option<String> => "ArbitraryFileIdentifier",
    }

    /// Header of an answer. Which elements appear differs by message; absent ones are absent.
    pub struct AnswerHeader {
        /// 処理実行時刻, yyyyMMddHHmmss.
        execution_time: Option<String> => "ProcessExecutionTime",
        /// 資格確認日, yyyyMMdd.
        confirmation_date: Option<String> => "QualificationConfirmationDate",
        /// 医療機関コード
        institution_code: Option<String> => "MedicalInstitutionCode",
        /// 任意のファイル識別子 of the request.
        file_identifier: Option<String> => "ArbitraryFileIdentifier",
        /// 受付番号 of a bulk request.
        reception_number: Option<String> => "ReceptionNumber",
        /// 照会区分
        reference_class: Option<ReferenceClass> => "ReferenceClassification",
        /// 処理結果区分 of the whole message.
        segment: Option<SegmentOfResult> => "SegmentOfResult",
        /// エラーコード of the whole message. The list of codes is not public.
        error_code: Option<String> => "ErrorCode",
        /// エラーメッセージ of the whole message: shown verbatim.
        error_message: Option<String> => "ErrorMessage",
        /// 処理結果件数
        results: Option<String> => "NumberOfProcessingResult",
        /// 正常処理件数
        normal: Option<String> => "NumberOfNormalProcessing",
        /// エラー件数
        errors: Option<String> => "NumberOfError",
        /// 文字コード識別
        character_code: Option<CharacterCode> => "CharacterCodeIdentifier",
    }
}

/// How a message as a whole ended. Each person's part has its own result besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The body counts.
    Done,
    /// 処理中: ask again later, with a new request.
    Processing,
    /// The whole message failed; the body does not count.
    Failed(WholeError),
}

/// An error of a message as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WholeError {
    /// `SegmentOfResult` as it stands.
    pub segment: Option<String>,
    /// `ErrorCode`, verbatim.
    pub code: Option<String>,
    /// `ErrorMessage`, verbatim.
    pub message: Option<String>,
}

impl AnswerHeader {
    /// How the message as a whole ended. A segment that nobody knows is no success. Without
    /// a segment (acceptances have none) an error code decides.
    pub fn outcome(&self) -> Outcome {
        match &self.segment {
            Some(SegmentOfResult::Done) => Outcome::Done,
            Some(SegmentOfResult::Processing) => Outcome::Processing,
            None if self.error_code.is_none() => Outcome::Done,
            None | Some(SegmentOfResult::Failed | SegmentOfResult::Other(_)) => {
                Outcome::Failed(WholeError {
                    segment: self.segment.as_ref().map(|s| s.code().to_owned()),
                    code: self.error_code.clone(),
                    message: self.error_message.clone(),
                })
            }
        }
    }
}

mod sealed {
    pub trait Sealed {}
}
pub(crate) use sealed::Sealed;

/// A message that can be read from a file and written to one.
pub trait Message: Content {
    /// Sorts a tree into the message, by element name. What has no place is kept in `extra`.
    fn from_root(root: Element) -> Self {
        Self::from_tree(root)
    }

    /// The message as a tree, `XmlMsg` with header and body.
    fn to_root(&self) -> Element {
        self.to_tree()
    }

    /// What the message says about the encoding of its file; requests say nothing.
    fn character_code(&self) -> Option<&CharacterCode> {
        self.stated_charset()
    }
}

/// A message with what its file was like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read<M> {
    /// The message.
    pub message: M,
    /// The encoding that decoded the file.
    pub charset: Charset,
    /// Whether the file itself named it. Where not, the caller's default decided.
    pub declared: bool,
    /// What a person should hear of.
    pub warnings: Vec<Warning>,
}

/// Something odd about a file that could be read all the same.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Warning {
    /// `CharacterCodeIdentifier` names another encoding than the one that decoded the file.
    /// The text may be wrong: keep the file, and let a person look at it.
    #[error("CharacterCodeIdentifier is {stated}, but the file was read as {charset}")]
    CharsetDisagrees {
        /// The code in the file.
        stated: CharacterCode,
        /// The encoding that decoded it.
        charset: Charset,
    },
}

impl Warning {
    /// What is odd and what to do, in Japanese.
    pub fn message_ja(&self) -> String {
        match self {
            Self::CharsetDisagrees { stated, charset } => format!(
                "文字コード識別は {} ですが、ファイルは {charset} として読みました。文字化けのおそれがあります。ファイルを残して保守業者に見せてください。",
                crate::tables::explain(CharacterCode::TABLE, stated.code())
            ),
        }
    }
}

/// Reads a message. `file` is the file's name, for errors.
///
/// ```
/// use onshi::{ReadOptions, SingleAnswer, Validity, read};
/// let xml = "<XmlMsg><MessageHeader/><MessageBody>\
///     <QualificationValidity>4</QualificationValidity></MessageBody></XmlMsg>";
/// let answer: SingleAnswer =
///     read("OQSsiquc01res_1.xml", xml.as_bytes(), &ReadOptions::default())?.message;
/// assert_eq!(answer.validity, Some(Validity::NotFound));
/// # Ok::<(), onshi::ReadError>(())
/// ```
pub fn read<M: Message>(
    file: &str,
    bytes: &[u8],
    options: &ReadOptions,
) -> Result<Read<M>, ReadError> {
    let parsed = parse(file, bytes, options)?;
    check_root(file, &parsed.root)?;
    let message = M::from_root(parsed.root);
    let warnings = charset_warning(message.character_code(), parsed.charset);
    Ok(Read {
        message,
        charset: parsed.charset,
        declared: parsed.declared,
        warnings,
    })
}

/// Refuses a file whose root is not a message's.
pub(crate) fn check_root(file: &str, root: &Element) -> Result<(), ReadError> {
    if root.name == ROOT {
        return Ok(());
    }
    Err(ReadError {
        file: file.to_owned(),
        path: "/".to_owned(),
        kind: ReadErrorKind::NotAMessage {
            found: root.name.clone(),
        },
    })
}

/// Says so when a message names another encoding than the one that decoded its file.
pub(crate) fn charset_warning(stated: Option<&CharacterCode>, charset: Charset) -> Vec<Warning> {
    stated
        .filter(|stated| **stated != CharacterCode::from(charset))
        .map(|stated| Warning::CharsetDisagrees {
            stated: stated.clone(),
            charset,
        })
        .into_iter()
        .collect()
}

/// Writes a message. `file` is the file's name or prefix, for errors. A character that the
/// encoding lacks is an error before anything is written, never a reference.
///
/// ```
/// use onshi::{Charset, DownloadRequest, write};
/// let request = DownloadRequest::new("9999999999", "R1");
/// let bytes = write("OQSmuquc02req", &request, Charset::Utf8)?;
/// assert!(String::from_utf8_lossy(&bytes).contains("<ReceptionNumber>R1</ReceptionNumber>"));
/// # Ok::<(), onshi::WriteError>(())
/// ```
pub fn write<M: Message>(file: &str, message: &M, charset: Charset) -> Result<Vec<u8>, WriteError> {
    render(file, &message.to_root(), charset)
}

/// Header and body elements of a root. Further children of the root join the body.
pub(crate) fn split(root: Element) -> (Vec<Element>, Vec<Element>) {
    let (mut header, mut body) = (Vec::new(), Vec::new());
    for child in root.children {
        match child.name.as_str() {
            HEADER => header.extend(child.children),
            BODY => body.extend(child.children),
            _ => body.push(child),
        }
    }
    (header, body)
}

/// Brings elements of these names, wherever in the file they stand, to where a layout has
/// them.
pub(crate) fn gather_home(mut root: Element, home: &str, names: &[&str]) -> Element {
    for name in names {
        let mut found = Vec::new();
        root.extract(name, &mut found);
        match root.children.iter_mut().find(|c| c.name == home) {
            Some(part) => part.children.append(&mut found),
            None if found.is_empty() => {}
            None => root.children.push(Element::group(home, found)),
        }
    }
    root
}

/// What messages and what goes through layouts have in common: a header, a body, and what
/// neither has a place for.
pub trait Content: Sealed + Sized + Clone {
    /// Sorts a tree into the message.
    #[doc(hidden)]
    fn from_tree(root: Element) -> Self;

    /// The message as a tree.
    #[doc(hidden)]
    fn to_tree(&self) -> Element;

    /// What it says about the encoding of its file.
    #[doc(hidden)]
    fn stated_charset(&self) -> Option<&CharacterCode> {
        None
    }

    /// What the header and the body hold besides.
    #[doc(hidden)]
    fn extras(&mut self) -> (&mut Vec<Element>, &mut Vec<Element>);

    /// What each of the repeated parts holds besides.
    #[doc(hidden)]
    fn group_extras(&mut self) -> Vec<&mut Vec<Element>> {
        Vec::new()
    }
}

/// Makes structs of a header type and a body part. `each FIELD` names the repeated part of
/// what goes through a layout.
macro_rules! content {
    ($(
        $(#[$doc:meta])*
        pub struct $name:ident($header:ident $(, $coded:ident)?) $(via $arrange:ident)? $(each $each:ident)? {
            $( $(#[$fdoc:meta])* $field:ident: $kind:ty => $element:literal, )*
        }
    )*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
        #[serde(default)]
        pub struct $name {
            /// Element `MessageHeader`.
            pub header: $crate::$header,
            $(
                $(#[$fdoc])*
                #[doc = ""]
                #[doc = concat!("Element `", $element, "` of `MessageBody`.")]
                pub $field: $kind,
            )*
            /// Elements of the body that this layout does not know, as they stood.
            #[serde(skip_serializing_if = "Vec::is_empty")]
            pub extra: Vec<$crate::Element>,
        }

        impl $crate::message::Sealed for $name {}

        impl $crate::message::Content for $name {
            fn from_tree(root: $crate::Element) -> Self {
                #[allow(unused_imports)]
                use $crate::part::Field as _;
                $( let root = $arrange(root); )?
                let (header, body) = $crate::message::split(root);
                let mut this = Self { header: $crate::$header::gather(header), ..Self::default() };
                for element in body {
                    let rest = Some(element);
                    $( let rest = rest.and_then(|e| this.$field.offer($element, e)); )*
                    this.extra.extend(rest);
                }
                this
            }

            fn to_tree(&self) -> $crate::Element {
                #[allow(unused_imports)]
                use $crate::part::Field as _;
                let mut body = Vec::new();
                $( self.$field.put($element, &mut body); )*
                body.extend(self.extra.iter().cloned());
                $crate::Element::group($crate::message::ROOT, vec![
                    $crate::Element::group($crate::message::HEADER, self.header.to_elements()),
                    $crate::Element::group($crate::message::BODY, body),
                ])
            }

            $(
                fn stated_charset(&self) -> Option<&$crate::CharacterCode> {
                    self.header.$coded.as_ref()
                }
            )?

            fn extras(&mut self) -> (&mut Vec<$crate::Element>, &mut Vec<$crate::Element>) {
                (&mut self.header.extra, &mut self.extra)
            }

            $(
                fn group_extras(&mut self) -> Vec<&mut Vec<$crate::Element>> {
                    self.$each.iter_mut().map(|one| &mut one.extra).collect()
                }
            )?
        }

        #[cfg(test)]
        impl $name {
            /// Element names of the body's layout.
            #[allow(dead_code)]
            pub(crate) const ELEMENTS: &'static [&'static str] = &[$($element),*];
        }
    )* };
}
pub(crate) use content;

/// Makes messages: what stands in files by their own element names.
macro_rules! message {
    ($(
        $(#[$doc:meta])*
        pub struct $name:ident($header:ident $(, $coded:ident)?) $(via $arrange:ident)? { $($body:tt)* }
    )*) => {
        $crate::message::content! { $(
            $(#[$doc])*
            pub struct $name($header $(, $coded)?) $(via $arrange)? { $($body)* }
        )* }
        $( impl $crate::Message for $name {} )*
    };
}
pub(crate) use message;
