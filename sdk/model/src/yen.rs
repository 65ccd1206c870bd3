use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Text that is no amount, or amounts too large to add.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum YenError {
    /// Not plain ASCII digits.
    #[error("`{text}` is not an amount in yen: only the digits 0-9, no separators, no sign")]
    NotDigits {
        /// The text as given.
        text: String,
    },
    /// More than 64 bits hold.
    #[error("the amount is too large")]
    TooLarge,
}

/// Whole yen (金額). Fees of 訪問看護療養費 are never fractional, never negative.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Yen(pub u64);

impl Yen {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// The sum, `None` when it does not fit.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, `None` when it would be negative.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The sum of all, `None` when it does not fit.
    pub fn checked_sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }
}

/// Plain digits, as レセ電 writes them.
impl fmt::Display for Yen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl Yen {
    /// Reads the bytes of a number; `None` for anything else, without a reason.
    #[must_use]
    #[inline]
    pub fn from_digits(bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() {
            return None;
        }
        bytes
            .iter()
            .try_fold(0u64, |number, byte| {
                let digit = byte.wrapping_sub(b'0');
                (digit < 10)
                    .then(|| number.checked_mul(10)?.checked_add(u64::from(digit)))
                    .flatten()
            })
            .map(Self)
    }
}

impl FromStr for Yen {
    type Err = YenError;
    fn from_str(text: &str) -> Result<Self, YenError> {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(YenError::NotDigits {
                text: text.to_owned(),
            });
        }
        text.parse().map(Self).map_err(|_| YenError::TooLarge)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_that_do_not_fit_are_none_instead_of_wrapping() {
        assert_eq!(Yen::checked_sum([Yen(1), Yen(2)]), Some(Yen(3)));
        assert_eq!(Yen::checked_sum([Yen(u64::MAX), Yen(1)]), None);
        assert_eq!(Yen(1).checked_sub(Yen(2)), None);
    }

    #[test]
    fn only_plain_digits_are_an_amount() {
        assert_eq!("5550".parse(), Ok(Yen(5550)));
        for text in ["", "5,550", "-1", "+1", "５５５０", " 1"] {
            assert!(
                matches!(text.parse::<Yen>(), Err(YenError::NotDigits { .. })),
                "{text}"
            );
        }
        assert_eq!(
            "99999999999999999999".parse::<Yen>(),
            Err(YenError::TooLarge)
        );
    }
}
