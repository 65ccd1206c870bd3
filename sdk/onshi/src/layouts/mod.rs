//! Layouts that are not public, as settings give them.
//!
//! Four operations of the home-visit family exist, but where their values stand in a file is
//! told to registered vendors only \[GAP\]: the re-query of one user (OQS-IF-025/026) and of
//! many (029–032, even the prefix is unknown), the withdrawal of consent (037/038), and the
//! URL of the station's page (039/040). Nothing about them is guessed here. An integrator
//! who has the official sheet writes down, in a file, which element holds which value; that
//! is enough to write such requests and to read their answers, without code.
//!
//! [`LayoutsSpec`] is the file as written (TOML or JSON, whatever serde reads), [`Layouts`]
//! is the file checked: every value that the message needs has its place, no element stands
//! for two things. An operation without a layout stays off.
//!
//! `layouts/invented.toml` beside this crate's sources shows the form. **It is invented**,
//! for tests and the sandbox: no official file looks like it.
//!
//! ```
//! let layouts: onshi::Layouts = serde_json::from_str(r#"{
//!     "sheet": "架空の例（公式ではない）",
//!     "visit-page": {
//!         "request": { "elements": [
//!             { "element": "MessageHeader/Station", "value": "institution-code", "required": true },
//!             { "element": "MessageBody/For", "value": "url-kind", "required": true }
//!         ] },
//!         "answer": { "elements": [
//!             { "element": "MessageHeader/Result", "value": "segment" },
//!             { "element": "MessageBody/Link", "value": "url" }
//!         ] }
//!     }
//! }"#)?;
//! let page = layouts.visit_page().ok_or("no layout")?;
//! let request = onshi::PageRequest {
//!     kind: Some(onshi::PageKind::HomeVisit),
//!     ..onshi::PageRequest::default()
//! };
//! let refused = page.write_request(&request, onshi::Charset::Utf8).unwrap_err();
//! assert!(refused.to_string().contains("institution-code"));
//! assert!(layouts.revoke_consent().is_none(), "off until somebody fills it in");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod check;
#[cfg(test)]
mod laws;
mod messages;
mod spec;
mod tree;
mod value;

pub use check::{LayoutError, LayoutProblem};
pub use messages::{
    PageAnswer, PageRequest, RecheckAnswer, RecheckManyAnswer, RecheckManyRequest, RecheckRequest,
    RecheckSearch, RecheckUnit, RevokeAnswer, RevokeRequest,
};
pub use spec::{AnswerSpec, BulkSpec, Each, ItemSpec, LayoutsSpec, PairSpec, QrFile, RequestSpec};
pub use value::Value;

use crate::message::{Content, charset_warning};
use crate::{
    Acceptance, Charset, Confidence, DownloadRequest, Element, Read, ReadError, ReadOptions,
    WriteError, parse, render,
};
use check::Sheet;
use serde::{Deserialize, Serialize};
use std::marker::PhantomData;
use tree::{Loose, collect, place};

/// Layouts of operations that are not public, checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "LayoutsSpec", into = "LayoutsSpec")]
pub struct Layouts {
    spec: LayoutsSpec,
    recheck_one: Option<Layout<RecheckRequest, RecheckAnswer>>,
    recheck_many: Option<BulkLayout>,
    revoke_consent: Option<Layout<RevokeRequest, RevokeAnswer>>,
    visit_page: Option<Layout<PageRequest, PageAnswer>>,
}

/// The two exchanges of a bulk re-query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkLayout {
    /// 要求 and アップロード結果.
    pub upload: Layout<RecheckManyRequest, Acceptance>,
    /// ダウンロード要求 and 結果.
    pub download: Layout<DownloadRequest, RecheckManyAnswer>,
}

/// Layout of a request and of its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout<Q, A> {
    interface: u16,
    prefix: String,
    request: Sheet,
    answer: Sheet,
    qr_file: Option<QrFile>,
    messages: PhantomData<fn() -> (Q, A)>,
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Layouts {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        LayoutsSpec::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        LayoutsSpec::json_schema(generator)
    }
}

impl TryFrom<LayoutsSpec> for Layouts {
    type Error = LayoutError;

    fn try_from(spec: LayoutsSpec) -> Result<Self, LayoutError> {
        if spec.sheet.trim().is_empty() {
            return Err(LayoutError {
                key: "sheet".to_owned(),
                problem: LayoutProblem::NoSheet,
            });
        }
        let recheck_one = spec.recheck_one.as_ref().map(|pair| {
            let roles = (&value::RECHECK, &value::RECHECKED_ONE);
            Layout::of_pair("recheck-one", pair, roles, 25)
        });
        let recheck_many = spec.recheck_many.as_ref().map(BulkLayout::of);
        let revoke_consent = spec.revoke_consent.as_ref().map(|pair| {
            let roles = (&value::REVOKE, &value::REVOKED);
            Layout::of_pair("revoke-consent", pair, roles, 37)
        });
        let visit_page = spec.visit_page.as_ref().map(|pair| {
            let roles = (&value::ASK_PAGE, &value::PAGE);
            Layout::of_pair("visit-page", pair, roles, 39)
        });
        let layouts = Self {
            recheck_one: recheck_one.transpose()?,
            recheck_many: recheck_many.transpose()?,
            revoke_consent: revoke_consent.transpose()?,
            visit_page: visit_page.transpose()?,
            spec,
        };
        layouts.check_prefixes()?;
        Ok(layouts)
    }
}

impl From<Layouts> for LayoutsSpec {
    fn from(layouts: Layouts) -> Self {
        layouts.spec
    }
}

impl Layouts {
    /// Which document the layouts were copied from, in the words of who copied them.
    pub fn sheet(&self) -> &str {
        &self.spec.sheet
    }

    /// 資格確認（訪問診療等）: one user again.
    pub fn recheck_one(&self) -> Option<&Layout<RecheckRequest, RecheckAnswer>> {
        self.recheck_one.as_ref()
    }

    /// 資格確認一括照会（訪問診療等）: many users again.
    pub fn recheck_many(&self) -> Option<&BulkLayout> {
        self.recheck_many.as_ref()
    }

    /// 閲覧同意取り消し（訪問診療等）
    pub fn revoke_consent(&self) -> Option<&Layout<RevokeRequest, RevokeAnswer>> {
        self.revoke_consent.as_ref()
    }

    /// 医療機関アクセスURL取得
    pub fn visit_page(&self) -> Option<&Layout<PageRequest, PageAnswer>> {
        self.visit_page.as_ref()
    }

    /// Every prefix of a request in use, with the key of its operation.
    pub fn prefixes(&self) -> Vec<(&'static str, &str)> {
        let mut all = Vec::new();
        if let Some(layout) = &self.recheck_one {
            all.push(("recheck-one.request", layout.request_prefix()));
        }
        if let Some(bulk) = &self.recheck_many {
            all.push(("recheck-many.request", bulk.upload.request_prefix()));
            all.push(("recheck-many.download", bulk.download.request_prefix()));
        }
        if let Some(layout) = &self.revoke_consent {
            all.push(("revoke-consent.request", layout.request_prefix()));
        }
        if let Some(layout) = &self.visit_page {
            all.push(("visit-page.request", layout.request_prefix()));
        }
        all
    }

    /// Interface number of the message whose files begin so; a request's or an answer's.
    pub fn interface_of(&self, prefix: &str) -> Option<u16> {
        fn of<Q, A>(layout: Option<&Layout<Q, A>>, prefix: &str) -> Option<u16> {
            let layout = layout?;
            let (request, answer) = layout.interfaces();
            if layout.request_prefix() == prefix {
                Some(request)
            } else {
                (layout.answer_prefix() == prefix).then_some(answer)
            }
        }
        let bulk = self.recheck_many.as_ref();
        of(self.recheck_one(), prefix)
            .or_else(|| of(bulk.map(|bulk| &bulk.upload), prefix))
            .or_else(|| of(bulk.map(|bulk| &bulk.download), prefix))
            .or_else(|| of(self.revoke_consent(), prefix))
            .or_else(|| of(self.visit_page(), prefix))
    }

    fn check_prefixes(&self) -> Result<(), LayoutError> {
        let all = self.prefixes();
        for (at, (key, prefix)) in all.iter().enumerate() {
            let other = all.iter().take(at).find(|(_, other)| other == prefix);
            if let Some((other, _)) = other {
                return Err(LayoutError {
                    key: format!("{key}.prefix"),
                    problem: LayoutProblem::PrefixTaken {
                        prefix: (*prefix).to_owned(),
                        other: (*other).to_owned(),
                    },
                });
            }
        }
        Ok(())
    }
}

impl BulkLayout {
    fn of(spec: &BulkSpec) -> Result<Self, LayoutError> {
        Ok(Self {
            upload: Layout::of(
                ("recheck-many.request", &spec.request, &value::RECHECK_MANY),
                (
                    "recheck-many.acceptance",
                    &spec.acceptance,
                    &value::ACCEPTANCE,
                ),
                29,
            )?,
            download: Layout::of(
                ("recheck-many.download", &spec.download, &value::DOWNLOAD),
                ("recheck-many.result", &spec.result, &value::RECHECKED_MANY),
                31,
            )?,
        })
    }
}

type Part<'a, S> = (&'a str, &'a S, &'static value::Role);

impl<Q, A> Layout<Q, A> {
    fn of_pair(
        key: &str,
        pair: &PairSpec,
        (asked, answered): (&'static value::Role, &'static value::Role),
        interface: u16,
    ) -> Result<Self, LayoutError> {
        Self::of(
            (&format!("{key}.request"), &pair.request, asked),
            (&format!("{key}.answer"), &pair.answer, answered),
            interface,
        )
    }

    fn of(
        (asking, request, asked): Part<'_, RequestSpec>,
        (answering, answer, answered): Part<'_, AnswerSpec>,
        interface: u16,
    ) -> Result<Self, LayoutError> {
        let (prefix, request) = check::request(asking, request, asked, interface)?;
        Ok(Self {
            interface,
            prefix,
            request,
            qr_file: answer.qr_file,
            answer: check::answer(answering, answer, answered)?,
            messages: PhantomData,
        })
    }

    /// How sure the layout is to this crate: not at all. It is as right as who copied it.
    pub fn confidence(&self) -> Confidence {
        Confidence::Gap
    }

    /// Interface numbers of the request and of the answer.
    pub fn interfaces(&self) -> (u16, u16) {
        (self.interface, self.interface + 1)
    }

    /// What the name of a request's file begins with.
    pub fn request_prefix(&self) -> &str {
        &self.prefix
    }

    /// What the name of an answer's file begins with.
    pub fn answer_prefix(&self) -> String {
        let stem = self.prefix.strip_suffix("req").unwrap_or(&self.prefix);
        format!("{stem}res")
    }

    /// Whether an answer has a place for a value.
    pub fn answers(&self, value: Value) -> bool {
        self.answer.holds(value)
    }

    /// Where the QR code comes, when it comes as a file.
    pub fn qr_file(&self) -> Option<QrFile> {
        self.qr_file
    }
}

impl<Q: Content, A: Content> Layout<Q, A> {
    /// Writes a request. What the layout requires and the request lacks is an error, as is a
    /// character that the encoding lacks.
    pub fn write_request(&self, request: &Q, charset: Charset) -> Result<Vec<u8>, WriteError> {
        write(&self.prefix, &self.request, request, charset)
    }

    /// Reads a request, as the terminal does.
    pub fn read_request(
        &self,
        file: &str,
        bytes: &[u8],
        options: &ReadOptions,
    ) -> Result<Read<Q>, ReadError> {
        read(file, bytes, options, &self.request)
    }

    /// Writes an answer, as the terminal does.
    pub fn write_answer(&self, answer: &A, charset: Charset) -> Result<Vec<u8>, WriteError> {
        write(&self.answer_prefix(), &self.answer, answer, charset)
    }

    /// Reads an answer.
    pub fn read_answer(
        &self,
        file: &str,
        bytes: &[u8],
        options: &ReadOptions,
    ) -> Result<Read<A>, ReadError> {
        read(file, bytes, options, &self.answer)
    }

    /// An answer by the element names of the catalogue's answers, whatever the layout's are: what a
    /// simulator changes before it [places](Self::place_answer) it.
    pub fn answer_by_catalogue(&self, answer: &A) -> Element {
        answer.to_tree()
    }

    /// The tree that the layout makes of such a one.
    pub fn place_answer(&self, by_catalogue: Element) -> Result<Element, WriteError> {
        self.answer_tree(&A::from_tree(by_catalogue))
    }

    /// The tree of an answer as it would be written; a simulator may shuffle it first.
    pub fn answer_tree(&self, answer: &A) -> Result<Element, WriteError> {
        tree(&self.answer_prefix(), &self.answer, answer)
    }
}

fn tree<M: Content>(file: &str, sheet: &Sheet, message: &M) -> Result<Element, WriteError> {
    let mut message = message.clone();
    let groups = message.group_extras().into_iter().map(std::mem::take);
    let groups = groups.collect();
    let (header, body) = message.extras();
    let loose = Loose {
        header: std::mem::take(header),
        body: std::mem::take(body),
        groups,
    };
    place(sheet, &message.to_tree(), loose).map_err(|misplaced| WriteError {
        file: file.to_owned(),
        path: misplaced.path,
        kind: misplaced.kind,
    })
}

fn write<M: Content>(
    file: &str,
    sheet: &Sheet,
    message: &M,
    charset: Charset,
) -> Result<Vec<u8>, WriteError> {
    render(file, &tree(file, sheet, message)?, charset)
}

fn read<M: Content>(
    file: &str,
    bytes: &[u8],
    options: &ReadOptions,
    sheet: &Sheet,
) -> Result<Read<M>, ReadError> {
    let parsed = parse(file, bytes, options)?;
    crate::message::check_root(file, &parsed.root)?;
    let (typed, loose) = collect(sheet, parsed.root);
    let mut message = M::from_tree(typed);
    let mut groups = loose.groups.into_iter();
    for (slot, extra) in message.group_extras().into_iter().zip(&mut groups) {
        slot.extend(extra);
    }
    let (header, body) = message.extras();
    header.extend(loose.header);
    body.extend(loose.body);
    // Of repeated elements that are mere texts in the typed message.
    body.extend(groups.flatten());
    let warnings = charset_warning(message.stated_charset(), parsed.charset);
    Ok(Read {
        message,
        charset: parsed.charset,
        declared: parsed.declared,
        warnings,
    })
}
