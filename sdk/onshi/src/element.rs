//! The tree between bytes and typed messages: names and texts, nothing else.

use crate::{Charset, ReadError, ReadErrorKind, WriteError, WriteErrorKind, charset};
use quick_xml::Reader;
use quick_xml::events::Event;
use serde::{Deserialize, Serialize};

/// An element as it stands in a file: a text or child elements, never both.
///
/// Unknown elements of a message are kept as such in its `extra`. Attributes are not: no
/// message of the interface has any.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Element {
    /// Name without a namespace prefix.
    pub name: String,
    /// Text exactly as it stands; empty where the element has children.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Child elements in the order of the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Element>,
}

impl Element {
    /// An element with a text.
    pub fn leaf(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            text: text.into(),
            children: Vec::new(),
        }
    }

    /// An element with children.
    pub fn group(name: impl Into<String>, children: Vec<Element>) -> Self {
        Self {
            name: name.into(),
            text: String::new(),
            children,
        }
    }

    /// The first child of that name.
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|c| c.name == name)
    }

    /// Whether the element says nothing: no children and no text but blanks, tabs and line
    /// ends. The interface treats it as absent.
    pub fn is_blank(&self) -> bool {
        self.children.is_empty() && is_blank(&self.text)
    }

    /// Names and texts of every leaf below this element as `A/B`, in order. For showing
    /// what a message holds besides its known elements.
    pub fn leaves(&self) -> Vec<(String, String)> {
        fn walk(element: &Element, above: &str, out: &mut Vec<(String, String)>) {
            let path = match above {
                "" => element.name.clone(),
                _ => format!("{above}/{}", element.name),
            };
            if element.children.is_empty() {
                out.push((path, element.text.clone()));
            } else {
                element.children.iter().for_each(|c| walk(c, &path, out));
            }
        }
        let mut out = Vec::new();
        walk(self, "", &mut out);
        out
    }

    /// Takes all elements of that name out of this tree, wherever they stand, in one pass.
    pub(crate) fn extract(&mut self, name: &str, out: &mut Vec<Element>) {
        let mut kept = Vec::with_capacity(self.children.len());
        for mut child in std::mem::take(&mut self.children) {
            if child.name == name {
                out.push(child);
            } else {
                child.extract(name, out);
                kept.push(child);
            }
        }
        self.children = kept;
    }
}

fn is_blank(text: &str) -> bool {
    text.chars().all(|c| matches!(c, ' ' | '\t' | '\r' | '\n'))
}

/// How to read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadOptions {
    /// Encoding of a file without a declaration.
    pub fallback: Charset,
    /// Largest file.
    pub max_bytes: usize,
    /// Deepest nesting; the root counts 1. Real messages reach 7.
    pub max_depth: usize,
    /// Most elements. A person's answer has about 100, at some 10 times their size in
    /// memory.
    pub max_elements: usize,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            fallback: Charset::Utf8,
            max_bytes: 32 * 1024 * 1024,
            max_depth: 32,
            max_elements: 1_000_000,
        }
    }
}

impl ReadOptions {
    /// The default limits with another encoding for files without a declaration.
    pub fn with_fallback(fallback: Charset) -> Self {
        Self {
            fallback,
            ..Self::default()
        }
    }
}

/// A file as a tree, with the encoding it was read in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// The root element, whatever its name.
    pub root: Element,
    /// The encoding that decoded the file.
    pub charset: Charset,
    /// Whether the file itself named it. Where not, the caller\'s default decided.
    pub declared: bool,
}

/// Reads a file as a tree of elements. `file` is its name, for errors.
pub fn parse(file: &str, bytes: &[u8], options: &ReadOptions) -> Result<Parsed, ReadError> {
    let at_root = |kind| ReadError {
        file: file.to_owned(),
        path: "/".to_owned(),
        kind,
    };
    if bytes.len() > options.max_bytes {
        let kind = ReadErrorKind::TooLarge {
            size: bytes.len(),
            limit: options.max_bytes,
        };
        return Err(at_root(kind));
    }
    let (text, charset, declared) = charset::decode(bytes, options.fallback).map_err(at_root)?;
    let mut builder = Builder::new(options);
    match builder.run(text.trim_start_matches('\u{feff}')) {
        Ok(root) => Ok(Parsed {
            root,
            charset,
            declared,
        }),
        Err(kind) => Err(ReadError {
            file: file.to_owned(),
            path: builder.path(),
            kind,
        }),
    }
}

struct Builder<'o> {
    options: &'o ReadOptions,
    open: Vec<Element>,
    root: Option<Element>,
    elements: usize,
}

impl<'o> Builder<'o> {
    fn new(options: &'o ReadOptions) -> Self {
        Self {
            options,
            open: Vec::new(),
            root: None,
            elements: 0,
        }
    }

    fn path(&self) -> String {
        let names: Vec<&str> = self.open.iter().map(|e| e.name.as_str()).collect();
        if names.is_empty() {
            "/".to_owned()
        } else {
            names.join("/")
        }
    }

    fn run(&mut self, text: &str) -> Result<Element, ReadErrorKind> {
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        loop {
            let event = reader.read_event().map_err(|e| malformed(e.to_string()))?;
            match event {
                Event::Start(start) => self.start(start.local_name().as_ref())?,
                Event::End(_) => self.end()?,
                Event::Text(text) => self.text(&text.xml10_content())?,
                Event::CData(text) => self.text(&text.xml10_content())?,
                Event::GeneralRef(reference) => {
                    let resolved = reference
                        .resolve_char_ref()
                        .map_err(|e| malformed(e.to_string()))?
                        .or(match reference.xml10_content().as_ref() {
                            "amp" => Some('&'),
                            "lt" => Some('<'),
                            "gt" => Some('>'),
                            "quot" => Some('"'),
                            "apos" => Some('\''),
                            _ => None,
                        });
                    match resolved {
                        Some(character) => self.text(character.encode_utf8(&mut [0; 4]))?,
                        None => {
                            let name = reference.xml10_content().into_owned();
                            return Err(ReadErrorKind::UnknownEntity { name });
                        }
                    }
                }
                Event::DocType(_) => return Err(ReadErrorKind::Doctype),
                Event::Eof => break,
                // `expand_empty_elements` makes Empty a Start and an End.
                Event::Empty(_) | Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            }
        }
        if !self.open.is_empty() {
            return Err(malformed("the file ends inside an element".to_owned()));
        }
        self.root.take().ok_or(ReadErrorKind::Empty)
    }

    fn start(&mut self, name: &str) -> Result<(), ReadErrorKind> {
        if self.root.is_some() {
            return Err(malformed("a second root element".to_owned()));
        }
        if self.open.len() >= self.options.max_depth {
            return Err(ReadErrorKind::TooDeep {
                limit: self.options.max_depth,
            });
        }
        self.elements += 1;
        if self.elements > self.options.max_elements {
            return Err(ReadErrorKind::TooMany {
                limit: self.options.max_elements,
            });
        }
        if let Some(parent) = self.open.last_mut() {
            if !is_blank(&parent.text) {
                return Err(ReadErrorKind::Mixed);
            }
            parent.text.clear();
        }
        self.open.push(Element::leaf(name, ""));
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), ReadErrorKind> {
        match self.open.last_mut() {
            Some(element) if element.children.is_empty() => element.text.push_str(text),
            Some(_) if !is_blank(text) => return Err(ReadErrorKind::Mixed),
            None if !is_blank(text) => {
                return Err(malformed("text outside the root element".to_owned()));
            }
            Some(_) | None => {}
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), ReadErrorKind> {
        let element = self
            .open
            .pop()
            .ok_or_else(|| malformed("an end tag too many".to_owned()))?;
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
        Ok(())
    }
}

fn malformed(reason: String) -> ReadErrorKind {
    ReadErrorKind::Malformed { reason }
}

/// Writes a tree of elements as a file with its declaration. `file` is its name, for errors.
/// A simulator may shuffle the tree's children first: readers go by name.
pub fn render(file: &str, root: &Element, charset: Charset) -> Result<Vec<u8>, WriteError> {
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"{}\" standalone=\"no\"?>\n",
        charset.name()
    )
    .into_bytes();
    let mut path = Vec::new();
    write_element(root, charset, &mut path, &mut out).map_err(|kind| WriteError {
        file: file.to_owned(),
        path: path.join("/"),
        kind,
    })?;
    Ok(out)
}

/// On an error `path` is left where it happened.
fn write_element<'e>(
    element: &'e Element,
    charset: Charset,
    path: &mut Vec<&'e str>,
    out: &mut Vec<u8>,
) -> Result<(), WriteErrorKind> {
    let depth = path.len();
    path.push(&element.name);
    if !is_name(&element.name) {
        return Err(WriteErrorKind::Name {
            name: element.name.clone(),
        });
    }
    let indent = |out: &mut Vec<u8>| out.extend(std::iter::repeat_n(b' ', depth * 2));
    let tag = |out: &mut Vec<u8>, open: &str| -> Result<(), WriteErrorKind> {
        out.extend_from_slice(open.as_bytes());
        charset::append(&element.name, charset, out)?;
        out.push(b'>');
        Ok(())
    };
    indent(out);
    tag(out, "<")?;
    if element.children.is_empty() {
        charset::append(&element.text, charset, out)?;
    } else {
        if !is_blank(&element.text) {
            return Err(WriteErrorKind::Mixed);
        }
        out.push(b'\n');
        for child in &element.children {
            write_element(child, charset, path, out)?;
        }
        indent(out);
    }
    tag(out, "</")?;
    out.push(b'\n');
    path.pop();
    Ok(())
}

/// XML names without a colon: the interface uses no namespaces.
pub(crate) fn is_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters
        .next()
        .is_some_and(|c| c.is_alphabetic() || c == '_')
        && characters.all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}
