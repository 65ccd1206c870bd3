//! Withdrawals at a station without a way to the centre, and ones that were cut off.

use super::*;
use crate::invented::{SEEN, card, consent, keep, station};
use reseplug_effect::RepeatClass;
use reseplug_engine::contract;
use reseplug_engine::contract::Holder;
use reseplug_journal::{FlowError, Job, JobState};

const GIVEN: &str = "2024-10-03T10:20:00+09:00";
const UNTIL: &str = "2025-01-03T23:59:59+09:00";
const NOW: &str = "2024-10-10T09:00:00+09:00";
const LATER: &str = "2024-10-10T12:00:00+09:00";
const LAST: &str = "2024-10-10T15:00:00+09:00";

fn read_at(answered_at: &str, given_at: Option<&str>, kinds: &[&str]) -> Evidence {
    let consents: Vec<contract::Consent> = kinds
        .iter()
        .map(|kind| consent(kind, "1", given_at, Some(UNTIL)))
        .collect();
    card(answered_at, consents)
}

fn first() -> Evidence {
    read_at(
        "2024-10-03T18:00:00+09:00",
        Some(GIVEN),
        &["PharmacistsInfo"],
    )
}

/// The same consent told again, with kinds that answers did not name before.
fn repeated() -> Evidence {
    let kinds = ["PharmacistsInfo", "PrescriptionInfo"];
    read_at("2024-10-10T09:30:00+09:00", Some(GIVEN), &kinds)
}

/// Agreed to anew after [`NOW`].
fn anew() -> Evidence {
    let given = Some("2024-10-10T10:30:00+09:00");
    read_at("2024-10-10T11:00:00+09:00", given, &["PharmacistsInfo"])
}

fn args(by: &str) -> Args {
    Args {
        person: SEEN.into(),
        scopes: vec![Scope::Drugs],
        by: by.into(),
        reason: "電話で申し出".into(),
    }
}

fn withdraw(host: &Host, by: &str) -> Ended<Withdrawn> {
    let args = args(by);
    let request = WithdrawRequest {
        person: args.person,
        scopes: args.scopes,
        by: args.by,
        reason: args.reason,
        dry_run: false,
    };
    host.withdraw_consents(&request).unwrap()
}

fn withdrawn(host: &Host, by: &str) -> Withdrawn {
    match withdraw(host, by) {
        Ended::Done(withdrawn) => withdrawn,
        other => panic!("{other:?}"),
    }
}

fn jobs(host: &Host) -> Vec<Job> {
    let filter = JobFilter {
        kind: Some("flow.withdraw-consents".into()),
        ..JobFilter::default()
    };
    host.journal().jobs(&filter).unwrap()
}

/// The withdrawals on record.
fn recorded(host: &Host) -> Vec<Withdrawal> {
    let facts = host.journal().facts(host.code(), Some("withdrawal"), None);
    read(&facts.unwrap()).unwrap()
}

fn standing(host: &Host) -> usize {
    let (evidence, roster) = host.everybody().unwrap();
    let lines = host.consent_lines(&evidence, &roster, host.now()).unwrap();
    lines.iter().filter(|line| stands(line)).count()
}

/// A withdrawal that was recorded and cut off before the centre answered.
fn cut_off(host: &Host, way: Option<Holder>) {
    let begun = args("青空 花子");
    let new = host.new_job("cut", KIND, json!(begun), &[]);
    let ended: Result<Ended<Withdrawn>, Fault> = host.run(&new, |flow| {
        let at = flow.now()?;
        host.facts_step(flow, &begun.taken_back(host.code(), at, flow.id())?)?;
        if let Some(holder) = way {
            let way: Result<Holder, Centre> = Ok(holder);
            let _: Result<Holder, Centre> = flow.step("way", &(), RepeatClass::Safe, || Ok(way))?;
        }
        Err(FlowError::Waiting { until: at })
    });
    assert!(matches!(ended.unwrap(), Ended::Waiting { .. }));
}

#[test]
fn a_rehearsal_shows_how_the_consents_would_stand_and_leaves_them_as_they_are() {
    let (_folder, host, _) = station(NOW);
    keep(&host, &[first()]);
    let args = args("青空 花子");
    let request = WithdrawRequest {
        person: args.person,
        scopes: args.scopes,
        by: args.by,
        reason: args.reason,
        dry_run: true,
    };
    let Ended::Done(told) = host.withdraw_consents(&request).unwrap() else {
        panic!("a rehearsal waits for nothing");
    };
    let states: Vec<_> = told.ended.iter().map(|line| line.state).collect();
    assert_eq!(states, [ConsentState::Withdrawn]);
    let said = told.centre.message_ja();
    assert!(
        said.starts_with("実行しても、センターには伝わりません"),
        "{said}"
    );
    assert_eq!((standing(&host), recorded(&host).len()), (1, 0));
    // The run leaves what the rehearsal said.
    let done = withdrawn(&host, "青空 花子");
    let states: Vec<_> = done.ended.iter().map(|line| line.state).collect();
    assert_eq!(states, [ConsentState::Withdrawn]);
}

#[test]
fn a_withdrawal_that_was_cut_off_is_the_one_that_is_carried_out_whatever_was_answered_since() {
    let (_folder, host, clock) = station(NOW);
    keep(&host, &[first()]);
    cut_off(&host, None);
    clock.set(LATER);
    keep(&host, &[repeated()]);
    // Somebody else gives it again.
    let told = withdrawn(&host, "別の職員");
    assert_eq!(told.job, "cut");
    assert_eq!(told.withdrawals[0].by, "青空 花子");
    assert!(told.withdrawals[0].at.starts_with(NOW), "{told:?}");
    assert!(matches!(told.centre, Centre::NotTold { .. }), "{told:?}");
    assert_eq!(told.ended.len(), 2, "{told:?}");
    assert_eq!((jobs(&host).len(), recorded(&host).len()), (1, 1));
    assert_eq!(standing(&host), 0);
}

#[test]
fn what_was_agreed_to_since_a_withdrawal_was_cut_off_is_taken_back_by_one_of_its_own() {
    let (_folder, host, clock) = station(NOW);
    keep(&host, &[first()]);
    cut_off(&host, None);
    clock.set(LATER);
    keep(&host, &[anew()]);
    let told = withdrawn(&host, "別の職員");
    assert_ne!(told.job, "cut");
    assert!(told.withdrawals[0].at.starts_with(LATER), "{told:?}");
    assert!(jobs(&host).iter().all(|job| job.state.is_closed()));
    assert_eq!((recorded(&host).len(), standing(&host)), (2, 0));
}

#[test]
fn the_same_withdrawal_once_more_is_the_same_until_the_person_agrees_anew() {
    let (_folder, host, clock) = station(NOW);
    keep(&host, &[first()]);
    let told = withdrawn(&host, "青空 花子");
    assert_eq!(told.ended.len(), 1, "{told:?}");
    keep(&host, &[repeated()]);
    assert_eq!(withdrawn(&host, "青空 花子"), told);

    clock.set(LATER);
    keep(&host, &[anew()]);
    assert_eq!(standing(&host), 1);
    let again = withdrawn(&host, "青空 花子");
    assert_ne!(again.job, told.job);
    assert_eq!(standing(&host), 0);
    clock.set(LAST);
    assert_eq!(withdrawn(&host, "青空 花子"), again);
    assert_eq!((jobs(&host).len(), recorded(&host).len()), (2, 2));
}

#[test]
fn a_withdrawal_on_its_way_to_the_centre_stays_open_where_the_way_is_gone() {
    let (_folder, host, _) = station(NOW);
    keep(&host, &[first()]);
    let (_, roster) = host.everybody().unwrap();
    let holder = crate::view::holder(&roster, roster.named(SEEN).unwrap()).unwrap();
    cut_off(&host, Some(holder));
    // It may have been sent: that the centre was not told is not for this program to say.
    let ended = withdraw(&host, "青空 花子");
    assert!(
        matches!(&ended, Ended::Waiting { job, .. } if job == "cut"),
        "{ended:?}"
    );
    assert!(!jobs(&host)[0].state.is_closed());
    assert_eq!(standing(&host), 0, "here nothing is viewed any more");
}

#[test]
fn a_look_that_cannot_be_ended_does_not_keep_a_withdrawal_from_its_end() {
    use reseplug_journal::{Outcome, Step, StepWrite};
    let (_folder, host, _) = station(NOW);
    keep(&host, &[first()]);
    let look = |id: &str| {
        let args = json!({ "person": SEEN, "look": "drugs", "by": "架空 花子",
            "purpose": "urgent" });
        let new = host.new_job(id, "view", args, &[]);
        host.journal().begin(&new, host.now()).unwrap();
    };
    look("sound");
    look("torn");
    let step = Step {
        seq: 0,
        name: "question".into(),
        args: json!(null),
        class: RepeatClass::Safe,
        prepared: None,
        answer: Some(Outcome::Done(json!("破れた記録"))),
        intent_at: None,
        done_at: Some(host.now()),
    };
    host.journal()
        .write_steps("a step", "torn", &[StepWrite::Insert(step)], &[])
        .unwrap();
    let told = withdrawn(&host, "青空 花子");
    assert!(matches!(told.centre, Centre::NotTold { .. }), "{told:?}");
    let state = |id: &str| host.journal().job(id).unwrap().unwrap().state;
    assert!(!state("torn").is_closed());
    match state("sound") {
        JobState::Failed { fault } => assert_eq!(fault.code, "consent/withdrawn"),
        other => panic!("{other:?}"),
    }
}
