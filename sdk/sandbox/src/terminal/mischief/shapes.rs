//! Where things stand in the tree of an answer, single or of many people.

use onshi::Element;

/// The parts of an answer that speak of one person each.
pub(super) struct People<'e> {
    body: Option<&'e mut Element>,
}

impl<'e> People<'e> {
    pub(super) fn of(root: &'e mut Element) -> Self {
        Self {
            body: root
                .children
                .iter_mut()
                .find(|one| one.name == "MessageBody"),
        }
    }

    /// The first person's part: a unit of a bulk answer, or the body of a single one.
    pub(super) fn first(&mut self) -> Option<&mut Element> {
        let body = self.body.as_deref_mut()?;
        match first_named(body, "BulkConfirmUnit") {
            Some(at) => body.children.get_mut(at),
            None => Some(body),
        }
    }

    /// What holds the first person's 資格.
    pub(super) fn first_list(&mut self) -> Option<&mut Element> {
        let one = self.first()?;
        match first_named(one, "ResultList") {
            Some(at) => one.children.get_mut(at),
            None => Some(one),
        }
    }

    /// The first person's first 資格.
    pub(super) fn first_result(&mut self) -> Option<&mut Element> {
        self.first_list()?
            .children
            .iter_mut()
            .find(|one| one.name == "ResultOfQualificationConfirmation")
    }
}

/// The body of an answer about several people.
pub(super) fn units(root: &mut Element) -> Option<&mut Element> {
    root.children
        .iter_mut()
        .find(|one| one.name == "MessageBody")
}

pub(super) fn header(root: &mut Element) -> Option<&mut Element> {
    root.children
        .iter_mut()
        .find(|one| one.name == "MessageHeader")
}

pub(super) fn first_named(element: &Element, name: &str) -> Option<usize> {
    element.children.iter().position(|one| one.name == name)
}

/// Gives a child a text, and makes it where it is not there.
pub(super) fn set(element: Option<&mut Element>, name: &str, text: &str) {
    let Some(element) = element else { return };
    match element.children.iter_mut().find(|one| one.name == name) {
        Some(child) => text.clone_into(&mut child.text),
        None => element.children.push(Element::leaf(name, text)),
    }
}

/// Does something to every element of a name.
pub(super) fn each(element: &mut Element, name: &str, change: &dyn Fn(&mut Element)) {
    if element.name == name {
        change(element);
    }
    for child in &mut element.children {
        each(child, name, change);
    }
}
