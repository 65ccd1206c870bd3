//! What should become of a person, and what a station adds up to.

use super::{Person, Station, charges, lines};
use reseplug_model::Payer;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How the coverage group of a person's receipt or register entry should end (DESIGN §7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// On file and answered alike.
    Same,
    /// Nothing was on file.
    Fill,
    /// Changed from a day on.
    NewPeriod,
    /// The file says something else; right once somebody accepts it.
    Differs,
    /// No valid answer, or one that a machine must not use.
    NoAnswer,
    /// Nobody, or nobody for sure, is the answer's person.
    Unmatched,
}

/// What should happen to the product's document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Nothing.
    None,
    /// A person is added to the register.
    Added,
    /// A further period is added to the register; the one before ends the day before.
    Opened,
    /// The group is replaced where it stands.
    InPlace,
    /// The receipt moves to the other payer's file.
    Moved,
    /// The receipt becomes two.
    Split,
    /// The adapter refuses, with the reason.
    Refused,
}

/// What should become of a person's month.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// How the coverage group of the receipt or of the register entry ends.
    pub outcome: Outcome,
    /// What happens to the document.
    pub change: Change,
    /// Whether somebody at the station has to look.
    #[serde(default)]
    pub person: bool,
    /// How the answer of the card read at home ends, where it is not the same as `outcome`.
    #[serde(default)]
    pub consent: Option<Outcome>,
    /// Why a person is needed or an adapter refuses: the host's word for it.
    #[serde(default)]
    pub reason: Option<String>,
    /// Paper evidence with which a named person files all the same.
    #[serde(default)]
    pub paper: Option<String>,
    /// The story, for people.
    pub note: String,
}

impl Expectation {
    pub(crate) fn ordinary() -> Self {
        Self {
            outcome: Outcome::Same,
            change: Change::None,
            person: false,
            consent: None,
            reason: None,
            paper: None,
            note: "製品と資格確認が一致する。".to_owned(),
        }
    }
}

/// What a station adds up to, before anything is changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Everybody in people.toml.
    pub people: u32,
    /// Those in the product's register or claim files when the story begins.
    pub registered: u32,
    /// People somebody has to look at.
    pub for_person: u32,
    /// Receipts and yen as the product has them: 支払基金.
    pub fund: PayerCounts,
    /// The same: 国保連.
    pub federation: PayerCounts,
    /// People by outcome.
    pub outcomes: BTreeMap<Outcome, u32>,
    /// People by change.
    pub changes: BTreeMap<Change, u32>,
}

/// Receipts of one payer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayerCounts {
    /// 件数
    pub receipts: u32,
    /// 合計金額
    pub yen: u64,
}

impl Counts {
    /// Yen over both payers: no change of coverage may change it.
    pub fn yen(&self) -> u64 {
        self.fund.yen.saturating_add(self.federation.yen)
    }

    pub(super) fn of(station: &Station) -> Self {
        let mut counts = Self::default();
        for person in &station.people {
            bump(&mut counts.people);
            if person.registered {
                bump(&mut counts.registered);
            }
            if person.expect.person {
                bump(&mut counts.for_person);
            }
            bump(counts.outcomes.entry(person.expect.outcome).or_default());
            bump(counts.changes.entry(person.expect.change).or_default());
            let payer = match payer(person) {
                Payer::SocialInsuranceFund => &mut counts.fund,
                Payer::NationalHealthFederation => &mut counts.federation,
            };
            bump(&mut payer.receipts);
            let yen = charges::total(&lines(person)).map_or(0, |yen| yen.0);
            payer.yen = payer.yen.saturating_add(yen);
        }
        counts
    }
}

/// Where the product files the person: by the insurer on file; 公費 alone goes to 支払基金.
pub(super) fn payer(person: &Person) -> Payer {
    let billed = person.billed().or(person.truth.first());
    billed.map_or(Payer::SocialInsuranceFund, |coverage| {
        coverage.insurer.payer()
    })
}

fn bump(count: &mut u32) {
    *count = count.saturating_add(1);
}
