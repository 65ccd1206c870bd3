//! Messages whose layout is a gap, by the invented layout file: asked again without a card, taken
//! back, the page's address.

use super::*;
use crate::phone::{ConsentBook, Ended, Entries};
use onshi::{
    ChangeCheck, ConsentFlag, ConsentInformation, Layout, LayoutsSpec, MedicalAnswer,
    MedicalFormat, MedicalRequest, MedicalRequestHeader, PageAnswer, PageKind, PageRequest,
    ProcessingResultStatus, QrFile, QrFormat, RecheckAnswer, RecheckManyAnswer, RecheckManyRequest,
    RecheckRequest, RecheckSearch, RecheckUnit, RevokeAnswer, RevokeRequest, UrlChange,
};

fn told(day: &str) -> TerminalOptions {
    TerminalOptions {
        layouts: TerminalOptions::invented_layouts(),
        scripted: false,
        ..options(day)
    }
}

fn layouts() -> Arc<Layouts> {
    TerminalOptions::invented_layouts().unwrap()
}

/// Somebody whose card was read on 10 October, with the page where it was.
fn read_before(case: &str, kinds: &[Kind], today: &str) -> (Rig, phone::RunningPhone, Person) {
    let rig = Rig::new("hidamari", told(today));
    let page = PhonePage::start(
        rig.dir.path(),
        vec![rig.station.clone()],
        PhoneOptions {
            clock: noon("2024-10-10"),
            ..PhoneOptions::default()
        },
    )
    .unwrap();
    let person = rig.one(case);
    phone::record_consent(
        page.url(),
        "hidamari",
        &person.key,
        None,
        kinds,
        Identified::Pin,
    )
    .unwrap();
    (rig, page, person)
}

fn search(person: &Person) -> RecheckSearch {
    let asked = on_file(person);
    RecheckSearch {
        insurer_number: asked.insurer_number,
        symbol: asked.symbol,
        number: asked.number,
        branch: asked.branch,
        birthdate: asked.birthdate,
        limit_consent: Some(DisclosureConsent::Yes),
        identifier: asked.identifier,
        treatment: Some(TreatmentKind::HomeVisit),
        ..RecheckSearch::default()
    }
}

impl Rig {
    fn by<Q: onshi::Content, A: onshi::Content>(
        &mut self,
        layout: &Layout<Q, A>,
        request: &Q,
    ) -> A {
        let bytes = layout.write_request(request, Charset::Utf8).unwrap();
        let name = self.put_bytes(layout.request_prefix(), &bytes);
        let answer = self.take(&name);
        let read = layout.read_answer("answer", &answer, &ReadOptions::default());
        read.unwrap().message
    }

    fn again(&mut self, as_of: &str, search: RecheckSearch) -> RecheckUnit {
        let request = RecheckRequest {
            header: self.header(as_of),
            search: Some(search),
            ..RecheckRequest::default()
        };
        let layouts = layouts();
        let answer: RecheckAnswer = self.by(layouts.recheck_one().unwrap(), &request);
        assert_eq!(answer.header.segment, Some(SegmentOfResult::Done));
        assert_eq!(
            answer.header.file_identifier,
            request.header.file_identifier
        );
        answer.unit.unwrap()
    }

    fn revoke(&mut self, person: &Person, kinds: &[ConsentInformation]) -> RevokeAnswer {
        let request = RevokeRequest {
            header: self.header(""),
            search: Some(search(person)),
            kinds: kinds.to_vec(),
            ..RevokeRequest::default()
        };
        self.by(layouts().revoke_consent().unwrap(), &request)
    }

    fn page(&mut self, layouts: &Layouts, request: PageRequest) -> PageAnswer {
        let request = PageRequest {
            header: self.header(""),
            ..request
        };
        self.by(layouts.visit_page().unwrap(), &request)
    }

    fn book(&self) -> Entries {
        let book = ConsentBook::open(self.dir.path()).unwrap();
        book.with(Entries::clone).unwrap()
    }
}

#[test]
fn who_changed_the_insurer_is_shown_with_the_new_one_and_as_changed() {
    let (mut rig, _page, person) = read_before(
        "insurer-changed-16th",
        &[Kind::Limit, Kind::Drugs],
        "2024-11-05",
    );
    let before = rig.again("2024-10-15", search(&person));
    let after = rig.again("2024-10-16", search(&person));
    assert_eq!(
        (&before.validity, &after.validity),
        (&Some(Validity::Valid), &Some(Validity::Valid))
    );
    assert_eq!(
        (&before.changed, &after.changed),
        (&Some(ChangeCheck::Same), &Some(ChangeCheck::Differs))
    );
    let new = person.truth.last().unwrap();
    assert_eq!(after.results[0].number.as_ref(), Some(&new.number));
    assert_ne!(after.results[0].number, before.results[0].number);
    // A query by the old numbers never tells the new ones.
    let by_numbers = rig.ask("2024-10-16", on_file(&person));
    assert_eq!(by_numbers.validity, Some(Validity::InvalidNewExists));
    assert_eq!(by_numbers.results[0].number, before.results[0].number);
}

#[test]
fn consents_are_shown_as_they_stand_and_the_limit_only_where_it_is_agreed_to_and_wanted() {
    let (mut rig, _page, person) =
        read_before("nanbyo-54", &[Kind::Limit, Kind::Drugs], "2024-11-05");
    let unit = rig.again("2024-11-01", search(&person));
    assert_eq!(unit.status, Some(ProcessingResultStatus::Done));
    assert_eq!(unit.search.unwrap().identifier, Some(person.key.clone()));
    let one = &unit.results[0];
    let flag = |kind: &str| one.consents.get(kind).unwrap().flag.clone();
    assert_eq!(flag("PharmacistsInfo"), Some(ConsentFlag::Yes));
    assert_eq!(flag("OperationInfo"), Some(ConsentFlag::No));
    assert!(one.limit.is_some());
    let unwanted = RecheckSearch {
        limit_consent: Some(DisclosureConsent::No),
        ..search(&person)
    };
    assert!(rig.again("2024-11-01", unwanted).results[0].limit.is_none());
}

#[test]
fn who_never_consented_here_and_whom_nobody_knows_is_not_answered_about() {
    let (mut rig, _page, _) = read_before("nanbyo-54", &[Kind::Drugs], "2024-11-05");
    let other = rig.one("turns-75");
    let unit = rig.again("2024-11-01", search(&other));
    assert_eq!(unit.status, Some(ProcessingResultStatus::Error));
    assert_eq!(unit.code.as_deref(), Some("SANDBOX-P010"));
    assert!(unit.results.is_empty() && unit.validity.is_none());
    let nobody = RecheckSearch {
        birthdate: Some("19000101".into()),
        ..search(&other)
    };
    let unit = rig.again("2024-11-01", nobody);
    assert_eq!(unit.validity, Some(Validity::NotFound));
}

#[test]
fn many_are_answered_after_an_acceptance_and_working_rounds_also_as_an_archive() {
    let (mut rig, _page, person) = read_before("nanbyo-54", &[Kind::Limit], "2024-11-05");
    rig.stop();
    rig.start(TerminalOptions {
        processing_rounds: 1,
        zip_answers: true,
        ..told("2024-11-05")
    });
    let other = rig.one("turns-75");
    let layouts = layouts();
    let many = layouts.recheck_many().unwrap();
    let request = RecheckManyRequest {
        header: rig.header("2024-11-01"),
        people: vec![search(&person), search(&other)],
        ..RecheckManyRequest::default()
    };
    let accepted: Acceptance = rig.by(&many.upload, &request);
    assert_eq!(accepted.header.segment, Some(SegmentOfResult::Done));
    let download = DownloadRequest::new(
        &rig.station.institution(),
        &accepted.reception_number.unwrap(),
    );
    let working: RecheckManyAnswer = rig.by(&many.download, &download);
    assert_eq!(working.header.outcome(), Outcome::Processing);
    assert!(working.units.is_empty());
    let done: RecheckManyAnswer = rig.by(&many.download, &download);
    assert_eq!(done.header.outcome(), Outcome::Done);
    let codes: Vec<_> = done.units.iter().map(|unit| unit.code.as_deref()).collect();
    assert_eq!(codes, [None, Some("SANDBOX-P010")]);
    assert_eq!(done.units[0].validity, Some(Validity::Valid));
    // A 受付番号 of another kind of request is none.
    let foreign = DownloadRequest::new(&rig.station.institution(), "R20241105000000099");
    let none: RecheckManyAnswer = rig.by(&many.download, &foreign);
    assert!(matches!(none.header.outcome(), Outcome::Failed(_)));
    let answered = rig.answered();
    assert_eq!(answered.last().unwrap()["message"], "INVmuhvr02req");
    let ordinary: Vec<_> = answered.iter().map(|one| one["people"].clone()).collect();
    assert_eq!(ordinary, [2, 0, 2, 0]);
}

#[test]
fn a_withdrawal_ends_the_consent_at_the_centre_for_everything_that_rests_on_it() {
    let kinds = [Kind::Limit, Kind::Drugs, Kind::Checkup];
    let (mut rig, _page, person) = read_before("nanbyo-54", &kinds, "2024-10-20");
    let drugs = |rig: &mut Rig| -> MedicalAnswer {
        let coverage = person.billed().unwrap();
        let header = MedicalRequestHeader {
            institution_code: Some(rig.station.institution()),
            insurer_number: Some(coverage.insurer.padded()),
            symbol: coverage.symbol.clone(),
            number: Some(coverage.number.clone()),
            ..MedicalRequestHeader::default()
        };
        let months = (Some("202407"), Some("202410"));
        let request = MedicalRequest::drugs(header, months, false, MedicalFormat::Xml);
        let request = rig.put("YZKsiquc01req", &request);
        read(&rig.take(&request))
    };
    assert!(!drugs(&mut rig).result().is_error);

    let answer = rig.revoke(&person, &[ConsentInformation::Drugs]);
    assert_eq!(answer.status, Some(ProcessingResultStatus::Done));
    let withdrawn = rig.book().withdrawals;
    assert_eq!(withdrawn.len(), 1);
    assert_eq!(
        (withdrawn[0].kinds.as_slice(), withdrawn[0].by),
        (&[Kind::Drugs][..], Ended::Institution)
    );
    let refused = drugs(&mut rig);
    let text = refused.result().text.unwrap().to_owned();
    assert!(text.contains("事業所による取消し"), "{text}");
    // What was not taken back stands, and with it the re-query.
    let unit = rig.again("2024-10-20", search(&person));
    let flag = unit.results[0].consents.get("PharmacistsInfo").unwrap();
    assert_eq!(flag.flag, Some(ConsentFlag::Expired));

    // Once more: nothing is left to take back.
    let answer = rig.revoke(&person, &[ConsentInformation::Drugs]);
    assert_eq!(answer.code.as_deref(), Some("SANDBOX-P012"));
    let all = [ConsentInformation::Drugs, ConsentInformation::Checkup];
    let answer = rig.revoke(&person, &all);
    assert_eq!(answer.status, Some(ProcessingResultStatus::Done));
    assert_eq!(rig.book().withdrawals[1].kinds, [Kind::Checkup]);
    let unit = rig.again("2024-10-20", search(&person));
    assert_eq!(unit.code.as_deref(), Some("SANDBOX-P011"));
    assert!(unit.results.is_empty());
    let unknown = rig.revoke(&person, &[ConsentInformation::from("XXX")]);
    assert_eq!(unknown.code.as_deref(), Some("SANDBOX-P013"));
}

#[test]
fn a_withdrawal_that_waits_when_the_terminal_stops_is_made_once_after_the_start() {
    let (mut rig, _page, person) = read_before("nanbyo-54", &[Kind::Drugs], "2024-10-20");
    rig.terminal().arm(Mischief::Late).unwrap();
    let layouts = layouts();
    let layout = layouts.revoke_consent().unwrap();
    let request = RevokeRequest {
        header: rig.header(""),
        search: Some(search(&person)),
        kinds: vec![ConsentInformation::Drugs],
        ..RevokeRequest::default()
    };
    let bytes = layout.write_request(&request, Charset::Utf8).unwrap();
    let name = rig.put_bytes(layout.request_prefix(), &bytes);
    let taken = rig.folder("req").join(&name);
    let end = Instant::now() + Duration::from_secs(10);
    while taken.exists() {
        assert!(Instant::now() < end);
        std::thread::sleep(Duration::from_millis(2));
    }
    rig.stop();
    assert!(rig.book().withdrawals.is_empty(), "it is not answered yet");
    for _ in 0..2 {
        rig.start(told("2024-10-20"));
        if rig.book().withdrawals.is_empty() {
            rig.take(&name);
        }
        rig.stop();
        assert_eq!(rig.book().withdrawals.len(), 1);
    }
}

#[test]
fn the_page_is_the_stations_own_of_this_sandbox_with_its_code() {
    let (mut rig, page, _) = read_before("nanbyo-54", &[], "2024-10-20");
    let ask = |qr, kind, change| PageRequest {
        kind: Some(kind),
        qr,
        change: Some(change),
        ..PageRequest::default()
    };
    let visits = |qr| ask(qr, PageKind::HomeVisit, UrlChange::Keep);
    let answer = rig.page(&layouts(), visits(Some(QrFormat::Png)));
    let url = format!("{}hidamari", page.url());
    assert_eq!(answer.url, Some(url.clone()));
    assert!(answer.qr_bytes().unwrap().starts_with(b"\x89PNG"));
    let plain = rig.page(&layouts(), visits(None));
    assert_eq!((plain.url, plain.qr), (Some(url.clone()), None));
    for (request, code) in [
        (ask(None, PageKind::Online, UrlChange::Keep), "SANDBOX-E007"),
        (
            ask(None, PageKind::HomeVisit, UrlChange::Change),
            "SANDBOX-E008",
        ),
    ] {
        let answer = rig.page(&layouts(), request);
        assert_eq!((answer.code.as_deref(), answer.url), (Some(code), None));
    }

    // A layout may have the code come as a file.
    let with = |qr_file| {
        let mut spec = LayoutsSpec::from(Layouts::clone(&layouts()));
        let answer = &mut spec.visit_page.as_mut().unwrap().answer;
        answer.qr_file = Some(qr_file);
        answer
            .elements
            .retain(|one| one.value != Some(onshi::Value::Qr));
        Arc::new(Layouts::try_from(spec).unwrap())
    };
    let code = |rig: &Rig| {
        let mut files = fs::read_dir(rig.folder("res")).unwrap();
        let pdf = files.find_map(|file| {
            let path = file.unwrap().path();
            (path.extension()? == "pdf").then_some(path)
        });
        let path = pdf.expect("a code");
        let bytes = fs::read(&path).unwrap();
        fs::remove_file(path).unwrap();
        bytes
    };
    for qr_file in [QrFile::Beside, QrFile::Instead] {
        rig.stop();
        let layouts = with(qr_file);
        rig.start(TerminalOptions {
            layouts: Some(layouts.clone()),
            ..told("2024-10-20")
        });
        if qr_file == QrFile::Beside {
            let answer = rig.page(&layouts, visits(Some(QrFormat::Pdf)));
            assert_eq!((answer.url.as_ref(), answer.qr), (Some(&url), None));
            rig.stop();
        } else {
            let layout = layouts.visit_page().unwrap();
            let request = PageRequest {
                header: rig.header(""),
                ..visits(Some(QrFormat::Pdf))
            };
            let bytes = layout.write_request(&request, Charset::Utf8).unwrap();
            rig.put_bytes(layout.request_prefix(), &bytes);
            let end = Instant::now() + Duration::from_secs(10);
            while fs::read_dir(rig.folder("res")).unwrap().count() == 0 {
                assert!(Instant::now() < end);
                std::thread::sleep(Duration::from_millis(2));
            }
            rig.stop();
        }
        assert!(code(&rig).starts_with(b"%PDF-"));
        rig.start(told("2024-10-20"));
    }
}

#[test]
fn another_stations_code_is_refused_and_without_layouts_the_message_is_unknown() {
    let (mut rig, _page, person) = read_before("nanbyo-54", &[Kind::Drugs], "2024-10-20");
    let layouts = layouts();
    let foreign = RecheckRequest {
        header: RequestHeader {
            institution_code: Some("1319999991".into()),
            ..rig.header("2024-10-20")
        },
        search: Some(search(&person)),
        ..RecheckRequest::default()
    };
    let one = layouts.recheck_one().unwrap();
    let answer = rig.by(one, &foreign);
    assert_eq!(answer.header.error_code.as_deref(), Some("SANDBOX-E001"));
    assert!(answer.unit.is_none());

    rig.stop();
    rig.start(options("2024-10-20"));
    let own = RecheckRequest {
        header: rig.header("2024-10-20"),
        ..foreign
    };
    let bytes = one.write_request(&own, Charset::Utf8).unwrap();
    let name = rig.put_bytes(one.request_prefix(), &bytes);
    let err = rig.folder("res").join(name.replace(".xml", ".err"));
    let end = Instant::now() + Duration::from_secs(10);
    while !err.exists() {
        assert!(Instant::now() < end, "no .err");
        std::thread::sleep(Duration::from_millis(2));
    }
    rig.stop();
    let text = fs::read_to_string(err).unwrap();
    assert!(text.contains("この種類の電文を扱いません"), "{text}");
}

#[test]
fn every_fault_of_an_answer_about_people_befalls_these_answers_too() {
    let (mut rig, _page, person) = read_before("nanbyo-54", &[Kind::Drugs], "2024-10-20");
    let mut again = |mischief| {
        rig.terminal().arm(mischief).unwrap();
        let request = RecheckRequest {
            header: rig.header("2024-10-20"),
            search: Some(search(&person)),
            ..RecheckRequest::default()
        };
        let answer: RecheckAnswer = rig.by(layouts().recheck_one().unwrap(), &request);
        answer
    };
    let unit = |answer: RecheckAnswer| answer.unit.unwrap();
    assert!(matches!(
        again(Mischief::WholeError).header.outcome(),
        Outcome::Failed(_)
    ));
    let stated = again(Mischief::OtherInstitution).header.institution_code;
    assert_eq!(stated.as_deref(), Some("1319999991"));
    let not_found = unit(again(Mischief::NotFound));
    assert_eq!(not_found.validity, Some(Validity::NotFound));
    assert!(not_found.results.is_empty());
    assert_eq!(unit(again(Mischief::SeveralResults)).results.len(), 2);
    let expired = unit(again(Mischief::ExpiredConsent));
    let flag = expired.results[0].consents.get("PharmacistsInfo").unwrap();
    assert_eq!(flag.flag, Some(ConsentFlag::Expired));
    let unknown = unit(again(Mischief::UnknownCode));
    assert_eq!(unknown.validity, Some(Validity::from("8")));
    let other = again(Mischief::OtherEncoding);
    assert_eq!(
        other.header.character_code,
        Some(onshi::CharacterCode::ShiftJis)
    );
    again(Mischief::Shuffled);
    assert!(
        Troubles::of(rig.dir.path(), "hidamari")
            .coming()
            .unwrap()
            .0
            .is_empty()
    );
}

#[test]
fn who_takes_everything_back_on_the_phone_is_not_asked_about_again() {
    let (mut rig, page, person) =
        read_before("nanbyo-54", &[Kind::Limit, Kind::Drugs], "2024-10-20");
    let take_back = |kind| {
        let kinds = [kind];
        phone::withdraw_consent(page.url(), "hidamari", &person.key, &kinds, Ended::Person)
    };
    take_back(Kind::Limit).unwrap();
    let unit = rig.again("2024-10-20", search(&person));
    assert_eq!(unit.validity, Some(Validity::Valid));
    assert!(unit.results[0].limit.is_none(), "it was taken back");
    take_back(Kind::Drugs).unwrap();
    let unit = rig.again("2024-10-20", search(&person));
    assert_eq!(unit.code.as_deref(), Some("SANDBOX-P011"));
}
