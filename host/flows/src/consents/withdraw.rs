//! A consent taken back: recorded here at once, then told to the centre where that is possible.

use super::centre::Way;
use super::{Centre, ConsentLine, ConsentState, Scope};
use crate::group::Note;
use crate::host::{Ended, Host, not_json};
use crate::people::Person;
use crate::roster::Roster;
use jiff::Timestamp;
use reseplug_effect::{Fault, jst};
use reseplug_journal::{Evidence, Fact, JobFilter, Journal, document_digest};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;

/// A consent to take back.
#[derive(Debug, Clone)]
pub struct WithdrawRequest {
    /// The product's key of the person.
    pub person: String,
    /// What is taken back.
    pub scopes: Vec<Scope>,
    /// Who records it.
    pub by: String,
    /// Why, or how the person said so.
    pub reason: String,
    /// Show what would be recorded and told; record and tell nothing.
    pub dry_run: bool,
}

/// A recorded withdrawal of one scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// Id of the fact.
    pub id: String,
    /// The product's key of the person.
    pub person_key: String,
    /// What was taken back.
    pub scope: Scope,
    /// When it was recorded, ISO 8601 with offset.
    pub at: String,
    /// Who recorded it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// What the centre knows of it, once that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub centre: Option<Centre>,
}

/// What became of a request to take consents back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawn {
    /// The job; empty for a rehearsal.
    pub job: String,
    /// The product's key of the person.
    pub person_key: String,
    /// 氏名
    pub name: String,
    /// One for each scope.
    pub withdrawals: Vec<Withdrawal>,
    /// The consents on record that ended by it, as they stand after it; in a rehearsal, as they would.
    pub ended: Vec<ConsentLine>,
    /// What the centre knows.
    pub centre: Centre,
    /// Whether nothing was recorded on purpose.
    pub dry_run: bool,
    /// That, and why, the product's documents of now did not tell who the person is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<Note>,
}

/// What a fact of the kind `withdrawal` holds.
#[derive(Debug, Serialize, Deserialize)]
struct Stated {
    scope: Scope,
    /// Kinds of consent as answers name them.
    kinds: Vec<String>,
    reason: String,
    /// What the centre knows of an earlier fact, [`Stated::of`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    centre: Option<Centre>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    of: Option<String>,
}

/// Reads the facts of the kind `withdrawal`, oldest first.
pub(super) fn read(facts: &[Fact]) -> Result<Vec<Withdrawal>, Fault> {
    let mut found: Vec<Withdrawal> = Vec::new();
    for fact in facts {
        let stated: Stated = serde_json::from_value(fact.value.clone())
            .map_err(|e| not_json(&format!("fact {}", fact.id), &e))?;
        match stated.of {
            Some(of) => {
                if let Some(earlier) = found.iter_mut().find(|w| w.id == of) {
                    earlier.centre = stated.centre;
                }
            }
            None => found.push(Withdrawal {
                id: fact.id.clone(),
                person_key: fact.person_key.clone(),
                scope: stated.scope,
                at: jst(fact.at),
                by: fact.by.clone(),
                reason: stated.reason,
                centre: None,
            }),
        }
    }
    Ok(found)
}

impl Host {
    /// Takes consents back: from then on nothing is viewed under them here, whatever later
    /// answers repeat, until the person agrees anew. The product's documents are not needed for
    /// it: where they cannot be read, or lack the person, it is the one of those that were read last.
    ///
    /// # Errors
    /// `person/unknown`, `consents/by` and `consents/reason` where they are empty.
    pub fn withdraw_consents(&self, request: &WithdrawRequest) -> Result<Ended<Withdrawn>, Fault> {
        let (by, reason) = (request.by.trim(), request.reason.trim());
        if by.is_empty() || reason.is_empty() {
            return Err(Fault::new(
                "consents/by",
                "取り消しを記録する方の氏名（--by）と理由（--reason）を書いてください。監査記録に残ります。",
                "name who records the withdrawal (--by) and why (--reason); both stay in the record",
            ));
        }
        let (evidence, roster, unread) = match self.everybody() {
            Ok((evidence, roster)) if roster.person(&request.person).is_some() => {
                (evidence, roster, None)
            }
            not_there => {
                let why = match not_there {
                    Ok((_, roster)) => roster.named(&request.person).err(),
                    Err(fault) => Some(fault),
                };
                let (evidence, roster) = self.everybody_on_record()?;
                match why {
                    Some(why) if roster.person(&request.person).is_none() => return Err(why),
                    why => (evidence, roster, why.as_ref().map(unread_documents)),
                }
            }
        };
        let person = roster.named(&request.person)?;
        let asked = Args {
            person: person.key.clone(),
            scopes: request.scopes.clone(),
            by: by.to_owned(),
            reason: reason.to_owned(),
        };
        let of = Of {
            person,
            evidence: &evidence,
            roster: &roster,
            way: self.way_to_the_centre(&roster, person, &request.scopes),
        };
        let ended = self.take_back(&asked, &of, request.dry_run)?;
        Ok(match ended {
            Ended::Done(withdrawn) => Ended::Done(Withdrawn {
                unread,
                ..withdrawn
            }),
            other => other,
        })
    }

    fn take_back(
        &self,
        asked: &Args,
        of: &Of<'_>,
        dry_run: bool,
    ) -> Result<Ended<Withdrawn>, Fault> {
        if dry_run {
            return self.rehearse_withdrawal(asked, of).map(Ended::Done);
        }
        // What a crash cut off is brought to its end first, as it was begun. Whatever was answered
        // about the person since, whoever gives it again in other words: a second request would be
        // refused by the centre, and the record would say so of a withdrawal it took.
        let before = self.open_withdrawal(asked)?;
        if let Some((id, begun)) = &before {
            let ended = self.carry_out_withdrawal(id, begun, of)?;
            if !self.given(of, &asked.scopes)?.iter().any(stands) {
                return Ok(ended);
            }
        }
        // A withdrawal given once more is the one before as long as everything is taken back: the
        // answers repeat consents in ever other words, so which ones are on record says nothing. Only
        // what was given after it makes it another one. So does a way to the centre, where there was
        // none before.
        let anew = self.given(of, &asked.scopes)?.iter().any(stands);
        let identity = json!([asked, of.way.open().is_ok(), before.map(|(id, _)| id)]);
        let id = self.job_id(None, KIND, &identity, anew)?;
        self.carry_out_withdrawal(&id, asked, of)
    }

    /// What a withdrawal would leave: the consents as they would stand after it.
    fn rehearse_withdrawal(&self, asked: &Args, of: &Of<'_>) -> Result<Withdrawn, Fault> {
        let now = self.now();
        let taken = asked.taken_back(self.code(), now, "")?;
        let mut facts = self
            .journal()
            .facts(self.code(), Some("withdrawal"), None)?;
        facts.extend(taken.iter().cloned());
        let lines = super::lines(of.evidence, &facts, of.roster, now)?;
        Ok(Withdrawn {
            job: String::new(),
            person_key: of.person.key.clone(),
            name: of.person.identity.name.clone(),
            withdrawals: read(&taken)?,
            ended: theirs(lines, of, &asked.scopes),
            centre: of.way.foretold(),
            dry_run: true,
            unread: None,
        })
    }

    /// The person's consents of these scopes that somebody gave once, as they stand now.
    fn given(&self, of: &Of<'_>, scopes: &[Scope]) -> Result<Vec<ConsentLine>, Fault> {
        let lines = self.consent_lines(of.evidence, of.roster, self.now())?;
        Ok(theirs(lines, of, scopes))
    }

    /// The withdrawal of the same scopes of the same person that is not at its end yet.
    fn open_withdrawal(&self, asked: &Args) -> Result<Option<(String, Args)>, Fault> {
        let open = self.journal().jobs(&JobFilter {
            station: Some(self.code().to_owned()),
            kind: Some(format!("flow.{KIND}")),
            roots: true,
            open: true,
            ..JobFilter::default()
        })?;
        Ok(open.into_iter().find_map(|job| {
            let begun = Args::deserialize(&job.new.args).ok()?;
            (begun.person == asked.person && begun.set() == asked.set())
                .then(|| (job.id().to_owned(), begun))
        }))
    }

    /// The flow itself: the record first, then the looks, then the centre. The plugin is pinned by
    /// the call to it alone, so that a record is made whatever became of the plugin.
    fn carry_out_withdrawal(
        &self,
        id: &str,
        begun: &Args,
        of: &Of<'_>,
    ) -> Result<Ended<Withdrawn>, Fault> {
        let args = serde_json::to_value(begun).map_err(|e| not_json(KIND, &e))?;
        let new = self.new_job(id, KIND, args, &[]);
        self.run(&new, |flow| {
            let at = flow.now()?;
            let taken = begun.taken_back(self.code(), at, flow.id())?;
            self.facts_step(flow, &taken)?;
            self.end_looks(of);
            let centre = self.tell_where_possible(flow, &of.way, &begun.scopes)?;
            let told = begun.told(self.code(), at, flow.id(), &taken, &centre)?;
            self.facts_step(flow, &told)?;
            let mut ended = self.given(of, &begun.scopes)?;
            ended.retain(|line| !stands(line));
            Ok(Withdrawn {
                job: flow.id().to_owned(),
                person_key: of.person.key.clone(),
                name: of.person.identity.name.clone(),
                withdrawals: read(&taken.into_iter().chain(told).collect::<Vec<_>>())?,
                ended,
                centre,
                dry_run: false,
                unread: None,
            })
        })
    }

    /// A look that is still on its way is not shown any more. One that cannot be ended is no reason
    /// not to tell the centre: it asks for the consents itself before it shows anything.
    fn end_looks(&self, of: &Of<'_>) {
        if let Err(fault) = self.end_refused_looks(of.evidence, of.roster) {
            self.say(
                &format!(
                    "取得中の閲覧を終わらせられませんでした。続ける時に同意を確かめ直すので、表示されることはありません。{}",
                    fault.message_ja
                ),
                &format!(
                    "looks that are under way could not be ended; each asks for the consent again before it shows anything: {}",
                    fault.message_en
                ),
            );
        }
    }
}

/// Says that a withdrawal was taken by the documents as they were read last.
fn unread_documents(fault: &Fault) -> Note {
    Note::new(
        "documents-unread",
        format!(
            "製品の今の書類では利用者を確かめられなかったので、前に読んだ書類で確かめました。氏名を確かめ、書類を直してください。理由：{}",
            fault.message_ja
        ),
        format!(
            "the person was looked up in the product's documents as they were read before, because those of now would not tell; check the name, and set the documents right: {}",
            fault.message_en
        ),
    )
}

/// What a withdrawal is about.
struct Of<'a> {
    person: &'a Person,
    evidence: &'a [Evidence],
    roster: &'a Roster,
    way: Way,
}

/// The kind of the job.
const KIND: &str = "withdraw-consents";

/// What the job is begun with.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Args {
    person: String,
    scopes: Vec<Scope>,
    by: String,
    reason: String,
}

impl Args {
    fn set(&self) -> BTreeSet<Scope> {
        self.scopes.iter().copied().collect()
    }

    fn stated(&self, scope: Scope) -> Stated {
        Stated {
            scope,
            kinds: scope.kinds(),
            reason: self.reason.clone(),
            centre: None,
            of: None,
        }
    }

    /// The facts that take the consents back.
    fn taken_back(&self, station: &str, at: Timestamp, job: &str) -> Result<Vec<Fact>, Fault> {
        self.scopes
            .iter()
            .map(|scope| {
                let stated = self.stated(*scope);
                fact(station, &self.person, &stated, &self.by, at, job)
            })
            .collect()
    }

    /// What the centre knows of each, where it has a word for it.
    fn told(
        &self,
        station: &str,
        at: Timestamp,
        job: &str,
        taken: &[Fact],
        centre: &Centre,
    ) -> Result<Vec<Fact>, Fault> {
        taken
            .iter()
            .zip(&self.scopes)
            .filter(|(_, scope)| scope.code().is_some())
            .map(|(earlier, scope)| {
                let stated = Stated {
                    centre: Some(centre.clone()),
                    of: Some(earlier.id.clone()),
                    ..self.stated(*scope)
                };
                fact(station, &self.person, &stated, &self.by, at, job)
            })
            .collect()
    }
}

/// Those of one person and these scopes that somebody gave once.
fn theirs(mut lines: Vec<ConsentLine>, of: &Of<'_>, scopes: &[Scope]) -> Vec<ConsentLine> {
    lines.retain(|line| {
        line.person_key == of.person.key
            && line.scope.is_some_and(|s| scopes.contains(&s))
            && !matches!(
                line.state,
                ConsentState::Superseded | ConsentState::Declined
            )
    });
    lines
}

/// Whether nothing has ended a consent by a withdrawal yet.
fn stands(line: &ConsentLine) -> bool {
    matches!(
        line.state,
        ConsentState::Live | ConsentState::UnknownUntil | ConsentState::Expired
    )
}

fn fact(
    station: &str,
    person_key: &str,
    stated: &Stated,
    by: &str,
    at: Timestamp,
    job: &str,
) -> Result<Fact, Fault> {
    let value = serde_json::to_value(stated).map_err(|e| not_json("withdrawal", &e))?;
    let moment = jst(at);
    let what = json!([station, person_key, "withdrawal", value, by, at.to_string()]);
    let digest = document_digest(what.to_string().as_bytes());
    Ok(Fact {
        id: format!("fa-{}", digest.get(..16).unwrap_or(&digest)),
        station: station.to_owned(),
        person_key: person_key.to_owned(),
        kind: "withdrawal".to_owned(),
        day: moment.chars().take(10).collect(),
        value,
        by: by.to_owned(),
        at,
        source: None,
        job: Some(job.to_owned()),
    })
}

#[cfg(test)]
mod tests;
