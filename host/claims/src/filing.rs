//! One filing: where it stands, by what is known and by what was reported.

use crate::event::{Confirmation, Event, How, Recorded, Verdict};
use crate::key::{FilingKey, Kind};
use crate::receipt::{Receipt, Totals};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// How a month leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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

    /// The word for machines.
    pub fn word(self) -> &'static str {
        match self {
            Self::Handover => "handover",
            Self::Gateway => "gateway",
        }
    }
}

/// Where a filing stands. Later ones outrank earlier ones: what is known is never forgotten
/// because an older answer is recorded after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// A job holds the key; whether anything left is not known yet.
    Begun,
    /// Nobody knows whether it arrived.
    InDoubt,
    /// It certainly did not leave.
    Released,
    /// Exact files lie in the hand-over folder; nobody has filed them.
    HandedOver,
    /// Sent in the official terminal, or received by the gateway.
    Sent,
    /// 受付・事務点検 is going on.
    Checking,
    /// Checked, waits for 請求確定.
    Checked,
    /// 請求取消
    Withdrawn,
    /// 請求確定
    Confirmed,
    /// 受領書 is here.
    Acknowledged,
}

impl Stage {
    /// The word for machines and in the store.
    pub fn word(self) -> &'static str {
        match self {
            Self::Begun => "claimed",
            Self::InDoubt => "in-doubt",
            Self::Released => "released",
            Self::HandedOver => "handed-over",
            Self::Sent => "sent",
            Self::Checking => "checking",
            Self::Checked => "checked",
            Self::Withdrawn => "withdrawn",
            Self::Confirmed => "confirmed",
            Self::Acknowledged => "acknowledged",
        }
    }

    /// What staff read. A hand-over is never "filed".
    pub fn name_ja(self) -> &'static str {
        match self {
            Self::Begun => "送り始め（結果待ち）",
            Self::InDoubt => "結果不明（確かめるまで送り直しません）",
            Self::Released => "送っていません",
            Self::HandedOver => "引渡し済み（まだ請求していません）",
            Self::Sent => "送信済み（請求確定前）",
            Self::Checking => "受付・事務点検中",
            Self::Checked => "点検済み（請求確定待ち）",
            Self::Withdrawn => "取消済み",
            Self::Confirmed => "請求確定",
            Self::Acknowledged => "受領書あり",
        }
    }

    /// Reads the store's word; what another program calls it is shown as it stands.
    pub fn say_ja(word: &str) -> Cow<'_, str> {
        const ALL: [Stage; 10] = [
            Stage::Begun,
            Stage::InDoubt,
            Stage::Released,
            Stage::HandedOver,
            Stage::Sent,
            Stage::Checking,
            Stage::Checked,
            Stage::Withdrawn,
            Stage::Confirmed,
            Stage::Acknowledged,
        ];
        match ALL.into_iter().find(|stage| stage.word() == word) {
            Some(stage) => Cow::Borrowed(stage.name_ja()),
            None if word == "approved" => Cow::Borrowed("承認済み（まだ渡していません）"),
            None => Cow::Owned(format!("提出先の知らせた状態「{word}」")),
        }
    }

    /// The same of a 確認試験, which is never confirmed and files nothing.
    pub fn trial_ja(word: &str) -> Cow<'_, str> {
        let own = [
            (Self::HandedOver, "引渡し済み（まだ試していません）"),
            (Self::Sent, "試験送信済み（点検待ち）"),
            (
                Self::Checked,
                "点検済み（試験はここまで・請求確定はありません）",
            ),
        ];
        match own.into_iter().find(|(stage, _)| stage.word() == word) {
            Some((_, said)) => Cow::Borrowed(said),
            None => Self::say_ja(word),
        }
    }

    /// Whether 請求確定 has happened.
    pub fn is_filed(self) -> bool {
        matches!(self, Self::Confirmed | Self::Acknowledged)
    }

    /// Whether it does not count: it never left, or was taken back.
    pub fn is_gone(self) -> bool {
        matches!(self, Self::Released | Self::Withdrawn)
    }

    fn of(event: &Event) -> Option<Self> {
        Some(match event {
            Event::Begun { .. } => Self::Begun,
            Event::InDoubt { .. } => Self::InDoubt,
            Event::Released { .. } => Self::Released,
            Event::HandedOver { .. } => Self::HandedOver,
            Event::Submitted { .. } | Event::Sent { .. } => Self::Sent,
            Event::Checking {} => Self::Checking,
            Event::Judged { .. } | Event::Findings { .. } => Self::Checked,
            Event::Withdrawn {} => Self::Withdrawn,
            Event::Confirmed(_) => Self::Confirmed,
            Event::Acknowledged(_) => Self::Acknowledged,
            _ => return None,
        })
    }
}

/// What was reported and what is known do not go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Contradiction {
    /// Reported as cancelled, and yet confirmed.
    CancelledYetFiled,
    /// Reported as confirmed, and yet cancelled.
    FiledYetCancelled,
    /// Reported as cancelled after it had been reported as confirmed; nothing more certain is known.
    CancelledAfterConfirmed,
    /// The 受領書 has another number of receipts or yen than what should have been filed.
    OtherTotals,
    /// The other side answered that it is cancelled after it had answered that it is confirmed.
    AnswersDiffer,
}

impl Contradiction {
    /// What it means and what to do, for staff.
    pub fn say_ja(self) -> &'static str {
        match self {
            Self::CancelledYetFiled => {
                "取り消したと報告されていますが、請求確定の記録（受領書など）があります。公式の端末の「請求状況」で確かめ、違うほうを審査支払機関に相談してください。"
            }
            Self::FiledYetCancelled => {
                "請求確定したと報告されていますが、取消しの記録があります。公式の端末の「請求状況」で確かめてください。"
            }
            Self::CancelledAfterConfirmed => {
                "請求確定したという報告のあとに、取り消したという報告があります。確定後の取消しはできません。公式の端末の「請求状況」で確かめ、請求確定していれば claim report confirmed、確定の報告のほうが誤りなら claim report cancelled をもう一度記録してください。"
            }
            Self::OtherTotals => {
                "受領書の件数または金額が、請求したはずのものと違います。エラー分を除いて確定していないか、ほかの送信回やほかの提出先の受領書でないかを確かめてください。除かれたレセプトが分かれば、claim report confirmed --left-out 番号 で記録します（その分は月遅れの一覧に入ります）。"
            }
            Self::AnswersDiffer => {
                "提出先は前に「請求確定」と答え、その後「取消し」と答えています。どちらが正しいか、審査支払機関に問い合わせてください。分かるまで、この月の同じレセプトを送らないでください。"
            }
        }
    }

    /// The same in English.
    pub fn say_en(self) -> &'static str {
        match self {
            Self::CancelledYetFiled => {
                "reported as cancelled, and yet there is a record of a confirmation; look at 請求状況 in the official terminal and speak to the payer"
            }
            Self::FiledYetCancelled => {
                "reported as confirmed, and yet there is a record of a cancellation; look at 請求状況 in the official terminal"
            }
            Self::CancelledAfterConfirmed => {
                "reported as cancelled after it was reported as confirmed, which cannot be; look at 請求状況 in the official terminal, then record `claim report confirmed` if it is confirmed, or `claim report cancelled` once more if that report was the mistake"
            }
            Self::OtherTotals => {
                "the acknowledgement has other totals than what should have been filed: perhaps it was confirmed without errors, or the acknowledgement is of another sending or payer. If it is known which receipts were left out, record them with `claim report confirmed --left-out N`, and they wait"
            }
            Self::AnswersDiffer => {
                "the other side had answered that it is confirmed, and now answers that it is cancelled; ask the payer which is so, and send none of these receipts before"
            }
        }
    }
}

/// A filing with everything that is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filing {
    /// What it is.
    pub key: FilingKey,
    /// How it left.
    pub channel: Channel,
    /// Its receipts in the order of the file.
    pub receipts: Vec<Receipt>,
    /// What happened to it and its receipts, in the order of recording.
    pub events: Vec<Recorded>,
}

/// What staff reported, put together.
#[derive(Debug, Clone, Copy, Default)]
struct Reports {
    /// Where it stands by what they said.
    heard: Option<Stage>,
    /// A 請求確定, which cannot be cancelled, was said to be cancelled: until one of both is said again
    /// it counts as confirmed, so that nothing is filed beside it.
    open: bool,
}

impl Reports {
    /// With what was said next. Reports come in any order: that it was sent takes nothing back, and
    /// does not say which of two contradicting ones was so.
    fn and(self, said: Stage) -> Self {
        match (self.heard, said) {
            (Some(Stage::Confirmed), Stage::Sent) => self,
            (Some(Stage::Confirmed), Stage::Withdrawn) if !self.open => Self { open: true, ..self },
            _ => Self {
                heard: Some(said),
                open: false,
            },
        }
    }
}

impl Filing {
    /// A filing of which nothing is known yet.
    pub fn new(key: FilingKey, channel: Channel, receipts: Vec<Receipt>) -> Self {
        Self {
            key,
            channel,
            receipts,
            events: Vec::new(),
        }
    }

    /// Whether a 確認試験.
    pub fn is_trial(&self) -> bool {
        self.key.kind == Kind::Trial
    }

    fn whole(&self) -> impl DoubleEndedIterator<Item = &Recorded> {
        self.events.iter().filter(|event| event.receipt.is_none())
    }

    /// Where it stands by what this host did, the other side said or a file says.
    pub fn known(&self) -> Stage {
        let mut known = Stage::Begun;
        for told in self.whole().filter(|told| told.how != How::Reported) {
            let Some(stage) = Stage::of(&told.event) else {
                continue;
            };
            // What never left may be begun again; otherwise the greater knowledge stays.
            if known == Stage::Released || stage > known {
                known = stage;
            }
        }
        // What was handed over and came back, was reviewed or was paid had been filed. What a gateway has
        // of a filing it says itself.
        let proven = self.events.iter().any(|told| {
            self.channel == Channel::Handover
                && told.receipt.is_some()
                && told.how != How::Reported
                && matches!(
                    told.event,
                    Event::Returned { .. } | Event::Adjusted { .. } | Event::Paid { .. }
                )
        });
        match proven {
            true => known.max(Stage::Confirmed),
            false => known,
        }
    }

    /// What staff reported last.
    pub fn heard(&self) -> Option<Stage> {
        self.reports().heard
    }

    fn reports(&self) -> Reports {
        self.whole()
            .filter(|told| told.how == How::Reported)
            .filter_map(|told| Stage::of(&told.event))
            .fold(Reports::default(), Reports::and)
    }

    /// Where it stands. A report moves it on until something more certain is known.
    pub fn stage(&self) -> Stage {
        let known = self.known();
        match self.heard() {
            Some(heard) if known < Stage::Withdrawn => heard.max(known),
            _ => known,
        }
    }

    /// Whether where it stands is only what somebody reported.
    pub fn is_hearsay(&self) -> bool {
        self.stage() != self.known()
    }

    /// The event that brought it where it stands, for whom and when.
    pub fn latest(&self) -> Option<&Recorded> {
        let stage = self.stage();
        self.whole()
            .rfind(|told| Stage::of(&told.event) == Some(stage))
    }

    /// The person who did or reported the last thing about it.
    pub fn person(&self) -> Option<&str> {
        self.whole()
            .rfind(|told| told.how != How::Answered)
            .map(|told| told.by.as_str())
    }

    /// The other side's name for it.
    pub fn reference(&self) -> Option<&str> {
        self.whole().rev().find_map(|told| match &told.event {
            Event::HandedOver { reference, .. } | Event::Submitted { reference } => {
                Some(reference.as_str())
            }
            _ => None,
        })
    }

    /// Files that were handed over, as they are recorded: relative to the station's folder where they
    /// lie within it.
    pub fn files(&self) -> &[String] {
        self.whole()
            .rev()
            .find_map(|told| match &told.event {
                Event::HandedOver { files, .. } => Some(files.as_slice()),
                _ => None,
            })
            .unwrap_or_default()
    }

    /// The last findings that are known, or that staff said last.
    fn found(&self, reported: bool) -> Option<(&BTreeMap<u32, Verdict>, &serde_json::Value)> {
        let mut whole = self.whole().rev();
        whole.find_map(|told| match &told.event {
            Event::Findings { verdicts, findings } if (told.how == How::Reported) == reported => {
                Some((verdicts, findings))
            }
            _ => None,
        })
    }

    /// What 受付・事務点検 made of its receipts: what is known, and what staff said beside it. Nothing
    /// where nobody has said.
    pub fn verdicts(&self) -> Option<BTreeMap<u32, Verdict>> {
        let (known, said) = (self.found(false), self.found(true));
        let mut all: Option<BTreeMap<u32, Verdict>> = None;
        for (verdicts, _) in known.into_iter().chain(said) {
            let all = all.get_or_insert_default();
            for (number, verdict) in verdicts {
                let worst = all.entry(*number).or_insert(*verdict);
                *worst = (*worst).max(*verdict);
            }
        }
        all
    }

    /// What it found in the contract's words, as it was recorded last; nothing where nobody has said.
    pub fn findings(&self) -> Option<&serde_json::Value> {
        self.found(false).map(|(_, findings)| findings)
    }

    /// The verdict on one receipt; 正常 where none is known.
    pub fn verdict(&self, number: u32) -> Verdict {
        let of = |reported| self.found(reported)?.0.get(&number).copied();
        of(false).max(of(true)).unwrap_or(Verdict::Normal)
    }

    /// 請求確定, put together of what is known: what the 受領書 or the other side says, filled up
    /// with what was reported. Where the last that is said is that it was taken back, there is none.
    pub fn confirmation(&self) -> Option<Confirmation> {
        let (filed, reports) = (self.known().is_filed(), self.reports());
        if reports.heard == Some(Stage::Withdrawn) && !filed {
            return None;
        }
        // What was reported before a cancellation was is about a sending that was taken back.
        let cancelled = |told: &Recorded| {
            told.how == How::Reported && Stage::of(&told.event) == Some(Stage::Withdrawn)
        };
        let taken_back = match filed || reports.open {
            true => None,
            false => {
                let all = self.whole().enumerate();
                all.filter(|(_, told)| cancelled(told))
                    .map(|(at, _)| at)
                    .last()
            }
        };
        let mut told: Vec<(How, &Confirmation)> = self
            .whole()
            .enumerate()
            .filter(|(at, told)| {
                told.how != How::Reported || taken_back.is_none_or(|back| *at > back)
            })
            .map(|(_, told)| told)
            .filter_map(|told| match &told.event {
                Event::Confirmed(c) | Event::Acknowledged(c) => Some((told.how, c)),
                _ => None,
            })
            .collect();
        // Reports first, so that what is known outweighs them.
        told.sort_by_key(|(how, _)| *how != How::Reported);
        let mut all = told.first().map(|(_, first)| (*first).clone())?;
        for (_, one) in told.into_iter().skip(1) {
            all.include_errors = one.include_errors.or(all.include_errors);
            all.automatic |= one.automatic;
            all.receipts = one.receipts.or(all.receipts);
            all.total = one.total.or(all.total);
            if !one.number.is_empty() {
                all.number.clone_from(&one.number);
            }
            if !one.at.is_empty() {
                all.at.clone_from(&one.at);
            }
        }
        Some(all)
    }

    /// The worst verdict that its 請求確定 filed; absent while there is none. Receipts above it were
    /// left out. It costs a look at all receipts, so whoever asks about each asks for it once.
    pub(crate) fn filed_up_to(&self) -> Option<Verdict> {
        let Some(confirmation) = self.confirmation() else {
            // Proven by what came back or was paid: whatever was confirmed, 受付不能 was not filed.
            return self.stage().is_filed().then_some(Verdict::Attention);
        };
        Some(match self.errors_left_out(&confirmation) {
            true => Verdict::Normal,
            false => Verdict::Attention,
        })
    }

    /// Whether 要確認 was left out. What the other side counted tells it where it can; otherwise what
    /// was said does.
    fn errors_left_out(&self, confirmation: &Confirmation) -> bool {
        let said = confirmation.receipts.zip(confirmation.total);
        let said = said.map(|(receipts, total)| Totals { receipts, total });
        let (with, without) = (
            self.counted(Verdict::Attention),
            self.counted(Verdict::Normal),
        );
        if said.is_some() && with != without && (said == with || said == without) {
            return said == without;
        }
        confirmation.automatic || confirmation.include_errors == Some(false)
    }

    /// Receipts that its 請求確定 left out.
    pub fn left_behind(&self) -> impl Iterator<Item = &Receipt> {
        let out = self.left_out();
        self.receipts.iter().filter(move |receipt| out(receipt))
    }

    /// Receipts that it claims, or may yet: all but those that its 請求確定 left out.
    pub fn claims(&self) -> impl Iterator<Item = &Receipt> {
        let out = self.left_out();
        self.receipts.iter().filter(move |receipt| !out(receipt))
    }

    /// Whether its 請求確定 left a receipt out.
    fn left_out(&self) -> impl Fn(&Receipt) -> bool {
        let worst = self.filed_up_to().filter(|_| self.stage().is_filed());
        move |receipt| worst.is_some_and(|worst| self.verdict(receipt.number) > worst)
    }

    /// What should have been filed by its confirmation: receipts and yen.
    pub fn filed(&self) -> Option<Totals> {
        self.counted(self.filed_up_to()?)
    }

    /// Receipts and yen of what is no worse than a verdict; nothing where the sum does not fit.
    fn counted(&self, worst: Verdict) -> Option<Totals> {
        let mut own = self
            .receipts
            .iter()
            .filter(|r| self.verdict(r.number) <= worst);
        own.try_fold(Totals::default(), |sum, receipt| sum.with(receipt.total))
    }

    /// Whether it was entered from what the other side has, and nobody was told of it or did anything
    /// about it since: no reason that a person gave before can have been meant for it.
    pub fn is_untold(&self) -> bool {
        let entered = |told: &Recorded| {
            told.how == How::Answered && matches!(told.event, Event::Submitted { .. })
        };
        let by_person = |told: &Recorded| {
            matches!(told.event, Event::Told {})
                || (matches!(told.how, How::Acted | How::Reported)
                    && !matches!(told.event, Event::TwinWithdrawn { .. }))
        };
        self.whole().next().is_some_and(entered) && !self.whole().any(by_person)
    }

    /// Why the gateway was not asked before it was handed over, while nobody knows that it is filed.
    pub fn unasked(&self) -> Option<&str> {
        let code = self.whole().find_map(|told| match &told.event {
            Event::Unasked { code } => Some(code.as_str()),
            _ => None,
        });
        code.filter(|_| !self.stage().is_filed() && !self.stage().is_gone())
    }

    /// Whether it stands and nobody here knows which receipts it holds: it was entered from what the
    /// other side has, without its file.
    pub fn is_unread(&self) -> bool {
        self.receipts.is_empty() && !self.is_trial() && !self.stage().is_gone()
    }

    /// Whether a cancellation was answered after a confirmation, which cannot be cancelled.
    fn answers_differ(&self) -> bool {
        let mut known = self
            .whole()
            .filter(|told| self.channel == Channel::Gateway && told.how != How::Reported)
            .filter_map(|told| Stage::of(&told.event))
            .skip_while(|stage| !stage.is_filed());
        known.any(|stage| stage == Stage::Withdrawn)
    }

    /// What does not go together.
    pub fn contradiction(&self) -> Option<Contradiction> {
        let (known, reports) = (self.known(), self.reports());
        match (reports.heard, reports.open) {
            (Some(Stage::Withdrawn), _) | (_, true) if known.is_filed() => {
                return Some(Contradiction::CancelledYetFiled);
            }
            (Some(Stage::Confirmed), false) if known == Stage::Withdrawn => {
                return Some(Contradiction::FiledYetCancelled);
            }
            (_, true) if known < Stage::Withdrawn => {
                return Some(Contradiction::CancelledAfterConfirmed);
            }
            _ => {}
        }
        if self.answers_differ() {
            return Some(Contradiction::AnswersDiffer);
        }
        if self.receipts.is_empty() {
            // Entered from what the other side has; its content is not here.
            return None;
        }
        let said = self.confirmation()?;
        let filed = self.filed()?;
        let differs = said.receipts.is_some_and(|said| said != filed.receipts)
            || said.total.is_some_and(|said| said != filed.total);
        differs.then_some(Contradiction::OtherTotals)
    }
}
