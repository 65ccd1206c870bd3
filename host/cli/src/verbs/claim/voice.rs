//! The voice of claim week: from day 8 on it is heard at every `reseplug claim …`, not only by who
//! asks `claim week`.

use super::args::{Claim, this_month};
use super::look::short;
use crate::args::Station;
use crate::output::Output;
use jiff::Timestamp;
use reseplug::{ClaimWeek, Host, HostOptions, PayerWeek, read_station};
use reseplug_calendar::Urgency;
use reseplug_effect::Fault;
use reseplug_model::Payer;
use reseplug_policy::Hours;
use std::path::Path;

/// Says on standard error, one line each, which payers of this month are open and not done. What
/// was asked for is not touched by it: where this cannot be known, nothing is said.
pub(super) fn raise(verb: &Claim, output: &Output) {
    if let Some(station) = station(verb)
        && let Ok(Some(week)) = loud_week(station)
    {
        for one in week.payers.iter().filter(|one| is_heard(one)) {
            output.remark(&line(&week, one, output));
        }
    }
}

/// This month's week, where hours are kept and the calendar raises the voice. On all other days no
/// store is opened for it.
fn loud_week(at: &Station) -> Result<Option<ClaimWeek>, Fault> {
    let station = read_station(&at.config)?;
    let folder = at.config.parent().unwrap_or(Path::new("."));
    let calendar = Host::calendar_of(&station, folder)?;
    let (month, now) = (this_month()?, Timestamp::now());
    let loud = |payer| calendar.urgency(payer, month, now) >= Urgency::Voice;
    if station.claims.hours == Hours::Ignore || !Payer::ALL.into_iter().any(loud) {
        return Ok(None);
    }
    // Nothing is done and nothing is said besides.
    let host = Host::open(&at.config, HostOptions::default())?;
    host.claim_week(month).map(Some)
}

/// Open still, and somebody has something to do.
fn is_heard(one: &PayerWeek) -> bool {
    one.loud && !one.done && matches!(one.phase.as_str(), "open" | "night")
}

/// `!! 国保連 2024-11 請求分: 済んでいません。締切 11/10 24:00（reseplug claim week）`
fn line(week: &ClaimWeek, one: &PayerWeek, output: &Output) -> String {
    let mark = match one.urgency.as_str() {
        "alarm" => "!!!",
        _ => "!!",
    };
    let (payer, month, closes) = (one.payer.name_ja(), week.month, short(&one.closes));
    let (safe_ja, safe_en) = safe_by(week, one);
    let (ja, en) = (
        format!(
            "{mark} {payer} {month} 請求分: 済んでいません。締切 {closes}{safe_ja}（reseplug claim week）"
        ),
        format!("{mark} {payer} {month}: not done; closes {closes}{safe_en} (reseplug claim week)"),
    );
    output.say(&ja, &en).to_owned()
}

/// So many seconds before it a safe time is said.
const NEAR: i64 = 24 * 60 * 60;

/// Until when the next thing is safe, where that is within a day or has passed: to confirm what was
/// sent, otherwise to send.
fn safe_by(week: &ClaimWeek, one: &PayerWeek) -> (String, String) {
    let sent = one
        .sendings
        .iter()
        .any(|sent| matches!(sent.state.as_str(), "sent" | "checking" | "checked"));
    let (at, what_ja, what_en) = match sent {
        true => (&one.safe_to_confirm, "確定", "to confirm"),
        false => (&one.safe_to_send, "送信", "to send"),
    };
    let moment = |iso: &str| iso.parse::<Timestamp>().ok();
    let (Some(now), Some(end)) = (moment(&week.now), moment(at)) else {
        return (String::new(), String::new());
    };
    let passed = now >= end;
    if end.as_second().saturating_sub(now.as_second()) > NEAR {
        return (String::new(), String::new());
    }
    let (passed_ja, passed_en) = match passed {
        true => ("（過ぎています）", " (passed)"),
        false => ("", ""),
    };
    let at = short(at);
    (
        format!("、{what_ja}の安全な期限 {at}{passed_ja}"),
        format!(", safe by {at} {what_en}{passed_en}"),
    )
}

/// Which station a verb is about. `week` says all of it itself.
fn station(verb: &Claim) -> Option<&Station> {
    Some(match verb {
        Claim::Week(_) => return None,
        Claim::Check(verb) => &verb.whole.station,
        Claim::Approve(verb) => &verb.check.whole.station,
        Claim::Handover(verb) | Claim::Submit(verb) => &verb.which.station,
        Claim::Confirm(verb) => &verb.act.which.station,
        Claim::Withdraw(act) => &act.which.station,
        Claim::TakeDown(verb) => &verb.act.which.station,
        Claim::Report(verb) => &verb.which.station,
        Claim::Ack(verb) => &verb.which.station,
        Claim::Import(verb) => &verb.which.station,
        Claim::Fetch(verb) => &verb.station,
        Claim::Downloads(verb) => &verb.station,
        Claim::Review(verb) => &verb.one.which.station,
        Claim::Returned(verb) => &verb.one.which.station,
        Claim::Status(verb) | Claim::History(verb) | Claim::Settle(verb) => &verb.station,
        Claim::Receipts(verb) => &verb.station,
        Claim::Late(verb) => &verb.station,
        Claim::Drop(verb) => &verb.station,
        Claim::Retract(verb) => &verb.station,
        Claim::Write(verb) | Claim::Print(verb) => &verb.which.station,
        Claim::Summary(verb) => &verb.which.station,
    })
}
