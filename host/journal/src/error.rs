//! What can go wrong with the store itself.

use reseplug_effect::{Fault, RetryAdvice};

/// The files of a store.
const FILES: &str = "reseplug.db, reseplug.db-wal and reseplug.db-shm";

/// The journal could not do what it was asked. None of these is an outcome of a step: after
/// any of them the job stands where it stood and may be driven again.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// SQLite refused or failed.
    #[error("journal/store: {doing} failed: {source}")]
    Store {
        /// What was being done.
        doing: &'static str,
        /// SQLite's own error.
        #[source]
        source: rusqlite::Error,
    },
    /// The database is broken: no trying again mends it.
    #[error(
        "journal/corrupt: {doing} found the store damaged ({source}); stop reseplug, put {FILES} aside, and restore a backup"
    )]
    Damaged {
        /// What was being done.
        doing: &'static str,
        /// SQLite's own error.
        #[source]
        source: rusqlite::Error,
    },
    /// The database is empty or not there, and beside it lies what only a used store has.
    #[error(
        "journal/gone: {path} is empty or missing, but {beside} is there: the record is lost, and with it what keeps a claim from being filed twice. Nothing was done. Restore a backup of {path}. To begin anew all the same, move {beside} and everything else of a store away, and import the certificates again"
    )]
    Gone {
        /// The database.
        path: String,
        /// What only a used store has.
        beside: String,
    },
    /// A row is not what the audit record says was written.
    #[error(
        "claim/record-damaged: {what} {id} is not what the audit record says was written, or is gone; nothing was done. Look at `reseplug audit verify` and restore a backup"
    )]
    Altered {
        /// Kind of record.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// A file beside the store could not be made or read.
    #[error("journal/file: {path}: {source}")]
    File {
        /// Which.
        path: String,
        /// The system's error.
        #[source]
        source: std::io::Error,
    },
    /// SQLite does not work the way that makes a commit durable.
    #[error("journal/not-durable: pragma {name} is {found}, but must be {expected}")]
    NotDurable {
        /// Pragma.
        name: &'static str,
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: String,
    },
    /// The store was written by a newer version of this program.
    #[error("journal/newer: the store has version {found}, this program knows {known}")]
    Newer {
        /// Version of the store.
        found: i64,
        /// Newest version this program knows.
        known: i64,
    },
    /// The id of an existing job was used for something else.
    #[error("journal/job-differs: job {id} exists with another {field}")]
    JobDiffers {
        /// Job.
        id: String,
        /// What differs.
        field: &'static str,
    },
    /// There is no such job.
    #[error("journal/no-job: there is no job {id}")]
    NoJob {
        /// Job.
        id: String,
    },
    /// The job has ended, or is parked, and cannot do this any more.
    #[error("journal/job-closed: job {id} is {state}")]
    JobClosed {
        /// Job.
        id: String,
        /// Its state.
        state: &'static str,
    },
    /// The job has not ended and needs what it was answered.
    #[error("journal/job-open: job {id} has not ended")]
    JobOpen {
        /// Job.
        id: String,
    },
    /// Another run is driving this job now.
    #[error("journal/driven-elsewhere: job {id} is being driven by another run")]
    DrivenElsewhere {
        /// Job.
        id: String,
    },
    /// A step was written by somebody else meanwhile.
    #[error("journal/step-conflict: step {seq} of job {job} was written by another run")]
    StepConflict {
        /// Job.
        job: String,
        /// Step.
        seq: u64,
    },
    /// A record with this id exists and says something else.
    #[error("journal/record-differs: {what} {id} exists with other content")]
    RecordDiffers {
        /// Kind of record.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// There is no such record.
    #[error("journal/no-record: there is no {what} {id}")]
    NoRecord {
        /// Kind of record.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// A stored value cannot be read back.
    #[error("journal/corrupt: {what} cannot be read: {reason}")]
    Corrupt {
        /// What.
        what: String,
        /// Why.
        reason: String,
    },
    /// The audit record is not as it was written.
    #[error(transparent)]
    AuditBroken(#[from] reseplug_audit::Broken),
    /// A call could not be run now; its job stands where it stood.
    #[error("{}", .0.message_en)]
    Unable(Box<Fault>),
    /// A test stopped the run here, as a power cut would.
    #[error("journal/interrupted: stopped {at}")]
    Interrupted {
        /// Where.
        at: String,
    },
}

impl JournalError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store { .. } => "journal/store",
            Self::Damaged { .. } => "journal/corrupt",
            Self::Gone { .. } => "journal/gone",
            Self::Altered { .. } => "claim/record-damaged",
            Self::File { .. } => "journal/file",
            Self::NotDurable { .. } => "journal/not-durable",
            Self::Newer { .. } => "journal/newer",
            Self::JobDiffers { .. } => "journal/job-differs",
            Self::NoJob { .. } => "journal/no-job",
            Self::JobClosed { .. } => "journal/job-closed",
            Self::JobOpen { .. } => "journal/job-open",
            Self::DrivenElsewhere { .. } => "journal/driven-elsewhere",
            Self::StepConflict { .. } => "journal/step-conflict",
            Self::RecordDiffers { .. } => "journal/record-differs",
            Self::NoRecord { .. } => "journal/no-record",
            Self::Corrupt { .. } => "journal/corrupt",
            Self::AuditBroken(_) => "audit/broken",
            Self::Unable(_) => "journal/unable",
            Self::Interrupted { .. } => "journal/interrupted",
        }
    }

    /// The message for the station's staff.
    fn message_ja(&self) -> String {
        match self {
            Self::Store { source, .. } => why_ja(source).to_owned(),
            Self::Damaged { .. } => {
                "記録データベースが壊れています。やり直しても直りません。reseplug を止め、データベースのファイル（reseplug.db と、あれば -wal・-shm）を別の場所に移して保管し、バックアップから戻してください。"
                    .to_owned()
            }
            Self::Gone { path, beside } => format!(
                "記録データベース「{path}」がないか空ですが、使ってきた保存先にしかないもの（{beside}）が残っています。請求の記録が失われていると二重請求を防げないため、何もしていません。バックアップから戻してください。本当に新しく始めるときは、{beside} など保存先に残っているものを別の場所へ移し、電子証明書を取り込み直してください。"
            ),
            Self::Altered { what, id } => format!(
                "請求の記録が壊れています（{} {id} が、監査記録に残る内容と違うか、消えています）。二重請求を防ぐため、何もしていません。`reseplug audit verify` で確かめ、バックアップから戻してください。",
                word_ja(what)
            ),
            Self::File { path, .. } => format!(
                "ファイル {path} を使用できません。フォルダーの有無と書き込み権限を確認してください。"
            ),
            Self::NotDurable { name, .. } => format!(
                "記録データベースが停電に耐える設定（{name}）になりません。保存先を共有フォルダーではなく、このPCのディスクにしてください。"
            ),
            Self::Newer { .. } => {
                "記録データベースは新しい版のプログラムで作られています。プログラムを更新してください。"
                    .to_owned()
            }
            Self::JobDiffers { id, field } => format!(
                "処理 {id} は別の内容（{}）で既に始まっています。新しい処理として始めてください。",
                word_ja(field)
            ),
            Self::NoJob { id } => format!("処理 {id} は見つかりません。番号を確認してください。"),
            Self::JobClosed { id, state } => format!(
                "処理 {id} は既に終わったか停止しています（{}）。一覧で状態を確認してください。",
                word_ja(state)
            ),
            Self::JobOpen { id } => format!(
                "処理 {id} はまだ終わっていません。終わってからやり直してください。"
            ),
            Self::DrivenElsewhere { id } => format!(
                "処理 {id} は別の画面またはプログラムで実行中です。終わるまで待ってからやり直してください。"
            ),
            Self::StepConflict { job, seq } => format!(
                "処理 {job} の手順 {seq} は別のプログラムが先に記録しました。状態を確認してからやり直してください。"
            ),
            Self::RecordDiffers { what, id } => format!(
                "{} {id} は別の内容で既に記録されています。上書きはしません。",
                word_ja(what)
            ),
            Self::NoRecord { what, id } => {
                format!("{} {id} は記録されていません。", word_ja(what))
            }
            Self::Corrupt { what, .. } => format!(
                "記録（{}）を読み取れません。バックアップからの復元を検討し、開発元に連絡してください。",
                word_ja(what)
            ),
            Self::AuditBroken(broken) => format!(
                "監査記録の{}行目以降が記録時と異なります。管理者に連絡し、ファイルをそのまま保管してください。",
                broken.row
            ),
            Self::Unable(fault) => fault.message_ja.clone(),
            Self::Interrupted { .. } => "処理が中断されました。再開できます。".to_owned(),
        }
    }
}

impl From<JournalError> for Fault {
    fn from(error: JournalError) -> Self {
        if let JournalError::Unable(fault) = error {
            return *fault;
        }
        let retry = match &error {
            JournalError::Store { .. }
            | JournalError::File { .. }
            | JournalError::DrivenElsewhere { .. }
            | JournalError::Interrupted { .. } => RetryAdvice::Later,
            JournalError::StepConflict { .. } => RetryAdvice::AskFirst,
            _ => RetryAdvice::Never,
        };
        // At which step it failed helps whoever mends it, and is no word for staff.
        let extra = match &error {
            JournalError::Store { doing, .. } | JournalError::Damaged { doing, .. } => {
                vec![("step".to_owned(), (*doing).to_owned())]
            }
            _ => Vec::new(),
        };
        Fault {
            retry,
            extra,
            ..Fault::new(error.code(), error.message_ja(), error.to_string())
        }
    }
}

/// Why SQLite failed and what staff can do about it.
fn why_ja(source: &rusqlite::Error) -> &'static str {
    use rusqlite::ErrorCode;
    match source.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => {
            "ディスクの空きがないため、記録データベースに書けません。空きを作って、同じ命令をもう一度実行してください。途中から続きます。"
        }
        Some(ErrorCode::ReadOnly) => {
            "記録データベースに書けません。ディスクの空きがないか、保存先が読み取り専用です。直してから、同じ命令をもう一度実行してください。途中から続きます。"
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "ほかの画面やプログラムが記録データベースを使っていて、待っても空きませんでした。終わってから、同じ命令をもう一度実行してください。"
        }
        _ => {
            "記録データベースを読み書きできません。ディスクの空き容量と、保存先フォルダーへの書き込み権限を確認して、同じ命令をもう一度実行してください。途中から続きます。"
        }
    }
}

/// Words of the record, as staff read them.
const WORDS: [(&str, &str); 15] = [
    ("claim event", "請求の記録"),
    ("receipts of the filing", "送信したレセプトの記録"),
    ("filing", "送信の記録"),
    ("decision", "判断の記録"),
    ("evidence", "資格確認の記録"),
    ("fact", "台帳の記録"),
    ("the audit record's head", "監査記録の末尾"),
    ("a value to be written", "書き込む内容"),
    ("kind", "種類"),
    ("station", "ステーション"),
    ("parent", "元の処理"),
    ("args", "指定"),
    ("done", "完了"),
    ("failed", "失敗"),
    ("parked", "停止中"),
];

/// A word of the record in Japanese; what has none stays.
fn word_ja(word: &str) -> &str {
    let known = WORDS.iter().find(|(en, _)| *en == word);
    known.map_or(word, |(_, ja)| *ja)
}

/// Whether a store may be looked at although it could not be opened for writing: the disk is full or
/// cannot be written to, and nothing is said against what stands there.
pub(crate) fn may_be_looked_at(error: &JournalError) -> bool {
    use rusqlite::ErrorCode;
    let JournalError::Store { source, .. } = error else {
        return false;
    };
    matches!(
        source.sqlite_error_code(),
        Some(
            ErrorCode::DiskFull
                | ErrorCode::ReadOnly
                | ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
        )
    )
}

/// What SQLite does not call an error: a check of its own that failed, a table that is not there.
pub(crate) fn damaged(doing: &'static str, found: String) -> JournalError {
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    JournalError::Damaged {
        doing,
        source: rusqlite::Error::SqliteFailure(code, Some(found)),
    }
}

/// Turns SQLite's errors into ours, with what was being done.
pub(crate) trait Doing<T> {
    fn doing(self, doing: &'static str) -> Result<T, JournalError>;
}

impl<T> Doing<T> for Result<T, rusqlite::Error> {
    fn doing(self, doing: &'static str) -> Result<T, JournalError> {
        self.map_err(|source| match is_damage(&source) {
            true => JournalError::Damaged { doing, source },
            false => JournalError::Store { doing, source },
        })
    }
}

/// Whether an error says that the file is not what this program wrote, rather than that the disk is
/// full or somebody else is writing.
fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::{Error, ErrorCode};
    // What SQLite says of tables that are gone or stand where none should.
    const SAID: [&str; 5] = [
        "no such table",
        "no such column",
        "has no column",
        "already exists",
        "malformed JSON",
    ];
    let of = |code: ErrorCode, text: &str| {
        matches!(code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
            || SAID.iter().any(|said| text.contains(said))
    };
    match error {
        Error::SqliteFailure(failure, text) => of(failure.code, text.as_deref().unwrap_or("")),
        Error::SqlInputError { error, msg, .. } => of(error.code, msg),
        Error::FromSqlConversionFailure(..)
        | Error::IntegralValueOutOfRange(..)
        | Error::InvalidColumnType(..)
        | Error::Utf8Error(..) => true,
        _ => false,
    }
}
