//! From elements to typed parts and back, by name, in any order.
//!
//! The macro [`part!`] takes a layout table (field, type, element name) and makes the
//! struct, its reader and its writer of it. What no field wants lands in `extra`; a second
//! occurrence of a single element does, too (the first one counts). Reading never fails.

use crate::Element;

/// What one element can hold.
pub(crate) trait Node: Sized {
    /// `Ok(None)` when the element is blank, `Err` gives back what does not fit.
    fn read(element: Element) -> Result<Option<Self>, Element>;
    /// Nothing for an empty text: empty is absent.
    fn write(&self, name: &str) -> Option<Element>;
    /// Whether repeated ones are looked for below unknown wrappers. Not for texts: the same
    /// name means another thing elsewhere.
    const NESTED: bool = false;
}

impl Node for String {
    fn read(element: Element) -> Result<Option<Self>, Element> {
        if !element.children.is_empty() {
            return Err(element);
        }
        if element.is_blank() {
            return Ok(None);
        }
        Ok(Some(element.text))
    }

    fn write(&self, name: &str) -> Option<Element> {
        (!self.is_empty()).then(|| Element::leaf(name, self))
    }
}

/// What a struct's field can hold: an optional or repeated [`Node`].
pub(crate) trait Field {
    /// Takes the element if it is meant for this field; gives back what it does not want.
    fn offer(&mut self, name: &str, element: Element) -> Option<Element>;
    /// Appends the field's elements.
    fn put(&self, name: &str, out: &mut Vec<Element>);
}

impl<N: Node> Field for Option<N> {
    fn offer(&mut self, name: &str, element: Element) -> Option<Element> {
        if element.name != name || self.is_some() {
            return Some(element);
        }
        match N::read(element) {
            Ok(value) => {
                *self = value;
                None
            }
            Err(element) => Some(element),
        }
    }

    fn put(&self, name: &str, out: &mut Vec<Element>) {
        out.extend(self.iter().filter_map(|node| node.write(name)));
    }
}

/// Repeated elements: `Item` side by side, or `Wrapper/Item` with one wrapper around all.
/// Reading finds the items at any depth below the element that is offered: single answers
/// wrap results in `ResultList`, bulk ones do not, and where the home-visit batch puts them
/// is not confirmed.
impl<N: Node> Field for Vec<N> {
    fn offer(&mut self, name: &str, mut element: Element) -> Option<Element> {
        let (wrapper, item) = split(name);
        if element.name == item {
            return match N::read(element) {
                Ok(value) => {
                    self.extend(value);
                    None
                }
                Err(element) => Some(element),
            };
        }
        if !N::NESTED {
            return Some(element);
        }
        let blank = element.is_blank();
        let (mut items, mut refused) = (Vec::new(), Vec::new());
        element.extract(item, &mut items);
        let found = !items.is_empty();
        for inner in items {
            match N::read(inner) {
                Ok(value) => self.extend(value),
                Err(inner) => refused.push(inner),
            }
        }
        element.children.append(&mut refused);
        let consumed = (found && element.is_blank()) || (blank && wrapper == Some(&element.name));
        (!consumed).then_some(element)
    }

    fn put(&self, name: &str, out: &mut Vec<Element>) {
        let (wrapper, item) = split(name);
        let items: Vec<Element> = self.iter().filter_map(|node| node.write(item)).collect();
        match wrapper {
            Some(wrapper) if !items.is_empty() => out.push(Element::group(wrapper, items)),
            _ => out.extend(items),
        }
    }
}

fn split(name: &str) -> (Option<&str>, &str) {
    match name.split_once('/') {
        Some((wrapper, item)) => (Some(wrapper), item),
        None => (None, name),
    }
}

/// Puts an empty element where the field just before put none: some messages are known only
/// with these elements there, whether or not they say anything.
pub(crate) fn blank(name: &str, out: &mut Vec<Element>) {
    if out.last().is_none_or(|last| last.name != name) {
        out.push(Element::leaf(name, ""));
    }
}

/// Makes structs of layout tables. `else blank` behind an element name writes the element
/// even when it is empty.
macro_rules! part {
    ($(
        $(#[$doc:meta])*
        pub struct $name:ident {
            $( $(#[$fdoc:meta])* $field:ident: $kind:ty => $element:literal $(else $blank:ident)?, )*
        }
    )*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
        #[serde(default)]
        pub struct $name {
            $(
                $(#[$fdoc])*
                #[doc = ""]
                #[doc = concat!("Element `", $element, "`.")]
                $( #[doc = concat!("Written ", stringify!($blank), " where there is nothing to say.")] )?
                pub $field: $kind,
            )*
            /// Elements that this layout does not know, and second occurrences, as they stood.
            #[serde(skip_serializing_if = "Vec::is_empty")]
            pub extra: Vec<$crate::Element>,
        }

        impl $name {
            /// Sorts elements into the fields, by name.
            pub(crate) fn gather(elements: Vec<$crate::Element>) -> Self {
                #[allow(unused_imports)]
                use $crate::part::Field as _;
                let mut this = Self::default();
                for element in elements {
                    let rest = Some(element);
                    $( let rest = rest.and_then(|e| this.$field.offer($element, e)); )*
                    this.extra.extend(rest);
                }
                this
            }

            /// The elements of the fields in layout order, unknown ones last.
            pub fn to_elements(&self) -> Vec<$crate::Element> {
                #[allow(unused_imports)]
                use $crate::part::Field as _;
                let mut out = Vec::new();
                $(
                    self.$field.put($element, &mut out);
                    $( $crate::part::$blank($element, &mut out); )?
                )*
                out.extend(self.extra.iter().cloned());
                out
            }

            /// Element names of the layout, for the test that keeps wrong ones out.
            #[cfg(test)]
            pub(crate) const ELEMENTS: &'static [&'static str] = &[$($element),*];
        }

        impl $crate::part::Node for $name {
            const NESTED: bool = true;

            fn read(element: $crate::Element) -> Result<Option<Self>, $crate::Element> {
                if element.children.is_empty() && !element.is_blank() {
                    return Err(element);
                }
                Ok(Some(Self::gather(element.children)))
            }

            fn write(&self, name: &str) -> Option<$crate::Element> {
                Some($crate::Element::group(name, self.to_elements()))
            }
        }
    )* };
}
pub(crate) use part;

/// Makes enums of code tables; codes that the table does not know stay what they are.
macro_rules! codes {
    ($(
        $(#[$doc:meta])*
        pub enum $name:ident ($table:literal) {
            $( $(#[$vdoc:meta])* $variant:ident = $code:literal, )*
        }
    )*) => { $(
        $(#[$doc])*
        #[doc = ""]
        #[doc = concat!("Code table ", $table, "; see [`crate::tables`].")]
        #[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(from = "String", into = "String")]
        pub enum $name {
            $( $(#[$vdoc])* $variant, )*
            /// A code that the table does not know, as it stands.
            Other(String),
        }

        impl $name {
            /// Id of the code table.
            pub const TABLE: &'static str = $table;

            /// The codes with a name here.
            pub const KNOWN: &'static [$name] = &[$( $name::$variant ),*];

            /// The code as it stands in a message.
            pub fn code(&self) -> &str {
                match self {
                    $( Self::$variant => $code, )*
                    Self::Other(code) => code,
                }
            }

            /// What the code means, in Japanese; nothing for an unknown one.
            pub fn meaning_ja(&self) -> Option<&'static str> {
                $crate::tables::meaning(Self::TABLE, self.code())
            }
        }

        impl From<String> for $name {
            fn from(code: String) -> Self {
                match code.as_str() {
                    $( $code => Self::$variant, )*
                    _ => Self::Other(code),
                }
            }
        }

        impl From<&str> for $name {
            fn from(code: &str) -> Self {
                Self::from(code.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(code: $name) -> String {
                code.code().to_owned()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.code())
            }
        }

        impl $crate::part::Node for $name {
            fn read(element: $crate::Element) -> Result<Option<Self>, $crate::Element> {
                Ok(<String as $crate::part::Node>::read(element)?.map(Self::from))
            }

            fn write(&self, name: &str) -> Option<$crate::Element> {
                self.code().to_owned().write(name)
            }
        }
    )* };
}
pub(crate) use codes;
