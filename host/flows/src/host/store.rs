//! The store folder of a station: its record, and whether a record that is not there is new or lost.

use super::{Host, file_fault};
use reseplug_effect::Fault;
use reseplug_journal::SqliteJournal;
use std::path::{Path, PathBuf};

/// Name of the database in the store folder.
const DATABASE: &str = "reseplug.db";
/// Folder of the certificates in the store folder.
pub(crate) const IDENTITIES: &str = "identities";
/// Folder of what the doors keep of each exchange folder.
pub(crate) const EXCHANGE: &str = "exchange";
/// Who this installation is.
pub(crate) const HOST_ID: &str = "host-id";

impl Host {
    /// Where the record of a store folder lies.
    pub fn record_of(store: &Path) -> PathBuf {
        store.join(DATABASE)
    }

    /// Opens the record of a store folder, making both where there are none yet. Certificates and the
    /// like are kept only beside a record, so that one without it has lost it: what was filed before
    /// would be filed again.
    ///
    /// # Errors
    /// `store/unusable`, `journal/gone` beside what only a used store has, `journal/…`.
    pub fn open_record(store: &Path) -> Result<SqliteJournal, Fault> {
        std::fs::create_dir_all(store).map_err(|e| {
            file_fault(
                "store/unusable",
                "記録のフォルダーを作れません",
                "the store folder cannot be made",
                store,
                &e,
            )
        })?;
        let remains = remains(store);
        let remains = remains.each_ref().map(PathBuf::as_path);
        Ok(SqliteJournal::open_beside(
            &Self::record_of(store),
            &remains,
        )?)
    }

    /// The same for who only looks: nothing is made where there is no record yet.
    ///
    /// # Errors
    /// `journal/gone`, `journal/…`.
    pub fn open_existing_record(store: &Path) -> Result<Option<SqliteJournal>, Fault> {
        let remains = remains(store);
        let remains = remains.each_ref().map(PathBuf::as_path);
        Ok(SqliteJournal::open_existing_beside(
            &Self::record_of(store),
            &remains,
        )?)
    }
}

/// What only a used store has.
fn remains(store: &Path) -> [PathBuf; 3] {
    [IDENTITIES, HOST_ID, EXCHANGE].map(|name| store.join(name))
}
