//! Finding the person an answer speaks of. When unsure, the machine lists and a person decides.
//!
//! The rules, in the words of the trade:
//!
//! - the station's own 照会番号 and the same birth date decide;
//! - otherwise the birth date must be the same, and kana or name must agree: as written, by the
//!   forms of a character, or by a spelling that somebody accepted ([`crate::aliases`]);
//! - a number alone, a name alone, a sex that contradicts, a character that could not be shown (●),
//!   the same kana under clearly other characters, another family name, or several people: a person
//!   decides, and sees what agrees and what does not ([`Candidate`]);
//! - what one side does not say agrees with nothing and contradicts nothing. A blank never matches.
//!
//! Nothing here is compared by folding alone where it could join two people: what is folded is
//! found, what is found is weighed ([`Agreement`]).

mod agreement;
mod folded;
mod judge;
mod known;
pub mod score;

pub use agreement::{Agreement, KanaSign, NameSign, NumberSign, Sign};
pub use judge::{Doubt, Verdict, judge};
pub use known::Known;

use reseplug_model::{Date, Sex};
use serde::{Deserialize, Serialize};

/// What identifies somebody, on file or in an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// 照会番号
    pub reference_number: Option<String>,
    /// 氏名
    pub name: String,
    /// フリガナ
    pub kana: Option<String>,
    /// Further spellings: accepted for somebody on file, or 通称 that an answer states.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Spelling>,
    /// 生年月日
    pub birth_date: Date,
    /// 性別
    pub sex: Sex,
    /// The numbers of each coverage, as written.
    pub numbers: Vec<CardNumber>,
}

/// Another way somebody's name is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Spelling {
    /// 氏名
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// フリガナ
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kana: Option<String>,
}

/// The numbers of one coverage, as written; what is not known is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CardNumber {
    /// 保険者番号
    pub insurer: String,
    /// 記号
    pub symbol: String,
    /// 番号 or 被保険者番号
    pub number: String,
    /// 枝番
    pub branch: String,
}

/// Somebody who is or could be meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// Index into the known people.
    pub at: usize,
    /// What agrees and what does not.
    pub agreement: Agreement,
    /// Why this one is not certain; absent where they are, and were it not for others.
    pub doubt: Option<Doubt>,
}

/// Who of the known people an answer speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match {
    /// Exactly this one.
    One(Candidate),
    /// Nobody is similar.
    Nobody,
    /// These could be meant; a person decides. The likeliest first.
    Unsure(Vec<Candidate>),
}

#[cfg(test)]
mod population;
#[cfg(test)]
mod tests;
