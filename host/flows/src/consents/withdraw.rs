//! A consent taken back: recorded here at once, then told to the centre where that is possible.

use super::{ConsentLine, ConsentState, Scope};
use crate::host::{Ended, Host, Loaded, not_json};
use crate::people::Person;
use crate::roster::Roster;
use jiff::Timestamp;
use reseplug_effect::{Fault, RetryAdvice, jst};
use reseplug_engine::Call;
use reseplug_engine::contract::{Holder, Revocation, RevocationResult};
use reseplug_journal::{Fact, Flow, FlowError, document_digest};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;

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

/// What the centre knows of a withdrawal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "centre", rename_all = "kebab-case")]
pub enum Centre {
    /// It took the withdrawal.
    Told {
        /// 処理結果コード, verbatim.
        code: Option<String>,
        /// 処理結果メッセージ, verbatim.
        text: Option<String>,
    },
    /// It refused it.
    Refused {
        /// 処理結果コード, verbatim.
        code: Option<String>,
        /// 処理結果メッセージ, verbatim.
        text: Option<String>,
    },
    /// It was sent, and nobody knows what became of it. Not repeated by the machine.
    InDoubt {
        /// Why, for people.
        why_ja: String,
        /// The same in English.
        why_en: String,
    },
    /// Nothing: this program has no way to tell it, or did not get through.
    NotTold {
        /// Why, for people.
        why_ja: String,
        /// The same in English.
        why_en: String,
    },
}

impl Centre {
    /// Whether the centre certainly knows.
    pub fn knows(&self) -> bool {
        matches!(self, Self::Told { .. })
    }

    /// For staff.
    pub fn message_ja(&self) -> String {
        let told = |code: &Option<String>, text: &Option<String>| {
            let parts: Vec<&str> = [code, text]
                .into_iter()
                .flatten()
                .map(String::as_str)
                .collect();
            if parts.is_empty() {
                String::new()
            } else {
                format!("（{}）", parts.join(" "))
            }
        };
        match self {
            Self::Told { code, text } => format!("センターにも伝えました{}。", told(code, text)),
            Self::Refused { code, text } => {
                format!(
                    "センターは取り消しを受け付けませんでした{}。{SCREEN_JA}",
                    told(code, text)
                )
            }
            Self::InDoubt { why_ja, .. } => format!(
                "センターに伝わったか分かりません（{why_ja}）。送り直しません。資格確認端末の画面で同意の状態を確かめてください。"
            ),
            Self::NotTold { why_ja, .. } => {
                format!("センターには伝えていません。{why_ja}{SCREEN_JA}")
            }
        }
    }

    /// The same in English.
    pub fn message_en(&self) -> String {
        match self {
            Self::Told { code, .. } => format!(
                "the centre was told{}",
                code.as_ref()
                    .map_or_else(String::new, |c| format!(" ({c})"))
            ),
            Self::Refused { code, .. } => format!(
                "the centre refused the withdrawal{}; {SCREEN_EN}",
                code.as_ref()
                    .map_or_else(String::new, |c| format!(" ({c})"))
            ),
            Self::InDoubt { why_en, .. } => format!(
                "nobody knows whether the centre was told ({why_en}); it is not sent again: see the terminal's own screen"
            ),
            Self::NotTold { why_en, .. } => {
                format!("the centre was not told: {why_en}; {SCREEN_EN}")
            }
        }
    }
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
    /// The consents on record that ended by it.
    pub ended: Vec<ConsentLine>,
    /// What the centre knows.
    pub centre: Centre,
    /// Whether nothing was recorded on purpose.
    pub dry_run: bool,
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
    /// answers repeat, until the person agrees anew.
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
        let (evidence, roster) = self.everybody()?;
        let person = roster.named(&request.person)?;
        let given: Vec<ConsentLine> = self
            .consent_lines(&evidence, &roster, self.now())?
            .into_iter()
            .filter(|line| {
                line.person_key == person.key
                    && line.scope.is_some_and(|s| request.scopes.contains(&s))
                    && !matches!(
                        line.state,
                        ConsentState::Superseded | ConsentState::Declined
                    )
            })
            .collect();
        let facts = |at: Timestamp, job: Option<&str>| -> Result<Vec<Fact>, Fault> {
            request
                .scopes
                .iter()
                .map(|scope| {
                    let stated = Stated {
                        scope: *scope,
                        kinds: scope.kinds(),
                        reason: reason.to_owned(),
                        centre: None,
                        of: None,
                    };
                    fact(self.code(), &person.key, &stated, by, at, job)
                })
                .collect()
        };
        let report = |job: &str, facts: &[Fact], centre: Centre| -> Result<Withdrawn, Fault> {
            Ok(Withdrawn {
                job: job.to_owned(),
                person_key: person.key.clone(),
                name: person.identity.name.clone(),
                withdrawals: read(facts)?,
                ended: given.clone(),
                centre,
                dry_run: request.dry_run,
            })
        };
        let way = self.way_to_the_centre(&roster, person, &request.scopes);
        if request.dry_run {
            let centre = match &way {
                Ok(_) => Centre::NotTold {
                    why_ja: "予行です。実行するとセンターに伝えます。".to_owned(),
                    why_en: "a rehearsal; a real run tells it".to_owned(),
                },
                Err(centre) => centre.clone(),
            };
            return Ok(Ended::Done(report("", &facts(self.now(), None)?, centre)?));
        }
        let args = json!({ "person": person.key, "scopes": request.scopes, "by": by,
            "reason": reason, "tell": way.is_ok() });
        let stands: Vec<_> = given
            .iter()
            .map(|line| (&line.kind, &line.given_at))
            .collect();
        let id = self.job_id(None, "withdraw", &json!([args, stands]), false)?;
        let plugins: Vec<&Loaded> = way.iter().map(|(connector, _)| &**connector).collect();
        let new = self.new_job(&id, "withdraw", args, &plugins);
        self.run(&new, |flow| {
            let at = flow.now()?;
            let facts = facts(at, Some(flow.id()))?;
            self.facts_step(flow, &facts)?;
            // A look that is still on its way is not shown any more.
            let (evidence, roster) = self.everybody()?;
            self.end_refused_looks(&evidence, &roster)?;
            let centre = match &way {
                Err(centre) => return Ok(report(flow.id(), &facts, centre.clone())?),
                Ok((connector, holder)) => {
                    self.tell_centre(flow, connector, holder, &request.scopes)?
                }
            };
            let told: Vec<Fact> = facts
                .iter()
                .zip(&request.scopes)
                .filter(|(_, scope)| scope.code().is_some())
                .map(|(earlier, scope)| {
                    let stated = Stated {
                        scope: *scope,
                        kinds: scope.kinds(),
                        reason: reason.to_owned(),
                        centre: Some(centre.clone()),
                        of: Some(earlier.id.clone()),
                    };
                    fact(self.code(), &person.key, &stated, by, at, Some(flow.id()))
                })
                .collect::<Result<_, _>>()?;
            self.facts_step(flow, &told)?;
            Ok(report(
                flow.id(),
                &facts.into_iter().chain(told).collect::<Vec<_>>(),
                centre,
            )?)
        })
    }

    /// The connector that can tell the centre, and about whom; or why nobody can.
    fn way_to_the_centre(
        &self,
        roster: &Roster,
        person: &Person,
        scopes: &[Scope],
    ) -> Result<(Arc<Loaded>, Holder), Centre> {
        let not = |fault: Fault| Centre::NotTold {
            why_ja: fault.message_ja,
            why_en: fault.message_en,
        };
        if scopes.iter().all(|scope| scope.code().is_none()) {
            return Err(Centre::NotTold {
                why_ja: "限度額の同意には、センターで取り消す種別がありません。".to_owned(),
                why_en: "the centre has no code to take a consent to 限度額 back".to_owned(),
            });
        }
        let connector = self.eligibility().map_err(not)?;
        if !connector.offers("home-visit.revoke-consent") {
            return Err(Centre::NotTold {
                why_ja: format!(
                    "プラグイン「{}」に同意の取り消しを送る機能がありません。",
                    connector.id
                ),
                why_en: format!("the plugin `{}` does not send withdrawals", connector.id),
            });
        }
        self.ready(&connector).map_err(not)?;
        let holder = crate::view::holder(roster, person).map_err(not)?;
        Ok((connector, holder))
    }

    /// Sends the withdrawal. Whatever goes wrong, it is recorded here already.
    fn tell_centre(
        &self,
        flow: &mut Flow<'_>,
        connector: &Loaded,
        holder: &Holder,
        scopes: &[Scope],
    ) -> Result<Centre, FlowError> {
        let call = Call::RevokeConsent {
            ctx: connector.context.clone(),
            revocations: vec![Revocation {
                id: "r0".to_owned(),
                holder: holder.clone(),
                kinds: scopes
                    .iter()
                    .filter_map(|scope| scope.code())
                    .map(str::to_owned)
                    .collect(),
                extra: Vec::new(),
            }],
        };
        let told: Result<Vec<RevocationResult>, FlowError> = self.call(flow, connector, &call);
        Ok(match told.map(|results| results.into_iter().next()) {
            Ok(Some(result)) if result.revoked => Centre::Told {
                code: result.code,
                text: result.text,
            },
            Ok(Some(result)) => Centre::Refused {
                code: result.code,
                text: result.text,
            },
            // The engine holds plugins to one result for each revocation.
            Ok(None) => Centre::InDoubt {
                why_ja: "回答に結果がありません".to_owned(),
                why_en: "the answer holds no result".to_owned(),
            },
            Err(FlowError::Fault(fault)) if fault.retry == RetryAdvice::AskFirst => {
                Centre::InDoubt {
                    why_ja: fault.message_ja,
                    why_en: fault.message_en,
                }
            }
            Err(FlowError::Fault(fault)) => Centre::NotTold {
                why_ja: fault.message_ja,
                why_en: fault.message_en,
            },
            Err(other) => return Err(other),
        })
    }
}

fn fact(
    station: &str,
    person_key: &str,
    stated: &Stated,
    by: &str,
    at: Timestamp,
    job: Option<&str>,
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
        job: job.map(str::to_owned),
    })
}

/// What staff do themselves.
const SCREEN_JA: &str = "資格確認端末の Web 画面「医療情報閲覧」→「同意取得済み患者一覧（訪問診療等・オンライン診療等）」で、職員が取り消してください（画面名は公開情報によります。操作は端末のマニュアルで確かめてください）。";
const SCREEN_EN: &str = "staff take it back on the terminal's own web screen (医療情報閲覧 → 同意取得済み患者一覧（訪問診療等・オンライン診療等）; the name of the screen is from public information, see the terminal's manual)";
