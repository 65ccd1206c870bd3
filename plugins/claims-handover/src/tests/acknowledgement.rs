//! オンライン受領書 by the columns of the settings.

use super::downloads::{csv, read};
use super::*;

fn layout() -> AcknowledgementLayout {
    AcknowledgementLayout {
        table: TableLayout {
            encoding: Encoding::ShiftJis,
            title_line: Some(2),
            rows: Some(RowFilter {
                column: "区分".into(),
                equals: "合計".into(),
            }),
        },
        receipts: "件数".into(),
        total: "金額".into(),
        number: Some("受付番号".into()),
        payer: Some(PayerColumn {
            column: "支払機関".into(),
            social_insurance_fund: "支払基金".into(),
            national_health_federation: "国保".into(),
        }),
        claim_month: Some("請求年月".into()),
        keep: vec![Kept {
            name: "受付日".into(),
            column: "受付日".into(),
        }],
    }
}

fn acknowledged(
    layout: Option<AcknowledgementLayout>,
    csv: &[u8],
) -> Result<Acknowledgement, Fault> {
    let settings = Settings {
        acknowledgement: layout,
        ..Settings::default()
    };
    let read = read(
        settings,
        DownloadKind::Acknowledgement,
        Some(&filing()),
        csv,
    )?;
    let found = read.acknowledgement.unwrap();
    assert_eq!(found.document.bytes, csv);
    Ok(found)
}

const DOWNLOAD: &str = "オンライン受領書\r\n区分,支払機関,請求年月,件数,金額,受付番号,受付日\r\n訪問看護,支払基金,令和6年11月,2,\"123,450\",A-1,R6.11.7\r\n合計,支払基金,令和6年11月,2,\"123,450円\",A-1,R6.11.7\r\n";

#[test]
fn an_acknowledgement_is_read_by_the_columns_of_the_settings_and_kept_as_it_came() {
    let read = acknowledged(Some(layout()), &csv(DOWNLOAD)).unwrap();
    assert_eq!((read.receipts, read.total), (2, 123_450));
    assert_eq!(read.number, "A-1");
    assert_eq!(read.reference, "2024-11/1-支払基金");
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
        table: TableLayout::default(),
        receipts: "1".into(),
        total: "2".into(),
        number: None,
        payer: None,
        claim_month: None,
        keep: vec![],
    };
    let read = acknowledged(Some(layout), b"1,123000\r\n1,450\r\n\x1a").unwrap();
    assert_eq!((read.receipts, read.total), (2, 123_450));
}

#[test]
fn an_acknowledgement_of_fewer_receipts_is_what_it_is() {
    let fewer = DOWNLOAD.replace(
        "合計,支払基金,令和6年11月,2,\"123,450円\"",
        "合計,支払基金,令和6年11月,1,\"61,725円\"",
    );
    let read = acknowledged(Some(layout()), &csv(&fewer)).unwrap();
    assert_eq!((read.receipts, read.total), (1, 61_725));
}

#[test]
fn an_acknowledgement_of_another_payer_or_month_is_refused() {
    for (from, to, found) in [
        ("支払基金", "○○県国保連", "○○県国保連"),
        ("令和6年11月", "令和6年10月", "2024-10"),
    ] {
        let fault = acknowledged(Some(layout()), &csv(&DOWNLOAD.replace(from, to))).unwrap_err();
        assert_eq!(fault.code, "claims/download-differs");
        assert!(fault.message_ja.contains(found), "{}", fault.message_ja);
    }
}

#[test]
fn a_cell_that_is_no_number_is_named_by_line_and_column() {
    let fault = acknowledged(
        Some(layout()),
        &csv(&DOWNLOAD.replace("11月,2,\"123,450円\"", "11月,二,\"123,450円\"")),
    )
    .unwrap_err();
    let place = fault.place.unwrap();
    assert_eq!(
        (place.line, place.field.as_deref()),
        (Some(4), Some("件数"))
    );
    assert_eq!(fault.code, "claims/row-unreadable");
}

#[test]
fn a_file_that_is_not_like_the_layout_is_refused() {
    for bytes in [
        csv("a,b\r\nc,d\r\n1,2\r\n"),
        Vec::new(),
        b"\x81\r\n\x81\x00\xff".to_vec(),
    ] {
        let fault = acknowledged(Some(layout()), &bytes).unwrap_err();
        assert_eq!(fault.code, "claims/download-unreadable");
        assert!(fault.message_ja.contains("保管"), "{}", fault.message_ja);
    }
}

#[test]
fn a_trial_has_none_and_nobody_guesses_whose_it_is() {
    let settings = || Settings {
        acknowledgement: Some(layout()),
        ..Settings::default()
    };
    let trial = Filing {
        kind: FilingKind::Trial,
        ..filing()
    };
    for (filing, code) in [
        (Some(&trial), "claims/trial-has-no-acknowledgement"),
        (None, "claims/which-filing"),
    ] {
        let fault = read(
            settings(),
            DownloadKind::Acknowledgement,
            filing,
            &csv(DOWNLOAD),
        );
        assert_eq!(fault.unwrap_err().code, code);
    }
}
