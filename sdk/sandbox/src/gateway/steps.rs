//! The steps of a submission: handed in, confirmed, withdrawn, taken down. Each under the lock of
//! its station alone, durable before it is answered, and the same again is the same answer.

use super::{
    Shared, calendar,
    desk::Desk,
    faults::Extra,
    judge::{Claimed, judge},
    problem::{Code, Problem},
    review,
    store::{
        ACCEPTED, CONFIRMED, REPEATED, TAKEN_DOWN, WITHDRAWN, confirmed_entry, entry, lock,
        taken_down_entry,
    },
    submission::{Kind, ReceiptVerdict, State, Submission, TakeDown},
};
use jiff::Timestamp;
use reseplug_model::{Month, Payer};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// What a request to hand in says.
pub(super) struct Handed {
    pub(super) institution: String,
    pub(super) key: String,
    pub(super) sha256: String,
    pub(super) kind: Kind,
    pub(super) payer: Payer,
    pub(super) claim_month: Month,
    pub(super) body: Vec<u8>,
}

/// Something done at a station's desk, after everything that the calendar did there by itself.
pub(super) fn at_desk<T>(
    shared: &Shared,
    institution: &str,
    now: Timestamp,
    act: impl FnOnce(&mut Desk) -> Result<T, Problem>,
) -> Result<T, Problem> {
    let desk = shared.store.desk(institution);
    let mut desk = lock(&desk);
    settle(shared, &mut desk, now)?;
    act(&mut desk)
}

/// One submission of a station. Another station's is not found.
pub(super) fn one(
    shared: &Shared,
    institution: &str,
    id: &str,
    now: Timestamp,
) -> Result<Submission, Problem> {
    at_desk(shared, institution, now, |desk| found(desk, id))
}

fn found(desk: &Desk, id: &str) -> Result<Submission, Problem> {
    desk.get(id).cloned().ok_or_else(Problem::not_found)
}

/// Hands in. `true` when it is new.
pub(super) fn submit(
    shared: &Shared,
    handed: &Handed,
    now: Timestamp,
    extra: Extra,
) -> Result<(Submission, bool), Problem> {
    at_desk(shared, &handed.institution, now, |desk| {
        let known = desk.of_key(&handed.key).next().cloned();
        if let Some(known) = &known {
            let same = known.sha256 == handed.sha256
                && known.kind == handed.kind
                && known.payer == handed.payer.code()
                && known.claim_month == handed.claim_month.to_string();
            if !same {
                return Err(Problem::new(
                    Code::KeyWithOtherContent,
                    "同じキーで別の内容がすでに送信されています。",
                    "this key was handed in before with other content",
                ));
            }
            if extra != Extra::Twice {
                shared.store.note(REPEATED, entry(known))?;
                return Ok((known.clone(), false));
            }
        }
        let window = shared
            .hours
            .within(calendar::activities(handed.kind), handed.payer, now)?;
        if hex::encode(Sha256::digest(&handed.body)) != handed.sha256 {
            return Err(Problem::new(
                Code::HashDiffers,
                "content-sha256が本文と一致しません。",
                "content-sha256 is not the hash of the body",
            ));
        }
        let claimed = Claimed {
            institution: &handed.institution,
            payer: handed.payer,
            claim_month: handed.claim_month,
        };
        let (receipts, findings) = judge(&handed.body, &claimed)?;
        if let Some(window) = &window
            && handed.kind == Kind::Claim
            && window.claim_month != handed.claim_month
        {
            return Err(Problem::new(
                Code::OtherMonth,
                format!("いま受け付けている請求年月は{}です。", window.claim_month),
                format!("{} is being filed now", window.claim_month),
            ));
        }
        if window.is_some_and(|window| window.only_sent) {
            sent_before(shared, desk, handed, &receipts)?;
        }
        shared.store.keep_body(&handed.sha256, &handed.body)?;
        let checked = checked(shared, handed, now, extra)?;
        let submission = Submission {
            id: shared.store.next_id(),
            institution: handed.institution.clone(),
            key: handed.key.clone(),
            sha256: handed.sha256.clone(),
            kind: handed.kind,
            payer: handed.payer.code().to_owned(),
            claim_month: handed.claim_month.to_string(),
            state: State::Checked,
            received: now.as_second(),
            checked: checked.as_second(),
            updated_at: calendar::text(now),
            receipts,
            findings,
            confirmation: None,
            taken_down: Vec::new(),
        };
        shared.store.keep(desk, submission.clone())?;
        shared.store.note(ACCEPTED, entry(&submission))?;
        if extra == Extra::Twice && known.is_none() {
            let twin = Submission {
                id: shared.store.next_id(),
                ..submission.clone()
            };
            shared.store.keep(desk, twin.clone())?;
            shared.store.note(ACCEPTED, entry(&twin))?;
        }
        Ok((submission, true))
    })
}

/// After the closing only receipts are taken that were sent before it (11–12日の訂正).
fn sent_before(
    shared: &Shared,
    desk: &Desk,
    handed: &Handed,
    receipts: &[ReceiptVerdict],
) -> Result<(), Problem> {
    let calendar = shared.hours.calendar().map_err(Problem::storage)?;
    let closes = calendar
        .closes(handed.payer, handed.claim_month)
        .map_or(i64::MAX, Timestamp::as_second);
    let month = handed.claim_month.to_string();
    let sent: BTreeSet<(&str, &str)> = desk
        .of_month(&month)
        .filter(|known| {
            known.kind == Kind::Claim
                && known.payer == handed.payer.code()
                && known.received < closes
        })
        .flat_map(|known| known.receipts.iter().map(ReceiptVerdict::of_whom))
        .collect();
    let new: Vec<String> = receipts
        .iter()
        .filter(|receipt| !sent.contains(&receipt.of_whom()))
        .map(|receipt| receipt.number.to_string())
        .collect();
    if new.is_empty() {
        return Ok(());
    }
    let new = new.join(", ");
    Err(Problem::new(
        Code::NotSentBefore,
        format!(
            "締切までに送信していないレセプトがあります（レセプト番号 {new}）。翌月以降に請求してください。"
        ),
        format!(
            "receipts {new} were not sent before the month closed; file them with a later month"
        ),
    ))
}

/// When the check of a file is done.
fn checked(
    shared: &Shared,
    handed: &Handed,
    now: Timestamp,
    extra: Extra,
) -> Result<Timestamp, Problem> {
    let after = |seconds: u64| {
        let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
        Timestamp::from_second(now.as_second().saturating_add(seconds)).unwrap_or(Timestamp::MAX)
    };
    let least = after(shared.options.checking.as_secs());
    let calendar = shared.hours.calendar().map_err(Problem::storage)?;
    let latest = calendar.result_by(now).unwrap_or(least).max(least);
    if extra == Extra::Long {
        return Ok(latest);
    }
    let Some(seed) = shared.options.checking_seed else {
        return Ok(least);
    };
    let lot = review::lot(seed, "asp", &[&handed.institution, &handed.sha256]);
    // Most are done within minutes, some within hours, a few at the latest moment; worse where busy.
    let (minutes, slow) = if calendar.busy(now) { (60, 4) } else { (20, 1) };
    let drawn = match lot % 20 {
        n if n < slow => latest,
        n if n < slow.saturating_add(3) => after(u64::from(lot / 20 % 180).saturating_mul(60)),
        _ => after(u64::from(lot / 20 % minutes).saturating_mul(60)),
    };
    Ok(drawn.clamp(least, latest))
}

/// 請求確定.
pub(super) fn confirm(
    shared: &Shared,
    institution: &str,
    id: &str,
    include_errors: bool,
    now: Timestamp,
) -> Result<Submission, Problem> {
    at_desk(shared, institution, now, |desk| {
        let mut submission = found(desk, id)?;
        if submission.kind == Kind::Trial {
            return Err(Problem::new(
                Code::Trial,
                "確認試験は請求確定できません。",
                "a trial cannot be confirmed",
            ));
        }
        match (submission.state_at(now), &submission.confirmation) {
            (state, _) if state.may_become(State::Confirmed) => {}
            (State::Confirmed, Some(before)) if before.include_errors == include_errors => {
                return Ok(submission);
            }
            (State::Confirmed | State::Checked, _) => {
                return Err(Problem::new(
                    Code::ConfirmedOtherwise,
                    "すでに別の方法（エラー分の扱い）で請求確定しています。取り消せません。",
                    "it was confirmed already, with the other treatment of errors; that cannot be changed",
                ));
            }
            (State::Checking, _) => return Err(Problem::still_checking()),
            (State::Withdrawn, _) => {
                return Err(Problem::new(
                    Code::Withdrawn,
                    "請求取消済みです。",
                    "it was withdrawn",
                ));
            }
        }
        let payer = payer_of(&submission)?;
        shared
            .hours
            .within(calendar::activities(Kind::Claim), payer, now)?;
        let confirmation = submission.confirmation(include_errors, false, now);
        if confirmation.receipts == 0 {
            return Err(Problem::new(
                Code::NothingToConfirm,
                "請求できるレセプトがありません。直して送り直してください。",
                "no receipt can be filed; correct and hand in again",
            ));
        }
        submission.state = State::Confirmed;
        submission.updated_at = calendar::text(now);
        submission.confirmation = Some(confirmation);
        shared.store.keep(desk, submission.clone())?;
        shared
            .store
            .note(CONFIRMED, confirmed_entry(desk, &submission))?;
        Ok(submission)
    })
}

/// 請求取消.
pub(super) fn withdraw(
    shared: &Shared,
    institution: &str,
    id: &str,
    now: Timestamp,
) -> Result<Submission, Problem> {
    at_desk(shared, institution, now, |desk| {
        let mut submission = found(desk, id)?;
        if submission.state == State::Withdrawn {
            return Ok(submission);
        }
        if !submission.state_at(now).may_become(State::Withdrawn) {
            return Err(Problem::new(
                Code::Confirmed,
                "請求確定後は取り消せません。取下げを依頼してください。",
                "it was confirmed and can no longer be withdrawn; ask for it to be taken down",
            ));
        }
        submission.state = State::Withdrawn;
        submission.updated_at = calendar::text(now);
        shared.store.keep(desk, submission.clone())?;
        shared.store.note(WITHDRAWN, entry(&submission))?;
        Ok(submission)
    })
}

/// 取下げ, until the review of the month. What was asked for before is not asked for again.
pub(super) fn take_down(
    shared: &Shared,
    institution: &str,
    id: &str,
    receipts: &[u32],
    reason: &str,
    now: Timestamp,
) -> Result<Submission, Problem> {
    at_desk(shared, institution, now, |desk| {
        let mut submission = found(desk, id)?;
        if submission.state != State::Confirmed {
            return Err(Problem::new(
                Code::NotConfirmed,
                "請求確定していません。請求取消をしてください。",
                "it is not confirmed; withdraw it instead",
            ));
        }
        let filed: BTreeSet<u32> = submission.filed().map(|receipt| receipt.number).collect();
        if let Some(missing) = receipts.iter().find(|number| !filed.contains(number)) {
            return Err(Problem::new(
                Code::NoSuchReceipt,
                format!("レセプト番号{missing}は請求確定したレセプトにありません。"),
                format!("receipt {missing} was not filed by this submission"),
            ));
        }
        let new: Vec<u32> = receipts
            .iter()
            .copied()
            .filter(|number| submission.take_down_of(*number).is_none())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        if new.is_empty() {
            return Ok(submission);
        }
        let reviewed = |round: &review::Round| round.submissions.contains(&submission.id);
        if desk.rounds.iter().any(reviewed) {
            return Err(Problem::new(
                Code::Reviewed,
                "審査が終わっているため、取下げできません。再審査等請求の手続きをしてください。",
                "the review is over and it can no longer be taken down; ask for a re-examination",
            ));
        }
        let asked = TakeDown {
            receipts: new,
            reason: reason.to_owned(),
            at: calendar::text(now),
        };
        submission.taken_down.push(asked.clone());
        submission.updated_at = calendar::text(now);
        shared.store.keep(desk, submission.clone())?;
        shared
            .store
            .note(TAKEN_DOWN, taken_down_entry(&submission, &asked))?;
        Ok(submission)
    })
}

/// What the calendar does by itself. 10日24時 (or what was announced): what is unconfirmed is
/// confirmed, leaving out receipts with errors. After that the reviews and payments that are due.
pub(super) fn settle(shared: &Shared, desk: &mut Desk, now: Timestamp) -> Result<(), Problem> {
    let calendar = shared.hours.calendar().map_err(Problem::storage)?;
    let due: Vec<Submission> = desk
        .open()
        .filter_map(|submission| {
            let payer = Payer::from_code(&submission.payer)?;
            let closes = calendar.closes(payer, Month::parse(&submission.claim_month).ok()?)?;
            // What is still being checked then is confirmed when the check is done. One handed in
            // later (a correction, a rehearsal's clock) waits for its station.
            let done = Timestamp::from_second(submission.checked).ok()?;
            let at = closes.max(done);
            let meant = now >= at && submission.received < closes.as_second();
            let confirmation = submission.confirmation(false, true, at);
            (meant && confirmation.receipts > 0).then(|| Submission {
                state: State::Confirmed,
                updated_at: confirmation.at.clone(),
                confirmation: Some(confirmation),
                ..submission.clone()
            })
        })
        .collect();
    for submission in due {
        shared.store.keep(desk, submission.clone())?;
        shared
            .store
            .note(CONFIRMED, confirmed_entry(desk, &submission))?;
    }
    review::settle(shared, desk, now)
}

pub(super) fn payer_of(submission: &Submission) -> Result<Payer, Problem> {
    Payer::from_code(&submission.payer).ok_or_else(|| Problem::storage("payer"))
}
