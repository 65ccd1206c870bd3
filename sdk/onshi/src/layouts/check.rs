//! From a layout file to layouts that cannot be wrong inside.

use super::spec::{AnswerSpec, Each, ItemSpec, QrFile, RequestSpec};
use super::value::{Role, Value};
use crate::element::is_name;
use crate::{CATALOGUE, ConsentInformation};

/// What is wrong with a layout file, and at which key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {problem}")]
pub struct LayoutError {
    /// `recheck-one.request.elements[3].value`; elements count from 0.
    pub key: String,
    /// What is wrong there.
    pub problem: LayoutProblem,
}

/// What is wrong at a key of a layout file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LayoutProblem {
    /// Nobody could tell where the layout comes from.
    #[error("say which document the layout was copied from")]
    NoSheet,
    /// The prefix is not public, so the layout has to name it.
    #[error("the prefix of this message is not public: copy it from the official sheet")]
    NoPrefix,
    /// A prefix of the interface is letters and digits and ends in `req`.
    #[error("`{prefix}` is not the prefix of a request, such as `OQSsihvq01req`")]
    Prefix {
        /// The prefix as written.
        prefix: String,
    },
    /// The prefix is another message's.
    #[error("the prefix `{prefix}` belongs to {other}")]
    PrefixTaken {
        /// The prefix.
        prefix: String,
        /// Whose it is.
        other: String,
    },
    /// There are no elements.
    #[error("the message has no elements")]
    Nothing,
    /// The path is not made of element names.
    #[error("`{element}` is not a path of element names, such as `MessageBody/BirthDay`")]
    Path {
        /// The path as written.
        element: String,
    },
    /// Paths of a message begin with its two parts.
    #[error("`{element}` begins neither with `MessageHeader/` nor with `MessageBody/`")]
    Outside {
        /// The path as written.
        element: String,
    },
    /// An element says what it holds in one way.
    #[error("an element has either `value`, or `constant`, or `each` with `elements`")]
    OneOf,
    /// The key makes no sense beside the others.
    #[error("`{key}` has no meaning here")]
    Idle {
        /// The key.
        key: &'static str,
    },
    /// The message has no such value.
    #[error("this message has no `{value}`; it has {possible}")]
    NotHere {
        /// The value.
        value: &'static str,
        /// What it has.
        possible: String,
    },
    /// The message has many people, so what is said of one stands in a repeated element.
    #[error("`{value}` is a person's: it stands below an element with `each = \"person\"`")]
    OfEach {
        /// The value.
        value: &'static str,
    },
    /// The message repeats nothing of that kind.
    #[error("nothing of this kind is repeated in this message")]
    Each,
    /// Two elements hold the same.
    #[error("`{element}` stands for two things")]
    Twice {
        /// Path of the element.
        element: String,
    },
    /// The value stands in two elements, so which of them counts?
    #[error("the value `{value}` stands in two elements")]
    TwiceValue {
        /// The value.
        value: &'static str,
    },
    /// An element that holds something holds no other elements besides.
    #[error("`{element}` stands inside another element of this layout, or has one inside")]
    Inside {
        /// Path of the element.
        element: String,
    },
    /// Without any of these the message is of no use.
    #[error("one of these has to stand somewhere: {values}")]
    Missing {
        /// The values.
        values: String,
    },
    /// The consent's kind is none of OQSCD036.
    #[error("`{kind}` is no kind of consent (OQSCD036)")]
    Kind {
        /// The kind as written.
        kind: String,
    },
    /// A text that no message can carry.
    #[error("the text cannot stand in a message")]
    Text,
}

/// What stands in an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// A value.
    Value(Value),
    /// Always the same text.
    Constant(String),
    /// `yes` where consents of that kind are meant, else `no`.
    Kind {
        kind: ConsentInformation,
        yes: String,
        no: Option<String>,
    },
    /// A repeated group.
    Each(Vec<Item>),
}

/// An element of a layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    /// Names from below the scope down to the element; at least one.
    pub(super) path: Vec<String>,
    pub(super) source: Source,
    pub(super) required: bool,
    pub(super) blank: bool,
}

/// The elements of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sheet {
    pub(super) role: &'static Role,
    pub(super) items: Vec<Item>,
}

impl Sheet {
    /// Whether a value has a place.
    pub(super) fn holds(&self, value: Value) -> bool {
        fn stands(items: &[Item], value: Value) -> bool {
            items.iter().any(|item| match &item.source {
                Source::Value(own) => *own == value,
                Source::Each(items) => stands(items, value),
                Source::Kind { .. } => value == Value::ConsentKind,
                Source::Constant(_) => false,
            })
        }
        stands(&self.items, value)
    }
}

/// A request's prefix and elements.
pub(super) fn request(
    key: &str,
    spec: &RequestSpec,
    role: &'static Role,
    interface: u16,
) -> Result<(String, Sheet), LayoutError> {
    Ok((
        prefix(key, spec.prefix.as_deref(), interface)?,
        sheet(key, &spec.elements, role)?,
    ))
}

/// An answer's elements. A QR code that comes as a file stands in no element.
pub(super) fn answer(
    key: &str,
    spec: &AnswerSpec,
    role: &'static Role,
) -> Result<Sheet, LayoutError> {
    let page = role.place(Value::Url).is_some();
    if spec.qr_file.is_some() && !page {
        return Err(at(
            format!("{key}.qr-file"),
            LayoutProblem::Idle { key: "qr-file" },
        ));
    }
    let sheet = sheet(key, &spec.elements, role)?;
    let has = |value| {
        sheet
            .items
            .iter()
            .any(|item| item.source == Source::Value(value))
    };
    if page && !has(Value::Url) && !has(Value::Qr) && spec.qr_file != Some(QrFile::Instead) {
        return Err(at(
            format!("{key}.elements"),
            LayoutProblem::Missing {
                values: list(&[Value::Url, Value::Qr]),
            },
        ));
    }
    if spec.qr_file.is_some() && has(Value::Qr) {
        return Err(at(
            format!("{key}.qr-file"),
            LayoutProblem::TwiceValue { value: "qr" },
        ));
    }
    Ok(sheet)
}

fn at(key: String, problem: LayoutProblem) -> LayoutError {
    LayoutError { key, problem }
}

fn list(values: &[Value]) -> String {
    let keys: Vec<String> = values.iter().map(|v| format!("`{}`", v.key())).collect();
    keys.join(", ")
}

/// The prefix as written, else the one that is public.
fn prefix(key: &str, written: Option<&str>, interface: u16) -> Result<String, LayoutError> {
    let key = format!("{key}.prefix");
    let row = CATALOGUE.iter().find(|e| e.interface == Some(interface));
    let public = row.map(|e| e.prefix).filter(|prefix| !prefix.is_empty());
    let Some(prefix) = written.or(public) else {
        return Err(at(key, LayoutProblem::NoPrefix));
    };
    // As the exchange folder takes it.
    let letters = prefix.strip_suffix("req").filter(|stem| {
        (1..=37).contains(&stem.len()) && stem.bytes().all(|b| b.is_ascii_alphanumeric())
    });
    if letters.is_none() {
        let prefix = prefix.to_owned();
        return Err(at(key, LayoutProblem::Prefix { prefix }));
    }
    // The bulk re-query may share its prefix with the batch of consents: public sources do
    // not say.
    let taken = CATALOGUE.iter().find(|e| {
        e.prefix == prefix
            && e.interface != Some(interface)
            && !(prefix.starts_with("OQSmuhvq") && (29..=32).contains(&interface))
    });
    match taken {
        Some(other) => Err(at(
            key,
            LayoutProblem::PrefixTaken {
                prefix: prefix.to_owned(),
                other: other
                    .interface_id()
                    .unwrap_or_else(|| other.name_ja.to_owned()),
            },
        )),
        None => Ok(prefix.to_owned()),
    }
}

fn sheet(key: &str, specs: &[ItemSpec], role: &'static Role) -> Result<Sheet, LayoutError> {
    let key = format!("{key}.elements");
    if specs.is_empty() {
        return Err(at(key, LayoutProblem::Nothing));
    }
    let mut placed = Vec::new();
    let items = items(&key, specs, role, None, &mut placed)?;
    for values in role.needs {
        if !values.iter().any(|value| placed.contains(value)) {
            let values = list(values);
            return Err(at(key, LayoutProblem::Missing { values }));
        }
    }
    one_way_to_say_a_kind(&key, &items)?;
    Ok(Sheet { role, items })
}

/// Kinds of consent stand in repeated elements, in repeated groups, or each has an element of
/// its own: never in two ways at once.
fn one_way_to_say_a_kind(key: &str, items: &[Item]) -> Result<(), LayoutError> {
    let mut kinds = Vec::new();
    let mut others = 0;
    for item in items {
        match &item.source {
            Source::Kind { kind, .. } => kinds.push(kind),
            Source::Value(Value::ConsentKind) => others += 1,
            Source::Each(inner) => {
                let says = |item: &Item| item.source == Source::Value(Value::ConsentKind);
                others += usize::from(inner.iter().any(says));
            }
            Source::Value(_) | Source::Constant(_) => {}
        }
    }
    let all = kinds.len();
    kinds.sort_by_key(|kind| kind.code());
    kinds.dedup();
    if others + usize::from(all > 0) > 1 || kinds.len() < all {
        let value = Value::ConsentKind.key();
        return Err(at(key.to_owned(), LayoutProblem::TwiceValue { value }));
    }
    Ok(())
}

fn items(
    key: &str,
    specs: &[ItemSpec],
    role: &'static Role,
    within: Option<Each>,
    placed: &mut Vec<Value>,
) -> Result<Vec<Item>, LayoutError> {
    let mut items: Vec<Item> = Vec::with_capacity(specs.len());
    for (number, spec) in specs.iter().enumerate() {
        let key = format!("{key}[{number}]");
        let item = item(&key, spec, role, within, placed)?;
        for other in &items {
            let shorter = item.path.len().min(other.path.len());
            if item
                .path
                .iter()
                .zip(&other.path)
                .filter(|(a, b)| a == b)
                .count()
                < shorter
            {
                continue;
            }
            let element = spec.element.clone();
            let problem = if item.path.len() == other.path.len() {
                LayoutProblem::Twice { element }
            } else {
                LayoutProblem::Inside { element }
            };
            return Err(at(format!("{key}.element"), problem));
        }
        items.push(item);
    }
    Ok(items)
}

fn item(
    key: &str,
    spec: &ItemSpec,
    role: &'static Role,
    within: Option<Each>,
    placed: &mut Vec<Value>,
) -> Result<Item, LayoutError> {
    let sub = |name: &str| format!("{key}.{name}");
    let path = path(&sub("element"), &spec.element, within)?;
    let idle = |name: &'static str| at(sub(name), LayoutProblem::Idle { key: name });
    for text in [&spec.constant, &spec.otherwise].into_iter().flatten() {
        let fits = crate::charset::append(text, crate::Charset::Utf8, &mut Vec::new());
        if fits.is_err() || text.trim().is_empty() {
            return Err(at(sub("constant"), LayoutProblem::Text));
        }
    }
    if spec.otherwise.is_some() && spec.when_kind.is_none() {
        return Err(idle("otherwise"));
    }
    if spec.when_kind.is_some() && spec.constant.is_none() {
        return Err(idle("when-kind"));
    }
    if !spec.elements.is_empty() && spec.each.is_none() {
        return Err(idle("elements"));
    }
    if spec.value.is_none() && (spec.required || spec.blank) {
        return Err(idle(if spec.required { "required" } else { "blank" }));
    }
    if spec.required && spec.blank {
        return Err(idle("blank"));
    }
    let source = match (spec.value, &spec.constant, spec.each) {
        (Some(value), None, None) => {
            value_here(&sub("value"), value, role, within)?;
            if placed.contains(&value) && value != Value::ConsentKind {
                let value = value.key();
                return Err(at(sub("value"), LayoutProblem::TwiceValue { value }));
            }
            placed.push(value);
            Source::Value(value)
        }
        (None, Some(constant), None) => match &spec.when_kind {
            None => Source::Constant(constant.clone()),
            Some(kind) => {
                let kind = kind_here(&sub("when-kind"), kind, role, within)?;
                placed.push(Value::ConsentKind);
                Source::Kind {
                    kind,
                    yes: constant.clone(),
                    no: spec.otherwise.clone(),
                }
            }
        },
        (None, None, Some(each)) => {
            let known = role.group.as_ref().is_some_and(|group| group.each == each);
            if !known || within.is_some() {
                return Err(at(sub("each"), LayoutProblem::Each));
            }
            if spec.elements.is_empty() {
                return Err(at(sub("elements"), LayoutProblem::Nothing));
            }
            Source::Each(items(
                &sub("elements"),
                &spec.elements,
                role,
                Some(each),
                placed,
            )?)
        }
        _ => return Err(at(key.to_owned(), LayoutProblem::OneOf)),
    };
    Ok(Item {
        path,
        source,
        required: spec.required,
        blank: spec.blank,
    })
}

/// A path's names. Outside a repeated group it begins with the header or the body.
fn path(key: &str, element: &str, within: Option<Each>) -> Result<Vec<String>, LayoutError> {
    let names: Vec<String> = element.split('/').map(str::to_owned).collect();
    let fault = |problem| Err(at(key.to_owned(), problem));
    let element = element.to_owned();
    if names.iter().any(|name| !is_name(name)) {
        return fault(LayoutProblem::Path { element });
    }
    let part = names.first().map(String::as_str);
    let inside = matches!(part, Some("MessageHeader" | "MessageBody")) && names.len() > 1;
    if within.is_none() && !inside {
        return fault(LayoutProblem::Outside { element });
    }
    Ok(names)
}

/// Whether the message has the value at this place.
fn value_here(
    key: &str,
    value: Value,
    role: &'static Role,
    within: Option<Each>,
) -> Result<(), LayoutError> {
    let in_group = role.group.as_ref().and_then(|group| group.place(value));
    let known = match within {
        Some(_) => in_group.is_some(),
        None => role.place(value).is_some(),
    };
    if known {
        return Ok(());
    }
    let problem = if in_group.is_some() {
        LayoutProblem::OfEach { value: value.key() }
    } else {
        let possible: Vec<Value> = match within {
            None => role.values(),
            Some(_) => {
                let group = role.group.iter().flat_map(|group| group.places);
                group.map(|(value, _)| *value).collect()
            }
        };
        LayoutProblem::NotHere {
            value: value.key(),
            possible: list(&possible),
        }
    };
    Err(at(key.to_owned(), problem))
}

fn kind_here(
    key: &str,
    kind: &str,
    role: &'static Role,
    within: Option<Each>,
) -> Result<ConsentInformation, LayoutError> {
    if role.place(Value::ConsentKind).is_none() || within.is_some() {
        let problem = LayoutProblem::Idle { key: "when-kind" };
        return Err(at(key.to_owned(), problem));
    }
    match ConsentInformation::from(kind) {
        ConsentInformation::Other(kind) => Err(at(key.to_owned(), LayoutProblem::Kind { kind })),
        known => Ok(known),
    }
}
