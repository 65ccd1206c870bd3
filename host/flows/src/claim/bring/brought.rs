//! What a file that came back said, and what was made of it.

use super::Item;
use crate::claim::{Acknowledged, Sent};
use crate::documents::Stored;
use reseplug_claims::FilingKey;
use reseplug_effect::Fault;
use reseplug_engine::contract::DownloadKind;
use serde::{Deserialize, Serialize};

/// One thing that a file said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Brought {
    /// `returned`, `adjusted`, `paid`, `payment`, `finding`, `stranger`.
    pub what: String,
    /// What it is, for staff.
    pub what_ja: String,
    /// 氏名 where the row or the filed receipt has one.
    pub name: String,
    /// The filing and receipt it is about; absent where none fits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filing: Option<FilingKey>,
    /// レセプト番号
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<u32>,
    /// Yen, where it is about money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub yen: Option<i64>,
    /// The payer's words.
    pub text: String,
    /// What it means and what to do, in Japanese, where that is known.
    pub action_ja: String,
    /// The same in English.
    pub action_en: String,
}

impl Brought {
    /// A row of the check, of nobody yet.
    pub(super) fn finding(text: String) -> Self {
        Self {
            what: "finding".to_owned(),
            what_ja: "点検結果".to_owned(),
            name: String::new(),
            filing: None,
            receipt: None,
            yen: None,
            text,
            action_ja: String::new(),
            action_en: String::new(),
        }
    }
}

/// What a file that came back said, and what was made of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BroughtIn {
    /// The file.
    pub file: String,
    /// What it is.
    #[serde(with = "crate::words")]
    pub kind: DownloadKind,
    /// SHA-256 under which it is kept.
    pub sha256: String,
    /// The 受領書, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledgement: Option<Acknowledged>,
    /// What it said of receipts and payments.
    pub rows: Vec<Brought>,
    /// Rows that cannot be read; the file is kept.
    pub unreadable: Vec<Fault>,
    /// Filings of which it says otherwise than what was reported.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contradicted: Vec<Sent>,
    /// Documents for the product.
    pub outputs: Vec<Stored>,
}

impl BroughtIn {
    /// A file of which nothing could be read.
    pub(in crate::claim) fn unreadable(item: &Item, fault: Fault) -> Self {
        Self {
            file: item.document.name.clone(),
            kind: item.kind.clone(),
            sha256: item.document.digest.clone(),
            acknowledgement: None,
            rows: Vec::new(),
            unreadable: vec![fault],
            contradicted: Vec::new(),
            outputs: Vec::new(),
        }
    }

    /// Whether a person should look.
    pub fn needs_person(&self) -> bool {
        !self.unreadable.is_empty()
            || !self.contradicted.is_empty()
            || self
                .rows
                .iter()
                .any(|row| row.filing.is_none() && row.what != "payment")
            || self
                .acknowledgement
                .as_ref()
                .is_some_and(|one| one.sent.contradiction.is_some())
    }
}
