//! Any bytes as any message: read or refused; what was read and can be written comes back as it was;
//! whatever can be read can be shown.
#![no_main]

use libfuzzer_sys::fuzz_target;
use onshi::show::{ShowOptions, show};
use onshi::*;
use std::fmt::Debug;

fn comes_back<M: Message + PartialEq + Debug>(file: &[u8], options: &ReadOptions) {
    let Ok(first) = read::<M>("x", file, options) else {
        return;
    };
    for charset in [first.charset, Charset::Utf8] {
        // Names and texts that no file can carry, such as control characters, are refused.
        if let Ok(bytes) = write("x", &first.message, charset) {
            let again = match read::<M>("x", &bytes, &ReadOptions::default()) {
                Ok(again) => again,
                Err(error) => panic!("own file: {error}"),
            };
            assert_eq!(again.message, first.message);
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((pick, file)) = bytes.split_first() else {
        return;
    };
    let fallback = if pick & 0x80 == 0 {
        Charset::Utf8
    } else {
        Charset::ShiftJis
    };
    let options = ReadOptions {
        max_elements: 5_000,
        ..ReadOptions::with_fallback(fallback)
    };
    match pick & 0x0F {
        0 => comes_back::<SingleRequest>(file, &options),
        1 => comes_back::<SingleAnswer>(file, &options),
        2 => comes_back::<BulkRequest>(file, &options),
        3 => comes_back::<BulkAnswer>(file, &options),
        4 => comes_back::<Acceptance>(file, &options),
        5 => comes_back::<DownloadRequest>(file, &options),
        6 => comes_back::<ConsentRequest>(file, &options),
        7 => comes_back::<TicketRequest>(file, &options),
        8 => comes_back::<ReferenceRequest>(file, &options),
        9 => comes_back::<ReferenceAnswer>(file, &options),
        10 => comes_back::<BulkReferenceAnswer>(file, &options),
        11 => comes_back::<MedicalRequest>(file, &options),
        _ => comes_back::<MedicalAnswer>(file, &options),
    }
    let kinds: Vec<MessageKind> = MessageKind::all().collect();
    let kind = kinds[usize::from(*pick) % kinds.len()];
    for unmasked in [false, true] {
        let options = ShowOptions {
            read: options,
            prefix: Some(kind.prefix()),
            layouts: None,
            unmasked,
        };
        if let Ok(shown) = show("x.xml", file, &options) {
            assert!(!shown.text().is_empty());
        }
    }
});
