//! Invented people and answers, for the tests of what is kept about them.

use crate::host::{Host, HostOptions};
use crate::matching::Identity;
use crate::people::{Person, evidence};
use crate::roster::Roster;
use jiff::Timestamp;
use reseplug_engine::contract;
use reseplug_journal::{Evidence, Journal};
use reseplug_model::{Date, Sex};
use reseplug_policy::LossDay;
use serde_json::json;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// ステーションコード of nobody.
pub(crate) const STATION: &str = "9999998";

pub(crate) fn person() -> Person {
    Person {
        key: "P1".into(),
        identity: Identity {
            reference_number: None,
            name: "架空　花子".into(),
            kana: Some("カクウ　ハナコ".into()),
            also: Vec::new(),
            birth_date: Date::parse("1950-01-01").unwrap(),
            sex: Sex::Female,
            numbers: Vec::new(),
        },
        coverages: Vec::new(),
        incomes: Vec::new(),
        public_expenses: Vec::new(),
        burden_place: false,
    }
}

pub(crate) fn consent(
    kind: &str,
    flag: &str,
    given: Option<&str>,
    until: Option<&str>,
) -> contract::Consent {
    contract::Consent {
        kind: kind.into(),
        flag: flag.into(),
        given_at: given.map(str::to_owned),
        available_until: until.map(str::to_owned),
    }
}

pub(crate) fn answer(
    answered_at: &str,
    consents: Vec<contract::Consent>,
) -> contract::Verification {
    let nothing = Vec::new;
    contract::Verification {
        query_id: String::new(),
        as_of: None,
        answered_at: answered_at.to_owned(),
        message: "OQSmuhvq02res".to_owned(),
        reference_class: None,
        validity: Some(contract::Validity::Valid),
        found: vec![contract::Found {
            person: contract::Person {
                key: String::new(),
                reference_number: None,
                name: "架空　花子".to_owned(),
                kana: Some("ｶｸｳ ﾊﾅｺ".to_owned()),
                other_name: None,
                sex: contract::Sex::Female,
                birth_date: "1950-01-01".to_owned(),
                extra: nothing(),
            },
            coverage: contract::Coverage {
                insurer_number: "01990019".to_owned(),
                insurer_name: None,
                symbol: Some("12".to_owned()),
                number: "34".to_owned(),
                branch: None,
                relationship: None,
                card_class: None,
                burden_percent: None,
                elderly_certificate: None,
                period: contract::Period {
                    from: Some("2020-04-01".to_owned()),
                    to: None,
                },
                extra: nothing(),
            },
            disqualified_on: None,
            reason_of_loss: None,
            income: None,
            tickets: Vec::new(),
            consents,
            extra: nothing(),
        }],
        code: None,
        text: None,
        is_error: false,
        extra: nothing(),
    }
}

pub(crate) fn card(answered_at: &str, consents: Vec<contract::Consent>) -> Evidence {
    evidence(STATION, "", None, &answer(answered_at, consents), "job").unwrap()
}

pub(crate) fn by_number(
    answered_at: &str,
    income_consent: bool,
    consents: Vec<contract::Consent>,
) -> Evidence {
    let query = contract::Query {
        id: "q".into(),
        as_of: "2024-10-05".into(),
        insurer_number: "01990019".into(),
        symbol: Some("12".into()),
        number: "34".into(),
        branch: None,
        birth_date: "1950-01-01".into(),
        income_consent,
        extra: Vec::new(),
    };
    let told = contract::Verification {
        message: "OQSsiquc01res".into(),
        ..answer(answered_at, consents)
    };
    evidence(STATION, "P1", Some(&query), &told, "job").unwrap()
}

pub(crate) fn roster(people: Vec<Person>, evidence: &[Evidence]) -> Roster {
    Roster::new(people, evidence, LossDay::default()).unwrap()
}

/// A clock that stands until it is set.
pub(crate) struct Clock(Mutex<Timestamp>);

impl Clock {
    pub(crate) fn set(&self, now: &str) {
        *self.0.lock().unwrap() = now.parse().unwrap();
    }
}

impl reseplug_effect::Clock for Clock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// A station without documents and connectors, on a disk of its own.
pub(crate) fn station(now: &str) -> (TempDir, Host, Arc<Clock>) {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("station.toml");
    let station = "[station]\ncode = \"9999998\"\nprefecture = \"13\"\nname = \"架空\"\n";
    std::fs::write(&config, format!("{station}[store]\npath = \"store\"\n")).unwrap();
    let clock = Arc::new(Clock(Mutex::new(now.parse().unwrap())));
    let options = HostOptions {
        clock: Arc::clone(&clock) as Arc<dyn reseplug_effect::Clock>,
        ..HostOptions::default()
    };
    (folder, Host::open(&config, options).unwrap(), clock)
}

/// The key of [`person`] at a station without documents.
pub(crate) const SEEN: &str = "架空　花子/1950-01-01";

/// Answers that the station has on record.
pub(crate) fn keep(host: &Host, evidence: &[Evidence]) {
    let job = host.new_job("job", "intake", json!({}), &[]);
    host.journal().begin(&job, host.now()).unwrap();
    host.journal()
        .record_evidence(evidence, host.now())
        .unwrap();
}
