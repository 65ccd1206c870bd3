//! The kinds of what comes back.

use reseplug_engine::contract::DownloadKind;

/// Its word.
pub(in crate::claim) fn kind_word(kind: &DownloadKind) -> &str {
    match kind {
        DownloadKind::Acknowledgement => "acknowledgement",
        DownloadKind::Findings => "findings",
        DownloadKind::Returns => "returns",
        DownloadKind::Adjustments => "adjustments",
        DownloadKind::Payments => "payments",
        DownloadKind::Other(word) => word,
    }
}

/// What is meant by its word.
pub(in crate::claim) fn kind_of_word(word: &str) -> DownloadKind {
    use DownloadKind::{Acknowledgement, Adjustments, Findings, Payments, Returns};
    [Acknowledgement, Findings, Returns, Adjustments, Payments]
        .into_iter()
        .find(|kind| kind_word(kind) == word)
        .unwrap_or_else(|| DownloadKind::Other(word.to_owned()))
}

/// What staff call it.
pub fn kind_ja(kind: &DownloadKind) -> &str {
    match kind {
        DownloadKind::Acknowledgement => "オンライン受領書",
        DownloadKind::Findings => "受付・事務点検ASP結果",
        DownloadKind::Returns => "返戻レセプト",
        DownloadKind::Adjustments => "増減点連絡書",
        DownloadKind::Payments => "振込額",
        DownloadKind::Other(word) => word,
    }
}
