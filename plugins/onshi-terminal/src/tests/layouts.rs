//! What stands behind a layout file: re-checks, withdrawal, the visit page. The layout is the
//! invented one of the crate `onshi`; no official file looks like it.

use super::*;
use crate::{page, recheck, revoke};
use onshi::{
    Layouts, PageAnswer, QrFile, RecheckAnswer, RecheckManyAnswer, RecheckUnit, RevokeAnswer,
    SearchInfo,
};
use reseplug_sdk::RetryAdvice;
use reseplug_sdk::eligibility::Validity as V;
use reseplug_sdk::home_visit::{Holder, PageRequest, QrFormat, Revocation};
use reseplug_sdk::testing::Pattern;

fn layouts() -> Layouts {
    toml::from_str(include_str!("../../../../sdk/onshi/layouts/invented.toml")).unwrap()
}

fn with(change: impl FnOnce(&mut onshi::LayoutsSpec)) -> Context<Settings> {
    let mut spec = onshi::LayoutsSpec::from(layouts());
    change(&mut spec);
    testing::context(Settings {
        layouts: Some(Layouts::try_from(spec).unwrap()),
        ..Settings::default()
    })
}

fn unit(id: &str, changed: &str) -> RecheckUnit {
    RecheckUnit {
        search: Some(SearchInfo {
            identifier: Some(id.into()),
            ..SearchInfo::default()
        }),
        status: Some(ProcessingResultStatus::Done),
        validity: Some(Validity::Valid),
        changed: Some(changed.into()),
        results: vec![qualification()],
        ..RecheckUnit::default()
    }
}

fn two() -> [Query; 2] {
    [query("Q1", "2024-10-01"), query("Q2", "2024-10-01")]
}

#[test]
fn without_a_layout_each_operation_names_its_interfaces_and_what_to_give() {
    let host = || Host::scripted(script());
    let page = PageRequest {
        qr: QrFormat::None,
        change_url: false,
        extra: Vec::new(),
    };
    let faults = [
        (
            recheck::many(&ctx(), &host(), &two()).unwrap_err(),
            "OQS-IF-025/026",
        ),
        (
            revoke::all(&ctx(), &host(), &[revocation()]).unwrap_err(),
            "OQS-IF-037/038",
        ),
        (
            page::get(&ctx(), &host(), &page).unwrap_err(),
            "OQS-IF-039/040",
        ),
    ];
    for (fault, interfaces) in faults {
        assert_eq!(fault.code, "onshi/layout-unknown");
        assert_eq!(fault.retry, RetryAdvice::Never);
        for text in [&fault.message_ja, &fault.message_en] {
            assert!(text.contains(interfaces), "{text}");
            assert!(text.contains("settings_files = { layouts ="), "{text}");
        }
    }
}

#[test]
fn many_are_rechecked_by_the_bulk_message_of_the_layout_with_its_phases() {
    let layouts = layouts();
    let bulk = layouts.recheck_many().unwrap();
    let acceptance = Acceptance {
        header: header(),
        reception_number: Some("R8".into()),
        ..Acceptance::default()
    };
    let answer = |segment, units| RecheckManyAnswer {
        header: AnswerHeader {
            reception_number: Some("R8".into()),
            segment: Some(segment),
            ..header()
        },
        units,
        ..RecheckManyAnswer::default()
    };
    let write = |answer| bulk.download.write_answer(&answer, Charset::Utf8).unwrap();
    let working = write(answer(SegmentOfResult::Processing, vec![]));
    let over = write(answer(
        SegmentOfResult::Done,
        vec![unit("Q2", "1"), unit("Q1", "0")],
    ));
    let (up, first, second) = ("INVmuhvr01req_1", "INVmuhvr02req_2", "INVmuhvr02req_3");
    let upload = bulk
        .upload
        .write_answer(&acceptance, Charset::Utf8)
        .unwrap();
    let host = Host::scripted(
        script()
            .expect_put(
                "terminal",
                "INVmuhvr01req",
                "xml",
                Pattern::containing([
                    "<InvDay>20241001<",
                    "<InvOurTag>Q1<",
                    "<InvOurTag>Q2<",
                    "<InvKindOfCare>2<",
                ]),
            )
            .answers(up)
            .expect_wait("terminal", &[up], UNTIL)
            .answers(answered(up, upload))
            .expect_put(
                "terminal",
                "INVmuhvr02req",
                "xml",
                Pattern::containing([">R8<"]),
            )
            .answers(first)
            .expect_wait("terminal", &[first], ROUND)
            .answers(answered(first, working))
            .expect_sleep_until("2024-10-03T09:00:10+09:00")
            .expect_put(
                "terminal",
                "INVmuhvr02req",
                "xml",
                Pattern::containing([">R8<"]),
            )
            .answers(second)
            .expect_wait("terminal", &[second], ROUND)
            .answers(answered(second, over)),
    );
    let answers = recheck::many(&with(|_| ()), &host, &two()).unwrap();
    let said: Vec<_> = answers
        .iter()
        .map(|a| (a.query_id.as_str(), extra(&a.extra, "changed").unwrap()))
        .collect();
    assert_eq!(said, [("Q1", "0"), ("Q2", "1")]);
    assert!(answers.iter().all(|a| a.validity == Some(V::Valid)));
    assert_eq!(answers[0].message, "INVmuhvr02res");
    assert!(
        extra(&answers[0].extra, "layout-sheet")
            .unwrap()
            .contains("INVENTED")
    );
    assert_eq!(answers[0].found[0].person.name, "空野 春子");
}

#[test]
fn a_reply_about_somebody_else_is_nobodys_answer() {
    let layouts = layouts();
    let bulk = layouts.recheck_many().unwrap();
    let acceptance = Acceptance {
        header: header(),
        reception_number: Some("R8".into()),
        ..Acceptance::default()
    };
    let answer = RecheckManyAnswer {
        header: header(),
        units: vec![unit("Q1", "0"), unit("Q1", "0"), unit("Q9", "0")],
        ..RecheckManyAnswer::default()
    };
    let (up, down) = ("INVmuhvr01req_1", "INVmuhvr02req_2");
    let host = Host::scripted(
        script()
            .expect_put("terminal", "INVmuhvr01req", "xml", Pattern::Any)
            .answers(up)
            .expect_wait("terminal", &[up], UNTIL)
            .answers(answered(
                up,
                bulk.upload
                    .write_answer(&acceptance, Charset::Utf8)
                    .unwrap(),
            ))
            .expect_put("terminal", "INVmuhvr02req", "xml", Pattern::Any)
            .answers(down)
            .expect_wait("terminal", &[down], ROUND)
            .answers(answered(
                down,
                bulk.download.write_answer(&answer, Charset::Utf8).unwrap(),
            )),
    );
    let answers = recheck::many(&with(|_| ()), &host, &two()).unwrap();
    let codes: Vec<_> = answers
        .iter()
        .map(|a| extra(&a.extra, "fault-code").unwrap())
        .collect();
    assert_eq!(codes, ["onshi/ambiguous", "onshi/not-in-answer"]);
}

#[test]
fn where_only_the_single_layout_is_given_each_is_asked_about_alone_and_at_once() {
    let layouts = layouts();
    let single = layouts.recheck_one().unwrap();
    let answer = |id: &str| RecheckAnswer {
        header: header(),
        unit: Some(RecheckUnit {
            search: None,
            ..unit(id, "0")
        }),
        ..RecheckAnswer::default()
    };
    let bytes = |id| single.write_answer(&answer(id), Charset::Utf8).unwrap();
    let put = |script: Script, id: &str, name: &str| {
        script
            .expect_put(
                "terminal",
                "OQSsihvq01req",
                "xml",
                Pattern::containing([format!("<InvOurTag>{id}<")]),
            )
            .answers(name)
    };
    let script = put(put(script(), "Q1", "a"), "Q2", "b")
        .expect_wait("terminal", &["a", "b"], UNTIL)
        .answers(vec![Arrival::answer("b", "b", bytes("Q2"))])
        .expect_wait("terminal", &["a"], UNTIL)
        .answers(vec![]);
    let ctx = with(|spec| spec.recheck_many = None);
    let answers = recheck::many(&ctx, &Host::scripted(script), &two()).unwrap();
    assert_eq!(
        extra(&answers[0].extra, "fault-code"),
        Some("onshi/timeout")
    );
    assert_eq!(answers[1].validity, Some(V::Valid));
    assert_eq!(answers[1].message, "OQSsihvq01res");
}

fn revocation() -> Revocation {
    Revocation {
        id: "C1".into(),
        holder: Holder {
            insurer_number: "39999990".into(),
            symbol: None,
            number: "00012345".into(),
            branch: None,
            birth_date: "1940-01-01".into(),
            extra: Vec::new(),
        },
        kinds: vec!["YZK".into(), "TKK".into()],
        extra: Vec::new(),
    }
}

fn withdraws(arrivals: Vec<Arrival>) -> Host {
    Host::scripted(
        script()
            .expect_put(
                "terminal",
                "OQSsihvd01req",
                "xml",
                Pattern::containing([
                    "<InvNumber>00012345<",
                    "<InvOf>YZK<",
                    "<InvOf>TKK<",
                    "<InvWhy>1<",
                ]),
            )
            .answers("d")
            .expect_wait("terminal", &["d"], UNTIL)
            .answers(arrivals),
    )
}

#[test]
fn a_consent_is_withdrawn_only_when_the_answer_says_so() {
    let layouts = layouts();
    let layout = layouts.revoke_consent().unwrap();
    let answer = |status: Option<&str>| RevokeAnswer {
        header: AnswerHeader {
            segment: None,
            ..header()
        },
        status: status.map(Into::into),
        code: (status == Some("2")).then(|| "DEMO-D1".into()),
        ..RevokeAnswer::default()
    };
    for (status, revoked, code) in [
        (Some("1"), true, None),
        (Some("2"), false, Some("DEMO-D1")),
        (None, false, None),
    ] {
        let bytes = layout.write_answer(&answer(status), Charset::Utf8).unwrap();
        let host = withdraws(answered("d", bytes));
        let results = revoke::all(&with(|_| ()), &host, &[revocation()]).unwrap();
        assert_eq!(
            (results[0].id.as_str(), results[0].revoked),
            ("C1", revoked)
        );
        assert_eq!(results[0].code.as_deref(), code);
    }
}

#[test]
fn a_withdrawal_that_nobody_answered_is_left_for_a_person_to_find_out() {
    let results = revoke::all(&with(|_| ()), &withdraws(vec![]), &[revocation()]).unwrap();
    assert!(!results[0].revoked);
    assert_eq!(extra(&results[0].extra, "fault-retry"), Some("ask-first"));
}

#[test]
fn a_withdrawal_that_names_no_kind_is_not_sent() {
    let none = Revocation {
        kinds: Vec::new(),
        ..revocation()
    };
    let host = Host::scripted(script());
    let fault = revoke::all(&with(|_| ()), &host, &[revocation_2(), none]).unwrap_err();
    assert_eq!(fault.code, "onshi/bad-query");
    assert_eq!(extra(&fault.extra, "id"), Some("C1"));
}

fn revocation_2() -> Revocation {
    Revocation {
        id: "C2".into(),
        ..revocation()
    }
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n fictional";

fn asks_page(change: bool, arrivals: Vec<Arrival>) -> Host {
    let flag = if change {
        "<InvNewLink>1<"
    } else {
        "<InvNewLink>0<"
    };
    Host::scripted(
        script()
            .expect_put(
                "terminal",
                "OQSsiurl01req",
                "xml",
                Pattern::containing(["<InvPageOf>2<", "<InvCodeAs>2<", flag]),
            )
            .answers("u")
            .expect_wait("terminal", &["u"], UNTIL)
            .answers(arrivals),
    )
}

fn page_request(change_url: bool) -> PageRequest {
    PageRequest {
        qr: QrFormat::Png,
        change_url,
        extra: Vec::new(),
    }
}

#[test]
fn the_visit_page_comes_with_its_code_inside_the_message_or_beside_it() {
    let link = "https://example.invalid/zaitaku/9999";
    let layouts = layouts();
    let mut answer = PageAnswer {
        header: header(),
        status: Some(ProcessingResultStatus::Done),
        url: Some(link.into()),
        ..PageAnswer::default()
    };
    answer.set_qr(PNG);
    let inside = layouts
        .visit_page()
        .unwrap()
        .write_answer(&answer, Charset::Utf8)
        .unwrap();
    let host = asks_page(false, answered("u", inside));
    let page = page::get(&with(|_| ()), &host, &page_request(false)).unwrap();
    assert_eq!(page.url, link);
    assert_eq!(page.qr.unwrap().bytes, PNG);

    let ctx = with(|spec| {
        let answer = &mut spec.visit_page.as_mut().unwrap().answer;
        answer.qr_file = Some(QrFile::Beside);
        answer
            .elements
            .retain(|e| e.value != Some(onshi::Value::Qr));
    });
    answer.qr = None;
    let message = ctx
        .settings
        .layouts
        .as_ref()
        .and_then(Layouts::visit_page)
        .unwrap()
        .write_answer(&answer, Charset::Utf8)
        .unwrap();
    let host = asks_page(
        false,
        vec![
            Arrival::answer("u", "OQSsiurl01res_1.xml", message),
            Arrival::answer("u", "OQSsiurl01res_1.png", PNG),
        ],
    );
    let page = page::get(&ctx, &host, &page_request(false)).unwrap();
    assert_eq!(page.url, link);
    assert_eq!(page.qr.unwrap().name, "OQSsiurl01res_1.png");
}

#[test]
fn a_page_that_may_have_been_changed_is_not_changed_again_by_itself() {
    let fault =
        page::get(&with(|_| ()), &asks_page(true, vec![]), &page_request(true)).unwrap_err();
    assert_eq!(fault.retry, RetryAdvice::AskFirst);
    let fault = page::get(
        &with(|_| ()),
        &asks_page(false, vec![]),
        &page_request(false),
    )
    .unwrap_err();
    assert_eq!(fault.retry, RetryAdvice::Later);
}

#[test]
fn a_layout_file_that_cannot_be_is_refused_with_its_place() {
    let wrong = r#"{"layouts": {"sheet": "x", "visit-page": {"request": {"elements": []}, "answer": {"elements": []}}}}"#;
    let error = serde_json::from_str::<Settings>(wrong).unwrap_err();
    assert!(error.to_string().contains("visit-page.request"), "{error}");
}
