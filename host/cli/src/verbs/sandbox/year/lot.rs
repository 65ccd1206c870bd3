//! Chance that follows from a seed and names alone: whoever asks the same gets the same, in
//! whatever order things happen.

use sha2::{Digest, Sha256};

/// A seed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lot(pub(super) u64);

impl Lot {
    /// A number below `n`.
    pub(super) fn below(self, n: u64, names: &[&str]) -> u64 {
        let mut hash = Sha256::new().chain_update(self.0.to_be_bytes());
        for name in names {
            hash = hash.chain_update(name.as_bytes()).chain_update([0]);
        }
        let hash = hash.finalize();
        let number = hash
            .first_chunk::<8>()
            .map_or(0, |bytes| u64::from_be_bytes(*bytes));
        number.checked_rem(n).unwrap_or(0)
    }

    /// Whether it happens, in so many of a hundred cases.
    pub(super) fn percent(self, percent: u64, names: &[&str]) -> bool {
        self.below(100, names) < percent
    }
}

#[cfg(test)]
mod tests {
    use super::Lot;

    #[test]
    fn the_same_question_has_the_same_answer_and_chance_is_about_what_it_says() {
        let hits = |seed| {
            (0..1000)
                .filter(|n: &i32| Lot(seed).percent(20, &["hold", &n.to_string()]))
                .collect::<Vec<_>>()
        };
        assert_eq!(hits(7), hits(7));
        assert_ne!(hits(7), hits(8));
        assert!((150..250).contains(&hits(7).len()));
    }
}
