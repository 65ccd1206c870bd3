//! What the office does next about a payer's month.

use crate::claim::Channel;
use crate::host::Host;
use jiff::{SignedDuration, Timestamp};
use reseplug_calendar::Phase;
use reseplug_claims::{Event, Filing, How, Recorded, Stage};

/// Whether everything that left for a payer is settled: acknowledged or confirmed without a
/// contradiction, or taken back with another in its place.
pub(super) fn is_done(sendings: &[&Filing]) -> bool {
    let mut counting = sendings.iter().filter(|f| !f.stage().is_gone()).peekable();
    counting.peek().is_some()
        && counting.all(|f| f.stage().is_filed())
        && sendings.iter().all(|f| f.contradiction().is_none())
}

fn say(ja: &str, en: &str) -> (String, String) {
    (ja.to_owned(), en.to_owned())
}

/// Whether the month is closed: nothing that was not sent before is taken any more.
pub(super) fn is_closed(phase: Phase) -> bool {
    matches!(phase, Phase::Correcting { .. } | Phase::Over)
}

/// By which ways a station's files can leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ways {
    /// Only into the hand-over folder.
    Handover,
    /// Only over a gateway.
    Gateway,
    /// By either; also where neither is set up yet.
    Both,
}

impl Ways {
    /// As the station file has them.
    pub(super) fn of(host: &Host) -> Self {
        match (
            host.station().connectors.handover.is_some(),
            host.has_gateway(),
        ) {
            (true, false) => Self::Handover,
            (false, true) => Self::Gateway,
            _ => Self::Both,
        }
    }

    /// The verbs for them, Japanese and English.
    fn verbs(self) -> (&'static str, &'static str) {
        match self {
            Self::Handover => ("claim handover", "claim handover"),
            Self::Gateway => ("claim submit", "claim submit"),
            Self::Both => (
                "claim handover または claim submit",
                "claim handover or claim submit",
            ),
        }
    }
}

/// What is known of a payer's month beside what left.
#[derive(Debug, Clone, Copy)]
pub(super) struct Month {
    /// Whether anything was approved.
    pub(super) approved: bool,
    /// Approved, and nothing of it is for this payer.
    pub(super) nothing: bool,
    /// What was approved last is in no sending that stands, and another content is.
    pub(super) not_left: bool,
    /// Everything that was approved last had left and was taken back.
    pub(super) taken_back: bool,
    /// Receipts stand in two sendings.
    pub(super) twice: bool,
    /// How many receipts a 取下げ was asked for that did not come back yet.
    pub(super) asked_down: usize,
    /// Whether receipts of this payer wait.
    pub(super) waits: bool,
    /// Whether a gateway is sent to whatever the calendar says (`[claims] hours = "ignore"`).
    pub(super) any_day: bool,
    /// By which ways it can leave.
    pub(super) ways: Ways,
    pub(super) phase: Phase,
    /// When the month closes, and when corrections do.
    pub(super) closes: (Option<Timestamp>, Option<Timestamp>),
}

impl Month {
    /// Whether a filing is a correction that left after the month had closed: it is confirmed by nobody
    /// but the station. What was sent to the payer in time, and only that, is corrected then.
    fn is_correction(&self, filing: &Filing, sendings: &[&Filing]) -> bool {
        let (Some(closes), Some(over)) = self.closes else {
            return false;
        };
        let underway = matches!(
            filing.stage(),
            Stage::Sent | Stage::Checking | Stage::Checked
        );
        // What left in time a gateway confirms as the month closes. What it has open an hour later is
        // none of that, whenever it left and whoever sent it.
        let late = closes.checked_add(SignedDuration::from_hours(1)).ok();
        let open_there = filing.channel == Channel::Gateway
            && filing.events.iter().any(|told| {
                let answered = told.how == How::Answered && told.receipt.is_none();
                answered && moment(told).is_some_and(|at| late.is_some_and(|late| at >= late))
            });
        if underway && open_there {
            return true;
        }
        let before = self.left_in_time(sendings);
        left_at(filing).is_some_and(|left| left >= closes && left < over)
            && filing.receipts.iter().all(|receipt| {
                let mut known = before.iter().flat_map(|one| &one.receipts);
                known.any(|one| one.same_person_month(receipt))
            })
    }

    /// The sendings that left before the month closed.
    fn left_in_time<'f>(&self, sendings: &[&'f Filing]) -> Vec<&'f Filing> {
        let (Some(closes), _) = self.closes else {
            return Vec::new();
        };
        let in_time = |one: &&Filing| {
            one.stage() != Stage::Released && left_at(one).is_some_and(|left| left < closes)
        };
        sendings.iter().copied().filter(in_time).collect()
    }
}

fn moment(told: &Recorded) -> Option<Timestamp> {
    told.at.parse().ok()
}

/// When a sending left, the last time: what was refused on the 10th may have left on the 11th.
fn left_at(filing: &Filing) -> Option<Timestamp> {
    let mut events = filing.events.iter();
    let leaves = |told: &&Recorded| {
        matches!(
            told.event,
            Event::Begun { .. } | Event::HandedOver { .. } | Event::Submitted { .. }
        )
    };
    events.rfind(leaves).and_then(moment)
}

/// What comes next, Japanese and English.
pub(super) fn next(sendings: &[&Filing], month: Month) -> (String, String) {
    if month.nothing {
        return say(
            "この提出先に請求するものはありません。",
            "nothing is filed with this payer",
        );
    }
    if month.twice {
        return say(
            "重なっているレセプトがあります。まず、下の「!」の行の「→」のとおりに片方をやめるか取り下げます。それまで新しく送信・確定しないでください。",
            "receipts stand in two sendings: first do what the lines with `!` below say, and neither send nor confirm before that",
        );
    }
    if let Some(odd) = sendings.iter().rev().find_map(|f| f.contradiction()) {
        return say(odd.say_ja(), odd.say_en());
    }
    let closed = is_closed(month.phase);
    let Some(filing) = sendings.iter().rev().find(|f| !f.stage().is_gone()) else {
        return nothing_left(month, closed);
    };
    let comes = of_one(filing, month, sendings);
    if month.not_left {
        return not_left(filing, month, comes);
    }
    let (mut ja, mut en) = comes;
    if month.asked_down > 0 {
        ja.push_str(&format!(
            " 取下げを依頼した{}件は、まだ戻っていません（返戻として届きます: claim fetch、claim import）。",
            month.asked_down
        ));
        en.push_str(&format!(
            "; {} that were asked to be taken down have not come back yet",
            month.asked_down
        ));
    }
    (ja, en)
}

/// What comes next of one sending.
fn of_one(filing: &Filing, month: Month, sendings: &[&Filing]) -> (String, String) {
    // A gateway with hours of its own says itself whether it is closed.
    if month.any_day && filing.channel == Channel::Gateway && is_closed(month.phase) {
        return of_stage(filing, Phase::NoRule);
    }
    if month.is_correction(filing, sendings) {
        return of_correction(filing, month.phase);
    }
    let (mut ja, mut en) = of_stage(filing, month.phase);
    // Only what was sent in time can be corrected.
    let others: Vec<&Filing> = month.left_in_time(sendings);
    let first = others.iter().all(|one| one.key == filing.key);
    if let (Phase::Correcting { closes, .. }, false) = (month.phase, first)
        && let Some((more_ja, more_en)) = perhaps_corrected(filing, &super::short(closes))
    {
        ja.push_str(&more_ja);
        en.push_str(&more_en);
    }
    (ja, en)
}

/// Nothing of the month stands with this payer.
fn nothing_left(month: Month, closed: bool) -> (String, String) {
    match (month.approved, closed) {
        (_, true) => {
            let (mut ja, mut en) = say(
                "締め切られました。この月は、この提出先に何も請求していません。請求するはずだったレセプトは、次の月の請求に月遅れで入れます。",
                "the month is closed, and nothing of it was filed with this payer; what should have been is filed late with the next month",
            );
            if month.waits {
                ja.push_str("待っているレセプト: reseplug claim late");
                en.push_str(". Receipts that wait: reseplug claim late");
            }
            if month.approved && month.any_day {
                ja.push_str(" これは公式の日程です。設定（hours = \"ignore\"）により、ゲートウェイには今も送れます: reseplug claim submit");
                en.push_str(". That is the official calendar; by the setting hours = \"ignore\" a gateway can still be sent to: reseplug claim submit");
            }
            (ja, en)
        }
        (false, false) => say(
            "点検して承認する: reseplug claim check、claim approve",
            "check and approve: reseplug claim check, claim approve",
        ),
        (true, false) if month.taken_back => {
            let (ja, en) = month.ways.verbs();
            (
                format!(
                    "取り消しました。直した内容なら claim check、claim approve で承認し直します。同じ内容をもう一度送るなら、理由を --again に書きます（{ja}）。"
                ),
                format!(
                    "it was taken back: approve what was corrected (claim check, claim approve), or send the same again with --again REASON ({en})"
                ),
            )
        }
        (true, false) => {
            let (ja, en) = month.ways.verbs();
            let (do_ja, do_en) = match month.ways {
                Ways::Handover => ("引き渡す", "hand over"),
                Ways::Gateway => ("送る", "send"),
                Ways::Both => ("引き渡すか送る", "hand over or send"),
            };
            (
                format!("{do_ja}: reseplug {ja}"),
                format!("{do_en}: reseplug {en}"),
            )
        }
    }
}

/// Another content was approved since: it has not left, and what did still stands.
fn not_left(filing: &Filing, month: Month, comes: (String, String)) -> (String, String) {
    let phase = month.phase;
    let closed = is_closed(phase);
    let (verbs_ja, verbs_en) = month.ways.verbs();
    let (stage, sequence) = (filing.stage(), filing.key.sequence);
    let (ja, en) = (
        format!(
            "新しく承認した内容は、まだ渡していません。前の内容（{} 第{sequence}回、{}）が残っています。",
            filing.channel.name_ja(),
            stage.name_ja()
        ),
        format!(
            "the content approved last has not left: an earlier one (sending {sequence}, {}) stands. ",
            stage.word()
        ),
    );
    let handed = filing.channel == Channel::Handover;
    let (do_ja, do_en) = match stage {
        _ if stage.is_filed() && matches!(phase, Phase::Correcting { .. }) => (
            format!(
                "前の内容は請求確定しています。締切までに送ったレセプトの訂正だけなら、理由を --again に書いて送れます（{verbs_ja}）。初めてのレセプトは次の月の請求に月遅れで入れます。"
            ),
            format!(
                "The earlier one is confirmed. Corrections of what was sent in time can be sent with --again REASON ({verbs_en}); what is new is filed late with the next month"
            ),
        ),
        _ if stage.is_filed() && closed => say(
            "締め切られたので、足りないレセプトは次の月の請求に月遅れで入れます。",
            "The month is closed: what is missing is filed late with the next one",
        ),
        _ if stage.is_filed() => (
            format!(
                "前の内容は請求確定しています。追加のレセプトだけの内容なら、理由を --again に書いて送ります（{verbs_ja}）。そうでなければ、請求確定した内容を承認し直してください。"
            ),
            format!(
                "The earlier one is confirmed: if the new one holds further receipts only, send it with --again REASON ({verbs_en}); otherwise approve again what was confirmed"
            ),
        ),
        _ if closed => comes,
        Stage::HandedOver => say(
            "前のファイルを公式の端末で送信しないことを claim report cancelled で記録してから、claim handover で引き渡し直します。",
            "Record with `claim report cancelled` that the earlier file will not be sent, then hand over again: claim handover",
        ),
        _ if handed => say(
            "公式の端末で請求取消をして claim report cancelled で記録してから、claim handover で引き渡し直します。",
            "Cancel it in the official terminal, record that with `claim report cancelled`, then hand over again: claim handover",
        ),
        Stage::Begun | Stage::InDoubt => say(
            "まず claim status で届いたか確かめ、届いていれば claim withdraw で取り消してから、claim submit で送り直します。",
            "First find out with `claim status` whether it arrived; if it did, withdraw it (claim withdraw), then send again: claim submit",
        ),
        _ => say(
            "claim withdraw で取り消してから、claim submit で送り直します。",
            "Withdraw it (claim withdraw), then send again: claim submit",
        ),
    };
    (ja + &do_ja, en + &do_en)
}

/// What is to be added on day 11 or 12 about a file of which nobody knows whether it left in time.
fn perhaps_corrected(filing: &Filing, until: &str) -> Option<(String, String)> {
    let handed = filing.channel == Channel::Handover;
    match filing.stage() {
        Stage::HandedOver => Some((
            format!(
                " 締切までに送ったレセプトの訂正だけのファイルなら、{until} まで送信して請求確定できます（訂正は自動では確定されません）。"
            ),
            format!(
                ". If it holds only corrections of what was sent in time, it can be sent and confirmed until {until} (a correction is not confirmed automatically)"
            ),
        )),
        Stage::Sent | Stage::Checking | Stage::Checked if handed => Some((
            format!(
                " 締切の後に訂正として送ったものは自動では確定されません。{until} までに請求確定してください。"
            ),
            format!(
                ". What was sent as a correction after the month had closed is not confirmed automatically: confirm it until {until}"
            ),
        )),
        _ => None,
    }
}

/// What comes next of a correction that left on day 11 or 12: nobody but the station confirms it.
fn of_correction(filing: &Filing, phase: Phase) -> (String, String) {
    let handed = filing.channel == Channel::Handover;
    let underway = matches!(
        filing.stage(),
        Stage::HandedOver | Stage::Sent | Stage::Checking | Stage::Checked
    );
    match (phase, underway) {
        // Its own days are open days.
        (Phase::Correcting { closes, .. }, true) => {
            let open = Phase::Open {
                closes,
                closes_today: closes,
            };
            let (ja, en) = of_stage(filing, open);
            let until = super::short(closes);
            (
                format!("{ja} 訂正は自動では確定されません。{until} までに請求確定してください。"),
                format!(
                    "{en}; a correction is not confirmed automatically: confirm it until {until}"
                ),
            )
        }
        (_, true) if handed => say(
            "訂正の締切が過ぎました。公式の端末で請求確定していたなら claim report confirmed、していなければ claim report cancelled で記録してください。請求していない分は月遅れの一覧（claim late）に入ります。",
            "corrections are over. If it was confirmed in the official terminal, record `claim report confirmed`; if not, `claim report cancelled`, and its receipts join those that wait (`claim late`)",
        ),
        (_, true) => say(
            "訂正の締切までに請求確定していません。claim status で確かめ、確定していなければ claim withdraw で取り消すと、月遅れの一覧（claim late）に入ります。",
            "it was not confirmed while corrections were open: see `claim status`, and if it is still open, withdraw it (`claim withdraw`), and its receipts join those that wait (`claim late`)",
        ),
        (_, false) => of_stage(filing, phase),
    }
}

/// What comes next by where the last sending stands.
fn of_stage(filing: &Filing, phase: Phase) -> (String, String) {
    let closed = is_closed(phase);
    let handed = filing.channel == Channel::Handover;
    match filing.stage() {
        Stage::Begun | Stage::InDoubt => say(
            "届いたか確かめる: もう一度同じ命令をするか、reseplug claim status",
            "find out whether it arrived: give the same command again, or reseplug claim status",
        ),
        Stage::HandedOver if closed => say(
            "締め切られました。締切前に送信していたなら claim report sent（確定も済んでいれば confirmed）、送っていなければ claim report cancelled で記録してください。送っていない分は月遅れの一覧（claim late）に入ります。",
            "the month is closed. If it was sent in time, record it with `claim report sent` (or confirmed); if not, with `claim report cancelled`, and its receipts join those that wait (`claim late`)",
        ),
        Stage::HandedOver => say(
            "公式の端末で送信し、済んだら記録する: reseplug claim report sent",
            "send it in the official terminal, then record it: reseplug claim report sent",
        ),
        Stage::Sent | Stage::Checking | Stage::Checked if handed && closed => say(
            "締め切られました。公式の端末の「請求状況」で、請求確定（自動の確定を含む）になったか確かめて記録する: reseplug claim report confirmed",
            "the month is closed: see under 請求状況 in the official terminal whether it was confirmed (perhaps automatically), and record it: reseplug claim report confirmed",
        ),
        Stage::Sent | Stage::Checking | Stage::Checked if handed => handed_over(filing),
        Stage::Sent | Stage::Checking | Stage::Checked if closed => say(
            "締め切られました。請求確定していなければ、10日24時に自動で確定（要確認は除く）されています。結果を受け取る: reseplug claim status、claim ack",
            "the month is closed: what was not confirmed was confirmed automatically, without what needs attention. Fetch the outcome: reseplug claim status, claim ack",
        ),
        Stage::Sent | Stage::Checking => say(
            "受付・事務点検の結果を受け取る: reseplug claim status",
            "fetch the outcome of the check: reseplug claim status",
        ),
        Stage::Checked => checked(filing),
        Stage::Confirmed if handed => say(
            "オンライン受領書のCSVを保存して取り込む: reseplug claim import",
            "download the acknowledgement and import it: reseplug claim import",
        ),
        Stage::Confirmed => say(
            "受領書を受け取る: reseplug claim ack",
            "fetch the acknowledgement: reseplug claim ack",
        ),
        _ => settled(filing, phase),
    }
}

/// How many receipts have findings: by those that are on record, or by what was counted.
fn with_findings(filing: &Filing) -> usize {
    let counted = || {
        filing
            .events
            .iter()
            .rev()
            .find_map(|told| match told.event {
                Event::Judged {
                    attention,
                    rejected,
                    ..
                } => usize::try_from(attention.saturating_add(rejected)).ok(),
                _ => None,
            })
    };
    match filing.verdicts() {
        Some(verdicts) => verdicts.len(),
        None => counted().unwrap_or(0),
    }
}

/// What is to be decided in the official terminal before 請求確定.
fn handed_over(filing: &Filing) -> (String, String) {
    match with_findings(filing) {
        0 => say(
            "公式の端末で点検結果を見て請求確定し、記録する: reseplug claim report confirmed",
            "look at the findings in the official terminal, confirm there, and record it: reseplug claim report confirmed",
        ),
        odd => (
            format!(
                "{odd}件に指摘があります（claim status）。直すなら公式の端末で請求取消をして claim report cancelled で記録し、製品で直して承認し直し、claim handover で引き渡し直します。そのまま請求するなら、要確認を含める（エラー分含む）か除く（エラー分除く。除いた分は月遅れ）かを選んで請求確定し、claim report confirmed に --errors include か exclude を付けて記録します。"
            ),
            format!(
                "{odd} receipts have findings (claim status): to correct them, cancel in the official terminal, record `claim report cancelled`, approve the corrected month and hand it over again; or confirm with or without errors, and record `claim report confirmed` with --errors include or exclude"
            ),
        ),
    }
}

/// What is to be decided before 請求確定.
fn checked(filing: &Filing) -> (String, String) {
    let odd = with_findings(filing);
    if odd == 0 {
        return say(
            "結果を見て請求確定する: reseplug claim status、claim confirm",
            "look at the findings and confirm: reseplug claim status, claim confirm",
        );
    }
    (
        format!(
            "{odd}件に指摘があります（claim status）。直すなら取り消して送り直す（claim withdraw）、要確認も請求するなら claim confirm --include-errors、除いて請求するなら claim confirm（除いた分は月遅れ）。"
        ),
        format!(
            "{odd} receipts have findings (claim status): withdraw and correct, or confirm with --include-errors, or confirm without them, and they wait"
        ),
    )
}

/// Filed, perhaps without some.
fn settled(filing: &Filing, phase: Phase) -> (String, String) {
    let left = filing.left_behind().count();
    let send = match filing.channel {
        Channel::Handover => "claim handover --again",
        Channel::Gateway => "claim submit --again",
    };
    if left > 0 && matches!(phase, Phase::Correcting { .. }) {
        return (
            format!(
                "済んでいますが、{left}件が除かれています。訂正の締切までは、直して送れます（claim approve、{send}）。過ぎれば月遅れで請求します（claim late）。"
            ),
            format!(
                "done, but {left} were left out: until corrections close they can be corrected and sent (claim approve, {send}); later they are filed late (claim late)"
            ),
        );
    }
    match (left, is_closed(phase)) {
        (0, _) => say("済んでいます。", "done"),
        (left, true) => (
            format!("済んでいます。除かれた{left}件は月遅れの一覧（claim late）にあります。"),
            format!("done; {left} that were left out wait (claim late)"),
        ),
        (left, false) => (
            format!(
                "済んでいますが、{left}件が除かれています。今月中に直して追加で送るか（{send}）、翌月に月遅れで請求します（claim late）。"
            ),
            format!(
                "done, but {left} were left out: correct and send them this month ({send}), or file them late (claim late)"
            ),
        ),
    }
}
