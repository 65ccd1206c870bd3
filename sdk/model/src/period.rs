use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Date, Month};

/// Days from … to, both included (有効期間). An absent end is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// First day; absent when it has always held or the source does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// Last day; absent when no end is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
}

impl Period {
    /// Open on both sides.
    pub const ALWAYS: Self = Self {
        from: None,
        to: None,
    };

    /// The days between two ends, either of which may be open.
    #[must_use]
    pub fn new(from: Option<Date>, to: Option<Date>) -> Self {
        Self { from, to }
    }

    /// Whether the day lies inside.
    #[must_use]
    pub fn contains(self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }

    /// The days that lie in both; may be empty.
    #[must_use]
    pub fn intersect(self, other: Self) -> Self {
        Self {
            from: match (self.from, other.from) {
                (Some(a), Some(b)) => Some(a.max(b)),
                (a, b) => a.or(b),
            },
            to: match (self.to, other.to) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            },
        }
    }

    /// Whether at least one day lies in both.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        !self.intersect(other).is_empty()
    }

    /// Whether no day lies inside (the last day is before the first).
    #[must_use]
    pub fn is_empty(self) -> bool {
        matches!((self.from, self.to), (Some(from), Some(to)) if to < from)
    }
}

/// From that day on, without an end.
impl From<Date> for Period {
    fn from(from: Date) -> Self {
        Self {
            from: Some(from),
            to: None,
        }
    }
}

/// All days of the month.
impl From<Month> for Period {
    fn from(month: Month) -> Self {
        Self {
            from: Some(month.first_day()),
            to: Some(month.last_day()),
        }
    }
}

/// `2024-04-01..2024-10-15`, an open end written as nothing.
impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(from) = self.from {
            write!(f, "{from}")?;
        }
        f.write_str("..")?;
        if let Some(to) = self.to {
            write!(f, "{to}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn end() -> impl Strategy<Value = Option<Date>> {
        proptest::option::of(
            (0i32..60).prop_map(|n| Date::new(2024, 1, 1).unwrap().plus_days(n).unwrap()),
        )
    }

    proptest! {
        #[test]
        fn a_day_is_in_the_intersection_exactly_when_it_is_in_both(
            a in (end(), end()), b in (end(), end()), n in -5i32..70
        ) {
            let (a, b) = (Period::new(a.0, a.1), Period::new(b.0, b.1));
            let day = Date::new(2024, 1, 1).unwrap().plus_days(n).unwrap();
            prop_assert_eq!(a.intersect(b).contains(day), a.contains(day) && b.contains(day));
            prop_assert_eq!(a.overlaps(b), b.overlaps(a));
            if a.is_empty() { prop_assert!(!a.contains(day)); prop_assert!(!a.overlaps(b)); }
        }
    }
}
