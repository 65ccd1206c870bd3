//! Why the system could not do something with a file, in Japanese: its own words come in whatever
//! language the machine speaks.

use std::io::{Error, ErrorKind};

/// The reason in Japanese; what is not common stays in the system's own words.
pub fn io_reason_ja(error: &Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "見つかりません".to_owned(),
        ErrorKind::PermissionDenied => "権限がありません".to_owned(),
        ErrorKind::AlreadyExists => "すでにあります".to_owned(),
        ErrorKind::NotADirectory => "フォルダーではありません".to_owned(),
        ErrorKind::IsADirectory => "フォルダーです".to_owned(),
        ErrorKind::StorageFull => "空き容量がありません".to_owned(),
        ErrorKind::ReadOnlyFilesystem => "読み取り専用です".to_owned(),
        ErrorKind::TimedOut => "時間内に応答がありません".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_reasons_are_in_japanese_and_rare_ones_in_the_systems_words() {
        for kind in [
            ErrorKind::NotFound,
            ErrorKind::PermissionDenied,
            ErrorKind::StorageFull,
        ] {
            let said = io_reason_ja(&Error::from(kind));
            assert!(!said.chars().any(|c| c.is_ascii_alphabetic()), "{said}");
        }
        assert_eq!(io_reason_ja(&Error::other("rare")), "rare");
    }
}
