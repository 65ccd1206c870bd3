//! The connector against a scripted terminal. All people and numbers are fictional.

mod bulk;
mod consents;
mod layouts;
mod medical;
mod register;
mod single;

use crate::{OnshiTerminal, Settings};
use onshi::{
    Acceptance, AnswerHeader, Charset, Element, Message, ProcessingResultStatus, Qualification,
    SegmentOfResult, SingleAnswer, Validity, render,
};
use reseplug_sdk::eligibility::Query;
use reseplug_sdk::imports::Arrival;
use reseplug_sdk::testing::{self, Script};
use reseplug_sdk::{Context, Host};
use std::io::{Cursor, Write};

const NOW: &str = "2024-10-03T09:00:00+09:00";
/// Half an hour later, the default.
const UNTIL: &str = "2024-10-03T09:30:00+09:00";
/// After so long a result that nothing was heard of is asked for again, the default.
const ROUND: &str = "2024-10-03T09:05:00+09:00";

fn ctx() -> Context<Settings> {
    testing::context(Settings::default())
}

fn script() -> Script {
    Script::new().clock(NOW)
}

fn query(id: &str, as_of: &str) -> Query {
    Query {
        id: id.into(),
        as_of: as_of.into(),
        insurer_number: "999995".into(),
        symbol: Some("空・１２".into()),
        number: "0001234".into(),
        branch: Some("01".into()),
        birth_date: "1950-12-24".into(),
        income_consent: false,
        extra: Vec::new(),
    }
}

/// A file as the terminal writes it.
fn file<M: Message>(message: &M) -> Vec<u8> {
    onshi::write("test", message, Charset::Utf8).unwrap()
}

/// The same file with all elements in the opposite order.
fn reversed<M: Message>(message: &M) -> Vec<u8> {
    fn turn(element: &mut Element) {
        element.children.reverse();
        element.children.iter_mut().for_each(turn);
    }
    let mut root = message.to_root();
    turn(&mut root);
    render("test", &root, Charset::Utf8).unwrap()
}

fn zipped(name: &str, body: &[u8]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(name, zip::write::SimpleFileOptions::default())
        .unwrap();
    zip.write_all(body).unwrap();
    zip.finish().unwrap().into_inner()
}

fn answered(request: &str, body: Vec<u8>) -> Vec<Arrival> {
    vec![Arrival::answer(
        request,
        request.replace("req", "res"),
        body,
    )]
}

fn header() -> AnswerHeader {
    AnswerHeader {
        execution_time: Some("20241003090102".into()),
        segment: Some(SegmentOfResult::Done),
        ..AnswerHeader::default()
    }
}

fn qualification() -> Qualification {
    Qualification {
        card_class: Some("01".into()),
        insurer_number: Some("  999995".into()),
        symbol: Some("空・１２".into()),
        number: Some("0001234".into()),
        branch: Some("01".into()),
        personal_family: Some(onshi::PersonalFamily::Insured),
        name: Some("空野　春子".into()),
        name_kana: Some("ｿﾗﾉ ﾊﾙｺ".into()),
        sex: Some(onshi::Sex::Female),
        birthdate: Some("19501224".into()),
        qualification_date: Some("20200401".into()),
        insurer_name: Some("空市".into()),
        ..Qualification::default()
    }
}

fn single_answer() -> SingleAnswer {
    SingleAnswer {
        header: AnswerHeader {
            confirmation_date: Some("20241001".into()),
            ..header()
        },
        status: Some(ProcessingResultStatus::Done),
        validity: Some(Validity::Valid),
        results: vec![qualification()],
        ..SingleAnswer::default()
    }
}

fn accepted(reception: &str) -> Vec<u8> {
    file(&Acceptance {
        header: AnswerHeader {
            execution_time: Some("20241003090001".into()),
            ..Default::default()
        },
        reception_number: Some(reception.into()),
        reception_time: Some("20241003090001".into()),
        ..Acceptance::default()
    })
}

fn extra<'a>(extra: &'a [(String, String)], name: &str) -> Option<&'a str> {
    extra
        .iter()
        .find(|(n, _)| n == name)
        .map(|(_, value)| value.as_str())
}

#[test]
fn the_plugin_describes_itself_honestly() {
    testing::check_description::<OnshiTerminal>();
    testing::check_eligibility::<OnshiTerminal>();
    testing::check_home_visit::<OnshiTerminal>();
}

#[test]
fn the_manifest_asks_for_exactly_the_messages_that_are_sent() {
    let manifest: toml::Table = toml::from_str(include_str!("../plugin.toml")).unwrap();
    let capability = &manifest["capabilities"].as_array().unwrap()[0];
    assert_eq!(
        capability["name"].as_str(),
        Some(Settings::default().folder.as_str())
    );
    let mut asked: Vec<&str> = capability["prefixes"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|p| p.as_str())
        .collect();
    asked.sort_unstable();
    use onshi::MessageKind::{Muonq01Req, Muonq02Req};
    // オンライン診療等 is no station's.
    let never = [Muonq01Req, Muonq02Req];
    let mut sent: Vec<&str> = onshi::MessageKind::all()
        .filter(|k| k.answer().is_some() && !never.contains(k))
        .map(onshi::MessageKind::prefix)
        .collect();
    sent.sort_unstable();
    assert_eq!(asked, sent);
}

#[test]
fn settings_that_nobody_knows_or_out_of_range_are_refused() {
    assert!(serde_json::from_str::<Settings>(r#"{"pol_seconds": 3}"#).is_err());
    let short: Settings = serde_json::from_str(r#"{"encoding": "shift_jis"}"#).unwrap();
    assert_eq!(
        short,
        Settings {
            encoding: crate::Encoding::ShiftJis,
            ..Settings::default()
        }
    );
    let ctx = testing::context(Settings {
        deadline_minutes: 0,
        ..Settings::default()
    });
    let host = Host::scripted(script());
    let fault = crate::single::each(&ctx, &host, &[query("Q1", "2024-10-01")]).unwrap_err();
    assert_eq!(fault.code, "plugin/settings");
}
