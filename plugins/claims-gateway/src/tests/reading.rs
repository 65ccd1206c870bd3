//! What the gateway tells and what comes back.

use super::*;
use reseplug_sdk::claims::DownloadKind;

#[test]
fn a_status_carries_the_three_counts_and_bears_new_words() {
    let host = Host::scripted(
        Script::new()
            .expect_send("gateway", "GET", "submissions/s-000001")
            .answers(ok(&submission("on-hold"))),
    );
    let status = ClaimsGateway::get_status(&ctx(), &host, "s-000001").unwrap();
    assert_eq!(
        (status.normal, status.attention, status.rejected),
        (1, 1, 0)
    );
    assert_eq!(status.state, State::Other("on-hold".into()));
}

#[test]
fn findings_keep_code_basis_place_and_receipt() {
    let row = json!({
        "code": "R-HO-01", "severity": "attention", "grade": "official", "basis": "記録条件仕様 HO2", "line": 17,
        "record": "HO", "field": 2, "receipt": 2, "byte": 700, "message_ja": "検証番号", "message_en": "check digit",
        "action_ja": "確認", "action_en": "look",
    });
    let mut strange = row.clone();
    strange["severity"] = json!("grave");
    strange["line"] = Value::Null;
    let host = Host::scripted(
        Script::new()
            .expect_send("gateway", "GET", "submissions/s-000001/findings")
            .answers(ok(&json!({"findings": [row, strange]}))),
    );
    let findings = ClaimsGateway::findings(&ctx(), &host, "s-000001").unwrap();
    assert_eq!(
        (findings[0].place.line, findings[0].place.field.as_deref()),
        (Some(17), Some("2"))
    );
    assert_eq!(
        (findings[0].receipt, findings[0].byte),
        (Some(2), Some(700))
    );
    assert_eq!(findings[1].severity, Severity::Attention);
    assert_eq!(
        findings[1].extra,
        [("severity".to_owned(), "grave".to_owned())]
    );
}

#[test]
fn an_acknowledgement_is_absent_until_there_is_one_and_is_kept_as_it_came() {
    let body = json!({
        "submission": "s-000001", "number": "N-1", "payer": "1", "claim_month": "2024-11", "receipts": 2,
        "total": 32_960, "at": NOW, "automatic": true,
    });
    let path = "submissions/s-000001/acknowledgement";
    let host = Host::scripted(
        Script::new()
            .expect_send("gateway", "GET", path)
            .answers(problem(404, "acknowledgement-not-yet"))
            .expect_send("gateway", "GET", path)
            .with_header("accept", Pattern::containing(["json"]))
            .answers(ok(&body))
            .expect_send("gateway", "GET", path)
            .answers(problem(404, "not-found")),
    );
    let ask = || ClaimsGateway::get_acknowledgement(&ctx(), &host, "s-000001");
    assert_eq!(ask().unwrap(), None);
    let acknowledgement = ask().unwrap().unwrap();
    assert_eq!(
        (acknowledgement.receipts, acknowledgement.total),
        (2, 32_960)
    );
    assert_eq!(acknowledgement.payer, Payer::SocialInsuranceFund);
    assert_eq!(
        acknowledgement.document.bytes,
        body.to_string().into_bytes()
    );
    assert_eq!(ask().unwrap_err().code, "gateway/not-found");
}

#[test]
fn a_status_says_what_time_it_is_at_the_gateway() {
    let date = "Thu, 07 Nov 2024 01:00:00 GMT";
    let host = Host::scripted(
        Script::new()
            .expect_send("gateway", "GET", "submissions/s-000001")
            .answers(Response {
                headers: vec![("Date".into(), date.into())],
                ..ok(&submission("checked"))
            }),
    );
    let status = ClaimsGateway::get_status(&ctx(), &host, "s-000001").unwrap();
    assert_eq!(status.extra, [("date".to_owned(), date.to_owned())]);
}

#[test]
fn the_file_of_a_submission_comes_back_as_it_was_handed_in() {
    let host = Host::scripted(
        Script::new()
            .expect_send("gateway", "GET", "submissions/s-000001/file")
            .answers(Response::new(200, CLAIM)),
    );
    let document = ClaimsGateway::get_document(&ctx(), &host, "s-000001").unwrap();
    assert_eq!(
        (
            document.name.as_str(),
            document.kind,
            document.bytes.as_slice()
        ),
        ("RECEIPTH.UKE", DocumentKind::Claim, CLAIM)
    );
    let host = Host::scripted(Script::new());
    let fault = ClaimsGateway::get_document(&ctx(), &host, "../s").unwrap_err();
    assert_eq!(fault.code, "gateway/reference");
}

#[test]
fn a_month_is_listed_with_everything_the_gateway_has_of_it() {
    let mut trial = submission("withdrawn");
    trial["kind"] = json!("trial");
    trial["payer"] = json!("2");
    let host = Host::scripted(
        Script::new()
            .expect_send("gateway", "GET", "submissions?claim_month=2024-11")
            .answers(ok(&json!({"submissions": [confirmed(false), trial]}))),
    );
    let known = ClaimsGateway::submissions(&ctx(), &host, "2024-11").unwrap();
    assert_eq!(
        (
            known[0].key.as_str(),
            known[0].kind,
            known[0].receipts,
            known[0].total
        ),
        ("9999998:1:2024-11", FilingKind::Claim, 2, 32_960)
    );
    assert!(known[0].status.confirmation.is_some());
    assert_eq!(
        (known[1].kind, known[1].payer, &known[1].status.state),
        (
            FilingKind::Trial,
            Payer::NationalHealthFederation,
            &State::Withdrawn
        )
    );
}

#[test]
fn what_cannot_be_read_of_an_answer_is_asked_again_later() {
    for body in ["<html>", r#"{"id": "s-000002"}"#] {
        let host = Host::scripted(
            Script::new()
                .expect_send("gateway", "GET", "submissions/s-000001")
                .answers(Response::new(200, body)),
        );
        let fault = ClaimsGateway::get_status(&ctx(), &host, "s-000001").unwrap_err();
        assert_eq!(
            (fault.code.as_str(), fault.retry),
            ("gateway/unreadable-answer", RetryAdvice::Later)
        );
    }
}

fn listed(rows: &[(&str, &str, &[u8])]) -> Response {
    let rows: Vec<Value> = rows
        .iter()
        .map(|(id, kind, bytes)| {
            json!({
                "id": id, "kind": kind, "payer": "1", "name": format!("{id}.x"), "sha256": sha256(bytes),
                "size": bytes.len(), "at": NOW,
            })
        })
        .collect();
    ok(&json!({ "downloads": rows }))
}

#[test]
fn downloads_come_whole_in_the_order_of_the_gateway_without_those_known() {
    let host = Host::scripted(
        Script::new()
            .expect_send("gateway", "GET", "downloads")
            .answers(listed(&[
                ("d-1", "returns", b"HH\x1a"),
                ("d-2", "payments", b"{}"),
                ("d-3", "notice", b"?"),
            ]))
            .expect_send("gateway", "GET", "downloads/d-1")
            .answers(Response::new(200, b"HH\x1a".to_vec()))
            .expect_send("gateway", "GET", "downloads/d-3")
            .answers(Response::new(200, b"?".to_vec())),
    );
    let downloads = ClaimsGateway::downloads(&ctx(), &host, &["d-2".to_owned()]).unwrap();
    let [first, second] = downloads.as_slice() else {
        panic!("{downloads:?}")
    };
    assert_eq!(
        (first.id.as_str(), &first.kind),
        ("d-1", &DownloadKind::Returns)
    );
    assert_eq!(
        (first.payer, first.at.as_deref()),
        (Some(Payer::SocialInsuranceFund), Some(NOW))
    );
    assert_eq!(
        (
            first.document.name.as_str(),
            first.document.bytes.as_slice()
        ),
        ("d-1.x", &b"HH\x1a"[..])
    );
    assert_eq!(second.kind, DownloadKind::Other("notice".into()));
}

#[test]
fn a_download_that_is_not_whole_keeps_no_other_away_and_is_said_when_it_is_the_only_one() {
    let host = Host::scripted(
        Script::new()
            .expect_send("gateway", "GET", "downloads")
            .answers(listed(&[("d-1", "returns", b"HH"), ("d-2", "other", b"x")]))
            .expect_send("gateway", "GET", "downloads/d-1")
            .answers(Response::new(200, b"H".to_vec()))
            .expect_send("gateway", "GET", "downloads/d-2")
            .answers(Response::new(200, b"x".to_vec()))
            .expect_send("gateway", "GET", "downloads")
            .answers(listed(&[("d-1", "returns", b"HH"), ("d-2", "other", b"x")]))
            .expect_send("gateway", "GET", "downloads/d-1")
            .answers(Response::new(200, b"H".to_vec())),
    );
    let downloads = ClaimsGateway::downloads(&ctx(), &host, &[]).unwrap();
    assert_eq!((downloads.len(), downloads[0].id.as_str()), (1, "d-2"));
    let fault = ClaimsGateway::downloads(&ctx(), &host, &["d-2".to_owned()]).unwrap_err();
    assert_eq!(
        (fault.code.as_str(), fault.retry),
        ("gateway/download-differs", RetryAdvice::Later)
    );
}

fn read(kind: &DownloadKind, text: &str) -> Result<Reading, Fault> {
    let host = Host::scripted(Script::new());
    let document = Document::new("d-1", DocumentKind::Other, text);
    ClaimsGateway::read_download(&ctx(), &host, kind, None, &document)
}

#[test]
fn an_acknowledgement_reads_the_same_as_json_and_as_csv() {
    let json = json!({
        "submission": "s-000001", "number": "N-1", "payer": "2", "claim_month": "2024-11", "receipts": 2,
        "total": 32_960, "at": NOW, "automatic": true,
    })
    .to_string();
    let csv = format!(
        "送信番号,受付番号,審査支払機関,請求年月,件数,合計金額,確定日時,自動確定,備考\r\ns-000001,N-1,2,2024-11,2,32960,{NOW},1,模擬\r\n"
    );
    let of = |text: &str| {
        let reading = read(&DownloadKind::Acknowledgement, text).unwrap();
        let mut read = reading.acknowledgement.unwrap();
        assert_eq!(read.document.bytes, text.as_bytes());
        read.document.bytes.clear();
        read
    };
    let (a, b) = (of(&json), of(&csv));
    assert_eq!(a, b);
    assert_eq!(
        (a.reference.as_str(), a.payer, a.receipts, a.total),
        ("s-000001", Payer::NationalHealthFederation, 2, 32_960)
    );
    for bad in [
        "",
        "受付番号,件数\r\nN-1,2\r\n",
        "{}",
        &csv.replace("32960", "three"),
        &csv.replace(",1,模擬", ",x,模擬"),
    ] {
        let fault = read(&DownloadKind::Acknowledgement, bad).unwrap_err();
        assert_eq!(fault.code, "gateway/unreadable-file", "{bad}");
    }
}

#[test]
fn adjustments_are_read_row_by_row_and_what_cannot_be_read_is_named() {
    let receipt = json!({
        "submission": "s-000001", "claim_month": "2024-11", "number": 7, "search_number": null, "person_key": "P0007",
        "name": "若葉　太郎", "service_month": "2024-10", "total": 13_220,
    });
    let text = json!({
        "document": "adjustments", "payer": "1", "at": NOW, "adjustments": [
            {"receipt": receipt, "change": -1320, "code": "SIM-A", "reason": "回数"},
            {"receipt": receipt, "change": "much", "reason": "?"},
            {"receipt": {}, "change": 10, "code": null, "reason": "復活"},
        ],
    })
    .to_string();
    let reading = read(&DownloadKind::Adjustments, &text).unwrap();
    let [first, last] = reading.adjustments.as_slice() else {
        panic!("{reading:?}")
    };
    assert_eq!(
        (first.change, first.code.as_deref(), first.line),
        (-1320, Some("SIM-A"), Some(1))
    );
    assert_eq!(
        (
            first.receipt.number,
            first.receipt.person_key.as_deref(),
            first.receipt.total
        ),
        (Some(7), Some("P0007"), Some(13_220))
    );
    assert_eq!(
        (last.change, last.line, last.receipt.claim_month.clone()),
        (10, Some(3), None)
    );
    assert_eq!(reading.unreadable.len(), 1);
    assert_eq!(reading.unreadable[0].place.as_ref().unwrap().line, Some(2));
    for bad in [
        "{",
        r#"{"document": "payments", "payer": "1", "adjustments": []}"#,
    ] {
        let fault = read(&DownloadKind::Adjustments, bad).unwrap_err();
        assert_eq!(fault.code, "gateway/unreadable-file");
    }
}

#[test]
fn payments_are_read_with_their_receipts() {
    let row = |amount: Value| json!({"receipt": {"claim_month": "2024-11", "number": 1}, "amount": amount});
    let text = json!({
        "document": "payments", "payer": "2", "at": NOW, "payments": [
            {"claim_month": "2024-11", "amount": 19_740, "receipts": 1, "paid_on": "2024-12-21",
             "rows": [row(json!(19_740)), row(json!(-1))]},
            {"claim_month": "2024-10", "amount": 0, "rows": []},
            {"amount": 1},
        ],
    })
    .to_string();
    let reading = read(&DownloadKind::Payments, &text).unwrap();
    let [november, october] = reading.payments.as_slice() else {
        panic!("{reading:?}")
    };
    assert_eq!(
        (
            november.payer,
            november.amount,
            november.receipts,
            november.paid_on.as_deref()
        ),
        (
            Payer::NationalHealthFederation,
            19_740,
            Some(1),
            Some("2024-12-21")
        )
    );
    assert_eq!((november.rows.len(), november.rows[0].amount), (1, 19_740));
    assert_eq!((october.receipts, october.paid_on.as_deref()), (None, None));
    assert_eq!(reading.unreadable.len(), 2);
}

#[test]
fn findings_are_read_from_a_file_and_returns_are_left_to_the_host() {
    let text = json!({"submission": "s-000001", "findings": [{"code": "x"}, {
        "code": "R-HO-01", "severity": "attention", "grade": "official", "basis": "b", "receipt": 2,
        "message_ja": "a", "message_en": "b", "action_ja": "c", "action_en": "d",
    }]})
    .to_string();
    let reading = read(&DownloadKind::Findings, &text).unwrap();
    assert_eq!(
        (reading.findings.len(), reading.findings[0].receipt.number),
        (1, Some(2))
    );
    assert_eq!(reading.unreadable.len(), 1);
    for kind in [DownloadKind::Returns, DownloadKind::Other("notice".into())] {
        let reading = read(&kind, "HH").unwrap();
        assert!(reading.acknowledgement.is_none() && reading.unreadable.is_empty());
    }
}

/// The examples beside the protocol's document, which the sandbox's gateway really answers.
macro_rules! example {
    ($name:literal) => {
        include_str!(concat!("../../../../sdk/sandbox/gateway-examples/", $name))
    };
}

#[test]
fn the_examples_of_the_protocol_are_read_whole() {
    let host = Host::scripted(
        Script::new()
            .expect_send("gateway", "GET", "submissions/s-000001")
            .answers(Response::new(200, example!("submission.json"))),
    );
    let status = ClaimsGateway::get_status(&ctx(), &host, "s-000001").unwrap();
    assert_eq!(status.confirmation.unwrap().number, "SIM-202411-1-s-000001");
    assert_eq!(status.extra, [("taken-down".to_owned(), "2".to_owned())]);

    let acknowledged = |text| {
        let reading = read(&DownloadKind::Acknowledgement, text).unwrap();
        reading.acknowledgement.unwrap()
    };
    let of_json = acknowledged(example!("acknowledgement.json"));
    let of_csv = acknowledged(example!("acknowledgement.csv"));
    assert_eq!(
        Acknowledgement {
            document: of_csv.document.clone(),
            ..of_json
        },
        of_csv
    );

    let adjusted = read(&DownloadKind::Adjustments, example!("adjustments.json")).unwrap();
    let paid = read(&DownloadKind::Payments, example!("payments.json")).unwrap();
    assert!(adjusted.unreadable.is_empty() && paid.unreadable.is_empty());
    let (change, payment) = (&adjusted.adjustments[0], &paid.payments[0]);
    let row = &payment.rows[0];
    assert_eq!(change.receipt, row.receipt);
    assert_eq!(
        row.receipt.total.unwrap().checked_add_signed(change.change),
        Some(row.amount)
    );
    assert_eq!(payment.amount, row.amount);

    // What is listed is what lies there.
    let host = Host::scripted(
        Script::new()
            .expect_send("gateway", "GET", "downloads")
            .answers(Response::new(200, example!("downloads.json")))
            .expect_send("gateway", "GET", "downloads/202412-1-adjustments")
            .answers(Response::new(200, example!("adjustments.json")))
            .expect_send("gateway", "GET", "downloads/202412-1-returns")
            .answers(Response::new(
                200,
                &include_bytes!("../../../../sdk/sandbox/gateway-examples/returns.HEN")[..],
            ))
            .expect_send("gateway", "GET", "downloads/202412-1-payments")
            .answers(Response::new(200, example!("payments.json"))),
    );
    let kinds: Vec<DownloadKind> = ClaimsGateway::downloads(&ctx(), &host, &[])
        .unwrap()
        .into_iter()
        .map(|download| download.kind)
        .collect();
    assert_eq!(
        kinds,
        [
            DownloadKind::Adjustments,
            DownloadKind::Returns,
            DownloadKind::Payments
        ]
    );
}
