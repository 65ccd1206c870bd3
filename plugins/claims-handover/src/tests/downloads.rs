//! What else staff bring back, by the columns of the settings.

use super::*;
use reseplug_sdk::Severity;

pub(super) fn csv(text: &str) -> Vec<u8> {
    let (bytes, _, unmapped) = encoding_rs::SHIFT_JIS.encode(text);
    assert!(!unmapped);
    bytes.into_owned()
}

pub(super) fn read(
    settings: Settings,
    kind: DownloadKind,
    filing: Option<&Filing>,
    bytes: &[u8],
) -> Result<Reading, Fault> {
    let download = Document::new("download.csv", DocumentKind::Other, bytes);
    let host = Host::scripted(Script::new().clock(NOW));
    ClaimsHandover::read_download(&testing::context(settings), &host, &kind, filing, &download)
}

/// Settings that hold one of the layouts which a fault shows as an example.
pub(super) fn example(key: &str) -> Settings {
    let (_, text) = download::examples()
        .into_iter()
        .find(|(k, _)| *k == key)
        .unwrap();
    toml::from_str(&format!("{key} = {text}")).unwrap()
}

#[test]
fn the_example_of_every_fault_is_a_layout_that_the_settings_take() {
    for (key, text) in download::examples() {
        let settings = example(key);
        assert_ne!(settings, Settings::default(), "{text}");
    }
}

#[test]
fn without_a_layout_nothing_is_guessed_and_the_fault_says_what_to_write() {
    for (kind, key) in [
        (DownloadKind::Acknowledgement, "acknowledgement"),
        (DownloadKind::Findings, "findings"),
        (DownloadKind::Adjustments, "adjustments"),
        (DownloadKind::Payments, "payments"),
    ] {
        let fault = read(Settings::default(), kind, Some(&filing()), b"1,2").unwrap_err();
        assert_eq!(fault.code, "claims/layout-missing");
        let example = download::examples()
            .into_iter()
            .find(|(k, _)| *k == key)
            .unwrap()
            .1;
        for said in [
            format!("[plugins.claims-handover.settings] に {key}"),
            format!("{key} = {example}"),
            "そのまま保管".to_owned(),
        ] {
            assert!(
                fault.message_ja.contains(&said),
                "{said}: {}",
                fault.message_ja
            );
        }
    }
}

#[test]
fn returned_receipts_are_left_to_the_host() {
    for kind in [DownloadKind::Returns, DownloadKind::Other("x".into())] {
        let reading = read(Settings::default(), kind, None, b"HH,1").unwrap();
        assert!(reading.acknowledgement.is_none() && reading.unreadable.is_empty());
    }
}

// ----- findings ----------------------------------------------------------------------------

const FINDINGS: &str = "エラーコード,エラー内容,区分,レセプト番号,氏名\r\nL1011,事業所の誤り,受付不能,,\r\nL2101,一件の誤り,受付不能,1,見本　太郎\r\nＬ３１２９,未就学者非該当,要確認,2,見本　花子\r\nL4001,要確認,要確認,2,\r\nL4801,参考,,2,\r\nX1,その他,受付不能,3,\r\nX2,知らない区分,？,3,\r\n";

#[test]
fn findings_weigh_by_their_class_and_keep_the_words_of_the_payer() {
    let reading = read(
        example("findings"),
        DownloadKind::Findings,
        Some(&filing()),
        &csv(FINDINGS),
    )
    .unwrap();
    assert_eq!(reading.unreadable, []);
    let found: Vec<_> = reading
        .findings
        .iter()
        .map(|row| &row.finding)
        .map(|f| (f.code.as_str(), f.severity, f.receipt))
        .collect();
    assert_eq!(
        found,
        [
            ("L1011", Severity::Reject, None),
            ("L2101", Severity::Reject, Some(1)),
            ("Ｌ３１２９", Severity::ReturnRisk, Some(2)),
            ("L4001", Severity::Attention, Some(2)),
            ("L4801", Severity::Note, Some(2)),
            ("X1", Severity::Reject, Some(3)),
            ("X2", Severity::Attention, Some(3)),
        ]
    );
    let names: Vec<_> = reading
        .findings
        .iter()
        .map(|row| (row.receipt.number, row.receipt.name.as_deref()))
        .collect();
    assert_eq!(
        &names[..4],
        [
            (None, None),
            (Some(1), Some("見本　太郎")),
            (Some(2), Some("見本　花子")),
            (Some(2), None),
        ]
    );
    let second = &reading.findings[1].finding;
    assert_eq!(second.message_ja, "一件の誤り");
    assert_eq!(second.place.line, Some(3));
    assert_eq!(second.extra, [("class".to_owned(), "受付不能".to_owned())]);
    assert!(second.action_ja.contains("月遅れ"), "{}", second.action_ja);
    assert!(
        reading.findings[6]
            .finding
            .extra
            .contains(&("severity".into(), "unknown".into()))
    );
}

#[test]
fn a_row_that_cannot_be_read_is_told_and_the_others_are_read() {
    let mut bytes =
        csv("エラーコード,エラー内容,区分,レセプト番号,氏名\nL3001,a,,一,\nL3002,b,,2,\nL3003,");
    bytes.extend_from_slice(b"\xff\xff,,3,\nL3004");
    let reading = read(
        example("findings"),
        DownloadKind::Findings,
        Some(&filing()),
        &bytes,
    )
    .unwrap();
    let codes: Vec<_> = reading
        .findings
        .iter()
        .map(|row| row.finding.code.as_str())
        .collect();
    assert_eq!(codes, ["L3002", "L3004"]);
    let places: Vec<_> = reading
        .unreadable
        .iter()
        .map(|fault| fault.place.clone().unwrap())
        .map(|place| (place.line, place.field.unwrap()))
        .collect();
    assert_eq!(
        places,
        [
            (Some(2), "レセプト番号".to_owned()),
            (Some(4), "エラー内容".to_owned())
        ]
    );
}

#[test]
fn findings_of_another_month_are_refused() {
    let mut settings = example("findings");
    settings.findings.as_mut().unwrap().receipt.claim_month = Some("請求年月".into());
    let text = "エラーコード,エラー内容,区分,レセプト番号,氏名,請求年月\nL3001,a,,1,,202410\n";
    let fault = read(
        settings,
        DownloadKind::Findings,
        Some(&filing()),
        &csv(text),
    )
    .unwrap_err();
    assert_eq!(fault.code, "claims/download-differs");
}

#[test]
fn a_mark_at_the_head_tells_the_encoding_and_a_list_without_rows_has_no_findings() {
    let text = format!("\u{feff}{FINDINGS}\u{1a}");
    let reading = read(
        example("findings"),
        DownloadKind::Findings,
        None,
        text.as_bytes(),
    )
    .unwrap();
    assert_eq!(reading.findings.len(), 7);
    let empty = csv("エラーコード,エラー内容,区分,レセプト番号,氏名\r\n");
    let reading = read(example("findings"), DownloadKind::Findings, None, &empty).unwrap();
    assert_eq!((reading.findings.len(), reading.unreadable.len()), (0, 0));
}

#[test]
fn empty_rows_are_nothing_and_a_remark_below_the_list_is_no_finding() {
    let text = format!("{FINDINGS},,,,\r\n,,以上,,\r\n\u{1a}\r\n");
    let mut settings = example("findings");
    settings.findings.as_mut().unwrap().table.encoding = Encoding::Utf8;
    let reading = read(settings, DownloadKind::Findings, None, text.as_bytes()).unwrap();
    assert_eq!(reading.findings.len(), 7);
    let lines: Vec<_> = reading
        .unreadable
        .iter()
        .map(|fault| fault.place.clone().unwrap().line)
        .collect();
    assert_eq!(lines, [Some(10)]);
}

// ----- adjustments -------------------------------------------------------------------------

const ADJUSTMENTS: &str = "増減金額,事由コード,事由,診療年月,氏名,記録番号\r\n\"△5,550\",A,適応と認められないもの,R6.10,見本　太郎,0001\r\n\"1,000円\",,過少,令和6年9月,見本　花子,0002\r\n多い,A,x,R6.10,見本　次郎,0003\r\n";

#[test]
fn adjustments_have_their_sign_their_reason_and_their_receipt() {
    let reading = read(
        example("adjustments"),
        DownloadKind::Adjustments,
        Some(&filing()),
        &csv(ADJUSTMENTS),
    )
    .unwrap();
    let found: Vec<_> = reading
        .adjustments
        .iter()
        .map(|a| (a.change, a.code.as_deref(), a.line))
        .collect();
    assert_eq!(
        found,
        [(-5_550, Some("A"), Some(2)), (1_000, None, Some(3))]
    );
    let receipt = &reading.adjustments[0].receipt;
    assert_eq!(receipt.service_month.as_deref(), Some("2024-10"));
    assert_eq!(receipt.person_key.as_deref(), Some("0001"));
    assert_eq!(
        receipt.claim_month.as_deref(),
        Some("2024-11"),
        "that of the filing"
    );
    assert_eq!(reading.unreadable.len(), 1);
}

#[test]
fn what_is_listed_as_taken_off_is_a_loss_without_a_sign() {
    let mut settings = example("adjustments");
    settings.adjustments.as_mut().unwrap().sign = ChangeSign::TakenOff;
    let text = ADJUSTMENTS.replace('△', "");
    let reading = read(settings, DownloadKind::Adjustments, None, &csv(&text)).unwrap();
    assert_eq!(reading.adjustments[0].change, -5_550);
    assert_eq!(reading.adjustments[0].receipt.claim_month, None);
}

// ----- payments ----------------------------------------------------------------------------

const PAYMENTS: &str = "区分,支払機関,請求年月,件数,振込額,振込日,氏名\r\n合計,支払基金,R6.11,2,\"117,900\",R6.12.20,\r\n明細,支払基金,R6.11,,\"61,725\",,見本　太郎\r\n明細,支払基金,R6.11,,\"56,175\",,見本　花子\r\n合計,国保連,R6.11,1,\"30,000\",2024-12-21,\r\n明細,国保連,R6.10,,1,,見本　次郎\r\n合計,国保連,R6.11,一,1,,\r\n";

#[test]
fn payments_are_told_apart_by_payer_and_month_and_hold_their_rows() {
    let mut settings = example("payments");
    settings.payments.as_mut().unwrap().by_receipt = Some(ByReceipt {
        rows: RowFilter {
            column: "区分".into(),
            equals: "明細".into(),
        },
        amount: "振込額".into(),
        receipt: ReceiptColumns {
            name: Some("氏名".into()),
            ..ReceiptColumns::default()
        },
    });
    let reading = read(settings, DownloadKind::Payments, None, &csv(PAYMENTS)).unwrap();
    let found: Vec<_> = reading
        .payments
        .iter()
        .map(|p| {
            (
                p.payer,
                p.claim_month.as_str(),
                p.amount,
                p.receipts,
                p.paid_on.as_deref(),
                p.rows.len(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            (
                Payer::SocialInsuranceFund,
                "2024-11",
                117_900,
                Some(2),
                Some("2024-12-20"),
                2
            ),
            (
                Payer::NationalHealthFederation,
                "2024-11",
                30_000,
                Some(1),
                Some("2024-12-21"),
                0
            ),
        ]
    );
    let rows = &reading.payments[0].rows;
    assert_eq!(rows.iter().map(|row| row.amount).sum::<u64>(), 117_900);
    assert_eq!(rows[0].receipt.claim_month.as_deref(), Some("2024-11"));
    // A row without its total, and a total whose count is no number.
    let lines: Vec<_> = reading
        .unreadable
        .iter()
        .map(|f| f.place.clone().unwrap().line)
        .collect();
    assert_eq!(lines, [Some(7), Some(6)]);
}

#[test]
fn a_notice_that_names_nobody_is_about_the_filing_it_is_imported_for() {
    let mut settings = example("payments");
    let layout = settings.payments.as_mut().unwrap();
    (layout.payer, layout.claim_month, layout.table.rows) = (None, None, None);
    let text = csv("振込額,件数,振込日\r\n100,1,20241220\r\n200,1,\r\n");
    let reading = read(
        settings.clone(),
        DownloadKind::Payments,
        Some(&filing()),
        &text,
    )
    .unwrap();
    assert_eq!(reading.payments.len(), 1);
    assert_eq!(
        (reading.payments[0].amount, reading.payments[0].receipts),
        (300, Some(2))
    );
    let fault = read(settings, DownloadKind::Payments, None, &text).unwrap_err();
    assert_eq!(fault.code, "claims/download-unreadable");
}
