//! Each fault by name, and the files that it makes.

use super::*;
use std::collections::BTreeMap;

/// What lies in `res`, by name.
type Files = BTreeMap<String, Vec<u8>>;

const DAY: &str = "2024-10-31";

fn rig() -> Rig {
    let told = TerminalOptions {
        slow: Duration::from_millis(120),
        late: Duration::from_millis(240),
        ..options("2024-11-05")
    };
    Rig::new("hidamari", told)
}

impl Rig {
    fn files(&self) -> Files {
        let mut files = Files::new();
        for entry in fs::read_dir(self.folder("res")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if let Ok(bytes) = fs::read(&path) {
                files.insert(name, bytes);
            }
        }
        files
    }

    /// Takes everything out of `res` once an answer to the request is there.
    fn sweep(&self, request: &str) -> Files {
        let own = request.replace("req_", "res_");
        let ways = [
            own.clone(),
            own.replace(".xml", ".zip"),
            request.replace(".xml", ".err"),
        ];
        let end = Instant::now() + Duration::from_secs(20);
        let is_own = |files: &Files| ways.iter().any(|way| files.contains_key(way));
        while !is_own(&self.files()) {
            assert!(Instant::now() < end, "no answer to {request}");
            std::thread::sleep(Duration::from_millis(2));
        }
        // All files of one answer are given together; let the last rename be over.
        std::thread::sleep(Duration::from_millis(40));
        let files = self.files();
        for name in files.keys() {
            fs::remove_file(self.folder("res").join(name)).unwrap();
        }
        files
    }

    fn single_request(&self) -> SingleRequest {
        let person = self.one("nanbyo-54");
        SingleRequest {
            header: self.header(DAY),
            search: Some(on_file(&person)),
            ..SingleRequest::default()
        }
    }

    /// A single question under a fault: the request's name, and all files that came.
    fn under(&mut self, mischief: Mischief) -> (String, Files) {
        self.terminal().arm(mischief).unwrap();
        let message = self.single_request();
        let request = self.put("OQSsiquc01req", &message);
        let files = self.sweep(&request);
        (request, files)
    }

    /// The answer to a single question under a fault that leaves it readable.
    fn asked_under(&mut self, mischief: Mischief) -> SingleAnswer {
        let (request, files) = self.under(mischief);
        read(&files[&request.replace("req_", "res_")])
    }

    /// The result of a bulk question about three people under a fault.
    fn many_under(&mut self, mischief: Mischief) -> BulkAnswer {
        let asked = ["nanbyo-54", "missing-branch", "leading-zeros"].map(|case| self.one(case));
        let message = BulkRequest {
            header: self.header(DAY),
            searches: asked.iter().map(on_file).collect(),
            ..BulkRequest::default()
        };
        let request = self.put("OQSmuquc01req", &message);
        let accepted: Acceptance = read(&self.take(&request));
        self.terminal().arm(mischief).unwrap();
        let download = DownloadRequest::new(
            &self.station.institution(),
            accepted.reception_number.as_deref().unwrap(),
        );
        let request = self.put("OQSmuquc02req", &download);
        read(&self.take(&request))
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn one(answer: &SingleAnswer) -> &onshi::Qualification {
    &answer.results[0]
}

#[test]
fn each_fault_makes_the_file_that_its_name_says() {
    let mut rig = rig();
    let message = rig.single_request();
    let request = rig.put("OQSsiquc01req", &message);
    let plain: SingleAnswer = read(&rig.take(&request));
    let station = rig.station.institution();
    for mischief in Mischief::ALL.iter().copied().filter(|one| !one.is_now()) {
        let began = Instant::now();
        let name = mischief.name();
        match mischief {
            Mischief::Slow | Mischief::Late => {
                let answer = rig.asked_under(mischief);
                assert_eq!(answer.results, plain.results);
                let least = if mischief == Mischief::Slow { 120 } else { 240 };
                assert!(began.elapsed() >= Duration::from_millis(least), "{name}");
            }
            Mischief::Processing => {
                let answer = rig.many_under(mischief);
                assert_eq!(answer.header.segment, Some(SegmentOfResult::Processing));
                assert!(answer.units.is_empty());
            }
            Mischief::Err | Mischief::ErrEmpty => {
                let (request, files) = rig.under(mischief);
                assert!(files.contains_key(&request), "the request lies beside it");
                let err = &files[&request.replace(".xml", ".err")];
                assert_eq!(err.is_empty(), mischief == Mischief::ErrEmpty);
                assert!(!files.contains_key(&request.replace("req_", "res_")));
            }
            Mischief::HalfWritten => {
                let (request, files) = rig.under(mischief);
                let own = request.replace("req_", "res_");
                let half = files.get(&own).map(|bytes| text(bytes)).unwrap_or_default();
                if !half.contains("</XmlMsg>") {
                    // The whole one follows under the same name.
                    let _: SingleAnswer = read(&rig.take(&request));
                }
            }
            Mischief::CutOff => {
                let (request, files) = rig.under(mischief);
                let bytes = &files[&request.replace("req_", "res_")];
                assert!(!text(bytes).contains("</XmlMsg>"));
                assert!(onshi::read::<SingleAnswer>("x", bytes, &ReadOptions::default()).is_err());
            }
            Mischief::Zip => assert_eq!(rig.many_under(mischief).units.len(), 3),
            Mischief::EncryptedZip => {
                let (request, files) = rig.under(mischief);
                let archive = &files[&request.replace("req_", "res_").replace(".xml", ".zip")];
                let refused = onshi::open_answer("x.zip", archive, 1 << 20).unwrap_err();
                assert!(matches!(refused, onshi::ArchiveError::Encrypted { .. }));
            }
            Mischief::WrongEncoding => {
                let (request, files) = rig.under(mischief);
                let bytes = &files[&request.replace("req_", "res_")];
                assert!(text(bytes).contains("encoding=\"Shift_JIS\""));
                let misread = onshi::read::<SingleAnswer>("x", bytes, &ReadOptions::default());
                assert!(misread.is_err() || !misread.unwrap().warnings.is_empty());
            }
            Mischief::OtherEncoding => {
                let (request, files) = rig.under(mischief);
                let bytes = &files[&request.replace("req_", "res_")];
                let found =
                    onshi::read::<SingleAnswer>("x", bytes, &ReadOptions::default()).unwrap();
                assert_eq!(found.charset, Charset::ShiftJis);
                assert!(found.warnings.is_empty());
                assert_eq!(one(&found.message).name, one(&plain).name);
            }
            Mischief::Bom => {
                let (request, files) = rig.under(mischief);
                let bytes = &files[&request.replace("req_", "res_")];
                assert!(bytes.starts_with(b"\xEF\xBB\xBF<?xml"));
                assert_eq!(read::<SingleAnswer>(bytes).results, plain.results);
            }
            Mischief::Shuffled => {
                let answer = rig.asked_under(mischief);
                assert_eq!(answer.results, plain.results);
            }
            Mischief::UnknownCode => {
                let answer = rig.asked_under(mischief);
                assert_eq!(answer.validity, Some(Validity::Other("8".into())));
                assert!(
                    answer
                        .extra
                        .iter()
                        .any(|one| one.name == "SandboxUnknownElement")
                );
            }
            Mischief::ConfirmationKey => {
                let answer = rig.asked_under(mischief);
                let key = answer
                    .extra
                    .iter()
                    .find(|one| one.name == "QualificationConfirmationKey");
                assert!(key.is_some());
            }
            Mischief::Unpadded => {
                let (request, files) = rig.under(mischief);
                let written = text(&files[&request.replace("req_", "res_")]);
                assert!(!written.contains("<InsurerNumber> "));
            }
            Mischief::Padded => {
                let answer = rig.asked_under(mischief);
                let number = one(&answer).number.clone().unwrap();
                let plain = one(&plain).number.clone().unwrap();
                assert_eq!(number, format!("00{plain} "));
            }
            Mischief::Burst | Mischief::ForeignAnswers | Mischief::NoQuestion => {
                let (request, files) = rig.under(mischief);
                let own = request.replace("req_", "res_");
                let _: SingleAnswer = read(&files[&own]);
                let others = files.len() - 1;
                let least = match mischief {
                    Mischief::Burst => 20,
                    Mischief::ForeignAnswers => 5,
                    _ => 1,
                };
                assert_eq!(others, least, "{name}");
                if mischief == Mischief::ForeignAnswers {
                    assert!(files.keys().any(|name| name.starts_with("EPS")));
                }
            }
            Mischief::TwoAnswers => {
                let (request, files) = rig.under(mischief);
                let own = request.replace("req_", "res_");
                let archive = &files[&own.replace(".xml", ".zip")];
                let opened = onshi::open_answer("x.zip", archive, 1 << 20).unwrap();
                assert_eq!(opened.as_ref(), files[&own].as_slice());
            }
            Mischief::OtherInstitution => {
                let answer = rig.asked_under(mischief);
                assert_ne!(
                    answer.header.institution_code.as_deref(),
                    Some(station.as_str())
                );
            }
            Mischief::OtherIdentifier => {
                let answer = rig.asked_under(mischief);
                assert_eq!(
                    answer.header.file_identifier.as_deref(),
                    Some("someone-elses")
                );
            }
            Mischief::OtherPerson => {
                let answer = rig.asked_under(mischief);
                assert_ne!(one(&answer).name, one(&plain).name);
                assert_ne!(one(&answer).birthdate, one(&plain).birthdate);
                assert_eq!(one(&answer).number, one(&plain).number);
            }
            Mischief::SeveralResults => {
                let answer = rig.asked_under(mischief);
                assert_eq!(answer.results.len(), 2);
                assert_ne!(
                    answer.results[0].insurer_number,
                    answer.results[1].insurer_number
                );
            }
            Mischief::NoResults => {
                let answer = rig.asked_under(mischief);
                assert_eq!(
                    (answer.validity, answer.results.len()),
                    (Some(Validity::Valid), 0)
                );
            }
            Mischief::MissingUnit => {
                let answer = rig.many_under(mischief);
                assert_eq!(answer.units.len(), 2);
                assert_eq!(answer.header.results.as_deref(), Some("3"));
            }
            Mischief::DoubleUnit => {
                let answer = rig.many_under(mischief);
                assert_eq!(answer.units.len(), 4);
                assert_eq!(answer.units[0], answer.units[3]);
            }
            Mischief::ReorderedUnits => {
                let answer = rig.many_under(mischief);
                let first = rig.one("leading-zeros").key;
                assert_eq!(answer.units[0].identifier(), Some(first.as_str()));
            }
            Mischief::ExpiredConsent => {
                rig.terminal().arm(mischief).unwrap();
                let answer = rig.consented("2024-10-01", "2024-10-31");
                let flags: Vec<_> = answer
                    .units
                    .iter()
                    .filter_map(|unit| unit.results[0].consents.get("PharmacistsInfo"))
                    .map(|consent| consent.flag.clone())
                    .collect();
                assert!(flags.contains(&Some(onshi::ConsentFlag::Expired)));
                assert!(!flags.contains(&Some(onshi::ConsentFlag::Yes)));
            }
            Mischief::MissingGlyph => {
                let answer = rig.asked_under(mischief);
                assert!(one(&answer).name.as_deref().unwrap().starts_with('●'));
            }
            Mischief::SexUnset => {
                assert_eq!(
                    one(&rig.asked_under(mischief)).sex,
                    Some(onshi::Sex::from("3"))
                );
            }
            Mischief::SpecialCard | Mischief::OldCardClass => {
                let answer = rig.asked_under(mischief);
                let class = one(&answer).card_class.clone();
                let wanted = if mischief == Mischief::SpecialCard {
                    "05"
                } else {
                    "02"
                };
                assert_eq!(class.as_deref(), Some(wanted));
            }
            Mischief::Invalid | Mischief::InvalidNew | Mischief::Unregistered => {
                let answer = rig.asked_under(mischief);
                let code = match mischief {
                    Mischief::Invalid => "2",
                    Mischief::InvalidNew => "3",
                    _ => "6",
                };
                assert_eq!(answer.validity, Some(Validity::from(code)));
                assert_eq!(answer.results.len(), 1);
            }
            Mischief::NotFound | Mischief::Several => {
                let answer = rig.asked_under(mischief);
                let code = if mischief == Mischief::NotFound {
                    "4"
                } else {
                    "5"
                };
                assert_eq!(answer.validity, Some(Validity::from(code)));
                assert!(answer.results.is_empty());
            }
            Mischief::WholeError => {
                let answer = rig.asked_under(mischief);
                assert!(matches!(answer.header.outcome(), Outcome::Failed(_)));
                assert!(answer.results.is_empty() && answer.status.is_none());
            }
            Mischief::PersonError => {
                let answer = rig.asked_under(mischief);
                assert!(answer.person().is_error && answer.person().text.is_some());
                assert_eq!(answer.header.outcome(), Outcome::Done);
            }
            Mischief::SuccessNote => {
                let answer = rig.asked_under(mischief);
                assert!(!answer.person().is_error && answer.person().text.is_some());
                assert_eq!(answer.results, plain.results);
            }
            Mischief::ClockAhead | Mischief::ClockBehind => {
                let answer = rig.asked_under(mischief);
                let hour = if mischief == Mischief::ClockAhead {
                    "13"
                } else {
                    "11"
                };
                let expected = format!("20241105{hour}0000");
                assert_eq!(answer.header.execution_time, Some(expected));
            }
            Mischief::PresentBefore
            | Mischief::Crowded
            | Mischief::ResVanishes
            | Mischief::Offline => unreachable!("happens at once"),
        }
    }
    // Every one of them is in the ledger under its name.
    let events = Ledger::open(rig.dir.path()).unwrap().events().unwrap();
    for mischief in Mischief::ALL.iter().filter(|one| !one.is_now()) {
        assert!(
            events
                .iter()
                .any(|event| event.detail["fault"] == mischief.name()),
            "{mischief}"
        );
    }
}

#[test]
fn what_happens_at_once_needs_no_request() {
    let rig = rig();
    let wait = |what: &dyn Fn() -> bool| {
        let end = Instant::now() + Duration::from_secs(20);
        while !what() {
            assert!(Instant::now() < end);
            std::thread::sleep(Duration::from_millis(2));
        }
    };
    rig.terminal().arm(Mischief::PresentBefore).unwrap();
    wait(&|| rig.files().len() >= 8);
    assert!(
        rig.files()
            .keys()
            .any(|name| name.starts_with("OQSmuhvq02res_2001"))
    );
    rig.terminal().arm(Mischief::ResVanishes).unwrap();
    wait(&|| !rig.folder("res").exists());
    wait(&|| rig.folder("res").exists());
    assert!(rig.files().len() >= 8, "everything is back");
}

#[test]
fn an_answer_due_while_the_folder_is_away_is_given_when_it_is_back() {
    let mut rig = rig();
    rig.terminal().arm(Mischief::ResVanishes).unwrap();
    let end = Instant::now() + Duration::from_secs(20);
    while rig.folder("res").exists() {
        assert!(Instant::now() < end);
        std::thread::sleep(Duration::from_millis(1));
    }
    let message = rig.single_request();
    let request = rig.put("OQSsiquc01req", &message);
    let _: SingleAnswer = read(&rig.take(&request));
    assert_eq!(rig.answered().len(), 1);
}

#[test]
fn a_terminal_that_stops_while_its_folder_is_away_has_it_again_after_a_start() {
    let mut rig = rig();
    fs::write(rig.folder("res").join("kept.txt"), "x").unwrap();
    rig.stop();
    fs::rename(rig.folder("res"), rig.folder("res.away")).unwrap();
    rig.start(options("2024-11-05"));
    assert!(rig.files().contains_key("kept.txt"));
}

#[test]
fn a_crowded_folder_does_not_slow_the_terminal_down() {
    let mut rig = rig();
    rig.terminal().arm(Mischief::Crowded).unwrap();
    let res = rig.folder("res");
    let count = || fs::read_dir(&res).unwrap().count();
    let end = Instant::now() + Duration::from_secs(60);
    while count() < 10_000 {
        assert!(Instant::now() < end);
        std::thread::sleep(Duration::from_millis(20));
    }
    let message = rig.single_request();
    let request = rig.put("OQSsiquc01req", &message);
    let _: SingleAnswer = read(&rig.take(&request));
    assert_eq!(count(), 10_000, "nothing of others is touched");
}

#[test]
fn faults_are_planned_from_another_process_and_can_be_taken_back() {
    let rig = rig();
    let troubles = Troubles::of(rig.dir.path(), "hidamari");
    assert!(troubles.is_there() && !Troubles::of(rig.dir.path(), "kumoma").is_there());
    troubles.arm(Mischief::Bom).unwrap();
    troubles.arm(Mischief::Offline).unwrap();
    assert_eq!(troubles.coming().unwrap(), (vec![Mischief::Bom], true));
    troubles.online().unwrap();
    troubles.clear().unwrap();
    assert_eq!(troubles.coming().unwrap(), (vec![], false));
}

#[test]
fn every_fault_says_what_it_does_in_both_languages_and_where_it_was_seen() {
    for mischief in Mischief::ALL.iter().copied() {
        assert_eq!(mischief.name().parse(), Ok(mischief));
        let written = serde_json::to_value(mischief).unwrap();
        assert_eq!(written, mischief.name());
        assert!(!mischief.ja().is_empty() && !mischief.en().is_empty());
        let graded = ["[V]", "[V2]", "[V-impl]", "[I]", "[GAP]"];
        assert!(
            graded.iter().any(|mark| mischief.source().contains(mark)),
            "{mischief}"
        );
    }
    assert!(
        "nonsense"
            .parse::<Mischief>()
            .unwrap_err()
            .contains("half-written")
    );
}
