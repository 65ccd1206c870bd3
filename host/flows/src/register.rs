//! Register: the product's own numbers for people, kept at the centre as 照会番号, so that later
//! answers name the person exactly.
//!
//! The centre keeps one number a person and coverage and takes the last one: registering
//! overwrites what another product of the station registered. So it is off unless the station
//! file says otherwise, and what was registered under which coverage is kept as a fact. A
//! registration whose outcome is unknown is never repeated by the machine.

use crate::answers::known_on;
use crate::coverage::Coverage;
use crate::host::{Ended, Host, not_json};
use crate::people::Person;
use crate::roster::Roster;
use jiff::Timestamp;
use reseplug_effect::{Fault, RepeatClass, RetryAdvice, jst};
use reseplug_engine::Call;
use reseplug_engine::contract::{Registration, RegistrationResult};
use reseplug_journal::{Fact, FlowError, JobFilter, Journal, document_digest};
use reseplug_policy::References;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

/// 照会番号 travels in at most 50 characters.
const LONGEST: usize = 50;

/// Whom to register.
#[derive(Debug, Clone, Default)]
pub struct RegisterRequest {
    /// Only this person, by the product's key.
    pub person: Option<String>,
    /// Also whose last registration is in doubt: the named person made sure that it may be
    /// repeated.
    pub in_doubt: bool,
    /// Who says so; absent: who enabled it in the station file.
    pub by: Option<String>,
    /// Say what would be registered; send nothing.
    pub dry_run: bool,
}

/// What became of one person's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Registered {
    /// To be sent.
    Due,
    /// The centre took it.
    Registered,
    /// The centre refused it.
    Refused,
    /// Taken before, under this very coverage.
    Unchanged,
    /// Sent, and nobody knows what became of it.
    InDoubt,
    /// No answer confirms a coverage that holds today.
    NotConfirmed,
    /// The product has no number of its own for the person, or one that is too long.
    NoNumber,
}

impl Registered {
    /// For staff.
    pub fn name_ja(self) -> &'static str {
        match self {
            Self::Due => "登録する",
            Self::Registered => "登録しました",
            Self::Refused => "登録されませんでした",
            Self::Unchanged => "登録済み（資格は変わらず）",
            Self::InDoubt => "結果不明",
            Self::NotConfirmed => "資格の確認なし",
            Self::NoNumber => "製品の番号なし（または50字を超える）",
        }
    }

    /// The same in English.
    pub fn name_en(self) -> &'static str {
        match self {
            Self::Due => "to be registered",
            Self::Registered => "registered",
            Self::Refused => "refused",
            Self::Unchanged => "registered before, coverage unchanged",
            Self::InDoubt => "outcome unknown",
            Self::NotConfirmed => "coverage not confirmed",
            Self::NoNumber => "no number of the product's own, or longer than 50",
        }
    }
}

/// One person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterLine {
    /// The product's key, which is the 照会番号.
    pub person_key: String,
    /// 氏名
    pub name: String,
    /// What became of it.
    pub outcome: Registered,
    /// Whether an earlier registration was under another coverage.
    pub changed: bool,
    /// 処理結果コード and 処理結果メッセージ, verbatim.
    pub code: Option<String>,
    /// The same.
    pub text: Option<String>,
}

/// What became of all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterReport {
    /// The job; empty for a rehearsal.
    pub job: String,
    /// By the product's key.
    pub people: Vec<RegisterLine>,
    /// Why the outcome of some is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
    /// Whether nothing was sent on purpose.
    pub dry_run: bool,
}

/// The numbers a registration is made under.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Under {
    insurer_number: String,
    symbol: Option<String>,
    number: String,
    branch: Option<String>,
}

/// What a fact of the kind `reference` holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Stated {
    reference_number: String,
    under: Under,
    outcome: Registered,
    code: Option<String>,
    text: Option<String>,
}

/// A registration that is due, with its person's line.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Round {
    lines: Vec<RegisterLine>,
    due: Vec<(String, Under)>,
}

impl Host {
    /// Registers the product's numbers for everybody whose coverage is confirmed and whose
    /// number is not registered under it yet.
    ///
    /// # Errors
    /// `references/off` unless the station file enables it; `references/under-way` while another
    /// registration has not ended; `person/unknown`; faults of the connector.
    pub fn register(&self, request: &RegisterRequest) -> Result<Ended<RegisterReport>, Fault> {
        let policy = self.references()?;
        let named = request
            .by
            .as_deref()
            .map(str::trim)
            .filter(|by| !by.is_empty());
        if request.in_doubt && named.is_none() {
            return Err(Fault::new(
                "references/by",
                "結果不明の登録を送り直すには、公式の画面で確かめた方の氏名（--by）が必要です。",
                "repeating a registration in doubt needs the name of who made sure that it may be repeated (--by)",
            ));
        }
        let by = named.unwrap_or(&policy.by);
        let connector = self.eligibility()?;
        if !connector.offers("eligibility.register-references") {
            return Err(Fault::new(
                "references/not-offered",
                format!("プラグイン「{}」は照会番号を登録できません。", connector.id),
                format!(
                    "the plugin `{}` does not register reference numbers",
                    connector.id
                ),
            ));
        }
        if let Some(key) = &request.person {
            self.everybody()?.1.named(key)?;
        }
        if request.dry_run {
            let round = self.whom_to_register(request)?;
            return Ok(Ended::Done(RegisterReport {
                job: String::new(),
                people: round.lines,
                fault: None,
                dry_run: true,
            }));
        }
        self.ready(&connector)?;
        let args = json!({ "person": request.person, "in_doubt": request.in_doubt, "by": by });
        // What was sent today and ended is known by its facts; what has not ended goes on.
        let id = self.job_id(None, "register", &args, true)?;
        self.refuse_while_another(&id)?;
        let new = self.new_job(&id, "register", args, &[&connector]);
        self.run(&new, |flow| {
            let at = flow.now()?;
            let round: Round = flow.step("whom-to-register", &(), RepeatClass::Safe, || {
                self.whom_to_register(request)
            })?;
            let mut report = RegisterReport {
                job: flow.id().to_owned(),
                people: round.lines.clone(),
                fault: None,
                dry_run: false,
            };
            if round.due.is_empty() {
                return Ok(report);
            }
            let count = round.due.len();
            self.say(
                &format!("照会番号を登録しています（{count}人）"),
                &format!("registering reference numbers ({count})"),
            );
            let call = Call::RegisterReferences {
                ctx: connector.context.clone(),
                registrations: round.due.iter().map(registration).collect(),
            };
            let told: Result<Vec<RegistrationResult>, FlowError> =
                self.call(flow, &connector, &call);
            let (outcomes, fault) = match told {
                Ok(results) => (by_number(&results), None),
                Err(FlowError::Fault(fault)) => (by_fault(&round, &fault), Some(fault)),
                Err(other) => return Err(other),
            };
            let facts = round
                .due
                .iter()
                .filter_map(|(number, under)| {
                    let outcome = outcomes.get(number)?;
                    Some(fact(self.code(), number, under, outcome, by, at, flow.id()))
                })
                .collect::<Result<Vec<_>, Fault>>()?;
            self.facts_step(flow, &facts)?;
            for line in &mut report.people {
                if let Some((outcome, code, text)) = outcomes.get(&line.person_key) {
                    line.outcome = *outcome;
                    line.code.clone_from(code);
                    line.text.clone_from(text);
                }
            }
            match fault {
                // Nothing was sent, or nothing was taken: the next run tries again.
                Some(fault) if fault.retry != RetryAdvice::AskFirst => Err(fault.into()),
                fault => Ok(RegisterReport { fault, ..report }),
            }
        })
    }

    /// The station's word that it wants this.
    fn references(&self) -> Result<References, Fault> {
        match &self.station().references {
            Some(policy) if policy.enabled => Ok(policy.clone()),
            _ => {
                let file = &self.station().file;
                Err(Fault::new(
                    "references/off",
                    format!(
                        "照会番号の登録は、設定で許可されていません。照会番号は資格ごとに一つだけで、登録すると、電子カルテなど同じ事業所の別の製品が登録した番号を上書きします。ほかの製品が使っていないことを確かめ、決めた方の名前とともに {file} に次の行を加えてください:\n[references]\nenabled = true\nby = \"管理者の氏名\""
                    ),
                    format!(
                        "registering reference numbers is off. The centre keeps one number for a coverage: registering overwrites what another product of the station registered. Once you made sure that none relies on it, add to {file}, with the name of who decided:\n[references]\nenabled = true\nby = \"NAME\""
                    ),
                ))
            }
        }
    }

    /// Another registration that has not ended might still carry out what this one would send.
    fn refuse_while_another(&self, id: &str) -> Result<(), Fault> {
        let open = self.journal().jobs(&JobFilter {
            station: Some(self.code().to_owned()),
            kind: Some("flow.register".to_owned()),
            open: true,
            roots: true,
            ..JobFilter::default()
        })?;
        match open.iter().find(|job| job.id() != id) {
            None => Ok(()),
            Some(other) => Err(Fault::later(
                "references/under-way",
                format!(
                    "照会番号の登録 {} がまだ終わっていません。同じ方に二度送らないよう、終わってからやり直してください（`reseplug jobs show {}`）。",
                    other.id(),
                    other.id()
                ),
                format!(
                    "the registration {} has not ended; try again after it",
                    other.id()
                ),
            )),
        }
    }

    /// Everybody with where their number stands.
    fn whom_to_register(&self, request: &RegisterRequest) -> Result<Round, Fault> {
        let (_, roster) = self.everybody()?;
        let today = self.today()?;
        let mut before: BTreeMap<String, Stated> = BTreeMap::new();
        for fact in self.journal().facts(self.code(), Some("reference"), None)? {
            let stated: Stated = serde_json::from_value(fact.value.clone())
                .map_err(|e| not_json(&format!("fact {}", fact.id), &e))?;
            // What was refused changes nothing at the centre.
            if stated.outcome != Registered::Refused {
                before.insert(fact.person_key, stated);
            }
        }
        let mut round = Round {
            lines: Vec::new(),
            due: Vec::new(),
        };
        let wanted = |p: &&Person| request.person.as_ref().is_none_or(|key| p.key == *key);
        for person in roster.people.iter().filter(wanted) {
            let known = known_on(roster.picture.of(&person.key), today);
            let under = known.coverage().map(under);
            let earlier = before.get(&person.key);
            let outcome = outcome(person, under.as_ref(), earlier, request.in_doubt);
            if let (Registered::Due, Some(under)) = (outcome, &under) {
                round.due.push((person.key.clone(), under.clone()));
            }
            round.lines.push(RegisterLine {
                person_key: person.key.clone(),
                name: person.identity.name.clone(),
                outcome,
                changed: earlier.is_some_and(|e| Some(&e.under) != under.as_ref())
                    && under.is_some(),
                code: earlier.and_then(|e| e.code.clone()),
                text: earlier.and_then(|e| e.text.clone()),
            });
        }
        Ok(round)
    }
}

/// Where one person's number stands.
fn outcome(
    person: &Person,
    under: Option<&Under>,
    earlier: Option<&Stated>,
    in_doubt: bool,
) -> Registered {
    // A key made of name and birth date is no number of the product's.
    if !Roster::has_own_key(person) || person.key.chars().count() > LONGEST {
        return Registered::NoNumber;
    }
    let Some(under) = under else {
        return Registered::NotConfirmed;
    };
    match earlier.filter(|e| e.under == *under && e.reference_number == person.key) {
        Some(e) if e.outcome == Registered::InDoubt && !in_doubt => Registered::InDoubt,
        Some(e) if e.outcome == Registered::Registered => Registered::Unchanged,
        _ => Registered::Due,
    }
}

fn under(coverage: &Coverage) -> Under {
    let numbers = coverage.to_contract();
    Under {
        insurer_number: numbers.insurer_number,
        symbol: numbers.symbol,
        number: numbers.number,
        branch: numbers.branch,
    }
}

fn registration((number, under): &(String, Under)) -> Registration {
    Registration {
        reference_number: number.clone(),
        insurer_number: under.insurer_number.clone(),
        symbol: under.symbol.clone(),
        number: under.number.clone(),
        branch: under.branch.clone(),
    }
}

/// Outcome, code and text by 照会番号.
type Outcomes = BTreeMap<String, (Registered, Option<String>, Option<String>)>;

fn by_number(results: &[RegistrationResult]) -> Outcomes {
    results
        .iter()
        .map(|r| {
            let outcome = if r.registered {
                Registered::Registered
            } else {
                Registered::Refused
            };
            (
                r.reference_number.clone(),
                (outcome, r.code.clone(), r.text.clone()),
            )
        })
        .collect()
}

/// What a fault leaves known: those it names as registered are; where its outcome is unknown,
/// so are all others.
fn by_fault(round: &Round, fault: &Fault) -> Outcomes {
    let done: Vec<&str> = fault
        .extra
        .iter()
        .filter(|(name, _)| name == "registered")
        .flat_map(|(_, numbers)| numbers.split(','))
        .collect();
    round
        .due
        .iter()
        .filter_map(|(number, _)| {
            let outcome = if done.contains(&number.as_str()) {
                Registered::Registered
            } else if fault.retry == RetryAdvice::AskFirst {
                Registered::InDoubt
            } else {
                return None;
            };
            Some((number.clone(), (outcome, None, None)))
        })
        .collect()
}

fn fact(
    station: &str,
    number: &str,
    under: &Under,
    (outcome, code, text): &(Registered, Option<String>, Option<String>),
    by: &str,
    at: Timestamp,
    job: &str,
) -> Result<Fact, Fault> {
    let value = serde_json::to_value(Stated {
        reference_number: number.to_owned(),
        under: under.clone(),
        outcome: *outcome,
        code: code.clone(),
        text: text.clone(),
    })
    .map_err(|e| not_json("reference", &e))?;
    let what = json!([station, number, "reference", value, job]);
    let digest = document_digest(what.to_string().as_bytes());
    Ok(Fact {
        id: format!("fa-{}", digest.get(..16).unwrap_or(&digest)),
        station: station.to_owned(),
        person_key: number.to_owned(),
        kind: "reference".to_owned(),
        day: jst(at).chars().take(10).collect(),
        value,
        by: by.to_owned(),
        at,
        source: None,
        job: Some(job.to_owned()),
    })
}

#[cfg(test)]
mod tests;
