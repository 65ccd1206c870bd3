use serde::{Deserialize, Serialize};

/// How sure a statement about the outside world is.
///
/// Nothing [`Inferred`](Grade::Inferred) or [`Unconfirmed`](Grade::Unconfirmed) is ever shown as
/// official, and no rule of those grades may say 受付不能.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    /// Stated in an official document.
    Official,
    /// Stated by independent public sources.
    Secondary,
    /// Inferred from stated facts.
    Inferred,
    /// Not confirmed.
    Unconfirmed,
}
