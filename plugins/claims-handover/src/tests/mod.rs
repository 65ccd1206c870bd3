mod acknowledgement;
mod downloads;
mod garbage;
mod withdrawal;

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
        replaces: None,
        before: None,
        calendar: vec![
            "送信・請求確定：11/5～11/7 8時～21時".into(),
            "締切：11/13 21:00".into(),
        ],
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
        calendar: vec!["確認試験：11/5～11/30 8時～21時".into()],
        ..filing()
    };
    assert_eq!(
        files::folder(&filing),
        "2024-11/確認試験-請求ではありません/1-支払基金"
    );
    let page = checklist::html(&ctx(), &filing);
    assert!(page.contains("確認試験 ― 請求ではありません"));
    assert!(page.contains("<body class=\"trial\">"));
    assert!(page.contains("11/5～11/30") && !page.contains("締切："));
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
fn a_checklist_that_lies_there_stays_and_the_files_are_placed_around_it() {
    let taken = Fault::new("exchange/place-taken", "別の内容です。", "Other bytes.");
    let placed = |name: &str| format!("2024-11/1-支払基金/{name}");
    let host = Host::scripted(
        Script::new()
            .clock(NOW)
            .expect_place("handover", placed("RECEIPTH.UKE"), CLAIM)
            .answers("")
            .expect_place("handover", placed("SHA256SUMS"), Pattern::Any)
            .answers("")
            .expect_place("handover", placed("manifest.json"), Pattern::Any)
            .answers("")
            .expect_place("handover", placed(files::CHECKLIST), Pattern::Any)
            .refuses(taken),
    );
    let submission = ClaimsHandover::submit(&ctx(), &host, &filing()).unwrap();
    assert_eq!(submission.files.len(), 4);
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

#[test]
fn a_second_sending_lies_beside_the_first_and_says_what_it_replaces() {
    let filing = Filing {
        sequence: 2,
        replaces: Some("2024-11/1-支払基金".into()),
        before: Some("第1回を送っていたら、先に請求取消を確かめてください。".into()),
        ..filing()
    };
    assert_eq!(files::folder(&filing), "2024-11/1-支払基金-2回目");
    let placed = files::all(&ctx(), &filing).unwrap();
    let manifest = String::from_utf8(placed[2].1.clone()).unwrap();
    assert!(manifest.contains("\"sequence\": 2"), "{manifest}");
    assert!(
        manifest.contains("\"replaces\": \"2024-11/1-支払基金\""),
        "{manifest}"
    );
    let page = checklist::html(&ctx(), &filing);
    assert!(page.contains("2回目の送信用です"), "{page}");
    assert!(page.contains("第1回を送っていたら"), "{page}");
}

#[test]
fn a_first_sending_replaces_nothing() {
    let placed = files::all(&ctx(), &filing()).unwrap();
    let manifest = String::from_utf8(placed[2].1.clone()).unwrap();
    assert!(manifest.contains("\"replaces\": null"), "{manifest}");
    assert!(!checklist::html(&ctx(), &filing()).contains("回目の送信用です"));
}

#[test]
fn the_checklist_leads_from_the_sending_to_the_import_and_says_until_when() {
    let page = checklist::html(&ctx(), &filing());
    let mut rest = page.as_str();
    for step in [
        "レセプト送信",
        "請求状況",
        "ASP結果リスト",
        "請求取消",
        "請求確定（エラー分含む）",
        "請求確定（エラー分除く）",
        "オンライン受領書",
        "reseplug claim report",
        "reseplug claim import",
        "違うときは",
        "締切：11/13 21:00",
        "した人",
    ] {
        let at = rest
            .find(step)
            .unwrap_or_else(|| panic!("{step} in its order"));
        rest = &rest[at + step.len()..];
    }
    assert!(
        page.contains("size: A4") && !page.contains("http"),
        "printable, nothing from outside"
    );
    assert!(!page.contains("{{"), "a value is missing");
}

#[test]
fn what_the_settings_say_of_the_days_is_printed_after_the_calendar() {
    let ctx = testing::context(Settings {
        calendar_note: "10月は12日24時まで延長<国保連>".to_owned(),
        ..Settings::default()
    });
    let page = checklist::html(&ctx, &filing());
    assert!(page.contains("締切：11/13 21:00\n10月は12日24時まで延長&lt;国保連&gt;"));
}
