//! Behaviour of the crate as its users see it. Cases are files in `tests/cases`, written as UTF-8
//! text so that a person of the trade can read them; `claim_file` makes claim files of them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod broken;
mod catalogue;
mod checks;
mod differences;
mod edits;
mod large;
mod lossless;
mod masters;
mod medical;
mod month;
mod mutations;
mod printing;
mod showing;

/// The bytes of a case: strictly encoded, CRLF behind each record, EOF at the end.
pub fn claim_file(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/cases/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let mut bytes = Vec::new();
    for line in text.lines() {
        bytes.extend(receden::repertoire::encode(line).unwrap());
        bytes.extend(b"\r\n");
    }
    bytes.push(receden::EOF);
    bytes
}

/// A case, parsed.
pub fn parsed(name: &str) -> receden::ClaimFile {
    receden::ClaimFile::parse(&claim_file(name)).unwrap()
}

/// What the check finds, by the codes of the rules.
pub fn codes(file: &receden::ClaimFile) -> Vec<&'static str> {
    receden::check(file, &receden::CheckOptions::default())
        .into_iter()
        .map(|finding| finding.code)
        .collect()
}
