//! Who holds the key that seals the store.

use crate::{IdentityError, store::sync_folder};
use std::{
    fs::{self, OpenOptions},
    io::{Read, Write},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// 32 bytes under which identities are sealed. Wiped when dropped.
pub type MasterKey = Zeroizing<[u8; 32]>;

/// Holds the 32-byte key that seals a store's files.
///
/// Called each time a sealed file is written or read, so an implementation backed by the
/// operating system need not keep the key in memory.
pub trait Sealer: Send + Sync {
    /// The key, made at first use where there is none. `fresh_store` is true while the store
    /// holds no sealed file: only then may a missing key be made, since a new key under old
    /// files would only hide that they are lost.
    fn master_key(&self, fresh_store: bool) -> Result<MasterKey, IdentityError>;
}

/// Keeps the key in a file that only its owner may read (0600 where the system has modes; on
/// Windows the access rights of the folder apply).
#[derive(Debug, Clone)]
pub struct FileSealer {
    path: PathBuf,
}

impl FileSealer {
    /// Name of the key file inside a store folder.
    pub const FILE_NAME: &'static str = "store.key";

    /// The sealer of a store folder.
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            path: folder.join(Self::FILE_NAME),
        }
    }

    fn unusable(&self, detail: impl Into<String>) -> IdentityError {
        IdentityError::SealKeyUnusable {
            file: self.path.display().to_string(),
            detail: detail.into(),
        }
    }

    fn io(&self, action: &'static str, source: std::io::Error) -> IdentityError {
        IdentityError::Io {
            action,
            path: self.path.display().to_string(),
            source,
        }
    }

    fn read(&self) -> Result<Option<MasterKey>, IdentityError> {
        let mut file = match fs::File::open(&self.path) {
            Ok(file) => file,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(self.io("read", e)),
        };
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = file
                .metadata()
                .map_err(|e| self.io("read", e))?
                .permissions()
                .mode();
            if mode & 0o077 != 0 {
                return Err(self.unusable(format!(
                    "other users may read it (mode {:03o}); set 600",
                    mode & 0o777
                )));
            }
        }
        let mut key = MasterKey::default();
        file.read_exact(key.as_mut_slice())
            .map_err(|_| self.unusable("it is shorter than 32 bytes"))?;
        let mut more = [0_u8; 1];
        if file.read(&mut more).map_err(|e| self.io("read", e))? != 0 {
            return Err(self.unusable("it is longer than 32 bytes"));
        }
        Ok(Some(key))
    }

    /// Writes a new key under a temporary name and links it into place, so that two processes
    /// that begin at once end with the same key.
    fn create(&self) -> Result<(), IdentityError> {
        let mut key = MasterKey::default();
        getrandom::fill(key.as_mut_slice()).map_err(|e| IdentityError::NoRandomness {
            detail: e.to_string(),
        })?;
        let temporary = self
            .path
            .with_extension(format!("key.{}", std::process::id()));
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let mut file = options.open(&temporary).map_err(|e| self.io("write", e))?;
        file.write_all(key.as_slice())
            .and_then(|()| file.sync_all())
            .map_err(|e| self.io("write", e))?;
        drop(file);
        let linked = fs::hard_link(&temporary, &self.path);
        let _ = fs::remove_file(&temporary);
        match linked {
            Ok(()) => {}
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(self.io("write", e)),
        }
        if let Some(folder) = self.path.parent() {
            sync_folder(folder)?;
        }
        Ok(())
    }
}

impl Sealer for FileSealer {
    fn master_key(&self, fresh_store: bool) -> Result<MasterKey, IdentityError> {
        if let Some(key) = self.read()? {
            return Ok(key);
        }
        let missing = || IdentityError::SealKeyMissing {
            file: self.path.display().to_string(),
        };
        if !fresh_store {
            return Err(missing());
        }
        self.create()?;
        self.read()?.ok_or_else(missing)
    }
}
