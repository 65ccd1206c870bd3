//! Choices that follow from a seed, a person and a name alone.

/// A source of choices. What is asked for under one name does not depend on what was asked for under
/// another, so a new question leaves everybody else as they were.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64, person: usize, what: &str) -> Self {
        let person = u64::try_from(person).unwrap_or(u64::MAX);
        let start = mix(seed ^ mix(person.wrapping_add(1)));
        Self(
            what.bytes()
                .fold(start, |state, byte| mix(state ^ u64::from(byte))),
        )
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// A number below `n`; 0 for an `n` of 0.
    pub(crate) fn below(&mut self, n: u32) -> u32 {
        let drawn = self.next().checked_rem(u64::from(n)).unwrap_or(0);
        u32::try_from(drawn).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u32, high: u32) -> u32 {
        low.saturating_add(self.below(high.saturating_sub(low).saturating_add(1)))
    }

    /// Whether something happens that happens to so many of a hundred.
    pub(crate) fn percent(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// One of several; nothing where there is none.
    pub(crate) fn pick<'l, T>(&mut self, list: &'l [T]) -> Option<&'l T> {
        let at = self.below(u32::try_from(list.len()).ok()?);
        list.get(usize::try_from(at).ok()?)
    }
}

/// The finaliser of SplitMix64.
fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}
