//! What a look asks for: settled once, when it is begun, and the same when it is taken up again.

use crate::answers::Validity;
use crate::consents::{ConsentLine, Scope};
use crate::coverage::Coverage;
use crate::people::Person;
use crate::roster::Roster;
use reseplug_effect::{Fault, RepeatClass};
use reseplug_engine::contract::Holder;
use reseplug_journal::{Flow, FlowError, Journal, JournalError, Outcome};
use serde::{Deserialize, Serialize};

/// The name of the step that settles it, the first of a look.
pub(super) const STEP: &str = "question";

/// Whom a look is about, and whether it asks for 診療情報 as well. Both come from the evidence of
/// the moment; a look that a crash cut off is asked no second question under other ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Question {
    pub(super) holder: Holder,
    pub(super) with_diagnoses: bool,
}

impl Question {
    /// By the consents that stand, with 診療情報 where they cover it.
    pub(super) fn new(
        roster: &Roster,
        person: &Person,
        consents: &[ConsentLine],
    ) -> Result<Self, Fault> {
        Ok(Self {
            holder: holder(roster, person)?,
            with_diagnoses: consents.iter().any(|c| c.scope == Some(Scope::Care)),
        })
    }

    /// What a look that was begun has settled; absent where it has not come so far, so that
    /// nothing was asked yet.
    pub(super) fn settled(journal: &dyn Journal, job: &str) -> Result<Option<Self>, JournalError> {
        let answer = journal
            .step(job, 0)?
            .filter(|step| step.name == STEP)
            .and_then(|step| step.answer);
        let Some(Outcome::Done(value)) = answer else {
            return Ok(None);
        };
        serde_json::from_value(value)
            .map(Some)
            .map_err(|e| JournalError::Corrupt {
                what: format!("answer of step {STEP} of job {job}"),
                reason: e.to_string(),
            })
    }
}

/// The question as the look settled it when it was begun, or settles it now.
pub(super) fn settle(
    flow: &mut Flow<'_>,
    now: Result<Question, Fault>,
) -> Result<Question, FlowError> {
    flow.step(STEP, &(), RepeatClass::Safe, || now)
}

/// The card's numbers as the last good answer about the person stated them.
pub(crate) fn holder(roster: &Roster, person: &Person) -> Result<Holder, Fault> {
    let coverage: Option<&Coverage> = roster
        .picture
        .of(&person.key)
        .iter()
        .filter(|a| a.validity == Validity::Valid)
        .filter(|a| a.coverage.is_some())
        .max_by(|a, b| a.in_order().cmp(&b.in_order()))
        .and_then(|a| a.coverage.as_ref());
    let coverage = coverage.ok_or_else(|| {
        Fault::new(
            "view/no-coverage",
            format!(
                "{}さん（{}）の資格を確かめた回答がありません。先に `reseplug intake` か `reseplug recheck` で資格を確認してください。",
                person.identity.name, person.key
            ),
            "no answer on record states this person's coverage; run `reseplug intake` or `recheck` first",
        )
    })?;
    let numbers = coverage.to_contract();
    Ok(Holder {
        insurer_number: numbers.insurer_number,
        symbol: numbers.symbol,
        number: numbers.number,
        branch: numbers.branch,
        birth_date: person.identity.birth_date.to_string(),
        extra: Vec::new(),
    })
}
