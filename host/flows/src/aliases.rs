//! Spellings of a name that somebody accepted: how the central system writes a person whom the
//! product writes otherwise. Matching finds the person by them; nothing is ever written with them.

use crate::documents::Stored;
use crate::host::Host;
use crate::matching::Spelling;
use crate::people::Person;
use reseplug_effect::{Fault, jst};
use reseplug_journal::{Fact, Journal, document_digest};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Kind of the facts this module keeps.
pub const KIND: &str = "alias";

/// One accepted spelling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alias {
    /// The product's key of the person.
    pub person: String,
    /// The spelling.
    #[serde(flatten)]
    pub spelling: Spelling,
    /// Who accepted it.
    pub by: String,
    /// When.
    pub at: String,
}

/// What is to be accepted or withdrawn.
#[derive(Debug, Clone, Default)]
pub struct AliasRequest {
    /// The product's key of the person.
    pub person: String,
    /// The spelling, as the central system writes it.
    pub spelling: Spelling,
    /// Who decides.
    pub by: String,
    /// Show what would be recorded, record nothing.
    pub dry_run: bool,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AliasChange {
    /// The spelling in question.
    pub alias: Alias,
    /// Whether it holds now, or would.
    pub accepted: bool,
    /// Whether anything was to be recorded: a spelling that holds is not accepted twice.
    pub changed: bool,
    /// Whether nothing was recorded on purpose.
    pub dry_run: bool,
}

/// What a fact of this kind states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Stated {
    #[serde(flatten)]
    spelling: Spelling,
    withdrawn: bool,
}

/// The spellings that hold: accepted, and not withdrawn since. Facts come oldest first.
pub fn holding(facts: &[Fact]) -> Result<Vec<Alias>, Fault> {
    let mut holding: Vec<Alias> = Vec::new();
    for fact in facts {
        let stated: Stated = serde_json::from_value(fact.value.clone())
            .map_err(|e| crate::host::not_json(&format!("fact {}", fact.id), &e))?;
        holding.retain(|a| a.person != fact.person_key || a.spelling != stated.spelling);
        if !stated.withdrawn {
            holding.push(Alias {
                person: fact.person_key.clone(),
                spelling: stated.spelling,
                by: fact.by.clone(),
                at: jst(fact.at),
            });
        }
    }
    Ok(holding)
}

/// Gives each person the spellings that were accepted for them.
pub fn apply(people: &mut [Person], aliases: &[Alias]) {
    for person in people {
        let accepted = aliases.iter().filter(|a| a.person == person.key);
        person
            .identity
            .also
            .extend(accepted.map(|a| a.spelling.clone()));
    }
}

impl Host {
    /// The spellings that hold, in the order in which they were accepted.
    ///
    /// # Errors
    /// Faults of the store.
    pub fn aliases(&self) -> Result<Vec<Alias>, Fault> {
        holding(&self.alias_facts()?)
    }

    /// Accepts a spelling for somebody.
    ///
    /// # Errors
    /// `match/alias-empty` without a spelling, `match/alias-nobody` without a name of who decides
    /// or of whom it is about; `match/person-unknown` when a register is at hand and has no such
    /// person; faults of the store.
    pub fn accept_alias(&self, request: &AliasRequest) -> Result<AliasChange, Fault> {
        self.change_alias(request, false)
    }

    /// Withdraws a spelling that was accepted.
    ///
    /// # Errors
    /// As [`Host::accept_alias`], and `match/alias-unknown` when it does not hold.
    pub fn withdraw_alias(&self, request: &AliasRequest) -> Result<AliasChange, Fault> {
        self.change_alias(request, true)
    }

    fn change_alias(&self, request: &AliasRequest, withdrawn: bool) -> Result<AliasChange, Fault> {
        let spelling = checked(request)?;
        let facts = self.alias_facts()?;
        let holds = holding(&facts)?
            .into_iter()
            .find(|a| a.person == request.person && a.spelling == spelling);
        let now = self.now();
        let change = |alias, changed| AliasChange {
            alias,
            accepted: !withdrawn,
            changed,
            dry_run: request.dry_run,
        };
        let alias = match (holds, withdrawn) {
            (Some(holds), false) => return Ok(change(holds, false)),
            (Some(holds), true) => holds,
            (None, false) => {
                self.known_person(&request.person)?;
                Alias {
                    person: request.person.clone(),
                    spelling: spelling.clone(),
                    by: request.by.clone(),
                    at: jst(now),
                }
            }
            (None, true) => {
                return Err(Fault::new(
                    "match/alias-unknown",
                    format!(
                        "「{}」さんにその表記は認められていません。`reseplug match alias list` で確かめてください。",
                        request.person
                    ),
                    format!(
                        "no such spelling is accepted for {}; see `reseplug match alias list`",
                        request.person
                    ),
                ));
            }
        };
        if !request.dry_run {
            let earlier = facts.iter().filter(|f| f.person_key == request.person);
            // The same spelling may be accepted again after it was withdrawn.
            let what = json!([
                self.code(),
                request.person,
                spelling,
                withdrawn,
                earlier.count()
            ]);
            let digest = document_digest(what.to_string().as_bytes());
            let stated = Stated {
                spelling,
                withdrawn,
            };
            let value =
                serde_json::to_value(stated).map_err(|e| crate::host::not_json("alias", &e))?;
            self.journal().record_facts(&[Fact {
                id: format!("alias-{}", digest.get(..16).unwrap_or(&digest)),
                station: self.code().to_owned(),
                person_key: request.person.clone(),
                kind: KIND.to_owned(),
                day: self.today()?.to_string(),
                value,
                by: request.by.clone(),
                at: now,
                source: None,
                job: None,
            }])?;
        }
        Ok(change(alias, true))
    }

    fn alias_facts(&self) -> Result<Vec<Fact>, Fault> {
        Ok(self.journal().facts(self.code(), Some(KIND), None)?)
    }

    /// Refuses a key that the register at hand does not have: a slip of the pen would be silent.
    fn known_person(&self, key: &str) -> Result<(), Fault> {
        let inputs = self.inputs(&[], false);
        if inputs.is_empty() {
            return Ok(());
        }
        let adapter = self.adapter(None)?;
        let stored: Vec<Stored> = self.take_in(&inputs)?;
        let documents = self.documents(&stored)?;
        let people = self.register_people(&adapter, &documents)?;
        if people.is_empty() || people.iter().any(|p| p.key == key) {
            return Ok(());
        }
        Err(Fault::new(
            "match/person-unknown",
            format!("台帳に「{key}」という利用者がいません。利用者の番号を確かめてください。"),
            format!("nobody in the register has the key `{key}`; check it"),
        ))
    }
}

fn checked(request: &AliasRequest) -> Result<Spelling, Fault> {
    let some = |text: &Option<String>| text.clone().filter(|t| !t.trim().is_empty());
    let spelling = Spelling {
        name: some(&request.spelling.name),
        kana: some(&request.spelling.kana),
    };
    if spelling == Spelling::default() {
        return Err(Fault::new(
            "match/alias-empty",
            "認める表記がありません。--name か --kana に、回答に出ている表記を書いてください。",
            "no spelling is given; write the one of the answer with --name or --kana",
        ));
    }
    if request.by.trim().is_empty() || request.person.trim().is_empty() {
        return Err(Fault::new(
            "match/alias-nobody",
            "利用者の番号と、判断した方の名前（--by）の両方が必要です。",
            "both the person's key and who decides (--by) are needed",
        ));
    }
    Ok(spelling)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(name: &str, withdrawn: bool) -> Fact {
        Fact {
            id: String::new(),
            station: "9999998".into(),
            person_key: "U1".into(),
            kind: KIND.into(),
            day: "2024-11-01".into(),
            value: json!({ "name": name, "withdrawn": withdrawn }),
            by: "架空 花子".into(),
            at: jiff::Timestamp::UNIX_EPOCH,
            source: None,
            job: None,
        }
    }

    #[test]
    fn a_spelling_holds_until_it_is_withdrawn_and_may_be_accepted_again() {
        let names = |facts: &[Fact]| -> Vec<String> {
            holding(facts)
                .unwrap()
                .into_iter()
                .filter_map(|a| a.spelling.name)
                .collect()
        };
        let mut facts = vec![fact("新姓　花子", false), fact("●姓　花子", false)];
        assert_eq!(names(&facts), ["新姓　花子", "●姓　花子"]);
        facts.push(fact("新姓　花子", true));
        assert_eq!(names(&facts), ["●姓　花子"]);
        facts.push(fact("新姓　花子", false));
        assert_eq!(names(&facts), ["●姓　花子", "新姓　花子"]);
    }

    #[test]
    fn a_spelling_needs_something_written_and_somebody_who_decides() {
        let mut request = AliasRequest {
            person: "U1".into(),
            spelling: Spelling {
                name: Some("　".into()),
                kana: None,
            },
            by: "架空 花子".into(),
            dry_run: false,
        };
        assert_eq!(checked(&request).unwrap_err().code, "match/alias-empty");
        request.spelling.name = Some("新姓　花子".into());
        assert!(checked(&request).is_ok());
        request.by = " ".into();
        assert_eq!(checked(&request).unwrap_err().code, "match/alias-nobody");
    }
}
