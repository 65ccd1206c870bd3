//! What an event is called, and what it says, in the store's words, in Japanese and in English.

use crate::event::{Confirmation, Event};
use crate::written::{short, signed, thousands};

impl Confirmation {
    /// What it says, in words.
    fn detail_ja(&self) -> String {
        let counts = |receipts, total| format!("{receipts}件 {}円", thousands(total));
        self.said(["エラー分含む", "エラー分除く", "自動確定"], counts)
            .join(" ")
    }

    /// The same in English.
    fn detail_en(&self) -> String {
        let counts = |receipts, total| format!("{receipts} receipts, {} yen", thousands(total));
        self.said(["with errors", "without errors", "automatic"], counts)
            .join(", ")
    }

    /// What is said of it, in the words for: with errors, without, done by the other side itself.
    fn said(
        &self,
        [with, without, automatic]: [&str; 3],
        counts: impl Fn(u32, u64) -> String,
    ) -> Vec<String> {
        let mut said = Vec::new();
        said.extend(self.include_errors.map(|include| {
            match include {
                true => with,
                false => without,
            }
            .to_owned()
        }));
        if self.automatic {
            said.push(automatic.to_owned());
        }
        if let (Some(receipts), Some(total)) = (self.receipts, self.total) {
            said.push(counts(receipts, total));
        }
        said.extend(
            [self.number.clone(), short(&self.at).into_owned()]
                .into_iter()
                .filter(|t| !t.is_empty()),
        );
        said
    }
}

impl Event {
    /// The word in the store.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Drafted { .. } => "drafted",
            Self::Checked { .. } => "checked",
            Self::Approved { .. } => "approved",
            Self::Overruled { .. } => "overruled",
            Self::Held { .. } => "held",
            Self::Dropped { .. } => "dropped",
            Self::Resumed { .. } => "resumed",
            Self::Begun { .. } => "begun",
            Self::HandedOver { .. } => "handed-over",
            Self::Submitted { .. } => "submitted",
            Self::InDoubt { .. } => "in-doubt",
            Self::Released { .. } => "released",
            Self::Sent { .. } => "sent",
            Self::Checking {} => "checking",
            Self::Judged { .. } => "judged",
            Self::Findings { .. } => "findings",
            Self::Withdrawn {} => "withdrawn",
            Self::Confirmed(_) => "confirmed",
            Self::Acknowledged(_) => "acknowledged",
            Self::TakeDownAsked { .. } => "take-down-asked",
            Self::Returned { .. } => "returned",
            Self::Adjusted { .. } => "adjusted",
            Self::ReviewAsked { .. } => "review-asked",
            Self::ReviewDecided { .. } => "review-decided",
            Self::Payment { .. } => "payment",
            Self::Paid { .. } => "paid",
            Self::Stranger { .. } => "stranger",
            Self::Tied { .. } => "tied",
            Self::Read { .. } => "read",
            Self::Told {} => "told",
            Self::TwinWithdrawn { .. } => "twin-withdrawn",
            Self::Unasked { .. } => "unasked",
            Self::Retracted { .. } => "retracted",
        }
    }

    /// What it says beyond its name, for a history: whom, why, how many, when.
    pub fn detail_ja(&self) -> String {
        let yen = |change: &i64| format!("{}円", signed(*change));
        match self {
            Self::Drafted {
                receipts, total, ..
            }
            | Self::Approved {
                receipts, total, ..
            } => {
                format!("{receipts}件 {}円", thousands(*total))
            }
            Self::Checked {
                findings,
                unconfirmed,
                ..
            } => {
                format!("指摘{findings}件、未確認{unconfirmed}件")
            }
            Self::Overruled { what, reason } => format!("{what}: {reason}"),
            Self::Held { receipt, reason } => {
                format!("{} {}: {reason}", receipt.service_month, receipt.name)
            }
            Self::Dropped {
                id,
                receipt,
                reason,
            } => {
                format!("{id} {} {}: {reason}", receipt.service_month, receipt.name)
            }
            Self::Resumed { id, reason } => format!("{id}: {reason}"),
            Self::Begun { channel } => channel.name_ja().to_owned(),
            Self::HandedOver { reference, .. } | Self::Submitted { reference } => reference.clone(),
            Self::InDoubt { code } | Self::Released { code } => code.clone(),
            Self::Sent { at, number } => [short(at).as_ref(), number].join(" ").trim().to_owned(),
            Self::Judged {
                normal,
                attention,
                rejected,
            } => {
                format!("正常{normal} 要確認{attention} 受付不能{rejected}")
            }
            Self::Findings { verdicts, .. } => match verdicts.len() {
                0 => "なし".to_owned(),
                count => format!("{count}件のレセプト"),
            },
            Self::Confirmed(said) | Self::Acknowledged(said) => said.detail_ja(),
            Self::TakeDownAsked { receipts, reason } => {
                let numbers: Vec<String> = receipts.iter().map(u32::to_string).collect();
                format!("{}番: {reason}", numbers.join("、"))
            }
            Self::Returned { reasons, paper, .. } => {
                let paper = if *paper { "（紙）" } else { "" };
                format!("{}{paper}", reasons.join("／"))
            }
            Self::Adjusted { change, reason, .. } | Self::ReviewDecided { change, reason } => {
                format!("{} {reason}", yen(change))
            }
            Self::ReviewAsked { reason } => reason.clone(),
            Self::Payment {
                amount, paid_on, ..
            } => {
                let on = paid_on.as_deref().unwrap_or_default();
                format!("{}円 {on}", thousands(*amount))
            }
            Self::Read { receipts } => format!("{receipts}件"),
            Self::TwinWithdrawn { reference } => reference.clone(),
            Self::Unasked { code } => code.clone(),
            Self::Retracted { reason, .. } => reason.clone(),
            Self::Paid { amount } => format!("{}円", thousands(*amount)),
            Self::Stranger { row } | Self::Tied { row } => said_of(row, true),
            Self::Checking {} | Self::Withdrawn {} | Self::Told {} => String::new(),
        }
    }

    /// The same in English. What a person or a payer said stays in their words.
    pub fn detail_en(&self) -> String {
        match self {
            Self::Drafted {
                receipts, total, ..
            }
            | Self::Approved {
                receipts, total, ..
            } => {
                format!("{receipts} receipts, {} yen", thousands(*total))
            }
            Self::Checked {
                findings,
                unconfirmed,
                ..
            } => {
                format!("{findings} findings, {unconfirmed} unconfirmed")
            }
            Self::Begun { channel } => channel.word().to_owned(),
            Self::Judged {
                normal,
                attention,
                rejected,
            } => {
                format!("normal {normal}, attention {attention}, rejected {rejected}")
            }
            Self::Findings { verdicts, .. } => match verdicts.len() {
                0 => "none".to_owned(),
                count => format!("on {count} receipts"),
            },
            Self::Confirmed(said) | Self::Acknowledged(said) => said.detail_en(),
            Self::TakeDownAsked { receipts, reason } => {
                let numbers: Vec<String> = receipts.iter().map(u32::to_string).collect();
                format!("no. {}: {reason}", numbers.join(", "))
            }
            Self::Returned { reasons, paper, .. } => {
                let paper = if *paper { " (on paper)" } else { "" };
                format!("{}{paper}", reasons.join("; "))
            }
            Self::Adjusted { change, reason, .. } | Self::ReviewDecided { change, reason } => {
                format!("{} yen {reason}", signed(*change))
            }
            Self::Payment {
                amount, paid_on, ..
            } => {
                let on = paid_on.as_deref().unwrap_or_default();
                format!("{} yen {on}", thousands(*amount))
            }
            Self::Paid { amount } => format!("{} yen", thousands(*amount)),
            Self::Stranger { row } | Self::Tied { row } => said_of(row, false),
            Self::Read { receipts } => format!("{receipts} receipts"),
            // Names, codes and words of others, which have no language of this program's.
            Self::Overruled { .. }
            | Self::Held { .. }
            | Self::Dropped { .. }
            | Self::Resumed { .. }
            | Self::HandedOver { .. }
            | Self::Submitted { .. }
            | Self::TwinWithdrawn { .. }
            | Self::Unasked { .. }
            | Self::Retracted { .. }
            | Self::InDoubt { .. }
            | Self::Released { .. }
            | Self::Sent { .. }
            | Self::ReviewAsked { .. }
            | Self::Checking {}
            | Self::Told {}
            | Self::Withdrawn {} => self.detail_ja(),
        }
    }

    /// What staff read in a history.
    pub fn name_ja(&self) -> &'static str {
        match self {
            Self::Drafted { .. } => "請求ファイル作成",
            Self::Checked { .. } => "点検",
            Self::Approved { .. } => "承認",
            Self::Overruled { .. } => "重複と知って続行",
            Self::Held { .. } => "保留",
            Self::Dropped { .. } => "請求しないと決定",
            Self::Resumed { .. } => "請求しないという決定の取消",
            Self::Begun { .. } => "送り始め",
            Self::HandedOver { .. } => "引渡し",
            Self::Submitted { .. } => "送信",
            Self::InDoubt { .. } => "結果不明",
            Self::Released { .. } => "送られていないと判明",
            Self::Sent { .. } => "レセプト送信",
            Self::Checking {} => "受付・事務点検中",
            Self::Judged { .. } => "受付・事務点検の結果",
            Self::Findings { .. } => "受付・事務点検の指摘",
            Self::Withdrawn {} => "請求取消",
            Self::Confirmed(_) => "請求確定",
            Self::Acknowledged(_) => "受領書",
            Self::TakeDownAsked { .. } => "取下げ依頼",
            Self::Returned { .. } => "返戻",
            Self::Adjusted { .. } => "増減点（査定）",
            Self::ReviewAsked { .. } => "再審査請求",
            Self::ReviewDecided { .. } => "再審査の結果",
            Self::Payment { .. } => "振込",
            Self::Paid { .. } => "支払",
            Self::Stranger { .. } => "相手のない行",
            Self::Tied { .. } => "相手が見つかった行",
            Self::Read { .. } => "送信したファイルの取り寄せ",
            Self::Told {} => "職員に知らせた",
            Self::TwinWithdrawn { .. } => "二重に受け付けられた送信の取消",
            Self::Unasked { .. } => "ゲートウェイに尋ねないままの引渡し",
            Self::Retracted { .. } => "取り込みの取消",
        }
    }
}

/// What a row that fits no receipt says, in words: `増減点（査定） 2024-10 いない人 7番 -100円`.
fn said_of(row: &serde_json::Value, japanese: bool) -> String {
    const KINDS: [(&str, &str); 4] = [
        ("finding", "点検結果"),
        ("returned", "返戻"),
        ("adjusted", "増減点（査定）"),
        ("paid", "支払"),
    ];
    let kind = KINDS
        .into_iter()
        .find_map(|(en, ja)| Some((en, ja, row.get(en)?)));
    let Some((en, ja, of)) = kind else {
        return row.to_string();
    };
    let text = |name: &str| {
        let said = of.get(name).or_else(|| row.get(name))?;
        Some(said.as_str()?.to_owned())
    };
    let number = of.get("number").and_then(serde_json::Value::as_u64);
    let amount = row.get("yen").and_then(serde_json::Value::as_i64);
    let words = [
        Some(if japanese { ja } else { en }.to_owned()),
        text("service_month").or_else(|| text("claim_month")),
        text("name").or_else(|| text("person_key")),
        number.map(|number| match japanese {
            true => format!("{number}番"),
            false => format!("no. {number}"),
        }),
        amount.map(|amount| {
            let yen = if japanese { "円" } else { " yen" };
            match (en, u64::try_from(amount)) {
                ("paid", Ok(amount)) => format!("{}{yen}", thousands(amount)),
                _ => format!("{}{yen}", signed(amount)),
            }
        }),
        text("code"),
        text("message"),
    ];
    let said: Vec<String> = words.into_iter().flatten().collect();
    said.join(" ")
}
