//! Everybody the product knows, by key: found without looking through all of them.

use crate::people::Person;
use std::collections::BTreeMap;

/// The people by key; of two with one key the first, as in the document.
#[derive(Debug)]
pub(crate) struct Directory<'p>(BTreeMap<&'p str, &'p Person>);

impl<'p> Directory<'p> {
    pub(crate) fn of(people: &'p [Person]) -> Self {
        Self(people.iter().rev().map(|p| (p.key.as_str(), p)).collect())
    }

    /// The person of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&'p Person> {
        self.0.get(key).copied()
    }
}
