//! Medical information: told under a live consent of the right kind, and not otherwise.

use super::*;
use crate::phone::{Ended, withdraw_consent};
use onshi::{
    MedicalAnswer, MedicalFormat, MedicalRequest, MedicalRequestHeader, TicketRequest, TicketSearch,
};

/// Somebody whose card was read with all kinds, at a page that is open.
fn visit(kinds: &[Kind]) -> (Rig, PhoneRig, Person) {
    let rig = Rig::new(
        "hidamari",
        TerminalOptions {
            scripted: false,
            ..options("2024-10-20")
        },
    );
    let page = PhonePage::start(
        rig.dir.path(),
        vec![rig.station.clone()],
        PhoneOptions {
            clock: noon("2024-10-18"),
            ..PhoneOptions::default()
        },
    )
    .unwrap();
    let person = rig.one("nanbyo-54");
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

type PhoneRig = crate::phone::RunningPhone;

fn header(rig: &Rig, person: &Person) -> MedicalRequestHeader {
    let coverage = person.billed().unwrap();
    MedicalRequestHeader {
        institution_code: Some(rig.station.institution()),
        insurer_number: Some(coverage.insurer.padded()),
        symbol: coverage.symbol.clone(),
        number: Some(coverage.number.clone()),
        file_identifier: Some(person.key.clone()),
        ..MedicalRequestHeader::default()
    }
}

fn ask(rig: &mut Rig, prefix: &str, request: &MedicalRequest) -> MedicalAnswer {
    let request = rig.put(prefix, request);
    read(&rig.take(&request))
}

#[test]
fn drugs_are_told_under_a_live_consent_with_names_and_days() {
    let (mut rig, _page, person) = visit(&[Kind::Drugs, Kind::Diagnosis]);
    let months = (Some("202407"), Some("202410"));
    let request = MedicalRequest::drugs(header(&rig, &person), months, true, MedicalFormat::Xml);
    let answer = ask(&mut rig, "YZKsiquc01req", &request);
    assert!(!answer.result().is_error, "{:?}", answer.result());
    assert_eq!(
        answer.person().unwrap().name,
        Some(person.central_name.as_str())
    );
    let items = answer.items();
    let has = |label: &str| {
        items
            .iter()
            .any(|item| item.label.as_deref() == Some(label))
    };
    assert!(has("医薬品名") && has("診療行為名") && has("調剤情報"));
    let months = items.iter().filter(|item| item.name == "MeTrMonth");
    let months: Vec<&str> = months.map(|item| item.value.as_str()).collect();
    assert_eq!(
        months,
        ["202409", "202408", "202407"],
        "this month is not claimed yet"
    );
    // The same person takes the same things at the next look.
    let again = ask(&mut rig, "YZKsiquc01req", &request);
    assert_eq!(again.items(), items);
}

#[test]
fn a_site_that_zips_its_results_zips_medical_information_too_but_never_a_pdf() {
    let (mut rig, _page, person) = visit(&[Kind::Checkup]);
    rig.stop();
    rig.start(TerminalOptions {
        scripted: false,
        zip_answers: true,
        ..options("2024-10-20")
    });
    for (format, ending, first) in [
        (MedicalFormat::Xml, "zip", &b"PK"[..]),
        (MedicalFormat::Pdf, "pdf", b"%PDF-"),
    ] {
        let request = MedicalRequest::checkup(header(&rig, &person), format);
        let name = rig.put("TKKsiquc01req", &request);
        let answer = rig.folder("res").join(name.replace("req_", "res_"));
        let answer = answer.with_extension(ending);
        let end = Instant::now() + Duration::from_secs(10);
        while !answer.exists() {
            assert!(Instant::now() < end, "no .{ending}");
            std::thread::sleep(Duration::from_millis(2));
        }
        assert!(fs::read(answer).unwrap().starts_with(first));
    }
    let request = MedicalRequest::checkup(header(&rig, &person), MedicalFormat::Xml);
    assert!(!ask(&mut rig, "TKKsiquc01req", &request).items().is_empty());
}

#[test]
fn without_consent_of_the_kind_nothing_is_told() {
    let (mut rig, page, person) = visit(&[Kind::Drugs]);
    let drugs = |consultation| {
        let months = (Some("202407"), Some("202409"));
        MedicalRequest::drugs(
            header(&rig, &person),
            months,
            consultation,
            MedicalFormat::Xml,
        )
    };
    let (only, both) = (drugs(false), drugs(true));
    let checkup = MedicalRequest::checkup(header(&rig, &person), MedicalFormat::Xml);
    assert!(!ask(&mut rig, "YZKsiquc01req", &only).result().is_error);
    for (prefix, request) in [("YZKsiquc01req", &both), ("TKKsiquc01req", &checkup)] {
        let answer = ask(&mut rig, prefix, request);
        assert!(
            answer.result().is_error && answer.items().is_empty(),
            "{prefix}"
        );
        assert!(answer.result().text.unwrap().contains("同意がありません"));
    }
    withdraw_consent(
        page.url(),
        "hidamari",
        &person.key,
        &[Kind::Drugs],
        Ended::Person,
    )
    .unwrap();
    let answer = ask(&mut rig, "YZKsiquc01req", &only);
    assert!(answer.result().text.unwrap().contains("取り消されています"));
    let outpatient = MedicalRequest {
        treatment: Some(TreatmentKind::Online),
        ..only
    };
    let answer = ask(&mut rig, "YZKsiquc01req", &outpatient);
    assert!(answer.result().text.unwrap().contains("診療区分"));
}

#[test]
fn an_expired_consent_tells_nothing_and_shows_flag_2_with_its_reason() {
    let mut rig = Rig::new(
        "hidamari",
        TerminalOptions {
            viewing: Viewing { days: 5 },
            ..options("2024-11-05")
        },
    );
    let answer = rig.consented("2024-10-01", "2024-10-31");
    let units = answer.units.iter().filter(|unit| {
        let drugs = unit.results[0].consents.get("PharmacistsInfo").unwrap();
        drugs.flag == Some(onshi::ConsentFlag::Expired)
    });
    let units: Vec<_> = units.collect();
    assert!(!units.is_empty());
    let one = &units[0].results[0];
    let reason = one
        .extra
        .iter()
        .find(|element| element.name == "SandboxConsentEnded");
    assert_eq!(reason.unwrap().text, "PharmacistsInfo:0");
    let person = rig.one("nanbyo-54");
    let months = (Some("202407"), Some("202409"));
    let request = MedicalRequest::drugs(header(&rig, &person), months, false, MedicalFormat::Xml);
    let answer = ask(&mut rig, "YZKsiquc01req", &request);
    assert!(answer.result().text.unwrap().contains("有効期限切れ"));
}

#[test]
fn a_checkup_comes_as_xml_and_as_a_pdf_for_people() {
    let (mut rig, _page, person) = visit(&[Kind::Checkup]);
    let request = MedicalRequest::checkup(header(&rig, &person), MedicalFormat::Xml);
    let answer = ask(&mut rig, "TKKsiquc01req", &request);
    assert!(!answer.result().is_error);
    let items = answer.items();
    assert!(
        items
            .iter()
            .any(|item| item.label.as_deref() == Some("収縮期血圧"))
    );
    let request = MedicalRequest::checkup(header(&rig, &person), MedicalFormat::Pdf);
    let request = rig.put("TKKsiquc01req", &request);
    let path = rig
        .folder("res")
        .join(request.replace("req_", "res_").replace(".xml", ".pdf"));
    let end = Instant::now() + Duration::from_secs(10);
    while !path.exists() {
        assert!(Instant::now() < end);
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(fs::read(path).unwrap().starts_with(b"%PDF-"));
}

#[test]
fn the_batch_of_public_assistance_brings_the_tickets_of_the_month() {
    let mut rig = Rig::new("hidamari", options("2024-11-05"));
    let mut tickets = |month: &str| -> BulkAnswer {
        let message = TicketRequest {
            header: rig.header(""),
            search: Some(TicketSearch {
                month: Some(month.to_owned()),
                ..TicketSearch::default()
            }),
            ..TicketRequest::default()
        };
        rig.bulk("OQSmutic01req", &message).0
    };
    let september = tickets("202409");
    assert_eq!(september.units.len(), 1);
    let found = &september.units[0].results[0];
    assert!(found.is_public_assistance());
    assert_eq!(found.tickets[0].treatment_type.as_deref(), Some("05"));
    assert!(tickets("202503").units.is_empty());
}

#[test]
fn nobody_consents_to_online_care_here() {
    let mut rig = Rig::new("hidamari", options("2024-11-05"));
    let message = |treatment| ConsentRequest {
        header: rig.header(""),
        search: Some(ConsentSearch {
            examined_from: Some("20241001".into()),
            examined_to: Some("20241031".into()),
            treatment: Some(treatment),
            ..ConsentSearch::default()
        }),
        ..ConsentRequest::default()
    };
    let (online, visit) = (
        message(TreatmentKind::Online),
        message(TreatmentKind::HomeVisit),
    );
    let (answer, _): (BulkAnswer, _) = rig.bulk("OQSmuonq01req", &online);
    assert!(answer.units.is_empty());
    let request = rig.put("OQSmuonq01req", &visit);
    let refused: Acceptance = read(&rig.take(&request));
    assert!(matches!(refused.header.outcome(), Outcome::Failed(_)));
}
