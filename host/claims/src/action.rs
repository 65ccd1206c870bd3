//! What the host may do with a filing, and why not.

use crate::filing::{Channel, Filing, Stage};

/// Something the host does itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// 請求確定
    Confirm,
    /// 請求取消
    Withdraw,
    /// 取下げ
    TakeDown,
    /// 受領書
    Acknowledge,
}

/// Why it is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// It is done already.
    Done,
    /// A 確認試験 is never filed.
    Trial,
    /// 受付・事務点検 is not over.
    Checking,
    /// It was taken back.
    Withdrawn,
    /// It never left.
    NotSent,
    /// Nobody knows whether it arrived: it is asked first.
    Unknown,
    /// 請求確定 has happened: only the payer can give it back (取下げ).
    Confirmed,
    /// 請求確定 has not happened.
    NotConfirmed,
    /// Staff do it in the official terminal and report it.
    Staff,
}

impl Refused {
    /// Stable word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Trial => "trial",
            Self::Checking => "still-checking",
            Self::Withdrawn => "withdrawn",
            Self::NotSent => "not-sent",
            Self::Unknown => "in-doubt",
            Self::Confirmed => "confirmed",
            Self::NotConfirmed => "not-confirmed",
            Self::Staff => "staff",
        }
    }

    /// What it means and what to do.
    pub fn say_ja(self) -> &'static str {
        match self {
            Self::Done => "すでに済んでいます。",
            Self::Trial => "確認試験は請求ではないため、確定も取下げもありません。",
            Self::Checking => {
                "受付・事務点検がまだ終わっていません。終わってからやり直してください。"
            }
            Self::Withdrawn => "取消済みです。請求するには、もう一度送ってください。",
            Self::NotSent => "送られていません。もう一度送ってください。",
            Self::Unknown => {
                "届いたかどうか分かっていません。先に `reseplug claim status` で提出先に確かめてください。"
            }
            Self::Confirmed => {
                "請求確定後は取り消せません。審査支払機関に取下げを依頼してください（`reseplug claim take-down`）。"
            }
            Self::NotConfirmed => "まだ請求確定していません。確定前なら取消しができます。",
            Self::Staff => {
                "引き渡したファイルは、職員が公式の端末で操作します。済んだら `reseplug claim report` で記録してください。"
            }
        }
    }

    /// The same in English.
    pub fn say_en(self) -> &'static str {
        match self {
            Self::Done => "it is done already",
            Self::Trial => "a trial is no claim: it is neither confirmed nor taken down",
            Self::Checking => "the check is still going on; try again when it is over",
            Self::Withdrawn => "it was withdrawn; send it again to file it",
            Self::NotSent => "it never left; send it again",
            Self::Unknown => {
                "nobody knows whether it arrived: ask first with `reseplug claim status`"
            }
            Self::Confirmed => {
                "after the confirmation only the payer can give it back: `reseplug claim take-down`"
            }
            Self::NotConfirmed => "it is not confirmed yet; before that it can be withdrawn",
            Self::Staff => {
                "what was handed over is done by staff in the official terminal; record it with `reseplug claim report`"
            }
        }
    }
}

impl Filing {
    /// Whether the host may do something with it as it stands.
    ///
    /// # Errors
    /// Why not.
    pub fn may(&self, action: Action) -> Result<(), Refused> {
        let stage = self.stage();
        if self.is_trial() && matches!(action, Action::Confirm | Action::TakeDown) {
            return Err(Refused::Trial);
        }
        match stage {
            Stage::Begun | Stage::InDoubt => return Err(Refused::Unknown),
            Stage::Released => return Err(Refused::NotSent),
            _ => {}
        }
        let staff = self.channel == Channel::Handover;
        match (action, stage) {
            (Action::Confirm, Stage::Confirmed | Stage::Acknowledged)
            | (Action::Withdraw, Stage::Withdrawn) => Err(Refused::Done),
            (Action::Confirm, Stage::Withdrawn) => Err(Refused::Withdrawn),
            (Action::Confirm, _) if staff => Err(Refused::Staff),
            (Action::Confirm, Stage::Checked) => Ok(()),
            (Action::Confirm, _) => Err(Refused::Checking),
            (Action::Withdraw, Stage::Confirmed | Stage::Acknowledged) => Err(Refused::Confirmed),
            (Action::Withdraw, _) => Ok(()),
            (Action::TakeDown, Stage::Confirmed | Stage::Acknowledged) => Ok(()),
            (Action::Acknowledge, Stage::Confirmed | Stage::Acknowledged) => Ok(()),
            // Staff may bring a 受領書 before they report anything.
            (Action::Acknowledge, Stage::Withdrawn) => Err(Refused::Withdrawn),
            (Action::Acknowledge, _) if staff => Ok(()),
            (Action::TakeDown | Action::Acknowledge, _) => Err(Refused::NotConfirmed),
        }
    }
}
