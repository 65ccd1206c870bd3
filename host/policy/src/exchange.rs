//! Folders: the terminal's exchange folders and hand-over folders.

use crate::Name;
use std::path::PathBuf;
use std::time::Duration;

/// A folder binding of the station file, `[exchange.NAME]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExchangeBinding {
    /// Its name, which plugins use.
    pub name: Name,
    /// Largest file read or written, in bytes.
    pub max_bytes: u64,
    /// Message prefixes that the station grants besides those of a plugin's manifest: those
    /// of messages whose layout a file of the station gives (`extra_prefixes`). Terminal only.
    pub extra_prefixes: Vec<String>,
    /// Which kind of folder.
    pub folder: Folder,
}

/// What kind of folder a binding is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Folder {
    /// The 資格確認端末's folders, answered by the official application.
    Terminal {
        /// Where requests are published.
        req: PathBuf,
        /// Where answers arrive.
        res: PathBuf,
        /// How long an answer must stay unchanged before it is taken.
        settle: Duration,
    },
    /// A folder whose files people take further.
    Handover {
        /// The folder.
        path: PathBuf,
    },
}

impl ExchangeBinding {
    /// Settle interval unless the station file says otherwise.
    pub const DEFAULT_SETTLE: Duration = Duration::from_millis(300);
    /// Largest file unless the station file says otherwise.
    pub const DEFAULT_MAX_BYTES: u64 = 32 << 20;

    /// Whether people take the files further, rather than a terminal.
    pub fn is_handover(&self) -> bool {
        matches!(self.folder, Folder::Handover { .. })
    }
}
