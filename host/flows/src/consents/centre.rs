//! A withdrawal told to the centre where that is possible, and what the centre knows of it.

use super::Scope;
use crate::host::{Host, Loaded};
use crate::people::Person;
use crate::roster::Roster;
use reseplug_effect::{Fault, RepeatClass, RetryAdvice};
use reseplug_engine::Call;
use reseplug_engine::contract::{Holder, Revocation, RevocationResult};
use reseplug_journal::{Flow, FlowError};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

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
    /// A rehearsal: it would be told.
    WouldBeTold,
    /// A rehearsal: it could not be told.
    CouldNotBeTold {
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
            Self::WouldBeTold => "実行すると、センターにも伝えます。".to_owned(),
            Self::CouldNotBeTold { why_ja, .. } => {
                format!("実行しても、センターには伝わりません。{why_ja}記録した後に、{SCREEN_JA}")
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
            Self::WouldBeTold => "the centre would be told too".to_owned(),
            Self::CouldNotBeTold { why_en, .. } => {
                format!("the centre would not be told: {why_en}; once recorded, {SCREEN_EN}")
            }
        }
    }
}

/// The connector that can tell the centre, and about whom; of each, why there is none.
pub(super) struct Way {
    connector: Result<Arc<Loaded>, Centre>,
    holder: Result<Holder, Centre>,
}

impl Way {
    /// What a rehearsal says of it.
    pub(super) fn foretold(&self) -> Centre {
        match self.open() {
            Ok(_) => Centre::WouldBeTold,
            Err(Centre::NotTold { why_ja, why_en }) => Centre::CouldNotBeTold { why_ja, why_en },
            Err(other) => other,
        }
    }

    /// About whom the centre can be told; or why it cannot.
    pub(super) fn open(&self) -> Result<Holder, Centre> {
        self.connector.as_ref().map_err(Clone::clone)?;
        self.holder.clone()
    }
}

fn not_told(fault: Fault) -> Centre {
    Centre::NotTold {
        why_ja: fault.message_ja,
        why_en: fault.message_en,
    }
}

impl Host {
    /// The way to the centre as it is now.
    pub(super) fn way_to_the_centre(
        &self,
        roster: &Roster,
        person: &Person,
        scopes: &[Scope],
    ) -> Way {
        Way {
            connector: self.connector_to_the_centre(scopes),
            holder: crate::view::holder(roster, person).map_err(not_told),
        }
    }

    fn connector_to_the_centre(&self, scopes: &[Scope]) -> Result<Arc<Loaded>, Centre> {
        if scopes.iter().all(|scope| scope.code().is_none()) {
            return Err(Centre::NotTold {
                why_ja: "限度額の同意には、センターで取り消す種別がありません。".to_owned(),
                why_en: "the centre has no code to take a consent to 限度額 back".to_owned(),
            });
        }
        let connector = self.eligibility().map_err(not_told)?;
        if !connector.offers("home-visit.revoke-consent") {
            return Err(Centre::NotTold {
                why_ja: format!(
                    "プラグイン「{}」に同意の取り消しを送る機能がありません。",
                    connector.id
                ),
                why_en: format!("the plugin `{}` does not send withdrawals", connector.id),
            });
        }
        self.ready(&connector).map_err(not_told)?;
        Ok(connector)
    }

    /// Tells the centre where there is a way, which is settled once: a withdrawal that is taken up
    /// again sends the request it began with, or none.
    pub(super) fn tell_where_possible(
        &self,
        flow: &mut Flow<'_>,
        way: &Way,
        scopes: &[Scope],
    ) -> Result<Centre, FlowError> {
        let settled: Result<Holder, Centre> =
            flow.step("way", &(), RepeatClass::Safe, || Ok(way.open()))?;
        let holder = match settled {
            Ok(holder) => holder,
            Err(centre) => return Ok(centre),
        };
        match &way.connector {
            Ok(connector) => self.tell_centre(flow, connector, &holder, scopes),
            // It may have been sent already: what became of it is asked when the way is there again.
            Err(centre) => {
                let (why_ja, why_en) = match centre {
                    Centre::NotTold { why_ja, why_en } | Centre::InDoubt { why_ja, why_en } => {
                        (why_ja.as_str(), why_en.as_str())
                    }
                    Centre::Told { .. }
                    | Centre::Refused { .. }
                    | Centre::WouldBeTold
                    | Centre::CouldNotBeTold { .. } => ("", ""),
                };
                self.say(
                    &format!(
                        "取り消しは記録済みです。センターとのやりとりが途中です。次を直してから、同じ取り消しをもう一度行ってください：{why_ja}"
                    ),
                    &format!(
                        "the withdrawal is on record; telling the centre is under way. Set this right and give the same withdrawal again: {why_en}"
                    ),
                );
                let until = self.now();
                Err(FlowError::Waiting { until })
            }
        }
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

/// What staff do themselves.
const SCREEN_JA: &str = "資格確認端末の Web 画面「医療情報閲覧」→「同意取得済み患者一覧（訪問診療等・オンライン診療等）」で、職員が取り消してください（画面名は公開情報によります。操作は端末のマニュアルで確かめてください）。";
const SCREEN_EN: &str = "staff take it back on the terminal's own web screen (医療情報閲覧 → 同意取得済み患者一覧（訪問診療等・オンライン診療等）; the name of the screen is from public information, see the terminal's manual)";
