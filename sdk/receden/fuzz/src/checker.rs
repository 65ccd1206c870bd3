//! Whatever can be read is judged: every finding has its place, its text and a severity its basis bears.
#![no_main]

use libfuzzer_sys::fuzz_target;
use receden::{CheckOptions, ClaimFile, Grade, Severity, check, fix};

fuzz_target!(|bytes: &[u8]| {
    let Ok(mut file) = ClaimFile::parse_any(bytes) else {
        return;
    };
    let options = CheckOptions::default();
    let findings = check(&file, &options);
    for finding in &findings {
        assert!(finding.byte.is_none_or(|byte| byte <= bytes.len() as u64));
        assert!(
            finding
                .line
                .is_none_or(|line| line >= 1 && line <= file.record_count())
        );
        assert!(!finding.message_ja.is_empty() && !finding.action_en.is_empty());
        assert!(finding.severity != Severity::Reject || finding.grade == Grade::Official);
    }
    let codes: Vec<&str> = fix::REPAIRS.iter().map(|repair| repair.code).collect();
    let before = file.clone();
    match fix::fix(&mut file, &codes, &options) {
        Ok(repaired) => {
            assert_eq!(repaired.is_empty(), file == before);
            let _ = receden::diff::files(&before, &file);
        }
        Err(_) => assert_eq!(file, before),
    }
});
