//! Claim: an approved month leaves, once, and what comes back is kept.

mod acknowledge;
mod bring;
mod by_hand;
mod certificate;
pub(crate) mod compose;
mod confirm;
mod downloads;
mod late;
mod left;
mod look_for;
mod on_paper;
pub(crate) mod record;
mod report;
mod retract;
mod send;
mod standing;
mod there;
mod week;
mod window;
mod withdraw;

pub use bring::{Brought, BroughtIn, ImportRequest, kind_ja};
pub use compose::{Refiled, why_ja};
pub use downloads::{Fetched, Kept};
pub use late::DropRequest;
pub use on_paper::PaperReturn;
pub use report::{OfReceipt, ReportRequest, ReviewRequest, Told};
pub use retract::RetractRequest;
pub use week::{ClaimWeek, PayerWeek, Skew, short};
pub use withdraw::TakenDown;

use crate::documents::Stored;
use crate::host::Ended;
pub use reseplug_claims::Channel;
use reseplug_claims::{Filing, Stage};
use reseplug_effect::Fault;
use reseplug_engine::contract::{self, Finding, State, Status};
use reseplug_model::{Month, Payer};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Who said what the other side answered.
pub const OTHER_SIDE: &str = "提出先";

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
    /// Why it is sent although it, or some of its receipts, left before. It is recorded with the
    /// name, and the sending gets a number of its own.
    pub again: Option<String>,
    /// Show what would leave, send nothing.
    pub dry_run: bool,
}

/// Which sendings of a month are meant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sendings {
    /// Only this payer's.
    pub payer: Option<Payer>,
    /// Only this 送信回.
    pub sequence: Option<u32>,
    /// 確認試験 instead of 請求.
    pub trial: bool,
}

impl From<Option<Payer>> for Sendings {
    /// Those of a payer, or of both.
    fn from(payer: Option<Payer>) -> Self {
        Self {
            payer,
            ..Self::default()
        }
    }
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
    /// 送信回, from 1.
    #[serde(default = "one")]
    pub sequence: u32,
    /// 件数
    pub receipts: u32,
    /// 合計金額
    pub total: u64,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Where it stands: [`Stage::word`], or `approved` before it left.
    pub state: String,
    /// Whether that is only what somebody reported.
    #[serde(default)]
    pub hearsay: bool,
    /// Who brought it where it stands.
    #[serde(default)]
    pub by: String,
    /// The other side's reference.
    pub reference: String,
    /// When, ISO 8601.
    pub at: String,
    /// Files written, for a hand-over.
    pub files: Vec<String>,
    /// What was filed by its 請求確定: receipts and yen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filed: Option<reseplug_claims::Totals>,
    /// Receipts that its 請求確定 left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
    /// 請求確定 or 受領書 as it is known: counts, 受付番号, when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmation: Option<reseplug_claims::Confirmation>,
    /// What is reported and what is known contradict each other: what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contradiction: Option<reseplug_claims::Contradiction>,
    /// Files of a hand-over that are not there as they were placed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<String>,
    /// It was handed over without asking the gateway what it has already, and is not known to be filed:
    /// the code of the fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unasked: Option<String>,
    /// Another job that sent exactly this before; then nothing was sent now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub already_by: Option<String>,
}

/// A receipt that was left out when its filing was confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// レセプト番号
    pub number: u32,
    /// 氏名
    pub name: String,
    /// 合計金額
    pub total: u64,
}

fn one() -> u32 {
    1
}

impl Sent {
    /// A filing of the book as the office sees it, with its files where they lie.
    fn of(filing: &Filing, job: &str, files: Vec<String>, gone: Vec<String>) -> Self {
        let latest = filing.latest();
        let total = filing.receipts.iter().map(|r| r.total);
        Self {
            job: job.to_owned(),
            key: filing.key.to_string(),
            channel: filing.channel,
            payer: filing.key.payer,
            claim_month: filing.key.month,
            trial: filing.is_trial(),
            sequence: filing.key.sequence,
            receipts: u32::try_from(filing.receipts.len()).unwrap_or(u32::MAX),
            total: total.fold(0, u64::saturating_add),
            sha256: filing.key.sha256.clone(),
            state: filing.stage().word().to_owned(),
            hearsay: filing.is_hearsay(),
            by: filing.person().map_or_else(String::new, str::to_owned),
            reference: filing.reference().unwrap_or_default().to_owned(),
            at: latest.map_or_else(String::new, |told| told.at.clone()),
            files,
            filed: filing.filed(),
            left_out: filing
                .left_behind()
                .map(|receipt| LeftOut {
                    number: receipt.number,
                    name: receipt.name.clone(),
                    total: receipt.total,
                })
                .collect(),
            confirmation: filing.confirmation(),
            contradiction: filing.contradiction(),
            gone,
            unasked: filing.unasked().map(str::to_owned),
            already_by: None,
        }
    }

    /// What staff read for its state, and whether that is only what somebody said.
    pub fn state_ja(&self) -> String {
        let state = match self.trial {
            true => Stage::trial_ja(&self.state),
            false => state_ja(&self.state),
        };
        match self.hearsay {
            true => format!("{state}（職員の報告）"),
            false => state.into_owned(),
        }
    }

    /// The same for those who read English.
    pub fn state_en(&self) -> String {
        match self.hearsay {
            true => format!("{} (reported by staff)", self.state),
            false => self.state.clone(),
        }
    }
}

/// What became of one payer's file: what was asked of it, or why that is not known. What ails one
/// payer's says nothing of the other's.
#[derive(Debug, Clone, PartialEq)]
pub struct OfPayer<T = Sent> {
    /// 審査支払機関
    pub payer: Payer,
    /// How it ended.
    pub ended: Result<Ended<T>, Fault>,
}

/// What the other side says of a filing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// The filing.
    pub sent: Sent,
    /// What 受付・事務点検 counted; where it stands is told by the filing.
    pub counts: Counts,
    /// 受付・事務点検 findings, once it is checked.
    #[serde(with = "crate::words::findings")]
    pub findings: Vec<Finding>,
}

/// What 受付・事務点検 counted, in receipts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// 正常
    pub normal: u32,
    /// 要確認
    pub attention: u32,
    /// 受付不能
    pub rejected: u32,
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

/// The contract's payer as the domain value.
pub(crate) fn model_payer(payer: contract::Payer) -> Payer {
    match payer {
        contract::Payer::SocialInsuranceFund => Payer::SocialInsuranceFund,
        contract::Payer::NationalHealthFederation => Payer::NationalHealthFederation,
    }
}

/// The domain value as the contract's payer.
pub(crate) fn contract_payer(payer: Payer) -> contract::Payer {
    match payer {
        Payer::SocialInsuranceFund => contract::Payer::SocialInsuranceFund,
        Payer::NationalHealthFederation => contract::Payer::NationalHealthFederation,
    }
}

/// What staff read for a filing's state. A hand-over is never "filed".
pub fn state_ja(state: &str) -> Cow<'_, str> {
    Stage::say_ja(state)
}

/// The event that an answered state is.
pub(crate) fn told_by(status: &Status) -> Option<reseplug_claims::Event> {
    use reseplug_claims::{Confirmation, Event};
    Some(match &status.state {
        State::Checking => Event::Checking {},
        State::Checked => Event::Judged {
            normal: status.normal,
            attention: status.attention,
            rejected: status.rejected,
        },
        State::Confirmed => Event::Confirmed(match &status.confirmation {
            Some(said) => Confirmation {
                include_errors: Some(said.include_errors),
                automatic: said.automatic,
                receipts: Some(said.receipts),
                total: Some(said.total),
                number: said.number.clone(),
                at: said.at.clone(),
            },
            None => Confirmation {
                include_errors: None,
                automatic: false,
                receipts: None,
                total: None,
                number: String::new(),
                at: status.at.clone(),
            },
        }),
        State::Withdrawn => Event::Withdrawn {},
        State::HandedOver | State::Other(_) => return None,
    })
}
