use super::*;
use crate::phone::{self, Identified, Kind, PhoneOptions, PhonePage};
use crate::station::{Coverage, Person};
use onshi::{
    Acceptance, BulkAnswer, BulkReferenceAnswer, BulkRequest, ConsentRequest, ConsentSearch,
    DisclosureConsent, DownloadRequest, Message, Outcome, ReadOptions, ReferenceInfo,
    ReferenceRequest, RequestHeader, SearchInfo, SegmentOfResult, SingleAnswer, SingleRequest,
    TreatmentKind, Validity, padded_insurer,
};
use std::fs;
use std::time::Instant;
use tempfile::TempDir;

mod given;
mod medical;
mod population;
mod rig;
mod trouble;

use rig::*;

#[test]
fn every_case_is_answered_as_its_story_needs() {
    let mut rig = Rig::new("hidamari", options("2024-11-05"));
    for (case, as_of, validity) in [
        ("insurer-changed-16th", "2024-10-15", Validity::Valid),
        (
            "insurer-changed-16th",
            "2024-10-16",
            Validity::InvalidNewExists,
        ),
        ("insurer-changes-next-month", "2024-10-31", Validity::Valid),
        (
            "insurer-changes-next-month",
            "2024-11-01",
            Validity::InvalidNewExists,
        ),
        ("turns-75", "2024-10-19", Validity::Valid),
        ("turns-75", "2024-10-20", Validity::InvalidNewExists),
        ("nanbyo-54", "2024-10-31", Validity::Valid),
        ("not-found", "2024-10-30", Validity::NotFound),
        ("two-similar", "2024-10-22", Validity::Valid),
        ("missing-glyph", "2024-10-21", Validity::NotFound),
        ("leading-zeros", "2024-10-30", Validity::Valid),
        ("late-month", "2024-09-27", Validity::Valid),
        ("swapped-symbol-number", "2024-10-22", Validity::NotFound),
        ("missing-branch", "2024-10-31", Validity::Valid),
        ("expired-elderly", "2024-10-29", Validity::Valid),
        (
            "invalid-new-exists",
            "2024-10-18",
            Validity::InvalidNewExists,
        ),
        ("moved-payer", "2024-10-30", Validity::InvalidNewExists),
        ("new-at-home", "2024-10-24", Validity::Valid),
    ] {
        let person = rig.one(case);
        let answer = rig.ask(as_of, on_file(&person));
        assert_eq!(answer.validity, Some(validity), "{case} as of {as_of}");
        assert_eq!(answer.header.segment, Some(SegmentOfResult::Done));
        assert_eq!(
            answer.search.unwrap().identifier.as_deref(),
            Some(person.key.as_str())
        );
    }
    let zeros = rig.one("leading-zeros");
    let answer = rig.ask("2024-10-30", on_file(&zeros));
    assert_eq!(answer.results[0].number.as_deref(), Some("0000456"));
    let elderly = rig.one("expired-elderly");
    let answer = rig.ask("2024-10-29", on_file(&elderly));
    assert_eq!(
        answer.results[0]
            .elderly
            .as_ref()
            .unwrap()
            .valid_to
            .as_deref(),
        Some("20240731")
    );
}

#[test]
fn ordinary_people_are_covered_as_their_product_says() {
    for name in crate::station::STATIONS {
        let mut rig = Rig::new(name, options("2024-11-05"));
        let people: Vec<Person> = rig
            .station
            .people
            .iter()
            .filter(|p| p.case.is_none())
            .cloned()
            .collect();
        let message = BulkRequest {
            header: rig.header("2024-10-31"),
            searches: people.iter().map(on_file).collect(),
            ..BulkRequest::default()
        };
        let (answer, _): (BulkAnswer, _) = rig.bulk("OQSmuquc01req", &message);
        assert_eq!(answer.units.len(), people.len());
        assert_eq!(
            answer.header.normal.as_deref(),
            Some(people.len().to_string().as_str())
        );
        for (unit, person) in answer.units.iter().zip(&people) {
            let (coverage, found) = (&person.on_file[0], &unit.results[0]);
            assert_eq!(unit.validity, Some(Validity::Valid), "{}", person.key);
            assert_eq!(
                found.insurer_number.as_deref(),
                Some(coverage.insurer.padded().as_str())
            );
            assert_eq!(
                (&found.symbol, found.number.as_deref()),
                (&coverage.symbol, Some(coverage.number.as_str()))
            );
            assert_eq!(found.limit_changed.as_deref(), Some("0"));
            assert!(found.limit.is_none() && found.consents.iter().next().is_none());
        }
    }
}

#[test]
fn the_future_is_not_known_before_it_comes() {
    let mut rig = Rig::new("hidamari", options("2024-10-10"));
    let person = rig.one("insurer-changed-16th");
    let answer = rig.ask("2024-10-10", on_file(&person));
    assert_eq!(answer.validity, Some(Validity::Valid));
    assert_eq!(answer.results[0].disqualification_date, None);
    let consented = rig.consented("2024-10-01", "2024-10-31");
    let names: Vec<_> = consented
        .units
        .iter()
        .filter_map(|u| u.results[0].name.as_deref())
        .collect();
    assert!(names.contains(&"朝倉　みどり") && !names.contains(&"石原　拓也"));
}

#[test]
fn the_home_visit_batch_has_the_coverage_of_the_day_and_the_consents_that_were_given() {
    let mut rig = Rig::new("hidamari", options("2024-11-05"));
    let answer = rig.consented("2024-10-01", "2024-11-05");
    let of = |name: &str| {
        answer
            .units
            .iter()
            .find(|u| u.results[0].name.as_deref() == Some(name))
            .unwrap()
    };
    let changed = &of("石原　拓也").results[0];
    assert_eq!(changed.insurer(), Some("990010"));
    assert_eq!(changed.qualification_date.as_deref(), Some("20241016"));
    assert_eq!(changed.limit, None);
    let drugs = changed.consents.get("PharmacistsInfo").unwrap();
    assert_eq!(drugs.given_at.as_deref(), Some("20241018141000"));
    assert_eq!(
        changed.consents.get("DiagnosisInfo").unwrap().flag,
        Some(onshi::ConsentFlag::No)
    );
    let new = &of("朝倉　みどり").results[0];
    assert_eq!(new.limit.as_ref().unwrap().category.as_deref(), Some("A04"));
    assert!(
        answer
            .units
            .iter()
            .any(|u| u.results[0].name.as_deref() == Some("●田　光男"))
    );
    let welfare = &of("岩瀬　稔").results[0];
    assert!(welfare.is_public_assistance());
    assert_eq!(
        welfare.tickets[0].treatment_month.as_deref(),
        Some("202409")
    );
    assert!(welfare.consents.get("PharmacistsInfo").is_some());
}

#[test]
fn limit_is_told_only_when_asked_for_and_agreed_to() {
    let mut rig = Rig::new("hidamari", options("2024-11-05"));
    let agreed = rig.one("new-at-home");
    let not = rig.one("missing-branch");
    for (person, asked, told) in [
        (&agreed, true, true),
        (&agreed, false, false),
        (&not, true, false),
    ] {
        let consent = if asked {
            DisclosureConsent::Yes
        } else {
            DisclosureConsent::No
        };
        let search = SearchInfo {
            limit_consent: Some(consent),
            ..on_file(person)
        };
        let answer = rig.ask("2024-10-31", search);
        assert_eq!(
            answer.results[0].limit.is_some(),
            told,
            "{} {asked}",
            person.key
        );
    }
}

#[test]
fn a_card_read_on_the_phone_page_is_in_the_next_batch() {
    let mut rig = Rig::new(
        "aozora",
        TerminalOptions {
            scripted: false,
            ..options("2024-10-03")
        },
    );
    assert_eq!(rig.consented("2024-10-03", "2024-10-03").units, []);
    let page = PhonePage::start(
        rig.dir.path(),
        vec![rig.station.clone()],
        PhoneOptions {
            clock: noon("2024-10-03"),
            ..PhoneOptions::default()
        },
    )
    .unwrap();
    let person = rig.one("new-at-home");
    let kinds = [Kind::Limit, Kind::Drugs];
    phone::record_consent(
        page.url(),
        "aozora",
        &person.key,
        None,
        &kinds,
        Identified::Sight,
    )
    .unwrap();
    let error = phone::record_consent(page.url(), "aozora", "A9999", None, &[], Identified::Pin)
        .unwrap_err();
    assert!(error.to_string().contains("404"), "{error}");
    let answer = rig.consented("2024-10-03", "2024-10-03");
    assert_eq!(answer.units.len(), 1);
    let found = &answer.units[0].results[0];
    assert_eq!(found.name.as_deref(), Some("山岸　つばさ"));
    assert_eq!(found.name_kana.as_deref(), Some("ﾔﾏｷﾞｼ ﾂﾊﾞｻ"));
    assert_eq!(
        found
            .consents
            .get("PharmacistsInfo")
            .unwrap()
            .given_at
            .as_deref(),
        Some("20241003120000")
    );
    assert!(found.limit.is_some());
}

#[test]
fn a_reference_number_comes_back_with_its_coverage_and_survives_a_restart() {
    let mut rig = Rig::new("hidamari", options("2024-11-05"));
    let person = rig.one("missing-branch");
    let coverage = person.billed().unwrap();
    let info = ReferenceInfo {
        reference_number: Some("H0056".into()),
        insurer_number: Some(padded_insurer(coverage.insurer.as_str())),
        symbol: coverage.symbol.clone(),
        number: Some(coverage.number.clone()),
        ..ReferenceInfo::default()
    };
    let nobody = ReferenceInfo {
        number: Some("999999".into()),
        ..info.clone()
    };
    let message = ReferenceRequest {
        header: rig.header(""),
        registrations: vec![info, nobody],
        ..ReferenceRequest::default()
    };
    let (answer, _): (BulkReferenceAnswer, _) = rig.bulk("OQSmuimm01req", &message);
    assert!(!answer.units[0].person().is_error);
    assert!(answer.units[1].person().is_error);
    rig.stop();
    rig.start(options("2024-11-05"));
    let answer = rig.ask("2024-10-31", on_file(&person));
    assert_eq!(answer.results[0].reference_number.as_deref(), Some("H0056"));
}

#[test]
fn a_bulk_result_is_worked_on_as_often_as_told_and_a_restart_does_not_begin_anew() {
    let told = TerminalOptions {
        processing_rounds: 2,
        ..options("2024-11-05")
    };
    let mut rig = Rig::new("hidamari", told.clone());
    let person = rig.one("nanbyo-54");
    let message = BulkRequest {
        header: rig.header("2024-10-31"),
        searches: vec![on_file(&person)],
        ..BulkRequest::default()
    };
    let (_, rounds): (BulkAnswer, _) = rig.bulk("OQSmuquc01req", &message);
    assert_eq!(rounds, 2);

    let request = rig.put("OQSmuquc01req", &message);
    let accepted: Acceptance = read(&rig.take(&request));
    let download = DownloadRequest::new(
        &rig.station.institution(),
        accepted.reception_number.as_deref().unwrap(),
    );
    for segment in [
        SegmentOfResult::Processing,
        SegmentOfResult::Processing,
        SegmentOfResult::Done,
    ] {
        rig.stop();
        rig.start(told.clone());
        let request = rig.put("OQSmuquc02req", &download);
        let answer: BulkAnswer = read(&rig.take(&request));
        assert_eq!(answer.header.segment, Some(segment));
    }
}

#[test]
fn what_was_taken_before_a_crash_is_answered_once_after_it() {
    let slow = TerminalOptions {
        delay: Duration::from_secs(60),
        ..options("2024-11-05")
    };
    let mut rig = Rig::new("hidamari", slow);
    let person = rig.one("nanbyo-54");
    let message = SingleRequest {
        header: rig.header("2024-10-31"),
        search: Some(on_file(&person)),
        ..SingleRequest::default()
    };
    let request = rig.put("OQSsiquc01req", &message);
    let path = rig.folder("req").join(&request);
    while path.exists() {
        std::thread::sleep(Duration::from_millis(2));
    }
    rig.stop();
    // As if the crash had come before the request was removed.
    let bytes = onshi::write("x", &message, Charset::Utf8).unwrap();
    fs::write(&path, bytes).unwrap();
    rig.start(options("2024-11-05"));
    let _: SingleAnswer = read(&rig.take(&request));
    while path.exists() {
        std::thread::sleep(Duration::from_millis(2));
    }
    rig.stop();
    rig.start(options("2024-11-05"));
    rig.ask("2024-10-31", on_file(&person));
    assert!(
        !rig.folder("res")
            .join(request.replace("req_", "res_"))
            .exists()
    );
    let answered = rig.answered();
    assert_eq!(answered.len(), 2);
    assert_eq!(answered[0]["request"], request.as_str());
}

#[test]
fn an_unreadable_request_and_one_of_another_family_are_refused_with_err() {
    let mut rig = Rig::new("hidamari", options("2024-11-05"));
    for (prefix, bytes) in [
        ("OQSsiquc01req", &b"<XmlMsg>"[..]),
        ("CIPsiquc01req", b"<XmlMsg/>"),
    ] {
        let request = rig.put_bytes(prefix, bytes);
        let base = rig.folder("res").join(request.replace(".xml", ""));
        let end = Instant::now() + Duration::from_secs(10);
        while !base.with_extension("err").exists() {
            assert!(Instant::now() < end, "{request}");
            std::thread::sleep(Duration::from_millis(2));
        }
        assert!(!rig.folder("req").join(request).exists());
    }
}

#[test]
fn a_foreign_station_and_an_unknown_reception_fail_as_whole_messages() {
    let mut rig = Rig::new("hidamari", options("2024-11-05"));
    let person = rig.one("nanbyo-54");
    let mut message = SingleRequest {
        header: rig.header("2024-10-31"),
        search: Some(on_file(&person)),
        ..SingleRequest::default()
    };
    message.header.institution_code = Some("1369999972".into());
    let request = rig.put("OQSsiquc01req", &message);
    let answer: SingleAnswer = read(&rig.take(&request));
    assert!(
        matches!(answer.header.outcome(), Outcome::Failed(e) if e.code.as_deref() == Some("SANDBOX-E001"))
    );
    assert_eq!(answer.results, []);
    let download = DownloadRequest::new(&rig.station.institution(), "R20241105000000099");
    let request = rig.put("OQSmuhvq02req", &download);
    let answer: BulkAnswer = read(&rig.take(&request));
    assert!(
        matches!(answer.header.outcome(), Outcome::Failed(e) if e.code.as_deref() == Some("SANDBOX-E002"))
    );
}

#[test]
fn answers_come_in_the_encoding_of_the_site_shuffled_and_zipped() {
    let mut rig = Rig::new(
        "hidamari",
        TerminalOptions {
            encoding: Charset::ShiftJis,
            shuffle: true,
            zip_answers: true,
            ..options("2024-11-05")
        },
    );
    let answer = rig.consented("2024-10-01", "2024-10-31");
    assert_eq!(
        answer.header.character_code,
        Some(onshi::CharacterCode::ShiftJis)
    );
    let plain = Rig::new("hidamari", options("2024-11-05")).consented("2024-10-01", "2024-10-31");
    let seen = |answer: &BulkAnswer| -> Vec<_> {
        let results = answer.units.iter().flat_map(|unit| unit.results.clone());
        results
            .map(|one| {
                (
                    one.name,
                    one.insurer_number,
                    one.number,
                    one.limit,
                    one.tickets,
                )
            })
            .collect()
    };
    assert_eq!(seen(&answer), seen(&plain));
}

#[test]
fn a_terminal_that_is_offline_takes_nothing_until_it_is_put_online() {
    let mut rig = Rig::new("hidamari", options("2024-11-05"));
    let person = rig.one("nanbyo-54");
    let message = SingleRequest {
        header: rig.header("2024-10-31"),
        search: Some(on_file(&person)),
        ..SingleRequest::default()
    };
    rig.terminal().arm(Mischief::Offline).unwrap();
    let request = rig.put("OQSsiquc01req", &message);
    std::thread::sleep(Duration::from_millis(60));
    assert!(rig.folder("req").join(&request).exists());
    rig.terminal().online().unwrap();
    let _: SingleAnswer = read(&rig.take(&request));
}

#[test]
fn the_same_seed_brings_the_same_faults() {
    let run = || {
        let mut rig = Rig::new(
            "hidamari",
            TerminalOptions {
                slow: Duration::ZERO,
                late: Duration::ZERO,
                ..options("2024-11-05")
            },
        );
        rig.terminal().seed_faults(11, 2).unwrap();
        let person = rig.one("nanbyo-54");
        let header = rig.header("2024-10-31");
        for _ in 0..12 {
            let message = SingleRequest {
                header: header.clone(),
                search: Some(on_file(&person)),
                ..SingleRequest::default()
            };
            let request = rig.put("OQSsiquc01req", &message);
            let path = rig.folder("req").join(&request);
            while path.exists() {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        std::thread::sleep(Duration::from_millis(150));
        rig.stop();
        let events = Ledger::open(rig.dir.path()).unwrap().events().unwrap();
        let mut faults: Vec<String> = events
            .iter()
            .map(|e| format!("{} {}", e.detail["request"], e.detail["fault"]))
            .collect();
        faults.sort();
        faults
    };
    let first = run();
    assert_eq!(first.len(), 12);
    assert!(first.iter().any(|line| !line.ends_with("null")));
    assert_eq!(first, run());
}

#[test]
fn the_page_answers_nobody_from_elsewhere() {
    use std::io::{Read, Write};
    let dir = tempfile::tempdir().unwrap();
    let page = PhonePage::start(
        dir.path(),
        vec![Station::load("hidamari").unwrap()],
        PhoneOptions::default(),
    )
    .unwrap();
    let address = page
        .url()
        .trim_start_matches("http://")
        .trim_end_matches('/')
        .to_owned();
    let get = |host: &str, path: &str| {
        let mut stream = std::net::TcpStream::connect(&address).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    assert!(get("example.invalid", "/").starts_with("HTTP/1.1 403"));
    let cards = get(&address, "/hidamari");
    assert!(
        cards.starts_with("HTTP/1.1 200")
            && cards.contains("模擬画面です")
            && cards.contains("朝倉　みどり")
    );
    let form = get(&address, "/hidamari/H0043");
    assert!(form.contains("限度額適用認定証の情報を提供する") && form.contains("目視確認"));
    assert!(get(&address, "/nowhere").starts_with("HTTP/1.1 404"));
}
