//! Tables a person imports: the master of charges and editions. Good or refused, never half taken.
#![no_main]

use libfuzzer_sys::fuzz_target;
use receden::{Editions, Master};

fuzz_target!(|bytes: &[u8]| {
    // Several tables behind each other, divided by a line of their own.
    let parts: Vec<&[u8]> = bytes.split(|byte| *byte == 0xFF).take(6).collect();
    let named = parts.iter().map(|part| ("table.csv", *part));
    match Master::read(named) {
        Ok(master) => assert!(!master.is_empty() && master.from() <= master.revised()),
        Err(error) => assert!(!error.message_ja().is_empty()),
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = Editions::known().clone().with(text);
    }
});
