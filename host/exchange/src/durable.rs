//! Writing so that a power cut leaves the old or the new, never half.

use crate::fault;
use reseplug_effect::Fault;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// Writes a new file and flushes it to the disk. What stood there under this name is replaced; what
/// a link there points to is let be.
pub(crate) fn write_flushed(path: &Path, body: &[u8]) -> io::Result<()> {
    if fs::symlink_metadata(path).is_ok_and(|there| there.is_symlink()) {
        fs::remove_file(path)?;
    }
    let mut file = File::create(path)?;
    file.write_all(body)?;
    file.sync_all()
}

/// Makes a rename durable. NTFS journals its metadata and offers no handle to flush a
/// folder by, so there is nothing to do on Windows.
pub(crate) fn flush_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    match File::open(folder)?.sync_all() {
        // Some network file systems do not know it; the rename itself has happened.
        Err(e)
            if matches!(
                e.kind(),
                io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported
            ) => {}
        other => other?,
    }
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// Replaces `folder/name` by way of a temporary file beside it.
pub(crate) fn replace(folder: &Path, name: &str, body: &[u8]) -> Result<(), Fault> {
    let path = folder.join(name);
    let temp = folder.join(format!(".{name}.tmp"));
    write_flushed(&temp, body)
        .and_then(|()| fs::rename(&temp, &path))
        .and_then(|()| flush_folder(folder))
        .map_err(|e| {
            // What a full disk left half written is nobody's.
            let _ = fs::remove_file(&temp);
            fault::io("ファイルに書き込み", "write the file", &path, &e)
        })
}

/// Makes a folder and the ones above it.
pub(crate) fn folder(path: &Path) -> Result<(), Fault> {
    fs::create_dir_all(path).map_err(|e| fault::io("フォルダーを作成", "make the folder", path, &e))
}

/// The metadata of what stands there itself, not of what a link points to.
pub(crate) fn stands(path: &Path) -> Result<Option<fs::Metadata>, Fault> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(fault::io("ファイルを確認", "look at", path, &e)),
    }
}
