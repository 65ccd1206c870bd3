//! A layout file and, behind a byte 0xFF, a message's file: layouts are good or refused with their key,
//! and what one reads it writes back as it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use onshi::*;
use std::fmt::Debug;

fn both<Q, A>(layout: &Layout<Q, A>, file: &[u8])
where
    Q: Content + PartialEq + Debug,
    A: Content + PartialEq + Debug,
{
    let options = ReadOptions {
        max_elements: 5_000,
        ..ReadOptions::default()
    };
    if let Ok(first) = layout.read_request("x", file, &options)
        && let Ok(bytes) = layout.write_request(&first.message, Charset::Utf8)
    {
        let again = layout.read_request("x", &bytes, &options).expect("own file");
        assert_eq!(again.message, first.message);
    }
    if let Ok(first) = layout.read_answer("x", file, &options)
        && let Ok(bytes) = layout.write_answer(&first.message, Charset::Utf8)
    {
        let again = layout.read_answer("x", &bytes, &options).expect("own file");
        assert_eq!(again.message, first.message);
    }
}

fuzz_target!(|bytes: &[u8]| {
    let mut parts = bytes.splitn(2, |byte| *byte == 0xFF);
    let (layouts, file) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    let Ok(text) = std::str::from_utf8(layouts) else {
        return;
    };
    let Ok(spec) = toml::from_str::<LayoutsSpec>(text) else {
        return;
    };
    let layouts = match Layouts::try_from(spec.clone()) {
        Ok(layouts) => layouts,
        Err(error) => {
            assert!(!error.key.is_empty() && !error.problem.to_string().is_empty());
            return;
        }
    };
    assert_eq!(LayoutsSpec::from(layouts.clone()), spec);
    for (_, prefix) in layouts.prefixes() {
        assert!(layouts.interface_of(prefix).is_some());
    }
    if let Some(layout) = layouts.recheck_one() {
        both(layout, file);
    }
    if let Some(bulk) = layouts.recheck_many() {
        both(&bulk.upload, file);
        both(&bulk.download, file);
    }
    if let Some(layout) = layouts.revoke_consent() {
        both(layout, file);
    }
    if let Some(layout) = layouts.visit_page() {
        both(layout, file);
    }
});
