//! Any bytes as an answer's file: opened or refused, never more than the limit, and the same file is
//! always opened the same way.
#![no_main]

use libfuzzer_sys::fuzz_target;
use onshi::{AnswerFile, ArchiveError, open_answer};

fuzz_target!(|bytes: &[u8]| {
    for limit in [64, 4_096] {
        match open_answer("a.zip", bytes, limit) {
            Ok(xml) => {
                assert!(xml.len() <= limit);
                if !bytes.starts_with(b"PK") {
                    assert_eq!(xml.as_ref(), bytes);
                }
            }
            Err(ArchiveError::NotOne { count, .. }) => assert_ne!(count, 1),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
        match AnswerFile::open("a", bytes, limit) {
            Ok(AnswerFile::Xml(xml)) => assert!(xml.len() <= limit),
            Ok(AnswerFile::Pdf(file) | AnswerFile::Png(file)) => assert_eq!(file, bytes),
            Err(_) => {}
        }
    }
});
