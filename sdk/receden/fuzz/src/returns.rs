//! Returned receipts: read, explained, and filed again with their history as it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use receden::ClaimFile;
use receden::returns::{Refiling, refile, returned, stated_count};

fuzz_target!(|bytes: &[u8]| {
    let Ok(file) = ClaimFile::parse(bytes) else {
        return;
    };
    let _ = stated_count(&file);
    for one in returned(&file) {
        for reason in one.reasons() {
            let _ = (
                reason.text(),
                reason.month(),
                reason.class_ja(),
                reason.explanation(),
            );
        }
    }
    let month = receden::Edition::r0606().applies_from;
    let mut wanted = Refiling::all(&file, month);
    for as_first in [false, true] {
        if as_first {
            wanted.as_first = wanted.receipts.clone();
        }
        let Ok(again) = refile(&file, &wanted) else {
            continue;
        };
        let of = |file: &ClaimFile, id: &str| -> Vec<Vec<u8>> {
            file.receipts()
                .flat_map(|receipt| receipt.records().collect::<Vec<_>>())
                .filter(|(_, record)| record.id() == id)
                .map(|(_, record)| record.bytes().to_vec())
                .collect()
        };
        assert_eq!(of(&again, "HR"), Vec::<Vec<u8>>::new());
        assert_eq!(of(&again, "KA"), of(&file, "KA"));
        if as_first {
            assert!(of(&again, "8").is_empty());
        } else {
            assert_eq!(of(&again, "8"), of(&file, "8"));
        }
        assert_eq!(again.receipts().count(), file.receipts().count());
        assert_eq!(again.tail(), [receden::EOF]);
    }
});
