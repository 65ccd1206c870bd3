//! Any bytes at all: read or refused, never lost, never changed where no edit was made.
#![no_main]

use libfuzzer_sys::fuzz_target;
use receden::ClaimFile;

fuzz_target!(|bytes: &[u8]| {
    let read = ClaimFile::read_any(bytes);
    let parsed = ClaimFile::parse_any(bytes);
    assert_eq!(read, parsed);
    let Ok(file) = parsed else { return };
    assert_eq!(file.to_bytes(), bytes);
    assert_eq!(file.len(), bytes.len());
    assert_eq!(file.records().count(), file.record_count());

    // An edit changes the bytes of its field and nothing else.
    let pick = bytes.last().copied().unwrap_or_default();
    let index = usize::from(pick) % file.record_count().max(1);
    let Some(record) = file.record(index) else {
        return;
    };
    let field = usize::from(pick / 8) % record.field_count() + 1;
    let (Some(range), Some(start)) = (record.range_of(field), file.byte_of(index)) else {
        panic!("a field that exists has a place");
    };
    let mut edited = file.clone();
    if edited.set_field(index, field, "見本").is_ok() {
        let mut expected = bytes.to_vec();
        let new = receden::repertoire::encode("見本").unwrap_or_default();
        expected.splice(start + range.start..start + range.end, new);
        assert_eq!(edited.to_bytes(), expected);
    }
    for receipt in file.receipts() {
        let _ = (
            receipt.name(),
            receipt.receipt_type(),
            receipt.service_month(),
        );
        let _ = (receipt.total(), receipt.payers(), receipt.charge_days());
    }
    if bytes.len() < 20_000 {
        let _ = receden::show::file(&file, receden::Masters::none());
        let _ = receden::show::html::file(&file, receden::Masters::none());
    }
});
