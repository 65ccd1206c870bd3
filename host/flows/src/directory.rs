//! Everybody the product knows, by key: found without looking through all of them.

use crate::people::Person;
use std::collections::BTreeMap;

/// The people by key; of two with one key the first, as in the document.
#[derive(Debug)]
pub(crate) struct Directory<'p>(BTreeMap<&'p str, (usize, &'p Person)>);

impl<'p> Directory<'p> {
    pub(crate) fn of(people: &'p [Person]) -> Self {
        let placed = people.iter().enumerate().rev();
        Self(placed.map(|(at, p)| (p.key.as_str(), (at, p))).collect())
    }

    /// The person of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&'p Person> {
        self.0.get(key).map(|(_, person)| *person)
    }

    /// The same, with the place among the people.
    pub(crate) fn placed(&self, key: &str) -> Option<(usize, &'p Person)> {
        self.0.get(key).copied()
    }
}
