//! No bytes and no layout make reading panic.

use super::downloads::{example, read};
use super::*;
use proptest::prelude::*;

/// Bytes that look like such a file more often than chance would have it.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b",".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"\n".to_vec()),
        Just(b"\"".to_vec()),
        Just(b"\x1a".to_vec()),
        Just("\u{feff}".as_bytes().to_vec()),
        Just("△1,234円".as_bytes().to_vec()),
        Just(super::downloads::csv(
            "区分,件数,金額,受付番号,合計,振込額,振込日,支払機関,請求年月"
        )),
        Just(super::downloads::csv(
            "エラーコード,エラー内容,区分,レセプト番号,氏名\n"
        )),
        Just(super::downloads::csv(
            "増減金額,事由コード,事由,診療年月,氏名,記録番号\n"
        )),
        Just(super::downloads::csv("支払基金令和元年")),
        "[0-9]{1,24}".prop_map(String::into_bytes),
        proptest::collection::vec(any::<u8>(), 0..8),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in bytes(), with_filing in any::<bool>(), titles in proptest::option::of(0u32..4)) {
        let filing = with_filing.then(filing);
        for (kind, key) in [
            (DownloadKind::Acknowledgement, "acknowledgement"),
            (DownloadKind::Findings, "findings"),
            (DownloadKind::Adjustments, "adjustments"),
            (DownloadKind::Payments, "payments"),
        ] {
            let mut settings = example(key);
            for table in [
                settings.acknowledgement.as_mut().map(|l| &mut l.table),
                settings.findings.as_mut().map(|l| &mut l.table),
                settings.adjustments.as_mut().map(|l| &mut l.table),
                settings.payments.as_mut().map(|l| &mut l.table),
            ]
            .into_iter()
            .flatten()
            {
                table.title_line = titles;
            }
            match read(settings, kind, filing.as_ref(), &bytes) {
                Ok(reading) => prop_assert!(reading.unreadable.iter().all(|f| f.place.is_some())),
                Err(fault) => prop_assert!(!fault.message_ja.is_empty() && fault.place.is_some()),
            }
        }
    }

    #[test]
    fn any_text_is_a_value_or_none(text in "[0-9０-９,，△▲円年月日令和平成元RrH./\\-−￥ ]{0,20}") {
        let _ = (values::amount(&text), values::count(&text), values::month(&text), values::day(&text));
    }
}
