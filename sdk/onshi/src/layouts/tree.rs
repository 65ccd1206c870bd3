//! Between the tree of a typed message and the tree that a layout describes.

use super::check::{Item, Sheet, Source};
use super::value::{Group, ITSELF, Value};
use crate::message::{BODY, HEADER, ROOT};
use crate::{Element, WriteErrorKind};

/// A typed message's tree, and what it held besides, from where the layout has no say.
pub(super) struct Loose {
    /// Of the header.
    pub(super) header: Vec<Element>,
    /// Of the body.
    pub(super) body: Vec<Element>,
    /// Of each repeated element, in their order.
    pub(super) groups: Vec<Vec<Element>>,
}

/// Why a value cannot be placed, and at which path of the layout.
pub(super) struct Misplaced {
    pub(super) path: String,
    pub(super) kind: WriteErrorKind,
}

/// Puts the values of a typed message where the layout wants them.
pub(super) fn place(sheet: &Sheet, typed: &Element, loose: Loose) -> Result<Element, Misplaced> {
    let mut root = Element::group(
        ROOT,
        vec![
            Element::group(HEADER, Vec::new()),
            Element::group(BODY, Vec::new()),
        ],
    );
    let mut extras = loose.groups.into_iter();
    let mut told = Vec::new();
    for item in &sheet.items {
        let written = match &item.source {
            Source::Value(value) => {
                let found = find(typed, &split_place(sheet.role.place(*value)));
                leaves(item, *value, &found)?
            }
            Source::Constant(text) => vec![Element::leaf(last(item), text.clone())],
            Source::Kind { kind, yes, no } => {
                let asked = find(typed, &split_place(sheet.role.place(Value::ConsentKind)));
                let meant = asked.iter().any(|one| one.text == kind.code());
                told.push(kind.code());
                let text = if meant { Some(yes) } else { no.as_ref() };
                text.map(|text| Element::leaf(last(item), text.clone()))
                    .into_iter()
                    .collect()
            }
            Source::Each(items) => match &sheet.role.group {
                None => Vec::new(),
                Some(group) => find(typed, &names(group.path))
                    .into_iter()
                    .map(|one| each(item, items, group, one, extras.next().unwrap_or_default()))
                    .collect::<Result<_, _>>()?,
            },
        };
        put(&mut root, &item.path, written);
    }
    if !told.is_empty() {
        let asked = find(typed, &split_place(sheet.role.place(Value::ConsentKind)));
        if let Some(lost) = asked.iter().find(|one| !told.contains(&one.text.as_str())) {
            return Err(Misplaced {
                path: format!("{ROOT}/{BODY}"),
                kind: WriteErrorKind::NoPlace {
                    value: lost.text.clone(),
                },
            });
        }
    }
    for (part, extra) in [(HEADER, loose.header), (BODY, loose.body)] {
        if let Some(part) = root.children.iter_mut().find(|c| c.name == part) {
            part.children.extend(extra);
        }
    }
    Ok(root)
}

/// One repeated element.
fn each(
    outer: &Item,
    items: &[Item],
    group: &Group,
    typed: &Element,
    extra: Vec<Element>,
) -> Result<Element, Misplaced> {
    let mut element = Element::group(last(outer), Vec::new());
    for item in items {
        let written = match &item.source {
            Source::Value(value) => {
                let place = group.place(*value);
                let found = match place {
                    Some(ITSELF) => vec![typed],
                    _ => find(typed, &place.map(names).unwrap_or_default()),
                };
                leaves(item, *value, &found).map_err(|misplaced| Misplaced {
                    path: format!("{ROOT}/{}/{}", outer.path.join("/"), item.path.join("/")),
                    ..misplaced
                })?
            }
            Source::Constant(text) => vec![Element::leaf(last(item), text.clone())],
            Source::Kind { .. } | Source::Each(_) => Vec::new(),
        };
        put(&mut element, &item.path, written);
    }
    element.children.extend(extra);
    Ok(element)
}

/// The elements of one item with a value.
fn leaves(item: &Item, value: Value, found: &[&Element]) -> Result<Vec<Element>, Misplaced> {
    // A 資格 of which nothing is said is one all the same.
    let says = |element: &&&Element| value == Value::Results || !element.is_blank();
    let found: Vec<&&Element> = found.iter().filter(says).collect();
    if found.is_empty() && item.required {
        return Err(Misplaced {
            path: format!("{ROOT}/{}", item.path.join("/")),
            kind: WriteErrorKind::Missing { value: value.key() },
        });
    }
    if found.is_empty() && item.blank {
        return Ok(vec![Element::leaf(last(item), "")]);
    }
    let named = |element: &&&Element| Element {
        name: last(item).to_owned(),
        ..(**element).clone()
    };
    Ok(found.iter().map(named).collect())
}

/// Takes the values of a file from where the layout says they stand, and makes the typed
/// message's tree of them. What is left has no place in the layout.
pub(super) fn collect(sheet: &Sheet, mut root: Element) -> (Element, Loose) {
    let mut typed = Element::group(
        ROOT,
        vec![
            Element::group(HEADER, Vec::new()),
            Element::group(BODY, Vec::new()),
        ],
    );
    let mut groups = Vec::new();
    for item in &sheet.items {
        match &item.source {
            Source::Value(value) => {
                let taken = take(&mut root, &item.path, value.is_repeated());
                put_at(&mut typed, &split_place(sheet.role.place(*value)), taken);
            }
            Source::Constant(text) => drop_constant(&mut root, item, text),
            Source::Kind { kind, yes, .. } => {
                let taken = take(&mut root, &item.path, false);
                if taken.iter().any(|one| one.text == *yes) {
                    let path = split_place(sheet.role.place(Value::ConsentKind));
                    put_at(&mut typed, &path, vec![Element::leaf("", kind.code())]);
                }
            }
            Source::Each(items) => {
                let Some(group) = &sheet.role.group else {
                    continue;
                };
                for mut one in take(&mut root, &item.path, true) {
                    let element = gather(items, group, &mut one);
                    put_at(&mut typed, &names(group.path), vec![element]);
                    groups.push(one.children);
                }
            }
        }
    }
    let (header, body) = crate::message::split(root);
    let loose = Loose {
        header,
        body,
        groups,
    };
    (typed, loose)
}

fn gather(items: &[Item], group: &Group, one: &mut Element) -> Element {
    let mut typed = Element::default();
    for item in items {
        match &item.source {
            Source::Value(value) => {
                let taken = take(one, &item.path, value.is_repeated());
                match group.place(*value) {
                    Some(ITSELF) => {
                        typed.text = taken.into_iter().next().map(|e| e.text).unwrap_or_default();
                    }
                    Some(place) => put_at(&mut typed, &names(place), taken),
                    None => {}
                }
            }
            Source::Constant(text) => drop_constant(one, item, text),
            Source::Kind { .. } | Source::Each(_) => {}
        }
    }
    typed
}

/// A constant that is as the layout says is no news; another text is kept.
fn drop_constant(root: &mut Element, item: &Item, text: &str) {
    let differs: Vec<Element> = take(root, &item.path, false)
        .into_iter()
        .filter(|one| one.text != text)
        .collect();
    put(root, &item.path, differs);
}

fn last(item: &Item) -> &str {
    item.path.last().map(String::as_str).unwrap_or_default()
}

fn names(path: &str) -> Vec<String> {
    path.split('/').map(str::to_owned).collect()
}

fn split_place(place: Option<(&str, &str)>) -> Vec<String> {
    place
        .map(|(holder, path)| names(&format!("{holder}/{path}")))
        .unwrap_or_default()
}

/// All elements at that path.
fn find<'e>(element: &'e Element, path: &[String]) -> Vec<&'e Element> {
    let Some((name, rest)) = path.split_first() else {
        return Vec::new();
    };
    let here = element.children.iter().filter(|c| c.name == *name);
    if rest.is_empty() {
        here.collect()
    } else {
        here.flat_map(|child| find(child, rest)).collect()
    }
}

/// Takes the elements at that path out: all of them, or the first. Elements that held
/// nothing else go with them.
fn take(element: &mut Element, path: &[String], all: bool) -> Vec<Element> {
    let Some((name, rest)) = path.split_first() else {
        return Vec::new();
    };
    let mut taken = Vec::new();
    let mut kept = Vec::with_capacity(element.children.len());
    for mut child in std::mem::take(&mut element.children) {
        let wanted = child.name == *name && (all || taken.is_empty());
        if wanted && rest.is_empty() {
            taken.push(child);
            continue;
        }
        if wanted {
            taken.extend(take(&mut child, rest, all));
            if child.is_blank() {
                continue;
            }
        }
        kept.push(child);
    }
    element.children = kept;
    taken
}

/// Puts elements at that path, under their last name; groups on the way are shared.
fn put_at(root: &mut Element, path: &[String], elements: Vec<Element>) {
    let Some(name) = path.last() else {
        return;
    };
    let named = elements.into_iter().map(|element| Element {
        name: name.clone(),
        ..element
    });
    put(root, path, named.collect());
}

/// Puts elements where that path ends; groups on the way are shared.
fn put(root: &mut Element, path: &[String], elements: Vec<Element>) {
    let Some((_, groups)) = path.split_last().filter(|_| !elements.is_empty()) else {
        return;
    };
    let mut at = root;
    for name in groups {
        let known = at.children.iter().position(|c| c.name == *name);
        let place = known.unwrap_or_else(|| {
            at.children.push(Element::group(name.clone(), Vec::new()));
            at.children.len() - 1
        });
        let Some(next) = at.children.get_mut(place) else {
            return;
        };
        at = next;
    }
    at.children.extend(elements);
}
