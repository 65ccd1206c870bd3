//! What happens to a claim, and how it is known.

use crate::key::FilingKey;
use crate::receipt::Receipt;
use reseplug_model::{Month, Payer};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How an event is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// This host did it.
    Acted,
    /// The other side said it when asked.
    Answered,
    /// A file that the payer put ready says it.
    Imported,
    /// A person said it; nobody else has.
    Reported,
}

impl How {
    /// The word in the store.
    pub fn word(self) -> &'static str {
        match self {
            Self::Acted => "acted",
            Self::Answered => "answered",
            Self::Imported => "imported",
            Self::Reported => "reported",
        }
    }

    /// Reads the store's word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Acted, Self::Answered, Self::Imported, Self::Reported]
            .into_iter()
            .find(|how| how.word() == word)
    }

    /// What staff read behind a state.
    pub fn name_ja(self) -> &'static str {
        match self {
            Self::Acted => "このソフトが実行",
            Self::Answered => "提出先の回答",
            Self::Imported => "取り込んだファイル",
            Self::Reported => "職員の報告",
        }
    }
}

/// What 受付・事務点検 made of a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// 正常
    Normal,
    /// 要確認
    Attention,
    /// 受付不能
    Rejected,
}

impl Verdict {
    /// The trade's word.
    pub fn name_ja(self) -> &'static str {
        match self {
            Self::Normal => "正常",
            Self::Attention => "要確認",
            Self::Rejected => "受付不能",
        }
    }
}

/// 請求確定, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// エラー分含む (true) or エラー分除く; absent where nobody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_errors: Option<bool>,
    /// Done by the other side at 10日24時.
    #[serde(default)]
    pub automatic: bool,
    /// Receipts filed; absent where nobody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipts: Option<u32>,
    /// Their sum in yen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// 受付番号, verbatim.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub number: String,
    /// When, ISO 8601. A recorded event has a moment of its own beside it.
    #[serde(
        rename = "confirmed_at",
        default,
        skip_serializing_if = "String::is_empty"
    )]
    pub at: String,
}

/// One thing that happened to a month's claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The file was made of the product's month.
    Drafted {
        /// SHA-256 of the file.
        sha256: String,
        /// 件数
        receipts: u32,
        /// 合計金額, yen.
        total: u64,
    },
    /// All checkers and the guard looked at it.
    Checked {
        /// SHA-256 of the file.
        sha256: String,
        /// Findings of the checkers.
        findings: u32,
        /// Receipts that are not confirmed by an answer.
        unconfirmed: u32,
    },
    /// A named person approved exactly this file.
    Approved {
        /// SHA-256 of the file.
        sha256: String,
        /// 件数
        receipts: u32,
        /// 合計金額, yen.
        total: u64,
    },
    /// A named person sends what had left before, or receipts that stand as filed.
    Overruled {
        /// What stood against it.
        what: String,
        /// Why all the same.
        reason: String,
    },
    /// A receipt is left for a later month (保留).
    Held {
        /// It. A recorded event may be about the number of one beside it.
        #[serde(rename = "facts")]
        receipt: Box<Receipt>,
        /// Why.
        reason: String,
    },
    /// A receipt will not be filed at all; a named person says so.
    Dropped {
        /// The id under which it waited.
        #[serde(default)]
        id: String,
        /// It. A recorded event may be about the number of one beside it.
        #[serde(rename = "facts")]
        receipt: Box<Receipt>,
        /// Why.
        reason: String,
    },
    /// A receipt that was given up waits again; a named person says so.
    Resumed {
        /// The id under which it had waited.
        id: String,
        /// Why.
        reason: String,
    },
    /// A job has begun to send it.
    Begun {
        /// By which way.
        channel: crate::filing::Channel,
    },
    /// Exact files lie in the hand-over folder. Nobody has filed them.
    HandedOver {
        /// Their folder.
        reference: String,
        /// Where a person finds them; within the station's folder, relative to it, so that the folder
        /// may be moved.
        files: Vec<String>,
    },
    /// The other side has it.
    Submitted {
        /// Its name there.
        reference: String,
    },
    /// Nobody knows whether it arrived.
    InDoubt {
        /// Code of the fault.
        code: String,
    },
    /// It certainly did not leave.
    Released {
        /// Code of the fault.
        code: String,
    },
    /// Staff sent it in the official terminal (レセプト送信).
    Sent {
        /// When, in their words.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        at: String,
        /// 受付番号 that they noted.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        number: String,
    },
    /// 受付・事務点検 is going on.
    Checking {},
    /// 受付・事務点検 is over.
    Judged {
        /// 正常
        normal: u32,
        /// 要確認
        attention: u32,
        /// 受付不能
        rejected: u32,
    },
    /// What it found (ASP結果), by receipt. Receipts that are not named are 正常.
    Findings {
        /// The worst of each receipt that has any.
        #[serde(deserialize_with = "by_number")]
        verdicts: BTreeMap<u32, Verdict>,
        /// The findings themselves.
        findings: serde_json::Value,
    },
    /// 請求取消
    Withdrawn {},
    /// 請求確定
    Confirmed(Confirmation),
    /// オンライン受領書
    Acknowledged(Confirmation),
    /// 取下げ was asked for.
    TakeDownAsked {
        /// レセプト番号
        receipts: Vec<u32>,
        /// Why.
        reason: String,
    },
    /// 返戻 of one receipt.
    Returned {
        /// The payer's words.
        reasons: Vec<String>,
        /// 検索番号 for filing it again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        search_number: Option<String>,
        /// Month or day of processing, as written.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        processed: Option<String>,
        /// It came on paper and is filed again on paper (再審査の返戻).
        #[serde(default)]
        paper: bool,
    },
    /// That a receipt came back was said by mistake.
    NotReturned {
        /// Why it is taken back.
        reason: String,
    },
    /// 増減点 (査定) of one receipt.
    Adjusted {
        /// Yen added or taken off.
        change: i64,
        /// 増減点事由, its code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        /// The payer's words.
        reason: String,
    },
    /// 再審査 was asked for.
    ReviewAsked {
        /// Why.
        reason: String,
    },
    /// What 再審査 decided.
    ReviewDecided {
        /// Yen given back (positive) or taken off.
        change: i64,
        /// The payer's words.
        reason: String,
    },
    /// 振込額 of a month.
    Payment {
        /// Yen.
        amount: u64,
        /// 件数
        #[serde(default, skip_serializing_if = "Option::is_none")]
        receipts: Option<u32>,
        /// The day, ISO 8601.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        paid_on: Option<String>,
    },
    /// What was paid for one receipt.
    Paid {
        /// Yen.
        amount: u64,
    },
    /// A row of a payer's file that fits no receipt here.
    Stranger {
        /// What the row says.
        row: serde_json::Value,
    },
    /// The file of a filing that was entered without it came from the other side.
    Read {
        /// Receipts in it.
        receipts: u32,
    },
    /// It is handed over although the gateway could not be asked what it has of this station already.
    Unasked {
        /// Code of the fault.
        code: String,
    },
    /// It was entered from what the other side has, and a person was told of it since.
    Told {},
    /// The other side had taken it twice, and the second was withdrawn before it was confirmed.
    TwinWithdrawn {
        /// Its reference there.
        reference: String,
    },
    /// A file that was brought in by mistake does not count: what was read from it until then.
    Retracted {
        /// SHA-256 of the file.
        sha256: String,
        /// Why.
        reason: String,
    },
    /// Such a row fits a receipt now: the file was read again after more had become known.
    Tied {
        /// What the row says, as it stood with the stranger.
        row: serde_json::Value,
    },
}

/// Reads what is keyed by レセプト番号. JSON has text for keys, and within a tagged event serde takes
/// them as it finds them.
fn by_number<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<u32, Verdict>, D::Error> {
    let texts = <BTreeMap<String, Verdict> as Deserialize>::deserialize(deserializer)?;
    let number = |(text, verdict): (String, Verdict)| match text.parse() {
        Ok(number) => Ok((number, verdict)),
        Err(_) => Err(serde::de::Error::custom(format!(
            "`{text}` is no number of a receipt"
        ))),
    };
    texts.into_iter().map(number).collect()
}

/// An event as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// 請求年月
    pub month: Month,
    /// 審査支払機関
    pub payer: Payer,
    /// The filing it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filing: Option<FilingKey>,
    /// レセプト番号 of that filing, where it is about one receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<u32>,
    /// What.
    #[serde(flatten)]
    pub event: Event,
    /// How it is known.
    pub how: How,
    /// Who did or said it.
    pub by: String,
    /// When it was recorded, ISO 8601 in Japan's time.
    pub at: String,
    /// SHA-256 of the document it was read from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

impl Recorded {
    /// An event of a filing as a whole.
    pub fn of(
        key: &FilingKey,
        event: Event,
        how: How,
        by: impl Into<String>,
        at: impl Into<String>,
    ) -> Self {
        Self {
            filing: Some(key.clone()),
            ..Self::beside(key.month, key.payer, event, how, by, at)
        }
    }

    /// An event of a month and payer that is about no filing.
    pub fn beside(
        month: Month,
        payer: Payer,
        event: Event,
        how: How,
        by: impl Into<String>,
        at: impl Into<String>,
    ) -> Self {
        Self {
            month,
            payer,
            filing: None,
            receipt: None,
            event,
            how,
            by: by.into(),
            at: at.into(),
            source: None,
        }
    }

    /// The same about one receipt.
    #[must_use]
    pub fn on(mut self, receipt: u32) -> Self {
        self.receipt = Some(receipt);
        self
    }

    /// The same, read from a document.
    #[must_use]
    pub fn from(mut self, source: impl Into<String>) -> Self {
        self.source = Some(source.into());
        self
    }
}
