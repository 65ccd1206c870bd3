use std::fmt;

use crate::edition::Edition;

/// One payer of a receipt: 負担者種別 (別表23), 1 the insurer, 2–5 the first to fourth 公費.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PayerSlot(u8);

impl PayerSlot {
    /// 1: 医保・国保・後期.
    pub const INSURER: Self = Self(1);

    /// 2–5: the n-th 公費, counted from 0.
    #[must_use]
    pub fn public(n: usize) -> Option<Self> {
        u8::try_from(n).ok().filter(|n| *n < 4).map(|n| Self(n + 2))
    }

    /// Reads 1–5.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::from_bytes(code.as_bytes())
    }

    pub(crate) fn from_bytes(code: &[u8]) -> Option<Self> {
        match code {
            [digit @ b'1'..=b'5'] => Some(Self(digit - b'0')),
            _ => None,
        }
    }

    /// 1–5.
    #[must_use]
    pub fn number(self) -> u8 {
        self.0
    }

    /// Whether this is the insurer.
    #[must_use]
    pub fn is_insurer(self) -> bool {
        self.0 == 1
    }

    /// 医保等, 第１公費 … 第４公費.
    #[must_use]
    pub fn name_ja(self) -> &'static str {
        match self.0 {
            1 => "医保等",
            2 => "第１公費",
            3 => "第２公費",
            4 => "第３公費",
            _ => "第４公費",
        }
    }
}

impl fmt::Display for PayerSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A set of payers: what a 負担区分 (KA field 3, 別表22) stands for.
///
/// ```
/// use receden::{PayerSet, PayerSlot};
/// let set = PayerSet::from_code("2").unwrap();
/// assert!(set.contains(PayerSlot::INSURER) && set.len() == 2);
/// assert_eq!(set.to_string(), "医①");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct PayerSet(u8);

impl PayerSet {
    /// Nobody.
    pub const EMPTY: Self = Self(0);

    /// The payers of a 負担区分; `None` for a code that 別表22 does not hold.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Edition::r0606().burden(code)
    }

    /// With one more payer.
    #[must_use]
    pub fn with(self, payer: PayerSlot) -> Self {
        Self(self.0 | 1 << payer.0)
    }

    /// Whether the payer is in the set.
    #[must_use]
    pub fn contains(self, payer: PayerSlot) -> bool {
        self.0 & (1 << payer.0) != 0
    }

    /// Whether all of `other` are in this set.
    #[must_use]
    pub fn contains_all(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Number of payers.
    #[must_use]
    pub fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// Whether nobody is in it.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The payers, insurer first.
    pub fn iter(self) -> impl Iterator<Item = PayerSlot> {
        (1..=5)
            .map(PayerSlot)
            .filter(move |payer| self.contains(*payer))
    }
}

impl FromIterator<PayerSlot> for PayerSet {
    fn from_iter<I: IntoIterator<Item = PayerSlot>>(payers: I) -> Self {
        payers.into_iter().fold(Self::EMPTY, Self::with)
    }
}

/// `医①`, as 別表22 writes it.
impl fmt::Display for PayerSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for payer in self.iter() {
            f.write_str(match payer.0 {
                1 => "医",
                2 => "①",
                3 => "②",
                4 => "③",
                _ => "④",
            })?;
        }
        Ok(())
    }
}
