//! Looks at invented information.

use super::*;
use crate::consents::{ConsentState, lines};
use crate::invented::{card, consent, person, roster};
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

struct Clock(jiff::Timestamp);

impl reseplug_effect::Clock for Clock {
    fn now(&self) -> jiff::Timestamp {
        self.0
    }
}

#[test]
fn a_look_that_waits_when_the_consent_is_taken_back_ends_refused_and_its_question_with_it() {
    use reseplug_journal::NewJob;
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("station.toml");
    let station = "[station]\ncode = \"9999998\"\nprefecture = \"99\"\nname = \"架空\"\n";
    std::fs::write(&config, format!("{station}[store]\npath = \"store\"\n")).unwrap();
    let now = "2024-10-10T09:00:00+09:00".parse().unwrap();
    let host = Host::open(
        &config,
        crate::HostOptions {
            clock: std::sync::Arc::new(Clock(now)),
            ..crate::HostOptions::default()
        },
    )
    .unwrap();
    let journal = host.journal();
    let waiting = |id: &str, person: &str| {
        let args = json!({ "person": person, "look": "drugs", "by": "架空 花子",
            "purpose": "urgent" });
        let new = NewJob::new(id, "flow.view", host.code(), args);
        journal.begin(&new, now).unwrap();
        let child = NewJob {
            parent: Some(id.into()),
            ..NewJob::new(format!("{id}/1"), "call.x", host.code(), json!({}))
        };
        journal.begin(&child, now).unwrap();
        for id in [child.id.as_str(), id] {
            journal.wait(id, now, &[], now).unwrap();
        }
    };
    waiting("look", "P1");
    let evidence = agreed(vec![consent(
        "PharmacistsInfo",
        "1",
        Some(GIVEN),
        Some(UNTIL),
    )]);
    let known = roster(vec![person()], &evidence);
    host.end_refused_looks(&evidence, &known).unwrap();
    let state = |id: &str| journal.job(id).unwrap().unwrap().state;
    assert!(!state("look").is_closed(), "the consent is live");

    journal
        .record_facts(&[reseplug_journal::Fact {
            id: "fa-1".into(),
            station: host.code().into(),
            person_key: "P1".into(),
            kind: "withdrawal".into(),
            day: "2024-10-10".into(),
            value: json!({ "scope": "drugs", "kinds": ["PharmacistsInfo"], "reason": "電話" }),
            by: "架空 花子".into(),
            at: now,
            source: None,
            job: None,
        }])
        .unwrap();
    host.end_refused_looks(&evidence, &known).unwrap();
    for id in ["look", "look/1"] {
        match state(id) {
            JobState::Failed { fault } => assert_eq!(fault.code, "consent/withdrawn"),
            open => panic!("{id}: {open:?}"),
        }
    }
    let rows = journal.audit_rows().unwrap();
    let looked = rows.iter().any(|row| {
        let text = format!("{row:?}");
        text.contains(LOOKED) && text.contains("consent/withdrawn")
    });
    assert!(looked, "{rows:?}");
}
