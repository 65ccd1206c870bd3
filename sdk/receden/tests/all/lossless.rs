//! Reading keeps every byte; an edit changes only what it names.

use proptest::prelude::*;
use receden::{ClaimFile, PayerSlot, PersonKind, ReadError, RecordRef, Separator, System};
use reseplug_model::{Payer, Sex, Yen};
use sha2::{Digest as _, Sha256};

use crate::{claim_file, parsed};

#[test]
fn the_october_sample_is_the_golden_file() {
    let bytes = claim_file("october");
    assert_eq!(bytes.len(), 2_061);
    assert_eq!(
        hex::encode(Sha256::digest(&bytes)),
        "bbb6f0bf02e9d972533c6d3fe045b44d008c8e2929d66a6b71b9250e17f32fa8"
    );
    assert_eq!(ClaimFile::parse(&bytes).unwrap().to_bytes(), bytes);
}

#[test]
fn the_views_of_the_sample_say_what_stands_in_it() {
    let file = parsed("october");
    let header = file.header().unwrap();
    assert_eq!(header.payer().unwrap(), Payer::SocialInsuranceFund);
    assert_eq!(header.claim_month().unwrap().to_string(), "2024-11");
    assert_eq!(header.phone().unwrap().unwrap(), "03-0000-0000");
    assert_eq!(file.receipts().count(), 3);

    let second = file.receipt(1).unwrap();
    let kind = second.receipt_type().unwrap();
    assert_eq!(
        (kind.system, kind.payers, kind.person),
        (System::Medical, 2, PersonKind::Family)
    );
    assert_eq!(second.name().unwrap(), "見本　花子");
    assert_eq!(second.sex().unwrap(), Sex::Female);
    assert_eq!(second.birth_date().unwrap().to_string(), "1975-09-03");
    assert_eq!(second.remarks().unwrap().collect::<Vec<_>>(), ["29"]);
    assert_eq!(second.person_key().unwrap().unwrap(), "P0002");
    assert_eq!(second.search_number().unwrap(), None);
    let insurer = second.insurer().unwrap();
    assert_eq!(insurer.number().unwrap().as_str(), "06132013");
    assert_eq!(insurer.symbol().unwrap().unwrap(), "１２３");
    assert_eq!(insurer.days().unwrap(), 3);
    assert_eq!(second.branch().unwrap().unwrap().as_str(), "01");
    let public = second.public_expenses().next().unwrap();
    assert_eq!(public.copay().unwrap(), Some(Yen(5_000)));
    assert_eq!(second.total().unwrap(), Yen(30_320));
    assert_eq!(
        second.total_of(PayerSlot::public(0).unwrap()).unwrap(),
        Yen(30_320)
    );
    let days: Vec<String> = second
        .charge_days()
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(days, ["2024-10-03", "2024-10-17", "2024-10-31"]);
    assert_eq!(second.day_tables().count(), 2);
    assert!(
        second
            .day_tables()
            .all(|t| t.days().map(|(d, _)| d).eq([3, 17, 31]))
    );

    let third = file.receipt(2).unwrap();
    assert!(third.insurer().is_none());
    assert_eq!(third.receipt_type().unwrap().system, System::PublicOnly);
    assert_eq!(third.lines(), (41, 54));
}

#[test]
fn a_malformed_field_is_an_error_of_that_field_alone() {
    let mut file = parsed("october");
    let re = file.receipt(0).unwrap().record_range().start;
    file.set_field(re, 8, "19680431").unwrap();
    let receipt = file.receipt(0).unwrap();
    let error = receipt.birth_date().unwrap_err();
    assert_eq!(
        (error.record.as_str(), error.line, error.field),
        ("RE", 2, 8)
    );
    assert_eq!(receipt.name().unwrap(), "見本　太郎");
}

#[test]
fn other_files_are_named_for_what_they_are() {
    assert_eq!(ClaimFile::parse(b""), Err(ReadError::Empty));
    let utf8 = "HM,1,13,6,9999998,ひだまり訪問看護,202411,\r\nGO\r\n\u{1a}";
    assert!(matches!(
        ClaimFile::parse(utf8.as_bytes()),
        Err(ReadError::Encoding {
            encoding: "UTF-8",
            line: 1,
            byte: 18
        })
    ));
    let utf16: Vec<u8> = utf8.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(matches!(
        ClaimFile::parse(&utf16),
        Err(ReadError::Encoding {
            encoding: "UTF-16",
            ..
        })
    ));
    assert!(matches!(
        ClaimFile::parse(b"IR,1,13,1"),
        Err(ReadError::OtherTrade { .. })
    ));
    assert!(matches!(
        ClaimFile::parse(b"PK\x03\x04"),
        Err(ReadError::NotReceden { .. })
    ));
}

#[test]
fn line_feeds_missing_eof_and_strange_records_are_kept() {
    for bytes in [
        &b"HM,1\nRE,1\nGO"[..],
        b"HM,1\r\nXX,,,,\r\n\r\nRE,1,2,3\nGO\r\n\x1a\x1arest\r\n",
        b"HM",
        b"HM,\x81\r\n\x87\x40,\xff\n",
    ] {
        assert_eq!(ClaimFile::parse(bytes).unwrap().to_bytes(), bytes);
    }
    let file = ClaimFile::parse(b"HM,1\nRE,1\nGO").unwrap();
    assert_eq!(
        file.records().last().map(RecordRef::separator),
        Some(Separator::None)
    );
}

#[test]
fn a_receipt_moves_to_another_file_byte_for_byte() {
    let mut file = parsed("october");
    let before = file.to_bytes();
    let mut other = file.empty_for(Payer::NationalHealthFederation).unwrap();
    let records = file.remove_receipt(1).unwrap();
    assert_eq!(records.len(), 18);
    let text: Vec<u8> = records
        .iter()
        .flat_map(|r| [r.bytes(), r.separator().bytes()].concat())
        .collect();
    assert!(before.windows(text.len()).any(|window| window == text));
    other.append_receipt(records).unwrap();
    assert_eq!(file.renumber().unwrap(), 1);
    assert_eq!(other.renumber().unwrap(), 1);
    assert_eq!(
        other.header().unwrap().payer().unwrap(),
        Payer::NationalHealthFederation
    );
    assert_eq!(other.receipt(0).unwrap().name().unwrap(), "見本　花子");
    assert_eq!(other.records().last().map(RecordRef::id), Some("GO"));
    assert_eq!(other.tail(), [receden::EOF]);
}

#[test]
fn characters_that_cannot_be_filed_are_refused_on_writing() {
    let mut file = parsed("october");
    let unchanged = file.clone();
    let error = file.set_field(1, 5, "髙橋　太郎").unwrap_err().to_string();
    assert!(
        error.contains("髙") && error.contains("RE") && error.contains("高"),
        "{error}"
    );
    assert!(file.set_field(1, 5, "見本,太郎").is_err());
    assert!(file.set_field(1, 99, "1").is_err());
    assert!(file.set_field(999, 2, "1").is_err());
    assert!(file.set_field(1, 1, "XX").is_err());
    assert_eq!(file, unchanged);
}

fn any_file() -> impl Strategy<Value = Vec<u8>> {
    let record = proptest::collection::vec(any::<u8>(), 0..30);
    (
        proptest::collection::vec(
            (
                prop::sample::select(vec!["HM", "RE", "HO", "KA", "GO", ""]),
                record,
                any::<bool>(),
            ),
            0..12,
        ),
        proptest::collection::vec(any::<u8>(), 0..6),
    )
        .prop_map(|(records, tail)| {
            let mut bytes = b"HM,1\r\n".to_vec();
            for (id, body, crlf) in records {
                bytes.extend(id.bytes());
                bytes.push(b',');
                bytes.extend(body);
                bytes.extend(if crlf { &b"\r\n"[..] } else { b"\n" });
            }
            bytes.extend(tail);
            bytes
        })
}

proptest! {
    #[test]
    fn whatever_can_be_read_is_written_back_identically(bytes in any_file()) {
        if let Ok(file) = ClaimFile::parse(&bytes) {
            prop_assert_eq!(file.to_bytes(), bytes);
        }
    }

    #[test]
    fn no_bytes_make_reading_or_viewing_panic(bytes in any_file()) {
        if let Ok(file) = ClaimFile::parse(&bytes) {
            for receipt in file.receipts() {
                let _ = (receipt.number(), receipt.receipt_type(), receipt.name(), receipt.total());
                let _ = (receipt.charge_days(), receipt.remarks(), receipt.branch());
                let _ = receipt.day_tables().map(|t| t.days().count()).sum::<usize>();
            }
        }
    }

    #[test]
    fn setting_a_field_changes_that_fields_bytes_and_no_others(
        record in 0usize..60, field in 2usize..12, text in "[0-9A-Zｱ-ﾝ]{0,8}|[ぁ-んァ-ヶ亜-腕]{0,6}"
    ) {
        let mut file = parsed("october");
        let before = file.clone();
        let Some(range) = before.record(record).and_then(|r| r.range_of(field)) else { return Ok(()) };
        if file.set_field(record, field, &text).is_err() { return Ok(()) }
        let start: usize = before.records().take(record)
            .map(|r| r.bytes().len() + r.separator().bytes().len()).sum();
        let (old, new) = (before.to_bytes(), file.to_bytes());
        let encoded = receden::repertoire::encode(&text).unwrap();
        prop_assert_eq!(&new[..start + range.start], &old[..start + range.start]);
        prop_assert_eq!(&new[start + range.start..start + range.start + encoded.len()], &encoded[..]);
        prop_assert_eq!(&new[start + range.start + encoded.len()..], &old[start + range.end..]);
    }
}
