//! Looks at invented information.

use super::consent::{live, refusal};
use super::*;
use crate::consents::{ConsentState, lines};
use crate::invented::{SEEN, card, consent, keep, person, roster, station};
use crate::roster::Roster;
use reseplug_engine::contract;
use reseplug_journal::Evidence;

const GIVEN: &str = "2024-10-03T10:20:00+09:00";
const UNTIL: &str = "2025-01-03T23:59:59+09:00";

fn agreed(consents: Vec<contract::Consent>) -> [Evidence; 1] {
    [card("2024-10-03T18:00:00+09:00", consents)]
}

fn at(evidence: &[Evidence], now: &str) -> Vec<ConsentLine> {
    let roster = roster(vec![person()], evidence);
    lines(evidence, &[], &roster, now.parse().unwrap()).unwrap()
}

#[test]
fn an_expired_consent_is_refused_with_its_day() {
    let evidence = agreed(vec![consent(
        "PharmacistsInfo",
        "1",
        Some(GIVEN),
        Some(UNTIL),
    )]);
    let found = at(&evidence, "2024-12-31T00:00:00+09:00");
    assert_eq!(
        live(&found, "P1", Scope::Drugs).unwrap().state,
        ConsentState::Live
    );
    assert!(live(&found, "P2", Scope::Drugs).is_none());

    let found = at(&evidence, "2025-01-04T00:00:00+09:00");
    assert!(live(&found, "P1", Scope::Drugs).is_none());
    let fault = refusal(&found, &person(), Scope::Drugs);
    assert_eq!(fault.code, "consent/expired");
    assert!(fault.message_ja.contains("2025-01-03"), "{fault:?}");
    assert!(fault.message_ja.contains("reseplug intake"), "{fault:?}");
}

#[test]
fn each_reason_why_nothing_is_viewed_has_its_own_code() {
    let now = "2024-10-10T09:00:00+09:00";
    for (flag, until, code) in [
        ("0", None, "consent/declined"),
        ("2", None, "consent/expired"),
        ("1", None, "consent/end-unknown"),
        ("9", Some(UNTIL), "consent/unclear"),
    ] {
        let evidence = agreed(vec![consent("PharmacistsInfo", flag, Some(GIVEN), until)]);
        let found = at(&evidence, now);
        assert!(live(&found, "P1", Scope::Drugs).is_none(), "{flag}");
        let fault = refusal(&found, &person(), Scope::Drugs);
        assert_eq!(fault.code, code);
    }
    // A consent of another kind is none.
    let evidence = agreed(vec![consent(
        "DiagnosisInfo",
        "1",
        Some(GIVEN),
        Some(UNTIL),
    )]);
    let found = at(&evidence, now);
    assert_eq!(
        refusal(&found, &person(), Scope::Drugs).code,
        "consent/none"
    );
    assert!(live(&found, "P1", Scope::Care).is_some());
}

#[test]
fn a_newer_kind_alone_does_not_open_the_whole_scope() {
    let evidence = agreed(vec![consent(
        "PrescriptionInfo",
        "1",
        Some(GIVEN),
        Some(UNTIL),
    )]);
    let found = at(&evidence, "2024-10-10T09:00:00+09:00");
    assert!(live(&found, "P1", Scope::Drugs).is_none());
}

fn told(birth_date: &str, name: &str, kana: Option<&str>) -> MedicalInformation {
    MedicalInformation {
        query_id: "q".into(),
        person: Some(contract::Person {
            key: String::new(),
            reference_number: None,
            name: name.into(),
            kana: kana.map(str::to_owned),
            other_name: None,
            sex: contract::Sex::Female,
            birth_date: birth_date.into(),
            extra: Vec::new(),
        }),
        entries: Vec::new(),
        document: None,
        message: "YZKsiquc01res".into(),
        answered_at: GIVEN.into(),
        code: Some("1".into()),
        text: None,
        is_error: false,
        extra: Vec::new(),
    }
}

#[test]
fn information_about_somebody_with_another_birth_date_is_not_shown() {
    for wrong in ["1950-01-02", "", "昭和25年"] {
        let fault = same_person(&person(), &told(wrong, "架空　花子", None)).unwrap_err();
        assert_eq!(fault.code, "view/other-person");
    }
    let same = told("1950-01-01", "架空 花子", None);
    assert_eq!(same_person(&person(), &same).unwrap(), None);
    let kana = told("1950-01-01", "架空　●子", Some("ｶｸｳ ﾊﾅｺ"));
    assert_eq!(same_person(&person(), &kana).unwrap(), None);
    let other = told("1950-01-01", "別名　花江", Some("ﾍﾞﾂﾒｲ ﾊﾅｴ"));
    assert_eq!(
        same_person(&person(), &other).unwrap().as_deref(),
        Some("別名　花江")
    );
    // A PDF names nobody to the machine.
    let pdf = MedicalInformation {
        person: None,
        ..told("", "", None)
    };
    assert_eq!(same_person(&person(), &pdf).unwrap(), None);
}

#[test]
fn entries_stand_newest_first_and_those_without_a_date_last() {
    let entry = |date: Option<&str>, title: &str| contract::MedicalEntry {
        date: date.map(str::to_owned),
        place: None,
        title: title.into(),
        values: Vec::new(),
    };
    let told = MedicalInformation {
        entries: vec![
            entry(Some("2024-08"), "古い"),
            entry(None, "いつか"),
            entry(Some("2024-09-12"), "新しい"),
        ],
        ..told("1950-01-01", "架空　花子", None)
    };
    let titles: Vec<String> = by_date(&told).into_iter().map(|e| e.title).collect();
    assert_eq!(titles, ["新しい", "古い", "いつか"]);
}

#[test]
fn numbers_come_from_the_last_good_answer_and_never_from_the_file() {
    let evidence = agreed(Vec::new());
    let known = roster(vec![person()], &evidence);
    let holder = holder(&known, &person()).unwrap();
    assert_eq!(holder.insurer_number, "01990019");
    assert_eq!(
        (holder.number.as_str(), holder.birth_date.as_str()),
        ("34", "1950-01-01")
    );
    let nothing = roster(vec![person()], &[]);
    let fault = super::holder(&nothing, &person()).unwrap_err();
    assert_eq!(fault.code, "view/no-coverage");
}

#[test]
fn a_question_has_an_identifier_the_interface_can_carry() {
    let id = query_id(&"view-long-job-name-".repeat(20));
    assert!(id.len() <= 50 && id.is_ascii());
    assert_ne!(id, query_id("another"));
}

const NOW: &str = "2024-10-10T09:00:00+09:00";

fn both() -> [Evidence; 1] {
    let one = |kind| consent(kind, "1", Some(GIVEN), Some(UNTIL));
    agreed(vec![one("PharmacistsInfo"), one("DiagnosisInfo")])
}

fn take_back(host: &Host, key: &str, scope: Scope) {
    host.journal()
        .record_facts(&[reseplug_journal::Fact {
            id: format!("fa-{}", scope.name_en()),
            station: host.code().into(),
            person_key: key.into(),
            kind: "withdrawal".into(),
            day: "2024-10-10".into(),
            value: json!({ "scope": scope, "kinds": scope.kinds(), "reason": "電話" }),
            by: "架空 花子".into(),
            at: host.now(),
            source: None,
            job: None,
        }])
        .unwrap();
}

/// A look that waits for its answer, with what it asks for and one answer in a child.
fn waiting(host: &Host, id: &str, person: &str, with_diagnoses: bool) {
    use reseplug_journal::{NewJob, Outcome, Step, StepWrite};
    let (journal, now) = (host.journal(), host.now());
    let args = json!({ "person": person, "look": "drugs", "by": "架空 花子",
        "purpose": "urgent" });
    let new = NewJob::new(id, "flow.view", host.code(), args);
    journal.begin(&new, now).unwrap();
    let child = NewJob {
        parent: Some(id.into()),
        ..NewJob::new(format!("{id}/2"), "call.x", host.code(), json!({}))
    };
    journal.begin(&child, now).unwrap();
    let (evidence, user) = (both(), crate::invented::person);
    let question = Question {
        with_diagnoses,
        ..Question::new(&roster(vec![user()], &evidence), &user(), &[]).unwrap()
    };
    for (job, name, value) in [
        (id, question::STEP, json!(question)),
        (child.id.as_str(), "file.take", json!("秘密の薬")),
    ] {
        let step = Step {
            seq: 0,
            name: name.into(),
            args: json!(null),
            class: RepeatClass::Safe,
            prepared: None,
            answer: Some(Outcome::Done(value)),
            intent_at: None,
            done_at: Some(now),
        };
        journal
            .write_steps("a step", job, &[StepWrite::Insert(step)], &[])
            .unwrap();
        journal.wait(job, now, &[], now).unwrap();
    }
}

/// The code a look and its question ended with; absent where they are open.
fn ended(host: &Host, id: &str) -> Option<String> {
    let of = |id: &str| match host.journal().job(id).unwrap().unwrap().state {
        JobState::Failed { fault } => Some(fault.code),
        state => {
            assert!(!state.is_closed(), "{id}: {state:?}");
            None
        }
    };
    let code = of(id);
    assert_eq!(of(&format!("{id}/2")), code);
    code
}

fn told_to(host: &Host, id: &str) -> String {
    format!("{:?}", host.journal().steps(&format!("{id}/2")).unwrap())
}

#[test]
fn a_look_that_waits_when_the_consent_is_taken_back_ends_refused_and_its_question_with_it() {
    let (_folder, host, _) = station(NOW);
    waiting(&host, "look", "P1", false);
    let evidence = agreed(vec![consent(
        "PharmacistsInfo",
        "1",
        Some(GIVEN),
        Some(UNTIL),
    )]);
    let known = roster(vec![person()], &evidence);
    host.end_refused_looks(&evidence, &known).unwrap();
    assert_eq!(ended(&host, "look"), None, "the consent is live");
    assert!(told_to(&host, "look").contains("秘密の薬"));

    take_back(&host, "P1", Scope::Drugs);
    host.end_refused_looks(&evidence, &known).unwrap();
    assert_eq!(ended(&host, "look").as_deref(), Some("consent/withdrawn"));
    let rows = host.journal().audit_rows().unwrap();
    let looked = rows.iter().any(|row| {
        let text = format!("{row:?}");
        text.contains(LOOKED) && text.contains("consent/withdrawn")
    });
    assert!(looked, "{rows:?}");
    // What had come already is gone with it.
    assert!(!told_to(&host, "look").contains("秘密の薬"));
}

#[test]
fn a_look_that_asked_for_consultations_ends_with_that_consent_and_one_for_drugs_alone_goes_on() {
    let (_folder, host, _) = station(NOW);
    waiting(&host, "both", "P1", true);
    waiting(&host, "drugs", "P1", false);
    let evidence = both();
    let known = roster(vec![person()], &evidence);
    host.end_refused_looks(&evidence, &known).unwrap();
    assert_eq!((ended(&host, "both"), ended(&host, "drugs")), (None, None));
    take_back(&host, "P1", Scope::Care);
    host.end_refused_looks(&evidence, &known).unwrap();
    assert_eq!(ended(&host, "both").as_deref(), Some("consent/withdrawn"));
    assert_eq!(ended(&host, "drugs"), None);
}

#[test]
fn a_look_at_somebody_who_is_on_no_file_any_more_is_not_shown_either() {
    let (_folder, host, _) = station(NOW);
    waiting(&host, "look", "P9", false);
    host.end_refused_looks(&both(), &roster(vec![person()], &both()))
        .unwrap();
    assert_eq!(ended(&host, "look").as_deref(), Some("person/unknown"));
}

#[test]
fn a_look_driven_just_now_is_left_to_the_check_it_makes_itself() {
    let (_folder, host, _) = station(NOW);
    waiting(&host, "look", "P1", false);
    take_back(&host, "P1", Scope::Drugs);
    let evidence = both();
    let known = roster(vec![person()], &evidence);
    let driven = host.journal().hold("look").unwrap();
    host.end_refused_looks(&evidence, &known).unwrap();
    assert_eq!(ended(&host, "look"), None);
    drop(driven);
    host.end_refused_looks(&evidence, &known).unwrap();
    assert_eq!(ended(&host, "look").as_deref(), Some("consent/withdrawn"));
}

#[test]
fn a_look_that_ended_since_it_was_listed_is_not_ended_once_more() {
    use reseplug_journal::Outcome;
    let (_folder, host, _) = station(NOW);
    waiting(&host, "look", "P1", false);
    take_back(&host, "P1", Scope::Drugs);
    let listed = host.journal().job("look").unwrap().unwrap();
    for id in ["look/2", "look"] {
        let shown = Outcome::Done(json!("shown"));
        host.journal().finish(id, &shown, host.now()).unwrap();
    }
    let rows = host.journal().audit_rows().unwrap().len();
    let known = roster(vec![person()], &both());
    let lines = host.consent_lines(&both(), &known, host.now()).unwrap();
    host.end_where_refused(&listed, &lines, &known).unwrap();
    let job = host.journal().job("look").unwrap().unwrap();
    assert!(matches!(job.state, JobState::Done { .. }), "{job:?}");
    assert_eq!(host.journal().audit_rows().unwrap().len(), rows);
}

#[test]
fn a_store_that_cannot_be_read_is_told_and_ends_no_look() {
    let (_folder, host, _) = station(NOW);
    waiting(&host, "look", "P1", false);
    let torn = Evidence {
        coverage: "破れた記録".to_owned(),
        ..both()[0].clone()
    };
    let known = roster(vec![person()], &both());
    host.end_refused_looks(&[torn], &known).unwrap_err();
    assert_eq!(ended(&host, "look"), None);
}

#[test]
fn consultations_told_after_their_consent_was_taken_back_are_not_shown() {
    let (_folder, host, _) = station(NOW);
    let evidence = both();
    keep(&host, &evidence);
    let (_, known) = host.everybody().unwrap();
    let key = SEEN;
    let person = known.named(key).unwrap().clone();
    let request = ViewRequest {
        person: key.into(),
        look: Look::Drugs,
        from: None,
        to: None,
        pdf: false,
        by: "架空 花子".into(),
        purpose: Purpose::Urgent,
        dry_run: false,
    };
    let blank = || Viewed {
        job: String::new(),
        person_key: key.into(),
        name: person.identity.name.clone(),
        look: Look::Drugs,
        consents: Vec::new(),
        with_diagnoses: false,
        entries: Vec::new(),
        pdf: None,
        message: String::new(),
        answered_at: String::new(),
        other_name: None,
        code: None,
        text: None,
        is_error: false,
        dry_run: false,
    };
    let show = |with_diagnoses| {
        let told = told("1950-01-01", "架空　花子", None);
        host.show(told, with_diagnoses, &request, &person, blank())
    };
    let scopes = |shown: Viewed| {
        assert_eq!(shown.with_diagnoses, shown.consents.len() == 2);
        shown
            .consents
            .iter()
            .filter_map(|c| c.scope)
            .collect::<Vec<_>>()
    };
    assert_eq!(scopes(show(true).unwrap()), [Scope::Drugs, Scope::Care]);
    // What was not asked for is not what is shown, whatever may be looked at by now.
    assert_eq!(scopes(show(false).unwrap()), [Scope::Drugs]);

    take_back(&host, key, Scope::Care);
    let fault = show(true).unwrap_err();
    assert_eq!(fault.code, "consent/withdrawn");
    assert!(
        fault.message_ja.contains("診療") && fault.message_ja.contains("薬剤情報だけ"),
        "{fault:?}"
    );
    assert_eq!(scopes(show(false).unwrap()), [Scope::Drugs]);
    take_back(&host, key, Scope::Drugs);
    assert_eq!(show(false).unwrap_err().code, "consent/withdrawn");
}

#[test]
fn a_look_taken_up_again_asks_what_it_asked_before_whatever_the_evidence_says_by_now() {
    let (_folder, host, _) = station(NOW);
    let evidence = both();
    let known = roster(vec![person()], &evidence);
    let new = host.new_job("look", "view", json!({}), &[]);
    let run = |consents: &[ConsentLine], numbers: &Roster| {
        let question = Question::new(numbers, &person(), consents);
        let cut_off: Result<Ended<()>, Fault> = host.run(&new, |flow| {
            let settled = settle(flow, question)?;
            assert!(settled.with_diagnoses);
            assert_eq!(settled.holder.number, "34");
            Err(FlowError::Waiting { until: host.now() })
        });
        assert!(matches!(cut_off.unwrap(), Ended::Waiting { .. }));
    };
    let lines = at(&evidence, NOW);
    run(
        &consent::to_look(&lines, &person(), Look::Drugs).unwrap(),
        &known,
    );
    // No consent to 診療情報 any more, and nobody's numbers.
    run(&lines[..0], &roster(vec![person()], &[]));
}
