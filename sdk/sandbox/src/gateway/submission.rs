//! A submission and the states it can be in.

use super::{GatewayOptions, calendar};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// 請求 or 確認試験.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// 請求
    Claim,
    /// 確認試験: checked like a claim, never confirmed, never counts as filed.
    Trial,
}

/// Where a submission stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// 受付・事務点検 is going on.
    Checking,
    /// Checked, waits for 請求確定.
    Checked,
    /// 請求確定
    Confirmed,
    /// 請求取消
    Withdrawn,
}

/// What 受付・事務点検 made of a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// 正常
    Normal,
    /// 要確認
    Attention,
    /// 受付不能
    Rejected,
}

/// A receipt of a submission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptVerdict {
    /// レセプト番号
    pub number: u32,
    /// 合計金額, yen.
    pub total: u64,
    /// 正常 … 受付不能.
    pub verdict: Verdict,
}

/// Counts of 受付・事務点検.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// 正常
    pub normal: u32,
    /// 要確認
    pub attention: u32,
    /// 受付不能
    pub rejected: u32,
}

/// What was confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// Whether 要確認 receipts were filed, too (エラー分含む).
    pub include_errors: bool,
    /// Done by the system at 10日24時.
    pub automatic: bool,
    /// When, ISO 8601 in Japan's time.
    pub at: String,
    /// Receipts filed.
    pub receipts: u32,
    /// Their sum, yen.
    pub total: u64,
    /// 受付番号, made up.
    pub number: String,
}

/// A file that a station handed in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Submission {
    /// `s-000001`
    pub id: String,
    /// 医療機関コード of the certificate it came under.
    pub institution: String,
    /// Idempotency key.
    pub key: String,
    /// SHA-256 of the file, lower-case hexadecimal.
    pub sha256: String,
    /// 請求 or 確認試験.
    pub kind: Kind,
    /// 審査支払機関, `1` or `2`.
    pub payer: String,
    /// 請求年月, `2024-11`.
    pub claim_month: String,
    /// Where it stands. While the check takes its time the stored state is already `checked`.
    pub state: State,
    /// When it came, Unix seconds.
    pub received: i64,
    /// When it last changed, ISO 8601 in Japan's time.
    pub updated_at: String,
    /// Its receipts.
    pub receipts: Vec<ReceiptVerdict>,
    /// What the check found, as the protocol writes it.
    pub findings: Vec<Value>,
    /// What was confirmed.
    pub confirmation: Option<Confirmation>,
}

impl Submission {
    /// The state at `now`: `checking` until the check has had its time.
    pub(super) fn state_at(&self, now: Timestamp, options: &GatewayOptions) -> State {
        let takes = i64::try_from(options.checking.as_secs()).unwrap_or(i64::MAX);
        if self.state == State::Checked && now.as_second() < self.received.saturating_add(takes) {
            return State::Checking;
        }
        self.state
    }

    /// Counts of the check.
    pub fn counts(&self) -> Counts {
        let count = |verdict| {
            u32::try_from(
                self.receipts
                    .iter()
                    .filter(|receipt| receipt.verdict == verdict)
                    .count(),
            )
            .unwrap_or(u32::MAX)
        };
        Counts {
            normal: count(Verdict::Normal),
            attention: count(Verdict::Attention),
            rejected: count(Verdict::Rejected),
        }
    }

    /// Sum over all receipts, yen.
    pub fn total(&self) -> u64 {
        self.receipts
            .iter()
            .map(|receipt| receipt.total)
            .fold(0, u64::saturating_add)
    }

    /// What confirming would file: 受付不能 never, 要確認 only when asked.
    pub(super) fn confirmation(
        &self,
        include_errors: bool,
        automatic: bool,
        now: Timestamp,
    ) -> Confirmation {
        let worst = if include_errors {
            Verdict::Attention
        } else {
            Verdict::Normal
        };
        let filed: Vec<&ReceiptVerdict> = self
            .receipts
            .iter()
            .filter(|receipt| receipt.verdict <= worst)
            .collect();
        Confirmation {
            include_errors,
            automatic,
            at: calendar::text(now),
            receipts: u32::try_from(filed.len()).unwrap_or(u32::MAX),
            total: filed
                .iter()
                .map(|receipt| receipt.total)
                .fold(0, u64::saturating_add),
            number: format!(
                "SIM-{}-{}-{}",
                self.claim_month.replace('-', ""),
                self.payer,
                self.id
            ),
        }
    }

    /// As the protocol writes it.
    pub(super) fn view(&self, now: Timestamp, options: &GatewayOptions) -> Value {
        let state = self.state_at(now, options);
        let counts = if state == State::Checking {
            Counts::default()
        } else {
            self.counts()
        };
        json!({
            "id": self.id,
            "key": self.key,
            "sha256": self.sha256,
            "kind": self.kind,
            "payer": self.payer,
            "claim_month": self.claim_month,
            "state": state,
            "receipts": self.receipts.len(),
            "total": self.total(),
            "counts": counts,
            "received_at": Timestamp::from_second(self.received).map(calendar::text).unwrap_or_default(),
            "updated_at": self.updated_at,
            "confirmation": self.confirmation,
            "simulated": true,
        })
    }
}
