//! Claim: an approved month leaves, once, and what comes back is kept.

mod acknowledge;
mod send;
mod standing;

use crate::documents::Stored;
use reseplug_engine::contract::{Finding, Payer, State, Status};
use reseplug_journal::filing_state;
use reseplug_model::Month;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// How a month leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// Exact files for people to file in the official terminal. Never "filed".
    Handover,
    /// A gateway that takes them.
    Gateway,
}

impl Channel {
    /// What staff read.
    pub fn name_ja(self) -> &'static str {
        match self {
            Self::Handover => "引渡し",
            Self::Gateway => "ゲートウェイ",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Handover => "handover",
            Self::Gateway => "gateway",
        }
    }
}

/// State of a filing whose outcome nobody knows yet.
const IN_DOUBT: &str = "in-doubt";
/// State of a filing whose 受領書 is here.
pub(crate) const ACKNOWLEDGED: &str = "acknowledged";

/// Which approved month leaves how.
#[derive(Debug, Clone)]
pub struct SendRequest {
    /// 請求年月
    pub claim_month: Month,
    /// How.
    pub channel: Channel,
    /// 確認試験: never counts as a filing.
    pub trial: bool,
    /// Only this payer's file.
    pub payer: Option<Payer>,
    /// Who sends.
    pub by: String,
    /// Show what would leave, send nothing.
    pub dry_run: bool,
}

/// One payer's file and where it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sent {
    /// The job; empty in a rehearsal.
    pub job: String,
    /// The filing's key: unique in the store.
    pub key: String,
    /// How it left.
    pub channel: Channel,
    /// Where it is filed.
    pub payer: Payer,
    /// 請求年月
    pub claim_month: Month,
    /// Whether a 確認試験.
    pub trial: bool,
    /// 件数
    pub receipts: u32,
    /// 合計金額
    pub total: u64,
    /// SHA-256 of the file.
    pub sha256: String,
    /// The contract's word: `handed-over`, `checking`, `checked`, `confirmed` …
    pub state: String,
    /// The other side's reference.
    pub reference: String,
    /// When, ISO 8601.
    pub at: String,
    /// Files written, for a hand-over.
    pub files: Vec<String>,
    /// Another job that sent exactly this before; then nothing was sent now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub already_by: Option<String>,
}

/// What the other side says of a filing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// The filing.
    pub sent: Sent,
    /// Its state now.
    pub status: Status,
    /// 受付・事務点検 findings, once it is checked.
    pub findings: Vec<Finding>,
}

/// A 受領書 and what was made of it for the product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// The filing.
    pub sent: Sent,
    /// As received.
    pub number: String,
    /// 件数
    pub receipts: u32,
    /// 合計金額
    pub total: u64,
    /// When, ISO 8601.
    pub at: String,
    /// The 受領書 and the adapter's documents for the product.
    pub outputs: Vec<Stored>,
}

/// 審査支払機関 code of the HM record.
pub(crate) fn payer_code(payer: Payer) -> &'static str {
    match payer {
        Payer::SocialInsuranceFund => "1",
        Payer::NationalHealthFederation => "2",
    }
}

/// The payer's name.
pub fn payer_ja(payer: Payer) -> &'static str {
    match payer {
        Payer::SocialInsuranceFund => "支払基金",
        Payer::NationalHealthFederation => "国保連",
    }
}

/// The contract's word for a state.
fn state_word(state: &State) -> String {
    match state {
        State::HandedOver => "handed-over",
        State::Checking => "checking",
        State::Checked => "checked",
        State::Confirmed => "confirmed",
        State::Withdrawn => filing_state::WITHDRAWN,
        State::Other(word) => word,
    }
    .to_owned()
}

/// What staff read for a filing's state. A hand-over is never "filed".
pub fn state_ja(state: &str) -> Cow<'_, str> {
    Cow::Borrowed(match state {
        "approved" => "承認済み（まだ渡していません）",
        filing_state::CLAIMED => "送り始め（結果待ち）",
        filing_state::RELEASED => "送っていません",
        IN_DOUBT => "結果不明（確かめるまで送り直しません）",
        "handed-over" => "引渡し済み（まだ請求していません）",
        "checking" => "受付・事務点検中",
        "checked" => "点検済み（請求確定待ち）",
        "confirmed" => "請求確定",
        filing_state::WITHDRAWN => "取消済み",
        ACKNOWLEDGED => "受領書あり",
        other => return Cow::Owned(format!("提出先の知らせた状態「{other}」")),
    })
}
