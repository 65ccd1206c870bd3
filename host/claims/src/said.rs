//! What an event is called, and what it says, in the store's words, in Japanese and in English.

use crate::event::{Confirmation, Event};
use crate::written::{short, signed, thousands};

/// Who reads it.
#[derive(Clone, Copy)]
enum Reader {
    Japanese,
    English,
}

impl Reader {
    fn say<T>(self, ja: T, en: T) -> T {
        match self {
            Self::Japanese => ja,
            Self::English => en,
        }
    }

    fn yen(self, amount: &str) -> String {
        format!("{amount}{}", self.say("円", " yen"))
    }

    fn receipts(self, count: impl std::fmt::Display) -> String {
        format!("{count}{}", self.say("件", " receipts"))
    }

    /// How many receipts of how many yen.
    fn total(self, receipts: u32, total: u64) -> String {
        let (receipts, total) = (self.receipts(receipts), self.yen(&thousands(total)));
        format!("{receipts}{}{total}", self.say(" ", ", "))
    }
}

impl Confirmation {
    fn detail(&self, to: Reader) -> String {
        let errors = self.include_errors.map(|include| match include {
            true => to.say("エラー分含む", "with errors"),
            false => to.say("エラー分除く", "without errors"),
        });
        let automatic = self
            .automatic
            .then(|| to.say("自動確定", "automatic").to_owned());
        let counts = self.receipts.zip(self.total);
        let counts = counts.map(|(receipts, total)| to.total(receipts, total));
        let mut said: Vec<String> = errors.map(str::to_owned).into_iter().collect();
        said.extend(automatic.into_iter().chain(counts));
        said.extend([self.number.clone(), short(&self.at).into_owned()]);
        said.retain(|text| !text.is_empty());
        said.join(to.say(" ", ", "))
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
            Self::NotReturned { .. } => "not-returned",
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
        self.detail(Reader::Japanese)
    }

    /// The same in English. What a person or a payer said stays in their words.
    pub fn detail_en(&self) -> String {
        self.detail(Reader::English)
    }

    fn detail(&self, to: Reader) -> String {
        match self {
            Self::Drafted {
                receipts, total, ..
            }
            | Self::Approved {
                receipts, total, ..
            } => to.total(*receipts, *total),
            Self::Checked {
                findings,
                unconfirmed,
                ..
            } => to.say(
                format!("指摘{findings}件、未確認{unconfirmed}件"),
                format!("{findings} findings, {unconfirmed} unconfirmed"),
            ),
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
            Self::Begun { channel } => to.say(channel.name_ja(), channel.word()).to_owned(),
            Self::HandedOver { reference, .. }
            | Self::Submitted { reference }
            | Self::TwinWithdrawn { reference } => reference.clone(),
            Self::InDoubt { code } | Self::Released { code } | Self::Unasked { code } => {
                code.clone()
            }
            Self::Sent { at, number } => [short(at).as_ref(), number].join(" ").trim().to_owned(),
            Self::Judged {
                normal,
                attention,
                rejected,
            } => to.say(
                format!("正常{normal} 要確認{attention} 受付不能{rejected}"),
                format!("normal {normal}, attention {attention}, rejected {rejected}"),
            ),
            Self::Findings { verdicts, findings } => found(verdicts.len(), findings, to),
            Self::Confirmed(said) | Self::Acknowledged(said) => said.detail(to),
            Self::TakeDownAsked { receipts, reason } => {
                let numbers: Vec<String> = receipts.iter().map(u32::to_string).collect();
                to.say(
                    format!("{}番: {reason}", numbers.join("、")),
                    format!("no. {}: {reason}", numbers.join(", ")),
                )
            }
            Self::Returned { reasons, paper, .. } => {
                let paper = paper.then(|| to.say("（紙）", " (on paper)"));
                let reasons = reasons.join(to.say("／", "; "));
                format!("{reasons}{}", paper.unwrap_or_default())
            }
            Self::Adjusted { change, reason, .. } | Self::ReviewDecided { change, reason } => {
                format!("{} {reason}", to.yen(&signed(*change)))
            }
            Self::ReviewAsked { reason }
            | Self::NotReturned { reason }
            | Self::Retracted { reason, .. } => reason.clone(),
            Self::Payment {
                amount, paid_on, ..
            } => {
                let on = paid_on.as_deref().unwrap_or_default();
                format!("{} {on}", to.yen(&thousands(*amount)))
            }
            Self::Read { receipts } => to.receipts(receipts),
            Self::Paid { amount } => to.yen(&thousands(*amount)),
            Self::Stranger { row } | Self::Tied { row } => said_of(row, to),
            Self::Checking {} | Self::Withdrawn {} | Self::Told {} => String::new(),
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
            Self::NotReturned { .. } => "返戻の記録の取消",
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

/// What 受付・事務点検 found: what somebody has to attend to apart from what is only a note (参考).
fn found(receipts: usize, findings: &serde_json::Value, to: Reader) -> String {
    let all = findings.as_array().map(Vec::as_slice).unwrap_or_default();
    let is_note = |one: &&serde_json::Value| one["severity"] == "note";
    let notes = all.iter().filter(is_note).count();
    let worse = all.len().saturating_sub(notes);
    let beside = match notes {
        0 => String::new(),
        _ => to.say(format!("（参考{notes}件）"), format!(" ({notes} notes)")),
    };
    let what = match (receipts, worse, notes) {
        (0, 0, 0) => to.say("なし", "none").to_owned(),
        (0, 0, _) => to.say("要確認以上なし", "nothing to attend to").to_owned(),
        // About the file as a whole, so that no receipt has a verdict.
        (0, worse, _) => to.say(
            format!("ファイル全体について{worse}件"),
            format!("{worse} on the file as a whole"),
        ),
        (receipts, ..) => to.say(
            format!("{receipts}件のレセプト"),
            format!("on {receipts} receipts"),
        ),
    };
    format!("{what}{beside}")
}

/// What a row that fits no receipt says, in words: `増減点（査定） 2024-10 いない人 7番 -100円`.
fn said_of(row: &serde_json::Value, to: Reader) -> String {
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
        Some(to.say(ja, en).to_owned()),
        text("service_month").or_else(|| text("claim_month")),
        text("name").or_else(|| text("person_key")),
        number.map(|number| to.say(format!("{number}番"), format!("no. {number}"))),
        amount.map(|amount| match (en, u64::try_from(amount)) {
            ("paid", Ok(amount)) => to.yen(&thousands(amount)),
            _ => to.yen(&signed(amount)),
        }),
        text("code"),
        text("message"),
    ];
    let said: Vec<String> = words.into_iter().flatten().collect();
    said.join(" ")
}
