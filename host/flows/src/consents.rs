//! Consents: who let the station see what, until when, and what was taken back.
//!
//! A consent is what a card reading at home says of it. An answer to a question by numbers
//! gives no consent: of it only an expiry counts (and that 限度額 was refused although it was
//! asked for with consent), because its other flags repeat the question (grade: inferred). A
//! later statement outweighs an earlier one, and a withdrawal that was recorded here ends
//! everything given before it, whatever later answers repeat.
//!
//! How long a consent given at home allows viewing is not public. Where the answer gives no
//! end, the end is unknown, and unknown is not live.

mod centre;
mod page;
mod scope;
mod withdraw;

pub use centre::Centre;
pub use page::{PageShown, QrFile};
pub use scope::{Scope, kind_ja};
pub use withdraw::{WithdrawRequest, Withdrawal, Withdrawn};

use crate::host::Host;
use crate::people::Told;
use crate::proposal::Source;
use crate::roster::Roster;
use jiff::Timestamp;
use reseplug_effect::{Fault, jst};
use reseplug_engine::contract;
use reseplug_journal::{Evidence, Fact, Journal};
use reseplug_model::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where a consent stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConsentState {
    /// Given and in force.
    Live,
    /// Given, and the answer names no end although there must be one: not used.
    UnknownUntil,
    /// 有効期限切れ: the centre says so, or its end has passed.
    Expired,
    /// Taken back, recorded here.
    Withdrawn,
    /// Not given.
    Declined,
    /// A flag of unknown meaning: not used.
    Unclear,
    /// A later answer says something else.
    Superseded,
}

impl ConsentState {
    /// For staff.
    pub fn name_ja(self) -> &'static str {
        match self {
            Self::Live => "有効",
            Self::UnknownUntil => "期限不明",
            Self::Expired => "期限切れ",
            Self::Withdrawn => "取消し済み",
            Self::Declined => "同意なし",
            Self::Unclear => "不明",
            Self::Superseded => "以前の回答",
        }
    }

    /// The same in English.
    pub fn name_en(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::UnknownUntil => "end unknown",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
            Self::Declined => "declined",
            Self::Unclear => "unclear",
            Self::Superseded => "superseded",
        }
    }
}

/// One consent of one person, as it stands now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentLine {
    /// The product's key; empty where it is not certain whose it is.
    pub person_key: String,
    /// 氏名
    pub name: String,
    /// The kind as the answer names it: `PharmacistsInfo`.
    pub kind: String,
    /// What staff call it: 薬剤情報.
    pub kind_ja: String,
    /// The unit it is taken back in; absent for a kind nobody knows.
    pub scope: Option<Scope>,
    /// Where it stands.
    pub state: ConsentState,
    /// The flag as it came (OQSCD001, OQSCD016).
    pub flag: String,
    /// When it was given.
    pub given_at: Option<String>,
    /// Until when it allows viewing.
    pub until: Option<String>,
    /// The answer that says so.
    pub source: Source,
    /// The withdrawal that ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawal: Option<Withdrawal>,
    /// Keys of the people it could be of, where that is not certain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<String>,
}

/// Which consents to list.
#[derive(Debug, Clone, Default)]
pub struct ConsentsRequest {
    /// Only of this person.
    pub person: Option<String>,
    /// Also what was declined, and earlier answers.
    pub all: bool,
}

/// The station's consents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentList {
    /// The moment they are judged at.
    pub at: String,
    /// By person and kind.
    pub consents: Vec<ConsentLine>,
}

impl Host {
    /// Who let the station see what, until when, as it stands now.
    ///
    /// # Errors
    /// `person/unknown`, faults of the documents and the store.
    pub fn consents(&self, request: &ConsentsRequest) -> Result<ConsentList, Fault> {
        let (evidence, roster) = self.everybody()?;
        if let Some(key) = &request.person {
            roster.named(key)?;
        }
        let now = self.now();
        let mut consents = self.consent_lines(&evidence, &roster, now)?;
        consents.retain(|line| {
            let theirs = |key: &String| line.person_key == *key || line.candidates.contains(key);
            let old = matches!(
                line.state,
                ConsentState::Declined | ConsentState::Superseded
            );
            request.person.as_ref().is_none_or(theirs) && (request.all || !old)
        });
        Ok(ConsentList {
            at: jst(now),
            consents,
        })
    }

    /// Every consent on record as it stands at a moment.
    pub(crate) fn consent_lines(
        &self,
        evidence: &[Evidence],
        roster: &Roster,
        now: Timestamp,
    ) -> Result<Vec<ConsentLine>, Fault> {
        let withdrawals = self
            .journal()
            .facts(self.code(), Some("withdrawal"), None)?;
        lines(evidence, &withdrawals, roster, now)
    }
}

/// What one answer says of one kind.
struct Mention {
    consent: contract::Consent,
    source: Source,
    /// When it was answered, where it was a card reading: the latest it can have been given.
    read_at: Option<String>,
}

/// Whose: a certain key, or the keys of several.
type Whose = (String, Vec<String>);

/// The consents of the evidence as they stand at a moment.
pub(crate) fn lines(
    evidence: &[Evidence],
    withdrawals: &[Fact],
    roster: &Roster,
    now: Timestamp,
) -> Result<Vec<ConsentLine>, Fault> {
    let withdrawals = withdraw::read(withdrawals)?;
    let mut mentions: BTreeMap<(Whose, String), Vec<Mention>> = BTreeMap::new();
    let mut names: BTreeMap<Whose, String> = BTreeMap::new();
    for row in evidence {
        let told = Told::of(row)?;
        let (whose, name) = match roster.certain(&row.id) {
            Some(person) => (
                (person.key.clone(), Vec::new()),
                person.identity.name.clone(),
            ),
            None => (
                (String::new(), roster.candidates(&row.id).to_vec()),
                told.answer
                    .found
                    .first()
                    .map(|f| f.person.name.clone())
                    .unwrap_or_default(),
            ),
        };
        let source = Source {
            evidence: row.id.clone(),
            message: row.message.clone(),
            as_of: Date::parse(&row.as_of).unwrap_or(Date::MIN),
            answered_at: row.answered_at.clone(),
        };
        for consent in told.answer.found.iter().flat_map(|f| &f.consents) {
            if !speaks(row, &told, consent) {
                continue;
            }
            names.entry(whose.clone()).or_insert_with(|| name.clone());
            mentions
                .entry((whose.clone(), consent.kind.clone()))
                .or_default()
                .push(Mention {
                    consent: consent.clone(),
                    source: source.clone(),
                    read_at: told.asked.is_none().then(|| row.answered_at.clone()),
                });
        }
    }
    let mut found = Vec::new();
    for ((whose, kind), mut said) in mentions {
        // Evidence stands in the order of recording, which decides within one second.
        said.sort_by(|a, b| a.source.answered_at.cmp(&b.source.answered_at));
        let name = names.get(&whose).cloned().unwrap_or_default();
        found.extend(history(&whose, &name, &kind, &said, &withdrawals, now));
    }
    found.sort_by(|a, b| {
        (&a.person_key, &a.scope, &a.kind).cmp(&(&b.person_key, &b.scope, &b.kind))
    });
    Ok(found)
}

/// Whether an answer's flag is a statement of the person's, or only repeats the question.
fn speaks(row: &Evidence, told: &Told, consent: &contract::Consent) -> bool {
    if told.asked.is_none() || row.method == "card" || row.method == "recheck" {
        return true;
    }
    let asked_with_consent = told.asked.as_ref().is_some_and(|q| q.income_consent);
    consent.flag == EXPIRED || (consent.kind == "limit" && consent.flag == NO && asked_with_consent)
}

/// 同意なし
const NO: &str = "0";
/// 同意あり
const YES: &str = "1";
/// 有効期限切れ, of home-visit and online care only (OQSCD016)
const EXPIRED: &str = "2";
/// 同意取得困難, of emergencies only
const NOT_OBTAINABLE: &str = "3";

/// One kind of one person: the latest statement as it stands now, before it those it outweighs.
fn history(
    whose: &Whose,
    name: &str,
    kind: &str,
    said: &[Mention],
    withdrawals: &[Withdrawal],
    now: Timestamp,
) -> Vec<ConsentLine> {
    let scope = Scope::of_kind(kind);
    let mut lines: Vec<ConsentLine> = Vec::new();
    let mut given: Option<String> = None;
    let mut given_by_card: Option<String> = None;
    for one in said {
        let consent = &one.consent;
        if consent.flag == YES {
            given = consent.given_at.clone().or(given);
            given_by_card = one.read_at.clone().or(given_by_card);
        }
        let line = ConsentLine {
            person_key: whose.0.clone(),
            name: name.to_owned(),
            kind: kind.to_owned(),
            kind_ja: kind_ja(kind).to_owned(),
            scope,
            state: ConsentState::Superseded,
            flag: consent.flag.clone(),
            given_at: match consent.flag.as_str() {
                NO => None,
                _ => consent.given_at.clone().or_else(|| given.clone()),
            },
            until: consent.available_until.clone(),
            source: one.source.clone(),
            withdrawal: None,
            candidates: whose.1.clone(),
        };
        match lines.last_mut() {
            // Told once more.
            Some(last)
                if last.flag == line.flag
                    && last.given_at == line.given_at
                    && last.until == line.until =>
            {
                *last = line;
            }
            _ => lines.push(line),
        }
    }
    if let Some(last) = lines.last_mut() {
        let given = last.given_at.clone().or(given_by_card);
        let ended = withdrawals
            .iter()
            .filter(|w| Some(w.scope) == scope && w.person_key == whose.0)
            .rfind(|w| ends(w, given.as_deref()));
        last.state = match (ended, last.flag.as_str()) {
            (_, NO | NOT_OBTAINABLE) => ConsentState::Declined,
            (Some(_), YES | EXPIRED) => ConsentState::Withdrawn,
            (None, EXPIRED) => ConsentState::Expired,
            (None, YES) => in_force(scope, last.until.as_deref(), now),
            _ => ConsentState::Unclear,
        };
        if last.state == ConsentState::Withdrawn {
            last.withdrawal = ended.cloned();
        }
    }
    lines
}

/// Whether a withdrawal ended a consent: it was stated when the consent was there already. A
/// consent of an unknown moment counts as an earlier one.
fn ends(withdrawal: &Withdrawal, given_at: Option<&str>) -> bool {
    let moment = |text: &str| text.parse::<Timestamp>().ok();
    match (given_at.and_then(moment), moment(&withdrawal.at)) {
        (Some(given), Some(withdrawn)) => given <= withdrawn,
        _ => true,
    }
}

/// A consent with the flag 1: by its end.
fn in_force(scope: Option<Scope>, until: Option<&str>, now: Timestamp) -> ConsentState {
    match until.map(str::parse::<Timestamp>) {
        Some(Ok(until)) if until < now => ConsentState::Expired,
        Some(Ok(_)) => ConsentState::Live,
        // 限度額 and 特定疾病 have no end in the layout.
        None if scope.is_some_and(|s| !s.is_viewing()) => ConsentState::Live,
        None | Some(Err(_)) => ConsentState::UnknownUntil,
    }
}

#[cfg(test)]
mod tests;
