//! A submission and the states it can be in.

use super::calendar;
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

impl State {
    /// Every state.
    pub const ALL: [Self; 4] = [
        Self::Checking,
        Self::Checked,
        Self::Confirmed,
        Self::Withdrawn,
    ];

    /// Its name in the protocol.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Checking => "checking",
            Self::Checked => "checked",
            Self::Confirmed => "confirmed",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// What may come next. `gateway-v1.yaml` has the same table.
    pub const fn next(self) -> &'static [Self] {
        match self {
            Self::Checking => &[Self::Checked, Self::Withdrawn],
            Self::Checked => &[Self::Confirmed, Self::Withdrawn],
            Self::Confirmed | Self::Withdrawn => &[],
        }
    }

    /// Whether a step leads there.
    pub(super) fn may_become(self, next: Self) -> bool {
        self.next().contains(&next)
    }
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
    /// 訪問看護記録番号等 (RE14); empty where the file has none.
    pub person: String,
    /// 氏名
    pub name: String,
    /// 指定訪問看護年月, `2024-10`; empty where it cannot be read.
    pub service_month: String,
    /// 検索番号 (RE15): this is a re-filing.
    pub search_number: Option<String>,
}

impl ReceiptVerdict {
    /// Whose receipt of which month this is: person (by name where there is no record number) and
    /// 指定訪問看護年月.
    pub(super) fn of_whom(&self) -> (&str, &str) {
        let person = if self.person.is_empty() {
            &self.name
        } else {
            &self.person
        };
        (person, &self.service_month)
    }
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

/// 取下げ: receipts of a confirmed submission that the station wants back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakeDown {
    /// レセプト番号.
    pub receipts: Vec<u32>,
    /// Why, in the station's words.
    pub reason: String,
    /// When it was asked for, ISO 8601 in Japan's time.
    pub at: String,
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
    /// When 受付・事務点検 is done with it, Unix seconds.
    pub checked: i64,
    /// When it last changed, ISO 8601 in Japan's time.
    pub updated_at: String,
    /// Its receipts.
    pub receipts: Vec<ReceiptVerdict>,
    /// What the check found, as the protocol writes it.
    pub findings: Vec<Value>,
    /// What was confirmed.
    pub confirmation: Option<Confirmation>,
    /// What the station asked to be given back.
    pub taken_down: Vec<TakeDown>,
}

impl Submission {
    /// The state at `now`: `checking` until the check has had its time.
    pub(super) fn state_at(&self, now: Timestamp) -> State {
        if self.state == State::Checked && now.as_second() < self.checked {
            return State::Checking;
        }
        self.state
    }

    /// Counts of the check.
    pub fn counts(&self) -> Counts {
        let count = |verdict| {
            let of = self.receipts.iter().filter(|r| r.verdict == verdict);
            u32::try_from(of.count()).unwrap_or(u32::MAX)
        };
        Counts {
            normal: count(Verdict::Normal),
            attention: count(Verdict::Attention),
            rejected: count(Verdict::Rejected),
        }
    }

    /// Sum over all receipts, yen.
    pub fn total(&self) -> u64 {
        sum(self.receipts.iter())
    }

    /// The receipts that were filed: none before the confirmation.
    pub fn filed(&self) -> impl Iterator<Item = &ReceiptVerdict> {
        let worst = self
            .confirmation
            .as_ref()
            .map(|confirmation| worst(confirmation.include_errors));
        self.receipts
            .iter()
            .filter(move |receipt| worst.is_some_and(|worst| receipt.verdict <= worst))
    }

    /// Why the station asked for a receipt back, if it did.
    pub(super) fn take_down_of(&self, number: u32) -> Option<&TakeDown> {
        self.taken_down
            .iter()
            .find(|asked| asked.receipts.contains(&number))
    }

    /// What confirming would file: 受付不能 never, 要確認 only when asked.
    pub(super) fn confirmation(
        &self,
        include_errors: bool,
        automatic: bool,
        now: Timestamp,
    ) -> Confirmation {
        let worst = worst(include_errors);
        let filed = || self.receipts.iter().filter(|r| r.verdict <= worst);
        Confirmation {
            include_errors,
            automatic,
            at: calendar::text(now),
            receipts: u32::try_from(filed().count()).unwrap_or(u32::MAX),
            total: sum(filed()),
            number: format!(
                "SIM-{}-{}-{}",
                self.claim_month.replace('-', ""),
                self.payer,
                self.id
            ),
        }
    }

    /// As the protocol writes it.
    pub(super) fn view(&self, now: Timestamp) -> Value {
        let state = self.state_at(now);
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
            "taken_down": self.taken_down,
            "simulated": true,
        })
    }
}

const fn worst(include_errors: bool) -> Verdict {
    if include_errors {
        Verdict::Attention
    } else {
        Verdict::Normal
    }
}

fn sum<'r>(receipts: impl Iterator<Item = &'r ReceiptVerdict>) -> u64 {
    receipts.map(|r| r.total).fold(0, u64::saturating_add)
}
