//! Why the system could not do something with a file, in Japanese: its own words come in whatever
//! language the machine speaks.

use std::io::{Error, ErrorKind};

/// The reason in Japanese; of what is not common the system's number.
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
        ErrorKind::QuotaExceeded => "割り当てられた容量を超えます".to_owned(),
        ErrorKind::FileTooLarge => "大きすぎます".to_owned(),
        ErrorKind::InvalidFilename => "その名前は使えません".to_owned(),
        ErrorKind::DirectoryNotEmpty => "フォルダーが空ではありません".to_owned(),
        ErrorKind::ResourceBusy | ErrorKind::ExecutableFileBusy => {
            "ほかのプログラムが使っています".to_owned()
        }
        ErrorKind::WouldBlock => "ほかのプログラムがロックしています".to_owned(),
        ErrorKind::CrossesDevices => "別のドライブへは移せません".to_owned(),
        ErrorKind::StaleNetworkFileHandle | ErrorKind::NetworkDown => {
            "共有フォルダーとの接続が切れています".to_owned()
        }
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => {
            "相手のPCに届きません".to_owned()
        }
        ErrorKind::ConnectionRefused => "接続を断られました".to_owned(),
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
            "接続が切れました".to_owned()
        }
        ErrorKind::AddrInUse => "その番号のポートはほかのプログラムが使っています".to_owned(),
        ErrorKind::UnexpectedEof => "途中で終わっています".to_owned(),
        ErrorKind::Interrupted => "中断されました".to_owned(),
        ErrorKind::OutOfMemory => "メモリーが足りません".to_owned(),
        ErrorKind::Unsupported => "この場所ではできません".to_owned(),
        // Windows: a file that another program has open, or a locked part of it.
        _ => match error.raw_os_error() {
            Some(32 | 33) if cfg!(windows) => "ほかのプログラムが開いています".to_owned(),
            Some(number) => format!("OS のエラー {number}"),
            None => error.to_string(),
        },
    }
}

/// What to do about it, in Japanese and English: a full disk has nothing to do with permissions.
pub fn io_advice(error: &Error) -> (&'static str, &'static str) {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            ("空き容量を作ってください", "make room on that drive")
        }
        ErrorKind::FileTooLarge => (
            "置き場所のドライブが受け取れる大きさか、利用者に大きさの制限がないかを確かめてください",
            "see how large a file that drive or this user may have",
        ),
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => (
            "その場所を読み書きする権限と、ほかのソフトが開いていないかを確かめてください",
            "check the permissions there and whether another program has it open",
        ),
        ErrorKind::NotFound
        | ErrorKind::NotADirectory
        | ErrorKind::IsADirectory
        | ErrorKind::InvalidFilename => (
            "場所の綴りと、ドライブや共有フォルダーがつながっているかを確かめてください",
            "check its spelling and whether the drive or share is connected",
        ),
        ErrorKind::ResourceBusy | ErrorKind::ExecutableFileBusy | ErrorKind::WouldBlock => (
            "開いているソフトを閉じてください",
            "close the program that has it open",
        ),
        _ => (
            "場所の綴りと、読み書きの権限、ほかのソフトが開いていないかを確かめてください",
            "check its spelling, its permissions and whether another program has it open",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_reasons_are_in_japanese_and_rare_ones_a_number() {
        for kind in [
            ErrorKind::NotFound,
            ErrorKind::PermissionDenied,
            ErrorKind::StorageFull,
            ErrorKind::ResourceBusy,
            ErrorKind::AddrInUse,
            ErrorKind::InvalidFilename,
        ] {
            let said = io_reason_ja(&Error::from(kind));
            assert!(!said.chars().any(|c| c.is_ascii_alphabetic()), "{said}");
        }
        let full = io_advice(&Error::from(ErrorKind::StorageFull));
        assert_eq!(
            full,
            ("空き容量を作ってください", "make room on that drive")
        );
        assert_eq!(io_reason_ja(&Error::other("rare")), "rare");
        assert_eq!(
            io_reason_ja(&Error::from_raw_os_error(9999)),
            "OS のエラー 9999"
        );
    }
}
