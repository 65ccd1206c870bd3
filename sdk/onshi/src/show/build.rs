//! From a file's bytes to what people read.

use super::labels::label;
use super::mask::{Privacy, masked};
use super::{Format, Line, Person, ShowError, ShowOptions, Shown, UnknownCode, Whole};
use crate::message::{BODY, Content, HEADER};
use crate::*;

/// Reads any message's file and says what stands in it. `file` is its name: what it begins
/// with says which message it is, unless the options do.
pub fn show(file: &str, bytes: &[u8], options: &ShowOptions<'_>) -> Result<Shown, ShowError> {
    let opened = AnswerFile::open(file, bytes, options.read.max_bytes)?;
    let known = identify(file, options)?;
    let mut shown = Shown {
        file: file.to_owned(),
        name_ja: known.row.map_or("電文", |row| row.name_ja),
        interface: known.row.and_then(Entry::interface_id),
        prefix: known.prefix.clone(),
        confidence: known.confidence.mark(),
        confidence_ja: known.confidence.meaning_ja(),
        sheet: known.layout.map(|layouts| layouts.sheet().to_owned()),
        format: Format::Xml,
        bytes: 0,
        charset: None,
        declared: false,
        whole: None,
        header: Vec::new(),
        body: Vec::new(),
        people: Vec::new(),
        hidden_lines: 0,
        warnings: Vec::new(),
        unknown_elements: Vec::new(),
        unknown_codes: Vec::new(),
    };
    let xml = match opened {
        AnswerFile::Pdf(pdf) => {
            (shown.format, shown.bytes) = (Format::Pdf, pdf.len());
            return Ok(shown);
        }
        AnswerFile::Png(png) => {
            (shown.format, shown.bytes) = (Format::Png, png.len());
            return Ok(shown);
        }
        AnswerFile::Xml(xml) => xml,
    };
    if bytes.starts_with(b"PK") {
        shown.format = Format::Zip;
    }
    shown.bytes = xml.len();
    let opened = open(file, &xml, &known, options)?;
    shown.charset = Some(opened.charset.name());
    shown.declared = opened.declared;
    shown.warnings = opened.warnings.iter().map(Warning::message_ja).collect();
    let mut builder = Builder {
        shown,
        unmasked: options.unmasked,
        medical: known.kind.and_then(MedicalKind::of),
    };
    builder.message(&opened.root, &known);
    Ok(builder.shown)
}

/// Which message a file is.
struct Known<'a> {
    prefix: String,
    row: Option<&'static Entry>,
    kind: Option<MessageKind>,
    /// The layouts that have it, where it has no layout of its own.
    layout: Option<&'a Layouts>,
    confidence: Confidence,
    direction: Direction,
}

fn identify<'a>(file: &str, options: &ShowOptions<'a>) -> Result<Known<'a>, ShowError> {
    let named = file.split_once('_').map_or(file, |(prefix, _)| prefix);
    let named = named.split_once('.').map_or(named, |(prefix, _)| prefix);
    let prefix = options.prefix.unwrap_or(named);
    let row = Entry::of_file(prefix);
    if let Some(kind) = row.and_then(|row| row.kind) {
        return Ok(Known {
            prefix: prefix.to_owned(),
            row,
            kind: Some(kind),
            layout: None,
            confidence: row.map_or(Confidence::Gap, |row| row.layout_confidence),
            direction: row.map_or(Direction::Answer, |row| row.direction),
        });
    }
    let given = options.layouts.and_then(|layouts| {
        let interface = layouts.interface_of(prefix)?;
        Some((layouts, interface))
    });
    if let Some((layouts, interface)) = given {
        let row = CATALOGUE.iter().find(|e| e.interface == Some(interface));
        return Ok(Known {
            prefix: prefix.to_owned(),
            row,
            kind: None,
            layout: Some(layouts),
            confidence: Confidence::Gap,
            direction: row.map_or(Direction::Answer, |row| row.direction),
        });
    }
    match (row, options.prefix) {
        (Some(row), _) => Err(ShowError::LayoutUnknown {
            file: file.to_owned(),
            name_ja: row.name_ja,
            interface: row.interface_id().unwrap_or_default(),
        }),
        (None, Some(prefix)) => Err(ShowError::NoSuchPrefix {
            prefix: prefix.to_owned(),
        }),
        (None, None) => Err(ShowError::Unknown {
            file: file.to_owned(),
        }),
    }
}

/// A message's tree in the order of its layout, unknown elements last.
struct Opened {
    root: Element,
    charset: Charset,
    declared: bool,
    warnings: Vec<Warning>,
}

impl<M: Content> From<Read<M>> for Opened {
    fn from(read: Read<M>) -> Self {
        Self {
            root: read.message.to_tree(),
            charset: read.charset,
            declared: read.declared,
            warnings: read.warnings,
        }
    }
}

fn open(
    file: &str,
    xml: &[u8],
    known: &Known<'_>,
    options: &ShowOptions<'_>,
) -> Result<Opened, ShowError> {
    fn of<M: Message>(file: &str, xml: &[u8], options: &ReadOptions) -> Result<Opened, ReadError> {
        Ok(read::<M>(file, xml, options)?.into())
    }
    let read = &options.read;
    use MessageKind::*;
    let Some(kind) = known.kind else {
        if let Some(layouts) = known.layout
            && let Some(opened) = through_layout(layouts, &known.prefix, file, xml, read)
        {
            return Ok(opened?);
        }
        return Err(ShowError::NoSuchPrefix {
            prefix: known.prefix.clone(),
        });
    };
    Ok(match kind {
        Siquc01Req => of::<SingleRequest>(file, xml, read),
        Siquc01Res => of::<SingleAnswer>(file, xml, read),
        Siimm01Req | Muimm01Req => of::<ReferenceRequest>(file, xml, read),
        Siimm01Res => of::<ReferenceAnswer>(file, xml, read),
        Muquc01Req => of::<BulkRequest>(file, xml, read),
        Muquc01Res | Muimm01Res | Muhvq01Res | Muonq01Res | Mutic01Res => {
            of::<Acceptance>(file, xml, read)
        }
        Muquc02Req | Muimm02Req | Muhvq02Req | Muonq02Req | Mutic02Req => {
            of::<DownloadRequest>(file, xml, read)
        }
        Muquc02Res | Muhvq02Res | Muonq02Res | Mutic02Res => of::<BulkAnswer>(file, xml, read),
        Muimm02Res => of::<BulkReferenceAnswer>(file, xml, read),
        Muhvq01Req | Muonq01Req => of::<ConsentRequest>(file, xml, read),
        Mutic01Req => of::<TicketRequest>(file, xml, read),
        Yzk01Req | Tkk01Req => of::<MedicalRequest>(file, xml, read),
        Yzk01Res | Tkk01Res => of::<MedicalAnswer>(file, xml, read),
    }?)
}

/// The message through the layout that has its prefix.
fn through_layout(
    layouts: &Layouts,
    prefix: &str,
    file: &str,
    xml: &[u8],
    options: &ReadOptions,
) -> Option<Result<Opened, ReadError>> {
    fn of<Q: Content, A: Content>(
        layout: &Layout<Q, A>,
        prefix: &str,
        file: &str,
        xml: &[u8],
        options: &ReadOptions,
    ) -> Option<Result<Opened, ReadError>> {
        if layout.request_prefix() == prefix {
            Some(layout.read_request(file, xml, options).map(Into::into))
        } else if layout.answer_prefix() == prefix {
            Some(layout.read_answer(file, xml, options).map(Into::into))
        } else {
            None
        }
    }
    macro_rules! first {
        ($($layout:expr),*) => { None$( .or_else(|| of($layout?, prefix, file, xml, options)) )* };
    }
    let bulk = layouts.recheck_many();
    first!(
        layouts.recheck_one(),
        bulk.map(|bulk| &bulk.upload),
        bulk.map(|bulk| &bulk.download),
        layouts.revoke_consent(),
        layouts.visit_page()
    )
}

/// Elements that hold what is said about one of many people.
const UNITS: [&str; 2] = ["BulkConfirmUnit", "BulkRegistrationUnit"];
/// The same in requests.
const QUESTIONS: [&str; 2] = [
    "QualificationConfirmSearchInfo",
    "ReferenceNumberRegistrationInfo",
];
/// Codes of elements that no public source names; layouts give them.
const LAYOUT_CODES: [(&str, &str); 7] = [
    ("changed", "OQSCD032"),
    ("consent-kind", "OQSCD036"),
    ("url-kind", "OQSCD033"),
    ("qr-kind", "OQSCD034"),
    ("change-flag", "OQSCD035"),
    // Inferred: the values are those of the other messages.
    ("AdmGendCode", "OQSCD007"),
    ("AdministrativeGenderCode", "OQSCD007"),
];

struct Builder {
    shown: Shown,
    unmasked: bool,
    medical: Option<MedicalKind>,
}

impl Builder {
    fn message(&mut self, root: &Element, known: &Known<'_>) {
        let part = |name: &str| root.child(name).map_or(&[][..], |part| &part.children);
        let (header, body) = (part(HEADER), part(BODY));
        if known.direction == Direction::Answer {
            self.shown.whole = Some(self.whole(root));
        }
        self.shown.header = self.lines(header, HEADER, 0);
        if self.medical.is_some() && known.direction == Direction::Answer {
            self.medical_items(body);
            return;
        }
        let answered = known.direction == Direction::Answer;
        use MessageKind::{Muhvq01Req, Muonq01Req, Mutic01Req};
        let of_a_time = matches!(known.kind, Some(Muhvq01Req | Muonq01Req | Mutic01Req));
        let groups: &[&str] = match answered {
            true => &UNITS,
            false if of_a_time => &[],
            false => &QUESTIONS,
        };
        let (people, rest): (Vec<&Element>, Vec<&Element>) = body
            .iter()
            .partition(|element| groups.contains(&element.name.as_str()));
        let rest: Vec<Element> = rest.into_iter().cloned().collect();
        let single = known.kind == Some(MessageKind::Siquc01Res)
            || known.kind == Some(MessageKind::Siimm01Res);
        if single && !rest.is_empty() {
            let person = self.person(1, &rest, answered.then_some(&rest), BODY);
            self.shown.people = vec![person];
        } else {
            self.shown.body = self.lines(&rest, BODY, 0);
            for (at, one) in people.iter().enumerate() {
                let path = format!("{BODY}/{}", one.name);
                let result = answered.then_some(&rest);
                let person = self.person(at + 1, &one.children, result, &path);
                self.shown.people.push(person);
            }
            self.count(header);
        }
    }

    /// How the message as a whole ended.
    fn whole(&self, root: &Element) -> Whole {
        if self.medical.is_some() {
            let answer = MedicalAnswer::from_tree(root.clone());
            let result = answer.result();
            return if result.is_error {
                Whole::Failed {
                    code: result.code.map(str::to_owned),
                    message: result.text.map(str::to_owned),
                }
            } else {
                Whole::Done
            };
        }
        let header = root.child(HEADER).map(|h| h.children.clone());
        match AnswerHeader::gather(header.unwrap_or_default()).outcome() {
            Outcome::Done => Whole::Done,
            Outcome::Processing => Whole::Processing,
            Outcome::Failed(error) => Whole::Failed {
                code: error.code,
                message: error.message,
            },
        }
    }

    /// One person. The body's own result counts where the person's part has none.
    fn person(
        &mut self,
        number: usize,
        elements: &[Element],
        body: Option<&Vec<Element>>,
        path: &str,
    ) -> Person {
        let text = |elements: &[Element], name: &str| {
            let found = elements.iter().find(|e| e.name == name && !e.is_blank());
            found.map(|e| e.text.clone())
        };
        let result = |elements: &[Element]| {
            ["Status", "Code", "Message"]
                .map(|what| text(elements, &format!("ProcessingResult{what}")))
        };
        let own = result(elements);
        let [status, code, message] = if own.iter().all(Option::is_none) {
            body.map_or(own, |body| result(body))
        } else {
            own
        };
        Person {
            number,
            // Nothing of a message that failed counts as well done.
            is_error: body
                .filter(|_| self.shown.whole == Some(Whole::Done))
                .map(|_| status.is_some_and(|status| status != "1")),
            code,
            text: message,
            lines: self.lines(elements, path, 0),
        }
    }

    fn medical_items(&mut self, body: &[Element]) {
        let answer = MedicalAnswer {
            extra: body.to_vec(),
            ..MedicalAnswer::default()
        };
        let items = answer.items();
        if !self.unmasked {
            self.shown.hidden_lines = items.len();
            return;
        }
        self.shown.body = items
            .into_iter()
            .map(|item| {
                let unit = item.unit.map(|unit| format!(" {unit}")).unwrap_or_default();
                Line {
                    depth: usize::try_from(item.depth).unwrap_or_default(),
                    element: item.name,
                    label: item.label,
                    value: (!item.value.is_empty()).then(|| format!("{}{unit}", item.value)),
                    meaning: None,
                }
            })
            .collect();
    }

    /// Says so when the header counts otherwise than the body.
    fn count(&mut self, header: &[Element]) {
        let stated = header.iter().find(|e| e.name == "NumberOfProcessingResult");
        let Some(stated) = stated.and_then(|e| e.text.trim().parse::<usize>().ok()) else {
            return;
        };
        let there = self.shown.people.len();
        if stated != there && self.shown.whole == Some(Whole::Done) {
            self.shown.warnings.push(format!(
                "処理結果件数は{stated}件ですが、結果は{there}人分あります。"
            ));
        }
    }

    fn lines(&mut self, elements: &[Element], path: &str, depth: usize) -> Vec<Line> {
        let mut lines = Vec::new();
        for element in elements.iter().filter(|e| !e.is_blank()) {
            self.line(element, path, depth, &mut lines);
        }
        lines
    }

    fn line(&mut self, element: &Element, path: &str, depth: usize, out: &mut Vec<Line>) {
        let path = format!("{path}/{}", element.name);
        let (label, privacy) = match label(&element.name) {
            Some((label, privacy)) => (Some(label.to_owned()), privacy),
            None => match consent_label(&element.name) {
                Some(label) => (Some(label), Privacy::Open),
                None => {
                    self.shown.unknown_elements.push(path.clone());
                    (None, Privacy::Whole)
                }
            },
        };
        let known = label.is_some();
        let mut line = Line {
            depth,
            element: element.name.clone(),
            label,
            value: None,
            meaning: None,
        };
        if element.children.is_empty() {
            line.meaning = self.meaning(&element.name, &element.text);
            line.value = Some(match element.name.as_str() {
                "qr" => format!("（Base64 {}文字）", element.text.len()),
                _ if self.unmasked => element.text.clone(),
                _ => masked(&element.text, privacy),
            });
            out.push(line);
            return;
        }
        out.push(line);
        for child in element.children.iter().filter(|e| !e.is_blank()) {
            // Of an unknown group the group is named, not all that is in it again.
            if known {
                self.line(child, &path, depth + 1, out);
            } else {
                let mut inner = self.unknown(child, depth + 1);
                out.append(&mut inner);
            }
        }
    }

    fn unknown(&self, element: &Element, depth: usize) -> Vec<Line> {
        let hidden = if self.unmasked {
            element.text.clone()
        } else {
            masked(&element.text, Privacy::Whole)
        };
        let mut lines = vec![Line {
            depth,
            element: element.name.clone(),
            label: None,
            value: element.children.is_empty().then_some(hidden),
            meaning: None,
        }];
        for child in element.children.iter().filter(|e| !e.is_blank()) {
            lines.extend(self.unknown(child, depth + 1));
        }
        lines
    }

    /// What a code means. One that nobody knows is noted.
    fn meaning(&mut self, element: &str, code: &str) -> Option<&'static str> {
        if element == "FileCategory" {
            let category = FileCategory::of(self.medical?, code);
            return category.map(FileCategory::meaning_ja);
        }
        let own = LAYOUT_CODES.iter().find(|(name, _)| *name == element);
        let table = match own {
            Some((_, id)) => tables::table(id),
            None => tables::of_element(element),
        }?;
        let meaning = table.meaning(code);
        if meaning.is_none() {
            self.shown.unknown_codes.push(UnknownCode {
                element: element.to_owned(),
                code: code.to_owned(),
                table: table.id,
            });
        }
        Some(meaning.unwrap_or(tables::UNKNOWN))
    }
}

/// What a consent's element is called.
fn consent_label(element: &str) -> Option<String> {
    const SUFFIXES: [(&str, &str); 3] = [
        ("ConsFlg", "同意"),
        ("ConsTime", "同意日時"),
        ("AvailableTime", "閲覧できる期限"),
    ];
    SUFFIXES.iter().find_map(|(suffix, what)| {
        let kind = element.strip_suffix(suffix)?;
        let kind = CONSENT_KINDS.iter().find(|known| known.element == kind)?;
        Some(format!("{}：{what}", kind.name_ja))
    })
}
