use super::*;
use reseplug_sdk::claims::FilingKind;
use reseplug_sdk::testing::{self, Pattern, Script};
use reseplug_sdk::{DocumentKind, Payer};
use sha2::{Digest, Sha256};

const NOW: &str = "2024-11-07T10:00:00+09:00";

/// Two receipts of a fictional station. The bytes are Shift_JIS in the field; ASCII will do.
const CLAIM: &[u8] = b"HM,1,13,6,9999998,,HIDAMARI,202411,00,\r\nRE,1,6112,202410\r\n8,1,0,RE,1\r\nRE,2,6112,202410\r\nGO\r\n\x1a";

fn filing() -> Filing {
    Filing {
        key: "key-1".into(),
        payer: Payer::SocialInsuranceFund,
        claim_month: "2024-11".into(),
        kind: FilingKind::Claim,
        sequence: 1,
        sha256: hex::encode(Sha256::digest(CLAIM)),
        receipts: 2,
        total: 123_450,
        document: Document::new("RECEIPTH.UKE", DocumentKind::Claim, CLAIM),
    }
}

fn ctx() -> Context<Settings> {
    testing::context(Settings::default())
}

#[test]
fn the_plugin_describes_itself_truly() {
    testing::check_description::<ClaimsHandover>();
    testing::check_claims::<ClaimsHandover>();
}

#[test]
fn a_hand_over_is_the_exact_file_its_digest_its_totals_and_a_checklist() {
    let filing = filing();
    let base = "2024-11/1-支払基金";
    let host = Host::scripted(
        Script::new()
            .clock(NOW)
            .expect_place("handover", format!("{base}/RECEIPTH.UKE"), CLAIM)
            .answers("C:/handover/RECEIPTH.UKE")
            .expect_place(
                "handover",
                format!("{base}/SHA256SUMS"),
                format!("{}  RECEIPTH.UKE\n", filing.sha256),
            )
            .answers("")
            .expect_place(
                "handover",
                format!("{base}/manifest.json"),
                Pattern::containing([
                    "\"state\": \"handed-over\"",
                    "\"payer_code\": \"1\"",
                    "\"total_yen\": 123450",
                    "\"key\": \"key-1\"",
                ]),
            )
            .answers("")
            .expect_place(
                "handover",
                format!("{base}/チェックリスト.html"),
                Pattern::containing([
                    "まだ請求されていません",
                    "123,450 円",
                    "2 件",
                    filing.sha256.as_str(),
                    "2024年11月",
                    "請求確定（エラー分含む）",
                    "オンライン受領書",
                    "ひだまり訪問看護ステーション",
                ]),
            )
            .answers(""),
    );
    let submission = ClaimsHandover::submit(&ctx(), &host, &filing).unwrap();
    assert_eq!(submission.state, State::HandedOver);
    assert_eq!(submission.at, NOW);
    assert_eq!(submission.files.len(), 4);
    assert_eq!(submission.reference, base);
}

#[test]
fn a_trial_lies_in_a_folder_that_says_so_and_offers_no_confirmation() {
    let filing = Filing {
        kind: FilingKind::Trial,
        ..filing()
    };
    assert_eq!(
        files::folder(&filing),
        "2024-11/確認試験-請求ではありません/1-支払基金"
    );
    let page = checklist::html(&ctx(), &filing);
    assert!(page.contains("請求ではありません"));
    assert!(!page.contains("請求確定（"));
    let manifest = String::from_utf8(files::all(&ctx(), &filing).unwrap()[2].1.clone()).unwrap();
    assert!(manifest.contains("\"kind\": \"trial\""), "{manifest}");
}

#[test]
fn a_repeated_hand_over_is_the_same_files() {
    assert_eq!(files::all(&ctx(), &filing()), files::all(&ctx(), &filing()));
}

#[test]
fn a_file_that_is_not_what_the_filing_says_is_not_placed() {
    let wrong = [
        (
            Filing {
                sha256: "0".repeat(64),
                ..filing()
            },
            "claims/file-differs",
        ),
        (
            Filing {
                payer: Payer::NationalHealthFederation,
                ..filing()
            },
            "claims/file-differs",
        ),
        (
            Filing {
                receipts: 3,
                ..filing()
            },
            "claims/file-differs",
        ),
        (
            Filing {
                sha256: hex::encode(Sha256::digest(b"IR,1")),
                document: Document::new("RECEIPTC.UKE", DocumentKind::Claim, "IR,1"),
                ..filing()
            },
            "claims/not-a-claim-file",
        ),
    ];
    for (filing, code) in wrong {
        let host = Host::scripted(Script::new());
        assert_eq!(
            ClaimsHandover::submit(&ctx(), &host, &filing)
                .unwrap_err()
                .code,
            code
        );
    }
}

#[test]
fn another_file_in_the_same_place_is_left_to_a_person() {
    let host = Host::scripted(
        Script::new()
            .expect_place("handover", "2024-11/1-支払基金/RECEIPTH.UKE", Pattern::Any)
            .refuses(Fault::new(
                "exchange/place-taken",
                "別の内容です。",
                "Other bytes.",
            )),
    );
    let fault = ClaimsHandover::submit(&ctx(), &host, &filing()).unwrap_err();
    assert_eq!(fault.code, "exchange/place-taken");
    assert!(
        fault.message_ja.contains("2024-11/1-支払基金"),
        "{}",
        fault.message_ja
    );
    assert!(
        fault.message_ja.contains("未送信なら"),
        "{}",
        fault.message_ja
    );
}

#[test]
fn nothing_is_claimed_about_what_only_the_terminal_knows() {
    let host = Host::scripted(Script::new());
    let fault = ClaimsHandover::confirm(&ctx(), &host, "r", true).unwrap_err();
    assert_eq!(fault.code, "plugin/unsupported");
    assert!(
        fault.message_ja.contains("オンライン請求端末"),
        "{}",
        fault.message_ja
    );
}

// ----- acknowledgement ---------------------------------------------------------------------

fn layout() -> AcknowledgementLayout {
    AcknowledgementLayout {
        encoding: Encoding::ShiftJis,
        title_line: Some(2),
        rows: Some(RowFilter {
            column: "区分".into(),
            equals: "合計".into(),
        }),
        receipts: "件数".into(),
        total: "金額".into(),
        number: Some("受付番号".into()),
        keep: vec![Kept {
            name: "受付日".into(),
            column: "受付日".into(),
        }],
    }
}

fn read(layout: Option<AcknowledgementLayout>, csv: &str) -> Result<Acknowledgement, Fault> {
    let settings = Settings {
        acknowledgement: layout,
        ..Settings::default()
    };
    let (bytes, _, unmapped) = encoding_rs::SHIFT_JIS.encode(csv);
    assert!(!unmapped);
    let download = Document::new("juryosho.csv", DocumentKind::Other, bytes.into_owned());
    let host = Host::scripted(Script::new().clock(NOW));
    let ctx = testing::context(settings);
    let kind = DownloadKind::Acknowledgement;
    let read = ClaimsHandover::read_download(&ctx, &host, &kind, Some(&filing()), &download)?;
    let found = read.acknowledgement.unwrap();
    assert_eq!(found.document, download);
    Ok(found)
}

const DOWNLOAD: &str = "オンライン受領書\r\n区分,件数,金額,受付番号,受付日\r\n訪問看護,2,\"123,450\",A-1,R6.11.7\r\n合計,2,\"123,450\",A-1,R6.11.7\r\n";

#[test]
fn an_acknowledgement_is_read_by_the_columns_of_the_settings_and_kept_as_it_came() {
    let read = read(Some(layout()), DOWNLOAD).unwrap();
    assert_eq!((read.receipts, read.total), (2, 123_450));
    assert_eq!(read.number, "A-1");
    assert_eq!(
        read.extra,
        [
            ("at".into(), "import".into()),
            ("受付日".into(), "R6.11.7".into())
        ]
    );
}

#[test]
fn columns_may_be_numbers_and_rows_are_added_up() {
    let layout = AcknowledgementLayout {
        title_line: None,
        rows: None,
        receipts: "1".into(),
        total: "2".into(),
        number: None,
        keep: vec![],
        ..layout()
    };
    let read = read(Some(layout), "1,123000\r\n1,450\r\n").unwrap();
    assert_eq!((read.receipts, read.total), (2, 123_450));
}

#[test]
fn without_a_layout_nothing_is_guessed() {
    assert_eq!(
        read(None, DOWNLOAD).unwrap_err().code,
        "claims/acknowledgement-layout"
    );
}

#[test]
fn a_disagreement_is_a_fault_with_both_numbers() {
    let fault = read(Some(layout()), &DOWNLOAD.replace("合計,2", "合計,1")).unwrap_err();
    assert_eq!(fault.code, "claims/acknowledgement-differs");
    assert!(fault.message_ja.contains("1 件") && fault.message_ja.contains("2 件"));
}

#[test]
fn a_cell_that_is_no_number_is_named_by_line_and_column() {
    let fault = read(Some(layout()), &DOWNLOAD.replace("合計,2", "合計,二")).unwrap_err();
    let place = fault.place.unwrap();
    assert_eq!(
        (place.line, place.field.as_deref()),
        (Some(4), Some("件数"))
    );
}

#[test]
fn a_file_without_the_named_column_is_refused() {
    let fault = read(Some(layout()), "a,b\r\nc,d\r\n1,2\r\n").unwrap_err();
    assert_eq!(fault.code, "claims/acknowledgement-unreadable");
}
